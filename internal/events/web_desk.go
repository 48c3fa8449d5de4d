package events

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const mostOnDesk = 60

type deskPage struct {
	ui.Page
	Events []Event
	Hosts  bool // the actor announces in somebody's name
	NextTo string
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	p := deskPage{Page: web.NewPage(w, r, web.L(r).T("events.nav_desk")), Hosts: web.Hosts.Allow(web.Actor(r))}
	p.Lede, p.NoIndex = p.T("events.nav_desk_lede"), true
	after, ok := storage.ParsePlace(r.URL.Query().Get("after"))
	if !ok {
		return civic.Fail(civic.Invalid, "web.malformed")
	}
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		p.Events, err = managed(tx, p.Actor, after, mostOnDesk+1)
		return err
	})
	if err != nil {
		return err
	}
	page, last := storage.Page(p.Events, mostOnDesk)
	if p.Events = page; last != nil {
		p.NextTo = p.With("after", storage.PlaceAt(storage.Millis(last.ChangedAt), last.no).String())
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

func (s *Service) managedPage(w http.ResponseWriter, r *http.Request) (p onePage, err error) {
	if p, err = s.onePage(w, r); err == nil && !p.Manages {
		err = notThere()
	}
	if err != nil {
		return p, err
	}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("events.nav_desk"), Path: deskPath}}
	return p, nil
}

func (s *Service) showManaged(w http.ResponseWriter, r *http.Request) error {
	p, err := s.managedPage(w, r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, managedView(p))
}

// writePage is the form of an event; what is new has dates too.
type writePage struct {
	ui.Page
	Form      ui.Form
	Action    string
	New       bool
	Bodies    []ui.Option
	Districts []ui.Option
	Places    *places.Service
}

func (s *Service) writePageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p writePage, err error) {
	p = writePage{Page: web.NewPage(w, r, web.L(r).T(title)), Form: f, Places: s.city.Places, Districts: s.city.Settings.Current().DistrictOptions(web.NewPage(w, r, ""), "events.whole_city")}
	p.NoIndex = true
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.hostsOf(tx, p.Actor)
		for _, o := range all {
			words, lang := p.Words(o.Name)
			p.Bodies = append(p.Bodies, ui.Option{Value: string(o.ID), Label: words, Lang: lang})
		}
		return err
	})
	return p, err
}

func (s *Service) writePage(host bool) web.Show {
	return func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
		title, action := "events.suggest", root+"/suggest"
		if host {
			title, action = "events.new", deskPath+"/new"
		}
		p, err := s.writePageOf(w, r, title, f)
		if err != nil {
			return nil, err
		}
		p.Action, p.New = action, true
		if p.Crumbs = []ui.Link{{Text: p.T("events.nav"), Path: root}}; host {
			p.Crumbs = []ui.Link{{Text: p.T("events.nav_desk"), Path: deskPath}}
		} else {
			p.Lede, p.Bodies = p.T("events.suggest_lede"), nil
		}
		if !f.Sent {
			f.Values.Set("for", string(ForAll))
			f.Values["languages"] = []string{"kk", "ru"}
			if len(p.Bodies) == 1 {
				f.Values.Set("hosts", p.Bodies[0].Value)
			}
		}
		return writeView(p), nil
	}
}

// typed reads an event out of its form.
func typed(f ui.Form) Event {
	e := Event{Title: f.Text("title"), About: f.Text("about"), Group: f.Value("group"), Place: f.Value("place"), District: f.Value("district"), Theme: f.Value("theme"), Online: f.Value("online"), For: Audience(f.Value("for"))}
	e.Point, _ = places.ParsePoint(f.Value("point"))
	for _, h := range f.Values["hosts"] {
		if h != "" {
			e.Hosts = append(e.Hosts, civic.ID(h))
		}
	}
	for _, l := range f.Values["languages"] {
		if lang, known := civic.ParseLang(l); known {
			e.Languages = append(e.Languages, lang)
		}
	}
	for _, a := range f.Values["access"] {
		if slices.Contains(Accesses(), a) {
			e.Access = append(e.Access, a)
		}
	}
	if f.Value("price") != "" {
		price, ok := civic.ParseMoney(f.Value("price"))
		if e.Price = price; !ok {
			e.Price = -1
		}
	}
	number := func(name string) int {
		if strings.TrimSpace(f.Value(name)) == "" {
			return 0
		}
		return f.Whole(name)
	}
	e.Terms = Terms{Places: booking.Places{booking.Seat: number("seat"), booking.Wheelchair: number("wheelchair"), booking.Child: number("child")}, GroupMost: number("group_most"), BackHours: number("back_hours"), Certificate: f.Value("certificate") != ""}
	if f.Value("group_most") == "" {
		e.Terms.GroupMost = 5
	}
	return e
}

