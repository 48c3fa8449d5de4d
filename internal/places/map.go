package places

import (
	"fmt"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/birge-kz/birge/internal/platform/ui"
)

// pickerSize is the side of the picture on which one clicks, in pixels. It is never scaled, because a
// browser without a script tells a click in the pixels of the screen; the narrowest phone has room for
// it.
const pickerSize = 288

func (s *Service) frame(district string, width, height int) (Frame, bool) {
	b, known := s.Outlines().Bound(district)
	if !known {
		if b, known = s.Outlines().Bound(""); !known {
			return Frame{}, false
		}
	}
	return NewFrame(b, width, height), true
}

// mapFrame is the part of the city that a map shows: the district, and beyond it what has a pin, so
// that every number of the list is on the map.
func (s *Service) mapFrame(district string, pins []Pin) (Frame, bool) {
	city, known := s.Outlines().Bound("")
	if !known {
		return Frame{}, false
	}
	shown, known := s.Outlines().Bound(district)
	if !known {
		shown = city
	}
	for _, pin := range pins {
		if at := (orb.Point{pin.At.Lon, pin.At.Lat}); pin.At.Known() && city.Contains(at) {
			shown = shown.Extend(at)
		}
	}
	return NewFrame(shown, MapWidth, MapHeight), true
}

// MapProps is a map on a page.
type MapProps struct {
	Title    string
	District string // that fills the map; "": the whole city
	Pins     []Pin
	// Heat colours each district by how much it has of what the map is about, and writes the number on it; the page has the same in words.
	Heat map[string]int64
	// Filtered says that the page is a list that the parameter "district" of its address narrows: districts
	// lead there, and one can see where one is.
	Filtered bool
}

// sign is one that the legend explains; without a text it is that of a district that is chosen.
type sign struct{ Text, Key string }

func signs(m MapProps, f Frame) (out []sign) {
	var one, several bool
	for _, mark := range f.Marks(m.Pins) {
		one, several = one || len(mark.Pins) == 1, several || len(mark.Pins) > 1
	}
	if one && len(m.Pins) > 1 {
		out = append(out, sign{"1", "places.sign_one"})
	}
	if several {
		out = append(out, sign{"+2", "places.sign_several"})
	}
	if m.District != "" {
		out = append(out, sign{"", "places.sign_district"})
	}
	return out
}

// nameOf is the name of the district that has the outline; "" when there is none any more.
func (s *Service) nameOf(p ui.Page, o Outline) string {
	return s.districtName(p, o.District)
}

// forScript is what turns a point into one of the picture: the western and northern edge in degrees, and
// pixels in a degree of longitude and of latitude.
func (f Frame) forScript() string {
	return fmt.Sprintf("%.6f %.6f %.3f %.3f", f.bound.Min.Lon(), f.bound.Max.Lat(), f.shrink*f.scale, f.scale)
}

func (f Frame) viewBox() string { return fmt.Sprintf("0 0 %d %d", f.Width, f.Height) }

func (f Frame) x(p Point) string { x, _ := f.XY(p); return pixel(x) }
func (f Frame) y(p Point) string { _, y := f.XY(p); return pixel(y) }

// label is a district's name in its middle, with its number where the map shows numbers.
type label struct {
	X, Y float64
	Text string
}

func (s *Service) labels(p ui.Page, f Frame, heat map[string]int64) (out []label) {
	for _, o := range s.Outlines() {
		name, middle := s.nameOf(p, o), o.Shape.Bound().Center()
		x, y := f.XY(Point{Lat: middle.Lat(), Lon: middle.Lon()})
		if name != "" && x > 0 && y > 0 && x < float64(f.Width) && y < float64(f.Height) {
			if heat != nil {
				name += " " + p.L.Number(heat[o.District])
			}
			out = append(out, label{x, y, name})
		}
	}
	return out
}

// heatLevels are the colours of districts, of which the last stands for the most.
const heatLevels = 4

// heat is the class of a district by its share of the most; "" when it has nothing.
func (m MapProps) heat(district string) string {
	var most int64
	for _, n := range m.Heat {
		most = max(most, n)
	}
	if m.Heat[district] == 0 {
		return ""
	}
	return "heat-" + strconv.FormatInt((m.Heat[district]*heatLevels+most-1)/most, 10)
}

// Anchor is the id of a pin's item in the list beside the map, by its place in the list from 0.
func Anchor(i int) string { return "place-" + strconv.Itoa(i+1) }

func number(m Mark) string {
	if len(m.Pins) == 1 {
		return strconv.Itoa(m.Pins[0] + 1)
	}
	return "+" + strconv.Itoa(len(m.Pins))
}

// radius is how large a mark is drawn, in pixels of the map.
func radius(m Mark) float64 {
	if len(m.Pins) == 1 {
		return 15
	}
	return 18
}

// said is what a mark is to somebody who does not see it.
func said(p ui.Page, pins []Pin, m Mark) string {
	if len(m.Pins) == 1 {
		return fmt.Sprintf("%d. %s", m.Pins[0]+1, pins[m.Pins[0]].Title)
	}
	return p.T("places.several", "Count", len(m.Pins))
}
