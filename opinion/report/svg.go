package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/opinion"
)

// SVGOptions say how the picture is drawn.
type SVGOptions struct {
	Lang string // kk, ru or en
	// Fragment leaves out the XML declaration and the paper behind the picture:
	// for a page whose style sheet gives colours through the classes opinion-map,
	// om-hull, om-dot, om-label, om-few, om-you and om-a … om-e.
	Fragment bool
	// Links makes each group's label a link to its section, #group-a.
	Links bool
	// Over is drawn last, above all else. [Frame.You] makes it: it shows a reader their own
	// place.
	Over string
	// ID is the prefix of ids in the picture, needed when a page has several.
	ID string
}

// SVG draws the map. It holds no style attribute, style element, script or
// reference to anything outside; colours are presentation attributes, which a
// style sheet overrules. The picture is named and described by its first two
// elements; the dots themselves are hidden from screen readers, for which
// [Report.Words] tells the same in words.
func (r *Report) SVG(out io.Writer, opt SVGOptions) error {
	// Long: the picture from its first element to its last: later ones lie above.
	t, err := LoadTexts(opt.Lang)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	pic := layout(r.Map, t.Int)
	if !opt.Fragment {
		w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	}
	title := t.Say("title")
	if topic := clean(r.Asked.Topic); topic != "" {
		title += ": " + topic
	}
	describe := []string{t.Say("map_description")}
	for _, g := range r.Map.Groups {
		describe = append(describe, t.Group(g.Letter, g.Size)+".")
	}
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" class="opinion-map" lang="%s" viewBox="0 0 %g %g" role="group" aria-labelledby="%stitle %sdesc" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="%g">`,
		t.lang, sheetWidth, sheetHeight, opt.ID, opt.ID, labelSize)
	fmt.Fprintf(w, "\n<title id=\"%stitle\">%s</title>\n<desc id=\"%sdesc\">%s</desc>\n", opt.ID, escape(title), opt.ID, escape(strings.Join(describe, " ")))
	if !opt.Fragment {
		fmt.Fprintf(w, "<rect width=\"%g\" height=\"%g\" fill=\"%s\"/>\n", sheetWidth, sheetHeight, paper)
	}
	w.WriteString("<g aria-hidden=\"true\">\n")
	for _, c := range pic.clusters {
		if len(c.hull) > 2 {
			color, _ := style(c.letter)
			fmt.Fprintf(w, `<path class="om-hull om-%s" fill="%s" fill-opacity=".08" stroke="%s" stroke-opacity=".35" stroke-width="1.5" stroke-linejoin="round" d="M`, strings.ToLower(c.letter), color, color)
			for i, p := range c.hull {
				if i > 0 {
					w.WriteByte('L')
				}
				w.WriteString(num(p.X) + " " + num(p.Y))
			}
			w.WriteString("z\"/>\n")
		}
	}
	if len(pic.few) > 0 {
		fmt.Fprintf(w, `<path class="om-few" fill="none" stroke="%s" stroke-opacity=".5" stroke-width="2" stroke-linecap="round" d="`, soft)
		for _, d := range pic.few {
			w.WriteString("M" + num(d.x) + " " + num(d.y) + "h0")
		}
		w.WriteString("\"/>\n")
	}
	for _, c := range pic.clusters {
		color, s := style(c.letter)
		for size := range 3 {
			path := dotPath(c.dots, size, s)
			if path == "" {
				continue
			}
			if s == circle {
				fmt.Fprintf(w, `<path class="om-dot om-%s" fill="none" stroke="%s" stroke-width="%s" stroke-linecap="round" d="%s"/>`, strings.ToLower(c.letter), color, num(2*dotRadius(size)), path)
			} else {
				fmt.Fprintf(w, `<path class="om-dot om-%s" fill="%s" d="%s"/>`, strings.ToLower(c.letter), color, path)
			}
			w.WriteByte('\n')
		}
	}
	w.WriteString("</g>\n")
	for _, c := range pic.clusters {
		writeLabel(w, c, opt.Links)
	}
	w.WriteString(opt.Over)
	w.WriteString("</svg>\n")
	return w.Flush()
}

