package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/platform/audit"
)

const invitations = "/en/desk/people/invitations"

// invite sends the form of an invitation as the administrator.
func (c *testCity) invite(email string, g civic.Grant, more ...string) *citytest.Page {
	c.T.Helper()
	return c.Browser(c.Administrator()).Post(invitations, append([]string{"email", email, "lang", "en", "role", string(g.Role), "scope", g.Scope.String()}, more...)...)
}

// trailOf lists the acts of the audit list that have one of the names, the newest first.
func (c *testCity) trailOf(names ...string) (out []audit.Entry) {
	c.T.Helper()
	page, err := c.Identity.Acts(c.Ctx(), c.Administrator().Actor, audit.Filter{})
	c.Must(err)
	for _, e := range page.Entries {
		if slices.Contains(names, e.Act) {
			out = append(out, e)
		}
	}
	return out
}

func TestAnInvitationMakesAnOfficer(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.invite("Officer@akimat.kz", civic.Grant{Role: civic.Officer, Scope: akimat}, "from", "2026-12-01", "until", "2027-01-31").Want(303, invitations)
		admin := c.Browser(c.Administrator())
		admin.Get(invitations).Want(200, "officer@akimat.kz", "Officer of a state body: City Hall", "From 1\u00a0December 2026 until 31\u00a0January 2027",
			"Invited by Administrator on 22\u00a0November 2026, valid until 6\u00a0December 2026")
		letter := c.Letter("officer@akimat.kz")
		for _, want := range []string{"Shymkent offers you this role:\nOfficer of a state body: City Hall\nFrom 1\u00a0December 2026 until 31\u00a0January 2027\n", "until 6\u00a0December 2026"} {
			if !strings.Contains(letter.Text, want) {
				t.Errorf("the mail lacks %q:\n%s", want, letter.Text)
			}
		}
		link := c.link("officer@akimat.kz")
		b := c.Browser(nil)
		b.Get(link).Want(200, "officer@akimat.kz", "Officer of a state body: City Hall", `name="name"`)
		b.Post(link, "name", "", "password", citytest.Password).Want(422, "Write your name.", "Officer of a state body: City Hall") // and nothing is used up
		b.Post(link, "name", "Офицер", "password", citytest.Password).Want(303)
		v := c.visitOf(b)
		if v.Actor.ActsFor(civic.Officer, akimat) || v.Actor.Assurance != civic.EmailConfirmed {
			t.Errorf("before the first day: %+v", v.Actor)
		}
		c.At(time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC))
		if !c.visitOf(b).Actor.ActsFor(civic.Officer, akimat) {
			t.Error("the role was not given")
		}
		b.Get(link).Want(410, "The link does not work")
		if body := admin.Get(invitations).Want(200, "No invitation waits.").Body; strings.Contains(body, "officer@akimat.kz") {
			t.Error("an accepted invitation still waits")
		}
	})
}

// The act in the audit list is the one of a role given by hand, by whoever invited; no act says an
// address.
func TestAnAcceptedInvitationIsAGrantLikeByHand(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		g := civic.Grant{Role: secretary, Scope: youth}
		byHand := c.join("hand@example.kz", "А")
		admin := c.Administrator().Actor
		c.Must(c.Identity.Grant(c.Ctx(), admin, c.visitOf(byHand).Actor.Account, g))
		c.Pass(time.Second)
		c.invite("mail@example.kz", g).Want(303)
		link, b := c.link("mail@example.kz"), c.Browser(nil)
		b.Post(link, "name", "Б", "password", citytest.Password).Want(303)
		acts := c.trailOf("identity.role.grant")
		if len(acts) != 2 {
			t.Fatalf("%d grants in the audit list", len(acts))
		}
		mailed, hand := acts[0], acts[1]
		if mailed.Subject.ID != c.visitOf(b).Actor.Account || mailed.Account != admin.Account || mailed.Account != hand.Account ||
			!slices.Equal(mailed.Roles, hand.Roles) || mailed.Detail["role"] != hand.Detail["role"] || mailed.Detail["scope"] != hand.Detail["scope"] {
			t.Errorf("by invitation %+v, by hand %+v", mailed, hand)
		}
		sent := c.trailOf("identity.invitation.send")
		if len(sent) != 1 || sent[0].Detail["role"] != string(secretary) || sent[0].Detail["scope"] != youth.String() || len(sent[0].Detail) != 2 {
			t.Errorf("%+v", sent)
		}
	})
}

