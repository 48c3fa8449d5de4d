package places

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
)

// What a file of outlines may hold at most.
const (
	MaxBytes  = 4 << 20
	maxPoints = 200_000
	maxShown  = 300 // points of a district's outline after it was simplified
)

// Outline is a district's shape.
type Outline struct {
	District string // its code
	Shape    orb.MultiPolygon
}

// Outlines are the shapes of districts. They do not change once handed out.
type Outlines []Outline

// At finds the district that a point is in.
func (o Outlines) At(p Point) (code string, found bool) {
	for _, each := range o {
		if planar.MultiPolygonContains(each.Shape, orb.Point{p.Lon, p.Lat}) {
			return each.District, true
		}
	}
	return "", false
}

// Bound is the rectangle around one district, or with "" around all; false when it has no outline.
func (o Outlines) Bound(code string) (b orb.Bound, known bool) {
	for _, each := range o {
		if code != "" && each.District != code {
			continue
		}
		if next := each.Shape.Bound(); known {
			b = b.Union(next)
		} else {
			b, known = next, true
		}
	}
	return b, known
}

// ParseGeoJSON reads the outlines of districts: a FeatureCollection of polygons, in longitudes and
// latitudes. A feature is the district whose code or name, in any language, one of its properties says.
// Of a district named several times all shapes count. Outlines are simplified for drawing. Errors:
// civic.Invalid with "file".
func ParseGeoJSON(content []byte, districts []city.District) (Outlines, error) {
	if len(content) > MaxBytes {
		return nil, civic.Wrong("file", "places.file_large", "Count", MaxBytes>>20)
	}
	var features collection
	if err := json.Unmarshal(content, &features); err != nil || features.Type != "FeatureCollection" || len(features.Features) == 0 {
		return nil, civic.Wrong("file", "places.file_not_geojson")
	}
	shapes, points := map[string]orb.MultiPolygon{}, 0
	for i, f := range features.Features {
		shape, ok := polygons(f.Geometry)
		if !ok {
			return nil, civic.Wrong("file", "places.file_no_polygon", "Number", i+1)
		}
		code := districtOf(f.Properties, districts)
		if code == "" {
			return nil, civic.Wrong("file", "places.file_no_district", "Number", i+1)
		}
		for _, polygon := range shape {
			for _, ring := range polygon {
				points += len(ring)
				if !onEarth(ring) {
					return nil, civic.Wrong("file", "places.file_ring", "Number", i+1)
				}
			}
		}
		if points > maxPoints {
			return nil, civic.Wrong("file", "places.file_points", "Count", maxPoints)
		}
		shapes[code] = append(shapes[code], shape...)
	}
	var out Outlines
	for _, d := range districts {
		if shape := shapes[d.Code]; shape != nil {
			out = append(out, Outline{d.Code, simplified(shape)})
		}
	}
	return out, nil
}

// collection is what a GeoJSON file holds (RFC 7946), as far as it matters here.
type collection struct {
	Type     string
	Features []struct {
		Properties map[string]any
		Geometry   geometry
	}
}

type geometry struct {
	Type        string
	Coordinates json.RawMessage
}

// polygons are the shape of a feature. Heights are left out.
func polygons(g geometry) (shape orb.MultiPolygon, ok bool) {
	var err error
	switch g.Type {
	case "Polygon":
		shape = make(orb.MultiPolygon, 1)
		err = json.Unmarshal(g.Coordinates, &shape[0])
	case "MultiPolygon":
		err = json.Unmarshal(g.Coordinates, &shape)
	}
	for _, polygon := range shape {
		if len(polygon) == 0 {
			return nil, false
		}
	}
	return shape, err == nil && len(shape) > 0
}

// onEarth reports whether a ring encloses something, in degrees.
func onEarth(r orb.Ring) bool {
	if len(r) < 4 || !r.Closed() {
		return false
	}
	for _, p := range r {
		if !(p.Lon() >= -180 && p.Lon() <= 180 && p.Lat() >= -90 && p.Lat() <= 90) { // NaN is no degree either
			return false
		}
	}
	b := r.Bound()
	return b.Max.Lon() > b.Min.Lon() && b.Max.Lat() > b.Min.Lat()
}

func districtOf(properties map[string]any, districts []city.District) string {
	for _, value := range properties {
		said := strings.ToLower(strings.TrimSpace(fmt.Sprint(value)))
		for _, d := range districts {
			if said == d.Code {
				return d.Code
			}
			for _, name := range d.Name {
				if said == strings.ToLower(name) {
					return d.Code
				}
			}
		}
	}
	return ""
}

// simplified takes points out of a shape until few enough are left to draw. A ring that would
// vanish stays as it is.
func simplified(shape orb.MultiPolygon) orb.MultiPolygon {
	for tolerance := 1e-5; count(shape) > maxShown && tolerance < 0.1; tolerance *= 2 {
		next := simplify.DouglasPeucker(tolerance).MultiPolygon(shape.Clone())
		for i, polygon := range next {
			for j, ring := range polygon {
				if !onEarth(ring) {
					next[i][j] = shape[i][j]
				}
			}
		}
		shape = next
	}
	return shape
}

func count(shape orb.MultiPolygon) (n int) {
	for _, polygon := range shape {
		for _, ring := range polygon {
			n += len(ring)
		}
	}
	return n
}
