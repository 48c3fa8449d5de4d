package budgeting

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (p page) deskLink() ui.Link {
	return ui.Link{Text: p.T("budgeting.nav_desk"), Path: "/desk/budget"}
}

type deskPage struct {
	page
	Desk
	MayDraw bool
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskPage{page: s.pageOf(w, r, web.L(r).T("budgeting.nav_desk"))}
	p.NoIndex, p.MayDraw = true, web.Officers.Allow(p.Actor)
	if p.Desk, err = s.Desk(r.Context(), p.Actor); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

// typedCampaign reads the form of a campaign. Errors: civic.Invalid with the line of a list that cannot be read.
func typedCampaign(f ui.Form) (c Campaign, err error) {
	c = Campaign{Year: f.Whole("year"), Body: civic.ID(f.Value("body")), Title: f.Text("title"), About: f.Text("about"), Plan: Plan{Opens: f.Value("opens"), Until: map[Stage]string{}}}
	for _, stage := range Stages() {
		c.Plan.Until[stage] = f.Value("until." + string(stage))
	}
	if c.Areas, err = ParseAreas(f.Value("areas")); err != nil {
		return c, err
	}
	if c.Categories, err = ParseEntries("categories", f.Value("categories")); err != nil {
		return c, err
	}
	if c.Prices, err = ParsePrices(f.Value("prices")); err != nil {
		return c, err
	}
	r := Rules{Verified: f.Value("verified") == "yes", PerPerson: f.Whole("per_person"), Supports: f.Whole("supports"), LeastAge: f.Whole("least_age"), Vote: VoteType(f.Value("vote")), Choices: f.Whole("choices"), Reach: Reach(f.Value("reach")),
		Revote: f.Value("revote") == "yes", Count: Counting{Rule: f.Value("rule"), Utility: "cost", Completion: f.Value("completion"), Tie: f.Value("tie"), MinVotes: int64(f.Whole("min_votes"))}}
	if r.Refused, err = ParseEntries("refused", f.Value("refused")); err != nil {
		return c, err
	}
	if r.Vote == Points {
		r.Count.Utility = "points"
	}
	if r.Vote == Knapsack {
		r.Choices = 0
	}
	if r.Incompatible, err = parseGroups(f.Value("incompatible")); err != nil {
		return c, err
	}
	if most := f.Value("most"); most != "" {
		ok := false
		if r.Most, ok = civic.ParseMoney(most); !ok {
			r.Most = -1
		}
	}
	c.Rules = r
	return c, nil
}

// fill puts a campaign into its form.
func (c Campaign) fill(f ui.Form) {
	f.SetText("title", c.Title)
	f.SetText("about", c.About)
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return ""
	}
	most := ""
	if c.Rules.Most > 0 {
		most = c.Rules.Most.String()
	}
	for name, value := range map[string]string{"year": strconv.Itoa(c.Year), "body": string(c.Body), "opens": c.Plan.Opens, "areas": FormatAreas(c.Areas), "categories": FormatEntries(c.Categories), "prices": FormatPrices(c.Prices),
		"refused": FormatEntries(c.Rules.Refused), "verified": yes(c.Rules.Verified), "per_person": strconv.Itoa(c.Rules.PerPerson), "supports": strconv.Itoa(c.Rules.Supports), "most": most,
		"vote": string(c.Rules.Vote), "choices": strconv.Itoa(c.Rules.Choices), "reach": string(c.Rules.Reach), "least_age": strconv.Itoa(c.Rules.LeastAge), "revote": yes(c.Rules.Revote), "rule": c.Rules.Count.Rule,
		"completion": c.Rules.Count.Completion, "tie": c.Rules.Count.Tie, "min_votes": strconv.FormatInt(c.Rules.Count.MinVotes, 10), "incompatible": formatGroups(c.Rules.Incompatible)} {
		f.Values.Set(name, value)
	}
	for _, stage := range Stages() {
		f.Values.Set("until."+string(stage), c.Plan.Until[stage])
	}
}

