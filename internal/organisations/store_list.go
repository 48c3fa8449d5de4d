package organisations

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// PageSize is how many entries a list shows at once.
const PageSize = 15

// MapSize is how many entries a map shows at once.
const MapSize = 60

func (q Query) size() int {
	if q.Placed {
		return MapSize
	}
	return PageSize
}

// Query is what a list of organisations is asked for. Unknown codes find nothing.
type Query struct {
	Text                                string
	Kind, Status, Form, Theme, District string
	Year                                int    // of foundation
	Placed                              bool   // only what can be shown on a map, MapSize at once
	After, Before                       string // cursors of an earlier Page
	State                               State  // Draft or Hidden: the desk's lists; else what is public
}

// Item is an entry as lists show it.
type Item struct {
	Seq          int64
	ID           civic.ID
	Name         civic.Text
	Kind, Status string
	Themes       []string
	Districts    []string
	Founded      Date
	Point        string
	Logo         *files.File // nil: it has none
	sort         string
}

// Page is one page of a list. Next and Prev are cursors, "" at the ends. Total is -1 when
// it is not known without counting.
type Page struct {
	Items      []Item
	Next, Prev string
	Total      int64
}

const itemColumns = "o.seq, o.id, o.name, o.kind, o.status, o.themes, o.districts, o.founded, o.point, o.sort"

type itemRow struct {
	Item
	themes, districts string
}

var scanItemRow = storage.Into(func(r *itemRow) []any {
	return []any{&r.Seq, &r.ID, &r.Name, &r.Kind, &r.Status, &r.themes, &r.districts, &r.Founded, &r.Point, &r.sort}
})

func scanItem(row storage.Row) (Item, error) {
	r, err := scanItemRow(row)
	r.Themes, r.Districts = splitList(r.themes), splitList(r.districts)
	return r.Item, err
}

func (q Query) facets() []string {
	if q.State == Draft || q.State == Hidden {
		return []string{string(q.State)}
	}
	var out []string
	add := func(kind, value string) {
		if value != "" {
			out = append(out, kind+":"+value)
		}
	}
	add("kind", q.Kind)
	add("status", q.Status)
	add("form", q.Form)
	add("theme", q.Theme)
	add("district", q.District)
	if q.Year != 0 {
		out = append(out, fmt.Sprintf("year:%04d", q.Year))
	}
	if q.Placed {
		out = append(out, placed)
	}
	return out
}

// list finds a page of entries: without words in the order of names, with words in that of
// search.List.
func list(tx *storage.Tx, q Query) (Page, error) {
	facets := q.facets()
	if strings.TrimSpace(q.Text) != "" {
		return listByWords(tx, facets, q)
	}
	p := Page{Total: -1}
	if len(facets) == 0 {
		facets = []string{"all"}
	}
	numbers, err := readCounts(tx, facets)
	if err != nil {
		return p, err
	}
	// Walk the shortest list and look into the others.
	slices.SortStableFunc(facets, func(a, b string) int { return int(numbers[a] - numbers[b]) })
	if len(facets) == 1 && q.State == "" {
		p.Total = numbers[facets[0]]
	}
	back := q.Before != ""
	cursor := q.After
	if back {
		cursor = q.Before
	}
	sort, seq, ok := readCursor(cursor)
	args := []any{facets[0]}
	where := "l.facet = $1"
	direction, compare := "", ">"
	if back {
		direction, compare = " DESC", "<"
	}
	if ok {
		args = append(args, sort, seq)
		where += " AND (l.sort, l.seq) " + compare + " ($2, $3)"
	}
	more, args := alsoIn(facets[1:], "l.sort", "l.seq", args)
	items, err := storage.All(tx, scanItem, "SELECT "+itemColumns+" FROM organisation_listing l "+joinFirst(tx)+" organisation o ON o.seq = l.seq WHERE "+
		where+more+" ORDER BY l.sort"+direction+", l.seq"+direction+" LIMIT "+strconv.Itoa(q.size()+1), args...)
	if err != nil {
		return p, err
	}
	items, last := storage.Page(items, q.size())
	extra := last != nil
	if back {
		slices.Reverse(items)
	}
	p.Items = items
	if len(items) > 0 {
		if extra || back {
			p.Next = writeCursor(items[len(items)-1])
		}
		if extra && back || ok && !back {
			p.Prev = writeCursor(items[0])
		}
	}
	return p, nil
}

