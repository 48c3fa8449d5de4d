package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// helping answers a deadLink, which any route may meet, with a page that says what to do instead.
func (s *Service) helping(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		var link *deadLink
		if errors.As(err, &link) {
			return web.Render(w, r, http.StatusGone, deadLinkPage(page(w, r, "identity.link_dead_title"), ui.Link{Text: web.L(r).T(link.text), Path: link.path}))
		}
		return err
	}
}

// Fresh tells whether whoever asks has shown lately that it is they. It is web.Config.Fresh.
func (s *Service) Fresh(r *http.Request) (bool, error) {
	v, err := s.visit(r)
	return err == nil && s.fresh(v, s.db.Now()) == nil, err
}

// ProvePage answers a request for one of the strongest acts from somebody who has not shown lately
// that it is they: it asks for that, and keeps what they typed. It is web.Config.Prove.
func (s *Service) ProvePage(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	return s.insteadAsk(w, r, http.StatusForbidden, "/account/confirm", s.provePage)
}

func (s *Service) provePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	o, err := s.overview(r)
	if err != nil {
		return nil, err
	}
	c := carriedBy(f)
	c.Next = nextOf(r, f)
	return provePage(page(w, r, "identity.prove_title"), f, c, o), nil
}

func (s *Service) overview(r *http.Request) (Overview, error) {
	v, err := s.visit(r)
	if err != nil {
		return Overview{}, err
	}
	return s.Overview(r.Context(), v)
}

func (s *Service) prove(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.visit(r)
	if err != nil {
		return web.Next{}, err
	}
	if answer := answerOf(f); answer.Credential != "" {
		err = s.ProvePasskey(r.Context(), v, answer)
	} else {
		err = s.Prove(r.Context(), v, f.Value("password"))
	}
	if err != nil {
		return web.Next{}, err
	}
	return s.proceed(w, r, carriedBy(f), ""), nil
}

func (s *Service) accountPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	o, err := s.overview(r)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		f.Values.Set("name", o.Account.Name)
		f.Values.Set("lang", string(o.Account.Lang))
	}
	return accountPage(page(w, r, "identity.account_title"), s.declared.Roles(), f, o, s.opts.NoMail), nil
}

// change runs a change of one's own account and goes back to the page it was made on.
func (s *Service) change(r *http.Request, path, done string, deed func(Visit) error) (web.Next, error) {
	v, err := s.visit(r)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(path, done), deed(v)
}

func (s *Service) saveProfile(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.change(r, "/account", "identity.saved", func(v Visit) error {
		return s.ChangeProfile(r.Context(), v, f.Value("name"), civic.Lang(f.Value("lang")))
	})
}

func (s *Service) securityPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	o, err := s.overview(r)
	return securityPage(page(w, r, "identity.security_title"), f, o, s.shortest()), err
}

func (s *Service) savePassword(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.change(r, "/account/security", "identity.password_changed", func(v Visit) error {
		return s.ChangePassword(r.Context(), v, f.Value("password"))
	})
}

func (s *Service) askEmail(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.change(r, "/account/security", "identity.email_asked", func(v Visit) error {
		return s.AskEmail(r.Context(), s.client(r), v, f.Value("email"))
	})
}

func (s *Service) savePasskey(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.change(r, "/account/security", "identity.passkey_added", func(v Visit) error {
		return s.AddPasskey(r.Context(), s.client(r), v, answerOf(f))
	})
}

func (s *Service) removePasskey(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.change(r, "/account/security", "identity.passkey_removed", func(v Visit) error {
		id, err := base64.RawURLEncoding.DecodeString(f.Value("passkey"))
		if err != nil {
			return civic.Fail(civic.NotFound, "identity.passkey_gone").Because(err)
		}
		return s.RemovePasskey(r.Context(), v, id)
	})
}

func (s *Service) endSession(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.change(r, "/account/security", "identity.session_ended", func(v Visit) error {
		if f.Value("session") == "others" {
			return s.EndSession(r.Context(), v, "")
		}
		id, ok := civic.ParseID(f.Value("session"))
		if !ok {
			return civic.Fail(civic.NotFound, "identity.session_gone")
		}
		return s.EndSession(r.Context(), v, id)
	})
}

func (s *Service) emailPage(w http.ResponseWriter, r *http.Request, _ ui.Form) (templ.Component, error) {
	email, own, err := s.linkedEmail(r)
	title := "identity.email_title"
	if own {
		title = "identity.email_own_title"
	}
	return emailPage(page(w, r, title), email, r.PathValue("token"), own), err
}

