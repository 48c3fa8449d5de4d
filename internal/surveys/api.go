package surveys

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/surveys/estimate"
)

// apiSurvey is a survey for machines. Names of fields do not change.
type apiSurvey struct {
	ID        civic.ID         `json:"id"`
	URL       string           `json:"url"`
	State     State            `json:"state"`
	Title     civic.Text       `json:"title"`
	Purpose   civic.Text       `json:"purpose"`
	Drawn     civic.Text       `json:"drawn,omitempty"`
	Body      civic.ID         `json:"body"`
	BodyName  civic.Text       `json:"body_name,omitempty"`
	Audience  Audience         `json:"audience"`
	District  string           `json:"district,omitempty"`
	Theme     string           `json:"theme,omitempty"`
	Opened    string           `json:"opened"`
	Closes    string           `json:"closes"`
	Counted   string           `json:"counted,omitempty"`
	Invited   int64            `json:"invited"`
	People    map[Source]int64 `json:"people,omitempty"`
	Hash      string           `json:"questions_sha256"`
	Questions questions.Form   `json:"questions,omitempty"`
	Margins   *Margins         `json:"margins,omitempty"`
	Weights   *Weighting       `json:"weights,omitempty"`
	Figures   []Figure         `json:"figures,omitempty"`
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func describe(origin string, l Listed) apiSurvey {
	return apiSurvey{ID: l.ID, URL: origin + ui.Localized(civic.Kazakh, Path(l.ID)), State: l.State, Title: l.Title, Purpose: l.Purpose, Drawn: l.Drawn, Body: l.Body, BodyName: l.BodyName.Name, Audience: l.Audience,
		District: l.District, Theme: l.Theme, Opened: instant(l.OpenedAt), Closes: instant(l.ClosesAt), Counted: instant(l.CountedAt), Invited: l.Invited, People: l.Totals.People, Hash: l.Hash}
}

func (s *Service) apiList(r *http.Request) ([]apiSurvey, string, error) {
	l, err := s.List(r.Context(), s.queryOf(r), pageSize)
	if err != nil {
		return nil, "", err
	}
	var items []apiSurvey
	for _, of := range l.Items {
		items = append(items, describe(web.Origin(r), of))
	}
	return items, l.Next, nil
}

// apiOne is a survey with what it asks and, once it is counted, all figures.
func (s *Service) apiOne(r *http.Request) (apiSurvey, error) {
	var out apiSurvey
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		of, form, err := s.public(tx, pathID(r))
		if err != nil {
			return err
		}
		l, err := s.named(tx, of)
		if err != nil {
			return err
		}
		out = describe(web.Origin(r), l)
		if out.Questions = form; of.Margins.Given() {
			out.Margins = &of.Margins
		}
		out.Weights = of.Totals.Weights
		out.Figures, err = allFigures(tx, of)
		return err
	})
	if err != nil {
		return apiSurvey{}, err
	}
	return out, nil
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		head := []string{"id", "state", "title_kk", "title_ru", "body_kk", "body_ru", "audience", "district", "theme", "opened", "closes", "invited", "sample", "open"}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "surveys", Head: head, Rows: func(write func([]string) error) error {
			q := s.queryOf(r)
			return storage.Walk(func(after string) ([]Listed, string, error) {
				q.After = after
				l, err := s.List(r.Context(), q, 500)
				return l.Items, l.Next, err
			}, func(l Listed) error {
				a := describe("", l)
				n := func(n int64) string { return strconv.FormatInt(n, 10) }
				return write([]string{string(a.ID), string(a.State), a.Title[civic.Kazakh], a.Title[civic.Russian], a.BodyName[civic.Kazakh], a.BodyName[civic.Russian], string(a.Audience), a.District, a.Theme, a.Opened,
					a.Closes, n(a.Invited), n(a.People[Sample]), n(a.People[Free])})
			})
		}})
	}
}

// variable is a column of a data file.
type variable struct {
	Name    string
	of      figureKey
	Type    string // of Table Schema
	Title   civic.Text
	Choices []questions.Option // what its values mean
	Greatest,
	Least *int64
	said func(a questions.Answers) string
}

// figureKey is a question, or a row of a grid, as figures are named.
type figureKey struct{ question, row string }

// variablesOf are the columns of a form: of the questions about the person (self), or of the others. What people wrote is in no file.
func variablesOf(form questions.Form, background []string, self bool) (out []variable) {
	for _, q := range form {
		if slices.Contains(background, q.Key) == self && !isText(q) {
			out = append(out, variables(q)...)
		}
	}
	return out
}

