package record_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/internal/search"
)

var (
	visitor = civic.Actor{}
	officer = civic.Actor{Account: "o", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Officer, Scope: organisations.RefOf("akimat")}}}
	admin   = civic.Actor{Account: "a", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
)

// keeper is a role that only the board has.
const keeper = civic.Role("board.keeper")

// board is a city with a made-up capability: notes on a board, which people write and a
// moderator may remove and restore. Only its acts are in the record, so the tests know the
// number of each act, and can also make acts that the record must refuse.
type board struct {
	*citytest.City
	log    *record.Log // this node's
	people map[civic.ID]*citytest.Person
}

func boardCapability() capability.Capability {
	return capability.Capability{Part: boardPart(), New: func(capability.City) part.Running { return part.Running{} }}
}

func boardPart() part.Part {
	texts := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		texts[string(lang)+".toml"] = &fstest.MapFile{Data: []byte(`kind_note = "Note"
found_note = "Notes"
act_note_said = "Said"
act_note_removed = "Removed"
act_note_restored = "Put back"
act_note_noted = "Noted"
fact_title = "Title"
fact_text = "Text"
fact_rule = "Rule"
fact_amount = "Amount"
fact_after = "After"
fact_about = "About what"
fact_lang = "Language"
fact_sure = "Sure"
fact_hash = "Hash"
fact_list = "List"
mood_glad = "Glad"
role_keeper = "Keeper of the board"
role_keeper_for = "Keeps it."
`)}
	}
	return part.Part{
		Name:  "board",
		Texts: texts,
		Schema: fstest.MapFS{"0001_board.sql": {Data: []byte(
			"CREATE TABLE board_note (id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, hidden BOOLEAN NOT NULL);\n")}},
		Kinds: []part.Kind{{Name: "board.note", Titles: titles, Searched: true}},
		Acts: []part.Act{
			{Name: "board.note.said", Page: proof.Shown, Current: current, Members: []string{"title", "text"}},
			{Name: "board.note.removed", Page: proof.Withdrawn, Moderation: part.Removal, Members: []string{"rule"}, Things: map[string]string{"rule": moderation.KindRule}},
			{Name: "board.note.restored", Page: proof.Shown, Current: current, Moderation: part.Restoration, Members: []string{"title", "text"}},
			{Name: "board.note.noted", Optional: []string{"text", "title", "amount", "after", "about", "lang", "sure", "list", "hash"},
				Rows:   map[string][]string{"list": {"amount", "after", "sure", "title"}},
				Things: map[string]string{"after": "board.note", "about": ""}, Codes: map[string]string{"sure": "board.mood_"}},
		},
		Roles: []part.Role{{Name: keeper}},
		Without: []part.Absence{part.No("it is a test's", part.PointSettings, part.PointAudited, part.PointPersonal, part.PointHelp,
			part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe)},
	}
}

// evening is when a board begins: already the 23rd in the city.
var evening = time.Date(2026, 11, 22, 19, 30, 0, 0, time.UTC)

func each(t *testing.T, test func(t *testing.T, b *board)) { eachWith(t, app.Config{}, test) }

func eachWith(t *testing.T, cfg app.Config, test func(t *testing.T, b *board)) {
	cfg.Capabilities = []capability.Capability{boardCapability()}
	citytest.EachWith(t, cfg, func(t *testing.T, c *citytest.City) {
		c.At(evening)
		test(t, &board{c, c.Record, map[civic.ID]*citytest.Person{}})
	})
}

// node is another node of the city. It sequences acts beside the first and may know witnesses.
func (b *board) node(witnesses ...record.Witness) *board {
	log := record.New(b.DB, record.Options{Origin: host, Zone: citytest.Zone, Search: b.Search, Declared: b.Declared, Witnesses: witnesses})
	return &board{b.City, log, b.people}
}

// opened is a city in a database that the caller opens and closes, for a process that runs
// without a test.
func opened(path string) (*app.App, error) {
	at, err := url.Parse(citytest.Origin)
	if err != nil {
		return nil, err
	}
	return app.Open(context.Background(), app.Config{Database: path, URL: at, Capabilities: []capability.Capability{boardCapability()}})
}

// host is the name that the city's record has.
var host = strings.TrimPrefix(citytest.Origin, "http://")

type note struct {
	id          civic.ID
	title, text string
	hidden      bool
}

func load(tx *storage.Tx, ids []civic.ID) (map[civic.ID]note, error) {
	in, args := storage.In(nil, ids)
	out := map[civic.ID]note{}
	for n, err := range storage.Each(tx, storage.Into(func(n *note) []any { return []any{&n.id, &n.title, &n.text, &n.hidden} }),
		"SELECT id, title, text, hidden FROM board_note WHERE id IN "+in, args...) {
		if err != nil {
			return nil, err
		}
		if !n.hidden {
			out[n.id] = n
		}
	}
	return out, nil
}

func current(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	notes, err := load(tx, ids)
	out := map[civic.ID]part.PageData{}
	for id, n := range notes {
		out[id] = part.PageData{Payload: map[string]any{"title": n.title}, Texts: map[string]string{"text": n.text}}
	}
	return out, err
}

