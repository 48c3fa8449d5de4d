package budgeting

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

func (s *Service) routes() []web.Route {
	topics := func(*http.Request) []string { return []string{topic, places.Topic} }
	campaign, idea, desk, deskIdea := "/budget/{id}", "/ideas/{id}", "/desk/budget/{id}", "/desk/ideas/{id}"
	traced := func(kind string) func(*http.Request) []string {
		return func(r *http.Request) []string {
			return []string{topic, places.Topic, delivery.Topic, "answers", "discussion", record.TopicOf(civic.Ref{Kind: kind, ID: pathID(r)})}
		}
	}
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: "/budget", Access: web.Everyone, Handler: s.showCampaigns, Topics: topics, Query: []string{"after"}},
		{Method: "GET", Pattern: campaign, Access: web.Everyone, Handler: s.showCampaign, Topics: traced(KindCampaign)},
		{Method: "GET", Pattern: campaign + "/rules.json", Access: web.Everyone, Handler: s.getRules, Plain: true},
		{Method: "GET", Pattern: campaign + "/ideas", Access: web.Everyone, Handler: s.showList, Topics: topics, Query: append([]string{"after"}, narrowing...)},
		{Method: "GET", Pattern: campaign + "/ideas.atom", Access: web.Everyone, Handler: s.showFeed, Topics: topics},
		{Method: "GET", Pattern: campaign + "/stages.ics", Access: web.Everyone, Handler: s.getStages, Topics: topics},
		{Method: "GET", Pattern: campaign + "/results", Access: web.Everyone, Query: []string{"part", "from", "project"}, Handler: s.showResults, Topics: traced(KindCampaign)},
		{Method: "GET", Pattern: campaign + "/results/{file}", Access: web.Everyone, Handler: s.getFile, Plain: true, Heavy: true},
		{Method: "GET", Pattern: idea, Access: web.Everyone, Handler: s.showOne, Topics: traced(Kind)},
		web.List(web.Reading{Pattern: "/budget", Summary: "The people's budgets, the latest first", Topics: topics}, s.apiCampaigns),
		web.One(web.Reading{Pattern: "/budget/{id}", Summary: "One people's budget with its parts and their money", Topics: topics}, s.apiCampaign),
		web.List(web.Reading{Pattern: "/budget/{id}/ideas", Summary: "What people propose for a people's budget", Query: []web.Param{web.ByWords, web.ByDistrict,
			{Name: "area", Means: "Only for this part of the city, as the field part says it", Shape: web.AnID}, {Name: "category", Means: "Only of this category", Shape: web.AnID}, {Name: "state", Means: "Only those that stand so", OneOf: web.Values(Standings()...)}}}, s.apiList),
		web.List(web.Reading{Pattern: "/budget/{id}/results", Summary: "What came of the vote on a people's budget, part by part, with the file that anybody counts again"}, s.apiResults),
		web.One(web.Reading{Pattern: "/ideas/{id}", Summary: "One proposal for a people's budget with what the bodies said of it"}, s.apiOne),
		web.Page(desk+"/letters", web.Officers, s.lettersPage),
		{Method: "POST", Pattern: desk + "/letters", Page: desk + "/letters", Access: web.Officers, Handler: s.letters, Heavy: true, MaxBody: maxLettersFile + 64<<10},
		{Method: "GET", Pattern: "/desk/budget", Access: staff, Handler: s.showDesk},
		{Method: "GET", Pattern: deskIdea, Access: staff, Handler: s.showIdeaDesk},
	}, s.pastRoutes(), s.tables(campaign+"/ideas"), web.Forms(
		web.Form{Pattern: campaign + "/rehearsal", Access: web.Everyone, Show: s.rehearsalPage, Do: s.rehearse, Field: "file", Heavy: true, MaxBody: maxRehearsal + 64<<10},
		web.Form{Pattern: campaign + "/vote", Access: web.Everyone, Show: s.votePage, Check: s.voteCheck, Do: s.castBallot, Field: "ballot", Heavy: true, Query: []string{"order"}},
		web.Form{Pattern: campaign + "/new", Access: web.Residents, Heavy: true, Show: s.newPage, Check: s.newCheck, Do: s.propose},
		web.Form{Pattern: idea + "/support", Page: idea, Access: web.Residents, Do: s.support, Button: true},
		web.Form{Pattern: idea + "/unsupport", Page: idea, Access: web.Residents, Do: s.unsupport, Button: true},
		web.Form{Pattern: idea + "/withdraw", Page: idea, Access: web.SignedIn, Check: s.withdrawCheck, Do: s.withdraw, Button: true},
		web.Form{Pattern: idea + "/rework", Access: web.SignedIn, Heavy: true, Show: s.reworkPage, Check: s.reworkCheck, Do: s.rework},
		web.Form{Pattern: idea + "/merge", Access: web.SignedIn, Show: s.mergePage, Do: s.merge, Field: "number"},
		web.Form{Pattern: idea + "/merge/{from}", Page: idea, Access: web.SignedIn, Check: s.mergeCheck, Do: s.answerMerge, Button: true},

		web.Form{Pattern: "/desk/budget/new", Access: web.Officers, Show: s.campaignPage, Do: s.drawUp},
		web.Form{Pattern: desk, Access: web.Officers, Show: s.draftPage, Do: s.rewrite},
		web.Form{Pattern: desk + "/publish", Page: desk, Access: web.Officers, Check: s.publishCheck, Do: s.publish, Button: true},
		web.Form{Pattern: desk + "/change", Access: web.Officers, Show: s.changePage, Check: s.changeCheck, Do: s.change},
		web.Form{Pattern: desk + "/stop", Access: web.Officers, Show: s.stopPage, Check: s.stopCheck, Do: s.stop},
		web.Form{Pattern: desk + "/import", Access: web.Officers, Show: s.bringIdeasPage, Do: s.bringIdeas, Field: "file", Heavy: true, MaxBody: maxIdeasFile + 64<<10},
		web.Form{Pattern: desk + "/paper", Access: web.Officers, Heavy: true, Show: s.paperPage, Check: s.paperCheck, Do: s.enter},
		web.Form{Pattern: deskIdea + "/assign", Page: deskIdea, Access: web.Officers, Show: s.ideaDeskPage, Do: s.assign, Field: "bodies"},
		web.Form{Pattern: desk + "/codes", Access: web.Officers, Show: s.codePage, Do: s.handOut, Field: "iin"},
		web.Form{Pattern: desk + "/letters/replace", Access: web.Officers, Show: s.replacePage, Do: s.replace, Field: "letter"},
		web.Form{Pattern: deskIdea + "/freeze", Access: web.Officers, Show: s.freezePage, Check: s.freezeCheck, Do: s.freeze},
		web.Form{Pattern: deskIdea + "/thaw", Page: deskIdea, Access: web.Officers, Do: s.thaw, Button: true},
		web.Form{Pattern: deskIdea + "/fall", Page: deskIdea, Access: web.Officers, Check: s.fallCheck, Do: s.fall, Button: true},
		web.Form{Pattern: deskIdea + "/words", Query: []string{moderation.BackName}, Access: web.Moderators, Show: s.wordsPage, Do: s.decide, Field: "rule"},
		web.Form{Pattern: deskIdea + "/sign", Access: signers, Show: s.signPage, Check: s.signCheck, Do: s.sign},
		web.Form{Pattern: "/desk/checks/{id}", Access: staff, Show: s.opinionPage, Check: s.opinionCheck, Do: s.opine},
	))
}

