package organisations_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// The numbers are the public vectors of the identification numbers' rules.
func TestIdentifiers(t *testing.T) {
	for raw, want := range map[string]string{
		"950440001673": "KZ-BIN-950440001673", "990940003030": "KZ-BIN-990940003030", "000640002067": "KZ-BIN-000640002067",
		"640002067": "KZ-BIN-000640002067", "kz-bin-950440001673": "KZ-BIN-950440001673", " 9504 4000 1673 ": "KZ-BIN-950440001673",
		"birge:0123456789abcdefghijklmnop": "birge:0123456789abcdefghijklmnop",
		"950440001674":                     "", "061211600012": "", "95044000167": "", "birge:x": "", "KZ-BIN-": "", "abc": "", "９50440001673": "",
	} {
		got, _, problem := Clean("identifier", raw, NewCodeList(nil), noon)
		if got != want || (problem == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", raw, got, problem, want)
		}
	}
}

func TestDates(t *testing.T) {
	for raw, want := range map[string]string{
		"2014-05-03": "2014-05-03", "03.05.2014": "2014-05-03", "3.5.2014": "2014-05-03", "03/05/2014": "2014-05-03", "05.2014": "2014-05", "2014": "2014",
		"2014-05": "2014-05", "2014 г.": "2014", "2014 ж.": "2014", "03.05.2014 00:00:00": "2014-05-03", "2014-05-03T00:00:00Z": "2014-05-03",
		"05/13/2014": "", "2014-02-30": "", "май": "", "14": "", "41762": "", "2026-03-11": "", "1799": "", "29.02.2023": "",
	} {
		if got, _, _ := Clean("founded", raw, NewCodeList(nil), noon); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func TestCodesAreKnownByTheirNames(t *testing.T) {
	list := NewCodeList(districts)
	for _, tc := range []struct {
		field     Field
		raw, want string
	}{
		{"themes", "Образование, наука, информация, спорт", "education"}, {"themes", "денсаулық; Қоршаған орта | culture", "health; culture; environment"},
		{"themes", "health,health", "health"}, {"districts", "Туранский", "turan"}, {"districts", "Тұран ауданы, Абай", "abay; turan"},
		{"districts", "АЛЬ-ФАРАБИЙСКИЙ РАЙОН", "al-farabi"}, {"form", "ОО", "association"}, {"form", "Общественный фонд", "foundation"},
		{"kind", "ҮЕҰ", "ngo"}, {"kind", "инициативная группа", "initiative"}, {"status", "Ликвидирована", "liquidated"}, {"status", "белсенді", "active"},
		{"districts", "Алматинский", ""}, {"themes", "; ;", ""}, {"kind", "ao", ""},
	} {
		if got, _, _ := Clean(tc.field, tc.raw, list, noon); got != tc.want {
			t.Errorf("%s %q: %q, want %q", tc.field, tc.raw, got, tc.want)
		}
	}
	if len(Themes()) != 11 || len(Forms()) != 7 {
		t.Error("the state committee's list has 11 themes, the state database 7 forms")
	}
	for _, c := range slices.Concat(Themes(), Forms(), Kinds(), Statuses(), FundSources, Spending) {
		for _, l := range civic.Languages() {
			if c.Name[l] == "" {
				t.Errorf("%s has no name in %s", c.Code, l)
			}
		}
	}
}

func TestLinksLeadToPagesOnly(t *testing.T) {
	for raw, want := range map[string]string{
		"example.kz": "https://example.kz", "http://example.kz/a?b=c": "http://example.kz/a?b=c", "https://пример.рф/": "https://" + "%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84/",
		"javascript:alert(1)": "", "https://user:pass@example.kz": "", "ftp://example.kz": "", "https://localhost": "", "vbscript:x.y": "", "//evil": "",
		"https://e.kz" + strings.Repeat("/a", 300): "", "data:text/html,<script>.": "",
	} {
		got, _, _ := Clean("website", raw, NewCodeList(nil), noon)
		if got != want && !(strings.Contains(raw, "пример") && strings.HasPrefix(got, "https://")) {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// The order of the Kazakh alphabet, numbers by value, the name in quotation marks first.
func TestSortKey(t *testing.T) {
	want := []string{"№ 2 мектеп", "№ 12 мектеп", "Алма", "Әділет", "Бірлік", "Ғасыр", "Дос", "Қоғамдық бірлестік «Елім»", "«Жас Отан» қоры", "Қайырым", "Ұлағат", "Үміт", "Шаңырақ", "Ізгілік", "Эко", "Alpha", "Zeta"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(SortKey(a), SortKey(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, name := range append(want, hostile, strings.Repeat("ж", 1000), "", "«", "日本") {
		k := SortKey(name)
		if len(k) > 80 || strings.ContainsFunc(k, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: %q", name, k)
		}
	}
}

func TestSearchFindsWordFormsAndSpellings(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		street := w.create(map[Field]string{"name.kk": "Көше достары", "mission.kk": "Мектептерімізде үйірме ашамыз", "mission.ru": "Кружки в школах города", "address.ru": "ул. Байтурсынова", "address.en": "Volunteers street"})
		w.create(map[Field]string{"name.en": "Shymkent Volunteers", "themes": "environment"})
		w.create(map[Field]string{"name.ru": "Школа волонтёров", "identifier": "950440001673"})
		for q, want := range map[string]string{
			"коше": "Көше достары", "көшенің": "Көше достары", "мектеп": "Көше достары", "мектеби": "Көше достары", "школы": "Школа волонтёров|Көше достары",
			"волонтер": "Школа волонтёров", "950440001673": "Школа волонтёров", "volunteer": "Shymkent Volunteers|Көше достары", "байтурсын": "Көше достары",
			"көше мектеп": "Көше достары", "көше алма": "", "'": "", "\" OR 1": "", "name : x": "",
		} {
			if got := strings.Join(w.names(Query{Text: q}), "|"); got != want {
				t.Errorf("%q: %q, want %q", q, got, want)
			}
		}
		if err := w.Edit(context.Background(), moderator, street, map[Field]string{"name.kk": "Жол достары"}); err != nil {
			t.Fatal(err)
		}
		if got := w.names(Query{Text: "көше"}); len(got) != 0 {
			t.Error("the old name is still found:", got)
		}
		if got := w.names(Query{Text: "жол"}); len(got) != 1 {
			t.Error("the new name is not found")
		}
	})
}

// Going through a list page by page, forwards and back, shows every entry once, in one order.
func TestPagesMeetEveryEntryOnce(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.load(string(generate(230)), Mapping{}, false)
		for name, q := range map[string]Query{
			"all": {}, "theme": {Theme: "health"}, "two": {Theme: "education", District: "abay"}, "words": {Text: "фонд"}, "open word": {Text: "қо"},
			"words and filter": {Text: "занятия ", Status: Liquidated}, "year": {Year: 1995}, "names, then texts": {Text: "50"},
		} {
			var want []string
			if err := w.Each(context.Background(), q, func(o Organisation) error { want = append(want, o.Name.String()); return nil }); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "names") {
				want = nil
				for i := range 230 { // in the name, the mission, the address or the telephone's row
					if i == 50 {
						want = append(want, "«Болашақ 50» қоғамдық қоры")
					}
				}
			}
			var got []string
			seen := map[string]int{}
			var back string
			for pages := 0; ; pages++ {
				p, err := w.List(context.Background(), visitor, q)
				if err != nil || pages > 20 || len(p.Items) > PageSize {
					t.Fatal(name, err, pages, len(p.Items))
				}
				for _, it := range p.Items {
					got = append(got, it.Name.String())
					seen[string(it.ID)]++
				}
				if p.Total >= 0 && int(p.Total) != len(want) {
					t.Errorf("%s: total %d of %d", name, p.Total, len(want))
				}
				if p.Next == "" {
					back = p.Prev
					break
				}
				q.After = p.Next
			}
			if len(seen) != len(got) {
				t.Errorf("%s: %d entries, %d different", name, len(got), len(seen))
			}
			if !strings.HasPrefix(name, "names") {
				if slices.Sort(want); len(got) != len(want) {
					t.Errorf("%s: %d entries, want %d", name, len(got), len(want))
				}
			} else if len(got) == 0 || got[0] != want[0] {
				t.Errorf("%s: %q first, want %q", name, got, want)
			}
			if q.Text != "" || back == "" {
				continue
			}
			if !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(SortKey(a), SortKey(b)) }) {
				t.Errorf("%s: not in order", name)
			}
			last := len(got) - (len(got)-1)%PageSize - 1 // the entries before the last page
			q.After = ""
			for q.Before = back; q.Before != ""; {
				p, err := w.List(context.Background(), visitor, q)
				if err != nil {
					t.Fatal(err)
				}
				for i, it := range slices.Backward(p.Items) {
					if last--; it.Name.String() != got[last] {
						t.Fatalf("%s, backwards: %d is %q, want %q", name, i, it.Name.String(), got[last])
					}
				}
				q.Before = p.Prev
			}
			if last != 0 {
				t.Errorf("%s: %d entries are missing backwards", name, last)
			}
		}
	})
}

func TestTheSectorOverTime(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		a := w.create(map[Field]string{"name.ru": "А", "founded": "1998-02-01", "themes": "health; other"})
		w.create(map[Field]string{"name.ru": "Б", "founded": "1998"})
		w.create(map[Field]string{"name.ru": "В", "founded": "2001", "themes": "health", "status": Liquidated, "ended": "2003"})
		w.create(map[Field]string{"name.ru": "Г"})
		if err := w.Edit(context.Background(), moderator, a, map[Field]string{"themes": "health"}); err != nil {
			t.Fatal(err)
		}
		s, err := w.Sector(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(s.Years, s.Founded, s.Ended, s.ByTheme) != "[1998 1999 2000 2001 2002 2003] map[1998:2 2001:1] map[2003:1] map[health:map[1998:1 2001:1]]" {
			t.Error(s.Years, s.Founded, s.Ended, s.ByTheme)
		}
		if err := w.AddMilestone(context.Background(), moderator, Milestone{Date: "2000", Title: civic.Text{"kk": "x"}}); civic.CodeOf(err) != civic.Forbidden {
			t.Error(err)
		}
		if err := w.AddMilestone(context.Background(), admin, Milestone{Date: "вчера", Source: "javascript:1"}); civic.CodeOf(err) != civic.Invalid {
			t.Error(err)
		}
	})
}

