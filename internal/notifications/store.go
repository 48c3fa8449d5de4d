package notifications

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func insertNotice(tx *storage.Tx, account civic.ID, subject, body string, n Notice, digest bool) error {
	waits := 0
	if digest {
		waits = 1
	}
	_, err := tx.Exec("INSERT INTO notifications_notice (id, account, subject, body, path, answer, created_at, read_at, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
		civic.NewID(tx.Now()), account, subject, body, n.Path, n.Answer, storage.Millis(tx.Now()), waits)
	return err
}

const noticeColumns = "id, subject, body, path, created_at, read_at"

// noticeRow is a notice as it is kept: with packed messages.
type noticeRow struct {
	Kept
	subject, body string
	readAt        int64
}

var scanNoticeRow = storage.Into(func(n *noticeRow) []any {
	return []any{&n.ID, &n.subject, &n.body, &n.Path, storage.Instant(&n.CreatedAt), &n.readAt}
})

func scanNotice(r storage.Row) (Kept, error) {
	n, err := scanNoticeRow(r)
	if err != nil {
		return n.Kept, err
	}
	n.Read = n.readAt != 0
	if n.Subject, err = decode(n.subject); err != nil {
		return n.Kept, err
	}
	n.Body, err = decode(n.body)
	return n.Kept, err
}

// noticesOf pages through a person's notices, the newest first: those older than before, or with "" all.
func noticesOf(tx *storage.Tx, account, before civic.ID, limit int) ([]Kept, error) {
	older, args := storage.Before([]any{account, limit}, "id", before)
	return storage.All(tx, scanNotice, "SELECT "+noticeColumns+" FROM notifications_notice WHERE account = $1 AND "+older+" ORDER BY id DESC LIMIT $2", args...)
}

func noticeByID(tx *storage.Tx, account, id civic.ID) (Kept, error) {
	return storage.One(tx, scanNotice, "SELECT "+noticeColumns+" FROM notifications_notice WHERE account = $1 AND id = $2", account, id)
}

func countUnread(tx *storage.Tx, account civic.ID, atMost int) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM (SELECT 1 FROM notifications_notice WHERE account = $1 AND read_at = 0 LIMIT $2) unread", account, atMost)
}

func countUnreadAnswers(tx *storage.Tx, account civic.ID, atMost int) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM (SELECT 1 FROM notifications_notice WHERE account = $1 AND read_at = 0 AND answer LIMIT $2) unread", account, atMost)
}

// markRead marks one notice, or with "" all that there are.
func markRead(tx *storage.Tx, account, id civic.ID) error {
	_, err := tx.Exec("UPDATE notifications_notice SET read_at = $1 WHERE account = $2 AND read_at = 0 AND ($3 = '' OR id = $3)",
		storage.Millis(tx.Now()), account, string(id))
	return err
}

// waiting lists the notices that wait for a person's daily mail, the newest first.
func waiting(tx *storage.Tx, account civic.ID, limit int) ([]Kept, error) {
	return storage.All(tx, scanNotice, "SELECT "+noticeColumns+" FROM notifications_notice WHERE account = $1 AND digest = 1 ORDER BY id DESC LIMIT $2", account, limit)
}

func countWaiting(tx *storage.Tx, account civic.ID) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM notifications_notice WHERE account = $1 AND digest = 1", account)
}

// awaiting lists accounts with notices that wait for the daily mail, after a given one.
func awaiting(tx *storage.Tx, after civic.ID, limit int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT DISTINCT account FROM notifications_notice WHERE digest = 1 AND account > $1 ORDER BY account LIMIT $2", after, limit)
}

func stopWaiting(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE notifications_notice SET digest = 0 WHERE account = $1 AND digest = 1", account)
	return err
}

type preference struct {
	account  civic.ID
	pace     Pace
	token    string
	digested string // date of the last daily mail
}

var scanPreference = storage.Into(func(p *preference) []any { return []any{&p.account, &p.pace, &p.token, &p.digested} })

func preferenceOf(tx *storage.Tx, account civic.ID) (preference, bool, error) {
	return storage.Found(storage.One(tx, scanPreference, "SELECT account, pace, token, digested FROM notifications_preference WHERE account = $1", account))
}

func preferenceByToken(tx *storage.Tx, token string) (preference, bool, error) {
	return storage.Found(storage.One(tx, scanPreference, "SELECT account, pace, token, digested FROM notifications_preference WHERE token = $1", token))
}

// ensurePreference gives an account a row if it has none.
func ensurePreference(tx *storage.Tx, account civic.ID) (preference, error) {
	if p, found, err := preferenceOf(tx, account); err != nil || found {
		return p, err
	}
	if _, err := tx.Exec("INSERT INTO notifications_preference (account, pace, token, digested) VALUES ($1, $2, $3, '') ON CONFLICT (account) DO NOTHING",
		account, string(Now), civic.Token()); err != nil {
		return preference{}, err
	}
	p, _, err := preferenceOf(tx, account)
	return p, err
}

func updatePace(tx *storage.Tx, account civic.ID, pace Pace) error {
	_, err := tx.Exec("UPDATE notifications_preference SET pace = $1 WHERE account = $2", string(pace), account)
	return err
}

func markDigested(tx *storage.Tx, account civic.ID, date string) error {
	_, err := tx.Exec("UPDATE notifications_preference SET digested = $1 WHERE account = $2", date, account)
	return err
}

func deleteOld(tx *storage.Tx, before time.Time) error {
	_, err := tx.Exec("DELETE FROM notifications_notice WHERE created_at < $1", storage.Millis(before))
	return err
}

func deleteAll(tx *storage.Tx, account civic.ID) error {
	for _, table := range []string{"notifications_notice", "notifications_preference"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE account = $1", account); err != nil {
			return err
		}
	}
	return nil
}
