package sponsorship_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
	. "github.com/birge-kz/birge/internal/sponsorship"
)

// iban is made up; its check digits are right.
const iban = "KZ75125KZT1001300335"

// town is a city with an organisation that raises money.
type town struct {
	*citytest.City
	*Service
	ngo  civic.ID
	boss *citytest.Person
}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), ngo: c.Organisation("Жасыл қала")}
	t.boss = c.Representative(t.ngo)
	return t
}

func both(s string) civic.Text { return civic.Text{"kk": s, "ru": s + " (по-русски)"} }

func (t *town) draft(keep Keep) Campaign {
	return Campaign{Organisation: t.ngo, Title: both("Саябаққа ағаш"), About: both("Қырық көшет отырғызамыз"), Keep: keep, LeftOver: both("Келесі көктемгі көшетке"), Clause: both("Тақтайшада аталады"),
		Lines: []Line{{10_000 * civic.Tenge, true, "Көшет"}, {5_000 * civic.Tenge, false, "Суару"}}, Pay: Payee{"«Жасыл қала» ҚБ", iban, "Үлгі Банк"}, Ends: t.Now().AddDate(0, 0, 30)}
}

// campaign is one that runs.
func (t *town) campaign(keep Keep) civic.ID {
	t.T.Helper()
	id, err := t.Keep(t.Ctx(), t.boss.Actor, t.draft(keep))
	t.Must(err)
	t.Must(t.Send(t.Ctx(), t.boss.Actor, id))
	t.Must(t.Decide(t.Ctx(), t.Moderator().Actor, id, moderation.Choice{Approve: true}))
	return id
}

// gift promises one, and gives its id and code.
func (t *town) gift(p *citytest.Person, campaign civic.ID, tenge int64, shown Shown) (civic.ID, string) {
	t.T.Helper()
	id, err := t.Pledge(t.Ctx(), p.Actor, campaign, Gift{Name: p.Name, Shown: shown, Amount: civic.Money(tenge) * civic.Tenge})
	t.Must(err)
	o, err := t.OwnGift(t.Ctx(), p.Actor, id)
	t.Must(err)
	return id, o.Code
}

// move is a movement of a statement: tenge, payer, purpose.
type move struct {
	tenge          int64
	party, purpose string
}

func (t *town) csv(moves ...move) []byte {
	var b strings.Builder
	b.WriteString("Дата;Контрагент;Сумма;Назначение платежа\n")
	for _, m := range moves {
		fmt.Fprintf(&b, "%s;%s;%d;%s\n", t.Now().Format("02.01.2006"), m.party, m.tenge, m.purpose)
	}
	return []byte(b.String())
}

// read imports a statement, and gives its lines that wait, by amount in tenge.
func (t *town) read(moves ...move) map[int64]civic.ID {
	t.T.Helper()
	_, err := t.Import(t.Ctx(), t.boss.Actor, t.ngo, iban, t.csv(moves...))
	t.Must(err)
	return t.waiting()
}

func (t *town) waiting() map[int64]civic.ID {
	t.T.Helper()
	w, err := t.Work(t.Ctx(), t.boss.Actor, t.ngo)
	t.Must(err)
	out := map[int64]civic.ID{}
	for _, l := range w.Lines {
		out[int64(l.Amount/civic.Tenge)] = l.ID
	}
	return out
}

// ru is an amount of tenge as Russian readers see it.
func (t *town) ru(tenge int64) string {
	return t.Catalog.For(civic.Russian).Money(civic.Money(tenge) * civic.Tenge)
}

// balanced stops the test unless the public figures of a campaign, its rows, and the ledger are one.
func (t *town) balanced(campaign civic.ID, left int64) {
	t.T.Helper()
	t.balancedSum(campaign, civic.Money(left)*civic.Tenge)
}

func (t *town) balancedSum(campaign civic.ID, want civic.Money) {
	t.T.Helper()
	var rows civic.Money
	var l Listed
	for below := int64(0); ; {
		of, page, next, err := t.Book(t.Ctx(), civic.Actor{}, campaign, below)
		t.Must(err)
		for _, r := range page {
			rows += r.Amount
		}
		if l, below = of, next; next == 0 {
			break
		}
	}
	t.Read(func(tx *storage.Tx) error {
		all, err := ledger.Balances(tx, Ref(campaign))
		var whole, purse civic.Money
		for _, b := range all {
			whole += b.Amount
			if !b.Account.Party {
				purse += b.Amount
			}
		}
		if whole != 0 || purse != want || rows != want || l.Left() != want {
			t.T.Errorf("the book sums to %d, the purse %s, rows %s, the page says %s; want %s", whole, purse, rows, l.Left(), want)
		}
		return err
	})
}

