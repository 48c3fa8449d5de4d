package initiatives

import (
	"errors"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, Removed: refusedOf},
			Asking: part.Asking{Asked: asked, Askers: askers, Open: openTo}, Discussed: part.Discussed{Rules: discussed, Topics: func(id civic.ID) []string { return []string{topicOf(id)} }}},
		{Name: KindInvalidation, Titles: titlesOfInvalidations, NotSearched: "it stands on the page of its initiative, which is found"},
	}
}

// Path is the page of an initiative, without the language.
func Path(id civic.ID) string { return "/initiatives/" + string(id) }

// linkPath is the page of those who have its link.
func linkPath(i Initiative) string { return Path(i.ID) + "/link/" + i.secret }

// ownPath is the page of who signed without an account; their token stands under it.
func ownPath(id civic.ID) string { return Path(id) + "/own" }

func wordsPath(id civic.ID) string { return "/desk/initiatives/words/" + string(id) }

func panelPath(id civic.ID) string { return "/desk/initiatives/check/" + string(id) }

// titles names an initiative by its title to everybody once it is open; before, to nobody but its authors and moderators.
func titles(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, i := range all {
		switch {
		case i.Public():
			out[i.ID] = part.Resolved{Title: civic.Text{i.Lang: i.Title}, Path: Path(i.ID)}
		case i.Known():
			out[i.ID] = part.Resolved{Title: civic.Everywhere(i.Number()), Phrase: "initiatives.numbered", Path: Path(i.ID)}
		case looksAfter(actor) && i.State == Moderation:
			out[i.ID] = part.Resolved{Title: civic.Text{i.Lang: i.Title}, Path: wordsPath(i.ID)}
		}
	}
	return out, err
}

func titlesOfInvalidations(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := invalidationsByIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, v := range all {
		i, err := findNo(tx, v.initiative)
		if err != nil {
			return nil, err
		}
		named, err := titles(tx, actor, []civic.ID{i.ID})
		if err != nil {
			return nil, err
		}
		if r, there := named[i.ID]; there && i.Known() {
			r.Phrase, r.Path = "initiatives.invalidation_of", r.Path+"#invalidations"
			out[v.ID] = r
		}
	}
	return out, err
}

// Who signed asked, and so did the authors: they say whether the answer was given, and the promise kept.

func asked(tx *storage.Tx, id, account civic.ID) (bool, error) {
	i, err := find(tx, id)
	if err != nil {
		return false, err
	}
	sig, there, err := bySigner(tx, i, account)
	if err != nil || there && sig.counts() {
		return err == nil, err
	}
	all, err := authorsOf(tx, i)
	return isAuthor(all, civic.Actor{Account: account}), err
}

func askers(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error) {
	i, err := find(tx, id)
	if err != nil {
		return nil, err
	}
	return signersAndAuthors(tx, i, after, most)
}

// openTo lets those who signed without an account say whether it was answered: they follow the initiative.
func openTo(_ *storage.Tx, id civic.ID) (civic.Ref, error) { return Ref(id), nil }

// discussed lets people say what is for it and against it while it is open for signatures; from then on what was said is there to be read.
func discussed(tx *storage.Tx, id civic.ID) (part.Discussion, error) {
	i, err := find(tx, id)
	if err != nil {
		return part.Discussion{}, err
	}
	d := part.Discussion{On: i.Public(), Voices: []civic.Ref{organisations.RefOf(i.Body)}, Ask: "initiatives.discuss", District: i.District, Theme: i.Theme}
	if i.State != Open {
		d.Over, d.Ask = civic.Say("initiatives.discuss_over"), ""
	}
	return d, nil
}

// toModerate lists initiatives on which no moderator has decided.
func toModerate(tx *storage.Tx, actor civic.Actor, page part.QueuePage) ([]part.ToModerate, error) {
	if !looksAfter(actor) || page.Of != (civic.Ref{}) {
		return nil, nil
	}
	after, _ := storage.ParsePlace(page.After) // nonsense means the beginning
	waiting, err := inState(tx, Moderation, after, page.Most)
	if err != nil {
		return nil, err
	}
	return moderated(tx, actor, waiting)
}

func findToModerate(tx *storage.Tx, actor civic.Actor, ids []civic.ID) ([]part.ToModerate, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	return moderated(tx, actor, all)
}

// moderated is those of some initiatives on which the actor decides, as moderators see them.
func moderated(tx *storage.Tx, actor civic.Actor, all []Initiative) (out []part.ToModerate, err error) {
	for _, i := range all {
		authors, err := authorsOf(tx, i)
		if err != nil {
			return nil, err
		}
		if i.decidable() && mayDecide(actor, authors) {
			out = append(out, part.ToModerate{ID: i.ID, Of: Ref(i.ID), Text: civic.Text{i.Lang: i.Title + "\n\n" + i.Words}, No: i.Number(), Waits: i.State == Moderation, Hidden: i.State == Moderation,
				Since: i.ChangedAt, Due: i.ModerateBy, At: storage.PlaceAt(storage.Millis(i.ModerateBy), i.no).String(), Page: wordsPath(i.ID), Decide: wordsPath(i.ID)})
		}
	}
	return out, nil
}

// refusedOf gives a refused initiative to its authors, who may ask for another decision.
func refusedOf(tx *storage.Tx, author civic.Actor, id civic.ID) (part.Removed, error) {
	i, err := find(tx, id)
	if err != nil {
		return part.Removed{}, err
	}
	all, err := authorsOf(tx, i)
	if err != nil || i.State != Refused || !isAuthor(all, author) {
		return part.Removed{}, errors.Join(err, notThere())
	}
	return part.Removed{Text: civic.Text{i.Lang: i.Title + "\n\n" + i.Words}, Reason: i.Reason, Path: Path(i.ID)}, nil
}
