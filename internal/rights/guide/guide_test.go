package guide_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/rights/guide"
	"github.com/birge-kz/birge/internal/workdays"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// small is a guide with a little of everything, on which tests work changes.
const small = `theme = "rights"
minutes = 1
first = "what"

[[law]]
id = "code"
act = "K2000000350"
article = "76"
redaction = "2021-07-01"
sure = "unverified"

[[term]]
id = "answer"
[[term.version]]
count = 15
unit = "working_days"
law = "code"
redaction = "2021-07-01"
[[term.version]]
from = "2026-03-03"
count = 10
unit = "working_days"
law = "code"
redaction = "2026-03-03"

[[deadline]]
id = "by"
term = "answer"
from = "when"

[[node]]
id = "what"
kind = "choice"
options = ["old", "new"]
law = ["code"]
[[node.next]]
to = "when"

[[node]]
id = "when"
kind = "date"
[[node.next]]
when = 'what = "old" and today - when > 90'
to = "late"
[[node.next]]
to = "sum"

[[node]]
id = "sum"
kind = "money"
least = 100
optional = true
[[node.next]]
to = "good"

[[figure]]
id = "third"
formula = "sum / 3"

[[outcome]]
id = "late"
law = ["code"]

[[outcome]]
id = "good"
law = ["code"]
deadlines = ["by"]
figures = ["third"]
bodies = ["akimat"]
letter = "claim"

[[body]]
id = "akimat"
langs = ["kk"]

[[letter]]
id = "claim"
to = "akimat"
asks = ["who"]
[[letter.part]]
id = "facts"
[[letter.part]]
id = "money"
when = 'given(sum) and sum >= 5000₸'
`

func textsOf() map[civic.Lang]string {
	out := map[civic.Lang]string{}
	for _, lang := range civic.Languages() {
		out[lang] = strings.ReplaceAll(`title = "Title LL"
lede = "Lede"
words = ["word"]
[node.what]
ask = "What?"
hint = "Hint"
[node.what.options]
old = "Old"
new = "New"
[node.when]
ask = "When?"
[node.sum]
ask = "How much?"
[outcome.late]
title = "Late"
right = "Right"
steps = ["One"]
cost = "Free"
[outcome.good]
title = "Good"
right = "Until {by}, {answer}"
steps = ["One", "Two {sum}"]
cost = "Free"
bring = ["Card"]
[body.akimat]
name = "Akimat"
[law]
code = "Code"
[deadline]
by = "By"
[figure]
third = "A third"
[letter.claim]
title = "Claim"
enclosures = ["a"]
[letter.claim.asks]
who = "Who"
[letter.claim.parts]
facts = "I met {who} on {when}."
money = "It is {sum}."
`, "LL", string(lang))
	}
	return out
}

// cal is the working days of Kazakhstan.
var cal = civic.Calendar{Zone: time.FixedZone("", 5*3600), Days: workdays.Kazakhstan()}

