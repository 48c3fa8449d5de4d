package appeals

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Files: []part.Files{{Name: pictures, Pictures: true, Most: mostPictures, Rights: mayIllustrate, Topics: func(civic.ID) []string { return []string{topic} }}},
			Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, OwnContest: true}},
		{Name: KindCase, Titles: titlesOfCases, NotSearched: "it stands on the page of its appeal, which is found", Asking: part.Asking{Asked: asked, Askers: askers, Desk: workPath, Replies: true, Followed: appealOf}},
	}
}

// pictures are what the applicant shows of the place.
const (
	pictures     = "appeals.pictures"
	mostPictures = 5
)

// mayIllustrate lets the applicant add pictures until a moderator looks, so that everybody sees only what a moderator has seen; to a private
// appeal until it is closed.
func mayIllustrate(tx *storage.Tx, actor civic.Actor, id civic.ID) (r part.FileRights, err error) {
	a, err := find(tx, id)
	if err == nil && a.own(actor) && (a.Text == Waiting || a.Text == Private && a.State != Closed) {
		r.Role = civic.Resident
	}
	return r, err
}

// Path is the page of an appeal, without the language.
func Path(id civic.ID) string { return "/appeals/" + string(id) }

// ownPath is the page of who filed an appeal without an account; their token stands under it.
func ownPath(id civic.ID) string { return Path(id) + "/own" }

func registerPath(id civic.ID) string { return "/desk/appeals/register/" + string(id) }

// workPath is where a body works on a case.
func workPath(id civic.ID) string { return "/desk/appeals/cases/" + string(id) }

// titles names an appeal by its title, to those who may read it. Others know of it by its cases.
func titles(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var found []civic.ID
	for _, a := range all {
		found = append(found, a.ID)
	}
	cases, err := casesOf(tx, found)
	out := map[civic.ID]part.Resolved{}
	for _, a := range all {
		if a.reads(actor, bodiesOf(cases[a.ID])) && a.Title != "" {
			out[a.ID] = part.Resolved{Title: civic.Text{a.Lang: a.Title}, Path: Path(a.ID)}
		}
	}
	return out, err
}

func bodiesOf(cases []Case) (out []civic.ID) {
	for _, c := range cases {
		out = append(out, c.Body)
	}
	return out
}

func appealOf(tx *storage.Tx, id civic.ID) (civic.Ref, error) {
	c, err := findCase(tx, id)
	return Ref(c.Appeal), err
}

// titlesOfCases names a case after its appeal: by its title when everybody reads that, else by what sort it is and its number.
func titlesOfCases(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := casesByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	of, err := appealsOf(tx, all)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		a := of[c.Appeal]
		r := part.Resolved{Title: civic.Text{a.Lang: a.Title}, Path: Path(a.ID)}
		if a.Text != Shown || a.Title == "" {
			r = part.Resolved{Title: civic.Everywhere(a.Number()), Phrase: "appeals.numbered_" + string(a.Sort), Path: Path(a.ID)}
		}
		out[c.ID] = r
	}
	return out, err
}

// Who filed an appeal asked.

func asked(tx *storage.Tx, id, account civic.ID) (bool, error) {
	all, err := askers(tx, id, "", 1)
	return len(all) == 1 && all[0] == account, err
}

func askers(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error) {
	c, err := findCase(tx, id)
	if err != nil {
		return nil, err
	}
	a, err := find(tx, c.Appeal)
	if err != nil || a.Applicant == "" || a.Applicant <= after || most < 1 {
		return nil, err
	}
	return []civic.ID{a.Applicant}, nil
}

// toModerate lists open appeals at whose words nobody has looked.
func toModerate(tx *storage.Tx, actor civic.Actor, page part.QueuePage) (out []part.ToModerate, err error) {
	if !actor.HasAny(civic.Moderator, civic.Administrator) || page.Of != (civic.Ref{}) {
		return nil, nil
	}
	after, _ := storage.ParsePlace(page.After) // nonsense means the beginning
	waiting, err := toLookAt(tx, after, page.Most)
	for _, a := range waiting {
		if a.mayModerate(actor) {
			out = append(out, a.toModerate())
		}
	}
	return out, err
}

func findToModerate(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (out []part.ToModerate, err error) {
	all, err := byIDs(tx, ids)
	for _, a := range all {
		if a.mayModerate(actor) {
			out = append(out, a.toModerate())
		}
	}
	return out, err
}

func wordsPath(id civic.ID) string { return "/desk/appeals/words/" + string(id) }

// toModerate is an appeal as moderators see it.
func (a Appeal) toModerate() part.ToModerate {
	return part.ToModerate{ID: a.ID, Of: Ref(a.ID), Text: civic.Text{a.Lang: a.Title + "\n\n" + a.Words}, No: a.Number(), Waits: a.Text == Waiting, Hidden: a.Text == Waiting, Since: a.FiledAt,
		At: storage.PlaceAt(storage.Millis(a.FiledAt), a.no).String(), Page: wordsPath(a.ID), Decide: wordsPath(a.ID)}
}
