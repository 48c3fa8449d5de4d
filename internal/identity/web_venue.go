package identity

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// venueHosts may open a venue.
var venueHosts = web.Holders("officers and moderators", civic.Officer, civic.Moderator)

// venuesView is what the page of venues shows.
type venuesView struct {
	Network   string // of whoever reads: the one that would be opened
	Open      []Venue
	Names     map[civic.ID]string // of who opened them
	MostHours int
}

func (s *Service) venuesPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	x := venuesView{Network: web.ClientNetwork(r), Open: s.Venues(), MostHours: int(s.city.Value("identity.venue_hours"))}
	var by []civic.ID
	for _, v := range x.Open {
		by = append(by, v.By)
	}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) { x.Names, err = namesOf(tx, by); return err })
	if !f.Sent {
		f.Values.Set("hours", "1")
	}
	p := page(w, r, "identity.venues_title")
	p.Lede = p.T("identity.venues_lede")
	return venuesPage(p, f, x), err
}

func (s *Service) openVenue(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	number := func(field string) int {
		n, err := strconv.Atoi(strings.TrimSpace(f.Value(field)))
		if err != nil {
			return -1 // which is refused like any number out of bounds
		}
		return n
	}
	err := s.OpenVenue(r.Context(), web.Actor(r), web.ClientNetwork(r), f.Value("name"), number("people"), number("hours"))
	return web.Done("/desk/venues", "identity.venue_opened"), err
}

func (s *Service) closeVenue(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done("/desk/venues", "identity.venue_closed"), s.CloseVenue(r.Context(), web.Actor(r), civic.ID(r.PathValue("id")))
}

// atVenue says on a page which venue is open where it is read.
func (s *Service) atVenue(p ui.Page, r *http.Request) ui.Page {
	if v, open := s.VenueAt(web.ClientNetwork(r)); open && p.Notice.Text == "" {
		p.Notice = ui.Notice{Tone: ui.Info, Text: p.T("identity.venue_here", "Name", v.Name, "Until", p.L.DateTime(v.Until))}
	}
	return p
}
