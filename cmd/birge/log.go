package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// calm is a slog.Handler that writes at most one line a second for one cause. When the database
// goes away every request fails, and ten thousand lines say no more than one. The next line for
// the cause says how many were left out.
type calm struct {
	slog.Handler
	now  func() time.Time
	seen *causes
}

// causes is shared by a handler and all handlers that With makes from it.
type causes struct {
	mu   sync.Mutex
	last map[string]*cause
}

type cause struct {
	at      time.Time
	leftOut int
}

// maxCauses bounds the memory. When there are more causes, all are forgotten and counting
// starts again.
const maxCauses = 1000

func newCalm(h slog.Handler) calm {
	return calm{h, time.Now, &causes{last: map[string]*cause{}}}
}

func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return c.Handler.Handle(ctx, r)
	}
	name := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			name += " " + a.Value.String()
		}
		return true
	})
	leftOut, write := c.seen.note(name, c.now())
	if !write {
		return nil
	}
	if leftOut > 0 {
		r.AddAttrs(slog.Int("left_out", leftOut))
	}
	return c.Handler.Handle(ctx, r)
}

func (c *causes) note(name string, now time.Time) (leftOut int, write bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.last[name]
	if last != nil && now.Sub(last.at) < time.Second {
		last.leftOut++
		return 0, false
	}
	if last != nil {
		leftOut = last.leftOut
	}
	if len(c.last) >= maxCauses {
		clear(c.last)
	}
	c.last[name] = &cause{at: now}
	return leftOut, true
}

func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calm{c.Handler.WithAttrs(attrs), c.now, c.seen}
}

func (c calm) WithGroup(name string) slog.Handler {
	return calm{c.Handler.WithGroup(name), c.now, c.seen}
}
