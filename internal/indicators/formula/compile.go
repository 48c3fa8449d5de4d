package formula

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// micro is the unit of numbers with places: a millionth.
const micro = 1_000_000

// binder ties the words of a leaf to the columns of a table.
type binder struct {
	table Table
	zone  *time.Location
}

func (t *tally) compile(table Table, zone *time.Location) error {
	b := binder{table, zone}
	if err := t.bind(b); err != nil {
		return err
	}
	return nil
}

func (t *tally) bind(b binder) (err error) {
	l := t.leaf
	t.text, t.key, t.placed = -1, -1, -1
	if l.placed.text != "" {
		if t.placed, _, err = b.column(l.placed); err != nil {
			return err
		}
	}
	if l.dated.text != "" && len(t.by) > 0 {
		t.periodsOf = map[int64][]string{}
		if t.day, err = b.dated(l.dated, t.by); err != nil {
			return err
		}
	}
	if l.by.text != "" {
		if t.key, _, err = b.column(l.by); err != nil {
			return err
		}
	}
	switch l.sort {
	case distinct:
		if l.of.until.text != "" {
			return &Error{Code: Expected, At: l.of.column.at, What: "a name"}
		}
		t.text, _, err = b.column(l.of.column)
	case sum, median, concentration:
		t.of, t.scale, err = b.value(l.of)
	}
	if err != nil {
		return err
	}
	if l.where != nil {
		if t.where, err = b.condition(l.where); err != nil {
			return err
		}
	}
	if l.which != nil {
		t.which, err = b.condition(l.which)
	}
	return err
}

func (b binder) column(at place) (int, Type, error) {
	i := slices.IndexFunc(b.table.Columns, func(c Column) bool { return c.Name == at.text })
	if i < 0 {
		return 0, "", &Error{Code: NoColumn, At: at.at, What: b.table.Name + "." + at.text}
	}
	return i, b.table.Columns[i].Type, nil
}

func bad(name, cell string) *Error {
	if len(cell) > 40 {
		cell = strings.ToValidUTF8(cell[:40], "") + "…"
	}
	return &Error{Code: BadCell, What: fmt.Sprintf("%s: %q", name, cell)}
}

// day reads the days of a column, as days since 1970.
func (b binder) day(at place) (func([]string) (int64, bool, *Error), error) {
	i, typ, err := b.column(at)
	if err != nil {
		return nil, err
	}
	if typ != Date && typ != Datetime {
		return nil, &Error{Code: NotADate, At: at.at, What: at.text}
	}
	return func(cells []string) (int64, bool, *Error) {
		if cells[i] == "" {
			return 0, false, nil
		}
		day, ok := dayOf(cells[i], typ, b.zone)
		if !ok {
			return 0, false, bad(at.text, cells[i])
		}
		return day, true, nil
	}, nil
}

// dated reads the days by which rows belong to periods. A column of texts will do where only years are told apart: a register may know of
// a founding no more than "1998" or "1998-05".
func (b binder) dated(at place, by []Granularity) (func([]string) (int64, bool, *Error), error) {
	i, typ, err := b.column(at)
	if err != nil || typ != String || !slices.Equal(by, []Granularity{Year}) {
		return b.day(at)
	}
	return func(cells []string) (int64, bool, *Error) {
		if cells[i] == "" {
			return 0, false, nil
		}
		for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
			if day, err := time.Parse(layout, cells[i]); err == nil {
				return daysSince(day.Year(), day.Month(), day.Day()), true, nil
			}
		}
		return 0, false, bad(at.text, cells[i])
	}, nil
}

// dayOf is which day since 1970 a cell says.
func dayOf(cell string, typ Type, zone *time.Location) (int64, bool) {
	if typ == Datetime {
		at, err := time.Parse(time.RFC3339, cell)
		if err != nil {
			return 0, false
		}
		y, m, d := at.In(zone).Date()
		return daysSince(y, m, d), true
	}
	at, err := time.Parse(time.DateOnly, cell)
	if err != nil {
		return 0, false
	}
	y, m, d := at.Date()
	return daysSince(y, m, d), true
}

