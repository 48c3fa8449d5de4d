package datasets

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/part"
)

// Reason is the class of what made a version.
type Reason string

// The reasons. Each change of a definition has words of its own too: part.Dataset.Why.
const (
	First      Reason = "first"
	Growth     Reason = "growth"     // rows came, none went and none changed
	Correction Reason = "correction" // rows changed or went
	Redefined  Reason = "definition" // columns, the key or how people are protected
)

// Version is what a dataset was at an instant. It is never changed.
type Version struct {
	Dataset    string // part.Dataset.Name
	Number     int64  // from 1, one after another
	Label      Label
	MadeAt     time.Time
	SHA256     string
	Rows       int64
	Bytes      int64 // of the canonical CSV
	Packed     int64 // bytes of the same, deflated
	CRC        uint32
	Definition Definition
	Revision   int64
	Reason     Reason
	Why        string // key of the text that says why it was defined anew; "" of the others
	Added      int64
	Removed    int64
	Changed    int64
	Changes    []Change // the first of them
	Chart      []Bar

	no int64
}

// Label is a version in three numbers: of changes of what it means, of what came or went, and of corrections.
type Label struct{ Major, Minor, Patch int64 }

func (l Label) String() string { return fmt.Sprintf("%d.%d.%d", l.Major, l.Minor, l.Patch) }

// ParseLabel reads what String wrote.
func ParseLabel(s string) (l Label, err error) {
	_, err = fmt.Sscanf(s, "%d.%d.%d", &l.Major, &l.Minor, &l.Patch)
	return l, err
}

// Next is the label after a change: a key or a column that went or means something else is a major one, columns or rows that came or
// went a minor one, values put right a patch.
func (l Label) Next(before, now Definition, added, removed int64) Label {
	switch {
	case l == Label{}:
		return Label{1, 0, 0}
	case !now.Holds(before):
		return Label{l.Major + 1, 0, 0}
	case len(now.Fields) > len(before.Fields) || added+removed > 0:
		return Label{l.Major, l.Minor + 1, 0}
	}
	return Label{l.Major, l.Minor, l.Patch + 1}
}

// Definition is how the columns of a version were declared.
type Definition struct {
	Key    []string `json:"key"`
	Fields []Column `json:"fields"`
	People string   `json:"people,omitempty"` // part.Suppression
	Sums   string   `json:"sums,omitempty"`
}

// Column is a column of a file as it was declared.
type Column struct {
	Name string          `json:"name"`
	Type part.ColumnType `json:"type"`
	Unit part.Measure    `json:"unit,omitempty"`
	Of   string          `json:"of"` // the declared column
}

// DefinitionOf is how a dataset is declared today.
func DefinitionOf(d part.Dataset) Definition {
	out := Definition{Key: d.KeyNames(), People: d.Suppression.People, Sums: d.Suppression.Sums}
	for _, f := range pack.Fields(d) {
		out.Fields = append(out.Fields, Column{f.Name, f.Type, f.Unit, f.Of})
	}
	return out
}

// Same reports whether two are alike.
func (d Definition) Same(e Definition) bool {
	a, _ := json.Marshal(d) // strings alone
	b, _ := json.Marshal(e)
	return string(a) == string(b)
}

// Holds reports whether whoever computes with the earlier definition can go on with this one.
func (d Definition) Holds(before Definition) bool {
	if !slices.Equal(d.Key, before.Key) || d.People != before.People || d.Sums != before.Sums {
		return false
	}
	for _, f := range before.Fields {
		if !slices.Contains(d.Fields, f) {
			return false
		}
	}
	return true
}

// Columns are the columns of its file.
func (d Definition) Columns() (out []pack.TableColumn) {
	for _, f := range d.Fields {
		out = append(out, pack.TableColumn{Name: f.Name, Type: string(f.Type)})
	}
	return out
}

// Index is the place of a column; -1: there is none.
func (d Definition) Index(name string) int {
	return slices.IndexFunc(d.Fields, func(f Column) bool { return f.Name == name })
}

// Change is one row that differs from the version before.
type Change struct {
	Key   []string `json:"key"`
	Sort  string   `json:"sort"` // added, removed or changed
	Cells []Cell   `json:"cells,omitempty"`
}

// Cell is a value that changed.
type Cell struct {
	Column string `json:"column"`
	Was    string `json:"was"`
	Is     string `json:"is"`
}

// Bar is how many rows fall on a month, or a year.
type Bar struct {
	X string `json:"x"`
	N int64  `json:"n"`
}

// mostChanges is how many changes a version names one by one, and mostCell how many characters of a value.
const (
	mostChanges = 20
	mostCell    = 200
)

// difference walks two files in the order of their key, and says what came, went and changed. It is fed with the rows of both.
type difference struct {
	was, is                 Definition
	added, removed, changed int64
	first                   []Change
}

func (d *difference) note(c Change) {
	switch c.Sort {
	case "added":
		d.added++
	case "removed":
		d.removed++
	default:
		d.changed++
	}
	if len(d.first) < mostChanges {
		d.first = append(d.first, c)
	}
}

// pair takes a row of each, one of which may be nil.
func (d *difference) pair(was, is []string) {
	switch {
	case was == nil:
		d.note(Change{Key: keyOf(d.is, is), Sort: "added"})
		return
	case is == nil:
		d.note(Change{Key: keyOf(d.was, was), Sort: "removed"})
		return
	}
	var cells []Cell
	for i, f := range d.is.Fields {
		if j := d.was.Index(f.Name); j >= 0 && was[j] != is[i] {
			cells = append(cells, Cell{f.Name, civic.Shortened(was[j], mostCell), civic.Shortened(is[i], mostCell)})
		}
	}
	if len(cells) > 0 {
		d.note(Change{Key: keyOf(d.is, is), Sort: "changed", Cells: cells})
	}
}

func keyOf(d Definition, row []string) (out []string) {
	for _, name := range d.Key {
		out = append(out, row[d.Index(name)])
	}
	return out
}

// reason is the class of a version.
func (d difference) reason(before *Version) Reason {
	switch {
	case before == nil:
		return First
	case !d.is.Same(before.Definition):
		return Redefined
	case d.removed == 0 && d.changed == 0:
		return Growth
	}
	return Correction
}
