package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/voices"
)

// topic of cached pages that show anything of a work.
const topic = "delivery"

// Topic is that of pages of others which show a work.
const Topic = topic

// Owner is how the owner of a kind of things takes part in what becomes of them.
type Owner struct {
	// Tell tells those whom a thing concerns, such as its author and supporters, what became of it; path is the page of the work.
	Tell func(tx *storage.Tx, of civic.Ref, subject, body civic.Message, path string) error
}

// Services are those that delivery calls.
type Services struct {
	DB            *storage.DB
	Settings      *city.Service
	Declared      *part.Declared
	Record        *record.Log
	Files         *files.Service
	Places        *places.Service
	Notifications *notifications.Service
	Trail         *audit.Trail
}

// Service is what can be done with works. It is safe for concurrent use.
type Service struct {
	Services
	owners map[string]Owner // by kind; filled before anything runs
}

// New makes the service.
func New(with Services) *Service { return &Service{with, map[string]Owner{}} }

// Own says how the things of a kind are told of. A capability calls it when it is made.
func (s *Service) Own(kind string, o Owner) { s.owners[kind] = o }

func (s *Service) zone() *time.Location { return s.Settings.Zone() }

func (s *Service) value(key string) int64 { return s.Settings.Value("delivery." + key) }

func (s *Service) today(tx *storage.Tx) string { return tx.Now().In(s.zone()).Format(time.DateOnly) }

// The money of a work is a book of the ledger: what is set aside stands in a purse and leaves it to whoever is paid.

func (w Work) purse() ledger.Account { return ledger.Purse(Ref(w.ID), "set_aside", civic.Ref{}) }
func (w Work) city() ledger.Account  { return ledger.Party(Ref(w.ID), "city", civic.Ref{}) }
func (w Work) paid() ledger.Account  { return ledger.Party(Ref(w.ID), "paid", civic.Ref{}) }

func paidOf(tx *storage.Tx, w Work) (civic.Money, error) { return ledger.Balance(tx, w.paid()) }

// Promise is what people decided on.
type Promise struct {
	Of       civic.Ref
	Body     civic.Ref // that has it built
	District string
	Point    places.Point
	Cost     civic.Money
	Due      string // day, by which it is promised
}

// Begin keeps a promise in view from the day on which people decided, once for each thing. Its owner calls it in the transaction of the decision.
func (s *Service) Begin(tx *storage.Tx, p Promise) error {
	if err := tx.Lock("delivery"); err != nil {
		return err
	}
	if _, there, err := storage.Found(ofThing(tx, p.Of)); err != nil || there {
		return err
	}
	w := Work{ID: civic.NewID(tx.Now()), Of: p.Of, Body: p.Body, State: Promised, District: p.District, Point: p.Point, Year: tx.Now().In(s.zone()).Year(), Cost: p.Cost, Set: p.Cost, Due: p.Due, First: p.Due, Round: 1, OpenedAt: tx.Now()}
	if err := insert(tx, &w); err != nil {
		return err
	}
	if p.Cost > 0 {
		if _, err := ledger.Post(tx, ledger.Move("promised", actPromised, Ref(w.ID), w.city(), w.purse(), p.Cost)); err != nil {
			return err
		}
	}
	tx.Touch(topic)
	return s.note(tx, actPromised, w, "")
}

// lock keeps a work for the transaction, as the last who held it left it. Errors: civic.NotFound.
func (s *Service) lock(tx *storage.Tx, id civic.ID) (Work, error) {
	if err := tx.Lock("delivery:" + string(id)); err != nil {
		return Work{}, err
	}
	return find(tx, id)
}

// run does an act of the body on a work while nobody else acts on it, and keeps it. Permission: Work.MayRun. Errors: civic.NotFound, civic.Forbidden, and those of do.
func (s *Service) run(ctx context.Context, a civic.Actor, id civic.ID, act string, do func(*storage.Tx, *Work) error) error {
	return s.DB.Write(ctx, func(tx *storage.Tx) error {
		w, err := s.lock(tx, id)
		if err != nil {
			return err
		}
		if !w.MayRun(a) {
			return notYours()
		}
		if err := do(tx, &w); err != nil {
			return err
		}
		w.ChangedAt = tx.Now()
		if err := errors.Join(update(tx, w), s.note(tx, act, w, w.role(a)), s.Trail.Note(tx, a, "delivery.work.write", Ref(id), map[string]string{"act": act})); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.tell(tx, w, act)
	})
}

// toldOf are the acts that people are told of, with the key of the notice.
var toldOf = map[string]string{actContracted: "delivery.told_contracted", actDelayed: "delivery.told_delayed", actBuilt: "delivery.told_built", actConfirmed: "delivery.told_confirmed", actDisputed: "delivery.told_disputed",
	actMended: "delivery.told_mended", actDropped: "delivery.told_dropped"}

