package initiatives_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// town is a city with a body, its officer, a moderator and three authors.
type town struct {
	*citytest.City
	*Service
	akimat    civic.ID
	officer   *citytest.Person
	moderator *citytest.Person
	second    *citytest.Person // another moderator
	authors   []*citytest.Person
}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік")}
	t.officer, t.moderator, t.second = c.Officer(t.akimat), c.Moderator(), c.Moderator()
	for range 3 {
		t.authors = append(t.authors, c.Resident(civic.Russian))
	}
	c.Set("initiatives.joinder_people", 5)
	c.Set("initiatives.council_signatures", 8)
	c.Set("initiatives.answer_signatures", 12)
	c.Set("initiatives.consultation_signatures", 0)
	return t
}

var alley = Initiative{Title: "Аллея вдоль канала", Words: "Посадить деревья и поставить скамьи от моста до школы."}

// gathering is an initiative with three authors whose link goes round, and the key of the link.
func (t *town) gathering() (civic.ID, Key) {
	t.T.Helper()
	draft := alley
	draft.Body = t.akimat
	i, err := t.Service.Write(t.Ctx(), t.authors[0].Actor, draft, civic.Russian)
	t.Must(err)
	invite, key := InviteOf(i), KeyOf(i)
	for _, a := range t.authors[1:] {
		t.Must(t.Agree(t.Ctx(), a.Actor, i.ID, invite))
	}
	t.Must(t.Gather(t.Ctx(), t.authors[0].Actor, i.ID))
	return i.ID, key
}

// signed lets so many accounts sign.
func (t *town) signed(id civic.ID, key Key, n int) (all []*citytest.Person) {
	t.T.Helper()
	for range n {
		p := t.Resident(civic.Russian)
		all = append(all, p)
		_, err := t.Sign(t.Ctx(), p.Actor, id, key, Signing{Name: "Айгерим Сапарова", Network: "10.0.0.1"})
		t.Must(err)
	}
	t.Must(t.Fold(t.Ctx()))
	return all
}

// opened is an initiative that a moderator opened, signed by five.
func (t *town) opened() civic.ID {
	t.T.Helper()
	id, key := t.gathering()
	t.signed(id, key, 5)
	t.Must(t.Decide(t.Ctx(), t.moderator.Actor, id, moderation.Choice{Approve: true}))
	return id
}

func (t *town) view(id civic.ID) View {
	t.T.Helper()
	v, err := t.Show(t.Ctx(), Who{Actor: t.authors[0].Actor}, id, "")
	t.Must(err)
	return v
}

// toldOnce fails unless somebody was told that once.
func (t *town) toldOnce(who *citytest.Person, key string) {
	t.T.Helper()
	n := 0
	for _, told := range t.Told(who) {
		if told.Subject.Key == key {
			n++
		}
	}
	if n != 1 {
		t.T.Errorf("%s was told %d times", key, n)
	}
}

var because = civic.Text{"kk": "Бір желіден ойдан шығарылған аттар", "ru": "Выдуманные имена из одной сети"}

