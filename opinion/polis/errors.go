package polis

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is the kind of a flaw, stable so that a program can say it in the
// reader's language.
type Problem string

const (
	Unreadable         Problem = "unreadable"          // the file cannot be opened or read
	EmptyFile          Problem = "empty_file"          // not even a header line
	UTF16              Problem = "utf16"               // saved as UTF-16
	InvalidUTF8        Problem = "invalid_utf8"        // bytes that are no UTF-8
	NUL                Problem = "nul"                 // a NUL character
	BareQuote          Problem = "bare_quote"          // a quote inside a field without quotes
	OpenQuote          Problem = "open_quote"          // a quote that is never closed
	AfterQuote         Problem = "after_quote"         // text between a closing quote and the comma
	RecordTooLong      Problem = "record_too_long"     // longer than Limits.Record
	OtherSeparator     Problem = "other_separator"     // separated by semicolons or tabs
	ColumnMissing      Problem = "column_missing"      // a needed column is not in the header
	ColumnRepeated     Problem = "column_repeated"     // a column is in the header twice
	FieldCount         Problem = "field_count"         // not as many fields as the header
	NotANumber         Problem = "not_a_number"        // a whole number, 0 or more, was expected
	NotAVote           Problem = "not_a_vote"          // not 1, 0 or −1
	NotAModeration     Problem = "not_a_moderation"    // not 1, 0 or −1
	UnknownStatement   Problem = "unknown_statement"   // a vote or column for a comment that comments.csv does not have
	RepeatedStatement  Problem = "repeated_statement"  // a comment id twice in comments.csv
	RepeatedVoter      Problem = "repeated_voter"      // a participant twice in participants-votes.csv
	NoVotes            Problem = "no_votes"            // neither votes.csv nor participants-votes.csv
	CountDiffers       Problem = "count_differs"       // a stored count is not what the votes give
	CellDiffers        Problem = "cell_differs"        // participants-votes.csv contradicts votes.csv
	UnknownParticipant Problem = "unknown_participant" // a voter without a line in participants-votes.csv
	TooManyRows        Problem = "too_many_rows"       // more than Limits.Votes, Statements or Participants; Value: the bound
	TooManyColumns     Problem = "too_many_columns"    // more than Limits.Columns; Value: the bound
	TooMuchText        Problem = "too_much_text"       // more than Limits.Text; Value: the bound
	SeveralExports     Problem = "several_exports"     // more than one export in a folder; Value: their names
)

var explain = map[Problem]string{
	Unreadable:         "cannot be read",
	EmptyFile:          "is empty; a header line was expected",
	UTF16:              "is saved as UTF-16; save it as UTF-8",
	InvalidUTF8:        "has bytes that are not UTF-8; save the file as UTF-8",
	NUL:                "holds a NUL character; remove it",
	BareQuote:          `has a quote inside a field that does not begin with one; put the field in quotes and double those inside`,
	OpenQuote:          "opens a quote that is never closed",
	AfterQuote:         "has text after a closing quote; a comma or the end of the line was expected",
	RecordTooLong:      "holds a line too long to be a record",
	OtherSeparator:     "is separated by semicolons or tabs; save it with commas",
	ColumnMissing:      "lacks the column",
	ColumnRepeated:     "has a column twice",
	FieldCount:         "does not have as many fields as the header",
	NotANumber:         "must be a whole number, 0 or more",
	NotAVote:           "must be 1 (agree), 0 (pass) or -1 (disagree)",
	NotAModeration:     "must be 1 (in), 0 (not moderated) or -1 (out)",
	UnknownStatement:   "names a comment that comments.csv does not have",
	RepeatedStatement:  "has this comment id a second time",
	RepeatedVoter:      "has this participant a second time",
	NoVotes:            "has neither votes.csv nor participants-votes.csv",
	CountDiffers:       "is not the number that the votes give",
	CellDiffers:        "is not what votes.csv says",
	UnknownParticipant: "lacks a participant who is in votes.csv",
	TooManyRows:        "has more rows than are read",
	TooManyColumns:     "has more columns than are read",
	TooMuchText:        "has more text in columns unknown here than is read; take those columns out",
	SeveralExports:     "holds several exports; name one of them",
}

// An Error is one flaw of an export.
type Error struct {
	File    string // name inside the directory
	Line    int    // from 1; 0: the file as a whole
	Column  string // name of the column; "" when the whole line is meant
	Problem Problem
	Value   string // what was found, cut short; "" when not to the point
	Err     error  // cause, for Unreadable
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Column != "" && e.Problem != ColumnMissing && e.Problem != ColumnRepeated {
		fmt.Fprintf(&b, "column %s ", e.Column)
	}
	b.WriteString(explain[e.Problem])
	if e.Problem == ColumnMissing || e.Problem == ColumnRepeated {
		fmt.Fprintf(&b, " %q", e.Column)
	}
	if e.Value != "" {
		fmt.Fprintf(&b, " (found %q)", e.Value)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Errors are the flaws of an export in the order found, at most Limits.Errors
// of them.
type Errors struct {
	List []*Error
	More int // how many more were found and not kept
}

func (e *Errors) Error() string {
	var b strings.Builder
	for i, x := range e.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(x.Error())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", e.More)
	}
	return b.String()
}

// Unwrap gives the single flaws to errors.Is and errors.As.
func (e *Errors) Unwrap() []error {
	all := make([]error, len(e.List))
	for i, x := range e.List {
		all[i] = x
	}
	return all
}

// Limits bound what reading may cost.
type Limits struct {
	Errors int // flaws kept; those beyond are counted; 0: 100
	Record int // bytes of one record; 0: 1 MiB, some hundred times the longest comment Polis admits

	Votes        int // rows of votes.csv, or of cells that stand for them; 0: 2,000,000
	Statements   int // rows of comments.csv; 0: 20,000
	Participants int // rows of participants-votes.csv; 0: 500,000
	Columns      int // columns of a file; 0: Statements and 100 more
	Text         int // bytes of bodies, and of the columns unknown here, in one file; 0: 32 MiB
}

func (l Limits) withDefaults() Limits {
	if l.Errors <= 0 {
		l.Errors = 100
	}
	if l.Record <= 0 {
		l.Record = 1 << 20
	}
	for _, x := range []struct {
		bound *int
		usual int
	}{{&l.Votes, 2_000_000}, {&l.Statements, 20_000}, {&l.Participants, 500_000}, {&l.Text, 32 << 20}} {
		if *x.bound <= 0 {
			*x.bound = x.usual
		}
	}
	if l.Columns <= 0 {
		l.Columns = l.Statements + 100
	}
	return l
}

type collector struct {
	Errors
	limit int
}

func (c *collector) add(e *Error) {
	if len(c.List) >= c.limit {
		c.More++
		return
	}
	const longest = 60
	if utf8.RuneCountInString(e.Value) > longest {
		e.Value = string([]rune(e.Value)[:longest]) + "…"
	}
	c.List = append(c.List, e)
}

func (c *collector) merge(err error) error {
	if err == nil {
		return nil
	}
	if list, ok := err.(*Errors); ok {
		for _, e := range list.List {
			c.add(e)
		}
		c.More += list.More
		return nil
	}
	return err
}

func (c *collector) err() error {
	if len(c.List) == 0 {
		return nil
	}
	e := c.Errors
	return &e
}
