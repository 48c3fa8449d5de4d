package surveys

import (
	"context"
	"math/big"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/surveys/estimate"
)

// List is a page of surveys.
type List struct {
	Items []Listed
	Next  string // cursor of the next page; "" on the last
}

const pageSize = 20

// List returns a page of surveys that everybody sees, the latest first. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, q Query, most int) (l List, err error) {
	l.Items, l.Next, err = storage.ReadPage(ctx, s.db, func(tx *storage.Tx) ([]Survey, string, error) { return list(tx, q, most) }, s.listed)
	return l, err
}

// ForDesk lists the surveys on which the actor works, the latest first.
func (s *Service) ForDesk(ctx context.Context, a civic.Actor) (out []Listed, err error) {
	const most = 100
	bodies := a.Scopes(civic.Officer)
	if a.Has(civic.Administrator) {
		bodies = nil
	} else if len(bodies) == 0 {
		return nil, nil
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := ofBodies(tx, bodies, most)
		if err == nil {
			out, err = s.listed(tx, all)
		}
		return err
	})
	return out, err
}

// View is a survey as its page shows it.
type View struct {
	Listed
	Form    questions.Form
	Answers map[Source]int64
	Blocked error // why the actor may not answer
	Before  *Survey
	Owed    *answers.Obligation // the body's answer
	Trace   record.Neighbours
}

// Show returns a survey for its page. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, w Who, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		of, form, err := s.public(tx, id)
		if err != nil {
			return err
		}
		v.Form = form
		return s.fill(tx, w, of, &v)
	})
	return v, err
}

func (s *Service) fill(tx *storage.Tx, w Who, of Survey, v *View) (err error) {
	if v.Listed, err = s.named(tx, of); err != nil {
		return err
	}
	if v.Answers = of.Totals.People; of.State != Counted {
		if v.Answers, err = countAnswers(tx, of); err != nil {
			return err
		}
	}
	_, v.Blocked = s.mayAnswer(tx, of, w)
	if of.Before != "" {
		before, found, err := storage.Found(find(tx, of.Before))
		if err != nil {
			return err
		}
		if found {
			v.Before = &before
		}
	}
	owed, err := s.city.Answers.About(tx, []civic.Ref{Ref(of.ID)})
	if o, there := owed[Ref(of.ID)]; there {
		v.Owed = &o
	}
	if err != nil {
		return err
	}
	v.Trace, err = s.city.Record.Neighbours(tx, Ref(of.ID))
	return err
}

// public is a survey that everybody sees, with what it asks. Errors: civic.NotFound.
func (s *Service) public(tx *storage.Tx, id civic.ID) (Survey, questions.Form, error) {
	of, form, err := s.withForm(tx, id)
	if err == nil && !of.Public() {
		err = notThere()
	}
	return of, form, err
}

// Work is a survey as its body works on it.
type Work struct {
	View
	Problems civic.Problems // what keeps it from being opened
	Sheets   int64          // runs of booklets that are not reconciled
}

// Work returns a survey for its body. Permission: mayPrepare. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) Work(ctx context.Context, a civic.Actor, id civic.ID) (v Work, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		of, form, err := s.withForm(tx, id)
		if err == nil && !mayPrepare(a, of.Body) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		v.Form = form
		if err := s.fill(tx, Who{Actor: a}, of, &v.View); err != nil {
			return err
		}
		v.Sheets, err = s.city.Paper.Out(tx, Ref(id))
		return err
	})
	return v, err
}

// BeforeOpening is an error when Open would fail. Permission: mayPrepare.
func (s *Service) BeforeOpening(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		of, err := find(tx, id)
		if err == nil && !mayPrepare(a, of.Body) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		return s.mayOpen(tx, of)
	})
}

// Results is what those of one source said.
type Results struct {
	Listed
	Form    questions.Form
	Of      Source
	Figures []Figure
}

