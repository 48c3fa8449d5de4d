package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

const (
	noBreak       = "\u00a0"
	narrowNoBreak = "\u202f"
)

// Number writes a whole number in groups of three: "1 284" (with a space that does not
// break), in English "1,284".
func (l *Localizer) Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	group := noBreak
	if l.lang == civic.English {
		group = ","
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// outOf writes how many of a whole. In Kazakh, where the whole stands in the genitive, the number takes the
// ending that its last word has when it is said: "9 бөлімнің 9-ы", but "6-сы" and "20-сы".
func (l *Localizer) outOf(n int64) string {
	if l.lang != civic.Kazakh {
		return l.Number(n)
	}
	ending := [10]string{"", "і", "сі", "і", "і", "і", "сы", "сі", "і", "ы"}[n%10]
	if n%10 == 0 {
		ending = [10]string{"", "ы", "сы", "ы", "ы", "і", "ы", "і", "і", "ы"}[n/10%10]
	}
	if n%100 == 0 {
		ending = "і" // жүз, нөл
	}
	if n%1000 == 0 && n > 0 {
		ending = "ы" // мың, миллион
	}
	return l.Number(n) + "-" + ending
}

// Decimal writes a number with so many digits after the mark: a comma, in English a point.
func (l *Localizer) Decimal(x float64, digits int) string {
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if l.lang != civic.English {
		s = strings.Replace(s, ".", ",", 1)
	}
	return strings.Replace(s, "-", "−", 1)
}

// Money writes an amount of tenge with its sign, from which no line parts it: "1 250 000 ₸", with tiyn where there are some: "0,50 ₸".
func (l *Localizer) Money(m civic.Money) string {
	whole, tiyn, has := strings.Cut(strings.TrimPrefix(m.String(), "-"), ".")
	out := whole
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
		out = l.Number(n)
	}
	if m < 0 {
		out = "−" + out
	}
	switch {
	case has && l.lang == civic.English:
		out += "." + tiyn
	case has:
		out += "," + tiyn
	}
	return out + noBreak + "₸"
}

// Percent writes part of whole as a percentage without decimals: "87 %", in English "87%".
// Nothing of nothing is 0 %.
func (l *Localizer) Percent(part, whole int64) string {
	p := 0.0
	if whole != 0 {
		p = 100 * float64(part) / float64(whole)
	}
	if l.lang == civic.English {
		return l.Decimal(p, 0) + "%"
	}
	return l.Decimal(p, 0) + noBreak + "%"
}

var months = map[civic.Lang][12]string{
	civic.Kazakh:  {"қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"},
	civic.Russian: {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
	civic.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Date writes a day in the city's time zone: "2026 жылғы 12 қараша", "12 ноября 2026 года",
// "12 November 2026".
func (l *Localizer) Date(t time.Time) string {
	t = t.In(l.zone)
	month := months[l.lang][t.Month()-1]
	switch l.lang {
	case civic.Kazakh:
		return fmt.Sprintf("%d%sжылғы %d%s%s", t.Year(), noBreak, t.Day(), noBreak, month)
	case civic.Russian:
		return fmt.Sprintf("%d%s%s %d%sгода", t.Day(), noBreak, month, t.Year(), noBreak)
	default:
		return fmt.Sprintf("%d%s%s %d", t.Day(), noBreak, month, t.Year())
	}
}

// DayMonth writes a day of a year that is known: "12 қараша", "12 ноября", "12 November".
func (l *Localizer) DayMonth(t time.Time) string {
	t = t.In(l.zone)
	return fmt.Sprintf("%d%s%s", t.Day(), noBreak, months[l.lang][t.Month()-1])
}

// nominative are the Russian months by themselves; in the other languages they are those of a date.
var nominative = [12]string{"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"}

// Month writes a month: "2026 жылғы қараша", "ноябрь 2026 года", "November 2026".
func (l *Localizer) Month(t time.Time) string {
	month := months[l.lang][t.Month()-1]
	switch l.lang {
	case civic.Kazakh:
		return fmt.Sprintf("%d%sжылғы %s", t.Year(), noBreak, month)
	case civic.Russian:
		return fmt.Sprintf("%s %d%sгода", nominative[t.Month()-1], t.Year(), noBreak)
	}
	return fmt.Sprintf("%s %d", month, t.Year())
}

// ShortDate writes a day as in a table: "12.11.2026"; in English "12 Nov 2026", for there
// the order of day and month is read both ways.
func (l *Localizer) ShortDate(t time.Time) string {
	t = t.In(l.zone)
	if l.lang == civic.English {
		return t.Format("2 Jan 2006")
	}
	return t.Format("02.01.2006")
}

// DateTime writes a day and the time of day in the city's time zone.
func (l *Localizer) DateTime(t time.Time) string {
	return l.Date(t) + "," + noBreak + t.In(l.zone).Format("15:04")
}

// Size writes a number of bytes in kilobytes or megabytes.
func (l *Localizer) Size(bytes int64) string {
	units := map[civic.Lang][2]string{civic.Kazakh: {"КБ", "МБ"}, civic.Russian: {"КБ", "МБ"}, civic.English: {"kB", "MB"}}[l.lang]
	if bytes < 1_000_000 {
		return l.Number((bytes+999)/1000) + narrowNoBreak + units[0]
	}
	return l.Decimal(float64(bytes)/1e6, 1) + narrowNoBreak + units[1]
}
