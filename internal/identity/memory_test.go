package identity_test

import (
	"bufio"
	"fmt"
	"os"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/memorytest"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// A roll of a million people. The country's largest city has twice as many.
func TestARollKeepsToItsMemory(t *testing.T) {
	memorytest.Within(t, func(f *os.File) error {
		b := bufio.NewWriter(f)
		b.WriteString("hash\n") // it keeps its error until Flush
		for i := range 800_000 {
			fmt.Fprintf(b, "%064x\n", i)
		}
		return b.Flush()
	}, func(t *testing.T, path string) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		c := citytest.Open(t, storagetest.SQLite(t), app.Config{})
		report, err := c.Identity.ImportRoll(c.Ctx(), f, info.Size(), tables.Options{}, false, nil)
		if err != nil || report.Added != 800_000 {
			t.Errorf("%+v, %v", report, err)
		}
	})
}