// Results returns the figures of a source, the sample's unless there is none. Errors: civic.NotFound before the survey is counted.
func (s *Service) Results(ctx context.Context, id civic.ID, of Source) (r Results, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { return s.results(tx, id, of, "", &r) })
	return r, err
}

func (s *Service) results(tx *storage.Tx, id civic.ID, of Source, question string, r *Results) error {
	survey, form, err := s.public(tx, id)
	if err == nil && survey.State != Counted {
		err = notThere()
	}
	if err != nil {
		return err
	}
	if r.Of = of; survey.Totals.People[of] == 0 {
		r.Of = Sample
		if survey.Totals.People[Sample] == 0 {
			r.Of = Free
		}
	}
	if r.Listed, err = s.named(tx, survey); err != nil {
		return err
	}
	r.Form = form
	r.Figures, err = figuresOf(tx, survey, r.Of, question)
	return err
}

// One is what those of one source said to one question.
type One struct {
	Results
	Question questions.Question
	Earlier  []Survey // that asked the same, the earliest first
	Trends   [][]Trend
	Themes   *Themes // of what was written
}

// ResultOf returns one question with its tables, the same question in earlier surveys, and the themes of what was written. Errors: civic.NotFound.
func (s *Service) ResultOf(ctx context.Context, id civic.ID, of Source, key string) (o One, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if err := s.results(tx, id, of, key, &o.Results); err != nil {
			return err
		}
		var there bool
		if o.Question, there = o.Form.Find(key); !there {
			return notThere()
		}
		if isText(o.Question) {
			if o.Themes, err = themes(tx, o.Survey, key, o.Of); err == nil {
				o.Themes = o.Themes.hide(o.Of, int64(s.value("least")))
			}
			return err
		}
		return s.trend(tx, &o)
	})
	return o, err
}

func isText(q questions.Question) bool { return q.Sort == questions.Words || q.Sort == questions.Line }

// trend looks for the same question in what the survey repeats.
func (s *Service) trend(tx *storage.Tx, o *One) error {
	rows := make([][]*Figure, len(o.Figures))
	for i := range o.Figures {
		rows[i] = []*Figure{&o.Figures[i]}
	}
	for before, n := o.Before, 0; before != "" && n < mostTrend; n++ {
		of, form, err := s.withForm(tx, before)
		if err != nil {
			return err
		}
		q, asked := form.Find(o.Question.Key)
		if !asked || !same(q, o.Question) || of.State != Counted {
			break
		}
		all, err := figuresOf(tx, of, o.Of, q.Key)
		if err != nil {
			return err
		}
		for i, f := range o.Figures {
			at := slices.IndexFunc(all, func(e Figure) bool { return e.Row == f.Row })
			var found *Figure
			if at >= 0 {
				found = &all[at]
			}
			rows[i] = append([]*Figure{found}, rows[i]...)
		}
		o.Earlier = append([]Survey{of}, o.Earlier...)
		before = of.Before
	}
	if len(o.Earlier) > 0 {
		for _, row := range rows {
			o.Trends = append(o.Trends, trendOf(row, o.Question.Choices()))
		}
	}
	return nil
}

// same reports whether two questions ask the same: in the same words, with the same answers to choose from.
func same(a, b questions.Question) bool {
	first, err1 := questions.Form{a}.Hash()
	second, err2 := questions.Form{b}.Hash()
	return err1 == nil && err2 == nil && first == second
}

// Themes are what was written to a question, as two people put it into themes.
type Themes struct {
	Labels  []civic.Text
	Counted map[Source][]int64 // by theme: what both put there; Hidden
	Apart   map[Source]int64   // what they put into different ones; Hidden
	Both    int64              // that both have read
	Alpha   string             // Krippendorff's α for names of things; "": it cannot be told
}

