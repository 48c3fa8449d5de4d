package councils

import (
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Papers are the documents of a meeting.
const Papers = "councils.papers"

func kinds() []part.Kind {
	onPage := "it stands on the page of its council or meeting, which is found"
	return []part.Kind{
		{Name: Kind, Titles: titles, Searched: true, Followed: true, Choices: choices},
		{Name: KindSeat, Titles: titlesOfSeats, NotSearched: onPage},
		{Name: KindMeeting, Titles: titlesOfMeetings, NotSearched: "its council is found, and what it decided",
			Files: []part.Files{{Name: Papers, Most: 50, Rights: paperRights, Topics: func(civic.ID) []string { return []string{topic} }}}},
		{Name: KindItem, Titles: titlesOfItems, Searched: true},
		{Name: KindQuestion, Titles: titlesOfQuestions, NotSearched: onPage},
		{Name: KindVote, Titles: titlesOfVotes, NotSearched: onPage},
		{Name: KindRecommendation, Titles: titlesOfRecommendations, Searched: true, Asking: part.Asking{Asked: councilAsked, Askers: councilAskers}},
	}
}

// Path is a council's page, without the language; those of its meetings and recommendations stand below it.
func Path(id civic.ID) string { return "/councils/" + string(id) }

func (m Meeting) path() string        { return Path(m.Council) + "/meetings/" + string(m.ID) }
func (r Recommendation) path() string { return Path(r.Council) + "/recommendations/" + string(r.ID) }

func deskPath(id civic.ID) string { return "/desk/councils/" + string(id) }

func (m Meeting) desk() string { return deskPath(m.Council) + "/meetings/" + string(m.ID) }

// page is where whoever may see the meeting finds it: until it is convened it has a page on the desk alone.
func (m Meeting) page() string {
	if m.Public() {
		return m.path()
	}
	return m.desk()
}

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

// visible are the meetings that the actor may see, by their ids.
func visible(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]Meeting, error) {
	all, err := meetingsByIDs(tx, ids)
	out := map[civic.ID]Meeting{}
	for _, m := range all {
		if m.Public() || MayWork(a, m.Council) {
			out[m.ID] = m
		}
	}
	return out, err
}

// titlesOfMeetings names a meeting after its council.
func titlesOfMeetings(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	seen, err := visible(tx, a, ids)
	out := map[civic.ID]part.Resolved{}
	for _, m := range seen {
		out[m.ID] = part.Resolved{Of: Ref(m.Council), Phrase: "councils.meeting_of", Path: m.page()}
	}
	return out, err
}

func titlesOfItems(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := itemsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var of []civic.ID
	for _, i := range all {
		of = append(of, i.Meeting)
	}
	seen, err := visible(tx, a, of)
	out := map[civic.ID]part.Resolved{}
	for _, i := range all {
		if m, there := seen[i.Meeting]; there {
			out[i.ID] = part.Resolved{Title: i.Title, Path: m.page()}
		}
	}
	return out, err
}

// titlesOfQuestions shows a question to those who decide on it, to who asked it, and to all once its point is public.
func titlesOfQuestions(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := questionsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var of []civic.ID
	for _, q := range all {
		of = append(of, q.Item)
	}
	points, err := titlesOfItems(tx, a, of)
	out := map[civic.ID]part.Resolved{}
	for _, q := range all {
		point, public := points[q.Item]
		own := a.SignedIn() && a.Account == q.Account
		if !public && !own && !MayWork(a, q.Council) {
			continue
		}
		r := part.Resolved{Title: civic.Text{q.Lang: "«" + q.Words + "»"}, Path: Path(q.Council)}
		if q.Words == "" {
			r = part.Resolved{Of: Ref(q.Council), Phrase: "councils.question_gone", Path: Path(q.Council)}
		}
		if public {
			r.Path = point.Path
		}
		out[q.ID] = r
	}
	return out, err
}

func titlesOfVotes(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := votesByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var of []civic.ID
	for _, v := range all {
		of = append(of, v.Meeting)
	}
	seen, err := visible(tx, civic.Actor{}, of)
	out := map[civic.ID]part.Resolved{}
	for _, v := range all {
		out[v.ID] = part.Resolved{Of: itemRef(v.Item), Phrase: "councils.vote_on", Path: seen[v.Meeting].path()}
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

// paperRights: the council's secretary adds papers until the meeting is closed.
func paperRights(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	m, err := findMeeting(tx, id)
	if err != nil || !MayWork(a, m.Council) || m.State == Closed {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: actsAs(a, m.Council), Official: true}, nil
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
