package document

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Difference is the first place where two languages of a text do not stand side by side.
type Difference struct {
	At    int        // the place of the paragraph, from 0
	A, B  *Paragraph // nil where one ends before the other
	Count [2]int     // how many paragraphs each has
}

// SideBySide finds out whether two languages of a text have the same paragraphs: as many, of the same kinds, levels and numbers. Letters
// of lists differ by alphabet and are not compared.
func SideBySide(a, b []Paragraph) (Difference, bool) {
	for i := range max(len(a), len(b)) {
		d := Difference{At: i, Count: [2]int{len(a), len(b)}}
		if i < len(a) {
			d.A = &a[i]
		}
		if i < len(b) {
			d.B = &b[i]
		}
		if d.A == nil || d.B == nil || d.A.Kind != d.B.Kind || d.A.Level != d.B.Level || !sameNumber(d.A.Number, d.B.Number) {
			return d, false
		}
		if d.A.Kind == Row && strings.Count(d.A.Text, "\t") != strings.Count(d.B.Text, "\t") {
			return d, false
		}
	}
	return Difference{}, true
}

// sameNumber compares two numbers; any letter is as good as another but those of Roman numbers.
func sameNumber(a, b string) bool {
	plain := func(r rune) rune {
		if unicode.IsLetter(r) && !strings.ContainsRune("IVXLC", r) {
			return '?'
		}
		return r
	}
	return strings.Map(plain, a) == strings.Map(plain, b)
}

// Op is what became of a piece of a text.
type Op string

const (
	Same    Op = "same"
	Added   Op = "added"
	Dropped Op = "dropped"
)

// Piece is some words of a changed paragraph.
type Piece struct {
	Op   Op
	Text string
}

// Words tells how one text became another, word by word.
func Words(from, to string) []Piece {
	a, b := words(from), words(to)
	var out []Piece
	for _, s := range script(len(a), len(b), func(i, j int) bool { return a[i] == b[j] }) {
		switch s.op {
		case Added:
			out = append(out, Piece{Added, b[s.b]})
		default:
			out = append(out, Piece{s.op, a[s.a]})
		}
	}
	return merge(out)
}

// words parts a text into words, and whatever stands between them one by one.
func words(text string) (out []string) {
	start := 0 // of the word that is open
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			continue
		}
		if start < i {
			out = append(out, text[start:i])
		}
		start = i + max(1, utf8.RuneLen(r))
		if r == utf8.RuneError {
			start = i + 1 // a byte that is no text stands alone
		}
		out = append(out, text[i:min(start, len(text))])
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// merge joins pieces of one sort, and sets what was dropped before what was added in its place. A space between two changes belongs to both.
func merge(pieces []Piece) (out []Piece) {
	var dropped, added, space string
	flush := func() {
		for _, p := range []Piece{{Dropped, dropped}, {Added, added}, {Same, space}} {
			if n := len(out); p.Text != "" && n > 0 && p.Op == Same && out[n-1].Op == Same {
				out[n-1].Text += p.Text
			} else if p.Text != "" {
				out = append(out, p)
			}
		}
		dropped, added, space = "", "", ""
	}
	for _, p := range pieces {
		switch {
		case p.Op == Same && strings.TrimSpace(p.Text) == "" && dropped+added != "":
			space += p.Text
		case p.Op == Same:
			flush()
			space = p.Text
			flush()
		case p.Op == Dropped:
			dropped, added, space = dropped+space+p.Text, added+space, ""
		default:
			dropped, added, space = dropped+space, added+space+p.Text, ""
		}
	}
	flush()
	return out
}

// step is one of an edit script: at these places of the two.
type step struct {
	op   Op
	a, b int
}

// most bounds the work and the memory of comparing: how many of one times how many of the other, without what is the same at both ends.
const most = 4_000_000

// script is the shortest way from one sequence to another that only drops and adds, by their longest common subsequence; of what is too long for
// that all is dropped and added.
func script(n, m int, same func(i, j int) bool) (out []step) {
	front := 0
	for front < n && front < m && same(front, front) {
		out = append(out, step{Same, front, front})
		front++
	}
	back := 0
	for back < n-front && back < m-front && same(n-1-back, m-1-back) {
		back++
	}
	rows, cols := n-front-back, m-front-back
	if rows*cols > most {
		for i := range rows {
			out = append(out, step{Dropped, front + i, front})
		}
		for j := range cols {
			out = append(out, step{Added, n - back, front + j})
		}
		rows, cols = 0, 0
	}
	length := make([][]int32, rows+1) // of the longest common subsequence behind each place
	for i := range length {
		length[i] = make([]int32, cols+1)
	}
	for i := rows - 1; i >= 0; i-- {
		for j := cols - 1; j >= 0; j-- {
			if same(front+i, front+j) {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < rows || j < cols; {
		switch {
		case i < rows && j < cols && same(front+i, front+j):
			out = append(out, step{Same, front + i, front + j})
			i, j = i+1, j+1
		case j >= cols || i < rows && length[i+1][j] >= length[i][j+1]:
			out = append(out, step{Dropped, front + i, front + j})
			i++
		default:
			out = append(out, step{Added, front + i, front + j})
			j++
		}
	}
	for i := range back {
		out = append(out, step{Same, n - back + i, m - back + i})
	}
	return out
}

// Pair is a paragraph in two versions, by its places; -1 where it is in one only.
type Pair struct{ From, To int }

// Pairs sets two versions of a text side by side. What is the same is found first; between, a paragraph goes with the one that shares more
// than half of its words, in order.
func Pairs(from, to []Paragraph) (out []Pair) {
	same := func(i, j int) bool { return from[i].Kind == to[j].Kind && from[i].Text == to[j].Text }
	var dropped, added []int
	flush := func() {
		out = append(out, alike(from, to, dropped, added)...)
		dropped, added = nil, nil
	}
	for _, s := range script(len(from), len(to), same) {
		switch s.op {
		case Dropped:
			dropped = append(dropped, s.a)
		case Added:
			added = append(added, s.b)
		default:
			flush()
			out = append(out, Pair{s.a, s.b})
		}
	}
	flush()
	return out
}

// alike pairs what stands in a gap.
func alike(from, to []Paragraph, dropped, added []int) (out []Pair) {
	const window = 40 // how far behind a counterpart is looked for
	for _, i := range dropped {
		at := slices.IndexFunc(added[:min(len(added), window)], func(j int) bool {
			return from[i].Kind == to[j].Kind && (Shared(from[i].Text, to[j].Text) > 0.5 || from[i].Number != "" && from[i].Number == to[j].Number && Shared(from[i].Text, to[j].Text) > 0.2)
		})
		if at < 0 {
			out = append(out, Pair{i, -1})
			continue
		}
		for _, j := range added[:at] {
			out = append(out, Pair{-1, j})
		}
		out = append(out, Pair{i, added[at]})
		added = added[at+1:]
	}
	for _, j := range added {
		out = append(out, Pair{-1, j})
	}
	return out
}

// Shared is which part of the words of two texts stands in both: twice those in both, by all (Dice's coefficient), from 0 to 1.
func Shared(a, b string) float64 {
	count := map[string]int{}
	all := 0
	for _, w := range strings.Fields(strings.ToLower(a)) {
		count[w]++
		all++
	}
	both := 0
	for _, w := range strings.Fields(strings.ToLower(b)) {
		all++
		if count[w] > 0 {
			count[w]--
			both++
		}
	}
	if all == 0 {
		return 1
	}
	return 2 * float64(both) / float64(all)
}
