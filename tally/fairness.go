package tally

import "context"

// Fairness holds figures of proportionality. They use votes only, so that all rules can be
// compared by them.
type Fairness struct {
	Voters int64
	// Empty ballots name no project.
	Empty int64
	// Excluded voters named projects, none of which won.
	Excluded int64
	// Winners is the mean number of winning projects a voter supports.
	Winners float64
	// Groups tells how groups of voters directed the money.
	Groups []GroupPower
}

// ExclusionRatio is the part of non-empty ballots without a winner, 0 … 1.
func (f *Fairness) ExclusionRatio() float64 {
	if f.Voters == f.Empty {
		return 0
	}
	return float64(f.Excluded) / float64(f.Voters-f.Empty)
}

// GroupPower holds the figures of one grouping.
type GroupPower struct {
	Name   string
	Groups []Group
	// Unknown are the voters whose group is not in the file. It has no name.
	Unknown Group
}

// Group is a group of voters. Divide the money of every winning project equally among its
// supporters: Money is the part of all the money that falls to voters of this group. Compared
// with the group's part of all voters it shows who directs more or less than their number.
type Group struct {
	Name     string
	Voters   int64
	Excluded int64
	Money    float64 // 0 … 1
}

// Measure computes the figures of an outcome.
func Measure(out *Outcome) Fairness {
	// Long: one walk over the ballots fills the sums that all figures share.
	e := out.Election
	b := &e.ballots
	won := make([]bool, len(e.Projects))
	for _, s := range out.Steps {
		won[s.Project] = true
	}
	f := Fairness{Voters: int64(e.Voters())}
	wins := make([]int, len(b.weight))      // winners each ballot supports
	money := make([]float64, len(b.weight)) // its part of the money
	named := make([]bool, len(b.weight))
	total := 0.0
	for row, w := range b.weight {
		for i := b.start[row]; i < b.start[row+1]; i++ {
			if len(b.points) > 0 && b.points[i] <= 0 {
				continue
			}
			p := b.projects[i]
			named[row] = true
			if won[p] {
				wins[row]++
				money[row] += float64(e.Projects[p].Cost) / float64(out.votes[p])
			}
		}
		switch {
		case !named[row]:
			f.Empty += int64(w)
		case wins[row] == 0:
			f.Excluded += int64(w)
		}
		f.Winners += float64(wins[row]) * float64(w)
		total += money[row] * float64(w)
	}
	if f.Voters > 0 {
		f.Winners /= float64(f.Voters)
	}
	for _, g := range e.Groupings {
		power := GroupPower{Name: g.Name, Groups: make([]Group, len(g.Values))}
		for v, name := range g.Values {
			power.Groups[v].Name = name
		}
		for i, v := range g.Of {
			if i >= len(b.classOf) {
				break
			}
			row, group := b.classOf[i], &power.Unknown
			if v >= 0 {
				group = &power.Groups[v]
			}
			group.Voters++
			if named[row] && wins[row] == 0 {
				group.Excluded++
			}
			if total > 0 {
				group.Money += money[row] / total
			}
		}
		f.Groups = append(f.Groups, power)
	}
	return f
}

// AllRules are the rules shown side by side, in the order of the report.
func AllRules(e *Election, base Options) []Options {
	utility := UtilityCost
	if e.HasPoints() {
		utility = UtilityPoints
	}
	var list []Options
	add := func(o Options) {
		o.AddOne, o.Ties, o.Constraints, o.Progress = base.AddOne, base.Ties, base.Constraints, base.Progress
		list = append(list, o)
	}
	add(Options{Rule: Greedy, Utility: utility})
	add(Options{Rule: Greedy, Utility: utility, PerCost: true})
	add(Options{Rule: EqualShares, Utility: utility})
	add(Options{Rule: EqualShares, Utility: utility, Completion: AddOne, ThenGreedy: true})
	add(Options{Rule: EqualShares, Utility: UtilityCardinality, Completion: AddOne, ThenGreedy: true})
	add(Options{Rule: ExactEqualShares})
	add(Options{Rule: BoundedOverspending, Utility: utility})
	add(Options{Rule: Phragmen})
	return list
}

// Compare counts with several options.
func Compare(ctx context.Context, e *Election, list []Options) ([]*Outcome, error) {
	outcomes := make([]*Outcome, len(list))
	for i, o := range list {
		var err error
		if outcomes[i], err = Count(ctx, e, o); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}
