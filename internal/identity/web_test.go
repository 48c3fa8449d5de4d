package identity_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
)

func TestSignUpSignInSignOut(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.join("Aigul@Example.KZ", "Айгүл")
		b.Get("/kk/say").Want(200, "Айгүл")
		v := c.visitOf(b)
		if v.Actor.Assurance != civic.EmailConfirmed || !v.Actor.Has(civic.Resident) || v.Actor.Lang != civic.English {
			t.Errorf("actor %+v", v.Actor)
		}
		old := b.Cookie(SessionCookie)
		b.Post("/kk/sign-out").Want(303, "/kk")
		b.Get("/kk/say").Want(401, "Кіру")
		if _, ok, _ := c.Identity.Visit(c.Ctx(), old); ok {
			t.Error("the session lives on after signing out")
		}

		b.Post("/kk/sign-in", "email", "aigul@example.kz", "password", "wrong wrong wrong").Want(422, "Пошта не құпиясөз қате", `value="aigul@example.kz"`)
		r := b.Post("/kk/sign-in", "email", " AIGUL@example.kz", "password", citytest.Password, "next", "/say").Want(303, "/kk/say")
		if b.Cookie(SessionCookie) == old || b.Cookie(SessionCookie) == "" {
			t.Error("the session's secret was not renewed")
		}
		for _, set := range r.Header.Values("Set-Cookie") {
			if strings.HasPrefix(set, SessionCookie) && (!strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax")) {
				t.Errorf("cookie %q", set)
			}
		}
		b.Get("/kk/say").Want(200, "Айгүл")

		// Signing in again in the same browser ends the session before.
		first := b.Cookie(SessionCookie)
		b.Post("/kk/sign-in", "email", "aigul@example.kz", "password", citytest.Password).Want(303)
		if _, ok, _ := c.Identity.Visit(c.Ctx(), first); ok {
			t.Error("the session before was not ended")
		}
	})
}

func TestSignInLeadsOnlyWithinTheCity(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.join("a@example.kz", "А")
		for _, next := range []string{"https://evil.test", "//evil.test", `/\evil.test`, "/\t/evil.test", "javascript:alert(1)", "evil"} {
			r := c.Browser(nil).Post("/en/sign-in", "email", "a@example.kz", "password", citytest.Password, "next", next).Want(303)
			if r.Location != "/en" {
				t.Errorf("next %q leads to %q", next, r.Location)
			}
		}
	})
}

func TestNothingTypedIsLostWhenTheSessionEnded(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.join("a@example.kz", "Асан")
		c.Pass(15 * 24 * time.Hour)
		r := b.Post("/en/say?x=1", "text", `<b>"long" & dear</b>`, "theme", "parks", "theme", "roads", "password", "hunter2hunter2").Want(401, "The text is kept, but")
		if strings.Contains(r.Body, "hunter2") {
			t.Error("a password was written back into a page")
		}
		send := between(t, r.Body, `name="send" value="`, `"`)
		// The same holds when another language is chosen before signing in, or after.
		if !strings.Contains(r.Body, `formaction="/ru/sign-in"`) {
			t.Error("the language switch of the sign-in page does not keep what it carries")
		}
		b.Post("/ru/sign-in", "next", "/say?x=1", "send", send, "_again", "ru").Want(200, "Войти", `name="next" value="/say?x=1"`, `dear`)
		r = b.Post("/en/sign-in", "email", "a@example.kz", "password", citytest.Password, "next", "/say?x=1", "send", send).Want(200,
			`action="/en/say?x=1"`, `formaction="/ru/say?x=1"`, `name="text" value="&lt;b&gt;&#34;long&#34; &amp; dear&lt;/b&gt;"`, `name="theme" value="parks"`, `name="theme" value="roads"`)
		if strings.Contains(r.Body, "<b>\"long") {
			t.Error("typed HTML became HTML")
		}
		b.Post("/en/say?x=1", "text", "dear", "theme", "parks", "theme", "roads").Want(200, "Асан|dear|parks,roads")
		b.Post("/en/sign-out").Want(303)
		b.Post("/en/say", "text", "all of it").Want(401, "What you wrote is kept")
		// A wrong password in between loses nothing.
		b.Post("/en/sign-in", "email", "a@example.kz", "password", "x", "next", "/say?x=1", "send", send).Want(422, "dear", `value="/say?x=1"`)
	})
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(s, from)
	if !ok {
		t.Fatalf("no %q", from)
	}
	part, _, _ := strings.Cut(rest, to)
	return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(part)
}

