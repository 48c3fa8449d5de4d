package organisations

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Topic of cached pages that show entries of the register, or only their names.
const Topic = "organisations"

func topicOf(id civic.ID) string { return "organisation:" + string(id) }

// lockRegister makes writers of entries wait for each other; PostgreSQL needs it for the
// next seq and for "is there one with this identifier".
func lockRegister(tx *storage.Tx) error { return tx.Lock("organisations") }

const columns = `o.seq, o.id, o.identifier, o.rev, o.state, o.kind, o.status, o.form, o.founded, o.ended, o.themes, o.districts, o.name,
	o.created_at, o.changed_at, o.details, o.origins`

// stored is an entry with its revision number, by which a writer sees that it changed.
type stored struct {
	Organisation
	rev int64
}

// details are what lists neither show nor filter by.
type details struct {
	Mission civic.Text `json:"mission,omitempty"`
	Address civic.Text `json:"address,omitempty"`
	Email   string     `json:"email,omitempty"`
	Phone   string     `json:"phone,omitempty"`
	Website string     `json:"website,omitempty"`
	Links   []string   `json:"links,omitempty"`
}

// organisationRow is an entry with the columns that are kept in another form.
type organisationRow struct {
	stored
	themes, districts, origins string
	details                    details
}

var scanOrganisationRow = storage.Into(func(r *organisationRow) []any {
	o := &r.Organisation
	return []any{&o.Seq, &o.ID, &o.Identifier, &r.rev, &o.State, &o.Kind, &o.Status, &o.Form, &o.Founded, &o.Ended, &r.themes, &r.districts,
		&o.Name, storage.Instant(&o.Created), storage.Instant(&o.Changed), storage.JSON(&r.details), &r.origins}
})

func scanOrganisation(row storage.Row) (stored, error) {
	r, err := scanOrganisationRow(row)
	if err != nil {
		return r.stored, err
	}
	o, d := &r.Organisation, r.details
	o.Themes, o.Districts = splitList(r.themes), splitList(r.districts)
	o.Mission, o.Address, o.Email, o.Phone, o.Website, o.Links = d.Mission, d.Address, d.Email, d.Phone, d.Website, d.Links
	o.Origins, err = unpackOrigins(r.origins)
	return r.stored, err
}

const selectPublic = "SELECT " + columns + " FROM organisation o WHERE o.state = $1 AND o.id IN "

// load returns one entry, or an error of code civic.NotFound.
func load(tx *storage.Tx, id civic.ID) (stored, error) {
	return storage.One(tx, scanOrganisation, "SELECT "+columns+" FROM organisation o WHERE o.id = $1", id)
}

func loadByIdentifiers(tx *storage.Tx, identifiers []string) (map[string]stored, error) {
	out := map[string]stored{}
	in, args := storage.In(nil, identifiers)
	for s, err := range storage.Each(tx, scanOrganisation, "SELECT "+columns+" FROM organisation o WHERE o.identifier IN "+in, args...) {
		if err != nil {
			return nil, err
		}
		out[s.Identifier] = s
	}
	return out, nil
}

// loadByNameKeys finds entries without a BIN by their compared names.
func loadByNameKeys(tx *storage.Tx, keys []string) (map[string][]stored, error) {
	type pair struct {
		key string
		seq int64
	}
	in, args := storage.In(nil, keys)
	pairs, err := storage.All(tx, storage.Into(func(p *pair) []any { return []any{&p.key, &p.seq} }),
		"SELECT key, seq FROM organisation_key WHERE key IN "+in, args...)
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	var seqs []int64
	for _, p := range pairs {
		seqs = append(seqs, p.seq)
	}
	bySeq := map[int64]stored{}
	in, args = storage.In(nil, seqs)
	for s, err := range storage.Each(tx, scanOrganisation, "SELECT "+columns+" FROM organisation o WHERE o.seq IN "+in, args...) {
		if err != nil {
			return nil, err
		}
		bySeq[s.Seq] = s
	}
	out := map[string][]stored{}
	for _, p := range pairs {
		out[p.key] = append(out[p.key], bySeq[p.seq])
	}
	return out, nil
}

var scanChoice = storage.Into(func(c *part.Choice) []any { return []any{&c.ID, &c.Title} })

func publicBodies(tx *storage.Tx) ([]part.Choice, error) {
	return storage.All(tx, scanChoice, `SELECT o.id, o.name FROM organisation_listing l JOIN organisation o ON o.seq = l.seq
		WHERE l.facet = $1 AND o.status = $2 ORDER BY l.sort, l.seq LIMIT 1000`, "kind:"+StateBody, Active)
}

