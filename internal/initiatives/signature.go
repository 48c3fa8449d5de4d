package initiatives

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
)

// Signature is that of one person under one initiative.
type Signature struct {
	ID       civic.ID
	Signer   civic.ID // an account, or a reader of notifications; "" once they have left
	ByMail   bool     // without an account
	State    SignatureState
	Invalid  civic.ID // the invalidation by which it does not count; "": none
	Name     string
	Shown    bool // everybody reads ShortName
	District string
	Domain   string // of the address
	AskedAt  time.Time
	SignedAt time.Time
	Day      string // of the city on which it was signed, under which it is counted

	initiative    int64
	mark, network string   // keyed hashes of the address and of the network
	person        string   // and of the person's number, where it is known
	run           civic.ID // of the sheets on which it was signed
	knownAt       time.Time
	code          string // the hash of the six digits
	tries         int
}

// SignatureState is where a signature stands.
type SignatureState string

const (
	Asked     SignatureState = "asked" // at an address, which has not said yes
	Signed    SignatureState = "signed"
	TakenBack SignatureState = "taken_back"
)

// counts reports whether it counts.
func (s Signature) counts() bool { return s.State == Signed && s.Invalid == "" }

// delta is by how much the count changes from one to the other: -1, 0 or 1.
func delta(before, after Signature) int64 {
	n := map[bool]int64{true: 1}
	return n[after.counts()] - n[before.counts()]
}

// Signing is what somebody sends who signs.
type Signing struct {
	Name     string
	Shown    bool
	District string
	Email    string // of who has no account
	Network  string // from which it came
	Lang     civic.Lang
}

// maxName bounds names, in characters.
const maxName = 100

// check finds what is wrong with it. Fields: "name", "district".
func (s Signing) check(district func(string) bool) (p civic.Problems) {
	if s.Name == "" || !strings.ContainsFunc(s.Name, unicode.IsLetter) {
		p.Add("name", "initiatives.name_missing")
	} else if key := civic.Junk(s.Name, nil); key != "" {
		p.Add("name", key)
	}
	p.AtMost("name", s.Name, maxName)
	if s.District != "" && !district(s.District) {
		p.Add("district", "initiatives.choose")
	}
	return p
}

// ShortName is what everybody reads of a name: the first name and the first letter of the surname, in whatever order and script
// it was written: "Айгерім С.".
func ShortName(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	short := words[0]
	if len(words) > 1 {
		first, _ := utf8.DecodeRuneInString(words[1])
		short += " " + string(unicode.ToUpper(first)) + "."
	}
	return short
}

// domainOf is the domain of an address.
func domainOf(email string) string { _, domain, _ := strings.Cut(email, "@"); return domain }

// mark is a keyed hash of the initiative's own. "" of "".
func (i Initiative) mark(value string) string { return identity.Mark(i.salt, value) }

// personMark is the mark of a person, by what identity.Service.PersonOf says.
func (i Initiative) personMark(person string) string {
	if person == "" {
		return ""
	}
	return i.mark("person " + person)
}

// Conditions say which signatures are meant: those that meet all that are set. At least one is.
type Conditions struct {
	From     time.Time `json:"from,omitzero"` // when they were asked for, from this instant
	To       time.Time `json:"to,omitzero"`   // and before this one
	Domain   string    `json:"domain,omitempty"`
	Network  string    `json:"network,omitempty"` // its mark
	Name     string    `json:"name,omitempty"`    // "*" stands for any letters
	District string    `json:"district,omitempty"`
	Young    int       `json:"young,omitempty"` // the account, or the address, was known for fewer hours
	Burst    int       `json:"burst,omitempty"` // so many or more came within a minute from one network, domain and pattern of name
	Run      civic.ID  `json:"run,omitempty"`   // those on paper, of sheets that were printed at once; "": those that are not on paper
}

// Bounds of conditions.
const (
	maxPattern = 100
	leastBurst = 3
	mostHours  = 24 * 365
)

// check finds what is wrong with conditions. Fields: "from", "to", "name", "young", "burst".
func (c Conditions) check() (p civic.Problems) {
	if c == (Conditions{}) {
		p.Add("from", "initiatives.condition_missing")
	}
	if !c.From.IsZero() && !c.To.IsZero() && !c.From.Before(c.To) {
		p.Add("to", "initiatives.condition_order")
	}
	if strings.Trim(c.Name, "*? ") == "" && c.Name != "" || utf8.RuneCountInString(c.Name) > maxPattern {
		p.Add("name", "initiatives.condition_name")
	}
	if c.Young < 0 || c.Young > mostHours {
		p.Add("young", "initiatives.condition_hours", "Count", mostHours)
	}
	if c.Burst != 0 && c.Burst < leastBurst {
		p.Add("burst", "initiatives.condition_burst", "Count", leastBurst)
	}
	return p
}

