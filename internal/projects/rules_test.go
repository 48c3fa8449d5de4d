package projects

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/voices"
)

// Every step from every state, as the diagram of README.md has it.
func TestStepsFollowTheDiagram(t *testing.T) {
	allowed := map[State]string{Draft: "sign", Agreed: "begin stop", Running: "finish stop", Done: "look", Stopped: "", Reviewed: ""}
	for state, want := range allowed {
		got := ""
		for _, step := range []Step{Sign, Begin, Finish, Stop, Look} {
			if _, ok := Next(state, step); ok {
				if got != "" {
					got += " "
				}
				got += string(step)
			}
		}
		if got != want {
			t.Errorf("from %s: %q, want %q", state, got, want)
		}
	}
}

// What the three voices come to, as README.md's table has it.
func TestStandingOfThreeVoices(t *testing.T) {
	for _, tt := range []struct {
		agency Judgement
		people voices.Word
		want   Standing
	}{
		{Unsaid, voices.Open, Claimed}, {Unsaid, voices.Confirmed, Seen}, {Unsaid, voices.Disputed, Disputed},
		{Accepted, voices.Open, IsAccepted}, {Accepted, voices.Confirmed, Met}, {Accepted, voices.Disputed, Disputed},
		{Partly, voices.Open, InPart}, {Partly, voices.Confirmed, InPart}, {Partly, voices.Disputed, Disputed},
		{Rejected, voices.Open, IsRejected}, {Rejected, voices.Confirmed, Contested}, {Rejected, voices.Disputed, IsRejected},
	} {
		if got := StandingOf(true, tt.agency, tt.people); got != tt.want {
			t.Errorf("%q and %q: %s, want %s", tt.agency, tt.people, got, tt.want)
		}
		if got := StandingOf(false, tt.agency, tt.people); got != Planned {
			t.Errorf("nothing claimed, %q and %q: %s", tt.agency, tt.people, got)
		}
	}
}

// Who does not claim is late; the agency that says nothing is silent from its date on; people are heard as long as the city says.
func TestClocksOfAMilestone(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	none := Milestone{Due: "2026-05-10"}
	if none.Late("2026-05-10") || !none.Late("2026-05-11") || none.Silent(at.AddDate(1, 0, 0)) || none.heard(at, 90) {
		t.Error("of a milestone that nobody claimed")
	}
	m := Milestone{Due: "2026-05-10", Rounds: []Round{{At: at, Due: at.AddDate(0, 0, 14)}}}
	if m.Late("2026-06-01") || m.Silent(at.AddDate(0, 0, 14)) || !m.Silent(at.AddDate(0, 0, 15)) || !m.heard(at.AddDate(0, 0, 89), 90) || m.heard(at.AddDate(0, 0, 90), 90) {
		t.Error("of a claim")
	}
	m.Rounds[0].Judgement = Accepted
	if m.Silent(at.AddDate(1, 0, 0)) || m.mayJudge() || m.mayClaim() {
		t.Error("of what was accepted")
	}
	m.Rounds[0].People = voices.Disputed
	if !m.mayClaim() {
		t.Error("what is disputed can be claimed anew")
	}
}

// Only what was approved moves a figure; percentages add up as numerators and denominators, 1/4 and 3/4 of unlike wholes is no half.
func TestOnlyApprovedDataMoveAFigure(t *testing.T) {
	up := func(day string, n, d int64, r Review) Update {
		return Update{Day: day, Figure: Figure{n, d}, Review: r}
	}
	for _, tt := range []struct {
		name                string
		percent, cumulative bool
		from, to            Figure
		updates             []Update
		want                Figure
		measured            bool
		way                 int
	}{
		{"nothing", false, false, Figure{10, 1}, Figure{20, 1}, nil, Figure{}, false, 0},
		{"nothing approved", false, false, Figure{10, 1}, Figure{20, 1}, []Update{up("2026-05-01", 20, 1, Pending), up("2026-05-02", 20, 1, Returned)}, Figure{}, false, 0},
		{"the last day counts, not the last said", false, false, Figure{10, 1}, Figure{20, 1}, []Update{up("2026-06-01", 15, 1, Approved), up("2026-05-01", 12, 1, Approved)}, Figure{15, 1}, true, 50},
		{"a sum", false, true, Figure{0, 1}, Figure{40, 1}, []Update{up("2026-05-01", 10, 1, Approved), up("2026-06-01", 20, 1, Approved), up("2026-07-01", 99, 1, Pending)}, Figure{30, 1}, true, 75},
		{"shares", true, true, Figure{0, 100}, Figure{100, 100}, []Update{up("2026-05-01", 1, 4, Approved), up("2026-06-01", 75, 100, Approved)}, Figure{76, 104}, true, 73},
		{"downwards", false, false, Figure{20, 1}, Figure{10, 1}, []Update{up("2026-05-01", 15, 1, Approved)}, Figure{15, 1}, true, 50},
		{"beyond", false, false, Figure{0, 1}, Figure{10, 1}, []Update{up("2026-05-01", 30, 1, Approved)}, Figure{30, 1}, true, 100},
		{"backwards", false, false, Figure{10, 1}, Figure{20, 1}, []Update{up("2026-05-01", 5, 1, Approved)}, Figure{5, 1}, true, 0},
	} {
		i := Indicator{Percent: tt.percent, Cumulative: tt.cumulative, Baseline: tt.from, Target: tt.to, Updates: tt.updates}
		got, measured := i.Actual()
		if got != tt.want || measured != tt.measured || i.Way() != tt.way {
			t.Errorf("%s: %v, %v, %d%%", tt.name, got, measured, i.Way())
		}
	}
}

