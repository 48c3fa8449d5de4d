package delivery_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/grants/threesixty"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/voices"
)

// idea is a made-up thing that people decided on.
var idea = civic.Ref{Kind: "board.idea", ID: "7"}

// town is a city with a work, and what its owner told.
type town struct {
	*citytest.City
	*Service
	work    civic.ID
	officer *citytest.Person
	told    []string
}

func each(t *testing.T, test func(t *testing.T, w *town)) {
	t.Helper()
	texts := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		texts[string(lang)+".toml"] = &fstest.MapFile{Data: []byte("kind_idea = \"Idea\"\n")}
	}
	titles := func(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
		out := map[civic.ID]part.Resolved{}
		for _, id := range ids {
			out[id] = part.Resolved{Title: civic.Text{"kk": "Орындық", "ru": "Скамьи"}, Path: "/built"}
		}
		return out, nil
	}
	board := capability.Capability{
		Part: part.Part{Name: "board", Texts: texts, Schema: fstest.MapFS{}, Kinds: []part.Kind{{Name: idea.Kind, Titles: titles, NotSearched: "it is a test's"}},
			Without: []part.Absence{part.No("it is a test's", part.PointSettings, part.PointActs, part.PointAudited, part.PointPersonal, part.PointHelp,
				part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe)}},
		New: func(capability.City) part.Running { return part.Running{} },
	}
	citytest.EachWith(t, app.Config{Capabilities: []capability.Capability{board}}, func(t *testing.T, c *citytest.City) {
		w := &town{City: c, Service: c.Delivery}
		body := c.Body("Әкімдік")
		w.officer = c.Officer(body)
		c.Delivery.Own(idea.Kind, Owner{Tell: func(tx *storage.Tx, _ civic.Ref, subject, _ civic.Message, _ string) error {
			tx.AfterCommit(func() { w.told = append(w.told, subject.Key) })
			return nil
		}})
		for range 2 { // a decision that is made known twice is one promise
			c.Write(func(tx *storage.Tx) error {
				return c.Delivery.Begin(tx, Promise{Of: idea, Body: organisations.RefOf(body), Point: places.Point{Lat: 42.3, Lon: 69.6}, Cost: 1_000_000 * civic.Tenge, Due: c.Now().AddDate(0, 0, 60).Format(time.DateOnly)})
			})
		}
		c.Read(func(tx *storage.Tx) error {
			g, there, err := c.Delivery.OfThing(tx, idea)
			if w.work = g.ID; !there {
				t.Fatal("there is no work")
			}
			return err
		})
		test(t, w)
	})
}

func both(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }

func (w *town) contract(number string, tenge int64) Contract {
	return Contract{Number: number, With: "ТОО «Құрылыс»", BIN: "970740000838", Sum: civic.Money(tenge) * civic.Tenge, Signed: w.Now().Format(time.DateOnly)}
}

