package volunteering

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ical"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	minePath   = "/my/volunteering"
	onePattern = root + "/{id}"
	mostList   = 60 // shifts among which a page orders by need
	mostBook   = 200
	oldest     = 130 // years: an older day of birth is a slip
)

func (s *Service) routes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: root, Query: []string{"district", "after"}, Access: web.Everyone, Handler: s.list},
		web.List(web.Reading{Pattern: root, Summary: "Shifts for volunteers that have not ended, the earliest first"}, s.apiList),
		web.One(web.Reading{Pattern: root + "/{id}", Summary: "A shift for volunteers"}, s.apiOne),
		web.Page(onePattern, web.Everyone, s.onePage),
		{Method: "GET", Pattern: minePath + ".ics", Access: web.SignedIn, Handler: s.getCalendar, Plain: true},
		{Method: "GET", Pattern: deskPath, Query: []string{"after"}, Access: web.Hosts, Handler: s.deskList},
	}, web.Forms(append(s.changes(),
		web.Form{Pattern: onePattern + "/come", Page: onePattern, Access: web.Residents, Show: s.onePage, Do: s.come},
		web.Form{Pattern: onePattern + "/still", Page: onePattern, Access: web.SignedIn, Do: s.comeStill, Button: true},
		web.Form{Pattern: onePattern + "/leave", Page: onePattern, Access: web.SignedIn, Do: s.leave, Button: true},
		web.Form{Pattern: minePath, Access: web.SignedIn, Show: s.minePage, Do: s.state},
		web.Form{Pattern: minePath + "/certificate", Page: minePath, Access: web.SignedIn, Do: s.certify, Button: true},
		web.Form{Pattern: deskPath + "/new", Access: web.Hosts, Show: s.newPage, Check: s.newCheck, Do: s.announce},
		web.Form{Pattern: deskOne, Query: []string{"signed"}, Access: web.Hosts, Show: s.deskPage, Do: s.addShift},
		web.Form{Pattern: deskOne + "/confirm", Page: deskOne, Access: web.Hosts, Show: s.deskPage, Do: s.confirm},
		web.Form{Pattern: deskOne + "/take-back", Page: deskOne, Access: web.Hosts, Do: s.takeBack, Button: true},
	)...)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

type listed struct {
	Action Action
	Ranked
	Of organisations.Named
}

type listPage struct {
	ui.Page
	Form      ui.Form
	Districts []ui.Option
	Shifts    []listed
	Next      string
}

// list orders the shifts that are to come by how much each needs people.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	p := listPage{Page: web.NewPage(w, r, web.L(r).T("volunteering.nav")), Form: ui.Form{Values: r.URL.Query()}}
	p.Lede = p.T("volunteering.nav_lede")
	p.Districts = s.city.Settings.Current().DistrictOptions(p.Page, "volunteering.any_district")
	mine := s.city.Settings.Current().Known(city.Scope{District: r.URL.Query().Get("district")}).District
	behind, known := storage.ParsePlace(r.URL.Query().Get("after"))
	if !known {
		return civic.Fail(civic.Invalid, "web.malformed")
	}
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		found, err := comingUp(tx, wanted{District: mine, Free: true}, tx.Now(), behind, mostList+1)
		if err != nil {
			return err
		}
		all, last := storage.Page(found, mostList)
		if last != nil {
			q := url.Values{"after": {storage.PlaceAt(storage.Millis(last.Shift.Ends), last.Shift.no).String()}}
			if mine != "" {
				q.Set("district", mine)
			}
			p.Next = root + "?" + q.Encode()
		}
		var ids []civic.ID
		var order []Ranked
		of := map[civic.ID]Action{}
		for _, c := range all {
			band := Unknown
			if mine != "" { // others are not listed then
				band = Near
			}
			of[c.Shift.ID] = c.Action
			ids = append(ids, c.Action.Organisation)
			order = append(order, Ranked{c.Shift, NeedOf(c.Shift, tx.Now(), nil, band)})
		}
		Order(order, s.city.Settings.DayOf(tx.Now()))
		names, err := s.city.Organisations.Named(tx, ids)
		for _, o := range order {
			p.Shifts = append(p.Shifts, listed{of[o.ID], o, names[of[o.ID].Organisation]})
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	ui.Page
	Action   Action
	Form     ui.Form
	Of       organisations.Named
	Shifts   []Shift // that are still to come
	Mine     []civic.ID
	Asked    []civic.ID // of these, whether they come at the new time
	Rules    Rules
	District civic.Text
	Event    part.Resolved // at which its people help
}

