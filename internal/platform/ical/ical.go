// Package ical writes calendars that people subscribe to or save (RFC 5545).
package ical

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one entry of a calendar.
type Event struct {
	UID      string // the same for ever, so that a calendar replaces what it knows
	Start    time.Time
	Lasts    time.Duration
	Title    string
	Place    string
	URL      string
	Changed  time.Time
	Sequence int // how often its time or place was changed, or it was called off: calendars keep the entry that counts highest
	Canceled bool

	// Of a series, in whose calendar a change of one time never touches the others: the rule by which it comes again (RRULE, without the name), further
	// times, and times that are left out. Zone is that in which the rule counts days; it must have one offset all the while.
	Rule         string
	Also, Except []time.Time
	Zone         *time.Location
	// Of is the time of a series that this entry changes: another entry with the same UID is the series.
	Of time.Time
}

// Write makes a calendar of that name.
func Write(name string, events []Event) []byte {
	var b bytes.Buffer
	line := func(property, value string) { fold(&b, property+":"+value) }
	fold(&b, "BEGIN:VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Birge//EN")
	line("X-WR-CALNAME", escape(name))
	zones := map[string]bool{}
	for _, e := range events {
		if e.Zone != nil && !zones[e.Zone.String()] {
			zones[e.Zone.String()] = true
			zone(&b, e.Zone, e.Start)
		}
	}
	for _, e := range events {
		fold(&b, "BEGIN:VEVENT")
		line("UID", escape(e.UID))
		line("DTSTAMP", instant(e.Changed))
		line("SEQUENCE", strconv.Itoa(e.Sequence))
		at := func(property string, t time.Time) {
			if e.Zone == nil {
				line(property, instant(t))
			} else {
				line(property+";TZID="+e.Zone.String(), t.In(e.Zone).Format("20060102T150405"))
			}
		}
		if !e.Of.IsZero() {
			at("RECURRENCE-ID", e.Of)
		}
		at("DTSTART", e.Start)
		at("DTEND", e.Start.Add(e.Lasts))
		if e.Rule != "" {
			line("RRULE", e.Rule)
		}
		for _, t := range e.Also {
			at("RDATE", t)
		}
		for _, t := range e.Except {
			at("EXDATE", t)
		}
		line("SUMMARY", escape(e.Title))
		if e.Place != "" {
			line("LOCATION", escape(e.Place))
		}
		if e.URL != "" {
			line("URL", strings.NewReplacer("\r", "", "\n", "").Replace(e.URL))
		}
		if e.Canceled {
			line("STATUS", "CANCELLED")
		}
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return b.Bytes()
}

// zone describes a zone by its offset at a time (section 3.6.5).
func zone(b *bytes.Buffer, z *time.Location, at time.Time) {
	name, _ := at.In(z).Zone()
	offset := at.In(z).Format("-0700")
	for _, line := range []string{"BEGIN:VTIMEZONE", "TZID:" + z.String(), "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:" + offset, "TZOFFSETTO:" + offset, "TZNAME:" + escape(name), "END:STANDARD", "END:VTIMEZONE"} {
		fold(b, line)
	}
}

func instant(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// escape writes a text so that it stays one value (section 3.3.11).
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", "").Replace(s)
}

// fold breaks a line after at most 75 bytes, never within a letter (section 3.1).
func fold(b *bytes.Buffer, s string) {
	for room := 75; len(s) > room; room = 74 { // the space that goes on a line takes one
		at := room
		for at > 0 && !utf8.RuneStart(s[at]) {
			at--
		}
		b.WriteString(s[:at] + "\r\n ")
		s = s[at:]
	}
	b.WriteString(s + "\r\n")
}
