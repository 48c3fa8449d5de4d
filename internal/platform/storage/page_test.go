package storage_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"testing/fstest"

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

// Every row is visited once over the pages, and what a visit refuses ends the walk.
func TestWalk(t *testing.T) {
	pages := map[string][]int{"": {1, 2}, "b": {3}, "c": {4}}
	next := map[string]string{"": "b", "b": "c"}
	read := func(after string) ([]int, string, error) { return pages[after], next[after], nil }
	var got []int
	if err := storage.Walk(read, func(n int) error { got = append(got, n); return nil }); err != nil || !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Errorf("visited %v, %v", got, err)
	}
	stop := errors.New("enough")
	if err := storage.Walk(read, func(n int) error { return map[bool]error{true: stop}[n == 3] }); !errors.Is(err, stop) {
		t.Errorf("refused at 3: %v", err)
	}
}

// A value stored as JSON is read as it was, rows are numbered one behind the other, and what is no JSON is refused.
func TestJSONAndNumbers(t *testing.T) {
	schemas := []storage.Schema{{Module: "things", Files: fstest.MapFS{"0001_things.sql": {Data: []byte("CREATE TABLE things_thing (no BIGINT PRIMARY KEY, said TEXT NOT NULL);")}}}}
	storagetest.Each(t, schemas, func(t *testing.T, db *storage.DB) {
		type said struct {
			Words []string
			At    int
		}
		want := said{[]string{"Қала", `"?"`}, 7}
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			for number := int64(1); number <= 2; number++ {
				no, err := storage.Next(tx, "things_thing")
				if err != nil || no != number {
					t.Errorf("number %d, %v", no, err)
				}
				if _, err := tx.Exec("INSERT INTO things_thing (no, said) VALUES ($1, $2)", no, storage.AsJSON(want)); err != nil {
					return err
				}
			}
			got, err := storage.One(tx, storage.Into(func(s *said) []any { return []any{storage.JSON(s)} }), "SELECT said FROM things_thing WHERE no = 2")
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %v", got, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), func(tx *storage.Tx) error {
			_, err := tx.Exec("INSERT INTO things_thing (no, said) VALUES (3, $1)", storage.AsJSON(math.Inf(1)))
			return err
		})
		if err == nil {
			t.Error("what is no JSON was stored")
		}
	})
}
