package indicators

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/indicators/formula"
)

var zone = time.FixedZone("", 5*60*60)

func at(day string) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, day, zone)
	return t
}

// What comes with the program is whole: each definition reads, has its words, and its id stands for ever.
func TestDefinitionsAreWhole(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	groups := map[Group]int{}
	for _, d := range all {
		groups[d.Group]++
		if found, there := Find(d.ID); !there || found != d {
			t.Errorf("%s is not found", d.ID)
		}
		if d.Unit == Share && d.Least == 0 && d.Formula.Estimates() {
			t.Errorf("%s: a share is told of however few rows", d.ID)
		}
		if d.Interval && !strings.Contains(d.Source, "Wilson") {
			t.Errorf("%s does not say whose interval it is", d.ID)
		}
	}
	for _, g := range Groups() {
		if groups[g] == 0 {
			t.Errorf("nothing is in the group %s", g)
		}
	}
	if _, there := Find("nothing"); there {
		t.Error("there is an indicator of nothing")
	}
}

const good = `
[owner]
kk = "к"
ru = "р"
en = "e"
[first]
on = "2026-11-29"
reason = "new"
words = { kk = "к", ru = "р", en = "e" }
[[indicator]]
id = "some_share"
group = "answers"
formula = 'share(a = "1" of t dated d) by year'
unit = "share"
interval = true
name = { kk = "к", ru = "р", en = "e" }
about = { kk = "к", ru = "р", en = "e" }
`

func TestDefinitionsAreRefused(t *testing.T) {
	if all, err := read("x", good); err != nil || len(all) != 1 || all[0].Revision() != 1 || all[0].Main() != formula.Year {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, c := range []struct{ old, with, says string }{
		{`unit = "share"`, `unit = "shares"`, "unit"}, {`group = "answers"`, `group = "answer"`, "group"}, {`id = "some_share"`, `id = "Some share"`, "id"},
		{`share(a = "1" of t dated d)`, `count(t dated d)`, "interval"}, {`by year`, `by decade`, "expected"}, {`en = "e" }` + "\n" + `about`, `}` + "\n" + `about`, "languages"},
		{`on = "2026-11-29"`, `on = "29.11.2026"`, "revision"}, {`reason = "new"`, `reason = "mood"`, "revision"}, {`interval = true`, "interval = true\ncolour = 5", "colour"},
		{`interval = true`, "interval = true\nbetter = \"so\"", "better"},
	} {
		if _, err := read("x", strings.Replace(good, c.old, c.with, 1)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.with, err)
		}
	}
}

func value(period string, n int64) Value {
	return Value{Indicator: "x", Period: period, Number: big.NewRat(n, 1)}
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct{ period, from, to, next string }{
		{"2026", "2026-01-01", "2027-01-01", "2027"}, {"2026-Q4", "2026-10-01", "2027-01-01", "2027-Q1"}, {"2026-Q1", "2026-01-01", "2026-04-01", "2026-Q2"},
		{"2026-12", "2026-12-01", "2027-01-01", "2027-01"}, {"2024-02", "2024-02-01", "2024-03-01", "2024-03"},
	} {
		from, to, ok := span(c.period, zone)
		if !ok || !from.Equal(at(c.from)) || !to.Equal(at(c.to)) || after(c.period) != c.next {
			t.Errorf("%s: %v to %v, then %s", c.period, from, to, after(c.period))
		}
		if Over(c.period, at(c.to).Add(-time.Second), zone) || !Over(c.period, at(c.to), zone) {
			t.Errorf("%s does not end on %s", c.period, c.to)
		}
	}
	for _, bad := range []string{"", "26", "2026-Q5", "2026-13", "2026-00", "x"} {
		if _, _, ok := span(bad, zone); ok {
			t.Errorf("%q is a period", bad)
		}
	}
}

// A month in which nothing happened is 0 for what is counted, and nothing for a share.
func TestSeriesHaveNoHoles(t *testing.T) {
	all := []Value{value("2025", 9), value("2025-11", 1), value("2026-02", 2), {Period: "2025-12", District: "north", Number: big.NewRat(5, 1)}}
	for unit, want := range map[Unit]string{Count: "2025-11 1, 2025-12 0, 2026-01 0, 2026-02 2, 2026-03 0", Share: "2025-11 1, 2025-12 -, 2026-01 -, 2026-02 2"} {
		var got []string
		for _, v := range (&Definition{ID: "x", Unit: unit}).Series(all, formula.Month, "", at("2026-04-10")) {
			n := "-"
			if v.Number != nil {
				n = v.Number.RatString()
			}
			got = append(got, v.Period+" "+n)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v", unit, got)
		}
	}
	far := (&Definition{Unit: Count}).Series([]Value{value("0001-01", 1), value("9999-12", 1)}, formula.Month, "", at("2026-04-10"))
	if len(far) > mostPeriods+1 {
		t.Errorf("%d periods", len(far))
	}
}

