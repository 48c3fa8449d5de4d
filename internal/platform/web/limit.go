package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/birge-kz/birge/internal/civic"
)

// Limiter allows each key so many acts in a stretch of time: Burst at once, refilled evenly
// over Per. Burst is asked every time and for each key, for it may be a setting, and more where more
// people come from: when it has changed, the count of a key starts afresh. Keys that were quiet are forgotten, and there is a bound on how many
// are known: past it the oldest half starts afresh.
type Limiter struct {
	Burst func(key string) int
	Per   time.Duration
	Clock civic.Clock

	mu          sync.Mutex
	known, gone map[string]*rate.Limiter
}

const maxLimited = 50_000

// Quota is what a key has left.
type Quota struct {
	Most, Left int
	Full       time.Duration // after which all is there again
}

// Allow is nil, or an error of code civic.TooMany that says when to come back.
func (l *Limiter) Allow(key string) error {
	_, err := l.Take(key)
	return err
}

// Take is Allow, and says what is left after it.
func (l *Limiter) Take(key string) (Quota, error) {
	burst := l.Burst(key)
	l.mu.Lock()
	defer l.mu.Unlock()
	lim := l.known[key]
	if lim == nil || lim.Burst() != burst {
		if lim = l.gone[key]; lim == nil || lim.Burst() != burst {
			lim = rate.NewLimiter(rate.Every(l.Per/time.Duration(burst)), burst)
		}
		if l.known == nil || len(l.known) >= maxLimited {
			l.known, l.gone = map[string]*rate.Limiter{}, l.known
		}
		l.known[key] = lim
	}
	now := time.Now()
	if l.Clock != nil {
		now = l.Clock()
	}
	allowed := lim.AllowN(now, 1)
	left, each := lim.TokensAt(now), float64(l.Per/time.Duration(burst))
	quota := Quota{Most: burst, Left: max(0, int(left)), Full: time.Duration((float64(burst) - left) * each)}
	if allowed {
		return quota, nil
	}
	return quota, civic.Fail(civic.TooMany, "web.too_many").After(time.Duration((1 - left) * each))
}
