package consultations

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// people are who a test can be, by the header that stands for a session.
var people = map[string]civic.Actor{
	"resident": resident(1), "other": resident(2), "officer": officer(akimat), "police": officer(police), "moderator": moderator,
	"administrator": administrator, "representative": represents, "unconfirmed": {Account: "new"},
}

// site is the pages over HTTP.
type site struct {
	*testCity
	server *web.Server
}

func newSite(t testing.TB, c *testCity) *site {
	t.Helper()
	server, err := web.NewServer(web.Config{Catalog: c.Catalog, Routes: c.running().Routes, Versions: c.db.Version, Clock: c.db.Now,
		Authenticate: func(r *http.Request) (civic.Actor, error) { return people[r.Header.Get("X-Test-Person")], nil },
		Shell:        func(_ *http.Request, p *ui.Page) { p.City = civic.Text{"kk": "Қала"} }})
	must(t, err)
	return &site{c, server}
}

func eachSite(t *testing.T, test func(t *testing.T, s *site)) {
	each(t, func(t *testing.T, c *testCity) { test(t, newSite(t, c)) })
}

// visitor is one browser.
type visitor struct {
	*site
	as      string
	cookies map[string]string
}

func (s *site) visitor(as string) *visitor { return &visitor{s, as, map[string]string{}} }

type reply struct {
	status int
	body   string
	header http.Header
}

func (v *visitor) do(r *http.Request) reply {
	v.t.Helper()
	if v.as != "" {
		r.Header.Set("X-Test-Person", v.as)
		r.AddCookie(&http.Cookie{Name: "birge_session", Value: v.as})
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.server.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	return reply{w.Code, w.Body.String(), w.Header()}
}

func (v *visitor) get(path string) reply {
	v.t.Helper()
	return v.do(httptest.NewRequest("GET", path, nil))
}

// page gets a page that must be there.
func (v *visitor) page(path string) string {
	v.t.Helper()
	r := v.get(path)
	if r.status != http.StatusOK {
		v.t.Fatalf("GET %s: %d %s", path, r.status, r.body)
	}
	lacks(v.t, path, r.body, "⟦")
	return r.body
}

func (v *visitor) post(path string, form ...string) reply {
	v.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

// sent posts a form that must be taken, and returns where it leads.
func (v *visitor) sent(path string, form ...string) string {
	v.t.Helper()
	r := v.post(path, form...)
	if r.status != http.StatusSeeOther {
		v.t.Fatalf("POST %s: %d %s", path, r.status, r.body)
	}
	return r.header.Get("Location")
}

var statementField = regexp.MustCompile(`name="statement" value="(\d+)"`)

func asked(page string) string {
	if m := statementField.FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

func TestAVisitorTakesPart(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, "Көбірек ағаш отырғызылсын", "Орындықтар жөнделсін")
		path := "/kk" + Path(id)
		v := s.visitor("")
		contains(t, "list", v.page("/kk/consultations"), "Саябақта не керек?", path, "Қала әкімдігі")
		page := v.page(path)
		contains(t, "page", page, "Саябақта не керек?", "<strong>старый</strong>", `lang="ru"`, "2 пікірден 0 пікірге")
		first := asked(page)
		to := v.sent(path+"/vote", "statement", first, "vote", "agree")
		if to != path+"#vote" {
			t.Errorf("leads to %s", to)
		}
		page = v.page(path)
		if second := asked(page); second == first || second == "" {
			t.Errorf("asked %q after %q", second, first)
		}
		contains(t, "page", page, "2 пікірден 1 пікірге")
		v.sent(path+"/vote", "statement", asked(page), "vote", "pass")
		contains(t, "page", v.page(path), "Рақмет!")

		// A change, from the list of one's own answers.
		mine := v.page(path + "/mine")
		contains(t, "mine", mine, "Көбірек ағаш", "Орындықтар", `aria-pressed="true"`)
		if to := v.sent(path+"/vote", "statement", first, "vote", "disagree", "from", "mine"); to != path+"/mine" {
			t.Errorf("leads to %s", to)
		}
		contains(t, "mine", v.page(path+"/mine"), "Жауабыңыз өзгертілді.")
		lacks(t, "somebody else's answers", s.visitor("").page(path+"/mine"), "Көбірек ағаш")

		// A statement of one's own: first the likes of it, then insisting on the same text only.
		r := v.post(path+"/add", "text", "Көбірек ағаштар отырғызылсын")
		contains(t, "likes", r.body, "Осылардың бірі емес пе?", "Көбірек ағаш отырғызылсын", `name="compared" value="Көбірек ағаштар отырғызылсын"`)
		r = v.post(path+"/add", "text", "Ағаштар көбірек отырғызылсын", "compared", "Көбірек ағаштар отырғызылсын")
		contains(t, "another text is compared again", r.body, "Осылардың бірі емес пе?")
		v.sent(path+"/add", "text", "Көбірек ағаштар отырғызылсын", "compared", "Көбірек ағаштар отырғызылсын")
		r = v.post(path+"/add", "text", strings.Repeat("ұзақ ", 100))
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("too long: %d", r.status)
		}
		contains(t, "too long", r.body, "499 таңба болды", "ұзақ ұзақ", `href="#f-text"`)

		s.must(s.Fold(s.ctx()))
		results := v.page(path + "/results")
		contains(t, "results", results, "1 қатысушы", "2 дауыс", "3 пікір", "Күн сайынғы қатысу", "Пікір екіге бөлінген", "Көбірек ағаштар отырғызылсын")
		if vote := v.post(path+"/vote", "statement", "77", "vote", "agree"); vote.status != http.StatusNotFound {
			t.Errorf("an unknown statement: %d", vote.status)
		}
		if vote := v.post(path+"/vote", "statement", first, "vote", "maybe"); vote.status != http.StatusUnprocessableEntity {
			t.Errorf("an unknown answer: %d", vote.status)
		}
		s.at(start.AddDate(0, 0, 30))
		r = v.post(path+"/vote", "statement", first, "vote", "agree")
		if r.status != http.StatusConflict {
			t.Errorf("a vote after closing: %d", r.status)
		}
		contains(t, "closed", r.body, "Талқылау аяқталды")
	})
}

