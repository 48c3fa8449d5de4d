package ledger_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// BenchmarkLedger books from, and adds up, a pool from which a hundred and a hundred thousand payments were made.
func BenchmarkLedger(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		c := citytest.Open(b, filepath.Join(b.TempDir(), "city.db"), app.Config{})
		if _, err := post(c, ledger.Move("fund", "test.funded", book, funder, pool, ledger.Most)); err != nil {
			b.Fatal(err)
		}
		c.Write(func(tx *storage.Tx) error {
			var transfers, entries [][]any
			for i := range n {
				no := int64(i + 10)
				transfers = append(transfers, []any{no, fmt.Sprint("id", i), book.String(), fmt.Sprint("old:", i), "test.paid", of(i).String(), int64(0)})
				got := int64(i+1) * 10
				entries = append(entries, []any{no, int64(1), int64(10), got - int64(ledger.Most)}, []any{no, int64(2), int64(-10), int64(ledger.Most) - got})
			}
			if err := tx.Insert("ledger_transfer (no, id, book, once, what, about, at)", transfers); err != nil {
				return err
			}
			return tx.Insert("ledger_entry (transfer, account_no, amount, left_after)", entries)
		})
		b.Run(fmt.Sprint("balance/", n), func(b *testing.B) {
			for b.Loop() {
				balance(c, pool)
			}
		})
		b.Run(fmt.Sprint("statement/", n), func(b *testing.B) {
			for b.Loop() {
				c.Read(func(tx *storage.Tx) error { _, err := ledger.Statement(tx, pool, 0, 50); return err })
			}
		})
		i := 0
		b.Run(fmt.Sprint("post/", n), func(b *testing.B) {
			for b.Loop() {
				i++
				if _, err := post(c, ledger.Move(fmt.Sprint("new:", i), "test.paid", of(i), pool, paid(i%7), 1)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
