package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/birge-kz/birge/opinion"
	"github.com/birge-kz/birge/opinion/polis"
	"github.com/birge-kz/birge/opinion/report"
)

// sample is a report on a made-up conversation of k camps.
func sample(t testing.TB, people, camps int, bodies map[int64]string) *report.Report {
	t.Helper()
	opt := opinion.Defaults()
	c := opinion.New(opt)
	for s := range int64(12) {
		if err := c.AddStatement(s); err != nil {
			t.Fatal(err)
		}
	}
	for p := range int64(people) {
		for s := range int64(12) {
			h := (uint64(p)*12 + uint64(s) + 1) * 0x9e3779b97f4a7c15
			h ^= h >> 29
			v := opinion.Agree
			switch {
			case s < 2: // all agree
			case s%int64(camps) != p%int64(camps):
				v = opinion.Disagree
			}
			if h%6 == 0 {
				v = opinion.Pass
			}
			if h/8%5 == 0 {
				continue
			}
			if err := c.Vote(p, s, v, 1_700_000_000_000+p*60_000); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Moderate(11, true); err != nil {
		t.Fatal(err)
	}
	m, err := c.Map(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &report.Report{Map: m, Options: opt, Command: "birge opinion park", Made: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Digests: []report.Digest{{File: "votes.csv", SHA256: "00ff"}},
		Asked: report.Asked{Topic: "Саябақ қандай болсын?", Description: "Көрсету үшін жасалған деректер", Statements: bodies,
			From: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}}
}

var hostile = map[int64]string{
	0: "Шамдар көбірек болсын, әр көшеде — 100 000 ₸ жетеді: ӘҒҚҢӨҰҮҺІ әғқңөұүһі",
	1: `<script>alert("1")</script> & 'x' ]]> --> =1+1`,
	2: "line one\nline two\r\n\x1b[31mred\x1b[0m \u202egnirts\u202c \x00 \ufffd",
	3: strings.Repeat("ұзынсөз", 400),
	4: "計程車 🚕 택시",
	5: "",
}

func TestTextsAgree(t *testing.T) {
	type file map[string]any
	load := func(lang string) file {
		var f file
		if _, err := toml.DecodeFile("texts/"+lang+".toml", &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	holes := regexp.MustCompile(`\{[a-z]+\}`)
	sorted := func(s string) []string {
		list := holes.FindAllString(s, -1)
		slices.Sort(list)
		return slices.Compact(list)
	}
	forms := map[string][]string{"kk": {"other"}, "ru": {"few", "many", "one"}, "en": {"one", "other"}}
	first := load(report.Languages[0])
	for _, lang := range report.Languages {
		f := load(lang)
		for key := range f {
			if _, ok := first[key]; !ok {
				t.Errorf("%s has %q, %s has not", lang, key, report.Languages[0])
			}
		}
		for key, v := range first {
			w, ok := f[key]
			if !ok {
				t.Errorf("%s lacks %q", lang, key)
				continue
			}
			switch v := v.(type) {
			case string:
				if !slices.Equal(sorted(v), sorted(w.(string))) {
					t.Errorf("%s: %q has other placeholders", lang, key)
				}
				if strings.TrimSpace(w.(string)) == "" {
					t.Errorf("%s: %q is empty", lang, key)
				}
			case []any:
				if len(w.([]any)) != 12 {
					t.Errorf("%s: %d months", lang, len(w.([]any)))
				}
			case map[string]any:
				var keys []string
				for k := range w.(map[string]any) {
					keys = append(keys, k)
				}
				slices.Sort(keys)
				want := forms[lang]
				if key == "problem" {
					want = want[:0:0]
					for k := range v {
						want = append(want, k)
					}
					slices.Sort(want)
				}
				if !slices.Equal(keys, want) {
					t.Errorf("%s: %q has %v, want %v", lang, key, keys, want)
				}
			}
		}
	}
	for _, p := range []polis.Problem{polis.Unreadable, polis.EmptyFile, polis.UTF16, polis.InvalidUTF8, polis.NUL, polis.BareQuote, polis.OpenQuote,
		polis.AfterQuote, polis.RecordTooLong, polis.OtherSeparator, polis.ColumnMissing, polis.ColumnRepeated, polis.FieldCount, polis.NotANumber,
		polis.NotAVote, polis.NotAModeration, polis.UnknownStatement, polis.RepeatedStatement, polis.RepeatedVoter, polis.NoVotes,
		polis.CountDiffers, polis.CellDiffers, polis.UnknownParticipant} {
		if _, ok := first["problem"].(map[string]any)[string(p)]; !ok {
			t.Errorf("no text for problem %s", p)
		}
	}
}

func TestNumbers(t *testing.T) {
	for lang, want := range map[string][]string{
		"kk": {"1 адам", "9999", "12 345", "−1 234 567", "45 %", "0,50", "—", "2026 жылғы 5 қаңтар"},
		"ru": {"1 человек", "9999", "12 345", "−1 234 567", "45 %", "0,50", "—", "5 января 2026 года"},
		"en": {"1 person", "9,999", "12,345", "−1,234,567", "45%", "0.50", "—", "5 January 2026"},
	} {
		x, err := report.LoadTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{x.Count("people", 1), x.Int(9999), x.Int(12345), x.Int(-1234567), x.Share(9, 20), x.Number(.5, 2), x.Share(0, 0), x.Date(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))}
		for i := range got {
			if strings.ReplaceAll(got[i], "\u00a0", " ") != want[i] {
				t.Errorf("%s: %q, want %q", lang, got[i], want[i])
			}
		}
	}
	ru, _ := report.LoadTexts("ru")
	for n, want := range map[int]string{2: "2 человека", 5: "5 человек", 11: "11 человек", 12: "12 человек", 21: "21 человек", 22: "22 человека", 111: "111 человек", 104: "104 человека"} {
		if got := ru.Count("people", n); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if _, err := report.LoadTexts("xx"); err == nil {
		t.Error("an unknown language is accepted")
	}
}

// The words hold every section in order, every group with its size, every
// figure of its statements; and nothing unsaid.
func TestWords(t *testing.T) {
	for _, lang := range report.Languages {
		r := sample(t, 120, 2, hostile)
		d, err := r.Words(lang)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		seen := map[string]bool{}
		for _, s := range d.Sections {
			ids = append(ids, s.ID)
			if seen[s.ID] {
				t.Errorf("section %s twice", s.ID)
			}
			seen[s.ID] = true
			if s.ID == "all" && len(s.Table.Rows) != 12 {
				t.Errorf("%d statements in the table", len(s.Table.Rows))
			}
			if s.Table != nil {
				for _, row := range s.Table.Rows {
					if len(row) != len(s.Table.Head) {
						t.Errorf("%s: a row of %d under a head of %d", s.ID, len(row), len(s.Table.Head))
					}
				}
			}
		}
		want := []string{"asked", "took-part", "trust", "map", "groups", "group-a", "group-b", "consensus", "bridges", "disputed", "all", "method", "recompute"}
		if !slices.Equal(ids, want) {
			t.Errorf("sections %v, want %v", ids, want)
		}
		for i, g := range r.Map.Groups {
			s := d.Sections[5+i]
			if len(s.Items) != len(g.Representative) || len(s.Items) == 0 {
				t.Errorf("group %s: %d of %d statements", g.Letter, len(s.Items), len(g.Representative))
			}
		}
		var b bytes.Buffer
		if err := d.WriteText(&b, 80); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if regexp.MustCompile(`\{[a-z]+\}|%!|NaN|warn_|column_|says_`).MatchString(text) {
			t.Errorf("%s: unfinished: %s", lang, regexp.MustCompile(`\{[a-z]+\}|%!|NaN|warn_|column_|says_`).FindString(text))
		}
		if strings.ContainsAny(text, "\x00\x1b\u202e\r") {
			t.Errorf("%s: characters that steer the terminal came through", lang)
		}
	}
}

func TestWarningsAreSaid(t *testing.T) {
	r := sample(t, 12, 2, nil)
	r.Map.Bursts = []opinion.Burst{{Accounts: []int64{1, 2, 3, 4, 5}, Answers: 9, From: 1_700_000_000_000, To: 1_700_000_100_000}}
	r.Map.Warnings = []opinion.Warning{{Code: opinion.NoVotes}, {Code: opinion.TooFewVoters, Value: 12, Limit: 30}, {Code: opinion.OneCluster, Value: .1, Limit: .25},
		{Code: opinion.NoiseOnly, Value: .1, Limit: .2}, {Code: opinion.UnstableGroup, Group: "A", Value: .4, Limit: .6}, {Code: opinion.Coordinated, Value: 5, Limit: 5, Burst: 1}}
	for _, lang := range report.Languages {
		d, err := r.Words(lang)
		if err != nil {
			t.Fatal(err)
		}
		if items := d.Sections[2].Items; len(items) != 6 {
			t.Fatalf("%d warnings", len(items))
		} else {
			for _, i := range items {
				if strings.ContainsAny(i.Text, "{}") || strings.HasPrefix(i.Text, "warn_") {
					t.Errorf("%s: %s", lang, i.Text)
				}
			}
		}
	}
}

// The picture is well-formed, has a name and a description, and shows each group by letter,
// shape and colour. It holds nothing that a strict content security policy forbids.
func TestSVG(t *testing.T) {
	for _, people := range []int{3, 120, 5000} {
		for _, fragment := range []bool{false, true} {
			var b bytes.Buffer
			r := sample(t, people, 2, hostile)
			r.Asked.Topic = hostile[1]
			var you strings.Builder
			if err := report.FrameOf(r.Map).You(&you, r.Map.Participants[1].Point, "kk"); err != nil {
				t.Fatal(err)
			}
			if err := r.SVG(&b, report.SVGOptions{Lang: "kk", Fragment: fragment, Links: true, Over: you.String()}); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(b.String(), "<?xml") == fragment {
				t.Error("declaration")
			}
			if b.Len() > 60_000 {
				t.Errorf("%d people make %d bytes", people, b.Len())
			}
			dec := xml.NewDecoder(&b)
			count := map[string]int{}
			var order []string
			for {
				tok, err := dec.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				e, ok := tok.(xml.StartElement)
				if !ok {
					continue
				}
				count[e.Name.Local]++
				order = append(order, e.Name.Local)
				for _, a := range e.Attr {
					if n := strings.ToLower(a.Name.Local); n == "style" || strings.HasPrefix(n, "on") || (n == "href" && !strings.HasPrefix(a.Value, "#group-")) {
						t.Errorf("attribute %s=%q", n, a.Value)
					}
				}
			}
			if count["script"]+count["style"]+count["image"]+count["use"] > 0 {
				t.Errorf("elements %v", count)
			}
			if !slices.Equal(order[:3], []string{"svg", "title", "desc"}) || count["text"] != len(r.Map.Groups)+1 || count["a"] != len(r.Map.Groups) {
				t.Errorf("elements %v", count)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	r := sample(t, 120, 2, hostile)
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var d struct {
		K            int
		Participants []struct {
			ID    *int64
			Group *string
			X, Y  *float64
		}
		Groups []struct {
			ID             string
			Size           int
			Representative []struct {
				Statement   int64
				Success     int     `json:"n_success"`
				Trials      int     `json:"n_trials"`
				P           float64 `json:"p_success"`
				PTest       float64 `json:"p_test"`
				Repness     float64
				RepnessTest float64 `json:"repness_test"`
				Agree       *bool
			}
		}
		Consensus *struct{ Agree, Disagree []json.RawMessage }
	}
	if err := json.Unmarshal(b.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if d.K != 2 || len(d.Groups) != 2 || len(d.Participants) != len(r.Map.Participants) || d.Consensus == nil || len(d.Consensus.Agree) == 0 || d.Consensus.Disagree == nil {
		t.Fatalf("k %d, %d groups, %d participants, consensus %+v", d.K, len(d.Groups), len(d.Participants), d.Consensus)
	}
	size := map[string]int{}
	for _, p := range d.Participants {
		if p.ID == nil || p.X == nil || p.Y == nil {
			t.Fatalf("%+v", p)
		}
		if p.Group != nil {
			size[*p.Group]++
		}
	}
	for _, g := range d.Groups {
		if size[g.ID] != g.Size || len(g.Representative) == 0 || g.Representative[0].Agree == nil || g.Representative[0].Trials == 0 || g.Representative[0].Repness == 0 {
			t.Errorf("%+v, %d people", g, size[g.ID])
		}
	}
}

// The PDF is a PDF, the same every time, and its text has the Kazakh letters
// and the tenge sign.
func TestPDF(t *testing.T) {
	for _, lang := range report.Languages {
		r := sample(t, 120, 2, hostile)
		var a, b bytes.Buffer
		if err := errors.Join(r.PDF(&a, lang), r.PDF(&b, lang)); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(a.Bytes(), []byte("%PDF-")) || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Error("not the same PDF twice")
		}
		tool, err := exec.LookPath("pdftotext")
		if err != nil {
			t.Skip("pdftotext is not here to read the PDF back")
		}
		cmd := exec.Command(tool, "-layout", "-", "-")
		cmd.Stdin = &a
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"ӘҒҚҢӨҰҮҺІ", "әғқңөұүһі", "₸", "<script>", "□"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: %q is not in the PDF", lang, want)
			}
		}
	}
}

// Every size of map has words: no people, one group, five groups.
func TestEverySize(t *testing.T) {
	for _, people := range []int{0, 1, 2, 40, 900} {
		for camps := 1; camps <= 5; camps++ {
			r := sample(t, people, camps, nil)
			for _, lang := range report.Languages {
				d, err := r.Words(lang)
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(d.WriteText(io.Discard, 80), r.SVG(io.Discard, report.SVGOptions{Lang: lang}), r.WriteJSON(io.Discard)); err != nil {
					t.Fatal(err)
				}
			}
			if camps != 2 && camps != 5 {
				continue
			}
			if err := r.PDF(io.Discard, "kk"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAnyBody(t *testing.T) {
	r := sample(t, 40, 2, nil)
	tell := func(topic, body string) bool {
		r.Asked.Topic, r.Asked.Statements = topic, map[int64]string{0: body, 3: topic}
		var b bytes.Buffer
		if err := errors.Join(r.PDF(io.Discard, "ru"), r.SVG(&b, report.SVGOptions{Lang: "ru"}), r.WriteJSON(io.Discard)); err != nil {
			t.Log(err)
			return false
		}
		dec := xml.NewDecoder(&b)
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				return true
			} else if err != nil {
				t.Log(err)
				return false
			}
		}
	}
	if err := quick.Check(tell, &quick.Config{MaxCount: 12}); err != nil {
		t.Error(err)
	}
}
