package sponsorship

import (
	"errors"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	root       = "/campaigns"
	desk       = "/desk/campaigns"
	mine       = "/my/gifts"
	statements = "/desk/statements"
	pictures   = "sponsorship.pictures"
	bills      = "sponsorship.bills"
)

// Path is a campaign's page, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

func deskPath(id civic.ID) string  { return desk + "/" + string(id) }
func checkPath(id civic.ID) string { return deskPath(id) + "/check" }
func giftPath(id civic.ID) string  { return mine + "/" + string(id) }
func linePath(id civic.ID) string  { return statements + "/lines/" + string(id) }

func (r Row) path() string {
	return Path(r.Campaign) + "/book/" + strconv.FormatInt(r.Number, 10)
}

func kinds() []part.Kind {
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, Removed: refusedOf},
			Files: []part.Files{{Name: pictures, Pictures: true, Most: 3, Rights: mayPicture, Topics: func(civic.ID) []string { return []string{topic} }}}},
		{Name: KindGift, Titles: titlesOfGifts, NotSearched: "it is its giver's alone"},
		{Name: KindRow, Titles: titlesOfRows, NotSearched: "its campaign is found, and has it in its book",
			Files: []part.Files{{Name: bills, Most: 5, Rights: mayBill, Topics: func(civic.ID) []string { return []string{topic} }}}},
	}
}

func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		switch {
		case c.Public():
			out[c.ID] = part.Resolved{Title: c.Title, Path: Path(c.ID)}
		case Speaks(a, c.Organisation):
			out[c.ID] = part.Resolved{Title: c.Title, Path: deskPath(c.ID)}
		case c.State == Checking && mayDecide(a, c):
			out[c.ID] = part.Resolved{Title: c.Title, Path: checkPath(c.ID)}
		}
	}
	return out, err
}

func titlesOfRows(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := rowsByIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, r := range all {
		out[r.ID] = part.Resolved{Of: Ref(r.Campaign), Phrase: "sponsorship.row_of", No: r.Number, Path: r.path()}
	}
	return out, err
}

// titlesOfGifts names a gift to its giver.
func titlesOfGifts(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := giftsByIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, g := range all {
		if a.Account != "" && g.Account == a.Account {
			out[g.ID] = part.Resolved{Of: Ref(g.Campaign), Phrase: "sponsorship.gift_title", Path: giftPath(g.ID)}
		}
	}
	return out, err
}

// mayPicture lets the organisation show pictures of a campaign until it is closed.
func mayPicture(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	c, err := find(tx, id)
	if err != nil || !Speaks(a, c.Organisation) || c.State == Closed {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: civic.Representative}, nil
}

// mayBill lets the organisation add bills to what it spent.
func mayBill(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	r, err := findRow(tx, id)
	if err != nil || r.Sort != RowSpent {
		return part.FileRights{}, err
	}
	c, err := find(tx, r.Campaign)
	if err != nil || !Speaks(a, c.Organisation) {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: civic.Representative}, nil
}

func toModerate(tx *storage.Tx, a civic.Actor, page part.QueuePage) ([]part.ToModerate, error) {
	if page.Of != (civic.Ref{}) {
		return nil, nil
	}
	after, _ := storage.ParsePlace(page.After) // nonsense means the beginning
	all, err := inState(tx, Checking, after, page.Most)
	return moderated(a, all), err
}

func findToModerate(tx *storage.Tx, a civic.Actor, ids []civic.ID) ([]part.ToModerate, error) {
	all, err := byIDs(tx, ids)
	return moderated(a, all), err
}

func (c Campaign) decidable() bool { return c.State == Checking || c.State == Refused }

func moderated(a civic.Actor, all []Campaign) (out []part.ToModerate) {
	for _, c := range all {
		if c.decidable() && mayDecide(a, c) {
			out = append(out, part.ToModerate{ID: c.ID, Of: Ref(c.ID), Text: c.words(), Waits: c.State == Checking, Hidden: c.State == Checking, Since: c.ID.MadeAt(), Due: c.ModerateBy,
				At: storage.PlaceAt(storage.Millis(c.ModerateBy), c.no).String(), Page: checkPath(c.ID), Decide: checkPath(c.ID)})
		}
	}
	return out
}

// words are what a moderator reads.
func (c Campaign) words() civic.Text {
	out := civic.Text{}
	for lang, title := range c.Title {
		out[lang] = title + "\n\n" + c.About[lang]
	}
	return out
}

func refusedOf(tx *storage.Tx, author civic.Actor, id civic.ID) (part.Removed, error) {
	c, err := find(tx, id)
	if err != nil || c.State != Refused || !Speaks(author, c.Organisation) {
		return part.Removed{}, errors.Join(err, notThere())
	}
	return part.Removed{Text: c.words(), Reason: c.Reason, Path: deskPath(c.ID)}, nil
}
