package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// proving answers errNotFresh with the page that asks the visitor to prove who they are, and
// carries what they wanted to do.
func (s *Service) proving(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if errors.Is(err, errNotFresh) && r.URL.Path != "/passkey/new" {
			return s.renderProve(w, r, http.StatusForbidden, ui.Form{}, carry(r))
		}
		return err
	}
}

func (s *Service) renderProve(w http.ResponseWriter, r *http.Request, status int, f ui.Form, c Carried) error {
	o, err := s.overview(r)
	if err != nil {
		return err
	}
	p := page(w, r, "identity.prove_title")
	p.Path = "/account/confirm?" + url.Values{"next": {c.Next}}.Encode()
	return web.Render(w, r, status, provePage(p, f, c, o))
}

func (s *Service) overview(r *http.Request) (Overview, error) {
	v, err := s.visit(r)
	if err != nil {
		return Overview{}, err
	}
	return s.Overview(r.Context(), v)
}

func (s *Service) showProve(w http.ResponseWriter, r *http.Request) error {
	return s.renderProve(w, r, http.StatusOK, ui.Form{}, Carried{Next: LocalPath(r.URL.Query().Get("next"))})
}

func (s *Service) postProve(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if answer := answerOf(f); answer.Credential != "" {
		err = s.ProvePasskey(r.Context(), client(r), v, answer)
	} else {
		err = s.Prove(r.Context(), client(r), v, f.Value("password"))
	}
	if status, ours := again(err, &f, "password"); ours {
		return s.renderProve(w, r, status, f, carriedBy(f))
	}
	if err != nil {
		return err
	}
	return s.proceed(w, r, carriedBy(f), "")
}

func (s *Service) showAccount(w http.ResponseWriter, r *http.Request) error {
	o, err := s.overview(r)
	if err != nil {
		return err
	}
	f := ui.Form{Values: url.Values{"name": {o.Account.Name}, "lang": {string(o.Account.Lang)}}}
	return web.Render(w, r, http.StatusOK, accountPage(page(w, r, "identity.account_title"), f, o))
}

func (s *Service) postProfile(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	err = s.ChangeProfile(r.Context(), v, f.Value("name"), civic.Lang(f.Value("lang")))
	if status, ours := again(err, &f, "name"); ours {
		o, err := s.Overview(r.Context(), v)
		if err != nil {
			return err
		}
		return web.Render(w, r, status, accountPage(page(w, r, "identity.account_title"), f, o))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/account", ui.Good, "identity.saved")
}

func (s *Service) showSecurity(w http.ResponseWriter, r *http.Request) error {
	return s.renderSecurity(w, r, http.StatusOK, ui.Form{})
}

func (s *Service) renderSecurity(w http.ResponseWriter, r *http.Request, status int, f ui.Form) error {
	o, err := s.overview(r)
	if err != nil {
		return err
	}
	p := page(w, r, "identity.security_title")
	p.Path = "/account/security"
	return web.Render(w, r, status, securityPage(p, f, o, int(s.rules.Value("identity.password_min"))))
}

// act runs one change of the security page: the form, the visit, the deed, and back.
func (s *Service) act(w http.ResponseWriter, r *http.Request, field, done string, deed func(Visit, ui.Form) error) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	err = deed(v, f)
	if status, ours := again(err, &f, field); ours {
		return s.renderSecurity(w, r, status, f)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/account/security", ui.Good, done)
}

func (s *Service) postPassword(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "password", "identity.password_changed", func(v Visit, f ui.Form) error {
		return s.ChangePassword(r.Context(), v, f.Value("password"))
	})
}

func (s *Service) postEmail(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "email", "identity.email_asked", func(v Visit, f ui.Form) error {
		return s.AskEmail(r.Context(), client(r), v, f.Value("email"))
	})
}

func (s *Service) postPasskey(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "passkey", "identity.passkey_added", func(v Visit, f ui.Form) error {
		return s.AddPasskey(r.Context(), client(r), v, answerOf(f))
	})
}

