package identity

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const sessionCookie = "birge_session"

func (s *Service) routes() []web.Route {
	get := func(pattern string, who web.Access, h web.Handler) web.Route {
		return web.Route{Method: "GET", Pattern: pattern, Access: who, Handler: s.proving(h)}
	}
	post := func(pattern string, who web.Access, h web.Handler) web.Route {
		return web.Route{Method: "POST", Pattern: pattern, Access: who, Handler: s.proving(h)}
	}
	return []web.Route{
		get("/sign-in", web.Everyone, s.showSignIn), post("/sign-in", web.Everyone, s.postSignIn),
		post("/sign-out", web.Everyone, s.postSignOut),
		get("/sign-up", web.Everyone, s.showSignUp), post("/sign-up", web.Everyone, s.postSignUp),
		get("/sign-up/{token}", web.Everyone, s.showNewAccount), post("/sign-up/{token}", web.Everyone, s.postNewAccount),
		get("/recover", web.Everyone, s.showRecover), post("/recover", web.Everyone, s.postRecover),
		get("/recover/{token}", web.Everyone, s.showNewKey), post("/recover/{token}", web.Everyone, s.postNewKey),
		get("/look-into-your-mail", web.Everyone, s.showMailSent),
		get("/setup/administrator/{token}", web.Everyone, s.showSetup), post("/setup/administrator/{token}", web.Everyone, s.postSetup),
		post("/passkey/ask", web.Everyone, s.askPasskey), post("/passkey/new", web.Everyone, s.askNewPasskey),

		get("/account", web.SignedIn, s.showAccount), post("/account", web.SignedIn, s.postProfile),
		get("/account/confirm", web.SignedIn, s.showProve), post("/account/confirm", web.SignedIn, s.postProve),
		get("/account/security", web.SignedIn, s.showSecurity),
		post("/account/password", web.SignedIn, s.postPassword),
		post("/account/email", web.SignedIn, s.postEmail),
		get("/account/email/{token}", web.SignedIn, s.showEmail), post("/account/email/{token}", web.SignedIn, s.postNewEmail),
		post("/account/passkeys", web.SignedIn, s.postPasskey), post("/account/passkeys/remove", web.SignedIn, s.postRemovePasskey),
		post("/account/sessions/end", web.SignedIn, s.postEndSession),
		get("/account/download", web.SignedIn, s.download),
		get("/account/delete", web.SignedIn, s.showErase), post("/account/delete", web.SignedIn, s.postErase),
		get("/account/verification", web.SignedIn, s.showVerification),
		post("/account/verification/code", web.SignedIn, s.postDeskCode),
		post("/account/verification/roll", web.SignedIn, s.postRoll),
		get("/account/verification/provider", web.SignedIn, s.goToProvider),
		get(callbackPath, web.SignedIn, s.backFromProvider),

		get("/desk/verification", web.Officers, s.showDesk), post("/desk/verification", web.Officers, s.postDesk),
		get("/desk/people", web.Administrators, s.showPeople), post("/desk/people", web.Administrators, s.findPerson),
		get("/desk/people/{id}", web.Administrators, s.showPerson),
		post("/desk/people/{id}/grant", web.Administrators, s.postGrant),
		post("/desk/people/{id}/revoke", web.Administrators, s.postRevoke),
		post("/desk/people/{id}/sign-out", web.Administrators, s.postSignOutPerson),
		get("/desk/audit", web.Administrators, s.showAudit),
	}
}

// Authenticate finds who asks by the session cookie; nobody when there is none, or when the
// session ended.
func (s *Service) Authenticate(r *http.Request) (civic.Actor, error) {
	v, _, err := s.Visit(r.Context(), cookieOf(r))
	return v.Actor, err
}

