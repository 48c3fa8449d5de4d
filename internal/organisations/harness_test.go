package organisations_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	. "github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// The clock of the tests: 10 March 2026, noon in the city.
var noon = time.Date(2026, 3, 10, 7, 0, 0, 0, time.UTC)

var zone = citytest.Zone

var districts = []District{
	{"abay", civic.Text{"kk": "Абай ауданы", "ru": "Абайский район"}},
	{"al-farabi", civic.Text{"kk": "Әл-Фараби ауданы", "ru": "Аль-Фарабийский район"}},
	{"enbekshi", civic.Text{"kk": "Еңбекші ауданы", "ru": "Енбекшинский район"}},
	{"karatau", civic.Text{"kk": "Қаратау ауданы", "ru": "Каратауский район"}},
	{"turan", civic.Text{"kk": "Тұран ауданы", "ru": "Туранский район"}},
}

// world is a whole city with its register, which is empty.
type world struct {
	*citytest.City
	*Service
	people map[civic.ID]*citytest.Person
}

func newWorld(c *citytest.City) *world {
	c.T.Helper()
	c.At(noon)
	c.Write(func(tx *storage.Tx) error {
		tx.Touch(city.Topic)
		for i, d := range districts {
			if _, err := tx.Exec("INSERT INTO city_district (code, name, position) VALUES ($1, $2, $3)", d.Code, d.Name, i); err != nil {
				return err
			}
		}
		return nil
	})
	w := &world{c, c.Organisations, map[civic.ID]*citytest.Person{}}
	w.person(resident) // has an account without asking for a page
	return w
}

// onEach runs a test on an empty register on every engine.
func onEach(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	citytest.Each(t, func(t *testing.T, c *citytest.City) { test(t, newWorld(c)) })
}

// sqlite is an empty register on SQLite, for what does not depend on the engine.
func sqlite(t testing.TB) *world {
	t.Helper()
	return newWorld(citytest.Open(t, storagetest.SQLite(t), app.Config{}))
}

// person is a made-up actor as somebody with an account, who is the same each time.
func (w *world) person(a civic.Actor) *citytest.Person {
	w.T.Helper()
	if w.people[a.Account] == nil {
		w.people[a.Account] = w.Known(a)
	}
	return w.people[a.Account]
}

// as is a new browser of somebody.
func (w *world) as(a civic.Actor) *citytest.Browser {
	w.T.Helper()
	if !a.SignedIn() {
		return w.Browser(nil)
	}
	return w.Browser(w.person(a))
}

// told is what the resident was told, the newest first.
func (w *world) told() []notifications.Kept {
	w.T.Helper()
	return w.Told(w.person(resident))
}

// speakers are the accounts that speak for an organisation.
func (w *world) speakers(id civic.ID) (out []civic.ID) {
	w.T.Helper()
	w.City.Read(func(tx *storage.Tx) (err error) {
		out, err = identity.HoldersOf(tx, civic.Representative, RefOf(id))
		return err
	})
	return out
}

var (
	moderator = civic.Actor{Account: "0moderator", Name: "M", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Moderator}}}
	admin     = civic.Actor{Account: "0admin", Name: "A", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
	resident  = civic.Actor{Account: "0resident", Name: "R", Assurance: civic.EmailConfirmed}
	visitor   = civic.Actor{}
)

func speaksFor(id civic.ID) civic.Actor {
	return civic.Actor{Account: "0speaker", Name: "S", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: RefOf(id)}}}
}

func (w *world) create(values map[Field]string) civic.ID {
	w.T.Helper()
	if values["kind"] == "" {
		values["kind"] = NGO
	}
	if values["status"] == "" {
		values["status"] = Active
	}
	id, err := w.Create(w.Ctx(), moderator, values, Public)
	w.Must(err)
	return id
}

func (w *world) load(csv string, m Mapping, dry bool) Report {
	w.T.Helper()
	report, err := w.Import(w.Ctx(), strings.NewReader(csv), int64(len(csv)), m, dry, nil)
	w.Must(err)
	return report
}

func (w *world) names(q Query) []string {
	w.T.Helper()
	p, err := w.List(w.Ctx(), moderator, q)
	w.Must(err)
	var out []string
	for _, it := range p.Items {
		out = append(out, it.Name.String())
	}
	return out
}

// generate makes a table of n organisations in the way of the lists that cities receive.
func generate(n int) []byte {
	var b bytes.Buffer
	b.WriteString("БИН;Наименование;Атауы;Тип;ОПФ;Статус;Дата регистрации;Направления;Район;Миссия;Адрес;Телефон;Email;Сайт\n")
	words := []string{"Болашақ", "Үміт", "Достық", "Надежда", "Қайырым", "Тірек", "Шаңырақ", "Жас Отан", "Мейірім", "Забота"}
	statuses := []string{"действует", "действует", "действует", "действует", "ликвидирована", "не ведёт деятельность"}
	for i := range n {
		word := words[i%len(words)]
		number := fmt.Sprintf("%06d", i)
		d := fmt.Sprintf("%012d", 0)
		for c := range 10 {
			d = fmt.Sprintf("%02d%02d4%d%s%d", i%90, 1+i%12, i%4, number[1:], c)
			if civic.ValidBIN(d) {
				break
			}
		}
		if !civic.ValidBIN(d) {
			d = ""
		}
		fmt.Fprintf(&b, "%s;Общественный фонд «%s %d»;«%s %d» қоғамдық қоры;нпо;фонд;%s;%02d.%02d.%d;%s;%s;Помощь семьям и детям в городе, занятия в мектептерімізде, кружки и секции для каждого, кто хочет учиться %d;Шымкент, көшесі %d;+7 7252 %06d;info%d@example.kz;https://example.kz/%d\n",
			d, word, i, word, i, statuses[i%len(statuses)], 1+i%28, 1+i%12, 1991+i%34, Themes()[i%11].Code+" | "+Themes()[(i*7+3)%11].Code, districts[i%5].Code, i, i, i%1000000, i, i)
	}
	return b.Bytes()
}
