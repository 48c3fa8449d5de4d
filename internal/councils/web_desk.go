package councils

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ical"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func questionDesk(q Question) string { return deskPath(q.Council) + "/questions/" + string(q.ID) }
func sendPath(r Recommendation) string {
	return deskPath(r.Council) + "/recommendations/" + string(r.ID) + "/send"
}
func (i Item) desk() string {
	return Meeting{ID: i.Meeting, Council: i.Council}.desk() + "/items/" + string(i.ID)
}

func meetingID(r *http.Request) civic.ID { return civic.ID(r.PathValue("meeting")) }

// day reads a day that was typed; the zero time when it is none.
func (s *Service) day(f ui.Form, field string) time.Time {
	at, _ := time.ParseInLocation(time.DateOnly, strings.TrimSpace(f.Value(field)), s.city.Settings.Zone())
	return at
}

func whole(f ui.Form, field string) int {
	n, err := strconv.Atoi(strings.TrimSpace(f.Value(field)))
	if err != nil {
		return -1
	}
	return n
}

type deskPage struct {
	page
	Councils []Council
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	p := deskPage{page: s.newPageOf(w, r, web.L(r).T("councils.nav_desk"))}
	p.NoIndex = true
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		p.Councils, err = s.worked(tx, p.Actor)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

// workPage is what the pages of a council's work share. Permission: MayWork.
func (s *Service) workPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p onePage, err error) {
	if !MayWork(web.Actor(r), pathID(r)) {
		return p, notYours()
	}
	if p, err = s.onePage(w, r); err != nil {
		return p, err
	}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: p.T("councils.nav_desk"), Path: "/desk/councils"}}
	if p.SetName(p.Name); title != "" {
		p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(p.ID), p.Name))
		p.SetTitle(title)
	}
	return p, nil
}

func (s *Service) showWork(w http.ResponseWriter, r *http.Request) error {
	p, err := s.workPage(w, r, "", ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, workView(p))
}

// sitting is what the pages of work on one meeting share.
func (s *Service) sitting(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p meetingPage, err error) {
	if !MayWork(web.Actor(r), pathID(r)) {
		return p, notYours()
	}
	if p, err = s.meetingPage(w, r); err != nil {
		return p, err
	}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: p.T("councils.nav_desk"), Path: "/desk/councils"}, p.LinkTo(deskPath(p.Council), p.Of.Name)}
	if title != "" {
		p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("councils.meeting_on", "Date", p.StartsAt), Path: p.desk()})
		p.SetTitle(title)
	}
	return p, nil
}

func (s *Service) showSitting(w http.ResponseWriter, r *http.Request) error {
	p, err := s.sitting(w, r, "", ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sittingView(p))
}

// bodies are the state bodies as a form offers them.
func (s *Service) bodies(r *http.Request, none string) (out []ui.Option, err error) {
	l := web.L(r)
	out = []ui.Option{{Label: l.T(none)}}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.city.Organisations.Bodies(tx)
		for _, b := range all {
			label, lang := b.Name.In(l.Lang())
			out = append(out, ui.Option{Value: string(b.ID), Label: label, Lang: lang})
		}
		return err
	})
	return out, err
}

type newCouncilPage struct {
	page
	Bodies []ui.Option
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := newCouncilPage{page: s.newPageOf(w, r, web.L(r).T("councils.new"))}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: p.T("councils.nav_desk"), Path: "/desk/councils"}}
	bodies, err := s.bodies(r, "councils.choose")
	p.Bodies = bodies
	return newView(p), err
}

func (s *Service) found(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Found(r.Context(), web.Actor(r), Council{Form: Form(f.Value("form")), Name: f.Text("name"), About: f.Text("about"), Body: civic.ID(f.Value("body")),
		Law: strings.TrimSpace(f.Value("law")), Regulation: strings.TrimSpace(f.Value("regulation")), Size: whole(f, "size"), Since: s.day(f, "since"), Until: s.day(f, "until")})
	return web.Done(deskPath(id), "councils.founded"), err
}

func (s *Service) seatPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.new_seat", f)
	if err != nil {
		return nil, err
	}
	return seatView(p), nil
}