// themes is nil unless both have read something that came from those sources.
func themes(tx *storage.Tx, of Survey, key string, from ...Source) (*Themes, error) {
	labels, err := themesOf(tx, of, key)
	if err != nil {
		return nil, err
	}
	pairs, err := pairsOf(tx, of, key)
	pairs = slices.DeleteFunc(pairs, func(p pair) bool { return !slices.Contains(from, p.source) })
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	return themesFrom(labels, pairs)
}

// hide hides the themes of a source that fewer than least wrote of, and so many others that nobody computes them. Nil: fewer than least were read at all.
func (t *Themes) hide(source Source, least int64) *Themes {
	if t == nil || t.Both < least {
		return nil
	}
	all := append(slices.Clone(t.Counted[source]), t.Apart[source])
	for i, hidden := range estimate.Suppress([][]int64{all}, least)[0] {
		switch {
		case hidden && i < len(t.Labels):
			t.Counted[source][i] = Hidden
		case hidden:
			t.Apart[source] = Hidden
		}
	}
	return t
}

func themesFrom(labels []civic.Text, pairs []pair) (*Themes, error) {
	t := &Themes{Labels: labels, Counted: map[Source][]int64{}, Apart: map[Source]int64{}}
	var table [][]string
	for _, p := range pairs {
		if t.Counted[p.source] == nil {
			t.Counted[p.source] = make([]int64, len(labels))
		}
		t.Both += p.people
		if p.first == p.second && p.first >= 1 && int(p.first) <= len(labels) {
			t.Counted[p.source][p.first-1] += p.people
		} else {
			t.Apart[p.source] += p.people
		}
		for range p.people {
			table = append(table, []string{strconv.FormatInt(p.first, 10), strconv.FormatInt(p.second, 10)})
		}
	}
	if len(table) <= allocation.MostUnits {
		agreed, err := allocation.Agreement(table, allocation.Nominal)
		if err != nil {
			return nil, err
		}
		if agreed.Alpha != nil {
			t.Alpha = agreed.Alpha.FloatString(3)
		}
	}
	return t, nil
}

// Firm reports whether α is what Krippendorff asks of conclusions: 0.8 and more.
func (t Themes) Firm() bool {
	alpha, ok := new(big.Rat).SetString(t.Alpha)
	return ok && alpha.Cmp(big.NewRat(8, 10)) >= 0
}

// Written is what somebody wrote, and the theme the reader put it into; 0: none yet.
type Written struct {
	ID    string
	Text  string
	Theme int64
}

// Coding is a page of what was written to a question, for one of the two who put it into themes.
type Coding struct {
	Listed
	Question questions.Question
	Labels   []civic.Text
	Written  []Written
	Next     string
	Turn     int64 // of the reader; 0: two others do it
	Themes   *Themes
}

// codingSize is how many texts a page has; scanMost how many answers are looked through for them.
const (
	codingSize = 15
	scanMost   = 3_000
)

// Coding shows what was written, and nothing else of who wrote it. Permission: mayPrepare. Errors: civic.NotFound, civic.Forbidden, civic.Closed before the survey is
// counted.
func (s *Service) Coding(ctx context.Context, a civic.Actor, id civic.ID, key, after string) (c Coding, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		of, q, err := s.coded(tx, a, id, key)
		if err != nil {
			return err
		}
		if c.Listed, err = s.named(tx, of); err != nil {
			return err
		}
		c.Question = q
		if c.Labels, err = themesOf(tx, of, key); err != nil {
			return err
		}
		coders, err := codersOf(tx, of, key)
		if err != nil {
			return err
		}
		c.Turn = turnOf(coders, a.Account)
		if c.Themes, err = themes(tx, of, key, Sources()...); err != nil {
			return err
		}
		all, err := answersAfter(tx, of, after, scanMost)
		if err != nil {
			return err
		}
		var ids []string
		for i, k := range all {
			if said := unpack(k.said)[key]; len(said) > 0 {
				c.Written = append(c.Written, Written{ID: k.id, Text: said[0]})
				ids = append(ids, k.id)
			}
			if len(c.Written) == codingSize && i+1 < len(all) || i+1 == scanMost {
				c.Next = k.id
				break
			}
		}
		if len(ids) == 0 {
			return nil
		}
		mine, err := codedBy(tx, of, key, c.Turn, ids)
		for i, w := range c.Written {
			c.Written[i].Theme = mine[w.ID]
		}
		return err
	})
	return c, err
}

