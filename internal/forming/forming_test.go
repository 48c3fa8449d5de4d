package forming_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	. "github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/sortition/draw"
)

// town is a city with a council whose term begins in ninety days, and of whose six seats at most two may be of public service.
type town struct {
	*citytest.City
	*Service
	council   civic.ID
	secretary *citytest.Person
}

var (
	terms   = civic.Text{"kk": "Қаланың тұрғыны болуы керек", "ru": "Нужно жить в городе"}
	reasons = civic.Text{"kk": "Тәжірибесі мол", "ru": "У них большой опыт"}
)

func open(c *citytest.City) *town {
	t := &town{City: c, Service: c.Forming}
	var err error
	t.council, err = citytest.Service[*councils.Service](c).Found(c.Ctx(), c.Administrator().Actor, councils.Council{Form: "public_council", Name: civic.Text{"kk": "Қала кеңесі", "ru": "Городской совет"},
		About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"}, Body: c.Body("Әкімдік"), Law: "383-V", Size: 6, Since: c.Now().AddDate(0, 0, 90).Truncate(24 * time.Hour), Until: c.Now().AddDate(3, 0, 90)})
	c.Must(err)
	t.secretary = c.With(c.Resident(civic.Russian), civic.Grant{Role: "councils.secretary", Scope: councils.Ref(t.council)})
	return t
}

// announce opens a competition for four seats by the method.
func (t *town) announce(by Method, quotas ...Quota) civic.ID {
	id, err := t.DrawUp(t.Ctx(), t.secretary.Actor, Competition{Body: councils.Ref(t.council), Method: by, Seats: 4, Reserve: 2, Group: []string{"А. Ақанов", "Б. Берік", "В. Власов"}, Terms: terms, Until: t.Now().AddDate(0, 0, 20)})
	t.Must(err)
	if by == ByLot {
		t.Must(t.SetQuotas(t.Ctx(), t.secretary.Actor, id, quotas))
	}
	t.Must(t.Announce(t.Ctx(), t.secretary.Actor, id))
	return id
}

// stand lets n people stand, by turns women and men, and lets them in.
func (t *town) stand(id civic.ID, n int) (people []*citytest.Person, all []civic.ID) {
	for i := range n {
		p := t.Resident(civic.Russian)
		d, err := t.Stand(t.Ctx(), p.Actor, Candidacy{Competition: id, Name: fmt.Sprintf("Үміткер %c", 'А'+i), About: "Ауламды тазаладым", Sex: []string{Woman, Man}[i%2], Born: 1960 + 5*i}, civic.Kazakh)
		t.Must(err)
		people, all = append(people, p), append(all, d)
	}
	t.Pass(22 * 24 * time.Hour) // sessions end meanwhile
	t.SignIn(t.secretary)
	for _, d := range all {
		t.Must(t.Check(t.Ctx(), t.secretary.Actor, id, d, true, nil))
	}
	return people, all
}

// An organisation nominates, the working group checks and votes, and those chosen sit in the council with its term.
func TestByVote(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		ngo := c.Organisation("Жасыл қала")
		representative := c.Representative(ngo)
		speaker, visitor, secretary := c.Browser(representative), c.Browser(nil), c.Browser(w.secretary)
		visitor.Get("/ru").Want(200)
		visitor.Get("/ru/forming").Want(200, "Конкурсов здесь пока нет")
		secretary.Get("/ru/desk").Want(200, "Пора объявить конкурс")
		path := "/ru" + NewPath(councils.Ref(w.council))
		secretary.Get(path).Want(200, "госслужащим не больше 2")
		form := func(seats string) []string {
			return []string{"method", "vote", "seats", seats, "group", "А. Ақанов\nБ. Берік\nВ. Власов", "terms.kk", terms["kk"], "terms.ru", terms["ru"], "until", c.Now().AddDate(0, 0, 20).Format(time.DateOnly)}
		}
		secretary.Post(path, form("3")...).Want(422, "Гражданскому обществу принадлежит мест не меньше: 4")
		secretary.Post(path, form("7")...).Want(422, "числа свободных мест: 6")
		desk := secretary.Post(path, form("4")...).Want(303).Location
		id := civic.ID(desk[strings.LastIndexByte(desk, '/')+1:])
		page := "/ru" + Path(id)
		visitor.Get(page).Want(404)
		secretary.Post(desk+"/announce").Want(200, "изменить это нельзя", terms["kk"])
		secretary.Post(desk+"/announce", "_sure", "yes").Want(303)
		visitor.Get(page).Want(200, "приём кандидатов", "Заявок пока нет", "А. Ақанов")
		visitor.Get("/ru/forming").Want(200, "Городской совет")
		visitor.Get("/ru/search?q=городской").Want(200, "Формирование состава")

		speaker.Get(page+"/stand").Want(200, "Жасыл қала")
		nominate := []string{"by", "organisations.organisation:" + string(ngo), "name", "Гүлнар Асан", "about", "Саябақ үшін күрескен. Тел. 8 701 555 01 99", "agrees", "yes"}
		speaker.Post(page+"/stand", nominate...).Want(422, "Не пишите телефон")
		nominate[5] = "Саябақ үшін күрескен"
		speaker.Post(page+"/stand", nominate...).Want(200, "Гүлнар Асан", "запись останется навсегда")
		own := speaker.Post(page+"/stand", append(nominate, "_sure", "yes")...).Want(303).Location
		speaker.Post(page+"/stand", append(nominate, "_sure", "yes")...).Want(422, "От одной организации")
		visitor.Get(page).Want(200, "K001").Lacks("Гүлнар")
		speaker.Get("/ru/me").Want(200, "ждёт проверки")
		speaker.Get("/ru/account/download").Want(200, "Гүлнар")
		c.Browser(c.Resident(civic.Russian)).Get(own).Want(404)
		stranger := c.Resident(civic.Russian)
		_, err := w.Stand(c.Ctx(), stranger.Actor, Candidacy{Competition: id, By: civic.Ref{Kind: "organisations.organisation", ID: ngo}, Name: "Басқа", About: "Мен"}, civic.Kazakh)
		c.Refused(err, civic.Forbidden)

		people, all := w.stand(id, 5)
		secretary = c.Browser(w.secretary)
		_, err = w.Stand(c.Ctx(), stranger.Actor, Candidacy{Competition: id, Name: "Кеш", About: "Кеш қалды"}, civic.Kazakh)
		c.Refused(err, civic.Closed)
		nominated := civic.ID(own[strings.LastIndexByte(own, '/')+1:])
		c.Refused(w.EnterVotes(c.Ctx(), w.secretary.Actor, id, nil), civic.Closed) // one is unchecked
		secretary.Post(desk+"/candidacies/"+string(nominated), "decision", "refuse").Want(422)
		secretary.Post(desk+"/candidacies/"+string(nominated), "decision", "admit").Want(303)
		c.Must(w.Check(c.Ctx(), w.secretary.Actor, id, all[4], false, reasons))
		visitor.Get(page).Want(200, "Гүлнар Асан", "не допущен", "большой опыт").Lacks("Үміткер Д")
		c.Jobs()
		if told := c.Told(people[4]); !slices.ContainsFunc(told, func(n notifications.Kept) bool { return n.Body.Key == "forming.told_refused" }) {
			t.Errorf("told %+v", told)
		}

		votes := map[civic.ID][]int{nominated: {0, 1, 2}, all[0]: {0, 1}, all[1]: {1, 2}, all[2]: {0, 2}, all[3]: {0, 1}}
		c.Refused(w.EnterVotes(c.Ctx(), w.secretary.Actor, id, votes), civic.Invalid) // four have two votes, for three seats
		votes[all[3]] = []int{1}
		c.Must(w.EnterVotes(c.Ctx(), w.secretary.Actor, id, votes))
		visitor.Get(page).Want(200, "За: 3 из 3", "А. Ақанов, Б. Берік, В. Власов", "выбор сделан")
		secretary.Post(desk+"/publish", "reasons.kk", reasons["kk"], "reasons.ru", reasons["ru"]).Want(200, "Эти люди станут членами")
		secretary.Post(desk+"/publish", "reasons.kk", reasons["kk"], "reasons.ru", reasons["ru"], "_sure", "yes").Want(303)
		visitor.Get(page).Want(200, "состав опубликован", "У них большой опыт")
		c.Pass(90 * 24 * time.Hour)
		visitor.Get("/ru"+councils.Path(w.council)+"/members").Want(200, "Гүлнар Асан", "Жасыл қала", "Үміткер В").Lacks("Үміткер Г")
		c.Browser(c.SignIn(representative)).Get(own).Want(200, "Поздравляем")
		of, other := councils.Ref(w.council).String(), councils.Ref("another").String()
		for query, there := range map[string]bool{"?state=published": true, "?state=failed": false, "?method=vote": true, "?method=lot": false, "?of=" + of: true, "?of=" + other: false, "?state=published&method=vote&of=" + of: true, "?state=published&method=lot": false, "?state=nonsense": true} {
			list := visitor.Get("/ru/forming" + query).Want(200).Body
			if strings.Contains(list, string(id)) != there || strings.Contains(list, "Таких конкурсов нет") == there {
				t.Errorf("%s: %s is listed: %v", query, id, !there)
			}
		}
		visitor.Get("/forming.csv?method=lot").Want(200).Lacks(string(id))
		visitor.Get("/api/v1/forming?method=lot").Want(200).Lacks(string(id))
		visitor.Get("/forming.csv").Want(200, "Городской совет", "published")
		visitor.Get("/forming-excel.csv").Want(200, "id;body;", "Городской совет")
		visitor.Get("/forming.xlsx").Want(200, "PK")
		visitor.Get("/ru/forming.atom").Want(200, "<feed", "Городской совет", "#published")
		visitor.Get("/api/v1/forming").Want(200, `"phase":"published"`)
		public := visitor.Get("/api/v1/forming/"+string(id)).Want(200, "Гүлнар Асан").Lacks("Үміткер Д")
		if year := regexp.MustCompile(`\b1960\b`); year.MatchString(public.Body) { // a seal may hold these digits in its midst
			t.Errorf("the year of birth is public: %s", public.Body)
		}
		for _, act := range c.Acts() {
			if strings.Contains(string(act.Payload), "Гүлнар") {
				t.Errorf("a name stands in the record: %s", act.Payload)
			}
		}
		c.Acts()
		c.Verified()
	}, councils.Capability())
}

