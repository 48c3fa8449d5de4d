package booking

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
)

const (
	ownList     = "/bookings"
	ownPattern  = ownList + "/{id}"
	bookPattern = "/book/{kind}/{id}"
	byPattern   = bookPattern + "/by/{token}"
	doorPattern = "/door/{kind}/{id}"
	mostOwn     = 50
)

func (s *Service) routes() []web.Route {
	out := append([]web.Route{
		{Method: "GET", Pattern: ownList, Query: []string{"after"}, Access: web.SignedIn, Handler: s.ownList},
		web.Page(ownPattern, web.SignedIn, s.ownPage),
		web.Page(byPattern, web.Everyone, s.ownPage),
		{Method: "GET", Pattern: doorPattern + "/list", Access: web.SignedIn, Handler: s.printList},
		{Method: "GET", Pattern: doorPattern + "/list.json", Access: web.SignedIn, Handler: s.getList, Plain: true},
		{Method: "POST", Pattern: doorPattern + "/scans", Access: web.SignedIn, Handler: s.takeScans, Page: doorPattern, MaxBody: 1 << 20},
	}, web.Forms(
		web.Form{Pattern: bookPattern, Access: web.Everyone, Show: s.bookPage, Do: s.book},
		web.Form{Pattern: ownPattern + "/take", Page: ownPattern, Access: web.SignedIn, Do: s.take, Button: true},
		web.Form{Pattern: ownPattern + "/back", Page: ownPattern, Access: web.SignedIn, Do: s.giveBack, Button: true},
		web.Form{Pattern: byPattern + "/confirm", Page: byPattern, Access: web.Everyone, Do: s.confirm, Button: true},
		web.Form{Pattern: byPattern + "/take", Page: byPattern, Access: web.Everyone, Do: s.take, Button: true},
		web.Form{Pattern: byPattern + "/back", Page: byPattern, Access: web.Everyone, Do: s.giveBack, Button: true},
		web.Form{Pattern: ownPattern + "/say", Page: ownPattern, Access: web.SignedIn, Show: s.ownPage, Do: s.say},
		web.Form{Pattern: byPattern + "/say", Page: byPattern, Access: web.Everyone, Show: s.ownPage, Do: s.say},
		web.Form{Pattern: ownPattern + "/name", Page: ownPattern, Access: web.SignedIn, Do: s.consent, Button: true},
		web.Form{Pattern: byPattern + "/name", Page: byPattern, Access: web.Everyone, Do: s.consent, Button: true},
		web.Form{Pattern: doorPattern, Access: web.SignedIn, Show: s.doorPage, Do: s.readOne, Field: "code"},
	)...)
	return append(out, web.Tables(web.Route{Pattern: doorPattern + "/guests", Access: web.SignedIn}, s.getGuests)...)
}

// thing is what an address names.
func thing(r *http.Request) civic.Ref {
	return civic.Ref{Kind: r.PathValue("kind"), ID: civic.ID(r.PathValue("id"))}
}

// who asks about a booking: by the address of their own page, or by the token of a mail.
func who(r *http.Request) Who {
	if token := r.PathValue("token"); token != "" {
		return Who{Token: token, Of: thing(r)}
	}
	return Who{Actor: web.Actor(r), ID: civic.ID(r.PathValue("id"))}
}

// pathOf is the page of the booking that is asked about.
func pathOf(r *http.Request) string {
	if token := r.PathValue("token"); token != "" {
		return byPath(thing(r)) + "/" + token
	}
	return Path(civic.ID(r.PathValue("id")))
}

type bookPage struct {
	ui.Page
	ToBook
	Form  ui.Form
	Known bool
	Asked questions.Form // that are to be answered, after what was answered so far
	More  bool           // some of them follow from what was answered
	Days  int            // after which answers are forgotten
}

// askedField names the questions that a form held, so that those which follow from its answers are asked before anything is booked.
const askedField = "asked"

