package identity

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A ceremony is a question put to a passkey; its answer must come within this time.
const ceremonyLife = 5 * time.Minute

func newWebAuthn(origin, host string) (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Birge", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationPreferred,
		},
	})
}

// PasskeyAnswer is what a browser sends back: the ceremony it belongs to, and the
// PublicKeyCredential as JSON.
type PasskeyAnswer struct {
	Ceremony   string // the token that came with the question
	Credential string
}

// PasskeyQuestion is what to ask a passkey: options for navigator.credentials, and the token
// that must come back with the answer.
type PasskeyQuestion struct {
	Ceremony string `json:"ceremony"`
	Options  any    `json:"options"`
}

// passkeyUser is an account as the WebAuthn library sees it.
type passkeyUser struct {
	id          civic.ID
	email, name string
	credentials []webauthn.Credential
}

func (u passkeyUser) WebAuthnID() []byte                         { return []byte(u.id) }
func (u passkeyUser) WebAuthnName() string                       { return u.email }
func (u passkeyUser) WebAuthnDisplayName() string                { return u.name }
func (u passkeyUser) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

func loadPasskeyUser(tx *storage.Tx, a Account) (passkeyUser, error) {
	u := passkeyUser{id: a.ID, email: a.Email, name: a.Name}
	stored, err := passkeysOf(tx, a.ID)
	if err != nil {
		return u, err
	}
	for _, p := range stored {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(p.data), &c); err != nil {
			return u, err
		}
		u.credentials = append(u.credentials, c)
	}
	return u, nil
}

// AskPasskey asks any passkey of this city to sign in, or to prove. Codes: TooMany.
func (s *Service) AskPasskey(ctx context.Context, from Client) (q PasskeyQuestion, err error) {
	if err := s.limits.allow(passkeysFrom, from.Address); err != nil {
		return q, err
	}
	options, session, err := s.webauthn.BeginDiscoverableLogin()
	if err != nil {
		return q, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		q.Ceremony, err = s.keepCeremony(tx, session, tokenData{})
		return err
	})
	q.Options = options
	return q, err
}

// For whom a new passkey is to be made: somebody signed in, or the holder of a link.
type PasskeyFor struct {
	Visit      *Visit
	SignUp     string
	Invitation string
	Recovery   string
	Setup      string
	Email      string // setup only
	Name       string
}

// AskNewPasskey asks a browser to make a passkey. Codes: Closed (a link that is dead),
// Forbidden (prove first), Invalid, TooMany.
func (s *Service) AskNewPasskey(ctx context.Context, from Client, whom PasskeyFor) (q PasskeyQuestion, err error) {
	if err := s.limits.allow(passkeysFrom, from.Address); err != nil {
		return q, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		user, err := s.passkeyOwner(tx, whom)
		if err != nil {
			return err
		}
		exclude := make([]protocol.CredentialDescriptor, len(user.credentials))
		for i := range user.credentials {
			exclude[i] = user.credentials[i].Descriptor()
		}
		options, session, err := s.webauthn.BeginRegistration(user, webauthn.WithExclusions(exclude))
		if err != nil {
			return err
		}
		q.Options = options
		q.Ceremony, err = s.keepCeremony(tx, session, tokenData{Account: user.id, Email: user.email})
		return err
	})
	return q, err
}

