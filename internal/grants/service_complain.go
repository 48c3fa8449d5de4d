package grants

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Objection is what an organisation says against the refusal of its application by the check for form, and what it is answered. Complaints about the decision are review's.
type Objection struct {
	Application civic.ID
	Words       string
	MadeAt, Due time.Time
	Upheld      bool // the application is let in
	Answer      civic.Text
	AnsweredAt  time.Time
}

// ObjectBy is the end of the term for complaints about a refusal by the check for form.
func (s *Service) objectBy(d Application) time.Time {
	return s.city.Settings.Calendar().Add(d.RefusedAt, s.value("object_days"))
}

// Complain says against the decision on an application, or its refusal by the check for form, what its organisation does not agree with. Permission: Speaks. Errors as review.Complain; about a refusal
// civic.Closed after the term, civic.Conflict a second time, civic.Invalid with "words".
func (s *Service) Complain(ctx context.Context, a civic.Actor, id civic.ID, words string) error {
	words = strings.TrimSpace(words)
	return s.write(ctx, a, id, func(tx *storage.Tx, c Call, d Application) error {
		if d.State != Refused {
			return s.city.Review.Complain(tx, applicationRef(id), words)
		}
		if c.State != Announced || !tx.Now().Before(s.objectBy(d)) {
			return civic.Fail(civic.Closed, "review.complain_over")
		}
		if _, found, err := storage.Found(objection(tx, id)); err != nil || found {
			return errors.Join(err, civic.Fail(civic.Conflict, "review.complained"))
		}
		var p civic.Problems
		if words == "" {
			p.Add("words", "review.words_missing")
		}
		if p.AtMost("words", words, maxWords); len(p) > 0 {
			return p.Err()
		}
		return errors.Join(insertObjection(tx, Objection{Application: id, Words: words, MadeAt: tx.Now(), Due: s.city.Settings.Calendar().Add(tx.Now(), s.value("object_answer_days"))}),
			s.tellFunder(tx, c, d, "objected", civic.Say("grants.told_objected", "Code", d.Code())))
	})
}

// AnswerObjection answers a complaint about a refusal by the check for form: upheld, the application is let in; and that is the end of its check. Permission: MayRun. Errors as at; civic.NotFound without a
// complaint, civic.Conflict when it was answered, civic.Invalid with "answer".
func (s *Service) AnswerObjection(ctx context.Context, a civic.Actor, id civic.ID, upheld bool, answer civic.Text) error {
	answer = answer.Trimmed()
	d, err := s.application(ctx, id)
	if err != nil {
		return err
	}
	return s.at(ctx, a, d.Call, func(tx *storage.Tx, _ Call) error {
		o, err := objection(tx, id)
		if err != nil {
			return err
		}
		if !o.AnsweredAt.IsZero() {
			return civic.Fail(civic.Conflict, "review.answered_already")
		}
		var p civic.Problems
		if p.OfficialAtMost("answer", answer, maxWords); len(p) > 0 {
			return p.Err()
		}
		if d, err = findApplication(tx, id); err != nil {
			return err
		}
		o.Upheld, o.Answer, o.AnsweredAt = upheld, answer, tx.Now()
		said := civic.Say("grants.told_answered")
		if upheld {
			d.State, d.Reason, said = Admitted, nil, civic.Say("grants.told_admitted")
		}
		return errors.Join(updateObjection(tx, o), updateApplication(tx, d), s.city.Trail.Note(tx, a, "grants.application.answer", applicationRef(id), nil), s.tellApplicant(tx, d, "answered", said))
	}, Announced)
}

// objectionsOpen says why a call cannot go to readers yet: who was refused may still complain, or waits for an answer. nil: nothing.
func (s *Service) objectionsOpen(tx *storage.Tx, all []Application, call civic.ID) error {
	said, err := objections(tx, call)
	if err != nil {
		return err
	}
	var until time.Time
	for _, d := range all {
		o, complained := said[d.ID]
		switch {
		case complained && o.AnsweredAt.IsZero():
			return civic.Fail(civic.Conflict, "grants.objection_waits", "Code", d.Code())
		case d.State == Refused && !complained && s.objectBy(d).After(until):
			until = s.objectBy(d)
		}
	}
	if tx.Now().Before(until) {
		return civic.Fail(civic.Conflict, "grants.objections_until", "Date", until)
	}
	return nil
}
