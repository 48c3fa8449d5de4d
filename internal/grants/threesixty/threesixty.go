// Package threesixty reads and writes grants in the 360Giving Data Standard 1.4.3: who gave how much to whom, for what and when.
// A grant is the JSON object of the standard; which fields there are, and what each may hold, is read from its schema and said
// nowhere else. Of a file that is read, every grant is taken, and of each it is said what is wrong.
package threesixty

import (
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/birge-kz/birge/internal/platform/published"
)

// The bounds of a file.
const (
	MostBytes    = 32 << 20
	MostGrants   = 100_000
	MostProblems = 1_000     // that are told; all are counted
	mostOfList   = 100       // of one list in a table, as in "Recipient Org:7:Name"
	mostOne      = 256 << 10 // bytes of one grant in JSON, or of what the file says of itself
)

// Errors of a file as a whole.
var (
	ErrTooLarge = errors.New("threesixty: the file is too large")
	ErrNoGrants = errors.New("threesixty: neither an object with a list of grants, nor a table with columns of the standard")
)

// Row is a grant as it stands in JSON. Numbers are json.Number, so that no amount is rounded.
type Row = map[string]any

// Code says what is wrong.
type Code string

// The codes.
const (
	NotObject     Code = "not_object"
	Missing       Code = "missing"
	WrongType     Code = "wrong_type"
	BadDate       Code = "bad_date"
	BadNumber     Code = "bad_number"
	BadAddress    Code = "bad_address" // no URI
	NotInList     Code = "not_in_list" // of a codelist
	Empty         Code = "empty"       // a list that needs something in it
	TwoRecipients Code = "two_recipients"
	IDTwice       Code = "id_twice"
	Twice         Code = "twice" // the whole grant
	Other         Code = "other"
)

// Codes lists all codes. Tests check with it that every code has words.
func Codes() []Code {
	return []Code{NotObject, Missing, WrongType, BadDate, BadNumber, BadAddress, NotInList, Empty, TwoRecipients, IDTwice, Twice, Other}
}

// Problem is something that is wrong in a file.
type Problem struct {
	Row   int    `json:"row"` // of JSON, which grant, from 1; of a table, its line; 0: the file's own members
	ID    string `json:"id,omitempty"`
	Field string `json:"field,omitempty"`
	Code  Code   `json:"code"`
	Value string `json:"value,omitempty"`
	Read  string `json:"read,omitempty"` // a date that was understood all the same
}

// Grant is a grant of a file.
type Grant struct {
	Row      Row // with the dates as they were understood; nil where no object stands
	Line     int // as Problem.Row
	Valid    bool
	Readable bool // valid, or would be with the dates as they were understood
}

// File is what a file says.
type File struct {
	Grants   int
	Valid    int // grants that conform as they stand
	Readable int // and those that do once their dates are understood
	Dates    Dates
	Sums     Sums
	Unsummed int       // grants without an amount, or without a currency of the codelist: they are in no sum
	Problems []Problem // at most MostProblems
	Wrong    int       // all problems
	Broken   int       // all problems but dates that were understood
	Unknown  []string  // headings of a table that the standard does not have
}

// source goes through the grants of a file, from its beginning each time. So a file is read with little memory, whatever is in it.
type source func(each func(row any, line int) error) error

// examine judges the grants: first in which order the file's dates are written, then each grant.
func (s *Standard) examine(src source, asked Order, take func(Grant) error) (*File, error) {
	var seen evidence
	if err := src(func(row any, _ int) error { s.look(row, &seen); return nil }); err != nil {
		return nil, err
	}
	f := &File{Dates: seen.order(asked)}
	ids, whole, totals := map[string]bool{}, map[[sha256.Size]byte]bool{}, totals{}
	err := src(func(value any, line int) error {
		f.Grants++
		row, ok := value.(Row)
		if !ok {
			f.Unsummed++
			f.tell(Problem{Row: line, Code: NotObject})
			return take(Grant{Line: line})
		}
		f.tell(twice(row, line, ids, whole)...)
		g, problems := s.judge(row, &f.Dates)
		g.Line = line
		for _, p := range problems {
			p.Row, p.ID = line, published.Short(row["id"])
			f.tell(p)
		}
		if g.Valid {
			f.Valid++
		}
		if g.Readable {
			f.Readable++
		}
		if !s.add(totals, row) {
			f.Unsummed++
		}
		return take(g)
	})
	f.Sums = totals.sums()
	return f, err
}

// judge says what is wrong with a grant, and understands its dates, which it puts into the row.
func (s *Standard) judge(row Row, d *Dates) (Grant, []Problem) {
	g := Grant{Row: row}
	problems := s.check(row)
	g.Valid = len(problems) == 0
	g.Readable = g.Valid
	read := s.understand(row, d)
	if len(read) == 0 {
		return g, problems
	}
	for i, p := range problems {
		if p.Code == BadDate {
			problems[i].Read = read[p.Field]
		}
	}
	g.Readable = len(s.check(row)) == 0
	return g, problems
}

// twice tells of an identifier, or a whole grant, that was there before.
func twice(row Row, line int, ids map[string]bool, seen map[[sha256.Size]byte]bool) []Problem {
	text, err := json.Marshal(row) // sorts the members, so that their order makes no difference
	if sum := sha256.Sum256(text); err == nil {
		if seen[sum] {
			return []Problem{{Row: line, ID: published.Short(row["id"]), Code: Twice}}
		}
		seen[sum] = true
	}
	id, _ := row["id"].(string)
	if id != "" && ids[id] {
		return []Problem{{Row: line, ID: published.Short(id), Field: "id", Code: IDTwice, Value: published.Short(id)}}
	}
	ids[id] = true
	return nil
}

func (f *File) tell(problems ...Problem) {
	f.Wrong += len(problems)
	for _, p := range problems {
		if p.Read == "" {
			f.Broken++
		}
	}
	f.Problems = append(f.Problems, problems[:min(len(problems), MostProblems-len(f.Problems))]...)
}
