package rights

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/rights/guide"
)

// getBooklet is a whole guide to be printed: every question with its answers, and every end.
func (s *Service) getBooklet(w http.ResponseWriter, r *http.Request) error {
	g, err := s.Guide(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	lang, today := langOf(r), s.today()
	l, t := s.city.Catalog.For(lang), g.Texts[lang]
	d := pdf.New(string(lang), l.Text(s.city.Settings.Current().Name), t.Title, today)
	d.Paragraph(t.Lede)
	d.Paragraph(t.First)
	if g.Checked == "" {
		d.Paragraph(l.T("rights.unchecked"))
	} else {
		d.Paragraph(l.T("rights.checked", "Date", dayIn(g.Checked)))
	}
	// Terms are those of today; answers are not known, so their places stay lines.
	fill := func(text string) string {
		return guide.Fill(text, func(id string) string {
			if term_ := g.Term(id); term_ != nil {
				if v, ok := term_.At(today); ok {
					return term(l, v)
				}
			}
			return ""
		})
	}
	d.Heading(l.T("rights.questions"))
	for _, n := range g.Nodes {
		text := t.Nodes[n.ID]
		d.Paragraph(text.Ask)
		d.Paragraph(text.Hint)
		for _, o := range n.Options {
			d.Item(text.Options[o])
		}
	}
	for _, o := range g.Outcomes {
		text := t.Outcomes[o.ID]
		d.Heading(fill(text.Title))
		d.Paragraph(fill(text.Right))
		for _, step := range text.Steps {
			d.Item(fill(step))
		}
		d.Paragraph(fill(text.Cost))
		if len(text.Bring) > 0 {
			d.Paragraph(l.T("rights.bring") + ": " + strings.Join(text.Bring, "; ") + ".")
		}
		for _, id := range o.Bodies {
			d.Item(strings.TrimSpace(t.Bodies[id].Name + " " + g.Body(id).Phone + ". " + t.Bodies[id].Where))
		}
	}
	d.Heading(l.T("rights.laws"))
	for _, law := range g.Laws {
		d.Item(t.Laws[law.ID] + ", " + l.T("rights.article", "Article", law.Article) + "; " + l.T("rights.redaction", "Date", dayIn(law.Redaction)) + "; " + l.T("rights.sure_"+string(law.Sure)))
	}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		return err
	}
	return web.Write(w, r, "application/pdf", b.Bytes())
}
