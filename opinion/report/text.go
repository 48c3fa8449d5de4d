package report

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteText writes the document as plain text, lines of at most width runes.
func (d *Document) WriteText(out io.Writer, width int) error {
	w := bufio.NewWriter(out)
	heading := func(s, under string) {
		w.WriteString(s + "\n" + strings.Repeat(under, utf8.RuneCountInString(s)) + "\n\n")
	}
	heading(d.Title+": "+d.Topic, "=")
	for _, s := range d.Sections {
		under := "-"
		if s.Level > 2 {
			under = "·"
		}
		heading(s.Heading, under)
		for _, p := range s.Paragraphs {
			wrap(w, p, "", "", width)
			w.WriteByte('\n')
		}
		for _, i := range s.Items {
			wrap(w, i.Text, "  • ", "    ", width)
		}
		if len(s.Items) > 0 {
			w.WriteByte('\n')
		}
		if s.Table != nil {
			// Read in order: each row as a line of its own with the names of its numbers.
			for _, row := range s.Table.Rows {
				line := row[0]
				for c, v := range row[1:] {
					if c == 0 {
						line += ". "
					} else {
						line += "; "
					}
					line += s.Table.Head[c+1] + ": " + v
				}
				wrap(w, line+".", "  • ", "    ", width)
			}
			w.WriteByte('\n')
		}
	}
	return w.Flush()
}

func wrap(w *bufio.Writer, text, first, rest string, width int) {
	w.WriteString(first)
	used := utf8.RuneCountInString(first)
	begun := false
	for _, word := range strings.Split(text, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case !begun:
		case used+1+n > width:
			w.WriteString("\n" + rest)
			used = utf8.RuneCountInString(rest)
		default:
			w.WriteByte(' ')
			used++
		}
		w.WriteString(word)
		used += n
		begun = true
	}
	w.WriteByte('\n')
}
