package tally

import (
	"slices"
	"strconv"
)

// Constraints are limits that cities set besides the budget. Every rule obeys
// them; the README says what each does to a rule's guarantees.
type Constraints struct {
	// MinVotes excludes projects with fewer supporters.
	MinVotes int64
	// MinPoints excludes projects with fewer points in all.
	MinPoints int64
	// Caps limit the money spent on groups of projects, such as a district or
	// a category. A project may be in several.
	Caps []Cap
	// Exclusive are groups of projects of which at most one may win.
	Exclusive [][]int
	// Funded are projects that are funded whatever the vote says.
	Funded []Funded
}

// Cap limits the money for a group of projects.
type Cap struct {
	Name     string
	Projects []int
	Limit    Amount
}

// Funded is a project funded beforehand.
type Funded struct {
	Project int
	// Charged takes the cost from the budget before it is shared among voters.
	// Otherwise somebody else pays.
	Charged bool
}

func (c *Constraints) check(e *Election) error {
	valid := func(p int) error {
		if p < 0 || p >= len(e.Projects) {
			return &Problem{ProblemNoProject, strconv.Itoa(p), ErrConstraint}
		}
		return nil
	}
	for _, limit := range c.Caps {
		if limit.Limit < 0 {
			return &Problem{ProblemCapNegative, limit.Name, ErrConstraint}
		}
		for _, p := range limit.Projects {
			if err := valid(p); err != nil {
				return err
			}
		}
	}
	for _, group := range c.Exclusive {
		for _, p := range group {
			if err := valid(p); err != nil {
				return err
			}
		}
	}
	charged := Amount(0)
	var funded []int
	for _, f := range c.Funded {
		if err := valid(f.Project); err != nil {
			return err
		}
		if slices.Contains(funded, f.Project) {
			return &Problem{ProblemFundedTwice, e.Projects[f.Project].ID, ErrConstraint}
		}
		funded = append(funded, f.Project)
		if f.Charged {
			charged += e.Projects[f.Project].Cost
		}
	}
	if charged > e.Budget {
		return &Problem{ProblemFundedTooDear, "", ErrConstraint}
	}
	return nil
}

// Reason says why a project could not be taken.
type Reason uint8

const (
	// NotBarred: nothing but the rule spoke against it.
	NotBarred Reason = iota
	// TooFewVotes: below Constraints.MinVotes.
	TooFewVotes
	// TooFewPoints: below Constraints.MinPoints.
	TooFewPoints
	// OverCap: a cap had no room for it.
	OverCap
	// Excluded: another project of an exclusive group had won.
	Excluded
	// OverBudget: it costs more than what was left of the budget.
	OverBudget
	// NoSupporters: nobody voted for it, and the rule takes only supported projects.
	NoSupporters
)

var reasonNames = []string{"", "too_few_votes", "too_few_points", "over_cap", "excluded", "over_budget", "no_supporters"}

// String gives the name used in JSON.
func (r Reason) String() string { return reasonNames[r] }

// room keeps what is still allowed while projects are taken.
type room struct {
	e        *Election
	c        *Constraints
	left     Amount   // of the budget
	caps     []Amount // left in each cap
	capsOf   [][]int
	groupsOf [][]int
	taken    []bool
	used     []bool // exclusive groups with a winner
	barred   []Reason
}

// newRoom returns the state before anything is taken; projects funded
// beforehand are taken at once.
func newRoom(e *Election, c *Constraints, votes, points []int64) *room {
	m := len(e.Projects)
	r := &room{
		e: e, c: c, left: e.Budget,
		caps: make([]Amount, len(c.Caps)), capsOf: make([][]int, m), groupsOf: make([][]int, m),
		taken: make([]bool, m), used: make([]bool, len(c.Exclusive)), barred: make([]Reason, m),
	}
	for i, limit := range c.Caps {
		r.caps[i] = limit.Limit
		for _, p := range limit.Projects {
			if !slices.Contains(r.capsOf[p], i) {
				r.capsOf[p] = append(r.capsOf[p], i)
			}
		}
	}
	for i, group := range c.Exclusive {
		for _, p := range group {
			if !slices.Contains(r.groupsOf[p], i) {
				r.groupsOf[p] = append(r.groupsOf[p], i)
			}
		}
	}
	for p := range m {
		if votes[p] < c.MinVotes {
			r.barred[p] = TooFewVotes
		} else if points != nil && points[p] < c.MinPoints {
			r.barred[p] = TooFewPoints
		}
	}
	for _, f := range c.Funded {
		r.occupy(f.Project)
		if f.Charged {
			r.left -= e.Projects[f.Project].Cost
		}
	}
	return r
}

// clone copies what changes while projects are taken.
func (r *room) clone() *room {
	d := *r
	d.caps = slices.Clone(r.caps)
	d.taken = slices.Clone(r.taken)
	d.used = slices.Clone(r.used)
	return &d
}

// bar says why project p may not be taken now, leaving the budget aside. A project that is
// barred stays barred.
func (r *room) bar(p int) Reason {
	if r.barred[p] != NotBarred {
		return r.barred[p]
	}
	for _, g := range r.groupsOf[p] {
		if r.used[g] {
			return Excluded
		}
	}
	for _, i := range r.capsOf[p] {
		if r.e.Projects[p].Cost > r.caps[i] {
			return OverCap
		}
	}
	return NotBarred
}

// allowed reports whether p may still be taken, leaving the budget aside.
func (r *room) allowed(p int) bool { return !r.taken[p] && r.bar(p) == NotBarred }

// fits reports whether p may be taken within the budget.
func (r *room) fits(p int) bool { return r.e.Projects[p].Cost <= r.left && r.allowed(p) }

// take uses up room for p.
func (r *room) take(p int) {
	r.occupy(p)
	r.left -= r.e.Projects[p].Cost
}

func (r *room) occupy(p int) {
	r.taken[p] = true
	for _, i := range r.capsOf[p] {
		r.caps[i] = max(0, r.caps[i]-r.e.Projects[p].Cost)
	}
	for _, g := range r.groupsOf[p] {
		r.used[g] = true
	}
}
