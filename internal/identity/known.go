package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// A browser keeps the accounts that it has signed in to as a cookie: a name of its own, made at
// random, and for each account a keyed hash of that name and of the account's address. Nobody
// can make one but the city, and it tells nobody an address. It opens nothing: it only has
// its own limit of attempts, so that strangers cannot keep the holder of an account out.

// knownAccounts is how many accounts of one browser are remembered: a family's.
const knownAccounts = 5

// knownBrowser is what a browser's cookie says, for whoever has the key to check it.
type knownBrowser struct {
	cookie string
	key    []byte
}

// knows tells the browser's own name when somebody has signed in with it to the account of the
// address, else "".
func (b knownBrowser) knows(email string) string {
	name, seals, _ := strings.Cut(b.cookie, ".")
	if len(b.key) == 0 || seals == "" || email == "" || strings.Count(seals, ".") >= knownAccounts {
		return ""
	}
	for seal := range strings.SplitSeq(seals, ".") {
		if hmac.Equal([]byte(seal), []byte(b.seal(name, email))) {
			return name
		}
	}
	return ""
}

// with is the cookie after signing in to the account of the address.
func (b knownBrowser) with(email string) string {
	name, rest, _ := strings.Cut(b.cookie, ".")
	seals := strings.Split(rest, ".")
	if len(name) != 22 || len(seals) > knownAccounts {
		var fresh [16]byte
		_, _ = rand.Read(fresh[:]) // never fails
		name, seals = base64.RawURLEncoding.EncodeToString(fresh[:]), nil
	}
	mine := b.seal(name, email)
	seals = append([]string{mine}, slices.DeleteFunc(seals, func(s string) bool { return s == mine || len(s) != len(mine) })...)
	return name + "." + strings.Join(seals[:min(len(seals), knownAccounts)], ".")
}

func (b knownBrowser) seal(name, email string) string {
	h := hmac.New(sha256.New, b.key)
	h.Write([]byte("birge browser\x00" + name + "\x00" + email))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// browser reads a browser's cookie.
func (s *Service) browser(ctx context.Context, cookie string) (knownBrowser, error) {
	key, err := s.secret(ctx, "browsers")
	return knownBrowser{cookie, key}, err
}
