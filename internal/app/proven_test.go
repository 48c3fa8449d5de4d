package app_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/indicators"
	"github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/learning"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/minutes"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/internal/rights"
	"github.com/birge-kz/birge/internal/sponsorship"
	"github.com/birge-kz/birge/internal/volunteering"
)

// voted holds two secret votes: one is counted, one goes on, with an option that is frozen.
func voted(c *citytest.City, counted, open civic.Ref) {
	now := c.Now()
	options := []ballots.Option{{Code: "1", Title: civic.Text{"kk": "Шам", "ru": "Фонарь"}, Cost: 5}, {Code: "2", Title: civic.Text{"kk": "Орындық", "ru": "Скамейка"}, Cost: 7}}
	begin := func(of civic.Ref, closes time.Time) {
		c.Write(func(tx *storage.Tx) error {
			_, err := c.Ballots.Open(tx, civic.Officer, ballots.Vote{Of: of, OpensAt: now, ClosesAt: closes, Revote: true, Options: options, Rule: ballots.Rule{Kind: ballots.Approval, Most: 2}})
			if err == nil {
				_, err = c.Ballots.IssueCodes(tx, of, ballots.Letter, []ballots.CodeFor{{District: "abay", Age: "60+"}})
			}
			return err
		})
		for _, marks := range []ballots.Ballot{{{Option: "1"}}, {{Option: "1"}, {Option: "2"}}} {
			c.Must(c.Ballots.Cast(c.Ctx(), ballots.Voter{Account: c.Resident("").Account, District: "abay", Age: "30-44"}, of, ballots.Cast{Ballot: marks, Words: ballots.NewWords()}, nil))
		}
	}
	begin(counted, now.Add(time.Minute))
	begin(open, now.AddDate(0, 1, 0))
	c.Write(func(tx *storage.Tx) error {
		_, err := c.Ballots.Freeze(tx, civic.Officer, open, "1", civic.Text{"kk": "Жер дауы", "ru": "Спор о земле"}, time.Time{})
		return err
	})
	c.Pass(time.Minute)
	c.Jobs()
}

// onPaper prints sheets, gives them out, and enters one.
func onPaper(c *citytest.City, of civic.Ref, officer civic.Actor) {
	c.Paper.Own(of.Kind, paper.Owner{Sorts: []paper.Sort{paper.Booklets},
		May:    func(*storage.Tx, civic.Actor, civic.Ref) (bool, error) { return true, nil },
		Layout: func(*storage.Tx, civic.Ref, paper.Sort, civic.Lang) (paper.Layout, error) { return paper.Layout{}, nil },
		Check:  func(_ *storage.Tx, _ civic.Ref, _ paper.Sort, content string) (string, error) { return content, nil }})
	run, _, codes, err := c.Paper.Print(c.Ctx(), officer, of, paper.Booklets, 2, civic.Kazakh)
	c.Must(err)
	c.Must(c.Paper.Give(c.Ctx(), officer, run.ID, "Кітапхана", 2))
	_, err = c.Paper.Enter(c.Ctx(), officer, run.ID, codes[0], "1")
	c.Must(err)
	_, err = c.Paper.Enter(c.Ctx(), c.Resident("").Actor, run.ID, codes[0], "1")
	c.Must(err)
	c.Must(c.Paper.TakeBack(c.Ctx(), officer, run.ID, 1, paper.Back{Returned: 1, Spoilt: 0, Unused: 1}))
}

// An attacker with the database in their hands changes every column of every table in turn.
// birge verify must name every change to a column that is declared Proven. A change to any
// other column must not change a public page, unless the column is declared Unproven. The
// columns are read from the database, so a new column of which nothing is declared fails.
//
// Every story is told in a city of its own. To verify a record takes as long as the record is long: in one city
// of all stories, each part's columns would be paid for with the acts of all.
//
// What pages show, and what verify computes of what it has read, is the same on both engines; that the record can be verified
// and that an altered one is named is tested on both in internal/record.
func TestEveryShownValueIsProvenOrNamed(t *testing.T) {
	t.Parallel()
	a := &attack{filled: map[string]bool{}, named: map[string]bool{}}
	t.Run("told", func(t *testing.T) { // returns when all of them are
		for _, s := range stories() {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities.All(), CacheBytes: -1})
				s.tell(sceneOf(c))
				c.Jobs()
				c.Acts()
				a.on(c)
				a.cities.Add(1)
			})
		}
	})
	if int(a.cities.Load()) == len(stories()) { // not when only some were asked for
		a.judge(t)
	}
}

// platformTables belong to no part: the audit list is for administrators, the others for the program.
var platformTables = []string{"audit", "job", "pulse", "storage_", "search_index_", "sqlite_"}

// attack is what is known of every table and column after the stories that were told so far.
type attack struct {
	cities atomic.Int64 // in which everything was changed
	mu     sync.Mutex
	filled map[string]bool // by table of which something is proven, whether some city has rows in it
	named  map[string]bool // by column that is proven, whether some city's record named a change of it
}

// on changes everything in a city in turn, except what a city before it has shown to be proven.
func (a *attack) on(c *citytest.City) {
	c.Set("app.readers_from", 1_000_000)
	c.Set("app.heavy_from", 1_000_000) // every page is asked for again and again within one minute
	pages := publicPages(c)
	if err := verified(c); err != nil {
		c.T.Fatalf("before anything is changed: %v", err)
	}
	var unshown []columnsOf
	keys := map[int][]columnsOf{} // by place in the key: a row is found by its key, so of each only one column is changed at once
	for _, tb := range tablesOf(c) {
		if slices.ContainsFunc(platformTables, func(prefix string) bool { return strings.HasPrefix(tb.name, prefix) }) {
			continue
		}
		said, declared := c.Declared.Table(tb.name)
		if !declared {
			c.T.Errorf("no part says what pages show of the table %s (part.Table)", tb.name)
			continue
		}
		// What is declared as a whole is not public, with or without a story that fills it; or readers are told that nothing of it is
		// proven. The record's own tables are the tree itself, which internal/record changes.
		tb.whole = !strings.HasPrefix(tb.name, "record_") && slices.ContainsFunc(said.Columns, func(x part.Columns) bool { return len(x.Names) == 0 && x.Standing == part.Unshown })
		if tb.whole || slices.ContainsFunc(said.Columns, func(x part.Columns) bool { return len(x.Names) > 0 }) {
			tb.rows, tb.told = tb.read(c), map[string]int{}
		}
		hidden := columnsOf{table: tb}
		for _, column := range tb.columns {
			how, known := said.Of(column)
			switch {
			case !known:
				c.T.Errorf("nobody says what pages show of %s.%s (part.Table)", tb.name, column)
			case tb.whole && slices.Contains(tb.keys, column):
				at := slices.Index(tb.keys, column)
				keys[at] = append(keys[at], columnsOf{tb, []string{column}})
			case tb.whole:
				hidden.names = append(hidden.names, column)
			case len(how.Names) == 0:
			case how.Standing == part.Unproven: // readers are told that nobody can tell
				a.fill(tb)
			case how.Standing == part.Unshown && slices.Contains(tb.keys, column):
				a.fill(tb)
				at := slices.Index(tb.keys, column)
				keys[at] = append(keys[at], columnsOf{tb, []string{column}})
			case how.Standing == part.Unshown:
				a.fill(tb)
				hidden.names = append(hidden.names, column)
			case a.wants(tb, column) && len(tb.rows) > 0 && verifyNames(c, pages, tb, how.Standing, column):
				a.name(tb, column)
			}
		}
		if len(hidden.names) > 0 {
			unshown = append(unshown, hidden)
		}
	}
	wantUnshown(c, pages, unshown)
	for _, same := range keys {
		wantUnshown(c, pages, same)
	}
}

