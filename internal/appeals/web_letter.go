package appeals

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"

	"github.com/birge-kz/birge/internal/platform/docx"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/web"
)

// letter is what a document of either format is written by.
type letter interface {
	Heading(text string)
	Paragraph(text string)
	Sign(who string)
	Write(w io.Writer) error
}

// letterForm is a format in which whoever filed an appeal takes it to the channel that has legal force.
type letterForm struct {
	ending, mime string
	begin        func(l *i18n.Localizer, v View, to string) letter
}

func letterForms() []letterForm {
	return []letterForm{
		{"pdf", "application/pdf", func(l *i18n.Localizer, v View, to string) letter {
			return pdf.New(string(l.Lang()), to, l.T("appeals.sort_"+string(v.Sort)), v.WrittenAt)
		}},
		{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", func(l *i18n.Localizer, v View, to string) letter {
			return docx.New(string(l.Lang()), to, l.T("appeals.sort_"+string(v.Sort)), v.WrittenAt)
		}},
	}
}

// letterRoutes are the letter in each format, for who filed the appeal with an account or by the link of a mail.
func (s *Service) letterRoutes() (out []web.Route) {
	for _, form := range letterForms() {
		out = append(out,
			web.Route{Method: "GET", Pattern: onePattern + "/letter." + form.ending, Access: web.SignedIn, Handler: s.getLetter(form), Plain: true},
			web.Route{Method: "GET", Pattern: ownPattern + "/letter." + form.ending, Heavy: true, Access: web.Everyone, Handler: s.getLetter(form), Plain: true})
	}
	return out
}

func (s *Service) getLetter(form letterForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := s.Show(r.Context(), Who{Actor: web.Actor(r), Token: r.PathValue("token")}, pathID(r))
		if err == nil && !v.Own {
			err = notYours()
		}
		if err != nil {
			return err
		}
		l := s.city.Catalog.For(v.Lang) // the language in which it was written, whatever its reader reads
		to := "________________________"
		if !v.BodyName.Name.Empty() {
			to = l.Text(v.BodyName.Name)
		}
		d := form.begin(l, v, to)
		s.writeLetter(d, l, v)
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="appeal-%s.%s"`, cmp.Or(v.Number(), string(v.ID)), form.ending))
		return web.Write(w, r, form.mime, b.Bytes())
	}
}

// writeLetter is the appeal as its author sends it elsewhere. What the city does not know, and the channel asks for, is left to be filled in.
func (s *Service) writeLetter(d letter, l *i18n.Localizer, v View) {
	for _, blank := range []string{"name", "iin", "address", "phone"} {
		d.Paragraph(l.T("appeals.letter_"+blank) + ": ________________________________________")
	}
	d.Heading(v.Title)
	d.Paragraph(v.Words)
	if v.Address != "" {
		d.Paragraph(l.T("appeals.fact_address") + ": " + v.Address)
	}
	if v.Point.Known() {
		d.Paragraph(l.T("appeals.fact_point") + ": " + v.Point.String())
	}
	if district, known := s.city.Settings.Current().District(v.District); known {
		d.Paragraph(l.T("appeals.fact_district") + ": " + l.Text(district.Name))
	}
	if v.Filed() {
		d.Paragraph(l.T("appeals.letter_here", "Date", v.FiledAt, "Number", v.Number()))
	}
	d.Sign(l.T("appeals.letter_sign"))
}
