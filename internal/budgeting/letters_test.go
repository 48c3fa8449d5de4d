package budgeting_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var printedCode = regexp.MustCompile(`[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}`)

// A desk makes letters for the city's addresses: a page each, in both languages, with a number and a code. Nothing of a code or an address is kept but a hash; a code is one vote; for a letter that
// is lost there is another code, and none for one that was voted with.
func TestLetters(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, codes := byDistricts(c, OnePart, 0)
		desk, path := c.Browser(w.officer), "/ru/desk/budget/"+string(w.campaign)+"/letters"
		c.Browser(nil).Get(path).Want(401)
		c.Browser(c.Officer(w.roads)).Post(path, "letters", "1", "district", codes[0]).Want(403)
		desk.Get("/ru/desk/budget/"+string(w.campaign)).Want(200, "Письма с кодами")
		desk.Get(path).Want(200, "одно письмо — один голос")
		for table, says := range map[string]string{
			"name\nАсель\n": "нет столбца «адрес»", "адрес\n": "", "адрес;район\nАбая, 1;Луна\n": "Строка 2", "адрес;район\nАбая, 1;Степной\n": "нет части этого района", "адрес\nАбая 1\n": "Укажите район", "район;адрес\n" + codes[0] + "\n": "Строка 2",
			"адрес\n#REF!\n": "Строка 2", "адрес\n" + strings.Repeat("Абая 1\n", 2_001): "2", "адрес\n" + strings.Repeat("А", 301) + "\n": "Строка 2",
		} {
			desk.Upload(path, "file", "a.csv", []byte(table)).Want(422, says)
		}
		desk.Post(path, "letters", "0").Want(422)
		desk.Post(path, "letters", "2001", "district", codes[0]).Want(422, "2000")

		got := desk.Upload(path, "file", "a.csv", []byte("Адрес;Район\nул. Абая, 14, кв. 3;Абайский\nул. Тұран, 5;"+codes[1]+"\n")).Want(200)
		if got.Header.Get("Cache-Control") != "no-store" {
			t.Error("letters are kept by browsers")
		}
		sheets := got.PDF()
		if len(sheets.Pages) != 2 || len(sheets.Codes) != 2 {
			t.Fatalf("%d pages, %d codes to open with a phone", len(sheets.Pages), len(sheets.Codes))
		}
		var letter []string
		for i, page := range sheets.Pages {
			words := strings.Join(strings.Fields(page), " ")
			for _, want := range []string{[]string{"ул. Абая, 14, кв. 3", "ул. Тұран, 5"}[i], "Хат нөмірі: " + fmt.Sprint(i+1), "Номер письма: " + fmt.Sprint(i+1), "Никому не отдавайте код", "Кодты ешкімге бермеңіз"} {
				if !strings.Contains(words, want) {
					t.Errorf("letter %d lacks %q: %s", i+1, want, words)
				}
			}
			letter = append(letter, printedCode.FindString(page))
		}
		if letter[0] == "" || letter[0] == letter[1] {
			t.Fatalf("codes %v", letter)
		}
		c.Read(func(tx *storage.Tx) error {
			for _, column := range []string{"who", "district", "age", "channel"} {
				kept, err := storage.All(tx, storage.Scalar[string], "SELECT "+column+" FROM ballots_code")
				if err != nil || strings.Contains(fmt.Sprint(kept), letter[0]) || strings.Contains(fmt.Sprint(kept), "Абая") {
					t.Errorf("%s keeps %v, %v", column, kept, err)
				}
			}
			return nil
		})
		cast := func(code, ballot string) error {
			b, _ := ballots.ParseBallot(ballot)
			return w.Cast(c.Ctx(), civic.Actor{}, w.campaign, code, ballots.Cast{Ballot: b, Words: ballots.NewWords()})
		}
		// The first is lost: another code, and the old one is worth nothing.
		desk.Post(path+"/replace", "letter", "9").Want(422, "Письма с таким номером нет")
		desk.Post(path+"/replace", "letter", "").Want(422)
		fresh := printedCode.FindString(desk.Post(path+"/replace", "letter", "1").Want(200, "Код показан один раз").Body)
		c.Refused(cast(letter[0], "1"), civic.Forbidden)
		c.Refused(cast(fresh, "2"), civic.Invalid) // the district stays that of the letter
		c.Must(cast(fresh, "1"))
		c.Refused(cast(fresh, "1"), civic.Conflict)
		desk.Post(path+"/replace", "letter", "1").Want(409, "уже проголосовали")
		c.Must(cast(letter[1], "2"))
		// Without addresses, numbered on.
		more := desk.Post(path, "letters", "3", "district", codes[0]).Want(200).PDF()
		if len(more.Pages) != 3 || !strings.Contains(more.Pages[2], "Номер письма: 5") {
			t.Errorf("%d more letters: %.300s", len(more.Pages), more.Text)
		}
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)+"/results").Want(200, "Проголосовали: 2")
		desk.Get(path).Want(409)
	}, Capability())
}
