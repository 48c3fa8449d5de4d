package app_test

import (
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/surveys"
)

// surveyed asks twice the same, by letter and whoever wants: the first is withdrawn, the second counted, and two people put what was written into themes; the third
// repeats it.
func surveyed(c *citytest.City, body civic.ID, officer civic.Actor) {
	s := citytest.Service[*surveys.Service](c)
	text := civic.Text{"kk": "Саябақтар туралы", "ru": "О парках"}
	asked := func() civic.ID {
		id, err := s.Make(c.Ctx(), officer, surveys.Survey{Title: text, Purpose: text, Drawn: text, Body: body, Audience: surveys.Anyone, Days: 7})
		c.Must(err)
		option := func(key string) questions.Option { return questions.Option{Key: key, Label: text} }
		c.Must(s.AddQuestion(c.Ctx(), officer, id, questions.Question{Sort: questions.One, Label: text, Options: []questions.Option{option("a"), option("b")}}, true))
		c.Must(s.AddQuestion(c.Ctx(), officer, id, questions.Question{Sort: questions.YesNo, Label: text}, false))
		c.Must(s.AddQuestion(c.Ctx(), officer, id, questions.Question{Sort: questions.Words, Label: text}, false))
		c.Must(s.SetMargins(c.Ctx(), officer, id, surveys.Margins{Source: text, Of: map[string][]surveys.Category{"q1": {{Choice: "a", People: 7}, {Choice: "b", People: 5}}}}))
		return id
	}
	answer := func(id civic.ID, n int, who surveys.Who) {
		c.Must(s.Answer(c.Ctx(), id, who, func(q questions.Question) []string {
			return map[string][]string{"q1": {[]string{"a", "b"}[n%2]}, "q2": {"yes"}, "q3": {fmt.Sprint("Ағаш егіңіздер ", n)}}[q.Key]
		}))
	}
	withdrawn := asked()
	c.Must(s.Open(c.Ctx(), officer, withdrawn))
	c.Must(s.Withdraw(c.Ctx(), officer, withdrawn, text))
	id := asked()
	_, codes, err := s.PrintLetters(c.Ctx(), officer, id, 14)
	c.Must(err)
	c.Must(s.Open(c.Ctx(), officer, id))
	for i, code := range codes[:12] {
		answer(id, i, surveys.Who{Code: code})
	}
	for i := range 6 {
		answer(id, i, surveys.Who{Token: fmt.Sprintf("%032d", i)})
	}
	answer(id, 0, surveys.Who{Actor: c.Resident(civic.Kazakh).Actor})
	v, err := s.Show(c.Ctx(), surveys.Who{}, id)
	c.Must(err)
	c.At(v.ClosesAt.Add(time.Minute))
	c.Must(s.Advance(c.Ctx()))
	c.Must(s.SetThemes(c.Ctx(), officer, id, "q3", []civic.Text{text, text}))
	for _, who := range []civic.Actor{officer, c.Officer(body).Actor} {
		work, err := s.Coding(c.Ctx(), who, id, "q3", "")
		c.Must(err)
		into := map[string]int{}
		for i, w := range work.Written {
			into[w.ID] = 1 + i%2
		}
		c.Must(s.Code(c.Ctx(), who, id, "q3", into))
	}
	again, err := s.Again(c.Ctx(), officer, id)
	c.Must(err)
	c.Must(s.Open(c.Ctx(), officer, again))
}
