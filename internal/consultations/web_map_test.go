package consultations

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record"
)

// noPage lists what no page may show: values such as NaN, which are not figures.
var noPage = []string{"NaN", "Inf", "⟦", "<nil>", "style=", "%!"}

func TestMapPage(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		path := MapPath(id)
		anyone := c.visitor("")
		for _, lang := range civic.Languages() {
			page := anyone.Get("/" + string(lang) + path).Want(http.StatusOK).Body
			lacks(t, "before", page, noPage...)
			lacks(t, "before", page, "opinion-map")
		}
		c.crowd(id, 0, 60, time.Minute, camps(30))
		c.work()
		for _, lang := range civic.Languages() {
			page := anyone.Get("/" + string(lang) + path).Want(http.StatusOK).Body
			contains(t, "map", page, `class="opinion-map"`, `id="group-a"`, `id="group-b"`, `href="#group-a"`, `id="consensus"`, `id="took-part"`,
				"/api/v1"+path, Path(id)+"/report.pdf?lang="+string(lang), "/"+string(lang)+Path(id)+"/results")
			lacks(t, "map", page, noPage...)
			lacks(t, "map", page, "om-you", "map-you")
			if strings.Index(page, `id="group-a"`) > strings.Index(page, `id="group-b"`) {
				t.Error("groups are not read in order")
			}
		}
		anyone.Get("/kk"+Path(id)+"/results").Want(http.StatusOK, `href="/kk`+path+`"`)
		anyone.Get("/kk"+Path(id)).Want(http.StatusOK, `href="/kk`+path+`"`)
		c.visitor("officer").Get("/kk"+deskPath(id)).Want(http.StatusOK, `href="/kk`+path+`"`, "/report.pdf", panelPath(id))
		c.visitor("moderator").Get("/kk"+panelPath(id)).Want(http.StatusOK, "Күмәнді дауыс байқалған жоқ")
	})
}

// A reader sees their own place. Nobody else sees it, even though the page is cached.
func TestYouAreHereOnlyForYou(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 60, time.Minute, camps(30))
		c.work()
		path := "/ru" + MapPath(id)
		resident := c.visitor("resident") // resident 1 of the crowd
		resident.Get(path).Want(http.StatusOK, "om-you", "map-you", "Вы в группе", "Это видите только вы.")
		anyone := c.visitor("")
		first := anyone.Get(path)
		lacks(t, "anyone's", first.Body, "om-you", "map-you", "Вы в группе")
		resident.Get(path).Want(http.StatusOK)
		anyone.Get(path).Want(http.StatusOK).Lacks("om-you", "map-you")
		c.visitor("officer").Get(path).Want(http.StatusOK).Lacks("om-you", "map-you")
		if r := resident.Get(path); !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("one's own page may be kept: %s", r.Header.Get("Cache-Control"))
		}
		// Somebody without an account is known by the cookie of their browser.
		v := c.visitor("")
		for range 8 {
			at := "/ru" + Path(id)
			page := v.Get(at).Want(http.StatusOK).Body
			v.Post(at+"/vote", "statement", asked(page), "vote", "agree").Want(http.StatusSeeOther)
			if page := v.Get(path).Want(http.StatusOK).Body; strings.Contains(page, "om-you") && !strings.Contains(page, "Вы в группе") {
				t.Error("a place without a group")
			}
		}
		v.Get(path).Want(http.StatusOK, "om-you", "Вы в группе")
		anyone.Get(path).Want(http.StatusOK).Lacks("om-you", "map-you")
		few := c.visitor("newcomer")
		at := "/ru" + Path(id)
		few.Post(at+"/vote", "statement", asked(few.Get(at).Want(http.StatusOK).Body), "vote", "pass").Want(http.StatusSeeOther)
		few.Get(path).Want(http.StatusOK, "Ответьте ещё на 6 мнений")
		few.Get(path).Want(http.StatusOK).Lacks("om-you")
	})
}