func TestTrends(t *testing.T) {
	now := at("2026-11-29")
	wide := func(v Value, low, high int64) Value { v.Low, v.High = low, high; return v }
	for name, c := range map[string]struct {
		series []Value
		want   string
	}{
		"nothing":       {nil, " soFar=false last="},
		"one":           {[]Value{value("2025", 5)}, " soFar=false last=2025"},
		"rose":          {[]Value{value("2024", 4), value("2025", 5)}, "rose soFar=false last=2025"},
		"fell":          {[]Value{value("2024", 6), value("2025", 5)}, "fell soFar=false last=2025"},
		"same":          {[]Value{value("2024", 5), value("2025", 5)}, "same soFar=false last=2025"},
		"goes on":       {[]Value{value("2024", 4), value("2025", 5), value("2026", 1)}, "rose soFar=true last=2025"},
		"only goes on":  {[]Value{value("2026", 1)}, " soFar=true last="},
		"chance":        {[]Value{wide(value("2024", 4), 3, 6), wide(value("2025", 5), 5, 8)}, "chance soFar=false last=2025"},
		"beyond chance": {[]Value{wide(value("2024", 4), 3, 4), wide(value("2025", 5), 5, 8)}, "rose soFar=false last=2025"},
		"too few":       {[]Value{value("2024", 4), {Period: "2025", Few: true}}, " soFar=false last=2025"},
	} {
		got := trend(c.series, now, zone)
		if said := fmt.Sprintf("%s soFar=%v last=%s", got.Direction, got.SoFar != nil, got.Last.Period); said != c.want {
			t.Errorf("%s: %s, want %s", name, said, c.want)
		}
	}
}

// What is to come is told of no period: neither events that are announced, nor answers that are not due yet.
func TestWhatIsToCome(t *testing.T) {
	now := at("2026-11-29")
	count, share := &Definition{Unit: Count}, &Definition{Unit: Share}
	months := count.Series([]Value{value("2026-10", 4), value("2026-11", 3), value("2026-12", 2), value("2027-01", 1)}, formula.Month, "", now)
	if got := trend(months, now, zone); got.Last.Period != "2026-10" || got.SoFar == nil || got.SoFar.Period != "2026-11" || len(months) != 2 {
		t.Errorf("of months: %+v", got)
	}
	quarters := share.Series([]Value{value("2026-Q3", 4), value("2026-Q4", 0), value("2027-Q1", 0)}, formula.Quarter, "", now)
	if got := trend(quarters, now, zone); got.Last.Period != "2026-Q3" || got.SoFar == nil || got.SoFar.Period != "2026-Q4" {
		t.Errorf("of quarters: %+v", got)
	}
}

// A share of fewer rows than its definition allows is not told, nor of how many; one of enough has Newcombe's interval (1998, table I: 81 of
// 263 is 0.2553 to 0.3662).
func TestWhatIsPublished(t *testing.T) {
	d := &Definition{ID: "x", Interval: true, Least: 5}
	f, err := formula.Parse(`share(a = "1" of t)`)
	if err != nil {
		t.Fatal(err)
	}
	d.Formula = f
	few := d.value(formula.Value{Number: big.NewRat(3, 4), Part: 3, Of: 4})
	if !few.Few || few.Number != nil || few.Of != 0 || few.Part != 0 || few.High != 0 {
		t.Errorf("%+v", few)
	}
	got := d.value(formula.Value{Number: big.NewRat(81, 263), Part: 81, Of: 263})
	if got.Few || (got.Low+50)/100 != 2553 || (got.High+50)/100 != 3662 || got.Written() != "0.307985" {
		t.Errorf("%+v %s", got, got.Written())
	}
	if nothing := d.value(formula.Value{}); nothing.Few || nothing.Number != nil {
		t.Errorf("%+v", nothing)
	}
}

// A table or a column that is not there leaves out what reads it, and says so.
func TestWhatLacks(t *testing.T) {
	all, err := read("x", good)
	if err != nil {
		t.Fatal(err)
	}
	for want, columns := range map[string][]formula.Column{"t": nil, "t.d": {{Name: "a", Type: formula.String}}} {
		values, lacks, err := Compute(all, func(string) (formula.Table, error) {
			if columns == nil {
				return formula.Table{}, &formula.Error{Code: formula.NoTable, What: "t"}
			}
			return formula.Table{Columns: columns}, nil
		}, zone)
		if err != nil || lacks["some_share"] != want || len(values) != 0 {
			t.Errorf("%v, %v, %v", values, lacks, err)
		}
	}
}
