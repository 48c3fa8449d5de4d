package citytest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// WantActs stops the test unless the public record's acts since the last call, or since the
// city's beginning, are of exactly these names in this order, and returns them.
func (c *City) WantActs(names ...string) []record.Recorded {
	c.T.Helper()
	acts := c.newActs()
	var got []string
	for _, a := range acts {
		got = append(got, a.Kind)
	}
	if !slices.Equal(got, names) {
		c.T.Fatalf("acts %v, want %v", got, names)
	}
	return acts
}

// SkipActs lets the next WantActs begin after all that has happened.
func (c *City) SkipActs() { c.T.Helper(); c.newActs() }

// newActs places what waits and returns the acts since the last call, the oldest first.
func (c *City) newActs() (out []record.Recorded) {
	c.T.Helper()
	c.place()
	for {
		a, found, err := storage.Found(c.Record.ByIndex(c.Ctx(), c.seen))
		c.Must(err)
		if !found {
			return out
		}
		out = append(out, a)
		c.seen++
	}
}

// place gives every act that waits its place in the record.
func (c *City) place() {
	c.T.Helper()
	for {
		n, err := c.Record.Sequence(c.Ctx())
		c.Must(err)
		if n == 0 {
			return
		}
	}
}

// Verified copies the public record as anybody may, checks the copy against itself and the
// pages, and returns what was found and all that the copy holds.
func (c *City) Verified() (proof.Report, string) {
	c.T.Helper()
	dir := filepath.Join(c.T.TempDir(), "copy")
	_, err := c.Record.Export(c.Ctx(), dir, nil)
	c.Must(err)
	report, err := proof.Verify(c.Ctx(), proof.Dir(dir), proof.Options{Now: c.DB.Now})
	c.Must(err)
	var files strings.Builder
	c.Must(fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		files.WriteString(path + "\n" + string(b))
		return err
	}))
	return report, files.String()
}
