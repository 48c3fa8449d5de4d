package questions

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const formColumns = "f.no, f.owner, f.name, f.version, f.questions, f.hash, f.frozen_at"

func (k *Kept) places() []any {
	return []any{&k.no, storage.Ref(&k.Owner), &k.Name, &k.Version, storage.JSON(&k.Form), &k.Hash, storage.Instant(&k.FrozenAt)}
}

var scanForm = storage.Into((*Kept).places)

// Last returns the last version of a form, frozen or a draft. Errors: NotFound.
func Last(tx *storage.Tx, owner civic.Ref, name string) (Kept, error) {
	return storage.One(tx, scanForm, "SELECT "+formColumns+" FROM questions_form f WHERE f.owner = $1 AND f.name = $2 ORDER BY f.version DESC LIMIT 1", owner.String(), name)
}

// ByNo is the version of a form that has a number, for an owner that keeps answers itself.
func ByNo(tx *storage.Tx, no int64) (Kept, error) {
	return storage.One(tx, scanForm, "SELECT "+formColumns+" FROM questions_form f WHERE f.no = $1", no)
}

func lastFrozen(tx *storage.Tx, owner civic.Ref, name string) (Kept, error) {
	return storage.One(tx, scanForm, "SELECT "+formColumns+" FROM questions_form f WHERE f.owner = $1 AND f.name = $2 AND f.frozen_at > 0 ORDER BY f.version DESC LIMIT 1", owner.String(), name)
}

// lastForms lists the last frozen version of each form, the latest first.
func lastForms(tx *storage.Tx, most int) ([]Kept, error) {
	return storage.All(tx, scanForm, "SELECT "+formColumns+" FROM questions_form f WHERE f.frozen_at > 0 AND f.version = (SELECT MAX(g.version) FROM questions_form g WHERE g.owner = f.owner AND g.name = f.name AND g.frozen_at > 0) ORDER BY f.no DESC LIMIT $1", most)
}

