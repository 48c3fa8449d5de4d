package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Confined is the transaction for reading what allow lets through: it is asked about each query, and its error
// is the query's. Nothing can be changed in it.
func (tx *Tx) Confined(allow func(query string) error) *Tx {
	inner := *tx
	inner.q = confined{tx.q, allow}
	return &inner
}

type confined struct {
	querier
	allow func(query string) error
}

var errReadsAlone = errors.New("storage: nothing is changed in a confined transaction")

func (c confined) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, errReadsAlone
}

func (c confined) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := c.allow(query); err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, brief(query))
	}
	return c.querier.QueryContext(ctx, query, args...)
}
