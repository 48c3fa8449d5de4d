package ui

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
)

// Chart is numbers over an ordered axis, such as foundings per year. Drawn on the server as
// SVG whose geometry stretches and whose text does not, so it reads at 320 px and in print;
// a table with the same numbers stands under it.
type Chart struct {
	Title  string
	Unit   string      // what the numbers count: "organisations founded"
	Axis   string      // what X is: "year"; heads the table's first column
	X      []string    // the places on the axis, in order
	Series []Series    // bars stack in this order, from the bottom
	Marks  []Milestone // milestones on the axis
	// AsPercent writes the numbers, which are then 0 to 100, with a per cent sign.
	AsPercent bool
	// Named says that X are names, which a phone has no room for: the axis numbers them, and a list under it says which is which.
	Named bool
}

// Series is one row of numbers, as many as the chart has X. Numbers below 0 and NaN are
// drawn as 0.
type Series struct {
	Name   string
	Values []float64
}

// Milestone is a dated event at one of the chart's X.
type Milestone struct {
	X    string
	Text string
	Lang civic.Lang // of the text, where it is not the page's
}

// maxSeries bounds what an eye tells apart; the rest is drawn as one and listed in the table.
const maxSeries = 7

// The height of the drawing in px: above the plot for labels, the plot, below for the axis.
const (
	chartTop    = 26.0
	chartPlot   = 200.0
	chartBottom = 28.0
)

func (s Series) at(i int) float64 {
	if i >= len(s.Values) || !(s.Values[i] > 0) || math.IsInf(s.Values[i], 0) {
		return 0
	}
	return s.Values[i]
}

// drawn are the series as drawn: all, or the largest and one for the rest.
func (c Chart) drawn(rest string) []Series {
	if len(c.Series) <= maxSeries {
		return c.Series
	}
	out := append([]Series{}, c.Series[:maxSeries-1]...)
	sum := Series{Name: rest, Values: make([]float64, len(c.X))}
	for _, s := range c.Series[maxSeries-1:] {
		for i := range c.X {
			sum.Values[i] += s.at(i)
		}
	}
	return append(out, sum)
}

// number writes a value in the reader's language.
func (c Chart) number(l *i18n.Localizer, v float64) string {
	if c.AsPercent {
		return l.Percent(int64(math.Round(v)), 100)
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return l.Number(int64(v))
	}
	return l.Decimal(v, 1)
}

// niceStep is the distance of grid lines that are easy to read: 1, 2 or 5 times a power of
// ten, so that at most four lines lie between 0 and top. Counts are never cut into parts.
func niceStep(top float64) float64 {
	if !(top > 0) {
		return 1
	}
	raw := top / 4
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*power >= raw {
			return math.Max(m*power, 1)
		}
	}
	return math.Max(10*power, 1)
}

// scale maps a value to the px of the drawing.
type scale struct{ top, step float64 }

func newScale(highest float64) scale {
	step := niceStep(highest)
	return scale{top: math.Max(math.Ceil(highest/step), 1) * step, step: step}
}

func (s scale) y(v float64) float64 { return chartTop + chartPlot*(1-v/s.top) }

func (s scale) ticks() []float64 {
	var out []float64
	for v := 0.0; v <= s.top*1.0001; v += s.step {
		out = append(out, v)
	}
	return out
}

// highest is the largest value, of the sums when the series are stacked.
func highest(series []Series, n int, stacked bool) float64 {
	top := 0.0
	for i := range n {
		sum := 0.0
		for _, s := range series {
			if stacked {
				sum += s.at(i)
			} else {
				sum = math.Max(sum, s.at(i))
			}
		}
		top = math.Max(top, sum)
	}
	return top
}

func px(v float64) string      { return strconv.FormatFloat(v, 'f', 1, 64) }
func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

// rect is one piece of a bar. x and width are per cents of the drawing's width.
type rect struct{ class, x, y, width, height, title string }

// label is a text in a drawing.
type label struct{ class, x, y, text string }

