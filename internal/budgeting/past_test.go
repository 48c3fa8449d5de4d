package budgeting_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/tally/pabulib"
)

// pastFile is a vote of 2024: by hand, of ten million greedy takes the lights (four votes, 4 million) and the benches (three, 5 million), and then the court (two, 8 million) is too dear and the bins (one, 1 million) fit.
func pastFile(selected string) string {
	marks := strings.Fields(selected)
	mark := func(i int) string {
		if selected == "" {
			return ""
		}
		return ";" + marks[i]
	}
	head := "project_id;cost;name;category;votes"
	if selected != "" {
		head += ";selected"
	}
	return "META\nkey;value\ndescription;Бюджет 2024\ncountry;Kazakhstan\nunit;Қала\ninstance;2024\nnum_projects;4\nnum_votes;5\nbudget;10000000\nvote_type;approval\nrule;greedy\ncurrency;KZT\nPROJECTS\n" + head + "\n" +
		"A-1;4000000;Фонари;light;4" + mark(0) + "\nA-2;5000000;Скамьи;sport;3" + mark(1) + "\nA-3;8000000;Корт;sport;2" + mark(2) + "\nA-4;1000000;Урны;light;1" + mark(3) + "\n" +
		"VOTES\nvoter_id;age;sex;voting_method;vote\n870101300123;37;F;internet;A-1,A-2\n870101300124;41;M;paper;A-3,A-1\n870101300125;52;F;paper;A-1,A-2\n870101300126;19;M;internet;A-2,A-3\n870101300127;23;F;internet;A-1,A-4\n"
}

type yesteryear struct {
	*citytest.City
	*Service
	body    civic.ID
	officer *citytest.Person
}

func history(c *citytest.City) *yesteryear {
	y := &yesteryear{City: c, Service: citytest.Service[*Service](c), body: c.Body("Әкімдік")}
	y.officer = c.Officer(y.body)
	return y
}

func (y *yesteryear) bring(file string) (*citytest.Page, string) {
	got := y.Browser(y.officer).Upload("/ru/desk/past-budgets", "file", "2024.pb", []byte(file), "title.kk", "Халық бюджеті 2024", "title.ru", "Бюджет участия 2024", "year", "2024", "body", string(y.body))
	return got, got.Header.Get("Location")
}

// A vote of an earlier year becomes a page: who runs budgets of the body looks first, nobody else sees it until it is published; then it is found, is in the record, and its file says nothing of voters but
// how they voted.
func TestAPastVoteBecomesPages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		y := history(c)
		c.Browser(nil).Get("/ru/past-budgets").Want(200, "Голосований прошлых лет пока нет")
		c.Browser(nil).Get("/ru/budget").Want(200).Lacks("/past-budgets\"")
		c.Browser(c.Officer(c.Body("Жол"))).Upload("/ru/desk/past-budgets", "file", "2024.pb", []byte(pastFile("1 1 0 1")), "title.kk", "Бюджет", "title.ru", "Бюджет", "year", "2024", "body", string(y.body)).Want(403)
		got, page := y.bring(pastFile("1 1 0 1"))
		got.Want(303)
		if _, again := y.bring(pastFile("1 1 0 1")); again != page {
			t.Errorf("the same file is %s and %s", page, again)
		}
		own := c.Browser(y.officer)
		own.Get(page).Want(200, "Это видит только ваш орган", "Фонари", "При пересчёте файла побеждают те же проекты", "10\u00a0000\u00a0000")
		for _, other := range []*citytest.Person{nil, c.Resident(civic.Russian), c.Officer(c.Body("Су"))} {
			c.Browser(other).Get(page).Want(404)
			c.Browser(other).Get(strings.TrimPrefix(page, "/ru") + "/votes.pb").Want(404)
		}
		desk := strings.Replace(page, "/past-budgets", "/desk/past-budgets", 1)
		c.Browser(c.Officer(c.Body("Газ"))).Post(desk+"/publish", "_sure", "yes").Want(404)
		own.Get("/ru/desk/past-budgets").Want(200, "Не опубликованы", "Бюджет участия 2024")
		own.Post(desk+"/publish").Want(200, "останется навсегда", "Халық бюджеті 2024")
		own.Post(desk+"/publish", "_sure", "yes").Want(303)
		own.Post(desk+"/publish", "_sure", "yes").Want(409)
		own.Post(desk+"/drop", "_sure", "yes").Want(409)

		all := c.Browser(nil)
		all.Get("/ru/budget").Want(200, "/past-budgets")
		all.Get("/ru/past-budgets").Want(200, "Бюджет участия 2024", "2024 год", "проголосовали: 5")
		text := strings.Join(strings.Fields(all.Get(page).Want(200, "Почему так", "Как было бы по другим правилам", "--rule=greedy").Text()), " ")
		for _, line := range []string{"Фонари · 4 000 000", "Скамьи · 5 000 000", "Урны · 1 000 000", "Стоимость победителей 10 000 000"} {
			if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), line) {
				t.Errorf("the page lacks %q: %s", line, text)
			}
		}
		all.Get("/ru/search?q=Фонари").Want(200, "Бюджет участия 2024")
		file := all.Get(strings.TrimPrefix(page, "/ru")+"/votes.pb").Want(200, "Скамьи").Body
		sum := sha256.Sum256([]byte(file))
		all.Get(page).Want(200, hex.EncodeToString(sum[:]))
		all.Get("/api/v1/past-budgets").Want(200, `"year":2024`, `"voters":5`, `"agrees":true`, `"spent":"10000000"`, hex.EncodeToString(sum[:]))
		for _, secret := range []string{"870101", "internet", "paper", "sex", "age", ";F", ";M"} {
			if strings.Contains(strings.Split(file, "VOTES")[1], secret) {
				t.Errorf("the file says %q of a voter", secret)
			}
		}
		// In the order of what was voted, not of who came when.
		if votes := strings.Split(strings.TrimSpace(strings.Split(file, "VOTES\n")[1]), "\n"); strings.Join(votes, " ") != "voter_id;vote 1;A-1,A-2 2;A-1,A-2 3;A-1,A-4 4;A-2,A-3 5;A-3,A-1" {
			t.Errorf("votes %q", votes)
		}
		c.SkipActs()
		if report, _ := c.Verified(); report.Compared < 1 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// What was announced stays in front, and the page says where counting gives something else; where the file is silent, winners are counted.
