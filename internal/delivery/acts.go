package delivery

import (
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of delivery that others may refer to.
const (
	Kind          = "delivery.work"
	KindMilestone = "delivery.milestone"
)

// Ref points at a work.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

// The acts of delivery in the public record. Each says all that everybody sees of the work; who said what of it is in none.
const (
	actPromised   = "delivery.work.promised"
	actContracted = "delivery.work.contracted"
	actPlanned    = "delivery.work.planned" // a milestone was named
	actReached    = "delivery.work.advanced"
	actDelayed    = "delivery.work.delayed"
	actPaid       = "delivery.work.paid"
	actBuilt      = "delivery.work.built"
	actConfirmed  = "delivery.work.confirmed"
	actDisputed   = "delivery.work.disputed"
	actMended     = "delivery.work.mended"
	actDropped    = "delivery.work.dropped"
)

func acts() (out []part.Act) {
	for _, name := range []string{actPromised, actContracted, actPlanned, actReached, actDelayed, actPaid, actBuilt, actConfirmed, actDisputed, actMended, actDropped} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: worksNow, Things: map[string]string{"of": "", "body": "", "district": city.KindDistrict}, Codes: map[string]string{"state": "delivery.state_"},
			Members: []string{"of", "body", "state", "district", "point", "year", "cost", "set_aside", "paid", "due", "first_due", "contracts", "raises", "delays", "milestones", "mended", "why", "round", "built_at", "opened_at"}})
	}
	return out
}

// facts is what everybody sees of a work.
func facts(w Work, milestones []Milestone, paid civic.Money) map[string]any {
	steps, raises, delays, mended := []map[string]any{}, []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, m := range milestones {
		steps = append(steps, map[string]any{"id": m.ID, "name": m.Name, "due": m.Due, "reached_at": proof.Instant(m.Reached)})
	}
	for _, r := range w.Raises {
		raises = append(raises, map[string]any{"at": proof.Instant(r.At), "sum_tiyn": r.Sum, "why": r.Why})
	}
	for _, d := range w.Delays {
		delays = append(delays, map[string]any{"at": proof.Instant(d.At), "from": d.From, "to": d.To, "why": d.Why})
	}
	for _, m := range w.Mended {
		mended = append(mended, map[string]any{"at": proof.Instant(m.At), "words": m.Words})
	}
	why := w.Why
	if why == nil {
		why = civic.Text{} // as it is read again
	}
	return map[string]any{"of": w.Of.String(), "body": w.Body.String(), "state": w.State, "district": w.District, "point": w.Point.String(), "year": w.Year, "cost": w.Cost, "set_aside": w.Set, "paid": paid, "due": w.Due,
		"first_due": w.First, "contracts": append([]Contract{}, w.Contracts...), "raises": raises, "delays": delays, "milestones": steps, "mended": mended, "why": why, "round": w.Round,
		"built_at": proof.Instant(w.BuiltAt), "opened_at": proof.Instant(w.OpenedAt)}
}

func factsNow(tx *storage.Tx, w Work) (map[string]any, error) {
	milestones, err := milestonesOf(tx, w)
	if err != nil {
		return nil, err
	}
	paid, err := paidOf(tx, w)
	return facts(w, milestones, paid), err
}

// note writes an act about a work into the record. What time or many people do has no role.
func (s *Service) note(tx *storage.Tx, act string, w Work, role civic.Role) error {
	payload, err := factsNow(tx, w)
	if err != nil {
		return err
	}
	return s.Record.Record(tx, record.Entry{Kind: act, Subject: Ref(w.ID), FollowsFrom: []civic.Ref{w.Of}, Actor: role, Payload: payload})
}

// worksNow is what pages show now, for whoever holds them against the record.
func worksNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, w := range all {
		var payload map[string]any
		if err == nil {
			payload, err = factsNow(tx, w)
		}
		out[w.ID] = part.PageData{Payload: payload}
	}
	return out, err
}
