package identity_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func TestAGrantFitsTheTableOfRoles(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	for _, tc := range []struct {
		g     civic.Grant
		field string // where the fault shows; "" when there is none
	}{
		{civic.Grant{Role: civic.Moderator}, ""},
		{civic.Grant{Role: civic.Administrator}, ""},
		{civic.Grant{Role: civic.Officer, Scope: akimat}, ""},
		{civic.Grant{Role: civic.Representative, Scope: akimat}, ""},
		{civic.Grant{Role: secretary, Scope: youth}, ""},
		{civic.Grant{Role: civic.Officer}, "scope"},
		{civic.Grant{Role: civic.Officer, Scope: civic.Ref{Kind: akimat.Kind}}, "scope"},
		{civic.Grant{Role: civic.Officer, Scope: youth}, "scope"},
		{civic.Grant{Role: secretary, Scope: akimat}, "scope"},
		{civic.Grant{Role: civic.Moderator, Scope: akimat}, "scope"},
		{civic.Grant{Role: civic.Resident}, "role"},
		{civic.Grant{Role: "root"}, "role"},
		{civic.Grant{}, "role"},
		{civic.Grant{Role: civic.Moderator, From: day(1)}, ""},
		{civic.Grant{Role: civic.Moderator, From: day(-9), Until: day(1)}, ""},
		{civic.Grant{Role: civic.Moderator, From: day(2), Until: day(1)}, "until"},
		{civic.Grant{Role: civic.Moderator, From: day(2), Until: day(2)}, "until"},
		{civic.Grant{Role: civic.Moderator, Until: day(-1)}, "until"},
		{civic.Grant{Role: civic.Moderator, Until: now}, "until"},
	} {
		var p civic.Problems
		CheckGrant(&p, testRoles(), tc.g, now)
		if tc.field == "" && len(p) > 0 || tc.field != "" && (len(p) != 1 || p[0].Field != tc.field) {
			t.Errorf("%+v: %v, want a fault at %q", tc.g, p, tc.field)
		}
	}
}

