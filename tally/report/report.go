// Package report presents the result of a count: as text, as JSON and as one
// HTML page that needs nothing else, in Kazakh, Russian and English.
package report

import (
	"errors"
	"slices"
	"strings"

	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

// Report is what is presented.
type Report struct {
	Explanation *tally.Explanation
	// Others are outcomes of other rules, to be shown side by side.
	Others []*tally.Outcome
	// Issues are remarks on the file.
	Issues []pabulib.Issue
	// Ballots are ballots to explain, by number.
	Ballots []int
	// Comparison is the vote between the result of a rule and that of greedy, if it was asked for.
	Comparison *Comparison
	// Partial asks which project could be started with the money left over.
	Partial bool
	// Command is the command line that gives this result again, "" if unknown.
	Command string
}

// Comparison says how many voters gain more by a rule than by greedy. If more voters gain by
// greedy, the result reported is greedy's.
type Comparison struct {
	Rule   tally.Options // what greedy was compared with
	Voters tally.Preference
	Greedy bool // greedy's result was taken
}

// RuleName names a rule with its options.
func (t *Texts) RuleName(o tally.Options) string {
	points := ""
	if o.Utility == tally.UtilityPoints {
		points = "_points" // then they, not votes, decide in greedy counting
	}
	key := "rule_" + o.Rule.String()
	if o.Rule == tally.Greedy {
		key += points
		if o.PerCost {
			key += "_per_cost"
		}
	}
	parts := []string{t.T(key)}
	if o.Rule != tally.Greedy && o.Rule != tally.Phragmen {
		parts = append(parts, t.T("utility_"+o.Utility.String()))
	}
	if o.Completion != tally.None {
		parts = append(parts, t.T("completion_"+o.Completion.String()))
	}
	if o.ThenGreedy {
		parts = append(parts, t.T("completion_greedy"+points))
	}
	if o.NoSkip && (o.Rule == tally.Greedy || o.ThenGreedy) {
		parts = append(parts, t.T("no_skip"))
	}
	return strings.Join(parts, ", ")
}

// Method says in plain words how a rule works.
func (t *Texts) Method(o tally.Options) string {
	key := "method_" + o.Rule.String()
	if o.Rule == tally.Greedy {
		if o.Utility == tally.UtilityPoints {
			key += "_points"
		}
		if o.PerCost {
			key += "_per_cost"
		}
	}
	return t.T(key)
}

// Problem says what is wrong with options or amounts. It is "" for any other error.
func (t *Texts) Problem(err error) string {
	var p *tally.Problem
	switch {
	case errors.As(err, &p):
		return t.T("problem."+string(p.Code), "subject", p.Subject)
	case errors.Is(err, tally.ErrTooLarge):
		return t.T("err_too_large")
	}
	return ""
}

// TieRule names a tie rule.
func (t *Texts) TieRule(r tally.TieRule) string {
	return t.T("tie_"+r.Break.String(), "seed", r.Seed)
}

// name is how a project is called: its name, or its id if it has none.
func name(e *tally.Election, p int) string {
	if n := e.Projects[p].Name; n != "" {
		return n
	}
	return e.Projects[p].ID
}

func (t *Texts) names(e *tally.Election, list []int) string {
	if len(list) == 0 {
		return t.T("nobody")
	}
	var names []string
	for _, p := range list {
		names = append(names, name(e, p)+" ("+e.Projects[p].ID+")")
	}
	return strings.Join(names, "; ")
}

// Story tells in sentences why a project won or lost.
func (t *Texts) Story(x *tally.Explanation, p int) []string {
	e, o, v := x.Outcome.Election, x.Outcome.Options, &x.Verdicts[p]
	lines := []string{t.N("supporters", v.Votes)}
	if v.Won {
		rank := t.Integer(int64(v.Rank))
		switch {
		case v.Phase == tally.PhaseFunded && paidByOthers(x.Outcome, p):
			lines = append(lines, t.T("won_funded_outside"))
		case v.Phase == tally.PhaseFunded:
			lines = append(lines, t.T("won_funded"))
		case v.Phase == tally.PhaseGreedy:
			lines = append(lines, t.T("won_greedy_left", "rank", rank))
		case v.Rate == nil:
			lines = append(lines, t.T("won_greedy", "rank", rank))
		case o.Rule == tally.Phragmen:
			lines = append(lines, t.T("won_phragmen", "rank", rank, "rate", t.Share(v.Rate, e)))
		default:
			lines = append(lines, t.T("won_shares", "rank", rank, "rate", t.Share(v.Rate, e)))
			lines = append(lines, t.T("who_full", "n", t.Integer(v.Full)))
			if v.Partly > 0 {
				lines = append(lines, t.T("who_partly", "n", t.Integer(v.Partly)))
			}
			if v.Empty > 0 {
				lines = append(lines, t.T("who_empty", "n", t.Integer(v.Empty)))
			}
		}
		return lines
	}
	if v.Lack != tally.LackNone {
		lines = append(lines, t.T("lack_"+v.Lack.String(), "money", t.Share(tally.SupportersShare(x.Outcome, p), e)))
	}
	switch {
	case v.Barred == tally.OverBudget && v.Lack != tally.LackNone && o.Completion == tally.None && !o.ThenGreedy:
		// What is left of the budget is what voters have left, which was said already.
	case v.Barred != tally.NotBarred:
		lines = append(lines, t.T("barred_"+v.Barred.String()))
	case v.Lack == tally.LackNone:
		lines = append(lines, t.T("lost_rule"))
	}
	switch {
	case v.Need.Points > 0:
		lines = append(lines, t.N("need_points", v.Need.Points))
	case v.Need.Votes > 0 && o.Utility == tally.UtilityPoints && o.Rule != tally.Phragmen:
		lines = append(lines, t.N("need_votes_average", v.Need.Votes))
	case v.Need.Votes > 0:
		lines = append(lines, t.N("need_votes", v.Need.Votes))
	}
	if v.Need.Cost > 0 {
		lines = append(lines, t.T("need_cost", "cost", t.Money(v.Need.Cost, e)))
	}
	return lines
}

// TieStory tells what happened in a tie.
func (t *Texts) TieStory(x *tally.Explanation, tie tally.Tie) []string {
	e := x.Outcome.Election
	lines := []string{t.T("tie", "projects", t.names(e, tie.Projects), "chosen", name(e, tie.Projects[0]))}
	switch {
	case tie.InTrial:
		lines = append(lines, t.T("tie_trial"))
	case tie.Decisive():
		d := tie.Otherwise
		lines = append(lines, t.T("tie_decisive", "other", name(e, d.Chosen), "in", t.names(e, d.In), "out", t.names(e, d.Out)))
	default:
		lines = append(lines, t.T("tie_"+tie.Effect.String()))
	}
	return lines
}

// paidByOthers reports whether project p was funded beforehand by somebody else.
func paidByOthers(out *tally.Outcome, p int) bool {
	return slices.ContainsFunc(out.Options.Constraints.Funded, func(f tally.Funded) bool { return f.Project == p && !f.Charged })
}

// outside is the cost of all that others paid.
func outside(out *tally.Outcome) tally.Amount {
	sum := tally.Amount(0)
	for _, f := range out.Options.Constraints.Funded {
		if !f.Charged {
			sum += out.Election.Projects[f.Project].Cost
		}
	}
	return sum
}

// BallotStory tells what a ballot helped to fund.
func (t *Texts) BallotStory(out *tally.Outcome, ballot int) []string {
	list := tally.ExplainBallot(out, ballot)
	if len(list) == 0 {
		return []string{t.T("ballot_empty")}
	}
	var lines []string
	for _, c := range list {
		project := name(out.Election, c.Project)
		switch {
		case c.Paid != nil:
			lines = append(lines, t.T("ballot_paid", "project", project, "paid", t.Share(c.Paid, out.Election)))
		case c.Won:
			lines = append(lines, t.T("ballot_helped", "project", project))
		default:
			lines = append(lines, t.T("ballot_lost", "project", project))
		}
	}
	return lines
}

// Issue gives a remark on a file with its place.
func (t *Texts) Issue(i pabulib.Issue) string {
	severity := "severity_warning"
	if i.Severity == pabulib.Error {
		severity = "severity_error"
	}
	var b strings.Builder
	b.WriteString(t.T(severity))
	if i.File != "" {
		b.WriteString(", " + t.T("file_"+string(i.File)))
	}
	if i.Line > 0 {
		b.WriteString(", " + t.T("at_line", "line", t.Integer(int64(i.Line))))
	}
	if i.Column != "" {
		b.WriteString(", " + i.Column)
	}
	b.WriteString(": " + t.T("issue."+string(i.Code)))
	if i.Subject != "" {
		b.WriteString(" (" + i.Subject + ")")
	}
	if i.Value != "" {
		b.WriteString(": «" + i.Value + "»")
	}
	if i.Want != "" {
		b.WriteString(", " + t.T("expected", "want", i.Want))
	}
	if i.Effect != "" {
		b.WriteString("; " + t.T("effect_"+string(i.Effect)))
	}
	if i.More > 0 {
		b.WriteString(": " + t.N("more_issues", int64(i.More)))
	}
	return b.String()
}

// stopped says why completion ended, "" without completion.
func (t *Texts) stopped(out *tally.Outcome) string {
	if out.Stopped == tally.StopNone {
		return ""
	}
	return t.T("stop_" + out.Stopped.String())
}
