package events

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/ical"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

const (
	onePattern  = root + "/{id}"
	deskPattern = deskPath + "/{id}"
	datePattern = deskPattern + "/dates/{date}"
	hostPattern = deskPattern + "/hosts/{host}"
	itemPattern = deskPattern + "/programme/{item}"
	tableName   = "events"
)

var filters = []string{"q", "state", "view", "when", "from", "theme", "district", "children", "free", "host"}

func (s *Service) routes() []web.Route {
	lists := func(*http.Request) []string { return []string{topic, city.Topic, city.TopicDay, organisations.Topic} }
	one := func(r *http.Request) []string { return append(lists(r), record.TopicOf(RefOf(pathID(r)))) }
	out := []web.Route{
		{Method: "GET", Pattern: root, Query: append([]string{"after"}, filters...), Access: web.Everyone, Handler: s.showList, Topics: lists},
		{Method: "GET", Pattern: root + ".ics", Query: []string{"host"}, Access: web.Everyone, Handler: s.getCalendar, Topics: lists, Plain: true},
		{Method: "GET", Pattern: root + ".atom", Query: []string{"host"}, Access: web.Everyone, Handler: s.getFeed, Topics: lists},
		{Method: "GET", Pattern: root + "/today", Access: web.Everyone, Handler: s.showDay},
		{Method: "GET", Pattern: root + "/today.pdf", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getDayPDF, Plain: true, Heavy: true},
		{Method: "GET", Pattern: onePattern + "/poster.pdf", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getPoster, Plain: true, Heavy: true},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne},
		{Method: "GET", Pattern: onePattern + "/report.pdf", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getReportPDF, Plain: true, Heavy: true},
		{Method: "GET", Pattern: onePattern + "/programme", Query: []string{"date"}, Access: web.Everyone, Handler: s.showProgramme},
		{Method: "GET", Pattern: onePattern + "/programme.pdf", Query: []string{"lang", "date"}, Access: web.Everyone, Handler: s.getProgrammePDF, Plain: true, Heavy: true},
		{Method: "GET", Pattern: onePattern + "/event.ics", Access: web.Everyone, Handler: s.getOne, Topics: one, Plain: true},
		web.List(web.Reading{Pattern: root, Summary: "Events to come, one entry for each time", Topics: lists, Query: []web.Param{web.ByWords, {Name: "state", Means: "Only dates that take place (on), are called off (off), are over (over) or of whose event there is a report (reported); what is over stands with the latest first, from the beginning unless from is given", OneOf: web.Values(Standings()[1:]...)},
			{Name: "view", Means: "The week or the month of from", OneOf: []string{viewList, viewWeek, viewMonth}}, {Name: "when", Means: "Of from, the day alone or the next weekend", OneOf: []string{"today", "weekend"}},
			{Name: "from", Means: "From this day on; without it, from today", Shape: web.ADay}, web.ByTheme, web.ByDistrict, {Name: "children", Means: "Only where children may come", OneOf: []string{"yes"}},
			{Name: "free", Means: "Only what costs nothing", OneOf: []string{"yes"}}, {Name: "host", Means: "Only what this organisation holds: its id", Shape: web.AnID}}}, s.apiList),
		web.One(web.Reading{Pattern: onePattern, Summary: "One event with all its times"}, s.apiOne),
		{Method: "GET", Pattern: deskPath, Query: []string{"after"}, Access: web.SignedIn, Handler: s.showDesk},
		{Method: "GET", Pattern: deskPattern, Access: web.SignedIn, Handler: s.showManaged},
	}
	out = append(out, web.Tables(web.Route{Pattern: "/" + tableName, Query: filters, Access: web.Everyone, Topics: lists}, s.getTable)...)
	return append(out, web.Forms(
		web.Form{Pattern: root + "/suggest", Access: web.Residents, Show: s.writePage(false), Check: s.checkNew(false), Do: s.writeNew},
		web.Form{Pattern: deskPath + "/new", Access: web.Hosts, Show: s.writePage(true), Check: s.checkNew(true), Do: s.writeNew},
		web.Form{Pattern: deskPattern + "/change", Access: web.SignedIn, Show: s.changePage, Do: s.change},
		web.Form{Pattern: deskPattern + "/announce", Page: deskPattern, Access: web.SignedIn, Check: s.announceCheck, Do: s.announce, Button: true},
		web.Form{Pattern: deskPattern + "/call-off", Access: web.SignedIn, Show: s.callOffPage, Check: s.callOffCheck, Do: s.callOff},
		web.Form{Pattern: datePattern, Access: web.SignedIn, Show: s.datePage, Do: s.moveDate},
		web.Form{Pattern: datePattern + "/off", Page: datePattern, Access: web.SignedIn, Show: s.datePage, Check: s.offDateCheck, Do: s.offDate},
		web.Form{Pattern: onePattern + "/dates/{date}/certificate", Page: onePattern, Access: web.Residents, Do: s.certify, Button: true},
		web.Form{Pattern: deskPattern + "/questions", Access: web.SignedIn, Show: s.questionsPage, Do: s.addQuestion},
		web.Form{Pattern: deskPattern + "/questions/drop", Page: deskPattern + "/questions", Access: web.SignedIn, Do: s.dropQuestion, Button: true},
		web.Form{Pattern: deskPattern + "/hosts", Query: []string{"q"}, Access: web.SignedIn, Show: s.hostsPage, Do: s.askHost},
		web.Form{Pattern: hostPattern + "/agree", Page: deskPattern + "/hosts", Access: web.SignedIn, Do: s.agreeHost, Button: true},
		web.Form{Pattern: hostPattern + "/decline", Page: deskPattern + "/hosts", Access: web.SignedIn, Do: s.declineHost, Button: true},
		web.Form{Pattern: hostPattern + "/leave", Page: deskPattern + "/hosts", Access: web.SignedIn, Do: s.leaveHost, Button: true},
		web.Form{Pattern: deskPattern + "/programme", Access: web.SignedIn, Show: s.programmePage, Do: s.addItem},
		web.Form{Pattern: itemPattern, Access: web.SignedIn, Show: s.itemPage, Do: s.changeItem},
		web.Form{Pattern: itemPattern + "/off", Page: itemPattern, Access: web.SignedIn, Do: s.dropItem, Button: true},
		web.Form{Pattern: deskPattern + "/report", Access: web.SignedIn, Show: s.reportPage, Do: s.report},
		web.Form{Pattern: deskPattern + "/words", Query: []string{moderation.BackName}, Access: web.Moderators, Show: s.wordsPage, Do: s.decide, Field: "rule"},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// The ways of looking at what is to come.
const (
	viewList  = ""
	viewWeek  = "week"
	viewMonth = "month"
	viewMap   = "map"
)

// filterOf reads what is looked for: from when on, and until when, by the way of looking.
func (s *Service) filterOf(r *http.Request, now time.Time) (f Filter, view string, from time.Time) {
	q, zone := r.URL.Query(), s.city.Settings.Zone()
	view = q.Get("view")
	today := now.In(zone)
	from = midnight(today)
	if t, err := time.ParseInLocation(time.DateOnly, q.Get("from"), zone); err == nil && t.Year() > 2000 && t.Year() < 2200 {
		from = t
	}
	f = Filter{From: from, Theme: q.Get("theme"), District: q.Get("district"), Host: civic.ID(q.Get("host")), Children: q.Get("children") != "", Free: q.Get("free") != "", Words: search.Typed(q.Get("q")), Now: now}
	if st := Standing(q.Get("state")); slices.Contains(Standings(), st) {
		f.Standing = st
	}
	known := s.city.Settings.Current().Known(city.Scope{District: f.District, Theme: f.Theme})
	f.District, f.Theme = known.District, known.Theme
	switch {
	case q.Get("when") == "today":
		f.To = from.AddDate(0, 0, 1)
	case q.Get("when") == "weekend":
		saturday := (int(time.Saturday) - int(from.Weekday()) + 7) % 7
		if from.Weekday() == time.Sunday {
			saturday = 0
		}
		f.From = from.AddDate(0, 0, saturday)
		f.To = f.From.AddDate(0, 0, 2)
		if f.From.Weekday() == time.Sunday {
			f.To = f.From.AddDate(0, 0, 1)
		}
	case view == viewWeek:
		f.From = from.AddDate(0, 0, -(int(from.Weekday())+6)%7)
		f.To = f.From.AddDate(0, 0, 7)
	case view == viewMonth:
		f.From = time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, zone)
		f.To = f.From.AddDate(0, 1, 0)
	case f.Standing.past() && q.Get("from") == "":
		f.From = time.Time{}
	}
	return f, view, from
}

type listPage struct {
	ui.Page
	Listed
	Form           ui.Form
	Filter         Filter
	View           string
	Districts      []ui.Option
	Host           organisations.Named
	NextTo         string
	Back, On       string // the time before and after, of a week or a month
	Counts         map[string]int
	Pins           []places.Pin
	Places         *places.Service
	Export, OfHost string
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	p := listPage{Page: web.NewPage(w, r, web.L(r).T("events.nav")), Form: ui.Form{Values: r.URL.Query()}, Places: s.city.Places}
	p.Lede = p.T("events.nav_lede")
	p.Filter, p.View, _ = s.filterOf(r, p.Now)
	var err error
	if p.Listed, err = s.List(r.Context(), p.Filter, r.URL.Query().Get("after")); err != nil {
		return err
	}
	switch p.View {
	case viewWeek:
		p.Back, p.On = p.With("from", p.Filter.From.AddDate(0, 0, -7).Format(time.DateOnly), "after", ""), p.With("from", p.Filter.From.AddDate(0, 0, 7).Format(time.DateOnly), "after", "")
	case viewMonth:
		p.Back, p.On = p.With("from", p.Filter.From.AddDate(0, -1, 0).Format(time.DateOnly), "after", ""), p.With("from", p.Filter.From.AddDate(0, 1, 0).Format(time.DateOnly), "after", "")
		if p.Counts, err = s.Month(r.Context(), p.Filter); err != nil {
			return err
		}
	case viewMap:
		for _, d := range p.Items {
			p.Pins = append(p.Pins, places.Pin{At: d.Point, Title: p.L.Text(d.Title)})
		}
	}
	if p.Filter.Host != "" {
		err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
			names, err := s.city.Organisations.Named(tx, []civic.ID{p.Filter.Host})
			p.Host = names[p.Filter.Host]
			return err
		})
		if err != nil {
			return err
		}
		if p.Host.ID == "" {
			return notThere()
		}
		p.SetLedeName(p.Host.Name)
		p.OfHost = "?host=" + string(p.Host.ID)
	}
	if p.Next != "" {
		p.NextTo = p.With("after", p.Next)
	}
	if q := r.URL.Query(); len(q) > 0 {
		q.Del("after")
		if p.Export = "?" + q.Encode(); p.Export == "?" {
			p.Export = ""
		}
	}
	p.Districts = s.city.Settings.Current().DistrictOptions(p.Page, "events.any_district")
	p.Feed = ui.Link{Text: p.T("events.feed"), Path: root + ".atom" + p.OfHost}
	return web.Render(w, r, http.StatusOK, listView(p))
}

