package delivery

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type deskPage struct {
	page
	Items []Listed
	Today string
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskPage{page: s.pageOf(w, r, "delivery.nav_desk")}
	p.Lede, p.Today = p.T("delivery.nav_desk_lede"), p.Now.Format("2006-01-02")
	if p.Items, err = s.Desk(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

// deskPageOf is a work for those who run it. Errors: civic.Forbidden.
func (s *Service) deskPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (onePage, error) {
	p, err := s.onePageOf(w, r, f)
	if err == nil && !p.MayRun {
		err = notYours()
	}
	p.Crumbs = []ui.Link{{Text: p.T("delivery.nav_desk"), Path: deskRoot}}
	return p, err
}

func (s *Service) showDeskOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.deskPageOf(w, r, ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskOneView(p))
}

// possible says of each form of the desk whether it can be sent now.
func (p onePage) possible(what string) bool {
	running := p.State == Promised || p.State == Contracted
	switch what {
	case "contract", "milestone", "delay", "drop":
		return running
	case "payment":
		return len(p.Contracts) > 0 && p.State != Dropped
	case "answer":
		return p.State == Disputed
	}
	return false
}

// formPage is the page of one of the desk's forms.
func (s *Service) formPage(what string) web.Show {
	return func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
		p, err := s.deskPageOf(w, r, f)
		if err == nil && !f.Sent && !p.possible(what) {
			err = notNow()
		}
		if err != nil {
			return nil, err
		}
		p.What, p.Crumbs = what, append(p.Crumbs, p.LinkTo(deskPath(p.ID), p.View.Title.Title))
		p.SetTitle("delivery.do_" + what)
		return deskFormView(p), nil
	}
}

func sum(f ui.Form) civic.Money {
	m, _ := civic.ParseMoney(f.Value("sum")) // what is no amount is 0, which is refused with the words for that
	return m
}

func back(r *http.Request, notice string) web.Next { return web.Done(deskPath(pathID(r)), notice) }

// formCheck shows what everybody will see of what a form does, before it is done.
func (s *Service) formCheck(what string, do func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error)) web.Show {
	return func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
		p, err := s.deskPageOf(w, r, f)
		if err == nil {
			_, err = do(w, r.WithContext(storage.Rehearsal(r.Context())), f)
		}
		if err != nil {
			return nil, err
		}
		p.What, p.Crumbs = what, append(p.Crumbs, p.LinkTo(deskPath(p.ID), p.View.Title.Title))
		p.SetTitle("delivery.do_" + what)
		return deskCheckView(p), nil
	}
}

func (s *Service) contract(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c := Contract{Number: strings.TrimSpace(f.Value("number")), With: strings.TrimSpace(f.Value("with")), BIN: strings.TrimSpace(f.Value("bin")), Sum: sum(f), Signed: f.Value("signed")}
	return back(r, "delivery.done_contract"), s.Contract(r.Context(), web.Actor(r), pathID(r), c, f.Text("why"))
}

func (s *Service) plan(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "delivery.done_milestone"), s.Plan(r.Context(), web.Actor(r), pathID(r), Milestone{Name: f.Text("name"), Due: f.Value("due")})
}

func (s *Service) reach(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return back(r, "delivery.done_reached"), s.Reach(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("milestone")))
}

func (s *Service) delay(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "delivery.done_delay"), s.Delay(r.Context(), web.Actor(r), pathID(r), f.Value("due"), f.Text("why"))
}

func (s *Service) pay(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "delivery.done_payment"), s.Pay(r.Context(), web.Actor(r), pathID(r), strings.TrimSpace(f.Value("number")), sum(f))
}

func (s *Service) finishCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.deskPageOf(w, r, f)
	if err == nil {
		_, err = p.may(Finish)
	}
	p.SetTitle("delivery.do_finish")
	return finishView(p), err
}

func (s *Service) finish(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return back(r, "delivery.done_finish"), s.Finish(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) mend(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "delivery.done_answer"), s.Mend(r.Context(), web.Actor(r), pathID(r), f.Text("words"))
}

func (s *Service) drop(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return back(r, "delivery.done_drop"), s.Drop(r.Context(), web.Actor(r), pathID(r), f.Text("why"))
}

func milestoneRef(id civic.ID) civic.Ref { return civic.Ref{Kind: KindMilestone, ID: id} }

// orderOf is the number of a payment order.
func orderOf(once string) string { return strings.TrimPrefix(once, "paid:") }

// difference says by how much it is dearer or cheaper than promised.
func difference(p ui.Page, w Work) string {
	switch more := w.Sum() - w.Cost; {
	case more > 0:
		return " (+" + p.L.Money(more) + ")"
	case more < 0:
		return " (−" + p.L.Money(-more) + ")"
	}
	return ""
}
