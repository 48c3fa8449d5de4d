package polis

import (
	"strconv"
	"time"
)

// Time is an instant as an export writes it: in milliseconds, and again in words ("Wed Jun 18
// 08:16:54 WIB 2014"). The words are not kept as a string for each row, but as a zone of 24
// bytes whose name many rows share.
type Time struct {
	Milli int64  // since 1970-01-01 UTC
	Zone  Zone   // of the datetime column
	Words string // the datetime column when it is not Milli in some zone: empty, cut or contradictory
}

// Zone is a time zone at one instant.
type Zone struct {
	Name   string // abbreviation as written; "": there are no words
	Offset int    // seconds east of UTC
}

// UTC is the zone to write new exports in.
var UTC = Zone{Name: "UTC"}

// String is the datetime column.
func (t Time) String() string { return string(t.appendWords(nil)) }

func (t Time) appendWords(b []byte) []byte {
	if t.Zone.Name == "" {
		return append(b, t.Words...)
	}
	return appendWords(b, floorSecond(t.Milli)+int64(t.Zone.Offset), t.Zone.Name)
}

func floorSecond(milli int64) int64 {
	s := milli / 1000
	if milli%1000 < 0 {
		s--
	}
	return s
}

// appendWords writes a local time, in seconds since 1970 on the clock of the
// zone, as java.util.Date.toString does: "EEE MMM dd HH:mm:ss zzz yyyy".
func appendWords(b []byte, local int64, zone string) []byte {
	t := time.Unix(local, 0).UTC()
	b = append(b, t.Weekday().String()[:3]...)
	b = append(b, ' ')
	b = append(b, t.Month().String()[:3]...)
	b = append(b, ' ')
	b = append2(b, t.Day())
	b = append(b, ' ')
	b = append2(b, t.Hour())
	b = append(b, ':')
	b = append2(b, t.Minute())
	b = append(b, ':')
	b = append2(b, t.Second())
	b = append(b, ' ')
	b = append(b, zone...)
	b = append(b, ' ')
	return strconv.AppendInt(b, int64(t.Year()), 10)
}

func append2(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// zones recognises the datetime column and shares the names of zones.
type zones struct {
	last Zone
	buf  []byte
}

// parse gives the Time whose words are exactly text.
func (z *zones) parse(milli int64, text []byte) Time {
	if len(text) == 0 {
		return Time{Milli: milli}
	}
	t := Time{Milli: milli, Zone: z.last}
	if z.last.Name != "" && z.same(t, text) {
		return t
	}
	if zone, ok := zoneOf(milli, text); ok {
		t.Zone = zone
		if z.same(t, text) {
			z.last = zone
			return t
		}
	}
	return Time{Milli: milli, Words: string(text)}
}

func (z *zones) same(t Time, text []byte) bool {
	z.buf = t.appendWords(z.buf[:0])
	return string(z.buf) == string(text)
}

// zoneOf finds the zone that would give text for milli; the caller compares.
func zoneOf(milli int64, text []byte) (Zone, bool) {
	// "Wed Jun 18 08:16:54 WIB 2014": the zone's name stands between byte 20 and the last space.
	if len(text) < 26 || text[19] != ' ' || text[len(text)-5] != ' ' {
		return Zone{}, false
	}
	name := string(text[20 : len(text)-5])
	clock := string(text[4:19]) + string(text[len(text)-5:])
	t, err := time.Parse("Jan 02 15:04:05 2006", clock)
	if err != nil || name == "" {
		return Zone{}, false
	}
	offset := t.Unix() - floorSecond(milli)
	const most = 18 * 3600 // no zone was ever further from UTC
	if offset < -most || offset > most {
		return Zone{}, false
	}
	return Zone{Name: name, Offset: int(offset)}, true
}
