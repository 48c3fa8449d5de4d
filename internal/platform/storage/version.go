package storage

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// versions knows, without asking the database, how often each topic changed. Pages are
// cached by the versions of what they show.
type versions struct {
	topics sync.Map // string → *atomic.Uint64
}

// Version tells how often the topic changed, as far as this process knows: at once for its
// own changes, within the period of WatchVersions for those of others.
func (db *DB) Version(topic string) uint64 {
	if v, ok := db.versions.topics.Load(topic); ok {
		return v.(*atomic.Uint64).Load()
	}
	return 0
}

func (v *versions) set(touched map[string]uint64) {
	for topic, n := range touched {
		known, _ := v.topics.LoadOrStore(topic, new(atomic.Uint64))
		at := known.(*atomic.Uint64)
		for old := at.Load(); old < n && !at.CompareAndSwap(old, n); old = at.Load() {
		}
	}
}

// Touch notes that what is shown under the topics changes with this transaction. Topics are
// few and coarse ("organisations", "consultation:ID"). Never touch one for every vote: that
// is one hot row for all voters; touch it when the votes are folded into totals.
func (tx *Tx) Touch(topics ...string) { tx.topics = append(tx.topics, topics...) }

func (tx *Tx) bumpVersions() (map[string]uint64, error) {
	if len(tx.topics) == 0 {
		return nil, nil
	}
	slices.Sort(tx.topics) // one order for all writers, or two of them could wait for each other
	touched := make(map[string]uint64, len(tx.topics))
	for _, topic := range slices.Compact(tx.topics) {
		n, err := One(tx, Scalar[int64], `INSERT INTO storage_version (topic, version) VALUES ($1, 1)
			ON CONFLICT (topic) DO UPDATE SET version = storage_version.version + 1 RETURNING version`, topic)
		if err != nil {
			return nil, err
		}
		touched[topic] = uint64(n)
	}
	return touched, nil
}

func (db *DB) prepareVersions(ctx context.Context) error {
	err := db.Write(ctx, func(tx *Tx) error {
		if err := tx.Lock("storage_version"); err != nil { // two nodes may start at once
			return err
		}
		_, err := tx.Exec("CREATE TABLE IF NOT EXISTS storage_version (topic TEXT PRIMARY KEY, version BIGINT NOT NULL)")
		return err
	})
	if err != nil {
		return fmt.Errorf("the database cannot be written: %w", err)
	}
	return db.loadVersions(ctx)
}

func (db *DB) loadVersions(ctx context.Context) error {
	type version struct {
		topic string
		n     int64
	}
	seen := map[string]uint64{}
	err := db.Read(ctx, func(tx *Tx) error {
		for v, err := range Each(tx, func(r Row) (v version, err error) { return v, r.Scan(&v.topic, &v.n) },
			"SELECT topic, version FROM storage_version") {
			if err != nil {
				return err
			}
			seen[v.topic] = uint64(v.n)
		}
		return nil
	})
	db.versions.set(seen)
	return err
}

// WatchVersions looks, every period, for changes made by other processes (another node, an
// import from the command line) until ctx ends. It reports failures to fail and goes on.
func (db *DB) WatchVersions(ctx context.Context, period time.Duration, fail func(error)) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := db.loadVersions(ctx); err != nil && ctx.Err() == nil {
				fail(err)
			}
		}
	}
}
