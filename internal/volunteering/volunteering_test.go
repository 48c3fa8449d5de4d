package volunteering_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/credentials/vc"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	. "github.com/birge-kz/birge/internal/volunteering"
)

// town is a city with an organisation that calls people.
type town struct {
	*citytest.City
	*Service
	ngo  civic.ID
	boss *citytest.Person
}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), ngo: c.Organisation("Жасыл қала")}
	c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай\tАбайский\tAbai"))
	t.boss = c.Representative(t.ngo)
	return t
}

func (t *town) district() string {
	all := t.Settings.Current().Districts
	if len(all) == 0 {
		t.T.Fatal("no districts")
	}
	return all[0].Code
}

// call announces an action in two days, from ten to one.
func (t *town) call(needed int) (action, shift civic.ID) {
	t.T.Helper()
	id, err := t.Announce(t.Ctx(), t.boss.Actor, Action{Organisation: t.ngo, Title: civic.Text{"kk": "Ағаш отырғызу", "ru": "Сажаем деревья"}, About: civic.Text{"kk": "Күрек беріледі", "ru": "Лопаты дадим"},
		Place: "Саябақ", District: t.district(), Contact: "А. Үйлестіруші, +7 700 000 00 00"}, t.shift(2, 10, 13, needed))
	t.Must(err)
	return id, t.shifts(id)[0]
}

func (t *town) shift(days, from, to, needed int) Shift {
	day := t.Now().AddDate(0, 0, days)
	at := func(hour int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, t.Settings.Zone())
	}
	return Shift{Starts: at(from), Ends: at(to), Needed: needed}
}

// shifts are the ids of an action's shifts, as its page offers them.
func (t *town) shifts(action civic.ID) (out []civic.ID) {
	t.T.Helper()
	body := t.Browser(t.boss).Get("/en" + Path(action)).Want(200).Body
	for _, part := range strings.Split(body, `name="shift"`)[1:] {
		_, rest, _ := strings.Cut(part, `value="`)
		id, _, _ := strings.Cut(rest, `"`)
		out = append(out, civic.ID(id))
	}
	return out
}

