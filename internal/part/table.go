package part

import (
	"fmt"
	"slices"
	"strings"
)

// Table says of one of a part's tables what of it public pages show, column by column, so that
// nothing is shown of which nobody knows whether it can be held against the public record. A
// test changes every column past the program and looks at pages and at what birge verify says.
type Table struct {
	Name    string
	Columns []Columns
}

// Columns are some of a table's, all of one standing.
type Columns struct {
	Standing Standing
	Why      string   // Unproven and OnceOver: the key of the text that tells readers what it is; Unshown: the reason
	Names    []string // none: all columns of the table
}

// Standing is what a column has to do with pages and the record.
type Standing string

const (
	// Proven: an act's Current holds it, so that birge verify names what was changed of it.
	Proven Standing = "proven"
	// OnceOver: proven from an act on that states it for good; until then shown as it runs.
	OnceOver Standing = "proven once over"
	// Unproven: pages show it, and no act says it. The record's page tells readers so.
	Unproven Standing = "unproven"
	// Unshown: no public page shows it.
	Unshown Standing = "unshown"
)

// Proves are columns that are Proven: "question context".
func Proves(names string) Columns { return Columns{Proven, "", strings.Fields(names)} }

// ProvesOnceOver are columns that are OnceOver.
func ProvesOnceOver(text, names string) Columns {
	return Columns{OnceOver, text, strings.Fields(names)}
}

// Leaves are columns that are Unproven.
func Leaves(text, names string) Columns { return Columns{Unproven, text, strings.Fields(names)} }

// Hides are columns that are Unshown.
func Hides(reason, names string) Columns { return Columns{Unshown, reason, strings.Fields(names)} }

// TablesUnshown are tables of which pages show nothing; TablesUnproven those of which they show
// what no act says.
func TablesUnshown(reason string, names ...string) []Table { return whole(Hides(reason, ""), names) }
func TablesUnproven(text string, names ...string) []Table  { return whole(Leaves(text, ""), names) }

func whole(c Columns, names []string) (out []Table) {
	for _, name := range names {
		out = append(out, Table{name, []Columns{c}})
	}
	return out
}

// Of is what is said of a column.
func (t Table) Of(column string) (c Columns, said bool) {
	for _, c := range t.Columns {
		if len(c.Names) == 0 || slices.Contains(c.Names, column) {
			return c, true
		}
	}
	return Columns{}, false
}

func (d *Declared) addTable(p Part, t Table) (problems []string) {
	if one := strings.TrimSuffix(p.Name, "s"); t.Name != one && !strings.HasPrefix(t.Name, p.Name+"_") && !strings.HasPrefix(t.Name, one+"_") {
		problems = append(problems, fmt.Sprintf("the table %q does not begin with the word of its part, %q or %q", t.Name, p.Name+"_", one+"_"))
	}
	if !have(d.tables, t.Name, t) {
		problems = append(problems, fmt.Sprintf("the table %q is declared twice", t.Name))
	}
	for _, c := range t.Columns {
		if c.Standing != Proven && c.Why == "" {
			problems = append(problems, fmt.Sprintf("the table %q has %s columns without a word on why", t.Name, c.Standing))
		}
		told := c.Standing == Unproven || c.Standing == OnceOver
		if told && c.Why != "" && !d.Has(c.Why) {
			problems = append(problems, fmt.Sprintf("the text %s is missing: what the table %q shows beside the record", c.Why, t.Name))
		}
		if told && !slices.Contains(d.unproven, c.Why) {
			d.unproven = append(d.unproven, c.Why)
		}
	}
	return problems
}

// Table finds what was said of a table.
func (d *Declared) Table(name string) (Table, bool) { t, said := d.tables[name]; return t, said }

// Unproven are the keys of the texts that tell readers what pages show and no act says.
func (d *Declared) Unproven() []string { return d.unproven }
