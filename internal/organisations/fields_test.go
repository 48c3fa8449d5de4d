package organisations_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/organisations"

	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/tables"
	"github.com/birge-kz/birge/internal/record/proof"
)

// said is one value in three forms: as a person types it, as the register keeps it, and as the
// history writes it in Russian.
type said struct{ typed, kept, written string }

// sample is one field with two values that occur in no other field, and everything that must
// come of them. It is written by hand: nothing is derived from the declaration under test.
type sample struct {
	field   Field
	label   string // in Russian
	was, is said
	page    string                     // what the page says of is, in the field's language or else in Russian; of a name nothing, it is the title
	member  func(*Organisation) string // where Go code finds it
	json    string                     // the member of the JSON file; a text's stands in its first row
	schema  string                     // the members of JSON-LD on the Kazakh page; those of a text in its Kazakh row
	record  string                     // the member in the public record
	word    string                     // by which search finds the entry
	kk, ru  string                     // a heading in the lists that cities receive
	body    bool                       // only a moderator may state it
}

var samples = []sample{
	{field: "identifier", label: "Идентификатор (БИН)", body: true, was: same("950440001673", "KZ-BIN-950440001673"), is: same("990940003030", "KZ-BIN-990940003030"),
		page: "990940003030 · KZ-BIN-990940003030", member: func(o *Organisation) string { return o.Identifier }, json: `"identifier":"KZ-BIN-990940003030"`,
		schema: `"identifier":{"@type":"PropertyValue","propertyID":"org-id.guide","value":"KZ-BIN-990940003030"},"taxID":"990940003030"`,
		record: `"identifier":"KZ-BIN-990940003030"`, word: "990940003030", kk: "БСН", ru: "БИН"},
	{field: "name.kk", label: "Название", was: plain("Бұрынғы атау"), is: plain("«Үміт» қоры"), member: func(o *Organisation) string { return o.Name["kk"] },
		json:   `"name":{"kk":"«Үміт» қоры","ru":"Фонд «Надежда»","en":"Hope foundation"}`,
		schema: `"name":"«Үміт» қоры","alternateName":["Фонд «Надежда»","Hope foundation"]`, word: "үміт", kk: "Атауы", ru: "Наименование на казахском языке"},
	{field: "name.ru", label: "Название", was: plain("Прежнее имя"), is: plain("Фонд «Надежда»"), member: func(o *Organisation) string { return o.Name["ru"] },
		word: "надежда", kk: "Орысша атауы", ru: "Наименование"},
	{field: "name.en", label: "Название", was: plain("Former"), is: plain("Hope foundation"), member: func(o *Organisation) string { return o.Name["en"] },
		word: "foundation", kk: "Ағылшынша атауы", ru: "Название на английском"},
	{field: "kind", label: "Вид", body: true, was: said{"ngo", "ngo", "Неправительственная организация"}, is: said{"media", "media", "Средство массовой информации"},
		page: "Средство массовой информации", member: func(o *Organisation) string { return o.Kind }, json: `"kind":"media"`, schema: `"@type":"NewsMediaOrganization"`,
		record: `"kind":"media"`, kk: "Түрі", ru: "Тип"},
	{field: "form", label: "Правовая форма", body: true, was: said{"foundation", "foundation", "Фонд"}, is: said{"union", "union", "Объединение юридических лиц"},
		page: "Объединение юридических лиц", member: func(o *Organisation) string { return o.Form }, json: `"form":"union"`, record: `"form":"union"`,
		kk: "Ұйымдық-құқықтық нысаны", ru: "ОПФ"},
	// Not the value that is assumed for an entry with an end date when a list does not say:
	// liquidated.
	{field: "status", label: "Состояние", body: true, was: said{"liquidated", "liquidated", "Ликвидирована"}, is: said{"inactive", "inactive", "Не ведёт деятельность"},
		page: "Не ведёт деятельность", member: func(o *Organisation) string { return o.Status }, json: `"status":"inactive"`, record: `"status":"inactive"`,
		kk: "Мәртебесі", ru: "Статус"},
	{field: "founded", label: "Дата основания", was: plain("1999"), is: said{"03.05.1998", "1998-05-03", "3 мая 1998 года"}, page: "3 мая 1998 года",
		member: func(o *Organisation) string { return string(o.Founded) }, json: `"founded":"1998-05-03"`, schema: `"foundingDate":"1998-05-03"`,
		record: `"founded":"1998-05-03"`, kk: "Тіркелген күні", ru: "Дата регистрации"},
	{field: "ended", label: "Дата ликвидации", body: true, was: said{"2019-05", "2019-05", "май 2019 года"}, is: said{"2020-06-07", "2020-06-07", "7 июня 2020 года"}, page: "7 июня 2020 года",
		member: func(o *Organisation) string { return string(o.Ended) }, json: `"ended":"2020-06-07"`, schema: `"dissolutionDate":"2020-06-07"`,
		record: `"ended":"2020-06-07"`, kk: "Таратылған күні", ru: "Дата ликвидации"},
	{field: "themes", label: "Направления деятельности", was: said{"health", "health", "Охрана здоровья"},
		is:   said{"culture; education", "education; culture", "Образование, наука, информация, спорт; Культура и искусство"},
		page: "Образование, наука, информация, спорт; Культура и искусство", member: func(o *Organisation) string { return strings.Join(o.Themes, "; ") },
		json: `"themes":["education","culture"]`, schema: `"knowsAbout":["Білім, ғылым, ақпарат, спорт","Мәдениет пен өнер"]`,
		record: `"themes":["education","culture"]`, kk: "Тақырыптары", ru: "Направления деятельности"},
	{field: "districts", label: "Районы работы", was: said{"abay", "abay", "Абайский район"}, is: said{"turan; enbekshi", "enbekshi; turan", "Енбекшинский район; Туранский район"},
		page: "Енбекшинский район; Туранский район", member: func(o *Organisation) string { return strings.Join(o.Districts, "; ") },
		json: `"districts":["enbekshi","turan"]`, record: `"districts":["enbekshi","turan"]`, kk: "Аудандар", ru: "Район"},
	{field: "mission.kk", label: "Миссия", was: plain("Көмектескенбіз"), is: said{"Балаларға\nкөмектесеміз", "Балаларға\nкөмектесеміз", "Балаларға көмектесеміз"}, page: "Балаларға көмектесеміз",
		member: func(o *Organisation) string { return o.Mission["kk"] }, json: `"mission":{"kk":"Балаларға\nкөмектесеміз","ru":"Помогаем детям","en":"We help children"}`,
		schema: `"description":"Балаларға\nкөмектесеміз"`, word: "балалар", kk: "Мақсаты", ru: "Миссия на казахском"},
	{field: "mission.ru", label: "Миссия", was: plain("Помогали"), is: plain("Помогаем детям"), page: "Помогаем детям",
		member: func(o *Organisation) string { return o.Mission["ru"] }, word: "детям", kk: "Миссиясы орысша", ru: "Миссия"},
	{field: "mission.en", label: "Миссия", was: plain("We helped"), is: plain("We help children"), page: "We help children",
		member: func(o *Organisation) string { return o.Mission["en"] }, word: "children", kk: "Миссиясы ағылшынша", ru: "Миссия на английском"},
	{field: "address.kk", label: "Адрес", was: plain("Ескі көше, 1"), is: plain("Тәуке хан көшесі, 2"), page: "Тәуке хан көшесі, 2",
		member: func(o *Organisation) string { return o.Address["kk"] }, json: `"address":{"kk":"Тәуке хан көшесі, 2","ru":"проспект Тауке хана, 2","en":"2 Tauke Khan avenue"}`,
		schema: `"address":"Тәуке хан көшесі, 2"`, word: "көшесі", kk: "Мекенжайы", ru: "Адрес на казахском"},
	{field: "address.ru", label: "Адрес", was: plain("Старая улица, 1"), is: plain("проспект Тауке хана, 2"), page: "проспект Тауке хана, 2",
		member: func(o *Organisation) string { return o.Address["ru"] }, word: "проспект", kk: "Мекенжайы орысша", ru: "Юридический адрес"},
	{field: "address.en", label: "Адрес", was: plain("1 Old street"), is: plain("2 Tauke Khan avenue"), page: "2 Tauke Khan avenue",
		member: func(o *Organisation) string { return o.Address["en"] }, word: "avenue", kk: "Мекенжайы ағылшынша", ru: "Адрес на английском"},
	{field: "point", label: "Место на карте", was: said{"42.1, 69.1", "42.100000, 69.100000", "42.100000, 69.100000"}, is: said{"42,3155 69,5869", "42.315500, 69.586900", "42.315500, 69.586900"},
		page: "42.315500, 69.586900", member: func(o *Organisation) string { return o.Point },
		json: `"point":"42.315500, 69.586900"`, record: `"point":"42.315500, 69.586900"`, kk: "Координаттары", ru: "Координаты"},
	{field: "email", label: "Электронная почта", was: plain("old@example.kz"), is: plain("info@example.kz"), page: "info@example.kz mailto:info@example.kz",
		member: func(o *Organisation) string { return o.Email }, json: `"email":"info@example.kz"`, schema: `"email":"info@example.kz"`, kk: "Электрондық пошта", ru: "Эл. почта"},
	{field: "phone", label: "Телефон", was: plain("111 11 11"), is: plain("+7 725 200 00 00"), page: "+7 725 200 00 00",
		member: func(o *Organisation) string { return o.Phone }, json: `"phone":"+7 725 200 00 00"`, schema: `"telephone":"+7 725 200 00 00"`, kk: "Байланыс телефоны", ru: "Тел."},
	{field: "website", label: "Сайт", was: plain("https://old.example.kz"), is: same("umit.example.kz", "https://umit.example.kz"), page: "https://umit.example.kz https://umit.example.kz",
		member: func(o *Organisation) string { return o.Website }, json: `"website":"https://umit.example.kz"`,
		schema: `"sameAs":["https://umit.example.kz","https://a.example/umit","https://b.example/umit"]`, kk: "Веб-сайты", ru: "Сайт"},
	{field: "links", label: "Другие страницы", was: plain("https://a.example/old"),
		is:   said{"https://a.example/umit\nhttps://b.example/umit", "https://a.example/umit; https://b.example/umit", "https://a.example/umit; https://b.example/umit"},
		page: "https://a.example/umit https://a.example/umit; https://b.example/umit https://b.example/umit", member: func(o *Organisation) string { return strings.Join(o.Links, "; ") },
		json: `"links":["https://a.example/umit","https://b.example/umit"]`, kk: "Әлеуметтік желілер", ru: "Соцсети"},
}

