package learning

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const columns = "c.no, c.id, c.organisation, c.version, c.title, c.summary, c.theme, c.minutes, c.published_at, c.withdrawn, c.source, c.draft, c.draft_state"

var scanCourse = storage.Into(func(c *Course) []any {
	return []any{&c.no, &c.ID, &c.Organisation, &c.Version, storage.JSON(&c.Title), storage.JSON(&c.Summary), &c.Theme, &c.Minutes, storage.Instant(&c.PublishedAt), &c.Withdrawn,
		storage.JSON(&c.Source), storage.JSON(&c.Draft), &c.DraftState}
})

func find(tx *storage.Tx, id civic.ID) (Course, error) {
	return storage.One(tx, scanCourse, "SELECT "+columns+" FROM learning_course c WHERE c.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Course, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCourse, "SELECT "+columns+" FROM learning_course c WHERE c.id IN "+in, args...)
}

// openCourses lists those that people find, the latest first, from a place on.
func openCourses(tx *storage.Tx, theme string, before storage.Place, most int) ([]Course, error) {
	behind, args := before.Behind([]any{theme, most}, "c.published_at", "c.no", true)
	return storage.All(tx, scanCourse, "SELECT "+columns+" FROM learning_course c WHERE c.withdrawn = 0 AND c.published_at > 0 AND ($1 = '' OR c.theme = $1) AND "+behind+" ORDER BY c.published_at DESC, c.no DESC LIMIT $2", args...)
}

// coursesForOthers are the courses that people find as other cities may take them over, the oldest first.
func coursesForOthers(tx *storage.Tx, most int) ([]Course, error) {
	return storage.All(tx, storage.Into(func(c *Course) []any { return []any{&c.ID, storage.JSON(&c.Title), storage.JSON(&c.Source)} }),
		"SELECT c.id, c.title, c.source FROM learning_course c WHERE c.withdrawn = 0 AND c.published_at > 0 ORDER BY c.no LIMIT $1", most)
}

func countOpen(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM learning_course WHERE withdrawn = 0 AND published_at > 0")
}

// written lists courses of organisations, and the drafts that wait for somebody to read them; of all organisations when all is set.
func written(tx *storage.Tx, ids []civic.ID, all bool, most int) ([]Course, error) {
	if all {
		return storage.All(tx, scanCourse, "SELECT "+columns+" FROM learning_course c ORDER BY c.no DESC LIMIT $1", most)
	}
	in, args := storage.In([]any{most, Asked}, append([]civic.ID{""}, ids...))
	return storage.All(tx, scanCourse, "SELECT "+columns+" FROM learning_course c WHERE c.organisation IN "+in+" OR c.draft_state = $2 ORDER BY c.no DESC LIMIT $1", args...)
}

func asked(tx *storage.Tx, most int) ([]Course, error) {
	return storage.All(tx, scanCourse, "SELECT "+columns+" FROM learning_course c WHERE c.draft_state = $1 ORDER BY c.no LIMIT $2", Asked, most)
}

// insert numbers the course too: the caller holds the lock of all.
func insert(tx *storage.Tx, c *Course) (err error) {
	if c.no, err = storage.Next(tx, "learning_course"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO learning_course (no, id, organisation, title, summary) VALUES ($1, $2, $3, $4, $5)", c.no, c.ID, c.Organisation, storage.AsJSON(c.Title), storage.AsJSON(c.Summary))
	return err
}

func saveDraft(tx *storage.Tx, c Course) error {
	_, err := tx.Exec("UPDATE learning_course SET draft = $2, draft_state = $3 WHERE no = $1", c.no, storage.AsJSON(c.Draft), c.DraftState)
	return err
}

// savePublished keeps a course as it is published, with its version, and without a draft.
func savePublished(tx *storage.Tx, c Course) error {
	_, err := tx.Exec("UPDATE learning_course SET version = $2, title = $3, summary = $4, theme = $5, minutes = $6, published_at = $7, withdrawn = 0, source = $8, draft = 'null', draft_state = '' WHERE no = $1",
		c.no, c.Version, storage.AsJSON(c.Title), storage.AsJSON(c.Summary), c.Theme, c.Minutes, storage.Millis(c.PublishedAt), storage.AsJSON(c.Source))
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO learning_version (course, version, source, at) VALUES ($1, $2, $3, $4)", c.no, c.Version, storage.AsJSON(c.Source), storage.Millis(c.PublishedAt))
	return err
}

func setWithdrawn(tx *storage.Tx, c Course) error {
	_, err := tx.Exec("UPDATE learning_course SET withdrawn = 1 WHERE no = $1", c.no)
	return err
}

func sourceOf(tx *storage.Tx, c Course, version int64) (Source, error) {
	return storage.One(tx, storage.Into(func(s *Source) []any { return []any{storage.JSON(s)} }), "SELECT source FROM learning_version WHERE course = $1 AND version = $2", c.no, version)
}

const attemptColumns = "a.id, a.course, a.version, a.lang, a.account, a.at, a.asked, a.answers, a.correct"

func placesOfAttempt(a *Attempt) []any {
	return []any{&a.ID, &a.course, &a.Version, &a.Lang, &a.Account, storage.Instant(&a.At), storage.JSON(&a.Asked), storage.JSON(&a.Answers), storage.JSON(&a.Right)}
}

var scanAttempt = storage.Into(placesOfAttempt)

func findAttempt(tx *storage.Tx, id string) (Attempt, error) {
	return storage.One(tx, scanAttempt, "SELECT "+attemptColumns+" FROM learning_attempt a WHERE a.id = $1", id)
}

// insertAttempt keeps an attempt, numbered among those of the person at the course; false when it is there already.
func insertAttempt(tx *storage.Tx, a Attempt) (bool, error) {
	last, err := storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(no), 0) FROM learning_attempt WHERE account = $1 AND course = $2", a.Account, a.course)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec("INSERT INTO learning_attempt (id, no, course, version, lang, account, at, asked, answers, correct) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
		a.ID, last+1, a.course, a.Version, a.Lang, a.Account, storage.Millis(a.At), storage.AsJSON(a.Asked), storage.AsJSON(a.Answers), storage.AsJSON(a.Right))
	return n > 0, err
}

