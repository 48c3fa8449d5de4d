package appeals

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

// The things of appeals that others may refer to.
const (
	Kind     = "appeals.appeal"
	KindCase = "appeals.case"
)

// Ref points at an appeal.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func caseRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindCase, ID: id} }

// The acts of appeals in the public record. Each says all that everybody sees of its thing: of the words of an appeal a
// commitment, and only while they are shown; who filed it, and what they say to the body alone, not at all.
const (
	actFiled    = "appeals.appeal.filed"
	actImported = "appeals.appeal.imported" // it was taken from an older system
	actShown    = "appeals.appeal.shown"
	actRemoved  = "appeals.appeal.removed"
	actRestored = "appeals.appeal.restored"
	actClosed   = "appeals.case.closed"
)

// actOf is the act of each step of a case.
var actOf = map[Step]string{Register: "appeals.case.registered", Take: "appeals.case.taken", Forward: "appeals.case.forwarded", Pause: "appeals.case.paused", Resume: "appeals.case.resumed",
	Answer: "appeals.case.answered", Contest: "appeals.case.contested", Close: actClosed, Withdraw: actClosed, Link: "appeals.case.linked"}

func acts() []part.Act {
	always := []string{"number", "sort", "open", "district", "theme", "filed_at"}
	codes, things := map[string]string{"sort": "appeals.sort_"}, map[string]string{"district": city.KindDistrict, "theme": city.KindTheme}
	shown := func(name string) part.Act {
		return part.Act{Name: name, Page: proof.Shown, Current: shownNow, Members: append([]string{"lang", "point"}, always...), Optional: []string{"title", "words", "address"}, Things: things, Codes: codes}
	}
	restored := shown(actRestored)
	restored.Moderation = part.Restoration
	out := []part.Act{
		{Name: actFiled, Unlike: "its words are not shown before a moderator has read them", Page: proof.Shown, Current: filedNow, Members: always, Things: things, Codes: codes},
		{Name: actImported, Unlike: "the words of the older system stay there, and the page says which it was", Page: proof.Shown, Current: importedNow, Members: append([]string{"older"}, always...), Things: things, Codes: codes},
		shown(actShown),
		{Name: actRemoved, Page: proof.Shown, Current: removedNow, Moderation: part.Removal, Members: append([]string{"rule", "reason"}, always...), Things: map[string]string{"rule": moderation.KindRule, "district": city.KindDistrict, "theme": city.KindTheme}, Codes: codes},
		restored,
	}
	for _, step := range []Step{Register, Take, Forward, Pause, Resume, Answer, Contest, Close, Link} {
		out = append(out, part.Act{Name: actOf[step], Page: proof.Shown, Current: casesNow, Members: []string{"appeal", "body", "what", "why", "from", "state", "begun_at", "judge_by", "paused_until", "contested_at", "word", "closed_at", "person", "obligation", "same", "replies"},
			Rows: map[string][]string{"replies": {"at", "outcome", "promised"}}, Things: map[string]string{"appeal": Kind, "body": organisations.Kind, "from": KindCase, "same": KindCase, "obligation": answers.Kind},
			Codes: map[string]string{"outcome": "answers.outcome_", "state": "appeals.state_", "word": "appeals.word_"}})
	}
	return out
}

// facts is what everybody sees of an appeal, and the texts behind its commitments.
func facts(a Appeal) (payload map[string]any, texts map[string]string) {
	payload = map[string]any{"number": a.Number(), "sort": a.Sort, "open": a.Open, "district": a.District, "theme": a.Theme, "filed_at": proof.Instant(a.FiledAt)}
	texts = map[string]string{}
	if a.Older != "" {
		payload["older"] = a.Older
	}
	switch a.Text {
	case Shown:
		payload["lang"], payload["point"] = a.Lang, a.Point.String()
		texts["title"], texts["words"] = a.Title, a.Words
		if a.Address != "" {
			texts["address"] = a.Address
		}
	case Removed:
		payload["rule"], texts["reason"] = a.Rule, a.Reason
	}
	return payload, texts
}