func TestAnOfficersWay(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		o := s.visitor("officer")
		r := o.post("/ru/desk/consultations/new", "question.ru", "", "host", string(akimat), "statement_max", "5", "answer_days", "15", "audience", "anyone",
			"moderation", "before", "opens_at", "2026-03-20", "closes_at", "2026-03-10", "seeds", hostile+"\nБольше света")
		if r.status != http.StatusUnprocessableEntity {
			t.Fatalf("%d %s", r.status, r.body)
		}
		contains(t, "form", r.body, "Напишите вопрос хотя бы на одном языке.", "от 40 до 2", "позже первого", `value="2026-03-10"`, "Больше света", `href="#f-question.kk"`)
		to := o.sent("/ru/desk/consultations/new", "question.ru", "Какой двор сделать первым?", "context.ru", "Денег хватит на **один**.", "decision.ru", "План 2027", "host", string(akimat),
			"statement_max", "140", "answer_days", "10", "audience", "anyone", "moderation", "before", "opens_at", "2026-03-02", "closes_at", "2026-03-31", "seeds", "Двор на Абая\n\nБольше света")
		id := civic.ID(to[strings.LastIndexByte(to, '/')+1:])
		desk, public := "/ru"+deskPath(id), "/ru"+Path(id)
		contains(t, "desk", o.page("/ru/desk/consultations"), "Какой двор сделать первым?", "Черновик")
		if r := s.visitor("").get(public); r.status != http.StatusNotFound {
			t.Errorf("a draft is public: %d", r.status)
		}
		contains(t, "edit", o.page(desk+"/edit"), `value="2026-03-31"`, "Двор на Абая\nБольше света", `value="140"`)
		o.sent(desk+"/edit", "question.ru", "Какой двор сделать первым?", "host", string(akimat), "body", string(akimat), "statement_max", "140", "answer_days", "10",
			"audience", "anyone", "moderation", "before", "opens_at", "2026-03-02", "closes_at", "2026-03-04", "seeds", "Двор на Абая\nБольше света")
		if r := o.post(desk + "/publish"); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "не меньше 10 рабочих дней") {
			t.Errorf("too short: %d %s", r.status, r.body)
		} else { // the problem stands at its field, in the form where it can be mended
			contains(t, "publish", r.body, `href="#f-closes_at"`, `id="f-closes_at"`, `value="2026-03-04"`, `action="`+desk+`/edit"`)
		}
		o.sent(desk+"/edit", "question.ru", "Какой двор сделать первым?", "host", string(akimat), "body", string(akimat), "statement_max", "140", "answer_days", "10",
			"audience", "anyone", "moderation", "before", "opens_at", "2026-03-02", "closes_at", "2026-03-31", "seeds", "Двор на Абая\nБольше света")
		o.sent(desk + "/publish")
		contains(t, "desk", o.page(desk), "Открыто")

		v := s.visitor("resident")
		if to := v.sent(public+"/add", "text", "Двор на Сайрамской, там нет света"); to != public {
			t.Error(to)
		}
		contains(t, "author", v.page(public), "появится после проверки")
		queue := o.page(desk + "/queue")
		contains(t, "queue", queue, "Двор на Сайрамской", "data-queue", `name="rule_3"`)
		r = o.post(desk+"/queue/3", "act", "remove", "rule_3", "", "reason_3", "")
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("a removal without a reason: %d", r.status)
		}
		contains(t, "queue", r.body, "Напишите причину.", `href="#f-rule_3"`)
		o.sent(desk+"/queue/3", "act", "approve", "back", "queue")
		contains(t, "queue", o.page(desk+"/queue"), "Проверять больше нечего")
		contains(t, "results", v.page(public+"/results"), "Двор на Сайрамской")
		contains(t, "statement", s.visitor("moderator").page(desk+"/statements/3"), "Двор на Сайрамской", `value="results"`)
		s.visitor("moderator").sent(desk+"/queue/3", "act", "remove", "rule_3", "off_topic", "reason_3", "Это другой <b>район</b>", "back", "results")
		page := v.page(public + "/results?show=removed")
		contains(t, "removed", page, "Не по теме вопроса", "Это другой &lt;b&gt;район&lt;/b&gt;")
		lacks(t, "removed", page, "Сайрамской")
		page = v.page(public + "/results")
		contains(t, "all", page, "Двор на Абая", "Не по теме вопроса", "Это другой &lt;b&gt;район&lt;/b&gt;")
		lacks(t, "all", page, "Сайрамской")
		lacks(t, "people", v.page(public+"/results?show=people"), "Не по теме вопроса")

		r = o.post(desk+"/extend", "closes_at", "2026-03-30", "reason.ru", "")
		contains(t, "extend", r.body, "позже нынешнего срока", "Напишите причину.")
		o.sent(desk+"/extend", "closes_at", "2026-04-10", "reason.ru", "Праздники")
		contains(t, "page", v.page(public), "Срок продлён", "Праздники")
		s.pass(time.Hour)
		o.sent(desk+"/close", "reason.ru", "Все высказались")
		contains(t, "page", v.page(public), "Закрыто досрочно", "Все высказались", "Окончательные числа.")

		contains(t, "answer", o.page(desk+"/answer"), "Двор на Абая", "Ответить на это мнение")
		r = o.post(desk+"/answer/1", "verdict", "taken")
		contains(t, "item", r.body, "Напишите причину.", "checked")
		r = o.post(desk+"/answer/1", "reason.ru", "Причина без решения")
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("an item without a verdict: %d", r.status)
		}
		contains(t, "item", r.body, "Выберите один из вариантов.", "Причина без решения")
		o.sent(desk+"/answer/1", "verdict", "partly", "reason.ru", "Начнём в мае")
		r = o.post(desk+"/answer", "text.ru", "", "person", "", "act", "publish")
		contains(t, "answer", r.body, "Напишите ответ хотя бы на одном языке.", "Напишите, кто отвечает.")
		o.sent(desk+"/answer", "text.ru", "Сделаем **два** двора", "person", "А. Б., отдел", "act", "save")
		lacks(t, "page", v.page(public), "два")
		s.at(start.AddDate(0, 0, 21))
		o.sent(desk+"/answer", "text.ru", "Сделаем **два** двора", "person", "А. Б., отдел", "act", "publish")
		page = v.page(public)
		contains(t, "answered", page, "Сделаем <strong>два</strong> двора", "А. Б., отдел", "Принято частично", "Начнём в мае")
		if n := strings.Count(page, "На 5 рабочих дней позже срока"); n != 1 {
			t.Errorf("that the answer came late is said %d times", n)
		}
		if strings.Index(page, "Сделаем") > strings.Index(page, "О чём это") {
			t.Error("the page does not open with the answer")
		}
		for _, want := range []string{"consultation.publish", "statement.decide", "consultation.extend", "consultation.close", "answer.publish"} {
			if !strings.Contains(strings.Join(s.audited(), "\n"), "officer-00000000000000000000akimat consultations."+want) {
				t.Errorf("%s is not in the audit list: %v", want, s.audited())
			}
		}
	})
}

