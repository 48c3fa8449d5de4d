package identity_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
)

// fakeProvider is an OpenID provider in process: it checks PKCE and the client, and says
// whatever claims it is told to.
type fakeProvider struct {
	*httptest.Server
	t         *testing.T
	key       *rsa.PrivateKey
	challenge string
	redirect  string
	claims    map[string]any
	signer    *rsa.PrivateKey            // the key that it really signs with
	forge     func(claims []byte) string // makes the token instead; may be nil
	flood     string                     // the path at which it answers without end
	sent      atomic.Int64               // bytes sent at that path
}

// endless answers without end at the path of flood, up to a limit that only a failing test
// reaches.
func (p *fakeProvider) endless(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != p.flood {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		junk := []byte(`{"issuer":"` + strings.Repeat("x", 1<<20))
		for p.sent.Load() < 256<<20 {
			n, err := w.Write(junk)
			if p.sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
}

func newFakeProvider(t *testing.T) *fakeProvider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &fakeProvider{t: t, key: key, signer: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": b64.EncodeToString(key.N.Bytes()), "e": b64.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if r.PostFormValue("code") != "good" || b64.EncodeToString(sum[:]) != p.challenge || r.PostFormValue("redirect_uri") != p.redirect || id != "birge" || secret != "s3cret" {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: p.signer}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
		if err != nil {
			t.Error(err)
		}
		body, _ := json.Marshal(p.claims)
		signed, err := signer.Sign(body)
		if err != nil {
			t.Error(err)
		}
		token, _ := signed.CompactSerialize()
		if p.forge != nil {
			token = p.forge(body)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token})
	})
	p.Server = httptest.NewServer(p.endless(mux))
	t.Cleanup(p.Close)
	return p
}

// begin sends a browser to the provider and returns the query that it arrives with.
func (p *fakeProvider) begin(b *citytest.Browser) url.Values {
	p.t.Helper()
	r := b.Get("/en/account/verification/provider").Want(303, p.URL+"/authorize")
	u, err := url.Parse(r.Location)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	p.challenge, p.redirect = q.Get("code_challenge"), q.Get("redirect_uri")
	p.claims = map[string]any{"iss": p.URL, "aud": "birge", "sub": "1", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"nonce": q.Get("nonce"), "person_number": iinOne}
	return q
}

func withProvider(t *testing.T, test func(t *testing.T, c *testCity, p *fakeProvider)) {
	p := newFakeProvider(t)
	eachWith(t, app.Config{Provider: &ProviderConfig{Name: civic.Text{civic.Russian: "Служба входа"}, Issuer: p.URL, ClientID: "birge", ClientSecret: "s3cret",
		IINClaim: "person_number", AllowPrivate: true}}, func(t *testing.T, c *testCity) { test(t, c, p) })
}

func TestVerificationByAProvider(t *testing.T) {
	withProvider(t, func(t *testing.T, c *testCity, p *fakeProvider) {
		b := c.join("a@example.kz", "А")
		b.Get("/en/account/verification").Want(200, "Служба входа")
		q := p.begin(b)
		if q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != citytest.Origin+CallbackPath || q.Get("response_type") != "code" || q.Get("nonce") == "" {
			t.Errorf("asked %v", q)
		}
		back := CallbackPath + "?code=good&state=" + q.Get("state")
		r := b.Get(back).Want(302, "/kk"+CallbackPath) // the address without a language leads to the one with
		b.Get(strings.Replace(r.Location, citytest.Origin, "", 1)).Want(303, "/account/verification")
		if c.visitOf(b).Actor.Assurance != civic.Verified {
			t.Error("not verified")
		}
		b.Get("/kk" + back).Want(409) // each state works only once
		for _, table := range []string{"identity_person", "identity_account", "identity_token", "audit"} {
			if strings.Contains(c.dump(table), iinOne) {
				t.Errorf("%s keeps the number", table)
			}
		}
	})
}