// fill keeps whether a table has rows.
func (a *attack) fill(tb table) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.filled[tb.name] = a.filled[tb.name] || len(tb.rows) > 0
}

// wants tells of a column that is proven whether no change of it was named so far.
func (a *attack) wants(tb table, column string) bool {
	a.fill(tb)
	a.mu.Lock()
	defer a.mu.Unlock()
	done := a.named[tb.name+"."+column]
	a.named[tb.name+"."+column] = done
	return !done
}

func (a *attack) name(tb table, column string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.named[tb.name+"."+column] = true
}

// judge tells what no story does, and what is proven and never named.
func (a *attack) judge(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(a.filled)) {
		if !a.filled[name] {
			t.Errorf("%s is empty in every city: the test's stories do too little", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.named)) {
		if !a.named[name] {
			t.Errorf("%s is proven, but no change of it is named", name)
		}
	}
}

// columnsOf are columns of one table.
type columnsOf struct {
	table table
	names []string
}

// wantUnshown changes columns of which no page shows anything, all at once and in several rows, for no page may
// look otherwise. Only if one does are they changed by themselves, to tell which of them it is and whether verify names it.
func wantUnshown(c *citytest.City, before map[string]string, all []columnsOf) {
	var undo []func()
	for _, x := range all {
		undo = append(undo, x.table.change(c, x.table.telling(x.names...), x.names...))
	}
	at := changedPage(c, before, func() {
		for _, back := range slices.Backward(undo) {
			back()
		}
	})
	switch {
	case at == "":
	case len(all) > 1:
		wantUnshown(c, before, all[:len(all)/2])
		wantUnshown(c, before, all[len(all)/2:])
	default:
		for _, column := range all[0].names {
			verifyNames(c, before, all[0].table, part.Unshown, column)
		}
	}
}

// telling are a few rows, those first in which a change was named or the columns can be changed.
func (tb table) telling(columns ...string) []map[string]any {
	few := 8
	if tb.whole {
		few = 2 // nothing of it is shown: its rows do not differ in that
	}
	changes := func(row map[string]any) int {
		n := len(slices.DeleteFunc(slices.Clone(columns), func(column string) bool { return reflect.DeepEqual(another(row[column]), row[column]) }))
		return n * (1 + tb.told[tb.keyOf(row)])
	}
	rows := slices.Clone(tb.rows)
	slices.SortStableFunc(rows, func(a, b map[string]any) int { return cmp.Compare(changes(b), changes(a)) })
	return rows[:min(few, len(rows))]
}

// verifyNames changes a column, which stands in one relation to pages and the record, in a few rows, one at a time. It tells
// whether verify names it as often as is enough. A change that it does not name must not show on a page.
func verifyNames(c *citytest.City, before map[string]string, tb table, standing part.Standing, column string) bool {
	named, enough := 0, 2 // the other rows are proven alike
	if standing == part.OnceOver || c.DB.Engine() == storage.PostgreSQL {
		enough = 1 // what reads the rows is the same for both engines
	}
	for _, row := range tb.telling(column) {
		old, putBack := row[column], tb.change(c, []map[string]any{row}, column)
		err := verified(c)
		finding := errors.As(err, new(*proof.Finding))
		if finding {
			named++
			tb.told[tb.keyOf(row)]++
		}
		if finding || standing == part.OnceOver {
			putBack()
		} else if at := changedPage(c, before, putBack); at != "" {
			c.T.Errorf("%s.%s is %s, but %s changes and verify says: %v (of %v)", tb.name, column, standing, at, err, old)
		}
		if standing != part.Unshown && named == enough {
			break
		}
	}
	return named > 0
}

// change gives columns of each row other values and returns what puts the old ones back, the last first.
// What is empty, and a key that another row has already, is left as it is.
func (tb table) change(c *citytest.City, rows []map[string]any, columns ...string) (putBack func()) {
	var undo []func()
	for _, row := range rows {
		for _, column := range columns {
			old := row[column]
			next := another(old)
			if reflect.DeepEqual(next, old) || !tb.set(c, row, column, next) {
				continue
			}
			changed := maps.Clone(row)
			changed[column] = next
			undo = append(undo, func() {
				if !tb.set(c, changed, column, old) {
					c.T.Fatalf("%s.%s cannot be put back", tb.name, column)
				}
			})
		}
	}
	return func() {
		for _, back := range slices.Backward(undo) {
			back()
		}
	}
}

// another returns a different value of the same kind.
func another(v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case int64:
		if v > 1e11 { // an instant: a day later
			return v + 86_400_000
		}
		return v + 1
	case string:
		if slices.Contains([]string{"null", "{}", "[]"}, v) {
			return v
		}
		letters := []rune(v)
		for i := len(letters) - 1; i >= 0; i-- { // within quotes, where it is JSON
			switch r := letters[i]; {
			case unicode.IsDigit(r):
				letters[i] = '0' + (r-'0'+1)%10
				return string(letters)
			case unicode.IsLetter(r) && r != 'x':
				letters[i] = 'x'
				return string(letters)
			}
		}
		return v + "x"
	case nil:
		return v
	case []byte:
		return append(v[:len(v):len(v)], 1)
	}
	panic(fmt.Sprintf("a column of type %T", v))
}

// verified verifies the record of the running city as a stranger would.
func verified(c *citytest.City) error {
	_, err := proof.Verify(c.Ctx(), handled{c}, proof.Options{Now: c.DB.Now, Wait: func(context.Context) error { return nil }})
	return err
}

// handled is the record as the city's own pages serve it.
type handled struct{ c *citytest.City }

func (h handled) Get(_ context.Context, path string, _ int64) ([]byte, error) {
	w := httptest.NewRecorder()
	h.c.Handler().ServeHTTP(w, httptest.NewRequest("GET", citytest.Origin+"/"+path, nil))
	switch w.Code {
	case 200:
		return w.Body.Bytes(), nil
	case 404:
		return nil, fs.ErrNotExist
	}
	return nil, fmt.Errorf("%s: %d", path, w.Code)
}

func (h handled) Live() bool { return false }

var links = regexp.MustCompile(`href="(/en[^"#]*|/api[^"#]*)"`)

// publicPages are the pages that a visitor reaches from the first page on. The pages of the
// record are left out: they show what the tables hold and report where that is not proven.
func publicPages(c *citytest.City) map[string]string {
	c.T.Helper()
	out := map[string]string{}
	queue := []string{"/en", "/en/consultations.atom", "/en/organisations/feed", "/api/v1/consultations"}
	for len(queue) > 0 && len(out) < 120 {
		at := strings.ReplaceAll(queue[0], "&amp;", "&")
		queue = queue[1:]
		if _, seen := out[at]; seen || strings.HasPrefix(at, "/en/record") || strings.HasPrefix(at, "/en/trace") {
			continue
		}
		out[at] = ask(c, at)
		for _, m := range links.FindAllStringSubmatch(out[at], -1) {
			queue = append(queue, m[1])
		}
	}
	for _, id := range idsIn(out) {
		out["/api/v1/consultations/"+id] = ask(c, "/api/v1/consultations/"+id)
		out["/api/v1/consultations/"+id+"/statements"] = ask(c, "/api/v1/consultations/"+id+"/statements")
		out["/en/consultations/"+id+"/results.csv"] = ask(c, "/en/consultations/"+id+"/results.csv")
	}
	if len(out) < 40 {
		c.T.Fatalf("only %d pages are public", len(out))
	}
	return out
}

var consultationPage = regexp.MustCompile(`^/en/consultations/([^/?]+)$`)

