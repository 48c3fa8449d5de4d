package booking

import (
	"context"
	"maps"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

// MostAsked is how many questions of a host stand in the way of a place.
const MostAsked = 10

// askedOf is the version of the questions that a party answered; none where no answers are kept.
func askedOf(tx *storage.Tx, p Party) (questions.Form, error) {
	if len(p.answers) == 0 {
		return nil, nil
	}
	k, err := questions.ByNo(tx, p.asked)
	return k.Form, err
}

// Answers are what whoever booked answered.
func (p Party) Answers() questions.Answers { return p.answers }

// Guest is who comes or waits, with what they were asked and said.
type Guest struct {
	Party
	Asked questions.Form
}

// Guests are all who have places of a thing, are offered some or wait, in the order in which they booked, with what they answered. Permission: whoever runs the thing. Errors: civic.NotFound,
// civic.Forbidden.
func (s *Service) Guests(ctx context.Context, a civic.Actor, of civic.Ref) (out []Guest, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := s.runs(tx, a, of)
		if err != nil {
			return err
		}
		all, err := coming(tx, o, 0, kinds*mostPlaces+mostWaiting)
		forms := map[int64]questions.Form{}
		for _, p := range all {
			form, known := forms[p.asked]
			if !known && len(p.answers) > 0 {
				if form, err = askedOf(tx, p); err != nil {
					return err
				}
				forms[p.asked] = form
			}
			out = append(out, Guest{p, form})
		}
		return err
	})
	return out, err
}

// columnsOf are the questions that some guests were asked, each once: one that was put in other words since is another.
func columnsOf(all []Guest) (out questions.Form) {
	for _, g := range all {
		for _, q := range g.Asked {
			if columnOf(out, q) < 0 {
				out = append(out, q)
			}
		}
	}
	return out
}

func columnOf(columns questions.Form, q questions.Question) int {
	for i, c := range columns {
		if c.Key == q.Key && c.Sort == q.Sort && maps.Equal(c.Label, q.Label) {
			return i
		}
	}
	return -1
}

// forget forgets what those who booked answered, some time after the thing was over.
func (s *Service) forget(ctx context.Context, _ jobs.Job) error {
	const some = 20
	return storage.WriteInSteps(ctx, s.db, 0, func(tx *storage.Tx, after int64) (int64, bool, error) {
		all, err := answeredBefore(tx, tx.Now().Add(-time.Duration(s.value("forget_days"))*24*time.Hour), after, some)
		for _, no := range all {
			if err := forgetAnswers(tx, no); err != nil {
				return after, false, err
			}
			after = no
		}
		return after, len(all) == some, err
	})
}