// fill puts an event into the fields of its form.
func (e Event) fill(f ui.Form) {
	f.SetText("title", e.Title)
	f.SetText("about", e.About)
	for name, value := range map[string]string{"group": e.Group, "place": e.Place, "point": e.Point.String(), "district": e.District, "theme": e.Theme, "online": e.Online, "for": string(e.For)} {
		f.Values.Set(name, value)
	}
	if e.Price > 0 {
		f.Values.Set("price", e.Price.String())
	}
	for _, l := range e.Languages {
		f.Values.Add("languages", string(l))
	}
	f.Values["access"] = e.Access
	if e.Terms.Certificate {
		f.Values.Set("certificate", "yes")
	}
	if e.Terms.Places.Total() > 0 {
		for name, n := range map[string]int{"seat": e.Terms.Places[booking.Seat], "wheelchair": e.Terms.Places[booking.Wheelchair], "child": e.Terms.Places[booking.Child], "group_most": e.Terms.GroupMost, "back_hours": e.Terms.BackHours} {
			f.Values.Set(name, strconv.Itoa(n))
		}
	}
}

// clock is a day of a form at an hour that was typed beside it; zero when one of them cannot be read.
func clock(f ui.Form, day, hour string, zone *time.Location) time.Time {
	d := f.Day(day, zone)
	at, err := time.Parse("15:04", strings.TrimSpace(f.Value(hour)))
	if err != nil || d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.Year(), d.Month(), d.Day(), at.Hour(), at.Minute(), 0, 0, zone)
}

// timesOf reads when something begins and ends: on another day only where that is typed.
func timesOf(f ui.Form, zone *time.Location) (starts, ends time.Time) {
	last := "day"
	if f.Value("last_day") != "" {
		last = "last_day"
	}
	return clock(f, "day", "from", zone), clock(f, last, "until", zone)
}

// planOf reads when an event takes place. Errors: civic.Invalid with "every", "also" and "except".
func planOf(f ui.Form, zone *time.Location) (pl Plan, err error) {
	pl.Starts, pl.Ends = timesOf(f, zone)
	if repeat := f.Value("repeat"); repeat != "" && !pl.Starts.IsZero() {
		every := 1
		if strings.TrimSpace(f.Value("every")) != "" {
			if every = f.Whole("every"); every < 1 || every > mostEvery {
				return pl, civic.Wrong("every", "events.every_wrong", "Most", mostEvery)
			}
		}
		pl.Rule = RuleEvery(repeat, every, pl.Starts, f.Day("last", zone))
	}
	days := func(name string) (out []time.Time) {
		for _, word := range strings.FieldsFunc(f.Value(name), func(c rune) bool { return strings.ContainsRune(" ,;\n\r\t", c) }) {
			at, bad := time.ParseInLocation(time.DateOnly, word, zone)
			if bad != nil {
				at, bad = time.ParseInLocation("02.01.2006", word, zone)
			}
			if bad != nil {
				err = civic.Wrong(name, "events.day_unread", "Day", word)
				return nil
			}
			out = append(out, time.Date(at.Year(), at.Month(), at.Day(), pl.Starts.Hour(), pl.Starts.Minute(), 0, 0, zone))
		}
		return out
	}
	pl.Also = days("also")
	pl.Except = days("except")
	return pl, err
}

// Before finds what is wrong with an event before it is written, and its dates.
func (s *Service) Before(ctx context.Context, a civic.Actor, e Event, pl Plan) (dates []Date, err error) {
	e.clean()
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		official, err := s.official(tx, e)
		if err != nil {
			return err
		}
		p := e.check(official, s.city.Settings.Current())
		if dates, err = pl.Dates(tx.Now(), s.city.Settings.Zone()); err != nil {
			if failed, ok := err.(*civic.Error); ok {
				p = append(p, failed.Fields...)
			}
		}
		return p.Err()
	})
	return dates, err
}

