package events

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const mostOfDay = 60 // dates on the page of a day, and on paper

// Day is what happens on a day: what is on, what is next, what is over by now, and what was to be and is not, or not then.
type Day struct {
	Now, Next, Over, Changed []Dated
	More                     bool              // there are more than are shown
	Programmes               map[civic.ID]bool // dates that have one
	Names                    map[civic.ID]organisations.Named
}

// OfDay tells what happens in the city on the day of a moment.
func (s *Service) OfDay(ctx context.Context, now time.Time) (d Day, err error) {
	from := midnight(now.In(s.city.Settings.Zone()))
	f := Filter{From: from, To: from.AddDate(0, 0, 1)}
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		all, err := list(tx, f, storage.Place{}, mostOfDay+1)
		if err != nil {
			return err
		}
		if d.More = len(all) > mostOfDay; d.More {
			all = all[:mostOfDay]
		}
		if d.Now, err = running(tx, f, from, mostRunning); err != nil {
			return err
		}
		if d.Changed, err = changedOf(tx, f, mostOfDay); err != nil {
			return err
		}
		var hosts []civic.ID
		for _, one := range all {
			hosts = append(hosts, one.Hosts...)
			d.put(one, now)
		}
		for _, one := range append(d.Now, d.Changed...) {
			hosts = append(hosts, one.Hosts...)
		}
		if d.Programmes, err = withProgramme(tx, slices.Concat(d.Now, d.Next)); err != nil {
			return err
		}
		d.Names, err = s.city.Organisations.Named(tx, hosts)
		return err
	})
	return d, err
}

// put adds a date where it belongs at a moment. One that was called off is among the changes.
func (d *Day) put(one Dated, now time.Time) {
	switch {
	case one.Date.Off || one.State == Cancelled:
	case one.Date.Starts.After(now):
		d.Next = append(d.Next, one)
	case one.Date.Ends.After(now):
		d.Now = append(d.Now, one)
	default:
		d.Over = append(d.Over, one)
	}
}

// Empty reports whether nothing was to be on that day.
func (d Day) Empty() bool { return len(d.Now)+len(d.Next)+len(d.Over)+len(d.Changed) == 0 }

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

type dayPage struct {
	listPage
	Day
	At time.Time
}

// showDay is the page of today. It is made anew for each reader: what is on changes by the minute.
func (s *Service) showDay(w http.ResponseWriter, r *http.Request) error {
	p := dayPage{listPage: listPage{Page: web.NewPage(w, r, web.L(r).T("events.today")), Places: s.city.Places}}
	p.At, p.Lede = p.Page.Now, p.L.Date(p.Page.Now)
	p.Crumbs = []ui.Link{{Text: p.T("events.nav"), Path: root}}
	var err error
	if p.Day, err = s.OfDay(r.Context(), p.At); err != nil {
		return err
	}
	p.Listed.Names = p.Day.Names
	for _, d := range append(p.Day.Now, p.Day.Next...) {
		p.Pins = append(p.Pins, places.Pin{At: d.Point, Title: p.L.Text(d.Title)})
	}
	return web.Render(w, r, http.StatusOK, dayView(p))
}

// paperLang is the language of what is printed: Kazakh or Russian, as signs in the street are.
func paperLang(r *http.Request) civic.Lang {
	if r.URL.Query().Get("lang") == string(civic.Russian) {
		return civic.Russian
	}
	return civic.Kazakh
}