// Every route, asked by everybody: a way in where there must be none is found here.
func TestRolesAndRoutes(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		if s.db.Engine() == storage.PostgreSQL {
			t.Skip("routes do not depend on the engine")
		}
		draft, err := s.Create(s.ctx(), officer(akimat), settingsFor(s.testCity, "Құпия пікір"))
		must(t, err)
		id := opened(s.testCity, nil, "Бірінші пікір")
		hosts := map[string]bool{"officer": true, "administrator": true}
		desk := map[string]bool{"officer": true, "administrator": true, "moderator": true, "police": true, "representative": true}
		// What is read first, because posting changes the phases.
		routes := slices.SortedStableFunc(slices.Values(s.server.Routes()), func(a, b web.Route) int { return strings.Compare(a.Method, b.Method) })
		for _, route := range routes {
			if strings.HasPrefix(route.Pattern, "/assets") || strings.Contains(route.Pattern, "/map/") || strings.HasSuffix(route.Pattern, "/report.pdf") {
				continue // those of the map need one: TestMapRoles
			}
			for _, target := range []civic.ID{id, draft} {
				for who := range people {
					path := strings.NewReplacer("{id}", string(target), "{no}", "1").Replace(route.Pattern)
					if !route.Plain {
						path = "/kk" + path
					}
					v := s.visitor(who)
					var r reply
					if route.Method == "GET" {
						r = v.get(path)
					} else {
						r = v.post(path, "statement", "1", "vote", "pass", "text", "Көшеде жарық аз", "act", "approve")
					}
					allowed := true
					switch {
					case strings.HasSuffix(route.Pattern, "/desk/consultations"):
						allowed = desk[who]
					case strings.Contains(route.Pattern, "/desk/consultations/new"):
						allowed = hosts[who] || who == "police"
					case strings.Contains(route.Pattern, "/queue") || strings.HasSuffix(route.Pattern, "/map") && strings.HasPrefix(route.Pattern, "/desk") || strings.HasSuffix(route.Pattern, "/statements/{no}") && strings.HasPrefix(route.Pattern, "/desk"):
						allowed = hosts[who] || who == "moderator" && (target == id || route.Method == "POST") // the draft was published by then
					case strings.Contains(route.Pattern, "/answer"):
						allowed = who == "officer"
					case route.Pattern == "/desk/consultations/{id}":
						allowed = hosts[who] || who == "moderator" && target == id
					case strings.HasPrefix(route.Pattern, "/desk"):
						allowed = hosts[who]
					case strings.Contains(route.Pattern, "{id}"):
						allowed = target == id || hosts[who] && route.Method == "GET"
					}
					refused := r.status == http.StatusForbidden || r.status == http.StatusNotFound || r.status == http.StatusUnauthorized
					if r.status >= 500 || allowed && refused || !allowed && !refused {
						t.Errorf("%s %s as %s (draft: %v): %d", route.Method, route.Pattern, who, target == draft, r.status)
					}
				}
			}
		}
		for _, route := range s.server.Routes() { // and by somebody without an account
			if strings.HasPrefix(route.Pattern, "/desk") {
				r := httptest.NewRequest(route.Method, "/kk"+strings.NewReplacer("{id}", string(id), "{no}", "1").Replace(route.Pattern), nil)
				if got := s.visitor("").do(r); got.status != http.StatusUnauthorized {
					t.Errorf("%s %s without an account: %d", route.Method, route.Pattern, got.status)
				}
			}
		}
	})
}

