package volunteering

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	deskPath = "/desk/volunteering"
	deskOne  = deskPath + "/{id}"
)

type deskListPage struct {
	ui.Page
	Actions []Action
	Next    string
}

func (s *Service) deskList(w http.ResponseWriter, r *http.Request) error {
	p := deskListPage{Page: web.NewPage(w, r, web.L(r).T("volunteering.nav_desk"))}
	p.Lede, p.NoIndex = p.T("volunteering.nav_desk_lede"), true
	behind, known := storage.ParsePlace(r.URL.Query().Get("after"))
	if !known {
		return civic.Fail(civic.Invalid, "web.malformed")
	}
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := ofOrganisations(tx, p.Actor.Has(civic.Administrator), p.Actor.Scopes(civic.Representative, civic.Officer), behind, mostList+1)
		page, last := storage.Page(all, mostList)
		if p.Actions = page; last != nil {
			p.Next = deskPath + "?after=" + storage.PlaceAt(last.no, last.no).String()
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskListView(p))
}

type newPage struct {
	ui.Page
	Form                     ui.Form
	Organisations, Districts []ui.Option
	Days                     int           // after which the contact is forgotten
	Event                    part.Resolved // at which its people help, on the page that checks it
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newForm(w, r, "volunteering.new", f)
	return newView(p), err
}

// newForm is what the form of an action and its check page have in common.
func (s *Service) newForm(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (newPage, error) {
	p := newPage{Page: web.NewPage(w, r, web.L(r).T(title)), Form: f, Days: s.contactDays()}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("volunteering.nav_desk"), Path: deskPath}}
	p.Districts = s.city.Settings.Current().DistrictOptions(p.Page, "volunteering.choose")
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		var all []organisations.Named
		bodies, err := s.city.Organisations.Bodies(tx)
		if err != nil {
			return err
		}
		own, err := s.city.Organisations.Named(tx, p.Actor.Scopes(civic.Representative))
		for _, o := range own {
			all = append(all, o)
		}
		slices.SortFunc(all, func(a, b organisations.Named) int { return strings.Compare(string(a.ID), string(b.ID)) })
		for _, o := range append(all, bodies...) {
			if MayOrganise(p.Actor, o.ID) {
				words, lang := p.Words(o.Name)
				p.Organisations = append(p.Organisations, ui.Option{Value: string(o.ID), Label: words, Lang: lang})
			}
		}
		return err
	})
	return p, err
}

// shiftOf reads the fields of a shift.
func (s *Service) shiftOf(f ui.Form) Shift {
	zone := s.city.Settings.Zone()
	day := f.Day("day", zone)
	clockAt := func(field string) time.Time {
		at, err := time.Parse("15:04", strings.TrimSpace(f.Value(field)))
		if err != nil || day.IsZero() {
			return time.Time{}
		}
		return time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, zone)
	}
	sh := Shift{Starts: clockAt("from"), Ends: clockAt("until"), Needed: f.Whole("needed")}
	if !sh.Ends.IsZero() && sh.Ends.Before(sh.Starts) { // a night: it ends on the day after
		sh.Ends = sh.Ends.AddDate(0, 0, 1)
	}
	return sh
}

// newCheck shows what everybody is about to see.
func (s *Service) newCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	x, sh := actionOf(f), s.shiftOf(f)
	p, err := s.newForm(w, r, "volunteering.check", f)
	if err != nil {
		return nil, err
	}
	if err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error { p.Event, _, err = s.eventOf(tx, x); return err }); err != nil {
		return nil, err
	}
	return newCheckView(p, x, sh), s.Ready(r.Context(), p.Actor, x, sh)
}

func (s *Service) announce(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Announce(r.Context(), web.Actor(r), actionOf(f), s.shiftOf(f))
	return web.Done(Path(id), "volunteering.announced"), err
}

// actionOf reads the fields of an action.
func actionOf(f ui.Form) Action {
	age := 0
	if f.Value("min_age") != "" {
		age = f.Whole("min_age")
	}
	return Action{Organisation: civic.ID(f.Value("organisation")), Title: f.Text("title"), About: f.Text("about"), Place: f.Value("place"), District: f.Value("district"),
		Contact: f.Value("contact"), Helps: addressed(f, "helps"), Role: Role{Kind: Work(f.Value("kind")), MinAge: age}}
}

// addressed is the id of what a field names by the address of its page, or by the end of it.
func addressed(f ui.Form, name string) civic.ID {
	words := strings.TrimSpace(f.Value(name))
	return civic.ID(words[strings.LastIndexByte(words, '/')+1:])
}

// waiting is what one volunteer stated of shifts of an action, and nobody signed yet.
type waiting struct {
	Who   person
	Lines []Entry
}

