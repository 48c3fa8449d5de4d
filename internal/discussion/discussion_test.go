package discussion_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// town is a city with a consultation that is announced and opens in a week: where people comment.
type town struct {
	*citytest.City
	akimat    civic.ID
	officer   *citytest.Person
	thing     civic.Ref
	path      string // of the thread, in English
	consulted *consultations.Service
}

func newTown(c *citytest.City, change func(*consultations.Settings)) *town {
	c.Again()
	t := &town{City: c, akimat: c.Body("Әкімдік"), consulted: citytest.Service[*consultations.Service](c)}
	t.officer = c.Officer(t.akimat)
	set := t.consulted.Defaults()
	set.Question = civic.Text{"kk": "Саябақта не керек?", "ru": "Что нужно парку?", "en": "What does the park need?"}
	set.Host, set.Body = t.akimat, t.akimat
	set.Audience, set.Moderation = consultations.Registered, consultations.After
	set.OpensAt, set.ClosesAt = c.Now().AddDate(0, 0, 7), c.Now().AddDate(0, 0, 40)
	if change != nil {
		change(&set)
	}
	id, err := t.consulted.Create(c.Ctx(), t.officer.Actor, set)
	c.Must(err)
	c.Must(t.consulted.Publish(c.Ctx(), t.officer.Actor, id))
	t.thing = civic.Ref{Kind: consultations.Kind, ID: id}
	t.path = "/en" + discussion.ThreadPath(t.thing)
	return t
}

func each(t *testing.T, change func(*consultations.Settings), test func(t *testing.T, c *town)) {
	t.Helper()
	citytest.Each(t, func(t *testing.T, c *citytest.City) { test(t, newTown(c, change)) }, consultations.Capability())
}

// say writes a comment and returns its id.
func (c *town) say(who *citytest.Person, stance discussion.Stance, text string) civic.ID {
	c.T.Helper()
	said, err := c.Discussion.Say(c.Ctx(), who.Actor, discussion.Draft{Thing: c.thing, Stance: stance, Text: text, Page: civic.Kazakh})
	c.Must(err)
	return said.ID
}

func (c *town) replyTo(who *citytest.Person, parent civic.ID, text string) civic.ID {
	c.T.Helper()
	said, err := c.Discussion.Say(c.Ctx(), who.Actor, discussion.Draft{Parent: parent, Text: text, Page: civic.Kazakh})
	c.Must(err)
	return said.ID
}

func (c *town) view(who civic.Actor, sort discussion.Sort) discussion.View {
	c.T.Helper()
	v, err := c.Discussion.View(c.Ctx(), who, discussion.Query{Thing: c.thing, Sort: sort})
	c.Must(err)
	return v
}

// wantVerified stops the test unless the record holds and proves pages.
func (c *town) wantVerified() {
	c.T.Helper()
	c.Acts()
	if report, _ := c.Verified(); report.Compared == 0 {
		c.T.Errorf("the record: %+v", report)
	}
}

// salts are the texts that the record can still tell.
func (c *town) salts() (n int64) {
	c.Read(func(tx *storage.Tx) (err error) {
		n, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM record_salt")
		return err
	})
	return n
}

func told(c *town, who *citytest.Person) (keys []string) {
	for _, n := range c.Told(who) {
		keys = append(keys, n.Subject.Key)
	}
	return keys
}

