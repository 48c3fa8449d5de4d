package drafts

import (
	"errors"
	"maps"
	"slices"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The things of drafts that others may refer to.
const (
	Kind       = "drafts.draft"
	KindRemark = "drafts.remark"
)

// Ref points at a draft.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func remarkRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindRemark, ID: id} }

// The acts of drafts in the public record. What a body says stands there with the digests of its words, and the whole text with one digest;
// what people say as commitments, which are forgotten with their account.
const (
	actOpened    = "drafts.draft.opened"
	actClosed    = "drafts.draft.closed"
	actReported  = "drafts.draft.reported"
	actAdopted   = "drafts.draft.adopted"
	actWithdrawn = "drafts.draft.withdrawn"

	actPublished = "drafts.remark.published"
	actRestored  = "drafts.remark.restored"
	actRemoved   = "drafts.remark.removed"
	actTakenBack = "drafts.remark.taken_back"
)

func acts() (out []part.Act) {
	for _, name := range []string{actOpened, actClosed, actReported, actAdopted, actWithdrawn} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: draftsNow,
			Members: []string{"sort", "title", "purpose", "touched", "cost", "links", "body", "district", "theme", "state", "version", "text", "next_text", "opened_at", "closes_at", "closed_at", "reported_at", "decided_at", "act", "reason", "verdicts"},
			Things:  map[string]string{"body": organisations.Kind, "district": city.KindDistrict, "theme": city.KindTheme},
			Codes:   map[string]string{"state": "drafts.state_", "sort": "drafts.sort_"}})
	}
	said := []string{"of", "serial", "place", "kind", "lang", "organisation", "said_at"}
	things := map[string]string{"of": Kind, "organisation": organisations.Kind}
	codes := map[string]string{"kind": "drafts.remark_"}
	for _, name := range []string{actPublished, actRestored} {
		a := part.Act{Name: name, Page: proof.Shown, Current: remarksNow(Shown), Members: said, Optional: []string{"quote", "words", "wording"}, Things: things, Codes: codes}
		if name == actRestored {
			a.Moderation = part.Restoration
		}
		out = append(out, a)
	}
	return append(out,
		part.Act{Name: actRemoved, Page: proof.Shown, Current: remarksNow(Removed), Moderation: part.Removal, Members: []string{"of", "serial", "place", "said_at", "kind", "rule", "reason"},
			Things: map[string]string{"of": Kind, "rule": moderation.KindRule}, Codes: codes},
		part.Act{Name: actTakenBack, Unlike: "the page says that it was taken back, and no word of it", Page: proof.Shown, Current: remarksNow(TakenBack), Members: []string{"of", "serial", "place", "said_at"}, Things: map[string]string{"of": Kind}})
}

// digestOf is the digest of a version as everybody reads it; "" while nobody does.
func digestOf(tx *storage.Tx, d Draft, version int) (string, error) {
	if version > d.Version {
		return "", nil
	}
	all, err := wholeText(tx, d, version)
	if err != nil {
		return "", err
	}
	rows := []map[string]any{}
	for _, p := range all {
		rows = append(rows, map[string]any{"place": p.Place, "kind": p.Kind, "level": p.Level, "number": p.Number, "words": p.Words})
	}
	return proof.DigestOf(rows)
}

// digestOfVerdicts is the digest of what became of all remarks, in their order, whether they are still shown or not; "" before the report. One act holds
// them all: a report on ten thousand remarks is one moment.
func digestOfVerdicts(tx *storage.Tx, d Draft) (string, error) {
	if d.ReportedAt.IsZero() {
		return "", nil
	}
	all, err := verdicts(tx, d)
	if err != nil {
		return "", err
	}
	rows := []map[string]any{}
	for _, r := range all {
		rows = append(rows, map[string]any{"serial": r.Serial, "outcome": r.Verdict.Outcome, "because": r.Verdict.Reason, "lands": r.Verdict.Lands})
	}
	return proof.DigestOf(rows)
}

