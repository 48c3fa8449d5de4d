package projects

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type deskListPage struct {
	page
	Items []Listed
	Waits map[civic.ID]string // what each waits for
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskListPage{page: s.pageOf(w, r, "projects.nav_desk", ui.Form{}), Waits: map[civic.ID]string{}}
	p.Lede, p.NoIndex, p.Crumbs = p.T("projects.nav_desk_lede"), true, nil
	if p.Items, err = s.Desk(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	now := s.city.DB.Now()
	for _, l := range p.Items {
		if what, _, _, waits := s.waiting(l, p.Actor, now, now.In(p.L.Zone()).Format("2006-01-02")); waits {
			p.Waits[l.ID] = p.T("projects.waits_" + what)
		}
	}
	return web.Render(w, r, http.StatusOK, deskListView(p))
}

type deskPage struct {
	page
	View
	What  string
	Item  civic.ID // the line, gift, indicator or update that a form is about
	Seen  int      // the version of the agreement that the reader has seen
	Own   []ui.Option
	All   []ui.Option // bodies
	Areas []ui.Option
}

func (s *Service) deskPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (deskPage, error) {
	p := deskPage{page: s.pageOf(w, r, "projects.nav_desk", f)}
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err == nil && len(v.Sides) == 0 && !p.Actor.Has(civic.Administrator) {
		err = notYours()
	}
	p.View, p.Seen, p.NoIndex = v, v.Agreement().No, true
	p.SetName(v.Title)
	p.Crumbs = []ui.Link{{Text: p.T("projects.nav_desk"), Path: deskRoot}}
	return p, err
}

func (s *Service) deskPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPageOf(w, r, f)
	return deskView(p), err
}

// has reports whether the reader speaks for a side with one of the roles.
func (p deskPage) has(roles ...Role) bool {
	_, there := p.side(p.Actor, roles...)
	return there
}

// possible says of each form whether the reader can send it now.
func (p deskPage) possible(what string) bool {
	going := p.State == Agreed || p.State == Running
	switch what {
	case "edit", "plan", "promise", "aim":
		return p.State == Draft && p.has(signing...)
	case "sign":
		return p.State == Draft && slices.ContainsFunc(p.Sides, func(of Partner) bool { return of.Role.Signs() && !hasSigned(p.Agreement().Signed, of.Organisation) })
	case "start":
		return p.State == Agreed && p.has(leaders...)
	case "finish":
		return p.State == Running && p.has(leaders...) && p.Reached == p.Steps
	case "stop":
		return going && p.has(leaders...)
	case "look":
		return p.State == Done && p.has(leaders...) && !p.View.Now.Before(p.LookBy)
	case "change", "refuse":
		return going && p.has(signing...)
	case "lock":
		return going && p.has(Agency) && len(p.Goals) > 0
	}
	return going
}

// mayAgree reports whether a side for which the reader speaks has still to agree to a change.
func (p deskPage) mayAgree(c Change) bool {
	missing := p.missing(c.Agreed)
	return p.possible("change") && slices.ContainsFunc(p.Sides, func(of Partner) bool { return slices.Contains(missing, of.Organisation) })
}

// mayConfirm reports whether the reader says a word on what another has stated.
func (p deskPage) mayConfirm(stated civic.ID, so Review) bool {
	return so == Pending && !speaks(p.Actor, stated) && p.has(signing...)
}

// line finds a line; the zero value when there is none.
func (p deskPage) line(id civic.ID) Line {
	for _, l := range p.Lines {
		if l.ID == id {
			return l
		}
	}
	return Line{}
}

// goal finds an indicator, by its id or that of one of its updates.
func (p deskPage) goal(id civic.ID) Indicator {
	for _, i := range p.Goals {
		if i.ID == id || slices.ContainsFunc(i.Updates, func(u Update) bool { return u.ID == id }) {
			return i
		}
	}
	return Indicator{}
}

// formPage is the page of one of the desk's forms.
func (s *Service) formPage(what string) web.Show {
	return func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
		p, err := s.deskPageOf(w, r, f)
		if err == nil && !f.Sent && !p.possible(what) {
			err = notNow()
		}
		if err != nil {
			return nil, err
		}
		p.What, p.Item = what, item(r)
		switch {
		case what == "give" && p.line(p.Item).ID == "", (what == "measure" || what == "back") && p.goal(p.Item).ID == "",
			what == "refuse" && !slices.ContainsFunc(p.Changes, func(c Change) bool { return c.ID == p.Item && c.Open() }),
			what == "return" && !slices.ContainsFunc(p.Given, func(g Given) bool { return g.ID == p.Item }):
			return nil, notThere()
		}
		p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(p.ID), p.View.Title))
		p.SetTitle("projects.do_" + what)
		return formView(p), nil
	}
}

