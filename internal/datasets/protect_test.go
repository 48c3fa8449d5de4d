package datasets

import (
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/part"
)

// Up to seven people are not told, nor what they did; more are told to the nearest five, and their sums to the nearest 300.
func TestProtect(t *testing.T) {
	counted := part.Dataset{Name: "shop.hours", Suppression: part.Suppression{People: "people", Sums: "minutes"},
		Columns: slices.Concat(part.Required(part.String, "area"), part.Optional(part.Integer, "people minutes"))}
	for name, tc := range map[string]struct{ row, want part.Row }{
		"few":            {part.Row{"a", int64(7), int64(900)}, part.Row{"a", nil, nil}},
		"eight":          {part.Row{"a", int64(8), int64(449)}, part.Row{"a", int64(10), int64(300)}},
		"twelve":         {part.Row{"a", int64(12), int64(450)}, part.Row{"a", int64(10), int64(600)}},
		"thirteen":       {part.Row{"a", int64(13), int64(149)}, part.Row{"a", int64(15), int64(0)}},
		"nobody counted": {part.Row{"a", nil, int64(900)}, part.Row{"a", nil, nil}},
	} {
		if got, err := Protect(counted, tc.row); err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v %v, want %v", name, got, err, tc.want)
		}
	}
	if _, err := Protect(counted, part.Row{"a", int64(9), int64(-1)}); err == nil {
		t.Error("a sum below zero is told")
	}
	open := part.Dataset{Name: "shop.wares", Suppression: part.OpenThings, Columns: part.Measured(part.UnitPeople, "people")}
	if got, err := Protect(open, part.Row{int64(3)}); err != nil || got[0] != int64(3) {
		t.Errorf("what is open: %v %v", got, err)
	}
}
