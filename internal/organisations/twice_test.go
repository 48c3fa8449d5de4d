package organisations_test

import (
	"sync"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// A form that was sent many times at once makes one milestone and one body.
func TestTheSameTwiceIsOne(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		admin := c.Administrator().Actor
		title := civic.Text{"kk": "Заң қабылданды", "ru": "Принят закон"}
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if err := c.Organisations.AddMilestone(c.Ctx(), admin, organisations.Milestone{Date: "2015-12-02", Title: title}); err != nil {
					t.Error(err)
				}
				_ = c.Organisations.AddBody(c.Ctx(), admin, civic.Text{"kk": "Қала әкімдігі", "ru": "Акимат"}) // the later ones are told that it is there
			})
		}
		wg.Wait()
		sector, err := c.Organisations.Sector(c.Ctx())
		c.Must(err)
		if n := len(sector.Milestones); n != 1 {
			t.Errorf("%d milestones", n)
		}
		if n := len(c.Acts("organisations.organisation.registered")); n != 1 {
			t.Errorf("%d bodies", n)
		}
	})
}

// The form of a new entry sends an empty BIN for what has none, such as a branch or a group.
func TestAnEntryWithoutABINIsEnteredByItsForm(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Browser(c.Moderator()).Post("/en/organisations/new", "kind", "ngo", "status", "active", "name.kk", "Жасыл қала", "identifier", "", "state", "public").Want(303, "/en/organisations/")
		if acts := c.Acts("organisations.organisation.registered"); len(acts) != 1 {
			t.Errorf("%d acts", len(acts))
		}
	})
}
