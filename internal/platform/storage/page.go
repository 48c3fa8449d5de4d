package storage

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// A list is read page by page, and a page goes on behind the last row of the one before: the
// query is limited to one row more than a page has, and only whether that row is there tells
// whether another page follows.

// Page cuts rows, of which one more than size was asked for, to a page. last is the last row of
// the page, behind which the next begins, or nil when no other follows.
func Page[T any](rows []T, size int) (page []T, last *T) {
	if len(rows) <= size {
		return rows, nil
	}
	return rows[:size], &rows[size-1]
}

// Before writes the condition of a list with the greatest first that it goes on below value, such
// as "id < $2", and appends value to args. The zero value is none: the list begins at its top.
func Before[T comparable](args []any, column string, value T) (string, []any) {
	var none T
	if value == none {
		return "TRUE", args
	}
	args = append(args, value)
	return fmt.Sprintf("%s < $%d", column, len(args)), args
}

// Place is where a page of a list ends that is ordered by a number, such as an instant, and among
// rows with the same by their own number. The zero value is the beginning of the list.
type Place struct {
	key, no int64
	set     bool
}

// PlaceAt is the place of a row.
func PlaceAt(key, no int64) Place { return Place{key, no, true} }

// Key and No are the two numbers of a place; 0 at the beginning of a list.
func (p Place) Key() int64 { return p.key }

// No is the row's own number.
func (p Place) No() int64 { return p.no }

// String is what [ParsePlace] reads.
func (p Place) String() string {
	if !p.set {
		return ""
	}
	return fmt.Sprintf("%d.%d", p.key, p.no)
}

// ParsePlace reads a place; "" is the beginning.
func ParsePlace(s string) (Place, bool) {
	key, no, found := strings.Cut(s, ".")
	k, err1 := strconv.ParseInt(key, 10, 64)
	n, err2 := strconv.ParseInt(no, 10, 64)
	if !found || err1 != nil || err2 != nil {
		return Place{}, s == ""
	}
	return PlaceAt(k, n), true
}

// Behind writes the condition that a list in that order of two columns goes on behind the place, such
// as "(a, b) > ($2, $3)", and appends the place to args.
func (p Place) Behind(args []any, key, no string, descending bool) (string, []any) {
	if !p.set {
		return "TRUE", args
	}
	compare := ">"
	if descending {
		compare = "<"
	}
	args = append(args, p.key, p.no)
	return fmt.Sprintf("(%s, %s) %s ($%d, $%d)", key, no, compare, len(args)-1, len(args)), args
}

// ReadPage reads a page of a list, and what is shown of its rows, in one transaction. find gives the rows and the cursor of the next page, "" on the last.
func ReadPage[T, S any](ctx context.Context, db *DB, find func(*Tx) ([]T, string, error), show func(*Tx, []T) ([]S, error)) (shown []S, next string, err error) {
	err = db.Read(ctx, func(tx *Tx) error {
		rows, after, err := find(tx)
		if err != nil {
			return err
		}
		next = after
		shown, err = show(tx, rows)
		return err
	})
	return shown, next, err
}

// Walk visits all rows of a list, page by page, so that a reader who is slow holds no long transaction. page gives the rows behind a
// cursor, "" for the first, and the cursor of the next page, "" on the last.
func Walk[T any](page func(after string) ([]T, string, error), visit func(T) error) error {
	for after := ""; ; {
		rows, next, err := page(after)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := visit(row); err != nil {
				return err
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
}
