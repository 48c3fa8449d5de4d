package browser_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var bookingLink = regexp.MustCompile(`https?://\S+/book/events\.date/[0-9a-v]{26}/by/[0-9a-v]{32}`)

// byWhen is when an offer ends: with its hour, or nobody knows it.
var byWhen = regexp.MustCompile(`до[\s\x{a0}]+\d+[\s\x{a0}]+\p{L}+[\s\x{a0}]+\d{4}[\s\x{a0}]+года,[\s\x{a0}]+\d\d:\d\d`)

// fair is an event with so many places, and its only date.
func (c *city) fair(t *testing.T, seats int, starts time.Time) (event civic.ID, date civic.Ref) {
	t.Helper()
	service, host := app.Service[*events.Service](c.App), civic.Actor{Account: "host", Grants: []civic.Grant{{Role: civic.Administrator}}}
	id, err := service.Write(t.Context(), host, events.Event{Title: civic.Text{"kk": "Кітап жәрмеңкесі", "ru": "Книжная ярмарка"}, About: civic.Text{"kk": "Айырбас", "ru": "Обмен"}, Hosts: []civic.ID{c.body(t).ID}, Place: "Саябақ", For: events.ForAll,
		Terms: events.Terms{Places: booking.Seats(seats), GroupMost: 2}}, events.Plan{Starts: starts, Ends: starts.Add(2 * time.Hour)})
	if err == nil {
		err = service.Announce(t.Context(), host, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := service.Show(t.Context(), host, id)
	if err != nil {
		t.Fatal(err)
	}
	return id, events.DateRef(v.Dates[0].ID)
}

// On a phone, without scripts and without accounts: one takes the last place, another waits; the first gives it back by the link of the mail, and the other is offered it and takes it.
func TestAPlaceGoesFromOneToAnother(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		event, _ := c.fair(t, 1, time.Now().AddDate(0, 0, 10))
		book := func(email, lead string) (*browser, string) {
			b := c.open(t, phoneWidth, phoneHeight)
			b.withoutScripts()
			b.visit("/ru/events")
			b.click(`main a[href$="/events/` + string(event) + `"]`)
			b.reads(lead)
			b.click(`main a[href*="/book/"]`)
			b.fits()
			do(b, chromedp.SendKeys(`[name=name]`, "Қонақ"))
			do(b, chromedp.SendKeys(`[name=email]`, email))
			do(b, chromedp.SetValue(`[name=seat]`, "1"))
			b.click(`form[action*="/book/"] button[type=submit]`)
			b.sees("Проверьте почту")
			own := bookingLink.FindString(c.post.waitFor(t, email).text)
			if own == "" {
				t.Fatal("the mail has no link")
			}
			b.visit(own)
			b.click(`form[action$="/confirm"] button`)
			return b, own
		}
		first, _ := book("first@city.test", "Занять место")
		first.reads("Место за вами", "Вернуть место")
		first.shot("booking-ticket")
		second, own := book("second@city.test", "Встать в очередь")
		second.reads("Ваш номер в очереди: 1")
		second.fits()

		first.click(`form[action$="/back"] button`)
		first.reads("Возвращено")
		if offered := c.post.waitFor(t, "second@city.test"); !strings.Contains(offered.subject, "освободилось место") || !byWhen.MatchString(offered.text) {
			t.Errorf("told %q: %s", offered.subject, offered.text)
		}
		second.visit(own)
		second.click(`form[action$="/take"] button`)
		second.reads("Место за вами")
		if n := do(second, chromedp.Evaluate[int](`document.querySelectorAll("main img[src^='data:image']").length`)); n != 1 {
			t.Errorf("%d tickets", n)
		}
		looks := c.open(t, phoneWidth, phoneHeight) // axe is a script
		looks.visit(own)
		looks.accessible()
		looks.fits()
	})
}

// line cuts the net of a window, or gives it back.
func (b *browser) line(on bool) {
	b.t.Helper()
	do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1}}})
		if err == nil {
			_, err = chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1})
		}
		return chromedp.Void{}, err
	})
}

