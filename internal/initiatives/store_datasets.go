package initiatives

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. Titles and words are residents', and read on the pages.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id state language"), part.Optional(part.String, "body district theme"), part.Measured(part.NoUnit, "year number"), part.Required(part.Day, "decided_on"),
		part.Optional(part.Day, "opened_on closes_on closed_on"), part.Measured(part.UnitPeople, "signed"))
	return []part.Dataset{{
		Name: "initiatives.initiatives", Key: "id", Path: "/initiatives", Suppression: part.OpenTotals, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT i.no, i.id, i.state, i.lang, i.body, i.district, i.theme, i.year, i.serial, i.decided_at, i.opened_at, i.closes_at, i.closed_at, i.signed
			FROM initiatives_initiative i WHERE i.no > $1 AND i.decided_at > 0 ORDER BY i.no LIMIT $2`),
	}}
}
