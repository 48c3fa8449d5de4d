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

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

var statementField = regexp.MustCompile(`name="statement" value="(\d+)"`)

func asked(page string) string {
	if m := statementField.FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

func TestAVisitorTakesPart(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш отырғызылсын", "Орындықтар жөнделсін")
		path := "/kk" + Path(id)
		v := c.visitor("")
		v.Get("/kk/consultations").Want(http.StatusOK, "Саябақта не керек?", path, "Қала әкімдігі")
		page := v.Get(path).Want(http.StatusOK).Body
		contains(t, "page", page, "Саябақта не керек?", "<strong>ескі</strong>", "2 пікірден 0 пікірге")
		first := asked(page)
		to := v.Post(path+"/vote", "statement", first, "vote", "agree").Want(http.StatusSeeOther).Location
		if to != path+"#vote" {
			t.Errorf("leads to %s", to)
		}
		page = v.Get(path).Want(http.StatusOK).Body
		if second := asked(page); second == first || second == "" {
			t.Errorf("asked %q after %q", second, first)
		}
		contains(t, "page", page, "2 пікірден 1 пікірге")
		v.Post(path+"/vote", "statement", asked(page), "vote", "pass").Want(http.StatusSeeOther)
		v.Get(path).Want(http.StatusOK, "Рақмет!")

		// A change, from the list of one's own answers.
		mine := v.Get(path + "/mine").Want(http.StatusOK).Body
		contains(t, "mine", mine, "Көбірек ағаш", "Орындықтар", `aria-pressed="true"`)
		if to := v.Post(path+"/vote", "statement", first, "vote", "disagree", "from", "mine").Want(http.StatusSeeOther).Location; to != path+"/mine" {
			t.Errorf("leads to %s", to)
		}
		v.Get(path+"/mine").Want(http.StatusOK, "Жауабыңыз өзгертілді.")
		c.visitor("").Get(path + "/mine").Want(http.StatusOK).Lacks("Көбірек ағаш")

		// Adding a statement: first similar ones are shown, then the person may insist, but
		// only on the same text.
		r := v.Post(path+"/add", "text", "Көбірек ағаштар отырғызылсын")
		contains(t, "likes", r.Body, "Осылардың бірі емес пе?", "Көбірек ағаш отырғызылсын", `name="compared" value="Көбірек ағаштар отырғызылсын"`)
		r = v.Post(path+"/add", "text", "Ағаштар көбірек отырғызылсын", "compared", "Көбірек ағаштар отырғызылсын")
		contains(t, "another text is compared again", r.Body, "Осылардың бірі емес пе?")
		v.Post(path+"/add", "text", "Көбірек ағаштар отырғызылсын", "compared", "Көбірек ағаштар отырғызылсын").Want(http.StatusSeeOther)
		r = v.Post(path+"/add", "text", strings.Repeat("ұзақ ", 100))
		if r.Status != http.StatusUnprocessableEntity {
			t.Errorf("too long: %d", r.Status)
		}
		contains(t, "too long", r.Body, "499 таңба болды", "ұзақ ұзақ", `href="#f-text"`)

		c.must(c.Fold(c.ctx()))
		results := v.Get(path + "/results").Want(http.StatusOK).Body
		contains(t, "results", results, "1 қатысушы", "2 дауыс", "3 пікір", "Күн сайынғы қатысу", "Пікір екіге бөлінген", "Көбірек ағаштар отырғызылсын")
		if vote := v.Post(path+"/vote", "statement", "77", "vote", "agree"); vote.Status != http.StatusNotFound {
			t.Errorf("an unknown statement: %d", vote.Status)
		}
		if vote := v.Post(path+"/vote", "statement", first, "vote", "maybe"); vote.Status != http.StatusUnprocessableEntity {
			t.Errorf("an unknown answer: %d", vote.Status)
		}
		c.at(start.AddDate(0, 0, 30))
		r = v.Post(path+"/vote", "statement", first, "vote", "agree")
		if r.Status != http.StatusConflict {
			t.Errorf("a vote after closing: %d", r.Status)
		}
		contains(t, "closed", r.Body, "Талқылау аяқталды")
	})
}

