package surveys

import (
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/questions"
)

func both(s string) civic.Text { return civic.Text{civic.Kazakh: s, civic.Russian: s} }

func choices(keys ...string) (out []questions.Option) {
	for _, k := range keys {
		out = append(out, questions.Option{Key: k, Label: both(k)})
	}
	return out
}

var asksAll = questions.Form{
	{Key: "sex", Sort: questions.One, Label: both("Sex"), Options: choices("f", "m")},
	{Key: "bus", Sort: questions.YesNo, Label: both("Bus"), Required: true},
	{Key: "ways", Sort: questions.Several, Label: both("Ways"), Options: choices("foot", "bike", "car")},
	{Key: "mark", Sort: questions.Scale, Label: both("Mark"), Least: 1, Most: 5},
	{Key: "first", Sort: questions.Rank, Label: both("First"), Options: choices("light", "trees", "benches")},
	{Key: "grid", Sort: questions.Grid, Label: both("Grid"), Options: choices("bad", "good"), Rows: choices("roads", "parks")},
	{Key: "age", Sort: questions.Whole, Label: both("Age")},
	{Key: "why", Sort: questions.Words, Label: both("Why"), When: []questions.Condition{{Question: "bus", Is: []string{questions.No}}}},
}

// rows repeats answers: n times each.
func rows(source Source, n []int, all ...questions.Answers) (out []Row) {
	for i, a := range all {
		for range n[i] {
			out = append(out, Row{source, a})
		}
	}
	return out
}

func seq(all []Row) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func figure(t *testing.T, all []Figure, source Source, question, row string) Figure {
	t.Helper()
	i := slices.IndexFunc(all, func(f Figure) bool { return f.Source == source && f.Question == question && f.Row == row })
	if i < 0 {
		t.Fatalf("no figure of %s %s %s", source, question, row)
	}
	return all[i]
}

func people(f Figure) (out []int64) {
	for _, l := range f.Lines {
		out = append(out, l.People)
	}
	return out
}