func TestParallelClaimsAndDecisions(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		id := w.create(map[Field]string{"name.ru": "Фонд"})
		count := func(f func(i int) error) (ok int) {
			var wg sync.WaitGroup
			var mu sync.Mutex
			for i := range 8 {
				wg.Go(func() {
					err := f(i)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						ok++
					} else if civic.CodeOf(err) != civic.Conflict {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			return ok
		}
		ctx := context.Background()
		if n := count(func(int) error {
			return w.Claim(ctx, resident, id, "Мен осы ұйымның төрағасымын", "1")
		}); n != 1 {
			t.Errorf("%d claims of one person wait", n)
		}
		claims, _ := w.Claims(ctx, moderator, "", 10)
		if n := count(func(i int) error { return w.Decide(ctx, moderator, claims[0].ID, i%2 == 0, "себебі") }); n != 1 {
			t.Errorf("%d decisions on one claim", n)
		}
		if told, speakers := w.told(), w.speakers(id); len(told) != 1 || len(speakers) > 1 {
			t.Error(told, speakers)
		}
		// One account makes many requests for organisations at once. Only a few reach the
		// moderators.
		var many []civic.ID
		for i := range 56 {
			many = append(many, w.create(map[Field]string{"name.ru": fmt.Sprint("Много ", i)}))
		}
		fresh := civic.Actor{Account: "fresh", Assurance: civic.EmailConfirmed}
		var at atomic.Int64
		if n := count(func(int) error {
			var done error = civic.Fail(civic.Conflict, "x")
			for i := int(at.Add(1)) - 1; i < len(many); i = int(at.Add(1)) - 1 {
				if err := w.Claim(ctx, fresh, many[i], "Мен осы ұйымның төрағасымын", "1"); err == nil || civic.CodeOf(err) != civic.Conflict {
					done = err
				}
			}
			return done
		}); n > 3 {
			t.Errorf("%d senders got through", n)
		}
		if mine, _ := w.MyClaims(ctx, fresh); len(mine) != 3 {
			t.Errorf("%d claims of one fresh account wait", len(mine))
		}
		// The same BIN twice at once: one entry.
		if n := count(func(int) error {
			_, err := w.Create(ctx, moderator, map[Field]string{"name.ru": "X", "kind": NGO, "status": Active, "identifier": "950440001673"}, Public)
			if civic.CodeOf(err) == civic.Invalid {
				return civic.Fail(civic.Conflict, "x")
			}
			return err
		}); n != 1 {
			t.Errorf("%d entries with one BIN", n)
		}
		// Filing twice at once counts once.
		count(func(int) error { return w.SaveFiling(ctx, speaksFor(id), id, 2025, fullFiling(), true) })
		if share, _, _ := w.Filed(ctx, 2025, nil, 10); share.Filed != 1 || share.OnTime != 1 {
			t.Error(share)
		}
		own := civic.Actor{Account: resident.Account, Assurance: civic.EmailConfirmed, Grants: moderator.Grants}
		if err := w.Claim(ctx, resident, w.create(map[Field]string{"name.ru": "Y"}), "Мен осы ұйымның төрағасымын", "1"); err != nil {
			t.Fatal(err)
		}
		claims, _ = w.MyClaims(ctx, resident)
		if err := w.Decide(ctx, own, claims[0].ID, true, "өзім"); civic.CodeOf(err) != civic.Forbidden {
			t.Error("a moderator decided on their own claim:", err)
		}
	})
}

func TestWhoMayClaimWhat(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		dead := w.create(map[Field]string{"name.ru": "А", "status": Liquidated})
		body := w.create(map[Field]string{"name.ru": "Б", "kind": StateBody})
		mine := w.create(map[Field]string{"name.ru": "В"})
		for _, tc := range []struct {
			actor civic.Actor
			id    civic.ID
			code  civic.Code
		}{
			{resident, dead, civic.Closed}, {resident, body, civic.Closed}, {speaksFor(mine), mine, civic.Conflict}, {visitor, mine, civic.Forbidden},
			{civic.Actor{Account: "0new"}, mine, civic.Forbidden}, {resident, "0123456789abcdefghijklmnop", civic.NotFound},
		} {
			if err := w.Claim(ctx, tc.actor, tc.id, "Мен осы ұйымның төрағасымын", "1"); civic.CodeOf(err) != tc.code {
				t.Errorf("%s %s: %v, want %s", tc.actor.Account, tc.id, err, tc.code)
			}
		}
		var bodies []Named
		err := w.DB.Read(ctx, func(tx *storage.Tx) (err error) { bodies, err = w.Bodies(tx); return err })
		if err != nil || len(bodies) != 1 || bodies[0].ID != body {
			t.Error(bodies, err)
		}
	})
}

