package consultations

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
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
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.L.Text(c.Question), Path: deskPath(c.ID)})
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

// settingsForm shows settings as a form. Days are days in the city: the first is open from
// its midnight, the last to its end.
func (s *Service) settingsForm(set Settings) ui.Form {
	f := ui.Form{Values: map[string][]string{}}
	f.SetText("question", set.Question)
	f.SetText("context", set.Context)
	f.SetText("decision", set.Decision)
	date := func(field string, t time.Time) {
		if !t.IsZero() {
			f.Values.Set(field, t.In(s.zone()).Format(time.DateOnly))
		}
	}
	date("opens_at", set.OpensAt)
	date("closes_at", lastDay(set.ClosesAt))
	for field, v := range map[string]string{"host": string(set.Host), "body": string(set.Body), "audience": string(set.Audience), "moderation": string(set.Moderation),
		"statement_max": strconv.Itoa(set.StatementMax), "answer_days": strconv.Itoa(set.AnswerDays), "seeds": strings.Join(set.Seeds, "\n")} {
		f.Values.Set(field, v)
	}
	return f
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

func (s *Service) settingsOf(f ui.Form) Settings {
	number := func(field string) int { n, _ := strconv.Atoi(strings.TrimSpace(f.Value(field))); return n }
	return Settings{Question: f.Text("question"), Context: f.Text("context"), Decision: f.Text("decision"), Host: civic.ID(f.Value("host")), Body: civic.ID(f.Value("body")),
		Audience: Audience(f.Value("audience")), Moderation: Moderation(f.Value("moderation")), StatementMax: number("statement_max"), AnswerDays: number("answer_days"),
		OpensAt: s.dayIn(f.Value("opens_at")), ClosesAt: s.endOfDay(f.Value("closes_at")), Seeds: Lines(f.Value("seeds"))}
}

type editPage struct {
	page
	Choices
	ID     civic.ID // "" for a new one
	Action string
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, id civic.ID, f ui.Form) (templ.Component, error) {
	title, action := "consultations.new_title", "/desk/consultations/new"
	choices := func() (Choices, error) { return s.Choices(r.Context(), web.Actor(r)) }
	if id != "" {
		title, action = "consultations.edit_title", deskPath(id)+"/edit"
		choices = func() (Choices, error) { return s.ChoicesFor(r.Context(), web.Actor(r), id) }
	}
	ch, err := choices()
	if err != nil {
		return nil, err
	}
	p := editPage{page: s.deskPage(w, r, web.L(r).T(title)), Choices: ch, ID: id, Action: action}
	p.Form = f
	return editView(p), nil
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	set := s.Defaults()
	if ch, err := s.Choices(r.Context(), web.Actor(r)); err == nil {
		set.Host = ch.Hosts[0].ID
		for _, b := range ch.Bodies {
			if b.ID == set.Host {
				set.Body = b.ID
			}
		}
	}
	c, err := s.editPage(w, r, "", s.settingsForm(set))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, c)
}

func (s *Service) postNew(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := s.Create(r.Context(), web.Actor(r), s.settingsOf(f))
	if err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) { return s.editPage(w, r, "", f) })
	}
	return web.See(w, r, deskPath(id), ui.Good, "consultations.draft_saved")
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	_, set, err := s.Edit(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return err
	}
	c, err := s.editPage(w, r, pathID(r), s.settingsForm(set))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, c)
}

