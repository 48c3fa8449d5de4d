package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var (
	book   = civic.Ref{Kind: "test.call", ID: "one"}
	nobody = civic.Ref{}
	funder = ledger.Party(book, "funder", nobody)
	pool   = ledger.Purse(book, "pool", nobody)
)

func of(i int) civic.Ref { return civic.Ref{Kind: "test.application", ID: civic.ID(fmt.Sprint(i))} }

func reserved(i int) ledger.Account { return ledger.Purse(book, "reserved", of(i)) }
func paid(i int) ledger.Account     { return ledger.Party(book, "paid", of(i)) }

func post(c *citytest.City, t ledger.Transfer) (p ledger.Posted, err error) {
	return p, c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
		p, err = ledger.Post(tx, t)
		return err
	})
}

func balance(c *citytest.City, a ledger.Account) (m civic.Money) {
	c.Read(func(tx *storage.Tx) (err error) {
		m, err = ledger.Balance(tx, a)
		return err
	})
	return m
}

func wantSums(c *citytest.City, want map[string]civic.Money) {
	c.T.Helper()
	c.Read(func(tx *storage.Tx) error {
		all, err := ledger.Balances(tx, book)
		var total civic.Money
		for _, s := range all {
			total += s.Amount
			if name := strings.TrimSpace(s.Account.Name + " " + string(s.Account.About.ID)); want[name] != s.Amount {
				c.T.Errorf("%s: %s, want %s", name, s.Amount, want[name])
			}
		}
		if total != 0 || len(all) != len(want) {
			c.T.Errorf("%d accounts, which sum to %s", len(all), total)
		}
		return err
	})
}

// Money comes in, is reserved, is paid in part, what was paid wrongly comes back: every figure is a sum, and the mistake stays to be seen.
func TestAGrantIsPaid(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		steps := []ledger.Transfer{
			ledger.Move("fund", "test.funded", book, funder, pool, 1000*civic.Tenge),
			ledger.Move("award:1", "test.awarded", of(1), pool, reserved(1), 600*civic.Tenge),
			ledger.Move("pay:1", "test.paid", of(1), reserved(1), paid(1), 25_050),
		}
		var last ledger.Posted
		for _, s := range steps {
			var err error
			last, err = post(c, s)
			c.Must(err)
		}
		wantSums(c, map[string]civic.Money{"funder": -100_000, "pool": 40_000, "reserved 1": 34_950, "paid 1": 25_050})

		again, err := post(c, steps[2]) // the worker was killed after the commit, and does its job again
		c.Must(err)
		if again.ID != last.ID {
			t.Errorf("paid twice: %s and %s", again.ID, last.ID)
		}
		_, err = post(c, ledger.Move("pay:1", "test.paid", of(1), reserved(1), paid(1), 25_051))
		c.Refused(err, civic.Conflict)
		_, err = post(c, ledger.Move("award:2", "test.awarded", of(2), pool, reserved(2), 40_001))
		c.Refused(err, civic.Conflict)
		wantSums(c, map[string]civic.Money{"funder": -100_000, "pool": 40_000, "reserved 1": 34_950, "paid 1": 25_050})

		var undone, twice ledger.Posted
		c.Write(func(tx *storage.Tx) (err error) {
			if undone, err = ledger.Undo(tx, last.ID, "undo:pay:1", "test.paid_wrongly"); err == nil {
				twice, err = ledger.Undo(tx, last.ID, "undo:pay:1", "test.paid_wrongly")
			}
			return err
		})
		if undone.ID != twice.ID || undone.Undoes != last.ID {
			t.Errorf("%+v\n%+v", undone, twice)
		}
		for id, once := range map[civic.ID]string{last.ID: "undo:pay:1:again", undone.ID: "undo:undo"} {
			c.Refused(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { _, err := ledger.Undo(tx, id, once, "test.undone"); return err }), civic.Conflict)
		}
		c.Refused(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { _, err := ledger.Undo(tx, "none", "x", "test.undone"); return err }), civic.NotFound)
		wantSums(c, map[string]civic.Money{"funder": -100_000, "pool": 40_000, "reserved 1": 60_000, "paid 1": 0})

		c.Read(func(tx *storage.Tx) error {
			lines, err := ledger.Statement(tx, reserved(1), 0, 2)
			c.Must(err)
			older, err := ledger.Statement(tx, reserved(1), lines[1].No, 2)
			c.Must(err)
			var got []string
			for _, l := range append(lines, older...) {
				got = append(got, fmt.Sprintf("%s %s %v", l.What, l.Amount, l.Undone != ""))
			}
			if want := "test.paid_wrongly 250.50 false; test.paid -250.50 true; test.awarded 600 false"; strings.Join(got, "; ") != want {
				t.Errorf("%v", got)
			}
			whole, err := ledger.ByID(tx, last.ID)
			if len(whole.Entries) != 2 || whole.Entries[0].Amount != -25_050 || !whole.At.Equal(c.Now()) {
				t.Errorf("%+v", whole)
			}
			return err
		})
	})
}

