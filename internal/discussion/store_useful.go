package discussion

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// mark notes that somebody finds a comment useful, once however often it is asked; unmark that they do not.
func mark(tx *storage.Tx, c Comment, v voice) error {
	_, err := tx.Exec("INSERT INTO discussion_useful (comment, voice, at) VALUES ($1, $2, $3) ON CONFLICT (comment, voice) DO NOTHING", c.no, v.id, storage.Millis(tx.Now()))
	return err
}

func unmark(tx *storage.Tx, c Comment, v voice) error {
	_, err := tx.Exec("DELETE FROM discussion_useful WHERE comment = $1 AND voice = $2", c.no, v.id)
	return err
}

// marked are those of the comments that somebody finds useful, by their numbers.
func marked(tx *storage.Tx, v voice, comments []Comment) (map[int64]bool, error) {
	var nos []int64
	for _, c := range comments {
		nos = append(nos, c.no)
	}
	in, args := storage.In([]any{v.id}, nos)
	return storage.Map[int64, bool](tx, "SELECT comment, TRUE FROM discussion_useful WHERE voice = $1 AND comment IN "+in, args...)
}

type markedBy struct {
	Comment civic.ID  `json:"comment"`
	At      time.Time `json:"at"`
}

// markedByAccount lists all that an account finds useful: a download is never cut.
func markedByAccount(tx *storage.Tx, account civic.ID) ([]markedBy, error) {
	return storage.All(tx, storage.Into(func(m *markedBy) []any { return []any{&m.Comment, storage.Instant(&m.At)} }),
		`SELECT c.id, u.at FROM discussion_useful u JOIN discussion_voice v ON v.id = u.voice JOIN discussion_comment c ON c.no = u.comment WHERE v.account = $1 ORDER BY u.at, c.no`, account)
}

// The fold: what is counted in a thread is computed anew from its comments and marks.

// whole stands for all comments of a thread among those that are to be counted anew.
const whole = 0

// changed notes that a comment is to be counted anew: one row more, which nobody waits for.
func changed(tx *storage.Tx, thread, comment int64) error {
	_, err := tx.Exec("INSERT INTO discussion_change (id, thread, comment) VALUES ($1, $2, $3)", civic.NewID(tx.Now()), thread, comment)
	return err
}

// seenAnew notes that others see something else of a comment than before: it counts, and so does what it replies to.
func seenAnew(tx *storage.Tx, c Comment) error {
	if err := changed(tx, c.thread, c.no); err != nil || c.parent == 0 {
		return err
	}
	return changed(tx, c.thread, c.parent)
}

// takeChanged takes some of the threads in which something has changed, with the comments that have. What it takes it has
// read in the same statement: a row that comes meanwhile stays for the next fold.
func takeChanged(tx *storage.Tx, most int) (map[int64][]int64, error) {
	threads, err := storage.All(tx, storage.Scalar[int64], "SELECT DISTINCT thread FROM discussion_change ORDER BY thread LIMIT $1", most)
	if err != nil || len(threads) == 0 {
		return nil, err
	}
	type change struct{ thread, comment int64 }
	in, args := storage.In(nil, threads)
	rows, err := storage.All(tx, storage.Into(func(c *change) []any { return []any{&c.thread, &c.comment} }),
		"DELETE FROM discussion_change WHERE thread IN "+in+" RETURNING thread, comment", args...)
	out := map[int64][]int64{}
	for _, c := range rows {
		out[c.thread] = append(out[c.thread], c.comment)
	}
	return out, err
}

// counts is what people of each side find of one comment.
type counts struct {
	no                        int64
	forIt, againstIt, neither int64
	replies                   int64
	wasUseful, wasReplies     int64
	wasBoth                   bool
	wasBridge                 int64
}

