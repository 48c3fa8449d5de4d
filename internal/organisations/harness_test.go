package organisations

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/search"
)

// The clock of the tests: 10 March 2026, noon in the city.
var noon = time.Date(2026, 3, 10, 7, 0, 0, 0, time.UTC)

var zone = time.FixedZone("UTC+5", 5*3600)

type rules struct{ day int64 }

func (r rules) Value(key string) int64 {
	if key != FilingDay {
		panic("unknown setting " + key)
	}
	return r.day
}

func (r rules) Calendar() civic.Calendar { return civic.Calendar{Zone: zone} }

var districts = []District{
	{"abay", civic.Text{"kk": "Абай ауданы", "ru": "Абайский район"}},
	{"al-farabi", civic.Text{"kk": "Әл-Фараби ауданы", "ru": "Аль-Фарабийский район"}},
	{"enbekshi", civic.Text{"kk": "Еңбекші ауданы", "ru": "Енбекшинский район"}},
	{"karatau", civic.Text{"kk": "Қаратау ауданы", "ru": "Каратауский район"}},
	{"turan", civic.Text{"kk": "Тұран ауданы", "ru": "Туранский район"}},
}

// recorded is what the register asked of others.
type recorded struct {
	mu      sync.Mutex
	grants  []civic.Grant
	notices []civic.Message
	paths   []string // that the notices lead to
	acts    []string
}

func (r *recorded) Grant(_ *storage.Tx, _ civic.ID, g civic.Grant, _ civic.Actor) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.grants = append(r.grants, g)
	return nil
}

func (r *recorded) Notify(_ *storage.Tx, _ civic.ID, m civic.Message, _ civic.Ref, path string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notices, r.paths = append(r.notices, m), append(r.paths, path)
	return nil
}

func (r *recorded) audit(_ *storage.Tx, _ civic.Actor, act string, _ civic.Ref, _ map[string]string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acts = append(r.acts, act)
	return nil
}

type world struct {
	*Service
	*recorded
	t   testing.TB
	now *time.Time
}

func newWorld(t testing.TB, db *storage.DB, now *time.Time) *world {
	rec := &recorded{}
	index, err := search.New(db, Searched(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &world{recorded: rec, t: t, now: now, Service: New(db, Deps{Rules: rules{331}, Districts: func() []District { return districts },
		Grants: rec, Notify: rec, Audit: rec.audit, Search: index})}
}

// each runs a test on an empty register on every engine.
func onEach(t *testing.T, test func(t *testing.T, w *world)) {
	now := noon
	storagetest.EachWith(t, []storage.Schema{Schema(), search.Schema()}, storage.Options{Clock: func() time.Time { return now }}, func(t *testing.T, db *storage.DB) {
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
