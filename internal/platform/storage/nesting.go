package storage

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
)

// ErrNested is returned for a transaction begun inside another of the same database. It would
// wait for a second connection while it holds the first: once every connection is held by
// somebody who waits like that, all wait for ever. Functions that are called in a transaction
// take the *Tx, and use that.
var ErrNested = errors.New("storage: a transaction was begun inside another of the same database: pass the first one on")

// nesting finds transactions inside transactions: by the mark that the context of a
// transaction carries and, where tell is set, as in tests, by the goroutine. In production a function
// that took the request's context into a transaction would pass unseen: a test of the sources finds those.
type nesting struct {
	tell       func(error)
	goroutines sync.Map // string → struct{}: those that run a transaction
}

type mark struct{ db *DB }

// inside marks the context of a transaction.
func inside(ctx context.Context, db *DB) context.Context {
	return context.WithValue(ctx, mark{db}, true)
}

func (n *nesting) refuse(ctx context.Context, db *DB) error {
	nested := ctx.Value(mark{db}) != nil
	if !nested && n.tell != nil {
		_, nested = n.goroutines.Load(goroutine())
	}
	if !nested {
		return nil
	}
	if n.tell != nil {
		n.tell(ErrNested)
	}
	return ErrNested
}

// enter notes that this goroutine runs a transaction, until leave. SQLite's writer always does.
func (n *nesting) enter() (leave func()) {
	if n.tell == nil {
		return func() {}
	}
	id := goroutine()
	n.goroutines.Store(id, struct{}{})
	return func() { n.goroutines.Delete(id) }
}

// goroutine names the one that runs. The runtime tells it in the first line of a stack only,
// "goroutine 7 [running]:", and does not mean programs to build on it: so tests alone do.
func goroutine() string {
	var b [64]byte
	line := b[:runtime.Stack(b[:], false)]
	return string(bytes.Fields(line)[1])
}
