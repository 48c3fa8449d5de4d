package ui

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/birge-kz/birge/internal/civic"
)

var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `" autofocus onfocus="alert(1)`,
	`</textarea></title></script></style><svg onload=alert(1)>`, `javascript:alert(1)`, `//evil.example/`, `{{.Name}}<!--`, "\u202e\u2028&lt;script&gt;",
}

// every is each component, with the text s in every place.
func every(p Page, s string) map[string]templ.Component {
	now := p.Now
	cal := civic.Calendar{}
	var problems civic.Problems
	problems.Add("n", "ui.chart_summary", "Title", s, "From", s, "To", s, "Most", s, "At", s)
	form := Form{Values: url.Values{"n": {s}, "n.kk": {s}, "n.ru": {s}, "n.en": {s}}, Problems: problems}
	field := FieldProps{Name: "n", Label: s, Hint: s, Max: 5, Autocomplete: s, Inputmode: s, Accept: s, Lang: civic.Lang(s)}
	named := field
	named.Name = s
	options := []Option{{Value: s, Label: s, Hint: s, Group: s, Lang: civic.Lang(s)}, {Value: "b", Label: s}}
	chart := Chart{Title: s, Unit: s, Axis: s, X: []string{s, "2"}, Series: []Series{{s, []float64{1, 2}}, {s, []float64{3}}}, Marks: []Milestone{{X: s, Text: s, Lang: civic.Lang(s)}}}
	link := Link{Text: s, Path: s, Lang: civic.Lang(s)}
	shell := p
	shell.City, shell.Title, shell.Lede, shell.Path, shell.Section = civic.Text{"ru": s}, s, s, "/"+s, "ui.verb_speak"
	shell.Verbs = []Verb{{Key: "ui.verb_speak", Path: s, Items: []Link{link, link}}}
	shell.Account, shell.Crumbs, shell.Footer, shell.Feed, shell.SignOut = []Link{link}, []Link{link}, []Link{link}, link, s
	shell.Actor, shell.Unread, shell.Notice = civic.Actor{Account: "a", Name: s}, 3, Notice{Tone(s), s}
	ld, _ := json.Marshal(map[string]string{"name": s})
	shell.JSONLD = string(ld)
	unsafe := shell
	unsafe.JSONLD = `{"name":"` + s + `"}`
	children := func(c templ.Component) templ.Component { return with(c, Plain(s)) }
	return map[string]templ.Component{
		"Layout": children(Layout(shell)), "Layout with JSON made otherwise": children(Layout(unsafe)), "ErrorPage": ErrorPage(shell, s),
		"Plain": Plain(s), "A": A(p, s, s), "LinkA": LinkA(p, link), "Quoting": Quoting(p, s, civic.Text{"ru": s}), "Say": Say(p, "ui.named", "Name", civic.Text{"ru": s}), "Translated": Translated(p, civic.Text{"en": s, "ru": s}), "ToRead": ToRead(p, civic.Text{"ru": s}), "Moment": Moment(p, now),
		"Card":   children(Card(CardProps{Kind: Kind(s), Tag: s, Title: s, Lang: civic.Lang(s), URL: s, Meta: []string{s}})),
		"Card 2": Card(CardProps{Kind: Speak, Title: s, Level: 2}), "Card 4": Card(CardProps{Title: s, URL: s, Level: 4}),
		"KindTag": KindTag(Kind(s), s), "StatusTag": StatusTag(Tone(s), s), "Deadline": Deadline(p, now.AddDate(0, 0, 9), cal, time.Time{}),
		"Pager": Pager(p, s, s), "FilterBar": children(FilterBar(p, s)),
		"Table":     Table(TableProps{Caption: s, Head: []Column{{Text: s}, {Text: s, Numeric: true}}, Rows: [][]templ.Component{{Plain(s), A(p, s, s)}}}),
		"NoticeBox": NoticeBox(Tone(s), s), "Stepper": Stepper(p, []string{s, s, s}, 1), "VoteButtons": VoteButtons(p, s),
		"VoteButtonsChosen": VoteButtonsChosen(p, s, s), "VoteBar": VoteBar(p, 1, 2, 3), "Progress": Progress(s, 3, 12),
		"TabLinks": TabLinks(p, []Tab{{s, s, true, 3}}), "PersonChip": PersonChip(p, s, s), "OrgChip": OrgChip(p, civic.Text{"ru": s}, ""),
		"Timeline": Timeline([]TimelineItem{{When: s, At: now, Title: s, URL: s, Body: Plain(s), Tone: Tone(s)}, {When: s, Title: s}}),
		"Trace":    Trace(p, []Link{link, {Text: s}}), "Provenance": Provenance(Good, s),
		"Answer":  children(Answer(p, AnswerProps{Title: s, Body: civic.Text{"ru": s}, URL: s, Person: s, Given: now, Due: now, Cal: cal})),
		"Numbers": Numbers(p, []Number{{s, s, s, Trend{Rising, s}}}), "Empty": Empty(p, s, s, link), "Details": children(Details(s)),
		"PrintHeader": PrintHeader(shell), "DialogLink": DialogLink(p, s, s, s), "Dialog": children(Dialog(p, s, s)),
		"Icon": Icon(s), "Mark": Mark(), "Submit": Submit(s), "ButtonLink": ButtonLink(p, s, s), "QuietLink": QuietLink(p, s, s),
		"ErrorSummary": ErrorSummary(p, form), "TextField": TextField(p, form, field), "TextField with a name": TextField(p, form, named),
		"TextArea": TextArea(p, form, field), "Select": Select(p, form, field, options), "Checkbox": Checkbox(p, form, field),
		"Checkboxes": Checkboxes(p, form, field, options), "Radios": Radios(p, form, field, options), "FileField": FileField(p, form, field),
		"DateField": DateField(p, form, field), "MultilingualField": MultilingualField(p, form, field, false),
		"MultilingualField of lines": MultilingualField(p, form, field, true),
		"ChartBars":                  ChartBars(p, chart), "ChartLines": ChartLines(p, chart), "ChartBars of nothing": ChartBars(p, Chart{Title: s}),
	}
}

