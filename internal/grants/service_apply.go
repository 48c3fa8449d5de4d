package grants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Begin begins an application of an organisation, filled with what the register and its earlier applications say; begun already, it is that one. Permission: Speaks. Errors:
// civic.NotFound, civic.Closed before and after the call takes applications, civic.Invalid with "applicant" when the actor does not speak for it, or a rule of the call is not met.
func (s *Service) Begin(ctx context.Context, a civic.Actor, call, applicant civic.ID) (id civic.ID, err error) {
	if !Speaks(a, applicant) {
		return "", civic.Wrong("applicant", "grants.choose")
	}
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(ref(call).String()); err != nil {
			return err
		}
		c, err := find(tx, call)
		switch {
		case err != nil:
			return err
		case !c.Public():
			return notThere()
		case applicant == c.Funder:
			return civic.Wrong("applicant", "grants.unmet_funder")
		}
		old, found, err := storage.Found(applicationOf(tx, call, applicant))
		if err != nil || found && old.State != Withdrawn {
			id = old.ID
			return err
		}
		if c.State != Announced || !c.Takes(tx.Now()) {
			return civic.Fail(civic.Closed, "grants.not_taking")
		}
		o, facts, err := s.facts(tx, a, applicant)
		if err != nil {
			return err
		}
		if unmet, _ := Keep(c.Rules, facts, s.today(tx.Now())); len(unmet) > 0 {
			return civic.Wrong("applicant", "grants.unmet_"+string(unmet[0].Kind))
		}
		if found { // withdrawn: it is taken up again as it was
			old.State, id = Begun, old.ID
			return errors.Join(updateApplication(tx, old), questions.Reopen(tx, applicationRef(old.ID), nil))
		}
		d := Application{ID: civic.NewID(tx.Now()), Call: call, Applicant: applicant, Account: a.Account, State: Begun}
		if err := insertApplication(tx, &d); err != nil {
			return err
		}
		id = d.ID
		known, err := questions.Pool(tx, organisations.RefOf(applicant))
		if err != nil {
			return err
		}
		known = append(known, registered(o)...)
		_, err = questions.Begin(tx, ref(call), formName, applicationRef(id), organisations.RefOf(applicant), known)
		return err
	})
	return id, err
}

// write runs an act of the organisation on its application, while nobody else acts on one of the same call. Permission: Speaks; to others it is NotFound.
func (s *Service) write(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Call, Application) error) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		d, err := findApplication(tx, id)
		if err == nil && !Speaks(a, d.Applicant) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		if err := tx.Lock(ref(d.Call).String()); err != nil {
			return err
		}
		if d, err = findApplication(tx, id); err != nil { // as the last who held the lock left it
			return err
		}
		c, err := find(tx, d.Call)
		if err != nil {
			return err
		}
		return act(tx, c, d)
	})
}

// writable says why an application cannot be written on at an instant; nil: it can.
func writable(c Call, d Application, now time.Time) error {
	switch {
	case d.State == Begun && c.State == Announced && c.Takes(now), d.State == Lacking && now.Before(d.SupplyUntil):
		return nil
	case d.State == Begun && c.At(now) == Over:
		return civic.Fail(civic.Closed, "grants.too_late")
	case d.State == Lacking:
		return civic.Fail(civic.Closed, "grants.supply_over")
	}
	return civic.Fail(civic.Closed, "questions.handed_in")
}

// Answer saves the answers of a form, each by itself, so that several write at once. Permission: Speaks. Errors: civic.NotFound, civic.Closed; civic.Invalid
// with the fields of the questions that could not be saved: the others are.
func (s *Service) Answer(ctx context.Context, a civic.Actor, id civic.ID, f ui.Form) error {
	var problems civic.Problems
	err := s.write(ctx, a, id, func(tx *storage.Tx, c Call, d Application) (err error) {
		if err := writable(c, d, tx.Now()); err != nil {
			return err
		}
		problems, err = questions.SaveForm(tx, applicationRef(id), f)
		return err
	})
	return errors.Join(err, problems.Err())
}

// Plan is what an application says beside its answers.
type Plan struct {
	Budget   []Line
	Rows     []int // where each line of the budget stands in the form; nil: one below the other
	Partners []civic.ID
	People   []string
}

// SetPlan saves budget, partners and people, by somebody who had seen what was saved the given time. Permission: Speaks. Errors: civic.NotFound, civic.Closed, civic.Conflict when others saved
// meanwhile, civic.Invalid with "what.N", "amount.N", "own.N", "partners", "people".
func (s *Service) SetPlan(ctx context.Context, a civic.Actor, id civic.ID, seen int64, p Plan) error {
	return s.write(ctx, a, id, func(tx *storage.Tx, c Call, d Application) error {
		if err := writable(c, d, tx.Now()); err != nil {
			return err
		}
		if seen != d.Seen {
			return civic.Fail(civic.Conflict, "grants.changed_meanwhile").At("budget")
		}
		problems := checkLines(p.Budget, p.Rows)
		if len(p.Partners) > maxPartners || slices.Contains(p.Partners, d.Applicant) {
			problems.Add("partners", "grants.partners_wrong", "Most", maxPartners)
		}
		if len(p.People) > maxPeople {
			problems.Add("people", "grants.people_many", "Most", maxPeople)
		}
		for _, name := range p.People {
			problems.AtMost("people", name, maxTitle)
		}
		if err := problems.Err(); err != nil {
			return err
		}
		d.Budget, d.Partners, d.People, d.Seen = p.Budget, p.Partners, p.People, d.Seen+1
		return updateApplication(tx, d)
	})
}