func compile(t *testing.T, src Source) *Guide {
	t.Helper()
	g, err := Compile("small", src, On{monday, cal})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A file in which something is wrong is refused with the line and the fault.
func TestAHostileGuideIsRefused(t *testing.T) {
	at := func(n int) string { return fmt.Sprintf("%s:%d", File, n) }
	line := func(s string) int { return strings.Count(small[:strings.Index(small, s)], "\n") + 1 }
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "[[node]]\nid=\"n%d\"\n", i)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		old, new string
		fault    Fault
		where    string
	}{
		"no TOML":                 {`minutes = 1`, `minutes = `, NotTOML, at(2)},
		"brackets in brackets":    {`minutes = 1`, `x = ` + strings.Repeat("[", 100_000), NotTOML, at(2)},
		"too large":               {`minutes = 1`, "# " + strings.Repeat("x", MaxBytes), TooLarge, at(0)},
		"10,000 nodes":            {"[[figure]]", many(10_000) + "[[figure]]", TooMany, at(line("[[figure]]") + 2*(MaxThings-3))},
		"a misspelt key":          {`optional = true`, `optinal = true`, UnknownKey, at(line("optional"))},
		"a bad id":                {`id = "late"`, `id = "Late!"`, BadID, at(line("[[outcome]]"))},
		"an id twice":             {`id = "sum"`, `id = "when"`, Twice, at(line(`id = "sum"`) - 1)},
		"an unknown id":           {`to = "good"`, `to = "gone"`, UnknownID, at(line(`to = "good"`) - 1)},
		"an unknown law":          {`law = ["code"]` + "\n[[node.next]]", `law = ["other"]` + "\n[[node.next]]", UnknownID, at(line("[[node]]"))},
		"an unknown kind":         {`kind = "money"`, `kind = "salary"`, WrongKind, at(line(`id = "sum"`) - 1)},
		"one option":              {`["old", "new"]`, `["old"]`, NoOptions, at(line("[[node]]"))},
		"no source":               {"law = \"code\"\nredaction = \"2021-07-01\"\n[[term.version]]", "redaction = \"2021-07-01\"\n[[term.version]]", NoSource, at(line("[[term.version]]"))},
		"no redaction":            {"law = \"code\"\nredaction = \"2021-07-01\"\n[[term.version]]", "law = \"code\"\n[[term.version]]", NoRedaction, at(line("[[term.version]]"))},
		"no redaction of the law": {"redaction = \"2021-07-01\"\nsure", "sure", NoRedaction, at(line("[[law]]"))},
		"not how sure":            {`sure = "unverified"`, `sure = "certain"`, WrongKind, at(line("[[law]]"))},
		"a bad date":              {`from = "2026-03-03"`, `from = "2026-02-30"`, BadDate, at(line(`from = "2026-03-03"`) - 1)},
		"an endless term":         {`count = 10`, `count = 9000`, BadTerm, at(line(`from = "2026-03-03"`) - 1)},
		"no version yet":          {"[[term.version]]\ncount = 15\nunit = \"working_days\"\nlaw = \"code\"\nredaction = \"2021-07-01\"\n", "", NoVersion, at(line("[[term]]"))},
		"a bad formula":           {`today - when > 90`, `today - when > `, BadFormula, at(line("[[node.next]]\nwhen"))},
		"an option that is not":   {`what = "old" and`, `what = "odl" and`, BadFormula, at(line("[[node.next]]\nwhen"))},
		"an end of nothing":       {`today - when > 90`, `passed(gone)`, BadFormula, at(line("[[node.next]]\nwhen"))},
		"money and days":          {`today - when > 90`, `when > 90`, BadFormula, at(line("[[node.next]]\nwhen"))},
		"division by nothing":     {`sum / 3`, `sum / 0`, BadFormula, at(line("[[figure]]"))},
		"parentheses":             {`sum / 3`, strings.Repeat("(", 400) + "sum", BadFormula, at(line("[[figure]]"))},
		"an open quote":           {`'what = "old" and today - when > 90'`, `'what = "old'`, BadFormula, at(line("[[node.next]]\nwhen"))},
		"an answer not yet given": {"[[node.next]]\nto = \"when\"", "[[node.next]]\nwhen = 'sum > 1₸'\nto = \"when\"\n[[node.next]]\nto = \"when\"", Order, at(line("[[node]]"))},
		"a path without an end":   {"[[node.next]]\nto = \"good\"", "[[node.next]]\nwhen = 'given(sum)'\nto = \"good\"", NoEnd, at(line(`id = "sum"`) - 1)},
		"a cycle":                 {`to = "good"`, `to = "what"`, Cycle, at(line(`to = "good"`) - 1)},
		"a rule never reached":    {"[[node.next]]\nto = \"good\"", "[[node.next]]\nto = \"good\"\n[[node.next]]\nto = \"late\"", Unreachable, at(line("[[node.next]]\nto = \"good\"") + 2)},
		"an outcome apart":        {"to = \"late\"", "to = \"good\"", Unreachable, at(line("[[outcome]]"))},
		"an unused letter":        {"letter = \"claim\"\n", "", Unused, at(line("[[letter]]") - 1)},
		"an outcome without law":  {"id = \"late\"\nlaw = [\"code\"]", "id = \"late\"", NoSource, at(line("[[outcome]]"))},
		"no first question":       {`first = "what"`, `first = "waht"`, UnknownID, at(3)},
		"a text in no language":   {`options = ["old", "new"]`, `options = ["old", "new", "newer"]`, MissingText, at(line("[[node]]"))},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Count(small, c.old) < 1 {
				t.Fatalf("the guide has no %q", c.old)
			}
			_, err := Compile("small", Source{Guide: strings.Replace(small, c.old, c.new, 1), Texts: textsOf()}, On{monday, cal})
			var all Errors
			if !errors.As(err, &all) {
				t.Fatalf("not refused: %v", err)
			}
			if !slices.ContainsFunc(all, func(e *Error) bool { return e.Fault == c.fault && fmt.Sprintf("%s:%d", e.File, e.Line) == c.where }) {
				t.Errorf("want %s at %s: %v", c.fault, c.where, err)
			}
		})
	}
}

