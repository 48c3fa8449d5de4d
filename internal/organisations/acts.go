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

// The acts of the register in the public record. They say what the public page says, but for
// ways to reach the organisation and the people in its posts, which may be personal: those
// stand in the register's history only.
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
	shown := func(name string) part.Act {
		return part.Act{Name: name, Page: proof.Shown, Current: factsNow, Members: []string{"identifier", "kind", "status", "texts"},
			Optional: []string{"form", "founded", "ended", "themes", "districts"}}
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

// publicFacts is what an entry's act says of it: codes and dates as they are, and one digest
// of its names and missions.
type publicFacts struct {
	Identifier string   `json:"identifier"`
	Kind       string   `json:"kind"`
	Status     string   `json:"status"`
	Form       string   `json:"form,omitempty"`
	Founded    Date     `json:"founded,omitempty"`
	Ended      Date     `json:"ended,omitempty"`
	Themes     []string `json:"themes,omitempty"`
	Districts  []string `json:"districts,omitempty"`
	Texts      string   `json:"texts"`
}

func (o *Organisation) facts() publicFacts {
	texts, _ := json.Marshal([]civic.Text{o.Name.Trimmed(), o.Mission.Trimmed()}) // maps of strings
	return publicFacts{o.Identifier, o.Kind, o.Status, o.Form, o.Founded, o.Ended, o.Themes, o.Districts, proof.Digest(string(texts))}
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
