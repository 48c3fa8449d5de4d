package learning

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/learning/course"
	"github.com/birge-kz/birge/internal/learning/gift"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/markdown"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	onePattern = root + "/{id}"
	quiz       = onePattern + "/quiz"
	pageSize   = 20
)

func (s *Service) routes() []web.Route {
	topics := func(*http.Request) []string {
		return []string{topic, organisations.Topic, city.Topic, city.TopicDay, laws.Topic}
	}
	return append(append([]web.Route{
		{Method: "GET", Pattern: root, Query: []string{"theme", "after"}, Access: web.Everyone, Handler: s.list, Topics: topics},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.one, Topics: topics},
		web.List(web.Reading{Pattern: root, Summary: "Courses that are open, the latest first", Topics: topics, Query: []web.Param{web.ByTheme}}, s.apiList),
		web.One(web.Reading{Pattern: root + "/{id}", Summary: "A course"}, s.apiOne),
		{Method: "GET", Pattern: "/course-worker.js", Access: web.Everyone, Handler: workerFile, Plain: true},
		{Method: "GET", Pattern: onePattern + "/result/{attempt}", Access: web.SignedIn, Handler: s.result},
	}, s.deskRoutes()...), web.Forms(
		web.Form{Pattern: quiz, Access: web.Everyone, Query: []string{"offline"}, Show: s.quizPage, Do: s.answer},
		web.Form{Pattern: onePattern + "/certificate", Page: onePattern, Access: web.SignedIn, Do: s.certify, Button: true},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

type listPage struct {
	ui.Page
	Form    ui.Form
	Courses []listed
	Next    string
}

type listed struct {
	Course
	Of    organisations.Named
	Langs []civic.Lang
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	p := listPage{Page: web.NewPage(w, r, web.L(r).T("learning.nav")), Form: ui.Form{Values: r.URL.Query()}}
	p.Lede = p.T("learning.nav_lede")
	var err error
	if p.Courses, p.Next, err = s.courses(r); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

// courses is a page of those that are open, and where the next begins.
func (s *Service) courses(r *http.Request) (out []listed, next string, err error) {
	place, ok := storage.ParsePlace(r.URL.Query().Get("after"))
	if !ok {
		return nil, "", notThere()
	}
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := openCourses(tx, r.URL.Query().Get("theme"), place, pageSize+1)
		if err != nil {
			return err
		}
		page, last := storage.Page(all, pageSize)
		if last != nil {
			next = storage.PlaceAt(storage.Millis(last.PublishedAt), last.no).String()
		}
		out, err = s.listed(tx, page)
		return err
	})
	return out, next, err
}

func (s *Service) listed(tx *storage.Tx, all []Course) (out []listed, err error) {
	var ids []civic.ID
	for _, c := range all {
		ids = append(ids, c.Organisation)
	}
	names, err := s.city.Organisations.Named(tx, ids)
	for _, c := range all {
		l := listed{Course: c, Of: names[c.Organisation]}
		for _, lang := range civic.Languages() {
			if c.Title[lang] != "" {
				l.Langs = append(l.Langs, lang)
			}
		}
		out = append(out, l)
	}
	return out, err
}

func (p listPage) themes() []ui.Option {
	out := []ui.Option{{Label: p.T("learning.any_theme")}}
	for _, t := range city.Themes() {
		out = append(out, ui.Option{Value: t.Code, Label: p.L.Text(t.Name)})
	}
	return out
}

// shown is a course as a reader of a language sees it.
type shown struct {
	ui.Page
	Course   Course
	Of       organisations.Named
	Compiled course.Course
	In       civic.Lang // in which it is shown
	Text     course.Page
	Modules  int // that the language lacks
	Asks     int // questions that it lacks
	Standing Standing
	Changes  []laws.Change
}

// speaks is the language attribute of what the course itself says.
func (p shown) speaks() templ.Attributes {
	if p.In == p.L.Lang() {
		return nil
	}
	return ui.Speaks(p.In)
}

// shownOf finds a course that has been published; of one that was withdrawn those see the page who have its address.
func (s *Service) shownOf(w http.ResponseWriter, r *http.Request, title string) (p shown, err error) {
	p.Page = web.NewPage(w, r, title)
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		if p.Course, err = find(tx, pathID(r)); err != nil || p.Course.Version == 0 {
			return notThere()
		}
		p.Compiled, _ = Compile(p.Course.Source)
		names, err := s.city.Organisations.Named(tx, []civic.ID{p.Course.Organisation})
		if err != nil {
			return err
		}
		p.Of = names[p.Course.Organisation]
		if p.Changes, err = s.city.Laws.Changes(tx, ref(p.Course.ID)); err != nil {
			return err
		}
		if p.Actor.SignedIn() {
			p.Standing, err = s.standingOf(tx, p.Course, p.Compiled, p.Actor.Account)
		}
		return err
	})
	p.In = p.Compiled.Shown(p.L.Lang())
	p.Text = p.Compiled.Pages[p.In]
	p.Modules, p.Asks = p.Compiled.Missing(p.In)
	p.Crumbs = []ui.Link{{Text: p.T("learning.nav"), Path: root}}
	return p, err
}