// linkedEmail is the address that a mailed link is about, and whether the account has it already: then
// the link confirms it.
func (s *Service) linkedEmail(r *http.Request) (email string, own bool, err error) {
	v, err := s.visit(r)
	if err != nil {
		return "", false, err
	}
	if email, err = s.LookEmail(r.Context(), v, r.PathValue("token")); err != nil {
		return "", false, dead(err, "identity.security_title", "/account/security")
	}
	a, err := s.account(r.Context(), v)
	return email, a.Email == email, err
}

func (s *Service) askConfirmation(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return s.change(r, "/account", "identity.mail_sent", func(v Visit) error { return s.AskConfirmation(r.Context(), v) })
}

func (s *Service) changeEmail(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	_, own, err := s.linkedEmail(r)
	if err != nil {
		return web.Next{}, err
	}
	path, done := "/account/security", "identity.email_changed"
	if own {
		path, done = "/account", "identity.email_own_done"
	}
	return s.change(r, path, done, func(v Visit) error {
		return dead(s.ChangeEmail(r.Context(), v, r.PathValue("token")), "identity.security_title", "/account/security")
	})
}

func (s *Service) download(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	all, err := s.Export(r.Context(), v)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="birge-my-data.json"`)
	return web.Write(w, r, "application/json", append(b, '\n'))
}

func (s *Service) erasePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.visit(r)
	if err != nil {
		return nil, err
	}
	a, err := s.account(r.Context(), v)
	return erasePage(page(w, r, "identity.erase_title"), f, a, int(s.city.Value("identity.release_days"))), err
}

func (s *Service) erase(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.visit(r)
	if err != nil {
		return web.Next{}, err
	}
	if f.Value("sure") == "" {
		return web.Next{}, civic.Fail(civic.Invalid, "identity.erase_unsure").At("sure")
	}
	if err := s.Erase(r.Context(), v, f.Value("password")); err != nil {
		return web.Next{}, err
	}
	dismiss(w, r)
	return web.Done("/", "identity.erased"), nil
}

// verification is what the page about being verified shows.
type verification struct {
	Account   Account
	Code      string // to show at a desk
	Minutes   int    // it lives
	Roll      bool   // there is a residents' roll
	Provider  civic.Text
	Resident  Resident              // what is known of the person
	Districts map[string]civic.Text // of the city, by code
}

func (s *Service) verificationPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.codePage(w, r, f, "")
}

// codePage is the page about being verified with a code to show at a desk.
func (s *Service) codePage(w http.ResponseWriter, r *http.Request, f ui.Form, code string) (templ.Component, error) {
	v, err := s.visit(r)
	if err != nil {
		return nil, err
	}
	a, err := s.account(r.Context(), v)
	if err != nil {
		return nil, err
	}
	roll, err := s.HasRoll(r.Context())
	if err != nil {
		return nil, err
	}
	f.Values.Del("iin") // typed again rather than written into a page
	p := page(w, r, "identity.verification_title")
	p.Path = "/account/verification" // also when the visitor comes back from the provider
	x := verification{Account: a, Code: code, Minutes: int(s.city.Value("identity.desk_code_minutes")), Roll: roll, Provider: s.ProviderName(), Districts: map[string]civic.Text{}}
	for _, d := range s.city.Current().Districts {
		x.Districts[d.Code] = d.Name
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error { x.Resident, err = s.ResidentOf(tx, a.ID); return err })
	return verificationPage(p, f, x), err
}

func (s *Service) deskCode(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.visit(r)
	if err != nil {
		return web.Next{}, err
	}
	code, err := s.DeskCode(r.Context(), v)
	if err != nil {
		return web.Next{}, err
	}
	page, err := s.codePage(w, r, f, code)
	return web.Instead(page), err
}

func (s *Service) verifyByRoll(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.change(r, "/account/verification", "identity.verified", func(v Visit) error {
		return s.VerifyByRoll(r.Context(), s.client(r), v, f.Value("iin"))
	})
}

// goToProvider is a GET, for browsers apply the policy on where forms may lead to the
// redirects that follow. All it changes is a question that expires.
func (s *Service) goToProvider(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	address, err := s.AskProvider(r.Context(), v, web.L(r).Lang())
	if err != nil {
		return err
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

func (s *Service) backFromProvider(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	if q.Get("code") == "" { // the person declined, or the provider did
		return web.See(w, r, "/account/verification", ui.Warn, "identity.provider_declined")
	}
	if err := s.VerifyByProvider(r.Context(), v, q.Get("state"), q.Get("code")); err != nil {
		return web.Failed(w, r, err, "provider", s.verificationPage)
	}
	return web.See(w, r, "/account/verification", ui.Good, "identity.verified")
}
