package threesixty

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/platform/published"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Read reads a file of JSON, CSV or XLSX and hands over each grant, which it does not keep. How its days are written is asked, or
// Unsure: then the file must confirm it itself. Errors: ErrTooLarge, ErrNoGrants, those of sheet and of take, and what reading gives;
// of a file that is not whole nothing is handed over.
func (s *Standard) Read(r io.ReaderAt, size int64, asked Order, take func(Grant) error) (*File, error) {
	if size > MostBytes {
		return nil, ErrTooLarge
	}
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	mark := int64(len(head) - len(bytes.TrimPrefix(head, []byte("\ufeff"))))
	head = bytes.TrimLeft(head[mark:], " \t\r\n")
	if bytes.HasPrefix(head, []byte("{")) || bytes.HasPrefix(head, []byte("[")) {
		return s.readJSON(io.NewSectionReader(r, mark, size-mark), asked, take)
	}
	return s.readTable(r, size, asked, take)
}

func (s *Standard) readJSON(r io.ReadSeeker, asked Order, take func(Grant) error) (*File, error) {
	var own Row
	f, err := s.examine(func(each func(any, int) error) (err error) {
		if _, err = r.Seek(0, io.SeekStart); err == nil {
			own, err = eachInJSON(r, each)
		}
		return err
	}, asked, take)
	if err != nil {
		return nil, err
	}
	var wrong *jsonschema.ValidationError
	if errors.As(s.head.Validate(own), &wrong) {
		f.tell(s.explain(own, wrong)...)
	}
	return f, nil
}

// eachInJSON goes through the grants of a file and returns its other members.
func eachInJSON(r io.Reader, each func(row any, line int) error) (own Row, err error) {
	d := json.NewDecoder(r)
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, ErrNoGrants
	}
	own = Row{}
	n, said := 0, int64(0)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, ErrNoGrants
		}
		if name != "grants" {
			before := d.InputOffset()
			if own[name.(string)], err = oneInJSON(d); err != nil {
				return nil, err
			}
			if said += d.InputOffset() - before; said > mostOne {
				return nil, ErrTooLarge
			}
			continue
		}
		if open, err := d.Token(); err != nil || open != json.Delim('[') || n > 0 {
			return nil, ErrNoGrants
		}
		for ; d.More(); n++ {
			row, err := oneInJSON(d)
			if err == nil && n == MostGrants {
				err = ErrTooLarge
			}
			if err == nil {
				err = each(row, n+1)
			}
			if err != nil {
				return nil, err
			}
		}
		if _, err := d.Token(); err != nil {
			return nil, ErrNoGrants
		}
	}
	_, closed := d.Token()
	if _, after := d.Token(); closed != nil || !errors.Is(after, io.EOF) || n == 0 {
		return nil, ErrNoGrants
	}
	return own, nil
}

// oneInJSON reads a value that is not larger than a grant may be.
func oneInJSON(d *json.Decoder) (any, error) {
	var text json.RawMessage
	switch err := d.Decode(&text); {
	case err != nil, !utf8.Valid(text):
		return nil, ErrNoGrants
	case len(text) > mostOne:
		return nil, ErrTooLarge
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// column is where the cells of a column belong in a grant. Of a heading that the standard does not have, its field is empty.
type column struct {
	field
	index []int // for each list on the way
}

func (s *Standard) readTable(r io.ReaderAt, size int64, asked Order, take func(Grant) error) (*File, error) {
	var unknown []string
	f, err := s.examine(func(each func(any, int) error) (err error) {
		unknown, err = s.eachInTable(r, size, each)
		return err
	}, asked, take)
	if err != nil {
		return nil, err
	}
	f.Unknown = unknown
	return f, nil
}

// eachInTable goes through the rows of a table and returns the headings that the standard does not have.
func (s *Standard) eachInTable(r io.ReaderAt, size int64, each func(row any, line int) error) (unknown []string, err error) {
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
	for n := 0; ; n++ {
		cells, err := table.Next()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return nil, ErrNoGrants
		case errors.Is(err, io.EOF):
			return unknown, nil
		case err != nil:
			return nil, err
		}
		row := Row{}
		for i, cell := range cells.Cells {
			if cell = strings.TrimSpace(cell); cell != "" && i < len(columns) && columns[i].path != nil {
				columns[i].put(row, cell)
			}
		}
		if err := each(row, cells.Line); err != nil {
			return nil, err
		}
	}
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
			unknown = append(unknown, published.Short(heading))
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
		if published.Plain(cell) && json.Valid([]byte(cell)) {
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
