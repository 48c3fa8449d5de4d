// Package course is what a short course says and asks, in each of its languages, and whether an answer is right. It is pure: it
// knows no database and no page.
package course

import (
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/learning/gift"
)

// Kind of a module.
type Kind string

// The kinds. A module that says none is a text.
const (
	Text    Kind = "text"
	Example Kind = "example"
	Video   Kind = "video" // a link, with the transcript as its text
)

// Cite names an article of a law, by the code under which the page names the law.
type Cite struct{ Law, Article string }

// Law is a law that a course cites, in the redaction by which it was written; Redaction is the day as "2026-07-01", "" where
// nobody has checked one.
type Law struct{ Code, Redaction, Title string }

// Module is one step of a course, in one language. Text is Markdown.
type Module struct {
	Heading string
	Kind    Kind
	Link    string // of a video
	Cites   []Cite
	Text    string
}

// Page is a course in one language.
type Page struct {
	Title, Summary, Audience, Theme string
	Minutes                         int // 5 to 40
	Right, Of                       int // the course is done when Right of the last Of answers are right
	Laws                            []Law
	Modules                         []Module
}

// Course is a course in all its languages.
type Course struct {
	Code      string
	Pages     map[civic.Lang]Page
	Questions map[civic.Lang][]gift.Question // those of a language in the same order as of each other
}

// fullest is the language with the most modules and questions, the state language first.
func (c Course) fullest() (best civic.Lang) {
	size := func(l civic.Lang) int { return len(c.Pages[l].Modules) + len(c.Questions[l]) }
	for _, l := range civic.Languages() {
		if best == "" || size(l) > size(best) {
			best = l
		}
	}
	return best
}

// Missing counts the modules and questions that a language lacks of those that the fullest has.
func (c Course) Missing(l civic.Lang) (modules, questions int) {
	full := c.fullest()
	return max(0, len(c.Pages[full].Modules)-len(c.Pages[l].Modules)), max(0, len(c.Questions[full])-len(c.Questions[l]))
}

// Shown is the language in which a reader of another gets the course: their own where there is any of it.
func (c Course) Shown(want civic.Lang) civic.Lang {
	if len(c.Pages[want].Modules) > 0 {
		return want
	}
	return c.fullest()
}

// Apart lists the questions, counted from 0, that are not the same in two languages: of another kind, with another number of
// answers, or with others right. Only the words may differ.
func (c Course) Apart() (out []int) {
	full := c.fullest()
	for i, q := range c.Questions[full] {
		for _, l := range civic.Languages() {
			if i < len(c.Questions[l]) && !alike(q, c.Questions[l][i]) && !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return out
}

// PagesApart lists the languages whose page differs from the fullest in what is one for the whole course: minutes, how many answers must be
// right, the theme, and the laws with their redactions. Only the words may differ.
func (c Course) PagesApart() (out []civic.Lang) {
	full := c.Pages[c.fullest()]
	for _, l := range civic.Languages() {
		p, there := c.Pages[l]
		if there && (p.Minutes != full.Minutes || p.Right != full.Right || p.Of != full.Of || p.Theme != full.Theme || !slices.Equal(redactions(p), redactions(full))) {
			out = append(out, l)
		}
	}
	return out
}

// redactions are the laws of a page without their titles, in an order of their own.
func redactions(p Page) (out []Law) {
	for _, l := range p.Laws {
		out = append(out, Law{Code: l.Code, Redaction: l.Redaction})
	}
	slices.SortFunc(out, func(a, b Law) int { return strings.Compare(a.Code, b.Code) })
	return out
}

func alike(a, b gift.Question) bool {
	if a.Kind != b.Kind || isOrder(a) != isOrder(b) || len(a.Pairs) != len(b.Pairs) || a.True != b.True {
		return false
	}
	if a.Kind == gift.Short && !isOrder(a) { // each language has words of its own
		return true
	}
	return slices.EqualFunc(a.Choices, b.Choices, func(x, y gift.Choice) bool {
		return x.Right == y.Right && x.Weight == y.Weight && (x.Number == nil) == (y.Number == nil) && (x.Number == nil || *x.Number == *y.Number)
	}) && (a.Single == nil) == (b.Single == nil) && (a.Single == nil || *a.Single == *b.Single)
}

// Mastered reports whether right of the last of answers are right. Who has given fewer answers may have mastered it already.
func Mastered(answers []bool, right, of int) bool {
	n := 0
	for _, a := range answers[max(0, len(answers)-of):] {
		if a {
			n++
		}
	}
	return right > 0 && n >= right
}