func (s *Service) postEdit(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := s.Update(r.Context(), web.Actor(r), pathID(r), s.settingsOf(f)); err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) { return s.editPage(w, r, pathID(r), f) })
	}
	return web.See(w, r, deskPath(pathID(r)), ui.Good, "consultations.draft_saved")
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
	p := managePage{page: s.deskPage(w, r, web.L(r).Text(v.Question)), View: v, Manages: v.ManagedBy(a), Moderates: v.ModeratedBy(a), Answers: v.AnsweredBy(a)}
	if !p.Manages && !p.Moderates {
		return nil, forbidden()
	}
	if p.Moderates {
		q, err := s.Queue(r.Context(), a, pathID(r))
		if err != nil {
			return nil, err
		}
		p.Waiting = q.Total
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

// postPublish answers a draft that lacks something with the form where it can be added.
func (s *Service) postPublish(w http.ResponseWriter, r *http.Request) error {
	if err := s.Publish(r.Context(), web.Actor(r), pathID(r)); err != nil {
		_, set, unreadable := s.Edit(r.Context(), web.Actor(r), pathID(r))
		if unreadable != nil {
			return err
		}
		return web.Again(w, r, err, s.settingsForm(set), func(f ui.Form) (templ.Component, error) { return s.editPage(w, r, pathID(r), f) })
	}
	return web.See(w, r, deskPath(pathID(r)), ui.Good, "consultations.published")
}

func (s *Service) postWithdraw(w http.ResponseWriter, r *http.Request) error {
	if err := s.Withdraw(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return err
	}
	return web.See(w, r, deskPath(pathID(r)), ui.Info, "consultations.withdrawn")
}

// changePage is the form that extends or closes.
type changePage struct {
	page
	Consultation
	Extend bool
}

func (s *Service) changePage(w http.ResponseWriter, r *http.Request, extend bool, f ui.Form) (templ.Component, error) {
	c, _, err := s.Edit(r.Context(), web.Actor(r), pathID(r))
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
	p := changePage{page: s.deskPage(w, r, web.L(r).T(title)), Consultation: c, Extend: extend}
	p.underDesk(c)
	p.Form = f
	return changeView(p), nil
}

func (s *Service) showChange(w http.ResponseWriter, r *http.Request, extend bool) error {
	c, err := s.changePage(w, r, extend, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, c)
}

func (s *Service) showExtend(w http.ResponseWriter, r *http.Request) error {
	return s.showChange(w, r, true)
}
func (s *Service) showClose(w http.ResponseWriter, r *http.Request) error {
	return s.showChange(w, r, false)
}

func (s *Service) postExtend(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := s.Extend(r.Context(), web.Actor(r), pathID(r), s.endOfDay(f.Value("closes_at")), f.Text("reason")); err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) { return s.changePage(w, r, true, f) })
	}
	return web.See(w, r, deskPath(pathID(r)), ui.Good, "consultations.extended")
}

func (s *Service) postClose(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := s.Close(r.Context(), web.Actor(r), pathID(r), f.Text("reason")); err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) { return s.changePage(w, r, false, f) })
	}
	return web.See(w, r, deskPath(pathID(r)), ui.Good, "consultations.closed_now")
}

type queuePage struct {
	page
	Queue
	Back string // where a decision leads: "queue", or "results" from a single statement
}

func (s *Service) queuePage(w http.ResponseWriter, r *http.Request, f ui.Form, only int64, back string) (templ.Component, error) {
	q, err := s.Queue(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	if only >= 0 {
		st, err := s.StatementFor(r.Context(), web.Actor(r), pathID(r), only)
		if err != nil {
			return nil, err
		}
		q.Items = []Statement{st}
	}
	p := queuePage{page: s.deskPage(w, r, web.L(r).T("consultations.queue_title")), Queue: q, Back: back}
	p.underDesk(q.Consultation)
	p.Form = f
	return queueView(p), nil
}

func (s *Service) showQueue(w http.ResponseWriter, r *http.Request) error {
	c, err := s.queuePage(w, r, ui.Form{Values: map[string][]string{}}, -1, "queue")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, c)
}

func (s *Service) showStatement(w http.ResponseWriter, r *http.Request) error {
	no, err := pathNo(r)
	if err != nil {
		return err
	}
	c, err := s.queuePage(w, r, ui.Form{Values: map[string][]string{}}, no, "results")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, c)
}

// numbered is the name of a field in the queue, where every statement has the same ones.
func numbered(field string, no int64) string { return field + "_" + strconv.FormatInt(no, 10) }