// exits are all the ways out for what people wrote and what the city holds.
func exits(id civic.ID) []string {
	p := Path(id)
	return []string{"/kk" + p, "/ru" + p, "/kk" + p + "/results", "/kk" + p + "/results?show=removed&sort=newest", "/kk" + p + "/add", "/kk" + p + "/mine",
		p + "/results.csv", "/api" + p, "/api" + p + "/statements", "/api" + p + "/statements?show=removed"}
}

var lists = []string{"/kk/consultations", "/kk/consultations?phase=planned", "/kk/consultations?phase=closed", "/kk/consultations?phase=answered",
	"/kk/consultations?q=құпия", "/kk/consultations.atom", "/api/consultations", "/api/consultations?phase=closed"}

func TestHiddenThingsComeOutNowhere(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		set := settingsFor(s.testCity, "Құпия тұжырым")
		set.Question = civic.Text{"kk": "Құпия сұрақ"}
		draft, err := s.Create(s.ctx(), officer(akimat), set)
		must(t, err)
		half, err := s.Create(s.ctx(), officer(akimat), set)
		s.must(err).must(s.db.Write(s.ctx(), func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE consultations_consultation SET phase = 'importing' WHERE id = $1", half)
			return err
		}))
		id := opened(s.testCity, func(set *Settings) { set.Moderation = Before }, "Ашық тұжырым")
		added, err := s.AddStatement(s.ctx(), id, voter(1), "Күтіп тұрған сөз", "kk", false)
		s.must(err)
		gone, err := s.AddStatement(s.ctx(), id, voter(1), "Балағат сөздер жазылған", "kk", false)
		s.must(err).must(s.Moderate(s.ctx(), moderator, id, gone.No, Decision{Rule: "insult", Reason: "Балағаттау болмайды"}))
		if added.State != Waiting {
			t.Fatal("nothing waits")
		}
		for _, who := range []string{"", "other", "moderator"} {
			v := s.visitor(who)
			for _, hidden := range []civic.ID{draft, half} {
				for _, path := range exits(hidden) {
					if r := v.get(path); r.status != http.StatusNotFound || strings.Contains(r.body, "Құпия") {
						t.Errorf("%s as %q: %d", path, who, r.status)
					}
				}
			}
			for _, path := range append(exits(id), lists...) {
				page := v.page(path)
				lacks(t, path+" as "+who, page, "Құпия сұрақ", "Құпия тұжырым", string(draft), string(half), "Күтіп тұрған", "Балағат сөздер")
			}
			contains(t, "removed", v.page("/kk"+Path(id)+"/results?show=removed"), "Балағаттау болмайды")
		}
	})
}

