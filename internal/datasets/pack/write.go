package pack

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// Written says what was written of a dataset.
type Written struct {
	Dataset part.Dataset
	Rows    int64
	Bytes   int64
	SHA256  string // of the canonical CSV, in hexadecimal: its identity
}

// Canonical writes a dataset as canonical CSV. each visits its rows in any order.
func Canonical(w io.Writer, d part.Dataset, zone *time.Location, each func(visit func(part.Row) error) error) (Written, error) {
	fields := Fields(d)
	var key []int
	var types []part.ColumnType
	for _, name := range d.KeyNames() {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		key, types = append(key, i), append(types, fields[i].Type)
	}
	of := make([]string, len(key))
	rows := sorted{most: heldBytes}
	defer rows.close()
	out := Written{Dataset: d}
	var line []byte
	err := each(func(row part.Row) error {
		cells, err := Cells(d, row, zone)
		if err != nil {
			return err
		}
		out.Rows++
		line = appendLine(line[:0], cells)
		for i, at := range key {
			of[i] = cells[at]
		}
		return rows.add(SortKey(of, types), line)
	})
	if err != nil {
		return out, err
	}
	hash := sha256.New()
	put := func(line []byte) error {
		hash.Write(line)
		n, err := w.Write(line)
		out.Bytes += int64(n)
		return err
	}
	if err := put(appendLine(nil, Names(fields))); err != nil {
		return out, err
	}
	if err := rows.each(put); err != nil {
		return out, fmt.Errorf("%s: %w", d.Name, err)
	}
	out.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return out, nil
}

// Package is what a whole package says of itself.
type Package struct {
	Title    civic.Text // of the city
	Homepage string     // the city's address
	Zone     *time.Location
	// Say gives a text in each language.
	Say func(key string) civic.Text
	// ColumnKey is the key of the meaning of a dataset's column.
	ColumnKey func(dataset, column string) string
}

// Descriptor is the name of the file that describes a package.
const Descriptor = "datapackage.json"

// The licence of all datasets: https://creativecommons.org/licenses/by/4.0/.
const (
	LicenceName = "CC-BY-4.0"
	LicencePath = "https://creativecommons.org/licenses/by/4.0/"
)

type descriptor struct {
	Schema       string        `json:"$schema"`
	Name         string        `json:"name"`
	Title        string        `json:"title"`
	Homepage     string        `json:"homepage,omitempty"`
	Licences     []licence     `json:"licenses"`
	Contributors []contributor `json:"contributors"`
	Titles       civic.Text    `json:"birge:title"`
	Zone         string        `json:"birge:timezone"`
	Resources    []resource    `json:"resources"`
}

type licence struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

type contributor struct {
	Title string   `json:"title"`
	Roles []string `json:"roles"`
}

type resource struct {
	Name         string     `json:"name"`
	Type         string     `json:"type"`
	Path         string     `json:"path"`
	Title        string     `json:"title"`
	Description  string     `json:"description"`
	Format       string     `json:"format"`
	Mediatype    string     `json:"mediatype"`
	Encoding     string     `json:"encoding"`
	Bytes        int64      `json:"bytes"`
	Hash         string     `json:"hash"`
	Dialect      dialect    `json:"dialect"`
	Schema       schema     `json:"schema"`
	Rows         int64      `json:"birge:rows"`
	Titles       civic.Text `json:"birge:title"`
	Descriptions civic.Text `json:"birge:description"`
	Protected    civic.Text `json:"birge:protection,omitempty"` // why nothing is kept back
	People       []string   `json:"birge:people,omitempty"`     // fields that count people
}

type dialect struct {
	Schema     string `json:"$schema"`
	Delimiter  string `json:"delimiter"`
	Terminator string `json:"lineTerminator"`
}

type schema struct {
	Schema        string   `json:"$schema"`
	Fields        []field  `json:"fields"`
	PrimaryKey    []string `json:"primaryKey"`
	MissingValues []string `json:"missingValues"`
}

