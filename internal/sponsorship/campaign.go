// Package sponsorship is money that people and companies give to an organisation for something said beforehand: the campaign, the gifts, the bank's statements against which
// gifts are held, and a book of every tenge that everybody reads. The city moves no money: it keeps the promise, the proof and the books. See README.md.
package sponsorship

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/organisations"
)

// State is where a campaign stands.
type State string

// The states.
const (
	Draft    State = "draft"
	Checking State = "checking" // a moderator looks at it
	Refused  State = "refused"
	Running  State = "running"
	Closed   State = "closed"
)

// Phase is a State with what the time alone decides.
type Phase string

// Ended is a running campaign that takes no new gifts, until it is closed with a report.
const Ended Phase = "ended"

// Keep is what becomes of the money when less comes than is needed. It is said before the first gift, and stays.
type Keep string

// The rounds.
const (
	KeepsWhatCame Keep = "keep"
	AllOrNothing  Keep = "all"
)

// Keeps lists them as forms show them.
func Keeps() []Keep { return []Keep{KeepsWhatCame, AllOrNothing} }

// Line is a line of the budget.
type Line struct {
	Amount   civic.Money `json:"amount"`
	Required bool        `json:"required"` // without it the rest makes no sense
	What     string      `json:"what"`
}

// Payee is who is paid, as banks name them.
type Payee struct {
	Receiver, IBAN, Bank string
}

// Campaign is one campaign.
type Campaign struct {
	ID, Organisation civic.ID
	State            State
	Title, About     civic.Text
	Keep             Keep
	Lines            []Line
	city.Scope
	Place    string
	Pay      Payee
	LeftOver civic.Text // where money goes that is left over
	Thanks   civic.Text // what givers get; may be empty
	Clause   civic.Text // how the name of a sponsor is made known who agrees to that; empty: it is not
	Ends     time.Time  // gifts are promised until then

	ModerateBy, DecidedAt time.Time
	Rule                  civic.ID // by which it was refused
	Reason                string
	OpenedAt, ClosedAt    time.Time
	ReachedAt             time.Time  // when enough had come for what is needed; what goes back later changes nothing of it
	Report                civic.Text // of the end

	no int64
}

// Bounds of what forms take.
const (
	maxTitle  = 150
	maxWords  = 3_000
	maxShort  = 200
	mostLines = 20
)

// Public reports whether everybody sees the campaign.
func (c Campaign) Public() bool { return c.State == Running || c.State == Closed }

// Phase is where the campaign stands at an instant.
func (c Campaign) Phase(now time.Time) Phase {
	if c.State == Running && !now.Before(c.Ends) {
		return Ended
	}
	return Phase(c.State)
}

// Takes reports whether gifts are promised at an instant.
func (c Campaign) Takes(now time.Time) bool { return c.Phase(now) == Phase(Running) }

// Minimum is what is needed for anything to come of it; Optimum what all of it costs.
func (c Campaign) Minimum() (sum civic.Money) {
	for _, l := range c.Lines {
		if l.Required {
			sum += l.Amount
		}
	}
	return sum
}

// Optimum is what all lines cost.
func (c Campaign) Optimum() (sum civic.Money) {
	for _, l := range c.Lines {
		sum += l.Amount
	}
	return sum
}

// Speaks reports whether the actor acts for the organisation: makes campaigns, reads statements, books, spends.
func Speaks(a civic.Actor, organisation civic.ID) bool {
	return a.Has(civic.Administrator) || a.ActsFor(civic.Representative, organisations.RefOf(organisation))
}

func mayDecide(a civic.Actor, c Campaign) bool {
	return (a.Has(civic.Moderator) || a.Has(civic.Administrator)) && !a.ActsFor(civic.Representative, organisations.RefOf(c.Organisation))
}

// check says what is wrong with a draft, at an instant; days is how long a campaign lasts at most.
func (c Campaign) check(now time.Time, days int) error {
	var p civic.Problems
	p.OfficialAtMost("title", c.Title, maxTitle)
	p.OfficialAtMost("about", c.About, maxWords)
	p.OfficialAtMost("left_over", c.LeftOver, maxShort*2)
	for name, t := range map[string]civic.Text{"thanks": c.Thanks, "clause": c.Clause} {
		if !t.Empty() {
			p.OfficialAtMost(name, t, maxShort*2)
		}
	}
	if !slices.Contains(Keeps(), c.Keep) {
		p.Add("keep", "sponsorship.choose")
	}
	if !c.Ends.After(now) || c.Ends.After(now.AddDate(0, 0, days+1)) {
		p.Add("ends", "sponsorship.ends_wrong", "Count", days)
	}
	p.AtMost("place", c.Place, maxShort)
	p.AtMost("receiver", c.Pay.Receiver, maxShort)
	p.AtMost("bank", c.Pay.Bank, maxShort)
	if c.Pay.Receiver == "" {
		p.Add("receiver", "sponsorship.receiver_missing")
	}
	if c.Pay.Bank == "" {
		p.Add("bank", "sponsorship.bank_missing")
	}
	if !validIBAN(c.Pay.IBAN) {
		p.Add("iban", "sponsorship.iban_wrong")
	}
	if field, key := wrongLines(c.Lines); key != "" {
		p.Add(field, key, "Most", mostLines)
	}
	return p.Err()
}

// wrongLines says what is wrong with a budget: in which field, with the key of the message.
func wrongLines(lines []Line) (field, key string) {
	var required bool
	var sum civic.Money
	for _, l := range lines {
		field = "wished"
		if l.Required {
			field, required = "required", true
		}
		if l.What == "" || len([]rune(l.What)) > maxShort || l.Amount <= 0 || l.Amount > ledger.Most {
			return field, "sponsorship.line_wrong"
		}
		if sum += l.Amount; sum > ledger.Most {
			return field, "sponsorship.too_much"
		}
	}
	switch {
	case !required:
		return "required", "sponsorship.required_missing"
	case len(lines) > mostLines:
		return "wished", "sponsorship.lines_many"
	}
	return "", ""
}

// readLines reads a budget as it is typed: an amount, a semicolon and what for, one a line.
func readLines(text string, required bool) (out []Line) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		sum, what, _ := strings.Cut(line, ";")
		amount, _ := civic.ParseMoney(strings.TrimSpace(sum)) // none is refused as 0
		out = append(out, Line{Amount: amount, Required: required, What: strings.TrimSpace(what)})
	}
	return out
}

var ibanShape = regexp.MustCompile(`^KZ\d{2}[0-9A-Z]{16}$`)

// cleanIBAN writes an account number as it is compared.
func cleanIBAN(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// validIBAN checks an account number of the country by its own check digits (ISO 13616: the whole is 1 modulo 97).
func validIBAN(s string) bool {
	if !ibanShape.MatchString(s) {
		return false
	}
	rest := 0
	for _, r := range s[4:] + s[:4] {
		n := int(r - '0')
		if r >= 'A' {
			n = int(r-'A') + 10
			rest = rest * 10
		}
		rest = (rest*10 + n) % 97
	}
	return rest == 1
}