// asked are the questions of a form that are to be answered, after what was typed so far.
func asked(f ui.Form, form questions.Form) questions.Form {
	said, _ := form.Answered(func(q questions.Question) []string { return q.TypedIn(f) }, nil)
	return form.Asked(said)
}

// follows reports whether what was typed leads to questions that the form did not hold.
func follows(f ui.Form, form questions.Form) bool {
	if !f.Values.Has(askedField) {
		return false
	}
	held := strings.Split(f.Value(askedField), ",")
	return slices.ContainsFunc(asked(f, form), func(q questions.Question) bool { return !slices.Contains(held, q.Key) })
}

func (s *Service) bookPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	t, err := s.ToBook(r.Context(), web.Actor(r), thing(r))
	if err != nil {
		return nil, err
	}
	p := bookPage{Page: web.NewPage(w, r, web.L(r).T("booking.book")), ToBook: t, Form: f}
	p.Known, p.NoIndex = p.Actor.Has(civic.Resident), true
	p.SetLedeName(t.Of.Title)
	p.Crumbs = []ui.Link{p.LinkTo(t.Of.Path, t.Of.Title)}
	p.Asked, p.More, p.Days = asked(f, t.Asks), f.Sent && len(f.Problems) == 0, s.value("forget_days")
	if !f.Sent {
		f.Values.Set("seat", "1")
		f.Values.Set("name", p.Actor.Name)
	}
	return bookView(p), nil
}

func (s *Service) book(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	a := web.Actor(r)
	if t, err := s.ToBook(r.Context(), a, thing(r)); err != nil || follows(f, t.Asks) {
		return web.SamePage(w, r, f, s.bookPage, err)
	}
	if !a.Has(civic.Resident) {
		if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
			return web.Next{}, err
		}
	}
	wish := Wish{Name: f.Value("name"), Email: f.Value("email"), Shown: f.Value("shown") != "", LetsPass: f.Value("lets_pass") != "", Lang: web.L(r).Lang(), Typed: func(q questions.Question) []string { return q.TypedIn(f) }}
	for kind, name := range kindNames {
		if f.Value(name) != "" {
			wish.Places[kind] = f.Whole(name)
		}
	}
	p, err := s.Book(r.Context(), a, thing(r), wish)
	switch {
	case err != nil:
		return web.Next{}, err
	case p.Account == a.Account && a.Has(civic.Resident) && p.State == Waiting:
		return web.Next{Path: Path(p.ID), Tone: ui.Info, Notice: "booking.you_wait"}, nil
	case p.Account == a.Account && a.Has(civic.Resident):
		return web.Done(Path(p.ID), "booking.booked"), nil
	}
	return web.Instead(askedView(askedPage{web.NewPage(w, r, web.L(r).T("booking.look_into_mail")), s.value("confirm_minutes")})), nil
}

type askedPage struct {
	ui.Page
	Minutes int
}

type ownPage struct {
	ui.Page
	Held
	Form ui.Form
	Base string
	QR   []templ.SafeURL
	ByMe bool // a mail led here
}

func (s *Service) ownPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	h, err := s.Show(r.Context(), who(r))
	if err != nil {
		return nil, err
	}
	p := ownPage{Page: web.NewPage(w, r, web.L(r).T("booking.own")), Held: h, Form: f, Base: pathOf(r), ByMe: r.PathValue("token") != ""}
	if p.NoIndex = true; !f.Sent && h.Said.Mark > 0 {
		f.Values.Set("mark", strconv.Itoa(h.Said.Mark))
		f.Values.Set("better", h.Said.Better)
	}
	if h.Of.Path != "" {
		p.SetLedeName(h.Of.Title)
		p.Crumbs = []ui.Link{p.LinkTo(h.Of.Path, h.Of.Title)}
	}
	for _, t := range h.Tickets {
		src, err := ui.QR(t.QR)
		if err != nil {
			return nil, err
		}
		p.QR = append(p.QR, src)
	}
	return ownView(p), nil
}

func (s *Service) take(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(pathOf(r), "booking.taken"), s.Take(r.Context(), who(r))
}

