package surveys

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. Answers are not among them: each survey has its own file, with its own rules of what
// is told of few people.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id state body audience"), part.Optional(part.Words, "title"), part.Optional(part.String, "district theme"),
		part.Required(part.Day, "opened_on"), part.Optional(part.Day, "closes_on counted_on"))
	return []part.Dataset{{
		Name: "surveys.surveys", Key: "id", Path: root, Suppression: part.OpenActs, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT s.no, s.id, s.state, s.body, s.audience, s.title, s.district, s.theme, s.opened_at, s.closes_at, s.counted_at
			FROM surveys_survey s WHERE s.no > $1 AND s.opened_at > 0 ORDER BY s.no LIMIT $2`),
	}}
}
