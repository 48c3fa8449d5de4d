package sponsorship_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	. "github.com/birge-kz/birge/internal/sponsorship"
)

// The process is killed while it reads statements and books their lines: a statement is there with all of its lines or with none, what was
// acknowledged is in the book, and the book balances with the ledger.
func TestKilledWhileReading(t *testing.T) {
	booked := map[civic.ID]bool{}
	cfg := app.Config{Capabilities: []capability.Capability{Capability()}}
	path := citytest.Killed(t, 40, func(path string) { readForEver(t, path, cfg) }, func(line string) bool {
		var id civic.ID
		n, _ := fmt.Sscanf(line, "booked %s", &id)
		if n == 1 {
			booked[id] = true
		}
		return n == 1
	})
	c := citytest.Open(t, path, cfg)
	town := &town{City: c, Service: citytest.Service[*Service](c)}
	var campaign civic.ID
	var sum int64
	c.Read(func(tx *storage.Tx) (err error) {
		if campaign, err = storage.One(tx, storage.Scalar[civic.ID], "SELECT id FROM sponsorship_campaign"); err != nil {
			return err
		}
		if sum, err = storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(SUM(amount), 0) FROM sponsorship_row"); err != nil {
			return err
		}
		odd, err := storage.All(tx, storage.Scalar[civic.ID], "SELECT s.id FROM sponsorship_statement s WHERE s.fresh <> (SELECT COUNT(*) FROM sponsorship_line l WHERE l.statement = s.id)")
		if err != nil || len(odd) > 0 {
			t.Errorf("%v are there in part, %v", odd, err)
		}
		lost, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM sponsorship_line l WHERE l.state = 'booked' AND NOT EXISTS (SELECT 1 FROM sponsorship_row r WHERE r.line = l.id)")
		if lost > 0 {
			t.Errorf("%d lines are booked without a row", lost)
		}
		for id := range booked {
			n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM sponsorship_row WHERE line = $1", id)
			if err != nil || n != 1 {
				t.Errorf("the line %s has %d rows, %v", id, n, err)
			}
		}
		return err
	})
	town.balancedSum(campaign, civic.Money(sum))
}

func readForEver(t *testing.T, path string, cfg app.Config) {
	c := citytest.Open(t, path, cfg)
	town := open(c)
	id := town.campaign(KeepsWhatCame)
	for i := 0; ; i++ {
		lines := town.read(move{int64(1 + i*3), "А", "x"}, move{int64(2 + i*3), "Б", "y"}, move{int64(3 + i*3), "В", "z"})
		for _, line := range lines {
			c.Must(town.Settle(c.Ctx(), town.boss.Actor, line, Answer{Meaning: AsWalkIn, Of: id}))
			fmt.Println("booked", line)
		}
	}
}
