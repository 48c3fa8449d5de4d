package browser_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

// A click on the picture goes to the server as the browser tells it: where one clicks on the screen, at the width of a
// phone too, is where the point is.
func TestAPlaceIsChosenByAClick(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t).comes(phoneWidth, phoneHeight)
		actor := civic.Actor{Account: "a", Grants: []civic.Grant{{Role: civic.Administrator}}}
		var features string
		for i, d := range c.Settings.Current().Districts {
			west := 69 + i
			if i > 0 {
				features += ","
			}
			features += fmt.Sprintf(`{"properties":{"code":%q},"geometry":{"type":"Polygon","coordinates":[[[%d,42],[%d,42],[%d,43],[%d,43],[%d,42]]]}}`, d.Code, west, west+1, west+1, west, west)
		}
		if err := c.Places.SetOutlines(t.Context(), actor, []byte(`{"type":"FeatureCollection","features":[`+features+`]}`)); err != nil {
			t.Fatal(err)
		}
		admin.visit("/kk/organisations/new")
		admin.fill("name.kk", "Үміт қоры")
		admin.value(`document.querySelector("details:has(input[type=image])").open = true, ""`)
		admin.click(`input[type=image]`) // in its middle, where the two districts meet
		admin.accessible()
		admin.fits()
		point := admin.value(`document.querySelector('[name="point"]').value`)
		m := regexp.MustCompile(`^(42\.[45]\d+), (69\.9|70\.0)\d+$`).FindStringSubmatch(point)
		if m == nil || admin.value(`document.querySelector('[name="name.kk"]').value`) != "Үміт қоры" {
			t.Errorf("the middle of the city is at %s", point)
		}
		admin.shot("place-picked")
	})
}