// When an account is deleted, its personal data goes with it. What it wrote for an organisation
// stays.
func TestErasingAPerson(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.create(map[Field]string{"name.ru": "Фонд"})
		if err := w.Claim(ctx, resident, id, "Мен осы ұйымның төрағасымын", "телефоным"); err != nil {
			t.Fatal(err)
		}
		if err := w.AddMember(ctx, moderator, id, Membership{Person: "Сынақ Адам", Post: civic.Text{"kk": "Төраға"}}); err != nil {
			t.Fatal(err)
		}
		v, _ := w.Get(ctx, visitor, id)
		if err := w.RemoveMember(ctx, resident, id, v.People[0].ID); civic.CodeOf(err) != civic.Forbidden {
			t.Error(err)
		}
		if err := w.RemoveMember(ctx, speaksFor(id), id, v.People[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := w.DB.Write(ctx, func(tx *storage.Tx) error { return Part().Personal.Erase(tx, resident.Account) }); err != nil {
			t.Fatal(err)
		}
		if n := w.count("SELECT COUNT(*) FROM organisation_claim") + w.count("SELECT COUNT(*) FROM organisation_membership") +
			w.count("SELECT COUNT(*) FROM organisation_revision WHERE changes LIKE '%Сынақ%'"); n != 0 {
			t.Errorf("%d rows tell of a person", n)
		}
	})
}

