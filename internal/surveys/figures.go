package surveys

import (
	"cmp"
	"errors"
	"iter"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/surveys/estimate"
)

// Row is what one person answered, and how they came to it.
type Row struct {
	Source Source
	Said   questions.Answers
}

// Totals are what is known of a survey as a whole.
type Totals struct {
	People  map[Source]int64 `json:"people,omitempty"`
	Weights *Weighting       `json:"weights,omitempty"` // of the sample; nil: no margins were given, or there is no sample
}

// Weighting is what raking found. Its numbers are thousandths, because the record keeps whole numbers alone.
type Weighting struct {
	Failed       string `json:"failed,omitempty"` // why the sample is not weighted: a code of estimate
	Question     string `json:"question,omitempty"`
	Choice       string `json:"choice,omitempty"`
	Rounds       int    `json:"rounds,omitempty"`
	Least        int64  `json:"least,omitempty"`    // weight
	Greatest     int64  `json:"greatest,omitempty"` // weight
	Effect       int64  `json:"effect,omitempty"`   // the design effect
	EffectivelyN int64  `json:"as_many,omitempty"`  // how many unweighted answers tell as much; whole
}

// Figure is what was said to one question, or to one row of a grid, by those of one source. Shares are basis points: 1,234 is 12.34%.
type Figure struct {
	Question string `json:"question"`
	Row      string `json:"row,omitempty"`
	Source   Source `json:"source"`
	Asked    int64  `json:"asked"`  // of whom it was asked
	People   int64  `json:"people"` // who answered; Few: too few to say more
	Few      bool   `json:"few,omitempty"`
	Lines    []Line `json:"lines,omitempty"`
	Middle   *int64 `json:"middle,omitempty"` // the median of a number, or of the points of a scale
	Mean     *int64 `json:"mean,omitempty"`   // thousandths
	By       []By   `json:"by,omitempty"`
}

// Line is one choice.
type Line struct {
	Choice   string `json:"choice"`
	People   int64  `json:"people"` // Hidden
	Share    int64  `json:"share"`
	Weighted *int64 `json:"weighted,omitempty"`
	Low      *int64 `json:"low,omitempty"` // the interval of the weighted share, or of the share where nothing is weighted
	High     *int64 `json:"high,omitempty"`
}

// By is the same choices among those who gave one answer each to a question about themselves.
type By struct {
	Question string   `json:"question"`
	Groups   []string `json:"groups"`
	People   []int64  `json:"people"` // by group, who answered both; Hidden
	Cells    [][]Cell `json:"cells"`  // by line and group
}

// Cell is how many of a group chose a line; Hidden in People.
type Cell struct {
	People   int64  `json:"people"`
	Weighted *int64 `json:"weighted,omitempty"`
}

// Hidden stands for a number that is not shown.
const Hidden = -1

// column is a question, or a row of a grid, whose answers are counted by choice.
type column struct {
	q       questions.Question
	row     string
	choices []string
	index   map[string]int
	self    bool // about the person
}

// columns are those of a form.
func columns(form questions.Form, background []string) (out []column) {
	for _, q := range form {
		c := column{q: q, choices: q.Choices(), self: slices.Contains(background, q.Key)}
		c.index = map[string]int{}
		for i, choice := range c.choices {
			c.index[choice] = i
		}
		if q.Sort != questions.Grid {
			out = append(out, c)
			continue
		}
		for _, row := range q.Rows {
			c.row = row.Key
			out = append(out, c)
		}
	}
	return out
}

// chosen are the lines that somebody's answer is on, as a set: of Rank the first place.
func (c column) chosen(said []string) (lines uint32) {
	switch c.q.Sort {
	case questions.Grid:
		for _, s := range said {
			if row, option, _ := strings.Cut(s, "="); row == c.row {
				said = []string{option}
				break
			}
		}
	case questions.Rank:
		said = said[:min(1, len(said))]
	}
	for _, s := range said {
		if i, known := c.index[s]; known {
			lines |= 1 << i
		}
	}
	return lines
}

// several reports whether somebody may be on many lines.
func (c column) several() bool { return c.q.Sort == questions.Several }

// person is a row as the tables need it: by column the set of lines that it is on, at most mostChoices, and in the bits above whether it was asked and answered.
type person struct {
	at      []uint32
	numbers map[int]int64 // what was answered with a number, by column
}

const (
	isAsked    = 1 << 30
	isAnswered = 1 << 31
	onLines    = isAsked - 1
)

func (p person) asked(column int) bool    { return p.at[column]&isAsked != 0 }
func (p person) answered(column int) bool { return p.at[column]&isAnswered != 0 }
func (p person) lines(column int) uint32  { return p.at[column] & onLines }

// line is the only line that somebody is on; false for none or many.
func (p person) line(column int) (int, bool) {
	on := p.lines(column)
	return bits.TrailingZeros32(on), bits.OnesCount32(on) == 1
}

