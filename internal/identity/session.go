package identity

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// topic is touched by whatever ends a session early or changes what an actor may do. Visits
// kept in memory are right for one version of it, so a revocation holds at once on this node
// and, on the others, as soon as storage.DB.WatchVersions has looked.
const topic = "identity"

const (
	maxSessions   = 50     // of one account; the longest unused end first
	maxVisits     = 20_000 // kept in memory
	seenPrecision = time.Hour
)

// Visit is a request of somebody signed in.
type Visit struct {
	Actor   civic.Actor
	Session civic.ID
	FreshAt time.Time // when the person last proved who they are

	created, seen, expires time.Time
}

type cachedVisit struct {
	visit   Visit         // without the roles, which come and go with time
	grants  []civic.Grant // in force now, or later
	version uint64
}

// at is the visit as it is at that instant.
func (c cachedVisit) at(now time.Time) Visit {
	v := c.visit
	v.Actor.Grants = civic.InForce(c.grants, now)
	return v
}

// sessionCache remembers who is behind a cookie, by the hash of it.
type sessionCache struct {
	mu      sync.Mutex
	entries map[[32]byte]cachedVisit
}

func (c *sessionCache) get(key [32]byte) (cachedVisit, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.entries[key]
	return v, ok
}

func (c *sessionCache) put(key [32]byte, v cachedVisit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= maxVisits {
		clear(c.entries)
	}
	c.entries[key] = v
}

func (c *sessionCache) drop(key [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

func (s *Service) hashCookie(cookie string) [32]byte {
	return sha256.Sum256([]byte("birge session\x00" + s.origin + "\x00" + cookie))
}

// Visit finds who is behind a session's secret; false when nobody is. It costs at most one
// query, and none for a session seen lately. Once an hour it moves the session's end ahead.
func (s *Service) Visit(ctx context.Context, cookie string) (Visit, bool, error) {
	if len(cookie) != 32 {
		return Visit{}, false, nil
	}
	key, now := s.hashCookie(cookie), s.db.Now()
	version := s.db.Version(topic) // before the look: a change in between makes the entry stale, not wrong
	if c, ok := s.sessions.get(key); ok && c.version == version && now.Before(c.visit.expires) && now.Sub(c.visit.seen) < seenPrecision {
		return c.at(now), true, nil
	}
	var found storedSession
	var ok bool
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		found, ok, err = sessionByHash(tx, key[:])
		return err
	})
	if err != nil || !ok {
		s.sessions.drop(key)
		return Visit{}, false, err
	}
	v := Visit{Session: found.ID, FreshAt: found.freshAt, created: found.CreatedAt, seen: found.SeenAt, expires: found.ExpiresAt,
		Actor: civic.Actor{Account: found.account.ID, Name: found.account.Name, Lang: found.account.Lang,
			Assurance: found.account.Assurance()}}
	if now.Sub(v.seen) >= seenPrecision {
		v.seen, v.expires = now, s.expiry(v.created, now)
		err = s.db.Write(ctx, func(tx *storage.Tx) error { return seeSession(tx, v.Session, v.expires) })
		if err != nil {
			return Visit{}, false, err
		}
	}
	cached := cachedVisit{v, found.grants, version}
	s.sessions.put(key, cached)
	return cached.at(now), true, nil
}

// expiry slides with use, up to a bound counted from the sign-in.
func (s *Service) expiry(created, now time.Time) time.Time {
	end, last := now.Add(s.days("identity.session_days")), created.Add(s.days("identity.session_max_days"))
	if last.Before(end) {
		return last
	}
	return end
}

// open starts a session with a new secret.
func (s *Service) open(tx *storage.Tx, from Client, a Account, next string) (Signed, error) {
	cookie := civic.Token()
	hash := s.hashCookie(cookie)
	session := Session{ID: civic.NewID(tx.Now()), Device: from.Device, CreatedAt: tx.Now(), ExpiresAt: s.expiry(tx.Now(), tx.Now())}
	if err := insertSession(tx, hash[:], a.ID, session); err != nil {
		return Signed{}, err
	}
	if err := trimSessions(tx, a.ID, maxSessions); err != nil {
		return Signed{}, err
	}
	return Signed{Account: a, Cookie: cookie, Expires: session.ExpiresAt, Next: next}, nil
}

// end ends the session behind a secret, if there is one.
func (s *Service) end(tx *storage.Tx, cookie string) error {
	if cookie == "" {
		return nil
	}
	hash := s.hashCookie(cookie)
	n, err := deleteSessionByHash(tx, hash[:])
	if n > 0 {
		tx.Touch(topic)
	}
	return err
}

// endAll ends the sessions of an account but one.
func (s *Service) endAll(tx *storage.Tx, account, but civic.ID) error {
	tx.Touch(topic)
	return deleteSessions(tx, account, but)
}

// SignOut ends the session behind a secret.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error { return s.end(tx, cookie) })
}

// EndSession ends one session of the visitor's account; "" ends all but the one in use.
// Codes: NotFound.
func (s *Service) EndSession(ctx context.Context, v Visit, id civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if id == "" {
			return s.endAll(tx, v.Actor.Account, v.Session)
		}
		n, err := deleteSession(tx, v.Actor.Account, id)
		if err == nil && n == 0 {
			return civic.Fail(civic.NotFound, "identity.session_gone")
		}
		tx.Touch(topic)
		return err
	})
}

// fresh refuses what only somebody who has just proved who they are may do. The edge has asked for
// it, where the route is marked so. Codes: Forbidden.
func (s *Service) fresh(v Visit, now time.Time) error {
	if now.Sub(v.FreshAt) < s.minutes("identity.fresh_minutes") {
		return nil
	}
	return civic.Fail(civic.Forbidden, "identity.prove_first")
}

// Prove notes that the visitor has just proved who they are, by the account's password.
// Codes: Invalid, TooMany.
func (s *Service) Prove(ctx context.Context, v Visit, password string) error {
	if password == "" {
		return civic.Wrong("password", "identity.password_needed")
	}
	var a Account
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		a, _, err = accountByID(tx, v.Actor.Account)
		return err
	})
	if err != nil {
		return err
	}
	// Whoever holds the session has a limit of its own: what strangers try does not count.
	if err := s.limits.allow(signInsTo, "session "+string(v.Session)); err != nil {
		return err
	}
	ok, _, err := s.hasher.verify(ctx, "account "+string(a.ID), a.password, password)
	if err != nil {
		return err
	}
	if !ok {
		return civic.Wrong("password", "identity.password_wrong")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return s.freshen(tx, v) })
}

func (s *Service) freshen(tx *storage.Tx, v Visit) error {
	tx.Touch(topic)
	return freshenSession(tx, v.Session)
}
