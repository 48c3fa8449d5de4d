package minutes

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of minutes that others may refer to.
const (
	Kind           = "minutes.minutes"
	kindCorrection = "minutes.correction"
)

func refOf(id civic.ID) civic.Ref         { return civic.Ref{Kind: Kind, ID: id} }
func correctionRef(id civic.ID) civic.Ref { return civic.Ref{Kind: kindCorrection, ID: id} }

// The acts of minutes in the public record. What was said, and remarks, stand there as commitments.
const (
	actApproved  = "minutes.minutes.approved"
	actCorrected = "minutes.correction.made"
)

func acts() []part.Act {
	return []part.Act{
		{Name: actApproved, Page: proof.Shown, Current: approvedNow, Members: []string{"meeting", "heard", "remarks", "approved_at", "in"}, Things: map[string]string{"meeting": meetings.Kind, "in": meetings.Kind}},
		{Name: actCorrected, Page: proof.Shown, Current: correctionsNow, Members: []string{"minutes", "at", "text"}, Things: map[string]string{"minutes": Kind}},
	}
}

// note writes an act about the minutes of a meeting of a body into the record.
func (s *Service) note(tx *storage.Tx, a civic.Actor, body civic.Ref, act string, about civic.Ref, payload map[string]any, follows civic.Ref) error {
	return s.record.Record(tx, record.Entry{Kind: act, Subject: about, Actor: part.WorksAs(a, body), FollowsFrom: []civic.Ref{follows}, Payload: payload})
}

// facts is what the record says of approved minutes: commitments to what was said and to the remarks.
func facts(tx *storage.Tx, n Minutes) (map[string]any, error) {
	heard := []map[string]any{}
	for _, h := range n.Heard {
		heard = append(heard, map[string]any{"item": h.Item, "text": proof.Digests(h.Text)})
	}
	all, err := remarksOn(tx, n.ID)
	remarks := []map[string]any{}
	for _, r := range all {
		remarks = append(remarks, map[string]any{"seat": r.Seat, "at": proof.Instant(r.At), "lang": r.Lang, "words": proof.Digest(r.Words), "decided": r.Ruling, "reason": proof.Digests(r.Reason)})
	}
	return map[string]any{"meeting": n.Meeting, "heard": heard, "remarks": remarks, "approved_at": proof.Instant(n.ApprovedAt), "in": n.ApprovedIn}, err
}

func correctionFacts(c Correction) map[string]any {
	return map[string]any{"minutes": c.Minutes, "at": proof.Instant(c.At), "text": proof.Digests(c.Text)}
}

// approvedNow leaves out what is not approved: nobody sees it.
func approvedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.PayloadsOf(all, err, func(n Minutes) (civic.ID, map[string]any, error) {
		if n.State != Approved {
			return n.ID, nil, nil
		}
		payload, err := facts(tx, n)
		return n.ID, payload, err
	})
}

func correctionsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := correctionsByIDs(tx, ids)
	return part.DataOf(all, err, func(c Correction) (civic.ID, part.PageData) { return c.ID, part.PageData{Payload: correctionFacts(c)} })
}
