package surveys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/search"
)

const (
	topic    = "surveys"    // of cached pages that show any survey
	numbers  = "surveys_no" // the lock of whoever makes a survey
	formName = "survey"     // of a survey's questions
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db        *storage.DB
	city      capability.City
	newcomers *web.Limiter // how many answers without an account one network gives in an hour
}

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{db: c.DB, city: c}
	s.newcomers = &web.Limiter{Burst: func(network string) int { return c.Identity.Crowd(network, s.value("newcomers_per_hour")) }, Per: time.Hour, Clock: s.db.Now}
	c.Paper.Own(Kind, s.onPaper())
	return s
}

func (s *Service) value(key string) int { return int(s.city.Settings.Value("surveys." + key)) }

func lockKey(no int64) string { return fmt.Sprintf("survey:%d", no) }

// mayPrepare reports whether the actor works on surveys of a body: its officers, and administrators.
func mayPrepare(a civic.Actor, body civic.ID) bool {
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, organisations.RefOf(body))
}

func actsAs(a civic.Actor, s Survey) civic.Role {
	return a.ActsAs([]civic.Ref{organisations.RefOf(s.Body)}, civic.Officer, civic.Administrator)
}

func (s *Service) check(tx *storage.Tx, a civic.Actor, of Survey) error {
	bodies, err := s.city.Organisations.BodiesOf(tx, a)
	if err != nil {
		return err
	}
	return of.check(s.city.Settings.Current().HasDistrict, city.HasTheme,
		func(id civic.ID) bool { return organisations.Among(bodies, id) }, [2]int{s.value("days_min"), s.value("days_max")}).Err()
}

func (s Survey) trimmed() Survey {
	s.Title, s.Purpose, s.Drawn = s.Title.Trimmed(), s.Purpose.Trimmed(), s.Drawn.Trimmed()
	return s
}

// Make begins a survey without questions, which its body alone sees. The caller fills in what Survey.check looks at. Permission: mayPrepare. Errors:
// civic.Invalid with the fields of Survey.check.
func (s *Service) Make(ctx context.Context, actor civic.Actor, of Survey) (civic.ID, error) {
	of = of.trimmed()
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.check(tx, actor, of); err != nil {
			return err
		}
		return s.begin(tx, actor, &of, questions.Form{})
	})
	return of.ID, err
}

func (s *Service) begin(tx *storage.Tx, actor civic.Actor, of *Survey, form questions.Form) error {
	if err := tx.Lock(numbers); err != nil {
		return err
	}
	of.ID, of.State, of.MadeAt, of.ChangedAt = civic.NewID(tx.Now()), Preparing, tx.Now(), tx.Now()
	if err := insert(tx, of); err != nil {
		return err
	}
	if _, err := questions.Put(tx, Ref(of.ID), formName, form); err != nil {
		return err
	}
	return s.city.Trail.Note(tx, actor, "surveys.survey.make", Ref(of.ID), nil)
}

// Again begins a survey that asks what another did, to be compared with it: its questions keep their keys. Permission: mayPrepare. Errors: civic.NotFound,
// civic.Forbidden.
func (s *Service) Again(ctx context.Context, actor civic.Actor, id civic.ID) (civic.ID, error) {
	var next Survey
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		of, form, err := s.withForm(tx, id)
		if err == nil && !mayPrepare(actor, of.Body) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		next = Survey{Title: of.Title, Purpose: of.Purpose, Drawn: of.Drawn, Body: of.Body, Audience: of.Audience, Scope: of.Scope, Days: of.Days, Background: of.Background, Margins: of.Margins}
		if of.Public() {
			next.Before = of.ID
		}
		return s.begin(tx, actor, &next, form)
	})
	return next.ID, err
}

// withForm finds a survey and what it asks.
func (s *Service) withForm(tx *storage.Tx, id civic.ID) (Survey, questions.Form, error) {
	of, err := find(tx, id)
	if err != nil {
		return of, nil, err
	}
	form, err := questions.Last(tx, Ref(id), formName)
	return of, form.Form, err
}

