package organisations

import (
	"context"
	"encoding/json"
	"io"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/sheet"
)

// Formats in which the register is exported.
const (
	FormatCSV  = "csv"
	FormatXLSX = "xlsx"
	FormatJSON = "json"
)

// exported is an entry as JSON has it: what the tables have, and where it comes from.
type exported struct {
	ID         civic.ID         `json:"id"`
	Identifier string           `json:"identifier"`
	Name       civic.Text       `json:"name"`
	Kind       string           `json:"kind"`
	Form       string           `json:"form,omitempty"`
	Status     string           `json:"status"`
	Founded    Date             `json:"founded,omitempty"`
	Ended      Date             `json:"ended,omitempty"`
	Themes     []string         `json:"themes,omitempty"`
	Districts  []string         `json:"districts,omitempty"`
	Mission    civic.Text       `json:"mission,omitempty"`
	Address    civic.Text       `json:"address,omitempty"`
	Email      string           `json:"email,omitempty"`
	Phone      string           `json:"phone,omitempty"`
	Website    string           `json:"website,omitempty"`
	Links      []string         `json:"links,omitempty"`
	Origins    map[Field]Origin `json:"origins"`
}

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
		b, err := json.Marshal(exported{o.ID, o.Identifier, o.Name, o.Kind, o.Form, o.Status, o.Founded, o.Ended, o.Themes, o.Districts,
			o.Mission, o.Address, o.Email, o.Phone, o.Website, o.Links, o.Origins})
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
