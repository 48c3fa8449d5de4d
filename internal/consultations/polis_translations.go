package consultations

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/opinion/polis"
)

// translationsFile holds what the format of Polis has no column for: every statement that is in more than one language, in
// each. Its readers know their files by name and pass it over.
const translationsFile = "comment-translations.csv"

// translationColumns are its columns. Nobody has translated the row of the original.
var translationColumns = []string{"comment-id", "lang", "translated-by", "comment-body"}

// writeTranslations writes it where there is something to write, so that an import comes out as it went in.
func (x *outgoing) writeTranslations(create func(name string) (io.WriteCloser, error)) error {
	if len(x.words) == 0 {
		return nil
	}
	f, err := create(translationsFile)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	err = w.Write(translationColumns)
	for _, st := range x.words {
		no := strconv.FormatInt(st.No, 10)
		err = errors.Join(err, w.Write([]string{no, string(st.Lang), "", st.Text}))
		for _, lang := range slices.Sorted(maps.Keys(st.Translations)) {
			err = errors.Join(err, w.Write([]string{no, string(lang), "host", st.Translations[lang]}))
		}
	}
	w.Flush()
	return errors.Join(err, w.Error(), f.Close())
}

// readTranslations reads it back: of each statement the language and the translations. Rows that say nothing to
// anybody are passed over. Errors: *polis.Errors.
func readTranslations(dir fs.FS) (map[int64]Statement, error) {
	f, err := dir.Open(translationsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const most = 16 << 20 // as many bytes as the texts of a whole import may have
	r := csv.NewReader(io.LimitReader(f, most))
	r.FieldsPerRecord, r.ReuseRecord = len(translationColumns), true
	out := map[int64]Statement{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, &polis.Errors{List: []*polis.Error{{File: translationsFile, Problem: polis.Unreadable, Err: err}}}
		}
		no, err := strconv.ParseInt(row[0], 10, 64)
		lang, known := civic.ParseLang(row[1])
		if err != nil || !known {
			continue // the heading, or a language that no page speaks
		}
		st := out[no]
		if text := cleanStatement(row[3]); row[2] == "" {
			st.Lang = lang
		} else if civic.Junk(text, nil) == "" {
			if st.Translations == nil {
				st.Translations = civic.Text{}
			}
			st.Translations[lang] = text
		}
		out[no] = st
	}
}
