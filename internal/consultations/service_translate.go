package consultations

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// maxTranslation bounds a translation. The longest statement that a city can allow, said in a language
// that takes twice the letters, fits.
const maxTranslation = 4_000

// TranslatedBy reports whether the actor may add translations of what residents wrote: those who manage
// the consultation, whose translations they are.
func (c Consultation) TranslatedBy(a civic.Actor) bool { return c.ManagedBy(a) }

// NamesLanguageOf reports whether the actor may say in which language a resident's statement is written,
// after it was sent.
func (c Consultation) NamesLanguageOf(a civic.Actor) bool {
	return c.TranslatedBy(a) || c.ModeratedBy(a)
}

// mayBeTranslated reports whether a statement takes another language or translations. What the host
// wrote has its languages from the beginning: people have voted on them.
func (s Statement) mayBeTranslated() bool {
	return !s.Official && (s.State == Shown || s.State == Waiting)
}

// ToTranslate is a resident's statement as the form that translates it needs it.
type ToTranslate struct {
	Consultation
	Statement  Statement
	Translates bool // the actor may add translations, not only name the language
}

// ToTranslate returns a statement to be translated. Permission: NamesLanguageOf. Errors: civic.NotFound,
// civic.Forbidden, civic.Closed for one that takes no translation.
func (s *Service) ToTranslate(ctx context.Context, a civic.Actor, id civic.ID, no int64) (t ToTranslate, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { t, err = toTranslate(tx, a, id, no); return err })
	return t, err
}

func toTranslate(tx *storage.Tx, a civic.Actor, id civic.ID, no int64) (t ToTranslate, err error) {
	if t.Consultation, err = visible(tx, id, a); err != nil {
		return t, err
	}
	if !t.NamesLanguageOf(a) {
		return t, forbidden()
	}
	t.Translates = t.TranslatedBy(a)
	if t.Statement, err = statement(tx, t.Consultation, no); err == nil && !t.Statement.mayBeTranslated() {
		err = notNow()
	}
	return t, err
}

// Translate says in which language a resident's statement is written, and what it says in others. The
// original stays as it is and is shown with the translation, which is the host's; both stand in the record. Of an
// actor who may only name the language, translations are left as they are. Permission and errors:
// ToTranslate; civic.Invalid with "lang" and "translation".
func (s *Service) Translate(ctx context.Context, a civic.Actor, id civic.ID, no int64, lang civic.Lang, translations civic.Text) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockStatements(tx, id); err != nil {
			return err
		}
		t, err := toTranslate(tx, a, id, no)
		if err != nil {
			return err
		}
		if !t.Translates {
			translations = t.Statement.Translations
		}
		changed, err := s.reword(tx, t.Consultation, t.Statement, lang, translations, t.actsAs(a))
		if err != nil || !changed {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.statement.translate", ref(t.Consultation), map[string]string{"statement": strconv.FormatInt(no, 10), "lang": string(lang)})
	})
}

// NameLanguage lets the author of a statement say in which language it is, for as long as the
// voting goes on. Errors: civic.NotFound for another's statement, civic.Closed after the voting,
// civic.Invalid with "lang".
func (s *Service) NameLanguage(ctx context.Context, id civic.ID, v Voter, no int64, lang civic.Lang) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockStatements(tx, id); err != nil {
			return err
		}
		c, err := visible(tx, id, v.Actor)
		if err != nil {
			return err
		}
		if err := takePart(tx, c, v); err != nil {
			return err
		}
		p, known, err := participantOf(tx, c, v, false)
		if err != nil {
			return err
		}
		st, err := statement(tx, c, no)
		switch {
		case err != nil:
			return err
		case !known || st.Official || st.author != p.no:
			return civic.Fail(civic.NotFound, "web.not_found")
		case !st.mayBeTranslated():
			return notNow()
		}
		_, err = s.reword(tx, c, st, lang, st.Translations, civic.Resident)
		return err
	})
}

// reword gives a statement its language and translations, and reports whether that changed anything.
func (s *Service) reword(tx *storage.Tx, c Consultation, st Statement, lang civic.Lang, translations civic.Text, role civic.Role) (bool, error) {
	was := st
	st.Lang, st.Translations = lang, civic.Text{}
	for l, text := range translations {
		if text = cleanStatement(text); text != "" && l != lang {
			st.Translations[l] = text
		}
	}
	if err := checkTranslations(st); err != nil || st.Lang == was.Lang && maps.Equal(st.Translations, was.Translations) {
		return false, err
	}
	if err := errors.Join(updateWords(tx, c, st), s.indexStatements(tx, c, st)); err != nil {
		return false, err
	}
	tx.Touch(topic(c.ID))
	if st.State != Shown {
		return true, nil // nobody has seen it yet
	}
	return true, s.note(tx, actStatementTranslated, statementRef(c, st.No), role, statementFacts(st))
}

// checkTranslations finds what is wrong with a statement's language and translations.
func checkTranslations(st Statement) error {
	var p civic.Problems
	if _, ok := civic.ParseLang(string(st.Lang)); !ok {
		p.Add("lang", "consultations.choose_one")
	}
	for l, text := range st.Translations {
		field := "translation." + string(l)
		if junk := civic.Junk(text, nil); junk != "" {
			p.Add(field, junk)
		} else if utf8.RuneCountInString(text) > maxTranslation {
			p.Add(field, "consultations.too_long", "Count", maxTranslation)
		}
	}
	return p.Err()
}
