package appeals_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/answers"
	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
)

// Every side counts the same cases: answers, the applicants' words and contests; what was forwarded counts where it went, a draft nowhere.
func TestStatistics(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Browser(nil).Get("/ru/appeals/statistics").Want(200, "Обращений пока нет")
		asel := c.Resident(civic.Russian)
		complaint := pit
		complaint.Wished = w.akimat
		proposal := complaint
		proposal.Sort, proposal.Open = Proposal, false
		reply := func(id civic.ID) {
			c.Must(w.Reply(c.Ctx(), w.officer.Actor, id, answers.Verdict{Outcome: answers.Taken, Reason: said}, clerk))
		}
		judge := func(a Appeal, says Says) {
			c.Must(w.Judge(c.Ctx(), Who{Actor: asel.Actor}, a.ID, w.caseOf(a.ID).ID, says))
		}

		done := w.filed(asel, complaint)
		reply(w.caseOf(done.ID).ID)
		judge(done, Says{Word: Done})
		contested := w.filed(asel, proposal)
		reply(w.caseOf(contested.ID).ID)
		judge(contested, Says{Contest: true, Words: "Не то"})
		reply(w.caseOf(contested.ID).ID) // two answers to one case are one case that was answered
		judge(contested, Says{Word: NotDone})
		forwarded := w.filed(asel, complaint)
		c.Must(w.Forward(c.Ctx(), w.officer.Actor, w.caseOf(forwarded.ID).ID, w.roads, nil, said))
		_, err := w.File(c.Ctx(), civic.Actor{}, complaint, "dauren@example.kz", civic.Russian)
		c.Must(err)

		month := c.Now().Format("2006-01")
		want := map[Dimension][]Tally{
			BySort:     {{Key: "complaint", Cases: 2, Answered: 1, Done: 1}, {Key: "proposal", Cases: 1, Answered: 1, NotDone: 1, Contested: 1}},
			ByBody:     {{Key: string(w.akimat), Cases: 2, Answered: 2, Done: 1, NotDone: 1, Contested: 1}, {Key: string(w.roads), Cases: 1}},
			ByDistrict: {{Key: "", Cases: 3, Answered: 2, Done: 1, NotDone: 1, Contested: 1}},
			ByMonth:    {{Key: month, Cases: 3, Answered: 2, Done: 1, NotDone: 1, Contested: 1}},
		}
		wanted, err := json.Marshal(want)
		c.Must(err)
		visitor := c.Browser(nil)
		visitor.Get("/api/v1/appeals/statistics").Want(200, string(wanted))
		visitor.Get("/appeals/statistics.csv").Want(200, "sort,proposal,1,1,0,0,1,1", "body,"+string(w.roads)+",1,0,0,0,0,0", "month,"+month+",3,2,1,0,1,1")
		visitor.Get("/ru/appeals/statistics").Want(200, "Дел: 3", "Жол басқармасы", "Предложение").Lacks(pit.Title)
		c.SkipActs()
	}, Capability())
}

// On the map of the statistics a district with more is stronger in colour, and says its number.
func TestStatisticsOnTheMap(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		admin := c.Browser(c.Administrator())
		admin.Post("/ru/settings/districts", "districts", "Абай; Абайский; Abai\nТұран; Туранский; Turan\nДалалы; Степной; Steppe").Want(303)
		const outlines = `{"type":"FeatureCollection","features":[
			{"type":"Feature","properties":{"name":"Абай"},"geometry":{"type":"Polygon","coordinates":[[[69,42],[70,42],[70,43],[69,43],[69,42]]]}},
			{"type":"Feature","properties":{"name":"Тұран"},"geometry":{"type":"Polygon","coordinates":[[[70,42],[71,42],[71,43],[70,43],[70,42]]]}},
			{"type":"Feature","properties":{"name":"Далалы"},"geometry":{"type":"Polygon","coordinates":[[[71,42],[72,42],[72,43],[71,43],[71,42]]]}}]}`
		c.Must(c.Places.SetOutlines(c.Ctx(), c.Administrator().Actor, []byte(outlines)))
		file := func(n int, at places.Point) {
			for range n {
				a := pit
				a.Point, a.Wished = at, w.akimat
				w.filed(c.Resident(civic.Russian), a)
			}
		}
		file(4, places.Point{Lat: 42.5, Lon: 69.5})
		file(1, places.Point{Lat: 42.5, Lon: 70.5})
		page := c.Browser(nil).Get("/ru/appeals/statistics").Want(200, "Абайский 4", "Туранский 1", "Степной 0")
		if most, least := strings.Count(page.Body, "heat-4"), strings.Count(page.Body, "heat-1"); most != 1 || least != 1 {
			t.Errorf("%d districts have the strongest colour, %d the weakest", most, least)
		}
		c.SkipActs()
	}, Capability())
}
