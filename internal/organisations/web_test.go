package organisations

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// site is the register behind a web.Server; who asks is named in the header "Actor".
type site struct {
	*world
	server *web.Server
	actors map[string]civic.Actor
}

func newSite(t testing.TB, w *world) *site {
	var err error
	s := &site{world: w, actors: map[string]civic.Actor{"moderator": moderator, "admin": admin, "resident": resident}}
	s.server, err = web.NewServer(web.Config{Catalog: words(), Routes: w.Running().Routes, Versions: w.db.Version, Clock: w.db.Now,
		Authenticate: func(r *http.Request) (civic.Actor, error) { return s.actors[r.Header.Get("Actor")], nil }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) do(method, path, actor string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if actor != "" {
		r.Header.Set("Actor", actor)
		r.Header.Set("Cookie", "birge_session=x")
	}
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	return w
}

func (s *site) get(path, actor string) *httptest.ResponseRecorder {
	return s.do("GET", path, actor, nil)
}

func (s *site) want(w *httptest.ResponseRecorder, status int, parts ...string) string {
	s.t.Helper()
	body := w.Body.String()
	if w.Code != status {
		s.t.Fatalf("status %d, want %d\n%s", w.Code, status, cut(body, 3000))
	}
	if strings.Contains(body, "⟦") {
		at := strings.Index(body, "⟦")
		s.t.Errorf("a text is missing: %s", body[at:min(len(body), at+80)])
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			s.t.Errorf("the page lacks %q\n%s", part, cut(body, 6000))
		}
	}
	return body
}

func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	onEach(t, func(t *testing.T, w *world) {
		w.t = t
		test(t, newSite(t, w))
	})
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.load(string(generate(60)), Mapping{Source: "Тізім"}, false)
		id := s.create(map[Field]string{"name.kk": "«Үміт» қоры", "mission.ru": "Помощь детям", "founded": "1998", "website": "umit.example.kz", "districts": "abay"})
		s.actors["speaker"] = speaksFor(id)
		if err := s.AddMilestone(context.Background(), admin, Milestone{Date: "1996-05-31", Title: civic.Text{"kk": "ҚР қоғамдық бірлестіктер туралы заңы"}, Source: "https://adilet.zan.kz/"}); err != nil {
			t.Fatal(err)
		}
		if err := s.AddMember(context.Background(), moderator, id, Membership{Person: "Сынақ Адам", Post: civic.Text{"kk": "Төрайым"}, Since: "2020"}); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveFiling(context.Background(), s.actors["speaker"], id, 2025, fullFiling(), true); err != nil {
			t.Fatal(err)
		}
		if err := s.Claim(context.Background(), resident, id, "Мен төрағасымын", "1"); err != nil {
			t.Fatal(err)
		}
		claims, _ := s.Claims(context.Background(), moderator, "", 1)
		for _, lang := range []string{"kk", "ru", "en"} {
			for _, page := range []struct{ actor, path string }{
				{"", "/organisations"}, {"", "/organisations?q=Болашақ&theme=health"}, {"", "/organisations?q=жоқсөз"}, {"", PathOf(id)}, {"", PathOf(id) + "/history"},
				{"", "/organisations/changes"}, {"", PathOf(id) + "/feed"}, {"", "/organisations/feed"}, {"", "/organisations/sector"},
				{"", "/organisations/filings?year=2025"}, {"", PathOf(id) + "/filings/2025"},
				{"resident", PathOf(id) + "/claim"}, {"resident", "/claims/mine"}, {"resident", "/claims/" + string(claims[0].ID)},
				{"speaker", PathOf(id) + "/edit"}, {"speaker", PathOf(id) + "/filings/2025/edit"}, {"speaker", PathOf(id) + "/filings/2024/edit"},
				{"moderator", "/organisations"}, {"moderator", "/organisations/new"}, {"moderator", "/organisations/desk"}, {"moderator", "/claims"},
				{"moderator", "/claims/" + string(claims[0].ID)}, {"moderator", PathOf(id)}, {"moderator", PathOf(id) + "/edit"}, {"moderator", PathOf(id) + "/history"},
				{"moderator", "/organisations/import"}, {"admin", "/organisations/milestones"}, {"admin", "/organisations/sector"},
			} {
				s.want(s.get("/"+lang+page.path, page.actor), 200)
			}
		}
		s.want(s.get("/kk"+PathOf(id), ""), 200, "«Үміт» қоры", "Модератор енгізген", "Тексерілмеген", "Төрайым", "Сынақ Адам", "Абай ауданы", "1998")
		if w := s.get("/kk/organisations/filings", ""); w.Code != 303 || w.Header().Get("Location") != "/kk/organisations/filings?year=2025" {
			t.Error(w.Code, w.Header())
		}
	})
}

