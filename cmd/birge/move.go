package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
	"github.com/birge-kz/birge/opinion/polis"
	"github.com/birge-kz/birge/opinion/report"
)

// progress draws a bar on std.Err, if that is a terminal and the work takes more than a second.
// Call the returned function with what is done and the whole, from any goroutine. Whole 0 means
// that the whole is not known. The bar ends when done equals whole.
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
	Organisations importOrganisationsCmd `cmd:""`
	Polis         importPolisCmd         `cmd:""`
	Popolo        importPopoloCmd        `cmd:""`
	Appeals       importAppealsCmd       `cmd:""`
	Grants        importGrantsCmd        `cmd:""`
	Projects      importProjectsCmd      `cmd:""`
	Events        importEventsCmd        `cmd:""`
	Questions     importQuestionsCmd     `cmd:""`
	Residents     importResidentsCmd     `cmd:""`
}

type exportCmd struct {
	Organisations exportOrganisationsCmd `cmd:""`
	Data          exportDataCmd          `cmd:""`
	Polis         exportPolisCmd         `cmd:""`
	Record        exportRecordCmd        `cmd:""`
}

// tableFlags say how to read a table. They are the same choices as on the page of an import.
type tableFlags struct {
	Sheet      string         `placeholder:"NAME"`
	HeadingRow int            `placeholder:"N"`
	Encoding   string         `placeholder:"NAME"`
	Column     map[int]string `placeholder:"N=NAME"`
}

func (f tableFlags) options() tables.Options {
	return tables.Options{Sheet: f.Sheet, Heading: f.HeadingRow, Encoding: f.Encoding, Columns: f.Column}
}

type importOrganisationsCmd struct {
	databaseFlags
	tableFlags
	Path   string `arg:"" placeholder:"FILE"`
	Kind   string `placeholder:"KIND"`
	Source string `placeholder:"TEXT"`
	DryRun bool
	JSON   bool `name:"json"`
}

// Run imports the table and prints the report. It fails when a row was rejected, because then
// not everything was done. The good rows are imported all the same.
func (c *importOrganisationsCmd) Run(ctx context.Context, std *streams) error {
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
	bar := progress(std, std.say("bar_organisations"))
	report, err := a.Organisations.Import(ctx, f, size, organisations.Mapping{Options: c.options(), Kind: c.Kind, Source: c.Source}, c.DryRun, func(read, applied int) { bar(int64(read+applied), 0) })
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	if err := printResult(std.Out, c.JSON, report, func(w io.Writer) { std.writeImport(w, a, report) }); err != nil {
		return err
	}
	if n := report.Rejected; n > 0 {
		return std.fail("rows_rejected", "Count", n)
	}
	return nil
}

// writeImport says what an import of the register did, and what is wrong with each rejected
// row.
func (s *streams) writeImport(w io.Writer, a *app.App, r organisations.Report) {
	say := a.Catalog.For(s.lang())
	for _, p := range r.Problems {
		where := s.say("table")
		if p.Line > 0 {
			where = s.say("line", "Line", strconv.Itoa(p.Line))
		}
		if p.Field != "" {
			where += ", " + string(p.Field)
		}
		if p.Value != "" {
			where += fmt.Sprintf(" %q", p.Value)
		}
		if p.Left {
			where += ": " + say.T("organisations.left_out")
		}
		fmt.Fprintf(w, "%s: %s\n", where, say.Say(p.Message))
	}
	if r.Omitted > 0 {
		fmt.Fprintln(w, s.say("and_more", "Count", r.Omitted))
	}
	if r.DryRun {
		fmt.Fprintln(w, s.say("import_dry"))
	}
	fmt.Fprintln(w, s.say("import_done", "Count", r.Rows, "New", r.Created, "Changed", r.Updated, "Same", r.Unchanged, "Rejected", r.Rejected))
	if r.Aside > 0 {
		fmt.Fprintln(w, s.say("rows_aside", "Count", r.Aside))
	}
}

type importPolisCmd struct {
	databaseFlags
	exportFlags
	Path     string `arg:"" placeholder:"DIR"`
	Question string `placeholder:"TEXT"`
	Body     string `placeholder:"ID"`
	JSON     bool   `name:"json"`
}