func idsIn(pages map[string]string) (out []string) {
	for path := range pages {
		if m := consultationPage.FindStringSubmatch(path); m != nil {
			out = append(out, m[1])
		}
	}
	return out
}

func ask(c *citytest.City, path string) string {
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", citytest.Origin+path, nil))
	return fmt.Sprint(w.Code, " ", w.Header().Get("Location"), " ", w.Body.String())
}

// changedPage is a page that looks otherwise than before what is then put back; "" when none does.
func changedPage(c *citytest.City, before map[string]string, putBack func()) string {
	defer putBack()
	for path, page := range before {
		if ask(c, path) != page {
			return path
		}
	}
	return ""
}

// table is a table of the database.
type table struct {
	name    string
	columns []string
	keys    []string        // of its primary key
	flags   map[string]bool // the columns that hold yes or no
	whole   bool            // declared as a whole to be unshown
	rows    []map[string]any
	told    map[string]int // by key of a row, how many changes of it verify named
}

func (tb table) keyOf(row map[string]any) (out string) {
	for _, key := range tb.keys {
		out += fmt.Sprint(row[key], " ")
	}
	return out
}

func tablesOf(c *citytest.City) (out []table) {
	type column struct{ table, name, key, kind string }
	query := `SELECT m.name, p.name, CASE WHEN p.pk > 0 THEN 'key' ELSE '' END, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid`
	if c.DB.Engine() == storage.PostgreSQL {
		query = `SELECT c.table_name, c.column_name, CASE WHEN k.column_name IS NULL THEN '' ELSE 'key' END, c.data_type FROM information_schema.columns c
			LEFT JOIN information_schema.table_constraints t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.constraint_type = 'PRIMARY KEY'
			LEFT JOIN information_schema.key_column_usage k ON k.constraint_name = t.constraint_name AND k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
			WHERE c.table_schema = current_schema() ORDER BY c.table_name, c.ordinal_position`
	}
	c.Read(func(tx *storage.Tx) error {
		for col, err := range storage.Each(tx, storage.Into(func(x *column) []any { return []any{&x.table, &x.name, &x.key, &x.kind} }), query) {
			if err != nil {
				return err
			}
			if len(out) == 0 || out[len(out)-1].name != col.table {
				out = append(out, table{name: col.table, flags: map[string]bool{}})
			}
			last := &out[len(out)-1]
			last.columns = append(last.columns, col.name)
			last.flags[col.name] = strings.EqualFold(col.kind, "boolean")
			if col.key != "" {
				last.keys = append(last.keys, col.name)
			}
		}
		return nil
	})
	return out
}

// read reads a table, at most some rows.
func (tb table) read(c *citytest.City) (out []map[string]any) {
	c.Read(func(tx *storage.Tx) error {
		type row struct{ values []any }
		for r, err := range storage.Each(tx, storage.Into(func(r *row) []any {
			r.values = make([]any, len(tb.columns))
			places := make([]any, len(tb.columns))
			for i := range places {
				places[i] = &r.values[i]
			}
			return places
		}), "SELECT "+strings.Join(tb.columns, ", ")+" FROM "+tb.name+" ORDER BY "+strings.Join(tb.keys, ", ")+" LIMIT 200") {
			if err != nil {
				return err
			}
			m := map[string]any{}
			for i, name := range tb.columns {
				m[name] = r.values[i]
				if n, isNumber := r.values[i].(int64); isNumber && tb.flags[name] {
					m[name] = n != 0
				}
			}
			out = append(out, m)
		}
		return nil
	})
	return out
}

// set changes a column of the row past the program; false when its key is taken, or the database allows no such value.
func (tb table) set(c *citytest.City, row map[string]any, column string, value any) bool {
	where, args := []string{}, []any{value}
	for _, key := range tb.keys {
		args = append(args, row[key])
		where = append(where, fmt.Sprintf("%s = $%d", key, len(args)))
	}
	err := c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
		n, err := tx.Exec("UPDATE "+tb.name+" SET "+column+" = $1 WHERE "+strings.Join(where, " AND "), args...)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d rows of %s were changed", n, tb.name)
		}
		return err
	})
	if storage.IsUnique(err) || err != nil && strings.Contains(err.Error(), "constraint failed") { // a row that another points at
		return false
	}
	c.Must(err)
	return true
}

// booked gives places of a thing to one person, and lets another wait.
func booked(c *citytest.City, of civic.Ref) {
	c.Booking.Serve(of.Kind, booking.Owner{})
	at := c.Now().AddDate(0, 0, 7)
	c.Write(func(tx *storage.Tx) error {
		_, err := c.Booking.Put(tx, booking.Offering{Of: of, Capacity: booking.Seats(1), GroupMost: 1, Terms: booking.Terms{ClosesAt: at, GiveBackUntil: at, StartsAt: at, EndsAt: at.Add(time.Hour)}})
		return err
	})
	for range 2 {
		_, err := c.Booking.Book(c.Ctx(), c.Resident("").Actor, of, booking.Wish{Places: booking.Seats(1), Name: "Қонақ"})
		c.Must(err)
	}
}

// scene is a city with the people that the stories are about.
type scene struct {
	*citytest.City
	body, ngo                   civic.ID
	officer, moderator, speaker civic.Actor // speaker is the ngo's
}

func sceneOf(c *citytest.City) scene {
	s := scene{City: c, body: c.Body("Әкімдік"), ngo: c.Organisation("Жасыл қала")}
	s.officer, s.moderator, s.speaker = c.Officer(s.body).Actor, c.Moderator().Actor, c.Representative(s.ngo).Actor
	return s
}

// ask opens a consultation with statements of the body's.
func (c scene) ask(seeds ...string) civic.ID {
	s := citytest.Service[*consultations.Service](c.City)
	set := s.Defaults()
	set.Question, set.Context = civic.Text{"kk": "Саябақта не керек?", "ru": "Что нужно парку?"}, civic.Text{"kk": "Саябақ **ескі**.", "ru": "Парк старый."}
	set.Decision = civic.Text{"kk": "Келесі жылғы жоспар", "ru": "План на будущий год"}
	set.Host, set.Body, set.Audience = c.body, c.body, consultations.Anyone
	set.OpensAt, set.ClosesAt = c.Now(), c.Now().AddDate(0, 0, 30)
	for _, text := range seeds {
		set.Seeds = append(set.Seeds, civic.Text{"kk": text, "ru": text + " (по-русски)"})
	}
	id, err := s.Create(c.Ctx(), c.officer, set)
	c.Must(err)
	c.Must(s.Publish(c.Ctx(), c.officer, id))
	return id
}

// asked is a consultation for stories about something else.
func (c scene) asked() civic.Ref {
	return civic.Ref{Kind: consultations.Kind, ID: c.ask("Жарық шамдар керек")}
}

// story does everything with what one part keeps, or some that belong together.
type story struct {
	name string
	tell func(scene)
}

