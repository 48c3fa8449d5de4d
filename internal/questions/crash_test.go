package questions_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

// The process is killed while answers are handed in: whoever has a receipt finds what they handed in, with its hash.
func TestKilledProcessLosesNoFiling(t *testing.T) {
	receipts := map[int]string{}
	path := citytest.Killed(t, 40, func(path string) { fileForEver(t, path) }, func(line string) bool {
		var i int
		var hash string
		n, _ := fmt.Sscanf(line, "receipt %d %s", &i, &hash)
		if n == 2 {
			receipts[i] = hash
		}
		return n == 2
	})
	c := citytest.Open(t, path, app.Config{})
	c.Read(func(tx *storage.Tx) error {
		for i, hash := range receipts {
			about := application(fmt.Sprint(i))
			f, err := questions.FilingOf(tx, about, 1)
			s, failed := questions.Of(tx, about)
			if err != nil || failed != nil || f.Hash != hash || s.Open || f.Answers["title"][0] != fmt.Sprint("Title ", i) {
				t.Errorf("application %d: %+v, %v %v", i, f, err, failed)
			}
		}
		return nil
	})
}

func fileForEver(t *testing.T, path string) {
	c := citytest.Open(t, path, app.Config{})
	frozen(c, call, form())
	for i := 0; ; i++ {
		about := application(fmt.Sprint(i))
		begin(c, call, about)
		_, err := save(c, about, "title", 0, fmt.Sprint("Title ", i))
		c.Must(err)
		f, err := file(c, about)
		c.Must(err)
		fmt.Println("receipt", i, f.Hash)
	}
}
