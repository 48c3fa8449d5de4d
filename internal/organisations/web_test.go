package organisations_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func TestEveryPageInEveryLanguage(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.load(string(generate(60)), Mapping{Source: "Тізім"}, false)
		id := w.create(map[Field]string{"name.kk": "«Үміт» қоры", "mission.ru": "Помощь детям", "founded": "1998", "website": "umit.example.kz", "districts": "abay"})
		speaker := speaksFor(id)
		if err := w.AddMilestone(context.Background(), admin, Milestone{Date: "1996-05-31", Title: civic.Text{"kk": "ҚР қоғамдық бірлестіктер туралы заңы"}, Source: "https://adilet.zan.kz/"}); err != nil {
			t.Fatal(err)
		}
		if err := w.AddMember(context.Background(), moderator, id, Membership{Person: "Сынақ Адам", Post: civic.Text{"kk": "Төрайым"}, Since: "2020"}); err != nil {
			t.Fatal(err)
		}
		if err := w.SaveFiling(context.Background(), speaker, id, 2025, fullFiling(), true); err != nil {
			t.Fatal(err)
		}
		if err := w.Claim(context.Background(), resident, id, "Мен төрағасымын", "1"); err != nil {
			t.Fatal(err)
		}
		claims, _ := w.Claims(context.Background(), moderator, "", 1)
		for _, lang := range []string{"kk", "ru", "en"} {
			for _, page := range []struct {
				actor civic.Actor
				path  string
			}{
				{visitor, "/organisations"}, {visitor, "/organisations?q=Болашақ&theme=health"}, {visitor, "/organisations?q=жоқсөз"}, {visitor, PathOf(id)}, {visitor, PathOf(id) + "/history"},
				{visitor, "/organisations/changes"}, {visitor, PathOf(id) + "/feed"}, {visitor, "/organisations/feed"}, {visitor, "/organisations/sector"},
				{visitor, "/organisations/filings?year=2025"}, {visitor, PathOf(id) + "/filings/2025"},
				{resident, PathOf(id) + "/claim"}, {resident, "/claims/mine"}, {resident, "/claims/" + string(claims[0].ID)},
				{speaker, PathOf(id) + "/edit"}, {speaker, PathOf(id) + "/filings/2025/edit"}, {speaker, PathOf(id) + "/filings/2024/edit"},
				{moderator, "/organisations"}, {moderator, "/organisations/new"}, {moderator, "/organisations/desk"}, {moderator, "/claims"},
				{moderator, "/claims/" + string(claims[0].ID)}, {moderator, PathOf(id)}, {moderator, PathOf(id) + "/edit"}, {moderator, PathOf(id) + "/history"},
				{moderator, "/organisations/import"}, {admin, "/organisations/milestones"}, {admin, "/organisations/sector"},
			} {
				w.as(page.actor).Get("/" + lang + page.path).Want(200)
			}
		}
		w.as(visitor).Get("/kk"+PathOf(id)).Want(200, "«Үміт» қоры", "Модератор енгізген", "Тексерілмеген", "Төрайым", "Сынақ Адам", "Абай ауданы", "1998")
		if to := w.as(visitor).Get("/kk/organisations/filings").Want(303).Location; to != "/kk/organisations/filings?year=2025" {
			t.Error(to)
		}
	})
}

func fullFiling() Filing {
	n := int64(3)
	return Filing{Activities: civic.Text{"kk": "Жұмыс", "ru": "Работа"}, Sources: map[string]int64{"state": 1_250_000}, Spending: map[string]int64{"projects": 900_000},
		Staff: &n, Volunteers: &n, Founders: &n, Members: &n, Property: "жоқ"}
}

var hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>{{7*7}}' OR 1=1 --`

