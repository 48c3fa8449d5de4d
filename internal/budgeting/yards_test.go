package budgeting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/paper"
)

// byYards is a town whose budget has a part for houses of up to 40 flats and one for those of more than 100, with a project each.
func byYards(c *citytest.City) *town {
	w, _ := voting(c, func(typed *Campaign) {
		var err error
		typed.Areas, err = ParseAreas("small; 40 пәтерге дейін; До 40 квартир; 1-40; 5000000\nlarge; 100 пәтерден көп; Больше 100 квартир; 101-; 5000000")
		c.Must(err)
	}, 1_000_000, 1_000_000)
	return w
}

// By hand: the first project is of the part for houses of up to 40 flats, the second of that for more than 100; houses between have none. A letter is for the house of its line, a code of the desk and a sheet
// for the part that the desk saw; an account is of no house.
func TestWhoLivesInWhichYard(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := byYards(c)
		page, desk := "/ru"+CampaignPath(w.campaign), c.Browser(w.officer)
		cast := func(code, ballot string) error {
			b, _ := ballots.ParseBallot(ballot)
			return w.Cast(c.Ctx(), civic.Actor{}, w.campaign, code, ballots.Cast{Ballot: b, Words: ballots.NewWords()})
		}
		c.Browser(nil).Get(page).Want(200, "только часть своего дома")
		c.Browser(nil).Get("/api/v1"+CampaignPath(w.campaign)).Want(200, `"flats":"1-40"`, `"flats":"101-"`)
		c.Browser(nil).Get(CampaignPath(w.campaign)+"/rules.json").Want(200, `"from": 101`)
		known := c.Lives(verified(c, 1), "", "1980-05-01")
		c.Browser(known).Get(page+"/vote").Want(200, "разделён по дворам", "Код")
		_, err := w.cast(known, "1")
		c.Refused(err, civic.Forbidden)

		letters := "/ru/desk/budget/" + string(w.campaign) + "/letters"
		for table, says := range map[string]string{"адрес;квартир\nАбая 1;70\n": "нет части для дома", "адрес;квартир\nАбая 1;много\n": "нет части для дома", "адрес;квартир\nАбая 1;0\n": "нет части для дома", "адрес\nАбая 1\n": "к какой части относится дом"} {
			desk.Upload(letters, "file", "a.csv", []byte(table)).Want(422, says)
		}
		sheets := desk.Upload(letters, "file", "a.csv", []byte("адрес;квартир\nАбая 1;40\nАбая 2;101\n")).Want(200).PDF()
		for i, of := range []string{"1", "2"} {
			code := printedCode.FindString(sheets.Pages[i])
			other := map[string]string{"1": "2", "2": "1"}[of]
			c.Refused(cast(code, other), civic.Invalid)
			c.Refused(cast(code, "1 2"), civic.Invalid)
			c.Must(cast(code, of))
		}
		codes := "/ru/desk/budget/" + string(w.campaign) + "/codes"
		desk.Get(codes).Want(200, "Часть, к которой относится дом", "Больше 100 квартир").Lacks("Район не указан")
		desk.Post(codes, "iin", iin("850412", "3", 1)).Want(422, "к какой части относится дом")
		desk.Post(codes, "iin", iin("850412", "3", 1), "district", "middle").Want(422)
		code, err := w.IssueCode(c.Ctx(), w.officer.Actor, w.campaign, iin("850412", "3", 1), "large")
		c.Must(err)
		c.Refused(cast(code, "1"), civic.Invalid)
		c.Must(cast(code, "2"))
		run, _, _, err := c.Paper.Print(c.Ctx(), w.officer.Actor, civic.Ref{Kind: KindCampaign, ID: w.campaign}, paper.Ballots, 10, civic.Russian)
		c.Must(err)
		give := "/ru" + paper.Path(run.ID) + "/person"
		desk.Get(give).Want(200, "Больше 100 квартир")
		desk.Post(give, "iin", iin("850412", "3", 600)).Want(422)
		desk.Post(give, "iin", iin("850412", "3", 600), "district", "nowhere").Want(422)
	}, Capability())
}

// Turnout is told by the parts of the houses: by hand, six of large ones and one of a small one, who is not told apart.
func TestTurnoutByYards(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := byYards(c)
		for i := range 12 {
			part, ballot := "large", "2"
			if i < 6 {
				part, ballot = "small", "1"
			}
			code, err := w.IssueCode(c.Ctx(), w.officer.Actor, w.campaign, iin("850412", "3", 10+i), part)
			c.Must(err)
			b, _ := ballots.ParseBallot(ballot)
			c.Must(w.Cast(c.Ctx(), civic.Actor{}, w.campaign, code, ballots.Cast{Ballot: b, Words: ballots.NewWords()}))
		}
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		text := strings.Join(strings.Fields(c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)+"/results").Want(200).Text()), " ")
		for _, line := range []string{"Больше 100 квартир 6", "До 40 квартир 6"} {
			if !strings.Contains(text, line) {
				t.Errorf("the page lacks %q: %s", line, text)
			}
		}
	}, Capability())
}

// A house belongs to one part, and parts are of one kind.
func TestPartsForYardsAreChecked(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский"))
		district := c.Settings.Current().Districts[0].Code
		body := c.Body("Әкімдік")
		service := citytest.Service[*Service](c)
		for _, row := range []struct {
			areas string
			fits  bool
		}{
			{"a; к; р; 1-40; 1\nb; к; р; 41-100; 1\nc; к; р; 101-; 1", true},
			{"a; к; р; 1-40; 1\nb; к; р; ; 1", true},
			{"a; к; р; 1-40; 1\nb; к; р; 40-100; 1", false},
			{"a; к; р; 50-; 1\nb; к; р; 40-100; 1", false},
			{"a; к; р; 40-100; 1\nb; к; р; 50-60; 1", false},
			{"a; к; р; 1-40; 1\nb; к; р; " + district + "; 1", false},
			{"a; к; р; 40-1; 1", false}, {"a; к; р; 0-40; 1", false}, {"a; к; р; 1-10001; 1", false}, // no flats, and no district
		} {
			typed := campaign(c, body)
			var err error
			typed.Areas, err = ParseAreas(row.areas)
			c.Must(err)
			if again, err := ParseAreas(FormatAreas(typed.Areas)); err != nil || len(again) != len(typed.Areas) || again[0].Flats != typed.Areas[0].Flats {
				t.Errorf("%q reads back as %v, %v", row.areas, again, err)
			}
			if err := service.BeforeCampaign(c.Ctx(), typed); (err == nil) != row.fits {
				t.Errorf("%q: %v", row.areas, err)
			}
		}
	}, Capability())
}
