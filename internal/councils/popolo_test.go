package councils_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
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

// A schema of the specification (JSON Schema, draft 3), with all the words that its schemas use.
type schema struct {
	Type       any               `json:"type"`
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Format     string            `json:"format"`
	Pattern    string            `json:"pattern"`
	Required   bool              `json:"required"`

	ID          string `json:"id"`
	Schema      string `json:"$schema"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// readSchema reads one, and fails at a word that is not held here.
func readSchema(t *testing.T, schemas, kind string) (s schema) {
	t.Helper()
	raw, err := os.ReadFile(schemas + "/" + kind + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		t.Fatal(kind, err)
	}
	return s
}

// conforms holds an object, and those in it, against the whole schema of their kinds: what must be there, types, forms of dates, patterns. It also
// fails for a member that the schema does not know, though the specification lets it be.
func conforms(t *testing.T, schemas, kind string, object map[string]any, seen map[string]int) {
	t.Helper()
	seen[kind]++
	for _, wrong := range violations(t, schemas, kind, kind, schema{Ref: "/" + kind + ".json#"}, object, seen) {
		t.Error(wrong)
	}
}

func violations(t *testing.T, schemas, kind, at string, s schema, value any, seen map[string]int) (out []string) {
	if s.Ref != "" {
		kind = strings.TrimSuffix(s.Ref[strings.LastIndexByte(s.Ref, '/')+1:], ".json#")
		if at != kind {
			seen[kind]++
		}
		s = readSchema(t, schemas, kind)
	}
	wrong := func(what string) { out = append(out, fmt.Sprintf("%s (%s): %s: %v", at, kind, what, value)) }
	if s.Type != nil && !ofType(s.Type, value) {
		wrong(fmt.Sprint("not of type ", s.Type))
	}
	switch value := value.(type) {
	case map[string]any:
		for name, property := range s.Properties {
			if _, there := value[name]; property.Required && !there {
				wrong("lacks " + name)
			}
		}
		for name, inner := range value {
			property, known := s.Properties[name]
			if !known && s.Properties != nil {
				wrong("the schema has no " + name)
			}
			out = append(out, violations(t, schemas, kind, at+"."+name, property, inner, seen)...)
		}
	case []any:
		for i, inner := range value {
			if s.Items != nil {
				out = append(out, violations(t, schemas, kind, fmt.Sprint(at, "[", i, "]"), *s.Items, inner, seen)...)
			}
		}
	case string:
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(value) {
			wrong("not as " + s.Pattern)
		}
		if layout := map[string]string{"date": time.DateOnly, "date-time": time.RFC3339}[s.Format]; layout != "" {
			if _, err := time.Parse(layout, value); err != nil {
				wrong("no " + s.Format)
			}
		}
	}
	return out
}

// ofType reports whether a value is of a type, or of one of several.
func ofType(of, value any) bool {
	if several, ok := of.([]any); ok {
		return slices.ContainsFunc(several, func(one any) bool { return ofType(one, value) })
	}
	switch value := value.(type) {
	case nil:
		return of == "null"
	case string:
		return of == "string"
	case bool:
		return of == "boolean"
	case float64:
		return of == "number" || of == "integer" && value == math.Trunc(value)
	case []any:
		return of == "array"
	case map[string]any:
		return of == "object"
	}
	return false
}

// The specification's own examples keep to its schemas as they are held here, and each of these does not.
func TestSchemasOfPopoloAreHeld(t *testing.T) {
	schemas := citytest.Shared(t, "popolo", "schemas")
	for _, c := range []struct{ kind, text, want string }{
		{"organization", `{"name": 5}`, "not of type"}, {"organization", `{"founding_date": "soon"}`, "not as"}, {"vote_event", `{"start_date": "2026-03-01"}`, "no date-time"},
		{"vote_event", `{"counts": [{"value": 1.5, "option": "yes"}]}`, "not of type"}, {"vote_event", `{"counts": {}}`, "not of type"}, {"count", `{"option": "yes"}`, "lacks value"}, {"membership", `{"person": {"nonsense": 1}}`, "the schema has no nonsense"},
	} {
		var object map[string]any
		if err := json.Unmarshal([]byte(c.text), &object); err != nil {
			t.Fatal(err)
		}
		got := violations(t, schemas, c.kind, c.kind, schema{Ref: "/" + c.kind + ".json#"}, object, map[string]int{})
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s %s: %q", c.kind, c.text, got)
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
