package surveys

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
)

type deskPage struct {
	page
	Items []Listed
}

func (s *Service) deskPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) page {
	p := s.pageOf(w, r, title, f)
	p.NoIndex, p.Crumbs = true, []ui.Link{{Text: p.T("surveys.nav_desk"), Path: desk}}
	return p
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskPage{page: s.deskPageOf(w, r, web.L(r).T("surveys.nav_desk"), ui.Form{})}
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

// workOf is a page of the body on one of its surveys. in: the states in which the page is of use; none: all.
func (s *Service) workOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form, in ...State) (p workPage, err error) {
	v, err := s.Work(r.Context(), web.Actor(r), pathID(r))
	if err == nil && len(in) > 0 && !slices.Contains(in, v.State) {
		err = notNow()
	}
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

func (s *Service) workPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "", f)
	return workView(p), err
}

type newPage struct {
	page
	Action            string
	Bodies, Districts []ui.Option
	Save              string
}

func (s *Service) newPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p newPage, err error) {
	p = newPage{page: s.deskPageOf(w, r, web.L(r).T(title), f), Action: desk + "/new", Save: "surveys.make"}
	p.Districts = p.City.DistrictOptions(p.Page, "surveys.any_district")
	if !f.Sent {
		p.Form.Values.Set("audience", string(Anyone))
		p.Form.Values.Set("days", "14")
	}
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
	p, err := s.newPageOf(w, r, "surveys.new_title", f)
	p.Lede = p.T("surveys.new_lede")
	return newView(p), err
}

func typedSurvey(f ui.Form) Survey {
	return Survey{Title: f.Text("title"), Purpose: f.Text("purpose"), Drawn: f.Text("drawn"), Body: civic.ID(f.Value("body")), Audience: Audience(f.Value("audience")), Days: f.Whole("days"),
		Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")}}
}

func (s *Service) make(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Make(r.Context(), web.Actor(r), typedSurvey(f))
	return web.Done(deskPath(id)+"/questions", "surveys.made"), err
}

func (s *Service) again(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, err := s.Again(r.Context(), web.Actor(r), pathID(r))
	return web.Done(deskPath(id), "surveys.made_again"), err
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.workOf(w, r, "", f, Preparing)
	if err != nil {
		return nil, err
	}
	p, err := s.newPageOf(w, r, "surveys.edit_title", f)
	p.Action, p.Save = deskPath(v.ID)+"/edit", "surveys.save"
	if !f.Sent {
		for name, text := range map[string]civic.Text{"title": v.Survey.Title, "purpose": v.Purpose, "drawn": v.Drawn} {
			p.Form.SetText(name, text)
		}
		for name, value := range map[string]string{"audience": string(v.Audience), "days": strconv.Itoa(v.Days), "body": string(v.Body), "district": v.District, "theme": v.Theme} {
			p.Form.Values.Set(name, value)
		}
	}
	return newView(p), err
}

func (s *Service) edit(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "surveys.saved"), s.Edit(r.Context(), web.Actor(r), pathID(r), typedSurvey(f))
}

func (s *Service) questionsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "surveys.questions_title", f, Preparing)
	if err == nil && !f.Sent {
		p.page.Form.Values.Set("sort", string(questions.One))
	}
	return questionsView(p), err
}

func (s *Service) addQuestion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.AddQuestion(r.Context(), web.Actor(r), pathID(r), questions.Typed(f), f.Value("background") != "")
	return web.Done(deskPath(pathID(r))+"/questions", "surveys.question_added"), questions.AtFields(err)
}

func (s *Service) dropQuestion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r))+"/questions", "surveys.question_dropped"), s.DropQuestion(r.Context(), web.Actor(r), pathID(r), f.Value("key"))
}

func (s *Service) marginsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "surveys.margins_title", f, Preparing)
	if err != nil {
		return nil, err
	}
	if p.Lede = p.T("surveys.margins_lede"); !f.Sent {
		p.page.Form.SetText("source", p.Margins.Source)
		for key, all := range p.Margins.Of {
			for _, c := range all {
				p.page.Form.Values.Set(marginField(key, c.Choice), strconv.FormatInt(c.People, 10))
			}
		}
	}
	return marginsView(p), nil
}

// background are the questions about the person.
func (p workPage) background() (out questions.Form) {
	for _, q := range p.Work.Form {
		if slices.Contains(p.Background, q.Key) {
			out = append(out, q)
		}
	}
	return out
}

func (s *Service) setMargins(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	p, err := s.workOf(w, r, "", f)
	if err != nil {
		return web.Next{}, err
	}
	m := Margins{Of: map[string][]Category{}}
	for _, q := range p.background() {
		var all []Category
		given := false
		for _, choice := range q.Choices() {
			text := strings.TrimSpace(f.Value(marginField(q.Key, choice)))
			n := int64(f.Whole(marginField(q.Key, choice)))
			if text == "" {
				n = 0
			}
			given = given || text != ""
			all = append(all, Category{choice, n})
		}
		if given {
			m.Of[q.Key] = all
		}
	}
	if m.Given() {
		m.Source = f.Text("source")
	}
	return web.Done(deskPath(pathID(r)), "surveys.saved"), s.SetMargins(r.Context(), web.Actor(r), pathID(r), m)
}

func (s *Service) tryPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.questionPage(w, r, f, true)
}

func (s *Service) tryCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.checkAnswers(w, r, f, true)
}