// A campaign is checked, three gifts are promised, one line is nobody's, one gift goes back, something is spent, and a donor proves their row without the city.
func TestThreeGifts(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		boss, moderator, visitor := c.Browser(town.boss), c.Browser(c.Moderator()), c.Browser(nil)
		asel, dauren, aliya := c.Resident(civic.Kazakh), c.Resident(civic.Russian), c.Resident(civic.Russian)
		ends := c.Now().AddDate(0, 0, 30).Format(time.DateOnly)
		form := func(pairs ...string) []string {
			return append(pairs, "title.kk", "Саябаққа ағаш", "title.ru", "Деревья в парк", "about.kk", "Отырғызамыз", "about.ru", "Посадим сорок саженцев", "required", "10000; Көшет", "wished", "5000; Суару", "left_over.kk", "Көшетке",
				"left_over.ru", "На саженцы", "ends", ends, "receiver", "Жасыл қала", "iban", "KZ75 125K ZT10 0130 0335", "bank", "Үлгі Банк", "clause.kk", "Тақтайшада", "clause.ru", "На табличке")
		}
		boss.Post("/ru/desk/campaigns/new", form("organisation", string(town.ngo))...).Want(422, "Выберите один вариант", "Деревья в парк")
		boss.Post("/ru/desk/campaigns/new", form("organisation", string(town.ngo), "keep", "keep", "iban", "KZ00125KZT1001300335")...).Want(422, "Проверьте счёт")
		path := boss.Post("/ru/desk/campaigns/new", form("organisation", string(town.ngo), "keep", "keep")...).Want(303).Location[3:]
		id := civic.ID(strings.TrimPrefix(path, "/desk/campaigns/"))
		visitor.Get("/ru" + Path(id)).Want(404)
		boss.Post("/ru"+path+"/send").Want(200, "Деревья в парк", "Отырғызамыз") // asks first
		boss.Post("/ru"+path+"/send", "_sure", "1").Want(303)
		c.Browser(dauren).Get("/ru" + path).Want(403)
		moderator.Get("/ru/desk").Want(200, "Деревья в парк")
		moderator.Post("/ru"+path+"/check", moderation.ActName, moderation.Approve).Want(303)
		visitor.Get("/ru/campaigns").Want(200, "Деревья в парк", town.ru(0)+" из необходимых "+town.ru(10_000))
		visitor.Get("/ru"+Path(id)).Want(200, "Посадим сорок", "Если соберётся меньше", "На табличке").Lacks("Всё или ничего")
		visitor.Get("/ru/search?q=саженцев").Want(200, "Деревья в парк")
		visitor.Post("/ru"+Path(id)+"/give", "amount", "5000").Want(401)

		a := c.Browser(asel)
		a.Post("/ru"+Path(id)+"/give", "amount", "-5", "name", "Асель", "shown", "first").Want(422, "Напишите сумму от 100")
		gift := a.Post("/ru"+Path(id)+"/give", "amount", "5 000", "name", "Асель Үлгі", "shown", "first").Want(303).Location[3:]
		page := a.Get("/ru"+gift).Want(200, "Назначение платежа", "KZ75 125K ZT10 0130 0335").Text()
		_, code, _ := strings.Cut(page, "Назначение платежа")
		code = strings.Fields(code)[0]
		c.Browser(dauren).Get("/ru" + gift).Want(404)
		c.Browser(dauren).Post("/ru" + gift + "/announce").Want(404)
		a.Post("/ru" + gift + "/announce").Want(303)
		_, second := town.gift(dauren, id, 3_000, Named)
		back, _ := town.gift(aliya, id, 7_000, Anonymous)

		// The first is known by its code, typed in Cyrillic and small letters; the second by one with a mistake; the third by name and sum; the last is nobody's.
		wrong := "2" + second[1:]
		if wrong == second {
			wrong = "3" + second[1:]
		}
		cyrillic := strings.NewReplacer("A", "а", "B", "в", "C", "с", "E", "е", "H", "н", "K", "к", "M", "м", "P", "р", "T", "т", "X", "х").Replace(code)
		lines := town.read(move{5_000, "ҮЛГІ АСЕЛЬ КӘРІМҚЫЗЫ", "помощь " + cyrillic}, move{3_000, "Кто-то", wrong}, move{7_000, aliya.Name + " Үлгіқызы", "ағашқа"}, move{1_234, "Белгісіз", "сыйлық"})
		for amount, want := range map[int64]string{5_000: "Похоже: код, сумма, имя", 3_000: "Похоже: код с одной ошибкой, сумма", 7_000: "Похоже: сумма, имя"} {
			boss.Get("/ru/desk/statements/lines/"+string(lines[amount])).Want(200, want)
		}
		boss.Get("/ru/desk").Want(200, "1234 ₸", "чей это перевод")
		c.Browser(dauren).Get("/ru/desk/statements/lines/" + string(lines[5_000])).Want(403)
		line := "/ru/desk/statements/lines/" + string(lines[5_000])
		boss.Post(line, "as", "gift:"+strings.TrimPrefix(gift, "/my/gifts/")).Want(200, "навсегда")
		boss.Post(line, "as", "gift:"+strings.TrimPrefix(gift, "/my/gifts/"), "_sure", "1").Want(303)
		boss.Post(line, "as", "other", "what", "қате").Want(409, "уже разобрали")
		visitor.Get("/ru"+Path(id)).Want(200, "Асель", town.ru(5_000), "1 дар").Lacks("Үлгі Асель")
		town.balanced(id, 5_000)

		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[3_000], Answer{Meaning: AsWalkIn, Of: id}))
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[7_000], Answer{Meaning: AsGift, Of: back}))
		town.balanced(id, 15_000)

		// A refund is a task until the bank shows it, never above the gift, and of its sum.
		c.Refused(town.AskBack(c.Ctx(), town.boss.Actor, back, 7_001*civic.Tenge, "қате"), civic.Invalid)
		c.Refused(town.AskBack(c.Ctx(), town.boss.Actor, back, -civic.Tenge, "қате"), civic.Invalid)
		c.Refused(town.AskBack(c.Ctx(), dauren.Actor, back, civic.Tenge, "қате"), civic.NotFound)
		boss.Post("/ru/desk/statements/gifts/"+string(back)+"/back", "amount", "7000", "why", "Қате аударылды").Want(303)
		boss.Get("/ru/desk").Want(200, "Вернуть 7000 ₸")
		c.Refused(town.AskBack(c.Ctx(), town.boss.Actor, back, civic.Tenge, "тағы"), civic.Closed)
		lines = town.read(move{-7_000, aliya.Name, "возврат"}, move{-6_999, aliya.Name, "возврат"}, move{-2_500, "Питомник", "саженцы"}, move{-50, "Банк", "комиссия"})
		c.Refused(town.Settle(c.Ctx(), town.boss.Actor, lines[-6_999], Answer{Meaning: AsRefund, Of: back}), civic.Invalid)
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[-7_000], Answer{Meaning: AsRefund, Of: back}))
		c.Refused(town.Settle(c.Ctx(), town.boss.Actor, lines[-2_500], Answer{Meaning: AsSpent, Of: id}), civic.Invalid) // for what?
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[-2_500], Answer{Meaning: AsSpent, Of: id, What: "25 көшет"}))
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[-50], Answer{Meaning: AsFee, Of: id}))
		town.balanced(id, 5_450)
		visitor.Get("/ru"+Path(id)+"/book").Want(200, "25 көшет", "Комиссия банка", "Возврат дара", town.ru(5_450)).Lacks(aliya.Name, dauren.Name)
		visitor.Get(Path(id)+"/book.csv").Want(200, "25 көшет", "-2500")
		visitor.Get("/campaigns.csv").Want(200, "8000,2500,50")

		// The receipt of the giver's row holds without the city, and without a name.
		page = a.Get("/ru"+gift).Want(200, "строка № 1", "25 көшет").Body
		_, act, _ := strings.Cut(page, "/record/act/")
		act, _, _ = strings.Cut(act, `"`)
		c.Acts() // places what waits
		index := strings.TrimPrefix(a.Get("/ru/record/act/"+act).Want(303).Location, "/ru/record/")
		receipt, err := proof.ParseReceipt([]byte(visitor.Get("/record/receipt/" + index).Want(200).Body))
		c.Must(err)
		keys, err := c.Record.Keys(c.Ctx())
		c.Must(err)
		entry, _, _, err := receipt.Check(keys)
		c.Must(err)
		if said := string(entry.Payload); entry.Kind != "sponsorship.row.entered" || !strings.Contains(said, `"number":1`) || !strings.Contains(said, `"amount":"5000"`) || strings.Contains(string(receipt.Entry), "Асель") {
			t.Errorf("the receipt says %s", said)
		}
		if report, whole := c.Verified(); report.Compared < 7 || strings.Contains(whole, "Асель") || strings.Contains(whole, aliya.Name) {
			t.Errorf("the record: %+v", report)
		}
		if told := c.Told(asel); len(told) != 1 || told[0].Subject.Key != "sponsorship.told_gift" {
			t.Errorf("told %+v", told)
		}
		a.Get("/ru/me").Want(200, "Деревья в парк", "пришёл")
		a.Get("/ru/account/download").Want(200, "5000", "Асель Үлгі")

		// Who leaves is cut off from the gift; the book stays.
		a.Post("/kk/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		visitor.Get("/ru" + Path(id)).Want(200).Lacks("Асель")
		town.balanced(id, 5_450)
		c.Read(func(tx *storage.Tx) error {
			left, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM sponsorship_line WHERE party LIKE '%АСЕЛЬ%' OR purpose LIKE '%помощь%'")
			if left != 0 {
				t.Errorf("%d lines name who left", left)
			}
			return err
		})

		// Closed with a report: the promise without money lapses, and nothing is booked any more.
		boss.Post("/ru"+path+"/close", "report.kk", "Отырғыздық", "report.ru", "Посадили", "_sure", "1").Want(303)
		visitor.Get("/ru"+Path(id)).Want(200, "Посадили", "закрыт")
		lines = town.read(move{1_234, "Белгісіз", "сыйлық"}) // already known: it still waits from before
		c.Refused(town.Settle(c.Ctx(), town.boss.Actor, lines[1_234], Answer{Meaning: AsWalkIn, Of: id}), civic.Closed)
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[1_234], Answer{Meaning: ToSend}))
		c.Pass(time.Hour * 24)
		lines = town.read(move{-1_234, "Белгісіз", "возврат"})
		w, err := town.Work(c.Ctx(), town.boss.Actor, town.ngo)
		c.Must(err)
		for _, l := range w.Lines {
			if l.State == LineToSend {
				c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[-1_234], Answer{Meaning: AsSent, Of: l.ID}))
			}
		}
		if len(town.waiting()) != 1 { // the line of 6,999
			t.Errorf("waiting: %v", town.waiting())
		}
		town.balanced(id, 5_450)
	}, Capability())
}