func plain(v string) said       { return said{v, v, v} }
func same(typed, k string) said { return said{typed, k, k} }

// TestEveryFieldGoesEveryWayAndBack sends two values of every field through the form. It then
// looks for them wherever the register shows, keeps, exports or imports a field.
func TestEveryFieldGoesEveryWayAndBack(t *testing.T) {
	var named []Field
	for _, s := range samples {
		named = append(named, s.field)
	}
	if !slices.Equal(Fields(), named) {
		t.Fatalf("the fields are %v, the samples %v: give a new field its sample", Fields(), named)
	}
	onEach(t, func(t *testing.T, w *world) {
		w.SkipActs()
		path := w.sent("/ru/organisations/new", moderator, func(x sample) string { return x.was.typed })
		id := w.find("KZ-BIN-950440001673").ID
		speaker := speaksFor(id)
		if path != "/ru"+PathOf(id) {
			t.Fatal(path)
		}
		w.keeps("from the form of a new entry", func(x sample) string { return x.was.kept })

		// The representative states what they may. The rest of the form is not shown to them.
		w.sent(path+"/edit", speaker, func(x sample) string { return x.is.typed })
		w.keeps("from the representative's form", func(x sample) string {
			if x.body {
				return x.was.kept
			}
			return x.is.kept
		})
		w.sent(path+"/edit", moderator, func(x sample) string { return x.is.typed })
		w.keeps("from the moderator's form", func(x sample) string { return x.is.kept })
		acts := w.WantActs(registered, changed, statusChanged)

		form := controls(w.as(moderator).Get(path + "/edit").Want(200).Body)
		for _, x := range samples {
			want := x.is.kept
			if x.field == "links" {
				want = x.is.typed // one to a line
			}
			if got := strings.Join(form[string(x.field)], "; "); got != want {
				t.Errorf("the form says %q of %s, want %q", got, x.field, want)
			}
		}
		w.pageSays(path)
		w.historySays(path)
		w.schemaOrgSays(path)
		w.searchFinds()
		texts := proof.Digest(`[{"en":"Hope foundation","kk":"«Үміт» қоры","ru":"Фонд «Надежда»"},{"en":"We help children","kk":"Балаларға\nкөмектесеміз","ru":"Помогаем детям"}]`)
		equalJSON(t, "the public record", string(acts[2].Payload), members(func(x sample) string { return x.record })+`,"texts":"`+texts+`","rest":"`+acts[2].Member("rest")+`"`)

		// The representative downloads the register, and another city imports it.
		for _, format := range []string{FormatCSV, FormatXLSX} {
			file := w.as(speaker).Get("/organisations/export/" + format).Want(200).Body
			table := cells(t, file)
			for i, x := range samples {
				if len(table) != 2 || table[0][i] != string(x.field) || table[1][i] != x.is.kept {
					t.Errorf("%s has %q, want %s and %q", format, table, x.field, x.is.kept)
				}
			}
			w.elsewhere(file).keeps("from "+format, func(x sample) string { return x.is.kept })
		}
		var all []map[string]json.RawMessage
		w.Must(json.Unmarshal([]byte(w.as(speaker).Get("/organisations/export/json").Want(200).Body), &all))
		var provenance map[Field]Provenance
		w.Must(json.Unmarshal(all[0]["provenance"], &provenance))
		for _, x := range samples {
			if want := map[bool]Way{true: Entered, false: Stated}[x.body]; provenance[x.field].Way != want {
				t.Errorf("%s is %q, want %q", x.field, provenance[x.field].Way, want)
			}
		}
		delete(all[0], "provenance")
		got, _ := json.Marshal(all[0])
		equalJSON(t, "the JSON file", string(got), `"id":"`+string(id)+`",`+members(func(x sample) string { return x.json }))

		// The interface for programs says of each field what the file says.
		var one map[string]json.RawMessage
		w.Must(json.Unmarshal([]byte(w.as(speaker).Get("/api/v1"+PathOf(id)).Want(200).Body), &one))
		for _, x := range samples {
			if x.json == "" {
				continue // a text's other languages
			}
			name := strings.Split(x.json, `"`)[1]
			equalJSON(t, name+" in the interface", `{"`+name+`":`+cmp.Or(string(one[name]), "null")+`}`, x.json)
		}

		// A list as cities receive them, with Kazakh headings and with Russian ones.
		for lang, heading := range map[string]func(sample) string{"kk": func(x sample) string { return x.kk }, "ru": func(x sample) string { return x.ru }} {
			var head, row []string
			for _, x := range samples {
				head, row = append(head, heading(x)), append(row, `"`+x.is.typed+`"`)
			}
			w.elsewhere(strings.Join(head, ",")+"\n"+strings.Join(row, ",")+"\n").keeps("from a list in "+lang, func(x sample) string { return x.is.kept })
		}
	})
}

