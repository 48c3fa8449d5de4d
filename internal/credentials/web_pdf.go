package credentials

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/web"
)

// getPDF writes a certificate to be printed, from what was signed, in its own language. Its QR code leads to the page that says what the
// paper may say: the address is the holder's, who gives it away with the paper.
func (s *Service) getPDF(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewOf(r)
	if err != nil {
		return err
	}
	address := web.Origin(r) + "/" + string(v.Lang)
	switch {
	case v.Own && !v.Public:
		address += SecretPath(v.ID, v.Secret)
	case r.PathValue("secret") != "":
		address += SecretPath(v.ID, r.PathValue("secret"))
	default:
		address += Path(v.ID)
	}
	var b bytes.Buffer
	if err := writePDF(&b, s.catalog.For(v.Lang), v, address); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="certificate-%s.pdf"`, v.ID))
	w.Header().Set("Cache-Control", "no-store")
	return web.Write(w, r, "application/pdf", b.Bytes())
}

func writePDF(b *bytes.Buffer, l *i18n.Localizer, v View, address string) error {
	d := pdf.New(string(l.Lang()), v.Badge.Issuer.Name, l.T("credentials.certificate"), v.IssuedAt)
	d.Title(v.Badge.Holder())
	d.Heading(v.Badge.Name)
	d.Paragraph(v.Badge.Subject.Achievement.Description)
	for _, line := range v.lines(l) {
		d.Item(line.Label + ": " + line.Value)
	}
	if v.State != Valid {
		d.Heading(l.T("credentials.state_" + string(v.State)))
	}
	if err := d.QR(address, l.T("credentials.pdf_check")+"\n"+address); err != nil {
		return err
	}
	return d.Write(b)
}

// line is a claim in the words of a reader.
type line struct{ Label, Value string }

// lines are the claims of a badge that people ask for, each with its name. What is left are the addresses and types, which the page lists
// below them.
func (v View) lines(l *i18n.Localizer) (out []line) {
	add := func(label, value string) {
		if value != "" {
			out = append(out, line{label, value})
		}
	}
	a := v.Badge.Subject.Achievement
	for _, f := range v.Badge.Figures() {
		add(f.Name, f.Value)
	}
	add(l.T("credentials.claim_criteria"), a.Criteria.Narrative)
	add(l.T("credentials.claim_role"), v.Badge.Subject.Role)
	switch {
	case v.Badge.Subject.Start != "" && v.Badge.Subject.Start != v.Badge.Subject.End:
		add(l.T("credentials.claim_time"), l.T("credentials.from_to", "From", v.Badge.Subject.Start, "To", v.Badge.Subject.End))
	default:
		add(l.T("credentials.claim_time"), v.Badge.Subject.End)
	}
	add(l.T("credentials.claim_by"), a.Creator.Name)
	add(l.T("credentials.claim_issued"), l.Date(v.IssuedAt))
	if !v.Until.IsZero() {
		add(l.T("credentials.claim_until"), l.Date(v.Until))
	}
	for _, c := range a.Alignment {
		value := c.Name
		if c.Code != "" {
			value = l.T("credentials.redaction", "Law", c.Name, "Redaction", c.Code)
		}
		add(l.T("credentials.claim_cites"), value)
	}
	for _, e := range v.Badge.Evidence {
		add(e.Name, e.Narrative)
	}
	add(l.T("credentials.claim_number"), string(v.ID))
	return out
}
