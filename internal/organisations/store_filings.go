package organisations

import (
	"encoding/json"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const selectFilings = `SELECT f.organisation, o.name, f.year, f.filed_at, f.on_time, f.data
	FROM organisation_filing f JOIN organisation o ON o.id = f.organisation `

var scanFiling = storage.Into(func(f *Filing) []any {
	return []any{&f.Organisation, &f.Name, &f.Year, &f.FiledAt, &f.OnTime, storage.JSON(f)}
})

// filings are an organisation's, of the latest year first.
func filings(tx *storage.Tx, of civic.ID) ([]Filing, error) {
	return storage.All(tx, scanFiling, selectFilings+"WHERE f.organisation = $1 ORDER BY f.year DESC LIMIT 50", of)
}

// filingsOf are those of many organisations, each of the latest year first.
func filingsOf(tx *storage.Tx, ids []civic.ID) (map[civic.ID][]Filing, error) {
	in, args := storage.In(nil, ids)
	all := storage.Each(tx, scanFiling, selectFilings+"WHERE f.organisation IN "+in+" ORDER BY f.year DESC", args...)
	return byOrganisation(all, func(f Filing) civic.ID { return f.Organisation })
}

func filingOn(tx *storage.Tx, of civic.ID, year int) (Filing, bool, error) {
	return storage.Found(storage.One(tx, scanFiling, selectFilings+"WHERE f.organisation = $1 AND f.year = $2", of, year))
}

// filedOn lists what public organisations filed on a year, the earliest first, from behind a
// place in that order.
func filedOn(tx *storage.Tx, year int, at int64, from civic.ID, limit int) ([]Filing, error) {
	return storage.All(tx, scanFiling, selectFilings+`WHERE f.year = $1 AND f.filed_at > 0 AND (f.filed_at, f.organisation) > ($2, $3) AND o.state = $4
		ORDER BY f.filed_at, f.organisation LIMIT $5`, year, at, from, Public, limit)
}

// unfiledOn lists the active NGOs that existed in a year and have filed nothing on it, by name,
// from behind a place in that order.
func unfiledOn(tx *storage.Tx, year int, sort string, seq int64, limit int) ([]Item, error) {
	return storage.All(tx, scanItem, "SELECT "+itemColumns+" FROM organisation_listing l "+joinFirst(tx)+` organisation o ON o.seq = l.seq
		WHERE l.facet = $1 AND (l.sort, l.seq) > ($2, $3) AND o.kind = $4 AND o.founded < $5
		AND NOT EXISTS (SELECT 1 FROM organisation_filing f WHERE f.organisation = o.id AND f.year = $6 AND f.filed_at > 0)
		ORDER BY l.sort, l.seq LIMIT $7`, "status:"+Active, sort, seq, NGO, strconv.Itoa(year+1), year, limit)
}

func saveFiling(tx *storage.Tx, f Filing) error {
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO organisation_filing (organisation, year, filed_at, on_time, changed_at, data) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (organisation, year) DO UPDATE SET filed_at = excluded.filed_at, on_time = excluded.on_time, changed_at = excluded.changed_at, data = excluded.data`,
		f.Organisation, f.Year, f.FiledAt, f.OnTime, storage.Millis(tx.Now()), string(data))
	return err
}
