package contracts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Topic of cached pages that show anything of contracts.
const Topic = "contracts"

const remindKind = "contracts.remind"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	declared *part.Declared
	record   *record.Log
	notices  *notifications.Service
	trail    *audit.Trail
	owners   map[string]Owner // by the kind of what a contract is about
}

// Owner is the part that decided on the money of contracts. Its functions run in the transaction of the act.
type Owner struct {
	// Dropped is told that a draft was dropped.
	Dropped func(*storage.Tx, civic.Actor, Contract) error
	// Held is until when nothing is paid, because others may still complain of the decision.
	Held func(*storage.Tx, Contract) (time.Time, error)
}

// New makes the service.
func New(db *storage.DB, city *city.Service, declared *part.Declared, record *record.Log, notices *notifications.Service, trail *audit.Trail) *Service {
	return &Service{db: db, city: city, declared: declared, record: record, notices: notices, trail: trail, owners: map[string]Owner{}}
}

// Serve lets contracts be about things of a kind. A part calls it when it is made.
func (s *Service) Serve(kind string, o Owner) { s.owners[kind] = o }

// held is until when nothing is paid; zero: nothing holds it.
func (s *Service) held(tx *storage.Tx, c Contract) (time.Time, error) {
	if o := s.owners[c.About.Kind]; o.Held != nil {
		return o.Held(tx, c)
	}
	return time.Time{}, nil
}

func notNow() error   { return civic.Fail(civic.Closed, "contracts.not_in_this_state") }
func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// Open makes the draft of a contract and reserves its money, in the transaction of the decision. There is one about a thing: whoever decides again on one that has its contract is refused by the database.
func (s *Service) Open(tx *storage.Tx, c Contract) error {
	c.ID, c.State = civic.NewID(tx.Now()), Draft
	if err := insertContract(tx, &c); err != nil {
		return err
	}
	tx.Touch(Topic)
	_, err := ledger.Post(tx, ledger.Move("award:"+string(c.About.ID), "contracts.moved_reserved", c.About, c.giver(), c.reserved(), c.Amount))
	return err
}

// Free is what of the money of a book can still be given: all of it, less what was promised or paid and has not come back.
func Free(tx *storage.Tx, book, giver civic.Ref, money civic.Money) (civic.Money, error) {
	given, err := ledger.Balance(tx, Contract{Book: book, Giver: giver}.giver())
	return money + given, err
}

// Overdue is how many reports an organisation owes since before now: whoever gives money next asks.
func Overdue(tx *storage.Tx, taker civic.Ref) (int, error) { return overdue(tx, taker, tx.Now()) }

// Of lists the contracts on the money of a book.
func Of(tx *storage.Tx, book civic.Ref) ([]Contract, error) { return ofBook(tx, book, 1_000) }

// give runs an act of who gives the money, in one of the states. Errors: civic.NotFound to others, civic.Closed in another state.
func (s *Service) give(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Contract) error, states ...State) error {
	return s.act(ctx, a, id, Contract.Gives, act, states...)
}

func (s *Service) act(ctx context.Context, a civic.Actor, id civic.ID, may func(Contract, civic.Actor) bool, act func(*storage.Tx, Contract) error, states ...State) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("contracts:" + string(id)); err != nil {
			return err
		}
		c, err := find(tx, id)
		if err == nil && !may(c, a) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		if !slices.Contains(states, c.State) {
			return notNow()
		}
		tx.Touch(Topic)
		return act(tx, c)
	})
}

// Sign puts a contract into force, with its instalments and the days by whose end reports are due. Permission: Gives. Errors as give; civic.Invalid with "parts", "reports".
func (s *Service) Sign(ctx context.Context, a civic.Actor, id civic.ID, parts []Instalment, days []time.Time) error {
	return s.give(ctx, a, id, func(tx *storage.Tx, c Contract) error {
		if err := c.plan(parts, days, tx.Now()).Err(); err != nil {
			return err
		}
		c.Parts, c.State, c.SignedAt = parts, Running, tx.Now()
		if err := updateContract(tx, c); err != nil {
			return err
		}
		for _, day := range days {
			r := Report{ID: civic.NewID(tx.Now()), Contract: id, Taker: c.Taker, Due: day}
			if err := insertReport(tx, &r); err != nil {
				return err
			}
			if err := s.remindOf(tx, r); err != nil {
				return err
			}
		}
		return errors.Join(s.note(tx, a, c, actSigned), s.trail.Note(tx, a, "contracts.contract.sign", ref(id), nil), s.tell(tx, c, "signed", civic.Say("contracts.told_signed")))
	}, Draft)
}

