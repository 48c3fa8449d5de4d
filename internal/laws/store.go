package laws

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var scanLaw = storage.Into(func(l *Law) []any { return []any{&l.Code, storage.JSON(&l.Title)} })

func findLaw(tx *storage.Tx, code string) (Law, error) {
	return storage.One(tx, scanLaw, "SELECT code, title FROM laws_law WHERE code = $1", code)
}

func allLaws(tx *storage.Tx, most int) ([]Law, error) {
	return storage.All(tx, scanLaw, "SELECT code, title FROM laws_law ORDER BY code LIMIT $1", most)
}

func saveLaw(tx *storage.Tx, l Law) error {
	_, err := tx.Exec("INSERT INTO laws_law (code, title) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET title = excluded.title", l.Code, storage.AsJSON(l.Title))
	return err
}

const redactionColumns = "r.id, r.law, r.day, r.what, r.source, r.entered_at"

func placesOfRedaction(r *Redaction) []any {
	return []any{&r.ID, &r.Law, &r.Day, storage.JSON(&r.What), &r.Source, storage.Instant(&r.EnteredAt)}
}

var scanRedaction = storage.Into(placesOfRedaction)

// redactionsOf lists those of a law, the latest first.
func redactionsOf(tx *storage.Tx, law string, most int) ([]Redaction, error) {
	return storage.All(tx, scanRedaction, "SELECT "+redactionColumns+" FROM laws_redaction r WHERE r.law = $1 ORDER BY r.day DESC LIMIT $2", law, most)
}

func redactionsByIDs(tx *storage.Tx, ids []civic.ID) ([]Redaction, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanRedaction, "SELECT "+redactionColumns+" FROM laws_redaction r WHERE r.id IN "+in, args...)
}

func insertRedaction(tx *storage.Tx, r Redaction) error {
	_, err := tx.Exec("INSERT INTO laws_redaction (id, law, day, what, source, entered_at) VALUES ($1, $2, $3, $4, $5, $6)", r.ID, r.Law, r.Day, storage.AsJSON(r.What), r.Source, storage.Millis(r.EnteredAt))
	return err
}

// latestDay is the last redaction of a law that was entered; "" when there is none.
func latestDay(tx *storage.Tx, law string) (string, error) {
	return storage.One(tx, storage.Scalar[string], "SELECT COALESCE(MAX(day), '') FROM laws_redaction WHERE law = $1", law)
}

func citesOf(tx *storage.Tx, of civic.Ref) ([]Cite, error) {
	return storage.All(tx, storage.Into(func(c *Cite) []any { return []any{&c.Law, &c.Article, &c.Redaction} }),
		"SELECT law, article, redaction FROM laws_cite WHERE kind = $1 AND thing = $2 ORDER BY law, article", of.Kind, of.ID)
}

func deleteCites(tx *storage.Tx, of civic.Ref) error {
	_, err := tx.Exec("DELETE FROM laws_cite WHERE kind = $1 AND thing = $2", of.Kind, of.ID)
	return err
}

// lookedAt is which redaction of each law somebody has already looked at for a thing.
func lookedAt(tx *storage.Tx, of civic.Ref) (map[string]string, error) {
	return storage.Map[string, string](tx, "SELECT law, MAX(looked) FROM laws_cite WHERE kind = $1 AND thing = $2 GROUP BY law", of.Kind, of.ID)
}

func insertCite(tx *storage.Tx, of civic.Ref, c Cite, looked string, work bool) error {
	asWork := 0
	if work {
		asWork = 1
	}
	_, err := tx.Exec("INSERT INTO laws_cite (kind, thing, law, article, redaction, looked, work) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING", of.Kind, of.ID, c.Law, c.Article, c.Redaction, looked, asWork)
	return err
}

// citing lists what cites a law, each thing once.
func citing(tx *storage.Tx, law string, most int) ([]civic.Ref, error) {
	return storage.All(tx, storage.Into(func(r *civic.Ref) []any { return []any{&r.Kind, &r.ID} }),
		"SELECT kind, thing FROM laws_cite WHERE law = $1 AND work = 1 GROUP BY kind, thing ORDER BY kind, thing LIMIT $2", law, most)
}

