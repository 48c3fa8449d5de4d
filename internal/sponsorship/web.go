package sponsorship

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	onePattern  = root + "/{id}"
	bookPattern = onePattern + "/book"
	giftPattern = mine + "/{gift}"
	runPattern  = desk + "/{id}"
	linePattern = statements + "/lines/{line}"
)

func (s *Service) routes() []web.Route {
	kept := func(*http.Request) []string { return []string{topic} }
	routes := append([]web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.showList, Query: []string{"state", "district", "theme", "q", "after"}}, // not kept: whether gifts are taken changes by the minute
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne},
		{Method: "GET", Pattern: bookPattern, Access: web.Everyone, Handler: s.showBook, Query: []string{"after"}},
		{Method: "GET", Pattern: bookPattern + "/{number}", Access: web.Everyone, Handler: s.showRow},
		{Method: "GET", Pattern: mine, Access: web.SignedIn, Handler: s.showMine},
		{Method: "GET", Pattern: giftPattern, Access: web.SignedIn, Handler: s.showGift},
		{Method: "GET", Pattern: desk, Access: web.Hosts, Handler: s.showDesk},
		{Method: "GET", Pattern: runPattern, Access: web.Hosts, Handler: s.showRun},
	}, web.Tables(web.Route{Pattern: root, Access: web.Everyone, Topics: kept}, s.getTable)...)
	routes = append(routes, web.Tables(web.Route{Pattern: bookPattern, Access: web.Everyone, Topics: kept}, s.getBook)...)
	return append(append(routes, s.machineRoutes()...), web.Forms(
		web.Form{Pattern: onePattern + "/give", Access: web.Residents, Show: s.givePage, Do: s.pledge},
		web.Form{Pattern: giftPattern + "/announce", Page: giftPattern, Access: web.SignedIn, Do: s.announce, Button: true},
		web.Form{Pattern: giftPattern + "/withdraw", Page: giftPattern, Access: web.SignedIn, Do: s.withdraw, Button: true},

		web.Form{Pattern: desk + "/new", Access: web.Hosts, Show: s.newPage, Do: s.keep},
		web.Form{Pattern: runPattern + "/edit", Access: web.Hosts, Show: s.editPage, Do: s.keep},
		web.Form{Pattern: runPattern + "/send", Page: runPattern, Access: web.Hosts, Check: s.sendCheck, Do: s.send, Button: true},
		web.Form{Pattern: runPattern + "/check", Access: web.Moderators, Query: []string{"back"}, Show: s.decidePage, Do: s.decide},
		web.Form{Pattern: runPattern + "/close", Access: web.Hosts, Show: s.closePage, Check: s.closeCheck, Do: s.close},

		web.Form{Pattern: statements, Access: web.Hosts, Query: []string{"of"}, Show: s.statementsPage, Do: s.importIt, MaxBody: 3 << 20, Heavy: true},
		web.Form{Pattern: linePattern, Access: web.Hosts, Show: s.linePage, Check: s.settleCheck, Do: s.settleIt},
		web.Form{Pattern: linePattern + "/reopen", Page: linePattern, Access: web.Hosts, Do: s.reopen, Button: true},
		web.Form{Pattern: statements + "/gifts/{gift}/back", Access: web.Hosts, Show: s.backPage, Do: s.askBack},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// page is what all pages here share.
type page struct {
	ui.Page
	Form ui.Form
	Cal  civic.Calendar
	City *city.Settings
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, title string, f ui.Form) page {
	return page{web.NewPage(w, r, title), f, s.city.Settings.Calendar(), s.city.Settings.Current()}
}

// day is a day of a bank, as it is written in the reader's language.
func (p page) day(t time.Time) string { return p.L.Date(t.Add(12 * time.Hour)) }

type listPage struct {
	page
	Query
	All  []Listed
	Next string
}

func (s *Service) query(r *http.Request) Query {
	q := r.URL.Query()
	out := Query{Scope: s.city.Settings.Current().Known(city.Scope{District: q.Get("district"), Theme: q.Get("theme")}), Words: q.Get("q"), After: q.Get("after")}
	if state := State(q.Get("state")); state == Running || state == Closed {
		out.State = state
	}
	return out
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	p := listPage{page: s.page(w, r, web.L(r).T("sponsorship.nav"), ui.Form{Values: r.URL.Query()}), Query: s.query(r)}
	p.Lede = p.T("sponsorship.lede")
	all, next, err := s.List(r.Context(), p.Query)
	if err != nil {
		return err
	}
	if p.All = all; next != "" {
		p.Next = p.With("after", next)
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "campaigns", Head: []string{"id", "organisation", "state", "title_kk", "title_ru", "minimum", "optimum", "raised", "spent", "fees", "givers", "ends_at"},
			Rows: func(write func([]string) error) error {
				return storage.Walk(func(after string) ([]Listed, string, error) { return s.List(r.Context(), Query{After: after}) }, func(c Listed) error {
					return write([]string{string(c.ID), string(c.Organisation), string(c.State), c.Title[civic.Kazakh], c.Title[civic.Russian], c.Minimum().String(), c.Optimum().String(), c.Raised.String(), c.Spent.String(), c.Fees.String(),
						strconv.FormatInt(c.Givers, 10), c.Ends.UTC().Format(time.RFC3339)})
				})
			}})
	}
}

