package rights

import (
	"time"

	"github.com/birge-kz/birge/internal/platform/storage"
)

func addCount(tx *storage.Tx, c counted, n int64) error {
	_, err := tx.Exec("INSERT INTO rights_count (guide, place, what, day, n) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (guide, place, what, day) DO UPDATE SET n = rights_count.n + excluded.n",
		c.guide, c.place, c.what, c.day, n)
	return err
}

func insertKept(tx *storage.Tx, id string, sealed []byte, until time.Time) error {
	_, err := tx.Exec("INSERT INTO rights_kept (id, sealed, until) VALUES ($1, $2, $3)", id, sealed, storage.Millis(until))
	return err
}

func findKept(tx *storage.Tx, id string, now time.Time) ([]byte, error) {
	return storage.One(tx, storage.Scalar[[]byte], "SELECT sealed FROM rights_kept WHERE id = $1 AND until > $2", id, storage.Millis(now))
}

func deleteKept(tx *storage.Tx, now time.Time) error {
	_, err := tx.Exec("DELETE FROM rights_kept WHERE until <= $1", storage.Millis(now))
	return err
}
