package part_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

const (
	secretary = civic.Role("councils.secretary")
	chair     = civic.Role("councils.chair")
	council   = "councils.council"
)

func TestWhoMayGiveARole(t *testing.T) {
	role := part.Role{Name: secretary, Scope: council, GivenBy: []civic.Role{chair, civic.Moderator}}
	this, other := civic.Ref{Kind: council, ID: "a"}, civic.Ref{Kind: council, ID: "b"}
	for name, tc := range map[string]struct {
		grants []civic.Grant
		want   bool
	}{
		"nobody":                      {nil, false},
		"an administrator":            {[]civic.Grant{{Role: civic.Administrator}}, true},
		"the chair of the council":    {[]civic.Grant{{Role: chair, Scope: this}}, true},
		"the chair of another":        {[]civic.Grant{{Role: chair, Scope: other}}, false},
		"a role of the whole city":    {[]civic.Grant{{Role: civic.Moderator}}, true},
		"the secretary":               {[]civic.Grant{{Role: secretary, Scope: this}}, false},
		"another role of the council": {[]civic.Grant{{Role: civic.Officer, Scope: this}}, false},
	} {
		if got := role.MayGive(civic.Actor{Account: "x", Assurance: civic.Verified, Grants: tc.grants}, this); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatARoleIsHeldFor(t *testing.T) {
	scoped, whole := part.Role{Name: secretary, Scope: council}, part.Role{Name: "councils.clerk"}
	for _, tc := range []struct {
		role  part.Role
		scope civic.Ref
		want  bool
	}{
		{scoped, civic.Ref{Kind: council, ID: "a"}, true},
		{scoped, civic.Ref{}, false},
		{scoped, civic.Ref{Kind: council}, false},
		{scoped, civic.Ref{Kind: "organisation", ID: "a"}, false},
		{whole, civic.Ref{}, true},
		{whole, civic.Ref{Kind: council, ID: "a"}, false},
		{whole, civic.Ref{ID: "a"}, false},
	} {
		if got := tc.role.Fits(tc.scope); got != tc.want {
			t.Errorf("%s for %+v: %v", tc.role.Name, tc.scope, got)
		}
	}
}

func TestTheTableOfRoles(t *testing.T) {
	var table part.Roles
	if p := table.Add("identity", part.Role{Name: civic.Resident, Inborn: true}, part.Role{Name: civic.Moderator}); p != nil {
		t.Error(p)
	}
	if p := table.Add("councils", part.Role{Name: secretary, Scope: council, GivenBy: []civic.Role{chair}}, part.Role{Name: chair, Scope: council}); p != nil {
		t.Error(p)
	}
	everything := func(string) bool { return true }
	if p := table.Check(everything, everything); p != nil {
		t.Error(p)
	}
	var given []civic.Role
	for _, r := range table.Given() {
		given = append(given, r.Name)
	}
	if !slices.Equal(given, []civic.Role{civic.Moderator, secretary, chair}) || len(table.All()) != 4 {
		t.Errorf("given are %v", given)
	}
	for role, want := range map[civic.Role]string{civic.Moderator: "identity.role_moderator", secretary: "councils.role_secretary", "events.steward": ""} {
		if got := table.NameKey(role); got != want {
			t.Errorf("NameKey(%s) = %q", role, got)
		}
	}
	if got := table.PurposeKey(secretary) + table.PurposeKey("events.steward"); got != "councils.role_secretary_for" {
		t.Errorf("PurposeKey = %q", got)
	}
	if r, known := table.Get(secretary); !known || r.Scope != council {
		t.Errorf("Get = %+v, %v", r, known)
	}
}

// Everything that is missing in the table of roles is reported.
func TestTheTableOfRolesSaysWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		part string
		role part.Role
		say  string
	}{
		"declared twice":               {"councils", part.Role{Name: secretary}, "twice"},
		"another part's name":          {"events", part.Role{Name: "councils.clerk"}, "does not begin"},
		"a common name":                {"events", part.Role{Name: "steward"}, "does not begin"},
		"no name":                      {"identity", part.Role{}, "does not begin"},
		"half a name":                  {"events", part.Role{Name: "events."}, "does not begin"},
		"no name for readers":          {"events", part.Role{Name: "events.mute"}, "events.role_mute of"},
		"nothing on what it is for":    {"events", part.Role{Name: "events.aimless"}, "events.role_aimless_for"},
		"a kind of which none is held": {"events", part.Role{Name: "events.steward", Scope: "events.ghost"}, "events.ghost"},
		"given by holders of nothing":  {"events", part.Role{Name: "events.steward", GivenBy: []civic.Role{"events.ghost"}}, "nobody declares"},
	} {
		var table part.Roles
		table.Add("councils", part.Role{Name: secretary})
		problems := table.Add(tc.part, tc.role)
		problems = append(problems, table.Check(
			func(key string) bool { return key != "events.role_mute" && key != "events.role_aimless_for" },
			func(kind string) bool { return kind != "events.ghost" })...)
		if len(problems) != 1 || !strings.Contains(problems[0], tc.say) {
			t.Errorf("%s: %q", name, problems)
		}
	}
}
