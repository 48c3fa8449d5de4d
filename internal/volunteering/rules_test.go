package volunteering

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
)

var zone = time.FixedZone("+05", 5*60*60)

// at is a time of May 2026 in the city.
func at(day, hour, minute int) time.Time { return time.Date(2026, 5, day, hour, minute, 0, 0, zone) }

func shift(id string, from, to time.Time) Shift {
	return Shift{ID: civic.ID(id), Starts: from, Ends: to, Needed: 5}
}

var noon = at(1, 12, 0)

// usual are the rules where a city decides nothing, as the settings have them (TestTheSettingsAreTheUsualRules).
func usual() Rules {
	return Rules{ConsentUnder: 16, Adult: 18, MinorDay: 4 * time.Hour, MinorFrom: 8, MinorUntil: 20, Day: 10 * time.Hour, Rest: 11 * time.Hour, Speed: 3.3, Travel: 30 * time.Minute}
}

// Each outcome of asking for a shift is reached, and the first that is so is the answer.
func TestAsking(t *testing.T) {
	born := func(years int) time.Time { return time.Date(2026-years, 5, 10, 0, 0, 0, 0, zone) } // a birthday on the day of the shift
	day := shift("s", at(10, 10, 0), at(10, 13, 0))
	with := func(change func(*Shift)) Shift { s := day; change(&s); return s }
	kind := func(k Work) Shift { return with(func(s *Shift) { s.Role.Kind = k }) }
	for name, c := range map[string]struct {
		v     Volunteer
		s     Shift
		opens time.Time
		want  Outcome
	}{
		"an adult":                             {Volunteer{}, day, time.Time{}, Free},
		"already":                              {Volunteer{Taken: []Shift{day}}, day, time.Time{}, Already},
		"ended":                                {Volunteer{}, shift("s", at(1, 8, 0), at(1, 12, 0)), time.Time{}, Over},
		"one that goes on":                     {Volunteer{}, shift("s", at(1, 8, 0), at(1, 12, 1)), time.Time{}, Free},
		"called off":                           {Volunteer{}, with(func(s *Shift) { s.Off = true }), time.Time{}, CalledOff},
		"sign-up opens later":                  {Volunteer{}, day, at(2, 0, 0), NotYet},
		"full":                                 {Volunteer{}, with(func(s *Shift) { s.Taken = 5 }), time.Time{}, Full},
		"a skill that is lacking":              {Volunteer{Skills: []string{"first_aid"}}, with(func(s *Shift) { s.Role.Skills = []string{"first_aid", "driver"} }), time.Time{}, Untrained},
		"a skill that is there":                {Volunteer{Skills: []string{"driver"}}, with(func(s *Shift) { s.Role.Skills = []string{"driver"} }), time.Time{}, Free},
		"15, nobody signed":                    {Volunteer{Born: born(15)}, day, time.Time{}, Consent},
		"15, a parent signed":                  {Volunteer{Born: born(15), Consent: true}, day, time.Time{}, Free},
		"13, a parent comes along":             {Volunteer{Born: born(13), Accompanied: true}, day, time.Time{}, Free},
		"16 on that very day":                  {Volunteer{Born: born(16)}, day, time.Time{}, Free},
		"16 on the day after":                  {Volunteer{Born: born(16).AddDate(0, 0, 1)}, day, time.Time{}, Consent},
		"17 and an emergency":                  {Volunteer{Born: born(17), Consent: true}, kind(Emergency), time.Time{}, BarredKind},
		"17 and offenders":                     {Volunteer{Born: born(17)}, kind(Offenders), time.Time{}, BarredKind},
		"17 and hazardous":                     {Volunteer{Born: born(17)}, kind(Hazardous), time.Time{}, BarredKind},
		"17 and a donation box":                {Volunteer{Born: born(17)}, kind(Cash), time.Time{}, BarredKind},
		"18 and an emergency":                  {Volunteer{Born: born(18)}, kind(Emergency), time.Time{}, Free},
		"19 where 20 is asked":                 {Volunteer{Born: born(19)}, with(func(s *Shift) { s.Role.MinAge = 20 }), time.Time{}, TooYoung},
		"17, too early":                        {Volunteer{Born: born(17)}, shift("s", at(10, 7, 59), at(10, 10, 0)), time.Time{}, BarredHour},
		"17, until eight":                      {Volunteer{Born: born(17)}, shift("s", at(10, 17, 0), at(10, 20, 0)), time.Time{}, Free},
		"17, too late":                         {Volunteer{Born: born(17)}, shift("s", at(10, 17, 0), at(10, 20, 1)), time.Time{}, BarredHour},
		"17, over midnight":                    {Volunteer{Born: born(17)}, shift("s", at(10, 19, 0), at(11, 2, 0)), time.Time{}, BarredHour},
		"17, five hours":                       {Volunteer{Born: born(17)}, shift("s", at(10, 10, 0), at(10, 15, 0)), time.Time{}, TooLong},
		"17, four hours":                       {Volunteer{Born: born(17)}, shift("s", at(10, 10, 0), at(10, 14, 0)), time.Time{}, Free},
		"at the same time":                     {Volunteer{Taken: []Shift{shift("t", at(10, 12, 0), at(10, 14, 0))}}, day, time.Time{}, Collides},
		"no time for the way":                  {Volunteer{Taken: []Shift{shift("t", at(10, 13, 29), at(10, 14, 0))}}, day, time.Time{}, Collides},
		"time for the way":                     {Volunteer{Taken: []Shift{shift("t", at(10, 13, 30), at(10, 14, 0))}}, day, time.Time{}, Free},
		"at once after another shift there":    {Volunteer{Taken: []Shift{{ID: "t", action: 7, Starts: at(10, 8, 0), Ends: at(10, 10, 0)}}}, with(func(s *Shift) { s.action = 7 }), time.Time{}, Free},
		"in another shift there":               {Volunteer{Taken: []Shift{{ID: "t", action: 7, Starts: at(10, 8, 0), Ends: at(10, 10, 1)}}}, with(func(s *Shift) { s.action = 7 }), time.Time{}, Collides},
		"at once after another action":         {Volunteer{Taken: []Shift{{ID: "t", action: 8, Starts: at(10, 8, 0), Ends: at(10, 10, 0)}}}, with(func(s *Shift) { s.action = 7 }), time.Time{}, Collides},
		"eleven hours alone":                   {Volunteer{}, shift("s", at(10, 8, 0), at(10, 19, 0)), time.Time{}, TooLong},
		"eleven hours in a day":                {Volunteer{Taken: []Shift{shift("t", at(10, 14, 0), at(10, 22, 0))}}, day, time.Time{}, TooMuch},
		"twelve hours over two days":           {Volunteer{}, shift("s", at(10, 18, 0), at(11, 6, 0)), time.Time{}, Free},
		"no rest after the evening before":     {Volunteer{Taken: []Shift{shift("t", at(9, 20, 0), at(9, 23, 30))}}, day, time.Time{}, NoRest},
		"rest after the evening before":        {Volunteer{Taken: []Shift{shift("t", at(9, 20, 0), at(9, 23, 0))}}, day, time.Time{}, Free},
		"no rest before the morning after":     {Volunteer{Taken: []Shift{shift("t", at(11, 6, 0), at(11, 8, 0))}}, shift("s", at(10, 19, 30), at(10, 22, 0)), time.Time{}, NoRest},
		"barred stands before consent":         {Volunteer{Born: born(13)}, kind(Hazardous), time.Time{}, BarredKind},
		"a skill stands before a full shift":   {Volunteer{}, with(func(s *Shift) { s.Taken, s.Role.Skills = 5, []string{"driver"} }), time.Time{}, Untrained},
		"a collision stands before a full one": {Volunteer{Taken: []Shift{shift("t", at(10, 12, 0), at(10, 14, 0))}}, with(func(s *Shift) { s.Taken = 5 }), time.Time{}, Collides},
	} {
		t.Run(name, func(t *testing.T) {
			if got := usual().Ask(c.v, c.s, c.opens, noon, zone); got.Outcome != c.want {
				t.Errorf("%+v, want %s", got, c.want)
			}
		})
	}
	if a := usual().Ask(Volunteer{Skills: []string{"a"}}, with(func(s *Shift) { s.Role.Skills = []string{"a", "b", "c"} }), time.Time{}, noon, zone); !slices.Equal(a.Skills, []string{"b", "c"}) {
		t.Errorf("lacking %v", a.Skills)
	}
	// A city that follows the law's 14 lets a person of 15 come alone.
	law := usual()
	law.ConsentUnder = 14
	if a := law.Ask(Volunteer{Born: born(15)}, day, time.Time{}, noon, zone); a.Outcome != Free {
		t.Errorf("15 by the law: %+v", a)
	}
	if len(Outcomes()) != 15 {
		t.Errorf("%d outcomes", len(Outcomes()))
	}
}