// A role counts from its first instant until its end, also in a session that the program
// remembers. Only the clock moves.
func TestARoleCountsOnlyWithinItsTerm(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.join("b@example.kz", "Б")
		begin := c.Now()
		at := func(minutes int) time.Time { return begin.Add(time.Duration(minutes) * time.Minute) }
		c.grant(b, civic.Grant{Role: civic.Moderator, Until: at(20)}) // an end in the future does not hide the role today
		c.grant(b, civic.Grant{Role: civic.Officer, Scope: akimat, From: at(10)})
		c.grant(b, civic.Grant{Role: secretary, Scope: youth, From: at(10), Until: at(20)})
		for _, step := range []struct {
			minutes                       int
			moderator, officer, secretary bool
		}{{0, true, false, false}, {9, true, false, false}, {10, true, true, true}, {19, true, true, true}, {20, false, true, false}, {50, false, true, false}} {
			c.Pass(at(step.minutes).Sub(c.Now()))
			a := c.visitOf(b).Actor
			if a.Has(civic.Moderator) != step.moderator || a.ActsFor(civic.Officer, akimat) != step.officer || a.ActsFor(secretary, youth) != step.secretary {
				t.Errorf("after %d minutes: %v", step.minutes, a.Grants)
			}
			err := c.DB.Read(c.Ctx(), func(tx *storage.Tx) error {
				for g, holds := range map[civic.Grant]bool{{Role: civic.Moderator}: step.moderator, {Role: civic.Officer, Scope: akimat}: step.officer,
					{Role: secretary, Scope: youth}: step.secretary, {Role: secretary, Scope: elders}: false} {
					found, err := HoldersOf(tx, g.Role, g.Scope)
					if err != nil || (len(found) == 1) != holds {
						t.Errorf("after %d minutes %v is held by %v (%v)", step.minutes, g, found, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Whoever the table of roles names may give a role, but only for what they hold their own role
// for.
func TestRolesAreGivenByWhomTheTableNames(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		ctx := c.Ctx()
		leads, member, officer := c.join("leads@example.kz", "А"), c.join("member@example.kz", "Б"), c.join("officer@example.kz", "В")
		c.grant(leads, civic.Grant{Role: chair, Scope: youth})
		c.grant(officer, civic.Grant{Role: civic.Officer, Scope: akimat})
		by, target := c.visitOf(leads).Actor, c.visitOf(member).Actor.Account
		given := civic.Grant{Role: secretary, Scope: youth}
		if err := c.Identity.Grant(ctx, by, target, given); err != nil {
			t.Fatal(err)
		}
		if !c.visitOf(member).Actor.ActsFor(secretary, youth) {
			t.Error("not given")
		}
		c.Refused(c.Identity.Grant(ctx, by, target, civic.Grant{Role: secretary, Scope: elders}), civic.Forbidden)
		c.Refused(c.Identity.Grant(ctx, by, target, civic.Grant{Role: chair, Scope: youth}), civic.Forbidden)
		c.Refused(c.Identity.Grant(ctx, by, target, civic.Grant{Role: civic.Administrator}), civic.Forbidden)
		c.Refused(c.Identity.Grant(ctx, by, target, civic.Grant{Role: "councils.ghost", Scope: youth}), civic.Forbidden)
		c.Refused(c.Identity.Grant(ctx, c.visitOf(officer).Actor, target, given), civic.Forbidden)
		c.Refused(c.Identity.Revoke(ctx, c.visitOf(member).Actor, target, given), civic.Forbidden)
		if err := c.Identity.Revoke(ctx, by, target, given); err != nil || c.visitOf(member).Actor.Has(secretary) {
			t.Errorf("not taken: %v", err)
		}
	})
}

// The form on an account's page: any kind of scope, days in the city's zone, every fault at its
// field with what was typed, and the list of what is, was and will be.
func TestTheFormOfRoles(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) { // 22 November 2026, 14:00 in the city
		admin, person := c.join("a@example.kz", "А"), c.join("p@example.kz", "П")
		c.grant(admin, civic.Grant{Role: civic.Administrator})
		path := "/en/desk/people/" + string(c.visitOf(person).Actor.Account)
		give := func(pairs ...string) *citytest.Page { t.Helper(); return admin.Post(path+"/grant", pairs...) }

		admin.Get(path).Want(200, `<optgroup label="Secretary, Chair">`, `value="councils.council:youth"`, "Youth Council", "City Hall", "Keeps the minutes.")

		give("role", "", "scope", "").Want(422, "Choose a role")
		give("role", "resident").Want(422, "Choose a role")
		give("role", "councils.secretary").Want(422, "Choose for which organisation")
		give("role", "councils.secretary", "scope", akimat.String()).Want(422, "Choose for which organisation")
		give("role", "councils.secretary", "scope", "councils.council:ghost").Want(422, "not there")
		give("role", "councils.secretary", "scope", youth.String(), "from", "22.11.2026", "until", "2026-12-01").
			Want(422, "Write the day as", `id="f-from-error"`, `value="22.11.2026"`, `value="2026-12-01"`, `value="councils.council:youth" selected`)
		give("role", "councils.secretary", "from", "soon", "until", "2026-11-01").Want(422, `id="f-scope-error"`, `id="f-from-error"`, `id="f-until-error"`)
		give("role", "moderator", "until", "2026-11-21").Want(422, "That day has passed", `id="f-until-error"`)
		give("role", "moderator", "from", "2026-12-02", "until", "2026-12-01").Want(422, "comes before the first", `id="f-until-error"`)
		if strings.Contains(admin.Get(path).Body, "Take the role away") {
			t.Fatal("a role was given in spite of its faults")
		}

		give("role", "moderator", "scope", akimat.String(), "until", "2026-11-22").Want(303) // today is its last day
		give("role", "councils.secretary", "scope", youth.String(), "from", "2026-11-24", "until", "2026-11-25").Want(303)
		page := admin.Get(path).Want(200).Text()
		for _, part := range []string{"Moderator Until 22 November 2026 Given on 22", "Secretary: Youth Council From 24 November 2026 until 25 November 2026 not yet"} {
			if !strings.Contains(page, part) {
				t.Errorf("no %q in %s", part, page)
			}
		}
		if !c.visitOf(person).Actor.Has(civic.Moderator) {
			t.Error("the last day is not held")
		}

		c.Pass(10*time.Hour - time.Second) // to the last second of the day in the city
		if !c.visitOf(person).Actor.Has(civic.Moderator) {
			t.Error("the last second of the last day is not held")
		}
		c.Pass(time.Second)
		if c.visitOf(person).Actor.Has(civic.Moderator) {
			t.Error("the day after is held")
		}
		admin.Get(path).Want(200, "ended", "not yet")

		c.Pass(24 * time.Hour)
		if !c.visitOf(person).Actor.ActsFor(secretary, youth) || strings.Contains(admin.Get(path).Body, "not yet") {
			t.Error("the first day is not held")
		}
		admin.Post("/en/account/confirm", "password", citytest.Password).Want(303)
		give("role", "councils.secretary", "scope", youth.String(), "from", "2026-11-24", "until", "2026-11-30").Want(303) // given again: another term
		if !strings.Contains(admin.Get(path).Body, "30\u00a0November") {
			t.Error("the end is not changed")
		}
		give("role", "councils.secretary", "scope", youth.String()).Want(303)
		give("role", "councils.secretary", "scope", youth.String()).Want(303) // nothing changes
		if strings.Contains(admin.Get(path).Body, "30\u00a0November") {
			t.Error("the term stays after it was changed")
		}
		log := admin.Get("/en/desk/audit").Want(200, "Secretary", "Until 25\u00a0November 2026").Body
		if n := strings.Count(log, ">Gave a role<"); n != 5 { // one by hand, four by the form
			t.Errorf("%d grants in the audit list", n)
		}
		admin.Post(path+"/revoke", "role", "councils.secretary", "scope", youth.String()).Want(303)
		admin.Post(path+"/revoke", "role", "councils.secretary", "scope", youth.String()).Want(404)
		if c.visitOf(person).Actor.Has(secretary) {
			t.Error("the role lives on")
		}
	})
}

// Only an administrator without an end counts as one who is left.
func TestAnAdministratorWithoutAnEndIsAlwaysLeft(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		ctx := c.Ctx()
		a, b := c.join("a@example.kz", "А"), c.join("b@example.kz", "Б")
		lasting := civic.Grant{Role: civic.Administrator}
		passing := civic.Grant{Role: civic.Administrator, Until: c.Now().AddDate(0, 1, 0)}
		coming := civic.Grant{Role: civic.Administrator, From: c.Now().Add(time.Minute)}
		c.grant(a, lasting)
		c.grant(b, passing)
		va, vb := c.visitOf(a), c.visitOf(b)
		c.Refused(c.Identity.Revoke(ctx, vb.Actor, va.Actor.Account, lasting), civic.Conflict)
		c.Refused(c.Identity.Erase(ctx, va, citytest.Password), civic.Conflict)
		c.Refused(c.Identity.Grant(ctx, va.Actor, va.Actor.Account, passing), civic.Conflict) // would give the last one an end
		c.Refused(c.Identity.Grant(ctx, va.Actor, va.Actor.Account, coming), civic.Conflict)
		if err := c.Identity.Grant(ctx, va.Actor, vb.Actor.Account, coming); err != nil {
			t.Fatal(err)
		}
		c.Refused(c.Identity.Revoke(ctx, va.Actor, va.Actor.Account, lasting), civic.Conflict) // the other one has not begun
		c.Pass(time.Minute)
		if err := c.Identity.Revoke(ctx, va.Actor, va.Actor.Account, lasting); err != nil {
			t.Error(err)
		}
		c.Refused(c.Identity.Revoke(ctx, c.visitOf(b).Actor, vb.Actor.Account, lasting), civic.Conflict)
	})
}

func TestTheDownloadNamesTermsAndScopes(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.join("b@example.kz", "Б")
		c.grant(b, civic.Grant{Role: secretary, Scope: youth, Until: c.Now().AddDate(0, 1, 0)})
		c.grant(b, civic.Grant{Role: civic.Moderator})
		out, err := c.Identity.Export(c.Ctx(), c.visitOf(b))
		if err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(out["account"])
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{
			`{"role":"councils.secretary","scope":{"kind":"councils.council","id":"youth"},"until":"2026-12-22T09:00:00Z","given":"2026-11-22T09:00:00Z"}`,
			`{"role":"moderator","given":"2026-11-22T09:00:00Z"}`,
		} {
			if !strings.Contains(string(written), part) {
				t.Errorf("no %s in %s", part, written)
			}
		}
	})
}

// A role of a part that the program no longer has is shown and can be taken away, but only for
// the thing that it was held for.
func TestARoleOfAPartThatIsGoneIsTakenAway(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		person := c.join("p@example.kz", "П")
		c.grant(person, civic.Grant{Role: secretary, Scope: youth})
		c.grant(person, civic.Grant{Role: secretary, Scope: elders})
		boss := c.Administrator()
		cfg := c.cfg
		cfg.Capabilities = nil
		later := citytest.Open(t, c.DB.DSN(), cfg)
		later.At(c.Now())
		path := "/en/desk/people/" + string(c.visitOf(person).Actor.Account)
		b := later.Browser(boss)
		b.Get(path).Want(200, "councils.secretary: councils.council:youth")
		b.Post(path+"/revoke", "role", string(secretary), "scope", youth.String()).Want(303)
		b.Get(path).Want(200, "councils.council:elders").Lacks("councils.council:youth")
	})
}
