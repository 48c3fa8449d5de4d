package search

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/lexis"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// keyColumn is the key in search_index.
func keyColumn(engine storage.Engine) string {
	if engine == storage.SQLite {
		return "rowid"
	}
	return "key"
}

// rowsAtOnce bounds the rows of one statement: the SQLite driver compares each argument with
// every placeholder, so that larger statements cost more than they save.
const rowsAtOnce = 12

func put(tx *storage.Tx, documents []Document) error {
	for batch := range slices.Chunk(documents, rowsAtOnce) {
		keys := make([]int64, 0, 2*len(batch))
		for _, d := range batch {
			keys = append(keys, spanOf(d.Ref.Kind, true).key(d.Number), spanOf(d.Ref.Kind, false).key(d.Number))
		}
		if err := removeKeys(tx, keys); err != nil {
			return err
		}
		if err := insert(tx, batch); err != nil {
			return err
		}
	}
	return nil
}

func insert(tx *storage.Tx, documents []Document) error {
	var b strings.Builder
	var args []any
	value := func(format string, v any) {
		args = append(args, v)
		fmt.Fprintf(&b, format, len(args))
	}
	if tx.Engine() == storage.SQLite {
		// A statement that fails ends the whole change anyway; so SQLite need not keep what it
		// would take to undo that statement alone, half of the cost.
		b.WriteString("INSERT OR FAIL INTO search_index (rowid, id, about, title, rest, within) VALUES ")
	} else {
		b.WriteString("INSERT INTO search_index (key, id, title, whole, within) VALUES ")
	}
	for i, d := range documents {
		if i > 0 {
			b.WriteByte(',')
		}
		s, w, about := spanOf(d.Ref.Kind, d.Public), d.Words, strings.Join(termsOf(d.About...), " ")
		value("($%d", s.key(d.Number))
		value(",$%d", d.Ref.ID)
		if tx.Engine() == storage.SQLite {
			value(",$%d", about)
			value(",$%d", w.title)
			value(",$%d", w.rest)
			value(",$%d)", w.within)
			continue
		}
		const vector = ",array_to_tsvector(array_remove(string_to_array($%d, ' '), ''))"
		of := s.term() + " " + about + " "
		value(vector, of+w.title)
		value(vector, of+w.title+" "+w.rest)
		if w.within == "" {
			b.WriteString(",NULL)")
			continue
		}
		value(vector+")", of+w.title+" "+w.rest+" "+w.within)
	}
	_, err := tx.Exec(b.String(), args...)
	return err
}

func remove(tx *storage.Tx, kind string, numbers []int64) error {
	for batch := range slices.Chunk(numbers, rowsAtOnce) {
		var keys []int64
		for _, n := range batch {
			keys = append(keys, spanOf(kind, true).key(n), spanOf(kind, false).key(n))
		}
		if err := removeKeys(tx, keys); err != nil {
			return err
		}
	}
	return nil
}

func removeKeys(tx *storage.Tx, keys []int64) error {
	in, args := storage.In(nil, keys)
	_, err := tx.Exec("DELETE FROM search_index WHERE "+keyColumn(tx.Engine())+" IN "+in, args...)
	return err
}

// mergePages is how many pages of the index one transaction merges: some milliseconds.
const mergePages = 64

// merge merges the pieces of SQLite's index a little further into one, from the first step on, and
// reports whether there is more to merge. See "The merge command" in FTS5's documentation.
func merge(tx *storage.Tx, first bool) (more bool, err error) {
	pages := mergePages
	if first {
		pages = -mergePages // all pieces, not only those that are due
	}
	changes := func() (int64, error) { return storage.One(tx, storage.Scalar[int64], "SELECT total_changes()") }
	before, err := changes()
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec("INSERT INTO search_index (search_index, rank) VALUES ('merge', $1)", pages); err != nil {
		return false, err
	}
	after, err := changes()
	return after-before >= 2, err
}

