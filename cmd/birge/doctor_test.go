package main

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/blobs"
)

// A city with its files in a bucket is backed up and restored into an empty one, and the doctor sees which bytes are
// missing or not those that were put.
func TestFilesInABucketAreBackedUpRestoredAndExamined(t *testing.T) {
	const id, secret = "birge", "a secret that is long enough"
	bucket := s3mem.New()
	for _, name := range []string{"city", "empty"} {
		if err := bucket.CreateBucket(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	srv := httptest.NewServer(gofakes3.New(bucket, gofakes3.WithV4Auth(map[string]string{id: secret})).Server())
	t.Cleanup(srv.Close)
	address := func(bucket string) string { return "s3://" + bucket + "?endpoint=" + url.QueryEscape(srv.URL) }
	dir := t.TempDir()
	dsn, backup := filepath.Join(dir, "city.db"), filepath.Join(dir, "backup")

	text := []byte("%PDF-1.4\n%%EOF\n")
	t.Run("a city", func(t *testing.T) { // which ends with it
		c := citytest.Open(t, dsn, app.Config{Files: address("city"), FilesSecret: blobs.Secret{ID: id, Key: secret}, Capabilities: capabilities.All()})
		where := files.Place{Thing: organisations.RefOf(c.Organisation("Жасыл қала")), Sort: organisations.DocumentFiles}
		_, err := c.Files.Add(c.Ctx(), c.Administrator().Actor, where, civic.Text{"kk": "Жарғы"}, files.Upload{Name: "a.pdf", Bytes: bytes.NewReader(text), Size: int64(len(text))})
		c.Must(err)
	})
	run := func(command, bucket string, more ...string) result {
		t.Helper()
		return birge(t, t.Context(), append([]string{command, "--lang", "en", "--database", dsn, "--files", address(bucket), "--files-key", id, "--files-secret", secret}, more...)...)
	}
	examined := func(bucket string, code int, want string) {
		t.Helper()
		if r := run("doctor", bucket, "--listen", "127.0.0.1:0", "--read-files"); r.code != code || !strings.Contains(r.out, want) {
			t.Errorf("doctor ended with %d and does not say %q:\n%s%s", r.code, want, r.out, r.err)
		}
	}
	examined("city", 0, "1 file, 1 with all sizes: all are there, each with its hash")
	if r := run("backup", "city", backup); r.code != 0 || !strings.Contains(r.err+r.out, "1") {
		t.Fatalf("backup: %d %s%s", r.code, r.out, r.err)
	}
	examined("empty", 1, "the bytes of 1 version of a file are not there")
	if r := run("restore", "empty", backup); r.code != 0 {
		t.Fatalf("restore: %d %s%s", r.code, r.out, r.err)
	}
	examined("empty", 0, "each with its hash")

	store, err := blobs.Open(address("empty"), blobs.Secret{ID: id, Key: secret})
	if err != nil {
		t.Fatal(err)
	}
	for key := range store.Keys(t.Context()) {
		other := bytes.Replace(text, []byte("1.4"), []byte("1.9"), 1)
		b, err := blobs.HashOf(bytes.NewReader(other), int64(len(other)))
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if err := store.Put(t.Context(), key, b); err != nil {
			t.Fatal(err)
		}
	}
	examined("empty", 1, "holds other bytes than were put")
	if _, err := os.Stat(filepath.Join(dir, "city.files")); err == nil {
		t.Error("the files of a bucket came into a folder")
	}
}
