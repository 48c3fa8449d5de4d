package organisations

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The acts of the register in the public record. Each says all that the public page says. What
// may be personal, such as how to reach the organisation and who holds its posts, is in the
// record only as one commitment: see rest.
const (
	actRegistered    = "organisations.organisation.registered"
	actChanged       = "organisations.organisation.changed"
	actStatusChanged = "organisations.organisation.status_changed"
	actVerified      = "organisations.organisation.verified"
	actPosts         = "organisations.organisation.posts_changed"
	actFiled         = "organisations.organisation.filed"
	actHistory       = "organisations.organisation.history_edited"
	actHidden        = "organisations.organisation.hidden"
	actWithdrawn     = "organisations.organisation.withdrawn"
	actRestored      = "organisations.organisation.restored"
	actUnited        = "organisations.organisation.united"
	actClaimDecided  = "organisations.organisation.claim_decided"
)

// acts are those of the register as the record must know them.
func acts() []part.Act {
	always, optional := factNames()
	shown := func(name string) part.Act {
		return part.Act{Name: name, Page: proof.Shown, Current: factsNow, Members: always, Optional: optional}
	}
	restored := shown(actRestored)
	restored.Moderation = part.Restoration
	return []part.Act{
		shown(actRegistered),
		shown(actChanged),
		shown(actStatusChanged),
		shown(actVerified),
		shown(actPosts),
		shown(actFiled),
		shown(actHistory),
		{Name: actHidden, Page: proof.Withdrawn, Moderation: part.Removal, Members: []string{"rule"}, Things: map[string]string{"rule": moderation.KindRule}},
		{Name: actWithdrawn, Page: proof.Withdrawn},
		{Name: actUnited, Page: proof.Withdrawn, Members: []string{"into"}, Things: map[string]string{"into": Kind}},
		restored,
		{Name: actClaimDecided, Members: []string{"decision"}},
	}
}

// factDigest is the member of a payload that stands for the texts, factRest for the rest of the
// page.
const factDigest, factRest = "texts", "rest"

// facts is what an entry's act says of it: codes and dates as they are, and one digest of the
// texts, so that a page can be held against the record and the record holds no text.
func (o *Organisation) facts() map[string]any {
	facts := map[string]any{}
	var texts []civic.Text
	for _, d := range declarations {
		switch {
		case d.recorded == recordedByDigest:
			texts = append(texts, d.at(o).(*civic.Text).Trimmed())
		case d.recorded == recordedAsIs && !d.empty(o):
			facts[d.name] = d.at(o)
		}
	}
	b, _ := json.Marshal(texts) // maps of strings
	facts[factDigest] = proof.Digest(string(b))
	return facts
}

// factNames are the members of facts: those that are always there, and those that may be missing.
func factNames() (always, optional []string) {
	always = []string{factDigest, factRest}
	for _, d := range declarations {
		switch {
		case d.recorded != recordedAsIs:
		case d.always:
			always = append(always, d.name)
		default:
			optional = append(optional, d.name)
		}
	}
	return always, optional
}

// noteAct writes an act into the record.
func (s *Service) noteAct(tx *storage.Tx, kind string, id civic.ID, role civic.Role, payload any) error {
	return s.record.Record(tx, record.Entry{Kind: kind, Subject: RefOf(id), Actor: role, Payload: payload})
}

// noteShown writes an act about entries into the record that says all that their pages show.
func (s *Service) noteShown(tx *storage.Tx, role civic.Role, kinds map[*Organisation]string) error {
	all := slices.SortedFunc(maps.Keys(kinds), func(a, b *Organisation) int { return cmp.Compare(a.ID, b.ID) })
	rests, err := restOf(tx, all...)
	if err != nil {
		return err
	}
	for _, o := range all {
		payload := o.facts()
		if payload[factRest], err = s.record.Commit(tx, rests[o.ID]); err != nil {
			return err
		}
		if err := s.noteAct(tx, kinds[o], o.ID, role, payload); err != nil {
			return err
		}
	}
	return nil
}

// notePage records that something on an entry's page changed beside its values; nothing when
// nobody sees the page. With forget, nobody can tell any more what the page showed before.
func (s *Service) notePage(tx *storage.Tx, kind string, o *Organisation, role civic.Role, forget bool) error {
	if forget {
		if err := record.EraseSubject(tx, RefOf(o.ID)); err != nil {
			return err
		}
	}
	if o.State != Public {
		return nil
	}
	return s.noteShown(tx, role, map[*Organisation]string{o: kind})
}