// reminder is of a report by the day on which it was due when it was asked for: one that got another term has reminders of its own.
type reminder struct {
	Report civic.ID `json:"report"`
	Due    int64    `json:"due"`
}

// remindOf asks for what the taker is told of a report: before it is due, when it is late, and late for long. A day that has passed is left out.
func (s *Service) remindOf(tx *storage.Tx, r Report) error {
	for _, at := range []time.Time{r.Due.AddDate(0, 0, -int(s.city.Value("contracts.remind_days"))), r.Due.Add(time.Hour), r.Due.AddDate(0, 0, int(s.city.Value("contracts.late_days")))} {
		if !at.After(tx.Now()) {
			continue
		}
		if err := jobs.Enqueue(tx, remindKind, reminder{r.ID, storage.Millis(r.Due)}, jobs.Options{At: at}); err != nil {
			return err
		}
	}
	return nil
}

// remind tells the taker of a report that is due, or late.
func (s *Service) remind(ctx context.Context, j jobs.Job) error {
	var of reminder
	if err := j.Decode(&of); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		r, err := findReport(tx, of.Report)
		if civic.CodeOf(err) == civic.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		c, err := find(tx, r.Contract)
		if err != nil || !r.FiledAt.IsZero() || c.State != Running || storage.Millis(r.Due) != of.Due {
			return err
		}
		what := fmt.Sprint(r.ID, "/", of.Due)
		if r.Late(tx.Now()) {
			return s.tell(tx, c, fmt.Sprint("late", what, "/", int(tx.Now().Sub(r.Due).Hours()/24)), civic.Say("contracts.told_late", "Date", r.Due))
		}
		return s.tell(tx, c, "due"+what, civic.Say("contracts.told_due", "Date", r.Due))
	})
}

// tell tells all who speak for the taker.
func (s *Service) tell(tx *storage.Tx, c Contract, what string, body civic.Message) error {
	accounts, err := identity.HoldersOf(tx, civic.Representative, c.Taker)
	return errors.Join(err, s.tellThem(tx, c, accounts, what, body))
}

// TellOf tells all who act for the giver of what the taker did with the money, with a link to where it stands, once for each event.
func (s *Service) TellOf(tx *storage.Tx, c Contract, n notifications.Notice) error {
	all, err := identity.SpeakersOf(tx, c.Giver)
	for _, account := range all {
		err = errors.Join(err, s.notices.Notify(tx, account, n))
	}
	return err
}

// tellGiver tells all who act for the giver.
func (s *Service) tellGiver(tx *storage.Tx, c Contract, what string, body civic.Message) error {
	all, err := identity.SpeakersOf(tx, c.Giver)
	return errors.Join(err, s.tellThem(tx, c, all, what, body))
}

func (s *Service) tellThem(tx *storage.Tx, c Contract, accounts []civic.ID, what string, body civic.Message) (err error) {
	for _, account := range accounts {
		err = errors.Join(err, s.notices.Notify(tx, account, notifications.Notice{Subject: civic.Say("contracts.told", "Title", civic.Everywhere(c.Title)), Body: body, Path: Path(c.ID), Event: "contracts/" + string(c.ID) + "/" + what}))
	}
	return err
}

// Pay pays an instalment, the earlier ones first, after the term of complaints about the decision, while no report is late. Paid already, it changes nothing. Permission: Gives. Errors as give; civic.Conflict with what is in the way.
func (s *Service) Pay(ctx context.Context, a civic.Actor, id civic.ID, which int) error {
	return s.give(ctx, a, id, func(tx *storage.Tx, c Contract) error {
		if which < 0 || which >= len(c.Parts) {
			return notThere()
		}
		if c.Parts[which].Paid {
			return nil
		}
		if which > 0 && !c.Parts[which-1].Paid {
			return civic.Fail(civic.Conflict, "contracts.earlier_first")
		}
		if until, err := s.held(tx, c); err != nil || tx.Now().Before(until) {
			return errors.Join(err, civic.Fail(civic.Conflict, "contracts.held", "Date", until))
		}
		all, err := reports(tx, id)
		if err != nil {
			return err
		}
		for _, r := range all {
			if r.FiledAt.IsZero() && r.Late(tx.Now()) {
				return civic.Fail(civic.Conflict, "contracts.report_late", "Date", r.Due)
			}
		}
		c.Parts[which].Paid = true
		if _, err := ledger.Post(tx, ledger.Move(fmt.Sprintf("part:%s:%d", id, which), "contracts.moved_paid", c.About, c.reserved(), c.taker(), c.Parts[which].Amount)); err != nil {
			return err
		}
		return errors.Join(updateContract(tx, c), s.note(tx, a, c, actChanged), s.trail.Note(tx, a, "contracts.contract.pay", ref(id), nil), s.tell(tx, c, fmt.Sprint("paid", which), civic.Say("contracts.told_paid", "Money", c.Parts[which].Amount.String())))
	}, Running)
}

