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

// noPage holds what no page may show: figures that are none.
var noPage = []string{"NaN", "Inf", "⟦", "<nil>", "style=", "%!"}

func TestMapPage(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, twelve()...)
		path := MapPath(id)
		anyone := s.visitor("")
		for _, lang := range civic.Languages() {
			page := anyone.page("/" + string(lang) + path)
			lacks(t, "before", page, noPage...)
			lacks(t, "before", page, "opinion-map")
		}
		s.crowd(id, 0, 60, time.Minute, camps(30))
		s.work()
		for _, lang := range civic.Languages() {
			page := anyone.page("/" + string(lang) + path)
			contains(t, "map", page, `class="opinion-map"`, `id="group-a"`, `id="group-b"`, `href="#group-a"`, `id="consensus"`, `id="took-part"`,
				"/api"+path, Path(id)+"/report.pdf?lang="+string(lang), "/"+string(lang)+Path(id)+"/results")
			lacks(t, "map", page, noPage...)
			lacks(t, "map", page, "om-you", "map-you")
			if strings.Index(page, `id="group-a"`) > strings.Index(page, `id="group-b"`) {
				t.Error("groups are not read in order")
			}
		}
		contains(t, "results", anyone.page("/kk"+Path(id)+"/results"), `href="/kk`+path+`"`)
		contains(t, "consultation", anyone.page("/kk"+Path(id)), `href="/kk`+path+`"`)
		contains(t, "desk", s.visitor("officer").page("/kk"+deskPath(id)), `href="/kk`+path+`"`, "/report.pdf", panelPath(id))
		contains(t, "panel", s.visitor("moderator").page("/kk"+panelPath(id)), "Күмәнді дауыс байқалған жоқ")
	})
}

// A reader sees where they are; nobody else does, whatever is kept of the page.
func TestYouAreHereOnlyForYou(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, twelve()...)
		s.crowd(id, 0, 60, time.Minute, camps(30))
		s.work()
		path := "/ru" + MapPath(id)
		resident := s.visitor("resident") // resident 1 of the crowd
		contains(t, "one's own", resident.page(path), "om-you", "map-you", "Вы в группе", "Это видите только вы.")
		anyone := s.visitor("")
		first := anyone.get(path)
		lacks(t, "anyone's", first.body, "om-you", "map-you", "Вы в группе")
		resident.page(path)
		lacks(t, "anyone's, after one's own", anyone.page(path), "om-you", "map-you")
		lacks(t, "an officer's", s.visitor("officer").page(path), "om-you", "map-you")
		if r := resident.get(path); !strings.Contains(r.header.Get("Cache-Control"), "no-store") {
			t.Errorf("one's own page may be kept: %s", r.header.Get("Cache-Control"))
		}
		// Somebody without an account is known by the cookie of their browser.
		v := s.visitor("")
		for range 8 {
			at := "/ru" + Path(id)
			page := v.page(at)
			v.sent(at+"/vote", "statement", asked(page), "vote", "agree")
			if page := v.page(path); strings.Contains(page, "om-you") && !strings.Contains(page, "Вы в группе") {
				t.Error("a place without a group")
			}
		}
		contains(t, "the browser's own", v.page(path), "om-you", "Вы в группе")
		lacks(t, "anyone's, after a browser's", anyone.page(path), "om-you", "map-you")
		few := s.visitor("other")
		few.as = "unconfirmed"
		at := "/ru" + Path(id)
		few.sent(at+"/vote", "statement", asked(few.page(at)), "vote", "pass")
		contains(t, "after one answer", few.page(path), "Ответьте ещё на 6 мнений")
		lacks(t, "after one answer", few.page(path), "om-you")
	})
}