func with(c, child templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return c.Render(templ.WithChildren(ctx, child), w) })
}

func parseHTML(t *testing.T, s string) []*html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// These are the attributes that the components write. Any other attribute was smuggled in.
var knownAttribute = regexp.MustCompile(`^(class|id|href|lang|hreflang|rel|title|type|src|name|value|content|media|charset|label|for|role|tabindex|autofocus|` +
	`aria-[a-z]+|data-[a-z]+|method|action|scope|datetime|rows|selected|checked|multiple|accept|autocomplete|inputmode|max|` +
	`viewbox|d|cx|cy|r|x|y|x1|x2|y1|y2|rx|width|height|points|text-anchor|vector-effect|preserveaspectratio)$`)

func TestHostileTextStaysText(t *testing.T) {
	for _, lang := range civic.Languages() {
		p := testPage(t, lang)
		for _, s := range hostile {
			for name, c := range every(p, s) {
				for _, n := range parseHTML(t, render(t, c)) {
					switch n.Data {
					case "img", "iframe", "object", "base", "style":
						t.Errorf("%s with %q makes <%s>", name, s, n.Data)
					case "script":
						src, typ := attribute(n, "src"), attribute(n, "type")
						if src != assetURL("birge.js") && typ != "application/ld+json" {
							t.Errorf("%s with %q makes a script", name, s)
						}
					}
					for _, a := range n.Attr {
						key := strings.ToLower(a.Key)
						if !knownAttribute.MatchString(key) {
							t.Errorf("%s with %q: <%s %s=%q>", name, s, n.Data, a.Key, a.Val)
						}
						if key == "href" || key == "src" || key == "action" {
							if u := strings.ToLower(strings.TrimSpace(a.Val)); a.Val != string(favicon()) && (strings.HasPrefix(u, "javascript:") || strings.HasPrefix(u, "data:")) {
								t.Errorf("%s with %q leads to %s", name, s, a.Val)
							}
						}
					}
				}
			}
		}
	}
}

func TestEveryComponentSpeaksEachLanguage(t *testing.T) {
	for _, lang := range civic.Languages() {
		p := testPage(t, lang)
		all := every(p, "«Мысал» ұйымы")
		all["Styleguide"] = Styleguide(p)
		for i, d := range sgDeadlines(p) {
			all["Deadline "+string(rune('0'+i))] = Deadline(p, d[0], sgCalendar(p), d[1])
		}
		for name, c := range all {
			if out := render(t, c); strings.Contains(out, "⟦") {
				t.Errorf("%s in %s: %s", name, lang, out[strings.Index(out, "⟦"):][:60])
			}
		}
	}
}

// What the content security policy and a screen reader need of the whole page: no styles or
// handlers in attributes, identifiers once, every reference to one that exists.
func TestStyleguideIsWellFormed(t *testing.T) {
	nodes := parseHTML(t, render(t, Styleguide(testPage(t, civic.Kazakh))))
	ids := map[string]int{}
	for _, n := range nodes {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the id %q is there %d times", id, n)
		}
	}
	for _, n := range nodes {
		for _, key := range []string{"for", "aria-describedby", "aria-labelledby", "data-dialog", "data-for"} {
			for id := range strings.FieldsSeq(attribute(n, key)) {
				if ids[id] == 0 {
					t.Errorf("<%s %s> names %q, which is not there", n.Data, key, id)
				}
			}
		}
		if href := attribute(n, "href"); strings.HasPrefix(href, "#") && ids[href[1:]] == 0 {
			t.Errorf("a link leads to %s, which is not there", href)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
			}
		}
		if (n.Data == "input" && attribute(n, "type") != "hidden" || n.Data == "select" || n.Data == "textarea") && attribute(n, "id") == "" {
			t.Errorf("a field without an id: %v", n.Attr)
		}
	}
}

