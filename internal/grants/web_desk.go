package grants

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/review"
)

type deskPage struct {
	page
	Calls []Worked
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskPage{page: s.page(w, r, web.L(r).T("grants.nav_desk"))}
	p.NoIndex = true
	if p.Calls, err = s.Desk(r.Context(), p.Actor); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

type draftPage struct {
	page
	ID      civic.ID // of the draft that is changed; "": a new one
	Action  string
	Funders []ui.Option
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := draftPage{page: s.page(w, r, web.L(r).T("grants.new_title")), Action: desk + "/new"}
	p.Form, p.NoIndex = f, true
	p.Crumbs = []ui.Link{{Text: p.T("grants.nav_desk"), Path: desk}}
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		ids := funders(p.Actor)
		if ids == nil {
			bodies, err := s.city.Organisations.Bodies(tx)
			for _, b := range bodies {
				ids = append(ids, b.ID)
			}
			if err != nil {
				return err
			}
		}
		names, err := s.city.Organisations.Named(tx, ids)
		for _, id := range ids {
			if of, public := names[id]; public {
				label, lang := p.Words(of.Name)
				p.Funders = append(p.Funders, ui.Option{Value: string(id), Label: label, Lang: lang})
			}
		}
		return err
	})
	if !f.Sent {
		for name, value := range map[string]string{"kind": string(Grant), "own": "0", "opens_time": "09:00", "closes_time": "18:00", "grace": "30", "readers": "3", "scale": "5", "quorum": strconv.Itoa(int(s.city.Settings.Value("review.quorum"))), "pass": "0", "rule.no_debt": "yes", "rule.filed": "1"} {
			f.Values.Set(name, value)
		}
		if len(p.Funders) > 0 {
			f.Values.Set("funder", p.Funders[0].Value)
		}
	}
	return draftView(p), err
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	run, err := s.runPage(w, r, "grants.edit", f)
	if err == nil && run.State != Draft {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	c := run.Call
	p := draftPage{page: run.page, ID: c.ID, Action: deskPath(c.ID) + "/edit"}
	if !f.Sent {
		f.SetText("title", c.Title)
		f.SetText("about", c.About)
		for name, value := range map[string]string{"kind": string(c.Kind), "money": c.Money.String(), "most": c.Most.String(), "own": strconv.Itoa(c.Own), "grace": strconv.Itoa(int(c.Grace.Minutes())),
			"readers": strconv.Itoa(c.Rubric.Readers), "scale": strconv.FormatInt(c.Rubric.Scale, 10), "quorum": strconv.Itoa(c.Rubric.Quorum), "pass": strconv.FormatFloat(float64(c.Rubric.Pass)/100, 'f', -1, 64), "district": c.District, "theme": c.Theme} {
			f.Values.Set(name, value)
		}
		for name, at := range map[string]time.Time{"opens": c.Opens, "closes": c.Closes} {
			f.Values.Set(name+"_day", s.today(at).Format(time.DateOnly))
			f.Values.Set(name+"_time", s.today(at).Format("15:04"))
		}
		if c.Anonymous {
			f.Values.Set("anonymous", "yes")
		}
		for _, rule := range c.Rules {
			switch rule.Kind {
			case LegalForm, Theme, District:
				f.Values["rule."+string(rule.Kind)] = rule.Codes
			case NoDebt:
				f.Values.Set("rule.no_debt", "yes")
			default:
				f.Values.Set("rule."+string(rule.Kind), strconv.Itoa(rule.Years))
			}
		}
	}
	return draftView(p), nil
}

