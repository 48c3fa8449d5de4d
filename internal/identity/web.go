package identity

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	sessionCookie = "birge_session"
	knownCookie   = "known" // see known.go; no page depends on it
)

func (s *Service) routes() []web.Route {
	get := func(pattern string, who web.Access, h web.Handler, query ...string) web.Route {
		return web.Route{Method: "GET", Pattern: pattern, Query: query, Access: who, Handler: h}
	}
	asked := func(pattern, page string, h web.Handler) web.Route { // by a script
		return web.Route{Method: "POST", Pattern: pattern, Page: page, Access: web.Everyone, Handler: h}
	}
	fresh := func(rt web.Route) web.Route { rt.Fresh = true; return rt }
	const security, verification, person, newEmail, erasing = "/account/security", "/account/verification", "/desk/people/{id}", "/account/email/{token}", "/account/delete"
	routes := slices.Concat(web.Forms(
		web.Form{Pattern: "/sign-in", Page: "/sign-in", Access: web.Everyone, Show: s.signInPage, Do: s.signIn, Field: "email"},
		web.Form{Pattern: "/sign-out", Page: "/account", Access: web.Everyone, Do: s.signOut, Button: true},
		web.Form{Pattern: "/sign-up", Page: "/sign-up", Access: web.Everyone, Show: s.signUpPage, Do: s.askSignUp, Field: "email"},
		web.Form{Pattern: "/sign-up/{token}", Access: web.Everyone, Show: s.newAccountPage, Do: s.makeAccount, Field: "password"},
		web.Form{Pattern: "/recover", Access: web.Everyone, Show: s.recoverPage, Do: s.askRecovery, Field: "email"},
		web.Form{Pattern: "/recover/{token}", Access: web.Everyone, Show: s.recoveryPage, Do: s.recover, Field: "password"},
		web.Form{Pattern: "/invitation/{token}", Access: web.Everyone, Show: s.invitationPage, Do: s.acceptInvitation, Field: "password"},
		web.Form{Pattern: "/setup/administrator/{token}", Access: web.Everyone, Show: s.setupPage, Do: s.setUp, Field: "password"},

		web.Form{Pattern: "/account", Access: web.SignedIn, Show: s.accountPage, Do: s.saveProfile, Field: "name"},
		web.Form{Pattern: "/account/confirm", Access: web.SignedIn, Show: s.provePage, Do: s.prove, Field: "password"},
		web.Form{Pattern: "/account/password", Page: security, Access: web.SignedIn, Fresh: true, Show: s.securityPage, Do: s.savePassword, Field: "password"},
		web.Form{Pattern: "/account/email", Page: security, Access: web.SignedIn, Fresh: true, Show: s.securityPage, Do: s.askEmail, Field: "email"},
		web.Form{Pattern: "/account/passkeys", Page: security, Access: web.SignedIn, Fresh: true, Show: s.securityPage, Do: s.savePasskey, Field: "passkey", Button: true},
		web.Form{Pattern: "/account/passkeys/remove", Page: security, Access: web.SignedIn, Fresh: true, Show: s.securityPage, Do: s.removePasskey, Field: "passkey", Button: true},
		web.Form{Pattern: "/account/sessions/end", Page: security, Access: web.SignedIn, Show: s.securityPage, Do: s.endSession, Field: "session", Button: true},
		web.Form{Pattern: "/account/email/confirmation", Page: "/account", Access: web.SignedIn, Show: s.accountPage, Do: s.askConfirmation, Button: true},
		web.Form{Pattern: newEmail, Page: newEmail, Access: web.SignedIn, Do: s.changeEmail, Button: true},
		web.Form{Pattern: erasing, Page: erasing, Access: web.SignedIn, Fresh: true, Show: s.erasePage, Do: s.erase, Field: "password"},
		web.Form{Pattern: "/account/verification/code", Page: verification, Access: web.SignedIn, Do: s.deskCode, Button: true},
		web.Form{Pattern: "/account/verification/roll", Page: verification, Access: web.SignedIn, Show: s.verificationPage, Do: s.verifyByRoll, Field: "iin"},

		web.Form{Pattern: "/desk/verification", Access: web.Officers, Show: s.deskPage, Do: s.verifyAtDesk, Field: "iin"},
		web.Form{Pattern: "/desk/venues", Access: venueHosts, Show: s.venuesPage, Do: s.openVenue, Field: "name"},
		web.Form{Pattern: "/desk/venues/{id}/close", Page: "/desk/venues", Access: venueHosts, Show: s.venuesPage, Do: s.closeVenue, Button: true},
		web.Form{Pattern: "/desk/people", Query: []string{"before"}, Access: web.Administrators, Show: s.peoplePage, Do: s.findPerson, Field: "email"},
		web.Form{Pattern: invitationsPath, Query: []string{"before"}, Access: web.Administrators, Fresh: true, Show: s.invitationsPage, Do: s.invite, Field: "email"},
		web.Form{Pattern: invitationsPath + "/{id}/withdraw", Page: invitationsPath, Access: web.Administrators, Fresh: true, Show: s.invitationsPage, Do: s.withdraw, Button: true},
		web.Form{Pattern: "/desk/people/{id}/grant", Page: person, Access: web.Administrators, Fresh: true, Show: s.personPage, Do: s.grant, Field: "role"},
		web.Form{Pattern: "/desk/people/{id}/revoke", Page: person, Access: web.Administrators, Fresh: true, Show: s.personPage, Do: s.revoke, Field: "role", Button: true},
		web.Form{Pattern: "/desk/people/{id}/sign-out", Page: person, Access: web.Administrators, Fresh: true, Show: s.personPage, Do: s.signOutPerson, Field: "role", Button: true},
	), []web.Route{
		get("/sign-in", web.Everyone, s.forVisitors(s.signInPage), "next"), get("/sign-up", web.Everyone, s.forVisitors(s.signUpPage), "next"),
		get("/look-into-your-mail", web.Everyone, s.showMailSent),
		asked("/passkey/ask", "/sign-in", s.askPasskey), asked("/passkey/new", security, s.askNewPasskey),
		web.Page(security, web.SignedIn, s.securityPage), web.Page(newEmail, web.SignedIn, s.emailPage),
		web.Page(verification, web.SignedIn, s.verificationPage),
		get("/account/verification/provider", web.SignedIn, s.goToProvider), get(callbackPath, web.SignedIn, s.backFromProvider, "state", "code"),
		fresh(get("/account/download", web.SignedIn, s.download)), fresh(web.Page(erasing, web.SignedIn, s.erasePage)),
		web.Page(person, web.Administrators, s.personPage),
		get("/desk/audit", web.Administrators, s.showAudit, "act", "kind", "id", "account", "before"),
	})
	for i := range routes {
		routes[i].Handler = s.helping(routes[i].Handler)
	}
	return routes
}