// stories fill every table. In their order they can be told in one city, too.
func stories() []story {
	return []story{
		{"consultations", consulted},
		{"booking", func(c scene) { booked(c.City, c.asked()) }},
		{"discussion", func(c scene) { discussed(c.City, c.body, c.officer, c.moderator) }},
		{"appeals", func(c scene) { appealed(c.City, c.body, c.officer, c.moderator) }},
		{"initiatives", func(c scene) { initiated(c.City, c.body, c.officer, c.moderator) }},
		{"drafts", func(c scene) { drafted(c.City, c.body, c.officer, c.moderator) }},
		{"surveys", func(c scene) { surveyed(c.City, c.body, c.officer) }},
		{"councils", func(c scene) { sat(c.City, c.body) }},
		{"forming", func(c scene) { formed(c.City, c.body) }},
		{"ballots", func(c scene) { voted(c.City, c.asked(), organisations.RefOf(c.body)) }},
		{"paper", func(c scene) { onPaper(c.City, c.asked(), c.officer) }},
		{"budgeting", func(c scene) { budgeted(c.City, c.body, c.officer, c.moderator) }},
		{"delivery", func(c scene) { delivered(c.City, c.body, c.officer) }},
		{"projects", func(c scene) { joined(c.City, c.body, c.ngo, c.officer, c.speaker, c.moderator) }},
		{"grants", func(c scene) { granted(c.City, c.body, c.ngo) }}, // before what is on a day: until nobody can complain, three weeks pass
		{"volunteering", func(c scene) { helped(c.City, c.ngo, c.speaker) }},
		{"events", func(c scene) { happened(c) }},
		{"sponsorship", func(c scene) { sponsored(c.City, c.ngo, c.speaker, c.moderator) }},
		{"credentials", learned},
		{"learning", func(c scene) { taught(c.City, c.ngo, c.speaker, c.moderator) }},
		{"rights", func(c scene) { livelyRights(c.City) }},
		{"organisations", registered},
		{"indicators", func(c scene) {
			c.Must(c.Datasets.Build(c.Ctx()))
			c.Must(citytest.Service[*indicators.Service](c.City).Compute(c.Ctx()))
		}}, // of all that was done before
	}
}

// lively is a city in which everything that pages show was done once.
func lively(c *citytest.City) {
	in := sceneOf(c)
	for _, s := range stories() {
		s.tell(in)
	}
	c.Jobs()
	c.Acts()
}

// learned gives somebody the certificate of a course.
func learned(c scene) {
	holder, about := c.Resident("").Actor, c.asked()
	c.Write(func(tx *storage.Tx) error {
		_, err := c.Credentials.Issue(tx, credentials.Order{Account: holder.Account, About: about, Once: "course " + string(holder.Account), Lang: civic.Kazakh,
			Claims: credentials.Claims{Sort: credentials.OfCourse, Holder: holder.Name, Name: "Бюджет", Description: "Қысқа курс", Criteria: "9/10", Path: "/help", By: "Жасыл қала", ByPath: "/help"}})
		return err
	})
}

// consulted asks a consultation, moderates it, leaves votes out, closes and answers it; another one is open.
func consulted(c scene) {
	s, officer, moderator := citytest.Service[*consultations.Service](c.City), c.officer, c.moderator
	reason := civic.Text{"kk": "Мереке күндері", "ru": "Из-за праздников"}
	asked := c.ask("Жарық шамдар керек", "Нужны скамейки")
	author := consultations.Voter{Actor: c.Resident("").Actor}
	for i := range 5 {
		_, err := s.AddStatement(c.Ctx(), asked, author, []string{"Ағаштар отырғызу керек", "Дурацкие ваши парки", "Велосипед жолы болсын", "Субұрқақ қойыңыздар", "Шахмат үстелдері керек"}[i], civic.Kazakh, true)
		c.Must(err)
	}
	for _, no := range []int64{4, 6, 7} {
		c.Must(s.Moderate(c.Ctx(), moderator, asked, no, moderation.Choice{Rule: "insult.1", Reason: "Балағат сөз"}))
		c.Must(s.Contest(c.Ctx(), asked, author, no, "Келіспеймін"))
	}
	c.Must(s.Uphold(c.Ctx(), officer, asked, 4, moderation.Choice{Reason: "Балағат сөз екен"}))
	c.Must(s.Moderate(c.Ctx(), officer, asked, 6, moderation.Choice{Approve: true, Reason: "Балағат сөз емес"}))
	c.Must(c.Moderation.Write(c.Ctx(), c.Administrator().Actor, moderation.Rule{Name: "insult", Version: 1, Title: civic.Text{"kk": "Балағат", "ru": "Брань", "en": "Abuse"},
		Text: civic.Text{"kk": "Балағаттауға болмайды", "ru": "Нельзя браниться", "en": "No abuse"}, InForce: true}))
	voter := c.Resident("").Actor
	c.Must(s.Vote(c.Ctx(), asked, consultations.Voter{Actor: voter}, 1, consultations.Agree))
	c.Must(s.Vote(c.Ctx(), asked, consultations.Voter{Actor: c.Resident("").Actor}, 2, consultations.Disagree))
	c.Must(s.Vote(c.Ctx(), asked, consultations.Voter{Actor: c.Resident("").Actor}, 3, consultations.Pass))
	c.Must(s.Extend(c.Ctx(), officer, asked, c.Now().AddDate(0, 0, 40), reason))
	c.Write(func(tx *storage.Tx) error { // two bursts of votes, which takes hundreds of people to come by
		_, err := tx.Exec("UPDATE consultations_map SET bursts = $2 WHERE consultation = (SELECT no FROM consultations_consultation WHERE id = $1)", asked,
			`[{"Key":"one","Accounts":[1],"Votes":5,"Without":{}},{"Key":"two","Accounts":[2],"Votes":6,"Without":{}}]`)
		return err
	})
	c.Must(s.LeaveOut(c.Ctx(), moderator, asked, "one", reason))
	c.Must(s.LeaveOut(c.Ctx(), moderator, asked, "two", reason))
	c.Must(s.CountAgain(c.Ctx(), moderator, asked, 2, reason))
	c.Pass(time.Hour)
	c.Must(s.Close(c.Ctx(), officer, asked, reason))
	owed(c.City, officer, voter, asked)
	whose := organisations.RefOf(c.Body("Жарық жүйелері"))
	c.Must(s.SaveAnswer(c.Ctx(), officer, asked, consultations.Answer{Text: civic.Text{"kk": "Рақмет, **орындаймыз**.", "ru": "Спасибо, **сделаем**."}, Person: "А. Жауапты, бөлім басшысы", Items: []consultations.AnswerItem{
		{Statement: consultations.Statement{No: 1}, Verdict: answers.Verdict{Outcome: answers.Taken, Reason: civic.Text{"kk": "Орнатамыз", "ru": "Поставим"}, Evidence: []string{"https://akimat.example/plan"}, Promised: c.Now().AddDate(0, 1, 0)}},
		{Statement: consultations.Statement{No: 2}, Verdict: answers.Verdict{Outcome: answers.NotOurs, Whose: whose, Reason: civic.Text{"kk": "Басқаға", "ru": "Не к нам"}}},
	}}, true))
	c.ask("Су тасқынына дайындық") // one is open
	_, err := c.Moderation.Take(c.Ctx(), moderator, civic.Ref{})
	c.Must(err)
}

