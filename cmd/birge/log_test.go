package main

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A thousand failures of one cause within a second become one line. Another cause has its own
// line. The next line of the first cause says how many were left out. Only warnings and errors
// are left out, never other lines.
func TestOneLineASecondForOneCause(t *testing.T) {
	var b strings.Builder
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := newCalm(slog.NewTextHandler(&b, nil))
	c.now = func() time.Time { return now }
	log := slog.New(c)
	down, full := errors.New("down"), errors.New("full")
	for range 1000 {
		log.With("request", "x").Error("request failed", "error", down)
	}
	log.Error("request failed", "error", full)
	log.Info("serving")
	log.Info("serving")
	now = now.Add(time.Second)
	log.Error("request failed", "error", down)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 5 || !strings.Contains(lines[0], "error=down") || !strings.Contains(lines[1], "error=full") || !strings.Contains(lines[4], "error=down left_out=999") {
		t.Errorf("%d lines:\n%s", len(lines), b.String())
	}
}
