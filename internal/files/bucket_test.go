package files_test

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/blobs"
)

// A city with its files in a bucket does what one with a folder does.
func TestInABucket(t *testing.T) {
	bucket := s3mem.New()
	if err := bucket.CreateBucket(t.Context(), "city"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(bucket, gofakes3.WithV4Auth(map[string]string{"birge": "a secret that is long enough"})).Server())
	t.Cleanup(srv.Close)
	cfg := app.Config{Files: "s3://city?endpoint=" + url.QueryEscape(srv.URL), FilesSecret: blobs.Secret{ID: "birge", Key: "a secret that is long enough"}}
	citytest.EachWith(t, cfg, func(t *testing.T, c *citytest.City) {
		ngo := c.Organisation("Жасыл қала")
		who := c.Representative(ngo)
		c.Browser(who).Upload("/kk"+documentsOf(ngo), "file", "a.pdf", pdf, "words.kk", "Жарғы").Want(303)
		path := linked(t, c.Browser(nil).Get("/kk"+organisations.PathOf(ngo)))
		if got := c.Browser(nil).Get(path).Want(200); got.Body != string(pdf) {
			t.Errorf("%q", got.Body)
		}
		c.Browser(who).Post("/kk" + documentsOf(ngo) + "/" + path[len("/files/"):len("/files/")+26] + "/remove").Want(303)
		c.Browser(nil).Get(path).Want(404)
		c.Pass(49 * time.Hour)
		c.Must(c.Files.Sweep(c.Ctx()))
		store, err := blobs.Open(cfg.Files, cfg.FilesSecret)
		c.Must(err)
		for key := range store.Keys(c.Ctx()) {
			t.Errorf("%s is left", key)
		}
	})
}
