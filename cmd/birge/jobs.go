package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
)

type jobsCmd struct {
	List    jobsListCmd    `cmd:""`
	Retry   jobsRetryCmd   `cmd:""`
	Discard jobsDiscardCmd `cmd:""`
	Clock   jobsClockCmd   `cmd:""`
}

type jobsListCmd struct {
	databaseFlags
	JSON bool `name:"json"`
}

// jobsReport is the background work as it is printed. It does not show what is in a job, which
// may be somebody's letter.
type jobsReport struct {
	Kinds []kindOfJob `json:"kinds"`
	Dead  []deadJob   `json:"dead"`
}

type kindOfJob struct {
	Kind    string `json:"kind"`
	Queued  int    `json:"queued"`
	Running int    `json:"running"`
	Dead    int    `json:"dead"`
}

type deadJob struct {
	ID    civic.ID  `json:"id"`
	Kind  string    `json:"kind"`
	Tries int       `json:"tries"`
	Asked time.Time `json:"asked"`
	Died  time.Time `json:"died"`
	Error string    `json:"error"`
}

// Run prints how much background work there is, and the jobs that were given up.
func (c *jobsListCmd) Run(ctx context.Context, std *streams) error {
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	kinds, dead, err := a.Jobs(ctx)
	if err != nil {
		return err
	}
	report := jobsReport{Kinds: []kindOfJob{}, Dead: []deadJob{}}
	for _, k := range kinds {
		report.Kinds = append(report.Kinds, kindOfJob{k.Kind, k.Queued, k.Running, k.Dead})
	}
	for _, d := range dead {
		report.Dead = append(report.Dead, deadJob{d.ID, d.Kind, d.Try, d.Created.UTC(), d.Died.UTC(), d.LastError})
	}
	return printResult(std.Out, c.JSON, report, func(w io.Writer) { std.printJobs(w, a, report) })
}

func (s *streams) printJobs(w io.Writer, a *app.App, report jobsReport) {
	l := a.Catalog.For(s.lang())
	if len(report.Kinds) == 0 {
		fmt.Fprintln(w, s.say("jobs_none"))
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range report.Kinds {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", app.JobName(l, k.Kind), s.say("jobs_queued", "Count", k.Queued),
			s.say("jobs_running", "Count", k.Running), s.say("jobs_dead", "Count", k.Dead))
	}
	table.Flush()
	for _, d := range report.Dead {
		fmt.Fprintf(w, "\n%s  %s\n  %s\n  %s\n", d.ID, app.JobName(l, d.Kind), s.say("jobs_died", "Died", d.Died, "Count", d.Tries), d.Error)
	}
}

type jobsRetryCmd struct{ jobFlags }

// Run has a job that was given up tried again by the running city.
func (c *jobsRetryCmd) Run(ctx context.Context, std *streams) error {
	return c.end(ctx, std, (*app.App).RetryJob, "jobs_retried")
}

type jobsDiscardCmd struct{ jobFlags }

// Run drops a job that was given up.
func (c *jobsDiscardCmd) Run(ctx context.Context, std *streams) error {
	return c.end(ctx, std, (*app.App).DiscardJob, "jobs_discarded")
}

type jobsClockCmd struct{ databaseFlags }

// Run confirms that the machine's clock is right. After the clock has jumped, everything that
// only time decides waits until the operator says so.
func (c *jobsClockCmd) Run(ctx context.Context, std *streams) error {
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.ConfirmClock(ctx, civic.System()); err != nil {
		return a.Explain(std.lang(), err)
	}
	std.tell("jobs_clock")
	return nil
}

// jobFlags name a job that was given up.
type jobFlags struct {
	databaseFlags
	ID string `arg:"" name:"id"`
}

// end takes a job off the list in the way of how: retry or discard. The city may be running
// meanwhile.
func (f jobFlags) end(ctx context.Context, std *streams, how func(*app.App, context.Context, civic.Actor, civic.ID) error, done string) error {
	a, err := f.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := how(a, ctx, civic.System(), civic.ID(f.ID)); err != nil {
		return a.Explain(std.lang(), err)
	}
	std.tell(done, "Job", f.ID)
	return nil
}
