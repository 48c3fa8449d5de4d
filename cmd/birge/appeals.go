package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/appeals/older"
)

// importAppealsCmd takes a table of an older system in.
type importAppealsCmd struct {
	databaseFlags
	tableFlags
	Path   string `arg:"" placeholder:"FILE" type:"path"`
	DryRun bool
	JSON   bool `name:"json"`
}

// Run prints how many appeals there are, how many were taken in, and what is wrong with which row.
func (c *importAppealsCmd) Run(ctx context.Context, std *streams) error {
	f, size, err := openFile(c.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	r, err := app.Service[*appeals.Service](a).Import(ctx, f, size, c.options(), c.DryRun, progress(std, std.say("bar_appeals")))
	switch {
	case errors.Is(err, older.ErrTooMany):
		return std.fail("appeals_too_many", "Max", older.MaxRows)
	case errors.Is(err, older.ErrNoHeading):
		return std.fail("appeals_no_heading", "File", c.Path)
	case err != nil:
		return std.explain(err)
	}
	if err := printResult(std.Out, c.JSON, r, func(w io.Writer) { printAppeals(w, std, r) }); err != nil {
		return err
	}
	if r.Left > 0 {
		return std.fail("rows_rejected", "Count", r.Left)
	}
	return nil
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
		key := "appeals_problem"
		if p.LeftOut {
			key = "appeals_left_out"
		}
		fmt.Fprintln(w, std.say(key, "Row", strconv.Itoa(p.Row), "Column", p.Column, "Value", printable(p.Value), "Problem", std.say("appeals_"+p.Code)))
	}
	if r.DryRun {
		fmt.Fprintln(w, std.say("import_dry"))
	}
	fmt.Fprintln(w, std.say("appeals_taken", "Taken", r.Taken, "There", r.There, "Left", r.Left))
}