// drawn is the number of a competition's first draw, ready to be published.
func (t *town) prepared(id civic.ID, purpose Purpose) Draw {
	made, err := t.Prepare(t.Ctx(), t.secretary.Actor, id, purpose)
	t.Must(err)
	t.Jobs()
	_, d, err := t.ShowDraw(t.Ctx(), t.secretary.Actor, id, made)
	t.Must(err)
	return d
}

func (t *town) state(id civic.ID, number int) (state CandidacyState) {
	v, err := t.Show(t.Ctx(), t.secretary.Actor, id)
	t.Must(err)
	for _, d := range v.Stand {
		if d.Number == number {
			state = d.State
		}
	}
	return state
}

// By lot: quotas that contradict each other are named, the list is in the record before the number, everybody finds their chance, and birge verify's check holds.
// Somebody declines: the replacement is drawn with those who stay.
func TestByLot(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		visitor := c.Browser(nil)
		id := w.announce(ByLot, Quota{Category: "sex", Feature: Woman, Min: 3, Max: 4}, Quota{Category: "sex", Feature: Man, Min: 2, Max: 4})
		page, desk := "/ru"+Path(id), "/ru/desk"+Path(id)
		people, _ := w.stand(id, 10)
		secretary := c.Browser(w.secretary)
		visitor.Get(page).Want(200, "K001", "допущен").Lacks("Үміткер")

		d := w.prepared(id, ForSeats)
		if d.State != Infeasible || len(d.Conflict) == 0 {
			t.Fatalf("three women and two men on four seats: %+v", d)
		}
		secretary.Get(desk+"/draws/"+string(d.ID)).Want(200, "Наименьшее изменение", "→")
		secretary.Post(desk+"/quotas", "sex.woman.min", "2", "sex.woman.max", "5").Want(422, "не больше числа мест: 4")
		secretary.Post(desk+"/quotas", "sex.woman.min", "2", "sex.woman.max", "2").Want(303)
		c.Refused(w.List(c.Ctx(), w.secretary.Actor, id, d.ID, draw.Source{Kind: draw.Dice}), civic.NotFound) // its quotas are gone

		d = w.prepared(id, ForSeats)
		lot := Path(id) + "/draws/" + string(d.ID)
		visitor.Get("/ru" + lot).Want(404)
		c.SkipActs()
		secretary.Post("/ru/desk"+lot+"/announce", "source", draw.Dice).Want(200, "Подменить их потом нельзя")
		secretary.Post("/ru/desk"+lot+"/announce", "source", draw.Dice, "_sure", "yes").Want(303)
		listed := c.WantActs("forming.draw.announced")[0]
		visitor.Get("/ru"+lot).Want(200, "список опубликован", d.Announced.Source.Kind)
		visitor.Get("/ru"+lot+"?who=k001").Want(200, "K001: составов 4")
		visitor.Get("/ru"+lot+"?who=K099").Want(200, "в этом жребии нет")
		c.Browser(c.SignIn(people[0])).Get("/ru"+Path(id)).Want(200, "Ваша заявка: K001")
		c.Refused(w.SetQuotas(c.Ctx(), w.secretary.Actor, id, nil), civic.Closed)
		visitor.Get(lot + "/draw.json").Want(404)

		secretary.Post("/ru/desk"+lot+"/number", "number", "1000", "_sure", "yes").Want(422, "от 0 до 999")
		secretary.Post("/ru/desk"+lot+"/number", "number", "143").Want(200, "Изменить это нельзя", "Состав № 143")
		secretary.Post("/ru/desk"+lot+"/number", "number", "143", "_sure", "yes").Want(303)
		var whole draw.Draw
		c.Must(json.Unmarshal([]byte(visitor.Get(lot+"/draw.json").Want(200).Body), &whole))
		var payload struct{ Announcement string }
		c.Must(json.Unmarshal(listed.Payload, &payload))
		c.Must(whole.Check(payload.Announcement))
		if whole.Number != 143 || len(whole.Panel) != 4 {
			t.Errorf("number %d, panel %v", whole.Number, whole.Panel)
		}
		visitor.Get(page).Want(200, "выбран", "Үміткер")

		reserve := w.prepared(id, ForReserve)
		c.Must(w.List(c.Ctx(), w.secretary.Actor, id, reserve.ID, draw.Source{Kind: draw.Dice}))
		c.Must(w.Throw(c.Ctx(), w.secretary.Actor, id, reserve.ID, 7))
		v, err := w.Show(c.Ctx(), w.secretary.Actor, id)
		c.Must(err)
		if n := len(v.In(Waiting)); n != 2 {
			t.Errorf("%d in reserve", n)
		}

		left := v.In(Elected)[0]
		c.Must(w.Withdraw(c.Ctx(), people[left.Number-1].Actor, left.ID))
		replacement := w.prepared(id, ForLeft)
		for _, panel := range replacement.List {
			for _, stays := range v.In(Elected)[1:] {
				if !strings.Contains(strings.Join(panel, " "), fmt.Sprintf("K%03d", stays.Number)) {
					t.Fatalf("%v lacks K%03d, who stays", panel, stays.Number)
				}
			}
		}
		c.Must(w.List(c.Ctx(), w.secretary.Actor, id, replacement.ID, draw.Source{Kind: draw.Dice}))
		c.Must(w.Throw(c.Ctx(), w.secretary.Actor, id, replacement.ID, 0))
		c.Must(w.Publish(c.Ctx(), w.secretary.Actor, id, reasons))
		v, err = w.Show(c.Ctx(), w.secretary.Actor, id)
		c.Must(err)
		if len(v.In(Elected)) != 4 || len(v.Of.Sitting) != 4 || w.state(id, left.Number) != Declined {
			t.Errorf("%d chosen, %d sit, who declined is %s", len(v.In(Elected)), len(v.Of.Sitting), w.state(id, left.Number))
		}
		c.Acts()
		c.Verified()
	}, councils.Capability())
}