// No public exit of the map names a participant: not by number, account or exact place.
func TestMapTellsNobodyWhoIsWhere(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, twelve()...)
		s.crowd(id, 0, 60, time.Hour, camps(30))
		s.burst(id)
		s.work()
		panel, err := s.MapPanel(s.ctx(), moderator, id)
		must(t, err)
		exits := map[string]string{}
		anyone, m := s.visitor(""), s.visitor("moderator")
		exits["page"] = anyone.page("/kk" + MapPath(id))
		exits["data"] = anyone.get("/api" + MapPath(id)).body
		exits["panel"] = m.page("/kk" + panelPath(id))
		exits["preview"] = m.page("/kk" + panelPath(id) + "/leave-out/" + panel.Bursts[0].Key)
		exits["one's own page"] = s.visitor("resident").page("/kk" + MapPath(id))
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
				if no := fmt.Sprint(s.numberOf(id, who)); len(no) > 5 && numbers[no] {
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
	eachSite(t, func(t *testing.T, s *site) {
		seeds := twelve()
		seeds[0], seeds[7] = hostile, "</svg></title>"+hostile
		id := opened(s.testCity, func(set *Settings) {
			set.Question = civic.Text{"kk": hostile, "ru": hostile}
			set.Decision = civic.Text{"kk": hostile}
		}, seeds...)
		s.crowd(id, 0, 60, time.Hour, camps(30))
		s.burst(id)
		s.work()
		panel, err := s.MapPanel(s.ctx(), moderator, id)
		must(t, err)
		m := s.visitor("administrator")
		preview := panelPath(id) + "/leave-out/" + panel.Bursts[0].Key
		again := m.post("/kk"+preview, "reason.kk", "")
		if again.status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", again.status)
		}
		m.sent("/kk"+preview, "reason.kk", hostile)
		for _, lang := range civic.Languages() {
			for _, path := range []string{MapPath(id), panelPath(id), panelPath(id) + "/count-again/1"} {
				page := m.page("/" + string(lang) + path)
				lacks(t, path, page, "<script>alert", "<img src=x", "</svg></title>")
				lacks(t, path, page, noPage...)
			}
		}
		contains(t, "the reason", s.visitor("").page("/kk"+MapPath(id)), "&lt;script&gt;alert(1)")
		s.work()
		m.sent("/kk"+panelPath(id)+"/count-again/1", "reason.kk", "Қате болды")
		contains(t, "the reversal", s.visitor("").page("/kk"+MapPath(id)), "Қате болды", "&lt;script&gt;alert(1)")
		for _, lang := range []string{"kk", "ru", "en", "xx", ""} {
			if r := m.get(Path(id) + "/report.pdf?lang=" + lang); r.status != http.StatusOK || !strings.HasPrefix(r.body, "%PDF-") || r.header.Get("Content-Type") != "application/pdf" {
				t.Errorf("report in %q: %d", lang, r.status)
			}
		}
	})
}

// Nobody, one, all passing, a single statement: pages without a figure that is none.
func TestPoorMapsOverHTTP(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		pass := func(int, int64) Choice { return Pass }
		for name, id := range map[string]civic.ID{"one voter": opened(s.testCity, nil, twelve()...), "all pass": opened(s.testCity, nil, twelve()...),
			"one statement": opened(s.testCity, nil, "Жалғыз пікір"), "no statements": opened(s.testCity, nil)} {
			switch name {
			case "one voter":
				s.crowd(id, 1, 1, 0, camps(30))
			case "all pass":
				s.crowd(id, 0, 35, time.Hour/100, pass)
			case "one statement":
				s.crowd(id, 0, 35, time.Hour/100, func(p int, _ int64) Choice { return Choice(p%3 - 1) })
			}
			must(t, s.makeMap(s.ctx(), id, true))
			for _, lang := range civic.Languages() {
				for _, who := range []string{"", "resident"} {
					page := s.visitor(who).page("/" + string(lang) + MapPath(id))
					lacks(t, name, page, noPage...)
					if name == "one voter" || name == "no statements" {
						lacks(t, name, page, "opinion-map", "om-you", "map-you")
						contains(t, name, page, "notice")
					}
				}
				if r := s.visitor("").get(Path(id) + "/report.pdf?lang=" + string(lang)); r.status != http.StatusOK {
					t.Errorf("%s: report %d", name, r.status)
				}
			}
			r := s.visitor("").get("/api" + MapPath(id))
			lacks(t, name, r.body, noPage...)
			if r.status != http.StatusOK || !json.Valid([]byte(r.body)) {
				t.Errorf("%s: data %d %s", name, r.status, r.body)
			}
		}
	})
}

