package projects

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Sort is what is given.
type Sort string

const (
	Money      Sort = "money"      // whole tenge
	Hours      Sort = "hours"      // of staff
	Volunteers Sort = "volunteers" // hours that volunteers gave, from their books
	Premises   Sort = "premises"
	Things     Sort = "things"
)

// Sorts lists them as forms show them.
func Sorts() []Sort { return []Sort{Money, Hours, Volunteers, Premises, Things} }

// Line is what a side promises to give.
type Line struct {
	ID     civic.ID
	Giver  civic.ID
	Sort   Sort
	What   civic.Text
	Unit   civic.Text  // of premises and things
	Amount int64       // that is promised now, in units
	First  int64       // that was agreed on first
	Rate   civic.Money // what one unit is worth
	Source string      // where that is published; of hours the city's setting

	project, no int64
}

// Given is a part of what was promised that came. Another side than the giver's confirms it; until then it counts for nothing.
type Given struct {
	ID        civic.ID
	Line      civic.ID
	Amount    int64
	Paper     string // what shows it: the number of a payment order, an act of transfer, or the volunteers' action. Of one giver it counts once, over all projects
	StatedAt  time.Time
	Review    Review
	Reviewer  civic.ID
	Note      civic.Text
	DecidedAt time.Time

	line, no int64
}

// value is what so many units are worth.
func (l Line) value(amount int64) civic.Money { return civic.Money(amount) * l.Rate }

// tooMuch reports whether so many units are worth more than can be added up.
func (l Line) tooMuch(amount int64) bool { return l.Rate > 0 && civic.Money(amount) > maxValue/l.Rate }

// Sums are what a side has promised and given, in money's worth.
type Sums struct {
	Organisation           civic.ID
	First, Promised, Given civic.Money
}

// Share is the rest of all that was given, for the formula of what it would have cost alone: all − own.
func (s Sums) Share(all civic.Money) civic.Money { return all - s.Given }

// sumsOf adds up, side by side in the order of the partners. Only what another side has confirmed is given.
func sumsOf(p Project, lines []Line, given []Given) (out []Sums, all Sums) {
	came := map[civic.ID]int64{}
	for _, g := range given {
		if g.Review == Approved {
			came[g.Line] += g.Amount
		}
	}
	for _, of := range p.Partners {
		s := Sums{Organisation: of.Organisation}
		for _, l := range lines {
			if l.Giver == of.Organisation {
				s.First, s.Promised, s.Given = s.First+l.value(l.First), s.Promised+l.value(l.Amount), s.Given+l.value(came[l.ID])
			}
		}
		all.First, all.Promised, all.Given = all.First+s.First, all.Promised+s.Promised, all.Given+s.Given
		if s.Promised > 0 || s.First > 0 {
			out = append(out, s)
		}
	}
	return out, all
}

const (
	maxAmount = 1_000_000_000
	maxRate   = civic.Money(100_000_000_000) // a billion tenge for one unit
	maxValue  = civic.Money(1e15)            // ten trillion tenge for one promise
	maxPaper  = 60                           // characters
)

// check finds what is wrong with a promise. Fields: "giver", "sort", "what", "unit", "amount", "rate", "source".
func (l Line) check(p Project) (out civic.Problems) {
	if p.RoleOf(l.Giver) == "" {
		out.Add("giver", "projects.choose_side")
	}
	if !slices.Contains(Sorts(), l.Sort) {
		out.Add("sort", "projects.choose_sort")
	}
	out.OfficialAtMost("what", l.What, maxTitle)
	switch {
	case l.Amount < 1 || l.Amount > maxAmount:
		out.Add("amount", "projects.amount_wrong")
	case l.tooMuch(l.Amount):
		out.Add("amount", "projects.amount_too_much")
	}
	if l.Sort == Premises || l.Sort == Things {
		out.OfficialAtMost("unit", l.Unit, 40)
		if l.Rate <= 0 || l.Rate > maxRate {
			out.Add("rate", "projects.rate_wrong")
		}
		if l.Source == "" || utf8.RuneCountInString(l.Source) > maxAddress || civic.Junk(l.Source, nil) != "" {
			out.Add("source", "projects.source_needed")
		}
	}
	return out
}

// check finds what is wrong with what was given. Fields: "amount", "paper".
func (g Given) check(l Line) (out civic.Problems) {
	switch {
	case g.Amount < 1 || g.Amount > maxAmount:
		out.Add("amount", "projects.amount_wrong")
	case l.tooMuch(g.Amount):
		out.Add("amount", "projects.amount_too_much")
	}
	if g.Paper == "" || utf8.RuneCountInString(g.Paper) > maxPaper || civic.Junk(g.Paper, nil) != "" {
		out.Add("paper", "projects.paper_needed")
	}
	return out
}
