// Package places says where things are: the outlines of the city's districts, which district a
// point is in, and a picture of the city with pins, drawn by the server. Whoever has something at a
// place keeps its point; nothing of people is kept here.
package places

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Point is a point on earth, in degrees of WGS 84. The zero value is none: there is only sea.
type Point struct{ Lat, Lon float64 }

// Known reports whether it is one.
func (p Point) Known() bool { return p != Point{} }

// Metres is how far two points of one city are from each other.
func (p Point) Metres(o Point) float64 {
	const degree = 111_320 // of latitude
	return math.Hypot((p.Lat-o.Lat)*degree, (p.Lon-o.Lon)*degree*math.Cos(p.Lat*math.Pi/180))
}

// Near reports whether two points are at the same place as people say it: across a yard and its streets. Nothing is near what is no point.
func (p Point) Near(o Point) bool {
	const near = 300 // metres
	return p.Known() && o.Known() && p.Metres(o) <= near
}

// String writes it as people and map services do, latitude first, to a tenth of a metre or so:
// "42.315514, 69.586916"; "" for none. ParsePoint reads it.
func (p Point) String() string {
	if !p.Known() {
		return ""
	}
	return fmt.Sprintf("%.6f, %.6f", p.Lat, p.Lon)
}

// ParsePoint reads a latitude and a longitude in degrees, with a point or a comma in the numbers
// and anything between them that is none: "42.3155, 69.5869", "42,3155 69,5869", "42.3155;69.5869".
func ParsePoint(s string) (Point, bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ';' || r == '\t' || r == '\n' || r == '\u00a0' })
	if len(parts) == 1 {
		parts = strings.Split(parts[0], ",")
	}
	if len(parts) != 2 {
		return Point{}, false
	}
	var degrees [2]float64
	for i, part := range parts {
		part = strings.TrimSuffix(strings.TrimSpace(part), ",")
		d, err := strconv.ParseFloat(strings.ReplaceAll(part, ",", "."), 64)
		if err != nil || math.IsNaN(d) {
			return Point{}, false
		}
		degrees[i] = math.Round(d*1e6) / 1e6
	}
	p := Point{Lat: degrees[0], Lon: degrees[1]}
	return p, p.Known() && math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180
}
