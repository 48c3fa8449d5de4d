package web

import (
	"cmp"
	"io"
	"net/http"
	"net/url"

	"github.com/birge-kz/birge/internal/platform/sheet"
)

// TableForm is a form in which a table can be taken away: what its address and the name of its file end in.
type TableForm string

// The forms. Excel of a Kazakh or Russian system cuts a CSV at semicolons.
const (
	CSV      TableForm = ".csv"
	ExcelCSV TableForm = "-excel.csv"
	XLSX     TableForm = ".xlsx"
)

// TableForms lists them.
func TableForms() []TableForm { return []TableForm{CSV, ExcelCSV, XLSX} }

// Tables are the routes at which a table is taken away in every form: at the route's pattern and what the form ends in, to be made for few
// at once. get makes the handler of one form.
func Tables(r Route, get func(TableForm) Handler) (out []Route) {
	base := r.Pattern
	r.Method, r.Plain, r.Heavy = "GET", true, true
	for _, form := range TableForms() {
		r.Pattern, r.Handler = base+string(form), get(form)
		out = append(out, r)
	}
	return out
}

// Table is a table to take away.
type Table struct {
	Form TableForm
	Name string // of the sheet
	File string // name of the file; "": Name and what the form ends in
	Head []string
	// Rows writes all rows, one after another.
	Rows func(write func([]string) error) error
}

func (t Table) writer(w io.Writer) (sheet.Writer, error) {
	switch t.Form {
	case XLSX:
		return sheet.NewXLSX(w, t.Name)
	case ExcelCSV:
		return sheet.NewCSV(w, sheet.CSVOptions{BOM: true, Comma: ';'})
	}
	return sheet.NewCSV(w, sheet.CSVOptions{BOM: true})
}

// WriteTable answers with a table as a file. Nothing is sent when a row fails: it is made whole before, in memory while it is small, else in
// a temporary file. Its turn of a heavy route ends when it is made, so that a slow reader keeps nobody else waiting.
func WriteTable(w http.ResponseWriter, r *http.Request, t Table) error {
	var b spool
	defer b.discard()
	out, err := t.writer(&b)
	if err != nil {
		return err
	}
	if err := out.Write(t.Head); err != nil {
		return err
	}
	if err := t.Rows(out.Write); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	contentType := "text/csv; charset=utf-8"
	if t.Form == XLSX {
		contentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	disposition := `attachment; filename="` + cmp.Or(t.File, t.Name+string(t.Form)) + `"`
	of(r).leaveGate()
	if b.file == nil {
		w.Header().Set("Content-Disposition", disposition)
		return Write(w, r, contentType, b.small.Bytes())
	}
	return b.send(w, r, contentType, disposition)
}

// Narrowed is those of the parameters of a request's address that are set, with the question mark, for the addresses of tables of the same list; "" of none.
func Narrowed(r *http.Request, names ...string) string {
	set := url.Values{}
	for _, name := range names {
		if value := r.URL.Query().Get(name); value != "" {
			set.Set(name, value)
		}
	}
	if len(set) == 0 {
		return ""
	}
	return "?" + set.Encode()
}