// Who is in no panel that obeys the quotas is named before anything is drawn: to the secretary before the list is published, and to everybody beside it.
func TestWhoIsInNoPanelIsNamed(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.announce(ByLot, Quota{Category: "sex", Feature: Woman, Min: 4, Max: 4}, Quota{Category: "sex", Feature: Man, Min: 0, Max: 4})
		w.stand(id, 9) // five women and four men, by turns
		d := w.prepared(id, ForSeats)
		const never = "Не входят ни в один состав по квотам: K002, K004, K006, K008"
		desk := "/ru/desk" + Path(id) + "/draws/" + string(d.ID)
		secretary := c.Browser(w.secretary)
		secretary.Get(desk).Want(200, never)
		secretary.Post(desk+"/announce", "source", draw.Dice).Want(200, never)
		c.Must(w.List(c.Ctx(), w.secretary.Actor, id, d.ID, draw.Source{Kind: draw.Dice}))
		c.Browser(nil).Get("/ru"+Path(id)+"/draws/"+string(d.ID)).Want(200, never)
		c.Acts()
		c.Verified()
	}, councils.Capability())
}

// Three people seal values; a late one makes the draw void, a wrong one is refused, and all three draw.
func TestSealedValues(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.announce(ByLot)
		w.stand(id, 8)
		source := func() draw.Source {
			until := c.Now().Add(24 * time.Hour).UTC()
			s := draw.Source{Kind: draw.Commitments, Until: &until}
			for _, name := range []string{"Аян", "Дана", "Ольга"} {
				s.Members = append(s.Members, draw.Member{Name: name, Commitment: draw.Commit(name, "мән "+name)})
			}
			return s
		}
		list := func() civic.ID {
			d := w.prepared(id, ForSeats)
			two := source()
			two.Members = two.Members[:2]
			c.Refused(w.List(c.Ctx(), w.secretary.Actor, id, d.ID, two), civic.Invalid)
			c.Must(w.List(c.Ctx(), w.secretary.Actor, id, d.ID, source()))
			return d.ID
		}
		reveal := func(d civic.ID, name, value string) error {
			return w.Reveal(c.Ctx(), w.secretary.Actor, id, d, name, value)
		}
		first := list()
		c.Must(reveal(first, "Аян", "мән Аян"))
		c.Refused(reveal(first, "Аян", "мән Аян"), civic.Invalid)
		c.Refused(reveal(first, "Дана", "мән Ольга"), civic.Invalid)
		c.Must(reveal(first, "Дана", "мән Дана"))
		c.Pass(25 * time.Hour)
		c.Refused(reveal(first, "Ольга", "мән Ольга"), civic.Closed)
		_, err := w.Prepare(c.Ctx(), w.secretary.Actor, id, ForSeats)
		c.Refused(err, civic.Closed)
		visitor, page := c.Browser(nil), "/ru"+Path(id)+"/draws/"+string(first)
		visitor.Get(page).Want(200, "список опубликован")
		c.SkipActs()
		c.Jobs() // nobody need do anything: a value is missing
		c.WantActs("forming.draw.voided")
		visitor.Get(page).Want(200, "недействителен", "Значение не раскрыто: Ольга.")
		c.Refused(w.Annul(c.Ctx(), w.secretary.Actor, id, first, reasons), civic.Closed)

		second := list()
		for _, name := range []string{"Аян", "Дана", "Ольга"} {
			c.Must(reveal(second, name, "мән "+name))
		}
		_, d, err := w.ShowDraw(c.Ctx(), civic.Actor{}, id, second)
		c.Must(err)
		whole := d.Whole()
		c.Must(whole.Check(d.Announced.Digest()))
		c.Pass(25 * time.Hour)
		c.Jobs()
		if _, d, err = w.ShowDraw(c.Ctx(), civic.Actor{}, id, second); err != nil || d.State != Drawn {
			t.Errorf("what was drawn in time became %s, %v", d.State, err)
		}
		third := w.prepared(id, ForReserve)
		c.Must(w.List(c.Ctx(), w.secretary.Actor, id, third.ID, draw.Source{Kind: draw.Dice}))
		c.Must(w.Annul(c.Ctx(), w.secretary.Actor, id, third.ID, reasons))
		visitor.Get("/ru"+Path(id)+"/draws/"+string(third.ID)).Want(200, "недействителен", reasons["ru"])
		c.Acts()
		c.Verified()
	}, councils.Capability())
}