// Lacks says what keeps an application from being handed in.
func lacks(c Call, d Application, sheet questions.Sheet) (p civic.Problems) {
	for _, q := range sheet.Form.Form.Missing(sheet.Said()) {
		p.Add(questions.FieldOf(q.Key), "grants.lacks_answer", "Question", q.Label)
	}
	return append(p, fits(c, d.Budget)...)
}

// Submit hands an application in, or what it lacked, and returns it with its receipt. Handed in already, it is as it was. Permission: Speaks. Errors: civic.NotFound, civic.Closed, civic.Invalid with all that is missing.
func (s *Service) Submit(ctx context.Context, a civic.Actor, id civic.ID) (d Application, err error) {
	err = s.write(ctx, a, id, func(tx *storage.Tx, c Call, now Application) error {
		if d = now; !d.Open() && d.State == Submitted {
			return nil
		}
		if err := writable(c, d, tx.Now()); err != nil {
			return err
		}
		sheet, err := questions.Of(tx, applicationRef(id))
		if err != nil {
			return err
		}
		if err := lacks(c, d, sheet).Err(); err != nil {
			return err
		}
		filing, err := questions.File(tx, applicationRef(id))
		if err != nil {
			return err
		}
		all, own := totals(d.Budget)
		d.Title, d.Summary = strings.Join(filing.Answers[askTitle], ""), strings.Join(filing.Answers[askSummary], "")
		d.Ask, d.Own = all-own, own
		if d.State == Lacking {
			d.Supplied = true
		} else {
			d.SubmittedAt, d.InGrace = tx.Now(), c.At(tx.Now()) == InGrace
		}
		d.State = Submitted
		if d.Number == 0 {
			if d.Number, err = nextNumber(tx, c.ID); err != nil {
				return err
			}
		}
		attached, err := s.city.Files.Of(tx, a, applicationRef(id))
		if err != nil {
			return err
		}
		if d.Handed, err = handed(d, filing, attached[documents]); err != nil {
			return err
		}
		d.Receipt = proof.Digest(d.Handed)
		if err := updateApplication(tx, d); err != nil {
			return err
		}
		return s.tellApplicant(tx, d, "submitted", civic.Say("grants.told_submitted", "Code", d.Code(), "Receipt", d.Receipt))
	})
	return d, err
}

// Withdraw takes an application back. Permission: Speaks. Errors: civic.NotFound, civic.Closed once it was decided on.
func (s *Service) Withdraw(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.write(ctx, a, id, func(tx *storage.Tx, c Call, d Application) error {
		if !d.Withdrawable() || c.State != Announced && c.State != Reading {
			return notNow()
		}
		d.State = Withdrawn
		return errors.Join(updateApplication(tx, d), s.city.Review.Drop(tx, applicationRef(d.ID)))
	})
}

// tellApplicant tells all who speak for the organisation what became of its application.
func (s *Service) tellApplicant(tx *storage.Tx, d Application, what string, body civic.Message) error {
	accounts, err := identity.HoldersOf(tx, civic.Representative, organisations.RefOf(d.Applicant))
	for _, account := range accounts {
		err = errors.Join(err, s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("grants.told_applicant", "Title", civic.Everywhere(d.Title)), Body: body, Path: d.path(),
			Event: fmt.Sprint(KindApplication, "/", d.ID, "/", what)}))
	}
	return err
}

// Check lets an application in to be read, asks once for what is missing, or refuses it, with words for the applicant. Permission: MayRun. Errors: civic.Forbidden, civic.NotFound, civic.Closed in another
// state, or while applications are taken; civic.Invalid with "words".
func (s *Service) Check(ctx context.Context, a civic.Actor, id civic.ID, find State, words civic.Text) error {
	words = words.Trimmed()
	d, err := s.application(ctx, id)
	if err != nil {
		return err
	}
	return s.at(ctx, a, d.Call, func(tx *storage.Tx, c Call) error {
		d, err := findApplication(tx, id)
		if err != nil {
			return err
		}
		late := d.State == Lacking && !tx.Now().Before(d.SupplyUntil)
		if c.At(tx.Now()) != Over || d.State != Submitted && d.State != Admitted && d.State != Refused && !late {
			return notNow()
		}
		if _, complained, err := storage.Found(objection(tx, id)); err != nil || complained { // the answer to it ends the check
			return errors.Join(err, notNow())
		}
		var p civic.Problems
		switch find {
		case Admitted:
			d.Reason = nil
		case Lacking:
			if d.Supplied || late {
				p.Add("find", "grants.supplied_once")
			}
			p.OfficialAtMost("words", words, maxWords)
			d.Lacks, d.SupplyUntil = words, s.city.Settings.Calendar().Add(tx.Now(), s.value("supply_days"))
		case Refused:
			p.OfficialAtMost("words", words, maxWords)
			d.Reason, d.RefusedAt = words, tx.Now()
		default:
			p.Add("find", "grants.choose")
		}
		if err := p.Err(); err != nil {
			return err
		}
		if d.State = find; find == Lacking {
			if err := questions.Reopen(tx, applicationRef(id), nil); err != nil {
				return err
			}
		}
		if err := updateApplication(tx, d); err != nil {
			return err
		}
		return errors.Join(s.city.Trail.Note(tx, a, "grants.application.check", applicationRef(id), nil),
			s.tellApplicant(tx, d, fmt.Sprint(find, d.Supplied), civic.Say("grants.told_"+string(find), "Date", d.SupplyUntil)))
	}, Announced)
}

func (s *Service) application(ctx context.Context, id civic.ID) (d Application, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error { d, err = findApplication(tx, id); return err })
	return d, err
}