// Every sort of question, by hand: 30 women and 10 men by letter in a city of as many women as men; 100 who wanted to say no.
func TestFiguresByHand(t *testing.T) {
	all := slices.Concat(
		rows(Sample, []int{24, 6, 2, 8},
			questions.Answers{"sex": {"f"}, "bus": {"yes"}, "ways": {"foot", "bike"}, "mark": {"5"}, "first": {"trees", "light"}, "grid": {"roads=bad", "parks=good"}, "age": {"40"}},
			questions.Answers{"sex": {"f"}, "bus": {"no"}, "why": {"Далеко"}, "mark": {"1"}},
			questions.Answers{"sex": {"m"}, "bus": {"yes"}, "ways": {"car"}},
			questions.Answers{"sex": {"m"}, "bus": {"no"}, "grid": {"roads=good"}}),
		rows(Free, []int{100}, questions.Answers{"bus": {"no"}}))
	margins := Margins{Source: both("Census"), Of: map[string][]Category{"sex": {{"f", 500_000}, {"m", 500_000}}}}
	totals, found, err := tabulate(asksAll, []string{"sex"}, margins, 5, seq(all))
	if err != nil {
		t.Fatal(err)
	}
	if totals.People[Sample] != 40 || totals.People[Free] != 100 {
		t.Errorf("people: %v", totals.People)
	}
	// Each woman weighs 0.5/0.75 = 2/3, each man 0.5/0.25 = 2: deff = 40·(30·4/9 + 10·4)/40² = 1.333, as good as 30.
	if w := totals.Weights; w == nil || w.Failed != "" || w.Least != 667 || w.Greatest != 2000 || w.Effect != 1333 || w.EffectivelyN != 30 {
		t.Errorf("weights: %+v", totals.Weights)
	}
	bus := figure(t, found, Sample, "bus", "")
	if !slices.Equal(people(bus), []int64{26, 14}) || bus.Lines[0].Share != 6500 {
		t.Errorf("bus: %+v", bus)
	}
	// Weighted yes: (24·2/3 + 2·2)/40 = 20/40.
	if w := bus.Lines[0].Weighted; w == nil || *w != 5000 {
		t.Errorf("weighted: %+v", bus.Lines[0])
	}
	// Wilson of 1/2 among 30: 0.3315 to 0.6685 (Newcombe's method 3 for 15 of 30).
	if l := bus.Lines[0]; *l.Low != 3315 || *l.High != 6685 {
		t.Errorf("interval: %d %d", *l.Low, *l.High)
	}
	// The sample is not touched by the hundred: their no is a figure of its own, without weights and intervals.
	free := figure(t, found, Free, "bus", "")
	if !slices.Equal(people(free), []int64{0, 100}) || free.Lines[1].Weighted != nil || free.Lines[1].Low != nil {
		t.Errorf("open answers: %+v", free)
	}
	if f := figure(t, found, Sample, "ways", ""); !slices.Equal(people(f), []int64{24, 24, 2}) || f.People != 26 || f.Lines[0].Share != 9231 {
		t.Errorf("several: %+v", f)
	}
	if f := figure(t, found, Sample, "mark", ""); !slices.Equal(people(f), []int64{6, 0, 0, 0, 24}) || *f.Middle != 5 || *f.Mean != 4200 {
		t.Errorf("scale: %+v", f)
	}
	if f := figure(t, found, Sample, "first", ""); !slices.Equal(people(f), []int64{0, 24, 0}) {
		t.Errorf("first places: %+v", f)
	}
	if f := figure(t, found, Sample, "grid", "roads"); !slices.Equal(people(f), []int64{24, 8}) {
		t.Errorf("a row of a grid: %+v", f)
	}
	if f := figure(t, found, Sample, "grid", "parks"); !slices.Equal(people(f), []int64{0, 24}) || f.People != 24 {
		t.Errorf("the other row: %+v", f)
	}
	if f := figure(t, found, Sample, "age", ""); *f.Middle != 40 || len(f.Lines) != 0 {
		t.Errorf("a number: %+v", f)
	}
	if f := figure(t, found, Sample, "why", ""); f.Asked != 14 || f.People != 6 || len(f.Lines) != 0 {
		t.Errorf("what is asked of some: %+v", f)
	}
	if f := figure(t, found, Free, "sex", ""); !f.Few || f.People != Hidden {
		t.Errorf("nobody said it: %+v", f)
	}
	// Of the men 2 said yes: hidden, and with the sums known so are all four cells.
	for _, row := range bus.By[0].Cells {
		for _, c := range row {
			if c.People != Hidden || c.Weighted != nil {
				t.Errorf("by sex: %+v", bus.By[0].Cells)
			}
		}
	}
}

// What cannot be weighted says why, and stays unweighted.
func TestMarginsThatDoNotFit(t *testing.T) {
	all := rows(Sample, []int{20}, questions.Answers{"sex": {"f"}, "bus": {"yes"}})
	margins := Margins{Of: map[string][]Category{"sex": {{"f", 1}, {"m", 1}}}}
	totals, found, err := tabulate(asksAll, []string{"sex"}, margins, 5, seq(all))
	if err != nil || totals.Weights.Failed != "empty" || totals.Weights.Question != "sex" || totals.Weights.Choice != "m" {
		t.Errorf("%+v, %v", totals.Weights, err)
	}
	if f := figure(t, found, Sample, "bus", ""); f.Lines[0].Weighted != nil || f.Lines[0].Low == nil {
		t.Errorf("%+v", f)
	}
}

func TestPack(t *testing.T) {
	for _, a := range []questions.Answers{{}, {"bus": {"yes"}}, {"ways": {"foot", "car"}, "why": {"=;\n\"A1\"\t| <script>"}}} {
		if got := unpack(pack(asksAll, a)); !reflect.DeepEqual(got, a) {
			t.Errorf("%v became %v", a, got)
		}
	}
	// No cleaned text can break the packing.
	if cleaned := civic.CleanText("a" + betweenAnswers + "bus" + betweenValues + "no"); strings.ContainsAny(cleaned, betweenAnswers+betweenValues) {
		t.Errorf("%q", cleaned)
	}
}