// registered does everything with an organisation.
func registered(c scene) {
	speaker, moderator, ngo := c.speaker, c.moderator, c.ngo
	c.Must(c.Organisations.Edit(c.Ctx(), speaker, ngo, map[organisations.Field]string{"mission.kk": "Қаланы көгалдандыру", "address.kk": "Бейбітшілік көшесі, 1",
		"email": "jasyl@example.kz", "phone": "+7 7252 111111", "website": "https://jasyl.example.kz", "founded": "2011-05", "themes": "environment"}))
	c.Must(c.Organisations.Edit(c.Ctx(), moderator, ngo, map[organisations.Field]string{"phone": "+7 7252 222222", "form": "foundation"}))
	c.Must(c.Organisations.AddMember(c.Ctx(), speaker, ngo, organisations.Membership{Person: "Гүлнар Асқарова", Post: civic.Text{"kk": "Төраға"}, Since: "2020-01"}))
	c.Must(c.Organisations.Verify(c.Ctx(), moderator, ngo, []organisations.Field{"phone"}))
	_, history, err := c.Organisations.History(c.Ctx(), civic.Actor{}, ngo, "", 10)
	c.Must(err)
	c.Must(c.Organisations.HideRevision(c.Ctx(), moderator, ngo, history[len(history)-2].ID, true))
	statute := []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
	documents := files.Place{Thing: organisations.RefOf(ngo), Sort: organisations.DocumentFiles}
	for _, title := range []string{"Ескі жарғы", "Жарғы"} {
		ids, err := c.Files.Add(c.Ctx(), speaker, documents, civic.Text{"kk": title, "ru": "Устав"},
			files.Upload{Name: "жарғы.pdf", Bytes: bytes.NewReader(statute), Size: int64(len(statute)), Lang: civic.Kazakh})
		c.Must(err)
		if title == "Ескі жарғы" {
			c.Must(c.Files.Remove(c.Ctx(), speaker, documents, ids[0]))
		}
	}
	var logo bytes.Buffer
	c.Must(png.Encode(&logo, image.NewRGBA(image.Rect(0, 0, 200, 100))))
	_, err = c.Files.Add(c.Ctx(), speaker, files.Place{Thing: organisations.RefOf(ngo), Sort: organisations.LogoFiles}, civic.Text{"kk": "Жапырақ"},
		files.Upload{Name: "logo.png", Bytes: bytes.NewReader(logo.Bytes()), Size: int64(logo.Len())})
	c.Must(err)
	number := int64(3)
	c.Must(c.Organisations.SaveFiling(c.Ctx(), speaker, ngo, 2025, organisations.Filing{Activities: civic.Text{"kk": "Ағаш отырғыздық", "ru": "Сажали деревья"},
		Sources: map[string]int64{"own": 100}, Spending: map[string]int64{"projects": 90}, Staff: &number, Volunteers: &number, Founders: &number, Members: &number, Property: "no"}, true))
	c.Must(c.Organisations.Claim(c.Ctx(), c.Resident("").Actor, ngo, "Мен осында істеймін", "+7 701 000 00 00"))
	_, err = c.Organisations.SaveUpload(c.Ctx(), moderator, "тізім.csv", []byte("БИН;Атауы\n950440001673;Бірінші қор\n"))
	c.Must(err)
}

// taught publishes a course twice, lets somebody answer it and take the certificate.
func taught(c *citytest.City, ngo civic.ID, speaker, moderator civic.Actor) {
	s := citytest.Service[*learning.Service](c)
	src := learning.Source{Pages: map[civic.Lang]string{"kk": "---\ntitle: Бюджет\nsummary: Ақша қайда кетеді\nminutes: 5\nneed: 1 of 1\n---\n## Бір\nМәтін"}, Questions: map[civic.Lang]string{"kk": "Қанша? {#5}"}}
	id, err := s.SaveDraft(c.Ctx(), speaker, "", ngo, src, "")
	c.Must(err)
	for range 2 {
		c.Must(s.Ask(c.Ctx(), speaker, id))
		c.Must(s.Publish(c.Ctx(), moderator, id, learning.Mark(src)))
		_, err = s.SaveDraft(c.Ctx(), speaker, id, "", src, learning.Mark(src))
		c.Must(err)
	}
	c.Write(func(tx *storage.Tx) error {
		return c.Laws.Cite(tx, civic.Ref{Kind: learning.Kind, ID: id}, []laws.Law{{Code: "k1", Title: civic.Text{"kk": "Кодекс"}}}, []laws.Cite{{Law: "k1", Redaction: "2020-01-01"}}, true)
	})
	_, err = c.Laws.Enter(c.Ctx(), c.Administrator().Actor, laws.Redaction{Law: "k1", Day: "2026-01-01", What: civic.Text{"kk": "Мерзім", "ru": "Срок"}, Source: "https://example.kz/k1"})
	c.Must(err)
	learner := c.Resident("").Actor
	c.Must(s.Answer(c.Ctx(), learner, id, learning.Sheet{Attempt: civic.Token(), Version: 2, Lang: civic.Kazakh, Answers: map[int][]string{0: {"5"}}}))
	_, err = s.Certify(c.Ctx(), learner, id, civic.Kazakh)
	c.Must(err)
}

// helped lets people come to an action at an event, and signs the hours of one.
func helped(c *citytest.City, ngo civic.ID, speaker civic.Actor) {
	s := citytest.Service[*volunteering.Service](c)
	c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай\tАбайский\tAbai"))
	at := func(days int) volunteering.Shift {
		return volunteering.Shift{Starts: c.Now().AddDate(0, 0, days), Ends: c.Now().AddDate(0, 0, days).Add(2 * time.Hour), Needed: 5}
	}
	happening := citytest.Service[*events.Service](c)
	event, err := happening.Write(c.Ctx(), speaker, events.Event{Title: bothSay("Қар күні"), About: bothSay("Сырғанақ"), Hosts: []civic.ID{ngo}, Place: "Саябақ", District: c.Settings.Current().Districts[0].Code, For: events.ForAll,
		Languages: []civic.Lang{"kk"}}, events.Plan{Starts: at(1).Starts, Ends: at(1).Ends})
	c.Must(err)
	c.Must(happening.Announce(c.Ctx(), speaker, event))
	id, err := s.Announce(c.Ctx(), speaker, volunteering.Action{Organisation: ngo, Helps: event, Title: civic.Text{"kk": "Сенбілік", "ru": "Субботник"}, About: civic.Text{"kk": "Қолғап беріледі", "ru": "Перчатки дадим"},
		Place: "Саябақ", District: c.Settings.Current().Districts[0].Code, Contact: "А. Үйлестіруші"}, at(1))
	c.Must(err)
	helper := c.Resident("").Actor
	var shifts []civic.ID
	c.Read(func(tx *storage.Tx) (err error) {
		shifts, err = storage.All(tx, storage.Scalar[civic.ID], "SELECT id FROM volunteering_shift")
		return err
	})
	c.Must(s.Come(c.Ctx(), helper, shifts[0], volunteering.SignUp{}))
	c.Pass(27 * time.Hour)
	c.Must(s.State(c.Ctx(), helper, shifts[0], 120))
	c.Must(s.ConfirmHours(c.Ctx(), speaker, id, helper.Account, map[civic.ID]int{shifts[0]: 120}))
	c.Must(s.AddShift(c.Ctx(), speaker, id, at(200))) // so long that it can be moved when all stories are told
	off, err := s.Announce(c.Ctx(), speaker, volunteering.Action{Organisation: ngo, Title: bothSay("Болмайтын сенбілік"), About: bothSay("Қолғап беріледі"), Place: "Саябақ", District: c.Settings.Current().Districts[0].Code, Contact: "А. Үйлестіруші"}, at(3))
	c.Must(err)
	c.Must(s.CallOff(c.Ctx(), speaker, off, "", bothSay("Боран")))
}

