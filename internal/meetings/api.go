package meetings

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) machineRoutes() []web.Route {
	narrowed := web.Route{Pattern: root, Query: listed, Access: web.Everyone, Topics: s.Topics}
	return append(append(web.Tables(narrowed, s.getTable), web.Tables(web.Route{Pattern: ofPattern + "/" + tableName, Access: web.Everyone, Topics: s.Topics}, s.getVotes)...), []web.Route{
		{Method: "GET", Pattern: root + ".atom", Access: web.Everyone, Handler: s.showFeed, Topics: s.Topics},
		web.List(web.Reading{Pattern: root, Summary: "Meetings of councils: those that go on, those to come, the others", Topics: s.Topics, Query: []web.Param{{Name: "of", Means: "Only those of this body: kind:id, as its field body says it", Shape: web.AThing},
			{Name: "when", Means: "Only those that go on, that are to come, or that are over", OneOf: web.Values(whens...)},
			{Name: "month", Means: "Only those of this month in the city's time, such as 2026-11", Shape: web.AMonth},
			{Name: "q", Means: "Only those with a point whose title has these words, in whatever form; Kazakh, Russian or English. In their agenda stand the points of this page alone: a meeting with more of them comes again on the next", Shape: web.AnyText}}}, s.apiList),
		web.One(web.Reading{Pattern: onePattern, Summary: "One meeting with its agenda and votes", Topics: s.Topics}, s.apiOne),
	}...)
}

// apiMeeting is a meeting for machines. Names of fields do not change.
type apiMeeting struct {
	ID       civic.ID     `json:"id"`
	URL      string       `json:"url"`
	Body     civic.Ref    `json:"body"`
	BodyName civic.Text   `json:"body_name,omitempty"`
	State    MeetingState `json:"state"`
	StartsAt time.Time    `json:"starts_at"`
	Place    civic.Text   `json:"place"`
	Stream   string       `json:"stream,omitempty"`
	Present  int          `json:"present"`
	Members  int          `json:"members,omitempty"`
	Quorum   int          `json:"quorum,omitempty"`
	Sequence int          `json:"sequence,omitempty"` // how often it was moved or called off
	Reason   civic.Text   `json:"reason,omitempty"`

	Minutes string    `json:"minutes,omitempty"` // the address of approved ones
	Agenda  []apiItem `json:"agenda,omitempty"`
}

type apiItem struct {
	ID       civic.ID   `json:"id"`
	Title    civic.Text `json:"title"`
	State    ItemState  `json:"state"`
	Reporter string     `json:"reporter,omitempty"`
	Minutes  int        `json:"minutes"`
	From     string     `json:"follows_from,omitempty"`
	Next     *time.Time `json:"postponed_to,omitempty"`
	Received *time.Time `json:"draft_received,omitempty"` // a draft act on which an opinion is to be given
	Due      *time.Time `json:"opinion_due,omitempty"`
	Vote     *apiVote   `json:"vote,omitempty"`
}

type apiVote struct {
	ID       civic.ID    `json:"id"`
	At       time.Time   `json:"at"`
	Text     civic.Text  `json:"text"`
	Rule     Rule        `json:"rule"`
	Members  int         `json:"members"`
	Present  int         `json:"present"`
	Quorum   int         `json:"quorum"`
	Needed   int         `json:"needed"`
	Secret   bool        `json:"secret"`
	Entries  int         `json:"entered_by"`
	For      int         `json:"for"`
	Against  int         `json:"against"`
	Abstain  int         `json:"abstain"`
	Recused  int         `json:"recused"`
	Accepted bool        `json:"accepted"`
	Ballots  []apiBallot `json:"ballots"`
}

type apiBallot struct {
	Seat   civic.ID `json:"seat"`
	Name   string   `json:"name"`
	Choice Choice   `json:"choice"` // "" of those who voted secretly
}

func describe(r *http.Request, m Meeting, body civic.Text) apiMeeting {
	return apiMeeting{ID: m.ID, URL: web.Origin(r) + ui.Localized(civic.Kazakh, Path(m.ID)), Body: m.Body, BodyName: body, State: m.State, StartsAt: m.StartsAt, Place: m.Place,
		Stream: m.Stream, Present: len(m.Present), Members: m.Members, Quorum: m.Needed, Sequence: m.Sequence, Reason: m.Reason}
}

func describeVote(v Vote, names map[civic.ID]string) *apiVote {
	out := &apiVote{ID: v.ID, At: v.At, Text: v.Text, Rule: v.Rule, Members: v.Members, Present: v.Present(), Quorum: v.Quorum, Needed: v.Needed, Secret: v.Secret, Entries: v.Entries,
		For: v.For, Against: v.Against, Abstain: v.Abstain, Recused: v.Recused, Accepted: v.Accepted, Ballots: []apiBallot{}}
	for _, b := range v.Ballots {
		out.Ballots = append(out.Ballots, apiBallot{b.Seat, names[b.Seat], b.Choice})
	}
	return out
}

