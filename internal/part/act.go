package part

import (
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Act declares one sort of public act, which the record keeps.
type Act struct {
	// Name is the kind of what the act is about and a verb in the past:
	// "consultations.answer.published". Its name for readers is the text ActKey makes of it.
	Name string
	// Page says whether the subject's public page shows the payload (then Current must be set),
	// or is gone from the act on. Of the acts of one family about one subject (see proof.Family)
	// the last one that is not Apart decides.
	Page       proof.Page
	Moderation Moderation // a removal's payload has a member "rule", a version of a rule of the rule book: one of Things
	// Members are those of the payload, Optional those that may be missing. The name for readers
	// of each is the text FactKey makes of it.
	Members, Optional []string
	// Unlike is why the payload has other members than those of the acts of its family (see proof.Family) that a page shows too:
	// a shape that differs by mistake would be read as a page that says something else. A Removal needs none: its page says the rule instead.
	Unlike string
	// Rows are those of the members that are lists of objects: what readers see of each object, in that order.
	// The rest of an object only who checks the record needs. Each is named like a member.
	Rows map[string][]string
	// Things are those of the members, also of the objects in Rows, that hold the id of a thing, or a list of ids,
	// with its kind; "" where the value says the kind itself ("consultations.answer:17"). Readers see its name.
	Things map[string]string
	// Codes are those that hold a code, with the beginning of the key of its message.
	Codes   map[string]string
	Current Current
}

// Named are all members that have a name for readers, each once.
func (a Act) Named() []string {
	all := slices.Concat(a.Members, a.Optional)
	for _, of := range a.Rows {
		all = append(all, of...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Moderation says what an act does to the public space.
type Moderation string

const (
	NoModeration Moderation = ""
	Removal      Moderation = "removed"
	Restoration  Moderation = "restored"
)

// Current gives what the public pages show now of the subjects of one sort of act, so that
// anybody can hold it against the entries. Those without a public page are missing.
type Current func(tx *storage.Tx, ids []civic.ID) (map[civic.ID]PageData, error)

// PageData is what a page shows: the payload that the act would have now, and the texts
// behind its commitments by the payload's member. It holds every value that readers see and the
// table's declaration (Table) calls Proven.
type PageData struct {
	Payload any
	Texts   map[string]string
}

// DataOf is what pages show of things that were read, or the error of reading them, for a Current: of tells it of one thing.
func DataOf[T any](all []T, err error, of func(T) (civic.ID, PageData)) (map[civic.ID]PageData, error) {
	out := map[civic.ID]PageData{}
	for _, thing := range all {
		id, data := of(thing)
		out[id] = data
	}
	return out, err
}

// PayloadsOf is DataOf of things whose payload may fail to be made, and holds no texts. A nil payload is that of a thing that no page shows.
func PayloadsOf[T any](all []T, err error, of func(T) (civic.ID, map[string]any, error)) (map[civic.ID]PageData, error) {
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]PageData{}
	for _, thing := range all {
		id, payload, err := of(thing)
		if err != nil {
			return nil, err
		}
		if payload != nil {
			out[id] = PageData{Payload: payload}
		}
	}
	return out, nil
}
