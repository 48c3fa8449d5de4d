package questions

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Kept is a form as it is kept: of a thing, under a name ("application", "report"), in a version.
type Kept struct {
	Owner    civic.Ref
	Name     string
	Version  int64
	Form     Form
	Hash     string    // once it is frozen
	FrozenAt time.Time // zero: a draft

	no int64
}

// No tells this version of the form from all others, for ByNo; 0: nothing is asked.
func (k Kept) No() int64 { return k.no }

// Frozen reports whether the form stays as it is.
func (k Kept) Frozen() bool { return !k.FrozenAt.IsZero() }

// Put keeps a draft, which may still be wrong. When the last version is frozen, it becomes the next version, and who answered the
// one before has answered that.
func Put(tx *storage.Tx, owner civic.Ref, name string, f Form) (Kept, error) {
	if len(f) > MostQuestions {
		return Kept{}, civic.Fail(civic.TooLarge, "questions.how_many", "Most", MostQuestions)
	}
	if err := tx.Lock(lockOf(owner.String())); err != nil {
		return Kept{}, err
	}
	last, found, err := storage.Found(Last(tx, owner, name))
	if err != nil {
		return Kept{}, err
	}
	if found && !last.Frozen() {
		last.Form = f
		return last, updateForm(tx, last)
	}
	k := Kept{Owner: owner, Name: name, Version: last.Version + 1, Form: f}
	return k, insertForm(tx, &k)
}

// Freeze makes the last version final and returns it with its hash, which the owner puts into the record with the opening. Frozen
// again, it changes nothing. Errors: Invalid, with all that is wrong; NotFound.
func Freeze(tx *storage.Tx, owner civic.Ref, name string) (Kept, error) {
	if err := tx.Lock(lockOf(owner.String())); err != nil {
		return Kept{}, err
	}
	k, err := Last(tx, owner, name)
	if err != nil || k.Frozen() {
		return k, err
	}
	if err := k.Form.Check().Err(); err != nil {
		return Kept{}, err
	}
	if k.Hash, err = k.Form.Hash(); err != nil {
		return Kept{}, err
	}
	k.FrozenAt = tx.Now()
	return k, updateForm(tx, k)
}

// HashShown is the hash of what a form asks, for comparing the record with what pages show: what they show is the hash that is kept, by
// who asks, and the questions themselves. It is no hash at all when these are not of one another, and "" when none is kept.
func HashShown(tx *storage.Tx, owner civic.Ref, name, kept string) (string, error) {
	if kept == "" {
		return "", nil
	}
	k, found, err := storage.Found(Last(tx, owner, name))
	if err != nil || !found {
		return "", err
	}
	now, err := k.Form.Hash()
	if now != kept {
		return kept + ", asked: " + now, err
	}
	return now, err
}

// Sheet is what one answers a form with.
type Sheet struct {
	ID      civic.ID
	Form    Kept
	About   civic.Ref // whose answers these are: an application
	Holder  civic.Ref // who may be offered them again: an organisation; or nobody
	Open    bool
	Only    []string // opened again for these questions alone
	Filings int64    // how often it was handed in
	Answers map[string]Answer

	no int64
}

// Answer is what was last saved for a question.
type Answer struct {
	Version int64 // from 1
	Said    []string
	From    civic.Ref // where it was taken from; nothing when it was typed
	At      time.Time
}

// Said are the answers of a sheet as they are now.
func (s Sheet) Said() Answers {
	out := Answers{}
	for key, a := range s.Answers {
		if len(a.Said) > 0 {
			out[key] = a.Said
		}
	}
	return out
}

// Given is an answer that is known already, by the name that questions call it by.
type Given struct {
	Known string
	Said  []string
	From  civic.Ref
}

// Begin opens a sheet on the last frozen version, with what is known filled in: the first that is given for a question and fits it.
// Begun a second time for the same thing it is the first sheet, untouched. Errors: Closed, when no version is frozen.
func Begin(tx *storage.Tx, owner civic.Ref, name string, about, holder civic.Ref, known []Given) (Sheet, error) {
	if err := tx.Lock(lockOf(about.String())); err != nil {
		return Sheet{}, err
	}
	if s, found, err := storage.Found(Of(tx, about)); found || err != nil {
		return s, err
	}
	k, found, err := storage.Found(lastFrozen(tx, owner, name))
	if err != nil {
		return Sheet{}, err
	}
	if !found {
		return Sheet{}, civic.Fail(civic.Closed, "questions.not_frozen")
	}
	s := Sheet{ID: civic.NewID(tx.Now()), Form: k, About: about, Holder: holder, Open: true, Answers: map[string]Answer{}}
	if err := insertSheet(tx, &s); err != nil {
		return Sheet{}, err
	}
	for _, q := range k.Form {
		for _, g := range known {
			said, wrong := q.Read(g.Said)
			if q.Known == "" || g.Known != q.Known || wrong != nil || said == nil {
				continue
			}
			a := Answer{Version: 1, Said: said, From: g.From, At: tx.Now()}
			if err := insertAnswer(tx, s, q.Key, a); err != nil {
				return Sheet{}, err
			}
			s.Answers[q.Key] = a
			break
		}
	}
	return s, nil
}

