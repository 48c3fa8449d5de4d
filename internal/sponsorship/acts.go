package sponsorship

import (
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of sponsorship that others may refer to. To a gift nobody refers but the ledger.
const (
	Kind     = "sponsorship.campaign"
	KindRow  = "sponsorship.row"
	KindGift = "sponsorship.gift"
)

// Ref points at a campaign.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func rowRef(id civic.ID) civic.Ref  { return civic.Ref{Kind: KindRow, ID: id} }
func giftRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindGift, ID: id} }

// The acts of sponsorship in the public record. Of givers they say nothing.
const (
	actOpened   = "sponsorship.campaign.opened"
	actRefused  = "sponsorship.campaign.refused"
	actRestored = "sponsorship.campaign.restored"
	actClosed   = "sponsorship.campaign.closed"
	actEntered  = "sponsorship.row.entered"
)

func acts() (out []part.Act) {
	for _, name := range []string{actOpened, actRefused, actRestored, actClosed} {
		a := part.Act{Name: name, Page: proof.Shown, Current: campaignsNow,
			Members: []string{"organisation", "state", "rule", "reason", "title", "terms", "keep", "minimum", "optimum", "district", "theme", "place", "opened_at", "ends_at", "closed_at", "report"},
			Things:  map[string]string{"organisation": organisations.Kind, "district": city.KindDistrict, "theme": city.KindTheme, "rule": moderation.KindRule},
			Codes:   map[string]string{"state": "sponsorship.state_", "keep": "sponsorship.keep_"}}
		switch name {
		case actRefused:
			a.Moderation = part.Removal
		case actRestored:
			a.Moderation = part.Restoration
		}
		out = append(out, a)
	}
	return append(out, part.Act{Name: actEntered, Page: proof.Shown, Current: rowsNow, Members: []string{"campaign", "number", "sort", "amount", "left", "day", "what", "undoes"},
		Things: map[string]string{"campaign": Kind}, Codes: map[string]string{"sort": "sponsorship.sort_"}})
}

// facts is all that everybody sees of a campaign beside its book; of one that was refused, that and why.
func facts(c Campaign) (map[string]any, error) {
	out := map[string]any{"organisation": c.Organisation, "state": c.State, "rule": c.Rule, "reason": proof.Digest(c.Reason), "title": civic.Text{}, "terms": "", "keep": c.Keep, "minimum": "", "optimum": "", "district": c.District, "theme": c.Theme, "place": "",
		"opened_at": proof.Instant(c.OpenedAt), "ends_at": "", "closed_at": proof.Instant(c.ClosedAt), "report": proof.Digests(c.Report)}
	if !c.Public() {
		return out, nil
	}
	terms, err := proof.DigestOf(c.terms())
	out["title"], out["terms"], out["minimum"], out["optimum"], out["place"], out["ends_at"] = c.Title, terms, c.Minimum().String(), c.Optimum().String(), c.Place, proof.Instant(c.Ends)
	return out, err
}

// terms is what is said before the first gift and never changes.
func (c Campaign) terms() map[string]any {
	return map[string]any{"about": c.About, "lines": c.Lines, "receiver": c.Pay.Receiver, "iban": c.Pay.IBAN, "bank": c.Pay.Bank, "left_over": c.LeftOver, "thanks": c.Thanks, "clause": c.Clause}
}

func (s *Service) note(tx *storage.Tx, act string, c Campaign, role civic.Role) error {
	payload, err := facts(c)
	if err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: Ref(c.ID), Actor: role, FollowsFrom: []civic.Ref{organisations.RefOf(c.Organisation)}, Payload: payload})
}

func campaignsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.PayloadsOf(all, err, func(c Campaign) (civic.ID, map[string]any, error) {
		payload, err := facts(c)
		return c.ID, payload, err
	})
}

func rowFacts(r Row) map[string]any {
	return map[string]any{"campaign": r.Campaign, "number": r.Number, "sort": r.Sort, "amount": r.Amount.String(), "left": r.Left.String(), "day": proof.Instant(r.Day), "what": proof.Digest(r.What), "undoes": r.Undoes}
}

func rowsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := rowsByIDs(tx, ids)
	return part.DataOf(all, err, func(r Row) (civic.ID, part.PageData) {
		return r.ID, part.PageData{Payload: rowFacts(r)}
	})
}
