package organisations

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// Mapping says how to read a table.
type Mapping struct {
	tables.Options
	Kind   string `json:"kind,omitempty"`   // of rows that do not say; "" is NGO
	Source string `json:"source,omitempty"` // title or address of the list, shown beside every value from it
}

// tableKind knows fields by the headings of their columns, in Kazakh, Russian and English; that of an export is the field's own name.
var tableKind = func() tables.Kind {
	byHeading := map[string]string{}
	for f, d := range declaredFields {
		byHeading[tables.Plain(string(f))] = string(f)
		for _, h := range d.headings[d.lang] {
			byHeading[h] = string(f)
		}
	}
	return tables.Kind{Column: func(heading string) string { return byHeading[heading] }}
}()

// settle checks a mapping for a table with these columns and returns what they mean as fields.
func (m *Mapping) settle(columns []string) ([]Field, error) {
	var p civic.Problems
	out := make([]Field, len(columns))
	named := false
	for i, name := range columns {
		f := Field(name)
		switch {
		case f == "":
			continue
		case !slices.Contains(fields, f):
			p.Add("columns", "organisations.mapping_unknown", "Column", i+1)
		case slices.Contains(out, f):
			p.Add("columns", "organisations.mapping_twice", "Column", i+1)
		}
		out[i] = f
		base, _ := f.split()
		named = named || base == "name" || f == fieldIdentifier
	}
	if !named {
		p.Add("columns", "organisations.mapping_no_name")
	}
	if m.Kind != "" {
		code, known := kindList.find(m.Kind)
		if m.Kind = code; !known {
			p.Add("kind", "organisations.kind_needed")
		}
	}
	m.Source = strings.TrimSpace(civic.CleanText(m.Source))
	if utf8.RuneCountInString(m.Source) > maxShort {
		p.Add("source", "organisations.too_long", "Count", maxShort)
	}
	return out, p.Err()
}

// Problem is what is wrong, or was mended, in one place of a table.
type Problem struct {
	Line    int           // of the file for CSV, row of the sheet for XLSX; from 1; 0: the table as a whole
	Column  int           // from 1; 0: the row as a whole
	Field   Field         // "" where there is none
	Value   string        // what stands there, cut to 80 characters
	Note    bool          // the row is taken all the same
	Left    bool          // with Note: without this value, which cannot be read
	Message civic.Message // what is wrong and how to mend it
}

type problemJSON struct {
	Line     int            `json:"line"`
	Column   int            `json:"column,omitempty"`
	Field    Field          `json:"field,omitempty"`
	Value    string         `json:"value,omitempty"`
	Severity string         `json:"severity"`
	Code     string         `json:"code"`
	Values   map[string]any `json:"values,omitempty"`
}

