package events_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/files"
)

// A host adds a picture and the plan of the hall, and says whose they are and what others may do with them; everybody reads it beside the picture, before and after the event. The record proves it.
func TestPicturesHaveRights(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		v := town.announced(town.fair(0), Plan{Starts: town.at(2, 15), Ends: town.at(2, 17)})
		var b bytes.Buffer
		c.Must(png.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 40))))
		host, reader := c.Browser(town.host), c.Browser(nil)
		pictures, plan := "/ru"+files.DeskPath(RefOf(v.ID), Pictures), "/ru"+files.DeskPath(RefOf(v.ID), HallPlan)
		host.Get("/ru/desk/events/"+string(v.ID)).Want(200, pictures, plan)
		words := []string{"words.kk", "Кітап сөресі", "words.ru", "Полка с книгами"}
		host.Upload(pictures, "file", "a.png", b.Bytes(), words...).Want(422, "Напишите, чей это снимок или рисунок", "Полка с книгами")
		host.Upload(pictures, "file", "a.png", b.Bytes(), append(words, "author", "Айша Сейт", "licence", "mine")...).Want(422, "Выберите, что можно делать другим")
		host.Upload(pictures, "file", "a.png", b.Bytes(), append(words, "author", "#REF!", "licence", "cc0")...).Want(422)
		host.Upload(pictures, "file", "a.png", b.Bytes(), append(words, "author", " Айша  Сейт ", "licence", "cc_by_sa")...).Want(303)
		host.Upload(plan, "file", "b.png", b.Bytes(), "words.kk", "Зал сызбасы", "words.ru", "План зала", "author", "Жасыл қала", "licence", "permitted").Want(303)
		host.Upload(plan, "file", "c.png", b.Bytes(), "words.kk", "Екінші", "author", "Жасыл қала", "licence", "permitted").Want(409)
		c.Browser(c.Resident("")).Upload(plan, "file", "d.png", b.Bytes(), append(words, "author", "Кто-то", "licence", "cc0")...).Want(403)

		page := "/ru" + Path(v.ID)
		reader.Get(page).Want(200, "Полка с книгами", "Автор: Айша Сейт", `href="https://creativecommons.org/licenses/by-sa/4.0/"`, "План зала", "Автор: Жасыл қала", "Показано с разрешения автора")
		_, err := town.AddItem(c.Ctx(), town.host.Actor, v.ID, item(v.Dates[0], "Жыр", "Сахна", town.at(2, 15), town.at(2, 16)))
		c.Must(err)
		reader.Get(page+"/programme").Want(200, "План зала")
		one := town.show(v.ID).Files[Pictures][0]
		reader.Get(one.Path(one.Versions[0])).Want(200)
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
		host.Post(pictures+"/"+string(one.ID), append(words, "author", "Айша С.", "licence", "cc_by")...).Want(303)
		reader.Get(page).Want(200, "Автор: Айша С.", `href="https://creativecommons.org/licenses/by/4.0/"`).Lacks("Айша Сейт")
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
		c.Pass(4 * 24 * time.Hour)
		c.Must(town.Tell(c.Ctx(), town.host.Actor, v.ID, Telling{Words: civic.Text{"ru": "Хорошо"}, Visitors: 0}))
		c.Renew(town.host)
		photo := image.NewRGBA(image.Rect(0, 0, 600, 400))
		for i := range photo.Pix {
			photo.Pix[i] = byte(i * i >> 3)
		}
		b.Reset()
		c.Must(jpeg.Encode(&b, photo, nil))
		host.Upload(pictures, "file", "e.jpg", b.Bytes(), "words.ru", "Гости", "author", "Айша С.", "licence", "cc0").Want(303) // of the report
		reader.Get(page).Want(200, "Гости", `href="https://creativecommons.org/publicdomain/zero/1.0/"`)

		// The printed report has both, with their words and whose they are.
		sheet := reader.Get(Path(v.ID) + "/report.pdf?lang=ru").Want(200)
		if n := strings.Count(sheet.Body, "/Subtype /Image"); n != 2 {
			t.Errorf("%d pictures on the report", n)
		}
		printed := sheet.PDF()
		for _, want := range []string{"Полка с книгами", "Автор: Айша С. · ", "creativecommons.org/licenses/by/4.0/", "Гости", "publicdomain/zero"} {
			if !strings.Contains(printed.Text, want) {
				t.Errorf("the report lacks %q", want)
			}
		}
	}, Capability())
}
