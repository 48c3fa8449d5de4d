package rights

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/rights/guide"
)

const onePattern = root + "/{id}"

func (s *Service) routes() []web.Route {
	topics := func(*http.Request) []string {
		return []string{topic, organisations.Topic, city.Topic, city.TopicDay, laws.Topic}
	}
	return append(append([]web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.showList, Topics: topics},
		{Method: "GET", Pattern: onePattern, Query: []string{"asof"}, Access: web.Everyone, Handler: s.showStart, Topics: topics},
		web.List(web.Reading{Pattern: "/rights", Summary: "Guides to what people have a right to", Topics: topics}, s.apiList),
		web.One(web.Reading{Pattern: "/rights/{id}", Summary: "One guide with its source", Topics: topics}, s.apiOne),
		{Method: "GET", Pattern: onePattern + "/graph", Query: []string{"asof"}, Access: web.Everyone, Handler: s.showGraph, Topics: topics},
		{Method: "GET", Pattern: onePattern + "/booklet.pdf", Query: []string{"lang"}, Heavy: true, Access: web.Everyone, Handler: s.getBooklet, Topics: topics, Plain: true},
		{Method: "GET", Pattern: "/embed/rights/{id}", Access: web.Everyone, Handler: s.showEmbedded},
	}, append(s.letterRoutes(), s.deskRoutes()...)...), web.Forms(
		web.Form{Pattern: root + "/find", Page: root, Access: web.Everyone, Show: s.foundPage, Do: s.find, Field: "q"},
		web.Form{Pattern: root + "/resume", Access: web.Everyone, Show: s.resumePage, Do: s.resume, Field: "code"},
		web.Form{Pattern: onePattern + "/go", Query: []string{"a", "at", "v", "edit", "asof", "district"}, Access: web.Everyone, Show: s.goPage, Do: s.goOn, Field: "v"},
		web.Form{Pattern: onePattern + "/letter", Access: web.Everyone, Show: s.letterPage, Do: s.letter},
		web.Form{Pattern: onePattern + "/keep", Page: onePattern, Access: web.Everyone, Do: s.keep, Button: true},
		web.Form{Pattern: onePattern + "/judge", Page: onePattern, Access: web.Everyone, Do: s.judge, Button: true},
	)...)
}

// state is where somebody is in a guide: it travels in the page, and is kept nowhere.
type state struct {
	g        *guide.Guide
	answers  guide.Answers
	on       guide.On
	asked    string // the date that was asked for; "": today
	district string
	today    time.Time
}

// Bounds of what a page may carry.
const maxCarried = 500

// stateOf reads what a page carried along.
func (s *Service) stateOf(r *http.Request, v url.Values) (st state, err error) {
	if st.g, err = s.Guide(r.Context(), r.PathValue("id")); err != nil {
		return st, err
	}
	st.today, st.answers, st.district = s.today(), guide.Answers{}, v.Get("district")
	if _, known := s.city.Settings.Current().District(st.district); !known {
		st.district = ""
	}
	st.on = guide.On{Day: st.today, Calendar: s.city.Settings.Calendar()}
	if day, ok := s.parseDay(v.Get("asof")); ok {
		st.on.Day, st.asked = day, v.Get("asof")
	}
	carried := v["a"]
	for _, a := range carried[:min(len(carried), maxCarried)] {
		id, answer, ok := strings.Cut(a, "=")
		if !ok || st.g.Node(id) == nil {
			continue
		}
		given := st.answers[id]
		if given == nil {
			given = []string{}
		}
		if answer != "" {
			given = append(given, answer)
		}
		st.answers[id] = given
	}
	return st, nil
}

func (s *Service) parseDay(text string) (time.Time, bool) {
	day, err := time.ParseInLocation(time.DateOnly, text, s.city.Settings.Zone())
	return day, err == nil && day.Year() >= 2000 && day.Year() < 2100
}

// values are what a page carries on.
func (st state) values() url.Values {
	out := url.Values{}
	for _, id := range slices.Sorted(maps.Keys(st.answers)) {
		for _, a := range st.answers[id] {
			out.Add("a", id+"="+a)
		}
		if len(st.answers[id]) == 0 {
			out.Add("a", id+"=")
		}
	}
	if st.asked != "" {
		out.Set("asof", st.asked)
	}
	if st.district != "" {
		out.Set("district", st.district)
	}
	return out
}

