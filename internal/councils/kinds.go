package councils

import (
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Choices: choices},
		{Name: KindSeat, Titles: titlesOfSeats, NotSearched: "it stands on the page of its council, which is found"},
		{Name: KindRecommendation, Titles: titlesOfRecommendations, Searched: true, Asking: part.Asking{Asked: councilAsked, Askers: councilAskers}},
	}
}

// Path is a council's page, without the language; those of its recommendations stand below it.
func Path(id civic.ID) string { return "/councils/" + string(id) }

func (r Recommendation) path() string { return Path(r.Council) + "/recommendations/" + string(r.ID) }

func deskPath(id civic.ID) string { return "/desk/councils/" + string(id) }

func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		out[c.ID] = part.Resolved{Title: c.Name, Path: Path(c.ID)}
	}
	return out, err
}

func choices(tx *storage.Tx) (out []part.Choice, err error) {
	all, err := list(tx, most)
	for _, c := range all {
		out = append(out, part.Choice{ID: c.ID, Title: c.Name})
	}
	return out, err
}

func titlesOfSeats(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := seatsByIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, s := range all {
		out[s.ID] = part.Resolved{Title: civic.Everywhere(s.Name), Path: Path(s.Council)}
	}
	return out, err
}

func titlesOfRecommendations(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := recommendationsByIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, r := range all {
		out[r.ID] = part.Resolved{Title: r.Text, Path: r.path()}
	}
	return out, err
}

// A council asks; its secretary says for it whether the body did as it promised.

func councilAsked(tx *storage.Tx, id, account civic.ID) (bool, error) {
	all, err := councilAskers(tx, id, "", most)
	return slices.Contains(all, account), err
}

func councilAskers(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error) {
	r, err := findRecommendation(tx, id)
	if err != nil {
		return nil, err
	}
	all, err := identity.HoldersOf(tx, secretary, Ref(r.Council))
	all = slices.DeleteFunc(all, func(account civic.ID) bool { return account <= after })
	return all[:min(len(all), most)], err
}
