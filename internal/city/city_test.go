package city_test

import (
	"context"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var (
	admin = civic.Actor{Account: "a", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
	today = time.Date(2026, 6, 30, 20, 0, 0, 0, time.UTC) // already 1 July in the city
)

// terms is a capability with two settings.
func terms() capability.Capability {
	texts := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		texts[string(lang)+".toml"] = &fstest.MapFile{Data: []byte("setting_answer_days = 'answer'\nsetting_filing_day = 'filing'\n")}
	}
	return capability.Capability{Part: part.Part{Name: "terms", Texts: texts, Settings: []part.Setting{
		{Key: "terms.answer_days", Default: 15, Min: 1, Max: 60, Unit: part.WorkingDays, Source: "АППК, 76"},
		{Key: "terms.filing_day", Default: 331, Min: 101, Max: 1231, Unit: part.MonthDay, Source: "бұйрық"},
	}, Without: []part.Absence{part.No("a test's", part.PointKinds, part.PointActs, part.PointAudited, part.PointPersonal, part.PointNav,
		part.PointHelp, part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointDesk, part.PointMe)}},
		New: func(capability.City) part.Running { return part.Running{} }}
}

// each runs a test in a city with the settings of terms, on the night that its clock begins.
func each(t *testing.T, test func(t *testing.T, c *citytest.City, s *city.Service)) {
	t.Helper()
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.At(today)
		test(t, c, c.Settings)
	}, terms())
}

// others are values of a setting that are not in force.
func others(s *city.Service, key string) []city.Value {
	for _, p := range s.Profile() {
		if p.Setting.Key == key {
			return p.Other
		}
	}
	return nil
}

func TestTheValueInForceDependsOnTheDay(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City, s *city.Service) {
		if v := s.Value("terms.answer_days"); v != 15 {
			t.Errorf("default %d", v)
		}
		for _, r := range []city.Value{
			{Key: "terms.answer_days", From: "2026-07-01", Value: 10, Source: "new"},
			{Key: "terms.answer_days", From: "2026-01-01", Value: 20, Source: "old"},
			{Key: "terms.answer_days", From: "2026-07-02", Value: 5, Source: "announced"},
		} {
			if err := s.SetValue(t.Context(), admin, r); err != nil {
				t.Fatal(err)
			}
		}
		if r := s.InForce("terms.answer_days"); r.Value != 10 || r.Source != "new" {
			t.Errorf("in force: %+v", r)
		}
		if other := others(s, "terms.answer_days"); len(other) != 2 || other[0].Value != 5 {
			t.Errorf("others: %+v", other)
		}
		for _, bad := range []city.Value{
			{Key: "terms.answer_days", From: "2026-07-01", Value: 0, Source: "x"},
			{Key: "terms.answer_days", From: "2026-07-01", Value: 61, Source: "x"},
			{Key: "terms.answer_days", From: "1 July", Value: 5, Source: "x"},
			{Key: "terms.answer_days", From: "2026-07-01", Value: 5, Source: "  "},
			{Key: "terms.filing_day", From: "2026-07-01", Value: 231, Source: "x"},
		} {
			if err := s.SetValue(t.Context(), admin, bad); civic.CodeOf(err) != civic.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if err := s.SetValue(t.Context(), admin, city.Value{Key: "nobody.declared", From: "2026-07-01", Source: "x"}); civic.CodeOf(err) != civic.NotFound {
			t.Errorf("unknown key: %v", err)
		}
	})
}