// meets reports whether a signature is meant, but for bursts, which no signature tells alone.
func (c Conditions) meets(s Signature) bool {
	switch {
	case c.Run != s.run: // what stands on paper has no time, network or name
		return false
	case !c.From.IsZero() && s.AskedAt.Before(c.From), !c.To.IsZero() && !s.AskedAt.Before(c.To),
		c.Domain != "" && !strings.EqualFold(s.Domain, c.Domain), c.Network != "" && s.network != c.Network,
		c.Name != "" && !like(c.Name, s.Name), c.District != "" && s.District != c.District,
		c.Young > 0 && s.AskedAt.Sub(s.knownAt) >= time.Duration(c.Young)*time.Hour:
		return false
	}
	return true
}

// like reports whether a name has the pattern: "*" stands for any number of letters, "?" for one, and case does not count.
func like(pattern, name string) bool {
	p, n := []rune(strings.ToLower(strings.TrimSpace(pattern))), []rune(strings.ToLower(strings.TrimSpace(name)))
	star, from := -1, 0
	i, j := 0, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == n[j]):
			i, j = i+1, j+1
		case star >= 0: // the last star takes one letter more
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(string(p[min(i, len(p)):]), "*") == ""
}

// shape is what names that a program made have in common: letters as one, digits as another, the rest as it is. "Aaaa 0" of "Arman 17".
func shape(name string) string {
	var out []rune
	for _, c := range name {
		k := c
		switch {
		case unicode.IsUpper(c):
			k = 'A'
		case unicode.IsLetter(c):
			k = 'a'
		case unicode.IsDigit(c):
			k = '0'
		}
		if len(out) == 0 || out[len(out)-1] != k || k == 'A' {
			out = append(out, k)
		}
	}
	return string(out)
}

// likeness is by what signatures of one burst are alike.
type likeness struct {
	minute                 int64
	network, domain, shape string
}

func (s Signature) likeness() likeness {
	return likeness{s.AskedAt.Unix() / 60, s.network, s.Domain, shape(s.Name)}
}

// choose lists those of the signatures that the conditions mean. A burst is counted among those that meet all the rest.
func (c Conditions) choose(all []Signature) []Signature {
	found := slices.DeleteFunc(slices.Clone(all), func(s Signature) bool { return !c.meets(s) })
	if c.Burst == 0 {
		return found
	}
	many := map[likeness]int{}
	for _, s := range found {
		many[s.likeness()]++
	}
	return slices.DeleteFunc(found, func(s Signature) bool { return many[s.likeness()] < c.Burst })
}

// Cluster is what many signatures have in common, which a moderator may want to look at.
type Cluster struct {
	Conditions
	Signatures int64
}

// clusters suggests conditions: the networks, domains and bursts with the most signatures, of those with at least so many. What
// the large mail services have is no suggestion: half the city is there.
func clusters(all []Signature, least int64, most int) (out []Cluster) {
	networks, domains, bursts, runs := map[string]int64{}, map[string]int64{}, map[likeness]int64{}, map[civic.ID]int64{}
	for _, s := range all {
		if s.Invalid != "" || s.State == TakenBack {
			continue
		}
		if s.run != "" {
			runs[s.run]++
			continue
		}
		if s.network != "" {
			networks[s.network]++
		}
		if s.Domain != "" && !slices.Contains(largeServices, s.Domain) {
			domains[s.Domain]++
		}
		if s.network != "" {
			bursts[s.likeness()]++
		}
	}
	for n, count := range networks {
		out = append(out, Cluster{Conditions{Network: n}, count})
	}
	for d, count := range domains {
		out = append(out, Cluster{Conditions{Domain: d}, count})
	}
	for r, count := range runs {
		out = append(out, Cluster{Conditions{Run: r}, count})
	}
	for b, count := range bursts {
		at := time.Unix(b.minute*60, 0).UTC()
		out = append(out, Cluster{Conditions{From: at, To: at.Add(time.Minute), Network: b.network, Domain: b.domain, Burst: leastBurst}, count})
	}
	out = slices.DeleteFunc(out, func(c Cluster) bool { return c.Signatures < least })
	slices.SortFunc(out, func(a, b Cluster) int {
		if a.Signatures != b.Signatures {
			return int(b.Signatures - a.Signatures)
		}
		return strings.Compare(a.key(), b.key())
	})
	return out[:min(most, len(out))]
}

func (c Conditions) key() string { return fmt.Sprint(c) }

// largeServices are domains of mail that everybody may have an address at. It only orders what moderators are shown.
var largeServices = []string{"gmail.com", "mail.ru", "inbox.ru", "bk.ru", "list.ru", "yandex.ru", "yandex.kz", "ya.ru", "outlook.com", "hotmail.com", "icloud.com"}

// Invalidation takes signatures out of the count, with a public reason, and can be reversed.
type Invalidation struct {
	ID         civic.ID
	Conditions Conditions // for moderators alone
	Reason     civic.Text
	Counted    int64 // signatures that counted until then
	Waiting    int64 // that waited to be confirmed
	MadeAt     time.Time
	ReversedAt time.Time // zero: it holds
	Reversal   civic.Text

	no, initiative int64
}
