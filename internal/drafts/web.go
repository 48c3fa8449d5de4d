package drafts

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

// The addresses, without the language.
const (
	root      = "/drafts"
	desk      = "/desk/drafts"
	wordsRoot = "/desk/drafts-words"
)

// Path is the page of a draft.
func Path(id civic.ID) string { return root + "/" + string(id) }

func placePath(id civic.ID, place int) string { return Path(id) + "/p/" + strconv.Itoa(place) }

func remarkPath(r Remark) string { return Path(r.Draft) + "/remarks/" + string(r.ID) }

func reportPath(id civic.ID) string { return Path(id) + "/report" }

func changesPath(id civic.ID) string { return Path(id) + "/changes" }

func deskPath(id civic.ID) string { return desk + "/" + string(id) }

func readPath(id civic.ID) string { return deskPath(id) + "/read" }

func wordsPath(id civic.ID) string { return wordsRoot + "/" + string(id) }

// narrowing are the parameters by which the list is narrowed, also for the files.
var narrowing = []string{"q", "state", "district", "theme"}

func (s *Service) routes() []web.Route {
	of := func(r *http.Request) []string {
		return []string{topic, organisations.Topic, answers.Topic, moderation.Topic, city.Topic, city.TopicDay, record.TopicOf(Ref(pathID(r))), record.TopicOf(remarkRef(civic.ID(r.PathValue("remark"))))}
	}
	const one, place, remark = root + "/{id}", root + "/{id}/p/{place}", root + "/{id}/remarks/{remark}"
	routes := []web.Route{
		{Method: "GET", Pattern: root, Query: append([]string{"after"}, narrowing...), Access: web.Everyone, Handler: s.showList, Topics: of},
		{Method: "GET", Pattern: root + ".atom", Access: web.Everyone, Handler: s.showFeed, Topics: of},
		{Method: "GET", Pattern: one, Query: []string{"from", "q"}, Access: web.Everyone, Handler: s.showOne, Topics: of},
		{Method: "GET", Pattern: place, Query: []string{"after"}, Access: web.Everyone, Handler: s.showSpot, Topics: of},
		{Method: "GET", Pattern: remark, Access: web.Everyone, Handler: s.showRemark, Topics: of},
		{Method: "GET", Pattern: one + "/report", Query: []string{"after"}, Access: web.Everyone, Handler: s.showReport, Topics: of},
		{Method: "GET", Pattern: one + "/changes", Query: []string{"after"}, Heavy: true, Access: web.Everyone, Handler: s.showChanges, Topics: of},
		web.List(web.Reading{Pattern: root, Summary: "Drafts that people may remark on", Topics: of, Query: []web.Param{web.ByWords, {Name: "state", Means: "Only those that stand so", OneOf: web.Values(shownStates...)}, web.ByDistrict, web.ByTheme}}, s.apiList),
		web.One(web.Reading{Pattern: one, Summary: "One draft with a page of its text", Topics: of, Query: []web.Param{{Name: "from", Means: "The first paragraph of the page", Shape: web.ANumber}}}, s.apiOne),
		{Method: "GET", Pattern: desk, Access: web.Officers, Handler: s.showDesk},
		{Method: "GET", Pattern: desk + "/{id}", Access: web.Officers, Handler: s.showWork},
		{Method: "GET", Pattern: desk + "/{id}/read", Query: []string{"from", "q"}, Access: web.Officers, Handler: s.showText},
	}
	routes = append(routes, web.Tables(web.Route{Pattern: root, Query: narrowing, Access: web.Everyone}, s.getTable)...)
	routes = append(routes, web.Tables(web.Route{Pattern: one + "/remarks", Access: web.Everyone}, s.getRemarks)...)
	routes = append(routes, s.fileRoutes()...)
	return append(routes, web.Forms(
		web.Form{Pattern: place + "/say", Access: web.SignedIn, Show: s.sayPage, Check: s.sayCheck, Do: s.say, Field: "words"},
		web.Form{Pattern: remark + "/support", Page: remark, Access: web.SignedIn, Do: s.support, Button: true},
		web.Form{Pattern: remark + "/back", Page: remark, Access: web.SignedIn, Check: s.backCheck, Do: s.back, Button: true},

		web.Form{Pattern: wordsRoot + "/{id}", Query: []string{backName}, Access: web.Moderators, Show: s.wordsPage, Do: s.decide, Field: "rule"},
		web.Form{Pattern: desk + "/new", Access: web.Officers, Show: s.newPage, Do: s.make},
		web.Form{Pattern: desk + "/{id}/edit", Access: web.Officers, Show: s.editPage, Do: s.edit},
		web.Form{Pattern: desk + "/{id}/text", Access: web.Officers, Show: s.textPage, Do: s.putText, Field: "text", MaxBody: 2*document.MaxBytes + 1<<20, Heavy: true},
		web.Form{Pattern: desk + "/{id}/open", Access: web.Officers, Show: s.openPage, Check: s.openCheck, Do: s.open, Field: "days"},
		web.Form{Pattern: desk + "/{id}/weigh", Query: []string{"after", "all"}, Access: web.Officers, Show: s.weighPage, Do: s.weigh, Field: "outcome"},
		web.Form{Pattern: desk + "/{id}/report", Page: desk + "/{id}", Access: web.Officers, Check: s.reportCheck, Do: s.report, Button: true, Heavy: true},
		web.Form{Pattern: desk + "/{id}/adopt", Access: web.Officers, Show: s.adoptPage, Do: s.adopt, Field: "act"},
		web.Form{Pattern: desk + "/{id}/withdraw", Access: web.Officers, Show: s.withdrawPage, Do: s.withdraw},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// number is a whole number of an address; 0 for nonsense.
func number(text string) int {
	n, _ := strconv.Atoi(text) // nonsense means the beginning
	return max(n, 0)
}

func count[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// page is what all pages here share.
type page struct {
	ui.Page
	Cal  civic.Calendar
	City *city.Settings
	Form ui.Form
}

func (s *Service) pageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Settings.Calendar(), City: s.city.Settings.Current(), Form: f}
	if p.Form.Values == nil {
		p.Form.Values = map[string][]string{}
	}
	p.Crumbs = []ui.Link{{Text: p.T("drafts.title"), Path: root}}
	return p
}

// under adds the draft to the crumbs.
func (p *page) under(d Draft) { p.Crumbs = append(p.Crumbs, p.LinkTo(Path(d.ID), d.Title)) }

type listPage struct {
	page
	List      List
	Districts []ui.Option
	Filtered  bool
	Export    string
	NextTo    string
}

// shownStates are those by which the list can be narrowed.
var shownStates = []State{Open, Closed, Reported, Adopted, Withdrawn}

func (s *Service) queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{State: State(v.Get("state")), Scope: s.city.Settings.Current().Known(city.Scope{District: v.Get("district"), Theme: v.Get("theme")}), Words: v.Get("q"), After: v.Get("after")}
	if !slices.Contains(shownStates, q.State) {
		q.State = ""
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.pageOf(w, r, web.L(r).T("drafts.title"), ui.Form{Values: r.URL.Query()})}
	p.Crumbs, p.Lede = nil, p.T("drafts.lede")
	p.Feed = ui.Link{Text: p.T("drafts.feed"), Path: p.URL(root + ".atom")}
	q := s.queryOf(r)
	p.Filtered = q.State != "" || q.Scope != (city.Scope{}) || q.Words != ""
	if p.List, err = s.List(r.Context(), q); err != nil {
		return err
	}
	if p.List.Next != "" {
		p.NextTo = p.With("after", p.List.Next)
	}
	p.Export = web.Narrowed(r, narrowing...)
	p.Districts = p.City.DistrictOptions(p.Page, "drafts.any_district")
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	page
	View
	Words    string
	PrevFrom int
	Steps    []string
	Step     int
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	from := max(1, number(v.Get("from")))
	shown, err := s.Show(r.Context(), pathID(r), from, v.Get("q"))
	if err != nil {
		return err
	}
	p := onePage{page: s.pageOf(w, r, "", ui.Form{Values: v}), View: shown, Words: v.Get("q")}
	p.SetName(shown.Title)
	if from > 1 && p.Words == "" {
		p.PrevFrom = max(1, from-textSize)
	}
	for _, state := range []State{Open, Closed, Reported, Adopted} {
		p.Steps = append(p.Steps, p.T("drafts.step_"+string(state)))
	}
	p.Step = slices.Index([]State{Open, Closed, Reported, Adopted}, shown.State)
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// at is a page of the text.
func (p onePage) at(from int) string { return Path(p.ID) + "?from=" + strconv.Itoa(from) + "#text" }

type spotPage struct {
	page
	Spot
	NextTo string
}

func (s *Service) showSpot(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Spot(r.Context(), web.Actor(r), pathID(r), number(r.PathValue("place")), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	p := spotPage{page: s.pageOf(w, r, "", ui.Form{}), Spot: v}
	p.Page.Title = p.nameOf(v.Paragraph)
	p.under(v.Draft)
	if v.Next != "" {
		p.NextTo = p.With("after", v.Next)
	}
	return web.Render(w, r, http.StatusOK, spotView(p))
}

// nameOf is how pages call a paragraph: by its number in the text, or by its place.
func (p page) nameOf(of Paragraph) string {
	if of.Number != "" {
		return p.T("drafts.item", "Value", of.Number)
	}
	return p.T("drafts.paragraph", "Value", of.Place)
}

type sayPage struct {
	spotPage
	Action string
	Max    int
	About  About
}

func (s *Service) sayPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p sayPage, err error) {
	v, err := s.Spot(r.Context(), web.Actor(r), pathID(r), number(r.PathValue("place")), "")
	if err == nil {
		err = v.Blocked
	}
	if err != nil {
		return p, err
	}
	p = sayPage{spotPage: spotPage{page: s.pageOf(w, r, "", f), Spot: v}, Action: placePath(v.ID, v.Paragraph.Place) + "/say", Max: s.value("remark_max")}
	p.SetTitle("drafts.say_title", "Value", p.nameOf(v.Paragraph))
	p.under(v.Draft)
	p.NoIndex = true
	return p, nil
}

func (s *Service) sayPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.sayPageOf(w, r, f)
	if err == nil && !f.Sent {
		words, _ := p.Words(p.Paragraph.Words)
		p.Form.Values.Set("wording", words)
		p.Form.Values.Set("sort", string(Comment))
	}
	return sayView(p), err
}

func (s *Service) typed(r *http.Request, f ui.Form) Remark {
	return Remark{Place: number(r.PathValue("place")), Sort: RemarkSort(f.Value("sort")), Quote: f.Value("quote"), Words: f.Value("words"), Wording: f.Value("wording"), Organisation: civic.ID(f.Value("organisation"))}
}

func (s *Service) sayCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	about, err := s.BeforeRemark(r.Context(), web.Actor(r), pathID(r), s.typed(r, f), web.L(r).Lang())
	if err != nil {
		return nil, err
	}
	p, err := s.sayPageOf(w, r, f)
	p.About = about
	return sayCheckView(p), err
}

