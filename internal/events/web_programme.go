package events

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func programmePath(id civic.ID) string { return Path(id) + "/programme" }

func programmeDesk(id civic.ID) string { return deskOf(id) + "/programme" }

// stagesFolded is from how many items on each stage can be folded away.
const stagesFolded = 30

type programmePage struct {
	onePage
	Programme
	Date Date
}

// dateOf is the date whose programme is looked at: the one that is named, or the next that has one.
func (v Shown) dateOf(named string, now time.Time) (d Date, there bool) {
	with := v.dated()
	for _, d = range with {
		if named == string(d.ID) || named == "" && d.Ends.After(now) && !d.Off {
			return d, true
		}
	}
	if named == "" && len(with) > 0 {
		return with[len(with)-1], true
	}
	return Date{}, false
}

// dated are the dates that have a programme.
func (v Shown) dated() (out []Date) {
	for _, d := range v.Dates {
		if slices.ContainsFunc(v.Items, func(i Item) bool { return i.Date == d.ID }) {
			out = append(out, d)
		}
	}
	return out
}

func (p programmePage) tabs() (out []ui.Tab) {
	for _, d := range p.dated() {
		if len(out) < mostDatesShown || d.ID == p.Date.ID {
			out = append(out, ui.Tab{Text: p.L.DayMonth(d.Starts), Path: programmePath(p.ID) + "?date=" + string(d.ID), Current: d.ID == p.Date.ID})
		}
	}
	return out
}

func (p programmePage) folded() bool {
	n := 0
	for _, stage := range p.Stages {
		n += len(stage.Items)
	}
	return n > stagesFolded
}

// showProgramme is the programme of one date: on the day what is on, what is next and what has changed. It is made anew for each reader.
func (s *Service) showProgramme(w http.ResponseWriter, r *http.Request) error {
	one, err := s.onePage(w, r)
	if err == nil && !one.State.Public() {
		err = notThere()
	}
	if err != nil {
		return err
	}
	p := programmePage{onePage: one}
	d, there := p.dateOf(r.URL.Query().Get("date"), p.Page.Now)
	if !there {
		return notThere()
	}
	p.Date, p.Programme = d, programmeAt(p.Items, d.ID, p.Page.Now)
	p.SetTitle("events.programme")
	p.SetLedeName(p.Event.Title)
	p.Crumbs = append(p.Crumbs, p.LinkTo(Path(p.ID), p.Event.Title))
	return web.Render(w, r, http.StatusOK, programmeView(p))
}

// hoursOf is when an item is; with its day where its date lasts several.
func (d Date) hoursOf(l *i18n.Localizer, i Item) string {
	starts, ends := i.Starts.In(l.Zone()), i.Ends.In(l.Zone())
	words := starts.Format("15:04") + "–" + ends.Format("15:04")
	if d.lasts(l.Zone()) {
		words = l.DayMonth(i.Starts) + ", " + words
	}
	return words
}

// wasOf is when an item was to be: the hour alone where it is the same day.
func wasOf(l *i18n.Localizer, i Item) string {
	of, now := i.Of.In(l.Zone()), i.Starts.In(l.Zone())
	if midnight(of).Equal(midnight(now)) {
		return of.Format("15:04")
	}
	return l.DateTime(i.Of)
}

// lasts reports whether a date is on more than one day.
func (d Date) lasts(zone *time.Location) bool { return len(d.days(zone)) > 1 }

// days are the days on which a date is, each by its midnight.
func (d Date) days(zone *time.Location) (out []time.Time) {
	for at := midnight(d.Starts.In(zone)); at.Before(d.Ends); at = at.AddDate(0, 0, 1) {
		out = append(out, at)
	}
	return out
}

// getProgrammePDF is the programme of one date on paper, with a code that leads to the page that says what has changed since.
func (s *Service) getProgrammePDF(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	now := s.city.DB.Now()
	date, there := v.dateOf(r.URL.Query().Get("date"), now)
	if !there {
		return notThere()
	}
	l := s.city.Catalog.For(paperLang(r))
	p := programmeAt(v.Items, date.ID, now)
	d := pdf.New(string(l.Lang()), l.T("events.programme"), l.Text(v.Title), v.ChangedAt)
	d.Title(timesOn(l, date))
	d.Paragraph(v.Place)
	line := func(i Item, more ...string) {
		words := append([]string{date.hoursOf(l, i), l.Text(i.Title)}, more...)
		if words = append(words, i.Speakers...); i.Off {
			words = append(words, l.T("events.is_off"))
		}
		d.Item(strings.Join(words, " · "))
	}
	for _, stage := range p.Stages {
		d.Heading(l.Text(stage.Name))
		for _, i := range stage.Items {
			line(i)
		}
	}
	if len(p.Exhibits) > 0 {
		d.Heading(l.T("events.exhibits"))
	}
	for _, i := range p.Exhibits {
		line(i, l.Text(i.Spot))
	}
	address := web.Origin(r) + ui.Localized(l.Lang(), programmePath(v.ID))
	if err := d.QR(address, l.T("events.poster_scan")+"\n"+address); err != nil {
		return err
	}
	return writePDF(w, r, d, "programme-"+string(v.ID)+"-"+string(l.Lang()))
}

// itemPage is the form of one item, below the whole programme when it is a new one.
type itemPage struct {
	actPage
	Item Item
	Days []ui.Option
}

