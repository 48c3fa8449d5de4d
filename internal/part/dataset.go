package part

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Dataset is a public table that a part gives away: what its columns mean, and its rows as everybody may see them, without anybody
// who is signed in. Package datasets makes its page, its files and its versions.
//
// The texts of "answers.obligations" are answers.dataset_obligations, its title, and answers.dataset_obligations_about, what one row
// is and what is not in it.
type Dataset struct {
	Name        string // "answers.obligations": the part's word, a dot, letters and underscores
	Key         string // names of the columns by which a row is known and sorted: "consultation number"
	Columns     []Column
	Suppression Suppression
	Path        string // the page that shows the same, without the language; "": none
	Rows        RowPages
	// Revision grows with each change of Key, Columns or Suppression, and Why is the key of the text that tells readers why the last one
	// was made. 0: as first declared.
	Revision int64
	Why      string
}

// RowPages gives the rows of a dataset page by page: those behind a cursor, "" for the first, and the cursor of the next page, "" on
// the last. Within one transaction each row comes once; in which order is the part's own affair, for rows are sorted by key. zone is the
// city's, for who counts by days or months.
type RowPages func(tx *storage.Tx, zone *time.Location, after string) (rows []Row, next string, err error)

// Row is a row's values in the order of the columns, each as its column's type says.
type Row []any

// ColumnType says what the values of a column are, in rows and in files.
type ColumnType string

// The types. Their names in files are those of Frictionless Table Schema, but for Words, which are three columns of strings.
const (
	String   ColumnType = "string"   // a string
	Integer  ColumnType = "integer"  // an int64
	Decimal  ColumnType = "number"   // a float64, written with at most six places
	Boolean  ColumnType = "boolean"  // a bool
	Day      ColumnType = "date"     // a time.Time, zero for none: its day in the city's zone
	Datetime ColumnType = "datetime" // a time.Time, zero for none: in UTC, to the second
	List     ColumnType = "list"     // a []string of codes, written with semicolons between them: "kk;ru"
	Words    ColumnType = "words"    // a civic.Text: columns "title_kk", "title_ru" and "title_en", empty where it is not translated
)

// Measure is the unit of a number. The text DatasetUnitKey makes names it.
type Measure string

// The units.
const (
	NoUnit       Measure = ""
	Tiyn         Measure = "tiyn" // a hundredth of a tenge
	UnitPeople   Measure = "people"
	UnitTimes    Measure = "times" // how often something is there
	UnitMinutes  Measure = "minutes"
	UnitDays     Measure = "days"
	UnitWorkdays Measure = "working_days"
	UnitDegrees  Measure = "degrees" // of latitude or longitude, WGS 84
)

// DatasetUnitKey is the key of a unit's name.
func DatasetUnitKey(u Measure) string { return "datasets.unit_" + string(u) }

// Column is one column of a dataset. Its meaning is the part's text "column_" and its name ("answers.column_outcome") or, where the
// part has none, that of package datasets, which names what many datasets have: "datasets.column_id".
type Column struct {
	Name     string // "due_on"; of Words the name without the language
	Type     ColumnType
	Unit     Measure
	Required bool // no row is without it
}

// Required are columns of a type, by their names: "id state".
func Required(typ ColumnType, names string) []Column { return columns(typ, names, true) }

// Optional are columns that a row may be without.
func Optional(typ ColumnType, names string) []Column { return columns(typ, names, false) }

// Measured are columns with numbers of a unit, which are always there.
func Measured(u Measure, names string) []Column {
	out := columns(Integer, names, true)
	for i := range out {
		out[i].Unit = u
	}
	return out
}

func columns(typ ColumnType, names string, required bool) (out []Column) {
	for name := range strings.FieldsSeq(names) {
		out = append(out, Column{Name: name, Type: typ, Required: required})
	}
	return out
}

// Suppression says how a dataset keeps people from being recognised. Either None is set, or People.
type Suppression struct {
	// None is the key of the text that says why nothing has to be kept back: "datasets.open_acts".
	None string
	// People are the names of columns that count people, Sums those that add up what these people did. Where one of the first is below
	// the city's threshold, all of them are empty in that row; elsewhere they are rounded: see datasets.Protect. In rows they are
	// Integer, and not Required.
	People, Sums string
}

