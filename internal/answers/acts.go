package answers

import (
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The acts of obligations in the public record. Each says all that the page shows, so that the last
// of them is what the page is held against. The person in charge stands there as a commitment;
// what people reply not at all.
const (
	actOwed  = "answers.obligation.owed"
	actMoved = "answers.obligation.moved" // by a change of the calendar
)

// actOf is the act of each step.
var actOf = map[Step]string{
	Pause: "answers.obligation.paused", Resume: "answers.obligation.resumed", Extend: "answers.obligation.extended", Assign: "answers.obligation.assigned", Pass: "answers.obligation.passed",
	Give: "answers.obligation.given", Confirm: "answers.obligation.confirmed", Contest: "answers.obligation.contested", Drop: "answers.obligation.dropped",
}

// auditOf is the name of a step in the audit list.
func auditOf(step Step) string { return "answers.obligation." + string(step) }

func acts() []part.Act {
	out := []part.Act{}
	for _, name := range []string{actOwed, actMoved, actOf[Pause], actOf[Resume], actOf[Extend], actOf[Assign], actOf[Pass], actOf[Give], actOf[Confirm], actOf[Contest], actOf[Drop]} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: current, Members: []string{"subject", "owed", "what", "origin", "body", "district", "theme", "person", "source",
			"start", "days", "working", "pauses", "extensions", "state", "due", "given_at", "verdicts", "moves"},
			Rows:   map[string][]string{"verdicts": {"at", "outcome", "whose", "promised"}, "pauses": {"from", "to"}, "extensions": {"days", "told"}, "moves": {"at", "was", "becomes"}},
			Things: map[string]string{"subject": "", "body": "", "whose": "", "district": city.KindDistrict, "theme": city.KindTheme}, Codes: map[string]string{"outcome": "answers.outcome_"}})
	}
	return out
}

// facts is what an obligation's page says.
func facts(tx *storage.Tx, o Obligation) (map[string]any, error) {
	said, err := verdicts(tx, o)
	if err != nil {
		return nil, err
	}
	moved, err := moves(tx, o)
	if err != nil {
		return nil, err
	}
	pauses, extensions, verdicts, shifts := []map[string]any{}, []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, p := range o.Pauses {
		pauses = append(pauses, map[string]any{"from": proof.Instant(p.From), "to": proof.Instant(p.To), "why": proof.Digests(p.Why)})
	}
	for _, e := range o.Extensions {
		extensions = append(extensions, map[string]any{"days": e.Days, "told": proof.Instant(e.Told), "why": proof.Digests(e.Why)})
	}
	for _, v := range said {
		verdicts = append(verdicts, map[string]any{"at": proof.Instant(v.At), "version": v.Version, "outcome": v.Outcome, "whose": v.Whose.String(), "reason": proof.Digests(v.Reason),
			"evidence": append([]string{}, v.Evidence...), "promised": proof.Instant(v.Promised)})
	}
	for _, m := range moved {
		days, err := proof.DigestOf(append([]MovedDay{}, m.Days...))
		if err != nil {
			return nil, err
		}
		shifts = append(shifts, map[string]any{"at": proof.Instant(m.At), "was": proof.Instant(m.Was), "becomes": proof.Instant(m.Becomes), "days": days})
	}
	return map[string]any{"subject": o.Subject.String(), "owed": o.Owed, "what": proof.Digests(o.What), "origin": o.Origin, "body": o.Body.String(), "district": o.District, "theme": o.Theme, "source": o.Source,
		"start": proof.Instant(o.Start), "days": o.Term.Days, "working": o.Term.Working, "pauses": pauses, "extensions": extensions, "state": o.State,
		"due": proof.Instant(o.Due), "given_at": proof.Instant(o.GivenAt), "verdicts": verdicts, "moves": shifts}, nil
}

// note writes an act about an obligation into the record.
func (s *Service) note(tx *storage.Tx, act string, o Obligation, role civic.Role, follows ...civic.Ref) error {
	payload, err := facts(tx, o)
	if err != nil {
		return err
	}
	if payload["person"], err = s.record.CommitOfficial(tx, o.Person); err != nil {
		return err
	}
	return s.record.Record(tx, record.Entry{Kind: act, Subject: Ref(o.ID), FollowsFrom: follows, Actor: role, Payload: payload})
}

func current(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, o := range all {
		payload, err := facts(tx, o)
		if err != nil {
			return nil, err
		}
		out[o.ID] = part.PageData{Payload: payload, Texts: map[string]string{"person": o.Person}}
	}
	return out, err
}

// titles names an answer after what it is about, and the others by what is owed.
func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, o := range all {
		r := part.Resolved{Path: Path(o.ID), Phrase: "answers.title_" + string(o.Owed)}
		if r.Title = o.What; o.What.Empty() {
			r.Of = o.Subject
		}
		out[o.ID] = r
	}
	return out, err
}