type drawing struct {
	ticks  []label // on the value axis
	grid   []string
	rects  []rect
	paths  []line
	dots   []rect
	labels []label // values
	ends   []label // the last values of lines
	axis   []label // under the plot
	marks  []label
}

type line struct{ class, points string }

// tickWidth is the room that the value axis needs for its longest number, in px; a character takes at most 8 at the size of the drawing's text.
func (d drawing) tickWidth() float64 {
	const least, character, beside = 44.0, 8.0, 8.0
	most := 0
	for _, t := range d.ticks {
		most = max(most, utf8.RuneCountInString(t.text))
	}
	return max(least, character*float64(most)+beside)
}

// bars draws stacked bars.
func (c Chart) bars(l *i18n.Localizer, series []Series) drawing {
	n := len(c.X)
	s := newScale(highest(series, n, true))
	d := c.frame(l, s)
	if n == 0 {
		return d
	}
	slot := 100 / float64(n)
	width := slot * 0.72
	if n > 40 {
		width = slot * 0.86
	}
	most := highest(series, n, true)
	for i := range n {
		sum := 0.0
		for j, row := range series {
			v := row.at(i)
			if v == 0 {
				continue
			}
			d.rects = append(d.rects, rect{
				class: "s" + strconv.Itoa(j+1), x: percent(slot*float64(i) + (slot-width)/2), width: percent(width),
				y: px(s.y(sum + v)), height: px(s.y(sum) - s.y(sum+v)),
				title: c.X[i] + " · " + row.Name + ": " + c.number(l, v),
			})
			sum += v
		}
		// Few bars carry their numbers; of many the highest and the last do.
		if sum > 0 && (n <= 8 || sum == most || i == n-1) {
			class := ""
			x := slot * (float64(i) + 0.5)
			if n > 8 && i == n-1 {
				class, x = "end", 100
				if sum < most {
					class = "end minor" // a phone has no room beside the neighbours
				}
			}
			d.labels = append(d.labels, label{class: class, x: percent(x), y: px(s.y(sum) - 6), text: c.number(l, sum)})
			if sum == most {
				most = math.Inf(1) // only the first of equals
			}
		}
	}
	return d
}

// lines draws one line per series, each with its last number at its end.
func (c Chart) lines(l *i18n.Localizer, series []Series) drawing {
	n := len(c.X)
	s := newScale(highest(series, n, false))
	d := c.frame(l, s)
	if n == 0 {
		return d
	}
	slot := 100 / float64(n)
	type end struct {
		y float64
		i int
	}
	var ends []end
	for j, row := range series {
		var points []string
		for i := range n {
			points = append(points, px(10*slot*(float64(i)+0.5))+","+px(s.y(row.at(i))))
		}
		d.paths = append(d.paths, line{class: "s" + strconv.Itoa(j+1), points: strings.Join(points, " ")})
		for i := range n {
			if n <= 24 || i == n-1 {
				d.dots = append(d.dots, rect{class: "s" + strconv.Itoa(j+1), x: percent(slot * (float64(i) + 0.5)), y: px(s.y(row.at(i))),
					title: c.X[i] + " · " + row.Name + ": " + c.number(l, row.at(i))})
			}
		}
		ends = append(ends, end{s.y(row.at(n-1)) + 4, j})
	}
	// The last numbers stand in a column of their own, from the top down, 15 px apart.
	slices.SortFunc(ends, func(a, b end) int { return cmp.Compare(a.y, b.y) })
	for k := range ends {
		if k > 0 {
			ends[k].y = math.Max(ends[k].y, ends[k-1].y+15)
		}
		j := ends[k].i
		d.ends = append(d.ends, label{class: "s" + strconv.Itoa(j+1), x: "4", y: px(ends[k].y), text: c.number(l, series[j].at(n-1))})
	}
	return d
}

// frame draws what all charts share: grid, axis and milestones.
func (c Chart) frame(l *i18n.Localizer, s scale) drawing {
	var d drawing
	for _, v := range s.ticks() {
		d.grid = append(d.grid, px(s.y(v)))
		d.ticks = append(d.ticks, label{y: px(s.y(v) + 4), text: c.number(l, v)})
	}
	n := len(c.X)
	if n == 0 {
		return d
	}
	slot := 100 / float64(n)
	d.axis = c.axis(slot)
	d.marks = c.milestones(slot)
	return d
}