// day is a day in the picture of a month.
type dayOf struct {
	At    time.Time
	Count int
	Other bool // of another month
}

// weeks are the days of the month that is looked at, from Monday on.
func (p listPage) weeks() (out [][]dayOf) {
	first := p.Filter.From.AddDate(0, 0, -(int(p.Filter.From.Weekday())+6)%7)
	for at := first; at.Before(p.Filter.To); {
		var week []dayOf
		for range 7 {
			week = append(week, dayOf{at, p.Counts[at.Format(time.DateOnly)], at.Month() != p.Filter.From.Month()})
			at = at.AddDate(0, 0, 1)
		}
		out = append(out, week)
	}
	return out
}

func (p listPage) tabs() []ui.Tab {
	var out []ui.Tab
	for _, view := range []string{viewList, viewWeek, viewMonth, viewMap} {
		out = append(out, ui.Tab{Text: p.T("events.view_" + cmp.Or(view, "list")), Path: p.With("view", view, "after", "", "when", ""), Current: p.View == view})
	}
	return out
}

func (p listPage) hostsOf(e Event) (out []civic.Text) {
	for _, h := range e.Hosts {
		if n, there := p.Names[h]; there {
			out = append(out, n.Name)
		}
	}
	if e.Group != "" {
		out = append(out, civic.Everywhere(e.Group))
	}
	return out
}

