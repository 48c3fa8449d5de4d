package grants

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/review"
)

// documents are the files of an application.
const documents = "grants.documents"

func topics(civic.ID) []string { return []string{topic} }

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Discussed: part.Discussed{Rules: discussed, Topics: topics}},
		{Name: KindApplication, Titles: titlesOfApplications, NotSearched: "the call is found, and names those that were decided on", Files: []part.Files{{Name: documents, Most: 10, Rights: mayAttach}}},
	}
}

const (
	root = "/grants"
	desk = "/desk/grants"
)

// Path is a call's page, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

func deskPath(id civic.ID) string { return desk + "/" + string(id) }

// OwnPath is an application's page for those who write it.
func OwnPath(call, id civic.ID) string { return Path(call) + "/applications/" + string(id) }

func (a Application) path() string { return OwnPath(a.Call, a.ID) }
func (a Application) desk() string { return deskPath(a.Call) + "/applications/" + string(a.ID) }

func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		switch {
		case c.Public():
			out[c.ID] = part.Resolved{Title: c.Title, Path: Path(c.ID)}
		case MayRun(a, c.Funder):
			out[c.ID] = part.Resolved{Title: c.Title, Path: deskPath(c.ID)}
		}
	}
	return out, err
}

// titlesOfApplications names an application for its own people, for those who run the call once it is handed in, and for everybody once it is decided.
func titlesOfApplications(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := applicationsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var calls []civic.ID
	for _, d := range all {
		calls = append(calls, d.Call)
	}
	found, err := byIDs(tx, calls)
	funder := map[civic.ID]civic.ID{}
	for _, c := range found {
		funder[c.ID] = c.Funder
	}
	out := map[civic.ID]part.Resolved{}
	for _, d := range all {
		title := civic.Everywhere(d.Title)
		switch {
		case Speaks(a, d.Applicant):
			out[d.ID] = part.Resolved{Title: title, Path: d.path()}
			if d.Title == "" {
				out[d.ID] = part.Resolved{Of: ref(d.Call), Phrase: "grants.application_to", Path: d.path()}
			}
		case d.Number > 0 && MayRun(a, funder[d.Call]):
			out[d.ID] = part.Resolved{Title: title, Path: d.desk()}
		default:
			path, reads, err := review.Sees(tx, a, applicationRef(d.ID))
			if err != nil {
				return nil, err
			}
			if reads {
				out[d.ID] = part.Resolved{Title: title, Path: path}
			}
		}
	}
	return out, err
}

// mayAttach lets those who speak for the applicant add documents while it can be written on.
func mayAttach(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	d, err := findApplication(tx, id)
	if err != nil || !Speaks(a, d.Applicant) {
		return part.FileRights{}, err
	}
	c, err := find(tx, d.Call)
	if err != nil || writable(c, d, tx.Now()) != nil {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: civic.Representative}, nil
}

// discussed lets everybody ask the funder, in public, until the call closes.
func discussed(tx *storage.Tx, id civic.ID) (part.Discussion, error) {
	c, err := find(tx, id)
	if err != nil || !c.Public() {
		return part.Discussion{}, err
	}
	d := part.Discussion{On: true, Voices: []civic.Ref{organisations.RefOf(c.Funder)}, Ask: "grants.ask_funder", District: c.District, Theme: c.Theme}
	switch c.Phase(tx.Now()) {
	case Planned, Taking:
	default:
		d.Over = civic.Say("grants.asking_over")
	}
	return d, nil
}