// Whoever stands at a door has opened the page, and loses the net: codes that are typed and codes that are read are checked by the phone, a ticket that was read is known, a forged one is refused, and
// all of it reaches the city once there is a line.
func TestADoorWithoutNet(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t)
		_, date := c.fair(t, 5, time.Now().Add(30*time.Minute))
		guest := civic.Actor{Account: "guest", Name: "Айгүл", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Resident}}}
		p, err := c.Booking.Book(t.Context(), guest, date, booking.Wish{Places: booking.Seats(2), Name: "Айгүл"})
		if err != nil {
			t.Fatal(err)
		}
		held, err := c.Booking.Show(t.Context(), booking.Who{Actor: guest, ID: p.ID})
		if err != nil || len(held.Tickets) != 2 {
			t.Fatalf("%d tickets, %v", len(held.Tickets), err)
		}
		b := admin.comes(phoneWidth, phoneHeight)
		b.visit("/ru" + booking.DoorPath(date))
		b.accessible()
		b.fits()
		do(b, chromedp.Poll[bool](`document.getElementById("door-line").textContent.includes("Сеть есть")`))
		b.line(false)
		do(b, chromedp.Poll[bool](`document.getElementById("door-line").textContent.includes("Сети нет")`))
		b.reads("Без сети эта страница не знает, кого впустили с другого телефона и какие билеты вернули")
		reads := func(code, result string) {
			t.Helper()
			b.fill("code", code)
			do(b, chromedp.Evaluate[chromedp.Void](`document.getElementById("door-result").textContent = ""; document.getElementById("door-form").requestSubmit(); 0`))
			do(b, chromedp.Poll[bool](fmt.Sprintf(`document.getElementById("door-result").textContent.includes(%q)`, result)))
		}
		qr := held.Tickets[1].QR
		forged := qr[:len(qr)-5] + map[bool]string{true: "1", false: "0"}[qr[len(qr)-5] == '0'] + qr[len(qr)-4:]
		reads(held.Tickets[0].Code.Shown(), "Входите")
		reads(held.Tickets[0].Code.Shown(), "По этому билету уже вошли")
		reads(forged, "Такого билета нет")
		reads(qr, "Входите")
		reads("0000-0000", "Такого билета нет")
		do(b, chromedp.Poll[bool](`/отправки: 5$/.test(document.getElementById("door-line").textContent)`))
		b.shot("door-offline")

		b.line(true)
		do(b, chromedp.Poll[bool](`document.getElementById("door-counts").textContent.includes("Вошли: 2, билетов: 2, повторно: 1")`))
		do(b, chromedp.Poll[bool](`!document.getElementById("door-line").textContent.includes("отправки")`))
	})
}

// Whoever hosts an event writes, announces, and tells of it, with its programme, on a phone and without scripts.
func TestAHostOnAPhone(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		b := c.ready(t).comes(phoneWidth, phoneHeight)
		b.withoutScripts()
		b.visit("/ru/desk/events")
		b.click(`main a[href$="/desk/events/new"]`)
		b.fits()
		b.both("title", "Жәрмеңке", "Ярмарка")
		b.both("about", "Айырбас", "Обмен книгами")
		day := time.Now().AddDate(0, 0, 10).In(c.Settings.Zone()).Format(time.DateOnly)
		b.fill("day", day)
		b.fill("from", "18:00")
		b.fill("until", "20:00")
		b.fill("place", "Орталық саябақ")
		b.click(`main form.form button[type=submit].primary`)
		b.reads("Все увидят именно это", "Ярмарка", "18:00–20:00")
		b.fits()
		b.click(`main form button[type=submit].primary`)
		b.reads("Черновик")
		b.fits()
		desk := b.path()
		b.click(`main a[href$="/programme"]`)
		b.both("title", "Жыр", "Песни")
		b.both("spot", "Сахна", "Сцена")
		b.fill("from", "18:30")
		b.fill("until", "19:00")
		b.click(`main form.form button[type=submit].primary`)
		b.reads("Песни", "18:30")
		b.fits()
		b.visit(desk)
		b.click(`form[action$="/announce"] button`)
		b.reads("Проверьте перед объявлением")
		b.click(`main form button[type=submit].primary`)
		b.reads("Ярмарка", "Вся программа")
		b.fits()
		b.shot("host-announced")
		if _, err := c.Organisations.Create(t.Context(), civic.Actor{Account: "host", Grants: []civic.Grant{{Role: civic.Administrator}}},
			map[organisations.Field]string{"kind": organisations.NGO, "status": organisations.Active, "name.kk": "Кітап үлесу бірлестігі", "name.ru": "Объединение «Поделись книгой»"}, organisations.Public); err != nil {
			t.Fatal(err)
		}
		b.visit(strings.Replace(desk, "/ru/", "/kk/", 1) + "/hosts")
		do(b, chromedp.SendKeys(`main [name=q]`, "кітап"))
		b.click(`main form.filter button[type=submit]`)
		b.reads("Кітап үлесу бірлестігі")
		b.fits()
		b.shot("host-hosts")
		b.click(`main form:has(input[type=hidden][name=host]) button`)
		b.reads("Кітап үлесу бірлестігі", "Шақыру жіберілді")
		b.fits()
		c.over(t, civic.ID(desk[strings.LastIndexByte(desk, '/')+1:]))
		b.visit(desk)
		b.click(`main a[href$="/report"]`)
		b.both("report", "Көп адам келді", "Пришли многие")
		b.fill("visitors", "90")
		b.fits()
		b.click(`main form.form button[type=submit].primary`)
		b.reads("Пришли многие", "По подсчёту организатора, пришли 90 человек")
		b.fits()
	})
}

// over puts the dates of an event into the past: the clock of a city in a browser is that of the machine.
func (c *city) over(t *testing.T, id civic.ID) {
	t.Helper()
	if err := c.DB.Write(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.Exec("UPDATE events_date SET starts_at = starts_at - $2, ends_at = ends_at - $2 WHERE event = (SELECT no FROM events_event WHERE id = $1)", id, (20 * 24 * time.Hour).Milliseconds())
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
