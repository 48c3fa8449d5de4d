package organisations

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
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
	p.Section, p.NoIndex, p.Crumbs = section, true, s.crumbs(l)
	return p
}

// pageImport asks for the file, shows what its columns seem to mean, then what was found in
// it; which, the upload in the address and its state say.
func (s *Service) pageImport(w http.ResponseWriter, r *http.Request) error {
	p := s.newImportPage(w, r, ui.Form{Values: url.Values{}})
	text := r.URL.Query().Get("upload")
	if text == "" {
		p.Lede = p.T("organisations.import_lede")
		return web.Render(w, r, http.StatusOK, importFile(p))
	}
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
	v := url.Values{"kind": {u.Mapping.Kind}, "source": {u.Mapping.Source}}
	if v.Get("kind") == "" {
		v.Set("kind", NGO)
	}
	if u.Mapping.Windows1251 {
		v.Set("windows1251", "yes")
	}
	for i, f := range u.Mapping.Columns {
		v.Set(columnName(i), string(f))
	}
	return ui.Form{Values: v}
}

func columnName(i int) string { return "column" + strconv.Itoa(i) }

func (s *Service) postUpload(w http.ResponseWriter, r *http.Request) error {
	name, data, err := readFile(r)
	var id civic.ID
	if err == nil {
		id, err = s.SaveUpload(r.Context(), web.Actor(r), name, data)
	}
	if err != nil {
		return web.Again(w, r, err, ui.Form{Values: url.Values{}}, func(f ui.Form) (templ.Component, error) {
			for i := range f.Problems {
				f.Problems[i].Field = "file"
			}
			return importFile(s.newImportPage(w, r, f)), nil
		})
	}
	return web.See(w, r, "/organisations/import?upload="+string(id), "", "")
}

// readFile takes the one file of a multipart form. The route bounds the body.
func readFile(r *http.Request) (name string, data []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, civic.Fail(civic.Invalid, "organisations.file_needed").Because(err)
	}
	for {
		part, err := parts.NextPart()
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			return "", nil, civic.Fail(civic.TooLarge, "web.too_large", "Limit", fmt.Sprintf("%d MiB", maxUpload>>20)).Because(err)
		case err != nil:
			return "", nil, civic.Fail(civic.Invalid, "organisations.file_needed").Because(err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(part, maxUpload+1))
		if errors.As(err, &tooLarge) || len(data) > maxUpload {
			return "", nil, civic.Fail(civic.TooLarge, "web.too_large", "Limit", fmt.Sprintf("%d MiB", maxUpload>>20)).Because(err)
		}
		return part.FileName(), data, err
	}
}

func (s *Service) postCheck(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, ok := civic.ParseID(f.Value("upload"))
	if !ok {
		return notFound()
	}
	u, err := s.UploadOf(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	m := Mapping{Kind: f.Value("kind"), Source: f.Value("source"), Windows1251: f.Value("windows1251") == "yes", Columns: make([]Field, len(u.Header))}
	for i := range m.Columns {
		m.Columns[i] = Field(f.Value(columnName(i)))
	}
	if err := s.RunUpload(r.Context(), web.Actor(r), id, &m, true); err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) {
			p := s.newImportPage(w, r, f)
			p.Upload, p.Step = &u, 1
			return importColumns(p), nil
		})
	}
	return web.See(w, r, "/organisations/import?upload="+string(id), "", "")
}

func (s *Service) postApply(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, ok := civic.ParseID(f.Value("upload"))
	if !ok {
		return notFound()
	}
	if err := s.RunUpload(r.Context(), web.Actor(r), id, nil, false); err != nil {
		return err
	}
	return web.See(w, r, "/organisations/import?upload="+string(id), ui.Good, "organisations.import_applied")
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
	for _, row := range p.Upload.Sample {
		if column < len(row) && row[column] != "" {
			return cut(row[column], 80)
		}
	}
	return ""
}

func (p importPage) where(x Problem) string {
	s := p.T("organisations.problem_line", "Line", strconv.Itoa(x.Line))
	if x.Field != "" {
		s += " · " + fieldLabel(p.L, x.Field)
	} else if x.Column > 0 {
		s += " · " + p.T("organisations.problem_column", "Column", x.Column)
	}
	return s
}
