package delivery

import (
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/voices"
)

// Listed is a work as lists show it.
type Listed struct {
	Work
	Title part.Resolved // what promised it, as everybody may see it
	Paid  civic.Money
}

// listed looks up what lists show of works.
func (s *Service) listed(tx *storage.Tx, all []Work) ([]Listed, error) {
	var refs []civic.Ref
	for _, w := range all {
		refs = append(refs, w.Of)
	}
	titles, err := s.Declared.Titles(tx, civic.Actor{}, refs)
	out := make([]Listed, len(all))
	for i, w := range all {
		if err == nil {
			out[i] = Listed{Work: w, Title: titles[w.Of]}
			out[i].Paid, err = paidOf(tx, w)
		}
	}
	return out, err
}

// List is a page of works, and how many there are in each year.
type List struct {
	Items []Listed
	Next  string
	Years []Year
}

// Year is what became of the works of one year.
type Year struct {
	Year                         int
	Coming, There, Open, Dropped int64 // to be built; built, of which so many are disputed; not to be built
}

const pageSize = 15

// List returns a page of works. Anybody may ask. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, q Query) (l List, err error) {
	err = s.DB.Read(ctx, func(tx *storage.Tx) error {
		if l, err = s.page(tx, q, pageSize); err != nil {
			return err
		}
		counts, err := byYear(tx)
		l.Years = yearsOf(counts)
		return err
	})
	return l, err
}

func (s *Service) page(tx *storage.Tx, q Query, most int) (l List, err error) {
	all, next, err := list(tx, q, most)
	if err != nil {
		return l, err
	}
	l.Next = next
	l.Items, err = s.listed(tx, all)
	return l, err
}

// yearsOf sums up the works of years, the latest first.
func yearsOf(counts []yearCount) (out []Year) {
	for _, c := range counts {
		if len(out) == 0 || out[len(out)-1].Year != c.Year {
			out = append(out, Year{Year: c.Year})
		}
		y := &out[len(out)-1]
		switch c.State {
		case Promised, Contracted:
			y.Coming += c.Count
		case Dropped:
			y.Dropped += c.Count
		case Disputed:
			y.Open += c.Count
			y.There += c.Count
		default:
			y.There += c.Count
		}
	}
	return out
}

// each visits all works that a query finds, in pages of its own, so that a reader who is slow holds no long transaction.
func (s *Service) each(ctx context.Context, q Query, visit func(Listed) error) error {
	return storage.Walk(func(after string) (items []Listed, next string, err error) {
		q.After = after
		err = s.DB.Read(ctx, func(tx *storage.Tx) error {
			l, err := s.page(tx, q, 500)
			items, next = l.Items, l.Next
			return err
		})
		return items, next, err
	}, visit)
}

// MilestoneView is a milestone with its pictures.
type MilestoneView struct {
	Milestone
	Pictures []files.File
}

// View is a work as its page shows it.
type View struct {
	Listed
	BodyName   part.Resolved
	Milestones []MilestoneView
	Payments   []ledger.Line // the last first
	Voices     voices.Tally
	Matters    map[string]int64
	Mine       voices.Voice // what the reader said; "": nothing
	MaySay     error        // why the reader cannot say what they see; nil when they can
	HeardUntil time.Time    // until when people are heard
	MayRun     bool
	Today      string
	Trace      record.Neighbours
}

const shownPayments = 20

// Show returns a work for its page. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.DB.Read(ctx, func(tx *storage.Tx) error {
		w, err := find(tx, id)
		if err != nil {
			return err
		}
		v, err = s.view(tx, a, w)
		return err
	})
	return v, err
}

