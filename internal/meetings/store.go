package meetings

import (
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// number is the next one of a table. Whoever inserts holds the lock of all numbers, so that search documents are
// numbered in the order of time.
func number(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock("meetings_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, table)
}

// most bounds lists of what belongs to one meeting.
const most = 1_000

// Meetings.

const columns = "m.no, m.id, m.body, m.state, m.starts_at, m.place, m.stream, m.recorded, m.present, m.members, m.needed, m.sequence, m.reason, m.changed_at"

var scan = storage.Into(func(m *Meeting) []any {
	return []any{&m.no, &m.ID, storage.Ref(&m.Body), &m.State, storage.Instant(&m.StartsAt), &m.Place, &m.Stream, &m.Recorded, storage.JSON(&m.Present), &m.Members, &m.Needed, &m.Sequence, &m.Reason, storage.Instant(&m.ChangedAt)}
})

// Find finds a meeting, which everybody may see or not. Errors: civic.NotFound.
func Find(tx *storage.Tx, id civic.ID) (Meeting, error) {
	return storage.One(tx, scan, "SELECT "+columns+" FROM meetings_meeting m WHERE m.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Meeting, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scan, "SELECT "+columns+" FROM meetings_meeting m WHERE m.id IN "+in, args...)
}

// of lists the meetings of a body, the latest first.
func of(tx *storage.Tx, body civic.Ref, most int) ([]Meeting, error) {
	return storage.All(tx, scan, "SELECT "+columns+" FROM meetings_meeting m WHERE m.body = $1 ORDER BY m.starts_at DESC, m.no DESC LIMIT $2", body.String(), most)
}

// plannedBefore reports whether a body meets at a time and place already.
func plannedBefore(tx *storage.Tx, m Meeting) (bool, error) {
	return storage.One(tx, storage.Scalar[bool], "SELECT EXISTS (SELECT 1 FROM meetings_meeting WHERE body = $1 AND starts_at = $2 AND place = $3 AND state <> $4)", m.Body.String(), storage.Millis(m.StartsAt), m.Place, CalledOff)
}

// comingOf lists the meetings of a body to which members are invited and that are not closed, the next first.
func comingOf(tx *storage.Tx, body civic.Ref, from time.Time, most int) ([]Meeting, error) {
	return storage.All(tx, scan, "SELECT "+columns+" FROM meetings_meeting m WHERE m.body = $1 AND m.starts_at >= $2 AND m.state IN ($3, $4, $5) ORDER BY m.starts_at, m.no LIMIT $6",
		body.String(), storage.Millis(from), Convened, Quorate, Inquorate, most)
}

// closedOf is a page of the meetings of a body that were held since an instant, the latest first, and the cursor of the next; "" on the last.
func closedOf(tx *storage.Tx, body civic.Ref, since time.Time, after string, size int) ([]Meeting, string, error) {
	place, _ := storage.ParsePlace(after)
	behind, args := place.Behind([]any{body.String(), storage.Millis(since), Closed, size + 1}, "m.starts_at", "m.no", true)
	all, err := storage.All(tx, scan, "SELECT "+columns+" FROM meetings_meeting m WHERE m.body = $1 AND m.starts_at >= $2 AND m.state = $3 AND "+behind+" ORDER BY m.starts_at DESC, m.no DESC LIMIT $4", args...)
	page, last := storage.Page(all, size)
	if last == nil {
		return page, "", err
	}
	return page, storage.PlaceAt(storage.Millis(last.StartsAt), last.no).String(), err
}

// Query narrows the list of meetings. The zero value is all that everybody sees.
type Query struct {
	Body  civic.Ref // zero: of all
	When  When
	Month time.Time // when the month begins in the city in which they are; zero: whenever
	Words string    // of the titles of their points
	After string    // where a page goes on

	planned bool // those too to which nobody is invited yet
}

// When is on which side of now a meeting is.
type When string

const (
	Now    When = "now" // it has begun today, by the clock or because those present were counted, and is not over
	Ahead  When = "ahead"
	Before When = "before"
)

// whens is the order in which a list has them.
var whens = []When{Now, Ahead, Before}

// early is how long before its hour a meeting can begin: when those present are counted.
const early = time.Hour

// parts are the conditions under which a meeting m is on one side of now, one for each stretch of an index that they need, so that none reads what
// lies on the other sides; today is when the city's day began. Each meeting that everybody sees is on exactly one side, in exactly one part.
func (q Query) parts(when When, args []any, now, today time.Time) ([]string, []any) {
	n := len(args)
	switch when {
	case Now:
		args = append(args, storage.Millis(today), storage.Millis(now.Add(early)), storage.Millis(now))
		var parts []string
		for _, of := range []struct {
			state MeetingState
			until int
		}{{Quorate, n + 2}, {Inquorate, n + 2}, {Convened, n + 3}} {
			parts = append(parts, fmt.Sprintf("m.state = %s AND m.starts_at >= $%d AND m.starts_at <= $%d", storage.Literal(of.state), n+1, of.until))
		}
		return parts, args
	case Ahead:
		ahead := []string{fmt.Sprintf("m.state = %s AND m.starts_at > $%d", storage.Literal(Convened), n+1)}
		if q.planned { // they stand among those to come, whenever they are
			ahead = append(ahead, "m.state = "+storage.Literal(Planned))
		}
		return ahead, append(args, storage.Millis(now))
	case Before: // what was closed early is of today
		return []string{fmt.Sprintf("m.starts_at < $%d AND m.state <> %s", n+1, storage.Literal(Planned)), fmt.Sprintf("m.starts_at >= $%d AND m.starts_at <= $%d AND m.state = %s", n+1, n+2, storage.Literal(Closed)),
			fmt.Sprintf("m.starts_at >= $%d AND m.state = %s", n+1, storage.Literal(CalledOff))}, append(args, storage.Millis(today), storage.Millis(now.Add(early)))
	}
	return []string{"m.state <> " + storage.Literal(Planned)}, args
}

// narrow adds to the conditions of a meeting m those of its body and its month.
func (q Query) narrow(args []any) (string, []any) {
	where, args := ofBody(args, q.Body)
	if !q.Month.IsZero() {
		args = append(args, storage.Millis(q.Month), storage.Millis(q.Month.AddDate(0, 1, 0)))
		where += fmt.Sprintf(" AND m.starts_at >= $%d AND m.starts_at < $%d", len(args)-1, len(args))
	}
	return where, args
}

// ofBody is the condition that a meeting is of a body; zero: of whatever body.
func ofBody(args []any, body civic.Ref) (string, []any) {
	if body == (civic.Ref{}) {
		return "TRUE", args
	}
	args = append(args, body.String())
	return fmt.Sprintf("m.body = $%d", len(args)), args
}

// listSide lists the meetings of a query on one side of now behind a place: the latest first of those before, the earliest first of the others.
func listSide(tx *storage.Tx, q Query, when When, today time.Time, after storage.Place, most int) ([]Meeting, error) {
	where, args := q.narrow([]any{most})
	parts, args := q.parts(when, args, tx.Now(), today)
	order := "m.starts_at, m.no"
	if when == Before {
		order = "m.starts_at DESC, m.no DESC"
	}
	behind, args := after.Behind(args, "m.starts_at", "m.no", when == Before)
	var some []string
	for _, part := range parts {
		some = append(some, "SELECT * FROM (SELECT "+columns+" FROM meetings_meeting m WHERE "+part+" AND "+where+" AND "+behind+" ORDER BY "+order+" LIMIT $1) m")
	}
	return storage.All(tx, scan, strings.Join(some, " UNION ALL ")+" ORDER BY "+strings.ReplaceAll(order, "m.", "")+" LIMIT $1", args...)
}

// nowMost is how many meetings that go on at once are searched by words of their points.
const nowMost = 200

// findPoints is a page of the points with certain words in their titles, of the meetings of a query.
func findPoints(tx *storage.Tx, q Query, today time.Time, most int) (p search.Page[Item], err error) {
	var where string
	var args []any
	if q.When == Now { // so few that they are named
		goOn, err := listSide(tx, q, Now, today, storage.Place{}, nowMost)
		if err != nil || len(goOn) == 0 {
			return p, err
		}
		var ids []civic.ID
		for _, m := range goOn {
			ids = append(ids, m.ID)
		}
		where, args = storage.In(nil, ids)
		where = "m.id IN " + where
	} else {
		var parts []string
		where, args = q.narrow(nil)
		parts, args = q.parts(q.When, args, tx.Now(), today)
		where += " AND (" + strings.Join(parts, " OR ") + ")"
	}
	rows := search.Rows[Item]{Columns: itemColumns, From: "meetings_item i", Number: "i.no",
		Where: " AND EXISTS (SELECT 1 FROM meetings_meeting m WHERE m.id = i.meeting AND " + where + ")", Args: args, Scan: scanItem, NumberOf: func(i Item) int64 { return i.no }}
	if q.When == Now || !q.Month.IsZero() { // few of all points, whatever words they have
		if rows.Least, rows.Most, err = numbersOf(tx, where, args); err != nil || rows.Most == 0 {
			return p, err
		}
	}
	return search.List(tx, KindItem, true, q.Words, q.After, most, rows)
}

// numbersOf are the least and the greatest number of a point of the meetings m with a condition; 0 when they have none.
func numbersOf(tx *storage.Tx, where string, args []any) (least, greatest int64, err error) {
	all, err := storage.One(tx, storage.Into(func(n *[2]int64) []any { return []any{&n[0], &n[1]} }),
		"SELECT COALESCE(MIN(i.no), 0), COALESCE(MAX(i.no), 0) FROM meetings_meeting m JOIN meetings_item i ON i.meeting = m.id WHERE "+where, args...)
	return all[0], all[1], err
}

// latestConvened lists the meetings to which people were invited, those that begin last in front.
func latestConvened(tx *storage.Tx, most int) ([]Meeting, error) {
	return storage.All(tx, scan, "SELECT "+columns+" FROM meetings_meeting m WHERE m.state <> $1 ORDER BY m.starts_at DESC, m.no DESC LIMIT $2", Planned, most)
}

// convenedBetween lists the meetings of all bodies in a time to which people were invited, the earliest first.
func convenedBetween(tx *storage.Tx, from, to time.Time, most int) ([]Meeting, error) {
	return storage.All(tx, scan, "SELECT "+columns+" FROM meetings_meeting m WHERE m.starts_at >= $1 AND m.starts_at < $2 AND m.state = $3 ORDER BY m.starts_at, m.no LIMIT $4",
		storage.Millis(from), storage.Millis(to), Convened, most)
}

// countConvened counts the meetings from an instant on to which people were invited.
func countConvened(tx *storage.Tx, from time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM meetings_meeting WHERE starts_at >= $1 AND state = $2", storage.Millis(from), Convened)
}

func insert(tx *storage.Tx, m *Meeting) (err error) {
	if m.no, err = number(tx, "meetings_meeting"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO meetings_meeting (no, id, body, state, starts_at, place, stream, recorded, present, members, needed, sequence, reason, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, '', '[]', 0, 0, 0, $8, $9)",
		m.no, m.ID, m.Body.String(), m.State, storage.Millis(m.StartsAt), m.Place, m.Stream, m.Reason, storage.Millis(tx.Now()))
	return err
}

func update(tx *storage.Tx, m Meeting) error {
	_, err := tx.Exec("UPDATE meetings_meeting SET state = $2, present = $3, members = $4, needed = $5, starts_at = $6, place = $7, sequence = $8, reason = $9, changed_at = $10 WHERE no = $1",
		m.no, m.State, storage.AsJSON(m.Present), m.Members, m.Needed, storage.Millis(m.StartsAt), m.Place, m.Sequence, m.Reason, storage.Millis(tx.Now()))
	return err
}

func updateLinks(tx *storage.Tx, m Meeting) error {
	_, err := tx.Exec("UPDATE meetings_meeting SET stream = $2, recorded = $3, changed_at = $4 WHERE no = $1", m.no, m.Stream, m.Recorded, storage.Millis(tx.Now()))
	return err
}

// Points of agendas.

const itemColumns = "i.no, i.id, i.meeting, i.place, i.state, i.title, i.origin, i.reporter, i.minutes, i.report, i.next, i.received, i.days, i.due"

var scanItem = storage.Into(func(i *Item) []any {
	return []any{&i.no, &i.ID, &i.Meeting, &i.Place, &i.State, &i.Title, &i.From, &i.Reporter, &i.Minutes, &i.Report, storage.Instant(&i.Next), storage.Instant(&i.Received), &i.Days, storage.Instant(&i.Due)}
})

func findItem(tx *storage.Tx, id civic.ID) (Item, error) {
	return storage.One(tx, scanItem, "SELECT "+itemColumns+" FROM meetings_item i WHERE i.id = $1", id)
}

func itemsByIDs(tx *storage.Tx, ids []civic.ID) ([]Item, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanItem, "SELECT "+itemColumns+" FROM meetings_item i WHERE i.id IN "+in, args...)
}

// Agenda lists the points of a meeting in their order.
func Agenda(tx *storage.Tx, meeting civic.ID) ([]Item, error) {
	return storage.All(tx, scanItem, "SELECT "+itemColumns+" FROM meetings_item i WHERE i.meeting = $1 ORDER BY i.place LIMIT $2", meeting, most)
}

// insertItem puts a point at the end of its meeting's agenda.
func insertItem(tx *storage.Tx, i *Item) (err error) {
	if i.no, err = number(tx, "meetings_item"); err != nil {
		return err
	}
	if i.Place, err = storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) + 1 FROM meetings_item WHERE meeting = $1", i.Meeting); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO meetings_item (no, id, meeting, place, state, title, origin, reporter, minutes, report, next, received, days, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13)",
		i.no, i.ID, i.Meeting, i.Place, i.State, i.Title, i.From, i.Reporter, i.Minutes, i.Report, storage.Millis(i.Received), i.Days, storage.Millis(i.Due))
	return err
}

