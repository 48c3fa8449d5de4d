package tally

// Problem is an error of [Count] that can be told in any language: it says what is wrong, and
// with what. It wraps the kind of error, such as [ErrOption].
type Problem struct {
	Code    ProblemCode
	Subject string // the name of an option, a project or a cap; may be empty
	Kind    error
}

// ProblemCode says what is wrong.
type ProblemCode string

// The codes of problems, with what Subject is.
const (
	ProblemNoPoints      ProblemCode = "no_points"       // utility points, but ballots carry none
	ProblemExactPoints   ProblemCode = "exact_points"    // Exact Equal Shares with points as utility
	ProblemCompletion    ProblemCode = "completion"      // a completion (its name) with a rule that has none
	ProblemStep          ProblemCode = "step"            // the step of add-one is not above zero
	ProblemCapNegative   ProblemCode = "cap_negative"    // a cap (its name) below zero
	ProblemNoProject     ProblemCode = "no_project"      // no project has the index (it)
	ProblemFundedTwice   ProblemCode = "funded_twice"    // a project (its id) is funded beforehand twice
	ProblemFundedTooDear ProblemCode = "funded_too_dear" // projects funded beforehand cost more than the budget
	ProblemBudget        ProblemCode = "budget"          // the budget or its decimals are out of range
	ProblemCost          ProblemCode = "cost"            // the cost of a project (its id) is out of range
	ProblemCostSum       ProblemCode = "cost_sum"        // all costs together are out of range
)

// problemTexts are the codes in English, for Error.
var problemTexts = map[ProblemCode]string{
	ProblemNoPoints:      "points cannot be the utility",
	ProblemExactPoints:   "exact equal shares are defined for approvals: use cost or cardinality",
	ProblemCompletion:    "the completion belongs to equal shares",
	ProblemStep:          "the step of add-one must be above zero",
	ProblemCapNegative:   "the cap is negative",
	ProblemNoProject:     "no project with the index",
	ProblemFundedTwice:   "the project is funded twice",
	ProblemFundedTooDear: "the projects funded beforehand cost more than the budget",
	ProblemBudget:        "budget",
	ProblemCost:          "project",
	ProblemCostSum:       "sum of costs",
}

// ProblemCodes lists all codes, in no order. Tests check with it that every code has words.
func ProblemCodes() []ProblemCode {
	codes := make([]ProblemCode, 0, len(problemTexts))
	for code := range problemTexts {
		codes = append(codes, code)
	}
	return codes
}

// Error gives the problem in English.
func (p *Problem) Error() string {
	s := p.Kind.Error() + ": " + problemTexts[p.Code]
	if p.Subject != "" {
		s += ": " + p.Subject
	}
	return s
}

// Unwrap returns the kind of error.
func (p *Problem) Unwrap() error { return p.Kind }
