package consultations

import (
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Numbers are what all public consultations of the city come to, as of the last fold.
type Numbers struct {
	Participants int64 // once for each consultation that a person took part in
	Votes        int64
	Answered     int64 // consultations that their bodies have answered
}

// totalNumbers adds up what came to the public consultations; whatever has votes is public.
func totalNumbers(tx *storage.Tx) (Numbers, error) {
	return numbersFrom(tx, "", 0)
}

// numbersSince is what came to the Numbers since an instant, the beginning of that day.
func numbersSince(tx *storage.Tx, then time.Time, day string) (Numbers, error) {
	return numbersFrom(tx, day, storage.Millis(then))
}

func numbersFrom(tx *storage.Tx, day string, then int64) (Numbers, error) {
	n, err := storage.One(tx, storage.Into(func(n *Numbers) []any { return []any{&n.Participants, &n.Votes} }),
		`SELECT CAST(COALESCE(SUM(participants), 0) AS BIGINT), CAST(COALESCE(SUM(votes), 0) AS BIGINT) FROM consultations_city_day WHERE day >= $1`, day)
	if err != nil {
		return n, err
	}
	n.Answered, err = storage.One(tx, storage.Scalar[int64],
		"SELECT COUNT(*) FROM consultations_consultation WHERE phase = $1 AND sort_at >= $2", Answered, then)
	return n, err
}

// verdicts is on how many statements a body has decided, and how many of them it takes.
type verdicts struct{ Taken, All int64 }

func countVerdicts(tx *storage.Tx, c Consultation) (verdicts, error) {
	return storage.One(tx, storage.Into(func(v *verdicts) []any { return []any{&v.Taken, &v.All} }),
		"SELECT COUNT(CASE WHEN verdict = $2 THEN 1 END), COUNT(*) FROM consultations_answer_item WHERE consultation = $1", c.no, answers.Taken)
}

// countOpen is how many consultations are open. It looks at those alone, for every page's menu asks it.
func countOpen(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM consultations_consultation WHERE phase = $1", Open)
}
