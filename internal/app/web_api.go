package app

import (
	"encoding/json"
	"net/http"

	"github.com/birge-kz/birge/internal/platform/openapi"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiRoutes are what tells of the interface for machines.
func (a *App) apiRoutes() []web.Route {
	always := func(*http.Request) []string { return []string{} } // what it says changes with the program alone
	return []web.Route{
		web.One(web.Reading{Pattern: "/openapi.json", Summary: "This description", Topics: always}, a.apiDescription),
	}
}

func (a *App) apiDescription(r *http.Request) (json.RawMessage, error) {
	return openapi.Document(openapi.Info{
		Title: "Birge",
		Description: "What is public in the city, for programs. Reading only, and without a key. Names and meanings of members stay as they are within a version; " +
			"new members may come. A text in several languages is an object by language code: kk, ru, en. Instants are RFC 3339 in UTC; days, such as 2026-01-31, are of the city's own time zone. Amounts are in tenge.",
		Server: web.Origin(r) + web.APIRoot, Guide: web.Origin(r) + "/api",
	}, a.Routes())
}

// readersEach is how many answers of the interface a minute are for one person or program.
const readersEach = 60

// readersFrom is how many answers of the interface a network gets in a minute: at a venue, as many as
// the people there need.
func (a *App) readersFrom(network string) int {
	usual := int(a.Settings.Value(readersFrom))
	if v, open := a.Identity.VenueAt(network); open {
		return max(usual, readersEach*v.People)
	}
	return usual
}