// Whoever invites sees the same, whether the address has an account or not; only the mail's holder
// learns it. The account takes the role after signing in.
func TestAnInvitationTellsNobodyWhoHasAnAccount(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		known, other := c.join("aaaaa@example.kz", "Белгілі"), c.join("other@example.kz", "Басқа")
		c.Administrator()
		g := civic.Grant{Role: civic.Moderator}
		admin := c.Browser(c.Administrator())
		answer := func(email string) string {
			r := c.invite(email, g).Want(303)
			body := admin.Get(invitations).Want(200, email).Body
			page := r.Location + strings.ReplaceAll(between(t, body, "Not accepted yet", "</main>"), email, "")
			c.Jobs()
			link := c.link(email)
			admin.Post(invitations+"/"+between(t, body, "invitations/", "/withdraw")+"/withdraw").Want(303, invitations)
			c.Browser(nil).Get(link).Want(410)
			return stripIDs(page)
		}
		if a, b := answer("aaaaa@example.kz"), answer("bbbbb@example.kz"); a != b {
			t.Errorf("with an account:\n%s\nwithout:\n%s", a, b)
		}
		c.invite("aaaaa@example.kz", g).Want(303)
		link := c.link("aaaaa@example.kz")
		visitor := c.Browser(nil)
		visitor.Get(link).Want(200, "Sign in with aaaaa@example.kz", "next=%2Finvitation%2F")
		visitor.Post(link, "name", "Э", "password", citytest.Password).Want(401)
		other.Get(link).Want(200, "signed in with another address", "/sign-out")
		other.Post(link).Want(403)
		if c.visitOf(other).Actor.Has(civic.Moderator) {
			t.Fatal("the role went to another account")
		}
		known.Get(link).Want(200, "Accept", "Moderator")
		known.Post(link).Want(303, "/desk")
		if !c.visitOf(known).Actor.Has(civic.Moderator) {
			t.Error("the role was not given")
		}
		known.Post(link).Want(410)
	})
}

// stripIDs takes out what two invitations always differ in.
func stripIDs(body string) string {
	for {
		_, rest, found := strings.Cut(body, "invitations/")
		if !found {
			return body
		}
		id, _, _ := strings.Cut(rest, "/")
		body = strings.ReplaceAll(body, "invitations/"+id+"/", "")
	}
}

// An invitation expires, and dies with the right of whoever made it: what somebody offered whose role
// was taken is not taken up afterwards.
func TestADeadInvitationGivesNothing(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Administrator()
		second := c.join("second@example.kz", "Екінші")
		c.grant(second, civic.Grant{Role: civic.Administrator})
		by := c.visitOf(second).Actor
		offer := func(email string) (link string) {
			c.Must(c.Identity.Invite(c.Ctx(), by, email, civic.English, civic.Grant{Role: civic.Administrator}))
			link = c.link(email)
			c.Browser(nil).Get(link).Want(200, email)
			return link
		}
		dead := func(link string) {
			c.Browser(nil).Get(link).Want(410)
			c.Browser(nil).Post(link, "name", "А", "password", citytest.Password).Want(410)
		}
		late := offer("late@example.kz")
		offer("void@example.kz")
		c.Pass(14*24*time.Hour - time.Minute)
		c.Browser(nil).Get(late).Want(200)
		c.Pass(time.Minute)
		dead(late)
		c.Must(c.Identity.Sweep(c.Ctx()))

		void := offer("void@example.kz") // in the place of the one that expired
		c.Must(c.Identity.Revoke(c.Ctx(), c.Administrator().Actor, by.Account, civic.Grant{Role: civic.Administrator}))
		dead(void)
		c.Browser(c.SignIn(c.Administrator())).Get(invitations).Want(200, "void@example.kz", "not valid: whoever invited")
	})
}

