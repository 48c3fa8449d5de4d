package files

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Change is what became of a file that everybody sees, or saw.
type Change struct {
	File  File // of one that is gone only its ID and Sort are known
	At    time.Time
	Added bool // otherwise it was removed then
	Gone  bool // it was removed then or later: nothing but the dates is left
}

// changesMost bounds how many files a history looks at, so that nothing fills it.
const changesMost = 500

// Changes is what became of the files of a thing from one instant on until before another (zero: without end), as its
// history tells it, the latest first.
func (s *Service) Changes(tx *storage.Tx, a civic.Actor, thing civic.Ref, from, until time.Time) ([]Change, error) {
	if sees, err := s.sees(tx, a, thing); err != nil || !sees {
		return nil, err
	}
	all, err := ofThings(tx, "", thing)
	if err != nil {
		return nil, err
	}
	var out []Change
	for _, f := range all {
		if f.Published {
			out = append(out, Change{File: f, At: f.CreatedAt, Added: true})
		}
	}
	gone, err := goneOf(tx, thing, changesMost)
	if err != nil {
		return nil, err
	}
	for _, c := range gone {
		c.Gone = true
		out = append(out, c, Change{File: c.File, At: c.File.ID.MadeAt(), Added: true, Gone: true})
	}
	out = slices.DeleteFunc(out, func(c Change) bool { return c.At.Before(from) || !until.IsZero() && !c.At.Before(until) })
	slices.SortStableFunc(out, func(x, y Change) int { return y.At.Compare(x.At) })
	return out, nil
}

// PagePath is the address of a file's own page, without the language; what was removed has none.
func (c Change) PagePath() string { return pagePath(c.File.ID) }
