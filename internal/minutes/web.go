package minutes

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	pagePattern = "/meetings/{id}/minutes"
	ownPattern  = "/meetings/{id}/remarks"
	deskPattern = "/desk/meetings/{id}/minutes"
)

func (s *Service) routes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: pagePattern, Access: web.Everyone, Handler: s.show, Topics: s.meetings.Topics},
		{Method: "GET", Pattern: pagePattern + ".pdf", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getPDF(false), Topics: s.meetings.Topics, Heavy: true, Plain: true},
		{Method: "GET", Pattern: deskPattern + ".pdf", Query: []string{"lang"}, Access: part.Secretaries(), Handler: s.getPDF(true), Plain: true},
	}, web.Forms(
		web.Form{Pattern: ownPattern, Access: part.Members(), Show: s.ownPage, Do: s.remarkMyself},
		web.Form{Pattern: deskPattern, Access: part.Secretaries(), Show: s.writePage, Do: s.write},
		web.Form{Pattern: deskPattern + "/circulate", Page: deskPattern, Access: part.Secretaries(), Check: s.circulateCheck, Do: s.circulate, Button: true},
		web.Form{Pattern: deskPattern + "/remark", Access: part.Secretaries(), Show: s.remarkPage, Do: s.remark},
		web.Form{Pattern: deskPattern + "/remarks/{remark}", Access: part.Secretaries(), Show: s.decidePage, Do: s.decideRemark},
		web.Form{Pattern: deskPattern + "/approve", Access: part.Secretaries(), Show: s.approvePage, Check: s.approveCheck, Do: s.approve},
		web.Form{Pattern: deskPattern + "/correct", Access: part.Secretaries(), Show: s.correctPage, Check: s.correctCheck, Do: s.correct},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

type page struct {
	ui.Page
	Form ui.Form
	View
	Final bool // what is about to become final is shown in each language
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, title string) (p page, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return p, err
	}
	p = page{Page: web.NewPage(w, r, web.L(r).T("minutes.title", "Date", v.StartsAt)), Form: ui.Form{Values: map[string][]string{}}, View: v}
	p.SetLedeName(v.Of.Name)
	p.Crumbs = []ui.Link{meetings.Link(p.Page), p.LinkTo(v.Of.Path, v.Of.Name), {Text: p.T("meetings.meeting_on", "Date", v.StartsAt), Path: meetings.Path(v.ID)}}
	if title != "" {
		p.Crumbs = []ui.Link{p.LinkTo(v.Of.Desk, v.Of.Name), {Text: p.T("meetings.meeting_on", "Date", v.StartsAt), Path: meetings.DeskPath(v.ID)}}
		if title != "minutes.minutes" {
			p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("minutes.minutes"), Path: DeskPath(v.ID)})
		}
		p.SetTitle(title)
		p.NoIndex = true
	}
	return p, nil
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(w, r, "")
	if err == nil && p.Minutes.State != Approved {
		err = notThere()
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, showView(p))
}

// work is what the pages of the work on minutes share. Permission: MayWork.
func (s *Service) work(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p page, err error) {
	if p, err = s.newPage(w, r, title); err == nil && !p.Work {
		err = notYours()
	}
	p.Form = f
	return p, err
}

func (s *Service) writePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.work(w, r, "minutes.minutes", f)
	if err == nil && !f.Sent {
		for _, h := range p.Minutes.Heard {
			p.Form.SetText(h.Field(), h.Text)
		}
	}
	return workView(p), err
}

func (s *Service) write(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	heard := map[civic.ID]civic.Text{}
	for field := range f.Values {
		if rest, ok := strings.CutPrefix(field, "heard."); ok {
			item, _, _ := strings.Cut(rest, ".")
			heard[civic.ID(item)] = f.Text("heard." + item)
		}
	}
	return web.Done(DeskPath(pathID(r)), "minutes.kept"), s.Write(r.Context(), web.Actor(r), pathID(r), heard)
}

func (s *Service) circulateCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.work(w, r, "minutes.circulate", f)
	if err == nil {
		err = p.Minutes.checkOfficial()
	}
	return circulateView(p), err
}

func (s *Service) circulate(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r)), "minutes.circulated"), s.Circulate(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) remarkPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.work(w, r, "minutes.add_remark", f)
	return remarkView(p), err
}

func (s *Service) remark(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	remark := Remark{Seat: civic.ID(f.Value("seat")), Words: f.Value("words"), Lang: web.WrittenIn(r, f, f.Value("words"))}
	return web.Done(DeskPath(pathID(r)), "minutes.remark_kept"), s.RemarkOn(r.Context(), web.Actor(r), pathID(r), remark)
}

type ownPage struct {
	page
	Seat civic.ID
}

// ownPage is the minutes for a member who was present.
func (s *Service) ownPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, seat, err := s.ShowMine(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := ownPage{page{Page: web.NewPage(w, r, web.L(r).T("minutes.title", "Date", v.StartsAt)), Form: f, View: v}, seat}
	p.NoIndex = true
	p.SetLedeName(v.Of.Name)
	p.Crumbs = []ui.Link{meetings.Link(p.Page), p.LinkTo(v.Of.Path, v.Of.Name), {Text: p.T("meetings.meeting_on", "Date", v.StartsAt), Path: meetings.Path(v.ID)}}
	return ownView(p), nil
}

func (s *Service) remarkMyself(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	remark := Remark{Words: f.Value("words"), Lang: web.WrittenIn(r, f, f.Value("words"))}
	return web.Done(ownPath(pathID(r)), "minutes.remark_made"), s.RemarkMyself(r.Context(), web.Actor(r), pathID(r), remark)
}

type decidePage struct {
	page
	Remark Remark
}

