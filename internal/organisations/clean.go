package organisations

import (
	"cmp"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
)

// Bounds of what a field holds, in characters. They keep pages and indexes small; no law
// sets them.
const (
	maxName    = 500
	maxText    = 4_000
	maxShort   = 200
	maxListed  = 30
	firstYear  = 1800
	maxLinkLen = 500
)

// Clean reads a value as a person or a table gives it and returns its canonical text, or
// the problem and how to mend it. note says what was mended on the way. Empty is always
// clean. today is the city's date, districts its districts.
func Clean(f Field, raw string, districts *codeList, today time.Time) (value string, note, problem *civic.Message) {
	d, known := declaredFields[f]
	if !known {
		return "", nil, say("web.malformed")
	}
	raw = strings.TrimSpace(strings.ReplaceAll(civic.CleanText(raw), "\u00a0", " "))
	if raw == "" {
		return "", nil, nil
	}
	list := d.codes
	if list == nil {
		list = districts
	}
	switch d.shape {
	case anIdentifier:
		return cleanIdentifier(raw)
	case aCode:
		value, problem = oneOf(list, raw)
	case someCodes:
		value, problem = manyOf(list, raw)
	case aDate:
		value, problem = cleanDate(raw, today)
	case anEmail:
		value, problem = cleanEmail(raw)
	case aPhone:
		value, problem = cleanPhone(raw)
	case aLink:
		value, problem = cleanLink(raw)
	case someLinks:
		value, problem = cleanLinks(raw)
	case aPoint:
		value, problem = cleanPoint(raw)
	default:
		value, problem = cleanText(raw, d.declaration)
	}
	return value, nil, problem
}

// say is a note or a problem, as a reader is told it.
func say(key string, args ...any) *civic.Message {
	m := civic.Say(key, args...)
	return &m
}

func cleanDate(raw string, today time.Time) (string, *civic.Message) {
	d, ok := parseDate(raw)
	switch {
	case !ok:
		return "", say("organisations.bad_date")
	case string(d) > today.Format(time.DateOnly):
		return "", say("organisations.bad_date_future")
	case d.Year() < firstYear:
		return "", say("organisations.bad_date_old", "Year", strconv.Itoa(firstYear))
	}
	return string(d), nil
}

func cleanEmail(raw string) (string, *civic.Message) {
	a, err := mail.ParseAddress(raw)
	if err != nil || a.Name != "" || len(a.Address) > maxShort {
		return "", say("organisations.bad_email")
	}
	return a.Address, nil
}

func cleanPhone(raw string) (string, *civic.Message) {
	if len(raw) < 3 || len(raw) > maxShort || strings.Trim(raw, "0123456789+()-.,;/ \n") != "" {
		return "", say("organisations.bad_phone")
	}
	return strings.Join(strings.Fields(raw), " "), nil
}

func cleanLink(raw string) (string, *civic.Message) {
	u, ok := cleanURL(raw)
	if !ok {
		return "", say("organisations.bad_url")
	}
	return u, nil
}

