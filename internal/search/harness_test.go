package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/search"
)

// The things of the tests: books and the notes of readers in them.
const (
	book = "library.book"
	note = "library.note"
)

var (
	visitor   = civic.Actor{}
	librarian = civic.Actor{Account: "librarian", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Moderator}}}
	stranger  = civic.Actor{Account: "stranger", Grants: []civic.Grant{{Role: civic.Officer, Scope: civic.Ref{Kind: book, ID: "elsewhere"}}}}
)

// library is a city with a capability whose things are only in the index, and which says for
// each thing who may see it. So tests can index exactly what they need, also what no real
// capability would allow, such as a wrong flag.
type library struct {
	*citytest.City
	titles map[civic.Ref]civic.Text
	shut   map[civic.ID]bool // only the librarian may see it
	gone   map[civic.ID]bool // nobody may see it
	people map[civic.ID]*citytest.Person
}

func each(t *testing.T, test func(t *testing.T, l *library)) {
	t.Helper()
	t.Parallel()
	storagetest.OnEach(t, func(t *testing.T, dsn string) { test(t, newLibrary(t, dsn)) })
}

func newLibrary(t testing.TB, dsn string) *library {
	l := &library{titles: map[civic.Ref]civic.Text{}, shut: map[civic.ID]bool{}, gone: map[civic.ID]bool{}, people: map[civic.ID]*citytest.Person{}}
	l.City = citytest.Open(t, dsn, app.Config{Capabilities: []capability.Capability{{Part: l.part(), New: func(capability.City) part.Running { return part.Running{} }}}})
	return l
}

// part is the library as the search meets it.
func (l *library) part() part.Part {
	return part.Part{Name: "library", Texts: libraryTexts,
		Kinds: []part.Kind{{Name: book, Searched: true, Titles: l.resolver(book)}, {Name: note, Searched: true, Titles: l.resolver(note)}},
		Without: []part.Absence{part.No("a test's", part.PointSettings, part.PointActs, part.PointAudited, part.PointPersonal, part.PointHelp,
			part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe)}}
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

// put indexes a thing. Its id is also the name that the tests use.
func (l *library) put(kind string, number int64, id string, public bool, text search.Text, about ...city.Scope) {
	l.T.Helper()
	ref := civic.Ref{Kind: kind, ID: civic.ID(id)}
	l.titles[ref] = civic.Text{"kk": text.Title}
	l.Write(func(tx *storage.Tx) error {
		return l.Search.Put(tx, search.Document{Ref: ref, Number: number, Public: public, About: about, Words: search.Analyse(text)})
	})
}

func (l *library) find(actor civic.Actor, q search.Query) (groups []search.Group) {
	l.T.Helper()
	if q.Most == 0 {
		q.Most = 50
	}
	err := l.DB.Read(l.Ctx(), func(tx *storage.Tx) (err error) { groups, err = l.Search.Find(tx, actor, q); return err })
	if err != nil {
		l.T.Fatalf("%+v: %v", q, err)
	}
	return groups
}

// found is the ids of what is found, in order, of all kinds.
func (l *library) found(actor civic.Actor, text string) string {
	l.T.Helper()
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
	l.T.Helper()
	if got := l.found(actor, text); got != want {
		l.T.Errorf("%q finds [%s], want [%s]", text, got, want)
	}
}

// ask opens a page as the actor, who has an account from the first time on.
func (l *library) ask(actor civic.Actor, path string) (status int, body string) {
	l.T.Helper()
	if actor.Account != "" && l.people[actor.Account] == nil {
		l.people[actor.Account] = l.Known(actor)
	}
	page := l.Browser(l.people[actor.Account]).Get(path)
	if strings.Contains(page.Body, "⟦") {
		l.T.Errorf("%s has a key without words\n%s", path, page.Body)
	}
	return page.Status, strings.ReplaceAll(page.Body, "\u00a0", " ")
}

// page opens a page that must be there and have all the words, in any order.
func (l *library) page(actor civic.Actor, path string, words ...string) string {
	l.T.Helper()
	status, body := l.ask(actor, path)
	if status != 200 {
		l.T.Errorf("%s: %d", path, status)
	}
	if i := slices.IndexFunc(words, func(w string) bool { return !strings.Contains(body, w) }); i >= 0 {
		l.T.Errorf("%s lacks %q\n%s", path, words[i], body)
	}
	return body
}