// sponsored raises money: a gift comes and is named, something is spent, a row is taken back, and one campaign is closed and one refused.
func sponsored(c *citytest.City, ngo civic.ID, speaker, moderator civic.Actor) {
	s := citytest.Service[*sponsorship.Service](c)
	const iban = "KZ75125KZT1001300335"
	begin := func(title string) civic.ID {
		id, err := s.Keep(c.Ctx(), speaker, sponsorship.Campaign{Organisation: ngo, Title: bothSay(title), About: bothSay("Отырғызамыз"), Keep: sponsorship.KeepsWhatCame, LeftOver: bothSay("Көшетке"), Thanks: bothSay("Рақмет"),
			Clause: bothSay("Тақтайшада"), Place: "Саябақ", Pay: sponsorship.Payee{Receiver: "Жасыл қала", IBAN: iban, Bank: "Үлгі Банк"}, Ends: c.Now().AddDate(0, 1, 0),
			Lines: []sponsorship.Line{{Amount: 100_000, Required: true, What: "Көшет"}}})
		c.Must(err)
		c.Must(s.Send(c.Ctx(), speaker, id))
		return id
	}
	open, over, refused := begin("Ағаш"), begin("Шам"), begin("Пайда")
	for _, id := range []civic.ID{open, over} {
		c.Must(s.Decide(c.Ctx(), moderator, id, moderation.Choice{Approve: true}))
	}
	c.Must(s.Decide(c.Ctx(), moderator, refused, moderation.Choice{Rule: c.Moderation.Book().InForce(moderation.Words)[0].ID(), Reason: "Түсініксіз"}))
	gift, err := s.Pledge(c.Ctx(), c.Resident("").Actor, open, sponsorship.Gift{Name: "Үлгі Беруші", Shown: sponsorship.Named, Clause: true, Amount: 50_000})
	c.Must(err)
	_, err = s.Import(c.Ctx(), speaker, ngo, iban, []byte("Дата;Сумма\n02.03.2026;500\n02.03.2026;-100\n02.03.2026;-30\n"))
	c.Must(err)
	w, err := s.Work(c.Ctx(), speaker, ngo)
	c.Must(err)
	for i, a := range []sponsorship.Answer{{Meaning: sponsorship.AsGift, Of: gift}, {Meaning: sponsorship.AsSpent, Of: open, What: "Көшет"}, {Meaning: sponsorship.AsFee, Of: open}} {
		c.Must(s.Settle(c.Ctx(), speaker, w.Lines[i].ID, a))
	}
	c.Must(s.Reopen(c.Ctx(), speaker, w.Lines[2].ID))
	c.Must(s.Close(c.Ctx(), speaker, over, bothSay("Бітті")))

	fund := c.Organisation("Үлгі қор")
	sponsor := c.Representative(fund).Actor
	pool, err := c.Matching.Announce(c.Ctx(), sponsor, matching.Pool{Sponsor: fund, Title: bothSay("Теңгеге теңге"), About: bothSay("Көмек"), Rule: allocation.Linear, Money: 300, CapGift: 400, CapDonor: 450, CapProject: 290, Ends: c.Now().AddDate(0, 0, 9)})
	c.Must(err)
	c.Must(c.Matching.Join(c.Ctx(), speaker, pool, open))
	c.Acts()
	c.Pass(10 * 24 * time.Hour)
	c.Must(c.Matching.Close(c.Ctx(), sponsor, pool))
}

// discussed does everything with what people say under a consultation that is announced: comments, replies, one that a body
// gives, one that was changed, removed, brought back and taken back.
func discussed(c *citytest.City, body civic.ID, officer, moderator civic.Actor) {
	s := citytest.Service[*consultations.Service](c)
	set := s.Defaults()
	set.Question, set.Host, set.Body, set.Audience, set.Moderation = civic.Text{"kk": "Аула қандай болсын?", "ru": "Каким быть двору?"}, body, body, consultations.Registered, consultations.After
	set.OpensAt, set.ClosesAt = c.Now().AddDate(0, 1, 0), c.Now().AddDate(0, 2, 0)
	id, err := s.Create(c.Ctx(), officer, set)
	c.Must(err)
	c.Must(s.Publish(c.Ctx(), officer, id))
	say := func(who civic.Actor, d discussion.Draft) civic.ID {
		d.Page = civic.Kazakh
		if d.Parent == "" {
			d.Thing = civic.Ref{Kind: consultations.Kind, ID: id}
		}
		said, err := c.Discussion.Say(c.Ctx(), who, d)
		c.Must(err)
		return said.ID
	}
	author, other := c.Resident("").Actor, c.Resident("").Actor
	asked := say(author, discussion.Draft{Stance: discussion.Question, Text: "Қай аула туралы?"})
	say(officer, discussion.Draft{Parent: asked, Words: civic.Text{"kk": "Барлық аулалар", "ru": "Все дворы"}, Post: "Бөлім басшысы"})
	say(other, discussion.Draft{Parent: asked, Text: "Мен де сұрайын деп едім"})
	c.Must(c.Discussion.Edit(c.Ctx(), author, asked, discussion.Draft{Text: "Қай аула жайлы?", Page: civic.Kazakh}))
	rude := say(other, discussion.Draft{Stance: discussion.Against, Text: "Ақымақ сұрақ"})
	c.Must(c.Discussion.Decide(c.Ctx(), moderator, rude, moderation.Choice{Rule: "hatred.1", Reason: "Балағат сөз"}))
	back := say(author, discussion.Draft{Stance: discussion.For, Text: "Дұрыс сұрақ"})
	c.Must(c.Discussion.Decide(c.Ctx(), moderator, back, moderation.Choice{Rule: "off_topic.1", Reason: "Тақырыптан тыс"}))
	c.Must(c.Discussion.Decide(c.Ctx(), moderator, back, moderation.Choice{Approve: true}))
	gone := say(author, discussion.Draft{Stance: discussion.For, Text: "Мұны қайтарып аламын"})
	say(other, discussion.Draft{Parent: gone, Text: "Неге?"})
	c.Must(c.Discussion.TakeBack(c.Ctx(), author, gone))
	c.Must(c.Discussion.Useful(c.Ctx(), other, back, true, ""))
	c.Jobs()
}

