package drafts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// topic of cached pages that show any draft.
const topic = "drafts"

// numbers is the lock of whoever makes a draft or a remark: both are numbered.
const numbers = "drafts_no"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db   *storage.DB
	city capability.City
}

// New makes the service.
func New(c capability.City) *Service { return &Service{db: c.DB, city: c} }

func (s *Service) value(key string) int { return int(s.city.Settings.Value("drafts." + key)) }

func lockKey(no int64) string { return fmt.Sprintf("draft:%d", no) }

// mayPrepare reports whether the actor works on drafts of a body: its officers, and administrators.
func mayPrepare(a civic.Actor, body civic.ID) bool {
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, organisations.RefOf(body))
}

func actsAs(a civic.Actor, d Draft) civic.Role {
	return a.ActsAs([]civic.Ref{organisations.RefOf(d.Body)}, civic.Officer, civic.Administrator)
}

func (s *Service) check(tx *storage.Tx, a civic.Actor, d Draft) error {
	bodies, err := s.city.Organisations.BodiesOf(tx, a)
	if err != nil {
		return err
	}
	return d.check(s.city.Settings.Current().HasDistrict, city.HasTheme,
		func(id civic.ID) bool { return organisations.Among(bodies, id) }).Err()
}

func (d Draft) trimmed() Draft {
	d.Title, d.Purpose, d.Touched, d.Cost = d.Title.Trimmed(), d.Purpose.Trimmed(), d.Touched.Trimmed(), d.Cost.Trimmed()
	links := []string{}
	for _, link := range d.Links {
		if link = strings.TrimSpace(link); link != "" {
			links = append(links, link)
		}
	}
	d.Links = links
	return d
}

// Make begins a draft, which its body alone sees. The caller fills in what Draft.check looks at. Permission: mayPrepare. Errors: civic.Invalid with
// the fields of Draft.check.
func (s *Service) Make(ctx context.Context, actor civic.Actor, d Draft) (civic.ID, error) {
	d = d.trimmed()
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.check(tx, actor, d); err != nil {
			return err
		}
		if err := tx.Lock(numbers); err != nil {
			return err
		}
		d.ID, d.State, d.Version, d.MadeAt, d.ChangedAt = civic.NewID(tx.Now()), Preparing, 1, tx.Now(), tx.Now()
		if err := insert(tx, &d); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, actor, "drafts.draft.make", Ref(d.ID), nil)
	})
	return d.ID, err
}

// work runs an act of the body on one of its drafts, alone. Permission: mayPrepare. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) work(ctx context.Context, actor civic.Actor, id civic.ID, audit string, act func(*storage.Tx, Draft) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		d, err := locked(tx, id)
		if err != nil {
			return err
		}
		if !mayPrepare(actor, d.Body) {
			return notYours()
		}
		if err := act(tx, d); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, actor, audit, Ref(d.ID), nil)
	})
}

// locked finds a draft, and keeps others from it and its remarks until the end of the transaction.
func locked(tx *storage.Tx, id civic.ID) (Draft, error) {
	d, err := find(tx, id)
	if err != nil {
		return d, err
	}
	if err := tx.Lock(lockKey(d.no)); err != nil {
		return d, err
	}
	return find(tx, id)
}

// Edit changes what is said of a draft that nobody else has seen. Permission and errors as Make; civic.Closed.
func (s *Service) Edit(ctx context.Context, actor civic.Actor, id civic.ID, to Draft) error {
	to = to.trimmed()
	return s.work(ctx, actor, id, "drafts.draft.edit", func(tx *storage.Tx, d Draft) error {
		if d.State != Preparing {
			return notNow()
		}
		if err := s.check(tx, actor, to); err != nil {
			return err
		}
		d.Sort, d.Title, d.Purpose, d.Touched, d.Cost, d.Links, d.Body, d.Scope, d.ChangedAt = to.Sort, to.Title, to.Purpose, to.Touched, to.Cost, to.Links, to.Body, to.Scope, tx.Now()
		return update(tx, d)
	})
}