// Filed is what a report says. The organisation types the same numbers in the register's yearly filing.
type Filed struct {
	Said   string
	Spent  civic.Money
	Helped int
}

// File hands a report in. Late, it is taken all the same, and stays late. Permission: Takes. Errors: civic.NotFound, civic.Closed when it was handed in, civic.Invalid with "said", "spent", "helped".
func (s *Service) File(ctx context.Context, a civic.Actor, id, report civic.ID, f Filed) error {
	return s.act(ctx, a, id, Contract.Takes, func(tx *storage.Tx, c Contract) error {
		r, err := findReport(tx, report)
		switch {
		case err != nil || r.Contract != id:
			return errors.Join(err, notThere())
		case !r.FiledAt.IsZero():
			return notNow()
		}
		var p civic.Problems
		if f.Said == "" {
			p.Add("said", "contracts.said_missing")
		}
		p.AtMost("said", f.Said, maxWords)
		if f.Spent < 0 || f.Spent > c.Amount {
			p.Add("spent", "contracts.spent_wrong", "Amount", c.Amount.String())
		}
		if f.Helped < 0 || f.Helped > 10_000_000 {
			p.Add("helped", "contracts.helped_wrong")
		}
		if err := p.Err(); err != nil {
			return err
		}
		r.WasLate = r.WasLate || tx.Now().After(r.Due)
		r.FiledAt, r.Said, r.Spent, r.Helped, r.Back = tx.Now(), f.Said, f.Spent, f.Helped, ""
		return errors.Join(updateReport(tx, r), s.note(tx, a, c, actChanged), s.tellGiver(tx, c, fmt.Sprint("filed", r.ID, "/", tx.Now().UnixMilli()), civic.Say("contracts.told_filed")))
	}, Running)
}

// Take takes a report, or gives it back with the reason: then it is owed again, by a new day. Permission: Gives. Errors as give; civic.Invalid with "back".
func (s *Service) Take(ctx context.Context, a civic.Actor, id, report civic.ID, back string) error {
	return s.give(ctx, a, id, func(tx *storage.Tx, c Contract) error {
		r, err := findReport(tx, report)
		switch {
		case err != nil || r.Contract != id:
			return errors.Join(err, notThere())
		case r.FiledAt.IsZero() || !r.TakenAt.IsZero():
			return notNow()
		}
		var p civic.Problems
		if p.AtMost("back", back, maxWords); len(p) > 0 {
			return p.Err()
		}
		said := civic.Say("contracts.told_taken")
		if r.TakenAt = tx.Now(); back != "" {
			r.TakenAt, r.FiledAt, r.Back = time.Time{}, time.Time{}, back
			if until := s.city.Calendar().Add(tx.Now(), int(s.city.Value("contracts.back_days"))); until.After(r.Due) {
				r.Due = until
			}
			said = civic.Say("contracts.told_back", "Date", r.Due)
			if err := s.remindOf(tx, r); err != nil {
				return err
			}
		}
		return errors.Join(updateReport(tx, r), s.note(tx, a, c, actChanged), s.trail.Note(tx, a, "contracts.report.take", ref(id), nil), s.tell(tx, c, fmt.Sprint("taken", r.ID, tx.Now().Unix()), said))
	}, Running)
}

// Return notes money that the taker has paid back, with the reason. Permission: Gives. Errors as give; civic.Invalid with "amount", "reason".
func (s *Service) Return(ctx context.Context, a civic.Actor, id civic.ID, amount civic.Money, reason, once string) error {
	return s.give(ctx, a, id, func(tx *storage.Tx, c Contract) error {
		has, err := ledger.Balance(tx, c.taker())
		if err != nil {
			return err
		}
		p := reasoned(reason)
		if amount <= 0 || amount > has {
			p.Add("amount", "contracts.return_wrong", "Paid", has.String())
		}
		if err := p.Err(); err != nil {
			return err
		}
		c.Reason = reason
		if _, err := ledger.Post(tx, ledger.Move("return:"+string(id)+":"+once, "contracts.moved_returned", c.About, c.taker(), c.giver(), amount)); err != nil {
			return err
		}
		return errors.Join(updateContract(tx, c), s.note(tx, a, c, actChanged), s.trail.Note(tx, a, "contracts.contract.return", ref(id), nil))
	}, Running)
}