// No public form of the map identifies a participant: not by number, account or exact place.
func TestMapTellsNobodyWhoIsWhere(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 60, time.Hour, camps(30))
		c.burst(id)
		c.work()
		panel, err := c.MapPanel(c.ctx(), moderator, id)
		must(t, err)
		exits := map[string]string{}
		anyone, m := c.visitor(""), c.visitor("moderator")
		exits["page"] = anyone.Get("/kk" + MapPath(id)).Want(http.StatusOK).Body
		exits["data"] = anyone.Get("/api/v1" + MapPath(id)).Body
		exits["panel"] = m.Get("/kk" + panelPath(id)).Want(http.StatusOK).Body
		exits["preview"] = m.Get("/kk" + panelPath(id) + "/leave-out/" + panel.Bursts[0].Key).Want(http.StatusOK).Body
		exits["one's own page"] = c.visitor("resident").Get("/kk" + MapPath(id)).Want(http.StatusOK).Body
		for name, body := range exits {
			numbers := map[string]bool{}
			for _, n := range regexp.MustCompile(`\d+`).FindAllString(body, -1) {
				numbers[n] = true
			}
			for i := range 72 {
				who := voter(i)
				if i >= 60 {
					who = voter(1000 + i - 60)
				}
				if no := fmt.Sprint(c.numberOf(id, who)); len(no) > 5 && numbers[no] {
					t.Errorf("the %s holds number %s", name, no)
				}
				if strings.Contains(body, string(who.Actor.Account)+`"`) {
					t.Errorf("the %s holds account %s", name, who.Actor.Account)
				}
			}
		}
		var data struct {
			Participants any    `json:"participants"`
			Bursts       any    `json:"bursts"`
			AsOf         string `json:"as_of"`
			Voters       int    `json:"voters"`
			K            int    `json:"k"`
			Dots         []Dot  `json:"dots"`
			Groups       []struct {
				ID   string `json:"id"`
				Size int    `json:"size"`
			} `json:"groups"`
			Statements []struct {
				Text    string         `json:"text"`
				ByGroup map[string]any `json:"by_group"`
			} `json:"statements"`
			Warnings []struct {
				Code string `json:"code"`
			} `json:"warnings"`
		}
		must(t, json.Unmarshal([]byte(exits["data"]), &data))
		people := 0
		for _, d := range data.Dots {
			people += d.People
		}
		if data.Participants != nil || data.Bursts != nil || data.Voters != 72 || people != 72 || len(data.Statements) != 12 || len(data.Groups) != data.K || data.AsOf == "" {
			t.Errorf("data %+v", data)
		}
		for _, w := range data.Warnings {
			if w.Code == "coordinated" {
				t.Error("suspicion is published")
			}
		}
	})
}

func TestHostileWordsOnTheMap(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		seeds := twelve()
		seeds[0], seeds[7] = hostile, "</svg></title>"+hostile
		id := opened(c, func(set *Settings) {
			set.Question = civic.Text{"kk": hostile, "ru": hostile}
			set.Decision = both(hostile)
		}, seeds...)
		c.crowd(id, 0, 60, time.Hour, camps(30))
		c.burst(id)
		c.work()
		panel, err := c.MapPanel(c.ctx(), moderator, id)
		must(t, err)
		m := c.visitor("administrator")
		preview := panelPath(id) + "/leave-out/" + panel.Bursts[0].Key
		again := m.Post("/kk"+preview, "reason.kk", "")
		if again.Status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", again.Status)
		}
		m.Post("/kk"+preview, "reason.kk", hostile, "reason.ru", hostile).Want(http.StatusSeeOther)
		for _, lang := range civic.Languages() {
			for _, path := range []string{MapPath(id), panelPath(id), panelPath(id) + "/count-again/1"} {
				page := m.Get("/" + string(lang) + path).Want(http.StatusOK).Body
				lacks(t, path, page, "<script>alert", "<img src=x", "</svg></title>")
				lacks(t, path, page, noPage...)
			}
		}
		c.visitor("").Get("/kk"+MapPath(id)).Want(http.StatusOK, "&lt;script&gt;alert(1)")
		c.work()
		m.Post("/kk"+panelPath(id)+"/count-again/1", "reason.kk", "Қате болды", "reason.ru", "Это была ошибка").Want(http.StatusSeeOther)
		c.visitor("").Get("/kk"+MapPath(id)).Want(http.StatusOK, "Қате болды", "&lt;script&gt;alert(1)")
		for _, lang := range []string{"kk", "ru", "en", "xx", ""} {
			if r := m.Get(Path(id) + "/report.pdf?lang=" + lang); r.Status != http.StatusOK || !strings.HasPrefix(r.Body, "%PDF-") || r.Header.Get("Content-Type") != "application/pdf" {
				t.Errorf("report in %q: %d", lang, r.Status)
			}
		}
	})
}

// With nobody, with one person, when all pass, with a single statement: no page shows a figure
// that is not a number.
func TestPoorMapsOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		pass := func(int, int64) Choice { return Pass }
		for name, id := range map[string]civic.ID{"one voter": opened(c, nil, twelve()...), "all pass": opened(c, nil, twelve()...),
			"one statement": opened(c, nil, "Жалғыз пікір"), "no statements": opened(c, nil)} {
			switch name {
			case "one voter":
				c.crowd(id, 1, 1, 0, camps(30))
			case "all pass":
				c.crowd(id, 0, 35, time.Hour/100, pass)
			case "one statement":
				c.crowd(id, 0, 35, time.Hour/100, func(p int, _ int64) Choice { return Choice(p%3 - 1) })
			}
			must(t, c.makeMap(c.ctx(), id, true))
			for _, lang := range civic.Languages() {
				for _, who := range []string{"", "resident"} {
					page := c.visitor(who).Get("/" + string(lang) + MapPath(id)).Want(http.StatusOK).Body
					lacks(t, name, page, noPage...)
					if name == "one voter" || name == "no statements" {
						lacks(t, name, page, "opinion-map", "om-you", "map-you")
						contains(t, name, page, "notice")
					}
				}
				if r := c.visitor("").Get(Path(id) + "/report.pdf?lang=" + string(lang)); r.Status != http.StatusOK {
					t.Errorf("%s: report %d", name, r.Status)
				}
			}
			r := c.visitor("").Get("/api/v1" + MapPath(id))
			lacks(t, name, r.Body, noPage...)
			if r.Status != http.StatusOK || !json.Valid([]byte(r.Body)) {
				t.Errorf("%s: data %d %s", name, r.Status, r.Body)
			}
		}
	})
}

