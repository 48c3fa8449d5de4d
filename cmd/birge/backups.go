package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// storeFlags name the place where backups are kept by their instants.
type storeFlags struct {
	BackupStore  string `placeholder:"ADDRESS"`
	BackupKey    string `placeholder:"KEY"`
	BackupSecret string `placeholder:"SECRET"`
}

const (
	// backupTime is how a backup's name says when it was made, in UTC; a store's keys have no capitals.
	backupTime   = "birge-20060102t150405z"
	backupEnding = ".backup"
	// moving bounds how long it may take to bring one file to the store or back.
	moving = 6 * time.Hour
	// backupTooOld is the age of the newest backup from which something is wrong with a daily one.
	backupTooOld = 49 * time.Hour
)

func (f storeFlags) store(std *streams) (blobs.Store, error) {
	if f.BackupStore == "" {
		return nil, std.fail("backup_where")
	}
	return blobs.OpenWithin(f.BackupStore, blobs.Secret{ID: f.BackupKey, Key: f.BackupSecret}, moving)
}

// madeAt is when the backup was made whose file has the name, or whose files do.
func madeAt(name string) (at time.Time, ok bool) {
	stem, isPack := strings.CutSuffix(name, packOf(backupEnding))
	if !isPack {
		var isBackup bool
		if stem, isBackup = strings.CutSuffix(name, backupEnding); !isBackup {
			return at, false
		}
	}
	at, err := time.Parse(backupTime, stem)
	return at, err == nil
}

// kept lists the names of backups and of their packs, the oldest first. What else is there is not listed.
func kept(ctx context.Context, store blobs.Store) (names []string, err error) {
	for name, err := range store.Keys(ctx) {
		if err != nil {
			return nil, err
		}
		if _, ok := madeAt(name); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names) // which their instants are too
	return names, nil
}

// newestBackup is the name of the newest complete backup; "" when there is none. One from the future is of a clock that was wrong: it would
// hide for long that none was made since.
func newestBackup(names []string, now time.Time) string {
	for _, name := range slices.Backward(names) {
		if at, _ := madeAt(name); strings.HasSuffix(name, backupEnding) && !at.After(now.Add(time.Hour)) {
			return name
		}
	}
	return ""
}

// expired are the names of what was made more than so many days ago. The newest backup never is.
func expired(names []string, now time.Time, days int) (out []string) {
	newest := newestBackup(names, now)
	for _, name := range names {
		at, _ := madeAt(name)
		if at.Before(now.AddDate(0, 0, -days)) && name != newest && name != packOf(newest) {
			out = append(out, name)
		}
	}
	return out
}

// stage makes a folder that only this user reads, beside the database, where there is room for a copy of it.
func stage(database string) (dir string, remove func(), err error) {
	beside := "."
	if storage.EngineOf(database) == storage.SQLite {
		beside = filepath.Dir(database)
	}
	dir, err = os.MkdirTemp(beside, ".birge-backup-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// keepIn brings a backup to the store: the pack first, so that a backup that is listed is complete.
func keepIn(ctx context.Context, store blobs.Store, file string) error {
	for _, path := range []string{packOf(file), file} {
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = putFile(ctx, store, f)
		if err := cmp.Or(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func putFile(ctx context.Context, store blobs.Store, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	b, err := blobs.HashOf(f, info.Size())
	if err != nil {
		return err
	}
	return store.Put(ctx, filepath.Base(f.Name()), b)
}

// fetchFrom brings a backup and its pack out of the store into a folder, and returns the path of the backup.
func fetchFrom(ctx context.Context, store blobs.Store, name, dir string) (string, error) {
	file := filepath.Join(dir, name)
	if err := fetchOne(ctx, store, name, file); err != nil {
		return "", err
	}
	if err := fetchOne(ctx, store, packOf(name), packOf(file)); err != nil && !errors.Is(err, blobs.ErrMissing) {
		return "", err
	}
	return file, nil
}

func fetchOne(ctx context.Context, store blobs.Store, name, path string) error {
	r, size, err := store.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, r)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return cmp.Or(err, f.Close())
}

// toStore backs the city up into the store, and removes there what was kept long enough.
func (c *backupCmd) toStore(ctx context.Context, std *streams) error {
	store, err := c.store(std)
	if err != nil {
		return err
	}
	dir, remove, err := stage(c.Database)
	if err != nil {
		return err
	}
	defer remove()
	now := time.Now().UTC()
	name := now.Format(backupTime) + backupEnding
	if err := c.toFile(ctx, std, filepath.Join(dir, name)); err != nil {
		return err
	}
	if err := keepIn(ctx, store, filepath.Join(dir, name)); err != nil {
		return std.fail("backup_not_kept", "Name", name, "Error", std.reason(err))
	}
	std.tell("backup_kept", "Name", name)
	if c.BackupDays == 0 {
		return nil
	}
	names, err := kept(ctx, store)
	if err != nil {
		return err
	}
	old := expired(names, now, c.BackupDays)
	for _, name := range old {
		if err := store.Remove(ctx, name); err != nil {
			return err
		}
	}
	if len(old) > 0 {
		std.tell("backup_expired", "Count", len(old), "Days", c.BackupDays)
	}
	return nil
}

// wanted brings the backup that a command is about to a file of this machine: the file itself, or one out of the store.
func (f storeFlags) wanted(ctx context.Context, std *streams, file string, newest bool, dir string) (string, error) {
	if file != "" {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		} else if _, named := madeAt(file); !named || f.BackupStore == "" {
			return "", err
		}
	} else if !newest {
		return "", std.fail("restore_which")
	}
	store, err := f.store(std)
	if err != nil {
		return "", err
	}
	if file == "" {
		names, err := kept(ctx, store)
		if err != nil {
			return "", err
		}
		if file = newestBackup(names, time.Now()); file == "" {
			return "", std.fail("backup_none_kept")
		}
	}
	path, err := fetchFrom(ctx, store, file, dir)
	if errors.Is(err, blobs.ErrMissing) {
		return "", std.fail("backup_missing", "Name", file)
	}
	return path, err
}