func TestAnOfficersWay(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		o := c.visitor("officer")
		r := o.Post("/ru/desk/consultations/new", "question.ru", "", "host", string(akimat), "statement_max", "5", "answer_days", "15", "audience", "anyone",
			"moderation", "before", "opens_at", "2026-03-20", "closes_at", "2026-03-10", "seeds.ru", hostile+"\nБольше света")
		if r.Status != http.StatusUnprocessableEntity {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		contains(t, "form", r.Body, "Напишите вопрос хотя бы на одном языке.", "от 40 до 2", "позже первого", `value="2026-03-10"`, "Больше света", `href="#f-question.kk"`)
		to := o.Post("/ru/desk/consultations/new", "question.kk", "Алдымен қай аула жасалсын?", "question.ru", "Какой двор сделать первым?", "context.kk", "Ақша **біреуіне** ғана жетеді.", "context.ru", "Денег хватит на **один**.", "decision.kk", "2027 жылғы жоспар", "decision.ru", "План 2027", "host", string(akimat),
			"statement_max", "140", "answer_days", "10", "audience", "anyone", "moderation", "before", "opens_at", "2026-03-02", "closes_at", "2026-03-31", "seeds.kk", "Абай көшесіндегі аула\n\nЖарық көбірек", "seeds.ru", "Двор на Абая\n\nБольше света").Want(http.StatusSeeOther).Location
		id := civic.ID(to[strings.LastIndexByte(to, '/')+1:])
		desk, public := "/ru"+deskPath(id), "/ru"+Path(id)
		o.Get("/ru/desk/consultations").Want(http.StatusOK, "Какой двор сделать первым?", "Черновик")
		if r := c.visitor("").Get(public); r.Status != http.StatusNotFound {
			t.Errorf("a draft is public: %d", r.Status)
		}
		o.Get(desk+"/edit").Want(http.StatusOK, `value="2026-03-31"`, "Двор на Абая\nБольше света", `value="140"`)
		o.Post(desk+"/edit", "question.kk", "Алдымен қай аула жасалсын?", "question.ru", "Какой двор сделать первым?", "host", string(akimat), "body", string(akimat), "statement_max", "140", "answer_days", "10",
			"audience", "anyone", "moderation", "before", "opens_at", "2026-03-02", "closes_at", "2026-03-04", "seeds.kk", "Абай көшесіндегі аула\nЖарық көбірек", "seeds.ru", "Двор на Абая\nБольше света").Want(http.StatusSeeOther)
		if r := o.Post(desk + "/publish"); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "не меньше 10 рабочих дней") {
			t.Errorf("too short: %d %s", r.Status, r.Body)
		} else { // the problem stands at its field, in the form where it can be mended
			contains(t, "publish", r.Body, `href="#f-closes_at"`, `id="f-closes_at"`, `value="2026-03-04"`, `action="`+desk+`/edit"`)
		}
		o.Post(desk+"/edit", "question.kk", "Алдымен қай аула жасалсын?", "question.ru", "Какой двор сделать первым?", "host", string(akimat), "body", string(akimat), "statement_max", "140", "answer_days", "10",
			"audience", "anyone", "moderation", "before", "opens_at", "2026-03-02", "closes_at", "2026-03-31", "seeds.kk", "Абай көшесіндегі аула\nЖарық көбірек", "seeds.ru", "Двор на Абая\nБольше света").Want(http.StatusSeeOther)
		o.Post(desk+"/publish", ui.SureName, "yes").Want(http.StatusSeeOther)
		o.Get(desk).Want(http.StatusOK, "Открыто")

		v := c.visitor("resident")
		if to := v.Post(public+"/add", "text", "Двор на Сайрамской, там нет света").Want(http.StatusSeeOther).Location; to != public {
			t.Error(to)
		}
		v.Get(public).Want(http.StatusOK, "появится после проверки")
		queue := "/ru" + queuePath(Consultation{ID: id})
		o.Get(queue).Want(http.StatusOK, "Двор на Сайрамской", "data-queue", desk+"/statements/3?back=")
		r = o.Post(desk+"/statements/3", "act", "remove", "rule", "", "reason", "")
		if r.Status != http.StatusUnprocessableEntity {
			t.Errorf("a removal without a reason: %d", r.Status)
		}
		contains(t, "queue", r.Body, "Напишите причину.", `href="#f-rule"`)
		o.Post(desk+"/statements/3", "act", "approve", "back", "moderation").Want(http.StatusSeeOther)
		o.Get(queue).Want(http.StatusOK, "Проверять больше нечего")
		v.Get(public+"/results").Want(http.StatusOK, "Двор на Сайрамской")
		c.visitor("moderator").Get(desk+"/statements/3").Want(http.StatusOK, "Двор на Сайрамской", `value="remove"`)
		c.visitor("moderator").Post(desk+"/statements/3", "act", "remove", "rule", "off_topic.1", "reason", "Это другой <b>район</b>", ui.SureName, "yes").Want(http.StatusSeeOther)
		page := v.Get(public + "/results?show=removed").Want(http.StatusOK).Body
		contains(t, "removed", page, "Не по теме вопроса", "Это другой &lt;b&gt;район&lt;/b&gt;")
		lacks(t, "removed", page, "Сайрамской")
		page = v.Get(public + "/results").Want(http.StatusOK).Body
		contains(t, "all", page, "Двор на Абая", "Не по теме вопроса", "Это другой &lt;b&gt;район&lt;/b&gt;")
		lacks(t, "all", page, "Сайрамской")
		v.Get(public + "/results?show=people").Want(http.StatusOK).Lacks("Не по теме вопроса")

		r = o.Post(desk+"/extend", "closes_at", "2026-03-30", "reason.ru", "")
		contains(t, "extend", r.Body, "позже нынешнего срока", "Напишите причину.")
		o.Post(desk+"/extend", "closes_at", "2026-04-10", "reason.kk", "Мереке күндері", "reason.ru", "Праздники", ui.SureName, "yes").Want(http.StatusSeeOther)
		v.Get(public).Want(http.StatusOK, "Срок продлён", "Праздники")
		c.pass(time.Hour)
		o.Post(desk+"/close", "reason.kk", "Бәрі пікірін айтты", "reason.ru", "Все высказались", ui.SureName, "yes").Want(http.StatusSeeOther)
		v.Get(public).Want(http.StatusOK, "Закрыто досрочно", "Все высказались", "Голосование окончено")

		o.Get(desk+"/answer").Want(http.StatusOK, "Двор на Абая", "Принято частично", "Без ответа", "Вопрос другого госоргана")
		item := func(more ...string) []string { return append([]string{"no", "1"}, more...) }
		r = o.Post(desk+"/answer", item("act", "publish", "outcome_1", "taken", "promised_1", "2020-01-01")...)
		contains(t, "item", r.Body, "Напишите обоснование.", "selected", "Укажите будущий день")
		r = o.Post(desk+"/answer", item("act", "publish", "reason_1.ru", "Причина без решения")...)
		contains(t, "item", r.Body, "Выберите один вариант.", "Причина без решения")
		r = o.Post(desk+"/answer", item("act", "publish", "outcome_1", "not_ours", "reason_1.ru", "Не к нам")...)
		contains(t, "item", r.Body, "Выберите другой госорган.")
		for _, wrong := range []string{"javascript:alert(1)", "план", strings.Repeat("https://akimat.example/1 ", 11)} {
			r = o.Post(desk+"/answer", item("act", "save", "outcome_1", "partly", "evidence_1", wrong)...).Want(http.StatusUnprocessableEntity, `name="evidence_1"`)
			contains(t, "evidence", r.Body, strings.TrimSpace(wrong))
		}
		o.Post(desk+"/answer", item("act", "save", "outcome_1", "partly", "reason_1.kk", "Мамырда бастаймыз", "reason_1.ru", "Начнём в мае", "promised_1", "2026-06-01", "evidence_1", "https://akimat.example/plan\r\nhttps://akimat.example/map")...).Want(http.StatusSeeOther)
		o.Get(desk+"/answer").Want(http.StatusOK, "https://akimat.example/plan\nhttps://akimat.example/map", "Начнём в мае", "2026-06-01", "1 принято частично")
		r = o.Post(desk+"/answer", "text.ru", "", "person", "", "act", "publish")
		contains(t, "answer", r.Body, "Добавьте текст на казахском", "Добавьте текст на русском", "Укажите ответственное лицо.")
		o.Post(desk+"/answer", "text.ru", "Сделаем **два** двора", "person", "А. Б., отдел", "act", "save").Want(http.StatusSeeOther)
		v.Get(public).Want(http.StatusOK).Lacks("два")
		c.at(start.AddDate(0, 0, 21))
		o = c.visitor("officer") // who signs in again after so long
		o.Post(desk+"/answer", "text.kk", "**Екі** аула жасаймыз", "text.ru", "Сделаем **два** двора", "person", "А. Б., отдел", "act", "publish", ui.SureName, "yes").Want(http.StatusSeeOther)
		page = v.Get(public).Want(http.StatusOK).Body
		contains(t, "answered", page, "Сделаем <strong>два</strong> двора", "А. Б., отдел", "Принято частично", "Начнём в мае", "1 принято частично", "Обещано к", "Обещание")
		// With what the body shows for it, and which words of the statement it had before it.
		_, said, _ := strings.Cut(v.Get(public+"/answer").Want(http.StatusOK).Body, "Начнём в мае")
		contains(t, "evidence", said, `href="https://akimat.example/plan" rel="nofollow noopener"`, `href="https://akimat.example/map"`, "К какой редакции это сказано")
		version := regexp.MustCompile(`/ru(/record/act/[^"]+)`).FindStringSubmatch(said)
		v.Get("/ru"+version[1]).Want(http.StatusOK, "Двор на Абая")
		v.Get("/api/v1"+Path(id)).Want(http.StatusOK, `"evidence":["https://akimat.example/plan","https://akimat.example/map"]`, `"version":"`+strings.TrimPrefix(version[1], "/record/act/")+`"`)
		if n := strings.Count(page, "На 3 рабочих дня позже срока"); n != 1 {
			t.Errorf("that the answer came late is said %d times", n)
		}
		if strings.Index(page, "Сделаем") > strings.Index(page, "О чём это") {
			t.Error("the page does not open with the answer")
		}
		for _, want := range []string{"consultation.publish", "statement.decide", "consultation.extend", "consultation.close", "answer.publish"} {
			if !strings.Contains(strings.Join(c.audited(), "\n"), "officer-00000000000000000000akimat consultations."+want) {
				t.Errorf("%s is not in the audit list: %v", want, c.audited())
			}
		}
	})
}

