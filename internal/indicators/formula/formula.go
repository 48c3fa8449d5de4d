// Package formula is the small language in which indicators are declared, and what computes it over tables. It is pure and exact:
// the same rows give the same fractions on every machine. A formula filters, groups by period and district, counts, adds up and
// divides; it cannot loop, call or change anything.
//
//	share(given_on <= due_on of obligations dated due_on placed district where state != "withdrawn") by quarter, year
//
// See README.md for the grammar.
package formula

import (
	"fmt"
	"slices"
)

// Formula is one that was parsed.
type Formula struct {
	Text   string
	By     []Granularity // none: rows are not told apart by time
	root   node
	leaves []*leaf
}

// Granularity is how long a period is.
type Granularity string

// The granularities.
const (
	Month   Granularity = "month"
	Quarter Granularity = "quarter"
	Year    Granularity = "year"
)

// Tables are the tables that the formula reads, each once, in the order of the text.
func (f *Formula) Tables() (names []string) {
	for _, l := range f.leaves {
		if !slices.Contains(names, l.table) {
			names = append(names, l.table)
		}
	}
	return names
}

// Columns are the columns that the formula reads of a table.
func (f *Formula) Columns(table string) (names []string) {
	add := func(at place) {
		if at.text != "" && !slices.Contains(names, at.text) {
			names = append(names, at.text)
		}
	}
	for _, l := range f.leaves {
		if l.table != table {
			continue
		}
		for _, at := range l.columns() {
			add(at)
		}
	}
	return names
}

// Estimates reports whether the formula is a share, of which an interval can be told.
func (f *Formula) Estimates() bool { l, is := f.root.(*leaf); return is && l.sort == share }

// The bounds of a formula.
const (
	MostText  = 2_000 // bytes
	MostDepth = 20    // of brackets
	MostTerms = 16    // aggregates
)

// Code is what is wrong with a formula or a table.
type Code string

// The codes. Error.What says which word, column or table it is about.
const (
	TooLong      Code = "too_long"
	TooDeep      Code = "too_deep"
	TooMany      Code = "too_many"
	BadLetter    Code = "letter"       // a character that the language does not have
	OpenText     Code = "open_text"    // a text without its closing quotation mark
	Expected     Code = "expected"     // What: what should stand here
	Trailing     Code = "trailing"     // after the end
	NoTable      Code = "no_table"     // there is no such table
	NoColumn     Code = "no_column"    // the table has no such column
	NotADate     Code = "not_date"     // the column is no date
	NotANumber   Code = "not_number"   // the column is no number
	Incomparable Code = "incomparable" // values of different types
	BadCell      Code = "cell"         // a cell that is not of its column's type; Row counts from 1
	TooLarge     Code = "too_large"    // a number, or more rows than can be held
	NoPeriod     Code = "no_period"    // grouped by time, and nothing is dated
)

// Error says what is wrong and where.
type Error struct {
	Code Code
	At   int // byte of the formula's text, from 0
	Row  int // of the table, where a cell is wrong
	What string
}

func (e *Error) Error() string {
	if e.Row > 0 {
		return fmt.Sprintf("formula: %s: row %d: %s", e.Code, e.Row, e.What)
	}
	return fmt.Sprintf("formula: %s: at %d: %q", e.Code, e.At, e.What)
}

// place is a word of the text and where it stands.
type place struct {
	text string
	at   int
}

// node is a formula's part: *leaf, *ratio or *plus.
type node interface{ isNode() }

type (
	ratio struct{ over, under node }
	plus  struct{ terms []node }
)

func (*leaf) isNode()  {}
func (*ratio) isNode() {}
func (*plus) isNode()  {}

type sortOf string

const (
	count         sortOf = "count"
	distinct      sortOf = "distinct"
	sum           sortOf = "sum"
	median        sortOf = "median"
	share         sortOf = "share"
	concentration sortOf = "concentration"
)

// leaf is one aggregate over the rows of a table.
type leaf struct {
	sort          sortOf
	table         string
	tableAt       int
	of            operand   // of distinct, sum, median, concentration
	by            place     // of concentration
	which         condition // of share: the rows that count
	where         condition // nil: all
	dated, placed place
}

func (l *leaf) columns() (all []place) {
	all = append(all, l.by, l.dated, l.placed)
	all = append(all, l.of.columns()...)
	for _, c := range []condition{l.which, l.where} {
		if c != nil {
			all = append(all, c.columns()...)
		}
	}
	return all
}

// operand is a column, the days between two dates, or something written out.
type operand struct {
	column  place
	until   place // with it, the days from column to until
	literal place // its text; quoted says of which type
	quoted  bool
}

func (o operand) columns() []place { return []place{o.column, o.until} }

func (o operand) isLiteral() bool { return o.column.text == "" }

// condition is *either, *both, *not, *compare, *among, *holding or *empty.
type condition interface{ columns() []place }

type (
	either  struct{ of []condition }
	both    struct{ of []condition }
	not     struct{ of condition }
	compare struct {
		left, right operand
		op          string
		at          int
	}
	among struct {
		column place
		values []string
	}
	holding struct { // a column with a list of codes
		column place
		code   string
	}
	empty struct {
		column place
		isNot  bool
	}
)

func columnsOf(all []condition) (out []place) {
	for _, c := range all {
		out = append(out, c.columns()...)
	}
	return out
}

func (c *either) columns() []place  { return columnsOf(c.of) }
func (c *both) columns() []place    { return columnsOf(c.of) }
func (c *not) columns() []place     { return c.of.columns() }
func (c *compare) columns() []place { return append(c.left.columns(), c.right.columns()...) }
func (c *among) columns() []place   { return []place{c.column} }
func (c *holding) columns() []place { return []place{c.column} }
func (c *empty) columns() []place   { return []place{c.column} }
