package answers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ical"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

func (s *Service) routes() []web.Route {
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: "/answers", Query: []string{"state", "body", "district", "theme", "q", "after"}, Access: web.Everyone, Handler: s.showList, Topics: s.topics},
		{Method: "GET", Pattern: "/answers/bodies", Access: web.Everyone, Handler: s.showBodies, Topics: s.topics},
		{Method: "GET", Pattern: "/answers/{id}", Access: web.Everyone, Handler: s.showOne, Topics: s.topics},
		{Method: "GET", Pattern: "/answers.atom", Access: web.Everyone, Handler: s.showFeed, Topics: s.topics},
		{Method: "GET", Pattern: "/answers.ics", Query: narrowing, Access: web.Everyone, Handler: s.getCalendar, Topics: s.topics},
		web.List(web.Reading{Pattern: "/answers", Summary: "What bodies owe an answer to, and what they answered", Topics: s.topics, Query: []web.Param{
			{Name: "state", Means: "Only those that stand so; without it, those still owed", OneOf: Filters()}, {Name: "body", Means: "Only those of this body: kind:id, as its field body says it", Shape: web.AThing},
			web.ByDistrict, web.ByTheme, web.ByWords}}, s.apiList),
		web.One(web.Reading{Pattern: "/answers/{id}", Summary: "One answer owed, with its clock and what was said", Topics: s.topics}, s.apiOne),

		{Method: "GET", Pattern: "/desk/answers", Query: []string{"after"}, Access: web.Officers, Handler: s.showDesk},
		{Method: "GET", Pattern: desk, Access: web.Officers, Handler: s.showWork},
	}, web.Tables(web.Route{Pattern: "/answers", Query: narrowing, Access: web.Everyone}, s.getTable), web.Forms(
		web.Form{Pattern: "/answers/{id}/reply", Page: "/answers/{id}", Access: web.SignedIn, Show: s.onePage, Do: s.sendReply, Field: "words"},
		web.Form{Pattern: "/answers/{id}/mail/{token}", Access: web.Everyone, Show: s.mailPage, Do: s.sendReplyByMail, Field: "words"},
		web.Form{Pattern: desk + "/answer", Access: web.Officers, Show: s.answerPage, Check: s.answerCheck, Do: s.answer},
		web.Form{Pattern: desk + "/pause", Access: web.Officers, Show: s.stepPage(Pause), Do: s.pause},
		web.Form{Pattern: desk + "/resume", Page: desk, Access: web.Officers, Do: s.resume, Button: true},
		web.Form{Pattern: desk + "/extend", Access: web.Officers, Show: s.stepPage(Extend), Do: s.extend},
		web.Form{Pattern: desk + "/assign", Access: web.Officers, Show: s.stepPage(Assign), Do: s.assign},
		web.Form{Pattern: desk + "/pass", Access: web.Officers, Show: s.stepPage(Pass), Do: s.pass},
	))
}

const desk = "/desk/answers/{id}"

// narrowing names the filters that files know too.
var narrowing = slices.Clip([]string{"state", "body", "district", "theme", "q"})

// topics are what the pages show: obligations, and the things and bodies that they name, of whatever
// part.
func (s *Service) topics(*http.Request) []string {
	out := []string{Topic, city.Topic, city.TopicDay}
	for _, p := range s.declared.Parts() {
		out = append(out, p.Name)
	}
	return out
}

// page is what all pages here share.
type page struct {
	ui.Page
	Cal  civic.Calendar
	Form ui.Form
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, title string) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Calendar()}
	p.Form.Values = map[string][]string{}
	return p
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

type listPage struct {
	page
	List   List
	About  city.Scope
	State  string
	Bodies []ui.Option
	City   *city.Settings
	Export string // the query of the filters, for the files
	NextTo string
}

func queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{State: v.Get("state"), Scope: city.Scope{District: v.Get("district"), Theme: v.Get("theme")}, Words: v.Get("q"), After: v.Get("after")}
	q.Body, _ = civic.ParseRef(v.Get("body"))
	if !slices.Contains(Filters(), q.State) {
		q.State = FilterOwed
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	l := web.L(r)
	p := listPage{page: s.newPage(w, r, l.T("answers.title"))}
	p.Lede = l.T("answers.lede")
	p.Feed = ui.Link{Text: l.T("answers.feed_title"), Path: ui.Localized(l.Lang(), "/answers.atom")}
	q := queryOf(r)
	p.About = q.Scope
	p.State, p.City, p.Form.Values = q.State, s.city.Current(), r.URL.Query()
	p.Form.Values.Set("state", q.State)
	if p.List, err = s.List(r.Context(), q); err != nil {
		return err
	}
	if p.List.Next != "" {
		p.NextTo = p.With("after", p.List.Next)
	}
	if p.Bodies, err = s.bodyOptions(r, p.Page, "answers.any_body"); err != nil {
		return err
	}
	export := r.URL.Query()
	for name := range export {
		if !slices.Contains(narrowing, name) || export.Get(name) == "" {
			export.Del(name)
		}
	}
	p.Export = "?" + export.Encode()
	return web.Render(w, r, http.StatusOK, listView(p))
}

// bodyOptions lists the bodies for a form, behind the choice of none, whose name is the message none.
func (s *Service) bodyOptions(r *http.Request, p ui.Page, none string) ([]ui.Option, error) {
	out := []ui.Option{{Label: p.T(none)}}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		known, err := s.bodies(tx)
		for _, ref := range known.list {
			words, lang := p.Words(known.titles[ref])
			out = append(out, ui.Option{Value: ref.String(), Label: words, Lang: lang})
		}
		return err
	})
	return out, err
}