// tell tells those whom the thing concerns; of a dispute the officers of the body too.
func (s *Service) tell(tx *storage.Tx, w Work, act string) error {
	key, told := toldOf[act]
	if !told {
		return nil
	}
	titles, err := s.Declared.Titles(tx, civic.Actor{}, []civic.Ref{w.Of})
	if err != nil {
		return err
	}
	subject, body := civic.Say(key, "Title", titles[w.Of].Title), civic.Message{}
	if act == actDelayed {
		body = civic.Say("delivery.told_delayed_body", "Why", w.Delays[len(w.Delays)-1].Why, "Day", w.Due)
	}
	if act == actDisputed {
		officers, err := identity.HoldersOf(tx, civic.Officer, w.Body)
		for _, account := range officers {
			if err == nil {
				err = s.Notifications.Notify(tx, account, notifications.Notice{Subject: subject, Path: deskPath(w.ID)})
			}
		}
		if err != nil {
			return err
		}
	}
	if o := s.owners[w.Of.Kind]; o.Tell != nil {
		return o.Tell(tx, w.Of, subject, body, Path(w.ID))
	}
	return nil
}

// Contract notes a contract. When the contracts come to more than is set aside, more is, with its reason. Permission: Work.MayRun. Errors: those of run; civic.Closed;
// civic.Invalid with "number", "with", "bin", "sum", "signed", "why".
func (s *Service) Contract(ctx context.Context, a civic.Actor, id civic.ID, c Contract, why civic.Text) error {
	why = why.Trimmed()
	return s.run(ctx, a, id, actContracted, func(tx *storage.Tx, w *Work) (err error) {
		if w.State, err = w.may(Sign); err != nil {
			return err
		}
		var p civic.Problems
		c.check(&p, s.today(tx))
		if w.number(c.Number) || len(w.Contracts) >= maxContracts {
			p.Add("number", "delivery.number_twice")
		}
		w.Contracts = append(w.Contracts, c)
		more := w.Sum() - w.Set
		if more > 0 {
			p.OfficialAtMost("why", why, maxWords)
		}
		if p.Err() != nil || more <= 0 {
			return p.Err()
		}
		w.Set += more
		w.Raises = append(w.Raises, Raise{tx.Now(), more, why})
		_, err = ledger.Post(tx, ledger.Move("raise:"+c.Number, actContracted, Ref(id), w.city(), w.purse(), more))
		return err
	})
}

// Plan names a milestone. Permission: Work.MayRun. Errors: those of run; civic.Closed; civic.Invalid with "name", "due".
func (s *Service) Plan(ctx context.Context, a civic.Actor, id civic.ID, m Milestone) error {
	m.Name = m.Name.Trimmed()
	return s.run(ctx, a, id, actPlanned, func(tx *storage.Tx, w *Work) error {
		if w.State != Promised && w.State != Contracted {
			return notNow()
		}
		var p civic.Problems
		p.OfficialAtMost("name", m.Name, maxName)
		if !dayLike(m.Due) {
			p.Add("due", "delivery.day_needed")
		}
		all, err := milestonesOf(tx, *w)
		if len(all) >= maxMilestones {
			p.Add("name", "delivery.too_many", "Most", maxMilestones)
		}
		if err := errors.Join(err, p.Err()); err != nil {
			return err
		}
		m.ID = civic.NewID(tx.Now())
		return insertMilestone(tx, *w, &m)
	})
}

// Reach notes that a milestone was reached, once. Permission: Work.MayRun. Errors: those of run; civic.Closed.
func (s *Service) Reach(ctx context.Context, a civic.Actor, id, milestone civic.ID) error {
	return s.run(ctx, a, id, actReached, func(tx *storage.Tx, w *Work) error {
		all, err := milestonesOf(tx, *w)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m Milestone) bool { return m.ID == milestone })
		if i < 0 {
			return notThere()
		}
		n, err := reach(tx, all[i], tx.Now())
		if err == nil && (n == 0 || w.State == Dropped) {
			err = notNow()
		}
		return err
	})
}

// Delay promises another day, with the reason; the first stays visible. Permission: Work.MayRun. Errors: those of run; civic.Closed; civic.Invalid with "due", "why".
func (s *Service) Delay(ctx context.Context, a civic.Actor, id civic.ID, to string, why civic.Text) error {
	why = why.Trimmed()
	return s.run(ctx, a, id, actDelayed, func(tx *storage.Tx, w *Work) error {
		if w.State != Promised && w.State != Contracted || len(w.Delays) >= maxDelays {
			return notNow()
		}
		var p civic.Problems
		p.OfficialAtMost("why", why, maxWords)
		if !dayLike(to) || to == w.Due || to < s.today(tx) {
			p.Add("due", "delivery.day_other")
		}
		w.Delays = append(w.Delays, Delay{tx.Now(), w.Due, to, why})
		w.Due = to
		return p.Err()
	})
}

