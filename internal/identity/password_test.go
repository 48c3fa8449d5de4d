package identity

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
)

const goodPassword = "tulip anvil seven orbit"

// cheap makes hashing quick for tests that are not about its cost.
var cheap = PasswordCost{Memory: 64, Passes: 1, Threads: 1}

func TestPasswordsAreHashedAsRecommended(t *testing.T) {
	h := newHasher(PasswordCost{})
	phc, err := h.hash(t.Context(), "net", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(phc, goodPassword) {
		t.Errorf("hash %q", phc)
	}
	if again, _ := h.hash(t.Context(), "net", goodPassword); again == phc {
		t.Error("two hashes of a password are the same: no salt")
	}
	ok, stale, err := h.verify(t.Context(), "net", phc, goodPassword)
	if !ok || stale || err != nil {
		t.Errorf("verify: %v %v %v", ok, stale, err)
	}
	for _, wrong := range []string{"", goodPassword + " ", strings.ToUpper(goodPassword)} {
		if ok, _, _ := h.verify(t.Context(), "net", phc, wrong); ok {
			t.Errorf("%q is taken for the password", wrong)
		}
	}
	if ok, _, err := h.verify(t.Context(), "net", "", ""); ok || err != nil {
		t.Errorf("no password: %v, %v", ok, err)
	}
	// The decoy hash must not let anybody in.
	if ok, _, _ := h.verify(t.Context(), "net", "", "decoy"); ok {
		t.Error("the decoy opens")
	}
	// The same password, typed as different code points.
	composed, decomposed := "caf\u00e9 bishop lantern", "cafe\u0301 bishop lantern"
	phc, _ = h.hash(t.Context(), "net", composed)
	if ok, _, _ := h.verify(t.Context(), "net", phc, decomposed); !ok {
		t.Error("the same password on another keyboard is refused")
	}
}

// The vector is from test.c of the reference implementation: argon2id v19, m=65536, t=2, p=1.
func TestPasswordHashIsArgon2id(t *testing.T) {
	h := newHasher(cheap)
	ok, stale, err := h.verify(t.Context(), "net", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password")
	if !ok || !stale || err != nil {
		t.Errorf("verify: %v %v %v", ok, stale, err)
	}
	for _, broken := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$!$AAAA"} {
		if ok, _, err := h.verify(t.Context(), "net", broken, "password"); ok || err == nil {
			t.Errorf("%q: %v, %v", broken, ok, err)
		}
	}
}

// A flood of sign-ins from one network gets a few places in the queue. The rest is refused with
// a message. A sign-in from elsewhere is next.
func TestAFloodOfSignInsKeepsNobodyElseWaiting(t *testing.T) {
	h := newHasher(cheap)
	h.gate = web.NewGate(1)
	leave, err := h.gate.Enter(t.Context(), "the one being hashed") // until the test lets go
	if err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	busy := make(chan error, 200)
	for range 200 {
		waiting.Go(func() {
			if _, err := h.hash(t.Context(), "flood", goodPassword); err != nil {
				busy <- err
			}
		})
	}
	for range 192 {
		var e *civic.Error
		if err := <-busy; !errors.As(err, &e) || e.Code != civic.Unavailable || e.Message.Key != "identity.busy" || e.Wait == 0 {
			t.Fatalf("error %v", err)
		}
	}
	done := make(chan error)
	go func() { _, err := h.hash(t.Context(), "home", goodPassword); done <- err }()
	leave()
	if err := <-done; err != nil {
		t.Errorf("somebody else: %v", err)
	}
	waiting.Wait()
	if len(busy) > 0 {
		t.Errorf("more were sent away: %v", <-busy)
	}
}

func TestGuessablePasswords(t *testing.T) {
	known := []string{"Айгүл Серікова", "aigul.serikova@example.kz"}
	for password, key := range map[string]string{
		goodPassword: "", "төрт түлік мал басы": "", "correct horse battery": "",
		"": "identity.password_missing", "short": "identity.password_short",
		strings.Repeat("x", 300): "identity.password_long",
		"1234567890":             "identity.password_guessable", "qwertyuiop123": "identity.password_guessable", "aaaaaaaaaaaaaa": "identity.password_guessable",
		"password2026": "identity.password_guessable", "shymkent2026": "identity.password_guessable", "йцукенгшщз1": "identity.password_guessable",
		"aigulserikova": "identity.password_guessable", "СЕРІКОВА2001": "identity.password_guessable", "abababababab": "identity.password_guessable",
	} {
		var p civic.Problems
		checkPassword(password, 10, &p, known...)
		got := ""
		if len(p) > 0 {
			got = p[0].Message.Key
		}
		if got != key {
			t.Errorf("%q: %q, want %q", password, got, key)
		}
	}
}
