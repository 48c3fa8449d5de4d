package formula

import (
	"cmp"
	"math/big"
	"slices"
	"time"
)

// Table is what a formula reads: its columns, and its rows one after another. A row is only valid until yield returns.
type Table struct {
	Name    string
	Columns []Column
	Rows    func(yield func(cells []string) error) error
}

// Column is one of a table.
type Column struct {
	Name string
	Type Type
}

// Type is what the cells of a column are. An empty cell is of every type: nothing is known.
type Type string

// The types, by their names in Frictionless Table Schema.
const (
	String   Type = "string"
	Integer  Type = "integer"
	Number   Type = "number" // with at most six places
	Boolean  Type = "boolean"
	Date     Type = "date"     // 2026-11-29
	Datetime Type = "datetime" // 2026-11-29T09:00:00Z
)

// Value is what a formula is for a period and a district.
type Value struct {
	Period   string   // "2026-11", "2026-Q4" or "2026"; "" where rows are not told apart by time
	District string   // as it stands in the table; "" for the whole city
	Number   *big.Rat // nil: there is nothing to tell from
	// Part and Of are, for a share, how many rows counted among how many.
	Part, Of int64
}

// The bounds of what is held while rows are read.
const (
	MostGroups = 200_000   // of one aggregate
	MostHeld   = 5_000_000 // values of all medians and distincts
)

// group is what rows are told apart by.
type group struct{ period, district string }

// Evaluate computes formulas over tables. Each table is read once, for all of them. Days are those of the zone. The values of a formula
// stand in order of period, then district, the whole city first. Errors are *Error, or what open and Rows return.
func Evaluate(formulas []*Formula, open func(name string) (Table, error), zone *time.Location) ([][]Value, error) {
	found := make([]map[*leaf]*tally, len(formulas))
	of := map[string][]*tally{}
	var names []string
	var held int64
	for i, f := range formulas {
		found[i] = map[*leaf]*tally{}
		for _, l := range f.leaves {
			t := &tally{leaf: l, by: f.By, cells: map[group]*cell{}, held: &held}
			found[i][l] = t
			if of[l.table] == nil {
				names = append(names, l.table)
			}
			of[l.table] = append(of[l.table], t)
		}
	}
	for _, name := range names {
		table, err := open(name)
		if err != nil {
			return nil, err
		}
		if err := read(table, of[name], zone); err != nil {
			return nil, err
		}
	}
	out := make([][]Value, len(formulas))
	for i, f := range formulas {
		out[i] = f.values(found[i])
	}
	return out, nil
}

func read(table Table, all []*tally, zone *time.Location) error {
	for _, t := range all {
		if err := t.compile(table, zone); err != nil {
			return err
		}
	}
	row := 0
	return table.Rows(func(cells []string) error {
		row++
		if len(cells) != len(table.Columns) {
			return &Error{Code: BadCell, Row: row, What: table.Name}
		}
		for _, t := range all {
			if err := t.add(cells); err != nil {
				err.Row = row
				return err
			}
		}
		return nil
	})
}

// tally is a leaf while rows are read.
type tally struct {
	leaf  *leaf
	by    []Granularity
	cells map[group]*cell
	held  *int64

	where, which func(cells []string) (bool, *Error)
	of           func(cells []string) (int64, bool, *Error)
	scale        int64
	text, key    int // columns of distinct and concentration; -1: none
	placed       int
	day          func(cells []string) (int64, bool, *Error)
	periodsOf    map[int64][]string
}

// cell is what was found for a group.
type cell struct {
	part, of int64
	sum      exact
	values   []int64
	seen     map[string]struct{}
	by       map[string]*exact
}

// add counts a row into its groups.
func (t *tally) add(cells []string) *Error {
	if t.where != nil {
		if ok, err := t.where(cells); !ok || err != nil {
			return err
		}
	}
	counts := true
	if t.which != nil {
		var err *Error
		if counts, err = t.which(cells); err != nil {
			return err
		}
	}
	var value int64
	if t.of != nil {
		v, there, err := t.of(cells)
		if !there || err != nil {
			return err
		}
		value = v
	}
	if t.text >= 0 && cells[t.text] == "" || t.key >= 0 && cells[t.key] == "" {
		return nil
	}
	periods := allTime
	if t.day != nil {
		day, there, err := t.day(cells)
		if !there || err != nil {
			return err
		}
		if periods = t.periodsOf[day]; periods == nil {
			periods = periodsOf(day, t.by)
			t.periodsOf[day] = periods
		}
	}
	for _, period := range periods {
		if err := t.count(group{period, ""}, counts, value, cells); err != nil {
			return err
		}
		if t.placed >= 0 && cells[t.placed] != "" {
			if err := t.count(group{period, cells[t.placed]}, counts, value, cells); err != nil {
				return err
			}
		}
	}
	return nil
}

var allTime = []string{""}

