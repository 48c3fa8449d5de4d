package report

import (
	"math"
	"slices"

	"github.com/birge-kz/birge/opinion"
)

// Colours and shapes of groups A, B, …, from the palette of the interface. Each colour has a
// contrast of at least 4.5:1 on the paper. Letter and shape tell groups apart without colour.
var (
	inks   = []string{"#0b6a88", "#ab2a24", "#2b7349", "#7b6250", "#1b2430"}
	shapes = []shape{circle, squareShape, triangle, diamond, triangleDown}
)

type shape uint8

const (
	circle shape = iota
	squareShape
	triangle
	diamond
	triangleDown
)

func style(letter string) (ink string, s shape) {
	i := int(letter[0]-'A') % len(inks)
	return inks[i], shapes[i]
}

const (
	paper = "#fbf8f2"
	ink   = "#1b2430"
	soft  = "#566072"
)

// The picture is laid out on a sheet of this size, in CSS pixels or points.
const (
	sheetWidth  = 640.0
	sheetHeight = 480.0
	margin      = 36.0
	edge        = 8.0
	radius      = 2.6
	// binAbove is the number of people above which dots are gathered on a grid. So the picture
	// stays a few dozen kilobytes however many take part.
	binAbove = 800
	binSize  = 5.0
)

func binned(m *opinion.Map) bool { return len(m.Participants) > binAbove }

type dot struct {
	x, y float64
	size int // 0, 1, 2: one person, several, many
}

type label struct {
	x, y float64 // left end of the baseline
	text string
}

type cluster struct {
	letter string
	people int
	dots   []dot
	hull   []opinion.Point
	label  label
}

// picture is the map laid out on a sheet, y downwards.
type picture struct {
	clusters []cluster
	few      []dot // people without a group
	frame    Frame
}

// Frame is how a map lies on the sheet of its picture.
type Frame struct {
	mid   opinion.Point
	scale float64
}

// FrameOf is the frame of a map's picture. Who is in no group does not change it.
func FrameOf(m *opinion.Map) Frame {
	low, high := bounds(m)
	scale := math.Min((sheetWidth-2*margin)/math.Max(high.X-low.X, 1e-9), (sheetHeight-2*margin)/math.Max(high.Y-low.Y, 1e-9))
	if high.X-low.X < 1e-9 && high.Y-low.Y < 1e-9 {
		scale = 1
	}
	return Frame{opinion.Point{X: (low.X + high.X) / 2, Y: (low.Y + high.Y) / 2}, scale}
}

func (f Frame) place(p opinion.Point) (x, y float64) {
	return sheetWidth/2 + (p.X-f.mid.X)*f.scale, sheetHeight/2 - (p.Y-f.mid.Y)*f.scale
}

func layout(m *opinion.Map, count func(int) string) *picture {
	pic := &picture{clusters: make([]cluster, len(m.Groups)), frame: FrameOf(m)}
	places := make([][]opinion.Point, len(m.Groups))
	var few []opinion.Point
	for _, p := range m.Participants {
		x, y := pic.frame.place(p.Point)
		if p.Group >= 0 {
			x, y = math.Min(math.Max(x, edge), sheetWidth-edge), math.Min(math.Max(y, edge), sheetHeight-edge)
			places[p.Group] = append(places[p.Group], opinion.Point{X: x, Y: y})
		} else if x > 4 && x < sheetWidth-4 && y > 4 && y < sheetHeight-4 {
			// People with few answers can lie far out. Those beyond the sheet are not drawn.
			few = append(few, opinion.Point{X: x, Y: y})
		}
	}
	gather := binned(m)
	for g, list := range places {
		pic.clusters[g] = cluster{letter: m.Groups[g].Letter, people: m.Groups[g].Size, dots: dots(list, gather), hull: hull(list)}
	}
	pic.few = dots(few, gather)
	pic.setLabels(count)
	return pic
}

// bounds are those of the people in groups, without the one in two hundred farthest out on each
// side: a single outlier must not press all others together. Those left out are drawn at the
// edge.
func bounds(m *opinion.Map) (low, high opinion.Point) {
	var xs, ys []float64
	for _, p := range m.Participants {
		if p.Group >= 0 {
			xs, ys = append(xs, p.X), append(ys, p.Y)
		}
	}
	if len(xs) == 0 {
		return low, high
	}
	slices.Sort(xs)
	slices.Sort(ys)
	skip := len(xs) / 200
	last := len(xs) - 1 - skip
	return opinion.Point{X: xs[skip], Y: ys[skip]}, opinion.Point{X: xs[last], Y: ys[last]}
}