// typedCall reads a call as it was typed; what cannot be read is wrong in check.
func (s *Service) typedCall(f ui.Form) (c Call, err error) {
	c = Call{Funder: civic.ID(f.Value("funder")), Kind: CallKind(f.Value("kind")), Title: f.Text("title"), About: f.Text("about"), Own: f.Whole("own"), Anonymous: f.Value("anonymous") != "",
		Rubric: review.Rubric{Scale: int64(f.Whole("scale")), Readers: f.Whole("readers"), Quorum: f.Whole("quorum")}}
	if c.Rubric.Quorum == 0 { // 0 would be that of the city
		c.Rubric.Quorum = -1
	}
	c.Money, _ = civic.ParseMoney(f.Value("money"))
	c.Most, _ = civic.ParseMoney(f.Value("most"))
	pass, err := strconv.ParseFloat(strings.ReplaceAll(f.Value("pass"), ",", "."), 64)
	if err != nil || pass < 0 || pass > maxScale {
		pass = -1
	}
	c.Rubric.Pass = int64(pass * 100)
	c.Opens, c.Closes = s.typedTime(f, "opens"), s.typedTime(f, "closes")
	c.Grace = time.Duration(f.Whole("grace")) * time.Minute
	if d, known := s.city.Settings.Current().District(f.Value("district")); known {
		c.District = d.Code
	}
	if slices.ContainsFunc(organisations.Themes(), func(t organisations.Code) bool { return t.Code == f.Value("theme") }) {
		c.Theme = f.Value("theme")
	}
	for kind, known := range map[RuleKind][]organisations.Code{LegalForm: organisations.Forms(), Theme: organisations.Themes(), District: districtCodes(s.city.Settings.Current())} {
		rule := Rule{Kind: kind}
		for _, code := range known {
			if f.Chosen("rule."+string(kind), code.Code) {
				rule.Codes = append(rule.Codes, code.Code)
			}
		}
		if len(rule.Codes) > 0 {
			c.Rules = append(c.Rules, rule)
		}
	}
	var problems civic.Problems
	for _, kind := range []RuleKind{AtLeast, Filed} {
		switch years := f.Whole("rule." + string(kind)); {
		case f.Value("rule."+string(kind)) == "" || years == 0:
		case years < 0 || years > 30:
			problems.Add("rule."+string(kind), "grants.years_wrong")
		default:
			c.Rules = append(c.Rules, Rule{Kind: kind, Years: years})
		}
	}
	if f.Value("rule.no_debt") != "" {
		c.Rules = append(c.Rules, Rule{Kind: NoDebt})
	}
	slices.SortFunc(c.Rules, func(a, b Rule) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return c, problems.Err()
}

func districtCodes(c *city.Settings) (out []organisations.Code) {
	for _, d := range c.Districts {
		out = append(out, organisations.Code{Code: d.Code, Name: d.Name})
	}
	return out
}

// typedTime reads a day and a time to the minute in the city's zone; zero: it is none.
func (s *Service) typedTime(f ui.Form, name string) time.Time {
	at, _ := time.ParseInLocation("2006-01-02 15:04", f.Value(name+"_day")+" "+strings.TrimSpace(f.Value(name+"_time")), s.city.Settings.Zone())
	return at
}

func (s *Service) keep(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c, err := s.typedCall(f)
	if err != nil {
		return web.Next{}, err
	}
	if c.ID = pathID(r); c.ID != "" {
		v, err := s.Show(r.Context(), web.Actor(r), c.ID)
		if err != nil {
			return web.Next{}, err
		}
		c.Funder = v.Call.Funder
	}
	id, err := s.Keep(r.Context(), web.Actor(r), c)
	return web.Done(deskPath(id), "grants.saved"), err
}

type runPage struct {
	page
	Running
}

// runPage is what the pages of the work on one call share. Permission: MayRun.
func (s *Service) runPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p runPage, err error) {
	v, err := s.ShowRunning(r.Context(), web.Actor(r), pathID(r))
	p = runPage{s.page(w, r, ""), v}
	if f.Values != nil {
		p.Form = f
	}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("grants.nav_desk"), Path: desk}}
	if p.SetName(v.Title); title != "" {
		p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(pathID(r)), v.Title))
		p.SetTitle(title)
	}
	return p, err
}

func (s *Service) showRunning(w http.ResponseWriter, r *http.Request) error {
	p, err := s.runPage(w, r, "", ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, runView(p))
}

// draftOnly is a page of something that is written while the call is a draft.
func (s *Service) draftOnly(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (runPage, error) {
	p, err := s.runPage(w, r, title, f)
	if err == nil && p.State != Draft {
		err = notNow()
	}
	return p, err
}

func (s *Service) criteriaPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.draftOnly(w, r, "grants.criteria", f)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		f.Values.Set("weight", "1")
	}
	return criteriaView(p), nil
}

func (s *Service) addCriterion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	k := review.Criterion{Label: f.Text("label"), Zero: f.Text("zero"), Full: f.Text("full"), Weight: int64(f.Whole("weight"))}
	return web.Done(deskPath(pathID(r))+"/criteria", "grants.saved"), s.AddCriterion(r.Context(), web.Actor(r), pathID(r), k)
}

