package answers

import (
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// datasets are the tables that everybody may take away. What exactly is owed, and who is in charge of it, is read on its page: words can be
// taken down there, and in a version of a dataset they could not.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id subject owed"), part.Optional(part.String, "origin body district theme"),
		part.Required(part.Day, "started_on"), part.Measured(part.UnitDays, "term_days"), part.Required(part.Boolean, "working_days"),
		part.Optional(part.Day, "due_on given_on"), part.Required(part.String, "state"), part.Optional(part.String, "outcome"))
	return []part.Dataset{{
		Name: "answers.obligations", Key: "id", Path: "/answers", Suppression: part.OpenActs, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT o.no, o.id, o.subject, o.owed, o.origin, o.body, o.district, o.theme, o.started_at, o.days, o.working, o.due, o.given_at, o.state,
			COALESCE((SELECT v.outcome FROM answers_verdict v WHERE v.obligation = o.no ORDER BY v.no DESC LIMIT 1), '')
			FROM answers_obligation o WHERE o.no > $1 ORDER BY o.no LIMIT $2`).Mapped(bodyIDs),
	}}
}

// bodyIDs writes bodies, which are kept as references, as the register's own table has them.
func bodyIDs(_ *storage.Tx, rows []part.Row) ([]part.Row, error) {
	const body = 4
	for _, row := range rows {
		if ref, ok := civic.ParseRef(row[body].(string)); ok {
			row[body] = string(ref.ID)
		}
	}
	return rows, nil
}