// Nobody's votes: no exit has an account, a participant's number or a token in it.
func TestNoExitTellsWhoVotedHow(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, "Бірінші пікір", "Екінші пікір")
		v := s.visitor("")
		v.sent("/kk"+Path(id)+"/vote", "statement", "1", "vote", "agree")
		_, err := s.AddStatement(s.ctx(), id, voter(7), "Жетінші тұрғынның сөзі", "kk", false)
		s.must(err).must(s.Vote(s.ctx(), id, voter(7), 1, Agree)).must(s.Fold(s.ctx()))
		secrets := []string{"resident-7", v.cookies[participantCookie], tokenHash(id, v.cookies[participantCookie])}
		s.must(s.db.Read(s.ctx(), func(tx *storage.Tx) error {
			nos, err := storage.All(tx, storage.Scalar[int64], "SELECT no FROM consultations_participant")
			for _, no := range nos {
				secrets = append(secrets, fmt.Sprint(no))
			}
			return err
		}))
		if len(secrets) != 5 || secrets[1] == "" {
			t.Fatalf("secrets %v", secrets)
		}
		for _, who := range []string{"", "other", "officer", "administrator"} {
			for _, path := range append(exits(id), lists...) {
				lacks(t, path+" as "+who, s.visitor(who).page(path), secrets...)
			}
		}
		for _, path := range []string{"", "/queue", "/edit"} {
			lacks(t, "desk"+path, s.visitor("officer").page("/kk"+deskPath(id)+path), secrets...)
		}
	})
}

