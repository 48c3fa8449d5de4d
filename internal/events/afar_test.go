package events_test

import (
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	. "github.com/birge-kz/birge/internal/events"
)

// An event without a place is "online" where others have theirs, in the list and in the feed.
func TestAnEventFromAfarInALine(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		e := town.fair(0)
		e.Place, e.Online = "", "https://meet.example/kitap"
		town.announced(e, Plan{Starts: town.at(3, 18), Ends: town.at(3, 20)})
		c.Browser(nil).Get("/ru/events").Want(200, "онлайн").Lacks("meet.example")
		c.Browser(nil).Get("/kk/events.atom").Want(200, " · онлайн<").Lacks("meet.example")
	}, Capability())
}
