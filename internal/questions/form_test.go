package questions

import (
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

func both(s string) civic.Text { return civic.Text{civic.Kazakh: s, civic.Russian: s} }

func options(keys ...string) (out []Option) {
	for _, k := range keys {
		out = append(out, Option{k, both(k)})
	}
	return out
}

// grant is a form with everything.
func grant() Form {
	return Form{
		{Key: "title", Sort: Line, Label: both("Title"), Required: true, Max: 20},
		{Key: "mission", Sort: Words, Label: both("Mission"), Known: "pool.mission"},
		{Key: "people", Sort: Whole, Label: both("People"), Required: true, Least: 1, Most: 500},
		{Key: "asked", Sort: Money, Label: both("Asked"), Least: 100_00, Most: 5_000_000_00},
		{Key: "starts", Sort: Day, Label: both("Starts")},
		{Key: "partner", Sort: YesNo, Label: both("Partner"), Required: true},
		{Key: "partner_name", Sort: Line, Label: both("Whose"), Required: true, When: []Condition{{"partner", []string{Yes}}}},
		{Key: "form", Sort: One, Label: both("Form"), Options: options("course", "camp", "other")},
		{Key: "nights", Sort: Whole, Label: both("Nights"), Required: true, When: []Condition{{"form", []string{"camp", "other"}}, {"partner", []string{Yes}}}},
		{Key: "themes", Sort: Several, Label: both("Themes"), Options: options("youth", "ecology", "health"), Max: 2},
		{Key: "green", Sort: Words, Label: both("Green"), Required: true, When: []Condition{{"themes", []string{"ecology"}}}},
	}
}

func TestAFormIsChecked(t *testing.T) {
	if err := grant().Check().Err(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(f Form)
		want  string // the field
	}{
		"a key twice":            {func(f Form) { f[1].Key = "title" }, "question.2"},
		"a key with a space":     {func(f Form) { f[0].Key = "my title" }, "question.1"},
		"no Kazakh":              {func(f Form) { f[0].Label = civic.Text{civic.Russian: "R"} }, "title.label.kk"},
		"half a hint":            {func(f Form) { f[0].Hint = civic.Text{civic.Kazakh: "K"} }, "title.hint.ru"},
		"a long label":           {func(f Form) { f[0].Label = both(strings.Repeat("ұ", 501)) }, "title.label.kk"},
		"most below least":       {func(f Form) { f[2].Most = 0; f[2].Least = -1 }, "people.most"},
		"a number beyond all":    {func(f Form) { f[3].Most = 1 << 60 }, "asked.most"},
		"a text beyond all":      {func(f Form) { f[0].Max = 20_001 }, "title.max"},
		"one option":             {func(f Form) { f[7].Options = options("camp") }, "form.options"},
		"an option twice":        {func(f Form) { f[7].Options = options("camp", "other", "camp") }, "form.options"},
		"more than there are":    {func(f Form) { f[9].Max = 4 }, "themes.options"},
		"a later question":       {func(f Form) { f[0].When = []Condition{{"partner", []string{Yes}}} }, "title.when"},
		"an option that is none": {func(f Form) { f[8].When[0].Is = []string{"camp", "sea"} }, "nights.when"},
		"a condition of nothing": {func(f Form) { f[8].When[0].Is = nil }, "nights.when"},
		"of a text":              {func(f Form) { f[8].When[0] = Condition{"title", []string{"x"}} }, "nights.when"},
		"an unknown sort":        {func(f Form) { f[4].Sort = "colour" }, "starts.sort"},
	} {
		f := grant()
		c.spoil(f)
		if problems := f.Check(); !slices.ContainsFunc(problems, func(e civic.FieldError) bool { return e.Field == c.want }) {
			t.Errorf("%s: %+v", name, problems)
		}
	}
	if (Form{}).Check() == nil || make(Form, MostQuestions+1).Check() == nil {
		t.Error("a form of none or too many was taken")
	}
}

func TestAnAnswerIsRead(t *testing.T) {
	f := grant()
	for _, c := range []struct {
		key   string
		typed []string
		want  string // what is kept, or the text that says what is wrong after "!"
	}{
		{"title", []string{"  Жас \u202e толқын\n "}, "Жас толқын"}, {"title", []string{"\u200b"}, ""}, {"title", []string{"a", "b"}, "!questions.one_only"},
		{"title", []string{strings.Repeat("ұ", 20)}, strings.Repeat("ұ", 20)}, {"title", []string{strings.Repeat("ұ", 21)}, "!web.too_long"},
		{"mission", []string{"a\r\nb"}, "a\nb"},
		{"people", []string{"1 00"}, "100"}, {"people", []string{"500"}, "500"}, {"people", []string{"501"}, "!questions.too_large"}, {"people", []string{"0"}, "!questions.too_small"},
		{"people", []string{"1,5"}, "!questions.no_number"}, {"people", []string{"many"}, "!questions.no_number"}, {"people", []string{"-1"}, "!questions.no_number"},
		{"asked", []string{"1 250 000,5 ₸"}, "1250000.50"}, {"asked", []string{"5000000.01"}, "!questions.too_large"}, {"asked", []string{"99.99"}, "!questions.too_small"},
		{"starts", []string{"2028-02-29"}, "2028-02-29"}, {"starts", []string{"2027-02-29"}, "!questions.no_date"}, {"starts", []string{"01.03.2027"}, "!questions.no_date"},
		{"partner", []string{"yes"}, "yes"}, {"partner", []string{"maybe"}, "!questions.not_offered"}, {"form", []string{"sea"}, "!questions.not_offered"},
		{"themes", []string{"health", "youth"}, "youth health"}, {"themes", []string{"youth", "sea"}, "!questions.not_offered"},
		{"themes", []string{"youth", "ecology", "health"}, "!questions.too_many_chosen"}, {"themes", nil, ""},
	} {
		q, _ := f.find(c.key)
		said, wrong := q.Read(c.typed)
		got := strings.Join(said, " ")
		if wrong != nil {
			got = "!" + wrong.Key
		}
		if got != c.want {
			t.Errorf("%s %q: %q, want %q", c.key, c.typed, got, c.want)
		}
	}
}

func keysOf(f Form) string {
	var out []string
	for _, q := range f {
		out = append(out, q.Key)
	}
	return strings.Join(out, " ")
}

// A question is asked only when its conditions hold; a condition on a question that is not asked does not, though it was answered before.
func TestWhatIsAskedAndMissing(t *testing.T) {
	f := grant()
	for _, c := range []struct {
		a             Answers
		asked, misses string
	}{
		{Answers{}, "title mission people asked starts partner form themes", "title people partner"},
		{Answers{"title": {"T"}, "people": {"7"}, "partner": {Yes}, "form": {"camp"}}, "title mission people asked starts partner partner_name form nights themes", "partner_name nights"},
		{Answers{"title": {"T"}, "people": {"7"}, "partner": {No}, "form": {"camp"}, "nights": {"2"}, "partner_name": {"P"}}, "title mission people asked starts partner form themes", ""},
		{Answers{"title": {"T"}, "people": {"7"}, "partner": {No}, "themes": {"youth", "ecology"}}, "title mission people asked starts partner form themes green", "green"},
	} {
		if got := keysOf(f.Asked(c.a)); got != c.asked {
			t.Errorf("%v asks %s", c.a, got)
		}
		if got := keysOf(f.Missing(c.a)); got != c.misses {
			t.Errorf("%v misses %s", c.a, got)
		}
		if counted := f.Counted(c.a); len(counted["nights"]) > 0 {
			t.Errorf("an answer to what is not asked was handed in: %v", counted)
		}
	}
	if got := f.depending([]string{"partner"}); !slices.Equal(got, []string{"partner", "partner_name", "nights"}) {
		t.Errorf("on the partner depend %v", got)
	}
	chain := Form{f[5], {Key: "b", Sort: YesNo, When: []Condition{{"partner", []string{Yes}}}}, {Key: "c", Sort: YesNo, When: []Condition{{"b", []string{Yes}}}}}
	if got := keysOf(chain.Asked(Answers{"partner": {No}, "b": {Yes}})); got != "partner" {
		t.Errorf("asked %s", got)
	}
}

// What is kept is read again as the same, and within its bounds.
func FuzzAnswer(f *testing.F) {
	for i := range grant() {
		f.Add(i, "yes")
		f.Add(i, "1 000,50 ₸")
		f.Add(i, "\u202e\xff\u200b 2026-03-01")
	}
	f.Fuzz(func(t *testing.T, i int, typed string) {
		form := grant()
		if i < 0 || i >= len(form) {
			return
		}
		said, wrong := form[i].Read([]string{typed})
		if wrong != nil || said == nil {
			return
		}
		if again, wrong := form[i].Read(said); wrong != nil || !slices.Equal(again, said) {
			t.Errorf("%s: %q was kept as %q, and read again as %q %v", form[i].Key, typed, said, again, wrong)
		}
	})
}

// Scales, rankings and grids: what is typed, what is kept, what is refused.
func TestWhatSurveysAsk(t *testing.T) {
	scale := Question{Key: "s", Sort: Scale, Label: both("S"), Least: 0, Most: 10, Options: options("bad", "good")}
	rank := Question{Key: "r", Sort: Rank, Label: both("R"), Options: options("a", "b", "c"), Max: 2}
	grid := Question{Key: "g", Sort: Grid, Label: both("G"), Required: true, Options: options("no", "yes"), Rows: options("bus", "tram")}
	form := Form{scale, rank, grid}
	if err := form.Check().Err(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q           Question
		typed, kept []string
		problem     string
	}{
		{scale, []string{"0"}, []string{"0"}, ""},
		{scale, []string{"10"}, []string{"10"}, ""},
		{scale, []string{"11"}, nil, "questions.not_offered"},
		{scale, []string{"3", "4"}, nil, "questions.one_only"},
		{rank, []string{"b=1", "a=2"}, []string{"b", "a"}, ""},
		{rank, []string{"c=1"}, []string{"c"}, ""},
		{rank, nil, nil, ""},
		{rank, []string{"a=1", "b=1"}, nil, "questions.place_twice"},
		{rank, []string{"a=2"}, nil, "questions.place_missing"},
		{rank, []string{"a=3"}, nil, "questions.bad_place"},
		{rank, []string{"a=1", "a=2"}, nil, "questions.not_offered"},
		{rank, []string{"z=1"}, nil, "questions.not_offered"},
		{grid, []string{"tram=yes", "bus=no"}, []string{"bus=no", "tram=yes"}, ""},
		{grid, []string{"bus=maybe"}, nil, "questions.not_offered"},
		{grid, []string{"plane=yes"}, nil, "questions.not_offered"},
		{grid, []string{"bus"}, nil, "questions.not_offered"},
	} {
		kept, problem := c.q.Read(c.typed)
		if said := problem; (said == nil) != (c.problem == "") || said != nil && said.Key != c.problem || !slices.Equal(kept, c.kept) {
			t.Errorf("%s %q: %q %v", c.q.Key, c.typed, kept, problem)
		}
	}
	if missing := form.Missing(Answers{"g": {"bus=no"}}); len(missing) != 1 {
		t.Errorf("a grid that lacks a row is not answered: %v", missing)
	}
	if missing := form.Missing(Answers{"g": {"bus=no", "tram=no"}}); len(missing) != 0 {
		t.Errorf("%v", missing)
	}
	for name, change := range map[string]func(Form){
		"too many points":          func(f Form) { f[0].Most = 11 },
		"downwards":                func(f Form) { f[0].Least = 10 },
		"one end":                  func(f Form) { f[0].Options = f[0].Options[:1] },
		"no rows":                  func(f Form) { f[2].Rows = nil },
		"a row twice":              func(f Form) { f[2].Rows = options("bus", "bus") },
		"a condition on a ranking": func(f Form) { f[2].When = []Condition{{"r", []string{"a"}}} },
	} {
		f := slices.Clone(form)
		if change(f); f.Check().Err() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	after := Form{scale, {Key: "why", Sort: Words, Label: both("Why"), When: []Condition{{"s", []string{"0", "1", "2"}}}}}
	if err := after.Check().Err(); err != nil || len(after.Asked(Answers{"s": {"2"}})) != 2 || len(after.Asked(Answers{"s": {"3"}})) != 1 {
		t.Errorf("a condition on points of a scale: %v", err)
	}
}
