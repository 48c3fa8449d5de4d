package volunteering

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Kind is an action in a civic.Ref.
const Kind = "volunteering.action"

// eventKind is that of the event at which the people of an action help.
const eventKind = "events.event"

const (
	actAnnounced = "volunteering.action.announced"
	actCalledOff = "volunteering.action.called_off"
)

func ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

const root = "/volunteering"

// Path is the page of an action, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

func acts() (out []part.Act) {
	for _, name := range []string{actAnnounced, actCalledOff} {
		out = append(out, part.Act{Name: name, Page: proof.Shown, Current: announcedNow, Members: []string{"title", "about", "place", "district", "contact", "organisation", "kind", "min_age", "helps", "reason"},
			Things: map[string]string{"organisation": organisations.Kind, "helps": eventKind}})
	}
	return out
}

// facts are all of an action but its contact, for which a commitment stands: the name and telephone of a person are forgotten some time after.
func facts(x Action) map[string]any {
	return map[string]any{"title": x.Title, "about": proof.Digests(x.About), "place": x.Place, "district": x.District, "organisation": x.Organisation, "kind": x.Role.Kind, "min_age": x.Role.MinAge, "helps": x.Helps, "reason": proof.Digests(x.Reason)}
}

func speaksAs(a civic.Actor, x Action) civic.Role {
	return a.ActsAs([]civic.Ref{organisations.RefOf(x.Organisation)}, civic.Representative, civic.Officer, civic.Administrator)
}

func announcedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	all, err := byIDs(tx, ids)
	return part.DataOf(all, err, func(x Action) (civic.ID, part.PageData) {
		return x.ID, part.PageData{Payload: facts(x), Texts: map[string]string{"contact": x.Contact}}
	})
}

func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, x := range all {
		out[x.ID] = part.Resolved{Title: x.Title, Path: Path(x.ID)}
	}
	return out, err
}