// Run imports the directory and prints what it made.
func (c *importPolisCmd) Run(ctx context.Context, std *streams) error {
	if info, err := os.Stat(c.Path); err != nil {
		return err
	} else if !info.IsDir() {
		return std.fail("polis_folder", "File", c.Path)
	}
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	t, err := report.LoadTexts(string(std.lang()))
	if err != nil {
		return err
	}
	files, err := polis.Find(os.DirFS(c.Path), c.Export)
	if err != nil {
		return std.polisError(a, t, err)
	}
	opts := consultations.ImportOptions{Body: civic.ID(c.Body), Doubtful: c.AcceptDifferences, Name: filepath.Base(filepath.Clean(c.Path))}
	if c.Question != "" {
		opts.Question = civic.Text{std.lang(): c.Question}
	}
	made, err := app.Service[*consultations.Service](a).ImportPolis(ctx, files, opts, progress(std, std.say("bar_votes")))
	if err != nil {
		return std.polisError(a, t, err)
	}
	if made.Doubts != nil {
		if err := std.doubts(t, made.Doubts, true); err != nil {
			return err
		}
	}
	return printResult(std.Out, c.JSON, made, func(w io.Writer) { std.writePolis(w, made) })
}

// polisError says why an export cannot be imported.
func (s *streams) polisError(a *app.App, t *report.Texts, err error) error {
	var doubts consultations.DoubtsError
	if errors.As(err, &doubts) {
		return s.doubts(t, doubts.Errors, false)
	}
	var flaws *polis.Errors
	if errors.As(err, &flaws) {
		s.listFlaws(t, flaws)
		return s.fail("opinion_flaws")
	}
	return a.Explain(s.lang(), err)
}

// writePolis says what an import made.
func (s *streams) writePolis(w io.Writer, r consultations.Report) {
	fmt.Fprintln(w, s.say("polis_done", "ID", string(r.ID), "Topic", r.Topic, "Participants", r.Participants,
		"Statements", r.Statements, "Removed", r.Removed, "Votes", r.Votes, "Rows", r.VoteRows))
	if r.Named {
		fmt.Fprintln(w, s.say("polis_named", "Topic", r.Topic))
	}
}

type exportOrganisationsCmd struct {
	databaseFlags
	Path string `arg:"" placeholder:"FILE"`
}

// Run writes the register into a new file.
func (c *exportOrganisationsCmd) Run(ctx context.Context, std *streams) error {
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Path)), ".")
	if format != "csv" && format != "xlsx" && format != "json" {
		return std.fail("export_ending", "File", c.Path)
	}
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	bar := progress(std, std.say("bar_organisations"))
	var n int64
	err = newFile(std, c.Path, func(w io.Writer) (err error) {
		if err = a.Organisations.Export(ctx, &counted{w, 0, bar}, format, organisations.Query{}); err != nil {
			return err
		}
		n, err = a.Organisations.Count(ctx)
		return err
	})
	if err == nil {
		std.tell("organisations_written", "Count", n, "File", c.Path)
	}
	return err
}

type exportPolisCmd struct {
	databaseFlags
	Consultation string `required:"" placeholder:"ID"`
	Path         string `arg:"" placeholder:"DIR"`
}

// Run writes the consultation into a new directory.
func (c *exportPolisCmd) Run(ctx context.Context, std *streams) error {
	id, ok := civic.ParseID(c.Consultation)
	if !ok {
		return std.fail("consultation_wrong", "Value", strconv.Quote(c.Consultation))
	}
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := app.Service[*consultations.Service](a).ExportPolis(ctx, id, c.Path, progress(std, std.say("bar_votes"))); err != nil {
		return a.Explain(std.lang(), err)
	}
	std.tell("written", "File", c.Path)
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

// newFile writes a file completely or not at all: it writes beside the final place and then
// nothingAt refuses a path at which something is: no command writes over it.
func (s *streams) nothingAt(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return s.fail("target_exists", "File", path)
	}
	return nil
}

// moves the file there. It refuses to overwrite.
func newFile(std *streams, path string, write func(io.Writer) error) (err error) {
	if err := std.nothingAt(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".birge-export-*") // readable by the owner alone
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
	return os.Rename(f.Name(), path)
}

type backupCmd struct {
	databaseFlags
	storeFlags
	BackupDays   int    `default:"30" placeholder:"N"`
	File         string `arg:"" optional:""`
	WithoutFiles bool
}

// packOf is the file beside a backup that holds the city's files.
func packOf(backup string) string { return backup + ".files" }

// Run writes a consistent copy of the city, which may be running, into a file or into the place where backups are kept.
func (c *backupCmd) Run(ctx context.Context, std *streams) error {
	if c.BackupDays < 0 {
		return exitError{2, std.fail("backup_days")}
	}
	switch {
	case c.File != "":
		return c.toFile(ctx, std, c.File)
	case c.BackupStore == "":
		return exitError{2, std.fail("backup_where")}
	}
	return c.toStore(ctx, std)
}

