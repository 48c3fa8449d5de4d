package review

import (
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// number is the next one of a table. Whoever inserts holds the lock of all numbers.
func number(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock("review_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, table)
}

// Panels.

const fromPanels = "SELECT no, id, of, stage, rubric, money, anonymous, load, read_by, meets_at, place, present, minutes, opened_at, decided_at FROM review_panel WHERE "

var scanPanel = storage.Into(func(p *Panel) []any {
	return []any{&p.no, &p.ID, storage.Ref(&p.Of), &p.Stage, storage.JSON(&p.Rubric), &p.Money, &p.Anonymous, &p.Load, storage.Instant(&p.ReadBy), storage.Instant(&p.MeetsAt), &p.Place,
		storage.JSON(&p.Present), &p.Minutes, storage.Instant(&p.OpenedAt), storage.Instant(&p.DecidedAt)}
})

func find(tx *storage.Tx, id civic.ID) (Panel, error) {
	return storage.One(tx, scanPanel, fromPanels+"id = $1", id)
}

func panelOf(tx *storage.Tx, of civic.Ref) (Panel, error) {
	return storage.One(tx, scanPanel, fromPanels+"of = $1", of.String())
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Panel, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanPanel, fromPanels+"id IN "+in, args...)
}

func insertPanel(tx *storage.Tx, p *Panel) (err error) {
	if p.no, err = number(tx, "review_panel"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO review_panel (no, id, of, stage, rubric, money, anonymous, load, read_by, meets_at, place, present, minutes, opened_at, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, '{}', '[]', '{}', $8, 0)`, p.no, p.ID, p.Of.String(), p.Stage, storage.AsJSON(p.Rubric), int64(p.Money), p.Anonymous, storage.Millis(p.OpenedAt))
	return err
}

func updatePanel(tx *storage.Tx, p Panel) error {
	_, err := tx.Exec("UPDATE review_panel SET stage = $2, load = $3, read_by = $4, meets_at = $5, place = $6, present = $7, minutes = $8, decided_at = $9 WHERE no = $1",
		p.no, p.Stage, p.Load, storage.Millis(p.ReadBy), storage.Millis(p.MeetsAt), p.Place, storage.AsJSON(append([]civic.ID{}, p.Present...)), p.Minutes, storage.Millis(p.DecidedAt))
	return err
}

// Readers.

const fromReaders = "SELECT no, id, panel, account, name, belongs, langs, declared_at, out_at FROM review_reader WHERE "

var scanReader = storage.Into(func(r *Reader) []any {
	return []any{&r.no, &r.ID, &r.Panel, &r.Account, &r.Name, storage.JSON(&r.Belongs), storage.JSON(&r.Langs), storage.Instant(&r.DeclaredAt), storage.Instant(&r.OutAt)}
})

func readers(tx *storage.Tx, panel civic.ID) ([]Reader, error) {
	return storage.All(tx, scanReader, fromReaders+"panel = $1 ORDER BY no LIMIT $2", panel, maxReaders)
}

func readerOf(tx *storage.Tx, panel, account civic.ID) (Reader, error) {
	return storage.One(tx, scanReader, fromReaders+"panel = $1 AND account = $2", panel, account)
}

func readingsOf(tx *storage.Tx, account civic.ID, most int) ([]Reader, error) {
	return storage.All(tx, scanReader, fromReaders+"account = $1 ORDER BY no DESC LIMIT $2", account, most)
}

func insertReader(tx *storage.Tx, r *Reader) (err error) {
	if r.no, err = number(tx, "review_reader"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO review_reader (no, id, panel, account, name, belongs, langs, declared_at, out_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)",
		r.no, r.ID, r.Panel, r.Account, r.Name, storage.AsJSON(append([]civic.ID{}, r.Belongs...)), storage.AsJSON(append([]civic.Lang{}, r.Langs...)))
	return err
}

func updateReader(tx *storage.Tx, r Reader) error {
	_, err := tx.Exec("UPDATE review_reader SET declared_at = $2, out_at = $3 WHERE no = $1", r.no, storage.Millis(r.DeclaredAt), storage.Millis(r.OutAt))
	return err
}

// comeBack lets a reader read again who was taken out.
func comeBack(tx *storage.Tx, r Reader) error {
	_, err := tx.Exec("UPDATE review_reader SET name = $2, belongs = $3, langs = $4, declared_at = 0, out_at = 0 WHERE no = $1", r.no, r.Name, storage.AsJSON(append([]civic.ID{}, r.Belongs...)), storage.AsJSON(append([]civic.Lang{}, r.Langs...)))
	return err
}

func deleteReader(tx *storage.Tx, r Reader) error {
	for _, q := range []string{"DELETE FROM review_conflict WHERE reader = $1", "DELETE FROM review_lifted WHERE reader = $1"} {
		if _, err := tx.Exec(q, r.ID); err != nil {
			return err
		}
	}
	_, err := tx.Exec("DELETE FROM review_reader WHERE no = $1", r.no)
	return err
}

// undecided lists the readings of an account in panels that have not decided yet and were not called off.
func undecided(tx *storage.Tx, account civic.ID) ([]Reader, error) {
	return storage.All(tx, scanReader, fromReaders+"account = $1 AND panel IN (SELECT id FROM review_panel WHERE stage NOT IN ($2, $3)) ORDER BY panel LIMIT $4", account, Decided, Ended, mostRead)
}

// nameless takes the name of whoever read away. Their marks stay: they decided about money.
func nameless(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE review_reader SET account = '', name = '' WHERE account = $1", account)
	return err
}

// Entries.

const entryColumns = "e.no, e.id, e.panel, e.tick, e.thing, e.title, e.lang, e.who, e.ask, e.version, e.votes, e.verdict, e.award, e.why, e.talk, e.feedback, e.checked"

var scanEntry = storage.Into(func(e *Entry) []any {
	return []any{&e.no, &e.ID, &e.Panel, &e.Tick, storage.Ref(&e.Thing), &e.Title, &e.Lang, storage.JSON(&e.Who), &e.Ask, &e.Version, storage.JSON(&e.Votes), &e.Verdict, &e.Award, &e.Why, &e.Talk, &e.Feedback, &e.Checked}
})

// entries lists those of a panel by their ids, which are random beside the instant in which all were made. The checklist has another order, by ticks: one laid beside the other tells nothing.
func entries(tx *storage.Tx, panel civic.ID) ([]Entry, error) {
	return storage.All(tx, scanEntry, "SELECT "+entryColumns+" FROM review_entry e WHERE e.panel = $1 ORDER BY e.id LIMIT $2", panel, maxEntries)
}

func findEntry(tx *storage.Tx, id civic.ID) (Entry, error) {
	return storage.One(tx, scanEntry, "SELECT "+entryColumns+" FROM review_entry e WHERE e.id = $1", id)
}

func entryAbout(tx *storage.Tx, thing civic.Ref) (Entry, error) {
	return storage.One(tx, scanEntry, "SELECT "+entryColumns+" FROM review_entry e WHERE e.thing = $1", thing.String())
}

func insertEntry(tx *storage.Tx, e *Entry) (err error) {
	if e.no, err = number(tx, "review_entry"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO review_entry (no, id, panel, tick, thing, title, lang, who, ask, version, votes, verdict, award, why, talk, feedback, checked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '{}', '', 0, '{}', '', '', FALSE)`, e.no, e.ID, e.Panel, e.Tick, e.Thing.String(), e.Title, e.Lang, storage.AsJSON(e.Who), int64(e.Ask), e.Version)
	return err
}

func updateEntry(tx *storage.Tx, e Entry) error {
	votes := e.Votes
	if votes == nil {
		votes = map[civic.ID]Vote{}
	}
	_, err := tx.Exec("UPDATE review_entry SET votes = $2, verdict = $3, award = $4, why = $5, talk = $6, feedback = $7, checked = $8 WHERE no = $1", e.no, storage.AsJSON(votes), e.Verdict, int64(e.Award), e.Why, e.Talk, e.Feedback, e.Checked)
	return err
}

func deleteEntry(tx *storage.Tx, e Entry) error {
	for _, q := range []string{"DELETE FROM review_conflict WHERE entry = $1", "DELETE FROM review_lifted WHERE entry = $1", "DELETE FROM review_mark WHERE entry = $1", "DELETE FROM review_entry WHERE id = $1"} {
		if _, err := tx.Exec(q, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// Conflicts.

var scanConflict = storage.Into(func(c *Conflict) []any {
	return []any{&c.Entry, &c.Reader, storage.JSON(&c.Why), &c.Own, storage.Instant(&c.At)}
})

func conflicts(tx *storage.Tx, panel civic.ID) ([]Conflict, error) {
	return storage.All(tx, scanConflict, "SELECT entry, reader, why, own, at FROM review_conflict WHERE panel = $1 ORDER BY entry, reader LIMIT $2", panel, maxEntries*maxReaders)
}

// putConflict keeps a conflict, beside what is known of it already: what the register found and what the reader says stand apart, and each may be there alone.
func putConflict(tx *storage.Tx, panel civic.ID, c Conflict) error {
	_, err := tx.Exec(`INSERT INTO review_conflict (panel, entry, reader, why, own, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (entry, reader) DO UPDATE SET own = review_conflict.own OR excluded.own, why = CASE WHEN excluded.why = '[]' THEN review_conflict.why ELSE excluded.why END`,
		panel, c.Entry, c.Reader, storage.AsJSON(append([]Why{}, c.Why...)), c.Own, storage.Millis(c.At))
	return err
}

// liftedIn lists the conflicts of a panel that were lifted, as they were.
func liftedIn(tx *storage.Tx, panel civic.ID) ([]Lifted, error) {
	return storage.All(tx, storage.Into(func(l *Lifted) []any {
		return []any{&l.Entry, &l.Reader, storage.JSON(&l.Why), &l.Reason, storage.Instant(&l.At)}
	}), "SELECT entry, reader, why, reason, at FROM review_lifted WHERE panel = $1 ORDER BY at, entry, reader LIMIT $2", panel, maxEntries*maxReaders)
}

// liftConflict takes out what the register found, and keeps why; what the reader says themselves stays.
func liftConflict(tx *storage.Tx, entry, reader civic.ID, reason string) error {
	if _, err := tx.Exec("INSERT INTO review_lifted (panel, entry, reader, why, reason, at) SELECT panel, entry, reader, why, CAST($3 AS TEXT), CAST($4 AS BIGINT) FROM review_conflict WHERE entry = $1 AND reader = $2", entry, reader, reason, storage.Millis(tx.Now())); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM review_conflict WHERE entry = $1 AND reader = $2 AND NOT own", entry, reader); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE review_conflict SET why = '[]' WHERE entry = $1 AND reader = $2", entry, reader)
	return err
}

// Marks.

const fromMarks = "SELECT no, entry, reader, version, marks, reasons, comment, in_at FROM review_mark WHERE "

var scanMark = storage.Into(func(m *Mark) []any {
	return []any{&m.no, &m.Entry, &m.Reader, &m.Version, storage.JSON(&m.Marks), storage.JSON(&m.Reasons), &m.Comment, storage.Instant(&m.InAt)}
})

func marks(tx *storage.Tx, panel civic.ID) ([]Mark, error) {
	return storage.All(tx, scanMark, fromMarks+"panel = $1 ORDER BY no LIMIT $2", panel, maxEntries*9)
}

func marksOf(tx *storage.Tx, entry civic.ID) ([]Mark, error) {
	return storage.All(tx, scanMark, fromMarks+"entry = $1 ORDER BY no LIMIT $2", entry, maxReaders)
}

func marksBy(tx *storage.Tx, reader civic.ID) ([]Mark, error) {
	return storage.All(tx, scanMark, fromMarks+"reader = $1 ORDER BY no LIMIT $2", reader, maxEntries)
}

func markOf(tx *storage.Tx, entry, reader civic.ID) (Mark, error) {
	return storage.One(tx, scanMark, fromMarks+"entry = $1 AND reader = $2", entry, reader)
}

func insertMark(tx *storage.Tx, panel civic.ID, m Mark) error {
	no, err := number(tx, "review_mark")
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO review_mark (no, panel, entry, reader, version, marks, reasons, comment, in_at) VALUES ($1, $2, $3, $4, $5, '[]', '[]', '', 0)", no, panel, m.Entry, m.Reader, m.Version)
	return err
}

func updateMark(tx *storage.Tx, m Mark) error {
	_, err := tx.Exec("UPDATE review_mark SET version = $2, marks = $3, reasons = $4, comment = $5, in_at = $6 WHERE no = $1", m.no, m.Version, storage.AsJSON(m.Marks), storage.AsJSON(m.Reasons), m.Comment, storage.Millis(m.InAt))
	return err
}

func deleteMark(tx *storage.Tx, entry, reader civic.ID) error {
	_, err := tx.Exec("DELETE FROM review_mark WHERE entry = $1 AND reader = $2", entry, reader)
	return err
}

// openMarks counts what was given to readers of a panel and not read yet.
func openMarks(tx *storage.Tx, panel civic.ID) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM review_mark WHERE panel = $1 AND in_at = 0", panel)
}

// deleteOpenMarks takes back what was given to a reader and not read yet.
func deleteOpenMarks(tx *storage.Tx, reader civic.ID) error {
	_, err := tx.Exec("DELETE FROM review_mark WHERE reader = $1 AND in_at = 0", reader)
	return err
}

func insertChange(tx *storage.Tx, m Mark, c Change) error {
	no, err := number(tx, "review_change")
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO review_change (no, mark, changed, at) VALUES ($1, $2, $3, $4)", no, m.no, storage.AsJSON(c), storage.Millis(c.At))
	return err
}

// changes lists the changes of marks, by the mark's number.
func changes(tx *storage.Tx, all []Mark) (map[int64][]Change, error) {
	type row struct {
		of int64
		c  Change
	}
	var ids []int64
	for _, m := range all {
		ids = append(ids, m.no)
	}
	in, args := storage.In(nil, ids)
	rows, err := storage.All(tx, storage.Into(func(r *row) []any { return []any{&r.of, storage.JSON(&r.c)} }), "SELECT mark, changed FROM review_change WHERE mark IN "+in+" ORDER BY no LIMIT "+strconv.Itoa(maxEntries), args...)
	out := map[int64][]Change{}
	for _, r := range rows {
		out[r.of] = append(out[r.of], r.c)
	}
	return out, err
}

// Complaints.

const fromComplaints = "SELECT no, id, panel, entry, words, made_at, due, upheld, remedy, answer, answered_at FROM review_complaint WHERE "

var scanComplaint = storage.Into(func(c *Complaint) []any {
	return []any{&c.no, &c.ID, &c.Panel, &c.Entry, &c.Words, storage.Instant(&c.MadeAt), storage.Instant(&c.Due), &c.Upheld, &c.Remedy, &c.Answer, storage.Instant(&c.AnsweredAt)}
})

func complaints(tx *storage.Tx, panel civic.ID) ([]Complaint, error) {
	return storage.All(tx, scanComplaint, fromComplaints+"panel = $1 ORDER BY no LIMIT $2", panel, maxEntries)
}

func complaintAbout(tx *storage.Tx, entry civic.ID) (Complaint, error) {
	return storage.One(tx, scanComplaint, fromComplaints+"entry = $1", entry)
}

func insertComplaint(tx *storage.Tx, c *Complaint) (err error) {
	if c.no, err = number(tx, "review_complaint"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO review_complaint (no, id, panel, entry, words, made_at, due, upheld, remedy, answer, answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, '', '{}', 0)",
		c.no, c.ID, c.Panel, c.Entry, c.Words, storage.Millis(c.MadeAt), storage.Millis(c.Due))
	return err
}

func updateComplaint(tx *storage.Tx, c Complaint) error {
	_, err := tx.Exec("UPDATE review_complaint SET upheld = $2, remedy = $3, answer = $4, answered_at = $5 WHERE no = $1", c.no, c.Upheld, c.Remedy, c.Answer, storage.Millis(c.AnsweredAt))
	return err
}

// unanswered lists complaints that wait, the most urgent first.
func unanswered(tx *storage.Tx, most int) ([]Complaint, error) {
	return storage.All(tx, scanComplaint, fromComplaints+"answered_at = 0 ORDER BY due, no LIMIT $1", most)
}
