package initiatives

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

func TestShortName(t *testing.T) {
	for name, want := range map[string]string{"Айгерім Сапарова": "Айгерім С.", "Арман": "Арман", "әлия өтеген қызы": "әлия Ө.", "": ""} {
		if got := ShortName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestPatternsOfNames(t *testing.T) {
	for _, of := range []struct {
		pattern, name string
		want          bool
	}{{"bot *", "Bot 17", true}, {"bot *", "Robot 17", false}, {"*ов", "Арман Касымов", true}, {"*ов", "Касымова", false}, {"а?ман*", "Арман К", true}, {"*а*а*", "Сауле Ахметова", true}, {"арман", "Арман", true},
		{"арман", "Арманбек", false}, {"**", "x", true}, {"a*b*c", "a1b2", false}} {
		if like(of.pattern, of.name) != of.want {
			t.Errorf("%q on %q", of.pattern, of.name)
		}
	}
}

// Conditions are met together; what is one short of a burst is none.
func TestConditions(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	sig := func(minute int, name, domain, network, district string, age time.Duration) Signature {
		asked := at.Add(time.Duration(minute) * time.Minute)
		return Signature{AskedAt: asked, Name: name, Domain: domain, network: network, District: district, knownAt: asked.Add(-age), State: Signed}
	}
	all := []Signature{sig(0, "Bot 1", "x.kz", "n1", "abai", time.Hour), sig(0, "Bot 2", "x.kz", "n1", "abai", time.Hour), sig(0, "Bot 3", "x.kz", "n1", "turan", time.Hour),
		sig(5, "Сауле А", "mail.ru", "n1", "abai", 1000*time.Hour), sig(9, "Арман К", "x.kz", "n2", "", 24*time.Hour)}
	for _, of := range []struct {
		Conditions
		want int
	}{{Conditions{Network: "n1"}, 4}, {Conditions{Domain: "X.kz"}, 4}, {Conditions{Network: "n1", Domain: "x.kz"}, 3}, {Conditions{District: "abai"}, 3}, {Conditions{Young: 24}, 3}, {Conditions{Young: 25}, 4},
		{Conditions{From: at.Add(5 * time.Minute), To: at.Add(9 * time.Minute)}, 1}, {Conditions{Burst: 3}, 3}, {Conditions{Burst: 4}, 0}, {Conditions{Burst: 3, District: "abai"}, 0}, {Conditions{Name: "bot *", District: "turan"}, 1}} {
		if got := of.choose(all); len(got) != of.want {
			t.Errorf("%+v means %d, want %d", of.Conditions, len(got), of.want)
		}
	}
	for _, wrong := range []Conditions{{}, {From: at, To: at}, {Name: " * "}, {Young: -1}, {Burst: 2}} {
		p := wrong.check()
		if p.Err() == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
	// A school class at one network and a large mail service is no burst of one shape of names and domain by chance alone: what stands out is
	// suggested by how many there are.
	if c := clusters(all, 4, 8); len(c) != 2 || c[0].Signatures != 4 {
		t.Errorf("%+v", c)
	}
}

// Each threshold is reached once, and holds on the day on which it counts or does not.
func TestThresholds(t *testing.T) {
	needs := map[Effect]int64{ByCouncil: 300, ByBody: 1000}
	all := thresholdsOf(func(e Effect) int64 { return needs[e] })
	if len(all) != 2 || all[0].Effect != ByCouncil {
		t.Fatalf("%+v", all)
	}
	if len(reached(all, 299)) != 0 || len(reached(all, 300)) != 1 || len(reached(all, 1000)) != 2 {
		t.Error("reached by other counts")
	}
	all[0].ReachedAt = time.Unix(1, 0)
	if len(reached(all, 300)) != 0 || len(met(all, 299)) != 0 || len(met(all, 300)) != 1 {
		t.Error("what was reached once is reached again, or holds below")
	}
}

// Every state but the last ones leads on, and nobody withdraws what the body has.
func TestStates(t *testing.T) {
	for _, last := range []State{Lapsed, Unsupported, Withdrawn, Delivered} {
		if len(steps[last]) != 0 {
			t.Errorf("%s leads on", last)
		}
	}
	for _, s := range []State{Closed, WithBody, Answered, Refused} {
		if _, ok := Next(s, Withdraw); ok {
			t.Errorf("%s can be withdrawn", s)
		}
	}
	if mayDecide(civic.Actor{Account: "a", Grants: []civic.Grant{{Role: civic.Moderator}}}, []Author{{Account: "a"}}) {
		t.Error("an author decides on their own initiative")
	}
}
