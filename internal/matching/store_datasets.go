package matching

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. Gifts are those of their campaigns. What ends at a midnight
// had the day before as its last.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id organisation state rule"), part.Optional(part.Words, "title"), part.Optional(part.String, "district theme"), part.Measured(part.Tiyn, "money"),
		part.Required(part.Day, "opens_on ends_on"), part.Optional(part.Day, "closed_on"))
	return []part.Dataset{{
		Name: "matching.pools", Key: "id", Path: root, Suppression: part.OpenActs, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT p.no, p.id, p.sponsor, p.state, p.rule, p.title, p.district, p.theme, p.money * 100, p.opens_at, p.ends_at, p.closed_at
			FROM matching_pool p WHERE p.no > $1 ORDER BY p.no LIMIT $2`),
	}}
}
