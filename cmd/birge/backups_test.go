package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Which backups a store keeps: none too old, but always the newest with its pack, and nothing that is not a backup's.
func TestExpired(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	name := func(daysAgo int) string { return now.AddDate(0, 0, -daysAgo).Format(backupTime) + backupEnding }
	both := func(days ...int) (out []string) {
		for _, d := range days {
			out = append(out, name(d), packOf(name(d)))
		}
		slices.Sort(out)
		return out
	}
	for about, c := range map[string]struct {
		names, want []string
		days        int
	}{
		"none":                     {nil, nil, 30},
		"fresh":                    {both(0, 1, 30), nil, 30},
		"one too old":              {both(0, 31), both(31), 30},
		"only old ones":            {both(40, 50), both(50), 30},
		"a pack without a backup":  {append(both(40), packOf(name(35))), []string{packOf(name(35))}, 30},
		"a clock that was ahead":   {both(-400, 40, 50), both(50), 30},
		"for ever":                 {both(0, 1, 4000), nil, 999_999},
		"less than a day is asked": {both(0, 1, 2), both(2), 1},
	} {
		slices.Sort(c.names)
		if got := expired(c.names, now, c.days); !slices.Equal(got, c.want) {
			t.Errorf("%s: removes %v, want %v", about, got, c.want)
		}
	}
	for _, other := range []string{"birge.db", "birge-20261129t120000z.zip", "birge-20261329t120000z.backup", "half-birge-20261129t120000z.backup", "birge-20261129t120000z.backup.files.old"} {
		if _, ok := madeAt(other); ok {
			t.Errorf("%s is taken for a backup", other)
		}
	}
}

// A city is backed up into a bucket and a folder, what is old goes, the doctor and a drill tell how things are, and the newest comes back.
func TestBackupsAreKeptRehearsedAndRestored(t *testing.T) {
	const id, secret = "birge", "a secret that is long enough"
	bucket := s3mem.New()
	if err := bucket.CreateBucket(t.Context(), "backups"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(bucket, gofakes3.WithV4Auth(map[string]string{id: secret})).Server())
	t.Cleanup(srv.Close)
	for about, address := range map[string]string{"bucket": "s3://backups/taraz?endpoint=" + url.QueryEscape(srv.URL), "folder": filepath.Join(t.TempDir(), "kept")} {
		t.Run(about, func(t *testing.T) {
			dsn := filepath.Join(t.TempDir(), "city.db")
			oneCityWithAFile(t, dsn)
			keptAndRestored(t, dsn, address, id, secret)
		})
	}
}

// blobsOf is the folder of a city's files in these tests.
func blobsOf(dsn string) string {
	if storage.EngineOf(dsn) == storage.PostgreSQL {
		return "blobs"
	}
	return dsn + ".blobs"
}

func oneCityWithAFile(t *testing.T, dsn string) {
	t.Run("a city", func(t *testing.T) { // which ends with it
		text := []byte("%PDF-1.4\n%%EOF\n")
		c := citytest.Open(t, dsn, app.Config{Files: blobsOf(dsn), Capabilities: capabilities.All()})
		where := files.Place{Thing: organisations.RefOf(c.Organisation("Жасыл қала")), Sort: organisations.DocumentFiles}
		_, err := c.Files.Add(c.Ctx(), c.Administrator().Actor, where, civic.Text{"kk": "Жарғы"}, files.Upload{Name: "a.pdf", Bytes: bytes.NewReader(text), Size: int64(len(text))})
		c.Must(err)
		c.Acts()
	})
}