// From three authors to the deed: too few authors cannot begin, only who has the link joins, a moderator opens it, thresholds are reached, it
// closes, the body answers with a promise and keeps it.
func TestFromAuthorsToTheDeed(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		draft := alley
		draft.Body = w.akimat
		lonely, err := w.Service.Write(c.Ctx(), w.authors[0].Actor, draft, civic.Russian)
		c.Must(err)
		c.Refused(w.Gather(c.Ctx(), w.authors[0].Actor, lonely.ID), civic.Invalid)
		c.Refused(w.Agree(c.Ctx(), w.authors[1].Actor, lonely.ID, "another"), civic.NotFound)

		id, key := w.gathering()
		_, err = w.Sign(c.Ctx(), c.Resident("").Actor, id, "", Signing{Name: "Арман К"})
		c.Refused(err, civic.NotFound)
		w.signed(id, key, 4)
		if v := w.view(id); v.State != Joinder || v.Signed != 4 {
			t.Fatalf("%s with %d", v.State, v.Signed)
		}
		w.signed(id, key, 1)
		if v := w.view(id); v.State != Moderation || v.Number() != "2026-000001" {
			t.Fatalf("%s, %q", v.State, v.Number())
		}
		c.SkipActs()
		c.Refused(w.Decide(c.Ctx(), c.Resident("").Actor, id, moderation.Choice{Approve: true}), civic.Forbidden)
		c.Must(w.Decide(c.Ctx(), w.moderator.Actor, id, moderation.Choice{Approve: true}))
		c.WantActs("initiatives.initiative.opened")
		w.signed(id, "", 3)
		c.WantActs("initiatives.initiative.reached")
		w.toldOnce(w.authors[1], "initiatives.told_reached_council")

		c.At(w.view(id).ClosesAt.Add(time.Minute))
		_, err = w.Sign(c.Ctx(), c.Resident("").Actor, id, "", Signing{Name: "Арман К"})
		c.Refused(err, civic.Closed)
		c.Must(w.Advance(c.Ctx()))
		c.WantActs("initiatives.initiative.closed")
		c.At(w.view(id).HandAt.Add(time.Minute))
		c.Must(w.Advance(c.Ctx()))
		v := w.view(id)
		if v.State != WithBody || v.Final != 8 || len(v.Owed) != 1 || !strings.Contains(v.Owed[0].What["ru"], "общественный совет") {
			t.Fatalf("%s, %d, owed %+v", v.State, v.Final, v.Owed)
		}
		c.Must(c.Answers.Answer(c.Ctx(), w.officer.Actor, v.Owed[0].ID, answers.Verdict{Outcome: answers.Taken, Reason: because, Promised: c.Now().AddDate(0, 1, 0)}, "А. Жауапты"))
		c.Must(w.Advance(c.Ctx()))
		if v = w.view(id); v.State != Answered || len(v.Owed) != 2 {
			t.Fatalf("%s, owed %+v", v.State, v.Owed)
		}
		c.Must(w.Advance(c.Ctx()))
		if v = w.view(id); v.State != Answered {
			t.Errorf("%s before the promise is kept", v.State)
		}
		c.Must(c.Answers.Answer(c.Ctx(), w.officer.Actor, v.Owed[1].ID, answers.Verdict{Outcome: answers.Done, Reason: because}, "А. Жауапты"))
		c.Must(w.Advance(c.Ctx()))
		if v = w.view(id); v.State != Delivered {
			t.Errorf("%s after the deed", v.State)
		}
		if report, said := c.Verified(); report.Compared == 0 {
			t.Errorf("the record is not compared: %+v %s", report, said)
		}
	}, Capability())
}

// Somebody without an account signs by the six digits, or by the button, never by opening the link; the same address written otherwise
// signs no second time.
func TestSigningByMail(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		in := Signing{Name: "Сауле Ахметова", Email: "saule@example.kz", Lang: civic.Russian}
		asked, err := w.Sign(c.Ctx(), civic.Actor{}, id, "", in)
		c.Must(err)
		code := ""
		for _, line := range strings.Split(c.Letter("saule@example.kz").Text, "\n") {
			if at := strings.Index(line, "Шесть цифр: "); at >= 0 {
				code = strings.TrimSpace(line[at+len("Шесть цифр: "):])
			}
		}
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		c.Refused(w.ConfirmByCode(c.Ctx(), id, asked, wrong), civic.Invalid)
		w.wantSigned(id, 5)
		c.Must(w.ConfirmByCode(c.Ctx(), id, asked, code))
		c.Refused(w.ConfirmByCode(c.Ctx(), id, asked, code), civic.Invalid) // the digits are used
		w.wantSigned(id, 6)

		in.Email = "Saule+2@example.kz"
		again, err := w.Sign(c.Ctx(), civic.Actor{}, id, "", in)
		c.Must(err)
		if again != asked {
			t.Error("the same address asks for another signature")
		}
		w.wantSigned(id, 6)

		// Whoever guesses has five tries.
		in.Email = "other@example.kz"
		asked, err = w.Sign(c.Ctx(), civic.Actor{}, id, "", in)
		c.Must(err)
		body := c.Letter("other@example.kz").Text
		code = body[strings.Index(body, "цифр: ")+len("цифр: "):][:6]
		for range 5 {
			c.Refused(w.ConfirmByCode(c.Ctx(), id, asked, "x"), civic.Invalid)
		}
		c.Refused(w.ConfirmByCode(c.Ctx(), id, asked, code), civic.Invalid)
		w.wantSigned(id, 6)
		at := strings.Index(body, "/own/") + len("/own/")
		token := strings.Fields(body[at:])[0]
		signer := c.Browser(nil)
		signer.Post("/ru" + Path(id) + "/own/" + token).Want(303)
		signer.Get("/ru/me").Want(200, `href="/ru`+Path(id)+"/own/"+token+`"`, "Вы подписали")
		signer.Get("/ru"+Path(id)+"/own/"+token).Want(200, `href="/ru/me"`)
		c.Must(w.Confirm(c.Ctx(), id, token)) // a second press signs nothing
		w.wantSigned(id, 7)
		c.Must(w.TakeBack(c.Ctx(), id, Who{Token: token}))
		c.Must(w.TakeBack(c.Ctx(), id, Who{Token: token}))
		w.wantSigned(id, 6)
	}, Capability())
}

