package ledger_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// The process is killed while it books: whatever it has acknowledged is there whole, nothing is there in part, and the job that runs
// again after the restart books nothing twice.
func TestKilledProcessLosesNoMoney(t *testing.T) {
	booked := map[int]civic.ID{}
	path := citytest.Killed(t, 60, func(path string) { payForEver(t, path) }, func(line string) bool {
		var i int
		var id civic.ID
		n, _ := fmt.Sscanf(line, "booked %d %s", &i, &id)
		if n == 2 {
			booked[i] = id
		}
		return n == 2
	})
	c := citytest.Open(t, path, app.Config{})
	c.Write(func(tx *storage.Tx) error {
		for i, id := range booked {
			p, err := ledger.Post(tx, payment(i))
			if err != nil || p.ID != id || len(p.Entries) != 3 {
				t.Errorf("payment %d: %+v, %v", i, p, err)
			}
		}
		odd, err := storage.All(tx, storage.Scalar[int64], `SELECT t.no FROM ledger_transfer t LEFT JOIN ledger_entry e ON e.transfer = t.no
			GROUP BY t.no HAVING SUM(e.amount) <> 0 OR COUNT(e.amount) < 2`)
		if len(odd) > 0 {
			t.Errorf("%v are there in part", odd)
		}
		return err
	})
}

// payment is of ten, of which one goes to the bank.
func payment(i int) ledger.Transfer {
	return ledger.Transfer{Once: fmt.Sprint("pay:", i), What: "test.paid", About: of(i), Entries: []ledger.Entry{
		{Account: pool, Amount: -10}, {Account: paid(i), Amount: 9}, {Account: ledger.Party(book, "bank", nobody), Amount: 1},
	}}
}

func payForEver(t *testing.T, path string) {
	c := citytest.Open(t, path, app.Config{})
	_, err := post(c, ledger.Move("fund", "test.funded", book, funder, pool, ledger.Most))
	c.Must(err)
	for i := 0; ; i++ {
		p, err := post(c, payment(i))
		c.Must(err)
		fmt.Println("booked", i, p.ID)
	}
}