// Every text that somebody enters, in every place where it is shown.
func TestHostileTextsStayTexts(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		id := w.create(map[Field]string{"name.kk": hostile, "name.ru": hostile + "ru", "mission.kk": "</script>" + hostile, "address.kk": hostile, "phone": "1 1 1"})
		speaker := speaksFor(id)
		if err := w.Edit(context.Background(), speaker, id, map[Field]string{"mission.kk": hostile + "2", "links": "https://x.kz/?q=\"><script>"}); err != nil {
			t.Fatal(err)
		}
		if err := w.AddMember(context.Background(), moderator, id, Membership{Person: hostile, Post: civic.Text{"kk": hostile}}); err != nil {
			t.Fatal(err)
		}
		f := fullFiling()
		f.Activities["kk"], f.Property = hostile, hostile
		if err := w.SaveFiling(context.Background(), moderator, id, 2025, f, true); err != nil {
			t.Fatal(err)
		}
		if err := w.Claim(context.Background(), resident, id, hostile, hostile); err != nil {
			t.Fatal(err)
		}
		if err := w.AddMilestone(context.Background(), admin, Milestone{Date: "2000", Title: civic.Text{"kk": hostile}}); err != nil {
			t.Fatal(err)
		}
		w.load("bin,name_kk\n950440001673,\""+strings.ReplaceAll(hostile, `"`, `""`)+"\"\n", Mapping{Source: hostile}, false)
		claims, _ := w.Claims(context.Background(), moderator, "", 1)
		claimPath := "/kk/claims/" + string(claims[0].ID)
		w.as(moderator).PostForm(claimPath+"/decide", url.Values{"decision": {"rejected"}, "reason": {hostile}, ui.SureName: {"yes"}})
		upload := w.upload("kk", `<img src=x onerror=alert(3)>.csv`, `"`+strings.ReplaceAll(hostile, `"`, `""`)+"\",name\n"+`"`+strings.ReplaceAll(hostile, `"`, `""`)+`",x`+"\n")
		paths := map[string]civic.Actor{
			"/kk/organisations": visitor, "/ru/organisations": visitor, "/kk/organisations?q=" + url.QueryEscape(hostile): visitor, "/kk/organisations?theme=" + url.QueryEscape(hostile) + "&after=" + url.QueryEscape(hostile): visitor,
			"/kk" + PathOf(id): moderator, "/kk" + PathOf(id) + "/history": visitor, "/kk/organisations/changes": visitor, "/kk" + PathOf(id) + "/edit": speaker,
			"/kk" + PathOf(id) + "/filings/2025": visitor, "/kk" + PathOf(id) + "/filings/2025/edit": speaker, "/kk/organisations/filings?year=2025": visitor,
			claimPath: resident, "/kk/claims": moderator, "/kk/claims/mine": resident, "/kk/organisations/sector": admin, "/kk/organisations/milestones": admin,
			"/kk" + PathOf(id) + "/feed": visitor, "/kk/organisations/feed": visitor, upload: moderator,
		}
		for path, actor := range paths {
			body := w.as(actor).Get(path).Want(200).Body
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
		body := w.as(visitor).Get("/kk" + PathOf(id)).Want(200).Body
		_, ld, _ := strings.Cut(body, `<script type="application/ld+json">`)
		ld, _, _ = strings.Cut(ld, "</script>")
		var v map[string]any
		if err := json.Unmarshal([]byte(ld), &v); err != nil || v["name"] != hostile || v["@type"] != "NGO" {
			t.Errorf("%v %s", err, ld)
		}
	})
}

func (w *world) upload(lang, name, content string) string {
	w.T.Helper()
	return w.as(moderator).Upload("/"+lang+"/organisations/import", "file", name, []byte(content)).Want(303).Location
}

