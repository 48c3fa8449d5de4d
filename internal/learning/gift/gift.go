// Package gift reads and writes questions in GIFT, the text format in which teachers keep them for Moodle
// (https://docs.moodle.org/en/GIFT_format). It knows nothing of Birge.
package gift

import (
	"encoding/json"
	"errors"
)

// The bounds of a file. What goes beyond the first two is refused as a whole, a question of more answers by itself.
const (
	MaxBytes     = 4 << 20
	MaxQuestions = 10_000
	MaxAnswers   = 200
)

// ErrTooLarge says that a file has more bytes or questions than the bounds allow.
var ErrTooLarge = errors.New("gift: the file is too large")

// Kind of an entry, in the words of the shape in which other tools exchange what a file says.
type Kind string

// What a file consists of. Of choices any number may be right; a short answer is typed, and compared with each choice.
const (
	Category    Kind = "Category"
	Description Kind = "Description"
	Essay       Kind = "Essay"
	TrueFalse   Kind = "TF"
	Choices     Kind = "MC"
	Short       Kind = "Short"
	Matching    Kind = "Matching"
	Numerical   Kind = "Numerical"
)

// Format says how a text is marked up.
type Format string

// The formats of GIFT; a text that says none is Moodle's.
const (
	Moodle   Format = "moodle"
	HTML     Format = "html"
	Markdown Format = "markdown"
	Plain    Format = "plain"
)

// Text is a text and how it is marked up.
type Text struct {
	Format Format `json:"format"`
	Text   string `json:"text"`
}

// Number is the right answer to a numerical question: a value, a value with how far off one may be, or a range with its ends.
type Number struct {
	Type   string      `json:"type"` // simple, range (Number ± Range) or high-low
	Number json.Number `json:"number,omitempty"`
	Range  json.Number `json:"range,omitempty"`
	High   json.Number `json:"numberHigh,omitempty"`
	Low    json.Number `json:"numberLow,omitempty"`
}

// AnyOther is the text of a numerical question's answer for every number that no other answer names.
const AnyOther = "*"

// Choice is one answer to choose or to type; of a numerical question it holds a Number or AnyOther, of every other a Text.
type Choice struct {
	Right    bool
	Weight   json.Number // percent, from -100 to 100; empty where none is said
	Text     Text
	Number   *Number
	Feedback *Text
}

// MarshalJSON writes the text or the number under one name.
func (c Choice) MarshalJSON() ([]byte, error) {
	shape := struct {
		Right    bool         `json:"isCorrect"`
		Weight   *json.Number `json:"weight"`
		Text     any          `json:"text"`
		Feedback *Text        `json:"feedback"`
	}{Right: c.Right, Text: c.Text, Feedback: c.Feedback}
	if c.Weight != "" {
		shape.Weight = &c.Weight
	}
	if c.Number != nil {
		shape.Text = c.Number
	}
	return json.Marshal(shape)
}

// Pair is one line of a matching question. A pair without a Left is one more answer that fits nothing.
type Pair struct {
	Left  Text   `json:"subquestion"`
	Right string `json:"subanswer"`
}

// Question is one entry of a file. Kind says which of the fields after Global count.
type Question struct {
	Kind     Kind
	ID       string // "" where none is said, as of all texts here
	Tags     []string
	Title    *string // of a Category its path
	Stem     Text
	Embedded bool // the answer stands inside the sentence, where the stem has "_____"
	Global   *Text

	True                        bool // of TrueFalse, with what is said to each answer
	TrueFeedback, FalseFeedback *Text
	Choices                     []Choice
	Single                      *Number // of a Numerical question the one answer, where it has neither weight nor feedback
	Pairs                       []Pair
}

// MarshalJSON writes the fields that the kind of the question has, in the shape of the grammar's tests.
func (q Question) MarshalJSON() ([]byte, error) {
	if q.Kind == Category {
		return json.Marshal(map[string]any{"type": q.Kind, "title": q.Title})
	}
	shape := map[string]any{"type": q.Kind, "id": nil, "tags": q.Tags, "title": q.Title, "stem": q.Stem, "hasEmbeddedAnswers": q.Embedded}
	if q.ID != "" {
		shape["id"] = q.ID
	}
	if q.Kind != Description {
		shape["globalFeedback"] = q.Global
	}
	switch q.Kind {
	case TrueFalse:
		shape["isTrue"], shape["trueFeedback"], shape["falseFeedback"] = q.True, q.TrueFeedback, q.FalseFeedback
	case Matching:
		shape["matchPairs"] = q.Pairs
	case Choices, Short, Numerical:
		shape["choices"] = q.Choices
		if q.Single != nil {
			shape["choices"] = q.Single
		}
	}
	return json.Marshal(shape)
}

// Code says what is wrong with a question.
type Code string

// What is wrong with a question that was not read.
const (
	NoTitleEnd Code = "title"   // "::" opens a title and none closes it
	BadBrace   Code = "brace"   // a brace without its other
	TwoBlocks  Code = "blocks"  // more than one pair of braces
	BadNumber  Code = "number"  // a numerical answer is no number, no range and no value with a tolerance
	BadWeight  Code = "weight"  // a weight below -100 or above 100
	NoAnswer   Code = "empty"   // an answer without words
	NoneRight  Code = "right"   // none of the choices is right, nor has a weight above 0
	OnePair    Code = "pairs"   // one pair leaves nothing to match
	TooMany    Code = "answers" // more than MaxAnswers
)

// Codes are all that can be wrong with a question.
func Codes() []Code {
	return []Code{NoTitleEnd, BadBrace, TwoBlocks, BadNumber, BadWeight, NoAnswer, NoneRight, OnePair, TooMany}
}

// Problem is a question that was not read: the line it begins on, counted from 1, and why.
type Problem struct {
	Line int  `json:"line"`
	Code Code `json:"code"`
}
