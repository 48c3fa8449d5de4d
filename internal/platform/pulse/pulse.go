// Package pulse notices a clock that jumped. What only time decides, such as the end of a vote,
// cannot be taken back; so it waits for the operator's word when the machine's clock says that
// the program has not run for longer than a city is ever out of service, or that time went
// backwards: that may be true, and it may be a dead battery or a wrong hand.
package pulse

import (
	"context"
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
)

//go:embed schema
var schemaFiles embed.FS

// Schema is the table of the pulse.
func Schema() storage.Schema {
	return storage.Schema{Module: "pulse", Files: embedded.Folder(schemaFiles, "schema")}
}

// Clock is the database's clock with a memory of when it was last seen.
type Clock struct {
	db  *storage.DB
	gap func() time.Duration
}

// New makes a Clock that doubts jumps longer than gap, in either direction.
func New(db *storage.DB, gap func() time.Duration) *Clock { return &Clock{db, gap} }

// State is what is known of the clock.
type State struct {
	Seen      time.Time // when the program last ran with a clock that was not doubted; zero: never
	DoubtedAt time.Time // what the clock said when it was first doubted; zero: it is not
}

// Beat notes that the program runs now. It returns the state after it.
func (c *Clock) Beat(ctx context.Context) (s State, err error) {
	err = c.db.Write(ctx, func(tx *storage.Tx) error {
		var found bool
		if s, found, err = read(tx); err != nil {
			return err
		}
		switch {
		case !found:
			s = State{Seen: tx.Now()}
			return insert(tx, s)
		case !s.DoubtedAt.IsZero():
			return nil
		case c.jumped(s, tx.Now()):
			s.DoubtedAt = tx.Now()
		default:
			s.Seen = tx.Now()
		}
		return update(tx, s)
	})
	return s, err
}

// Look tells the state as it is now: a jump is seen before the next beat too.
func (c *Clock) Look(tx *storage.Tx) (State, error) {
	s, found, err := read(tx)
	if err == nil && found && s.DoubtedAt.IsZero() && c.jumped(s, tx.Now()) {
		s.DoubtedAt = tx.Now()
	}
	return s, err
}

// Trusted reports whether what only time decides may be done.
func (c *Clock) Trusted(tx *storage.Tx) (bool, error) {
	s, err := c.Look(tx)
	return s.DoubtedAt.IsZero(), err
}

// Confirm takes the operator's word that the clock is right now.
func (c *Clock) Confirm(tx *storage.Tx) error { return update(tx, State{Seen: tx.Now()}) }

func (c *Clock) jumped(s State, now time.Time) bool { return now.Sub(s.Seen).Abs() > c.gap() }
