package discussion

import (
	"fmt"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Thread is a thing with what is said under it, as of the last fold.
type Thread struct {
	Thing                civic.Ref
	Comments, Unanswered int64
	LastAt               time.Time

	no int64
}

var scanThread = storage.Into(func(t *Thread) []any {
	return []any{&t.no, storage.Ref(&t.Thing), &t.Comments, &t.Unanswered, storage.Instant(&t.LastAt)}
})

const threadColumns = "no, thing, comments, unanswered, last_at"

// threadOf finds what is said under a thing; false when nothing ever was.
func threadOf(tx *storage.Tx, thing civic.Ref) (Thread, bool, error) {
	return storage.Found(storage.One(tx, scanThread, "SELECT "+threadColumns+" FROM discussion_thread WHERE thing = $1", thing.String()))
}

// numbers is the lock of whoever makes a thread, a voice or a comment.
const numbers = "discussion_no"

// ensureThread finds the thread of a thing, or begins it, and notes who answers there and what the thing is about. The caller holds numbers.
func ensureThread(tx *storage.Tx, thing, body civic.Ref, about city.Scope) (Thread, error) {
	t, found, err := threadOf(tx, thing)
	if err != nil {
		return t, err
	}
	if found {
		_, err = tx.Exec("UPDATE discussion_thread SET body = $2, district = $3, theme = $4 WHERE no = $1 AND (body <> $2 OR district <> $3 OR theme <> $4)",
			t.no, body.String(), about.District, about.Theme)
		return t, err
	}
	no, err := storage.Next(tx, "discussion_thread")
	if err != nil {
		return t, err
	}
	t = Thread{Thing: thing, no: no}
	_, err = tx.Exec("INSERT INTO discussion_thread (no, thing, body, district, theme) VALUES ($1, $2, $3, $4, $5)", t.no, thing.String(), body.String(), about.District, about.Theme)
	return t, err
}

// listThreads lists threads in which something is shown, the one with the last comment first.
func listThreads(tx *storage.Tx, q ThreadQuery, after storage.Place, most int) ([]Thread, error) {
	where, args := after.Behind([]any{most}, "last_at", "no", true)
	if q.District != "" {
		args = append(args, q.District)
		where += fmt.Sprintf(" AND district <> '' AND district = $%d", len(args))
	}
	if q.Theme != "" {
		args = append(args, q.Theme)
		where += fmt.Sprintf(" AND theme <> '' AND theme = $%d", len(args))
	}
	if q.Waits {
		where += " AND unanswered > 0"
	}
	return storage.All(tx, scanThread, "SELECT "+threadColumns+" FROM discussion_thread WHERE comments > 0 AND "+where+" ORDER BY last_at DESC, no DESC LIMIT $1", args...)
}

// countThreads counts those in which something was shown since, up to most.
func countThreads(tx *storage.Tx, since time.Time, most int) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM (SELECT no FROM discussion_thread WHERE comments > 0 AND last_at >= $1 LIMIT $2) AS t", storage.Millis(since), most)
}

// unansweredFor lists threads with questions that wait for one of the bodies.
func unansweredFor(tx *storage.Tx, bodies []civic.Ref, most int) ([]Thread, error) {
	var names []string
	for _, b := range bodies {
		names = append(names, b.String())
	}
	in, args := storage.In([]any{most}, names)
	return storage.All(tx, scanThread, "SELECT "+threadColumns+" FROM discussion_thread WHERE unanswered > 0 AND body IN "+in+" ORDER BY last_at, no LIMIT $1", args...)
}

// Voices.

// voice is somebody in one thread.
type voice struct {
	id   civic.ID
	no   int64
	side Side
}

var scanVoice = storage.Into(func(v *voice) []any { return []any{&v.id, &v.no, &v.side} })

