package questions_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

// The process is killed while answers are handed in: whoever has a receipt finds what they handed in, with its hash.
func TestKilledProcessLosesNoFiling(t *testing.T) {
	const child = "BIRGE_TEST_QUESTIONS"
	if path := os.Getenv(child); path != "" {
		fileForEver(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "city.db")
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcessLosesNoFiling$")
	cmd.Env = append(os.Environ(), child+"="+path, "TMPDIR="+t.TempDir()) // what the killed child leaves goes with the test
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	receipts := map[int]string{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var i int
		var hash string
		if n, _ := fmt.Sscanf(lines.Text(), "receipt %d %s", &i, &hash); n == 2 {
			receipts[i] = hash
		}
		if len(receipts) == 40 {
			_ = cmd.Process.Kill() // once dead it cannot be killed again, which is as well
		}
	}
	if err := cmd.Wait(); err == nil || len(receipts) < 40 {
		t.Fatalf("the child ended by itself after %d filings: %v", len(receipts), err)
	}
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
