package matching

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Topic of cached pages that show anything of pools.
const Topic = "matching"

const lock = "matching"

// Project is a thing to which people give.
type Project struct {
	ID, Organisation civic.ID
	Title            civic.Text
	Path             string
	Account          string // of the bank, to which gifts go
	Takes            bool   // gifts, now
	city.Scope
}

// Owner knows the things to which people give.
type Owner struct {
	Kind     string
	Topics   []string                                                      // of cached pages that show the things, what was given to them, and who is behind them
	Projects func(tx *storage.Tx, ids []civic.ID) ([]Project, error)       // those that everybody sees
	Own      func(tx *storage.Tx, a civic.Actor) ([]Project, error)        // those for which the actor acts, at most 50
	Accounts func(tx *storage.Tx, organisation civic.ID) ([]string, error) // of the bank, to which gifts to an organisation go
	// Given lists what gifts came to between two days of a bank, as they came, and what is promised beside it when that is asked for.
	Given func(tx *storage.Tx, projects []civic.ID, from, until time.Time, promised bool) ([]Given, error)
	// Earned tells those who act for a thing what it has earned.
	Earned func(tx *storage.Tx, project, pool civic.ID, earned civic.Money) error
}

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	declared *part.Declared
	record   *record.Log
	trail    *audit.Trail
	owner    Owner
}

// New makes the service.
func New(db *storage.DB, city *city.Service, declared *part.Declared, record *record.Log, trail *audit.Trail) *Service {
	return &Service{db: db, city: city, declared: declared, record: record, trail: trail}
}

// Serve lets sponsors add to gifts to things of the owner's. The part calls it when it is made.
func (s *Service) Serve(o Owner) { s.owner = o }

func notNow() error   { return civic.Fail(civic.Closed, "matching.not_in_this_state") }
func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// Announce begins a pool. Permission: Speaks for the sponsor. Errors: civic.Invalid with the fields of the form.
func (s *Service) Announce(ctx context.Context, a civic.Actor, p Pool) (civic.ID, error) {
	p.Title, p.About = p.Title.Trimmed(), p.About.Trimmed()
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.ready(tx, a, p); err != nil {
			return err
		}
		if err := tx.Lock(lock); err != nil {
			return err
		}
		p.ID, p.State, p.Opens, p.Scope = civic.NewID(tx.Now()), Running, tx.Now(), s.city.Current().Known(p.Scope)
		if err := insertPool(tx, &p); err != nil {
			return err
		}
		tx.Touch(Topic)
		_, err := ledger.Post(tx, ledger.Move("promised", "matching.pool", ref(p.ID), p.sponsor(), p.promised(), civic.Money(p.Money)*civic.Tenge))
		return errors.Join(err, s.note(tx, actAnnounced, p, runsAs(a, p.Sponsor)), s.trail.Note(tx, a, "matching.pool.announce", ref(p.ID), nil))
	})
	return p.ID, err
}

// Ready says what is wrong with a pool before it is announced.
func (s *Service) Ready(ctx context.Context, a civic.Actor, p Pool) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error { return s.ready(tx, a, p) })
}

func (s *Service) ready(tx *storage.Tx, a civic.Actor, p Pool) error {
	if !Speaks(a, p.Sponsor) || p.Sponsor == "" {
		return civic.Wrong("sponsor", "matching.choose_organisation")
	}
	named, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{organisation(p.Sponsor)})
	if err != nil {
		return err
	}
	if _, public := named[organisation(p.Sponsor)]; !public {
		return civic.Wrong("sponsor", "matching.choose_organisation")
	}
	return p.check(tx.Now(), int(s.city.Value("matching.most_days")))
}

// act runs an act on a pool while nobody else acts on pools.
func (s *Service) act(ctx context.Context, id civic.ID, do func(*storage.Tx, Pool) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		p, err := find(tx, id)
		if err != nil {
			return err
		}
		tx.Touch(Topic)
		return do(tx, p)
	})
}

// Joins reports whether a project may take part in a pool.
func (p Pool) Joins(of Project, now time.Time) bool {
	return !p.Over(now) && of.Takes && of.Organisation != p.Sponsor && p.Holds(of.Scope)
}

