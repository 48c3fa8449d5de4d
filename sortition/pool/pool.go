// Package pool reads the files of the field's tools: categories.csv with the quotas, and respondents.csv with the
// people.
package pool

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/sortition"
)

// The bounds of a file.
const (
	MostBytes   = 32 << 20
	MostColumns = 200
)

// Code says what is wrong with a file.
type Code string

// The codes, with what Value is.
const (
	TooLarge   Code = "too_large"   // more than MostBytes, MostColumns, sortition.MostPeople rows of people or sortition.MostFeatures of quotas
	NotText    Code = "not_text"    // not UTF-8
	NotCSV     Code = "not_csv"     // quotation marks that do not close, or a row that is too long or too short
	Empty      Code = "empty"       // no heading
	NoColumn   Code = "no_column"   // the column (Value) is missing
	TwoColumns Code = "two_columns" // the column (Value) is there twice
	NoNumber   Code = "no_number"   // not a whole number (Value)
	NoValue    Code = "no_value"    // the cell is empty
)

// Codes lists all codes. Tests check with it that every code has words.
func Codes() []Code {
	return []Code{TooLarge, NotText, NotCSV, Empty, NoColumn, TwoColumns, NoNumber, NoValue}
}

// Error is what is wrong, and where.
type Error struct {
	Code   Code
	File   string // categories or respondents
	Line   int    // 0: the whole file
	Column string
	Value  string
}

// Error says it in English.
func (e *Error) Error() string {
	return fmt.Sprintf("%s, line %d, column %q: %s %q", e.File, e.Line, e.Column, e.Code, e.Value)
}

// Options say how to understand the files.
type Options struct {
	Size int
	// Households are the columns that together tell where somebody lives. None: people have no household.
	Households []string
}

// Read reads both files. An error is an *Error when a file cannot be understood; what is wrong with the problem
// itself, sortition.Select says.
func Read(categories, respondents io.Reader, o Options) (*sortition.Problem, error) {
	quotas, err := readTable("categories", categories, sortition.MostFeatures)
	if err != nil {
		return nil, err
	}
	people, err := readTable("respondents", respondents, sortition.MostPeople)
	if err != nil {
		return nil, err
	}
	p := &sortition.Problem{Size: o.Size}
	if p.Categories, err = quotas.categories(); err != nil {
		return nil, err
	}
	p.People, err = people.people(p.Categories, o.Households)
	return p, err
}

// table is a CSV file.
type table struct {
	file    string
	columns map[string]int
	order   []string
	rows    [][]string
	lines   []int
}

func (t *table) wrong(code Code, row int, column, value string) error {
	line := 0
	if row >= 0 {
		line = t.lines[row]
	}
	return &Error{Code: code, File: t.file, Line: line, Column: column, Value: value}
}