// From the promise to the confirmation, by pages alone: what is dearer has its reason, what is later keeps the first day in view, and who disputes it is answered.
func TestFromPromiseToConfirmation(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		c, path, desk := w.City, "/ru"+Path(w.work), "/ru/desk/built/"+string(w.work)
		officer, visitor := c.Browser(w.officer), c.Browser(nil)
		visitor.Get("/ru/built").Want(200, "Скамьи", "Обещано")
		visitor.Get(path).Want(200, "1\u00a0000\u00a0000 ₸")
		visitor.Get("/built-360giving.json").Want(404)
		day := func(days int) string { return c.Now().AddDate(0, 0, days).Format(time.DateOnly) }

		officer.Get("/ru/desk/built").Want(200, "Скамьи")
		form := []string{"number", "15", "with", "ТОО «Құрылыс»", "bin", "970740000838", "sum", "1200000", "signed", day(0)}
		officer.Post(desk+"/contract", "number", "", "bin", "123456789012", "sum", "много", "signed", day(1)).Want(422, "Это не БИН", "Укажите сумму больше нуля", "сегодня или раньше", "много")
		officer.Post(desk+"/contract", form...).Want(422, "1200000") // dearer than promised: why?
		officer.Post(desk+"/contract", append(form, "why.kk", "Қымбаттады", "why.ru", "Металл подорожал")...).Want(200, "Металл подорожал", "Қымбаттады")
		c.Browser(nil).Get("/built-360giving.json").Want(404) // nothing is kept yet
		officer.Post(desk+"/contract", append(form, "_sure", "yes", "why.kk", "Қымбаттады", "why.ru", "Металл подорожал")...).Want(303)
		officer.Post(desk+"/contract", append(form, "why.kk", "Қымбаттады", "why.ru", "Металл подорожал")...).Want(422, "Такой договор уже есть")
		officer.Post(desk+"/milestone", "name.kk", "Негіз", "name.ru", "Основание", "due", day(20)).Want(303)
		officer.Post(desk+"/delay", "_sure", "yes", "due", day(90), "why.kk", "Жаңбыр", "why.ru", "Дожди").Want(303)
		officer.Post(desk+"/delay", "due", day(-1), "why.kk", "Жаңбыр", "why.ru", "Дожди").Want(422, "ещё не прошёл")
		page := visitor.Get(path).Want(200, "Металл подорожал", "Дожди", "Основание", "+200\u00a0000", "Первый срок", "1\u00a0мая 2026", "31\u00a0мая 2026")
		page.Lacks("скажите, что видите")

		for range 2 { // an order that is sent twice is one payment
			officer.Post(desk+"/payment", "number", "П-1", "sum", "500000").Want(303)
		}
		officer.Post(desk+"/payment", "number", "П-1", "sum", "600000").Want(409)
		officer.Post(desk+"/payment", "number", "П-2", "sum", "900000").Want(409) // more than is left
		visitor.Get(path).Want(200, "П-1", "Оплачено 500\u00a0000 из 1\u00a0200\u00a0000")

		v, err := w.Show(c.Ctx(), civic.Actor{}, w.work)
		c.Must(err)
		officer.Post(desk + "/milestones/" + string(v.Milestones[0].ID)).Want(303)
		officer.Post(desk + "/milestones/" + string(v.Milestones[0].ID)).Want(409) // once
		officer.Post(desk+"/answer", "words.kk", "Иә", "words.ru", "Да").Want(409)
		officer.Post(desk+"/finish").Want(200, "Отменить это нельзя")
		officer.Post(desk+"/finish", "_sure", "yes").Want(303)

		c.Set("delivery.disputes", 2)
		c.Set("delivery.confirms", 2)
		asel, dauren := c.Browser(c.Resident(civic.Russian)), c.Browser(c.Resident(civic.Kazakh))
		officer.Post(path+"/say", "voice", "confirm", "near", "yes").Want(403, "не подтверждает")
		asel.Get(path+"/say").Want(200, "Нет, это не так")
		asel.Post(path+"/say", "voice", "dispute").Want(422, "рядом", "Выберите")
		asel.Post(path+"/say", "voice", "dispute", "matter", "poor", "near", "yes").Want(303)
		asel.Post(path+"/say", "voice", "doubt", "matter", "poor", "near", "yes").Want(303) // changes it
		dauren.Post(path+"/say", "voice", "dispute", "matter", "missing", "near", "yes").Want(303)
		visitor.Get(path).Want(200, "не согласен 1 человек", "сомневается 1 человек", "Построено, ещё не подтверждено")
		asel.Post(path+"/say", "voice", "dispute", "matter", "poor", "near", "yes").Want(303)
		visitor.Get(path).Want(200, "Оспорено", "не согласны 2 человека", "сделано плохо (1)")
		asel.Get("/ru/me").Want(200, "Скамьи")
		officer.Get("/ru/desk").Want(200, "Нужно ответить на спор")
		officer.Post(desk+"/answer", "_sure", "yes", "words.kk", "Түзеттік", "words.ru", "Перекрасили").Want(303)
		visitor.Get(path).Want(200, "Перекрасили", "Пока никто ничего не сказал")
		asel.Post(path+"/say", "voice", "confirm", "near", "yes").Want(303)
		dauren.Post(path+"/say", "voice", "confirm", "near", "yes").Want(303)
		visitor.Get(path).Want(200, "Построено и подтверждено")
		visitor.Get("/ru/built?state=confirmed").Want(200, "Скамьи")
		visitor.Get("/ru/built?state=disputed").Want(200, "Такого нет")
		visitor.Get("/built.csv").Want(200, "Скамьи", "1200000", "confirmed")
		visitor.Get("/api/v1/built/"+string(w.work)).Want(200, `"paid":"500000"`, `"bin":"970740000838"`)

		c.Pass(91 * 24 * time.Hour) // nobody is heard for ever
		c.Refused(w.Say(c.Ctx(), c.Resident("").Actor, w.work, voices.Disputes, "poor", true), civic.Closed)
		want := []string{"delivery.told_contracted", "delivery.told_delayed", "delivery.told_built", "delivery.told_disputed", "delivery.told_mended", "delivery.told_confirmed"}
		if !slices.Equal(w.told, want) {
			t.Errorf("told %v, want %v", w.told, want)
		}
		c.WantActs("record.log.opened", "organisations.organisation.registered", "delivery.work.promised", "delivery.work.contracted", "delivery.work.planned", "delivery.work.delayed", "delivery.work.paid",
			"delivery.work.paid", "delivery.work.advanced", "delivery.work.built", "delivery.work.disputed", "delivery.work.mended", "delivery.work.confirmed")
		c.Verified()
		c.Read(func(tx *storage.Tx) error { // what was promised, and the raise, less the payment
			all, err := ledger.Balances(tx, Ref(w.work))
			left := map[string]civic.Money{}
			for _, s := range all {
				left[s.Account.Name] = s.Amount / civic.Tenge
			}
			if left["set_aside"] != 700_000 || left["paid"] != 500_000 || left["city"] != -1_200_000 {
				t.Errorf("the book: %v", left)
			}
			return err
		})
	})
}