// The same statement twice changes nothing; an edited one is refused whole; a mistake is taken back by another row.
func TestStatementsAreReadOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		id := town.campaign(KeepsWhatCame)
		boss := c.Browser(town.boss)
		data := town.csv(move{5_000, "А", "x"}, move{5_000, "А", "x"}, move{700, "Б", "y"})
		for i, want := range []int64{3, 0} {
			done, err := town.Import(c.Ctx(), town.boss.Actor, town.ngo, iban, data)
			c.Must(err)
			if done.Fresh != want {
				t.Errorf("time %d: %d new lines", i+1, done.Fresh)
			}
		}
		boss.Upload("/ru/desk/statements", "file", "a.csv", data, "of", string(town.ngo), "iban", iban).Want(303)
		boss.Upload("/ru/desk/statements", "file", "a.xml", []byte(`<!DOCTYPE a><a/>`), "of", string(town.ngo), "iban", iban).Want(422, "не бывает")
		boss.Upload("/ru/desk/statements", "file", "a.csv", data, "of", string(c.Organisation("Басқа ұйым"))).Want(404)
		c.Browser(c.Resident("")).Upload("/ru/desk/statements", "file", "a.csv", data, "of", string(town.ngo)).Want(403)
		_, err := town.Import(c.Ctx(), town.boss.Actor, town.ngo, "KZ1", data)
		c.Refused(err, civic.Invalid)
		mt := func(sum string) []byte {
			return []byte(":20:A\n:25:" + iban + "\n:61:2611021102C" + sum + "NTRFX//BANK7\n:86:сыйлық\n")
		}
		_, err = town.Import(c.Ctx(), town.boss.Actor, town.ngo, "", mt("900,00"))
		c.Must(err)
		_, err = town.Import(c.Ctx(), town.boss.Actor, town.ngo, "", mt("9000,00"))
		c.Refused(err, civic.Conflict)
		if n := len(town.waiting()); n != 3 {
			t.Errorf("%d sums wait", n)
		}

		line := town.waiting()[700]
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, line, Answer{Meaning: AsWalkIn, Of: id}))
		town.balanced(id, 700)
		boss.Post("/ru/desk/statements/lines/" + string(line) + "/reopen").Want(303)
		town.balanced(id, 0)
		c.Browser(nil).Get("/ru"+Path(id)+"/book").Want(200, "Отменяет строку № 1")
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, line, Answer{Meaning: AsWalkIn, Of: id}))
		town.balanced(id, 700)
		c.Acts()
		c.Verified()
		c.Refused(town.Settle(c.Ctx(), town.boss.Actor, line, Answer{Meaning: AsOther, What: "x"}), civic.Conflict)

		// Who does not speak for the organisation does nothing with its money.
		other := c.Representative(c.Organisation("Үшінші"))
		c.Refused(town.Settle(c.Ctx(), other.Actor, line, Answer{Meaning: AsOther, What: "x"}), civic.NotFound)
		c.Refused(town.Reopen(c.Ctx(), other.Actor, line), civic.NotFound)
		c.Refused(town.Close(c.Ctx(), other.Actor, id, both("x")), civic.NotFound)
		c.Refused(town.Send(c.Ctx(), other.Actor, id), civic.NotFound)
		_, err = town.Import(c.Ctx(), other.Actor, town.ngo, iban, data)
		c.Refused(err, civic.NotFound)
		_, err = town.Keep(c.Ctx(), other.Actor, town.draft(KeepsWhatCame))
		c.Refused(err, civic.Invalid)
		c.Refused(town.Decide(c.Ctx(), other.Actor, id, moderation.Choice{Approve: true}), civic.Forbidden)
		for _, path := range []string{"/desk/campaigns/" + string(id), "/desk/campaigns/" + string(id) + "/close", "/desk/statements/lines/" + string(line)} {
			c.Browser(other).Get("/ru" + path).Want(404)
		}
	}, Capability())
}

