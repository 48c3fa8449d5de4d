package drafts_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/drafts"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// town is a city whose akimat has a draft.
type town struct {
	*citytest.City
	*Service
	akimat  civic.ID
	officer *citytest.Person
}

func open(c *citytest.City) *town {
	c.Again()
	t := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік")}
	t.officer = c.Officer(t.akimat)
	return t
}

const (
	kk = "# 1. Жалпы ережелер\n\n1.1. Бағдарлама ауладағы жарыққа арналған.\n\n1.2. Ауладағы екі орындық ауыстырылады.\n\n# 2. Қаржы\n\n2.1. Қаражат бюджеттен бөлінеді.\n"
	ru = "# 1. Общие положения\n\n1.1. Программа об освещении дворов.\n\n1.2. Во дворе меняют две скамьи.\n\n# 2. Деньги\n\n2.1. Средства выделяют из бюджета.\n"
)

var yards = civic.Text{"kk": "Аулалар бағдарламасы", "ru": "Программа дворов"}

// opened is a draft that is discussed for ten working days.
func (t *town) opened() civic.ID {
	t.T.Helper()
	id, err := t.Make(t.Ctx(), t.officer.Actor, Draft{Sort: Programme, Title: yards, Purpose: yards, Touched: yards, Body: t.akimat})
	t.Must(err)
	t.Must(t.PutText(t.Ctx(), t.officer.Actor, id, []byte(kk), []byte(ru)))
	t.Must(t.Open(t.Ctx(), t.officer.Actor, id, 10))
	return id
}

func (t *town) said(id civic.ID, r Remark) (Remark, *citytest.Person) {
	t.T.Helper()
	who := t.Resident(civic.Russian)
	r, err := t.Say(t.Ctx(), who.Actor, id, r, civic.Russian)
	t.Must(err)
	return r, who
}

// closed ends the discussion of a draft.
func (t *town) closed(id civic.ID) {
	t.T.Helper()
	v, err := t.Show(t.Ctx(), id, 1, "")
	t.Must(err)
	t.At(v.ClosesAt.Add(time.Minute))
	t.Must(t.Advance(t.Ctx()))
}

