package events

import (
	"fmt"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// askedOf are those who are asked to host an event too; at most mostHosts.
func askedOf(tx *storage.Tx, e Event) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT host FROM events_asked WHERE event = $1 ORDER BY asked_at, host", e.no)
}

func insertAsked(tx *storage.Tx, e Event, host civic.ID) error {
	_, err := tx.Exec("INSERT INTO events_asked (event, host, asked_at) VALUES ($1, $2, $3)", e.no, host, storage.Millis(tx.Now()))
	return err
}

func deleteAsked(tx *storage.Tx, e Event, host civic.ID) error {
	_, err := tx.Exec("DELETE FROM events_asked WHERE event = $1 AND host = $2", e.no, host)
	return err
}

// askedFor are the events that those for whom an actor acts are asked to host, those asked first in front.
func askedFor(tx *storage.Tx, a civic.Actor, most int) ([]Event, error) {
	in, args := storage.In(nil, a.Scopes(civic.Representative, civic.Officer))
	return storage.All(tx, scanEvent, "SELECT "+columns+" FROM events_event e WHERE e.no IN (SELECT q.event FROM events_asked q WHERE q.host IN "+in+") AND e.state IN ('draft', 'announced', 'reported')"+fmt.Sprintf(" ORDER BY e.changed_at, e.no LIMIT %d", most), args...)
}

// rewriteHosts puts an event and its dates on the lists of those who host it now.
func rewriteHosts(tx *storage.Tx, e Event) error {
	if _, err := tx.Exec("UPDATE events_event SET hosts = $2 WHERE no = $1", e.no, storage.AsJSON(e.Hosts)); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM events_host WHERE event = $1", e.no); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM events_hosted WHERE date IN (SELECT d.no FROM events_date d WHERE d.event = $1)", e.no); err != nil {
		return err
	}
	if err := insertHosts(tx, e); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO events_hosted (host, starts_at, date) SELECT h.host, d.starts_at, d.no FROM events_date d JOIN events_host h ON h.event = d.event WHERE d.event = $1", e.no)
	return err
}
