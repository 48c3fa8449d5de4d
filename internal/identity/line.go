package identity

import (
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// lines slow down those who try one account's password from many networks, and lock nobody out.
// The first attempts are free. Past them, those who come get places in a line, a pause apart, which
// doubles with each attempt that fails. Whoever has a place is let in when its time has come, whatever
// others do meanwhile, and no network has two places: so the line is as long as there are
// networks in it, and its end comes.
type lines struct {
	mu sync.Mutex
	of map[string]*line // by the address typed
}

type line struct {
	failed int                  // lately: one is forgotten in every forgetAfter / free
	at     time.Time            // when that was so
	next   time.Time            // the first place that nobody has
	places map[string]time.Time // by network
}

const (
	forgetAfter  = 15 * time.Minute // in which as many failures are forgotten as are free
	longestPause = time.Minute
	placeKept    = 15 * time.Minute // for whoever does not come back in time
	maxLines     = 10_000           // in memory; past them the unused go
	maxPlaces    = 1_000            // in one line; past them nobody is noted, and all wait a pause
)

// enter is nil when the attempt may be made now, which counts as failed until leave; or an error
// of code civic.TooMany that says when the turn of the network comes.
func (l *lines) enter(target, network string, free int, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.line(target, now)
	at.forget(free, now)
	if at.failed < free {
		at.failed++
		return nil
	}
	pause := min(longestPause, time.Second<<min(at.failed-free, 10))
	place, waiting := at.places[network]
	if !waiting {
		place = at.next
		if place.Before(now) {
			place = now
		}
		if len(at.places) < maxPlaces {
			at.next = place.Add(pause)
			at.places[network] = place
		}
	}
	if wait := place.Sub(now); wait > 0 {
		return civic.Fail(civic.TooMany, "identity.in_line").After(wait)
	}
	delete(at.places, network)
	at.failed = min(at.failed+1, 2*free)
	return nil
}

// leave takes back an attempt that did not fail.
func (l *lines) leave(target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := l.of[target]; at != nil && at.failed > 0 {
		at.failed--
	}
}

func (l *lines) line(target string, now time.Time) *line {
	at := l.of[target]
	if at == nil {
		if len(l.of) >= maxLines {
			for other, it := range l.of {
				if now.Sub(it.at) > forgetAfter && it.next.Before(now) {
					delete(l.of, other)
				}
			}
		}
		at = &line{at: now, places: map[string]time.Time{}}
		l.of[target] = at
	}
	return at
}

// forget lets time heal, and gives away the places of those who did not come back.
func (l *line) forget(free int, now time.Time) {
	each := forgetAfter / time.Duration(free)
	if n := int(now.Sub(l.at) / each); n > 0 {
		l.failed, l.at = max(0, l.failed-n), l.at.Add(time.Duration(n)*each)
	}
	for network, place := range l.places {
		if now.Sub(place) > placeKept {
			delete(l.places, network)
		}
	}
}