func updateItem(tx *storage.Tx, i Item) error {
	_, err := tx.Exec("UPDATE meetings_item SET state = $2, next = $3 WHERE no = $1", i.no, i.State, storage.Millis(i.Next))
	return err
}

// countReports counts the reports of state bodies that a body heard.
func countReports(tx *storage.Tx, body civic.Ref) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM meetings_meeting m JOIN meetings_item i ON i.meeting = m.id WHERE m.body = $1 AND m.state = $4 AND i.report AND i.state IN ($2, $3)", body.String(), Discussed, Decided, Closed)
}

// opinionsDue lists the points about draft acts on which a body (zero: any) has not given its opinion, the most urgent first. One that was
// postponed is told by the point that takes it up again.
func opinionsDue(tx *storage.Tx, body civic.Ref, most int) ([]Item, error) {
	where, args := ofBody([]any{most, Decided}, body)
	return storage.All(tx, scanItem, "SELECT "+itemColumns+` FROM meetings_item i JOIN meetings_meeting m ON m.id = i.meeting WHERE i.due > 0 AND i.state <> $2 AND `+where+`
		AND NOT EXISTS (SELECT 1 FROM meetings_item n JOIN meetings_meeting o ON o.id = n.meeting WHERE n.due > 0 AND n.no > i.no AND o.body = m.body AND (n.origin <> '' AND n.origin = i.origin OR n.title = i.title))
		ORDER BY i.due, i.no LIMIT $1`, args...)
}

