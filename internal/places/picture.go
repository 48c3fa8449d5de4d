package places

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// Frame is a picture of a part of the city: a rectangle of the earth and its size on a screen. At the
// size of a city a degree of longitude is as long everywhere as in the middle.
type Frame struct {
	Width, Height int // pixels
	bound         orb.Bound
	scale         float64 // pixels in a degree of latitude
	shrink        float64 // a degree of longitude in degrees of latitude
}

// margin is what is left free around the outlines, as a part of their size.
const margin = 0.04

// NewFrame fits a rectangle of the earth into a width, with a height of at most maxHeight.
func NewFrame(b orb.Bound, width, maxHeight int) Frame {
	b = b.Pad(margin * max(b.Max.Lon()-b.Min.Lon(), b.Max.Lat()-b.Min.Lat()))
	f := Frame{Width: width, bound: b, shrink: math.Cos((b.Min.Lat() + b.Max.Lat()) / 2 * math.Pi / 180)}
	wide, high := (b.Max.Lon()-b.Min.Lon())*f.shrink, b.Max.Lat()-b.Min.Lat()
	f.scale = min(float64(width)/wide, float64(maxHeight)/high)
	f.Height = int(math.Ceil(high * f.scale))
	// What is narrower than the picture stands in its middle.
	free := (float64(width)/f.scale - wide) / f.shrink / 2
	f.bound.Min[0] -= free
	f.bound.Max[0] += free
	return f
}

// XY is where a point is in the picture, in pixels from its upper left corner.
func (f Frame) XY(p Point) (x, y float64) {
	return (p.Lon - f.bound.Min.Lon()) * f.shrink * f.scale, (f.bound.Max.Lat() - p.Lat) * f.scale
}

// Point is what is at a pixel of the picture.
func (f Frame) Point(x, y float64) Point {
	p := Point{Lat: f.bound.Max.Lat() - y/f.scale, Lon: f.bound.Min.Lon() + x/f.scale/f.shrink}
	return Point{Lat: math.Round(p.Lat*1e6) / 1e6, Lon: math.Round(p.Lon*1e6) / 1e6}
}

// path writes an outline as an SVG path, in pixels.
func (f Frame) path(shape orb.MultiPolygon) string {
	var b strings.Builder
	for _, polygon := range shape {
		for _, ring := range polygon {
			for i, p := range ring[:len(ring)-1] {
				x, y := f.XY(Point{Lat: p.Lat(), Lon: p.Lon()})
				b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + pixel(x) + " " + pixel(y))
			}
			b.WriteByte('Z')
		}
	}
	return b.String()
}

func pixel(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// Pin is a thing on the map.
type Pin struct {
	At    Point
	Title string
}

// Mark is what is drawn for one pin, or for several that would cover one another.
type Mark struct {
	X, Y float64
	Pins []int // their places in the list, from 0; the first is the one that the list shows first
}

// Marks joins pins until no mark covers another, and leaves out those beyond the picture. The uppermost
// comes first, so that the order is the same for the same pins.
func (f Frame) Marks(pins []Pin) []Mark {
	var out []Mark
	for i, pin := range pins {
		x, y := f.XY(pin.At)
		if !pin.At.Known() || x < 0 || y < 0 || x > float64(f.Width) || y > float64(f.Height) {
			continue
		}
		out = apart(append(out, Mark{x, y, []int{i}}))
	}
	slices.SortFunc(out, func(a, b Mark) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	return out
}

// apart joins the last mark with one that it covers, and goes on with what became of the two, which
// stands elsewhere and may cover a third. All marks before the last stand apart.
func apart(marks []Mark) []Mark {
	last := marks[len(marks)-1]
	others := marks[:len(marks)-1]
	for i, m := range others {
		if math.Hypot(m.X-last.X, m.Y-last.Y) < radius(m)+radius(last) {
			return apart(append(slices.Delete(others, i, i+1), join(m, last)))
		}
	}
	return marks
}

// join is one mark for the pins of two, in the middle of them all.
func join(a, b Mark) Mark {
	n, m := float64(len(a.Pins)), float64(len(b.Pins))
	pins := slices.Concat(a.Pins, b.Pins)
	slices.Sort(pins)
	return Mark{(a.X*n + b.X*m) / (n + m), (a.Y*n + b.Y*m) / (n + m), pins}
}
