package draw_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/birge-kz/birge/sortition"
	"github.com/birge-kz/birge/sortition/draw"
)

var list = &sortition.Lottery{Panels: [][]string{{"a", "b"}, {"a", "c"}, {"b", "c"}}}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Rounds that drand published: 1000 of quicknet, as its server gave it, and one of the chain of 30 seconds.
func rounds() map[string]draw.Draw {
	quick := draw.Announce(list, draw.Source{Kind: draw.Drand, Chain: draw.Quicknet, Round: 1000}, time.Unix(1692803367+3*990, 0))
	old := draw.Announce(list, draw.Source{Kind: draw.Drand, Chain: "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", Round: 3311596}, time.Unix(1595431050+30*3311000, 0))
	return map[string]draw.Draw{
		"quicknet": {Announcement: quick, List: list.Panels, Beacon: &draw.Beacon{Round: 1000, Signature: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"}},
		"default": {Announcement: old, List: list.Panels, Beacon: &draw.Beacon{Round: 3311596,
			Signature: "a696b9409ababce45749c3a4ec369074453dd4a79967734e1390d969c8ad8d98897d217b9121e92c8ddebbddda8d92f900e3bd6bf9deb166863b1a19390d743f82774001487594c5c09e581db7365f02b70a2c8cc41ce32446ef08e4890c4754",
			Previous:  "8ed588f2a7716fb1349e2d9803da5db0005e98a83783c353d4a08f183236a9ad91d70ddb01266f4b7c576983db464b430e65680b9e0098552758afd6c1e6afcb77e3f62fe1b93d42d1cb63abbb2205512fe12fbf74ea9c5ac3b8f5c1e283a1d8"}},
	}
}

func values() map[string]string {
	return map[string]string{"Ayan": "one", "Dana": "two", "Olga": "three"}
}

func committed() draw.Draw {
	source, until := draw.Source{Kind: draw.Commitments}, noon.Add(time.Hour)
	source.Until = &until
	d := draw.Draw{List: list.Panels}
	for _, name := range []string{"Ayan", "Dana", "Olga"} {
		source.Members = append(source.Members, draw.Member{Name: name, Commitment: draw.Commit(name, values()[name])})
		d.Reveals = append(d.Reveals, draw.Reveal{Name: name, Value: values()[name], At: noon.Add(time.Minute)})
	}
	d.Announcement = draw.Announce(list, source, noon)
	return d
}

func want(t *testing.T, err error, code draw.Code) {
	t.Helper()
	var f *draw.Finding
	if code == "" && err == nil || errors.As(err, &f) && f.Code == code {
		return
	}
	t.Errorf("got %v, want %q", err, code)
}

func TestBeacon(t *testing.T) {
	for name, d := range rounds() {
		t.Run(name, func(t *testing.T) {
			want(t, d.Complete(), "")
			want(t, d.Check(d.Announcement.Digest()), "")
			known := d
			known.Announcement.At = known.Announcement.At.AddDate(1, 0, 0)
			want(t, known.Check(""), draw.BeaconKnown)
			forged := d
			b := *d.Beacon
			forged.Beacon = &b
			forged.Beacon.Signature = "8" + b.Signature[1:]
			want(t, forged.Check(""), draw.BeaconForged)
			forged.Beacon = nil
			want(t, forged.Check(""), draw.BeaconMissing)
		})
	}
}

func TestCommitments(t *testing.T) {
	whole := committed()
	want(t, whole.Complete(), "")
	want(t, whole.Check(whole.Announcement.Digest()), "")
	for code, change := range map[draw.Code]func(d *draw.Draw){
		draw.RevealLate:    func(d *draw.Draw) { d.Reveals[1].At = noon.Add(2 * time.Hour) },
		draw.RevealMissing: func(d *draw.Draw) { d.Reveals = d.Reveals[:2] },
		draw.RevealWrong:   func(d *draw.Draw) { d.Reveals[0].Value = "another" },
		draw.TooFewMembers: func(d *draw.Draw) { d.Announcement.Source.Members = d.Announcement.Source.Members[:2] },
		draw.NumberWrong:   func(d *draw.Draw) { d.Number = (d.Number + 1) % 3 },
		draw.PanelWrong:    func(d *draw.Draw) { d.Panel = []string{"c", "d"} },
		draw.ListSwapped:   func(d *draw.Draw) { d.List = [][]string{{"a", "b"}, {"a", "b"}, {"b", "c"}} },
		draw.BadFormat:     func(d *draw.Draw) { d.List = nil },
		draw.SourceUnknown: func(d *draw.Draw) { d.Announcement.Source.Kind = "seed" },
		draw.ThrowMissing:  func(d *draw.Draw) { d.Announcement.Source.Kind = draw.Dice },
	} {
		d := committed()
		want(t, d.Complete(), "")
		change(&d)
		want(t, d.Check(""), code)
	}
}

// Whoever swaps the list and the announcement together is caught by the digest recorded beforehand.
func TestAnnouncementChanged(t *testing.T) {
	d := committed()
	recorded := d.Announcement.Digest()
	d.List = [][]string{{"a", "b"}, {"a", "b"}, {"b", "c"}}
	d.Announcement.List = (&sortition.Lottery{Panels: d.List}).Digest()
	want(t, d.Complete(), "")
	want(t, d.Check(""), "")
	want(t, d.Check(recorded), draw.AnnouncementChanged)
}

func TestDigestSurvivesTheFile(t *testing.T) {
	d := committed()
	want(t, d.Complete(), "")
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var again draw.Draw
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	want(t, again.Check(d.Announcement.Digest()), "")
}

// Whatever a document holds, checking it ends with a finding or with a panel of its list.
func FuzzCheck(f *testing.F) {
	documents := rounds()
	documents["commitments"] = committed()
	for _, d := range documents {
		if err := d.Complete(); err != nil {
			f.Fatal(err)
		}
		text, err := json.Marshal(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d draw.Draw
		if json.Unmarshal(text, &d) != nil {
			return
		}
		switch err := d.Check(""); {
		case err == nil && !slices.Equal(d.Panel, d.List[d.Number]):
			t.Errorf("%v holds", d)
		case err != nil:
			if f := (*draw.Finding)(nil); !errors.As(err, &f) || !slices.Contains(draw.Codes(), f.Code) {
				t.Errorf("%v has no code", err)
			}
		}
	})
}
