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
		{Name: KindSeat, Titles: titlesOfSeats, Choices: choicesOfSeats, NotSearched: "it stands on the page of its council, which is found"},
		{Name: KindRecommendation, Titles: titlesOfRecommendations, Searched: true, Asking: part.Asking{Asked: councilAsked, Askers: councilAskers, Followed: councilOf}},
	}
}

// Path is a council's page, without the language; those of its recommendations stand below it.
func Path(id civic.ID) string { return "/councils/" + string(id) }

func recommendationsPath(council civic.ID) string { return Path(council) + "/recommendations" }

func (r Recommendation) path() string { return recommendationsPath(r.Council) + "/" + string(r.ID) }

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

// choicesOfSeats are the members of all councils who sit or are to sit, each with the council's name.
func choicesOfSeats(tx *storage.Tx) (out []part.Choice, err error) {
	all, err := seatsFrom(tx, tx.Now(), most)
	if err != nil {
		return nil, err
	}
	var of []civic.ID
	for _, s := range all {
		of = append(of, s.Council)
	}
	councils, err := byIDs(tx, of)
	names := map[civic.ID]civic.Text{}
	for _, c := range councils {
		names[c.ID] = c.Name
	}
	for _, s := range all {
		title := civic.Text{}
		for lang, name := range names[s.Council] {
			title[lang] = s.Name + " · " + name
		}
		out = append(out, part.Choice{ID: s.ID, Title: title})
	}
	return out, err
}

// accounts are those of the members who sit in a council now.
func accounts(tx *storage.Tx, id civic.ID) (out []civic.ID, err error) {
	all, err := seats(tx, id)
	for _, s := range sitting(all, tx.Now()) {
		if err != nil {
			return nil, err
		}
		var held []civic.ID
		held, err = identity.HoldersOf(tx, memberOf, civic.Ref{Kind: KindSeat, ID: s.ID})
		out = append(out, held...)
	}
	return out, err
}

// seatsOf are the seats that an actor has now, each with its council.
func seatsOf(tx *storage.Tx, a civic.Actor) (map[civic.ID]civic.ID, error) {
	all, err := seatsByIDs(tx, a.Scopes(memberOf))
	out := map[civic.ID]civic.ID{}
	for _, s := range all {
		if s.Sits(tx.Now()) {
			out[s.ID] = s.Council
		}
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

func councilOf(tx *storage.Tx, id civic.ID) (civic.Ref, error) {
	r, err := findRecommendation(tx, id)
	return Ref(r.Council), err
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
