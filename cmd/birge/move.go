package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// progress draws a bar on std.Err for work over a second, when that is a terminal. Call it
// with what is done and the whole, from any goroutine; whole 0 means not known, and done
// equal to whole ends the bar.
func progress(std *streams, what string) func(done, whole int64) {
	f, ok := std.Err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int64, int64) {}
	}
	var mu sync.Mutex
	var bar *progressbar.ProgressBar
	start := time.Now()
	return func(done, whole int64) {
		mu.Lock()
		defer mu.Unlock()
		if bar == nil {
			if time.Since(start) < time.Second || done == whole {
				return
			}
			if whole == 0 {
				whole = -1
			}
			bar = progressbar.NewOptions64(whole, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
				progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		}
		_ = bar.Set64(done) // a terminal that cannot draw is no reason to stop
		if done == whole {
			_ = bar.Finish()
		}
	}
}

// printResult writes a command's result to std.Out: as JSON, or in words.
func printResult(w io.Writer, asJSON bool, v any, words func(io.Writer)) error {
	if !asJSON {
		words(w)
		return nil
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

type importCmd struct {
	Organisations importOrganisationsCmd `cmd:"" help:"Import the register from a CSV or XLSX file. A broken row is reported and never stops the others."`
	Polis         importPolisCmd         `cmd:"" help:"Import a Polis export directory as a consultation, all or nothing."`
	Residents     importResidentsCmd     `cmd:"" help:"Import the residents' roll, with which people verify that they live here. Only keyed hashes are kept."`
}

type exportCmd struct {
	Organisations exportOrganisationsCmd `cmd:"" help:"Export the register as CSV, XLSX or JSON, by the ending of the file's name."`
	Polis         exportPolisCmd         `cmd:"" help:"Export a consultation in the format of Polis into a new directory."`
	Record        exportRecordCmd        `cmd:"" help:"Write a static copy of the public record into a new directory, for any web server and for birge verify."`
}

type importOrganisationsCmd struct {
	databaseFlags
	Path   string `arg:"" help:"The CSV or XLSX file."`
	DryRun bool   `help:"Only report what would happen."`
	JSON   bool   `name:"json" help:"Print the report as JSON."`
}

// Run imports and prints the report. It fails when a row was rejected, for then not all was
// done; the good rows are in.
func (c *importOrganisationsCmd) Run(ctx context.Context, std *streams) error {
	f, err := os.Open(c.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	bar := progress(std, "organisations")
	report, err := a.ImportOrganisations(ctx, f, info.Size(), c.DryRun, func(read, applied int) { bar(int64(read+applied), 0) })
	if err != nil {
		return a.Explain(err)
	}
	if err := printResult(std.Out, c.JSON, report, func(w io.Writer) { a.WriteImportReport(w, report) }); err != nil {
		return err
	}
	if n := report.Rejected; n > 0 {
		return fmt.Errorf("%d row(s) were not taken; the report says why", n)
	}
	return nil
}

type importPolisCmd struct {
	databaseFlags
	Path string `arg:"" help:"The directory with comments.csv, votes.csv and the others."`
	Body string `placeholder:"ID" help:"The state body that must answer."`
	JSON bool   `name:"json" help:"Print what was made as JSON."`
}

// Run imports the directory and prints what it made.
func (c *importPolisCmd) Run(ctx context.Context, std *streams) error {
	if info, err := os.Stat(c.Path); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a directory: give the one that holds comments.csv and votes.csv", c.Path)
	}
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	report, err := a.ImportPolis(ctx, os.DirFS(c.Path), civic.ID(c.Body), progress(std, "votes"))
	if err != nil {
		return a.Explain(err)
	}
	return printResult(std.Out, c.JSON, report, func(w io.Writer) { a.WritePolisReport(w, report) })
}

type exportOrganisationsCmd struct {
	databaseFlags
	Path string `arg:"" help:"The file to make: .csv, .xlsx or .json. It must not exist."`
}

// Run writes the register into a new file.
func (c *exportOrganisationsCmd) Run(ctx context.Context, std *streams) error {
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Path)), ".")
	if format != "csv" && format != "xlsx" && format != "json" {
		return fmt.Errorf("%s: name the file .csv, .xlsx or .json", c.Path)
	}
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	bar := progress(std, "organisations")
	var n int64
	err = newFile(c.Path, func(w io.Writer) (err error) {
		n, err = a.ExportOrganisations(ctx, &counted{w, 0, bar}, format)
		return err
	})
	if err == nil {
		fmt.Fprintf(std.Err, "%d organisation(s) written to %s\n", n, c.Path)
	}
	return err
}