// An organisation calls people; they sign up; hours that both signed become a certificate that a university checks without the city.
func TestHoursBecomeACertificate(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		asel, other := c.Resident(civic.Kazakh), c.Resident(civic.Russian)
		form := func(pairs ...string) []string {
			day := c.Now().AddDate(0, 0, 2).Format(time.DateOnly)
			return append(pairs, "title.kk", "Ағаш отырғызу", "title.ru", "Сажаем деревья", "about.kk", "Күрек беріледі", "about.ru", "Лопаты дадим", "place", "Саябақ", "district", town.district(),
				"contact", "А. Үйлестіруші", "day", day, "from", "10:00", "until", "13:00", "needed", "2")
		}
		boss := c.Browser(town.boss)
		c.Browser(asel).Get("/en/desk/volunteering/new").Want(403)
		boss.Post("/en/desk/volunteering/new", form()...).Want(422, "Choose an organisation", "Сажаем деревья")
		boss.Post("/en/desk/volunteering/new", form("organisation", string(town.ngo))...).Want(200, "Check what everybody will see", "А. Үйлестіруші", "10:00–13:00")
		path := boss.Post("/en/desk/volunteering/new", form("organisation", string(town.ngo), ui.SureName, "yes")...).Want(303).Location[3:]
		action := civic.ID(strings.TrimPrefix(path, "/volunteering/"))
		shift := string(town.shifts(action)[0])
		c.Browser(nil).Get("/ru/volunteering").Want(200, "Сажаем деревья", "Не хватает 2 человек", "0 из 2", "10:00–13:00")
		c.Browser(nil).Get("/ru/search?q=деревья").Want(200, "Сажаем деревья")
		c.Browser(nil).Get("/ru").Want(200, "Сажаем деревья")
		c.Browser(nil).Post("/ru"+path+"/come").Want(401, "Вход")

		book := c.Browser(asel)
		book.Post("/ru"+path+"/come", "shift", shift).Want(422, "исполнилось ли вам 18")
		book.Post("/ru"+path+"/come", "shift", shift, "age", "adult").Want(303)
		book.Post("/ru"+path+"/come", "shift", shift, "age", "adult").Want(422, "уже записаны")
		book.Get("/ru"+path).Want(200, "Вы придёте", "Придут 1 из 2")
		book.Get("/ru/me").Want(200, "Сажаем деревья")
		boss.Get("/ru/desk/volunteering/"+string(action)).Want(200, asel.Name)
		c.Browser(c.Moderator()).Get("/ru/desk/volunteering/" + string(action)).Want(403)
		c.Browser(nil).Get("/ru" + path).Want(200).Lacks(asel.Name)

		// Hours: stated when it has ended, signed by the coordinator, never by oneself.
		book.Post("/ru/my/volunteering", "shift", shift, "minutes", "3:00").Want(409)
		c.Acts() // the record opens before time passes
		c.Pass(72 * time.Hour)
		book.Post("/ru/my/volunteering", "shift", shift, "minutes", "9:00").Want(422, "слишком много", "9:00")
		c.Browser(other).Post("/ru/my/volunteering", "shift", shift, "minutes", "3:00").Want(404)
		book.Post("/ru/my/volunteering/certificate").Want(409)
		book.Post("/ru/my/volunteering", "shift", shift, "minutes", "3:00").Want(303)
		book.Post("/ru/my/volunteering", "shift", shift, "minutes", "3:00").Want(409)
		confirm := "/ru/desk/volunteering/" + string(action) + "/confirm"
		c.Browser(other).Post(confirm, "account", string(asel.Account), "minutes."+shift, "3:00").Want(403)
		boss.Get("/ru/desk").Want(200, "Сажаем деревья")
		boss.Get("/ru/desk/volunteering/"+string(action)).Want(200, "3:00")
		boss.Post(confirm, "account", string(asel.Account), "minutes."+shift, "many").Want(422, "many")
		boss.Post(confirm, "account", string(asel.Account), "minutes."+shift, "3:00").Want(303)
		boss.Post(confirm, "account", string(asel.Account), "minutes."+shift, "3:00").Want(409)
		book.Get("/ru/my/volunteering").Want(200, "3:00", "подписано обоими")

		cert := book.Post("/ru/my/volunteering/certificate").Want(303, "/credentials/").Location
		if again := book.Post("/ru/my/volunteering/certificate").Want(303).Location; again != cert {
			t.Errorf("another certificate of the same hours: %s, %s", cert, again)
		}
		file := book.Get(strings.TrimPrefix(cert, "/ru")+"/certificate.json").Want(200, "3:00", "Жасыл қала").Body
		keys, err := vc.ParseKeys([]byte(c.Browser(nil).Get("/.well-known/did.json").Want(200).Body))
		c.Must(err)
		if r, err := vc.Verify([]byte(file), vc.Options{Keys: keys, Now: c.Now()}); err != nil || !r.KeyTrusted {
			t.Errorf("%+v, %v", r, err)
		}

		// What was wrong is taken back by an entry against it; and a certificate that holds it is taken back.
		page := boss.Get("/ru/desk/volunteering/" + string(action)).Want(200).Body
		_, rest, _ := strings.Cut(page, `name="entry" value="`)
		entry, _, _ := strings.Cut(rest, `"`)
		boss.Post("/ru/desk/volunteering/"+string(action)+"/take-back", "account", string(asel.Account), "entry", entry).Want(303)
		boss.Post("/ru/desk/volunteering/"+string(action)+"/take-back", "account", string(asel.Account), "entry", entry).Want(409)
		book.Get("/ru/my/volunteering").Want(200, "отменено")
		book.Get(cert).Want(200, "Организация отменила часы", "личность город не проверял")
		book.Post("/ru/my/volunteering/certificate").Want(409)
		if told := c.Told(asel); len(told) != 5 {
			t.Errorf("told %d times", len(told))
		}
		c.Acts()
		if report, _ := c.Verified(); len(report.Remarks) > 0 || report.Compared < 2 {
			t.Errorf("the record: %+v", report)
		}

		// Who leaves is in nobody's list.
		c.SignIn(asel)
		book = c.Browser(asel)
		book.Get("/ru/account/download").Want(200, "Сажаем деревья", "confirmed")
		book.Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		boss.Get("/ru/desk/volunteering/" + string(action)).Want(200).Lacks(asel.Name)
		c.Read(func(tx *storage.Tx) error {
			held, err := Capability().Personal.Export(tx, asel.Account)
			if left, _ := json.Marshal(held); string(left) != "null" {
				t.Errorf("left behind: %s", left)
			}
			return err
		})
	}, Capability())
}

