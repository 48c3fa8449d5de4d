package report

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

func load(t testing.TB, lang string) *Texts {
	t.Helper()
	texts, err := LoadTexts(lang)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func placeholders(s string) []string {
	list := placeholder.FindAllString(s, -1)
	slices.Sort(list)
	return slices.Compact(list)
}

// Every key exists in every language with the same placeholders and the plural
// forms that the language has.
func TestTextsAreComplete(t *testing.T) {
	forms := map[string][]string{"kk": {"one", "other"}, "ru": {"few", "many", "one", "other"}, "en": {"one", "other"}}
	english := load(t, "en")
	for _, lang := range Languages() {
		texts := load(t, lang)
		for key, want := range english.plain {
			got, ok := texts.plain[key]
			if !ok || strings.TrimSpace(got) == "" {
				t.Errorf("%s: %q is missing", lang, key)
			} else if !slices.Equal(placeholders(got), placeholders(want)) {
				t.Errorf("%s: %q has placeholders %v, English has %v", lang, key, placeholders(got), placeholders(want))
			}
		}
		for key := range texts.plain {
			if _, ok := english.plain[key]; !ok {
				t.Errorf("%s: %q is in no other language", lang, key)
			}
		}
		if len(texts.forms) != len(english.forms) {
			t.Errorf("%s has %d plural texts, English has %d", lang, len(texts.forms), len(english.forms))
		}
		for key := range english.forms {
			var have []string
			for form, text := range texts.forms[key] {
				have = append(have, form)
				if !slices.Equal(placeholders(text), []string{"{n}"}) {
					t.Errorf("%s: %q.%s has placeholders %v", lang, key, form, placeholders(text))
				}
			}
			slices.Sort(have)
			if !slices.Equal(have, forms[lang]) {
				t.Errorf("%s: %q has forms %v, want %v", lang, key, have, forms[lang])
			}
		}
		for _, code := range pabulib.Codes() {
			if _, ok := texts.plain["issue."+string(code)]; !ok {
				t.Errorf("%s: no text for issue %s", lang, code)
			}
		}
		for _, effect := range pabulib.Effects() {
			if _, ok := texts.plain["effect_"+string(effect)]; !ok {
				t.Errorf("%s: no text for effect %s", lang, effect)
			}
		}
	}
}

// All keys that the page and the code name exist.
func TestTextsAreUsed(t *testing.T) {
	english := load(t, "en")
	for _, match := range regexp.MustCompile(`\{\{t "([a-z_-]+)"`).FindAllStringSubmatch(pageSource, -1) {
		if _, ok := english.plain[match[1]]; !ok {
			t.Errorf("the page asks for %q", match[1])
		}
	}
}

func TestPluralsAndNumbers(t *testing.T) {
	ru, kk, en := load(t, "ru"), load(t, "kk"), load(t, "en")
	for n, want := range map[int64]string{1: "1 сторонник.", 2: "2 сторонника.", 5: "5 сторонников.", 11: "11 сторонников.", 21: "21 сторонник.", 12345: "12\u00a0345 сторонников."} {
		if got := ru.N("supporters", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := en.N("supporters", 1); got != "1 supporter." {
		t.Error(got)
	}
	if got := en.N("supporters", 1234); got != "1,234 supporters." {
		t.Error(got)
	}
	e := &tally.Election{Decimals: 2, Currency: "KZT"}
	if got := kk.Money(123456750, e); got != "1\u00a0234\u00a0567,5\u00a0₸" {
		t.Error(got)
	}
	if got := en.Money(123456750, e); got != "1,234,567.5\u00a0₸" {
		t.Error(got)
	}
}

// evil is text that does harm where it is not escaped.
const evil = `</style></td><script>alert(1)</script><img src=x onerror=alert(2)>" onload="x&amp;'{{.}}` + "\x1b[31m\u202e"

func evilReport(t testing.TB) *Report {
	t.Helper()
	e := &tally.Election{Title: evil, Currency: "KZT", Budget: 100, Projects: []tally.Project{
		{ID: evil, Name: evil, Cost: 60}, {ID: "b", Name: "B " + evil, Cost: 60}, {ID: "c", Cost: 30}}}
	for _, ballot := range [][]uint16{{0, 2}, {1}, {0}, {1}, {}} {
		if err := e.Cast(ballot, nil); err != nil {
			t.Fatal(err)
		}
	}
	e.VoterIDs = func(int) string { return evil }
	e.Groupings = []tally.Grouping{{Name: "district", Values: []string{evil, "y"}, Of: []int32{0, 1, 0, 1, 1}}}
	out, err := tally.Count(context.Background(), e, tally.Options{Ties: tally.TieRule{Break: tally.TieByLot, Seed: evil}})
	if err != nil {
		t.Fatal(err)
	}
	x, err := tally.Explain(context.Background(), out)
	if err != nil {
		t.Fatal(err)
	}
	others, err := tally.Compare(context.Background(), e, tally.AllRules(e, out.Options))
	if err != nil {
		t.Fatal(err)
	}
	return &Report{Explanation: x, Others: others, Ballots: []int{0, 4}, Command: evil,
		Issues: []pabulib.Issue{{Code: pabulib.UnknownProject, Line: 3, Column: evil, Value: evil}}}
}

func TestHTMLIsSafeAndWhole(t *testing.T) {
	r := evilReport(t)
	for _, lang := range Languages() {
		var b bytes.Buffer
		if err := r.HTML(&b, load(t, lang)); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		for _, bad := range []string{"<script", "<img", "onload=\"", "⟨", "<no value>", "javascript:", "ZgotmplZ"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page contains %q", lang, bad)
			}
		}
		for _, want := range []string{`<html lang="` + lang + `">`, "Content-Security-Policy", "default-src &#39;none&#39;", `id="stories"`, "<svg", "</html>"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", lang, want)
			}
		}
		if strings.Count(page, "</style>") != 1 {
			t.Errorf("%s: the style sheet is closed %d times", lang, strings.Count(page, "</style>"))
		}
		// Nothing is loaded from anywhere.
		if m := regexp.MustCompile(`(?:src|href)="([^#][^"]*)"`).FindString(page); m != "" {
			t.Errorf("%s: the page refers to %s", lang, m)
		}
	}
}

func TestTextIsSafeForTerminals(t *testing.T) {
	r := evilReport(t)
	for _, lang := range Languages() {
		var b bytes.Buffer
		if err := r.Text(&b, load(t, lang), true); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); strings.ContainsAny(text, "\x1b\u202e\r") || strings.Contains(text, "⟨") {
			t.Errorf("%s: %q", lang, text)
		}
	}
}