// Whatever a campaign was not enough for goes back, and until then nothing is spent of it.
func TestAllOrNothing(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		id := town.campaign(AllOrNothing)
		asel := c.Resident(civic.Russian)
		gift, _ := town.gift(asel, id, 4_000, Named)
		lapsing, _ := town.gift(asel, id, 500, Named)
		lines := town.read(move{4_000, "А", "x"}, move{-100, "Питомник", "көшет"})
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[4_000], Answer{Meaning: AsGift, Of: gift}))
		c.Refused(town.Settle(c.Ctx(), town.boss.Actor, lines[-100], Answer{Meaning: AsSpent, Of: id, What: "көшет"}), civic.Conflict)
		c.Refused(town.Settle(c.Ctx(), town.boss.Actor, lines[-100], Answer{Meaning: AsFee, Of: id}), civic.Conflict) // all of it may have to go back
		c.Refused(town.Close(c.Ctx(), town.boss.Actor, id, both("Жетпеді")), civic.Conflict)
		c.Acts()
		c.Pass(31 * 24 * time.Hour)
		_, err := town.Pledge(c.Ctx(), asel.Actor, id, Gift{Name: "А", Shown: Named, Amount: 500 * civic.Tenge})
		c.Refused(err, civic.Closed)
		c.Must(town.Close(c.Ctx(), town.boss.Actor, id, both("Жетпеді")))
		c.Browser(asel).Get("/ru/my/gifts/"+string(gift)).Want(200, "Вам вернут "+town.ru(4_000), "Необходимое не собралось")
		c.Browser(asel).Get("/ru/my/gifts/"+string(lapsing)).Want(200, "не пришёл до закрытия")
		c.Browser(town.boss).Get("/ru/desk").Want(200, "Вернуть 4000 ₸")
		lines = town.read(move{-4_000, "А", "возврат"})
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[-4_000], Answer{Meaning: AsRefund, Of: gift}))
		town.balanced(id, 0)
	}, Capability())
}

