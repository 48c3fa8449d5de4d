// Package datasets gives away what the city has published, as tables: every part declares its own (part.Dataset), and from the
// declarations come the files, the package of the whole city, the pages and the versions. See README.md.
package datasets

import (
	"context"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Service makes datasets. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	catalog  *i18n.Catalog
	declared *part.Declared
	origin   string // of the city's address
}

// New makes the service.
func New(db *storage.DB, settings *city.Service, catalog *i18n.Catalog, declared *part.Declared, origin string) *Service {
	return &Service{db: db, city: settings, catalog: catalog, declared: declared, origin: origin}
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