func cleanLinks(raw string) (string, *civic.Message) {
	var out []string
	for _, part := range strings.FieldsFunc(raw, func(r rune) bool { return unicode.IsSpace(r) || r == ';' }) {
		u, problem := cleanLink(part)
		if problem != nil {
			return "", problem
		}
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	if len(out) > maxListed {
		return "", say("organisations.too_many_values", "Limit", maxListed)
	}
	return joinList(out), nil
}

func cleanPoint(raw string) (string, *civic.Message) {
	p, ok := places.ParsePoint(raw)
	if !ok {
		return "", say("places.bad_point")
	}
	return p.String(), nil
}

func cleanText(raw string, d *declaration) (string, *civic.Message) {
	limit := d.max
	if limit == 0 {
		limit = maxText
	}
	if !d.long {
		raw = strings.Join(strings.Fields(raw), " ")
	}
	if utf8.RuneCountInString(raw) > limit {
		return "", say("organisations.too_long", "Count", limit)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
		return "", say("organisations.bad_characters")
	}
	return raw, nil
}

// cleanIdentifier accepts a BIN with or without its prefix and an identifier of our own. A
// spreadsheet drops the zeros in front of a number: they are put back when the check digit
// then fits.
func cleanIdentifier(raw string) (string, *civic.Message, *civic.Message) {
	if own, ok := strings.CutPrefix(raw, ownPrefix); ok {
		if id, ok := civic.ParseID(own); ok {
			return ownPrefix + string(id), nil, nil
		}
		return "", nil, say("organisations.bad_own_identifier")
	}
	digits, restored := binDigits(raw)
	onlyDigits := digits != "" && !strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	switch {
	case restored:
		return binPrefix + digits, say("organisations.note_zeros", "BIN", digits), nil
	case civic.ValidBIN(digits):
		return binPrefix + digits, nil, nil
	case strings.ContainsAny(digits, "Ee") && strings.ContainsAny(digits, ".,+"):
		return "", nil, say("organisations.bad_bin_shortened")
	case !onlyDigits || len(digits) != 12:
		return "", nil, say("organisations.bad_bin_length")
	case civic.ValidIIN(digits):
		return "", nil, say("organisations.bad_bin_person")
	}
	return "", nil, say("organisations.bad_bin_digit")
}

// binDigits takes off what people and spreadsheets put around a BIN, and puts back the zeros in front that they take away.
func binDigits(raw string) (digits string, restored bool) {
	digits = strings.Map(func(r rune) rune {
		if r == '-' || r == '\'' || r == '№' || r == ':' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(raw)), binPrefix))
	for _, word := range []string{"БИН", "БСН", "BIN"} {
		digits = strings.TrimPrefix(digits, word)
	}
	if whole, fraction, cut := strings.Cut(digits, "."); cut && strings.Trim(fraction, "0") == "" {
		digits = whole // a number of a spreadsheet
	}
	return civic.RestoreZeros(digits, civic.ValidBIN)
}

func oneOf(list *codeList, raw string) (string, *civic.Message) {
	if code, ok := list.find(raw); ok {
		return code, nil
	}
	return "", list.unknown(raw)
}

// unknown says that a list has no such code, and which it has.
func (l *codeList) unknown(raw string) *civic.Message {
	if len(l.codes) == 0 {
		return say("organisations.bad_code_none", "Value", civic.Shortened(strings.TrimSpace(raw), 80))
	}
	return say("organisations.bad_code", "Value", civic.Shortened(strings.TrimSpace(raw), 80), "Codes", l.names)
}

// knownOf is what manyOf would read without the codes that the list has not.
func knownOf(list *codeList, raw string) string {
	known, _ := codesOf(list, raw)
	return joinList(known)
}

// manyOf reads a list of codes or names, all of which the list has.
func manyOf(list *codeList, raw string) (string, *civic.Message) {
	known, unknown := codesOf(list, raw)
	if unknown != "" {
		return "", list.unknown(unknown)
	}
	return joinList(known), nil
}

// codesOf reads codes or names separated by semicolons, bars or line ends; commas too, where the
// cell is not itself the name of a code that has one. It returns the codes in the order of the
// list, each once, and the first word that the list has not.
func codesOf(list *codeList, raw string) (known []string, unknown string) {
	for _, part := range strings.FieldsFunc(raw, func(r rune) bool { return r == ';' || r == '|' || r == '\n' }) {
		parts := []string{part}
		if _, ok := list.find(part); !ok {
			parts = strings.Split(part, ",")
		}
		for _, p := range parts {
			code, ok := list.find(p)
			switch {
			case strings.TrimSpace(p) == "":
			case !ok:
				unknown = cmp.Or(unknown, p)
			case !slices.Contains(known, code):
				known = append(known, code)
			}
		}
	}
	slices.SortFunc(known, func(a, b string) int { return indexOf(list.codes, a) - indexOf(list.codes, b) })
	return known, unknown
}

// cleanURL accepts web addresses only: a link on a page must not run anything. A bare host
// gets https in front.
func cleanURL(s string) (string, bool) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || len(s) > maxLinkLen || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !strings.Contains(u.Hostname(), ".") ||
		strings.ContainsFunc(u.Host, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`<>"'`, r) }) {
		return "", false
	}
	return u.String(), true
}