type onePage struct {
	page
	View
}

// named begins a page about a campaign.
func (p *page) named(c Campaign, title string, args ...any) {
	p.Crumbs = []ui.Link{{Text: p.T("sponsorship.nav"), Path: root}}
	p.SetName(c.Title)
	if title != "" {
		p.Crumbs = append(p.Crumbs, p.LinkTo(Path(c.ID), c.Title))
		p.SetTitle(title, args...)
	}
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return err
	}
	p := onePage{s.page(w, r, "", ui.Form{}), v}
	p.named(v.Campaign, "")
	return web.Render(w, r, http.StatusOK, oneView(p))
}

type bookPage struct {
	page
	Listed
	Rows []ShownRow
	Next string
}

func (s *Service) showBook(w http.ResponseWriter, r *http.Request) error {
	below, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // nonsense is the beginning
	l, rows, next, err := s.Book(r.Context(), web.Actor(r), pathID(r), below)
	if err != nil {
		return err
	}
	p := bookPage{page: s.page(w, r, "", ui.Form{}), Listed: l, Rows: rows}
	p.named(l.Campaign, "sponsorship.book_of")
	if next > 0 {
		p.Next = p.With("after", strconv.FormatInt(next, 10))
	}
	return web.Render(w, r, http.StatusOK, bookView(p))
}

func (s *Service) getBook(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, _, _, err := s.Book(r.Context(), civic.Actor{}, pathID(r), 0); err != nil {
			return err
		}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "book", Head: []string{"row", "day", "sort", "amount", "left", "giver", "what", "takes_back_row"}, Rows: func(write func([]string) error) error {
			return storage.Walk(func(after string) ([]ShownRow, string, error) {
				below, _ := strconv.ParseInt(after, 10, 64)
				_, rows, next, err := s.Book(r.Context(), civic.Actor{}, pathID(r), below)
				if next == 0 {
					return rows, "", err
				}
				return rows, strconv.FormatInt(next, 10), err
			}, func(b ShownRow) error {
				return write([]string{strconv.FormatInt(b.Number, 10), b.Day.Format(time.DateOnly), string(b.Sort), b.Amount.String(), b.Left.String(), b.Name, b.What, undone(b.Undoes)})
			})
		}})
	}
}

func undone(number int64) string {
	if number == 0 {
		return ""
	}
	return strconv.FormatInt(number, 10)
}

type rowPage struct {
	page
	Listed
	Row ShownRow
}

func (s *Service) showRow(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 32)
	if err != nil || number < 1 {
		return notThere()
	}
	l, row, err := s.RowOf(r.Context(), web.Actor(r), pathID(r), number)
	if err != nil {
		return err
	}
	p := rowPage{s.page(w, r, "", ui.Form{}), l, row}
	p.named(l.Campaign, "sponsorship.row_title", "Number", row.Number)
	return web.Render(w, r, http.StatusOK, rowView(p))
}

type givePage struct {
	page
	Listed
}

func (s *Service) givePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	p := givePage{s.page(w, r, "", f), v.Listed}
	if err == nil && !p.Takes(p.Now) {
		err = civic.Fail(civic.Closed, "sponsorship.takes_no_more")
	}
	if p.named(v.Campaign, "sponsorship.give"); !f.Sent {
		f.Values.Set("name", p.Actor.Name)
	}
	return giveView(p), err
}

func (s *Service) pledge(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	amount, _ := civic.ParseMoney(f.Value("amount")) // none is refused
	id, err := s.Pledge(r.Context(), web.Actor(r), pathID(r), Gift{Name: f.Value("name"), Shown: Shown(f.Value("shown")), Clause: f.Value("clause") != "", Amount: amount, Monthly: f.Value("monthly") != ""})
	return web.Done(giftPath(id), "sponsorship.pledged"), err
}

type minePage struct {
	page
	Gifts []Own
}

func (s *Service) showMine(w http.ResponseWriter, r *http.Request) (err error) {
	p := minePage{page: s.page(w, r, web.L(r).T("sponsorship.nav_own"), ui.Form{})}
	p.NoIndex = true
	if p.Gifts, err = s.OwnGifts(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, mineView(p))
}

type giftPage struct {
	page
	Own
}

func giftID(r *http.Request) civic.ID { return civic.ID(r.PathValue("gift")) }

func (s *Service) showGift(w http.ResponseWriter, r *http.Request) error {
	o, err := s.OwnGift(r.Context(), web.Actor(r), giftID(r))
	if err != nil {
		return err
	}
	p := giftPage{s.page(w, r, "", ui.Form{}), o}
	p.NoIndex = true
	p.SetTitle("sponsorship.gift_title", "Title", o.Of.Title)
	p.Crumbs = []ui.Link{{Text: p.T("sponsorship.nav_own"), Path: mine}}
	return web.Render(w, r, http.StatusOK, giftView(p))
}

func (s *Service) announce(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(giftPath(giftID(r)), "sponsorship.announced"), s.Announce(r.Context(), web.Actor(r), giftID(r))
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(giftPath(giftID(r)), "sponsorship.withdrawn"), s.Withdraw(r.Context(), web.Actor(r), giftID(r))
}
