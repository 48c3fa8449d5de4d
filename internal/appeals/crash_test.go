package appeals_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A child process files appeals as fast as it can and reports each receipt. It is killed in the middle (SIGKILL). After reopening, every
// appeal that it reported is there with its number, and its body owes an answer.
func TestKilledProcessLosesNoAppeal(t *testing.T) {
	receipts := map[civic.ID]int{}
	path := citytest.Killed(t, 60, func(path string) { fileForEver(t, path) }, func(line string) bool {
		var id civic.ID
		var serial int
		n, _ := fmt.Sscanf(line, "receipt %s %d", &id, &serial)
		if n == 2 {
			receipts[id] = serial
		}
		return n == 2
	})
	db, err := storage.Open(t.Context(), path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *storage.Tx) error {
		for id, serial := range receipts {
			owed, err := storage.One(tx, storage.Scalar[int], `SELECT COUNT(*) FROM appeals_appeal a JOIN appeals_case c ON c.appeal = a.id JOIN answers_obligation o ON o.id = c.obligation
				WHERE a.id = $1 AND a.serial = $2`, id, serial)
			if err != nil || owed != 1 {
				t.Errorf("%s, number %d: %d, %v", id, serial, owed, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func fileForEver(t *testing.T, path string) {
	c := citytest.Open(t, path, app.Config{Capabilities: []capability.Capability{Capability()}})
	to, s := pit, citytest.Service[*Service](c)
	to.Wished = c.Body("Әкімдік")
	for {
		a, err := s.File(c.Ctx(), civic.Actor{Account: civic.NewID(c.Now()), Assurance: civic.EmailConfirmed}, to, "", civic.Russian)
		c.Must(err)
		fmt.Println("receipt", a.ID, a.Serial)
	}
}