// The settings are the rules by which the tests of the rules go.
func TestTheSettingsAreTheUsualRules(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		if got := citytest.Service[*Service](c).Rules(); got != UsualRules() {
			t.Errorf("%+v, want %+v", got, UsualRules())
		}
	}, Capability())
}

// A person of 15 comes with a parent's consent; nothing of their age is shown or kept but the class.
func TestAMinorComesWithConsent(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		action, shift := town.call(5)
		born := c.Now().AddDate(-15, 0, 0).Format(time.DateOnly)
		child := c.Browser(c.Resident(civic.Kazakh))
		path := "/ru" + Path(action)
		child.Post(path+"/come", "shift", string(shift), "age", "minor").Want(422, "дату рождения")
		child.Post(path+"/come", "shift", string(shift), "age", "minor", "born", born).Want(422, "Младше 16", born)
		child.Post(path+"/come", "shift", string(shift), "age", "minor", "born", born, "parent", "signed").Want(303)
		c.Browser(town.boss).Get("/ru/desk/volunteering/"+string(action)).Want(200, "согласие родителя").Lacks(born)
		c.Browser(nil).Get(path).Want(200).Lacks("согласие родителя: ")
		child.Post(path+"/leave", "shift", string(shift)).Want(303)
		child.Post(path+"/leave", "shift", string(shift)).Want(404) // there is no place to give back
		c.Browser(nil).Get(path).Want(200, "Придут 0 из 5")
		c.Set("volunteering.adult_at", 21) // texts follow the setting
		child.Get(path).Want(200, "Меньше 21").Lacks("18")
		child.Post(path+"/come", "shift", string(shift), "age", "minor", "born", c.Now().AddDate(-20, 0, -1).Format(time.DateOnly)).Want(303)
		c.Browser(town.boss).Get("/ru/desk/volunteering/"+string(action)).Want(200, "несовершеннолетний").Lacks("нет 18")
		child.Post(path+"/leave", "shift", string(shift)).Want(303)
		c.Set("volunteering.adult_at", 18)
		c.Set("volunteering.consent_under", 14) // by the law alone, 15 is old enough
		child.Post(path+"/come", "shift", string(shift), "age", "minor", "born", born).Want(303)
	}, Capability())
}

// Who is of age says whether they are as old as the action asks, and tells no day of birth; a child is kept from work that the law bars.
func TestAnActionAsksForAnAge(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		call := func(role Role) (path, shift string) {
			id, err := town.Announce(c.Ctx(), town.boss.Actor, Action{Organisation: town.ngo, Title: civic.Text{"kk": "Көмек", "ru": "Помощь"}, About: civic.Text{"kk": "Көмек", "ru": "Помощь"}, Place: "Саябақ", District: town.district(), Contact: "А. Б.", Role: role}, town.shift(2, 10, 13, 5))
			c.Must(err)
			return "/ru" + Path(id), string(town.shifts(id)[0])
		}
		born := func(years int) string { return c.Now().AddDate(-years, 0, -1).Format(time.DateOnly) }
		path, shift := call(Role{MinAge: 21})
		young := c.Browser(c.Resident(civic.Russian))
		young.Get(path).Want(200, "21 или больше", "Меньше 21").Lacks("18 или больше")
		young.Post(path+"/come", "shift", shift).Want(422, "исполнилось ли вам 21")
		young.Post(path+"/come", "shift", shift, "age", "minor", "born", born(20)).Want(422, "не меньше 21")
		young.Post(path+"/come", "shift", shift, "age", "minor", "born", born(40)).Want(303) // who ticked the wrong one
		c.Browser(c.Resident(civic.Russian)).Post(path+"/come", "shift", shift, "age", "adult").Want(303)

		path, shift = call(Role{Kind: Hazardous})
		c.Browser(c.Resident(civic.Russian)).Post(path+"/come", "shift", shift, "age", "minor", "born", born(17)).Want(422, "только для тех, кому есть 18")
	}, Capability())
}

