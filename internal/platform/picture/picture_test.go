package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// corners is a picture whose corners tell how it is held: red, green, blue and white, from the
// upper left one clockwise.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{220, 30, 30, 255}
			switch {
			case x >= w/2 && y < h/2:
				c = color.RGBA{30, 200, 30, 255}
			case x >= w/2:
				c = color.RGBA{30, 30, 220, 255}
			case y >= h/2:
				c = color.RGBA{240, 240, 240, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif is what a phone writes, by hand: how it was held, and where (a directory of GPS with the
// latitude 42° 20′ 30″ N).
func exif(order binary.ByteOrder, orientation uint16) []byte {
	var b bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, order, v)
		}
	}
	if order == binary.BigEndian {
		b.WriteString("MM")
	} else {
		b.WriteString("II")
	}
	put(uint16(42), uint32(8))
	put(uint16(2))
	put(uint16(0x0112), uint16(3), uint32(1), orientation, uint16(0)) // Orientation
	put(uint16(0x8825), uint16(4), uint32(1), uint32(38))             // GPS
	put(uint32(0))
	put(uint16(2))
	put(uint16(1), uint16(2), uint32(2), [4]byte{'N'})
	put(uint16(2), uint16(5), uint32(3), uint32(68))
	put(uint32(0))
	put(uint32(42), uint32(1), uint32(20), uint32(1), uint32(30), uint32(1))
	b.WriteString("GPS-SECRET-42.34167N")
	return b.Bytes()
}

// withEXIF puts it behind the beginning of a JPEG.
func withEXIF(jpeg, exif []byte) []byte {
	body := append([]byte("Exif\x00\x00"), exif...)
	out := append([]byte{}, jpeg[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(append(out, body...), jpeg[2:]...)
}

// chunk is one of a PNG.
func chunk(name string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, name...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	diff := func(x, y uint32) bool { return max(x, y)-min(x, y) < 0x2800 }
	return diff(ar, br) && diff(ag, bg) && diff(ab, bb)
}

// wantCorners: from the upper left one clockwise.
func wantCorners(t *testing.T, v Version, names string) {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(v.Data))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	colours := map[rune]color.Color{'r': color.RGBA{220, 30, 30, 255}, 'g': color.RGBA{30, 200, 30, 255}, 'b': color.RGBA{30, 30, 220, 255}, 'w': color.RGBA{240, 240, 240, 255}}
	for i, at := range []image.Point{{b.Dx() / 8, b.Dy() / 8}, {b.Dx() * 7 / 8, b.Dy() / 8}, {b.Dx() * 7 / 8, b.Dy() * 7 / 8}, {b.Dx() / 8, b.Dy() * 7 / 8}} {
		if got := img.At(at.X, at.Y); !near(got, colours[rune(names[i])]) {
			t.Errorf("corner %d is %v, want %c", i, got, names[i])
		}
	}
}

// A phone that is held upright writes the picture lying, and says so. It comes back standing, and
// without a word on where it was taken. What each value means is in the EXIF standard: where the
// row 0 and the column 0 are to be seen.
func TestOrientationIsAppliedAndMetadataGone(t *testing.T) {
	for orientation, want := range map[uint16]string{1: "rgbw", 2: "grwb", 3: "bwrg", 4: "wbgr", 5: "rwbg", 6: "wrgb", 7: "bgrw", 8: "gbwr"} {
		for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
			data := withEXIF(asJPEG(t, corners(64, 32)), exif(order, orientation))
			info, err := Look(data)
			if err != nil {
				t.Fatal(err)
			}
			made, err := Make(data, info, Size{1600, 1 << 20}, Size{16, 1 << 20})
			if err != nil || len(made) != 2 {
				t.Fatal(len(made), err)
			}
			for i, v := range made {
				w, h := 64, 32
				if i == 1 {
					w, h = 16, 8
				}
				if orientation >= 5 {
					w, h = h, w
				}
				if v.Width != w || v.Height != h || i == 0 && (info.Width != w || info.Height != h) {
					t.Errorf("orientation %d: %d × %d, the header says %d × %d", orientation, v.Width, v.Height, info.Width, info.Height)
				}
				wantCorners(t, v, want)
				for _, mark := range []string{"Exif", "GPS", "\xff\xe1", "II*\x00", "MM\x00*"} {
					if bytes.Contains(v.Data, []byte(mark)) {
						t.Errorf("orientation %d: %q is in what came out", orientation, mark)
					}
				}
			}
		}
	}
}