// attemptsOf lists the last attempts of somebody at a course, the earliest first.
func attemptsOf(tx *storage.Tx, c Course, account civic.ID, most int) ([]Attempt, error) {
	return storage.All(tx, scanAttempt, "SELECT "+attemptColumns+" FROM (SELECT * FROM learning_attempt WHERE account = $1 AND course = $2 ORDER BY no DESC, id DESC LIMIT $3) a ORDER BY a.no, a.id",
		account, c.no, most)
}

// attemptsAt lists the attempts at a version of a course, the earliest first.
func attemptsAt(tx *storage.Tx, c Course, most int) ([]Attempt, error) {
	return storage.All(tx, scanAttempt, "SELECT "+attemptColumns+" FROM learning_attempt a WHERE a.course = $1 AND a.version = $2 ORDER BY a.no, a.id LIMIT $3", c.no, c.Version, most)
}

// tried is a course at which somebody tried themselves, with when they last did.
type tried struct {
	Course
	at time.Time
}

func triedBy(tx *storage.Tx, account civic.ID, most int) ([]tried, error) {
	scan := storage.Into(func(t *tried) []any {
		return []any{&t.ID, storage.JSON(&t.Title), &t.no, storage.Instant(&t.at)}
	})
	return storage.All(tx, scan, "SELECT c.id, c.title, c.no, MAX(a.at) FROM learning_attempt a JOIN learning_course c ON c.no = a.course WHERE a.account = $1 GROUP BY c.id, c.title, c.no ORDER BY MAX(a.at) DESC, c.no LIMIT $2",
		account, most)
}

func attemptsBy(tx *storage.Tx, account civic.ID) ([]Attempt, error) {
	return storage.All(tx, scanAttempt, "SELECT "+attemptColumns+" FROM learning_attempt a WHERE a.account = $1 ORDER BY a.at, a.no, a.id", account)
}

// passed is a certificate that somebody took for a course.
type passed struct {
	nth        int64
	at, until  time.Time
	credential civic.ID
}

func passedBy(tx *storage.Tx, c Course, account civic.ID) (p passed, found bool, err error) {
	return storage.Found(storage.One(tx, storage.Into(func(p *passed) []any {
		return []any{&p.nth, storage.Instant(&p.at), storage.Instant(&p.until), &p.credential}
	}), "SELECT nth, at, until, credential FROM learning_passed WHERE account = $1 AND course = $2 ORDER BY nth DESC LIMIT 1", account, c.no))
}

func insertPassed(tx *storage.Tx, c Course, account civic.ID, p passed) error {
	_, err := tx.Exec("INSERT INTO learning_passed (account, course, nth, at, until, credential) VALUES ($1, $2, $3, $4, $5, $6)", account, c.no, p.nth, storage.Millis(p.at), storage.Millis(p.until), p.credential)
	return err
}

func countPassed(tx *storage.Tx, until time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM learning_passed WHERE at <= $1", storage.Millis(until))
}

func forget(tx *storage.Tx, account civic.ID) error {
	for _, table := range []string{"learning_attempt", "learning_passed"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE account = $1", account); err != nil {
			return err
		}
	}
	if err := tx.Lock("learning"); err != nil { // nobody saves meanwhile
		return err
	}
	// What somebody wrote for an organisation stays the organisation's, and names nobody any more.
	all, err := storage.All(tx, scanCourse, "SELECT "+columns+" FROM learning_course c WHERE c.draft LIKE $1", "%"+string(account)+"%")
	for _, c := range all {
		if err == nil && c.Draft != nil && slices.Contains(c.Draft.Authors, account) {
			c.Draft.Authors = slices.DeleteFunc(c.Draft.Authors, func(a civic.ID) bool { return a == account })
			_, err = tx.Exec("UPDATE learning_course SET draft = $2 WHERE no = $1", c.no, storage.AsJSON(c.Draft))
		}
	}
	return err
}