type onePage struct {
	ui.Page
	Shown
	District civic.Text
	Map      *places.Service
}

// coming are the next dates, or of an event that is over the last ones.
func (p onePage) coming() (out []Date) {
	for _, d := range p.Dates {
		if d.Ends.After(p.Now) && len(out) < mostDatesShown {
			out = append(out, d)
		}
	}
	if out == nil {
		out = p.Dates[max(0, len(p.Dates)-mostDatesShown):]
	}
	return out
}

func (p onePage) over() bool {
	return len(p.Dates) == 0 || !slices.ContainsFunc(p.Dates, func(d Date) bool { return d.Ends.After(p.Now) })
}

func (s *Service) onePage(w http.ResponseWriter, r *http.Request) (p onePage, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return p, err
	}
	p = onePage{Page: web.NewPage(w, r, ""), Shown: v, Map: s.city.Places}
	p.SetName(v.Title)
	p.Crumbs = []ui.Link{{Text: p.T("events.nav"), Path: root}}
	if d, known := s.city.Settings.Current().District(v.District); known {
		p.District = d.Name
	}
	return p, nil
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.onePage(w, r)
	if err == nil && !p.State.Public() {
		err = notThere()
	}
	if err != nil {
		return err
	}
	var hosts []civic.Text
	for _, h := range p.Shown.Hosts {
		hosts = append(hosts, h.Name)
	}
	if p.JSONLD, err = schemaOrg(p.Event, p.Next(p.Now), hosts, p.L, web.Origin(r)); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// MostInCalendar is how many events a calendar that is subscribed to has.