// narrowing names the filters that files know too.
var narrowing = slices.Clip([]string{"q", "area", "category", "district", "state"})

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// page is what all pages here share.
type page struct {
	ui.Page
	Cal    civic.Calendar
	Places *places.Service
	Rules  *moderation.Book
	Form   ui.Form
}

func (s *Service) pageOf(w http.ResponseWriter, r *http.Request, title string) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Settings.Calendar(), Places: s.city.Places, Rules: s.city.Moderation.Book()}
	p.Form.Values = url.Values{}
	return p
}

func (p page) listLink() ui.Link { return ui.Link{Text: p.T("budgeting.title"), Path: "/budget"} }

// tenge is an amount as messages take it, in whole tenge.
func tenge(m civic.Money) int64 { return int64(m / civic.Tenge) }

// day is a day of a plan in words.
func (s *Service) day(p ui.Page, day string) string { return p.L.Date(begin(day, s.zone())) }

type campaignsPage struct {
	page
	Items  []CampaignView
	Past   bool // there are votes of earlier years
	NextTo string
}

func (s *Service) showCampaigns(w http.ResponseWriter, r *http.Request) error {
	p := campaignsPage{page: s.pageOf(w, r, web.L(r).T("budgeting.title"))}
	p.Lede = p.T("budgeting.lede")
	items, next, err := s.Campaigns(r.Context(), web.Actor(r), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	if p.Items = items; next != "" {
		p.NextTo = p.With("after", next)
	}
	if next == "" {
		if p.Past, err = s.HasPast(r.Context()); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, campaignsView(p))
}

type campaignPage struct {
	page
	CampaignView
	Days      []dayRow
	Bodies    []ui.Option
	Latest    []Listed
	Districts map[string]civic.Text
}

// dayRow is a stage with its days in words.
type dayRow struct {
	Stage       Stage
	From, Until string
	Now, Passed bool
}

func (s *Service) dayRows(p ui.Page, c Campaign) (out []dayRow) {
	now := c.StageAt(p.Now, s.zone())
	for _, stage := range Stages() {
		from := c.Plan.Begin(stage, s.zone())
		out = append(out, dayRow{stage, p.L.Date(from), s.day(p, c.Plan.Until[stage]), stage == now, !p.Now.Before(c.Plan.End(stage, s.zone()))})
	}
	return out
}

func (s *Service) campaignPageOf(w http.ResponseWriter, r *http.Request) (p campaignPage, err error) {
	p = campaignPage{page: s.pageOf(w, r, "")}
	if p.CampaignView, err = s.Campaign(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return p, err
	}
	p.SetName(p.CampaignView.Campaign.Title)
	p.Crumbs = []ui.Link{p.listLink()}
	p.Days = s.dayRows(p.Page, p.Campaign)
	p.Districts = map[string]civic.Text{}
	for _, d := range s.city.Settings.Current().Districts {
		p.Districts[d.Code] = d.Name
	}
	return p, nil
}

func (s *Service) showCampaign(w http.ResponseWriter, r *http.Request) error {
	p, err := s.campaignPageOf(w, r)
	if err != nil {
		return err
	}
	if p.State == Draft {
		return notThere() // its page is the desk's
	}
	l, err := s.page(r.Context(), Query{Campaign: p.ID}, 3)
	if err != nil {
		return err
	}
	p.Latest = l.Items
	p.Feed = ui.Link{Text: p.T("budgeting.feed_title"), Path: p.URL(feedPath(p.ID))}
	return web.Render(w, r, http.StatusOK, campaignView(p))
}

// getRules is the file of rules whose hash is in the record.
func (s *Service) getRules(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Campaign(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	return web.Write(w, r, "application/json", v.File())
}

type listPage struct {
	campaignPage
	List            List
	DistrictOptions []ui.Option // districts to narrow it down to
	Filtered        bool
	Pins            []places.Pin
	Export          string
	NextTo          string
}

func queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{Campaign: pathID(r), Area: v.Get("area"), Category: v.Get("category"), District: v.Get("district"), State: Standing(v.Get("state")), Words: v.Get("q"), After: v.Get("after")}
	if !slices.Contains(Standings(), q.State) {
		q.State = ""
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	c, err := s.campaignPageOf(w, r)
	if err != nil {
		return err
	}
	if c.State == Draft {
		return notThere()
	}
	p := listPage{campaignPage: c, DistrictOptions: s.city.Settings.Current().DistrictOptions(c.Page, "budgeting.any_district")}
	p.SetTitle("budgeting.ideas_of", "Title", c.CampaignView.Campaign.Title)
	p.Crumbs = append(p.Crumbs, p.LinkTo(CampaignPath(c.ID), c.CampaignView.Campaign.Title))
	q := queryOf(r)
	p.Form.Values = r.URL.Query()
	p.Filtered = q.Area != "" || q.Category != "" || q.District != "" || q.State != "" || q.Words != ""
	if p.List, err = s.List(r.Context(), q); err != nil {
		return err
	}
	if p.List.Next != "" {
		p.NextTo = p.With("after", p.List.Next)
	}
	for _, l := range p.List.Items {
		pin := places.Pin{}
		if l.Readable() {
			pin = places.Pin{At: l.Point, Title: l.Proposal.Title}
		}
		p.Pins = append(p.Pins, pin)
	}
	p.Export = web.Narrowed(r, narrowing...)
	p.Feed = ui.Link{Text: p.T("budgeting.feed_title"), Path: p.URL(feedPath(p.ID))}
	return web.Render(w, r, http.StatusOK, listView(p))
}

func (p campaignPage) areaOptions(none string) (out []ui.Option) {
	if none != "" {
		out = append(out, ui.Option{Label: p.T(none)})
	}
	for _, a := range p.Areas {
		words, lang := p.Words(a.Name)
		out = append(out, ui.Option{Value: a.Code, Label: words, Lang: lang})
	}
	return out
}

func (p campaignPage) categoryOptions(none string) []ui.Option {
	out := []ui.Option{{Label: p.T(none)}}
	for _, e := range p.Categories {
		words, lang := p.Words(e.Name)
		out = append(out, ui.Option{Value: e.Code, Label: words, Lang: lang})
	}
	return out
}

func (p campaignPage) priceOptions() []ui.Option {
	out := []ui.Option{{Label: p.T("budgeting.no_item")}}
	for _, u := range p.Prices {
		words, lang := p.Words(u.Name)
		out = append(out, ui.Option{Value: u.Code, Label: words + ", " + p.L.Money(u.Price) + " / " + u.Unit, Lang: lang})
	}
	return out
}

type newPage struct {
	campaignPage
	Proposal
	To        string // where the form is sent
	Alike     []Listed
	Districts []ui.Option
	Desk      bool         // who runs the campaign enters what came on paper
	Points    []civic.Text // of the first verdict, when it is reworked
	Replies   []string
}

// estimateRows is for how many things of the catalogue the form has room; one line more is for the rest.
const estimateRows = maxLines - 2

// typed is the proposal in a form.
func typed(f ui.Form, c Campaign) Proposal {
	at, _ := places.ParsePoint(f.Value("point"))
	p := Proposal{Campaign: c.ID, Area: f.Value("area"), Category: f.Value("category"), Title: f.Value("title"), What: f.Value("what"), Why: f.Value("why"), District: f.Value("district"), Address: f.Value("address"),
		Land: Land(f.Value("land")), Point: at, Signed: f.Value("signed")}
	if len(c.Areas) == 1 {
		p.Area = c.Areas[0].Code
	}
	for i := range estimateRows {
		n := strconv.Itoa(i + 1)
		for _, u := range c.Prices {
			if u.Code == f.Value("item"+n) {
				p.Estimate = append(p.Estimate, Line{Code: u.Code, Quantity: int64(f.Whole("count" + n)), Price: u.Price})
			}
		}
	}
	if f.Value("other_what") != "" || f.Value("other_money") != "" {
		sum, _ := civic.ParseMoney(f.Value("other_money")) // what is no amount is 0, which is refused with the words for that
		p.Estimate = append(p.Estimate, Line{What: f.Value("other_what"), Quantity: 1, Price: sum})
	}
	return p
}

// fill puts a proposal into its form.
func (p Proposal) fill(f ui.Form) {
	for name, value := range map[string]string{"area": p.Area, "category": p.Category, "title": p.Title, "what": p.What, "why": p.Why, "district": p.District, "address": p.Address, "land": string(p.Land),
		"point": p.Point.String(), "signed": p.Signed} {
		f.Values.Set(name, value)
	}
	n := 0
	for _, l := range p.Estimate {
		if l.Code == "" {
			f.Values.Set("other_what", l.What)
			f.Values.Set("other_money", l.Price.String())
			continue
		}
		n++
		f.Values.Set("item"+strconv.Itoa(n), l.Code)
		f.Values.Set("count"+strconv.Itoa(n), strconv.FormatInt(l.Quantity, 10))
	}
}

func (s *Service) newPageOf(w http.ResponseWriter, r *http.Request, title, to string, f ui.Form) (p newPage, err error) {
	c, err := s.campaignPageOf(w, r)
	if err != nil {
		return newPage{campaignPage: c}, err
	}
	p = newPage{campaignPage: c, To: to, Districts: s.city.Settings.Current().DistrictOptions(c.Page, "budgeting.no_district")}
	p.Form, p.NoIndex = f, f.Sent
	p.SetTitle(title)
	p.Crumbs = append(p.Crumbs, p.LinkTo(CampaignPath(c.ID), c.CampaignView.Campaign.Title))
	return p, nil
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newPageOf(w, r, "budgeting.new_title", CampaignPath(pathID(r))+"/new", f)
	if err == nil && !f.Sent {
		err = p.Propose
	}
	p.Lede = p.T("budgeting.new_lede")
	return newView(p), err
}

// checkOf shows what everybody will read of a proposal, and what is there already.
func (s *Service) checkOf(w http.ResponseWriter, r *http.Request, p newPage, again web.Show) (templ.Component, error) {
	if picked, err := s.city.Places.Picked(r, p.Form, "point", "address"); err != nil {
		return nil, err
	} else if picked {
		web.Resend(r, p.To)
		return again(w, r, p.Form)
	}
	p.Proposal = typed(p.Form, p.CampaignView.Campaign)
	p.Proposal.Paper, p.Proposal.PaperSupport = p.Desk, 0
	if p.Desk {
		p.Proposal.PaperSupport = max(0, p.Form.Whole("paper_support"))
	}
	if err := s.BeforeProposing(r.Context(), web.Actor(r), p.Proposal); err != nil {
		return nil, err
	}
	var err error
	p.Alike, err = s.Alike(r.Context(), p.Proposal)
	return checkView(p), err
}

func (s *Service) newCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newPageOf(w, r, "budgeting.check_title", CampaignPath(pathID(r))+"/new", f)
	if err != nil {
		return nil, err
	}
	return s.checkOf(w, r, p, s.newPage)
}

func (s *Service) propose(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.Campaign(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return web.Next{}, err
	}
	p, err := s.Propose(r.Context(), web.Actor(r), typed(f, v.Campaign), web.L(r).Lang())
	return web.Done(Path(p.ID), "budgeting.filed"), err
}

type onePage struct {
	page
	View
	Until string // the last day of the stage that goes on
}

func (s *Service) onePageOf(w http.ResponseWriter, r *http.Request, title string) (p onePage, err error) {
	p = onePage{page: s.pageOf(w, r, "")}
	if p.View, err = s.Show(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return p, err
	}
	p.NoIndex = !p.Readable()
	p.Crumbs = []ui.Link{p.listLink(), p.LinkTo(CampaignPath(p.Of.ID), p.Of.Title)}
	if day := p.Of.Plan.Until[p.Stage]; day != "" {
		p.Until = s.day(p.Page, day)
	}
	switch {
	case title != "":
		p.SetTitle(title)
		p.Crumbs = append(p.Crumbs, p.LinkTo(Path(p.ID), p.Name()))
	case p.Reads && p.Proposal.Title != "":
		p.SetName(p.Name())
	default:
		p.SetTitle("budgeting.numbered", "Number", p.Number)
	}
	return p, nil
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.onePageOf(w, r, "")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

func (s *Service) support(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "budgeting.supported"), s.Support(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) unsupport(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "budgeting.unsupported"), s.Unsupport(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) withdrawCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.onePageOf(w, r, "budgeting.withdraw_title")
	if err == nil && !p.Own {
		err = notYours()
	}
	p.Form = f
	return withdrawView(p), err
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "budgeting.withdrawn"), s.Withdraw(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) reworkPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p newPage, err error) {
	one, err := s.onePageOf(w, r, "budgeting.rework_title")
	if err == nil && (!one.Writes || !one.May(Rework)) {
		err = notNow()
	}
	if err != nil {
		return p, err
	}
	p = newPage{campaignPage: campaignPage{page: one.page, CampaignView: CampaignView{Campaign: one.Of}}, To: Path(one.ID) + "/rework", Points: one.View.Points(),
		Districts: s.city.Settings.Current().DistrictOptions(one.Page, "budgeting.no_district")}
	p.Form, p.NoIndex = f, true
	if !f.Sent {
		one.fill(f)
	}
	for i := range p.Points {
		p.Replies = append(p.Replies, f.Value(numbered("reply", i)))
	}
	return p, nil
}

