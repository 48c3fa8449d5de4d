package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The colours of the drawings.
var (
	sky    = color.RGBA{0x1f, 0x6f, 0xb2, 0xff}
	water  = color.RGBA{0x8c, 0xc4, 0xe8, 0xff}
	grass  = color.RGBA{0xcf, 0xe3, 0xb4, 0xff}
	tree   = color.RGBA{0x3f, 0x8f, 0x4f, 0xff}
	earth  = color.RGBA{0xd9, 0xc8, 0xa5, 0xff}
	path   = color.RGBA{0xf4, 0xec, 0xdc, 0xff}
	sun    = color.RGBA{0xf2, 0xc1, 0x4e, 0xff}
	nobody = color.RGBA{} // what is around a sign
)

// drawings are the pictures of the demonstration by name. Each says which colour a point has; x and y go from 0 to the width and 1.
var drawings = map[string]struct {
	width float64 // height is 1
	at    func(x, y float64) color.RGBA
}{
	"leaf": {1, func(x, y float64) color.RGBA {
		if d := x - y; math.Abs(d) < 0.012 && x > 0.12 && x < 0.85 {
			return path // its middle
		}
		return inside(far(x, y, 0.15, 0.85) < 0.72 && far(x, y, 0.85, 0.15) < 0.72, tree)
	}},
	"drop": {1, func(x, y float64) color.RGBA {
		round, top := far(x, y, 0.5, 0.63) < 0.3, y > 0.06 && y < 0.6 && math.Abs(x-0.5) < (y-0.06)*0.5
		return inside(round || top, sky)
	}},
	"wave": {1.6, func(x, y float64) color.RGBA {
		crest := 0.09 * math.Sin(x*2*math.Pi/0.8)
		return inside(math.Abs(y-0.3-crest) < 0.07 || math.Abs(y-0.52-crest) < 0.07 || math.Abs(y-0.74-crest) < 0.07, sky)
	}},
	"door": {0.8, func(x, y float64) color.RGBA {
		frame := x > 0.1 && x < 0.7 && y > 0.08 && y < 0.94
		leaf := x > 0.16 && x < 0.46 && y > 0.14+(x-0.16)*0.25 && y < 0.94-(x-0.16)*0.25
		switch {
		case far(x, y, 0.41, 0.55) < 0.025:
			return path
		case leaf:
			return sky
		case frame && (x < 0.16 || x > 0.64 || y < 0.14):
			return sky
		}
		return inside(frame, sun)
	}},
	"field": {1.6, func(x, y float64) color.RGBA {
		if treeAt(x, y, [][2]float64{{0.08, 0.12}, {0.2, 0.08}, {1.5, 0.15}, {1.52, 0.85}, {0.1, 0.9}}) {
			return tree
		}
		if math.Abs(y-0.55-0.1*math.Sin(x*3)) < 0.015 {
			return path // where people walk already
		}
		return earth
	}},
	"plan": {1.6, func(x, y float64) color.RGBA {
		switch {
		case treeAt(x, y, [][2]float64{{0.1, 0.12}, {0.25, 0.1}, {0.42, 0.1}, {0.12, 0.3}, {1.2, 0.1}, {1.35, 0.12}, {1.5, 0.15}, {1.5, 0.32}, {0.1, 0.88}, {0.28, 0.9}, {0.46, 0.88}, {1.2, 0.9}, {1.4, 0.88}, {1.52, 0.72}}):
			return tree
		case math.Hypot((x-1.12)/1.4, y-0.42) < 0.17:
			return water
		case x > 0.2 && x < 0.5 && y > 0.35 && y < 0.6:
			return sun // the playground
		case math.Abs(y-0.72) < 0.035 || math.Abs(x-0.72) < 0.035:
			return path
		}
		return grass
	}},
	"hours": {2, func(x, y float64) color.RGBA { // two bars from nine in the morning: until six, and until nine
		hour := 8 + x*7
		switch {
		case y > 0.15 && y < 0.42 && hour > 9 && hour < 18:
			return water
		case y > 0.58 && y < 0.85 && hour > 9 && hour < 18:
			return water
		case y > 0.58 && y < 0.85 && hour >= 18 && hour < 21:
			return sky
		case math.Abs(hour-math.Round(hour)) < 0.02:
			return earth
		}
		return path
	}},
}

func far(x, y, fromX, fromY float64) float64 { return math.Hypot(x-fromX, y-fromY) }

func inside(in bool, c color.RGBA) color.RGBA {
	if in {
		return c
	}
	return nobody
}

func treeAt(x, y float64, trees [][2]float64) bool {
	for _, t := range trees {
		if far(x, y, t[0], t[1]) < 0.055 {
			return true
		}
	}
	return false
}

// drawn is a drawing as PNG, with smooth edges: each point is the mean of nine.
func drawn(name string) ([]byte, error) {
	const height, fine = 720, 3
	d := drawings[name]
	width := int(d.width * height)
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var sum [4]int
			for i := range fine * fine {
				c := d.at((float64(x)+float64(i%fine)/fine)/height, (float64(y)+float64(i/fine)/fine)/height)
				sum[0], sum[1], sum[2], sum[3] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B), sum[3]+int(c.A)
			}
			for i, v := range sum {
				img.Pix[y*img.Stride+4*x+i] = uint8(v / (fine * fine))
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}