func (s *Service) seat(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	seat := Seat{Council: pathID(r), Name: strings.TrimSpace(f.Value("name")), Post: Post(f.Value("post")), Side: Side(f.Value("side")), Commission: f.Text("commission"),
		Since: s.day(f, "since"), Until: s.day(f, "until"), Sex: Sex(f.Value("sex"))}
	if f.Value("born") != "" {
		seat.Born = whole(f, "born")
	}
	if d, known := s.city.Settings.Current().District(f.Value("district")); known {
		seat.District = d.Code
	}
	bin := strings.TrimSpace(f.Value("organisation"))
	if bin != "" {
		id, err := s.organisation(r, bin)
		if err != nil {
			return web.Next{}, err
		}
		seat.Organisation = id
	}
	_, err := s.Seat(r.Context(), web.Actor(r), seat)
	return web.Done(deskPath(seat.Council), "councils.seated"), err
}

// organisation finds the entry of the register whose address or id was typed.
func (s *Service) organisation(r *http.Request, typed string) (id civic.ID, err error) {
	id = civic.ID(typed[strings.LastIndexByte(typed, '/')+1:])
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		named, err := s.city.Organisations.Named(tx, []civic.ID{id})
		if _, known := named[id]; err == nil && !known {
			err = civic.Wrong("organisation", "councils.organisation_wrong")
		}
		return err
	})
	return id, err
}

type endPage struct {
	onePage
	Seat Seat
}

func (s *Service) endPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.end_seat", f)
	if err != nil {
		return nil, err
	}
	for _, seat := range append(p.Members, p.Former...) {
		if string(seat.ID) == r.PathValue("seat") {
			return endView(endPage{p, seat}), nil
		}
	}
	return nil, notThere()
}

func (s *Service) end(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "councils.ended"), s.EndSeat(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("seat")), s.day(f, "until"))
}

func (s *Service) planPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.new_meeting", f)
	return planView(p), err
}

func (s *Service) plan(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	starts, err := time.ParseInLocation("2006-01-02 15:04", f.Value("day")+" "+f.Value("time"), s.city.Settings.Zone())
	if err != nil {
		return web.Next{}, civic.Wrong("day", "councils.day_missing")
	}
	m := Meeting{Council: pathID(r), StartsAt: starts, Place: f.Text("place"), Stream: strings.TrimSpace(f.Value("stream"))}
	m.ID, err = s.Plan(r.Context(), web.Actor(r), m)
	return web.Done(m.desk(), "councils.planned"), err
}

type questionPage struct {
	onePage
	Question Question
}

func (s *Service) questionPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.question", f)
	if err != nil {
		return nil, err
	}
	for _, q := range p.Asked {
		if string(q.ID) == r.PathValue("question") {
			return questionView(questionPage{p, q}), nil
		}
	}
	return nil, notThere()
}

// decideQuestion takes a question when a meeting was chosen, and turns it down when none was.
func (s *Service) decideQuestion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	council, question := pathID(r), civic.ID(r.PathValue("question"))
	if f.Value("decision") == "refuse" {
		return web.Done(deskPath(council), "councils.refused"), s.Refuse(r.Context(), web.Actor(r), council, question, f.Text("reason"))
	}
	point := pointOf(f)
	point.Council, point.Meeting = council, civic.ID(f.Value("meeting"))
	return web.Done(deskPath(council), "councils.taken"), s.Take(r.Context(), web.Actor(r), council, question, point)
}

// pointOf reads a point of an agenda as it was typed.
func pointOf(f ui.Form) Item {
	return Item{Title: f.Text("title"), From: strings.TrimSpace(f.Value("from")), Reporter: strings.TrimSpace(f.Value("reporter")), Minutes: whole(f, "minutes")}
}

func (s *Service) sendCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.send", f)
	if err != nil {
		return nil, err
	}
	for _, l := range p.Recommendations {
		if string(l.ID) == r.PathValue("recommendation") && l.SentAt.IsZero() {
			return sendView(p, l), nil
		}
	}
	return nil, notNow()
}

func (s *Service) send(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	rec := Recommendation{ID: civic.ID(r.PathValue("recommendation")), Council: pathID(r)}
	return web.Done(rec.path(), "councils.sent"), s.Send(r.Context(), web.Actor(r), rec.Council, rec.ID)
}

func (s *Service) itemPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.sitting(w, r, "councils.new_item", f)
	return itemView(p), err
}

