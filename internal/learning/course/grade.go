package course

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/learning/gift"
)

// Order is the tag of a question whose answers stand in their right order; GIFT has no kind for it.
const Order = "order"

func isOrder(q gift.Question) bool { return q.Kind == gift.Short && slices.Contains(q.Tags, Order) }

// Form is how a question is answered.
type Form string

// The forms.
const (
	Single   Form = "single"
	Multiple Form = "multiple"
	True     Form = "true"
	Number   Form = "number"
	Match    Form = "match"
	Ordered  Form = "order"
	Words    Form = "short"
	None     Form = "" // it cannot be marked by a program
)

// FormOf is how a question is answered.
func FormOf(q gift.Question) Form {
	switch q.Kind {
	case gift.TrueFalse:
		return True
	case gift.Numerical:
		return Number
	case gift.Matching:
		return Match
	case gift.Short:
		if isOrder(q) {
			return Ordered
		}
		return Words
	case gift.Choices:
		right := 0
		for _, c := range q.Choices {
			if wanted(c) {
				right++
			}
		}
		if right > 1 {
			return Multiple
		}
		return Single
	}
	return None
}

// wanted reports whether a choice belongs to the right answer.
func wanted(c gift.Choice) bool {
	weight, _ := c.Weight.Float64()
	return c.Right || weight > 0
}

// Grade reports whether an answer is right, and what the question says to it. Of choices the answer is their places, counted from
// 0; of a true or false sentence "true" or "false"; of a number or words what was typed; of a matching question the right side
// of each pair in turn; of an order the places in the order that was chosen.
func Grade(q gift.Question, answer []string) (right bool, says string) {
	switch FormOf(q) {
	case Single, Multiple:
		right = true
		for i, c := range q.Choices {
			chosen := slices.Contains(answer, strconv.Itoa(i))
			right = right && chosen == wanted(c)
			if chosen && says == "" {
				says = said(c.Feedback)
			}
		}
	case True:
		right = len(answer) == 1 && answer[0] == strconv.FormatBool(q.True)
		if says = said(q.FalseFeedback); len(answer) == 1 && answer[0] == "true" {
			says = said(q.TrueFeedback)
		}
	case Number:
		right, says = number(q, answer)
	case Match:
		right = len(answer) == len(q.Pairs)
		for i, p := range q.Pairs {
			right = right && (p.Left.Text == "" || folded(answer[i]) == folded(p.Right))
		}
	case Ordered:
		right = len(answer) == len(q.Choices)
		for i := range q.Choices {
			right = right && answer[i] == strconv.Itoa(i)
		}
	case Words:
		for _, c := range q.Choices {
			if wanted(c) && len(answer) == 1 && folded(answer[0]) == folded(c.Text.Text) {
				return true, both(said(c.Feedback), said(q.Global))
			}
		}
	}
	return right, both(says, said(q.Global))
}

func both(a, b string) string { return strings.TrimSpace(a + "\n\n" + b) }

func said(t *gift.Text) string {
	if t == nil {
		return ""
	}
	return t.Text
}

// folded is a text as answers are compared: capitals, ё and the spaces between words do not count.
func folded(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.Join(strings.Fields(s), " ")), "ё", "е")
}

// maxDigits bounds what somebody types as a number.
const maxDigits = 30

func number(q gift.Question, answer []string) (right bool, says string) {
	if len(answer) != 1 || len(answer[0]) > maxDigits {
		return false, ""
	}
	text := strings.NewReplacer(" ", "", "\u00a0", "", ",", ".").Replace(answer[0])
	if strings.ContainsAny(text, "/eEpPxX_") {
		return false, ""
	}
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		return false, ""
	}
	if q.Single != nil {
		return within(v, *q.Single), ""
	}
	for _, c := range q.Choices {
		if c.Number != nil && within(v, *c.Number) {
			return wanted(c), said(c.Feedback)
		}
	}
	return false, ""
}

func within(v *big.Rat, n gift.Number) bool {
	low, high := bounds(n)
	return v.Cmp(low) >= 0 && v.Cmp(high) <= 0
}

// bounds are the least and the greatest number that an answer takes.
func bounds(n gift.Number) (low, high *big.Rat) {
	rat := func(s string) *big.Rat {
		f, ok := new(big.Rat).SetString(s)
		if !ok {
			return new(big.Rat)
		}
		return f
	}
	low, high = rat(string(n.Low)), rat(string(n.High))
	if n.Type != "high-low" {
		at, off := rat(string(n.Number)), rat(string(n.Range))
		low, high = new(big.Rat).Sub(at, off), new(big.Rat).Add(at, off)
	}
	return low, high
}

// Right is a right answer to a question, as Grade takes it.
func Right(q gift.Question) (answer []string) {
	switch FormOf(q) {
	case True:
		return []string{strconv.FormatBool(q.True)}
	case Number:
		if q.Single != nil {
			return []string{nearest(*q.Single)}
		}
		for _, c := range q.Choices {
			if c.Number != nil && wanted(c) {
				return []string{nearest(*c.Number)}
			}
		}
	case Match:
		for _, p := range q.Pairs {
			answer = append(answer, p.Right)
		}
	case Words:
		for _, c := range q.Choices {
			if wanted(c) {
				return []string{c.Text.Text}
			}
		}
	case Single, Multiple, Ordered:
		for i, c := range q.Choices {
			if wanted(c) || isOrder(q) {
				answer = append(answer, strconv.Itoa(i))
			}
		}
	}
	return answer
}

// nearest is a number that a numerical answer takes.
func nearest(n gift.Number) string {
	if n.Type == "high-low" {
		return string(n.Low)
	}
	return string(n.Number)
}

// Mark is all that is needed to mark a question elsewhere, as Grade does.
type Mark struct {
	Right  []string          // answers that are right together; of typed words each by itself
	Ranges [][2]json.Number  // of numbers: each with its ends
	Says   map[string]string // what is said to an answer
	Always string            // what is said to all
}

// MarkOf makes it.
func MarkOf(q gift.Question) Mark {
	m := Mark{Right: Right(q), Says: map[string]string{}, Always: said(q.Global)}
	switch FormOf(q) {
	case True:
		m.Says["true"], m.Says["false"] = said(q.TrueFeedback), said(q.FalseFeedback)
	case Single, Multiple:
		for i, c := range q.Choices {
			m.Says[strconv.Itoa(i)] = said(c.Feedback)
		}
	case Words:
		m.Right = nil
		for _, c := range q.Choices {
			if wanted(c) {
				m.Right = append(m.Right, c.Text.Text)
				m.Says[c.Text.Text] = said(c.Feedback)
			}
		}
	case Number:
		if q.Single != nil {
			m.Ranges = append(m.Ranges, ends(*q.Single))
		}
		for _, c := range q.Choices {
			if c.Number != nil && wanted(c) {
				m.Ranges = append(m.Ranges, ends(*c.Number))
			}
		}
	}
	return m
}

// ends are the least and the greatest number that an answer takes.
func ends(n gift.Number) [2]json.Number {
	low, high := bounds(n)
	return [2]json.Number{json.Number(low.FloatString(6)), json.Number(high.FloatString(6))}
}
