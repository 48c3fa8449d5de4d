// Package organisations is the city's register of organisations: NGOs, state bodies,
// sponsors, media and initiative groups. It knows for every value where it came from, keeps
// what it was before, and never makes a body that is gone look alive.
//
// This file holds the types and rules of one entry, import.go those of a table of them,
// claim.go and filing.go those of a representative's claim and the yearly filing.
package organisations

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Field names one value of an entry. Texts have one field per language: "name.kk".
type Field string

// Fields lists them in the order in which pages, imports and exports show them.
func Fields() []Field { return fields }

const (
	fieldIdentifier Field = "identifier"
	fieldKind       Field = "kind"
	fieldStatus     Field = "status"
	fieldForm       Field = "form"
	fieldThemes     Field = "themes"
	fieldDistricts  Field = "districts"
	fieldFounded    Field = "founded"
	fieldEnded      Field = "ended"
	fieldEmail      Field = "email"
	fieldPhone      Field = "phone"
	fieldWebsite    Field = "website"
	fieldLinks      Field = "links"
	fieldPeople     Field = "people" // in the history only: the register of posts is its own table
)

var fields = []Field{
	fieldIdentifier, "name.kk", "name.ru", "name.en", fieldKind, fieldForm, fieldStatus, fieldFounded, fieldEnded, fieldThemes, fieldDistricts,
	"mission.kk", "mission.ru", "mission.en", "address.kk", "address.ru", "address.en", fieldEmail, fieldPhone, fieldWebsite, fieldLinks,
}

// split takes the language off a text's field.
func (f Field) split() (base string, lang civic.Lang) {
	base, l, _ := strings.Cut(string(f), ".")
	return base, civic.Lang(l)
}

// ByOrganisation reports whether the organisation's own representatives may state the
// value. What a state register decides (identifier, kind, form, status) they may not.
func (f Field) ByOrganisation() bool {
	switch f {
	case fieldIdentifier, fieldKind, fieldForm, fieldStatus, fieldEnded:
		return false
	}
	return true
}

// Way is how a value came into the register.
type Way string

const (
	Imported Way = "imported" // from a list
	Stated   Way = "stated"   // by the organisation itself
	Entered  Way = "entered"  // by a moderator
)

// Origin says where a value comes from and whether it was verified since.
type Origin struct {
	Way        Way    `json:"way"`
	Source     string `json:"source,omitempty"`      // the list's title or address; "" when stated or entered
	At         int64  `json:"at"`                    // when it came, in milliseconds
	VerifiedAt int64  `json:"verified_at,omitempty"` // 0: not verified
	VerifiedBy string `json:"verified_by,omitempty"` // a public role: "moderator"; never a person
}

// State says who may see an entry.
type State string

const (
	Draft  State = "draft"  // not yet published
	Public State = "public" // for everybody
	Hidden State = "hidden" // taken down by a moderator
)

// Organisation is one entry of the register.
type Organisation struct {
	ID         civic.ID
	Seq        int64  // position in order of registration, for the indexes
	Identifier string // "KZ-BIN-950440001673" (org-id.guide) or, without a BIN, "birge:" + ID
	State      State

	Kind, Status, Form     string // codes
	Themes, Districts      []string
	Name, Mission, Address civic.Text
	Founded, Ended         Date
	Email, Phone, Website  string
	Links                  []string // pages elsewhere: social networks, a map
	Origins                map[Field]Origin
	Created, Changed       time.Time
}

// Date is a day, a month or a year, as exact as it is known: "2014-05-03", "2014-05", "2014";
// "" is unknown.
type Date string

// Year of the date; 0 when unknown.
func (d Date) Year() int {
	y := 0
	if len(d) >= 4 {
		for _, c := range d[:4] {
			y = 10*y + int(c-'0')
		}
	}
	return y
}

const binPrefix, ownPrefix = "KZ-BIN-", "birge:"

// BIN is the business identification number, or "" for those that have none.
func (o *Organisation) BIN() string {
	if bin, ok := strings.CutPrefix(o.Identifier, binPrefix); ok {
		return bin
	}
	return ""
}

// Visible is the one rule of who sees an entry. Every exit asks it: the page, lists, search,
// feeds, exports, links from elsewhere. (The indexes behind lists hold only what passes it for
// everybody.)
func Visible(s State, actor civic.Actor) bool {
	return s == Public || Moderates(actor)
}

// Moderates reports whether the actor keeps the register: decides claims, verifies, imports.
func Moderates(a civic.Actor) bool { return a.HasAny(civic.Moderator, civic.Administrator) }