func (st state) trip() guide.Trip { return st.g.Go(st.answers, st.on) }

// open reports whether the answers, and that to the node, may stand in an address: never those of a sensitive guide, and never dates, amounts and words.
func (st state) open(n *guide.Node) bool {
	plain := func(n *guide.Node) bool {
		return n == nil || n.Kind == guide.Choice || n.Kind == guide.Several || n.Kind == guide.Place
	}
	if st.g.Sensitive || !plain(n) {
		return false
	}
	for id := range st.answers {
		if !plain(st.g.Node(id)) {
			return false
		}
	}
	return true
}

// page is what all pages of a guide share.
type page struct {
	ui.Page
	state
	City    *city.Settings
	Cal     civic.Calendar
	Form    ui.Form
	Texts   guide.Texts
	Lang    civic.Lang
	Soon    time.Time // when the law changes next; zero: nothing is known of it
	Places  []ui.Option
	number  int64         // of its version, when it was published here; 0: it comes with the program
	Changes []laws.Change // of the laws that it rests on, since it was written
	frame   string        // what another site writes to show the guide's door
}

// startPath is the first question.
func (p page) startPath() string {
	if p.asked != "" {
		return p.goPath() + "?asof=" + p.asked
	}
	return p.goPath()
}

func (s *Service) pageOf(w http.ResponseWriter, r *http.Request, st state, title string, f ui.Form) page {
	p := page{Page: web.NewPage(w, r, title), state: st, City: s.city.Settings.Current(), Cal: s.city.Settings.Calendar(), Form: f, Lang: web.L(r).Lang()}
	if f.Values == nil {
		p.Form.Values = url.Values{}
	}
	if st.g.Sensitive { // links to this page in other languages do not repeat what somebody put into its address
		p.Path, _, _ = strings.Cut(p.Path, "?")
	}
	p.Texts = st.g.Texts[p.Lang]
	p.Crumbs = []ui.Link{{Text: p.T("rights.title"), Path: root}}
	for _, day := range st.g.Boundaries(st.today) {
		if day.After(st.today) && st.g.Changes(st.today, day) && p.Soon.IsZero() {
			for _, t := range st.g.Terms {
				for _, v := range t.Versions {
					if v.From == day.Format(time.DateOnly) {
						p.Soon = day
					}
				}
			}
		}
	}
	p.Places = p.City.DistrictOptions(p.Page, "rights.any_district")
	p.Changes = s.changes(r.Context(), st.g)
	return p
}

func (p page) goPath() string { return Path(p.g.ID) + "/go" }

// with is the state with one value more, for a form.
func (p page) with(name, value string) ui.Form {
	v := p.values()
	if name != "" {
		v.Set(name, value)
	}
	return ui.Form{Values: v}
}

// anywhere is the state without the district, for the form in which that is chosen.
func (p page) anywhere() ui.Form {
	f := p.with("", "")
	f.Values.Del("district")
	return f
}

// again is the state for a button that only shows a page.
func (p page) again() ui.Form { return p.with(ui.AgainName, string(p.Lang)) }

// said is an answer in the reader's words.
func (p page) said(l textual, n *guide.Node, given []string) string {
	if len(given) == 0 {
		return l.T("rights.skipped")
	}
	var out []string
	for _, a := range given {
		out = append(out, sayAnswer(l, p.g.Texts[l.Lang()], n, a, p.City))
	}
	return strings.Join(out, ", ")
}

// textual speaks one language: the page's, or that of a letter.
type textual interface {
	T(key string, args ...any) string
	Lang() civic.Lang
	Date(t time.Time) string
	Number(n int64) string
	Text(t civic.Text) string
}

func sayAnswer(l textual, texts guide.Texts, n *guide.Node, a string, c *city.Settings) string {
	switch n.Kind {
	case guide.Choice, guide.Several:
		return texts.Nodes[n.ID].Options[a]
	case guide.Date:
		if day, err := time.Parse(time.DateOnly, a); err == nil {
			return l.Date(day.Add(7 * time.Hour)) // the date is the same in the city
		}
	case guide.Money:
		if tiyn, err := strconv.ParseInt(strings.TrimSuffix(a, "t"), 10, 64); err == nil {
			return money(l, tiyn)
		}
	case guide.Number:
		if v, err := strconv.ParseInt(a, 10, 64); err == nil {
			return l.Number(v)
		}
	case guide.Place:
		if d, known := c.District(a); known {
			return l.Text(d.Name)
		}
	}
	return a
}