// What was given counts when another side has confirmed it; the sides' sums are those of their lines.
func TestSums(t *testing.T) {
	p := Project{Partners: []Partner{{"ngo", Lead}, {"body", Agency}, {"shop", Sponsor}}}
	lines := []Line{{ID: "hours", Giver: "ngo", Amount: 10, First: 10, Rate: 2_500 * civic.Tenge}, {ID: "money", Giver: "shop", Amount: 500_000, First: 400_000, Rate: civic.Tenge}}
	given := []Given{{Line: "hours", Amount: 4, Review: Approved}, {Line: "hours", Amount: 6, Review: Pending}, {Line: "money", Amount: 300_000, Review: Approved}, {Line: "money", Amount: 9, Review: Returned}}
	sides, all := sumsOf(p, lines, given)
	want := []Sums{{"ngo", 25_000 * civic.Tenge, 25_000 * civic.Tenge, 10_000 * civic.Tenge}, {"shop", 400_000 * civic.Tenge, 500_000 * civic.Tenge, 300_000 * civic.Tenge}}
	if len(sides) != 2 || sides[0] != want[0] || sides[1] != want[1] || all.Given != 310_000*civic.Tenge || sides[0].Share(all.Given) != 300_000*civic.Tenge {
		t.Errorf("%+v, %+v", sides, all)
	}
}

// A change says what was so before, and what is wrong with it.
func TestChanges(t *testing.T) {
	p := Project{Starts: "2026-05-01", Ends: "2026-10-01", Goal: civic.Text{"kk": "Бақ", "ru": "Парк"}}
	steps, lines := []Milestone{{ID: "m", Due: "2026-07-01"}}, []Line{{ID: "l", Amount: 10}}
	why := civic.Text{"kk": "Жаңбыр", "ru": "Дожди"}
	for _, tt := range []struct {
		c     Change
		wrong string
		old   string
	}{
		{Change{Kind: Duration, New: "2026-11-01", Why: why}, "", "2026-10-01"},
		{Change{Kind: Duration, Target: "m", New: "2026-08-01", Why: why}, "", "2026-07-01"},
		{Change{Kind: Duration, Target: "x", New: "2026-08-01", Why: why}, "target", "2026-10-01"},
		{Change{Kind: Duration, New: "2026-10-01", Why: why}, "day", "2026-10-01"},
		{Change{Kind: Duration, New: "2026-06-01", Why: why}, "day", "2026-10-01"}, // has passed
		{Change{Kind: Value, Target: "l", New: "12", Why: why}, "", "10"},
		{Change{Kind: Value, Target: "l", New: "much", Why: why}, "amount", "10"},
		{Change{Kind: Value, New: "12", Why: why}, "target", ""},
		{Change{Kind: ScopeOf, NewGoal: civic.Text{"kk": "Гүлзар", "ru": "Сквер"}, Why: why}, "", ""},
		{Change{Kind: ScopeOf, NewGoal: civic.Text{"kk": "Гүлзар"}, Why: why}, "goal.ru", ""},
		{Change{Kind: "luck", Why: why}, "kind", ""},
		{Change{Kind: Value, Target: "l", New: "12"}, "why.kk", "10"},
	} {
		c := tt.c
		problems := c.prepare(p, steps, lines, "2026-06-15")
		got := ""
		if len(problems) > 0 {
			got = problems[0].Field
		}
		if got != tt.wrong || c.Old != tt.old {
			t.Errorf("%+v: %q (%v), from %q", tt.c, got, problems, c.Old)
		}
	}
	q := p
	Change{Kind: ScopeOf, NewGoal: civic.Text{"ru": "Сквер"}}.apply(&q, nil, nil)
	Change{Kind: ScopeOf, NewGoal: civic.Text{"ru": "Клумба"}}.apply(&q, nil, nil)
	if q.First["ru"] != "Парк" || q.Goal["ru"] != "Клумба" {
		t.Errorf("the first promise: %v, now %v", q.First, q.Goal)
	}
}

// Only addresses that a page may link to are evidence.
func TestWebAddress(t *testing.T) {
	for s, want := range map[string]bool{"https://example.kz/a": true, "http://example.kz": false, "javascript:alert(1)": false, "https://": false, "https://a\u202eb": false, "": false} {
		if webAddress(s) != want {
			t.Errorf("%q", s)
		}
	}
}
