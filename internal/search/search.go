// Package search is the one index over everything that people can look for in the city. Each
// part puts its things in whenever they change; the page /search, the parts' own lists and
// whoever needs to find a thing to refer to ask the same index.
//
// Who may see a thing is decided by the kind's resolver, for every hit and whoever asks. That a
// document says whether it is public only saves looking at what nobody else may see.
package search

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/lexis"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Kind is a kind of thing that is searched.
type Kind struct {
	Name  string
	Found string // key of the heading over things of the kind: "Organisations"
}

// Service is the index. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	kinds    []Kind
	city     *city.Service
	declared *part.Declared // who may see what is found, and its title
	often    *web.Limiter
}

// New makes the index over the kinds of things that the parts declare as searched, on a database
// that has its schema. The page shows them in the order in which they are declared.
func New(db *storage.DB, settings *city.Service, declared *part.Declared) (*Service, error) {
	var kinds []Kind
	for _, p := range declared.Parts() {
		for _, k := range p.Kinds {
			if k.Searched {
				kinds = append(kinds, Kind{k.Name, part.FoundKey(k.Name)})
			}
		}
	}
	return &Service{db: db, city: settings, kinds: kinds, declared: declared, often: newLimiter(db.Now)}, checkKinds(kinds)
}

// Document is a thing as the index knows it.
type Document struct {
	Ref civic.Ref
	// Number tells the thing apart from others of its kind. It never changes, and a thing that
	// came later has a greater one: of two that are found equally well, the later stands first.
	// List joins the kind's own table by it.
	Number int64
	Public bool         // everybody may see the thing
	About  []city.Scope // the districts and themes by which it is filtered; an organisation works in several
	Words  Words
}

// Text is what a thing says.
type Text struct {
	Title string // words found here count most; texts of several languages are joined by Join
	Rest  string
	// Numbers are those by which the thing is called, such as a BIN: found in every spelling.
	Numbers []string
	// No is for a thing that is numbered within another, such as a statement in a consultation;
	// Within has the words of that other. Together they find the thing: "№ 12 park".
	No     int64
	Within string
}

// Join puts texts and their languages together.
func Join(texts ...civic.Text) string {
	var b strings.Builder
	for _, t := range texts {
		for _, lang := range civic.Languages() {
			if t[lang] != "" {
				b.WriteString(t[lang] + "\n")
			}
		}
	}
	return b.String()
}

// Words are the terms under which a thing is found.
type Words struct{ title, rest, within string }

// Analyse makes the terms of a text. That is the costly part of putting a document, and needs no
// transaction: imports do it before they begin one.
func Analyse(t Text) Words {
	w := Words{title: lexis.Analyse(t.Title), rest: lexis.Analyse(t.Rest)}
	for _, number := range t.Numbers {
		w.title += " " + lexis.Analyse(number) + " " + lexis.Number(number)
	}
	if t.No > 0 {
		w.within = lexis.Number(strconv.FormatInt(t.No, 10)) + " " + lexis.Analyse(t.Within)
	}
	return w
}

// Put writes documents into the index, each in the place of the one that its thing had before.
// A kind that is not searched is a programming error.
func (s *Service) Put(tx *storage.Tx, documents ...Document) error {
	for _, d := range documents {
		if err := s.check(d.Ref.Kind, d.Number); err != nil {
			return err
		}
	}
	return put(tx, documents)
}

// Remove takes things of a kind out of the index. An id that is not in the index does no harm.
func (s *Service) Remove(tx *storage.Tx, kind string, numbers ...int64) error {
	for _, n := range numbers {
		if err := s.check(kind, n); err != nil {
			return err
		}
	}
	return remove(tx, kind, numbers)
}

