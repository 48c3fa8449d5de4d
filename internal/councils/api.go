package councils

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// A council as the Popolo data specification has it. Texts are in Kazakh, where the specification has one language.

type popoloCouncil struct {
	ID             civic.ID           `json:"id"`
	Name           string             `json:"name"`
	OtherNames     []popoloName       `json:"other_names,omitempty"`
	Classification Form               `json:"classification"`
	Parent         civic.ID           `json:"parent_id,omitempty"`
	Founded        string             `json:"founding_date"`
	Dissolved      string             `json:"dissolution_date"`
	Posts          []popoloPost       `json:"posts"`
	Memberships    []popoloMembership `json:"memberships"`
	Motions        []popoloMotion     `json:"motions"`
}

type popoloName struct {
	Name string `json:"name"`
	Note string `json:"note"` // the language
}

type popoloPost struct {
	ID           string   `json:"id"`
	Label        string   `json:"label"`
	Role         Post     `json:"role"`
	Organization civic.ID `json:"organization_id"`
}

// popoloFile is a council with its meetings, in the collections of the specification.
type popoloFile struct {
	Organizations []popoloCouncil `json:"organizations"`
	Events        []popoloEvent   `json:"events"`
}

type popoloEvent struct {
	ID             civic.ID              `json:"id"`
	Name           string                `json:"name"`
	Classification string                `json:"classification"`
	Organization   civic.ID              `json:"organization_id"`
	Start          string                `json:"start_date"`
	Location       string                `json:"location"`
	Status         meetings.MeetingState `json:"status"`
}

type popoloMembership struct {
	ID       civic.ID     `json:"id"`
	Post     string       `json:"post_id"`
	Role     Post         `json:"role"`
	Person   popoloPerson `json:"person"`
	OnBehalf civic.ID     `json:"on_behalf_of_id,omitempty"`
	Start    string       `json:"start_date"`
	End      string       `json:"end_date,omitempty"`
}

type popoloPerson struct {
	ID   civic.ID `json:"id"` // of the membership: the city knows members by their seats alone
	Name string   `json:"name"`
}

type popoloMotion struct {
	ID          civic.ID          `json:"id"`
	Text        string            `json:"text"`
	Date        time.Time         `json:"date"`
	Requirement meetings.Rule     `json:"requirement"`
	Result      string            `json:"result"`
	VoteEvents  []popoloVoteEvent `json:"vote_events"`
}

type popoloVoteEvent struct {
	ID     civic.ID      `json:"id"`
	Start  time.Time     `json:"start_date"`
	Result string        `json:"result"`
	Counts []popoloCount `json:"counts"`
	Votes  []popoloVote  `json:"votes"` // none of a secret vote
}

type popoloCount struct {
	Option string `json:"option"`
	Value  int    `json:"value"`
}

type popoloVote struct {
	Voter  civic.ID `json:"voter_id"`
	Option string   `json:"option"`
}

// optionOf is each choice in the words of the specification.
var optionOf = map[meetings.Choice]string{meetings.For: "yes", meetings.Against: "no", meetings.Abstain: "abstain", meetings.Recused: "not voting", meetings.Absent: "absent"}

// postID names a post of a council: the city has one of each sort.
func postID(council civic.ID, post Post) string { return string(council) + "." + string(post) }

// popolo is a council without its motions.
func (s *Service) popolo(l *i18n.Localizer, v View) popoloCouncil {
	out := popoloCouncil{ID: v.ID, Name: v.Name[civic.Kazakh], Classification: v.Council.Form, Parent: v.Parent, Founded: s.day(v.Since), Dissolved: s.day(v.Until), Memberships: []popoloMembership{}, Motions: []popoloMotion{}}
	for _, lang := range civic.Languages() {
		if name := v.Name[lang]; name != "" && lang != civic.Kazakh {
			out.OtherNames = append(out.OtherNames, popoloName{name, string(lang)})
		}
	}
	for _, post := range Posts() {
		out.Posts = append(out.Posts, popoloPost{postID(v.ID, post), l.T("councils.post_" + string(post)), post, v.ID})
	}
	for _, seat := range append(v.Members, v.Former...) {
		out.Memberships = append(out.Memberships, popoloMembership{ID: seat.ID, Post: postID(v.ID, seat.Post), Role: seat.Post, Person: popoloPerson{seat.ID, seat.Name}, OnBehalf: seat.Organisation, Start: s.day(seat.Since), End: s.day(seat.Until)})
	}
	return out
}

