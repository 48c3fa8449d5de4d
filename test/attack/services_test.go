package attack_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/app/demo"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// town is a demonstration city with more to do: statements that wait for moderators, obligations
// of one body, and people who work at the same things.
type town struct {
	*target
	moderators, officers []demo.Login
	representative       demo.Login
	resident             demo.Login
	body, other, group   civic.ID
	consultation         civic.ID
	obligations          []civic.ID
	token                string // of somebody's mails
	talk                 talk
}

// inside opens the city's data beside the running program.
func (c *target) inside(do func(a *app.App)) {
	c.t.Helper()
	a, err := app.Open(c.t.Context(), app.Config{Database: c.dsn, Files: c.files, BallotKeys: c.keys, Capabilities: capabilities.All(), URL: &url.URL{Scheme: "http", Host: "localhost"}})
	if err != nil {
		c.t.Fatal(err)
	}
	defer a.Close()
	do(a)
}

func (c *target) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// newTown adds to the demonstration what many can do at once.
func newTown(c *target) *town {
	c.t.Helper()
	w := &town{target: c}
	c.stop()
	c.inside(w.fill)
	c.start()
	return w
}

func (w *town) fill(a *app.App) {
	ctx := w.t.Context()
	admin := login(w.t, w.target, civic.Administrator)
	w.must(a.DB.Read(ctx, func(tx *storage.Tx) error {
		bodies, err := a.Organisations.Bodies(tx)
		w.body, w.other = bodies[0].ID, bodies[1].ID
		return err
	}))
	groups, err := a.Organisations.List(ctx, civic.Actor{}, organisations.Query{Kind: organisations.NGO})
	w.must(err)
	w.group = groups.Items[0].ID
	person := func(name string, grants ...civic.Grant) demo.Login {
		id := civic.NewID(time.Now())
		l := demo.Login{Email: name + "@attack.test", Password: admin.Password}
		w.must(a.DB.Write(ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(`INSERT INTO identity_account (id, email, name, lang, password, confirmed_at, verified_at, verified_by, created_at, erased_at)
				SELECT $1, $2, $3, 'kk', password, 1, 0, '', 1, 0 FROM identity_account WHERE email = $4`, id, l.Email, name, admin.Email)
			for _, g := range grants {
				if err == nil {
					err = a.Identity.Give(tx, civic.System(), id, g)
				}
			}
			return err
		}))
		return l
	}
	for i := range 8 {
		w.moderators = append(w.moderators, person(fmt.Sprint("moderator", i), civic.Grant{Role: civic.Moderator}))
	}
	for i := range 4 {
		w.officers = append(w.officers, person(fmt.Sprint("officer", i), civic.Grant{Role: civic.Officer, Scope: organisations.RefOf(w.body)}))
	}
	w.representative = person("representative", civic.Grant{Role: civic.Representative, Scope: organisations.RefOf(w.group)})
	w.resident = person("resident")
	boss := civic.Actor{Account: "boss", Grants: []civic.Grant{{Role: civic.Administrator}}}
	service := app.Service[*consultations.Service](a)
	set := service.Defaults()
	set.Question, set.Context, set.Decision = both("Саябақ"), both("Саябақ туралы"), both("Шешім")
	set.Host, set.Body, set.Moderation, set.Audience = w.body, w.body, consultations.Before, consultations.Registered
	set.OpensAt, set.ClosesAt = time.Now().AddDate(0, 0, -1), time.Now().AddDate(0, 0, 30)
	for i := range 8 {
		set.Seeds = append(set.Seeds, both(fmt.Sprint("Саябаққа ағаш отырғызу керек ", i)))
	}
	w.consultation, err = service.Create(ctx, boss, set)
	w.must(err)
	w.must(service.Publish(ctx, boss, w.consultation))
	for i := range 200 {
		who := consultations.Voter{Actor: civic.Actor{Account: civic.ID(fmt.Sprint("writer", i)), Assurance: civic.EmailConfirmed}}
		_, err := service.AddStatement(ctx, w.consultation, who, fmt.Sprintf("%d сөз %d ой %d", i, i*7919%1000, rand.IntN(1e6)), civic.Kazakh, true)
		w.must(err)
	}
	w.fillTalk(a, person, boss, set)
	w.must(a.DB.Write(ctx, func(tx *storage.Tx) error {
		for range 40 {
			o, err := a.Answers.Owe(tx, answers.Obligation{Subject: organisations.RefOf(w.group), Owed: answers.Answer, Body: organisations.RefOf(w.body), Source: "Заң, 76-бап", Start: tx.Now(), Term: civic.Term{Days: 15, Working: true}})
			if err != nil {
				return err
			}
			w.obligations = append(w.obligations, o.ID)
		}
		return nil
	}))
	w.must(a.Notifications.FollowByMail(ctx, "reader@attack.test", civic.Kazakh, "now", organisations.RefOf(w.group)))
	w.token = value[string](w.target, a, "SELECT token FROM notifications_reader WHERE email = 'reader@attack.test'")
}

