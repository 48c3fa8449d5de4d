package appeals

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Whose an appeal is too.

var scanJoined = storage.Into(func(j *Joined) []any {
	return []any{&j.Appeal, &j.Account, &j.Note, storage.Instant(&j.At), &j.mark}
})

const joined = "SELECT a.id, j.account, j.note, j.at, j.mark FROM appeals_join j JOIN appeals_appeal a ON a.no = j.appeal"

func putJoin(tx *storage.Tx, a Appeal, j Joined) error {
	_, err := tx.Exec("INSERT INTO appeals_join (appeal, account, note, at, mark) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (appeal, account) DO UPDATE SET note = excluded.note, mark = excluded.mark", a.no, j.Account, j.Note, storage.Millis(j.At), j.mark)
	return err
}

func deleteJoin(tx *storage.Tx, a Appeal, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM appeals_join WHERE appeal = $1 AND account = $2", a.no, account)
	return err
}

// forgetJoins takes back all that somebody joined.
func forgetJoins(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM appeals_join WHERE account = $1", account)
	return err
}

func joinedBy(tx *storage.Tx, account civic.ID, most int) ([]Joined, error) {
	return storage.All(tx, scanJoined, joined+" WHERE j.account = $1 ORDER BY j.at DESC, j.appeal DESC LIMIT $2", account, most)
}

// joinOf is what somebody said who joined an appeal; false when they did not.
func joinOf(tx *storage.Tx, a Appeal, account civic.ID) (Joined, bool, error) {
	return storage.Found(storage.One(tx, scanJoined, joined+" WHERE j.appeal = $1 AND j.account = $2", a.no, account))
}

// joinMarked is what somebody said who joined an appeal with an address; false when nobody did.
func joinMarked(tx *storage.Tx, a Appeal, mark string) (Joined, bool, error) {
	return storage.Found(storage.One(tx, scanJoined, joined+" WHERE j.appeal = $1 AND j.mark = $2 AND j.mark <> ''", a.no, mark))
}

// notesOn lists what those who joined said to the body, the latest first.
func notesOn(tx *storage.Tx, a Appeal, most int) ([]Joined, error) {
	return storage.All(tx, scanJoined, joined+" WHERE j.appeal = $1 AND j.note <> '' ORDER BY j.at DESC, j.account LIMIT $2", a.no, most)
}

// countJoins counts those who joined each of some appeals.
func countJoins(tx *storage.Tx, appeals []Appeal) (map[int64]int64, error) {
	var numbers []int64
	for _, a := range appeals {
		numbers = append(numbers, a.no)
	}
	in, args := storage.In(nil, numbers)
	return storage.Map[int64, int64](tx, "SELECT appeal, COUNT(*) FROM appeals_join WHERE appeal IN "+in+" GROUP BY appeal", args...)
}

// What waits to be confirmed by whoever reads the mail of an address.

var scanAsked = storage.Into(func(q *question) []any {
	return []any{&q.ID, &q.appeal, &q.Reader, &q.Joins, &q.mark, &q.note, &q.Mark, &q.Tries, storage.Instant(&q.At)}
})

const selectedAsked = "SELECT q.id, q.appeal, q.reader, q.joins, q.mark, q.note, q.code, q.tries, q.at FROM appeals_asked q"

// askedBy finds what was asked of an appeal under an id; false when nothing waits there.
func askedBy(tx *storage.Tx, a Appeal, id civic.ID) (question, bool, error) {
	return storage.Found(storage.One(tx, scanAsked, selectedAsked+" WHERE q.id = $1 AND q.appeal = $2", id, a.no))
}

// askedOf finds what a reader was asked of an appeal; false when nothing waits there.
func askedOf(tx *storage.Tx, a Appeal, reader civic.ID) (question, bool, error) {
	return storage.Found(storage.One(tx, scanAsked, selectedAsked+" WHERE q.reader = $2 AND q.appeal = $1 ORDER BY q.at DESC LIMIT 1", a.no, reader))
}

// putAsked keeps what an address is asked of an appeal, instead of what it was asked before.
func putAsked(tx *storage.Tx, q question) error {
	_, err := tx.Exec(`INSERT INTO appeals_asked (id, appeal, reader, joins, mark, note, code, tries, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (appeal, mark) DO UPDATE SET id = excluded.id, reader = excluded.reader, note = excluded.note, code = excluded.code, tries = excluded.tries, at = excluded.at`,
		q.ID, q.appeal, q.Reader, q.Joins, q.mark, q.note, q.Mark, q.Tries, storage.Millis(q.At))
	return err
}

// countTry notes that wrong digits were typed.
func countTry(tx *storage.Tx, q question) error {
	_, err := tx.Exec("UPDATE appeals_asked SET tries = tries + 1 WHERE id = $1", q.ID)
	return err
}

func deleteAsked(tx *storage.Tx, q question) error {
	_, err := tx.Exec("DELETE FROM appeals_asked WHERE id = $1", q.ID)
	return err
}

// forgetAskedOf removes what was asked of an appeal.
func forgetAskedOf(tx *storage.Tx, a Appeal) error {
	_, err := tx.Exec("DELETE FROM appeals_asked WHERE appeal = $1", a.no)
	return err
}

// forgetAsked removes all that a reader was asked.
func forgetAsked(tx *storage.Tx, reader civic.ID) error {
	_, err := tx.Exec("DELETE FROM appeals_asked WHERE reader = $1", reader)
	return err
}

// forgetUnanswered removes what nobody confirmed that was asked before.
func forgetUnanswered(tx *storage.Tx, before time.Time) error {
	_, err := tx.Exec("DELETE FROM appeals_asked WHERE at < $1", storage.Millis(before))
	return err
}
