package formula_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/indicators/formula"
)

var astana = time.FixedZone("", 5*60*60)

// table is a small one written out: a line of names with types, then rows; cells stand between commas.
func table(name, text string) formula.Table {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	t := formula.Table{Name: name}
	for _, head := range strings.Split(lines[0], ",") {
		column, typ, _ := strings.Cut(strings.TrimSpace(head), ":")
		t.Columns = append(t.Columns, formula.Column{Name: column, Type: formula.Type(typ)})
	}
	t.Rows = func(yield func([]string) error) error {
		for _, line := range lines[1:] {
			cells := strings.Split(strings.TrimSpace(line), ",")
			if err := yield(cells); err != nil {
				return err
			}
		}
		return nil
	}
	return t
}

var tables = map[string]formula.Table{
	"answers": table("answers", `id:string,asked_on:date,due_on:date,given_on:date,district:string,lang:string,late:boolean
		1,2026-01-10,2026-01-20,2026-01-15,north,kk,false
		2,2026-01-11,2026-01-20,2026-01-25,north,ru,true
		3,2026-02-01,2026-02-10,2026-02-10,south,kk,false
		4,2026-04-01,2026-04-10,,south,kk,
		5,2026-04-02,2026-04-12,2026-04-05,,ru,false
		6,2025-12-31,2026-01-05,2026-01-04,north,kk,false`),
	"gifts": table("gifts", `donor:string,amount:integer,rate:number,at:datetime,district:string
		a,100,0.5,2026-01-31T18:59:59Z,north
		a,200,1.25,2026-01-31T19:00:00Z,north
		b,300,-0.000001,2026-02-15T00:00:00Z,south
		c,,,2026-02-15T00:00:00Z,south`),
	"events": table("events", `languages:string,since:string
		kk;ru,1998
		ru,1998-05
		,2001-02-03
		kkk,`),
	"people": table("people", `district:string,residents:integer
		north,2000
		south,500`),
}

func open(name string) (formula.Table, error) {
	t, there := tables[name]
	if !there {
		return t, &formula.Error{Code: formula.NoTable, What: name}
	}
	return t, nil
}

func compute(t *testing.T, text string) []formula.Value {
	t.Helper()
	f, err := formula.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	values, err := formula.Evaluate([]*formula.Formula{f}, open, astana)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return values[0]
}

func write(values []formula.Value) string {
	var out []string
	for _, v := range values {
		number := "none"
		if v.Number != nil {
			number = v.Number.RatString()
		}
		if v.Of > 0 {
			number += fmt.Sprintf(" (%d of %d)", v.Part, v.Of)
		}
		out = append(out, strings.Join(strings.Fields(v.Period+" "+v.District+" "+number), " "))
	}
	return strings.Join(out, "; ")
}

// Counted by hand in the tables above.
func TestValues(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`count(answers)`, "6"},
		{`count(answers placed district)`, "6; north 3; south 2"},
		{`count(answers dated asked_on placed district) by year`, "2025 1; 2025 north 1; 2026 5; 2026 north 2; 2026 south 2"},
		{`count(answers dated asked_on) by month, quarter`, "2025-12 1; 2025-Q4 1; 2026-01 2; 2026-02 1; 2026-04 2; 2026-Q1 3; 2026-Q2 2"},
		{`count(answers where given_on is empty)`, "1"},
		{`count(answers where given_on is not empty and lang = "ru")`, "2"},
		{`count(answers where lang in ("ru", "en") or district = "south")`, "4"},
		{`count(answers where not (lang = "ru" or district = "south"))`, "2"},
		{`count(answers where not lang = "ru" and district = "south")`, "2"},
		{`count(answers where asked_on >= "2026-02-01" and asked_on < "2026-04-02")`, "2"},
		{`count(answers where given_on > due_on)`, "1"}, // the fourth is not given: it is not compared
		{`count(answers where late = "false")`, "4"},
		{`count(answers where late != "false")`, "1"}, // what is not known is not unequal
		{`count(answers where days(asked_on, given_on) <= 5)`, "3"},
		{`share(given_on <= due_on of answers)`, "2/3 (4 of 6)"},
		{`share(given_on <= due_on of answers placed district where due_on < "2026-04-01")`, "3/4 (3 of 4); north 2/3 (2 of 3); south 1 (1 of 1)"},
		{`share(late = "true" of answers where lang = "en")`, "none"},
		{`median(days(asked_on, given_on) of answers)`, "5"}, // 5, 14, 9, 3, 4
		{`median(days(asked_on, given_on) of answers where district = "north")`, "5"},
		{`median(days(asked_on, given_on) of answers where district is not empty)`, "7"}, // 4, 5, 9, 14
		{`distinct(donor of gifts)`, "3"},
		{`distinct(donor of gifts placed district)`, "3; north 1; south 2"},
		{`sum(amount of gifts)`, "600"},
		{`sum(rate of gifts)`, "1749999/1000000"},
		{`sum(amount of gifts dated at) by month`, "2026-01 100; 2026-02 500"}, // midnight of the city, not of Greenwich
		{`concentration(amount by donor of gifts)`, "1/2"},                     // (1/2)² + (1/2)²
		{`concentration(amount by donor of gifts where amount > 1000)`, "none"},
		{`ratio(count(answers placed district), sum(residents of people placed district))`, "3/1250; north 3/2000; south 1/250"},
		{`ratio(count(answers dated asked_on), sum(residents of people)) by year`, "2025 1/2500; 2026 1/500"},
		{`ratio(count(answers), sum(residents of people where residents > 5000))`, "none"},
		{`count(answers placed district) + count(gifts)`, "10"}, // gifts are not placed, so nothing is told by district
		{`count(answers dated asked_on) + count(gifts dated at) by year`, "2025 1; 2026 9"},
		{`count(answers where lang = "en")`, "0"},
		{`count(events where languages has "kk")`, "1"},
		{`count(events dated since) by year`, "1998 2; 2001 1"},
	} {
		if got := write(compute(t, c.text)); got != c.want {
			t.Errorf("%s\n is %s\nwant %s", c.text, got, c.want)
		}
	}
}