// wantSigned fails unless so many count: by the fold, and among the signatures themselves.
func (t *town) wantSigned(id civic.ID, want int64) {
	t.T.Helper()
	t.Must(t.Fold(t.Ctx()))
	v := t.view(id)
	rows, places := int64(0), int64(0)
	t.Read(func(tx *storage.Tx) (err error) {
		rows, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM initiatives_signature s JOIN initiatives_initiative i ON i.no = s.initiative WHERE i.id = $1 AND s.state = 'signed' AND s.invalid = ''", id)
		return err
	})
	for _, p := range v.Places {
		places += p.Count
	}
	if v.Signed != want || rows != want || places != want {
		t.T.Errorf("counted %d, by district %d, rows %d, want %d", v.Signed, places, rows, want)
	}
}

// Forty people sign at once, each from three browsers, while others fold: each counts once, and the threshold is one event.
func TestManySignAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		c.SkipActs()
		people := make([]*citytest.Person, 40)
		for i := range people {
			people[i] = c.Resident(civic.Russian)
		}
		var all sync.WaitGroup
		for _, p := range people {
			for range 3 {
				all.Go(func() {
					if _, err := w.Sign(c.Ctx(), p.Actor, id, "", Signing{Name: "Арман Касымов"}); err != nil {
						t.Error(err)
					}
				})
			}
		}
		for range 3 {
			all.Go(func() {
				for range 5 {
					if err := w.Fold(c.Ctx()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		w.wantSigned(id, 45)
		c.WantActs("initiatives.initiative.reached", "initiatives.initiative.reached")
		w.toldOnce(w.authors[0], "initiatives.told_reached_council")
		w.toldOnce(w.authors[0], "initiatives.told_reached_answer")
	}, Capability())
}

// Where the city wants verified residents to sign, nobody else does, with an account or by mail.
func TestOnlyVerifiedResidentsSign(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		c.Set("initiatives.verified_only", 1)
		_, err := w.Sign(c.Ctx(), c.Resident(civic.Russian).Actor, id, "", Signing{Name: "Арман Касымов"})
		c.Refused(err, civic.Forbidden)
		_, err = w.Sign(c.Ctx(), civic.Actor{}, id, "", Signing{Name: "Арман Касымов", Email: "arman@example.kz", Lang: civic.Russian})
		c.Refused(err, civic.Unauthenticated)
		c.Browser(nil).Post("/ru"+Path(id)+"/sign", "name", "Арман Касымов", "email", "arman@example.kz").Want(401, "Вход")
		verified := c.Resident(civic.Russian)
		verified.Assurance = civic.Verified
		_, err = w.Sign(c.Ctx(), verified.Actor, id, "", Signing{Name: "Арман Касымов"})
		c.Must(err)
		c.Must(w.Fold(c.Ctx()))
		w.wantSigned(id, 6)
	}, Capability())
}

