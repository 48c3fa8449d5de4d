package organisations

import (
	"context"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Count is how many public entries the register has. It is kept, not counted.
func (s *Service) Count(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { n, err = countPublic(tx); return err })
	return n, err
}

func countPublic(tx *storage.Tx) (int64, error) {
	numbers, err := readCounts(tx, []string{"all"})
	return numbers["all"], err
}
