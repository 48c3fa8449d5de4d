package councils

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// topic of cached pages that show anything of councils.
const topic = "councils"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db   *storage.DB
	city capability.City
}

// New makes the service, and lets councils meet and be formed.
func New(c capability.City) *Service {
	s := &Service{db: c.DB, city: c}
	c.Meetings.Serve(Kind, meetings.Owner{Body: s.meets, Addressees: s.addressees, Adopt: s.adopt, Came: s.cameOf, Accounts: accounts, Seats: seatsOf, Closed: s.closed})
	c.Answers.Tell(KindRecommendation, s.changed)
	c.Forming.Serve(Kind, s.formed())
	return s
}

func (s *Service) value(key string) int { return int(s.city.Settings.Value("councils." + key)) }

func (s *Service) rules() Rules {
	return Rules{StateOneIn: s.value("state_one_in"), OneEach: s.value("one_each") == 1, ChairIsFree: s.value("chair_is_free") == 1, ShownFrom: s.value("shown_from"), Ages: [2]int{s.value("age_middle"), s.value("age_older")}}
}

func notYours() error { return civic.Fail(civic.Forbidden, "councils.not_yours") }

func notNow() error { return civic.Fail(civic.Closed, "councils.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// alone runs an act of a council's work: nobody else works for it at the same time, and every page that shows it is made anew.
// Permission: part.MayWork. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) alone(ctx context.Context, a civic.Actor, council civic.ID, act func(*storage.Tx, Council) error) error {
	if !part.MayWork(a, Ref(council)) {
		return notYours()
	}
	return s.locked(ctx, council, func(tx *storage.Tx, c Council) error {
		tx.Touch(topic)
		return act(tx, c)
	})
}

// locked runs an act on a council while nobody else acts on it or on one of its meetings. Errors: civic.NotFound.
func (s *Service) locked(ctx context.Context, council civic.ID, act func(*storage.Tx, Council) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(Ref(council).String()); err != nil {
			return err
		}
		c, err := find(tx, council)
		if err != nil {
			return err
		}
		return act(tx, c)
	})
}

// Found puts a council on the list. Permission: administrators. Errors: civic.Forbidden, civic.Invalid with the fields of Council.
func (s *Service) Found(ctx context.Context, a civic.Actor, c Council) (civic.ID, error) {
	c.Name, c.About = c.Name.Trimmed(), c.About.Trimmed()
	if !a.Has(civic.Administrator) {
		return "", notYours()
	}
	if err := c.check(); err != nil {
		return "", err
	}
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.stateBody(tx, "body", c.Body); err != nil {
			return err
		}
		if err := checkOwn(tx, c); err != nil {
			return err
		}
		c.Scope = s.city.Settings.Current().Known(c.Scope)
		c.ID = civic.NewID(tx.Now())
		if err := insert(tx, &c); err != nil {
			return err
		}
		twice, err := foundBefore(tx, c)
		if err == nil && twice { // a form that was sent twice: numbering rows has put the two in order
			err = civic.Wrong("name", "councils.found_same")
		}
		if err != nil {
			return err
		}
		err = s.city.Search.Put(tx, search.Document{Ref: Ref(c.ID), Number: c.no, Public: true, About: []city.Scope{c.Scope}, Words: search.Analyse(search.Text{Title: search.Join(c.Name), Rest: search.Join(c.About)})})
		tx.Touch(topic)
		return errors.Join(err, s.note(tx, a, c.ID, actFounded, Ref(c.ID), councilFacts(c)), s.city.Trail.Note(tx, a, "councils.council.found", Ref(c.ID), nil))
	})
	return c.ID, err
}

// checkOwn is nil for a council of a kind that the city has, which is a part of a council that is there, or of none.
func checkOwn(tx *storage.Tx, c Council) error {
	var p civic.Problems
	known, err := forms(tx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(known, func(f FormName) bool { return f.Code == c.Form }) {
		p.Add("form", "councils.choose")
	}
	if c.Parent != "" {
		_, there, err := storage.Found(find(tx, c.Parent))
		if err != nil {
			return err
		}
		if !there {
			p.Add("parent", "councils.choose")
		}
	}
	return p.Err()
}

// AddForm adds a kind of councils. Permission: administrators. Errors: civic.Forbidden, civic.Invalid with "name".
func (s *Service) AddForm(ctx context.Context, a civic.Actor, name civic.Text) error {
	if !a.Has(civic.Administrator) {
		return notYours()
	}
	f := FormName{Name: name.Trimmed()}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("councils_no"); err != nil { // numbers and the bound
			return err
		}
		known, err := forms(tx)
		if err != nil {
			return err
		}
		if err := f.check(known); err != nil {
			return err
		}
		f.Code = Form(fmt.Sprintf("kind_%d", len(known)+1))
		if err := insertForm(tx, &f); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.city.Trail.Note(tx, a, "councils.form.add", city.Ref(), map[string]string{"code": string(f.Code)})
	})
}