func TestHiddenRevisionsKeepTheirValuesToModerators(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		id := w.create(map[Field]string{"name.ru": "Фонд"})
		w.At(noon.Add(time.Hour))
		if err := w.Edit(ctx, speaksFor(id), id, map[Field]string{"mission.ru": "ругань"}); err != nil {
			t.Fatal(err)
		}
		_, revs, _ := w.History(ctx, visitor, id, "", 10)
		if revs[0].Changes[0].New != "ругань" {
			t.Fatal(revs)
		}
		if err := w.HideRevision(ctx, resident, id, revs[0].ID, true); civic.CodeOf(err) != civic.Forbidden {
			t.Error(err)
		}
		if err := w.HideRevision(ctx, moderator, id, revs[0].ID, true); err != nil {
			t.Fatal(err)
		}
		for actor, want := range map[string]string{"": "", "0moderator": "ругань"} {
			a := visitor
			if actor != "" {
				a = moderator
			}
			_, revs, _ = w.History(ctx, a, id, "", 10)
			all, _ := w.Revisions(ctx, a, "", 10)
			if revs[0].Changes[0].New != want || all[0].Changes[0].New != want || !revs[0].Hidden {
				t.Errorf("%q sees %q", actor, revs[0].Changes[0].New)
			}
		}
	})
}

