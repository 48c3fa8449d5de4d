package consultations

import (
	"context"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Numbers are what all public consultations of the city come to, as of the last fold.
type Numbers struct {
	Participants int64 // once for each consultation that a person took part in
	Votes        int64
	Answered     int64 // consultations that their bodies have answered
}

// Numbers adds the totals of the public consultations up. Anybody may ask.
func (s *Service) Numbers(ctx context.Context) (n Numbers, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		n, err = storage.One(tx, storage.Into(func(n *Numbers) []any { return []any{&n.Participants, &n.Votes, &n.Answered} }), `SELECT CAST(COALESCE(SUM(participants), 0) AS BIGINT), CAST(COALESCE(SUM(votes), 0) AS BIGINT),
			COUNT(CASE WHEN phase = $1 THEN 1 END) FROM consultations_consultation WHERE phase IN ($1, $2, $3, $4)`,
			Answered, Closed, Open, Planned)
		return err
	})
	return n, err
}
