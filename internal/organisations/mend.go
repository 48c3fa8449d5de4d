package organisations

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// mend takes the value out of what people write around it in a table, or the first of several; "" when there is none.
func mend(shape shape, cell string) string {
	switch shape {
	case anEmail:
		return firstEmail(cell)
	case aPhone:
		return phoneOnly(cell)
	case aLink:
		return firstLink(cell)
	case aDate:
		return serialDate(cell)
	}
	return ""
}

func firstEmail(cell string) string {
	between := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;/|", r) }
	for _, part := range append([]string{cell}, strings.FieldsFunc(cell, between)...) { // the whole first: "Name <address>"
		if a, err := mail.ParseAddress(part); err == nil {
			return a.Address
		}
	}
	return ""
}

func firstLink(cell string) string {
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		if u, ok := cleanURL(part); ok {
			return u
		}
	}
	return ""
}

// phoneOnly drops words and names beside a number: whose telephone it is belongs to no register.
func phoneOnly(cell string) string {
	const least = 5 // digits; fewer are an extension
	digits := 0
	kept := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			digits++
			return r
		case strings.ContainsRune("+()-,;/ ", r):
			return r
		}
		return ' '
	}, cell)
	kept = strings.Join(strings.Fields(kept), " ")
	for before := ""; before != kept; { // what a name in brackets leaves
		before = kept
		kept = strings.Trim(strings.NewReplacer("()", "", "( )", "", " ,", ",").Replace(kept), " ,;/-")
	}
	if digits < least {
		return ""
	}
	return kept
}

// serialDate reads a day as a spreadsheet counts it, when a cell lost its format: 44196 is the last day of 2020.
func serialDate(cell string) string {
	const from, to = 10_000, 60_000 // 1927 to 2064
	n, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	if err != nil || n < from || n > to {
		return ""
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n)).Format(time.DateOnly)
}
