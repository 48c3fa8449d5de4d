package organisations

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type editPage struct {
	ui.Page
	Form      ui.Form
	People    ui.Form
	Members   []Membership
	Of        *Organisation // nil: a new entry
	Districts []District
	Moderator bool
	Action    string // where the form is sent
	Places    *places.Service
}

func (s *Service) newEditPage(w http.ResponseWriter, r *http.Request, title string) editPage {
	p := editPage{Page: web.NewPage(w, r, title), Districts: s.districts(), Moderator: Moderates(web.Actor(r)), Places: s.places,
		Form: ui.Form{Values: url.Values{}}, People: ui.Form{Values: url.Values{}}}
	p.NoIndex, p.Crumbs = true, s.crumbs(web.L(r))
	return p
}

func (s *Service) pageNew(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := s.newEditPage(w, r, web.L(r).T("organisations.new_title"))
	p.Action, p.Form = "/organisations/new", f
	if !f.Sent {
		p.Form.Values.Set(string(fieldKind), NGO)
		p.Form.Values.Set(string(fieldStatus), Active)
	}
	return edit(p), nil
}

func (s *Service) create(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if picked, err := s.places.Picked(r, f, string(fieldPoint), string(fieldAddress)); picked || err != nil {
		return web.SamePage(w, r, f, s.pageNew, err)
	}
	typed := typedValues(f, func(Field) bool { return true })
	id, err := s.Create(r.Context(), web.Actor(r), typed, State(f.Value("state")))
	return web.Done(PathOf(id), "organisations.saved"), err
}

// typedValues reads what a form says about the fields that may be edited. A list of boxes of
// which none is ticked sends nothing, and means empty.
func typedValues(f ui.Form, may func(Field) bool) map[Field]string {
	typed := map[Field]string{}
	for _, field := range fields {
		values, sent := f.Values[string(field)]
		if !may(field) || !sent && declaredFields[field].shape != someCodes {
			continue
		}
		typed[field] = strings.Join(values, "; ")
	}
	return typed
}

// editable is the organisation of the address, for somebody who may edit something of it.
func (s *Service) editable(r *http.Request) (View, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return View{}, err
	}
	actor := web.Actor(r)
	v, err := s.Get(r.Context(), actor, id)
	if err == nil && !Moderates(actor) && !Speaks(actor, &v.Organisation) {
		err = civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return v, err
}

// editPage is filled with what the register says.
func (s *Service) editPage(w http.ResponseWriter, r *http.Request) (editPage, error) {
	v, err := s.editable(r)
	if err != nil {
		return editPage{}, err
	}
	p := s.newEditPage(w, r, "")
	p.SetTitle("organisations.edit_title", "Name", v.Name)
	p.Of, p.Members, p.Action = &v.Organisation, v.People, PathOf(v.ID)+"/edit"
	p.Crumbs = s.crumbs(p.L, p.LinkTo(PathOf(v.ID), v.Name))
	for _, f := range fields {
		value := v.Organisation.Get(f)
		switch declaredFields[f].shape {
		case someCodes:
			p.Form.Values[string(f)] = splitList(value)
		case someLinks:
			p.Form.Values.Set(string(f), strings.Join(splitList(value), "\n"))
		default:
			p.Form.Values.Set(string(f), value)
		}
	}
	return p, nil
}

var formOrder = listed(func(d *declaration) int { return d.form })

// asked are the fields that the form asks whoever it is shown to.
func (p editPage) asked() []*declaration {
	if p.Moderator {
		return formOrder
	}
	return slices.DeleteFunc(slices.Clone(formOrder), func(d *declaration) bool { return d.official })
}

func (p editPage) field(d *declaration) ui.FieldProps {
	f := ui.FieldProps{Name: d.name, Label: p.T("organisations.field_" + d.name), Required: d.always, Max: d.max}
	switch d.shape {
	case anIdentifier:
		f.Hint, f.Required = p.T("organisations.identifier_hint"), false // left empty, the register gives one
	case aDate:
		f.Hint, f.Short = p.T("organisations.date_hint"), true
	case anEmail:
		f.Type = "email"
	case aPhone:
		f.Type = "tel"
	case aLink:
		f.Hint = p.T("organisations.website_hint")
	case someLinks:
		f.Hint, f.Rows = p.T("organisations.links_hint"), 3
	}
	return f
}

// options are the codes among which a field chooses, and none of them where it may be empty.
func (p editPage) options(d *declaration) []ui.Option {
	none := ""
	if d.shape == aCode && !d.always {
		none = p.T("organisations.not_said")
	}
	return options(p.L, d.list(p.Districts), none)
}

func (s *Service) pageEdit(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.editPage(w, r)
	if f.Sent {
		p.Form = f
	}
	return edit(p), err
}

func (s *Service) edit(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if picked, err := s.places.Picked(r, f, string(fieldPoint), string(fieldAddress)); picked || err != nil {
		return web.SamePage(w, r, f, s.pageEdit, err)
	}
	v, err := s.editable(r)
	if err != nil {
		return web.Next{}, err
	}
	typed := typedValues(f, func(field Field) bool { return MayEdit(web.Actor(r), &v.Organisation, field) })
	return web.Done(PathOf(v.ID), "organisations.saved"), s.Edit(r.Context(), web.Actor(r), v.ID, typed)
}

func (s *Service) pagePeople(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.editPage(w, r)
	p.People = f
	return edit(p), err
}

func (s *Service) addPerson(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return web.Next{}, err
	}
	m := Membership{Person: f.Value("person"), Post: f.Text("post"), Since: Date(f.Value("since"))}
	return web.Done(PathOf(id)+"/edit", "organisations.saved"), s.AddMember(r.Context(), web.Actor(r), id, m)
}

func (s *Service) removePerson(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(PathOf(id)+"/edit", "organisations.saved"), s.RemoveMember(r.Context(), web.Actor(r), id, civic.ID(f.Value("member")))
}

func (s *Service) verify(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return web.Next{}, err
	}
	var verified []Field
	for _, v := range f.Values["field"] {
		verified = append(verified, Field(v))
	}
	return web.Done(PathOf(id), "organisations.verified_notice"), s.Verify(r.Context(), web.Actor(r), id, verified)
}

func (s *Service) setState(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(PathOf(id), "organisations.saved"), s.SetState(r.Context(), web.Actor(r), id, State(f.Value("state")))
}

func (s *Service) hide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return web.Next{}, err
	}
	err = s.HideRevision(r.Context(), web.Actor(r), id, civic.ID(f.Value("revision")), f.Value("hidden") == "yes")
	return web.Done(PathOf(id)+"/history", "organisations.saved"), err
}
