package learning

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. Who learns is nobody's business: how many passed is hidden where they are few.
func datasets() []part.Dataset {
	columns := slices.Concat(part.Required(part.String, "id organisation"), part.Optional(part.Words, "title"), part.Optional(part.String, "theme"), part.Measured(part.UnitMinutes, "minutes"), part.Measured(part.NoUnit, "version"),
		part.Required(part.Day, "published_on"), part.Required(part.Boolean, "withdrawn"), []part.Column{{Name: "passed", Type: part.Integer, Unit: part.UnitPeople}})
	return []part.Dataset{{
		Name: "learning.courses", Key: "id", Path: root, Suppression: part.Suppression{People: "passed"}, Columns: columns,
		Rows: part.SelectRows(columns, `SELECT c.no, c.id, c.organisation, c.title, c.theme, c.minutes, c.version, c.published_at, c.withdrawn > 0,
			(SELECT COUNT(DISTINCT p.account) FROM learning_passed p WHERE p.course = c.no) FROM learning_course c WHERE c.no > $1 AND c.published_at > 0 ORDER BY c.no LIMIT $2`),
	}}
}
