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
	actReserve   = "grants.call.reserve"  // one on reserve was given what had become free
	actDeclined  = "grants.call.declined" // one that was funded, or on reserve, wants no money any more
	actUpheld    = "grants.call.upheld"   // a complaint against the decision was right
)

func acts() (out []part.Act) {
	for _, name := range []string{actAnnounced, actReading, actDecided, actCancelled, actReserve, actDeclined, actUpheld} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: callsNow,
			Members: []string{"funder", "type", "state", "title", "about", "money", "most", "own", "opens", "closes", "grace", "terms", "questions", "district", "theme", "announced_at", "decided_at", "reasons", "later"},
			Rows:    map[string][]string{"later": {"applicant", "outcome", "award", "why", "upheld"}},
			Things:  map[string]string{"funder": "", "applicant": ""}, Codes: map[string]string{"type": "grants.kind_of_", "state": "grants.state_", "outcome": "grants.application_"}})
	}
	return out
}

// callFacts is all that pages show of a call, with what changed after its decision.
func callFacts(c Call, later []Application) (map[string]any, error) {
	terms, err := proof.DigestOf(c.terms())
	rows := []map[string]any{}
	for _, d := range later {
		rows = append(rows, map[string]any{"applicant": organisations.RefOf(d.Applicant).String(), "outcome": d.State, "award": d.Award.String(), "why": proof.Digests(d.Changed), "upheld": d.Upheld})
	}
	return map[string]any{"funder": organisations.RefOf(c.Funder).String(), "type": c.Kind, "state": c.State, "title": c.Title, "about": proof.Digests(c.About), "money": c.Money.String(), "most": c.Most.String(),
		"own": c.Own, "opens": proof.Instant(c.Opens), "closes": proof.Instant(c.Closes), "grace": int(c.Grace.Minutes()), "terms": terms, "questions": c.FormHash, "district": c.District, "theme": c.Theme,
		"announced_at": proof.Instant(c.AnnouncedAt), "decided_at": proof.Instant(c.DecidedAt), "reasons": proof.Digests(c.Reasons), "later": rows}, err
}

func (s *Service) noteCall(tx *storage.Tx, a civic.Actor, c Call, act string) error {
	return s.noteAs(tx, runsAs(a, c.Funder), c, act)
}

// noteDeclined notes that an application wants no money any more, for whichever side the actor says so.
func (s *Service) noteDeclined(tx *storage.Tx, a civic.Actor, c Call, d Application) error {
	as := runsAs(a, c.Funder)
	if Speaks(a, d.Applicant) {
		as = civic.Representative
	}
	return s.noteAs(tx, as, c, actDeclined)
}

func (s *Service) noteAs(tx *storage.Tx, as civic.Role, c Call, act string) error {
	later, err := changedIn(tx, []civic.ID{c.ID})
	if err != nil {
		return err
	}
	payload, err := callFacts(c, later[c.ID])
	if err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: ref(c.ID), Actor: as, FollowsFrom: []civic.Ref{organisations.RefOf(c.Funder)}, Payload: payload})
}

func callsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	later, err := changedIn(tx, ids)
	return part.PayloadsOf(all, err, func(c Call) (civic.ID, map[string]any, error) {
		if !c.Public() {
			return c.ID, nil, nil
		}
		if c.FormHash, err = questions.HashShown(tx, ref(c.ID), formName, c.FormHash); err != nil {
			return c.ID, nil, err
		}
		payload, err := callFacts(c, later[c.ID])
		return c.ID, payload, err
	})
}
