package forming

import (
	"net/url"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true},
		{Name: KindCandidacy, Titles: titlesOfCandidacies, NotSearched: "who stands is on the page of the competition, which is found"},
		{Name: KindDraw, Titles: titlesOfDraws, NotSearched: "it stands on the page of its competition, which is found"},
	}
}

const (
	root = "/forming"
	desk = "/desk/forming"
)

// Path is a competition's page, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

func deskPath(id civic.ID) string { return desk + "/" + string(id) }

// NewPath is where a competition for seats of the body is drawn up.
func NewPath(body civic.Ref) string {
	return desk + "/of/" + body.Kind + "/" + url.PathEscape(string(body.ID)) + "/new"
}

func (d Draw) path() string      { return Path(d.Competition) + "/draws/" + string(d.ID) }
func (d Draw) desk() string      { return deskPath(d.Competition) + "/draws/" + string(d.ID) }
func (c Candidacy) path() string { return Path(c.Competition) + "/candidacies/" + string(c.ID) }
func (c Candidacy) desk() string { return deskPath(c.Competition) + "/candidacies/" + string(c.ID) }

// titles names a competition after its body.
func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		switch {
		case c.Public():
			out[c.ID] = part.Resolved{Of: c.Body, Phrase: "forming.of", Path: Path(c.ID)}
		case part.MayWork(a, c.Body):
			out[c.ID] = part.Resolved{Of: c.Body, Phrase: "forming.of", Path: deskPath(c.ID)}
		}
	}
	return out, err
}

// titlesOfCandidacies names somebody who stands by what they are called there, until everybody sees who it is.
func titlesOfCandidacies(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := candidaciesByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	of, err := competitionsOf(tx, all)
	out := map[civic.ID]part.Resolved{}
	for _, d := range all {
		if d.State == Filed {
			continue
		}
		title := d.called()
		if d.named(of[d.Competition].Method) && d.Name != "" {
			title += " · " + d.Name
		}
		out[d.ID] = part.Resolved{Title: civic.Everywhere(title), Path: Path(d.Competition)}
	}
	return out, err
}

func titlesOfDraws(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := drawsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var competitions []civic.ID
	for _, d := range all {
		competitions = append(competitions, d.Competition)
	}
	found, err := byIDs(tx, competitions)
	of := map[civic.ID]civic.Ref{}
	for _, c := range found {
		of[c.ID] = c.Body
	}
	out := map[civic.ID]part.Resolved{}
	for _, d := range all {
		if d.Public() {
			out[d.ID] = part.Resolved{Of: of[d.Competition], Phrase: "forming.draw_of", Path: d.path()}
		}
	}
	return out, err
}
