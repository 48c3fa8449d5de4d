package councils

import (
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of councils that others may refer to.
const (
	Kind               = "councils.council"
	KindSeat           = "councils.seat"
	KindRecommendation = "councils.recommendation"
)

// Ref points at a council.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func recommendationRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindRecommendation, ID: id} }

// The acts of councils in the public record. Each says all that the page shows of its thing. Names of members
// stand there as commitments; what members state of themselves, not at all.
const (
	actFounded = "councils.council.founded"
	actSeated  = "councils.seat.taken"
	actLeft    = "councils.seat.ended"
	actAdopted = "councils.recommendation.adopted"
	actSent    = "councils.recommendation.sent"
)

func acts() (out []part.Act) {
	add := func(now part.Current, members []string, things map[string]string, names ...string) {
		for _, name := range names {
			out = append(out, part.Act{Name: name, Page: proof.Shown, Current: now, Members: members, Things: things})
		}
	}
	add(councilsNow, []string{"form", "name", "about", "body", "law", "regulation", "size", "since", "until", "district", "theme", "parent"}, map[string]string{"body": organisations.Kind, "district": city.KindDistrict, "theme": city.KindTheme, "parent": Kind}, actFounded)
	add(seatsNow, []string{"council", "name", "post", "side", "organisation", "commission", "since", "until"}, map[string]string{"council": Kind, "organisation": organisations.Kind}, actSeated, actLeft)
	add(recommendationsNow, []string{"council", "meeting", "vote", "number", "text", "body", "opinion", "adopted_at", "sent_at"},
		map[string]string{"council": Kind, "meeting": meetings.Kind, "vote": meetings.KindVote, "body": organisations.Kind}, actAdopted, actSent)
	return out
}

func councilFacts(c Council) map[string]any {
	return map[string]any{"form": c.Form, "name": c.Name, "about": proof.Digests(c.About), "body": c.Body, "law": c.Law, "regulation": c.Regulation, "size": c.Size,
		"since": proof.Instant(c.Since), "until": proof.Instant(c.Until), "district": c.District, "theme": c.Theme, "parent": c.Parent}
}

func seatFacts(s Seat) map[string]any {
	return map[string]any{"council": s.Council, "post": s.Post, "side": s.Side, "organisation": s.Organisation, "commission": s.Commission, "since": proof.Instant(s.Since), "until": proof.Instant(s.Until)}
}

func recommendationFacts(r Recommendation) map[string]any {
	return map[string]any{"council": r.Council, "meeting": r.Meeting, "vote": r.Vote, "number": r.Number, "text": proof.Digests(r.Text), "body": r.Body, "opinion": r.Opinion,
		"adopted_at": proof.Instant(r.AdoptedAt), "sent_at": proof.Instant(r.SentAt)}
}

// note writes an act about a thing of a council into the record.
func (s *Service) note(tx *storage.Tx, a civic.Actor, council civic.ID, act string, about civic.Ref, payload map[string]any, follows ...civic.Ref) error {
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: about, Actor: part.WorksAs(a, Ref(council)), FollowsFrom: follows, Payload: payload})
}

// noteNamed is note of a thing that names somebody: an officeholder, who keeps the name in the record.
func (s *Service) noteNamed(tx *storage.Tx, a civic.Actor, council civic.ID, act string, about civic.Ref, member, name string, payload map[string]any, follows ...civic.Ref) (err error) {
	if payload[member], err = s.city.Record.CommitOfficial(tx, name); err != nil {
		return err
	}
	return s.note(tx, a, council, act, about, payload, follows...)
}

func councilsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.DataOf(all, err, func(c Council) (civic.ID, part.PageData) { return c.ID, part.PageData{Payload: councilFacts(c)} })
}

func seatsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := seatsByIDs(tx, ids)
	return part.DataOf(all, err, func(s Seat) (civic.ID, part.PageData) {
		return s.ID, part.PageData{Payload: seatFacts(s), Texts: map[string]string{"name": s.Name}}
	})
}

func recommendationsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := recommendationsByIDs(tx, ids)
	return part.DataOf(all, err, func(r Recommendation) (civic.ID, part.PageData) {
		return r.ID, part.PageData{Payload: recommendationFacts(r)}
	})
}