func (s *Service) say(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	said, err := s.Say(r.Context(), web.Actor(r), pathID(r), s.typed(r, f), web.L(r).Lang())
	return web.Done(placePath(pathID(r), said.Place), "drafts.said"), err
}

// compared is how proposed words differ from the paragraph, in the language that they are nearer to.
func compared(p Paragraph, wording string) (lang civic.Lang, pieces []document.Piece) {
	lang = civic.Kazakh
	if document.Shared(p.Words[civic.Russian], wording) > document.Shared(p.Words[civic.Kazakh], wording) {
		lang = civic.Russian
	}
	return lang, document.Words(p.Words[lang], wording)
}

type remarkPage struct {
	page
	One
}

func (s *Service) showRemark(w http.ResponseWriter, r *http.Request) error {
	o, err := s.ofAddress(r)
	if err != nil {
		return err
	}
	p := remarkPage{page: s.pageOf(w, r, "", ui.Form{}), One: o}
	p.SetTitle("drafts.remark_no", "Count", o.Serial)
	p.under(o.Of.Draft)
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.nameOf(o.Paragraph), Path: placePath(o.Of.ID, o.Paragraph.Place)})
	return web.Render(w, r, http.StatusOK, remarkView(p))
}

// ofAddress finds the remark of an address under its draft.
func (s *Service) ofAddress(r *http.Request) (One, error) {
	o, err := s.One(r.Context(), web.Actor(r), civic.ID(r.PathValue("remark")))
	if err == nil && o.Remark.Draft != pathID(r) {
		err = notThere()
	}
	return o, err
}