// Texts must be there in every language, with the same lists and places, and no others.
func TestTextsInEveryLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		fault    Fault
		line     int
	}{
		"a question missing":    {`ask = "When?"`, ``, MissingText, 0},
		"an option missing":     {`old = "Old"`, ``, MissingText, 0},
		"a hint missing":        {`hint = "Hint"`, ``, MissingText, 4},
		"a step missing":        {`steps = ["One", "Two {sum}"]`, `steps = ["One"]`, MissingText, 22},
		"a step too many":       {`bring = ["Card"]`, `bring = ["Card", "Book"]`, MissingText, 0},
		"a place forgotten":     {`Until {by}, {answer}`, `Until {by}`, UnequalFilled, 21},
		"an unknown place":      {`It is {sum}.`, `It is {sums}.`, UnknownID, 40},
		"a question's place":    {`What?`, `What {sum}?`, UnknownID, 5},
		"of nothing":            {`[law]`, "[node.gone]\nask = \"?\"\n[law]", ExtraText, 28},
		"a misspelt key":        {`ask = "When?"`, `aks = "When?"`, UnknownKey, 11},
		"a very long text":      {`ask = "When?"`, `ask = "` + strings.Repeat("ә", 3000) + `"`, TextTooLong, 11},
		"no words to search by": {`words = ["word"]`, ``, MissingText, 1},
	} {
		t.Run(name, func(t *testing.T) {
			texts := textsOf()
			texts[civic.Russian] = strings.Replace(texts[civic.Russian], c.old, c.new, 1)
			_, err := Compile("small", Source{Guide: small, Texts: texts}, On{monday, cal})
			var all Errors
			if !errors.As(err, &all) {
				t.Fatalf("not refused: %v", err)
			}
			if !slices.ContainsFunc(all, func(e *Error) bool { return e.Fault == c.fault && (c.line == 0 || e.Line == c.line) }) {
				t.Errorf("want %s in line %d: %v", c.fault, c.line, err)
			}
		})
	}
	texts := textsOf()
	delete(texts, civic.English)
	if _, err := Compile("small", Source{Guide: small, Texts: texts}, On{monday, cal}); err == nil {
		t.Error("a guide without English passes")
	}
}

// The law changes tomorrow: the same answers have another date then, by the calendar with its derivation.
func TestTheLawChangesTomorrow(t *testing.T) {
	g := compile(t, Source{Guide: small, Texts: textsOf()})
	a := Answers{"what": {"new"}, "when": {"2026-03-02"}, "sum": {}}
	for day, want := range map[string]string{
		"2026-03-02": "2026-03-27", // 3–6, 10–13, 16–20, 26 and 27 March: the 9th and 23rd to 25th are off
		"2026-03-03": "2026-03-17", // 3–6, 10–13, 16 and 17
	} {
		asOf, _ := time.Parse(time.DateOnly, day)
		trip := g.Go(a, On{asOf, cal})
		all := g.DeadlinesOf(trip.Outcome, trip.Answers, On{asOf, cal})
		if len(all) != 1 || all[0].Date != want || len(all[0].Skipped) == 0 {
			t.Errorf("as of %s: %+v, want %s", day, all, want)
		}
	}
	if !g.Changes(monday, monday.AddDate(0, 0, 1)) || g.Changes(monday.AddDate(0, 0, 2), monday.AddDate(1, 0, 0)) {
		t.Error("the day of the change is another")
	}
}

