package meetings

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const entryColumns = "e.no, e.item, e.account, e.entered_at, e.ask, e.present"

var scanEntry = storage.Into(func(e *Entry) []any {
	return []any{&e.no, &e.Item, &e.Account, storage.Instant(&e.At), storage.JSON(&e.Ask), storage.JSON(&e.Present)}
})

// entriesOf lists what was read off the papers of a vote on a point, the first entry first. There are at most two.
func entriesOf(tx *storage.Tx, item civic.ID) ([]Entry, error) {
	return storage.All(tx, scanEntry, "SELECT "+entryColumns+" FROM meetings_entry e WHERE e.item = $1 ORDER BY e.no LIMIT 2", item)
}

// entriesIn are those of all points of a meeting.
func entriesIn(tx *storage.Tx, meeting civic.ID) ([]Entry, error) {
	return storage.All(tx, scanEntry, "SELECT "+entryColumns+" FROM meetings_entry e JOIN meetings_item i ON i.id = e.item WHERE i.meeting = $1 ORDER BY e.no LIMIT $2", meeting, most)
}

// enteredItems are the points whose papers an account has entered.
func enteredItems(tx *storage.Tx, account civic.ID) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT item FROM meetings_entry WHERE account = $1 ORDER BY no", account)
}

// halfEntered lists points that another than the account has entered, and nobody else: they wait for a second person.
func halfEntered(tx *storage.Tx, account civic.ID, most int) ([]Entry, error) {
	return storage.All(tx, scanEntry, `SELECT `+entryColumns+` FROM meetings_entry e WHERE e.account <> $1
		AND NOT EXISTS (SELECT 1 FROM meetings_entry o WHERE o.item = e.item AND o.no <> e.no) ORDER BY e.no LIMIT $2`, account, most)
}

// putEntry keeps what a person read, in the place of what they read before.
func putEntry(tx *storage.Tx, e *Entry) (err error) {
	if e.no != 0 {
		_, err = tx.Exec("UPDATE meetings_entry SET entered_at = $2, ask = $3, present = $4 WHERE no = $1", e.no, storage.Millis(e.At), storage.AsJSON(e.Ask), storage.AsJSON(e.Present))
		return err
	}
	if e.no, err = number(tx, "meetings_entry"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO meetings_entry (no, item, account, entered_at, ask, present) VALUES ($1, $2, $3, $4, $5, $6)", e.no, e.Item, e.Account, storage.Millis(e.At), storage.AsJSON(e.Ask), storage.AsJSON(e.Present))
	return err
}

func dropEntries(tx *storage.Tx, item civic.ID) error {
	_, err := tx.Exec("DELETE FROM meetings_entry WHERE item = $1", item)
	return err
}
