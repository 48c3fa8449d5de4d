package learning

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/learning/course"
	"github.com/birge-kz/birge/internal/learning/gift"
	"github.com/birge-kz/birge/internal/learning/statistics"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	deskPath    = "/desk/learning"
	deskPattern = deskPath + "/{id}"
)

func deskOne(id civic.ID) string { return deskPath + "/" + string(id) }

func (s *Service) deskRoutes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: deskPath, Access: web.Hosts, Handler: s.deskList},
		{Method: "GET", Pattern: deskPattern + "/statistics", Access: web.Hosts, Handler: s.statistics},
		{Method: "GET", Pattern: deskPattern + "/{lang}/{file}", Access: web.Hosts, Handler: s.export, Plain: true},
	}, web.Forms(
		web.Form{Pattern: deskPath + "/new", Access: web.Hosts, Show: s.writePage, Do: s.write, MaxBody: maxSent},
		web.Form{Pattern: deskPattern, Access: web.Hosts, Show: s.writePage, Do: s.write, MaxBody: maxSent},
		web.Form{Pattern: deskPattern + "/ask", Page: deskPattern, Access: web.Hosts, Do: s.move0(s.Ask, "learning.asked"), Button: true},
		web.Form{Pattern: deskPattern + "/publish", Page: deskPattern, Access: web.Hosts, Do: s.publishRead, Button: true},
		web.Form{Pattern: deskPattern + "/withdraw", Page: deskPattern, Access: web.Hosts, Do: s.move0(s.Withdraw, "learning.withdrawn"), Button: true},
		web.Form{Pattern: deskPattern + "/give-back", Page: deskPattern, Access: web.Hosts, Show: s.writePage, Do: s.giveBack, Field: "note"},
	)...)
}

// maxSent bounds what is sent of a course: in each language a page and questions, and what the encoding adds.
const maxSent = 3 * 2 * 3 * maxPage

type deskListPage struct {
	ui.Page
	Courses []listed
}

func (s *Service) deskList(w http.ResponseWriter, r *http.Request) error {
	p := deskListPage{Page: web.NewPage(w, r, web.L(r).T("learning.nav_desk"))}
	p.Lede, p.NoIndex = p.T("learning.nav_desk_lede"), true
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := written(tx, scopesOf(p.Actor), p.Actor.Has(civic.Administrator), mostDesk)
		if err != nil {
			return err
		}
		p.Courses, err = s.listed(tx, all)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskListView(p))
}

func scopesOf(a civic.Actor) []civic.ID {
	return slices.Concat(a.Scopes(civic.Representative), a.Scopes(civic.Officer))
}

type writePage struct {
	ui.Page
	Form          ui.Form
	Course        Course
	Organisations []ui.Option
	Faults        []Fault
	Compiled      course.Course
	MayWrite      bool
	MayReview     bool
	Mark          string // of what is shown
}

func (s *Service) writePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := writePage{Page: web.NewPage(w, r, web.L(r).T("learning.new")), Form: f, MayWrite: true}
	p.NoIndex, p.Wide = true, true
	p.Crumbs = []ui.Link{{Text: p.T("learning.nav_desk"), Path: deskPath}}
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if pathID(r) == "" {
			p.Organisations, err = s.organisations(tx, p.Page)
			return err
		}
		if p.Course, err = find(tx, pathID(r)); err != nil {
			return err
		}
		p.MayWrite = MayWrite(p.Actor, p.Course.Organisation)
		p.MayReview = p.Course.DraftState == Asked && MayReview(p.Actor, *p.Course.Draft)
		if !p.MayWrite && !p.MayReview {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	src := p.Course.underWay()
	p.Mark = Mark(src)
	if f.Sent && f.Value("mark") != "" {
		p.Mark = f.Value("mark") // what its writer began with, however often it is sent
	}
	if f.Sent && f.Values.Has("page.kk") {
		src = sourceFrom(f)
	} else {
		f.SetText("page", src.Pages)
		f.SetText("questions", src.Questions)
	}
	p.Compiled, p.Faults = Compile(src)
	if p.Course.ID != "" {
		p.SetName(p.Course.Title)
	}
	return writeView(p), nil
}

// organisations are those for which the actor writes.
func (s *Service) organisations(tx *storage.Tx, p ui.Page) (out []ui.Option, err error) {
	all, err := s.city.Organisations.Named(tx, p.Actor.Scopes(civic.Representative))
	if err != nil {
		return nil, err
	}
	bodies, err := s.city.Organisations.Bodies(tx)
	var list []organisations.Named
	for _, o := range all {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b organisations.Named) int { return strings.Compare(string(a.ID), string(b.ID)) })
	out = []ui.Option{{Label: p.T("learning.choose")}}
	for _, o := range append(list, bodies...) {
		if MayWrite(p.Actor, o.ID) {
			words, lang := p.Words(o.Name)
			out = append(out, ui.Option{Value: string(o.ID), Label: words, Lang: lang})
		}
	}
	return out, err
}

func sourceFrom(f ui.Form) Source {
	return Source{Pages: f.Text("page"), Questions: f.Text("questions")}
}