// On pages alone: an officer makes a draft and puts it up, a resident proposes other words, another supports them, the body takes them into the
// next text, and the author is told of the sentence.
func TestFromADraftToTheSentence(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		officer, visitor := c.Browser(w.officer), c.Browser(nil)
		made := []string{"title.kk", yards["kk"], "title.ru", yards["ru"], "sort", "programme", "body", string(w.akimat), "purpose.kk", "Жарық", "purpose.ru", "Свет", "touched.kk", "Тұрғындар", "touched.ru", "Жителей"}
		officer.Post("/ru/desk/drafts/new", append([]string{"links", "not an address"}, made...)...).Want(422, "не адрес страницы", "Жителей")
		text := officer.Post("/ru/desk/drafts/new", made...).Want(303).Location[3:]
		desk := strings.TrimSuffix(text, "/text")
		id := civic.ID(desk[strings.LastIndex(desk, "/")+1:])

		officer.Post("/ru"+text, "kk", kk, "ru", strings.Replace(ru, "2.1.", "2.2.", 1)).Want(422, "расходятся с абзаца 5", "Қаражат")
		officer.Post("/ru"+text, "kk", "", "ru", ru).Want(422, "Текста нет")
		officer.Post("/ru"+text, "kk", kk+"\n#REF!\n", "ru", ru+"\nСумма\n").Want(422, "В абзаце 6 стоит не текст", "#REF!")
		officer.Post("/ru"+text, "kk", kk, "ru", ru).Want(303)
		visitor.Get("/ru" + Path(id)).Want(404)
		officer.Get("/ru"+desk).Want(200, "В тексте 5 абзацев", "Во дворе меняют две скамьи")
		officer.Post("/ru"+desk+"/open", "days", "3").Want(422, "от 10 до 60")
		officer.Post("/ru"+desk+"/open", "days", "10").Want(200, "Абзацев: 5")
		officer.Post("/ru"+desk+"/open", "days", "10", "_sure", "yes").Want(303)
		c.WantActs("record.log.opened", "organisations.organisation.registered", "drafts.draft.opened")

		visitor.Get("/kk"+Path(id)).Want(200, "Ауладағы екі орындық", "Мазмұны")
		visitor.Get("/ru"+Path(id)+"?q=скамьи").Want(200, "Во дворе меняют две скамьи").Main().Lacks("Средства выделяют")
		visitor.Get("/ru/search?q=дворов").Want(200, yards["ru"])
		spot := Path(id) + "/p/3"
		author, other := c.Resident(civic.Russian), c.Resident(civic.Kazakh)
		say := []string{"sort", "wording", "wording", "Во дворе меняют пять скамей.", "words", "Двух мало", "quote", "две скамьи"}
		c.Browser(author).Post("/ru"+spot+"/say", "sort", "wording", "wording", "Во дворе меняют две скамьи.").Want(422, "те же слова")
		c.Browser(author).Post("/ru"+spot+"/say", "sort", "comment", "words", "Мало", "quote", "три качели").Want(422, "Такого места в пункте нет")
		c.Browser(author).Post("/ru"+spot+"/say", say...).Want(200, "<del>две скамьи</del>", "<ins>пять скамей</ins>")
		c.Browser(author).Post("/ru"+spot+"/say", append(say, "_sure", "yes")...).Want(303)
		c.WantActs("drafts.remark.published")
		visitor.Get("/ru"+spot).Want(200, "<ins>пять скамей</ins>", "Двух мало")
		visitor.Get("/ru"+Path(id)).Want(200, "1 замечание")
		c.Browser(other).Post("/ru"+spot+"/say", "sort", "wording", "wording", "Во дворе меняют пять скамей!").Want(200, "Похожее уже написали")
		r, err := w.Spot(c.Ctx(), civic.Actor{}, id, 3, "")
		c.Must(err)
		remark := Path(id) + "/remarks/" + string(r.Lines[0].Remark.ID)
		c.Browser(author).Post("/ru" + remark + "/support").Want(403)
		for range 2 {
			c.Browser(other).Post("/kk" + remark + "/support").Want(303)
		}
		visitor.Get("/ru"+spot).Want(200, "Поддерживает 1 человек")

		w.closed(id)
		w.officer = c.SignIn(w.officer)
		officer = c.Browser(w.officer)
		c.Browser(author).Post("/ru"+spot+"/say", append(say, "_sure", "yes")...).Want(409)
		c.WantActs("drafts.draft.closed", "answers.obligation.owed")
		officer.Post("/ru" + desk + "/report").Want(422)
		weigh := []string{"remark", string(r.Lines[0].Remark.ID), "outcome", "taken", "reason.kk", "Орынды", "reason.ru", "Справедливо", "lands", "1.2"}
		officer.Post("/ru"+desk+"/weigh", weigh...).Want(422, "сначала добавьте его", "Справедливо")
		officer.Post("/ru"+text, "kk", strings.Replace(kk, "екі", "бес", 1), "ru", strings.Replace(ru, "две скамьи", "пять скамей", 1)).Want(303)
		officer.Post("/ru"+desk+"/weigh", weigh...).Want(303)
		visitor.Get("/ru" + spot).Want(200).Lacks("Справедливо") // nobody but the body sees it yet
		visitor.Get("/ru" + Path(id) + "/report").Want(404)
		officer.Post("/ru"+desk+"/report").Want(200, "учтено 1")
		officer.Post("/ru"+desk+"/report", "_sure", "yes").Want(303)
		c.WantActs("drafts.draft.reported", "answers.obligation.given")
		c.Jobs()
		for _, p := range []*citytest.Person{author, other} {
			told := 0
			for _, n := range c.Told(p) {
				if n.Subject.Key == "drafts.told_taken" && n.Body.Key == "drafts.told_sentence" {
					told++
				}
			}
			if told != 1 {
				t.Errorf("told %d times of the sentence", told)
			}
		}
		visitor.Get("/ru"+Path(id)+"/report").Want(200, "Учтено", "Справедливо", "Во дворе меняют пять скамей")
		visitor.Get("/ru"+Path(id)+"/changes").Want(200, "<del>две скамьи</del>", "<ins>пять скамей</ins>", "№ 1")
		visitor.Get("/ru"+Path(id)).Want(200, "Во дворе меняют пять скамей", "Текст после обсуждения")
		officer.Post("/ru"+desk+"/adopt", "act", "x").Want(422, "не адрес страницы")
		officer.Post("/ru"+desk+"/adopt", "act", "https://adilet.example/1").Want(303)
		visitor.Get("/ru"+Path(id)).Want(200, "adilet.example", "Принят")
		visitor.Get(Path(id)+"/remarks.csv").Want(200, "Двух мало", "taken")
		visitor.Get("/api/v1"+Path(id)).Want(200, "пять скамей")
		for _, name := range []string{"text.docx?lang=ru", "report.docx?lang=ru"} {
			if in := unpacked(t, visitor.Get(Path(id)+"/"+name).Want(200).Body); !strings.Contains(in, "пять скамей") {
				t.Errorf("%s: %.200s", name, in)
			}
		}
		visitor.Get(Path(id)+"/report.pdf?lang=kk").Want(200, "%PDF")
		if report, said := c.Verified(); report.Compared < 3 {
			t.Errorf("the record: %+v %s", report, said)
		}
	}, Capability())
}

