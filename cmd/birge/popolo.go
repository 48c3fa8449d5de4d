package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/councils/popolo"
)

// importPopoloCmd reads a file of the Popolo data specification, and with --council seats its members there by the council's own
// rules.
type importPopoloCmd struct {
	databaseFlags
	lookFlags
	Council      string `placeholder:"ID"`
	Organization string `placeholder:"ID"`
}

// popoloReport is what is printed as JSON.
type popoloReport struct {
	popolo.Counts
	Wrong    int              `json:"not_conforming"`
	Problems []popolo.Problem `json:"problems"`
}

// Run prints how many there are of each and what does not conform; or who was seated, and who was not and why.
func (c *importPopoloCmd) Run(ctx context.Context, std *streams) error {
	if c.Council != "" {
		return c.take(ctx, std)
	}
	f, _, err := c.lookFlags.open(std)
	if err != nil {
		return err
	}
	defer f.Close()
	read, err := c.read(std, f)
	if err != nil {
		return err
	}
	report := popoloReport{read.Counts, read.Wrong, append([]popolo.Problem{}, read.Problems...)}
	return c.tell(std, report, func(w io.Writer) { std.writePopolo(w, report) }, "popolo_wrong", read.Wrong)
}

func (c *importPopoloCmd) read(std *streams, f io.Reader) (popolo.File, error) {
	read, err := popolo.Read(f)
	switch {
	case errors.Is(err, popolo.ErrTooLarge):
		err = std.fail("popolo_too_large", "File", c.Path)
	case errors.Is(err, popolo.ErrNotPopolo):
		err = std.fail("popolo_none", "File", c.Path)
	}
	return read, err
}

func (s *streams) writePopolo(w io.Writer, report popoloReport) {
	fmt.Fprintln(w, s.say("popolo_counts", "Persons", report.Persons, "Organizations", report.Organizations, "Memberships", report.Memberships, "Posts", report.Posts, "Events", report.Events))
	for _, p := range report.Problems {
		fmt.Fprintln(w, s.say("popolo_problem", "Place", p.Collection+"["+strconv.Itoa(p.Index)+"]", "ID", printable(p.ID), "Field", p.Field, "Problem", s.say("popolo_"+string(p.Code)), "Value", printable(p.Value)))
	}
}

// take seats the members of the file in the council.
func (c *importPopoloCmd) take(ctx context.Context, std *streams) error {
	council, ok := civic.ParseID(c.Council)
	if !ok {
		return std.fail("popolo_council", "Value", strconv.Quote(c.Council))
	}
	f, err := os.Open(c.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	read, err := c.read(std, f)
	if err != nil {
		return err
	}
	a, err := c.databaseFlags.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	done, err := app.Service[*councils.Service](a).Import(ctx, council, read, c.Organization, c.DryRun)
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	for i, l := range done.Left {
		done.Left[i].Words = a.Explain(std.lang(), l.Why).Error()
	}
	if err := printResult(std.Out, c.JSON, done, func(w io.Writer) {
		for _, l := range done.Left {
			fmt.Fprintf(w, "memberships[%d] %s: %s\n", l.Index, printable(l.Name), l.Words)
		}
		if c.DryRun {
			fmt.Fprintln(w, std.say("import_dry"))
		}
		fmt.Fprintln(w, std.say("popolo_taken", "Memberships", done.Memberships, "Seated", done.Seated, "There", done.There, "Left", len(done.Left)))
	}); err != nil {
		return err
	}
	if n := len(done.Left); n > 0 {
		return std.fail("rows_rejected", "Count", n)
	}
	return nil
}
