package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// What a person has erased is not in the database's files once the city has stopped: not in the
// main file, not in its free pages, and not in a log beside it.
func TestWhatWasErasedIsNotOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := citytest.Open(t, filepath.Join(dir, "city.db"), app.Config{Capabilities: capabilities.All()})
	s := citytest.Service[*consultations.Service](c)
	body, ngo := c.Body("Әкімдік"), c.Organisation("Жасыл қала")
	officer, person := c.Officer(body), c.Resident(civic.Russian)
	set := s.Defaults()
	set.Question, set.Host, set.Body, set.Audience = civic.Text{"kk": "Саябақта не керек?", "ru": "Что нужно парку?"}, body, body, consultations.Registered
	set.OpensAt, set.ClosesAt = c.Now(), c.Now().AddDate(0, 0, 30)
	asked, err := s.Create(c.Ctx(), officer.Actor, set)
	c.Must(err)
	c.Must(s.Publish(c.Ctx(), officer.Actor, asked))
	_, err = s.AddStatement(c.Ctx(), asked, consultations.Voter{Actor: person.Actor}, "Ағаштар отырғызу керек", civic.Kazakh, true)
	c.Must(err)
	c.Must(c.Organisations.Claim(c.Ctx(), person.Actor, ngo, "Мен осы ұйымның төрағасымын, құжат бар.", "+7 701 555 01 99 менің нөмірім"))
	c.Jobs()
	c.Acts()

	secrets := map[string][]byte{"address": []byte(person.Email), "claim's contact": []byte("555 01 99"), "name": []byte(person.Name)}
	before := salts(c)
	v, _, err := c.Identity.Visit(c.Ctx(), person.Cookie)
	c.Must(err)
	c.Must(c.Identity.Erase(c.Ctx(), v, citytest.Password))
	c.Jobs() // the last letter leaves
	after := salts(c)
	for commitment, salt := range before {
		if _, kept := after[commitment]; !kept {
			secrets["salt of "+commitment] = salt
		}
	}
	if len(secrets) < 4 || len(person.Name) < 5 {
		t.Fatalf("nothing to look for: %d secrets", len(secrets))
	}
	c.Must(c.Close())
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	c.Must(err)
	for _, file := range files {
		b, err := os.ReadFile(file)
		c.Must(err)
		for what, secret := range secrets {
			if bytes.Contains(b, secret) {
				t.Errorf("%s still holds the %s", filepath.Base(file), what)
			}
		}
		if !bytes.Contains(b, []byte("Жасыл қала")) && filepath.Base(file) == "city.db" {
			t.Error("the file does not hold what it should: the test looks in the wrong place")
		}
	}
}

func salts(c *citytest.City) (out map[string][]byte) {
	c.Read(func(tx *storage.Tx) (err error) {
		out, err = storage.Map[string, []byte](tx, "SELECT commitment, salt FROM record_salt")
		return err
	})
	return out
}