// actsAs is the role in which the actor changes that entry.
func actsAs(a civic.Actor, id civic.ID) civic.Role {
	return a.ActsAs([]civic.Ref{RefOf(id)}, civic.Representative, civic.Officer, civic.Moderator, civic.Administrator)
}

// MayEdit reports whether the actor may change the field of that organisation.
func MayEdit(a civic.Actor, o *Organisation, f Field) bool {
	return Moderates(a) || Speaks(a, o) && f.ByOrganisation()
}

// Speaks reports whether the actor speaks for the organisation: its representative, or an
// officer of that state body.
func Speaks(a civic.Actor, o *Organisation) bool {
	return a.ActsFor(civic.Representative, RefOf(o.ID)) || o.Kind == StateBody && a.ActsFor(civic.Officer, RefOf(o.ID))
}

// Get is the canonical text of a field: what is compared, stored in the history and
// exported. Lists are joined by "; ".
func (o *Organisation) Get(f Field) string {
	switch f {
	case fieldIdentifier:
		return o.Identifier
	case fieldKind:
		return o.Kind
	case fieldStatus:
		return o.Status
	case fieldForm:
		return o.Form
	case fieldThemes:
		return strings.Join(o.Themes, "; ")
	case fieldDistricts:
		return strings.Join(o.Districts, "; ")
	case fieldFounded:
		return string(o.Founded)
	case fieldEnded:
		return string(o.Ended)
	case fieldEmail:
		return o.Email
	case fieldPhone:
		return o.Phone
	case fieldWebsite:
		return o.Website
	case fieldLinks:
		return strings.Join(o.Links, "; ")
	}
	if t := o.text(f); t != nil {
		_, lang := f.split()
		return (*t)[lang]
	}
	return ""
}

// Set stores a canonical text, as Clean returns it, in a field.
func (o *Organisation) Set(f Field, v string) {
	switch f {
	case fieldIdentifier:
		o.Identifier = v
	case fieldKind:
		o.Kind = v
	case fieldStatus:
		o.Status = v
	case fieldForm:
		o.Form = v
	case fieldThemes:
		o.Themes = splitList(v)
	case fieldDistricts:
		o.Districts = splitList(v)
	case fieldFounded:
		o.Founded = Date(v)
	case fieldEnded:
		o.Ended = Date(v)
	case fieldEmail:
		o.Email = v
	case fieldPhone:
		o.Phone = v
	case fieldWebsite:
		o.Website = v
	case fieldLinks:
		o.Links = splitList(v)
	default:
		if t := o.text(f); t != nil {
			_, lang := f.split()
			next := civic.Text{}
			for l, s := range *t {
				next[l] = s
			}
			if next[lang] = v; v == "" {
				delete(next, lang)
			}
			*t = next
		}
	}
}

func (o *Organisation) text(f Field) *civic.Text {
	switch base, _ := f.split(); base {
	case "name":
		return &o.Name
	case "mission":
		return &o.Mission
	case "address":
		return &o.Address
	}
	return nil
}

func splitList(v string) []string {
	if v == "" {
		return nil
	}
	return strings.Split(v, "; ")
}

