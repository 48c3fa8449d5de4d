package grants

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away: what is given, and to which organisations it was. What applicants wrote is read on
// the pages.
func datasets() []part.Dataset {
	calls := slices.Concat(part.Required(part.String, "id funder kind state"), part.Optional(part.Words, "title"), part.Optional(part.String, "district theme"), part.Measured(part.Tiyn, "money most"),
		part.Measured(part.NoUnit, "own"), part.Required(part.Day, "announced_on"), part.Optional(part.Day, "opens_on closes_on decided_on"),
		[]part.Column{{Name: "applications", Type: part.Integer, Unit: part.UnitTimes}}) // told with the decision: before it, who is recused from one would learn that it is there
	awards := slices.Concat(part.Required(part.String, "call"), part.Measured(part.NoUnit, "number"), part.Required(part.String, "organisation"), part.Measured(part.Tiyn, "asked given"), part.Required(part.Day, "decided_on"))
	return []part.Dataset{
		{Name: "grants.calls", Key: "id", Path: root, Suppression: part.OpenActs, Columns: calls,
			Rows: part.SelectRows(calls, `SELECT c.no, c.id, c.funder, c.kind, c.state, c.title, c.district, c.theme, c.money, c.most, c.own, c.announced_at, c.opens, c.closes, c.decided_at,
				CASE WHEN c.state = 'decided' THEN (SELECT COUNT(*) FROM grants_application a WHERE a.call = c.id AND a.number > 0 AND a.state NOT IN ('begun', 'withdrawn')) END FROM grants_call c WHERE c.no > $1 AND c.state <> 'draft' ORDER BY c.no LIMIT $2`)},
		{Name: "grants.awards", Key: "call number", Path: root, Suppression: part.OpenActs, Columns: awards,
			Rows: part.SelectRows(awards, `SELECT a.no, a.call, a.number, a.applicant, a.ask, a.award, a.decided_at FROM grants_application a JOIN grants_call c ON c.id = a.call
				WHERE a.no > $1 AND c.state = 'decided' AND a.number > 0 AND a.award > 0 ORDER BY a.no LIMIT $2`)},
	}
}
