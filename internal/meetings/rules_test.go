package meetings

import (
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

// Two thirds of all members: 20 of Shymkent's 29, as its council counts.
func TestQuorum(t *testing.T) {
	for n, want := range map[int]int{29: 20, 24: 16, 3: 2, 1: 1, 30: 20, 31: 21} {
		if got := Quorum(n, 2, 3); got != want {
			t.Errorf("of %d members: %d, want %d", n, got, want)
		}
	}
}

// Each row is counted by hand.
func TestWhatCarries(t *testing.T) {
	for _, c := range []struct {
		rule                    Rule
		members, entitled, want int
	}{
		{OfPresent, 29, 20, 11}, {OfPresent, 29, 21, 11}, {OfPresent, 29, 19, 10}, {OfMembers, 29, 20, 15}, {OfMembers, 30, 30, 16}, {TwoThirds, 29, 20, 20}, {TwoThirds, 30, 29, 20},
	} {
		if got := c.rule.Carries(c.members, c.entitled); got != c.want {
			t.Errorf("%s of %d, %d may vote: %d, want %d", c.rule, c.members, c.entitled, got, c.want)
		}
	}
}

func five() (members []Member, ids []civic.ID) {
	for _, id := range []civic.ID{"a", "b", "c", "d", "e"} {
		members, ids = append(members, Member{ID: id, Name: string(id), Sits: true}), append(ids, id)
	}
	return members, ids
}

var text = civic.Text{"kk": "Шам орнатылсын", "ru": "Поставить фонари"}

func TestAVote(t *testing.T) {
	members, all := five()
	for name, c := range map[string]struct {
		ask      Ask
		present  []civic.ID
		accepted bool
		field    string
	}{
		"half of those present is too few":    {Ask{Rule: OfPresent, Choices: map[civic.ID]Choice{"a": For, "b": For, "c": Against, "d": Abstain}}, all[:4], false, ""},
		"who is recused is not counted":       {Ask{Rule: OfPresent, Choices: map[civic.ID]Choice{"a": For, "b": For, "c": Against, "d": Recused}}, all[:4], true, ""},
		"and is counted of all members":       {Ask{Rule: OfMembers, Choices: map[civic.ID]Choice{"a": For, "b": For, "c": Against, "d": Recused}}, all[:4], false, ""},
		"without a quorum":                    {Ask{Rule: OfPresent, Choices: map[civic.ID]Choice{"a": For, "b": For, "c": For}}, all[:3], false, "rule"},
		"somebody present is not entered":     {Ask{Rule: OfPresent, Choices: map[civic.ID]Choice{"a": For, "b": For, "c": For}}, all[:4], false, "choice.d"},
		"who is absent does not vote":         {Ask{Rule: OfPresent, Choices: map[civic.ID]Choice{"a": For, "b": For, "c": Against, "d": Against, "e": For}}, all[:4], false, ""},
		"papers of a secret vote":             {Ask{Rule: OfPresent, Secret: true, Tellers: all[:2], For: 3, Against: 1}, all[:4], true, ""},
		"a paper too many":                    {Ask{Rule: OfPresent, Secret: true, Tellers: all[:2], For: 4, Against: 1}, all[:4], false, "for"},
		"one teller":                          {Ask{Rule: OfPresent, Secret: true, Tellers: []civic.ID{"a", "a"}, For: 4}, all[:4], false, "tellers"},
		"a teller who is not there":           {Ask{Rule: OfPresent, Secret: true, Tellers: []civic.ID{"a", "e"}, For: 4}, all[:4], false, "tellers"},
		"a name in a secret vote":             {Ask{Rule: OfPresent, Secret: true, Tellers: all[:2], For: 4, Choices: map[civic.ID]Choice{"a": For}}, all[:4], false, "choice.a"},
		"papers of those who are not recused": {Ask{Rule: OfPresent, Secret: true, Tellers: all[:2], For: 2, Against: 1, Choices: map[civic.ID]Choice{"d": Recused}}, all[:4], true, ""},
		"a rule that is none":                 {Ask{Rule: "most", Choices: map[civic.ID]Choice{"a": For, "b": For, "c": For, "d": For}}, all[:4], false, "rule"},
	} {
		t.Run(name, func(t *testing.T) {
			c.ask.Text = text
			v, err := Hold(c.ask, members, c.present, 4)
			field := ""
			if e, ok := err.(*civic.Error); ok && len(e.Fields) > 0 {
				field = e.Fields[0].Field
			}
			if field != c.field || err == nil && (v.Accepted != c.accepted || len(v.Ballots) != 5) {
				t.Errorf("%+v, %v: the field %q, want %q", v, err, field, c.field)
			}
		})
	}
}

// A meeting is closed only once it has begun, and only once.
func TestSteps(t *testing.T) {
	for _, state := range []MeetingState{Planned, Convened, Closed} {
		if _, ok := Next(state, Close); ok {
			t.Errorf("%s can be closed", state)
		}
	}
}
