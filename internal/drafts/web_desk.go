package drafts

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const backName = moderation.BackName

type deskPage struct {
	page
	Items []Listed
}

func (s *Service) deskPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) page {
	p := s.pageOf(w, r, title, f)
	p.NoIndex, p.Crumbs = true, []ui.Link{{Text: p.T("drafts.nav_desk"), Path: desk}}
	return p
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskPage{page: s.deskPageOf(w, r, web.L(r).T("drafts.nav_desk"), ui.Form{})}
	p.Crumbs = nil
	if p.Items, err = s.ForDesk(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

type workPage struct {
	page
	Work
}

// workOf is a page of the body on one of its drafts.
func (s *Service) workOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p workPage, err error) {
	v, err := s.Work(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return p, err
	}
	p = workPage{page: s.deskPageOf(w, r, "", f), Work: v}
	if title == "" {
		p.SetName(v.Title)
	} else {
		p.Page.Title = p.T(title)
		p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(v.ID), v.Title))
	}
	return p, nil
}

func (s *Service) showWork(w http.ResponseWriter, r *http.Request) error {
	p, err := s.workOf(w, r, "", ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, workView(p))
}

type newPage struct {
	page
	Action            string
	Bodies, Districts []ui.Option
	Save              string
}

func (s *Service) newPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p newPage, err error) {
	p = newPage{page: s.deskPageOf(w, r, web.L(r).T(title), f), Action: desk + "/new", Save: "drafts.make"}
	p.Districts = p.City.DistrictOptions(p.Page, "drafts.any_district")
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.city.Organisations.BodiesOf(tx, web.Actor(r))
		for _, b := range all {
			words, lang := p.Words(b.Name)
			p.Bodies = append(p.Bodies, ui.Option{Value: string(b.ID), Label: words, Lang: lang})
		}
		return err
	})
	return p, err
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newPageOf(w, r, "drafts.new_title", f)
	p.Lede = p.T("drafts.new_lede")
	return newView(p), err
}

func typedDraft(f ui.Form) Draft {
	return Draft{Sort: Sort(f.Value("sort")), Title: f.Text("title"), Purpose: f.Text("purpose"), Touched: f.Text("touched"), Cost: f.Text("cost"), Links: strings.Split(f.Value("links"), "\n"), Body: civic.ID(f.Value("body")),
		Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")}}
}

func (s *Service) make(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Make(r.Context(), web.Actor(r), typedDraft(f))
	return web.Done(deskPath(id)+"/text", "drafts.made"), err
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.Work(r.Context(), web.Actor(r), pathID(r))
	if err == nil && v.State != Preparing {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	p, err := s.newPageOf(w, r, "drafts.edit_title", f)
	p.Action, p.Save = deskPath(v.ID)+"/edit", "drafts.save"
	if !f.Sent {
		for name, text := range map[string]civic.Text{"title": v.Title, "purpose": v.Purpose, "touched": v.Touched, "cost": v.Cost} {
			p.Form.SetText(name, text)
		}
		for name, value := range map[string]string{"sort": string(v.Sort), "links": strings.Join(v.Links, "\n"), "body": string(v.Body), "district": v.District, "theme": v.Theme} {
			p.Form.Values.Set(name, value)
		}
	}
	return newView(p), err
}

func (s *Service) edit(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "drafts.saved"), s.Edit(r.Context(), web.Actor(r), pathID(r), typedDraft(f))
}

func (s *Service) textPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "drafts.text_title", f)
	if err == nil && p.writes() == 0 {
		err = notNow()
	}
	return textView(p), err
}

func (s *Service) putText(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var raw [2][]byte
	for i, lang := range civic.OfficialLanguages() {
		var err error
		if raw[i], err = uploaded(r, "file_"+string(lang), f.Value(string(lang))); err != nil {
			return web.Next{}, err
		}
	}
	return web.Done(deskPath(pathID(r)), "drafts.text_read"), s.PutText(r.Context(), web.Actor(r), pathID(r), raw[0], raw[1])
}

// uploaded is the file of a field, or what was pasted when there is none.
func uploaded(r *http.Request, field, pasted string) ([]byte, error) {
	file, _, err := r.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return []byte(pasted), nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(file, document.MaxBytes+1))
	return b.Bytes(), err
}

type textPage struct {
	page
	WorkText
	PrevTo, NextTo string
}

// showText is the whole text as it was read, with the places by which verdicts name its paragraphs.
func (s *Service) showText(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from := max(1, number(q.Get("from")))
	v, err := s.WorkText(r.Context(), web.Actor(r), pathID(r), from, q.Get("q"))
	if err != nil {
		return err
	}
	p := textPage{page: s.deskPageOf(w, r, web.L(r).T("drafts.as_read"), ui.Form{Values: q}), WorkText: v}
	p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(v.ID), v.Title))
	if q.Get("q") == "" && from > 1 {
		p.PrevTo = readPath(v.ID) + "?from=" + strconv.Itoa(max(1, from-textSize))
	}
	if v.Next > 0 {
		p.NextTo = readPath(v.ID) + "?from=" + strconv.Itoa(v.Next)
	}
	return web.Render(w, r, http.StatusOK, workTextView(p))
}