// note writes an act about an appeal into the record.
func (s *Service) note(tx *storage.Tx, act string, a Appeal, role civic.Role) (err error) {
	payload, texts := facts(a)
	if err := s.city.Record.CommitAll(tx, payload, texts, "reason"); err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: Ref(a.ID), Actor: role, Payload: payload})
}

// caseFacts is what everybody sees of a case. What a body says to a private appeal stays between the two.
func caseFacts(a Appeal, c Case, said []answers.Verdict) map[string]any {
	replies := []map[string]any{}
	for _, v := range said {
		r := map[string]any{"at": proof.Instant(v.At), "outcome": v.Outcome, "promised": proof.Instant(v.Promised)}
		if a.Open {
			r["reason"], r["evidence"] = proof.Digests(v.Reason), append([]string{}, v.Evidence...)
		}
		replies = append(replies, r)
	}
	what, why, same := c.What, c.Why, c.Same
	if !a.Open {
		what, why, same = nil, nil, ""
	}
	return map[string]any{"appeal": c.Appeal, "body": c.Body, "what": proof.Digests(what), "why": proof.Digests(why), "paused_until": proof.Instant(c.PausedUntil), "from": c.Origin, "state": c.State, "begun_at": proof.Instant(c.BegunAt), "judge_by": proof.Instant(c.JudgeBy),
		"contested_at": proof.Instant(c.ContestedAt), "word": c.Word, "obligation": c.Obligation, "closed_at": proof.Instant(c.ClosedAt), "same": same, "replies": replies}
}

func (s *Service) noteCase(tx *storage.Tx, act string, a Appeal, c Case, role civic.Role) error {
	said, err := repliesTo(tx, []Case{c})
	if err != nil {
		return err
	}
	payload := caseFacts(a, c, said[c.ID])
	if payload["person"], err = s.city.Record.CommitOfficial(tx, c.Person); err != nil {
		return err
	}
	from := Ref(a.ID)
	if c.Origin != "" {
		from = caseRef(c.Origin)
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: caseRef(c.ID), FollowsFrom: []civic.Ref{from}, Actor: role, Payload: payload})
}

// What pages show now, for whoever holds them against the record.

func filedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return nowOf(tx, ids, func(a Appeal) bool { return a.Older == "" && (a.Text == Waiting || a.Text == Private) })
}

func importedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return nowOf(tx, ids, func(a Appeal) bool { return a.Older != "" })
}

func shownNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return nowOf(tx, ids, func(a Appeal) bool { return a.Text == Shown })
}

func removedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return nowOf(tx, ids, func(a Appeal) bool { return a.Text == Removed })
}

func nowOf(tx *storage.Tx, ids []civic.ID, shown func(Appeal) bool) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.PageData{}
	for _, a := range all {
		if a.Filed() && shown(a) {
			payload, texts := facts(a)
			out[a.ID] = part.PageData{Payload: payload, Texts: texts}
		}
	}
	return out, err
}

func casesNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := casesByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	of, err := appealsOf(tx, all)
	if err != nil {
		return nil, err
	}
	said, err := repliesTo(tx, all)
	out := map[civic.ID]part.PageData{}
	for _, c := range all {
		out[c.ID] = part.PageData{Payload: caseFacts(of[c.Appeal], c, said[c.ID]), Texts: map[string]string{"person": c.Person}}
	}
	return out, err
}

// appealsOf finds the appeals of cases.
func appealsOf(tx *storage.Tx, cases []Case) (map[civic.ID]Appeal, error) {
	var ids []civic.ID
	for _, c := range cases {
		ids = append(ids, c.Appeal)
	}
	all, err := byIDs(tx, ids)
	out := map[civic.ID]Appeal{}
	for _, a := range all {
		out[a.ID] = a
	}
	return out, err
}
