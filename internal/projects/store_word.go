package projects

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/voices"
)

// box is where what people say of milestones is kept.
var box = voices.Box{Table: "projects_voice", Thing: "milestone"}

const selectedWords = "SELECT w.no, w.id, w.milestone, w.round, w.account, w.voice, w.lang, w.words, w.text_state, w.rule, w.reason, w.written_at, w.decided_at FROM projects_word w WHERE "

var scanWord = storage.Into(func(w *Word) []any {
	return []any{&w.no, &w.ID, &w.milestone, &w.Round, &w.Account, &w.Voice, &w.Lang, &w.Words, &w.Text, &w.Rule, &w.Reason, storage.Instant(&w.WrittenAt), storage.Instant(&w.DecidedAt)}
})

func findWord(tx *storage.Tx, id civic.ID) (Word, error) {
	return storage.One(tx, scanWord, selectedWords+"w.id = $1", id)
}

func wordsByIDs(tx *storage.Tx, ids []civic.ID) ([]Word, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanWord, selectedWords+"w.id IN "+in, args...)
}

// wordsOf lists the words to a milestone that everybody reads, the last first.
func wordsOf(tx *storage.Tx, m Milestone, most int) ([]Word, error) {
	return storage.All(tx, scanWord, selectedWords+"w.milestone = $1 AND w.text_state = $2 ORDER BY w.round DESC, w.no DESC LIMIT $3", m.no, Shown, most)
}

// ownWord is what an account wrote in a round. Errors: civic.NotFound.
func ownWord(tx *storage.Tx, m Milestone, account civic.ID) (Word, error) {
	return storage.One(tx, scanWord, selectedWords+"w.milestone = $1 AND w.round = $2 AND w.account = $3", m.no, len(m.Rounds), account)
}

// waitingWords lists what waits for a moderator, the oldest first.
func waitingWords(tx *storage.Tx, after storage.Place, most int) ([]Word, error) {
	behind, args := after.Behind([]any{most, Waiting}, "w.written_at", "w.no", false)
	return storage.All(tx, scanWord, selectedWords+"w.text_state = $2 AND "+behind+" ORDER BY w.written_at, w.no LIMIT $1", args...)
}

// insertWord numbers it too: the caller holds the lock of all projects.
func insertWord(tx *storage.Tx, w *Word) (err error) {
	if w.no, err = storage.Next(tx, "projects_word"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO projects_word (no, id, milestone, round, account, voice, lang, words, text_state, written_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		w.no, w.ID, w.milestone, w.Round, w.Account, w.Voice, w.Lang, w.Words, w.Text, storage.Millis(w.WrittenAt))
	return err
}

func updateWord(tx *storage.Tx, w Word) error {
	_, err := tx.Exec("UPDATE projects_word SET account = $2, voice = $3, lang = $4, words = $5, text_state = $6, rule = $7, reason = $8, written_at = $9, decided_at = $10 WHERE no = $1",
		w.no, w.Account, w.Voice, w.Lang, w.Words, w.Text, w.Rule, w.Reason, storage.Millis(w.WrittenAt), storage.Millis(w.DecidedAt))
	return err
}

func deleteWord(tx *storage.Tx, w Word) error {
	_, err := tx.Exec("DELETE FROM projects_word WHERE no = $1", w.no)
	return err
}

func wordsBy(tx *storage.Tx, account civic.ID, most int) ([]Word, error) {
	return storage.All(tx, scanWord, selectedWords+"w.account = $1 ORDER BY w.no DESC LIMIT $2", account, most)
}

// voiced is what an account said of a milestone.
type voiced struct {
	Milestone civic.ID     `json:"milestone"`
	Round     int          `json:"round"`
	Voice     voices.Voice `json:"said"`
	Matter    string       `json:"matter,omitempty"`
	At        time.Time    `json:"at"`
}

var scanVoiced = storage.Into(func(v *voiced) []any {
	return []any{&v.Milestone, &v.Round, &v.Voice, &v.Matter, storage.Instant(&v.At)}
})

// voicedBy lists what an account said, the latest first.
func voicedBy(tx *storage.Tx, account civic.ID, most int) ([]voiced, error) {
	return storage.All(tx, scanVoiced, "SELECT m.id, v.round, v.voice, v.matter, v.said_at FROM projects_voice v JOIN projects_milestone m ON m.no = v.milestone WHERE v.account = $1 ORDER BY v.said_at DESC, m.no DESC, v.round DESC LIMIT $2", account, most)
}
