package forming

import (
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of forming that others may refer to.
const (
	Kind          = "forming.competition"
	KindCandidacy = "forming.candidacy"
	KindDraw      = "forming.draw"
)

// Ref points at a competition.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func candidacyRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindCandidacy, ID: id} }
func drawRef(id civic.ID) civic.Ref      { return civic.Ref{Kind: KindDraw, ID: id} }

// The acts of forming in the public record. Each says all that pages show of its thing. Names stand there as commitments, and only
// from when they are public; before a draw a candidacy is a number and a seal.
const (
	actAnnounced = "forming.competition.announced"
	actChanged   = "forming.competition.changed" // its quotas
	actChosen    = "forming.competition.chosen"
	actPublished = "forming.competition.published"
	actFailed    = "forming.competition.failed"

	actAdmitted  = "forming.candidacy.admitted"
	actRefused   = "forming.candidacy.refused"
	actWithdrawn = "forming.candidacy.withdrawn"
	actElected   = "forming.candidacy.elected"
	actWaiting   = "forming.candidacy.put_in_reserve"
	actPassed    = "forming.candidacy.not_elected"
	actSeated    = "forming.candidacy.seated"
	actDeclined  = "forming.candidacy.declined"

	actListed   = "forming.draw.announced"
	actDrawn    = "forming.draw.drawn"
	actRevealed = "forming.draw.revealed" // one of the values of several people
	actVoid     = "forming.draw.voided"
)

func acts() (out []part.Act) {
	add := func(current part.Current, members []string, things, codes map[string]string, names ...string) {
		for _, name := range names {
			out = append(out, part.Act{Name: name, Page: proof.Shown, Members: members, Things: things, Codes: codes, Current: current})
		}
	}
	add(competitionsNow, []string{"body", "state", "method", "seats", "reserve", "working", "terms", "quotas", "until", "announced_at", "reasons", "ended_at"},
		map[string]string{"body": ""}, map[string]string{"state": "forming.state_", "method": "forming.method_"}, actAnnounced, actChanged, actChosen, actPublished, actFailed)
	add(candidaciesNow, []string{"competition", "number", "state", "nominated", "name", "seal", "reason", "votes", "seat"},
		map[string]string{"competition": Kind, "nominated": ""}, map[string]string{"state": "forming.candidacy_"}, actAdmitted, actRefused, actWithdrawn, actElected, actWaiting, actPassed, actSeated, actDeclined)
	add(drawsNow, []string{"competition", "purpose", "state", "problem", "stayed", "gone", "list", "never", "deviation", "announcement", "source", "number", "panel", "evidence", "why", "made_at", "ended_at"},
		map[string]string{"competition": Kind}, map[string]string{"purpose": "forming.purpose_", "state": "forming.draw_state_", "source": "forming.source_"}, actListed, actDrawn, actRevealed, actVoid)
	return out
}

func competitionFacts(c Competition) map[string]any {
	return map[string]any{"body": c.Body.String(), "state": c.State, "method": c.Method, "seats": c.Seats, "reserve": c.Reserve, "working": "", "terms": proof.Digests(c.Terms), "quotas": digest(c.Quotas),
		"until": proof.Instant(c.Until), "announced_at": proof.Instant(c.AnnouncedAt), "reasons": proof.Digests(c.Reasons), "ended_at": proof.Instant(c.EndedAt)}
}

// candidacyFacts are what everybody sees of somebody who stands in a competition by that method.
func candidacyFacts(c Candidacy, by Method) map[string]any {
	out := map[string]any{"competition": c.Competition, "number": c.Number, "state": c.State, "nominated": "", "name": "", "seal": c.Seal, "reason": proof.Digests(c.Reason),
		"votes": append([]int{}, c.For...), "seat": c.Seat}
	if c.named(by) {
		out["nominated"] = c.By.String()
	}
	return out
}

func drawFacts(d Draw) map[string]any {
	return map[string]any{"competition": d.Competition, "purpose": d.Purpose, "state": d.State, "problem": digest(d.Problem), "stayed": append([]string{}, d.Stayed...), "gone": append([]string{}, d.Gone...),
		"list": d.lottery().Digest(), "never": append([]string{}, d.Never...), "deviation": strconv.FormatFloat(d.Deviation, 'f', 6, 64), "announcement": d.Announced.Digest(), "source": d.Announced.Source.Kind,
		"number": d.Evidence.Number, "panel": append([]string{}, d.Evidence.Panel...), "evidence": digest(d.Evidence), "why": proof.Digests(d.Why), "made_at": proof.Instant(d.MadeAt), "ended_at": proof.Instant(d.At)}
}

// working is the names of the working group as the record binds them.
func (c Competition) working() string { return strings.Join(c.Group, "\n") }

// note writes an act about a thing of a competition into the record.
func (s *Service) note(tx *storage.Tx, a civic.Actor, c Competition, act string, about civic.Ref, payload map[string]any, follows ...civic.Ref) error {
	return s.record.Record(tx, record.Entry{Kind: act, Subject: about, Actor: part.WorksAs(a, c.Body), FollowsFrom: follows, Payload: payload})
}

func (s *Service) noteCompetition(tx *storage.Tx, a civic.Actor, c Competition, act string, follows ...civic.Ref) (err error) {
	payload := competitionFacts(c)
	if payload["working"], err = s.record.CommitOfficial(tx, c.working()); err != nil {
		return err
	}
	return s.note(tx, a, c, act, Ref(c.ID), payload, append([]civic.Ref{c.Body}, follows...)...)
}

func (s *Service) noteCandidacy(tx *storage.Tx, a civic.Actor, c Competition, d Candidacy, act string, follows ...civic.Ref) (err error) {
	payload := candidacyFacts(d, c.Method)
	if d.named(c.Method) {
		if payload["name"], err = s.record.Commit(tx, d.Name); err != nil {
			return err
		}
	}
	return s.note(tx, a, c, act, candidacyRef(d.ID), payload, append([]civic.Ref{Ref(c.ID)}, follows...)...)
}

func (s *Service) noteDraw(tx *storage.Tx, a civic.Actor, c Competition, d Draw, act string) error {
	return s.note(tx, a, c, act, drawRef(d.ID), drawFacts(d), Ref(c.ID))
}

func competitionsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, c := range all {
		if c.Public() {
			out[c.ID] = part.PageData{Payload: competitionFacts(c), Texts: map[string]string{"working": c.working()}}
		}
	}
	return out, err
}

func candidaciesNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := candidaciesByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	of, err := competitionsOf(tx, all)
	out := map[civic.ID]part.PageData{}
	for _, d := range all {
		by := of[d.Competition].Method
		data := part.PageData{Payload: candidacyFacts(d, by)}
		if d.named(by) {
			data.Texts = map[string]string{"name": d.Name}
		}
		if d.State != Filed {
			out[d.ID] = data
		}
	}
	return out, err
}

// competitionsOf are those to which candidacies belong.
func competitionsOf(tx *storage.Tx, all []Candidacy) (map[civic.ID]Competition, error) {
	var ids []civic.ID
	for _, d := range all {
		ids = append(ids, d.Competition)
	}
	found, err := byIDs(tx, ids)
	out := map[civic.ID]Competition{}
	for _, c := range found {
		out[c.ID] = c
	}
	return out, err
}

func drawsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := drawsByIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, d := range all {
		if d.Public() {
			out[d.ID] = part.PageData{Payload: drawFacts(d)}
		}
	}
	return out, err
}
