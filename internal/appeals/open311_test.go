package appeals_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/appeals/georeport"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A program files a request; whoever it speaks for confirms it by a button. Programs read what everybody reads, and nothing else.
func TestOpen311(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		program := c.Browser(nil)
		program.Get("/open311/discovery.json").Want(200, "/open311/v2", "GeoReport_v2")
		program.Get("/open311/v2/services.xml").Want(200, `<?xml version="1.0" encoding="utf-8"?>`, "<services>", "<service_code>environment</service_code>", "<type>batch</type>")
		program.Get("/open311/v2/services/environment.json").Want(200, `{"service_code":"environment","attributes":[]}`)
		program.Get("/open311/v2/services/nothing.xml").Want(404, "<errors>", "<code>404</code>")
		program.Get("/open311/v2/services/environment.csv").Want(404)

		sent := []string{"service_code", "environment", "lat", "42.32", "long", "69.59", "description", "Переполнены баки у школы.\nТретий день не вывозят.", "email", "saule@example.kz", "first_name", "Сәуле", "phone", "+77010000000", "device_id", "tt222111"}
		program.Post("/open311/v2/requests.json", append([]string{"service_code", "nothing"}, sent[2:]...)...).Want(404, "service_code")
		program.Post("/open311/v2/requests.xml", sent[:6]...).Want(400, "<errors>", "description")
		program.Post("/open311/v2/requests.json", append(sent[:len(sent)-8:len(sent)-8], "email", "nonsense")...).Want(400)
		answer := program.Post("/open311/v2/requests.json", sent...).Want(200, `"token"`).Lacks("service_request_id")
		var receipts []georeport.Receipt
		if err := json.Unmarshal([]byte(answer.Body), &receipts); err != nil || len(receipts) != 1 {
			t.Fatal(err, answer.Body)
		}
		token := receipts[0].Token
		program.Get("/open311/v2/tokens/"+token+".xml").Want(404, "<errors>")
		program.Get("/open311/v2/requests.json").Want(200, "[]").Lacks("баки")
		own := w.mailed("saule@example.kz")
		program.Get(own).Want(200)
		program.Get("/open311/v2/tokens/" + token + ".json").Want(404)
		program.Post(own + "/confirm").Want(303)
		program.Get("/open311/v2/tokens/"+token+".xml").Want(200, "<service_request_id>"+token+"</service_request_id>", "<token>"+token+"</token>")
		program.Get("/open311/v2/requests/" + token + ".json").Want(404).Lacks("баки") // no moderator has looked yet

		w.shown(civic.ID(token))
		c.Must(w.Register(c.Ctx(), c.Administrator().Actor, civic.ID(token), w.akimat))
		program.Get("/open311/v2/requests/"+token+".json").Want(200, `"lat":42.32`, `"long":69.59`, `"status":"open"`, "Третий день", "expected_datetime", "Әкімдік").Lacks("Сәуле", "saule", "7701", "tt222111")
		private := pit
		private.Open, private.Address = false, "Абая, 14"
		hidden := w.filed(c.Resident(civic.Russian), private)
		nowhere := w.filed(c.Resident(civic.Russian), pit)
		w.shown(nowhere.ID)
		program.Get("/open311/v2/requests.xml").Want(200, "<service_requests>", token).Lacks(string(hidden.ID), string(nowhere.ID), pit.Words)
		program.Get("/open311/v2/requests.json?service_request_id=" + string(hidden.ID) + "," + string(nowhere.ID)).Want(200).Lacks(pit.Words)
		program.Get("/open311/v2/requests.json?service_request_id="+token).Want(200, token)
		program.Get("/open311/v2/requests.json?service_code=environment&status=open,closed").Want(200, token)
		program.Get("/open311/v2/requests.json?service_code=education").Want(200).Lacks(token)
		program.Get("/open311/v2/requests.json?status=closed").Want(200).Lacks(token)
		program.Get("/open311/v2/requests.json?start_date=2010-01-01T00:00:00Z&end_date=2010-02-01T00:00:00Z").Want(200).Lacks(token)
		program.Get("/open311/v2/requests.json?start_date=2010").Want(400, "start_date", "2010-01-01T00:00:00Z")
		w.closedBy(own, token)
		program.Get("/open311/v2/requests.json?status=closed").Want(200, token, `"status":"closed"`)
		c.SkipActs()
	}, Capability())
}