// Authenticate finds who asks by the session cookie; nobody when there is none, or when the
// session ended.
func (s *Service) Authenticate(r *http.Request) (civic.Actor, error) {
	v, _, err := s.Visit(r.Context(), cookieOf(r))
	return v.Actor, err
}

func cookieOf(r *http.Request) string { return web.Cookie(r, sessionCookie) }

// visit is Authenticate for handlers that need the session too.
func (s *Service) visit(r *http.Request) (Visit, error) {
	v, ok, err := s.Visit(r.Context(), cookieOf(r))
	if err == nil && !ok {
		err = civic.Fail(civic.Unauthenticated, "web.sign_in_first")
	}
	return v, err
}

// client tells where a request comes from. A browser of which nothing can be found out is one that
// nobody knows.
func (s *Service) client(r *http.Request) Client {
	c := Client{Address: web.ClientNetwork(r), Device: device(r.UserAgent())}
	if cookie := web.Cookie(r, knownCookie); cookie != "" {
		var err error
		if c.knownBrowser, err = s.browser(r.Context(), cookie); err != nil {
			web.Log(r).Warn("the key of known browsers cannot be read", "error", err)
		}
	}
	return c
}

// page starts a page that no search engine should keep.
func page(w http.ResponseWriter, r *http.Request, title string) ui.Page {
	p := web.NewPage(w, r, web.L(r).T(title))
	p.NoIndex = true
	return p
}