// What people type is text, wherever it comes out.
func TestHostileTextStaysText(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		bad := civic.Text{"kk": hostile, "ru": "=cmd|' /C calc'!A0 " + hostile}
		id := opened(s.testCity, func(set *Settings) { set.Question, set.Context, set.Decision = bad, bad, bad }, hostile)
		for _, text := range []string{"=1+1 " + hostile, "@SUM(A1) жаман", "Алынатын " + hostile} {
			_, err := s.AddStatement(s.ctx(), id, voter(1), text, "kk", true)
			s.must(err)
		}
		s.must(s.Moderate(s.ctx(), moderator, id, 4, Decision{Rule: "insult", Reason: hostile})).must(s.Vote(s.ctx(), id, voter(1), 1, Agree))
		s.must(s.Extend(s.ctx(), officer(akimat), id, start.AddDate(0, 0, 40), bad))
		check := func(v *visitor, paths ...string) {
			t.Helper()
			for _, path := range paths {
				page := v.page(path)
				if strings.HasPrefix(path, "/api") {
					var any map[string]any
					must(t, json.Unmarshal([]byte(page), &any))
					continue
				}
				if strings.HasSuffix(path, ".atom") {
					var feed struct {
						XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
						Entries []struct {
							Title string `xml:"title"`
						} `xml:"entry"`
					}
					must(t, xml.Unmarshal([]byte(page), &feed))
					if !strings.Contains(feed.Entries[0].Title, "<script>") {
						t.Errorf("the feed lost its title: %q", feed.Entries[0].Title)
					}
					continue
				}
				if strings.HasSuffix(path, ".csv") {
					for line := range strings.Lines(page) {
						for cell := range strings.SplitSeq(strings.TrimSpace(line), ",") {
							if cell = strings.TrimPrefix(cell, `"`); cell != "" && strings.ContainsRune("=+@", rune(cell[0])) {
								t.Errorf("a formula in the table: %q", cell)
							}
						}
					}
					continue
				}
				lacks(t, path, page, "<script>alert", "<img src=x", "onerror=alert(2)>")
			}
		}
		o, v := s.visitor("officer"), s.visitor("resident")
		check(v, append(exits(id), lists...)...)
		check(v, "/kk/consultations?q="+url.QueryEscape(hostile), "/kk"+Path(id)+"/results?sort="+url.QueryEscape(hostile)+"&show="+url.QueryEscape("1 OR 1=1"))
		check(o, "/kk"+deskPath(id), "/kk"+deskPath(id)+"/queue", "/kk"+deskPath(id)+"/extend", "/kk"+deskPath(id)+"/close", "/kk/desk/consultations", "/kk"+deskPath(id)+"/statements/4")
		for _, r := range []reply{v.get("/kk/consultations?after=" + url.QueryEscape(hostile)), v.post("/kk"+Path(id)+"/add", "text", hostile+strings.Repeat("x", 400)),
			v.post("/kk"+Path(id)+"/add", "text", hostile), o.post("/kk/desk/consultations/new", "seeds", hostile, "question.kk", hostile, "host", hostile)} {
			lacks(t, "an answer to hostile input", r.body, "<script>alert", "<img src=x", "onerror=alert(2)>")
		}
		s.must(s.Close(s.ctx(), officer(akimat), id, bad)).must(s.SaveItem(s.ctx(), officer(akimat), id, 1, AnswerItem{Verdict: Taken, Reason: bad}))
		check(o, "/kk"+deskPath(id)+"/answer", "/kk"+deskPath(id)+"/answer/1")
		s.must(s.SaveAnswer(s.ctx(), officer(akimat), id, bad, hostile, true))
		check(v, append(exits(id), lists...)...)
	})
}