// Usual is what a new campaign's form begins with: lists that can be changed, and rules that cities use.
func (s *Service) Usual() Campaign {
	list := func(name string) string {
		b, err := embeds.ReadFile("data/" + name + ".csv")
		if err != nil {
			panic(err) // it is in the program
		}
		return string(b)
	}
	c := Campaign{Year: s.db.Now().In(s.zone()).Year() + 1, Rules: Rules{Verified: true, PerPerson: 1, LeastAge: 18, Vote: Approval, Choices: 3, Reach: OnePart, Revote: true,
		Count: Counting{Rule: "equal-shares", Utility: "cost", Completion: "add-one,greedy", Tie: "cost-votes", MinVotes: 1}}} // nobody wins without a vote, even while money is left
	c.Categories, _ = ParseEntries("categories", list("categories"))
	c.Rules.Refused, _ = ParseEntries("refused", list("refused"))
	c.Prices, _ = ParsePrices(list("prices"))
	return c
}

type draftPage struct {
	campaignPage
	To     string
	Action string // the words of the button
	Why    bool   // a change needs a reason
}

// bodyOptions lists the bodies for which the actor may run a campaign.
func (s *Service) bodyOptions(r *http.Request, p ui.Page, mine bool, none string) ([]ui.Option, error) {
	out := []ui.Option{{Label: p.T(none)}}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.city.Organisations.Bodies(tx)
		for _, b := range all {
			if !mine || mayRunFor(p.Actor, b.ID) {
				words, lang := p.Words(b.Name)
				out = append(out, ui.Option{Value: string(b.ID), Label: words, Lang: lang})
			}
		}
		return err
	})
	return out, err
}

func (s *Service) campaignPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := draftPage{campaignPage: campaignPage{page: s.pageOf(w, r, web.L(r).T("budgeting.draw_up"))}, To: "/desk/budget/new", Action: "budgeting.keep_draft"}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.deskLink()}
	if !f.Sent {
		s.Usual().fill(f)
	}
	var err error
	p.Bodies, err = s.bodyOptions(r, p.Page, true, "budgeting.choose_body")
	return draftView(p), err
}

func (s *Service) drawUp(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c, err := typedCampaign(f)
	if err != nil {
		return web.Next{}, err
	}
	id, err := s.DrawUp(r.Context(), web.Actor(r), c)
	return web.Done(campaignDeskPath(id), "budgeting.kept"), err
}

// deskCampaign is a campaign for who runs it.
func (s *Service) deskCampaign(w http.ResponseWriter, r *http.Request, f ui.Form, states ...State) (p draftPage, err error) {
	c, err := s.campaignPageOf(w, r)
	if err == nil && !c.MayRun {
		err = notYours()
	}
	if err == nil && len(states) > 0 && !slices.Contains(states, c.State) {
		err = notNow()
	}
	if err != nil {
		return p, err
	}
	p = draftPage{campaignPage: c}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.deskLink()}
	p.Bodies, err = s.bodyOptions(r, p.Page, true, "budgeting.choose_body")
	return p, err
}

// draftPage is the form of a draft; of a campaign that is published, what its desk does.
func (s *Service) draftPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskCampaign(w, r, f)
	if err != nil {
		return nil, err
	}
	if p.State != Draft {
		return runView(p), nil
	}
	p.To, p.Action = campaignDeskPath(p.ID), "budgeting.keep_draft"
	if !f.Sent {
		p.Campaign.fill(f)
	}
	return draftView(p), nil
}

func (s *Service) rewrite(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c, err := typedCampaign(f)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(campaignDeskPath(pathID(r)), "budgeting.kept"), s.Rewrite(r.Context(), web.Actor(r), pathID(r), c)
}

func (s *Service) publishCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskCampaign(w, r, f, Draft)
	return publishView(p), err
}

func (s *Service) publish(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(CampaignPath(pathID(r)), "budgeting.published"), s.Publish(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) changePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskCampaign(w, r, f, Announced)
	if err != nil {
		return nil, err
	}
	p.SetTitle("budgeting.change_title")
	p.To, p.Action, p.Why = campaignDeskPath(p.ID)+"/change", "budgeting.change_do", true
	if !f.Sent {
		p.Campaign.fill(f)
	}
	return draftView(p), nil
}

