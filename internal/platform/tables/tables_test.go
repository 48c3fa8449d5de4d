package tables_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// shop is a kind of table with three columns.
var shop = tables.Kind{Column: func(heading string) string {
	switch heading {
	case "товар", "наименование товара":
		return "ware"
	case "цена":
		return "price"
	case "цена оптом":
		return "bulk"
	}
	return ""
}}

// read returns what is known about a table, and its rows as "line: cell|cell", or "line! key"
// for a row that was not taken.
func read(t *testing.T, text string, o tables.Options, k tables.Kind) (tables.Look, []string, error) {
	t.Helper()
	table, err := tables.Open(strings.NewReader(text), int64(len(text)), o, k)
	if err != nil {
		return tables.Look{}, nil, err
	}
	defer table.Close()
	var rows []string
	for {
		row, err := table.Next()
		var broken *tables.RowError
		switch {
		case err == io.EOF:
			return table.Look, rows, nil
		case errors.As(err, &broken):
			rows = append(rows, fmt.Sprintf("%d! %s", broken.Line, broken.Message.Key))
		case err != nil:
			return table.Look, rows, err
		default:
			rows = append(rows, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Cells, "|")))
		}
	}
}

func TestTheHeadingIsFound(t *testing.T) {
	for name, tc := range map[string]struct {
		text    string
		o       tables.Options
		columns string
		rows    []string
		notes   []string
	}{
		"in the first row":         {text: "Товар;Цена\nхлеб;5\n", columns: "ware,price", rows: []string{"2: хлеб|5"}},
		"under a title":            {text: "Прайс-лист;\n;\nТовар;Цена\nхлеб;5\n", columns: "ware,price", rows: []string{"4: хлеб|5"}, notes: []string{"tables.found_heading"}},
		"over numbers of columns":  {text: "Товар;Цена;Прочее\n1;2;3\nхлеб;5;\n", columns: "ware,price,", rows: []string{"3: хлеб|5"}},
		"in two rows":              {text: "Товар;Цена;\n;розница;оптом\nхлеб;5;4\n", columns: "ware,price,bulk", rows: []string{"3: хлеб|5|4"}},
		"where it is said to be":   {text: "Товар;Цена\nхлеб;5\nЧто;Почём\nсоль;1\n", o: tables.Options{Heading: 3}, columns: ",", rows: []string{"4: соль|1"}, notes: []string{"tables.found_heading"}},
		"without a word known":     {text: "Список\nЧто;Почём\nхлеб;5\n", columns: ",", rows: []string{"3: хлеб|5"}, notes: []string{"tables.found_heading"}},
		"with columns said":        {text: "Что;Почём\nхлеб;5\n", o: tables.Options{Columns: map[int]string{2: "price", 1: "ware"}}, columns: "ware,price", rows: []string{"2: хлеб|5"}},
		"the same word twice":      {text: "Товар;Товар\nхлеб;5\n", columns: "ware,", rows: []string{"2: хлеб|5"}},
		"with a total":             {text: "Товар;Цена\nхлеб;5\nИтого;5\nИтоговая соль;2\n", columns: "ware,price", rows: []string{"2: хлеб|5", "3! tables.row_aside", "4: Итоговая соль|2"}},
		"with a signature":         {text: "Товар;Цена\nхлеб;5\nИсполнитель:;Тестов Т.\n", columns: "ware,price", rows: []string{"2: хлеб|5", "3! tables.row_aside"}},
		"with an invisible cell":   {text: "Товар;Цена\n\u200b;5\n", columns: "ware,price", rows: []string{"2: |5"}},
		"with a row too wide":      {text: "Товар;Цена\nхлеб;5;x\nсоль;1\n", columns: "ware,price", rows: []string{"2! tables.row_too_wide", "3: соль|1"}},
		"with a row that is wrong": {text: "Товар;Цена\n\"хлеб\"x;5\nсоль;1\n", columns: "ware,price", rows: []string{"2! tables.open_quote", "3: соль|1"}},
	} {
		t.Run(name, func(t *testing.T) {
			look, rows, err := read(t, tc.text, tc.o, shop)
			if err != nil {
				t.Fatal(err)
			}
			var notes []string
			for _, n := range look.Notes {
				notes = append(notes, n.Key)
			}
			if got := strings.Join(look.Columns, ","); got != tc.columns || !slices.Equal(rows, tc.rows) || !slices.Equal(notes, tc.notes) {
				t.Errorf("columns %q, rows %q, notes %q", got, rows, notes)
			}
		})
	}
}

func TestWhatCannotBeOpenedSaysWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		text, key string
		o         tables.Options
	}{
		"empty":         {text: "\n\n", key: "tables.empty"},
		"sheet of text": {text: "a,b\n", o: tables.Options{Sheet: "x"}, key: "tables.no_such_sheet"},
		"heading":       {text: "a,b\n", o: tables.Options{Heading: 7}, key: "tables.no_heading_row"},
		"column":        {text: "a,b\n", o: tables.Options{Columns: map[int]string{3: "ware"}}, key: "tables.no_column"},
		"encoding":      {text: "a,b\n", o: tables.Options{Encoding: "koi8"}, key: "tables.bad_encoding"},
		"a picture":     {text: "\x89PNG\r\n\x1a\n\x00", key: "tables.not_text"},
	} {
		_, _, err := read(t, tc.text, tc.o, shop)
		var e *civic.Error
		if !errors.As(err, &e) || e.Code != civic.Invalid || e.Message.Key != tc.key {
			t.Errorf("%s: %v, want %s", name, err, tc.key)
		}
	}
}

// FuzzTable: whatever the file and the options, reading ends, with words for a person when it cannot go on.
func FuzzTable(f *testing.F) {
	f.Add("Товар;Цена\nхлеб;5\n", "", 0, "")
	f.Add("x\ny\n1;2;3\n", "S", 2, "windows-1251")
	f.Fuzz(func(t *testing.T, text, sheet string, heading int, encoding string) {
		if len(text) > 1<<14 {
			return
		}
		look, rows, err := read(t, text, tables.Options{Sheet: sheet, Heading: heading, Encoding: encoding}, shop)
		if err != nil && civic.CodeOf(err) != civic.Invalid {
			t.Fatal(err)
		}
		if err == nil && (len(look.Header) != len(look.Columns) || len(rows) > strings.Count(text, "\n")+strings.Count(text, "\r")+1) {
			t.Errorf("%+v, %d rows", look, len(rows))
		}
	})
}