func fullFiling() Filing {
	n := int64(3)
	return Filing{Activities: civic.Text{"kk": "Жұмыс", "ru": "Работа"}, Sources: map[string]int64{"state": 1_250_000}, Spending: map[string]int64{"projects": 900_000},
		Staff: &n, Volunteers: &n, Founders: &n, Members: &n, Property: "жоқ"}
}

var hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>{{7*7}}' OR 1=1 --`

// Every text that somebody gives, in every place where it comes out again.
func TestHostileTextsStayTexts(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		id := s.create(map[Field]string{"name.kk": hostile, "name.ru": hostile + "ru", "mission.kk": "</script>" + hostile, "address.kk": hostile, "phone": "1 1 1"})
		s.actors["speaker"] = speaksFor(id)
		if err := s.Edit(context.Background(), s.actors["speaker"], id, map[Field]string{"mission.kk": hostile + "2", "links": "https://x.kz/?q=\"><script>"}); err != nil {
			t.Fatal(err)
		}
		if err := s.AddMember(context.Background(), moderator, id, Membership{Person: hostile, Post: civic.Text{"kk": hostile}}); err != nil {
			t.Fatal(err)
		}
		f := fullFiling()
		f.Activities["kk"], f.Property = hostile, hostile
		if err := s.SaveFiling(context.Background(), moderator, id, 2025, f, true); err != nil {
			t.Fatal(err)
		}
		if err := s.Claim(context.Background(), resident, id, hostile, hostile); err != nil {
			t.Fatal(err)
		}
		if err := s.AddMilestone(context.Background(), admin, Milestone{Date: "2000", Title: civic.Text{"kk": hostile}}); err != nil {
			t.Fatal(err)
		}
		s.load("bin,name_kk\n950440001673,\""+strings.ReplaceAll(hostile, `"`, `""`)+"\"\n", Mapping{Source: hostile}, false)
		claims, _ := s.Claims(context.Background(), moderator, "", 1)
		claimPath := "/kk/claims/" + string(claims[0].ID)
		s.do("POST", claimPath+"/decide", "moderator", url.Values{"decision": {"rejected"}, "reason": {hostile}})
		upload := s.upload("kk", `<img src=x onerror=alert(3)>.csv`, `"`+strings.ReplaceAll(hostile, `"`, `""`)+"\",name\n"+`"`+strings.ReplaceAll(hostile, `"`, `""`)+`",x`+"\n")
		paths := map[string]string{
			"/kk/organisations": "", "/ru/organisations": "", "/kk/organisations?q=" + url.QueryEscape(hostile): "", "/kk/organisations?theme=" + url.QueryEscape(hostile) + "&after=" + url.QueryEscape(hostile): "",
			"/kk" + PathOf(id): "moderator", "/kk" + PathOf(id) + "/history": "", "/kk/organisations/changes": "", "/kk" + PathOf(id) + "/edit": "speaker",
			"/kk" + PathOf(id) + "/filings/2025": "", "/kk" + PathOf(id) + "/filings/2025/edit": "speaker", "/kk/organisations/filings?year=2025": "",
			claimPath: "resident", "/kk/claims": "moderator", "/kk/claims/mine": "resident", "/kk/organisations/sector": "admin", "/kk/organisations/milestones": "admin",
			"/kk" + PathOf(id) + "/feed": "", "/kk/organisations/feed": "", upload: "moderator",
		}
		for path, actor := range paths {
			body := s.want(s.get(path, actor), 200)
			for _, bad := range []string{"<script>alert", "<img src=x", "onerror=alert(1)>"} {
				if strings.Contains(body, bad) {
					t.Errorf("%s holds %q", path, bad)
				}
			}
			if strings.Contains(path, "feed") {
				if err := xml.Unmarshal([]byte(body), new(struct {
					XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
				})); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
		body := s.want(s.get("/kk"+PathOf(id), ""), 200)
		_, ld, _ := strings.Cut(body, `<script type="application/ld+json">`)
		ld, _, _ = strings.Cut(ld, "</script>")
		var v map[string]any
		if err := json.Unmarshal([]byte(ld), &v); err != nil || v["name"] != hostile || v["@type"] != "NGO" {
			t.Errorf("%v %s", err, ld)
		}
	})
}