func (s *Service) giveBack(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(pathOf(r), "booking.given_back"), s.GiveBack(r.Context(), who(r))
}

func (s *Service) say(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(pathOf(r), "booking.said"), s.Say(r.Context(), who(r), Said{Mark: f.Whole("mark"), Better: f.Value("better")})
}

func (s *Service) consent(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	shown, said := f.Value("shown") != "", "booking.name_hidden"
	if shown {
		said = "booking.name_shown"
	}
	return web.Done(pathOf(r), said), s.Consent(r.Context(), who(r), shown)
}

func (s *Service) confirm(w http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	if err := s.Confirm(r.Context(), r.PathValue("token"), thing(r)); err != nil {
		return web.Next{}, err
	}
	notifications.Remember(w, r, r.PathValue("token"))
	return web.Done(pathOf(r), "booking.address_confirmed"), nil
}

// here is what was booked from the address that was confirmed in this browser. Whoever has an account finds it among their bookings.
func (s *Service) here(tx *storage.Tx, r *http.Request, most int) (out []part.Mine, err error) {
	reader, token, err := notifications.Here(tx, r)
	if reader == "" {
		return nil, err
	}
	all, err := s.ownOf(tx, civic.Actor{}, reader, Party{}, most)
	for _, o := range all {
		if o.Of.Title.Empty() { // it is no longer shown to everybody, and has no name here
			continue
		}
		out = append(out, o.mine(byPath(o.ref)+"/"+token))
	}
	return out, err
}

// mine is what an account has booked, as part.Running has it.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := s.Own(tx, a, Party{}, most)
	for _, o := range all {
		if o.Of.Title.Empty() { // it is no longer shown, and stands on /bookings without a name
			continue
		}
		out = append(out, o.mine(Path(o.ID)))
	}
	return out, err
}

// mine is a booking among what a person did, with its page.
func (o Own) mine(path string) part.Mine {
	return part.Mine{Kind: o.ref.Kind, Title: o.Of.Title, Path: path, At: o.BookedAt, State: civic.Say("booking.state_" + string(o.State)), Tone: ownPage{Held: Held{Party: o.Party}}.tone()}
}

type ownListPage struct {
	ui.Page
	All    []Own
	NextTo string
}

func (s *Service) ownList(w http.ResponseWriter, r *http.Request) error {
	p := ownListPage{Page: web.NewPage(w, r, web.L(r).T("booking.nav"))}
	p.Lede, p.NoIndex = p.T("booking.nav_lede"), true
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		var after Party
		if id := r.URL.Query().Get("after"); id != "" {
			if after, err = partyByID(tx, civic.ID(id)); err == nil && after.Account != p.Actor.Account {
				err = notThere()
			}
		}
		if err == nil {
			p.All, err = s.Own(tx, p.Actor, after, mostOwn+1)
		}
		return err
	})
	if err != nil {
		return err
	}
	page, last := storage.Page(p.All, mostOwn)
	if p.All = page; last != nil {
		p.NextTo = p.With("after", string(last.ID))
	}
	return web.Render(w, r, http.StatusOK, ownListView(p))
}

// The door.

type doorPage struct {
	ui.Page
	Form   ui.Form
	List   DoorList
	Twice  []Double
	Of     part.Resolved
	Thing  civic.Ref
	Script string
	Reader string  // of codes, for browsers that have none
	Guests []Guest // on paper
}

func (p doorPage) base() string { return DoorPath(p.Thing) }

// doorPage is the page of whoever stands at the door. It alone may ask for the camera.
func (s *Service) doorPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := doorPage{Page: web.NewPage(w, r, web.L(r).T("booking.door")), Form: f, Thing: thing(r), Script: ui.Assets()["door.js"].Path, Reader: ui.Assets()["qr.js"].Path}
	var err error
	if p.Of, err = s.Runs(r.Context(), p.Actor, p.Thing); err != nil {
		return nil, err
	}
	if p.List, err = s.List(r.Context(), p.Actor, p.Thing); err != nil {
		return nil, err
	}
	if p.Twice, err = s.Doubles(r.Context(), p.Actor, p.Thing); err != nil {
		return nil, err
	}
	p.NoIndex = true
	p.SetLedeName(p.Of.Title)
	w.Header().Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), interest-cohort=()")
	return doorView(p), nil
}

