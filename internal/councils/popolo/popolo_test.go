package popolo_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/councils/popolo"
)

// The counts of a parliament's file, counted by another program.
func TestAParliament(t *testing.T) {
	text, err := os.ReadFile(citytest.Shared(t, "popolo", "zimbabwe-senate.json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := popolo.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if want := (popolo.Counts{Persons: 67, Organizations: 4, Memberships: 68, Events: 1}); f.Counts != want || f.Wrong != 0 {
		t.Errorf("%+v, %d problems: %+v", f.Counts, f.Wrong, f.Problems)
	}
}

// What is held within another thing is counted too: the examples of the specification itself.
func TestWhatIsHeldWithin(t *testing.T) {
	for name, want := range map[string]popolo.Counts{
		"embedding-organization.json": {Organizations: 1, Memberships: 2, Posts: 2},
	} {
		text, err := os.ReadFile(citytest.Shared(t, "popolo", "examples", name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := popolo.Read(bytes.NewReader(text))
		if err != nil || f.Counts != want {
			t.Errorf("%s: %+v, %v", name, f.Counts, err)
		}
		for _, p := range f.Problems { // the person is in another file
			if p.Field != "person_id" {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

// Each thing that does not conform is named, and none stops the others.
func TestWhatDoesNotConform(t *testing.T) {
	f, err := popolo.Read(strings.NewReader(`{"persons": [7, {"name": "A"}, {"id": "p", "name": 5}, {"id": "p", "name": "B", "birth_date": "1 May"}],
		"organizations": [{"id": "o", "name": "O", "memberships": [{"person_id": "p"}]}],
		"memberships": [{"person_id": "q", "organization_id": "o"}, {"organization_id": "o", "start_date": "2020-02", "end_date": "2019"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[popolo.Code]int{}
	for _, p := range f.Problems {
		got[p.Code]++
	}
	for _, code := range popolo.Codes() {
		if got[code] != 1 && code != popolo.NameMissed {
			t.Errorf("%s: %d times", code, got[code])
		}
	}
	if f.Counts.Memberships != 3 || f.Counts.Persons != 4 {
		t.Errorf("%+v", f.Counts)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"persons": 5}`, "\xff", `{"people": []}`} {
		if _, err := popolo.Read(strings.NewReader(text)); err != popolo.ErrNotPopolo {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"persons": [{"id": "p", "memberships": [{"organization_id": "o"}]}], "organizations": [{"id": "o"}]}`))
	f.Add([]byte(`{"events": [{"id": "e", "start_date": "2020-01-01T10:00Z"}], "posts": [null]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := popolo.Read(bytes.NewReader(text))
		if err == nil && (len(got.Problems) > popolo.MostProblems || len(got.Problems) > got.Wrong) {
			t.Errorf("%d problems are told, %d counted", len(got.Problems), got.Wrong)
		}
	})
}