func (s *site) upload(lang, name, content string) string {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, _ := m.CreateFormFile("file", name)
	_, _ = part.Write([]byte(content))
	m.Close()
	r := httptest.NewRequest("POST", "/"+lang+"/organisations/import", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Actor", "moderator")
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	if w.Code != 303 {
		s.t.Fatalf("upload: %d %s", w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

func TestAModeratorImportsATable(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		page := s.upload("ru", "список.csv", "БИН,Кто они,Тел\n950440001673,Фонд «Үміт»,нет\n,Группа «Жас»,+7 725 200 00 00\n")
		s.want(s.get(page, "moderator"), 200, "Кто они", "Фонд «Үміт»", `value="identifier" selected`)
		_, id, _ := strings.Cut(page, "upload=")
		check := url.Values{"upload": {id}, "column0": {"identifier"}, "column1": {""}, "column2": {"phone"}, "kind": {NGO}}
		check.Set("column0", "")
		s.want(s.do("POST", "/ru/organisations/import/check", "moderator", check), 422, "Нет столбца, по которому найти организацию")
		check.Set("column0", "identifier")
		check.Set("column1", "name.ru")
		check.Set("source", "Список акимата")
		if w := s.do("POST", "/ru/organisations/import/check", "moderator", check); w.Code != 303 {
			t.Fatal(w.Code, w.Body)
		}
		s.want(s.get(page, "moderator"), 200, "Строка 2", "Запишите телефон цифрами", "Внести 1 строку в реестр")
		if got := s.names(Query{}); len(got) != 0 {
			t.Fatal(got)
		}
		apply := url.Values{"upload": {id}}
		if w := s.do("POST", "/ru/organisations/import/apply", "moderator", apply); w.Code != 303 {
			t.Fatal(w.Code, w.Body)
		}
		s.want(s.get(page, "moderator"), 200, "внесён")
		if got := s.names(Query{}); len(got) != 1 || got[0] != "Группа «Жас»" {
			t.Error(got)
		}
		if w := s.do("POST", "/ru/organisations/import/apply", "moderator", apply); w.Code != 409 {
			t.Error("applied twice:", w.Code)
		}
		s.actors["other"] = civic.Actor{Account: "0other", Grants: moderator.Grants}
		s.want(s.get(page, "other"), 404)
	})
}

func TestARepresentativeClaimsAndKeepsAPage(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		id := s.create(map[Field]string{"name.ru": "Фонд"})
		path := "/ru" + PathOf(id)
		s.want(s.do("POST", path+"/claim", "resident", url.Values{"why": {"я"}, "contact": {"почта@example.kz"}}), 422, "кто вы в организации", "почта@example.kz")
		form := url.Values{"why": {"Я директор, это видно на сайте"}, "contact": {"тел. 1"}}
		if w := s.do("POST", path+"/claim", "resident", form); w.Code != 303 {
			t.Fatal(w.Code)
		}
		if w := s.do("POST", path+"/claim", "resident", form); w.Code != 409 {
			t.Error("two claims wait:", w.Code)
		}
		s.want(s.get("/ru/claims/mine", "resident"), 200, "На рассмотрении")
		claims, _ := s.Claims(context.Background(), moderator, "", 5)
		c := "/ru/claims/" + string(claims[0].ID)
		s.actors["stranger"] = civic.Actor{Account: "0stranger", Assurance: civic.EmailConfirmed}
		s.want(s.get(c, "stranger"), 404)
		s.want(s.do("POST", c+"/decide", "moderator", url.Values{"decision": {"approved"}}), 422, "Напишите обоснование")
		if w := s.do("POST", c+"/decide", "moderator", url.Values{"decision": {"approved"}, "reason": {"Проверено по сайту"}}); w.Code != 303 {
			t.Fatal(w.Code)
		}
		if w := s.do("POST", c+"/decide", "moderator", url.Values{"decision": {"rejected"}, "reason": {"Ещё раз"}}); w.Code != 409 {
			t.Error("decided twice:", w.Code)
		}
		told := s.told()
		if speakers := s.speakers(id); len(speakers) != 1 || speakers[0] != resident.Account || len(told) != 1 {
			t.Fatal(speakers, told)
		}
		s.want(s.get("/ru"+told[0].Path, "resident"), 200, "Одобрена") // where the notice leads
		for _, who := range []string{"resident", "moderator"} {
			body := s.want(s.get(c, who), 200, "Одобрена", "Проверено по сайту")
			if strings.Contains(body, "тел. 1") {
				t.Error("the contact is still there after the decision")
			}
		}
		s.actors["speaker"] = speaksFor(id)
		s.want(s.do("POST", path+"/edit", "stranger", url.Values{"mission.ru": {"x"}}), 403)
		s.want(s.do("POST", path+"/edit", "speaker", url.Values{"email": {"не почта"}, "mission.ru": {"Учим детей"}}), 422, "Адрес не читается", "Учим детей")
		// What only moderators decide is not taken from a representative's form.
		if w := s.do("POST", path+"/edit", "speaker", url.Values{"mission.ru": {"Учим детей"}, "status": {Liquidated}, "kind": {StateBody}}); w.Code != 303 {
			t.Fatal(w.Code, w.Body)
		}
		v, _ := s.Get(context.Background(), visitor, id)
		if v.Status != Active || v.Kind != NGO || v.Mission["ru"] != "Учим детей" || v.Origins["mission.ru"].Way != Stated {
			t.Errorf("%+v", v.Organisation)
		}
		s.want(s.get(path, ""), 200, "Сообщила сама организация")
		if w := s.do("POST", path+"/verify", "moderator", url.Values{"field": {"mission.ru", "phone", "nonsense"}}); w.Code != 303 {
			t.Fatal(w.Code)
		}
		s.want(s.get(path, ""), 200, "Проверено модератором")
	})
}