// A value can be asked for in the middle of a transaction, whatever was saved meanwhile here or
// in another process. The pool has one connection: if the question needed a second one, it
// would wait for ever.
func TestAskingForAValueTakesNoTransaction(t *testing.T) {
	cfg := app.Config{Capabilities: []capability.Capability{terms()}, Storage: storage.Options{MaxConns: 1, Acquire: time.Hour}}
	citytest.EachWith(t, cfg, func(t *testing.T, c *citytest.City) {
		other := citytest.Open(t, c.DB.DSN(), cfg)
		c.At(today)
		other.At(today)
		here, there, db, elsewhere := c.Settings, other.Settings, c.DB, other.DB
		watching, stop := context.WithCancel(t.Context())
		defer stop()
		go elsewhere.WatchVersions(watching, time.Millisecond, func(err error) { t.Error(err) })
		for days := int64(20); days < 23; days++ {
			if err := here.SetValue(t.Context(), admin, city.Value{Key: "terms.answer_days", From: "2026-07-01", Value: days, Source: "x"}); err != nil {
				t.Fatal(err)
			}
			if v := here.Value("terms.answer_days"); v != days {
				t.Errorf("after the save %d, want %d", v, days)
			}
			for elsewhere.Version(city.Topic) != db.Version(city.Topic) {
				if t.Context().Err() != nil {
					t.Fatal("another process never hears of it")
				}
			}
			err := elsewhere.Write(t.Context(), func(*storage.Tx) error {
				if v := there.Value("terms.answer_days"); v != days {
					t.Errorf("in another process, inside a transaction, %d, want %d", v, days)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSettingsAreForAdministratorsAndSeenByOthersAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City, s *city.Service) {
		ctx := t.Context()
		for _, who := range []civic.Actor{{}, {Account: "x", Assurance: civic.Verified, Grants: []civic.Grant{{Role: civic.Moderator}}}} {
			for _, err := range []error{s.Describe(ctx, who, civic.Text{"kk": "x"}, []civic.Lang{"kk"}), s.SetDistricts(ctx, who, "x"), s.SetDays(ctx, who, ""), s.Finish(ctx, who)} {
				if civic.CodeOf(err) != civic.Forbidden {
					t.Errorf("%+v: %v", who, err)
				}
			}
		}
		if err := s.Describe(ctx, admin, civic.Text{"kk": " Шымкент ", "ru": "Шымкент"}, []civic.Lang{"ru", "kk"}); err != nil {
			t.Fatal(err)
		}
		if err := s.SetDistricts(ctx, admin, "Абай; Абайский; Abai\n\nӘл-Фараби;Аль-Фарабийский\n"); err != nil {
			t.Fatal(err)
		}
		if err := s.SetDays(ctx, admin, "2026-07-07 Демалыс; № 1 қаулы\n+2026-07-04"); err != nil {
			t.Fatal(err)
		}
		got := s.Current()
		if got.Name["kk"] != "Шымкент" || got.Languages[0] != "kk" || len(got.Districts) != 2 || got.Districts[1].Code != "al-farabi" {
			t.Errorf("%+v", got)
		}
		cal := s.Calendar()
		if !cal.Working(time.Date(2026, 7, 4, 12, 0, 0, 0, citytest.Zone)) || cal.Working(time.Date(2026, 7, 7, 12, 0, 0, 0, citytest.Zone)) {
			t.Error("the calendar does not follow the days")
		}
		if err := s.SetDistricts(ctx, admin, "Абай\nАбай"); civic.CodeOf(err) != civic.Invalid {
			t.Errorf("a district twice: %v", err)
		}
		if err := s.SetDistricts(ctx, admin, "; Абайский"); civic.CodeOf(err) != civic.Invalid {
			t.Errorf("no Kazakh name: %v", err)
		}
		if err := s.SetDays(ctx, admin, "tomorrow"); civic.CodeOf(err) != civic.Invalid {
			t.Errorf("no date: %v", err)
		}
	})
}

func TestPages(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City, s *city.Service) {
		admin := c.Browser(c.Administrator())
		for _, tc := range []struct {
			method, path string
			form         url.Values
			status       int
			want         string
		}{
			{"GET", "/kk/settings", nil, 303, ""},
			{"GET", "/kk/settings/city", nil, 200, "Қаланың атауы"},
			{"POST", "/ru/settings/city", url.Values{"name.ru": {`<b>"Город"`}, "languages": {"ru", "kk"}}, 422, "&lt;b&gt;&#34;Город&#34;"},
			{"POST", "/ru/settings/city", url.Values{"name.ru": {"Шымкент"}, "name.kk": {"Шымкент"}, "languages": {"ru", "kk", "xx"}}, 303, ""},
			{"GET", "/en/settings/districts", nil, 200, "One district a line"},
			{"POST", "/en/settings/districts", url.Values{"districts": {"; x"}}, 422, "Line 1 has no Kazakh name"},
			{"POST", "/en/settings/districts", url.Values{"districts": {"Абай\nТұран; " + strings.Repeat("Т", 121)}}, 422, "Line 2: keep each name to 120 characters"},
			{"POST", "/en/settings/districts", url.Values{"districts": {"Абай\n#REF!"}}, 422, "Line 2 has a name that nobody can read"},
			{"POST", "/en/settings/districts", url.Values{"districts": {"Абай\nТұран; \u3164"}}, 422, "Line 2 has a name that nobody can read"},
			{"POST", "/en/settings/districts", url.Values{"districts": {"Абай"}}, 303, ""},
			{"POST", "/kk/settings/finish", nil, 303, ""},
			{"GET", "/kk/settings", nil, 200, "Мереке және жұмыс күндері"},
			{"GET", "/kk/settings/days", nil, 200, "Ерекше күндер"},
			{"POST", "/kk/settings/days", url.Values{"days": {"ертең"}}, 422, "1-жолда күн дұрыс жазылмаған"},
			{"POST", "/ru/settings/days", url.Values{"days": {"2026-07-07 " + strings.Repeat("я", 201)}}, 422, "предел для каждого — 200"},
			{"POST", "/ru/settings/days", url.Values{"days": {"2026-07-06 Күн\n2026-07-07 #REF!"}}, 422, "В строке 2 название не прочесть"},
			{"POST", "/ru/settings/days", url.Values{"days": {"2026-07-07 Выходной; #ССЫЛКА!"}}, 422, "В строке 1 название не прочесть"},
			{"POST", "/ru/settings/days", url.Values{"days": {"2026-07-07 Выходной <b>; Решение № 1"}}, 303, ""},
			{"GET", "/ru/rules/days?year=2026", nil, 200, "Выходной &lt;b&gt;"},
			{"GET", "/ru/rules/days?year=2026", nil, 200, "Решение № 1"},
			{"GET", "/en/rules/days?year=2026", nil, 200, "Nauryz, instead of 21 March 2026"},
			{"GET", "/kk/rules/days?year=2019", nil, 404, ""},
			{"GET", "/ru/rules", nil, 200, "15 рабочих дней"},
			{"GET", "/ru/settings/rules/terms.answer_days", nil, 200, "исходное значение"},
			{"POST", "/ru/settings/rules/terms.answer_days", url.Values{"value": {"много"}, "from": {"2026-07-01"}, "source": {"x"}}, 422, "от 1 до 60"},
			{"POST", "/ru/settings/rules/terms.answer_days", url.Values{"value": {"21"}, "from": {"2026-07-01"}, "source": {"решение"}}, 303, ""},
			{"GET", "/ru/rules", nil, 200, "21 рабочий день"},
			{"GET", "/ru/settings/rules/city.none", nil, 404, ""},
		} {
			r := httptest.NewRequest(tc.method, citytest.Origin+tc.path, strings.NewReader(tc.form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			page := admin.Do(r)
			page.Body = strings.ReplaceAll(page.Body, "\u00a0", " ")
			page.Want(tc.status, tc.want)
		}
	})
}

// What a file adds is shown to be checked, and nothing is kept before that.
func TestDaysFromAFile(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City, s *city.Service) {
		admin := c.Browser(c.Administrator())
		for _, tc := range []struct {
			name, content, want string
			status              int
		}{
			{"days.json", `{"2026-03-23": "Nauryz", "2026-07-07": "Ours; too", "2019-07-08": "Long ago"}`, "2026-07-07 Ours, too", 200},
			{"swaps.csv", "works,off\n2026-07-04,2026-07-08\n", "+2026-07-04", 200},
			{"bad.csv", "works,off\n2026-07-04,soon\n", "“soon” in line 2 is not a date", 422},
			{"none.txt", "hello", "No calendar was found", 422},
			{"junk.json", `{"2026-07-07": "#REF!"}`, "The day 2026-07-07 has a name that nobody can read", 422},
		} {
			page := admin.Upload("/en/settings/days/file", "file", tc.name, []byte(tc.content))
			if page.Status != tc.status || !strings.Contains(page.Text(), tc.want) || strings.Contains(page.Text(), "2026-03-23 Nauryz\n") || strings.Contains(page.Text(), "2019-07-08") {
				t.Errorf("%s: %d %s", tc.name, page.Status, page.Text())
			}
		}
		if days, err := s.Days(t.Context()); err != nil || len(days) > 0 {
			t.Errorf("%v, %v", days, err)
		}
	})
}