// Nobody may learn whether an address has an account: not from the answers, and not from how
// much work they take.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.join("known@example.kz", "К")
		for _, path := range []string{"/en/sign-up", "/en/recover"} {
			known := c.Browser(nil).Post(path, "email", "known@example.kz")
			other := c.Browser(nil).Post(path, "email", "other@example.kz")
			if known.Status != http.StatusSeeOther || known.Status != other.Status || known.Body != other.Body || known.Location != other.Location {
				t.Errorf("%s: %d %q %q against %d %q %q", path, known.Status, known.Location, known.Body, other.Status, other.Location, other.Body)
			}
			// Each address gets one mail, which only its holder can read.
			c.link("known@example.kz")
			c.link("other@example.kz")
		}
		known := c.Browser(nil).Post("/en/sign-in", "email", "known@example.kz", "password", "not the password")
		other := c.Browser(nil).Post("/en/sign-in", "email", "other@example.kz", "password", "not the password")
		if known.Status != other.Status || strings.ReplaceAll(known.Body, "known@", "other@") != other.Body {
			t.Error("sign-in tells a known address from an unknown one")
		}
		// Addresses without an account have the same limit as accounts.
		attempts := func(email string) (n int) {
			b := c.Browser(nil)
			b.Address = "198.51.100.9:1"
			for b.Post("/en/sign-in", "email", email, "password", "not the password").Status == 422 {
				n++
			}
			return n
		}
		if a, b := attempts("known@example.kz"), attempts("other@example.kz"); a != b || a == 0 {
			t.Errorf("%d attempts for a known address, %d for an unknown one", a, b)
		}
	})
}

func TestLimitsSpeakToTheReader(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.join("a@example.kz", "А")
		b := c.Browser(nil)
		for range c.Settings.Value("identity.sign_ins_to") {
			b.Post("/kk/sign-in", "email", "a@example.kz", "password", "not the password").Want(422)
		}
		b.Post("/kk/sign-in", "email", "a@example.kz", "password", citytest.Password).Want(429, "минуттан кейін", `value="a@example.kz"`)
		c.Pass(2 * time.Minute)
		b.Post("/kk/sign-in", "email", "a@example.kz", "password", citytest.Password).Want(303)

		// The limit per network address counts attempts on any account.
		c.Set("identity.sign_ins_from", 3)
		b = c.Browser(nil)
		b.Address = "[2001:db8::1]:1"
		for i := range 3 {
			b.Address = []string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8:0:0:ffff::3]:1"}[i]
			b.Post("/en/sign-in", "email", string(rune('a'+i))+"x@example.kz", "password", "p").Want(422)
		}
		b.Post("/en/sign-in", "email", "new@example.kz", "password", "p").Want(429, "Try again in")
		// Mails are limited too.
		c.Set("identity.mails_from", 2)
		b.Post("/en/recover", "email", "v@example.kz").Want(303)
		b.Post("/en/recover", "email", "w@example.kz").Want(303)
		b.Post("/en/sign-up", "email", "x@example.kz").Want(429, "Try again in 30 minutes")
	})
}

// from is a browser in a network of its own.
func (c *testCity) from(network int) *citytest.Browser {
	b := c.Browser(nil)
	b.Address = fmt.Sprintf("203.0.%d.%d:1", network/250, network%250+1)
	return b
}

// Strangers who try an account's password, however many and from wherever, never lock out its
// holder. A browser that has signed in before is let in at once. A new browser gets in when its
// turn in the queue comes. A mailed link works all the time.
func TestNobodyLocksAnotherOut(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		const boss = "boss@example.kz"
		home := c.join(boss, "Басшы")
		home.Post("/en/sign-out")
		attack := func() {
			for n := range 60 {
				c.from(n).Post("/en/sign-in", "email", boss, "password", "not the password")
			}
		}
		attack()
		in := home.Post("/en/sign-in", "email", boss, "password", citytest.Password).Want(303)
		if in.Location == "" || home.Cookie(SessionCookie) == "" {
			t.Error("the browser that was signed in before does not get in")
		}

		// A new device waits for its turn, which comes although the attack goes on.
		phone := c.from(1000)
		said := phone.Post("/en/sign-in", "email", boss, "password", citytest.Password).Want(429, "Your place in the line is kept", "Try again in")
		wait, err := strconv.Atoi(said.Header.Get("Retry-After"))
		if err != nil || wait < 1 || wait > 60*60 {
			t.Fatalf("told to wait for %q", said.Header.Get("Retry-After"))
		}
		for range 3 { // asking again while waiting does not lose the place
			c.Pass(time.Second)
			attack()
			phone.Post("/en/sign-in", "email", boss, "password", citytest.Password).Want(429)
		}
		c.Pass(time.Duration(wait-3) * time.Second)
		attack()
		phone.Post("/en/sign-in", "email", boss, "password", citytest.Password).Want(303)

		// Somebody who is not attacked notices nothing.
		c.join("other@example.kz", "Басқа")
		c.from(1001).Post("/en/sign-in", "email", "other@example.kz", "password", citytest.Password).Want(303)
	})
}