func (s *Service) postModerate(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	no, err := pathNo(r)
	if err != nil {
		return err
	}
	back := "queue"
	if f.Value("back") == "results" {
		back = "results"
	}
	d := Decision{Approve: f.Value("act") == "approve", Rule: Rule(f.Value(numbered("rule", no))), Reason: f.Value(numbered("reason", no))}
	if err := s.Moderate(r.Context(), web.Actor(r), pathID(r), no, d); err != nil {
		only := int64(-1)
		if back == "results" {
			only = no
		}
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) {
			for i := range f.Problems {
				f.Problems[i].Field = numbered(f.Problems[i].Field, no)
			}
			return s.queuePage(w, r, f, only, back)
		})
	}
	to := deskPath(pathID(r)) + "/queue"
	if back == "results" {
		to = Path(pathID(r)) + "/results"
	}
	if d.Approve {
		return web.See(w, r, to, ui.Good, "consultations.approved")
	}
	return web.See(w, r, to, ui.Info, "consultations.removed")
}

type answerPage struct {
	page
	AnswerDraft
}

func (s *Service) answerPage(w http.ResponseWriter, r *http.Request, f *ui.Form) (templ.Component, error) {
	d, err := s.AnswerDraft(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := answerPage{page: s.deskPage(w, r, web.L(r).T("consultations.answer_edit_title")), AnswerDraft: d}
	p.underDesk(d.Consultation)
	if f != nil {
		p.Form = *f
	} else {
		p.Form.SetText("text", d.Answer.Text)
		p.Form.Values.Set("person", d.Answer.Person)
	}
	return answerView(p), nil
}

func (s *Service) showAnswer(w http.ResponseWriter, r *http.Request) error {
	c, err := s.answerPage(w, r, nil)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, c)
}

func (s *Service) postAnswer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	publish := f.Value("act") == "publish"
	if err := s.SaveAnswer(r.Context(), web.Actor(r), pathID(r), f.Text("text"), f.Value("person"), publish); err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) { return s.answerPage(w, r, &f) })
	}
	if publish {
		return web.See(w, r, Path(pathID(r)), ui.Good, "consultations.answer_published")
	}
	return web.See(w, r, deskPath(pathID(r))+"/answer", ui.Good, "consultations.answer_saved")
}

type itemPage struct {
	page
	Consultation
	Item AnswerItem
}

func (s *Service) itemPage(w http.ResponseWriter, r *http.Request, no int64, f *ui.Form) (templ.Component, error) {
	c, item, err := s.AnswerItem(r.Context(), web.Actor(r), pathID(r), no)
	if err != nil {
		return nil, err
	}
	p := itemPage{page: s.deskPage(w, r, web.L(r).T("consultations.item_title")), Consultation: c, Item: item}
	p.underDesk(c)
	if f != nil {
		p.Form = *f
	} else {
		p.Form.Values.Set("verdict", string(item.Verdict))
		p.Form.SetText("reason", item.Reason)
	}
	return itemView(p), nil
}

func (s *Service) showItem(w http.ResponseWriter, r *http.Request) error {
	no, err := pathNo(r)
	if err != nil {
		return err
	}
	c, err := s.itemPage(w, r, no, nil)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, c)
}

func (s *Service) postItem(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	no, err := pathNo(r)
	if err != nil {
		return err
	}
	item := AnswerItem{Verdict: Verdict(f.Value("verdict")), Reason: f.Text("reason")}
	if f.Value("act") == "drop" {
		item = AnswerItem{}
	} else if item.Verdict == "" { // not to be taken for an item that is dropped: the reason would be lost
		var p civic.Problems
		p.Add("verdict", "consultations.choose_one")
		return web.Again(w, r, p.Err(), f, func(f ui.Form) (templ.Component, error) { return s.itemPage(w, r, no, &f) })
	}
	if err := s.SaveItem(r.Context(), web.Actor(r), pathID(r), no, item); err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) { return s.itemPage(w, r, no, &f) })
	}
	return web.See(w, r, deskPath(pathID(r))+"/answer", ui.Good, "consultations.answer_saved")
}