func (c *backupCmd) toFile(ctx context.Context, std *streams, file string) error {
	if storage.EngineOf(c.Database) == storage.SQLite {
		if _, err := os.Stat(c.Database); err != nil {
			return std.fail("backup_nothing", "Error", std.reason(err))
		}
	}
	db, err := storage.Open(ctx, c.Database, storage.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Backup(ctx, file, progress(std, std.say("bar_backup")))
	if errors.Is(err, fs.ErrExist) {
		return std.fail("target_exists", "File", file)
	}
	var path *fs.PathError
	if errors.As(err, &path) { // such as a folder that does not exist
		return path
	}
	if err != nil {
		return err
	}
	std.tell("backed_up", "File", file)
	if c.WithoutFiles {
		return nil
	}
	return c.backUpFiles(ctx, std, file)
}

// backUpFiles writes the files after the database: every one that it names is still there, for bytes outlive their file by a day.
func (c *backupCmd) backUpFiles(ctx context.Context, std *streams, backup string) error {
	store, err := c.config().Store()
	if err != nil {
		return err
	}
	bar := progress(std, std.say("bar_files"))
	var n int
	err = newFile(std, packOf(backup), func(w io.Writer) (err error) {
		n, err = blobs.Pack(ctx, store, w, func(bytes int64) { bar(bytes, 0) })
		return err
	})
	if err == nil {
		std.tell("files_backed_up", "Count", n, "File", packOf(backup))
	}
	return err
}

type restoreCmd struct {
	databaseFlags
	storeFlags
	File   string `arg:"" optional:""`
	Newest bool
}

// Run puts the backup in place of the city's data.
func (c *restoreCmd) Run(ctx context.Context, std *streams) error {
	dir, remove, err := stage(c.Database)
	if err != nil {
		return err
	}
	defer remove()
	file, err := c.wanted(ctx, std, c.File, c.Newest, dir)
	if err != nil {
		return err
	}
	return c.restore(ctx, std, file)
}

func (f databaseFlags) restore(ctx context.Context, std *streams, file string) error {
	if err := f.restoreFiles(ctx, std, file); err != nil {
		return err
	}
	if err := storage.Restore(ctx, f.Database, file, app.Schemas(capabilities.All())); err != nil {
		return err
	}
	std.tell("restored", "File", file)
	return nil
}

// restoreFiles puts the files back before the database: those that are there already stay, and those that no database
// names do no harm.
func (f databaseFlags) restoreFiles(ctx context.Context, std *streams, backup string) error {
	pack, err := os.Open(packOf(backup))
	if errors.Is(err, fs.ErrNotExist) {
		std.tell("files_not_restored", "File", packOf(backup))
		return nil
	}
	if err != nil {
		return err
	}
	defer pack.Close()
	store, err := f.config().Store()
	if err != nil {
		return err
	}
	n, err := blobs.Unpack(ctx, store, pack)
	if errors.Is(err, blobs.ErrPack) {
		return std.fail("files_damaged", "File", packOf(backup))
	}
	if err == nil {
		std.tell("files_restored", "Count", n, "File", packOf(backup))
	}
	return err
}

type importResidentsCmd struct {
	databaseFlags
	tableFlags
	Path    string `arg:"" placeholder:"FILE"`
	Replace bool
	JSON    bool `name:"json"`
}

// Run imports the residents' roll, completely or not at all. Numbers are hashed as they are
// read and never kept.
func (c *importResidentsCmd) Run(ctx context.Context, std *streams) error {
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
	report, err := a.Identity.ImportRoll(ctx, f, size, c.options(), c.Replace, progress(std, std.say("bar_residents")))
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	if err := printResult(std.Out, c.JSON, report, func(w io.Writer) { std.writeRoll(w, a, report) }); err != nil {
		return err
	}
	if len(report.Problems) > 0 {
		return std.fail("roll_refused")
	}
	return nil
}

// writeRoll says what the import of the residents' roll changed.
func (s *streams) writeRoll(w io.Writer, a *app.App, r identity.RollReport) {
	say := a.Catalog.For(s.lang())
	for _, note := range r.Notes {
		fmt.Fprintln(w, say.Say(note))
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "%s: %s\n", s.say("line", "Line", strconv.Itoa(p.Line)), say.Say(p.Message))
	}
	if r.More {
		fmt.Fprintln(w, s.say("more"))
	}
	if len(r.Problems) == 0 {
		fmt.Fprintln(w, s.say("roll_done", "Count", r.Added, "Known", r.Known))
	}
}
