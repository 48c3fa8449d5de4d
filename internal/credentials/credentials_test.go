package credentials_test

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/credentials/vc"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var course = civic.Ref{Kind: "learning.course", ID: "c1"}

// order is a certificate with every sort of claim.
func order(p *citytest.Person, once string) Order {
	return Order{Account: p.Account, About: course, Once: once, Lang: civic.Kazakh, Until: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Claims: Claims{
		Sort: OfCourse, Holder: "Айгүл <b>Тестова</b>", Name: "Қала бюджеті қалай жұмыс істейді", Description: "Қысқа курс", Criteria: "10 сұрақтың 9-ына дұрыс жауап", Path: "/courses/c1",
		By: "Білім қоры", ByPath: "/organisations/o1", From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), Role: "тыңдаушы",
		Figures: []Figure{{"Дұрыс жауап", "9/10", "RawScore"}, {"Сағат", "3", "Result"}}, Cites: []Citation{{"Бюджет кодексі, 5-бап", "https://adilet.zan.kz/kaz/docs/K2500000171", "2026-01-01"}},
		Evidence: []Shown{{"/courses/c1", "Жобалық жұмыс", "Аула жоспары"}}}}
}

func issue(c *citytest.City, o Order) (out Credential) {
	c.T.Helper()
	c.Write(func(tx *storage.Tx) (err error) { out, err = c.Credentials.Issue(tx, o); return err })
	return out
}

// keys is the city's key document and status list, as a checker downloads them.
func keys(c *citytest.City) vc.Options {
	c.T.Helper()
	trusted, err := vc.ParseKeys([]byte(c.Browser(nil).Get("/.well-known/did.json").Want(200).Body))
	c.Must(err)
	return vc.Options{Keys: trusted, Lists: [][]byte{[]byte(c.Browser(nil).Get("/status-lists/1").Want(200).Body)}, Now: c.Now()}
}

func code(err error) vc.Code {
	if f, ok := err.(*vc.Finding); ok {
		return f.Code
	}
	return ""
}

// A certificate is its holder's: nobody sees it before it is shown; whoever has the address sees every claim; the file holds without the city.
func TestACertificateIsItsHolders(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel, other := c.Resident(civic.Kazakh), c.Resident(civic.Russian)
		one := issue(c, order(asel, "course c1 asel"))
		if again := issue(c, order(asel, "course c1 asel")); again.ID != one.ID || again.Body != one.Body {
			t.Error("asked twice, it was issued twice")
		}
		path, holder := "/kk"+Path(one.ID), c.Browser(asel)
		for _, b := range []*citytest.Browser{c.Browser(nil), c.Browser(other), c.Browser(c.Moderator())} {
			b.Get(path).Want(404)
			b.Get(Path(one.ID) + "/certificate.json").Want(404)
			b.Get(Path(one.ID) + "/certificate.pdf").Want(404)
		}
		page := holder.Get(path).Want(200, "Айгүл &lt;b&gt;Тестова&lt;/b&gt;", "10 сұрақтың 9-ына дұрыс жауап", "2026-01-01", "Күшінде")
		holder.Get("/kk/my/certificates").Want(200, "Қала бюджеті қалай жұмыс істейді", "Күшінде")
		holder.Get("/kk/me").Want(200, "Қала бюджеті қалай жұмыс істейді")
		if told := c.Told(asel); len(told) != 1 || told[0].Path != Path(one.ID) {
			t.Errorf("told %+v", told)
		}

		// The address that the holder gives away shows every value that was signed; another secret shows nothing.
		shared := page.Body[strings.Index(page.Body, "/kk"+Path(one.ID)+"/by/"):]
		shared = shared[:strings.IndexAny(shared, "<\"")]
		seen := c.Browser(nil).Get(shared).Want(200)
		doc, err := vc.Parse([]byte(one.Body))
		c.Must(err)
		if claims := vc.Claims(doc); len(claims) < 50 {
			t.Errorf("only %d claims", len(claims))
		}
		for _, claim := range vc.Claims(doc) {
			if !strings.Contains(html.UnescapeString(seen.Body), claim.Value) {
				t.Errorf("the page does not show %s: %s", claim.Path, claim.Value)
			}
		}
		seen.Lacks("/renew", "/public")
		c.Browser(nil).Get(shared[:len(shared)-1] + "x").Want(404)
		file := c.Browser(nil).Get(strings.TrimPrefix(shared, "/kk") + "/certificate.json").Want(200).Body
		if file != one.Body {
			t.Error("the file is not what was signed")
		}
		if pdf := c.Browser(nil).Get(strings.TrimPrefix(shared, "/kk") + "/certificate.pdf").Want(200); !strings.HasPrefix(pdf.Body, "%PDF-") {
			t.Errorf("no PDF: %.20q", pdf.Body)
		}
		if r, err := vc.Verify([]byte(file), keys(c)); err != nil || !r.KeyTrusted || r.Status != vc.InForce {
			t.Errorf("%+v, %v", r, err)
		}

		// Made anew, the former address leads nowhere.
		c.Browser(other).Post(path + "/renew").Want(404)
		c.Browser(other).Post(path+"/renew", "_sure", "yes").Want(404)
		holder.Post(path+"/renew", "_sure", "yes").Want(303)
		c.Browser(nil).Get(shared).Want(404)

		// Shown to everybody only by its holder, after a look at what everybody will see.
		c.Browser(other).Post(path+"/public", "public", "yes", "_sure", "yes").Want(404)
		holder.Post(path+"/public", "public", "yes").Want(200, "Айгүл", "9/10")
		c.Browser(nil).Get(path).Want(404)
		holder.Post(path+"/public", "public", "yes", "_sure", "yes").Want(303)
		c.Browser(nil).Get(path).Want(200, "Айгүл", "9/10")
		holder.Post(path+"/public", "public", "no").Want(303)
		c.Browser(nil).Get(path).Want(404)

		// Nothing of it stands in the record: only the key, and the digest of the list.
		acts := c.WantActs("record.log.opened", "credentials.key.made", "credentials.list.signed")
		for _, a := range acts {
			if strings.Contains(string(a.Raw), "Айгүл") || strings.Contains(string(a.Raw), string(asel.Account)) || strings.Contains(string(a.Raw), string(one.ID)) {
				t.Errorf("%s names the holder: %s", a.Kind, a.Raw)
			}
		}
		if report, _ := c.Verified(); len(report.Remarks) > 0 {
			t.Errorf("the record: %+v", report)
		}
	})
}