// sat lets a council take up a resident's question at a meeting, decide on it and send what it recommends; one vote is secret.
func sat(c *citytest.City, body civic.ID) {
	s := citytest.Service[*councils.Service](c)
	admin, text := c.Administrator().Actor, civic.Text{"kk": "Шам орнатылсын", "ru": "Поставить фонари"}
	id, err := s.Found(c.Ctx(), admin, councils.Council{Form: "public_council", Name: civic.Text{"kk": "Қала кеңесі", "ru": "Городской совет"}, About: text, Body: body, Law: "383-V",
		Regulation: "https://example.kz/r", Size: 5, Since: c.Now().AddDate(0, -1, 0), Until: c.Now().AddDate(2, 0, 0)})
	c.Must(err)
	var all []civic.ID
	for _, name := range []string{"Айгүл", "Болат", "Вера"} {
		seat, err := s.Seat(c.Ctx(), admin, councils.Seat{Council: id, Name: name, Post: councils.Member, Side: councils.Civil, Commission: text, Since: c.Now().AddDate(0, -1, 0), Sex: councils.Woman, Born: 1980, District: "medeu"})
		c.Must(err)
		all = append(all, seat)
	}
	c.Must(s.EndSeat(c.Ctx(), admin, id, all[2], c.Now().AddDate(1, 0, 0)))
	plan := func() civic.ID {
		m, err := c.Meetings.Plan(c.Ctx(), admin, meetings.Meeting{Body: councils.Ref(id), StartsAt: c.Now().Add(time.Hour), Place: text, Stream: "https://example.kz/s"})
		c.Must(err)
		return m
	}
	asker, meeting := c.Resident(civic.Russian).Actor, plan()
	c.Must(c.Meetings.Ask(c.Ctx(), asker, councils.Ref(id), "Когда будет свет?", civic.Russian))
	v, err := s.Show(c.Ctx(), admin, id)
	c.Must(err)
	point := meetings.Item{Meeting: meeting, Title: text, Reporter: "Б. Баяндамашы", Minutes: 10, Received: c.Now().AddDate(0, 0, -1)}
	c.Must(c.Meetings.Take(c.Ctx(), admin, v.Asked[0].ID, point))
	secret, err := c.Meetings.AddItem(c.Ctx(), admin, point)
	c.Must(err)
	point.Title = civic.Text{"kk": "Жол жөнделсін", "ru": "Отремонтировать дорогу"}
	later, err := c.Meetings.AddItem(c.Ctx(), admin, point)
	c.Must(err)
	c.Must(c.Meetings.Convene(c.Ctx(), admin, meeting))
	c.Must(c.Meetings.Come(c.Ctx(), asker, meeting, true))
	c.Pass(time.Hour)
	c.Must(c.Meetings.SetPresent(c.Ctx(), admin, meeting, all))
	m, err := c.Meetings.Show(c.Ctx(), admin, meeting)
	c.Must(err)
	_, err = c.Meetings.Hold(c.Ctx(), admin, m.Agenda[0].Item.ID, meetings.Ask{Text: text, Rule: meetings.OfPresent, To: body, Choices: map[civic.ID]meetings.Choice{all[0]: meetings.For, all[1]: meetings.For, all[2]: meetings.Against}})
	c.Must(err)
	another := c.With(c.Resident(""), civic.Grant{Role: "councils.secretary", Scope: councils.Ref(id)}).Actor
	for _, who := range []civic.Actor{admin, another} {
		_, err = c.Meetings.Hold(c.Ctx(), who, secret, meetings.Ask{Text: text, Rule: meetings.OfMembers, Secret: true, Tellers: all[:2], For: 1, Against: 1, Abstain: 1})
		c.Must(err)
	}
	c.Must(c.Meetings.SettleItem(c.Ctx(), admin, later, meetings.Postpone, c.Now().AddDate(0, 0, 7)))
	v, err = s.Show(c.Ctx(), admin, id)
	c.Must(err)
	c.Must(s.Send(c.Ctx(), admin, id, v.Recommendations[0].ID))
	c.Must(c.Minutes.Write(c.Ctx(), admin, meeting, map[civic.ID]civic.Text{secret: text}))
	c.Must(c.Meetings.CloseMeeting(c.Ctx(), admin, meeting))
	c.Must(c.Meetings.Link(c.Ctx(), admin, meeting, "https://example.kz/s", "https://example.kz/v"))
	c.Must(c.Minutes.Circulate(c.Ctx(), admin, meeting))
	c.Must(c.Minutes.RemarkOn(c.Ctx(), admin, meeting, minutes.Remark{Seat: all[0], Words: "Цена иная", Lang: civic.Russian}))
	noted, err := c.Minutes.Show(c.Ctx(), admin, meeting)
	c.Must(err)
	c.Must(c.Minutes.DecideRemark(c.Ctx(), admin, meeting, noted.Remarks[0].ID, minutes.RemarkLeft, text))
	c.Pass(14 * 24 * time.Hour)
	approving := plan()
	point.Meeting = approving
	half, err := c.Meetings.AddItem(c.Ctx(), admin, point)
	c.Must(err)
	c.Must(c.Meetings.Convene(c.Ctx(), admin, approving))
	c.Pass(time.Hour)
	c.Must(c.Meetings.SetPresent(c.Ctx(), admin, approving, all))
	_, err = c.Meetings.Hold(c.Ctx(), admin, half, meetings.Ask{Text: text, Rule: meetings.OfPresent, Secret: true, Tellers: all[:2], For: 2, Against: 1}) // which nobody read a second time
	c.Must(err)
	c.Must(c.Minutes.Approve(c.Ctx(), admin, meeting, approving))
	c.Must(c.Minutes.Correct(c.Ctx(), admin, meeting, text))
	ahead := plan()
	point.Meeting = ahead
	_, err = c.Meetings.AddItem(c.Ctx(), admin, point)
	c.Must(err)
	c.Must(c.Meetings.Convene(c.Ctx(), admin, ahead))
	c.Must(c.Meetings.Come(c.Ctx(), asker, ahead, true))
	c.Must(c.Meetings.MoveMeeting(c.Ctx(), admin, ahead, c.Now().Add(2*time.Hour), text, text))
	off := plan()
	point.Meeting = off
	_, err = c.Meetings.AddItem(c.Ctx(), admin, point)
	c.Must(err)
	c.Must(c.Meetings.Convene(c.Ctx(), admin, off))
	c.Must(c.Meetings.CallOffMeeting(c.Ctx(), admin, off, text, c.Now().AddDate(0, 0, 7)))
}

// appealed files appeals that everybody reads and that the body alone does; one is answered, contested, answered again with a promise and closed,
// one waits, the words of one are removed, one nobody has a body for.
func appealed(c *citytest.City, body civic.ID, officer, moderator civic.Actor) {
	s := citytest.Service[*appeals.Service](c)
	c.Must(s.SetChannels(c.Ctx(), c.Administrator().Actor, "https://eotinish.kz; eOtinish; eOtinish"))
	who, text := c.Resident(civic.Russian).Actor, civic.Text{"kk": "Шұңқыр бітелді", "ru": "Яма заделана"}
	file := func(a appeals.Appeal) civic.ID {
		a.Sort, a.Title, a.Words, a.Address, a.Theme = appeals.Complaint, "Яма", "Глубокая яма", "Абая, 14", "environment"
		filed, err := s.File(c.Ctx(), who, a, "", civic.Russian)
		c.Must(err)
		return filed.ID
	}
	caseOf := func(id civic.ID) civic.ID {
		v, err := s.Show(c.Ctx(), appeals.Who{}, id)
		c.Must(err)
		return v.Cases[0].ID
	}
	judged := file(appeals.Appeal{Open: true, Wished: body, Point: places.Point{Lat: 42.3, Lon: 69.6}})
	c.Must(s.Decide(c.Ctx(), moderator, judged, moderation.Choice{Approve: true}))
	of := caseOf(judged)
	c.Must(s.Join(c.Ctx(), c.Resident("").Actor, judged, "Менде де солай"))
	c.Must(s.Take(c.Ctx(), officer, of, "А. Жауапты"))
	c.Must(s.Reply(c.Ctx(), officer, of, answers.Verdict{Outcome: answers.NotTaken, Reason: text}, "А. Жауапты"))
	c.Must(s.Judge(c.Ctx(), appeals.Who{Actor: who}, judged, of, appeals.Says{Contest: true, Words: "Яма на месте"}))
	c.Must(s.Reply(c.Ctx(), officer, of, answers.Verdict{Outcome: answers.Taken, Reason: text, Evidence: []string{"https://example.kz/8"}, Promised: c.Now().AddDate(0, 1, 0)}, "А. Жауапты"))
	c.Must(s.Judge(c.Ctx(), appeals.Who{Actor: who}, judged, of, appeals.Says{Word: appeals.Partly, Words: "Половина"}))
	waits := file(appeals.Appeal{Wished: body})
	parted := file(appeals.Appeal{Open: true, Wished: body})
	c.Must(s.Forward(c.Ctx(), officer, caseOf(parted), c.Body("Жол"), text, text))
	c.Must(s.Take(c.Ctx(), officer, caseOf(parted), "А. Жауапты"))
	c.Must(s.Ask(c.Ctx(), officer, caseOf(parted), "Қай үй?"))
	c.Must(s.Reply(c.Ctx(), officer, caseOf(waits), answers.Verdict{Outcome: answers.Partly, Reason: text}, "А. Жауапты"))
	removed := file(appeals.Appeal{Open: true, Wished: body})
	c.Must(s.Decide(c.Ctx(), moderator, removed, moderation.Choice{Rule: "personal_data.1", Reason: "Телефон нөмірі"}))
	file(appeals.Appeal{Open: true})
	_, err := s.KeepTemplate(c.Ctx(), officer, appeals.Template{Body: body, Name: "Яма", Words: text})
	c.Must(err)
	c.Set("appeals.per_day", 20)
	main, agreed, asked := file(appeals.Appeal{Open: true, Wished: body}), file(appeals.Appeal{Open: true, Wished: body}), file(appeals.Appeal{Open: true, Wished: body})
	c.Must(s.Decide(c.Ctx(), moderator, main, moderation.Choice{Approve: true}))
	for _, id := range []civic.ID{agreed, asked} {
		c.Must(s.AskSame(c.Ctx(), officer, caseOf(id), caseOf(main)))
	}
	c.Must(s.SaySame(c.Ctx(), appeals.Who{Actor: who}, agreed, caseOf(agreed), appeals.Yes))
}

