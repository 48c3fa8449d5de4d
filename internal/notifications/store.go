package notifications

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// ---- notices ----

// insertNotice reports whether the notice is new: of an event, a reader is told once. What is urgent is the reader's own affair, and stands in place of what they were told of it as one who follows.
func insertNotice(tx *storage.Tx, to reader, subject, body string, n Notice, follows civic.Ref) (bool, error) {
	if n.Urgent && n.Event != "" && follows == (civic.Ref{}) {
		if _, err := tx.Exec("DELETE FROM notifications_notice WHERE reader = $1 AND event = $2 AND for_kind <> ''", to.ID, n.Event); err != nil {
			return false, err
		}
	}
	added, err := tx.Exec(`INSERT INTO notifications_notice (id, reader, subject, body, path, reply, answer, event, kind, thing, for_kind, for_thing, created_at, read_at, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14) ON CONFLICT DO NOTHING`,
		civic.NewID(tx.Now()), to.ID, subject, body, n.Path, n.Reply, n.Answer, n.Event, n.Thing.Kind, n.Thing.ID, follows.Kind, follows.ID, storage.Millis(tx.Now()), waits(to, n))
	return added > 0, err
}

func waits(to reader, n Notice) int {
	if to.Pace.gathers() && !n.Urgent {
		return 1
	}
	return 0
}

const noticeColumns = "id, subject, body, path, reply, kind, thing, for_kind, for_thing, created_at, read_at"

// noticeRow is a notice as it is kept: with packed messages.
type noticeRow struct {
	Kept
	subject, body string
	readAt        int64
}

var scanNoticeRow = storage.Into(func(n *noticeRow) []any {
	return []any{&n.ID, &n.subject, &n.body, &n.Path, &n.Reply, &n.Thing.Kind, &n.Thing.ID, &n.Follows.Kind, &n.Follows.ID, storage.Instant(&n.CreatedAt), &n.readAt}
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

// noticesOf pages through a reader's notices, the newest first: those older than before, or with "" all.
func noticesOf(tx *storage.Tx, to, before civic.ID, limit int) ([]Kept, error) {
	older, args := storage.Before([]any{to, limit}, "id", before)
	return storage.All(tx, scanNotice, "SELECT "+noticeColumns+" FROM notifications_notice WHERE reader = $1 AND "+older+" ORDER BY id DESC LIMIT $2", args...)
}

func noticeByID(tx *storage.Tx, to, id civic.ID) (Kept, error) {
	return storage.One(tx, scanNotice, "SELECT "+noticeColumns+" FROM notifications_notice WHERE reader = $1 AND id = $2", to, id)
}

func countUnread(tx *storage.Tx, to civic.ID, atMost int) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM (SELECT 1 FROM notifications_notice WHERE reader = $1 AND read_at = 0 LIMIT $2) unread", to, atMost)
}

func countUnreadAnswers(tx *storage.Tx, to civic.ID, atMost int) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM (SELECT 1 FROM notifications_notice WHERE reader = $1 AND read_at = 0 AND answer LIMIT $2) unread", to, atMost)
}

// markRead marks one notice, or with "" all that there are.
func markRead(tx *storage.Tx, to, id civic.ID) error {
	_, err := tx.Exec("UPDATE notifications_notice SET read_at = $1 WHERE reader = $2 AND read_at = 0 AND ($3 = '' OR id = $3)",
		storage.Millis(tx.Now()), to, string(id))
	return err
}

// waiting lists the notices that wait for a reader's next mail, the newest first.
func waiting(tx *storage.Tx, to civic.ID, limit int) ([]Kept, error) {
	return storage.All(tx, scanNotice, "SELECT "+noticeColumns+" FROM notifications_notice WHERE reader = $1 AND digest = 1 ORDER BY id DESC LIMIT $2", to, limit)
}

// awaiting lists readers with notices that wait for a mail, after a given one.
func awaiting(tx *storage.Tx, after civic.ID, limit int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT DISTINCT reader FROM notifications_notice WHERE digest = 1 AND reader > $1 ORDER BY reader LIMIT $2", after, limit)
}

func stopWaiting(tx *storage.Tx, to civic.ID) error {
	_, err := tx.Exec("UPDATE notifications_notice SET digest = 0 WHERE reader = $1 AND digest = 1", to)
	return err
}

// deleteOld removes old notices, and what was asked for at an address and never confirmed.
func deleteOld(tx *storage.Tx, notices, unconfirmed time.Time) error {
	for _, old := range []struct {
		statement string
		before    time.Time
	}{
		{"DELETE FROM notifications_notice WHERE created_at < $1", notices},
		{"DELETE FROM notifications_follow WHERE since < $1 AND NOT confirmed", unconfirmed},
	} {
		if _, err := tx.Exec(old.statement, storage.Millis(old.before)); err != nil {
			return err
		}
	}
	return nil
}
