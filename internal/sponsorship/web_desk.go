package sponsorship

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// work begins a page of the desk.
func (s *Service) workPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) page {
	p := s.page(w, r, web.L(r).T(title), f)
	p.NoIndex = true
	if title != "sponsorship.nav_desk" {
		p.Crumbs = []ui.Link{{Text: p.T("sponsorship.nav_desk"), Path: desk}}
	}
	return p
}

type deskPage struct {
	page
	Work
	Of map[civic.ID]organisations.Named // of lines
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskPage{page: s.workPage(w, r, "sponsorship.nav_desk", ui.Form{})}
	p.Lede = p.T("sponsorship.nav_desk_lede")
	if p.Work, err = s.Work(r.Context(), p.Actor, ""); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

type formPage struct {
	page
	ID            civic.ID
	Organisations []ui.Option
}

// speakers are the organisations for which the actor may act, as options.
func (s *Service) speakers(r *http.Request, p ui.Page) (out []ui.Option, err error) {
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		ids := p.Actor.Scopes(civic.Representative)
		if p.Actor.Has(civic.Administrator) {
			all, err := ofOrganisations(tx, nil, mostCampaigns)
			if err != nil {
				return err
			}
			for _, c := range all {
				ids = append(ids, c.Organisation)
			}
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
		names, err := s.city.Organisations.Named(tx, ids)
		for _, id := range ids {
			if n, public := names[id]; public {
				words, lang := p.Words(n.Name)
				out = append(out, ui.Option{Value: string(id), Label: words, Lang: lang})
			}
		}
		return err
	})
	return out, err
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := formPage{page: s.workPage(w, r, "sponsorship.new", f)}
	p.Lede = p.T("sponsorship.new_lede")
	all, err := s.speakers(r, p.Page)
	p.Organisations = append([]ui.Option{{Label: p.T("sponsorship.choose_one")}}, all...)
	return editView(p), err
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.Run(r.Context(), web.Actor(r), pathID(r))
	if err == nil && v.State != Draft {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	p := formPage{page: s.workPage(w, r, "sponsorship.edit", f), ID: v.ID}
	p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(v.ID), v.Title))
	if !f.Sent {
		for name, t := range map[string]civic.Text{"title": v.Title, "about": v.About, "left_over": v.LeftOver, "thanks": v.Thanks, "clause": v.Clause} {
			f.SetText(name, t)
		}
		for name, text := range map[string]string{"keep": string(v.Keep), "district": v.District, "theme": v.Theme, "place": v.Place, "receiver": v.Pay.Receiver, "iban": grouped(v.Pay.IBAN), "bank": v.Pay.Bank,
			"ends": v.Ends.In(s.city.Settings.Zone()).Format(time.DateOnly), "required": typed(v.Lines, true), "wished": typed(v.Lines, false)} {
			f.Values.Set(name, text)
		}
	}
	return editView(p), nil
}

// typed is a budget as it was typed.
func typed(lines []Line, required bool) string {
	var b strings.Builder
	for _, l := range lines {
		if l.Required == required {
			b.WriteString(l.Amount.String() + "; " + l.What + "\n")
		}
	}
	return b.String()
}

func (s *Service) keep(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c := Campaign{ID: pathID(r), Organisation: civic.ID(f.Value("organisation")), Title: f.Text("title"), About: f.Text("about"), Keep: Keep(f.Value("keep")), Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")},
		Place: f.Value("place"), Pay: Payee{f.Value("receiver"), f.Value("iban"), f.Value("bank")}, LeftOver: f.Text("left_over"), Thanks: f.Text("thanks"), Clause: f.Text("clause"),
		Lines: append(readLines(f.Value("required"), true), readLines(f.Value("wished"), false)...)}
	if day := f.Day("ends", s.city.Settings.Zone()); !day.IsZero() {
		c.Ends = civic.EndOf(day)
	}
	if c.ID != "" {
		v, err := s.Run(r.Context(), web.Actor(r), c.ID)
		if err != nil {
			return web.Next{}, err
		}
		c.Organisation = v.Organisation
	}
	id, err := s.Keep(r.Context(), web.Actor(r), c)
	return web.Done(deskPath(id), "sponsorship.kept"), err
}

type runPage struct {
	page
	RunView
}

func (s *Service) runPage(w http.ResponseWriter, r *http.Request, f ui.Form, title string) (runPage, error) {
	v, err := s.Run(r.Context(), web.Actor(r), pathID(r))
	p := runPage{s.workPage(w, r, "sponsorship.campaign", f), v}
	if p.SetName(v.Title); title != "" {
		p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(v.ID), v.Title))
		p.SetTitle(title)
	}
	return p, err
}

func (s *Service) showRun(w http.ResponseWriter, r *http.Request) error {
	p, err := s.runPage(w, r, ui.Form{}, "")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, runView(p))
}

func (s *Service) sendCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.runPage(w, r, f, "sponsorship.send")
	if err == nil && p.State != Draft {
		err = notNow()
	}
	return sendView(p), err
}

func (s *Service) send(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "sponsorship.sent"), s.Send(r.Context(), web.Actor(r), pathID(r))
}

type decidePage struct {
	page
	ForModerator
	Back    string
	Options []ui.Option
}