// axis is the labels under the plot, each of whose places has that width in per cent.
func (c Chart) axis(slot float64) (out []label) {
	n := len(c.X)
	// How many labels fit into the plot of a phone (260 px) and of anything larger (560 px).
	longest, places := 1, c.X
	if c.Named {
		places = make([]string, n)
		for i := range places {
			places[i] = strconv.Itoa(i + 1)
		}
	}
	for _, x := range places {
		longest = max(longest, utf8.RuneCountInString(x))
	}
	fit := func(room int) int { k := max(1, room/(longest*8+10)); return (n + k - 1) / k }
	wide, narrow := fit(560), fit(260)
	if narrow%wide != 0 {
		narrow += wide - narrow%wide
	}
	for i, x := range places {
		if i%wide != 0 {
			continue
		}
		class := ""
		if i%narrow != 0 {
			class = "minor"
		}
		out = append(out, label{class: class, x: percent(slot * (float64(i) + 0.5)), y: px(chartTop + chartPlot + 18), text: x})
	}
	return out
}

// milestone is a numbered dot above the plot: of one place on the axis, or of several.
type milestone struct {
	from, to    float64 // where its first and last place are, in per cent of the width
	first, last int     // of the marks
}

func (m milestone) text() string {
	if m.last > m.first {
		return strconv.Itoa(m.first) + "–" + strconv.Itoa(m.last)
	}
	return strconv.Itoa(m.first)
}

func (m milestone) dot(class string) label {
	return label{class: class, x: percent((m.from + m.to) / 2), y: px(chartTop - 12), text: m.text()}
}

// milestones are the dots above the plot. Those at one place share a dot ("3–4"). On a phone, dots
// that would cover each other join into one, so that none is missing.
func (c Chart) milestones(slot float64) (dots []label) {
	for _, joined := range onPhone(c.dotted(slot)) {
		if len(joined) == 1 {
			dots = append(dots, joined[0].dot(""))
			continue
		}
		for _, m := range joined {
			dots = append(dots, m.dot("minor"))
		}
		dots = append(dots, together(joined).dot("phone"))
	}
	return dots
}

// dotted are the milestones of each place that has some.
func (c Chart) dotted(slot float64) (out []milestone) {
	for i, x := range c.X {
		at := slot * (float64(i) + 0.5)
		m := milestone{from: at, to: at}
		for k, mark := range c.Marks {
			if mark.X == x {
				m.first, m.last = cmp.Or(m.first, k+1), k+1
			}
		}
		if m.first > 0 {
			out = append(out, m)
		}
	}
	return out
}

func together(all []milestone) milestone {
	m := all[0]
	m.to, m.last = all[len(all)-1].to, all[len(all)-1].last
	return m
}

// onPhone puts together those that would cover each other on a plot of 260 px.
func onPhone(all []milestone) (out [][]milestone) {
	for _, m := range all {
		if n := len(out); n > 0 {
			before := together(out[n-1])
			room := float64(16 + 2*utf8.RuneCountInString(before.text()+m.text()))
			if (m.from-(before.from+before.to)/2)/100*260 < room {
				out[n-1] = append(out[n-1], m)
				continue
			}
		}
		out = append(out, []milestone{m})
	}
	return out
}

// summary is one sentence for who cannot see the drawing.
func (c Chart) summary(p Page) string {
	if len(c.X) == 0 || len(c.Series) == 0 {
		return c.Title + ". " + p.T("ui.chart_empty")
	}
	best, bestX := -1.0, ""
	for i, x := range c.X {
		sum := 0.0
		for _, s := range c.Series {
			sum += s.at(i)
		}
		if sum > best {
			best, bestX = sum, x
		}
	}
	return p.T("ui.chart_summary", "Title", c.Title, "From", c.X[0], "To", c.X[len(c.X)-1], "Most", c.number(p.L, best), "At", bestX)
}
