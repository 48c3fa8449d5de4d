package organisations

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/city"
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

// columnNames are the columns of the table of entries: those that the register adds to an
// entry, and between them the fields that have one.
var columnNames = func() []string {
	out := []string{"seq", "id", "rev", "state", "sort", "created_at", "changed_at", "details", "provenance"}
	for _, d := range declarations {
		if d.column {
			out = append(out, d.name)
		}
	}
	return out
}()

var columns = "o." + strings.Join(columnNames, ", o.")

// stored is an entry with its revision number, by which a writer sees that it changed, and the
// key under which the lists have it.
type stored struct {
	Organisation
	rev  int64
	sort string
}

// details are the fields of an entry that have no column, as the JSON that is kept of them.
type details struct{ of *Organisation }

// MarshalJSON writes what is known.
func (d details) MarshalJSON() ([]byte, error) {
	out := map[string]any{}
	for _, f := range declarations {
		if !f.column && !f.empty(d.of) {
			out[f.name] = f.at(d.of)
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads it back.
func (d *details) UnmarshalJSON(b []byte) error {
	var in map[string]json.RawMessage
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	for _, f := range declarations {
		if v, ok := in[f.name]; ok && !f.column {
			if err := json.Unmarshal(v, f.at(d.of)); err != nil {
				return err
			}
		}
	}
	return nil
}

// listColumn is the place of a column that holds a list.
type listColumn []string

// Scan reads what joinList made.
func (l *listColumn) Scan(column any) error {
	text, ok := column.(string)
	if !ok {
		return fmt.Errorf("a list is stored as %T", column)
	}
	*l = splitList(text)
	return nil
}

// organisationRow is an entry with the columns that are kept in another form.
type organisationRow struct {
	stored
	provenance string
	details    details
}

// The places are in the order of columnNames, like the values of row.
var scanOrganisationRow = storage.Into(func(r *organisationRow) []any {
	o := &r.Organisation
	r.details.of = o
	places := []any{&o.Seq, &o.ID, &r.rev, &o.State, &r.sort, storage.Instant(&o.Created), storage.Instant(&o.Changed), storage.JSON(&r.details), &r.provenance}
	for _, d := range declarations {
		if !d.column {
			continue
		}
		place := d.at(o)
		if list, ok := place.(*[]string); ok {
			place = (*listColumn)(list)
		}
		places = append(places, place)
	}
	return places
})

func scanOrganisation(row storage.Row) (stored, error) {
	r, err := scanOrganisationRow(row)
	if err != nil {
		return r.stored, err
	}
	r.Provenance, err = unpackProvenance(r.provenance)
	return r.stored, err
}

var selectPublic = "SELECT " + columns + " FROM organisation o WHERE o.state = $1 AND o.id IN "

// find returns one entry, or an error of code civic.NotFound.
func find(tx *storage.Tx, id civic.ID) (stored, error) {
	return storage.One(tx, scanOrganisation, "SELECT "+columns+" FROM organisation o WHERE o.id = $1", id)
}

// findByIdentifiers finds entries; for one that was a double, the entry that stands for it.
func findByIdentifiers(tx *storage.Tx, identifiers []string) (map[string]stored, error) {
	out := map[string]stored{}
	in, args := storage.In(nil, identifiers)
	for s, err := range storage.Each(tx, scanOrganisation, "SELECT "+columns+" FROM organisation o WHERE o.identifier IN "+in, args...) {
		if err != nil {
			return nil, err
		}
		out[s.Identifier] = s
	}
	for identifier, s := range out {
		if s.State != United {
			continue
		}
		kept, _, err := keptFor(tx, s.ID)
		if err != nil {
			return nil, err
		}
		if out[identifier], err = find(tx, kept); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// findByNameKeys finds entries without a BIN by their compared names.
func findByNameKeys(tx *storage.Tx, keys []string) (map[string][]stored, error) {
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

// byOrganisation gathers what belongs to each organisation, and keeps the order.
func byOrganisation[T any](all iter.Seq2[T, error], of func(T) civic.ID) (map[civic.ID][]T, error) {
	out := map[civic.ID][]T{}
	for x, err := range all {
		if err != nil {
			return nil, err
		}
		out[of(x)] = append(out[of(x)], x)
	}
	return out, nil
}

// named is an entry's name with what decides who may see it, and whose page is its page: that of a
// double belongs to the entry that stands for it.
type named struct {
	part.Choice
	state State
	page  civic.ID
}

var scanNamed = storage.Into(func(n *named) []any { return []any{&n.ID, &n.Title, &n.state, &n.page} })

func namesOf(tx *storage.Tx, ids []civic.ID) ([]named, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanNamed, `SELECT o.id, COALESCE(k.name, o.name), COALESCE(k.state, o.state), COALESCE(k.id, o.id) FROM organisation o
		LEFT JOIN organisation_double d ON d.id = o.id LEFT JOIN organisation k ON k.id = d.kept WHERE o.id IN `+in, args...)
}

// indexed is an entry with the words by which it is found: the costly part of writing one,
// done before the writer is held.
type indexed struct {
	Organisation
	words search.Words
}

func index(o Organisation) indexed {
	var title, rest []civic.Text
	for _, d := range declarations {
		switch d.searched {
		case inTitle:
			title = append(title, *d.at(&o).(*civic.Text))
		case inRest:
			rest = append(rest, *d.at(&o).(*civic.Text))
		}
	}
	t := search.Text{Title: search.Join(title...), Rest: search.Join(rest...)}
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
		out[i] = search.Document{Ref: RefOf(e.ID), Number: e.Seq, Public: Visible(e.State, civic.Actor{}), About: e.about(), Words: e.words}
	}
	return out
}

// about is each district and each theme in which it works.
func (o *Organisation) about() (out []city.Scope) {
	for _, d := range o.Districts {
		out = append(out, city.Scope{District: d})
	}
	for _, t := range o.Themes {
		out = append(out, city.Scope{Theme: t})
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
	if o.Point != "" {
		listed = append(listed, placed)
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

// placed is the facet of what can be shown on a map.
const placed = "placed"

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

// row is an entry's values in the order of columnNames.
func (o *Organisation) row() []any {
	texts, _ := json.Marshal(details{o}) // strings only
	row := []any{o.Seq, o.ID, 1, o.State, SortKey(o.Name.String()), storage.Millis(o.Created), storage.Millis(o.Changed), string(texts), packProvenance(o.Provenance)}
	for _, d := range declarations {
		if !d.column {
			continue
		}
		if text, ok := d.at(o).(*civic.Text); ok {
			row = append(row, *text)
		} else {
			row = append(row, o.Get(d.field("")))
		}
	}
	return row
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
	if err := tx.Insert("organisation ("+strings.Join(columnNames, ", ")+")", rows); err != nil {
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
	if err := tx.Insert("organisation_listing (facet, sort, seq)", listing); err != nil {
		return err
	}
	if err := tx.Insert("organisation_key (key, seq)", keys); err != nil {
		return err
	}
	return s.search.Put(tx, documents(entries)...)
}

// updateOrganisation takes the values of row, and the revision number that is expected.
var updateOrganisation = func() string {
	var set []string
	for i, name := range columnNames {
		switch name {
		case "seq", "id":
		case "rev":
			set = append(set, "rev = rev + $"+strconv.Itoa(i+1))
		default:
			set = append(set, name+" = $"+strconv.Itoa(i+1))
		}
	}
	return "UPDATE organisation SET " + strings.Join(set, ", ") + " WHERE seq = $1 AND id = $2 AND rev = $" + strconv.Itoa(len(columnNames)+1)
}()

// update replaces an entry by what it becomes. The caller has loaded old in the same
// transaction.
func (s *Service) update(tx *storage.Tx, old stored, next indexed, c counts) error {
	if err := s.removeDerived(tx, old); err != nil {
		return err
	}
	next.Seq = old.Seq
	c.add(&old.Organisation, -1)
	c.add(&next.Organisation, 1)
	n, err := tx.Exec(updateOrganisation, append(next.row(), old.rev)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return civic.Fail(civic.Conflict, "organisations.changed_meanwhile")
	}
	return s.insertDerived(tx, []indexed{next})
}

// removeDerived takes an entry out of the listings and name keys that insertDerived wrote.
func (s *Service) removeDerived(tx *storage.Tx, old stored) error {
	listed, _ := old.facets()
	for _, f := range listed {
		if _, err := tx.Exec("DELETE FROM organisation_listing WHERE facet = $1 AND sort = $2 AND seq = $3", f, old.sort, old.Seq); err != nil {
			return err
		}
	}
	if old.BIN() != "" {
		return nil
	}
	for _, k := range old.nameKeys() {
		if _, err := tx.Exec("DELETE FROM organisation_key WHERE key = $1 AND seq = $2", k, old.Seq); err != nil {
			return err
		}
	}
	return nil
}

// saveProvenance stores where the values of an entry come from, and nothing else of it.
func saveProvenance(tx *storage.Tx, o *Organisation) error {
	_, err := tx.Exec("UPDATE organisation SET provenance = $1, rev = rev + 1 WHERE id = $2", packProvenance(o.Provenance), o.ID)
	return err
}
