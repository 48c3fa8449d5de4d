package organisations

import (
	"strconv"
	"strings"
	"time"
)

// Date is a day, a month or a year, as exact as it is known: "2014-05-03", "2014-05", "2014";
// "" is unknown.
type Date string

// Year of the date; 0 when unknown.
func (d Date) Year() int {
	year, _ := strconv.Atoi(string(d[:min(len(d), 4)])) // "" is no number, so 0
	return year
}

// parseDate reads the ways in which dates are written in Kazakhstan and ISO 8601. The day
// comes before the month.
func parseDate(s string) (Date, bool) {
	s = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(s), "г."), "ж.")
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	s, _, _ = strings.Cut(s, "T")
	for _, layout := range []string{"2006-01-02", "02.01.2006", "2.1.2006", "02/01/2006", "2/1/2006", "2006/01/02", "2006.01.02", "02-01-2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return Date(t.Format(time.DateOnly)), true
		}
	}
	for _, layout := range []string{"2006-01", "01.2006", "1.2006", "01/2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return Date(t.Format("2006-01")), true
		}
	}
	if t, err := time.Parse("2006", s); err == nil {
		return Date(t.Format("2006")), true
	}
	return "", false
}
