package threesixty

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Read reads a file of JSON, CSV or XLSX. How its days are written is asked, or Unsure: then the file must confirm it itself.
// Errors: ErrTooLarge, ErrNoGrants, those of sheet, and what reading gives.
func (s *Standard) Read(r io.ReaderAt, size int64, asked Order) (*File, error) {
	if size > MostBytes {
		return nil, ErrTooLarge
	}
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if bytes.HasPrefix(head, []byte("{")) || bytes.HasPrefix(head, []byte("[")) {
		return s.readJSON(io.NewSectionReader(r, 0, size), asked)
	}
	return s.readTable(r, size, asked)
}

func (s *Standard) readJSON(r io.Reader, asked Order) (*File, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, ErrNoGrants
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	if err != nil {
		return nil, ErrNoGrants
	}
	whole, _ := doc.(Row)
	rows, ok := whole["grants"].([]any)
	switch {
	case !ok || len(rows) == 0:
		return nil, ErrNoGrants
	case len(rows) > MostGrants:
		return nil, ErrTooLarge
	}
	f := s.examine(rows, lineNumbers(len(rows)), asked)
	own := maps.Clone(whole)
	delete(own, "grants")
	var wrong *jsonschema.ValidationError
	if errors.As(s.head.Validate(own), &wrong) {
		f.tell(s.explain(own, wrong)...)
	}
	return f, nil
}

// column is where the cells of a column belong in a grant. Of a heading that the standard does not have, its field is empty.
type column struct {
	field
	index []int // for each list on the way
}

func (s *Standard) readTable(r io.ReaderAt, size int64, asked Order) (*File, error) {
	table, err := sheet.Open(r, size, sheet.Options{Limits: sheet.Limits{Rows: MostGrants + 1, FileBytes: MostBytes}})
	if err != nil {
		return nil, err
	}
	defer table.Close()
	heading, err := table.Next()
	if errors.Is(err, io.EOF) {
		return nil, ErrNoGrants
	} else if err != nil {
		return nil, err
	}
	columns, unknown := s.columns(heading.Cells)
	if len(unknown) == len(columns) {
		return nil, ErrNoGrants
	}
	var rows []any
	var lines []int
	for {
		cells, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		row := Row{}
		for i, cell := range cells.Cells {
			if cell = strings.TrimSpace(cell); cell != "" && i < len(columns) && columns[i].path != nil {
				columns[i].put(row, cell)
			}
		}
		rows, lines = append(rows, row), append(lines, cells.Line)
	}
	if len(rows) == 0 {
		return nil, ErrNoGrants
	}
	f := s.examine(rows, lines, asked)
	f.Unknown = unknown
	return f, nil
}

// columns finds the field of each heading: by the titles of the standard ("Recipient Org:0:Name") or by the names of JSON
// ("recipientOrganization/0/name").
func (s *Standard) columns(headings []string) (out []column, unknown []string) {
	fields := map[string]field{}
	for _, f := range s.fields {
		fields[strings.ToLower(f.title)] = f
		fields[strings.ToLower(strings.ReplaceAll(f.name(), "/", ":"))] = f
	}
	for _, heading := range headings {
		c := column{}
		var words []string
		for word := range strings.SplitSeq(strings.ReplaceAll(strings.ToLower(heading), "/", ":"), ":") {
			if i, err := strconv.Atoi(strings.TrimSpace(word)); err == nil && i >= 0 && i < mostOfList {
				c.index = append(c.index, i)
				continue
			}
			words = append(words, strings.TrimSpace(word))
		}
		c.field = fields[strings.Join(words, ":")]
		if c.path == nil {
			unknown = append(unknown, short(heading))
		}
		out = append(out, c)
	}
	return out, unknown
}

// put puts a cell into its place in a grant.
func (c column) put(row Row, cell string) {
	at, index := row, c.index
	for _, s := range c.path[:len(c.path)-1] {
		if !s.many {
			inner, _ := at[s.name].(Row)
			if inner == nil {
				inner = Row{}
				at[s.name] = inner
			}
			at = inner
			continue
		}
		i := 0
		if len(index) > 0 {
			i, index = index[0], index[1:]
		}
		all, _ := at[s.name].([]any)
		for len(all) <= i {
			all = append(all, Row{})
		}
		at[s.name] = all
		at = all[i].(Row)
	}
	at[c.path[len(c.path)-1].name] = c.value(cell)
}

// thousands is a number with commas between its thousands.
var thousands = regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)

// value is what a cell says. A number that is none stays a text, which the check then tells.
func (c column) value(cell string) any {
	switch c.sort {
	case number:
		if thousands.MatchString(cell) {
			cell = strings.ReplaceAll(cell, ",", "")
		}
		if plain.MatchString(cell) && json.Valid([]byte(cell)) {
			return json.Number(cell)
		}
	case texts:
		var all []any
		for one := range strings.SplitSeq(cell, ";") {
			all = append(all, strings.TrimSpace(one))
		}
		return all
	}
	return cell
}
