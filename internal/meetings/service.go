package meetings

import (
	"context"
	"errors"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

// Topic is of kept pages that show anything of meetings.
const Topic = "meetings"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	catalog  *i18n.Catalog
	city     *city.Service
	declared *part.Declared
	record   *record.Log
	search   *search.Service
	files    *files.Service
	notices  *notifications.Service
	trail    *audit.Trail
	owners   map[string]Owner // by the kind of what meets
	minutes  Minutes
}

// New makes the service.
func New(db *storage.DB, catalog *i18n.Catalog, city *city.Service, declared *part.Declared, record *record.Log, search *search.Service, files *files.Service, notices *notifications.Service, trail *audit.Trail) *Service {
	return &Service{db: db, catalog: catalog, city: city, declared: declared, record: record, search: search, files: files, notices: notices, trail: trail, owners: map[string]Owner{}}
}

// Serve lets things of a kind meet. A part calls it when it is made, before anything else is asked.
func (s *Service) Serve(kind string, o Owner) { s.owners[kind] = o }

func (s *Service) value(key string) int { return int(s.city.Value("meetings." + key)) }

func notYours() error { return civic.Fail(civic.Forbidden, "meetings.not_yours") }

func notNow() error { return civic.Fail(civic.Closed, "meetings.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// body asks the owner of a body. Errors: civic.NotFound, also of what does not meet.
func (s *Service) body(tx *storage.Tx, ref civic.Ref) (Body, error) {
	owner, meets := s.owners[ref.Kind]
	if !meets {
		return Body{}, notThere()
	}
	return owner.Body(tx, ref.ID)
}

// alone runs an act of the work on a body's meetings: nobody else works on them, or changes the body, at the same time, and every page that
// shows them is made anew. Permission: part.MayWork. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) alone(ctx context.Context, a civic.Actor, body civic.Ref, act func(*storage.Tx, Body) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		b, err := s.lock(tx, body)
		if err != nil {
			return err
		}
		if !part.MayWork(a, body) {
			return notYours()
		}
		tx.Touch(Topic)
		return act(tx, b)
	})
}

// lock keeps a body for the transaction. Its owner takes the lock of the same name before it changes who sits there.
func (s *Service) lock(tx *storage.Tx, body civic.Ref) (Body, error) {
	if _, meets := s.owners[body.Kind]; !meets { // a kind comes from an address: nobody names locks by it
		return Body{}, notThere()
	}
	if err := tx.Lock(body.String()); err != nil {
		return Body{}, err
	}
	return s.body(tx, body)
}

// at is alone for an act on one meeting, by its id.
func (s *Service) at(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Body, Meeting) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		m, err := Find(tx, id)
		if err != nil {
			return err
		}
		if !part.MayWork(a, m.Body) {
			return notYours()
		}
		b, err := s.lock(tx, m.Body)
		if err != nil {
			return err
		}
		if m, err = Find(tx, id); err != nil { // as the last who held the lock left it
			return err
		}
		tx.Touch(Topic)
		return act(tx, b, m)
	})
}

// Ask puts a resident's question, in a language, to a body; its secretary decides whether it becomes a point. Permission: whoever has an account
// with a confirmed address. Errors: civic.Invalid with "words", civic.Closed of a body whose term is over, civic.NotFound.
func (s *Service) Ask(ctx context.Context, a civic.Actor, body civic.Ref, words string, lang civic.Lang) error {
	q := Question{Body: body, State: Waiting, Account: a.Account, Words: words, Lang: lang}
	if !a.Has(civic.Resident) {
		return notYours()
	}
	if err := q.check(s.value("question_max")); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		b, err := s.lock(tx, body)
		if err != nil {
			return err
		}
		if b.Over {
			return civic.Fail(civic.Closed, "meetings.over")
		}
		if twice, err := askedBefore(tx, q); err != nil || twice { // a form that was sent twice
			return errors.Join(err, civic.Wrong("words", "meetings.question_same"))
		}
		asked, err := countAsked(tx, a.Account, tx.Now().AddDate(0, 0, -1))
		if err != nil {
			return err
		}
		if int(asked) >= s.value("questions_per_day") {
			return civic.Fail(civic.Invalid, "meetings.asked_enough", "Count", asked).At("words")
		}
		q.ID, q.AskedAt = civic.NewID(tx.Now()), tx.Now()
		return insertQuestion(tx, &q)
	})
}

// asked is alone for an act on a question on which nobody has decided.
func (s *Service) asked(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Question) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		q, err := findQuestion(tx, id)
		if err != nil {
			return err
		}
		if !part.MayWork(a, q.Body) {
			return notYours()
		}
		if _, err := s.lock(tx, q.Body); err != nil {
			return err
		}
		if q, err = findQuestion(tx, id); err != nil {
			return err
		}
		if q.State != Waiting {
			return notNow()
		}
		tx.Touch(Topic)
		return act(tx, q)
	})
}

// Take makes a question a point of a meeting that is still to come: from then on everybody reads it. Permission and errors as
// alone; civic.Closed once somebody decided; civic.Invalid with the fields of Item and "meeting".
func (s *Service) Take(ctx context.Context, a civic.Actor, question civic.ID, point Item) error {
	return s.asked(ctx, a, question, func(tx *storage.Tx, q Question) error {
		if point.Meeting == "" {
			return civic.Wrong("meeting", "meetings.choose")
		}
		m, err := Find(tx, point.Meeting)
		if err != nil {
			return err
		}
		if m.Body != q.Body {
			return notThere()
		}
		point.From = questionRef(q.ID).String()
		if err := s.list(tx, a, m, &point); err != nil {
			return err
		}
		q.State, q.Item = Taken, point.ID
		if err := updateQuestion(tx, q); err != nil {
			return err
		}
		payload := questionFacts(q)
		if payload["words"], err = s.record.Commit(tx, q.Words); err != nil {
			return err
		}
		if err := s.note(tx, a, q.Body, actTaken, questionRef(q.ID), payload); err != nil {
			return err
		}
		return s.tellAsker(tx, q, civic.Say("meetings.told_taken", "Title", point.Title))
	})
}

// Refuse turns a question down, with the reason, which only who asked it reads. Permission and errors as Take.
func (s *Service) Refuse(ctx context.Context, a civic.Actor, question civic.ID, reason civic.Text) error {
	return s.asked(ctx, a, question, func(tx *storage.Tx, q Question) error {
		var p civic.Problems
		if p.OfficialAtMost("reason", reason.Trimmed(), maxWords); p.Err() != nil {
			return p.Err()
		}
		q.State, q.Reason = Refused, reason.Trimmed()
		if err := updateQuestion(tx, q); err != nil {
			return err
		}
		return s.tellAsker(tx, q, civic.Say("meetings.told_refused", "Reason", q.Reason))
	})
}

func (s *Service) tellAsker(tx *storage.Tx, q Question, body civic.Message) error {
	if q.Account == "" {
		return nil
	}
	return s.notices.Notify(tx, q.Account, notifications.Notice{Subject: civic.Say("meetings.told_question"), Body: body, Path: AskPath(q.Body),
		Event: "meetings.question/" + string(q.ID), Thing: questionRef(q.ID)})
}

// tell tells those who follow the body, or what it works at.
func (s *Service) tell(tx *storage.Tx, b Body, n notifications.Notice) error {
	return s.notices.Tell(tx, n, append([]civic.Ref{b.Ref}, b.Told...)...)
}