// Changing an answer keeps those that are still valid, even while the way does not need them.
func TestAnswersStay(t *testing.T) {
	g := compile(t, Source{Guide: small, Texts: textsOf()})
	a := Answers{"what": {"old"}, "when": {"2026-02-20"}, "sum": {"1 500,50"}}
	end := func() string { trip := g.Go(a, On{monday, cal}); return trip.Outcome.ID }
	if end() != "good" {
		t.Error("recent is not good")
	}
	a["when"] = []string{"2025-02-20"}
	if end() != "late" {
		t.Error("a year ago is not late")
	}
	a["when"] = []string{"2026-02-20"}
	if trip := g.Go(a, On{monday, cal}); trip.Outcome.ID != "good" || trip.Answers["sum"][0] != "150050t" {
		t.Errorf("the sum is lost: %+v", trip)
	}
	for id, wrong := range map[string]string{"what": "older", "when": "2026-03-03", "sum": "a lot"} {
		b := maps.Clone(a)
		b[id] = []string{wrong}
		if trip := g.Go(b, On{monday, cal}); trip.Node == nil || trip.Node.ID != id {
			t.Errorf("%s = %q is not asked again: %+v", id, wrong, trip)
		}
	}
}

// A deadline before an event counts back over days off: five working days before Friday 27 March 2026, around Nauryz.
func TestBeforeAnEvent(t *testing.T) {
	src := strings.Replace(strings.Replace(small, "from = \"when\"", "from = \"when\"\nbefore = true", 1), "kind = \"date\"", "kind = \"date\"\nahead = true", 1)
	src = strings.Replace(strings.Replace(src, "count = 10", "count = 5", 1), ` and today - when > 90`, ` and when - today > 90`, 1)
	g := compile(t, Source{Guide: src, Texts: textsOf()})
	asOf := monday.AddDate(0, 0, 2)
	trip := g.Go(Answers{"what": {"new"}, "when": {"2026-03-27"}, "sum": {}}, On{asOf, cal})
	if all := g.DeadlinesOf(trip.Outcome, trip.Answers, On{asOf, cal}); all[0].Date != "2026-03-17" {
		t.Errorf("%+v", all[0].Due)
	}
}

// Which end somebody comes to, and the last day that is shown there, are of one calendar: up to that day they are in time, from the next on too late. Dates by
// hand from the working days of Kazakhstan in 2026 (8 March, a Sunday, is made up for on the 9th; Nauryz is 21 to 23 March, made up for on the 24th and 25th).
func TestTheEndIsOfTheDayThatIsShown(t *testing.T) {
	for _, c := range []struct {
		guide       string
		answers     Answers
		last        string // by which somebody is in time
		before, end string
	}{
		{"silence", Answers{"filed": {"2026-03-02"}, "came": {"nothing"}, "learnt": {"2026-03-01"}}, "2026-03-27", "wait", "complain_now"},
		{"fine", Answers{"got": {"2026-03-11"}, "guilty": {"dispute"}, "why": {"not_me"}}, "2026-03-26", "in_time", "late"},
		{"wages", Answers{"what": {"dismissed"}, "ended": {"2026-01-31"}, "agree": {"unfair"}}, "2026-03-02", "reinstate_now", "reinstate_late"}, // 28 February is a Saturday
		{"assembly", Answers{"form": {"picket"}, "organiser": {"citizen"}, "day": {"2026-03-27"}}, "2026-03-17", "notify", "too_soon"},
		{"eviction", Answers{"who": {"bank"}, "court": {"decided_now"}, "decided": {"2026-02-20"}}, "2026-03-20", "appeal_now", "late"},
	} {
		g := library(t, filepath.Join("../library", c.guide))
		last, _ := time.Parse(time.DateOnly, c.last)
		for day, want := range map[time.Time]string{last: c.before, last.AddDate(0, 0, 1): c.end} {
			trip := g.Go(c.answers, On{day, cal})
			if trip.Outcome == nil || trip.Outcome.ID != want {
				t.Errorf("%s on %s: %+v, want %s", c.guide, day.Format(time.DateOnly), trip.Outcome, want)
			}
		}
	}
}

