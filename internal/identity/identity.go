// Package identity knows who takes part: accounts, sign-in and sessions, roles, and how sure
// the city is that an account is one real resident. The README tells the words and the rules.
package identity

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// Account is a person's place in the city. An erased one has an ID and nothing else.
type Account struct {
	ID          civic.ID
	Email       string // as normalised by ParseEmail; "" once erased
	Name        string // what staff and colleagues see; votes and statements go without
	Lang        civic.Lang
	HasPassword bool
	ConfirmedAt time.Time // when its holder answered a mail to the address; zero: not yet
	VerifiedAt  time.Time // zero: not verified
	VerifiedBy  Method
	CreatedAt   time.Time
	ErasedAt    time.Time // zero: alive

	password string // PHC string
}

// Erased reports whether the person deleted the account.
func (a Account) Erased() bool { return !a.ErasedAt.IsZero() }

// Assurance is how sure the city is of the account. Only the first administrator's, which is made
// before there is mail, begins without a confirmed address.
func (a Account) Assurance() civic.Assurance {
	switch {
	case !a.VerifiedAt.IsZero():
		return civic.Verified
	case !a.ConfirmedAt.IsZero():
		return civic.EmailConfirmed
	}
	return civic.Unconfirmed
}

// Method is how a resident was verified.
type Method string

const (
	Desk     Method = "desk"     // an officer saw the person and the document
	Roll     Method = "roll"     // the number is on the residents' roll
	Provider Method = "provider" // an identity provider vouched for it
)

// Session is one browser in which somebody is signed in.
type Session struct {
	ID        civic.ID
	Device    string // a hint: "Firefox · Android"
	CreatedAt time.Time
	SeenAt    time.Time // to the hour
	ExpiresAt time.Time
	Current   bool
}

// Passkey is a key that a device of the person keeps.
type Passkey struct {
	ID        []byte
	Name      string
	CreatedAt time.Time
	UsedAt    time.Time // zero: not yet
}

// Granted is a role that an account holds, held or will hold.
type Granted struct {
	civic.Grant
	By civic.ID
	At time.Time
}

// roles are those that every part may ask for.
func roles() []part.Role {
	return []part.Role{
		{Name: civic.Resident, Inborn: true},
		{Name: civic.Representative, Scope: scopeKind},
		{Name: civic.Officer, Scope: scopeKind},
		{Name: civic.Moderator},
		{Name: civic.Administrator},
	}
}

// checkGrant notes what is wrong with a role about to be given: by the table of roles, and with
// its term.
func checkGrant(p *civic.Problems, roles part.Roles, g civic.Grant, now time.Time) {
	role, known := roles.Get(g.Role)
	switch {
	case !known || role.Inborn:
		p.Add("role", "identity.role_unknown")
	case role.Fits(g.Scope):
	case role.Scope == "":
		p.Add("scope", "identity.scope_needless")
	default:
		p.Add("scope", "identity.scope_missing")
	}
	switch {
	case g.Until.IsZero():
	case !g.From.IsZero() && !g.From.Before(g.Until):
		p.Add("until", "identity.until_before_from")
	case g.Ended(now):
		p.Add("until", "identity.until_past")
	}
}

// ParseEmail checks an address and returns the one form in which it is kept and compared:
// lower case, the domain in ASCII. Quoted local parts, comments and display names are
// refused: nobody signs up with them but to trick a mail program.
func ParseEmail(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !utf8.ValidString(s) || len(s) > 254 || len(local) > 64 || strings.ContainsAny(s, "\"()<>,;:\\[] \t\r\n\u00a0") {
		return "", false
	}
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") {
		return "", false
	}
	if again, err := idna.Lookup.ToASCII(domain); err != nil || again != domain { // a name that no one could register
		return "", false
	}
	for _, c := range local {
		if !unicode.IsGraphic(c) {
			return "", false
		}
	}
	a, err := mail.ParseAddress(local + "@" + domain)
	if err != nil || a.Name != "" || len(a.Address) > 254 {
		return "", false
	}
	return a.Address, true
}

// cleanName checks a person's name and returns it with white space tidied. Any script is
// welcome; what reorders or hides other text (controls, invisible format characters) is not.
func cleanName(s string, longest int, p *civic.Problems) string {
	s = strings.Join(strings.Fields(s), " ")
	letters := 0
	for _, c := range s {
		if unicode.IsLetter(c) {
			letters++
		}
		if c != '\u200c' && c != '\u200d' && unicode.In(c, unicode.Cc, unicode.Cf, unicode.Co) {
			p.Add("name", "identity.name_invisible")
			return s
		}
	}
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		p.Add("name", "identity.name_missing")
	case letters == 0:
		p.Add("name", "identity.name_letters")
	case n > longest:
		p.Add("name", "identity.name_long", "Count", longest)
	}
	return s
}

// LocalPath returns path if it is an address within the city, else "/". A browser reads
// "//host" and "/\host" as another site's address, and drops tabs and line breaks.
func LocalPath(path string) string {
	if len(path) > 2000 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		strings.ContainsFunc(path, func(c rune) bool { return c == '\\' || unicode.IsControl(c) }) {
		return "/"
	}
	return path
}

// device makes a coarse hint of a browser's User-Agent, enough for its owner to know it
// again and no more.
func device(userAgent string) string {
	first := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(userAgent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	// The order matters: most browsers also name those that they resemble.
	browser := first([][2]string{{"YaBrowser/", "Yandex"}, {"SamsungBrowser/", "Samsung Internet"}, {"OPR/", "Opera"},
		{"Edg", "Edge"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := first([][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"CrOS", "ChromeOS"}, {"Macintosh", "macOS"}, {"Linux", "Linux"}})
	return strings.Trim(browser+" · "+system, " ·")
}