// mostLines is how many lines of hours a desk page shows: as some are signed, those behind them follow; those that are signed have pages.
const mostLines = 200

// linesOf lists, person by person, a page of the lines of an action of which the last word is a step, behind one of them, and the last on the page when
// there are more.
func linesOf(tx *storage.Tx, x Action, step Step, after civic.ID) (out []waiting, next civic.ID, err error) {
	all, err := lastLines(tx, x, step, after, mostLines+1)
	all, more := storage.Page(all, mostLines)
	if more != nil {
		next = more.ID
	}
	for _, w := range all {
		if n := len(out); n > 0 && out[n-1].Who.Account == w.Account {
			out[n-1].Lines = append(out[n-1].Lines, w.Entry)
		} else {
			out = append(out, waiting{w.person, []Entry{w.Entry}})
		}
	}
	return out, next, err
}

type deskPage struct {
	ui.Page
	Action  Action
	Form    ui.Form
	Shifts  []Shift
	People  map[civic.ID][]person
	Waiting []waiting
	Doors   map[civic.ID]*Door // by the line that waits: what the door of an event saw of whose it is
	Now     time.Time
	Signed  []waiting // confirmed lines, which can be taken back
	From    civic.ID  // behind which line the page of those begins
	Next    string    // the address of the next page of those
}

func (s *Service) deskPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := deskPage{Page: web.NewPage(w, r, ""), Form: f, People: map[civic.ID][]person{}}
	p.From, _ = civic.ParseID(r.URL.Query().Get("signed"))
	p.NoIndex = true
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		p.Now = tx.Now()
		if p.Action, err = s.organised(tx, p.Actor, pathID(r)); err != nil {
			return err
		}
		if p.Shifts, err = shiftsOf(tx, p.Action); err != nil {
			return err
		}
		people, err := peopleOf(tx, p.Action)
		if err != nil {
			return err
		}
		for _, who := range people {
			p.People[who.Shift] = append(p.People[who.Shift], who)
		}
		next := civic.ID("")
		if p.Signed, next, err = linesOf(tx, p.Action, Confirmed, p.From); err != nil {
			return err
		}
		if next != "" {
			p.Next = deskPathOf(p.Action.ID) + "?signed=" + string(next)
		}
		if p.Waiting, _, err = linesOf(tx, p.Action, Stated, ""); err != nil {
			return err
		}
		p.Doors, err = s.doorsOf(tx, p.Action, p.Shifts, p.Waiting)
		return err
	})
	p.SetName(p.Action.Title)
	p.Crumbs = []ui.Link{{Text: p.T("volunteering.nav_desk"), Path: deskPath}}
	return deskView(p), err
}

// doorsOf is what doors saw of those whose hours wait, by line.
func (s *Service) doorsOf(tx *storage.Tx, x Action, shifts []Shift, all []waiting) (map[civic.ID]*Door, error) {
	var accounts []civic.ID
	for _, w := range all {
		accounts = append(accounts, w.Who.Account)
	}
	seen, err := s.seenOf(tx, accounts, shifts)
	out := map[civic.ID]*Door{}
	for _, w := range all {
		for _, e := range w.Lines {
			if at := slices.IndexFunc(shifts, func(sh Shift) bool { return sh.ID == e.Shift }); at >= 0 && err == nil {
				out[e.ID], err = s.doorOf(tx, x, shifts[at], seen[w.Who.Account])
			}
		}
	}
	return out, err
}

// changes reports whether a shift can be changed.
func (p deskPage) changes(sh Shift) bool { return !sh.Off && sh.Starts.After(p.Now) }

// when is the time of a shift of the action.
func (p deskPage) when(id civic.ID) string {
	for _, sh := range p.Shifts {
		if sh.ID == id {
			return p.L.DateTime(sh.Starts)
		}
	}
	return ""
}

func (s *Service) addShift(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath+"/"+string(pathID(r)), "volunteering.shift_added"), s.AddShift(r.Context(), web.Actor(r), pathID(r), s.shiftOf(f))
}

// confirm signs the hours of one person over several shifts at once: what was stated stands in the fields.
func (s *Service) confirm(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	minutes := map[civic.ID]int{}
	for field := range f.Values {
		if id, ours := strings.CutPrefix(field, "minutes."); ours {
			minutes[civic.ID(id)] = minutesOf(f.Value(field))
		}
	}
	return web.Done(deskPath+"/"+string(pathID(r)), "volunteering.confirmed"), s.ConfirmHours(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("account")), minutes)
}

func (s *Service) takeBack(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath+"/"+string(pathID(r)), "volunteering.taken_back"), s.TakeBackHours(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("account")), civic.ID(f.Value("entry")))
}
