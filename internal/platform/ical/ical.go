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
}

// Write makes a calendar of that name.
func Write(name string, events []Event) []byte {
	var b bytes.Buffer
	line := func(property, value string) { fold(&b, property+":"+value) }
	fold(&b, "BEGIN:VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Birge//EN")
	line("X-WR-CALNAME", escape(name))
	for _, e := range events {
		fold(&b, "BEGIN:VEVENT")
		line("UID", escape(e.UID))
		line("DTSTAMP", instant(e.Changed))
		line("SEQUENCE", strconv.Itoa(e.Sequence))
		line("DTSTART", instant(e.Start))
		line("DTEND", instant(e.Start.Add(e.Lasts)))
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