// The way between two known places is as long as it is far: 3.3 m/s is 12 km in an hour.
func TestTheWay(t *testing.T) {
	from := places.Point{Lat: 42.30, Lon: 69.60}
	for _, c := range []struct {
		to   places.Point
		want time.Duration
	}{{from, 0}, {places.Point{Lat: 42.32, Lon: 69.60}, 11 * time.Minute}, {places.Point{}, 30 * time.Minute}} { // 0.02° of latitude are 2,226 m
		if got := usual().Way(from, c.to); got != c.want {
			t.Errorf("%v: %v", c.to, got)
		}
	}
}

// The shift that lacks the most, and begins soonest, stands first (B13); equal ones stand by lot of the day.
func TestTheOrderOfNeed(t *testing.T) {
	rank := func(id string, needed, taken int, hours float64, qualified bool, d Band) Ranked {
		s := Shift{ID: civic.ID(id), Needed: needed, Taken: taken}
		return Ranked{s, Need{s.Missing(), needed, hours, qualified, d}}
	}
	all := []Ranked{
		rank("later", 4, 2, 9, true, Near),      // 1/2 × 1/10 = 0.05
		rank("soon", 4, 2, 1, true, Near),       // 1/2 × 1/2 = 0.25
		rank("far", 4, 2, 1, true, Far),         // 0.125
		rank("unknown", 4, 2, 1, true, Unknown), // 0.1875
		rank("empty", 4, 0, 1, true, Near),      // 1 × 1/2 = 0.5
		rank("full", 4, 4, 1, true, Near),       // 0
		rank("untrained", 4, 0, 1, false, Near),
		rank("begun", 4, 0, -1, true, Near),
	}
	Order(all, "2026-05-01")
	var order []civic.ID
	for _, r := range all {
		order = append(order, r.ID)
	}
	if want := []civic.ID{"empty", "soon", "unknown", "far", "later"}; !slices.Equal(order[:5], want) {
		t.Errorf("order %v", order)
	}
	for i, want := range []float64{0.5, 0.25, 0.1875, 0.125, 0.05, 0, 0, 0} {
		if got := all[i].Score(); got != want {
			t.Errorf("%s: %v, want %v", all[i].ID, got, want)
		}
	}
	first := map[civic.ID]int{}
	for day := range 200 {
		equal := []Ranked{rank("a", 4, 2, 1, true, Near), rank("b", 4, 2, 1, true, Near)}
		Order(equal, fmt.Sprint(day))
		first[equal[0].ID]++
	}
	if first["a"] < 60 || first["b"] < 60 {
		t.Errorf("one is always first: %v", first)
	}
}

