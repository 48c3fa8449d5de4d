package browser_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
	"github.com/birge-kz/birge/tally/report"
)

// elections are small budgets which between them show every part of the report.
var elections = map[string]string{
	// Approval, with groups of voters, a tie, an unsupported project, a name without a space and
	// one that is markup, an amount of many digits, and money left over.
	"approval": `META
key;value
description;"Аудандық бюджет: көгалдандыру, аулалар, балалар алаңдары және жарықтандыру"
country;Kazakhstan
unit;Sample
num_projects;6
num_votes;8
budget;120000000
currency;KZT
vote_type;approval
rule;greedy
PROJECTS
project_id;cost;votes;name;category;selected
1;45000000;5;"Ұзақ атаулы жоба: саябақтағы жүгіру жолы, жаттығу алаңы, орындықтар мен жарық шамдар";sport;1
2;30000000;4;Электрлендірілгенкөшежарығыныңқайтажаңғыртылуынақаражатбөлу;streets;1
3;30000000;4;"Детская площадка <b>во дворе</b> & качели";streets;0
4;70000000;3;Музыкалық мектеп;culture;0
5;119999999;1;Мост;streets;0
6;1000000;0;Без единого голоса;culture;0
VOTES
voter_id;age;sex;voting_method;vote
1;19;F;internet;1,2
2;24;M;internet;1,2,3
3;35;F;paper;1,3
4;47;M;paper;1,3
5;52;F;internet;1,2
6;64;M;paper;2,3,4
7;71;F;paper;4
8;33;M;internet;4,5
`,
	// Points.
	"points": `META
key;value
description;Мектеп бюджеті
country;Kazakhstan
unit;Sample
num_projects;3
num_votes;4
budget;1000
currency;KZT
vote_type;cumulative
rule;greedy
max_sum_points;10
PROJECTS
project_id;cost;votes;score;name
a;400;3;17;Кітапхана
b;500;3;15;Спорт залы
c;600;2;8;Бақша
VOTES
voter_id;vote;points
1;a,b;7,3
2;a,c;5,5
3;a,b;5,5
4;b,c;7,3
`,
	// One project, and nothing funded.
	"nothing": `META
key;value
description;Жалғыз жоба
country;Kazakhstan
unit;Sample
num_projects;1
num_votes;1
budget;100
vote_type;approval
rule;greedy
PROJECTS
project_id;cost;votes;name
1;100;0;Жоба
VOTES
voter_id;vote
1;
`,
}

// writeTallyReport counts the election by equal shares and writes its report as
// `birge tally --all-rules --html` does.
func writeTallyReport(t *testing.T, file, lang, pb string) {
	t.Helper()
	parsed, e, issues, err := pabulib.Read(strings.NewReader(pb), pabulib.Lenient)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Groupings(e)
	options := tally.Options{Rule: tally.EqualShares}
	if e.HasPoints() {
		options.Utility = tally.UtilityPoints
	}
	out, err := tally.Count(t.Context(), e, options)
	if err != nil {
		t.Fatal(err)
	}
	r := &report.Report{Issues: issues, Command: "birge tally election.pb --rule equal-shares --completion none --tie id", Ballots: []int{0}}
	if r.Explanation, err = tally.Explain(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if r.Others, err = tally.Compare(t.Context(), e, tally.AllRules(e, options)); err != nil {
		t.Fatal(err)
	}
	texts, err := report.LoadTexts(lang)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.HTML(&b, texts); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The report of a count is a page on its own that people pass on: it must be as accessible as
// the city's pages, in every language, on a phone and a desktop, by day and by night.
func TestTheTallysReport(t *testing.T) {
	needBrowser(t)
	reports := map[string]string{}
	for name, pb := range elections {
		reports[name] = pb
	}
	if shared := os.Getenv("BIRGE_SHARED"); shared != "" {
		const large = "Poland_Warszawa_2026.pb"
		pb, err := os.ReadFile(filepath.Join(shared, "data", "pabulib", large))
		if err != nil {
			t.Logf("without %s: %v", large, err)
		} else {
			reports["large"] = string(pb)
		}
	} else {
		t.Log("BIRGE_SHARED is not set: without a large election")
	}
	for _, lang := range report.Languages() {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			b := openBrowser(t, "", phoneWidth, phoneHeight)
			for name, pb := range reports {
				if name != "large" || lang == "kk" { // counting it takes a while, and the words are the same
					b.lookAtTallysReport(name, lang, pb)
				}
			}
		})
	}
}

func (b *browser) lookAtTallysReport(name, lang, pb string) {
	t := b.t
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	writeTallyReport(t, file, lang, pb)
	b.visit("file://" + file)
	for _, window := range []struct{ width, height int64 }{{phoneWidth, phoneHeight}, {desktopWidth, desktopHeight}} {
		do(b, chromedp.EmulateViewport(window.width, window.height))
		for _, scheme := range []string{"light", "dark"} {
			b.prefers(scheme)
			// What is folded must be right too.
			for _, open := range []bool{false, true} {
				do(b, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelectorAll("details").forEach(d => d.open = %t)`, open)))
				b.fits()
			}
			b.accessible()
			if strings.Contains(b.shows(), "⟨") {
				t.Errorf("%s, %s lacks a text", name, lang)
			}
			b.shot(fmt.Sprintf("tally-%s-%s-%d-%s", name, lang, window.width, scheme))
		}
	}
}

// The name of a project leads to why it won or lost, though that is folded, without scripts.
func TestTheTallysReportTellsWhy(t *testing.T) {
	needBrowser(t)
	b := openBrowser(t, "", phoneWidth, phoneHeight)
	file := filepath.Join(t.TempDir(), "report.html")
	writeTallyReport(t, file, "kk", elections["approval"])
	b.visit("file://" + file)
	if open := do(b, chromedp.Evaluate[int](`document.querySelectorAll("details[open]").length`)); open != 0 {
		t.Fatalf("%d parts are open from the start", open)
	}
	do(b, chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("#result ~ .scroll a")].find(a => a.textContent == "Музыкалық мектеп").click()`))
	got := do(b, chromedp.Evaluate[string](`[...document.querySelectorAll("details[open]")].map(d => d.innerText).join()`))
	if !strings.Contains(got, "Музыкалық мектеп") || !strings.Contains(got, "3 қолдаушы") {
		t.Errorf("opened %q", got)
	}
}
