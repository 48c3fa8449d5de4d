package app

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/organisations"
)

// Explain turns an error that carries a message key into words for the command line.
func (a *App) Explain(lang civic.Lang, err error) error {
	var known *civic.Error
	if !errors.As(err, &known) {
		return err
	}
	say := a.Catalog.For(lang)
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

// ImportPolis makes a consultation of a Polis export directory; body is the one that owes an
// answer, "" for none.
func (a *App) ImportPolis(ctx context.Context, dir fs.FS, body civic.ID, progress func(done, whole int64)) (consultations.Report, error) {
	return a.Consultations.ImportPolis(ctx, dir, consultations.ImportOptions{Body: body}, ints(progress))
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
