package initiatives

import (
	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of initiatives that others may refer to.
const (
	Kind             = "initiatives.initiative"
	KindInvalidation = "initiatives.invalidation"
)

// Ref points at an initiative.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func invalidationRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindInvalidation, ID: id} }

// The acts of initiatives in the public record, from the decision of a moderator on. Each says all that everybody sees of its thing: of the words
// a commitment, and only while they are read; of who signed, how many.
const (
	actOpened      = "initiatives.initiative.opened"
	actRefused     = "initiatives.initiative.refused"
	actRestored    = "initiatives.initiative.restored"
	actReached     = "initiatives.initiative.reached"
	actClosed      = "initiatives.initiative.closed"
	actHanded      = "initiatives.initiative.handed"
	actUnsupported = "initiatives.initiative.unsupported"
	actWithdrawn   = "initiatives.initiative.withdrawn"
	actAnswered    = "initiatives.initiative.answered"
	actDelivered   = "initiatives.initiative.delivered"
	actInvalidated = "initiatives.invalidation.made"
	actReversed    = "initiatives.invalidation.reversed"
)

func acts() (out []part.Act) {
	for _, name := range []string{actOpened, actRefused, actRestored, actReached, actClosed, actHanded, actUnsupported, actWithdrawn, actAnswered, actDelivered} {
		a := part.Act{Name: name, Page: proof.Shown, Current: initiativesNow,
			Members:  []string{"number", "lang", "body", "district", "theme", "state", "rule", "opened_at", "closes_at", "closed_at", "hand_at", "final", "thresholds"},
			Optional: []string{"title", "words", "reason"},
			Rows:     map[string][]string{"thresholds": {"effect", "needed", "reached_at", "obligation"}},
			Things:   map[string]string{"body": organisations.Kind, "district": city.KindDistrict, "theme": city.KindTheme, "rule": moderation.KindRule, "obligation": answers.Kind},
			Codes:    map[string]string{"state": "initiatives.state_", "effect": "initiatives.effect_"}}
		switch name {
		case actRefused:
			a.Moderation = part.Removal
		case actRestored:
			a.Moderation = part.Restoration
		}
		out = append(out, a)
	}
	for _, name := range []string{actInvalidated, actReversed} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: invalidationsNow, Members: []string{"initiative", "reason", "counted", "waiting", "made_at", "reversed_at", "reversal"},
			Things: map[string]string{"initiative": Kind}})
	}
	return out
}

// facts is what everybody sees of an initiative, and the texts behind its commitments.
func facts(i Initiative, all []Threshold) (payload map[string]any, texts map[string]string) {
	rows := []map[string]any{}
	for _, t := range all {
		rows = append(rows, map[string]any{"effect": t.Effect, "needed": t.Needed, "reached_at": proof.Instant(t.ReachedAt), "obligation": t.Obligation})
	}
	payload = map[string]any{"number": i.Number(), "lang": i.Lang, "body": i.Body, "district": i.District, "theme": i.Theme, "state": i.State, "rule": i.Rule, "opened_at": proof.Instant(i.OpenedAt),
		"closes_at": proof.Instant(i.ClosesAt), "closed_at": proof.Instant(i.ClosedAt), "hand_at": "", "final": i.Final, "thresholds": rows}
	if i.State == Closed {
		payload["hand_at"] = proof.Instant(i.HandAt)
	}
	texts = map[string]string{}
	if i.Public() {
		texts["title"], texts["words"] = i.Title, i.Words
	}
	if i.State == Refused {
		texts["reason"] = i.Reason
	}
	return payload, texts
}

// note writes an act about an initiative into the record.
func (s *Service) note(tx *storage.Tx, act string, i Initiative, role civic.Role) error {
	all, err := thresholds(tx, i)
	if err != nil {
		return err
	}
	payload, texts := facts(i, all[i.no])
	if err := s.city.Record.CommitAll(tx, payload, texts, "reason"); err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: Ref(i.ID), Actor: role, Payload: payload})
}

// initiativesNow is what pages show now, for whoever holds them against the record.
func initiativesNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	of, err := thresholds(tx, all...)
	return part.DataOf(all, err, func(i Initiative) (civic.ID, part.PageData) {
		payload, texts := facts(i, of[i.no])
		return i.ID, part.PageData{Payload: payload, Texts: texts}
	})
}

// invalidationFacts is what everybody sees of an invalidation: not by which conditions, for who manipulates would learn from them.
func invalidationFacts(of civic.ID, v Invalidation) map[string]any {
	return map[string]any{"initiative": of, "reason": proof.Digests(v.Reason), "counted": v.Counted, "waiting": v.Waiting, "made_at": proof.Instant(v.MadeAt), "reversed_at": proof.Instant(v.ReversedAt),
		"reversal": proof.Digests(v.Reversal)}
}

func invalidationsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := invalidationsByIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, v := range all {
		i, err := findNo(tx, v.initiative)
		if err != nil {
			return nil, err
		}
		out[v.ID] = part.PageData{Payload: invalidationFacts(i.ID, v)}
	}
	return out, err
}