// A comment by the form, an official reply in the body's name, and who is told of what.
func TestACommentAndAnOfficialReply(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		c.Browser(nil).Get("/en"+consultations.Path(c.thing.ID)).Want(200, "Write a comment", c.path+"/say")
		c.Browser(nil).Get(c.path).Want(200, "No comments yet")
		c.Browser(nil).Get(c.path+"/say").Want(401, "Sign in")

		resident := c.Resident(civic.Russian)
		b := c.Browser(resident)
		b.Get(c.path+"/say").Want(200, "For", "Against", "Question", "10 minutes")
		b.Post(c.path+"/say", "text", "Непонятно, о каком парке речь").Want(422, "Choose one", "Непонятно, о каком парке речь")
		b.Post(c.path+"/say", "stance", "question", "text", "\u202e").Want(422)
		b.Post(c.path+"/say", "stance", "question", "text", "#REF!").Want(422)
		b.Post(c.path+"/say", "stance", "question", "text", strings.Repeat("ұ", 1501)).Want(422, "1500")
		one := b.Post(c.path+"/say", "stance", "question", "text", "Непонятно, о каком парке речь").Want(303).Location
		b.Post(c.path+"/say", "stance", "question", "text", "непонятно,  о каком парке речь ").Want(422, "twice")
		c.Browser(nil).Get(one).Want(200, "Resident 1", `lang="ru"`, "Непонятно, о каком парке речь")
		c.Browser(nil).Get(c.path).Want(200, "Resident 1", "Question").Lacks(resident.Name)
		id := civic.ID(one[strings.LastIndex(one, "/")+1:])

		o := c.Browser(c.officer)
		c.Jobs()
		o.Get("/en/desk").Want(200, "1 question without an official reply")
		o.Get(one+"/reply").Want(200, "Әкімдік", "Your post and name")
		o.Post(one+"/reply", "words.kk", "Орталық саябақ туралы", "post", "Бөлім басшысы").Want(422, "Russian")
		reply := o.Post(one+"/reply", "words.kk", "Орталық саябақ туралы", "words.ru", "О Центральном парке", "post", "Бөлім басшысы").Want(303).Location
		c.Jobs()
		o.Get("/en/desk").Want(200).Lacks("without an official reply")
		c.Browser(nil).Get(c.path+"/feed").Want(200, "Resident 1", "Непонятно, о каком парке речь", "Орталық саябақ туралы").Lacks(resident.Name)
		page := c.Browser(nil).Get(c.path).Want(200, "Official", "/en/follow/", "Әкімдік", "Бөлім басшысы", "Орталық саябақ туралы")
		page.Lacks("Resident 2")
		c.Browser(nil).Get("/en"+consultations.Path(c.thing.ID)).Want(200, "Орталық саябақ туралы", "Read 2 comments")
		c.Browser(nil).Get("/ru/search?q=центральный").Want(200, "О Центральном парке")
		if got := fmt.Sprint(told(c, resident)); got != "[discussion.told_official]" {
			t.Errorf("the resident was told %s", got)
		}
		if n := c.Told(resident)[0]; "/en"+n.Path != reply {
			t.Errorf("told %+v", n)
		}
		c.Read(func(tx *storage.Tx) error {
			n, err := c.Notifications.UnreadAnswers(tx, resident.Account)
			if n != 1 {
				t.Errorf("%d answers are counted", n)
			}
			return err
		})
		b.Get("/en/me").Want(200, "Непонятно, о каком парке речь")

		acts := c.Acts("discussion.comment.published")
		if len(acts) != 2 || acts[0].Actor != string(civic.Resident) || acts[1].Actor != string(civic.Officer) {
			t.Errorf("acts %+v", acts)
		}
		report, copied := c.Verified()
		if report.Compared < 2 || strings.Contains(copied, "Непонятно") && !strings.Contains(copied, "pages") {
			t.Errorf("the record: %+v", report)
		}
		for _, a := range acts {
			if strings.Contains(string(a.Raw), "Непонятно") || strings.Contains(string(a.Raw), string(resident.Account)) || strings.Contains(string(a.Raw), "басшысы") {
				t.Errorf("the act says %s", a.Raw)
			}
		}
		c.Refused(c.Discussion.TakeBack(c.Ctx(), c.officer.Actor, civic.ID(reply[strings.LastIndex(reply, "/")+1:])), civic.Closed)
		c.Refused(c.Discussion.TakeBack(c.Ctx(), c.officer.Actor, id), civic.Forbidden)
	})
}

// Who follows the consultation is told of an official comment there, without having said anything.
func TestFollowersLearnOfOfficialComments(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		follower := c.Resident("")
		c.Must(c.Notifications.Follow(c.Ctx(), follower.Account, c.thing))
		c.say(c.Resident(""), discussion.For, "Сұрақ дұрыс қойылған")
		c.Jobs()
		if got := told(c, follower); len(got) != 0 {
			t.Errorf("told of a resident's comment: %v", got)
		}
		_, err := c.Discussion.Say(c.Ctx(), c.officer.Actor, discussion.Draft{Thing: c.thing, Words: civic.Text{"kk": "Рақмет", "ru": "Спасибо"}, Post: "Бөлім басшысы"})
		c.Must(err)
		c.Jobs()
		if got := fmt.Sprint(told(c, follower)); got != "[discussion.told_official]" {
			t.Errorf("told %s", got)
		}
	})
}