// Calls every route as everybody, to find a way in where there must be none.
func TestRolesAndRoutes(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		if c.db.Engine() == storage.PostgreSQL {
			t.Skip("routes do not depend on the engine")
		}
		draft, err := c.Create(c.ctx(), officer(akimat), settingsFor(c, "Құпия пікір"))
		must(t, err)
		id := opened(c, nil, "Бірінші пікір")
		hosts := map[string]bool{"officer": true, "administrator": true}
		desk := map[string]bool{"officer": true, "administrator": true, "moderator": true, "police": true, "representative": true}
		// What is read first, because posting changes the phases.
		routes := slices.SortedStableFunc(slices.Values(c.running().Routes), func(a, b web.Route) int { return strings.Compare(a.Method, b.Method) })
		for _, route := range routes {
			if strings.Contains(route.Pattern, "/map/") || strings.HasSuffix(route.Pattern, "/report.pdf") {
				continue // those of the map need one: TestMapRoles
			}
			for _, target := range []civic.ID{id, draft} {
				for who := range people {
					path := strings.NewReplacer("{id}", string(target), "{no}", "1").Replace(route.Pattern)
					if !route.Plain {
						path = "/kk" + path
					}
					v := c.visitor(who)
					var r *citytest.Page
					if route.Method == "GET" {
						r = v.Get(path)
					} else {
						r = v.Post(path, "statement", "1", "vote", "pass", "text", "Көшеде жарық аз", "act", "approve", ui.SureName, "yes")
					}
					allowed := true
					switch {
					case strings.HasSuffix(route.Pattern, "/desk/consultations"):
						allowed = desk[who]
					case strings.Contains(route.Pattern, "/desk/consultations/new"):
						allowed = hosts[who] || who == "police"
					case strings.HasSuffix(route.Pattern, "/language"):
						allowed = false // nobody here has written the statement
					case strings.HasSuffix(route.Pattern, "/translate") || strings.HasSuffix(route.Pattern, "/map") && strings.HasPrefix(route.Pattern, "/desk") || strings.HasSuffix(route.Pattern, "/statements/{no}") && strings.HasPrefix(route.Pattern, "/desk"):
						allowed = hosts[who] || who == "moderator" && (target == id || route.Method == "POST") // the draft was published by then
					case strings.HasSuffix(route.Pattern, "/contest"):
						allowed = false // nothing of theirs was removed: TestAContestWithoutAnAccount
					case route.Pattern == "/consultations/{id}/answer":
						allowed = false // nothing was answered yet
					case strings.Contains(route.Pattern, "/answer"):
						allowed = who == "officer"
					case route.Pattern == "/desk/consultations/{id}":
						allowed = hosts[who] || who == "moderator" && target == id
					case strings.HasPrefix(route.Pattern, "/desk"):
						allowed = hosts[who]
					case route.API != nil:
						allowed = target == id || !strings.Contains(route.Pattern, "{id}") // programs read what visitors see
					case strings.Contains(route.Pattern, "{id}"):
						allowed = target == id || hosts[who] && route.Method == "GET"
					}
					refused := r.Status == http.StatusForbidden || r.Status == http.StatusNotFound || r.Status == http.StatusUnauthorized
					if r.Status >= 500 || allowed && refused || !allowed && !refused {
						t.Errorf("%s %s as %s (draft: %v): %d", route.Method, route.Pattern, who, target == draft, r.Status)
					}
				}
			}
		}
		for _, route := range c.running().Routes { // and by somebody without an account
			if strings.HasPrefix(route.Pattern, "/desk") {
				r := httptest.NewRequest(route.Method, citytest.Origin+"/kk"+strings.NewReplacer("{id}", string(id), "{no}", "1").Replace(route.Pattern), nil)
				if got := c.visitor("").Do(r); got.Status != http.StatusUnauthorized {
					t.Errorf("%s %s without an account: %d", route.Method, route.Pattern, got.Status)
				}
			}
		}
	})
}

