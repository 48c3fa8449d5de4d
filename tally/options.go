package tally

import (
	"context"
	"errors"
	"fmt"
	"math/big"
)

// Rule is a way to choose projects.
type Rule uint8

const (
	// Greedy takes the projects with most votes as long as they fit.
	Greedy Rule = iota
	// EqualShares is the Method of Equal Shares (Peters, Pierczyński, Skowron 2021).
	EqualShares
	// ExactEqualShares charges only those who can pay the full equal price
	// (Kraiczy, Robinson, Elkind 2025).
	ExactEqualShares
	// BoundedOverspending is Equal Shares with Bounded Overspending
	// (Papasotiropoulos, Pishbin, Skibski, Skowron, Wąs 2025).
	BoundedOverspending
	// Phragmen is the sequential rule of Phragmén with costs (Los, Christoff, Grossi 2022).
	Phragmen
)

var ruleNames = []string{"greedy", "equal-shares", "exact-equal-shares", "bounded-overspending", "phragmen"}

// String gives the name used on the command line and in JSON.
func (r Rule) String() string { return ruleNames[r] }

// ParseRule reads the name of a rule.
func ParseRule(s string) (Rule, error) {
	for i, name := range ruleNames {
		if s == name {
			return Rule(i), nil
		}
	}
	return 0, fmt.Errorf("%w: rule %q", ErrOption, s)
}

// Utility says what a voter is taken to gain when a supported project is funded.
type Utility uint8

const (
	// UtilityCost counts the money spent on supported projects.
	UtilityCost Utility = iota
	// UtilityCardinality counts supported projects.
	UtilityCardinality
	// UtilityPoints counts the points the voter gave.
	UtilityPoints
)

var utilityNames = []string{"cost", "cardinality", "points"}

// String gives the name used on the command line and in JSON.
func (u Utility) String() string { return utilityNames[u] }

// ParseUtility reads the name of a utility.
func ParseUtility(s string) (Utility, error) {
	for i, name := range utilityNames {
		if s == name {
			return Utility(i), nil
		}
	}
	return 0, fmt.Errorf("%w: utility %q", ErrOption, s)
}

// Completion says what is done with money that equal shares leave unspent.
type Completion uint8

const (
	// None leaves it.
	None Completion = iota
	// AddOne counts again with one unit of money more for every voter, again
	// and again, until the result is exhaustive or would cost too much.
	AddOne
	// AddOpt does so for Exact Equal Shares, going straight to the next share
	// at which anything changes.
	AddOpt
)

var completionNames = []string{"none", "add-one", "add-opt"}

// String gives the name used on the command line and in JSON.
func (c Completion) String() string { return completionNames[c] }

// ParseCompletion reads the name of a completion.
func ParseCompletion(s string) (Completion, error) {
	for i, name := range completionNames {
		if s == name {
			return Completion(i), nil
		}
	}
	return 0, fmt.Errorf("%w: completion %q", ErrOption, s)
}

// Options chooses a rule and its parameters. The zero value is greedy by votes.
type Options struct {
	Rule    Rule
	Utility Utility
	// PerCost makes the greedy rule rank by votes (or points) per unit of cost.
	// It is implied by UtilityCardinality, since that is what maximising the
	// number of supported projects greedily means.
	PerCost bool
	// NoSkip ends the greedy rule, also as what follows a completion, at the first
	// project that does not fit, instead of going on to the next that does.
	NoSkip     bool
	Completion Completion
	// ThenGreedy spends what is left, after any completion, greedily by votes.
	ThenGreedy bool
	Ties       TieRule
	AddOne     AddOneOptions
	// Constraints are limits beyond the budget. See the README for what each
	// does to the guarantees of each rule.
	Constraints Constraints
	// Progress, if not nil, is called now and then from the counting goroutine.
	Progress func(Progress)

	fixedShare *big.Rat // what voters start with, in units of the currency, for recounts
}

// AddOneOptions are the details in which cities differ.
type AddOneOptions struct {
	// Step is added to every voter's share each time, in units of the currency;
	// nil means 1.
	Step *big.Rat
	// FloorStart begins with the share rounded down to a whole unit (Wieliczka 2023).
	FloorStart bool
	// PastExhaustion does not stop at the first exhaustive result, only before
	// the first that costs too much (Wieliczka 2023).
	PastExhaustion bool
}

// Progress tells how far a long count is.
type Progress struct {
	Runs  int     // runs of the rule so far
	Share float64 // the voter's share reached, in units of the currency
	Spent float64 // part of the budget the last result spends, 0 … 1
}

// Errors of [Count].
var (
	ErrOption     = errors.New("unknown or unfitting option")
	ErrNoPoints   = fmt.Errorf("%w: the ballots carry no points", ErrOption)
	ErrConstraint = errors.New("impossible constraint")
	ErrTooLarge   = errors.New("amounts too large for exact arithmetic")
)

// Check reports whether o can be used with e.
func (o *Options) Check(e *Election) error {
	if int(o.Rule) >= len(ruleNames) || int(o.Utility) >= len(utilityNames) || int(o.Completion) >= len(completionNames) {
		return ErrOption
	}
	if o.Utility == UtilityPoints && !e.HasPoints() {
		return &Problem{ProblemNoPoints, "", ErrNoPoints}
	}
	if o.Utility == UtilityPoints && (o.Rule == ExactEqualShares || o.Completion == AddOpt) {
		return &Problem{ProblemExactPoints, "", ErrOption}
	}
	if o.Completion != None && (o.Rule == Greedy || o.Rule == Phragmen || o.Rule == BoundedOverspending) {
		return &Problem{ProblemCompletion, o.Completion.String(), ErrOption}
	}
	if o.AddOne.Step != nil && o.AddOne.Step.Sign() <= 0 {
		return &Problem{ProblemStep, "", ErrOption}
	}
	return o.Constraints.check(e)
}

// normal resolves what one option implies for another.
func (o Options) normal() Options {
	if o.Completion == AddOpt {
		o.Rule = ExactEqualShares
	}
	if o.Rule == Greedy && o.Utility == UtilityCardinality {
		o.PerCost = true
	}
	return o
}

// canceled returns the context's error at most once per call; rules call it between rounds.
func canceled(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	default:
		return nil
	}
}