// Moderated before: nobody sees a comment before it is let in; the queue over all kinds shows it; the author is told.
func TestModeratedBefore(t *testing.T) {
	each(t, func(set *consultations.Settings) { set.Moderation = consultations.Before }, func(t *testing.T, c *town) {
		author, other, moderator := c.Resident(""), c.Resident(""), c.Moderator()
		id := c.say(author, discussion.Against, "Бұл сұрақты басқаша қою керек")
		path := "/en" + discussion.Path(id)
		c.Browser(nil).Get(path).Want(404)
		c.Browser(other).Get(path).Want(404)
		c.Browser(author).Get(path).Want(200, "waits for a moderator")
		c.Browser(author).Get(c.path).Want(200, "Бұл сұрақты басқаша қою керек")
		c.Browser(nil).Get(c.path).Want(200).Lacks("Бұл сұрақты басқаша қою керек")
		c.Browser(nil).Get("/kk/search?q=басқаша").Want(200).Lacks("Бұл сұрақты басқаша қою керек")
		_, err := c.Discussion.Say(c.Ctx(), other.Actor, discussion.Draft{Parent: id, Text: "Жауап"})
		c.Refused(err, civic.NotFound)

		m := c.Browser(moderator)
		m.Get("/en/desk").Want(200, "1 comment waits for a moderator")
		m.Get("/en/desk/moderation").Want(200, "Бұл сұрақты басқаша қою керек", "Not shown yet", "/en/desk/discussion/"+string(id))
		c.Browser(c.officer).Get("/en/desk/discussion/" + string(id)).Want(403)
		m.Post("/en/desk/discussion/"+string(id), "act", "approve", "back", "moderation").Want(303, "/en/desk/moderation")
		c.Browser(nil).Get(path).Want(200, "Бұл сұрақты басқаша қою керек")
		if got := fmt.Sprint(told(c, author)); got != "[discussion.told_shown]" {
			t.Errorf("told %s", got)
		}

		c.Pass(time.Minute)
		m.Post("/en/desk/discussion/"+string(id), "act", "remove").Want(422, "Choose the rule", "Write why")
		m.Post("/en/desk/discussion/"+string(id), "act", "remove", "rule", "off_topic.1", "reason", "Саябақ туралы емес").Want(303, path)
		c.Jobs()
		c.Browser(nil).Get(path).Want(200, "Off topic", "Саябақ туралы емес").Lacks("басқаша қою")
		c.Browser(nil).Get(c.path).Want(200, "Off topic").Lacks("басқаша қою")
		c.Acts()
		c.Browser(nil).Get("/en/moderation").Want(200, "Off topic")
		c.Read(func(tx *storage.Tx) error {
			found, err := c.Search.Finds(tx, "басқаша", discussion.RefOf(id))
			if found {
				t.Error("a removed comment is found by its words")
			}
			return err
		})
		if got := fmt.Sprint(told(c, author)); got != "[discussion.told_removed discussion.told_shown]" {
			t.Errorf("told %s", got)
		}
		c.Pass(time.Minute) // for another reason: the author learns of that too
		m.Post("/en/desk/discussion/"+string(id), "act", "remove", "rule", "insult.1", "reason", "Қорлау").Want(303, path)
		if got := fmt.Sprint(told(c, author)); got != "[discussion.told_removed discussion.told_removed discussion.told_shown]" {
			t.Errorf("told %s", got)
		}
		m.Post("/en/desk/discussion/"+string(id), "act", "approve").Want(303)
		c.Browser(nil).Get(path).Want(200, "басқаша қою")
		if got := c.Acts("discussion.comment.published", "discussion.comment.removed", "discussion.comment.restored"); len(got) != 4 {
			t.Errorf("%d acts", len(got))
		}
		c.wantVerified()
		mine := c.say(moderator, discussion.For, "Модератордың өз пікірі")
		c.Refused(c.Discussion.Decide(c.Ctx(), moderator.Actor, mine, moderation.Choice{Approve: true}), civic.Forbidden)
		m.Get("/en/desk/moderation").Want(200).Lacks("Модератордың өз пікірі")
	})
}

// What is written at night is held until the quiet hours end, and nobody is stirred up before.
func TestQuietHours(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		author, asked := c.Resident(""), c.Resident("")
		parent := c.say(asked, discussion.Question, "Қай саябақ туралы?")
		c.At(time.Date(2026, 3, 3, 23, 30, 0, 0, citytest.Zone))
		c.Browser(author).Get(c.path+"/say").Want(200, "It is night", "07:00")
		id := c.replyTo(author, parent, "Мен де түсінбедім")
		c.Jobs()
		c.Browser(nil).Get("/en" + discussion.Path(id)).Want(404)
		c.Browser(author).Get("/en"+discussion.Path(id)).Want(200, "Will be shown on", "07:00")
		c.At(time.Date(2026, 3, 4, 6, 59, 0, 0, citytest.Zone))
		c.Jobs()
		c.Browser(nil).Get("/en" + discussion.Path(id)).Want(404)
		if got := told(c, asked); len(got) != 0 {
			t.Errorf("told at night: %v", got)
		}
		c.At(time.Date(2026, 3, 4, 7, 0, 0, 0, citytest.Zone))
		c.Jobs()
		c.Browser(nil).Get("/en"+discussion.Path(id)).Want(200, "Мен де түсінбедім")
		if got := fmt.Sprint(told(c, asked)); got != "[discussion.told_reply]" {
			t.Errorf("told %s", got)
		}
		c.wantVerified()
	})
}

