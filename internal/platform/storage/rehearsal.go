package storage

import (
	"context"
	"errors"
)

type rehearsal struct{}

// Rehearsal is a context in which Write takes back what its function did, though it returns nil: to learn beforehand what an act would come
// to, or which error it would end with. What runs after a commit does not run.
func Rehearsal(ctx context.Context) context.Context {
	return context.WithValue(ctx, rehearsal{}, true)
}

func rehearsed(ctx context.Context) bool { is, _ := ctx.Value(rehearsal{}).(bool); return is }

var errTakenBack = errors.New("storage: a rehearsal is taken back")

func (db *DB) rehearse(ctx context.Context, fn func(*Tx) error) error {
	err := db.Write(context.WithValue(ctx, rehearsal{}, false), func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errTakenBack
	})
	if errors.Is(err, errTakenBack) {
		return nil
	}
	return err
}

type again struct{}

// Again is for tests: a context in which Write runs its function twice and takes back what the first run did, as it does after a conflict with
// another writer.
func Again(ctx context.Context) context.Context { return context.WithValue(ctx, again{}, true) }

func (db *DB) runAgain(ctx context.Context, fn func(*Tx) error) error {
	ctx = context.WithValue(ctx, again{}, false)
	if err := db.rehearse(ctx, fn); err != nil {
		return err
	}
	return db.Write(ctx, fn)
}