func (s *Service) addItem(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	point := pointOf(f)
	point.Council, point.Meeting = pathID(r), meetingID(r)
	_, err := s.AddItem(r.Context(), web.Actor(r), point)
	return web.Done(Meeting{ID: point.Meeting, Council: point.Council}.desk(), "councils.listed"), err
}

type pointPage struct {
	meetingPage
	Point  Point
	Bodies []ui.Option
}

func (s *Service) pointPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p pointPage, err error) {
	if p.meetingPage, err = s.sitting(w, r, title, f); err != nil {
		return p, err
	}
	for _, i := range p.Agenda {
		if p.Point = i; string(i.ID) == r.PathValue("item") {
			p.Bodies, err = s.bodies(r, "councils.to_nobody")
			return p, err
		}
	}
	return p, notThere()
}

func (s *Service) settlePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.pointPage(w, r, "councils.settle", f)
	return settleView(p), err
}

func (s *Service) settleItem(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.SettleItem(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("item")), Settle(f.Value("what")), s.day(f, "next"))
	return web.Done(Meeting{ID: meetingID(r), Council: pathID(r)}.desk(), "councils.settled"), err
}

func (s *Service) votePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.pointPage(w, r, "councils.vote", f)
	if err == nil && !f.Sent {
		f.SetText("text", p.Point.Title)
	}
	return voteView(p), err
}

func (s *Service) hold(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	ask := Ask{Text: f.Text("text"), Rule: Rule(f.Value("rule")), Choices: map[civic.ID]Choice{}, Secret: f.Value("secret") != "", To: civic.ID(f.Value("to")), Opinion: f.Value("opinion") != ""}
	for field := range f.Values {
		if seat, ok := strings.CutPrefix(field, "choice."); ok {
			ask.Choices[civic.ID(seat)] = Choice(f.Value(field))
		}
	}
	for _, teller := range f.Values["tellers"] {
		ask.Tellers = append(ask.Tellers, civic.ID(teller))
	}
	if ask.Secret {
		ask.For, ask.Against, ask.Abstain = whole(f, "for"), whole(f, "against"), whole(f, "abstain")
	}
	_, err := s.Hold(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("item")), ask)
	return web.Done(Meeting{ID: meetingID(r), Council: pathID(r)}.desk(), "councils.held"), err
}

func (s *Service) conveneCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.sitting(w, r, "councils.convene", f)
	if err != nil {
		return nil, err
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		_, _, err := toConvene(tx, p.Council, p.ID)
		return err
	})
	return conveneView(p), err
}

func (s *Service) convene(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	m := Meeting{ID: meetingID(r), Council: pathID(r)}
	return web.Done(m.desk(), "councils.convened"), s.Convene(r.Context(), web.Actor(r), m.Council, m.ID)
}

func (s *Service) present(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	m := Meeting{ID: meetingID(r), Council: pathID(r)}
	var present []civic.ID
	for _, seat := range f.Values["present"] {
		present = append(present, civic.ID(seat))
	}
	return web.Done(m.desk(), "councils.counted"), s.SetPresent(r.Context(), web.Actor(r), m.Council, m.ID, present)
}

func (s *Service) closeCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.sitting(w, r, "councils.close", f)
	return closeView(p), err
}

func (s *Service) close(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	m := Meeting{ID: meetingID(r), Council: pathID(r)}
	return web.Done(m.path(), "councils.closed"), s.CloseMeeting(r.Context(), web.Actor(r), m.Council, m.ID)
}

// meetingLasts is how long a calendar keeps free for a meeting: nobody knows beforehand.
const meetingLasts = 2 * time.Hour

// getCalendar is the meetings of a council that anybody's calendar follows.
func (s *Service) getCalendar(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	l := web.L(r)
	var events []ical.Event
	for _, m := range v.Meetings {
		events = append(events, ical.Event{UID: string(m.ID) + "@birge", Start: m.StartsAt, Lasts: meetingLasts, Title: l.Text(v.Name), Place: l.Text(m.Place), URL: web.Origin(r) + ui.Localized(l.Lang(), m.path()), Changed: m.StartsAt})
	}
	return web.Write(w, r, "text/calendar; charset=utf-8", ical.Write(l.Text(v.Name), events))
}
