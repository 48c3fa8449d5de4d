package demo

import (
	"cmp"
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/indicators"
)

// numbersAreRecomputed downloads the city, computes every indicator from the download alone, and compares with what the city publishes.
func numbersAreRecomputed(t *testing.T, a *app.App) {
	s := app.Service[*indicators.Service](a)
	if err := a.Datasets.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Compute(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := a.Datasets.Export(t.Context(), pack.Folder(dir), nil); err != nil {
		t.Fatal(err)
	}
	download, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer download.Close()
	again, lacks, err := indicators.Recompute(download)
	if err != nil || len(lacks) > 0 {
		t.Fatalf("the download lacks %v, %v", lacks, err)
	}
	all, err := indicators.All()
	if err != nil {
		t.Fatal(err)
	}
	published := map[string][]indicators.Value{}
	if err := s.Walk(t.Context(), func(v indicators.Value) error {
		published[v.Indicator] = append(published[v.Indicator], v)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, d := range all {
		// In no month of the demonstration do so many people help in one district that their hours are told.
		if len(published[d.ID]) == 0 && d.ID != "volunteer_hours" {
			t.Errorf("the demonstration has no value of %s", d.ID)
		}
		slices.SortFunc(again[d.ID], func(x, y indicators.Value) int {
			return cmp.Or(cmp.Compare(x.District, y.District), cmp.Compare(x.Period, y.Period))
		})
		if !slices.EqualFunc(published[d.ID], again[d.ID], func(x, y indicators.Value) bool {
			return x.Period == y.Period && x.District == y.District && x.Written() == y.Written() && x.Few == y.Few && x.Part == y.Part && x.Of == y.Of && x.Low == y.Low && x.High == y.High
		}) {
			t.Errorf("%s: published %v, recomputed %v", d.ID, published[d.ID], again[d.ID])
		}
		for _, v := range published[d.ID] {
			if v.Number != nil {
				told++
			}
		}
	}
	if told < 100 {
		t.Errorf("only %d numbers", told)
	}
}