// dots has one dot for each person or, with gather, one for all people in a cell of a grid.
func dots(list []opinion.Point, gather bool) []dot {
	var out []dot
	if !gather {
		for _, p := range list {
			out = append(out, dot{p.X, p.Y, 0})
		}
		return out
	}
	cells := map[[2]int]int{}
	shift := func(row int) float64 { return float64(row&1) * binSize / 2 } // every other row, like a honeycomb
	for _, p := range list {
		row := int(math.Floor(p.Y / binSize))
		cells[[2]int{int(math.Floor((p.X - shift(row)) / binSize)), row}]++
	}
	for at, n := range cells {
		d := dot{(float64(at[0])+0.5)*binSize + shift(at[1]), (float64(at[1]) + 0.5) * binSize, 0}
		switch {
		case n >= 10:
			d.size = 2
		case n >= 3:
			d.size = 1
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b dot) int {
		if a.y != b.y {
			return int(math.Copysign(1, a.y-b.y))
		}
		return int(math.Copysign(1, a.x-b.x))
	})
	return out
}

func dotRadius(size int) float64 { return radius * (1 + 0.45*float64(size)) }

// hull is the convex hull of the points, without the tenth of them farthest
// from their middle (Andrew's monotone chain).
func hull(list []opinion.Point) []opinion.Point {
	if len(list) < 3 {
		return nil
	}
	var mid opinion.Point
	for _, p := range list {
		mid.X += p.X / float64(len(list))
		mid.Y += p.Y / float64(len(list))
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b opinion.Point) int {
		da, db := math.Hypot(a.X-mid.X, a.Y-mid.Y), math.Hypot(b.X-mid.X, b.Y-mid.Y)
		switch {
		case da < db:
			return -1
		case da > db:
			return 1
		}
		return 0
	})
	list = list[:len(list)-len(list)/10]
	slices.SortFunc(list, func(a, b opinion.Point) int {
		switch {
		case a.X < b.X || (a.X == b.X && a.Y < b.Y):
			return -1
		case a == b:
			return 0
		}
		return 1
	})
	half := func(points []opinion.Point) []opinion.Point {
		var out []opinion.Point
		for _, p := range points {
			for len(out) > 1 {
				a, b := out[len(out)-2], out[len(out)-1]
				if (b.X-a.X)*(p.Y-a.Y)-(b.Y-a.Y)*(p.X-a.X) > 0 {
					break
				}
				out = out[:len(out)-1]
			}
			out = append(out, p)
		}
		return out[:len(out)-1]
	}
	lower := half(list)
	slices.Reverse(list)
	return append(lower, half(list)...)
}

const labelSize = 15.0

// setLabels puts each label above its group, or below it when the place above is taken.
func (pic *picture) setLabels(count func(int) string) {
	type box struct{ x0, y0, x1, y1 float64 }
	var taken []box
	for i := range pic.clusters {
		c := &pic.clusters[i]
		text := c.letter + " · " + count(c.people)
		width := labelWidth(text)
		var x, top, bottom float64
		top, bottom = math.Inf(1), math.Inf(-1)
		outline := c.hull
		if len(outline) == 0 {
			for _, d := range c.dots {
				outline = append(outline, opinion.Point{X: d.x, Y: d.y})
			}
		}
		for _, p := range outline {
			x += p.X / float64(len(outline))
			top, bottom = math.Min(top, p.Y), math.Max(bottom, p.Y)
		}
		x = math.Min(math.Max(x-width/2, 6), sheetWidth-width-6)
		at := func(y float64) (label, box) {
			y = math.Min(math.Max(y, labelSize+8), sheetHeight-10)
			return label{x, y, text}, box{x - 6, y - labelSize - 4, x + width + 6, y + 8}
		}
		free := func(b box) bool {
			return !slices.ContainsFunc(taken, func(o box) bool { return b.x0 < o.x1 && o.x0 < b.x1 && b.y0 < o.y1 && o.y0 < b.y1 })
		}
		l, b := at(top - 10)
		if !free(b) {
			l, b = at(bottom + labelSize + 8)
		}
		for y := labelSize + 8.0; !free(b) && y < sheetHeight-10; y += labelSize + 12 {
			l, b = at(y)
		}
		taken = append(taken, b)
		c.label = l
	}
}

// labelWidth is about how wide a text is: letters of the interface's fonts
// are a little over half as wide as high.
func labelWidth(s string) float64 { return 18 + float64(len([]rune(s)))*labelSize*0.58 }
