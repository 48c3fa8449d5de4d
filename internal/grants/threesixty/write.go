package threesixty

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/platform/published"
	"github.com/birge-kz/birge/internal/platform/sheet"
)

// InvalidError is of a grant that must not be published: it does not conform.
type InvalidError struct {
	Problem Problem
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("threesixty: grant %d (%s): %s: %s %q", e.Problem.Row, e.Problem.ID, e.Problem.Field, e.Problem.Code, e.Problem.Value)
}

// WriteJSON writes a file as it reads the grants, and stops with an *InvalidError at one that does not conform: what we publish
// is valid. The head is what the file says of itself: title, publisher, license.
func (s *Standard) WriteJSON(w io.Writer, head Row, grants iter.Seq2[Row, error]) error {
	open, err := json.Marshal(head)
	if err != nil {
		return err
	}
	before := strings.TrimSuffix(string(open), "}")
	if len(head) > 0 {
		before += ","
	}
	before += `"grants":[` + "\n"
	n, err := s.publish(grants, func(row Row) error {
		text, err := json.Marshal(row)
		if err == nil {
			_, err = fmt.Fprintf(w, "%s%s", before, text)
		}
		before = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNoGrants // a file of the standard has at least one
	}
	_, err = io.WriteString(w, "\n]}\n")
	return err
}

// publish hands over the grants, of which it counts n, as far as they conform.
func (s *Standard) publish(grants iter.Seq2[Row, error], write func(Row) error) (n int, err error) {
	for row, err := range grants {
		if err != nil {
			return n, err
		}
		n++
		if wrong := s.check(row); len(wrong) > 0 {
			p := wrong[0]
			p.Row, p.ID = n, published.Short(row["id"])
			return n, &InvalidError{p}
		}
		if err := write(row); err != nil {
			return n, err
		}
	}
	return n, nil
}

// WriteTable writes the fields that are named by their headings, such as "Identifier" or "Recipient Org:Name"; of a list, its
// first. It stops as WriteJSON does.
func (s *Standard) WriteTable(w sheet.Writer, headings []string, grants iter.Seq2[Row, error]) error {
	columns, unknown := s.columns(headings)
	if len(unknown) > 0 {
		return fmt.Errorf("threesixty: no such heading: %s", strings.Join(unknown, ", "))
	}
	if err := w.Write(headings); err != nil {
		return err
	}
	_, err := s.publish(grants, func(row Row) error {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = c.cell(row)
		}
		return w.Write(cells)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// cell is what stands in a grant where the column's cells belong.
func (c column) cell(row Row) string {
	var at any = row
	index := c.index
	for _, s := range c.path {
		in, _ := at.(Row)
		at = in[s.name]
		if !s.many {
			continue
		}
		i := 0
		if len(index) > 0 {
			i, index = index[0], index[1:]
		}
		all, _ := at.([]any)
		if i >= len(all) {
			return ""
		}
		at = all[i]
	}
	switch v := at.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		var words []string
		for _, one := range v {
			words = append(words, fmt.Sprint(one))
		}
		return strings.Join(slices.Clip(words), ";")
	}
	return ""
}
