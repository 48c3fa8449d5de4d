package citytest

import (
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// SetBeyond gives a setting a value that its bounds forbid, for tests of what small cities never meet.
func (c *City) SetBeyond(key string, value int64) {
	c.T.Helper()
	c.Write(func(tx *storage.Tx) error {
		tx.Touch(city.Topic)
		_, err := tx.Exec("INSERT INTO city_value (key, effective_from, value, source, set_at) VALUES ($1, '2000-01-01', $2, 'citytest', 0)", key, value)
		return err
	})
}
