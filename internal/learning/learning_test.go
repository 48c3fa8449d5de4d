package learning_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/learning"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/rights"
)

const pageKK = `---
title: Өтініш жазу
summary: Мемлекеттік органға қалай жазамыз
theme: rights
minutes: 5
need: 4 of 5
law: k2000000350 2021-07-01 Әкімшілік рәсімдік-процестік кодекс
---
## Мерзімі
cites: k2000000350 76

Он бес **жұмыс күні**.

## Мысал
kind: example
Айгүл бейсенбіде жазды.
`

const questionsKK = `// [tag:law k2000000350 76]
Неше жұмыс күні? {#15 ####Он бес жұмыс күні.}

Кім жаза алады? {=Кез келген адам ~Тек азамат#Шетелдік те жаза алады.}

Ауызша жүгінуге бола ма? {TRUE}

Не жазылады? {~%50%аты ~%50%мекенжайы ~%-100%діні}

Қандай күн демалыс? {=жексенбі}
`

var (
	pageRU = strings.NewReplacer("Өтініш жазу", "Как написать", "Мемлекеттік органға қалай жазамыз", "Обращение в госорган", "Мерзімі", "Срок", "Он бес **жұмыс күні**.", "Пятнадцать **рабочих дней**.",
		"## Мысал", "## Пример", "Айгүл бейсенбіде жазды.", "Айгуль написала в четверг.", "Әкімшілік рәсімдік-процестік кодекс", "Административный кодекс").Replace(pageKK)
	questionsRU = strings.NewReplacer("Неше жұмыс күні?", "Сколько рабочих дней?", "Он бес жұмыс күні.", "Пятнадцать рабочих дней.", "Кім жаза алады?", "Кто может написать?", "Кез келген адам", "Каждый", "Тек азамат",
		"Только гражданин", "Шетелдік те жаза алады.", "Иностранец тоже.", "Ауызша жүгінуге бола ма?", "Устно можно?", "Не жазылады?", "Что пишут?", "аты ", "имя ", "мекенжайы", "адрес", "діні", "веру",
		"Қандай күн демалыс?", "Какой день выходной?", "жексенбі", "воскресенье").Replace(questionsKK)
)

func source() Source {
	return Source{Pages: map[civic.Lang]string{"kk": pageKK, "ru": pageRU}, Questions: map[civic.Lang]string{"kk": questionsKK, "ru": questionsRU}}
}

// school is a city with an organisation that teaches.
type school struct {
	*citytest.City
	*Service
	ngo              civic.ID
	author, reviewer *citytest.Person
}

func open(c *citytest.City) *school {
	s := &school{City: c, Service: citytest.Service[*Service](c), ngo: c.Organisation("Құқық мектебі")}
	s.author = c.Representative(s.ngo)
	s.reviewer = c.Moderator()
	return s
}

func (s *school) publish(src Source) civic.ID {
	s.T.Helper()
	id, err := s.SaveDraft(storage.Again(s.Ctx()), s.author.Actor, "", s.ngo, src, "")
	s.Must(err)
	s.Must(s.Ask(s.Ctx(), s.author.Actor, id))
	s.Must(s.Publish(s.Ctx(), s.reviewer.Actor, id, Mark(src)))
	return id
}

var hidden = regexp.MustCompile(`name="(attempt|version)" value="([^"]+)"`)

var marked = regexp.MustCompile(`name="mark" value="([^"]+)"`)

// markOn is the mark of the text that a page of the desk shows.
func markOn(b *citytest.Browser, path string) string {
	return marked.FindStringSubmatch(b.Get(path).Want(200).Body)[1]
}

// begin opens the questions and gives the fields that go with them.
func begin(b *citytest.Browser, lang string, id civic.ID) (fields []string) {
	for _, m := range hidden.FindAllStringSubmatch(b.Get("/"+lang+Path(id)+"/quiz").Want(200).Body, -1) {
		fields = append(fields, m[1], m[2])
	}
	return fields
}

// right are the right answers to the five questions, but for so many.
func answers(wrong int) []string {
	out := []string{"q0", "15", "q1", "0", "q2", "true", "q3", "0", "q3", "1", "q4", "жексенбі"}
	if wrong > 0 {
		out[1] = "10"
	}
	if wrong > 1 {
		out[3] = "1"
	}
	return out
}