// A round of drand that was named beforehand draws: round 1000 of quicknet with the signature that its servers gave in 2023, when this test
// takes place. A round that is known already is refused, and what is no signature of the round is said at its field.
func TestByDrand(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		const signature = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
		genesis := time.Unix(1692803367, 0)
		c.Pass(genesis.AddDate(0, 0, -23).Sub(c.Now()))
		w := open(c)
		id := w.announce(ByLot)
		w.stand(id, 6)
		d := w.prepared(id, ForSeats)
		c.Pass(genesis.Add(10 * time.Minute).Sub(c.Now())) // the 200th round was the last
		c.SignIn(w.secretary)
		secretary, desk := c.Browser(w.secretary), "/ru/desk"+Path(id)+"/draws/"+string(d.ID)
		at := func(later time.Duration) []string {
			when := c.Now().Add(later).In(c.Settings.Zone())
			return []string{"source", draw.Drand, "round_day", when.Format(time.DateOnly), "round_time", when.Format("15:04")}
		}
		secretary.Post(desk+"/announce", at(-time.Hour)...).Want(422, "раунд")
		secretary.Post(desk+"/announce", "source", draw.Drand, "round_day", "soon").Want(422)
		secretary.Post(desk+"/announce", at(time.Hour)...).Want(200, "drand", "Подменить их потом нельзя")
		c.Refused(w.List(c.Ctx(), w.secretary.Actor, id, d.ID, draw.Source{Kind: draw.Drand, Chain: draw.Quicknet, Round: 150}), civic.Invalid)
		c.Must(w.List(c.Ctx(), w.secretary.Actor, id, d.ID, draw.Source{Kind: draw.Drand, Chain: draw.Quicknet, Round: 1000}))
		c.Browser(nil).Get("/ru"+Path(id)+"/draws/"+string(d.ID)).Want(200, "1000")
		c.Pass(time.Hour)
		secretary.Get(desk+"/number").Want(200, "Подпись раунда", "1000")
		for _, wrong := range []string{"", "zz", strings.Replace(signature, "b", "c", 1)} {
			secretary.Post(desk+"/number", "signature", wrong).Want(422, "Подпись не от этого раунда")
		}
		c.Refused(w.Throw(c.Ctx(), w.secretary.Actor, id, d.ID, 7), civic.Closed)
		secretary.Post(desk+"/number", "signature", " "+strings.ToUpper(signature)+" ").Want(303)
		_, drawn, err := w.ShowDraw(c.Ctx(), civic.Actor{}, id, d.ID)
		c.Must(err)
		whole := drawn.Whole()
		c.Must(whole.Check(drawn.Announced.Digest()))
		if drawn.State != Drawn || len(whole.Panel) != 4 {
			t.Errorf("%s: %v", drawn.State, whole.Panel)
		}
		whole.Beacon.Signature = strings.Replace(signature, "b", "c", 1)
		if whole.Check(drawn.Announced.Digest()) == nil {
			t.Error("a forged signature is not found")
		}
		c.Acts()
		c.Verified()
	}, councils.Capability())
}