// forget takes the words of what is no longer in the index off the disk. SQLite only marks what was
// taken out, until it merges the pieces of which the index consists; this merges all of them, a
// little in each transaction, so that others need not wait. PostgreSQL's vacuum does the same.
func (s *Service) forget(ctx context.Context) error {
	if s.db.Engine() != storage.SQLite {
		return nil
	}
	for first, more := true, true; more; first = false {
		err := s.db.Write(ctx, func(tx *storage.Tx) (err error) { more, err = merge(tx, first); return err })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) check(kind string, number int64) error {
	if _, ok := s.kind(kind); !ok {
		return fmt.Errorf("search: things of the kind %q are put or removed, but the kind is not declared as searched", kind)
	}
	if number <= 0 || number > maxNumber {
		return fmt.Errorf("search: the number %d of a thing of the kind %q is out of bounds", number, kind)
	}
	return nil
}

func (s *Service) kind(name string) (Kind, bool) {
	for _, k := range s.kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Query is what is looked for. Without words it is everything that is about something.
type Query struct {
	Text  string     // as people type it
	About city.Scope // what it must be about
	Kind  string     // "": all kinds
	After string     // where an earlier Group ended; only with Kind
	Most  int        // hits of each kind
}

// Hit is a thing that was found.
type Hit struct {
	Ref civic.Ref
	part.Resolved
}

// Group is what was found of one kind, the best first.
type Group struct {
	Kind  Kind
	Hits  []Hit
	Total int64  // how many things there are; more than maxCounted is not counted
	Next  string // where to go on; "" at the end
}

// maxCounted bounds what is counted, so that a common word costs no more in a large city.
const maxCounted = 1000

// maxRounds bounds how often more is looked for because the actor may not see what was found.
const maxRounds = 5

// Find returns what the actor may see of what is found, by kind. Anybody may ask anything: a
// query without a word and a scope finds nothing, and an After that Find has not given begins at the beginning.
func (s *Service) Find(tx *storage.Tx, actor civic.Actor, q Query) (groups []Group, err error) {
	m, ok := parse(tx.Engine(), q.Text, q.About)
	if !ok {
		return nil, nil
	}
	for _, k := range s.kinds {
		if q.Kind != "" && q.Kind != k.Name {
			continue
		}
		g, err := s.group(tx, actor, m, k, q)
		if err != nil {
			return nil, err
		}
		if len(g.Hits) > 0 || g.Next != "" {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

func (s *Service) group(tx *storage.Tx, actor civic.Actor, m match, k Kind, q Query) (g Group, err error) {
	g.Kind = k
	spans, public, all, err := counted(tx, actor, m, k)
	if err != nil || len(spans) == 0 {
		return g, err
	}
	g.Next = q.After
	for range maxRounds {
		page, err := list(tx, m, spans, g.Next, q.Most-len(g.Hits), all, ownRows(tx.Engine()))
		if err != nil {
			return g, err
		}
		refs := make([]civic.Ref, len(page.Items))
		for i, r := range page.Items {
			refs[i] = civic.Ref{Kind: k.Name, ID: r.id}
		}
		titles, err := s.declared.Titles(tx, actor, refs)
		if err != nil {
			return g, err
		}
		for _, ref := range refs {
			if t, ok := titles[ref]; ok {
				g.Hits = append(g.Hits, Hit{ref, t})
			}
		}
		if g.Next = page.Next; g.Next == "" || len(g.Hits) == q.Most {
			break
		}
	}
	// What is not public is not counted: a number would tell that it is there.
	if g.Total = int64(len(g.Hits)); g.Next != "" || q.After != "" {
		g.Total = max(g.Total, public)
	}
	return g, nil
}

// Finds reports whether a thing that everybody may see is found by a search that is followed: the id of a KindQuery.
func (s *Service) Finds(tx *storage.Tx, query civic.ID, thing civic.Ref) (bool, error) {
	text, about, _ := readQuery(query)
	m, ok := parse(tx.Engine(), text, about)
	if _, searched := s.kind(thing.Kind); !ok || !searched {
		return false, nil
	}
	return finds(tx, m, spanOf(thing.Kind, true), thing.ID)
}

// counted says in which spans something may be found for the actor, how much of what is found
// is public, and how much there is in all. Counting first costs less than looking through every
// tier in vain.
func counted(tx *storage.Tx, actor civic.Actor, m match, k Kind) (spans []span, public, all int64, err error) {
	for _, open := range []bool{true, false} {
		if !open && len(actor.Grants) == 0 {
			continue
		}
		s := spanOf(k.Name, open)
		n, err := count(tx, m, s, maxCounted+1)
		if err != nil {
			return nil, 0, 0, err
		}
		if n > 0 {
			spans = append(spans, s)
		}
		if all += n; open {
			public = n
		}
	}
	return spans, public, all, nil
}
