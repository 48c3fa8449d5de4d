package identity

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// purpose is the one thing that a token is good for.
type purpose string

const (
	forSignUp   purpose = "sign_up"  // makes the account of an address
	forRecovery purpose = "recovery" // gives an account a new password or passkey
	forEmail    purpose = "email"    // moves an account to another address
	forDesk     purpose = "desk"     // shown to an officer, to be verified
	forSetup    purpose = "setup"    // makes the first administrator
	forPasskey  purpose = "passkey"  // a question that a passkey is to answer
	forProvider purpose = "provider" // a question that an identity provider is to answer

	// forInvitation hashes the links of invitations, which are kept in a table of their own.
	forInvitation purpose = "invitation"
)

// tokenData is what a token remembers.
type tokenData struct {
	Email    string          `json:"email,omitempty"`
	Lang     civic.Lang      `json:"lang,omitempty"`
	Next     string          `json:"next,omitempty"`     // where to go afterwards
	Account  civic.ID        `json:"account,omitempty"`  // passkey: the account that it will be for
	Ceremony json.RawMessage `json:"ceremony,omitempty"` // passkey: webauthn.SessionData
	Nonce    string          `json:"nonce,omitempty"`    // provider
	Verifier string          `json:"verifier,omitempty"` // provider: PKCE
}

// hashToken binds a secret to this site and to one purpose: a token of one city, or of one
// use, hashes to nothing that another knows.
func (s *Service) hashToken(what purpose, token string) []byte {
	h := sha256.New()
	for _, part := range []string{"birge token", s.origin, string(what), token} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}

// issue stores the hash of a new token and returns the token.
func (s *Service) issue(tx *storage.Tx, what purpose, account civic.ID, data tokenData, life time.Duration) (string, error) {
	token := civic.Token()
	return token, s.issueAs(tx, what, token, account, data, life)
}

func (s *Service) issueAs(tx *storage.Tx, what purpose, token string, account civic.ID, data tokenData, life time.Duration) error {
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return insertToken(tx, s.hashToken(what, token), what, account, string(b), tx.Now().Add(life))
}

// look reads a token without using it up. Unknown, used and expired ones are all the same:
// an error of code civic.Closed that says what to do.
func (s *Service) look(tx *storage.Tx, what purpose, token string) (civic.ID, tokenData, error) {
	return readToken(selectToken(tx, s.hashToken(what, token)))
}

// take uses a token up: of many that ask with the same one, a single one gets it.
func (s *Service) take(tx *storage.Tx, what purpose, token string) (civic.ID, tokenData, error) {
	return readToken(deleteToken(tx, s.hashToken(what, token)))
}

func readToken(t storedToken, found bool, err error) (civic.ID, tokenData, error) {
	var data tokenData
	if err != nil {
		return "", data, err
	}
	if !found {
		return "", data, civic.Fail(civic.Closed, "identity.link_dead")
	}
	err = json.Unmarshal([]byte(t.data), &data)
	return t.account, data, err
}
