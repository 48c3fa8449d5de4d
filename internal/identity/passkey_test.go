package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
)

var b64 = base64.RawURLEncoding

// authenticator is a passkey in software: one key pair that answers as WebAuthn level 3
// (sections 6 and 7) says, with attestation "none".
type authenticator struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	origin  string
	rpID    string
}

func newAuthenticator(t *testing.T) *authenticator {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authenticator{t: t, key: key, id: make([]byte, 16), origin: citytest.Origin, rpID: "city.test"}
	_, _ = rand.Read(a.id)
	return a
}

type question struct {
	Ceremony string `json:"ceremony"`
	Options  struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
			RPID      string `json:"rpId"`
			User      struct {
				ID   string `json:"id"`
				Name string `json:"name"`
			} `json:"user"`
		} `json:"publicKey"`
	} `json:"options"`
}

// ask gets a question from the city, as the page's script does.
func (c *testCity) ask(b *citytest.Browser, path string, pairs ...string) (q question) {
	c.T.Helper()
	c.Must(json.Unmarshal([]byte(b.Post(path, pairs...).Want(200).Body), &q))
	return q
}

func (a *authenticator) clientData(kind string, q question) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": q.Options.PublicKey.Challenge, "origin": a.origin, "crossOrigin": false})
	return b
}

func (a *authenticator) data(flags byte) []byte {
	hash := sha256.Sum256([]byte(a.rpID))
	a.counter++
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.counter)
}

// create answers navigator.credentials.create.
func (a *authenticator) create(q question) string {
	a.t.Helper()
	var err error
	if a.handle, err = b64.DecodeString(q.Options.PublicKey.User.ID); err != nil {
		a.t.Fatal(err)
	}
	point, err := a.key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		a.t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:65]})
	if err != nil {
		a.t.Fatal(err)
	}
	auth := a.data(0x45) // user present, user verified, attested data
	auth = append(auth, make([]byte, 16)...)
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(a.id)))
	auth = append(append(auth, a.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": auth})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.credential(map[string]string{"clientDataJSON": b64.EncodeToString(a.clientData("webauthn.create", q)), "attestationObject": b64.EncodeToString(object)})
}

// get answers navigator.credentials.get.
func (a *authenticator) get(q question) string {
	a.t.Helper()
	client := a.clientData("webauthn.get", q)
	auth := a.data(0x05)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, auth...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.credential(map[string]string{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(auth),
		"signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(a.handle)})
}

func (a *authenticator) credential(response map[string]string) string {
	b, _ := json.Marshal(map[string]any{"id": b64.EncodeToString(a.id), "rawId": b64.EncodeToString(a.id), "type": "public-key",
		"response": response, "clientExtensionResults": map[string]any{}})
	return string(b)
}

// joinPasskey signs a person up without any password.
func (c *testCity) joinPasskey(email, name string, a *authenticator) *citytest.Browser {
	c.T.Helper()
	b := c.Browser(nil)
	b.Post("/en/sign-up", "email", email).Want(303)
	link := c.link(email)
	token := tokenOf(link)
	q := c.ask(b, "/en/passkey/new", "kind", "sign_up", "token", token, "name", name)
	if q.Options.PublicKey.User.Name != email {
		c.T.Fatalf("question for %q", q.Options.PublicKey.User.Name)
	}
	b.Post(link, "name", name, "password", "", "ceremony", q.Ceremony, "credential", a.create(q)).Want(303)
	return b
}

func TestSigningUpAndInWithAPasskey(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		key := newAuthenticator(t)
		b := c.joinPasskey("a@example.kz", "Асан", key)
		b.Get("/en/say").Want(200, "Асан")
		if c.stored("a@example.kz") != "" {
			t.Error("a password from nowhere")
		}
		b.Post("/en/sign-out")
		q := c.ask(b, "/en/passkey/ask")
		answer := key.get(q)
		b.Post("/en/sign-in", "ceremony", q.Ceremony, "credential", answer, "next", "/say").Want(303, "/en/say")
		b.Get("/en/say").Want(200, "Асан")

		// The same answer again; an answer to another question; and no password that could be
		// guessed.
		thief := c.Browser(nil)
		thief.Post("/en/sign-in", "ceremony", q.Ceremony, "credential", answer).Want(409)
		thief.Post("/en/sign-in", "ceremony", c.ask(thief, "/en/passkey/ask").Ceremony, "credential", answer).Want(422)
		thief.Post("/en/sign-in", "email", "a@example.kz", "password", "").Want(422)
		// An answer that was given to another site.
		phished := *key
		phished.origin = "http://city.test.evil"
		q = c.ask(thief, "/en/passkey/ask")
		thief.Post("/en/sign-in", "ceremony", q.Ceremony, "credential", phished.get(q)).Want(422)
		// Another key that claims to be this key.
		forged := newAuthenticator(t)
		forged.id, forged.handle, forged.counter = key.id, key.handle, 100
		q = c.ask(thief, "/en/passkey/ask")
		thief.Post("/en/sign-in", "ceremony", q.Ceremony, "credential", forged.get(q)).Want(422)
		// A copy of the key, whose counter lags behind.
		copied := *key
		copied.counter = 0
		q = c.ask(thief, "/en/passkey/ask")
		thief.Post("/en/sign-in", "ceremony", q.Ceremony, "credential", copied.get(q)).Want(422, "seems to have been copied")
		for _, junk := range []string{"{}", "x", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, strings.Repeat("[", 10000)} {
			thief.Post("/en/sign-in", "ceremony", c.ask(thief, "/en/passkey/ask").Ceremony, "credential", junk).Want(422)
		}
		// A question that was not answered in time.
		q = c.ask(thief, "/en/passkey/ask")
		c.Pass(CeremonyLife)
		thief.Post("/en/sign-in", "ceremony", q.Ceremony, "credential", key.get(q)).Want(409)
	})
}

func TestPasskeysOfAnAccount(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.join("a@example.kz", "Асан")
		key := newAuthenticator(t)
		q := c.ask(b, "/en/passkey/new")
		b.Post("/en/account/passkeys", "ceremony", q.Ceremony, "credential", key.create(q)).Want(303)
		b.Get("/en/account/security").Want(200, "Added on", "Remove the passkey: Firefox · Android")
		if l := c.Letter("a@example.kz"); !strings.Contains(l.Text, "passkeys of your account were changed") {
			t.Errorf("the owner was not told: %q", l.Text)
		}
		// A passkey proves who you are; another person's passkey does not.
		c.Pass(time.Hour)
		b.Post("/en/passkey/new").Want(403)
		strangers := newAuthenticator(t)
		c.joinPasskey("s@example.kz", "С", strangers)
		q = c.ask(b, "/en/passkey/ask")
		b.Post("/en/account/confirm", "ceremony", q.Ceremony, "credential", strangers.get(q), "next", "/account/security").Want(422)
		q = c.ask(b, "/en/passkey/ask")
		b.Post("/en/account/confirm", "ceremony", q.Ceremony, "credential", key.get(q), "next", "/account/security").Want(303, "/en/account/security")
		// The answer to a question for registering does not sign anybody in, nor the other way
		// round. A key made for somebody else cannot be added to this account.
		q = c.ask(b, "/en/passkey/new")
		b.Post("/en/sign-in", "ceremony", q.Ceremony, "credential", key.get(q)).Want(422)
		q = c.ask(b, "/en/passkey/ask")
		b.Post("/en/account/passkeys", "ceremony", q.Ceremony, "credential", newAuthenticator(t).create(q)).Want(422)
		other := c.join("o@example.kz", "О")
		q = c.ask(other, "/en/passkey/new")
		b.Post("/en/account/passkeys", "ceremony", q.Ceremony, "credential", newAuthenticator(t).create(q)).Want(422)
		// The same key twice.
		q = c.ask(b, "/en/passkey/new")
		b.Post("/en/account/passkeys", "ceremony", q.Ceremony, "credential", key.create(q)).Want(422)
		// Removing.
		other.Post("/en/account/passkeys/remove", "passkey", b64.EncodeToString(key.id)).Want(404)
		b.Post("/en/account/passkeys/remove", "passkey", "!").Want(404)
		b.Post("/en/account/passkeys/remove", "passkey", b64.EncodeToString(key.id)).Want(303)
		q = c.ask(b, "/en/passkey/ask")
		c.Browser(nil).Post("/en/sign-in", "ceremony", q.Ceremony, "credential", key.get(q)).Want(422)
	})
}