// Before a shift is moved its organiser sees whom that loses.
func TestWhoIsLost(t *testing.T) {
	s := shift("s", at(10, 10, 0), at(10, 13, 0))
	people := map[civic.ID]Volunteer{
		"adult": {Taken: []Shift{s}},
		"child": {Born: time.Date(2012, 1, 1, 0, 0, 0, 0, zone), Consent: true, Taken: []Shift{s}},
		"busy":  {Taken: []Shift{s, shift("t", at(10, 18, 0), at(10, 20, 0))}},
	}
	if lost := usual().Lost(s, people, noon, zone); len(lost) != 0 {
		t.Errorf("unchanged: %v", lost)
	}
	s.Starts, s.Ends, s.Taken, s.Needed = at(10, 18, 30), at(10, 21, 0), 3, 3
	lost := usual().Lost(s, people, noon, zone)
	if len(lost) != 2 || lost["child"].Outcome != BarredHour || lost["busy"].Outcome != Collides || lost["busy"].With != "t" {
		t.Errorf("moved: %v", lost)
	}
}

// What was seen is what counts as evidence: from the beginning, until they left, or until the planned end when nobody saw it.
func TestWhatWasWitnessed(t *testing.T) {
	s := shift("s", at(10, 10, 0), at(10, 13, 0))
	for _, c := range []struct {
		in, out time.Time
		minutes int
		seen    bool
	}{
		{time.Time{}, time.Time{}, 0, false},
		{time.Time{}, at(10, 13, 0), 0, false},
		{at(10, 10, 0), at(10, 13, 0), 180, true},
		{at(10, 9, 0), at(10, 12, 0), 120, true},
		{at(10, 10, 20), time.Time{}, 160, false},
		{at(10, 10, 20), at(10, 10, 10), 160, false},
		{at(10, 10, 0), at(10, 13, 20), 200, true},
		{at(10, 10, 0), at(11, 9, 0), 210, true},
		{at(10, 15, 0), at(10, 15, 30), 0, true},
	} {
		if minutes, seen := Witnessed(s, Visit{c.in, c.out}, 30*time.Minute); minutes != c.minutes || seen != c.seen {
			t.Errorf("%v to %v: %d, %v; want %d, %v", c.in, c.out, minutes, seen, c.minutes, c.seen)
		}
	}
}