func voiceOf(tx *storage.Tx, t Thread, account civic.ID) (voice, bool, error) {
	if account == "" || t.no == 0 {
		return voice{}, false, nil
	}
	return storage.Found(storage.One(tx, scanVoice, "SELECT id, no, side FROM discussion_voice WHERE thread = $1 AND account = $2", t.no, account))
}

// ensureVoice finds somebody's voice in a thread, or begins it. The caller holds numbers.
func ensureVoice(tx *storage.Tx, t Thread, account civic.ID) (voice, error) {
	v, found, err := voiceOf(tx, t, account)
	if err != nil || found {
		return v, err
	}
	v.id = civic.NewID(tx.Now())
	_, err = tx.Exec("INSERT INTO discussion_voice (id, thread, account) VALUES ($1, $2, $3)", v.id, t.no, account)
	return v, err
}

// number gives a voice the next number of its thread. The caller holds numbers.
func number(tx *storage.Tx, t Thread, v *voice) error {
	last, err := storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(no), 0) FROM discussion_voice WHERE thread = $1", t.no)
	if err != nil {
		return err
	}
	v.no = last + 1
	_, err = tx.Exec("UPDATE discussion_voice SET no = $2 WHERE id = $1", v.id, v.no)
	return err
}

// stand notes where a voice stands now. What it found useful before counts for its new side from then on.
func stand(tx *storage.Tx, thread int64, v *voice, side Side) error {
	before := v.side
	v.side = side
	if _, err := tx.Exec("UPDATE discussion_voice SET side = $2 WHERE id = $1", v.id, v.side); err != nil || before == "" {
		return err
	}
	return changed(tx, thread, whole)
}

// Comments.

const columns = `c.no, c.id, c.thread, t.thing, c.parent, COALESCE((SELECT p.id FROM discussion_comment p WHERE p.no = c.parent), ''), c.voice, v.no, v.account, c.stance,
	c.official, c.role, c.post, c.words, c.state, c.rule, c.reason, c.said_at, c.shown_at, c.edited_at, c.decided_at, c.decided_by, c.replies, c.useful, c.of_both, c.bridge`

const tables = "discussion_comment c JOIN discussion_thread t ON t.no = c.thread JOIN discussion_voice v ON v.id = c.voice"

// listed are the comments that everybody finds in lists; the words of the partial indexes.
const listed = "c.state IN ('shown', 'removed', 'taken_back')"

var scanComment = storage.Into(func(c *Comment) []any {
	return []any{&c.no, &c.ID, &c.thread, storage.Ref(&c.Thing), &c.parent, &c.Parent, &c.voice, &c.Voice, &c.account, &c.Stance, storage.Ref(&c.Official), &c.role, &c.Post, &c.Words, &c.State, &c.Rule, &c.Reason,
		storage.Instant(&c.SaidAt), storage.Instant(&c.ShownAt), storage.Instant(&c.EditedAt), storage.Instant(&c.DecidedAt), &c.decidedBy, &c.Replies, &c.Useful, &c.Both, &c.bridge}
})