// An author writes a course with faults, mends them; somebody else publishes it; a resident answers, learns, and gets a certificate which an employer checks.
func TestACourseBecomesACertificate(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := open(c)
		author, other, resident := c.Browser(s.author), c.Browser(s.reviewer), c.Browser(c.Resident(civic.Kazakh))
		c.Browser(nil).Get("/ru/learning").Want(200, "пока нет курсов")
		form := func(more ...string) []string {
			return append(more, "page.kk", pageKK, "page.ru", pageRU, "questions.kk", questionsKK, "questions.ru", questionsRU)
		}
		resident.Get("/kk/desk/learning/new").Want(403)
		author.Post("/ru/desk/learning/new", form()...).Want(422, "Выберите организацию", "Айгуль написала")
		broken := form("organisation", string(s.ngo))
		broken[len(broken)-1] = questionsRU[:strings.LastIndex(questionsRU, "}")]
		path := author.Post("/ru/desk/learning/new", broken...).Want(303).Location[3:]
		id := civic.ID(strings.TrimPrefix(path, "/desk/learning/"))
		author.Get("/ru"+path).Want(200, "не хватает скобки", "русский").Main().Lacks("Отдать на проверку")
		author.Post("/ru"+path+"/ask").Want(422, "Сначала исправьте")
		author.Post("/ru"+path, form("mark", Mark(source()))...).Want(409, "текст сохранили ещё раз", "Айгуль написала")
		author.Post("/ru"+path, form("mark", markOn(author, "/ru"+path))...).Want(303)
		other.Get("/ru" + path).Want(403)
		author.Post("/ru" + path + "/publish").Want(403)
		author.Get("/ru"+path).Want(200, "Отдать на проверку")
		author.Post("/ru" + path + "/ask").Want(303)
		other.Get("/ru/desk").Want(200, "Как написать")
		other.Post("/ru"+path+"/give-back").Want(422, "Напишите, что исправить")
		other.Post("/ru"+path+"/give-back", "note", "Укажите статью").Want(303)
		author.Get("/ru"+path).Want(200, "Возвращено: Укажите статью")
		author.Post("/ru" + path + "/ask").Want(303)
		c.Browser(nil).Get("/ru" + Path(id)).Want(404)
		other.Post("/ru"+path+"/publish", "mark", markOn(other, "/ru"+path)).Want(303)
		other.Post("/ru" + path + "/publish").Want(409)

		c.Browser(nil).Get("/ru/learning").Want(200, "Как написать", "5 минут", "казахский")
		c.Browser(nil).Get("/ru/search?q=рабочих").Want(200, "Как написать")
		c.Browser(nil).Get("/en"+Path(id)).Want(200, "in Kazakh only", "Өтініш жазу")
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "<strong>рабочих дней</strong>", "статья 76", "1\u00a0июля 2021\u00a0года", "Пример")

		// A visitor sees at once what is right; nothing is kept.
		visitor := c.Browser(nil)
		visitor.Post("/kk"+Path(id)+"/quiz", append(begin(visitor, "kk", id), answers(2)...)...).Want(200, "Дұрыс жауап: 3 / 5", "Шетелдік те жаза алады", "Он бес жұмыс күні.", "сақталған жоқ")

		resident.Post("/kk"+Path(id)+"/quiz", append(begin(resident, "kk", id), "q0", "15")...).Want(422, "Осы сұраққа жауап беріңіз", "15")
		sent := append(begin(resident, "kk", id), answers(2)...)
		result := resident.Post("/kk"+Path(id)+"/quiz", sent...).Want(303).Location
		resident.Get(result).Want(200, "Дұрыс жауап: 3 / 5", "76-бап", "Тек азамат")
		c.Browser(c.Resident("")).Get(result).Want(404)
		resident.Post("/kk" + Path(id) + "/certificate").Want(409)
		result = resident.Post("/kk"+Path(id)+"/quiz", append(begin(resident, "kk", id), answers(1)...)...).Want(303).Location
		resident.Get(result).Want(200, "Сертификат алу")
		certificate := resident.Post("/kk" + Path(id) + "/certificate").Want(303).Location
		resident.Get(certificate).Want(200, "Өтініш жазу", "4 / 5", "Құқық мектебі")
		if again := resident.Post("/kk" + Path(id) + "/certificate").Want(303).Location; again != certificate {
			t.Errorf("issued twice: %s, %s", certificate, again)
		}
		c.Browser(nil).Get(certificate).Want(404)
		resident.Get("/kk/me").Want(200, "Өтініш жазу", "Сертификатыңыз бар")
		resident.Get("/kk/account/download").Want(200, "learning")
		c.Browser(nil).Get("/kk").Want(200, "курс сертификаты")

		author.Get("/ru"+path+"/statistics").Want(200, "слишком мало")
		author.Get("/desk/learning/"+string(id)+"/ru/bank.gift").Want(200, "Сколько рабочих дней?")
		author.Get("/desk/learning/"+string(id)+"/ru/page.md").Want(200, "title: Как написать")
		author.Post("/ru" + path + "/withdraw").Want(303)
		c.Acts()
		c.Browser(nil).Get("/ru/learning").Want(200, "пока нет курсов")
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "сняла этот курс")
		if report, _ := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// Who began a version finishes it, whatever was published meanwhile; sent twice, an attempt counts once; after the end of a certificate