// For ten minutes one mends one's words; what others have seen stays in the history. What is taken back is gone.
func TestEditAndTakeBack(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		author, other := c.Resident(""), c.Resident("")
		before := c.salts()
		id := c.say(author, discussion.For, "Сұраак дұрыс")
		path := "/en" + discussion.Path(id)
		b := c.Browser(author)
		b.Get(path+"/edit").Want(200, "Сұраак дұрыс")
		c.Browser(other).Get(path + "/edit").Want(409)
		c.Browser(other).Post(path+"/edit", "text", "Басқа").Want(403)
		c.Pass(9 * time.Minute)
		b.Post(path+"/edit", "text", "Сұрақ дұрыс", "lang", "kk").Want(303)
		c.Browser(nil).Get(path).Want(200, "Сұрақ дұрыс", "Сұраак дұрыс", "changed")
		c.Pass(2 * time.Minute)
		b.Post(path+"/edit", "text", "Кеш", "lang", "kk").Want(409, "10 minutes")
		c.wantVerified()

		c.Refused(c.Discussion.TakeBack(c.Ctx(), other.Actor, id), civic.Forbidden)
		reply := c.replyTo(other, id, "Келісемін")
		b.Get(path+"/take-back").Want(200, "deleted for good")
		b.Post(path+"/take-back").Want(303, c.path)
		c.Jobs()
		c.Browser(nil).Get(c.path).Want(200, "took this comment back", "Келісемін").Lacks("Сұрақ дұрыс", "Сұраак")
		c.Browser(nil).Get("/kk/search?q=Сұрақ").Want(200).Lacks("«Сұрақ дұрыс»")
		c.Must(c.Discussion.TakeBack(c.Ctx(), other.Actor, reply))
		c.Browser(nil).Get("/en"+discussion.Path(reply)).Want(200, "took this comment back").Lacks("Келісемін", "Resident 2")
		if n := c.salts(); n != before {
			t.Errorf("the record can still tell %d texts that were taken back", n-before)
		}
		c.Acts()
		_, copied := c.Verified()
		if strings.Contains(copied, "Сұрақ дұрыс") || strings.Contains(copied, "Сұраак") || strings.Contains(copied, "Келісемін") {
			t.Error("the record still holds the words")
		}
	})
}

// Who may comment is what the owner says, until the voting begins.
func TestWhoMayComment(t *testing.T) {
	each(t, func(set *consultations.Settings) { set.Audience = consultations.Verified }, func(t *testing.T, c *town) {
		someone := c.Resident("")
		_, err := c.Discussion.Say(c.Ctx(), someone.Actor, discussion.Draft{Thing: c.thing, Stance: discussion.For, Text: "Иә"})
		c.Refused(err, civic.Forbidden)
		c.Browser(someone).Get(c.path).Want(200, "only verified residents")
		_, err = c.Discussion.Say(c.Ctx(), civic.Actor{}, discussion.Draft{Thing: c.thing, Stance: discussion.For, Text: "Иә"})
		c.Refused(err, civic.Unauthenticated)
		unconfirmed := someone.Actor
		unconfirmed.Assurance = civic.Unconfirmed
		_, err = c.Discussion.Say(c.Ctx(), unconfirmed, discussion.Draft{Thing: c.thing, Stance: discussion.For, Text: "Иә"})
		c.Refused(err, civic.Forbidden)
		verified := c.Known(civic.Actor{Account: "verified", Assurance: civic.Verified})
		c.say(verified, discussion.For, "Мен расталғанмын")
		_, err = c.Discussion.Say(c.Ctx(), verified.Actor, discussion.Draft{Thing: organisations.RefOf(c.akimat), Stance: discussion.For, Text: "Мұнда емес"})
		c.Refused(err, civic.NotFound)

		c.Pass(8 * 24 * time.Hour)
		c.Jobs()
		_, err = c.Discussion.Say(c.Ctx(), verified.Actor, discussion.Draft{Thing: c.thing, Stance: discussion.For, Text: "Кешіктім"})
		c.Refused(err, civic.Closed)
		c.Browser(nil).Get(c.path).Want(200, "Voting has begun or is over", "Мен расталғанмын").Lacks("Write a comment")
	})
}

