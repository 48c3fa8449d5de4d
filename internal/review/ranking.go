package review

import (
	"cmp"
	"errors"
	"math"
	"math/big"
	"slices"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/civic"
)

// Criterion is one thing that readers judge. Its marks go from 0 to the scale of the rubric; Zero and Full say what these mean.
type Criterion struct {
	Key    string     `json:"key"`
	Label  civic.Text `json:"label"`
	Weight int64      `json:"weight"`
	Zero   civic.Text `json:"zero"`
	Full   civic.Text `json:"full"`
}

// Rubric is how applications are judged. It is frozen with its call.
type Rubric struct {
	Criteria []Criterion `json:"criteria"`
	Scale    int64       `json:"scale"`
	Readers  int         `json:"readers"` // readings that an application needs
	Quorum   int         `json:"quorum"`  // per cent of those who may vote on it that must be there
	Pass     int64       `json:"pass"`    // hundredths of a mark that the mean must reach to be funded
}

// errMarks is of marks that are not those of the rubric.
var errMarks = errors.New("review: the marks are not those of the rubric")

// Score is the weighted mean of a reader's marks, which stand in the order of the criteria; exact.
func (r Rubric) Score(marks []int64) (*big.Rat, error) {
	var sum, weights int64
	if len(marks) != len(r.Criteria) {
		return nil, errMarks
	}
	for i, c := range r.Criteria {
		if marks[i] < 0 || marks[i] > r.Scale || c.Weight <= 0 {
			return nil, errMarks
		}
		sum += c.Weight * marks[i]
		weights += c.Weight
	}
	if weights == 0 {
		return nil, errMarks
	}
	return big.NewRat(sum, weights), nil
}

// Reading is what one reader says of one application. A reader who is recused has none of it: there is nothing to take out.
type Reading struct {
	Application, Reader int
	Score               *big.Rat
}

// Outcome is what the means and the money make of an application, before the meeting decides.
type Outcome string

// The outcomes.
const (
	Unread  Outcome = "unread"  // it lacks readings, and is not ranked
	Funded  Outcome = "funded"  // above the money line, in full
	Partial Outcome = "partial" // at the line: there is money for a part of what it asks
	Tied    Outcome = "tied"    // at the line, with others of the same mean, and the money is not enough for all of them: the meeting chooses
	Reserve Outcome = "reserve" // below the line: it is funded when somebody above declines
	Failed  Outcome = "failed"  // its mean does not reach the pass mark
)

// Ranked is an application in the ranked list.
type Ranked struct {
	Application int
	Place       int      // from 1; applications with the same mean share it; 0: unread
	Mean        *big.Rat // which decides
	Readings    int
	Outcome     Outcome
	Offered     civic.Money
	Calibrated  float64 // beside the mean, never instead; NaN: nothing to compare
	Discuss     bool    // if readers were equally strict, another would be funded: the meeting says why it goes by the mean, or not
}

// Ranking is the ranked list of a call.
type Ranking struct {
	List         []Ranked
	Left         civic.Money // of the money, after all that is offered
	Incomparable bool        // the applications fall into groups that no reader connects, so nothing is said of strictness
}

// Rank ranks applications by the exact mean of their readings. Money is offered from the top, each what it asks, until the first that it
// is not enough for: nobody below is preferred for asking less. asks are by application.
func Rank(r Rubric, asks []civic.Money, readings []Reading, readers int, money civic.Money) Ranking {
	list := make([]Ranked, len(asks))
	for i := range list {
		list[i] = Ranked{Application: i, Mean: new(big.Rat), Calibrated: math.NaN()}
	}
	var marks []allocation.Reading
	for _, one := range readings {
		a := &list[one.Application]
		a.Mean.Add(a.Mean, one.Score)
		a.Readings++
		score, _ := one.Score.Float64()
		marks = append(marks, allocation.Reading{Application: one.Application, Reader: one.Reader, Score: score})
	}
	for i := range list {
		if list[i].Readings > 0 {
			list[i].Mean.Quo(list[i].Mean, big.NewRat(int64(list[i].Readings), 1))
		}
	}
	out := Ranking{List: list}
	out.compare(allocation.Calibrate(len(asks), readers, marks, allocation.Pull), r)
	out.Left = draw(list, r, asks, money, func(a, b Ranked) int { return b.Mean.Cmp(a.Mean) }, func(a Ranked) bool { return a.Mean.Cmp(big.NewRat(r.Pass, 100)) >= 0 })
	if !out.Incomparable {
		out.discuss(r, asks, money)
	}
	return out
}

