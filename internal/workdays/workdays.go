// Package workdays knows which dates are working days in spite of their weekday, or are none: the
// calendar of a jurisdiction, computed from its rules, and calendars read from files.
package workdays

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/birge-kz/birge/internal/civic"
)

//go:embed kz.toml
var kazakhstan string

// profile is a jurisdiction's rules as its file writes them.
type profile struct {
	Source  struct{ Holidays, Moved, Faith, Swapped civic.Text }
	Phrase  struct{ Moved, Off, Works civic.Text }
	Holiday []yearly  // moved to the next working day when they fall on a weekend
	Faith   []yearly  // stay where they are
	Swapped []swapped // a day off for a working day, ordered for one year
}

// The years that Kazakhstan knows.
const (
	FirstYear = 2020
	LastYear  = 2050
)

type yearly struct {
	Name        civic.Text
	Days        []string // "03-21", every year
	Dates       []string // "2026-05-27", where each year has its own
	From, Until int      // the first and the last year; 0: no such bound
}

type swapped struct{ Works, Off string }

// Kazakhstan is the calendar of working days of Kazakhstan, from FirstYear to LastYear: holidays,
// those that a weekend moves, and the days that the Government swapped. Source: the Law on
// holidays in the Republic of Kazakhstan, articles 3 and 5; the Labour Code, articles 84 and 85.
// What is announced year by year, the first day of Qurban Ait and swapped days, is known up to
// 2026.
func Kazakhstan() map[string]civic.Day {
	var p profile
	if err := toml.Unmarshal([]byte(kazakhstan), &p); err != nil {
		panic("workdays: kz.toml: " + err.Error()) // part of the program, see the tests
	}
	return p.days()
}

func (p profile) days() map[string]civic.Day {
	days := map[string]civic.Day{}
	off := func(list []yearly, source civic.Text) {
		for _, h := range list {
			for _, date := range h.dates(FirstYear, LastYear) {
				days[date] = civic.Day{Name: h.Name, Source: source}
			}
		}
	}
	off(p.Faith, p.Source.Faith)
	off(p.Holiday, p.Source.Holidays)
	for year := FirstYear; year <= LastYear; year++ {
		p.move(year, days)
	}
	for _, s := range p.Swapped {
		days[s.Works] = civic.Day{Working: true, Name: phrase(p.Phrase.Works, nil, s.Off), Source: p.Source.Swapped}
		days[s.Off] = civic.Day{Name: phrase(p.Phrase.Off, nil, s.Works), Source: p.Source.Swapped}
	}
	return days
}

func (h yearly) dates(first, last int) []string {
	out := h.Dates
	for year := first; year <= last; year++ {
		if year < h.From || h.Until != 0 && year > h.Until {
			continue
		}
		for _, day := range h.Days {
			out = append(out, fmt.Sprintf("%d-%s", year, day))
		}
	}
	return out
}

// move gives every holiday of a year that falls on a Saturday or Sunday the next working day
// that no other has taken, the earliest holiday first.
func (p profile) move(year int, days map[string]civic.Day) {
	name := map[string]civic.Text{}
	for _, h := range p.Holiday {
		for _, date := range h.dates(year, year) {
			name[date] = h.Name
		}
	}
	week, soFar := civic.Calendar{}, civic.Calendar{Days: days}
	for date := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); date.Year() == year; date = date.AddDate(0, 0, 1) {
		from := date.Format(time.DateOnly)
		holiday := name[from]
		if holiday == nil || week.Working(date) {
			continue
		}
		to := date
		for !soFar.Working(to) {
			to = to.AddDate(0, 0, 1)
		}
		days[to.Format(time.DateOnly)] = civic.Day{Name: phrase(p.Phrase.Moved, holiday, from), Source: p.Source.Moved}
	}
}

// phrase puts a holiday's name and a date into a phrase.
func phrase(words, name civic.Text, date string) civic.Text {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("workdays: " + err.Error())
	}
	out := civic.Text{}
	for lang, s := range words {
		written := day.Format("02.01.2006")
		if lang == civic.English {
			written = day.Format("2 January 2006")
		}
		out[lang] = strings.NewReplacer("{name}", name[lang], "{day}", written).Replace(s)
	}
	return out
}