func (s *Service) one(w http.ResponseWriter, r *http.Request) error {
	p, err := s.shownOf(w, r, "")
	if err != nil {
		return err
	}
	p.SetName(p.Course.Title)
	p.SetLedeName(p.Course.Summary)
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// asks is a question as a form shows it.
type asks struct {
	No      int // of the form, from 1
	Place   int // in the course
	Field   string
	Stem    string
	Form    course.Form
	Options []ui.Option // of choices, in the order of a lot
	Lines   []string    // left sides of pairs, or the places of an order
	Cites   []course.Cite
}

func fieldOf(place int) string { return "q" + strconv.Itoa(place) }

// wordsOf is a text of a question without its marks.
func wordsOf(t gift.Text) string {
	if t.Format == gift.Markdown {
		return markdown.Plain(t.Text)
	}
	return t.Text
}

// asksOf are the questions of an attempt, their answers in an order by lot.
func asksOf(c course.Course, lang civic.Lang, places []int, seed string) (out []asks) {
	for i, place := range places {
		q := c.Questions[lang][place]
		a := asks{No: i + 1, Place: place, Field: fieldOf(place), Stem: wordsOf(q.Stem), Form: course.FormOf(q), Cites: Cites(q, c.Pages[lang])}
		order := Shuffled(len(q.Choices), seed+fieldOf(place))
		switch a.Form {
		case course.Single, course.Multiple, course.Ordered:
			for _, at := range order {
				a.Options = append(a.Options, ui.Option{Value: strconv.Itoa(at), Label: wordsOf(q.Choices[at].Text)})
				a.Lines = append(a.Lines, strconv.Itoa(len(a.Lines)+1))
			}
		case course.Match:
			var rights []string
			for _, pair := range q.Pairs {
				rights = append(rights, pair.Right)
				a.Lines = append(a.Lines, wordsOf(pair.Left))
			}
			slices.Sort(rights)
			for _, right := range slices.Compact(rights) {
				a.Options = append(a.Options, ui.Option{Value: right, Label: right})
			}
		}
		out = append(out, a)
	}
	return out
}

type quizPage struct {
	shown
	Form    ui.Form
	Asks    []asks
	Attempt string
	Key     string // with which a phone marks by itself: JSON made by encoding/json; "" with net
}

func (s *Service) quizPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.shownOf(w, r, "")
	if err != nil {
		return nil, err
	}
	q := quizPage{shown: p, Form: f, Attempt: f.Value("attempt")}
	if f.Sent {
		if err := s.began(r, &q); err != nil {
			return nil, err
		}
	} else {
		q.Attempt = civic.Token()
	}
	if len(q.Compiled.Questions[q.In]) == 0 || !validAttempt(q.Attempt) {
		return nil, notThere()
	}
	q.SetTitle("learning.quiz_of", "Name", q.Course.Title)
	q.NoIndex = true
	q.Crumbs = append(q.Crumbs, q.LinkTo(Path(q.Course.ID), q.Course.Title))
	places := s.drawn(q.Compiled, q.In, q.Attempt)
	q.Asks = asksOf(q.Compiled, q.In, places, seed(q.Attempt))
	if r.URL.Query().Get("offline") != "" {
		b, err := json.Marshal(keysOf(q.Compiled, q.In, places))
		if err != nil {
			return nil, err
		}
		q.Key = string(b)
	}
	return quizView(q), nil
}

// began shows a page again in the version in which it was begun.
func (s *Service) began(r *http.Request, q *quizPage) error {
	return s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		version := int64(q.Form.Whole("version"))
		src, err := sourceOf(tx, q.Course, version)
		if err != nil {
			return err
		}
		q.Course.Version = version
		q.Compiled, _ = Compile(src)
		q.In = q.Compiled.Shown(q.L.Lang())
		q.Text = q.Compiled.Pages[q.In]
		return nil
	})
}

