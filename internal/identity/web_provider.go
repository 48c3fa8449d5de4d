package identity

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
)

// callbackPath is where the provider sends people back to; it is registered there.
const callbackPath = "/verification/callback"

// provider speaks OpenID Connect with the configured identity provider: the authorisation
// code flow with PKCE (RFC 7636), state and nonce.
type provider struct {
	cfg      ProviderConfig
	redirect string
	client   *http.Client

	mu         sync.Mutex
	discovered *oidc.Provider
}

func newProvider(cfg ProviderConfig, origin string) *provider {
	if cfg.IINClaim == "" {
		cfg.IINClaim = "iin"
	}
	return &provider{cfg: cfg, redirect: origin + callbackPath, client: web.Client(15*time.Second, cfg.AllowPrivate)}
}

func (p *provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// discover reads the provider's configuration once; after a failure it tries again next time.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.discovered == nil {
		// The provider keeps the context for fetching keys later: not that of one request.
		found, err := oidc.NewProvider(p.context(context.WithoutCancel(ctx)), p.cfg.Issuer)
		if err != nil {
			return nil, nil, civic.Fail(civic.Unavailable, "identity.provider_down").Because(err)
		}
		p.discovered = found
	}
	return p.discovered, &oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: p.discovered.Endpoint(),
		RedirectURL: p.redirect, Scopes: append([]string{oidc.ScopeOpenID}, p.cfg.Scopes...)}, nil
}

// address is where to send the person.
func (p *provider) address(ctx context.Context, state, nonce, verifier string) (string, error) {
	_, cfg, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return cfg.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// number exchanges the code and returns the individual number that the provider vouches for.
func (p *provider) number(ctx context.Context, code, nonce, verifier string) (string, error) {
	known, cfg, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	ctx = p.context(ctx)
	token, err := cfg.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", civic.Fail(civic.Unavailable, "identity.provider_down").Because(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := known.Verifier(&oidc.Config{ClientID: p.cfg.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", civic.Fail(civic.Unavailable, "identity.provider_down").Because(err)
	}
	if id.Nonce != nonce {
		return "", civic.Fail(civic.Closed, "identity.link_dead").Because(errors.New("identity provider: wrong nonce"))
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return "", civic.Fail(civic.Unavailable, "identity.provider_down").Because(errors.New("identity provider: claims are not an object"))
	}
	number, _ := claims[p.cfg.IINClaim].(string)
	return number, nil
}