// money writes an amount of tiyn; tiyn themselves only where there are any.
func money(l textual, tiyn int64) string {
	text := l.Number(tiyn / 100)
	if rest := tiyn % 100; rest != 0 {
		text += "," + strconv.FormatInt(100+rest, 10)[1:]
	}
	return text + "\u00a0₸"
}

// term is how long a term is, in words.
func term(l textual, v guide.Version) string {
	return l.T("rights.term_"+string(v.Unit), "Count", v.Count)
}

type listPage struct {
	ui.Page
	Form   ui.Form
	Themes []theme
	Found  []*guide.Guide
	Asked  bool
}

type theme struct {
	Name   civic.Text
	Guides []*guide.Guide
}

func (s *Service) listOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p listPage, err error) {
	p = listPage{Page: web.NewPage(w, r, web.L(r).T("rights.title")), Form: f}
	p.Lede = p.T("rights.lede")
	b, err := s.book(r.Context())
	if err != nil {
		return p, err
	}
	for _, t := range city.Themes() {
		of := theme{Name: t.Name}
		for _, g := range b.guides {
			if g.Theme == t.Code {
				of.Guides = append(of.Guides, g)
			}
		}
		if len(of.Guides) > 0 {
			p.Themes = append(p.Themes, of)
		}
	}
	return p, nil
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	p, err := s.listOf(w, r, ui.Form{Values: url.Values{}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

func (s *Service) foundPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.listOf(w, r, f)
	if q := f.Value("q"); err == nil && q != "" {
		p.NoIndex, p.Asked = true, true
		p.Found, err = s.Find(r.Context(), q)
	}
	return listView(p), err
}

// find takes what happened in somebody's own words. They are sent, so that they stand in no address.
func (s *Service) find(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if f.Value("q") == "" {
		return web.Next{}, civic.Wrong("q", "rights.say_something")
	}
	web.Resend(r, root+"/find")
	page, err := s.foundPage(w, r, f)
	if found, failed := s.Find(r.Context(), f.Value("q")); failed == nil && len(found) == 0 {
		s.count("", "search", nothing)
	}
	return web.Instead(page), err
}

func (s *Service) showStart(w http.ResponseWriter, r *http.Request) error {
	st, err := s.stateOf(r, r.URL.Query())
	if err != nil {
		return err
	}
	p := s.pageOf(w, r, st, "", ui.Form{})
	p.SetName(st.g.Title())
	p.Lede = p.Texts.Lede
	if b, err := s.book(r.Context()); err == nil {
		p.number = b.numbers[st.g.ID]
	}
	p.frame = `<iframe src="` + web.Origin(r) + p.URL("/embed/rights/"+st.g.ID) + `" width="100%" height="320"></iframe>`
	return web.Render(w, r, http.StatusOK, startView(p))
}

type askPage struct {
	page
	Node *guide.Node
	Trip guide.Trip
}

// goPage shows where somebody is: a question, or the end. A page without scripts sends what was answered either in the address or in a form.
func (s *Service) goPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if f.Sent {
		return s.here(w, r, f)
	}
	f.Values = r.URL.Query()
	if g, err := s.Guide(r.Context(), r.PathValue("id")); err == nil && g.Sensitive { // whoever put answers into an address: they are not taken from there
		f.Values = url.Values{"asof": f.Values["asof"]} // the day tells nothing of them
	}
	return s.takeAnswer(w, r, f)
}

func (s *Service) goOn(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	web.Resend(r, strings.Replace(onePattern+"/go", "{id}", url.PathEscape(r.PathValue("id")), 1))
	page, err := s.takeAnswer(w, r, f)
	return web.Instead(page), err
}

// takeAnswer takes the answer to one question, and shows where it leads.
func (s *Service) takeAnswer(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	st, err := s.stateOf(r, f.Values)
	if err != nil {
		return nil, err
	}
	id := f.Value("at")
	if n := st.g.Node(id); n != nil && f.Value("edit") == "" {
		clean, problem := n.Clean(f.Values["v"], st.on.Day)
		if n.Kind == guide.Place && problem == "" && len(clean) > 0 {
			if _, known := s.city.Settings.Current().District(clean[0]); !known {
				problem = guide.ProblemChoose
			}
		}
		if problem != "" {
			err := civic.Wrong("v", "rights.problem_"+problem)
			if f.Sent {
				return nil, err
			}
			f.Problems = []civic.FieldError{{Field: "v", Message: civic.Say("rights.problem_" + problem)}}
			return s.here(w, r, f)
		}
		st.answers[id] = clean
		if n.Kind == guide.Place && len(clean) > 0 {
			st.district = clean[0]
		}
		s.count(st.g.ID, id, answered)
	}
	if n := st.g.Node(id); n != nil && f.Value("edit") != "" && len(f.Values["v"]) > 0 { // who goes back keeps what they had typed, when it is an answer
		if clean, problem := n.Clean(f.Values["v"], st.on.Day); problem == "" {
			st.answers[id] = clean
		}
	}
	trip := st.trip()
	if f.Value("edit") == "" {
		switch {
		case trip.Outcome != nil:
			s.count(st.g.ID, trip.Outcome.ID, shown)
		case id != "" || len(st.answers) == 0:
			s.count(st.g.ID, trip.Node.ID, shown)
		}
	}
	f.Values.Del("at")
	f.Values.Del("v")
	return s.showState(w, r, st, f)
}

// here shows the page again that was sent, with what was typed.
func (s *Service) here(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	st, err := s.stateOf(r, f.Values)
	if err != nil {
		return nil, err
	}
	return s.showState(w, r, st, f)
}

// showState shows a question: the one that was sent, or is to be changed, or comes next; or the end.
func (s *Service) showState(w http.ResponseWriter, r *http.Request, st state, f ui.Form) (templ.Component, error) {
	trip := st.trip()
	node := st.g.Node(f.Value("at"))
	if edit := st.g.Node(f.Value("edit")); edit != nil && slices.Contains(trip.Visited, edit.ID) {
		node = edit
		f.Values["v"] = typedAs(edit, trip.Answers[edit.ID])
	}
	if node == nil {
		node = trip.Node
		if node != nil && f.Values["v"] == nil && st.answers[node.ID] != nil {
			f.Values["v"] = typedAs(node, st.answers[node.ID])
		}
	}
	if node == nil {
		return s.endPage(w, r, st, trip)
	}
	p := askPage{page: s.pageOf(w, r, st, "", f), Node: node, Trip: trip}
	p.Title, p.NoIndex = p.Texts.Nodes[node.ID].Ask, true
	p.Crumbs = append(p.Crumbs, p.LinkTo(Path(st.g.ID), st.g.Title()))
	return askView(p), nil
}

// typedAs is a clean answer as somebody would type it.
func typedAs(n *guide.Node, given []string) []string {
	if n.Kind != guide.Money || len(given) == 0 {
		return given
	}
	tiyn, err := strconv.ParseInt(strings.TrimSuffix(given[0], "t"), 10, 64)
	if err != nil {
		return given
	}
	return []string{civic.Money(tiyn).String()}
}

type endPage struct {
	page
	Trip    guide.Trip
	Outcome *guide.Outcome
	Text    guide.OutcomeText
	Whens   []guide.When
	Amounts []guide.Amount
	Helpers []Helper
}

func (s *Service) endPage(w http.ResponseWriter, r *http.Request, st state, trip guide.Trip) (templ.Component, error) {
	p := endPage{page: s.pageOf(w, r, st, "", ui.Form{}), Trip: trip, Outcome: trip.Outcome}
	p.Text = p.Texts.Outcomes[trip.Outcome.ID]
	p.Whens = st.g.DeadlinesOf(trip.Outcome, trip.Answers, st.on)
	slices.SortStableFunc(p.Whens, func(x, y guide.When) int { return cmp.Compare(x.Date, y.Date) })
	p.Amounts = st.g.Amounts(trip.Outcome, trip.Answers, trip.Visited, st.on)
	p.Title, p.NoIndex = p.fill(p.Text.Title), true
	p.Crumbs = append(p.Crumbs, p.LinkTo(Path(st.g.ID), st.g.Title()))
	p.Form.Values.Set("district", st.district)
	var err error
	p.Helpers, err = s.Helpers(r.Context(), st.g.Theme, st.district)
	return endView(p), err
}

// fill puts answers and dates into a text of an end.
func (p endPage) fill(text string) string {
	return guide.Fill(text, p.filler(p.L, p.Trip, p.Outcome))
}

// filler knows what stands in the places of texts, in the words of a language.
func (p page) filler(l textual, trip guide.Trip, o *guide.Outcome) func(string) string {
	return func(id string) string {
		switch {
		case id == "today":
			return l.Date(p.today)
		case p.g.Node(id) != nil:
			if len(trip.Answers[id]) > 0 {
				return p.said(l, p.g.Node(id), trip.Answers[id])
			}
		case p.g.Term(id) != nil:
			if v, ok := p.g.Term(id).At(p.on.Day); ok {
				return term(l, v)
			}
		case p.g.Deadline(id) != nil:
			for _, w := range p.g.DeadlinesOf(&guide.Outcome{Deadlines: []string{id}}, trip.Answers, p.on) {
				return l.Date(w.End)
			}
		case p.g.Figure(id) != nil:
			for _, a := range p.g.Amounts(&guide.Outcome{Figures: []string{id}}, trip.Answers, trip.Visited, p.on) {
				return amount(l, a)
			}
		}
		return ""
	}
}

func amount(l textual, a guide.Amount) string {
	if a.Money {
		return money(l, a.N)
	}
	return l.Number(a.N)
}

func (s *Service) judge(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	st, err := s.stateOf(r, f.Values)
	if err != nil {
		return web.Next{}, err
	}
	trip := st.trip()
	if trip.Outcome == nil {
		return web.On(Path(st.g.ID)), nil
	}
	what := wrong
	if f.Value("word") == "yes" {
		what = right
	}
	s.count(st.g.ID, trip.Outcome.ID, what)
	return web.Done(Path(st.g.ID), "rights.thanks"), nil
}

type keepPage struct {
	page
	Code  string
	Until time.Time
}

func (s *Service) keep(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	st, err := s.stateOf(r, f.Values)
	if err != nil {
		return web.Next{}, err
	}
	code, until, err := s.Keep(r.Context(), Kept{Guide: st.g.ID, Answers: st.answers})
	if err != nil {
		return web.Next{}, err
	}
	p := keepPage{page: s.pageOf(w, r, st, web.L(r).T("rights.kept_title"), ui.Form{}), Code: code, Until: until}
	p.NoIndex = true
	return web.Instead(keptView(p)), nil
}

type resumePage struct {
	ui.Page
	Form ui.Form
}

func (s *Service) resumePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := resumePage{Page: web.NewPage(w, r, web.L(r).T("rights.resume_title")), Form: f}
	p.Lede, p.NoIndex = p.T("rights.resume_lede"), true
	p.Crumbs = []ui.Link{{Text: p.T("rights.title"), Path: root}}
	return resumeView(p), nil
}

