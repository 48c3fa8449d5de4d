package storage

import "context"

// WriteInSteps works through what is too much for one transaction: step does some of what follows a place, and returns the place that it came to and
// whether more follows. Only a step that is committed moves the place, so one that is run again after a conflict with another writer begins
// where it began before: nobody is left out, and nobody comes twice. from is where the first step begins.
func WriteInSteps[Place any](ctx context.Context, db *DB, from Place, step func(tx *Tx, after Place) (to Place, more bool, err error)) error {
	for after, more := from, true; more; {
		var to Place
		err := db.Write(ctx, func(tx *Tx) (err error) {
			to, more, err = step(tx, after)
			return err
		})
		if err != nil {
			return err
		}
		after = to
	}
	return nil
}