// A map that is too large says so in words, with both figures.
func TestTooLargeIsSaid(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, twelve()...)
		s.SetBeyond("consultations.map_megabytes", 1)
		s.crowd(id, 0, 40, time.Minute, camps(20))
		s.work()
		contains(t, "page", s.visitor("").page("/ru"+MapPath(id)), "Голосов слишком много", "1,0\u202fМБ")
		contains(t, "panel", s.visitor("moderator").page("/ru"+panelPath(id)), "Голосов слишком много")
		if r := s.visitor("").get(Path(id) + "/report.pdf?lang=ru"); r.status != http.StatusNotFound {
			t.Errorf("report: %d", r.status)
		}
	})
}

// Drafts have no map for anybody but those who manage them; deciding is for moderators.
func TestMapRoles(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		draft, err := s.Create(s.ctx(), officer(akimat), settingsFor(s.testCity, twelve()...))
		must(t, err)
		id := opened(s.testCity, nil, twelve()...)
		s.crowd(id, 0, 60, time.Hour, camps(30))
		s.burst(id)
		s.work()
		panel, err := s.MapPanel(s.ctx(), moderator, id)
		must(t, err)
		leave := "/kk" + panelPath(id) + "/leave-out/" + panel.Bursts[0].Key
		ok := func(status int) bool { return status < 400 || status == http.StatusUnprocessableEntity }
		for who := range people {
			v := s.visitor(who)
			if r := v.get("/kk" + MapPath(draft)); ok(r.status) != (who == "officer" || who == "administrator") {
				t.Errorf("map of a draft as %s: %d", who, r.status)
			}
			if r := v.get("/api" + MapPath(draft)); ok(r.status) != (who == "officer" || who == "administrator") {
				t.Errorf("data of a draft as %s: %d", who, r.status)
			}
			if r := v.get(Path(draft) + "/report.pdf"); r.status != http.StatusNotFound {
				t.Errorf("report of a draft as %s: %d", who, r.status)
			}
			if r := v.get(leave); ok(r.status) != (who == "officer" || who == "administrator" || who == "moderator") {
				t.Errorf("preview as %s: %d", who, r.status)
			}
			decides := who == "administrator" || who == "moderator"
			if r := v.post(leave, "reason.kk", ""); ok(r.status) != decides {
				t.Errorf("leaving out as %s: %d", who, r.status)
			}
		}
		s.visitor("moderator").sent(leave, "reason.kk", "Бірдей жауап")
		for who := range people {
			v := s.visitor(who)
			again := "/kk" + panelPath(id) + "/count-again/1"
			decides := who == "administrator" || who == "moderator"
			if r := v.get(again); ok(r.status) != decides {
				t.Errorf("form to count again as %s: %d", who, r.status)
			}
			if r := v.post(again, "reason.kk", ""); ok(r.status) != decides {
				t.Errorf("counting again as %s: %d", who, r.status)
			}
		}
	})
}

// Whoever keeps the page of a map is told when the map is another.
func TestMapPageIsKeptByVersion(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		id := opened(s.testCity, nil, twelve()...)
		s.crowd(id, 0, 40, time.Minute, camps(20))
		s.work()
		v := s.visitor("")
		first := v.get("/kk" + MapPath(id))
		if v.get("/kk"+MapPath(id)).header.Get("ETag") != first.header.Get("ETag") {
			t.Error("the same map has another version")
		}
		s.crowd(id, 40, 1, time.Minute, camps(20))
		s.work()
		if v.get("/kk"+MapPath(id)).header.Get("ETag") == first.header.Get("ETag") {
			t.Error("a new map has the same version")
		}
	})
}

// Every page of a consultation shows its trace or the bodies' names, so a cached one must go
// when those change, whichever file its route stands in.
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