// there is a new one with a new day.
func TestAttemptsStayInTheirVersion(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := open(c)
		id := s.publish(source())
		who := c.Resident(civic.Kazakh)
		b := c.Browser(who)
		begun := begin(b, "kk", id)
		next := source()
		for lang := range next.Questions {
			next.Questions[lang] = strings.Replace(next.Questions[lang], "{#15", "{#10", 1)
		}
		_, err := s.SaveDraft(c.Ctx(), s.author.Actor, id, "", next, Mark(source()))
		c.Must(err)
		c.Must(s.Ask(c.Ctx(), s.author.Actor, id))
		c.Must(s.Publish(c.Ctx(), s.reviewer.Actor, id, Mark(next)))
		for range 2 {
			result := b.Post("/kk"+Path(id)+"/quiz", append(begun, answers(0)...)...).Want(303).Location
			b.Get(result).Want(200, "Дұрыс жауап: 5 / 5")
		}
		c.Read(func(tx *storage.Tx) error {
			n, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM learning_attempt")
			if n != 1 {
				t.Errorf("%d attempts", n)
			}
			return err
		})
		first, err := s.Certify(c.Ctx(), who.Actor, id, civic.Russian)
		c.Must(err)
		c.Pass(37 * 31 * 24 * time.Hour)
		c.SignIn(who)
		c.Browser(who).Get("/ru/me").Want(200, "больше не действует")
		if _, err := s.Certify(c.Ctx(), who.Actor, id, civic.Russian); civic.CodeOf(err) != civic.Closed {
			t.Errorf("a certificate for the answers of three years ago: %v", err)
		}
		again := func() civic.ID {
			t.Helper()
			c.Must(s.Answer(c.Ctx(), who.Actor, id, Sheet{Attempt: civic.Token(), Version: 2, Lang: civic.Kazakh, Answers: map[int][]string{0: {"10"}, 1: {"0"}, 2: {"true"}, 3: {"0", "1"}, 4: {"жексенбі"}}}))
			got, err := s.Certify(c.Ctx(), who.Actor, id, civic.Russian)
			c.Must(err)
			return got
		}
		second := again()
		if first == second {
			t.Error("the certificate that ended was given again")
		}

		// Corrected, it is the one in its place; revoked, it is none, and what was answered before earns no other.
		admin, why := c.Administrator().Actor, civic.Text{"kk": "Қате", "ru": "Ошибка"}
		corrected, err := c.Credentials.CorrectName(c.Ctx(), admin, second, "Айгүл", why)
		c.Must(err)
		if got, err := s.Certify(c.Ctx(), who.Actor, id, civic.Russian); err != nil || got != corrected {
			t.Errorf("got %s, %v; the corrected one is %s", got, err, corrected)
		}
		c.Pass(time.Hour)
		c.Must(c.Credentials.RevokeBy(c.Ctx(), admin, corrected, why))
		if _, err := s.Certify(c.Ctx(), who.Actor, id, civic.Russian); civic.CodeOf(err) != civic.Closed {
			t.Errorf("what was revoked was given again: %v", err)
		}
		c.Browser(who).Get("/ru/me").Want(200, "больше не действует")
		c.Pass(time.Hour)
		if third := again(); third == corrected || third == second {
			t.Error("new answers earned a certificate that was revoked")
		}
	}, Capability())
}

