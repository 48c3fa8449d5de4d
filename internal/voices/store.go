package voices

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Box is a table in which the owner of things keeps what is said of them: the column Thing with the thing's number, and round, account, voice, matter, said_at. Its key
// is thing, round and account: one word of each person in a round.
type Box struct {
	Table, Thing string
}

// Say keeps what an account says in a round, instead of what it said before. matter is one of Matters, or "".
func (b Box) Say(tx *storage.Tx, thing int64, round int, account civic.ID, v Voice, matter string, at time.Time) error {
	_, err := tx.Exec("INSERT INTO "+b.Table+" ("+b.Thing+", round, account, voice, matter, said_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ("+b.Thing+", round, account)"+
		" DO UPDATE SET voice = EXCLUDED.voice, matter = EXCLUDED.matter, said_at = EXCLUDED.said_at", thing, round, account, v, matter, storage.Millis(at))
	return err
}

// Said is what an account says in a round; "" when nothing.
func (b Box) Said(tx *storage.Tx, thing int64, round int, account civic.ID) (Voice, error) {
	v, _, err := storage.Found(storage.One(tx, storage.Scalar[Voice], "SELECT voice FROM "+b.Table+" WHERE "+b.Thing+" = $1 AND round = $2 AND account = $3", thing, round, account))
	return v, err
}

// Tally counts what is said in a round.
func (b Box) Tally(tx *storage.Tx, thing int64, round int) (Tally, error) {
	return storage.Map[Voice, int64](tx, "SELECT voice, COUNT(*) FROM "+b.Table+" WHERE "+b.Thing+" = $1 AND round = $2 GROUP BY voice", thing, round)
}

// Wrong counts what those who doubt or dispute say is wrong.
func (b Box) Wrong(tx *storage.Tx, thing int64, round int) (map[string]int64, error) {
	return storage.Map[string, int64](tx, "SELECT matter, COUNT(*) FROM "+b.Table+" WHERE "+b.Thing+" = $1 AND round = $2 AND matter <> '' GROUP BY matter", thing, round)
}

// Forget removes what an account said. What it led to stays.
func (b Box) Forget(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM "+b.Table+" WHERE account = $1", account)
	return err
}