// Pay notes a payment out of what is set aside. number is that of the payment order: the same order is one payment. Permission: Work.MayRun. Errors: those of run; civic.Closed;
// civic.Conflict for another sum under a number, or when too little is left; civic.Invalid with "number", "sum".
func (s *Service) Pay(ctx context.Context, a civic.Actor, id civic.ID, number string, sum civic.Money) error {
	return s.run(ctx, a, id, actPaid, func(tx *storage.Tx, w *Work) error {
		var p civic.Problems
		if number == "" || len(number) > 60 || civic.Junk(number, nil) != "" {
			p.Add("number", "delivery.write_it")
		}
		if sum <= 0 || sum > maxSum {
			p.Add("sum", "delivery.sum_wrong")
		}
		if err := p.Err(); err != nil {
			return err
		}
		if len(w.Contracts) == 0 || w.State == Dropped {
			return notNow()
		}
		_, err := ledger.Post(tx, ledger.Move("paid:"+number, actPaid, Ref(id), w.purse(), w.paid(), sum))
		return err
	})
}

// Finish says that it is built: from now on people who live nearby are heard. Permission: Work.MayRun. Errors: those of run; civic.Closed.
func (s *Service) Finish(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.run(ctx, a, id, actBuilt, func(tx *storage.Tx, w *Work) (err error) {
		w.State, err = w.may(Finish)
		w.BuiltAt, w.Year = tx.Now(), tx.Now().In(s.zone()).Year()
		return err
	})
}

// Mend answers a dispute: people say anew. Permission: Work.MayRun. Errors: those of run; civic.Closed; civic.Invalid with "words".
func (s *Service) Mend(ctx context.Context, a civic.Actor, id civic.ID, words civic.Text) error {
	words = words.Trimmed()
	return s.run(ctx, a, id, actMended, func(tx *storage.Tx, w *Work) (err error) {
		if w.State, err = w.may(Mend); err != nil {
			return err
		}
		var p civic.Problems
		p.OfficialAtMost("words", words, maxWords)
		w.Mended = append(w.Mended, Said{tx.Now(), words})
		w.Round++
		w.BuiltAt = tx.Now()
		return p.Err()
	})
}

// Drop says that it will not be built: what was set aside and not paid is the city's again. Permission: Work.MayRun. Errors: those of run; civic.Closed; civic.Invalid with "why".
func (s *Service) Drop(ctx context.Context, a civic.Actor, id civic.ID, why civic.Text) error {
	why = why.Trimmed()
	return s.run(ctx, a, id, actDropped, func(tx *storage.Tx, w *Work) (err error) {
		if w.State, err = w.may(Drop); err != nil {
			return err
		}
		var p civic.Problems
		p.OfficialAtMost("why", why, maxWords)
		w.Why = why
		if p.Err() != nil {
			return p.Err()
		}
		left, err := ledger.Balance(tx, w.purse())
		if err != nil || left <= 0 {
			return err
		}
		_, err = ledger.Post(tx, ledger.Move("dropped", actDropped, Ref(id), w.purse(), w.city(), left))
		return err
	})
}

// maySay is why the actor cannot say what they see; nil when they can: a resident who does not act for the body.
func (s *Service) maySay(tx *storage.Tx, a civic.Actor, w Work) error {
	switch {
	case !w.heard(tx.Now(), int(s.value("say_days"))):
		return notNow()
	case !a.Has(civic.Resident):
		return civic.Fail(civic.Forbidden, "delivery.sign_in")
	case w.MayRun(a):
		return civic.Fail(civic.Forbidden, "delivery.own_work")
	}
	return nil
}

// Say keeps what somebody who lives nearby sees; they may change it. Enough of them confirm the work, or dispute it. Errors: civic.NotFound; civic.Closed; civic.Forbidden;
// civic.Invalid with "voice", "near", "matter".
func (s *Service) Say(ctx context.Context, a civic.Actor, id civic.ID, v voices.Voice, matter string, near bool) error {
	return s.DB.Write(ctx, func(tx *storage.Tx) error {
		w, err := s.lock(tx, id)
		if err != nil {
			return err
		}
		if err := s.maySay(tx, a, w); err != nil {
			return err
		}
		var p civic.Problems
		switch {
		case !slices.Contains(voices.All(), v):
			p.Add("voice", "delivery.choose")
		case v == voices.Agrees:
			matter = ""
		case !slices.Contains(voices.Matters(), matter):
			p.Add("matter", "delivery.choose")
		}
		if !near {
			p.Add("near", "delivery.near_needed")
		}
		if p.Err() != nil {
			return p.Err()
		}
		tx.Touch(topic)
		if err := box.Say(tx, w.no, w.Round, a.Account, v, matter, tx.Now()); err != nil {
			return err
		}
		all, err := box.Tally(tx, w.no, w.Round)
		if err != nil {
			return err
		}
		step, there := verdict(all, w.State, s.value("confirms"), s.value("disputes"))
		if !there {
			return nil
		}
		act := map[Step]string{Confirm: actConfirmed, Dispute: actDisputed}[step]
		if w.State, err = w.may(step); err != nil {
			return err
		}
		w.ChangedAt = tx.Now()
		return errors.Join(update(tx, w), s.note(tx, act, w, ""), s.tell(tx, w, act))
	})
}
