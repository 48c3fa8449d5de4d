package appeals_test

import (
	"bytes"
	"image"
	"image/png"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// photo is a small picture.
func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 16, 16))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var sixDigits = regexp.MustCompile(`: (\d{6})\n`)

var ownLink = regexp.MustCompile(`/ru/appeals/\w+/own/\w+`)

// own is the page of who filed an appeal without an account, to which the last letter to an address leads.
func (t *town) own(to string) string {
	t.T.Helper()
	found := ownLink.FindString(t.Letter(to).Text)
	if found == "" {
		t.T.Fatalf("no link in %q", t.Letter(to).Text)
	}
	return found
}

// digits are those of the last letter to an address.
func (t *town) digits(to string) string {
	t.T.Helper()
	found := sixDigits.FindStringSubmatch(t.Letter(to).Text)
	if found == nil {
		t.T.Fatalf("no digits in %q", t.Letter(to).Text)
	}
	return found[1]
}

// other are six digits that are not these.
func other(digits string) string {
	if digits == "123456" {
		return "654321"
	}
	return "123456"
}

// written writes an appeal without an account, and returns the page of the browser in which it was written, and its appeal.
func (t *town) written(b *citytest.Browser, email string) (asked string, id civic.ID) {
	t.T.Helper()
	page := b.Post("/ru/appeals/new", "sort", "complaint", "title", pit.Title, "words", pit.Words, "open", "yes", "body", string(t.akimat), "email", email, "_sure", "yes")
	asked = t.action(page.Want(200, "Обращение ещё не подано", "Впишите шесть цифр"), "/asked/")
	return asked, civic.ID(strings.Split(asked, "/")[3])
}

// action is where a form of a page leads whose address has a word in it.
func (t *town) action(p *citytest.Page, word string) string {
	t.T.Helper()
	found := regexp.MustCompile(`action="(/ru/appeals/[^"]*` + word + `[^"]*)"`).FindStringSubmatch(p.Body)
	if found == nil {
		t.T.Fatalf("no form to %s in %s", word, p.Text())
	}
	return found[1]
}

// What was written without an account is filed by the six digits of the mail too, typed in the browser in which it was written; who
// guesses is refused, and nobody else finds that page.
func TestAnAppealIsConfirmedByDigits(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		visitor := c.Browser(nil)
		asked, id := w.written(visitor, "saule@example.kz")
		code := w.digits("saule@example.kz")
		visitor.Get(asked).Want(200, pit.Title, "Шесть цифр")
		visitor.Post(asked).Want(422)
		visitor.Post(asked, "code", other(code)).Want(422, "Цифры не подходят")
		visitor.Post("/ru"+Path(id)+"/asked/nobodys", "code", code).Want(409)
		visitor.Get("/ru" + Path(id) + "/asked/nobodys").Want(409)
		visitor.Get("/ru/appeals").Want(200, "Обращений пока нет")
		visitor.Post(asked, "code", code[:3]+" "+code[3:]).Want(303)
		visitor.Get("/ru/appeals").Want(200, "Жалоба № 2026-000001")
		visitor.Get(asked).Want(409, "ничего не ждёт")
		visitor.Post(asked, "code", code).Want(409)
		visitor.Get(w.own("saule@example.kz")).Want(200, "Расписка: № 2026-000001")

		asked, _ = w.written(visitor, "arman@example.kz")
		code = w.digits("arman@example.kz")
		for range 5 {
			visitor.Post(asked, "code", other(code)).Want(422)
		}
		visitor.Post(asked, "code", code).Want(422, "Цифры не подходят") // who may try for ever finds six digits
		visitor.Post(w.mailed("arman@example.kz") + "/confirm").Want(303)
		visitor.Get("/ru/appeals").Want(200, "№ 2026-000002")
		c.SkipActs()
	}, Capability())
}

