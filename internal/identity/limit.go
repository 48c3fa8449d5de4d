package identity

import (
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
)

// limit is a bound on how often something may be tried, by the setting that holds the number.
type limit struct {
	setting string
	per     time.Duration
}

var (
	signInsFrom  = limit{"identity.sign_ins_from", 15 * time.Minute}
	signInsTo    = limit{"identity.sign_ins_to", 15 * time.Minute}
	mailsFrom    = limit{"identity.mails_from", time.Hour}
	mailsTo      = limit{"identity.mails_to", time.Hour}
	passkeysFrom = limit{"identity.passkeys_from", 15 * time.Minute}
	rollTries    = limit{"identity.roll_tries", 24 * time.Hour}
	deskTries    = limit{"identity.desk_tries", time.Hour}
)

// limits counts in this process's memory: a city on several nodes allows that many per node.
type limits struct {
	clock civic.Clock
	city  *city.Service
	mu    sync.Mutex
	known map[limit]*web.Limiter
}

// allow is nil, or an error of code civic.TooMany that says when to come back.
func (l *limits) allow(what limit, key string) error {
	l.mu.Lock()
	lim := l.known[what]
	if lim == nil {
		lim = &web.Limiter{Burst: func() int { return int(l.city.Value(what.setting)) }, Per: what.per, Clock: l.clock}
		l.known[what] = lim
	}
	l.mu.Unlock()
	return lim.Allow(key)
}