// initiated writes initiatives: one is refused, one signed, attacked, brought back into the count, answered and delivered.
func initiated(c *citytest.City, body civic.ID, officer, moderator civic.Actor) {
	s := citytest.Service[*initiatives.Service](c)
	text := civic.Text{"kk": "Аллея салынды", "ru": "Аллея посажена"}
	for key, value := range map[string]int64{"initiatives.authors_min": 1, "initiatives.joinder_people": 1, "initiatives.council_signatures": 1, "initiatives.check_days": 0} {
		c.Set(key, value)
	}
	begun := func() civic.ID {
		who := c.Resident(civic.Russian).Actor
		i, err := s.Write(c.Ctx(), who, initiatives.Initiative{Title: "Аллея", Words: "Посадить деревья", Body: body, Scope: city.Scope{Theme: "environment"}}, civic.Russian)
		c.Must(err)
		c.Must(s.Gather(c.Ctx(), who, i.ID))
		_, err = s.Sign(c.Ctx(), who, i.ID, initiatives.KeyOf(i), initiatives.Signing{Name: "Айгерим Сапарова", Shown: true})
		c.Must(err)
		c.Must(s.Fold(c.Ctx()))
		return i.ID
	}
	refused := begun()
	c.Must(s.Decide(c.Ctx(), moderator, refused, moderation.Choice{Rule: "topic_courts.1", Reason: "О деле в суде"}))
	id := begun()
	c.Must(s.Decide(c.Ctx(), moderator, id, moderation.Choice{Approve: true}))
	for range 2 {
		_, err := s.Sign(c.Ctx(), c.Resident("").Actor, id, "", initiatives.Signing{Name: "Bot", Network: "203.0.113.9"})
		c.Must(err)
	}
	made, err := s.Invalidate(c.Ctx(), moderator, id, initiatives.Conditions{Name: "bot"}, text)
	c.Must(err)
	c.Must(s.Reverse(c.Ctx(), moderator, made.ID, text))
	run, _, codes, err := c.Paper.Print(c.Ctx(), moderator, initiatives.Ref(id), paper.Signatures, 1, civic.Russian)
	c.Must(err)
	c.Must(c.Paper.Give(c.Ctx(), moderator, run.ID, "Терезе", 1))
	for _, who := range []civic.Actor{moderator, c.Moderator().Actor} {
		_, err := c.Paper.Enter(c.Ctx(), who, run.ID, codes[0], "900101300017")
		c.Must(err)
	}
	c.Must(c.Paper.TakeBack(c.Ctx(), moderator, run.ID, 1, paper.Back{Returned: 1, Spoilt: 0, Unused: 0}))
	_, err = c.Paper.Reconcile(c.Ctx(), moderator, run.ID, "", false)
	c.Must(err)
}

// owed does everything with what a body owes about a consultation: the clock stops, the term is extended, the
// calendar moves the date, a part is passed on, an answer promises something, and who asked contests it.
func owed(c *citytest.City, officer civic.Actor, voter civic.Actor, asked civic.ID) {
	reason, person := civic.Text{"kk": "Құжат керек", "ru": "Нужна бумага"}, "А. Жауапты, бөлім басшысы"
	subject, body := civic.Ref{Kind: consultations.Kind, ID: asked}, officer.Grants[0].Scope
	var whole, part answers.Obligation
	c.Write(func(tx *storage.Tx) (err error) {
		all, err := c.Answers.About(tx, []civic.Ref{subject})
		if whole = all[subject]; err != nil {
			return err
		}
		part, err = c.Answers.Owe(tx, answers.Obligation{Subject: subject, Owed: answers.Answer, What: reason, Origin: whole.ID, Body: body, Person: person, Scope: city.Scope{District: "medeu"}, Source: "Заң, 76-бап",
			Start: tx.Now(), Term: civic.Term{Days: 15, Working: true}})
		return err
	})
	c.Must(c.Answers.Wait(c.Ctx(), officer, part.ID, reason))
	c.Pass(24 * time.Hour)
	c.Must(c.Answers.GoOn(c.Ctx(), officer, part.ID))
	c.Must(c.Answers.Prolong(c.Ctx(), officer, part.ID, 2, reason))
	c.Must(c.Answers.PassOn(c.Ctx(), officer, part.ID, organisations.RefOf(c.Body("Су арнасы")), reason, reason))
	c.Jobs()
	c.Must(c.Settings.SetDays(c.Ctx(), c.Administrator().Actor, "+2026-03-07 Қосымша жұмыс күні; Үкіметтің № 5 қаулысы"))
	c.Jobs()
	c.Must(c.Answers.Answer(c.Ctx(), officer, part.ID, answers.Verdict{Outcome: answers.Taken, Reason: reason, Evidence: []string{"https://example.kz/7"}, Promised: c.Now().AddDate(0, 1, 0)}, person))
	c.Must(c.Answers.Reply(c.Ctx(), voter, part.ID, answers.Reply{Words: "Шам жоқ"}))
	given := func(v answers.Verdict) {
		var o answers.Obligation
		c.Write(func(tx *storage.Tx) (err error) {
			o, err = c.Answers.Owe(tx, answers.Obligation{Subject: subject, Owed: answers.Answer, What: reason, Origin: whole.ID, Body: body, Source: "Заң", Start: tx.Now(), Term: civic.Term{Days: 15, Working: true}})
			return err
		})
		c.Must(c.Answers.Answer(c.Ctx(), officer, o.ID, v, person))
	}
	given(answers.Verdict{Outcome: answers.NotOurs, Whose: organisations.RefOf(c.Body("Жол басқармасы")), Reason: reason})
}

// Readers are told what pages show that the record does not prove: on the record's page and in
// its guide.
func TestWhatIsNotProvenIsTold(t *testing.T) {
	guide, err := os.ReadFile("../../docs/record.md")
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(strings.Fields(string(guide)), " ")
	each(t, func(t *testing.T, c *citytest.City) {
		page := c.Browser(nil).Get("/en/record").Want(200).Body
		words := c.Catalog.For(civic.English)
		if len(c.Declared.Unproven()) < 5 {
			t.Errorf("only %d sorts of things are not proven", len(c.Declared.Unproven()))
		}
		for _, key := range c.Declared.Unproven() {
			if text := words.T(key); !strings.Contains(page, text) || !strings.Contains(told, text) {
				t.Errorf("docs/record.md or the record's page does not say %q", text)
			}
		}
	})
}

// livelyRights gives the city a guide of its own.
func livelyRights(c *citytest.City) {
	s := citytest.Service[*rights.Service](c)
	g, err := s.Guide(c.Ctx(), "wages")
	c.Must(err)
	author := c.With(c.Resident(""), civic.Grant{Role: "rights.lawyer"})
	no, err := s.Propose(c.Ctx(), author.Actor, "wages", g.Source, "Тексерілді")
	c.Must(err)
	c.Must(s.Publish(c.Ctx(), c.Administrator().Actor, no))
}
