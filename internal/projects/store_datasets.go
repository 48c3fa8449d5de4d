package projects

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// datasets are the tables that everybody may take away: what is done together, and who does it. What residents said of it is read on the pages.
func datasets() []part.Dataset {
	projects := slices.Concat(part.Required(part.String, "id state"), part.Optional(part.Words, "title"), part.Optional(part.String, "district theme"), part.Optional(part.Day, "starts_on ends_on first_end_on"),
		part.Required(part.Day, "agreed_on"), part.Optional(part.Day, "ended_on"), part.Measured(part.UnitTimes, "milestones"))
	partners := part.Required(part.String, "project organisation role")
	stored := slices.Clone(projects) // the days of its plan are kept as they are written
	for i, c := range stored {
		if slices.Contains(planned, c.Name) {
			stored[i].Type = part.String
		}
	}
	return []part.Dataset{
		{Name: "projects.projects", Key: "id", Path: root, Suppression: part.OpenActs, Columns: projects,
			Rows: part.SelectRows(stored, `SELECT p.no, p.id, p.state, p.title, p.district, p.theme, p.starts, p.ends, p.first_end, p.agreed_at, p.ended_at,
				(SELECT COUNT(*) FROM projects_milestone m WHERE m.project = p.no) FROM projects_project p WHERE p.no > $1 AND p.agreed_at > 0 ORDER BY p.no LIMIT $2`).Mapped(daysOf(stored))},
		{Name: "projects.partners", Key: "project organisation", Path: root, Suppression: part.OpenActs, Columns: partners,
			Rows: part.SelectPairs(partners, `SELECT p.no, n.nth, p.id, n.organisation, n.role FROM (SELECT r.*, (SELECT COUNT(*) FROM projects_partner o WHERE o.project = r.project AND o.organisation <= r.organisation) AS nth
				FROM projects_partner r) n JOIN projects_project p ON p.no = n.project WHERE (p.no, n.nth) > ($1, $2) AND p.agreed_at > 0 ORDER BY p.no, n.nth LIMIT $3`)},
	}
}

var planned = []string{"starts_on", "ends_on", "first_end_on"}

// daysOf makes days of those that are kept as they are written: noon, which is on the same day in every zone of the country.
func daysOf(stored []part.Column) func(*storage.Tx, []part.Row) ([]part.Row, error) {
	return func(_ *storage.Tx, rows []part.Row) ([]part.Row, error) {
		for _, row := range rows {
			for i, c := range stored {
				if slices.Contains(planned, c.Name) {
					day, err := time.Parse(time.DateOnly, row[i].(string))
					if err != nil {
						row[i] = time.Time{} // none is planned
						continue
					}
					row[i] = day.Add(12 * time.Hour)
				}
			}
		}
		return rows, nil
	}
}