// PutText puts the text of the next version, in both languages side by side: the first while the draft is prepared, the second while its remarks are
// weighed. What stood there before goes. Permission: mayPrepare. Errors: civic.Closed; civic.Invalid with "text", or with "kk" or "ru" for what
// document.Read refuses.
func (s *Service) PutText(ctx context.Context, actor civic.Actor, id civic.ID, kk, ru []byte) error {
	var p civic.Problems
	read := func(field string, raw []byte) document.Document {
		d, err := document.Read(raw)
		if wrong := new(document.Error); errors.As(err, &wrong) {
			p.Add(field, "drafts.read_"+string(wrong.Code), "Text", wrong.Near)
		}
		return d
	}
	first, second := read("kk", kk), read("ru", ru)
	if err := p.Err(); err != nil {
		return err
	}
	return s.work(ctx, actor, id, "drafts.draft.text", func(tx *storage.Tx, d Draft) error {
		version := d.writes()
		if version == 0 {
			return notNow()
		}
		all, err := paragraphs(first, second, version)
		if err != nil {
			return err
		}
		if version == 2 {
			if err := reland(tx, d, all); err != nil {
				return err
			}
		}
		return replaceText(tx, d, version, all, map[civic.Lang][]document.Left{civic.Kazakh: first.Left, civic.Russian: second.Left})
	})
}

// Open puts a draft on the table for so many working days; from then on its text does not change. Permission: mayPrepare. Errors: civic.Closed;
// civic.Invalid with "days", or when there is no text.
func (s *Service) Open(ctx context.Context, actor civic.Actor, id civic.ID, days int) error {
	return s.work(ctx, actor, id, "drafts.draft.open", func(tx *storage.Tx, d Draft) error {
		if err := s.mayOpen(tx, d, days); err != nil {
			return err
		}
		d.State, _ = Next(d.State, Begin)
		d.OpenedAt, d.ChangedAt, d.ClosesAt = tx.Now(), tx.Now(), s.city.Settings.Calendar().Add(tx.Now(), days)
		if err := s.settle(tx, d, actOpened, actsAs(actor, d)); err != nil {
			return err
		}
		return s.tell(tx, d, "opened", civic.Say("drafts.told_until", "Date", d.ClosesAt))
	})
}

func (s *Service) mayOpen(tx *storage.Tx, d Draft, days int) error {
	if _, ok := Next(d.State, Begin); !ok {
		return notNow()
	}
	if least, most := s.value("days_min"), s.value("days_max"); days < least || days > most {
		return civic.Wrong("days", "drafts.days_wrong", "Min", least, "Max", most)
	}
	n, err := countParagraphs(tx, d, 1)
	if err == nil && n == 0 {
		err = civic.Wrong("days", "drafts.no_text")
	}
	return err
}

// BeforeOpening says until when remarks would be taken; an error when Open would fail. Permission: mayPrepare.
func (s *Service) BeforeOpening(ctx context.Context, actor civic.Actor, id civic.ID, days int) (until time.Time, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		d, err := find(tx, id)
		if err == nil && !mayPrepare(actor, d.Body) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		until = s.city.Settings.Calendar().Add(tx.Now(), max(0, min(days, s.value("days_max"))))
		return s.mayOpen(tx, d, days)
	})
	return until, err
}

// Withdraw takes a draft off the table, with a public reason. What was said stays. Permission: mayPrepare. Errors: civic.Closed, civic.Invalid with
// "reason".
func (s *Service) Withdraw(ctx context.Context, actor civic.Actor, id civic.ID, why civic.Text) error {
	why = why.Trimmed()
	return s.work(ctx, actor, id, "drafts.draft.withdraw", func(tx *storage.Tx, d Draft) error {
		to, ok := Next(d.State, Withdraw)
		if !ok {
			return notNow()
		}
		var p civic.Problems
		p.OfficialAtMost("reason", why, maxWords)
		if err := p.Err(); err != nil {
			return err
		}
		was := d.State
		d.State, d.Reason, d.DecidedAt, d.ChangedAt = to, why, tx.Now(), tx.Now()
		if d.ClosedAt.IsZero() {
			d.ClosedAt = tx.Now()
		}
		if err := s.settle(tx, d, actWithdrawn, actsAs(actor, d)); err != nil {
			return err
		}
		if was == Closed { // nobody waits for a report on what is off the table
			if err := s.dropReport(tx, d); err != nil {
				return err
			}
		}
		return s.tell(tx, d, "withdrawn", civic.Message{})
	})
}