// Who leaves takes name and words along, from the record too; the number stays.
func TestWhoLeaves(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.announce(ByVote)
		people, _ := w.stand(id, 4)
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "Үміткер А")
		c.Browser(c.SignIn(people[0])).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "K001").Lacks("Үміткер А")
		c.Read(func(tx *storage.Tx) error {
			held, err := Part().Personal.Export(tx, people[0].Account)
			if left, _ := json.Marshal(held); string(left) != "null" {
				t.Errorf("left behind: %s", left)
			}
			return err
		})
		c.Acts()
		c.Verified()
	}, councils.Capability())
}

// One organisation has one candidacy, and numbers are given once, however many come at the same time.
func TestManyStandAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.announce(ByVote)
		ngo := c.Organisation("Жасыл қала")
		speaker := c.Representative(ngo)
		by := civic.Ref{Kind: "organisations.organisation", ID: ngo}
		people := []*citytest.Person{speaker, speaker, speaker, speaker}
		for range 8 {
			people = append(people, c.Resident(civic.Kazakh))
		}
		var wg sync.WaitGroup
		for i, p := range people {
			d := Candidacy{Competition: id, Name: "Үміткер", About: "Мен туралы"}
			if i < 4 {
				d.By = by
			}
			wg.Go(func() { _, _ = w.Stand(c.Ctx(), p.Actor, d, civic.Kazakh) })
		}
		wg.Wait()
		v, err := w.Show(c.Ctx(), w.secretary.Actor, id)
		c.Must(err)
		of, numbers := 0, map[int]bool{}
		for _, d := range v.Stand {
			numbers[d.Number] = true
			if d.By == by {
				of++
			}
		}
		if of != 1 || len(v.Stand) != 9 || len(numbers) != 9 {
			t.Errorf("%d of the organisation, %d in all under %d numbers", of, len(v.Stand), len(numbers))
		}
	}, councils.Capability())
}

