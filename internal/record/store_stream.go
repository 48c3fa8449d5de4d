package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// On PostgreSQL, where every statement is a way over the network, 64 entries share one; the
// SQLite driver looks each of a statement's parameters up by name among all of them, so
// there a row at a time is the fastest.
var insertOne, insertMany = insertOf(1), insertOf(64)

func insertOf(rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO record_entry (idx, id, kind, subject_kind, subject_id, page, day, body) VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		at := 8 * i
		fmt.Fprintf(&b, "($%d,$%d,$%d,$%d,$%d,$%d,$%d,$%d)", at+1, at+2, at+3, at+4, at+5, at+6, at+7, at+8)
	}
	return b.String()
}

// placed is an entry with the day it is found under.
type placed struct {
	Recorded
	day string
}

func insertRecorded(tx *storage.Tx, entries []placed) error {
	args := make([]any, 0, 64*8)
	for len(entries) > 0 {
		n, query := 1, insertOne
		if tx.Engine() == storage.PostgreSQL && len(entries) >= 64 {
			n, query = 64, insertMany
		}
		args = args[:0]
		for _, e := range entries[:n] {
			args = append(args, e.Index, e.ID, e.Kind, e.Subject.Kind, e.Subject.ID, string(e.Page), e.day, e.Raw)
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return err
		}
		entries = entries[n:]
	}
	return nil
}

// noteDays keeps where the entries of a day stand.
func noteDays(tx *storage.Tx, entries []placed) error {
	type span struct{ first, last int64 }
	days := map[string]span{}
	for _, e := range entries {
		s, ok := days[e.day]
		if !ok {
			s.first = e.Index
		}
		s.last = e.Index
		days[e.day] = s
	}
	for day, s := range days {
		if _, err := tx.Exec(`INSERT INTO record_day (day, first_idx, last_idx) VALUES ($1, $2, $3)
			ON CONFLICT (day) DO UPDATE SET last_idx = excluded.last_idx`, day, s.first, s.last); err != nil {
			return err
		}
	}
	return nil
}

// noteEdges keeps what follows from what. A link taken back goes; what an act itself says
// stays.
func noteEdges(tx *storage.Tx, entries []placed) error {
	for _, e := range entries {
		for _, from := range e.Follows {
			query := `INSERT INTO record_edge (subject_kind, subject_id, from_kind, from_id, idx) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
			args := []any{e.Subject.Kind, e.Subject.ID, from.Kind, from.ID, e.Index}
			if e.Kind == KindUnlinked {
				query, args = "DELETE FROM record_edge WHERE subject_kind = $1 AND subject_id = $2 AND from_kind = $3 AND from_id = $4", args[:4]
			}
			if _, err := tx.Exec(query, args...); err != nil {
				return err
			}
			tx.Touch(TopicOf(e.Subject), TopicOf(from))
		}
	}
	return nil
}

// list is a page of the stream.
func list(tx *storage.Tx, f Filter) ([]Recorded, error) {
	where, args := []string{"1 = 1"}, []any{}
	and := func(clause string, arg any) {
		args = append(args, arg)
		where = append(where, fmt.Sprintf(clause, len(args)))
	}
	if f.Kind != "" {
		and("kind = $%d", f.Kind)
	}
	if f.Subject.Kind != "" {
		and("subject_kind = $%d", f.Subject.Kind)
	}
	if f.Subject.ID != "" {
		and("subject_id = $%d", f.Subject.ID)
	}
	if f.From != "" || f.To != "" {
		if f.To == "" {
			f.To = "9999"
		}
		// A day's entries stand together but for clocks that differ, so its span bounds the search.
		type span struct{ first, last int64 }
		s, err := storage.One(tx, storage.Into(func(s *span) []any { return []any{&s.first, &s.last} }),
			"SELECT COALESCE(MIN(first_idx), -1), COALESCE(MAX(last_idx), -1) FROM record_day WHERE day >= $1 AND day <= $2", f.From, f.To)
		if err != nil || s.first < 0 {
			return nil, err
		}
		and("idx >= $%d", s.first)
		and("idx <= $%d", s.last)
		and("day >= $%d", f.From)
		and("day <= $%d", f.To)
	}
	order := "DESC"
	if f.Before > 0 {
		and("idx < $%d", f.Before)
	}
	if f.After > 0 || f.Upwards {
		and("idx > $%d", f.After)
		order = "ASC"
	}
	args = append(args, f.Limit)
	out, err := storage.All(tx, scanEntry, fmt.Sprintf("SELECT idx, body FROM record_entry WHERE %s ORDER BY idx %s LIMIT $%d",
		strings.Join(where, " AND "), order, len(args)), args...)
	if order == "ASC" && !f.Upwards {
		slices.Reverse(out)
	}
	return out, err
}

// edge says that subject follows from another, by an entry.
type edge struct {
	subject, from civic.Ref
	index         int64
}

var scanEdge = storage.Into(func(e *edge) []any {
	return []any{&e.subject.Kind, &e.subject.ID, &e.from.Kind, &e.from.ID, &e.index}
})

const edgeColumns = "SELECT subject_kind, subject_id, from_kind, from_id, idx FROM record_edge WHERE "

func linked(tx *storage.Tx, subject, from civic.Ref) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM record_edge WHERE subject_kind = $1 AND subject_id = $2 AND from_kind = $3 AND from_id = $4",
		subject.Kind, subject.ID, from.Kind, from.ID)
	return n > 0, err
}

// followsFrom and ledTo are the edges up and down from a thing.
func followsFrom(tx *storage.Tx, ref civic.Ref, limit int) ([]edge, error) {
	return storage.All(tx, scanEdge, edgeColumns+"subject_kind = $1 AND subject_id = $2 ORDER BY idx LIMIT $3", ref.Kind, ref.ID, limit)
}

func ledTo(tx *storage.Tx, ref civic.Ref, limit int) ([]edge, error) {
	return storage.All(tx, scanEdge, edgeColumns+"from_kind = $1 AND from_id = $2 ORDER BY idx LIMIT $3", ref.Kind, ref.ID, limit)
}

func countAbout(tx *storage.Tx, ref civic.Ref) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], `SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM record_entry WHERE subject_kind = $1 AND subject_id = $2 LIMIT 1000) AS placed)
		+ (SELECT COUNT(*) FROM (SELECT 1 FROM record_pending WHERE subject_kind = $1 AND subject_id = $2 LIMIT 1000) AS waiting)`, ref.Kind, ref.ID)
}