// Votes.

const voteColumns = "v.no, v.id, v.meeting, v.item, v.at, v.text, v.rule, v.members, v.quorum, v.needed, v.ballots, v.secret, v.tellers, v.yes, v.nay, v.abstain, v.recused, v.accepted, v.entries"

var scanVote = storage.Into(func(v *Vote) []any {
	return []any{&v.no, &v.ID, &v.Meeting, &v.Item, storage.Instant(&v.At), &v.Text, &v.Rule, &v.Members, &v.Quorum, &v.Needed, storage.JSON(&v.Ballots), &v.Secret, storage.JSON(&v.Tellers),
		&v.For, &v.Against, &v.Abstain, &v.Recused, &v.Accepted, &v.Entries}
})

func votesByIDs(tx *storage.Tx, ids []civic.ID) ([]Vote, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanVote, "SELECT "+voteColumns+" FROM meetings_vote v WHERE v.id IN "+in, args...)
}

// VotesOf lists the votes of a meeting, the earliest first.
func VotesOf(tx *storage.Tx, meeting civic.ID) ([]Vote, error) {
	return storage.All(tx, scanVote, "SELECT "+voteColumns+" FROM meetings_vote v WHERE v.meeting = $1 ORDER BY v.no LIMIT $2", meeting, most)
}

func insertVote(tx *storage.Tx, v *Vote) (err error) {
	if v.no, err = number(tx, "meetings_vote"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO meetings_vote (no, id, meeting, item, at, text, rule, members, quorum, needed, ballots, secret, tellers, yes, nay, abstain, recused, accepted, entries)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		v.no, v.ID, v.Meeting, v.Item, storage.Millis(v.At), v.Text, v.Rule, v.Members, v.Quorum, v.Needed, storage.AsJSON(v.Ballots), v.Secret, storage.AsJSON(append([]civic.ID{}, v.Tellers...)), v.For, v.Against, v.Abstain, v.Recused, v.Accepted, v.Entries)
	return err
}

// votesIn is a page of the votes of all meetings of a body, the earliest first, behind the number after; 0: from the first.
func votesIn(tx *storage.Tx, body civic.Ref, after int64, size int) ([]Vote, error) {
	return storage.All(tx, scanVote, "SELECT "+voteColumns+" FROM meetings_vote v JOIN meetings_meeting m ON m.id = v.meeting WHERE m.body = $1 AND v.no > $2 ORDER BY v.no LIMIT $3", body.String(), after, size)
}
