package identity

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) deskPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	f.Values.Del("iin") // typed again rather than written into a page
	p := page(w, r, "identity.desk_title")
	return deskPage(p, f, s.city.Current().DistrictOptions(p, "identity.district_unsaid")), nil
}

func (s *Service) verifyAtDesk(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done("/desk/verification", "identity.desk_done"), s.VerifyAtDesk(r.Context(), web.Actor(r), f.Value("code"), f.Value("iin"), f.Value("district"))
}

func (s *Service) peoplePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	list, err := s.Accounts(r.Context(), web.Actor(r), before)
	return peoplePage(page(w, r, "identity.people_title"), f, list, before != ""), err
}

// findPerson goes to the account of an address. It is sent as a form: addresses stay out of URLs.
func (s *Service) findPerson(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.FindAccount(r.Context(), web.Actor(r), f.Value("email"))
	return web.On("/desk/people/" + string(id)), err
}

func personOf(r *http.Request) (civic.ID, error) {
	id, ok := civic.ParseID(r.PathValue("id"))
	if !ok {
		return "", civic.Fail(civic.NotFound, "identity.account_missing")
	}
	return id, nil
}

func (s *Service) personPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	id, err := personOf(r)
	if err != nil {
		return nil, err
	}
	person, err := s.Person(r.Context(), web.Actor(r), id)
	if err != nil {
		return nil, err
	}
	p := page(w, r, "identity.people_title")
	p.Title = person.Account.Name
	p.Crumbs = []ui.Link{{Text: web.L(r).T("identity.people_title"), Path: "/desk/people"}}
	return personPage(p, s.declared.Roles(), f, person), nil
}

// changePerson runs one act on an account from its desk page.
func (s *Service) changePerson(r *http.Request, done string, deed func(civic.ID) error) (web.Next, error) {
	id, err := personOf(r)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done("/desk/people/"+string(id), done), deed(id)
}

// heldGrant reads the role that a button takes away, as it is held: also one of a part that the
// program no longer has.
func heldGrant(f ui.Form) civic.Grant {
	g := civic.Grant{Role: civic.Role(f.Value("role"))}
	g.Scope, _ = civic.ParseRef(f.Value("scope"))
	return g
}

// chosenGrant reads the role of a form; a thing chosen for a role of the whole city is left out.
func (s *Service) chosenGrant(f ui.Form) civic.Grant {
	g := heldGrant(f)
	if role, _ := s.declared.Roles().Get(g.Role); role.Scope == "" {
		g.Scope = civic.Ref{}
	}
	return g
}

// termOf reads the first and the last day of a form, in the city's time.
func termOf(f ui.Form, zone *time.Location) (from, until time.Time, p civic.Problems) {
	day := func(field string) (t time.Time) {
		if f.Value(field) == "" {
			return t
		}
		t, err := time.ParseInLocation(time.DateOnly, f.Value(field), zone)
		if err != nil || t.Year() < 2000 || t.Year() > 2200 {
			p.Add(field, "identity.day_wrong")
			return time.Time{}
		}
		return t
	}
	from = day("from")
	if until = day("until"); !until.IsZero() {
		until = until.AddDate(0, 0, 1)
	}
	return from, until, p
}

// grantOf reads the role of a form with its term. When a day cannot be read, all that is wrong with
// the role is said at once.
func (s *Service) grantOf(r *http.Request, f ui.Form) (g civic.Grant, err error) {
	g = s.chosenGrant(f)
	var problems civic.Problems
	if g.From, g.Until, problems = termOf(f, web.L(r).Zone()); len(problems) > 0 {
		checkGrant(&problems, s.declared.Roles(), g, s.db.Now())
	}
	return g, problems.Err()
}

func (s *Service) grant(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.changePerson(r, "identity.granted", func(id civic.ID) error {
		g, err := s.grantOf(r, f)
		if err != nil {
			return err
		}
		return s.Grant(r.Context(), web.Actor(r), id, g)
	})
}

func (s *Service) revoke(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return s.changePerson(r, "identity.revoked", func(id civic.ID) error { return s.Revoke(r.Context(), web.Actor(r), id, heldGrant(f)) })
}

func (s *Service) signOutPerson(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return s.changePerson(r, "identity.person_signed_out", func(id civic.ID) error { return s.SignOutPerson(r.Context(), web.Actor(r), id) })
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
	return web.Render(w, r, http.StatusOK, auditPage(p, s.declared.Roles(), f, list))
}

// actName tells an act in words; of a capability that this program no longer has, its name.
func actName(p ui.Page, act string) string {
	if key := part.DidKey(act); p.L.Has(key) {
		return p.T(key)
	}
	return act
}

// details tell what sets an act apart from others of its kind, in a fixed order.
func details(p ui.Page, roles part.Roles, list ActPage, e audit.Entry) (out []civic.Text) {
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		value := e.Detail[name]
		words := part.Owner(e.Act) + "." + name + "_" + value // as "consultations.state_removed"
		instant, notTime := time.Parse(time.RFC3339, value)
		ref, _ := civic.ParseRef(value)
		scope, known := list.Subjects[ref]
		switch {
		case value == "":
			continue
		case name == "role":
			value = roleName(p, roles, civic.Role(value))
		case name == "method":
			value = methodName(p, Method(value))
		case slices.Contains(named, name) && known:
			out = append(out, scope.Title)
			continue
		case name == "venue":
		case name == "people":
			count, _ := strconv.Atoi(value)
			value = p.T("identity.venue_people_count", "Count", count)
		case name == "statement":
			value = "№ " + value
		case name == "from" && notTime == nil:
			value = termText(p, instant, time.Time{})
		case name == "until" && notTime == nil:
			value = termText(p, time.Time{}, instant)
		case notTime == nil:
			value = p.L.DateTime(instant)
		case p.L.Has(words):
			value = p.T(words)
		default:
			value = name + ": " + value
		}
		out = append(out, civic.Text{p.L.Lang(): value})
	}
	return out
}
