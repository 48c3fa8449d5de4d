package identity

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

func TestSignUpSignInSignOut(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.join("Aigul@Example.KZ", "Айгүл")
		b.get("/kk/say").want(t, 200, "Айгүл")
		v := c.visitOf(b)
		if v.Actor.Assurance != civic.EmailConfirmed || !v.Actor.Has(civic.Resident) || v.Actor.Lang != civic.English {
			t.Errorf("actor %+v", v.Actor)
		}
		old := b.cookie()
		b.post("/kk/sign-out").want(t, 303, "/kk")
		b.get("/kk/say").want(t, 401, "Кіру")
		if _, ok, _ := c.Visit(context.Background(), old); ok {
			t.Error("the session lives on after signing out")
		}

		b.post("/kk/sign-in", "email", "aigul@example.kz", "password", "wrong wrong wrong").want(t, 422, "Пошта мен құпиясөз сәйкес келмейді", `value="aigul@example.kz"`)
		r := b.post("/kk/sign-in", "email", " AIGUL@example.kz", "password", goodPassword, "next", "/say").want(t, 303, "/kk/say")
		if b.cookie() == old || b.cookie() == "" {
			t.Error("the session's secret was not renewed")
		}
		for _, set := range r.header.Values("Set-Cookie") {
			if strings.HasPrefix(set, sessionCookie) && (!strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax")) {
				t.Errorf("cookie %q", set)
			}
		}
		b.get("/kk/say").want(t, 200, "Айгүл")

		// Signing in again in the same browser ends the session before.
		first := b.cookie()
		b.post("/kk/sign-in", "email", "aigul@example.kz", "password", goodPassword).want(t, 303)
		if _, ok, _ := c.Visit(context.Background(), first); ok {
			t.Error("the session before was not ended")
		}
	})
}

func TestSignInLeadsOnlyWithinTheCity(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.join("a@example.kz", "А")
		for _, next := range []string{"https://evil.test", "//evil.test", `/\evil.test`, "/\t/evil.test", "javascript:alert(1)", "evil"} {
			r := c.browser().post("/en/sign-in", "email", "a@example.kz", "password", goodPassword, "next", next).want(t, 303)
			if r.location != "/en" {
				t.Errorf("next %q leads to %q", next, r.location)
			}
		}
	})
}

func TestNothingTypedIsLostWhenTheSessionEnded(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.join("a@example.kz", "Асан")
		c.clock.pass(15 * 24 * time.Hour)
		r := b.post("/en/say?x=1", "text", `<b>"long" & dear</b>`, "theme", "parks", "theme", "roads", "password", "hunter2hunter2").want(t, 401, "The text is kept, but")
		if strings.Contains(r.body, "hunter2") {
			t.Error("a password was written back into a page")
		}
		send := between(t, r.body, `name="send" value="`, `"`)
		// Nor when another language is chosen before signing in, or after.
		if !strings.Contains(r.body, `formaction="/ru/sign-in"`) {
			t.Error("the language switch of the sign-in page does not keep what it carries")
		}
		b.post("/ru/sign-in", "next", "/say?x=1", "send", send, "_again", "ru").want(t, 200, "Войти", `name="next" value="/say?x=1"`, `dear`)
		r = b.post("/en/sign-in", "email", "a@example.kz", "password", goodPassword, "next", "/say?x=1", "send", send).want(t, 200,
			`action="/en/say?x=1"`, `formaction="/ru/say?x=1"`, `name="text" value="&lt;b&gt;&#34;long&#34; &amp; dear&lt;/b&gt;"`, `name="theme" value="parks"`, `name="theme" value="roads"`)
		if strings.Contains(r.body, "<b>\"long") {
			t.Error("typed HTML became HTML")
		}
		b.post("/en/say?x=1", "text", "dear", "theme", "parks", "theme", "roads").want(t, 200, "Асан|dear|parks,roads")
		b.post("/en/sign-out").want(t, 303)
		b.post("/en/say", "text", "all of it").want(t, 401, "What you wrote is kept")
		// A wrong password in between loses nothing either.
		b.post("/en/sign-in", "email", "a@example.kz", "password", "x", "next", "/say?x=1", "send", send).want(t, 422, "dear", `value="/say?x=1"`)
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

// Whether an address has an account must not show: neither in the answers, nor in the work
// that is done for them.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.join("known@example.kz", "К")
		for _, path := range []string{"/en/sign-up", "/en/recover"} {
			known := c.browser().post(path, "email", "known@example.kz")
			other := c.browser().post(path, "email", "other@example.kz")
			if known.status != http.StatusSeeOther || known.status != other.status || known.body != other.body || known.location != other.location {
				t.Errorf("%s: %d %q %q against %d %q %q", path, known.status, known.location, known.body, other.status, other.location, other.body)
			}
			// One mail each, to be read by whoever holds the address and nobody else.
			c.post.last(t, "known@example.kz").link(t)
			c.post.last(t, "other@example.kz").link(t)
		}
		known := c.browser().post("/en/sign-in", "email", "known@example.kz", "password", "not the password")
		other := c.browser().post("/en/sign-in", "email", "other@example.kz", "password", "not the password")
		if known.status != other.status || strings.ReplaceAll(known.body, "known@", "other@") != other.body {
			t.Error("sign-in tells a known address from an unknown one")
		}
		// The bound per account holds for addresses without one as well.
		attempts := func(email string) (n int) {
			b := c.browser()
			b.address = "198.51.100.9:1"
			for b.post("/en/sign-in", "email", email, "password", "not the password").status == 422 {
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
		b := c.browser()
		for range c.settings.Value("identity.sign_ins_to") {
			b.post("/kk/sign-in", "email", "a@example.kz", "password", "not the password").want(t, 422)
		}
		b.post("/kk/sign-in", "email", "a@example.kz", "password", goodPassword).want(t, 429, "минуттан кейін", `value="a@example.kz"`)
		c.clock.pass(2 * time.Minute)
		b.post("/kk/sign-in", "email", "a@example.kz", "password", goodPassword).want(t, 303)

		// Per network address, whoever is tried.
		c.set("identity.sign_ins_from", 3)
		b = c.browser()
		b.address = "[2001:db8::1]:1"
		for i := range 3 {
			b.address = []string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8:0:0:ffff::3]:1"}[i]
			b.post("/en/sign-in", "email", string(rune('a'+i))+"x@example.kz", "password", "p").want(t, 422)
		}
		b.post("/en/sign-in", "email", "new@example.kz", "password", "p").want(t, 429, "Try again in")
		// Mails too.
		for range c.settings.Value("identity.mails_to") {
			b.post("/en/recover", "email", "v@example.kz").want(t, 303)
		}
		b.post("/en/recover", "email", "v@example.kz").want(t, 429)
		b.post("/en/sign-up", "email", "v@example.kz").want(t, 429)
	})
}

