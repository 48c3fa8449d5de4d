package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/grants/threesixty"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// importGrantsCmd reads a file of the 360Giving Data Standard. It looks and changes nothing: what funders gave before is taken in
// once the city has its calls for grants.
type importGrantsCmd struct {
	lookFlags
	Dates string `enum:",day-first,month-first" default:"" placeholder:"ORDER"`
}

// grantsReport is what is printed as JSON. Sums are numbers as the standard's amounts are, exact, by currency and year of award.
type grantsReport struct {
	Grants   int                  `json:"grants"`
	Valid    int                  `json:"valid"`    // as they stand
	Readable int                  `json:"readable"` // valid, or valid once their dates are read
	Dates    threesixty.Dates     `json:"dates"`
	Sums     threesixty.Sums      `json:"sums"`
	Unsummed int                  `json:"unsummed"` // grants without an amount or a currency that can be read
	Unknown  []string             `json:"unknown_columns"`
	Wrong    int                  `json:"not_conforming"`
	Problems []threesixty.Problem `json:"problems"`
}

// Run prints how many grants there are, their sums, and what is wrong. What is only a date in another form, and was understood,
// is told and is no failure.
func (c *importGrantsCmd) Run(std *streams) error {
	f, size, err := c.open(std)
	if err != nil {
		return err
	}
	defer f.Close()
	standard, err := threesixty.New()
	if err != nil {
		return err
	}
	read, err := standard.Read(f, size, threesixty.Order(c.Dates), func(threesixty.Grant) error { return nil })
	switch {
	case errors.Is(err, threesixty.ErrTooLarge):
		return std.fail("grants_too_large", "File", c.Path)
	case errors.Is(err, threesixty.ErrNoGrants):
		return std.fail("grants_none", "File", c.Path)
	case err != nil:
		return std.explain(tables.InWords(err))
	}
	report := grantsReport{Grants: read.Grants, Valid: read.Valid, Readable: read.Readable, Dates: read.Dates, Sums: read.Sums, Unsummed: read.Unsummed,
		Unknown: append([]string{}, read.Unknown...), Wrong: read.Wrong, Problems: append([]threesixty.Problem{}, read.Problems...)}
	return c.tell(std, report, func(w io.Writer) { report.print(w, std) }, "look_wrong", max(read.Broken, read.Grants-read.Readable))
}

// print writes the report in words.
func (r grantsReport) print(w io.Writer, std *streams) {
	fmt.Fprintln(w, std.say("grants_counts", "Grants", r.Grants, "Valid", r.Valid, "Readable", r.Readable))
	for _, currency := range slices.Sorted(maps.Keys(r.Sums)) {
		for _, year := range slices.Sorted(maps.Keys(r.Sums[currency])) {
			said := year
			if year == threesixty.UnknownYear {
				said = std.say("grants_year_unknown")
			}
			fmt.Fprintln(w, std.say("grants_sum", "Year", said, "Amount", r.Sums[currency][year].String(), "Currency", currency))
		}
	}
	switch {
	case r.Dates.Contradicts && r.Dates.Ambiguous > 0:
		fmt.Fprintln(w, std.say("grants_dates_contradict", "Count", r.Dates.Ambiguous))
	case r.Dates.Ambiguous > 0:
		fmt.Fprintln(w, std.say("grants_dates_ambiguous", "Count", r.Dates.Ambiguous))
	case r.Dates.Order == threesixty.MonthFirst && r.Dates.Read > 0:
		fmt.Fprintln(w, std.say("grants_dates_month", "Count", r.Dates.Read))
	case r.Dates.Read > 0:
		fmt.Fprintln(w, std.say("grants_dates_day", "Count", r.Dates.Read))
	}
	for _, p := range r.Problems {
		fmt.Fprintln(w, std.say("grants_problem", "Row", strconv.Itoa(p.Row), "ID", printable(p.ID), "Field", printable(p.Field), "Problem", std.say("grants_"+string(p.Code)), "Value", printable(p.Value), "Read", p.Read))
	}
}
