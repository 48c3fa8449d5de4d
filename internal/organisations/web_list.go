package organisations

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type listPage struct {
	ui.Page
	Form      ui.Form
	Found     Page
	Districts []District
	City      *city.Settings
	About     city.Scope // the district and the theme by which the list is filtered
	Searched  bool
	Narrowed  bool   // by more than words
	Export    string // the query of the filters, for the files
	PrevPath  string
	NextPath  string
	Moderator bool
}

// narrowing names the filters in the address of a list.
var narrowing = slices.Clip([]string{"kind", "status", "form", "theme", "district", "year"})

func queryOf(v url.Values) Query {
	q := Query{Text: v.Get("q"), Kind: v.Get("kind"), Status: v.Get("status"), Form: v.Get("form"), Theme: v.Get("theme"), District: v.Get("district"),
		After: v.Get("after"), Before: v.Get("before")}
	if y, err := strconv.Atoi(v.Get("year")); err == nil && y > 0 && y < 10_000 {
		q.Year = y
	}
	return q
}

func (s *Service) pageList(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q := queryOf(v)
	found, err := s.List(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := listPage{Page: web.NewPage(w, r, l.T("organisations.title")), Form: ui.Form{Values: v}, Found: found, Districts: s.districts(), City: s.city.Current()}
	p.About = p.City.Known(city.Scope{District: q.District, Theme: q.Theme})
	p.Lede = l.T("organisations.lede")
	p.Feed = ui.Link{Text: l.T("organisations.feed_title"), Path: p.URL("/organisations/feed")}
	p.Moderator = Moderates(p.Actor)
	p.Export = web.Narrowed(r, narrowing...)
	p.Narrowed = p.Export != ""
	p.NoIndex = v.Get("q") != ""
	p.Searched = p.NoIndex || p.Narrowed
	p.page(found)
	return web.Render(w, r, http.StatusOK, listView(p))
}

// page leads to the pages before and after this one.
func (p *listPage) page(found Page) {
	if found.Next != "" {
		p.NextPath = p.With("after", found.Next, "before", "")
	}
	switch {
	case found.Prev == "first":
		p.PrevPath = p.With("after", "", "before", "")
	case found.Prev != "":
		p.PrevPath = p.With("before", found.Prev, "after", "")
	}
}

func (p listPage) total() string {
	if p.Found.Total < 0 {
		return ""
	}
	return p.T("organisations.total", "Count", p.Found.Total)
}

func (p listPage) meta(it Item) []string {
	out := []string{p.L.Text(nameOf(kinds, it.Kind))}
	if y := it.Founded.Year(); y != 0 {
		out = append(out, p.T("organisations.since_year", "Year", strconv.Itoa(y)))
	}
	for _, codes := range []struct {
		list []Code
		of   []string
	}{{themes, it.Themes}, {p.Districts, it.Districts}} {
		if len(codes.of) == 0 {
			continue
		}
		said := p.L.Text(nameOf(codes.list, codes.of[0]))
		if more := len(codes.of) - 1; more > 0 {
			said = p.T("organisations.and_more", "First", said, "More", more)
		}
		out = append(out, said)
	}
	return out
}

// toneOf gives no tick to an organisation that works: that nobody has verified.
func toneOf(status string) ui.Tone {
	switch status {
	case Active:
		return ui.Neutral
	case Inactive:
		return ui.Warn
	}
	return ui.Bad
}

func options(l *i18n.Localizer, list []Code, none string) []ui.Option {
	var out []ui.Option
	if none != "" {
		out = append(out, ui.Option{Label: none})
	}
	for _, c := range list {
		out = append(out, ui.Option{Value: c.Code, Label: l.Text(c.Name)})
	}
	return out
}

// pageDesk lists what is not public, for moderators.
func (s *Service) pageDesk(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q := Query{State: Draft, After: v.Get("after"), Before: v.Get("before")}
	if v.Get("state") == string(Hidden) {
		q.State = Hidden
	}
	found, err := s.List(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	claims, err := s.Claims(r.Context(), web.Actor(r), "", 100)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := deskPage{Page: web.NewPage(w, r, l.T("organisations.desk_title")), Found: found, State: q.State, Claims: len(claims)}
	p.NoIndex, p.Crumbs = true, s.crumbs(l)
	if found.Next != "" {
		p.NextPath = p.With("after", found.Next, "before", "")
	}
	if found.Prev != "" {
		p.PrevPath = p.With("before", found.Prev, "after", "")
	}
	return web.Render(w, r, http.StatusOK, desk(p))
}

type deskPage struct {
	ui.Page
	Found              Page
	State              State
	Claims             int
	PrevPath, NextPath string
}