func TestAModeratorImportsATable(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		page := w.upload("ru", "список.csv", "БИН,Кто они,Тел\n950440001674,Фонд «Үміт»,нет\n,Группа «Жас»,+7 725 200 00 00\n")
		w.as(moderator).Get(page).Want(200, "Кто они", "Фонд «Үміт»", `value="identifier" selected`)
		_, id, _ := strings.Cut(page, "upload=")
		check := url.Values{"upload": {id}, "column0": {"identifier"}, "column1": {""}, "column2": {"phone"}, "kind": {NGO}}
		check.Set("column0", "")
		w.as(moderator).PostForm("/ru/organisations/import/check", check).Want(422, "Нет столбца, по которому найти организацию")
		check.Set("column0", "identifier")
		check.Set("column1", "name.ru")
		check.Set("source", "Список акимата")
		w.as(moderator).PostForm("/ru/organisations/import/check", check).Want(303)
		w.as(moderator).Get(page).Want(200, "Строка 2", "Контрольная цифра БИН не сходится", "Внести 1 строку в реестр")
		if got := w.names(Query{}); len(got) != 0 {
			t.Fatal(got)
		}
		apply := url.Values{"upload": {id}}
		w.as(moderator).PostForm("/ru/organisations/import/apply", apply).Want(303)
		w.as(moderator).Get(page).Want(200, "внесён")
		if got := w.names(Query{}); len(got) != 1 || got[0] != "Группа «Жас»" {
			t.Error(got)
		}
		w.as(moderator).PostForm("/ru/organisations/import/apply", apply).Want(409) // not twice
		other := civic.Actor{Account: "0other", Grants: moderator.Grants}
		w.as(other).Get(page).Want(404)
	})
}

// A file is read once, when it comes, and not by every view of its page.
func TestATableIsReadOnce(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		page := w.upload("ru", "список.csv", "БИН,Кто они\n950440001674,Фонд «Үміт»\n")
		w.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE organisation_upload SET data = $1", []byte("PK\x03\x04 no table"))
			return err
		})
		w.as(moderator).Get(page).Want(200, "Кто они", "Фонд «Үміт»")
	})
}

func TestARepresentativeClaimsAndKeepsAPage(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		id := w.create(map[Field]string{"name.ru": "Фонд"})
		path := "/ru" + PathOf(id)
		w.as(resident).PostForm(path+"/claim", url.Values{"why": {"я"}, "contact": {"почта@example.kz"}}).Want(422, "кто вы в организации", "почта@example.kz")
		form := url.Values{"why": {"Я директор, это видно на сайте"}, "contact": {"тел. 1"}}
		w.as(resident).PostForm(path+"/claim", form).Want(303)
		w.as(resident).PostForm(path+"/claim", form).Want(409) // one claim waits
		w.as(resident).Get("/ru/claims/mine").Want(200, "На рассмотрении")
		claims, _ := w.Claims(context.Background(), moderator, "", 5)
		c := "/ru/claims/" + string(claims[0].ID)
		stranger := civic.Actor{Account: "0stranger", Assurance: civic.EmailConfirmed}
		w.as(stranger).Get(c).Want(404)
		w.as(moderator).PostForm(c+"/decide", url.Values{"decision": {"approved"}}).Want(422, "Напишите обоснование")
		// Whoever decides sees who claims, and what they are about to do before it is done.
		email := w.person(resident).Email
		w.as(moderator).Get("/ru/claims").Want(200, "<b>"+w.person(resident).Name+"</b>")
		w.as(moderator).Get(c).Want(200, w.person(resident).Name, email, "Житель не подтверждён")
		approval := url.Values{"decision": {"approved"}, "reason": {"Проверено по сайту"}}
		w.as(moderator).PostForm(c+"/decide", approval).Want(200, "Одобрить заявку?", "Проверено по сайту", email)
		w.as(moderator).PostForm(c+"/decide", url.Values{"decision": {"rejected"}, "reason": {"Нет"}}).Want(200, "Отклонить заявку?")
		if speakers := w.speakers(id); len(speakers) != 0 {
			t.Fatal("decided before it was asked:", speakers)
		}
		approval.Set(ui.SureName, "yes")
		w.as(moderator).PostForm(c+"/decide", approval).Want(303)
		w.as(moderator).PostForm(c+"/decide", url.Values{"decision": {"rejected"}, "reason": {"Ещё раз"}}).Want(409) // not twice
		told := w.told()
		if speakers := w.speakers(id); len(speakers) != 1 || speakers[0] != resident.Account || len(told) != 1 {
			t.Fatal(speakers, told)
		}
		w.as(resident).Get("/ru"+told[0].Path).Want(200, "Одобрена") // the notice's link
		for _, who := range []civic.Actor{resident, moderator} {
			body := w.as(who).Get(c).Want(200, "Одобрена", "Проверено по сайту").Body
			if strings.Contains(body, "тел. 1") {
				t.Error("the contact is still there after the decision")
			}
		}
		speaker := speaksFor(id)
		w.as(stranger).PostForm(path+"/edit", url.Values{"mission.ru": {"x"}}).Want(403)
		w.as(speaker).PostForm(path+"/edit", url.Values{"email": {"не почта"}, "mission.ru": {"Учим детей"}}).Want(422, "Адрес не читается", "Учим детей")
		// Values that only moderators decide are not accepted from a representative's form.
		w.as(speaker).PostForm(path+"/edit", url.Values{"mission.ru": {"Учим детей"}, "status": {Liquidated}, "kind": {StateBody}}).Want(303)
		v, _ := w.Get(context.Background(), visitor, id)
		if v.Status != Active || v.Kind != NGO || v.Mission["ru"] != "Учим детей" || v.Provenance["mission.ru"].Way != Stated {
			t.Errorf("%+v", v.Organisation)
		}
		w.as(visitor).Get(path).Want(200, "Сообщила сама организация")
		w.as(moderator).PostForm(path+"/verify", url.Values{"field": {"mission.ru", "phone", "nonsense"}}).Want(303)
		w.as(visitor).Get(path).Want(200, "Проверено модератором")
	})
}

