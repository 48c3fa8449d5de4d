package events

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Pictures are those of an event; HallPlan is that of the hall or the place.
const (
	Pictures = "events.pictures"
	HallPlan = "events.plan"
)

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, Removed: refusedOf},
			Files: []part.Files{{Name: Pictures, Pictures: true, Credited: true, Most: 12, Rights: pictureRights, Topics: func(civic.ID) []string { return []string{topic} }},
				{Name: HallPlan, Pictures: true, Credited: true, Most: 1, Rights: pictureRights, Topics: func(civic.ID) []string { return []string{topic} }}}},
		{Name: KindDate, Titles: titlesOfDates, NotSearched: "its event is found"},
	}
}

const (
	root     = "/events"
	deskPath = "/desk/events"
)

// Path is the page of an event, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

func deskOf(id civic.ID) string { return deskPath + "/" + string(id) }

func wordsPath(id civic.ID) string { return deskOf(id) + "/words" }

func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, e := range all {
		switch {
		case e.State.Public():
			out[e.ID] = part.Resolved{Title: e.Title, Path: Path(e.ID)}
		case e.Manages(a):
			out[e.ID] = part.Resolved{Title: e.Title, Path: deskOf(e.ID)}
		case e.mayModerate(a):
			out[e.ID] = part.Resolved{Title: e.Title, Path: wordsPath(e.ID)}
		}
	}
	return out, err
}

// titlesOfDates names a date by its event, while that is public.
func titlesOfDates(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byDates(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, d := range all {
		if d.State.Public() {
			out[d.Date.ID] = part.Resolved{Title: d.Title, Path: Path(d.ID)}
		}
	}
	return out, err
}

// mayModerate: moderators, but not of what they wrote or host themselves.
func (e Event) mayModerate(a civic.Actor) bool {
	return a.HasAny(civic.Moderator, civic.Administrator) && (e.Author == "" || e.Author != a.Account)
}

// decidable reports whether a moderator decides on it: on what people suggest, not on what bodies and organisations announce in their own name.
func (e Event) decidable() bool {
	return e.State == Suggested || e.State == Refused || e.ofAResident()
}

// ofAResident reports whether everybody sees the event and nobody in the register answers for its words: a moderator does.
func (e Event) ofAResident() bool { return e.State.Public() && len(e.Hosts) == 0 }

func toModerate(tx *storage.Tx, a civic.Actor, page part.QueuePage) ([]part.ToModerate, error) {
	if page.Of != (civic.Ref{}) {
		return nil, nil
	}
	after, _ := storage.ParsePlace(page.After) // nonsense means the beginning
	all, err := inState(tx, Suggested, after, page.Most)
	return moderated(a, all), err
}

func findToModerate(tx *storage.Tx, a civic.Actor, ids []civic.ID) ([]part.ToModerate, error) {
	all, err := byIDs(tx, ids)
	return moderated(a, all), err
}

func (e Event) words() civic.Text {
	out := civic.Text{}
	for lang, title := range e.Title {
		out[lang] = title + "\n\n" + e.About[lang]
	}
	return out
}

func moderated(a civic.Actor, all []Event) (out []part.ToModerate) {
	for _, e := range all {
		if e.decidable() && e.mayModerate(a) {
			out = append(out, part.ToModerate{ID: e.ID, Of: RefOf(e.ID), Text: e.words(), Waits: e.State == Suggested, Hidden: e.State == Suggested, Since: e.SubmittedAt, Due: e.DecideBy,
				At: storage.PlaceAt(storage.Millis(e.SubmittedAt), e.no).String(), Page: wordsPath(e.ID), Decide: wordsPath(e.ID)})
		}
	}
	return out
}

// refusedOf gives a refused suggestion to whoever made it, who may ask for another decision.
func refusedOf(tx *storage.Tx, author civic.Actor, id civic.ID) (part.Removed, error) {
	e, err := find(tx, id)
	if err == nil && (e.State != Refused || author.Account == "" || e.Author != author.Account) {
		err = notThere()
	}
	return part.Removed{Text: e.words(), Reason: e.Refusal, Path: deskOf(e.ID)}, err
}

// pictureRights: whoever looks after an event adds its pictures, before and after it.
func pictureRights(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	e, err := find(tx, id)
	if err != nil || !e.Manages(a) || e.State == Refused || e.State == Suggested {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: e.role(a)}, nil
}