func countCiting(tx *storage.Tx, law string, work int) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM (SELECT kind, thing FROM laws_cite WHERE law = $1 AND work = $2 GROUP BY kind, thing) x", law, work)
}

// openTasks makes a task of everything that cites a law by a redaction older than the last one, and has not looked at that.
func openTasks(tx *storage.Tx, r Redaction, due time.Time) error {
	_, err := tx.Exec(`INSERT INTO laws_task (redaction, law, kind, thing, due)
		SELECT r.id, r.law, c.kind, c.thing, r.due FROM laws_cite c JOIN (SELECT id, law, day, CAST($2 AS BIGINT) AS due FROM laws_redaction WHERE id = $1) r ON r.law = c.law
		WHERE c.work = 1 AND c.redaction < r.day AND c.looked < r.day GROUP BY r.id, r.law, c.kind, c.thing, r.due ON CONFLICT DO NOTHING`, r.ID, storage.Millis(due))
	return err
}

// endTasks ends the tasks of a thing about a law.
func endTasks(tx *storage.Tx, of civic.Ref, law string) (int64, error) {
	return tx.Exec("UPDATE laws_task SET done_at = $4 WHERE kind = $1 AND thing = $2 AND law = $3 AND done_at = 0", of.Kind, of.ID, law, storage.Millis(tx.Now()))
}

// dropTasks forgets open tasks about laws that a thing does not cite any more.
func dropTasks(tx *storage.Tx, of civic.Ref) error {
	_, err := tx.Exec("UPDATE laws_task SET done_at = $3 WHERE kind = $1 AND thing = $2 AND done_at = 0 AND law NOT IN (SELECT law FROM laws_cite WHERE kind = $1 AND thing = $2)", of.Kind, of.ID, storage.Millis(tx.Now()))
	return err
}

func look(tx *storage.Tx, of civic.Ref, law, day string) error {
	_, err := tx.Exec("UPDATE laws_cite SET looked = $4 WHERE kind = $1 AND thing = $2 AND law = $3", of.Kind, of.ID, law, day)
	return err
}

// waiting lists open tasks, those first that are due first.
func waiting(tx *storage.Tx, most int) ([]Task, error) {
	return storage.All(tx, storage.Into(func(t *Task) []any {
		return append([]any{&t.Of.Kind, &t.Of.ID, storage.Instant(&t.Due), &t.Law.Code, storage.JSON(&t.Law.Title)}, placesOfRedaction(&t.Redaction)...)
	}), "SELECT t.kind, t.thing, t.due, l.code, l.title, "+redactionColumns+" FROM laws_task t JOIN laws_redaction r ON r.id = t.redaction JOIN laws_law l ON l.code = t.law WHERE t.done_at = 0 ORDER BY t.due, t.redaction, t.kind, t.thing LIMIT $1", most)
}

// changed lists the newest redactions of the laws that a thing cites by an older one and has not looked at.
func changed(tx *storage.Tx, of civic.Ref) ([]changedRow, error) {
	return storage.All(tx, storage.Into(func(c *changedRow) []any {
		return append([]any{&c.law.Code, storage.JSON(&c.law.Title), &c.article, &c.written}, placesOfRedaction(&c.redaction)...)
	}), `SELECT l.code, l.title, c.article, c.redaction, `+redactionColumns+` FROM laws_cite c JOIN laws_law l ON l.code = c.law JOIN laws_redaction r ON r.law = c.law
		WHERE c.kind = $1 AND c.thing = $2 AND r.day > c.redaction AND r.day > c.looked AND r.day = (SELECT MAX(x.day) FROM laws_redaction x WHERE x.law = c.law) ORDER BY l.code, c.article`, of.Kind, of.ID)
}

type changedRow struct {
	law              Law
	article, written string
	redaction        Redaction
}
