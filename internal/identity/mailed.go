package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
)

// What counts once for each address, and is confirmed by whoever reads its mail: a signature, an appeal.

// Mailbox is an address as it is compared: who gets the mail of several spellings is one. What stands behind a plus
// sign names no other person, nor do the dots of the one large service that drops them. email was read by ParseEmail.
func Mailbox(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	local, _, _ = strings.Cut(local, "+")
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

// Mark is a keyed hash: nobody reads the value from it, and the same value has the same mark under one key only. "" of "".
func Mark(key, value string) string {
	if value == "" {
		return ""
	}
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(value))
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// Digits are the six of a mail, of which their mark alone is kept.
type Digits struct {
	Mark  string // "": there are none, or none any more
	Tries int    // how often others were typed
}

// MaxTries is how often somebody mistypes the six digits: with more they could be guessed.
const MaxTries = 5

// DrawDigits draws six digits, for a mail.
func DrawDigits() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n), nil
}

// MarkDigits is the mark of digits, however they are spaced.
func MarkDigits(key, typed string) string {
	return Mark(key, "code "+strings.Join(strings.Fields(typed), ""))
}

// Open reports whether the digits that somebody typed are those of the mail.
func (d Digits) Open(key, typed string) bool {
	return d.Mark != "" && d.Tries < MaxTries && subtle.ConstantTimeCompare([]byte(d.Mark), []byte(MarkDigits(key, typed))) == 1
}
