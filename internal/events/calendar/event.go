package calendar

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/events/recurrence"
)

func readCalendar(raw []byte, city *time.Location) (*File, error) {
	lines, err := unfold(raw)
	if err != nil {
		return nil, err
	}
	root, err := components(lines)
	if err != nil {
		return nil, err
	}
	f := &File{Problems: root.problems}
	var calendars, events []component
	for _, c := range root.parts {
		if c.name == "VCALENDAR" {
			calendars = append(calendars, c)
		}
	}
	if calendars == nil {
		return nil, &Error{Code: NoCalendar, Line: 1, Value: beginning(lines[0].text)}
	}
	for _, c := range calendars {
		f.Problems = append(f.Problems, c.problems...)
		for _, part := range c.parts {
			if part.name == "VEVENT" {
				events = append(events, part)
			}
		}
	}
	if err := f.join(events, zonesOf(calendars, city)); err != nil {
		return nil, err
	}
	return f, nil
}

// draft is an event before its changes are joined to it.
type draft struct {
	Event
	zones    zones
	series   recurrence.Series
	end      time.Time
	changeOf *time.Time // of which occurrence this is a change
	changes  property   // where it says so
}

// join reads the events, and joins changes of single occurrences to the series that they belong to.
func (f *File) join(events []component, z zones) error {
	var drafts []*draft
	series := map[string]*draft{}
	for _, c := range events {
		d := z.draft(c)
		drafts = append(drafts, d)
		switch {
		case d.changes.line > 0 || d.UID == "":
		case series[d.UID] != nil:
			d.tell(Problem{Line: d.Line, Field: "UID", Code: Twice, Value: beginning(d.UID)})
		default:
			series[d.UID] = d
		}
	}
	changed := map[*draft][]*draft{}
	for _, d := range drafts {
		of := series[d.UID]
		switch {
		case d.changes.line == 0:
		case of == nil:
			d.tell(d.changes.problem(NoSeries))
		case d.Fit() && d.changeOf != nil:
			of.series.Changes = append(of.series.Changes, recurrence.Change{Of: *d.changeOf, Start: d.series.Start, End: d.end, Cancelled: d.Cancelled})
			changed[of] = append(changed[of], d)
		}
	}
	total := 0
	for _, d := range drafts {
		if d.changes.line == 0 && d.Fit() {
			d.expand(changed[d])
		}
		if total += len(d.Occurrences); total > MostTimes {
			return &Error{Code: TooManyTimes, Line: d.Line}
		}
		if d.changes.line == 0 || !d.Fit() {
			f.Events = append(f.Events, d.Event)
		}
	}
	return nil
}

// expand fills in the times of a series, and tells of changes that match none of them.
func (d *draft) expand(changes []*draft) {
	e := d.series.Expand(d.zones.city)
	d.Occurrences = e.Occurrences
	if len(e.Occurrences) == 0 {
		d.tell(Problem{Line: d.Line, Code: NoTimes})
	}
	if e.Cut {
		d.tell(Problem{Line: d.Line, Field: "RRULE", Code: Cut, Value: beginning(d.Rule)})
	}
	unmatched := map[int64]bool{}
	for _, c := range e.Unmatched {
		unmatched[c.Of.Unix()] = true
	}
	for _, c := range changes {
		if unmatched[c.changeOf.Unix()] {
			d.tell(c.changes.problem(NotInSeries))
		}
	}
}

func (d *draft) tell(p Problem) {
	if len(d.Problems) < mostProblems {
		d.Problems = append(d.Problems, p)
	}
}

// draft reads one event, alone.
func (z zones) draft(c component) *draft {
	d := &draft{Event: Event{Line: c.line, Problems: c.problems}, zones: z}
	once := map[string]property{}
	for _, p := range c.properties {
		switch p.name {
		case "UID", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID", "STATUS", "SEQUENCE":
			if _, twice := once[p.name]; twice {
				d.tell(p.problem(Twice))
				continue
			}
			once[p.name] = p
		}
	}
	d.changes = once["RECURRENCE-ID"]
	d.words(once)
	start, ok := d.when(once["DTSTART"])
	if !ok {
		return d
	}
	d.series.Start, d.series.Floating, d.AllDay = start.at, start.floating, start.dayOnly
	d.lasts(once["DTEND"], once["DURATION"])
	if p, ok := once["RRULE"]; ok {
		d.rule(p)
	}
	for _, p := range c.properties {
		switch p.name {
		case "RDATE":
			d.series.Also = append(d.series.Also, d.times(p)...)
		case "EXDATE":
			d.series.Except = append(d.series.Except, d.times(p)...)
		}
	}
	if d.changes.line > 0 {
		d.change()
	}
	return d
}

