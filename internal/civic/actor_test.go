package civic

import (
	"slices"
	"testing"
	"time"
)

func organisation(id ID) Ref { return Ref{Kind: "organisation", ID: id} }

func TestGrantsAreScoped(t *testing.T) {
	a := Actor{Account: "x", Assurance: EmailConfirmed, Grants: []Grant{{Role: Officer, Scope: organisation("akimat")}, {Role: Moderator}}}
	for _, tc := range []struct {
		role  Role
		scope Ref
		want  bool
	}{
		{Officer, organisation("akimat"), true},
		{Officer, organisation("police"), false},
		{Officer, Ref{Kind: "council", ID: "akimat"}, false},
		{Officer, organisation(""), false},
		{Officer, Ref{}, false},
		{Representative, organisation("akimat"), false},
		{Moderator, organisation("akimat"), false}, // the role is held for the city, not for this organisation
		{Moderator, Ref{}, false},
	} {
		if got := a.ActsFor(tc.role, tc.scope); got != tc.want {
			t.Errorf("ActsFor(%s, %s) = %v", tc.role, tc.scope, got)
		}
	}
	if !a.Has(Officer) || !a.Has(Moderator) || !a.Has(Resident) || a.Has(Administrator) {
		t.Error("Has asks for a scope, or for none of the roles")
	}
	if !a.HasAny(Administrator, Officer) || a.HasAny(Administrator, Representative) || a.HasAny() {
		t.Error("HasAny")
	}
	if got := a.Scopes(Officer); !slices.Equal(got, []ID{"akimat"}) {
		t.Errorf("Scopes = %v", got)
	}
	if got := a.Scopes(Moderator); got == nil || len(got) > 0 {
		t.Errorf("Scopes of a role for the whole city = %#v: nil would mean all", got)
	}
	both := Actor{Grants: []Grant{{Role: Representative, Scope: organisation("fund")}, {Role: Officer, Scope: organisation("akimat")}}}
	if got := both.Scopes(Officer, Representative); !slices.Equal(got, []ID{"akimat", "fund"}) {
		t.Errorf("Scopes of two roles = %v", got)
	}
	if got := a.Roles(); !slices.Equal(got, []Role{Moderator, Officer, Resident}) {
		t.Errorf("Roles = %v", got)
	}
}

func TestAGrantIsInForceUntilItsEnd(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	for _, tc := range []struct {
		name           string
		from, until    time.Time
		inForce, ended bool
	}{
		{name: "without a term", inForce: true},
		{name: "ends one day", until: at(30), inForce: true},
		{name: "began", from: at(1), inForce: true},
		{name: "begins one day", from: at(25)},
		{name: "ended", until: at(20), ended: true},
		{name: "in its term", from: at(1), until: at(30), inForce: true},
		{name: "before its term", from: at(25), until: at(30)},
		{name: "after its term", from: at(1), until: at(20), ended: true},
	} {
		g := Grant{Role: Moderator, From: tc.from, Until: tc.until}
		if g.InForce(at(22)) != tc.inForce || g.Ended(at(22)) != tc.ended {
			t.Errorf("%s: in force %v, ended %v", tc.name, g.InForce(at(22)), g.Ended(at(22)))
		}
		if !tc.from.IsZero() && !g.InForce(tc.from) || !tc.until.IsZero() && g.InForce(tc.until) {
			t.Errorf("%s: at its first instant %v, at its end %v", tc.name, g.InForce(tc.from), g.InForce(tc.until))
		}
	}
	all := []Grant{{Role: Moderator, Until: at(22)}, {Role: Officer, Scope: organisation("a")}, {Role: Administrator, From: at(23)}}
	if got := InForce(all, at(22)); len(got) != 1 || got[0].Role != Officer {
		t.Errorf("InForce = %v", got)
	}
}

// The one role in which somebody acts: the first that counts for what they act on.
func TestActsAs(t *testing.T) {
	body, other := organisation("akimat"), organisation("police")
	officer, speaker := Grant{Role: Officer, Scope: body}, Grant{Role: Representative, Scope: other}
	moderator, administrator := Grant{Role: Moderator}, Grant{Role: Administrator}
	secretary := Grant{Role: "councils.secretary", Scope: Ref{Kind: "councils.council", ID: "akimat"}}
	order := []Role{Officer, Representative, Moderator, Administrator}
	for name, tc := range map[string]struct {
		grants []Grant
		scopes []Ref
		roles  []Role
		want   Role
	}{
		"of the very body":                {[]Grant{administrator, moderator, officer}, []Ref{body}, order, Officer},
		"of one of two":                   {[]Grant{officer}, []Ref{other, body}, order, Officer},
		"the order of the roles decides":  {[]Grant{officer, speaker}, []Ref{body, other}, []Role{Representative, Officer}, Representative},
		"of another body only":            {[]Grant{officer}, []Ref{other}, order, Resident},
		"of another body, and moderator":  {[]Grant{officer, moderator}, []Ref{other}, order, Moderator},
		"nobody's in particular":          {[]Grant{moderator, officer}, nil, order, Officer},
		"scopes that are none":            {[]Grant{officer}, []Ref{}, order, Resident},
		"the city's, whatever the scopes": {[]Grant{administrator}, []Ref{}, order, Administrator},
		"a role that does not count here": {[]Grant{officer}, []Ref{body}, []Role{Moderator}, Resident},
		"the same id of another kind":     {[]Grant{secretary}, []Ref{body}, []Role{"councils.secretary"}, Resident},
		"a role of a part's own":          {[]Grant{secretary}, []Ref{secretary.Scope}, []Role{"councils.secretary", Moderator}, "councils.secretary"},
		"no role at all":                  {nil, []Ref{body}, order, Resident},
	} {
		a := Actor{Account: "x", Assurance: EmailConfirmed, Grants: tc.grants}
		if got := a.ActsAs(tc.scopes, tc.roles...); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if got := System().ActsAs(nil, order...); got != "" {
		t.Errorf("the program acts as %q", got)
	}
}

func TestRefsReadAsWritten(t *testing.T) {
	ref := Ref{Kind: "consultations.statement", ID: "0abc.12"}
	if got, ok := ParseRef(ref.String()); !ok || got != ref {
		t.Errorf("ParseRef(%q) = %v, %v", ref.String(), got, ok)
	}
	for _, s := range []string{"", ":", "a:", ":b", "a", (Ref{}).String(), "k:" + string(make([]byte, 200))} {
		if _, ok := ParseRef(s); ok {
			t.Errorf("ParseRef(%q) accepted", s)
		}
	}
}
