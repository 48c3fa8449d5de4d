package councils

import (
	"slices"

	"github.com/birge-kz/birge/internal/part"
)

// datasets are the tables that everybody may take away. Who sits in a council is read on its page: names of people are in no dataset.
func datasets() []part.Dataset {
	councils := slices.Concat(part.Required(part.String, "id form"), part.Optional(part.Words, "name"), part.Optional(part.String, "body district theme"),
		part.Measured(part.UnitPeople, "seats"), part.Optional(part.Day, "since until"))
	recommendations := slices.Concat(part.Required(part.String, "id council number"), part.Optional(part.Words, "text"), part.Optional(part.String, "body district theme"),
		part.Required(part.Boolean, "opinion"), part.Required(part.Day, "adopted_on"), part.Optional(part.Day, "sent_on"))
	return []part.Dataset{
		{Name: "councils.councils", Key: "id", Path: "/councils", Suppression: part.OpenActs, Columns: councils,
			Rows: part.SelectRows(councils, `SELECT c.no, c.id, c.form, c.name, c.body, c.district, c.theme, c.size, c.since, c.until FROM councils_council c WHERE c.no > $1 ORDER BY c.no LIMIT $2`)},
		{Name: "councils.recommendations", Key: "id", Path: "/councils", Suppression: part.OpenActs, Columns: recommendations,
			Rows: part.SelectRows(recommendations, `SELECT r.no, r.id, r.council, r.number, r.text, r.body, c.district, c.theme, r.opinion, r.adopted_at, r.sent_at
				FROM councils_recommendation r JOIN councils_council c ON c.id = r.council WHERE r.no > $1 ORDER BY r.no LIMIT $2`)},
	}
}