// unpacked is the text of a DOCX, with its elements.
func unpacked(t *testing.T, raw string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := io.Copy(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Only the body works on its draft; its officers do not remark on it, and nobody speaks for an organisation that is not theirs.
func TestWhoMay(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		stranger, somebody := c.Officer(c.Body("Басқарма")).Actor, c.Resident("").Actor
		c.Refused(w.Withdraw(c.Ctx(), stranger, id, yards), civic.Forbidden)
		c.Refused(w.PutText(c.Ctx(), stranger, id, []byte(kk), []byte(ru)), civic.Forbidden)
		_, err := w.Work(c.Ctx(), stranger, id)
		c.Refused(err, civic.Forbidden)
		_, err = w.Make(c.Ctx(), stranger, Draft{Sort: Plan, Title: yards, Purpose: yards, Touched: yards, Body: w.akimat})
		c.Refused(err, civic.Invalid)
		c.Refused(w.PutText(c.Ctx(), w.officer.Actor, id, []byte(kk), []byte(ru)), civic.Closed) // it is discussed
		about := Remark{Place: 3, Sort: Comment, Words: "Мало скамей"}
		for actor, want := range map[*civic.Actor]civic.Code{{}: civic.Unauthenticated, &w.officer.Actor: civic.Forbidden} {
			_, err := w.Say(c.Ctx(), *actor, id, about, civic.Russian)
			c.Refused(err, want)
		}
		ngo := c.Organisation("Жасыл қала")
		about.Organisation = ngo
		_, err = w.Say(c.Ctx(), somebody, id, about, civic.Russian)
		c.Refused(err, civic.Invalid)
		r, err := w.Say(c.Ctx(), c.Representative(ngo).Actor, id, about, civic.Russian)
		c.Must(err)
		c.Browser(nil).Get("/ru"+Path(id)+"/p/3").Want(200, "Жасыл қала")
		_, err = w.TakeBack(c.Ctx(), somebody, r.ID)
		c.Refused(err, civic.Forbidden)
		c.Refused(w.Decide(c.Ctx(), somebody, r.ID, moderation.Choice{Approve: true}), civic.Forbidden)
		c.Set("drafts.verified_only", 1)
		_, err = w.Say(c.Ctx(), somebody, id, Remark{Place: 2, Sort: Comment, Words: "Ещё"}, civic.Russian)
		c.Refused(err, civic.Forbidden)
	}, Capability())
}

// A moderator removes a remark with a rule, its author asks for another decision and another moderator brings it back; the words are hidden meanwhile.
func TestARemarkIsRemovedAndComesBack(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		r, author := w.said(id, Remark{Place: 3, Sort: Comment, Words: "Номер соседа 700"})
		spot, remark := "/ru"+Path(id)+"/p/3", "/ru"+Path(id)+"/remarks/"+string(r.ID)
		visitor := c.Browser(nil)
		visitor.Get(spot).Want(200, "Номер соседа")
		first, second := c.Moderator(), c.Moderator()
		c.Browser(first).Get("/ru/desk/moderation").Want(200, "Номер соседа")
		c.Must(w.Decide(c.Ctx(), first.Actor, r.ID, moderation.Choice{Rule: "personal_data.1", Reason: "Телефон"}))
		for _, page := range []string{spot, remark, Path(id) + "/remarks.csv"} {
			visitor.Get(page).Want(200).Lacks("Номер соседа")
		}
		visitor.Get("/ru" + Path(id)).Main().Lacks("1 замечание")
		c.Browser(author).Get(remark).Want(200, "Телефон")
		c.SkipActs()
		contest := moderation.ContestPath(civic.Ref{Kind: KindRemark, ID: r.ID})
		c.Browser(author).Post("/ru"+contest, "words", "Это номер дома").Want(303)
		c.Must(w.Decide(c.Ctx(), second.Actor, r.ID, moderation.Choice{Approve: true, Reason: "Да, номер дома"}))
		visitor.Get(spot).Want(200, "Номер соседа")
		if report, said := c.Verified(); report.Compared < 2 {
			t.Errorf("the record: %+v %s", report, said)
		}
	}, Capability())
}