// A map that is too large says so in words, with both figures.
func TestTooLargeIsSaid(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.SetBeyond("consultations.map_megabytes", 1)
		c.crowd(id, 0, 40, time.Minute, camps(20))
		c.work()
		c.visitor("").Get("/ru"+MapPath(id)).Want(http.StatusOK, "Голосов слишком много", "1,0\u202fМБ")
		c.visitor("moderator").Get("/ru"+panelPath(id)).Want(http.StatusOK, "Голосов слишком много")
		if r := c.visitor("").Get(Path(id) + "/report.pdf?lang=ru"); r.Status != http.StatusNotFound {
			t.Errorf("report: %d", r.Status)
		}
	})
}

// Only those who manage a draft see a map of it. Only moderators decide what is left out.
func TestMapRoles(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		draft, err := c.Create(c.ctx(), officer(akimat), settingsFor(c, twelve()...))
		must(t, err)
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 60, time.Hour, camps(30))
		c.burst(id)
		c.work()
		panel, err := c.MapPanel(c.ctx(), moderator, id)
		must(t, err)
		leave := "/kk" + panelPath(id) + "/leave-out/" + panel.Bursts[0].Key
		ok := func(status int) bool { return status < 400 || status == http.StatusUnprocessableEntity }
		for who := range people {
			v := c.visitor(who)
			if r := v.Get("/kk" + MapPath(draft)); ok(r.Status) != (who == "officer" || who == "administrator") {
				t.Errorf("map of a draft as %s: %d", who, r.Status)
			}
			if r := v.Get("/api/v1" + MapPath(draft)); r.Status != http.StatusNotFound { // it answers everybody as a visitor
				t.Errorf("data of a draft as %s: %d", who, r.Status)
			}
			if r := v.Get(Path(draft) + "/report.pdf"); r.Status != http.StatusNotFound {
				t.Errorf("report of a draft as %s: %d", who, r.Status)
			}
			if r := v.Get(leave); ok(r.Status) != (who == "officer" || who == "administrator" || who == "moderator") {
				t.Errorf("preview as %s: %d", who, r.Status)
			}
			decides := who == "administrator" || who == "moderator"
			if r := v.Post(leave, "reason.kk", ""); ok(r.Status) != decides {
				t.Errorf("leaving out as %s: %d", who, r.Status)
			}
		}
		c.visitor("moderator").Post(leave, "reason.kk", "Бірдей жауап", "reason.ru", "Одинаковые ответы").Want(http.StatusSeeOther)
		for who := range people {
			v := c.visitor(who)
			again := "/kk" + panelPath(id) + "/count-again/1"
			decides := who == "administrator" || who == "moderator"
			if r := v.Get(again); ok(r.Status) != decides {
				t.Errorf("form to count again as %s: %d", who, r.Status)
			}
			if r := v.Post(again, "reason.kk", ""); ok(r.Status) != decides {
				t.Errorf("counting again as %s: %d", who, r.Status)
			}
		}
	})
}

// A program that keeps the page of a map learns when the map has changed.
func TestMapPageIsKeptByVersion(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, twelve()...)
		c.crowd(id, 0, 40, time.Minute, camps(20))
		c.work()
		v := c.visitor("")
		first := v.Get("/kk" + MapPath(id))
		if v.Get("/kk"+MapPath(id)).Header.Get("ETag") != first.Header.Get("ETag") {
			t.Error("the same map has another version")
		}
		c.crowd(id, 40, 1, time.Minute, camps(20))
		c.work()
		if v.Get("/kk"+MapPath(id)).Header.Get("ETag") == first.Header.Get("ETag") {
			t.Error("a new map has the same version")
		}
	})
}

// Every page of a consultation shows its trace or the names of bodies. So a cached page must be
// dropped when those change, whichever file declares its route.
func TestPagesOfAConsultationFollowTheSameTopics(t *testing.T) {
	s := &Service{}
	for _, rt := range append(s.routes(), s.mapRoutes()...) {
		if rt.Topics == nil || !strings.Contains(rt.Pattern, "{id}") {
			continue
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.SetPathValue("id", "x")
		for _, topic := range []string{"consultation:x", record.TopicOf(civic.Ref{Kind: Kind, ID: "x"}), "organisations"} {
			if !slices.Contains(rt.Topics(r), topic) {
				t.Errorf("%s does not follow %s", rt.Pattern, topic)
			}
		}
	}
}
