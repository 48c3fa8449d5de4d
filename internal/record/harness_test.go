package record_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/internal/search"
)

var (
	zone    = time.FixedZone("UTC+5", 5*3600)
	officer = civic.Actor{Account: "o", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Officer, Scope: civic.Ref{Kind: "organisation", ID: "akimat"}}}}
	admin   = civic.Actor{Account: "a", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
)

// keeper is a role of the board's own.
const keeper = civic.Role("board.keeper")

// board is a capability as the record sees one: notes on a board, which people say and a
// moderator may remove and restore.
type board struct {
	search *search.Service
	db     *storage.DB
	log    *record.Log
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
rule_insult = "No insults"
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
			{Name: "board.note.removed", Page: proof.Withdrawn, Moderation: part.Removal, Members: []string{"rule"}},
			{Name: "board.note.restored", Moderation: part.Restoration, Members: []string{"rule"}},
			{Name: "board.note.noted", Optional: []string{"text", "title", "amount"}},
		},
		Roles:   []part.Role{{Name: keeper}},
		Without: []part.Absence{part.No("it is a test's", part.PointSettings, part.PointAudited, part.PointPersonal, part.PointHelp)},
	}
}

func catalog() *i18n.Catalog {
	c, err := i18n.Load(zone, i18n.Source{Name: "web", Files: web.Texts()}, i18n.Source{Name: "ui", Files: ui.Texts()},
		i18n.Source{Name: "record", Files: record.Part().Texts}, i18n.Source{Name: "search", Files: search.Part().Texts}, i18n.Source{Name: "board", Files: boardPart().Texts})
	if err != nil {
		panic(err)
	}
	return c
}

func declared() *part.Declared {
	d, err := part.Declare(catalog(), record.Part(), search.Part(), boardPart())
	if err != nil {
		panic(err)
	}
	return d
}

func schemas() []storage.Schema {
	return []storage.Schema{{Module: "record", Files: record.Part().Schema}, {Module: "search", Files: search.Part().Schema}, {Module: "board", Files: boardPart().Schema}}
}

// clock can be moved.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time { return time.UnixMilli(c.ms.Load()) }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 11, 22, 19, 30, 0, 0, time.UTC).UnixMilli()) // already the 23rd in the city
	return c
}

func newBoard(db *storage.DB, witnesses ...record.Witness) *board {
	d := declared()
	index, err := search.New(db, d)
	if err != nil {
		panic(err)
	}
	return &board{index, db, record.New(db, record.Options{Origin: "city.example", Zone: zone, Search: index, Witnesses: witnesses, Declared: d})}
}

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
		out[id] = part.Resolved{Title: civic.Text{"kk": n.title}, Path: "/notes/" + string(id)}
	}
	return out, err
}

// notes numbers the notes of all boards.
var notes atomic.Int64

// write stores a note and makes it found.
func (b *board) write(tx *storage.Tx, ref civic.Ref, title, text string) error {
	if _, err := tx.Exec("INSERT INTO board_note (id, title, text, hidden) VALUES ($1, $2, $3, $4)", ref.ID, title, text, false); err != nil {
		return err
	}
	return b.search.Put(tx, search.Document{Ref: ref, Number: notes.Add(1), Public: true, Words: search.Analyse(search.Text{Title: title, Rest: text})})
}

// say writes a note and its act in one transaction.
func (b *board) say(t testing.TB, title, text string, from ...civic.ID) (ref civic.Ref, act civic.ID) {
	t.Helper()
	ref = civic.Ref{Kind: "board.note", ID: civic.NewID(b.db.Now())}
	var follows []civic.Ref
	for _, id := range from {
		follows = append(follows, civic.Ref{Kind: "board.note", ID: id})
	}
	err := b.db.Write(context.Background(), func(tx *storage.Tx) error {
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
	err := b.db.Write(context.Background(), func(tx *storage.Tx) error {
		if _, err := tx.Exec("UPDATE board_note SET hidden = $2 WHERE id = $1", ref.ID, hidden); err != nil || kind == "" {
			return err
		}
		_, err := b.log.Append(tx, record.Entry{Kind: kind, Subject: ref, Actor: keeper, Payload: map[string]any{"rule": "board.rule_insult"}})
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

// tamper is somebody with the database in their hands: past the program, past the guards.
func tamper(t testing.TB, db *storage.DB, query string, args ...any) {
	t.Helper()
	if err := db.Write(context.Background(), func(tx *storage.Tx) error {
		guards := []string{"DROP TRIGGER IF EXISTS record_entry_no_update", "DROP TRIGGER IF EXISTS record_entry_no_delete"}
		if tx.Engine() == storage.PostgreSQL {
			guards = []string{"DROP TRIGGER IF EXISTS record_no_change ON record_entry"}
		}
		for _, guard := range guards {
			if _, err := tx.Exec(guard); err != nil {
				return err
			}
		}
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			err = errors.New("the attack changed nothing")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func each(t *testing.T, test func(*testing.T, *board, *clock)) {
	c := newClock()
	storagetest.EachWith(t, schemas(), storage.Options{Clock: c.now}, func(t *testing.T, db *storage.DB) {
		c.ms.Store(newClock().ms.Load())
		test(t, newBoard(db), c)
	})
}

// serve puts the record's pages on a server.
func (b *board) serve(t testing.TB, actor civic.Actor) *httptest.Server {
	t.Helper()
	return httptest.NewServer(b.server(t, actor))
}

func (b *board) server(t testing.TB, actor civic.Actor) *web.Server {
	t.Helper()
	srv, err := web.NewServer(web.Config{Catalog: catalog(), Versions: b.db.Version, Routes: b.log.Running().Routes, Clock: b.db.Now,
		Authenticate: authenticateAs(actor)})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// verify reads the record over HTTP, as a stranger does.
func (b *board) verify(t testing.TB, opts proof.Options) (proof.Report, error) {
	t.Helper()
	srv := b.serve(t, civic.Actor{})
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

// holds verifies and returns what is to be remembered.
func (b *board) holds(t testing.TB, opts proof.Options) proof.Report {
	t.Helper()
	r, err := b.verify(t, opts)
	if err != nil {
		t.Fatalf("the record does not hold: %v", err)
	}
	return r
}

// fails verifies and expects a finding.
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

// each2 is each with the true clock.
func each2(t *testing.T, test func(*testing.T, *board)) {
	storagetest.Each(t, schemas(), func(t *testing.T, db *storage.DB) { test(t, newBoard(db)) })
}
