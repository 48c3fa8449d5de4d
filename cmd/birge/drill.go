package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

type drillCmd struct {
	databaseFlags
	storeFlags
	File   string        `arg:"" optional:""`
	Into   string        `placeholder:"DSN"`
	MaxAge time.Duration `default:"49h" placeholder:"DURATION"`
	JSON   bool          `name:"json"`
}

// drill is what a rehearsal found, as it is printed as JSON.
type drill struct {
	Backup   string  `json:"backup"`
	AgeHours float64 `json:"age_hours,omitempty"` // by its name
	Seconds  float64 `json:"seconds"`             // from the fetching to the last check
	Acts     int64   `json:"acts"`                // of the record, which holds
	Files    int     `json:"files"`
	Missing  int     `json:"missing"` // versions of files whose bytes are not in the pack
	Changed  int     `json:"changed"`
}

// Run rehearses a restore: a backup is put into a database of its own, opened by this program, its record and its files are checked, and all of it is thrown
// away. The city is not touched.
func (c *drillCmd) Run(ctx context.Context, std *streams) (err error) {
	began := time.Now()
	dir, remove, err := stage(c.Database)
	if err != nil {
		return err
	}
	defer remove()
	file, err := c.wanted(ctx, std, c.File, c.File == "", dir)
	if err != nil {
		return err
	}
	into, err := c.place(std, dir)
	if err != nil {
		return err
	}
	if storage.EngineOf(into.Database) == storage.PostgreSQL {
		defer func() { err = cmp.Or(err, storage.ClearDrill(context.WithoutCancel(ctx), into.Database)) }()
	}
	quiet := &streams{In: std.In, Out: io.Discard, Err: io.Discard, words: std.words}
	if err := into.restore(ctx, quiet, file); err != nil {
		return err
	}
	found := drill{Backup: filepath.Base(file)}
	if err := into.examine(ctx, std, dir, &found); err != nil {
		return err
	}
	found.Seconds = time.Since(began).Seconds()
	at, dated := madeAt(found.Backup)
	age := began.Sub(at)
	if dated {
		found.AgeHours = age.Hours()
	}
	err = printResult(std.Out, c.JSON, found, func(w io.Writer) {
		fmt.Fprintln(w, std.say("drill_done", "Name", found.Backup, "Acts", found.Acts, "Count", found.Files, "Seconds", int64(found.Seconds+1)))
	})
	switch {
	case err != nil:
		return err
	case found.Missing+found.Changed > 0:
		return std.fail("drill_files", "Missing", found.Missing, "Changed", found.Changed)
	case dated && age > c.MaxAge:
		return std.fail("drill_old", "Name", found.Backup, "Hours", int64(age.Hours()))
	}
	return nil
}

// place is where the backup is restored to: in the folder, or in a database of PostgreSQL that is for nothing else.
func (c *drillCmd) place(std *streams, dir string) (databaseFlags, error) {
	into := databaseFlags{Database: filepath.Join(dir, "drill.db"), Zone: c.Zone, Files: filepath.Join(dir, "files"), BallotKeys: filepath.Join(dir, "ballots")}
	if storage.EngineOf(c.Database) == storage.SQLite {
		return into, nil
	}
	if !storage.ForDrills(c.Into) {
		return into, exitError{2, std.fail("drill_into")}
	}
	into.Database = c.Into
	return into, nil
}

// examine opens the restored city as birge serve would, and checks its record and its files.
func (f databaseFlags) examine(ctx context.Context, std *streams, dir string, found *drill) error {
	cfg := f.config()
	cfg.BackupDir = dir
	a, err := openCity(ctx, cfg, std)
	if err != nil {
		return err
	}
	defer a.Close()
	if found.Acts, err = checkRecord(ctx, a, filepath.Join(dir, "record")); err != nil {
		return std.fail("drill_record", "Error", std.reason(err))
	}
	store, err := blobs.Open(f.Files, blobs.Secret{})
	if err != nil {
		return err
	}
	h, err := files.Examine(ctx, a.DB, store, true)
	found.Files, found.Missing, found.Changed = h.Files, len(h.Missing), len(h.Changed)
	return err
}

// checkRecord checks every entry of the city's record; a city that was never served has none.
func checkRecord(ctx context.Context, a *app.App, dir string) (int64, error) {
	_, err := a.Record.Export(ctx, dir, func(int64, int64) {})
	if errors.Is(err, record.ErrNotOpen) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	report, err := proof.Verify(ctx, proof.Dir(dir), proof.Options{SkipPages: true})
	return report.Size, cmp.Or(err, os.RemoveAll(dir))
}
