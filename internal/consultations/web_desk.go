package consultations

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func deskPath(id civic.ID) string { return "/desk/consultations/" + string(id) }

func (s *Service) deskPage(w http.ResponseWriter, r *http.Request, title string) page {
	p := s.newPage(w, r, title)
	p.Crumbs = []ui.Link{{Text: p.T("consultations.desk_title"), Path: "/desk/consultations"}}
	p.NoIndex = true
	return p
}

// underDesk puts a consultation's desk into the breadcrumb of a page below it.
func (p *page) underDesk(c Consultation) {
	p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(c.ID), c.Question))
}

type deskListPage struct {
	page
	Desk
	NextTo string
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	d, err := s.Desk(r.Context(), web.Actor(r), before)
	if err != nil {
		return err
	}
	p := deskListPage{page: s.deskPage(w, r, web.L(r).T("consultations.desk_title")), Desk: d}
	p.Crumbs = nil
	if d.Next != 0 {
		p.NextTo = p.With("before", strconv.FormatInt(d.Next, 10))
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

// fill puts settings into a form. Days are days in the city: the first is open from its
// midnight, the last to its end.
func (s *Service) fill(f ui.Form, set Settings) {
	f.SetText("question", set.Question)
	f.SetText("context", set.Context)
	f.SetText("decision", set.Decision)
	f.SetText("seeds", lines(set.Seeds))
	date := func(field string, t time.Time) {
		if !t.IsZero() {
			f.Values.Set(field, s.city.Settings.DayOf(t))
		}
	}
	date("opens_at", set.OpensAt)
	date("closes_at", lastDay(set.ClosesAt))
	for field, v := range map[string]string{"host": string(set.Host), "body": string(set.Body), "district": set.District, "theme": set.Theme, "point": set.Point, "audience": string(set.Audience), "moderation": string(set.Moderation),
		"statement_max": strconv.Itoa(set.StatementMax), "answer_days": strconv.Itoa(set.AnswerDays)} {
		f.Values.Set(field, v)
	}
}

// lastDay is an instant on the last day that is open.
func lastDay(closes time.Time) time.Time {
	if closes.IsZero() {
		return closes
	}
	return closes.Add(-time.Millisecond)
}

// dayIn reads a day in the city; zero when there is none or it is no day.
func (s *Service) dayIn(text string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, text, s.zone())
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		return time.Time{}
	}
	return t
}

func (s *Service) endOfDay(text string) time.Time {
	t := s.dayIn(text)
	if t.IsZero() {
		return t
	}
	return t.AddDate(0, 0, 1)
}

func (s *Service) readSettings(f ui.Form) Settings {
	number := func(field string) int { n, _ := strconv.Atoi(strings.TrimSpace(f.Value(field))); return n }
	return Settings{Question: f.Text("question"), Context: f.Text("context"), Decision: f.Text("decision"), Host: civic.ID(f.Value("host")), Body: civic.ID(f.Value("body")), Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")}, Point: f.Value("point"),
		Audience: Audience(f.Value("audience")), Moderation: Moderation(f.Value("moderation")), StatementMax: number("statement_max"), AnswerDays: number("answer_days"),
		OpensAt: s.dayIn(f.Value("opens_at")), ClosesAt: s.endOfDay(f.Value("closes_at")), Seeds: byLine(f.Text("seeds"))}
}

// lines writes statements one a line, each language for itself; where a statement lacks it the line
// is empty, so that all stand beside each other.
func lines(seeds []civic.Text) civic.Text {
	out := civic.Text{}
	for _, lang := range civic.Languages() {
		all := make([]string, len(seeds))
		for i, words := range seeds {
			all[i] = words[lang]
		}
		out[lang] = strings.TrimRight(strings.Join(all, "\n"), "\n")
	}
	return out
}

// byLine reads them back: the same line of each language is one statement.
func byLine(text civic.Text) (seeds []civic.Text) {
	for _, lang := range civic.Languages() {
		if text[lang] == "" {
			continue
		}
		for i, line := range strings.Split(text[lang], "\n") {
			if i == len(seeds) {
				seeds = append(seeds, civic.Text{})
			}
			if line = cleanStatement(line); line != "" {
				seeds[i][lang] = line
			}
		}
	}
	return seeds
}

type editPage struct {
	page
	Choices
	ID     civic.ID // "" for a new one
	Action string
}

func (s *Service) newForm(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	ch, err := s.Choices(r.Context(), web.Actor(r))
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		set := s.Defaults()
		set.Host = ch.Hosts[0].ID
		for _, b := range ch.Bodies {
			if b.ID == set.Host {
				set.Body = b.ID
			}
		}
		s.fill(f, set)
	}
	p := editPage{page: s.deskPage(w, r, web.L(r).T("consultations.new_title")), Choices: ch, Action: "/desk/consultations/new"}
	p.Form = f
	return editView(p), nil
}