func (s *Service) postRemovePasskey(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "passkey", "identity.passkey_removed", func(v Visit, f ui.Form) error {
		id, err := base64.RawURLEncoding.DecodeString(f.Value("passkey"))
		if err != nil {
			return civic.Fail(civic.NotFound, "identity.passkey_gone").Because(err)
		}
		return s.RemovePasskey(r.Context(), v, id)
	})
}

func (s *Service) postEndSession(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "session", "identity.session_ended", func(v Visit, f ui.Form) error {
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

func (s *Service) showEmail(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	email, err := s.LookEmail(r.Context(), v, r.PathValue("token"))
	if err != nil {
		return s.dead(w, r, err, ui.Link{Text: web.L(r).T("identity.security_title"), Path: "/account/security"})
	}
	return web.Render(w, r, http.StatusOK, emailPage(page(w, r, "identity.email_title"), email, r.PathValue("token")))
}

func (s *Service) postNewEmail(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if err := s.ChangeEmail(r.Context(), v, r.PathValue("token")); err != nil {
		return s.dead(w, r, err, ui.Link{Text: web.L(r).T("identity.security_title"), Path: "/account/security"})
	}
	return web.See(w, r, "/account/security", ui.Good, "identity.email_changed")
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

func (s *Service) renderErase(w http.ResponseWriter, r *http.Request, status int, f ui.Form) error {
	o, err := s.overview(r)
	if err != nil {
		return err
	}
	days := int(s.rules.Value("identity.release_days"))
	return web.Render(w, r, status, erasePage(page(w, r, "identity.erase_title"), f, o, days))
}

func (s *Service) showErase(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if err := s.fresh(v, s.db.Now()); err != nil {
		return err
	}
	return s.renderErase(w, r, http.StatusOK, ui.Form{})
}

func (s *Service) postErase(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if f.Value("sure") == "" {
		f.Problems = []civic.FieldError{{Field: "sure", Message: civic.Say("identity.erase_unsure")}}
		return s.renderErase(w, r, http.StatusUnprocessableEntity, f)
	}
	err = s.Erase(r.Context(), client(r), v, f.Value("password"))
	if status, ours := again(err, &f, "password"); ours {
		return s.renderErase(w, r, status, f)
	}
	if err != nil {
		return err
	}
	dismiss(w, r)
	return web.See(w, r, "/", ui.Good, "identity.erased")
}

// verification is what the page about being verified shows.
type verification struct {
	Account  Account
	Code     string // to show at a desk
	Minutes  int    // it lives
	Roll     bool   // there is a residents' roll
	Provider civic.Text
}

func (s *Service) renderVerification(w http.ResponseWriter, r *http.Request, status int, f ui.Form, code string) error {
	o, err := s.overview(r)
	if err != nil {
		return err
	}
	p := page(w, r, "identity.verification_title")
	p.Path = "/account/verification"
	roll, err := s.HasRoll(r.Context())
	if err != nil {
		return err
	}
	x := verification{o.Account, code, int(s.rules.Value("identity.desk_code_minutes")), roll, s.ProviderName()}
	return web.Render(w, r, status, verificationPage(p, f, x))
}

func (s *Service) showVerification(w http.ResponseWriter, r *http.Request) error {
	return s.renderVerification(w, r, http.StatusOK, ui.Form{}, "")
}

func (s *Service) postDeskCode(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	code, err := s.DeskCode(r.Context(), v)
	if err != nil {
		return err
	}
	return s.renderVerification(w, r, http.StatusOK, ui.Form{}, code)
}

func (s *Service) postRoll(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	err = s.VerifyByRoll(r.Context(), client(r), v, f.Value("iin"))
	if status, ours := again(err, &f, "iin"); ours {
		f.Values.Del("iin") // typed again rather than written into a page
		return s.renderVerification(w, r, status, f, "")
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/account/verification", ui.Good, "identity.verified")
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
	err = s.VerifyByProvider(r.Context(), v, q.Get("state"), q.Get("code"))
	var f ui.Form
	if status, ours := again(err, &f, "provider"); ours {
		return s.renderVerification(w, r, status, f, "")
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/account/verification", ui.Good, "identity.verified")
}
