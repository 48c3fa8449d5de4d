package citytest

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// SetBeyond gives a setting a value that its bounds forbid, for tests of what small cities never meet.
func (c *City) SetBeyond(key string, value int64) {
	c.T.Helper()
	c.Write(func(tx *storage.Tx) error {
		tx.Touch(city.Topic)
		_, err := tx.Exec("INSERT INTO city_value (key, effective_from, value, source, set_at) VALUES ($1, '2000-01-01', $2, 'citytest', 0)", key, value)
		return err
	})
}

// Known gives a made-up actor an account with its id, assurance and roles: somebody who can be
// told, and who can sign in. It is for tests in which people have names of the test's own, or
// in which there are hundreds of them; others sign up: Resident.
func (c *City) Known(a civic.Actor) *Person {
	c.T.Helper()
	admin := c.Administrator().Account // whose password everybody has
	p := &Person{Actor: a, Email: string(a.Account) + "@known.test"}
	verified := int64(0)
	if a.Assurance == civic.Verified {
		verified = 1
	}
	c.Write(func(tx *storage.Tx) error {
		_, err := tx.Exec(`INSERT INTO identity_account (id, email, name, lang, password, confirmed_at, verified_at, verified_by, created_at, erased_at)
			SELECT $1, $2, $3, $4, password, 1, $5, '', 1, 0 FROM identity_account WHERE id = $6`,
			a.Account, p.Email, cmp.Or(a.Name, "Somebody"), cmp.Or(a.Lang, civic.Kazakh), verified, admin)
		for _, g := range a.Grants {
			if err == nil {
				err = c.Identity.Give(tx, civic.System(), a.Account, g)
			}
		}
		return err
	})
	return p
}

// Lives says what the city has verified of a person who is made up: the district where they live, and the day of birth as "1990-01-31"; "" is not known.
func (c *City) Lives(p *Person, district, born string) *Person {
	c.T.Helper()
	c.Write(func(tx *storage.Tx) error {
		_, err := tx.Exec("INSERT INTO identity_person (mark, account, released_at, district, born) VALUES ($1, $2, 0, $3, $4)", []byte("lives "+p.Actor.Account), p.Actor.Account, district, born)
		return err
	})
	return p
}

// Tamper changes rows as somebody with the database in their hands does: past the program, and
// past what the database itself refuses. Pages that are kept do not notice. The test stops when
// nothing was changed.
func (c *City) Tamper(query string, args ...any) {
	c.T.Helper()
	guards := []string{"DROP TRIGGER IF EXISTS record_entry_no_update", "DROP TRIGGER IF EXISTS record_entry_no_delete"}
	if c.DB.Engine() == storage.PostgreSQL {
		guards = []string{"DROP TRIGGER IF EXISTS record_no_change ON record_entry"}
	}
	c.Write(func(tx *storage.Tx) error {
		for _, guard := range guards {
			if _, err := tx.Exec(guard); err != nil {
				return err
			}
		}
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			err = errors.New("the tampering changed nothing")
		}
		return err
	})
}

// LastDays is what stands in the column ends_on of the first page of a dataset, as days of the city.
func (c *City) LastDays(dataset string) []string { return c.Days(dataset, "ends_on") }

// Days are the days of a column of the first page of a dataset.
func (c *City) Days(dataset, column string) (out []string) {
	c.T.Helper()
	c.rows(dataset, func(columns []part.Column, row []any) {
		at := slices.IndexFunc(columns, func(col part.Column) bool { return col.Name == column })
		out = append(out, row[at].(time.Time).In(Zone).Format(time.DateOnly))
	})
	return out
}

// Rows is how many rows the first page of a dataset has.
func (c *City) Rows(dataset string) (n int) {
	c.T.Helper()
	c.rows(dataset, func([]part.Column, []any) { n++ })
	return n
}

func (c *City) rows(dataset string, each func(columns []part.Column, row []any)) {
	c.T.Helper()
	for _, d := range c.Declared.Datasets() {
		if d.Name != dataset {
			continue
		}
		c.Read(func(tx *storage.Tx) error {
			rows, _, err := d.Rows(tx, Zone, "")
			for _, row := range rows {
				each(d.Columns, row)
			}
			return err
		})
	}
}
