package opinion

import (
	"cmp"
	"math"
	"slices"
)

// Counts of the answers to one statement.
type Counts struct {
	Agree    int `json:"agree"`
	Disagree int `json:"disagree"`
	Pass     int `json:"pass"`
}

// Answered is the number of answers, passes included.
func (c Counts) Answered() int { return c.Agree + c.Disagree + c.Pass }

func (c Counts) plus(d Counts) Counts {
	return Counts{c.Agree + d.Agree, c.Disagree + d.Disagree, c.Pass + d.Pass}
}

func (c Counts) minus(d Counts) Counts {
	return Counts{c.Agree - d.Agree, c.Disagree - d.Disagree, c.Pass - d.Pass}
}

// Representative is a statement that a group says more than the others do.
type Representative struct {
	Statement int64   `json:"statement"`
	Agree     bool    `json:"agree"`                // the group says it by agreeing, not by disagreeing
	Success   int     `json:"n_success"`            // people of the group who said so
	Trials    int     `json:"n_trials"`             // who answered
	P         float64 `json:"p_success"`            // (success+1)/(trials+2)
	PTest     float64 `json:"p_test"`               // z of the test that it is a majority
	Ratio     float64 `json:"repness"`              // P over the same of everyone else
	RatioTest float64 `json:"repness_test"`         // z of the test that the group says it more
	Best      bool    `json:"best_agree,omitempty"` // chosen as what the group agrees on most
}

// propTest is the z of the test that more than half of the people say so. One success and one
// trial are added first [stats.clj: prop-test].
func propTest(successes, trials int) float64 {
	n := float64(trials + 1)
	return 2 * math.Sqrt(n) * (float64(successes+1)/n - 0.5)
}

// twoPropTest is the z of the test that the first proportion is greater than the second. One is
// added to each count first. It is 0 when all are successes [stats.clj: two-prop-test].
func twoPropTest(s1, s2, n1, n2 int) float64 {
	a, b, m, n := float64(s1+1), float64(s2+1), float64(n1+1), float64(n2+1)
	pooled := (a + b) / (m + n)
	if pooled == 1 {
		return 0
	}
	return (a/m - b/n) / math.Sqrt(float64(pooled*(1-pooled))*(1/m+1/n))
}

// side holds the statistics of one statement and one group, for agreeing or for disagreeing.
type side struct {
	n                         int
	p, test, ratio, ratioTest float64
	trials                    int
}

func newSide(success, trials, othersSuccess, othersTrials int) side {
	s := side{n: success, trials: trials}
	s.p = float64(success+1) / float64(trials+2)
	s.test = propTest(success, trials)
	s.ratio = s.p / (float64(1+othersSuccess) / float64(2+othersTrials))
	s.ratioTest = twoPropTest(success, othersSuccess, trials, othersTrials)
	return s
}

func (s side) representative(id int64, agree bool) Representative {
	return Representative{Statement: id, Agree: agree, Success: s.n, Trials: s.trials, P: s.p, PTest: s.test, Ratio: s.ratio, RatioTest: s.ratioTest}
}

// representative picks for each group the statements that it says more than all others
// together: those where both tests pass at z > Options.Z. They are ordered by the product of
// ratio, ratio test, proportion and proportion test. The statement that the group agrees on
// most comes first. At most Options.Representative are kept, agreed ones before disagreed ones
// [repness.clj: conv-repness, select-rep-comments, finalize-cmt-stats, beats-best-agr?].
// counts[g][j] are the answers of group g to statement j; active ascends.
func (o *Options) representative(ids []int64, active []int32, counts [][]Counts) [][]Representative {
	// Long: the choice in the order in which production makes it, to be compared with its functions named above.
	type found struct {
		passed      []Representative
		best        *Representative // greatest ratio test, while none passed
		agreed      side
		agreedAs    Representative
		hasAgreed   bool
		agreedIndex int64
	}
	all := make([]found, len(counts))
	for _, j := range active {
		var total Counts
		for g := range counts {
			total = total.plus(counts[g][j])
		}
		for g := range counts {
			f := &all[g]
			c := counts[g][j]
			rest := total.minus(c)
			a := newSide(c.Agree, c.Answered(), rest.Agree, rest.Answered())
			d := newSide(c.Disagree, c.Answered(), rest.Disagree, rest.Answered())
			as := d.representative(ids[j], false)
			if a.ratioTest > d.ratioTest {
				as = a.representative(ids[j], true)
			}
			if (a.ratioTest > o.Z && a.test > o.Z) || (d.ratioTest > o.Z && d.test > o.Z) {
				f.passed = append(f.passed, as)
			}
			if len(f.passed) == 0 && (f.best == nil || math.Max(a.ratioTest, d.ratioTest) > f.best.RatioTest) {
				best := as
				f.best = &best
			}
			var better bool
			switch {
			case c.Agree == 0 && c.Disagree == 0:
			case f.hasAgreed && f.agreed.ratio > 1:
				better = a.ratio*a.ratioTest*a.p*a.test > f.agreed.ratio*f.agreed.ratioTest*f.agreed.p*f.agreed.test
			case f.hasAgreed:
				better = a.p*a.test > f.agreed.p*f.agreed.test
			default:
				better = a.test > o.Z || (a.ratio > 1 && a.p > 0.5)
			}
			if better {
				if !o.BestBySide {
					as = a.representative(ids[j], true)
				}
				f.agreed, f.agreedAs, f.hasAgreed, f.agreedIndex = a, as, true, ids[j]
			}
		}
	}
	out := make([][]Representative, len(counts))
	for g, f := range all {
		var list []Representative
		if f.hasAgreed {
			f.agreedAs.Best = true
			list = append(list, f.agreedAs)
		}
		if len(f.passed) == 0 {
			if len(list) == 0 && f.best != nil {
				list = append(list, *f.best)
			}
			out[g] = list
			continue
		}
		slices.SortStableFunc(f.passed, func(a, b Representative) int {
			return cmp.Compare(b.Ratio*b.RatioTest*b.P*b.PTest, a.Ratio*a.RatioTest*a.P*a.PTest)
		})
		for _, r := range f.passed {
			if !f.hasAgreed || r.Statement != f.agreedIndex {
				list = append(list, r)
			}
		}
		list = list[:min(len(list), o.Representative)]
		slices.SortStableFunc(list, func(a, b Representative) int {
			switch {
			case a.Agree && !b.Agree:
				return -1
			case b.Agree && !a.Agree:
				return 1
			}
			return 0
		})
		out[g] = list
	}
	return out
}