// work runs an act of the body on one of its surveys, alone. Permission: mayPrepare. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) work(ctx context.Context, actor civic.Actor, id civic.ID, audit string, act func(*storage.Tx, Survey) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		of, err := locked(tx, id)
		if err != nil {
			return err
		}
		if !mayPrepare(actor, of.Body) {
			return notYours()
		}
		if err := act(tx, of); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, actor, audit, Ref(of.ID), nil)
	})
}

// locked finds a survey, and keeps others from it until the end of the transaction.
func locked(tx *storage.Tx, id civic.ID) (Survey, error) {
	of, err := find(tx, id)
	if err != nil {
		return of, err
	}
	if err := tx.Lock(lockKey(of.no)); err != nil {
		return of, err
	}
	return find(tx, id)
}

// prepared is work on a survey that nobody else has seen. Errors: civic.Closed.
func (s *Service) prepared(ctx context.Context, actor civic.Actor, id civic.ID, audit string, act func(*storage.Tx, Survey) error) error {
	return s.work(ctx, actor, id, audit, func(tx *storage.Tx, of Survey) error {
		if of.State != Preparing {
			return notNow()
		}
		return act(tx, of)
	})
}

// Edit changes what is said of a survey that nobody else has seen. Permission and errors as Make; civic.Closed.
func (s *Service) Edit(ctx context.Context, actor civic.Actor, id civic.ID, to Survey) error {
	to = to.trimmed()
	return s.prepared(ctx, actor, id, "surveys.survey.edit", func(tx *storage.Tx, of Survey) error {
		if err := s.check(tx, actor, to); err != nil {
			return err
		}
		of.Title, of.Purpose, of.Drawn, of.Body, of.Audience, of.Scope, of.Days, of.ChangedAt = to.Title, to.Purpose, to.Drawn, to.Body, to.Audience, to.Scope, to.Days, tx.Now()
		return update(tx, of)
	})
}

// AddQuestion puts a question behind the others, under a key of its own; self says that it is about the person. Permission: mayPrepare. Errors: civic.Closed;
// civic.Invalid with "label", "options", "rows", "most" and the like.
func (s *Service) AddQuestion(ctx context.Context, actor civic.Actor, id civic.ID, q questions.Question, self bool) error {
	return s.prepared(ctx, actor, id, "surveys.survey.questions", func(tx *storage.Tx, of Survey) error {
		form, err := questions.Last(tx, Ref(id), formName)
		if err != nil {
			return err
		}
		all, q, _ := form.Form.With(q)
		if self {
			of.Background = append(of.Background, q.Key)
		}
		if err := questions.OfQuestion(q.Key, checkForm(all, of.Background)).Err(); err != nil {
			return err
		}
		if _, err := questions.Put(tx, Ref(id), formName, all); err != nil {
			return err
		}
		return update(tx, of)
	})
}

// DropQuestion takes a question away, with the conditions of others on it. Permission: mayPrepare. Errors: civic.Closed, civic.NotFound.
func (s *Service) DropQuestion(ctx context.Context, actor civic.Actor, id civic.ID, key string) error {
	return s.prepared(ctx, actor, id, "surveys.survey.questions", func(tx *storage.Tx, of Survey) error {
		form, err := questions.Last(tx, Ref(id), formName)
		if err != nil {
			return err
		}
		left, err := form.Form.Without(key)
		if err != nil {
			return err
		}
		of.Background = slices.DeleteFunc(of.Background, func(k string) bool { return k == key })
		delete(of.Margins.Of, key)
		if _, err := questions.Put(tx, Ref(id), formName, left); err != nil {
			return err
		}
		return update(tx, of)
	})
}

// SetMargins keeps what is known of the population, to weight a sample by; empty ones take that back. Permission: mayPrepare. Errors: civic.Closed;
// civic.Invalid with "source" and "m.QUESTION.CHOICE".
func (s *Service) SetMargins(ctx context.Context, actor civic.Actor, id civic.ID, m Margins) error {
	m.Source = m.Source.Trimmed()
	return s.prepared(ctx, actor, id, "surveys.survey.margins", func(tx *storage.Tx, of Survey) error {
		form, err := questions.Last(tx, Ref(id), formName)
		if err != nil {
			return err
		}
		if err := m.check(form.Form, of.Background).Err(); err != nil {
			return err
		}
		of.Margins = m
		return update(tx, of)
	})
}