// joinFirst keeps SQLite to the order of tables as written: outer the index that gives the
// order, inner the entry. PostgreSQL finds that itself, from its statistics.
func joinFirst(tx *storage.Tx) string {
	if tx.Engine() == storage.SQLite {
		return "CROSS JOIN"
	}
	return "JOIN"
}

// alsoIn keeps entries that stand in other lists too, each looked up in the index. OFFSET keeps
// PostgreSQL from reading those lists whole to join them.
func alsoIn(facets []string, sort, seq string, args []any) (string, []any) {
	var b strings.Builder
	for _, f := range facets {
		args = append(args, f)
		fmt.Fprintf(&b, " AND EXISTS (SELECT 1 FROM organisation_listing x WHERE x.facet = $%d AND x.sort = %s AND x.seq = %s LIMIT 1 OFFSET 0)", len(args), sort, seq)
	}
	return b.String(), args
}

func listByWords(tx *storage.Tx, facets []string, q Query) (Page, error) {
	more, args := alsoIn(facets, "o.sort", "o.seq", nil)
	found, err := search.List(tx, Kind, q.State == "", q.Text, q.After, q.size(), search.Rows[Item]{
		Columns: itemColumns, From: "organisation o", Number: "o.seq", Where: more, Args: args,
		Scan: scanItem, NumberOf: func(it Item) int64 { return it.Seq },
	})
	p := Page{Items: found.Items, Next: found.Next, Total: -1}
	if q.After != "" {
		p.Prev = "first"
	}
	return p, err
}

// locate finds offices for part.Locate.
func locate(tx *storage.Tx, words, after string, most int) (out []part.Located, next string, err error) {
	found, err := search.List(tx, Kind, true, words, after, most, search.Rows[stored]{Columns: columns, From: "organisation o", Number: "o.seq", Where: " AND o.point <> ''",
		Scan: scanOrganisation, NumberOf: func(o stored) int64 { return o.Seq }})
	for _, o := range found.Items {
		out = append(out, part.Located{Name: o.Name, Address: o.Address, Point: o.Point})
	}
	return out, found.Next, err
}

// A cursor is a place in an order: the sort key and seq of the last entry seen. Readers may
// write what they like in it: it only ever becomes two arguments.
func writeCursor(it Item) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(it.Seq, 36) + "." + it.sort))
}

func readCursor(s string) (sort string, seq int64, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if s == "" || err != nil {
		return "", 0, false
	}
	number, sort, found := strings.Cut(string(b), ".")
	seq, err = strconv.ParseInt(number, 36, 64)
	for i := range len(sort) {
		if sort[i] < ' ' || sort[i] > '~' {
			return "", 0, false
		}
	}
	return sort, seq, found && err == nil
}

func readCounts(tx *storage.Tx, facets []string) (map[string]int64, error) {
	in, args := storage.In(nil, facets)
	return collectCounts(tx, "facet IN "+in, args)
}

// yearCounts are the foundings per year ("year:1998"), per year and theme
// ("year:1998:health") and the ends per year ("ended:2019").
func yearCounts(tx *storage.Tx) (map[string]int64, error) {
	return collectCounts(tx, "(facet LIKE 'year:%' OR facet LIKE 'ended:%') AND n > 0", nil)
}

func collectCounts(tx *storage.Tx, where string, args []any) (map[string]int64, error) {
	return storage.Map[string, int64](tx, "SELECT facet, n FROM organisation_count WHERE "+where, args...)
}

// each walks all public entries that a query's filters select, in order of registration, in
// pages of its own, so that a reader who is slow holds no long transaction.
func each(read func(func(*storage.Tx) error) error, q Query, visit func(Organisation) error) error {
	const chunk = 500
	after := int64(0)
	for {
		var found []stored
		err := read(func(tx *storage.Tx) error {
			more, args := alsoIn(q.facets(), "o.sort", "o.seq", []any{after, Public})
			var err error
			found, err = storage.All(tx, scanOrganisation, "SELECT "+columns+" FROM organisation o WHERE o.seq > $1 AND o.state = $2"+more+
				" ORDER BY o.seq LIMIT "+strconv.Itoa(chunk), args...)
			return err
		})
		if err != nil {
			return err
		}
		for _, s := range found {
			if err := visit(s.Organisation); err != nil {
				return err
			}
			after = s.Seq
		}
		if len(found) < chunk {
			return nil
		}
	}
}
