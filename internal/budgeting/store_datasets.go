package budgeting

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. What people wrote in their proposals is read on the pages: it can be taken down
// there, and in a version of a dataset it could not; what was taken down is not in later versions, but for what its author gave up by leaving. What is over at a midnight had the day before as its last.
func datasets() []part.Dataset {
	campaigns := slices.Concat(part.Required(part.String, "id state"), part.Measured(part.NoUnit, "year"), part.Optional(part.Words, "title"), part.Optional(part.String, "body"),
		part.Required(part.Day, "opens_on votes_on ends_on"))
	ideas := slices.Concat(part.Required(part.String, "id campaign"), part.Measured(part.NoUnit, "number"), part.Required(part.String, "area category state"),
		part.Optional(part.String, "district merged_into"), part.Required(part.Boolean, "paper"), part.Measured(part.Tiyn, "cost"), part.Required(part.Day, "filed_on"))
	results := slices.Concat(part.Required(part.String, "campaign area"), part.Measured(part.UnitPeople, "voters"), part.Measured(part.Tiyn, "spent"), part.Required(part.Day, "counted_on"))
	return []part.Dataset{
		{Name: "budgeting.campaigns", Key: "id", Path: "/budget", Suppression: part.OpenActs, Columns: campaigns,
			Rows: part.SelectRows(campaigns, `SELECT c.no, c.id, c.state, c.year, c.title, c.body, c.opens_at, c.vote_from, c.over_at - 1
				FROM budgeting_campaign c WHERE c.no > $1 AND c.state <> 'draft' ORDER BY c.no LIMIT $2`)},
		{Name: "budgeting.ideas", Key: "id", Path: "/budget", Suppression: part.OpenThings, Columns: ideas,
			Rows: part.SelectRows(ideas, `SELECT p.no, p.id, p.campaign, p.number, p.area, p.category, p.state, p.district, p.merged_into, p.paper, p.cost, p.filed_at
				FROM budgeting_proposal p JOIN budgeting_campaign c ON c.id = p.campaign WHERE p.no > $1 AND c.state <> 'draft' AND (p.text_state <> 'removed' OR p.state = 'withdrawn') ORDER BY p.no LIMIT $2`)},
		{Name: "budgeting.results", Key: "campaign area", Path: "/budget", Suppression: part.OpenTotals, Columns: results,
			Rows: part.SelectPairs(results, `SELECT c.no, n.place, n.campaign, n.area, n.voters, n.spent, n.counted_at
				FROM (SELECT r.*, (SELECT COUNT(*) FROM budgeting_count o WHERE o.campaign = r.campaign AND o.area <= r.area) AS place FROM budgeting_count r) n
				JOIN budgeting_campaign c ON c.id = n.campaign WHERE (c.no, n.place) > ($1, $2) AND c.state <> 'draft' ORDER BY c.no, n.place LIMIT $3`)},
	}
}
