package minutes

import (
	"encoding/json"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// most bounds lists of what belongs to the minutes of one meeting.
const most = 1_000

// number is the next one of a table.
func number(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock("minutes_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, table)
}

const columns = "n.no, n.id, n.meeting, n.state, n.heard, n.until, n.approved_at, n.approved_in, n.circulated_at, n.days"

var scan = storage.Into(func(m *Minutes) []any {
	return []any{&m.no, &m.ID, &m.Meeting, &m.State, storage.JSON(&m.Heard), storage.Instant(&m.Until), storage.Instant(&m.ApprovedAt), &m.ApprovedIn, storage.Instant(&m.CirculatedAt), &m.Days}
})

// find finds the minutes of a meeting; false when nobody has begun them.
func find(tx *storage.Tx, meeting civic.ID) (Minutes, bool, error) {
	return storage.Found(storage.One(tx, scan, "SELECT "+columns+" FROM minutes_minutes n WHERE n.meeting = $1", meeting))
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Minutes, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scan, "SELECT "+columns+" FROM minutes_minutes n WHERE n.id IN "+in, args...)
}

// openForRemarks lists minutes on which those present may remark now, the first to end in front.
func openForRemarks(tx *storage.Tx, most int) ([]Minutes, error) {
	return storage.All(tx, scan, "SELECT "+columns+" FROM minutes_minutes n WHERE n.state = $1 AND n.until > $2 ORDER BY n.until, n.no LIMIT $3", Remarks, storage.Millis(tx.Now()), most)
}

// put keeps minutes, new ones or such as are there.
func put(tx *storage.Tx, m *Minutes) error {
	heard, err := json.Marshal(append([]Heard{}, m.Heard...))
	if err != nil {
		return err
	}
	if m.no != 0 {
		_, err = tx.Exec("UPDATE minutes_minutes SET state = $2, heard = $3, until = $4, approved_at = $5, approved_in = $6, circulated_at = $7, days = $8 WHERE no = $1",
			m.no, m.State, string(heard), storage.Millis(m.Until), storage.Millis(m.ApprovedAt), m.ApprovedIn, storage.Millis(m.CirculatedAt), m.Days)
		return err
	}
	if m.no, err = number(tx, "minutes_minutes"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO minutes_minutes (no, id, meeting, state, heard, until, approved_at, approved_in, circulated_at, days) VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, $8)",
		m.no, m.ID, m.Meeting, m.State, string(heard), storage.Millis(m.Until), storage.Millis(m.CirculatedAt), m.Days)
	return err
}

const remarkColumns = "r.no, r.id, r.minutes, r.seat, r.at, r.lang, r.words, r.decided, r.reason"

var scanRemark = storage.Into(func(r *Remark) []any {
	return []any{&r.no, &r.ID, &r.Minutes, &r.Seat, storage.Instant(&r.At), &r.Lang, &r.Words, &r.Ruling, &r.Reason}
})

func remarksOn(tx *storage.Tx, minutes civic.ID) ([]Remark, error) {
	return storage.All(tx, scanRemark, "SELECT "+remarkColumns+" FROM minutes_remark r WHERE r.minutes = $1 ORDER BY r.no LIMIT $2", minutes, most)
}

func insertRemark(tx *storage.Tx, r *Remark) (err error) {
	if r.no, err = number(tx, "minutes_remark"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO minutes_remark (no, id, minutes, seat, at, lang, words, decided, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", r.no, r.ID, r.Minutes, r.Seat, storage.Millis(r.At), r.Lang, r.Words, r.Ruling, civic.Text{})
	return err
}

func updateRemark(tx *storage.Tx, r Remark) error {
	_, err := tx.Exec("UPDATE minutes_remark SET decided = $2, reason = $3 WHERE no = $1", r.no, r.Ruling, r.Reason)
	return err
}

const correctionColumns = "c.no, c.id, c.minutes, c.at, c.text"

var scanCorrection = storage.Into(func(c *Correction) []any {
	return []any{&c.no, &c.ID, &c.Minutes, storage.Instant(&c.At), &c.Text}
})

func correctionsOf(tx *storage.Tx, minutes civic.ID) ([]Correction, error) {
	return storage.All(tx, scanCorrection, "SELECT "+correctionColumns+" FROM minutes_correction c WHERE c.minutes = $1 ORDER BY c.no LIMIT $2", minutes, most)
}

func correctionsByIDs(tx *storage.Tx, ids []civic.ID) ([]Correction, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCorrection, "SELECT "+correctionColumns+" FROM minutes_correction c WHERE c.id IN "+in, args...)
}

func insertCorrection(tx *storage.Tx, c *Correction) (err error) {
	if c.no, err = number(tx, "minutes_correction"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO minutes_correction (no, id, minutes, at, text) VALUES ($1, $2, $3, $4, $5)", c.no, c.ID, c.Minutes, storage.Millis(c.At), c.Text)
	return err
}
