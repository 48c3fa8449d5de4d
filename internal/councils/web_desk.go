package councils

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func sendPath(r Recommendation) string {
	return deskPath(r.Council) + "/recommendations/" + string(r.ID) + "/send"
}

type deskPage struct {
	page
	Councils []Council
	NextTo   string
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	p := deskPage{page: s.newPageOf(w, r, web.L(r).T("councils.nav_desk"))}
	p.NoIndex = true
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, next, err := s.worked(tx, p.Actor, r.URL.Query().Get("after"))
		if p.Councils = all; next != "" {
			p.NextTo = p.With("after", next)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

// workPage is what the pages of a council's work share. Permission: part.MayWork.
func (s *Service) workPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p onePage, err error) {
	if !part.MayWork(web.Actor(r), Ref(pathID(r))) {
		return p, notYours()
	}
	if p, err = s.onePage(w, r); err != nil {
		return p, err
	}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: p.T("councils.nav_desk"), Path: "/desk/councils"}}
	if p.SetName(p.Name); title != "" {
		p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(p.ID), p.Name))
		p.SetTitle(title)
	}
	return p, nil
}

func (s *Service) showWork(w http.ResponseWriter, r *http.Request) error {
	p, err := s.workPage(w, r, "", ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, workView(p))
}

// bodies are the state bodies as a form offers them.
func (s *Service) bodies(r *http.Request, none string) (out []ui.Option, err error) {
	l := web.L(r)
	out = []ui.Option{{Label: l.T(none)}}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.city.Organisations.Bodies(tx)
		for _, b := range all {
			label, lang := b.Name.In(l.Lang())
			out = append(out, ui.Option{Value: string(b.ID), Label: label, Lang: lang})
		}
		return err
	})
	return out, err
}

type newCouncilPage struct {
	page
	Kinds, Bodies, Parents []ui.Option
}

// newCouncil is what the pages share on which a council is put on the list.
func (s *Service) newCouncil(w http.ResponseWriter, r *http.Request, f ui.Form) (p newCouncilPage, err error) {
	p = newCouncilPage{page: s.newPageOf(w, r, web.L(r).T("councils.new"))}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: p.T("councils.nav_desk"), Path: "/desk/councils"}}
	if p.Bodies, err = s.bodies(r, "councils.choose"); err != nil {
		return p, err
	}
	option := func(value string, name civic.Text) ui.Option {
		label, lang := p.Words(name)
		return ui.Option{Value: value, Label: label, Lang: lang}
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		known, err := forms(tx)
		for _, kind := range known {
			p.Kinds = append(p.Kinds, option(string(kind.Code), kind.Name))
		}
		if err != nil {
			return err
		}
		all, err := list(tx, offered+1)
		if err != nil {
			return err
		}
		if p.Parents = nil; len(all) <= offered { // of more, one is named by its address
			p.Parents = []ui.Option{{Label: p.T("councils.no_parent")}}
			for _, c := range all {
				p.Parents = append(p.Parents, option(string(c.ID), c.Name))
			}
			return nil
		}
		if named := parentOf(f); named != "" {
			c, there, err := storage.Found(find(tx, named))
			if there {
				p.Parents = []ui.Option{option(string(c.ID), c.Name)}
			}
			return err
		}
		return nil
	})
	return p, err
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newCouncil(w, r, f)
	return newView(p), err
}

func (s *Service) found(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Found(r.Context(), web.Actor(r), s.typedCouncil(f))
	return web.Done(deskPath(id), "councils.founded"), err
}

// foundCheck shows a council as everybody will read it before it is put on the list, where it stays.
func (s *Service) foundCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if _, err := s.found(w, r.WithContext(storage.Rehearsal(r.Context())), f); err != nil {
		return nil, err
	}
	p, err := s.newCouncil(w, r, f)
	c := s.typedCouncil(f)
	for among, chosen := range map[*[]ui.Option]string{&p.Kinds: string(c.Form), &p.Bodies: string(c.Body), &p.Parents: string(c.Parent)} {
		*among = slices.DeleteFunc(*among, func(o ui.Option) bool { return o.Value == "" || o.Value != chosen })
	}
	c.Scope = p.City.Known(c.Scope)
	return foundCheckView(p, c), err
}

func (s *Service) typedCouncil(f ui.Form) Council {
	return Council{Form: Form(f.Value("form")), Name: f.Text("name"), About: f.Text("about"), Body: civic.ID(f.Value("body")),
		Law: strings.TrimSpace(f.Value("law")), Regulation: strings.TrimSpace(f.Value("regulation")), Size: f.Whole("size"), Parent: parentOf(f), Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")}, Since: f.Day("since", s.city.Settings.Zone()), Until: f.Day("until", s.city.Settings.Zone())}
}

// parentOf is the council that was chosen, or whose page was named.
func parentOf(f ui.Form) civic.ID { return lastOf(f.Value("parent")) }

// lastOf is the id at the end of an address, or the id itself.
func lastOf(typed string) civic.ID {
	typed = strings.TrimRight(strings.TrimSpace(typed), "/")
	return civic.ID(typed[strings.LastIndexByte(typed, '/')+1:])
}

const kindsPath = "/desk/councils/kinds"

type kindsPage struct {
	page
	Known []FormName
}

// kindsPage is the kinds of councils, to which one may be added.
func (s *Service) kindsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := kindsPage{page: s.newPageOf(w, r, web.L(r).T("councils.kinds"))}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: p.T("councils.nav_desk"), Path: "/desk/councils"}}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		p.Known, err = forms(tx)
		return err
	})
	return kindsView(p), err
}