// What will not be built gives back to the city what was set aside and not paid.
func TestWhatIsDroppedKeepsNoMoney(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		c := w.City
		c.Must(w.Contract(c.Ctx(), w.officer.Actor, w.work, w.contract("15", 900_000), nil))
		c.Must(w.Pay(c.Ctx(), w.officer.Actor, w.work, "П-1", 300_000*civic.Tenge))
		c.Refused(w.Drop(c.Ctx(), w.officer.Actor, w.work, nil), civic.Invalid)
		c.Must(w.Drop(c.Ctx(), w.officer.Actor, w.work, both("Жер сатылды", "Землю продали")))
		c.Read(func(tx *storage.Tx) error {
			all, err := ledger.Balances(tx, Ref(w.work))
			for _, s := range all {
				if want := map[string]civic.Money{"set_aside": 0, "paid": 300_000, "city": -300_000}[s.Account.Name] * civic.Tenge; s.Amount != want {
					t.Errorf("%s holds %v, want %v", s.Account.Name, s.Amount, want)
				}
			}
			return err
		})
	})
}

// Contracts in the 360Giving Data Standard, held against its schema.
func TestContractsAsGrants(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		c := w.City
		c.Must(w.Contract(c.Ctx(), w.officer.Actor, w.work, w.contract("15", 600_000), nil))
		c.Must(w.Contract(c.Ctx(), w.officer.Actor, w.work, w.contract("16", 400_000), nil))
		body := []byte(c.Browser(nil).Get("/built-360giving.json").Want(200, "KZ-BIN-970740000838", "ТОО").Body)
		standard, err := threesixty.New()
		c.Must(err)
		f, err := standard.Read(bytes.NewReader(body), int64(len(body)), "", func(threesixty.Grant) error { return nil })
		c.Must(err)
		if f.Grants != 2 || f.Valid != 2 {
			t.Errorf("the file: %+v", f)
		}
	})
}

// Whoever does not run it writes nothing, and what will not be built needs its reason.
func TestWhoMayAndDropping(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		c := w.City
		other := c.Officer(c.Body("Басқарма"))
		c.Refused(w.Contract(c.Ctx(), other.Actor, w.work, w.contract("1", 5), nil), civic.Forbidden)
		c.Refused(w.Finish(c.Ctx(), w.officer.Actor, w.work), civic.Closed)
		c.Browser(other).Get("/ru/desk/built/"+string(w.work)).Want(403, "заказчик")
		c.Refused(w.Pay(c.Ctx(), w.officer.Actor, w.work, "1", 5), civic.Closed)
		c.Refused(w.Drop(c.Ctx(), w.officer.Actor, w.work, nil), civic.Invalid)
		c.Must(w.Drop(c.Ctx(), w.officer.Actor, w.work, both("Құбыр өтеді", "Там теплотрасса")))
		c.Browser(nil).Get("/ru"+Path(w.work)).Want(200, "Строить не будут", "Там теплотрасса")
		c.Refused(w.Contract(c.Ctx(), w.officer.Actor, w.work, w.contract("1", 5), nil), civic.Closed)
		c.Pass(100 * 24 * time.Hour)
		c.Browser(nil).Get("/ru/built").Want(200).Lacks("Опаздывает") // what will not be is not late
	})
}