func (s *Service) dropReport(tx *storage.Tx, d Draft) error {
	o, err := s.reportOwed(tx, d.ID)
	if err == nil && o != nil && o.Open() {
		return s.city.Answers.Drop(tx, o.ID)
	}
	return err
}

// settle keeps a draft that has changed for everybody, and records it.
func (s *Service) settle(tx *storage.Tx, d Draft, act string, role civic.Role) error {
	tx.Touch(topic)
	if err := update(tx, d); err != nil {
		return err
	}
	if err := s.index(tx, d); err != nil {
		return err
	}
	return s.note(tx, act, d, role)
}

// index puts a draft into the search by its title, its purpose and the headings of its text.
func (s *Service) index(tx *storage.Tx, d Draft) error {
	all, err := headings(tx, d, d.Version, 200)
	if err != nil {
		return err
	}
	rest := []string{search.Join(d.Purpose), search.Join(d.Touched)}
	for _, h := range all {
		rest = append(rest, search.Join(h.Words))
	}
	return s.city.Search.Put(tx, search.Document{Ref: Ref(d.ID), Number: d.no, Public: d.Public(), About: []city.Scope{d.Scope}, Words: search.Analyse(search.Text{Title: search.Join(d.Title), Rest: strings.Join(rest, "\n")})})
}

// tell tells who follows a draft, its district or theme, its body or the city.
func (s *Service) tell(tx *storage.Tx, d Draft, what string, more civic.Message) error {
	n := notifications.Notice{Subject: civic.Say("drafts.told_"+what, "Title", d.Title), Body: more, Path: Path(d.ID), Thing: Ref(d.ID), Event: "drafts." + what + "/" + string(d.ID)}
	return s.city.Notifications.Tell(tx, n, append([]civic.Ref{city.Ref(), organisations.RefOf(d.Body)}, d.Followed()...)...)
}

// watch closes what is over until ctx ends; failures are logged, and it goes on. Every node of a city runs it.
func (s *Service) watch(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		if err := s.Advance(ctx); err != nil && ctx.Err() == nil {
			s.city.Log.Warn("drafts: closing is late", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Advance closes the drafts whose time is over, unless the clock is doubted: from then on the body owes its report.
func (s *Service) Advance(ctx context.Context) error {
	const some = 100
	var due []Draft
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		trusted, err := s.city.Clock.Trusted(tx)
		if err == nil && trusted {
			due, err = dueToClose(tx, tx.Now(), some)
		}
		return err
	})
	for _, d := range due {
		if err == nil {
			err = s.db.Write(ctx, func(tx *storage.Tx) error { return s.close(tx, d.ID) })
		}
	}
	return err
}

func (s *Service) close(tx *storage.Tx, id civic.ID) error {
	d, err := locked(tx, id)
	if err != nil {
		return err
	}
	to, ok := Next(d.State, Close)
	if !ok { // another node was faster
		return nil
	}
	d.State, d.ClosedAt, d.ChangedAt = to, d.ClosesAt, tx.Now()
	if err := s.settle(tx, d, actClosed, ""); err != nil {
		return err
	}
	_, err = s.city.Answers.Owe(tx, answers.Obligation{Subject: Ref(d.ID), Owed: answers.Answer, What: reportText, Body: organisations.RefOf(d.Body), Scope: d.Scope,
		Source: s.city.Settings.InForce("drafts.report_days").Source, Start: d.ClosedAt, Term: civic.Term{Days: s.value("report_days"), Working: true}})
	return err
}

// reportText is what a body owes, as its page and the search name it.
var reportText = civic.Text{civic.Kazakh: "Жоба бойынша ескертулер туралы есеп", civic.Russian: "Отчёт о замечаниях к проекту", civic.English: "Report on the remarks"}
