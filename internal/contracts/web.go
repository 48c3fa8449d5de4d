package contracts

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const onePattern = root + "/{id}"

func (s *Service) routes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne}, // not kept: what is late changes with the day, and what can be done with who asks
	}, web.Forms(
		web.Form{Pattern: onePattern + "/sign", Access: web.Hosts, Show: s.signPage, Check: s.signCheck, Do: s.sign},
		web.Form{Pattern: onePattern + "/pay", Page: onePattern, Access: web.Hosts, Check: s.payCheck, Do: s.pay, Button: true},
		web.Form{Pattern: onePattern + "/reports/{report}", Access: web.Hosts, Show: s.reportPage, Do: s.file},
		web.Form{Pattern: onePattern + "/reports/{report}/take", Access: web.Hosts, Show: s.takePage, Do: s.take},
		web.Form{Pattern: onePattern + "/return", Access: web.Hosts, Show: s.returnPage, Do: s.giveBack},
		web.Form{Pattern: onePattern + "/drop", Access: web.Hosts, Show: s.dropPage, Do: s.drop},
		web.Form{Pattern: onePattern + "/close", Access: web.Hosts, Show: s.closePage, Do: s.close},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

type onePage struct {
	ui.Page
	View
	Form   ui.Form
	Cal    civic.Calendar
	Report Report

	BackDays int // working days for a report that is given back
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, f ui.Form, title string) (p onePage, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	p = onePage{Page: web.NewPage(w, r, ""), View: v, Form: f, Cal: s.city.Calendar(), BackDays: int(s.city.Value("contracts.back_days"))}
	if book := v.Names[v.Book]; book.Path != "" {
		p.Crumbs = []ui.Link{p.LinkTo(book.Path, book.Title)}
	}
	if p.SetName(civic.Everywhere(v.Title)); title != "" {
		p.Crumbs = append(p.Crumbs, p.LinkTo(Path(v.ID), civic.Everywhere(v.Title)))
		p.SetTitle(title)
	}
	return p, err
}

// giving is a page for who gives the money, in a state.
func (s *Service) giving(w http.ResponseWriter, r *http.Request, f ui.Form, title string, in State) (onePage, error) {
	p, err := s.page(w, r, f, title)
	if err == nil && !p.Gives(p.Actor) {
		err = notThere()
	}
	if err == nil && p.State != in {
		err = notNow()
	}
	return p, err
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(w, r, ui.Form{}, "")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

func (s *Service) signPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.giving(w, r, f, "contracts.sign", Draft)
	return signView(p), err
}

// typed reads instalments ("900000 Planting", one a line) and days ("2026-05-01", one a line).
func (s *Service) typed(f ui.Form) (parts []Instalment, days []time.Time, err error) {
	var p civic.Problems
	for line := range strings.Lines(f.Value("parts")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		sum, what, _ := strings.Cut(line, ";")
		amount, ok := civic.ParseMoney(strings.TrimSpace(sum))
		if !ok {
			p.Add("parts", "contracts.part_wrong")
			break
		}
		parts = append(parts, Instalment{What: strings.TrimSpace(what), Amount: amount})
	}
	for line := range strings.Lines(f.Value("reports")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, line, s.city.Zone())
		if err != nil {
			p.Add("reports", "contracts.day_wrong")
			break
		}
		days = append(days, civic.EndOf(day))
	}
	return parts, days, p.Err()
}

func (s *Service) signCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.giving(w, r, f, "contracts.sign", Draft)
	if err != nil {
		return nil, err
	}
	parts, days, err := s.typed(f)
	if err == nil {
		err = p.plan(parts, days, p.Now).Err()
	}
	p.Parts = parts
	for _, day := range days {
		p.Reports = append(p.Reports, Report{Due: day})
	}
	return signCheckView(p), err
}

func (s *Service) sign(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	parts, days, err := s.typed(f)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(Path(pathID(r)), "contracts.signed"), s.Sign(r.Context(), web.Actor(r), pathID(r), parts, days)
}

func (s *Service) payCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.giving(w, r, f, "contracts.pay", Running)
	if i := f.Whole("part"); err == nil && (i < 0 || i >= len(p.Parts)) {
		err = notThere()
	}
	return payView(p), err
}

func (s *Service) pay(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "contracts.paid"), s.Pay(r.Context(), web.Actor(r), pathID(r), f.Whole("part"))
}

// report is a page about one report.
func (s *Service) report(w http.ResponseWriter, r *http.Request, f ui.Form, title string) (onePage, error) {
	p, err := s.page(w, r, f, title)
	if err != nil {
		return p, err
	}
	for _, one := range p.Reports {
		if one.ID == civic.ID(r.PathValue("report")) {
			p.Report = one
			return p, nil
		}
	}
	return p, notThere()
}

func (s *Service) reportPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.report(w, r, f, "contracts.report")
	if err == nil && !p.Takes(p.Actor) {
		err = notThere()
	}
	if err == nil && (!p.Report.FiledAt.IsZero() || p.State != Running) {
		err = notNow()
	}
	if !f.Sent {
		f.Values.Set("said", p.Report.Said)
	}
	return reportView(p), err
}

func (s *Service) file(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	in := Filed{Said: strings.TrimSpace(f.Value("said")), Helped: f.Whole("helped")}
	var ok bool
	if in.Spent, ok = civic.ParseMoney(f.Value("spent")); !ok {
		in.Spent = -1
	}
	return web.Done(Path(pathID(r)), "contracts.filed"), s.File(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("report")), in)
}

func (s *Service) takePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.report(w, r, f, "contracts.report")
	if err == nil && !p.Gives(p.Actor) {
		err = notThere()
	}
	if err == nil && (p.Report.FiledAt.IsZero() || !p.Report.TakenAt.IsZero() || p.State != Running) {
		err = notNow()
	}
	return takeView(p), err
}

func (s *Service) take(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	back := strings.TrimSpace(f.Value("back"))
	switch find := f.Value("find"); {
	case find != "take" && find != "back":
		return web.Next{}, civic.Wrong("find", "contracts.choose")
	case find == "back" && back == "":
		return web.Next{}, civic.Wrong("back", "contracts.reason_missing")
	case find == "take":
		back = ""
	}
	return web.Done(Path(pathID(r)), "contracts.taken"), s.Take(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("report")), back)
}

func (s *Service) returnPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.giving(w, r, f, "contracts.return", Running)
	if !f.Sent {
		f.Values.Set("once", strconv.FormatInt(p.Now.UnixMilli(), 10))
	}
	return returnView(p), err
}

func (s *Service) giveBack(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	amount, _ := civic.ParseMoney(f.Value("amount")) // nothing is refused
	once := f.Value("once")
	return web.Done(Path(pathID(r)), "contracts.returned"), s.Return(r.Context(), web.Actor(r), pathID(r), amount, strings.TrimSpace(f.Value("reason")), once[:min(len(once), 20)])
}

func (s *Service) dropPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.page(w, r, f, "contracts.drop")
	if err == nil && !p.Gives(p.Actor) && !p.Takes(p.Actor) {
		err = notThere()
	}
	if err == nil && p.State != Draft {
		err = notNow()
	}
	return dropView(p), err
}

func (s *Service) drop(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "contracts.was_dropped"), s.Drop(r.Context(), web.Actor(r), pathID(r), strings.TrimSpace(f.Value("reason")))
}

func (s *Service) closePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.giving(w, r, f, "contracts.close", Running)
	return closeView(p), err
}

func (s *Service) close(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "contracts.closed"), s.Close(r.Context(), web.Actor(r), pathID(r), strings.TrimSpace(f.Value("reason")))
}