func TestWhatAProviderMayNotDo(t *testing.T) {
	withProvider(t, func(t *testing.T, c *testCity, p *fakeProvider) {
		a, b := c.join("a@example.kz", "А"), c.join("b@example.kz", "Б")
		thief, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		try := func(name string, change func(q url.Values)) {
			t.Helper()
			p.signer = p.key
			q := p.begin(a)
			q.Set("code", "good")
			change(q)
			r := a.Get("/en" + CallbackPath + "?code=" + q.Get("code") + "&state=" + url.QueryEscape(q.Get("state")))
			if r.Status == 303 && strings.Contains(r.Header.Get("Set-Cookie"), "verified") || c.visitOf(a).Actor.Assurance == civic.Verified {
				t.Errorf("%s: verified", name)
			}
		}
		try("wrong code", func(q url.Values) { q.Set("code", "bad") })
		try("no code", func(q url.Values) { q.Set("code", "") })
		try("made-up state", func(q url.Values) { q.Set("state", civic.Token()) })
		try("state of another account", func(q url.Values) { q.Set("state", p.begin(b).Get("state")) })
		try("wrong nonce", func(url.Values) { p.claims["nonce"] = "x" })
		try("for another client", func(url.Values) { p.claims["aud"] = "other" })
		try("of another issuer", func(url.Values) { p.claims["iss"] = "https://other.test" })
		try("expired", func(url.Values) { p.claims["exp"] = time.Now().Add(-time.Hour).Unix() })
		try("signed by another", func(url.Values) { p.signer = thief })
		try("wrong verifier", func(url.Values) { p.challenge = "x" })
		unsigned := func(alg string) func([]byte) string {
			return func(claims []byte) string {
				return b64.EncodeToString([]byte(`{"alg":"`+alg+`","kid":"1"}`)) + "." + b64.EncodeToString(claims) + "."
			}
		}
		try("not signed", func(url.Values) { p.forge = unsigned("none") })
		try("not signed, spelt otherwise", func(url.Values) { p.forge = unsigned("nOnE") })
		try("without a signature", func(url.Values) { p.forge = unsigned("RS256") })
		try("signed with what both know", func(url.Values) {
			p.forge = func(claims []byte) string {
				signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte("s3cret-s3cret-s3cret-s3cret-s3cret")}, nil)
				if err != nil {
					t.Fatal(err)
				}
				signed, _ := signer.Sign(claims)
				token, _ := signed.CompactSerialize()
				return token
			}
		})
		try("no token", func(url.Values) { p.forge = func([]byte) string { return "" } })
		try("a token that is none", func(url.Values) { p.forge = func([]byte) string { return "a.b.c.d.e" } })
		p.forge = nil
		try("no number", func(url.Values) { delete(p.claims, "person_number") })
		try("a broken number", func(url.Values) { p.claims["person_number"] = "061211600013" })
		try("a number that is none", func(url.Values) { p.claims["person_number"] = 61211600012 })
		if strings.Contains(c.log.String(), iinOne) || strings.Contains(c.log.String(), "061211600013") {
			t.Error("the log holds a number")
		}
	})
}

// A provider that never stops answering is cut off, whichever answer it does that in.
func TestAnEndlessProviderIsLeftOff(t *testing.T) {
	for _, path := range []string{"/.well-known/openid-configuration", "/keys", "/token"} {
		t.Run(path, func(t *testing.T) {
			withProvider(t, func(t *testing.T, c *testCity, p *fakeProvider) {
				p.flood = path
				p.sent.Store(0)
				b := c.join("a@example.kz", "А")
				if path == "/.well-known/openid-configuration" {
					b.Get("/en/account/verification/provider").Want(503, "does not answer", "Try again in")
				} else {
					q := p.begin(b)
					b.Get("/en"+CallbackPath+"?code=good&state="+q.Get("state")).Want(503, "does not answer", "Try again in")
				}
				if sent := p.sent.Load(); sent > 64<<20 {
					t.Errorf("%d bytes were taken", sent)
				}
			})
		})
	}
}

func TestProvidersOnPrivateAddressesAreRefused(t *testing.T) {
	p := newFakeProvider(t)
	eachWith(t, app.Config{Provider: &ProviderConfig{Issuer: p.URL, ClientID: "birge"}}, func(t *testing.T, c *testCity) {
		b := c.join("a@example.kz", "А")
		b.Get("/en/account/verification/provider").Want(503, "does not answer")
	})
}