// Answers that waited on a phone go to the account for which they wait, and to nobody else: not to a visitor, whose answers are not kept, and
// not to whoever is signed in on the same phone now. Each of two tries with one stored page counts.
func TestAnswersThatWaited(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := open(c)
		id := s.publish(source())
		owner, other, visitor := c.Browser(c.Resident(civic.Kazakh)), c.Browser(c.Resident(civic.Kazakh)), c.Browser(nil)
		stored := owner.Get("/kk" + Path(id) + "/quiz?offline=1").Want(200).Body
		mark := regexp.MustCompile(`data-account="([0-9a-f]{16})"`).FindStringSubmatch(stored)
		attempt := regexp.MustCompile(`name="attempt" value="([^"]+)"`).FindStringSubmatch(stored)
		if mark == nil || attempt == nil {
			t.Fatal("the stored page names no account, or no attempt")
		}
		kept := func(want int) {
			t.Helper()
			c.Read(func(tx *storage.Tx) error {
				n, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM learning_attempt")
				if n != want {
					t.Errorf("%d attempts, want %d", n, want)
				}
				return err
			})
		}
		send := func(b *citytest.Browser, try string) *citytest.Page {
			return b.Post("/kk"+Path(id)+"/quiz", append([]string{"attempt", attempt[1] + try, "version", "1", "account", mark[1]}, answers(0)...)...)
		}
		send(visitor, ".mb1kq2z9").Want(401)
		send(other, ".mb1kq2z9").Want(401)
		kept(0)
		send(owner, ".mb1kq2z9").Want(303)
		send(owner, ".mb1kq2z9").Want(303)
		kept(1)
		send(owner, ".mb1kq2za").Want(303)
		kept(2)
	}, Capability())
}

// Many send the same attempt at once, and many press for the certificate: it counts once, and there is one certificate.
func TestSentByManyAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := open(c)
		id := s.publish(source())
		who := c.Resident(civic.Kazakh)
		sheet := Sheet{Attempt: civic.Token(), Version: 1, Lang: civic.Kazakh, Answers: map[int][]string{0: {"15"}, 1: {"0"}, 2: {"true"}, 3: {"0", "1"}, 4: {"Жексенбі"}}}
		var wait sync.WaitGroup
		given := make(chan civic.ID, 20)
		for range 20 {
			wait.Go(func() {
				if err := s.Answer(c.Ctx(), who.Actor, id, sheet); err != nil {
					t.Error(err)
				}
				credential, err := s.Certify(c.Ctx(), who.Actor, id, civic.Kazakh)
				if err != nil {
					t.Error(err)
				}
				given <- credential
			})
		}
		wait.Wait()
		close(given)
		all := map[civic.ID]bool{}
		for g := range given {
			all[g] = true
		}
		if len(all) != 1 {
			t.Errorf("%d certificates", len(all))
		}
		c.Read(func(tx *storage.Tx) error {
			n, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM learning_attempt")
			if n != 1 {
				t.Errorf("%d attempts", n)
			}
			return err
		})
	}, Capability())
}

// Drawn questions: as many as asked for, each once, the same for the same name, and over many names each about as often.
func TestDrawn(t *testing.T) {
	if got := fmt.Sprint(Drawn(3, 5, "a")); got != "[0 1 2]" {
		t.Error(got)
	}
	times := make([]int, 20)
	for i := range 2000 {
		name := fmt.Sprint("name ", i)
		all := Drawn(20, 5, name)
		if len(all) != 5 || fmt.Sprint(all) != fmt.Sprint(Drawn(20, 5, name)) {
			t.Fatal(all)
		}
		for at, q := range all {
			if at > 0 && all[at-1] >= q {
				t.Fatal(all)
			}
			times[q]++
		}
	}
	for q, n := range times { // 500 each; five standard deviations are 97
		if n < 400 || n > 600 {
			t.Errorf("question %d was drawn %d times", q, n)
		}
	}
}

// What is one for the whole course is the same in all languages, so that a certificate states the criterion that was applied: each line that
// differs is a fault of its page; titles of laws differ, and so may their order.
func TestPagesApart(t *testing.T) {
	for _, change := range [][2]string{{"need: 4 of 5", "need: 3 of 5"}, {"minutes: 5", "minutes: 6"}, {"theme: rights", "theme: budget"}, {"2021-07-01", "2022-07-01"}, {"2021-07-01", "?"}, {"law: k2", "law: k1"}} {
		src := source()
		src.Pages["ru"] = strings.ReplaceAll(strings.ReplaceAll(src.Pages["ru"], "cites: k2000000350 76\n", ""), change[0], change[1])
		_, faults := Compile(src)
		if fmt.Sprint(faults) != "[{ru false 1 apart}]" {
			t.Errorf("%s: %v", change[1], faults)
		}
	}
	src := source()
	const one, two = "law: k1 2020-01-01 А\n", "law: k3 2021-01-01 Б\n"
	src.Pages["kk"] = strings.Replace(src.Pages["kk"], "law:", one+two+"law:", 1)
	src.Pages["ru"] = strings.Replace(src.Pages["ru"], "law:", two+one+"law:", 1)
	if _, faults := Compile(src); len(faults) > 0 {
		t.Errorf("the same laws in another order: %v", faults)
	}
}

