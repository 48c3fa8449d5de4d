package consultations

import (
	"context"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Added is what became of a new statement.
type Added struct {
	No    int64
	State State
	// Alike are statements that say nearly the same. When there are any, nothing was stored
	// yet: the person may vote on one of them, or insist.
	Alike []Statement
}

// AddStatement stores a person's own statement. Unless insist is set it first looks for
// statements that are alike. lang is the language it is written in; "" lets it be guessed.
// Errors: as Vote; civic.Invalid with the field "text"; civic.TooMany past the daily number.
func (s *Service) AddStatement(ctx context.Context, id civic.ID, v Voter, text string, lang civic.Lang, insist bool) (added Added, err error) {
	if text = cleanStatement(text); lang == "" {
		lang = civic.GuessLang(text, civic.Kazakh)
	}
	// Comparing takes longer than a vote may wait for the writer, so it is done outside.
	if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { added.Alike, err = s.alike(tx, id, v, text, insist); return err }); err != nil {
		return added, err
	}
	if len(added.Alike) > 0 {
		return added, nil
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockStatements(tx, id); err != nil {
			return err
		}
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		if err := takePart(tx, c, v); err != nil {
			return err
		}
		return s.addStatement(tx, c, v, text, lang, &added)
	})
	return added, err
}

// alike checks a new statement and finds those that say nearly the same; to a person who
// insists, only those in the very same words.
func (s *Service) alike(tx *storage.Tx, id civic.ID, v Voter, text string, insist bool) ([]Statement, error) {
	c, err := visible(tx, id, v.Actor)
	if err != nil {
		return nil, err
	}
	if err := takePart(tx, c, v); err != nil {
		return nil, err
	}
	if err := checkStatement(text, c.StatementMax); err != nil {
		return nil, err
	}
	p, known, err := participantOf(tx, c, v, false)
	if err != nil {
		return nil, err
	}
	if !known {
		p.no = noAuthor - 1 // nobody's
	}
	if err := s.mayAdd(tx, c, p); err != nil { // before the long comparison
		return nil, err
	}
	all, err := comparedStatements(tx, c, p.no)
	if err != nil {
		return nil, err
	}
	var out []Statement
	for _, a := range mostAlike(text, all, float64(s.value("duplicate_percent"))/100) {
		st, err := statement(tx, c, a.no)
		if err != nil {
			return nil, err
		}
		if !insist || strings.EqualFold(st.Text, text) {
			out = append(out, st)
		}
	}
	return out, nil
}

// mayAdd is nil while a participant has not added as many statements as they may in a day.
func (s *Service) mayAdd(tx *storage.Tx, c Consultation, p participant) error {
	most := s.value("statements_per_day")
	times, err := addedAt(tx, c, p.no, most)
	if err != nil || len(times) < most {
		return err
	}
	if wait := times[most-1].Add(24 * time.Hour).Sub(tx.Now()); wait > 0 {
		return civic.Fail(civic.TooMany, "consultations.enough_today", "Count", most).After(wait)
	}
	return nil
}

func (s *Service) addStatement(tx *storage.Tx, c Consultation, v Voter, text string, lang civic.Lang, added *Added) error {
	p, err := join(tx, c, v)
	if err != nil {
		return err
	}
	if err := s.mayAdd(tx, c, p); err != nil {
		return err
	}
	// Somebody, or a second click, may have been faster while the texts were compared.
	if added.Alike, err = sameStatement(tx, c, p.no, text); err != nil || len(added.Alike) > 0 {
		return err
	}
	added.State = Shown
	if c.Moderation == Before {
		added.State = Waiting
	}
	st := Statement{Text: text, Lang: lang, State: added.State, author: p.no}
	added.No, err = insertStatement(tx, c, st)
	if err != nil || added.State == Waiting {
		return err
	}
	st.No = added.No
	if err := s.indexStatements(tx, c, st); err != nil {
		return err
	}
	if err := s.note(tx, actStatementPublished, statementRef(c, added.No), civic.Resident, statementFacts(st)); err != nil {
		return err
	}
	tx.Touch(topic(c.ID))
	return countStatements(tx, c)
}
