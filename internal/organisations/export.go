package organisations

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/birge-kz/birge/internal/platform/sheet"
)

// Formats in which the register is exported.
const (
	FormatCSV  = "csv"
	FormatXLSX = "xlsx"
	FormatJSON = "json"
)

// Export writes all public entries that q's filters select, in order of registration. The
// tables have a column for each field, headed by its name, and go back in through Import
// without a change. Names of people in public posts are not in it: they are for reading one
// by one, not for taking away. NotFound for an unknown format.
func (s *Service) Export(ctx context.Context, w io.Writer, format string, q Query) error {
	var table sheet.Writer
	var err error
	switch format {
	case FormatJSON:
		return s.exportJSON(ctx, w, q)
	case FormatCSV:
		table, err = sheet.NewCSV(w, sheet.CSVOptions{BOM: true})
	case FormatXLSX:
		table, err = sheet.NewXLSX(w, "organisations")
	default:
		return notFound()
	}
	if err != nil {
		return err
	}
	row := make([]string, len(fields))
	for i, f := range fields {
		row[i] = string(f)
	}
	if err := table.Write(row); err != nil {
		return err
	}
	if err := s.Each(ctx, q, func(o Organisation) error {
		for i, f := range fields {
			row[i] = o.Get(f)
		}
		return table.Write(row)
	}); err != nil {
		return err
	}
	return table.Close()
}

func (s *Service) exportJSON(ctx context.Context, w io.Writer, q Query) error {
	if _, err := io.WriteString(w, "["); err != nil {
		return err
	}
	sep := "\n"
	err := s.Each(ctx, q, func(o Organisation) error {
		b, err := o.exported()
		if err == nil {
			_, err = w.Write(append([]byte(sep), b...))
		}
		sep = ",\n"
		return err
	})
	if err == nil {
		_, err = io.WriteString(w, "\n]\n")
	}
	return err
}

// exported is an entry as JSON has it: its address, what is known of it, and where that comes from.
func (o *Organisation) exported() ([]byte, error) {
	var b []byte
	put := func(separator, name string, value any) error {
		v, err := json.Marshal(value)
		b = append(append(b, separator+`"`+name+`":`...), v...)
		return err
	}
	err := put("{", "id", o.ID)
	for _, d := range declarations {
		if !d.empty(o) {
			err = errors.Join(err, put(",", d.name, d.at(o)))
		}
	}
	err = errors.Join(err, put(",", "provenance", o.Provenance))
	return append(b, '}'), err
}
