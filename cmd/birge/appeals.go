package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/appeals/older"
)

// importAppealsCmd looks into a table of an older system, and changes nothing.
type importAppealsCmd struct {
	lookFlags
	tableFlags
}

// Run prints how many appeals there are, and what is wrong with which row.
func (c *importAppealsCmd) Run(std *streams) error {
	f, size, err := c.open(std)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := older.Read(f, size, c.options())
	switch {
	case errors.Is(err, older.ErrTooMany):
		return std.fail("appeals_too_many", "Max", older.MaxRows)
	case errors.Is(err, older.ErrNoHeading):
		return std.fail("appeals_no_heading", "File", c.Path)
	case err != nil:
		return std.explain(err)
	}
	return c.tell(std, r, func(w io.Writer) { printAppeals(w, std, r) }, "appeals_wrong", r.Wrong)
}

func printAppeals(w io.Writer, std *streams, r *older.Report) {
	for _, note := range r.Notes {
		fmt.Fprintln(w, std.words.Say(note))
	}
	fmt.Fprintln(w, std.say("appeals_counts", "Appeals", r.Appeals))
	for _, groups := range []map[string]int{r.States, r.Bodies, r.Districts} {
		for _, name := range slices.Sorted(maps.Keys(groups)) {
			if name != "" {
				fmt.Fprintf(w, "  %s: %d\n", printable(name), groups[name])
			}
		}
	}
	if len(r.Personal) > 0 {
		fmt.Fprintln(w, std.say("appeals_personal", "Columns", printable(strings.Join(r.Personal, ", "))))
	}
	for _, line := range r.Aside {
		fmt.Fprintln(w, std.say("appeals_aside", "Row", strconv.Itoa(line)))
	}
	for _, p := range r.Problems {
		fmt.Fprintln(w, std.say("appeals_problem", "Row", strconv.Itoa(p.Row), "Column", p.Column, "Value", printable(p.Value), "Problem", std.say("appeals_"+p.Code)))
	}
}
