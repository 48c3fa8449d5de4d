package sponsorship

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. The book of each campaign has its gifts. What ends at a midnight
// had the day before as its last.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id organisation state keep"), part.Optional(part.Words, "title"), part.Optional(part.String, "district theme"),
		part.Required(part.Day, "opened_on ends_on"), part.Optional(part.Day, "closed_on"))
	return []part.Dataset{{
		Name: "sponsorship.campaigns", Key: "id", Path: root, Suppression: part.OpenActs, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT c.no, c.id, c.organisation, c.state, c.keep, c.title, c.district, c.theme, c.opened_at, c.ends_at, c.closed_at
			FROM sponsorship_campaign c WHERE c.no > $1 AND c.opened_at > 0 AND c.state IN ('running', 'closed') ORDER BY c.no LIMIT $2`),
	}}
}