// Who withdraws a question takes its comments off the pages, and puts them back with it; the record goes on proving them.
func TestAWithdrawnThing(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		author := c.Resident("")
		id := c.say(author, discussion.For, "Сұрақ орынды қойылған")
		c.Jobs()
		c.Must(c.consulted.Withdraw(c.Ctx(), c.officer.Actor, c.thing.ID))
		for _, b := range []*citytest.Browser{c.Browser(nil), c.Browser(author), c.Browser(c.Moderator())} {
			b.Get(c.path).Want(404)
			b.Get("/en" + discussion.Path(id)).Want(404)
			b.Get("/en/discussion").Want(200).Lacks("What does the park need?")
			b.Get("/kk/search?q=орынды").Want(200).Lacks("«Сұрақ орынды")
		}
		c.Browser(nil).Get("/api/v1" + discussion.ThreadPath(c.thing)).Want(404)
		c.Browser(nil).Get("/api/v1" + discussion.Path(id)).Want(404)
		c.Browser(nil).Get(c.path + "/feed").Want(404)
		c.Browser(nil).Get(strings.TrimPrefix(c.path, "/en") + "/comments.csv").Want(404)
		c.Refused(c.Discussion.Useful(c.Ctx(), c.Resident("").Actor, id, true, discussion.OnFor), civic.NotFound)
		c.wantVerified()
		m := c.Browser(c.Moderator())
		m.Get("/en/desk/moderation").Want(200, "Сұрақ орынды қойылған")
		m.Post("/en/desk/discussion/"+string(id), "act", "approve", "back", "moderation").Want(303, "/en/desk/moderation")
		m.Get("/en/desk/moderation").Want(200).Lacks("Сұрақ орынды қойылған")
		c.Must(c.consulted.Publish(c.Ctx(), c.officer.Actor, c.thing.ID))
		c.Browser(nil).Get("/en"+discussion.Path(id)).Want(200, "Сұрақ орынды қойылған")
	})
}

// Past what one person may say in an hour they are asked to wait, also when they say it all at once.
func TestNobodyFloods(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		c.Set("discussion.per_hour", 3)
		someone := c.Resident("")
		var wg sync.WaitGroup
		errs := make([]error, 12)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = c.Discussion.Say(c.Ctx(), someone.Actor, discussion.Draft{Thing: c.thing, Stance: discussion.For, Text: fmt.Sprint("Пікір ", i)})
			})
		}
		wg.Wait()
		taken := 0
		for _, err := range errs {
			if err == nil {
				taken++
			} else {
				c.Refused(err, civic.TooMany)
			}
		}
		if taken != 3 {
			t.Errorf("%d were taken", taken)
		}
		c.Jobs()
		if v := c.view(civic.Actor{}, discussion.Newest); v.Comments != 3 || len(v.Items) != 3 || v.Items[0].Voice != 1 {
			t.Errorf("%d counted, %d listed", v.Comments, len(v.Items))
		}
		c.Pass(61 * time.Minute)
		c.say(someone, discussion.For, "Енді болады")
	})
}

