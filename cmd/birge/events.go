package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/events/calendar"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// importEventsCmd reads a calendar or a table of events, and with --host takes them in as drafts of that host.
type importEventsCmd struct {
	databaseFlags
	lookFlags
	Host string `placeholder:"ID"`
}

// eventsReport is what is printed as JSON.
type eventsReport struct {
	Zone     string        `json:"zone"`
	Fit      int           `json:"fit"` // events that can be taken
	Wrong    int           `json:"wrong"`
	Events   []eventRead   `json:"events"`
	Problems []eventReason `json:"problems"` // of lines that belong to no event
}

type eventRead struct {
	Line        int           `json:"line"`
	UID         string        `json:"uid"`
	Title       string        `json:"title"`
	Text        string        `json:"text,omitempty"`
	Place       string        `json:"place,omitempty"`
	URL         string        `json:"url,omitempty"`
	Rule        string        `json:"rule,omitempty"`
	Sequence    int           `json:"sequence"`
	AllDay      bool          `json:"all_day"`
	Cancelled   bool          `json:"cancelled"`
	Fit         bool          `json:"fit"`
	Occurrences []eventTime   `json:"occurrences"`
	Problems    []eventReason `json:"problems"`
}

// eventTime is one time, in the city's zone.
type eventTime struct {
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Of        string    `json:"recurrence_id,omitempty"` // when it would have been, where that was changed
	Cancelled bool      `json:"cancelled,omitempty"`
}

// eventReason says what is wrong, for programs and for people.
type eventReason struct {
	calendar.Problem
	Words string `json:"words"`
}

// Run prints each event with its times and what is wrong with it; or how many were taken in, and which were not and why.
func (c *importEventsCmd) Run(ctx context.Context, std *streams) error {
	city, err := time.LoadLocation(c.Zone)
	if err != nil {
		return std.fail("zone_unknown", "Zone", strconv.Quote(c.Zone))
	}
	if c.Host != "" {
		return c.take(ctx, std, city)
	}
	f, size, err := c.lookFlags.open(std)
	if err != nil {
		return err
	}
	defer f.Close()
	read, err := c.read(std, f, size, city)
	if err != nil {
		return err
	}
	report := reportEvents(read, c.Zone, std)
	return c.tell(std, report, func(w io.Writer) { report.print(w, std) }, "look_wrong", report.Wrong+len(report.Problems))
}

func (c *importEventsCmd) read(std *streams, f io.ReaderAt, size int64, city *time.Location) (*calendar.File, error) {
	read, err := calendar.Read(f, size, city)
	var refused *calendar.Error
	switch {
	case errors.As(err, &refused):
		err = std.fail("events_refused", "File", c.Path, "Line", strconv.Itoa(refused.Line), "Problem", std.say("events_"+string(refused.Code)), "Value", printable(refused.Value))
	case err != nil:
		err = std.explain(tables.InWords(err))
	}
	return read, err
}

// take takes the events of the file in, as drafts of the host.
func (c *importEventsCmd) take(ctx context.Context, std *streams, city *time.Location) error {
	host, ok := civic.ParseID(c.Host)
	if !ok {
		return std.fail("events_host", "Value", strconv.Quote(c.Host))
	}
	f, size, err := openFile(c.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	read, err := c.read(std, f, size, city)
	if err != nil {
		return err
	}
	a, err := c.databaseFlags.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	done, err := app.Service[*events.Service](a).Import(ctx, host, read, c.DryRun)
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	for i, l := range done.Left {
		done.Left[i].Words = a.Explain(std.lang(), l.Why).Error()
	}
	if err := printResult(std.Out, c.JSON, done, func(w io.Writer) {
		for _, l := range done.Left {
			fmt.Fprintln(w, std.say("events_left", "Line", strconv.Itoa(l.Line), "Title", printable(l.Title), "Why", l.Words))
		}
		if c.DryRun {
			fmt.Fprintln(w, std.say("import_dry"))
		}
		fmt.Fprintln(w, std.say("events_taken", "Events", done.Read, "Taken", done.Taken, "There", done.There, "Left", len(done.Left)))
	}); err != nil {
		return err
	}
	if n := len(done.Left); n > 0 {
		return std.fail("rows_rejected", "Count", n)
	}
	return nil
}

func reportEvents(read *calendar.File, zone string, std *streams) eventsReport {
	r := eventsReport{Zone: zone, Events: []eventRead{}, Problems: reasons(read.Problems, std)}
	for _, e := range read.Events {
		shown := eventRead{Line: e.Line, UID: e.UID, Title: e.Title, Text: e.Text, Place: e.Place, URL: e.URL, Rule: e.Rule, Sequence: e.Sequence,
			AllDay: e.AllDay, Cancelled: e.Cancelled, Fit: e.Fit(), Occurrences: []eventTime{}, Problems: reasons(e.Problems, std)}
		for _, o := range e.Occurrences {
			at := eventTime{Start: o.Start, End: o.End, Cancelled: o.Cancelled}
			if o.Changed {
				at.Of = o.Of.Format(time.RFC3339)
			}
			shown.Occurrences = append(shown.Occurrences, at)
		}
		if shown.Fit {
			r.Fit++
		} else {
			r.Wrong++
		}
		r.Events = append(r.Events, shown)
	}
	return r
}

func reasons(problems []calendar.Problem, std *streams) []eventReason {
	list := []eventReason{}
	for _, p := range problems {
		list = append(list, eventReason{p, std.say("events_" + string(p.Code))})
	}
	return list
}

// print writes the report in words: of each event the first time and how many there are.
func (r eventsReport) print(w io.Writer, std *streams) {
	fmt.Fprintln(w, std.say("events_counts", "Events", len(r.Events), "Fit", r.Fit, "Zone", r.Zone))
	for _, e := range r.Events {
		if len(e.Occurrences) == 0 {
			fmt.Fprintln(w, std.say("events_event_none", "Line", strconv.Itoa(e.Line), "Title", printable(e.Title)))
		} else {
			first := e.Occurrences[0].Start.Format("2006-01-02 15:04")
			if e.AllDay {
				first = first[:len(time.DateOnly)]
			}
			fmt.Fprintln(w, std.say("events_event", "Line", strconv.Itoa(e.Line), "Title", printable(e.Title), "First", first, "Times", len(e.Occurrences)))
		}
		printReasons(w, std, e.Problems)
	}
	printReasons(w, std, r.Problems)
}

func printReasons(w io.Writer, std *streams, list []eventReason) {
	for _, p := range list {
		key := "events_problem"
		if p.Field == "" {
			key = "events_problem_line"
		}
		fmt.Fprintln(w, std.say(key, "Line", strconv.Itoa(p.Line), "Field", p.Field, "Problem", p.Words, "Value", printable(p.Value)))
	}
}
