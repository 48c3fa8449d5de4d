package councils

import (
	"encoding/json"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func written(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// number is the next one of a table. Whoever inserts holds the lock of all numbers, so that search documents are
// numbered in the order of time.
func number(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock("councils_no"); err != nil {
		return 0, err
	}
	last, err := storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(no), 0) FROM "+table)
	return last + 1, err
}

// most bounds lists of what belongs to one council or meeting.
const most = 1_000

// Councils.

const councilColumns = "c.no, c.id, c.form, c.name, c.about, c.body, c.law, c.regulation, c.size, c.since, c.until"

var scanCouncil = storage.Into(func(c *Council) []any {
	return []any{&c.no, &c.ID, &c.Form, &c.Name, &c.About, &c.Body, &c.Law, &c.Regulation, &c.Size, storage.Instant(&c.Since), storage.Instant(&c.Until)}
})

func find(tx *storage.Tx, id civic.ID) (Council, error) {
	return storage.One(tx, scanCouncil, "SELECT "+councilColumns+" FROM councils_council c WHERE c.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Council, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCouncil, "SELECT "+councilColumns+" FROM councils_council c WHERE c.id IN "+in, args...)
}

// list gives councils, those whose term ends last in front.
func list(tx *storage.Tx, most int) ([]Council, error) {
	return storage.All(tx, scanCouncil, "SELECT "+councilColumns+" FROM councils_council c ORDER BY c.until DESC, c.no DESC LIMIT $1", most)
}

func countActive(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_council WHERE since <= $1 AND until >= $2", storage.Millis(tx.Now()), storage.Millis(tx.Now().AddDate(0, 0, -1)))
}

func insert(tx *storage.Tx, c *Council) (err error) {
	if c.no, err = number(tx, "councils_council"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_council (no, id, form, name, about, body, law, regulation, size, since, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		c.no, c.ID, c.Form, c.Name, c.About, c.Body, c.Law, c.Regulation, c.Size, storage.Millis(c.Since), storage.Millis(c.Until))
	return err
}

// Seats.

const seatColumns = "s.no, s.id, s.council, s.name, s.post, s.side, s.organisation, s.commission, s.since, s.until, s.sex, s.born, s.district"

var scanSeat = storage.Into(func(s *Seat) []any {
	return []any{&s.no, &s.ID, &s.Council, &s.Name, &s.Post, &s.Side, &s.Organisation, &s.Commission, storage.Instant(&s.Since), storage.Instant(&s.Until), &s.Sex, &s.Born, &s.District}
})

// seats lists all that sit, sat or will sit in a council, in the order in which they came.
func seats(tx *storage.Tx, council civic.ID) ([]Seat, error) {
	return storage.All(tx, scanSeat, "SELECT "+seatColumns+" FROM councils_seat s WHERE s.council = $1 ORDER BY s.no LIMIT $2", council, most)
}

func seatsByIDs(tx *storage.Tx, ids []civic.ID) ([]Seat, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanSeat, "SELECT "+seatColumns+" FROM councils_seat s WHERE s.id IN "+in, args...)
}

func insertSeat(tx *storage.Tx, s *Seat) (err error) {
	if s.no, err = number(tx, "councils_seat"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_seat (no, id, council, name, post, side, organisation, commission, since, until, sex, born, district) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		s.no, s.ID, s.Council, s.Name, s.Post, s.Side, s.Organisation, s.Commission, storage.Millis(s.Since), storage.Millis(s.Until), s.Sex, s.Born, s.District)
	return err
}

func endSeat(tx *storage.Tx, s Seat) error {
	_, err := tx.Exec("UPDATE councils_seat SET until = $2 WHERE no = $1", s.no, storage.Millis(s.Until))
	return err
}

// Meetings.

const meetingColumns = "m.no, m.id, m.council, m.state, m.starts_at, m.place, m.stream, m.present, m.members, m.needed"

var scanMeeting = storage.Into(func(m *Meeting) []any {
	return []any{&m.no, &m.ID, &m.Council, &m.State, storage.Instant(&m.StartsAt), &m.Place, &m.Stream, storage.JSON(&m.Present), &m.Members, &m.Needed}
})

func findMeeting(tx *storage.Tx, id civic.ID) (Meeting, error) {
	return storage.One(tx, scanMeeting, "SELECT "+meetingColumns+" FROM councils_meeting m WHERE m.id = $1", id)
}

func meetingsByIDs(tx *storage.Tx, ids []civic.ID) ([]Meeting, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanMeeting, "SELECT "+meetingColumns+" FROM councils_meeting m WHERE m.id IN "+in, args...)
}

// meetings lists those of a council, the latest first.
func meetings(tx *storage.Tx, council civic.ID, most int) ([]Meeting, error) {
	return storage.All(tx, scanMeeting, "SELECT "+meetingColumns+" FROM councils_meeting m WHERE m.council = $1 ORDER BY m.starts_at DESC, m.no DESC LIMIT $2", council, most)
}

// convenedBetween lists the meetings of all councils in a time to which people were invited, the earliest first.
func convenedBetween(tx *storage.Tx, from, to time.Time, most int) ([]Meeting, error) {
	return storage.All(tx, scanMeeting, "SELECT "+meetingColumns+" FROM councils_meeting m WHERE m.starts_at >= $1 AND m.starts_at < $2 AND m.state = $3 ORDER BY m.starts_at, m.no LIMIT $4",
		storage.Millis(from), storage.Millis(to), Convened, most)
}

// countConvened counts the meetings from an instant on to which people were invited.
func countConvened(tx *storage.Tx, from time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_meeting WHERE starts_at >= $1 AND state = $2", storage.Millis(from), Convened)
}

func insertMeeting(tx *storage.Tx, m *Meeting) (err error) {
	if m.no, err = number(tx, "councils_meeting"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_meeting (no, id, council, state, starts_at, place, stream, present, members, needed) VALUES ($1, $2, $3, $4, $5, $6, $7, '[]', 0, 0)",
		m.no, m.ID, m.Council, m.State, storage.Millis(m.StartsAt), m.Place, m.Stream)
	return err
}

func updateMeeting(tx *storage.Tx, m Meeting) error {
	present, err := written(m.Present)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE councils_meeting SET state = $2, present = $3, members = $4, needed = $5 WHERE no = $1", m.no, m.State, present, m.Members, m.Needed)
	return err
}

// Points of agendas.

const itemColumns = "i.no, i.id, i.council, i.meeting, i.place, i.state, i.title, i.origin, i.reporter, i.minutes, i.next"

var scanItem = storage.Into(func(i *Item) []any {
	return []any{&i.no, &i.ID, &i.Council, &i.Meeting, &i.Place, &i.State, &i.Title, &i.From, &i.Reporter, &i.Minutes, storage.Instant(&i.Next)}
})

func findItem(tx *storage.Tx, id civic.ID) (Item, error) {
	return storage.One(tx, scanItem, "SELECT "+itemColumns+" FROM councils_item i WHERE i.id = $1", id)
}

func itemsByIDs(tx *storage.Tx, ids []civic.ID) ([]Item, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanItem, "SELECT "+itemColumns+" FROM councils_item i WHERE i.id IN "+in, args...)
}