type checkPage struct {
	ui.Page
	Form   ui.Form
	Action string
	Event  Event
	Dates  []Date
	Hosts  []civic.Text
}

// checkNew shows what is about to be read by everybody, with each date.
func (s *Service) checkNew(host bool) web.Show {
	return func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
		action := root + "/suggest"
		if host {
			action = deskPath + "/new"
		}
		if picked, err := s.city.Places.Picked(r, f, "point", "place"); err != nil {
			return nil, err
		} else if picked {
			web.Resend(r, action)
			return s.writePage(host)(w, r, f)
		}
		pl, err := planOf(f, s.city.Settings.Zone())
		if err != nil {
			return nil, err
		}
		p := checkPage{Page: web.NewPage(w, r, web.L(r).T("events.check")), Form: f, Action: action, Event: typed(f)}
		if p.Dates, err = s.Before(r.Context(), web.Actor(r), p.Event, pl); err != nil {
			return nil, err
		}
		p.NoIndex = true
		err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
			names, err := s.city.Organisations.Named(tx, p.Event.Hosts)
			for _, h := range p.Event.Hosts {
				p.Hosts = append(p.Hosts, names[h].Name)
			}
			return err
		})
		return checkView(p), err
	}
}

func (s *Service) writeNew(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	pl, err := planOf(f, s.city.Settings.Zone())
	if err != nil {
		return web.Next{}, err
	}
	e := typed(f)
	id, err := s.Write(r.Context(), web.Actor(r), e, pl)
	said := "events.written"
	if len(e.Hosts) == 0 {
		said = "events.suggested"
	}
	return web.Done(deskOf(id), said), err
}

func (s *Service) changePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.writePageOf(w, r, "events.change", f)
	if err != nil {
		return nil, err
	}
	v, err := s.Show(r.Context(), p.Actor, pathID(r))
	if err == nil && !v.Manages {
		err = notThere()
	}
	if err != nil {
		return nil, err
	}
	p.Action, p.Crumbs = deskOf(v.ID)+"/change", []ui.Link{{Text: p.T("events.nav_desk"), Path: deskPath}, p.LinkTo(deskOf(v.ID), v.Title)}
	if !f.Sent {
		v.fill(f)
	}
	return writeView(p), nil
}

func (s *Service) change(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if picked, err := s.city.Places.Picked(r, f, "point", "place"); picked || err != nil {
		web.Resend(r, deskOf(pathID(r))+"/change")
		return web.SamePage(w, r, f, s.changePage, err)
	}
	return web.Done(deskOf(pathID(r)), "events.changed"), s.Change(r.Context(), web.Actor(r), pathID(r), typed(f))
}

func (s *Service) announceCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.managedPage(w, r)
	if err != nil {
		return nil, err
	}
	p := checkPage{Page: v.Page, Form: f, Action: deskOf(v.ID) + "/announce", Event: v.Event, Dates: v.Dates}
	p.SetTitle("events.check_announce")
	for _, h := range v.Shown.Hosts {
		p.Hosts = append(p.Hosts, h.Name)
	}
	return checkView(p), nil
}

func (s *Service) announce(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "events.announced"), s.Announce(r.Context(), web.Actor(r), pathID(r))
}

// actPage is a form that does one thing to an event.
type actPage struct {
	onePage
	Form ui.Form
	Date Date
}

func (s *Service) actPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p actPage, err error) {
	if p.onePage, err = s.managedPage(w, r); err != nil {
		return p, err
	}
	p.Form, p.Crumbs = f, append(p.Crumbs, p.LinkTo(deskOf(p.ID), p.Event.Title))
	p.SetTitle(title)
	p.SetLedeName(p.Event.Title)
	return p, nil
}

func (s *Service) callOffPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.actPage(w, r, "events.call_off", f)
	return callOffView(p), err
}

// callOffCheck shows the reason as all who have booked will read it, and how many they are.
func (s *Service) callOffCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if err := s.CheckCallOff(r.Context(), web.Actor(r), pathID(r), f.Text("reason")); err != nil {
		return nil, err
	}
	p, err := s.actPage(w, r, "events.call_off", f)
	return callOffCheckView(p, f.Text("reason").Trimmed()), err
}