func both(s string) civic.Text { return civic.Text{"kk": s, "ru": s} }

// value is what a query finds.
func value[T any](c *target, a *app.App, query string, args ...any) (v T) {
	c.t.Helper()
	c.must(a.DB.Read(c.t.Context(), func(tx *storage.Tx) (err error) {
		v, err = storage.One(tx, storage.Scalar[T], query, args...)
		return err
	}))
	return v
}

// enter signs somebody in and returns their cookies, for as many clients as want them.
func (c *target) enter(from int, l demo.Login) http.CookieJar {
	c.t.Helper()
	client := c.client(from)
	if a := c.signIn(client, l); a.status != http.StatusSeeOther {
		c.t.Fatalf("%s: %d %.300s", l.Email, a.status, a.body)
	}
	return client.Jar
}

// Sixty-four people at once ask for each page of obligations, files, places, following, moderation,
// invitations, councils and discussions.
func TestPagesOfServices(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		w := newTown(c)
		lasts := 3 * time.Second
		if strings.HasPrefix(c.dsn, "postgres") {
			lasts = time.Second
		}
		visitor := c.client(1)
		owed := "/answers/" + string(w.obligations[0])
		desk := "/en/desk" + owed
		group := "/organisations/" + string(w.group)
		list := c.get(visitor, "/en/organisations").body + c.get(visitor, "/en/consultations").body
		picture := regexp.MustCompile(`/files/[0-9a-v]{26}/[0-9a-f]{16}\.(png|jpg)`).FindString(list)
		if picture == "" {
			t.Fatal("no picture is shown")
		}
		file := "/en" + picture[:len("/files/")+26]
		admin, moderator, officer := c.enter(2, login(t, c, civic.Administrator)), c.enter(3, w.moderators[0]), c.enter(4, w.officers[0])
		representative, resident := c.enter(5, w.representative), c.enter(6, w.resident)
		files := "/en/desk/files/" + organisations.RefOf(w.group).String()
		for _, page := range append([]page{
			{"/kk/answers", nil}, {"/ru/answers?q=*", nil}, {"/ru/answers?state=overdue&after=*", nil}, {"/en/answers/bodies", nil}, {"/kk" + owed, nil}, {"/en/answers.atom", nil},
			{"/answers.csv?x=*", nil}, {"/answers-excel.csv?x=*", nil}, {"/answers.xlsx?x=*", nil}, {"/api/v1/answers?q=*", nil}, {"/api/v1" + owed, nil},
			{file, nil}, {picture, nil}, {"/en/organisations/map", nil}, {"/en/organisations/map?q=*", nil}, {"/places/picture.svg?at=42.3%*2069.5", nil},
			{"/kk/follow/organisations.organisation/" + string(w.group), nil}, {"/ru/follow/search.query/*", nil}, {"/kk/following/" + w.token, nil}, {"/kk/unsubscribe/" + w.token, nil}, {"/en/rules/days?year=2026", nil},
			{"/rules/days.csv", nil}, {"/en/invitation/*", nil},
			{"/kk/consultations/mine", resident}, {"/kk/following", resident}, {files + "/" + organisations.LogoFiles, representative}, {files + "/" + organisations.DocumentFiles, representative}, {"/kk/desk/moderation", moderator},
			{"/en/desk/answers", officer}, {desk, officer}, {desk + "/answer", officer}, {desk + "/extend", officer}, {desk + "/pass", officer}, {desk + "/pause", officer},
			{"/en" + group + "/double", moderator}, {"/en/desk/people/invitations", admin}, {"/en/settings/outlines", admin}, {"/en/settings/days", admin},
		}, w.talkPages(c.enter(7, w.talk.secretary), moderator, admin)...) {
			ctx, cancel := context.WithTimeout(t.Context(), lasts)
			all := c.crowd(ctx, 20_000, 64, func(n int, client *http.Client) answer {
				if page.as != nil {
					client.Jar = page.as
				}
				return c.get(client, strings.Replace(strings.Replace(page.path, "%*20", "%20", 1), "*", strconv.Itoa(rand.Int()), 1))
			})
			cancel()
			var took []time.Duration
			for _, a := range all {
				took = append(took, a.took)
				if a.status == 0 || a.status >= 500 && a.status != http.StatusServiceUnavailable {
					t.Errorf("%s: %d %.300s", page.path, a.status, a.body)
					break
				}
			}
			shown := regexp.MustCompile(`[0-9a-z]{26}`).ReplaceAllString(page.path, "…")
			c.row("64 clients: "+shown, "%s; p50 %.1f ms, p99 %.1f ms; %d MiB at most so far", codes(all), 1000*quantile(took, 0.5).Seconds(), 1000*quantile(took, 0.99).Seconds(), c.memory()>>20)
		}
	})
}

