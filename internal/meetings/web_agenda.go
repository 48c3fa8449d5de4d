package meetings

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// AgendaPath is the agenda of a meeting as a sheet to print, in a language.
func AgendaPath(id civic.ID, lang civic.Lang) string {
	return Path(id) + "/agenda.pdf?lang=" + string(lang)
}

// getAgenda writes what one carries to a meeting, or hangs up: when and where it is and what is on its agenda, with a code that leads to its page.
func (s *Service) getAgenda(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	lang := web.AskedLang(r)
	var b bytes.Buffer
	if err := s.writeAgenda(&b, s.catalog.For(lang), v, web.Origin(r)+ui.Localized(lang, Path(v.ID))); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="agenda-%s-%s.pdf"`, v.ID, lang))
	return web.Write(w, r, "application/pdf", b.Bytes())
}

func (s *Service) writeAgenda(b *bytes.Buffer, l *i18n.Localizer, v View, address string) error {
	d := pdf.New(string(l.Lang()), l.Text(s.city.Current().Name)+"\n"+l.Text(v.Of.Name), l.T("meetings.meeting_on", "Date", v.StartsAt), v.StartsAt)
	d.Paragraph(l.T("meetings.fact_starts_at") + ": " + l.DateTime(v.StartsAt))
	d.Paragraph(l.T("meetings.fact_place") + ": " + l.Text(v.Meeting.Place))
	if v.Sequence > 0 {
		key := "meetings.moved_because"
		if v.Meeting.State == CalledOff {
			key = "meetings.off_because"
		}
		d.Paragraph(l.T(key, "Reason", l.Text(v.Meeting.Reason)))
	}
	d.Heading(l.T("meetings.agenda"))
	for i, p := range v.Agenda {
		d.Paragraph(fmt.Sprintf("%d. %s", i+1, l.Text(p.Title)))
		d.Item(l.T("meetings.takes", "Count", p.Item.Minutes))
		if p.Reporter != "" {
			d.Item(l.T("meetings.fact_reporter") + ": " + p.Reporter)
		}
		if p.Question != nil && p.Question.Words != "" {
			d.Item(l.T("meetings.asked_by") + " " + p.Question.Words)
		} else if p.Source.Path != "" {
			d.Item(l.T("meetings.comes_from") + " " + l.Text(p.Source.Title))
		}
	}
	if err := d.QR(address, l.T("meetings.agenda_more")+"\n"+address); err != nil {
		return err
	}
	return d.Write(b)
}
