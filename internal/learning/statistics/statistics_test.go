package statistics

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.001 || math.IsNaN(got) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Four sheets, counted by hand: x = 1 1 0 0, rest = 2 1 1 0, so r = 0.5·… = 1/√2.
func TestFacilityAndDiscrimination(t *testing.T) {
	sheets := []Sheet{{"kk", []bool{true, true, true}}, {"kk", []bool{true, true, false}}, {"ru", []bool{false, true, false}}, {"ru", []bool{false, false, false}}}
	near(t, "facility", Facility(sheets, 0), 0.5)
	near(t, "facility", Facility(sheets, 2), 0.25)
	near(t, "discrimination", Discrimination(sheets, 0), 1/math.Sqrt2)
	if d := Discrimination(sheets[:2], 0); !math.IsNaN(d) {
		t.Error("all answered it right:", d)
	}
}

// people makes n sheets of which right answer the first question right; all have the same score.
func people(lang string, right, wrong int) (out []Sheet) {
	for i := range right + wrong {
		first := i < right
		out = append(out, Sheet{lang, []bool{first, !first, true}})
	}
	return out
}

// One stratum, by hand: A=10 B=20 C=20 D=10, so α = 100/400, Δ = −2.35 ln ¼ = 3.2578 and χ² = (5−½)²/3.8136 = 5.310.
func TestAQuestionHarderInOneLanguageIsFlagged(t *testing.T) {
	sheets := append(people("kk", 10, 20), people("ru", 20, 10)...)
	d := Compare(sheets, 0, "kk", "ru")
	near(t, "delta", d.Delta, 3.2578)
	near(t, "chi", d.Chi, 5.310)
	if d.Word != Flagged {
		t.Error(d)
	}
	if d := Compare(sheets, 0, "ru", "kk"); d.Delta > -3.25 || d.Word != Flagged {
		t.Error("the other way round:", d)
	}
	if d := Compare(sheets[1:], 0, "kk", "ru"); d.Word != TooFew {
		t.Error("29 sheets:", d)
	}
	if d := Compare(append(people("kk", 15, 15), people("ru", 15, 15)...), 0, "kk", "ru"); d.Word != Alike {
		t.Error("the same in both:", d)
	}
	// α = 14·12/(16·18), Δ = 1.27, χ² = 0.60
	if d := Compare(append(people("kk", 14, 16), people("ru", 18, 12)...), 0, "kk", "ru"); d.Word != Watch {
		t.Error("not significant:", d)
	}
}

// Who reads one language knows less: the question is not to blame. 90 % of strong and 30 % of weak people answer it right in both.
func TestLessKnowledgeIsNoHarderQuestion(t *testing.T) {
	var sheets []Sheet
	add := func(lang string, strong, weak int) {
		for i := range strong {
			sheets = append(sheets, Sheet{lang, []bool{i%10 > 0, i%10 == 0, true, true}})
		}
		for i := range weak {
			sheets = append(sheets, Sheet{lang, []bool{i%10 < 3, i%10 >= 3, false, false}})
		}
	}
	add("kk", 20, 80)
	add("ru", 80, 20)
	if Facility(sheets[:100], 0) > 0.5 || Facility(sheets[100:], 0) < 0.7 {
		t.Fatal("the two groups do not differ")
	}
	if d := Compare(sheets, 0, "kk", "ru"); d.Word != Alike || math.Abs(d.Delta) > 0.001 {
		t.Error(d)
	}
}

// Mean 0.6 of 0.4, 0.6, 0.8: the deviation is 0.2, so the bounds are 0.6 ∓ 1.96·0.2/√3.
func TestInterval(t *testing.T) {
	mean, low, high, ok := Interval([]float64{0.4, 0.6, 0.8})
	near(t, "mean", mean, 0.6)
	near(t, "low", low, 0.6-0.22632)
	near(t, "high", high, 0.6+0.22632)
	if _, _, _, few := Interval([]float64{1}); !ok || few {
		t.Error("one person has no interval")
	}
}
