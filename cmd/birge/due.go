package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/workdays"
)

// dueCmd computes a due date as the city does, so that anybody can repeat it.
type dueCmd struct {
	From     string   `required:"" placeholder:"DATE"`
	Days     int      `required:"" placeholder:"N"`
	Working  bool     `xor:"sort" required:""`
	Calendar bool     `xor:"sort" required:""`
	Pause    []string `sep:"none" placeholder:"DATE..DATE"`
	Extend   []int    `placeholder:"N"`
	Holidays string   `placeholder:"PATH"`
	JSON     bool     `name:"json"`
}

// dueResult is what is printed as JSON.
type dueResult struct {
	From    string       `json:"from"`
	Days    int          `json:"days"` // with all extensions
	Working bool         `json:"working"`
	Due     string       `json:"due"`
	Counted int          `json:"counted"`
	Skipped []dueSkipped `json:"skipped"`
}

type dueSkipped struct {
	Date   string       `json:"date"`
	Reason civic.Reason `json:"reason"`
	Name   string       `json:"name,omitempty"`
	Source string       `json:"source,omitempty"`
}

// Run prints the due date and every day that did not count.
func (c *dueCmd) Run(std *streams) error {
	deadline, err := c.deadline(std)
	if err != nil {
		return err
	}
	cal := civic.Calendar{Days: workdays.Kazakhstan()}
	if c.Holidays != "" {
		cal.Days, err = workdays.Read(c.Holidays)
		if wrong := new(workdays.Error); errors.As(err, &wrong) {
			return std.fail("due_"+wrong.Fault, "File", wrong.File, "Line", wrong.Line, "Value", wrong.Value)
		}
		if err != nil {
			return err
		}
	}
	due := cal.Due(deadline)
	result := dueResult{From: c.From, Days: deadline.Total().Days, Working: c.Working, Due: due.Date, Counted: due.Counted, Skipped: []dueSkipped{}}
	for _, s := range due.Skipped {
		name, _ := s.Day.Name.In(std.lang())
		source, _ := s.Day.Source.In(std.lang())
		if s.Reason == civic.Weekend {
			source = std.say("due_weekend_source")
		}
		result.Skipped = append(result.Skipped, dueSkipped{s.Date, s.Reason, name, source})
	}
	return printResult(std.Out, c.JSON, result, func(w io.Writer) { result.print(w, std) })
}

func (c *dueCmd) deadline(std *streams) (d civic.Deadline, err error) {
	if c.Days < 0 || c.Days > civic.MaxTerm {
		return d, exitError{2, std.fail("due_days", "Max", civic.MaxTerm)}
	}
	d.Term = civic.Term{Days: c.Days, Working: c.Working}
	if d.Start, err = dateOf(std, c.From); err != nil {
		return d, err
	}
	for _, p := range c.Pause {
		from, to, _ := strings.Cut(p, "..")
		var pause civic.Pause
		if pause.From, err = dateOf(std, from); err != nil {
			return d, err
		}
		if pause.To, err = dateOf(std, to); err != nil {
			return d, err
		}
		d.Pauses = append(d.Pauses, pause)
	}
	for _, n := range c.Extend {
		if n < 0 || n > civic.MaxTerm {
			return d, exitError{2, std.fail("due_days", "Max", civic.MaxTerm)}
		}
		d.Extensions = append(d.Extensions, civic.Extension{Days: n})
	}
	return d, nil
}

func dateOf(std *streams, s string) (time.Time, error) {
	t, ok := workdays.ParseDate(s)
	if !ok {
		return t, exitError{2, std.fail("due_date", "Value", s)}
	}
	return t, nil
}

func (r dueResult) print(w io.Writer, std *streams) {
	fmt.Fprintln(w, r.Due)
	for _, s := range r.Skipped {
		why := slices.DeleteFunc([]string{std.say("due_" + string(s.Reason)), s.Name, s.Source}, func(words string) bool { return words == "" })
		fmt.Fprintf(w, "  %s  %s\n", s.Date, strings.Join(why, "; "))
	}
}