// turnOf is the turn of an account: the one it has, or a free one; 0: two others have both.
func turnOf(coders map[int64]civic.ID, account civic.ID) (turn int64) {
	for turn, who := range coders {
		if who == account {
			return turn
		}
	}
	for _, free := range []int64{1, 2} {
		if coders[free] == "" { // or whoever had it has left, and another goes on
			return free
		}
	}
	return 0
}

// coded is a counted survey and one of its questions that are answered with words, for its body.
func (s *Service) coded(tx *storage.Tx, a civic.Actor, id civic.ID, key string) (Survey, questions.Question, error) {
	of, form, err := s.withForm(tx, id)
	if err == nil && !mayPrepare(a, of.Body) {
		err = notYours()
	}
	if err == nil && of.State != Counted {
		err = notNow()
	}
	q, there := form.Find(key)
	if err == nil && (!there || !isText(q)) {
		err = notThere()
	}
	return of, q, err
}

// SetThemes names the themes of a question, until somebody has put an answer into one. Permission and errors as Coding; civic.Invalid with "themes";
// civic.Conflict.
func (s *Service) SetThemes(ctx context.Context, a civic.Actor, id civic.ID, key string, labels []civic.Text) error {
	return s.work(ctx, a, id, "surveys.survey.themes", func(tx *storage.Tx, _ Survey) error {
		of, _, err := s.coded(tx, a, id, key)
		if err != nil {
			return err
		}
		coders, err := codersOf(tx, of, key)
		if err != nil {
			return err
		}
		if len(coders) > 0 {
			return civic.Fail(civic.Conflict, "surveys.themes_fixed")
		}
		var p civic.Problems
		if len(labels) < 2 || len(labels) > mostThemes {
			p.Add("themes", "surveys.themes_wrong", "Max", mostThemes)
		}
		for _, l := range labels {
			p.OfficialAtMost("themes", l, maxTitle)
			checkJunk(&p, "themes", l)
		}
		if err := p.Err(); err != nil {
			return civic.Wrong("themes.kk", p[0].Message.Key, p[0].Message.Args...)
		}
		return replaceThemes(tx, of, key, labels)
	})
}

// Code keeps into which themes somebody puts some answers: one of the first two who do. Permission and errors as Coding; civic.Forbidden for a third;
// civic.Invalid for a theme that is none.
func (s *Service) Code(ctx context.Context, a civic.Actor, id civic.ID, key string, into map[string]int) error {
	return s.work(ctx, a, id, "surveys.survey.code", func(tx *storage.Tx, _ Survey) error {
		of, _, err := s.coded(tx, a, id, key)
		if err != nil {
			return err
		}
		labels, err := themesOf(tx, of, key)
		if err != nil {
			return err
		}
		coders, err := codersOf(tx, of, key)
		if err != nil {
			return err
		}
		turn := turnOf(coders, a.Account)
		if turn == 0 {
			return civic.Fail(civic.Forbidden, "surveys.two_coders")
		}
		if len(into) == 0 {
			return civic.Fail(civic.Invalid, "surveys.none_chosen")
		}
		if coders[turn] == "" {
			if err := putCoder(tx, of, key, turn, a.Account); err != nil {
				return err
			}
		}
		for answer, theme := range into {
			if theme < 1 || theme > len(labels) {
				return civic.Wrong("theme."+answer, "surveys.choose")
			}
			if err := putCoding(tx, of, key, turn, answer, theme); err != nil {
				return err
			}
		}
		tx.Touch(topic)
		return nil
	})
}
