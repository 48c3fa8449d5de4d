package meetings

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of meetings that others may refer to.
const (
	Kind         = "meetings.meeting"
	KindItem     = "meetings.item"
	KindQuestion = "meetings.question"
	KindVote     = "meetings.vote"
)

// RefOf points at a meeting.
func RefOf(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

// VoteRef points at a vote.
func VoteRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindVote, ID: id} }

func itemRef(id civic.ID) civic.Ref     { return civic.Ref{Kind: KindItem, ID: id} }
func questionRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindQuestion, ID: id} }

// The acts of meetings in the public record. Each says all that the page shows of its thing. Names of reporters, and words
// of residents, stand there as commitments; who comes, not at all.
const (
	actConvened = "meetings.meeting.convened"
	actGathered = "meetings.meeting.gathered"
	actFailed   = "meetings.meeting.failed"
	actClosed   = "meetings.meeting.closed"
	actMoved    = "meetings.meeting.moved"
	actOff      = "meetings.meeting.called_off"
	actLinked   = "meetings.meeting.linked"
	actListed   = "meetings.item.listed"
	actSettled  = "meetings.item.settled"
	actTaken    = "meetings.question.taken"
	actVoted    = "meetings.vote.held"
)

// actOf is the act of each step of a meeting.
var actOf = map[Step]string{Convene: actConvened, Gather: actGathered, Fail: actFailed, Close: actClosed, Move: actMoved, CallOff: actOff}

func acts() (out []part.Act) {
	add := func(now part.Current, members []string, things map[string]string, names ...string) {
		for _, name := range names {
			out = append(out, part.Act{Name: name, Page: proof.Shown, Current: now, Members: members, Things: things})
		}
	}
	add(meetingsNow, []string{"body", "state", "starts_at", "place", "stream", "recorded", "present", "members", "needed", "sequence", "reason"}, map[string]string{"body": ""}, actConvened, actGathered, actFailed, actClosed, actMoved, actOff, actLinked)
	add(itemsNow, []string{"meeting", "place", "state", "title", "from", "reporter", "minutes", "report", "next", "received", "days", "due"}, map[string]string{"meeting": Kind}, actListed, actSettled)
	add(questionsNow, []string{"body", "item", "lang", "words", "asked_at"}, map[string]string{"body": "", "item": KindItem}, actTaken)
	add(votesNow, []string{"item", "meeting", "at", "text", "rule", "members", "quorum", "needed", "ballots", "secret", "tellers", "for", "against", "abstain", "recused", "accepted", "entries"}, map[string]string{"item": KindItem, "meeting": Kind}, actVoted)
	return out
}

func meetingFacts(m Meeting) map[string]any {
	return map[string]any{"body": m.Body.String(), "state": m.State, "starts_at": proof.Instant(m.StartsAt), "place": m.Place, "stream": m.Stream, "recorded": m.Recorded,
		"present": append([]civic.ID{}, m.Present...), "members": m.Members, "needed": m.Needed, "sequence": m.Sequence, "reason": m.Reason}
}

func itemFacts(i Item) map[string]any {
	return map[string]any{"meeting": i.Meeting, "place": i.Place, "state": i.State, "title": i.Title, "from": i.From, "minutes": i.Minutes, "report": i.Report, "next": proof.Instant(i.Next),
		"received": proof.Instant(i.Received), "days": i.Days, "due": proof.Instant(i.Due)}
}

func questionFacts(q Question) map[string]any {
	return map[string]any{"body": q.Body.String(), "item": q.Item, "lang": q.Lang, "asked_at": proof.Instant(q.AskedAt)}
}

func voteFacts(v Vote) map[string]any {
	return map[string]any{"item": v.Item, "meeting": v.Meeting, "at": proof.Instant(v.At), "text": proof.Digests(v.Text), "rule": v.Rule, "members": v.Members, "quorum": v.Quorum, "needed": v.Needed, "ballots": v.Ballots,
		"secret": v.Secret, "tellers": append([]civic.ID{}, v.Tellers...), "for": v.For, "against": v.Against, "abstain": v.Abstain, "recused": v.Recused, "accepted": v.Accepted, "entries": v.Entries}
}

// note writes an act about a thing of a body's meetings into the record.
func (s *Service) note(tx *storage.Tx, a civic.Actor, body civic.Ref, act string, about civic.Ref, payload map[string]any, follows ...civic.Ref) error {
	return s.record.Record(tx, record.Entry{Kind: act, Subject: about, Actor: part.WorksAs(a, body), FollowsFrom: follows, Payload: payload})
}

func meetingsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.DataOf(all, err, func(m Meeting) (civic.ID, part.PageData) { return m.ID, part.PageData{Payload: meetingFacts(m)} })
}

func itemsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := itemsByIDs(tx, ids)
	return part.DataOf(all, err, func(i Item) (civic.ID, part.PageData) {
		return i.ID, part.PageData{Payload: itemFacts(i), Texts: map[string]string{"reporter": i.Reporter}}
	})
}

func questionsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := questionsByIDs(tx, ids)
	return part.DataOf(all, err, func(q Question) (civic.ID, part.PageData) {
		return q.ID, part.PageData{Payload: questionFacts(q), Texts: map[string]string{"words": q.Words}}
	})
}

func votesNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := votesByIDs(tx, ids)
	return part.DataOf(all, err, func(v Vote) (civic.ID, part.PageData) { return v.ID, part.PageData{Payload: voteFacts(v)} })
}