// Join lets a project take part in a pool. Joined already, it changes nothing. Permission: Speaks for its organisation. Errors: civic.NotFound, civic.Closed for a project or a pool that has ended, or that is not
// for it, civic.Conflict when the pool has enough.
func (s *Service) Join(ctx context.Context, a civic.Actor, pool, project civic.ID) error {
	return s.act(ctx, pool, func(tx *storage.Tx, p Pool) error {
		all, err := s.owner.Projects(tx, []civic.ID{project})
		if err != nil {
			return err
		}
		if len(all) == 0 || !Speaks(a, all[0].Organisation) {
			return notThere()
		}
		if p.State != Running {
			return notNow()
		}
		if !p.Joins(all[0], tx.Now()) {
			return civic.Fail(civic.Closed, "matching.joins_not")
		}
		joined, err := sharesOf(tx, pool)
		if err != nil || slices.ContainsFunc(joined, func(s Share) bool { return s.Project == project }) {
			return err
		}
		if len(joined) >= mostJoined {
			return civic.Fail(civic.Conflict, "matching.pool_full")
		}
		if err := insertShare(tx, &Share{ID: civic.NewID(tx.Now()), Pool: pool, Project: project, kind: s.owner.Kind}); err != nil {
			return err
		}
		return s.note(tx, actJoined, p, runsAs(a, all[0].Organisation))
	})
}

// list is that from which a pool is computed: as it is now, with what is promised where that is asked for, or as it was when it was closed.
func (s *Service) list(tx *storage.Tx, p Pool, joined []Share, promised bool) ([]Counted, error) {
	if p.State == Closed {
		return countedIn(tx, p.ID)
	}
	var ids []civic.ID
	for _, j := range joined {
		ids = append(ids, j.Project)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	own, err := s.owner.Accounts(tx, p.Sponsor)
	if err != nil {
		return nil, err
	}
	all, err := s.owner.Projects(tx, ids)
	if err != nil {
		return nil, err
	}
	for _, of := range all {
		own = append(own, of.Account)
	}
	first, over := p.days(s.city.Zone())
	given, err := s.owner.Given(tx, ids, first, over, promised)
	return p.Unlinked(p.Count(given, own)), err
}

// days are the first day of a bank on which gifts count, and the first on which none do any more.
func (p Pool) days(zone *time.Location) (first, over time.Time) {
	day := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return day(p.Opens), day(p.Ends).AddDate(0, 0, 1)
}

// Close divides a pool whose time is over: what each project gets is computed from the list, which stays as it is from then on. Permission: Speaks for the sponsor. Errors: civic.NotFound, civic.Closed;
// civic.Conflict before its end.
func (s *Service) Close(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.act(ctx, id, func(tx *storage.Tx, p Pool) error {
		if !Speaks(a, p.Sponsor) {
			return notThere()
		}
		if p.State != Running {
			return notNow()
		}
		if !p.Over(tx.Now()) {
			return civic.Fail(civic.Conflict, "matching.runs_until", "Date", p.Ends)
		}
		joined, err := sharesOf(tx, id)
		if err != nil {
			return err
		}
		list, err := s.list(tx, p, joined, false)
		if err != nil {
			return err
		}
		shares, left, err := p.Shares(joined, list)
		if err != nil {
			return err
		}
		p.State, p.ClosedAt, p.Left = Closed, tx.Now(), left
		if err := errors.Join(insertCounted(tx, id, list), closePool(tx, p), s.award(tx, p, shares)); err != nil {
			return err
		}
		return errors.Join(s.note(tx, actDivided, p, runsAs(a, p.Sponsor)), s.trail.Note(tx, a, "matching.pool.close", ref(id), nil))
	})
}

// award moves what was promised to those who earned it; what nobody did goes back to the sponsor.
func (s *Service) award(tx *storage.Tx, p Pool, shares []Share) error {
	entries := []ledger.Entry{{Account: p.promised(), Amount: -civic.Money(p.Money) * civic.Tenge}}
	for _, one := range shares {
		if err := updateShare(tx, one); err != nil {
			return err
		}
		if one.Earned > 0 {
			entries = append(entries, ledger.Entry{Account: one.awarded(), Amount: one.Earned})
			if err := s.owner.Earned(tx, one.Project, p.ID, one.Earned); err != nil {
				return err
			}
		}
	}
	if p.Left > 0 {
		entries = append(entries, ledger.Entry{Account: p.sponsor(), Amount: p.Left})
	}
	_, err := ledger.Post(tx, ledger.Transfer{Once: "awarded", What: "matching.pool", About: ref(p.ID), Entries: entries})
	return err
}

// Owed are the shares of some projects that are not paid whole, with what is owed of each as Earned.
func Owed(tx *storage.Tx, projects []civic.ID) (out []Share, err error) {
	all, err := earnedBy(tx, projects)
	if err != nil {
		return nil, err
	}
	for _, share := range all {
		if share.Earned, err = ledger.Balance(tx, share.awarded()); err != nil {
			return nil, err
		}
		if share.Earned > 0 {
			out = append(out, share)
		}
	}
	return out, nil
}

// Paid notes, in the transaction that books it, that a part of a share was paid; below zero: that this was taken back. once keeps it from happening twice. It returns the project. Errors:
// civic.NotFound, civic.Conflict for more than is owed.
func Paid(tx *storage.Tx, share civic.ID, amount civic.Money, once string) (project civic.ID, err error) {
	s, err := findShare(tx, share)
	if err != nil {
		return "", err
	}
	from, to := s.awarded(), s.paid()
	if amount < 0 {
		from, to, amount = to, from, -amount
	}
	tx.Touch(Topic)
	_, err = ledger.Post(tx, ledger.Move(once, "matching.pool", ref(s.Pool), from, to, amount))
	return s.Project, err
}

// Standing is what a project of a pool gets.
type Standing struct {
	Share
	Of   Project
	Then civic.Money // if all that is promised comes too; of a pool that runs
	Owed civic.Money // of a pool that is closed
}

// View is a pool as its page shows it.
type View struct {
	Pool
	By        part.Resolved
	Standings []Standing
	May       []Project // the actor's, that may join
	Cannot    error     // why it cannot be computed now
	Trace     record.Neighbours
}

// Show is a pool, with what each project gets; while it runs, what it would get if the round closed now.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Pool, err = find(tx, id); err != nil {
			return err
		}
		named, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{organisation(v.Sponsor)})
		if err != nil {
			return err
		}
		v.By = named[organisation(v.Sponsor)]
		joined, err := sharesOf(tx, id)
		if err != nil {
			return err
		}
		if v.Trace, err = s.record.Neighbours(tx, ref(id)); err != nil {
			return err
		}
		if v.State == Closed {
			return s.closed(tx, &v, joined)
		}
		if err := s.estimate(tx, &v, joined); err != nil || !a.SignedIn() {
			return err
		}
		v.May, err = s.owner.Own(tx, a)
		v.May = slices.DeleteFunc(v.May, func(of Project) bool {
			return !v.Joins(of, tx.Now()) || slices.ContainsFunc(joined, func(s Share) bool { return s.Project == of.ID })
		})
		return err
	})
	return v, err
}