func (s *Service) onePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := onePage{Page: web.NewPage(w, r, ""), Form: f, Rules: s.Rules()}
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if p.Action, err = find(tx, pathID(r)); err != nil {
			return err
		}
		all, err := shiftsOf(tx, p.Action)
		if err != nil {
			return err
		}
		for _, sh := range all {
			if tx.Now().Before(sh.Ends) {
				p.Shifts = append(p.Shifts, sh)
			}
		}
		own, err := comingAs(tx, p.Action, p.Actor.Account)
		if err != nil {
			return err
		}
		for _, mine := range own {
			p.Mine = append(p.Mine, mine.Shift)
			if mine.Asked {
				p.Asked = append(p.Asked, mine.Shift)
			}
		}
		names, err := s.city.Organisations.Named(tx, []civic.ID{p.Action.Organisation})
		if p.Of = names[p.Action.Organisation]; err != nil {
			return err
		}
		p.Event, _, err = s.eventOf(tx, p.Action)
		return err
	})
	if err != nil {
		return nil, err
	}
	if d, known := s.city.Settings.Current().District(p.Action.District); known {
		p.District = d.Name
	}
	p.SetName(p.Action.Title)
	p.Crumbs = []ui.Link{{Text: p.T("volunteering.nav"), Path: root}}
	return oneView(p), nil
}

// options are the shifts for which the reader can sign up.
func (p onePage) options() (out []ui.Option) {
	for _, sh := range p.Shifts {
		if !slices.Contains(p.Mine, sh.ID) && sh.Missing() > 0 && !sh.Off {
			out = append(out, ui.Option{Value: string(sh.ID), Label: timeOf(p.Page, sh), Hint: p.T("volunteering.missing", "Count", sh.Missing())})
		}
	}
	return out
}

// come signs up. Whoever is of age says so; of others the day of birth is asked, used, and not kept.
func (s *Service) come(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	a := web.Actor(r)
	var w SignUp
	var p civic.Problems
	if f.Value("shift") == "" {
		p.Add("shift", "volunteering.choose_shift")
	}
	switch f.Value("age") {
	case "adult":
	case "minor":
		if w.Born = f.Day("born", s.city.Settings.Zone()); w.Born.IsZero() || w.Born.After(s.city.DB.Now()) || w.Born.Before(s.city.DB.Now().AddDate(-oldest, 0, 0)) {
			p.Add("born", "volunteering.say_born")
		}
		w.Consent, w.Accompanied = f.Value("parent") == "signed", f.Value("parent") == "comes"
	default:
		if err := s.askedAge(r, &p); err != nil {
			return web.Next{}, err
		}
	}
	if err := p.Err(); err != nil {
		return web.Next{}, err
	}
	return web.Done(Path(pathID(r)), "volunteering.you_come"), s.Come(r.Context(), a, civic.ID(f.Value("shift")), w)
}

// askedAge says that nobody answered whether they are as old as the action asks.
func (s *Service) askedAge(r *http.Request, p *civic.Problems) error {
	return s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		x, err := find(tx, pathID(r))
		p.Add("age", "volunteering.say_age", "Age", s.Rules().Asked(x.Role))
		return err
	})
}

func (s *Service) leave(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "volunteering.left"), s.Leave(r.Context(), web.Actor(r), civic.ID(f.Value("shift")))
}

// line is a shift in somebody's book.
type line struct {
	called
	Last  Entry
	Said  bool // there is a word on it
	Open  bool // they may state their hours
	Ended bool
	Door  *Door // what the door of an event saw of them
}

// proposed are the minutes that they may state as the door saw them; 0: none.
func (l line) proposed() int {
	if !l.Open {
		return 0
	}
	return l.Door.proposed(l.Shift)
}