func (s *Service) addKind(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(kindsPath, "councils.kind_added"), s.AddForm(r.Context(), web.Actor(r), f.Text("name"))
}

type kindPage struct {
	page
	Kind FormName
}

// kindPage is where a kind gets another name.
func (s *Service) kindPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := kindPage{page: s.newPageOf(w, r, web.L(r).T("councils.rename_kind"))}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: p.T("councils.nav_desk"), Path: "/desk/councils"}, {Text: p.T("councils.kinds"), Path: kindsPath}}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		known, err := forms(tx)
		i := slices.IndexFunc(known, func(o FormName) bool { return string(o.Code) == r.PathValue("kind") })
		if err == nil && i < 0 {
			err = notThere()
		}
		if err != nil {
			return err
		}
		p.Kind = known[i]
		return nil
	})
	if len(p.Form.Values) == 0 {
		p.Form.Values = map[string][]string{}
		for lang, name := range p.Kind.Name {
			p.Form.Values.Set("name."+string(lang), name)
		}
	}
	return kindView(p), err
}

func (s *Service) renameKind(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(kindsPath, "councils.kind_renamed"), s.RenameForm(r.Context(), web.Actor(r), Form(r.PathValue("kind")), f.Text("name"))
}

func (s *Service) seatPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.new_seat", f)
	if err != nil {
		return nil, err
	}
	return seatView(p), nil
}

func (s *Service) seat(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	seat, err := s.typedSeat(r, f)
	if err != nil {
		return web.Next{}, err
	}
	_, err = s.Seat(r.Context(), web.Actor(r), seat)
	return web.Done(deskPath(seat.Council), "councils.seated"), err
}

// seatCheck shows a member as everybody will read of them, for the act stays in the record.
func (s *Service) seatCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.new_seat", f)
	if err != nil {
		return nil, err
	}
	seat, err := s.typedSeat(r, f)
	if err != nil {
		return nil, err
	}
	if _, err := s.Seat(storage.Rehearsal(r.Context()), web.Actor(r), seat); err != nil {
		return nil, err
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		p.Names, err = s.city.Organisations.Named(tx, []civic.ID{seat.Organisation})
		return err
	})
	p.Attendance = nil
	return seatCheckView(p, seat), err
}

// typedSeat is the member that was typed. Errors: civic.Invalid with "organisation".
func (s *Service) typedSeat(r *http.Request, f ui.Form) (Seat, error) {
	seat := Seat{Council: pathID(r), Name: strings.TrimSpace(f.Value("name")), Post: Post(f.Value("post")), Side: Side(f.Value("side")), Commission: f.Text("commission"),
		Since: f.Day("since", s.city.Settings.Zone()), Until: f.Day("until", s.city.Settings.Zone()), Sex: Sex(f.Value("sex"))}
	if f.Value("born") != "" {
		seat.Born = f.Whole("born")
	}
	if d, known := s.city.Settings.Current().District(f.Value("district")); known {
		seat.District = d.Code
	}
	bin := strings.TrimSpace(f.Value("organisation"))
	if bin != "" {
		id, err := s.organisation(r, bin)
		if err != nil {
			return seat, err
		}
		seat.Organisation = id
	}
	return seat, nil
}

// organisation finds the entry of the register whose address or id was typed.
func (s *Service) organisation(r *http.Request, typed string) (id civic.ID, err error) {
	id = lastOf(typed)
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		named, err := s.city.Organisations.Named(tx, []civic.ID{id})
		if _, known := named[id]; err == nil && !known {
			err = civic.Wrong("organisation", "councils.organisation_wrong")
		}
		return err
	})
	return id, err
}

type endPage struct {
	onePage
	Seat Seat
}

func (s *Service) endPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.end_seat", f)
	if err != nil {
		return nil, err
	}
	for _, seat := range append(p.Members, p.Former...) {
		if string(seat.ID) == r.PathValue("seat") {
			return endView(endPage{p, seat}), nil
		}
	}
	return nil, notThere()
}

func (s *Service) end(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "councils.ended"), s.EndSeat(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("seat")), f.Day("until", s.city.Settings.Zone()))
}

func (s *Service) sendCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "councils.send", f)
	if err != nil {
		return nil, err
	}
	v, err := s.ShowRecommendation(r.Context(), p.ID, civic.ID(r.PathValue("recommendation")))
	if err == nil && !v.SentAt.IsZero() {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	return sendView(p, v.Listed), nil
}

func (s *Service) send(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	rec := Recommendation{ID: civic.ID(r.PathValue("recommendation")), Council: pathID(r)}
	return web.Done(rec.path(), "councils.sent"), s.Send(r.Context(), web.Actor(r), rec.Council, rec.ID)
}