func publicNames(tx *storage.Tx, ids []civic.ID) ([]part.Choice, error) {
	in, args := storage.In([]any{Public}, ids)
	return storage.All(tx, scanChoice, "SELECT id, name FROM organisation WHERE state = $1 AND id IN "+in, args...)
}

// named is an entry's name with what decides who may see it.
type named struct {
	part.Choice
	state State
}

var scanNamed = storage.Into(func(n *named) []any { return []any{&n.ID, &n.Title, &n.state} })

func namesOf(tx *storage.Tx, ids []civic.ID) ([]named, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanNamed, "SELECT id, name, state FROM organisation WHERE id IN "+in, args...)
}

// indexed is an entry with the words by which it is found: the costly part of writing one,
// done before the writer is held.
type indexed struct {
	Organisation
	words search.Words
}

func index(o Organisation) indexed {
	t := search.Text{Title: search.Join(o.Name), Rest: search.Join(o.Mission, o.Address)}
	if bin := o.BIN(); bin != "" {
		t.Numbers = []string{bin}
	}
	return indexed{o, search.Analyse(t)}
}

// documents are entries as the city-wide search knows them.
func documents(entries []indexed) []search.Document {
	out := make([]search.Document, len(entries))
	for i := range entries {
		e := &entries[i]
		out[i] = search.Document{Ref: RefOf(e.ID), Number: e.Seq, Public: Visible(e.State, civic.Actor{}), Words: e.words}
	}
	return out
}

// facets are the lists in which an entry stands, and under what else it is counted. Only
// what everybody may see is listed and counted; the others wait in lists of the desk.
func (o *Organisation) facets() (listed, counted []string) {
	if !Visible(o.State, civic.Actor{}) {
		return []string{string(o.State)}, nil
	}
	listed = []string{"all", "kind:" + o.Kind, "status:" + o.Status}
	if o.Form != "" {
		listed = append(listed, "form:"+o.Form)
	}
	for _, t := range o.Themes {
		listed = append(listed, "theme:"+t)
	}
	for _, d := range o.Districts {
		listed = append(listed, "district:"+d)
	}
	if y := o.Founded.Year(); y != 0 {
		year := fmt.Sprintf("year:%04d", y)
		listed = append(listed, year)
		for _, t := range o.Themes {
			counted = append(counted, year+":"+t)
		}
	}
	if y := o.Ended.Year(); y != 0 {
		counted = append(counted, fmt.Sprintf("ended:%04d", y))
	}
	if o.Kind == NGO && o.Status == Active {
		counted = append(counted, "filers")
	}
	return listed, counted
}

// counts gathers by how much each facet changes in a transaction.
type counts map[string]int64

func (c counts) add(o *Organisation, by int64) {
	listed, counted := o.facets()
	for _, f := range append(listed, counted...) {
		c[f] += by
	}
}

