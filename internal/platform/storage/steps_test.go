package storage_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Work in steps comes to each row once, also when every transaction is run twice; after an error it is where its last step was committed.
func TestWriteInSteps(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		rows := []int64{1, 2, 3, 4, 5, 6, 7}
		wrong := errors.New("wrong")
		for _, each := range []struct {
			name  string
			ctx   context.Context
			fails int64 // at this row
			want  int64 // rows that were written
		}{{"once", t.Context(), 0, 7}, {"again", storage.Again(t.Context()), 0, 7}, {"an error", storage.Again(t.Context()), 6, 4}} {
			err := storage.WriteInSteps(each.ctx, db, 0, func(tx *storage.Tx, after int64) (int64, bool, error) {
				some := rows[after:min(after+2, int64(len(rows)))]
				for _, n := range some {
					if n == each.fails {
						return after, false, wrong
					}
					if err := insert(tx, each.name+string(rune('0'+n)), n); err != nil { // a second time is refused
						return after, false, err
					}
				}
				return after + int64(len(some)), len(some) == 2, nil
			})
			if (err != nil) != (each.fails != 0) || err != nil && !errors.Is(err, wrong) {
				t.Errorf("%s: %v", each.name, err)
			}
			var got []int64
			err = db.Write(t.Context(), func(tx *storage.Tx) (err error) {
				if got, err = storage.All(tx, storage.Scalar[int64], "SELECT n FROM thing ORDER BY n"); err == nil {
					_, err = tx.Exec("DELETE FROM thing")
				}
				return err
			})
			if err != nil || !slices.Equal(got, rows[:each.want]) {
				t.Errorf("%s: %v of %v, %v", each.name, got, rows[:each.want], err)
			}
		}
	})
}