func cookieOf(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// visit is Authenticate for handlers that need the session too.
func (s *Service) visit(r *http.Request) (Visit, error) {
	v, ok, err := s.Visit(r.Context(), cookieOf(r))
	if err == nil && !ok {
		err = civic.Fail(civic.Unauthenticated, "web.sign_in_first")
	}
	return v, err
}

// client tells where a request comes from.
func client(r *http.Request) Client {
	return Client{Address: web.ClientNetwork(r), Device: device(r.UserAgent())}
}

// page starts a page that no search engine should keep.
func page(w http.ResponseWriter, r *http.Request, title string) ui.Page {
	p := web.NewPage(w, r, web.L(r).T(title))
	p.NoIndex = true
	return p
}

// admit gives the browser its session.
func admit(w http.ResponseWriter, r *http.Request, in Signed) {
	// The cookie outlives the session's sliding end, which only the city knows.
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: in.Cookie, Path: "/", MaxAge: 400 * 24 * 3600,
		HttpOnly: true, Secure: web.Secure(r), SameSite: http.SameSiteLaxMode})
}

func dismiss(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: web.Secure(r), SameSite: http.SameSiteLaxMode})
}

// again decides whether an error is for the form it came from: it then notes it there, beside
// field when it names none itself, and gives the status to answer with.
func again(err error, f *ui.Form, field string) (status int, ours bool) {
	var e *civic.Error
	if !errors.As(err, &e) || errors.Is(err, errNotFresh) {
		return 0, false
	}
	switch e.Code {
	case civic.Invalid, civic.Conflict, civic.Closed, civic.TooMany, civic.Unavailable:
	default:
		return 0, false
	}
	f.Problems = e.Fields
	if len(f.Problems) == 0 {
		f.Problems = []civic.FieldError{{Field: field, Message: e.Message}}
	}
	return web.Status(e), true
}

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

func carriedBy(f ui.Form) Carried {
	c := Carried{Next: LocalPath(f.Value("next")), Send: f.Value("send"), Lost: f.Value("lost") != ""}
	if len(c.Send) > maxCarried {
		c.Send = ""
	}
	return c
}

// proceed goes on with what was carried: to the page, or, when something was posted, to one
// that asks whether to send it now.
func (s *Service) proceed(w http.ResponseWriter, r *http.Request, c Carried, notice string) error {
	values, err := url.ParseQuery(c.Send)
	if err != nil || c.Send == "" {
		return web.See(w, r, c.Next, ui.Good, notice)
	}
	delete(values, "")
	var fields []sendField
	for name, v := range values {
		for _, value := range v {
			fields = append(fields, sendField{name, value})
		}
	}
	slices.SortFunc(fields, func(a, b sendField) int { return strings.Compare(a.Name, b.Name) })
	return web.Render(w, r, http.StatusOK, sendPage(page(w, r, "identity.send_title"), c, fields))
}

type sendField struct{ Name, Value string }

// SignInPage answers a request that needs an account from somebody without one: it asks them
// to sign in and keeps what they typed. It is web.Config.SignIn.
func (s *Service) SignInPage(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	return s.renderSignIn(w, r, http.StatusUnauthorized, ui.Form{}, carry(r))
}

func (s *Service) renderSignIn(w http.ResponseWriter, r *http.Request, status int, f ui.Form, c Carried) error {
	p := page(w, r, "identity.sign_in_title")
	p.Path = "/sign-in?" + url.Values{"next": {c.Next}}.Encode()
	return web.Render(w, r, status, signInPage(p, f, c))
}

func (s *Service) showSignIn(w http.ResponseWriter, r *http.Request) error {
	next := LocalPath(r.URL.Query().Get("next"))
	if web.Actor(r).SignedIn() {
		return web.See(w, r, next, ui.Info, "")
	}
	return s.renderSignIn(w, r, http.StatusOK, ui.Form{}, Carried{Next: next})
}

func answerOf(f ui.Form) PasskeyAnswer {
	return PasskeyAnswer{Ceremony: f.Value("ceremony"), Credential: f.Value("credential")}
}