// admit gives the browser its session, and lets it be known from now on as one of the account's.
func (s *Service) admit(w http.ResponseWriter, r *http.Request, in Signed) error {
	browser, err := s.browser(r.Context(), web.Cookie(r, knownCookie))
	if err != nil {
		return err
	}
	web.SetCookie(w, r, knownCookie, browser.with(in.Account.Email), 365*24*time.Hour)
	// The cookie outlives the session's sliding end, which only the city knows.
	_, days := s.city.Bounds("identity.session_max_days")
	web.SetCookie(w, r, sessionCookie, in.Cookie, time.Duration(days)*24*time.Hour)
	return nil
}

func dismiss(w http.ResponseWriter, r *http.Request) { web.DropCookie(w, r, sessionCookie) }

// Carried is a request that waits until its sender has signed in or proved who they are.
type Carried struct {
	Next string // where it was going, a local path
	Send string // the posted form, URL-encoded; "" for a request that posted nothing
	Lost bool   // something of it (a file, a text too long) cannot be carried
}

const maxCarried = 64 << 10

// carry packs the request that could not go on. Passwords and numbers are never written back
// into a page.
func carry(r *http.Request) Carried {
	path := r.URL.Path
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	c := Carried{Next: LocalPath(path)}
	if r.Method != http.MethodPost {
		return c
	}
	var err error // also of a body that was cut off by its bound: it cannot be carried
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = r.ParseMultipartForm(1 << 20)
	} else {
		err = r.ParseForm()
	}
	if r.MultipartForm != nil {
		c.Lost = len(r.MultipartForm.File) > 0
		_ = r.MultipartForm.RemoveAll() // temporary files; a failure leaves them to the system
	}
	values := url.Values{"": {""}} // "posted, though empty"
	for name, v := range r.PostForm {
		if !secretField(name) {
			values[name] = v
		} else if strings.Join(v, "") != "" {
			c.Lost = true
		}
	}
	c.Send = values.Encode()
	if err != nil || len(c.Send) > maxCarried {
		c.Send, c.Lost = "", true
	}
	return c
}

func secretField(name string) bool {
	return name == "iin" || name == "password" || name == "credential" || name == "ceremony" || name == "code"
}

// form is the request as a page carries it, in the form that lets its sender go on.
func (c Carried) form() ui.Form {
	f := ui.Form{Values: url.Values{"next": {c.Next}, "send": {c.Send}}}
	if c.Lost {
		f.Values.Set("lost", "yes")
	}
	return f
}

func carriedBy(f ui.Form) Carried {
	c := Carried{Next: LocalPath(f.Value("next")), Send: f.Value("send"), Lost: f.Value("lost") != ""}
	if len(c.Send) > maxCarried {
		c.Send = ""
	}
	return c
}

// proceed goes on with what was carried: to the page, or, when something was posted, to one
// that asks whether to send it now.
func (s *Service) proceed(w http.ResponseWriter, r *http.Request, c Carried, notice string) web.Next {
	values, err := url.ParseQuery(c.Send)
	if err != nil || c.Send == "" {
		return web.Done(c.Next, notice)
	}
	delete(values, "")
	web.Resend(r, c.Next)
	return web.Instead(sendPage(page(w, r, "identity.send_title"), c, ui.Form{Values: values}))
}

// SignInPage answers a request that needs an account from somebody without one: it asks them
// to sign in and keeps what they typed. It is web.Config.SignIn.
func (s *Service) SignInPage(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	return s.insteadAsk(w, r, http.StatusUnauthorized, "/sign-in", s.signInPage)
}

// insteadAsk answers a request that cannot go on yet with the form that has to be filled in
// first. The form is sent to path.
func (s *Service) insteadAsk(w http.ResponseWriter, r *http.Request, status int, path string, show web.Show) error {
	c := carry(r)
	if r.Method == http.MethodPost {
		web.Resend(r, path) // for the address that was asked for would lose in another language what it carries
	}
	page, err := show(w, r, c.form())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, page)
}

// forVisitors is a page that somebody who is signed in need not see.
func (s *Service) forVisitors(show web.Show) web.Handler {
	see := web.Page("", web.Everyone, show).Handler
	return func(w http.ResponseWriter, r *http.Request) error {
		if web.Actor(r).SignedIn() {
			return web.See(w, r, s.begin(web.Actor(r), LocalPath(r.URL.Query().Get("next"))), ui.Info, "")
		}
		return see(w, r)
	}
}

