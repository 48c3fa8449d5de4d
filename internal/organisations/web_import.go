package organisations

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/tables"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type importPage struct {
	ui.Page
	Form   ui.Form
	Upload *Upload // nil: no file yet
	Step   int     // 0 file, 1 columns, 2 report of the dry run, 3 done
}

func (s *Service) newImportPage(w http.ResponseWriter, r *http.Request, f ui.Form) importPage {
	l := web.L(r)
	p := importPage{Page: web.NewPage(w, r, l.T("organisations.import_title")), Form: f}
	p.NoIndex, p.Crumbs = true, s.crumbs(l)
	return p
}

// pageImport asks for the file, shows what its columns seem to mean, then what was found in
// it; which, the upload in the address and its state say.
func (s *Service) pageImport(w http.ResponseWriter, r *http.Request) error {
	f := ui.Form{Values: url.Values{}}
	text := r.URL.Query().Get("upload")
	if text == "" {
		page, err := s.pageFile(w, r, f)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, page)
	}
	p := s.newImportPage(w, r, f)
	id, ok := civic.ParseID(text)
	if !ok {
		return notFound()
	}
	u, err := s.UploadOf(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	p.Upload = &u
	if u.State == uploadNew || u.State == uploadChecked && r.URL.Query().Get("columns") != "" {
		p.Step, p.Form = 1, mappingForm(u)
		return web.Render(w, r, http.StatusOK, importColumns(p))
	}
	p.Step = 2
	if u.State == uploadApplied {
		p.Step = 3
	}
	return web.Render(w, r, http.StatusOK, importReport(p))
}

func mappingForm(u Upload) ui.Form {
	v := url.Values{"kind": {u.Mapping.Kind}, "source": {u.Mapping.Source}, "sheet": {u.Look.Sheet}, "encoding": {u.Mapping.Encoding}}
	if v.Get("kind") == "" {
		v.Set("kind", NGO)
	}
	if u.Look.Heading > 0 {
		v.Set("heading", strconv.Itoa(u.Look.Heading))
	}
	for i, means := range u.Look.Columns {
		if said, ok := u.Mapping.Columns[i+1]; ok {
			means = said
		}
		v.Set(columnName(i), means)
	}
	return ui.Form{Values: v}
}

func columnName(i int) string { return "column" + strconv.Itoa(i) }

// importPath is the page of an upload, whatever is to be done with it next.
func importPath(upload civic.ID) string { return "/organisations/import?upload=" + string(upload) }

// columnsPath is the page of an upload where one says what its columns mean.
func columnsPath(upload civic.ID) string { return importPath(upload) + "&columns=1" }

func (s *Service) pageFile(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := s.newImportPage(w, r, f)
	p.Lede = p.T("organisations.import_lede")
	return importFile(p), nil
}

func (s *Service) upload(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	file, header, err := r.FormFile("file")
	if err != nil {
		return web.Next{}, civic.Fail(civic.Invalid, "organisations.file_needed").Because(err)
	}
	data := make([]byte, header.Size) // the route bounds it
	if _, err := io.ReadFull(file, data); err != nil {
		return web.Next{}, err
	}
	id, err := s.SaveUpload(r.Context(), web.Actor(r), header.Filename, data)
	return web.On(importPath(id)), err
}

// uploadOf is the upload that a form of its page is about.
func (s *Service) uploadOf(r *http.Request, f ui.Form) (Upload, error) {
	id, ok := civic.ParseID(f.Value("upload"))
	if !ok {
		return Upload{}, notFound()
	}
	return s.UploadOf(r.Context(), web.Actor(r), id)
}

func (s *Service) pageColumns(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	u, err := s.uploadOf(r, f)
	if err != nil {
		return nil, err
	}
	p := s.newImportPage(w, r, f)
	p.Upload, p.Step, p.Path = &u, 1, importPath(u.ID)
	return importColumns(p), nil
}

func (s *Service) check(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	u, err := s.uploadOf(r, f)
	if err != nil {
		return web.Next{}, err
	}
	m := Mapping{Kind: f.Value("kind"), Source: f.Value("source")}
	if err := readOptions(&m.Options, u.Look, f); err != nil {
		return web.Next{}, err
	}
	if m.Sheet != u.Look.Sheet || m.Heading != u.Look.Heading || m.Encoding != u.Mapping.Encoding {
		return web.On(columnsPath(u.ID)), s.LookAgain(r.Context(), web.Actor(r), u.ID, m)
	}
	m.Columns = map[int]string{}
	for i := range u.Look.Header {
		m.Columns[i+1] = f.Value(columnName(i))
	}
	return web.On(importPath(u.ID)), s.RunUpload(r.Context(), web.Actor(r), u.ID, &m, true)
}

// readOptions takes what the form says of the table. What it does not ask for, such as the sheet of a CSV, stays as found.
func readOptions(o *tables.Options, found tables.Look, f ui.Form) error {
	o.Sheet, o.Encoding, o.Heading = cmp.Or(f.Value("sheet"), found.Sheet), f.Value("encoding"), found.Heading
	if line := f.Value("heading"); line != "" {
		n, err := strconv.Atoi(line)
		if err != nil || n < 1 {
			return civic.Wrong("heading", "organisations.bad_heading")
		}
		o.Heading = n
	}
	return nil
}

func (s *Service) applyUpload(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, ok := civic.ParseID(f.Value("upload"))
	if !ok {
		return web.Next{}, notFound()
	}
	return web.Done(importPath(id), "organisations.import_applied"), s.RunUpload(r.Context(), web.Actor(r), id, nil, false)
}

// sheetOptions are the sheets among which one chooses, encodingOptions the encodings.
func (p importPage) sheetOptions() (out []ui.Option) {
	for _, name := range p.Upload.Look.Sheets {
		out = append(out, ui.Option{Value: name, Label: name})
	}
	return out
}

func (p importPage) encodingOptions() []ui.Option {
	return []ui.Option{{Label: p.T("tables.encoding_found")}, {Value: sheet.UTF8, Label: p.T("tables.encoding_utf8")}, {Value: sheet.Windows1251, Label: p.T("tables.encoding_1251")}}
}

// fieldOptions are what a column can mean.
func fieldOptions(l *i18n.Localizer) []ui.Option {
	out := []ui.Option{{Label: l.T("organisations.column_ignored")}}
	for _, f := range fields {
		out = append(out, ui.Option{Value: string(f), Label: fieldLabel(l, f)})
	}
	return out
}

func (p importPage) sample(column int) string {
	for _, row := range p.Upload.Look.Sample {
		if column < len(row) && row[column] != "" {
			return civic.Shortened(row[column], 80)
		}
	}
	return ""
}

func (p importPage) where(x Problem) string {
	if x.Line == 0 {
		return p.T("organisations.problem_table")
	}
	s := p.T("organisations.problem_line", "Line", strconv.Itoa(x.Line))
	if x.Field != "" {
		s += " · " + fieldLabel(p.L, x.Field)
	} else if x.Column > 0 {
		s += " · " + p.T("organisations.problem_column", "Column", x.Column)
	}
	return s
}