// The coordinator's name and telephone are in no act; some time after the last shift they are on no page, and the record still holds.
func TestTheCoordinatorIsForgotten(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		action, _ := town.call(2)
		c.Must(town.AddShift(c.Ctx(), town.boss.Actor, action, town.shift(9, 10, 12, 5)))
		for _, e := range c.Acts() {
			if strings.Contains(string(e.Payload), "Үйлестіруші") {
				t.Errorf("the record names the coordinator: %s", e.Payload)
			}
		}
		if report, _ := c.Verified(); len(report.Remarks) > 0 || report.Compared < 2 {
			t.Errorf("the record: %+v", report)
		}
		page := func() *citytest.Page { return c.Browser(nil).Get("/ru" + Path(action)).Want(200) }
		for _, days := range []int{2, 31, 5} { // after the first shift, 30 days after the first, and not yet 30 after the last
			c.Pass(time.Duration(days) * 24 * time.Hour)
			c.Jobs()
			page().Want(200, "Үйлестіруші")
		}
		c.Pass(3 * 24 * time.Hour)
		c.Jobs()
		page().Lacks("Үйлестіруші", "Координатор")
		c.Acts()
		if report, all := c.Verified(); len(report.Remarks) > 0 || strings.Contains(all, "Үйлестіруші") {
			t.Errorf("the record after: %+v", report)
		}
	}, Capability())
}

// Before a shift is moved its organiser sees whom it loses; who stays is asked anew, and everybody is told.
func TestAShiftIsMoved(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		action, shift := town.call(5)
		desk, path := "/ru/desk/volunteering/"+string(action), "/ru"+Path(action)
		grown, child, late := c.Resident(civic.Russian), c.Resident(civic.Russian), c.Resident(civic.Russian)
		c.Must(town.Come(c.Ctx(), grown.Actor, shift, SignUp{}))
		c.Must(town.Come(c.Ctx(), child.Actor, shift, SignUp{Born: c.Now().AddDate(-15, 0, -1), Consent: true}))
		boss, day := c.Browser(town.boss), c.Now().AddDate(0, 0, 3).Format(time.DateOnly)
		move := func(pairs ...string) *citytest.Page {
			return boss.Post(desk+"/shifts/"+string(shift), append(pairs, "day", day, "from", "19:00", "until", "21:00")...)
		}
		boss.Get(desk+"/shifts/"+string(shift)).Want(200, "10:00", "13:00")
		move("needed", "0").Want(422, "от 1 до")
		move("needed", "1").Want(200, child.Name+": по возрасту нельзя в это время", "Спросим заново").Lacks(grown.Name)
		c.Browser(nil).Get(path).Want(200, "10:00–13:00", "Придут 2 из 5") // nothing is changed yet
		c.Browser(late).Post(desk+"/shifts/"+string(shift), "day", day, "from", "19:00", "until", "21:00", "needed", "3", ui.SureName, "yes").Want(403)
		move("needed", "3", ui.SureName, "yes").Want(303)
		c.Browser(nil).Get(path).Want(200, "19:00–21:00", "Придут 1 из 3")
		boss.Get(desk).Want(200, "ответа о новом времени ещё нет")
		asked := c.Browser(grown)
		asked.Get(path).Want(200, "Время изменилось")
		at := asked.Get(path).Hidden().Get("at")
		asked.Post(path+"/still", "shift", string(shift), "at", "1").Want(409, "Время снова изменилось")
		asked.Post(path+"/still", "shift", string(shift), "at", at).Want(303)
		asked.Get(path).Want(200, "Вы придёте").Lacks("Время изменилось")
		c.Browser(child).Post(path+"/still", "shift", string(shift), "at", at).Want(404)
		boss.Get(desk).Want(200).Lacks("ответа о новом времени ещё нет")
		for _, p := range []*citytest.Person{grown, child} {
			if told := c.Told(p); len(told) != 2 {
				t.Errorf("told %d times", len(told))
			}
		}
		move("needed", "4", ui.SureName, "yes").Want(303) // more people at the same time: nobody is asked
		asked.Get(path).Want(200, "Придут 1 из 4").Lacks("Время изменилось")

		// Somebody is taken off, and told.
		c.Browser(late).Post(desk+"/release", "shift", string(shift), "account", string(grown.Account)).Want(403)
		boss.Post(desk+"/release", "shift", string(shift), "account", string(late.Account)).Want(404)
		boss.Post(desk+"/release", "account", string(grown.Account)).Want(404)
		boss.Post(desk+"/release", "shift", string(shift), "account", string(grown.Account)).Want(303)
		c.Browser(nil).Get(path).Want(200, "Придут 0 из 4")
		if told := c.Told(grown); len(told) != 3 {
			t.Errorf("told %d times", len(told))
		}
		c.Pass(4 * 24 * time.Hour)
		c.SignIn(town.boss)
		boss = c.Browser(town.boss)
		move("needed", "3").Want(404)
	}, Capability())
}

