package report

import (
	"encoding/json"
	"io"
	"math/big"

	"github.com/birge-kz/birge/tally"
)

// JSON writes the result for programs. Amounts are decimal numbers in units of
// the currency; fractions such as rates are strings "p/q". The fields winners
// (project ids in the order taken) and spent are always there.
//
// Effect of a tie is "decisive", "harmless" or "not_examined"; decisive is then true, false or
// null. For a project that lost, barred and lacked say why; votes_needed, points_needed (greedy
// by points only) and winning_cost say what would have won it, see [tally.Need]. outside is
// what others paid.
func (r *Report) JSON(w io.Writer, stories bool) error {
	x := r.Explanation
	result := outcomeJSON(x.Outcome, &x.Fairness)
	e := x.Outcome.Election
	result["title"] = e.Title
	result["currency"] = e.Currency
	result["budget"] = amount(e.Budget, e)
	result["voters"] = x.Fairness.Voters
	result["distinct_ballots"] = e.DistinctBallots()
	result["ties"] = tiesJSON(x)
	if stories {
		result["projects"] = projectsJSON(x)
		result["groups"] = groupsJSON(x)
	}
	if c := r.Comparison; c != nil {
		taken := c.Rule.Rule
		if c.Greedy {
			taken = tally.Greedy
		}
		result["comparison"] = map[string]any{"rule": c.Rule.Rule.String(), "prefer_rule": c.Voters.First,
			"prefer_greedy": c.Voters.Second, "same": c.Voters.Same, "taken": taken.String()}
	}
	if r.Partial {
		result["partial"] = nil
		if p, ok := tally.NextPartly(x.Outcome); ok {
			result["partial"] = map[string]any{"project": e.Projects[p].ID, "amount": amount(x.Outcome.Left(), e), "cost": amount(e.Projects[p].Cost, e)}
		}
	}
	if r.Command != "" {
		result["recount"] = r.Command
	}
	if len(r.Ballots) > 0 {
		result["ballots"] = r.ballotsJSON()
	}
	if len(r.Others) > 0 {
		list := []any{}
		for _, o := range r.Others {
			f := tally.Measure(o)
			list = append(list, outcomeJSON(o, &f))
		}
		result["rules"] = list
	}
	if len(r.Issues) > 0 {
		result["issues"] = issuesJSON(r)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

func issuesJSON(r *Report) []any {
	list := []any{}
	for _, i := range r.Issues {
		entry := map[string]any{"code": i.Code, "error": i.Severity == 1, "line": i.Line, "column": i.Column,
			"value": i.Value, "expected": i.Want, "subject": i.Subject, "message": i.Error()}
		if i.File != "" {
			entry["file"] = i.File
		}
		if i.Effect != "" {
			entry["effect"] = i.Effect
		}
		if i.More > 0 {
			entry["more"] = i.More
		}
		list = append(list, entry)
	}
	return list
}

// IssuesJSON writes the remarks on a file alone.
func (r *Report) IssuesJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"issues": issuesJSON(r)})
}

func outcomeJSON(o *tally.Outcome, f *tally.Fairness) map[string]any {
	result := map[string]any{
		"rule": o.Options.Rule.String(), "utility": o.Options.Utility.String(), "completion": o.Options.Completion.String(),
		"then_greedy": o.Options.ThenGreedy, "per_cost": o.Options.PerCost, "no_skip": o.Options.NoSkip, "tie_rule": o.Options.Ties.Break.String(),
		"winners": o.WinnerIDs(), "spent": amount(o.Spent, o.Election), "exclusion_ratio": f.ExclusionRatio(),
		"winners_per_voter": f.Winners, "exhaustive": len(o.Fitting()) == 0,
	}
	if o.Options.Ties.Break == tally.TieByLot {
		result["tie_seed"] = o.Options.Ties.Seed
	}
	if sum := outside(o); sum > 0 {
		result["outside"] = amount(sum, o.Election)
	}
	if o.Share != nil {
		result["share"] = fraction(o.Share)
	}
	if o.Stopped != tally.StopNone {
		result["stopped"] = o.Stopped.String()
		result["shares_settled"] = o.Trials
	}
	return result
}