func motionOf(vote meetings.Vote) popoloMotion {
	result := "fail"
	if vote.Accepted {
		result = "pass"
	}
	event := popoloVoteEvent{ID: vote.ID, Start: vote.At, Result: result, Votes: []popoloVote{},
		Counts: []popoloCount{{"yes", vote.For}, {"no", vote.Against}, {"abstain", vote.Abstain}, {"not voting", vote.Recused}, {"absent", vote.Members - vote.Present()}}}
	for _, b := range vote.Ballots {
		if option, told := optionOf[b.Choice]; told && !vote.Secret {
			event.Votes = append(event.Votes, popoloVote{b.Seat, option})
		}
	}
	return popoloMotion{ID: vote.Item, Text: vote.Text[civic.Kazakh], Date: vote.At, Requirement: vote.Rule, Result: result, VoteEvents: []popoloVoteEvent{event}}
}

// apiSummary is a council for machines, as lists have it. Names of fields do not change.
type apiSummary struct {
	ID       civic.ID   `json:"id"`
	URL      string     `json:"url"`
	Name     civic.Text `json:"name"`
	Form     Form       `json:"form"`
	FormName civic.Text `json:"form_name"`
	Parent   civic.ID   `json:"parent,omitempty" doc:"The council of which it is a part, such as a commission"`
	State    State      `json:"state"`
	Body     civic.ID   `json:"body"`
	District string     `json:"district,omitempty"`
	Theme    string     `json:"theme,omitempty"`
	Size     int        `json:"size"`
	Seated   int        `json:"seated"`
	Since    string     `json:"since" doc:"The first day of its term"`
	Until    string     `json:"until" doc:"The last day of its term"`
}

func (s *Service) apiList(r *http.Request) (items []apiSummary, next string, err error) {
	all, next, err := s.List(r.Context(), s.queryOf(r))
	for _, c := range all {
		items = append(items, apiSummary{c.ID, web.Origin(r) + ui.Localized(civic.Kazakh, Path(c.ID)), c.Name, c.Form, c.FormName, c.Parent, c.State, c.Body, c.District, c.Theme, c.Size, c.Seated, s.day(c.Since), s.day(c.Until)})
	}
	return items, next, err
}

func (s *Service) apiOne(r *http.Request) (popoloCouncil, error) {
	council, _, err := s.described(r)
	return council, err
}

// getPopolo is a council and its meetings in the collections of the specification, as birge import popolo reads them.
func (s *Service) getPopolo(w http.ResponseWriter, r *http.Request) error {
	council, all, err := s.described(r)
	if err != nil {
		return err
	}
	out := popoloFile{Organizations: []popoloCouncil{council}, Events: []popoloEvent{}}
	for _, m := range all {
		out.Events = append(out.Events, popoloEvent{ID: m.ID, Name: council.Name, Classification: "meeting", Organization: council.ID, Start: m.StartsAt.UTC().Format(time.RFC3339),
			Location: m.Place[civic.Kazakh], Status: m.State})
	}
	return web.JSON(w, r, out)
}

// described is the council of an address, and the meetings of it that everybody sees.
func (s *Service) described(r *http.Request) (out popoloCouncil, all []meetings.Meeting, err error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return out, nil, err
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		out = s.popolo(web.L(r), v)
		if err := s.city.Meetings.EachVote(tx, Ref(v.ID), func(vote meetings.Vote) error { out.Motions = append(out.Motions, motionOf(vote)); return nil }); err != nil {
			return err
		}
		all, err = s.city.Meetings.Of(tx, civic.Actor{}, Ref(v.ID), most)
		return err
	})
	return out, all, err
}

// One row is one recommendation, with what became of it on the day on which the table is taken away.
var recommendationHead = []string{"number", "text_kk", "text_ru", "body_kk", "body_ru", "opinion", "adopted_on", "sent_on", "fate", "due_on", "answered_on", "outcome", "promised_by"}

// getRecommendations writes all that a council recommended, the latest first, and what became of it.
func (s *Service) getRecommendations(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := s.Recommended(r.Context(), pathID(r), 0); err != nil {
			return err
		}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "recommendations", Head: recommendationHead, Rows: func(write func([]string) error) error {
			return storage.Walk(func(after string) ([]Listed, string, error) {
				before, _ := strconv.ParseInt(after, 10, 64)
				page, err := s.Recommended(r.Context(), pathID(r), before)
				if page.Next != 0 {
					return page.Recommendations, strconv.FormatInt(page.Next, 10), err
				}
				return page.Recommendations, "", err
			}, func(l Listed) error { return write(s.row(l)) })
		}})
	}
}