// nextOf is the page that a visitor was on the way to when this form, such as signing in, came
// in between.
func nextOf(r *http.Request, f ui.Form) string {
	if next, ok := f.Values["next"]; ok {
		return LocalPath(next[0])
	}
	return LocalPath(r.URL.Query().Get("next"))
}

func (s *Service) signInPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	c := carriedBy(f)
	c.Next = nextOf(r, f)
	return signInPage(s.atVenue(page(w, r, "identity.sign_in_title"), r), f, c), nil
}

func answerOf(f ui.Form) PasskeyAnswer {
	return PasskeyAnswer{Ceremony: f.Value("ceremony"), Credential: f.Value("credential")}
}

func (s *Service) signIn(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var in Signed
	var err error
	if answer := answerOf(f); answer.Credential != "" {
		in, err = s.SignInPasskey(r.Context(), s.client(r), answer, cookieOf(r))
	} else {
		in, err = s.SignIn(r.Context(), s.client(r), f.Value("email"), f.Value("password"), cookieOf(r))
	}
	if err != nil {
		return web.Next{}, err
	}
	if err := s.admit(w, r, in); err != nil {
		return web.Next{}, err
	}
	c := carriedBy(f)
	if c.Next, err = s.beginOf(r, in, c.Next); err != nil {
		return web.Next{}, err
	}
	return s.proceed(w, r, c, "identity.signed_in"), nil
}

// begin is where somebody goes after signing in: on to where they were going, or, from the home
// page, to where their day begins.
func (s *Service) begin(actor civic.Actor, next string) string {
	if next == "/" && s.opts.Begin != nil {
		return s.opts.Begin(actor)
	}
	return next
}

// beginOf is begin for somebody who has just signed in.
func (s *Service) beginOf(r *http.Request, in Signed, next string) (string, error) {
	v, _, err := s.Visit(r.Context(), in.Cookie)
	return s.begin(v.Actor, next), err
}

func (s *Service) signOut(w http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	if err := s.SignOut(r.Context(), cookieOf(r)); err != nil {
		return web.Next{}, err
	}
	dismiss(w, r)
	web.DropCookie(w, r, web.AddressCookie) // whoever leaves a browser that others use leaves nothing of theirs in it
	return web.Done("/", "identity.signed_out"), nil
}

func (s *Service) signUpPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return signUpPage(s.atVenue(page(w, r, "identity.sign_up_title"), r), f, nextOf(r, f)), nil
}

func (s *Service) askSignUp(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.AskSignUp(r.Context(), s.client(r), f.Value("email"), web.L(r).Lang(), f.Value("next"))
	return web.On("/look-into-your-mail"), err
}

func (s *Service) showMailSent(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, mailSentPage(page(w, r, "identity.mail_sent_title")))
}

// deadLink is the error of a link that does not work any more. It does not unwrap to the error
// that says so, for that would be shown on a form; helping answers it with a page that says
// what to do.
type deadLink struct {
	text, path string // what to do instead
	cause      error
}

func (d *deadLink) Error() string { return d.cause.Error() }

// dead makes a deadLink of an error that says so, and leaves others as they are.
func dead(err error, text, path string) error {
	if civic.CodeOf(err) != civic.Closed {
		return err
	}
	return &deadLink{text, path, err}
}

// newKey is a page on which a person chooses how to sign in from now on.
type newKey struct {
	Path       string // to post to, and what a new passkey is for
	Kind       string // sign_up, invitation, recovery, setup
	Token      string
	Email      string // "" when it is asked for
	Offer      string // the role that an invitation offers with the account
	AskName    bool
	Lede, Send string // message keys
	Shortest   int    // of a password
}

func (s *Service) shortest() int { return int(s.city.Value("identity.password_min")) }

func (s *Service) lookSignUp(r *http.Request) (email string, err error) {
	email, err = s.LookSignUp(r.Context(), r.PathValue("token"))
	return email, dead(err, "identity.sign_up_again", "/sign-up")
}

