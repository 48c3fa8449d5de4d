package meetings

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ical"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

const (
	onePattern  = root + "/{id}"
	ofPattern   = root + "/of/{kind}/{id}"
	deskPattern = desk + "/{id}"
	deskOf      = desk + "/of/{kind}/{id}"
	itemPattern = deskPattern + "/items/{item}"
)

func (s *Service) routes() []web.Route {
	ofMeeting := func(r *http.Request) []string { return append(s.Topics(r), record.TopicOf(RefOf(pathID(r)))) }
	return append(append([]web.Route{
		{Method: "GET", Pattern: root, Query: append([]string{"after"}, listed...), Access: web.Everyone, Handler: s.showList, Topics: s.Topics},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne, Topics: ofMeeting},
		{Method: "GET", Pattern: ofPattern, Query: []string{"after"}, Access: web.Everyone, Handler: s.showOf, Topics: s.Topics},
		{Method: "GET", Pattern: ofPattern + "/calendar.ics", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getCalendar, Topics: s.Topics, Plain: true},
		{Method: "GET", Pattern: onePattern + "/invitation.ics", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getInvitation, Topics: ofMeeting, Plain: true},
		{Method: "GET", Pattern: onePattern + "/agenda.pdf", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getAgenda, Topics: ofMeeting, Plain: true, Heavy: true},
		{Method: "GET", Pattern: deskPattern, Access: part.Secretaries(), Handler: s.showDesk},
	}, s.machineRoutes()...), web.Forms(
		web.Form{Pattern: ofPattern + "/ask", Access: web.Residents, Show: s.askPage, Do: s.ask},
		web.Form{Pattern: onePattern + "/come", Page: onePattern, Access: web.Residents, Do: s.come, Button: true},

		web.Form{Pattern: deskOf + "/meetings/new", Access: part.Secretaries(), Show: s.planPage, Do: s.plan},
		web.Form{Pattern: deskOf + "/questions/{question}", Access: part.Secretaries(), Show: s.questionPage, Check: s.questionCheck, Do: s.decideQuestion},
		web.Form{Pattern: deskPattern + "/items/new", Access: part.Secretaries(), Show: s.itemPage, Check: s.itemCheck, Do: s.addItem},
		web.Form{Pattern: itemPattern, Access: part.Secretaries(), Show: s.settlePage, Do: s.settleItem},
		web.Form{Pattern: itemPattern + "/vote", Access: part.Secretaries(), Show: s.votePage, Check: s.voteCheck, Do: s.hold},
		web.Form{Pattern: deskPattern + "/link", Access: part.Secretaries(), Show: s.linkPage, Do: s.link},
		web.Form{Pattern: deskPattern + "/move", Access: part.Secretaries(), Show: s.movePage, Check: s.moveCheck, Do: s.move},
		web.Form{Pattern: deskPattern + "/call-off", Access: part.Secretaries(), Show: s.callOffPage, Check: s.callOffCheck, Do: s.callOff},
		web.Form{Pattern: deskPattern + "/convene", Page: deskPattern, Access: part.Secretaries(), Check: s.conveneCheck, Do: s.convene, Button: true},
		web.Form{Pattern: deskPattern + "/present", Page: deskPattern, Access: part.Secretaries(), Do: s.present, Button: true},
		web.Form{Pattern: deskPattern + "/close", Page: deskPattern, Access: part.Secretaries(), Check: s.closeCheck, Do: s.close, Button: true},
	)...)
}

// Topics are what the pages show: meetings, and things of whatever part: bodies, and what points come from.
func (s *Service) Topics(*http.Request) []string {
	out := []string{Topic, city.Topic, city.TopicDay}
	for _, p := range s.declared.Parts() {
		out = append(out, p.Name)
	}
	return out
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// bodyOf is the body that an address names.
func bodyOf(r *http.Request) civic.Ref { return civic.Ref{Kind: r.PathValue("kind"), ID: pathID(r)} }

// page is what all pages here share.
type page struct {
	ui.Page
	Form ui.Form
}

func newPage(w http.ResponseWriter, r *http.Request, title string) page {
	return page{web.NewPage(w, r, title), ui.Form{Values: map[string][]string{}}}
}

func (p page) listLink() ui.Link { return Link(p.Page) }

// Link leads to all meetings.
func Link(p ui.Page) ui.Link { return ui.Link{Text: p.T("meetings.nav"), Path: root} }

type listPage struct {
	page
	Body     civic.Ref // zero: of all bodies
	Bodies   []ui.Option
	Narrowed bool
	Query    string // as the address has it, with the question mark
	Found    List
	NextTo   string
}

// listed are the parameters by which the list is narrowed.
var listed = []string{"q", "of", "when", "month"}

// queryOf reads what meetings are looked for. Nonsense narrows nothing.
func (s *Service) queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{Words: strings.TrimSpace(v.Get("q")), After: v.Get("after")}
	q.Body, _ = civic.ParseRef(v.Get("of"))
	if when := When(v.Get("when")); slices.Contains(whens, when) {
		q.When = when
	}
	q.Month, _ = time.ParseInLocation("2006-01", v.Get("month"), s.city.Zone())
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	q := s.queryOf(r)
	l, err := s.List(r.Context(), q)
	if err != nil {
		return err
	}
	p := listPage{page: newPage(w, r, web.L(r).T("meetings.nav")), Found: l, Narrowed: q != Query{After: q.After}}
	p.Lede, p.Feed = p.T("meetings.nav_lede"), ui.Link{Text: p.T("meetings.feed_title"), Path: p.URL(root + ".atom")}
	p.Form.Values = r.URL.Query()
	err = s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		p.Bodies, err = s.declared.Options(tx, p.Page, "meetings.of_any", slices.Collect(maps.Keys(s.owners))...)
		return err
	})
	if err != nil {
		return err
	}
	p.Query = web.Narrowed(r, listed...)
	return renderList(w, r, p)
}

