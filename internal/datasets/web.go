package datasets

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	onePattern     = root + "/{name}"
	versionPattern = onePattern + "/v/{number}"
	dataPattern    = versionPattern + "/data"
)

// narrowing names the filters that files know too.
var narrowing = []string{"column", "value"}

func (s *Service) routes() []web.Route {
	kept := func(*http.Request) []string { return []string{topic, city.Topic} } // files name the city too
	const long = 10 * time.Minute
	return append([]web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.showList, Topics: kept},
		{Method: "GET", Pattern: onePattern, Query: []string{"before"}, Access: web.Everyone, Handler: s.showOne, Topics: kept},
		{Method: "GET", Pattern: versionPattern, Query: []string{"column", "value", "after"}, Access: web.Everyone, Handler: s.showVersion, Topics: kept, Heavy: true},
		{Method: "GET", Pattern: onePattern + "/latest", Access: web.Everyone, Plain: true, Open: true, Handler: s.latestVersion},
		{Method: "GET", Pattern: versionPattern + "/canonical.csv", Access: web.Everyone, Plain: true, Open: true, Heavy: true, Timeout: long, Handler: s.getCanonical},
		{Method: "GET", Pattern: dataPattern + ".json", Query: narrowing, Access: web.Everyone, Plain: true, Open: true, Heavy: true, Timeout: long, Handler: s.getJSON},
		{Method: "GET", Pattern: root + "/city.zip", Access: web.Everyone, Plain: true, Open: true, Heavy: true, Timeout: long, Handler: s.getCity},
		{Method: "GET", Pattern: root + "/datapackage.json", Access: web.Everyone, Plain: true, Open: true, Topics: kept, Handler: s.getPackage},
		{Method: "GET", Pattern: root + "/catalog.jsonld", Access: web.Everyone, Plain: true, Open: true, Topics: kept, Handler: s.getCatalog},
	}, web.Tables(web.Route{Pattern: dataPattern, Query: narrowing, Open: true, Access: web.Everyone}, s.getTable)...)
}

// asked is the dataset and the version that an address names.
func (s *Service) asked(r *http.Request) (d part.Dataset, v Version, err error) {
	if d, err = s.find(r.PathValue("name")); err != nil {
		return d, v, err
	}
	var number int64
	if text := r.PathValue("number"); text != "" {
		if number, err = strconv.ParseInt(text, 10, 64); err != nil || number < 1 || strconv.FormatInt(number, 10) != text {
			return d, v, civic.Fail(civic.NotFound, "datasets.no_version")
		}
	}
	v, err = s.Version(r.Context(), d, number)
	return d, v, err
}

// filterOf is what an address narrows a version to. Errors: civic.Invalid for a column that the version does not have.
func filterOf(r *http.Request, v Version) (Filter, error) {
	q := r.URL.Query()
	f := Filter{q.Get("column"), strings.TrimSpace(q.Get("value"))}
	if f.Column != "" && v.Definition.Index(f.Column) < 0 {
		return f, civic.Fail(civic.Invalid, "datasets.no_column")
	}
	return f, nil
}

// entry is a dataset with its last version.
type entry struct {
	Dataset part.Dataset
	Version
}

// Called is its name for readers.
func (e entry) Called(p ui.Page) string { return p.T(part.DatasetKey(e.Dataset.Name)) }

type listPage struct {
	ui.Page
	All    []entry
	Rows   int64
	Bytes  int64 // of the city's file
	MadeAt time.Time
}