func (s *Service) passkeyOwner(tx *storage.Tx, whom PasskeyFor) (passkeyUser, error) {
	switch {
	case whom.SignUp != "":
		_, data, err := s.look(tx, forSignUp, whom.SignUp)
		return passkeyUser{id: civic.NewID(tx.Now()), email: data.Email, name: nameOr(whom.Name, data.Email)}, err
	case whom.Invitation != "":
		i, err := s.offered(tx, whom.Invitation)
		return passkeyUser{id: civic.NewID(tx.Now()), email: i.Email, name: nameOr(whom.Name, i.Email)}, err
	case whom.Setup != "":
		_, _, err := s.look(tx, forSetup, whom.Setup)
		email, ok := ParseEmail(whom.Email)
		if err == nil && !ok {
			err = civic.Fail(civic.Invalid, "identity.email_invalid")
		}
		return passkeyUser{id: civic.NewID(tx.Now()), email: email, name: nameOr(whom.Name, email)}, err
	case whom.Recovery != "":
		id, _, err := s.look(tx, forRecovery, whom.Recovery)
		if err != nil {
			return passkeyUser{}, err
		}
		return s.existingOwner(tx, id)
	case whom.Visit != nil:
		if err := s.fresh(*whom.Visit, tx.Now()); err != nil {
			return passkeyUser{}, err
		}
		return s.existingOwner(tx, whom.Visit.Actor.Account)
	}
	return passkeyUser{}, civic.Fail(civic.Unauthenticated, "web.sign_in_first")
}

func (s *Service) existingOwner(tx *storage.Tx, id civic.ID) (passkeyUser, error) {
	a, found, err := accountByID(tx, id)
	if err == nil && !found {
		err = civic.Fail(civic.Closed, "identity.link_dead")
	}
	if err != nil {
		return passkeyUser{}, err
	}
	u, err := loadPasskeyUser(tx, a)
	if limit := int(s.city.Value("identity.passkeys_max")); err == nil && len(u.credentials) >= limit {
		err = civic.Fail(civic.Invalid, "identity.passkeys_full", "Count", limit)
	}
	return u, err
}

func nameOr(name, email string) string {
	var ignored civic.Problems
	if name = cleanName(name, 64, &ignored); len(ignored) > 0 {
		return email
	}
	return name
}

func (s *Service) keepCeremony(tx *storage.Tx, session *webauthn.SessionData, data tokenData) (string, error) {
	b, err := json.Marshal(session)
	if err != nil {
		return "", err
	}
	data.Ceremony = b
	return s.issue(tx, forPasskey, "", data, ceremonyLife)
}

func (s *Service) takeCeremony(tx *storage.Tx, token string) (webauthn.SessionData, tokenData, error) {
	var session webauthn.SessionData
	_, data, err := s.take(tx, forPasskey, token)
	if err != nil {
		return session, data, err
	}
	return session, data, json.Unmarshal(data.Ceremony, &session)
}

// newPasskey is a registration that was checked.
type newPasskey struct {
	account civic.ID
	email   string
	id      []byte
	data    string
}

// registered checks the answer to AskNewPasskey.
func (s *Service) registered(tx *storage.Tx, answer PasskeyAnswer) (newPasskey, error) {
	failed := func(err error) (newPasskey, error) {
		return newPasskey{}, civic.Fail(civic.Invalid, "identity.passkey_failed").Because(err)
	}
	session, data, err := s.takeCeremony(tx, answer.Ceremony)
	if err != nil {
		return newPasskey{}, err
	}
	if data.Account == "" { // a question for signing in, not for registering
		return failed(nil)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer.Credential))
	if err != nil {
		return failed(err)
	}
	credential, err := s.webauthn.CreateCredential(passkeyUser{id: data.Account, email: data.Email, name: data.Email}, session, parsed)
	if err != nil {
		return failed(err)
	}
	b, err := json.Marshal(credential)
	return newPasskey{data.Account, data.Email, credential.ID, string(b)}, err
}

func (s *Service) keep(tx *storage.Tx, account civic.ID, key newPasskey, device string) error {
	ok, err := insertPasskey(tx, account, key.id, device, key.data)
	if err == nil && !ok {
		err = civic.Fail(civic.Invalid, "identity.passkey_failed")
	}
	return err
}

func (s *Service) addPasskey(tx *storage.Tx, from Client, account civic.ID, answer PasskeyAnswer) error {
	key, err := s.registered(tx, answer)
	if err != nil {
		return err
	}
	if key.account != account {
		return civic.Fail(civic.Invalid, "identity.passkey_failed")
	}
	return s.keep(tx, account, key, from.Device)
}