func (t *tally) count(g group, counts bool, value int64, cells []string) *Error {
	c := t.cells[g]
	if c == nil {
		if len(t.cells) >= MostGroups {
			return &Error{Code: TooLarge, At: t.leaf.tableAt, What: t.leaf.table}
		}
		c = &cell{}
		t.cells[g] = c
	}
	c.of++
	if counts {
		c.part++
	}
	switch t.leaf.sort {
	case sum:
		c.sum.add(value)
	case median:
		*t.held++
		c.values = append(c.values, value)
	case distinct:
		if c.seen == nil {
			c.seen = map[string]struct{}{}
		}
		if _, seen := c.seen[cells[t.text]]; !seen {
			*t.held++
			c.seen[string([]byte(cells[t.text]))] = struct{}{}
		}
	case concentration:
		if c.by == nil {
			c.by = map[string]*exact{}
		}
		if c.by[cells[t.key]] == nil {
			*t.held++
			c.by[string([]byte(cells[t.key]))] = &exact{}
		}
		c.by[cells[t.key]].add(value)
	}
	if *t.held > MostHeld {
		return &Error{Code: TooLarge, At: t.leaf.tableAt, What: t.leaf.table}
	}
	return nil
}

// exact is a sum that does not overflow.
type exact struct {
	low  int64
	rest *big.Int
}

func (e *exact) add(v int64) {
	if sum := e.low + v; (sum > e.low) == (v > 0) || v == 0 {
		e.low = sum
		return
	}
	e.rest, e.low = e.int(), v
}

func (e *exact) int() *big.Int {
	total := big.NewInt(e.low)
	if e.rest != nil {
		total.Add(total, e.rest)
	}
	return total
}

// number is what a leaf is for a group; nil when there is nothing to tell from.
func (t *tally) number(g group) *big.Rat {
	c := t.cells[g]
	scaled := func(x *big.Int) *big.Rat { return new(big.Rat).SetFrac(x, big.NewInt(max(t.scale, 1))) }
	switch t.leaf.sort {
	case count, distinct, sum:
		if c == nil {
			return new(big.Rat)
		}
	default:
		if c == nil {
			return nil
		}
	}
	switch t.leaf.sort {
	case distinct:
		return new(big.Rat).SetInt64(int64(len(c.seen)))
	case sum:
		return scaled(c.sum.int())
	case median:
		slices.Sort(c.values)
		n := len(c.values)
		middle := new(big.Int).Add(big.NewInt(c.values[(n-1)/2]), big.NewInt(c.values[n/2]))
		return new(big.Rat).Mul(scaled(middle), big.NewRat(1, 2))
	case share:
		return big.NewRat(c.part, c.of)
	case concentration:
		return herfindahl(c.by)
	}
	return new(big.Rat).SetInt64(c.of)
}

// herfindahl is Σ(share²): 1 when all comes from one, near 0 when it comes from many alike. nil when nothing came.
//
// O. C. Herfindahl (1950), A. O. Hirschman (1945).
func herfindahl(by map[string]*exact) *big.Rat {
	total, squares := new(big.Int), new(big.Int)
	for _, e := range by {
		x := e.int()
		total.Add(total, x)
		squares.Add(squares, x.Mul(x, x))
	}
	if total.Sign() == 0 {
		return nil
	}
	return new(big.Rat).SetFrac(squares, total.Mul(total, total))
}

// values puts the leaves together.
func (f *Formula) values(found map[*leaf]*tally) (out []Value) {
	everyPlaced := !slices.ContainsFunc(f.leaves, func(l *leaf) bool { return l.placed.text == "" })
	keys := map[group]bool{}
	for l, t := range found {
		for g := range t.cells {
			dated := l.dated.text != "" || len(f.By) == 0
			if dated && (everyPlaced || g.district == "") {
				keys[g] = true
			}
		}
	}
	if len(f.By) == 0 {
		keys[group{}] = true
	}
	for g := range keys {
		v := Value{Period: g.period, District: g.district, Number: f.at(f.root, found, g)}
		if l, is := f.root.(*leaf); is && l.sort == share {
			c := found[l].cells[g]
			if c != nil {
				v.Part, v.Of = c.part, c.of
			}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Value) int {
		return cmp.Or(cmp.Compare(a.Period, b.Period), cmp.Compare(a.District, b.District))
	})
	return out
}

// at is what a node is for a group. What is not dated counts in every period.
func (f *Formula) at(n node, found map[*leaf]*tally, g group) *big.Rat {
	switch n := n.(type) {
	case *leaf:
		if n.dated.text == "" {
			g.period = ""
		}
		return found[n].number(g)
	case *plus:
		total := new(big.Rat)
		for _, term := range n.terms {
			x := f.at(term, found, g)
			if x == nil {
				return nil
			}
			total.Add(total, x)
		}
		return total
	case *ratio:
		over, under := f.at(n.over, found, g), f.at(n.under, found, g)
		if over == nil || under == nil || under.Sign() == 0 {
			return nil
		}
		return new(big.Rat).Quo(over, under)
	}
	panic("formula: a node of no known sort")
}
