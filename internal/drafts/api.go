package drafts

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
	"github.com/birge-kz/birge/internal/platform/docx"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiDraft is a draft for machines. Names of fields do not change.
type apiDraft struct {
	ID         civic.ID       `json:"id"`
	URL        string         `json:"url"`
	Sort       Sort           `json:"sort"`
	State      State          `json:"state"`
	Title      civic.Text     `json:"title"`
	Purpose    civic.Text     `json:"purpose"`
	Touched    civic.Text     `json:"touched"`
	Cost       civic.Text     `json:"cost,omitempty"`
	Links      []string       `json:"links"`
	Body       civic.ID       `json:"body"`
	BodyName   civic.Text     `json:"body_name,omitempty"`
	District   string         `json:"district,omitempty"`
	Theme      string         `json:"theme,omitempty"`
	Opened     string         `json:"opened"`
	Closes     string         `json:"closes"`
	Reported   string         `json:"reported,omitempty"`
	Act        string         `json:"act,omitempty"`
	Version    int            `json:"version"`
	Paragraphs []apiParagraph `json:"paragraphs,omitempty"`
	Next       int            `json:"next,omitempty"`
}

type apiParagraph struct {
	Place   int           `json:"place"`
	Kind    document.Kind `json:"kind"`
	Level   int           `json:"level,omitempty"`
	Number  string        `json:"number,omitempty"`
	Words   civic.Text    `json:"words"`
	Remarks int64         `json:"remarks"`
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func describe(origin string, l Listed) apiDraft {
	return apiDraft{ID: l.ID, URL: origin + ui.Localized(civic.Kazakh, Path(l.ID)), Sort: l.Sort, State: l.State, Title: l.Title, Purpose: l.Purpose, Touched: l.Touched, Cost: l.Cost, Links: l.Links, Body: l.Body,
		BodyName: l.BodyName.Name, District: l.District, Theme: l.Theme, Opened: instant(l.OpenedAt), Closes: instant(l.ClosesAt), Reported: instant(l.ReportedAt), Act: l.Act, Version: l.Version}
}

func (s *Service) apiList(r *http.Request) ([]apiDraft, string, error) {
	l, err := s.List(r.Context(), s.queryOf(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiDraft
	for _, of := range l.Items {
		items = append(items, describe(web.Origin(r), of))
	}
	return items, l.Next, nil
}

// apiOne is a draft with a page of its text.
func (s *Service) apiOne(r *http.Request) (apiDraft, error) {
	v, err := s.Show(r.Context(), pathID(r), max(1, number(r.URL.Query().Get("from"))), "")
	if err != nil {
		return apiDraft{}, err
	}
	out := describe(web.Origin(r), v.Listed)
	out.Next = v.Next
	for _, p := range v.Text {
		out.Paragraphs = append(out.Paragraphs, apiParagraph{p.Place, p.Kind, p.Level, p.Number, p.Words, p.Remarks})
	}
	return out, nil
}

func (s *Service) each(ctx context.Context, q Query, visit func(Listed) error) error {
	return storage.Walk(func(after string) ([]Listed, string, error) {
		q.After = after
		l, err := s.page(ctx, q, 500)
		return l.Items, l.Next, err
	}, visit)
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		head := []string{"id", "sort", "state", "title_kk", "title_ru", "body_kk", "body_ru", "district", "theme", "opened", "closes", "reported", "act"}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "drafts", Head: head, Rows: func(write func([]string) error) error {
			return s.each(r.Context(), s.queryOf(r), func(l Listed) error {
				a := describe("", l)
				return write([]string{string(a.ID), string(a.Sort), string(a.State), a.Title[civic.Kazakh], a.Title[civic.Russian], a.BodyName[civic.Kazakh], a.BodyName[civic.Russian], a.District, a.Theme, a.Opened, a.Closes, a.Reported, a.Act})
			})
		}})
	}
}

// eachRemark visits all remarks of a draft in their order, in pages of its own.
func (s *Service) eachRemark(ctx context.Context, id civic.ID, visit func(ReportLine) error) error {
	return storage.Walk(func(after string) (out []ReportLine, next string, err error) {
		err = s.db.Read(ctx, func(tx *storage.Tx) error {
			d, err := public(tx, id)
			if err != nil {
				return err
			}
			all, on, err := s.pageOfRemarks(tx, d, int64(number(after)), false, 500)
			if err != nil {
				return err
			}
			next = on
			out, err = s.withParagraphs(tx, civic.Actor{}, d, all)
			return err
		})
		return out, next, err
	}, visit)
}

func (s *Service) getRemarks(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := s.db.Read(r.Context(), func(tx *storage.Tx) error { _, err := public(tx, pathID(r)); return err })
		if err != nil {
			return err
		}
		head := []string{"no", "paragraph", "number", "sort", "lang", "quote", "words", "wording", "organisation", "state", "said", "support", "outcome", "reason_kk", "reason_ru", "lands"}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "remarks", Head: head, Rows: func(write func([]string) error) error {
			return s.eachRemark(r.Context(), pathID(r), func(l ReportLine) error {
				return write([]string{count(l.Serial), count(l.Place), l.Paragraph.Number, string(l.Sort), string(l.Lang), l.Quote, l.Remark.Words, l.Wording, string(l.Organisation), string(l.State), instant(l.SaidAt), count(l.Support),
					string(l.Verdict.Outcome), l.Verdict.Reason[civic.Kazakh], l.Verdict.Reason[civic.Russian], count(l.Verdict.Lands)})
			})
		}})
	}
}