// action is where the form is sent.
func (p deskPage) action() string {
	if p.Item != "" {
		return deskPath(p.ID) + "/" + p.What + "/" + string(p.Item)
	}
	return deskPath(p.ID) + "/" + p.What
}

// sideOptions are the partners.
func (p deskPage) sideOptions() []ui.Option {
	out := []ui.Option{{Label: p.T("projects.choose_one")}}
	for _, of := range p.Partners {
		words, lang := p.Words(p.name(of.Organisation))
		out = append(out, ui.Option{Value: string(of.Organisation), Label: words, Lang: lang})
	}
	return out
}

func (p deskPage) codes(prefix string, codes ...string) []ui.Option {
	out := []ui.Option{{Label: p.T("projects.choose_one")}}
	for _, c := range codes {
		out = append(out, ui.Option{Value: c, Label: p.T(prefix + c)})
	}
	return out
}

// targets are what a change can be about: the project's end, its milestones, what its sides give.
func (p deskPage) targets() []ui.Option {
	out := []ui.Option{{Label: p.T("projects.target_project")}}
	for _, m := range p.Milestones {
		words, lang := p.Words(m.Name)
		out = append(out, ui.Option{Value: string(m.ID), Label: words, Lang: lang})
	}
	for _, l := range p.Lines {
		words, lang := p.Words(l.What)
		out = append(out, ui.Option{Value: string(l.ID), Label: words, Lang: lang})
	}
	return out
}

// The form in which a project is written.

func (s *Service) fillWrite(r *http.Request, p *deskPage) error {
	p.Areas = p.City.DistrictOptions(p.Page, "projects.whole_city")
	p.Own, p.All = []ui.Option{{Label: p.T("projects.choose_one")}}, []ui.Option{{Label: p.T("projects.choose_one")}}
	return s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		own, err := s.city.Organisations.Named(tx, p.Actor.Scopes(civic.Representative))
		for _, id := range p.Actor.Scopes(civic.Representative) {
			if o, there := own[id]; there {
				words, lang := p.Words(o.Name)
				p.Own = append(p.Own, ui.Option{Value: string(id), Label: words, Lang: lang})
			}
		}
		if err != nil {
			return err
		}
		bodies, err := s.city.Organisations.Bodies(tx)
		for _, b := range bodies {
			words, lang := p.Words(b.Name)
			p.All = append(p.All, ui.Option{Value: string(b.ID), Label: words, Lang: lang})
		}
		return err
	})
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := deskPage{page: s.pageOf(w, r, "projects.new", f), What: "new"}
	p.NoIndex, p.Lede = true, p.T("projects.new_lede")
	p.Crumbs = []ui.Link{{Text: p.T("projects.nav_desk"), Path: deskRoot}}
	err := s.fillWrite(r, &p)
	return writeView(p), err
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPageOf(w, r, f)
	if err == nil && !f.Sent && !p.possible("edit") {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		v := p.Form.Values
		for name, text := range map[string]civic.Text{"title": p.View.Title, "problem": p.Problem, "goal": p.Goal, "whom": p.Whom, "agreement": p.Agreement().Text} {
			p.Form.SetText(name, text)
		}
		for name, value := range map[string]string{"starts": p.Starts, "ends": p.Ends, "district": p.District, "theme": p.Theme, "lead": string(p.As(Lead).Organisation), "agency": string(p.As(Agency).Organisation), "version": strconv.Itoa(p.Seen)} {
			v.Set(name, value)
		}
		for _, role := range []Role{Sponsor, Helper} {
			var lines []string
			for _, of := range p.Partners {
				if of.Role == role {
					lines = append(lines, organisations.PathOf(of.Organisation))
				}
			}
			v.Set(string(role), strings.Join(lines, "\n"))
		}
		var evidence []string
		for _, e := range p.Project.Evidence {
			evidence = append(evidence, cmp.Or(e.Page, e.Of.String()))
		}
		v.Set("evidence", strings.Join(evidence, "\n"))
	}
	p.What = "edit"
	p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(p.ID), p.View.Title))
	p.SetTitle("projects.do_edit")
	err = s.fillWrite(r, &p)
	return writeView(p), err
}