func (s *Service) row(l Listed) []string {
	answer := l.answer()
	return []string{l.Number, l.Text[civic.Kazakh], l.Text[civic.Russian], l.BodyName[civic.Kazakh], l.BodyName[civic.Russian], strconv.FormatBool(l.Opinion), s.day(l.AdoptedAt), s.day(l.SentAt), string(l.Fate),
		s.day(answer.Due), s.day(answer.GivenAt), string(answer.Said.Outcome), s.day(answer.Said.Promised)}
}

// One row is one council, as the list has it on the day on which the table is taken away.
var councilHead = []string{"id", "form", "name_kk", "name_ru", "state", "body", "parent", "district", "theme", "seats", "seated", "since", "until", "adopted", "answered_in_time", "answered_late", "taken", "delivered"}

// getCouncils writes the councils of the list, in its order.
func (s *Service) getCouncils(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := s.queryOf(r)
		return web.WriteTable(w, r, web.Table{Form: form, Name: "councils", Head: councilHead, Rows: func(write func([]string) error) error {
			return storage.Walk(func(after string) ([]Summary, string, error) {
				q.After = after
				return s.List(r.Context(), q)
			}, func(c Summary) error {
				return write([]string{string(c.ID), string(c.Form), c.Name[civic.Kazakh], c.Name[civic.Russian], string(c.State), string(c.Body), string(c.Parent), c.District, c.Theme, strconv.Itoa(c.Size), strconv.Itoa(c.Seated),
					s.day(c.Since), s.day(c.Until), strconv.Itoa(c.Adopted), strconv.Itoa(c.InTime), strconv.Itoa(c.Late), strconv.Itoa(c.Taken), strconv.Itoa(c.Delivered)})
			})
		}})
	}
}

// One row is one member for one term. What members state of themselves is in none: it is shown in numbers of the whole alone.
var memberHead = []string{"seat", "name", "post", "side", "organisation", "commission_kk", "commission_ru", "since", "until", "sits", "meetings_held", "meetings_attended"}

// getMembers writes who sits in a council, and who sat.
func (s *Service) getMembers(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
		if err != nil {
			return err
		}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "members", Head: memberHead, Rows: func(write func([]string) error) error {
			for i, m := range append(slices.Clip(v.Members), v.Former...) {
				n := v.Attendance[m.ID]
				if err := write([]string{string(m.ID), m.Name, string(m.Post), string(m.Side), string(m.Organisation), m.Commission[civic.Kazakh], m.Commission[civic.Russian], s.day(m.Since), s.day(m.Until),
					strconv.FormatBool(i < len(v.Members)), strconv.Itoa(n.Held), strconv.Itoa(n.Attended)}); err != nil {
					return err
				}
			}
			return nil
		}})
	}
}

// showFeed is what councils recommended last, an entry for each step that a recommendation came to.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	var all []Listed
	of := map[civic.ID]Council{}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		latest, err := latestAdopted(tx, 50)
		if err != nil {
			return err
		}
		if all, err = s.listed(tx, latest); err != nil {
			return err
		}
		var ids []civic.ID
		for _, one := range latest {
			ids = append(ids, one.Council)
		}
		councils, err := byIDs(tx, ids)
		for _, c := range councils {
			of[c.ID] = c
		}
		return err
	})
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), "/councils")
	feed := web.Feed{ID: self, Title: l.T("councils.feed_title"), Author: l.T("councils.title"), Self: self + ".atom", Page: self}
	for _, one := range all {
		changed := one.AdoptedAt
		for _, at := range []time.Time{one.SentAt, one.answer().GivenAt} {
			if at.After(changed) {
				changed = at
			}
		}
		address := web.Origin(r) + ui.Localized(l.Lang(), one.path())
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + string(one.Fate), Title: one.Text, Updated: changed, Page: address,
			Summary: l.T("councils.fate_"+string(one.Fate)) + " · № " + one.Number + " · " + l.Text(of[one.Council].Name)})
	}
	return web.Atom(w, r, feed)
}

// day is a day as tables have it; "" of none.
func (s *Service) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.city.Settings.Zone()).Format(time.DateOnly)
}
