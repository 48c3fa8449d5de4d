package consultations

import (
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Numbers are what all public consultations of the city come to, as of the last fold.
type Numbers struct {
	Participants int64 // once for each consultation that a person took part in
	Votes        int64
	Answered     int64 // consultations that their bodies have answered
}

// totalNumbers adds the totals of the public consultations up.
func totalNumbers(tx *storage.Tx) (Numbers, error) {
	return storage.One(tx, storage.Into(func(n *Numbers) []any { return []any{&n.Participants, &n.Votes, &n.Answered} }), `SELECT CAST(COALESCE(SUM(participants), 0) AS BIGINT), CAST(COALESCE(SUM(votes), 0) AS BIGINT),
			COUNT(CASE WHEN phase = $1 THEN 1 END) FROM consultations_consultation WHERE phase IN ($1, $2, $3, $4)`,
		Answered, Closed, Open, Planned)
}

// countOpen is how many consultations are open.
func countOpen(tx *storage.Tx) (int64, error) {
	counts, err := countPhases(tx)
	return counts[Open], err
}
