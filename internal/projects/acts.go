package projects

import (
	"errors"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The acts of projects in the public record. Each says all that everybody sees of the project; who said what of a milestone is in none, what they say together is.
const (
	actAgreed   = "projects.project.agreed"
	actBegun    = "projects.project.begun"
	actClaimed  = "projects.project.claimed"
	actJudged   = "projects.project.judged"
	actHeard    = "projects.project.heard" // what those nearby say together is another
	actProposed = "projects.project.proposed"
	actChanged  = "projects.project.changed"
	actRefused  = "projects.project.refused" // a change
	actMeasured = "projects.project.measured"
	actReviewed = "projects.project.reviewed" // what was measured or given
	actGiven    = "projects.project.given"
	actLocked   = "projects.project.locked"
	actDone     = "projects.project.done"
	actStopped  = "projects.project.stopped"
	actLooked   = "projects.project.looked_back"

	actShown    = "projects.word.shown"
	actRemoved  = "projects.word.removed"
	actRestored = "projects.word.restored"
)

func acts() (out []part.Act) {
	for _, name := range []string{actAgreed, actBegun, actClaimed, actJudged, actHeard, actProposed, actChanged, actRefused, actMeasured, actReviewed, actGiven, actLocked, actDone, actStopped, actLooked} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: projectsNow, Things: map[string]string{"district": city.KindDistrict, "theme": city.KindTheme, "organisation": organisations.Kind},
			Codes: map[string]string{"state": "projects.state_", "role": "projects.role_"}, Rows: map[string][]string{"partners": {"organisation", "role"}},
			Members: []string{"title", "problem", "goal", "first_goal", "whom", "evidence", "state", "district", "theme", "starts", "ends", "first_end", "partners", "versions", "changes", "goals", "locked", "why", "lesson", "milestones", "lines",
				"agreed_at", "begun_at", "ended_at", "looked_at"}})
	}
	word := func(name string, m part.Moderation, members ...string) part.Act {
		return part.Act{Name: name, Page: proof.Shown, Current: wordsNow, Moderation: m, Members: append(members, "milestone", "round"), Optional: []string{"words", "reason"},
			Things: map[string]string{"rule": moderation.KindRule, "milestone": KindMilestone}, Codes: map[string]string{"voice": "delivery.voice_"}}
	}
	shown, removed, restored := word(actShown, part.NoModeration, "lang", "voice"), word(actRemoved, part.Removal, "rule"), word(actRestored, part.Restoration, "lang", "voice")
	delete(shown.Things, "rule")
	delete(restored.Things, "rule")
	delete(removed.Codes, "voice")
	return append(out, shown, removed, restored)
}

// facts is what everybody sees of a project. Its texts, and what grows while it goes on, stand there with their digests: an act has room for one project at
// its bounds.
func facts(p Project, milestones []Milestone, lines []Line, given []Given) (map[string]any, error) {
	var failed error
	digest := func(list any) string {
		d, err := proof.DigestOf(list)
		failed = errors.Join(failed, err)
		return d
	}
	steps, partners, promised, versions, came := []map[string]any{}, []map[string]any{}, []map[string]any{}, []map[string]any{}, map[civic.ID][]map[string]any{}
	for _, of := range p.Partners {
		partners = append(partners, map[string]any{"organisation": of.Organisation, "role": of.Role})
	}
	for _, v := range p.Versions {
		versions = append(versions, map[string]any{"no": v.No, "at": proof.Instant(v.At), "by": v.By, "text": proof.Digests(v.Text), "signed": append([]Signature{}, v.Signed...)})
	}
	for _, m := range milestones {
		steps = append(steps, map[string]any{"id": m.ID, "name": m.Name, "due": m.Due, "first_due": m.First, "standing": m.Standing(), "rounds": digest(append([]Round{}, m.Rounds...))})
	}
	for _, g := range given {
		came[g.Line] = append(came[g.Line], map[string]any{"id": g.ID, "amount": g.Amount, "paper": g.Paper, "review": g.Review, "reviewer": g.Reviewer, "note": written(g.Note), "stated_at": proof.Instant(g.StatedAt), "decided_at": proof.Instant(g.DecidedAt)})
	}
	for _, l := range lines {
		promised = append(promised, map[string]any{"id": l.ID, "giver": l.Giver, "sort": l.Sort, "what": proof.Digests(l.What), "unit": proof.Digests(l.Unit), "amount": l.Amount, "first_amount": l.First, "rate": l.Rate, "source": proof.Digest(l.Source), "given": digest(append([]map[string]any{}, came[l.ID]...))})
	}
	return map[string]any{"title": p.Title, "problem": proof.Digests(p.Problem), "goal": proof.Digests(p.Goal), "first_goal": proof.Digests(p.First), "whom": proof.Digests(p.Whom), "evidence": digest(append([]Evidence{}, p.Evidence...)), "state": p.State, "district": p.District, "theme": p.Theme,
		"starts": p.Starts, "ends": p.Ends, "first_end": p.FirstEnd, "partners": partners, "versions": digest(versions), "changes": digest(append([]Change{}, p.Changes...)), "goals": digest(append([]Indicator{}, p.Goals...)), "locked": p.Locked,
		"why": proof.Digests(p.Why), "lesson": proof.Digests(p.Lesson), "milestones": steps, "lines": promised,
		"agreed_at": proof.Instant(p.AgreedAt), "begun_at": proof.Instant(p.BegunAt), "ended_at": proof.Instant(p.EndedAt), "looked_at": proof.Instant(p.LookedAt)}, failed
}

