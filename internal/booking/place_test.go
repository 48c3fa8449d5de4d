package booking

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

var astana = time.FixedZone("UTC+5", 5*3600)

// Offers end in good time and never in the quiet hours, nor at dawn: worked out by hand from the rules of the README.
func TestWhenAnOfferEnds(t *testing.T) {
	rules := Rules{Hold: 24 * time.Hour, Least: 3 * time.Hour, From: 21, To: 9, Zone: astana}
	for _, tc := range []struct {
		hold      int
		now, last string
		want      string // "": there is no time for an offer
	}{
		{24, "02 15:00", "20 00:00", "03 15:00"},
		{24, "02 23:00", "20 00:00", "04 12:00"}, // in the night: on to the next morning, and three hours of it
		{24, "02 10:00", "20 00:00", "03 12:00"}, // nobody has to be up at ten
		{24, "02 21:00", "20 00:00", "03 21:00"}, // the moment when the night begins is not of it
		{1, "02 10:30", "20 00:00", "03 12:00"},  // an hour is too little
		{6, "02 13:00", "20 00:00", "02 19:00"},
		{24, "02 15:00", "03 11:00", "02 21:00"}, // it closes in the morning: the evening before
		{24, "02 15:00", "03 05:00", "02 21:00"}, // or in the night
		{24, "02 15:00", "02 18:00", "02 18:00"},
		{24, "02 15:00", "02 17:59", ""},
		{24, "02 19:00", "03 08:00", ""},
		{24, "02 22:00", "03 11:00", ""},
		{24, "02 22:00", "03 13:00", "03 13:00"},
	} {
		t.Run(tc.now+" "+tc.last, func(t *testing.T) {
			at := func(s string) time.Time {
				at, err := time.ParseInLocation("2006-01 02 15:04", "2026-03 "+s, astana)
				if err != nil {
					t.Fatal(err)
				}
				return at
			}
			rules.Hold = time.Duration(tc.hold) * time.Hour
			end, ok := rules.Until(at(tc.now).UTC(), at(tc.last).UTC())
			if got := end.In(astana).Format("02 15:04"); ok != (tc.want != "") || ok && got != tc.want {
				t.Errorf("%s %v, want %s", got, ok, tc.want)
			}
		})
	}
}

// Whatever the hour and the settings: an offer ends by day, leaves enough of it, and is over before the last moment.
func TestNoOfferEndsInTheNight(t *testing.T) {
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, astana)
	for _, r := range []Rules{{Hold: time.Hour, Least: time.Hour, From: 18, To: 11}, {Hold: 24 * time.Hour, Least: 3 * time.Hour, From: 21, To: 9}, {Hold: 168 * time.Hour, Least: 7 * time.Hour, From: 23, To: 5}} {
		r.Zone = astana
		for quarter := range 4 * 24 {
			now := start.Add(time.Duration(quarter) * 15 * time.Minute)
			for ahead := range 80 {
				last := now.Add(time.Duration(ahead) * 37 * time.Minute)
				end, ok := r.Until(now, last)
				if !ok {
					continue
				}
				hour := end.Sub(time.Date(end.Year(), end.Month(), end.Day(), 0, 0, 0, 0, astana)).Hours()
				byDay := 0.0 // counted by minutes
				for at := now; at.Before(end); at = at.Add(time.Minute) {
					if h := at.Hour(); h >= r.To && h < r.From {
						byDay += 1.0 / 60
					}
				}
				if end.After(last) || hour > float64(r.From) || hour < float64(r.To)+r.Least.Hours() || byDay < r.Least.Hours()-0.001 {
					t.Fatalf("%+v: from %s, at the latest %s, ends %s with %.1f hours of day", r, now, last, end, byDay)
				}
			}
		}
	}
}

func TestTurns(t *testing.T) {
	for _, tc := range []struct {
		name    string
		free    Places
		waiting []turn
		want    []int
	}{
		{"first come", Seats(3), []turn{{Seats(1), false}, {Seats(2), false}, {Seats(1), false}}, []int{0, 1}},
		{"the head is not passed", Seats(2), []turn{{Seats(3), false}, {Seats(1), false}}, nil},
		{"unless it lets others pass", Seats(2), []turn{{Seats(3), true}, {Seats(1), false}, {Seats(1), false}}, []int{1, 2}},
		{"another kind of place takes nothing from it", Places{Seat: 1, Wheelchair: 1}, []turn{{Seats(2), false}, {Places{Wheelchair: 1}, false}, {Seats(1), false}}, []int{1}},
		{"who wants both waits for both", Places{Seat: 1, Wheelchair: 1}, []turn{{Places{Seat: 2, Wheelchair: 1}, false}, {Places{Wheelchair: 1}, false}}, nil},
		{"nothing is free", Places{}, []turn{{Seats(1), true}}, nil},
	} {
		if got := turns(tc.free, tc.waiting); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// Each state leads only to those that the README draws, and what has ended leads nowhere.
func TestEndedBookingsStay(t *testing.T) {
	for from, all := range moves {
		if from.Ended() || len(all) == 0 {
			t.Errorf("%s leads to %v", from, all)
		}
	}
	for _, s := range []State{GivenBack, Lapsed, Cancelled} {
		if !s.Ended() || moves[s] != nil {
			t.Errorf("%s goes on", s)
		}
	}
}

func TestCodes(t *testing.T) {
	for typed, want := range map[string]string{"abcd-1234": "ABCD1234", " ABCD 1234 ": "ABCD1234", "oil0-0000": "01100000", "ABCD-123": "", "ABCD-123U": "", "": "", "ҚАЗАҚША1": ""} {
		got, ok := ParseCode(typed)
		if ok != (want != "") || ok && string(got) != want {
			t.Errorf("%q: %q %v", typed, got, ok)
		}
	}
	seen := map[Code]bool{}
	for range 1000 {
		c := newCode()
		if back, ok := ParseCode(c.Shown()); !ok || back != c || seen[c] {
			t.Fatalf("%q %q", c, back)
		}
		seen[c] = true
	}
	if fmt.Sprint(Code("ABCD1234").Shown()) != "ABCD-1234" {
		t.Error("not in two halves")
	}
}