// apiList lists meetings as the page does; of a query with words, those of the points found, each once on a page.
func (s *Service) apiList(r *http.Request) ([]apiMeeting, string, error) {
	l, err := s.List(r.Context(), s.queryOf(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiMeeting
	for _, m := range l.All() {
		items = append(items, describe(r, m.Meeting, m.Of.Title))
	}
	for _, f := range l.Points {
		at := slices.IndexFunc(items, func(m apiMeeting) bool { return m.ID == f.In.ID })
		if at < 0 {
			at, items = len(items), append(items, describe(r, f.In.Meeting, f.In.Of.Title))
		}
		items[at].Agenda = append(items[at].Agenda, describeItem(f.Item))
	}
	return items, l.Next, nil
}

func describeItem(of Item) apiItem {
	i := apiItem{ID: of.ID, Title: of.Title, State: of.State, Reporter: of.Reporter, Minutes: of.Minutes, From: of.From}
	if !of.Next.IsZero() {
		i.Next = &of.Next
	}
	if !of.Due.IsZero() {
		i.Received, i.Due = &of.Received, &of.Due
	}
	return i
}

func (s *Service) apiOne(r *http.Request) (apiMeeting, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiMeeting{}, err
	}
	out := describe(r, v.Meeting, v.Of.Name)
	if v.Minutes != "" {
		out.Minutes = web.Origin(r) + ui.Localized(civic.Kazakh, v.Minutes)
	}
	for _, p := range v.Agenda {
		i := describeItem(p.Item)
		if p.Vote != nil {
			i.Vote = describeVote(*p.Vote, v.Names)
		}
		out.Agenda = append(out.Agenda, i)
	}
	return out, nil
}

// One row is one meeting that everybody sees.
var listHead = []string{"id", "body", "body_kk", "body_ru", "state", "starts_at", "place_kk", "place_ru", "present", "members", "quorum"}

// getTable writes the meetings of the list, in its order; of one with words, those with points that have them, each once.
func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := s.queryOf(r)
		written := map[civic.ID]bool{} // of meetings that points led to
		return web.WriteTable(w, r, web.Table{Form: form, Name: "meetings", Head: listHead, Rows: func(write func([]string) error) error {
			return storage.Walk(func(after string) ([]Listed, string, error) {
				q.After = after
				l, err := s.List(r.Context(), q)
				rows := l.All()
				for _, f := range l.Points {
					if !written[f.In.ID] {
						written[f.In.ID] = true
						rows = append(rows, f.In)
					}
				}
				return rows, l.Next, err
			}, func(m Listed) error { return write(listRow(m)) })
		}})
	}
}

func listRow(m Listed) []string {
	return []string{string(m.ID), m.Body.String(), m.Of.Title[civic.Kazakh], m.Of.Title[civic.Russian], string(m.State), m.StartsAt.UTC().Format(time.RFC3339), m.Place[civic.Kazakh], m.Place[civic.Russian],
		strconv.Itoa(len(m.Present)), strconv.Itoa(m.Members), strconv.Itoa(m.Needed)}
}

// showFeed is the meetings that begin last, an entry for each state that one came into and each time it was moved.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	var all []Meeting
	var names map[civic.Ref]part.Resolved
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if all, err = latestConvened(tx, 50); err != nil {
			return err
		}
		names, err = s.bodiesOf(tx, civic.Actor{}, all)
		return err
	})
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), root)
	feed := web.Feed{ID: self, Title: l.T("meetings.feed_title"), Author: l.T("meetings.nav"), Self: self + ".atom", Page: self}
	for _, m := range all {
		address := self + "/" + string(m.ID)
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + string(m.State) + strconv.Itoa(m.Sequence), Title: names[m.Body].Title, Updated: m.ChangedAt, Page: address,
			Summary: l.T("meetings.meeting_on", "Date", m.StartsAt) + " · " + l.T("meetings.state_"+string(m.State))})
	}
	return web.Atom(w, r, feed)
}

// tableName is what the votes of a body are called that are taken away.
const tableName = "votes"

// One row is what one member did in one vote.
var tableHead = []string{"meeting", "vote", "at", "text_kk", "text_ru", "rule", "members", "quorum", "needed", "for", "against", "abstain", "recused", "accepted", "secret", "entered_by", "seat", "name", "choice"}

// getVotes writes how each member of a body voted, in all its meetings.
func (s *Service) getVotes(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		b, err := s.named(r.Context(), bodyOf(r))
		if err != nil {
			return err
		}
		return web.WriteTable(w, r, web.Table{Form: form, Name: tableName, Head: tableHead, Rows: func(write func([]string) error) error {
			row := voteRows(write, b.Body)
			return s.db.Read(r.Context(), func(tx *storage.Tx) error { return s.EachVote(tx, b.Ref, row) })
		}})
	}
}

// voteRows writes the rows of votes of a body.
func voteRows(write func([]string) error, b Body) func(Vote) error {
	named := map[civic.ID]string{}
	for _, m := range b.Members {
		named[m.ID] = m.Name
	}
	return func(v Vote) error {
		shared := []string{string(v.Meeting), string(v.ID), v.At.UTC().Format(time.RFC3339), v.Text[civic.Kazakh], v.Text[civic.Russian], string(v.Rule), strconv.Itoa(v.Members), strconv.Itoa(v.Quorum), strconv.Itoa(v.Needed),
			strconv.Itoa(v.For), strconv.Itoa(v.Against), strconv.Itoa(v.Abstain), strconv.Itoa(v.Recused), strconv.FormatBool(v.Accepted), strconv.FormatBool(v.Secret), strconv.Itoa(v.Entries)}
		for _, ballot := range v.Ballots {
			if err := write(append(shared[:len(shared):len(shared)], string(ballot.Seat), named[ballot.Seat], string(ballot.Choice))); err != nil {
				return err
			}
		}
		return nil
	}
}