// Who has no account shows pictures of the place before they confirm, and later by the link of their mails until a moderator looks; until
// then nobody but them and the body sees one, and what is not confirmed is forgotten with its pictures.
func TestPicturesWithoutAnAccount(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		visitor, stranger := c.Browser(nil), c.Browser(nil)
		asked, id := w.written(visitor, "saule@example.kz")
		page, at := "/ru"+Path(id), asked+"/pictures"
		visitor.Get(asked).Want(200, `href="`+at+`"`)
		visitor.Get(at).Want(200, "До подтверждения адреса картинку никто не видит")
		visitor.Upload(at, "file", "яма.png", photo(t)).Want(422, "Напишите, что на картинке")
		visitor.Upload(at, "file", "яма.png", []byte("<svg onload=alert(1)>"), "words", "Яма").Want(422, "Яма")
		visitor.Upload(at, "file", "яма.png", photo(t), "words", "Глубокая яма").Want(303)
		shown := visitor.Get(at).Want(200, "Глубокая яма")
		picture := regexp.MustCompile(`src="(` + at[len("/ru"):] + `/[^"]+)"`).FindStringSubmatch(shown.Body)
		if picture == nil {
			t.Fatalf("the picture is not shown to who sent it: %s", shown.Body)
		}
		if got := visitor.Get(picture[1]).Want(200); !strings.HasPrefix(got.Header.Get("Content-Type"), "image/") || !strings.Contains(got.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s, %s", got.Header.Get("Content-Type"), got.Header.Get("Cache-Control"))
		}
		name := picture[1][len(at)-len("/ru"):]
		for _, path := range []string{page, page + "/asked/nobodys/pictures", Path(id) + "/asked/nobodys/pictures" + name, Path(id) + "/own/nobodys/pictures" + name, "/files" + name} {
			stranger.Get(path).Want(404)
		}
		stranger.Upload(page+"/asked/nobodys/pictures", "file", "a.png", photo(t), "words", "Чужое").Want(404)
		c.Browser(w.moderator).Get("/ru/desk/moderation").Want(200).Lacks("Глубокая яма")
		for range 4 {
			visitor.Upload(at, "file", "ещё.png", photo(t), "words", "Ещё").Want(303)
		}
		visitor.Upload(at, "file", "лишняя.png", photo(t), "words", "Лишняя").Want(409)
		visitor.Post(w.action(visitor.Get(at).Want(200, "Ещё"), "/remove")).Want(303)

		visitor.Post(asked, "code", w.digits("saule@example.kz")).Want(303)
		visitor.Get(at).Want(404) // the mail's reader goes on, not whoever wrote
		own := w.own("saule@example.kz")
		visitor.Get(own).Want(200, "Ещё", `href="`+own+`/pictures"`)
		visitor.Upload(own+"/pictures", "file", "сбоку.png", photo(t), "words", "Вид сбоку").Want(303)
		desk := "/ru/desk/appeals/cases/" + string(w.caseOf(id).ID)
		c.Browser(w.officer).Get(desk).Want(200, "Вид сбоку")
		c.Browser(w.moderator).Get("/ru/desk/appeals/words/"+string(id)).Want(200, "Вид сбоку")
		stranger.Get(page).Want(200).Lacks("Вид сбоку")
		w.shown(id)
		stranger.Get(page).Want(200, "Вид сбоку")
		visitor.Upload(own+"/pictures", "file", "позже.png", photo(t), "words", "Позже").Want(403) // no moderator would see it
		visitor.Get(own).Want(200).Lacks(own + "/pictures\"")

		asked, id = w.written(visitor, "arman@example.kz")
		c.Set("appeals.pictures_by_network", 1)
		visitor.Address = "198.51.100.9:1234"
		visitor.Upload(asked+"/pictures", "file", "a.png", photo(t), "words", "Забытая").Want(303)
		visitor.Upload(asked+"/pictures", "file", "b.png", photo(t), "words", "Снова").Want(429)
		c.Pass(8 * 24 * time.Hour)
		c.Jobs()
		visitor.Get(asked + "/pictures").Want(404)
		c.Read(func(tx *storage.Tx) error {
			all, err := c.Files.Of(tx, civic.Actor{}, Ref(id))
			left, err2 := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM files_file WHERE thing = $1", Ref(id).String())
			if len(all) > 0 || left > 0 {
				t.Errorf("%v, %d files of a draft that was forgotten", all, left)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		c.SkipActs()
	}, Capability())
}

// Whoever has no account says "me too" with a note for the body: it counts once for each address, when they confirm it by the button or the
// digits of a mail and never by opening a link; nobody learns whether an address has joined; they are told of the answer, and take it back.
func TestMeTooWithoutAnAccount(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		c.Set("appeals.by_network", 1_000)
		visitor := c.Browser(nil)
		_, id := w.written(visitor, "saule@example.kz")
		own := w.mailed("saule@example.kz")
		visitor.Post(own + "/confirm").Want(303)
		page := "/ru" + Path(id)
		visitor.Get(page + "/join").Want(404) // nobody has looked at it yet
		w.shown(id)
		visitor.Get(page).Want(200, `href="`+page+`/join"`)
		visitor.Get(page+"/join").Want(200, "Электронная почта")
		visitor.Post(page+"/join", "note", "Двор 16", "email", "нет").Want(422, "Двор 16", "Запишите адрес")
		visitor.Post(page+"/join", "note", strings.Repeat("а", 2_001), "email", "dauren@example.kz").Want(422)
		join := func(email, note string) string {
			t.Helper()
			return w.action(visitor.Post(page+"/join", "note", note, "email", email).Want(200, "Ваш голос ещё не учтён", email), "/asked/")
		}
		counts := func(want string) {
			t.Helper()
			if got := c.Browser(nil).Get(page).Want(200); want == "" {
				got.Lacks("То же говор")
			} else {
				got.Want(200, want)
			}
		}

		asked := join("dauren@example.kz", "И у нас, двор 16")
		link := w.mailed("dauren@example.kz")
		for range 2 {
			visitor.Get(link).Want(200, "Ваш голос ещё не учтён")
		}
		counts("")
		visitor.Post(asked, "code", w.digits("dauren@example.kz")).Want(303)
		counts("То же говорит ещё 1 человек")
		visitor.Post(link).Want(303) // the button after the digits changes nothing
		visitor.Get("/ru/me").Want(200, pit.Title, `href="`+link+`"`)
		visitor.Get(link).Want(200, "И у нас, двор 16")
		counts("То же говорит ещё 1 человек")
		c.Browser(w.officer).Get("/ru/desk/appeals/cases/"+string(w.caseOf(id).ID)).Want(200, "И у нас, двор 16")
		visitor.Get(page).Want(200).Lacks("двор 16")

		// The same address again, spelled otherwise, and that of who filed it: the page says nothing of it, the mail does, and no digits help.
		for _, email := range []string{"Dauren+2@example.kz", "saule@example.kz"} {
			asked = join(email, "Снова")
			if text := c.Letter(strings.ToLower(email)).Text; !strings.Contains(text, "уже ваше") || sixDigits.MatchString(text) {
				t.Errorf("the mail to %s: %s", email, text)
			}
			visitor.Post(asked, "code", "123456").Want(422)
			counts("То же говорит ещё 1 человек")
		}

		// By the button of the mail.
		join("aliya@example.kz", "")
		link = w.mailed("aliya@example.kz")
		visitor.Post(page + "/joined/nobodys").Want(404)
		visitor.Post(link).Want(303)
		counts("То же говорят ещё 2 человека")
		visitor.Post(link + "/leave").Want(303)
		visitor.Get(link).Want(200, "Вашего голоса здесь нет")
		visitor.Post(link).Want(404) // nothing waits
		counts("То же говорит ещё 1 человек")

		// The account of an address that joined by mail has joined once.
		resident := c.Resident(civic.Russian)
		asked = join(resident.Email, "По почте")
		visitor.Post(asked, "code", w.digits(resident.Email)).Want(303)
		c.Must(w.Join(c.Ctx(), resident.Actor, id, "С аккаунтом"))
		c.Browser(resident).Get("/ru/me").Want(200, pit.Title, `href="`+page+`"`)
		counts("То же говорят ещё 2 человека")

		// Who has all mails to their address forgotten takes the voice along, and what waited.
		join("gone@example.kz", "Забудьте меня")
		link = w.mailed("gone@example.kz")
		visitor.Post(link).Want(303)
		counts("То же говорят ещё 3 человека")
		c.Browser(w.officer).Get("/ru/desk/appeals/cases/"+string(w.caseOf(id).ID)).Want(200, "Забудьте меня")
		visitor.Post("/ru/unsubscribe/" + link[strings.LastIndexByte(link, '/')+1:])
		counts("То же говорят ещё 2 человека")
		c.Browser(w.officer).Get("/ru/desk/appeals/cases/" + string(w.caseOf(id).ID)).Want(200).Lacks("Забудьте меня")
		visitor.Get(link).Want(404)

		of := w.caseOf(id)
		c.Browser(w.officer).Post("/ru/desk/appeals/cases/"+string(of.ID)+"/answer", "outcome", "taken", "reason.kk", said["kk"], "reason.ru", said["ru"], "person", clerk, "_sure", "yes").Want(303)
		told := 0
		for _, l := range c.Letters() {
			if l.To == "dauren@example.kz" && strings.Contains(l.Subject, "ответ") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("who joined was told %d times of the answer", told)
		}
		visitor.Post(own, "case", string(of.ID), "word", "done").Want(303)
		visitor.Get(page + "/join").Want(409)
		visitor.Post(page+"/join", "email", "late@example.kz").Want(409)
		c.SkipActs()
	}, Capability())
}

// The button and the digits pressed at once, many times, are one voice.
func TestOneVoiceInParallel(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		a := pit
		a.Wished = w.akimat
		filed := w.filed(c.Resident(civic.Russian), a)
		w.shown(filed.ID)
		under, err := w.JoinByMail(c.Ctx(), filed.ID, "Двор 16", "dauren@example.kz", civic.Russian)
		c.Must(err)
		code := w.digits("dauren@example.kz")
		link := w.mailed("dauren@example.kz")
		token := link[strings.LastIndexByte(link, '/')+1:]
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				if i%2 == 0 {
					_, err := w.ConfirmByDigits(c.Ctx(), filed.ID, under, code)
					if err != nil && civic.CodeOf(err) != civic.Invalid { // it waits no more
						t.Error(err)
					}
				} else if err := w.ConfirmJoin(c.Ctx(), filed.ID, token); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		c.Browser(nil).Get("/ru"+Path(filed.ID)).Want(200, "То же говорит ещё 1 человек")
		c.SkipActs()
	}, Capability())
}