// FuzzCompile: whatever is written, faults have places, and what was read can be asked and marked.
func FuzzCompile(f *testing.F) {
	f.Add(pageKK, questionsKK, questionsRU)
	f.Add("---\n---", "{", "::")
	f.Fuzz(func(t *testing.T, page, questions, other string) {
		c, faults := Compile(Source{Pages: map[civic.Lang]string{"kk": page}, Questions: map[civic.Lang]string{"kk": questions, "ru": other}})
		for _, x := range faults {
			if x.Line < 1 || x.Code == "" {
				t.Errorf("%+v", x)
			}
		}
		if len(faults) > 0 {
			return
		}
		for lang, all := range c.Questions {
			a := Attempt{Lang: lang, Asked: Drawn(len(all), 5, "x")}
			for range a.Asked {
				a.Answers = append(a.Answers, []string{"0"})
			}
			a.Mark(c)
			if len(a.Right) != len(a.Asked) {
				t.Errorf("%+v", a)
			}
		}
	})
}

// A law changes: entered once, it is shown by the course, the guide and the certificate; the author has a task with a date, and so has who
// keeps the guides; a new version, or a look, ends it.
func TestALawChanges(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := open(c)
		c.Jobs()
		id := s.publish(source())
		who := c.Resident(civic.Russian)
		c.Must(s.Answer(c.Ctx(), who.Actor, id, Sheet{Attempt: civic.Token(), Version: 1, Lang: civic.Russian, Answers: map[int][]string{0: {"15"}, 1: {"0"}, 2: {"true"}, 3: {"0", "1"}, 4: {"воскресенье"}}}))
		certificate, err := s.Certify(c.Ctx(), who.Actor, id, civic.Russian)
		c.Must(err)
		visitor, author, admin := c.Browser(nil), c.Browser(s.author), c.Browser(c.Administrator())
		guide := "/ru/rights/silence"
		for _, path := range []string{"/ru" + Path(id), guide} {
			visitor.Get(path).Want(200).Lacks("Закон изменился")
		}
		visitor.Get("/ru/laws").Want(200, "Административный")
		author.Get("/ru/laws/enter").Want(403)
		form := []string{"law", "k2000000350", "day", "2026-02-01", "what.kk", "Мерзім он күн болды", "what.ru", "Срок стал десять дней", "source", "https://adilet.zan.kz/kaz/docs/K2600000001"}
		admin.Post("/ru/laws/enter", append(form[:len(form)-1:len(form)-1], "javascript:alert(1)")...).Want(422, "https://", "Срок стал десять дней")
		admin.Post("/ru/laws/enter", form...).Want(303)
		admin.Post("/ru/laws/enter", form...).Want(422, "уже внесена")

		for _, path := range []string{"/ru" + Path(id), guide} {
			visitor.Get(path).Want(200, "Закон изменился", "1\u00a0февраля 2026", "Срок стал десять дней", "76")
		}
		c.Browser(who).Get("/ru/credentials/"+string(certificate)).Want(200, "Сертификат действует", "1\u00a0февраля 2026")
		visitor.Get("/ru/laws/k2000000350").Want(200, "Срок стал десять дней", "Как написать", "1 сертификат")
		author.Get("/ru/desk").Want(200, "Перечитайте", "Как написать")
		author.Get("/ru/desk/laws").Want(200, "Как написать").Main().Lacks("rights")
		admin.Get("/ru/desk/laws").Want(200, "/ru/rights/silence")
		c.Browser(s.reviewer).Get("/ru/desk/laws").Want(200).Main().Lacks("/ru/rights/silence", "Как написать") // a moderator could not mend it
		c.Browser(c.Representative(c.Organisation("Басқа"))).Post("/ru/desk/laws/looked", "of", "learning.course:"+string(id), "law", "k2000000350").Want(403)

		// The guide was read again and needs no change; the course gets a new version by the new redaction.
		admin.Post("/ru/desk/laws/looked", "of", "rights.guide:silence", "law", "k2000000350").Want(303)
		admin.Post("/ru/desk/laws/looked", "of", "rights.guide:silence", "law", "k2000000350").Want(404)
		visitor.Get(guide).Want(200).Lacks("Закон изменился")
		c.Jobs() // guides are cited again at each start
		visitor.Get(guide).Want(200).Lacks("Закон изменился")
		next := source()
		for lang := range next.Pages {
			next.Pages[lang] = strings.Replace(next.Pages[lang], "2021-07-01", "2026-02-01", 1)
		}
		_, err = s.SaveDraft(c.Ctx(), s.author.Actor, id, "", next, Mark(source()))
		c.Must(err)
		c.Must(s.Ask(c.Ctx(), s.author.Actor, id))
		c.Must(s.Publish(c.Ctx(), s.reviewer.Actor, id, Mark(next)))
		visitor.Get("/ru" + Path(id)).Want(200).Lacks("Закон изменился")
		author.Get("/ru/desk/laws").Want(200, "Перечитывать нечего")
		// Whoever publishes by an old redaction has the task at once.
		s.publish(source())
		author.Get("/ru/desk/laws").Want(200, "Как написать")
	}, Capability(), rights.Capability())
}