func (s *Service) decidePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.work(w, r, "minutes.remark", f)
	if err != nil {
		return nil, err
	}
	for _, remark := range p.Remarks {
		if string(remark.ID) == r.PathValue("remark") {
			return decideView(decidePage{p, remark}), nil
		}
	}
	return nil, notThere()
}

func (s *Service) decideRemark(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r)), "minutes.remark_decided"), s.DecideRemark(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("remark")), Ruling(f.Value("decided")), f.Text("reason"))
}

func (s *Service) approvePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.work(w, r, "minutes.approve", f)
	return approveView(p), err
}

func (s *Service) approve(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "minutes.approved"), s.Approve(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("in")))
}

// approveCheck shows the minutes as they will stand before they are approved, for what is approved never changes.
func (s *Service) approveCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.work(w, r, "minutes.approve", f)
	if err != nil {
		return nil, err
	}
	p.Final = true
	_, err = s.approve(w, r.WithContext(storage.Rehearsal(r.Context())), f)
	return approveCheckView(p), err
}

func (s *Service) correctCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.work(w, r, "minutes.correct", f)
	if err != nil {
		return nil, err
	}
	_, err = s.correct(w, r.WithContext(storage.Rehearsal(r.Context())), f)
	return correctCheckView(p, f.Text("text")), err
}

func (s *Service) correctPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.work(w, r, "minutes.correct", f)
	return correctView(p), err
}

func (s *Service) correct(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "minutes.corrected"), s.Correct(r.Context(), web.Actor(r), pathID(r), f.Text("text"))
}

// getPDF writes the minutes as PDF in one of the languages in which they are official: approved ones for everybody, whatever is there for the desk.
func (s *Service) getPDF(drafts bool) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		lang := civic.Lang(r.URL.Query().Get("lang"))
		if lang != civic.Russian {
			lang = civic.Kazakh
		}
		actor := civic.Actor{}
		if drafts {
			actor = web.Actor(r)
		}
		v, err := s.Show(r.Context(), actor, pathID(r))
		if err == nil && drafts && !v.Work {
			err = notYours()
		}
		if err != nil {
			return err
		}
		var b bytes.Buffer
		address := web.Origin(r) + ui.Localized(lang, Path(v.ID))
		if drafts {
			address = web.Origin(r) + ui.Localized(lang, DeskPath(v.ID))
		}
		if err := s.writePDF(&b, s.catalog.For(lang), v, address); err != nil {
			return err
		}
		w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="minutes-%s-%s.pdf"`, v.ID, lang))
		return web.Write(w, r, "application/pdf", b.Bytes())
	}
}

// writePDF is what the page of the minutes says, with the city's name on top, lines for signatures, and a code that leads to the page.
func (s *Service) writePDF(b *bytes.Buffer, l *i18n.Localizer, v View, address string) error {
	d := pdf.New(string(l.Lang()), l.Text(s.city.Current().Name)+"\n"+l.Text(v.Of.Name), l.T("minutes.title", "Date", v.StartsAt), v.StartsAt)
	if v.Minutes.State != Approved {
		d.Paragraph(l.T("minutes.not_yet"))
	}
	d.Paragraph(l.T("meetings.fact_place") + ": " + l.Text(v.Place))
	d.Paragraph(l.T("meetings.present_of", "Present", civic.OutOf(len(v.Attended)), "Needed", v.Needed, "Count", v.Members))
	for _, seat := range v.Attended {
		d.Item(v.Names[seat])
	}
	for i, p := range v.Agenda {
		d.Heading(fmt.Sprintf("%d. %s", i+1, l.Text(p.Title)))
		if p.Reporter != "" {
			d.Paragraph(l.T("meetings.fact_reporter") + ": " + p.Reporter)
		}
		d.Paragraph(l.Text(v.Minutes.Of(p.Item.ID)))
		s.writeOutcome(d, l, v, p)
	}
	for i, r := range v.Remarks {
		if i == 0 {
			d.Heading(l.T("minutes.remarks"))
		}
		d.Item(v.Names[r.Seat] + ": " + r.Words + " (" + l.T("minutes.decided_"+decidedName(r.Ruling)) + ") " + l.Text(r.Reason))
	}
	for i, c := range v.Corrections {
		if i == 0 {
			d.Heading(l.T("minutes.corrections"))
		}
		d.Item(l.Date(c.At) + ": " + l.Text(c.Text))
	}
	if v.Minutes.State == Approved {
		d.Paragraph(l.T("minutes.approved_in", "Date", v.In.StartsAt))
	}
	d.Sign(l.T("minutes.sign_chair"))
	d.Sign(l.T("minutes.sign_secretary"))
	if err := d.QR(address, l.T("minutes.pdf_more")+"\n"+address); err != nil {
		return err
	}
	return d.Write(b)
}

// writeOutcome is what was decided on a point, and how each voted.
func (s *Service) writeOutcome(d *pdf.Document, l *i18n.Localizer, v View, p meetings.Point) {
	if p.Vote == nil {
		d.Paragraph(l.T("meetings.item_" + string(p.Item.State)))
		return
	}
	verdict := "meetings.rejected"
	if p.Vote.Accepted {
		verdict = "meetings.accepted"
	}
	d.Paragraph(l.T(verdict) + ": " + l.Text(p.Vote.Text))
	d.Paragraph(l.T("meetings.counted_votes", "For", p.Vote.For, "Against", p.Vote.Against, "Abstain", p.Vote.Abstain))
	for _, b := range p.Vote.Ballots {
		d.Item(v.Names[b.Seat] + ": " + l.T(b.Choice.Text()))
	}
}

// decidedName is the part of a text's key that names what was done about a remark.
func decidedName(d Ruling) string {
	if d == Undecided {
		return "not_yet"
	}
	return string(d)
}
