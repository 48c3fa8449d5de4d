package answers

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// The state machine, written a second time by hand: what each state lets happen, and nothing else.
func TestSteps(t *testing.T) {
	want := map[State]map[Step]State{
		Running:   {Pause: Paused, Extend: Running, Assign: Running, Pass: PassedOn, Give: Given, Drop: Dropped},
		Paused:    {Resume: Running, Assign: Paused, Give: Given, Drop: Dropped},
		Given:     {Confirm: Confirmed, Contest: Contested},
		Confirmed: {Confirm: Confirmed, Contest: Contested},
		Contested: {Confirm: Confirmed, Contest: Contested, Give: Given},
		PassedOn:  {},
		Dropped:   {},
	}
	for from, steps := range want {
		for _, step := range []Step{Pause, Resume, Extend, Assign, Pass, Give, Confirm, Contest, Drop} {
			to, ok := Next(from, step)
			if wanted, allowed := steps[step]; ok != allowed || to != wanted {
				t.Errorf("%s of %s leads to %q, %t; want %q, %t", step, from, to, ok, wanted, allowed)
			}
		}
	}
}

// Those who contest count before those who confirm: a thing is done when more say so.
func TestJudged(t *testing.T) {
	for _, c := range []struct {
		confirms, contests int64
		want               Step
	}{{1, 0, Confirm}, {0, 1, Contest}, {1, 1, Contest}, {3, 2, Confirm}, {2, 3, Contest}} {
		if got := judged(c.confirms, c.contests); got != c.want {
			t.Errorf("%d confirm, %d contest: %s", c.confirms, c.contests, got)
		}
	}
}

func TestMedian(t *testing.T) {
	for name, c := range map[string]struct {
		all  []tallied
		n    int64
		want int
	}{
		"none":                {nil, 0, 0},
		"one":                 {[]tallied{{Days: 7, N: 1}}, 1, 7},
		"the middle of three": {[]tallied{{Days: 9, N: 1}, {Days: 2, N: 1}, {Days: 5, N: 1}}, 3, 5},
		"the fewer of two":    {[]tallied{{Days: 3, N: 1}, {Days: 8, N: 1}}, 2, 3},
		"many of one":         {[]tallied{{Days: 1, N: 2}, {Days: 15, N: 90}, {Days: 40, N: 3}}, 95, 15},
	} {
		if got := median(c.all, c.n); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// A promise counts in calendar days of the city; a day that has come already is none.
func TestPromiseTerm(t *testing.T) {
	zone := time.FixedZone("UTC+5", 5*3600)
	cal := civic.Calendar{Zone: zone}
	now := time.Date(2026, 3, 2, 23, 30, 0, 0, zone)
	for by, want := range map[string]int{"2026-03-03": 1, "2026-04-02": 31, "2027-03-02": 365} {
		at, _ := time.ParseInLocation(time.DateOnly, by, zone)
		if term, ok := promiseTerm(cal, now, at); !ok || term.Working || term.Days != want {
			t.Errorf("by %s: %+v, %t; want %d days", by, term, ok, want)
		}
	}
	for _, by := range []string{"2026-03-02", "2026-03-01", "2040-01-01"} {
		at, _ := time.ParseInLocation(time.DateOnly, by, zone)
		if term, ok := promiseTerm(cal, now, at); ok {
			t.Errorf("by %s: %+v", by, term)
		}
	}
}

// A date that counts otherwise is named only where the clock runs, and only when it does count otherwise.
func TestMovedDays(t *testing.T) {
	zone := time.UTC
	day := func(s string) time.Time { at, _ := time.Parse(time.DateOnly, s); return at }
	before := calendar{Days: map[string]bool{"2026-03-09": false, "2026-03-14": true}}
	cal := civic.Calendar{Zone: zone, Days: map[string]civic.Day{"2026-03-09": {}, "2026-03-10": {Source: civic.Text{"kk": "Қаулы"}}, "2026-03-15": {}, "2026-05-01": {}}}
	got := movedDays(before, cal, day("2026-03-05"), day("2026-03-31"))
	if len(got) != 2 || got[0].Date != "2026-03-10" || got[0].Working || got[0].Source["kk"] != "Қаулы" || got[1].Date != "2026-03-14" || got[1].Working {
		t.Errorf("got %+v", got)
	}
}

// Tuesday 24 March 2026 to Wednesday 1 April are six working days, counted by hand.
func TestLateInWorkingDays(t *testing.T) {
	zone := time.FixedZone("UTC+5", 5*3600)
	cal := civic.Calendar{Zone: zone}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, zone)
	o := Obligation{State: Given, Start: start, Term: civic.Term{Days: 16, Working: true}, GivenAt: time.Date(2026, 4, 1, 8, 0, 0, 0, zone)}
	if o.Due = o.ends(cal); o.Due.Format(time.DateOnly) != "2026-03-24" {
		t.Errorf("due %v", o.Due)
	}
	if got := o.LateBy(cal, start); got != 6 {
		t.Errorf("late by %d, want 6", got)
	}
	o.GivenAt = time.Date(2026, 3, 24, 23, 59, 0, 0, zone)
	if got := o.LateBy(cal, start.AddDate(1, 0, 0)); got != 0 || o.Late(start.AddDate(1, 0, 0)) {
		t.Errorf("in time, and late by %d", got)
	}
	o.GivenAt = time.Date(2026, 3, 25, 0, 0, 0, 0, zone)
	if got := o.LateBy(cal, start); got != 1 || !o.Late(start) {
		t.Errorf("a second after the day: late by %d", got)
	}
}
