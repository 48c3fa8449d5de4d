package demo

import (
	"context"
	"fmt"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// certificateContent is one certificate of the resident. Days are from now.
type certificateContent struct {
	Days, Until                         int
	Public                              bool
	By                                  string // a key of organisations.toml
	Lang                                civic.Lang
	Name, Description, Criteria, Result civic.Text
	Value                               string
}

// certificates lists when the resident got certificates of courses.
func (s *seeder) certificates() (all []event, err error) {
	var content struct{ Certificate []certificateContent }
	if err := decode("content/certificates.toml", &content); err != nil {
		return nil, err
	}
	for i, c := range content.Certificate {
		all = append(all, event{at: s.now.AddDate(0, 0, c.Days), do: func(ctx context.Context) error { return s.certify(ctx, fmt.Sprint("demonstration ", i), c) }})
	}
	return all, nil
}

func (s *seeder) certify(ctx context.Context, once string, c certificateContent) error {
	resident, by := s.accounts["resident"], s.organisations[c.By]
	of := s.content.Organisations[slices.IndexFunc(s.content.Organisations, func(o Organisation) bool { return o.Key == c.By })]
	end := s.now.AddDate(0, 0, c.Days)
	var issued credentials.Credential
	err := s.DB.Write(ctx, func(tx *storage.Tx) (err error) {
		issued, err = s.Credentials.Issue(tx, credentials.Order{Account: resident.Account, About: organisations.RefOf(by), Once: once, Lang: c.Lang, Until: s.now.AddDate(0, 0, c.Until),
			Claims: credentials.Claims{Sort: credentials.OfCourse, Holder: resident.Name, Name: c.Name[c.Lang], Description: c.Description[c.Lang], Criteria: c.Criteria[c.Lang],
				Path: organisations.PathOf(by), By: of.Name[c.Lang], ByPath: organisations.PathOf(by), From: end.AddDate(0, 0, -3), To: end,
				Figures: []credentials.Figure{{Name: c.Result[c.Lang], Value: c.Value, Sort: "RawScore"}}}})
		return err
	})
	if err != nil || !c.Public {
		return err
	}
	return s.Credentials.Publish(ctx, resident, issued.ID, true)
}