// changeCheck shows the rules as they will be, with the reason.
func (s *Service) changeCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskCampaign(w, r, f, Announced)
	if err != nil {
		return nil, err
	}
	p.SetTitle("budgeting.change_title")
	to, err := typedCampaign(f)
	if err != nil {
		return nil, err
	}
	if p.CampaignView.Campaign, err = s.BeforeChange(r.Context(), p.Actor, p.ID, to, f.Text("why")); err != nil {
		return nil, err
	}
	p.Days = s.dayRows(p.Page, p.Campaign)
	return changeCheckView(p), nil
}

func (s *Service) change(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c, err := typedCampaign(f)
	if err != nil {
		return web.Next{}, err
	}
	v, err := s.Campaign(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return web.Next{}, err
	}
	c.Body = v.Body
	return web.Done(CampaignPath(v.ID), "budgeting.changed"), s.Change(r.Context(), web.Actor(r), v.ID, c, f.Text("why"))
}

func (s *Service) stopPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskCampaign(w, r, f, Announced)
	if err != nil {
		return nil, err
	}
	p.SetTitle("budgeting.stop_title")
	return stopView(p), nil
}

func (s *Service) stopCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskCampaign(w, r, f, Announced)
	if err != nil {
		return nil, err
	}
	p.SetTitle("budgeting.stop_title")
	_, err = s.stop(w, r.WithContext(storage.Rehearsal(r.Context())), f)
	return whyCheckView(p.page, "budgeting.stop_says", campaignDeskPath(p.ID)+"/stop", "budgeting.stop_title"), err
}

func (s *Service) stop(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(CampaignPath(pathID(r)), "budgeting.stopped"), s.Stop(r.Context(), web.Actor(r), pathID(r), f.Text("why"))
}

// What came on paper.

func (s *Service) paperPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p newPage, err error) {
	p, err = s.newPageOf(w, r, "budgeting.paper_title", campaignDeskPath(pathID(r))+"/paper", f)
	if err == nil && !p.MayRun {
		err = notYours()
	}
	p.Desk, p.NoIndex = true, true
	return p, err
}

func (s *Service) paperPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.paperPageOf(w, r, f)
	if err == nil && p.Stage != Proposing {
		err = civic.Fail(civic.Closed, "budgeting.no_proposals_now")
	}
	p.Lede = p.T("budgeting.paper_lede")
	return newView(p), err
}

func (s *Service) paperCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.paperPageOf(w, r, f)
	if err != nil {
		return nil, err
	}
	return s.checkOf(w, r, p, s.paperPage)
}

func (s *Service) enter(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.Campaign(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return web.Next{}, err
	}
	p := typed(f, v.Campaign)
	p.Paper, p.PaperSupport = true, max(0, f.Whole("paper_support"))
	p, err = s.Propose(r.Context(), web.Actor(r), p, web.L(r).Lang())
	return web.Done(Path(p.ID), "budgeting.filed"), err
}

// The check.

type ideaPage struct {
	onePage
	Bodies []ui.Option
	Days   int
	Sum    Verdict // what the bodies said together
	Said   Verdict // as it would be signed
}

func (s *Service) ideaPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p ideaPage, err error) {
	one, err := s.onePageOf(w, r, title)
	if err == nil && !one.MayRun && !one.MaySign {
		err = notYours()
	}
	if err != nil {
		return p, err
	}
	p = ideaPage{onePage: one, Days: s.value("check_days"), Sum: one.Gathered()}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.deskLink()}
	if p.Bodies, err = s.bodyOptions(r, p.Page, false, "budgeting.choose_body"); err == nil {
		p.Bodies = p.Bodies[1:]
	}
	return p, err
}

func (s *Service) showIdeaDesk(w http.ResponseWriter, r *http.Request) error {
	page, err := s.ideaDeskPage(w, r, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page)
}

func (s *Service) ideaDeskPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ideaPageOf(w, r, "", f)
	return ideaDeskView(p), err
}

func (s *Service) assign(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var bodies []civic.ID
	for _, v := range f.Values["bodies"] {
		bodies = append(bodies, civic.ID(v))
	}
	return web.Done(ideaDeskPath(pathID(r)), "budgeting.assigned"), s.Assign(r.Context(), web.Actor(r), pathID(r), bodies)
}

