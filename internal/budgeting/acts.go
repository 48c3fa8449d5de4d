package budgeting

import (
	"encoding/json"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of the people's budget that others may refer to.
const (
	KindCampaign = "budgeting.campaign"
	Kind         = "budgeting.proposal"
	KindCheck    = "budgeting.check"
	KindPast     = "budgeting.past"
)

// Ref points at a proposal.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func campaignRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindCampaign, ID: id} }

func checkRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindCheck, ID: id} }

// The acts of the people's budget in the public record. Each says all that everybody sees of its thing: of the words of a proposal a commitment, and only
// while they are shown; who wrote or supports it, not at all, but as its author wants to be called; what bodies say, once the council has signed it.
const (
	actPublished = "budgeting.campaign.published"
	actChanged   = "budgeting.campaign.changed"
	actStopped   = "budgeting.campaign.stopped"
	actCounted   = "budgeting.campaign.counted"
	actNone      = "budgeting.campaign.none_passed"
	actPast      = "budgeting.past.published" // a vote of earlier years

	actFiled     = "budgeting.proposal.filed"
	actShown     = "budgeting.proposal.shown"
	actRemoved   = "budgeting.proposal.removed"
	actRestored  = "budgeting.proposal.restored"
	actAssigned  = "budgeting.proposal.assigned"
	actSigned    = "budgeting.proposal.signed"
	actReworked  = "budgeting.proposal.reworked"
	actWithdrawn = "budgeting.proposal.withdrawn"
	actMerged    = "budgeting.proposal.merged"
	actJoined    = "budgeting.proposal.joined"  // another was merged into it
	actLate      = "budgeting.proposal.refused" // people vote, and it did not pass in time
	actBalloted  = "budgeting.proposal.balloted"
	actFrozen    = "budgeting.proposal.frozen"
	actThawed    = "budgeting.proposal.released"
	actFallen    = "budgeting.proposal.fallen"
	actWon       = "budgeting.proposal.won"
	actLost      = "budgeting.proposal.lost"
)

func acts() (out []part.Act) {
	out = append(out, part.Act{Name: actPast, Page: proof.Shown, Current: pastNow, Things: map[string]string{"body": organisations.Kind},
		Members: []string{"year", "body", "title", "part", "rule", "recount", "money", "spent", "voters", "winners", "announced", "agrees", "hash", "published_at"}})
	for _, name := range []string{actPublished, actChanged, actStopped, actCounted, actNone} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: campaignsNow, Members: []string{"year", "body", "title", "about", "state", "plan", "parts", "categories", "unit_prices", "rules", "hash", "recount", "changes", "published_at", "results"},
			Things: map[string]string{"body": organisations.Kind}, Codes: map[string]string{"state": "budgeting.campaign_"}})
	}
	always := []string{"campaign", "number", "area", "category", "state", "district", "cost", "paper", "paper_support", "filed_at", "merged_into", "verdicts"}
	things := map[string]string{"campaign": KindCampaign, "district": city.KindDistrict, "merged_into": Kind, "rule": moderation.KindRule}
	codes := map[string]string{"state": "budgeting.state_", "cause": "budgeting.cause_"}
	words := []string{"cause", "imported", "rule", "reason", "title", "what", "why", "address", "land", "point", "estimate", "signed", "authors", "replies", "lang"}
	for _, name := range []string{actFiled, actShown, actRestored, actAssigned, actSigned, actReworked, actWithdrawn, actMerged, actJoined, actLate, actBalloted, actFrozen, actThawed, actFallen, actWon, actLost} {
		act := part.Act{Name: name, Page: proof.Shown, Current: proposalsNow, Members: always, Optional: words, Things: things, Codes: codes}
		if name == actRestored {
			act.Moderation = part.Restoration
		}
		out = append(out, act)
	}
	return append(out, part.Act{Name: actRemoved, Page: proof.Shown, Current: removedNow, Moderation: part.Removal, Members: append([]string{"rule", "reason"}, always...), Optional: []string{"cause", "imported"}, Things: things, Codes: codes})
}

// campaignFacts is what everybody sees of a campaign.
func campaignFacts(c Campaign, results []Counted) map[string]any {
	changes := []map[string]any{}
	for _, change := range c.Changes {
		changes = append(changes, map[string]any{"at": proof.Instant(change.At), "why": change.Why})
	}
	return map[string]any{"year": c.Year, "body": c.Body, "title": c.Title, "about": c.About, "state": c.State, "plan": c.Plan, "parts": c.Areas, "categories": c.Categories, "unit_prices": c.Prices,
		"rules": c.Rules, "hash": c.Hash(), "recount": c.Rules.Command("FILE.pb", nil), "changes": changes, "published_at": proof.Instant(c.OpenedAt), "results": append([]Counted{}, results...)}
}