// What a corrected certificate says was so when the first was given: what became untrue of a later day does not touch it.
func TestWhatIsTakenBackSince(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel, reason := c.Resident(civic.Russian), civic.Text{"kk": "Сағат алынып тасталды", "ru": "Часы отозваны"}
		given := c.Now()
		of := issue(c, order(asel, "1"))
		for range 2 { // corrected in March, and once more in April
			c.Pass(30 * 24 * time.Hour)
			c.Write(func(tx *storage.Tx) (err error) {
				of, err = c.Credentials.Correct(tx, of.ID, func(b *Badge) { b.Rename("Айгуль Тестова") }, civic.Text{"kk": "Аты қате", "ru": "Ошибка в имени"})
				return err
			})
		}
		inForce := func() bool {
			var now Credential
			c.Read(func(tx *storage.Tx) (err error) {
				all, err := Of(tx, asel.Actor.Account, 10)
				now = all[0]
				return err
			})
			return now.ID == of.ID && now.Revoked.IsZero()
		}
		take := func(since time.Time) {
			c.Write(func(tx *storage.Tx) error {
				return c.Credentials.RevokeSince(tx, asel.Actor.Account, of.About.Kind, since, reason)
			})
		}
		if take(given.Add(24 * time.Hour)); !inForce() {
			t.Error("hours of a later day revoked it")
		}
		if take(given); inForce() {
			t.Error("hours that it holds did not revoke it")
		}
	})
}