// Fifty take from a pool that is enough for twenty: twenty get it, on whichever engine, and nothing is left or lost.
func TestAPoolIsNotOverdrawnByMany(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		_, err := post(c, ledger.Move("fund", "test.funded", book, funder, pool, 20*civic.Tenge))
		c.Must(err)
		var got, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				switch _, err := post(c, ledger.Move(fmt.Sprint("award:", i), "test.awarded", of(i), pool, reserved(i), civic.Tenge)); civic.CodeOf(err) {
				case civic.Conflict:
					refused.Add(1)
				case "":
					if err == nil {
						got.Add(1)
						return
					}
					t.Error(err)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got.Load() != 20 || refused.Load() != 30 || balance(c, pool) != 0 {
			t.Errorf("%d got it, %d were refused, %s is left", got.Load(), refused.Load(), balance(c, pool))
		}

		var ids sync.Map // the same payment by many at once is one
		for range 20 {
			wg.Go(func() {
				p, err := post(c, ledger.Move("more", "test.funded", book, funder, pool, civic.Tenge))
				if err != nil {
					t.Error(err)
				}
				ids.Store(p.ID, true)
			})
		}
		wg.Wait()
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		if n != 1 || balance(c, pool) != civic.Tenge {
			t.Errorf("%d transfers, %s in the pool", n, balance(c, pool))
		}
	})
}