// Sixty-four people at once follow by mail, send files, let statements in, answer, comment, contest, ask a council and enter its votes. Whatever was
// acknowledged happened once, whatever was not did not happen, and the record proves it.
func TestActsOfServices(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		w := newTown(c)
		follows, logos, documents := w.followAtOnce(), w.sendAtOnce(organisations.LogoFiles), w.sendAtOnce(organisations.DocumentFiles)
		let := w.moderateAtOnce()
		steps, talked := w.answerAtOnce(), w.talkAtOnce()
		verified := ""
		for range 20 { // the sequencer places acts in its own time
			if verified = birge(t, "verify", "--memory", t.TempDir(), c.base); strings.Contains(verified, "hold") {
				break
			}
		}
		if !strings.Contains(verified, "hold") {
			t.Error(verified)
		}
		c.row("birge verify afterwards", "%s", strings.Join(strings.Fields(verified), " "))
		c.inside(func(a *app.App) {
			for a.Record != nil {
				n, err := a.Record.Sequence(t.Context())
				c.must(err)
				if n == 0 {
					break
				}
			}
			want := func(what string, happened, acknowledged int) {
				t.Helper()
				if happened != acknowledged {
					t.Errorf("%s: %d happened, %d were acknowledged", what, happened, acknowledged)
				}
			}
			want("follows", value[int](c, a, "SELECT COUNT(*) FROM notifications_follow f JOIN notifications_reader r ON r.id = f.reader WHERE NOT f.confirmed AND r.email LIKE '%@attack.test'"), follows+1)
			want("readers", value[int](c, a, "SELECT COUNT(*) FROM notifications_reader WHERE email LIKE '%@attack.test'"), follows+1)
			thing := organisations.RefOf(w.group).String()
			want("logos", value[int](c, a, "SELECT COUNT(*) FROM files_file WHERE thing = $1 AND sort = 'organisations.logo'", thing), logos)
			want("documents", value[int](c, a, "SELECT COUNT(*) FROM files_file WHERE thing = $1 AND sort = 'organisations.documents'", thing), documents)
			want("statements let in", value[int](c, a, "SELECT COUNT(*) FROM consultations_statement WHERE state = 'shown' AND NOT official AND consultation = (SELECT no FROM consultations_consultation WHERE id = $1)", w.consultation), let)
			for step, n := range steps {
				acts := 0
				for _, id := range w.obligations {
					acts += value[int](c, a, "SELECT COUNT(*) FROM record_entry WHERE kind = $1 AND subject_id = $2", map[string]string{"answer": "answers.obligation.given", "pass": "answers.obligation.passed", "pause": "answers.obligation.paused", "resume": "answers.obligation.resumed", "extend": "answers.obligation.extended"}[step], id)
				}
				want(step, acts, n)
			}
			given := 0
			for _, id := range w.obligations {
				n := value[int](c, a, "SELECT COUNT(*) FROM answers_verdict v JOIN answers_obligation o ON o.no = v.obligation WHERE o.id = $1", id)
				if n > 1 {
					t.Errorf("%d verdicts on %s", n, id)
				}
				given += n
			}
			want("verdicts", given, steps["answer"]+steps["pass"])
			w.wantTalked(a, talked, want)
		})
	})
}

// tried counts answers, and fails for those that nobody should get.
func (w *town) tried(what string, all []answer, good int) (n int) {
	w.t.Helper()
	var took []time.Duration
	for _, a := range all {
		took = append(took, a.took)
		switch {
		case a.status == good:
			n++
		case a.status == 0, a.status >= 500 && a.status != http.StatusServiceUnavailable:
			w.t.Errorf("%s: %d %.300s", what, a.status, a.body)
		}
	}
	w.row("64 clients "+what, "%s; p50 %d ms, p99 %d ms; %d MiB", codes(all), quantile(took, 0.5).Milliseconds(), quantile(took, 0.99).Milliseconds(), w.memory()>>20)
	return n
}

func (w *town) followAtOnce() int {
	ctx, cancel := context.WithTimeout(w.t.Context(), 8*time.Second)
	defer cancel()
	path := "/ru/follow/organisations.organisation/" + string(w.group)
	return w.tried("follow by mail, each with another address", w.crowd(ctx, 40_000, 64, func(n int, client *http.Client) answer {
		return w.post(client, path, url.Values{"email": {fmt.Sprintf("a%d@attack.test", rand.Int())}, "pace": {"daily"}})
	}), http.StatusOK)
}

