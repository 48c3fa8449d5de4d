package initiatives

import (
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Initiatives.

const columns = `i.no, i.id, i.year, i.serial, i.lang, i.title, i.words, i.body, i.district, i.theme, i.state, i.rule, i.reason, i.decided_at, i.secret, i.invite, i.salt,
	i.written_at, i.joinder_by, i.moderate_by, i.opened_at, i.closes_at, i.closed_at, i.hand_at, i.changed_at, i.signed, i.final`

const selected = "SELECT " + columns + " FROM initiatives_initiative i"

var scan = storage.Into(func(i *Initiative) []any {
	return []any{&i.no, &i.ID, &i.Year, &i.Serial, &i.Lang, &i.Title, &i.Words, &i.Body, &i.District, &i.Theme, &i.State, &i.Rule, &i.Reason, storage.Instant(&i.DecidedAt), &i.secret, &i.invite, &i.salt,
		storage.Instant(&i.WrittenAt), storage.Instant(&i.JoinderBy), storage.Instant(&i.ModerateBy), storage.Instant(&i.OpenedAt), storage.Instant(&i.ClosesAt), storage.Instant(&i.ClosedAt),
		storage.Instant(&i.HandAt), storage.Instant(&i.ChangedAt), &i.Signed, &i.Final}
})

func find(tx *storage.Tx, id civic.ID) (Initiative, error) {
	return storage.One(tx, scan, selected+" WHERE i.id = $1", id)
}

func findNo(tx *storage.Tx, no int64) (Initiative, error) {
	return storage.One(tx, scan, selected+" WHERE i.no = $1", no)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Initiative, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scan, selected+" WHERE i.id IN "+in, args...)
}

