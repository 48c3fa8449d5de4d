package drafts

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Drafts.

const columns = `d.no, d.id, d.sort, d.title, d.purpose, d.touched, d.cost, d.links, d.body, d.district, d.theme, d.state, d.version, d.made_at, d.opened_at, d.closes_at, d.closed_at, d.reported_at, d.decided_at,
	d.act, d.reason, d.changed_at`

const selected = "SELECT " + columns + " FROM drafts_draft d"

var scan = storage.Into(func(d *Draft) []any {
	return []any{&d.no, &d.ID, &d.Sort, &d.Title, &d.Purpose, &d.Touched, &d.Cost, storage.JSON(&d.Links), &d.Body, &d.District, &d.Theme, &d.State, &d.Version, storage.Instant(&d.MadeAt), storage.Instant(&d.OpenedAt),
		storage.Instant(&d.ClosesAt), storage.Instant(&d.ClosedAt), storage.Instant(&d.ReportedAt), storage.Instant(&d.DecidedAt), &d.Act, &d.Reason, storage.Instant(&d.ChangedAt)}
})

func find(tx *storage.Tx, id civic.ID) (Draft, error) {
	return storage.One(tx, scan, selected+" WHERE d.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Draft, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scan, selected+" WHERE d.id IN "+in, args...)
}

// byNos finds the drafts of remarks, by their numbers.
func byNos(tx *storage.Tx, nos []int64) (map[int64]Draft, error) {
	in, args := storage.In(nil, nos)
	all, err := storage.All(tx, scan, selected+" WHERE d.no IN "+in, args...)
	out := map[int64]Draft{}
	for _, d := range all {
		out[d.no] = d
	}
	return out, err
}

// insert numbers the draft too: the caller holds the lock of all numbers.
func insert(tx *storage.Tx, d *Draft) error {
	no, err := storage.Next(tx, "drafts_draft")
	if err != nil {
		return err
	}
	d.no = no
	_, err = tx.Exec(`INSERT INTO drafts_draft (no, id, sort, title, purpose, touched, cost, links, body, district, theme, state, version, made_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		d.no, d.ID, d.Sort, d.Title, d.Purpose, d.Touched, d.Cost, storage.AsJSON(d.Links), d.Body, d.District, d.Theme, d.State, d.Version, storage.Millis(d.MadeAt), storage.Millis(d.ChangedAt))
	return err
}

func update(tx *storage.Tx, d Draft) error {
	_, err := tx.Exec(`UPDATE drafts_draft SET sort = $2, title = $3, purpose = $4, touched = $5, cost = $6, links = $7, body = $8, district = $9, theme = $10, state = $11, version = $12, opened_at = $13, closes_at = $14,
		closed_at = $15, reported_at = $16, decided_at = $17, act = $18, reason = $19, changed_at = $20 WHERE no = $1`,
		d.no, d.Sort, d.Title, d.Purpose, d.Touched, d.Cost, storage.AsJSON(d.Links), d.Body, d.District, d.Theme, d.State, d.Version, storage.Millis(d.OpenedAt), storage.Millis(d.ClosesAt), storage.Millis(d.ClosedAt),
		storage.Millis(d.ReportedAt), storage.Millis(d.DecidedAt), d.Act, d.Reason, storage.Millis(d.ChangedAt))
	return err
}

// Query narrows the list.
type Query struct {
	State State
	city.Scope
	Body  civic.ID
	Words string
	After string // the cursor of a page
}

func (q Query) where() (_ string, args []any) {
	var b strings.Builder
	for _, c := range []struct{ column, value string }{{"state", string(q.State)}, {"district", q.District}, {"theme", q.Theme}, {"body", string(q.Body)}} {
		if c.value != "" {
			args = append(args, c.value)
			fmt.Fprintf(&b, " AND d.%s = $%d", c.column, len(args))
		}
	}
	return b.String(), args
}

// list gives a page of those that everybody reads, the latest first, and the cursor of the next.
func list(tx *storage.Tx, q Query, most int) ([]Draft, string, error) {
	where, args := q.where()
	found, err := search.Latest(tx, Kind, q.Words, q.After, most, search.Ordered[Draft]{Rows: search.Rows[Draft]{Columns: columns, From: "drafts_draft d", Number: "d.no", Where: where, Args: args,
		Scan: scan, NumberOf: func(d Draft) int64 { return d.no }}, Shown: "d.opened_at > 0", Time: "d.opened_at", TimeOf: func(d Draft) time.Time { return d.OpenedAt }})
	return found.Items, found.Next, err
}

func countIn(tx *storage.Tx, state State) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM drafts_draft WHERE state = $1", state)
}

// openSoonest lists the open ones, those that close first in front.
func openSoonest(tx *storage.Tx, most int) ([]Draft, error) {
	return storage.All(tx, scan, selected+" WHERE d.state = $2 ORDER BY d.closes_at, d.no LIMIT $1", most, Open)
}

// dueToClose lists the open ones whose time is over.
func dueToClose(tx *storage.Tx, now time.Time, most int) ([]Draft, error) {
	return storage.All(tx, scan, selected+" WHERE d.state = $2 AND d.closes_at <= $3 ORDER BY d.closes_at, d.no LIMIT $1", most, Open, storage.Millis(now))
}

// lately lists those with a report, the latest first.
func lately(tx *storage.Tx, most int) ([]Draft, error) {
	return storage.All(tx, scan, selected+" WHERE d.reported_at > 0 ORDER BY d.reported_at DESC, d.no DESC LIMIT $1", most)
}

// latest lists those that changed last.
func latest(tx *storage.Tx, most int) ([]Draft, error) {
	return storage.All(tx, scan, selected+" WHERE d.opened_at > 0 ORDER BY d.changed_at DESC, d.no DESC LIMIT $1", most)
}

// ofBodies lists the drafts of some bodies, the latest first; of all bodies with nil.
func ofBodies(tx *storage.Tx, bodies []civic.ID, most int) ([]Draft, error) {
	if bodies == nil {
		return storage.All(tx, scan, selected+" ORDER BY d.no DESC LIMIT $1", most)
	}
	in, args := storage.In([]any{most}, bodies)
	return storage.All(tx, scan, selected+" WHERE d.body IN "+in+" ORDER BY d.no DESC LIMIT $1", args...)
}

// Paragraphs.

const paragraphColumns = "SELECT p.draft, p.version, p.place, p.kind, p.level, p.number, p.words, p.remarks FROM drafts_paragraph p WHERE p.draft = $1 AND p.version = $2"

var scanParagraph = storage.Into(func(p *Paragraph) []any {
	return []any{&p.draft, &p.Version, &p.Place, &p.Kind, &p.Level, &p.Number, &p.Words, &p.Remarks}
})

// replaceText puts a version in the place of what stood there.
func replaceText(tx *storage.Tx, d Draft, version int, all []Paragraph, left map[civic.Lang][]document.Left) error {
	for _, table := range []string{"drafts_paragraph", "drafts_left"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE draft = $1 AND version = $2", d.no, version); err != nil {
			return err
		}
	}
	var rows, out [][]any
	for _, p := range all {
		rows = append(rows, []any{d.no, version, p.Place, p.Kind, p.Level, p.Number, p.Words})
	}
	for lang, whats := range left {
		for _, l := range whats {
			out = append(out, []any{d.no, version, lang, l.What, l.Count})
		}
	}
	return errors.Join(tx.Insert("drafts_paragraph (draft, version, place, kind, level, number, words)", rows), tx.Insert("drafts_left (draft, version, lang, what, count)", out))
}

// leftOut is what could not be read of a version.
func leftOut(tx *storage.Tx, d Draft, version int) (map[string]int, error) {
	return storage.Map[string, int](tx, "SELECT what, SUM(count) FROM drafts_left WHERE draft = $1 AND version = $2 GROUP BY what", d.no, version)
}

// text lists so many paragraphs of a version from a place on.
func text(tx *storage.Tx, d Draft, version, from, most int) ([]Paragraph, error) {
	return storage.All(tx, scanParagraph, paragraphColumns+" AND p.place >= $3 ORDER BY p.place LIMIT $4", d.no, version, from, most)
}

// wholeText lists all paragraphs of a version: at most document.MaxParagraphs.
func wholeText(tx *storage.Tx, d Draft, version int) ([]Paragraph, error) {
	return text(tx, d, version, 0, document.MaxParagraphs)
}

func headings(tx *storage.Tx, d Draft, version, most int) ([]Paragraph, error) {
	return storage.All(tx, scanParagraph, paragraphColumns+" AND p.kind = 'heading' ORDER BY p.place LIMIT $3", d.no, version, most)
}

// hottest lists the paragraphs with the most remarks.
func hottest(tx *storage.Tx, d Draft, most int) ([]Paragraph, error) {
	return storage.All(tx, scanParagraph, paragraphColumns+" AND p.remarks > 0 ORDER BY p.remarks DESC, p.place DESC LIMIT $3", d.no, 1, most)
}

func paragraphAt(tx *storage.Tx, d Draft, version, place int) (Paragraph, error) {
	return storage.One(tx, scanParagraph, paragraphColumns+" AND p.place = $3", d.no, version, place)
}

// paragraphsAt finds the paragraphs of a version at some places.
func paragraphsAt(tx *storage.Tx, d Draft, version int, places []int) (map[int]Paragraph, error) {
	out := map[int]Paragraph{}
	if len(places) == 0 {
		return out, nil
	}
	in, args := storage.In([]any{d.no, version}, places)
	all, err := storage.All(tx, scanParagraph, paragraphColumns+" AND p.place IN "+in, args...)
	for _, p := range all {
		out[p.Place] = p
	}
	return out, err
}

func countParagraphs(tx *storage.Tx, d Draft, version int) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM drafts_paragraph WHERE draft = $1 AND version = $2", d.no, version)
}

// countRemarks counts anew what is said about a paragraph. The caller holds the draft's lock.
func countRemarks(tx *storage.Tx, draft int64, place int) error {
	_, err := tx.Exec("UPDATE drafts_paragraph SET remarks = (SELECT COUNT(*) FROM drafts_remark r WHERE r.draft = $1 AND r.place = $2 AND r.state = 'shown') WHERE draft = $1 AND version = 1 AND place = $2", draft, place)
	return err
}
