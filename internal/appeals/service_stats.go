package appeals

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Dimension is a side from which cases are counted.
type Dimension string

const (
	BySort     Dimension = "sort"
	ByBody     Dimension = "body"
	ByDistrict Dimension = "district"
	ByMonth    Dimension = "month" // in which the appeal was filed
)

// Tally counts cases that are one in something. What was forwarded as a whole counts where it went.
type Tally struct {
	Key       string `json:"key"` // a sort, an id of a body, a code of a district ("": none was said), a month as "2026-03"
	Cases     int64  `json:"cases"`
	Answered  int64  `json:"answered"`
	Done      int64  `json:"done"` // by the word of who filed it, as are the next two
	Partly    int64  `json:"partly"`
	NotDone   int64  `json:"not_done"`
	Contested int64  `json:"contested"` // and so opened again
}

// Judged is how many were closed by a word on the answer.
func (t Tally) Judged() int64 { return t.Done + t.Partly + t.NotDone }

// Statistics counts all cases, open and private, from each side. Nobody is found by it: it has no more than the list.
type Statistics struct {
	All   Tally
	By    map[Dimension][]Tally
	Names map[civic.ID]organisations.Named // of bodies
}

// Bounds of the page; beyond them the files have each appeal.
const (
	tallyMost   = 100
	tallyMonths = 12
)

// Count gives the statistics. Anybody may ask.
func (s *Service) Count(ctx context.Context) (out Statistics, err error) {
	out.By = map[Dimension][]Tally{}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := groups(tx)
		if err != nil {
			return err
		}
		for by, key := range map[Dimension]func(group) string{
			BySort:     func(g group) string { return g.sort },
			ByBody:     func(g group) string { return g.body },
			ByDistrict: func(g group) string { return g.district },
		} {
			out.By[by] = tally(all, key)
		}
		for _, g := range all {
			out.All = out.All.with(g.Tally)
		}
		var bodies []civic.ID
		for _, t := range out.By[ByBody] {
			bodies = append(bodies, civic.ID(t.Key))
		}
		if out.By[ByMonth], err = s.months(tx); err != nil {
			return err
		}
		out.Names, err = s.city.Organisations.Named(tx, bodies)
		return err
	})
	return out, err
}

// tally adds up groups that are one in something, the most first.
func tally(all []group, key func(group) string) []Tally {
	by := map[string]Tally{}
	for _, g := range all {
		t := by[key(g)].with(g.Tally)
		t.Key = key(g)
		by[t.Key] = t
	}
	out := slices.SortedFunc(maps.Values(by), func(a, b Tally) int { return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Key, b.Key)) })
	return out[:min(len(out), tallyMost)]
}

// months counts by the last months in which something was filed, this one the last.
func (s *Service) months(tx *storage.Tx) (out []Tally, err error) {
	now := tx.Now().In(s.city.Settings.Zone())
	for back := tallyMonths - 1; back >= 0; back-- {
		from := time.Date(now.Year(), now.Month()-time.Month(back), 1, 0, 0, 0, 0, now.Location())
		t, err := tallyBetween(tx, from, from.AddDate(0, 1, 0))
		if err != nil {
			return nil, err
		}
		if t.Key = from.Format("2006-01"); t.Cases > 0 || len(out) > 0 {
			out = append(out, t)
		}
	}
	return out, nil
}

func (t Tally) with(o Tally) Tally {
	return Tally{Key: t.Key, Cases: t.Cases + o.Cases, Answered: t.Answered + o.Answered, Done: t.Done + o.Done, Partly: t.Partly + o.Partly, NotDone: t.NotDone + o.NotDone, Contested: t.Contested + o.Contested}
}