// tabulate counts all rows: the figures of each source by themselves, in the order of the form. Numbers that could give somebody away are hidden: cells of
// tables by what people are (with so many others that nobody computes them), and all of what fewer than least answered.
func tabulate(form questions.Form, background []string, margins Margins, least int64, rows iter.Seq2[Row, error]) (Totals, []Figure, error) {
	all, cols := map[Source][]person{}, columns(form, background)
	for row, err := range rows {
		if err != nil {
			return Totals{}, nil, err
		}
		all[row.Source] = append(all[row.Source], personOf(form, cols, row.Said))
	}
	totals := Totals{People: map[Source]int64{}}
	var out []Figure
	for _, source := range Sources() {
		people := all[source]
		if len(people) == 0 {
			continue
		}
		totals.People[source] = int64(len(people))
		var weights []float64
		if source == Sample && margins.Given() {
			totals.Weights, weights = weigh(form, cols, people, margins)
		}
		for i := range cols {
			out = append(out, figureOf(cols, i, source, people, weights, least))
		}
	}
	return totals, out, nil
}

func personOf(form questions.Form, cols []column, said questions.Answers) person {
	p := person{at: make([]uint32, len(cols))}
	depends := slices.ContainsFunc(form, func(q questions.Question) bool { return len(q.When) > 0 })
	if depends {
		form = form.Asked(said)
	}
	for i, c := range cols {
		if !depends || slices.ContainsFunc(form, func(q questions.Question) bool { return q.Key == c.q.Key }) {
			p.at[i] |= isAsked
		}
		answer := said[c.q.Key]
		if len(answer) == 0 {
			continue
		}
		lines := c.chosen(answer)
		if c.row != "" && lines == 0 { // other rows of the grid were answered
			continue
		}
		p.at[i] |= isAnswered | lines
		if c.q.Sort == questions.Whole {
			if n, err := strconv.ParseInt(answer[0], 10, 64); err == nil {
				if p.numbers == nil {
					p.numbers = map[int]int64{}
				}
				p.numbers[i] = n
			}
		}
	}
	return p
}

// weigh rakes a sample to the margins.
func weigh(form questions.Form, cols []column, people []person, given Margins) (*Weighting, []float64) {
	var margins []estimate.Margin
	var of []column
	for i, c := range cols {
		known, there := given.Of[c.q.Key]
		if !there {
			continue
		}
		m := estimate.Margin{Of: make([]int, len(people)), Shares: make([]float64, len(c.choices))}
		for _, k := range known {
			if at, ok := c.index[k.Choice]; ok {
				m.Shares[at] = float64(k.People)
			}
		}
		for j, p := range people {
			m.Of[j] = estimate.NotSaid
			if line, one := p.line(i); one {
				m.Of[j] = line
			}
		}
		margins, of = append(margins, m), append(of, c)
	}
	w, err := estimate.Rake(len(people), margins)
	if failed := (*estimate.MarginError)(nil); errors.As(err, &failed) {
		out := &Weighting{Failed: string(failed.Code)}
		if failed.Margin >= 0 && failed.Category >= 0 {
			out.Question, out.Choice = of[failed.Margin].q.Key, of[failed.Margin].choices[failed.Category]
		}
		return out, nil
	}
	return &Weighting{Rounds: w.Rounds, Least: thousandths(slices.Min(w.Of)), Greatest: thousandths(slices.Max(w.Of)), Effect: thousandths(estimate.DesignEffect(w.Of)),
		EffectivelyN: int64(math.Round(estimate.Effective(w.Of)))}, w.Of
}

func thousandths(f float64) int64 { return int64(math.Round(f * 1000)) }

func basisPoints(part, whole float64) int64 {
	if whole == 0 {
		return 0
	}
	return int64(math.Round(part / whole * 10_000))
}

// figureOf counts one column among the people of one source.
func figureOf(cols []column, at int, source Source, people []person, weights []float64, least int64) Figure {
	c := cols[at]
	f := Figure{Question: c.q.Key, Row: c.row, Source: source}
	counts, sums := make([]int64, len(c.choices)), make([]float64, len(c.choices))
	var mine []float64 // the weights of those who answered
	var numbers []int64
	for j, p := range people {
		if p.asked(at) {
			f.Asked++
		}
		if !p.answered(at) {
			continue
		}
		f.People++
		w := 1.0
		if weights != nil {
			w = weights[j]
		}
		mine = append(mine, w)
		for on := p.lines(at); on != 0; on &= on - 1 {
			line := bits.TrailingZeros32(on)
			counts[line]++
			sums[line] += w
		}
		if n, is := p.numbers[at]; is {
			numbers = append(numbers, n)
		} else if line, one := p.line(at); one && c.q.Sort == questions.Scale {
			numbers = append(numbers, int64(c.q.Least)+int64(line))
		}
	}
	if f.Few = f.People < least; f.Few {
		f.People, f.Asked = Hidden, Hidden
		return f
	}
	f.Lines = linesOf(c, f, counts, sums, mine, weights != nil)
	f.middles(numbers)
	if c.self {
		f.hideLines(counts, least)
		return f
	}
	for other, o := range cols {
		if o.self && len(c.choices) > 0 {
			f.By = append(f.By, crossed(c, at, o, other, people, weights, least))
		}
	}
	return f
}