func daysSince(y int, m time.Month, d int) int64 {
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// periodsOf are the periods of a day.
func periodsOf(day int64, by []Granularity) (out []string) {
	at := time.Unix(day*24*60*60, 0).UTC()
	for _, g := range by {
		switch g {
		case Month:
			out = append(out, at.Format("2006-01"))
		case Quarter:
			out = append(out, fmt.Sprintf("%04d-Q%d", at.Year(), (at.Month()+2)/3))
		case Year:
			out = append(out, at.Format("2006"))
		}
	}
	return out
}

// value reads an operand as a number, in units of 1/scale.
func (b binder) value(o operand) (read func([]string) (int64, bool, *Error), scale int64, err error) {
	if o.until.text != "" {
		from, err := b.day(o.column)
		if err != nil {
			return nil, 0, err
		}
		until, err := b.day(o.until)
		return func(cells []string) (int64, bool, *Error) {
			a, there, err := from(cells)
			if !there || err != nil {
				return 0, false, err
			}
			z, there, err := until(cells)
			return z - a, there, err
		}, 1, err
	}
	i, typ, err := b.column(o.column)
	if err != nil {
		return nil, 0, err
	}
	scale = 1
	switch typ {
	case Integer:
	case Number:
		scale = micro
	default:
		return nil, 0, &Error{Code: NotANumber, At: o.column.at, What: o.column.text}
	}
	return func(cells []string) (int64, bool, *Error) {
		if cells[i] == "" {
			return 0, false, nil
		}
		n, ok := parse(cells[i], scale)
		if !ok {
			return 0, false, bad(o.column.text, cells[i])
		}
		return n, true, nil
	}, scale, nil
}

// parse reads a decimal number in units of 1/scale; false when it is none, has more places or is too large.
func parse(s string, scale int64) (int64, bool) {
	whole, places, _ := strings.Cut(s, ".")
	if len(places) > 6 || scale == 1 && strings.Contains(s, ".") {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || whole[0] == '+' {
		return 0, false
	}
	if scale == 1 {
		return n, true
	}
	rest := int64(0)
	if places != "" {
		p, err := strconv.ParseUint((places + "000000")[:6], 10, 32)
		if err != nil {
			return 0, false
		}
		rest = int64(p)
	}
	const most = (1<<63 - 1) / micro
	if n >= most || n <= -most {
		return 0, false
	}
	if whole[0] == '-' {
		rest = -rest
	}
	return n*micro + rest, true
}

type holds = func(cells []string) (bool, *Error)

func (b binder) condition(c condition) (holds, error) {
	switch c := c.(type) {
	case *either:
		return b.several(c.of, true)
	case *both:
		return b.several(c.of, false)
	case *not:
		of, err := b.condition(c.of)
		return func(cells []string) (bool, *Error) {
			ok, err := of(cells)
			return !ok, err
		}, err
	case *empty:
		i, _, err := b.column(c.column)
		return func(cells []string) (bool, *Error) { return (cells[i] == "") != c.isNot, nil }, err
	case *among:
		i, _, err := b.column(c.column)
		return func(cells []string) (bool, *Error) { return slices.Contains(c.values, cells[i]), nil }, err
	case *holding:
		i, _, err := b.column(c.column)
		return func(cells []string) (bool, *Error) { return hasCode(cells[i], c.code), nil }, err
	case *compare:
		return b.compare(c)
	}
	panic("formula: a condition of no known sort")
}

// hasCode reports whether a list, "kk;ru", has a code.
func hasCode(list, code string) bool {
	for one := range strings.SplitSeq(list, ";") {
		if one == code {
			return true
		}
	}
	return false
}

// several holds when one of the conditions does (until true), or all (until false).
func (b binder) several(all []condition, until bool) (holds, error) {
	var each []holds
	for _, c := range all {
		h, err := b.condition(c)
		if err != nil {
			return nil, err
		}
		each = append(each, h)
	}
	return func(cells []string) (bool, *Error) {
		for _, h := range each {
			if ok, err := h(cells); err != nil || ok == until {
				return ok, err
			}
		}
		return !until, nil
	}, nil
}

// family is what is compared with what.
type family int

const (
	numbers family = iota
	days
	texts
	free // a text that is written out: of the other side's family
)

func (b binder) familyOf(o operand) (family, error) {
	switch {
	case o.until.text != "":
		return numbers, nil
	case o.isLiteral() && o.quoted:
		return free, nil
	case o.isLiteral():
		return numbers, nil
	}
	_, typ, err := b.column(o.column)
	switch typ {
	case Integer, Number:
		return numbers, err
	case Date, Datetime:
		return days, err
	}
	return texts, err
}

// compare holds when both sides are known and in that order. Dates are compared by their days.
func (b binder) compare(c *compare) (holds, error) {
	left, err := b.familyOf(c.left)
	if err != nil {
		return nil, err
	}
	right, err := b.familyOf(c.right)
	if err != nil {
		return nil, err
	}
	if left == free && right != free {
		left = right
	}
	if right == free && left != free {
		right = left
	}
	if left != right || left == free || left == numbers && (c.left.quoted || c.right.quoted) {
		return nil, &Error{Code: Incomparable, At: c.at, What: c.op}
	}
	if left == texts {
		return b.compareTexts(c)
	}
	a, err := b.ordinal(c.left, left)
	if err != nil {
		return nil, err
	}
	z, err := b.ordinal(c.right, left)
	if err != nil {
		return nil, err
	}
	return func(cells []string) (bool, *Error) {
		x, there, err := a(cells)
		if !there || err != nil {
			return false, err
		}
		y, there, err := z(cells)
		if !there || err != nil {
			return false, err
		}
		return ordered(c.op, cmp.Compare(x, y)), nil
	}, nil
}

func ordered(op string, order int) bool {
	switch op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// ordinal reads an operand as a number that orders it: millionths, or days.
func (b binder) ordinal(o operand, of family) (func([]string) (int64, bool, *Error), error) {
	constant := func(n int64) func([]string) (int64, bool, *Error) {
		return func([]string) (int64, bool, *Error) { return n, true, nil }
	}
	switch {
	case of == days && o.isLiteral():
		day, ok := dayOf(o.literal.text, Date, b.zone)
		if !ok {
			return nil, &Error{Code: NotADate, At: o.literal.at, What: o.literal.text}
		}
		return constant(day), nil
	case of == days:
		return b.day(o.column)
	case o.isLiteral():
		n, ok := parse(o.literal.text, micro)
		if !ok {
			return nil, &Error{Code: TooLarge, At: o.literal.at, What: o.literal.text}
		}
		return constant(n), nil
	}
	read, scale, err := b.value(o)
	if err != nil || scale == micro {
		return read, err
	}
	return func(cells []string) (int64, bool, *Error) {
		n, there, err := read(cells)
		if n > (1<<63-1)/micro || n < -(1<<63-1)/micro {
			return 0, false, &Error{Code: TooLarge, What: o.column.text}
		}
		return n * micro, there, err
	}, nil
}

func (b binder) compareTexts(c *compare) (holds, error) {
	side := func(o operand) (func([]string) string, error) {
		if o.isLiteral() {
			return func([]string) string { return o.literal.text }, nil
		}
		i, _, err := b.column(o.column)
		return func(cells []string) string { return cells[i] }, err
	}
	left, err := side(c.left)
	if err != nil {
		return nil, err
	}
	right, err := side(c.right)
	if err != nil {
		return nil, err
	}
	return func(cells []string) (bool, *Error) {
		a, z := left(cells), right(cells)
		return a != "" && z != "" && ordered(c.op, strings.Compare(a, z)), nil
	}, nil
}