const MostInCalendar = 500

const calendarType = "text/calendar; charset=utf-8"

// getOne is one event for one's own calendar.
func (s *Service) getOne(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	return web.Write(w, r, calendarType, ical.Write(web.L(r).Text(v.Title), entries(v.Event, v.Dates, web.L(r), web.Origin(r))))
}

// inCalendar are the events of a calendar that is subscribed to: those with dates to come, the next first, and as far as there is room those that were announced or changed last.
func inCalendar(tx *storage.Tx, host civic.ID, most int) ([]Event, error) {
	all, err := coming(tx, host, most)
	if err != nil || len(all) == most {
		return all, err
	}
	there := map[int64]bool{}
	for _, e := range all {
		there[e.no] = true
	}
	more, err := latest(tx, host, most)
	for _, e := range more {
		if !there[e.no] && len(all) < most {
			all = append(all, e)
		}
	}
	return all, err
}

// feed is what is announced, in the whole city or by one host, as a list has it.
func (s *Service) feed(r *http.Request, list func(tx *storage.Tx, host civic.ID, most int) ([]Event, error), most int) (all []Event, dates map[int64][]Date, name civic.Text, err error) {
	host := civic.ID(r.URL.Query().Get("host"))
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		if host != "" {
			names, err := s.city.Organisations.Named(tx, []civic.ID{host})
			if err != nil {
				return err
			}
			if name = names[host].Name; names[host].ID == "" {
				return notThere()
			}
		}
		var err error
		if all, err = list(tx, host, most); err != nil {
			return err
		}
		dates, err = datesOfAll(tx, all)
		return err
	})
	return all, dates, name, err
}

// getCalendar is what a calendar subscribes to: the whole city, or one host.
func (s *Service) getCalendar(w http.ResponseWriter, r *http.Request) error {
	all, dates, name, err := s.feed(r, inCalendar, MostInCalendar)
	if err != nil {
		return err
	}
	title := cmp.Or(web.L(r).Text(name), web.L(r).T("events.nav")+" · "+web.L(r).Text(s.city.Settings.Current().Name))
	var out []ical.Event
	for _, e := range all {
		out = append(out, entries(e, dates[e.no], web.L(r), web.Origin(r))...)
	}
	return web.Write(w, r, calendarType, ical.Write(title, out))
}

func (s *Service) getFeed(w http.ResponseWriter, r *http.Request) error {
	all, dates, name, err := s.feed(r, latest, 50)
	if err != nil {
		return err
	}
	l, query := web.L(r), ""
	if host := r.URL.Query().Get("host"); host != "" {
		query = "?host=" + host
	}
	at := func(path string) string { return web.Origin(r) + ui.Localized(l.Lang(), path) }
	f := web.Feed{Title: cmp.Or(l.Text(name), l.T("events.nav")), Author: l.Text(s.city.Settings.Current().Name), Self: at(root + ".atom" + query), Page: at(root + query)}
	for _, e := range all {
		summary := l.T("events.state_" + string(e.State))
		if of := (Shown{Event: e, Dates: dates[e.no]}).Next(s.city.DB.Now()); !of.Starts.IsZero() {
			summary += " · " + l.DateTime(of.Starts) + " · " + where(l, e)
		}
		f.Entries = append(f.Entries, web.FeedEntry{ID: web.Origin(r) + Path(e.ID), Title: e.Title, Summary: summary, Page: at(Path(e.ID)), Updated: e.ChangedAt})
	}
	return web.Atom(w, r, f)
}