func agenda(tx *storage.Tx, meeting civic.ID) ([]Item, error) {
	return storage.All(tx, scanItem, "SELECT "+itemColumns+" FROM councils_item i WHERE i.meeting = $1 ORDER BY i.place LIMIT $2", meeting, most)
}

// insertItem puts a point at the end of its meeting's agenda.
func insertItem(tx *storage.Tx, i *Item) (err error) {
	if i.no, err = number(tx, "councils_item"); err != nil {
		return err
	}
	if i.Place, err = storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) + 1 FROM councils_item WHERE meeting = $1", i.Meeting); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_item (no, id, council, meeting, place, state, title, origin, reporter, minutes, next) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
		i.no, i.ID, i.Council, i.Meeting, i.Place, i.State, i.Title, i.From, i.Reporter, i.Minutes)
	return err
}

func updateItem(tx *storage.Tx, i Item) error {
	_, err := tx.Exec("UPDATE councils_item SET state = $2, next = $3 WHERE no = $1", i.no, i.State, storage.Millis(i.Next))
	return err
}

// Votes.

const voteColumns = "v.no, v.id, v.meeting, v.item, v.at, v.text, v.rule, v.members, v.quorum, v.needed, v.ballots, v.secret, v.tellers, v.yes, v.nay, v.abstain, v.recused, v.accepted"

