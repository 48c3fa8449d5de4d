package organisations

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

// The clock of the tests: 10 March 2026, noon in the city.
var noon = time.Date(2026, 3, 10, 7, 0, 0, 0, time.UTC)

var zone = time.FixedZone("UTC+5", 5*3600)

var districts = []District{
	{"abay", civic.Text{"kk": "Абай ауданы", "ru": "Абайский район"}},
	{"al-farabi", civic.Text{"kk": "Әл-Фараби ауданы", "ru": "Аль-Фарабийский район"}},
	{"enbekshi", civic.Text{"kk": "Еңбекші ауданы", "ru": "Енбекшинский район"}},
	{"karatau", civic.Text{"kk": "Қаратау ауданы", "ru": "Каратауский район"}},
	{"turan", civic.Text{"kk": "Тұран ауданы", "ru": "Туранский район"}},
}

// parts are the register and what it stands on.
func parts() []part.Part {
	return []part.Part{city.Part(), search.Part(), record.Part(), identity.Part(), notifications.Part(), Part()}
}

func schemas() []storage.Schema {
	out := []storage.Schema{jobs.Schema(), audit.Schema()}
	for _, p := range parts() {
		out = append(out, storage.Schema{Module: p.Name, Files: p.Schema})
	}
	return out
}

// words are the texts of the register and of what it stands on.
var words = sync.OnceValue(func() *i18n.Catalog {
	sources := []i18n.Source{{Name: "web", Files: web.Texts()}, {Name: "ui", Files: ui.Texts()}}
	for _, p := range parts() {
		sources = append(sources, i18n.Source{Name: p.Name, Files: p.Texts})
	}
	catalog, err := i18n.Load(zone, sources...)
	if err != nil {
		panic(err)
	}
	return catalog
})

// world is the register with the services that it stands on, without the rest of the program.
type world struct {
	*Service
	log *record.Log
	t   testing.TB
	now *time.Time
}

func newWorld(t testing.TB, db *storage.DB, now *time.Time) *world {
	t.Helper()
	ctx := context.Background()
	declared, err := part.Declare(words(), parts()...)
	must(t, err)
	must(t, db.Write(ctx, func(tx *storage.Tx) error {
		tx.Touch(city.Topic)
		for i, d := range districts {
			if _, err := tx.Exec("INSERT INTO city_district (code, name, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", d.Code, d.Name, i); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO identity_account (id, email, name, lang, password, verified_at, verified_by, created_at, erased_at)
			VALUES ($1, 'resident@city.test', 'R', 'kk', '', 0, '', 1, 0) ON CONFLICT DO NOTHING`, resident.Account)
		return err
	}))
	trail := audit.New(declared.Audited)
	settings, err := city.New(ctx, db, zone, declared.Settings(), trail)
	must(t, err)
	post := mail.Post{Catalog: words()}
	people, err := identity.New(db, settings, post, declared, trail, identity.Options{Origin: "http://city.test"})
	must(t, err)
	index, err := search.New(db, declared)
	must(t, err)
	log := record.New(db, record.Options{Origin: "city.example", Zone: zone, Declared: declared, Search: index})
	notices := notifications.New(db, settings, people, post, "http://city.test")
	return &world{New(db, settings, index, log, people, notices, trail), log, t, now}
}

// told is what the resident was told, the newest first.
func (w *world) told() []notifications.Kept {
	w.t.Helper()
	page, err := w.notices.Notices(w.t.Context(), resident.Account, "")
	must(w.t, err)
	return page.Notices
}

// speakers are the accounts that speak for an organisation.
func (w *world) speakers(id civic.ID) []civic.ID {
	w.t.Helper()
	var out []civic.ID
	must(w.t, w.db.Read(w.t.Context(), func(tx *storage.Tx) (err error) {
		out, err = w.identity.HoldersOf(tx, civic.Representative, RefOf(id))
		return err
	}))
	return out
}

// each runs a test on an empty register on every engine.
func onEach(t *testing.T, test func(t *testing.T, w *world)) {
	now := noon
	storagetest.EachWith(t, schemas(), storage.Options{Clock: func() time.Time { return now }}, func(t *testing.T, db *storage.DB) {
		now = noon
		test(t, newWorld(t, db, &now))
	})
}

var (
	moderator = civic.Actor{Account: "0moderator", Name: "M", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Moderator}}}
	admin     = civic.Actor{Account: "0admin", Name: "A", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
	resident  = civic.Actor{Account: "0resident", Name: "R", Assurance: civic.EmailConfirmed}
	visitor   = civic.Actor{}
)

func speaksFor(id civic.ID) civic.Actor {
	return civic.Actor{Account: "0speaker", Name: "S", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: RefOf(id)}}}
}

func (w *world) create(values map[Field]string) civic.ID {
	w.t.Helper()
	if values[fieldKind] == "" {
		values[fieldKind] = NGO
	}
	if values[fieldStatus] == "" {
		values[fieldStatus] = Active
	}
	id, err := w.Create(context.Background(), moderator, values, Public)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) load(csv string, m Mapping, dry bool) Report {
	w.t.Helper()
	report, err := w.Import(context.Background(), strings.NewReader(csv), int64(len(csv)), m, dry, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

func (w *world) names(q Query) []string {
	w.t.Helper()
	p, err := w.List(context.Background(), moderator, q)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, it := range p.Items {
		out = append(out, it.Name.String())
	}
	return out
}

func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rows %d created %d updated %d unchanged %d rejected %d", r.Rows, r.Created, r.Updated, r.Unchanged, r.Rejected)
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "\n%d:%d %s %s %q note=%v %v", p.Line, p.Column, p.Field, p.Message.Key, p.Value, p.Note, p.Message.Args)
	}
	return b.String()
}

// generate makes a table of n organisations in the way of the lists that cities receive.
func generate(n int) []byte {
	var b bytes.Buffer
	b.WriteString("БИН;Наименование;Атауы;Тип;ОПФ;Статус;Дата регистрации;Направления;Район;Миссия;Адрес;Телефон;Email;Сайт\n")
	words := []string{"Болашақ", "Үміт", "Достық", "Надежда", "Қайырым", "Тірек", "Шаңырақ", "Жас Отан", "Мейірім", "Забота"}
	statuses := []string{"действует", "действует", "действует", "действует", "ликвидирована", "не ведёт деятельность"}
	for i := range n {
		word := words[i%len(words)]
		number := fmt.Sprintf("%06d", i)
		d := fmt.Sprintf("%012d", 0)
		for c := range 10 {
			d = fmt.Sprintf("%02d%02d4%d%s%d", i%90, 1+i%12, i%4, number[1:], c)
			if civic.ValidBIN(d) {
				break
			}
		}
		if !civic.ValidBIN(d) {
			d = ""
		}
		fmt.Fprintf(&b, "%s;Общественный фонд «%s %d»;«%s %d» қоғамдық қоры;нпо;фонд;%s;%02d.%02d.%d;%s;%s;Помощь семьям и детям в городе, занятия в мектептерімізде, кружки и секции для каждого, кто хочет учиться %d;Шымкент, көшесі %d;+7 7252 %06d;info%d@example.kz;https://example.kz/%d\n",
			d, word, i, word, i, statuses[i%len(statuses)], 1+i%28, 1+i%12, 1991+i%34, themes[i%11].Code+" | "+themes[(i*7+3)%11].Code, districts[i%5].Code, i, i, i%1000000, i, i)
	}
	return b.Bytes()
}
