// Package pack writes and reads datasets as files: canonical CSV, which is the same bytes wherever the same rows are written, and the
// whole city as a Frictionless Data Package (version 2). It knows no database.
//
// Canonical CSV is UTF-8 in normal form C without a byte order mark, with a header, lines that end in a line feed, commas, and quotation
// marks only where RFC 4180 needs them. Rows stand in the order of their key. Days are 2026-11-29, instants 2026-11-29T09:00:00Z,
// decimals have a point and no more than six places, and an empty cell says that nothing is known. Cells are exactly what they say: a
// text that a spreadsheet would take for a formula is not changed, as it is in the files for spreadsheets.
package pack

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// Field is a column as it stands in a file.
type Field struct {
	Name     string
	Type     part.ColumnType // never Words, nor List
	Unit     part.Measure
	Required bool
	Of       string     // the declared column
	Lang     civic.Lang // of one of Words
}

// Fields are the columns of a dataset's files.
func Fields(d part.Dataset) (out []Field) {
	for _, c := range d.Columns {
		if c.Type != part.Words {
			typ := c.Type
			if typ == part.List {
				typ = part.String
			}
			out = append(out, Field{Name: c.Name, Type: typ, Unit: c.Unit, Required: c.Required, Of: c.Name})
			continue
		}
		for _, lang := range civic.Languages() {
			out = append(out, Field{Name: c.Name + "_" + string(lang), Type: part.String, Of: c.Name, Lang: lang})
		}
	}
	return out
}

// Names are those of fields.
func Names(fields []Field) (out []string) {
	for _, f := range fields {
		out = append(out, f.Name)
	}
	return out
}

// lines makes every line break a line feed.
var lines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// text is a string as canonical files have it.
func text(s string) string {
	return norm.NFC.String(strings.ToValidUTF8(lines.Replace(s), "\uFFFD"))
}

// Cells are a row's values as a file has them. An error names the column whose value is of another type than was declared, or
// missing though it is required.
func Cells(d part.Dataset, row part.Row, zone *time.Location) ([]string, error) {
	if len(row) != len(d.Columns) {
		return nil, fmt.Errorf("pack: %s: a row has %d values for %d columns", d.Name, len(row), len(d.Columns))
	}
	out := make([]string, 0, len(row)+2)
	for i, c := range d.Columns {
		if c.Type == part.Words {
			words, ok := row[i].(civic.Text)
			if !ok && row[i] != nil {
				return nil, fmt.Errorf("pack: %s: the column %q has a %T", d.Name, c.Name, row[i])
			}
			for _, lang := range civic.Languages() {
				out = append(out, text(words[lang]))
			}
			if c.Required && words.Empty() {
				return nil, fmt.Errorf("pack: %s: a row is without %q", d.Name, c.Name)
			}
			continue
		}
		s, ok := cell(c.Type, row[i], zone)
		if !ok {
			return nil, fmt.Errorf("pack: %s: the column %q has a %T", d.Name, c.Name, row[i])
		}
		if s == "" && c.Required {
			return nil, fmt.Errorf("pack: %s: a row is without %q", d.Name, c.Name)
		}
		out = append(out, s)
	}
	return out, nil
}

// cell writes one value; nil is an empty cell.
func cell(typ part.ColumnType, value any, zone *time.Location) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return text(v), typ == part.String
	case []string:
		return text(strings.Join(v, ";")), typ == part.List
	case int64:
		return strconv.FormatInt(v, 10), typ == part.Integer
	case float64:
		return decimal(v), typ == part.Decimal && !math.IsNaN(v) && !math.IsInf(v, 0)
	case bool:
		return strconv.FormatBool(v), typ == part.Boolean
	case time.Time:
		switch {
		case typ != part.Day && typ != part.Datetime:
			return "", false
		case v.IsZero():
			return "", true
		case typ == part.Day:
			return v.In(zone).Format(time.DateOnly), true
		}
		return v.UTC().Format("2006-01-02T15:04:05Z"), true
	}
	return "", false
}

// decimal writes a number with at most six places, and none that say nothing.
func decimal(v float64) string {
	s := strings.TrimRight(strconv.FormatFloat(v, 'f', 6, 64), "0")
	if s = strings.TrimSuffix(s, "."); s == "-0" {
		return "0"
	}
	return s
}

// SortKey is what rows are sorted by: the cells of the key, each so that bytes stand in the order of values.
func SortKey(cells []string, types []part.ColumnType) string {
	var b strings.Builder
	for i, typ := range types {
		if typ != part.Integer {
			b.WriteString(cells[i])
			b.WriteByte(0)
			continue
		}
		n, _ := strconv.ParseInt(cells[i], 10, 64) // written by cell
		var bytes [8]byte
		binary.BigEndian.PutUint64(bytes[:], uint64(n)^(1<<63))
		b.Write(bytes[:])
	}
	return b.String()
}

// appendLine writes cells as a line of canonical CSV.
func appendLine(b []byte, cells []string) []byte {
	for i, c := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		if !strings.ContainsAny(c, ",\"\n") {
			b = append(b, c...)
			continue
		}
		b = append(b, '"')
		b = append(b, strings.ReplaceAll(c, `"`, `""`)...)
		b = append(b, '"')
	}
	return append(b, '\n')
}
