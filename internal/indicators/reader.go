package indicators

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/indicators/formula"
	"github.com/birge-kz/birge/internal/part"
)

// reader reads the last versions of the city's datasets as tables of formulas, which are what strangers download, and notes what it read.
type reader struct {
	s    *Service
	ctx  context.Context
	of   map[string]datasets.Version // found already: all formulas read the same version of a table
	read map[string]*Input
}

func (s *Service) reader(ctx context.Context) *reader {
	return &reader{s, ctx, map[string]datasets.Version{}, map[string]*Input{}}
}

func (r *reader) open(name string) (formula.Table, error) {
	all := r.s.city.Declared.Datasets()
	i := slices.IndexFunc(all, func(d part.Dataset) bool { return d.FileName() == name })
	if i < 0 {
		return formula.Table{}, &formula.Error{Code: formula.NoTable, What: name}
	}
	v, there := r.of[name]
	if !there {
		var err error
		if v, err = r.s.city.Datasets.Version(r.ctx, all[i], 0); civic.CodeOf(err) == civic.NotFound {
			return formula.Table{}, &formula.Error{Code: formula.NoTable, What: name}
		} else if err != nil {
			return formula.Table{}, err
		}
		r.of[name] = v
	}
	return tableOf(name, v.Definition.Columns(), func(visit func([]string) error) error {
		r.read[name] = &Input{Table: name, Rows: v.Rows, SHA256: v.SHA256}
		return r.s.city.Datasets.Content(r.ctx, v, datasets.Filter{}, visit)
	}), nil
}

func tableOf(name string, columns []pack.TableColumn, rows func(visit func([]string) error) error) formula.Table {
	t := formula.Table{Name: name, Rows: rows}
	for _, c := range columns {
		t.Columns = append(t.Columns, formula.Column{Name: c.Name, Type: formula.Type(c.Type)})
	}
	return t
}

// Recompute computes all indicators from a download alone: the values by indicator, and what the download lacks.
func Recompute(download *pack.Opened) (values map[string][]Value, lacks map[string]string, err error) {
	all, err := All()
	if err != nil {
		return nil, nil, err
	}
	return Compute(all, func(name string) (formula.Table, error) {
		t, there := download.Table(name)
		if !there {
			return formula.Table{}, &formula.Error{Code: formula.NoTable, What: name}
		}
		return tableOf(name, t.Columns, t.Rows), nil
	}, download.Zone)
}
