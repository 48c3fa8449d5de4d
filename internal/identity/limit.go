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
	crowd func(network string, usual int) int
	mu    sync.Mutex
	known map[limit]*web.Limiter
}

// allow is nil, or an error of code civic.TooMany that says when to come back.
func (l *limits) allow(what limit, key string) error {
	l.mu.Lock()
	lim := l.known[what]
	if lim == nil {
		lim = &web.Limiter{Burst: func(key string) int { return l.crowd(key, int(l.city.Value(what.setting))) }, Per: what.per, Clock: l.clock}
		l.known[what] = lim
	}
	l.mu.Unlock()
	return lim.Allow(key)
}

// mayTry checks the limits on attempts to sign in to the account of a typed address, which hold
// for an address without one just the same. They never keep its holder out: others have the
// limits of their own networks, and what they do to one account together only makes a line in which
// everybody's turn comes. A browser that the holder has signed in with has a limit of its own, which
// nobody else can use up; so does a passkey. undo takes the attempt back when it was the right password.
func (s *Service) mayTry(from Client, email string) (undo func(), err error) {
	if device := from.knows(email); device != "" {
		return func() {}, s.limits.allow(signInsTo, "device "+device+" "+email)
	}
	if err := s.limits.allow(signInsFrom, from.Address); err != nil {
		return nil, err
	}
	if err := s.limits.allow(signInsTo, from.Address+" "+email); err != nil {
		return nil, err
	}
	if err := s.lines.enter(email, from.Address, int(s.city.Value(signInsTo.setting)), s.db.Now()); err != nil {
		return nil, err
	}
	return func() { s.lines.leave(email) }, nil
}