// MarshalJSON writes {"line","column","field","value","severity":"error"|"left_out"|"note","code","values"}.
func (p Problem) MarshalJSON() ([]byte, error) {
	out := problemJSON{Line: p.Line, Column: p.Column, Field: p.Field, Value: p.Value, Severity: "error", Code: p.Message.Key}
	switch {
	case p.Left:
		out.Severity = "left_out"
	case p.Note:
		out.Severity = "note"
	}
	for i := 0; i+1 < len(p.Message.Args); i += 2 {
		if out.Values == nil {
			out.Values = map[string]any{}
		}
		name, _ := p.Message.Args[i].(string)
		out.Values[name] = p.Message.Args[i+1]
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Problem) UnmarshalJSON(b []byte) error {
	var in problemJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*p = Problem{Line: in.Line, Column: in.Column, Field: in.Field, Value: in.Value, Note: in.Severity != "error", Left: in.Severity == "left_out", Message: civic.Message{Key: in.Code}}
	for name, v := range in.Values {
		switch x := v.(type) {
		case float64:
			v = int(x)
		case map[string]any: // a text in several languages
			t := civic.Text{}
			for lang, s := range x {
				t[civic.Lang(lang)], _ = s.(string)
			}
			v = t
		}
		p.Message.Args = append(p.Message.Args, name, v)
	}
	return nil
}

// maxProblems bounds the report; the numbers in it count all.
const maxProblems = 1000

// Report is what an import did, or would do.
type Report struct {
	Rows      int       `json:"rows"`
	Created   int       `json:"created"`
	Updated   int       `json:"updated"`
	Unchanged int       `json:"unchanged"`
	Rejected  int       `json:"rejected"`
	Aside     int       `json:"aside"` // totals, signatures and the like
	DryRun    bool      `json:"dry_run"`
	Problems  []Problem `json:"problems"`
	Omitted   int       `json:"omitted,omitempty"` // problems beyond the bound of the list
	Columns   []Field   `json:"columns"`           // the mapping that was used
}

func (r *Report) add(p Problem) {
	if len(r.Problems) >= maxProblems {
		r.Omitted++
		return
	}
	p.Value = civic.Shortened(p.Value, 80)
	r.Problems = append(r.Problems, p)
}

// incoming is one row of a table, clean.
type incoming struct {
	Line   int              `json:"l"`
	Values map[Field]string `json:"v"`
}

// readRow cleans one row. A value that an entry is never without rejects the row when it cannot be read; any other is left out
// with a remark.
func readRow(line int, cells []string, columns []Field, districts *codeList, today time.Time) (in incoming, problems []Problem) {
	in = incoming{Line: line, Values: map[Field]string{}}
	for i, f := range columns {
		if f == "" || i >= len(cells) {
			continue
		}
		d := declaredFields[f]
		cell := cells[i]
		if d.name != "name" && !civic.FailedFormula(cell) && tables.Placeholder(cell) {
			continue
		}
		v, note, problem := readCell(f, cell, districts, today)
		if note != nil {
			problems = append(problems, Problem{Line: line, Column: i + 1, Field: f, Value: cell, Note: true, Message: *note})
		}
		if problem != nil {
			problems = append(problems, Problem{Line: line, Column: i + 1, Field: f, Value: cell, Note: !d.always, Left: !d.always, Message: *problem})
		}
		if v != "" {
			in.Values[f] = v
		}
	}
	return in, problems
}

// readCell is Clean for what stands in a table: of what people write around a value, or beside it, the value is taken.
func readCell(f Field, cell string, districts *codeList, today time.Time) (value string, note, problem *civic.Message) {
	switch key := civic.Junk(cell, nil); {
	case cell == "" || key == "":
	case civic.FailedFormula(cell):
		return "", nil, say("organisations.failed_formula") // a table can be mended where it comes from
	default:
		return "", nil, say(key)
	}
	value, note, problem = Clean(f, cell, districts, today)
	if problem == nil {
		return value, note, nil
	}
	d := declaredFields[f]
	if d.shape == someCodes {
		list := d.codes
		if list == nil {
			list = districts
		}
		return knownOf(list, cell), nil, problem
	}
	mended := mend(d.shape, cell)
	if mended == "" || mended == cell {
		return "", nil, problem
	}
	again, _, still := Clean(f, mended, districts, today)
	if still != nil {
		return "", nil, problem
	}
	return again, say("organisations.note_mended", "Value", again), nil
}

func rejects(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Note })
}

// keys are what the entry of a row is looked up by: the identifier, or else the names.
func (in incoming) keys() (identifier string, names []string) {
	if id := in.Values[fieldIdentifier]; id != "" {
		return id, nil
	}
	return "", in.nameKeys()
}

func (in incoming) nameKeys() []string {
	var o Organisation
	for f, v := range in.Values {
		if strings.HasPrefix(string(f), "name.") {
			o.Set(f, v)
		}
	}
	return o.nameKeys()
}

// begin is the entry that a row without a counterpart starts from.
func (in incoming) begin(now time.Time, kind string) Organisation {
	o := Organisation{ID: civic.NewID(now), State: Public, Created: now, Changed: now}
	identifier := in.Values[fieldIdentifier]
	if own, ok := strings.CutPrefix(identifier, ownPrefix); ok {
		o.ID = civic.ID(own) // an export of this or another register: the address stays the same
	}
	if identifier == "" {
		o.Identifier = ownPrefix + string(o.ID)
	}
	if in.Values[fieldStatus] == "" {
		o.Status = Active
	}
	if in.Values[fieldStatus] == "" && in.Values[fieldEnded] != "" {
		o.Status = Liquidated
	}
	if in.Values[fieldKind] == "" {
		if o.Kind = kind; kind == "" {
			o.Kind = NGO
		}
	}
	return o
}

// problemsOf turns the field errors of Check into problems of a row.
func problemsOf(line int, columns []Field, err error) []Problem {
	e, ok := err.(*civic.Error)
	if !ok {
		return nil
	}
	var out []Problem
	for _, f := range e.Fields {
		out = append(out, Problem{Line: line, Column: slices.Index(columns, Field(f.Field)) + 1, Field: Field(f.Field), Message: f.Message})
	}
	return out
}

// lookalikes are Latin letters that are taken for Cyrillic ones, and the other way round.
var lookalikes = strings.NewReplacer("a", "а", "b", "в", "c", "с", "e", "е", "h", "н", "i", "і", "k", "к", "m", "м", "o", "о", "p", "р", "t", "т", "x", "х", "y", "у", "ё", "е")

// alike is a name as a hasty reader sees it: two that are alike are likely one organisation, met twice.
func alike(name string) string { return lookalikes.Replace(tables.Plain(name)) }
