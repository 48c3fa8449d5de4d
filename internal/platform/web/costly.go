package web

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// costly bounds how many answers of heavy routes one network has made, and how many it gets that are
// kept: ten times as many, for nothing is computed for them. But they are large, and sending some
// thousands of them a second takes the processors from those who vote.
type costly struct {
	often, kept *Limiter // nil: no bound
	refused     refused
}

// keptFor is how many kept answers a network gets for each that it may have made.
const keptFor = 10

func newCostly(perMinute func(network string) int, clock civic.Clock) costly {
	if perMinute == nil {
		return costly{}
	}
	kept := func(network string) int { return keptFor * perMinute(network) }
	return costly{&Limiter{Burst: perMinute, Per: time.Minute, Clock: clock}, &Limiter{Burst: kept, Per: time.Minute, Clock: clock}, newRefused()}
}

func (c costly) allows(network string) bool { return c.often == nil || c.often.Allow(network) == nil }

func (c costly) allowsKept(network string) bool {
	return c.kept == nil || c.kept.Allow(network) == nil
}

// refuse is the error for a network that may not have another.
func (c costly) refuse(ctx context.Context) error {
	c.refused.wait(ctx)
	return civic.Fail(civic.TooMany, "web.too_many_costly").After(2 * busyWait)
}

// refused are those who are sent away. They wait a little before they hear it: whoever is refused at
// once asks again at once, and a refusal costs too. Only so many wait; the next is refused at once.
type refused chan struct{}

const (
	refusedWait = time.Second
	refusedMost = 1000
)

func newRefused() refused { return make(refused, refusedMost) }

func (f refused) wait(ctx context.Context) {
	select {
	case f <- struct{}{}:
	default:
		return
	}
	defer func() { <-f }()
	pause := time.NewTimer(refusedWait)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
	}
}
