package councils_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/meetings"
)

// Every member of what the council is exported as is one of the specification's own schemas.
func TestPopolo(t *testing.T) {
	schemas := citytest.Shared(t, "popolo", "schemas")
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		_, items := w.sit(meetings.Item{Title: lamps}, meetings.Item{Title: lamps})
		_, err := w.Meetings.Hold(c.Ctx(), w.secretary.Actor, items[0], meetings.Ask{Text: lamps, Rule: meetings.OfPresent, Choices: w.choices(meetings.For, meetings.For, meetings.Against, meetings.Recused)})
		c.Must(err)
		for _, who := range []civic.Actor{w.secretary.Actor, c.Administrator().Actor} {
			_, err = w.Meetings.Hold(c.Ctx(), who, items[1], meetings.Ask{Text: lamps, Rule: meetings.OfPresent, Secret: true, Tellers: w.seats[:2], For: 1, Against: 3})
			c.Must(err)
		}
		var out map[string]any
		c.Must(json.Unmarshal([]byte(c.Browser(nil).Get("/api/councils/"+string(w.council)).Want(200).Body), &out))
		seen := map[string]int{}
		conforms(t, schemas, "organization", out, seen)
		for what, want := range map[string]int{"organization": 1, "membership": 5, "person": 5, "motion": 2, "vote_event": 2, "count": 10, "vote": 5, "other_name": 1} {
			if seen[what] != want {
				t.Errorf("%d of %s, want %d", seen[what], what, want)
			}
		}
	}, Capability())
}

// conforms holds the members of an object, and of those in it, against the properties of their schemas.
func conforms(t *testing.T, schemas, kind string, object map[string]any, seen map[string]int) {
	raw, err := os.ReadFile(schemas + "/" + kind + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	seen[kind]++
	kinds := map[string]string{"memberships": "membership", "motions": "motion", "vote_events": "vote_event", "counts": "count", "votes": "vote", "other_names": "other_name"}
	for name, value := range object {
		if schema.Properties[name] == nil {
			t.Errorf("the schema of %s has no %q", kind, name)
		}
		switch value := value.(type) {
		case map[string]any:
			conforms(t, schemas, name, value, seen)
		case []any:
			for _, inner := range value {
				conforms(t, schemas, kinds[name], inner.(map[string]any), seen)
			}
		}
	}
}