func TestTheFilingAssistant(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		id := s.create(map[Field]string{"name.ru": "Фонд"})
		s.create(map[Field]string{"name.ru": "Другой"})
		s.actors["speaker"] = speaksFor(id)
		path := "/ru" + PathOf(id) + "/filings/"
		form := url.Values{"activities.ru": {"Кружки"}, "sources_state": {"1 250 000 ₸"}, "staff": {"3"}, "do": {"keep"}}
		if w := s.do("POST", path+"2025/edit", "speaker", form); w.Code != 303 {
			t.Fatal(w.Code, w.Body)
		}
		s.want(s.get(path+"2025/edit", "speaker"), 200, "Заполнено 3 из 9", "Кружки", "1250000", "Не хватает: Что сделано (kk)", "рабоч")
		s.want(s.get(path+"2025", ""), 404)
		s.want(s.get(path+"2025", "resident"), 404)
		form.Set("do", "file")
		s.want(s.do("POST", path+"2025/edit", "speaker", form), 422, "Заполните этот раздел", "Кружки")
		for k, v := range map[string]string{"activities.kk": "Үйірмелер", "spending_projects": "900000", "volunteers": "0", "founders": "2", "members": "0", "property": "нет"} {
			form.Set(k, v)
		}
		form.Set("staff", "три")
		s.want(s.do("POST", path+"2025/edit", "speaker", form), 422, "целое число")
		form.Set("staff", "3")
		if w := s.do("POST", path+"2025/edit", "speaker", form); w.Code != 303 {
			t.Fatal(w.Code, w.Body)
		}
		s.want(s.get(path+"2025", ""), 200, "1\u00a0250\u00a0000\u00a0₸", "Подано вовремя", "Үйірмелер")
		s.want(s.get("/ru/organisations/filings?year=2025", ""), 200, "Из действующих НПО (2) сведения подали 1, вовремя — 1", "Фонд")
		s.want(s.do("POST", path+"2026/edit", "speaker", form), 409)
		s.want(s.get(path+"2025/edit", "resident"), 403)

		*s.now = time.Date(2027, 4, 1, 1, 0, 0, 0, zone)
		body := s.want(s.get(path+"2026/edit", "speaker"), 200, "Перенесено из прошлогодних сведений", "Үйірмелер")
		if strings.Contains(body, "900000") {
			t.Error("money was taken over from last year")
		}
		if w := s.do("POST", path+"2026/edit", "speaker", form); w.Code != 303 {
			t.Fatal(w.Code)
		}
		s.want(s.get(path+"2026", ""), 200, "Подано с опозданием")
	})
}