func insertForm(tx *storage.Tx, k *Kept) (err error) {
	if k.no, err = next(tx, "questions_form"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO questions_form (no, owner, name, version, questions) VALUES ($1, $2, $3, $4, $5)", k.no, k.Owner.String(), k.Name, k.Version, storage.AsJSON(k.Form))
	return err
}

// updateForm changes a draft, and nothing that is frozen.
func updateForm(tx *storage.Tx, k Kept) error {
	_, err := tx.Exec("UPDATE questions_form SET questions = $2, hash = $3, frozen_at = $4 WHERE no = $1 AND frozen_at = 0", k.no, storage.AsJSON(k.Form), k.Hash, storage.Millis(k.FrozenAt))
	return err
}

// next numbers a row of a table for which writers wait for one another.
func next(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock(table + "_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, table)
}

var scanSheet = storage.Into(func(s *Sheet) []any {
	return append([]any{&s.no, &s.ID, storage.Ref(&s.About), storage.Ref(&s.Holder), &s.Open, storage.JSON(&s.Only), &s.Filings}, s.Form.places()...)
})

// Of finds the sheet of a thing, with its answers and the form that they answer. Errors: NotFound.
func Of(tx *storage.Tx, about civic.Ref) (Sheet, error) {
	s, err := storage.One(tx, scanSheet, "SELECT s.no, s.id, s.about, s.holder, s.open, s.only_some, s.filings, "+formColumns+
		" FROM questions_sheet s JOIN questions_form f ON f.no = s.form WHERE s.about = $1", about.String())
	if err != nil {
		return Sheet{}, err
	}
	s.Answers = map[string]Answer{}
	all, err := storage.All(tx, scanAnswer, answered+" WHERE a.sheet = $1 AND a.version = (SELECT MAX(l.version) FROM questions_answer l WHERE l.sheet = a.sheet AND l.question = a.question)", s.no)
	for _, a := range all {
		s.Answers[a.question] = a.Answer
	}
	return s, err
}

type answerRow struct {
	question string
	Answer
}

const answered = "SELECT a.question, a.version, a.said, a.taken_of, a.at FROM questions_answer a"

var scanAnswer = storage.Into(func(a *answerRow) []any {
	return []any{&a.question, &a.Version, storage.JSON(&a.Said), storage.Ref(&a.From), storage.Instant(&a.At)}
})

// History lists all that was ever saved for a question, the last in front.
func History(tx *storage.Tx, about civic.Ref, key string, most int) (out []Answer, err error) {
	rows, err := storage.All(tx, scanAnswer, answered+" JOIN questions_sheet s ON s.no = a.sheet WHERE s.about = $1 AND a.question = $2 ORDER BY a.version DESC LIMIT $3", about.String(), key, most)
	for _, r := range rows {
		out = append(out, r.Answer)
	}
	return out, err
}

func insertSheet(tx *storage.Tx, s *Sheet) (err error) {
	if s.no, err = next(tx, "questions_sheet"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO questions_sheet (no, id, form, about, holder, open) VALUES ($1, $2, $3, $4, $5, $6)", s.no, s.ID, s.Form.no, s.About.String(), s.Holder.String(), s.Open)
	return err
}

func updateSheet(tx *storage.Tx, s Sheet) error {
	_, err := tx.Exec("UPDATE questions_sheet SET open = $2, only_some = $3, filings = $4 WHERE no = $1", s.no, s.Open, storage.AsJSON(append([]string{}, s.Only...)), s.Filings)
	return err
}

func insertAnswer(tx *storage.Tx, s Sheet, key string, a Answer) error {
	_, err := tx.Exec("INSERT INTO questions_answer (sheet, question, version, said, taken_of, at) VALUES ($1, $2, $3, $4, $5, $6)", s.no, key, a.Version, storage.AsJSON(append([]string{}, a.Said...)), a.From.String(), storage.Millis(a.At))
	return err
}

var scanFiling = storage.Into(func(f *Filing) []any {
	return []any{&f.Version, storage.Instant(&f.At), storage.JSON(&f.Answers), &f.Hash}
})

// FilingOf finds what was handed in, by its version. Errors: NotFound.
func FilingOf(tx *storage.Tx, about civic.Ref, version int64) (Filing, error) {
	return storage.One(tx, scanFiling, "SELECT g.version, g.at, g.answers, g.hash FROM questions_filing g JOIN questions_sheet s ON s.no = g.sheet WHERE s.about = $1 AND g.version = $2", about.String(), version)
}

func insertFiling(tx *storage.Tx, s Sheet, f Filing) error {
	_, err := tx.Exec("INSERT INTO questions_filing (sheet, version, at, answers, hash) VALUES ($1, $2, $3, $4, $5)", s.no, f.Version, storage.Millis(f.At), storage.AsJSON(f.Answers), f.Hash)
	return err
}

type filed struct {
	about   civic.Ref
	form    Form
	answers Answers
}

var scanFiled = storage.Into(func(f *filed) []any {
	return []any{storage.Ref(&f.about), storage.JSON(&f.form), storage.JSON(&f.answers)}
})

// filedBy lists the last filing of each of a holder's sheets, the last in front.
func filedBy(tx *storage.Tx, holder civic.Ref, most int) ([]filed, error) {
	return storage.All(tx, scanFiled, `SELECT s.about, f.questions, g.answers FROM questions_sheet s JOIN questions_form f ON f.no = s.form
		JOIN questions_filing g ON g.sheet = s.no AND g.version = s.filings WHERE s.holder = $1 AND s.holder <> '' ORDER BY g.at DESC, s.no DESC LIMIT $2`, holder.String(), most)
}

// Forget removes a sheet with all that was ever answered in it, for an owner who must: a person's answers go with the person.
func Forget(tx *storage.Tx, about civic.Ref) error {
	return tx.ExecEach([]string{
		"DELETE FROM questions_answer WHERE sheet IN (SELECT no FROM questions_sheet WHERE about = $1)",
		"DELETE FROM questions_filing WHERE sheet IN (SELECT no FROM questions_sheet WHERE about = $1)",
		"DELETE FROM questions_sheet WHERE about = $1",
	}, about.String())
}