// insert keeps a draft. The caller holds the lock of all numbers.
func insert(tx *storage.Tx, i *Initiative) error {
	no, err := storage.Next(tx, "initiatives_initiative")
	if err != nil {
		return err
	}
	i.no = no
	_, err = tx.Exec(`INSERT INTO initiatives_initiative (no, id, lang, title, words, body, district, theme, state, secret, invite, salt, written_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		i.no, i.ID, i.Lang, i.Title, i.Words, i.Body, i.District, i.Theme, i.State, i.secret, i.invite, i.salt, storage.Millis(i.WrittenAt), storage.Millis(i.ChangedAt))
	return err
}

// lastSerial is the last number that was given in a year. The caller holds the lock of all numbers.
func lastSerial(tx *storage.Tx, year int) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COALESCE(MAX(serial), 0) FROM initiatives_initiative WHERE year = $1 AND serial > 0", year)
}

// update keeps all but what the fold counts.
func update(tx *storage.Tx, i Initiative) error {
	_, err := tx.Exec(`UPDATE initiatives_initiative SET year = $2, serial = $3, lang = $4, title = $5, words = $6, body = $7, district = $8, theme = $9, state = $10, rule = $11, reason = $12, decided_at = $13,
		salt = $14, joinder_by = $15, moderate_by = $16, opened_at = $17, closes_at = $18, closed_at = $19, hand_at = $20, changed_at = $21, final = $22 WHERE no = $1`,
		i.no, i.Year, i.Serial, i.Lang, i.Title, i.Words, i.Body, i.District, i.Theme, i.State, i.Rule, i.Reason, storage.Millis(i.DecidedAt), i.salt, storage.Millis(i.JoinderBy), storage.Millis(i.ModerateBy),
		storage.Millis(i.OpenedAt), storage.Millis(i.ClosesAt), storage.Millis(i.ClosedAt), storage.Millis(i.HandAt), storage.Millis(i.ChangedAt), i.Final)
	return err
}

func remove(tx *storage.Tx, i Initiative) error {
	return tx.ExecEach([]string{"DELETE FROM initiatives_signature WHERE initiative = $1", "DELETE FROM initiatives_change WHERE initiative = $1", "DELETE FROM initiatives_count WHERE initiative = $1",
		"DELETE FROM initiatives_author WHERE initiative = $1", "DELETE FROM initiatives_initiative WHERE no = $1"}, i.no)
}

// Query narrows the list.
type Query struct {
	State      State
	city.Scope // district and theme
	Body       civic.ID
	Words      string
	After      string // the cursor of a page
}

// where is the condition of a query, with its arguments.
func (q Query) where() (_ string, args []any) {
	var b strings.Builder
	add := func(column string, value any) {
		args = append(args, value)
		fmt.Fprintf(&b, " AND i.%s = $%d", column, len(args))
	}
	if q.State != "" {
		add("state", q.State)
	}
	if q.District != "" {
		add("district", q.District)
	}
	if q.Theme != "" {
		add("theme", q.Theme)
	}
	if q.Body != "" {
		add("body", q.Body)
	}
	return b.String(), args
}

// list gives a page of those of which everybody knows, the latest first, and the cursor of the next.
func list(tx *storage.Tx, q Query, most int) ([]Initiative, string, error) {
	where, args := q.where()
	found, err := search.Latest(tx, Kind, q.Words, q.After, most, search.Ordered[Initiative]{Rows: search.Rows[Initiative]{Columns: columns, From: "initiatives_initiative i", Number: "i.no", Where: where, Args: args,
		Scan: scan, NumberOf: func(i Initiative) int64 { return i.no }}, Shown: "i.decided_at > 0", Time: "i.decided_at", TimeOf: func(i Initiative) time.Time { return i.DecidedAt }})
	return found.Items, found.Next, err
}

// latest lists what changed last.
func latest(tx *storage.Tx, most int) ([]Initiative, error) {
	return storage.All(tx, scan, selected+" WHERE i.decided_at > 0 ORDER BY i.changed_at DESC, i.no DESC LIMIT $1", most)
}

// inState lists those in a state, behind a place, that a moderator decided first in front.
func inState(tx *storage.Tx, state State, after storage.Place, most int) ([]Initiative, error) {
	behind, args := after.Behind([]any{most, state}, "i.moderate_by", "i.no", false)
	return storage.All(tx, scan, selected+" WHERE i.state = $2 AND "+behind+" ORDER BY i.moderate_by, i.no LIMIT $1", args...)
}

// openSoonest lists the open ones, those that close first in front.
func openSoonest(tx *storage.Tx, most int) ([]Initiative, error) {
	return storage.All(tx, scan, selected+" WHERE i.state = $2 ORDER BY i.closes_at, i.no LIMIT $1", most, Open)
}

// due lists those whose time in a state is over. column is the name of a column of an instant.
func due(tx *storage.Tx, state State, column string, now time.Time, most int) ([]Initiative, error) {
	return storage.All(tx, scan, selected+" WHERE i.state = $1 AND i."+column+" <= $2 ORDER BY i.no LIMIT $3", state, storage.Millis(now), most)
}

func countIn(tx *storage.Tx, state State) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM initiatives_initiative WHERE state = $1", state)
}

// latestIn lists those that came into one of some states last.
func latestIn(tx *storage.Tx, states []State, most int) ([]Initiative, error) {
	in, args := storage.In([]any{most}, states)
	return storage.All(tx, scan, selected+" WHERE i.decided_at > 0 AND i.state IN "+in+" ORDER BY i.changed_at DESC, i.no DESC LIMIT $1", args...)
}

// Authors.

var scanAuthor = storage.Into(func(a *Author) []any { return []any{&a.Account, &a.First, storage.Instant(&a.At)} })

func authorsOf(tx *storage.Tx, i Initiative) ([]Author, error) {
	return storage.All(tx, scanAuthor, "SELECT account, first, at FROM initiatives_author WHERE initiative = $1 ORDER BY at, account LIMIT 100", i.no)
}

// addAuthor adds one, once however often it is asked.
func addAuthor(tx *storage.Tx, i Initiative, a Author) error {
	_, err := tx.Exec("INSERT INTO initiatives_author (initiative, account, first, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", i.no, a.Account, a.First, storage.Millis(a.At))
	return err
}

// dropCoAuthors leaves who began alone: what the others agreed to is written otherwise now.
func dropCoAuthors(tx *storage.Tx, i Initiative) error {
	_, err := tx.Exec("DELETE FROM initiatives_author WHERE initiative = $1 AND NOT first", i.no)
	return err
}

func forgetAuthor(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM initiatives_author WHERE account = $1", account)
	return err
}

// writtenBy lists those of which an account is an author, the latest first.
func writtenBy(tx *storage.Tx, account civic.ID, most int) ([]Initiative, error) {
	return storage.All(tx, scan, selected+" JOIN initiatives_author a ON a.initiative = i.no WHERE a.account = $1 ORDER BY i.no DESC LIMIT $2", account, most)
}

// begunSince counts what an account began since.
func begunSince(tx *storage.Tx, account civic.ID, since time.Time) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM initiatives_author a JOIN initiatives_initiative i ON i.no = a.initiative WHERE a.account = $1 AND a.first AND i.written_at >= $2", account, storage.Millis(since))
}

// Thresholds.

var scanThreshold = storage.Into(func(t *Threshold) []any {
	return []any{&t.initiative, &t.Effect, &t.Needed, storage.Instant(&t.ReachedAt), &t.Obligation}
})

func thresholds(tx *storage.Tx, all ...Initiative) (map[int64][]Threshold, error) {
	var numbers []int64
	for _, i := range all {
		numbers = append(numbers, i.no)
	}
	in, args := storage.In(nil, numbers)
	found, err := storage.All(tx, scanThreshold, "SELECT initiative, effect, needed, reached_at, obligation FROM initiatives_threshold WHERE initiative IN "+in+" ORDER BY initiative, needed, effect", args...)
	out := map[int64][]Threshold{}
	for _, t := range found {
		out[t.initiative] = append(out[t.initiative], t)
	}
	return out, err
}

func insertThreshold(tx *storage.Tx, i Initiative, t Threshold) error {
	_, err := tx.Exec("INSERT INTO initiatives_threshold (initiative, effect, needed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", i.no, t.Effect, t.Needed)
	return err
}

// reach notes that a threshold is reached; false when it was noted before.
func reach(tx *storage.Tx, i Initiative, e Effect, at time.Time) (bool, error) {
	n, err := tx.Exec("UPDATE initiatives_threshold SET reached_at = $3 WHERE initiative = $1 AND effect = $2 AND reached_at = 0", i.no, e, storage.Millis(at))
	return n > 0, err
}

func oweThreshold(tx *storage.Tx, i Initiative, e Effect, obligation civic.ID) error {
	_, err := tx.Exec("UPDATE initiatives_threshold SET obligation = $3 WHERE initiative = $1 AND effect = $2", i.no, e, obligation)
	return err
}
