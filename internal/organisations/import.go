package organisations

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Mapping says what the columns of a table mean.
type Mapping struct {
	Columns     []Field `json:"columns"`               // by position; "" is not read. Empty: found out from the header
	Kind        string  `json:"kind,omitempty"`        // of rows that do not say; "" is NGO
	Source      string  `json:"source,omitempty"`      // title or address of the list, shown beside every value from it
	Windows1251 bool    `json:"windows1251,omitempty"` // the text is in that encoding
}

// fieldsByHeading are the fields by the headings of their columns; that of an export is the field's
// own name.
var fieldsByHeading = func() map[string]Field {
	out := map[string]Field{}
	for f, d := range declaredFields {
		out[plainWords(string(f))] = f
		for _, h := range d.headings[d.lang] {
			out[h] = f
		}
	}
	return out
}()

// Detect finds out what the columns mean from their headings, in Kazakh, Russian or English.
// Of two columns that seem to mean the same the first is taken.
func Detect(header []string) Mapping {
	m := Mapping{Columns: make([]Field, len(header))}
	for i, h := range header {
		if utf8.RuneCountInString(h) > maxShort {
			continue
		}
		if f, ok := fieldsByHeading[plainWords(h)]; ok && !slices.Contains(m.Columns, f) {
			m.Columns[i] = f
		}
	}
	return m
}

// Check says what keeps a mapping from being used.
func (m Mapping) Check() error {
	var p civic.Problems
	named := false
	for i, f := range m.Columns {
		switch {
		case f == "":
		case !slices.Contains(fields, f):
			p.Add("columns", "organisations.mapping_unknown", "Column", i+1)
		case slices.Contains(m.Columns[:i], f):
			p.Add("columns", "organisations.mapping_twice", "Column", i+1)
		}
		base, _ := f.split()
		named = named || base == "name" || f == fieldIdentifier
	}
	if !named {
		p.Add("columns", "organisations.mapping_no_name")
	}
	if _, known := kindList.find(m.Kind); m.Kind != "" && !known {
		p.Add("kind", "organisations.kind_needed")
	}
	if utf8.RuneCountInString(m.Source) > maxShort {
		p.Add("source", "organisations.too_long", "Limit", maxShort)
	}
	return p.Err()
}

// Problem is what is wrong, or was mended, in one place of a table.
type Problem struct {
	Line    int           // of the file for CSV, row of the sheet for XLSX; from 1
	Column  int           // from 1; 0: the row as a whole
	Field   Field         // "" where there is none
	Value   string        // what stands there, cut to 80 characters
	Note    bool          // the row is taken all the same
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

// MarshalJSON writes {"line","column","field","value","severity":"error"|"note","code","values"}.
func (p Problem) MarshalJSON() ([]byte, error) {
	out := problemJSON{Line: p.Line, Column: p.Column, Field: p.Field, Value: p.Value, Severity: "error", Code: p.Message.Key}
	if p.Note {
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
	*p = Problem{Line: in.Line, Column: in.Column, Field: in.Field, Value: in.Value, Note: in.Severity == "note", Message: civic.Message{Key: in.Code}}
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
	p.Value = cut(p.Value, 80)
	r.Problems = append(r.Problems, p)
}

// incoming is one row of a table, clean.
type incoming struct {
	Line   int              `json:"l"`
	Values map[Field]string `json:"v"`
}

// read cleans one row. The problems that are not notes reject it as a whole: half a row
// would be worse than none.
func (m Mapping) read(line int, cells []string, districts *codeList, today time.Time) (in incoming, problems []Problem) {
	in = incoming{Line: line, Values: map[Field]string{}}
	if len(cells) > len(m.Columns) {
		return in, []Problem{{Line: line, Column: len(m.Columns) + 1, Value: cells[len(m.Columns)], Message: civic.Say("organisations.row_too_wide", "Columns", len(m.Columns))}}
	}
	for i, f := range m.Columns {
		if f == "" || i >= len(cells) {
			continue
		}
		v, note, problem := Clean(f, cells[i], districts, today)
		for _, msg := range []*civic.Message{note, problem} {
			if msg != nil {
				problems = append(problems, Problem{Line: line, Column: i + 1, Field: f, Value: cells[i], Note: msg == note, Message: *msg})
			}
		}
		if v != "" {
			in.Values[f] = v
		}
	}
	return in, problems
}

func rejects(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Note })
}

// keys are what the entry of a row is looked up by: the identifier, or else the names.
func (in incoming) keys() (identifier string, names []string) {
	if id := in.Values[fieldIdentifier]; id != "" {
		return id, nil
	}
	var o Organisation
	for f, v := range in.Values {
		if strings.HasPrefix(string(f), "name.") {
			o.Set(f, v)
		}
	}
	return "", o.nameKeys()
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
func problemsOf(line int, m Mapping, err error) []Problem {
	e, ok := err.(*civic.Error)
	if !ok {
		return nil
	}
	var out []Problem
	for _, f := range e.Fields {
		out = append(out, Problem{Line: line, Column: slices.Index(m.Columns, Field(f.Field)) + 1, Field: Field(f.Field), Message: f.Message})
	}
	return out
}
