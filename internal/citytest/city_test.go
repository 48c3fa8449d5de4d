package citytest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// A city of the whole program can do everything that the test kit promises.
func TestTheKit(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		akimat := c.Body("Әкімдік")
		officer, moderator, asel := c.Officer(akimat), c.Moderator(), c.Resident(civic.Russian)
		if !officer.ActsFor(civic.Officer, organisations.RefOf(akimat)) || !moderator.Has(civic.Moderator) || asel.Lang != civic.Russian || !asel.Has(civic.Resident) {
			t.Errorf("%+v, %+v, %+v", officer.Actor, moderator.Actor, asel.Actor)
		}
		c.Browser(nil).Get("/kk").Want(200).Lacks("⟦")
		c.Browser(nil).Get("/en/desk").Want(401)
		c.Browser(asel).Get("/en/desk").Want(403)
		c.Browser(officer).Get("/en/desk").Want(200).Main().Want(200).Lacks("<title", "<footer")
		if len(c.Acts("organisations.organisation.registered")) != 1 || len(c.Acts("record.log.opened")) != 1 {
			t.Error("the register's act is not in the record")
		}
		c.WantActs("record.log.opened", "organisations.organisation.registered")
		c.WantActs()
		if report, copied := c.Verified(); report.Compared != 1 || !strings.Contains(copied, string(akimat)) {
			t.Errorf("the record: %+v", report)
		}

		made := c.Known(civic.Actor{Account: "made-up", Name: "Somebody", Assurance: civic.Verified, Grants: []civic.Grant{{Role: civic.Moderator}}})
		c.Browser(made).Get("/en/desk").Want(200)
		c.Pass(365 * 24 * time.Hour) // no session lasts so long
		c.Browser(made).Get("/en/desk").Want(200)
		if made.Account != "made-up" || made.Assurance != civic.Verified || !made.Has(civic.Moderator) {
			t.Errorf("%+v", made.Actor)
		}
		now := c.Now()
		c.Set("identity.name_max", 25)
		c.Pass(time.Minute)
		if c.Settings.Value("identity.name_max") != 25 || !c.Now().Equal(now.Add(time.Minute)) {
			t.Error("settings or the clock")
		}
	}, capabilities.All()...)
}
