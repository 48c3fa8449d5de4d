package citytest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// PDF is what a reader finds on the sheets of a document.
type PDF struct {
	Text  string   // of all its pages
	Pages []string // of each
	// Codes are the codes drawn of filled squares, each as its rows of "#" and ".".
	Codes []string
}

var (
	pdfStream = regexp.MustCompile(`(?s)/FlateDecode.*?stream\r?\n`)
	pdfWords  = regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\)`)
	pdfSquare = regexp.MustCompile(`(?m)^(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re f$`)
)

// PDF reads a document of which the letters stand as UTF-16, one string a line.
func (p *Page) PDF() (out PDF) {
	p.t.Helper()
	if !strings.HasPrefix(p.Body, "%PDF-") {
		p.t.Fatalf("%s is no PDF: %.40q", p.asked, p.Body)
	}
	for _, at := range pdfStream.FindAllStringIndex(p.Body, -1) {
		z, err := zlib.NewReader(strings.NewReader(p.Body[at[1]:]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(content, []byte("BT")) {
			continue
		}
		page := ""
		for _, words := range pdfWords.FindAllSubmatch(content, -1) {
			page += letters(words[1]) + "\n"
		}
		out.Text, out.Pages = out.Text+page, append(out.Pages, page)
		if code := squares(pdfSquare.FindAllSubmatch(content, -1)); code != "" {
			out.Codes = append(out.Codes, code)
		}
	}
	if strings.Contains(out.Text, "⟦") {
		p.t.Fatalf("%s: a text is missing: %.2000s", p.asked, out.Text)
	}
	return out
}

func letters(raw []byte) string {
	for _, pair := range []string{`\r` + "\r", `\(` + "(", `\)` + ")", `\\` + `\`} {
		raw = bytes.ReplaceAll(raw, []byte(pair[:2]), []byte(pair[2:]))
	}
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, binary.BigEndian.Uint16(raw[i:]))
	}
	return string(utf16.Decode(units))
}

// squares draws filled squares of one size on their grid.
func squares(all [][][]byte) string {
	number := func(b []byte) float64 { n, _ := strconv.ParseFloat(string(b), 64); return n }
	var xs, ys []float64
	side := 0.0
	for _, m := range all {
		if w, h := number(m[3]), math.Abs(number(m[4])); math.Abs(w-h) < 0.02 && w > 0 {
			xs, ys, side = append(xs, number(m[1])), append(ys, number(m[2])), w
		}
	}
	if len(xs) < 100 {
		return ""
	}
	left, top := slices.Min(xs), slices.Max(ys)
	size := int(math.Round((slices.Max(xs)-left)/side)) + 1
	rows := make([][]byte, size)
	for i := range rows {
		rows[i] = bytes.Repeat([]byte("."), size)
	}
	for i := range xs {
		x, y := int(math.Round((xs[i]-left)/side)), int(math.Round((top-ys[i])/side))
		if x < size && y < size {
			rows[y][x] = '#'
		}
	}
	return string(bytes.Join(rows, []byte("\n")))
}
