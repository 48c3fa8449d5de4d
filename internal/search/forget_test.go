package search_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// The words of what was taken out of the index, or is called otherwise now, are in no file of
// the database a day later; those of what is still there are, and find it.
func TestErasedWordsAreNotOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := newLibrary(t, filepath.Join(dir, "library.db"))
	l.put(book, 1, "kept", true, search.Text{Title: "Абырой", Rest: "qwertzuiop"})
	l.put(book, 2, "erased", true, search.Text{Title: "Абырой", Rest: "zyxwvutsrq"})
	l.put(book, 3, "changed", true, search.Text{Title: "Абырой", Rest: "jklmnbvcxy"})
	l.put(book, 3, "changed", true, search.Text{Title: "Абырой", Rest: "басқа"})
	l.Write(func(tx *storage.Tx) error { return l.Search.Remove(tx, book, 2) })
	l.Pass(25 * time.Hour)
	l.Jobs()
	l.expect(visitor, "абырой", "changed kept")
	l.expect(visitor, "qwertzuiop", "kept")
	l.Must(l.Close())
	kept := false
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	l.Must(err)
	for _, file := range files {
		b, err := os.ReadFile(file)
		l.Must(err)
		kept = kept || bytes.Contains(b, []byte("wertzuiop"))
		for _, word := range []string{"yxwvutsrq", "klmnbvcxy"} { // words that begin alike are kept without what they share
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%s still holds %q", filepath.Base(file), word)
			}
		}
	}
	if !kept {
		t.Error("the word that was kept is not there: the test looks in the wrong place")
	}
}