// compare puts calibrated scores beside the means.
func (out *Ranking) compare(c allocation.Calibrated, r Rubric) {
	part := -1
	for i := range out.List {
		if out.List[i].Readings < r.Readers {
			continue
		}
		out.List[i].Calibrated = c.Scores[i]
		if part >= 0 && c.Part[i] != part {
			out.Incomparable = true
		}
		part = c.Part[i]
	}
}

// gets is how far an outcome means money.
var gets = map[Outcome]int{Funded: 2, Partial: 1, Tied: 1}

// discuss marks the applications that would be funded, or not, if the calibrated scores decided.
func (out *Ranking) discuss(r Rubric, asks []civic.Money, money civic.Money) {
	other := slices.Clone(out.List)
	const same = 1e-9 // floats that differ by less are a tie
	draw(other, r, asks, money, func(a, b Ranked) int {
		return cmp.Compare(math.Round(b.Calibrated/same), math.Round(a.Calibrated/same))
	}, func(a Ranked) bool { return a.Calibrated+same >= float64(r.Pass)/100 })
	full := map[int]Outcome{}
	for _, a := range other {
		full[a.Application] = a.Outcome
	}
	for i := range out.List {
		a := &out.List[i]
		a.Discuss = gets[a.Outcome] != gets[full[a.Application]]
	}
}

// draw orders the list, draws the money line through it, and returns what is left of the money.
func draw(list []Ranked, r Rubric, asks []civic.Money, money civic.Money, compare func(a, b Ranked) int, passes func(Ranked) bool) civic.Money {
	slices.SortFunc(list, func(a, b Ranked) int {
		unread := func(a Ranked) int {
			if a.Readings < r.Readers {
				return 1
			}
			return 0
		}
		if c := cmp.Compare(unread(a), unread(b)); c != 0 || unread(a) == 1 {
			return cmp.Or(c, cmp.Compare(a.Application, b.Application))
		}
		return cmp.Or(compare(a, b), cmp.Compare(a.Application, b.Application))
	})
	below := false
	for i := 0; i < len(list); {
		if list[i].Readings < r.Readers {
			list[i].Outcome, list[i].Place, list[i].Offered = Unread, 0, 0
			i++
			continue
		}
		n := 1
		for i+n < len(list) && list[i+n].Readings >= r.Readers && compare(list[i], list[i+n]) == 0 {
			n++
		}
		for k := i; k < i+n; k++ {
			list[k].Place = i + 1
		}
		money, below = offer(list[i:i+n], asks, money, below, passes)
		i += n
	}
	return money
}

// offer gives applications of one place what they ask, as far as the line has not been reached.
func offer(group []Ranked, asks []civic.Money, money civic.Money, below bool, passes func(Ranked) bool) (left civic.Money, reached bool) {
	var together civic.Money
	for _, a := range group {
		together += asks[a.Application]
	}
	outcome := Funded
	switch {
	case !passes(group[0]):
		outcome = Failed
	case below:
		outcome = Reserve
	case together <= money:
	case money <= 0:
		outcome = Reserve
	case len(group) > 1:
		outcome = Tied
	default:
		outcome = Partial
	}
	for k := range group {
		group[k].Outcome, group[k].Offered = outcome, 0
		switch outcome {
		case Funded:
			group[k].Offered = asks[group[k].Application]
			money -= group[k].Offered
		case Partial:
			group[k].Offered, money = money, 0
		}
	}
	return money, below || outcome != Funded
}