// Only the body's own secretary, and administrators, do the work.
func TestWhoMayWork(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.announce(ByLot)
		other := c.With(c.Resident(""), civic.Grant{Role: "councils.secretary", Scope: councils.Ref("another")})
		for _, a := range []civic.Actor{{}, c.Resident("").Actor, other.Actor} {
			c.Refused(w.Fail(c.Ctx(), a, id, reasons), civic.Forbidden)
			c.Refused(w.SetQuotas(c.Ctx(), a, id, nil), civic.Forbidden)
			c.Refused(w.EnterVotes(c.Ctx(), a, id, nil), civic.Forbidden)
			c.Refused(w.Publish(c.Ctx(), a, id, reasons), civic.Forbidden)
			_, err := w.Prepare(c.Ctx(), a, id, ForSeats)
			c.Refused(err, civic.Forbidden)
			_, err = w.DrawUp(c.Ctx(), a, Competition{Body: councils.Ref(w.council)})
			c.Refused(err, civic.Forbidden)
		}
		_, err := w.DrawUp(c.Ctx(), c.Administrator().Actor, Competition{Body: councils.Ref(w.council)})
		c.Refused(err, civic.Conflict)
		c.Must(w.Fail(c.Ctx(), c.Administrator().Actor, id, reasons))
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "не состоялся")
	}, councils.Capability())
}