// Once enough has come it may be spent, and one who asks for their gift back afterwards does not make all others theirs.
func TestWhatWasReachedStays(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		id := town.campaign(AllOrNothing)
		v, err := town.Show(c.Ctx(), civic.Actor{}, id)
		c.Must(err)
		least := int64(v.Minimum() / civic.Tenge)
		asel, dauren := c.Resident(civic.Russian), c.Resident(civic.Russian)
		first, _ := town.gift(asel, id, least-1_000, Named)
		second, _ := town.gift(dauren, id, 1_000, Named)
		lines := town.read(move{least - 1_000, "А", "x"}, move{1_000, "Б", "y"}, move{-500, "Питомник", "көшет"})
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[least-1_000], Answer{Meaning: AsGift, Of: first}))
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[1_000], Answer{Meaning: AsGift, Of: second}))
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[-500], Answer{Meaning: AsSpent, Of: id, What: "көшет"}))
		c.Browser(town.boss).Post("/ru/desk/statements/gifts/"+string(second)+"/back", "amount", "1000", "why", "Қате аударылды").Want(303)
		lines = town.read(move{-1_000, "Б", "возврат"})
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[-1_000], Answer{Meaning: AsRefund, Of: second}))
		c.Pass(31 * 24 * time.Hour)
		c.Must(town.Close(c.Ctx(), town.boss.Actor, id, both("Болды")))
		c.SignIn(asel)
		c.Browser(asel).Get("/ru/my/gifts/" + string(first)).Want(200).Lacks("Вам вернут")
		town.balanced(id, least-1_000-500)
	}, Capability())
}

