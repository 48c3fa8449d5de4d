package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
)

// PasswordCost is what hashing a password takes with argon2id (RFC 9106). A hash made at
// another cost is made anew when its owner signs in.
type PasswordCost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// DefaultPasswordCost is the least that the OWASP Password Storage Cheat Sheet recommends
// for argon2id: 19 MiB, two passes, one thread.
var DefaultPasswordCost = PasswordCost{Memory: 19 << 10, Passes: 2, Threads: 1}

// hasher hashes passwords, few at a time, and few of one network's wait in line: a flood of
// sign-ins takes no more memory than the gate allows, and keeps nobody else waiting.
type hasher struct {
	cost  PasswordCost
	gate  *web.Gate
	decoy string // what a sign-in to an account that is not there is compared with
}

func newHasher(cost PasswordCost) *hasher {
	if cost == (PasswordCost{}) {
		cost = DefaultPasswordCost
	}
	h := &hasher{cost: cost, gate: web.NewGate(max(2, runtime.NumCPU()))}
	h.decoy = encodeHash(cost, make([]byte, 16), make([]byte, 32))
	return h
}

// hash returns the PHC string of a password with a new salt. It waits for its turn, in the queue
// of a network (Unavailable).
func (h *hasher) hash(ctx context.Context, queue, password string) (string, error) {
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails
	key, err := h.key(ctx, queue, password, h.cost, salt[:])
	if err != nil {
		return "", err
	}
	return encodeHash(h.cost, salt[:], key), nil
}

// verify compares a password with a PHC string. An empty string stands for "no account" or
// "no password" and costs the same as a wrong password. stale asks for a new hash.
func (h *hasher) verify(ctx context.Context, queue, phc, password string) (ok, stale bool, err error) {
	real := phc != ""
	if !real {
		phc = h.decoy
	}
	cost, salt, want, err := decodeHash(phc)
	if err != nil {
		return false, false, err
	}
	got, err := h.key(ctx, queue, password, cost, salt)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1 && real
	return ok, ok && cost != h.cost, nil
}

func (h *hasher) key(ctx context.Context, queue, password string, cost PasswordCost, salt []byte) ([]byte, error) {
	leave, err := h.gate.Enter(ctx, queue)
	if err != nil {
		return nil, civic.Fail(civic.Unavailable, "identity.busy").After(10 * time.Second).Because(err)
	}
	defer leave()
	// One and the same password can be typed as different code points on different keyboards
	// (NIST SP 800-63B, 3.1.1.2).
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, cost.Passes, cost.Memory, cost.Threads, 32), nil
}

func encodeHash(c PasswordCost, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, c.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func decodeHash(phc string) (c PasswordCost, salt, key []byte, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errors.New("password hash: not argon2id")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Passes, &c.Threads); err != nil {
		return c, nil, nil, fmt.Errorf("password hash: %w", err)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return c, nil, nil, fmt.Errorf("password hash: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return c, nil, nil, fmt.Errorf("password hash: %w", err)
	}
	return c, salt, key, nil
}

// longestPassword bounds what is hashed; passphrases fit.
const longestPassword = 256

// checkPassword notes what makes a new password too easy to guess: too short, or little
// more than a common word, a run of the keyboard, the person's own name or address.
func checkPassword(password string, shortest int, p *civic.Problems, known ...string) {
	switch n := utf8.RuneCountInString(password); {
	case password == "":
		p.Add("password", "identity.password_missing")
	case n < shortest:
		p.Add("password", "identity.password_short", "Count", shortest)
	case len(password) > longestPassword:
		p.Add("password", "identity.password_long", "Count", longestPassword)
	case guessable(password, known):
		p.Add("password", "identity.password_guessable")
	}
}

// What people type when they do not want to think; every entry at least four letters.
var commonParts = []string{
	"password", "passw0rd", "parol", "пароль", "құпиясөз", "kupiyasoz", "qupiyasoz", "iloveyou", "welcome", "admin", "letmein", "login",
	"1234567890", "0987654321", "12345678", "87654321", "123456", "654321", "12345", "1234", "qwertyuiop", "qwerty", "asdfghjkl", "asdf", "zxcvbnm", "zxcv",
	"1q2w3e4r", "1qaz2wsx", "йцукенгшщз", "йцукен", "фывапролдж", "фыва", "ячсмить", "abcdefgh", "abcd", "абвгд", "әіңғүұқөһ",
	"birge", "бірге", "shymkent", "шымкент", "chimkent", "qazaqstan", "kazakhstan", "казахстан", "қазақстан", "almaty", "astana",
}

// guessable takes the known parts away and asks what is left: fewer than five characters,
// or fewer than five different ones, are soon tried.
func guessable(password string, known []string) bool {
	rest := strings.ToLower(norm.NFKC.String(password))
	for _, k := range known {
		if k != "" {
			rest = strings.ReplaceAll(rest, strings.ToLower(k), "")
		}
		for part := range strings.FieldsFuncSeq(strings.ToLower(k), func(c rune) bool { return strings.ContainsRune(" @.-_+", c) }) {
			if utf8.RuneCountInString(part) >= 4 {
				rest = strings.ReplaceAll(rest, part, "")
			}
		}
	}
	for _, c := range commonParts {
		rest = strings.ReplaceAll(rest, c, "")
	}
	different := map[rune]bool{}
	n := 0
	for _, c := range rest {
		n++
		different[c] = true
	}
	return n < 5 || len(different) < 5
}
