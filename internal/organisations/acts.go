package organisations

import (
	"encoding/json"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The acts of the register in the public record. They say what the public page says, except how
// to reach the organisation and who holds its posts: that may be personal, so it stands in the
// register's history only.
const (
	actRegistered    = "organisations.organisation.registered"
	actChanged       = "organisations.organisation.changed"
	actStatusChanged = "organisations.organisation.status_changed"
	actHidden        = "organisations.organisation.hidden"
	actWithdrawn     = "organisations.organisation.withdrawn"
	actRestored      = "organisations.organisation.restored"
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
		{Name: actHidden, Page: proof.Withdrawn, Moderation: part.Removal, Members: []string{"rule"}},
		{Name: actWithdrawn, Page: proof.Withdrawn},
		restored,
		{Name: actClaimDecided, Members: []string{"decision"}},
	}
}

// factDigest is the member of a payload that stands for the texts.
const factDigest = "texts"

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
	always = []string{factDigest}
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

// recordChange records what a change means for the public: that an entry came, changed, went
// or came back; nothing when it was and is not public.
func (s *Service) recordChange(tx *storage.Tx, was State, o *Organisation, changes []Change, role civic.Role) error {
	switch {
	case o.State == Public && was == Hidden:
		return s.noteAct(tx, actRestored, o.ID, role, o.facts())
	case o.State == Public && was != Public:
		return s.noteAct(tx, actRegistered, o.ID, role, o.facts())
	case was == Public && o.State == Hidden:
		return s.noteAct(tx, actHidden, o.ID, role, map[string]any{"rule": "organisations.rule_register"})
	case was == Public && o.State != Public:
		return s.noteAct(tx, actWithdrawn, o.ID, role, map[string]any{})
	case o.State != Public || len(changes) == 0:
		return nil
	case slices.ContainsFunc(changes, func(c Change) bool { return c.Field == fieldStatus }):
		return s.noteAct(tx, actStatusChanged, o.ID, role, o.facts())
	}
	return s.noteAct(tx, actChanged, o.ID, role, o.facts())
}

// factsNow is what public pages show now, for whoever holds them against the record.
func factsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	out := map[civic.ID]part.PageData{}
	in, args := storage.In([]any{Public}, ids)
	for o, err := range storage.Each(tx, scanOrganisation, selectPublic+in, args...) {
		if err != nil {
			return nil, err
		}
		out[o.ID] = part.PageData{Payload: o.facts()}
	}
	return out, nil
}
