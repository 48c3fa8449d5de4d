package appeals_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	const child = "BIRGE_TEST_APPEALS"
	if path := os.Getenv(child); path != "" {
		fileForEver(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "city.db")
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcessLosesNoAppeal$")
	cmd.Env = append(os.Environ(), child+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	receipts := map[civic.ID]int{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var id civic.ID
		var serial int
		if n, _ := fmt.Sscanf(lines.Text(), "receipt %s %d", &id, &serial); n == 2 {
			receipts[id] = serial
		}
		if len(receipts) == 60 {
			_ = cmd.Process.Kill() // once dead it cannot be killed again, which is as well
		}
	}
	if err := cmd.Wait(); err == nil || len(receipts) < 60 {
		t.Fatalf("the child ended by itself after %d appeals: %v", len(receipts), err)
	}
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
