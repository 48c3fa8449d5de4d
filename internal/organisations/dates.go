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

// months are the names of months as dates have them, by their first letters.
var months = []struct {
	begin string
	month string
}{
	{"янв", "01"}, {"фев", "02"}, {"мар", "03"}, {"апр", "04"}, {"мая", "05"}, {"май", "05"}, {"июн", "06"}, {"июл", "07"}, {"авг", "08"},
	{"сен", "09"}, {"окт", "10"}, {"ноя", "11"}, {"дек", "12"},
	{"қаң", "01"}, {"ақп", "02"}, {"нау", "03"}, {"сәу", "04"}, {"мам", "05"}, {"мау", "06"}, {"шіл", "07"}, {"там", "08"}, {"қыр", "09"},
	{"қаз", "10"}, {"қар", "11"}, {"жел", "12"},
	{"jan", "01"}, {"feb", "02"}, {"mar", "03"}, {"apr", "04"}, {"may", "05"}, {"jun", "06"}, {"jul", "07"}, {"aug", "08"}, {"sep", "09"},
	{"oct", "10"}, {"nov", "11"}, {"dec", "12"},
}

func monthOf(word string) string {
	for _, m := range months {
		if strings.HasPrefix(word, m.begin) {
			return m.month
		}
	}
	return ""
}

// withMonthNumbers writes "31 декабря 2020" and "2020 жылғы 31 желтоқсан" as 31.12.2020. What is no such date stays as it is.
func withMonthNumbers(s string) string {
	var day, month, year string
	for _, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == ',' || r == '.' || r == '"' || r == '«' || r == '»' }) {
		switch {
		case strings.Trim(word, "0123456789") == "" && len(word) <= 2 && day == "":
			day = word
		case strings.Trim(word, "0123456789") == "" && len(word) == 4 && year == "":
			year = word
		case monthOf(word) != "" && month == "":
			month = monthOf(word)
		case word == "г" || word == "года" || word == "год" || word == "ж" || word == "жылғы" || word == "жылы" || word == "жыл" || word == "of":
		default:
			return s
		}
	}
	switch {
	case month == "" && day == "" && year != "":
		return year
	case month == "" || year == "":
		return s
	case day == "":
		return month + "." + year
	}
	return day + "." + month + "." + year
}

// parseDate reads the ways in which dates are written in Kazakhstan and ISO 8601. The day
// comes before the month. A year of two digits is of this century up to 2050.
func parseDate(s string) (Date, bool) {
	s = withMonthNumbers(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(s), "г."), "ж."))
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
	for _, layout := range []string{"2.1.06", "2/1/06", "2-1-06"} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() > 2050 { // Go's pivot is 1969
				t = t.AddDate(-100, 0, 0)
			}
			return Date(t.Format(time.DateOnly)), true
		}
	}
	if t, err := time.Parse("2006", s); err == nil {
		return Date(t.Format("2006")), true
	}
	return "", false
}