// Many find something useful at once, some of them twice; what is counted is how many they are. In front stands what
// both sides find useful, not what the many of one side do.
func TestUsefulToBothSides(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		loud := c.say(c.Resident(""), discussion.For, "Біздікі дұрыс, болды")
		shared := c.say(c.Resident(""), discussion.Question, "Екі жаққа да керек дерек: саябақ 12 гектар")
		var people []*citytest.Person
		for i := range 12 {
			people = append(people, c.Known(civic.Actor{Account: civic.ID(fmt.Sprint("voter-", i)), Assurance: civic.EmailConfirmed}))
		}
		var wg sync.WaitGroup
		for i, p := range people {
			side, id := discussion.OnFor, loud
			if i >= 9 {
				side, id = discussion.OnAgainst, shared
			}
			for range 2 {
				wg.Go(func() {
					if err := c.Discussion.Useful(c.Ctx(), p.Actor, id, true, side); err != nil {
						t.Error(err)
					}
				})
			}
			if i < 3 {
				wg.Go(func() {
					if err := c.Discussion.Useful(c.Ctx(), p.Actor, shared, true, discussion.OnFor); err != nil {
						t.Error(err)
					}
				})
			}
		}
		for range 3 {
			wg.Go(func() {
				if err := c.Discussion.Fold(c.Ctx()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		c.Jobs()
		v := c.view(people[0].Actor, discussion.MostUseful)
		// 9 of 9 for and 0 of 3 against: 10/11 · 1/5 = 10/55; 3 of 9 and 3 of 3: 4/11 · 4/5 = 16/55.
		if len(v.Items) != 2 || v.Items[0].ID != shared || v.Items[0].Useful != 6 || !v.Items[0].Both || v.Items[1].Useful != 9 || v.Items[1].Both {
			t.Errorf("in front %+v", v.Items)
		}
		if !v.Items[0].Marked || !v.Items[1].Marked {
			t.Error("the reader's own marks are not known")
		}
		c.Refused(c.Discussion.Useful(c.Ctx(), c.Resident("").Actor, loud, true, ""), civic.Invalid)
		c.Must(c.Discussion.Useful(c.Ctx(), people[0].Actor, loud, false, ""))
		c.Jobs()
		if v := c.view(civic.Actor{}, discussion.MostUseful); v.Items[1].Useful != 8 {
			t.Errorf("taken back, %d remain", v.Items[1].Useful)
		}
		c.Refused(c.Discussion.Useful(c.Ctx(), c.officer.Actor, loud, true, discussion.OnFor), civic.Closed)

		// Who says that they stand on the other side after all changes all their marks: the loud one is useful to both sides now.
		c.Must(c.Discussion.Useful(c.Ctx(), people[1].Actor, shared, true, discussion.OnAgainst))
		c.Jobs()
		if v := c.view(civic.Actor{}, discussion.MostUseful); v.Items[0].ID != loud || !v.Items[0].Both || v.Items[0].Useful != 8 { // 8 · 2 before 3 · 5
			t.Errorf("after a change of sides %+v", v.Items[0])
		}
		c.replyTo(people[2], loud, "Неге?")
		c.Jobs()
		if v := c.view(civic.Actor{}, discussion.MostUseful); v.Items[0].Comment.Replies != 1 || v.Comments != 3 {
			t.Errorf("%d replies, %d comments", v.Items[0].Comment.Replies, v.Comments)
		}
	})
}

// The author of a removed comment asks once for another decision, on a page that is theirs alone. Another moderator
// decides, and the author is told of that once; what was removed again may be contested anew.
func TestAContestedComment(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		author, first, second := c.Resident(""), c.Moderator(), c.Moderator()
		id := c.say(author, discussion.Against, "Бұл сұрақ халықты алдау")
		page, ask, judge := "/en"+discussion.Path(id), "/en"+moderation.ContestPath(discussion.RefOf(id)), "/en/desk/discussion/"+string(id)
		b := c.Browser(author)
		b.Get(ask).Want(404) // nothing was removed
		c.Pass(time.Minute)
		c.Browser(first).Post(judge, "act", "remove", "rule", "insult.1", "reason", "Қорлау").Want(303)
		b.Get(page).Want(200, ask).Lacks("халықты алдау")
		c.Browser(nil).Get(page).Want(200).Lacks(ask)
		c.Browser(nil).Get(ask).Want(401)
		c.Browser(c.Resident("")).Get(ask).Want(404)
		c.Browser(c.Resident("")).Post(ask, "words", "Менікі").Want(404)
		b.Get(ask).Want(200, "халықты алдау", "Insult", "Қорлау")
		b.Post(ask, "words", " ").Want(422, "Write the reason")
		b.Post(ask, "words", "Ешкімді қорлаған жоқпын").Want(303, page)
		b.Get(page).Want(200, "asked for another decision").Lacks(ask)
		b.Post(ask, "words", "Тағы").Want(409)

		c.Pass(time.Minute)
		c.Browser(first).Get("/en/desk/moderation").Want(200).Lacks("халықты алдау")
		c.Browser(first).Post(judge, "act", "approve", "reason", "Ойландым").Want(403)
		c.Browser(second).Get("/en/desk/moderation").Want(200, "халықты алдау", "Ешкімді қорлаған жоқпын", "The author disagrees")
		c.Browser(second).Get(judge).Want(200, "Ешкімді қорлаған жоқпын", "Leave it removed", "Bring back")
		c.Browser(second).Post(judge, "act", "remove", "rule", "insult.1", "reason", "Иә").Want(409)
		c.Browser(second).Post(judge, "act", "approve").Want(422, "Write the reason")
		c.Browser(second).Post(judge, "act", "approve", "reason", "Бұл сын ғана").Want(303, page)
		c.Jobs()
		c.Browser(nil).Get(page).Want(200, "халықты алдау")
		b.Get(page).Want(200, "brought back", "Бұл сын ғана")
		c.Browser(nil).Get("/en/moderation").Want(200, "Brought back", "Бұл сын ғана").Lacks("Ешкімді қорлаған жоқпын")
		if got := fmt.Sprint(told(c, author)); got != "[moderation.told_restored discussion.told_removed]" {
			t.Errorf("told %s", got)
		}

		third := c.Moderator()
		c.Pass(time.Minute)
		c.Browser(third).Post(judge, "act", "remove", "rule", "off_topic.1", "reason", "Басқа сұрақ").Want(303)
		c.Pass(time.Minute)
		b.Post(ask, "words", "Дәл осы сұрақ туралы").Want(303, page)
		c.Browser(second).Post(judge, "act", "uphold", "reason", "Ереже бойынша").Want(303, page)
		b.Get(page).Want(200, "stays removed", "Ереже бойынша").Lacks(ask, "халықты алдау")
		c.wantVerified()
		if got := len(c.Acts("moderation.contest.asked", "moderation.contest.restored", "moderation.contest.upheld")); got != 4 {
			t.Errorf("%d acts", got)
		}
	})
}