// A sum beyond 64 bits is exact.
func TestSumsDoNotOverflow(t *testing.T) {
	const most = 1<<63 - 1
	large := formula.Table{Columns: []formula.Column{{Name: "n", Type: formula.Integer}}, Rows: func(yield func([]string) error) error {
		for _, n := range []string{fmt.Sprint(most), fmt.Sprint(most), fmt.Sprint(most), "-5"} {
			if err := yield([]string{n}); err != nil {
				return err
			}
		}
		return nil
	}}
	f, err := formula.Parse("sum(n of large)")
	if err != nil {
		t.Fatal(err)
	}
	got, err := formula.Evaluate([]*formula.Formula{f}, func(string) (formula.Table, error) { return large, nil }, time.UTC)
	want := new(big.Int).Sub(new(big.Int).Mul(big.NewInt(most), big.NewInt(3)), big.NewInt(5))
	if err != nil || got[0][0].Number.RatString() != want.String() {
		t.Errorf("%v (%v), want %v", got, err, want)
	}
}

// Each fault is told with its place.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		text string
		code formula.Code
		at   int
		what string
	}{
		{``, formula.Expected, 0, "count, distinct, sum, median, share, concentration, ratio"},
		{`drop(answers)`, formula.Expected, 0, "count, distinct, sum, median, share, concentration, ratio"},
		{`count answers`, formula.Expected, 6, "("},
		{`count(answers`, formula.Expected, 13, ")"},
		{`count(where)`, formula.Expected, 6, "a name"},
		{`count(answers) x`, formula.Trailing, 15, "x"},
		{`count(answers); x`, formula.BadLetter, 14, ";"},
		{`count(жауап)`, formula.BadLetter, 6, "ж"},
		{`count(answers where lang = "kk)`, formula.OpenText, 27, ""},
		{`count(answers where lang like "kk")`, formula.Expected, 25, "=, !=, <, <=, >, >=, in, has, is"},
		{`count(answers where lang in ())`, formula.Expected, 29, "a text"},
		{`count(answers dated asked_on) by week`, formula.Expected, 33, "month, quarter, year"},
		{`count(answers dated asked_on) by year, year`, formula.Expected, 39, "month, quarter, year"},
		{`count(answers) by year`, formula.NoPeriod, 22, ""},
		{`sum(5 of answers)`, formula.Expected, 0, "a name"},
		{`count(answers dated asked_on dated due_on)`, formula.Expected, 29, ")"},
		{strings.Repeat("ratio(", 30), formula.TooDeep, 6 * formula.MostDepth, ""},
		{strings.Repeat("count(answers)+", formula.MostTerms) + "count(answers)", formula.TooMany, 15 * formula.MostTerms, ""},
		{strings.Repeat(" ", formula.MostText+1), formula.TooLong, formula.MostText, ""},
		{`count(nothing)`, formula.NoTable, 0, "nothing"},
		{`count(answers where colour = "red")`, formula.NoColumn, 20, "answers.colour"},
		{`count(answers dated lang) by month`, formula.NotADate, 20, "lang"},
		{`count(answers where lang has 5)`, formula.Expected, 29, "a text"},
		{`sum(lang of answers)`, formula.NotANumber, 4, "lang"},
		{`count(answers where asked_on > 5)`, formula.Incomparable, 29, ">"},
		{`count(answers where asked_on > "soon")`, formula.NotADate, 31, "soon"},
		{`count(answers where lang = 5)`, formula.Incomparable, 25, "="},
		{`count(answers where days(asked_on, given_on) > "5")`, formula.Incomparable, 45, ">"},
	} {
		f, err := formula.Parse(c.text)
		if err == nil {
			_, err = formula.Evaluate([]*formula.Formula{f}, open, astana)
		}
		var wrong *formula.Error
		if !errors.As(err, &wrong) || wrong.Code != c.code || wrong.At != c.at || wrong.What != c.what {
			t.Errorf("%.60s: %v, want %s at %d: %q", c.text, err, c.code, c.at, c.what)
		}
	}
}

