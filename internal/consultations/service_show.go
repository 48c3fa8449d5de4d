package consultations

import (
	"context"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// View is a consultation as its page shows it.
type View struct {
	Consultation
	Phase       Phase      // now
	Context     civic.Text // Markdown
	BodyName    organisations.Named
	HostName    organisations.Named
	Rescheduled []Rescheduling
	Answer      *Answer // once published, with what it says to the first statements
	Verdicts            // to the statements with the most votes
	Blocked     error   // why this person cannot take part now; nil when they can
	Statement   *Statement
	Progress    Progress
	Next        *Listed // another open one for this person, once nothing is left to vote on here
	Apart       Apart   // of the totals
	Days        []Day
	Files       map[string][]files.File // by sort
	Trace       record.Neighbours       // what it follows from and what it led to
	Discussion  discussion.Summary      // of what was said before it opened
	Wrote       Wrote                   // this person, in it
}

// Wrote is how many statements a person wrote in a consultation, and how many of them were removed.
type Wrote struct{ All, Removed int64 }

// Progress is how far a participant has come: Done of Total statements. One's own are not asked.
type Progress struct{ Done, Total int }

// Seen finds a consultation for a page whose content is kept. Errors: civic.NotFound when there is
// none or it is not for them.
func (s *Service) Seen(ctx context.Context, id civic.ID, a civic.Actor) (c Consultation, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) (err error) { c, err = visible(tx, id, a); return err })
	return c, err
}

// View returns what the page of a consultation shows to this person; ask is the statement
// they want to vote on, 0 to have one chosen. Errors: civic.NotFound when there is none or
// it is not for them.
func (s *Service) View(ctx context.Context, id civic.ID, v Voter, ask int64) (view View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, v.Actor)
		if err != nil {
			return err
		}
		if err := s.owedBy(tx, &c); err != nil {
			return err
		}
		view = View{Consultation: c, Phase: c.At(tx.Now())}
		if view.Context, err = findContext(tx, c); err != nil {
			return err
		}
		names, err := s.city.Organisations.Named(tx, []civic.ID{c.Body, c.Host})
		if err != nil {
			return err
		}
		view.BodyName, view.HostName = names[c.Body], names[c.Host]
		if view.Rescheduled, err = reschedulings(tx, c); err != nil {
			return err
		}
		if view.Files, err = s.city.Files.Of(tx, v.Actor, ref(c)); err != nil {
			return err
		}
		if view.Trace, err = s.city.Record.Neighbours(tx, ref(c)); err != nil {
			return err
		}
		if view.Discussion, err = s.city.Discussion.Summary(tx, ref(c)); err != nil {
			return err
		}
		if err := s.addAnswer(tx, &view); err != nil {
			return err
		}
		if view.Apart, err = apart(tx, c); err != nil {
			return err
		}
		me, known, err := participantOf(tx, c, v, false)
		if err != nil {
			return err
		}
		if known {
			if view.Wrote, err = wroteIn(tx, c, me.no); err != nil {
				return err
			}
		}
		view.Progress.Total = int(c.Totals.Statements)
		if view.Blocked = c.openAt(tx.Now()); view.Blocked == nil {
			view.Blocked = c.MayTakePart(v.Actor)
		}
		if view.Phase != Open {
			return nil
		}
		return s.chooseStatement(tx, &view, v, me, known, ask)
	})
	return view, err
}

// another is the open consultation that ends soonest, of those that the person may take part in and
// has not begun.
func (s *Service) another(tx *storage.Tx, but Consultation, v Voter) (*Listed, error) {
	const looked = 20
	open, err := listPhase(tx, Open, city.Scope{}, storage.Place{}, looked)
	if err != nil {
		return nil, err
	}
	for _, c := range open {
		if c.no == but.no || takePart(tx, c, v) != nil {
			continue
		}
		if _, begun, err := participantOf(tx, c, v, false); err != nil || begun {
			if err != nil {
				return nil, err
			}
			continue
		}
		listed, err := s.named(tx, []Consultation{c})
		if err != nil {
			return nil, err
		}
		return &listed[0], nil
	}
	return nil, nil
}

// chooseStatement puts the next statement and the person's progress on the view.
func (s *Service) chooseStatement(tx *storage.Tx, view *View, v Voter, p participant, known bool, ask int64) error {
	c := view.Consultation
	if known {
		done, own, err := progressOf(tx, c, p.no)
		if err != nil {
			return err
		}
		view.Progress.Done = int(done)
		view.Progress.Total -= int(own)
	} else {
		p.no = noAuthor
	}
	next := ask
	if ask == 0 {
		left, err := candidates(tx, c, p.no)
		if err != nil {
			return err
		}
		var ok bool
		if next, ok, err = s.nextFor(tx, c, left, p.no); err != nil {
			return err
		} else if !ok {
			view.Next, err = s.another(tx, c, v)
			return err
		}
	}
	st, ok, err := storage.Found(statement(tx, c, next))
	if err != nil || !ok || st.State != Shown {
		return err
	}
	if known {
		b, err := ballotOf(tx, c, p, st.No)
		if err != nil {
			return err
		}
		st.Mine = b.choice
	}
	view.Statement = &st
	return nil
}