func (d *draft) words(once map[string]property) {
	take := func(name string, most int) string {
		p := once[name]
		if len(p.value) > most {
			d.tell(p.problem(TooLong))
			return ""
		}
		return strings.TrimSpace(unescape.Replace(p.value))
	}
	d.UID, d.Title, d.Text = take("UID", mostTitle), take("SUMMARY", mostTitle), take("DESCRIPTION", mostText)
	d.Place, d.URL = take("LOCATION", mostTitle), take("URL", mostTitle)
	for _, name := range []string{"UID", "DTSTART", "SUMMARY"} {
		p := once[name]
		if p.value == "" && (name != "SUMMARY" || d.changes.line == 0) { // a change may leave the title as it was
			d.tell(Problem{Line: max(p.line, d.Line), Field: name, Code: Missing})
		}
	}
	d.Cancelled = strings.EqualFold(once["STATUS"].value, "CANCELLED")
	if p, ok := once["SEQUENCE"]; ok {
		n, err := strconv.Atoi(p.value)
		if d.Sequence = n; err != nil || n < 0 || n > 1<<31-1 {
			d.Sequence = 0
			d.tell(p.problem(BadNumber))
		}
	}
}

// when reads the time of a property that has one; that it is missing was told.
func (d *draft) when(p property) (when, bool) {
	if p.value == "" {
		return when{}, false
	}
	w, code := d.zones.read(p, p.value)
	if code == UnknownZone {
		d.tell(Problem{Line: p.line, Field: p.name, Code: code, Value: beginning(p.params["TZID"])})
	} else if code != "" {
		d.tell(p.problem(code))
	}
	return w, code == ""
}

// lasts finds how long one occurrence is: until its end, as long as is said, else one day where it has no hours, and no time.
func (d *draft) lasts(end, duration property) {
	s := &d.series
	if d.AllDay {
		s.Days = 1
	}
	switch {
	case end.line > 0 && duration.line > 0:
		d.tell(duration.problem(Twice))
	case end.line > 0:
		w, ok := d.when(end)
		switch {
		case end.value == "":
			d.tell(end.problem(BadTime))
		case !ok:
		case w.dayOnly != d.AllDay:
			d.tell(end.problem(MixedDays))
		case w.at.Before(s.Start):
			d.tell(end.problem(EndsBefore))
		case w.at.Sub(s.Start) > mostLength:
			d.tell(end.problem(Lasts))
		case d.AllDay: // half a day more, for days that are not 24 hours long
			s.Days = max(1, int((w.at.Sub(s.Start)+12*time.Hour)/(24*time.Hour)))
		default:
			s.Length = w.at.Sub(s.Start)
		}
	case duration.line > 0:
		days, rest, ok := length(duration.value)
		whole := time.Duration(days)*24*time.Hour + rest
		switch {
		case !ok:
			d.tell(duration.problem(BadLength))
		case whole > mostLength:
			d.tell(duration.problem(Lasts))
		case d.AllDay && rest > 0:
			d.tell(duration.problem(MixedDays))
		case d.AllDay:
			s.Days = max(1, days)
		default:
			s.Length = whole
		}
	}
	if d.end = s.Start.Add(s.Length); d.AllDay {
		d.end = s.Start.AddDate(0, 0, s.Days)
	}
}

func (d *draft) rule(p property) {
	d.Rule = p.value
	rule, err := recurrence.Parse(p.value)
	var refused *recurrence.Error
	if errors.As(err, &refused) {
		d.tell(Problem{Line: p.line, Field: p.name, Code: Code(refused.Code), Value: beginning(refused.Value)})
		return
	}
	d.series.Rule = rule
}

// times reads the list of an RDATE or EXDATE. An empty one is let pass: it adds and takes away nothing.
func (d *draft) times(p property) (times []time.Time) {
	if strings.EqualFold(p.params["VALUE"], "PERIOD") || strings.Contains(p.value, "/") {
		d.tell(p.problem(Period))
		return nil
	}
	values := strings.Split(p.value, ",")
	if len(values) > mostTimes {
		d.tell(p.problem(TooMany))
		return nil
	}
	for _, value := range values {
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		one := p
		one.value = value
		w, ok := d.when(one)
		switch {
		case !ok:
		case w.dayOnly != d.AllDay:
			d.tell(one.problem(MixedDays))
		default:
			times = append(times, w.at)
		}
	}
	return times
}

func (d *draft) change() {
	if d.changes.params["RANGE"] != "" {
		d.tell(d.changes.problem(AndFuture))
		return
	}
	if d.changes.value == "" {
		d.tell(d.changes.problem(BadTime))
	}
	if w, ok := d.when(d.changes); ok {
		d.changeOf = &w.at
	}
}