// written is a text as it is read again: none is an empty one.
func written(t civic.Text) civic.Text {
	if t == nil {
		return civic.Text{}
	}
	return t
}

func factsNow(tx *storage.Tx, p Project) (map[string]any, error) {
	milestones, err := milestonesOf(tx, p)
	if err != nil {
		return nil, err
	}
	lines, err := linesOf(tx, p)
	if err != nil {
		return nil, err
	}
	given, err := givenOf(tx, p)
	if err != nil {
		return nil, err
	}
	return facts(p, milestones[p.no], lines, given)
}

// note writes an act about a project into the record, once everybody sees it. What many people do has no role.
func (s *Service) note(tx *storage.Tx, act string, p Project, role civic.Role) error {
	if !p.Public() {
		return nil
	}
	payload, err := factsNow(tx, p)
	if err != nil {
		return err
	}
	e := record.Entry{Kind: act, Subject: Ref(p.ID), Actor: role, Payload: payload}
	if act == actAgreed {
		for _, of := range p.Evidence {
			if of.Of.ID != "" {
				e.FollowsFrom = append(e.FollowsFrom, of.Of)
			}
		}
	}
	return s.city.Record.Record(tx, e)
}

// projectsNow is what pages show now, for whoever holds them against the record.
func projectsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, p := range all {
		if !p.Public() {
			continue
		}
		var payload map[string]any
		if err == nil {
			payload, err = factsNow(tx, p)
		}
		out[p.ID] = part.PageData{Payload: payload}
	}
	return out, err
}

// wordFacts is what everybody sees of a word, and the texts behind its commitments.
func wordFacts(w Word, of Milestone) (payload map[string]any, texts map[string]string) {
	payload = map[string]any{"milestone": of.ID, "round": w.Round}
	if w.Text == Removed {
		payload["rule"] = w.Rule
		return payload, map[string]string{"reason": w.Reason}
	}
	payload["lang"], payload["voice"] = w.Lang, w.Voice
	return payload, map[string]string{"words": w.Words}
}

func (s *Service) noteWord(tx *storage.Tx, act string, w Word, of Milestone, role civic.Role) (err error) {
	payload, texts := wordFacts(w, of)
	if err := s.city.Record.CommitAll(tx, payload, texts, "reason"); err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: wordRef(w.ID), Actor: role, Payload: payload})
}

func wordsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := wordsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var numbers []int64
	for _, w := range all {
		numbers = append(numbers, w.milestone)
	}
	of, err := milestonesByNumbers(tx, numbers)
	out := map[civic.ID]part.PageData{}
	for _, w := range all {
		if w.Text != Waiting {
			payload, texts := wordFacts(w, of[w.milestone])
			out[w.ID] = part.PageData{Payload: payload, Texts: texts}
		}
	}
	return out, err
}