func dotPath(list []dot, size int, s shape) string {
	var b strings.Builder
	r := dotRadius(size)
	for _, d := range list {
		if d.size != size {
			continue
		}
		switch s {
		case circle:
			b.WriteString("M" + num(d.x) + " " + num(d.y) + "h0")
		case squareShape:
			b.WriteString("M" + num(d.x-r*.9) + " " + num(d.y-r*.9) + "h" + num(1.8*r) + "v" + num(1.8*r) + "h-" + num(1.8*r) + "z")
		case triangle:
			b.WriteString("M" + num(d.x) + " " + num(d.y-r*1.2) + "l" + num(1.2*r) + " " + num(2.1*r) + "h-" + num(2.4*r) + "z")
		case triangleDown:
			b.WriteString("M" + num(d.x) + " " + num(d.y+r*1.2) + "l" + num(1.2*r) + "-" + num(2.1*r) + "h-" + num(2.4*r) + "z")
		case diamond:
			b.WriteString("M" + num(d.x) + " " + num(d.y-r*1.3) + "l" + num(1.3*r) + " " + num(1.3*r) + "-" + num(1.3*r) + " " + num(1.3*r) + "-" + num(1.3*r) + "-" + num(1.3*r) + "z")
		}
	}
	return b.String()
}

func writeLabel(w *bufio.Writer, c cluster, link bool) {
	color, s := style(c.letter)
	if link {
		fmt.Fprintf(w, `<a href="#%s">`, GroupID(c.letter))
	}
	fmt.Fprintf(w, `<g class="om-label om-%s">`, strings.ToLower(c.letter))
	fmt.Fprintf(w, `<rect x="%s" y="%s" width="%s" height="%s" rx="12" fill="%s" stroke="%s"/>`, num(c.label.x-6), num(c.label.y-labelSize-3), num(labelWidth(c.label.text)+8), num(labelSize+10), paper, color)
	mark := dot{c.label.x + 6, c.label.y - 5, 2}
	if s == circle {
		fmt.Fprintf(w, `<path fill="none" stroke="%s" stroke-width="%s" stroke-linecap="round" d="%s"/>`, color, num(2*dotRadius(2)), dotPath([]dot{mark}, 2, s))
	} else {
		fmt.Fprintf(w, `<path fill="%s" d="%s"/>`, color, dotPath([]dot{mark}, 2, s))
	}
	fmt.Fprintf(w, `<text x="%s" y="%s" fill="%s" font-weight="650">%s</text></g>`, num(c.label.x+16), num(c.label.y), ink, escape(c.label.text))
	if link {
		w.WriteString("</a>")
	}
	w.WriteByte('\n')
}

// You draws where somebody is, for [SVGOptions.Over].
func (f Frame) You(out io.Writer, at opinion.Point, lang string) error {
	t, err := LoadTexts(lang)
	if err != nil {
		return err
	}
	x, y := f.place(at)
	x, y = min(max(x, 12), sheetWidth-12), min(max(y, 12), sheetHeight-12)
	text := t.Say("you_are_here")
	tx, anchor := x+14, "start"
	if x > sheetWidth*0.7 {
		tx, anchor = x-14, "end"
	}
	_, err = fmt.Fprintf(out, `<g class="om-you"><circle cx="%s" cy="%s" r="8" fill="none" stroke="%s" stroke-width="5"/><circle cx="%s" cy="%s" r="8" fill="none" stroke="%s" stroke-width="2.5"/>`+
		`<text x="%s" y="%s" text-anchor="%s" fill="%s" stroke="%s" stroke-width="4" paint-order="stroke" font-weight="650">%s</text></g>`+"\n",
		num(x), num(y), paper, num(x), num(y), ink, num(tx), num(y+5), anchor, ink, paper, escape(text))
	return err
}

// num writes a coordinate with at most one digit after the point.
func num(x float64) string {
	s := strconv.FormatFloat(x, 'f', 1, 64)
	s = strings.TrimSuffix(s, ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

func escape(s string) string {
	var b strings.Builder
	// xml.EscapeText also replaces characters XML does not allow.
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder never fails
	return b.String()
}