// No heading may stand for two fields, or it would be chance which one a column is.
func TestHeadingsMeanOneField(t *testing.T) {
	means := map[string]Field{}
	for _, f := range Fields() {
		for _, h := range append(HeadingsOf(f), string(f)) {
			if other, met := means[tables.Plain(h)]; met && other != f {
				t.Errorf("%q means %s and %s", h, other, f)
			}
			means[tables.Plain(h)] = f
			if h != string(f) && h != tables.Plain(h) {
				t.Errorf("the heading %q is never met: headings are compared as %q", h, tables.Plain(h))
			}
		}
	}
}

// sent fills in a form as a browser would, sends it and returns where it leads.
func (w *world) sent(path string, actor civic.Actor, typed func(sample) string) string {
	w.T.Helper()
	asked := controls(w.as(actor).Get(path).Want(200).Body)
	form := url.Values{"state": {string(Public)}}
	for _, x := range samples {
		if _, there := asked[string(x.field)]; there == (x.body && actor.Account != moderator.Account) {
			w.T.Errorf("%s as %s: asked for %s: %v", path, actor.Account, x.field, there)
		}
		form[string(x.field)] = []string{typed(x)}
		if x.field == "themes" || x.field == "districts" {
			form[string(x.field)] = strings.Split(typed(x), "; ")
		}
	}
	return w.as(actor).PostForm(path, form).Want(303).Location
}