func (s *Service) write(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.SaveDraft(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("organisation")), sourceFrom(f), f.Value("mark"))
	return web.Done(deskOne(id), "learning.saved"), err
}

// move0 does a step of a draft that a button asks for.
func (s *Service) move0(do func(context.Context, civic.Actor, civic.ID) error, notice string) func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error) {
	return func(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
		return web.Done(deskPath, notice), do(r.Context(), web.Actor(r), pathID(r))
	}
}

func (s *Service) publishRead(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath, "learning.published"), s.Publish(r.Context(), web.Actor(r), pathID(r), f.Value("mark"))
}

func (s *Service) giveBack(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath, "learning.given_back"), s.GiveBack(r.Context(), web.Actor(r), pathID(r), f.Value("note"))
}

// faultWords say where a fault is and what it is.
func (p writePage) faultWords(f Fault) string {
	what := "page_"
	if f.Questions {
		what = "questions_"
	}
	where := ""
	if f.Lang != "" {
		where = p.T("learning.lang_"+string(f.Lang)) + ", "
	}
	if f.Questions && (f.Code == faultApart || f.Code == faultKind) {
		return where + p.T("learning.fault_"+f.Code, "No", f.Line)
	}
	return where + p.T("learning.fault_in_"+what+"line", "Line", strconv.Itoa(f.Line)) + ": " + p.T("learning.fault_"+what+f.Code)
}

// export gives the files of a course as they would be written: page.md and bank.gift of a language.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	var src Source
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		c, err := find(tx, pathID(r))
		if err != nil {
			return err
		}
		if !MayWrite(web.Actor(r), c.Organisation) && !c.Open() {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		src = c.Source
		return nil
	})
	if err != nil {
		return err
	}
	lang, known := civic.ParseLang(r.PathValue("lang"))
	compiled, _ := Compile(src)
	switch file := r.PathValue("file"); {
	case known && file == "page.md" && src.Pages[lang] != "":
		return web.Write(w, r, "text/markdown; charset=utf-8", []byte(src.Pages[lang]))
	case known && file == "bank.gift" && len(compiled.Questions[lang]) > 0:
		return web.Write(w, r, "text/plain; charset=utf-8", gift.Write(compiled.Questions[lang]))
	}
	return notThere()
}

// item is what authors learn of a question.
type item struct {
	Stem                     string
	Answers                  int
	Facility, Discrimination float64
	Languages                statistics.Difference
}

type statisticsPage struct {
	ui.Page
	Course Course
	People int
	Items  []item
}

func (s *Service) statistics(w http.ResponseWriter, r *http.Request) error {
	p := statisticsPage{Page: web.NewPage(w, r, web.L(r).T("learning.statistics"))}
	p.NoIndex, p.Wide = true, true
	p.Lede = p.T("learning.statistics_lede")
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if p.Course, err = find(tx, pathID(r)); err != nil {
			return err
		}
		if !MayWrite(p.Actor, p.Course.Organisation) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		all, err := attemptsAt(tx, p.Course, mostSheets)
		if err != nil {
			return err
		}
		compiled, _ := Compile(p.Course.Source)
		p.People, p.Items = itemsOf(compiled, all, int(s.value("few")))
		return nil
	})
	if err != nil {
		return err
	}
	p.Crumbs = []ui.Link{{Text: p.T("learning.nav_desk"), Path: deskPath}, p.LinkTo(deskOne(p.Course.ID), p.Course.Title)}
	return web.Render(w, r, http.StatusOK, statisticsView(p))
}

// itemsOf counts each person's first attempt; nothing is told of fewer people than few. Of a course that draws its questions only those
// sheets are compared that asked the same number, question by question.
func itemsOf(c course.Course, all []Attempt, few int) (people int, out []item) {
	lang := c.Shown(civic.Kazakh)
	seen := map[civic.ID]bool{}
	var first []Attempt
	for _, a := range all {
		if !seen[a.Account] {
			seen[a.Account] = true
			first = append(first, a)
		}
	}
	if len(first) < few {
		return len(first), nil
	}
	for place, q := range c.Questions[lang] {
		var sheets []statistics.Sheet
		for _, a := range first {
			at := slices.Index(a.Asked, place)
			if at < 0 {
				continue
			}
			rest := slices.Delete(slices.Clone(a.Right), at, at+1) // the question itself comes first
			sheets = append(sheets, statistics.Sheet{Lang: string(a.Lang), Right: append([]bool{a.Right[at]}, rest...)})
		}
		it := item{Stem: wordsOf(q.Stem), Answers: len(sheets), Languages: statistics.Difference{Word: statistics.TooFew}}
		if len(sheets) >= few {
			it.Facility, it.Discrimination = statistics.Facility(sheets, 0), statistics.Discrimination(sheets, 0)
			it.Languages = statistics.Compare(sheets, 0, string(civic.Kazakh), string(civic.Russian))
		}
		out = append(out, it)
	}
	return len(first), out
}

// figure writes a share or correlation; "–" where there is none.
func figure(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}
