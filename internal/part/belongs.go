package part

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Belongs says of every table of a part whose its rows are. What is read for a blueprint is read in a
// transaction that refuses every table which is not Blueprint (see Declared.OfBlueprint): a row about a person cannot be handed
// to another city by mistake.
type Belongs struct {
	// Blueprint are tables whose rows another city may take over: rules, texts, settings. Of each, the columns
	// that name people of this city ("author reviewer"), which no blueprint reads.
	Blueprint map[string]string
	// City are tables of what this city has done, decided and counted: "grants_call matching_pool".
	City string
	// Personal are tables that have rows about one person, or name one.
	Personal string
}

// OfNobody are the tables of the platform, which are no part's: work to be done, the audit list, versions.
// They are never in a blueprint.
const OfNobody = "audit job job_periodic pulse storage_schema storage_version"

// addBelongs checks that each table of the part that says what pages show of it says whose it is too, once.
func (d *Declared) addBelongs(p Part) (problems []string) {
	own := map[string]bool{}
	add := func(name string) {
		if own[name] {
			problems = append(problems, fmt.Sprintf("the table %q belongs to two of blueprint, city and personal", name))
		}
		own[name] = true
		if !slices.ContainsFunc(p.Tables, func(t Table) bool { return t.Name == name }) {
			problems = append(problems, fmt.Sprintf("the table %q belongs to somebody, and is none of its Tables", name))
		}
	}
	for name, hidden := range p.Belongs.Blueprint {
		add(name)
		d.blueprint[name] = strings.Fields(hidden)
	}
	for _, name := range slices.Concat(strings.Fields(p.Belongs.City), strings.Fields(p.Belongs.Personal)) {
		add(name)
		d.withheld[name] = true
	}
	for _, t := range p.Tables {
		if !own[t.Name] {
			problems = append(problems, fmt.Sprintf("nobody knows whose the table %q is: name it in Belongs, under Blueprint, City or Personal", t.Name))
		}
	}
	slices.Sort(problems)
	return problems
}

// Whose lists the tables that another city may take over and those that it may not, sorted.
func (d *Declared) Whose() (blueprint, withheld []string) {
	return slices.Sorted(maps.Keys(d.blueprint)), slices.Sorted(maps.Keys(d.withheld))
}

// NamingPeople are the columns of a table of the blueprint that name people.
func (d *Declared) NamingPeople(table string) []string { return d.blueprint[table] }

var sqlWord = regexp.MustCompile(`[a-zA-Z_][a-zA-Z0-9_]*`)

// everyColumn is a star that stands for all columns; that of COUNT(*) does not.
var everyColumn = regexp.MustCompile(`(?i)(select|,|\.)\s*\*`)

// OfBlueprint is the transaction as what is handed to another city is read in: for reading alone, of tables that
// are declared Blueprint, and of their columns that name nobody. Any other query fails.
func (d *Declared) OfBlueprint(tx *storage.Tx) *storage.Tx {
	return tx.Confined(func(query string) error {
		words := map[string]bool{}
		for _, w := range sqlWord.FindAllString(query, -1) {
			words[strings.ToLower(w)] = true
		}
		if everyColumn.MatchString(query) {
			return fmt.Errorf("part: a blueprint names the columns that it reads")
		}
		known := false
		for w := range words {
			hidden, open := d.blueprint[w]
			if d.withheld[w] || slices.Contains(strings.Fields(OfNobody), w) {
				return fmt.Errorf("part: the table %q is not of the blueprint", w)
			}
			known = known || open
			if i := slices.IndexFunc(hidden, func(column string) bool { return words[column] }); open && i >= 0 {
				return fmt.Errorf("part: the column %q of the table %q names people", hidden[i], w)
			}
		}
		if !known {
			return fmt.Errorf("part: the query is of no table of the blueprint")
		}
		return nil
	})
}