func (s *Service) reworkPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.reworkPageOf(w, r, f)
	return newView(p), err
}

func (s *Service) reworkCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.reworkPageOf(w, r, f)
	if err != nil {
		return nil, err
	}
	if picked, err := s.city.Places.Picked(r, f, "point", "address"); err != nil {
		return nil, err
	} else if picked {
		web.Resend(r, p.To)
		return s.reworkPage(w, r, f)
	}
	p.Proposal = typed(f, p.CampaignView.Campaign)
	problems := p.Proposal.trimmed().check(p.CampaignView.Campaign, s.knownDistrict)
	checkReplies(&problems, p.Points, p.Replies)
	return checkView(p), problems.Err()
}

func (s *Service) rework(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return web.Next{}, err
	}
	var replies []string
	for i := range v.Points() {
		replies = append(replies, f.Value(numbered("reply", i)))
	}
	return web.Done(Path(v.ID), "budgeting.reworked"), s.Rework(r.Context(), web.Actor(r), v.ID, typed(f, v.Of), replies)
}

func (s *Service) mergePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.onePageOf(w, r, "budgeting.merge_title")
	if err == nil && (!p.Writes || !p.May(Merge)) {
		err = notNow()
	}
	p.Form, p.NoIndex = f, true
	return mergeView(p), err
}

func (s *Service) merge(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "budgeting.merge_asked"), s.AskMerge(r.Context(), web.Actor(r), pathID(r), f.Whole("number"), f.Value("words"))
}

// mergeCheck asks before two proposals become one, for good; a no is asked nothing.
func (s *Service) mergeCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if f.Value("say") != "yes" {
		return nil, nil
	}
	p, err := s.onePageOf(w, r, "budgeting.merge_agree_title")
	if err != nil {
		return nil, err
	}
	for _, wish := range p.Wishes {
		if string(wish.ID) == r.PathValue("from") {
			p.Form = f
			return mergeSureView(p, wish), nil
		}
	}
	return nil, nil // whoever may not, or comes too late, hears it from the act
}

func (s *Service) answerMerge(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	yes, notice := f.Value("say") == "yes", "budgeting.merge_no"
	if yes {
		notice = "budgeting.merge_yes"
	}
	return web.Done(Path(pathID(r)), notice), s.AnswerMerge(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("from")), yes)
}

// Day is the last day of a stage in words.
func (p onePage) Day(s Stage) string { return p.L.Date(begin(p.Of.Plan.Until[s], p.L.Zone())) }