// apiEvent is an event at one of its times, for machines. Names of fields do not change.
type apiEvent struct {
	ID        civic.ID     `json:"id"`
	URL       string       `json:"url"`
	State     State        `json:"state"`
	Title     civic.Text   `json:"title"`
	About     civic.Text   `json:"about"`
	Hosts     []civic.ID   `json:"hosts"`
	Group     string       `json:"group,omitempty"`
	Place     string       `json:"place,omitempty"`
	Lat       float64      `json:"lat,omitempty"`
	Lon       float64      `json:"lon,omitempty"`
	District  string       `json:"district,omitempty"`
	Theme     string       `json:"theme,omitempty"`
	For       Audience     `json:"for"`
	Languages []civic.Lang `json:"languages"`
	Access    []string     `json:"access"`
	Price     string       `json:"price"` // in tenge
	Rule      string       `json:"rule,omitempty"`
	Dates     []apiDate    `json:"dates"`
	Programme []apiItem    `json:"programme,omitempty"` // of one event, not in lists
}

// apiItem is one thing of a programme.
type apiItem struct {
	ID       civic.ID   `json:"id"`
	Date     civic.ID   `json:"date"` // one of dates
	Title    civic.Text `json:"title"`
	Spot     civic.Text `json:"spot"`
	Speakers []string   `json:"speakers"`
	Exhibit  bool       `json:"exhibit,omitempty"`
	Starts   time.Time  `json:"starts_at"`
	Ends     time.Time  `json:"ends_at"`
	Of       time.Time  `json:"announced_for"`
	Off      bool       `json:"called_off,omitempty"`
}

type apiDate struct {
	ID     civic.ID  `json:"id"`
	Starts time.Time `json:"starts_at"`
	Ends   time.Time `json:"ends_at"`
	Of     time.Time `json:"recurrence_id"`
	Off    bool      `json:"called_off,omitempty"`
}

func describe(origin string, e Event, dates ...Date) apiEvent {
	out := apiEvent{ID: e.ID, URL: origin + ui.Localized(civic.Kazakh, Path(e.ID)), State: e.State, Title: e.Title, About: e.About, Hosts: append([]civic.ID{}, e.Hosts...), Group: e.Group, Place: e.Place, Lat: e.Point.Lat,
		Lon: e.Point.Lon, District: e.District, Theme: e.Theme, For: e.For, Languages: append([]civic.Lang{}, e.Languages...), Access: append([]string{}, e.Access...), Price: e.Price.String(), Rule: e.Repeats}
	for _, d := range dates {
		out.Dates = append(out.Dates, apiDate{d.ID, d.Starts.UTC(), d.Ends.UTC(), d.Of.UTC(), d.Off})
	}
	return out
}

func (s *Service) apiList(r *http.Request) ([]apiEvent, string, error) {
	f, _, _ := s.filterOf(r, s.city.DB.Now())
	l, err := s.List(r.Context(), f, r.URL.Query().Get("after"))
	if err != nil {
		return nil, "", err
	}
	var items []apiEvent
	for _, d := range l.Items {
		items = append(items, describe(web.Origin(r), d.Event, d.Date))
	}
	return items, l.Next, nil
}

func (s *Service) apiOne(r *http.Request) (apiEvent, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiEvent{}, err
	}
	out := describe(web.Origin(r), v.Event, v.Dates...)
	for _, i := range v.Items {
		out.Programme = append(out.Programme, apiItem{i.ID, i.Date, i.Title, i.Spot, append([]string{}, i.Speakers...), i.Exhibit, i.Starts.UTC(), i.Ends.UTC(), i.Of.UTC(), i.Off})
	}
	return out, nil
}

// spaced is a list in one cell of a table.
func spaced[T ~string](all []T) string {
	var out []string
	for _, one := range all {
		out = append(out, string(one))
	}
	return strings.Join(out, " ")
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, _, _ := s.filterOf(r, s.city.DB.Now())
		return web.WriteTable(w, r, web.Table{Form: form, Name: tableName, Head: []string{"event", "date", "starts_at", "ends_at", "called_off", "title_kk", "title_ru", "title_en", "place", "district", "theme", "for", "price", "seats", "state", "hosts", "group", "languages", "access"},
			Rows: func(write func([]string) error) error {
				return storage.Walk(func(after string) ([]Dated, string, error) {
					l, err := s.List(r.Context(), f, after)
					return l.Items, l.Next, err
				}, func(d Dated) error {
					return write([]string{string(d.ID), string(d.Date.ID), d.Date.Starts.UTC().Format(time.RFC3339), d.Date.Ends.UTC().Format(time.RFC3339), strconv.FormatBool(d.Date.Off), d.Title[civic.Kazakh], d.Title[civic.Russian],
						d.Title[civic.English], d.Place, d.District, d.Theme, string(d.For), d.Price.String(), strconv.Itoa(d.Terms.Places.Total()), string(d.State), spaced(d.Hosts), d.Group, spaced(d.Languages), spaced(d.Access)})
				})
			}})
	}
}
