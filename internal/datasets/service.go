// Package datasets gives away what the city has published, as tables: every part declares its own (part.Dataset), and from the
// declarations come the files, the package of the whole city, the pages and the versions. See README.md.
package datasets

import (
	"context"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	// Kind is a dataset in a civic.Ref; its ID is the dataset's name in files.
	Kind  = "datasets.dataset"
	topic = "datasets" // of cached pages that show versions
	root  = "/datasets"
)

// Ref names a dataset as a thing.
func Ref(name string) civic.Ref {
	return civic.Ref{Kind: Kind, ID: civic.ID(part.Dataset{Name: name}.FileName())}
}

// Path is the page of a dataset by its name in files.
func Path(file string) string { return root + "/" + file }

// Path is the page of a version.
func (v Version) Path() string {
	return Path(part.Dataset{Name: v.Dataset}.FileName()) + "/v/" + strconv.FormatInt(v.Number, 10)
}

// Service makes datasets. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	catalog  *i18n.Catalog
	declared *part.Declared
	notices  *notifications.Service
	origin   string // of the city's address
	then     []func(tx *storage.Tx) error
}

// Then has something done whenever versions were looked for, be there new ones or not, in a transaction of its own. It is for when the
// program is composed: what is computed from versions is computed after them.
func (s *Service) Then(do func(tx *storage.Tx) error) { s.then = append(s.then, do) }

// New makes the service.
func New(db *storage.DB, settings *city.Service, catalog *i18n.Catalog, declared *part.Declared, notices *notifications.Service, origin string) *Service {
	return &Service{db: db, city: settings, catalog: catalog, declared: declared, notices: notices, origin: origin}
}

// Export writes all datasets of the city into a sink, and closes it: the same city gives the same bytes. told is called with how many
// of how many are written, and may be nil.
func (s *Service) Export(ctx context.Context, to pack.Sink, told func(done, whole int64)) ([]pack.Written, error) {
	all := s.declared.Datasets()
	var out []pack.Written
	for i, d := range all {
		w, err := to.Create("data/" + d.FileName() + ".csv")
		if err != nil {
			return nil, err
		}
		one, err := pack.Canonical(w, d, s.city.Zone(), func(visit func(part.Row) error) error { return s.Each(ctx, d, visit) })
		if err != nil {
			return nil, err
		}
		if out = append(out, one); told != nil {
			told(int64(i+1), int64(len(all)))
		}
	}
	described, err := s.about().Describe(out)
	if err != nil {
		return nil, err
	}
	w, err := to.Create(pack.Descriptor)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(described); err != nil {
		return nil, err
	}
	return out, to.Close()
}

// Each visits the rows of a dataset as everybody may see them, in one transaction, so that they belong together.
func (s *Service) Each(ctx context.Context, d part.Dataset, visit func(part.Row) error) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		return storage.Walk(func(after string) ([]part.Row, string, error) { return d.Rows(tx, s.city.Zone(), after) },
			func(row part.Row) error {
				row, err := Protect(d, row)
				if err != nil {
					return err
				}
				return visit(row)
			})
	})
}

func (s *Service) about() pack.Package {
	return pack.Package{Title: s.city.Current().Name, Homepage: s.origin, Zone: s.city.Zone(), Say: func(key string) civic.Text { return s.catalog.Everywhere(key) }, ColumnKey: s.declared.ColumnKey}
}

// find is a declared dataset by its name in files.
func (s *Service) find(file string) (part.Dataset, error) {
	for _, d := range s.declared.Datasets() {
		if d.FileName() == file {
			return d, nil
		}
	}
	return part.Dataset{}, civic.Fail(civic.NotFound, "datasets.not_there")
}

// Latest is the last version of each dataset.
func (s *Service) Latest(ctx context.Context) (out []Version, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { out, err = latest(tx); return err })
	return out, err
}

// Version is one version; 0: the last one.
func (s *Service) Version(ctx context.Context, d part.Dataset, number int64) (v Version, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if number > 0 {
			v, err = find(tx, d.Name, number)
			return err
		}
		var there bool
		if v, there, err = latestOf(tx, d.Name); err == nil && !there {
			err = civic.Fail(civic.NotFound, "datasets.no_version")
		}
		return err
	})
	return v, err
}

// Content visits the rows of a version that a filter lets through.
func (s *Service) Content(ctx context.Context, v Version, f Filter, visit func(row []string) error) error {
	r := s.content(ctx, v)
	defer r.Close()
	at := v.Definition.Index(f.Column)
	return pack.ReadCanonical(r, v.Definition.Columns(), func(row []string) error {
		if f.Column != "" && (at < 0 || row[at] != f.Value) {
			return nil
		}
		return visit(row)
	})
}

// Filter lets rows through in which a column has a value; without a column, all.
type Filter struct{ Column, Value string }

// titles is the part.Resolver of datasets, which are all public.
func titles(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		owner, rest, _ := strings.Cut(string(id), "_")
		out[id] = part.Resolved{Path: Path(string(id)), Phrase: part.DatasetKey(owner + "." + rest)}
	}
	return out, nil
}
