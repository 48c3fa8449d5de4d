package places_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
)

func TestParsePoint(t *testing.T) {
	for s, want := range map[string]string{
		"42.3155, 69.5869": "42.315500, 69.586900", "42,3155 69,5869": "42.315500, 69.586900", "42.3155;69.5869": "42.315500, 69.586900",
		"42.3155,69.5869": "42.315500, 69.586900", " -42.5\u00a0 -69.25 ": "-42.500000, -69.250000", "42,3155, 69,5869": "42.315500, 69.586900",
		"": "", "42.3": "", "91, 0": "", "0, 181": "", "0, 0": "", "NaN, 1": "", "1e400, 2": "", "Абай 5": "", "1, 2, 3": "",
	} {
		p, ok := places.ParsePoint(s)
		if p.String() != want && ok || ok != (want != "") {
			t.Errorf("%q: %v %v", s, p, ok)
		}
		if again, ok := places.ParsePoint(want); want != "" && (again != p || !ok) {
			t.Errorf("%q is read as %v", want, again)
		}
	}
}

var districts = []city.District{{Code: "abai", Name: civic.Text{"kk": "Абай", "ru": "Абайский"}}, {Code: "turan", Name: civic.Text{"kk": "Тұран"}}}

// Two squares side by side, one of them with a hole.
const squares = `{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"name": "АБАЙСКИЙ"}, "geometry": {"type": "Polygon", "coordinates":
  [[[69, 42], [70, 42, 500], [70, 43], [69, 43], [69, 42]], [[69.4, 42.4], [69.6, 42.4], [69.6, 42.6], [69.4, 42.6], [69.4, 42.4]]]}},
 {"type": "Feature", "properties": {"id": 7, "code": "turan"}, "geometry": {"type": "MultiPolygon", "coordinates":
  [[[[70, 42], [71, 42], [71, 43], [70, 43], [70, 42]]]]}}]}`

func TestWhichDistrictIsThis(t *testing.T) {
	outlines, err := places.ParseGeoJSON([]byte(squares), districts)
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[places.Point]string{
		{Lat: 42.2, Lon: 69.2}: "abai", {Lat: 42.5, Lon: 69.5}: "", {Lat: 42.5, Lon: 70.5}: "turan", {Lat: 44, Lon: 70.5}: "", {}: "",
	} {
		if got, _ := outlines.At(p); got != want {
			t.Errorf("%v is in %q, want %q", p, got, want)
		}
	}
}

func TestFilesThatAreNoOutlines(t *testing.T) {
	for want, content := range map[string]string{
		"places.file_not_geojson": `{"type": "Feature"}`,
		"places.file_no_polygon":  strings.Replace(squares, `"Polygon"`, `"LineString"`, 1),
		"places.file_no_district": strings.Replace(squares, "turan", "nowhere", 1),
		"places.file_ring":        strings.Replace(squares, "[70, 42, 500]", "[70, 95]", 1),
		"places.file_points":      strings.Replace(squares, "[70, 43], [69, 43]", "[70, 43], "+strings.Repeat("[69,43],", 200_000)+"[69, 43]", 1),
		"places.file_large":       squares + strings.Repeat(" ", places.MaxBytes),
	} {
		_, err := places.ParseGeoJSON([]byte(content), districts)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	open := strings.Replace(squares, "[69, 43], [69, 42]]", "[69, 43]]", 1)
	if _, err := places.ParseGeoJSON([]byte(open), districts); err == nil {
		t.Error("a ring that is not closed is taken")
	}
}

func FuzzGeoJSON(f *testing.F) {
	f.Add([]byte(squares))
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"geometry":{"type":"MultiPolygon","coordinates":[[]]}}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		outlines, err := places.ParseGeoJSON(content, districts)
		if err != nil {
			return
		}
		outlines.At(places.Point{Lat: 42, Lon: 69})
		if b, known := outlines.Bound(""); !known || b.IsEmpty() || len(outlines) > len(districts) {
			t.Errorf("%v", outlines)
		}
	})
}

// A circle of many points is drawn with few, and encloses what it did.
func TestOutlinesAreSimplified(t *testing.T) {
	var b strings.Builder
	for i := range 5001 {
		a := 2 * math.Pi * float64(i%5000) / 5000
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(places.Point{Lat: 69.5 + 0.2*math.Cos(a), Lon: 42.3 + 0.2*math.Sin(a)}.String())
	}
	ring := strings.ReplaceAll(strings.ReplaceAll("["+b.String()+"]", ",69", "],[69"), " ", "")
	content := `{"type":"FeatureCollection","features":[{"properties":{"x":"Абай"},"geometry":{"type":"Polygon","coordinates":[[` + ring + `]]}}]}`
	outlines, err := places.ParseGeoJSON([]byte(content), districts)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(outlines[0].Shape[0][0]); n > 300 || n < 20 {
		t.Errorf("%d points", n)
	}
	for r, want := range map[float64]bool{0.19: true, 0.21: false} {
		if _, in := outlines.At(places.Point{Lat: 42.3, Lon: 69.5 + r}); in != want {
			t.Errorf("%v from its middle: %v", r, in)
		}
	}
}