// spotOther is the choice of a spot that is none of those before.
const spotOther = ""

func (p itemPage) spots() (out []ui.Option) {
	for _, spot := range spotsOf(p.Items) {
		words, lang := p.Words(spot)
		out = append(out, ui.Option{Value: spotKey(spot), Label: words, Lang: lang})
	}
	return append(out, ui.Option{Value: spotOther, Label: p.T("events.spot_other")})
}

const mostDays = 60 // to choose from

// days are those on which something can be put into the programme.
func (s *Service) days(p onePage) (out []ui.Option) {
	zone := s.city.Settings.Zone()
	for _, d := range p.Dates {
		if d.Off || !d.Ends.After(p.Now) {
			continue
		}
		for _, at := range d.days(zone) {
			if len(out) < mostDays {
				out = append(out, ui.Option{Value: string(d.ID) + " " + at.Format(time.DateOnly), Label: p.L.Date(at) + " · " + span(p.Page, d)})
			}
		}
	}
	return out
}

func (s *Service) itemFormOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p itemPage, err error) {
	if p.actPage, err = s.actPage(w, r, title, f); err != nil {
		return p, err
	}
	p.Days = s.days(p.onePage)
	return p, nil
}

func (s *Service) programmePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.itemFormOf(w, r, "events.programme", f)
	if err == nil && !f.Sent && len(p.Items) > 0 { // the next one is mostly behind the last one
		last := slices.MaxFunc(p.Items, func(a, b Item) int { return cmp.Compare(a.ID, b.ID) })
		p.putWhen(f, last, s.city.Settings.Zone())
		f.Values.Set("from", f.Value("until"))
		f.Values.Del("until")
		f.Values.Set("at", spotKey(last.Spot))
	}
	return programmeDeskView(p), err
}

// putWhen fills in when an item is.
func (p itemPage) putWhen(f ui.Form, i Item, zone *time.Location) {
	f.Values.Set("date", string(i.Date)+" "+i.Starts.In(zone).Format(time.DateOnly))
	f.Values.Set("from", i.Starts.In(zone).Format("15:04"))
	f.Values.Set("until", i.Ends.In(zone).Format("15:04"))
}

func (s *Service) itemPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.itemFormOf(w, r, "events.change_item", f)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(p.Items, func(i Item) bool { return string(i.ID) == r.PathValue("item") })
	if at < 0 {
		return nil, notThere()
	}
	p.Item = p.Items[at]
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("events.programme"), Path: programmeDesk(p.ID)})
	if !f.Sent {
		p.putWhen(f, p.Item, s.city.Settings.Zone())
		f.SetText("title", p.Item.Title)
		f.Values.Set("at", spotKey(p.Item.Spot))
		f.Values.Set("speakers", strings.Join(p.Item.Speakers, "\n"))
		if p.Item.Exhibit {
			f.Values.Set("exhibit", "yes")
		}
	}
	return itemView(p), nil
}

// typedItem reads an item out of its form. Errors: civic.NotFound, civic.Invalid with "at".
func (s *Service) typedItem(r *http.Request, f ui.Form) (i Item, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return i, err
	}
	zone := s.city.Settings.Zone()
	id, day, _ := strings.Cut(f.Value("date"), " ")
	i = Item{Date: civic.ID(id), Exhibit: f.Value("exhibit") != "", Title: f.Text("title"), Spot: f.Text("spot"), Speakers: strings.Split(strings.ReplaceAll(f.Value("speakers"), "\r", ""), "\n")}
	hour := func(name string) time.Time {
		at, bad := time.Parse("15:04", strings.TrimSpace(f.Value(name)))
		on, worse := time.ParseInLocation(time.DateOnly, day, zone)
		if bad != nil || worse != nil {
			return time.Time{}
		}
		return time.Date(on.Year(), on.Month(), on.Day(), at.Hour(), at.Minute(), 0, 0, zone)
	}
	if i.Starts, i.Ends = hour("from"), hour("until"); !i.Ends.IsZero() && i.Ends.Before(i.Starts) { // past midnight
		i.Ends = i.Ends.AddDate(0, 0, 1)
	}
	if at := f.Value("at"); at != spotOther {
		spots := spotsOf(v.Items)
		n := slices.IndexFunc(spots, func(spot civic.Text) bool { return spotKey(spot) == at })
		if n < 0 {
			return i, civic.Wrong("at", "events.choose_spot")
		}
		i.Spot = spots[n]
	}
	return i, nil
}

func (s *Service) addItem(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	i, err := s.typedItem(r, f)
	if err != nil {
		return web.Next{}, err
	}
	_, err = s.AddItem(r.Context(), web.Actor(r), pathID(r), i)
	return web.Done(programmeDesk(pathID(r)), "events.item_added"), err
}

func (s *Service) changeItem(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	i, err := s.typedItem(r, f)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(programmeDesk(pathID(r)), "events.changed"), s.ChangeItem(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("item")), i)
}

func (s *Service) dropItem(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(programmeDesk(pathID(r)), "events.item_dropped"), s.DropItem(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("item")))
}

// planPins are the place of an event on the map.
func (p onePage) planPins() []places.Pin {
	return []places.Pin{{At: p.Point, Title: p.L.Text(p.Event.Title)}}
}
