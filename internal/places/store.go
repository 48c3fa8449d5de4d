package places

import (
	"encoding/json"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Topic is touched when outlines change.
const Topic = "places"

func loadOutlines(tx *storage.Tx) (Outlines, error) {
	rows, err := storage.All(tx, storage.Into(func(r *[2]string) []any { return []any{&r[0], &r[1]} }),
		"SELECT district, shape FROM places_outline ORDER BY district")
	var out Outlines
	for _, r := range rows {
		o := Outline{District: r[0]}
		if err := json.Unmarshal([]byte(r[1]), &o.Shape); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, err
}

func saveOutlines(tx *storage.Tx, outlines Outlines) error {
	tx.Touch(Topic)
	if _, err := tx.Exec("DELETE FROM places_outline"); err != nil {
		return err
	}
	for _, o := range outlines {
		shape, err := json.Marshal(o.Shape)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO places_outline (district, shape) VALUES ($1, $2)", o.District, string(shape)); err != nil {
			return err
		}
	}
	return nil
}