// What does not take place is called off with its reason: who was to come is told, the record has it, and no list calls people to it.
func TestAnActionIsCalledOff(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		action, shift := town.call(5)
		c.Must(town.AddShift(c.Ctx(), town.boss.Actor, action, town.shift(5, 10, 12, 5)))
		asel := c.Resident(civic.Russian)
		c.Must(town.Come(c.Ctx(), asel.Actor, shift, SignUp{}))
		boss, desk, path := c.Browser(town.boss), "/ru/desk/volunteering/"+string(action), "/ru"+Path(action)
		reason := func(pairs ...string) []string {
			return append(pairs, "reason.kk", "Боран", "reason.ru", "Буран")
		}
		c.Browser(asel).Post(desk+"/off", reason(ui.SureName, "yes")...).Want(403)
		boss.Get(desk+"/off").Want(200, "Всю акцию")
		boss.Post(desk+"/off", "reason.ru", "Буран").Want(422)
		boss.Post(desk+"/off", reason("which", string(shift))...).Want(200, "Придут 1 из 5", "Буран")
		boss.Post(desk+"/off", reason("which", string(shift), ui.SureName, "yes")...).Want(303)
		c.Browser(asel).Get(path).Want(200, "отменена", "Придут 0 из 5").Lacks("Акция отменена")
		c.Browser(asel).Post(path+"/come", "shift", string(shift), "age", "adult").Want(422, "отменена")
		c.Browser(nil).Get("/ru/search?q=деревья").Want(200, "Сажаем деревья")
		if told := c.Told(asel); len(told) != 2 {
			t.Errorf("told %d times", len(told))
		}
		boss.Post(desk+"/off", reason(ui.SureName, "yes")...).Want(303)
		c.Browser(nil).Get(path).Want(200, "Акция отменена", "Буран")
		c.Browser(nil).Get("/ru/volunteering").Want(200).Lacks("Сажаем деревья")
		c.Browser(nil).Get("/ru/search?q=деревья").Want(200).Lacks("Сажаем деревья")
		boss.Post(desk+"/off", reason(ui.SureName, "yes")...).Want(409)
		c.Refused(town.AddShift(c.Ctx(), town.boss.Actor, action, town.shift(6, 10, 12, 5)), civic.Closed)
		if acts := c.Acts("volunteering.action.called_off"); len(acts) != 1 {
			t.Errorf("%d acts", len(acts))
		}
		if report, _ := c.Verified(); len(report.Remarks) > 0 || report.Compared < 2 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// A group of 20 for 7 places: seven come, whoever asks at the same time, and nobody is in two places at once.
func TestPlacesAreCountedOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		_, shift := town.call(7)
		second, same := town.call(20)
		_ = second
		var people []*citytest.Person
		for range 20 {
			people = append(people, c.Resident(civic.Kazakh))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		came := map[civic.ID]int{}
		for _, p := range people {
			for _, to := range []civic.ID{shift, same} {
				wg.Go(func() {
					if err := town.Come(c.Ctx(), p.Actor, to, SignUp{}); err == nil {
						mu.Lock()
						came[to]++
						came[p.Account]++
						mu.Unlock()
					}
				})
			}
		}
		wg.Wait()
		if came[shift] > 7 || came[shift]+came[same] != 20 {
			t.Errorf("%d and %d came", came[shift], came[same])
		}
		for _, p := range people {
			if came[p.Account] != 1 {
				t.Errorf("%s comes to %d shifts at once", p.Name, came[p.Account])
			}
		}
	}, Capability())
}