// getDayPDF is the programme of today, to be printed and hung up.
func (s *Service) getDayPDF(w http.ResponseWriter, r *http.Request) error {
	l, now := s.city.Catalog.For(paperLang(r)), s.city.DB.Now()
	day, err := s.OfDay(r.Context(), now)
	if err != nil {
		return err
	}
	d := pdf.New(string(l.Lang()), l.Text(s.city.Settings.Current().Name), l.T("events.today")+" · "+l.Date(now), midnight(now.In(l.Zone())))
	if day.Empty() {
		d.Paragraph(l.T("events.today_none"))
	}
	for _, part := range []struct {
		heading string
		dates   []Dated
	}{{"", append(append(day.Over, day.Now...), day.Next...)}, {"events.today_changed", day.Changed}} {
		if part.heading != "" && len(part.dates) > 0 {
			d.Heading(l.T(part.heading))
		}
		for _, one := range part.dates {
			d.Item(strings.Join(one.onPaper(l), " · "))
		}
	}
	address := web.Origin(r) + ui.Localized(l.Lang(), root+"/today")
	if err := d.QR(address, l.T("events.poster_scan")+"\n"+address); err != nil {
		return err
	}
	return writePDF(w, r, d, "events-"+now.In(l.Zone()).Format(time.DateOnly)+"-"+string(l.Lang()))
}

// onPaper is a date in one line: when, what, where.
func (d Dated) onPaper(l *i18n.Localizer) []string {
	out := []string{timesOn(l, d.Date), l.Text(d.Title)}
	if d.Place != "" {
		out = append(out, d.Place)
	}
	if d.Date.Off || d.State == Cancelled {
		out = append(out, l.T("events.is_off"))
	} else if d.Date.Moved() {
		out = append(out, l.T("events.was", "Time", l.DateTime(d.Date.Of)))
	}
	return out
}

// timesOn is when a date begins, and until when it is.
func timesOn(l *i18n.Localizer, d Date) string {
	starts, ends := d.Starts.In(l.Zone()), d.Ends.In(l.Zone())
	if starts.YearDay() == ends.YearDay() && starts.Year() == ends.Year() {
		return l.DateTime(d.Starts) + "–" + ends.Format("15:04")
	}
	return l.DateTime(d.Starts) + " – " + l.DateTime(d.Ends)
}

const mostOnPoster = 8 // dates of a series

// getPoster is an event on a sheet that is hung up, with a code that leads to its page: there one books, and there it says what has changed since.
func (s *Service) getPoster(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	l := s.city.Catalog.For(paperLang(r))
	var hosts []string
	for _, h := range v.Hosts {
		hosts = append(hosts, l.Text(h.Name))
	}
	if v.Group != "" {
		hosts = append(hosts, v.Group)
	}
	d := pdf.New(string(l.Lang()), strings.Join(hosts, " · "), l.Text(v.Title), v.ChangedAt)
	if v.State == Cancelled {
		d.Title(l.T("events.is_off"))
	}
	shown := 0
	for _, one := range v.Dates {
		if shown < mostOnPoster && !one.Off && (one.Ends.After(s.city.DB.Now()) || len(v.Dates) == 1) {
			d.Title(timesOn(l, one))
			shown++
		}
	}
	if v.Place != "" {
		d.Heading(v.Place)
	}
	d.Paragraph(l.Text(v.About))
	d.Item(priceIn(l, v.Event))
	d.Item(l.T("events.for_" + string(v.For)))
	for _, a := range v.Access {
		d.Item(l.T("events.access_" + a))
	}
	address := web.Origin(r) + ui.Localized(l.Lang(), Path(v.ID))
	words := l.T("events.poster_scan")
	if v.Terms.Places.Total() > 0 {
		words = l.T("events.poster_book")
	}
	if err := d.QR(address, words+"\n"+address); err != nil {
		return err
	}
	return writePDF(w, r, d, "event-"+string(v.ID)+"-"+string(l.Lang()))
}

func priceIn(l *i18n.Localizer, e Event) string {
	if e.Price == 0 {
		return l.T("events.free")
	}
	return l.T("events.price", "Price", l.Number(int64(e.Price/civic.Tenge)))
}

func writePDF(w http.ResponseWriter, r *http.Request, d *pdf.Document, name string) error {
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", name+".pdf"))
	return web.Write(w, r, "application/pdf", b.Bytes())
}