func (s *Service) postSignIn(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c := carriedBy(f)
	var in Signed
	if answer := answerOf(f); answer.Credential != "" {
		in, err = s.SignInPasskey(r.Context(), client(r), answer, cookieOf(r))
	} else {
		in, err = s.SignIn(r.Context(), client(r), f.Value("email"), f.Value("password"), cookieOf(r))
	}
	if status, ours := again(err, &f, "email"); ours {
		return s.renderSignIn(w, r, status, f, c)
	}
	if err != nil {
		return err
	}
	admit(w, r, in)
	return s.proceed(w, r, c, "identity.signed_in")
}

func (s *Service) postSignOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.SignOut(r.Context(), cookieOf(r)); err != nil {
		return err
	}
	dismiss(w, r)
	return web.See(w, r, "/", ui.Good, "identity.signed_out")
}

func (s *Service) showSignUp(w http.ResponseWriter, r *http.Request) error {
	next := LocalPath(r.URL.Query().Get("next"))
	if web.Actor(r).SignedIn() {
		return web.See(w, r, next, ui.Info, "")
	}
	return web.Render(w, r, http.StatusOK, signUpPage(page(w, r, "identity.sign_up_title"), ui.Form{}, next))
}

func (s *Service) postSignUp(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	err = s.AskSignUp(r.Context(), client(r), f.Value("email"), web.L(r).Lang(), f.Value("next"))
	if status, ours := again(err, &f, "email"); ours {
		return web.Render(w, r, status, signUpPage(page(w, r, "identity.sign_up_title"), f, LocalPath(f.Value("next"))))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/look-into-your-mail", ui.Good, "")
}

func (s *Service) showMailSent(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, mailSentPage(page(w, r, "identity.mail_sent_title")))
}

// dead shows what to do about a link that does not work any more.
func (s *Service) dead(w http.ResponseWriter, r *http.Request, err error, action ui.Link) error {
	if civic.CodeOf(err) != civic.Closed {
		return err
	}
	return web.Render(w, r, http.StatusGone, deadLinkPage(page(w, r, "identity.link_dead_title"), action))
}

// newKey is a page on which a person chooses how to sign in from now on.
type newKey struct {
	Path       string // to post to, and what a new passkey is for
	Kind       string // sign_up, recovery, setup
	Token      string
	Email      string // "" when it is asked for
	AskName    bool
	Lede, Send string // message keys
	Shortest   int    // of a password
}

func (s *Service) newAccountPage(w http.ResponseWriter, r *http.Request, status int, f ui.Form, email string) error {
	token := r.PathValue("token")
	k := newKey{Path: "/sign-up/" + token, Kind: "sign_up", Token: token, Email: email, AskName: true,
		Lede: "identity.new_account_lede", Send: "identity.new_account_send", Shortest: int(s.rules.Value("identity.password_min"))}
	return web.Render(w, r, status, newKeyPage(page(w, r, "identity.new_account_title"), f, k))
}

func (s *Service) showNewAccount(w http.ResponseWriter, r *http.Request) error {
	email, err := s.LookSignUp(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.dead(w, r, err, ui.Link{Text: web.L(r).T("identity.sign_up_again"), Path: "/sign-up"})
	}
	return s.newAccountPage(w, r, http.StatusOK, ui.Form{}, email)
}

func (s *Service) postNewAccount(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	email, err := s.LookSignUp(r.Context(), token)
	if err != nil {
		return s.dead(w, r, err, ui.Link{Text: web.L(r).T("identity.sign_up_again"), Path: "/sign-up"})
	}
	in, err := s.SignUp(r.Context(), client(r), token, NewAccount{Name: f.Value("name"), Password: f.Value("password"), Passkey: answerOf(f)})
	if status, ours := again(err, &f, "password"); ours {
		return s.newAccountPage(w, r, status, f, email)
	}
	if err != nil {
		return err
	}
	admit(w, r, in)
	return web.See(w, r, LocalPath(in.Next), ui.Good, "identity.welcome")
}