var scanVote = storage.Into(func(v *Vote) []any {
	return []any{&v.no, &v.ID, &v.Meeting, &v.Item, storage.Instant(&v.At), &v.Text, &v.Rule, &v.Members, &v.Quorum, &v.Needed, storage.JSON(&v.Ballots), &v.Secret, storage.JSON(&v.Tellers),
		&v.For, &v.Against, &v.Abstain, &v.Recused, &v.Accepted}
})

func votesByIDs(tx *storage.Tx, ids []civic.ID) ([]Vote, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanVote, "SELECT "+voteColumns+" FROM councils_vote v WHERE v.id IN "+in, args...)
}

func votesOf(tx *storage.Tx, meeting civic.ID) ([]Vote, error) {
	return storage.All(tx, scanVote, "SELECT "+voteColumns+" FROM councils_vote v WHERE v.meeting = $1 ORDER BY v.no LIMIT $2", meeting, most)
}

func insertVote(tx *storage.Tx, v *Vote) (err error) {
	if v.no, err = number(tx, "councils_vote"); err != nil {
		return err
	}
	ballots, err := written(v.Ballots)
	if err != nil {
		return err
	}
	tellers, err := written(append([]civic.ID{}, v.Tellers...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO councils_vote (no, id, meeting, item, at, text, rule, members, quorum, needed, ballots, secret, tellers, yes, nay, abstain, recused, accepted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		v.no, v.ID, v.Meeting, v.Item, storage.Millis(v.At), v.Text, v.Rule, v.Members, v.Quorum, v.Needed, ballots, v.Secret, tellers, v.For, v.Against, v.Abstain, v.Recused, v.Accepted)
	return err
}

// Recommendations.

const recommendationColumns = "r.no, r.id, r.council, r.meeting, r.vote, r.number, r.text, r.body, r.opinion, r.adopted_at, r.sent_at"

var scanRecommendation = storage.Into(func(r *Recommendation) []any {
	return []any{&r.no, &r.ID, &r.Council, &r.Meeting, &r.Vote, &r.Number, &r.Text, &r.Body, &r.Opinion, storage.Instant(&r.AdoptedAt), storage.Instant(&r.SentAt)}
})

func findRecommendation(tx *storage.Tx, id civic.ID) (Recommendation, error) {
	return storage.One(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.id = $1", id)
}

func recommendationsByIDs(tx *storage.Tx, ids []civic.ID) ([]Recommendation, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.id IN "+in, args...)
}

// recommendations lists those of a council, the latest first.
func recommendations(tx *storage.Tx, council civic.ID) ([]Recommendation, error) {
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.council = $1 ORDER BY r.no DESC LIMIT $2", council, most)
}

// latestSent lists what was sent to bodies last.
func latestSent(tx *storage.Tx, most int) ([]Recommendation, error) {
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.sent_at > 0 ORDER BY r.no DESC LIMIT $1", most)
}

func countRecommendations(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_recommendation")
}

func countRecommendationsBefore(tx *storage.Tx, then time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_recommendation WHERE adopted_at < $1", storage.Millis(then))
}

func countOfYear(tx *storage.Tx, council civic.ID, from time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_recommendation WHERE council = $1 AND adopted_at >= $2", council, storage.Millis(from))
}

func insertRecommendation(tx *storage.Tx, r *Recommendation) (err error) {
	if r.no, err = number(tx, "councils_recommendation"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_recommendation (no, id, council, meeting, vote, number, text, body, opinion, adopted_at, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
		r.no, r.ID, r.Council, r.Meeting, r.Vote, r.Number, r.Text, r.Body, r.Opinion, storage.Millis(r.AdoptedAt))
	return err
}

func markSent(tx *storage.Tx, r Recommendation) error {
	_, err := tx.Exec("UPDATE councils_recommendation SET sent_at = $2 WHERE no = $1", r.no, storage.Millis(r.SentAt))
	return err
}