// closedBy lets who filed an appeal by mail close it.
func (t *town) closedBy(own, id string) {
	t.T.Helper()
	t.Browser(nil).Post(own+"/withdraw", "case", string(t.caseOf(civic.ID(id)).ID), "_sure", "yes").Want(303)
}

// The applicant adds a picture before a moderator looks; everybody sees it with the words, and a private one goes with whoever leaves.
func TestPicturesOfAnAppeal(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel := c.Resident(civic.Russian)
		add := func(who *citytest.Person, id civic.ID) error {
			var b bytes.Buffer
			c.Must(png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 16, 16))))
			_, err := c.Files.Add(c.Ctx(), who.Actor, files.Place{Thing: Ref(id), Sort: "appeals.pictures"}, civic.Text{"ru": "Баки"}, files.Upload{Name: "a.png", Bytes: bytes.NewReader(b.Bytes()), Size: int64(b.Len())})
			return err
		}
		a := pit
		a.Address, a.Wished = "Абая, 14", w.akimat
		public := w.filed(asel, a)
		if err := add(c.Resident(""), public.ID); civic.CodeOf(err) != civic.Forbidden && civic.CodeOf(err) != civic.NotFound {
			t.Errorf("somebody else added a picture: %v", err)
		}
		c.Must(add(asel, public.ID))
		page := "/ru" + Path(public.ID)
		c.Browser(asel).Get(page).Want(200, "Баки", "Добавить фото")
		c.Browser(w.moderator).Get("/ru/desk/appeals/words/"+string(public.ID)).Want(200, "Баки")
		c.Browser(nil).Get(page).Want(200).Lacks("Баки")
		w.shown(public.ID)
		c.Browser(nil).Get(page).Want(200, "Баки")
		c.Browser(nil).Get("/open311/v2/requests.json").Want(200, `"media_url":"`)
		if err := add(asel, public.ID); civic.CodeOf(err) != civic.Forbidden {
			t.Errorf("a picture that no moderator saw: %v", err)
		}

		a.Open = false
		private := w.filed(asel, a)
		c.Must(add(asel, private.ID))
		of := w.caseOf(private.ID)
		c.Browser(w.officer).Get("/ru/desk/appeals/cases/"+string(of.ID)).Want(200, "Баки")
		c.Write(func(tx *storage.Tx) error { return Capability().Personal.Erase(tx, asel.Account) })
		c.Browser(w.officer).Get("/ru/desk/appeals/cases/" + string(of.ID)).Want(200).Lacks("Баки")
		c.Browser(nil).Get(page).Want(200, "Баки")
		c.SkipActs()
	}, Capability())
}

// Everybody who writes is led to where an appeal has legal force, and told by which decision bodies answer here.
func TestOfficialChannels(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		admin := c.Browser(c.Administrator())
		c.Browser(nil).Get("/ru/appeals/new").Want(200).Lacks("https://eotinish.kz", "решение")
		admin.Get("/ru/desk/appeals").Want(200, "Официальные каналы")
		for typed, says := range map[string]string{"http://eotinish.kz; а; б": "Строка 1", "javascript:alert(1); а; б": "Строка 1", "\nhttps://eotinish.kz; а": "Строка 2", "https://eotinish.kz; а; #ССЫЛКА!": "название не прочесть", strings.Repeat("https://eotinish.kz; а; б\n", 6): "не больше 5"} {
			admin.Post("/ru/desk/appeals/channels", "channels", typed).Want(422, says)
		}
		c.Browser(w.officer).Post("/ru/desk/appeals/channels", "channels", "").Want(403)
		admin.Post("/ru/desk/appeals/channels", "channels", "https://eotinish.kz; eÓtinish; eOtinish \n").Want(303)
		admin.Get("/ru/desk/appeals/channels").Want(200, "https://eotinish.kz; eÓtinish; eOtinish")
		c.Browser(nil).Get("/ru/appeals/new").Want(200, `href="https://eotinish.kz"`, "eOtinish")
		c.SkipActs()
	}, Capability())
}
