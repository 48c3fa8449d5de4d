package notifications

import (
	"net/http"
	"net/url"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/notices", Access: web.SignedIn, Handler: s.list},
		{Method: "GET", Pattern: "/notices/{id}", Access: web.SignedIn, Handler: s.open},
		{Method: "POST", Pattern: "/notices/read", Access: web.SignedIn, Handler: s.readAll},
		{Method: "POST", Pattern: "/notices/mails", Access: web.SignedIn, Handler: s.postPace},
		{Method: "GET", Pattern: "/unsubscribe/{token}", Access: web.Everyone, Handler: s.showOff},
		{Method: "POST", Pattern: "/unsubscribe/{token}", Access: web.Everyone, Handler: s.postOff},
	}
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

func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, f ui.Form) error {
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	list, err := s.Notices(r.Context(), web.Actor(r).Account, before)
	if err != nil {
		return err
	}
	p := web.NewPage(w, r, web.L(r).T("notifications.title"))
	p.NoIndex = true
	if f.Values == nil {
		f.Values = url.Values{"pace": {string(list.Pace)}}
	}
	return web.Render(w, r, status, noticesPage(p, f, list, byDay(list.Notices, web.L(r)), before != ""))
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, ui.Form{})
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

func (s *Service) readAll(w http.ResponseWriter, r *http.Request) error {
	if err := s.ReadAll(r.Context(), web.Actor(r).Account); err != nil {
		return err
	}
	return web.See(w, r, "/notices", ui.Good, "notifications.all_read")
}

func (s *Service) postPace(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r)
	if err != nil {
		return err
	}
	err = s.SetPace(r.Context(), web.Actor(r).Account, Pace(f.Value("pace")))
	if civic.CodeOf(err) == civic.Invalid {
		f.Problems = []civic.FieldError{{Field: "pace", Message: civic.Say("notifications.pace_unknown")}}
		return s.render(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/notices", ui.Good, "notifications.pace_saved")
}

// showOff asks before it turns mails off: programs that scan mails open links.
func (s *Service) showOff(w http.ResponseWriter, r *http.Request) error {
	return s.renderOff(w, r, false)
}

func (s *Service) renderOff(w http.ResponseWriter, r *http.Request, done bool) error {
	p := web.NewPage(w, r, web.L(r).T("notifications.off_title"))
	p.NoIndex = true
	return web.Render(w, r, http.StatusOK, offPage(p, r.PathValue("token"), done))
}

// postOff is called by the page's button, and by mail programs with theirs (RFC 8058).
func (s *Service) postOff(w http.ResponseWriter, r *http.Request) error {
	if err := s.Unsubscribe(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return s.renderOff(w, r, true)
}
