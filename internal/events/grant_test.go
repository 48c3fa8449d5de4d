package events_test

import (
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// paid is the contract with which a body pays an organisation.
func (t *town) paid(giver, taker civic.ID) (id civic.ID) {
	t.T.Helper()
	of := civic.Ref{Kind: Kind, ID: civic.NewID(t.Now())}
	t.City.Write(func(tx *storage.Tx) error {
		return t.Contracts.Open(tx, contracts.Contract{About: of, Book: of, Giver: organisations.RefOf(giver), Taker: organisations.RefOf(taker), Title: "Кітап жылы", Amount: 500_000 * civic.Tenge})
	})
	t.City.Read(func(tx *storage.Tx) error {
		all, err := contracts.Of(tx, of)
		id = all[0].ID
		return err
	})
	return id
}

func (t *town) signed(giver, taker civic.ID) civic.ID {
	t.T.Helper()
	id := t.paid(giver, taker)
	t.Must(t.Contracts.Sign(t.Ctx(), t.Administrator().Actor, id, []contracts.Instalment{{Amount: 500_000 * civic.Tenge, What: "Жәрмеңке"}}, []time.Time{t.Now().AddDate(0, 2, 0)}))
	return id
}

// code is a QR code of a text as another program makes it.
func code(t *testing.T, text string) string {
	t.Helper()
	made, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for y := range made.Size {
		row := ""
		for x := range made.Size {
			row += map[bool]string{true: "#", false: "."}[made.Black(x, y)]
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "\n")
}

// An event that a grant paid for is told to whoever gave it, leads to the contract, and stands on the page of the contract as what came of it; only a signed contract of one of its hosts is taken. Its report on paper says
// all of it in Kazakh and in Russian, with a code that leads back.
func TestAReportGoesToTheFunder(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		akimat := c.Body("Мәдениет басқармасы")
		funder, other := c.Officer(akimat), c.Organisation("Басқа ұйым")
		grant, foreign, draft := town.signed(akimat, town.ngo), town.signed(akimat, other), town.paid(akimat, town.ngo)
		v := town.announced(town.fair(0), Plan{Starts: town.at(2, 15), Ends: town.at(2, 17)})
		c.Pass(3 * 24 * time.Hour)
		c.Renew(town.host)
		host, report := c.Browser(town.host), "/ru/desk/events/"+string(v.ID)+"/report"
		for _, wrong := range []civic.ID{foreign, draft, "none"} {
			host.Post(report, "report.ru", "Пришли многие", "grant", "/ru"+contracts.Path(wrong)).Want(422, "Такого договора у организаторов нет", "Пришли многие")
		}
		host.Post(report, "report.kk", "Көп адам келді", "report.ru", "Пришли многие", "visitors", "90", "grant", "https://city.test/ru"+contracts.Path(grant)).Want(303)
		host.Get(report).Want(200, string(grant))
		c.Browser(nil).Get("/ru"+Path(v.ID)).Want(200, "Оплачено грантом", contracts.Path(grant), "Кітап жылы")
		c.SkipActs() // the record has placed them
		c.Browser(nil).Get("/ru"+contracts.Path(grant)).Want(200, "Книжная ярмарка", Path(v.ID))
		told := 0
		for _, n := range c.Told(funder) {
			if n.Subject.Key == "events.told_funder" {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the funder was told %d times", told)
		}
		for lang, words := range map[string][]string{"ru": {"Книжная ярмарка", "Пришли многие", "По подсчёту организатора, пришли 90 человек", "Оплачено грантом: Кітап жылы", "Жасыл қала", "Обмен книгами"},
			"kk": {"Кітап жәрмеңкесі", "Көп адам келді", "90", "Шығынын өтеген грант: Кітап жылы", "Жасыл қала", "Кітап айырбасы"}} {
			sheet := c.Browser(nil).Get(Path(v.ID) + "/report.pdf?lang=" + lang).Want(200).PDF()
			text := strings.Join(strings.Fields(sheet.Text), " ")
			for _, want := range words {
				if !strings.Contains(text, want) {
					t.Errorf("%s: no %q in %s", lang, want, text)
				}
			}
			if want := code(t, citytest.Origin+"/"+lang+Path(v.ID)); len(sheet.Codes) != 1 || sheet.Codes[0] != want {
				t.Errorf("%s: %s\nnot\n%s", lang, sheet.Codes, want)
			}
		}
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// Posters, programmes and the day are printed in the language that was asked for, with a code that leads to their page.
func TestWhatIsPrintedIsInBothLanguages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		v := town.announced(town.fair(0), Plan{Starts: town.at(0, 15), Ends: town.at(0, 17)})
		_, err := town.AddItem(c.Ctx(), town.host.Actor, v.ID, item(v.Dates[0], "Жыр", "Сахна", town.at(0, 15), town.at(0, 16), "Әсел"))
		c.Must(err)
		for _, sheet := range []struct{ path, kk, ru, leads string }{
			{Path(v.ID) + "/poster.pdf", "Кітап айырбасы", "Обмен книгами", Path(v.ID)},
			{Path(v.ID) + "/programme.pdf", "Жыр", "Книжная ярмарка", Path(v.ID) + "/programme"},
			{"/events/today.pdf", "Кітап жәрмеңкесі", "Книжная ярмарка", "/events/today"},
		} {
			for lang, words := range map[string]string{"kk": sheet.kk, "ru": sheet.ru} {
				got := c.Browser(nil).Get(sheet.path + "?lang=" + lang).Want(200).PDF()
				if text := strings.Join(strings.Fields(got.Text), " "); !strings.Contains(text, words) || !strings.Contains(text, "Орталық саябақ") && !strings.Contains(text, "Сахна") {
					t.Errorf("%s %s: no %q in %s", sheet.path, lang, words, text)
				}
				if want := code(t, citytest.Origin+"/"+lang+sheet.leads); len(got.Codes) != 1 || got.Codes[0] != want {
					t.Errorf("%s %s: its code does not lead to %s; %s", sheet.path, lang, sheet.leads, got.Text)
				}
			}
		}
	}, Capability())
}
