package meetings

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type planPage struct {
	page
	Of Named
}

func (s *Service) planPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	b, err := s.named(r.Context(), bodyOf(r))
	if err == nil && !part.MayWork(web.Actor(r), b.Ref) {
		err = notYours()
	}
	if err != nil {
		return nil, err
	}
	p := planPage{newPage(w, r, web.L(r).T("meetings.new")), b}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{p.LinkTo(b.Desk, b.Name)}
	return planView(p), nil
}

func (s *Service) plan(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	starts, err := s.startsAt(f)
	if err != nil {
		return web.Next{}, err
	}
	id, err := s.Plan(r.Context(), web.Actor(r), Meeting{Body: bodyOf(r), StartsAt: starts, Place: f.Text("place"), Stream: strings.TrimSpace(f.Value("stream"))})
	return web.Done(DeskPath(id), "meetings.planned"), err
}

// startsAt reads when a meeting is to begin.
func (s *Service) startsAt(f ui.Form) (time.Time, error) {
	starts, err := time.ParseInLocation("2006-01-02 15:04", f.Value("day")+" "+f.Value("time"), s.city.Zone())
	if err != nil {
		return starts, civic.Wrong("day", "meetings.day_missing")
	}
	return starts, nil
}

func (s *Service) movePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.move", f)
	if err == nil && !f.Sent {
		starts := p.StartsAt.In(s.city.Zone())
		p.Form.Values.Set("day", starts.Format(time.DateOnly))
		p.Form.Values.Set("time", starts.Format("15:04"))
		p.Form.SetText("place", p.Meeting.Place)
	}
	return moveView(p), err
}

func (s *Service) move(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	starts, err := s.startsAt(f)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(DeskPath(pathID(r)), "meetings.moved"), s.MoveMeeting(r.Context(), web.Actor(r), pathID(r), starts, f.Text("place"), f.Text("reason"))
}

func (s *Service) callOffPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.call_off", f)
	return callOffView(p), err
}

func (s *Service) callOff(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "meetings.called_off"), s.CallOffMeeting(r.Context(), web.Actor(r), pathID(r), f.Text("reason"), f.Day("next", s.city.Zone()))
}

type questionPage struct {
	page
	Asked
}

func (s *Service) questionPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	q, err := s.ShowQuestion(r.Context(), web.Actor(r), civic.ID(r.PathValue("question")))
	if err != nil {
		return nil, err
	}
	p := questionPage{newPage(w, r, web.L(r).T("meetings.question")), q}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{p.LinkTo(q.Of.Desk, q.Of.Name)}
	return questionView(p), nil
}

// decideQuestion takes a question onto an agenda, or turns it down.
func (s *Service) decideQuestion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	b, err := s.named(r.Context(), bodyOf(r))
	if err != nil {
		return web.Next{}, err
	}
	question := civic.ID(r.PathValue("question"))
	if f.Value("decision") == "refuse" {
		return web.Done(b.Desk, "meetings.refused"), s.Refuse(r.Context(), web.Actor(r), question, f.Text("reason"))
	}
	point := pointOf(f)
	point.Meeting, point.From = civic.ID(f.Value("meeting")), ""
	return web.Done(b.Desk, "meetings.taken"), s.Take(r.Context(), web.Actor(r), question, point)
}

// pointOf reads a point of an agenda as it was typed.
func pointOf(f ui.Form) Item {
	return Item{Title: f.Text("title"), From: strings.TrimSpace(f.Value("from")), Reporter: strings.TrimSpace(f.Value("reporter")), Minutes: f.Whole("minutes"), Report: f.Value("report") != ""}
}