func (s *Service) view(tx *storage.Tx, a civic.Actor, w Work) (v View, err error) {
	listed, err := s.listed(tx, []Work{w})
	if err != nil {
		return v, err
	}
	v.Listed, v.MayRun, v.Today = listed[0], w.MayRun(a), s.today(tx)
	v.HeardUntil = w.BuiltAt.AddDate(0, 0, int(s.value("say_days")))
	v.MaySay = s.maySay(tx, a, w)
	names, err := s.Declared.Titles(tx, civic.Actor{}, []civic.Ref{w.Body})
	if err != nil {
		return v, err
	}
	v.BodyName = names[w.Body]
	steps, err := milestonesOf(tx, w)
	for _, m := range steps {
		if err != nil {
			return v, err
		}
		var all map[string][]files.File
		all, err = s.Files.Of(tx, a, civic.Ref{Kind: KindMilestone, ID: m.ID})
		v.Milestones = append(v.Milestones, MilestoneView{m, all[PictureFiles]})
	}
	if err != nil {
		return v, err
	}
	if v.Payments, err = ledger.Statement(tx, w.paid(), 0, shownPayments); err != nil {
		return v, err
	}
	if v.Voices, err = box.Tally(tx, w.no, w.Round); err != nil {
		return v, err
	}
	if v.Matters, err = box.Wrong(tx, w.no, w.Round); err != nil {
		return v, err
	}
	if a.SignedIn() {
		if v.Mine, err = box.Said(tx, w.no, w.Round, a.Account); err != nil {
			return v, err
		}
	}
	v.Trace, err = s.Record.Neighbours(tx, Ref(w.ID))
	return v, err
}

// OfThing is the work that a thing promised, for the page of the thing; false when there is none.
func (s *Service) OfThing(tx *storage.Tx, of civic.Ref) (v Glance, there bool, err error) {
	w, there, err := storage.Found(ofThing(tx, of))
	if err != nil || !there {
		return v, false, err
	}
	v.Work, v.Today = w, s.today(tx)
	steps, err := milestonesOf(tx, w)
	if err != nil {
		return v, false, err
	}
	v.Steps = len(steps)
	for _, m := range steps {
		if !m.Reached.IsZero() {
			v.Reached++
		}
	}
	if i := slices.IndexFunc(steps, func(m Milestone) bool { return m.Reached.IsZero() }); i >= 0 {
		v.Coming = steps[i]
	}
	if v.Paid, err = paidOf(tx, w); err == nil {
		v.Voices, err = box.Tally(tx, w.no, w.Round)
	}
	return v, true, err
}

// Made is what is there of some works: bodies say so, and nobody who lives nearby disputes it.
type Made struct {
	Count int64
	Cost  civic.Money
	Days  int64 // from the decision until it was there, on average
}

// MadeOf sums up what is there of what things of a kind promised.
func (s *Service) MadeOf(tx *storage.Tx, kind string, of []civic.ID) (m Made, err error) {
	for some := range slices.Chunk(of, 500) {
		n, err := madeOf(tx, kind, some)
		if err != nil {
			return m, err
		}
		m.Count, m.Cost, m.Days = m.Count+n.Count, m.Cost+n.Cost, m.Days+n.Days // days are the sum so far
	}
	if m.Count > 0 {
		m.Days = (m.Days/(24*60*60*1000) + m.Count/2) / m.Count
	}
	return m, nil
}

// Glance is a work in short.
type Glance struct {
	Work
	Paid           civic.Money
	Steps, Reached int
	Coming         Milestone // the next that is not reached
	Voices         voices.Tally
	Today          string
}

// Desk lists what waits for those who act for bodies, the earliest day first; administrators see all.
func (s *Service) Desk(ctx context.Context, a civic.Actor) (out []Listed, err error) {
	err = s.DB.Read(ctx, func(tx *storage.Tx) error {
		out, err = s.desk(tx, a, 50)
		return err
	})
	return out, err
}

func (s *Service) desk(tx *storage.Tx, a civic.Actor, most int) ([]Listed, error) {
	var bodies []civic.Ref
	if !a.Has(civic.Administrator) {
		bodies = []civic.Ref{}
		for _, g := range a.Grants {
			if g.Role == civic.Officer && g.Scope.ID != "" {
				bodies = append(bodies, g.Scope)
			}
		}
	}
	all, err := waiting(tx, bodies, most)
	if err != nil {
		return nil, err
	}
	return s.listed(tx, all)
}
