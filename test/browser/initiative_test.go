package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	settings "github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// collecting is a city in which few signatures are enough.
type collecting struct {
	t         *testing.T
	c         *city
	s         *initiatives.Service
	boss      civic.Actor
	body      civic.Ref
	moderator civic.Actor
	signers   int
}

func newCollecting(t *testing.T, c *city) *collecting {
	t.Helper()
	w := &collecting{t: t, c: c, s: app.Service[*initiatives.Service](c.App), boss: civic.Actor{Account: "boss", Grants: []civic.Grant{{Role: civic.Administrator}}}, body: c.body(t),
		moderator: civic.Actor{Account: "moderator", Grants: []civic.Grant{{Role: civic.Moderator}}}}
	for key, value := range map[string]int64{"joinder_people": 3, "council_signatures": 0, "answer_signatures": 8, "consultation_signatures": 0, "by_network": 1_000, "per_month": 10} {
		w.must(c.Settings.SetValue(t.Context(), w.boss, settings.Value{Key: "initiatives." + key, From: c.DB.Now().Format(time.DateOnly), Value: value, Source: "test"}))
	}
	return w
}

func (w *collecting) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// sign lets so many people sign, for whom one would have to wait.
func (w *collecting) sign(id civic.ID, key initiatives.Key, n int, name string) {
	w.t.Helper()
	for range n {
		w.signers++
		email := fmt.Sprintf("signer%d@city.test", w.signers)
		_, err := w.s.Sign(w.t.Context(), civic.Actor{}, id, key, initiatives.Signing{Name: name, Email: email, Network: email, Lang: civic.Russian})
		w.must(err)
		text := w.c.post.waitFor(w.t, email).text
		w.must(w.s.Confirm(w.t.Context(), id, strings.Fields(text[strings.Index(text, "/own/")+len("/own/"):])[0]))
	}
	w.must(w.s.Fold(w.t.Context()))
}

// past lets the instant in a column pass, for which one would have to wait.
func (w *collecting) past(id civic.ID, column string) {
	w.t.Helper()
	w.must(w.c.DB.Write(w.t.Context(), func(tx *storage.Tx) error {
		_, err := tx.Exec("UPDATE initiatives_initiative SET "+column+" = $1 WHERE id = $2", storage.Millis(tx.Now().Add(-time.Minute)), id)
		return err
	}))
	w.must(w.s.Advance(w.t.Context()))
}

func (w *collecting) view(id civic.ID) initiatives.View {
	w.t.Helper()
	v, err := w.s.Show(w.t.Context(), initiatives.Who{}, id, "")
	w.must(err)
	return v
}