// deskPage is what the pages of the work on a meeting share. Permission: part.MayWork.
func (s *Service) deskPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p onePage, err error) {
	if p, err = s.onePage(w, r); err != nil {
		return p, err
	}
	if !p.Work {
		return p, notYours()
	}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{p.LinkTo(p.Of.Desk, p.Of.Name)}
	if title != "" {
		p.Crumbs = append(p.Crumbs, ui.Link{Text: p.Title, Path: DeskPath(p.ID)})
		p.SetTitle(title)
	}
	return p, nil
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	p, err := s.deskPage(w, r, "", ui.Form{Values: map[string][]string{}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

func (s *Service) itemPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.new_item", f)
	return itemView(p, s.value("opinion_days")), err
}

func (s *Service) addItem(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	point, err := s.typedPoint(r, f)
	if err != nil {
		return web.Next{}, err
	}
	_, err = s.AddItem(r.Context(), web.Actor(r), point)
	return web.Done(DeskPath(point.Meeting), "meetings.listed"), err
}

// typedPoint is the point of an agenda that was typed. Errors: civic.Invalid with "from" and "received".
func (s *Service) typedPoint(r *http.Request, f ui.Form) (point Item, err error) {
	point = pointOf(f)
	point.Meeting = pathID(r)
	if point.From, err = s.from(r, point.From); err != nil {
		return point, err
	}
	if point.Received = f.Day("received", s.city.Zone()); f.Value("received") != "" && point.Received.IsZero() {
		err = civic.Wrong("received", "meetings.received_wrong")
	}
	return point, err
}

// from is the thing that a point comes from, by the address of its page, whole or from the city's own name on, or by its name in the public record.
// Errors: civic.Invalid with "from".
func (s *Service) from(r *http.Request, typed string) (name string, err error) {
	address, own := ownAddress(web.Origin(r), typed)
	if !own {
		return typed, nil
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		thing, found, err := s.declared.At(tx, civic.Actor{}, address)
		if err == nil && !found {
			err = civic.Wrong("from", "meetings.from_wrong")
		}
		name = thing.String()
		return err
	})
	return name, err
}

// ownAddress is an address of the city's own pages without host, language, query and fragment; false: it is none. origin is as "https://city.kz".
func ownAddress(origin, typed string) (string, bool) {
	_, host, _ := strings.Cut(origin, "://")
	if strings.HasPrefix(typed, host+"/") {
		typed = origin + typed[len(host):]
	}
	u, err := url.Parse(typed)
	if err != nil || u.Host != "" && u.Host != host || !strings.HasPrefix(u.Path, "/") {
		return "", false
	}
	for _, lang := range civic.Languages() {
		if rest, is := strings.CutPrefix(u.Path, "/"+string(lang)+"/"); is {
			return "/" + rest, true
		}
	}
	return u.Path, true
}

type pointPage struct {
	onePage
	Point      Point
	Addressees []ui.Option
}

func (s *Service) pointPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p pointPage, err error) {
	if p.onePage, err = s.deskPage(w, r, title, f); err != nil {
		return p, err
	}
	for _, i := range p.Agenda {
		if p.Point = i; string(i.ID) == r.PathValue("item") {
			p.Addressees, err = s.addressees(r, p.Body, p.page)
			return p, err
		}
	}
	return p, notThere()
}

// addressees are those to whom the body may address a decision, nobody in front.
func (s *Service) addressees(r *http.Request, body civic.Ref, p page) ([]ui.Option, error) {
	out := []ui.Option{{Label: p.T("meetings.to_nobody")}}
	ask := s.owners[body.Kind].Addressees
	if ask == nil {
		return out, nil
	}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := ask(tx)
		for _, c := range all {
			out = append(out, choice(p, c))
		}
		return err
	})
	return out, err
}

func choice(p page, c part.Choice) ui.Option {
	label, lang := p.Words(c.Title)
	return ui.Option{Value: string(c.ID), Label: label, Lang: lang}
}

func (s *Service) settlePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.pointPage(w, r, "meetings.settle", f)
	return settleView(p), err
}

func itemID(r *http.Request) civic.ID { return civic.ID(r.PathValue("item")) }

func (s *Service) settleItem(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r)), "meetings.settled"), s.SettleItem(r.Context(), web.Actor(r), itemID(r), Settle(f.Value("what")), f.Day("next", s.city.Zone()))
}

func (s *Service) votePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.pointPage(w, r, "meetings.vote", f)
	switch entered := p.Point.Entered; {
	case err != nil || f.Sent:
	case entered.Mine != nil:
		fillAsk(&f, entered.Mine.Ask)
	default:
		f.SetText("text", p.Point.Title)
		if !p.Point.Due.IsZero() {
			f.Values.Set("opinion", "yes")
		}
	}
	return voteView(p), err
}

func (s *Service) hold(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.Hold(r.Context(), web.Actor(r), itemID(r), askOf(f))
	if err == nil && v.ID == "" { // it waits for another person, or both read it differently
		return web.Done(DeskPath(pathID(r))+"/items/"+r.PathValue("item")+"/vote", "meetings.entered"), nil
	}
	return web.Done(DeskPath(pathID(r)), "meetings.held"), err
}

// fillAsk writes a vote as it was typed.
func fillAsk(f *ui.Form, a Ask) {
	f.SetText("text", a.Text)
	f.Values.Set("rule", string(a.Rule))
	f.Values.Set("to", string(a.To))
	for seat, choice := range a.Choices {
		f.Values.Set("choice."+string(seat), string(choice))
	}
	for _, teller := range a.Tellers {
		f.Values.Add("tellers", string(teller))
	}
	if a.Opinion {
		f.Values.Set("opinion", "yes")
	}
	how := "paper"
	if a.Secret {
		how = "secret"
		f.Values.Set("for", strconv.Itoa(a.For))
		f.Values.Set("against", strconv.Itoa(a.Against))
		f.Values.Set("abstain", strconv.Itoa(a.Abstain))
	}
	f.Values.Set("how", how)
}