func keptAndRestored(t *testing.T, dsn, address, id, secret string) {
	run := func(code int, want string, args ...string) result {
		t.Helper()
		r := birge(t, t.Context(), append(args, "--lang", "en", "--database", dsn, "--files", blobsOf(dsn), "--backup-store", address, "--backup-key", id, "--backup-secret", secret)...)
		if r.code != code || !strings.Contains(r.out+r.err, want) {
			t.Errorf("%v ended with %d and does not say %q:\n%s%s", args, r.code, want, r.out, r.err)
		}
		return r
	}
	doctor := func(want string) {
		t.Helper()
		r := birge(t, t.Context(), "doctor", "--lang", "en", "--database", dsn, "--listen", "127.0.0.1:0", "--backup-store", address, "--backup-key", id, "--backup-secret", secret)
		if !strings.Contains(r.out, want) {
			t.Errorf("the doctor does not say %q:\n%s%s", want, r.out, r.err)
		}
	}
	doctor("there is no backup in --backup-store")
	run(1, "there is no backup in --backup-store", "drill")
	run(0, "is kept", "backup")
	doctor("is 0 hours old")
	var d drill
	if err := json.Unmarshal([]byte(run(0, "", "drill", "--json").out), &d); err != nil || d.Acts < 2 || d.Files != 1 || d.Missing+d.Changed != 0 {
		t.Errorf("the drill found %+v: %v", d, err)
	}
	run(1, "hours old", "drill", "--max-age=-1s")

	// A backup of another year goes with the next one; what is not a backup stays.
	store, err := storeFlags{address, id, secret}.store(&streams{})
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) {
		t.Helper()
		b, err := blobs.HashOf(strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Put(t.Context(), name, b); err != nil {
			t.Fatal(err)
		}
	}
	old := "birge-20250101t000000z.backup"
	for _, name := range []string{old, packOf(old), "a-letter.txt"} {
		put(name, "no backup at all")
	}
	run(1, "is damaged or not complete", "drill", old)
	run(0, "2 files older than 30 days removed", "backup")
	if r, _, err := store.Open(t.Context(), "a-letter.txt"); err != nil {
		t.Errorf("what is not a backup is gone: %v", err)
	} else {
		r.Close()
	}
	run(1, "there is no backup "+old, "restore", old)
	run(1, "give a file, the name of a backup, or --newest", "restore")

	if err := os.RemoveAll(dsn + ".blobs"); err != nil {
		t.Fatal(err)
	}
	run(0, "restored from", "restore", "--newest")
	run(0, "each with its hash", "doctor", "--listen", "127.0.0.1:0", "--read-files")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(dsn), ".birge-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// On PostgreSQL a drill takes a database that is there for nothing else, and leaves nothing in it.
func TestADrillOnPostgreSQL(t *testing.T) {
	dsn := storagetest.PostgreSQL(t)
	into := storagetest.Drill(t, dsn)
	dir := t.TempDir()
	run := func(args ...string) result {
		return birge(t, t.Context(), append(args, "--lang", "en", "--database", dsn, "--files", "blobs", "--backup-store", dir)...)
	}
	t.Chdir(t.TempDir()) // where the copy of the database is made
	oneCityWithAFile(t, dsn)
	if r := run("backup"); r.code != 0 {
		t.Fatalf("backup: %d %s%s", r.code, r.out, r.err)
	}
	for _, other := range []string{"", dsn, filepath.Join(dir, "x_drill")} {
		if r := run("drill", "--into", other); r.code != 2 || !strings.Contains(r.err, "ends with _drill") {
			t.Errorf("a drill into %q ended with %d: %s", other, r.code, r.err)
		}
	}
	var d drill
	r := run("drill", "--into", into, "--json")
	if err := json.Unmarshal([]byte(r.out), &d); r.code != 0 || err != nil || d.Acts < 2 {
		t.Errorf("the drill ended with %d and found %+v: %v, %s", r.code, d, err, r.err)
	}
	db, err := storage.Open(t.Context(), into, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n, err := app.PendingUpgrades(t.Context(), db, capabilities.All()); err != nil || n < 30 {
		t.Errorf("the drill leaves tables: %d upgrades are to be made, %v", n, err)
	}
}
