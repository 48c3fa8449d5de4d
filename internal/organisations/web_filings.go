package organisations

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type filingsPage struct {
	ui.Page
	Share    FilingShare
	Filings  []Filing
	Missing  bool   // the page lists who has not filed
	Unfiled  []Item // those
	Shows    []ui.Tab
	Due      time.Time
	Years    []ui.Tab
	NextPath string
}

// pageFilings shows who filed on a year, or who did not. Without one in the address it leads to the year now
// due: a cached page must not depend on the date.
func (s *Service) pageFilings(w http.ResponseWriter, r *http.Request) error {
	due := ReportYear(s.today(s.db.Now()))
	v := r.URL.Query()
	year, err := strconv.Atoi(v.Get("year"))
	if err != nil {
		v.Set("year", strconv.Itoa(due))
		return web.See(w, r, "/organisations/filings?"+v.Encode(), "", "")
	}
	if year < 2001 || year > due {
		return notFound()
	}
	l := web.L(r)
	p := filingsPage{Page: web.NewPage(w, r, l.T("organisations.filings_title", "Year", strconv.Itoa(year))), Due: s.due(year), Missing: v.Get("show") == "missing"}
	p.Crumbs = s.crumbs(l)
	for y := due; y > due-5; y-- {
		p.Years = append(p.Years, ui.Tab{Text: strconv.Itoa(y), Path: "/organisations/filings?year=" + strconv.Itoa(y), Current: y == year})
	}
	if p.Missing {
		err = s.fillUnfiled(r, &p, year)
	} else {
		err = s.fillFiled(r, &p, year)
	}
	if err != nil {
		return err
	}
	list := "/organisations/filings?year=" + strconv.Itoa(year)
	p.Shows = []ui.Tab{{Text: l.T("organisations.show_filed"), Path: list, Current: !p.Missing},
		{Text: l.T("organisations.show_unfiled"), Path: list + "&show=missing", Current: p.Missing}}
	return web.Render(w, r, http.StatusOK, filingList(p))
}

func (s *Service) fillFiled(r *http.Request, p *filingsPage, year int) error {
	var after *Filing
	if organisation, at, ok := readCursor(r.URL.Query().Get("after")); ok {
		after = &Filing{FiledAt: at, Organisation: civic.ID(organisation)}
	}
	share, list, err := s.Filed(r.Context(), year, after, PageSize+1)
	page, last := storage.Page(list, PageSize)
	if last != nil {
		p.NextPath = p.With("after", writeCursor(Item{Seq: last.FiledAt, sort: string(last.Organisation)}))
	}
	p.Share, p.Filings = share, page
	return err
}

func (s *Service) fillUnfiled(r *http.Request, p *filingsPage, year int) error {
	list, err := s.Unfiled(r.Context(), year, r.URL.Query().Get("after"), PageSize+1)
	page, last := storage.Page(list, PageSize)
	if last != nil {
		p.NextPath = p.With("after", writeCursor(*last))
	}
	p.Unfiled = page
	return err
}

type filingPage struct {
	ui.Page
	Form      ui.Form
	Of        Organisation
	Filing    Filing
	Prefilled bool
	Due       time.Time
	Cal       civic.Calendar
	Done      int
	Total     int
}

// filingOf is which filing an address is about.
func filingOf(r *http.Request) (of civic.ID, year int, err error) {
	if of, err = idOf(r, "id"); err != nil {
		return of, 0, err
	}
	year, err = strconv.Atoi(r.PathValue("year"))
	if err != nil || year < 2001 || year > 9999 {
		return of, 0, notFound()
	}
	return of, year, nil
}

func (s *Service) filing(w http.ResponseWriter, r *http.Request) (p filingPage, err error) {
	id, year, err := filingOf(r)
	if err != nil {
		return p, err
	}
	o, f, prefilled, err := s.FilingOf(r.Context(), web.Actor(r), id, year)
	if err != nil {
		return p, err
	}
	l := web.L(r)
	p = filingPage{Page: web.NewPage(w, r, l.T("organisations.filing_title", "Year", strconv.Itoa(year))), Of: o, Filing: f, Prefilled: prefilled,
		Due: s.due(year), Cal: s.city.Calendar()}
	p.Crumbs = s.crumbs(l, p.LinkTo(PathOf(id), o.Name))
	p.SetLedeName(o.Name)
	p.Done, p.Total = f.Completeness()
	return p, nil
}

func (s *Service) pageFiling(w http.ResponseWriter, r *http.Request) error {
	p, err := s.filing(w, r)
	if err != nil {
		return err
	}
	if p.Filing.FiledAt == 0 {
		return notFound()
	}
	return web.Render(w, r, http.StatusOK, showFiling(p))
}

func (s *Service) pageFilingForm(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.filing(w, r)
	if err != nil {
		return nil, err
	}
	if !Moderates(p.Actor) && !Speaks(p.Actor, &p.Of) {
		return nil, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	p.NoIndex, p.Form = true, f
	if f.Sent {
		typed, _ := ReadFiling(f.Value) // what cannot be read counts as missing
		p.Done, p.Total = typed.Completeness()
	} else {
		p.Form = filingForm(p.Filing)
	}
	return editFiling(p), nil
}

func filingForm(f Filing) ui.Form {
	form := ui.Form{Values: url.Values{}}
	form.SetText("activities", f.Activities)
	for code, n := range f.Sources {
		form.Values.Set("sources_"+code, strconv.FormatInt(n, 10))
	}
	for code, n := range f.Spending {
		form.Values.Set("spending_"+code, strconv.FormatInt(n, 10))
	}
	for name, n := range map[string]*int64{"staff": f.Staff, "volunteers": f.Volunteers, "founders": f.Founders, "members": f.Members} {
		if n != nil {
			form.Values.Set(name, strconv.FormatInt(*n, 10))
		}
	}
	form.Values.Set("property", f.Property)
	return form
}

func (s *Service) file(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, year, err := filingOf(r)
	if err != nil {
		return web.Next{}, err
	}
	typed, err := ReadFiling(f.Value)
	if err != nil {
		return web.Next{}, err
	}
	file := f.Value("do") == "file"
	err = s.SaveFiling(r.Context(), web.Actor(r), id, year, typed, file)
	path := PathOf(id) + "/filings/" + strconv.Itoa(year)
	if file {
		return web.Done(path, "organisations.filed_notice"), err
	}
	return web.Done(path+"/edit", "organisations.draft_kept"), err
}

// missing puts into words what a filing still lacks.
func (p filingPage) missing() string {
	var out []string
	for _, field := range p.Filing.Missing() {
		base, lang, _ := strings.Cut(field, ".")
		label := p.T("organisations.filing_" + base)
		if lang != "" {
			label += " (" + ui.LangName(civic.Lang(lang)) + ")"
		}
		out = append(out, label)
	}
	return strings.Join(out, ", ")
}

func money(l *i18n.Localizer, n int64) string { return l.Number(n) + "\u00a0₸" }

func people(l *i18n.Localizer, n *int64) string {
	if n == nil {
		return "—"
	}
	return l.Number(*n)
}

func filedAt(f Filing) time.Time { return storage.Time(f.FiledAt) }