func (s *Service) openPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "drafts.open_title", f)
	if err == nil && p.State != Preparing {
		err = notNow()
	}
	if err == nil && !f.Sent {
		p.Form.Values.Set("days", strconv.Itoa(s.value("days_min")))
	}
	return openView(p, s.value("days_min"), s.value("days_max")), err
}

func (s *Service) openCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	until, err := s.BeforeOpening(r.Context(), web.Actor(r), pathID(r), f.Whole("days"))
	if err != nil {
		return nil, err
	}
	p, err := s.workOf(w, r, "drafts.open_title", f)
	return openCheckView(p, until), err
}

func (s *Service) open(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "drafts.opened"), s.Open(r.Context(), web.Actor(r), pathID(r), f.Whole("days"))
}

type weighPage struct {
	page
	ToWeigh
	All    bool
	NextTo string
}

func (s *Service) weighPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	q := r.URL.Query()
	after, all := q.Get("after"), q.Get("all") != ""
	if f.Sent {
		after, all = f.Value("after"), f.Value("all") != ""
	}
	v, err := s.ToWeigh(r.Context(), web.Actor(r), pathID(r), all, int64(number(after)))
	if err == nil && !v.weighs() {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	p := weighPage{page: s.deskPageOf(w, r, web.L(r).T("drafts.weigh_title"), f), ToWeigh: v, All: all}
	p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(v.ID), v.Title))
	p.Form.Values.Set("after", after)
	if all {
		p.Form.Values.Set("all", "yes")
	}
	if v.Next != "" {
		p.NextTo = p.With("after", v.Next)
	}
	return weighView(p), nil
}

func (s *Service) weigh(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var ids []civic.ID
	for _, id := range f.Values["remark"] {
		ids = append(ids, civic.ID(id))
	}
	v := Verdict{Outcome: Outcome(f.Value("outcome")), Reason: f.Text("reason")}
	if text := strings.TrimSpace(f.Value("lands")); text != "" {
		var err error
		if v.Lands, err = s.Lands(r.Context(), web.Actor(r), pathID(r), text); err != nil {
			return web.Next{}, err
		}
	}
	return web.Done(deskPath(pathID(r))+"/weigh", "drafts.weighed"), s.Weigh(r.Context(), web.Actor(r), pathID(r), ids, v)
}

func (s *Service) reportCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "drafts.report_title", f)
	if err == nil {
		err = s.db.Read(r.Context(), func(tx *storage.Tx) error { return s.mayReport(tx, p.Draft) })
	}
	if err != nil {
		return nil, err
	}
	says := p.T("drafts.report_says", "Taken", p.Counts[Taken], "Partly", p.Counts[Partly], "Not", p.Counts[NotTaken])
	return askView(p.page, says, deskPath(p.ID)+"/report", p.T("drafts.report")), nil
}

func (s *Service) report(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(reportPath(pathID(r)), "drafts.reported"), s.Report(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) adoptPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "drafts.adopt_title", f)
	if err == nil && p.State != Reported {
		err = notNow()
	}
	return adoptView(p), err
}

func (s *Service) adopt(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "drafts.adopted"), s.Adopt(r.Context(), web.Actor(r), pathID(r), strings.TrimSpace(f.Value("act")))
}

func (s *Service) withdrawPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "drafts.withdraw_title", f)
	if err == nil {
		if _, ok := Next(p.State, Withdraw); !ok {
			err = notNow()
		}
	}
	return withdrawView(p), err
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "drafts.withdrawn"), s.Withdraw(r.Context(), web.Actor(r), pathID(r), f.Text("reason"))
}

type wordsPage struct {
	page
	ForModerator
	Back    string
	Options []ui.Option
}

func (s *Service) wordsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	of, err := s.ForModerator(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := wordsPage{page: s.pageOf(w, r, web.L(r).T("drafts.decide_title"), f), ForModerator: of, Back: cmp.Or(f.Value(backName), r.URL.Query().Get(backName))}
	p.NoIndex, p.Crumbs = true, nil
	p.Options = s.city.Moderation.RuleOptions(p.Page, moderation.Words)
	return wordsView(p), nil
}

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return moderation.CarryOut(f, wordsPath(pathID(r)), moderation.Decided{Shown: "drafts.decided_shown", Removed: "drafts.decided_removed"},
		func(c moderation.Choice) error { return s.Decide(r.Context(), web.Actor(r), pathID(r), c) },
		func(c moderation.Choice) error { return s.Uphold(r.Context(), web.Actor(r), pathID(r), c) })
}
