package consultations

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/lexis"
)

// The state machine as README.md draws it: these transitions and no others.
func TestPhasesFollowTheDrawing(t *testing.T) {
	want := map[Phase]map[Transition]Phase{
		Draft: {Publish: Planned}, Planned: {Begin: Open, Withdraw: Draft, Extend: Planned},
		Open: {Extend: Open, Close: Closed}, Closed: {GiveAnswer: Answered}, Answered: {}, importing: {},
	}
	for from, transitions := range want {
		for _, transition := range []Transition{Publish, Withdraw, Begin, Extend, Close, GiveAnswer} {
			to, ok := Next(from, transition)
			if wanted, possible := transitions[transition]; ok != possible || to != wanted {
				t.Errorf("%s %s: %s, %v; want %s, %v", from, transition, to, ok, wanted, possible)
			}
		}
	}
}

func TestTimeMovesPhases(t *testing.T) {
	c := Consultation{OpensAt: start, ClosesAt: start.Add(time.Hour)}
	ms := time.Millisecond
	for _, tc := range []struct {
		stored Phase
		at     time.Time
		want   Phase
	}{
		{Planned, start.Add(-ms), Planned}, {Planned, start, Open}, {Planned, start.Add(time.Hour - ms), Open}, {Planned, start.Add(time.Hour), Closed},
		{Open, start.Add(time.Hour - ms), Open}, {Open, start.Add(time.Hour), Closed},
		{Draft, start.Add(2 * time.Hour), Draft}, {Answered, start, Answered}, {Closed, start, Closed}, {importing, start, importing},
	} {
		c.Phase = tc.stored
		if got := c.At(tc.at); got != tc.want {
			t.Errorf("%s at %v: %s, want %s", tc.stored, tc.at, got, tc.want)
		}
	}
}

// Expected values worked out by hand from the formulas.
func TestAgreementAndDispute(t *testing.T) {
	for _, tc := range []struct {
		c        Count
		agree    float64
		disputed float64
	}{
		{Count{}, 0.5, 0}, {Count{2, 0, 0}, 0.75, 0}, {Count{198, 0, 0}, 199.0 / 200, 0}, {Count{49, 49, 0}, 0.5, 0.98},
		{Count{10, 10, 78}, 0.11, 0.2}, {Count{1, 3, 4}, 0.2, 0.2},
	} {
		if math.Abs(tc.c.Agreement()-tc.agree) > 1e-12 || math.Abs(tc.c.Dispute()-tc.disputed) > 1e-12 {
			t.Errorf("%+v: %v and %v, want %v and %v", tc.c, tc.c.Agreement(), tc.c.Dispute(), tc.agree, tc.disputed)
		}
	}
	if !(Count{198, 0, 0}.Agreement() > Count{2, 0, 0}.Agreement()) {
		t.Error("two votes lead two hundred")
	}
}

// New statements catch up with older ones. Each person has their own order, and always the same
// one.
func TestTheNextStatementIsDrawnFairly(t *testing.T) {
	even := []candidate{{1, 0}, {2, 0}, {3, 0}, {4, 0}}
	uneven := []candidate{{1, 9}, {2, 0}}
	first, behind := map[int64]int{}, 0
	for p := range int64(4000) {
		no, ok := nextStatement(even, p)
		again, _ := nextStatement([]candidate{even[3], even[1], even[0], even[2]}, p)
		if !ok || no != again {
			t.Fatalf("participant %d: %d, then %d", p, no, again)
		}
		first[no]++
		if no, _ := nextStatement(uneven, p); no == 2 {
			behind++
		}
	}
	for no, n := range first {
		if n < 850 || n > 1150 { // 1000 expected, standard deviation 27
			t.Errorf("statement %d came first %d times of 4000", no, n)
		}
	}
	if behind < 3540 || behind > 3740 { // weights 1 and 1/10: 3636 expected, standard deviation 18
		t.Errorf("the statement without votes came first %d times of 4000", behind)
	}
	if _, ok := nextStatement(nil, 1); ok {
		t.Error("something is chosen from nothing")
	}
}

func TestLikenessSeesFormsAndSlips(t *testing.T) {
	alike := func(a, b string) float64 {
		return similarity(fingerprintOf(a, lexis.Analyse(a)), fingerprintOf(b, lexis.Analyse(b)))
	}
	for _, tc := range [][2]string{
		{"Көбірек ағаш отырғызу керек", "Көбірек ағаштар отырғызылсын, керек"}, {"Нужно больше деревьев в парке", "В парке нужно больше деревьев!"},
		{"Нужны велодорожки", "Нужны веладорожки"}, {"Бесплатный вход", "бесплатный  вход."},
	} {
		if got := alike(tc[0], tc[1]); got < 0.6 {
			t.Errorf("%q and %q: %.2f", tc[0], tc[1], got)
		}
	}
	for _, tc := range [][2]string{{"Көбірек ағаш отырғызу керек", "Түнгі жарық жетіспейді"}, {"Нужны велодорожки", "Вход должен быть платным"}, {"?!", "Жол"}} {
		if got := alike(tc[0], tc[1]); got > 0.45 {
			t.Errorf("%q and %q: %.2f", tc[0], tc[1], got)
		}
	}
}

func FuzzLikeness(f *testing.F) {
	f.Add("Көбірек ағаш", "ағаш \xff көбірек")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := fingerprintOf(a, lexis.Analyse(a)), fingerprintOf(b, lexis.Analyse(b))
		got := similarity(x, y)
		if got < 0 || got > 1 || got != similarity(y, x) {
			t.Errorf("%v and %v", got, similarity(y, x))
		}
		if len(x.terms)+len(x.pieces) > 0 && similarity(x, x) != 1 {
			t.Error("a text is not like itself")
		}
	})
}

func FuzzSeedsByLine(f *testing.F) {
	f.Add("a\r\n\n b \n")
	f.Fuzz(func(t *testing.T, s string) {
		for _, words := range byLine(civic.Text{"kk": s}) {
			if line := words["kk"]; strings.ContainsRune(line, '\n') || utf8.ValidString(s) && strings.TrimSpace(line) != line {
				t.Errorf("%q", line)
			}
		}
	})
}

func TestParticipationByDayAndMonth(t *testing.T) {
	days := []Day{{"2026-02-27", 3, 1}, {"2026-03-02", 4, 2}}
	if got, want := everyDay(days, 10), []Day{{"2026-02-27", 3, 1}, {Day: "2026-02-28"}, {Day: "2026-03-01"}, {"2026-03-02", 4, 2}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := everyDay(days, 3); got != nil {
		t.Errorf("more than allowed: %v", got)
	}
	if got, want := months(append(days, Day{"2026-03-30", 1, 1})), []Day{{"2026-02-01", 3, 1}, {"2026-03-01", 5, 3}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
