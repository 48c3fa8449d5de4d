package tally

import (
	"context"
	"math/big"
	"slices"
)

// Phase says in which part of a count a project was taken.
type Phase uint8

const (
	// PhaseFunded: funded beforehand.
	PhaseFunded Phase = iota
	// PhaseRule: taken by the rule itself.
	PhaseRule
	// PhaseGreedy: taken by the greedy completion.
	PhaseGreedy
)

var phaseNames = []string{"funded", "rule", "greedy"}

// String gives the name used in JSON.
func (p Phase) String() string { return phaseNames[p] }

// Step is the taking of one project.
type Step struct {
	Project int
	Phase   Phase
	// Rate is what a supporter pays per point given (per vote for approvals),
	// in units of the currency; supporters with less pay all they have. For
	// Phragmén it is the time at which the supporters could pay. Nil for greedy.
	Rate *big.Rat
	// Full is how many supporters paid the full rate, Partly how many paid all
	// they had left instead. The other supporters paid nothing.
	Full, Partly int64
}

// Outcome is the result of a count.
type Outcome struct {
	Election *Election
	Options  Options
	Steps    []Step // in the order taken
	Spent    Amount // of the budget: projects paid by others are not in it
	Ties     []Tie

	// Share is what every voter had at the start, in units of the currency
	// (equal shares and its kin), after any completion.
	Share *big.Rat
	// BaseShare is the budget divided by the number of voters.
	BaseShare *big.Rat
	// Trials is how many different shares were settled, whether one by one or many at once.
	Trials int64
	// Runs is how many times the rule was run for that.
	Runs int
	// Stopped says why completion ended.
	Stopped Stop

	votes, points []int64
	room          *room
}

// Stop is the reason for which a completion ended.
type Stop uint8

const (
	// StopNone: there was no completion.
	StopNone Stop = iota
	// StopExhaustive: no supported project fits into what is left.
	StopExhaustive
	// StopOverBudget: the next share would have cost more than the budget.
	StopOverBudget
	// StopAllFunded: every supported project that may win has won.
	StopAllFunded
)

var stopNames = []string{"", "exhaustive", "over_budget", "all_funded"}

// String gives the name used in JSON.
func (s Stop) String() string { return stopNames[s] }

// Winners returns the projects in the order taken, those funded beforehand first.
func (o *Outcome) Winners() []int {
	w := make([]int, len(o.Steps))
	for i, s := range o.Steps {
		w[i] = s.Project
	}
	return w
}

// WinnerIDs is [Outcome.Winners] as ids.
func (o *Outcome) WinnerIDs() []string {
	w := make([]string, len(o.Steps))
	for i, s := range o.Steps {
		w[i] = o.Election.Projects[s.Project].ID
	}
	return w
}

// Won reports whether project p won.
func (o *Outcome) Won(p int) bool {
	return slices.ContainsFunc(o.Steps, func(s Step) bool { return s.Project == p })
}

// Votes returns for each project how many voters support it.
func (o *Outcome) Votes() []int64 { return o.votes }

// Points returns for each project the points it got, nil for approvals.
func (o *Outcome) Points() []int64 { return o.points }

// score is by what greedy ranks: points, where they are the utility, else votes.
func (o *Outcome) score() []int64 {
	if o.Options.Utility == UtilityPoints {
		return o.points
	}
	return o.votes
}

// Left returns what is left of the budget.
func (o *Outcome) Left() Amount { return o.Election.Budget - o.Spent }

// Fitting returns the supported projects that could still be paid and are
// barred by nothing: when there are any, the result is not exhaustive.
func (o *Outcome) Fitting() []int {
	var fit []int
	for p := range o.Election.Projects {
		if o.votes[p] > 0 && o.room.fits(p) {
			fit = append(fit, p)
		}
	}
	return fit
}

// Barred says why project p could not be taken at the end, [NotBarred] if only the rule spoke against it.
func (o *Outcome) Barred(p int) Reason {
	if o.room.taken[p] {
		return NotBarred
	}
	if r := o.room.bar(p); r != NotBarred {
		return r
	}
	if o.votes[p] == 0 && (o.Options.Rule != Greedy && !o.Options.ThenGreedy) {
		return NoSupporters
	}
	if o.Election.Projects[p].Cost > o.room.left {
		return OverBudget
	}
	return NotBarred
}

// totalPoints returns the sum of points of each project, nil for approvals.
func (e *Election) totalPoints() []int64 {
	b := &e.ballots
	if !e.HasPoints() {
		return nil
	}
	sums := make([]int64, len(e.Projects))
	for row, w := range b.weight {
		for i := b.start[row]; i < b.start[row+1]; i++ {
			sums[b.projects[i]] += int64(w) * int64(b.points[i])
		}
	}
	return sums
}

// Count counts an election. It returns the context's cause when ctx is done
// first, and an error that wraps [ErrOption], [ErrConstraint], [ErrAmount] or
// [ErrTooLarge] when options and election do not go together. The same
// election and options always give the same outcome.
func Count(ctx context.Context, e *Election, options Options) (*Outcome, error) {
	return count(ctx, e, options, nil)
}

// count is Count with choices for certain ties. It serves to ask what would have happened
// otherwise.
func count(ctx context.Context, e *Election, options Options, prefer map[int]int) (*Outcome, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	options = options.normal()
	if err := options.Check(e); err != nil {
		return nil, err
	}
	c := &counting{
		ctx: ctx, e: e, o: &options,
		supp: supportersOf(e, options.Utility == UtilityPoints),
		out:  &Outcome{Election: e, Options: options},
	}
	c.out.votes, c.out.points = c.supp.votes(), e.totalPoints()
	c.ties = tieLog{rank: options.Ties.order(e, c.out.votes), prefer: prefer}
	c.room = newRoom(e, &options.Constraints, c.out.votes, c.out.points)
	for _, f := range options.Constraints.Funded {
		c.out.Steps = append(c.out.Steps, Step{Project: f.Project, Phase: PhaseFunded})
	}
	if n := e.Voters(); n > 0 {
		c.out.BaseShare = new(big.Rat).Quo(c.room.left.Rat(e.Decimals), big.NewRat(int64(n), 1))
	}
	if err := c.rule(); err != nil {
		return nil, err
	}
	if options.ThenGreedy {
		c.greedy(PhaseGreedy, false)
	}
	c.out.Spent = e.Budget - c.room.left
	c.out.Ties = c.ties.ties
	c.out.room = c.room
	return c.out, nil
}

// counting is one count in progress.
type counting struct {
	ctx  context.Context
	e    *Election
	o    *Options
	supp *supporters
	room *room
	ties tieLog
	out  *Outcome
}

func (c *counting) rule() error {
	if c.o.Rule == Greedy {
		c.greedy(PhaseRule, c.o.PerCost)
		return nil
	}
	if c.e.Voters() == 0 {
		return nil
	}
	switch c.o.Rule {
	case EqualShares:
		return c.equalShares()
	case ExactEqualShares:
		return c.exactEqualShares()
	case BoundedOverspending:
		return c.boundedOverspending()
	default:
		return c.phragmen()
	}
}

// take records that p is taken.
func (c *counting) take(p int, s Step) {
	s.Project = p
	c.room.take(p)
	c.out.Steps = append(c.out.Steps, s)
}

// share returns what every voter has at first, in smallest money units.
func (c *counting) share() *big.Rat {
	if c.o.fixedShare != nil {
		return new(big.Rat).Mul(c.o.fixedShare, big.NewRat(pow10(c.e.Decimals), 1))
	}
	return big.NewRat(int64(c.room.left), int64(c.e.Voters()))
}
