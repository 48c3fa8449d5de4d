package councils

import (
	"github.com/birge-kz/birge/internal/civic"
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
	KindMeeting        = "councils.meeting"
	KindItem           = "councils.item"
	KindQuestion       = "councils.question"
	KindVote           = "councils.vote"
	KindRecommendation = "councils.recommendation"
)

// Ref points at a council.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func meetingRef(id civic.ID) civic.Ref        { return civic.Ref{Kind: KindMeeting, ID: id} }
func itemRef(id civic.ID) civic.Ref           { return civic.Ref{Kind: KindItem, ID: id} }
func questionRef(id civic.ID) civic.Ref       { return civic.Ref{Kind: KindQuestion, ID: id} }
func voteRef(id civic.ID) civic.Ref           { return civic.Ref{Kind: KindVote, ID: id} }
func recommendationRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindRecommendation, ID: id} }

// The acts of councils in the public record. Each says all that the page shows of its thing. Names of members and reporters,
// and words of residents, stand there as commitments; what members state of themselves, and who comes, not at all.
const (
	actFounded  = "councils.council.founded"
	actSeated   = "councils.seat.taken"
	actLeft     = "councils.seat.ended"
	actConvened = "councils.meeting.convened"
	actGathered = "councils.meeting.gathered"
	actFailed   = "councils.meeting.failed"
	actClosed   = "councils.meeting.closed"
	actListed   = "councils.item.listed"
	actSettled  = "councils.item.settled"
	actTaken    = "councils.question.taken"
	actVoted    = "councils.vote.held"
	actAdopted  = "councils.recommendation.adopted"
	actSent     = "councils.recommendation.sent"
)

// actOf is the act of each step of a meeting.
var actOf = map[Step]string{Convene: actConvened, Gather: actGathered, Fail: actFailed, Close: actClosed}

func acts() (out []part.Act) {
	add := func(now part.Current, members []string, things map[string]string, names ...string) {
		for _, name := range names {
			out = append(out, part.Act{Name: name, Page: proof.Shown, Current: now, Members: members, Things: things})
		}
	}
	add(councilsNow, []string{"form", "name", "about", "body", "law", "regulation", "size", "since", "until"}, map[string]string{"body": organisations.Kind}, actFounded)
	add(seatsNow, []string{"council", "name", "post", "side", "organisation", "commission", "since", "until"}, map[string]string{"council": Kind, "organisation": organisations.Kind}, actSeated, actLeft)
	add(meetingsNow, []string{"council", "state", "starts_at", "place", "stream", "present", "members", "needed"}, map[string]string{"council": Kind}, actConvened, actGathered, actFailed, actClosed)
	add(itemsNow, []string{"meeting", "place", "state", "title", "from", "reporter", "minutes", "next"}, map[string]string{"meeting": KindMeeting}, actListed, actSettled)
	add(questionsNow, []string{"council", "item", "lang", "words", "asked_at"}, map[string]string{"council": Kind, "item": KindItem}, actTaken)
	add(votesNow, []string{"item", "meeting", "at", "text", "rule", "members", "quorum", "needed", "ballots", "secret", "tellers", "for", "against", "abstain", "recused", "accepted"}, map[string]string{"item": KindItem, "meeting": KindMeeting}, actVoted)
	add(recommendationsNow, []string{"council", "meeting", "vote", "number", "text", "body", "opinion", "adopted_at", "sent_at"},
		map[string]string{"council": Kind, "meeting": KindMeeting, "vote": KindVote, "body": organisations.Kind}, actAdopted, actSent)
	return out
}

func councilFacts(c Council) map[string]any {
	return map[string]any{"form": c.Form, "name": c.Name, "about": proof.Digests(c.About), "body": c.Body, "law": c.Law, "regulation": c.Regulation, "size": c.Size,
		"since": proof.Instant(c.Since), "until": proof.Instant(c.Until)}
}

func seatFacts(s Seat) map[string]any {
	return map[string]any{"council": s.Council, "post": s.Post, "side": s.Side, "organisation": s.Organisation, "commission": s.Commission, "since": proof.Instant(s.Since), "until": proof.Instant(s.Until)}
}