// However many passwords are tried from however many networks, few are compared: in the long
// run one a minute.
func TestGuessesAreFew(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		compared := 0
		for range 60 { // minutes
			for n := range 20 {
				if c.from(n).Post("/en/sign-in", "email", "boss@example.kz", "password", "not the password").Status == 422 {
					compared++
				}
			}
			c.Pass(time.Minute)
		}
		// 10 at once, and then at most 2 a minute: whoever comes to its place, and one that finds the line empty.
		if compared < 20 || compared > 10+2*60 {
			t.Errorf("%d guesses were compared in an hour", compared)
		}
	})
}

// Somebody who asks for links in another person's name causes a few mails at most. The page
// refuses nobody, and the holder always has a mail whose link works.
func TestRecoveryCannotBeUsedUp(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		const boss = "boss@example.kz"
		c.join(boss, "Басшы")
		c.Set("identity.recovery_minutes", 10)
		c.Set("identity.mails_to", 2)
		before := len(c.Letters())
		for n := range 40 {
			c.from(n).Post("/en/recover", "email", boss).Want(303, "look-into-your-mail")
		}
		c.Jobs()
		if sent := len(c.Outbox()) - before; sent != 2 {
			t.Errorf("%d mails were sent", sent)
		}
		c.Pass(29 * time.Minute) // the next mail may be sent in a minute
		c.from(50).Post("/en/recover", "email", boss).Want(303, "look-into-your-mail")
		link := c.link(boss)
		c.from(51).Post(link, "password", "quiet copper willow").Want(303)
	})
}

// A browser is known for one account only. Its mark works for no other account and no other
// browser, and nobody can make one.
func TestAKnownBrowserIsKnownForItsOwnAccountsOnly(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		mine := c.join("mine@example.kz", "А")
		c.join("boss@example.kz", "Б")
		for n := range 60 {
			c.from(n).Post("/en/sign-in", "email", "boss@example.kz", "password", "not the password")
		}
		known := mine.Cookie(KnownCookie)
		name, seal, _ := strings.Cut(known, ".")
		for _, forged := range []string{known, name, name + ".", name + "." + strings.Repeat("A", 22), "." + seal, "x." + seal + "." + seal + "." + seal + "." + seal + "." + seal + "." + seal} {
			b := c.from(900)
			b.SetCookie(KnownCookie, forged)
			b.Post("/en/sign-in", "email", "boss@example.kz", "password", citytest.Password).Want(429)
		}
		if strings.Contains(known, "example") {
			t.Errorf("the cookie tells an address: %s", known)
		}
		// A stolen mark has a limit of its own.
		thief := c.from(901)
		thief.SetCookie(KnownCookie, known)
		for range c.Settings.Value("identity.sign_ins_to") {
			thief.Post("/en/sign-in", "email", "mine@example.kz", "password", "not the password").Want(422)
		}
		thief.Post("/en/sign-in", "email", "mine@example.kz", "password", "not the password").Want(429)
	})
}

// An empty form is not reported as a wrong password.
func TestAnEmptySignInSaysWhatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.Browser(nil)
		for range 50 { // and does not count as an attempt
			b.Post("/en/sign-in", "email", "", "password", "").Want(422, "Write your email address.", "Write your password.").Lacks("Wrong email address or password")
		}
		b.Post("/en/sign-in", "email", "a@example.kz", "password", "").Want(422, "Write your password.").Lacks("Write your email address.")
		b.Post("/ru/sign-in", "email", "somebody", "password", "x").Want(422, "imya@example.kz")
	})
}

func TestRecovery(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		phone := c.join("a@example.kz", "Асан")
		laptop := c.Browser(nil)
		laptop.Post("/ru/recover", "email", "a@example.kz").Want(303)
		link := c.link("a@example.kz")
		laptop.Get(link).Want(200, "a@example.kz")
		laptop.Post(link, "password", "short").Want(422)
		laptop.Post(link, "password", "quiet copper willow").Want(303)
		laptop.Get("/en/say").Want(200, "Асан")
		phone.Get("/en/say").Want(401) // all other sessions ended
		laptop.Get(link).Want(410)
		laptop.Post(link, "password", "quiet copper willow two").Want(410)
		if s := c.Letter("a@example.kz"); !strings.Contains(s.Text, "password of your account was changed") {
			t.Errorf("the owner was not told: %q", s.Text)
		}
		phone.Post("/en/sign-in", "email", "a@example.kz", "password", citytest.Password).Want(422)
		phone.Post("/en/sign-in", "email", "a@example.kz", "password", "quiet copper willow").Want(303)
	})
}

