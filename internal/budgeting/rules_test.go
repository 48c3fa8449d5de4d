package budgeting_test

import (
	"slices"
	"strings"
	"testing"

	. "github.com/birge-kz/birge/internal/budgeting"
)

// Which step is possible from which standing, and in which stages, is the diagram of the README with the days of a campaign. Written out: what is missing is possible never.
func TestStepsFollowTheDiagram(t *testing.T) {
	all := append([]Stage{Before}, append(Stages(), Over)...)
	early, checked := "proposals check rework", "proposals check rework recheck"
	always := "before proposals check rework recheck vote contracts delivery over" // the program takes it, when the box was counted
	type to struct {
		standing Standing
		stages   string
	}
	want := map[Standing]map[Step]to{
		Filed:     {Assign: {InCheck, checked}, Withdraw: {Withdrawn, checked}, Merge: {Merged, early}, Late: {Refused, "vote"}},
		InCheck:   {Accept: {Accepted, checked}, Return: {Returned, early}, Refuse: {Refused, checked}, Withdraw: {Withdrawn, checked}, Late: {Refused, "vote"}},
		Returned:  {Rework: {Reworked, early}, Withdraw: {Withdrawn, checked}, Merge: {Merged, early}, Late: {Refused, "vote"}},
		Reworked:  {Assign: {InRecheck, checked}, Withdraw: {Withdrawn, checked}, Late: {Refused, "vote"}},
		InRecheck: {Accept: {Accepted, checked}, Refuse: {Refused, checked}, Withdraw: {Withdrawn, checked}, Late: {Refused, "vote"}},
		Accepted:  {Ballot: {OnBallot, "vote"}, Withdraw: {Withdrawn, checked}, Merge: {Merged, early}, Late: {Refused, "vote"}},
		OnBallot:  {Freeze: {Frozen, "vote"}, Win: {Won, always}, Lose: {Lost, always}},
		Frozen:    {Thaw: {OnBallot, "vote"}, Fall: {Fallen, "vote"}},
	}
	for _, standing := range Standings() {
		for _, step := range []Step{Assign, Accept, Return, Rework, Refuse, Withdraw, Merge, Late, Ballot, Freeze, Thaw, Fall, Win, Lose} {
			expected := want[standing][step]
			if got, _ := Next(standing, step); got != expected.standing {
				t.Errorf("%s, %s: %q, want %q", standing, step, got, expected.standing)
			}
			for _, stage := range all {
				v := View{Listed: Listed{Proposal: Proposal{State: standing}}, Stage: stage}
				if got, wanted := v.May(step), slices.Contains(strings.Fields(expected.stages), string(stage)); got != wanted {
					t.Errorf("%s, %s in the stage %s: %v, want %v", standing, step, stage, got, wanted)
				}
			}
		}
	}
	// Nothing that is to be decided is left in any stage: what is not through when people vote is refused.
	for _, standing := range []Standing{Filed, InCheck, Returned, Reworked, InRecheck} {
		if v := (View{Listed: Listed{Proposal: Proposal{State: standing}}, Stage: Voting}); !v.May(Late) {
			t.Errorf("%s hangs once people vote", standing)
		}
	}
}