// In no state of a draft does anybody take a step that is not theirs: staff of another organisation publish and give back what they were
// asked to read, and only that text; who wrote in it does not, and nobody writes over what they did not see.
func TestStepsOfADraft(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := open(c)
		stranger := c.Representative(c.Organisation("Басқа ұйым")).Actor
		colleague := c.Representative(s.ngo).Actor
		is := func(err error, want civic.Code) {
			t.Helper()
			if civic.CodeOf(err) != want {
				t.Errorf("%v, want %v", err, want)
			}
		}
		read := Mark(source())
		id, err := s.SaveDraft(c.Ctx(), s.author.Actor, "", s.ngo, source(), "")
		c.Must(err)

		// Being written: it is nobody else's.
		is(s.Publish(c.Ctx(), stranger, id, read), civic.Closed)
		is(s.GiveBack(c.Ctx(), stranger, id, "Неге?"), civic.Closed)
		is(s.Ask(c.Ctx(), stranger, id), civic.Forbidden)
		_, err = s.SaveDraft(c.Ctx(), stranger, id, "", source(), read)
		is(err, civic.Invalid)

		// Others were asked to read it: its author does not publish, and goes on writing while they read.
		c.Must(s.Ask(c.Ctx(), s.author.Actor, id))
		is(s.Ask(c.Ctx(), s.author.Actor, id), civic.Closed)
		is(s.Publish(c.Ctx(), s.author.Actor, id, read), civic.Forbidden)
		is(s.GiveBack(c.Ctx(), s.author.Actor, id, "Неге?"), civic.Forbidden)
		next := source()
		next.Pages["kk"] = strings.Replace(next.Pages["kk"], "Он бес", "Жиырма", 1)
		_, err = s.SaveDraft(c.Ctx(), colleague, id, "", next, read)
		c.Must(err)
		is(s.Publish(c.Ctx(), stranger, id, read), civic.Closed)
		_, err = s.SaveDraft(c.Ctx(), s.author.Actor, id, "", source(), read)
		is(err, civic.Conflict)
		c.Must(s.Ask(c.Ctx(), colleague, id))
		is(s.Publish(c.Ctx(), stranger, id, read), civic.Conflict)
		is(s.Publish(c.Ctx(), s.author.Actor, id, Mark(next)), civic.Forbidden) // half of it is theirs
		is(s.Publish(c.Ctx(), colleague, id, Mark(next)), civic.Forbidden)
		c.Must(s.Publish(c.Ctx(), stranger, id, Mark(next)))

		// Published: there is no draft.
		is(s.Publish(c.Ctx(), stranger, id, Mark(next)), civic.Closed)
		is(s.GiveBack(c.Ctx(), stranger, id, "Неге?"), civic.Closed)
		is(s.Ask(c.Ctx(), s.author.Actor, id), civic.Closed)
		_, err = s.SaveDraft(c.Ctx(), s.author.Actor, id, "", source(), read)
		is(err, civic.Conflict)
	}, Capability())
}
