package projects

import (
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// ChangeKind is what is changed, as OC4IDS names it.
type ChangeKind string

const (
	Duration ChangeKind = "duration"
	Value    ChangeKind = "value"
	ScopeOf  ChangeKind = "scope"
)

// ChangeKinds lists them as forms show them.
func ChangeKinds() []ChangeKind { return []ChangeKind{Duration, Value, ScopeOf} }

// Change is what one side wants to be otherwise than agreed, with the reason. It holds once all who signed the agreement have agreed to it.
type Change struct {
	ID   civic.ID   `json:"id"`
	Kind ChangeKind `json:"kind"`
	// Target is the milestone or the line that it is about; "": the project itself.
	Target  civic.ID    `json:"target,omitempty"`
	Old     string      `json:"old,omitempty"` // a day, or an amount
	New     string      `json:"new,omitempty"`
	OldGoal civic.Text  `json:"old_goal,omitempty"`
	NewGoal civic.Text  `json:"new_goal,omitempty"`
	Why     civic.Text  `json:"why"`
	At      time.Time   `json:"at"`
	Agreed  []Signature `json:"agreed"`
	// AppliedAt is since when it holds.
	AppliedAt time.Time `json:"applied_at,omitzero"`
	By        civic.ID  `json:"by"`
	// RefusedAt is since when nobody agrees to it any more: a side has refused it, or who proposed it has taken it back.
	RefusedAt  time.Time  `json:"refused_at,omitzero"`
	RefusedBy  civic.ID   `json:"refused_by,omitempty"`
	RefusedWhy civic.Text `json:"refused_why,omitempty"`
}

// Open reports whether somebody has still to agree.
func (c Change) Open() bool { return c.AppliedAt.IsZero() && c.RefusedAt.IsZero() }

// Holds reports whether all have agreed.
func (c Change) Holds() bool { return !c.AppliedAt.IsZero() }

// apply makes a change hold. The milestone or line that it is about is changed too; which, its target says.
func (c Change) apply(p *Project, milestones []Milestone, lines []Line) {
	switch c.Kind {
	case ScopeOf:
		if p.First.Empty() {
			p.First = p.Goal
		}
		p.Goal = c.NewGoal
	case Duration:
		if c.Target == "" {
			p.Ends = c.New
		}
		for i := range milestones {
			if milestones[i].ID == c.Target {
				milestones[i].Due = c.New
			}
		}
	case Value:
		for i := range lines {
			if lines[i].ID == c.Target {
				lines[i].Amount, _ = strconv.ParseInt(c.New, 10, 64)
			}
		}
	}
}

// fits finds whether a new day leaves every milestone within the project.
func (c Change) fits(p Project, milestones []Milestone, out *civic.Problems) {
	if c.Target != "" {
		if c.New > p.Ends {
			out.Add("day", "projects.after_end", "Day", dayOf(p.Ends))
		}
		return
	}
	if dayOf(c.New).After(dayOf(p.Starts).AddDate(maxYears, 0, 0)) {
		out.Add("day", "projects.ends_wrong", "Years", maxYears)
	}
	for _, m := range milestones {
		if len(m.Rounds) == 0 && m.Due > c.New {
			out.Add("day", "projects.before_milestone", "Name", m.Name, "Day", dayOf(m.Due))
			return
		}
	}
}

// prepare fills in what is so before the change, and finds what is wrong with it. Fields: "kind", "target", "day", "amount", "goal", "why".
func (c *Change) prepare(p Project, milestones []Milestone, lines []Line, today string) (out civic.Problems) {
	out.OfficialAtMost("why", c.Why, maxText)
	switch c.Kind {
	case Duration:
		c.Old = p.Ends
		if c.Target != "" {
			i := slices.IndexFunc(milestones, func(m Milestone) bool { return m.ID == c.Target })
			if i < 0 {
				out.Add("target", "projects.choose_target")
				return out
			}
			c.Old = milestones[i].Due
		}
		if dayOf(c.New).IsZero() || c.New == c.Old || c.New < today || c.New < p.Starts {
			out.Add("day", "projects.day_other")
		} else {
			c.fits(p, milestones, &out)
		}
	case Value:
		i := slices.IndexFunc(lines, func(l Line) bool { return l.ID == c.Target })
		if i < 0 {
			out.Add("target", "projects.choose_line")
			return out
		}
		c.Old = strconv.FormatInt(lines[i].Amount, 10)
		switch n, err := strconv.ParseInt(c.New, 10, 64); {
		case err != nil || n < 0 || n > maxAmount || c.New == c.Old:
			out.Add("amount", "projects.amount_other")
		case lines[i].tooMuch(n):
			out.Add("amount", "projects.amount_too_much")
		}
	case ScopeOf:
		c.Target, c.OldGoal = "", p.Goal
		out.OfficialAtMost("goal", c.NewGoal, maxText)
	default:
		out.Add("kind", "projects.choose_kind")
	}
	return out
}