// Two moderators decide on one comment otherwise: the second is told, and the record holds one act.
func TestTwoModerators(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		id, seen := c.say(c.Resident(""), discussion.For, "Арзан пәтер сатылады"), c.Now()
		c.Pass(time.Minute)
		moderators := []*citytest.Person{c.Moderator(), c.Moderator()}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, m := range moderators {
			wg.Go(func() {
				errs[i] = c.Discussion.Decide(c.Ctx(), m.Actor, id, moderation.Choice{Approve: i == 0, Rule: "advertising.1", Reason: "Жарнама", Seen: seen})
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("%v, %v", errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil {
				c.Refused(err, civic.Conflict)
			}
		}
	})
}

// What a person wrote is in their download; erased, it is nobody's, and what nobody had seen is gone.
func TestPersonalData(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		someone := c.Resident("")
		id := c.say(someone, discussion.For, "Мен жазғанмын")
		other := c.say(c.Resident(""), discussion.Against, "Мен де жаздым")
		c.Must(c.Discussion.Useful(c.Ctx(), someone.Actor, other, true, ""))
		c.At(time.Date(2026, 3, 3, 23, 30, 0, 0, citytest.Zone))
		hidden := c.say(someone, discussion.For, "Түнде жазғаным")
		c.At(time.Date(2026, 3, 3, 23, 40, 0, 0, citytest.Zone))
		v, _, err := c.Identity.Visit(c.Ctx(), c.SignIn(someone).Cookie)
		c.Must(err)
		data, err := c.Identity.Export(c.Ctx(), v)
		c.Must(err)
		if text := fmt.Sprintf("%+v", data); !strings.Contains(text, "Мен жазғанмын") || !strings.Contains(text, "Түнде жазғаным") || !strings.Contains(text, string(other)) {
			t.Errorf("the download: %s", text)
		}
		c.Must(c.Identity.Erase(c.Ctx(), v, citytest.Password))
		c.Jobs()
		c.Browser(nil).Get("/en"+discussion.Path(id)).Want(200, "Мен жазғанмын", "Resident 1")
		c.Pass(24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get("/en" + discussion.Path(hidden)).Want(404)
		c.Acts()
		if report, _ := c.Verified(); report.Erased == 0 {
			t.Errorf("the record has forgotten nothing: %+v", report)
		}
		m, judge := c.Browser(c.Moderator()), "/en/desk/discussion/"+string(id) // nobody is left to tell
		m.Get(judge).Want(200, "nobody gets a notice").Lacks("The author gets")
		m.Get(m.Post(judge, "act", "remove", "rule", "insult.1", "reason", "Қорлау").Want(303).Location).Want(200, "The comment is removed").Lacks("author told")
	})
}

