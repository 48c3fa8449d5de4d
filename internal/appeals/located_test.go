package appeals_test

import (
	"testing"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/places"
)

// The address of an appeal helps others to find the place once everybody reads it, and no longer when it was removed.
func TestAnAddressIsFoundWhileItIsRead(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		a := pit
		a.Address, a.Point = "ул. Байтерек, 5", places.Point{Lat: 42.3, Lon: 69.6}
		filed := w.filed(c.Resident("ru"), a)
		found := func(want int) {
			t.Helper()
			got, err := c.Places.Find(c.Ctx(), "Бәйтерек көшесі 5")
			c.Must(err)
			if len(got.Places) != want || want == 1 && (got.Near || got.Places[0].At != a.Point) {
				t.Errorf("%+v", got)
			}
		}
		found(0)
		w.shown(filed.ID)
		found(1)
		near, err := c.Places.Find(c.Ctx(), "Байтерек 70")
		c.Must(err)
		if !near.Near || len(near.Places) != 1 {
			t.Errorf("%+v", near)
		}
		c.Must(w.Decide(c.Ctx(), w.moderator.Actor, filed.ID, moderation.Choice{Rule: "insult.1", Reason: "x"}))
		found(0)
		c.SkipActs()
	}, Capability())
}
