package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Tx is one transaction. It carries the context, the clock and what to do after the commit.
type Tx struct {
	ctx      context.Context
	q        querier
	engine   Engine
	now      time.Time
	db       *DB // nil in a read
	topics   []string
	after    []func()
	touched  map[string]uint64 // the versions that topics get with the commit
	renewals []renewal
	held     []held // what Options.Locks noted
}

type querier interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// Context is the transaction's own context, the only one for what happens in it: it carries
// the values of the one that Read or Write was given, and the mark that a transaction is under
// way. In a Write it does not end with the request.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Now is the transaction's instant: the same for all that happens in it, to the millisecond.
func (tx *Tx) Now() time.Time { return tx.now.UTC().Truncate(time.Millisecond) }

// Engine tells which engine the transaction runs on, for the few statements that differ.
func (tx *Tx) Engine() Engine { return tx.engine }

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	tx.touchWritten(query)
	res, err := tx.q.ExecContext(tx.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%w (in %s)", err, brief(query))
	}
	return res.RowsAffected()
}

// ExecEach runs statements one after another, each with the same args.
func (tx *Tx) ExecEach(queries []string, args ...any) error {
	for _, query := range queries {
		if _, err := tx.Exec(query, args...); err != nil {
			return err
		}
	}
	return nil
}

// AfterCommit asks for f to be called once the transaction is on disk. f must be quick and
// must not use the database.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// committed tells this process of the change: first those who keep a copy of it, so that who
// sees the new version finds the copy renewed.
func (tx *Tx) committed() {
	for _, r := range tx.renewals {
		r.apply()
	}
	tx.db.versions.set(tx.touched)
	for _, f := range tx.after {
		f()
	}
}

// Each streams the rows of a query through scan. The sequence ends at the first error,
// which it yields. Nothing else may run on tx while it is being walked.
func Each[T any](tx *Tx, scan func(Row) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		tx.touchWritten(query) // INSERT … RETURNING asks too
		if tx.engine == PostgreSQL {
			query, args = literalLimits(query, args)
		}
		rows, err := tx.q.QueryContext(tx.ctx, query, args...)
		if err != nil {
			yield(zero, fmt.Errorf("%w (in %s)", err, brief(query)))
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				yield(zero, fmt.Errorf("%w (in %s)", err, brief(query)))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, fmt.Errorf("%w (in %s)", err, brief(query)))
		}
	}
}

// All collects the rows of a query. The query itself must bound how many there can be.
func All[T any](tx *Tx, scan func(Row) (T, error), query string, args ...any) ([]T, error) {
	var out []T
	for v, err := range Each(tx, scan, query, args...) {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Map collects a query of two columns, such as a name and a number, into a map.
func Map[K comparable, V any](tx *Tx, query string, args ...any) (map[K]V, error) {
	type pair struct {
		key   K
		value V
	}
	out := map[K]V{}
	for p, err := range Each(tx, Into(func(p *pair) []any { return []any{&p.key, &p.value} }), query, args...) {
		if err != nil {
			return nil, err
		}
		out[p.key] = p.value
	}
	return out, nil
}

// One returns the first row of a query, or an error of code civic.NotFound.
func One[T any](tx *Tx, scan func(Row) (T, error), query string, args ...any) (T, error) {
	for v, err := range Each(tx, scan, query, args...) {
		return v, err
	}
	var zero T
	return zero, civic.Fail(civic.NotFound, "web.not_found").Because(errNoRow{brief(query)})
}

type errNoRow struct{ query string }

func (e errNoRow) Error() string { return "no row (in " + e.query + ")" }

// Found turns the NotFound of One into a plain false.
func Found[T any](v T, err error) (T, bool, error) {
	if civic.CodeOf(err) == civic.NotFound && errors.As(err, new(errNoRow)) {
		return v, false, nil
	}
	return v, err == nil, err
}

// In writes "($3,$4,$5)" for three values that follow two earlier arguments and appends
// them to args. An empty list makes "(NULL)", which matches nothing.
func In[T any](args []any, values []T) (string, []any) {
	if len(values) == 0 {
		return "(NULL)", args
	}
	var b strings.Builder
	for i, v := range values {
		b.WriteByte("(,"[min(i, 1)])
		args = append(args, v)
		fmt.Fprintf(&b, "$%d", len(args))
	}
	return b.String() + ")", args
}

func brief(query string) string {
	s := strings.Join(strings.Fields(query), " ")
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return s
}

// Next is the number of a row to come: one more than the greatest column no of the table. The caller holds a lock under which all its rows
// are numbered, so that search documents are numbered in the order of time.
func Next(tx *Tx, table string) (int64, error) {
	return One(tx, Scalar[int64], "SELECT COALESCE(MAX(no), 0) + 1 FROM "+table)
}