func (s *Service) dropCriterion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r))+"/criteria", "grants.dropped"), s.DropCriterion(r.Context(), web.Actor(r), pathID(r), f.Value("key"))
}

func (s *Service) questionsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.draftOnly(w, r, "grants.questions", f)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		f.Values.Set("sort", string(questions.Words))
	}
	return questionsView(p), nil
}

// knownOptions are the answers that an organisation may have given already.
func knownOptions(p ui.Page) []ui.Option {
	out := []ui.Option{{Label: p.T("grants.known_none")}}
	for _, k := range knowns() {
		out = append(out, ui.Option{Value: k, Label: p.T("grants.known_" + k)})
	}
	return out
}

func (s *Service) addQuestion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	q := questions.Typed(f)
	q.Known = f.Value("known")
	if !slices.Contains(append(questions.Sorts(), moreSorts()...), q.Sort) {
		return web.Next{}, civic.Wrong("sort", "grants.choose")
	}
	return web.Done(deskPath(pathID(r))+"/questions", "grants.saved"), s.AddQuestion(r.Context(), web.Actor(r), pathID(r), q)
}

func (s *Service) dropQuestion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r))+"/questions", "grants.dropped"), s.DropQuestion(r.Context(), web.Actor(r), pathID(r), f.Value("key"))
}

func (s *Service) announceCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.draftOnly(w, r, "grants.announce", f)
	if err == nil {
		err = p.ready(p.Now, Terms{OpenDays: s.value("open_days")})
	}
	return announceView(p), err
}

func (s *Service) announce(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "grants.announced"), s.Announce(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) cancelPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.runPage(w, r, "grants.cancel", f)
	if err == nil && p.State != Announced && p.State != Reading {
		err = notNow()
	}
	return cancelView(p), err
}

func (s *Service) cancelCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.runPage(w, r, "grants.cancel", f)
	if err == nil {
		var problems civic.Problems
		problems.OfficialAtMost("reasons", f.Text("reasons"), maxWords)
		err = problems.Err()
	}
	return cancelCheckView(p), err
}

func (s *Service) cancel(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "grants.cancelled"), s.Cancel(r.Context(), web.Actor(r), pathID(r), f.Text("reasons"))
}

// handedPage is a page about an application for those who run its call.
func (s *Service) handedPage(w http.ResponseWriter, r *http.Request, f ui.Form) (p ownPage, err error) {
	o, err := s.ShowRun(r.Context(), web.Actor(r), applicationID(r))
	if err == nil && o.Call != pathID(r) {
		err = notThere()
	}
	if err != nil {
		return p, err
	}
	p = ownPage{page: s.page(w, r, ""), Own: o}
	p.Form, p.NoIndex = f, true
	p.Crumbs = []ui.Link{{Text: p.T("grants.nav_desk"), Path: desk}, p.LinkTo(deskPath(o.Call), o.Of.Title)}
	p.SetTitle("grants.application_no", "Code", o.Code())
	return p, nil
}

func (s *Service) checkPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.handedPage(w, r, f)
	return checkView(p), err
}

func (s *Service) objectionPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.handedPage(w, r, f)
	if err == nil && p.Objected == nil {
		err = notThere()
	}
	if err == nil && !p.Objected.AnsweredAt.IsZero() {
		err = civic.Fail(civic.Conflict, "review.answered_already")
	}
	return objectionView(p), err
}

func (s *Service) answerObjection(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	upheld := f.Value("upheld")
	if upheld != "yes" && upheld != "no" {
		return web.Next{}, civic.Wrong("upheld", "review.choose")
	}
	return web.Done(deskPath(pathID(r)), "review.answered"), s.AnswerObjection(r.Context(), web.Actor(r), applicationID(r), upheld == "yes", f.Text("answer"))
}

func (s *Service) fundPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.handedPage(w, r, f)
	if err == nil && p.State != Reserve {
		err = notNow()
	}
	return fundView(p), err
}

func (s *Service) fund(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "grants.reserve_funded"), s.FundReserve(r.Context(), web.Actor(r), applicationID(r), f.Text("why"))
}

func (s *Service) check(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "grants.checked"), s.Check(r.Context(), web.Actor(r), applicationID(r), State(f.Value("find")), f.Text("words"))
}
