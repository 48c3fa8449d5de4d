package files_test

import (
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/blobs"
)

// What is amiss with the bytes of files is named, in a folder and in a bucket: missing, cut short, other than what was put,
// nobody's, and not the city's at all.
func TestExamine(t *testing.T) {
	bucket := s3mem.New()
	if err := bucket.CreateBucket(t.Context(), "city"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(bucket).Server())
	t.Cleanup(srv.Close)
	for name, address := range map[string]string{"folder": filepath.Join(t.TempDir(), "files"), "bucket": "s3://city?endpoint=" + url.QueryEscape(srv.URL)} {
		t.Run(name, func(t *testing.T) {
			cfg := app.Config{Files: address, FilesSecret: blobs.Secret{ID: "birge", Key: "a secret that is long enough"}}
			citytest.EachWith(t, cfg, func(t *testing.T, c *citytest.City) { examine(t, c, cfg) })
		})
	}
}

func examine(t *testing.T, c *citytest.City, cfg app.Config) {
	store, err := blobs.Open(cfg.Files, cfg.FilesSecret)
	c.Must(err)
	for key := range store.Keys(c.Ctx()) { // of the other engine's city
		c.Must(store.Remove(c.Ctx(), key))
	}
	ngo := c.Organisation("Жасыл қала")
	who := c.Representative(ngo)
	var keys []string
	for _, more := range []string{"1", "2", "3"} {
		c.Browser(who).Upload("/kk"+documentsOf(ngo), "file", "a.pdf", append(pdf, more...), "words.kk", "Жарғы").Want(303)
	}
	for key := range store.Keys(c.Ctx()) {
		keys = append(keys, key)
	}
	look := func(read bool) files.Health {
		h, err := files.Examine(c.Ctx(), c.DB, store, read)
		c.Must(err)
		return h
	}
	if h := look(true); h.Files != 3 || h.Versions != 3 || len(h.Missing)+len(h.Changed)+h.Waiting+h.Left+h.Strange != 0 {
		t.Fatalf("of a sound city: %+v", h)
	}
	replace := func(key string, bytes []byte) {
		c.Must(store.Remove(c.Ctx(), key))
		f, err := os.Create(filepath.Join(t.TempDir(), "bytes"))
		c.Must(err)
		_, err = f.Write(bytes)
		c.Must(err)
		b, err := blobs.HashOf(f, int64(len(bytes)))
		c.Must(err)
		c.Must(store.Put(c.Ctx(), key, b))
	}
	other := append([]byte("%PDF-1.9"), append(pdf, '1')[8:]...) // as many bytes as were sent
	c.Must(store.Remove(c.Ctx(), keys[0]))
	replace(keys[1], pdf[:9])
	replace(keys[2], other)
	replace("not-of-a-city", pdf)
	if h := look(false); len(h.Missing) != 1 || h.Missing[0] != keys[0] || len(h.Changed) != 1 || h.Changed[0] != keys[1] || h.Strange != 1 {
		t.Errorf("without reading: %+v", h)
	}
	if h := look(true); len(h.Changed) != 2 {
		t.Errorf("the changed byte was not seen: %+v", h)
	}

	path := linked(t, c.Browser(nil).Get("/kk"+organisations.PathOf(ngo)))
	c.Browser(who).Post("/kk" + documentsOf(ngo) + "/" + path[len("/files/"):len("/files/")+26] + "/remove").Want(303)
	left := 1
	if path[len("/files/"):len("/files/")+26] == keys[0][:26] { // whose bytes were gone before
		left = 0
	}
	if h := look(true); h.Files != 2 || h.Waiting != left || h.Left != 0 {
		t.Errorf("of what was removed: %+v", h)
	}
	c.Pass(40 * 24 * time.Hour)
	if h := look(true); h.Waiting != 0 || h.Left != left {
		t.Errorf("of what the sweep forgot: %+v", h)
	}
}