func find(tx *storage.Tx, id civic.ID) (Comment, error) {
	return storage.One(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Comment, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.id IN "+in, args...)
}

// insert numbers a new comment too. The caller holds numbers.
func insert(tx *storage.Tx, c *Comment) error {
	no, err := storage.Next(tx, "discussion_comment")
	if err != nil {
		return err
	}
	c.no = no
	_, err = tx.Exec(`INSERT INTO discussion_comment (no, id, thread, parent, voice, stance, official, role, post, words, state, said_at, shown_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.no, c.ID, c.thread, c.parent, c.voice, c.Stance, c.Official.String(), c.role, c.Post, c.Words, c.State, storage.Millis(c.SaidAt), storage.Millis(c.ShownAt))
	return err
}

// update writes what may change of a comment beside what is folded.
func update(tx *storage.Tx, c Comment) error {
	_, err := tx.Exec(`UPDATE discussion_comment SET words = $2, post = $3, state = $4, rule = $5, reason = $6, shown_at = $7, edited_at = $8, decided_at = $9, decided_by = $10, stance = $11 WHERE no = $1`,
		c.no, c.Words, c.Post, c.State, c.Rule, c.Reason, storage.Millis(c.ShownAt), storage.Millis(c.EditedAt), storage.Millis(c.DecidedAt), c.decidedBy, c.Stance)
	return err
}

// drop deletes a comment that nobody else has seen.
func drop(tx *storage.Tx, c Comment) error {
	return tx.ExecEach([]string{"DELETE FROM discussion_useful WHERE comment = $1", "DELETE FROM discussion_version WHERE comment = $1", "DELETE FROM discussion_comment WHERE no = $1"}, c.no)
}

// Query is what is listed of a thread.
type Query struct {
	Thing  civic.Ref
	Sort   Sort
	Stance Stance // "": all
	After  string
}

// list lists comments of a thread without the replies to them.
func list(tx *storage.Tx, t Thread, q Query, most int) ([]Comment, error) {
	which, args := "c.parent = 0", []any{t.no, most}
	if q.Stance != "" {
		which, args = "c.stance = $3", append(args, q.Stance)
	}
	var behind, order string
	if q.Sort == MostUseful {
		after, _ := storage.ParsePlace(q.After) // nonsense means the beginning
		order = "c.bridge DESC, c.no DESC"
		behind, args = after.Behind(args, "c.bridge", "c.no", true)
	} else {
		order = "c.no DESC"
		behind, args = storage.Before(args, "c.no", numberIn(q.After))
	}
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.thread = $1 AND "+listed+" AND "+which+" AND "+behind+" ORDER BY "+order+" LIMIT $2", args...)
}

// behind is what to pass as After to go on behind a comment of a list in that order.
func behind(c Comment, order Sort) string {
	if order == MostUseful {
		return storage.PlaceAt(c.bridge, c.no).String()
	}
	return strconv.FormatInt(c.no, 10)
}

// numberIn reads what behind wrote for a list by numbers; nonsense is the beginning.
func numberIn(after string) int64 {
	no, _ := strconv.ParseInt(after, 10, 64)
	return max(0, no)
}

// replies lists the replies to a comment behind a number, the first first.
func replies(tx *storage.Tx, c Comment, after int64, most int) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.thread = $1 AND "+listed+" AND c.parent = $2 AND c.no > $3 ORDER BY c.no LIMIT $4", c.thread, c.no, after, most)
}

// firstReplies are some replies to a comment: the first that a body gave, then the first of the others.
func firstReplies(tx *storage.Tx, c Comment, most int) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.thread = $1 AND "+listed+` AND c.parent = $2
		ORDER BY CASE WHEN c.official <> '' AND c.state = 'shown' THEN 0 ELSE 1 END, c.no LIMIT $3`, c.thread, c.no, most)
}

// each lists all comments of a thread behind a number, with replies, the first first.
func each(tx *storage.Tx, t Thread, after int64, most int) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.thread = $1 AND "+listed+" AND c.no > $2 ORDER BY c.no LIMIT $3", t.no, after, most)
}

// latest lists what is shown in a thread, with replies, the last first.
func latest(tx *storage.Tx, t Thread, most int) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.thread = $1 AND c.state = 'shown' AND "+listed+" ORDER BY c.no DESC LIMIT $2", t.no, most)
}

// unseen lists what somebody wrote in a thread and others do not see yet.
func unseen(tx *storage.Tx, v voice, most int) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.voice = $1 AND c.state IN ('held', 'waiting') ORDER BY c.no DESC LIMIT $2", v.id, most)
}

// officialLast is the last that a body said in a thread.
func officialLast(tx *storage.Tx, t Thread) (Comment, bool, error) {
	return storage.Found(storage.One(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.thread = $1 AND c.state = 'shown' AND c.official <> '' ORDER BY c.no DESC LIMIT 1", t.no))
}

// saidSince is when an account last said something, the latest first, at most so many times.
func saidSince(tx *storage.Tx, account civic.ID, since time.Time, most int) ([]time.Time, error) {
	type at struct{ time.Time }
	rows, err := storage.All(tx, storage.Into(func(a *at) []any { return []any{storage.Instant(&a.Time)} }),
		"SELECT c.said_at FROM discussion_comment c JOIN discussion_voice v ON v.id = c.voice WHERE v.account = $1 AND c.said_at > $2 ORDER BY c.said_at DESC LIMIT $3", account, storage.Millis(since), most)
	var out []time.Time
	for _, r := range rows {
		out = append(out, r.Time)
	}
	return out, err
}

// wroteLast are the last comments of a voice.
func wroteLast(tx *storage.Tx, v voice, most int) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.voice = $1 AND c.state <> 'taken_back' ORDER BY c.no DESC LIMIT $2", v.id, most)
}

// queue lists what no moderator has looked at and the account did not write itself, what has waited longest first. The rows are found
// in one table first, in the order of an index: asked for all tables at once, PostgreSQL guesses few rows, and sorts all.
func queue(tx *storage.Tx, account civic.ID, of civic.Ref, after storage.Place, most int) ([]Comment, error) {
	behind, args := after.Behind([]any{account, most}, "c.said_at", "c.no", false)
	if of != (civic.Ref{}) {
		args = append(args, of.String())
		behind += fmt.Sprintf(" AND c.thread = (SELECT no FROM discussion_thread WHERE thing = $%d)", len(args))
	}
	return storage.All(tx, scanComment, `WITH page AS MATERIALIZED (SELECT c.no FROM discussion_comment c WHERE c.decided_at = 0 AND c.state IN ('waiting', 'shown') AND c.official = ''
		AND (SELECT v.account FROM discussion_voice v WHERE v.id = c.voice) <> $1 AND `+behind+` ORDER BY c.said_at, c.no LIMIT $2)
		SELECT `+columns+" FROM "+tables+" WHERE c.no IN (SELECT no FROM page) ORDER BY c.said_at, c.no", args...)
}

// heldUntil lists those that are held and whose time has come.
func heldUntil(tx *storage.Tx, now time.Time, most int) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE c.state = 'held' AND c.shown_at <= $1 ORDER BY c.shown_at, c.no LIMIT $2", storage.Millis(now), most)
}

// writtenBy lists what an account wrote, the latest first.
func writtenBy(tx *storage.Tx, account civic.ID, most int) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE v.account = $1 AND c.state <> 'taken_back' ORDER BY c.no DESC LIMIT $2", account, most)
}

// Versions.

func insertVersion(tx *storage.Tx, c Comment, v Version) error {
	_, err := tx.Exec("INSERT INTO discussion_version (comment, until, words) VALUES ($1, $2, $3) ON CONFLICT (comment, until) DO NOTHING", c.no, storage.Millis(v.Until), v.Words)
	return err
}

func versions(tx *storage.Tx, c Comment) ([]Version, error) {
	return storage.All(tx, storage.Into(func(v *Version) []any { return []any{storage.Instant(&v.Until), &v.Words} }),
		"SELECT until, words FROM discussion_version WHERE comment = $1 ORDER BY until LIMIT 100", c.no)
}

func dropVersions(tx *storage.Tx, c Comment) error {
	_, err := tx.Exec("DELETE FROM discussion_version WHERE comment = $1", c.no)
	return err
}

// unpublished are the comments of an account that nobody else has seen.
func unpublished(tx *storage.Tx, account civic.ID) ([]Comment, error) {
	return storage.All(tx, scanComment, "SELECT "+columns+" FROM "+tables+" WHERE v.account = $1 AND c.state IN ('held', 'waiting')", account)
}

// forgetVoice cuts voices off from the account: what it said stays, nobody's.
func forgetVoice(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE discussion_voice SET account = '' WHERE account = $1", account)
	return err
}