// On a phone and without scripts, in Kazakh and in Russian: three authors write an initiative and send its link round, a moderator opens it, somebody
// without an account signs by the digits of a mail, sheets of paper are entered by two people, one attack is taken out for good and one brought
// back, and the body answers and does what it promised.
func TestAnInitiativeFromThreeAuthorsToTheDeed(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		w := newCollecting(t, c)
		first, second, third := c.member(t, "first@city.test", "Бірінші").comes(phoneWidth, phoneHeight), c.member(t, "second@city.test", "Екінші").comes(phoneWidth, phoneHeight), c.member(t, "third@city.test", "Үшінші").comes(phoneWidth, phoneHeight)
		desk, other := c.holder(t, "moderator@city.test", "Модератор", civic.Grant{Role: civic.Moderator}).comes(phoneWidth, phoneHeight), c.holder(t, "moderator2@city.test", "Модератор 2", civic.Grant{Role: civic.Moderator}).comes(phoneWidth, phoneHeight)
		for _, b := range []*browser{first, second, third, desk, other} {
			b.withoutScripts()
		}
		const send, sure = `main form.form button[type=submit]`, `main form button[name=_sure], main form button[type=submit]`
		for _, said := range []struct{ lang, title, words, name, digits, counted, taken, back, answered, delivered string }{
			{"kk", "Арна бойына аллея", "Көпірден мектепке дейін ағаш отырғызып, орындық қойылсын.", "Сәуле Ахметова", "Алты цифр: ", "есепке алынған қол: 2", "есептен шығарылды: 2", "есепке қайтарылды", "Жауап берілді", "Уәде орындалды"},
			{"ru", "Аллея вдоль канала", "Посадить деревья и поставить скамьи от моста до школы.", "Сауле Ахметова", "Шесть цифр: ", "собрано и засчитано: 2", "снято со счёта: 2", "возвращено в счёт", "Есть ответ", "Обещанное сделано"},
		} {
			first.visit("/" + said.lang + "/initiatives/new")
			do(first, chromedp.SendKeys(`[name=title]`, said.title))
			do(first, chromedp.SendKeys(`[name=words]`, said.words))
			do(first, chromedp.SetValue(`[name=body]`, string(w.body.ID)))
			first.enter(send)
			first.reads(said.words)
			first.enter(sure)
			link := first.path()
			invite := do(first, chromedp.Evaluate[string](`[...document.querySelectorAll("main a")].map(a => a.pathname).find(p => p.includes("/agree/"))`))
			for _, b := range []*browser{second, third} {
				b.visit(invite)
				b.reads(said.words)
				b.enter(send)
			}
			first.visit(link)
			first.enter(`form[action$="/gather"] button[type=submit]`)
			first.enter(sure)
			own := link[:strings.Index(link, "/link/")]
			id, key := civic.ID(own[strings.LastIndexByte(own, '/')+1:]), initiatives.Key(link[strings.LastIndexByte(link, '/')+1:])
			w.sign(id, key, 3, "Арман Касымов")

			desk.visit("/" + said.lang + "/desk/initiatives")
			desk.enter(`main a[href$="/words/` + string(id) + `"]`)
			desk.enter(`main [name=act][value=` + moderation.Approve + `]`)

			visitor := c.open(t, phoneWidth, phoneHeight)
			visitor.withoutScripts()
			visitor.visit(own)
			visitor.enter(`main a[href$="/sign"]`)
			email := "saule" + said.lang + "@city.test"
			do(visitor, chromedp.SendKeys(`[name=name]`, said.name))
			do(visitor, chromedp.SendKeys(`[name=email]`, email))
			visitor.enter(send)
			text := c.post.waitFor(t, email).text
			do(visitor, chromedp.SendKeys(`[name=code]`, text[strings.Index(text, said.digits)+len(said.digits):][:6]))
			visitor.enter(send)
			w.must(w.s.Fold(t.Context()))
			visitor.visit(own)
			visitor.reads("4")

			run, _, codes, err := c.Paper.Print(t.Context(), w.moderator, initiatives.Ref(id), paper.Signatures, 1, civic.Kazakh)
			w.must(err)
			w.must(c.Paper.Give(t.Context(), w.moderator, run.ID, "1-терезе", 1))
			for _, b := range []*browser{desk, other} {
				b.visit("/" + said.lang + paper.Path(run.ID) + "/enter?sheet=" + codes[0]) // as the code on the sheet leads
				do(b, chromedp.SendKeys(`[name=content]`, "900101300017\n880713400400"))
				b.enter(send)
				b.fits()
			}
			desk.visit("/" + said.lang + paper.Path(run.ID) + "/packets/1")
			for name, value := range map[string]string{"returned": "1", "spoilt": "0", "unused": "0"} {
				do(desk, chromedp.SendKeys(`[name=`+name+`]`, value))
			}
			desk.enter(send)
			desk.visit("/" + said.lang + paper.Path(run.ID) + "/reconcile")
			desk.enter(send)
			visitor.visit(own)
			visitor.reads(said.counted)

			// Two attacks: one is taken out for good, and one turns out to be none.
			w.sign(id, "", 2, "Bot one")
			w.sign(id, "", 2, "Like two")
			for _, pattern := range []string{"Bot *", "Like *"} {
				desk.visit("/" + said.lang + "/desk/initiatives/check/" + string(id))
				do(desk, chromedp.SendKeys(`[name=pattern]`, pattern))
				desk.both("reason", "Бір желіден келген", "Пришли из одной сети")
				desk.enter(send)
				desk.fits()
				desk.enter(sure)
			}
			desk.enter(`main a[href*="/reverse/` + string(w.view(id).Invalidations[1].ID) + `"]`)
			desk.both("reason", "Бұл бір мектеп екен", "Это оказалась школа")
			desk.enter(send)
			visitor.visit(own)
			visitor.reads(said.taken, said.back)
			if v := w.view(id); v.Signed != 8 {
				t.Fatalf("%d signatures count", v.Signed)
			}

			w.past(id, "closes_at")
			w.past(id, "hand_at")
			officer := civic.Actor{Account: "officer", Grants: []civic.Grant{{Role: civic.Officer, Scope: w.body}}}
			reason := civic.Text{"kk": "Отырғызамыз", "ru": "Посадим"}
			w.must(c.Answers.Answer(t.Context(), officer, w.view(id).Owed[0].ID, answers.Verdict{Outcome: answers.Taken, Reason: reason, Promised: c.DB.Now().AddDate(0, 1, 0)}, "А. Жауапты"))
			w.must(w.s.Advance(t.Context()))
			visitor.visit(own)
			visitor.reads(said.answered)
			w.must(c.Answers.Answer(t.Context(), officer, w.view(id).Owed[1].ID, answers.Verdict{Outcome: answers.Done, Reason: reason}, "А. Жауапты"))
			w.must(w.s.Advance(t.Context()))
			visitor.visit(own)
			visitor.reads(said.delivered)
			visitor.fits()
			reader := c.open(t, phoneWidth, phoneHeight)
			reader.visit(own)
			reader.accessible()
			reader.shot("initiative-" + said.lang)
		}
	})
}