// keeps looks at the only entry as another process would, and at what Go code finds of it.
func (w *world) keeps(how string, want func(sample) string) {
	w.T.Helper()
	var all []Organisation
	w.Must(w.Each(w.Ctx(), Query{}, func(o Organisation) error { all = append(all, o); return nil }))
	if len(all) != 1 {
		w.T.Fatalf("%s: %d entries", how, len(all))
	}
	for _, x := range samples {
		if kept, found := all[0].Get(x.field), x.member(&all[0]); kept != want(x) || found != want(x) {
			w.T.Errorf("%s: %s is kept as %q and found as %q, want %q", how, x.field, kept, found, want(x))
		}
	}
}

// elsewhere is another city that has imported the table.
func (w *world) elsewhere(file string) *world {
	w.T.Helper()
	other := sqlite(w.T)
	if r := other.load(file, Mapping{}, false); r.Created != 1 || len(r.Problems) > 0 {
		w.T.Errorf("another city: %v", r)
	}
	return other
}

// pageSays looks at the page in the three languages.
func (w *world) pageSays(path string) {
	w.T.Helper()
	for _, x := range samples {
		if x.page == "" {
			continue
		}
		lang := "ru"
		if _, l, text := strings.Cut(string(x.field), "."); text {
			lang = l
		}
		facts := facts(w.as(visitor).Get("/" + lang + strings.TrimPrefix(path, "/ru")).Want(200).Body)
		if lang != "ru" { // the label is another then
			if !slices.ContainsFunc(facts, func(f [2]string) bool { return f[1] == x.page }) {
				w.T.Errorf("the page does not say %q of %s: %q", x.page, x.field, facts)
			}
			continue
		}
		if !slices.Contains(facts, [2]string{x.label, x.page}) {
			w.T.Errorf("the page does not say %q, %q: %q", x.label, x.page, facts)
		}
	}
	body := w.as(moderator).Get(path).Want(200).Body
	for _, x := range samples {
		if _, lang, _ := strings.Cut(string(x.field), "."); x.page != "" && (lang == "" || lang == "ru") && !strings.Contains(body, `name="field" value="`+string(x.field)+`"`) {
			w.T.Errorf("a moderator cannot verify %s", x.field)
		}
	}
}