// What is hidden is hidden at every exit.
func TestHiddenEntriesHaveNoExit(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		id := s.create(map[Field]string{"name.ru": "Тайнова", "themes": "health", "founded": "1997"})
		s.create(map[Field]string{"name.ru": "Явнова"})
		if err := s.SaveFiling(context.Background(), moderator, id, 2025, fullFiling(), true); err != nil {
			t.Fatal(err)
		}
		exits := []string{"/ru/organisations", "/ru/organisations?q=" + url.QueryEscape("тайнова"), "/ru/organisations?theme=health", "/ru/organisations?year=1997",
			"/ru/organisations/changes", "/ru/organisations/feed", "/organisations/export/csv", "/organisations/export/json", "/organisations/export/xlsx",
			"/ru/organisations/filings?year=2025"}
		own := []string{"/ru" + PathOf(id), "/ru" + PathOf(id) + "/history", "/ru" + PathOf(id) + "/feed", "/ru" + PathOf(id) + "/filings/2025"}
		shows := func(path, actor string) bool {
			w := s.get(path, actor)
			return strings.Contains(w.Body.String(), "Тайнова") && w.Code == 200
		}
		for _, path := range exits[:8] {
			if !shows(path, "") {
				t.Errorf("%s does not show a public entry", path)
			}
		}
		for _, state := range []State{Hidden, Draft} {
			if w := s.do("POST", "/ru"+PathOf(id)+"/state", "moderator", url.Values{"state": {string(state)}}); w.Code != 303 {
				t.Fatal(w.Code)
			}
			for _, path := range append(exits, own...) {
				for _, actor := range []string{"", "resident"} {
					if shows(path, actor) {
						t.Errorf("%s shows %q what is %s", path, actor, state)
					}
				}
			}
			if w := s.get("/ru"+PathOf(id), ""); w.Code != 404 {
				t.Error(w.Code)
			}
			if !shows("/ru"+PathOf(id), "moderator") || !shows("/ru/organisations/desk?state="+string(state), "moderator") {
				t.Error("moderators do not find it")
			}
			s.want(s.get("/ru/organisations/sector", ""), 200)
			if sector, _ := s.Sector(context.Background()); len(sector.Founded) != 0 {
				t.Error("it counts still")
			}
			_ = s.db.Read(context.Background(), func(tx *storage.Tx) error {
				if r, err := titles(tx, civic.Actor{}, []civic.ID{id}); err != nil || len(r) != 0 {
					t.Error(r, err)
				}
				return nil
			})
		}
		s.do("POST", "/ru"+PathOf(id)+"/state", "moderator", url.Values{"state": {string(Public)}})
		if !shows("/ru/organisations?q="+url.QueryEscape("тайнова"), "") {
			t.Error("it does not come back")
		}
	})
}

// Every route, every role: who may not call it is told so, and nothing is done.
func TestRolesAndRoutes(t *testing.T) {
	w := newWorld(t, sqlite(t), nil)
	s := newSite(t, w)
	id := s.create(map[Field]string{"name.ru": "Фонд"})
	s.actors["speaker"] = speaksFor(id)
	s.actors["officer"] = civic.Actor{Account: "0officer", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Officer, Scope: RefOf(id)}}}
	s.actors["elsewhere"] = speaksFor("0000000000000000000000000a")
	roles := []string{"", "resident", "speaker", "elsewhere", "officer", "moderator", "admin"}
	fill := strings.NewReplacer("{id}", string(id), "{claim}", "06edd2stg1tmrejrartaqgs3a0", "{year}", "2025", "{format}", "csv")
	for _, rt := range s.server.Routes() {
		if strings.HasPrefix(rt.Pattern, "/assets") {
			continue
		}
		path := fill.Replace(rt.Pattern)
		if !rt.Plain {
			path = "/ru" + path
		}
		for _, role := range roles {
			code := s.do(rt.Method, path, role, url.Values{}).Code
			allowed := rt.Access.Allow(s.actors[role])
			switch {
			case code >= 500:
				t.Errorf("%s %s as %q: %d", rt.Method, path, role, code)
			case !allowed && role == "" && code != 401, !allowed && role != "" && code != 403:
				t.Errorf("%s %s as %q: %d although not allowed", rt.Method, path, role, code)
			case allowed && code == 401:
				t.Errorf("%s %s as %q: %d although allowed", rt.Method, path, role, code)
			case rt.Access.Name == web.Hosts.Name && (role == "elsewhere" || role == "officer") && code < 400:
				t.Errorf("%s %s as %q, who acts for another: %d", rt.Method, path, role, code)
			}
		}
	}
}

