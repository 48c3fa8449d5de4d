package datasets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/indicators/suppress"
	"github.com/birge-kz/birge/internal/part"
)

// sums is the grid for sums of what people did, whose counts stand beside them: the nearest 300, which of minutes is five hours.
// It is the same for ever, as suppress.People is.
var sums = suppress.Grid{To: 300}

// Protect empties the counts of a row, and the sums, where one of the counts is of too few people for suppress.People, and rounds them elsewhere.
func Protect(d part.Dataset, row part.Row) (part.Row, error) {
	people, added := strings.Fields(d.Suppression.People), strings.Fields(d.Suppression.Sums)
	if len(people) == 0 {
		return row, nil
	}
	out, few := slices.Clone(row), false
	for i, c := range d.Columns {
		n, told := row[i].(int64)
		few = few || slices.Contains(people, c.Name) && (!told || n <= suppress.People.UpTo)
	}
	for i, c := range d.Columns {
		counts, adds := slices.Contains(people, c.Name), slices.Contains(added, c.Name)
		n, told := row[i].(int64)
		if !counts && !adds || !told {
			continue
		}
		if few {
			out[i] = nil
			continue
		}
		grid := sums
		if counts {
			grid = suppress.People
		}
		shown, err := grid.Round(n)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", d.Name, c.Name, err)
		}
		out[i] = shown
	}
	return out, nil
}