func TestRecovery(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		phone := c.join("a@example.kz", "Асан")
		laptop := c.browser()
		laptop.post("/ru/recover", "email", "a@example.kz").want(t, 303)
		link := c.post.last(t, "a@example.kz").link(t)
		laptop.get(link).want(t, 200, "a@example.kz")
		laptop.post(link, "password", "short").want(t, 422)
		laptop.post(link, "password", "quiet copper willow").want(t, 303)
		laptop.get("/en/say").want(t, 200, "Асан")
		phone.get("/en/say").want(t, 401) // all other sessions ended
		laptop.get(link).want(t, 410)
		laptop.post(link, "password", "quiet copper willow two").want(t, 410)
		if s := c.post.last(t, "a@example.kz"); !strings.Contains(s.body, "password of your account was changed") {
			t.Errorf("the owner was not told: %q", s.body)
		}
		phone.post("/en/sign-in", "email", "a@example.kz", "password", goodPassword).want(t, 422)
		phone.post("/en/sign-in", "email", "a@example.kz", "password", "quiet copper willow").want(t, 303)
	})
}

func TestSettingUpTheFirstAdministrator(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		ctx := context.Background()
		dead, err := c.SetupLink(ctx, civic.Kazakh)
		if err != nil {
			t.Fatal(err)
		}
		link, err := c.SetupLink(ctx, civic.Kazakh)
		if err != nil {
			t.Fatal(err)
		}
		b := c.browser()
		b.get(strings.TrimPrefix(dead, origin)).want(t, 410) // the newer link killed it
		path := strings.TrimPrefix(link, origin)
		b.get(path).want(t, 200, "Бірінші әкімші")
		b.post(path, "email", "nonsense", "name", "", "password", "x").want(t, 422, "Мекенжайды толық", "Есіміңізді жазыңыз", "кемінде")
		b.post(path, "email", "head@example.kz", "name", "Әкім", "password", goodPassword).want(t, 303, "/kk/settings")
		if !c.visitOf(b).Actor.Has(civic.Administrator) {
			t.Error("not an administrator")
		}
		b.get("/kk/desk/people").want(t, 200, "head@example.kz")
		b.get(path).want(t, 410)
		if link, err = c.SetupLink(ctx, civic.Kazakh); err != nil || link != "" {
			t.Errorf("a second setup link: %q, %v", link, err)
		}
	})
}

func TestSetupLinkDiesAfterAnHour(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		link, err := c.SetupLink(context.Background(), civic.English)
		if err != nil {
			t.Fatal(err)
		}
		c.clock.pass(time.Hour)
		path := strings.TrimPrefix(link, origin)
		c.browser().get(path).want(t, 410)
		c.browser().post(path, "email", "head@example.kz", "name", "H", "password", goodPassword).want(t, 410)
	})
}

func TestFilesAreSaidToBeLost(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		_ = m.WriteField("text", "kept")
		file, err := m.CreateFormFile("photo", `"><script>alert(1)</script>.png`)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = file.Write(bytes.Repeat([]byte("x"), 1000))
		_ = m.Close()
		r := httptest.NewRequest("POST", origin+"/en/say", &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		got := c.browser().send(r).want(t, 401, "files and secret fields", "text=kept")
		if strings.Contains(got.body, "alert(1)") {
			t.Error("the file's name is in the page")
		}
		// Too much to carry is said so too, and does not break the page.
		c.browser().post("/en/say", "text", strings.Repeat("ұзақ ", 20_000)).want(t, 401, "files and secret fields")
		c.browser().post("/en/say", "text", strings.Repeat("x", 300<<10)).want(t, 401, "files and secret fields")
	})
}