// mayOpen finds what keeps a survey from being opened.
func (s *Service) mayOpen(tx *storage.Tx, of Survey) error {
	if of.State != Preparing {
		return notNow()
	}
	form, err := questions.Last(tx, Ref(of.ID), formName)
	switch {
	case err != nil:
		return err
	case len(form.Form) == 0:
		return civic.Fail(civic.Invalid, "surveys.no_questions")
	case of.Audience == Nobody && of.Invited == 0:
		return civic.Fail(civic.Invalid, "surveys.no_letters")
	case of.Invited > 0 && of.Drawn.Empty():
		return civic.Fail(civic.Invalid, "surveys.drawn_missing")
	}
	return checkForm(form.Form, of.Background).Err()
}

// Open asks: from then on nothing of the survey changes. Permission: mayPrepare. Errors: civic.Closed, civic.Invalid.
func (s *Service) Open(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return s.prepared(ctx, actor, id, "surveys.survey.open", func(tx *storage.Tx, of Survey) error {
		if err := s.mayOpen(tx, of); err != nil {
			return err
		}
		form, err := questions.Freeze(tx, Ref(id), formName)
		if err != nil {
			return err
		}
		of.State, _ = Next(of.State, Begin)
		of.Hash, of.OpenedAt, of.ChangedAt, of.ClosesAt = form.Hash, tx.Now(), tx.Now(), s.lastMoment(tx.Now(), of.Days)
		if err := s.settle(tx, of, actOpened, actsAs(actor, of)); err != nil {
			return err
		}
		return s.tell(tx, of, "opened", civic.Say("surveys.told_until", "Date", of.ClosesAt))
	})
}

// lastMoment is the end of the last of so many days.
func (s *Service) lastMoment(from time.Time, days int) time.Time {
	at := from.In(s.city.Settings.Zone())
	return time.Date(at.Year(), at.Month(), at.Day()+days, 23, 59, 59, 0, at.Location())
}

// Withdraw ends a survey that is open, with a public reason; what was answered goes. Permission: mayPrepare. Errors: civic.Closed, civic.Invalid with "reason".
func (s *Service) Withdraw(ctx context.Context, actor civic.Actor, id civic.ID, why civic.Text) error {
	why = why.Trimmed()
	return s.work(ctx, actor, id, "surveys.survey.withdraw", func(tx *storage.Tx, of Survey) error {
		to, ok := Next(of.State, Withdraw)
		if !ok {
			return notNow()
		}
		var p civic.Problems
		p.OfficialAtMost("reason", why, maxWords)
		if err := p.Err(); err != nil {
			return err
		}
		of.State, of.Reason, of.ClosedAt, of.ChangedAt = to, why, tx.Now(), tx.Now()
		if err := errors.Join(dropAnswers(tx, of), s.city.Paper.GiveUp(tx, Ref(id))); err != nil {
			return err
		}
		if err := s.settle(tx, of, actWithdrawn, actsAs(actor, of)); err != nil {
			return err
		}
		return s.tell(tx, of, "withdrawn", civic.Message{})
	})
}

// settle keeps a survey that has changed for everybody, and records it.
func (s *Service) settle(tx *storage.Tx, of Survey, act string, role civic.Role) error {
	tx.Touch(topic)
	if err := update(tx, of); err != nil {
		return err
	}
	if err := s.city.Search.Put(tx, search.Document{Ref: Ref(of.ID), Number: of.no, Public: of.Public(), About: []city.Scope{of.Scope},
		Words: search.Analyse(search.Text{Title: search.Join(of.Title), Rest: search.Join(of.Purpose)})}); err != nil {
		return err
	}
	return s.note(tx, act, of, role)
}

