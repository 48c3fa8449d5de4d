package initiatives_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A child process lets people sign as fast as it can, folds now and then, and reports each signature. It is killed in the middle (SIGKILL).
// After reopening, every signature that it reported is there, and what is counted and what waits to be counted come to all of them.
func TestKilledProcessLosesNoSignature(t *testing.T) {
	signers := map[civic.ID]bool{}
	path := citytest.Killed(t, 60, func(path string) { signForEver(t, path) }, func(line string) bool {
		var id civic.ID
		n, _ := fmt.Sscanf(line, "signed %s", &id)
		if n == 1 {
			signers[id] = true
		}
		return n == 1
	})
	db, err := storage.Open(t.Context(), path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *storage.Tx) error {
		for id := range signers {
			n, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM initiatives_signature WHERE signer = $1 AND state = 'signed'", id)
			if err != nil || n != 1 {
				t.Errorf("%s: %d, %v", id, n, err)
			}
		}
		of := func(query string) int64 {
			n, err := storage.One(tx, storage.Scalar[int64], query)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		rows, counted, waits := of("SELECT COUNT(*) FROM initiatives_signature"), of("SELECT COALESCE(SUM(signed), 0) FROM initiatives_count"), of("SELECT COALESCE(SUM(delta), 0) FROM initiatives_change")
		if rows != counted+waits || rows < int64(len(signers)) {
			t.Errorf("%d signatures, %d counted and %d waiting, %d reported", rows, counted, waits, len(signers))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func signForEver(t *testing.T, path string) {
	c := citytest.Open(t, path, app.Config{Capabilities: []capability.Capability{Capability()}})
	w := open(c)
	c.Set("initiatives.joinder_people", 10_000)
	id, key := w.gathering()
	for n := 0; ; n++ {
		p := c.Resident(civic.Russian)
		_, err := w.Sign(c.Ctx(), p.Actor, id, key, Signing{Name: "Арман Касымов"})
		c.Must(err)
		fmt.Println("signed", p.Account)
		if n%10 == 9 {
			c.Must(w.Fold(c.Ctx()))
		}
	}
}