// exits are all the places where people's texts and the city's data come out.
func exits(id civic.ID) []string {
	p := Path(id)
	return []string{"/kk" + p, "/ru" + p, "/kk" + p + "/results", "/kk" + p + "/results?show=removed&sort=newest", "/kk" + p + "/add", "/kk" + p + "/mine",
		p + "/results.csv", "/api/v1" + p, "/api/v1" + p + "/statements", "/api/v1" + p + "/statements?show=removed"}
}

var lists = []string{"/kk/consultations", "/kk/consultations?phase=planned", "/kk/consultations?phase=closed", "/kk/consultations?phase=answered",
	"/kk/consultations?q=құпия", "/kk/consultations.atom", "/api/v1/consultations", "/api/v1/consultations?phase=closed"}

func TestHiddenThingsComeOutNowhere(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		set := settingsFor(c, "Құпия тұжырым")
		set.Question = both("Құпия сұрақ")
		draft, err := c.Create(c.ctx(), officer(akimat), set)
		must(t, err)
		half, err := c.Create(c.ctx(), officer(akimat), set)
		c.must(err).must(c.db.Write(c.ctx(), func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE consultations_consultation SET phase = 'importing' WHERE id = $1", half)
			return err
		}))
		id := opened(c, func(set *Settings) { set.Moderation = Before }, "Ашық тұжырым")
		added, err := c.AddStatement(c.ctx(), id, voter(1), "Күтіп тұрған сөз", "kk", false)
		c.must(err)
		gone, err := c.AddStatement(c.ctx(), id, voter(1), "Балағат сөздер жазылған", "kk", false)
		c.must(err).must(c.Moderate(c.ctx(), moderator, id, gone.No, moderation.Choice{Rule: "insult.1", Reason: "Балағаттау болмайды"}))
		if added.State != Waiting {
			t.Fatal("nothing waits")
		}
		for _, who := range []string{"", "other", "moderator"} {
			v := c.visitor(who)
			for _, hidden := range []civic.ID{draft, half} {
				for _, path := range exits(hidden) {
					if r := v.Get(path); r.Status != http.StatusNotFound || strings.Contains(r.Body, "Құпия") {
						t.Errorf("%s as %q: %d", path, who, r.Status)
					}
				}
			}
			for _, path := range append(exits(id), lists...) {
				page := v.Get(path).Want(http.StatusOK).Body
				lacks(t, path+" as "+who, page, "Құпия сұрақ", "Құпия тұжырым", string(draft), string(half), "Күтіп тұрған", "Балағат сөздер")
			}
			v.Get("/kk"+Path(id)+"/results?show=removed").Want(http.StatusOK, "Балағаттау болмайды")
		}
	})
}

