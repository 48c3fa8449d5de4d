package drafts

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. Remarks are counted; what they say is read on the pages, and what
// became of them is told once the body has reported.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id sort state body"), part.Optional(part.Words, "title"), part.Optional(part.String, "district theme"), part.Measured(part.NoUnit, "version"),
		part.Required(part.Day, "opened_on"), part.Optional(part.Day, "closes_on reported_on decided_on"), part.Measured(part.UnitTimes, "remarks taken"))
	return []part.Dataset{{
		Name: "drafts.drafts", Key: "id", Path: "/drafts", Suppression: part.OpenThings, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT d.no, d.id, d.sort, d.state, d.body, d.title, d.district, d.theme, d.version, d.opened_at, d.closes_at, d.reported_at, d.decided_at,
			(SELECT COUNT(*) FROM drafts_remark r WHERE r.draft = d.no AND r.state = 'shown'), (SELECT COUNT(*) FROM drafts_remark r WHERE r.draft = d.no AND r.state = 'shown' AND r.outcome IN ('taken', 'partly') AND d.reported_at > 0)
			FROM drafts_draft d WHERE d.no > $1 AND d.opened_at > 0 ORDER BY d.no LIMIT $2`),
	}}
}