// linesIn are the lines of a field that say something.
func linesIn(f ui.Form, field string) (out []string) {
	for line := range strings.Lines(f.Value(field)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// organisationIn reads the address of an organisation's page in the register, or the end of it.
func organisationIn(typed string) civic.ID {
	typed = strings.TrimRight(strings.TrimSpace(typed), "/")
	return civic.ID(typed[strings.LastIndexByte(typed, '/')+1:])
}

// writtenIn reads the form.
func writtenIn(f ui.Form) Written {
	w := Written{Project: Project{Title: f.Text("title"), Problem: f.Text("problem"), Goal: f.Text("goal"), Whom: f.Text("whom"), Starts: strings.TrimSpace(f.Value("starts")), Ends: strings.TrimSpace(f.Value("ends")),
		Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")}}, Agreement: f.Text("agreement")}
	add := func(role Role, typed string) {
		if id := organisationIn(typed); id != "" {
			w.Partners = append(w.Partners, Partner{id, role})
		}
	}
	add(Lead, f.Value("lead"))
	add(Agency, f.Value("agency"))
	for _, role := range []Role{Sponsor, Helper} {
		for _, line := range linesIn(f, string(role)) {
			add(role, line)
		}
	}
	for _, line := range linesIn(f, "evidence") {
		e := Evidence{Page: line}
		if ref, ok := civic.ParseRef(line); ok && !strings.HasPrefix(line, "https:") {
			e = Evidence{Of: ref}
		}
		w.Evidence = append(w.Evidence, e)
	}
	return w
}

func (s *Service) write(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Write(r.Context(), web.Actor(r), writtenIn(f))
	return web.Done(deskPath(id), "projects.done_new"), err
}

func (s *Service) rewrite(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "edit"), s.Rewrite(r.Context(), web.Actor(r), pathID(r), f.Whole("version"), writtenIn(f))
}

func back(r *http.Request, what string) web.Next {
	return web.Done(deskPath(pathID(r)), "projects.done_"+what)
}

func (s *Service) plan(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "plan"), s.Plan(r.Context(), web.Actor(r), pathID(r), Milestone{Name: f.Text("name"), Due: strings.TrimSpace(f.Value("due"))})
}

// count reads a whole number that may be larger than a form's usual ones; -1 for what is none.
func count(f ui.Form, field string) int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(f.Value(field)), " ", ""), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (s *Service) promise(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	rate, _ := civic.ParseMoney(f.Value("rate")) // what is no amount is 0, which is refused with the words for that
	return back(r, "promise"), s.Promise(r.Context(), web.Actor(r), pathID(r), Line{Giver: civic.ID(f.Value("giver")), Sort: Sort(f.Value("sort")), What: f.Text("what"), Unit: f.Text("unit"), Amount: count(f, "amount"), Rate: rate, Source: f.Value("source")})
}

// figure reads a plain number, or "numerator/denominator".
func figure(f ui.Form, field string) Figure {
	above, below, share := strings.Cut(f.Value(field), "/")
	number := func(s string) int64 {
		n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(s), " ", ""), 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	if !share {
		return Figure{number(above), 0}
	}
	return Figure{number(above), number(below)}
}

func (s *Service) aim(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "aim"), s.Aim(r.Context(), web.Actor(r), pathID(r), Indicator{Result: f.Text("result"), Name: f.Text("name"), Unit: f.Text("unit"), How: f.Text("how"), By: civic.ID(f.Value("by")),
		Percent: f.Value("percent") == "yes", Cumulative: f.Value("cumulative") == "yes", Baseline: figure(f, "baseline"), Target: figure(f, "target")})
}

func (s *Service) signCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPageOf(w, r, f)
	if err == nil && !p.possible("sign") {
		err = notNow()
	}
	p.SetTitle("projects.do_sign")
	return signView(p), err
}

func (s *Service) sign(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "sign"), s.SignIt(r.Context(), web.Actor(r), pathID(r), f.Whole("version"))
}

func (s *Service) start(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return back(r, "start"), s.Start(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) finishCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPageOf(w, r, f)
	if err == nil && !p.possible("finish") {
		err = notNow()
	}
	p.SetTitle("projects.do_finish")
	return finishView(p), err
}

func (s *Service) finish(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return back(r, "finish"), s.Finish(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) stop(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "stop"), s.Stop(r.Context(), web.Actor(r), pathID(r), f.Text("why"))
}

func (s *Service) look(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "look"), s.LookBack(r.Context(), web.Actor(r), pathID(r), f.Text("lesson"))
}

