package events

import (
	"net/http"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// said writes the numbers of a report in words, each that there is.
func (f Figures) said(l *i18n.Localizer) (out []string) {
	if f.Held > 1 {
		out = append(out, l.T("events.held", "Count", f.Held))
	}
	switch {
	case f.Came > 0 && f.Places > 0:
		out = append(out, l.T("events.came_of", "Count", f.Came, "Places", f.Places))
	case f.Visitors > 0:
		out = append(out, l.T("events.visitors", "Count", f.Visitors))
	}
	if f.Answers > 0 {
		out = append(out, l.T("events.answers", "Count", f.Answers, "Mark", l.Decimal(f.Liking(), 1)))
	}
	return out
}

func (p onePage) figures() []string { return p.Event.Figures.said(p.L) }

func (s *Service) certify(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, err := s.Certify(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("date")), web.L(r).Lang())
	return web.Done(credentials.Path(id), "events.certified"), err
}

// getReportPDF is the report on paper, for whoever paid for the event.
func (s *Service) getReportPDF(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err == nil && v.State != Reported {
		err = notThere()
	}
	if err != nil {
		return err
	}
	l := s.city.Catalog.For(paperLang(r))
	var hosts []string
	for _, h := range v.Hosts {
		hosts = append(hosts, l.Text(h.Name))
	}
	if v.Group != "" {
		hosts = append(hosts, v.Group)
	}
	d := pdf.New(string(l.Lang()), strings.Join(hosts, " · "), l.T("events.report_of", "Title", v.Title), v.ChangedAt)
	shown := 0
	for _, one := range v.Dates {
		if !one.Off && !one.Ends.After(v.ChangedAt) && shown < mostOnPoster {
			d.Item(timesOn(l, one))
			shown++
		}
	}
	if v.Place != "" {
		d.Item(v.Place)
	}
	for _, words := range v.Event.Figures.said(l) {
		d.Item(words)
	}
	if v.Grant.Path != "" {
		d.Item(l.T("events.fact_grant") + ": " + l.Text(v.Grant.Title) + ", " + web.Origin(r) + ui.Localized(l.Lang(), v.Grant.Path))
	}
	d.Heading(l.T("events.report_title"))
	d.Paragraph(l.Text(v.Report))
	if err := s.city.Files.Print(r.Context(), d, l, v.Files[Pictures]); err != nil {
		return err
	}
	if v.Heard.Path != "" {
		d.Heading(l.T("events.fact_heard"))
		d.Paragraph(l.T("events.heard") + " " + l.Text(v.Heard.Title))
		d.Paragraph(web.Origin(r) + ui.Localized(l.Lang(), v.Heard.Path))
	}
	d.Heading(l.T("events.fact_about"))
	d.Paragraph(l.Text(v.About))
	address := web.Origin(r) + ui.Localized(l.Lang(), Path(v.ID))
	if err := d.QR(address, l.T("events.report_scan")+"\n"+address); err != nil {
		return err
	}
	return writePDF(w, r, d, "report-"+string(v.ID)+"-"+string(l.Lang()))
}