// What is there is summed up for who promised it, with the days that it took; a promise, and what people dispute, is not there. By hand: built thirty days after it was promised.
func TestWhatIsThereIsSummedUp(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		c := w.City
		made := func() (m Made) {
			t.Helper()
			c.Read(func(tx *storage.Tx) (err error) {
				m, err = c.Delivery.MadeOf(tx, idea.Kind, []civic.ID{"another", idea.ID})
				return err
			})
			return m
		}
		c.Must(w.Contract(c.Ctx(), w.officer.Actor, w.work, w.contract("15", 600_000), nil))
		c.Pass(30 * 24 * time.Hour)
		if m := made(); m != (Made{}) {
			t.Errorf("before it was built: %+v", m)
		}
		c.Must(w.Finish(c.Ctx(), w.officer.Actor, w.work))
		if m := made(); m.Count != 1 || m.Days != 30 || m.Cost != 600_000*civic.Tenge && m.Cost != 1_000_000*civic.Tenge {
			t.Errorf("built: %+v", m)
		}
		for i := range 12 {
			c.Must(w.Say(c.Ctx(), c.Known(civic.Actor{Account: civic.ID("says-" + string(rune('a'+i))), Assurance: civic.Verified}).Actor, w.work, voices.Disputes, "missing", true))
		}
		if m := made(); m != (Made{}) {
			t.Errorf("disputed: %+v", m)
		}
	})
}

// Who leaves takes their word along; the download has it.
func TestAVoiceIsPersonal(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		c := w.City
		c.Must(w.Contract(c.Ctx(), w.officer.Actor, w.work, w.contract("15", 600_000), nil))
		c.Must(w.Finish(c.Ctx(), w.officer.Actor, w.work))
		asel := c.Resident(civic.Russian)
		c.Must(w.Say(c.Ctx(), asel.Actor, w.work, voices.Doubts, "closed", true))
		c.Browser(nil).Get("/ru"+Path(w.work)).Want(200, "сомневается 1 человек")
		c.Browser(asel).Get("/ru/account/download").Want(200, "closed")
		c.Browser(asel).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		c.Read(func(tx *storage.Tx) error {
			held, err := Part().Personal.Export(tx, asel.Account)
			if held != nil {
				t.Errorf("left behind: %v", held)
			}
			return err
		})
	})
}

// One person who says it fifty times at once is one voice; many who dispute it at once are all counted, and dispute it once.
func TestManySayAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		c := w.City
		c.Must(w.Contract(c.Ctx(), w.officer.Actor, w.work, w.contract("15", 600_000), nil))
		c.Must(w.Finish(c.Ctx(), w.officer.Actor, w.work))
		c.SkipActs()
		w.told = nil
		who := make([]*citytest.Person, 12)
		for i := range who {
			who[i] = c.Known(civic.Actor{Account: civic.ID("says-" + string(rune('a'+i))), Assurance: civic.Verified})
		}
		var wg sync.WaitGroup
		for i := range 62 {
			wg.Go(func() {
				c.Must(w.Say(c.Ctx(), who[max(0, i-50)].Actor, w.work, voices.Disputes, "missing", true))
			})
		}
		wg.Wait()
		v, err := w.Show(c.Ctx(), civic.Actor{}, w.work)
		c.Must(err)
		if v.Voices[voices.Disputes] != 12 || v.State != Disputed {
			t.Errorf("%v, %s", v.Voices, v.State)
		}
		c.WantActs("delivery.work.disputed")
	})
}

// Payments at once take no more than is set aside.
func TestPaymentsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		c := w.City
		c.Must(w.Contract(c.Ctx(), w.officer.Actor, w.work, w.contract("15", 1_000_000), nil))
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for i := range 10 {
			wg.Go(func() {
				err := w.Pay(c.Ctx(), w.officer.Actor, w.work, string(rune('a'+i)), 300_000*civic.Tenge)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				} else {
					c.Refused(err, civic.Conflict)
				}
			})
		}
		wg.Wait()
		v, err := w.Show(c.Ctx(), civic.Actor{}, w.work)
		c.Must(err)
		if done != 3 || v.Paid != 900_000*civic.Tenge {
			t.Errorf("%d payments, %s paid", done, v.Paid)
		}
	})
}
