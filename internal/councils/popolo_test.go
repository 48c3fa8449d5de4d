package councils_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/councils/popolo"
	"github.com/birge-kz/birge/internal/meetings"
)

// Every member of what the council is exported as is one of the specification's own schemas.
func TestPopolo(t *testing.T) {
	schemas := citytest.Shared(t, "popolo", "schemas")
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		_, items := w.sit(meetings.Item{Title: lamps}, meetings.Item{Title: roads})
		_, err := w.Meetings.Hold(c.Ctx(), w.secretary.Actor, items[0], meetings.Ask{Text: lamps, Rule: meetings.OfPresent, Choices: w.choices(meetings.For, meetings.For, meetings.Against, meetings.Recused)})
		c.Must(err)
		for _, who := range []civic.Actor{w.secretary.Actor, c.Administrator().Actor} {
			_, err = w.Meetings.Hold(c.Ctx(), who, items[1], meetings.Ask{Text: lamps, Rule: meetings.OfPresent, Secret: true, Tellers: w.seats[:2], For: 1, Against: 3})
			c.Must(err)
		}
		var out map[string]any
		c.Must(json.Unmarshal([]byte(c.Browser(nil).Get("/api/v1/councils/"+string(w.council)).Want(200).Body), &out))
		seen := map[string]int{}
		conforms(t, schemas, "organization", out, seen)
		for what, want := range map[string]int{"organization": 1, "post": 4, "membership": 5, "person": 5, "motion": 2, "vote_event": 2, "count": 10, "vote": 5, "other_name": 1} {
			if seen[what] != want {
				t.Errorf("%d of %s, want %d", seen[what], what, want)
			}
		}
	}, Capability())
}

// The council and its meetings in the collections of the specification: each member sits in a post that is there, and what the city gives, it reads.
func TestPopoloOfPostsAndEvents(t *testing.T) {
	schemas := citytest.Shared(t, "popolo", "schemas")
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		w.sit(meetings.Item{Title: lamps})
		_, err := w.Meetings.Plan(c.Ctx(), w.secretary.Actor, meetings.Meeting{Body: Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place}) // nobody was invited
		c.Must(err)
		text := c.Browser(nil).Get(Path(w.council)+"/popolo.json").Want(200, "төраға", place["kk"]).Body
		var out map[string][]any
		c.Must(json.Unmarshal([]byte(text), &out))
		seen := map[string]int{}
		for kind, all := range map[string][]any{"organization": out["organizations"], "event": out["events"]} {
			for _, one := range all {
				conforms(t, schemas, kind, one.(map[string]any), seen)
			}
		}
		if seen["event"] != 1 || seen["post"] != 4 {
			t.Errorf("%v", seen)
		}
		file, err := popolo.Read(strings.NewReader(text))
		c.Must(err)
		if want := (popolo.Counts{Persons: 5, Organizations: 1, Memberships: 5, Posts: 4, Events: 1}); file.Counts != want || file.Wrong != 0 {
			t.Errorf("%+v, %+v", file.Counts, file.Problems)
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
	kinds := map[string]string{"memberships": "membership", "posts": "post", "events": "event", "organizations": "organization", "motions": "motion", "vote_events": "vote_event", "counts": "count", "votes": "vote", "other_names": "other_name"}
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

// What a city gives of a council, another council takes: the same people with the same posts and days, each once.
func TestMembersAreTakenOver(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		admin := c.Administrator().Actor
		group, akimat := c.Organisation("Қор"), w.body
		for _, seat := range []Seat{{Name: "Еркін Нұрлан", Post: Deputy, Side: Civil, Organisation: group, Since: c.Now().AddDate(0, -5, 0).Truncate(24 * time.Hour)}} {
			seat.Council = w.council
			_, err := w.Seat(c.Ctx(), w.secretary.Actor, seat)
			c.Must(err)
		}
		other, err := w.Found(c.Ctx(), admin, Council{Form: "commission", Name: civic.Text{"kk": "Комиссия", "ru": "Комиссия"}, About: civic.Text{"kk": "Қарайды", "ru": "Рассматривает"},
			Body: akimat, Law: "383-V", Size: 9, Since: c.Now().AddDate(-1, 0, 0), Until: c.Now().AddDate(2, 0, 0)})
		c.Must(err)
		export := c.Browser(nil).Get("/api/v1/councils/" + string(w.council)).Want(200).Body
		read := func(s string) popolo.File {
			f, err := popolo.Read(strings.NewReader(s))
			c.Must(err)
			return f
		}
		file := read(export)
		if file.Wrong != 1 { // on whose behalf somebody sits is not in the file: it is in the register
			t.Errorf("%+v", file.Problems)
		}

		for _, dry := range []bool{true, false} {
			got, err := w.Import(c.Ctx(), other, file, "", dry)
			if c.Must(err); got.Memberships != 6 || got.Seated != 6 || got.There != 0 || len(got.Left) != 0 {
				t.Errorf("%+v", got)
			}
			v, err := w.Show(c.Ctx(), admin, other)
			if c.Must(err); dry != (len(v.Members) == 0) {
				t.Errorf("dry %v: %d members", dry, len(v.Members))
			}
		}
		again, err := w.Import(c.Ctx(), other, file, "", false)
		if c.Must(err); again.Seated != 0 || again.There != 6 {
			t.Errorf("a second time: %+v", again)
		}
		was, is := memberships(t, export), memberships(t, c.Browser(nil).Get("/api/v1/councils/"+string(other)).Want(200).Body)
		if was != is {
			t.Errorf("was\n%s\nis\n%s", was, is)
		}
		if acts := c.Acts("councils.seat.taken"); len(acts) != 12 {
			t.Errorf("%d seats are in the record", len(acts))
		}
	}, Capability())
}

