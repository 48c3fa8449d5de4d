package organisations

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// datasets are the tables that everybody may take away. How to reach an organisation, and who is who in it, is read on its page.
func datasets() []part.Dataset {
	register := slices.Concat(part.Required(part.String, "id identifier kind status"), part.Optional(part.String, "form founded ended"), part.Optional(part.Words, "name"),
		part.Optional(part.List, "themes districts"), part.Required(part.Day, "registered_on"))
	stored := slices.Concat(part.Required(part.String, "organisation"), part.Measured(part.NoUnit, "year"), part.Required(part.Day, "filed_on"), part.Required(part.Boolean, "on_time"), part.Required(part.String, "data"))
	filings := append(slices.Clone(stored[:4]), filingColumns()...)
	return []part.Dataset{
		{Name: "organisations.register", Key: "id", Path: "/organisations", Suppression: part.OpenActs, Columns: register,
			Rows: part.SelectRows(register, `SELECT o.seq, o.id, o.identifier, o.kind, o.status, o.form, o.founded, o.ended, o.name, o.themes, o.districts, o.created_at
				FROM organisation o WHERE o.seq > $1 AND o.state = 'public' ORDER BY o.seq LIMIT $2`)},
		{Name: "organisations.filings", Key: "organisation year", Path: "/organisations/filings", Suppression: part.OpenActs, Columns: filings,
			Rows: part.SelectPairs(stored, `SELECT o.seq, f.year, f.organisation, f.year, f.filed_at, f.on_time, f.data FROM organisation_filing f JOIN organisation o ON o.id = f.organisation
				WHERE (o.seq, f.year) > ($1, $2) AND f.filed_at > 0 AND o.state = 'public' ORDER BY o.seq, f.year LIMIT $3`).Mapped(filedRows)},
	}
}

// filingColumns are the sums of a filing by source and direction, and its counts of people.
func filingColumns() (out []part.Column) {
	for _, c := range fundSources {
		out = append(out, part.Column{Name: "from_" + c.Code, Type: part.Integer, Unit: part.Tiyn})
	}
	for _, c := range spending {
		out = append(out, part.Column{Name: "for_" + c.Code, Type: part.Integer, Unit: part.Tiyn})
	}
	for _, name := range strings.Fields("staff volunteers founders members") {
		out = append(out, part.Column{Name: name, Type: part.Integer, Unit: part.UnitPeople})
	}
	return out
}

// filedRows reads what filings say from how it is kept: sums in whole tenge.
func filedRows(_ *storage.Tx, rows []part.Row) ([]part.Row, error) {
	const tiyn = 100
	for i, row := range rows {
		var f Filing
		if err := json.Unmarshal([]byte(row[4].(string)), &f); err != nil {
			return nil, err
		}
		row = row[:4]
		sums := func(codes []Code, by map[string]int64) {
			for _, c := range codes {
				var v any
				if n, said := by[c.Code]; said {
					v = n * tiyn
				}
				row = append(row, v)
			}
		}
		sums(fundSources, f.Sources)
		sums(spending, f.Spending)
		for _, n := range []*int64{f.Staff, f.Volunteers, f.Founders, f.Members} {
			var v any
			if n != nil {
				v = *n
			}
			row = append(row, v)
		}
		rows[i] = row
	}
	return rows, nil
}
