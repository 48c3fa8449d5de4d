package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// answer is what a body says to a consultation at an instant. numbers are those of the statements, by
// their place in the content.
func (s *seeder) answer(q Consultation, when time.Time, numbers []int64) consultations.Answer {
	a := consultations.Answer{Text: q.Answer.Text, Person: q.Answer.Person}
	for _, it := range q.Answer.Items {
		v := answers.Verdict{Outcome: answers.Outcome(it.Verdict), Reason: it.Reason, Promised: in(when, it.Promised)}
		if it.Whose != "" {
			v.Whose = organisations.RefOf(s.organisations[it.Whose])
		}
		a.Items = append(a.Items, consultations.AnswerItem{Statement: consultations.Statement{No: numbers[it.Statement-1]}, Verdict: v})
	}
	return a
}

// in is some days later; the zero time for none.
func in(when time.Time, days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	return when.AddDate(0, 0, days)
}

// then is what the body that owes something of a statement does with it.
func (s *seeder) then(ctx context.Context, officer civic.Actor, about civic.Ref, person string, t Then) error {
	var owed []answers.Obligation
	err := s.DB.Read(ctx, func(tx *storage.Tx) error {
		all, err := s.Answers.Further(tx, []civic.Ref{about})
		owed = all[about]
		return err
	})
	if err != nil {
		return err
	}
	if len(owed) == 0 {
		return fmt.Errorf("nothing is owed of %s", about)
	}
	if t.Person != "" {
		if err := s.Answers.PutInCharge(ctx, officer, owed[0].ID, t.Person); err != nil {
			return err
		}
	}
	switch t.Step {
	case "pause":
		return s.Answers.Wait(ctx, officer, owed[0].ID, t.Reason)
	case "pass":
		return s.Answers.PassOn(ctx, officer, owed[0].ID, organisations.RefOf(s.organisations[t.Whose]), nil, t.Reason)
	}
	return s.Answers.Answer(ctx, officer, owed[0].ID, answers.Verdict{Outcome: answers.Outcome(t.Outcome), Reason: t.Reason, Evidence: t.Evidence, Promised: in(s.Clock.Now(), t.Promised)}, person)
}
