package drafts

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// tellKind is the job that tells everybody who said or supported something what became of it.
const tellKind = "drafts.tell"

// most remarks that are weighed with one verdict.
const weighMost = 100

// in is the text of a version in one language, to be compared.
func in(all []Paragraph, lang civic.Lang) []document.Paragraph {
	out := make([]document.Paragraph, len(all))
	for i, p := range all {
		out[i] = document.Paragraph{Kind: p.Kind, Level: p.Level, Number: p.Number, Text: p.Words[lang]}
	}
	return out
}

// reland keeps verdicts with their sentences when another text takes the place of the second version: a remark goes where its paragraph
// went, and is to be weighed again when that is gone.
func reland(tx *storage.Tx, d Draft, to []Paragraph) error {
	from, err := wholeText(tx, d, 2)
	if err != nil || len(from) == 0 {
		return err
	}
	goes := went(from, to)
	all, err := landing(tx, d)
	if err != nil {
		return err
	}
	for _, r := range all { // removed ones too: they may come back
		if r.Verdict.Lands = goes[r.Verdict.Lands].Place; r.Verdict.Lands == 0 {
			r.Verdict = Verdict{}
		}
		if err := updateRemark(tx, r); err != nil {
			return err
		}
	}
	return nil
}

// went is what became of the paragraphs of a text, by their places, in the text that takes its place; those that are gone are not in it.
func went(from, to []Paragraph) map[int]Paragraph {
	out := map[int]Paragraph{}
	for _, pair := range document.Pairs(in(from, civic.Kazakh), in(to, civic.Kazakh)) {
		if pair.From >= 0 && pair.To >= 0 {
			out[pair.From+1] = to[pair.To]
		}
	}
	return out
}

// weighs reports whether the body says now what became of remarks: before its report; and afterwards of those that a moderator brought back without a
// verdict, for everybody to read at once.
func (d Draft) weighs() bool { return d.State == Closed || d.late() }

func (d Draft) late() bool { return d.State == Reported || d.State == Adopted }

// Weigh says of some remarks what became of them; nobody but the body sees it before the report. After the report it says so of those that came back
// without a verdict, in public, and tells who said or supported them. Permission: mayPrepare. Errors: civic.NotFound, civic.Forbidden; civic.Closed, also
// after the report for a remark that has its verdict; civic.Invalid with the fields of Verdict.check, or "remark" when none or too many are chosen.
func (s *Service) Weigh(ctx context.Context, actor civic.Actor, id civic.ID, remarks []civic.ID, v Verdict) error {
	v.Reason = v.Reason.Trimmed()
	return s.work(ctx, actor, id, "drafts.remark.weigh", func(tx *storage.Tx, d Draft) error {
		if !d.weighs() {
			return notNow()
		}
		n, err := countParagraphs(tx, d, 2)
		if err != nil {
			return err
		}
		problems := v.check(n)
		if len(remarks) == 0 || len(remarks) > weighMost {
			problems.Add("remark", "drafts.choose_remarks", "Count", weighMost)
		}
		if err := problems.Err(); err != nil {
			return err
		}
		all, err := remarksByIDs(tx, remarks)
		for _, r := range all {
			switch {
			case err != nil:
			case r.draft != d.no || r.State != Shown:
				err = notThere()
			case d.late() && r.Verdict.Given():
				err = notNow()
			default:
				r.Verdict = v
				err = updateRemark(tx, r)
			}
		}
		if err != nil || !d.late() {
			return err
		}
		d.ChangedAt = tx.Now()
		if err := s.settle(tx, d, actReported, actsAs(actor, d)); err != nil { // the report says more than before
			return err
		}
		return jobs.Enqueue(tx, tellKind, telling{Draft: d.ID, Only: remarks}, jobs.Options{})
	})
}

// mayReport is nil when every remark has its verdict.
func (s *Service) mayReport(tx *storage.Tx, d Draft) error {
	if _, ok := Next(d.State, Report); !ok {
		return notNow()
	}
	left, err := countOpen(tx, d)
	if err == nil && left > 0 {
		err = civic.Fail(civic.Invalid, "drafts.remarks_left", "Count", left)
	}
	return err
}

// Report makes public what became of every remark, and the next version of the text when there is one. The answer that the body owed is given; who
// said or supported something is told by a job. Permission: mayPrepare. Errors: civic.Forbidden, civic.Closed, civic.Invalid while a remark has
// no verdict.
func (s *Service) Report(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return s.work(ctx, actor, id, "drafts.draft.report", func(tx *storage.Tx, d Draft) error {
		if err := s.mayReport(tx, d); err != nil {
			return err
		}
		n, err := countParagraphs(tx, d, 2)
		if err != nil {
			return err
		}
		if n > 0 {
			d.Version = 2
		}
		role := actsAs(actor, d)
		d.State, _ = Next(d.State, Report)
		d.ReportedAt, d.ChangedAt = tx.Now(), tx.Now()
		if err := s.settle(tx, d, actReported, role); err != nil {
			return err
		}
		if _, err := s.city.Answers.Given(tx, Ref(d.ID), role, ""); err != nil {
			return err
		}
		return errors.Join(s.tell(tx, d, "reported", civic.Message{}), jobs.Enqueue(tx, tellKind, telling{Draft: d.ID}, jobs.Options{}))
	})
}

