package city

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/workdays"
)

// calendarPage lists what differs from the week in a year: anybody may look.
type calendarPage struct {
	ui.Page
	Years   []ui.Tab
	Days    []calendarDay
	MayEdit bool
}

func (s *Service) showCalendar(w http.ResponseWriter, r *http.Request) error {
	now := s.db.Now().In(s.zone).Year()
	year, err := strconv.Atoi(r.URL.Query().Get("year"))
	if err != nil {
		year = now
	}
	if year < workdays.FirstYear || year > workdays.LastYear {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	l := web.L(r)
	p := calendarPage{Page: web.NewPage(w, r, l.T("city.calendar_title", "Year", strconv.Itoa(year))), Days: s.calendarOf(year), MayEdit: web.Actor(r).Has(civic.Administrator)}
	p.Lede, p.Crumbs = l.T("city.calendar_lede"), []ui.Link{{Text: l.T("city.profile_title"), Path: "/rules"}}
	for y := max(workdays.FirstYear, min(year, now)-1); y <= min(workdays.LastYear, max(year, now)+1); y++ {
		p.Years = append(p.Years, ui.Tab{Text: strconv.Itoa(y), Path: "/rules/days?year=" + strconv.Itoa(y), Current: y == year})
	}
	return web.Render(w, r, http.StatusOK, calendarView(p))
}

// dayGroup is the days that one act of law made what they are.
type dayGroup struct {
	Source civic.Text // empty: the city, which named no act
	Days   []calendarDay
}

// groups puts the days under their sources, in the order in which a year comes to them.
func (p calendarPage) groups() (out []dayGroup) {
	for _, d := range p.Days {
		i := slices.IndexFunc(out, func(g dayGroup) bool { return maps.Equal(g.Source, d.Source) })
		if i < 0 {
			i, out = len(out), append(out, dayGroup{Source: d.Source})
		}
		out[i].Days = append(out[i].Days, d)
	}
	return out
}

// getDays is the whole calendar as a file that birge due reads, so that anybody can repeat what the city
// computes.
func (s *Service) getDays(w http.ResponseWriter, r *http.Request) error {
	var b bytes.Buffer
	table, err := sheet.NewCSV(&b, sheet.CSVOptions{})
	if err != nil {
		return err
	}
	rows := [][]string{{"off", "works"}}
	days := s.Calendar().Days
	for _, date := range slices.Sorted(maps.Keys(days)) {
		if days[date].Working {
			rows = append(rows, []string{"", date})
		} else {
			rows = append(rows, []string{date, ""})
		}
	}
	for _, row := range rows {
		if err := table.Write(row); err != nil {
			return err
		}
	}
	if err := table.Close(); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="days.csv"`)
	return web.Write(w, r, "text/csv; charset=utf-8", b.Bytes())
}

func (s *Service) daysPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if !f.Sent {
		days, err := s.Days(r.Context())
		if err != nil {
			return nil, err
		}
		f.Values.Set("days", FormatDays(days))
	}
	return daysForm(s.Page(w, r, "days", f)), nil
}

func (s *Service) saveDays(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.SetDays(r.Context(), web.Actor(r), f.Value("days"))
	return s.saved("/settings"), err
}

// readDays fills the form of days with what a file adds to them, to be looked at before it is saved.
func (s *Service) readDays(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	imported, err := uploadedCalendar(r)
	if err != nil {
		return web.Next{}, err
	}
	days, err := s.Days(r.Context())
	if err != nil {
		return web.Next{}, err
	}
	since := time.Date(s.db.Now().In(s.zone).Year()-1, 1, 1, 0, 0, 0, 0, s.zone).Format(time.DateOnly)
	added := newDays(imported, s.Calendar(), since)
	f.Values.Set("days", FormatDays(append(days, added...)))
	p := s.Page(w, r, "days", f)
	p.Notice = ui.Notice{Tone: ui.Neutral, Text: p.T("city.days_read", "Count", len(added))}
	return web.Instead(daysForm(p)), nil
}

func uploadedCalendar(r *http.Request) (map[string]civic.Day, error) {
	file, header, err := r.FormFile("file")
	if err != nil {
		return nil, civic.Wrong("file", "city.file_needed")
	}
	content, err := io.ReadAll(io.LimitReader(file, workdays.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	days, err := workdays.Parse(filepath.Base(header.Filename), content)
	if wrong := new(workdays.Error); errors.As(err, &wrong) {
		return nil, civic.Wrong("file", "city.file_"+wrong.Fault, "Line", wrong.Line, "Value", wrong.Value)
	}
	for _, date := range slices.Sorted(maps.Keys(days)) {
		if name := days[date].Name[civic.Kazakh]; unreadable(name) {
			return nil, civic.Wrong("file", "city.file_junk", "Value", date)
		}
	}
	return days, err
}