func TestAPastVoteThatCountsOtherwise(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		y := history(c)
		own := c.Browser(y.officer)
		_, page := y.bring(pastFile("0 0 1 1"))
		text := strings.Join(strings.Fields(own.Get(page).Want(200, "Тогда объявили других победителей").Text()), " ")
		won := strings.Split(strings.Split(text, "Победившие проекты")[1], "Как посчитаны голоса")[0]
		if !strings.Contains(won, "Корт") || !strings.Contains(won, "Урны") || strings.Contains(won, "Фонари") {
			t.Errorf("announced: %q", won)
		}
		_, silent := y.bring(pastFile(""))
		own.Get(silent).Want(200, "В файле не сказано, кто победил", "Фонари").Lacks("Тогда объявили")
		desk := strings.Replace(silent, "/past-budgets", "/desk/past-budgets", 1)
		own.Post(desk+"/drop").Want(200, "будет удалено")
		own.Post(desk+"/drop", "_sure", "yes").Want(303)
		own.Get(silent).Want(404)
	}, Capability())
}

// What cannot become a page is refused with what is wrong, and nothing of it is kept.
func TestPastFilesThatAreRefused(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		y := history(c)
		good := pastFile("1 1 0 1")
		for file, says := range map[string]string{
			"nonsense": "Файл не прочитался", "": "Файл не прочитался", strings.Replace(good, "KZT", "PLN", 1): "не в тенге: PLN", strings.Split(good, "VOTES")[0] + "VOTES\nvoter_id;vote\n": "Файл не прочитался",
			strings.Replace(good, "Фонари", "#REF!", 1): "",
		} {
			got, _ := y.bring(file)
			got.Want(422, says)
		}
		c.Browser(y.officer).Upload("/ru/desk/past-budgets", "file", "a.pb", []byte(good), "title.kk", "Бюджет", "year", "1999", "body", string(y.body)).Want(422, "2000")
		c.Browser(y.officer).Get("/ru/desk/past-budgets").Want(200).Lacks("Не опубликованы")
	}, Capability())
}

// Real elections of other cities, their money taken for tenge, become drafts, and what is published of them counts as they do.
func TestRealPastVotes(t *testing.T) {
	shared := os.Getenv("BIRGE_SHARED")
	if shared == "" {
		t.Skip("set BIRGE_SHARED")
	}
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		y := history(c)
		for _, name := range []string{"Netherlands_Assen_2024", "Poland_Gdynia_2020_Obluze__small", "Netherlands_Amsterdam_304"} {
			b, err := os.ReadFile(filepath.Join(shared, "data", "pabulib", name+".pb"))
			c.Must(err)
			f, before, _, err := pabulib.Read(bytes.NewReader(b), pabulib.Lenient)
			c.Must(err)
			f.SetMeta("currency", "KZT")
			var typed bytes.Buffer
			_, err = f.WriteTo(&typed)
			c.Must(err)
			got, page := y.bring(typed.String())
			got.Want(303)
			v, err := y.PastOne(c.Ctx(), y.officer.Actor, civic.ID(page[strings.LastIndex(page, "/")+1:]))
			c.Must(err)
			selected, known := f.Selected(before)
			if v.Voters != before.Voters() || known && len(v.Winners) != len(selected) {
				t.Errorf("%s: %d voters of %d, %d winners of %d", name, v.Voters, before.Voters(), len(v.Winners), len(selected))
			}
			c.Browser(y.officer).Get(page).Want(200)
		}
	}, Capability())
}