// readOne takes one code as it was typed, on a phone without a script.
func (s *Service) readOne(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	at := s.db.Now()
	if f.Value("code") == "" {
		return web.Next{}, civic.Wrong("code", "booking.code_missing")
	}
	out, _, err := s.Scans(r.Context(), web.Actor(r), thing(r), []Scan{{Device: "page:" + string(web.Actor(r).Account), Nonce: string(civic.NewID(at)), Read: f.Value("code"), At: at}})
	if err != nil {
		return web.Next{}, err
	}
	tone := ui.Bad
	if out[0].Result == Valid {
		tone = ui.Good
	}
	return web.Next{Path: DoorPath(thing(r)), Tone: tone, Notice: "booking.result_" + string(out[0].Result)}, nil
}

func (s *Service) getList(w http.ResponseWriter, r *http.Request) error {
	l, err := s.List(r.Context(), web.Actor(r), thing(r))
	if err != nil {
		return err
	}
	return web.JSON(w, r, l)
}

// told is a scan as the page of the door sends it.
type told struct {
	Device string `json:"device"`
	Nonce  string `json:"nonce"`
	Read   string `json:"read"`
	Said   string `json:"said"`
	At     int64  `json:"at"` // milliseconds
}

// takeScans takes what a device read meanwhile, as JSON in the field "scans", and answers what each comes to.
func (s *Service) takeScans(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	var sent []told
	if err := json.Unmarshal([]byte(f.Value("scans")), &sent); err != nil {
		return civic.Fail(civic.Invalid, "booking.scan_unread")
	}
	var all []Scan
	for _, t := range sent {
		all = append(all, Scan{Device: t.Device, Nonce: t.Nonce, Read: t.Read, Said: Result(t.Said), At: time.UnixMilli(t.At)})
	}
	out, counts, err := s.Scans(r.Context(), web.Actor(r), thing(r), all)
	if err != nil {
		return err
	}
	return web.JSON(w, r, map[string]any{"outcomes": out, "counts": counts})
}

// printList is the list on paper, when no phone works.
func (s *Service) printList(w http.ResponseWriter, r *http.Request) error {
	p := doorPage{Page: web.NewPage(w, r, web.L(r).T("booking.print_list")), Thing: thing(r)}
	var err error
	if p.Of, err = s.Runs(r.Context(), p.Actor, p.Thing); err != nil {
		return err
	}
	if p.List, err = s.List(r.Context(), p.Actor, p.Thing); err != nil {
		return err
	}
	if p.Guests, err = s.Guests(r.Context(), p.Actor, p.Thing); err != nil {
		return err
	}
	p.NoIndex = true
	p.SetLedeName(p.Of.Title)
	return web.Render(w, r, http.StatusOK, printView(p))
}

// getGuests is who comes and what they answered, to take away. Whoever runs the thing has it on paper too.
func (s *Service) getGuests(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		all, err := s.Guests(r.Context(), web.Actor(r), thing(r))
		if err != nil {
			return err
		}
		columns, page := columnsOf(all), web.NewPage(w, r, "")
		head := append([]string{"name", "state", "booked_at"}, kindNames[:]...)
		for _, q := range columns {
			head = append(head, page.L.Text(q.Label))
		}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "guests", Head: head, Rows: func(write func([]string) error) error {
			for _, g := range all {
				row := []string{g.Name, string(g.State), g.BookedAt.UTC().Format(time.RFC3339)}
				for _, n := range g.Places {
					row = append(row, strconv.Itoa(n))
				}
				row = append(row, make([]string, len(columns))...)
				for _, q := range g.Asked {
					row[len(head)-len(columns)+columnOf(columns, q)] = q.Told(page, g.answers[q.Key])
				}
				if err := write(row); err != nil {
					return err
				}
			}
			return nil
		}})
	}
}