// AddPasskey gives the visitor's account one more passkey. Codes: Forbidden (prove first),
// Invalid, Closed.
func (s *Service) AddPasskey(ctx context.Context, from Client, v Visit, answer PasskeyAnswer) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.fresh(v, tx.Now()); err != nil {
			return err
		}
		a, err := s.mine(tx, v)
		if err != nil {
			return err
		}
		if err := s.addPasskey(tx, from, a.ID, answer); err != nil {
			return err
		}
		return s.tellChange(tx, a, "identity.change_passkey")
	})
}

// RemovePasskey takes a passkey away; never the last way to sign in. Codes: Forbidden (prove
// first), NotFound, Conflict.
func (s *Service) RemovePasskey(ctx context.Context, v Visit, id []byte) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.fresh(v, tx.Now()); err != nil {
			return err
		}
		if err := tx.Lock("identity_passkeys:" + string(v.Actor.Account)); err != nil {
			return err
		}
		a, err := s.mine(tx, v)
		if err != nil {
			return err
		}
		keys, err := passkeysOf(tx, a.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(keys, func(k storedPasskey) bool { return string(k.ID) == string(id) }) {
			return civic.Fail(civic.NotFound, "identity.passkey_gone")
		}
		if len(keys) == 1 && !a.HasPassword {
			return civic.Fail(civic.Conflict, "identity.passkey_last")
		}
		if _, err := deletePasskey(tx, a.ID, id); err != nil {
			return err
		}
		return s.tellChange(tx, a, "identity.change_passkey")
	})
}

// SignInPasskey opens a session for the holder of a passkey. previous is the secret of the
// session that the browser had, which ends. An answer needs a question, and those have a limit;
// nothing that is tried with passwords counts here. Codes: Invalid, Closed.
func (s *Service) SignInPasskey(ctx context.Context, from Client, answer PasskeyAnswer, previous string) (Signed, error) {
	var out Signed
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		a, err := s.asserted(tx, answer)
		if err != nil {
			return err
		}
		if err := s.end(tx, previous); err != nil {
			return err
		}
		out, err = s.open(tx, from, a, "")
		return err
	})
	return out, err
}

// ProvePasskey notes that the visitor has just proved who they are, by a passkey of the very
// same account. Codes: Invalid, Closed.
func (s *Service) ProvePasskey(ctx context.Context, v Visit, answer PasskeyAnswer) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		a, err := s.asserted(tx, answer)
		if err != nil {
			return err
		}
		if a.ID != v.Actor.Account {
			return civic.Fail(civic.Invalid, "identity.passkey_failed")
		}
		return s.freshen(tx, v)
	})
}

// asserted checks the answer to AskPasskey and tells whose it is.
func (s *Service) asserted(tx *storage.Tx, answer PasskeyAnswer) (Account, error) {
	failed := func(err error) (Account, error) {
		return Account{}, civic.Fail(civic.Invalid, "identity.passkey_failed").Because(err)
	}
	session, data, err := s.takeCeremony(tx, answer.Ceremony)
	if err != nil {
		return Account{}, err
	}
	if data.Account != "" { // a question for registering, not for signing in
		return failed(nil)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer.Credential))
	if err != nil {
		return failed(err)
	}
	var a Account
	credential, err := s.webauthn.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		var found bool
		var err error
		if a, found, err = accountByID(tx, civic.ID(handle)); err != nil {
			return nil, err
		}
		if !found {
			return nil, civic.Fail(civic.NotFound, "web.not_found")
		}
		return loadPasskeyUser(tx, a)
	}, session, parsed)
	if err != nil {
		return failed(err)
	}
	if credential.Authenticator.CloneWarning { // its counter went back: two devices hold one key
		return Account{}, civic.Fail(civic.Invalid, "identity.passkey_copied")
	}
	b, err := json.Marshal(credential)
	if err != nil {
		return Account{}, err
	}
	_, err = usePasskey(tx, credential.ID, string(b))
	return a, err
}
