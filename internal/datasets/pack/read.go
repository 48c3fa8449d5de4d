package pack

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// Opened is a package that somebody downloaded: a folder, or a file in the ZIP format.
type Opened struct {
	Zone   *time.Location // of the city: days are its days
	Tables []Table
	files  fs.FS
	close  func() error
}

// Table is one of its tables.
type Table struct {
	Name    string
	SHA256  string
	Columns []TableColumn
	path    string
	in      fs.FS
}

// TableColumn is a column with its type by the names of Frictionless Table Schema.
type TableColumn struct{ Name, Type string }

// The bounds of what is read.
const (
	mostDescriptor = 8 << 20
	mostTables     = 1000
	mostColumns    = 1000
)

// ErrNoPackage is the answer to what is neither a folder nor a file with a package in it.
var ErrNoPackage = errors.New("pack: no data package is there")

// Open opens a package. The caller closes it.
func Open(name string) (*Opened, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	o := &Opened{files: os.DirFS(name), close: func() error { return nil }}
	if !info.IsDir() {
		z, err := zip.OpenReader(name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoPackage, err)
		}
		o.files, o.close = z, z.Close
	}
	if err := o.describe(); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// Close lets go of its files.
func (o *Opened) Close() error { return o.close() }

// Table finds one by its name.
func (o *Opened) Table(name string) (Table, bool) {
	i := slices.IndexFunc(o.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return Table{}, false
	}
	return o.Tables[i], true
}

func (o *Opened) describe() error {
	f, err := o.files.Open(Descriptor)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoPackage, err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, mostDescriptor+1))
	if err != nil {
		return err
	}
	var d descriptor
	if err := json.Unmarshal(raw, &d); err != nil || len(raw) > mostDescriptor || len(d.Resources) > mostTables {
		return fmt.Errorf("%w: %s cannot be read", ErrNoPackage, Descriptor)
	}
	if o.Zone, err = time.LoadLocation(d.Zone); err != nil {
		return fmt.Errorf("%w: the time zone %q", ErrNoPackage, d.Zone)
	}
	for _, r := range d.Resources {
		if !fs.ValidPath(r.Path) || path.Ext(r.Path) != ".csv" || len(r.Schema.Fields) > mostColumns {
			return fmt.Errorf("%w: the table %q", ErrNoPackage, r.Name)
		}
		t := Table{Name: r.Name, SHA256: strings.TrimPrefix(r.Hash, "sha256:"), path: r.Path, in: o.files}
		for _, f := range r.Schema.Fields {
			t.Columns = append(t.Columns, TableColumn{f.Name, f.Type})
		}
		o.Tables = append(o.Tables, t)
	}
	return nil
}

// Rows visits the rows. A row is only valid until visit returns. The last error says whether the file is not the one that the
// package describes: whoever computed from it throws that away.
func (t Table) Rows(visit func(cells []string) error) error {
	f, err := t.in.Open(t.path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	read := io.TeeReader(f, sum)
	if err := ReadCanonical(read, t.Columns, visit); err != nil {
		return fmt.Errorf("%s: %w", t.Name, err)
	}
	return t.check(sum)
}

func (t Table) check(sum hash.Hash) error {
	if found := hex.EncodeToString(sum.Sum(nil)); found != t.SHA256 {
		return fmt.Errorf("%s is not the file that %s describes: sha256 %s, not %s", t.path, Descriptor, found, t.SHA256)
	}
	return nil
}

// ReadCanonical visits the rows of canonical CSV, whose header must name the columns.
func ReadCanonical(r io.Reader, columns []TableColumn, visit func(cells []string) error) error {
	c := csv.NewReader(r)
	c.ReuseRecord, c.FieldsPerRecord = true, len(columns)
	header, err := c.Read()
	if err != nil {
		return err
	}
	for i, name := range header {
		if name != columns[i].Name {
			return fmt.Errorf("the column %d is %q, not %q", i+1, name, columns[i].Name)
		}
	}
	for {
		cells, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := visit(cells); err != nil {
			return err
		}
	}
}
