package city

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Topic is touched by every change of the settings; all pages depend on it.
const Topic = "city"

func load(tx *storage.Tx, zone *time.Location, known map[string]civic.Day) (*Settings, error) {
	s, err := loadKept(tx)
	if err != nil {
		return nil, err
	}
	s.Calendar = civic.Calendar{Zone: zone, Days: maps.Clone(known)}
	if s.Districts, err = loadDistricts(tx); err != nil {
		return nil, err
	}
	days, err := loadDays(tx)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		s.Calendar.Days[d.Date] = d.inCalendar()
	}
	s.values, err = loadValues(tx)
	return s, err
}

// loadKept reads what the city says of itself in single values: its name, its languages.
func loadKept(tx *storage.Tx) (*Settings, error) {
	s := &Settings{Name: civic.Text{}, Languages: civic.Languages()}
	kept, err := storage.Map[string, string](tx, "SELECT key, value FROM city_setting")
	if err != nil {
		return nil, err
	}
	for key, into := range map[string]any{"name": &s.Name, "languages": &s.Languages, "ready": &s.Ready, "demo": &s.Demo} {
		if value, set := kept[key]; set {
			if err := json.Unmarshal([]byte(value), into); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// loadValues are the city's own values by their settings, of each the newest first.
func loadValues(tx *storage.Tx) (map[string][]Value, error) {
	values, err := storage.All(tx, storage.Into(func(v *Value) []any { return []any{&v.Key, &v.From, &v.Value, &v.Source} }),
		"SELECT key, effective_from, value, source FROM city_value ORDER BY key, effective_from DESC")
	out := map[string][]Value{}
	for _, v := range values {
		out[v.Key] = append(out[v.Key], v)
	}
	return out, err
}

func deleteValues(tx *storage.Tx, key string) error {
	tx.Touch(Topic)
	_, err := tx.Exec("DELETE FROM city_value WHERE key = $1", key)
	return err
}

// DistrictsIn lists the districts as they are in a transaction that may have changed them.
func DistrictsIn(tx *storage.Tx) ([]District, error) { return loadDistricts(tx) }

func loadDistricts(tx *storage.Tx) ([]District, error) {
	return storage.All(tx, storage.Into(func(d *District) []any { return []any{&d.Code, &d.Name} }), "SELECT code, name FROM city_district ORDER BY position")
}

func loadDays(tx *storage.Tx) ([]Day, error) {
	return storage.All(tx, storage.Into(func(d *Day) []any { return []any{&d.Date, &d.Working, &d.Name, &d.Source} }),
		"SELECT day, working, name, source FROM city_day ORDER BY day")
}

func saveSetting(tx *storage.Tx, key string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	tx.Touch(Topic)
	_, err = tx.Exec(`INSERT INTO city_setting (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, string(b))
	return err
}

func saveDistricts(tx *storage.Tx, districts []District) error {
	tx.Touch(Topic)
	if _, err := tx.Exec("DELETE FROM city_district"); err != nil {
		return err
	}
	for i, d := range districts {
		if _, err := tx.Exec("INSERT INTO city_district (code, name, position) VALUES ($1, $2, $3)", d.Code, d.Name, i); err != nil {
			return err
		}
	}
	return nil
}

func saveDays(tx *storage.Tx, days []Day) error {
	tx.Touch(Topic)
	if _, err := tx.Exec("DELETE FROM city_day"); err != nil {
		return err
	}
	for _, d := range days {
		if _, err := tx.Exec("INSERT INTO city_day (day, working, name, source) VALUES ($1, $2, $3, $4)", d.Date, d.Working, d.Name, d.Source); err != nil {
			return err
		}
	}
	return nil
}

func saveValue(tx *storage.Tx, v Value) error {
	tx.Touch(Topic)
	_, err := tx.Exec(`INSERT INTO city_value (key, effective_from, value, source, set_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (key, effective_from) DO UPDATE SET value = excluded.value, source = excluded.source, set_at = excluded.set_at`,
		v.Key, v.From, v.Value, v.Source, storage.Millis(tx.Now()))
	return err
}

// cityName reads the city's name in a transaction of whoever asks.
func cityName(tx *storage.Tx) (civic.Text, error) {
	value, found, err := storage.Found(storage.One(tx, storage.Scalar[string], "SELECT value FROM city_setting WHERE key = 'name'"))
	name := civic.Text{}
	if err != nil || !found {
		return name, err
	}
	return name, json.Unmarshal([]byte(value), &name)
}