// Votes are secret: no exit shows an account, a participant's number or a token.
func TestNoExitTellsWhoVotedHow(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір", "Екінші пікір")
		v := c.visitor("")
		v.Post("/kk"+Path(id)+"/vote", "statement", "1", "vote", "agree").Want(http.StatusSeeOther)
		_, err := c.AddStatement(c.ctx(), id, voter(7), "Жетінші тұрғынның сөзі", "kk", false)
		c.must(err).must(c.Vote(c.ctx(), id, voter(7), 1, Agree)).must(c.Fold(c.ctx()))
		secrets := []string{"resident-7", v.Cookie(participantCookie), tokenHash(id, v.Cookie(participantCookie))}
		c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) error {
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
				lacks(t, path+" as "+who, c.visitor(who).Get(path).Want(http.StatusOK).Body, secrets...)
			}
		}
		for _, path := range []string{"", "/statements/1", "/edit"} {
			lacks(t, "desk"+path, c.visitor("officer").Get("/kk"+deskPath(id)+path).Want(http.StatusOK).Body, secrets...)
		}
	})
}

// What people type is shown as text wherever it comes out.
func TestHostileTextStaysText(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		bad := civic.Text{"kk": hostile, "ru": "=cmd|' /C calc'!A0 " + hostile}
		id := opened(c, func(set *Settings) { set.Question, set.Context, set.Decision = bad, bad, bad }, hostile)
		for _, text := range []string{"=1+1 " + hostile, "@SUM(A1) жаман", "Алынатын " + hostile} {
			_, err := c.AddStatement(c.ctx(), id, voter(1), text, "kk", true)
			c.must(err)
		}
		c.must(c.Moderate(c.ctx(), moderator, id, 4, moderation.Choice{Rule: "insult.1", Reason: hostile})).must(c.Vote(c.ctx(), id, voter(1), 1, Agree))
		c.must(c.Extend(c.ctx(), officer(akimat), id, start.AddDate(0, 0, 40), bad))
		check := func(v *citytest.Browser, paths ...string) {
			t.Helper()
			for _, path := range paths {
				page := v.Get(path).Want(http.StatusOK).Body
				if strings.HasPrefix(path, "/api/v1") {
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
		o, v := c.visitor("officer"), c.visitor("resident")
		check(v, append(exits(id), lists...)...)
		check(v, "/kk/consultations?q="+url.QueryEscape(hostile), "/kk"+Path(id)+"/results?sort="+url.QueryEscape(hostile)+"&show="+url.QueryEscape("1 OR 1=1"))
		check(o, "/kk"+deskPath(id), "/kk"+queuePath(Consultation{ID: id}), "/kk"+deskPath(id)+"/extend", "/kk"+deskPath(id)+"/close", "/kk/desk/consultations", "/kk"+deskPath(id)+"/statements/4")
		for _, r := range []*citytest.Page{v.Get("/kk/consultations?after=" + url.QueryEscape(hostile)), v.Post("/kk"+Path(id)+"/add", "text", hostile+strings.Repeat("x", 400)),
			v.Post("/kk"+Path(id)+"/add", "text", hostile), o.Post("/kk/desk/consultations/new", "seeds.ru", hostile, "question.kk", hostile, "host", hostile)} {
			lacks(t, "an answer to hostile input", r.Body, "<script>alert", "<img src=x", "onerror=alert(2)>")
		}
		c.must(c.Close(c.ctx(), officer(akimat), id, bad)).must(c.saveItem(officer(akimat), id, 1, answers.Verdict{Outcome: answers.Taken, Reason: bad}))
		check(o, "/kk"+deskPath(id)+"/answer")
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, Answer{Text: bad, Person: hostile}, true))
		check(v, append(exits(id), lists...)...)
	})
}

