package meetings

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Questions of residents, and who comes to meetings.

const questionColumns = "q.no, q.id, q.body, q.state, q.account, q.lang, q.words, q.asked_at, q.item, q.reason"

var scanQuestion = storage.Into(func(q *Question) []any {
	return []any{&q.no, &q.ID, storage.Ref(&q.Body), &q.State, &q.Account, &q.Lang, &q.Words, storage.Instant(&q.AskedAt), &q.Item, &q.Reason}
})

func findQuestion(tx *storage.Tx, id civic.ID) (Question, error) {
	return storage.One(tx, scanQuestion, "SELECT "+questionColumns+" FROM meetings_question q WHERE q.id = $1", id)
}

func questionsByIDs(tx *storage.Tx, ids []civic.ID) ([]Question, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanQuestion, "SELECT "+questionColumns+" FROM meetings_question q WHERE q.id IN "+in, args...)
}

// waiting lists the questions to a body that nobody has decided on, the oldest first.
func waiting(tx *storage.Tx, body civic.Ref, most int) ([]Question, error) {
	return storage.All(tx, scanQuestion, "SELECT "+questionColumns+" FROM meetings_question q WHERE q.body = $1 AND q.state = $2 ORDER BY q.no LIMIT $3", body.String(), Waiting, most)
}

// questionsBy lists what an account asked, the latest first.
func questionsBy(tx *storage.Tx, account civic.ID, most int) ([]Question, error) {
	return storage.All(tx, scanQuestion, "SELECT "+questionColumns+" FROM meetings_question q WHERE q.account = $1 ORDER BY q.no DESC LIMIT $2", account, most)
}

func countAsked(tx *storage.Tx, account civic.ID, since time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM meetings_question WHERE account = $1 AND asked_at >= $2", account, storage.Millis(since))
}

// askedBefore reports whether the same words wait for the same body from the same account.
func askedBefore(tx *storage.Tx, q Question) (bool, error) {
	return storage.One(tx, storage.Scalar[bool], "SELECT EXISTS (SELECT 1 FROM meetings_question WHERE account = $1 AND body = $2 AND state = $3 AND words = $4)", q.Account, q.Body.String(), Waiting, q.Words)
}

func insertQuestion(tx *storage.Tx, q *Question) (err error) {
	if q.no, err = number(tx, "meetings_question"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO meetings_question (no, id, body, state, account, lang, words, asked_at, item, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9)",
		q.no, q.ID, q.Body.String(), q.State, q.Account, q.Lang, q.Words, storage.Millis(q.AskedAt), civic.Text{})
	return err
}

func updateQuestion(tx *storage.Tx, q Question) error {
	_, err := tx.Exec("UPDATE meetings_question SET state = $2, item = $3, reason = $4 WHERE no = $1", q.no, q.State, q.Item, q.Reason)
	return err
}

// Guest is somebody who said that they come to a meeting.
type Guest struct {
	Meeting civic.ID `json:"meeting"`
	Speaks  bool     `json:"speaks"`
}

func putGuest(tx *storage.Tx, meeting, account civic.ID, speaks bool) error {
	_, err := tx.Exec("INSERT INTO meetings_guest (meeting, account, speaks) VALUES ($1, $2, $3) ON CONFLICT (meeting, account) DO UPDATE SET speaks = excluded.speaks", meeting, account, speaks)
	return err
}

var scanGuest = storage.Into(func(g *Guest) []any { return []any{&g.Meeting, &g.Speaks} })

func guestOf(tx *storage.Tx, meeting, account civic.ID) (Guest, bool, error) {
	return storage.Found(storage.One(tx, scanGuest, "SELECT meeting, speaks FROM meetings_guest WHERE meeting = $1 AND account = $2", meeting, account))
}

// guestedBy lists the meetings to which an account said that it comes, the latest first.
func guestedBy(tx *storage.Tx, account civic.ID, most int) ([]Guest, error) {
	return storage.All(tx, scanGuest, "SELECT g.meeting, g.speaks FROM meetings_guest g JOIN meetings_meeting m ON m.id = g.meeting WHERE g.account = $1 ORDER BY m.starts_at DESC, m.no DESC LIMIT $2", account, most)
}

// countGuests counts those who come, and those of them who want to speak.
func countGuests(tx *storage.Tx, meeting civic.ID) (come, speak int64, err error) {
	n, err := storage.Map[bool, int64](tx, "SELECT speaks, COUNT(*) FROM meetings_guest WHERE meeting = $1 GROUP BY speaks", meeting)
	return n[true] + n[false], n[true], err
}

// guestsOf lists who said that they come to a meeting.
func guestsOf(tx *storage.Tx, meeting civic.ID) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT account FROM meetings_guest WHERE meeting = $1 ORDER BY account", meeting)
}

// askersOf lists whose questions are points of a meeting, but for those who left.
func askersOf(tx *storage.Tx, meeting civic.ID) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT q.account FROM meetings_question q JOIN meetings_item i ON i.id = q.item WHERE i.meeting = $1 AND q.account <> '' ORDER BY q.account", meeting)
}

// forget removes what an account said, and leaves of its questions that there was one.
func forget(tx *storage.Tx, account civic.ID) error {
	if _, err := tx.Exec("DELETE FROM meetings_entry WHERE account = $1", account); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM meetings_guest WHERE account = $1", account); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE meetings_question SET account = '', words = '' WHERE account = $1", account)
	return err
}

// waitingAll lists the questions to all bodies that nobody has decided on, the oldest first.
func waitingAll(tx *storage.Tx, most int) ([]Question, error) {
	return storage.All(tx, scanQuestion, "SELECT "+questionColumns+" FROM meetings_question q WHERE q.state = $1 ORDER BY q.no LIMIT $2", Waiting, most)
}
