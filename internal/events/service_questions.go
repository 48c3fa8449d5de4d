package events

import (
	"context"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

// formName is under which name the questions are kept that whoever books is asked.
const formName = "booking"

// formOf is what whoever books a date is asked. What is asked of an announced event is always frozen.
func formOf(tx *storage.Tx, date civic.ID) (questions.Kept, error) {
	d, err := findDate(tx, date)
	if err != nil {
		return questions.Kept{}, err
	}
	return lastForm(tx, d.ID)
}

// lastForm is what an event asks; nothing where it never asked.
func lastForm(tx *storage.Tx, event civic.ID) (questions.Kept, error) {
	k, _, err := storage.Found(questions.Last(tx, RefOf(event), formName))
	return k, err
}

// hashAsked is the hash of what an event asks, for the record; "" where it asks nothing.
func hashAsked(tx *storage.Tx, e Event) (string, error) {
	k, err := lastForm(tx, e.ID)
	if err != nil || len(k.Form) == 0 {
		return "", err
	}
	return k.Form.Hash()
}

// mayAsk reports whether an event asks those who book: somebody in the register answers for its words, as no moderator looks at them.
func (e Event) mayAsk() bool { return e.State.goesOn() && len(e.Hosts) > 0 }

// AddQuestion puts a question behind the others that whoever books is asked. Who has booked before is not asked any more. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid with the fields
// of questions.NewFields.
func (s *Service) AddQuestion(ctx context.Context, a civic.Actor, id civic.ID, q questions.Question) error {
	return s.ask(ctx, a, id, func(form questions.Form) (questions.Form, error) {
		if len(form) >= booking.MostAsked {
			return nil, civic.Fail(civic.Invalid, "events.questions_many", "Most", booking.MostAsked)
		}
		all, q, problems := form.With(q)
		for _, o := range append([]questions.Option{{Label: q.Label}, {Label: q.Hint}}, append(q.Options, q.Rows...)...) {
			for lang, words := range o.Label {
				if key := civic.Junk(words, nil); key != "" && words != "" {
					problems.Add("label."+string(lang), key)
				}
			}
		}
		return all, problems.Err()
	})
}

// DropQuestion takes a question away, with the conditions of others on it; what was answered to it stays with those who did. Errors: civic.NotFound, civic.Forbidden, civic.Closed.
func (s *Service) DropQuestion(ctx context.Context, a civic.Actor, id civic.ID, key string) error {
	return s.ask(ctx, a, id, func(form questions.Form) (questions.Form, error) { return form.Without(key) })
}

// ask changes what an event asks. Once it is announced, what is asked is a version of its own, which the record knows.
func (s *Service) ask(ctx context.Context, a civic.Actor, id civic.ID, change func(questions.Form) (questions.Form, error)) error {
	return s.managed(ctx, a, id, func(tx *storage.Tx, e Event) error {
		if !e.mayAsk() {
			return notNow()
		}
		last, err := lastForm(tx, id)
		if err != nil {
			return err
		}
		form, err := change(last.Form)
		if err != nil {
			return err
		}
		if _, err := questions.Put(tx, RefOf(id), formName, form); err != nil || e.State == Draft {
			return err
		}
		if err := freeze(tx, id); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.note(tx, actChanged, e, e.role(a))
	})
}

// freeze makes what an event asks final, where it asks something.
func freeze(tx *storage.Tx, event civic.ID) error {
	last, err := lastForm(tx, event)
	if err == nil && len(last.Form) > 0 {
		_, err = questions.Freeze(tx, RefOf(event), formName)
	}
	return err
}