// An attack is found by its conditions, counted before, taken out with those that wait, and one invalidation is reversed; a threshold that is
// reached again is no second event.
func TestManipulation(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.opened()
		c.Pass(time.Hour)
		w.signed(id, "", 2)
		c.Pass(time.Hour)
		for i := range 6 {
			_, err := w.Sign(c.Ctx(), c.Resident(civic.Russian).Actor, id, "", Signing{Name: fmt.Sprint("Bot ", i), Network: "203.0.113.9"})
			c.Must(err)
		}
		_, err := w.Sign(c.Ctx(), civic.Actor{}, id, "", Signing{Name: "Bot 99", Email: "bot@example.kz", Network: "203.0.113.9", Lang: civic.Russian})
		c.Must(err)
		w.wantSigned(id, 13)
		c.Set("initiatives.suspicious", 5)
		p, err := w.Panel(c.Ctx(), w.moderator.Actor, id)
		c.Must(err)
		if p.Waiting != 1 || len(p.Clusters) == 0 || p.Clusters[0].Signatures < 7 {
			t.Errorf("%d wait, clusters %+v", p.Waiting, p.Clusters)
		}
		bots := Conditions{Name: "bot *"}
		_, err = w.Preview(c.Ctx(), w.authors[0].Actor, id, bots, because)
		c.Refused(err, civic.Forbidden)
		_, err = w.Preview(c.Ctx(), w.moderator.Actor, id, Conditions{}, because)
		c.Refused(err, civic.Invalid)
		f, err := w.Preview(c.Ctx(), w.moderator.Actor, id, bots, because)
		c.Must(err)
		if f.Counted != 6 || f.Waiting != 1 || f.Before != 0 || f.Of != 13 || len(f.Places) != 1 {
			t.Errorf("preview %+v", f)
		}
		c.SkipActs()
		made, err := w.Invalidate(c.Ctx(), w.moderator.Actor, id, bots, because)
		c.Must(err)
		c.WantActs("initiatives.invalidation.made")
		w.wantSigned(id, 7)

		// What waited is confirmed later, and does not count either.
		body := c.Letter("bot@example.kz").Text
		c.Must(w.Confirm(c.Ctx(), id, strings.Fields(body[strings.Index(body, "/own/")+len("/own/"):])[0]))
		w.wantSigned(id, 7)
		_, err = w.Invalidate(c.Ctx(), w.moderator.Actor, id, bots, because)
		c.Refused(err, civic.Invalid) // there is nothing left to take out

		c.Must(w.Reverse(c.Ctx(), w.moderator.Actor, made.ID, because))
		w.wantSigned(id, 14) // the one that waited was confirmed meanwhile
		c.WantActs("initiatives.invalidation.reversed")
		c.Refused(w.Reverse(c.Ctx(), w.moderator.Actor, made.ID, because), civic.Closed)
		if v := w.view(id); len(v.Invalidations) != 1 || v.Invalidations[0].ReversedAt.IsZero() || v.Invalidations[0].Counted != 6 || v.Invalidations[0].Waiting != 1 {
			t.Errorf("what everybody reads: %+v", v.Invalidations)
		}
		w.toldOnce(w.authors[0], "initiatives.told_reached_answer")
	}, Capability())
}

// A refusal names an excluded topic; its authors ask another moderator, who opens it.
func TestARefusalIsContested(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id, key := w.gathering()
		w.signed(id, key, 5)
		c.Refused(w.Decide(c.Ctx(), w.moderator.Actor, id, moderation.Choice{Rule: "coordinated.1", Reason: "?"}), civic.Invalid)
		c.Must(w.Decide(c.Ctx(), w.moderator.Actor, id, moderation.Choice{Rule: "topic_borders.1", Reason: "О границе города"}))
		if v := w.view(id); v.State != Refused || v.Public() {
			t.Fatalf("%s", v.State)
		}
		_, err := c.Moderation.Ask(c.Ctx(), w.authors[1].Actor, Ref(id), "Речь о границе парка")
		c.Must(err)
		c.Refused(w.Decide(c.Ctx(), w.moderator.Actor, id, moderation.Choice{Approve: true, Reason: "x"}), civic.Forbidden)
		c.Must(w.Decide(c.Ctx(), c.Moderator().Actor, id, moderation.Choice{Approve: true, Reason: "Парк — не государственная граница"}))
		if v := w.view(id); v.State != Open {
			t.Errorf("%s", v.State)
		}
	}, Capability())
}

// Too few join in time; whoever leaves takes their signature with them while it can be taken back.
func TestLapsingAndLeaving(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id, key := w.gathering()
		signers := w.signed(id, key, 3)
		c.Browser(signers[0]).Post("/kk/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		w.wantSigned(id, 2)
		c.At(w.view(id).JoinderBy.Add(time.Second))
		c.Must(w.Advance(c.Ctx()))
		if v := w.view(id); v.State != Lapsed || v.Final != 2 {
			t.Errorf("%s with %d", v.State, v.Final)
		}
		_, err := w.Sign(c.Ctx(), c.Resident("").Actor, id, key, Signing{Name: "Арман К"})
		if civic.CodeOf(err) != civic.Closed || errors.Is(err, nil) {
			t.Errorf("%v", err)
		}
	}, Capability())
}