func TestJSON(t *testing.T) {
	r := evilReport(t)
	var b bytes.Buffer
	if err := r.JSON(&b, true); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Winners  []string
		Spent    json.Number
		Budget   json.Number
		Ties     []any
		Projects []struct {
			ID  string
			Won bool
		}
		Rules []struct{ Winners []string }
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	out := r.Explanation.Outcome
	if !slices.Equal(got.Winners, out.WinnerIDs()) || got.Spent != "90" || got.Budget != "100" || len(got.Ties) == 0 ||
		len(got.Projects) != 3 || len(got.Rules) < 6 {
		t.Errorf("%s", b.String())
	}
}

func explained(t testing.TB, e *tally.Election, o tally.Options, x tally.ExplainOptions) *Report {
	t.Helper()
	out, err := tally.Count(context.Background(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	explanation, err := tally.ExplainWith(context.Background(), out, x)
	if err != nil {
		t.Fatal(err)
	}
	return &Report{Explanation: explanation}
}

func election(t testing.TB, budget tally.Amount, kind tally.BallotType, costs []tally.Amount, ballots [][]uint16, points [][]int32) *tally.Election {
	t.Helper()
	e := &tally.Election{Budget: budget, BallotType: kind}
	for i, cost := range costs {
		e.Projects = append(e.Projects, tally.Project{ID: string(rune('a' + i)), Cost: cost})
	}
	for i, ballot := range ballots {
		var given []int32
		if points != nil {
			given = points[i]
		}
		if err := e.Cast(ballot, given); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// A tie that was not examined is neither harmless nor decisive, in words and in JSON.
func TestTieNotExamined(t *testing.T) {
	e := election(t, 10, tally.Approval, []tally.Amount{10, 10}, [][]uint16{{0}, {1}}, nil)
	for _, c := range []struct {
		work int64
		json string
		text map[string]string
	}{
		{-1, `"decisive": null`, map[string]string{"kk": "толық тексерілген жоқ", "ru": "до конца не проверено", "en": "not fully examined"}},
		{0, `"decisive": true`, map[string]string{"kk": "нәтижені шешті", "ru": "решило исход", "en": "It mattered"}},
	} {
		r := explained(t, e, tally.Options{}, tally.ExplainOptions{Work: c.work})
		var b bytes.Buffer
		if err := r.JSON(&b, false); err != nil || !strings.Contains(b.String(), c.json) {
			t.Errorf("%v %s", err, b.String())
		}
		for lang, want := range c.text {
			texts := load(t, lang)
			if got := strings.Join(texts.TieStory(r.Explanation, r.Explanation.Ties[0]), " "); !strings.Contains(got, want) || strings.Contains(got, texts.T("tie_harmless")) {
				t.Errorf("%s: %s", lang, got)
			}
		}
	}
}

// Greedy by points speaks of points, and never of votes.
func TestPointsAreNotVotes(t *testing.T) {
	e := election(t, 100, tally.Scoring, []tally.Amount{60, 60}, [][]uint16{{0, 1}}, [][]int32{{9, 4}})
	votes := map[string]string{"kk": "дауыс", "ru": "голос", "en": "vote"}
	needs := map[string]string{"kk": "Тағы 6 ұпай жетер еді.", "ru": "Хватило бы ещё 6 баллов.", "en": "6 more points would have been enough."}
	for _, perCost := range []bool{false, true} {
		o := tally.Options{Utility: tally.UtilityPoints, PerCost: perCost}
		r := explained(t, e, o, tally.ExplainOptions{})
		for _, lang := range Languages() {
			texts := load(t, lang)
			then := o
			then.Rule, then.ThenGreedy = tally.EqualShares, true
			for _, s := range []string{texts.RuleName(o), texts.Method(o), texts.RuleName(then)} {
				if strings.Contains(strings.ToLower(s), votes[lang]) || strings.Contains(s, "⟨") {
					t.Errorf("%s: %q", lang, s)
				}
			}
			if story := strings.Join(texts.Story(r.Explanation, 1), " "); !strings.Contains(story, needs[lang]) {
				t.Errorf("%s: %q", lang, story)
			}
		}
		var b bytes.Buffer
		if err := r.JSON(&b, true); err != nil || !strings.Contains(b.String(), `"points_needed": 6`) || strings.Contains(b.String(), "votes_needed") {
			t.Errorf("%v %s", err, b.String())
		}
	}
}

// Every column of the list of winners has a heading; points and supporters have one each.
func TestWinnersHaveHeadings(t *testing.T) {
	points := election(t, 100, tally.Scoring, []tally.Amount{60, 30}, [][]uint16{{0, 1}, {0}}, [][]int32{{9, 4}, {3}})
	approvals := election(t, 100, tally.Approval, []tally.Amount{60, 30}, [][]uint16{{0, 1}, {0}}, nil)
	for _, c := range []struct {
		lang string
		e    *tally.Election
		o    tally.Options
		rows [][]string
	}{
		{"en", points, tally.Options{Utility: tally.UtilityPoints}, [][]string{{"Id", "Cost", "Points", "Supporters", "Project"}, {"1", "60", "12", "2"}, {"2", "30", "4", "1"}}},
		{"ru", points, tally.Options{Utility: tally.UtilityPoints}, [][]string{{"Номер", "Стоимость", "Баллы", "Сторонники", "Проект"}, {"1", "60", "12", "2"}, {"2", "30", "4", "1"}}},
		{"kk", approvals, tally.Options{}, [][]string{{"Нөмірі", "Құны", "Дауыс", "саны", "Жоба"}, {"1", "60", "2"}, {"2", "30", "1"}}},
	} {
		r := explained(t, c.e, c.o, tally.ExplainOptions{})
		var b bytes.Buffer
		if err := r.Text(&b, load(t, c.lang), false); err != nil {
			t.Fatal(err)
		}
		found := 0
		for line := range strings.Lines(b.String()) {
			words := strings.Fields(line)
			if found < len(c.rows) {
				want := c.rows[found]
				if found == 0 && slices.Equal(words, want) || found > 0 && len(words) > len(want) && words[0] == want[0] && slices.Equal(words[2:2+len(want)-1], want[1:]) {
					found++
				}
			}
		}
		if found != len(c.rows) {
			t.Errorf("%s: %d of %d rows:\n%s", c.lang, found, len(c.rows), b.String())
		}
	}
}

// Money that others pay is not part of the budget: bars end where the budget ends, and the
// parts of the budget add up to all of it.
func TestMoneyOfOthersIsApart(t *testing.T) {
	e := election(t, 100, tally.Approval, []tally.Amount{50, 60, 40}, [][]uint16{{0, 1}, {0}, {1, 2}, {2}}, nil)
	r := explained(t, e, tally.Options{Constraints: tally.Constraints{Funded: []tally.Funded{{Project: 1}}}}, tally.ExplainOptions{})
	var b bytes.Buffer
	if err := r.HTML(&b, load(t, "en")); err != nil {
		t.Fatal(err)
	}
	_, money, _ := strings.Cut(b.String(), `id="money"`)
	money, _, _ = strings.Cut(money, "<h2")
	percents := regexp.MustCompile(`[\d.]+%`).FindAllString(money, -1)
	if !slices.Equal(percents, []string{"50.0%", "40.0%", "10.0%"}) || !strings.Contains(money, "b (paid by others)") {
		t.Errorf("percents %v in %s", percents, money)
	}
	b.Reset()
	if err := r.JSON(&b, true); err != nil || !strings.Contains(b.String(), `"outside": 60`) {
		t.Errorf("%v %s", err, b.String())
	}
	if story := strings.Join(load(t, "en").Story(r.Explanation, 1), " "); !strings.Contains(story, "takes nothing from this budget") {
		t.Error(story)
	}
}

// The story of a loser whose supporters had too little money does not say that the rule
// preferred others.
func TestStoryOfLack(t *testing.T) {
	e := election(t, 90, tally.Approval, []tally.Amount{40, 31, 50}, [][]uint16{{0, 1}, {0, 1}, {2}}, nil)
	r := explained(t, e, tally.Options{Rule: tally.EqualShares}, tally.ExplainOptions{})
	for lang, want := range map[string][2]string{
		"kk": {"басқа жобаларға төлеп қойған", "қосылғанда 30 болады"},
		"ru": {"уже заплатили за другие", "вместе дают 30"},
		"en": {"had paid for other projects", "come to 30 together"},
	} {
		texts := load(t, lang)
		for i, p := range []int{1, 2} {
			if got := strings.Join(texts.Story(r.Explanation, p), " "); !strings.Contains(got, want[i]) || strings.Contains(got, texts.T("lost_rule")) {
				t.Errorf("%s: %s", lang, got)
			}
		}
	}
}

// Voters of unknown group have a line of their own.
func TestUnknownGroupIsShown(t *testing.T) {
	e := election(t, 10, tally.Approval, []tally.Amount{10}, [][]uint16{{0}, {}, {}}, nil)
	e.Groupings = []tally.Grouping{{Name: "age", Values: []string{"18–29"}, Of: []int32{0, -1, -1}}}
	r := explained(t, e, tally.Options{}, tally.ExplainOptions{})
	for _, lang := range Languages() {
		texts := load(t, lang)
		for _, write := range []func(b *bytes.Buffer) error{
			func(b *bytes.Buffer) error { return r.HTML(b, texts) }, func(b *bytes.Buffer) error { return r.Text(b, texts, true) },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil || !strings.Contains(b.String(), texts.T("group_unknown")) || !strings.Contains(b.String(), texts.Percent(2.0/3)) {
				t.Errorf("%s: %v %s", lang, err, b.String())
			}
		}
	}
	var b bytes.Buffer
	if err := r.JSON(&b, true); err != nil || !strings.Contains(b.String(), `"name": null`) {
		t.Errorf("%v %s", err, b.String())
	}
}

// Every problem can be said in every language, with what it is about.
func TestProblemsAreSaid(t *testing.T) {
	for _, lang := range Languages() {
		texts := load(t, lang)
		for _, code := range tally.ProblemCodes() {
			if got := texts.Problem(&tally.Problem{Code: code, Subject: "7", Kind: tally.ErrOption}); got == "" || strings.ContainsAny(got, "⟨{") {
				t.Errorf("%s: %s is said as %q", lang, code, got)
			}
		}
	}
}

func TestShareHasHundredthsOrNone(t *testing.T) {
	texts := load(t, "ru")
	e := &tally.Election{Currency: "EUR"}
	for want, r := range map[string]*big.Rat{
		"625\u00a0€": big.NewRat(625, 1), "732,10\u00a0€": big.NewRat(7321, 10), "47,62\u00a0€": big.NewRat(1000, 21),
		"0\u00a0€": new(big.Rat), "0,0005\u00a0€": big.NewRat(1, 2000), "–": nil,
	} {
		if got := texts.Share(r, e); got != want {
			t.Errorf("%v: got %q, want %q", r, got, want)
		}
	}
}
