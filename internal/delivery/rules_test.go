package delivery

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/voices"
)

// Every step from every state, as the diagram of README.md has it.
func TestStepsFollowTheDiagram(t *testing.T) {
	allowed := map[State]string{Promised: "sign drop", Contracted: "sign finish drop", Built: "confirm dispute", Confirmed: "dispute", Disputed: "mend", Dropped: ""}
	for _, s := range States() {
		got := ""
		for _, step := range []Step{Sign, Finish, Confirm, Dispute, Mend, Drop} {
			if _, ok := Next(s, step); ok {
				if got != "" {
					got += " "
				}
				got += string(step)
			}
		}
		if got != allowed[s] {
			t.Errorf("from %s: %q, want %q", s, got, allowed[s])
		}
	}
}

func TestWhatVoicesLeadTo(t *testing.T) {
	for _, tt := range []struct {
		state                   State
		confirm, doubt, dispute int64
		want                    Step
	}{
		{Built, 4, 9, 2, ""}, {Built, 5, 0, 2, Confirm}, {Built, 5, 0, 3, Confirm}, {Built, 3, 0, 3, Dispute}, {Built, 0, 50, 2, ""}, {Built, 5, 0, 5, Dispute},
		{Confirmed, 9, 0, 3, ""}, {Confirmed, 9, 0, 9, Dispute}, {Disputed, 9, 0, 3, ""}, {Disputed, 0, 0, 9, ""},
	} {
		got, _ := verdict(voices.Tally{voices.Agrees: tt.confirm, voices.Doubts: tt.doubt, voices.Disputes: tt.dispute}, tt.state, 5, 3)
		if got != tt.want {
			t.Errorf("%s, %d:%d:%d: %q, want %q", tt.state, tt.confirm, tt.doubt, tt.dispute, got, tt.want)
		}
	}
}

func TestLate(t *testing.T) {
	for _, tt := range []struct {
		state State
		due   string
		want  bool
	}{{Promised, "2027-10-01", false}, {Promised, "2027-09-30", true}, {Contracted, "2027-09-30", true}, {Built, "2027-09-30", false}, {Dropped, "2027-09-30", false}} {
		if got := (Work{State: tt.state, Due: tt.due}).Late("2027-10-01"); got != tt.want {
			t.Errorf("%s by %s: %v", tt.state, tt.due, got)
		}
	}
}

func TestContractsAreChecked(t *testing.T) {
	good := Contract{Number: "1", With: "ТОО", BIN: "970740000838", Sum: 5, Signed: "2027-10-01"}
	for field, change := range map[string]func(*Contract){"": func(*Contract) {}, "number": func(c *Contract) { c.Number = " " }, "with": func(c *Contract) { c.With = "\u200b" }, "bin": func(c *Contract) { c.BIN = "970740000839" },
		"sum": func(c *Contract) { c.Sum = maxSum + 1 }, "signed": func(c *Contract) { c.Signed = "2027-10-02" }} {
		c, p := good, civic.Problems{}
		change(&c)
		c.check(&p, "2027-10-01")
		if got := len(p); (got == 0) != (field == "") || got == 1 && p[0].Field != field || got > 1 {
			t.Errorf("%q: %v", field, p)
		}
	}
}

// Years are those in which things were built; what is not built stands in that of its decision.
func TestYears(t *testing.T) {
	got := yearsOf([]yearCount{{2028, Confirmed, 2}, {2028, Disputed, 1}, {2027, Promised, 4}, {2027, Contracted, 3}, {2027, Dropped, 1}})
	if want := (Year{2028, 0, 3, 1, 0}); len(got) != 2 || got[0] != want || got[1] != (Year{2027, 7, 0, 0, 1}) {
		t.Errorf("%+v", got)
	}
}

func TestHeard(t *testing.T) {
	built := time.Date(2027, 10, 1, 12, 0, 0, 0, time.UTC)
	w := Work{State: Built, BuiltAt: built}
	if !w.heard(built.AddDate(0, 0, 89), 90) || w.heard(built.AddDate(0, 0, 90), 90) || (Work{State: Contracted, BuiltAt: built}).heard(built, 90) {
		t.Error("who is heard until when")
	}
}