func (s *Service) decidePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	of, err := s.ForModerator(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := decidePage{page: s.workPage(w, r, "sponsorship.decide_title", f), ForModerator: of, Back: cmp.Or(f.Value(moderation.BackName), r.URL.Query().Get(moderation.BackName))}
	p.Options = s.city.Moderation.RuleOptions(p.Page, moderation.Words)
	return decideView(p), nil
}

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return moderation.CarryOut(f, desk, moderation.Decided{Shown: "sponsorship.decided_opened", Removed: "sponsorship.decided_refused"},
		func(c moderation.Choice) error { return s.Decide(r.Context(), web.Actor(r), pathID(r), c) },
		func(c moderation.Choice) error { return s.Uphold(r.Context(), web.Actor(r), pathID(r), c) })
}

func (s *Service) closePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.runPage(w, r, f, "sponsorship.close")
	if err == nil && p.State != Running {
		err = notNow()
	}
	return closeView(p), err
}

func (s *Service) closeCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.runPage(w, r, f, "sponsorship.close")
	if err != nil {
		return nil, err
	}
	var wrong civic.Problems
	wrong.OfficialAtMost("report", f.Text("report"), maxWords)
	return closeCheckView(p), wrong.Err()
}

func (s *Service) close(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "sponsorship.is_closed"), s.Close(r.Context(), web.Actor(r), pathID(r), f.Text("report"))
}

type statementsPage struct {
	page
	Of civic.ID
	Work
	Organisations, IBANs []ui.Option
}

// statementsPage takes a statement of one organisation, the first where the address names none.
func (s *Service) statementsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := statementsPage{page: s.workPage(w, r, "sponsorship.statements", f), Of: civic.ID(cmp.Or(f.Value("of"), r.URL.Query().Get("of")))}
	p.Lede = p.T("sponsorship.statements_lede")
	var err error
	if p.Organisations, err = s.speakers(r, p.Page); err != nil {
		return nil, err
	}
	if p.Of == "" && len(p.Organisations) > 0 {
		p.Of = civic.ID(p.Organisations[0].Value)
	}
	if p.Of == "" {
		return statementsView(p), nil
	}
	if p.Work, err = s.Work(r.Context(), p.Actor, p.Of); err != nil {
		return nil, err
	}
	for _, a := range p.Accounts {
		p.IBANs = append(p.IBANs, ui.Option{Value: a, Label: grouped(a)})
	}
	return statementsView(p), nil
}

func (s *Service) importIt(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	file, header, err := r.FormFile("file")
	if err != nil {
		return web.Next{}, civic.Wrong("file", "sponsorship.file_missing")
	}
	data := make([]byte, header.Size) // the route bounds it
	if _, err := io.ReadFull(file, data); err != nil {
		return web.Next{}, err
	}
	of := civic.ID(f.Value("of"))
	done, err := s.Import(r.Context(), web.Actor(r), of, f.Value("iban"), data)
	next := web.Done(statements+"?of="+string(of), "sponsorship.imported")
	if err == nil && done.Fresh == 0 {
		next.Tone, next.Notice = ui.Info, "sponsorship.imported_nothing"
	}
	return next, err
}

type linePage struct {
	page
	LineView
	Said Answer
}

func lineID(r *http.Request) civic.ID { return civic.ID(r.PathValue("line")) }

func (s *Service) linePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.LineOf(r.Context(), web.Actor(r), lineID(r))
	p := linePage{page: s.workPage(w, r, "sponsorship.line", f), LineView: v, Said: answerOf(f)}
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("sponsorship.statements"), Path: statements + "?of=" + string(v.Organisation)})
	if !f.Sent && len(v.Suggestions) > 0 && v.Suggestions[0].Hints[0] == ByCode {
		f.Values.Set("as", string(AsGift)+":"+string(v.Suggestions[0].Gift.ID))
	}
	return lineView(p), err
}

// answerOf reads what was chosen: a meaning, and of what.
func answerOf(f ui.Form) Answer {
	meaning, of, _ := strings.Cut(f.Value("as"), ":")
	return Answer{Meaning(meaning), civic.ID(of), f.Value("what")}
}

// settleCheck asks before a row stands in a public book for ever.
func (s *Service) settleCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.LineOf(r.Context(), web.Actor(r), lineID(r))
	if err != nil {
		return nil, err
	}
	p := linePage{page: s.workPage(w, r, "sponsorship.line", f), LineView: v, Said: answerOf(f)}
	if p.Said.Meaning == AsOther || p.Said.Meaning == ToSend || p.Said.Meaning == AsSent || p.Said.Of == "" {
		return nil, nil
	}
	return settleCheckView(p), nil
}

func (s *Service) settleIt(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(desk, "sponsorship.settled"), s.Settle(r.Context(), web.Actor(r), lineID(r), answerOf(f))
}

func (s *Service) reopen(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(linePath(lineID(r)), "sponsorship.reopened"), s.Reopen(r.Context(), web.Actor(r), lineID(r))
}

type backPage struct {
	page
	Gift Gift
	Of   Campaign
}

func (s *Service) backPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	g, c, err := s.GiftFor(r.Context(), web.Actor(r), giftID(r))
	if err == nil && g.State != Booked {
		err = notNow()
	}
	p := backPage{s.workPage(w, r, "sponsorship.ask_back", f), g, c}
	p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(c.ID), c.Title))
	if !f.Sent {
		f.Values.Set("amount", g.Received.String())
	}
	return backView(p), err
}

func (s *Service) askBack(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	amount, _ := civic.ParseMoney(f.Value("amount")) // none is refused
	g, _, err := s.GiftFor(r.Context(), web.Actor(r), giftID(r))
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(deskPath(g.Campaign), "sponsorship.back_asked"), s.AskBack(r.Context(), web.Actor(r), giftID(r), amount, f.Value("why"))
}