// match is a query in an engine's own words: one condition for each tier of how well a thing is
// found, and one for all of them.
type match struct {
	tiers []condition
	any   condition
}

type condition struct {
	where string // with a %d for each argument's place
	args  []string
}

// parse ranks what a text finds. An open last word (one that may go on) costs a walk through all
// that begins like it, so whole words are looked for alone first: common ones fill a page at once.
// A scope without words is found in one tier.
func parse(engine storage.Engine, text string, about city.Scope) (m match, ok bool) {
	terms := termsOf(about)
	open, worded := lexis.ParseQuery(text)
	if !worded {
		return ofScope(engine, terms), len(terms) > 0
	}
	m = ofWords(engine, text, open)
	for i := range m.tiers {
		m.tiers[i] = m.tiers[i].within(engine, terms)
	}
	m.any = m.any.within(engine, terms)
	return m, true
}

// ofScope finds whatever is about something.
func ofScope(engine storage.Engine, terms []string) match {
	c := condition{"search_index MATCH $%d", []string{inFTS5(terms)}}
	if engine == storage.PostgreSQL {
		c = condition{"search_index.whole @@ $%d::tsquery", []string{inTSQuery(terms)}}
	}
	return match{tiers: []condition{c}, any: c}
}

// within is the condition for what is about something: PostgreSQL has the terms in each vector, SQLite in a column.
func (c condition) within(engine storage.Engine, terms []string) condition {
	if len(terms) == 0 {
		return c
	}
	args := make([]string, len(c.args))
	for i, a := range c.args {
		if engine == storage.PostgreSQL {
			args[i] = inTSQuery(terms) + " & (" + a + ")"
		} else {
			args[i] = inFTS5(terms) + " AND (" + a + ")"
		}
	}
	return condition{c.where, args}
}

func inTSQuery(terms []string) string { return "'" + strings.Join(terms, "' & '") + "'" }

func inFTS5(terms []string) string { return `(about : ("` + strings.Join(terms, `" AND "`) + `"))` }

func ofWords(engine storage.Engine, text string, open lexis.Query) (m match) {
	whole, _ := lexis.ParseQuery(text + " ")
	own, numbered := open.ByNumber()
	if engine == storage.PostgreSQL {
		o, w := open.TSQuery(), whole.TSQuery()
		m.any = condition{"search_index.whole @@ $%d::tsquery", []string{o}}
		m.tiers = []condition{
			{"search_index.title @@ $%d::tsquery", []string{w}},
			{"search_index.title @@ $%d::tsquery AND NOT search_index.title @@ $%d::tsquery", []string{o, w}},
			{"search_index.whole @@ $%d::tsquery AND NOT search_index.title @@ $%d::tsquery", []string{o, o}},
		}
		if numbered {
			n := own.TSQuery()
			m.any = condition{"(search_index.whole @@ $%d::tsquery OR search_index.within @@ $%d::tsquery)", []string{o, n}}
			m.tiers = append(m.tiers, condition{"search_index.within @@ $%d::tsquery AND NOT search_index.whole @@ $%d::tsquery", []string{n, o}})
		}
		return m
	}
	const where = "search_index MATCH $%d"
	o, w := open.FTS5(), whole.FTS5()
	m.any = condition{where, []string{"{title rest} : (" + o + ")"}}
	m.tiers = []condition{
		{where, []string{"title : (" + w + ")"}},
		{where, []string{"(title : (" + o + ")) NOT (title : (" + w + "))"}},
		{where, []string{"({title rest} : (" + o + ")) NOT (title : (" + o + "))"}},
	}
	if numbered {
		n := "{title rest within} : (" + own.FTS5() + ")"
		m.any = condition{where, []string{"({title rest} : (" + o + ")) OR (" + n + ")"}}
		m.tiers = append(m.tiers, condition{where, []string{"(" + n + ") NOT ({title rest} : (" + o + "))"}})
	}
	return m
}