func TestAnonymousPagesFollowTheData(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір")
		v := c.visitor("")
		path := "/kk" + Path(id) + "/results"
		first := v.Get(path)
		if first.Header.Get("ETag") == "" || v.Get(path).Header.Get("ETag") != first.Header.Get("ETag") {
			t.Fatal("the page is not kept")
		}
		changed := func(what string, act func()) {
			t.Helper()
			before := v.Get(path).Body
			act()
			if v.Get(path).Body == before {
				t.Errorf("%s does not show", what)
			}
		}
		changed("a vote", func() { c.must(c.Vote(c.ctx(), id, voter(1), 1, Agree)).must(c.Fold(c.ctx())) })
		changed("a removal", func() {
			c.must(c.Moderate(c.ctx(), moderator, id, 1, moderation.Choice{Rule: "insult.1", Reason: "x"}))
		})
		changed("a return", func() { c.must(c.Moderate(c.ctx(), moderator, id, 1, moderation.Choice{Approve: true})) })
		changed("the end", func() { c.at(start.AddDate(0, 0, 31)); c.must(c.Advance(c.ctx())) })
		path = "/kk" + Path(id)
		changed("a new day", func() { c.pass(48 * time.Hour); c.Jobs() })
		if r := c.visitor("resident").Get(path); r.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("a page of somebody's own may be kept: %q", r.Header.Get("Cache-Control"))
		}
	})
}