// At the latitude of Shymkent a degree of longitude is about 0.74 of one of latitude.
func TestFrame(t *testing.T) {
	f := places.NewFrame(orb.Bound{Min: orb.Point{69.5, 42.2}, Max: orb.Point{69.7, 42.4}}, 640, 560)
	for _, p := range []places.Point{{Lat: 42.2, Lon: 69.5}, {Lat: 42.4, Lon: 69.7}, {Lat: 42.31, Lon: 69.62}} {
		x, y := f.XY(p)
		if x < 0 || y < 0 || x > float64(f.Width) || y > float64(f.Height) {
			t.Errorf("%v is drawn at %v, %v in %d × %d", p, x, y, f.Width, f.Height)
		}
		if back := f.Point(x, y); math.Abs(back.Lat-p.Lat) > 1e-5 || math.Abs(back.Lon-p.Lon) > 1e-5 {
			t.Errorf("%v comes back as %v", p, back)
		}
	}
	x0, y0 := f.XY(places.Point{Lat: 42.3, Lon: 69.6})
	x1, _ := f.XY(places.Point{Lat: 42.3, Lon: 69.7})
	_, y1 := f.XY(places.Point{Lat: 42.4, Lon: 69.6})
	if ratio := (x1 - x0) / (y0 - y1); math.Abs(ratio-0.74) > 0.01 {
		t.Errorf("a tenth of a degree is %v as wide as high", ratio)
	}
}

func TestPinsThatCoverOneAnotherAreJoined(t *testing.T) {
	f := places.NewFrame(orb.Bound{Min: orb.Point{69.5, 42.2}, Max: orb.Point{69.7, 42.4}}, 640, 560)
	marks := f.Marks([]places.Pin{
		{At: places.Point{Lat: 42.3001, Lon: 69.6001}}, {At: places.Point{Lat: 42.3002, Lon: 69.6002}}, {At: places.Point{Lat: 42.39, Lon: 69.52}},
		{At: places.Point{Lat: 50, Lon: 69}}, {},
	})
	if len(marks) != 2 || len(marks[0].Pins) != 1 || marks[0].Pins[0] != 2 || len(marks[1].Pins) != 2 {
		t.Errorf("%+v", marks)
	}
}

// Wherever pins stand, no number hides another, and every pin is behind one mark.
func TestNoMarkCoversAnother(t *testing.T) {
	const pinWidth = 30 // pixels of the map
	f := places.NewFrame(orb.Bound{Min: orb.Point{69.5, 42.2}, Max: orb.Point{69.7, 42.4}}, places.MapWidth, places.MapHeight)
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var pins []places.Pin
		for range 50 {
			pins = append(pins, places.Pin{At: places.Point{Lat: 42.2 + random.Float64()/5, Lon: 69.5 + random.Float64()/5}})
		}
		marks, behind := f.Marks(pins), map[int]bool{}
		for i, m := range marks {
			for _, other := range marks[:i] {
				if apart := math.Hypot(m.X-other.X, m.Y-other.Y); apart < pinWidth {
					t.Fatalf("%+v and %+v are %v pixels apart", m, other, apart)
				}
			}
			for _, pin := range m.Pins {
				behind[pin] = true
			}
		}
		if len(behind) != len(pins) {
			t.Fatalf("%d of %d pins are on the map", len(behind), len(pins))
		}
	}
}

// The tile of zoom 12 that holds the point is known from the formulas of OpenStreetMap's wiki (Slippy map tilenames), counted
// by hand: x = 4096 · (69.6 + 180) / 360 = 2839.9, y = 4096 · (1 − asinh(tan 42.3°) / π) / 2 = 2048 · (1 − 0.8162 / 3.1416) = 1515.9.
func TestTilesLieUnderTheMap(t *testing.T) {
	tiles, err := places.ParseTiles("https://tiles.city.test/{z}/{x}/{y}.png", "© City")
	if err != nil {
		t.Fatal(err)
	}
	f := places.NewFrame(orb.Bound{Min: orb.Point{69.59, 42.29}, Max: orb.Point{69.61, 42.31}}, places.MapWidth, places.MapHeight)
	all := places.TilesUnder(tiles, f)
	x, y := f.XY(places.Point{Lat: 42.3, Lon: 69.6})
	covered, under := 0.0, 0
	for _, tile := range all {
		covered += max(0, min(tile.X+tile.Width, float64(f.Width))-max(tile.X, 0)) * max(0, min(tile.Y+tile.Height, float64(f.Height))-max(tile.Y, 0))
		if tile.X <= x && x < tile.X+tile.Width && tile.Y <= y && y < tile.Y+tile.Height {
			under++
			var zoom, tx, ty int
			if _, err := fmt.Sscanf(tile.Address, "https://tiles.city.test/%d/%d/%d.png", &zoom, &tx, &ty); err != nil || zoom < 12 || tx>>(zoom-12) != 2839 || ty>>(zoom-12) != 1515 {
				t.Errorf("%s is under the point: %v", tile.Address, err)
			}
		}
	}
	if whole := float64(f.Width * f.Height); under != 1 || len(all) > 16 || len(all) < 4 || math.Abs(covered-whole) > whole/1000 {
		t.Errorf("%d tiles cover %v of %v, %d are under the point", len(all), covered, whole, under)
	}
	if tiles.Origin() != "https://tiles.city.test" || (places.Tiles{}).Origin() != "" || places.TilesUnder(places.Tiles{}, f) != nil {
		t.Error("the origin")
	}
	for _, wrong := range []string{"https://tiles.city.test/{z}/{x}.png", "http://tiles.city.test/{z}/{x}/{y}.png", "https://a b/{z}/{x}/{y}", "https://x;script-src *//{z}/{x}/{y}", "javascript:{z}{x}{y}", "https://u:p@x/{z}/{x}/{y}", "//x/{z}/{x}/{y}"} {
		if _, err := places.ParseTiles(wrong, ""); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
}
