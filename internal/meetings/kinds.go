package meetings

import (
	"net/url"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Papers are the documents of a meeting, and PointPapers of one point of its agenda.
const (
	Papers      = "meetings.papers"
	PointPapers = "meetings.point_papers"
)

func kinds() []part.Kind {
	onPage := "it stands on the page of its meeting, whose points are found"
	return []part.Kind{
		{Name: Kind, Titles: titles, NotSearched: "its points are found, and what was decided",
			Files: []part.Files{{Name: Papers, Most: 50, Rights: paperRights, Topics: func(civic.ID) []string { return []string{Topic} }}}},
		{Name: KindItem, Titles: titlesOfItems, Searched: true,
			Files: []part.Files{{Name: PointPapers, Most: 20, Rights: pointRights, Topics: func(civic.ID) []string { return []string{Topic} }}}},
		{Name: KindQuestion, Titles: titlesOfQuestions, NotSearched: onPage},
		{Name: KindVote, Titles: titlesOfVotes, NotSearched: onPage},
	}
}

const (
	root = "/meetings"
	desk = "/desk/meetings"
)

// Path is a meeting's page, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

// DeskPath is where the work on a meeting is done.
func DeskPath(id civic.ID) string { return desk + "/" + string(id) }

// under is where the pages about all meetings of a body are, behind the root or the desk.
func under(body civic.Ref) string { return "/of/" + body.Kind + "/" + url.PathEscape(string(body.ID)) }

// OfPath lists the meetings of a body.
func OfPath(body civic.Ref) string { return root + under(body) }

// InvitationPath is the meeting for one's own calendar.
func InvitationPath(id civic.ID) string { return Path(id) + "/invitation.ics" }

// CalendarIn is the calendar of a body's meetings in a language, CalendarPath the same in Kazakh, and AskPath where people ask it something.
func CalendarIn(body civic.Ref, lang civic.Lang) string {
	return CalendarPath(body) + "?lang=" + string(lang)
}
func CalendarPath(body civic.Ref) string { return root + under(body) + "/calendar.ics" }
func AskPath(body civic.Ref) string      { return root + under(body) + "/ask" }

// NewPath is where a meeting of the body is planned.
func NewPath(body civic.Ref) string { return desk + under(body) + "/meetings/new" }

// page is where whoever may see the meeting finds it: until it is convened it has a page on the desk alone.
func (m Meeting) page() string {
	if m.Public() {
		return Path(m.ID)
	}
	return DeskPath(m.ID)
}

func (i Item) desk() string     { return DeskPath(i.Meeting) + "/items/" + string(i.ID) }
func (q Question) desk() string { return desk + under(q.Body) + "/questions/" + string(q.ID) }

// Visible are the meetings that the actor may see, by their ids.
func Visible(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]Meeting, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]Meeting{}
	for _, m := range all {
		if m.Public() || part.MayWork(a, m.Body) {
			out[m.ID] = m
		}
	}
	return out, err
}

// titles names a meeting after its body.
func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	seen, err := Visible(tx, a, ids)
	out := map[civic.ID]part.Resolved{}
	for _, m := range seen {
		out[m.ID] = part.Resolved{Of: m.Body, Phrase: "meetings.meeting_of", Path: m.page()}
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
	seen, err := Visible(tx, a, of)
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
		if !public && !own && !part.MayWork(a, q.Body) {
			continue
		}
		r := part.Resolved{Title: civic.Text{q.Lang: "«" + q.Words + "»"}, Path: AskPath(q.Body)}
		if q.Words == "" {
			r = part.Resolved{Of: q.Body, Phrase: "meetings.question_gone", Path: AskPath(q.Body)}
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
	out := map[civic.ID]part.Resolved{}
	for _, v := range all {
		out[v.ID] = part.Resolved{Of: itemRef(v.Item), Phrase: "meetings.vote_on", Path: Path(v.Meeting)}
	}
	return out, err
}

// paperRights: the secretary adds papers until the meeting is closed or called off.
func paperRights(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	m, err := Find(tx, id)
	if err != nil || !part.MayWork(a, m.Body) || m.Over() {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: part.WorksAs(a, m.Body), Official: true}, nil
}

// pointRights: those of the papers of its meeting.
func pointRights(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	i, err := findItem(tx, id)
	if err != nil {
		return part.FileRights{}, err
	}
	return paperRights(tx, a, i.Meeting)
}