// RenameForm gives a kind of councils another name: all councils of the kind are called so. Permission: administrators. Errors: civic.Forbidden,
// civic.NotFound, civic.Invalid with "name".
func (s *Service) RenameForm(ctx context.Context, a civic.Actor, code Form, name civic.Text) error {
	if !a.Has(civic.Administrator) {
		return notYours()
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("councils_no"); err != nil { // names are compared
			return err
		}
		known, err := forms(tx)
		if err != nil {
			return err
		}
		f := FormName{Code: code, Name: name.Trimmed()}
		if _, there := names(known)[code]; !there {
			return notThere()
		}
		if err := f.check(known); err != nil {
			return err
		}
		if err := renameForm(tx, f); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.city.Trail.Note(tx, a, "councils.form.rename", city.Ref(), map[string]string{"code": string(f.Code)})
	})
}

// names are those of the kinds of councils.
func names(known []FormName) map[Form]civic.Text {
	out := map[Form]civic.Text{}
	for _, f := range known {
		out[f.Code] = f.Name
	}
	return out
}

// stateBody is nil for a state body that works: only such a one owes answers.
func (s *Service) stateBody(tx *storage.Tx, field string, id civic.ID) error {
	all, err := s.city.Organisations.Bodies(tx)
	if err == nil && !organisations.Among(all, id) {
		err = civic.Wrong(field, "councils.choose")
	}
	return err
}

// Seat lets a member sit in a council from a day on. Permission and errors as alone; civic.Invalid with the fields of Seat.
func (s *Service) Seat(ctx context.Context, a civic.Actor, seat Seat) (civic.ID, error) {
	err := s.alone(ctx, a, seat.Council, func(tx *storage.Tx, c Council) error {
		return s.sitDown(tx, a, c, &seat)
	})
	return seat.ID, err
}

// sitDown lets a member sit, within the transaction of whoever keeps the council for it.
func (s *Service) sitDown(tx *storage.Tx, a civic.Actor, c Council, seat *Seat) error {
	all, err := seats(tx, c.ID)
	if err != nil {
		return err
	}
	seat.Commission = seat.Commission.Trimmed()
	if err := seat.check(c, all, s.rules()); err != nil {
		return err
	}
	if slices.ContainsFunc(all, seat.same) { // a form that was sent twice
		return civic.Wrong("name", "councils.seat_same")
	}
	seat.ID = civic.NewID(tx.Now())
	if err := insertSeat(tx, seat); err != nil {
		return err
	}
	if err := s.attend(tx, c); err != nil { // who sat before today missed, or came to, what was held since
		return err
	}
	return errors.Join(s.noteSeat(tx, a, actSeated, *seat), s.city.Trail.Note(tx, a, "councils.seat.take", civic.Ref{Kind: KindSeat, ID: seat.ID}, nil))
}

func (s *Service) noteSeat(tx *storage.Tx, a civic.Actor, act string, seat Seat) error {
	return s.noteNamed(tx, a, seat.Council, act, civic.Ref{Kind: KindSeat, ID: seat.ID}, "name", seat.Name, seatFacts(seat))
}

// EndSeat names the last day of a member, who sits until then. Permission and errors as alone; civic.Invalid with "until".
func (s *Service) EndSeat(ctx context.Context, a civic.Actor, council, id civic.ID, until time.Time) error {
	return s.alone(ctx, a, council, func(tx *storage.Tx, c Council) error {
		seat, err := seatOf(tx, c, id)
		if err != nil {
			return err
		}
		if until.IsZero() || until.Before(seat.Since) {
			return civic.Wrong("until", "councils.term_wrong")
		}
		seat.Until = until
		if err := endSeat(tx, seat); err != nil {
			return err
		}
		if err := s.attend(tx, c); err != nil {
			return err
		}
		return errors.Join(s.noteSeat(tx, a, actLeft, seat), s.city.Trail.Note(tx, a, "councils.seat.end", civic.Ref{Kind: KindSeat, ID: id}, nil))
	})
}

func seatOf(tx *storage.Tx, c Council, id civic.ID) (Seat, error) {
	all, err := seatsByIDs(tx, []civic.ID{id})
	if err == nil && (len(all) == 0 || all[0].Council != c.ID) {
		err = notThere()
	}
	if err != nil {
		return Seat{}, err
	}
	return all[0], nil
}

// tell tells those who follow the council, its body or the whole city.
func (s *Service) tell(tx *storage.Tx, c Council, n notifications.Notice) error {
	return s.city.Notifications.Tell(tx, n, append(c.Followed(), Ref(c.ID), bodyRef(c.Body), city.Ref())...)
}