// A cell that is not of its column's type is told with its row, and never counted.
func TestBadCells(t *testing.T) {
	for _, c := range []struct{ typ, cell, formula string }{
		{"integer", "1.5", "sum(x of t)"}, {"integer", "x", "sum(x of t)"}, {"integer", "+5", "sum(x of t)"}, {"integer", "99999999999999999999", "sum(x of t)"},
		{"number", "1.1234567", "sum(x of t)"}, {"number", "NaN", "sum(x of t)"}, {"number", "1e3", "sum(x of t)"}, {"number", "1.-5", "sum(x of t)"},
		{"date", "2026-02-30", "count(t dated x) by year"}, {"date", "29.11.2026", "count(t where x > \"2026-01-01\")"},
		{"string", "in 1998", "count(t dated x) by year"},
		{"datetime", "2026-11-29", "count(t dated x) by year"},
	} {
		broken := table("t", "x:"+c.typ+"\n\n"+c.cell)
		f, err := formula.Parse(c.formula)
		if err != nil {
			t.Fatal(err)
		}
		_, err = formula.Evaluate([]*formula.Formula{f}, func(string) (formula.Table, error) { return broken, nil }, astana)
		var wrong *formula.Error
		if !errors.As(err, &wrong) || wrong.Code != formula.BadCell || wrong.Row != 2 || !strings.Contains(wrong.What, c.cell) {
			t.Errorf("%s %q: %v", c.typ, c.cell, err)
		}
	}
}

// Tables and columns that a formula reads are known before it runs.
func TestWhatIsRead(t *testing.T) {
	f, err := formula.Parse(`ratio(count(a dated d placed p where x = "1" and not y is empty), concentration(v by w of b where days(m, n) > 3)) by year`)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(f.Tables(), f.Columns("a"), f.Columns("b"), f.Estimates()); got != "[a b] [d p x y] [w v m n] false" {
		t.Error(got)
	}
	if f, err := formula.Parse(`share(x = "1" of a)`); err != nil || !f.Estimates() {
		t.Error(f, err)
	}
}

// More groups than can be held are refused.
func TestGroupsAreBounded(t *testing.T) {
	many := formula.Table{Name: "t", Columns: []formula.Column{{Name: "p", Type: formula.String}}, Rows: func(yield func([]string) error) error {
		for i := range formula.MostGroups + 1 {
			if err := yield([]string{fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	}}
	f, _ := formula.Parse("count(t placed p)")
	_, err := formula.Evaluate([]*formula.Formula{f}, func(string) (formula.Table, error) { return many, nil }, astana)
	if wrong := (*formula.Error)(nil); !errors.As(err, &wrong) || wrong.Code != formula.TooLarge {
		t.Error(err)
	}
}

// No text makes the parser stop the program, and what is read twice is the same.
func FuzzParse(f *testing.F) {
	f.Add(`share(given_on <= due_on of answers dated due_on placed district where lang != "en") by month, year`)
	f.Add(`ratio(sum(amount of gifts), count(people where residents in ("1", 2))) + median(days(a, b) of c)`)
	f.Add(`concentration(amount by donor of gifts where not (a is empty or b = 5))`)
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := formula.Parse(text)
		if wrong := (*formula.Error)(nil); err != nil && (!errors.As(err, &wrong) || wrong.At < 0 || wrong.At > len(text)) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil {
			return
		}
		if again, err := formula.Parse(parsed.Text); err != nil || fmt.Sprint(again.Tables()) != fmt.Sprint(parsed.Tables()) {
			t.Fatalf("%q: %v", text, err)
		}
		_, err = formula.Evaluate([]*formula.Formula{parsed}, open, astana)
		if wrong := (*formula.Error)(nil); err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// A million rows, by eight formulas at once.
func BenchmarkMillionRows(b *testing.B) {
	const rows = 1_000_000
	large := formula.Table{Name: "answers", Columns: tables["answers"].Columns, Rows: func(yield func([]string) error) error {
		cells := make([]string, 7)
		days := make([]string, 700)
		for i := range days {
			days[i] = time.Date(2025, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		}
		districts := []string{"north", "south", "east", "west", ""}
		for i := range rows {
			day := i % 650
			cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6] = fmt.Sprint(i), days[day], days[day+15], days[day+i%40], districts[i%5], []string{"kk", "ru"}[i%2], "false"
			if err := yield(cells); err != nil {
				return err
			}
		}
		return nil
	}}
	var all []*formula.Formula
	for _, text := range []string{
		`count(answers dated asked_on placed district) by month, year`, `share(given_on <= due_on of answers dated due_on placed district) by month, year`,
		`median(days(asked_on, given_on) of answers dated asked_on placed district) by quarter`, `share(lang = "kk" of answers dated asked_on) by month`,
		`distinct(district of answers dated asked_on) by month`, `count(answers where late = "true")`,
		`share(days(asked_on, given_on) > 15 of answers dated asked_on) by month`, `count(answers placed district where given_on > due_on and not lang = "en")`,
	} {
		f, err := formula.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, f)
	}
	for b.Loop() {
		if _, err := formula.Evaluate(all, func(string) (formula.Table, error) { return large, nil }, astana); err != nil {
			b.Fatal(err)
		}
	}
}
