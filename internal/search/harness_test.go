package search_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/search"
)

// The things of the tests: books and the notes of readers in them.
const (
	book = "library.book"
	note = "library.note"
)

var (
	visitor   = civic.Actor{}
	librarian = civic.Actor{Account: "librarian", Grants: []civic.Grant{{Role: civic.Moderator}}}
	stranger  = civic.Actor{Account: "stranger", Grants: []civic.Grant{{Role: civic.Officer, Scope: civic.Ref{Kind: book, ID: "elsewhere"}}}}
)

// library is an index, and who may see what is in it.
type library struct {
	*search.Service
	t      testing.TB
	db     *storage.DB
	now    *atomic.Int64
	titles map[civic.Ref]civic.Text
	shut   map[civic.ID]bool // only the librarian may see it
	gone   map[civic.ID]bool // nobody may see it
}

func each(t *testing.T, test func(t *testing.T, l *library)) {
	t.Helper()
	now := new(atomic.Int64)
	opts := storage.Options{Clock: func() time.Time { return time.UnixMilli(now.Load()) }}
	storagetest.EachWith(t, schemas(), opts, func(t *testing.T, db *storage.DB) {
		now.Store(time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC).UnixMilli())
		test(t, newLibrary(t, db, now))
	})
}

func newLibrary(t testing.TB, db *storage.DB, now *atomic.Int64) *library {
	l := &library{t: t, db: db, now: now, titles: map[civic.Ref]civic.Text{}, shut: map[civic.ID]bool{}, gone: map[civic.ID]bool{}}
	declared, err := part.Declare(catalog(), search.Part(), l.part())
	if err != nil {
		t.Fatal(err)
	}
	if l.Service, err = search.New(db, declared); err != nil {
		t.Fatal(err)
	}
	return l
}

func schemas() []storage.Schema {
	return []storage.Schema{{Module: "search", Files: search.Part().Schema}}
}

func catalog() *i18n.Catalog {
	c, err := i18n.Load(time.UTC, i18n.Source{Name: "web", Files: web.Texts()}, i18n.Source{Name: "ui", Files: ui.Texts()},
		i18n.Source{Name: "search", Files: search.Part().Texts}, i18n.Source{Name: "library", Files: libraryTexts})
	if err != nil {
		panic(err)
	}
	return c
}

// part is the library as the search meets it.
func (l *library) part() part.Part {
	return part.Part{Name: "library", Texts: libraryTexts,
		Kinds:   []part.Kind{{Name: book, Searched: true, Titles: l.resolver(book)}, {Name: note, Searched: true, Titles: l.resolver(note)}},
		Without: []part.Absence{part.No("a test's", part.PointSettings, part.PointActs, part.PointAudited, part.PointPersonal, part.PointHelp)}}
}

func (l *library) resolver(kind string) part.Resolver {
	return func(_ *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
		out := map[civic.ID]part.Resolved{}
		for _, id := range ids {
			if title, ok := l.titles[civic.Ref{Kind: kind, ID: id}]; ok && !l.gone[id] && (!l.shut[id] || actor.Has(civic.Moderator)) {
				out[id] = part.Resolved{Title: title, Path: "/library/" + string(id)}
			}
		}
		return out, nil
	}
}

func (l *library) write(fn func(*storage.Tx) error) {
	l.t.Helper()
	if err := l.db.Write(context.Background(), fn); err != nil {
		l.t.Fatal(err)
	}
}

// put makes a thing found; id is also what the tests call it.
func (l *library) put(kind string, number int64, id string, public bool, text search.Text) {
	l.t.Helper()
	ref := civic.Ref{Kind: kind, ID: civic.ID(id)}
	l.titles[ref] = civic.Text{"kk": text.Title}
	l.write(func(tx *storage.Tx) error {
		return l.Put(tx, search.Document{Ref: ref, Number: number, Public: public, Words: search.Analyse(text)})
	})
}

func (l *library) find(actor civic.Actor, q search.Query) (groups []search.Group) {
	l.t.Helper()
	if q.Most == 0 {
		q.Most = 50
	}
	err := l.db.Read(context.Background(), func(tx *storage.Tx) (err error) { groups, err = l.Find(tx, actor, q); return err })
	if err != nil {
		l.t.Fatalf("%+v: %v", q, err)
	}
	return groups
}

// found is the ids of what is found, in order, of all kinds.
func (l *library) found(actor civic.Actor, text string) string {
	l.t.Helper()
	var ids []string
	for _, g := range l.find(actor, search.Query{Text: text}) {
		ids = append(ids, idsOf(g)...)
	}
	return strings.Join(ids, " ")
}

func idsOf(g search.Group) (ids []string) {
	for _, h := range g.Hits {
		ids = append(ids, string(h.Ref.ID))
	}
	return ids
}

func (l *library) expect(actor civic.Actor, text, want string) {
	l.t.Helper()
	if got := l.found(actor, text); got != want {
		l.t.Errorf("%q finds [%s], want [%s]", text, got, want)
	}
}

// ask opens a page.
func (l *library) ask(actor civic.Actor, path string) (status int, body string) {
	l.t.Helper()
	server, err := web.NewServer(web.Config{Catalog: catalog(), Routes: l.Running().Routes, Versions: l.db.Version, Clock: l.db.Now,
		Authenticate: func(*http.Request) (civic.Actor, error) { return actor, nil },
		Shell:        func(_ *http.Request, p *ui.Page) { p.Search = search.Path }})
	if err != nil {
		l.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	body = strings.ReplaceAll(w.Body.String(), "\u00a0", " ")
	if strings.Contains(body, "⟦") {
		l.t.Errorf("%s has a key without words\n%s", path, body)
	}
	return w.Code, body
}

// page opens a page that must be there and have all the words, in any order.
func (l *library) page(actor civic.Actor, path string, words ...string) string {
	l.t.Helper()
	status, body := l.ask(actor, path)
	if status != 200 {
		l.t.Errorf("%s: %d", path, status)
	}
	if i := slices.IndexFunc(words, func(w string) bool { return !strings.Contains(body, w) }); i >= 0 {
		l.t.Errorf("%s lacks %q\n%s", path, words[i], body)
	}
	return body
}