// One person's hours are signed over several shifts at once; what the coordinator sees otherwise is disputed and can be stated anew.
func TestSeveralShiftsAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		action, first := town.call(5)
		c.Must(town.AddShift(c.Ctx(), town.boss.Actor, action, town.shift(4, 10, 12, 5)))
		second := town.shifts(action)[1]
		asel := c.Resident(civic.Russian)
		for _, id := range []civic.ID{first, second} {
			c.Must(town.Come(c.Ctx(), asel.Actor, id, SignUp{}))
		}
		c.Pass(120 * time.Hour)
		c.Must(town.State(c.Ctx(), asel.Actor, first, 180))
		c.Must(town.State(c.Ctx(), asel.Actor, second, 120))
		c.Refused(town.ConfirmHours(c.Ctx(), c.Administrator().Actor, action, asel.Account, map[civic.ID]int{"elsewhere": 60}), civic.NotFound)
		c.Must(town.ConfirmHours(c.Ctx(), town.boss.Actor, action, asel.Account, map[civic.ID]int{first: 180, second: 60}))
		// Hours are taken back at the action they are of.
		c.SignIn(town.boss)
		_, line, _ := strings.Cut(c.Browser(town.boss).Get("/ru/desk/volunteering/"+string(action)).Want(200).Body, `name="entry" value="`)
		line, _, _ = strings.Cut(line, `"`)
		elsewhere, _ := town.call(5)
		c.Refused(town.TakeBackHours(c.Ctx(), town.boss.Actor, elsewhere, asel.Account, civic.ID(line)), civic.Closed)
		c.SignIn(asel)
		c.Browser(asel).Get("/ru/my/volunteering").Want(200, "3:00", "координатор считает 1:00")
		c.Must(town.State(c.Ctx(), asel.Actor, second, 60))
		c.Must(town.ConfirmHours(c.Ctx(), town.boss.Actor, action, asel.Account, map[civic.ID]int{second: 60}))
		c.Browser(asel).Get("/ru/my/volunteering").Want(200, "4:00")
		id, err := town.Certify(c.Ctx(), asel.Actor, civic.Russian)
		c.Must(err)
		c.Browser(asel).Get("/ru"+credentials.Path(id)).Want(200, "4:00")
		// What is only stated makes no other certificate of the same hours; who is verified has one that says nothing against the name.
		c.Must(town.AddShift(c.Ctx(), town.boss.Actor, action, town.shift(1, 10, 12, 5)))
		third := town.shifts(action)[0]
		c.Must(town.Come(c.Ctx(), asel.Actor, third, SignUp{}))
		c.Pass(48 * time.Hour)
		c.Must(town.State(c.Ctx(), asel.Actor, third, 60))
		if again, err := town.Certify(c.Ctx(), asel.Actor, civic.Russian); err != nil || again != id {
			t.Errorf("another certificate of the same hours: %s, %v", again, err)
		}
		// The coordinator's own hours are signed by another.
		c.Refused(town.ConfirmHours(c.Ctx(), asel.Actor, action, asel.Account, map[civic.ID]int{second: 60}), civic.Forbidden)
		c.Refused(town.ConfirmHours(c.Ctx(), town.boss.Actor, action, town.boss.Account, map[civic.ID]int{second: 60}), civic.Forbidden)
	}, Capability())
}