// tried ends a trial, of which nothing is kept.
func (s *Service) tried(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	_, err := s.Work(r.Context(), web.Actor(r), pathID(r))
	return web.Done(deskPath(pathID(r)), "surveys.tried"), err
}

func (s *Service) openCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if err := s.BeforeOpening(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return nil, err
	}
	p, err := s.workOf(w, r, "surveys.open_title", f)
	return openView(p, s.lastMoment(s.db.Now(), p.Days)), err
}

func (s *Service) open(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "surveys.opened"), s.Open(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) withdrawPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "surveys.withdraw_title", f, Open)
	return withdrawView(p), err
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "surveys.withdrawn"), s.Withdraw(r.Context(), web.Actor(r), pathID(r), f.Text("reason"))
}

func (s *Service) lettersPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workOf(w, r, "surveys.letters_title", f, Preparing, Open)
	return lettersView(p), err
}

// letters answers with the letters themselves: their codes are kept nowhere.
func (s *Service) letters(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	lang, ok := civic.ParseLang(f.Value("lang"))
	if !ok {
		lang = civic.Kazakh
	}
	l, codes, err := s.PrintLetters(r.Context(), web.Actor(r), pathID(r), f.Whole("letters"))
	if err != nil {
		return web.Again(w, r, f, err, s.lettersPage)
	}
	var b bytes.Buffer
	if err := s.writeLetters(&b, web.Origin(r), lang, l, codes); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="letters-%s.pdf"`, l.ID))
	w.Header().Set("Cache-Control", "no-store")
	return web.Write(w, r, "application/pdf", b.Bytes())
}

func (s *Service) writeLetters(b *bytes.Buffer, origin string, lang civic.Lang, l Listed, codes []string) error {
	text := s.city.Catalog.For(lang)
	var d *pdf.Document
	for i, code := range codes {
		issuer, title := text.Text(l.BodyName.Name), text.Text(l.Title)
		if i == 0 {
			d = pdf.New(string(lang), issuer, title, s.db.Now())
		} else {
			d.Sheet(issuer, title)
		}
		for _, line := range []string{text.T("surveys.letter_drawn"), text.Text(l.Purpose), text.Text(l.Drawn), text.T("surveys.letter_how"), text.T("surveys.letter_secret")} {
			d.Paragraph(line)
		}
		address := strings.TrimSuffix(origin, "/") + ui.Localized(lang, answerPath(l.ID)) + "?code=" + url.QueryEscape(code)
		if err := d.QR(address, code+"\n"+text.T("surveys.letter_code")); err != nil {
			return err
		}
	}
	return d.Write(b)
}

type codingPage struct {
	page
	Coding
	NextTo string
}

func (s *Service) codingOf(w http.ResponseWriter, r *http.Request, f ui.Form, title string) (p codingPage, err error) {
	key, after := r.PathValue("question"), r.URL.Query().Get("after")
	if f.Sent {
		after = f.Value("after")
	}
	c, err := s.Coding(r.Context(), web.Actor(r), pathID(r), key, after)
	if err != nil {
		return p, err
	}
	p = codingPage{page: s.deskPageOf(w, r, web.L(r).T(title), f), Coding: c}
	p.Crumbs = append(p.Crumbs, p.LinkTo(deskPath(c.ID), c.Title))
	p.Form.Values.Set("after", after)
	if c.Next != "" {
		p.NextTo = p.With("after", c.Next)
	}
	return p, nil
}

func (s *Service) themesPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.codingOf(w, r, f, "surveys.themes_title")
	if err == nil && !f.Sent {
		for _, lang := range civic.Languages() {
			var all []string
			for _, l := range p.Labels {
				all = append(all, l[lang])
			}
			p.Form.Values.Set("themes."+string(lang), strings.TrimSpace(strings.Join(all, "\n")))
		}
	}
	return themesView(p), err
}

func (s *Service) setThemes(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	key := r.PathValue("question")
	return web.Done(deskPath(pathID(r))+"/coding/"+key, "surveys.saved"), s.SetThemes(r.Context(), web.Actor(r), pathID(r), key, questions.Lines(f, "themes"))
}

func (s *Service) codingPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.codingOf(w, r, f, "surveys.coding_title")
	if err == nil && !f.Sent {
		for _, written := range p.Written {
			if written.Theme > 0 {
				p.Form.Values.Set("theme."+written.ID, strconv.FormatInt(written.Theme, 10))
			}
		}
	}
	return codingView(p), err
}

func (p codingPage) themeOptions() []ui.Option {
	out := []ui.Option{{Label: p.T("surveys.no_theme")}}
	for i, label := range p.Labels {
		words, lang := p.Words(label)
		out = append(out, ui.Option{Value: strconv.Itoa(i + 1), Label: words, Lang: lang})
	}
	return out
}

func (s *Service) code(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	into, key, first := map[string]int{}, r.PathValue("question"), ""
	for _, name := range slices.Sorted(maps.Keys(f.Values)) {
		answer, ok := strings.CutPrefix(name, "theme.")
		if ok && first == "" {
			first = name
		}
		if ok && f.Value(name) != "" && len(into) < codingSize {
			into[answer] = f.Whole(name)
		}
	}
	err := s.Code(r.Context(), web.Actor(r), pathID(r), key, into)
	var e *civic.Error
	if errors.As(err, &e) && e.Code == civic.Invalid && len(e.Fields) == 0 {
		err = e.At(first)
	}
	return web.Done(deskPath(pathID(r))+"/coding/"+key, "surveys.coded"), err
}
