package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/sortition"
	"github.com/birge-kz/birge/sortition/draw"
	"github.com/birge-kz/birge/sortition/pool"
)

const quotaFile = "category,feature,min,max\nage,young,1,1\nage,old,1,1\nsex,woman,1,1\nsex,man,1,1\n"
const peopleFile = "id,age,sex,street\na,young,woman,1\nb,young,man,2\nc,old,woman,3\nd,old,man,1\ne,old,man,4\n"

// sortitionOf runs the command on files made for it.
func sortitionOf(t *testing.T, quotas, people string, args ...string) (out, messages string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	all := append([]string{"sortition", "--lang", "en", "--categories", saved(t, "categories.csv", quotas), "--respondents", saved(t, "respondents.csv", people)}, args...)
	code = run(t.Context(), all, &streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return o.String(), e.String(), code
}

// The panels are a with d, a with e, and b with c. The lowest is highest when each has a third.
func TestSortitionCommand(t *testing.T) {
	out, messages, code := sortitionOf(t, quotaFile, peopleFile, "--size", "2", "--json", "--lottery", "1000")
	if code != 0 {
		t.Fatal(messages)
	}
	var got selection
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]float64{"a": 2.0 / 3, "b": 1.0 / 3, "c": 1.0 / 3, "d": 1.0 / 3, "e": 1.0 / 3} {
		if math.Abs(got.Marginals[id]-want) > sortition.Tolerance {
			t.Errorf("%s has %v instead of %v", id, got.Marginals[id], want)
		}
	}
	if len(got.Lottery.Panels) != 1000 || got.Lottery.Deviation > 0.001 || len(got.Panels) == 0 {
		t.Errorf("%d panels, off by %v", len(got.Lottery.Panels), got.Lottery.Deviation)
	}
	list := saved(t, "list.json", out)
	drawn, messages, code := sortitionOf(t, quotaFile, peopleFile, "draw", "7", list, "--json")
	if code != 0 || !strings.Contains(drawn, got.Lottery.Digest) {
		t.Errorf("%s %s", drawn, messages)
	}
	again, messages, code := sortitionOf(t, quotaFile, peopleFile, "--size", "2", "draw", "7", "--json")
	if code != 0 || again != drawn {
		t.Errorf("drawn from the list %s, computed %s %s", drawn, again, messages)
	}
	if _, messages, code = sortitionOf(t, quotaFile, peopleFile, "draw", "1000", list); code != 1 || !strings.Contains(messages, "999") {
		t.Errorf("%d %s", code, messages)
	}
}

func TestSortitionHouseholds(t *testing.T) {
	out, messages, code := sortitionOf(t, quotaFile, peopleFile, "--size", "2", "--json", "--household", "street")
	var got selection
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatal(err, messages)
	}
	// d lives with a, the only one who fits.
	if len(got.Never) != 1 || got.Never[0] != "d" || math.Abs(got.Marginals["a"]-0.5) > sortition.Tolerance {
		t.Errorf("%+v", got)
	}
}

func TestSortitionInfeasible(t *testing.T) {
	out, messages, code := sortitionOf(t, strings.Replace(quotaFile, "young,1,1", "young,2,2", 1), peopleFile, "--size", "2", "--json")
	var got selection
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitNoPanel || got.Infeasible == nil || len(got.Infeasible.Quotas) != 1 || !got.Infeasible.Beyond {
		t.Errorf("%v %d %s %s", err, code, out, messages)
	}
}

func TestSortitionSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ quotas, people, size, want string }{
		{"", peopleFile, "2", "heading is missing"},
		{strings.Replace(quotaFile, "1,1", "x,1", 1), peopleFile, "2", `line 2: "x" is no whole number`},
		{quotaFile, "id,age\n", "2", `column "sex" is missing`},
		{quotaFile, strings.Replace(peopleFile, "e,old", "e,older", 1), "2", `"older", which has no quota`},
		{quotaFile, peopleFile, "9", "size of the panel"},
		{quotaFile, peopleFile, "0", "--size are needed"},
	} {
		if _, messages, code := sortitionOf(t, c.quotas, c.people, "--size", c.size); code == 0 || !strings.Contains(messages, c.want) {
			t.Errorf("%q %q: %s", c.quotas, c.people, messages)
		}
	}
}