// stateChange is what became of an entry, for the record.
type stateChange struct {
	was     State
	now     *Organisation
	changes []Change
}

// recordChanges records what changes mean for the public: that an entry came, changed, went or
// came back; nothing for one that was and is not public. All else about them is written before.
func (s *Service) recordChanges(tx *storage.Tx, role civic.Role, all ...stateChange) error {
	shown := map[*Organisation]string{}
	for _, c := range all {
		var err error
		switch o := c.now; {
		case o.State == Public && c.was == Hidden:
			shown[o] = actRestored
			_, err = s.moderation.Deciding(tx, civic.System(), moderation.Verdict{Thing: RefOf(o.ID), Outcome: moderation.Restored})
		case o.State == Public && c.was != Public:
			shown[o] = actRegistered
		case c.was == Public && o.State == Hidden:
			rule := s.moderation.Book().Newest(moderation.RuleRegister).ID()
			_, err = s.moderation.Deciding(tx, civic.System(), moderation.Verdict{Thing: RefOf(o.ID), Outcome: moderation.Removed, Rule: rule})
			err = errors.Join(err, s.noteAct(tx, actHidden, o.ID, role, map[string]any{"rule": rule}))
		case c.was == Public && o.State != Public:
			err = s.noteAct(tx, actWithdrawn, o.ID, role, map[string]any{})
		case o.State != Public || len(c.changes) == 0:
		case slices.ContainsFunc(c.changes, func(c Change) bool { return c.Field == fieldStatus }):
			shown[o] = actStatusChanged
		default:
			shown[o] = actChanged
		}
		if err == nil && c.was != "" && c.was != c.now.State {
			err = s.files.Settle(tx, RefOf(c.now.ID), role)
		}
		if err != nil {
			return err
		}
	}
	return s.noteShown(tx, role, shown)
}

// factsNow is what public pages show now, for whoever holds them against the record.
func factsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	in, args := storage.In([]any{Public}, ids)
	found, err := storage.All(tx, scanOrganisation, selectPublic+in, args...)
	if err != nil {
		return nil, err
	}
	var all []*Organisation
	for i := range found {
		all = append(all, &found[i].Organisation)
	}
	rests, err := restOf(tx, all...)
	out := map[civic.ID]part.PageData{}
	for _, o := range all {
		out[o.ID] = part.PageData{Payload: o.facts(), Texts: map[string]string{factRest: rests[o.ID]}}
	}
	return out, err
}

// restOf are digests of all that the pages of entries show beside their facts: the values that
// may lead to a person, where each value comes from, who holds which post, the history as
// everybody may read it, and the yearly reports. The form of what is digested is written down
// here, apart from types that change for other reasons: with another form every page would
// differ from its act.
func restOf(tx *storage.Tx, all ...*Organisation) (map[civic.ID]string, error) {
	var ids []civic.ID
	for _, o := range all {
		ids = append(ids, o.ID)
	}
	people, err := membershipsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	history, err := revisionsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	reports, err := filingsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]string{}
	for _, o := range all {
		values, sources := map[string]any{}, map[string]any{}
		for _, d := range declarations {
			if d.recorded == notRecorded && !d.empty(o) {
				values[d.name] = d.at(o)
			}
		}
		for f, p := range o.Provenance {
			sources[string(f)] = []any{p.Way, p.Source, p.At, p.VerifiedAt, p.VerifiedBy}
		}
		posts, changes, filed := []any{}, []any{}, []any{}
		for _, m := range people[o.ID] {
			posts = append(posts, []any{m.ID, m.Person, m.Post, m.Since, m.Until})
		}
		for _, r := range redact(civic.Actor{}, history[o.ID]) {
			values := []any{}
			for _, c := range r.Changes {
				values = append(values, []any{c.Field, c.Old, c.New})
			}
			changes = append(changes, []any{r.ID, r.At, r.Way, r.Source, r.Created, r.Hidden, values})
		}
		for _, f := range reports[o.ID] {
			if f.FiledAt != 0 {
				filed = append(filed, []any{f.Year, f.FiledAt, f.OnTime, f.Activities, f.Sources, f.Spending, f.Staff, f.Volunteers, f.Founders, f.Members, f.Property})
			}
		}
		b, err := proof.Canonical(map[string]any{"values": values, "sources": sources, "posts": posts, "history": changes, "filings": filed,
			"created": storage.Millis(o.Created), "changed": storage.Millis(o.Changed)})
		if err != nil {
			return nil, err
		}
		out[o.ID] = proof.Digest(string(b))
	}
	return out, nil
}