func (s *Service) resume(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	k, err := s.Resume(r.Context(), f.Value("code"))
	if err != nil {
		return web.Next{}, err
	}
	g, err := s.Guide(r.Context(), k.Guide)
	if err != nil {
		return web.Next{}, civic.Wrong("code", "rights.no_such_code")
	}
	today := s.today()
	st := state{g: g, answers: k.Answers, on: s.now(), today: today}
	if st.answers == nil {
		st.answers = guide.Answers{}
	}
	web.Resend(r, Path(g.ID)+"/go")
	page, err := s.showState(w, r, st, ui.Form{Values: url.Values{}})
	return web.Instead(page), err
}

// Reading for machines.

type listed struct {
	ID        string     `json:"id"`
	Title     civic.Text `json:"title"`
	Theme     string     `json:"theme"`
	Sensitive bool       `json:"sensitive"`
	Checked   string     `json:"checked,omitempty"`
	Path      string     `json:"path"`
}

func listedOf(g *guide.Guide) listed {
	return listed{g.ID, g.Title(), g.Theme, g.Sensitive, g.Checked, Path(g.ID)}
}

func (s *Service) apiList(r *http.Request) ([]listed, string, error) {
	b, err := s.book(r.Context())
	if err != nil {
		return nil, "", err
	}
	var out []listed
	for _, g := range b.guides {
		out = append(out, listedOf(g))
	}
	return out, "", nil
}

type apiGuide struct {
	listed
	Source guide.Source `json:"source"`
}

func (s *Service) apiOne(r *http.Request) (apiGuide, error) {
	g, err := s.Guide(r.Context(), r.PathValue("id"))
	if err != nil {
		return apiGuide{}, err
	}
	return apiGuide{listedOf(g), g.Source}, nil
}