func variables(q questions.Question) (out []variable) {
	plain := variable{Name: q.Key, of: figureKey{q.Key, ""}, Type: "string", Title: q.Label, said: func(a questions.Answers) string { return strings.Join(a[q.Key], "") }}
	named := func(key string, label civic.Text) civic.Text {
		t := civic.Text{}
		for lang, words := range q.Label {
			part, _ := label.In(lang)
			t[lang] = words + " — " + part
		}
		return t
	}
	switch q.Sort {
	case questions.Several:
		for _, o := range q.Options {
			out = append(out, variable{Name: q.Key + "_" + o.Key, of: figureKey{q.Key, ""}, Type: "boolean", Title: named(o.Key, o.Label), said: func(a questions.Answers) string {
				if len(a[q.Key]) == 0 {
					return ""
				}
				return strconv.FormatBool(slices.Contains(a[q.Key], o.Key))
			}})
		}
		return out
	case questions.Rank:
		for _, o := range q.Options {
			first, last := int64(1), int64(len(q.Options))
			out = append(out, variable{Name: q.Key + "_" + o.Key, of: figureKey{q.Key, ""}, Type: "integer", Title: named(o.Key, o.Label), Least: &first, Greatest: &last, said: func(a questions.Answers) string {
				if at := slices.Index(a[q.Key], o.Key); at >= 0 {
					return strconv.Itoa(at + 1)
				}
				return ""
			}})
		}
		return out
	case questions.Grid:
		for _, row := range q.Rows {
			out = append(out, variable{Name: q.Key + "_" + row.Key, of: figureKey{q.Key, row.Key}, Type: "string", Title: named(row.Key, row.Label), Choices: q.Options, said: func(a questions.Answers) string {
				for _, s := range a[q.Key] {
					if r, option, _ := strings.Cut(s, "="); r == row.Key {
						return option
					}
				}
				return ""
			}})
		}
		return out
	case questions.Scale:
		least, most := int64(q.Least), int64(q.Most)
		plain.Type, plain.Least, plain.Greatest = "integer", &least, &most
	case questions.Whole:
		plain.Type = "integer"
	case questions.One:
		plain.Choices = q.Options
	case questions.YesNo:
		plain.Choices = []questions.Option{{Key: questions.Yes}, {Key: questions.No}}
	}
	return []variable{plain}
}

// shownKey is a column of one source.
type shownKey struct {
	source Source
	of     figureKey
}

// dataOf is a counted survey with the columns of its public file, and which of them are shown of which source: what pages hide because too few answered
// it, no file shows.
func (s *Service) dataOf(ctx context.Context, id civic.ID) (of Survey, vars []variable, shown map[shownKey]bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var form questions.Form
		if of, form, err = s.public(tx, id); err != nil {
			return err
		}
		if of.State != Counted {
			return notThere()
		}
		vars = variablesOf(form, of.Background, false)
		all, err := allFigures(tx, of)
		shown = map[shownKey]bool{}
		for _, f := range all {
			shown[shownKey{f.Source, figureKey{f.Question, f.Row}}] = !f.Few
		}
		return err
	})
	return of, vars, shown, err
}

// getData is what was answered, a row for each who did, in an order by chance: without what people are, and without what they wrote.
func (s *Service) getData(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		of, vars, shown, err := s.dataOf(r.Context(), pathID(r))
		if err != nil {
			return err
		}
		least := int64(s.value("least"))
		head := []string{"source"}
		for _, v := range vars {
			head = append(head, v.Name)
		}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "data", Head: head, Rows: func(write func([]string) error) error {
			return s.eachAnswer(r.Context(), of, func(k kept) error {
				if of.Totals.People[k.source] < least {
					return nil
				}
				row, said := []string{string(k.source)}, unpack(k.said)
				for _, v := range vars {
					value := ""
					if shown[shownKey{k.source, v.of}] {
						value = v.said(said)
					}
					row = append(row, value)
				}
				return write(row)
			})
		}})
	}
}

func (s *Service) eachAnswer(ctx context.Context, of Survey, visit func(kept) error) error {
	const some = 2_000
	return storage.Walk(func(after string) (out []kept, next string, err error) {
		err = s.db.Read(ctx, func(tx *storage.Tx) error {
			out, err = answersAfter(tx, of, after, some)
			return err
		})
		if len(out) == some {
			next = out[len(out)-1].id
		}
		return out, next, err
	}, visit)
}

// getWhole is the file for the body: the answers with what people are and their weights, and still without what they wrote. Who takes it stands on the audit list.
func (s *Service) getWhole(w http.ResponseWriter, r *http.Request) error {
	var of Survey
	var form questions.Form
	err := s.work(r.Context(), web.Actor(r), pathID(r), "surveys.survey.data", func(tx *storage.Tx, found Survey) (err error) {
		if found.State != Counted {
			return notNow()
		}
		of, form, err = s.withForm(tx, found.ID)
		return err
	})
	if err != nil {
		return err
	}
	vars := append(variablesOf(form, of.Background, true), variablesOf(form, of.Background, false)...)
	head := []string{"source", "weight"}
	for _, v := range vars {
		head = append(head, v.Name)
	}
	var weights []float64
	if of.Totals.Weights != nil && of.Totals.Weights.Failed == "" {
		if weights, err = s.weightsOf(r.Context(), of, form); err != nil {
			return err
		}
	}
	return web.WriteTable(w, r, web.Table{Form: web.CSV, Name: "data", Head: head, Rows: func(write func([]string) error) error {
		n := 0
		return s.eachAnswer(r.Context(), of, func(k kept) error {
			row, said := []string{string(k.source), ""}, unpack(k.said)
			if k.source == Sample && n < len(weights) {
				row[1] = strconv.FormatFloat(weights[n], 'f', 6, 64)
				n++
			}
			for _, v := range vars {
				row = append(row, v.said(said))
			}
			return write(row)
		})
	}})
}

