package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// namesSomebody are the names of columns that hold an account or a person: of a blueprint's table, they
// are named among those that no blueprint reads.
var namesSomebody = []string{"account", "author", "reviewer", "signer", "holder", "person", "who", "participant", "applicant", "email", "phone", "contact", "made_by", "decided_by", "opened_by", "granted_by", "invited_by", "printed_by", "given_by", "closed_by", "verified_by", "by_account", "note_by", "draft"}

// Every table of the database is declared to belong to the blueprint, to the city or to people, or is of the
// platform; and what is declared is there.
func TestEveryTableIsBlueprintCityOrPersonal(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities.All()}, func(t *testing.T, c *citytest.City) {
		blueprint, withheld := c.Declared.Whose()
		all := slices.Concat(blueprint, withheld, strings.Fields(part.OfNobody))
		there := map[string]bool{}
		for _, tb := range tablesOf(c) {
			there[tb.name] = true
			if strings.HasPrefix(tb.name, "sqlite_") || strings.HasPrefix(tb.name, "search_index_") {
				continue // made by the engine for its own use
			}
			if !slices.Contains(all, tb.name) {
				t.Errorf("nobody says whether the table %s is blueprint, city or personal (part.Belongs)", tb.name)
			}
			if !slices.Contains(blueprint, tb.name) {
				c.Read(func(tx *storage.Tx) error {
					_, err := storage.All(c.Declared.OfBlueprint(tx), storage.Scalar[int64], "SELECT COUNT(*) FROM "+tb.name)
					if err == nil {
						t.Errorf("the table %s can be read for a blueprint", tb.name)
					}
					return nil
				})
				continue
			}
			for _, column := range tb.columns {
				if !slices.Contains(namesSomebody, column) {
					continue
				}
				c.Read(func(tx *storage.Tx) error {
					_, err := storage.All(c.Declared.OfBlueprint(tx), storage.Scalar[string], "SELECT "+column+" FROM "+tb.name)
					if err == nil {
						t.Errorf("%s of the table %s can be read for a blueprint", column, tb.name)
					}
					return nil
				})
			}
		}
		for _, name := range all {
			if !there[name] {
				t.Errorf("the table %s is declared, and is not there", name)
			}
		}
	})
}

// What is read for a blueprint is read alone, and of the blueprint alone, however the query is written.
func TestWhatABlueprintMayRead(t *testing.T) {
	t.Parallel()
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities.All()})
	c.Read(func(tx *storage.Tx) error {
		only := c.Declared.OfBlueprint(tx)
		for query, allowed := range map[string]bool{
			"SELECT code FROM city_district":     true,
			"SELECT COUNT(*) FROM city_district": true,
			"SELECT d.code FROM city_district d WHERE d.code IN (SELECT district FROM places_outline)": true,
			"SELECT * FROM city_district":                                                     false,
			"SELECT d.* FROM city_district d":                                                 false,
			"SELECT made_by FROM moderation_rule":                                             false,
			"SELECT r.\"made_by\" FROM moderation_rule r":                                     false,
			"SELECT MADE_BY FROM Moderation_Rule":                                             false,
			"SELECT code FROM city_district, identity_account":                                false,
			"SELECT code FROM city_district WHERE code = (SELECT name FROM IDENTITY_ACCOUNT)": false,
			"SELECT email FROM identity_account":                                              false,
			"SELECT detail FROM audit":                                                        false,
			"SELECT 1":                                                                        false,
		} {
			if _, err := storage.All(only, storage.Scalar[string], query); (err == nil) != allowed {
				t.Errorf("%s: %v", query, err)
			}
		}
		if _, err := only.Exec("DELETE FROM city_district"); err == nil {
			t.Error("something is changed in what reads alone")
		}
		return nil
	})
}
