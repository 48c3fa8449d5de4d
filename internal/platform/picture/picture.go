// Package picture makes pictures that anybody may send safe and light: what a header announces is
// looked at before anything is decoded, and what comes out are new files of a few sizes, upright
// and without any metadata. JPEG, PNG and WebP come in; JPEG and PNG come out.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// Format is a kind of picture.
type Format string

const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	WebP Format = "webp"
)

// What may be wrong with a picture. Any other error is one of these with its cause.
var (
	ErrFormat = errors.New("no JPEG, PNG or WebP")
	ErrBroken = errors.New("the picture is broken")
	ErrMoves  = errors.New("the picture moves")
)

// Info is what the header of a picture says.
type Info struct {
	Format        Format
	Width, Height int   // upright
	Memory        int64 // about how many bytes decoding it takes

	turn turn
}

// Look reads the header of a picture, and allocates nothing by what stands in it.
func Look(data []byte) (Info, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return lookJPEG(data)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return lookPNG(data)
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return lookWebP(data)
	}
	return Info{}, ErrFormat
}

func lookJPEG(data []byte) (Info, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Info{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	head := scanJPEG(data)
	return upright(JPEG, c.Width, c.Height, head.perPixel, orientation(head.exif))
}

func lookPNG(data []byte) (Info, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Info{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	const depthAt, sortAt = 24, 25 // in the header, which DecodeConfig has read
	perPixel := 4.0
	if data[depthAt] == 16 {
		perPixel = 8
	} else if data[sortAt] == 3 { // a palette
		perPixel = 1
	}
	return upright(PNG, c.Width, c.Height, perPixel, orientation(exifOfPNG(data)))
}

// lookWebP trusts the frame, for it is the frame whose size the decoder allocates; a canvas of
// another size is refused, because the decoder would take that for the transparency.
func lookWebP(data []byte) (Info, error) {
	head := scanWebP(data)
	switch {
	case head.moves:
		return Info{}, ErrMoves
	case head.canvasWidth != 0 && (head.canvasWidth != head.width || head.canvasHeight != head.height):
		return Info{}, ErrBroken
	}
	if _, err := webp.DecodeConfig(bytes.NewReader(data)); err != nil {
		return Info{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	perPixel := 3.0 // with the transparency
	if head.lossless {
		perPixel = 10
	}
	return upright(WebP, head.width, head.height, perPixel, orientation(head.exif))
}

func upright(f Format, width, height int, perPixel float64, t turn) (Info, error) {
	if width < 1 || height < 1 { // a header may say so, and decoders take it
		return Info{}, ErrBroken
	}
	info := Info{Format: f, Width: width, Height: height, Memory: int64(float64(width) * float64(height) * perPixel), turn: t}
	if t.sideways() {
		info.Width, info.Height = height, width
	}
	return info, nil
}

// Pixels is how many the picture has.
func (i Info) Pixels() int64 { return int64(i.Width) * int64(i.Height) }

// Size is one that a picture is made in.
type Size struct {
	Longest int // side, in pixels; a smaller picture is not made larger
	Most    int // bytes, as far as quality allows
}

// Version is a picture as it was made.
type Version struct {
	Format        Format
	Width, Height int
	Data          []byte
}

// Make decodes a picture that Look has looked at and makes it in the sizes, which are given from
// the largest down. Those that would be no smaller than the one before are left out.
func Make(data []byte, info Info, sizes ...Size) ([]Version, error) {
	src, err := decode(data, info.Format)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	var out []Version
	var last image.Image = src
	turned := info.turn
	for _, size := range sizes {
		b := last.Bounds()
		w, h := within(b.Dx(), b.Dy(), size.Longest)
		if len(out) > 0 && w == b.Dx() {
			continue
		}
		small := turned.apply(shrink(last, w, h))
		turned = asItIs
		v, err := encode(small, info.Format != JPEG, size.Most)
		if err != nil {
			return nil, err
		}
		out, last, src = append(out, v), small, nil
	}
	return out, nil
}

func decode(data []byte, f Format) (image.Image, error) {
	switch f {
	case JPEG:
		return jpeg.Decode(bytes.NewReader(data))
	case PNG:
		return png.Decode(bytes.NewReader(data))
	case WebP:
		return webp.Decode(bytes.NewReader(data))
	}
	return nil, ErrFormat
}

// within fits a size into a square, and never makes it larger.
func within(w, h, longest int) (int, int) {
	if w <= longest && h <= longest {
		return w, h
	}
	if w >= h {
		return longest, max(1, (h*longest+w/2)/w)
	}
	return max(1, (w*longest+h/2)/h), longest
}