func (s *Service) create(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if picked, err := s.city.Places.Picked(r, f, "point", ""); picked || err != nil {
		return web.SamePage(w, r, f, s.newForm, err)
	}
	id, err := s.Create(r.Context(), web.Actor(r), s.readSettings(f))
	return web.Done(deskPath(id), "consultations.draft_saved"), err
}

func (s *Service) editForm(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if !f.Sent {
		_, set, err := s.SettingsOf(r.Context(), web.Actor(r), pathID(r))
		if err != nil {
			return nil, err
		}
		s.fill(f, set)
	}
	ch, err := s.ChoicesFor(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := editPage{page: s.deskPage(w, r, web.L(r).T("consultations.edit_title")), Choices: ch, ID: pathID(r), Action: deskPath(pathID(r)) + "/edit"}
	p.Form = f
	return editView(p), nil
}

func (s *Service) update(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if picked, err := s.city.Places.Picked(r, f, "point", ""); picked || err != nil {
		return web.SamePage(w, r, f, s.editForm, err)
	}
	return web.Done(deskPath(pathID(r)), "consultations.draft_saved"), s.Edit(r.Context(), web.Actor(r), pathID(r), s.readSettings(f))
}

type managePage struct {
	page
	View
	Manages, Moderates, Answers bool
	Waiting                     int64
}

func (s *Service) managePage(w http.ResponseWriter, r *http.Request) (templ.Component, error) {
	a := web.Actor(r)
	v, err := s.View(r.Context(), pathID(r), Voter{Actor: a}, 0)
	if err != nil {
		return nil, err
	}
	p := managePage{page: s.deskPage(w, r, ""), View: v, Manages: v.ManagedBy(a), Moderates: v.ModeratedBy(a), Answers: v.AnsweredBy(a)}
	p.SetName(v.Question)
	if !p.Manages && !p.Moderates {
		return nil, forbidden()
	}
	if p.Moderates {
		if p.Waiting, err = s.Unlooked(r.Context(), a, pathID(r)); err != nil {
			return nil, err
		}
	}
	return manageView(p), nil
}

func (s *Service) showManage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.managePage(w, r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, c)
}

func (s *Service) publish(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "consultations.published"), s.Publish(r.Context(), web.Actor(r), pathID(r))
}

// lackingPage answers a draft that lacks something with the form where it can be added.
func (s *Service) lackingPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	c, _, err := s.SettingsOf(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	if c.At(s.db.Now()) != Draft {
		return nil, notNow()
	}
	f.Sent = false
	return s.editForm(w, r, f)
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Next{Path: deskPath(pathID(r)), Tone: ui.Info, Notice: "consultations.withdrawn"}, s.Withdraw(r.Context(), web.Actor(r), pathID(r))
}

// reschedulingPage is the form that extends or closes.
type reschedulingPage struct {
	page
	Consultation
	Extend  bool
	Waiting int64 // statements that no moderator has let in
}

func (s *Service) reschedulingPage(w http.ResponseWriter, r *http.Request, extend bool, f ui.Form) (templ.Component, error) {
	c, _, err := s.SettingsOf(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	if phase := c.At(s.db.Now()); phase != Open && (phase != Planned || !extend) {
		return nil, notNow()
	}
	title := "consultations.close_title"
	if extend {
		title = "consultations.extend_title"
	}
	p := reschedulingPage{page: s.deskPage(w, r, web.L(r).T(title)), Consultation: c, Extend: extend}
	p.underDesk(c)
	p.Form = f
	if !extend {
		p.Waiting, err = s.Unseen(r.Context(), web.Actor(r), c.ID)
	}
	return reschedulingView(p), err
}

func (s *Service) extendPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.reschedulingPage(w, r, true, f)
}

func (s *Service) closePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.reschedulingPage(w, r, false, f)
}

func (s *Service) extend(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.Extend(r.Context(), web.Actor(r), pathID(r), s.endOfDay(f.Value("closes_at")), f.Text("reason"))
	return web.Done(deskPath(pathID(r)), "consultations.extended"), err
}

func (s *Service) closeNow(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "consultations.closed_now"), s.Close(r.Context(), web.Actor(r), pathID(r), f.Text("reason"))
}

// decisionPath is the page of one statement on which a moderator decides.
func decisionPath(id civic.ID, no int64) string {
	return deskPath(id) + "/statements/" + strconv.FormatInt(no, 10)
}

// queuePath is the queue of what waits in one consultation.
func queuePath(c Consultation) string { return moderation.QueueOf(ref(c)) }

type decisionPage struct {
	page
	ForModerator
	Options []ui.Option // the rules
	Back    string      // the queue from which one came; "" from the results
}

func (s *Service) decisionPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	no, err := pathNo(r)
	if err != nil {
		return nil, err
	}
	p := decisionPage{page: s.deskPage(w, r, web.L(r).T("consultations.decision_title")), Back: r.URL.Query().Get(moderation.BackName)}
	if f.Sent {
		p.Back = f.Value(moderation.BackName)
	}
	p.Form = f
	p.ForModerator, err = s.StatementFor(r.Context(), web.Actor(r), pathID(r), no)
	p.Options = s.city.Moderation.RuleOptions(p.Page, moderation.Words)
	p.underDesk(p.Consultation)
	return decisionView(p), err
}