// in is the condition for one span, its arguments appended to args.
func (c condition) in(engine storage.Engine, s span, args []any) (string, []any) {
	places := make([]any, len(c.args))
	for i, a := range c.args {
		if engine == storage.PostgreSQL {
			a = "'" + s.term() + "' & " + a
		}
		args = append(args, a)
		places[i] = len(args)
	}
	return fmt.Sprintf(c.where, places...), args
}

func count(tx *storage.Tx, m match, s span, most int) (int64, error) {
	where, args := m.any.in(tx.Engine(), s, []any{int64(s), s.key(maxNumber)})
	key := "search_index." + keyColumn(tx.Engine())
	return storage.One(tx, storage.Scalar[int64], fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM search_index WHERE %s BETWEEN $1 AND $2 AND %s LIMIT %d) found",
		key, where, most), args...)
}

// finds reports whether one thing of a span is found. It looks through the ids of all that is.
func finds(tx *storage.Tx, m match, s span, id civic.ID) (bool, error) {
	where, args := m.any.in(tx.Engine(), s, []any{int64(s), s.key(maxNumber), id})
	_, found, err := storage.Found(storage.One(tx, storage.Scalar[int], fmt.Sprintf("SELECT 1 FROM search_index WHERE search_index.%s BETWEEN $1 AND $2 AND %s AND search_index.id = $3 LIMIT 1",
		keyColumn(tx.Engine()), where), args...))
	return found, err
}

// Rows says how things of one kind are read from their own tables.
type Rows[T any] struct {
	Columns string // of From
	From    string // "organisation o"
	Number  string // the column with the numbers of the documents: "o.seq"
	Where   string // what else must be true: "" or " AND …"
	Args    []any  // for the placeholders in Where, from $1 on
	// The numbers among which alone things are looked for, when Where leaves nearly nothing of what has the words; 0: from the first, to the last.
	Least, Most int64
	Scan        func(storage.Row) (T, error)
	// NumberOf is the number of what was read.
	NumberOf func(T) int64
}

// Page is a stretch of what was found.
type Page[T any] struct {
	Items []T
	Next  string // where the next one begins; "" at the end
}

// List finds things of a kind, joined to their own tables. It is for lists that also filter by
// what only the part knows. There are three tiers: things whose title has the words as they are;
// whose title has words that begin like the last one; that have the words elsewhere. Within a
// tier the newest comes first. In this order both engines find them without looking at all that
// match. List asks no resolver: the part itself reads only what the actor may see.
func List[T any](tx *storage.Tx, kind string, public bool, text, after string, most int, rows Rows[T]) (Page[T], error) {
	m, ok := parse(tx.Engine(), text, city.Scope{})
	if !ok {
		return Page[T]{}, nil
	}
	return list(tx, m, []span{spanOf(kind, public)}, after, most, maxCounted+1, rows)
}

// Ordered is a list of things of which the latest comes first while nobody looks for words.
type Ordered[T any] struct {
	Rows[T]
	Shown  string // which rows stand there at all: "a.serial > 0"
	Time   string // the column with the instants by which they stand: "a.filed_at"
	TimeOf func(T) time.Time
}

// Latest is a page of a list: in the order of List when there are words, else the latest first. Everybody may see the things. Errors:
// civic.Invalid for a cursor that is none.
func Latest[T any](tx *storage.Tx, kind, text, after string, most int, rows Ordered[T]) (p Page[T], err error) {
	if text != "" {
		return List(tx, kind, true, text, after, most, rows.Rows)
	}
	from, ok := storage.ParsePlace(after)
	if !ok {
		return p, civic.Fail(civic.Invalid, "web.malformed")
	}
	behind, args := from.Behind(slices.Clip(rows.Args), rows.Time, rows.Number, true)
	all, err := storage.All(tx, rows.Scan, fmt.Sprintf("SELECT %s FROM %s WHERE %s%s AND %s ORDER BY %s DESC, %s DESC LIMIT %d",
		rows.Columns, rows.From, rows.Shown, rows.Where, behind, rows.Time, rows.Number, most+1), args...)
	page, last := storage.Page(all, most)
	if p.Items = page; last != nil {
		p.Next = storage.PlaceAt(storage.Millis(rows.TimeOf(*last)), rows.NumberOf(*last)).String()
	}
	return p, err
}