// tell tells who follows a survey, its district or theme, its body or the city.
func (s *Service) tell(tx *storage.Tx, of Survey, what string, more civic.Message) error {
	n := notifications.Notice{Subject: civic.Say("surveys.told_"+what, "Title", of.Title), Body: more, Path: Path(of.ID), Thing: Ref(of.ID), Event: "surveys." + what + "/" + string(of.ID)}
	return s.city.Notifications.Tell(tx, n, append([]civic.Ref{city.Ref(), organisations.RefOf(of.Body)}, of.Followed()...)...)
}

// watch closes and counts what is over until ctx ends; failures are logged, and it goes on. Every node of a city runs it.
func (s *Service) watch(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		if err := s.Advance(ctx); err != nil && ctx.Err() == nil {
			s.city.Log.Warn("surveys: closing is late", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Advance closes the surveys whose time is over, unless the clock is doubted, and counts those whose sheets are all in. From the closing on the body owes its
// answer.
func (s *Service) Advance(ctx context.Context) error {
	const some = 100
	var due, closed []Survey
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		trusted, err := s.city.Clock.Trusted(tx)
		if err == nil && trusted {
			due, err = dueToClose(tx, tx.Now(), some)
		}
		return err
	})
	for _, of := range due {
		if err == nil {
			err = s.db.Write(ctx, func(tx *storage.Tx) error { return s.close(tx, of.ID) })
		}
	}
	if err == nil {
		err = s.db.Read(ctx, func(tx *storage.Tx) (err error) { closed, err = s.toCount(tx, some); return err })
	}
	for _, of := range closed {
		if err == nil {
			err = s.db.Write(ctx, func(tx *storage.Tx) error { return s.count(tx, of.ID) })
		}
	}
	return err
}

// toCount lists the closed ones whose sheets are all in.
func (s *Service) toCount(tx *storage.Tx, most int) (out []Survey, err error) {
	all, err := inState(tx, Closed, most)
	for _, of := range all {
		n, err := s.city.Paper.Out(tx, Ref(of.ID))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			out = append(out, of)
		}
	}
	return out, err
}

// answerText is what a body owes, as its page and the search name it.
var answerText = civic.Text{civic.Kazakh: "Сауалнама нәтижесіне жауап", civic.Russian: "Ответ на результаты опроса", civic.English: "Answer to the results of the survey"}

func (s *Service) close(tx *storage.Tx, id civic.ID) error {
	of, err := locked(tx, id)
	if err != nil {
		return err
	}
	to, ok := Next(of.State, Close)
	if !ok { // another node was faster
		return nil
	}
	of.State, of.ClosedAt, of.ChangedAt = to, of.ClosesAt, tx.Now()
	if err := s.settle(tx, of, actClosed, ""); err != nil {
		return err
	}
	_, err = s.city.Answers.Owe(tx, answers.Obligation{Subject: Ref(of.ID), Owed: answers.Answer, What: answerText, Body: organisations.RefOf(of.Body), Scope: of.Scope,
		Source: s.city.Settings.InForce("surveys.answer_days").Source, Start: of.ClosedAt, Term: civic.Term{Days: s.value("answer_days"), Working: true}})
	return err
}

// count makes the figures, and writes the answers anew so that nothing ties them to who gave them.
func (s *Service) count(tx *storage.Tx, id civic.ID) error {
	of, err := locked(tx, id)
	if err != nil {
		return err
	}
	to, ok := Next(of.State, Count)
	if !ok {
		return nil
	}
	if out, err := s.city.Paper.Out(tx, Ref(id)); err != nil || out > 0 {
		return err
	}
	form, err := questions.Last(tx, Ref(id), formName)
	if err != nil {
		return err
	}
	totals, all, err := tabulate(form.Form, of.Background, of.Margins, int64(s.value("least")), rowsOf(tx, of))
	if err != nil {
		return err
	}
	if err := insertFigures(tx, of, all); err != nil {
		return err
	}
	if err := rekey(tx, of); err != nil {
		return err
	}
	of.State, of.CountedAt, of.ChangedAt, of.Totals = to, tx.Now(), tx.Now(), totals
	if of.Results, err = digestOf(tx, of); err != nil {
		return err
	}
	if err := s.settle(tx, of, actCounted, ""); err != nil {
		return err
	}
	return s.tell(tx, of, "counted", civic.Message{})
}
