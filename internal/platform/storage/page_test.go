package storage_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Page by page a list shows every row once, whatever the size of a page, and says where it ends.
func TestPagesShowEveryRowOnce(t *testing.T) {
	storagetest.Each(t, nil, func(t *testing.T, db *storage.DB) {
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			_, err := tx.Exec("CREATE TABLE thing (no BIGINT PRIMARY KEY)")
			for no := 1; no <= 12 && err == nil; no++ {
				_, err = tx.Exec("INSERT INTO thing (no) VALUES ($1)", no)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for size, want := range map[int][]int{1: {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 4: {4, 4, 4}, 5: {5, 5, 2}, 11: {11, 1}, 12: {12}, 13: {12}} {
			var lengths, seen []int
			for before := 0; ; {
				page, last := storage.Page(below(t, db, before, size+1), size)
				lengths, seen = append(lengths, len(page)), append(seen, page...)
				if last == nil {
					break
				}
				before = *last
			}
			if !slices.Equal(lengths, want) || !slices.Equal(seen, []int{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) {
				t.Errorf("pages of %d: %v of lengths %v, want %v", size, seen, lengths, want)
			}
		}
	})
	if page, last := storage.Page([]int(nil), 3); len(page) != 0 || last != nil {
		t.Errorf("an empty list: %v, %v", page, last)
	}
}

// below reads the things with a number below the given one. The query also has an argument of
// its own.
func below(t *testing.T, db *storage.DB, before, limit int) (rows []int) {
	t.Helper()
	err := db.Read(context.Background(), func(tx *storage.Tx) (err error) {
		older, args := storage.Before([]any{0}, "no", before)
		rows, err = storage.All(tx, storage.Scalar[int], "SELECT no FROM thing WHERE no > $1 AND "+older+" ORDER BY no DESC LIMIT "+strconv.Itoa(limit), args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func FuzzPlace(f *testing.F) {
	for _, s := range []string{"", "1.2", "-5.0", "1.2.3", "9999999999999999999.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := storage.ParsePlace(s); ok {
			if again, ok := storage.ParsePlace(p.String()); !ok || again != p {
				t.Errorf("%q: %v, then %v", s, p, again)
			}
		}
	})
}
