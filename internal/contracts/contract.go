// Package contracts is what happens to money after a decision: a contract with instalments against milestones, reports by a date with
// reminders, money back, closing. Money moves in the ledger. It serves the parts whose money it is; see README.md.
package contracts

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
)

// State is where a contract is.
type State string

// The states.
const (
	Draft   State = "draft" // its instalments and reports are written down
	Running State = "running"
	Closed  State = "closed"
	Dropped State = "dropped" // a draft that one of its sides did not sign
)

// Instalment is what must be done, and what is paid for it.
type Instalment struct {
	Amount civic.Money `json:"amount"`
	Paid   bool        `json:"paid"`
	What   string      `json:"what"`
}

// Contract is one contract.
type Contract struct {
	ID                 civic.ID
	About, Book        civic.Ref // what was decided on, and whose money it is
	Giver, Taker       civic.Ref // organisations
	Title              string
	Amount             civic.Money
	State              State
	Parts              []Instalment
	SignedAt, ClosedAt time.Time
	Reason             string // of the last change of a running contract, or of its end

	no int64
}

// Public reports whether everybody sees it: it was signed.
func (c Contract) Public() bool { return c.State == Running || c.State == Closed }

// Report is what the taker owes by a date.
type Report struct {
	ID, Contract civic.ID
	Taker        civic.Ref
	Due          time.Time // it is late from then on
	FiledAt      time.Time
	WasLate      bool // it came late at least once; a new term after it was given back does not mend that
	Said         string
	Spent        civic.Money
	Helped       int
	TakenAt      time.Time
	Back         string // why it was given back

	no int64
}

// Late reports whether it is, or was, late.
func (r Report) Late(now time.Time) bool {
	if r.FiledAt.IsZero() {
		return now.After(r.Due)
	}
	return r.WasLate || r.FiledAt.After(r.Due)
}

// Gives reports whether the actor acts for who gives the money.
func (c Contract) Gives(a civic.Actor) bool {
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, c.Giver) || a.ActsFor(civic.Representative, c.Giver)
}

// Takes reports whether the actor speaks for who gets it.
func (c Contract) Takes(a civic.Actor) bool { return a.ActsFor(civic.Representative, c.Taker) }

// The accounts of a contract's book.
func (c Contract) giver() ledger.Account    { return ledger.Party(c.Book, "giver", c.Giver) }
func (c Contract) reserved() ledger.Account { return ledger.Purse(c.Book, "reserved", c.About) }
func (c Contract) taker() ledger.Account    { return ledger.Party(c.Book, "taker", c.About) }

// Bounds of what forms take.
const (
	maxParts   = 12
	maxReports = 12
	maxWhat    = 200
	maxWords   = 3_000
)

// plan says what is wrong with instalments and the days of reports.
func (c Contract) plan(parts []Instalment, days []time.Time, now time.Time) (p civic.Problems) {
	var sum civic.Money
	if len(parts) == 0 || len(parts) > maxParts {
		p.Add("parts", "contracts.parts_wrong", "Most", maxParts)
	}
	for _, part := range parts {
		sum += part.Amount
		p.AtMost("parts", part.What, maxWhat)
		if part.What == "" || part.Amount <= 0 || part.Amount > c.Amount {
			p.Add("parts", "contracts.part_wrong")
		}
	}
	if len(parts) > 0 && sum != c.Amount {
		p.Add("parts", "contracts.parts_sum", "Sum", sum.String(), "Amount", c.Amount.String())
	}
	if len(days) == 0 || len(days) > maxReports {
		p.Add("reports", "contracts.reports_wrong", "Most", maxReports)
	}
	for _, day := range days {
		if !day.After(now) {
			p.Add("reports", "contracts.in_the_future")
		}
	}
	return p
}
