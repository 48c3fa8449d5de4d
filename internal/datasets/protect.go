package datasets

import (
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/part"
)

// What counts of people are kept to. The thresholds are those of OpenSAFELY (ehrQL, "Disclosure control"): up to 7 is not told, the
// rest to the nearest 5. Sums of what these people did are told to the nearest 300, which of minutes is five hours. The grid is the same
// for ever: two grids over one count would say it more exactly than either.
const (
	Untold    = 7
	PeopleTo  = 5
	SumsTo    = 300
	leastTold = Untold + 1
)

// Protect empties the counts of a row, and the sums, where one of the counts is of too few people, and rounds them elsewhere.
func Protect(d part.Dataset, row part.Row) part.Row {
	people, sums := strings.Fields(d.Suppression.People), strings.Fields(d.Suppression.Sums)
	if len(people) == 0 {
		return row
	}
	out, few := slices.Clone(row), false
	for i, c := range d.Columns {
		n, told := row[i].(int64)
		few = few || slices.Contains(people, c.Name) && (!told || n < leastTold)
	}
	for i, c := range d.Columns {
		counts, adds := slices.Contains(people, c.Name), slices.Contains(sums, c.Name)
		n, told := row[i].(int64)
		switch {
		case !counts && !adds || !told:
		case few:
			out[i] = nil
		case counts:
			out[i] = nearest(n, PeopleTo)
		default:
			out[i] = nearest(n, SumsTo)
		}
	}
	return out
}

// nearest is the nearest multiple; halves go up.
func nearest(n, to int64) int64 { return (n + to/2) / to * to }
