package councils

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
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

// New makes the service.
func New(c capability.City) *Service { return &Service{db: c.DB, city: c} }

func (s *Service) value(key string) int { return int(s.city.Settings.Value("councils." + key)) }

func (s *Service) rules() Rules {
	return Rules{StateOneIn: s.value("state_one_in"), OneEach: s.value("one_each") == 1, ChairIsFree: s.value("chair_is_free") == 1, ShownFrom: s.value("shown_from")}
}

func lockKey(council civic.ID) string { return "council:" + string(council) }

func notYours() error { return civic.Fail(civic.Forbidden, "councils.not_yours") }

func notNow() error { return civic.Fail(civic.Closed, "councils.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// alone runs an act of a council's work: nobody else works for it at the same time, and every page that shows it is made anew.
// Permission: MayWork. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) alone(ctx context.Context, a civic.Actor, council civic.ID, act func(*storage.Tx, Council) error) error {
	if !MayWork(a, council) {
		return notYours()
	}
	return s.locked(ctx, council, func(tx *storage.Tx, c Council) error {
		tx.Touch(topic)
		return act(tx, c)
	})
}

// locked runs an act on a council while nobody else acts on it. Errors: civic.NotFound.
func (s *Service) locked(ctx context.Context, council civic.ID, act func(*storage.Tx, Council) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(council)); err != nil {
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
		c.ID = civic.NewID(tx.Now())
		if err := insert(tx, &c); err != nil {
			return err
		}
		err := s.city.Search.Put(tx, search.Document{Ref: Ref(c.ID), Number: c.no, Public: true, Words: search.Analyse(search.Text{Title: search.Join(c.Name), Rest: search.Join(c.About)})})
		tx.Touch(topic)
		return errors.Join(err, s.note(tx, a, c.ID, actFounded, Ref(c.ID), councilFacts(c)), s.city.Trail.Note(tx, a, "councils.council.found", Ref(c.ID), nil))
	})
	return c.ID, err
}

// stateBody is nil for a state body that works: only such a one owes answers.
func (s *Service) stateBody(tx *storage.Tx, field string, id civic.ID) error {
	all, err := s.city.Organisations.Bodies(tx)
	if err == nil && !slices.ContainsFunc(all, func(b organisations.Named) bool { return b.ID == id }) {
		err = civic.Wrong(field, "councils.choose")
	}
	return err
}

// Seat lets a member sit in a council from a day on. Permission and errors as alone; civic.Invalid with the fields of Seat.
func (s *Service) Seat(ctx context.Context, a civic.Actor, seat Seat) (civic.ID, error) {
	err := s.alone(ctx, a, seat.Council, func(tx *storage.Tx, c Council) error {
		all, err := seats(tx, c.ID)
		if err != nil {
			return err
		}
		seat.Commission = seat.Commission.Trimmed()
		if err := seat.check(c, all, s.rules()); err != nil {
			return err
		}
		seat.ID = civic.NewID(tx.Now())
		if err := insertSeat(tx, &seat); err != nil {
			return err
		}
		return errors.Join(s.noteSeat(tx, a, actSeated, seat), s.city.Trail.Note(tx, a, "councils.seat.take", civic.Ref{Kind: KindSeat, ID: seat.ID}, nil))
	})
	return seat.ID, err
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

// Ask puts a resident's question to a council; its secretary decides whether it becomes a point. Permission: whoever has an account
// with a confirmed address. Errors: civic.Invalid with "words", civic.Closed of a council whose term is over, civic.Limited.
func (s *Service) Ask(ctx context.Context, a civic.Actor, council civic.ID, words string, page civic.Lang) error {
	q := Question{Council: council, State: Waiting, Account: a.Account, Words: words, Lang: civic.GuessLang(words, page)}
	if !a.Has(civic.Resident) {
		return notYours()
	}
	if err := q.check(s.value("question_max")); err != nil {
		return err
	}
	return s.locked(ctx, council, func(tx *storage.Tx, c Council) error {
		if c.At(tx.Now(), 0) == Over {
			return civic.Fail(civic.Closed, "councils.over")
		}
		asked, err := countAsked(tx, a.Account, tx.Now().AddDate(0, 0, -1))
		if err != nil {
			return err
		}
		if int(asked) >= s.value("questions_per_day") {
			return civic.Fail(civic.Invalid, "councils.asked_enough", "Count", asked).At("words")
		}
		q.ID, q.AskedAt = civic.NewID(tx.Now()), tx.Now()
		return insertQuestion(tx, &q)
	})
}

// Take makes a question a point of a meeting that is still to come: from now on everybody reads it. Permission and errors as
// alone; civic.Closed once somebody decided; civic.Invalid with the fields of Item and "meeting".
func (s *Service) Take(ctx context.Context, a civic.Actor, council, question civic.ID, point Item) error {
	return s.alone(ctx, a, council, func(tx *storage.Tx, c Council) error {
		q, err := waiting(tx, c, question)
		if err != nil {
			return err
		}
		point.From = questionRef(q.ID).String()
		if err := s.list(tx, a, &point); err != nil {
			return err
		}
		q.State, q.Item = Taken, point.ID
		if err := updateQuestion(tx, q); err != nil {
			return err
		}
		payload := questionFacts(q)
		if payload["words"], err = s.city.Record.Commit(tx, q.Words); err != nil {
			return err
		}
		if err := s.note(tx, a, c.ID, actTaken, questionRef(q.ID), payload); err != nil {
			return err
		}
		return s.tellAsker(tx, q, civic.Say("councils.told_taken", "Title", point.Title))
	})
}

// Refuse turns a question down, with the reason, which only who asked it reads. Permission and errors as Take.
func (s *Service) Refuse(ctx context.Context, a civic.Actor, council, question civic.ID, reason civic.Text) error {
	return s.alone(ctx, a, council, func(tx *storage.Tx, c Council) error {
		q, err := waiting(tx, c, question)
		if err != nil {
			return err
		}
		var p civic.Problems
		if checkText(&p, "reason", reason.Trimmed(), maxWords); p.Err() != nil {
			return p.Err()
		}
		q.State, q.Reason = Refused, reason.Trimmed()
		if err := updateQuestion(tx, q); err != nil {
			return err
		}
		return s.tellAsker(tx, q, civic.Say("councils.told_refused", "Reason", q.Reason))
	})
}

// waiting finds a question to the council on which nobody has decided.
func waiting(tx *storage.Tx, c Council, id civic.ID) (Question, error) {
	q, err := findQuestion(tx, id)
	switch {
	case err != nil:
		return q, err
	case q.Council != c.ID:
		return q, notThere()
	case q.State != Waiting:
		return q, notNow()
	}
	return q, nil
}

func (s *Service) tellAsker(tx *storage.Tx, q Question, body civic.Message) error {
	if q.Account == "" {
		return nil
	}
	return s.city.Notifications.Notify(tx, q.Account, notifications.Notice{Subject: civic.Say("councils.told_question"), Body: body, Path: Path(q.Council),
		Event: "councils.question/" + string(q.ID), Thing: questionRef(q.ID)})
}

// tell tells those who follow the council, its body or the whole city.
func (s *Service) tell(tx *storage.Tx, c Council, n notifications.Notice) error {
	return s.city.Notifications.Tell(tx, n, Ref(c.ID), bodyRef(c.Body), city.Ref())
}