func TestTheFilingAssistant(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		id := w.create(map[Field]string{"name.ru": "Фонд"})
		w.create(map[Field]string{"name.ru": "Другой"})
		speaker := speaksFor(id)
		path := "/ru" + PathOf(id) + "/filings/"
		form := url.Values{"activities.ru": {"Кружки"}, "sources_state": {"1 250 000 ₸"}, "staff": {"3"}, "do": {"keep"}}
		w.as(speaker).PostForm(path+"2025/edit", form).Want(303)
		w.as(speaker).Get(path+"2025/edit").Want(200, "Заполнено 3 из 9", "Кружки", "1250000", "Не хватает: Что сделано (Қазақша)", "рабоч")
		w.as(visitor).Get(path + "2025").Want(404)
		w.as(resident).Get(path + "2025").Want(404)
		form.Set("do", "file")
		w.as(speaker).PostForm(path+"2025/edit", form).Want(422, "Заполните этот раздел", "Кружки")
		for k, v := range map[string]string{"activities.kk": "Үйірмелер", "spending_projects": "900000", "volunteers": "0", "founders": "2", "members": "0", "property": "нет"} {
			form.Set(k, v)
		}
		form.Set("staff", "три")
		w.as(speaker).PostForm(path+"2025/edit", form).Want(422, "целое число")
		form.Set("staff", "3")
		w.as(speaker).PostForm(path+"2025/edit", form).Want(303)
		w.as(visitor).Get(path+"2025").Want(200, "1\u00a0250\u00a0000\u00a0₸", "Подано вовремя", "Үйірмелер")
		w.as(visitor).Get("/ru/organisations/filings?year=2025").Want(200, "Из 2 действующих НПО сведения подали 1, вовремя — 1", "Фонд")
		// Who has not filed is listed too; an NGO that did not exist yet owes nothing.
		w.create(map[Field]string{"name.ru": "Новый", "founded": "2026-01"})
		w.create(map[Field]string{"name.ru": "Закрытый", "status": Liquidated})
		w.as(visitor).Get("/ru/organisations/filings?year=2025&show=missing").Want(200, ">Другой<").Lacks(">Фонд<", ">Новый<", ">Закрытый<")
		w.as(speaker).PostForm(path+"2026/edit", form).Want(409)
		w.as(resident).Get(path + "2025/edit").Want(403)

		w.At(time.Date(2027, 4, 1, 1, 0, 0, 0, zone))
		body := w.as(speaker).Get(path+"2026/edit").Want(200, "Перенесено из прошлогодних сведений", "Үйірмелер").Body
		if strings.Contains(body, "900000") {
			t.Error("money was taken over from last year")
		}
		w.as(speaker).PostForm(path+"2026/edit", form).Want(303)
		w.as(visitor).Get(path+"2026").Want(200, "Подано с опозданием")
	})
}

