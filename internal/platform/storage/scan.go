package storage

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Row is one row of a result.
type Row interface{ Scan(dest ...any) error }

// Into makes the scan function of a type from the list of places that a row's columns go to,
// in the order of the SELECT:
//
//	var scanDay = storage.Into(func(d *Day) []any { return []any{&d.Date, &d.Working, &d.Note} })
//
// It is the one way to scan: in `return v, r.Scan(&v.X)` the language leaves open whether v is
// copied before it is filled. A column that is not kept like its field goes through [Instant],
// [JSON] or [Optional].
func Into[T any](places func(v *T) []any) func(Row) (T, error) {
	return func(r Row) (T, error) {
		var v T
		err := r.Scan(places(&v)...)
		return v, err
	}
}

// Scalar is the scan function of queries with one column.
func Scalar[T any](r Row) (T, error) {
	var v T
	err := r.Scan(&v)
	return v, err
}

// Instant is the place of a column that holds what [Millis] made.
func Instant(t *time.Time) sql.Scanner { return (*instant)(t) }

type instant time.Time

func (i *instant) Scan(column any) error {
	ms, ok := column.(int64)
	if !ok {
		return fmt.Errorf("an instant is stored as %T", column)
	}
	*i = instant(Time(ms))
	return nil
}

// Ref is the place of a reference, "" for none. A text that is none becomes the ID of one without a kind: then it is
// no reference to anything, and whoever compares it with the record sees that it was changed.
func Ref(r *civic.Ref) sql.Scanner { return (*ref)(r) }

type ref civic.Ref

func (r *ref) Scan(column any) error {
	text, ok := column.(string)
	if !ok {
		return fmt.Errorf("references are stored as %T", column)
	}
	found, known := civic.ParseRef(text)
	if !known {
		found = civic.Ref{ID: civic.ID(text)}
	}
	*r = ref(found)
	return nil
}

// JSON is the place of a column that holds JSON, in text or bytes.
func JSON[T any](v *T) sql.Scanner { return jsonColumn[T]{v} }

type jsonColumn[T any] struct{ v *T }

func (j jsonColumn[T]) Scan(column any) error {
	switch text := column.(type) {
	case string:
		return json.Unmarshal([]byte(text), j.v)
	case []byte:
		return json.Unmarshal(text, j.v)
	}
	return fmt.Errorf("JSON is stored as %T", column)
}

// AsJSON is an argument that is stored as JSON in text, which [JSON] reads.
func AsJSON(v any) driver.Valuer { return jsonValue{v} }

type jsonValue struct{ v any }

func (j jsonValue) Value() (driver.Value, error) {
	text, err := json.Marshal(j.v)
	return string(text), err
}

// Optional is the place of a column that may be NULL, which leaves the zero value.
func Optional[T any](v *T) sql.Scanner { return optional[T]{v} }

type optional[T any] struct{ v *T }

func (o optional[T]) Scan(column any) error {
	var n sql.Null[T]
	err := n.Scan(column)
	*o.v = n.V
	return err
}
