package panel_test

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/indicators/panel"
)

// judged is eight members who give the same scores to every dimension, but for one.
func judged(scores [8]int, but panel.Dimension, other [8]int) (given []map[panel.Dimension]int) {
	for i := range scores {
		one := map[panel.Dimension]int{}
		for _, d := range panel.Dimensions() {
			one[d] = scores[i]
			if d == but {
				one[d] = other[i]
			}
		}
		given = append(given, one)
	}
	return given
}

func TestMedians(t *testing.T) {
	given := judged([8]int{1, 2, 3, 3, 4, 4, 5, 7}, panel.Image, [8]int{7, 7, 6, 6, 5, 7, 6, 6})
	counted, err := panel.Count(given)
	if err != nil {
		t.Fatal(err)
	}
	got, err := panel.Compute(counted)
	if err != nil || got.Members != 8 || got.Medians[panel.Legal].RatString() != "7/2" || got.Medians[panel.Image].RatString() != "6" {
		t.Fatalf("%+v, %v", got, err)
	}
	if got.Overall.RatString() != "27/7" { // (6 · 3.5 + 6) / 7
		t.Errorf("overall %s", got.Overall.RatString())
	}
	slices.Reverse(given) // nobody's place matters
	counted, _ = panel.Count(given)
	if again, err := panel.Compute(counted); err != nil || again.Alpha.Cmp(got.Alpha) != 0 || again.Overall.Cmp(got.Overall) != 0 {
		t.Errorf("%+v, %v", again, err)
	}
}

// Who agrees about everything, and differs between dimensions, agrees wholly; who agrees as by chance, not at all.
func TestAgreement(t *testing.T) {
	all := panel.Scores{}
	for i, d := range panel.Dimensions() {
		var counts [panel.Worst]int
		counts[i] = 8
		all[d] = counts
	}
	if got, err := panel.Compute(all); err != nil || got.Alpha.RatString() != "1" {
		t.Errorf("%+v, %v", got, err)
	}
	one := panel.Scores{}
	for _, d := range panel.Dimensions() {
		one[d] = [panel.Worst]int{4, 0, 0, 0, 0, 0, 4}
	}
	if got, err := panel.Compute(one); err != nil || got.Alpha.Sign() > 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, d := range panel.Dimensions() {
		one[d] = [panel.Worst]int{0, 0, 9}
	}
	if got, err := panel.Compute(one); err != nil || got.Alpha != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCategories(t *testing.T) {
	for score, want := range map[string]panel.Category{"1": panel.Enhanced, "3": panel.Enhanced, "61/20": panel.Evolving, "304/100": panel.Enhanced, "31/10": panel.Evolving, "5": panel.Evolving, "51/10": panel.Impeded, "7": panel.Impeded} {
		n, _ := new(big.Rat).SetString(score)
		if got := panel.CategoryOf(n); got != want {
			t.Errorf("%s is %s, want %s", score, got, want)
		}
	}
}

func TestFaults(t *testing.T) {
	full := func(n int) panel.Scores {
		s := panel.Scores{}
		for _, d := range panel.Dimensions() {
			s[d] = [panel.Worst]int{n}
		}
		return s
	}
	uneven := full(8)
	uneven[panel.Services] = [panel.Worst]int{9}
	strange := full(8)
	strange["mood"] = [panel.Worst]int{8}
	below := full(8)
	below[panel.Legal] = [panel.Worst]int{9, -1}
	for name, c := range map[string]struct {
		s    panel.Scores
		code panel.Code
	}{"seven": {full(7), panel.TooFew}, "many": {full(61), panel.Unknown}, "uneven": {uneven, panel.Uneven}, "strange": {strange, panel.Unknown}, "below": {below, panel.Unknown}} {
		_, err := panel.Compute(c.s)
		if wrong := (*panel.Fault)(nil); !errors.As(err, &wrong) || wrong.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := panel.Count([]map[panel.Dimension]int{{panel.Legal: 8}}); err == nil {
		t.Error("a score of 8 counts")
	}
}

func TestDiamond(t *testing.T) {
	of := func(all ...int64) (out []*big.Rat) {
		for _, n := range all {
			out = append(out, big.NewRat(n, 1))
		}
		return out
	}
	d := panel.Draw(of(40, 61), of(0), of(100, 100, 50), of(101), nil)
	if d.Engagement.RatString() != "101/2" || d.Organisation.Sign() != 0 || d.Values.RatString() != "250/3" || d.Impact != nil || d.Environment != nil {
		t.Errorf("%+v", d)
	}
}