// foldThread counts comments of a thread anew, and reports whether anything is otherwise than before.
func foldThread(tx *storage.Tx, thread int64, comments []int64) (bool, error) {
	const some = 500 // beyond which it is quicker to read them all
	slices.Sort(comments)
	comments = slices.Compact(comments)
	only, args := func(string) string { return "" }, []any{thread}
	if !slices.Contains(comments, whole) && len(comments) <= some {
		var in string
		in, args = storage.In(args, comments)
		only = func(column string) string { return " AND " + column + " IN " + in }
	}
	all, err := storage.All(tx, storage.Into(func(c *counts) []any {
		return []any{&c.no, &c.wasUseful, &c.wasBoth, &c.wasBridge, &c.wasReplies, &c.forIt, &c.againstIt, &c.neither, &c.replies}
	}), `SELECT c.no, c.useful, c.of_both, c.bridge, c.replies, COALESCE(u.f, 0), COALESCE(u.a, 0), COALESCE(u.n, 0), COALESCE(r.n, 0) FROM discussion_comment c
		LEFT JOIN (SELECT u.comment, SUM(CASE WHEN v.side = 'for' THEN 1 ELSE 0 END) AS f, SUM(CASE WHEN v.side = 'against' THEN 1 ELSE 0 END) AS a,
				SUM(CASE WHEN v.side NOT IN ('for', 'against') THEN 1 ELSE 0 END) AS n
			FROM discussion_useful u JOIN discussion_voice v ON v.id = u.voice WHERE v.thread = $1`+only("u.comment")+` GROUP BY u.comment) u ON u.comment = c.no
		LEFT JOIN (SELECT parent, COUNT(*) AS n FROM discussion_comment WHERE thread = $1 AND parent > 0 AND state IN ('shown', 'removed', 'taken_back')`+only("parent")+` GROUP BY parent) r ON r.parent = c.no
		WHERE c.thread = $1`+only("c.no"), args...)
	if err != nil {
		return false, err
	}
	otherwise := false
	for _, c := range all {
		useful, both, bridge := c.forIt+c.againstIt+c.neither, c.forIt > 0 && c.againstIt > 0, Bridge(c.forIt, c.againstIt)
		if useful == c.wasUseful && both == c.wasBoth && bridge == c.wasBridge && c.replies == c.wasReplies {
			continue
		}
		otherwise = true
		if _, err := tx.Exec("UPDATE discussion_comment SET useful = $2, of_both = $3, bridge = $4, replies = $5 WHERE no = $1", c.no, useful, both, bridge, c.replies); err != nil {
			return false, err
		}
	}
	moved, err := foldTotals(tx, thread)
	return otherwise || moved, err
}

// foldTotals counts what the list of threads and the desk say of one.
func foldTotals(tx *storage.Tx, thread int64) (bool, error) {
	n, err := tx.Exec(`UPDATE discussion_thread SET comments = x.comments, last_at = x.last_at, unanswered = x.unanswered FROM (SELECT
			(SELECT COUNT(*) FROM discussion_comment c WHERE c.thread = $1 AND c.state = 'shown') AS comments,
			(SELECT COALESCE(MAX(shown_at), 0) FROM discussion_comment c WHERE c.thread = $1 AND c.state = 'shown') AS last_at,
			(SELECT COUNT(*) FROM discussion_comment c WHERE c.thread = $1 AND c.state = 'shown' AND c.stance = 'question' AND c.official = '' AND NOT EXISTS
				(SELECT 1 FROM discussion_comment r WHERE r.thread = $1 AND r.parent = c.no AND r.state = 'shown' AND r.official <> '')) AS unanswered) AS x
		WHERE no = $1 AND (discussion_thread.comments <> x.comments OR discussion_thread.last_at <> x.last_at OR discussion_thread.unanswered <> x.unanswered)`, thread)
	return n > 0, err
}

func anyChanged(tx *storage.Tx) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM (SELECT id FROM discussion_change LIMIT 1) AS c")
	return n > 0, err
}

func thingOf(tx *storage.Tx, thread int64) (civic.Ref, error) {
	name, err := storage.One(tx, storage.Scalar[string], "SELECT thing FROM discussion_thread WHERE no = $1", thread)
	thing, _ := civic.ParseRef(name)
	return thing, err
}
