package allocation

import "fmt"

// Code says what is wrong.
type Code string

// The codes, with what the other members of an Error are.
const (
	BadTerm   Code = "bad_term"   // Subject is the name of a term, Value what it was
	NoBound   Code = "no_bound"   // Pairwise needs one above 0
	TooMany   Code = "too_many"   // more than Value
	NoName    Code = "no_name"    // Gift has no project or no donor
	BadAmount Code = "bad_amount" // Gift is Value, which is not above 0 or too large, alone or with the others of its project
	NoNumber  Code = "no_number"  // Row and Column hold Value, which is no number
	Negative  Code = "negative"   // Row and Column hold Value, and the metric ratio knows no numbers below 0
)

// Codes lists all codes. Tests check with it that every code has words.
func Codes() []Code { return []Code{BadTerm, NoBound, TooMany, NoName, BadAmount, NoNumber, Negative} }

// Error is what is wrong, and where. Counts begin with 1; 0 stands for none.
type Error struct {
	Code           Code
	Subject, Value string
	Gift           int
	Row, Column    int
}

// Error says it in English.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: subject %q, value %q, gift %d, row %d, column %d", e.Code, e.Subject, e.Value, e.Gift, e.Row, e.Column)
}