// What is hidden is not given out anywhere.
func TestHiddenEntriesHaveNoExit(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		id := w.create(map[Field]string{"name.ru": "Тайнова", "themes": "health", "founded": "1997"})
		w.create(map[Field]string{"name.ru": "Явнова"})
		if err := w.SaveFiling(context.Background(), moderator, id, 2025, fullFiling(), true); err != nil {
			t.Fatal(err)
		}
		exits := []string{"/ru/organisations", "/ru/organisations?q=" + url.QueryEscape("тайнова"), "/ru/organisations?theme=health", "/ru/organisations?year=1997",
			"/ru/organisations/changes", "/ru/organisations/feed", "/organisations/export/csv", "/organisations/export/json", "/organisations/export/xlsx",
			"/ru/organisations/filings?year=2025"}
		own := []string{"/ru" + PathOf(id), "/ru" + PathOf(id) + "/history", "/ru" + PathOf(id) + "/feed", "/ru" + PathOf(id) + "/filings/2025"}
		shows := func(path string, actor civic.Actor) bool {
			p := w.as(actor).Get(path)
			return strings.Contains(p.Body, "Тайнова") && p.Status == 200
		}
		for _, path := range exits[:8] {
			if !shows(path, visitor) {
				t.Errorf("%s does not show a public entry", path)
			}
		}
		for _, state := range []State{Hidden, Draft} {
			w.as(moderator).PostForm("/ru"+PathOf(id)+"/state", url.Values{"state": {string(state)}}).Want(303)
			for _, path := range append(exits, own...) {
				for _, actor := range []civic.Actor{visitor, resident} {
					if shows(path, actor) {
						t.Errorf("%s shows %q what is %s", path, actor.Account, state)
					}
				}
			}
			w.as(visitor).Get("/ru" + PathOf(id)).Want(404)
			if !shows("/ru"+PathOf(id), moderator) || !shows("/ru/organisations/desk?state="+string(state), moderator) {
				t.Error("moderators do not find it")
			}
			w.as(visitor).Get("/ru/organisations/sector").Want(200)
			if sector, _ := w.Sector(context.Background()); len(sector.Founded) != 0 {
				t.Error("it counts still")
			}
			_ = w.DB.Read(context.Background(), func(tx *storage.Tx) error {
				if r, err := w.Declared.Titles(tx, civic.Actor{}, []civic.Ref{RefOf(id)}); err != nil || len(r) != 0 {
					t.Error(r, err)
				}
				return nil
			})
		}
		w.as(moderator).PostForm("/ru"+PathOf(id)+"/state", url.Values{"state": {string(Public)}})
		if !shows("/ru/organisations?q="+url.QueryEscape("тайнова"), visitor) {
			t.Error("it does not come back")
		}
	})
}

