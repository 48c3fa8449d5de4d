package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/organisations"
)

// The commands that move data in and out speak English, as all of the command line does; a
// message that the city's pages share is said in it.

// Explain turns an error that carries a message key into words for the command line.
func (a *App) Explain(err error) error {
	var known *civic.Error
	if !errors.As(err, &known) {
		return err
	}
	say := a.Catalog.For(civic.English)
	words := say.Say(known.Message)
	for _, f := range known.Fields {
		words += "\n  " + f.Field + ": " + say.Say(f.Message)
	}
	return errors.New(words)
}

// ImportOrganisations takes a table into the register; see organisations.Service.Import.
func (a *App) ImportOrganisations(ctx context.Context, r io.ReaderAt, size int64, dryRun bool, progress func(read, applied int)) (organisations.Report, error) {
	return a.Organisations.Import(ctx, r, size, organisations.Mapping{}, dryRun, progress)
}

// WriteImportReport says in words what an import did and what is wrong with which row.
func (a *App) WriteImportReport(w io.Writer, r organisations.Report) {
	say := a.Catalog.For(civic.English)
	for _, p := range r.Problems {
		where := fmt.Sprintf("line %d", p.Line)
		if p.Field != "" {
			where += ", " + string(p.Field)
		}
		if p.Value != "" {
			where += fmt.Sprintf(" %q", p.Value)
		}
		fmt.Fprintf(w, "%s: %s\n", where, say.Say(p.Message))
	}
	if r.Omitted > 0 {
		fmt.Fprintf(w, "… and %d more\n", r.Omitted)
	}
	would := ""
	if r.DryRun {
		would = "dry run, nothing changed: "
	}
	fmt.Fprintf(w, "%s%d rows: %d new, %d changed, %d as they were, %d not taken\n", would, r.Rows, r.Created, r.Updated, r.Unchanged, r.Rejected)
}

// ImportPolis makes a consultation of a Polis export directory; body is the one that owes an
// answer, "" for none.
func (a *App) ImportPolis(ctx context.Context, dir fs.FS, body civic.ID, progress func(done, whole int64)) (consultations.Report, error) {
	return a.Consultations.ImportPolis(ctx, dir, consultations.ImportOptions{Body: body}, ints(progress))
}

// WritePolisReport says in words what an import made.
func (a *App) WritePolisReport(w io.Writer, r consultations.Report) {
	fmt.Fprintf(w, "consultation %s (%s): %d participants, %d statements of which %d removed, %d votes in %d rows\n",
		r.ID, r.Topic, r.Participants, r.Statements, r.Removed, r.Votes, r.VoteRows)
	for _, d := range r.Differences {
		fmt.Fprintf(w, "differs from the source's own count: %s\n", d)
	}
}

// WriteRollReport says in words what became of the residents' roll.
func (a *App) WriteRollReport(w io.Writer, r identity.RollReport) {
	say := a.Catalog.For(civic.English)
	for _, p := range r.Problems {
		fmt.Fprintf(w, "line %d: %s\n", p.Line, say.Say(p.Message))
	}
	if r.More {
		fmt.Fprintln(w, "… and more")
	}
	if len(r.Problems) == 0 {
		fmt.Fprintf(w, "%d people added, %d were on the roll already\n", r.Added, r.Known)
	}
}

// ExportOrganisations writes the public register as "csv", "xlsx" or "json" and returns how
// many entries it has.
func (a *App) ExportOrganisations(ctx context.Context, w io.Writer, format string) (int64, error) {
	if err := a.Organisations.Export(ctx, w, format, organisations.Query{}); err != nil {
		return 0, err
	}
	return a.Organisations.Count(ctx)
}

// ExportPolis writes a consultation in the Polis format into a new directory.
func (a *App) ExportPolis(ctx context.Context, id civic.ID, dir string, progress func(done, whole int64)) error {
	return a.Consultations.ExportPolis(ctx, id, dir, ints(progress))
}

func ints(progress func(done, whole int64)) consultations.ProgressFunc {
	return func(done, whole int) { progress(int64(done), int64(whole)) }
}