// PNG too: some phones write eXIf; text chunks go as well.
func TestPNGMetadata(t *testing.T) {
	plain := asPNG(t, corners(64, 32))
	const header = 8 + 25
	data := bytes.Join([][]byte{plain[:header], chunk("eXIf", exif(binary.BigEndian, 6)), chunk("tEXt", []byte("Author\x00GPS-SECRET")), plain[header:]}, nil)
	info, err := Look(data)
	if err != nil {
		t.Fatal(err)
	}
	made, err := Make(data, info, Size{1600, 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if v := made[0]; v.Format != PNG || v.Width != 32 || bytes.Contains(v.Data, []byte("GPS")) || bytes.Contains(v.Data, []byte("eXIf")) {
		t.Errorf("%s, %d wide", v.Format, v.Width)
	}
	wantCorners(t, made[0], "wrgb")
}

// header is the beginning of a PNG of any size.
func header(w, h uint32, depth, sort byte) []byte {
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(body, depth, sort, 0, 0, 0))...)
}

// A picture that would fill the memory is known by its header; nothing is decoded to learn that.
func TestBombsAreKnownByTheirHeader(t *testing.T) {
	png := append(header(30_000, 30_000, 8, 6), make([]byte, 1<<20)...)
	allocated := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			if info, err := Look(png); err != nil || info.Pixels() != 900_000_000 || info.Memory < 3_600_000_000 {
				b.Fatal(info, err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 64<<10 {
		t.Errorf("looking took %d bytes", allocated)
	}
	if info, err := Look(header(100, 100, 16, 6)); err != nil || info.Memory != 80_000 {
		t.Errorf("16 bits a sample: %+v, %v", info, err)
	}
}

// A WebP says its size twice. The decoder allocates by the frame for the picture, by the canvas for the
// transparency: both are asked.
func TestWebPThatSaysTwoSizes(t *testing.T) {
	little := func(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }
	riff := func(chunks ...[]byte) []byte {
		body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
		return append(append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...), body...)
	}
	part := func(name string, body []byte) []byte {
		return append(append([]byte(name), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...), body...)
	}
	canvas := func(w, h int) []byte {
		return part("VP8X", append(append([]byte{0x10, 0, 0, 0}, little(w-1)...), little(h-1)...))
	}
	frame := func(w, h int) []byte {
		return part("VP8 ", []byte{0x30, 1, 0, 0x9d, 0x01, 0x2a, byte(w), byte(w >> 8), byte(h), byte(h >> 8), 0, 0})
	}
	for name, data := range map[string][]byte{"a large frame": riff(canvas(10, 10), frame(16_000, 16_000)), "a large canvas": riff(canvas(16_000_000, 10), frame(10, 10))} {
		if info, err := Look(data); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
	if _, err := Look(riff(canvas(10, 10), part("ANIM", make([]byte, 6)))); !errors.Is(err, ErrMoves) {
		t.Errorf("a moving one: %v", err)
	}
	if info, err := Look(riff(canvas(16_000, 16_000), frame(16_000, 16_000))); err == nil && info.Memory < 700_000_000 {
		t.Errorf("a large one: %+v", info)
	}
}

// A picture of holes stays one, one that is drawn stays sharp, and one that is taken becomes a JPEG that
// is light enough.
func TestFormatsThatComeOut(t *testing.T) {
	hole := corners(200, 100)
	for x := range 100 {
		hole.SetRGBA(x, 0, color.RGBA{})
	}
	noise := image.NewRGBA(image.Rect(0, 0, 400, 300))
	seed := uint32(1)
	for i := range noise.Pix {
		seed = seed*1664525 + 1013904223
		noise.Pix[i] = byte(seed >> 24)
	}
	for i := 3; i < len(noise.Pix); i += 4 {
		noise.Pix[i] = 255
	}
	for _, tc := range []struct {
		name string
		data []byte
		most int
		want Format
	}{
		{"with holes", asPNG(t, hole), 20_000, PNG},
		{"drawn", asPNG(t, corners(200, 100)), 20_000, PNG},
		{"too heavy as it is", asPNG(t, noise), 60_000, JPEG},
		{"taken", asJPEG(t, corners(200, 100)), 20_000, JPEG},
	} {
		info, err := Look(tc.data)
		if err != nil {
			t.Fatal(err)
		}
		made, err := Make(tc.data, info, Size{1600, tc.most})
		if err != nil || made[0].Format != tc.want || len(made[0].Data) > tc.most {
			t.Errorf("%s: %s, %d bytes, %v", tc.name, made[0].Format, len(made[0].Data), err)
		}
	}
}

// Every pixel of the smaller picture is the mean of those that it covers: computed here with
// rational weights, the long way.
func TestShrinkIsTheMeanOfAreas(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 13, 7))
	for i := range src.Pix {
		src.Pix[i] = byte(i*37 + i*i)
	}
	const w, h = 5, 3
	got := shrink(src, w, h)
	overlap := func(a0, a1, b0, b1 float64) float64 { return max(0, min(a1, b1)-max(a0, b0)) }
	for y := range h {
		for x := range w {
			for c := range 4 {
				var sum float64
				for sy := range 7 {
					for sx := range 13 {
						weight := overlap(float64(x)*13/w, float64(x+1)*13/w, float64(sx), float64(sx+1)) * overlap(float64(y)*7/h, float64(y+1)*7/h, float64(sy), float64(sy+1))
						sum += weight * float64(src.Pix[sy*src.Stride+4*sx+c])
					}
				}
				want := sum / (13.0 / w * 7.0 / h)
				if d := float64(got.Pix[y*got.Stride+4*x+c]) - want; d > 0.51 || d < -0.51 {
					t.Errorf("(%d, %d) channel %d: %d, want %.2f", x, y, c, got.Pix[y*got.Stride+4*x+c], want)
				}
			}
		}
	}
}

// Whatever stands in a header, looking at it neither panics nor promises what decoding breaks: of what is within bounds, a picture comes out
// that has the size which was announced.
func FuzzLook(f *testing.F) {
	small := corners(8, 4)
	f.Add(withEXIF(asJPEG(f, small), exif(binary.BigEndian, 6)))
	f.Add(asPNG(f, small))
	f.Add(header(30_000, 30_000, 8, 6))
	f.Add([]byte("\xff\xd8\xff\xc0\x00\x11\b00\x00\x00\x030A\x001\x11\x012\x11\x01\xff\xda00"))
	f.Add([]byte("RIFF0000WEBPVP8 \r\x00\x00\x0010000000\x00\x00000"))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := Look(data)
		if err != nil {
			return
		}
		if info.Width < 1 || info.Height < 1 || info.Memory < info.Pixels() {
			t.Fatalf("%+v", info)
		}
		if info.Memory > 1<<20 {
			return
		}
		made, err := Make(data, info, Size{64, 4096})
		if err != nil {
			return
		}
		w, h := within(info.Width, info.Height, 64)
		if made[0].Width != w || made[0].Height != h {
			t.Fatalf("%d × %d came out of %+v", made[0].Width, made[0].Height, info)
		}
	})
}
