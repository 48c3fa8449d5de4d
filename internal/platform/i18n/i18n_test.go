package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

func source(kk, ru, en string) Source {
	return Source{"m", fstest.MapFS{"kk.toml": {Data: []byte(kk)}, "ru.toml": {Data: []byte(ru)}, "en.toml": {Data: []byte(en)}}}
}

var people = source(
	"[people]\none='{{.Count}} адам'\nother='{{.Count}} адам'\n",
	"[people]\none='{{.Count}} человек'\nfew='{{.Count}} человека'\nmany='{{.Count}} человек'\nother='{{.Count}} человека'\n",
	"[people]\none='one person'\nother='{{.Count}} people'\n")

func TestPluralsFollowEachLanguage(t *testing.T) {
	c, err := Load(time.UTC, people)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		lang civic.Lang
		n    int
		want string
	}{
		{"ru", 1, "1 человек"}, {"ru", 2, "2 человека"}, {"ru", 5, "5 человек"}, {"ru", 11, "11 человек"},
		{"ru", 21, "21 человек"}, {"ru", 1412, "1\u00a0412 человек"}, {"ru", 1422, "1\u00a0422 человека"},
		{"kk", 412, "412 адам"}, {"en", 1, "one person"}, {"en", 0, "0 people"}, {"en", 12000, "12,000 people"},
	} {
		if got := c.For(tc.lang).T("m.people", "Count", tc.n); got != tc.want {
			t.Errorf("%s %d: %q, want %q", tc.lang, tc.n, got, tc.want)
		}
	}
}

func TestFilesThatDisagreeAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		src  Source
		want string
	}{
		"missing key":   {source("a='x'\nb='y'", "a='x'", "a='x'\nb='y'"), "m.b is missing in ru"},
		"placeholder":   {source("a='{{.X}}'", "a='{{.Y}}'", "a='{{.X}}'"), "placeholders"},
		"plural form":   {source("[a]\none='x'\nother='x'", "[a]\none='x'\nother='x'", "[a]\none='x'\nother='x'"), "m.a in ru lacks a plural form"},
		"empty":         {source("a=''", "a='x'", "a='x'"), "a is empty"},
		"not a text":    {source("a=1", "a='x'", "a='x'"), "not a text"},
		"one plural":    {source("a='{{.Count}}'", "a='{{.Count}}'", "[a]\none='1'\nother='{{.Count}}'"), "one language only"},
		"file missing":  {Source{"m", fstest.MapFS{}}, "kk.toml"},
		"broken syntax": {source("a=", "a='x'", "a='x'"), "kk.toml"},
	} {
		if _, err := Load(time.UTC, tc.src); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestValuesAreWrittenInTheReadersWay(t *testing.T) {
	zone := time.FixedZone("UTC+5", 5*3600)
	c, err := Load(zone, source("a='{{.N}}|{{.D}}|{{.T}}'", "a='{{.N}}|{{.D}}|{{.T}}'", "a='{{.N}}|{{.D}}|{{.T}}'"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 11, 20, 0, 0, 0, time.UTC) // already the 12th in the city
	text := civic.Text{"kk": "Абай", "ru": "Абайский"}
	for lang, want := range map[civic.Lang]string{
		"kk": "−1 234 567|2026 жылғы 12 қараша|Абай",
		"ru": "−1 234 567|12 ноября 2026 года|Абайский",
		"en": "−1,234,567|12 November 2026|Абай",
	} {
		got := strings.ReplaceAll(c.For(lang).T("m.a", "N", -1234567, "D", at, "T", text), "\u00a0", " ")
		if got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	l := c.For("en")
	if got := l.T("m.nope"); got != "⟦m.nope⟧" {
		t.Error(got)
	}
	if got := l.T("m.a", "N", 1); !strings.Contains(got, "⟦D⟧") {
		t.Error(got)
	}
	if got := c.For("ru").Percent(1, 0) + c.For("ru").Decimal(-2.25, 1) + c.For("kk").Size(60_001); got != "0\u00a0%−2,2"+"61\u202fКБ" {
		t.Errorf("%q", got)
	}
}

// An amount is written in the marks of its language.
func TestMoney(t *testing.T) {
	c, err := Load(time.UTC, people)
	if err != nil {
		t.Fatal(err)
	}
	for m, want := range map[civic.Money][2]string{0: {"0\u00a0₸", "0\u00a0₸"}, 125_000_050: {"1\u00a0250\u00a0000,50\u00a0₸", "1,250,000.50\u00a0₸"}, -50: {"−0,50\u00a0₸", "−0.50\u00a0₸"}, -200_000: {"−2\u00a0000\u00a0₸", "−2,000\u00a0₸"}} {
		if got := [2]string{c.For("ru").Money(m), c.For("en").Money(m)}; got != want {
			t.Errorf("%d: %q, want %q", m, got, want)
		}
	}
}

// No line parts a number of a text from its sign.
func TestSignsStayWithTheirNumbers(t *testing.T) {
	c, err := Load(time.UTC, source("own='кемінде {{.Percent}} %-ы'\n", "own='от {{.Percent}} % до 50 % сметы, % суммы, {{.Percent}} ₸'\n", "own='{{.Percent}}% to 50%'\n"))
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[civic.Lang]string{"kk": "кемінде 3\u00a0%-ы", "ru": "от 3\u00a0% до 50\u00a0% сметы, % суммы, 3\u00a0₸", "en": "3% to 50%"} {
		if got := c.For(lang).T("m.own", "Percent", 3); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

// The endings are those of the words that are said: тоғызы, алтысы, жиырмасы, оны, жүзі, мыңы.
func TestHowManyOfAWhole(t *testing.T) {
	c, err := Load(time.UTC, source("taken='{{.Count}} пікірдің {{.Taken}}'\n", "taken='{{.Taken}} из {{.Count}}'\n", "taken='{{.Taken}} of {{.Count}}'\n"))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[civic.OutOf]string{0: "0-і", 1: "1-і", 2: "2-сі", 3: "3-і", 6: "6-сы", 7: "7-сі", 9: "9-ы", 10: "10-ы", 20: "20-сы", 40: "40-ы", 46: "46-сы", 50: "50-і", 60: "60-ы",
		70: "70-і", 80: "80-і", 90: "90-ы", 100: "100-і", 300: "300-і", 1000: "1\u00a0000-ы", 1009: "1\u00a0009-ы"} {
		if got := c.For("kk").T("m.taken", "Count", 2000, "Taken", n); got != "2\u00a0000 пікірдің "+want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := c.For("ru").T("m.taken", "Count", 12, "Taken", civic.OutOf(9)); got != "9 из 12" {
		t.Errorf("%q", got)
	}
}

// A number that names a thing has no thousands.
func TestNumbersThatName(t *testing.T) {
	c, err := Load(time.UTC, source("line='{{.Line}}-жол'\n", "line='строка {{.Line}}'\n", "line='line {{.Line}}'\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []any{3124, int64(3124)} { // a form that was shown again in another language has the second
		if got := c.For("en").T("m.line", "Line", n); got != "line 3124" {
			t.Errorf("%T: %q", n, got)
		}
	}
}

func TestMonths(t *testing.T) {
	c, err := Load(time.UTC, people)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for lang, want := range map[civic.Lang]string{"kk": "2026\u00a0жылғы қараша", "ru": "ноябрь 2026\u00a0года", "en": "November 2026"} {
		if got := c.For(lang).Month(at); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A day is written as a day, and a moment with its hour in the city's time.
func TestDaysAndMoments(t *testing.T) {
	c, err := Load(time.FixedZone("UTC+5", 5*3600), source("until='{{.Until}} дейін'\n", "until='до {{.Until}}'\n", "until='until {{.Until}}'\n"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 12, 13, 30, 0, 0, time.UTC)
	for _, want := range []struct {
		v    any
		text string
	}{{at, "до 12\u00a0ноября 2026\u00a0года"}, {civic.Moment(at), "до 12\u00a0ноября 2026\u00a0года,\u00a018:30"}} {
		if got := c.For("ru").T("m.until", "Until", want.v); got != want.text {
			t.Errorf("%q, want %q", got, want.text)
		}
	}
}