// By when a competition was to be announced follows from the term in force on the day when it was, with the city's own source, whatever is in force later: the
// council's term begins on 31 May 2026, 90 days after 2 March, and 40 days before that is 21 April.
func TestTheBeginningFollowsFromTheSourceOfItsDay(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		set := func(from string, days int64, source string) {
			c.Must(c.Settings.SetValue(c.Ctx(), c.Administrator().Actor, city.Value{Key: "forming.start_days", From: from, Value: days, Source: source}))
		}
		set("2026-03-02", 40, "Мәслихаттың № 7 шешімі")
		page := Path(w.announce(ByVote))
		visitor := c.Browser(nil)
		visitor.Get("/ru"+page).Want(200, "Мәслихаттың № 7 шешімі", "21\u00a0апреля 2026\u00a0года", "31\u00a0мая 2026\u00a0года")
		set("2026-03-03", 50, "Басқа құжат")
		c.Pass(48 * time.Hour)
		visitor.Get("/ru"+page).Want(200, "Мәслихаттың № 7 шешімі", "крайний срок: 21\u00a0апреля 2026\u00a0года").Lacks("Басқа құжат")
		visitor.Get("/kk"+page).Want(200, "соңғы мерзім: 2026\u00a0жылғы 21\u00a0сәуір", "(2026\u00a0жылғы 31\u00a0мамыр) 40 күн бұрын")
		c.SkipActs()
	}, councils.Capability())
}