// Hours count when two people signed; what was wrong is taken back by an entry against it, once; the total is one over all organisations.
func TestHoursAreSignedByTwo(t *testing.T) {
	asel, boss := Person{"asel", "m1"}, Person{"boss", "m2"}
	shifts := map[civic.ID]Allowed{"s1": {"ngo", 200}, "s2": {"ngo", 200}, "s3": {"fund", 120}}
	book := []Entry{{ID: "1", Shift: "s1", Organisation: "ngo", Minutes: 180, Step: Stated}, {ID: "2", Shift: "s2", Organisation: "ngo", Minutes: 180, Step: Stated}, {ID: "3", Shift: "s3", Organisation: "fund", Minutes: 120, Step: Stated}}
	if all, _ := Total(book); all != 0 {
		t.Errorf("stated alone: %d", all)
	}
	for _, same := range []Person{asel, {"asel", ""}, {"second", "m1"}} {
		if _, err := Confirm(book, asel, same, shifts, map[civic.ID]int{"s1": 180}); civic.CodeOf(err) != civic.Forbidden {
			t.Errorf("%v confirms their own: %v", same, err)
		}
	}
	if _, err := Confirm(book, Person{Account: "asel"}, Person{Account: "boss"}, shifts, nil); err != nil {
		t.Errorf("two who are not verified are not one: %v", err)
	}
	for _, n := range []int{-1, 201} {
		if _, err := Confirm(book, asel, boss, shifts, map[civic.ID]int{"s1": n}); civic.CodeOf(err) != civic.Invalid {
			t.Errorf("%d minutes: %v", n, err)
		}
	}
	added, err := Confirm(book, asel, boss, shifts, map[civic.ID]int{"s1": 180, "s2": 100, "s3": 120, "s9": 60})
	if err != nil || len(added) != 3 || added[0].Step != Confirmed || added[1].Step != Disputed || added[1].Minutes != 100 || added[2].Organisation != "fund" {
		t.Fatalf("%+v, %v", added, err)
	}
	for i, e := range added {
		e.ID = civic.ID(fmt.Sprint("c", i))
		book = append(book, e)
	}
	if again, err := Confirm(book, asel, boss, shifts, map[civic.ID]int{"s1": 180, "s2": 180}); err != nil || len(again) != 0 {
		t.Errorf("confirmed twice: %+v, %v", again, err)
	}
	if all, by := Total(book); all != 300 || by["ngo"] != 180 || by["fund"] != 120 {
		t.Errorf("%d, %v", all, by)
	}
	against, err := TakeBack(book, "c0", "boss")
	if err != nil || against.Minutes != -180 || against.Against != "c0" {
		t.Fatalf("%+v, %v", against, err)
	}
	book = append(book, against)
	if all, by := Total(book); all != 120 || by["ngo"] != 0 {
		t.Errorf("%d, %v", all, by)
	}
	for _, id := range []civic.ID{"c0", "c1", "1", "nothing"} {
		if _, err := TakeBack(book, id, "boss"); civic.CodeOf(err) != civic.Closed {
			t.Errorf("%s is taken back: %v", id, err)
		}
	}
}

func TestAges(t *testing.T) {
	for _, c := range []struct {
		born, day string
		want      int
	}{{"2010-05-10", "2026-05-09", 15}, {"2010-05-10", "2026-05-10", 16}, {"2008-02-29", "2026-02-28", 17}, {"2008-02-29", "2026-03-01", 18}, {"2010-12-31", "2026-01-01", 15}} {
		born, _ := time.Parse(time.DateOnly, c.born)
		day, _ := time.Parse(time.DateOnly, c.day)
		if got := AgeAt(born, day); got != c.want {
			t.Errorf("%s on %s: %d", c.born, c.day, got)
		}
	}
}

// How soon a shift is, is said in hours on the last two days, and before in whole days.
func TestHoursAndDays(t *testing.T) {
	for left, want := range map[float64][2]int{-1: {0, 0}, 0.5: {0, 0}, 47.9: {47, 0}, 48: {0, 2}, 71.9: {0, 2}, 240: {0, 10}} {
		if hours, days := (Need{HoursLeft: left}).HoursAndDays(); hours != want[0] || days != want[1] {
			t.Errorf("%v: %d hours, %d days", left, hours, days)
		}
	}
}
