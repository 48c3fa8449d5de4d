package organisations

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Recorder keeps the city's public acts. internal/record provides it.
type Recorder interface {
	// Record writes an act in the transaction of the change.
	Record(tx *storage.Tx, e record.Entry) error
	// Neighbours is what a thing follows from and what it led to.
	Neighbours(ctx context.Context, tx *storage.Tx, ref civic.Ref) (record.Neighbours, error)
}

// The acts of the register in the public record. They say what the public page says, but for
// ways to reach the organisation and the people in its posts, which may be personal: those
// stand in the register's history only.
const (
	actRegistered    = "organisation.registered"
	actChanged       = "organisation.changed"
	actStatusChanged = "organisation.status_changed"
	actHidden        = "organisation.hidden"
	actWithdrawn     = "organisation.withdrawn"
	actRestored      = "organisation.restored"
	actClaimDecided  = "organisation.claim_decided"
)

// Kinds are the acts as the record must know them.
func (s *Service) Kinds() []record.Kind {
	shown := func(name, message string) record.Kind {
		return record.Kind{Name: name, Message: message, Page: proof.Shown, Current: s.factsNow}
	}
	restored := shown(actRestored, "organisations.record_restored")
	restored.Moderation = record.Restoration
	return []record.Kind{
		shown(actRegistered, "organisations.record_registered"),
		shown(actChanged, "organisations.record_changed"),
		shown(actStatusChanged, "organisations.record_status_changed"),
		{Name: actHidden, Message: "organisations.record_hidden", Page: proof.Withdrawn, Moderation: record.Removal},
		{Name: actWithdrawn, Message: "organisations.record_withdrawn", Page: proof.Withdrawn},
		restored,
		{Name: actClaimDecided, Message: "organisations.record_claim_decided"},
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

// record writes an act.
func (s *Service) record(tx *storage.Tx, kind string, id civic.ID, role civic.Role, payload any) error {
	if s.deps.Record == nil {
		return nil
	}
	return s.deps.Record.Record(tx, record.Entry{Kind: kind, Subject: RefOf(id), Actor: role, Payload: payload})
}

// recordChange records what a change means for the public: that an entry came, changed, went
// or came back; nothing when it was and is not public.
func (s *Service) recordChange(tx *storage.Tx, was State, o *Organisation, changes []Change, role civic.Role) error {
	switch {
	case o.State == Public && was == Hidden:
		return s.record(tx, actRestored, o.ID, role, o.facts())
	case o.State == Public && was != Public:
		return s.record(tx, actRegistered, o.ID, role, o.facts())
	case was == Public && o.State == Hidden:
		return s.record(tx, actHidden, o.ID, role, map[string]any{"rule": "organisations.rule_register"})
	case was == Public && o.State != Public:
		return s.record(tx, actWithdrawn, o.ID, role, map[string]any{})
	case o.State != Public || len(changes) == 0:
		return nil
	case slices.ContainsFunc(changes, func(c Change) bool { return c.Field == fieldStatus }):
		return s.record(tx, actStatusChanged, o.ID, role, o.facts())
	}
	return s.record(tx, actChanged, o.ID, role, o.facts())
}

// factsNow is what public pages show now, for whoever holds them against the record.
func (s *Service) factsNow(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]record.PageData, error) {
	out := map[civic.ID]record.PageData{}
	in, args := storage.In([]any{Public}, ids)
	for o, err := range storage.Each(tx, scanOrganisation, selectPublic+in, args...) {
		if err != nil {
			return nil, err
		}
		out[o.ID] = record.PageData{Payload: o.facts()}
	}
	return out, nil
}
