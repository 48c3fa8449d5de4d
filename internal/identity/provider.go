package identity

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// ProviderConfig names an OpenID Connect provider that vouches for residents.
type ProviderConfig struct {
	Name         civic.Text // as the button calls it
	Issuer       string     // https://…
	ClientID     string
	ClientSecret string
	Scopes       []string // besides openid
	IINClaim     string   // the claim with the individual number; "iin" when empty
	AllowPrivate bool     // the provider is on the city's own network
}

// ProviderName is how to call the provider; empty when there is none.
func (s *Service) ProviderName() civic.Text {
	if s.opts.Provider == nil {
		return nil
	}
	return s.opts.Provider.Name
}

// AskProvider starts a verification: it returns the provider's address to send the visitor
// to. Codes: NotFound (no provider), Unavailable.
func (s *Service) AskProvider(ctx context.Context, v Visit, lang civic.Lang) (string, error) {
	if s.provider == nil {
		return "", civic.Fail(civic.NotFound, "web.not_found")
	}
	data := tokenData{Nonce: civic.Token(), Verifier: civic.Token() + civic.Token(), Lang: lang}
	state := ""
	err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		state, err = s.issue(tx, forProvider, v.Actor.Account, data, ceremonyLife*3)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.provider.address(ctx, state, data.Nonce, data.Verifier)
}

// VerifyByProvider finishes what AskProvider began, with what the provider sent back. The
// state works once, and only for the account that asked. Codes: Closed, Conflict (neutral),
// Invalid (no number in the claims), Unavailable.
func (s *Service) VerifyByProvider(ctx context.Context, v Visit, state, code string) error {
	if s.provider == nil {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	var data tokenData
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		account, d, err := s.take(tx, forProvider, state)
		if err == nil && account != v.Actor.Account {
			err = civic.Fail(civic.Closed, "identity.link_dead")
		}
		data = d
		return err
	})
	if err != nil {
		return err
	}
	iin, err := s.provider.number(ctx, code, data.Nonce, data.Verifier)
	if err != nil {
		return err
	}
	number, err := cleanIIN(iin)
	if err != nil {
		return civic.Fail(civic.Invalid, "identity.provider_silent").Because(err)
	}
	key, err := s.secret(ctx, personSecret)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		return s.bind(tx, v.Actor, personBy(key, number, ""), v.Actor.Account, Provider)
	})
}