func (s *Service) noteCampaign(tx *storage.Tx, act string, c Campaign, role civic.Role) error {
	results, err := countedOf(tx, c.ID)
	if err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: campaignRef(c.ID), Actor: role, Payload: campaignFacts(c, results)})
}

func campaignsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := campaignsByIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, c := range all {
		var results []Counted
		if err == nil {
			results, err = countedOf(tx, c.ID)
		}
		out[c.ID] = part.PageData{Payload: campaignFacts(c, results)}
	}
	return out, err
}

func pastNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := pastByIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, p := range all {
		out[p.ID] = part.PageData{Payload: pastFacts(p)}
	}
	return out, err
}

// facts is what everybody sees of a proposal, and the texts behind its commitments.
func facts(p Proposal, signed []Verdict, others []Coauthor) (payload map[string]any, texts map[string]string) {
	verdicts := []map[string]any{}
	for _, v := range signed {
		points, met, said := []map[string]string{}, []bool{}, []map[string]string{}
		for _, point := range v.Points {
			points = append(points, proof.Digests(point))
		}
		for _, a := range v.Answers {
			met, said = append(met, a.Met), append(said, proof.Digests(a.Words))
		}
		signers := []map[string]any{}
		for _, by := range v.Signers {
			signers = append(signers, map[string]any{"body": by.Body, "person": proof.Digest(by.Person)})
		}
		verdicts = append(verdicts, map[string]any{"round": v.Round, "outcome": v.Outcome, "cost": v.Cost, "reason": proof.Digests(v.Reason), "points": points, "met": met, "answers": said,
			"signers": signers, "protocol": v.Protocol, "signed_at": proof.Instant(v.SignedAt)})
	}
	payload = map[string]any{"campaign": p.Campaign, "number": p.Number, "area": p.Area, "category": p.Category, "state": p.State, "district": p.District, "cost": p.Cost, "paper": p.Paper,
		"paper_support": p.PaperSupport, "filed_at": proof.Instant(p.FiledAt), "merged_into": p.Into, "verdicts": verdicts}
	if p.Origin != "" {
		payload["imported"] = true
	}
	if p.Cause != "" {
		payload["cause"] = p.Cause
	}
	texts = map[string]string{}
	switch p.Text {
	case Shown:
		payload["lang"], payload["point"], payload["land"] = p.Lang, p.Point.String(), p.Land
		texts["title"], texts["what"], texts["why"], texts["address"] = p.Title, p.What, p.Why, p.Address
		texts["estimate"] = encoded(p.Estimate)
		if len(p.Replies) > 0 {
			texts["replies"] = encoded(p.Replies)
		}
		texts["signed"], texts["authors"] = p.Signed, encoded(namesOf(others)) // "" once they have left, and then nobody can tell which name it was
	case Removed:
		payload["rule"], texts["reason"] = p.Rule, p.Reason
	}
	return payload, texts
}

func namesOf(others []Coauthor) (out []string) {
	for _, o := range others {
		out = append(out, o.Signed)
	}
	return out
}

// note writes an act about a proposal into the record.
func (s *Service) note(tx *storage.Tx, act string, p Proposal, role civic.Role) error {
	signed, err := verdictsOf(tx, p.ID)
	if err != nil {
		return err
	}
	others, err := coauthors(tx, p)
	if err != nil {
		return err
	}
	payload, texts := facts(p, signed[p.ID], others)
	if err := s.city.Record.CommitAll(tx, payload, texts, "reason"); err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: Ref(p.ID), FollowsFrom: []civic.Ref{campaignRef(p.Campaign)}, Actor: role, Payload: payload})
}

// What pages show now, for whoever holds them against the record.

func proposalsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return nowOf(tx, ids, false)
}

func removedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return nowOf(tx, ids, true)
}

func nowOf(tx *storage.Tx, ids []civic.ID, removed bool) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	signed, err := verdictsOf(tx, ids...)
	out := map[civic.ID]part.PageData{}
	for _, p := range all {
		if removed && p.Text != Removed || err != nil {
			continue
		}
		var others []Coauthor
		others, err = coauthors(tx, p)
		payload, texts := facts(p, signed[p.ID], others)
		out[p.ID] = part.PageData{Payload: payload, Texts: texts}
	}
	return out, err
}

// encoded is a value as JSON, of which a commitment is made.
func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, numbers and times always encode
	}
	return string(b)
}