type exportPolisCmd struct {
	databaseFlags
	Consultation string `required:"" placeholder:"ID" help:"The consultation: the last part of its page's address."`
	Path         string `arg:"" help:"The directory to make. It must not exist."`
}

// Run writes the consultation into a new directory.
func (c *exportPolisCmd) Run(ctx context.Context, std *streams) error {
	id, ok := civic.ParseID(c.Consultation)
	if !ok {
		return fmt.Errorf("--consultation %q is no id: it is the last part of the address of the consultation's page", c.Consultation)
	}
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.ExportPolis(ctx, id, c.Path, progress(std, "votes")); err != nil {
		return a.Explain(err)
	}
	fmt.Fprintf(std.Err, "written to %s\n", c.Path)
	return nil
}

// counted tells a progress bar how many bytes have gone by.
type counted struct {
	io.Writer
	n   int64
	bar func(done, whole int64)
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n += int64(n)
	c.bar(c.n, 0)
	return n, err
}

// newFile writes a file whole or not at all: beside its place first, then moved there. It
// refuses to overwrite.
func newFile(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists already: give another name or remove it", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".birge-export-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

type backupCmd struct {
	databaseFlags
	File string `arg:"" help:"The file to make. It must not exist."`
}

// Run writes a consistent copy of the city, which may be running, into a file.
func (c *backupCmd) Run(ctx context.Context, std *streams) error {
	if storage.EngineOf(c.Database) == storage.SQLite {
		if _, err := os.Stat(c.Database); err != nil {
			return fmt.Errorf("there is no database to back up: %w", err)
		}
	}
	db, err := storage.Open(ctx, c.Database, storage.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Backup(ctx, c.File, progress(std, "backup")); err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "backed up into %s\n", c.File)
	return nil
}

type restoreCmd struct {
	databaseFlags
	File string `arg:"" help:"A file made by birge backup." type:"existingfile"`
}

// Run puts the backup in place of the city's data.
func (c *restoreCmd) Run(ctx context.Context, std *streams) error {
	if err := storage.Restore(ctx, c.Database, c.File, app.Schemas()); err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "restored from %s\n", c.File)
	return nil
}

type importResidentsCmd struct {
	databaseFlags
	Path    string `arg:"" help:"CSV: one person a line, the individual number in a column iin, or its keyed hash in a column hash."`
	Replace bool   `help:"Empty the roll first. Who is verified already stays so."`
	JSON    bool   `name:"json" help:"Print the report as JSON."`
}

// Run takes the residents' roll in, all or nothing. Numbers are hashed as they are read and
// never kept.
func (c *importResidentsCmd) Run(ctx context.Context, std *streams) error {
	f, err := os.Open(c.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	report, err := a.Identity.ImportRoll(ctx, f, c.Replace, progress(std, "residents"))
	if err != nil {
		return a.Explain(err)
	}
	if err := printResult(std.Out, c.JSON, report, func(w io.Writer) { a.WriteRollReport(w, report) }); err != nil {
		return err
	}
	if len(report.Problems) > 0 {
		return fmt.Errorf("nothing was taken: the lines above are to be mended first")
	}
	return nil
}