// Fifty who support at once are fifty, and one who does it fifty times is one.
func TestSupportIsCountedOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		r, _ := w.said(id, Remark{Place: 2, Sort: Comment, Words: "Света мало"})
		people := []*citytest.Person{}
		for range 10 {
			people = append(people, c.Resident(""))
		}
		var all sync.WaitGroup
		for _, p := range people {
			for range 5 {
				all.Go(func() {
					if _, err := w.Support(c.Ctx(), p.Actor, r.ID, true); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		v, err := w.Spot(c.Ctx(), people[0].Actor, id, 2, "")
		c.Must(err)
		if l := v.Lines[0]; l.Support != 10 || !l.Supported {
			t.Errorf("%d, mine %v", l.Support, l.Supported)
		}
		_, err = w.Support(c.Ctx(), people[0].Actor, r.ID, false)
		c.Must(err)
		v, err = w.Spot(c.Ctx(), people[0].Actor, id, 2, "")
		c.Must(err)
		if l := v.Lines[0]; l.Support != 9 || l.Supported {
			t.Errorf("%d, mine %v", l.Support, l.Supported)
		}
	}, Capability())
}

// A remark that lands in a sentence goes with it when the next text is put in again, and is weighed anew when the sentence is gone.
func TestVerdictsGoWithTheirSentences(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		bench, _ := w.said(id, Remark{Place: 3, Sort: Comment, Words: "Двух мало"})
		money, _ := w.said(id, Remark{Place: 5, Sort: Comment, Words: "Сколько?"})
		w.closed(id)
		put := func(a, b string) { c.Must(w.PutText(c.Ctx(), w.officer.Actor, id, []byte(a), []byte(b))) }
		put(kk, ru)
		for remark, place := range map[civic.ID]int{bench.ID: 3, money.ID: 5} {
			c.Must(w.Weigh(c.Ctx(), w.officer.Actor, id, []civic.ID{remark}, Verdict{Outcome: Partly, Reason: yards, Lands: place}))
		}
		put("Кіріспе сөз.\n\n"+kk[:strings.Index(kk, "# 2.")], "Вводное слово.\n\n"+ru[:strings.Index(ru, "# 2.")])
		v, err := w.ToWeigh(c.Ctx(), w.officer.Actor, id, true, 0)
		c.Must(err)
		if a, b := v.Lines[0].Verdict, v.Lines[1].Verdict; a.Lands != 4 || a.Outcome != Partly || b.Given() {
			t.Errorf("%+v, %+v", a, b)
		}
		c.Refused(w.Report(c.Ctx(), w.officer.Actor, id), civic.Invalid)
	}, Capability())
}

