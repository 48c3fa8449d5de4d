package storage

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Lock makes other writers that ask for the same key wait until this transaction ends. On
// SQLite every writer waits anyway.
//
// A key is the name of what is locked, of small letters, dots and underscores, and behind a
// colon which one, where there are several: "appeals_no", "appeals.appeal:0191…". A transaction
// that takes several takes them in the same order as every other; of one name, the lesser key
// first. Who has a key shared never asks for it alone: two who do so wait for each other. In tests
// [Locks] sees that this is so, on both engines.
func (tx *Tx) Lock(key string) error { return tx.lock("pg_advisory_xact_lock", key, false) }

// LockShared waits for writers that hold the key by Lock, but not for others that share it.
func (tx *Tx) LockShared(key string) error {
	return tx.lock("pg_advisory_xact_lock_shared", key, true)
}

func (tx *Tx) lock(function, key string, shared bool) error {
	if tx.db != nil && tx.db.locks != nil {
		tx.db.locks.take(tx, held{key: key, shared: shared})
	}
	if tx.engine != PostgreSQL {
		return nil
	}
	_, err := tx.Exec("SELECT "+function+"(hashtextextended($1, 0))", key)
	return err
}

type held struct {
	key    string
	shared bool
}

func (h held) name() string { name, _, _ := strings.Cut(h.key, ":"); return name }

// Locks is for tests: it notes in which order the transactions of a process take their locks,
// and tells of an order in which two transactions could wait for each other, though no two ever
// met. [Options.Misuse] is told. The databases of a test program share one, so that what one test
// does and another does the other way round is seen too. The zero value is ready.
type Locks struct {
	mu    sync.Mutex
	after map[string]map[string]bool // which names were taken while one was held
}

var lockKey = regexp.MustCompile(`^[a-z][a-z_.]*(:.+)?$`)

// take notes a lock that a transaction is about to take.
func (l *Locks) take(tx *Tx, next held) {
	if err := l.check(tx.held, next); err != nil {
		tx.db.misuse(err)
	}
	if !slices.ContainsFunc(tx.held, func(h held) bool { return h.key == next.key }) {
		tx.held = append(tx.held, next)
	}
}

func (l *Locks) check(before []held, next held) error {
	if !lockKey.MatchString(next.key) {
		return fmt.Errorf("storage: the lock %q: a key is a name of small letters, dots and underscores, and which one behind a colon", next.key)
	}
	if i := slices.IndexFunc(before, func(h held) bool { return h.key == next.key }); i >= 0 {
		if before[i].shared && !next.shared {
			return fmt.Errorf("storage: the lock %q is asked for alone by who shares it: two who do so wait for each other", next.key)
		}
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.after == nil {
		l.after = map[string]map[string]bool{}
	}
	for _, h := range before {
		switch from, to := h.name(), next.name(); {
		case from == to && h.key > next.key:
			return fmt.Errorf("storage: the lock %q is taken after %q: of one name, the lesser first", next.key, h.key)
		case from != to && l.leads(to, from, map[string]bool{}):
			return fmt.Errorf("storage: the lock %q is taken after %q, elsewhere before it: two transactions could wait for each other", to, from)
		case from != to:
			if l.after[from] == nil {
				l.after[from] = map[string]bool{}
			}
			l.after[from][to] = true
		}
	}
	return nil
}

// leads tells whether a lock was seen to be taken after another, straight or over others.
func (l *Locks) leads(from, to string, seen map[string]bool) bool {
	if l.after[from][to] {
		return true
	}
	seen[from] = true
	for next := range maps.Keys(l.after[from]) {
		if !seen[next] && l.leads(next, to, seen) {
			return true
		}
	}
	return false
}