// Whatever is posted and undone, every transfer sums to zero, no purse is below zero, and the balances are those of a plain
// account book kept beside.
func TestRandomMoneyStaysWhole(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		r := rand.New(rand.NewPCG(18, 4))
		accounts := []ledger.Account{funder, pool, reserved(1), reserved(2), paid(1), paid(2)}
		beside := make([]civic.Money, len(accounts))
		type done struct {
			id      civic.ID
			amounts []civic.Money
		}
		var posted []done
		fits := func(amounts []civic.Money) bool {
			for i, a := range amounts {
				if a < 0 && !accounts[i].Party && beside[i]+a < 0 {
					return false
				}
			}
			return true
		}
		add := func(amounts []civic.Money) {
			for i, a := range amounts {
				beside[i] += a
			}
		}
		for step := range 150 {
			if len(posted) > 0 && r.IntN(5) == 0 {
				i := r.IntN(len(posted))
				back := make([]civic.Money, len(accounts))
				for k, a := range posted[i].amounts {
					back[k] = -a
				}
				err := c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
					_, err := ledger.Undo(tx, posted[i].id, fmt.Sprint("undo:", i, ":", step), "test.undone")
					return err
				})
				if fits(back) != (err == nil) {
					t.Fatalf("step %d: %v", step, err)
				}
				if err == nil {
					add(back)
					posted = append(posted[:i], posted[i+1:]...)
				}
				continue
			}
			amounts := make([]civic.Money, len(accounts))
			tr := ledger.Transfer{Once: fmt.Sprint(step), What: "test.moved", About: of(step)}
			var sum civic.Money
			order := r.Perm(len(accounts))[:2+r.IntN(3)]
			for k, i := range order {
				amounts[i] = civic.Money(r.IntN(2000) - 900)
				if k == len(order)-1 {
					amounts[i] = -sum
				}
				if amounts[i] == 0 {
					amounts[i] = 1
				}
				sum += amounts[i]
				tr.Entries = append(tr.Entries, ledger.Entry{Account: accounts[i], Amount: amounts[i]})
			}
			p, err := post(c, tr)
			if want := sum == 0 && fits(amounts); want != (err == nil) {
				t.Fatalf("step %d: %v, sum %d", step, err, sum)
			}
			if err == nil {
				add(amounts)
				posted = append(posted, done{p.ID, amounts})
			}
		}
		for i, a := range accounts {
			if got := balance(c, a); got != beside[i] || got < 0 && !a.Party {
				t.Errorf("%s: %s, want %s", a.Name, got, beside[i])
			}
		}
		c.Read(func(tx *storage.Tx) error {
			odd, err := storage.All(tx, storage.Scalar[int64], "SELECT transfer FROM ledger_entry GROUP BY transfer HAVING SUM(amount) <> 0")
			if len(odd) > 0 || len(posted) == 0 {
				t.Errorf("%d transfers are whole, %v do not sum to zero", len(posted), odd)
			}
			c.Must(err)
			wrong, err := storage.All(tx, storage.Scalar[int64], `SELECT e.transfer FROM ledger_entry e
				WHERE e.left_after <> (SELECT SUM(b.amount) FROM ledger_entry b WHERE b.account_no = e.account_no AND b.transfer <= e.transfer)`)
			if len(wrong) > 0 {
				t.Errorf("after the transfers %v something else is said to be left than the entries sum to", wrong)
			}
			return err
		})
	})
}

// A program that posts nonsense is told, and nothing of it is kept.
func TestNonsenseIsNotPosted(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		other := ledger.Purse(civic.Ref{Kind: "test.call", ID: "two"}, "pool", nobody)
		_, err := post(c, ledger.Move("fund", "test.funded", book, funder, pool, 100))
		c.Must(err)
		for name, tr := range map[string]ledger.Transfer{
			"no sum of zero":          {Once: "a", What: "test.x", About: book, Entries: []ledger.Entry{{Account: funder, Amount: -1}, {Account: pool, Amount: 2}}},
			"nothing":                 ledger.Move("b", "test.x", book, funder, pool, 0),
			"too much":                ledger.Move("c", "test.x", book, funder, pool, ledger.Most+1),
			"another book":            ledger.Move("d", "test.x", book, funder, other, 1),
			"to itself":               ledger.Move("e", "test.x", book, funder, funder, 1),
			"no once":                 ledger.Move("", "test.x", book, funder, pool, 1),
			"no what":                 ledger.Move("f", "", book, funder, pool, 1),
			"about nothing":           ledger.Move("g", "test.x", nobody, funder, pool, 1),
			"one entry":               {Once: "h", What: "test.x", About: book, Entries: []ledger.Entry{{Account: funder, Amount: 1}}},
			"a purse that is a party": ledger.Move("i", "test.x", book, ledger.Purse(book, "funder", nobody), pool, 1),
		} {
			if _, err := post(c, tr); err == nil || civic.CodeOf(err) != "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantSums(c, map[string]civic.Money{"funder": -100, "pool": 100})
	})
}

// Nothing that was booked is ever changed or removed.
func TestTheStoreOnlyAppends(t *testing.T) {
	store, err := os.ReadFile("store.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(store), "const columns")
	for _, verb := range []string{"UPDATE", "DELETE", "REPLACE", "TRUNCATE"} {
		if strings.Contains(strings.ToUpper(code), verb) {
			t.Errorf("the ledger has a statement with %s", verb)
		}
	}
}
