package rights

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/rights/guide"
)

const (
	desk          = "/desk/rights"
	reviewPattern = desk + "/review/{no}"
)

func editPath(id string) string     { return desk + "/" + id }
func reviewPath(no int64) string    { return desk + "/review/" + strconv.FormatInt(no, 10) }
func graphPath(id string) string    { return Path(id) + "/graph" }
func talliesOf(id string) string    { return desk + "/counts/" + id }
func bookletOf(id, l string) string { return Path(id) + "/booklet.pdf?lang=" + l }

func (s *Service) deskRoutes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: desk, Access: lawyers, Handler: s.showDesk},
		{Method: "GET", Pattern: desk + "/counts/{id}", Access: lawyers, Handler: s.showTallies},
	}, web.Forms(
		web.Form{Pattern: desk + "/{id}", Access: lawyers, Show: s.editPage, Do: s.propose, MaxBody: 4*guide.MaxBytes + 64<<10},
		web.Form{Pattern: reviewPattern, Access: lawyers, Show: s.reviewPage, Do: s.review, Button: true},
	)...)
}

type deskPage struct {
	ui.Page
	Guides    []*guide.Guide
	Proposals []Version
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	p := deskPage{Page: web.NewPage(w, r, web.L(r).T("rights.nav_desk"))}
	p.Lede = p.T("rights.desk_lede")
	b, err := s.book(r.Context())
	if err != nil {
		return err
	}
	p.Guides = b.guides
	if p.Proposals, err = s.Proposals(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

type talliesPage struct {
	ui.Page
	Guide *guide.Guide
	Rows  []tallyRow
	Least int64
	Days  int64
}

type tallyRow struct {
	Title                         string
	Shown, Answered, Right, Wrong int64
	Question                      bool
}

// few hides numbers so small that they could tell of one person.
func (p talliesPage) few(n int64) string {
	if n > 0 && n < p.Least {
		return p.T("rights.fewer", "Count", p.Least)
	}
	return p.L.Number(n)
}

func (s *Service) showTallies(w http.ResponseWriter, r *http.Request) error {
	g, err := s.Guide(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := talliesPage{Page: web.NewPage(w, r, web.L(r).T("rights.counts")), Guide: g, Least: s.value("least_shown"), Days: s.value("count_days")}
	p.Crumbs = []ui.Link{{Text: p.T("rights.nav_desk"), Path: desk}, p.LinkTo(Path(g.ID), g.Title())}
	all, err := s.Tallies(r.Context(), g.ID)
	if err != nil {
		return err
	}
	texts := g.Texts[p.L.Lang()]
	row := func(id, title string, question bool) {
		out := tallyRow{Title: title, Question: question}
		for _, t := range all {
			if t.Place == id {
				switch t.What {
				case shown:
					out.Shown = t.N
				case answered:
					out.Answered = t.N
				case right:
					out.Right = t.N
				case wrong:
					out.Wrong = t.N
				}
			}
		}
		p.Rows = append(p.Rows, out)
	}
	for _, n := range g.Nodes {
		row(n.ID, texts.Nodes[n.ID].Ask, true)
	}
	for _, o := range g.Outcomes {
		row(o.ID, texts.Outcomes[o.ID].Title, false)
	}
	return web.Render(w, r, http.StatusOK, talliesView(p))
}

type editPage struct {
	ui.Page
	Form ui.Form
	ID   string
}

// files are the fields of the form, each a file of the guide.
var files = []string{"guide", "kk", "ru", "en"}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	id := r.PathValue("id")
	if !goodAddress.MatchString(id) || reserved[id] {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	p := editPage{Page: web.NewPage(w, r, web.L(r).T("rights.edit_title", "Guide", id)), Form: f, ID: id}
	p.Lede, p.Wide = p.T("rights.edit_lede"), true
	p.Crumbs = []ui.Link{{Text: p.T("rights.nav_desk"), Path: desk}}
	if !f.Sent {
		g, err := s.Guide(r.Context(), id)
		switch {
		case err == nil:
			for name, content := range contents(g.Source) {
				f.Values.Set(name, content)
			}
		case civic.CodeOf(err) != civic.NotFound:
			return nil, err
		}
	}
	return editView(p), nil
}

// contents are a source's files by their fields.
func contents(src guide.Source) map[string]string {
	out := map[string]string{"guide": src.Guide}
	for lang, text := range src.Texts {
		out[string(lang)] = text
	}
	return out
}

func (s *Service) propose(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	src := guide.Source{Guide: f.Value("guide"), Texts: map[civic.Lang]string{}}
	for _, lang := range civic.Languages() {
		src.Texts[lang] = f.Value(string(lang))
	}
	no, err := s.Propose(r.Context(), web.Actor(r), r.PathValue("id"), src, f.Value("why"))
	return web.Done(reviewPath(no), "rights.proposed"), err
}

type reviewPage struct {
	ui.Page
	Version
	Files   []diffed
	May     bool
	Paths   int
	Compile error
}

type diffed struct {
	Name    string
	Changes []Change
}

func (s *Service) reviewPage(w http.ResponseWriter, r *http.Request, _ ui.Form) (templ.Component, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	v, err := s.VersionOf(r.Context(), no)
	if err != nil {
		return nil, err
	}
	p := reviewPage{Page: web.NewPage(w, r, ""), Version: v, May: v.State == Proposed && MayPublish(web.Actor(r), v.Author)}
	p.SetTitle("rights.review_title", "Title", v.Title)
	p.Wide = true
	p.Crumbs = []ui.Link{{Text: p.T("rights.nav_desk"), Path: desk}}
	old := map[string]string{}
	if now, err := s.Guide(r.Context(), v.Guide); err == nil {
		old = contents(now.Source)
	}
	for _, name := range files {
		if changes := Diff(old[name], contents(v.Source)[name]); len(changes) > 0 {
			p.Files = append(p.Files, diffed{name + ".toml", changes})
		}
	}
	var g *guide.Guide
	if g, p.Compile = guide.Compile(v.Guide, v.Source, s.now()); p.Compile == nil {
		g.Paths(s.now(), func(guide.Path) bool { p.Paths++; return true })
	}
	return reviewView(p), nil
}

func (s *Service) review(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return web.Next{}, civic.Fail(civic.NotFound, "web.not_found")
	}
	if f.Value("do") == "publish" {
		return web.Done(desk, "rights.published"), s.Publish(r.Context(), web.Actor(r), no)
	}
	return web.Done(desk, "rights.dropped"), s.Drop(r.Context(), web.Actor(r), no)
}

// The graph of a guide, for lawyers and whoever else wants to know where each answer leads.

type graphPage struct {
	page
	Boxes         []box
	Lines         []line
	Width, Height int
}

type box struct {
	ID, Text string
	X, Y     int
	End      bool
}

type line struct{ X1, Y1, X2, Y2 int }

const (
	boxWidth, boxHeight = 150, 44
	gapX, gapY          = 20, 50
)

func (s *Service) showGraph(w http.ResponseWriter, r *http.Request) error {
	st, err := s.stateOf(r, r.URL.Query())
	if err != nil {
		return err
	}
	p := graphPage{page: s.pageOf(w, r, st, web.L(r).T("rights.graph"), ui.Form{})}
	p.Crumbs = append(p.Crumbs, p.LinkTo(Path(st.g.ID), st.g.Title()))
	p.Wide = true
	p.draw()
	return web.Render(w, r, http.StatusOK, graphView(p))
}

// draw puts each question one row below the lowest that leads to it.
func (p *graphPage) draw() {
	row := map[string]int{}
	var visit func(id string, at int)
	visit = func(id string, at int) {
		if was, seen := row[id]; seen && was >= at {
			return
		}
		row[id] = at
		if n := p.g.Node(id); n != nil {
			for _, r := range n.Next {
				visit(r.To, at+1)
			}
		}
	}
	visit(p.g.First, 0)
	in, at := map[int]int{}, map[string]box{}
	put := func(id, text string, end bool) {
		y := row[id]
		b := box{id, text, in[y] * (boxWidth + gapX), y * (boxHeight + gapY), end}
		in[y]++
		p.Width, p.Height = max(p.Width, b.X+boxWidth), max(p.Height, b.Y+boxHeight)
		at[id] = b
		p.Boxes = append(p.Boxes, b)
	}
	for _, n := range p.g.Nodes {
		put(n.ID, p.Texts.Nodes[n.ID].Ask, false)
	}
	for _, o := range p.g.Outcomes {
		put(o.ID, p.Texts.Outcomes[o.ID].Title, true)
	}
	for _, n := range p.g.Nodes {
		for _, r := range n.Next {
			a, b := at[n.ID], at[r.To]
			p.Lines = append(p.Lines, line{a.X + boxWidth/2, a.Y + boxHeight, b.X + boxWidth/2, b.Y})
		}
	}
}

// short is a text that fits into a box.
func short(text string) string {
	runes := []rune(text)
	if len(runes) > 20 {
		return strings.TrimSpace(string(runes[:19])) + "…"
	}
	return text
}

// showEmbedded is the door to a guide on another site: that may show it in a frame, and learns nothing of what is done behind it.
func (s *Service) showEmbedded(w http.ResponseWriter, r *http.Request) error {
	st, err := s.stateOf(r, url.Values{})
	if err != nil {
		return err
	}
	p := s.pageOf(w, r, st, "", ui.Form{})
	policy := w.Header().Get("Content-Security-Policy")
	w.Header().Set("Content-Security-Policy", strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors *", 1))
	return web.Render(w, r, http.StatusOK, embedView(p, web.Origin(r)))
}

// langOf is the language that a file is asked for in.
func langOf(r *http.Request) civic.Lang {
	lang := civic.Lang(r.URL.Query().Get("lang"))
	if !slices.Contains(civic.Languages(), lang) {
		lang = cmp.Or(web.L(r).Lang(), civic.Kazakh)
	}
	return lang
}