// Every route with every role. Whoever may not call it is told so, and nothing happens.
func TestRolesAndRoutes(t *testing.T) {
	w := sqlite(t)
	id := w.create(map[Field]string{"name.ru": "Фонд"})
	elsewhere := speaksFor("0000000000000000000000000a")
	elsewhere.Account = "0elsewhere"
	roles := map[string]civic.Actor{"": visitor, "resident": resident, "speaker": speaksFor(id), "elsewhere": elsewhere, "moderator": moderator, "admin": admin,
		"officer": {Account: "0officer", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Officer, Scope: RefOf(id)}}}}
	fill := strings.NewReplacer("{id}", string(id), "{claim}", "06edd2stg1tmrejrartaqgs3a0", "{year}", "2025", "{format}", "csv")
	for _, rt := range w.Running().Routes {
		path := fill.Replace(rt.Pattern)
		if !rt.Plain {
			path = "/ru" + path
		}
		for role, actor := range roles {
			r := httptest.NewRequest(rt.Method, citytest.Origin+path, strings.NewReader(""))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			code := w.as(actor).Do(r).Status
			allowed := rt.Access.Allow(actor)
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
	onEach(t, func(t *testing.T, w *world) {
		w.load(string(generate(120)), Mapping{}, false)
		w.create(map[Field]string{"name.kk": "=1+1", "mission.kk": "бірінші жол\nекінші; «тырнақша», \"quotes\"", "themes": "health; other", "links": "https://a.kz https://b.kz"})
		for _, format := range []string{FormatCSV, FormatXLSX} {
			file := w.as(visitor).Get("/organisations/export/" + format).Body
			if format == FormatCSV && !strings.Contains(file, "'=1+1") {
				t.Error("a formula is not escaped")
			}
			r, err := w.Import(context.Background(), strings.NewReader(file), int64(len(file)), Mapping{}, false, nil)
			if err != nil || r.Rows != 121 || r.Unchanged != 121 || len(r.Problems) > 0 {
				t.Errorf("%s: %v %v", format, r, err)
			}
			// Into an empty register: the same organisations at the same addresses.
			empty := sqlite(t)
			if r, err = empty.Import(context.Background(), strings.NewReader(file), int64(len(file)), Mapping{}, false, nil); err != nil || r.Created != 121 {
				t.Errorf("%s: %v %v", format, r, err)
			}
			var again bytes.Buffer
			if err := empty.Export(context.Background(), &again, FormatCSV, Query{}); err != nil {
				t.Fatal(err)
			}
			if format == FormatCSV && again.String() != file {
				t.Error("the export of the import differs")
			}
		}
		var all []struct{ Name civic.Text }
		body := w.as(visitor).Get("/organisations/export/json?kind=ngo").Want(200).Body
		if err := json.Unmarshal([]byte(body), &all); err != nil || len(all) != 121 || all[120].Name["kk"] != "=1+1" {
			t.Error(err, len(all))
		}
		w.as(visitor).Get("/organisations/export/exe").Want(404)
	})
}

// BenchmarkSignedInList makes list pages for somebody with a session, who never gets a cached
// page, from a register and from one a hundred times as large. "found" measures only the query,
// which runs once after every change of the register.
func BenchmarkSignedInList(b *testing.B) {
	for _, n := range []int{200, 20_000} {
		w := sqlite(b)
		session := w.SignIn(w.person(resident)).Cookie
		w.load(string(generate(n)), Mapping{}, false)
		for _, tc := range []struct {
			name string
			q    url.Values
		}{
			{"all", url.Values{}}, {"theme", url.Values{"theme": {"health"}}}, {"two filters", url.Values{"theme": {"health"}, "district": {"abay"}}},
			{"common word", url.Values{"q": {"қоры"}}}, {"rare word", url.Values{"q": {"болашақ 100"}}},
		} {
			b.Run(fmt.Sprintf("page/%s/%d", tc.name, n), func(b *testing.B) {
				r := httptest.NewRequest("GET", citytest.Origin+"/kk/organisations?"+tc.q.Encode(), nil)
				r.AddCookie(&http.Cookie{Name: "birge_session", Value: session})
				cpu := cpuTime()
				for b.Loop() {
					answer := httptest.NewRecorder()
					if w.Handler().ServeHTTP(answer, r); answer.Code != 200 {
						b.Fatal(answer.Code)
					}
				}
				b.ReportMetric(float64(cpuTime()-cpu)/1e6/float64(b.N), "cpu-ms/op")
			})
			b.Run(fmt.Sprintf("found/%s/%d", tc.name, n), func(b *testing.B) {
				cpu := cpuTime()
				for b.Loop() {
					if err := w.DB.Read(context.Background(), func(tx *storage.Tx) error { _, err := FindPage(tx, QueryOf(tc.q)); return err }); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(cpuTime()-cpu)/1e6/float64(b.N), "cpu-ms/op")
			})
		}
	}
}

// A form of the set-up that is sent twice by an impatient person makes one body.
func TestABodySentTwiceIsOne(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		admin := c.Browser(c.Administrator())
		admin.Post("/kk/settings/bodies", "name.kk", "Су басқармасы", "name.ru", "Управление водного хозяйства").Want(303)
		admin.Post("/kk/settings/bodies", "name.kk", "Су басқармасы", "name.ru", "Управление водного хозяйства").Want(422, "«Су басқармасы» тізілімде бар")
		if shown := admin.Get("/kk/settings/bodies").Body; strings.Count(shown, "Су басқармасы") != 1 {
			t.Error("the body is there more than once")
		}
	})
}
