// Package indicators is the city in numbers that anybody can compute anew: what each number is stands in a definition that comes with the
// program, its values follow from the city's datasets by a formula, and the page of each says how. See README.md.
package indicators

import (
	"cmp"
	"context"
	"maps"
	"math/big"
	"slices"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	topic       = "indicators" // of kept pages that show values
	computeKind = "indicators.compute"
	lock        = "indicators"
)

// Service keeps the values of indicators. It is safe for concurrent use.
type Service struct{ city capability.City }

// New makes the service, which computes whenever new versions of datasets were looked for.
func New(c capability.City) *Service {
	c.Datasets.Then(func(tx *storage.Tx) error { return jobs.Enqueue(tx, computeKind, nil, jobs.Options{UniqueKey: "all"}) })
	return &Service{city: c}
}

// Compute computes all indicators from the last versions of the datasets and keeps the values. What has become another in a period that was
// over is noted as a change.
func (s *Service) Compute(ctx context.Context) error {
	all, err := All()
	if err != nil {
		return err
	}
	in := s.reader(ctx)
	found, lacks, err := Compute(all, in.open, s.city.Settings.Zone())
	if err != nil {
		return err
	}
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		before, err := states(tx)
		if err != nil {
			return err
		}
		for _, d := range all {
			state := State{Indicator: d.ID, Revision: d.Revision(), MadeAt: tx.Now(), Lacks: lacks[d.ID]}
			for _, name := range d.Formula.Tables() {
				if input, read := in.read[name]; read {
					state.Inputs = append(state.Inputs, *input)
				}
			}
			if err := s.keep(tx, d, found[d.ID], before[d.ID]); err != nil {
				return err
			}
			if err := putState(tx, state); err != nil {
				return err
			}
		}
		tx.Touch(topic)
		return nil
	})
}

// keep makes the stored values of an indicator those that were found.
func (s *Service) keep(tx *storage.Tx, d *Definition, found []Value, before State) error {
	type place struct{ period, district string }
	old := map[place]Value{}
	if err := eachValue(tx, d.ID, func(v Value) error { old[place{v.Period, v.District}] = v; return nil }); err != nil {
		return err
	}
	var news []Value
	var changes []Change
	note := func(period, district string, was, becomes *big.Rat) {
		if before.Revision > 0 && period != "" && Over(period, before.MadeAt, s.city.Settings.Zone()) && len(changes) < mostChanges {
			changes = append(changes, Change{d.ID, period, district, was, becomes, before.Revision != d.Revision(), tx.Now()})
		}
	}
	for _, v := range found {
		at := place{v.Period, v.District}
		was, there := old[at]
		delete(old, at)
		if there && was.equal(v) {
			continue
		}
		if there {
			if err := deleteValue(tx, was); err != nil {
				return err
			}
		}
		if !was.same(v) {
			note(v.Period, v.District, was.Number, v.Number)
		}
		news = append(news, v)
	}
	for _, at := range slices.SortedFunc(maps.Keys(old), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.period, b.period), cmp.Compare(a.district, b.district))
	}) {
		if err := deleteValue(tx, old[at]); err != nil {
			return err
		}
		note(at.period, at.district, old[at].Number, nil)
	}
	if err := insertValues(tx, news); err != nil {
		return err
	}
	return insertChanges(tx, changes)
}

// mostChanges bounds what one night notes of one indicator: more than a page can tell.
const mostChanges = 200

func (v Value) equal(o Value) bool {
	return v.same(o) && v.Part == o.Part && v.Of == o.Of && v.Low == o.Low && v.High == o.High
}

// Shown is an indicator with its values.
type Shown struct {
	*Definition
	State  State
	Values []Value // of one or all districts, by period
}

// Overview is all indicators with their values for the whole city, in the order of the page. Those that lack a table have no values.
func (s *Service) Overview(ctx context.Context) (out []Shown, err error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		of, err := states(tx)
		if err != nil {
			return err
		}
		for _, d := range all {
			values, err := valuesIn(tx, d.ID, "")
			if err != nil {
				return err
			}
			out = append(out, Shown{d, of[d.ID], values})
		}
		return nil
	})
	return out, err
}

// mostShownChanges bounds the changes on a page.
const mostShownChanges = 20

// Place is an indicator in one district, beside the whole city and the other districts.
type Place struct {
	Shown            // of the whole city
	In      []Value  // of the district, by period
	ByPlace []Value  // of the last period that is over, by district
	Changes []Change // the latest first
}

// Show is one indicator for the whole city and a district ("": the whole city).
func (s *Service) Show(ctx context.Context, id, district string) (out Place, err error) {
	d, there := Find(id)
	if !there {
		return out, civic.Fail(civic.NotFound, "indicators.not_found")
	}
	out.Definition = d
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		of, err := states(tx)
		if err != nil {
			return err
		}
		out.State = of[id]
		if out.Values, err = valuesIn(tx, id, ""); err != nil {
			return err
		}
		if out.In = out.Values; district != "" {
			if out.In, err = valuesIn(tx, id, district); err != nil {
				return err
			}
		}
		var districts []string
		for _, in := range s.city.Settings.Current().Districts {
			districts = append(districts, in.Code)
		}
		zone := s.city.Settings.Zone()
		last := trend(d.Series(out.Values, d.Main(), "", tx.Now().In(zone)), tx.Now(), zone).Last.Period
		if len(districts) > 0 {
			if out.ByPlace, err = valuesAt(tx, id, last, districts); err != nil {
				return err
			}
		}
		slices.SortFunc(out.ByPlace, func(a, b Value) int {
			return cmp.Compare(slices.Index(districts, a.District), slices.Index(districts, b.District))
		})
		out.Changes, err = changesOf(tx, id, mostShownChanges)
		return err
	})
	return out, err
}

// Whole is one indicator with all its values, by period, then district.
func (s *Service) Whole(ctx context.Context, id string) (out Shown, err error) {
	d, there := Find(id)
	if !there {
		return out, civic.Fail(civic.NotFound, "indicators.not_found")
	}
	out.Definition = d
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		of, err := states(tx)
		if err != nil {
			return err
		}
		out.State = of[id]
		err = eachValue(tx, id, func(v Value) error { out.Values = append(out.Values, v); return nil })
		slices.SortFunc(out.Values, func(a, b Value) int {
			return cmp.Or(cmp.Compare(a.Period, b.Period), cmp.Compare(a.District, b.District))
		})
		return err
	})
	return out, err
}

// Walk visits all values, by indicator, district and period.
func (s *Service) Walk(ctx context.Context, visit func(Value) error) error {
	return s.city.DB.Read(ctx, func(tx *storage.Tx) error { return eachValue(tx, "", visit) })
}

// compute is the job that follows the nightly versions.
func (s *Service) compute(ctx context.Context, _ jobs.Job) error { return s.Compute(ctx) }