func TestNewParticipantsOfOneAddressAreBounded(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Set("consultations.newcomers_per_hour", 3)
		id := opened(c, nil, "Бірінші пікір", "Екінші пікір")
		path := "/kk" + Path(id) + "/vote"
		v := c.visitor("")
		for range 3 {
			v = c.visitor("")
			v.Post(path, "statement", "1", "vote", "agree").Want(http.StatusSeeOther)
		}
		if r := c.visitor("").Post(path, "statement", "1", "vote", "agree"); r.Status != http.StatusTooManyRequests {
			t.Errorf("the fourth newcomer: %d", r.Status)
		}
		v.Post(path, "statement", "2", "vote", "agree").Want(http.StatusSeeOther) // whoever already takes part may go on
		c.Set("consultations.newcomers_per_hour", 4)                              // takes effect at once
		c.visitor("").Post(path, "statement", "1", "vote", "agree").Want(http.StatusSeeOther)
		c.visitor("resident").Post(path, "statement", "1", "vote", "agree").Want(http.StatusSeeOther)
	})
}

// An IPv6 subscriber has a whole /64 of addresses and counts as one address.
func TestNewParticipantsOfOneNetworkAreBounded(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Set("consultations.newcomers_per_hour", 3)
		id := opened(c, nil, "Бірінші пікір")
		vote := func(from string) int {
			v := c.visitor("")
			v.Address = from
			return v.Post("/kk"+Path(id)+"/vote", "statement", "1", "vote", "agree").Status
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

// The answer to a second vote is the same as to the first, whoever votes.
func TestNothingTellsThatSomebodyVoted(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір")
		v := c.visitor("resident")
		first := v.Post("/kk"+Path(id)+"/vote", "statement", "1", "vote", "agree")
		second := v.Post("/kk"+Path(id)+"/vote", "statement", "1", "vote", "agree")
		if first.Status != second.Status || first.Body != second.Body || first.Header.Get("Location") != second.Header.Get("Location") {
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
		id := opened(c, nil, "Бірінші пікір")
		o := c.visitor("officer")
		for _, lang := range civic.Languages() {
			at := "/" + string(lang)
			for _, path := range []string{"/consultations", "/consultations?phase=answered", Path(id), Path(id) + "/results", Path(id) + "/results?show=removed", Path(id) + "/add", Path(id) + "/mine",
				"/consultations.atom", "/desk/consultations", "/desk/consultations/new", deskPath(id), queuePath(Consultation{ID: id}), deskPath(id) + "/extend", deskPath(id) + "/close"} {
				o.Get(at + path).Want(http.StatusOK)
			}
		}
	})
}
