package indicators

import (
	"context"
	"io"
	"slices"

	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/indicators/formula"
	"github.com/birge-kz/birge/internal/part"
)

// reader reads the city's datasets as tables of formulas, exactly as their files have them, and notes what it read.
type reader struct {
	s    *Service
	ctx  context.Context
	read map[string]*Input
}

func (s *Service) reader(ctx context.Context) *reader { return &reader{s, ctx, map[string]*Input{}} }

func (r *reader) open(name string) (formula.Table, error) {
	all := r.s.city.Declared.Datasets()
	i := slices.IndexFunc(all, func(d part.Dataset) bool { return d.FileName() == name })
	if i < 0 {
		return formula.Table{}, &formula.Error{Code: formula.NoTable, What: name}
	}
	var columns []pack.TableColumn
	for _, f := range pack.Fields(all[i]) {
		columns = append(columns, pack.TableColumn{Name: f.Name, Type: string(f.Type)})
	}
	return tableOf(name, columns, func(visit func([]string) error) error { return r.rows(all[i], columns, visit) }), nil
}

// rows writes the canonical file of a dataset and reads it at the other end, so that what formulas see is what strangers download.
func (r *reader) rows(d part.Dataset, columns []pack.TableColumn, visit func([]string) error) error {
	from, to := io.Pipe()
	written := make(chan pack.Written, 1)
	go func() {
		w, err := pack.Canonical(to, d, r.s.city.Settings.Zone(), func(visit func(part.Row) error) error { return r.s.city.Datasets.Each(r.ctx, d, visit) })
		written <- w
		to.CloseWithError(err)
	}()
	err := pack.ReadCanonical(from, columns, visit)
	from.CloseWithError(err) // whoever writes still is told to stop
	w := <-written
	r.read[d.FileName()] = &Input{Table: d.FileName(), Rows: w.Rows, SHA256: w.SHA256}
	return err
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
