package volunteering

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// datasets are the tables that everybody may take away: where people are asked for, and how much they did in a month and a district. Whose
// hours they are is in nobody's hands but theirs.
func datasets() []part.Dataset {
	actions := slices.Concat(part.Required(part.String, "id organisation"), part.Optional(part.Words, "title"), part.Optional(part.String, "district kind"),
		part.Measured(part.UnitTimes, "shifts"), part.Measured(part.UnitPeople, "places"))
	hours := slices.Concat(part.Required(part.Day, "month"), part.Required(part.String, "area"), []part.Column{{Name: "people", Type: part.Integer, Unit: part.UnitPeople}, {Name: "minutes", Type: part.Integer, Unit: part.UnitMinutes}})
	return []part.Dataset{
		{Name: "volunteering.actions", Key: "id", Path: "/volunteering", Suppression: part.OpenActs, Columns: actions,
			Rows: part.SelectRows(actions, `SELECT a.no, a.id, a.organisation, a.title, a.district, a.kind, (SELECT COUNT(*) FROM volunteering_shift s WHERE s.action = a.no AND NOT s.is_off),
				(SELECT CAST(COALESCE(SUM(s.needed), 0) AS BIGINT) FROM volunteering_shift s WHERE s.action = a.no AND NOT s.is_off) FROM volunteering_action a WHERE a.no > $1 ORDER BY a.no LIMIT $2`)},
		{Name: "volunteering.hours", Key: "month area", Path: "/volunteering", Suppression: part.Suppression{People: "people", Sums: "minutes"}, Columns: hours, Rows: hoursByMonth},
	}
}

// wholeCity is the area of what is in no district.
const wholeCity = "city"

// hoursByMonth gives one month after another, each that is over. The cursor is a month.
func hoursByMonth(tx *storage.Tx, zone *time.Location, after string) (rows []part.Row, next string, err error) {
	const cursor = "2006-01"
	now := tx.Now().In(zone)
	this := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone)
	month, err := time.ParseInLocation(cursor, after, zone)
	if after == "" {
		var first time.Time
		first, err = firstEntry(tx)
		first = first.In(zone)
		month = time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, zone)
		if first.IsZero() {
			month = this
		}
	}
	if err != nil || !month.Before(this) {
		return nil, "", err
	}
	end := month.AddDate(0, 1, 0)
	type sum struct {
		area            string
		people, minutes int64
	}
	sums, err := storage.All(tx, storage.Into(func(x *sum) []any { return []any{&x.area, &x.people, &x.minutes} }), `SELECT d.area, COUNT(*), CAST(SUM(d.minutes) AS BIGINT) FROM
		(SELECT CASE WHEN a.district = '' THEN '`+wholeCity+`' ELSE a.district END AS area, e.account, SUM(e.minutes) AS minutes
			FROM volunteering_entry e JOIN volunteering_shift s ON s.id = e.shift JOIN volunteering_action a ON a.no = s.action
			WHERE e.at >= $1 AND e.at < $2 AND e.step IN ('confirmed', 'taken_back') GROUP BY a.district, e.account) d
		WHERE d.minutes > 0 GROUP BY d.area ORDER BY d.area`, storage.Millis(month), storage.Millis(end))
	for _, x := range sums {
		rows = append(rows, part.Row{month, x.area, x.people, x.minutes})
	}
	if end.Before(this) {
		next = end.Format(cursor)
	}
	return rows, next, err
}

// firstEntry is when the first line was added to a book; zero: never.
func firstEntry(tx *storage.Tx) (time.Time, error) {
	at, err := storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MIN(at), 0) FROM volunteering_entry")
	return storage.Time(at), err
}