func TestAnonymousPagesFollowTheData(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, "Бірінші пікір")
		v := s.visitor("")
		path := "/kk" + Path(id) + "/results"
		first := v.get(path)
		if first.header.Get("ETag") == "" || v.get(path).header.Get("ETag") != first.header.Get("ETag") {
			t.Fatal("the page is not kept")
		}
		changed := func(what string, act func()) {
			t.Helper()
			before := v.get(path).body
			act()
			if v.get(path).body == before {
				t.Errorf("%s does not show", what)
			}
		}
		changed("a vote", func() { s.must(s.Vote(s.ctx(), id, voter(1), 1, Agree)).must(s.Fold(s.ctx())) })
		changed("a removal", func() { s.must(s.Moderate(s.ctx(), moderator, id, 1, Decision{Rule: "insult", Reason: "x"})) })
		changed("a return", func() { s.must(s.Moderate(s.ctx(), moderator, id, 1, Decision{Approve: true})) })
		changed("the end", func() { s.at(start.AddDate(0, 0, 31)); s.must(s.Advance(s.ctx())) })
		path = "/kk" + Path(id)
		changed("a new day", func() { s.pass(48 * time.Hour); s.Jobs() })
		if r := s.visitor("resident").get(path); r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("a page of somebody's own may be kept: %q", r.header.Get("Cache-Control"))
		}
	})
}

func TestNewParticipantsOfOneAddressAreBounded(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.Set("consultations.newcomers_per_hour", 3)
		id := opened(s.testCity, nil, "Бірінші пікір", "Екінші пікір")
		path := "/kk" + Path(id) + "/vote"
		v := s.visitor("")
		for range 3 {
			v = s.visitor("")
			v.sent(path, "statement", "1", "vote", "agree")
		}
		if r := s.visitor("").post(path, "statement", "1", "vote", "agree"); r.status != http.StatusTooManyRequests {
			t.Errorf("the fourth newcomer: %d", r.status)
		}
		v.sent(path, "statement", "2", "vote", "agree") // who is in stays in
		s.Set("consultations.newcomers_per_hour", 4)    // takes effect at once
		s.visitor("").sent(path, "statement", "1", "vote", "agree")
		s.visitor("resident").sent(path, "statement", "1", "vote", "agree")
	})
}

// An IPv6 subscriber has a whole /64 of addresses, and is one.
func TestNewParticipantsOfOneNetworkAreBounded(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.Set("consultations.newcomers_per_hour", 3)
		id := opened(s.testCity, nil, "Бірінші пікір")
		vote := func(from string) int {
			r := httptest.NewRequest("POST", "/kk"+Path(id)+"/vote", strings.NewReader("statement=1&vote=agree"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.RemoteAddr = from
			return s.visitor("").do(r).status
		}
		for i := range 3 {
			if got := vote(fmt.Sprintf("[2001:db8::%d]:1", i)); got != http.StatusSeeOther {
				t.Fatalf("newcomer %d: %d", i, got)
			}
		}
		if got := vote("[2001:db8::ffff]:1"); got != http.StatusTooManyRequests {
			t.Errorf("one network brings as many newcomers as it has addresses: %d", got)
		}
		if got := vote("[2001:db8:0:1::1]:1"); got != http.StatusSeeOther {
			t.Errorf("another network: %d", got)
		}
	})
}

// Voting again says the same as voting for the first time, to whoever asks.
func TestNothingTellsThatSomebodyVoted(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, "Бірінші пікір")
		v := s.visitor("resident")
		first := v.post("/kk"+Path(id)+"/vote", "statement", "1", "vote", "agree")
		second := v.post("/kk"+Path(id)+"/vote", "statement", "1", "vote", "agree")
		if first.status != second.status || first.body != second.body || first.header.Get("Location") != second.header.Get("Location") {
			t.Errorf("%+v and %+v", first, second)
		}
	})
}

// Every page in every language has all its words. That every message is used, and that nothing
// is declared without its words, is tested for all parts at once in internal/app.
func TestTexts(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		if c.db.Engine() == storage.PostgreSQL {
			t.Skip("texts do not depend on the engine")
		}
		s := newSite(t, c)
		id := opened(s.testCity, nil, "Бірінші пікір")
		o := s.visitor("officer")
		for _, lang := range civic.Languages() {
			at := "/" + string(lang)
			for _, path := range []string{"/consultations", "/consultations?phase=answered", Path(id), Path(id) + "/results", Path(id) + "/results?show=removed", Path(id) + "/add", Path(id) + "/mine",
				"/consultations.atom", "/desk/consultations", "/desk/consultations/new", deskPath(id), deskPath(id) + "/queue", deskPath(id) + "/extend", deskPath(id) + "/close"} {
				o.page(at + path)
			}
		}
	})
}
