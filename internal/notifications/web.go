package notifications

import (
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) routes() []web.Route {
	const off = "/unsubscribe/{token}"
	return append(web.Forms(
		web.Form{Pattern: "/notices", Query: []string{"before"}, Access: web.SignedIn, Show: s.listPage, Do: s.savePace},
		web.Form{Pattern: "/notices/read", Page: "/notices", Access: web.SignedIn, Do: s.readAll, Button: true},
		web.Form{Pattern: off, Page: off, Access: web.Everyone, Do: s.mailsOff, Button: true},
	),
		web.Route{Method: "GET", Pattern: off, Query: []string{"kind", "id"}, Access: web.Everyone, Handler: s.showOff},
		web.Route{Method: "GET", Pattern: "/notices/{id}", Access: web.SignedIn, Handler: s.open})
}

// day is the notices of one day in the city.
type day struct {
	Date    time.Time
	Notices []Kept
}

func byDay(notices []Kept, l *i18n.Localizer) []day {
	var days []day
	for _, n := range notices {
		date := n.CreatedAt.In(l.Zone())
		if len(days) == 0 || days[len(days)-1].Date.Format(time.DateOnly) != date.Format(time.DateOnly) {
			days = append(days, day{Date: date})
		}
		days[len(days)-1].Notices = append(days[len(days)-1].Notices, n)
	}
	return days
}

func (s *Service) listPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	list, err := s.Notices(r.Context(), web.Actor(r).Account, before)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		f.Values.Set("pace", string(list.Pace))
	}
	p := web.NewPage(w, r, web.L(r).T("notifications.title"))
	p.NoIndex = true
	return noticesPage(p, f, list, byDay(list.Notices, web.L(r)), before != ""), nil
}

// open leads on to what a notice is about. That it counts as read is all that it changes.
func (s *Service) open(w http.ResponseWriter, r *http.Request) error {
	id, ok := civic.ParseID(r.PathValue("id"))
	if !ok {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	path, err := s.Open(r.Context(), web.Actor(r).Account, id)
	if err != nil {
		return err
	}
	return web.See(w, r, path, ui.Info, "")
}

func (s *Service) readAll(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done("/notices", "notifications.all_read"), s.ReadAll(r.Context(), web.Actor(r).Account)
}

func (s *Service) savePace(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done("/notices", "notifications.pace_saved"), s.SetPace(r.Context(), web.Actor(r).Account, Pace(f.Value("pace")))
}

// showOff asks before it turns mails off: programs that scan mails open links.
func (s *Service) showOff(w http.ResponseWriter, r *http.Request) error {
	page, err := s.offView(w, r, named(r.URL.Query().Get), false)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page)
}

func (s *Service) offView(w http.ResponseWriter, r *http.Request, thing civic.Ref, done bool) (templ.Component, error) {
	v := offPage{Page: web.NewPage(w, r, web.L(r).T("notifications.off_title")), Token: url.PathEscape(r.PathValue("token")), Thing: thing, Done: done}
	v.NoIndex = true
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		titles, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{thing})
		v.Resolved, v.Named = titles[thing]
		return err
	})
	return offPageView(v), err
}

// offPage asks whether to end mails, those about one thing or all.
type offPage struct {
	ui.Page
	Token string    // as it stands in an address: whoever asks is shown the form, whatever it is
	Thing civic.Ref // zero: all mails
	part.Resolved
	Named bool // the thing can be named
	Done  bool
}

// mailsOff is called by the page's buttons, and by mail programs with theirs (RFC 8058), which send to the address
// of the page.
func (s *Service) mailsOff(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	thing := named(r.URL.Query().Get)
	if f.Value("kind") != "" {
		thing = named(f.Value)
	}
	var err error
	if token := r.PathValue("token"); thing == (civic.Ref{}) || f.Value("all") != "" {
		err = s.Unsubscribe(r.Context(), token)
		thing = civic.Ref{}
		Forget(w, r)
	} else {
		err = s.Stop(r.Context(), token, thing)
	}
	if err != nil {
		return web.Next{}, err
	}
	page, err := s.offView(w, r, thing, true)
	return web.Instead(page), err
}
