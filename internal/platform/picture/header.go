package picture

import (
	"bytes"
	"encoding/binary"
)

// jpegHead is what the segments before the picture itself say.
type jpegHead struct {
	exif     []byte
	perPixel float64 // bytes that decoding takes
}

// scanJPEG walks over the segments of a JPEG. What it does not understand it takes for the worst.
func scanJPEG(data []byte) jpegHead {
	head := jpegHead{perPixel: 3 * (1 + 4)}
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff {
			return head
		}
		marker := data[at+1]
		if marker == 0xff { // fill bytes
			at++
			continue
		}
		length := int(binary.BigEndian.Uint16(data[at+2:]))
		if length < 2 || at+2+length > len(data) {
			return head
		}
		body := data[at+4 : at+2+length]
		switch {
		case marker == 0xe1 && head.exif == nil && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			head.exif = body[6:]
		case marker >= 0xc0 && marker <= 0xc2:
			head.perPixel = samplesPerPixel(body)
			if marker == 0xc2 { // a progressive one is gathered as coefficients of four bytes
				head.perPixel *= 5
			}
		case marker == 0xda: // the picture itself
			return head
		}
		at += 2 + length
	}
	return head
}

// samplesPerPixel reads the sampling of a frame header: 1.5 for the usual, 3 where every pixel has
// its own colour.
func samplesPerPixel(frame []byte) float64 {
	if len(frame) < 6 || len(frame) < 6+3*int(frame[5]) {
		return 3
	}
	var h, v, sum int
	for i := range int(frame[5]) {
		f := frame[6+3*i+1]
		h, v, sum = max(h, int(f>>4)), max(v, int(f&15)), sum+int(f>>4)*int(f&15)
	}
	if h*v == 0 {
		return 3
	}
	return max(1, float64(sum)/float64(h*v))
}

// exifOfPNG finds the chunk eXIf, which phones write too.
func exifOfPNG(data []byte) []byte {
	for at := 8; at+12 <= len(data); {
		length := binary.BigEndian.Uint32(data[at:])
		if uint64(at)+12+uint64(length) > uint64(len(data)) {
			return nil
		}
		if string(data[at+4:at+8]) == "eXIf" {
			return data[at+8 : at+8+int(length)]
		}
		at += 12 + int(length)
	}
	return nil
}

// webpHead is what the chunks of a WebP say. A width of 0: there is no frame.
type webpHead struct {
	width, height             int
	canvasWidth, canvasHeight int // 0: none is given
	lossless, moves           bool
	exif                      []byte
}

func scanWebP(data []byte) (head webpHead) {
	for at := 12; at+8 <= len(data); {
		length := binary.LittleEndian.Uint32(data[at+4:])
		if uint64(at)+8+uint64(length) > uint64(len(data)) {
			return head
		}
		body := data[at+8 : at+8+int(length)]
		switch string(data[at : at+4]) {
		case "VP8X":
			if len(body) >= 10 {
				head.canvasWidth, head.canvasHeight = 1+little24(body[4:]), 1+little24(body[7:])
			}
		case "VP8 ":
			if head.width == 0 && len(body) >= 10 {
				head.width = int(binary.LittleEndian.Uint16(body[6:])) & 0x3fff
				head.height = int(binary.LittleEndian.Uint16(body[8:])) & 0x3fff
			}
		case "VP8L":
			if head.width == 0 && len(body) >= 5 {
				bits := binary.LittleEndian.Uint32(body[1:])
				head.width, head.height, head.lossless = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff), true
			}
		case "ANIM", "ANMF":
			head.moves = true
		case "EXIF":
			head.exif = bytes.TrimPrefix(body, []byte("Exif\x00\x00"))
		}
		at += 8 + int(length) + int(length&1)
	}
	return head
}

func little24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// orientation reads how a picture is to be turned from its EXIF, a TIFF of which only the first
// directory is looked at.
func orientation(exif []byte) turn {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(exif, []byte("MM\x00\x2a")):
		order = binary.BigEndian
	case !bytes.HasPrefix(exif, []byte("II\x2a\x00")):
		return asItIs
	}
	if len(exif) < 8 {
		return asItIs
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return asItIs
	}
	const tag, short, entry = 0x0112, 3, 12
	for i := range uint64(order.Uint16(exif[at:])) {
		e := at + 2 + i*entry
		if e+entry > uint64(len(exif)) {
			return asItIs
		}
		if order.Uint16(exif[e:]) == tag && order.Uint16(exif[e+2:]) == short {
			if v := turn(order.Uint16(exif[e+8:])); v >= 1 && v <= 8 {
				return v
			}
		}
	}
	return asItIs
}