// What somebody wrote down of a booklet is read in one way, whatever its spaces and order.
func TestBooklet(t *testing.T) {
	of := Survey{ID: "x", Audience: Anyone}
	for _, c := range []struct{ typed, canonical, problem string }{
		{"2: 1\n 3 : 3,1\n5: 2, 1\n6: B2, A1\n7: 41\n0: abcd-efgh\n", "0: ABCDEFGH\n2: 1\n3: 1, 3\n5: 2, 1\n6: A1, B2\n7: 41", ""},
		{"2: 2\n8: Тым алыс:  келмейді", "2: 2\n8: Тым алыс: келмейді", ""},
		{"4: 3", "4: 3", ""},
		{"2: 3", "", "surveys.paper_line"},
		{"9: 1", "", "surveys.paper_line"},
		{"2 1", "", "surveys.paper_line"},
		{"2: 1\n2: 2", "", "surveys.paper_line"},
		{"6: C1", "", "surveys.paper_line"},
		{"6: 1", "", "surveys.paper_line"},
		{"2: 1, 2", "", "questions.one_only"},
		{"5: 1, 1", "", "questions.not_offered"},
		{"", "", "surveys.paper_empty"},
		{"0: abcd", "", "surveys.paper_empty"},
	} {
		canonical, _, said, err := bookletOf(of, asksAll, c.typed)
		key := ""
		if err != nil {
			key = err.(*civic.Error).Fields[0].Message.Key
		}
		if canonical != c.canonical || key != c.problem {
			t.Errorf("%q: %q, %q", c.typed, canonical, key)
		}
		if again, _, twice, _ := bookletOf(of, asksAll, canonical); err == nil && (again != canonical || !reflect.DeepEqual(said, twice)) {
			t.Errorf("%q is read as %q", canonical, again)
		}
	}
	of.Audience = Verified
	if _, _, _, err := bookletOf(of, asksAll, "2: 1"); err == nil {
		t.Error("a sheet of nobody counts where one person has one answer")
	}
}

// Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section B: two observers, nominal data, α = 0.692.
func TestThemesAgree(t *testing.T) {
	first, second := "aabbdcccedda", "babbbccceddd"
	count := map[[2]byte]int64{}
	for i := range first {
		count[[2]byte{first[i], second[i]}]++
	}
	var pairs []pair
	for p, n := range count {
		pairs = append(pairs, pair{Free, int64(p[0]-'a') + 1, int64(p[1]-'a') + 1, n})
	}
	labels := []civic.Text{both("a"), both("b"), both("c"), both("d"), both("e")}
	found, err := themesFrom(labels, pairs)
	if err != nil || found.Alpha != "0.692" || found.Both != 12 || found.Firm() || !slices.Equal(found.Counted[Free], []int64{1, 2, 3, 2, 1}) || found.Apart[Free] != 3 {
		t.Errorf("%+v, %v", found, err)
	}
}

// The sum of all is told beside them: a theme of two is hidden, and a second one with it.
func TestThemesOfFewAreHidden(t *testing.T) {
	labels := []civic.Text{both("a"), both("b"), both("c")}
	found, err := themesFrom(labels, []pair{{Free, 1, 1, 20}, {Free, 2, 2, 2}, {Free, 3, 3, 9}, {Free, 1, 2, 7}})
	if err != nil {
		t.Fatal(err)
	}
	found = found.hide(Free, 5)
	hidden := 0
	for _, n := range append(slices.Clone(found.Counted[Free]), found.Apart[Free]) {
		if n == Hidden {
			hidden++
		}
	}
	if found.Counted[Free][1] != Hidden || found.Counted[Free][0] != 20 || hidden != 2 {
		t.Errorf("%+v", found)
	}
	if few, err := themesFrom(labels, []pair{{Free, 1, 1, 4}}); err != nil || few.hide(Free, 5) != nil {
		t.Error("four are told")
	}
}

func TestTrendOfOneQuestion(t *testing.T) {
	share := func(yes, no int64) *Figure {
		return &Figure{Lines: []Line{{Choice: "yes", Share: yes}, {Choice: "no", Share: no}}}
	}
	weighted := int64(700)
	now := share(600, 400)
	now.Lines[0].Weighted = &weighted
	got := trendOf([]*Figure{share(100, 900), nil, now}, []string{"yes", "no"})
	if *got[0].Points[0] != 100 || got[0].Points[1] != nil || *got[0].Points[2] != 700 || *got[1].Points[2] != 400 {
		t.Errorf("%+v", got)
	}
}