func TestSettingUpTheFirstAdministrator(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		ctx := c.Ctx()
		dead, err := c.Identity.SetupLink(ctx, civic.Kazakh)
		if err != nil {
			t.Fatal(err)
		}
		link, err := c.Identity.SetupLink(ctx, civic.Kazakh)
		if err != nil {
			t.Fatal(err)
		}
		b := c.Browser(nil)
		b.Get(strings.TrimPrefix(dead, citytest.Origin)).Want(410) // the newer link killed it
		path := strings.TrimPrefix(link, citytest.Origin)
		b.Get(path).Want(200, "Бірінші әкімші")
		b.Post(path, "email", "nonsense", "name", "", "password", "x").Want(422, "Мекенжайды толық", "Есіміңізді жазыңыз", "кемінде")
		b.Post(path, "email", "head@example.kz", "name", "Әкім", "password", citytest.Password).Want(303, "/kk/settings")
		if !c.visitOf(b).Actor.Has(civic.Administrator) {
			t.Error("not an administrator")
		}
		b.Get("/kk/desk/people").Want(200, "head@example.kz")
		b.Get(path).Want(410)
		if link, err = c.Identity.SetupLink(ctx, civic.Kazakh); err != nil || link != "" {
			t.Errorf("a second setup link: %q, %v", link, err)
		}
	})
}

func TestSetupLinkDiesAfterAnHour(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		link, err := c.Identity.SetupLink(c.Ctx(), civic.English)
		if err != nil {
			t.Fatal(err)
		}
		c.Pass(time.Hour)
		path := strings.TrimPrefix(link, citytest.Origin)
		c.Browser(nil).Get(path).Want(410)
		c.Browser(nil).Post(path, "email", "head@example.kz", "name", "H", "password", citytest.Password).Want(410)
	})
}

func TestFilesAreSaidToBeLost(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		got := c.Browser(nil).Upload("/en/say", "photo", `"><script>alert(1)</script>.png`, bytes.Repeat([]byte("x"), 1000), "text", "kept").Want(401, "files and secret fields", "text=kept")
		if strings.Contains(got.Body, "alert(1)") {
			t.Error("the file's name is in the page")
		}
		// What is too long to carry along is refused with a message and does not break the
		// page.
		c.Browser(nil).Post("/en/say", "text", strings.Repeat("ұзақ ", 20_000)).Want(401, "files and secret fields")
		c.Browser(nil).Post("/en/say", "text", strings.Repeat("x", 300<<10)).Want(401, "files and secret fields")
	})
}

func TestHashesMadeAtAnotherCostAreRenewed(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.join("a@example.kz", "А")
		before := c.stored("a@example.kz")
		c.Identity.HashAt(PasswordCost{Memory: 128, Passes: 1, Threads: 1})
		c.Browser(nil).Post("/en/sign-in", "email", "a@example.kz", "password", "not the password").Want(422)
		if c.stored("a@example.kz") != before {
			t.Error("renewed without the password")
		}
		c.Browser(nil).Post("/en/sign-in", "email", "a@example.kz", "password", citytest.Password).Want(303)
		after := c.stored("a@example.kz")
		if !strings.Contains(after, "m=128,") {
			t.Errorf("hash %q", after)
		}
		c.Browser(nil).Post("/en/sign-in", "email", "a@example.kz", "password", citytest.Password).Want(303)
		if c.stored("a@example.kz") != after {
			t.Error("renewed once more")
		}
	})
}

// Somebody else at an open browser cannot do the strongest acts: the program asks for the
// password again. After that, what was filled in goes on as it was.
func TestNothingTypedIsLostByProving(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		boss := c.Browser(c.Administrator())
		person := c.join("a@example.kz", "А")
		grant := "/en/desk/people/" + string(c.visitOf(person).Actor.Account) + "/grant"
		typed := []string{"role", "representative", "scope", akimat.String(), "from", "2026-12-01", "until", "2027-01-31"}
		c.Pass(16 * time.Minute)
		asked := boss.Post(grant, typed...).Want(403, "Show that it is you", "What you wrote is kept")
		send := asked.Hidden()
		send.Set("password", "not the password")
		again := boss.PostForm("/en/account/confirm", send).Want(422, "not the account")
		send = again.Hidden()
		send.Set("password", citytest.Password)
		ready := boss.PostForm("/en/account/confirm", send).Want(200, "Send what you wrote now?", "2027-01-31")
		boss.PostForm(grant, ready.Hidden()).Want(303, "/en/desk/people/")
		boss.Get(strings.TrimSuffix(grant, "/grant")).Want(200, "City Hall", "31\u00a0January 2027")
		boss.Post(grant, typed...).Want(303) // and no more questions for a while

		// The same for another kind of act: setting a value.
		c.Pass(16 * time.Minute)
		boss.Post("/en/settings/rules/identity.name_max", "value", "60", "from", "2026-12-01", "source", "An order").Want(403, "Show that it is you")
		if c.Settings.Value("identity.name_max") == 60 {
			t.Error("a setting was changed without proof")
		}
	})
}
