package identity

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, deskPage(page(w, r, "identity.desk_title"), ui.Form{}))
}

func (s *Service) postDesk(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	err = s.VerifyAtDesk(r.Context(), web.Actor(r), f.Value("code"), f.Value("iin"))
	field := "iin"
	if civic.CodeOf(err) == civic.Closed {
		field = "code"
	}
	if status, ours := again(err, &f, field); ours {
		f.Values.Del("iin") // typed again rather than written into a page
		return web.Render(w, r, status, deskPage(page(w, r, "identity.desk_title"), f))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/verification", ui.Good, "identity.desk_done")
}

func (s *Service) showPeople(w http.ResponseWriter, r *http.Request) error {
	return s.renderPeople(w, r, http.StatusOK, ui.Form{})
}

func (s *Service) renderPeople(w http.ResponseWriter, r *http.Request, status int, f ui.Form) error {
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	list, err := s.Accounts(r.Context(), web.Actor(r), before)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, peoplePage(page(w, r, "identity.people_title"), f, list, before != ""))
}

// findPerson goes to the account of an address. It is a POST: addresses stay out of URLs.
func (s *Service) findPerson(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := s.FindAccount(r.Context(), web.Actor(r), f.Value("email"))
	if status, ours := again(err, &f, "email"); ours {
		return s.renderPeople(w, r, status, f)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+string(id), ui.Info, "")
}

func (s *Service) renderPerson(w http.ResponseWriter, r *http.Request, status int, f ui.Form) error {
	id, ok := civic.ParseID(r.PathValue("id"))
	if !ok {
		return civic.Fail(civic.NotFound, "identity.account_missing")
	}
	person, err := s.Person(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	p := page(w, r, "identity.people_title")
	p.Title = person.Account.Name
	p.Path = "/desk/people/" + string(id)
	p.Crumbs = []ui.Link{{Text: web.L(r).T("identity.people_title"), Path: "/desk/people"}}
	return web.Render(w, r, status, personPage(p, f, person))
}

func (s *Service) showPerson(w http.ResponseWriter, r *http.Request) error {
	return s.renderPerson(w, r, http.StatusOK, ui.Form{})
}

// change runs one act on an account from its desk page.
func (s *Service) change(w http.ResponseWriter, r *http.Request, done string, deed func(civic.ID, ui.Form) error) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, ok := civic.ParseID(r.PathValue("id"))
	if !ok {
		return civic.Fail(civic.NotFound, "identity.account_missing")
	}
	err = deed(id, f)
	if status, ours := again(err, &f, "role"); ours {
		return s.renderPerson(w, r, status, f)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+string(id), ui.Good, done)
}

func grantOf(f ui.Form) civic.Grant {
	g := civic.Grant{Role: civic.Role(f.Value("role"))}
	if scoped(g.Role) {
		g.Scope, _ = civic.ParseID(f.Value("scope"))
	}
	return g
}

func (s *Service) postGrant(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, "identity.granted", func(id civic.ID, f ui.Form) error {
		return s.Grant(r.Context(), web.Actor(r), id, grantOf(f))
	})
}

func (s *Service) postRevoke(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, "identity.revoked", func(id civic.ID, f ui.Form) error {
		return s.Revoke(r.Context(), web.Actor(r), id, grantOf(f))
	})
}

func (s *Service) postSignOutPerson(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, "identity.person_signed_out", func(id civic.ID, _ ui.Form) error {
		return s.SignOutPerson(r.Context(), web.Actor(r), id)
	})
}

// showAudit lists privileged acts. Each act, person and thing in it is a link that narrows
// the list to it.
func (s *Service) showAudit(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := audit.Filter{Act: q.Get("act"), Subject: civic.Ref{Kind: q.Get("kind")}}
	f.Before, _ = civic.ParseID(q.Get("before"))
	f.Account, _ = civic.ParseID(q.Get("account"))
	f.Subject.ID, _ = civic.ParseID(q.Get("id"))
	list, err := s.Acts(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	p := page(w, r, "identity.audit_title")
	p.Wide = true
	return web.Render(w, r, http.StatusOK, auditPage(p, f, list))
}

// actName tells an act in words: "organisations.claim.accept" is the message
// "organisations.act_claim_accept" of the capability whose act it is.
func actName(p ui.Page, act string) string {
	capability, rest, _ := strings.Cut(act, ".")
	if key := capability + ".act_" + strings.ReplaceAll(rest, ".", "_"); p.L.Has(key) {
		return p.T(key)
	}
	if p.L.Has(act) { // an act may also be named by its message
		return p.T(act)
	}
	return act
}

// detailText tells what sets an act apart from others of its kind, in a fixed order.
func detailText(p ui.Page, list ActPage, e audit.Entry) string {
	var parts []string
	capability, _, _ := strings.Cut(e.Act, ".")
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		value := e.Detail[name]
		words := capability + "." + name + "_" + value // as "consultations.rule_insult"
		instant, notTime := time.Parse(time.RFC3339, value)
		scope, known := list.Subjects[civic.Ref{Kind: scopeKind, ID: civic.ID(value)}]
		switch {
		case value == "":
			continue
		case name == "role" && p.L.Has("identity.role_"+value):
			value = p.T("identity.role_" + value)
		case name == "way":
			value = wayName(p, Way(value))
		case name == "scope" && known:
			value = p.L.Text(scope.Title)
		case name == "statement":
			value = "№ " + value
		case notTime == nil:
			value = p.L.DateTime(instant)
		case p.L.Has(words):
			value = p.T(words)
		default:
			value = name + ": " + value
		}
		parts = append(parts, value)
	}
	return strings.Join(parts, " · ")
}
