package drafts

import (
	"context"
	"errors"

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
	went := map[int]int{}
	for _, pair := range document.Pairs(in(from, civic.Kazakh), in(to, civic.Kazakh)) {
		if pair.From >= 0 && pair.To >= 0 {
			went[pair.From+1] = pair.To + 1
		}
	}
	all, err := landing(tx, d)
	if err != nil {
		return err
	}
	for place, remarks := range all {
		for _, r := range remarks {
			if r.Verdict.Lands = went[place]; r.Verdict.Lands == 0 {
				r.Verdict = Verdict{}
			}
			if err := updateRemark(tx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// Weigh says of some remarks what became of them; nobody but the body sees it before the report. Permission: mayPrepare. Errors: civic.NotFound,
// civic.Forbidden, civic.Closed; civic.Invalid with the fields of Verdict.check, or "remark" when none or too many are chosen.
func (s *Service) Weigh(ctx context.Context, actor civic.Actor, id civic.ID, remarks []civic.ID, v Verdict) error {
	v.Reason = v.Reason.Trimmed()
	return s.work(ctx, actor, id, "drafts.remark.weigh", func(tx *storage.Tx, d Draft) error {
		if d.State != Closed {
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
			if err == nil && (r.draft != d.no || r.State != Shown) {
				err = notThere()
			}
			if err != nil {
				return err
			}
			r.Verdict = v
			err = updateRemark(tx, r)
		}
		return err
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

// telling is the job's payload: behind which remark it goes on.
type telling struct {
	Draft civic.ID
	After int64
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
		const some = 100
		all, err := remarksOf(tx, d, at.After, false, some)
		rest := at // this may be run again, from the same place
		for _, r := range all {
			if err == nil && r.State == Shown {
				err = s.tellOf(tx, d, r)
			}
			rest.After = r.no
		}
		if err != nil || len(all) < some {
			return err
		}
		return jobs.Enqueue(tx, tellKind, rest, jobs.Options{})
	})
}

func (s *Service) tellOf(tx *storage.Tx, d Draft, r Remark) error {
	who, err := supporters(tx, r)
	if err != nil {
		return err
	}
	if r.account != "" {
		who = append(who, r.account)
	}
	n := notifications.Notice{Subject: civic.Say("drafts.told_"+string(r.Verdict.Outcome), "Title", d.Title), Body: civic.Say("drafts.told_because", "Reason", r.Verdict.Reason), Path: remarkPath(r)}
	if r.Verdict.Lands > 0 {
		p, err := paragraphAt(tx, d, 2, r.Verdict.Lands)
		if err != nil {
			return err
		}
		words := civic.Text{}
		for lang, text := range p.Words {
			words[lang] = brief(oneLine(text))
		}
		n.Body = civic.Say("drafts.told_sentence", "Text", words)
	}
	for _, account := range who {
		if err := s.city.Notifications.Notify(tx, account, n); err != nil {
			return err
		}
	}
	return nil
}

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