// Why nothing is kept back.
var (
	OpenActs   = Suppression{None: "datasets.open_acts"}   // each row is a public act of a body or an organisation
	OpenThings = Suppression{None: "datasets.open_things"} // each row is a thing that is public, without its author and their words
	OpenTotals = Suppression{None: "datasets.open_totals"} // people are counted in totals alone, which pages show, and told apart by nothing
)

// FileName is the name of a dataset in addresses, files and formulas: "answers_obligations".
func (d Dataset) FileName() string { return strings.ReplaceAll(d.Name, ".", "_") }

// KeyNames are the names of the columns of the key.
func (d Dataset) KeyNames() []string { return strings.Fields(d.Key) }

// DatasetKey is the key of a dataset's title.
func DatasetKey(name string) string { return key("dataset", name) }

// ColumnKey is the key of the meaning of a column of a dataset.
func (d *Declared) ColumnKey(dataset, column string) string {
	own := Owner(dataset) + ".column_" + column
	if d.Has(own) {
		return own
	}
	return "datasets.column_" + column
}

// Datasets lists those of all parts in the order of their names.
func (d *Declared) Datasets() (out []Dataset) {
	for _, p := range d.parts {
		out = append(out, p.Datasets...)
	}
	slices.SortFunc(out, func(x, y Dataset) int { return cmp.Compare(x.Name, y.Name) })
	return out
}

// columnName is how columns are called: formulas name them.
var columnName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (d *Declared) addDataset(p Part, s Dataset) (problems []string) {
	problems = d.name(p, "dataset", s.Name, DatasetKey(s.Name), have(d.datasets, s.Name, s))
	fail := func(format string, args ...any) {
		problems = append(problems, fmt.Sprintf("the dataset %q: ", s.Name)+fmt.Sprintf(format, args...))
	}
	if !d.Has(DatasetKey(s.Name) + "_about") {
		fail("the text %s_about is missing: what one row is", DatasetKey(s.Name))
	}
	if s.Rows == nil || len(s.KeyNames()) == 0 || !columnName.MatchString(s.FileName()) {
		fail("it has no rows or no key, or a name with other letters")
	}
	if (s.Revision > 0) != (s.Why != "") || s.Why != "" && !d.Has(s.Why) {
		fail("it was defined anew, and no text says why")
	}
	if (s.Suppression.None == "") == (s.Suppression.People == "") || s.Suppression.None != "" && !d.Has(s.Suppression.None) {
		fail("it does not say how people in it are protected, or why nothing has to be kept back")
	}
	seen := map[string]Column{}
	for _, c := range s.Columns {
		if !have(seen, c.Name, c) || !columnName.MatchString(c.Name) {
			fail("the column %q is there twice, or has a name with other letters", c.Name)
		}
		if !d.Has(d.ColumnKey(s.Name, c.Name)) {
			fail("the text %s is missing: the meaning of a column", Owner(s.Name)+".column_"+c.Name)
		}
		if c.Unit != NoUnit && !d.Has(DatasetUnitKey(c.Unit)) {
			fail("the text %s is missing: the name of a unit", DatasetUnitKey(c.Unit))
		}
	}
	for _, name := range s.KeyNames() {
		if c, there := seen[name]; !there || !c.Required || c.Type == Words {
			fail("the column %q of the key is missing, not required or not one column", name)
		}
	}
	for name := range strings.FieldsSeq(s.Suppression.People + " " + s.Suppression.Sums) {
		if c := seen[name]; c.Type != Integer || c.Required {
			fail("the column %q counts people, and is no optional integer", name)
		}
	}
	return problems
}

// pageRows is how many rows are read of a dataset at once.
const pageRows = 1000