// opinionOf reads what a body says.
func opinionOf(f ui.Form, points int) Opinion {
	o := Opinion{Outcome: Outcome(f.Value("outcome")), Reason: f.Text("reason"), Person: f.Value("person")}
	o.Cost, _ = civic.ParseMoney(f.Value("cost")) // what is no amount is 0, which is refused with the words for that
	for i := range maxPoints {
		o.Points = append(o.Points, f.Text(numbered("point", i)))
	}
	for i := range points {
		o.Answers = append(o.Answers, Answered{f.Value(numbered("met", i)) == "yes", f.Text(numbered("answer", i))})
	}
	return o
}

type opinionPage struct {
	page
	CheckWork
	Said Opinion
}

func (s *Service) opinionPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p opinionPage, err error) {
	p = opinionPage{page: s.pageOf(w, r, "")}
	if p.CheckWork, err = s.Work(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return p, err
	}
	p.SetName(p.Name())
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.deskLink()}
	if !f.Sent {
		f.Values.Set("cost", p.Proposal.Cost.String())
	}
	if p.Check.Round == 2 {
		p.Said = opinionOf(f, len(p.Points()))
		p.Said.Points = nil
	} else {
		p.Said = opinionOf(f, 0)
	}
	p.Said = p.Said.trimmed()
	return p, nil
}

func (s *Service) opinionPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.opinionPageOf(w, r, f)
	return opinionView(p), err
}

func (s *Service) opinionCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.opinionPageOf(w, r, f)
	if err == nil {
		err = s.BeforeOpinion(r.Context(), web.Actor(r), pathID(r), p.Said)
	}
	return opinionCheckView(p), err
}

func (s *Service) opine(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	p, err := s.opinionPageOf(w, r, f)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done("/desk/budget", "budgeting.given"), s.Opine(r.Context(), web.Actor(r), pathID(r), p.Said)
}

func verdictOf(f ui.Form) Verdict {
	v := Verdict{Outcome: Outcome(f.Value("outcome")), Reason: f.Text("reason"), Protocol: f.Value("protocol")}
	v.Cost, _ = civic.ParseMoney(f.Value("cost"))
	return v
}

func (s *Service) signPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ideaPageOf(w, r, "budgeting.sign_title", f)
	if err == nil && !f.Sent {
		f.Values.Set("outcome", string(p.Sum.Outcome))
		f.Values.Set("cost", p.Sum.Cost.String())
		f.SetText("reason", p.Sum.Reason)
		if !p.Ready() {
			err = civic.Fail(civic.Conflict, "budgeting.bodies_missing")
		}
	}
	return signView(p), err
}

func (s *Service) signCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ideaPageOf(w, r, "budgeting.sign_title", f)
	if err != nil {
		return nil, err
	}
	p.Said = verdictOf(f)
	p.Said.Points, p.Said.Answers = p.Sum.Points, p.Sum.Answers
	return signCheckView(p), s.BeforeSigning(r.Context(), web.Actor(r), p.ID, p.Said)
}

func (s *Service) sign(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "budgeting.signed"), s.Sign(r.Context(), web.Actor(r), pathID(r), verdictOf(f))
}

// Moderation.

type wordsPage struct {
	page
	ForModerator
	Back string
	By   []ui.Option // rules by which the words may be removed
}

func (s *Service) wordsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	of, err := s.ForModerator(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := wordsPage{page: s.pageOf(w, r, web.L(r).T("budgeting.words_title")), ForModerator: of, Back: cmp.Or(f.Value(moderation.BackName), r.URL.Query().Get(moderation.BackName))}
	p.Form, p.NoIndex, p.By = f, true, s.city.Moderation.RuleOptions(p.Page, moderation.Words)
	p.Crumbs = []ui.Link{{Text: p.T("moderation.title"), Path: moderation.Path}}
	return wordsView(p), nil
}

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return moderation.CarryOut(f, Path(pathID(r)), moderation.Decided{Shown: "budgeting.decided_shown", Removed: "budgeting.decided_removed"},
		func(c moderation.Choice) error { return s.Decide(r.Context(), web.Actor(r), pathID(r), c) },
		func(c moderation.Choice) error { return s.Uphold(r.Context(), web.Actor(r), pathID(r), c) })
}