func reasoned(reason string) (p civic.Problems) {
	if reason == "" {
		p.Add("reason", "contracts.reason_missing")
	}
	p.AtMost("reason", reason, maxWords)
	return p
}

// Close ends a contract, with the reason; what was not paid goes back to who gives it. Permission: Gives. Errors as give; civic.Invalid with "reason"; civic.Conflict while a report is owed and not all is taken back.
func (s *Service) Close(ctx context.Context, a civic.Actor, id civic.ID, reason string) error {
	return s.give(ctx, a, id, func(tx *storage.Tx, c Contract) error {
		if err := reasoned(reason).Err(); err != nil {
			return err
		}
		all, err := reports(tx, id)
		if err != nil {
			return err
		}
		kept, err := ledger.Balance(tx, c.taker())
		if err != nil {
			return err
		}
		if kept > 0 && slices.ContainsFunc(all, func(r Report) bool { return r.TakenAt.IsZero() }) {
			return civic.Fail(civic.Conflict, "contracts.reports_owed")
		}
		left, err := ledger.Balance(tx, c.reserved())
		if err != nil {
			return err
		}
		if left > 0 {
			if _, err := ledger.Post(tx, ledger.Move("close:"+string(id), "contracts.moved_released", c.About, c.reserved(), c.giver(), left)); err != nil {
				return err
			}
		}
		c.State, c.ClosedAt, c.Reason = Closed, tx.Now(), reason
		return errors.Join(updateContract(tx, c), s.note(tx, a, c, actChanged), s.trail.Note(tx, a, "contracts.contract.close", ref(id), nil), s.tell(tx, c, "closed", civic.Say("contracts.told_closed")))
	}, Running)
}

// Drop ends a draft that one of its sides does not sign, with the reason: its money is free again, and both sides are told. Permission: Gives or Takes. Errors: civic.NotFound to others, civic.Closed once it was
// signed, civic.Invalid with "reason".
func (s *Service) Drop(ctx context.Context, a civic.Actor, id civic.ID, reason string) error {
	side := func(c Contract, a civic.Actor) bool { return c.Gives(a) || c.Takes(a) }
	return s.act(ctx, a, id, side, func(tx *storage.Tx, c Contract) error {
		if err := reasoned(reason).Err(); err != nil {
			return err
		}
		c.State, c.ClosedAt, c.Reason = Dropped, tx.Now(), reason
		if then := s.owners[c.About.Kind].Dropped; then != nil { // before anything of the ledger: its part takes its own lock
			if err := then(tx, a, c); err != nil {
				return err
			}
		}
		if _, err := ledger.Post(tx, ledger.Move("drop:"+string(id), "contracts.moved_released", c.About, c.reserved(), c.giver(), c.Amount)); err != nil {
			return err
		}
		said := civic.Say("contracts.told_dropped", "Reason", reason)
		return errors.Join(updateContract(tx, c), s.trail.Note(tx, a, "contracts.contract.drop", ref(id), nil), s.tell(tx, c, "dropped", said), s.tellGiver(tx, c, "dropped", said))
	}, Draft)
}

// Sums are where the money of a contract is: sums of the ledger.
type Sums struct{ Reserved, Paid civic.Money }

func (c Contract) sums(tx *storage.Tx) (s Sums, err error) {
	if s.Reserved, err = ledger.Balance(tx, c.reserved()); err != nil {
		return s, err
	}
	s.Paid, err = ledger.Balance(tx, c.taker())
	return s, err
}

// View is a contract as its page shows it.
type View struct {
	Contract
	Sums
	Reports []Report
	Held    time.Time // until then nothing is paid; zero: nothing holds it
	Names   map[civic.Ref]part.Resolved
	Trace   record.Neighbours
}

// Show is a contract; one that was not signed is NotFound to everybody but its two sides.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Contract, err = find(tx, id); err == nil && !v.Public() && !v.Gives(a) && !v.Takes(a) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		if v.Sums, err = v.sums(tx); err != nil {
			return err
		}
		if v.Reports, err = reports(tx, id); err != nil {
			return err
		}
		if v.Held, err = s.held(tx, v.Contract); err != nil {
			return err
		}
		if v.Names, err = s.declared.Titles(tx, a, []civic.Ref{v.Giver, v.Taker, v.Book}); err != nil {
			return err
		}
		v.Trace, err = s.record.Neighbours(tx, ref(id))
		return err
	})
	return v, err
}