// What is announced is checked, each field with its word.
func TestWhatIsAnnounced(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		good := Action{Organisation: town.ngo, Title: civic.Text{"kk": "а", "ru": "б"}, About: civic.Text{"kk": "а", "ru": "б"}, Place: "Саябақ", District: town.district(), Contact: "А. Б."}
		for name, change := range map[string]func(*Action, *Shift){
			"no Kazakh":     func(x *Action, _ *Shift) { delete(x.Title, "kk") },
			"no place":      func(x *Action, _ *Shift) { x.Place = " " },
			"no district":   func(x *Action, _ *Shift) { x.District = "moon" },
			"another's":     func(x *Action, _ *Shift) { x.Organisation = c.Organisation("Басқа") },
			"work unknown":  func(x *Action, _ *Shift) { x.Role.Kind = "magic" },
			"in the past":   func(_ *Action, s *Shift) { s.Starts = c.Now().Add(-time.Hour) },
			"ends before":   func(_ *Action, s *Shift) { s.Ends = s.Starts },
			"two days long": func(_ *Action, s *Shift) { s.Ends = s.Starts.Add(48 * time.Hour) },
			"eleven hours":  func(_ *Action, s *Shift) { s.Ends = s.Starts.Add(11 * time.Hour) },
			"nobody needed": func(_ *Action, s *Shift) { s.Needed = 0 },
			"too many":      func(_ *Action, s *Shift) { s.Needed = 1001 },
		} {
			x, s := good, town.shift(2, 10, 13, 3)
			x.Title = civic.Text{"kk": "а", "ru": "б"}
			change(&x, &s)
			if _, err := town.Announce(c.Ctx(), town.boss.Actor, x, s); civic.CodeOf(err) != civic.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		for i := range 3 {
			x := good
			x.Place = fmt.Sprint("Саябақ ", i)
			_, err := town.Announce(c.Ctx(), town.boss.Actor, x, town.shift(2, 10, 13, 3))
			c.Must(err)
		}
		c.Browser(nil).Get("/kk/volunteering").Want(200, "Саябақ 0", "Саябақ 2")

		// Two shifts in a row, and a night; who comes to the first goes on to the second at once.
		id, err := town.Announce(c.Ctx(), town.boss.Actor, good, town.shift(2, 10, 12, 3))
		c.Must(err)
		c.Must(town.AddShift(c.Ctx(), town.boss.Actor, id, town.shift(2, 12, 14, 3)))
		asel := c.Resident("")
		for _, shift := range town.shifts(id) {
			c.Must(town.Come(c.Ctx(), asel.Actor, shift, SignUp{}))
		}
		desk := c.Browser(town.boss)
		day := c.Now().AddDate(0, 0, 5)
		send := func(from, until string) *citytest.Page {
			return desk.Post("/ru/desk/volunteering/"+string(id), "day", day.Format(time.DateOnly), "from", from, "until", until, "needed", "2")
		}
		send("08:00", "19:00").Want(422, "самое большее: 10")
		send("22:00", "04:00").Want(303)
		send("22:00", "04:00").Want(409, "уже есть") // pressed twice
		all, err := town.Shifts(c.Ctx(), id)
		c.Must(err)
		if night := all[len(all)-1]; night.Ends.Sub(night.Starts) != 6*time.Hour || night.Starts.In(citytest.Zone).Day() != day.Day() {
			t.Errorf("the night: %v to %v", night.Starts, night.Ends)
		}
	}, Capability())
}