// written is a document that is made, in whatever format.
type written interface {
	Heading(string)
	Paragraph(string)
	Item(string)
	Write(io.Writer) error
}

type fileForm struct {
	name, content string
	make          func(l *i18n.Localizer, issuer, title string, made time.Time) written
	report        bool
}

func (s *Service) fileForms() []fileForm {
	const word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	asDOCX := func(l *i18n.Localizer, issuer, title string, made time.Time) written {
		return docx.New(string(l.Lang()), issuer, title, made)
	}
	asPDF := func(l *i18n.Localizer, issuer, title string, made time.Time) written {
		return pdf.New(string(l.Lang()), issuer, title, made)
	}
	return []fileForm{{"text.docx", word, asDOCX, false}, {"text.pdf", "application/pdf", asPDF, false}, {"report.docx", word, asDOCX, true}, {"report.pdf", "application/pdf", asPDF, true}}
}

func (s *Service) fileRoutes() (out []web.Route) {
	for _, form := range s.fileForms() {
		out = append(out, web.Route{Method: "GET", Pattern: root + "/{id}/" + form.name, Query: []string{"lang"}, Heavy: true, Access: web.Everyone, Handler: s.getFile(form), Plain: true})
	}
	return out
}

// getFile is the text in one official language, or the report on the remarks: each with the words to which it was made and what became of it.
func (s *Service) getFile(form fileForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		lang := textLang(civic.Lang(r.URL.Query().Get("lang")))
		l := s.city.Catalog.For(lang)
		v, err := s.Show(r.Context(), pathID(r), 1, "")
		if err == nil && form.report && v.ReportedAt.IsZero() {
			err = notThere()
		}
		if err != nil {
			return err
		}
		d := form.make(l, l.Text(v.BodyName.Name), l.Text(v.Title), v.ChangedAt)
		if form.report {
			err = s.writeReport(r.Context(), d, l, v)
		} else {
			err = s.writeText(r.Context(), d, lang, v)
		}
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", form.content)
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="draft-%s-%s-%s"`, v.ID, lang, form.name))
		return d.Write(w)
	}
}

func (s *Service) writeText(ctx context.Context, d written, lang civic.Lang, v View) error {
	var all []Paragraph
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		all, err = wholeText(tx, v.Draft, v.Version)
		return err
	})
	for _, p := range all {
		words := p.Words[lang]
		if p.Number != "" {
			words = p.Number + ". " + words
		}
		switch p.Kind {
		case document.Heading:
			d.Heading(words)
		case document.Item:
			d.Item(words)
		default:
			d.Paragraph(words)
		}
	}
	return err
}

func (s *Service) writeReport(ctx context.Context, d written, l *i18n.Localizer, v View) error {
	d.Heading(l.T("drafts.report_title"))
	d.Paragraph(l.T("drafts.report_dates", "From", v.OpenedAt, "To", v.ClosesAt))
	d.Paragraph(l.T("drafts.counted", "Taken", v.Counts[Taken], "Partly", v.Counts[Partly], "Not", v.Counts[NotTaken]))
	return s.eachRemark(ctx, v.ID, func(line ReportLine) error {
		if line.State != Shown {
			return nil
		}
		outcome := l.T("drafts.no_verdict")
		if line.Verdict.Given() {
			outcome = l.T("drafts.outcome_" + string(line.Verdict.Outcome))
		}
		d.Heading("№ " + count(line.Serial) + " · " + outcome)
		d.Paragraph(line.Paragraph.Number + " " + l.Text(line.Paragraph.Words))
		if line.Wording != "" {
			d.Paragraph(l.T("drafts.proposed") + ": " + line.Wording)
		}
		d.Paragraph(line.Remark.Words)
		if line.Verdict.Given() {
			d.Paragraph(l.T("drafts.because") + ": " + l.Text(line.Verdict.Reason))
		}
		if line.Landed != nil {
			d.Paragraph(l.T("drafts.stands_now") + ": " + line.Landed.Number + " " + l.Text(line.Landed.Words))
		}
		return nil
	})
}

// showFeed is what changed last, one entry for each state that something came into.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	items, err := s.Latest(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), root)
	feed := web.Feed{ID: self, Title: l.T("drafts.title"), Author: l.T("drafts.title"), Self: self + ".atom", Page: self}
	for _, of := range items {
		address := self + "/" + string(of.ID)
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + strconv.FormatInt(of.ChangedAt.UnixMilli(), 10), Title: of.Title, Updated: of.ChangedAt, Page: address,
			Summary: l.Say(standing(of.State)) + " · " + l.Text(of.BodyName.Name)})
	}
	return web.Atom(w, r, feed)
}