// weightsOf are those of the sample, in the order of the keys.
func (s *Service) weightsOf(ctx context.Context, of Survey, form questions.Form) (out []float64, err error) {
	cols := columns(form, of.Background)
	var people []person
	err = s.eachAnswer(ctx, of, func(k kept) error {
		if k.source == Sample {
			people = append(people, personOf(form, cols, unpack(k.said)))
		}
		return nil
	})
	if err == nil {
		_, out = weigh(form, cols, people, of.Margins)
	}
	return out, err
}

// The codebook: a data package of Frictionless (v1, with the categories of v2), https://specs.frictionlessdata.io.
type (
	dataPackage struct {
		Profile   string     `json:"profile"`
		Name      string     `json:"name"`
		Title     string     `json:"title"`
		Created   string     `json:"created"`
		Resources []resource `json:"resources"`
	}
	resource struct {
		Profile   string  `json:"profile"`
		Name      string  `json:"name"`
		Path      string  `json:"path"`
		Format    string  `json:"format"`
		Mediatype string  `json:"mediatype"`
		Encoding  string  `json:"encoding"`
		Schema    *schema `json:"schema"`
	}
	schema struct {
		Fields  []field  `json:"fields"`
		Missing []string `json:"missingValues"`
	}
	field struct {
		Name        string       `json:"name"`
		Type        string       `json:"type"`
		Title       string       `json:"title"`
		Titles      civic.Text   `json:"titles,omitempty"`
		Constraints *constraints `json:"constraints,omitempty"`
		Categories  []category   `json:"categories,omitempty"`
	}
	constraints struct {
		Required bool     `json:"required,omitempty"`
		Enum     []string `json:"enum,omitempty"`
		Minimum  *int64   `json:"minimum,omitempty"`
		Maximum  *int64   `json:"maximum,omitempty"`
	}
	category struct {
		Value  string     `json:"value"`
		Label  string     `json:"label"`
		Labels civic.Text `json:"labels,omitempty"`
	}
)

func codebook(origin string, of Survey, vars []variable) dataPackage {
	fields := []field{{Name: "source", Type: "string", Title: "How somebody came to answer", Constraints: &constraints{Required: true, Enum: []string{string(Sample), string(Free)}},
		Categories: []category{{Value: string(Sample), Label: "by a code from a letter, drawn by chance"}, {Value: string(Free), Label: "whoever wanted to"}}}}
	for _, v := range vars {
		f := field{Name: v.Name, Type: v.Type, Title: v.Title.String(), Titles: v.Title}
		var c constraints
		for _, o := range v.Choices {
			c.Enum = append(c.Enum, o.Key)
			label := o.Label.String()
			if label == "" {
				label = o.Key
			}
			f.Categories = append(f.Categories, category{o.Key, label, o.Label})
		}
		if c.Minimum, c.Maximum = v.Least, v.Greatest; len(c.Enum) > 0 || c.Minimum != nil {
			f.Constraints = &c
		}
		fields = append(fields, f)
	}
	return dataPackage{Profile: "tabular-data-package", Name: "survey-" + strings.ToLower(string(of.ID)), Title: of.Title.String(), Created: instant(of.CountedAt),
		Resources: []resource{{Profile: "tabular-data-resource", Name: "data", Path: origin + Path(of.ID) + "/data.csv", Format: "csv", Mediatype: "text/csv", Encoding: "utf-8", Schema: &schema{fields, []string{""}}}}}
}

func (s *Service) getCodebook(w http.ResponseWriter, r *http.Request) error {
	of, vars, _, err := s.dataOf(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return web.JSON(w, r, codebook(web.Origin(r), of, vars))
}

// margin is the widest margin of error of a figure, in basis points; 0 when it has none.
func (f Figure) margin() (widest int64) {
	for _, l := range f.Lines {
		if l.Low == nil || l.People == Hidden {
			continue
		}
		share := l.Share
		if l.Weighted != nil {
			share = *l.Weighted
		}
		i := estimate.Interval{Low: float64(*l.Low), High: float64(*l.High)}
		widest = max(widest, int64(i.Margin(float64(share))+0.5))
	}
	return widest
}
