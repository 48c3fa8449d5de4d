package pabulib

import (
	"strconv"
	"strings"

	"github.com/birge-kz/birge/tally"
)

// ageBands are the lower bounds of the age groups that [File.Groupings] makes,
// in years: minors, young adults, and steps of fifteen years.
var ageBands = []int{0, 18, 30, 45, 60, 75}

// mostGroups is the largest number of values for which a column is a grouping.
const mostGroups = 60

// Groupings divides the voters by the columns of VOTES that describe them:
// district, neighborhood, subunit, age (in bands), sex and voting_method, as
// far as the file has them. It sets e.Groupings; e must come from this file.
func (f *File) Groupings(e *tally.Election) {
	e.Groupings = nil
	for _, name := range []string{"district", "neighborhood", "subunit", "age", "sex", "voting_method"} {
		column := f.Votes.Column(name)
		if column < 0 {
			continue
		}
		g := tally.Grouping{Name: name, Of: make([]int32, e.Voters())}
		index := map[string]int32{}
		if name == "age" {
			for i, low := range ageBands {
				label := strconv.Itoa(low) + "+"
				if i+1 < len(ageBands) {
					label = strconv.Itoa(low) + "–" + strconv.Itoa(ageBands[i+1]-1)
				}
				g.Values = append(g.Values, label)
			}
		}
		for i := range g.Of {
			value := strings.TrimSpace(f.Votes.Field(f.rowOf(i), column))
			g.Of[i] = -1
			if value == "" {
				continue
			}
			if name == "age" {
				if age, err := strconv.Atoi(value); err == nil && age >= 0 && age < 130 {
					for band, low := range ageBands {
						if age >= low {
							g.Of[i] = int32(band)
						}
					}
				}
				continue
			}
			v, ok := index[value]
			if !ok {
				if len(g.Values) == mostGroups {
					g.Values = nil
					break
				}
				v = int32(len(g.Values))
				index[value] = v
				g.Values = append(g.Values, value)
			}
			g.Of[i] = v
		}
		if len(g.Values) > 1 {
			e.Groupings = append(e.Groupings, g)
		}
	}
}