func renderList(w http.ResponseWriter, r *http.Request, p listPage) error {
	if p.Found.Next != "" {
		p.NextTo = p.With("after", p.Found.Next)
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

// showOf lists the meetings of one body.
func (s *Service) showOf(w http.ResponseWriter, r *http.Request) error {
	b, err := s.named(r.Context(), bodyOf(r))
	if err != nil {
		return err
	}
	l, err := s.List(r.Context(), Query{Body: b.Ref, After: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	p := listPage{page: newPage(w, r, ""), Body: b.Ref, Found: l}
	p.SetTitle("meetings.of", "Body", b.Name)
	p.Crumbs = []ui.Link{p.listLink(), p.LinkTo(b.Path, b.Name)}
	return renderList(w, r, p)
}

type onePage struct {
	page
	View
}

func (s *Service) onePage(w http.ResponseWriter, r *http.Request) (p onePage, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return p, err
	}
	p = onePage{newPage(w, r, web.L(r).T("meetings.meeting_on", "Date", v.StartsAt)), v}
	p.SetLedeName(v.Of.Name)
	p.Crumbs = []ui.Link{p.listLink(), p.LinkTo(v.Of.Path, v.Of.Name)}
	return p, nil
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.onePage(w, r)
	if err == nil && !p.Public() {
		err = notThere()
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

type askPage struct {
	page
	Of  Named
	Max int
}

func (s *Service) askPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	b, err := s.named(r.Context(), bodyOf(r))
	if err != nil {
		return nil, err
	}
	p := askPage{newPage(w, r, web.L(r).T("meetings.ask")), b, s.value("question_max")}
	p.Form = f
	p.SetLedeName(b.Name)
	p.Crumbs = []ui.Link{p.LinkTo(b.Path, b.Name)}
	return askView(p), nil
}

func (s *Service) ask(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	b, err := s.named(r.Context(), bodyOf(r))
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(b.Path, "meetings.asked"), s.Ask(r.Context(), web.Actor(r), b.Ref, f.Value("words"), web.WrittenIn(r, f, f.Value("words")))
}

func (s *Service) come(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "meetings.comes"), s.Come(r.Context(), web.Actor(r), pathID(r), f.Value("speaks") != "")
}

// meetingLasts is how long a calendar keeps free for a meeting: nobody knows beforehand.
const meetingLasts = 2 * time.Hour

func eventOf(r *http.Request, l *i18n.Localizer, m Meeting, body civic.Text) ical.Event {
	return ical.Event{UID: string(m.ID) + "@birge", Start: m.StartsAt, Lasts: meetingLasts, Title: l.Text(body), Place: l.Text(m.Place), URL: web.Origin(r) + ui.Localized(l.Lang(), Path(m.ID)), Changed: m.ChangedAt,
		Sequence: m.Sequence, Canceled: m.State == CalledOff}
}

// getInvitation is one meeting, which one puts into one's own calendar.
func (s *Service) getInvitation(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	l := s.catalog.For(web.AskedLang(r))
	return web.Write(w, r, "text/calendar; charset=utf-8", ical.Write(l.Text(v.Of.Name), []ical.Event{eventOf(r, l, v.Meeting, v.Of.Name)}))
}

// getCalendar is the meetings of a body that anybody's calendar follows.
func (s *Service) getCalendar(w http.ResponseWriter, r *http.Request) error {
	b, err := s.named(r.Context(), bodyOf(r))
	if err != nil {
		return err
	}
	l := s.catalog.For(web.AskedLang(r))
	var events []ical.Event
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.Of(tx, civic.Actor{}, b.Ref, 100)
		for _, m := range all {
			events = append(events, eventOf(r, l, m, b.Name))
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Write(w, r, "text/calendar; charset=utf-8", ical.Write(l.Text(b.Name), events))
}