// readTable reads a file of at most so many rows beside the heading.
func readTable(file string, r io.Reader, most int) (*table, error) {
	t := &table{file: file, columns: map[string]int{}}
	text, err := io.ReadAll(io.LimitReader(r, MostBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > MostBytes:
		return nil, t.wrong(TooLarge, -1, "", "")
	case !utf8.Valid(text):
		return nil, t.wrong(NotText, -1, "", "")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	c := csv.NewReader(bytes.NewReader(text))
	c.Comma = separator(text)
	heading, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, t.wrong(Empty, -1, "", "")
	}
	if err == nil {
		err = t.head(heading)
	}
	for err == nil {
		err = t.add(c, most)
	}
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		return nil, &Error{Code: NotCSV, File: file, Line: broken.Line}
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return t, nil
}

// head takes the names of columns.
func (t *table) head(names []string) error {
	if len(names) > MostColumns {
		return t.wrong(TooLarge, -1, "", "")
	}
	for i, name := range names {
		name = strings.TrimSpace(name)
		if _, twice := t.columns[name]; twice && name != "" {
			return t.wrong(TwoColumns, -1, name, name)
		}
		t.columns[name], t.order = i, append(t.order, name)
	}
	return nil
}

// add reads one row, if it is not one too many.
func (t *table) add(c *csv.Reader, most int) error {
	row, err := c.Read()
	if err != nil {
		return err
	}
	if len(t.rows) == most {
		return t.wrong(TooLarge, -1, "", "")
	}
	line, _ := c.FieldPos(0)
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	t.rows, t.lines = append(t.rows, row), append(t.lines, line)
	return nil
}

// separator is what the heading is separated by: a semicolon or a tab, as spreadsheets write, or a comma.
func separator(text []byte) rune {
	heading, _, _ := bytes.Cut(text, []byte("\n"))
	for _, s := range []rune{';', '\t'} {
		if bytes.ContainsRune(heading, s) && !bytes.Contains(heading, []byte(",")) {
			return s
		}
	}
	return ','
}

// categories reads quotas from the columns category, feature, min, max or, as newer tools name them,
// feature, value, min, max, and the bounds of relaxing min_flex, max_flex if they are there.
func (t *table) categories() ([]sortition.Category, error) {
	names := []string{"category", "feature", "min", "max"}
	if _, old := t.columns["category"]; !old {
		names = []string{"feature", "value", "min", "max"}
	}
	for _, name := range names {
		if _, is := t.columns[name]; !is {
			return nil, t.wrong(NoColumn, -1, name, name)
		}
	}
	var list []sortition.Category
	for i, row := range t.rows {
		category := row[t.columns[names[0]]]
		at := slices.IndexFunc(list, func(c sortition.Category) bool { return c.Name == category })
		if at < 0 {
			at = len(list)
			list = append(list, sortition.Category{Name: category})
		}
		f := sortition.Feature{Name: row[t.columns[names[1]]]}
		if category == "" || f.Name == "" {
			return nil, t.wrong(NoValue, i, names[0], "")
		}
		for _, bound := range []struct {
			column string
			to     *int
		}{{"min", &f.Min}, {"max", &f.Max}, {"min_flex", &f.FlexMin}, {"max_flex", &f.FlexMax}} {
			column, is := t.columns[bound.column]
			if !is || row[column] == "" && strings.HasSuffix(bound.column, "_flex") {
				continue
			}
			n, err := strconv.Atoi(row[column])
			if err != nil || n < 0 || n > 1_000_000 {
				return nil, t.wrong(NoNumber, i, bound.column, row[column])
			}
			*bound.to = n
		}
		list[at].Features = append(list[at].Features, f)
	}
	return list, nil
}

// people reads people. Their id stands in the first column that is called id or ends in _id; without one,
// rows are numbered from 1.
func (t *table) people(categories []sortition.Category, homes []string) ([]sortition.Person, error) {
	for _, name := range homes {
		if _, is := t.columns[name]; !is {
			return nil, t.wrong(NoColumn, -1, name, name)
		}
	}
	for _, c := range categories {
		if _, is := t.columns[c.Name]; !is {
			return nil, t.wrong(NoColumn, -1, c.Name, c.Name)
		}
	}
	id := slices.IndexFunc(t.order, func(name string) bool {
		name = strings.ToLower(name)
		return name == "id" || strings.HasSuffix(name, "_id")
	})
	var list []sortition.Person
	for i, row := range t.rows {
		p := sortition.Person{ID: strconv.Itoa(i + 1)}
		if id >= 0 {
			p.ID = row[id]
		}
		if p.ID == "" {
			return nil, t.wrong(NoValue, i, t.order[id], "")
		}
		for _, c := range categories {
			p.Features = append(p.Features, row[t.columns[c.Name]])
		}
		var home []string
		for _, name := range homes {
			home = append(home, strings.ToLower(row[t.columns[name]]))
		}
		if strings.Join(home, "") != "" { // whoever gave no address lives with nobody
			p.Household = strings.Join(home, "\x00")
		}
		list = append(list, p)
	}
	return list, nil
}