// sheetOf reads what was answered.
func sheetOf(f ui.Form, lang civic.Lang) Sheet {
	out := Sheet{Attempt: f.Value("attempt"), Version: int64(f.Whole("version")), Lang: lang, Answers: map[int][]string{}}
	for field, values := range f.Values {
		if place, err := strconv.Atoi(strings.TrimPrefix(field, "q")); err == nil && strings.HasPrefix(field, "q") && len(values) <= gift.MaxAnswers {
			out.Answers[place] = values
		}
	}
	return out
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if err := waited(web.Actor(r), f); err != nil {
		return web.Next{}, err
	}
	sheet := sheetOf(f, web.L(r).Lang())
	if a := web.Actor(r); a.SignedIn() {
		return web.On(resultPath(pathID(r), sheet.Attempt)), s.Answer(r.Context(), a, pathID(r), sheet)
	}
	a, compiled, err := s.Try(r.Context(), pathID(r), sheet)
	if err != nil {
		return web.Next{}, err
	}
	p, err := s.shownOf(w, r, "")
	if err != nil {
		return web.Next{}, err
	}
	return web.Instead(resultView(resultOf(p, a, compiled))), nil
}

func resultPath(id civic.ID, attempt string) string {
	return Path(id) + "/result/" + url.PathEscape(attempt)
}

// marked is a question with what was answered and what it says to that.
type marked struct {
	Stem  string
	Right bool
	Given []string
	Says  string
	Cites []course.Cite
}

type resultPage struct {
	shown
	Attempt Attempt
	Marked  []marked
}

func resultOf(p shown, a Attempt, compiled course.Course) resultPage {
	p.Compiled, p.In = compiled, a.Lang
	p.Text = compiled.Pages[a.Lang]
	out := resultPage{shown: p, Attempt: a}
	out.SetTitle("learning.result_of", "Name", p.Course.Title)
	out.NoIndex = true
	out.Crumbs = append(out.Crumbs, out.LinkTo(Path(p.Course.ID), p.Course.Title))
	for i, place := range a.Asked {
		q := compiled.Questions[a.Lang][place]
		_, says := course.Grade(q, a.Answers[i])
		out.Marked = append(out.Marked, marked{wordsOf(q.Stem), a.Right[i], givenOf(p.Page, q, a.Answers[i]), says, Cites(q, p.Text)})
	}
	return out
}

// givenOf is an answer in words.
func givenOf(p ui.Page, q gift.Question, answer []string) (out []string) {
	for i, a := range answer {
		at, err := strconv.Atoi(a)
		switch f := course.FormOf(q); {
		case f == course.True:
			out = append(out, p.T("learning.said_"+map[bool]string{true: "true", false: "false"}[a == "true"]))
		case f == course.Match && i < len(q.Pairs):
			out = append(out, wordsOf(q.Pairs[i].Left)+" — "+a)
		case err == nil && at >= 0 && at < len(q.Choices) && (f == course.Single || f == course.Multiple || f == course.Ordered):
			out = append(out, wordsOf(q.Choices[at].Text))
		default:
			out = append(out, a)
		}
	}
	return out
}

// result shows somebody's own attempt.
func (s *Service) result(w http.ResponseWriter, r *http.Request) error {
	p, err := s.shownOf(w, r, "")
	if err != nil {
		return err
	}
	var a Attempt
	var compiled course.Course
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		if a, err = findAttempt(tx, r.PathValue("attempt")); err != nil || a.Account != p.Actor.Account || a.course != p.Course.no {
			return notThere()
		}
		src, err := sourceOf(tx, p.Course, a.Version)
		compiled, _ = Compile(src)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, resultView(resultOf(p, a, compiled)))
}

func (s *Service) certify(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, err := s.Certify(r.Context(), web.Actor(r), pathID(r), web.L(r).Lang())
	return web.Done(credentials.Path(id), "learning.certified"), err
}

// langNames lists languages in words.
func langNames(p ui.Page, langs []civic.Lang) string {
	var out []string
	for _, l := range langs {
		out = append(out, p.T("learning.lang_"+string(l)))
	}
	return strings.Join(out, " · ")
}

// citeWords names an article with the law's name and its redaction.
func citeWords(p ui.Page, page course.Page, c course.Cite) string {
	law := lawOf(page, c.Law)
	if law.Redaction == "" {
		return p.T("learning.cite_unsure", "Article", c.Article, "Law", law.Title)
	}
	day := dayOf(p, law.Redaction)
	return p.T("learning.cite", "Article", c.Article, "Law", law.Title, "Day", p.L.Date(day))
}

// lawWords name a law with the redaction by which the course was written.
func lawWords(p ui.Page, law course.Law) string {
	if law.Redaction == "" {
		return p.T("learning.law_unsure", "Law", law.Title)
	}
	day := dayOf(p, law.Redaction)
	return p.T("learning.law", "Law", law.Title, "Day", p.L.Date(day))
}

func credentialPath(st Standing) string { return credentials.Path(st.credential) }

// dayOf is a day of a page, such as that of a redaction, in the reader's zone.
func dayOf(p ui.Page, day string) time.Time {
	at, _ := time.ParseInLocation(time.DateOnly, day, p.L.Zone())
	return at
}