// offDateCheck shows the same of one date.
func (s *Service) offDateCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	date := civic.ID(r.PathValue("date"))
	if err := s.CheckCallOffDate(r.Context(), web.Actor(r), pathID(r), date, f.Text("reason")); err != nil {
		return nil, err
	}
	p, err := s.actPage(w, r, "events.only_this_off", f)
	if err != nil {
		return nil, err
	}
	p.Date = p.Dates[slices.IndexFunc(p.Dates, func(d Date) bool { return d.ID == date })]
	return offDateCheckView(p, f.Text("reason").Trimmed()), nil
}

// booked is how many places of dates to come are taken.
func (p actPage) booked(dates ...Date) (n int) {
	for _, d := range dates {
		if o, there := p.Places[d.ID]; there && !d.Off && d.Ends.After(p.Page.Now) {
			n += o.Taken.Total()
		}
	}
	return n
}

func (s *Service) callOff(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskOf(pathID(r)), "events.called_off"), s.CallOff(r.Context(), web.Actor(r), pathID(r), f.Text("reason"))
}

func (s *Service) datePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.actPage(w, r, "events.change_date", f)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(p.Dates, func(d Date) bool { return string(d.ID) == r.PathValue("date") })
	if at < 0 {
		return nil, notThere()
	}
	p.Date = p.Dates[at]
	if zone := s.city.Settings.Zone(); !f.Sent || !f.Values.Has("day") {
		starts, ends := p.Date.Starts.In(zone), p.Date.Ends.In(zone)
		f.Values.Set("day", starts.Format(time.DateOnly))
		f.Values.Set("from", starts.Format("15:04"))
		f.Values.Set("until", ends.Format("15:04"))
		if ends.YearDay() != starts.YearDay() {
			f.Values.Set("last_day", ends.Format(time.DateOnly))
		}
	}
	return dateView(p), nil
}

func (s *Service) moveDate(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	starts, ends := timesOf(f, s.city.Settings.Zone())
	return web.Done(deskOf(pathID(r)), "events.moved"), s.Move(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("date")), starts, ends)
}

func (s *Service) offDate(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskOf(pathID(r)), "events.date_off"), s.CallOffDate(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("date")), f.Text("reason"))
}

func (s *Service) reportPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.actPage(w, r, "events.report", f)
	if err == nil && !f.Sent {
		f.SetText("report", p.Report)
		f.Values.Set("heard", string(p.Event.Heard))
		f.Values.Set("grant", string(p.Event.Grant))
		if p.Figures.Visitors > 0 {
			f.Values.Set("visitors", strconv.Itoa(p.Figures.Visitors))
		}
	}
	return reportView(p), err
}

// addressed is the id of what stands in a field with an id or an address.
func addressed(f ui.Form, name string) civic.ID {
	words := strings.TrimSpace(f.Value(name))
	return civic.ID(words[strings.LastIndexByte(words, '/')+1:])
}

func (s *Service) report(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	t := Telling{Words: f.Text("report"), Heard: addressed(f, "heard"), Grant: addressed(f, "grant")}
	if strings.TrimSpace(f.Value("visitors")) != "" {
		t.Visitors = f.Whole("visitors")
	}
	return web.Done(Path(pathID(r)), "events.told_now"), s.Tell(r.Context(), web.Actor(r), pathID(r), t)
}

type wordsPage struct {
	ui.Page
	ForModerator
	Form    ui.Form
	Back    string
	Options []ui.Option
}

func (s *Service) wordsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	of, err := s.ForModerator(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := wordsPage{Page: web.NewPage(w, r, web.L(r).T("events.decide")), ForModerator: of, Form: f, Back: cmp.Or(f.Value(moderation.BackName), r.URL.Query().Get(moderation.BackName))}
	p.NoIndex = true
	p.Options = s.city.Moderation.RuleOptions(p.Page, moderation.Words)
	return wordsView(p), nil
}

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return moderation.CarryOut(f, Path(pathID(r)), moderation.Decided{Shown: "events.decided_in", Removed: "events.decided_refused"},
		func(c moderation.Choice) error { return s.Decide(r.Context(), web.Actor(r), pathID(r), c) },
		func(c moderation.Choice) error { return s.Uphold(r.Context(), web.Actor(r), pathID(r), c) })
}

// themeName is the name of a theme; empty where there is none.
func themeName(code string) civic.Text {
	t, _ := city.ThemeOf(code)
	return t.Name
}
