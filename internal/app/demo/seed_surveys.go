package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/surveys"
)

// surveyed are the demonstration's surveys.
type surveyed struct {
	*seeder                     `toml:"-"`
	Mark, Drawn, Source, Answer civic.Text
	Themes                      []civic.Text
	Written                     []string
	Survey                      []surveyContent
	Question                    []questionContent
	surveys                     *surveys.Service
}

// surveyContent is one of them. Opened is how many days ago it began; 0: it is still prepared.
type surveyContent struct {
	Theme                       string
	Opened, Days, Letters, Free int
	Title, Purpose              civic.Text
}

type questionContent struct {
	Sort           questions.Sort
	Self, Required bool
	Least, Most    civic.Money
	Label          civic.Text
	Options        []civic.Text
	Margins        []int64
}

// surveyEvents lists all that happens to surveys until now.
func (s *seeder) surveyEvents() (all []event, err error) {
	d := &surveyed{seeder: s, surveys: app.Service[*surveys.Service](s.App)}
	err = decode("content/surveys.toml", d)
	for _, c := range d.Survey {
		at := dayOf(s.now.AddDate(0, 0, -max(c.Opened, 2))).Add(10 * time.Hour)
		var id civic.ID
		var codes []string
		all = append(all, event{at: at, do: func(ctx context.Context) (err error) { id, codes, err = d.begin(ctx, c); return err }})
		if c.Opened > 0 {
			all = append(all, event{at: at.AddDate(0, 0, 2), do: func(ctx context.Context) error { return d.answered(ctx, id, codes, c) }})
		}
		if over := dayOf(at.AddDate(0, 0, c.Days+1)).Add(time.Hour); c.Opened > 0 && over.Before(s.now) {
			all = append(all, event{at: over, do: d.surveys.Advance}, event{at: over.AddDate(0, 0, 9), do: func(ctx context.Context) error { return d.weighed(ctx, id) }})
		}
	}
	return all, err
}

// begin draws a survey up and opens it, unless it is still prepared.
func (d *surveyed) begin(ctx context.Context, c surveyContent) (id civic.ID, codes []string, err error) {
	purpose := civic.Text{}
	for lang, text := range c.Purpose {
		purpose[lang] = text + d.Mark[lang]
	}
	officer := d.accounts["officer"]
	id, err = d.surveys.Make(ctx, officer, surveys.Survey{Title: c.Title, Purpose: purpose, Drawn: d.Drawn, Body: d.organisations["transport"], Audience: surveys.Anyone, Days: c.Days, Scope: city.Scope{Theme: c.Theme}})
	if err != nil {
		return id, nil, err
	}
	margins := surveys.Margins{Source: d.Source, Of: map[string][]surveys.Category{}}
	for i, q := range d.Question {
		asked := questions.Question{Sort: q.Sort, Label: q.Label, Required: q.Required, Least: q.Least, Most: q.Most}
		for j, label := range q.Options {
			asked.Options = append(asked.Options, questions.Option{Key: "o" + strconv.Itoa(j+1), Label: label})
		}
		if err := d.surveys.AddQuestion(ctx, officer, id, asked, q.Self); err != nil {
			return id, nil, fmt.Errorf("question %d of %s: %w", i+1, c.Title, err)
		}
		for j, people := range q.Margins {
			key := "q" + strconv.Itoa(i+1)
			margins.Of[key] = append(margins.Of[key], surveys.Category{Choice: asked.Options[j].Key, People: people})
		}
	}
	if err := d.surveys.SetMargins(ctx, officer, id, margins); err != nil {
		return id, nil, err
	}
	if _, codes, err = d.surveys.PrintLetters(ctx, officer, id, c.Letters); err != nil || c.Opened == 0 {
		return id, nil, err
	}
	return id, codes, d.surveys.Open(ctx, officer, id)
}

// answered lets two of three who got a letter answer, and as many others as wanted, who are younger and like less what they see.
func (d *surveyed) answered(ctx context.Context, id civic.ID, codes []string, c surveyContent) error {
	for i, code := range codes {
		if i%3 == 0 {
			continue
		}
		if err := d.surveys.Answer(ctx, id, surveys.Who{Code: code}, d.says(i, i%8*3/8, 2+i*7%4)); err != nil {
			return err
		}
	}
	for i := range c.Free {
		who := surveys.Who{Token: fmt.Sprintf("%032d", i)}
		if i == 0 {
			who = surveys.Who{Actor: d.accounts["resident"]}
		}
		if err := d.surveys.Answer(ctx, id, who, d.says(i, i%10/7, 1+i*5%3)); err != nil {
			return err
		}
	}
	return nil
}

// says is what the i-th answers, of an age, with a mark.
func (d *surveyed) says(i, age, mark int) func(questions.Question) []string {
	said := map[questions.Sort][]string{questions.One: {"o" + strconv.Itoa(age+1)}, questions.YesNo: {[]string{questions.Yes, questions.No, questions.Yes}[(i+age)%3]}, questions.Scale: {strconv.Itoa(mark)},
		questions.Several: {"o1", "o" + strconv.Itoa(1+i%3)}}
	if i%9 == 1 {
		said[questions.Words] = []string{d.Written[i%len(d.Written)]}
	}
	return func(q questions.Question) []string { return said[q.Sort] }
}

// weighed lets two people put what was written into themes, and the body answer.
func (d *surveyed) weighed(ctx context.Context, id civic.ID) error {
	officer, key := d.accounts["officer"], "q"+strconv.Itoa(len(d.Question))
	if err := d.surveys.SetThemes(ctx, officer, id, key, d.Themes); err != nil {
		return err
	}
	for turn, who := range []civic.Actor{officer, d.administrator()} {
		for after := ""; ; {
			work, err := d.surveys.Coding(ctx, who, id, key, after)
			if err != nil {
				return err
			}
			into := map[string]int{}
			for i, w := range work.Written {
				into[w.ID] = d.themeOf(w.Text)
				if turn == 1 && i%11 == 5 {
					into[w.ID] = len(d.Themes)
				}
			}
			if err := d.surveys.Code(ctx, who, id, key, into); err != nil {
				return err
			}
			if after = work.Next; after == "" {
				break
			}
		}
	}
	v, err := d.surveys.Show(ctx, surveys.Who{}, id)
	if err != nil {
		return err
	}
	return d.Answers.Answer(ctx, officer, v.Owed.ID, answers.Verdict{Outcome: answers.Taken, Reason: d.Answer}, inCharge)
}

// themeOf is the theme of one of the texts that the demonstration writes.
func (d *surveyed) themeOf(text string) int {
	for i, w := range d.Written {
		if w == text {
			return []int{1, 2, 1, 3}[i]
		}
	}
	return len(d.Themes)
}