// Who breaks a rule of composition, or whose organisation nobody knows, is left; the others are not.
func TestOneBadMembershipLeavesTheOthers(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		f, err := popolo.Read(strings.NewReader(`{"organizations": [{"id": "o", "name": "O"}, {"id": "p", "name": "P"}, {"id": "` + string(w.body) + `", "name": "A"}],
			"persons": [{"id": "1", "name": "Асан"}, {"id": "2", "name": "Үсен"}, {"id": "3", "name": "#REF!"}, {"id": "4", "name": "Марат"}],
			"memberships": [{"person_id": "1", "organization_id": "o", "role": "Chairperson", "start_date": "2026"}, {"person_id": "2", "organization_id": "o", "on_behalf_of_id": "p", "start_date": "2026-02"},
				{"person_id": "3", "organization_id": "o"}, {"person_id": "4", "organization_id": "o", "on_behalf_of_id": "` + string(w.body) + `", "start_date": "2026-02", "end_date": "2026-03"}, {"person_id": "4", "organization_id": "p"}]}`))
		c.Must(err)
		if _, err := w.Import(c.Ctx(), w.council, f, "", false); civic.CodeOf(err) != civic.Invalid {
			t.Errorf("three organisations, none named: %v", err)
		}
		got, err := w.Import(c.Ctx(), w.council, f, "o", false)
		c.Must(err)
		var left []string
		for _, l := range got.Left {
			left = append(left, l.Name)
		}
		if got.Memberships != 4 || got.Seated != 1 || !slices.Equal(left, []string{"Асан", "Үсен", "#REF!"}) { // there is a chair already
			t.Errorf("%+v", got)
		}
		v, err := w.Show(c.Ctx(), w.secretary.Actor, w.council)
		c.Must(err)
		i := slices.IndexFunc(v.Members, func(s Seat) bool { return s.Name == "Марат" })
		if i < 0 || v.Members[i].Side != StateSide || v.Members[i].Since.In(c.Settings.Zone()).Format(time.DateOnly) != "2026-02-01" || v.Members[i].Until.In(c.Settings.Zone()).Format(time.DateOnly) != "2026-03-31" {
			t.Errorf("%+v", v.Members)
		}
	}, Capability())
}

// memberships are the names, roles and days of an export, a line each.
func memberships(t *testing.T, export string) string {
	var out struct {
		Memberships []struct {
			Role, Start_date, End_date, On_behalf_of_id string
			Person                                      struct{ Name string }
		}
	}
	if err := json.Unmarshal([]byte(export), &out); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range out.Memberships {
		lines = append(lines, strings.Join([]string{m.Person.Name, m.Role, m.On_behalf_of_id, m.Start_date, m.End_date}, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