// historySays looks at the history, which has every field once, and at its feed.
func (w *world) historySays(path string) {
	w.T.Helper()
	changes := facts(w.as(visitor).Get(path + "/history").Want(200).Body)
	feed := oneSpace(html.UnescapeString(w.as(visitor).Get(path + "/feed").Want(200).Body))
	for _, x := range samples {
		label := x.label
		if _, lang, text := strings.Cut(string(x.field), "."); text {
			label += " (" + map[string]string{"kk": "Қазақша", "ru": "Русский", "en": "English"}[lang] + ")"
		}
		if want := [2]string{label, "Было: " + x.was.written + " Стало: " + x.is.written}; !slices.Contains(changes, want) {
			w.T.Errorf("the history does not say %q: %q", want, changes)
		}
		if want := label + ": " + x.was.written + " → " + x.is.written; !strings.Contains(feed, want) {
			w.T.Errorf("the feed does not say %q", want)
		}
	}
	if len(changes) != len(samples) {
		w.T.Errorf("%d changes, want %d: %q", len(changes), len(samples), changes)
	}
}

func (w *world) schemaOrgSays(path string) {
	w.T.Helper()
	_, ld, _ := strings.Cut(w.as(visitor).Get("/kk"+strings.TrimPrefix(path, "/ru")).Want(200).Body, `<script type="application/ld+json">`)
	ld, _, _ = strings.Cut(ld, "</script>")
	var got map[string]any
	w.Must(json.Unmarshal([]byte(ld), &got))
	for _, of := range []string{"@context", "@id", "url"} { // of the page, not of the organisation
		delete(got, of)
	}
	b, _ := json.Marshal(got)
	equalJSON(w.T, "JSON-LD", string(b), members(func(x sample) string { return x.schema }))
}