// A certificate is revoked or corrected for a reason; who has the file learns of it by the list, who looks by the page.
func TestRevokedAndCorrected(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel, admin := c.Resident(civic.Russian), c.Administrator()
		first, second := issue(c, order(asel, "1")), issue(c, order(asel, "2"))
		boss := c.Browser(admin)
		path := "/ru" + Path(first.ID)
		c.Browser(asel).Post(path+"/revoke", "reason.kk", "Қате", "reason.ru", "Ошибка").Want(403)
		boss.Post(path+"/revoke", "reason.ru", "Ошибка").Want(422, "Ошибка")
		boss.Post(path+"/revoke", "reason.kk", "Қате", "reason.ru", "Ошибка при проверке").Want(303)
		boss.Post(path+"/revoke", "reason.kk", "Қате", "reason.ru", "Ошибка при проверке").Want(409)
		c.Browser(asel).Get(path).Want(200, "Отозван", "Ошибка при проверке")
		if _, err := vc.Verify([]byte(first.Body), keys(c)); code(err) != vc.Revoked {
			t.Errorf("the revoked one: %v", err)
		}
		if r, err := vc.Verify([]byte(second.Body), keys(c)); err != nil || r.Status != vc.InForce {
			t.Errorf("the other one: %+v, %v", r, err)
		}

		// The name is corrected: a new certificate in the place of the former, all else as it was signed.
		next := boss.Post("/ru"+Path(second.ID)+"/correct", "name", "Айгуль Тестова", "reason.kk", "Аты қате", "reason.ru", "Ошибка в имени").Want(303).Location
		c.Browser(asel).Get("/ru"+Path(second.ID)).Want(200, "Заменён", "Ошибка в имени", next)
		corrected := c.Browser(asel).Get(next).Want(200, "Айгуль Тестова", "9/10", "Действует").Lacks("&lt;b&gt;")
		file := c.Browser(asel).Get(strings.TrimPrefix(next, "/ru") + "/certificate.json").Want(200).Body
		if r, err := vc.Verify([]byte(file), keys(c)); err != nil || r.Status != vc.InForce {
			t.Errorf("the corrected one: %+v, %v", r, err)
		}
		if _, err := vc.Verify([]byte(second.Body), keys(c)); code(err) != vc.Revoked {
			t.Errorf("the replaced one: %v", err)
		}
		if told := c.Told(asel); len(told) != 4 {
			t.Errorf("told %d times", len(told))
		}
		_ = corrected
		boss.Post("/ru"+Path(second.ID)+"/correct", "name", "X", "reason.kk", "а", "reason.ru", "б").Want(409)
		boss.Post(next+"/correct", "name", "\u200b", "reason.kk", "а", "reason.ru", "б").Want(422)

		// The lists are signed every day, so that a checker sees of when theirs is; the record tells only of what was revoked.
		recorded := len(c.Acts("credentials.list.signed"))
		c.Pass(25 * time.Hour)
		c.Jobs()
		if r, err := vc.Verify([]byte(file), keys(c)); err != nil || c.Now().Sub(r.StatusAt) > time.Hour {
			t.Errorf("the list is of %v: %v", r.StatusAt, err)
		}
		if again := len(c.Acts("credentials.list.signed")); again != recorded || recorded != 3 {
			t.Errorf("%d acts on lists, then %d", recorded, again)
		}

		// After the end of its time it has expired, and says what was so then.
		c.At(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
		c.SignIn(asel)
		c.Browser(asel).Get(next).Want(200, "Срок истёк", "9/10")
		if acts := c.Audited(); len(acts) < 2 {
			t.Errorf("audited %+v", acts)
		}
	})
}

// A new key signs what comes; what former ones signed holds, byte for byte as it was.
func TestAKeyIsChanged(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel, admin := c.Resident(civic.Kazakh), c.Administrator()
		c.Browser(nil).Get("/.well-known/did.json").Want(200, `"verificationMethod": []`)
		first := issue(c, order(asel, "1"))
		c.Browser(asel).Post("/en/credentials/key", "_sure", "yes").Want(403)
		c.Browser(admin).Post("/en/credentials/key", "_sure", "yes").Want(303)
		second := issue(c, order(asel, "2"))
		o := keys(c)
		if len(o.Keys) != 2 {
			t.Fatalf("keys %+v", o.Keys)
		}
		for i, cert := range []Credential{first, second} {
			if r, err := vc.Verify([]byte(cert.Body), o); err != nil || r.Key != o.Keys[i].Key {
				t.Errorf("%d: %+v, %v", i, r, err)
			}
		}
		if _, err := vc.Verify([]byte(second.Body), vc.Options{Keys: o.Keys[:1], Now: c.Now()}); code(err) != vc.WrongKey {
			t.Errorf("with the former key alone: %v", err)
		}
		made := c.Acts("credentials.key.made")
		if len(made) != 2 || !strings.Contains(string(made[1].Payload), o.Keys[0].Key) || !strings.Contains(string(made[1].Payload), o.Keys[1].Key) {
			t.Errorf("recorded %s", made[len(made)-1].Payload)
		}
	})
}