// SelectRows are the rows of a table with one number. The query selects that number and then a value for each column, from $1 on,
// at most $2: "SELECT e.no, e.id … WHERE e.no > $1 ORDER BY e.no LIMIT $2". Columns hold what package storage makes of each
// type: an instant for Day and Datetime, JSON for Words, for a List JSON or what "; " parts.
func SelectRows(columns []Column, query string) RowPages {
	scan := scanRow(columns, 1)
	return func(tx *storage.Tx, _ *time.Location, after string) ([]Row, string, error) {
		from, ok := storage.ParsePlace(after)
		if !ok {
			return nil, "", fmt.Errorf("part: no cursor of rows: %q", after)
		}
		found, err := storage.All(tx, scan, query, from.No(), pageRows+1)
		return page(found, err)
	}
}

// SelectPairs are the rows of a table with two numbers: the query selects both, from ($1, $2) on, at most $3.
func SelectPairs(columns []Column, query string) RowPages {
	scan := scanRow(columns, 2)
	return func(tx *storage.Tx, _ *time.Location, after string) ([]Row, string, error) {
		from, ok := storage.ParsePlace(after)
		if !ok {
			return nil, "", fmt.Errorf("part: no cursor of rows: %q", after)
		}
		found, err := storage.All(tx, scan, query, from.Key(), from.No(), pageRows+1)
		return page(found, err)
	}
}

// placed is a row with where it stands.
type placed struct {
	numbers [2]int64
	cells   []cell
}

func page(found []placed, err error) (out []Row, next string, _ error) {
	found, last := storage.Page(found, pageRows)
	for _, p := range found {
		row := make(Row, len(p.cells))
		for i, c := range p.cells {
			row[i] = c.value
		}
		out = append(out, row)
	}
	if last != nil {
		next = storage.PlaceAt(last.numbers[0], last.numbers[1]).String()
	}
	return out, next, err
}

func scanRow(columns []Column, numbers int) func(storage.Row) (placed, error) {
	return storage.Into(func(p *placed) []any {
		p.cells = make([]cell, len(columns))
		places := []any{&p.numbers[1]}
		if numbers == 2 {
			places = []any{&p.numbers[0], &p.numbers[1]}
		}
		for i, c := range columns {
			p.cells[i].typ = c.Type
			places = append(places, &p.cells[i])
		}
		return places
	})
}

// cell is the place of a value of a type.
type cell struct {
	typ   ColumnType
	value any
}

// Scan reads what package storage wrote.
func (c *cell) Scan(column any) error {
	if bytes, is := column.([]byte); is {
		column = string(bytes)
	}
	if column == nil {
		c.value = nil
		return nil
	}
	switch c.typ {
	case Day, Datetime:
		ms, ok := column.(int64)
		if !ok {
			return fmt.Errorf("part: an instant is stored as %T", column)
		}
		c.value = storage.Time(ms)
	case Words:
		words, ok := column.(string)
		var t civic.Text
		if err := json.Unmarshal([]byte(words), &t); err != nil || !ok {
			return fmt.Errorf("part: words are stored as %T: %w", column, err)
		}
		c.value = t
	case List:
		list, err := listOf(column)
		if err != nil {
			return err
		}
		c.value = list
	case Boolean:
		if n, is := column.(int64); is { // SQLite computes with numbers
			column = n != 0
		}
		c.value = column
	default:
		c.value = column
	}
	return nil
}

func listOf(column any) (out []string, err error) {
	s, ok := column.(string)
	switch {
	case !ok:
		return nil, fmt.Errorf("part: a list is stored as %T", column)
	case strings.HasPrefix(s, "["):
		err = json.Unmarshal([]byte(s), &out)
	case s != "" && s != "null":
		out = strings.Split(s, "; ")
	}
	return out, err
}

// Mapped gives a dataset's rows after a change to each, for what SQL alone does not say. A nil row is left out.
func (pages RowPages) Mapped(change func(tx *storage.Tx, rows []Row) ([]Row, error)) RowPages {
	return func(tx *storage.Tx, zone *time.Location, after string) ([]Row, string, error) {
		rows, next, err := pages(tx, zone, after)
		if err != nil {
			return nil, "", err
		}
		rows, err = change(tx, rows)
		return slices.DeleteFunc(rows, func(r Row) bool { return r == nil }), next, err
	}
}