func (w *world) searchFinds() {
	w.T.Helper()
	for _, x := range samples {
		if x.word == "" {
			continue
		}
		if p, err := w.List(w.Ctx(), visitor, Query{Text: x.word}); err != nil || len(p.Items) != 1 {
			w.T.Errorf("%q of %s does not find the entry: %v", x.word, x.field, err)
		}
	}
}

// members joins the members of a JSON object.
func members(of func(sample) string) string {
	var out []string
	for _, x := range samples {
		if m := of(x); m != "" {
			out = append(out, m)
		}
	}
	return strings.Join(out, ",")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equalJSON(t testing.TB, what, got, wantMembers string) {
	t.Helper()
	var a, b any
	must(t, json.Unmarshal([]byte(got), &a))
	must(t, json.Unmarshal([]byte("{"+wantMembers+"}"), &b))
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s:\n%s\nwant\n{%s}", what, got, wantMembers)
	}
}

// cells reads a table as any other program would.
func cells(t testing.TB, file string) (out [][]string) {
	t.Helper()
	rows, err := sheet.Open(strings.NewReader(file), int64(len(file)), sheet.Options{})
	must(t, err)
	defer rows.Close()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		must(t, err)
		out = append(out, slices.Clone(row.Cells))
	}
}

// controls are what the forms of a page would send as they stand; a field that would send nothing is
// there without a value.
func controls(page string) url.Values {
	out := url.Values{}
	for n := range nodes(page) {
		name := attribute(n, "name")
		switch n.DataAtom {
		case atom.Input:
			if attribute(n, "type") == "checkbox" && !has(n, "checked") {
				if out[name] == nil {
					out[name] = []string{} // asked for, and nothing chosen
				}
				continue
			}
			out[name] = append(out[name], attribute(n, "value"))
		case atom.Textarea:
			value := ""
			if n.FirstChild != nil {
				value = n.FirstChild.Data
			}
			out[name] = append(out[name], value)
		case atom.Select:
			out[name] = nil
			for o := range n.Descendants() {
				if o.DataAtom == atom.Option && has(o, "selected") {
					out[name] = append(out[name], attribute(o, "value"))
				}
			}
		}
	}
	return out
}

// facts are the terms of a page's lists with what is said of each: its text and its links, without
// small print.
func facts(page string) (out [][2]string) {
	for n := range nodes(page) {
		if n.DataAtom != atom.Dt {
			continue
		}
		said := n.NextSibling
		for said.DataAtom != atom.Dd {
			said = said.NextSibling
		}
		out = append(out, [2]string{spoken(n), spoken(said)})
	}
	return out
}

// spoken is the text of a node, with the addresses of links; items of a list are set apart.
func spoken(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if class := attribute(n, "class"); class == "small" || class == "choice" {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
		switch {
		case n.DataAtom == atom.A:
			b.WriteString(" " + attribute(n, "href"))
		case n.DataAtom == atom.Li && n.NextSibling != nil:
			b.WriteString("; ")
		}
	}
	walk(n)
	return oneSpace(b.String())
}

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

func nodes(page string) iter.Seq[*html.Node] {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		panic(err) // a reader that fails, which this one does not
	}
	return root.Descendants()
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
