package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// versions knows, without asking the database, how often each topic changed. Pages are
// cached by the versions of what they show.
type versions struct {
	topics    sync.Map // string → *atomic.Uint64
	mu        sync.Mutex
	followers map[string][]*follower
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

// TouchOnWrite makes every statement that writes one of the tables touch the topic, beside those that it touches already: whatever is made of all of them together is then
// kept no longer than it is true, though no writer knows of it. The tables must be written seldom, as with Touch. It is called before
// the database is used.
func (db *DB) TouchOnWrite(topic string, tables ...string) {
	if db.written == nil {
		db.written = map[string][]string{}
	}
	for _, table := range tables {
		db.written[table] = append(db.written[table], topic)
	}
}

func (tx *Tx) touchWritten(query string) {
	if tx.db == nil || len(tx.db.written) == 0 {
		return
	}
	for _, topic := range tx.db.written[writtenTable(query)] {
		if !slices.Contains(tx.topics, topic) {
			tx.Touch(topic)
		}
	}
}

// writtenTable is the table that a statement writes: "INSERT [OR …] INTO t", "UPDATE t", "DELETE FROM t"; "" when it writes none.
func writtenTable(query string) string {
	before := ""
	for word := range strings.FieldsSeq(query) {
		word = strings.ToLower(word)
		switch before {
		case "":
			if word != "insert" && word != "update" && word != "delete" {
				return ""
			}
		case "into", "update", "from":
			name, _, _ := strings.Cut(word, "(")
			return name
		}
		before = word
	}
	return ""
}

// follower keeps a copy in memory of what a topic stands for.
type follower struct {
	load    func(*Tx) (replace func(), err error)
	mu      sync.Mutex
	loaded  bool
	version uint64 // of the copy
}

// renewal is a copy that was read in a transaction and takes effect after it.
type renewal struct {
	follower *follower
	version  uint64
	replace  func()
}

// apply leaves a copy alone that another transaction has made newer meanwhile.
func (r renewal) apply() {
	f := r.follower
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.loaded || r.version > f.version {
		r.replace()
		f.loaded, f.version = true, r.version
	}
}

// Follow keeps a copy in memory in step with a topic, so that reading it takes no transaction.
// load reads the copy and returns the function that puts it in place. It runs now, in every
// transaction that touches the topic, and when WatchVersions finds that another process did.
// The copy is replaced before Version tells of the change, so a page made after that shows the
// new one. When load fails, the transaction fails with it.
func (db *DB) Follow(ctx context.Context, topic string, load func(*Tx) (replace func(), err error)) error {
	f := &follower{load: load}
	v := &db.versions
	v.mu.Lock()
	if v.followers == nil {
		v.followers = map[string][]*follower{}
	}
	v.followers[topic] = append(v.followers[topic], f)
	v.mu.Unlock()
	var first renewal
	err := db.Read(ctx, func(tx *Tx) error {
		n, _, err := Found(One(tx, Scalar[int64], "SELECT version FROM storage_version WHERE topic = $1", topic))
		if err != nil {
			return err
		}
		replace, err := load(tx)
		first = renewal{f, uint64(n), replace}
		return err
	})
	if err == nil {
		first.apply()
	}
	return err
}

// renew reads the copies of those who follow a topic, which this transaction sees in the
// given version.
func (v *versions) renew(tx *Tx, topic string, version uint64) error {
	v.mu.Lock()
	followers := slices.Clone(v.followers[topic])
	v.mu.Unlock()
	for _, f := range followers {
		replace, err := f.load(tx)
		if err != nil {
			return err
		}
		tx.renewals = append(tx.renewals, renewal{f, version, replace})
	}
	return nil
}

// bumpVersions counts the touched topics up. Until the commit, other writers of a topic wait.
func (tx *Tx) bumpVersions() error {
	if len(tx.topics) == 0 {
		return nil
	}
	slices.Sort(tx.topics) // one order for all writers, or two of them could wait for each other
	tx.touched = make(map[string]uint64, len(tx.topics))
	for _, topic := range slices.Compact(tx.topics) {
		n, err := One(tx, Scalar[int64], `INSERT INTO storage_version (topic, version) VALUES ($1, 1)
			ON CONFLICT (topic) DO UPDATE SET version = storage_version.version + 1 RETURNING version`, topic)
		if err != nil {
			return err
		}
		tx.touched[topic] = uint64(n)
		if err := tx.db.versions.renew(tx, topic, uint64(n)); err != nil {
			return err
		}
	}
	return nil
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
	var renewals []renewal
	err := db.Read(ctx, func(tx *Tx) error {
		all, err := All(tx, Into(func(v *version) []any { return []any{&v.topic, &v.n} }), "SELECT topic, version FROM storage_version")
		for _, v := range all {
			seen[v.topic] = uint64(v.n)
			if err == nil && seen[v.topic] > db.Version(v.topic) {
				err = db.versions.renew(tx, v.topic, seen[v.topic])
			}
		}
		renewals = tx.renewals
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range renewals {
		r.apply()
	}
	db.versions.set(seen)
	return nil
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