func (s *Service) closed(tx *storage.Tx, v *View, joined []Share) error {
	for _, share := range joined {
		owed, err := ledger.Balance(tx, share.awarded())
		if err != nil {
			return err
		}
		v.Standings = append(v.Standings, Standing{Share: share, Owed: owed})
	}
	return s.named(tx, v)
}

// estimate computes what each project would get, now and if all comes that is promised.
func (s *Service) estimate(tx *storage.Tx, v *View, joined []Share) error {
	var shares [2][]Share
	for i, promised := range []bool{false, true} {
		list, err := s.list(tx, v.Pool, joined, promised)
		if err != nil {
			return err
		}
		of, left, err := v.Shares(joined, list)
		if err != nil {
			v.Cannot, of = err, joined
		}
		if shares[i] = of; !promised {
			v.Left = left
		}
	}
	for i, share := range shares[0] {
		v.Standings = append(v.Standings, Standing{Share: share, Then: shares[1][i].Earned})
	}
	return s.named(tx, v)
}

func (s *Service) named(tx *storage.Tx, v *View) error {
	var ids []civic.ID
	for _, one := range v.Standings {
		ids = append(ids, one.Project)
	}
	if len(ids) == 0 {
		return nil
	}
	all, err := s.owner.Projects(tx, ids)
	for i, one := range v.Standings {
		for _, of := range all {
			if of.ID == one.Project {
				v.Standings[i].Of = of
			}
		}
	}
	return err
}

// List is a page of the pools, the last in front, below a place, and the place of the next; 0: it is the last.
func (s *Service) List(ctx context.Context, district string, below int64) (out []View, next int64, err error) {
	const size = 12
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := latest(tx, district, below, size+1)
		if err != nil {
			return err
		}
		all, last := storage.Page(all, size)
		if last != nil {
			next = last.no
		}
		var refs []civic.Ref
		for _, p := range all {
			refs = append(refs, organisation(p.Sponsor))
		}
		names, err := s.declared.Titles(tx, civic.Actor{}, refs)
		for _, p := range all {
			out = append(out, View{Pool: p, By: names[organisation(p.Sponsor)]})
		}
		return err
	})
	return out, next, err
}

// Published is the list from which a pool is computed; of a rule that compares who gave to what, once the pool is divided: until then its names would grow with each gift. Errors: civic.NotFound.
func (s *Service) Published(ctx context.Context, id civic.ID) (p Pool, list []Counted, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		p, err = find(tx, id)
		if err == nil && !p.Lists() {
			err = notThere()
		}
		if err != nil {
			return err
		}
		joined, err := sharesOf(tx, id)
		if err == nil {
			list, err = s.list(tx, p, joined, false)
		}
		return err
	})
	return p, list, err
}
