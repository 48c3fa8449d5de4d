package sponsorship

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// matched is what package matching asks of campaigns.
func (s *Service) matched() matching.Owner {
	return matching.Owner{Kind: Kind, Topics: []string{topic, organisations.Topic}, Accounts: s.accounts, Given: given,
		Projects: func(tx *storage.Tx, ids []civic.ID) ([]matching.Project, error) {
			all, err := byIDs(tx, ids)
			return projects(tx, all), err
		},
		Own: func(tx *storage.Tx, a civic.Actor) ([]matching.Project, error) {
			own := whose(a)
			if own != nil && len(own) == 0 {
				return nil, nil
			}
			all, err := ofOrganisations(tx, own, 50)
			return projects(tx, all), err
		},
		Earned: func(tx *storage.Tx, project, pool civic.ID, earned civic.Money) error {
			c, err := find(tx, project)
			if err != nil {
				return err
			}
			tx.Touch(topic)
			return s.tellOwn(tx, c, "earned/"+string(pool), civic.Say("sponsorship.told_earned", "Money", earned.String()))
		},
	}
}

func projects(tx *storage.Tx, all []Campaign) (out []matching.Project) {
	for _, c := range all {
		if c.Public() {
			out = append(out, matching.Project{ID: c.ID, Organisation: c.Organisation, Title: c.Title, Path: Path(c.ID), Account: c.Pay.IBAN, Takes: c.Takes(tx.Now()), Scope: c.Scope})
		}
	}
	return out
}

// given lists what gifts to some campaigns came to between two days of a bank, as they came, and what is promised beside it.
func given(tx *storage.Tx, campaigns []civic.ID, from, until time.Time, promised bool) ([]matching.Given, error) {
	out, err := givenIn(tx, campaigns, from, until)
	if err != nil || !promised {
		return out, err
	}
	open, err := giftsIn(tx, campaigns, []GiftState{Pledged, Announced}, mostGifts)
	for _, g := range open {
		out = append(out, matching.Given{Project: g.Campaign, Gift: g.ID, Tiyn: g.Amount, Account: g.Account, Verified: g.Verified})
	}
	return out, err
}

// bookMatch enters what a sponsor paid of what a campaign has earned.
func (s *Service) bookMatch(tx *storage.Tx, a civic.Actor, l BankLine, share civic.ID) error {
	r := Row{ID: civic.NewID(tx.Now()), Sort: RowMatch, Amount: l.Amount, Day: l.Day, Gift: share, Line: l.ID}
	campaign, err := matching.Paid(tx, share, l.Amount, "paid:"+string(r.ID))
	if err != nil {
		return err
	}
	c, err := campaignOf(tx, l, campaign)
	if err != nil {
		return err
	}
	if _, err := s.enter(tx, a, c, r); err != nil {
		return err
	}
	l.State, l.Gift = LineBooked, share
	return updateLine(tx, l)
}

// account outside of money that sponsors added.
func (r Row) sponsors() ledger.Account {
	return ledger.Party(Ref(r.Campaign), "matching", civic.Ref{})
}
