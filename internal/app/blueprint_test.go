package app_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/blueprint/archive"
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

const peoplesMark = "⟦АДАМ-17⟧"

// markPeople writes a mark into every text of every row about people, past the program.
func markPeople(c *citytest.City) (marked int) {
	blueprint, withheld := c.Declared.Whose()
	for _, tb := range tablesOf(c) {
		columns := tb.columns
		if slices.Contains(blueprint, tb.name) {
			columns = c.Declared.NamingPeople(tb.name)
		} else if !slices.Contains(withheld, tb.name) || strings.HasPrefix(tb.name, "record_") || tb.name == "search_index" {
			continue // of the record's rows nobody can change any; the index has its own form
		}
		for _, column := range columns {
			if tb.flags[column] {
				continue
			}
			err := c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
				n, err := tx.Exec("UPDATE " + tb.name + " SET " + column + " = '" + peoplesMark + "' || " + column)
				marked += int(n)
				return err
			})
			_ = err // a number takes no mark; a key that would be there twice keeps its own
		}
	}
	return marked
}

// In a city in which everything was done once, and every text about people has a mark, the blueprint has no mark,
// no address and no account.
func TestABlueprintHasNobodyInIt(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City) {
		lively(c)
		marked := 0
		type person struct{ id, email string }
		var people []person
		c.Read(func(tx *storage.Tx) (err error) {
			people, err = storage.All(tx, storage.Into(func(p *person) []any { return []any{&p.id, &p.email} }), "SELECT id, email FROM identity_account")
			return err
		})
		marked = markPeople(c)
		if marked < 200 || len(people) < 10 {
			t.Fatalf("there is nobody to look for: %d marks, %d people", marked, len(people))
		}
		raw, version, err := c.Blueprint.Archive(c.Ctx())
		c.Must(err)
		for _, p := range people {
			for _, said := range []string{p.id, p.email} { // their names have the mark
				if len(said) > 4 && bytes.Contains(raw, []byte(said)) {
					t.Errorf("the blueprint holds %q", said)
				}
			}
		}
		if i := bytes.Index(raw, []byte(peoplesMark)); i >= 0 {
			t.Errorf("the blueprint holds what is about people: …%s…", raw[max(0, i-200):i+100])
		}
		b, err := archive.Read(raw)
		c.Must(err)
		keys, err := c.Blueprint.Own(c.Ctx())
		c.Must(err)
		if key, err := b.SignedBy(keys); err != nil || key != keys[len(keys)-1] || b.Origin != "city.test" || b.Version != 1 {
			t.Errorf("signed by %q: %v, %+v", key, err, b.Manifest.Version)
		}
		pieces := map[string]bool{}
		for _, i := range b.Items {
			pieces[i.Piece] = true
		}
		for _, p := range c.Declared.Pieces() { // all that the stories make something of
			if !pieces[p.Name] && !slices.Contains([]string{"city.days", "city.districts", "places.outlines", "laws.laws", "rights.guides"}, p.Name) {
				t.Errorf("the blueprint has nothing of %s", p.Name)
			}
		}
		c.Pass(24 * time.Hour)
		again, same, err := c.Blueprint.Archive(c.Ctx())
		c.Must(err)
		if !bytes.Equal(raw, again) || same.No != version.No {
			t.Error("the same content makes another archive on another day")
		}
		c.Set("app.soon_days", 9)
		if _, next, err := c.Blueprint.Archive(c.Ctx()); err != nil || next.No != version.No+1 {
			t.Errorf("after a change the blueprint is version %d: %v", next.No, err)
		}
	})
}

// After each thing that is done in the city, readers get its blueprint as it is then, not one that was kept.
func TestReadersGetTheBlueprintAsItIs(t *testing.T) {
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities.All()})
	in := sceneOf(c)
	c.Acts()
	had := map[string]bool{}
	for _, s := range stories() {
		s.tell(in)
		made, _, err := c.Blueprint.Archive(c.Ctx())
		c.Must(err)
		given := c.Browser(nil).Get("/blueprint").Want(200).Body
		if given != string(made) {
			t.Errorf("%s: readers get a blueprint that was kept too long", s.name)
		}
		had[given] = true
	}
	if len(had) < 5 {
		t.Errorf("the stories change the blueprint %d times", len(had))
	}
}