func TestFilingDeadlineIsTheCitys(t *testing.T) {
	due := Due(2025, 331, zone)
	if due.Format(time.RFC3339) != "2026-03-31T23:59:59+05:00" {
		t.Error(due)
	}
	if due = Due(2025, 1231, zone); due.Format(time.DateOnly) != "2026-12-31" {
		t.Error(due)
	}
	for raw, want := range map[string]string{"1 250 000 ₸": "1250000 true true", "": "0 false true", "0": "0 true true", "-5": "0 true false", "1,5": "0 true false", "9999999999999999999": "0 true false"} {
		n, given, ok := Amount(raw, MaxAmount)
		if fmt.Sprint(n, given, ok) != want {
			t.Errorf("%q: %v %v %v, want %s", raw, n, given, ok, want)
		}
	}
}

// How long other writers wait while an import is applied. One batch is the limit, however large
// the table is. It is counted in transactions, not in time.
func TestWritersGetTheirTurnDuringAnImport(t *testing.T) {
	w := sqlite(t)
	id := w.create(map[Field]string{"name.ru": "Фонд"})
	csv := generate(5 * ApplyBatch)
	between := 0
	_, err := w.Import(context.Background(), strings.NewReader(string(csv)), int64(len(csv)), Mapping{}, false, func(_, applied int) {
		if applied > 0 {
			between++
			if err := w.Edit(context.Background(), moderator, id, map[Field]string{"phone": fmt.Sprint(1000 + between)}); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil || between != 5 {
		t.Error(err, between)
	}
	if n := w.count("SELECT n FROM organisation_count WHERE facet = 'all'"); n != int64(5*ApplyBatch)+1 {
		t.Errorf("%d counted", n)
	}
}

// FuzzTable imports tables and mappings of every shape. Nothing panics, every row is accounted
// for, and importing the same rows again changes nothing.
func FuzzTable(f *testing.F) {
	f.Add(twoRows, "")
	f.Add("name\n\"\n", "name.kk")
	f.Add("\xEF\xBB\xBFБИН;Атауы\n640002067;x\n;=cmd|x\n", "identifier,name.kk")
	f.Add("a,b\n1,2,3\n\xff,1\n", "name.ru,themes")
	f.Add("sep=;\nid;name;founded;districts\nbirge:0123456789abcdefghijklmnop;x;2001;абай\n", "")
	f.Fuzz(func(t *testing.T, table, columns string) {
		if len(table) > 1<<14 {
			return
		}
		var m Mapping
		if columns != "" {
			m.Columns = map[int]string{}
			for i, c := range strings.Split(columns, ",") {
				m.Columns[i+1] = c
			}
		}
		w := sqlite(t)
		first, err := w.Import(context.Background(), strings.NewReader(table), int64(len(table)), m, false, nil)
		if err != nil {
			if civic.CodeOf(err) != civic.Invalid {
				t.Fatal(err)
			}
			return
		}
		if first.Rows != first.Created+first.Updated+first.Unchanged+first.Rejected {
			t.Fatal(first)
		}
		again, err := w.Import(context.Background(), strings.NewReader(table), int64(len(table)), m, false, nil)
		if err != nil || again.Created+again.Updated != 0 || again.Rejected != first.Rejected {
			t.Fatal(first, again, err)
		}
	})
}

// FuzzClean puts every text into every field. What comes out must stay as it is when it is read
// again; otherwise an export could not be imported unchanged.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"950440001673", "640002067", "Образование, наука, информация, спорт; other", "03.05.2014", "https://a.kz/?x=1#y http://b.kz", "info@example.kz",
		"+7 (725) 200-00-00", "  «Үміт»\u00a0қоры ", hostile, "абай|turan", "2014 г.", "a.b", "x@y;z"} {
		f.Add(s)
	}
	list := NewCodeList(districts)
	f.Fuzz(func(t *testing.T, raw string) {
		for _, field := range Fields() {
			v, _, problem := Clean(field, raw, list, noon)
			if problem != nil {
				continue
			}
			again, note, problem := Clean(field, v, list, noon)
			if problem != nil || note != nil || again != v {
				t.Errorf("%s: %q became %q, and that %q (%v)", field, raw, v, again, problem)
			}
			var o Organisation
			if o.Set(field, v); o.Get(field) != v {
				t.Errorf("%s: %q was kept as %q", field, v, o.Get(field))
			}
		}
		if k := SortKey(raw); len(k) > 80 || strings.ContainsFunc(k, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q sorts as %q", raw, k)
		}
	})
}