// library is a guide that comes with the program.
func library(t *testing.T, folder string) *Guide {
	t.Helper()
	src := Source{Texts: map[civic.Lang]string{}}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	src.Guide = read(File)
	for _, lang := range civic.Languages() {
		src.Texts[lang] = read(string(lang) + ".toml")
	}
	g, err := Compile(filepath.Base(folder), src, On{monday, cal})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Each guide that comes with the program compiles, and every text of it stands on some path, on every date on which its law changes.
func TestEveryPathOfEveryGuide(t *testing.T) {
	folders, err := filepath.Glob("../library/*/guide.toml")
	if err != nil || len(folders) == 0 {
		t.Fatal("no guides", err)
	}
	for _, name := range folders {
		folder := filepath.Dir(name)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			g := library(t, folder)
			paths := 0
			said := map[string]bool{}
			for _, day := range g.Boundaries(monday) {
				g.Paths(On{day, cal}, func(p Path) bool {
					paths++
					trip := g.Go(p.Answers, On{day, cal})
					if p.Fault != "" || trip.Outcome == nil || trip.Outcome.ID != p.End || !slices.Equal(trip.Visited, p.Visited) {
						t.Fatalf("%v ends at %+v, not at %s", p.Answers, trip, p.End)
					}
					for _, lang := range civic.Languages() {
						execute(t, g, lang, trip, day, said)
					}
					return true
				})
			}
			for _, l := range g.Letters {
				for _, p := range l.Parts {
					if !said[l.ID+" "+p.ID] {
						t.Errorf("the paragraph %s of the letter %s is never said", p.ID, l.ID)
					}
				}
			}
			t.Logf("%d paths", paths)
		})
	}
}

// execute makes every text of an end and of the way to it, with no place left unfilled but by an answer that was skipped.
func execute(t *testing.T, g *Guide, lang civic.Lang, trip Trip, day time.Time, said map[string]bool) {
	texts := g.Texts[lang]
	for _, id := range trip.Visited {
		if texts.Nodes[id].Ask == "" {
			t.Fatalf("%s: no question %s", lang, id)
		}
	}
	when := map[string]string{}
	for _, w := range g.DeadlinesOf(trip.Outcome, trip.Answers, On{day, cal}) {
		when[w.ID] = w.Date
	}
	value := func(asks []string) func(string) string {
		return func(id string) string {
			d := g.Deadline(id)
			switch given, met := trip.Answers[id]; {
			case met:
				return strings.Join(append(given, "-"), " ")
			case id == "today" || g.Term(id) != nil || g.Figure(id) != nil || when[id] != "" || slices.Contains(asks, id):
				return "x"
			case d != nil && d.From != "today" && len(trip.Answers[d.From]) == 0 && slices.Contains(trip.Visited, d.From):
				return "x" // its question was skipped
			}
			return ""
		}
	}
	check := func(what, text string, asks []string) {
		if out := Fill(text, value(asks)); strings.Contains(out, "____") || out == "" {
			t.Fatalf("%s, outcome %s, %s: %q leaves a gap on the path %v", lang, trip.Outcome.ID, what, text, trip.Visited)
		}
	}
	o := texts.Outcomes[trip.Outcome.ID]
	for what, list := range map[string][]string{"title": {o.Title}, "right": {o.Right}, "steps": o.Steps, "cost": {o.Cost}, "bring": o.Bring} {
		for _, text := range list {
			check(what, text, nil)
		}
	}
	if l := g.Letter(trip.Outcome.Letter); l != nil {
		for _, part := range g.Says(l, trip.Answers, trip.Visited, On{day, cal}) {
			said[l.ID+" "+part] = true
			check("letter "+part, texts.Letters[l.ID].Parts[part], l.Asks)
		}
	}
}

// Whatever somebody writes as a guide, compiling ends with a guide or with an error.
func FuzzCompile(f *testing.F) {
	f.Add(small, textsOf()[civic.Kazakh])
	f.Fuzz(func(t *testing.T, source, texts string) {
		g, err := Compile("x", Source{Guide: source, Texts: map[civic.Lang]string{"kk": texts, "ru": texts, "en": texts}}, On{monday, cal})
		if err == nil {
			g.Paths(On{monday, cal}, func(p Path) bool { return p.Fault == "" })
		}
	})
}