// What was booked by mistake and taken back reaches nothing: nothing is spent of it.
func TestAWrongBookingReachesNothing(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		id := town.campaign(AllOrNothing)
		v, err := town.Show(c.Ctx(), civic.Actor{}, id)
		c.Must(err)
		least := int64(v.Minimum() / civic.Tenge)
		lines := town.read(move{least, "А", "x"}, move{-500, "Питомник", "көшет"})
		c.Must(town.Settle(c.Ctx(), town.boss.Actor, lines[least], Answer{Meaning: AsWalkIn, Of: id}))
		c.Must(town.Reopen(c.Ctx(), town.boss.Actor, lines[least]))
		c.Refused(town.Settle(c.Ctx(), town.boss.Actor, lines[-500], Answer{Meaning: AsSpent, Of: id, What: "көшет"}), civic.Conflict)
		town.balanced(id, 0)
	}, Capability())
}

// Two clerks book one line at once, many lines go to one gift, and the campaign is closed meanwhile: what was acknowledged is in the book, once.
func TestManyAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		id := town.campaign(KeepsWhatCame)
		clerk := c.Representative(town.ngo)
		var moves []move
		for i := range 12 {
			moves = append(moves, move{int64(1_000 + i), "А", fmt.Sprint(i)})
		}
		data := town.csv(moves...)
		var together sync.WaitGroup
		fresh := make([]int64, 4)
		for i := range fresh {
			together.Go(func() {
				done, err := town.Import(c.Ctx(), clerk.Actor, town.ngo, iban, data)
				if err != nil {
					t.Error(err)
				}
				fresh[i] = done.Fresh
			})
		}
		together.Wait()
		if sum := fresh[0] + fresh[1] + fresh[2] + fresh[3]; sum != 12 {
			t.Errorf("%v new lines", fresh)
		}
		var mu sync.Mutex
		booked := map[int64]int{}
		for amount, line := range town.waiting() {
			for _, who := range []*citytest.Person{town.boss, clerk} {
				together.Go(func() {
					err := town.Settle(c.Ctx(), who.Actor, line, Answer{Meaning: AsWalkIn, Of: id})
					mu.Lock()
					defer mu.Unlock()
					switch code := civic.CodeOf(err); {
					case err == nil:
						booked[amount]++
					case code != civic.Conflict && code != civic.Closed:
						t.Error(err)
					}
				})
			}
		}
		together.Go(func() {
			if err := town.Close(c.Ctx(), town.boss.Actor, id, both("Бітті")); err != nil {
				t.Error(err)
			}
		})
		together.Wait()
		var sum int64
		for amount, times := range booked {
			if sum += amount; times != 1 {
				t.Errorf("%d was booked %d times", amount, times)
			}
		}
		town.balanced(id, sum)
	}, Capability())
}