// The days were counted on a calendar: 23 November 2026 is a Monday.
func TestDeadlineSaysHowItStands(t *testing.T) {
	p := testPage(t, civic.Russian)
	day := func(d, h int) time.Time { return time.Date(2026, 11, d, h, 0, 0, 0, testZone) }
	var open time.Time
	for _, tc := range []struct {
		due, done time.Time
		tone      Tone
		text      string
	}{
		{day(30, 18), open, Neutral, "Осталось 5 рабочих дней"},
		{day(25, 18), open, Warn, "Осталось 2 рабочих дня"},
		{day(24, 18), open, Warn, "Последний день — завтра, 18:00"},
		{day(23, 18), open, Warn, "Последний день — сегодня, 18:00"},
		{day(23, 9), open, Bad, "Срок истёк"},
		{day(20, 18), open, Bad, "Просрочено на 1 рабочий день"},
		{day(16, 18), open, Bad, "Просрочено на 5 рабочих дней"},
		{day(20, 18), day(16, 9), Good, "На 4 рабочих дня раньше срока"},
		{day(20, 18), day(20, 9), Good, "В срок"},
		{day(20, 9), day(20, 18), Bad, "Позже срока"},
		{day(18, 18), day(20, 9), Bad, "На 2 рабочих дня позже срока"},
	} {
		d := deadlineOf(p, tc.due, civic.Calendar{Zone: testZone}, tc.done)
		if d.tone != tc.tone || d.text != tc.text {
			t.Errorf("due %v, done %v: %s %q, want %s %q", tc.due, tc.done, d.tone, d.text, tc.tone, tc.text)
		}
	}
}

func TestFieldKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	p := testPage(t, civic.English)
	var problems civic.Problems
	problems.Add("email", "ui.sample_email_broken")
	f := Form{Values: url.Values{"email": {"aigul@"}, "secret": {"hunter2"}, "text": {"\nfirst line is empty"}}, Problems: problems}
	out := render(t, TextField(p, f, FieldProps{Name: "email", Label: "E-mail", Hint: "yours", Required: true, Max: 10}))
	for _, want := range []string{`value="aigul@"`, `aria-invalid="true"`, `aria-describedby="f-email-hint f-email-error f-email-count"`, `aria-required="true"`, "looks like name@domain"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	if strings.Contains(out, "maxlength") {
		t.Error("the browser would cut what is typed")
	}
	if out := render(t, TextField(p, f, FieldProps{Name: "secret", Type: "password"})); strings.Contains(out, "hunter2") {
		t.Error("a password is written back")
	}
	// The parser of HTML drops the first line break of a textarea.
	for _, n := range parseHTML(t, render(t, TextArea(p, f, FieldProps{Name: "text"}))) {
		if n.Data == "textarea" && n.FirstChild.Data != "\nfirst line is empty" {
			t.Errorf("textarea holds %q", n.FirstChild.Data)
		}
	}
}

func TestBarsAddUp(t *testing.T) {
	p := testPage(t, civic.English)
	c := Chart{X: []string{"2024", "2025"}, Series: []Series{{"a", []float64{30, 10}}, {"b", []float64{10, -5}}}}
	d := c.bars(p.L, c.drawn("rest"))
	// The scale ends at 40: a full bar is the whole plot of 200 px, 10 are 50 px, less than
	// nothing is not drawn.
	want := []rect{
		{"s1", "7.00%", "76.0", "36.00%", "150.0", "2024 · a: 30"},
		{"s2", "7.00%", "26.0", "36.00%", "50.0", "2024 · b: 10"},
		{"s1", "57.00%", "176.0", "36.00%", "50.0", "2025 · a: 10"},
	}
	if len(d.rects) != len(want) {
		t.Fatalf("%d bars, want %d: %v", len(d.rects), len(want), d.rects)
	}
	for i := range want {
		if d.rects[i] != want[i] {
			t.Errorf("bar %d is %v, want %v", i, d.rects[i], want[i])
		}
	}
	many := Chart{X: []string{"1"}}
	for range 12 {
		many.Series = append(many.Series, Series{"x", []float64{1}})
	}
	drawn := many.drawn("rest")
	if len(drawn) != maxSeries || drawn[maxSeries-1].Values[0] != 12-maxSeries+1 {
		t.Errorf("the rest is %v", drawn)
	}
}

func TestScaleIsEasyToRead(t *testing.T) {
	for top, want := range map[float64]float64{0: 1, 1: 1, 3: 1, 4: 1, 5: 2, 8: 2, 69: 20, 100: 50, 1284: 500, 48_000: 20_000} {
		if got := niceStep(top); got != want {
			t.Errorf("niceStep(%v) = %v, want %v", top, got, want)
		}
	}
}

func TestProgressStaysWithinItsBounds(t *testing.T) {
	for _, tc := range []struct {
		done, total int
		want        string
	}{{3, 12, `value="3" max="12"`}, {20, 12, `value="12" max="12"`}, {-1, 12, `value="0" max="12"`}, {0, 0, `value="0" max="1"`}} {
		if out := render(t, Progress("x", tc.done, tc.total)); !strings.Contains(out, tc.want) {
			t.Errorf("%d of %d: %s", tc.done, tc.total, out)
		}
	}
}