// facts is what everybody sees of a draft.
func facts(tx *storage.Tx, d Draft) (map[string]any, error) {
	first, err := digestOf(tx, d, 1)
	if err != nil {
		return nil, err
	}
	next, err := digestOf(tx, d, 2)
	if err != nil {
		return nil, err
	}
	verdicts, err := digestOfVerdicts(tx, d)
	links := d.Links
	if links == nil {
		links = []string{}
	}
	return map[string]any{"sort": d.Sort, "title": d.Title, "purpose": proof.Digests(d.Purpose), "touched": proof.Digests(d.Touched), "cost": proof.Digests(d.Cost), "links": links, "body": d.Body, "district": d.District,
		"theme": d.Theme, "state": d.State, "version": d.Version, "text": first, "next_text": next, "opened_at": proof.Instant(d.OpenedAt), "closes_at": proof.Instant(d.ClosesAt), "closed_at": proof.Instant(d.ClosedAt),
		"reported_at": proof.Instant(d.ReportedAt), "decided_at": proof.Instant(d.DecidedAt), "act": d.Act, "reason": proof.Digests(d.Reason), "verdicts": verdicts}, err
}

func (s *Service) note(tx *storage.Tx, act string, d Draft, role civic.Role) error {
	payload, err := facts(tx, d)
	if err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: Ref(d.ID), Actor: role, Payload: payload})
}

func draftsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.PayloadsOf(all, err, func(d Draft) (civic.ID, map[string]any, error) {
		payload, err := facts(tx, d)
		return d.ID, payload, err
	})
}

// remarkFacts is what everybody sees of a remark, and the texts behind its commitments.
func remarkFacts(d Draft, r Remark) (payload map[string]any, texts map[string]string) {
	r = r.Public(d)
	payload = map[string]any{"of": r.Draft, "serial": r.Serial, "place": r.Place, "said_at": proof.Instant(r.SaidAt)}
	texts = map[string]string{}
	if r.State == TakenBack {
		return payload, texts
	}
	payload["kind"] = r.Sort
	if r.State == Removed {
		payload["rule"], texts["reason"] = r.Rule, r.Reason
		return payload, texts
	}
	payload["lang"], payload["organisation"] = r.Lang, r.Organisation
	for name, text := range map[string]string{"quote": r.Quote, "words": r.Words, "wording": r.Wording} {
		if text != "" {
			texts[name] = text
		}
	}
	return payload, texts
}

func (s *Service) noteRemark(tx *storage.Tx, act string, d Draft, r Remark, role civic.Role) error {
	payload, texts := remarkFacts(d, r)
	official := []string{"reason"}
	if r.Organisation != "" { // it speaks in its own name
		official = slices.Collect(maps.Keys(texts))
	}
	if err := s.city.Record.CommitAll(tx, payload, texts, official...); err != nil {
		return err
	}
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: remarkRef(r.ID), FollowsFrom: []civic.Ref{Ref(d.ID)}, Actor: role, Payload: payload})
}

func remarksNow(state RemarkState) part.Current {
	return func(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
		all, of, err := withDrafts(tx, ids)
		out := map[civic.ID]part.PageData{}
		for _, r := range all {
			if r.State == state {
				payload, texts := remarkFacts(of[r.draft], r)
				out[r.ID] = part.PageData{Payload: payload, Texts: texts}
			}
		}
		return out, err
	}
}

// withDrafts finds remarks and the drafts under which they stand.
func withDrafts(tx *storage.Tx, ids []civic.ID) ([]Remark, map[int64]Draft, error) {
	all, err := remarksByIDs(tx, ids)
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	var nos []int64
	for _, r := range all {
		nos = append(nos, r.draft)
	}
	of, err := byNos(tx, nos)
	return all, of, err
}

// eraseWords forgets in the record what an account said for itself.
func eraseWords(tx *storage.Tx, all []Remark) (err error) {
	for _, r := range all {
		if r.Organisation == "" {
			err = errors.Join(err, record.EraseSubject(tx, remarkRef(r.ID)))
		}
	}
	return err
}
