package consultations

import (
	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Numbers are what all public consultations of the city come to, as of the last fold.
type Numbers struct {
	Participants int64 // once for each consultation that a person took part in
	Votes        int64
	Answered     int64 // consultations that their bodies have answered
}

const cityNumbers = "SELECT participants, votes, answered FROM consultations_city WHERE no = 1"

var scanNumbers = storage.Into(func(n *Numbers) []any { return []any{&n.Participants, &n.Votes, &n.Answered} })

// totalNumbers is what came to the public consultations; whatever has votes is public.
func totalNumbers(tx *storage.Tx) (n Numbers, err error) {
	n, _, err = storage.Found(storage.One(tx, scanNumbers, cityNumbers))
	return n, err
}

// numbersSince is what came to the Numbers since the beginning of a day.
func numbersSince(tx *storage.Tx, day string) (Numbers, error) {
	return storage.One(tx, scanNumbers, `SELECT CAST(COALESCE(SUM(participants), 0) AS BIGINT), CAST(COALESCE(SUM(votes), 0) AS BIGINT),
		CAST(COALESCE(SUM(answered), 0) AS BIGINT) FROM consultations_city_day WHERE day >= $1`, day)
}

// addToCity adds to a day of the city, "" for none that is known, and to its sums. The sums come first: who waits for them holds no day that
// another needs.
func addToCity(tx *storage.Tx, day string, n Numbers) error {
	_, err := tx.Exec(`INSERT INTO consultations_city (no, votes, participants, answered) VALUES (1, $1, $2, $3)
		ON CONFLICT (no) DO UPDATE SET votes = consultations_city.votes + excluded.votes,
		participants = consultations_city.participants + excluded.participants, answered = consultations_city.answered + excluded.answered`,
		n.Votes, n.Participants, n.Answered)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO consultations_city_day (day, votes, participants, answered) VALUES ($1, $2, $3, $4)
		ON CONFLICT (day) DO UPDATE SET votes = consultations_city_day.votes + excluded.votes,
		participants = consultations_city_day.participants + excluded.participants, answered = consultations_city_day.answered + excluded.answered`,
		day, n.Votes, n.Participants, n.Answered)
	return err
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