// A form that was sent many times at once is one invitation and one mail; with another term it is
// refused. An invitation that many use at once gives the role once.
func TestAnInvitationSentTwiceIsOne(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		admin := c.Administrator().Actor
		g := civic.Grant{Role: civic.Officer, Scope: akimat}
		before := len(c.Letters())
		if got := parallel(12, func(int) error { return c.Identity.Invite(c.Ctx(), admin, "twice@example.kz", civic.Russian, g) }); got[""] != 12 {
			t.Errorf("%v", got)
		}
		page, err := c.Identity.Invitations(c.Ctx(), admin, "")
		c.Must(err)
		if n := len(c.Letters()) - before; n != 1 || len(page.Waiting) != 1 || len(c.trailOf("identity.invitation.send")) != 1 {
			t.Errorf("%d mails, %d invitations", n, len(page.Waiting))
		}
		c.invite("twice@example.kz", g, "until", "2027-01-01").Want(409, "with another term")
		token := c.token("twice@example.kz")
		got := parallel(8, func(i int) error {
			_, err := c.Identity.SignUpInvited(c.Ctx(), Client{Address: "192.0.2." + string(rune('1'+i))}, token, NewAccount{Name: "А", Password: citytest.Password})
			return err
		})
		if got[""] != 1 || len(c.trailOf("identity.role.grant")) != 1 {
			t.Errorf("%v", got)
		}
	})
}

// What is wrong with an invitation is said where it was typed, and only who may give a role invites
// to it.
func TestAnInvitationIsChecked(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.invite("officer", civic.Grant{Role: civic.Officer}).Want(422, "Write the address in full", "Choose for which organisation", `value="officer"`)
		c.invite("a@example.kz", civic.Grant{Role: civic.Moderator}, "until", "2020-01-01").Want(422, "That day has passed")
		c.invite("a@example.kz", civic.Grant{Role: civic.Officer, Scope: civic.Ref{Kind: akimat.Kind, ID: civic.NewID(c.Now())}}).Want(422, "What you chose is not there")
		leader := c.join("leader@example.kz", "Төраға")
		c.grant(leader, civic.Grant{Role: chair, Scope: youth})
		actor := c.visitOf(leader).Actor
		for _, try := range []struct {
			g    civic.Grant
			want civic.Code
		}{{civic.Grant{Role: secretary, Scope: youth}, ""}, {civic.Grant{Role: secretary, Scope: elders}, civic.Forbidden}, {civic.Grant{Role: civic.Moderator}, civic.Forbidden}} {
			if err := c.Identity.Invite(c.Ctx(), actor, "new@example.kz", civic.English, try.g); civic.CodeOf(err) != try.want {
				t.Errorf("%v: %v", try.g, err)
			}
		}
		quiet, err := c.service(Options{Origin: "http://city.test", NoMail: true})
		c.Must(err)
		if err := quiet.Invite(c.Ctx(), c.Administrator().Actor, "new@example.kz", civic.English, civic.Grant{Role: civic.Moderator}); civic.CodeOf(err) != civic.Unavailable {
			t.Errorf("without mail: %v", err)
		}
	})
}

// The first administrator's address counts as confirmed once a mail to it was answered, and not
// before. Until then they set the city up and take no part.
func TestTheFirstAdministratorConfirmsTheirAddress(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		link, err := c.Identity.SetupLink(c.Ctx(), civic.English)
		c.Must(err)
		path := strings.TrimPrefix(link, citytest.Origin)
		b := c.Browser(nil)
		b.Post(path, "email", "first@example.kz", "name", "First", "password", citytest.Password).Want(303, "/en/settings")
		if a := c.visitOf(b).Actor; a.Assurance != civic.Unconfirmed || !a.Has(civic.Administrator) || a.Has(civic.Resident) {
			t.Errorf("%+v", a)
		}
		if body := b.Get("/en/account").Want(200, "Email not confirmed", "open the link in the mail that we sent").Body; strings.Contains(body, "Email confirmed") {
			t.Error("the page says that the address is confirmed")
		}
		b.Get("/en/desk/people").Want(200)
		b.Get("/en/say").Want(403)
		c.Jobs()
		b.Post("/en/account/email/confirmation").Want(303, "/en/account")
		confirm := c.link("first@example.kz")
		b.Get(confirm).Want(200, "Is first@example.kz your address?")
		b.Post(confirm).Want(303, "/en/account")
		b.Get("/en/account").Want(200, "Email confirmed", "Your address is confirmed.")
		b.Get("/en/say").Want(200)
		b.Post("/en/account/email/confirmation").Want(409, "confirmed already")
	})
}