func (s *Service) support(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	o, err := s.ofAddress(r)
	if err != nil {
		return web.Next{}, err
	}
	on := f.Value("support") != "no"
	said, err := s.Support(r.Context(), web.Actor(r), o.Remark.ID, on)
	next := web.Done(placePath(said.Draft, said.Place), "drafts.supported")
	if !on {
		next.Notice = "drafts.not_supported"
	}
	return next, err
}

func (s *Service) backCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	o, err := s.ofAddress(r)
	if err == nil && !o.Mine {
		err = notYours()
	}
	p := s.pageOf(w, r, web.L(r).T("drafts.back_title"), f)
	p.NoIndex = true
	return askView(p, p.T("drafts.back_says"), remarkPath(o.Remark)+"/back", p.T("drafts.take_back")), err
}

func (s *Service) back(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	o, err := s.ofAddress(r)
	if err != nil {
		return web.Next{}, err
	}
	said, err := s.TakeBack(r.Context(), web.Actor(r), o.Remark.ID)
	return web.Done(placePath(said.Draft, said.Place), "drafts.taken_back"), err
}

type reportPage struct {
	page
	ReportView
	NextTo string
}

func (s *Service) showReport(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ReportOf(r.Context(), web.Actor(r), pathID(r), int64(number(r.URL.Query().Get("after"))), pageSize/2)
	if err != nil {
		return err
	}
	p := reportPage{page: s.pageOf(w, r, web.L(r).T("drafts.report_title"), ui.Form{}), ReportView: v}
	p.under(v.Draft)
	if v.Next != "" {
		p.NextTo = p.With("after", v.Next)
	}
	return web.Render(w, r, http.StatusOK, reportView(p))
}

type changesPage struct {
	page
	Changes
	Lang   civic.Lang // in which the texts are compared
	NextTo string
}

// textLang is the language in which the reader reads a text that is there in the two official ones.
func textLang(lang civic.Lang) civic.Lang {
	if slices.Contains(civic.OfficialLanguages(), lang) {
		return lang
	}
	return civic.Kazakh
}

func (s *Service) showChanges(w http.ResponseWriter, r *http.Request) error {
	lang := textLang(web.L(r).Lang())
	v, err := s.Changes(r.Context(), pathID(r), lang, number(r.URL.Query().Get("after")))
	if err != nil {
		return err
	}
	p := changesPage{page: s.pageOf(w, r, web.L(r).T("drafts.changes_title"), ui.Form{}), Changes: v, Lang: lang}
	p.under(v.Draft)
	if v.Next > 0 {
		p.NextTo = p.With("after", strconv.Itoa(v.Next))
	}
	return web.Render(w, r, http.StatusOK, changesView(p))
}