func (s *Service) moderate(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	no, err := pathNo(r)
	if err != nil {
		return web.Next{}, err
	}
	d := moderation.ChoiceOf(f)
	to, fromQueue := moderation.BackTo(f.Value(moderation.BackName))
	if !fromQueue {
		to = Path(pathID(r)) + "/results"
	}
	if f.Value(moderation.ActName) == moderation.UpholdIt {
		return web.Done(to, "moderation.upheld"), s.Uphold(r.Context(), web.Actor(r), pathID(r), no, d)
	}
	err = s.Moderate(r.Context(), web.Actor(r), pathID(r), no, d)
	if d.Approve {
		return web.Done(to, "consultations.approved"), err
	}
	return web.Next{Path: to, Tone: ui.Info, Notice: "consultations.removed"}, err
}

type answerForm struct {
	page
	AnswerDraft
	After  string // where this page of statements begins
	Bodies []ui.Option
}

// numbersName is the field that lists the statements of a page.
const numbersName = "no"

// ofStatement is the name of a field that every statement of a page has: "reason_12.kk".
func ofStatement(field string, no int64) string {
	name, lang, translated := strings.Cut(field, ".")
	if name += "_" + strconv.FormatInt(no, 10); translated {
		name += "." + lang
	}
	return name
}

func (s *Service) answerForm(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	after := r.URL.Query().Get("after")
	if f.Sent {
		after = f.Value("after")
	}
	d, err := s.AnswerDraft(r.Context(), web.Actor(r), pathID(r), after)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		s.fillAnswer(f, d)
	}
	p := answerForm{page: s.deskPage(w, r, web.L(r).T("consultations.answer_edit_title")), AnswerDraft: d, After: after}
	p.underDesk(d.Consultation)
	p.Form = f
	p.Bodies, err = s.otherBodies(r, p.page, d.Consultation)
	return answerView(p), err
}

// otherBodies are those whose a statement may be.
func (s *Service) otherBodies(r *http.Request, p page, c Consultation) ([]ui.Option, error) {
	out := []ui.Option{{Label: p.T("answers.choose_body")}}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		bodies, err := s.city.Organisations.Bodies(tx)
		for _, b := range bodies {
			if b.ID != c.Body {
				words, lang := p.Words(b.Name)
				out = append(out, ui.Option{Value: string(b.ID), Label: words, Lang: lang})
			}
		}
		return err
	})
	return out, err
}

func (s *Service) fillAnswer(f ui.Form, d AnswerDraft) {
	f.SetText("text", d.Answer.Text)
	f.Values.Set("person", d.Answer.Person)
	for _, i := range d.Asked {
		no := i.Statement.No
		f.Values.Set(ofStatement("outcome", no), string(i.Outcome))
		f.Values.Set(ofStatement("whose", no), string(i.Whose.ID))
		f.SetText(ofStatement("reason", no), i.Reason)
		f.Values.Set(ofStatement("evidence", no), strings.Join(i.Evidence, "\n"))
		if !i.Promised.IsZero() {
			f.Values.Set(ofStatement("promised", no), s.city.Settings.DayOf(i.Promised))
		}
	}
}

// answerOf is the answer as it was typed: on the whole, and to the statements of the page.
func (s *Service) answerOf(f ui.Form) Answer {
	ans := Answer{Text: f.Text("text"), Person: f.Value("person")}
	for _, text := range f.Values[numbersName] {
		no, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			continue
		}
		i := AnswerItem{Statement: Statement{No: no}}
		i.Outcome, i.Reason = answers.Outcome(f.Value(ofStatement("outcome", no))), f.Text(ofStatement("reason", no))
		i.Evidence = strings.Fields(f.Value(ofStatement("evidence", no)))
		if whose := civic.ID(f.Value(ofStatement("whose", no))); whose != "" && i.Outcome == answers.NotOurs {
			i.Whose = organisations.RefOf(whose)
		}
		if i.Outcome == answers.Taken || i.Outcome == answers.Partly {
			i.Promised = s.dayIn(f.Value(ofStatement("promised", no)))
		}
		ans.Items = append(ans.Items, i)
	}
	return ans
}

// answer saves the answer; then the form goes on where the button says.
func (s *Service) answer(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	publish := f.Value("act") == "publish"
	err := s.SaveAnswer(r.Context(), web.Actor(r), pathID(r), s.answerOf(f), publish)
	if publish {
		return web.Done(Path(pathID(r)), "consultations.answer_published"), err
	}
	to := answerPath(pathID(r))
	if after := f.Value("act"); after != "save" && after != "" {
		to += "?" + url.Values{"after": {after}}.Encode()
	} else if after := f.Value("after"); after != "" {
		to += "?" + url.Values{"after": {after}}.Encode()
	}
	return web.Done(to, "consultations.answer_saved"), err
}
