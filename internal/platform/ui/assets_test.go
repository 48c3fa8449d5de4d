package ui

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

// pairs are the colours that stand on each other somewhere in the style sheet. Text needs a
// contrast of 4.5 : 1, everything else 3 : 1 (WCAG 2.2, 1.4.3 and 1.4.11).
var pairs = []struct {
	least  float64
	fronts string
	ground string
}{
	{4.5, "ink soft sky sky-deep sun-deep steppe pomegranate clay plum", "paper"},
	{4.5, "ink soft sky sky-deep sun-deep steppe pomegranate clay plum", "card"},
	{4.5, "ink sky-deep", "sky-wash"},
	{4.5, "ink sun-deep", "sun-wash"},
	{4.5, "ink steppe", "steppe-wash"},
	{4.5, "ink pomegranate", "pomegranate-wash"},
	{4.5, "ink clay soft", "clay-wash"},
	{4.5, "on-sky", "sky"},
	{4.5, "on-sky", "sky-deep"},
	{4.5, "card", "steppe"},      // a vote given, or under the pointer
	{4.5, "card", "pomegranate"}, // the same, and the count of unread notices
	{4.5, "card", "clay"},
	{4.5, "paper", "ink"},
	{3, "edge s1 s2 s3 s4 s5 s6 s7", "paper"},
	{3, "edge sky steppe pomegranate clay", "card"},
}

func TestContrast(t *testing.T) {
	css := string(assets()["birge.css"].Body)
	blocks := regexp.MustCompile(`(?s):root\{(.*?)\}`).FindAllStringSubmatch(css, 2)
	if len(blocks) != 2 {
		t.Fatalf("%d palettes, want light and dark", len(blocks))
	}
	light := palette(blocks[0][1])
	dark := palette(blocks[1][1])
	for _, p := range []struct {
		name   string
		colour map[string]string
	}{{"light", light}, {"dark", dark}} {
		for _, pair := range pairs {
			for front := range strings.FieldsSeq(pair.fronts) {
				if p.colour[front] == "" || p.colour[pair.ground] == "" {
					t.Fatalf("%s: no colour %s or %s", p.name, front, pair.ground)
				}
				if got := contrast(p.colour[front], p.colour[pair.ground]); got < pair.least {
					t.Errorf("%s: %s on %s is %.2f : 1, less than %.1f", p.name, front, pair.ground, got, pair.least)
				}
			}
		}
	}
	// The numbers of milestones are ink on sun in every colour scheme.
	if got := contrast("#1b2430", light["sun"]); got < 4.5 {
		t.Errorf("milestones: %.2f : 1", got)
	}
}

// The formula is that of WCAG. Black on white and a pair from the WCAG documents check it.
func TestContrastFormula(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}} {
		if got := contrast(tc.a, tc.b); math.Abs(got-tc.want) > 0.01 {
			t.Errorf("contrast(%s, %s) = %.3f, want %.2f", tc.a, tc.b, got, tc.want)
		}
	}
}

func palette(block string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+):(#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
		out[m[1]] = m[2]
	}
	return out
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(hex string) float64 {
	n, _ := strconv.ParseUint(hex[1:], 16, 32)
	part := func(v uint64) float64 {
		c := float64(v&255) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(n>>16) + 0.7152*part(n>>8) + 0.0722*part(n)
}

// Browsers get no remarks of ours. They are taken out without reading strings, so none may hold one: in a script
// a string of several lines would lose the space before them.
func TestAssetsCarryNoRemarks(t *testing.T) {
	for name, a := range assets() {
		ext := path.Ext(name)
		if remarks[ext] == nil {
			continue
		}
		for line := range strings.Lines(string(a.Body)) {
			if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "//") || ext == ".css" && strings.Contains(line, "*/") {
				t.Errorf("%s carries %q", name, line)
			}
		}
		source, err := os.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(source)) {
			for _, quote := range []string{"`", `"`} {
				if strings.Count(line, quote)%2 != 0 && !strings.HasPrefix(strings.TrimSpace(line), "//") && !strings.Contains(line, "/*") {
					t.Errorf("%s: a string goes over the end of %q", name, line)
				}
			}
		}
	}
}

// A page's first view needs its HTML and these two files. They must leave enough of the 25 kB to
// the HTML. A page may add one script before there are four requests.
func TestFirstViewIsLight(t *testing.T) {
	if n := len(assets()["birge.js"].Body); n > 5700 {
		t.Errorf("the script has %d bytes, more than 5700", n)
	}
	files := map[string]bool{}
	page := render(t, Layout(testPage(t, civic.Kazakh)))
	for _, n := range parseHTML(t, page) {
		if n.Data == "script" && attribute(n, "src") != "" {
			files[attribute(n, "src")] = true
		}
		if rel := attribute(n, "rel"); n.Data == "link" && (rel == "stylesheet" || rel == "icon") && !strings.HasPrefix(attribute(n, "href"), "data:") {
			files[attribute(n, "href")] = true
		}
	}
	if len(files) != 2 || !files[assetURL("birge.css")] || !files[assetURL("birge.js")] {
		t.Errorf("a page loads %v", files)
	}
	weigh := func(body string) int {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(body))
		_ = w.Close()
		return b.Len()
	}
	if n := weigh(page) + weigh(string(assets()["birge.css"].Body)) + weigh(string(assets()["birge.js"].Body)); n > 17_200 {
		t.Errorf("an empty page weighs %d bytes compressed, more than 17200", n)
	}
}

// Nothing comes from elsewhere: no fonts, no pictures but the ornaments in the sheet itself.
func TestStyleSheetLoadsNothing(t *testing.T) {
	css := string(assets()["birge.css"].Body)
	for _, m := range regexp.MustCompile(`url\("?([^"]{0,40})`).FindAllStringSubmatch(css, -1) {
		if !strings.HasPrefix(m[1], "data:image/svg+xml,") {
			t.Errorf("loads %s", m[1])
		}
	}
	if strings.Contains(css, "@import") || strings.Contains(css, "@font-face") {
		t.Error("imports or fonts")
	}
	for _, class := range regexp.MustCompile(`var\(--([a-z0-9-]+)`).FindAllStringSubmatch(css, -1) {
		if !strings.Contains(css, "--"+class[1]+":") {
			t.Errorf("--%s is used but nowhere set", class[1])
		}
	}
}