// A list above the bound is refused in the reader's language and not cut: its first lines alone would be a list too,
// with other panels behind the same numbers. The file is sparse: only its beginning takes room on the disk.
func TestSortitionDrawRefusesAListAboveTheBound(t *testing.T) {
	list := saved(t, "list.jsonl", `["a","d"]`+"\n"+`["b","c"]`+"\n"+strings.Repeat(" ", 1<<10))
	drawn := func(lang string) (string, string, int) {
		var o, e bytes.Buffer
		code := run(t.Context(), []string{"sortition", "draw", "--lang", lang, "1", list}, &streams{In: strings.NewReader(""), Out: &o, Err: &e})
		return o.String(), e.String(), code
	}
	if out, messages, code := drawn("en"); code != 0 || !strings.Contains(out, "b\nc\n") {
		t.Fatalf("a small list: %d %s%s", code, out, messages)
	}
	if err := os.Truncate(list, 128<<20+1); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"kk": "алқалар тізімі үшін тым үлкен", "ru": "слишком велик для списка панелей", "en": "too large for a list of panels"} {
		if out, messages, code := drawn(lang); code == 0 || out != "" || !strings.Contains(messages, want) || !strings.Contains(messages, "128") {
			t.Errorf("%s: %d %q %q", lang, code, out, messages)
		}
	}
}

// Every code of an error and of a finding has a text.
func TestSortitionCodesHaveTexts(t *testing.T) {
	catalog, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, c := range sortition.ErrorCodes() {
		keys = append(keys, "sortition_error_"+string(c))
	}
	for _, c := range pool.Codes() {
		keys = append(keys, "pool_"+string(c))
	}
	for _, c := range draw.Codes() {
		keys = append(keys, "draw_finding_"+string(c))
	}
	for _, key := range keys {
		if !catalog.For("en").Has("cli." + key) {
			t.Errorf("no text %s", key)
		}
	}
}

func TestVerifyCatchesAForgedDraw(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	until := noon.Add(time.Hour)
	list := &sortition.Lottery{Panels: [][]string{{"a", "b"}, {"a", "c"}, {"b", "c"}}}
	source := draw.Source{Kind: draw.Commitments, Until: &until}
	var reveals []draw.Reveal
	for _, name := range []string{"Ayan", "Dana", "Olga"} {
		source.Members = append(source.Members, draw.Member{Name: name, Commitment: draw.Commit(name, "value of "+name)})
		reveals = append(reveals, draw.Reveal{Name: name, Value: "value of " + name, At: noon.Add(time.Minute)})
	}
	good := draw.Draw{Announcement: draw.Announce(list, source, noon), List: list.Panels, Reveals: reveals}
	if err := good.Complete(); err != nil {
		t.Fatal(err)
	}
	recorded := good.Announcement.Digest()
	for _, c := range []struct {
		name, want string
		spoil      func(d *draw.Draw)
		code       int
	}{
		{"good", "number", func(*draw.Draw) {}, 0},
		{"forged", "number_wrong", func(d *draw.Draw) { d.Number = (d.Number + 1) % 3 }, exitDoesNotHold},
		{"swapped", "list_swapped", func(d *draw.Draw) { d.List = [][]string{{"a", "b"}, {"a", "b"}, {"b", "c"}} }, exitDoesNotHold},
		{"both swapped", "announcement_changed", func(d *draw.Draw) {
			d.List = [][]string{{"a", "b"}, {"a", "b"}, {"b", "c"}}
			d.Announcement.List = (&sortition.Lottery{Panels: d.List}).Digest()
			_ = d.Complete()
		}, exitDoesNotHold},
		{"late", "reveal_late", func(d *draw.Draw) { d.Reveals[2].At = until.Add(time.Second) }, exitDoesNotHold},
		{"missing", "reveal_missing", func(d *draw.Draw) { d.Reveals = d.Reveals[:2] }, exitDoesNotHold},
	} {
		d := good
		d.Reveals = append([]draw.Reveal(nil), reveals...)
		c.spoil(&d)
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "draw.json")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var o, e bytes.Buffer
		code := run(t.Context(), []string{"verify", "--lang", "en", "--announced", recorded, file}, &streams{In: strings.NewReader(""), Out: &o, Err: &e})
		if code != c.code || !strings.Contains(o.String()+e.String(), c.want) {
			t.Errorf("%s: code %d, %s %s", c.name, code, o.String(), e.String())
		}
	}
}
