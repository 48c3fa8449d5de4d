package events

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var scanItem = storage.Into(func(i *Item) []any {
	return []any{&i.no, &i.ID, &i.Date, &i.Exhibit, &i.Title, storage.JSON(&i.Speakers), &i.Spot, storage.Instant(&i.Of), storage.Instant(&i.Starts), storage.Instant(&i.Ends), &i.Off}
})

// itemsOf is the programme of an event, the earliest first.
func itemsOf(tx *storage.Tx, e Event) ([]Item, error) {
	return storage.All(tx, scanItem, "SELECT no, id, of_date, exhibit, title, speakers, spot, of_at, starts_at, ends_at, is_off FROM events_item WHERE event = $1 ORDER BY starts_at, no LIMIT $2", e.no, mostItems)
}

// itemsOfAll are the programmes of several events, by their numbers.
func itemsOfAll(tx *storage.Tx, all []Event) (map[int64][]Item, error) {
	out := map[int64][]Item{}
	for _, e := range all {
		items, err := itemsOf(tx, e)
		if err != nil {
			return nil, err
		}
		out[e.no] = items
	}
	return out, nil
}

// withProgramme are those of some events that have one.
func withProgramme(tx *storage.Tx, all []Dated) (map[civic.ID]bool, error) {
	var dates []civic.ID
	for _, d := range all {
		dates = append(dates, d.Date.ID)
	}
	in, args := storage.In(nil, dates)
	ids, err := storage.All(tx, storage.Scalar[civic.ID], "SELECT DISTINCT of_date FROM events_item WHERE of_date IN "+in, args...)
	out := map[civic.ID]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// insertItem numbers the item too: the caller holds the lock of all programmes.
func insertItem(tx *storage.Tx, e Event, i Item) error {
	no, err := storage.Next(tx, "events_item")
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO events_item (no, id, event, of_date, exhibit, title, speakers, spot, of_at, starts_at, ends_at, is_off) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		no, i.ID, e.no, i.Date, i.Exhibit, i.Title, storage.AsJSON(i.Speakers), i.Spot, storage.Millis(i.Of), storage.Millis(i.Starts), storage.Millis(i.Ends), i.Off)
	return err
}

func updateItem(tx *storage.Tx, i Item) error {
	_, err := tx.Exec("UPDATE events_item SET of_date = $2, exhibit = $3, title = $4, speakers = $5, spot = $6, of_at = $7, starts_at = $8, ends_at = $9, is_off = $10 WHERE no = $1",
		i.no, i.Date, i.Exhibit, i.Title, storage.AsJSON(i.Speakers), i.Spot, storage.Millis(i.Of), storage.Millis(i.Starts), storage.Millis(i.Ends), i.Off)
	return err
}

func deleteItem(tx *storage.Tx, i Item) error {
	_, err := tx.Exec("DELETE FROM events_item WHERE no = $1", i.no)
	return err
}

// shiftItems moves the programme of a date with it.
func shiftItems(tx *storage.Tx, date civic.ID, by time.Duration) error {
	_, err := tx.Exec("UPDATE events_item SET of_at = of_at + $2, starts_at = starts_at + $2, ends_at = ends_at + $2 WHERE of_date = $1", date, by.Milliseconds())
	return err
}