// What is taken partly or not at all is told with its reason; a remark that a moderator brings back after the report is weighed then, and its author is
// told too, and nobody a second time.
func TestEverybodyIsToldWhy(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		bench, first := w.said(id, Remark{Place: 3, Sort: Comment, Words: "Двух мало"})
		money, second := w.said(id, Remark{Place: 5, Sort: Comment, Words: "Сколько денег?"})
		rude, third := w.said(id, Remark{Place: 2, Sort: Comment, Words: "Номер соседа 700"})
		fan := c.Resident(civic.Russian)
		_, err := w.Support(c.Ctx(), fan.Actor, bench.ID, true)
		c.Must(err)
		moderator := c.Moderator()
		c.Must(w.Decide(c.Ctx(), moderator.Actor, rude.ID, moderation.Choice{Rule: "personal_data.1", Reason: "Телефон"}))
		w.closed(id)
		w.officer, moderator, fan = c.SignIn(w.officer), c.SignIn(moderator), c.SignIn(fan)
		c.Must(w.PutText(c.Ctx(), w.officer.Actor, id, []byte(kk), []byte(ru)))
		because := civic.Text{"kk": "Қаражат аз", "ru": "Денег мало"}
		c.Must(w.Weigh(c.Ctx(), w.officer.Actor, id, []civic.ID{bench.ID}, Verdict{Outcome: Partly, Reason: because, Lands: 3}))
		c.Must(w.Weigh(c.Ctx(), w.officer.Actor, id, []civic.ID{money.ID}, Verdict{Outcome: NotTaken, Reason: because}))
		c.Refused(w.Weigh(c.Ctx(), w.officer.Actor, id, []civic.ID{rude.ID}, Verdict{Outcome: NotTaken, Reason: because}), civic.NotFound)
		c.Must(w.Report(c.Ctx(), w.officer.Actor, id))
		c.Jobs()
		desk := "/ru/desk/drafts/" + string(id)
		c.Browser(w.officer).Get(desk).Want(200).Lacks("вернул модератор")

		c.Must(w.Decide(c.Ctx(), moderator.Actor, rude.ID, moderation.Choice{Approve: true, Reason: "Это номер дома"}))
		c.Browser(w.officer).Get(desk).Want(200, "которое вернул модератор")
		c.Browser(w.officer).Get("/ru/desk").Want(200, "которое вернул модератор")
		c.Browser(w.officer).Get(desk+"/weigh").Want(200, "решение сразу увидят все")
		if in := unpacked(t, c.Browser(nil).Get(Path(id)+"/report.docx?lang=ru").Want(200).Body); !strings.Contains(in, "ещё не рассмотрено") || strings.Contains(in, "⟦") {
			t.Errorf("the report with a remark that came back: %.300s", in)
		}
		c.Refused(w.Weigh(c.Ctx(), w.officer.Actor, id, []civic.ID{money.ID}, Verdict{Outcome: Taken, Reason: because, Lands: 3}), civic.Closed)
		c.Browser(w.officer).Post(desk+"/weigh", "remark", string(rude.ID), "outcome", "not_taken", "reason.kk", because["kk"], "reason.ru", because["ru"]).Want(303)
		c.Browser(nil).Get("/ru"+Path(id)+"/report").Want(200, "Номер соседа")
		c.Jobs()
		for who, want := range map[*citytest.Person]string{first: "Во дворе меняют две скамьи", fan: "Во дворе меняют две скамьи", second: "", third: ""} {
			var told []string
			for _, n := range c.Told(who) {
				if strings.HasPrefix(n.Path, Path(id)+"/remarks/") && strings.HasPrefix(n.Subject.Key, "drafts.told_") && !strings.HasPrefix(n.Subject.Key, "drafts.told_remark") {
					told = append(told, c.Catalog.For(civic.Russian).Say(n.Body))
				}
			}
			if len(told) != 1 || !strings.Contains(told[0], "Денег мало") || !strings.Contains(told[0], want) {
				t.Errorf("told %q, want once, with the reason and %q", told, want)
			}
		}
		c.SkipActs()
		if report, said := c.Verified(); report.Compared < 3 {
			t.Errorf("the record: %+v %s", report, said)
		}
	}, Capability())
}

// The body sees its whole text as it was read before anybody else does, with the places by which it says where a remark was taken; its officers neither
// support remarks on it nor decide on them, whatever else they are.
func TestTheBodyAndItsText(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		var a, b strings.Builder
		for i := range 40 {
			fmt.Fprintf(&a, "%d. %d-тармақ.\n\n", i+1, i+1)
			fmt.Fprintf(&b, "%d. Пункт номер %d.\n\n", i+1, i+1)
		}
		id, err := w.Make(c.Ctx(), w.officer.Actor, Draft{Sort: Plan, Title: yards, Purpose: yards, Touched: yards, Body: w.akimat})
		c.Must(err)
		c.Must(w.PutText(c.Ctx(), w.officer.Actor, id, []byte(a.String()), []byte(b.String())))
		officer, desk := c.Browser(w.officer), "/ru/desk/drafts/"+string(id)
		officer.Get(desk+"/read?from=31").Want(200, "#40", "Пункт номер 40", "40-тармақ").Lacks("Пункт номер 30.")
		officer.Get(desk+"/read?q=номер+35").Want(200, "#35").Lacks("#34")
		officer.Post(desk+"/open", "days", "10").Want(200, yards["kk"], yards["ru"], desk+"/read")
		c.Browser(c.Officer(c.Body("Басқарма"))).Get(desk + "/read").Want(403)
		c.Must(w.Open(c.Ctx(), w.officer.Actor, id, 10))
		r, _ := w.said(id, Remark{Place: 3, Sort: Comment, Words: "Мало"})
		both := w.officer.Actor
		both.Grants = append(both.Grants, civic.Grant{Role: civic.Moderator, Scope: city.Ref()})
		_, err = w.Support(c.Ctx(), both, r.ID, true)
		c.Refused(err, civic.Forbidden)
		c.Refused(w.Decide(c.Ctx(), both, r.ID, moderation.Choice{Rule: "personal_data.1", Reason: "Телефон"}), civic.Forbidden)
	}, Capability())
}

