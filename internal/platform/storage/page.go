package storage

import "fmt"

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
