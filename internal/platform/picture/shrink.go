package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// shrink makes a picture smaller, each new pixel the mean of the area that it covers. That is as
// good as finer filters when a picture becomes smaller, and takes the memory of a row where those
// of golang.org/x/image/draw take 32 bytes for each pixel of a whole column of strips.
func shrink(src image.Image, w, h int) *image.RGBA {
	from := src.Bounds()
	sw, sh := from.Dx(), from.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	line := image.NewRGBA(image.Rect(0, 0, sw, 1))
	row, sum := make([]uint64, 4*w), make([]uint64, 4*w)
	area := uint64(sw) * uint64(sh)
	// A pixel of the source is w wide and h high, and one of the result sw and sh: whole numbers.
	y, room := 0, sh
	for sy := range sh {
		draw.Draw(line, line.Rect, src, image.Pt(from.Min.X, from.Min.Y+sy), draw.Src)
		gather(row, line.Pix, w, sw)
		for left := h; left > 0; {
			part := min(left, room)
			for i, v := range row {
				sum[i] += v * uint64(part)
			}
			left, room = left-part, room-part
			if room > 0 {
				continue
			}
			for i, v := range sum {
				out.Pix[y*out.Stride+i] = uint8((v + area/2) / area)
			}
			clear(sum)
			y, room = y+1, sh
		}
	}
	return out
}

// gather sums a line of sw pixels up into a row of w.
func gather(row []uint64, line []uint8, w, sw int) {
	clear(row)
	x, room := 0, sw
	for at := 0; at < len(line); at += 4 {
		p := line[at : at+4 : at+4]
		for left := w; left > 0; {
			part := min(left, room)
			to := row[4*x : 4*x+4 : 4*x+4]
			n := uint64(part)
			to[0] += n * uint64(p[0])
			to[1] += n * uint64(p[1])
			to[2] += n * uint64(p[2])
			to[3] += n * uint64(p[3])
			left, room = left-part, room-part
			if room == 0 {
				x, room = x+1, sw
			}
		}
	}
}

// turn is how a picture was held, as EXIF counts it: 1 upright, 2 mirrored, 3 upside down,
// 4 both, 5 to 8 lying on a side.
type turn uint16

const asItIs turn = 1

func (t turn) sideways() bool { return t >= 5 }

// apply turns a picture upright.
func (t turn) apply(src *image.RGBA) *image.RGBA {
	if t == asItIs {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if t.sideways() {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			to := t.place(x, y, w, h)
			copy(out.Pix[to.Y*out.Stride+4*to.X:], src.Pix[y*src.Stride+4*x:][:4])
		}
	}
	return out
}

// place is where a pixel of a picture of w × h stands once it is upright.
func (t turn) place(x, y, w, h int) image.Point {
	right, under := w-1-x, h-1-y
	switch t {
	case 2:
		return image.Pt(right, y)
	case 3:
		return image.Pt(right, under)
	case 4:
		return image.Pt(x, under)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(under, x)
	case 7:
		return image.Pt(under, right)
	case 8:
		return image.Pt(y, right)
	}
	return image.Pt(x, y)
}

// encode writes a picture as PNG when it may be drawn rather than taken, or has holes, and is
// light enough so; else as JPEG, on white, of the best quality that is.
func encode(img *image.RGBA, lossless bool, most int) (Version, error) {
	v := Version{Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	var b bytes.Buffer
	if lossless {
		if err := png.Encode(&b, img); err != nil {
			return v, err
		}
		if b.Len() <= most {
			v.Format, v.Data = PNG, b.Bytes()
			return v, nil
		}
	}
	if !img.Opaque() {
		onWhite := image.NewRGBA(img.Rect)
		draw.Draw(onWhite, img.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(onWhite, img.Rect, img, image.Point{}, draw.Over)
		img = onWhite
	}
	for _, quality := range []int{82, 72, 62, 52, 42} {
		b.Reset()
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
			return v, err
		}
		if b.Len() <= most {
			break
		}
	}
	v.Format, v.Data = JPEG, b.Bytes()
	return v, nil
}