// askOf reads a vote as it was typed.
func askOf(f ui.Form) Ask {
	ask := Ask{Text: f.Text("text"), Rule: Rule(f.Value("rule")), Choices: map[civic.ID]Choice{}, Paper: f.Value("how") == "paper", Secret: f.Value("how") == "secret", To: civic.ID(f.Value("to")), Opinion: f.Value("opinion") != ""}
	for field := range f.Values {
		if seat, ok := strings.CutPrefix(field, "choice."); ok {
			ask.Choices[civic.ID(seat)] = Choice(f.Value(field))
		}
	}
	for _, teller := range f.Values["tellers"] {
		ask.Tellers = append(ask.Tellers, civic.ID(teller))
	}
	if f.Value("for") != "" || ask.Secret {
		ask.For, ask.Against, ask.Abstain = f.Whole("for"), f.Whole("against"), f.Whole("abstain")
	}
	return ask
}

func (s *Service) conveneCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.convene", f)
	if err != nil {
		return nil, err
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		_, err := toConvene(tx, p.Meeting)
		return err
	})
	return conveneView(p), err
}

func (s *Service) convene(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r)), "meetings.convened"), s.Convene(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) present(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var present []civic.ID
	for _, seat := range f.Values["present"] {
		present = append(present, civic.ID(seat))
	}
	return web.Done(DeskPath(pathID(r)), "meetings.counted"), s.SetPresent(r.Context(), web.Actor(r), pathID(r), present)
}

func (s *Service) closeCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.close", f)
	return closeView(p), err
}

func (s *Service) close(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "meetings.closed"), s.CloseMeeting(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) linkPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.link", f)
	if err == nil && !f.Sent {
		p.Form.Values.Set("stream", p.Stream)
		p.Form.Values.Set("recorded", p.Recorded)
	}
	return linkView(p), err
}

func (s *Service) link(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r)), "meetings.linked"), s.Link(r.Context(), web.Actor(r), pathID(r), strings.TrimSpace(f.Value("stream")), strings.TrimSpace(f.Value("recorded")))
}

// What cannot be taken back is rehearsed, and shown as everybody will read it before it is done.

// itemCheck asks before a point is added to a meeting that everybody sees already.
func (s *Service) itemCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.new_item", f)
	if err != nil || !p.Public() {
		return nil, err
	}
	point, err := s.typedPoint(r, f)
	if err == nil {
		_, err = s.AddItem(storage.Rehearsal(r.Context()), web.Actor(r), point)
	}
	return pointCheckView(p.page, point, Question{}, DeskPath(p.ID)+"/items/new", "meetings.new_item"), err
}

// questionCheck asks before a question is taken to a meeting that everybody sees already.
func (s *Service) questionCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	q, err := s.ShowQuestion(r.Context(), web.Actor(r), civic.ID(r.PathValue("question")))
	if err != nil || f.Value("decision") == "refuse" {
		return nil, err
	}
	if _, err := s.decideQuestion(w, r.WithContext(storage.Rehearsal(r.Context())), f); err != nil {
		return nil, err
	}
	public := false
	for _, m := range q.Ahead {
		public = public || string(m.ID) == f.Value("meeting") && m.Public()
	}
	if !public {
		return nil, nil
	}
	p := newPage(w, r, web.L(r).T("meetings.question"))
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{p.LinkTo(q.Of.Desk, q.Of.Name)}
	return pointCheckView(p, pointOf(f), q.Question, q.Question.desk(), "meetings.decide"), nil
}

type votePage struct {
	pointPage
	Vote Vote
	To   ui.Option // to whom it is addressed; the zero value: to nobody
}

// voteCheck shows what a vote comes to before it is entered. The first of two people who read papers is asked nothing: theirs counts for
// nothing yet.
func (s *Service) voteCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.pointPage(w, r, "meetings.vote", f)
	if err != nil {
		return nil, err
	}
	ask := askOf(f)
	v, err := s.Hold(storage.Rehearsal(r.Context()), web.Actor(r), itemID(r), ask)
	if err != nil || v.ID == "" {
		return nil, err
	}
	if first := p.Point.Entered.First; p.Point.Entered.Other {
		ask.To = first.Ask.To
	}
	out := votePage{pointPage: p, Vote: v}
	for _, o := range p.Addressees {
		if ask.To != "" && o.Value == string(ask.To) && v.Accepted {
			out.To = o
		}
	}
	return voteCheckView(out), nil
}

type changePage struct {
	onePage
	StartsAt      time.Time // when it is to be now; of one called off, the next
	Place, Reason civic.Text
	Send, Yes     string
}

func (s *Service) moveCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.move", f)
	if err != nil {
		return nil, err
	}
	if _, err := s.move(w, r.WithContext(storage.Rehearsal(r.Context())), f); err != nil {
		return nil, err
	}
	starts, err := s.startsAt(f)
	return changeView(changePage{p, starts, f.Text("place"), f.Text("reason"), "/move", "meetings.move"}), err
}

func (s *Service) callOffCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPage(w, r, "meetings.call_off", f)
	if err != nil {
		return nil, err
	}
	if _, err := s.callOff(w, r.WithContext(storage.Rehearsal(r.Context())), f); err != nil {
		return nil, err
	}
	return changeView(changePage{p, f.Day("next", s.city.Zone()), nil, f.Text("reason"), "/call-off", "meetings.call_off"}), nil
}