func meetingFacts(m Meeting) map[string]any {
	return map[string]any{"council": m.Council, "state": m.State, "starts_at": proof.Instant(m.StartsAt), "place": m.Place, "stream": m.Stream,
		"present": append([]civic.ID{}, m.Present...), "members": m.Members, "needed": m.Needed}
}

func itemFacts(i Item) map[string]any {
	return map[string]any{"meeting": i.Meeting, "place": i.Place, "state": i.State, "title": i.Title, "from": i.From, "minutes": i.Minutes, "next": proof.Instant(i.Next)}
}

func questionFacts(q Question) map[string]any {
	return map[string]any{"council": q.Council, "item": q.Item, "lang": q.Lang, "asked_at": proof.Instant(q.AskedAt)}
}

func voteFacts(v Vote) map[string]any {
	return map[string]any{"item": v.Item, "meeting": v.Meeting, "at": proof.Instant(v.At), "text": proof.Digests(v.Text), "rule": v.Rule, "members": v.Members, "quorum": v.Quorum, "needed": v.Needed, "ballots": v.Ballots,
		"secret": v.Secret, "tellers": append([]civic.ID{}, v.Tellers...), "for": v.For, "against": v.Against, "abstain": v.Abstain, "recused": v.Recused, "accepted": v.Accepted}
}

func recommendationFacts(r Recommendation) map[string]any {
	return map[string]any{"council": r.Council, "meeting": r.Meeting, "vote": r.Vote, "number": r.Number, "text": proof.Digests(r.Text), "body": r.Body, "opinion": r.Opinion,
		"adopted_at": proof.Instant(r.AdoptedAt), "sent_at": proof.Instant(r.SentAt)}
}

// note writes an act about a thing of a council into the record.
func (s *Service) note(tx *storage.Tx, a civic.Actor, council civic.ID, act string, about civic.Ref, payload map[string]any, follows ...civic.Ref) error {
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: about, Actor: actsAs(a, council), FollowsFrom: follows, Payload: payload})
}

// noteNamed is note of a thing that names somebody: an officeholder, who keeps the name in the record.
func (s *Service) noteNamed(tx *storage.Tx, a civic.Actor, council civic.ID, act string, about civic.Ref, member, name string, payload map[string]any, follows ...civic.Ref) (err error) {
	if payload[member], err = s.city.Record.CommitOfficial(tx, name); err != nil {
		return err
	}
	return s.note(tx, a, council, act, about, payload, follows...)
}

// now gives what pages show of the things with the ids.
func now[T any](all []T, err error, of func(T) (civic.ID, part.PageData)) (map[civic.ID]part.PageData, error) {
	out := map[civic.ID]part.PageData{}
	for _, thing := range all {
		id, data := of(thing)
		out[id] = data
	}
	return out, err
}

func councilsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return now(all, err, func(c Council) (civic.ID, part.PageData) { return c.ID, part.PageData{Payload: councilFacts(c)} })
}

func seatsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := seatsByIDs(tx, ids)
	return now(all, err, func(s Seat) (civic.ID, part.PageData) {
		return s.ID, part.PageData{Payload: seatFacts(s), Texts: map[string]string{"name": s.Name}}
	})
}

func meetingsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := meetingsByIDs(tx, ids)
	return now(all, err, func(m Meeting) (civic.ID, part.PageData) { return m.ID, part.PageData{Payload: meetingFacts(m)} })
}

func itemsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := itemsByIDs(tx, ids)
	return now(all, err, func(i Item) (civic.ID, part.PageData) {
		return i.ID, part.PageData{Payload: itemFacts(i), Texts: map[string]string{"reporter": i.Reporter}}
	})
}

func questionsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := questionsByIDs(tx, ids)
	return now(all, err, func(q Question) (civic.ID, part.PageData) {
		return q.ID, part.PageData{Payload: questionFacts(q), Texts: map[string]string{"words": q.Words}}
	})
}

func votesNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := votesByIDs(tx, ids)
	return now(all, err, func(v Vote) (civic.ID, part.PageData) { return v.ID, part.PageData{Payload: voteFacts(v)} })
}

func recommendationsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := recommendationsByIDs(tx, ids)
	return now(all, err, func(r Recommendation) (civic.ID, part.PageData) {
		return r.ID, part.PageData{Payload: recommendationFacts(r)}
	})
}