// Who leaves takes the certificate along: the file still holds, and the city forgets it.
func TestWhoLeaves(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel := c.Resident(civic.Russian)
		one := issue(c, order(asel, "1"))
		c.Browser(asel).Post("/ru"+Path(one.ID)+"/public", "public", "yes", "_sure", "yes").Want(303)
		download := c.Browser(asel).Get("/ru/account/download").Want(200, "Тестова", "9/10", "proofValue").Body
		var all any
		c.Must(json.Unmarshal([]byte(download), &all))
		c.Browser(asel).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		c.Browser(nil).Get("/ru" + Path(one.ID)).Want(404)
		c.Browser(c.Administrator()).Get("/ru" + Path(one.ID)).Want(404)
		if r, err := vc.Verify([]byte(one.Body), keys(c)); err != nil || r.Status != vc.InForce {
			t.Errorf("%+v, %v", r, err)
		}
		c.Read(func(tx *storage.Tx) error {
			held, err := Part().Personal.Export(tx, asel.Account)
			if left, _ := json.Marshal(held); string(left) != "null" {
				t.Errorf("left behind: %s", left)
			}
			return err
		})
	})
}

// What was changed in the database is seen: the page says that the signature does not hold.
func TestWhatWasChangedInTheDatabaseIsSeen(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel := c.Resident(civic.English)
		one := issue(c, order(asel, "1"))
		c.Browser(asel).Get("/en" + Path(one.ID)).Want(200).Lacks("does NOT hold")
		c.Tamper("UPDATE credentials_credential SET body = REPLACE(body, '9/10', '10/10')")
		c.Browser(asel).Get("/en"+Path(one.ID)).Want(200, "does NOT hold")
	})
}

// The page for files says what a file is worth, for whoever has no program for it.
func TestAFileIsChecked(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel, b := c.Resident(civic.English), c.Browser(nil)
		upload := func(content string) *citytest.Page {
			return b.Upload("/en/credentials", "file", "c.json", []byte(content))
		}
		upload("{}").Want(200, "not know")
		one := issue(c, order(asel, "1"))
		upload(one.Body).Want(200, "The certificate holds", "9/10", "Айгүл")
		upload(strings.Replace(one.Body, "9/10", "10/10", 1)).Want(200, "was changed after it was signed").Lacks("10/10")
		upload(strings.Replace(one.Body, `"name"`, `"honours": "<script>", "name"`, 1)).Want(200, "nobody signed")
		upload("\x00\xff").Want(200, "not a certificate")
		upload(strings.Repeat("[", 200_000)).Want(200, "not a certificate")
		upload(strings.Repeat(" ", 1<<20)).Want(413)
		b.Post("/en/credentials").Want(422, "Choose the file")
		c.Write(func(tx *storage.Tx) error {
			return c.Credentials.Revoke(tx, one.ID, civic.Text{"kk": "Қате", "ru": "Ошибка"})
		})
		upload(one.Body).Want(200, "revoked it")
	})
}

// What may not stand on a certificate is refused, and names its field.
func TestWhatMayNotStandThere(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel := c.Resident(civic.Kazakh)
		for name, change := range map[string]func(*Order){
			"nobody":         func(o *Order) { o.Holder = " " },
			"an invisible":   func(o *Order) { o.Holder = "А\u202eБ" },
			"a long name":    func(o *Order) { o.Holder = strings.Repeat("а", 301) },
			"another sort":   func(o *Order) { o.Sort = "Degree" },
			"many figures":   func(o *Order) { o.Figures = make([]Figure, 51) },
			"a foreign page": func(o *Order) { o.Claims.Path = "https://elsewhere.example" },
		} {
			o := order(asel, name)
			change(&o)
			c.Refused(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { _, err := c.Credentials.Issue(tx, o); return err }), civic.Invalid)
		}
	})
}

// Many at once: each gets one certificate, whoever asks how often, and a place of their own in the list.
func TestManyAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asel := c.Resident(civic.Kazakh)
		var wg sync.WaitGroup
		errs := make(chan error, 60)
		for i := range 60 {
			wg.Go(func() {
				errs <- c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
					_, err := c.Credentials.Issue(tx, order(asel, fmt.Sprint("once ", i%20)))
					return err
				})
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			c.Must(err)
		}
		c.Read(func(tx *storage.Tx) error {
			all, err := Of(tx, asel.Account, 100)
			places := map[string]bool{}
			for _, one := range all {
				var doc struct {
					CredentialStatus struct{ StatusListIndex string }
				}
				c.Must(json.Unmarshal([]byte(one.Body), &doc))
				places[doc.CredentialStatus.StatusListIndex] = true
			}
			if len(all) != 20 || len(places) != 20 {
				t.Errorf("%d certificates in %d places", len(all), len(places))
			}
			return err
		})
		if keys := c.Acts("credentials.key.made"); len(keys) != 1 {
			t.Errorf("%d keys", len(keys))
		}
	})
}