func TestExportsComeBackWithoutAChange(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.load(string(generate(120)), Mapping{}, false)
		s.create(map[Field]string{"name.kk": "=1+1", "mission.kk": "бірінші жол\nекінші; «тырнақша», \"quotes\"", "themes": "health; other", "links": "https://a.kz https://b.kz"})
		for _, format := range []string{FormatCSV, FormatXLSX} {
			file := s.get("/organisations/export/"+format, "").Body.Bytes()
			if format == FormatCSV && !bytes.Contains(file, []byte("'=1+1")) {
				t.Error("a formula is not escaped")
			}
			r, err := s.Import(context.Background(), bytes.NewReader(file), int64(len(file)), Mapping{}, false, nil)
			if err != nil || r.Rows != 121 || r.Unchanged != 121 || len(r.Problems) > 0 {
				t.Errorf("%s: %v %v", format, r, err)
			}
			// Into an empty register: the same organisations at the same addresses.
			empty := newWorld(t, sqlite(t), s.now)
			if r, err = empty.Import(context.Background(), bytes.NewReader(file), int64(len(file)), Mapping{}, false, nil); err != nil || r.Created != 121 {
				t.Errorf("%s: %v %v", format, r, err)
			}
			var again bytes.Buffer
			if err := empty.Export(context.Background(), &again, FormatCSV, Query{}); err != nil {
				t.Fatal(err)
			}
			if format == FormatCSV && !bytes.Equal(again.Bytes(), file) {
				t.Error("the export of the import differs")
			}
		}
		var all []struct{ Name civic.Text }
		body := s.want(s.get("/organisations/export/json?kind=ngo", ""), 200)
		if err := json.Unmarshal([]byte(body), &all); err != nil || len(all) != 121 || all[120].Name["kk"] != "=1+1" {
			t.Error(err, len(all))
		}
		s.want(s.get("/organisations/export/exe", ""), 404)
	})
}

// BenchmarkSignedInList answers list pages to somebody with a session, who never gets a cached
// page, from a register and from one a hundred times as large. "found" is the look into the
// database alone, as every change of the register makes it necessary once.
func BenchmarkSignedInList(b *testing.B) {
	for _, n := range []int{200, 20_000} {
		w := newWorld(b, sqlite(b), nil)
		s := newSite(b, w)
		w.load(string(generate(n)), Mapping{}, false)
		for _, tc := range []struct {
			name string
			q    url.Values
		}{
			{"all", url.Values{}}, {"theme", url.Values{"theme": {"health"}}}, {"two filters", url.Values{"theme": {"health"}, "district": {"abay"}}},
			{"common word", url.Values{"q": {"қоры"}}}, {"rare word", url.Values{"q": {"болашақ 100"}}},
		} {
			b.Run(fmt.Sprintf("page/%s/%d", tc.name, n), func(b *testing.B) {
				cpu := cpuTime()
				for b.Loop() {
					if w := s.get("/kk/organisations?"+tc.q.Encode(), "resident"); w.Code != 200 {
						b.Fatal(w.Code)
					}
				}
				b.ReportMetric(float64(cpuTime()-cpu)/1e6/float64(b.N), "cpu-ms/op")
			})
			b.Run(fmt.Sprintf("found/%s/%d", tc.name, n), func(b *testing.B) {
				cpu := cpuTime()
				for b.Loop() {
					if err := w.db.Read(context.Background(), func(tx *storage.Tx) error { _, err := list(tx, queryOf(tc.q)); return err }); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(cpuTime()-cpu)/1e6/float64(b.N), "cpu-ms/op")
			})
		}
	}
}