func (s *Service) entries(r *http.Request) (out []entry, err error) {
	versions, err := s.Latest(r.Context())
	if err != nil {
		return nil, err
	}
	by := map[string]Version{}
	for _, v := range versions {
		by[v.Dataset] = v
	}
	for _, d := range s.declared.Datasets() {
		if v, there := by[d.Name]; there {
			out = append(out, entry{d, v})
		}
	}
	return out, nil
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	l := web.L(r)
	p := listPage{Page: web.NewPage(w, r, l.T("datasets.title"))}
	p.Lede = l.T("datasets.lede")
	if p.All, err = s.entries(r); err != nil {
		return err
	}
	for _, e := range p.All {
		p.Rows, p.Bytes = p.Rows+e.Rows, p.Bytes+e.Packed
		if e.MadeAt.After(p.MadeAt) {
			p.MadeAt = e.MadeAt
		}
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

// versionsAtOnce is how many versions a page lists.
const versionsAtOnce = 20

type onePage struct {
	ui.Page
	entry
	Versions []Version
	NextTo   string
	Meanings []meaning
	Address  string
	City     civic.Text
}

// meaning is a column in words.
type meaning struct {
	Column
	Text string
	Key  bool
}

func (s *Service) meanings(p ui.Page, d part.Dataset, of Definition) (out []meaning) {
	for _, f := range of.Fields {
		m := meaning{Column: f}
		if key := s.declared.ColumnKey(d.Name, f.Of); p.L.Has(key) {
			m.Text = p.T(key)
		}
		for _, k := range of.Key {
			m.Key = m.Key || k == f.Name
		}
		out = append(out, m)
	}
	return out
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, d part.Dataset, v Version) onePage {
	l := web.L(r)
	p := onePage{Page: web.NewPage(w, r, l.T(part.DatasetKey(d.Name))), entry: entry{d, v}, City: s.city.Current().Name}
	p.Lede = l.T(part.DatasetKey(d.Name) + "_about")
	p.Crumbs = []ui.Link{{Text: l.T("datasets.title"), Path: root}}
	p.Address = web.Origin(r) + v.Path()
	p.Meanings = s.meanings(p.Page, d, v.Definition)
	return p
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	d, v, err := s.asked(r)
	if err != nil {
		return err
	}
	p := s.page(w, r, d, v)
	below, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		p.Versions, err = versionsOf(tx, d.Name, max(below, 0), versionsAtOnce+1)
		return err
	})
	if err != nil {
		return err
	}
	var last *Version
	if p.Versions, last = storage.Page(p.Versions, versionsAtOnce); last != nil {
		p.NextTo = p.With("before", strconv.FormatInt(last.Number, 10))
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// rowsAtOnce is how many rows a page shows.
const rowsAtOnce = 10

type versionPage struct {
	onePage
	Form   ui.Form
	Filter Filter
	Shown  [][]string
	Found  int64 // rows that the filter lets through
	After  int64
	NextTo string
	Query  string // of the filter, for the files
}

func (s *Service) showVersion(w http.ResponseWriter, r *http.Request) error {
	d, v, err := s.asked(r)
	if err != nil {
		return err
	}
	p := versionPage{onePage: s.page(w, r, d, v)}
	if p.Filter, err = filterOf(r, v); err != nil {
		return err
	}
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.Title, Path: Path(d.FileName())})
	p.Heading = civic.Say("datasets.version_title", "Title", s.catalog.Everywhere(part.DatasetKey(d.Name)), "Version", v.Label.String())
	p.Form.Values = r.URL.Query()
	if p.Filter.Column != "" {
		p.Query = "?" + url.Values{"column": {p.Filter.Column}, "value": {p.Filter.Value}}.Encode()
	}
	p.After, _ = strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	p.After = max(p.After, 0)
	err = s.Content(r.Context(), v, p.Filter, func(row []string) error {
		if p.Found++; p.Found > p.After && len(p.Shown) < rowsAtOnce {
			p.Shown = append(p.Shown, append([]string{}, row...))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if next := p.After + rowsAtOnce; next < p.Found {
		p.NextTo = p.With("after", strconv.FormatInt(next, 10))
	}
	return web.Render(w, r, http.StatusOK, versionView(p))
}

func (s *Service) latestVersion(w http.ResponseWriter, r *http.Request) error {
	_, v, err := s.asked(r)
	if err != nil {
		return err
	}
	http.Redirect(w, r, v.Path(), http.StatusTemporaryRedirect)
	return nil
}

// fileName is what a file of a version is called.
func fileName(v Version, ending string) string {
	return fmt.Sprintf("%s-v%d%s", part.Dataset{Name: v.Dataset}.FileName(), v.Number, ending)
}

// forEver says that an answer is never another one. It reports whether whoever asks has it already, and is told so.
func forEver(w http.ResponseWriter, r *http.Request, v Version) (has bool) {
	etag := `"` + v.SHA256 + `"`
	w.Header().Set("Cache-Control", web.Immutable)
	w.Header().Set("ETag", etag)
	if has = strings.Contains(r.Header.Get("If-None-Match"), etag); has {
		w.WriteHeader(http.StatusNotModified)
	}
	return has
}

func (s *Service) getCanonical(w http.ResponseWriter, r *http.Request) error {
	_, v, err := s.asked(r)
	if err != nil {
		return err
	}
	if forEver(w, r, v) {
		return nil
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName(v, ".csv")+`"`)
	w.Header().Set("Content-Length", strconv.FormatInt(v.Bytes, 10))
	content := s.content(r.Context(), v)
	defer content.Close()
	if _, err := io.Copy(w, content); err != nil {
		web.Log(r).Debug("the reader went away", "error", err)
	}
	return nil
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		_, v, err := s.asked(r)
		if err != nil {
			return err
		}
		filter, err := filterOf(r, v)
		if err != nil {
			return err
		}
		var head []string
		for _, f := range v.Definition.Fields {
			head = append(head, f.Name)
		}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "data", File: fileName(v, string(form)), Head: head, Rows: func(write func([]string) error) error {
			return s.Content(r.Context(), v, filter, write)
		}})
	}
}