// Pages go on where they ended, in each order; the table and the interface hold what the pages do.
func TestListsAndFiles(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		c.Set("discussion.per_hour", 100)
		someone := c.Resident("")
		for i := range 23 {
			c.say(someone, discussion.Stances()[i%3], fmt.Sprint("Пікір нөмірі ", i))
			c.Pass(time.Second)
		}
		c.Jobs()
		for _, sort := range discussion.Sorts() {
			for stance, want := range map[discussion.Stance]int{"": 23, discussion.For: 8, discussion.Against: 8, discussion.Question: 7} {
				seen := map[civic.ID]bool{}
				for after, more := "", true; more; more = after != "" {
					v, err := c.Discussion.View(c.Ctx(), civic.Actor{}, discussion.Query{Thing: c.thing, Sort: sort, Stance: stance, After: after})
					c.Must(err)
					for _, l := range v.Items {
						seen[l.ID] = true
					}
					after = v.Next
				}
				if len(seen) != want {
					t.Errorf("%s %s: %d comments, want %d", sort, stance, len(seen), want)
				}
			}
		}
		csv := c.Browser(nil).Get(strings.TrimPrefix(c.path, "/en")+"/comments.csv").Want(200, "Пікір нөмірі 22", "question").Body
		if n := strings.Count(csv, "Пікір нөмірі"); n != 23 {
			t.Errorf("%d rows", n)
		}
		c.Browser(nil).Get(strings.TrimPrefix(c.path, "/en")+"/comments-excel.csv").Want(200, ";Пікір нөмірі")
		c.Browser(nil).Get(strings.TrimPrefix(c.path, "/en") + "/comments.xlsx").Want(200)
		c.Browser(nil).Get("/api/v1"+discussion.ThreadPath(c.thing)+"?sort=newest").Want(200, `"comments":23`, "Пікір нөмірі 22", `"next"`, `"open":true`)
		c.Browser(nil).Get("/api/v1/discussion").Want(200, `"comments":23`, string(c.thing.ID))
		c.Browser(nil).Get("/en/discussion").Want(200, "What does the park need?", "23 comments")
		c.Browser(nil).Get(c.path+"?after=nonsense&sort=nonsense&stance=nonsense").Want(200, "Пікір нөмірі")
		c.Browser(nil).Get("/en/discussion/nobody.knows/x").Want(404)
	})
}

const hostile = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>`

// Words are words: in pages, tables, the interface and titles.
func TestHostileWords(t *testing.T) {
	each(t, nil, func(t *testing.T, c *town) {
		id := c.say(c.Resident(""), discussion.For, hostile+"\n\n\n\nекінші жол")
		c.say(c.Resident(""), discussion.For, "=cmd|' /C calc'!A0 пікір")
		c.Jobs()
		c.Acts()
		for _, path := range []string{c.path, "/en" + discussion.Path(id), "/en/search?q=жол", "/en/trace/discussion.comment/" + string(id)} {
			c.Browser(nil).Get(path).Want(200).Lacks("<script>alert", "<img src=x")
		}
		c.Browser(nil).Get(strings.TrimPrefix(c.path, "/en")+"/comments.csv").Want(200).Lacks("\n=cmd", ",=cmd")
	})
}

// The list of threads is narrowed by what the thing is about and by whether a question waits; what does not match is in none of its pages.
func TestThreadsAreNarrowed(t *testing.T) {
	each(t, func(set *consultations.Settings) { set.Theme = "culture" }, func(t *testing.T, c *town) {
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский\nТұран; Туранский"))
		district := c.Settings.Current().Districts[0]
		set := c.consulted.Defaults()
		set.Question = civic.Text{"kk": "Көшеге не керек?", "ru": "Что нужно улице?", "en": "What does the street need?"}
		set.Host, set.Body, set.District, set.Audience, set.Moderation = c.akimat, c.akimat, district.Code, consultations.Registered, consultations.After
		set.OpensAt, set.ClosesAt = c.Now().AddDate(0, 0, 7), c.Now().AddDate(0, 0, 40)
		id, err := c.consulted.Create(c.Ctx(), c.officer.Actor, set)
		c.Must(err)
		c.Must(c.consulted.Publish(c.Ctx(), c.officer.Actor, id))
		visitor, asel := c.Browser(nil), c.Resident(civic.Kazakh)
		visitor.Get("/en/discussion").Want(200)
		c.say(asel, discussion.For, "Ағаш керек")
		_, err = c.Discussion.Say(c.Ctx(), asel.Actor, discussion.Draft{Thing: civic.Ref{Kind: consultations.Kind, ID: id}, Stance: discussion.Question, Text: "Қашан?"})
		c.Must(err)
		c.Must(c.Discussion.Fold(c.Ctx()))
		const park, street = "What does the park need?", "What does the street need?"
		visitor.Get("/en/discussion").Want(200, park, street)
		visitor.Get("/en/discussion?theme=culture").Want(200, park, "/follow/").Lacks(street)
		visitor.Get("/en/discussion?district="+district.Code).Want(200, street).Lacks(park)
		visitor.Get("/en/discussion?state=waits").Want(200, street).Lacks(park)
		visitor.Get("/en/discussion?state=waits&theme=culture").Want(200, "No such discussion").Lacks(park).Lacks(street)
		visitor.Get("/en/discussion?district=nowhere").Want(200, park, street)
		visitor.Get("/api/v1/discussion?theme=culture").Want(200, string(c.thing.ID)).Lacks(string(id))
	})
}