func ids(e *tally.Election, list []int) []string {
	s := []string{}
	for _, p := range list {
		s = append(s, e.Projects[p].ID)
	}
	return s
}

func amount(a tally.Amount, e *tally.Election) json.Number {
	return json.Number(tally.FormatAmount(a, e.Decimals))
}

func fraction(r *big.Rat) string { return r.RatString() }

func tiesJSON(x *tally.Explanation) []any {
	e := x.Outcome.Election
	ties := []any{}
	for _, t := range x.Ties {
		tie := map[string]any{"step": t.Step, "projects": ids(e, t.Projects), "chosen": e.Projects[t.Projects[0]].ID,
			"in_trial": t.InTrial, "effect": t.Effect.String(), "decisive": nil}
		if t.Effect != tally.TieNotExamined {
			tie["decisive"] = t.Decisive()
		}
		if t.Otherwise != nil {
			tie["otherwise"] = map[string]any{"chosen": e.Projects[t.Otherwise.Chosen].ID, "in": ids(e, t.Otherwise.In), "out": ids(e, t.Otherwise.Out)}
		}
		ties = append(ties, tie)
	}
	return ties
}

func projectsJSON(x *tally.Explanation) []any {
	e := x.Outcome.Election
	projects := []any{}
	for _, v := range x.Verdicts {
		p := map[string]any{"id": e.Projects[v.Project].ID, "name": e.Projects[v.Project].Name,
			"cost": amount(e.Projects[v.Project].Cost, e), "won": v.Won, "votes": v.Votes}
		if x.Outcome.Points() != nil {
			p["points"] = v.Points
		}
		if v.Won {
			p["rank"], p["phase"] = v.Rank, v.Phase.String()
			if v.Rate != nil {
				p["rate"] = v.Rate.RatString()
				p["paid_in_full"], p["paid_all_left"], p["paid_nothing"] = v.Full, v.Partly, v.Empty
			}
		} else {
			if v.Barred != tally.NotBarred {
				p["barred"] = v.Barred.String()
			}
			if v.Lack != tally.LackNone {
				p["lacked"] = v.Lack.String()
			}
			if v.Need.Points > 0 {
				p["points_needed"] = v.Need.Points
			}
			if v.Need.Votes > 0 {
				p["votes_needed"] = v.Need.Votes
			}
			if v.Need.Cost > 0 {
				p["winning_cost"] = amount(v.Need.Cost, e)
			}
		}
		projects = append(projects, p)
	}
	return projects
}

func groupsJSON(x *tally.Explanation) map[string]any {
	groups := map[string]any{}
	for _, g := range x.Fairness.Groups {
		list := []any{}
		one := func(group tally.Group) map[string]any {
			return map[string]any{"name": group.Name, "voters": group.Voters, "excluded": group.Excluded, "money": group.Money}
		}
		for _, group := range g.Groups {
			list = append(list, one(group))
		}
		if g.Unknown.Voters > 0 {
			unknown := one(g.Unknown)
			unknown["name"] = nil
			list = append(list, unknown)
		}
		groups[g.Name] = list
	}
	return groups
}

func (r *Report) ballotsJSON() []any {
	x, e := r.Explanation, r.Explanation.Outcome.Election
	list := []any{}
	for _, i := range r.Ballots {
		paid := []any{}
		for _, c := range tally.ExplainBallot(x.Outcome, i) {
			one := map[string]any{"project": e.Projects[c.Project].ID, "won": c.Won}
			if c.Paid != nil {
				one["paid"] = c.Paid.RatString()
			}
			paid = append(paid, one)
		}
		list = append(list, map[string]any{"voter": ballotID(e, i), "projects": paid})
	}
	return list
}
