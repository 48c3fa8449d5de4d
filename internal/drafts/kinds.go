package drafts

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Asking: part.Asking{Asked: asked, Askers: askers, Desk: deskPath}},
		{Name: KindRemark, Titles: titlesOfRemarks, NotSearched: "it stands at a paragraph of its draft, which is found", Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, Removed: removedFor}},
	}
}

// titles names a draft to everybody once it is open, and before to nobody.
func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, d := range all {
		if d.Public() {
			out[d.ID] = part.Resolved{Title: d.Title, Path: Path(d.ID)}
		}
	}
	return out, err
}

// titlesOfRemarks names a remark by what it says, and one without words by its draft.
func titlesOfRemarks(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, of, err := withDrafts(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, r := range all {
		d := of[r.draft]
		seen := r.Public(d)
		title := part.Resolved{Title: civic.Text{seen.Lang: quoted(seen.said())}, Path: remarkPath(r), Of: Ref(d.ID)}
		if seen.said() == "" {
			title.Title, title.Phrase = d.Title, "drafts.remark_on"
		}
		out[r.ID] = title
	}
	return out, err
}

// said is what stands first in a remark.
func (r Remark) said() string {
	if r.Sort == Wording && r.Wording != "" {
		return r.Wording
	}
	return r.Words
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "«" + brief(text, lineLetters) + "»"
}

// Who remarked or supported a remark asked: they say whether the report answered.

func asked(tx *storage.Tx, id, account civic.ID) (bool, error) {
	d, err := find(tx, id)
	if err != nil {
		return false, err
	}
	return tookPart(tx, d, account)
}

func askers(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error) {
	d, err := find(tx, id)
	if err != nil {
		return nil, err
	}
	return authors(tx, d, after, most)
}

// toModerate lists the remarks that no moderator has looked at.
func toModerate(tx *storage.Tx, actor civic.Actor, page part.QueuePage) ([]part.ToModerate, error) {
	if !looksAfter(actor) || page.Of != (civic.Ref{}) {
		return nil, nil
	}
	after, _ := storage.ParsePlace(page.After) // nonsense means the beginning
	all, err := queue(tx, actor, after, page.Most)
	return moderated(actor, all), err
}

func findToModerate(tx *storage.Tx, actor civic.Actor, ids []civic.ID) ([]part.ToModerate, error) {
	all, err := remarksByIDs(tx, ids)
	return moderated(actor, all), err
}

func moderated(actor civic.Actor, all []Remark) (out []part.ToModerate) {
	for _, r := range all {
		if r.decides(actor) && r.State != TakenBack {
			text := r.Words
			if r.Wording != "" {
				text = r.Wording + "\n\n" + r.Words
			}
			out = append(out, part.ToModerate{ID: r.ID, Of: Ref(r.Draft), Text: civic.Text{r.Lang: text}, Waits: r.DecidedAt.IsZero(), Since: r.SaidAt, At: storage.PlaceAt(storage.Millis(r.SaidAt), r.no).String(),
				Page: wordsPath(r.ID), Decide: wordsPath(r.ID)})
		}
	}
	return out
}

// removedFor gives a removed remark to who wrote it, who may ask for another decision.
func removedFor(tx *storage.Tx, author civic.Actor, id civic.ID) (part.Removed, error) {
	r, err := findRemark(tx, id)
	if err == nil && (!r.By(author.Account) || r.State != Removed) {
		err = notThere()
	}
	return part.Removed{Text: civic.Text{r.Lang: r.said()}, Reason: r.Reason, Path: remarkPath(r)}, err
}
