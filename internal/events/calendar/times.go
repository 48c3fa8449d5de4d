package calendar

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// zones are what TZID may name: zones of the IANA database, and those that the file describes and that keep one offset all year.
type zones struct {
	city  *time.Location
	fixed map[string]*time.Location
	found map[string]*time.Location // what names were found to be; nil: no zone
}

func zonesOf(calendars []component, city *time.Location) zones {
	z := zones{city: city, fixed: map[string]*time.Location{}, found: map[string]*time.Location{}}
	for _, calendar := range calendars {
		for _, part := range calendar.parts {
			if part.name == "VTIMEZONE" {
				z.describe(part)
			}
		}
	}
	return z
}

func (z zones) describe(c component) {
	name, offsets := "", map[string]bool{}
	for _, p := range c.properties {
		if p.name == "TZID" {
			name = p.value
		}
	}
	for _, part := range c.parts {
		for _, p := range part.properties {
			if p.name == "TZOFFSETTO" {
				offsets[p.value] = true
			}
		}
	}
	for offset := range offsets {
		if t, err := time.Parse("-0700", offset); err == nil && len(offsets) == 1 {
			_, seconds := t.Zone()
			z.fixed[name] = time.FixedZone(name, seconds)
		}
	}
}

// named finds a zone. Looking for one takes long, so each name is looked for once, and only so many.
func (z zones) named(id string) *time.Location {
	loc, known := z.found[id]
	if !known && len(z.found) < mostZones {
		loc = z.find(id)
		z.found[id] = loc
	}
	return loc
}

// find looks for a zone. Some programs put their own name before that of the database: /example.org/Europe/Berlin.
func (z zones) find(id string) *time.Location {
	if len(id) > 200 || id == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(id, "/"), "/")
	for i := range min(len(parts), 8) {
		name := strings.Join(parts[i:], "/")
		if name == "" || strings.EqualFold(name, "Local") { // the machine's zone is nobody's
			continue
		}
		if loc, err := time.LoadLocation(name); err == nil {
			return loc
		}
	}
	return z.fixed[id]
}

// when is a time as written.
type when struct {
	at       time.Time
	dayOnly  bool
	floating bool
}

// read reads one time of a property.
func (z zones) read(p property, value string) (when, Code) {
	if len(value) == 8 {
		t, err := time.ParseInLocation("20060102", value, z.city)
		return when{t, true, true}, inBounds(t, err)
	}
	zone, floating := z.city, true
	digits, utc := strings.CutSuffix(strings.ToUpper(value), "Z")
	if id, given := p.params["TZID"]; utc {
		zone, floating = time.UTC, false
	} else if given {
		if zone, floating = z.named(id), false; zone == nil {
			return when{}, UnknownZone
		}
	}
	t, err := time.ParseInLocation("20060102T150405", digits, zone)
	return when{t, false, floating}, inBounds(t, err)
}

func inBounds(t time.Time, err error) Code {
	if err != nil || t.Year() < 1900 || t.Year() > 2199 {
		return BadTime
	}
	return ""
}

var lengthForm = regexp.MustCompile(`^\+?P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

// length reads a DURATION: its days, and what is less than a day.
func length(text string) (days int, rest time.Duration, ok bool) {
	found := lengthForm.FindStringSubmatch(strings.ToUpper(text))
	if found == nil || strings.Join(found[1:], "") == "" {
		return 0, 0, false
	}
	var n [6]int
	for i := 1; i < len(found); i++ {
		n[i], _ = strconv.Atoi(found[i]) // nothing is 0, and the form has digits only
	}
	rest = time.Duration(n[3])*time.Hour + time.Duration(n[4])*time.Minute + time.Duration(n[5])*time.Second
	return 7*n[1] + n[2], rest, true
}
