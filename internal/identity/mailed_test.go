package identity_test

import (
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/identity"
)

func TestOneAddressHasOneSpelling(t *testing.T) {
	for a, b := range map[string]string{"saule+2@example.kz": "saule@example.kz", "s.a.ule@gmail.com": "saule@googlemail.com", "a.b@mail.ru": "a.b@mail.ru"} {
		if identity.Mailbox(a) != identity.Mailbox(b) {
			t.Errorf("%s and %s are two", a, b)
		}
	}
	if identity.Mailbox("a.b@mail.ru") == identity.Mailbox("ab@mail.ru") {
		t.Error("two people at a service that keeps dots are one")
	}
}

// The six digits of a mail open with their key alone, spaced or not, and with five wrong ones never.
func TestDigitsOfAMail(t *testing.T) {
	typed, err := identity.DrawDigits()
	if err != nil || len(typed) != 6 || strings.Trim(typed, "0123456789") != "" {
		t.Fatalf("%q, %v", typed, err)
	}
	d := identity.Digits{Mark: identity.MarkDigits("key", typed)}
	if !d.Open("key", typed) || !d.Open("key", " "+typed[:3]+" "+typed[3:]) {
		t.Error("the right digits do not open")
	}
	if d.Open("another", typed) || d.Open("key", "") || d.Open("key", typed[:5]) || (identity.Digits{}).Open("key", "") {
		t.Error("others open")
	}
	if d.Tries = identity.MaxTries; d.Open("key", typed) {
		t.Error("the right digits open after five wrong ones")
	}
	if strings.Contains(d.Mark, typed) {
		t.Errorf("the mark %s says the digits %s", d.Mark, typed)
	}
}
