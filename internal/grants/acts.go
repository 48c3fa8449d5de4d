package grants

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of grants that others may refer to.
const (
	Kind            = "grants.call"
	KindApplication = "grants.application"
)

func ref(id civic.ID) civic.Ref            { return civic.Ref{Kind: Kind, ID: id} }
func applicationRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindApplication, ID: id} }

// The acts of grants in the public record. Nothing is said there of an application before the decision: who is recused from it would read it.
const (
	actAnnounced = "grants.call.announced"
	actReading   = "grants.call.reading"
	actDecided   = "grants.call.decided"
	actCancelled = "grants.call.cancelled"
	actReserve   = "grants.call.reserve" // one on reserve was given what had become free
)

func acts() (out []part.Act) {
	for _, name := range []string{actAnnounced, actReading, actDecided, actCancelled, actReserve} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: callsNow,
			Members: []string{"funder", "type", "state", "title", "about", "money", "most", "own", "opens", "closes", "grace", "terms", "questions", "district", "theme", "announced_at", "decided_at", "reasons"},
			Things:  map[string]string{"funder": ""}, Codes: map[string]string{"type": "grants.kind_of_", "state": "grants.state_"}})
	}
	return out
}

// callFacts is all that pages show of a call.
func callFacts(c Call) (map[string]any, error) {
	terms, err := proof.DigestOf(c.terms())
	return map[string]any{"funder": organisations.RefOf(c.Funder).String(), "type": c.Kind, "state": c.State, "title": c.Title, "about": proof.Digests(c.About), "money": c.Money.String(), "most": c.Most.String(),
		"own": c.Own, "opens": proof.Instant(c.Opens), "closes": proof.Instant(c.Closes), "grace": int(c.Grace.Minutes()), "terms": terms, "questions": c.FormHash, "district": c.District, "theme": c.Theme,
		"announced_at": proof.Instant(c.AnnouncedAt), "decided_at": proof.Instant(c.DecidedAt), "reasons": proof.Digests(c.Reasons)}, err
}

func (s *Service) noteCall(tx *storage.Tx, a civic.Actor, c Call, act string) error {
	payload, err := callFacts(c)
	if err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: ref(c.ID), Actor: runsAs(a, c.Funder), FollowsFrom: []civic.Ref{organisations.RefOf(c.Funder)}, Payload: payload})
}

func callsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.PayloadsOf(all, err, func(c Call) (civic.ID, map[string]any, error) {
		if !c.Public() {
			return c.ID, nil, nil
		}
		if c.FormHash, err = questions.HashShown(tx, ref(c.ID), formName, c.FormHash); err != nil {
			return c.ID, nil, err
		}
		payload, err := callFacts(c)
		return c.ID, payload, err
	})
}
