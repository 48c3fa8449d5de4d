package organisations

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
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
	Action    string
}

func (s *Service) newEditPage(w http.ResponseWriter, r *http.Request, title string) editPage {
	p := editPage{Page: web.NewPage(w, r, title), Districts: s.districts(), Moderator: Moderates(web.Actor(r)),
		Form: ui.Form{Values: url.Values{}}, People: ui.Form{Values: url.Values{}}}
	p.Section, p.NoIndex, p.Crumbs = section, true, s.crumbs(web.L(r))
	return p
}

func (s *Service) pageNew(w http.ResponseWriter, r *http.Request) error {
	p := s.newEditPage(w, r, web.L(r).T("organisations.new_title"))
	p.Action = p.URL("/organisations/new")
	p.Form.Values.Set(string(fieldKind), NGO)
	p.Form.Values.Set(string(fieldStatus), Active)
	return web.Render(w, r, http.StatusOK, edit(p))
}

func (s *Service) postNew(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	typed := typedValues(f, func(Field) bool { return true })
	id, err := s.Create(r.Context(), web.Actor(r), typed, State(f.Value("state")))
	if err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) {
			p := s.newEditPage(w, r, web.L(r).T("organisations.new_title"))
			p.Action, p.Form = p.URL("/organisations/new"), f
			return edit(p), nil
		})
	}
	return web.See(w, r, PathOf(id), ui.Good, "organisations.saved")
}

// typedValues reads what a form says about the fields that may be edited. A list of boxes of
// which none is ticked sends nothing, and means empty.
func typedValues(f ui.Form, may func(Field) bool) map[Field]string {
	typed := map[Field]string{}
	for _, field := range fields {
		values, sent := f.Values[string(field)]
		if !may(field) || !sent && field != fieldThemes && field != fieldDistricts {
			continue
		}
		typed[field] = strings.Join(values, "; ")
	}
	return typed
}

func (s *Service) editable(w http.ResponseWriter, r *http.Request) (View, editPage, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return View{}, editPage{}, err
	}
	actor := web.Actor(r)
	v, err := s.Get(r.Context(), actor, id)
	if err != nil {
		return v, editPage{}, err
	}
	if !Moderates(actor) && !Speaks(actor, &v.Organisation) {
		return v, editPage{}, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	p := s.newEditPage(w, r, web.L(r).T("organisations.edit_title", "Name", v.Name))
	p.Of, p.Members, p.Action = &v.Organisation, v.People, p.URL(PathOf(id)+"/edit")
	p.Crumbs = s.crumbs(p.L, ui.Link{Text: p.L.Text(v.Name), Path: PathOf(id)})
	for _, f := range fields {
		p.Form.Values.Set(string(f), v.Get(f))
	}
	p.Form.Values[string(fieldThemes)], p.Form.Values[string(fieldDistricts)] = v.Themes, v.Organisation.Districts
	p.Form.Values.Set(string(fieldLinks), strings.Join(v.Links, "\n"))
	return v, p, nil
}

func (s *Service) pageEdit(w http.ResponseWriter, r *http.Request) error {
	_, p, err := s.editable(w, r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, edit(p))
}

func (s *Service) postEdit(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, p, err := s.editable(w, r)
	if err != nil {
		return err
	}
	typed := typedValues(f, func(field Field) bool { return MayEdit(web.Actor(r), &v.Organisation, field) })
	if err := s.Edit(r.Context(), web.Actor(r), v.ID, typed); err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) {
			p.Form = f
			return edit(p), nil
		})
	}
	return web.See(w, r, PathOf(v.ID), ui.Good, "organisations.saved")
}

func (s *Service) postPeople(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, p, err := s.editable(w, r)
	if err != nil {
		return err
	}
	if remove, ok := civic.ParseID(f.Value("remove")); ok {
		err = s.RemoveMember(r.Context(), web.Actor(r), v.ID, remove)
	} else {
		err = s.AddMember(r.Context(), web.Actor(r), v.ID, Membership{Person: f.Value("person"), Post: f.Text("post"), Since: Date(f.Value("since"))})
	}
	if err != nil {
		return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) {
			p.People = f
			return edit(p), nil
		})
	}
	return web.See(w, r, PathOf(v.ID)+"/edit", ui.Good, "organisations.saved")
}

func (s *Service) postVerify(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idOf(r, "id")
	if err != nil {
		return err
	}
	var verified []Field
	for _, v := range f.Values["field"] {
		verified = append(verified, Field(v))
	}
	if err := s.Verify(r.Context(), web.Actor(r), id, verified); err != nil {
		return err
	}
	return web.See(w, r, PathOf(id), ui.Good, "organisations.verified_notice")
}

func (s *Service) postState(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idOf(r, "id")
	if err != nil {
		return err
	}
	if err := s.SetState(r.Context(), web.Actor(r), id, State(f.Value("state"))); err != nil {
		return err
	}
	return web.See(w, r, PathOf(id), ui.Good, "organisations.saved")
}

func (s *Service) postHide(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idOf(r, "id")
	if err != nil {
		return err
	}
	if err := s.HideRevision(r.Context(), web.Actor(r), id, civic.ID(f.Value("revision")), f.Value("hidden") == "yes"); err != nil {
		return err
	}
	return web.See(w, r, PathOf(id)+"/history", ui.Good, "organisations.saved")
}