// sendAtOnce has one representative send the same small file over and over.
func (w *town) sendAtOnce(sort string) int {
	ctx, cancel := context.WithTimeout(w.t.Context(), 8*time.Second)
	defer cancel()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("words.kk", "Сурет")
	_ = form.WriteField("lang", "kk")
	name, content := "сурет.png", new(bytes.Buffer)
	w.must(png.Encode(content, image.NewRGBA(image.Rect(0, 0, 64, 64))))
	if sort == organisations.DocumentFiles {
		name, content = "жарғы.pdf", bytes.NewBufferString("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	}
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}})
	w.must(err)
	_, _ = part.Write(content.Bytes())
	w.must(form.Close())
	jar := w.enter(7, w.representative)
	path := w.base + "/kk/desk/files/" + organisations.RefOf(w.group).String() + "/" + sort
	return w.tried("send a small file as one representative: "+sort, w.crowd(ctx, 50_000, 64, func(n int, client *http.Client) answer {
		client.Jar = jar
		start := time.Now()
		res, err := client.Post(path, form.FormDataContentType(), bytes.NewReader(body.Bytes()))
		return read(res, err, start)
	}), http.StatusSeeOther)
}

var decision = regexp.MustCompile(`action="/kk(/desk/consultations/[0-9a-v]{26}/statements/\d+)"`)

// moderateAtOnce: eight moderators, with eight windows each, take what waits and let it in.
func (w *town) moderateAtOnce() int {
	ctx, cancel := context.WithTimeout(w.t.Context(), 40*time.Second)
	defer cancel()
	jars := make([]http.CookieJar, len(w.moderators))
	for i, m := range w.moderators {
		jars[i] = w.enter(60+i, m)
	}
	let := map[string]bool{}
	var mu sync.Mutex
	all := w.crowd(ctx, 60_000, 64, func(n int, client *http.Client) answer {
		client.Jar = jars[n%len(jars)]
		if a := w.post(client, "/kk/desk/moderation/take", nil); a.status != http.StatusSeeOther {
			return a
		}
		page := w.get(client, "/kk/desk/moderation")
		mine, _, _ := strings.Cut(page.body, "Тексеруді күтіп тұр</h2>")
		forms := decision.FindAllStringSubmatch(mine, -1)
		if len(forms) == 0 {
			mu.Lock()
			done := len(let) >= 200
			mu.Unlock()
			if done {
				cancel()
			}
			return page
		}
		var last answer
		for _, f := range forms {
			last = w.post(client, "/kk"+f[1], url.Values{"act": {"approve"}, "back": {"moderation"}, "seen": {strconv.FormatInt(time.Now().UnixMilli(), 10)}})
			if last.status == http.StatusSeeOther && strings.Contains(f[1], string(w.consultation)) {
				mu.Lock()
				let[f[1]] = true
				mu.Unlock()
			}
		}
		return last
	})
	w.tried("take and let in, as eight moderators", all, http.StatusSeeOther)
	if len(let) < 100 {
		w.t.Errorf("only %d of 200 statements were let in", len(let))
	}
	return len(let)
}

// answerAtOnce: four officers of one body do everything at once to forty obligations.
func (w *town) answerAtOnce() map[string]int {
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	jars := make([]http.CookieJar, len(w.officers))
	for i, o := range w.officers {
		jars[i] = w.enter(80+i, o)
	}
	forms := map[string]url.Values{"pause": {}, "resume": nil, "extend": {"days": {"3"}}, "pass": {"whose": {organisations.RefOf(w.other).String()}}, "answer": {"outcome": {"taken"}, "person": {"А. Б."}, "_sure": {"yes"}}}
	names := []string{"pause", "resume", "extend", "pass", "answer"}
	done := map[string]int{}
	var mu sync.Mutex
	w.tried("answer, pass on, pause and extend, as four officers of one body", w.crowd(ctx, 70_000, 64, func(n int, client *http.Client) answer {
		client.Jar = jars[n%len(jars)]
		step := names[rand.IntN(len(names)-1)]
		if rand.IntN(20) == 0 {
			step = "answer"
		}
		form := url.Values{"reason.kk": {"Себеп"}, "reason.ru": {"Причина"}}
		for k, v := range forms[step] {
			form[k] = slices.Clone(v)
		}
		a := w.post(client, "/en/desk/answers/"+string(w.obligations[rand.IntN(len(w.obligations))])+"/"+step, form)
		if a.status == http.StatusSeeOther {
			mu.Lock()
			done[step]++
			mu.Unlock()
		}
		return a
	}), http.StatusSeeOther)
	return done
}