// Save keeps the answer to one question, typed by somebody who had seen the given version of it (0: none). Where others have saved
// another answer meanwhile it fails with Conflict and returns theirs, so that a page can show both and nobody's words are lost. The
// same answer again changes nothing. Errors besides: Closed, Invalid with the question's key as the field, NotFound.
func Save(tx *storage.Tx, about civic.Ref, key string, seen int64, typed []string) (Answer, error) {
	if err := tx.Lock(lockOf(about.String())); err != nil {
		return Answer{}, err
	}
	s, err := Of(tx, about)
	if err != nil {
		return Answer{}, err
	}
	q, there := s.Form.Form.find(key)
	switch {
	case !there:
		return Answer{}, civic.Fail(civic.NotFound, "web.not_found")
	case !s.Open, len(s.Only) > 0 && !slices.Contains(s.Form.Form.depending(s.Only), key):
		return s.Answers[key], civic.Fail(civic.Closed, "questions.handed_in").At(key)
	}
	said, wrong := q.Read(typed)
	if wrong != nil {
		return s.Answers[key], civic.Wrong(key, wrong.Key, wrong.Args...)
	}
	now := s.Answers[key]
	if slices.Equal(said, now.Said) {
		return now, nil
	}
	if seen != now.Version {
		return now, civic.Fail(civic.Conflict, "questions.changed_meanwhile").At(key)
	}
	a := Answer{Version: now.Version + 1, Said: said, At: tx.Now()}
	return a, insertAnswer(tx, s, key, a)
}

// Filing is what was handed in, for good.
type Filing struct {
	Version int64 // of one sheet, from 1
	At      time.Time
	Answers Answers
	Hash    string // of the form's hash, the time and the answers: see receipt
}

// receipt is what the hash of a filing is made of, as canonical JSON.
type receipt struct {
	Form    string  `json:"form"`
	At      int64   `json:"at"` // milliseconds
	Answers Answers `json:"answers"`
}

// File hands a sheet in and closes it. Handed in already, it returns that filing. Errors: Invalid, with each question that is
// missing as a field; NotFound.
func File(tx *storage.Tx, about civic.Ref) (Filing, error) {
	if err := tx.Lock(lockOf(about.String())); err != nil {
		return Filing{}, err
	}
	s, err := Of(tx, about)
	if err != nil {
		return Filing{}, err
	}
	if !s.Open {
		return FilingOf(tx, about, s.Filings)
	}
	var problems civic.Problems
	for _, q := range s.Form.Form.Missing(s.Said()) {
		problems.Add(q.Key, "questions.missing")
	}
	if err := problems.Err(); err != nil {
		return Filing{}, err
	}
	f := Filing{Version: s.Filings + 1, At: tx.Now(), Answers: s.Form.Form.Counted(s.Said())}
	if f.Hash, err = hashOf(receipt{s.Form.Hash, storage.Millis(f.At), f.Answers}); err != nil {
		return Filing{}, err
	}
	s.Open, s.Only, s.Filings = false, nil, f.Version
	if err := updateSheet(tx, s); err != nil {
		return Filing{}, err
	}
	return f, insertFiling(tx, s, f)
}

// Reopen lets some questions be answered once more, with those that depend on them, or all when none is named; then the sheet is
// filed as a next version. How often, and until when, is its owner's rule. Open already, it changes nothing. Errors: NotFound.
func Reopen(tx *storage.Tx, about civic.Ref, only []string) error {
	if err := tx.Lock(lockOf(about.String())); err != nil {
		return err
	}
	s, err := Of(tx, about)
	if err != nil || s.Open {
		return err
	}
	s.Open, s.Only = true, only
	return updateSheet(tx, s)
}

// Pool is what a holder has handed in, by the names of what is known, the last in front: what the next form is begun with.
func Pool(tx *storage.Tx, holder civic.Ref) (out []Given, err error) {
	filed, err := filedBy(tx, holder, mostPool)
	for _, f := range filed {
		for _, q := range f.form {
			if said := f.answers[q.Key]; q.Known != "" && len(said) > 0 {
				out = append(out, Given{q.Known, said, f.about})
			}
		}
	}
	return out, err
}

// mostPool is of how many filings the pool is made.
const mostPool = 20

// lockOf is the lock under which the questions of a thing, or the answers of one, change.
func lockOf(thing string) string { return "questions:" + thing }