func (s *Service) showRecover(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, recoverPage(page(w, r, "identity.recover_title"), ui.Form{}))
}

func (s *Service) postRecover(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	err = s.AskRecovery(r.Context(), client(r), f.Value("email"), web.L(r).Lang(), "/")
	if status, ours := again(err, &f, "email"); ours {
		return web.Render(w, r, status, recoverPage(page(w, r, "identity.recover_title"), f))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/look-into-your-mail", ui.Good, "")
}

func (s *Service) recoveryPage(w http.ResponseWriter, r *http.Request, status int, f ui.Form, email string) error {
	token := r.PathValue("token")
	k := newKey{Path: "/recover/" + token, Kind: "recovery", Token: token, Email: email,
		Lede: "identity.recovery_lede", Send: "identity.recovery_send", Shortest: int(s.rules.Value("identity.password_min"))}
	return web.Render(w, r, status, newKeyPage(page(w, r, "identity.recovery_title"), f, k))
}

func (s *Service) showNewKey(w http.ResponseWriter, r *http.Request) error {
	email, err := s.LookRecovery(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.dead(w, r, err, ui.Link{Text: web.L(r).T("identity.recover_again"), Path: "/recover"})
	}
	return s.recoveryPage(w, r, http.StatusOK, ui.Form{}, email)
}

func (s *Service) postNewKey(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	email, err := s.LookRecovery(r.Context(), token)
	if err != nil {
		return s.dead(w, r, err, ui.Link{Text: web.L(r).T("identity.recover_again"), Path: "/recover"})
	}
	in, err := s.Recover(r.Context(), client(r), token, f.Value("password"), answerOf(f))
	if status, ours := again(err, &f, "password"); ours {
		return s.recoveryPage(w, r, status, f, email)
	}
	if err != nil {
		return err
	}
	admit(w, r, in)
	return web.See(w, r, LocalPath(in.Next), ui.Good, "identity.recovered")
}

func (s *Service) setupPage(w http.ResponseWriter, r *http.Request, status int, f ui.Form) error {
	token := r.PathValue("token")
	k := newKey{Path: "/setup/administrator/" + token, Kind: "setup", Token: token, AskName: true,
		Lede: "identity.setup_lede", Send: "identity.setup_send", Shortest: int(s.rules.Value("identity.password_min"))}
	return web.Render(w, r, status, newKeyPage(page(w, r, "identity.setup_title"), f, k))
}

func (s *Service) showSetup(w http.ResponseWriter, r *http.Request) error {
	if err := s.LookSetup(r.Context(), r.PathValue("token")); err != nil {
		return s.dead(w, r, err, ui.Link{Text: web.L(r).T("identity.sign_in_title"), Path: "/sign-in"})
	}
	return s.setupPage(w, r, http.StatusOK, ui.Form{})
}

func (s *Service) postSetup(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in, err := s.SetUp(r.Context(), client(r), r.PathValue("token"), f.Value("email"), web.L(r).Lang(),
		NewAccount{Name: f.Value("name"), Password: f.Value("password"), Passkey: answerOf(f)})
	if civic.CodeOf(err) == civic.Closed {
		return s.dead(w, r, err, ui.Link{Text: web.L(r).T("identity.sign_in_title"), Path: "/sign-in"})
	}
	if status, ours := again(err, &f, "password"); ours {
		return s.setupPage(w, r, status, f)
	}
	if err != nil {
		return err
	}
	admit(w, r, in)
	return web.See(w, r, LocalPath(in.Next), ui.Good, "identity.welcome")
}

func (s *Service) askPasskey(w http.ResponseWriter, r *http.Request) error {
	q, err := s.AskPasskey(r.Context(), client(r))
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
	q, err := s.AskNewPasskey(r.Context(), client(r), whom)
	if err != nil {
		return err
	}
	return web.JSON(w, r, q)
}