// telling is the job's payload: behind which remark it goes on, and behind which of the accounts that support the next one.
type telling struct {
	Draft   civic.ID
	After   int64
	Account civic.ID
	Only    []civic.ID // those alone; nil: all remarks of the draft
}

// tellAuthors tells some of those who said or supported something, and leaves the rest to the next job. Who is told again by a second run has the
// same event, and hears it once.
func (s *Service) tellAuthors(ctx context.Context, j jobs.Job) error {
	var at telling
	if err := j.Decode(&at); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		d, err := find(tx, at.Draft)
		if err != nil {
			return jobs.Permanent(err)
		}
		left := toldAtOnce
		rest := at // this may be run again, from the same place
		all, err := toldNext(tx, d, at)
		for _, r := range all {
			if err != nil {
				return err
			}
			var last civic.ID
			if r.State == Shown && r.Verdict.Given() {
				if left, last, err = s.tellOf(tx, d, r, rest.Account, left); err != nil {
					return err
				}
			}
			if rest.Account = last; last != "" { // more people support it than are told at once
				return jobs.Enqueue(tx, tellKind, rest, jobs.Options{})
			}
			rest.After = r.no
		}
		if err != nil || len(all) < toldAtOnce {
			return err
		}
		return jobs.Enqueue(tx, tellKind, rest, jobs.Options{})
	})
}

// toldNext lists the remarks of which is told next.
func toldNext(tx *storage.Tx, d Draft, at telling) ([]Remark, error) {
	if at.Only == nil {
		return remarksOf(tx, d, at.After, false, toldAtOnce)
	}
	all, err := remarksByIDs(tx, at.Only)
	all = slices.DeleteFunc(all, func(r Remark) bool { return r.no <= at.After })
	slices.SortFunc(all, func(a, b Remark) int { return cmp.Compare(a.no, b.no) })
	return all, err
}

// toldAtOnce is how many remarks one job looks at, and how many people it tells.
const toldAtOnce = 500

// tellOf tells who said a remark, and up to left of those who support it, behind an account. It returns how many more may be told, and the account behind
// which the rest is to be told; "" when all were.
func (s *Service) tellOf(tx *storage.Tx, d Draft, r Remark, after civic.ID, left int) (int, civic.ID, error) {
	n, err := s.toldOf(tx, d, r)
	if err != nil {
		return left, "", err
	}
	who, err := supporters(tx, r, after, left)
	if err != nil {
		return left, "", err
	}
	rest := civic.ID("")
	if len(who) == left {
		rest = who[len(who)-1]
	}
	left -= len(who)
	if after == "" && r.account != "" {
		who = append(who, r.account)
	}
	for _, account := range who {
		if err := s.city.Notifications.Notify(tx, account, n); err != nil {
			return left, "", err
		}
	}
	return left, rest, nil
}

// toldOf is what they are told: the sentence that became of it, and why.
func (s *Service) toldOf(tx *storage.Tx, d Draft, r Remark) (notifications.Notice, error) {
	n := notifications.Notice{Subject: civic.Say("drafts.told_"+string(r.Verdict.Outcome), "Title", d.Title), Body: civic.Say("drafts.told_because", "Reason", r.Verdict.Reason), Path: remarkPath(r),
		Event: "drafts.weighed/" + string(r.ID)}
	if r.Verdict.Lands == 0 {
		return n, nil
	}
	p, err := paragraphAt(tx, d, 2, r.Verdict.Lands)
	words := civic.Text{}
	for lang, text := range p.Words {
		words[lang] = brief(oneLine(text), toldLetters)
	}
	n.Body = civic.Say("drafts.told_sentence", "Text", words, "Reason", r.Verdict.Reason)
	return n, err
}

// toldLetters is how much of a sentence a notice quotes.
const toldLetters = 300

// Adopt says where the act stands that came of a draft. Permission: mayPrepare. Errors: civic.Closed, civic.Invalid with "act".
func (s *Service) Adopt(ctx context.Context, actor civic.Actor, id civic.ID, address string) error {
	return s.work(ctx, actor, id, "drafts.draft.adopt", func(tx *storage.Tx, d Draft) error {
		to, ok := Next(d.State, Adopt)
		if !ok {
			return notNow()
		}
		var p civic.Problems
		if address == "" {
			p.Add("act", "drafts.write_it")
		} else {
			checkLinks(&p, "act", []string{address}, 1)
		}
		if err := p.Err(); err != nil {
			return err
		}
		d.State, d.Act, d.DecidedAt, d.ChangedAt = to, address, tx.Now(), tx.Now()
		if err := s.settle(tx, d, actAdopted, actsAs(actor, d)); err != nil {
			return err
		}
		return s.tell(tx, d, "adopted", civic.Message{})
	})
}