func (c counts) flush(tx *storage.Tx) error {
	for _, facet := range slices.Sorted(maps.Keys(c)) { // one order for all writers
		if c[facet] == 0 {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO organisation_count (facet, n) VALUES ($1, $2)
			ON CONFLICT (facet) DO UPDATE SET n = organisation_count.n + excluded.n`, facet, c[facet]); err != nil {
			return err
		}
	}
	return nil
}

// maxArguments bounds the arguments of one statement: the SQLite driver compares each with
// every placeholder, so that larger statements cost more than they save.
const maxArguments = 64

// insertRows writes rows of n columns with few statements, of two shapes only: those are
// kept prepared.
func insertRows(tx *storage.Tx, head string, values func(at int) string, n int, rows [][]any) error {
	if tx.Engine() == storage.SQLite {
		// A statement that fails ends the whole change anyway; so SQLite need not keep what it
		// would take to undo that statement alone, half of the cost.
		head = strings.Replace(head, "INSERT", "INSERT OR FAIL", 1)
	}
	for len(rows) > 0 {
		size := max(1, maxArguments/n)
		if len(rows) < size {
			size = 1
		}
		var b strings.Builder
		b.WriteString(head)
		args := make([]any, 0, size*n)
		for i, row := range rows[:size] {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(values(len(args)))
			args = append(args, row...)
		}
		if _, err := tx.Exec(b.String(), args...); err != nil {
			return err
		}
		rows = rows[size:]
	}
	return nil
}

// plainValues writes "($1,$2,…)" for n columns.
func plainValues(n int) func(int) string {
	return func(at int) string {
		b := []byte("(")
		for i := range n {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, '$')
			b = strconv.AppendInt(b, int64(at+i+1), 10)
		}
		return string(append(b, ')'))
	}
}

func (o *Organisation) row() []any {
	det, _ := json.Marshal(details{o.Mission, o.Address, o.Email, o.Phone, o.Website, o.Links}) // strings only
	return []any{o.Seq, o.ID, o.Identifier, 1, o.State, o.Kind, o.Status, o.Form, o.Founded, o.Ended, strings.Join(o.Themes, "; "),
		strings.Join(o.Districts, "; "), SortKey(o.Name.String()), o.Name, storage.Millis(o.Created), storage.Millis(o.Changed), string(det), packOrigins(o.Origins)}
}

// insert writes new entries with all that is derived from them. The caller holds
// lockRegister. It gives them their seq.
func (s *Service) insert(tx *storage.Tx, entries []indexed, c counts) error {
	if len(entries) == 0 {
		return nil
	}
	last, err := storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(seq), 0) FROM organisation")
	if err != nil {
		return err
	}
	rows := make([][]any, len(entries))
	for i := range entries {
		last++
		entries[i].Seq = last
		rows[i] = entries[i].row()
		c.add(&entries[i].Organisation, 1)
	}
	if err := insertRows(tx, `INSERT INTO organisation (seq, id, identifier, rev, state, kind, status, form, founded, ended, themes, districts, sort, name,
		created_at, changed_at, details, origins) VALUES `, plainValues(18), 18, rows); err != nil {
		return err
	}
	return s.insertDerived(tx, entries)
}

// insertDerived writes listings and name keys, and makes the entries found.
func (s *Service) insertDerived(tx *storage.Tx, entries []indexed) error {
	var listing, keys [][]any
	for i := range entries {
		e := &entries[i]
		sort := SortKey(e.Name.String())
		listed, _ := e.facets()
		for _, f := range listed {
			listing = append(listing, []any{f, sort, e.Seq})
		}
		if e.BIN() == "" {
			for _, k := range e.nameKeys() {
				keys = append(keys, []any{k, e.Seq})
			}
		}
	}
	// In the order of the index: neighbours go to the same page of it.
	slices.SortFunc(listing, func(a, b []any) int {
		return cmp.Or(cmp.Compare(a[0].(string), b[0].(string)), cmp.Compare(a[1].(string), b[1].(string)), cmp.Compare(a[2].(int64), b[2].(int64)))
	})
	if err := insertRows(tx, "INSERT INTO organisation_listing (facet, sort, seq) VALUES ", plainValues(3), 3, listing); err != nil {
		return err
	}
	if err := insertRows(tx, "INSERT INTO organisation_key (key, seq) VALUES ", plainValues(2), 2, keys); err != nil {
		return err
	}
	return s.search.Put(tx, documents(entries)...)
}

// update replaces an entry by what it becomes. The caller has loaded old in the same
// transaction.
func (s *Service) update(tx *storage.Tx, old stored, next indexed, c counts) error {
	sort := SortKey(old.Name.String())
	listed, _ := old.facets()
	for _, f := range listed {
		if _, err := tx.Exec("DELETE FROM organisation_listing WHERE facet = $1 AND sort = $2 AND seq = $3", f, sort, old.Seq); err != nil {
			return err
		}
	}
	if old.BIN() == "" {
		for _, k := range old.nameKeys() {
			if _, err := tx.Exec("DELETE FROM organisation_key WHERE key = $1 AND seq = $2", k, old.Seq); err != nil {
				return err
			}
		}
	}
	next.Seq = old.Seq
	c.add(&old.Organisation, -1)
	c.add(&next.Organisation, 1)
	row := next.row()
	n, err := tx.Exec(`UPDATE organisation SET identifier = $3, rev = rev + $4, state = $5, kind = $6, status = $7, form = $8, founded = $9, ended = $10,
		themes = $11, districts = $12, sort = $13, name = $14, created_at = $15, changed_at = $16, details = $17, origins = $18
		WHERE seq = $1 AND id = $2 AND rev = $19`, append(row, old.rev)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return civic.Fail(civic.Conflict, "organisations.changed_meanwhile")
	}
	return s.insertDerived(tx, []indexed{next})
}

// saveOrigins stores where the values of an entry come from, and nothing else of it.
func saveOrigins(tx *storage.Tx, o *Organisation) error {
	_, err := tx.Exec("UPDATE organisation SET origins = $1, rev = rev + 1 WHERE id = $2", packOrigins(o.Origins), o.ID)
	return err
}