func (s *Service) newAccountPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	email, err := s.lookSignUp(r)
	if err != nil {
		return nil, err
	}
	token := r.PathValue("token")
	k := newKey{Path: "/sign-up/" + token, Kind: "sign_up", Token: token, Email: email, AskName: true,
		Lede: "identity.new_account_lede", Send: "identity.new_account_send", Shortest: s.shortest()}
	return newKeyPage(page(w, r, "identity.new_account_title"), f, k), nil
}

// welcome lets in whoever has just got a way to sign in.
func (s *Service) welcome(w http.ResponseWriter, r *http.Request, in Signed, notice string) (web.Next, error) {
	if err := s.admit(w, r, in); err != nil {
		return web.Next{}, err
	}
	next, err := s.beginOf(r, in, LocalPath(in.Next))
	return web.Done(next, notice), err
}

func (s *Service) makeAccount(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if _, err := s.lookSignUp(r); err != nil {
		return web.Next{}, err
	}
	in, err := s.SignUp(r.Context(), s.client(r), r.PathValue("token"), NewAccount{Name: f.Value("name"), Password: f.Value("password"), Passkey: answerOf(f)})
	if err != nil {
		return web.Next{}, err
	}
	return s.welcome(w, r, in, "identity.welcome")
}

func (s *Service) recoverPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return recoverPage(page(w, r, "identity.recover_title"), f), nil
}

func (s *Service) askRecovery(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.On("/look-into-your-mail"), s.AskRecovery(r.Context(), s.client(r), f.Value("email"), web.L(r).Lang(), "/")
}

func (s *Service) lookRecovery(r *http.Request) (email string, err error) {
	email, err = s.LookRecovery(r.Context(), r.PathValue("token"))
	return email, dead(err, "identity.recover_again", "/recover")
}

func (s *Service) recoveryPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	email, err := s.lookRecovery(r)
	if err != nil {
		return nil, err
	}
	token := r.PathValue("token")
	k := newKey{Path: "/recover/" + token, Kind: "recovery", Token: token, Email: email,
		Lede: "identity.recovery_lede", Send: "identity.recovery_send", Shortest: s.shortest()}
	return newKeyPage(page(w, r, "identity.recovery_title"), f, k), nil
}

func (s *Service) recover(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if _, err := s.lookRecovery(r); err != nil {
		return web.Next{}, err
	}
	in, err := s.Recover(r.Context(), s.client(r), r.PathValue("token"), f.Value("password"), answerOf(f))
	if err != nil {
		return web.Next{}, err
	}
	return s.welcome(w, r, in, "identity.recovered")
}

func (s *Service) setupPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	token := r.PathValue("token")
	if err := s.LookSetup(r.Context(), token); err != nil {
		return nil, dead(err, "identity.sign_in_title", "/sign-in")
	}
	k := newKey{Path: "/setup/administrator/" + token, Kind: "setup", Token: token, AskName: true,
		Lede: "identity.setup_lede", Send: "identity.setup_send", Shortest: s.shortest()}
	return newKeyPage(page(w, r, "identity.setup_title"), f, k), nil
}

func (s *Service) setUp(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	in, err := s.SetUp(r.Context(), s.client(r), r.PathValue("token"), f.Value("email"), web.L(r).Lang(),
		NewAccount{Name: f.Value("name"), Password: f.Value("password"), Passkey: answerOf(f)})
	if err != nil {
		return web.Next{}, dead(err, "identity.sign_in_title", "/sign-in")
	}
	return s.welcome(w, r, in, "identity.welcome")
}

func (s *Service) askPasskey(w http.ResponseWriter, r *http.Request) error {
	q, err := s.AskPasskey(r.Context(), s.client(r))
	if err != nil {
		return err
	}
	return web.JSON(w, r, q)
}

func (s *Service) askNewPasskey(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	whom := PasskeyFor{Email: f.Value("email"), Name: f.Value("name")}
	switch token := f.Value("token"); f.Value("kind") {
	case "sign_up":
		whom.SignUp = token
	case "invitation":
		whom.Invitation = token
	case "recovery":
		whom.Recovery = token
	case "setup":
		whom.Setup = token
	default:
		v, err := s.visit(r)
		if err != nil {
			return err
		}
		whom.Visit = &v
	}
	q, err := s.AskNewPasskey(r.Context(), s.client(r), whom)
	if err != nil {
		return err
	}
	return web.JSON(w, r, q)
}