// linesOf are the shares of the choices, of a sample with their intervals. counts and sums are the people and the weights by choice, weights those of
// whoever answered.
func linesOf(c column, f Figure, counts []int64, sums, weights []float64, weighted bool) (out []Line) {
	var whole float64
	for _, w := range weights {
		whole += w
	}
	effective := estimate.Effective(weights)
	for i, choice := range c.choices {
		l := Line{Choice: choice, People: counts[i], Share: basisPoints(float64(counts[i]), float64(f.People))}
		if weighted {
			share := basisPoints(sums[i], whole)
			l.Weighted = &share
		}
		if f.Source == Sample {
			of := estimate.Wilson(sums[i]/whole, effective)
			low, high := basisPoints(of.Low, 1), basisPoints(of.High, 1)
			l.Low, l.High = &low, &high
		}
		out = append(out, l)
	}
	return out
}

// middles fills in the median and the mean.
func (f *Figure) middles(numbers []int64) {
	if len(numbers) == 0 {
		return
	}
	slices.Sort(numbers)
	middle := numbers[(len(numbers)-1)/2]
	var sum float64
	for _, n := range numbers {
		sum += float64(n)
	}
	mean := thousandths(sum / float64(len(numbers)))
	f.Middle, f.Mean = &middle, &mean
}

// hideLines hides the groups of a question about the person that are small.
func (f *Figure) hideLines(counts []int64, least int64) {
	for i, hidden := range estimate.Suppress([][]int64{counts}, least)[0] {
		if hidden {
			f.Lines[i] = Line{Choice: f.Lines[i].Choice, People: Hidden}
		}
	}
}

// crossed is a column by a question about the person.
func crossed(c column, at int, o column, other int, people []person, weights []float64, least int64) By {
	by := By{Question: o.q.Key, Groups: o.choices, People: make([]int64, len(o.choices)), Cells: make([][]Cell, len(c.choices))}
	counts, sums, whole := make([][]int64, len(c.choices)), make([][]float64, len(c.choices)), make([]float64, len(o.choices))
	for i := range counts {
		counts[i], sums[i] = make([]int64, len(o.choices)), make([]float64, len(o.choices))
	}
	for j, p := range people {
		group, one := p.line(other)
		if !p.answered(at) || !one {
			continue
		}
		w := 1.0
		if weights != nil {
			w = weights[j]
		}
		by.People[group]++
		whole[group] += w
		for on := p.lines(at); on != 0; on &= on - 1 {
			line := bits.TrailingZeros32(on)
			counts[line][group]++
			sums[line][group] += w
		}
	}
	hidden := hide(c, counts, by.People, least)
	for i := range counts {
		by.Cells[i] = make([]Cell, len(o.choices))
		for g := range o.choices {
			cell := Cell{People: Hidden}
			if !hidden[i][g] {
				cell.People = counts[i][g]
				if weights != nil {
					share := basisPoints(sums[i][g], whole[g])
					cell.Weighted = &share
				}
			}
			by.Cells[i][g] = cell
		}
	}
	for g, small := range estimate.Suppress([][]int64{slices.Clone(by.People)}, least)[0] {
		if small {
			by.People[g] = Hidden
		}
	}
	return by
}

// hide says which cells of a table are hidden. Where somebody may be on many lines, each line is a table of those who chose it and those who did not.
func hide(c column, counts [][]int64, people []int64, least int64) [][]bool {
	if !c.several() {
		return estimate.Suppress(counts, least)
	}
	out := make([][]bool, len(counts))
	for i, row := range counts {
		not := make([]int64, len(row))
		for g, n := range row {
			not[g] = people[g] - n
		}
		both := estimate.Suppress([][]int64{row, not}, least)
		out[i] = make([]bool, len(row))
		for g := range row {
			out[i][g] = both[0][g] || both[1][g]
		}
	}
	return out
}

// Trend is what one choice was in the surveys that asked the same question, the earliest first.
type Trend struct {
	Choice string
	Points []*int64 // basis points, weighted where it was; nil: not known of that survey
}

// trendOf lays the figures of one question and source from several surveys side by side; nil stands for a survey without.
func trendOf(all []*Figure, choices []string) (out []Trend) {
	for _, choice := range choices {
		t := Trend{Choice: choice}
		for _, f := range all {
			var point *int64
			if f != nil {
				for _, l := range f.Lines {
					if l.Choice == choice && l.People != Hidden {
						point = cmp.Or(l.Weighted, &l.Share)
					}
				}
			}
			t.Points = append(t.Points, point)
		}
		out = append(out, t)
	}
	return out
}