func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	notes, err := load(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for id, n := range notes {
		out[id] = part.Resolved{Title: civic.Text{"kk": n.title}, Path: "/notes/" + string(id), Within: civic.Text{"kk": "Қызыл тақта"}}
	}
	return out, err
}

// notes numbers the notes of all boards.
var notes atomic.Int64

// write stores a note and indexes it for the search.
func (b *board) write(tx *storage.Tx, ref civic.Ref, title, text string) error {
	if _, err := tx.Exec("INSERT INTO board_note (id, title, text, hidden) VALUES ($1, $2, $3, $4)", ref.ID, title, text, false); err != nil {
		return err
	}
	return b.Search.Put(tx, search.Document{Ref: ref, Number: notes.Add(1), Public: true, Words: search.Analyse(search.Text{Title: title, Rest: text})})
}

// say writes a note and its act in one transaction.
func (b *board) say(t testing.TB, title, text string, from ...civic.ID) (ref civic.Ref, act civic.ID) {
	t.Helper()
	ref = civic.Ref{Kind: "board.note", ID: civic.NewID(b.DB.Now())}
	var follows []civic.Ref
	for _, id := range from {
		follows = append(follows, civic.Ref{Kind: "board.note", ID: id})
	}
	err := b.DB.Write(context.Background(), func(tx *storage.Tx) error {
		if err := b.write(tx, ref, title, text); err != nil {
			return err
		}
		c, err := b.log.Commit(tx, text)
		if err != nil {
			return err
		}
		act, err = b.log.Append(tx, record.Entry{Kind: "board.note.said", Subject: ref, FollowsFrom: follows, Actor: civic.Resident,
			Payload: map[string]any{"title": title, "text": c}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ref, act
}

// mark hides or shows a note, with the act or, for an attacker, without one.
func (b *board) mark(t testing.TB, ref civic.Ref, hidden bool, kind string) {
	t.Helper()
	err := b.DB.Write(context.Background(), func(tx *storage.Tx) error {
		if _, err := tx.Exec("UPDATE board_note SET hidden = $2 WHERE id = $1", ref.ID, hidden); err != nil || kind == "" {
			return err
		}
		payload := map[string]any{"rule": "insult.1"}
		if !hidden {
			shown, err := load(tx, []civic.ID{ref.ID})
			if err != nil {
				return err
			}
			c, err := b.log.Commit(tx, shown[ref.ID].text)
			if err != nil {
				return err
			}
			payload = map[string]any{"title": shown[ref.ID].title, "text": c}
		}
		_, err := b.log.Append(tx, record.Entry{Kind: kind, Subject: ref, Actor: keeper, Payload: payload})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (b *board) sequence(t testing.TB) {
	t.Helper()
	for {
		n, err := b.log.Sequence(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// browser is that of an actor, who has an account from the first time on.
func (b *board) browser(actor civic.Actor) *citytest.Browser {
	if actor.Account == "" {
		return b.Browser(nil)
	}
	if b.people[actor.Account] == nil {
		b.people[actor.Account] = b.Known(actor)
	}
	return b.Browser(b.people[actor.Account])
}

// get and post ask as the actor.
func (b *board) get(actor civic.Actor, path string) *citytest.Page {
	b.T.Helper()
	return spaced(b.browser(actor).Get(path))
}

func (b *board) post(actor civic.Actor, path string, form url.Values) *citytest.Page {
	b.T.Helper()
	return spaced(b.browser(actor).PostForm(path, form))
}

// spaced is the page with its no-break spaces replaced by plain ones.
func spaced(p *citytest.Page) *citytest.Page {
	p.Body = strings.ReplaceAll(p.Body, "\u00a0", " ")
	return p
}

// verify reads the record over HTTP, as a stranger does.
func (b *board) verify(t testing.TB, opts proof.Options) (proof.Report, error) {
	t.Helper()
	srv := httptest.NewServer(b.Handler())
	defer srv.Close()
	site, err := proof.NewSite(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	if opts.Wait == nil {
		opts.Wait = func(context.Context) error { return nil }
	}
	return proof.Verify(context.Background(), site, opts)
}

// holds verifies the record and returns what the verifier remembers.
func (b *board) holds(t testing.TB, opts proof.Options) proof.Report {
	t.Helper()
	r, err := b.verify(t, opts)
	if err != nil {
		t.Fatalf("the record does not hold: %v", err)
	}
	return r
}

// fails verifies the record and expects the given finding.
func (b *board) fails(t testing.TB, opts proof.Options, code proof.Code, index int64) {
	t.Helper()
	_, err := b.verify(t, opts)
	var f *proof.Finding
	if !errors.As(err, &f) || f.Code != code || f.Index != index {
		t.Errorf("found %v (%#v), want %s at %d", err, f, code, index)
	} else if index >= 0 && !strings.Contains(f.Text, fmt.Sprintf("entry %d", index)) {
		t.Errorf("the words do not name entry %d: %s", index, f.Text)
	}
}
