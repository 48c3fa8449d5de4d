package projects

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// keepWord keeps what somebody writes to their voice, until a moderator looks; what one has looked at stays as it is. It returns the id, "" without words.
func (s *Service) keepWord(tx *storage.Tx, a civic.Actor, m Milestone, said Spoken) (civic.ID, error) {
	w, there, err := storage.Found(ownWord(tx, m, a.Account))
	switch {
	case err != nil:
		return "", err
	case there && w.Text != Waiting && said.Words != "" && said.Words != w.Words:
		return "", civic.Wrong("words", "projects.words_read")
	case there && w.Text != Waiting:
		return w.ID, nil
	case there && said.Words == "":
		return "", errors.Join(deleteWord(tx, w), files.Forget(tx, wordRef(w.ID)))
	case said.Words == "":
		return "", nil
	}
	w.Round, w.Voice, w.Words, w.Lang, w.Text, w.WrittenAt = len(m.Rounds), said.Voice, said.Words, civic.GuessLang(said.Words, a.Lang), Waiting, tx.Now()
	if there {
		return w.ID, updateWord(tx, w)
	}
	if err := tx.Lock(numbers); err != nil {
		return "", err
	}
	w.ID, w.Account, w.milestone = civic.NewID(tx.Now()), a.Account, m.no
	return w.ID, insertWord(tx, &w)
}

// ForModerator is a word as a moderator sees it.
type ForModerator struct {
	Word
	Of       civic.ID // the milestone
	Pictures []files.File
	Contest  *moderation.Contest // the last wish of its author for another decision
}

// ForModerator returns a word as a moderator sees it. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) ForModerator(ctx context.Context, a civic.Actor, id civic.ID) (f ForModerator, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if f.Word, err = findWord(tx, id); err == nil && !f.mayModerate(a) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		of, err := milestonesByNumbers(tx, []int64{f.milestone})
		if err != nil {
			return err
		}
		f.Of = of[f.milestone].ID
		attached, err := s.city.Files.Of(tx, a, wordRef(id))
		if err != nil {
			return err
		}
		f.Pictures = attached[wordPictures]
		fate, err := s.city.Moderation.Fate(tx, wordRef(id))
		f.Contest = fate.Contest
		return err
	})
	return f, err
}

// Uphold leaves a word removed whose author asked for another decision; d.Reason is public. Permission: mayModerate, but for who removed it. Errors: moderation.Service.Uphold's.
func (s *Service) Uphold(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	return s.city.Moderation.UpholdOf(ctx, a, wordRef(id), d)
}

// Decide lets everybody read a word and see its pictures, or nobody; the voice counts either way. Permission: mayModerate. Errors: civic.Forbidden, civic.Invalid with "rule" and "reason",
// civic.Conflict when somebody decided meanwhile or has it.
func (s *Service) Decide(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("projects_word:" + string(id)); err != nil {
			return err
		}
		w, err := findWord(tx, id)
		if err == nil && !w.mayModerate(a) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		if err := d.Check(s.city.Moderation.Book()); err != nil || d.Settles(w.standing()) {
			return err
		}
		if err := d.Overtaken(w.standing()); err != nil {
			return err
		}
		role := a.ActsAs(nil, civic.Moderator, civic.Administrator)
		answered, err := s.city.Moderation.Deciding(tx, a, d.Verdict(wordRef(id), w.standing(), role))
		if err != nil {
			return err
		}
		act, told := actShown, "word_shown"
		if w.Text == Removed {
			act = actRestored
		}
		w.Text, w.Rule, w.Reason, w.DecidedAt = Shown, "", "", tx.Now()
		if !d.Approve {
			w.Text, w.Rule, w.Reason, act, told = Removed, d.Rule, d.Reason, actRemoved, "word_removed"
		}
		of, err := milestonesByNumbers(tx, []int64{w.milestone})
		if err != nil {
			return err
		}
		tx.Touch(topic)
		if err := errors.Join(updateWord(tx, w), s.noteWord(tx, act, w, of[w.milestone], role), s.city.Files.Settle(tx, wordRef(id), role),
			s.city.Trail.Note(tx, a, "projects.word.decide", wordRef(id), map[string]string{"text": string(w.Text)})); err != nil || answered || w.Account == "" {
			return err
		}
		return s.city.Notifications.Notify(tx, w.Account, notifications.Notice{Subject: civic.Say("projects.told_"+told, "Title", of[w.milestone].Name), Body: civic.Say("projects.told_reason", "Reason", w.Reason), Path: MilestonePath(of[w.milestone].ID)})
	})
}

// What projects keep about a person.

type heldWord struct {
	Words   string    `json:"words"`
	State   TextState `json:"state"`
	Written time.Time `json:"written_at"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	said, err := voicedBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	written, err := wordsBy(tx, account, math.MaxInt32)
	if err != nil || len(said)+len(written) == 0 {
		return nil, err
	}
	var out []heldWord
	for _, w := range written {
		out = append(out, heldWord{w.Words, w.Text, w.WrittenAt})
	}
	return map[string]any{"said": said, "written": out}, nil
}

// erasePerson removes what somebody said. What it led to stays; words that everybody has read stay too, nobody's; what waits or was removed is gone.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	tx.Touch(topic)
	all, err := wordsBy(tx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, w := range all {
		switch w.Text {
		case Shown:
			w.Account = ""
			err = updateWord(tx, w)
		case Removed: // the act of the removal points at it
			w.Account, w.Words = "", ""
			err = errors.Join(updateWord(tx, w), files.Forget(tx, wordRef(w.ID)), record.EraseSubject(tx, wordRef(w.ID)))
		default:
			err = errors.Join(deleteWord(tx, w), files.Forget(tx, wordRef(w.ID)))
		}
		if err != nil {
			return err
		}
	}
	return box.Forget(tx, account)
}
