package identity_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
)

// Who may call what, written by hand from the README: the least role that is needed.
var access = map[string]string{
	"GET /sign-in": "visitor", "POST /sign-in": "visitor", "POST /sign-out": "visitor",
	"GET /sign-up": "visitor", "POST /sign-up": "visitor", "GET /sign-up/{token}": "visitor", "POST /sign-up/{token}": "visitor",
	"GET /recover": "visitor", "POST /recover": "visitor", "GET /recover/{token}": "visitor", "POST /recover/{token}": "visitor",
	"GET /look-into-your-mail": "visitor", "POST /passkey/ask": "visitor", "POST /passkey/new": "visitor",
	"GET /invitation/{token}": "visitor", "POST /invitation/{token}": "visitor",
	"GET /setup/administrator/{token}": "visitor", "POST /setup/administrator/{token}": "visitor",

	"GET /account": "resident", "POST /account": "resident", "GET /account/confirm": "resident", "POST /account/confirm": "resident",
	"GET /account/security": "resident", "POST /account/password": "resident", "POST /account/email": "resident", "POST /account/email/confirmation": "resident",
	"GET /account/email/{token}": "resident", "POST /account/email/{token}": "resident",
	"POST /account/passkeys": "resident", "POST /account/passkeys/remove": "resident", "POST /account/sessions/end": "resident",
	"GET /account/download": "resident", "GET /account/delete": "resident", "POST /account/delete": "resident",
	"GET /account/verification": "resident", "POST /account/verification/code": "resident", "POST /account/verification/roll": "resident",
	"GET /account/verification/provider": "resident", "GET /verification/callback": "resident",

	"GET /desk/venues": "staff", "POST /desk/venues": "staff", "POST /desk/venues/{id}/close": "staff",
	"GET /desk/verification": "officer", "POST /desk/verification": "officer",
	"GET /desk/people": "administrator", "POST /desk/people": "administrator", "GET /desk/people/{id}": "administrator",
	"GET /desk/people/invitations": "administrator", "POST /desk/people/invitations": "administrator", "POST /desk/people/invitations/{id}/withdraw": "administrator",
	"POST /desk/people/{id}/grant": "administrator", "POST /desk/people/{id}/revoke": "administrator", "POST /desk/people/{id}/sign-out": "administrator",
	"GET /desk/audit": "administrator",
}

func TestWhoMayCallWhat(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Set("identity.passkeys_from", 1000)
		may := map[string][]string{
			"visitor":  {"visitor", "resident", "representative", "moderator", "officer", "administrator"},
			"resident": {"resident", "representative", "moderator", "officer", "administrator"},
			"officer":  {"officer", "administrator"}, "staff": {"moderator", "officer", "administrator"}, "administrator": {"administrator"},
		}
		roles := may["visitor"]
		browsers := map[string]*citytest.Browser{"visitor": c.Browser(nil), "resident": c.join("r@example.kz", "Р")}
		for _, role := range roles[2:] {
			b := c.join(role+"@example.kz", "А")
			g := civic.Grant{Role: civic.Role(role)}
			if declared, _ := testRoles().Get(g.Role); declared.Scope != "" {
				g.Scope = akimat
			}
			c.grant(b, g)
			browsers[role] = b
		}
		left := len(access)
		for _, rt := range c.Identity.Running().Routes {
			name := rt.Method + " " + rt.Pattern
			least, ok := access[name]
			if !ok {
				t.Errorf("%s is not in the table", name)
				continue
			}
			left--
			path := "/en" + strings.NewReplacer("{token}", civic.Token(), "{id}", string(civic.NewID(c.Now()))).Replace(rt.Pattern)
			for _, role := range roles {
				if name == "POST /sign-out" && role != "visitor" {
					continue
				}
				b := browsers[role]
				cookie := b.Cookie(SessionCookie)
				r := b.Do(httptest.NewRequest(rt.Method, citytest.Origin+path, nil))
				if b.Cookie(SessionCookie) != cookie {
					t.Fatalf("%s as %s changed the session", name, role)
				}
				allowed := strings.Contains(strings.Join(may[least], " "), role)
				refused := r.Status == 401 || r.Status == 403 && !strings.Contains(r.Body, "Show that it is you")
				if name == "POST /passkey/new" && role == "visitor" { // needs a link or an account
					allowed = false
				}
				if refused == allowed || r.Status >= 500 {
					t.Errorf("%s as %s: %d", name, role, r.Status)
				}
			}
		}
		if left != 0 {
			t.Errorf("%d rows of the table have no route", left)
		}
	})
}

func TestOtherSitesCannotAct(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		b := c.join("a@example.kz", "А")
		for _, rt := range c.Identity.Running().Routes {
			if rt.Method != "POST" {
				continue
			}
			path := strings.NewReplacer("{token}", civic.Token(), "{id}", string(civic.NewID(c.Now()))).Replace(rt.Pattern)
			r := crossSite(b, "/en"+path)
			if r.Status != 403 {
				t.Errorf("POST %s from another site: %d", rt.Pattern, r.Status)
			}
		}
		b.Get("/en/say").Want(200)
	})
}