// Change is one value that became another. It is what the history keeps and shows.
type Change struct {
	Field Field  `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// Merge takes values (already clean) from one origin into an entry and returns the entry as
// it becomes, the changes, and the fields that keep what they have:
//
//   - An import never erases, nor overwrites what the organisation stated or a moderator
//     entered or verified. The exception is the end: that a body was liquidated or stopped
//     is always taken.
//   - A person may change and erase whatever MayEdit allows; the caller has checked.
//
// Values that are the same change nothing, not even their origin.
func Merge(cur Organisation, values map[Field]string, from Origin) (next Organisation, changes []Change, kept []Field) {
	next = cur
	next.Origins = make(map[Field]Origin, len(cur.Origins)+len(values))
	for f, o := range cur.Origins {
		next.Origins[f] = o
	}
	for _, f := range fields {
		v, given := values[f]
		old := cur.Get(f)
		if !given || v == old {
			continue
		}
		if from.Way == Imported {
			was := cur.Origins[f]
			guarded := old != "" && (was.Way == Stated || was.Way == Entered || was.VerifiedAt != 0)
			ends := f == fieldStatus && v != Active || f == fieldEnded
			if v == "" || f == fieldIdentifier && old != "" {
				continue
			}
			if guarded && !ends {
				kept = append(kept, f)
				continue
			}
		}
		next.Set(f, v)
		if next.Origins[f] = from; v == "" {
			delete(next.Origins, f)
		}
		changes = append(changes, Change{f, old, v})
	}
	return next, changes, kept
}

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
	raw = strings.TrimSpace(strings.ReplaceAll(raw, "\u00a0", " "))
	if raw == "" {
		return "", nil, nil
	}
	bad := func(key string, args ...any) (string, *civic.Message, *civic.Message) {
		m := civic.Say(key, args...)
		return "", nil, &m
	}
	base, _ := f.split()
	switch base {
	case "identifier":
		return cleanIdentifier(raw)
	case "kind":
		return oneOf(kindList, raw)
	case "status":
		return oneOf(statusList, raw)
	case "form":
		return oneOf(formList, raw)
	case "themes":
		return manyOf(themeList, raw)
	case "districts":
		return manyOf(districts, raw)
	case "founded", "ended":
		d, ok := parseDate(raw)
		switch {
		case !ok:
			return bad("organisations.bad_date")
		case string(d) > today.Format(time.DateOnly):
			return bad("organisations.bad_date_future")
		case d.Year() < firstYear:
			return bad("organisations.bad_date_old", "Year", plainYear(firstYear))
		}
		return string(d), nil, nil
	case "email":
		a, err := mail.ParseAddress(raw)
		if err != nil || a.Name != "" || len(a.Address) > maxShort {
			return bad("organisations.bad_email")
		}
		return a.Address, nil, nil
	case "phone":
		if len(raw) > maxShort || strings.ContainsFunc(raw, func(r rune) bool { return !strings.ContainsRune("0123456789+()-.,;/ \n", r) }) ||
			strings.Count(raw, "") < 4 {
			return bad("organisations.bad_phone")
		}
		return strings.Join(strings.Fields(raw), " "), nil, nil
	case "website":
		u, ok := cleanURL(raw)
		if !ok {
			return bad("organisations.bad_url")
		}
		return u, nil, nil
	case "links":
		var out []string
		for _, part := range strings.FieldsFunc(raw, func(r rune) bool { return unicode.IsSpace(r) || r == ';' }) {
			u, ok := cleanURL(part)
			if !ok {
				return bad("organisations.bad_url")
			}
			if !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
		if len(out) > maxListed {
			return bad("organisations.too_many_values", "Limit", maxListed)
		}
		return strings.Join(out, "; "), nil, nil
	}
	limit := maxText
	if base == "name" {
		limit = maxName
		raw = strings.Join(strings.Fields(raw), " ")
	}
	if utf8.RuneCountInString(raw) > limit {
		return bad("organisations.too_long", "Limit", limit)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
		return bad("organisations.bad_characters")
	}
	return raw, nil, nil
}

func plainYear(y int) string { return string(appendInt(nil, y)) }

func appendInt(b []byte, n int) []byte {
	if n >= 10 {
		b = appendInt(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

// cleanIdentifier accepts a BIN with or without its prefix and an identifier of our own. A
// spreadsheet drops the zeros in front of a number: they are put back when the check digit
// then fits.
func cleanIdentifier(raw string) (string, *civic.Message, *civic.Message) {
	if own, ok := strings.CutPrefix(raw, ownPrefix); ok {
		if id, ok := civic.ParseID(own); ok {
			return ownPrefix + string(id), nil, nil
		}
		m := civic.Say("organisations.bad_own_identifier")
		return "", nil, &m
	}
	raw = strings.TrimPrefix(strings.ToUpper(raw), binPrefix)
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\'' {
			return -1
		}
		return r
	}, raw)
	onlyDigits := digits != "" && !strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	switch {
	case civic.ValidBIN(digits):
		return binPrefix + digits, nil, nil
	case onlyDigits && len(digits) >= 7 && len(digits) < 12 && civic.ValidBIN(strings.Repeat("0", 12-len(digits))+digits):
		digits = strings.Repeat("0", 12-len(digits)) + digits
		m := civic.Say("organisations.note_zeros", "BIN", digits)
		return binPrefix + digits, &m, nil
	case strings.ContainsAny(digits, "Ee") && strings.ContainsAny(digits, ".,+"):
		m := civic.Say("organisations.bad_bin_shortened")
		return "", nil, &m
	case !onlyDigits || len(digits) != 12:
		m := civic.Say("organisations.bad_bin_length")
		return "", nil, &m
	case civic.ValidIIN(digits):
		m := civic.Say("organisations.bad_bin_person")
		return "", nil, &m
	}
	m := civic.Say("organisations.bad_bin_digit")
	return "", nil, &m
}

func oneOf(list *codeList, raw string) (string, *civic.Message, *civic.Message) {
	if code, ok := list.find(raw); ok {
		return code, nil, nil
	}
	m := civic.Say("organisations.bad_code", "Value", cut(raw, 80), "Codes", list.names)
	return "", nil, &m
}

// manyOf reads a list of codes or names, separated by semicolons, bars or line ends; commas
// too, where the cell is not itself the name of a code that has one.
func manyOf(list *codeList, raw string) (string, *civic.Message, *civic.Message) {
	var out []string
	for _, part := range strings.FieldsFunc(raw, func(r rune) bool { return r == ';' || r == '|' || r == '\n' }) {
		parts := []string{part}
		if _, ok := list.find(part); !ok {
			parts = strings.Split(part, ",")
		}
		for _, p := range parts {
			if strings.TrimSpace(p) == "" {
				continue
			}
			code, ok := list.find(p)
			if !ok {
				m := civic.Say("organisations.bad_code", "Value", cut(strings.TrimSpace(p), 80), "Codes", list.names)
				return "", nil, &m
			}
			if !slices.Contains(out, code) {
				out = append(out, code)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return indexOf(list.codes, a) - indexOf(list.codes, b) })
	return strings.Join(out, "; "), nil, nil
}

func indexOf(list []Code, code string) int {
	return slices.IndexFunc(list, func(c Code) bool { return c.Code == code })
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

// cut shortens a text for a message to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

// Check says what keeps an entry from being published: a name, and codes that belong
// together.
func (o *Organisation) Check() error {
	var p civic.Problems
	if o.Name.Empty() {
		p.Add("name.kk", "organisations.name_needed")
	}
	if o.Kind == "" {
		p.Add(string(fieldKind), "organisations.kind_needed")
	}
	if o.Kind == Initiative && o.BIN() != "" {
		p.Add(string(fieldIdentifier), "organisations.initiative_bin")
	}
	if o.Ended != "" && o.Status == Active {
		p.Add(string(fieldStatus), "organisations.ended_active")
	}
	if o.Ended != "" && o.Founded != "" && o.Ended < o.Founded[:min(len(o.Founded), len(o.Ended))] {
		p.Add(string(fieldEnded), "organisations.ended_before_founded")
	}
	return p.Err()
}

// ---- order and identity of names ----

// alphabet is the order of letters in a Kazakh list; the letters that only Russian or Uzbek
// spellings have stand where readers look for them.
const alphabet = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"

// SortKey orders names as readers of Kazakh and Russian expect, by plain comparison of
// bytes on both engines: ASCII only, one byte a letter. The name in quotation marks goes
// first, for thousands begin with "Қоғамдық қор". Numbers sort by value.
func SortKey(name string) string {
	if i := strings.IndexAny(name, `«"“„`); i >= 0 {
		name = name[i:] + " " + name[:i]
	}
	var b []byte
	var digits []byte
	flush := func() {
		if len(digits) > 0 {
			d := strings.TrimLeft(string(digits), "0")
			b = append(b, byte('0'+min(len(d), 9)))
			b = append(b, d...)
			digits = digits[:0]
		}
	}
	for _, r := range strings.ToLower(name) {
		if len(b) >= 60 {
			break
		}
		if r >= '0' && r <= '9' {
			digits = append(digits, byte(r))
			continue
		}
		flush()
		if i := strings.IndexRune(alphabet, r); i >= 0 {
			b = append(b, byte(':'+i/2)) // every letter takes two bytes of UTF-8
		} else if r >= 'a' && r <= 'z' {
			b = append(b, byte(':'+len(alphabet)/2)+byte(r-'a'))
		} else if len(b) > 0 && b[len(b)-1] != ' ' && !unicode.IsLetter(r) {
			b = append(b, ' ')
		}
	}
	flush()
	return strings.TrimRight(string(b), " ")
}

// nameKeys are the names in every language as they are compared when a table has no
// identifier for a row.
func (o *Organisation) nameKeys() []string {
	var out []string
	for _, l := range civic.Languages() {
		if k := plainWords(o.Name[l]); k != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// ---- how origins are kept: those that are the same, once ----

type originGroup struct {
	Origin
	Fields []Field `json:"f"`
}

func packOrigins(origins map[Field]Origin) string {
	var groups []originGroup
	for _, f := range fields {
		o, ok := origins[f]
		if !ok {
			continue
		}
		i := slices.IndexFunc(groups, func(g originGroup) bool { return g.Origin == o })
		if i < 0 {
			i = len(groups)
			groups = append(groups, originGroup{Origin: o})
		}
		groups[i].Fields = append(groups[i].Fields, f)
	}
	b, _ := json.Marshal(groups) // strings and numbers only
	return string(b)
}

func unpackOrigins(s string) (map[Field]Origin, error) {
	var groups []originGroup
	if err := json.Unmarshal([]byte(s), &groups); err != nil {
		return nil, err
	}
	out := map[Field]Origin{}
	for _, g := range groups {
		for _, f := range g.Fields {
			out[f] = g.Origin
		}
	}
	return out, nil
}