func TestTheLastWayToSignInStays(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		key := newAuthenticator(t)
		b := c.joinPasskey("a@example.kz", "Асан", key)
		b.Post("/en/account/passkeys/remove", "passkey", b64.EncodeToString(key.id)).Want(409, "only way to sign in")
		b.Post("/en/account/password", "password", citytest.Password).Want(303)
		b.Post("/en/account/passkeys/remove", "passkey", b64.EncodeToString(key.id)).Want(303)
		b.Post("/en/sign-in", "email", "a@example.kz", "password", citytest.Password).Want(303)
		// An account without a password can be deleted with a fresh proof alone.
		keyed := c.joinPasskey("k@example.kz", "К", newAuthenticator(t))
		keyed.Post("/en/account/delete", "sure", "yes").Want(303)
	})
}

func TestRecoveryAndSetupWithAPasskey(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.join("a@example.kz", "Асан")
		key, b := newAuthenticator(t), c.Browser(nil)
		b.Post("/en/recover", "email", "a@example.kz").Want(303)
		link := c.link("a@example.kz")
		q := c.ask(b, "/en/passkey/new", "kind", "recovery", "token", tokenOf(link))
		b.Post(link, "ceremony", q.Ceremony, "credential", key.create(q)).Want(303)
		b.Post("/en/sign-out")
		q = c.ask(b, "/en/passkey/ask")
		b.Post("/en/sign-in", "ceremony", q.Ceremony, "credential", key.get(q)).Want(303)
		b.Post("/en/passkey/new", "kind", "recovery", "token", civic.Token()).Want(409)

		path, err := c.Identity.SetupLink(t.Context(), civic.English)
		if err != nil {
			t.Fatal(err)
		}
		path = strings.TrimPrefix(path, citytest.Origin)
		admin, head := newAuthenticator(t), c.Browser(nil)
		q = c.ask(head, "/en/passkey/new", "kind", "setup", "token", tokenOf(path), "email", "head@example.kz", "name", "Head")
		head.Post(path, "email", "other@example.kz", "name", "Head", "ceremony", q.Ceremony, "credential", admin.create(q)).Want(422) // a key made for another address
		q = c.ask(head, "/en/passkey/new", "kind", "setup", "token", tokenOf(path), "email", "head@example.kz", "name", "Head")
		head.Post(path, "email", "head@example.kz", "name", "Head", "ceremony", q.Ceremony, "credential", admin.create(q)).Want(303, "/en/settings")
		if !c.visitOf(head).Actor.Has(civic.Administrator) {
			t.Error("not an administrator")
		}
	})
}