// Who leaves leaves what is public, nobody's, and takes their support along.
func TestWhoLeaves(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		r, author := w.said(id, Remark{Place: 2, Sort: Comment, Words: "Света мало"})
		fan := c.Resident(civic.Russian)
		_, err := w.Support(c.Ctx(), fan.Actor, r.ID, true)
		c.Must(err)
		c.Browser(author).Get("/ru/me").Want(200, "Света мало")
		c.Browser(author).Get("/ru/account/download").Want(200, "Света мало")
		for _, p := range []*citytest.Person{author, fan} {
			c.Browser(p).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		}
		v, err := w.Spot(c.Ctx(), civic.Actor{}, id, 2, "")
		c.Must(err)
		if l := v.Lines[0]; l.Support != 0 || l.Remark.Words != "Света мало" {
			t.Errorf("%+v", l.Remark)
		}
	}, Capability())
}

// A draft that is withdrawn while its report is owed owes none.
func TestWithdrawnDraftsOweNothing(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		w.said(id, Remark{Place: 2, Sort: Comment, Words: "Света мало"})
		w.closed(id)
		c.Refused(w.Withdraw(c.Ctx(), w.officer.Actor, id, civic.Text{"kk": "Себебі бар"}), civic.Invalid)
		c.Must(w.Withdraw(c.Ctx(), w.officer.Actor, id, yards))
		v, err := w.Show(c.Ctx(), id, 1, "")
		c.Must(err)
		if v.State != Withdrawn || v.Owed.Open() {
			t.Errorf("%s, %+v", v.State, v.Owed)
		}
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "отозвал", yards["ru"], "Света мало"[:0])
	}, Capability())
}

// large is a draft with so many paragraphs and remarks, as the largest: 300 pages.
func large(c *citytest.City, paragraphs, remarks int) civic.ID {
	w := open(c)
	var a, b strings.Builder
	for n := range paragraphs {
		if n%50 == 0 {
			fmt.Fprintf(&a, "# %d. Бөлім\n\n", n/50+1)
			fmt.Fprintf(&b, "# %d. Раздел\n\n", n/50+1)
			continue
		}
		fmt.Fprintf(&a, "%d.%d. Ауладағы жарықтандыру мен көгалдандыру жұмыстарының %d-тармағы жоспарға сай орындалады.\n\n", n/50+1, n%50, n)
		fmt.Fprintf(&b, "%d.%d. Работы по освещению и озеленению дворов по пункту %d выполняются согласно плану.\n\n", n/50+1, n%50, n)
	}
	id, err := w.Make(c.Ctx(), w.officer.Actor, Draft{Sort: Programme, Title: yards, Purpose: yards, Touched: yards, Body: w.akimat})
	c.Must(err)
	c.Must(w.PutText(c.Ctx(), w.officer.Actor, id, []byte(a.String()), []byte(b.String())))
	c.Must(w.Open(c.Ctx(), w.officer.Actor, id, 10))
	c.Write(func(tx *storage.Tx) error { return Fill(tx, id, remarks) })
	return id
}

// The page of a draft of 300 pages is small, whatever is said about it.
func TestALargeDraftIsASmallPage(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		id := large(c, 2_000, 2_000)
		for _, path := range []string{"", "?from=1000", "?q=1001", "/p/1000"} {
			if size := len(c.Browser(nil).Get("/ru" + Path(id) + path).Want(200).Body); size > 60_000 {
				t.Errorf("%s has %d bytes", path, size)
			}
		}
		c.Browser(nil).Get("/ru"+Path(id)+"?q=1001").Want(200, "по пункту 1001 выполняются")
	}, Capability())
}
