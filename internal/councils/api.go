package councils

import (
	"net/http"
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
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(s.city.Settings.Zone()).Format(time.DateOnly)
	}
	out := popoloCouncil{ID: v.ID, Name: v.Name[civic.Kazakh], Classification: v.Council.Form, Parent: v.Parent, Founded: day(v.Since), Dissolved: day(v.Until), Memberships: []popoloMembership{}, Motions: []popoloMotion{}}
	for _, lang := range civic.Languages() {
		if name := v.Name[lang]; name != "" && lang != civic.Kazakh {
			out.OtherNames = append(out.OtherNames, popoloName{name, string(lang)})
		}
	}
	for _, post := range Posts() {
		out.Posts = append(out.Posts, popoloPost{postID(v.ID, post), l.T("councils.post_" + string(post)), post, v.ID})
	}
	for _, seat := range append(v.Members, v.Former...) {
		out.Memberships = append(out.Memberships, popoloMembership{ID: seat.ID, Post: postID(v.ID, seat.Post), Role: seat.Post, Person: popoloPerson{seat.ID, seat.Name}, OnBehalf: seat.Organisation, Start: day(seat.Since), End: day(seat.Until)})
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
	day := func(t time.Time) string { return t.In(s.city.Settings.Zone()).Format(time.DateOnly) }
	for _, c := range all {
		items = append(items, apiSummary{c.ID, web.Origin(r) + ui.Localized(civic.Kazakh, Path(c.ID)), c.Name, c.Form, c.FormName, c.Parent, c.State, c.Body, c.District, c.Theme, c.Size, c.Seated, day(c.Since), day(c.Until)})
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
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(s.city.Settings.Zone()).Format(time.DateOnly)
	}
	answer := l.answer()
	return []string{l.Number, l.Text[civic.Kazakh], l.Text[civic.Russian], l.BodyName[civic.Kazakh], l.BodyName[civic.Russian], strconv.FormatBool(l.Opinion), day(l.AdoptedAt), day(l.SentAt), string(l.Fate),
		day(answer.Due), day(answer.GivenAt), string(answer.Said.Outcome), day(answer.Said.Promised)}
}