// The list says why a shift stands where it stands; whoever is to come takes their shifts along in a calendar, and nobody else's.
func TestWhyAndCalendar(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		_, shift := town.call(4)
		c.Browser(nil).Get("/ru/volunteering").Want(200, "Не хватает 4 человек", "через ")
		c.Browser(nil).Get("/ru/volunteering?district="+town.district()).Want(200, "в вашем районе")
		asel := c.Resident(civic.Russian)
		c.Must(town.Come(c.Ctx(), asel.Actor, shift, SignUp{}))
		got := c.Browser(asel).Get("/my/volunteering.ics").Want(200, "BEGIN:VEVENT", string(shift)+"@birge", "DTSTART")
		if got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("kept: %s", got.Header.Get("Cache-Control"))
		}
		c.Browser(c.Resident("")).Get("/my/volunteering.ics").Want(200, "END:VCALENDAR").Lacks("VEVENT")
		c.Pass(4 * 24 * time.Hour)
		c.Browser(asel).Get("/my/volunteering.ics").Want(200, "END:VCALENDAR").Lacks("VEVENT")
	}, Capability())
}

// The list has pages and a filter, and calls to nothing that is full; of what is behind a page nothing is left out, there and at the desk.
func TestTheListHasPages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай\tАбайский\tAbai\nТұран\tТуран\tTuran"))
		call := func(place, district string, needed int) (civic.ID, civic.ID) {
			id, err := town.Announce(c.Ctx(), town.boss.Actor, Action{Organisation: town.ngo, Title: civic.Text{"kk": place, "ru": place}, About: civic.Text{"kk": "а", "ru": "б"}, Place: place, District: district, Contact: "А. Б."}, town.shift(2, 10, 12, needed))
			c.Must(err)
			return id, town.shifts(id)[0]
		}
		first, second := c.Settings.Current().Districts[0].Code, c.Settings.Current().Districts[1].Code
		oldest, worked := call("Ең ескі", second, 1)
		asel := c.Resident(civic.Russian)
		c.Must(town.Come(c.Ctx(), asel.Actor, worked, SignUp{}))
		for i := range MostList + 1 {
			call(fmt.Sprintf("Орын-%02d.", i), first, 2)
		}
		visitor := c.Browser(nil)
		visitor.Get("/kk/volunteering").Want(200, "Орын-00.").Lacks("Ең ескі", "Орын-60.") // full, and behind the page
		page := visitor.Get("/kk/volunteering?district=" + first).Want(200).Body
		_, rest, found := strings.Cut(page, `href="/kk/volunteering?after=`)
		next, _, _ := strings.Cut(rest, `"`)
		if !found {
			t.Fatal("no next page")
		}
		visitor.Get("/kk/volunteering?after="+strings.ReplaceAll(next, "&amp;", "&")).Want(200, "Орын-60.").Lacks("Орын-00.")
		visitor.Get("/kk/volunteering?after=x").Want(422)
		visitor.Get("/kk/volunteering?district="+second).Want(200, "Қазір еш жерге адам керек емес").Lacks("Орын-")
		c.Must(town.Leave(c.Ctx(), asel.Actor, worked))
		visitor.Get("/kk/volunteering?district="+second).Want(200, "Ең ескі").Lacks("Орын-")
		c.Must(town.Come(c.Ctx(), asel.Actor, worked, SignUp{}))

		boss := c.Browser(town.boss)
		page = boss.Get("/kk/desk/volunteering").Want(200, "Орын-60.").Lacks("Ең ескі").Body
		_, rest, _ = strings.Cut(page, `/kk/desk/volunteering?after=`)
		next, _, _ = strings.Cut(rest, `"`)
		boss.Get("/kk/desk/volunteering?after="+next).Want(200, "Ең ескі").Lacks("Орын-60.")

		// Hours of the oldest action wait at the desk, until they are signed.
		c.Pass(3 * 24 * time.Hour)
		c.Must(town.State(c.Ctx(), asel.Actor, worked, 90))
		c.SignIn(town.boss)
		boss = c.Browser(town.boss)
		boss.Get("/kk/desk").Want(200, "Ең ескі", "1 адамның сағаты")
		boss.Get("/kk/desk/volunteering/"+string(oldest)).Want(200, asel.Name, "1:30")
		c.Must(town.ConfirmHours(c.Ctx(), town.boss.Actor, oldest, asel.Account, map[civic.ID]int{worked: 90}))
		boss.Get("/kk/desk").Want(200).Lacks("Ең ескі")
	}, Capability())
}
