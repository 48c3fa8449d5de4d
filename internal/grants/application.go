package grants

import (
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record/proof"
)

// State is where an application is.
type State string

// The states.
const (
	Begun     State = "begun"
	Submitted State = "submitted"
	Lacking   State = "lacking" // the check for form found something missing, which may be supplied once
	Admitted  State = "admitted"
	Refused   State = "refused" // by the check for form
	Withdrawn State = "withdrawn"
	Funded    State = "funded"
	Partly    State = "partly" // funded with less than it asked
	Reserve   State = "reserve"
	Unfunded  State = "unfunded"
	Declined  State = "declined" // funded, and no contract was signed
)

// Line is one line of a budget.
type Line struct {
	What   string      `json:"what"`
	Amount civic.Money `json:"amount"`
	Own    civic.Money `json:"own"` // of it the applicant brings
}

// Application is what an organisation asks a call for.
type Application struct {
	ID          civic.ID
	Call        civic.ID
	Applicant   civic.ID // an organisation of the register
	Account     civic.ID // who began it
	State       State
	Number      int // in the call, from when it is submitted
	Title       string
	Summary     string
	Budget      []Line
	Seen        int64      // how often budget, partners and people were saved
	Partners    []civic.ID // organisations of the register
	People      []string   // who does the work
	Ask, Own    civic.Money
	Receipt     string // the hash of what was handed in last
	Handed      string // what it is of: see handed
	SubmittedAt time.Time
	InGrace     bool
	Lacks       civic.Text
	SupplyUntil time.Time
	Supplied    bool
	Reason      civic.Text // of a refusal
	RefusedAt   time.Time  // by the check for form
	Award       civic.Money
	Score       string     // the exact mean of its readings: "13/3"
	Why         civic.Text // of the decision, for the applicant and everybody
	DecidedAt   time.Time
	ChangedAt   time.Time  // when what was decided changed: it was funded from the reserve list, wants no money any more, or its complaint was upheld
	Changed     civic.Text // why, for everybody
	Upheld      bool       // its complaint against the decision was

	no int64
}

// Speaks reports whether the actor writes the applications of an organisation.
func Speaks(a civic.Actor, applicant civic.ID) bool {
	return a.ActsFor(civic.Representative, organisations.RefOf(applicant))
}

// Open reports whether it can be written on.
func (a Application) Open() bool { return a.State == Begun || a.State == Lacking }

// HandedIn reports whether those who run the call see it. One that was withdrawn and is written anew is its organisation's own until it is handed in again.
func (a Application) HandedIn() bool { return a.Number > 0 && a.State != Begun }

// Public reports whether everybody sees it.
func (a Application) Public() bool {
	return slices.Contains([]State{Funded, Partly, Reserve, Unfunded, Declined}, a.State)
}

// Won reports whether it gets money.
func (a Application) Won() bool { return a.State == Funded || a.State == Partly }

// Withdrawable reports whether the organisation can still take it back.
func (a Application) Withdrawable() bool {
	return slices.Contains([]State{Begun, Submitted, Lacking, Admitted}, a.State)
}

// Code is what an application is called where it has no name: "A007".
func (a Application) Code() string {
	if a.Number == 0 {
		return ""
	}
	return fmt.Sprintf("A%03d", a.Number)
}

// totals are the sums of a budget: all of it, and what of it the applicant brings.
func totals(lines []Line) (all, own civic.Money) {
	for _, l := range lines {
		all += l.Amount
		own += l.Own
	}
	return all, own
}

// field names a cell of the budget's form.
func field(name string, row int) string { return fmt.Sprintf("%s.%d", name, row) }

// checkLines says what is wrong with lines of a budget as they were typed, at the rows of the form in which they stand.
func checkLines(lines []Line, rows []int) (p civic.Problems) {
	if len(lines) > maxLines {
		p.Add("budget", "grants.lines_many", "Most", maxLines)
	}
	for i, l := range lines {
		if rows != nil {
			i = rows[i]
		}
		if l.What == "" {
			p.Add(field("what", i), "grants.line_what")
		}
		p.AtMost(field("what", i), l.What, maxTitle)
		if l.Amount <= 0 || l.Amount > maxMoney {
			p.Add(field("amount", i), "grants.line_amount")
		}
		if l.Own < 0 || l.Own > l.Amount {
			p.Add(field("own", i), "grants.line_own")
		}
	}
	return p
}

// maxMoney is what one line holds at most: the sum of a budget never overflows.
const maxMoney = 1_000_000_000_000 * civic.Tenge

// fits says what of a budget keeps it from being handed in to the call.
func fits(c Call, lines []Line) (p civic.Problems) {
	all, own := totals(lines)
	switch {
	case all == 0:
		p.Add("budget", "grants.budget_missing")
	case all-own <= 0:
		p.Add("budget", "grants.asks_nothing")
	case all-own > c.Most:
		p.Add("budget", "grants.asks_too_much", "Most", c.Most.String(), "Asks", (all - own).String())
	case own*100 < all*civic.Money(c.Own):
		p.Add("budget", "grants.own_too_small", "Percent", c.Own)
	}
	return p
}

// document is a document of an application, as its receipt names it.
type document struct {
	Name string `json:"name"`
	Hash string `json:"sha256"`
}

// handed is all that was handed in, as canonical JSON: the applicant's receipt is its SHA-256, so that whoever has the file and the documents can compute it.
func handed(d Application, f questions.Filing, documents []files.File) (string, error) {
	list := []document{}
	for _, one := range documents {
		list = append(list, document{one.Name, one.Versions[0].Hash})
	}
	b, err := proof.Canonical(map[string]any{"application": d.ID, "call": d.Call, "applicant": d.Applicant, "at": proof.Instant(f.At), "answers": f.Answers, "budget": append([]Line{}, d.Budget...),
		"partners": append([]civic.ID{}, d.Partners...), "people": append([]string{}, d.People...), "documents": list})
	return string(b), err
}