type minePage struct {
	ui.Page
	Form  ui.Form
	Lines []line
	All   int
	By    []total
	Most  int
}

type total struct {
	Of      organisations.Named
	Minutes int
}

func (s *Service) minePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := minePage{Page: web.NewPage(w, r, web.L(r).T("volunteering.nav_own")), Form: f}
	p.Lede, p.NoIndex = p.T("volunteering.nav_own_lede"), true
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := ofAccount(tx, p.Actor.Account, mostBook)
		if err != nil {
			return err
		}
		book, err := bookOf(tx, p.Actor.Account)
		if err != nil {
			return err
		}
		var shifts []Shift
		for _, c := range all {
			shifts = append(shifts, c.Shift)
		}
		seen, err := s.seenOf(tx, []civic.ID{p.Actor.Account}, shifts)
		if err != nil {
			return err
		}
		for _, c := range all {
			l := line{called: c, Ended: !tx.Now().Before(c.Shift.Ends)}
			l.Last, l.Said = lastOf(book, c.Shift.ID)
			l.Open = l.Ended && (!l.Said || l.Last.Step == Disputed || l.Last.Step == TakenBack)
			if l.Door, err = s.doorOf(tx, c.Action, c.Shift, seen[p.Actor.Account]); err != nil {
				return err
			}
			p.Lines = append(p.Lines, l)
		}
		var by map[civic.ID]int
		p.All, by = Total(book)
		var ids []civic.ID
		for id := range by {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		names, err := s.city.Organisations.Named(tx, ids)
		for _, id := range ids {
			if by[id] > 0 {
				p.By = append(p.By, total{names[id], by[id]})
			}
		}
		return err
	})
	return mineView(p), err
}

// getCalendar is the shifts that somebody is to come to, for the calendar of their own phone. It is theirs alone: nobody keeps it.
func (s *Service) getCalendar(w http.ResponseWriter, r *http.Request) error {
	l, a := web.L(r), web.Actor(r)
	var out []ical.Event
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := ofAccount(tx, a.Account, mostBook)
		for _, c := range all {
			if c.Shift.Ends.After(tx.Now()) {
				out = append(out, ical.Event{UID: string(c.Shift.ID) + "@birge", Title: l.Text(c.Action.Title), Place: c.Action.Place, Start: c.Shift.Starts, Lasts: c.Shift.Ends.Sub(c.Shift.Starts), Changed: tx.Now(),
					URL: web.Origin(r) + ui.Localized(l.Lang(), Path(c.Action.ID))})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", `attachment; filename="volunteering.ics"`)
	return web.Write(w, r, "text/calendar; charset=utf-8", ical.Write(l.T("volunteering.nav_own"), out))
}

// shifts are those of which hours can be stated.
func (p minePage) shifts() (out []ui.Option) {
	for _, l := range p.Lines {
		if l.Open {
			out = append(out, ui.Option{Value: string(l.Shift.ID), Label: p.L.Text(l.Action.Title) + ", " + p.L.DateTime(l.Shift.Starts)})
		}
	}
	return out
}

func (s *Service) state(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if f.Value("shift") == "" {
		return web.Next{}, civic.Wrong("shift", "volunteering.choose_shift")
	}
	return web.Done(minePath, "volunteering.stated"), s.State(r.Context(), web.Actor(r), civic.ID(f.Value("shift")), minutesOf(f.Value("minutes")))
}

// minutesOf reads "3:30", "3" (hours) or "3,5"; −1 for what is none.
func minutesOf(text string) int {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", ".")
	if d, err := time.ParseDuration(text + "h"); err == nil && !strings.ContainsAny(text, "hms") {
		return int(d.Minutes())
	}
	if at, err := time.Parse("15:04", text); err == nil {
		return at.Hour()*60 + at.Minute()
	}
	return -1
}

func (s *Service) certify(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, err := s.Certify(r.Context(), web.Actor(r), web.L(r).Lang())
	return web.Done(credentials.Path(id), "volunteering.certified"), err
}
