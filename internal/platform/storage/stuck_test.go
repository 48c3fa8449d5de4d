package storage

import (
	"testing"
	"time"
)

// One change that keeps all others waiting for longer than the greatest import takes is told of, though reading goes on.
func TestAChangeWithoutEnd(t *testing.T) {
	db, err := Open(t.Context(), t.TempDir()+"/city.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		since time.Duration
		stuck bool
	}{{stuckFor - time.Minute, false}, {stuckFor + time.Minute, true}} {
		db.changing.Store(time.Now().Add(-c.since).UnixMilli())
		if err := db.Stuck(t.Context()); (err != nil) != c.stuck {
			t.Errorf("under way for %v: %v", c.since, err)
		}
	}
}