type field struct {
	Name         string       `json:"name"`
	Type         string       `json:"type"`
	Title        string       `json:"title"`
	Format       string       `json:"format,omitempty"`
	Constraints  *constraints `json:"constraints,omitempty"`
	Descriptions civic.Text   `json:"birge:meaning"`
	Unit         string       `json:"birge:unit,omitempty"`
	Lang         civic.Lang   `json:"birge:language,omitempty"`
}

type constraints struct {
	Required bool `json:"required,omitempty"`
}

const profiles = "https://datapackage.org/profiles/2.0/"

// dataPath is where a dataset is within a package.
func dataPath(d part.Dataset) string { return "data/" + d.FileName() + ".csv" }

// Describe writes the descriptor of a package.
func (p Package) Describe(all []Written) ([]byte, error) {
	english := func(t civic.Text) string { s, _ := t.In(civic.English); return s }
	out := descriptor{Schema: profiles + "datapackage.json", Name: "birge-open-data", Title: english(p.Title), Homepage: p.Homepage, Licences: []licence{{LicenceName, LicencePath}},
		Contributors: []contributor{{english(p.Title), []string{"publisher"}}}, Titles: p.Title, Zone: p.Zone.String(), Resources: []resource{}}
	for _, w := range all {
		out.Resources = append(out.Resources, p.resource(w))
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return append(b, '\n'), err
}

func (p Package) resource(w Written) resource {
	d := w.Dataset
	english := func(t civic.Text) string { s, _ := t.In(civic.English); return s }
	title, about := p.Say(part.DatasetKey(d.Name)), p.Say(part.DatasetKey(d.Name)+"_about")
	r := resource{Name: d.FileName(), Type: "table", Path: dataPath(d), Title: english(title), Description: english(about), Format: "csv", Mediatype: "text/csv", Encoding: "utf-8",
		Bytes: w.Bytes, Hash: "sha256:" + w.SHA256, Dialect: dialect{profiles + "tabledialect.json", ",", "\n"}, Rows: w.Rows, Titles: title, Descriptions: about, People: strings.Fields(d.Suppression.People),
		Schema: schema{Schema: profiles + "tableschema.json", PrimaryKey: d.KeyNames(), MissingValues: []string{""}}}
	if d.Suppression.None != "" {
		r.Protected = p.Say(d.Suppression.None)
	}
	for _, f := range Fields(d) {
		meaning := p.Say(p.ColumnKey(d.Name, f.Of))
		of := field{Name: f.Name, Type: string(f.Type), Title: english(meaning), Descriptions: meaning, Unit: string(f.Unit), Lang: f.Lang}
		if f.Required {
			of.Constraints = &constraints{Required: true}
		}
		r.Schema.Fields = append(r.Schema.Fields, of)
	}
	return r
}

// Sink is where the files of a package go, one after another.
type Sink interface {
	// Create begins a file, by its path within the package. The one before it is complete.
	Create(path string) (io.Writer, error)
	Close() error
}

// Folder is a folder that takes the files; it is made where it is not there.
func Folder(dir string) Sink { return &folder{dir: dir} }

type folder struct {
	dir  string
	last *os.File
}

func (f *folder) Create(path string) (w io.Writer, err error) {
	if err := f.Close(); err != nil {
		return nil, err
	}
	path = filepath.Join(f.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f.last, err = os.Create(path)
	return f.last, err
}

func (f *folder) Close() error {
	if f.last == nil {
		return nil
	}
	err := f.last.Close()
	f.last = nil
	return err
}

// Zip is a file in the ZIP format that takes them. The same files make the same bytes.
func Zip(w io.Writer) Sink { return zipped{zip.NewWriter(w)} }

type zipped struct{ *zip.Writer }

func (z zipped) Create(path string) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate}) // without a time
}