// list is List in several spans. all is how many of their things are found; more than maxCounted
// says that nobody has counted them.
func list[T any](tx *storage.Tx, m match, spans []span, after string, most int, all int64, rows Rows[T]) (p Page[T], err error) {
	at, before, ok := readPlace(after)
	if !ok || at >= len(m.tiers) {
		at, before = 0, maxNumber+1
	}
	last := at // the tier of the last thing on the page
	for ; at < len(m.tiers); at++ {
		var found []T
		for _, s := range spans {
			in, err := find(tx, m.tiers[at], s, before, most+1-len(p.Items), rows)
			if err != nil {
				return p, err
			}
			found = append(found, in...)
		}
		if len(spans) > 1 {
			slices.SortStableFunc(found, func(a, b T) int { return cmp.Compare(rows.NumberOf(b), rows.NumberOf(a)) })
		}
		room := most - len(p.Items)
		if room > 0 && len(found) > 0 {
			last = at
		}
		if p.Items = append(p.Items, found[:min(room, len(found))]...); len(found) > room {
			p.Next = writePlace(last, rows.NumberOf(p.Items[most-1]))
			return p, nil
		}
		if after == "" && int64(len(p.Items)) == all {
			break // nothing is left for the other tiers
		}
		before = maxNumber + 1
	}
	return p, nil
}

func find[T any](tx *storage.Tx, c condition, s span, before int64, most int, rows Rows[T]) ([]T, error) {
	engine := tx.Engine()
	key := "search_index." + keyColumn(engine)
	if rows.Most > 0 {
		before = min(before, rows.Most+1)
	}
	args := append(slices.Clip(rows.Args), s.key(rows.Least), s.key(before-1))
	lowest, highest := len(args)-1, len(args)
	where, args := c.in(engine, s, args)
	from := "search_index"
	if rows.From != "" {
		// CROSS keeps SQLite to the order of tables as written: outer the index that gives the
		// order, inner the thing. PostgreSQL finds that itself, from its statistics.
		join := " JOIN "
		if engine == storage.SQLite {
			join = " CROSS JOIN "
		}
		from += join + rows.From + " ON " + rows.Number + " = (" + key + " & " + strconv.Itoa(maxNumber) + ")"
	}
	return storage.All(tx, rows.Scan, fmt.Sprintf("SELECT %s FROM %s WHERE %s BETWEEN $%d AND $%d AND %s%s ORDER BY %s DESC LIMIT %d",
		rows.Columns, from, key, lowest, highest, where, rows.Where, key, most), args...)
}

// A place is where a page ended: a tier and the number of the last thing. Readers may write what
// they like in it: it only ever becomes two numbers.
func writePlace(tier int, number int64) string {
	return strconv.Itoa(tier) + "." + strconv.FormatInt(number, 36)
}

func readPlace(s string) (tier int, number int64, ok bool) {
	a, b, _ := strings.Cut(s, ".")
	tier, err1 := strconv.Atoi(a)
	number, err2 := strconv.ParseInt(b, 36, 64)
	return tier, number, err1 == nil && err2 == nil && tier >= 0 && number > 0 && number <= maxNumber
}

// row is a row of the index itself.
type row struct {
	key int64
	id  civic.ID
}

func ownRows(engine storage.Engine) Rows[row] {
	return Rows[row]{Columns: "search_index." + keyColumn(engine) + ", search_index.id", NumberOf: func(r row) int64 { return r.key & maxNumber },
		Scan: storage.Into(func(r *row) []any { return []any{&r.key, &r.id} })}
}