type bodiesPage struct {
	page
	Records []Record
}

func (s *Service) showBodies(w http.ResponseWriter, r *http.Request) (err error) {
	p := bodiesPage{page: s.newPage(w, r, web.L(r).T("answers.bodies_title"))}
	p.Lede, p.Crumbs = p.T("answers.bodies_lede"), []ui.Link{{Text: p.T("answers.title"), Path: "/answers"}}
	if p.Records, err = s.Records(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, bodiesView(p))
}

type onePage struct {
	page
	View
	HasOwnDays bool   // the city's calendar is not that of the program alone
	Command    string // that repeats the calculation
}

type mailPage struct {
	page
	View
	Path string
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	page, err := s.onePage(w, r, ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page)
}

func (s *Service) onePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	days, err := s.city.Days(r.Context())
	if err != nil {
		return nil, err
	}
	p := onePage{page: s.newPage(w, r, ""), View: v, HasOwnDays: len(days) > 0}
	p.SetName(titleOf(p.L, v.Listed))
	p.Crumbs = []ui.Link{{Text: p.T("answers.title"), Path: "/answers"}}
	p.Command = command(v.Obligation, s.city.Zone(), p.HasOwnDays)
	p.Form = f
	return oneView(p), nil
}

// command repeats the calculation of a due date with the program itself.
func command(o Obligation, zone *time.Location, ownDays bool) string {
	day := func(t time.Time) string { return t.In(zone).Format(time.DateOnly) }
	words := []string{"birge due --from", day(o.Start), "--days", strconv.Itoa(o.Term.Days)}
	if o.Term.Working {
		words = append(words, "--working")
	} else {
		words = append(words, "--calendar")
	}
	for _, p := range o.Pauses {
		if !p.To.IsZero() {
			words = append(words, "--pause", day(p.From)+".."+day(p.To))
		}
	}
	for _, e := range o.Extensions {
		words = append(words, "--extend", strconv.Itoa(e.Days))
	}
	if ownDays {
		words = append(words, "--holidays", "days.csv")
	}
	return strings.Join(words, " ")
}

func replyTyped(f ui.Form) (Reply, error) {
	act := Step(f.Value("act"))
	if act != Confirm && act != Contest {
		return Reply{}, civic.Fail(civic.Invalid, "web.malformed")
	}
	return Reply{Confirms: act == Confirm, Words: f.Value("words")}, nil
}

func (s *Service) sendReply(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	said, err := replyTyped(f)
	if err == nil {
		err = s.Reply(r.Context(), web.Actor(r), pathID(r), said)
	}
	return web.Done(Path(pathID(r)), "answers.replied"), err
}

// mailPage is where the link of a mail leads. Opening it says nothing: programs that scan mails open links.
func (s *Service) mailPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.ShowByMail(r.Context(), r.PathValue("token"), pathID(r))
	if err != nil {
		return nil, err
	}
	p := mailPage{page: s.newPage(w, r, ""), View: v, Path: MailPath(v.ID) + "/" + r.PathValue("token")}
	p.SetName(titleOf(p.L, v.Listed))
	p.NoIndex, p.Form = true, f
	return mailView(p), nil
}

func (s *Service) sendReplyByMail(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	said, err := replyTyped(f)
	token := r.PathValue("token")
	if err == nil {
		err = s.ReplyByMail(r.Context(), token, pathID(r), said)
	}
	return web.Done(MailPath(pathID(r))+"/"+token, "answers.replied"), err
}

// showFeed is what changed last, one entry for each state that something came into.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	items, err := s.Latest(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), "/answers")
	feed := web.Feed{ID: self, Title: l.T("answers.feed_title"), Author: l.T("answers.title"), Self: self + ".atom", Page: self}
	for _, o := range items {
		address := self + "/" + string(o.ID)
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + strconv.FormatInt(o.ChangedAt.UnixMilli(), 10), Title: titleOf(l, o), Updated: o.ChangedAt, Page: address,
			Summary: l.T("answers.state_"+string(o.State)) + " · " + l.Text(o.BodyName.Title)})
	}
	return web.Atom(w, r, feed)
}

// calendarMost bounds a calendar: the dates that come, or passed, first.
const calendarMost = 200

// getCalendar is the dates of what is owed, as a calendar that anybody's program follows. What has no date, because its clock
// stands still, is left out. An entry is at nine in the morning of the last day, so that it is seen on that day.
func (s *Service) getCalendar(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	if q.State != FilterOverdue && q.State != FilterVeryOverdue {
		q.State = FilterOwed
	}
	all, err := s.page(r.Context(), q, calendarMost)
	if err != nil {
		return err
	}
	l := web.L(r)
	var events []ical.Event
	for _, o := range all.Items {
		if o.Due.IsZero() {
			continue
		}
		day := o.Due.In(s.city.Zone())
		events = append(events, ical.Event{UID: string(o.ID) + "@birge", Start: time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, s.city.Zone()), Lasts: time.Hour, Title: l.Text(titleOf(l, o)) + " · " + l.Text(o.BodyName.Title),
			URL: web.Origin(r) + ui.Localized(l.Lang(), Path(o.ID)), Changed: o.ChangedAt, Sequence: int(o.ChangedAt.Unix() / 60)})
	}
	return web.Write(w, r, "text/calendar; charset=utf-8", ical.Write(l.T("answers.title"), events))
}

// trace is what the obligation follows from and what followed.
func trace(p onePage) templ.Component { return record.Trace(p.Page, p.View.Trace) }
