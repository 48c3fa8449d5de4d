package places

import (
	"errors"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Tiles are pictures of streets that a city lays under its maps, from a server of its own: the zero
// value is none. They are squares in the projection of Web Mercator, as map servers make them.
type Tiles struct {
	template string
	Credit   string // whose map it is, as its licence asks to be said under it
}

// ParseTiles reads the address of a tile with {z}, {x} and {y} in it: "https://tiles.city.kz/{z}/{x}/{y}.png".
func ParseTiles(template, credit string) (Tiles, error) {
	if template == "" {
		return Tiles{}, nil
	}
	for _, part := range []string{"{z}", "{x}", "{y}"} {
		if strings.Count(template, part) != 1 {
			return Tiles{}, errors.New("the address of map tiles needs {z}, {x} and {y}, each once")
		}
	}
	u, err := url.Parse(strings.NewReplacer("{z}", "0", "{x}", "0", "{y}", "0").Replace(template))
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(u.Host, " ;,'\"") {
		return Tiles{}, errors.New("the address of map tiles is not like https://tiles.city.kz/{z}/{x}/{y}.png")
	}
	ip := net.ParseIP(u.Hostname())
	if here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback(); u.Scheme != "https" && !(here && u.Scheme == "http") {
		return Tiles{}, errors.New("map tiles come by https only: their addresses tell where somebody looks")
	}
	return Tiles{template, credit}, nil
}

// Known reports whether there are any.
func (t Tiles) Known() bool { return t.template != "" }

// Origin is the server from which browsers fetch them; "" for none.
func (t Tiles) Origin() string {
	u, err := url.Parse(t.template)
	if err != nil || !t.Known() {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// tile is one of them in a picture.
type tile struct {
	Address             string
	X, Y, Width, Height float64 // pixels of the picture
}

const (
	mostTiles = 16 // in one picture
	mostZoom  = 18
)

// under lists the tiles that a picture shows, as fine as a few of them can be.
func (t Tiles) under(f Frame) (out []tile) {
	if !t.Known() {
		return nil
	}
	corner, opposite := f.Point(0, 0), f.Point(float64(f.Width), float64(f.Height))
	for zoom := mostZoom; zoom >= 0; zoom-- {
		west, north := mercator(corner, zoom)
		east, south := mercator(opposite, zoom)
		x0, y0, x1, y1 := int(west), int(north), int(east), int(south)
		if (x1-x0+1)*(y1-y0+1) > mostTiles {
			continue
		}
		for y := max(y0, 0); y <= min(y1, 1<<zoom-1); y++ {
			for x := max(x0, 0); x <= min(x1, 1<<zoom-1); x++ {
				out = append(out, t.at(f, zoom, x, y))
			}
		}
		return out
	}
	return nil
}

func (t Tiles) at(f Frame, zoom, x, y int) tile {
	left, top := f.XY(fromMercator(float64(x), float64(y), zoom))
	right, bottom := f.XY(fromMercator(float64(x+1), float64(y+1), zoom))
	address := strings.NewReplacer("{z}", strconv.Itoa(zoom), "{x}", strconv.Itoa(x), "{y}", strconv.Itoa(y)).Replace(t.template)
	return tile{address, left, top, right - left, bottom - top}
}

// mercator is where a point is among the tiles of a zoom, which has 2^zoom of them on each side.
func mercator(p Point, zoom int) (x, y float64) {
	n := math.Exp2(float64(zoom))
	lat := p.Lat * math.Pi / 180
	return n * (p.Lon + 180) / 360, n * (1 - math.Asinh(math.Tan(lat))/math.Pi) / 2
}

func fromMercator(x, y float64, zoom int) Point {
	n := math.Exp2(float64(zoom))
	return Point{Lat: math.Atan(math.Sinh(math.Pi*(1-2*y/n))) * 180 / math.Pi, Lon: x/n*360 - 180}
}
