package projects

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// The things of projects that others may refer to.
const (
	Kind          = "projects.project"
	KindMilestone = "projects.milestone"
	KindWord      = "projects.word"
)

// The pictures of a milestone are its lead's; those of a word of whoever wrote it.
const (
	milestonePictures = "projects.pictures"
	wordPictures      = "projects.word_pictures"
)

func kinds() []part.Kind {
	kept := func(civic.ID) []string { return []string{topic} }
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true},
		{Name: KindMilestone, Titles: titlesOfMilestones, NotSearched: "it stands on the page of its project, which is found", Asking: part.Asking{Asked: leads, Desk: judgePath, Replies: true, Followed: projectOf},
			Files: []part.Files{{Name: milestonePictures, Pictures: true, Most: 6, Rights: milestoneRights, Topics: kept}}},
		{Name: KindWord, Titles: titlesOfWords, NotSearched: "it stands on the page of its milestone", Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, Removed: removedWord},
			Files: []part.Files{{Name: wordPictures, Pictures: true, Most: 3, Rights: wordRights, Topics: kept}}},
	}
}

// Ref points at a project.
func Ref(id civic.ID) civic.Ref { return civic.Ref{Kind: Kind, ID: id} }

func milestoneRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindMilestone, ID: id} }

func wordRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindWord, ID: id} }

const (
	root           = "/projects"
	deskRoot       = "/desk/projects"
	deskMilestones = "/desk/milestones/"
	deskWords      = "/desk/project-words/"
)

// Path is the page of a project, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

// MilestonePath is the page of a milestone, without the language.
func MilestonePath(id civic.ID) string { return "/milestones/" + string(id) }

func deskPath(id civic.ID) string { return deskRoot + "/" + string(id) }

func judgePath(milestone civic.ID) string {
	return deskMilestones + string(milestone) + "/judge"
}

func wordPath(id civic.ID) string { return deskWords + string(id) }

func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, p := range all {
		if p.Public() {
			out[p.ID] = part.Resolved{Title: p.Title, Path: Path(p.ID)}
		} else if p.Reads(a) {
			out[p.ID] = part.Resolved{Title: p.Title, Path: deskPath(p.ID)}
		}
	}
	return out, err
}

// titlesOfMilestones names a milestone to whoever sees its project.
func titlesOfMilestones(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := milestonesByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	of, err := projectsOf(tx, all)
	out := map[civic.ID]part.Resolved{}
	for _, m := range all {
		if of[m.project].Reads(a) {
			out[m.ID] = part.Resolved{Title: m.Name, Path: MilestonePath(m.ID), Of: Ref(of[m.project].ID)}
		}
	}
	return out, err
}

// titlesOfWords names a word after its milestone, to everybody once a moderator has let it in.
func titlesOfWords(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := wordsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var numbers []int64
	for _, w := range all {
		numbers = append(numbers, w.milestone)
	}
	of, err := milestonesByNumbers(tx, numbers)
	out := map[civic.ID]part.Resolved{}
	for _, w := range all {
		if w.Text == Shown || w.mayModerate(a) || a.SignedIn() && w.Account == a.Account {
			out[w.ID] = part.Resolved{Of: milestoneRef(of[w.milestone].ID), Phrase: "projects.word_of", Path: MilestonePath(of[w.milestone].ID)}
		}
	}
	return out, err
}

// leads reports whether an account asked for the agency's word: nobody as a person, the lead did.
func leads(*storage.Tx, civic.ID, civic.ID) (bool, error) { return false, nil }

func projectOf(tx *storage.Tx, id civic.ID) (civic.Ref, error) {
	all, err := milestonesByIDs(tx, []civic.ID{id})
	if err != nil {
		return civic.Ref{}, err
	}
	of, err := projectsOf(tx, all)
	for _, p := range of {
		return Ref(p.ID), err
	}
	return civic.Ref{}, err
}

// milestoneRights lets the lead show how far it is, while the project goes on.
func milestoneRights(tx *storage.Tx, a civic.Actor, id civic.ID) (r part.FileRights, err error) {
	all, err := milestonesByIDs(tx, []civic.ID{id})
	if err != nil || len(all) == 0 {
		return r, err
	}
	of, err := projectsOf(tx, all)
	if p := of[all[0].project]; err == nil && p.State == Running {
		if side, there := p.side(a, Lead); there {
			return part.FileRights{Role: roleOf(a, side.Organisation), Official: true}, nil
		}
	}
	return r, err
}

// wordRights lets whoever wrote a word add pictures until a moderator looks, so that everybody sees only what a moderator has seen.
func wordRights(tx *storage.Tx, a civic.Actor, id civic.ID) (r part.FileRights, err error) {
	w, there, err := storage.Found(findWord(tx, id))
	if err == nil && there && a.SignedIn() && w.Account == a.Account && w.Text == Waiting {
		r.Role = civic.Resident
	}
	return r, err
}

func toModerate(tx *storage.Tx, a civic.Actor, page part.QueuePage) ([]part.ToModerate, error) {
	if !a.HasAny(civic.Moderator, civic.Administrator) || page.Of != (civic.Ref{}) {
		return nil, nil
	}
	after, _ := storage.ParsePlace(page.After) // nonsense means the beginning
	all, err := waitingWords(tx, after, page.Most)
	return seenByModerator(tx, a, all, err)
}

func findToModerate(tx *storage.Tx, a civic.Actor, ids []civic.ID) ([]part.ToModerate, error) {
	all, err := wordsByIDs(tx, ids)
	return seenByModerator(tx, a, all, err)
}

func seenByModerator(tx *storage.Tx, a civic.Actor, all []Word, err error) (out []part.ToModerate, _ error) {
	if err != nil {
		return nil, err
	}
	var numbers []int64
	for _, w := range all {
		numbers = append(numbers, w.milestone)
	}
	of, err := milestonesByNumbers(tx, numbers)
	for _, w := range all {
		if w.mayModerate(a) {
			out = append(out, part.ToModerate{ID: w.ID, Of: milestoneRef(of[w.milestone].ID), Text: civic.Text{w.Lang: w.Words}, Waits: w.Text == Waiting, Hidden: w.Text == Waiting, Since: w.WrittenAt,
				At: storage.PlaceAt(storage.Millis(w.WrittenAt), w.no).String(), Page: wordPath(w.ID), Decide: wordPath(w.ID)})
		}
	}
	return out, err
}

// removedWord gives a removed word to whoever wrote it.
func removedWord(tx *storage.Tx, author civic.Actor, id civic.ID) (part.Removed, error) {
	w, err := findWord(tx, id)
	if err == nil && (w.Text != Removed || !author.SignedIn() || w.Account != author.Account) {
		err = notThere()
	}
	if err != nil {
		return part.Removed{}, err
	}
	of, err := milestonesByNumbers(tx, []int64{w.milestone})
	return part.Removed{Text: civic.Text{w.Lang: w.Words}, Reason: w.Reason, Path: MilestonePath(of[w.milestone].ID)}, err
}
