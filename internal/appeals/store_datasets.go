package appeals

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away: what lists show of every appeal, and no word of those who filed it.
func datasets() []part.Dataset {
	all := slices.Concat(part.Required(part.String, "id number kind state"), part.Required(part.Boolean, "open"), part.Required(part.String, "language"),
		part.Optional(part.String, "district theme body"), part.Required(part.Day, "filed_on"))
	cases := slices.Concat(part.Required(part.String, "id appeal body state"), part.Optional(part.String, "word origin obligation"), part.Required(part.Day, "begun_on"),
		part.Optional(part.Day, "contested_on closed_on"))
	return []part.Dataset{
		{Name: "appeals.appeals", Key: "id", Path: "/appeals", Suppression: part.OpenThings, Columns: all,
			Rows: part.SelectRows(all, `SELECT a.no, a.id, CAST(a.year AS TEXT) || '-' || SUBSTR(CAST(a.serial + 1000000 AS TEXT), 2), a.sort, a.state, a.open, a.lang, a.district, a.theme, a.body, a.filed_at
				FROM appeals_appeal a WHERE a.no > $1 AND a.serial > 0 ORDER BY a.no LIMIT $2`)},
		{Name: "appeals.cases", Key: "id", Path: "/appeals", Suppression: part.OpenThings, Columns: cases,
			Rows: part.SelectRows(cases, `SELECT c.no, c.id, c.appeal, c.body, c.state, c.word, c.origin, c.obligation, c.begun_at, c.contested_at, c.closed_at
				FROM appeals_case c JOIN appeals_appeal a ON a.id = c.appeal WHERE c.no > $1 AND a.serial > 0 ORDER BY c.no LIMIT $2`)},
	}
}
