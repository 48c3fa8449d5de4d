package grants

import (
	"testing"
	"time"
)

func on(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t
}

// An NGO of two people at 17:59, with grace to 18:30, in the city's zone.
func TestTheLastMinutes(t *testing.T) {
	zone := time.FixedZone("city", 5*3600)
	at := func(clock string) time.Time {
		t, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-02-01 "+clock, zone)
		if err != nil {
			panic(err)
		}
		return t.UTC()
	}
	w := Window{Opens: at("09:00:00"), Closes: at("18:00:00"), Grace: 30 * time.Minute}
	for clock, want := range map[string]Moment{"08:59:59": Early, "09:00:00": Open, "17:59:59": Open, "18:00:00": InGrace, "18:29:59": InGrace, "18:30:00": Over} {
		if got := w.At(at(clock)); got != want || w.Takes(at(clock)) != (want == Open || want == InGrace) {
			t.Errorf("%s: %s", clock, got)
		}
	}
	if w.Grace = 0; w.Takes(at("18:00:00")) {
		t.Error("without grace 18:00 is over")
	}
}

func TestWhoMayApply(t *testing.T) {
	day := on("2026-02-01")
	ngo := Facts{LegalForm: "fund", Registered: on("2024-02-01"), Themes: []string{"youth", "health"}, Districts: []string{}, Filed: []int{2023, 2025}, FilingDay: 331, Overdue: 1}
	for _, c := range []struct {
		rule Rule
		want Verdict
	}{
		{Rule{Kind: LegalForm, Codes: []string{"fund", "union"}}, Met}, {Rule{Kind: LegalForm, Codes: []string{"union"}}, Unmet},
		{Rule{Kind: AtLeast, Years: 2}, Met}, {Rule{Kind: AtLeast, Years: 3}, Unmet},
		{Rule{Kind: Theme, Codes: []string{"health"}}, Met}, {Rule{Kind: Theme, Codes: []string{"ecology"}}, Unmet},
		{Rule{Kind: District, Codes: []string{"almaly"}}, Unmet},
		{Rule{Kind: Filed, Years: 1}, Met}, {Rule{Kind: Filed, Years: 2}, Unmet},
		{Rule{Kind: NoDebt}, Unmet}, {Rule{Kind: "of a later version"}, Unknown},
	} {
		if got := c.rule.Of(ngo, day); got != c.want {
			t.Errorf("%+v: %s", c.rule, got)
		}
	}
	rules := []Rule{{Kind: LegalForm}, {Kind: AtLeast, Years: 1}, {Kind: Theme}, {Kind: District}, {Kind: Filed, Years: 1}, {Kind: NoDebt}}
	if unmet, unknown := Keep(rules, Facts{}, day); len(unmet) != 1 || len(unknown) != 4 { // a filing that is not there was not made
		t.Errorf("of whom nothing is known: %v %v", unmet, unknown)
	}
	if got := (Rule{Kind: AtLeast, Years: 2}).Of(ngo, on("2026-01-31")); got != Unmet {
		t.Error("a day before the second year is over")
	}
}

// In January nobody has filed the year that has just ended, and nobody is refused for that before its day, 31 March, is over.
func TestTheYearlyFilingIsAskedByItsDay(t *testing.T) {
	old, young := on("2019-05-01"), on("2024-09-01")
	for _, c := range []struct {
		day        string
		registered time.Time
		filed      []int
		years      int
		want       Verdict
	}{
		{"2026-01-20", old, []int{2024}, 1, Met}, {"2026-01-20", old, []int{2023}, 1, Unmet}, {"2026-01-20", old, []int{2023, 2024}, 2, Met},
		{"2026-03-31", old, []int{2024}, 1, Met}, {"2026-04-01", old, []int{2024}, 1, Unmet}, {"2026-04-01", old, []int{2025}, 1, Met},
		{"2026-01-20", old, []int{2025}, 1, Met}, {"2026-01-20", old, []int{2025}, 2, Unmet},
		{"2026-04-01", young, []int{2024, 2025}, 3, Met}, {"2026-04-01", young, []int{2025}, 3, Unmet}, {"2026-01-20", young, []int{2024}, 3, Met},
		{"2026-01-20", on("2025-06-01"), nil, 3, Met}, {"2026-04-01", on("2025-06-01"), nil, 3, Unmet},
	} {
		f := Facts{Registered: c.registered, Filed: c.filed, FilingDay: 331}
		if got := (Rule{Kind: Filed, Years: c.years}).Of(f, on(c.day)); got != c.want {
			t.Errorf("on %s, registered in %d, filed %v: %d years are %s", c.day, c.registered.Year(), c.filed, c.years, got)
		}
	}
}
