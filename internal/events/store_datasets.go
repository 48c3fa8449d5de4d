package events

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away: one row for each time of an event. What an event is called is told of those that
// are hosted by who is in the register; words of others can be taken down on the page, and in a version of a dataset could not.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id event state"), part.Optional(part.Words, "title"), part.Optional(part.List, "hosts"), part.Optional(part.String, "district theme"),
		part.Required(part.String, "audience"), part.Optional(part.List, "languages access"), part.Required(part.Boolean, "repeats online cancelled"), part.Measured(part.Tiyn, "price"),
		part.Required(part.Datetime, "starts_at ends_at"))
	return []part.Dataset{{
		Name: "events.dates", Key: "id", Path: "/events", Suppression: part.OpenThings, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT d.no, d.id, e.id, e.state, CASE WHEN EXISTS (SELECT 1 FROM events_host h WHERE h.event = e.no) THEN e.title ELSE '{}' END, e.hosts, e.district, e.theme,
			e.audience, e.languages, e.access, e.repeats <> '', e.online <> '', d.is_off, e.price, d.starts_at, d.ends_at`+datedTables+`
			WHERE d.no > $1 AND e.state IN `+publicStates+` ORDER BY d.no LIMIT $2`),
	}}
}
