package forming

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. Who stands is read on the pages.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id subject state method"), part.Measured(part.NoUnit, "seats reserve"), part.Required(part.Day, "announced_on until_on"), part.Optional(part.Day, "ended_on"))
	return []part.Dataset{{
		Name: "forming.competitions", Key: "id", Path: root, Suppression: part.OpenActs, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT c.no, c.id, c.body, c.state, c.method, c.seats, c.reserve, c.announced_at, c.until, c.ended_at
			FROM forming_competition c WHERE c.no > $1 AND c.state <> 'draft' ORDER BY c.no LIMIT $2`),
	}}
}