// getJSON answers with rows as objects, each value as its column's type says.
func (s *Service) getJSON(w http.ResponseWriter, r *http.Request) error {
	_, v, err := s.asked(r)
	if err != nil {
		return err
	}
	filter, err := filterOf(r, v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName(v, ".json")+`"`)
	to, separator := bufio.NewWriter(w), "[\n"
	var b bytes.Buffer
	err = s.Content(r.Context(), v, filter, func(row []string) error {
		b.Reset()
		b.WriteString(separator)
		separator = ",\n"
		if err := appendObject(&b, v.Definition, row); err != nil {
			return err
		}
		_, err := to.Write(b.Bytes())
		return err
	})
	if separator == "[\n" {
		_, _ = to.WriteString("[") // its error is Flush's too
	}
	if err == nil {
		_, _ = to.WriteString("\n]\n")
	}
	if err = errors.Join(err, to.Flush()); err != nil { // the answer has begun: the file is not whole, and programs see that
		web.Log(r).Debug("the reader went away", "error", err)
	}
	return nil
}

func appendObject(b *bytes.Buffer, d Definition, row []string) error {
	for i, f := range d.Fields {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		value := []byte(row[i]) // numbers, true and false are written in JSON as they are in canonical CSV
		var err error
		switch {
		case row[i] == "":
			value = []byte("null")
		case f.Type != part.Integer && f.Type != part.Decimal && f.Type != part.Boolean:
			value, err = json.Marshal(row[i])
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "%q:%s", f.Name, value)
	}
	b.WriteByte('}')
	return nil
}

// written is what a package says of the last versions.
func (s *Service) written(r *http.Request) (out []pack.Written, all []entry, err error) {
	all, err = s.entries(r)
	for _, e := range all {
		out = append(out, pack.Written{Dataset: e.Dataset, Rows: e.Rows, Bytes: e.Bytes, SHA256: e.SHA256})
	}
	return out, all, err
}

func (s *Service) getPackage(w http.ResponseWriter, r *http.Request) error {
	all, _, err := s.written(r)
	if err != nil {
		return err
	}
	b, err := s.about().Describe(all)
	if err != nil {
		return err
	}
	return web.Write(w, r, "application/json", b)
}

// getCity answers with the whole city as one file. What is deflated already is copied as it is.
func (s *Service) getCity(w http.ResponseWriter, r *http.Request) error {
	written, all, err := s.written(r)
	if err != nil {
		return err
	}
	described, err := s.about().Describe(written)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="city.zip"`)
	z := zip.NewWriter(w)
	for _, e := range all {
		var to io.Writer
		to, err = z.CreateRaw(&zip.FileHeader{Name: "data/" + e.Dataset.FileName() + ".csv", Method: zip.Deflate, CRC32: e.CRC, CompressedSize64: uint64(e.Packed), UncompressedSize64: uint64(e.Bytes)})
		if err == nil {
			_, err = io.Copy(to, s.packed(r.Context(), e.Version))
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		var to io.Writer
		if to, err = z.CreateHeader(&zip.FileHeader{Name: pack.Descriptor, Method: zip.Deflate}); err == nil {
			_, err = to.Write(described)
		}
	}
	if err = errors.Join(err, z.Close()); err != nil { // the answer has begun: the file is not whole, and programs see that
		web.Log(r).Debug("the reader went away", "error", err)
	}
	return nil
}

func (s *Service) getCatalog(w http.ResponseWriter, r *http.Request) error {
	all, err := s.entries(r)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(s.catalog3(strings.TrimSuffix(web.Origin(r), "/"), all), "", "  ")
	if err != nil {
		return err
	}
	return web.Write(w, r, "application/ld+json", append(b, '\n'))
}
