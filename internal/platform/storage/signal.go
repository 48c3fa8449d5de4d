package storage

import "sync"

// signals wakes listeners of this process after a commit, so that work which waits for a
// change need not ask the database over and over.
type signals struct {
	mu        sync.Mutex
	listeners map[string][]chan struct{}
}

// Signal wakes every listener of the name in this process once the transaction is on disk.
// Other processes hear nothing: whoever serves them must look from time to time as well.
func (tx *Tx) Signal(name string) {
	if tx.db != nil {
		tx.AfterCommit(func() { tx.db.signals.wake(name) })
	}
}

// Listen returns a channel that receives after each commit that signalled the name; signals
// that come before the last was received are one. stop ends it.
func (db *DB) Listen(name string) (heard <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	s := &db.signals
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listeners == nil {
		s.listeners = map[string][]chan struct{}{}
	}
	s.listeners[name] = append(s.listeners[name], ch)
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, other := range s.listeners[name] {
			if other == ch {
				s.listeners[name] = append(s.listeners[name][:i:i], s.listeners[name][i+1:]...)
				return
			}
		}
	}
}

func (s *signals) wake(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ch := range s.listeners[name] {
		select {
		case ch <- struct{}{}:
		default: // it has not yet looked since the last one, and will see this change too
		}
	}
}
