package civic

import (
	"testing"
	"time"
)

// The numbers are the public test vectors of the national numbering rules; the broken ones
// differ in one digit.
func TestNationalNumbers(t *testing.T) {
	for _, bin := range []string{"950440001673", "990940003030", "000640002067"} {
		if !ValidBIN(bin) {
			t.Errorf("ValidBIN(%s) = false", bin)
		}
		broken := []byte(bin)
		broken[11] = '0' + (broken[11]-'0'+1)%10
		if ValidBIN(string(broken)) {
			t.Errorf("ValidBIN(%s) = true for a wrong check digit", broken)
		}
	}
	if !ValidIIN("061211600012") { // needs the second round of weights
		t.Error("ValidIIN(061211600012) = false")
	}
	for _, s := range []string{"", "95044000167", "9504400016733", "95044000167x", "951340001673", "063211600012", "٠٦١٢١١٦٠٠٠١٢"} {
		if ValidBIN(s) || ValidIIN(s) {
			t.Errorf("%q passes", s)
		}
	}
}

func TestIDsSortByTimeAndParse(t *testing.T) {
	now := time.UnixMilli(1_790_000_000_000)
	a, b := NewID(now), NewID(now.Add(time.Millisecond))
	if a >= b {
		t.Errorf("%s does not sort before %s", a, b)
	}
	if _, ok := ParseID(string(a)); !ok {
		t.Errorf("ParseID(%s) refused", a)
	}
	for _, s := range []string{"", "../../etc/passwd", string(a) + "0", "zzzzzzzzzzzzzzzzzzzzzzzzzz", "ABCDEFGHIJKLMNOPQRSTUVABCD"} {
		if _, ok := ParseID(s); ok {
			t.Errorf("ParseID(%q) accepted", s)
		}
	}
}

func TestTextFallsBackAndSaysInWhich(t *testing.T) {
	text := Text{Russian: "Парк", English: ""}
	if s, l := text.In(Kazakh); s != "Парк" || l != Russian {
		t.Errorf("In(kk) = %q, %q", s, l)
	}
	for written, lang := range map[Lang]Lang{"tr": "tr", "": ""} { // what people wrote in a language that is not the product's, or that nobody knows
		if s, l := (Text{written: "Park", Kazakh: ""}).In(Kazakh); s != "Park" || l != lang {
			t.Errorf("In(kk) of %q = %q, %q", written, s, l)
		}
	}
	if s, l := (Text{}).In(Kazakh); s != "" || l != "" {
		t.Errorf("empty: %q, %q", s, l)
	}
	v, _ := text.Value()
	var back Text
	if err := back.Scan(v); err != nil || back[Russian] != "Парк" {
		t.Errorf("round trip: %v, %v", back, err)
	}
}

// Nauryz 2026: 21–23 March are holidays; 21 and 22 fall on a weekend, so 24 and 25 are off
// too. The days were counted by hand on a calendar.
func TestWorkingDays(t *testing.T) {
	zone := time.FixedZone("UTC+5", 5*3600)
	c := Calendar{Zone: zone, Days: map[string]Day{"2026-03-23": {}, "2026-03-24": {}, "2026-03-25": {}}}
	day := func(d, h int) time.Time { return time.Date(2026, 3, d, h, 0, 0, 0, zone) }
	for _, tc := range []struct {
		from, to time.Time
		want     int
	}{
		{day(20, 9), day(20, 18), 0},
		{day(20, 9), day(26, 0), 1},
		{day(19, 23), day(30, 1), 4},
		{day(30, 1), day(19, 23), -4},
	} {
		if got := c.Between(tc.from, tc.to); got != tc.want {
			t.Errorf("Between(%v, %v) = %d, want %d", tc.from, tc.to, got, tc.want)
		}
	}
	if got, want := c.Add(day(20, 9), 1), time.Date(2026, 3, 26, 23, 59, 59, 0, zone); !got.Equal(want) {
		t.Errorf("Add = %v, want %v", got, want)
	}
	c.Days["2026-03-22"] = Day{Working: true}
	if !c.Working(day(22, 5)) {
		t.Error("a Sunday made a working day is not counted")
	}
	// 23:00 UTC on Thursday is already Friday in the city.
	if got := c.Between(time.Date(2026, 3, 19, 23, 0, 0, 0, time.UTC), day(20, 9)); got != 0 {
		t.Errorf("zone ignored: %d", got)
	}
}

// Nothing typed turns the direction of reading, by which a file name or a title says what it does not.
func TestTextDoesNotTurnAround(t *testing.T) {
	for _, turn := range []string{"\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u202c", "\u2069"} {
		if got := CleanText("Саябақ" + turn + "ижоЛ"); got != "СаябақижоЛ" {
			t.Errorf("%q", got)
		}
	}
	if kept := "الحديقة \u200f!"; CleanText(kept) != kept {
		t.Error("a mark that only names a direction is taken out")
	}
}