func (s *Service) change(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c := Change{Kind: ChangeKind(f.Value("kind")), Target: civic.ID(f.Value("target")), NewGoal: f.Text("goal"), Why: f.Text("why"), New: f.Value("day")}
	if c.Kind == Value {
		c.New = strings.ReplaceAll(f.Value("amount"), " ", "")
	}
	return back(r, "change"), s.Change(r.Context(), web.Actor(r), pathID(r), c)
}

func (s *Service) agreeTo(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return back(r, "agree"), s.Agree(r.Context(), web.Actor(r), pathID(r), item(r))
}

func (s *Service) refuse(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "refuse"), s.Refuse(r.Context(), web.Actor(r), pathID(r), item(r), f.Text("why"))
}

func (s *Service) lock(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "lock"), s.Lock(r.Context(), web.Actor(r), pathID(r), strings.TrimSpace(f.Value("day")))
}

func (s *Service) give(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "give"), s.Give(r.Context(), web.Actor(r), pathID(r), item(r), Given{Amount: count(f, "amount"), Paper: f.Value("paper")})
}

func (s *Service) confirm(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return back(r, "confirm"), s.Confirm(r.Context(), web.Actor(r), pathID(r), item(r), true, nil)
}

func (s *Service) sendBack(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "return"), s.Confirm(r.Context(), web.Actor(r), pathID(r), item(r), false, f.Text("note"))
}

func (s *Service) measure(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "measure"), s.Measure(r.Context(), web.Actor(r), pathID(r), item(r), Update{Day: strings.TrimSpace(f.Value("day")), Figure: figure(f, "figure"), Words: f.Text("words"), Evidence: f.Value("evidence")})
}

func (s *Service) approve(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return back(r, "approve"), s.Review(r.Context(), web.Actor(r), pathID(r), item(r), true, nil)
}

func (s *Service) giveBack(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "back"), s.Review(r.Context(), web.Actor(r), pathID(r), item(r), false, f.Text("note"))
}

// milestoneForm is the page of the lead's or the agency's word on a milestone.
func (s *Service) milestoneForm(what string) web.Show {
	return func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
		p, err := s.milestonePageOf(w, r, f)
		if err != nil {
			return nil, err
		}
		role, may := Lead, p.Milestone.mayClaim()
		if what == "judge" {
			role, may = Agency, p.Milestone.mayJudge()
		}
		switch _, there := p.side(p.Actor, role); {
		case !there:
			return nil, notYours()
		case !f.Sent && (!may || p.State != Running):
			return nil, notNow()
		}
		p.NoIndex = true
		p.Crumbs = append(p.Crumbs, p.LinkTo(MilestonePath(p.Milestone.ID), p.Milestone.Name))
		p.SetTitle("projects.do_" + what)
		if what == "judge" {
			return judgeView(p), nil
		}
		return claimView(p), nil
	}
}

func (s *Service) claim(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(MilestonePath(pathID(r)), "projects.done_claim"), s.Claim(r.Context(), web.Actor(r), pathID(r), f.Text("words"), linesIn(f, "evidence"))
}

func (s *Service) judge(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(MilestonePath(pathID(r)), "projects.done_judge"), s.Judge(r.Context(), web.Actor(r), pathID(r), Judgement(f.Value("judgement")), f.Text("reason"))
}

// judgementOptions are what the agency can say.
func (p milestonePage) judgementOptions() (out []ui.Option) {
	for _, j := range Judgements() {
		out = append(out, ui.Option{Value: string(j), Label: p.T("projects.judgement_" + string(j))})
	}
	return out
}

// Moderators.

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
	p := wordsPage{page: s.pageOf(w, r, "projects.words_title", f), ForModerator: of, Back: cmp.Or(f.Value(moderation.BackName), r.URL.Query().Get(moderation.BackName))}
	p.NoIndex, p.By = true, s.city.Moderation.RuleOptions(p.Page, moderation.Words)
	p.Crumbs = []ui.Link{{Text: p.T("moderation.title"), Path: moderation.Path}}
	return wordsView(p), nil
}

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return moderation.CarryOut(f, wordPath(pathID(r)), moderation.Decided{Shown: "projects.decided_shown", Removed: "projects.decided_removed"},
		func(c moderation.Choice) error { return s.Decide(r.Context(), web.Actor(r), pathID(r), c) },
		func(c moderation.Choice) error { return s.Uphold(r.Context(), web.Actor(r), pathID(r), c) })
}
