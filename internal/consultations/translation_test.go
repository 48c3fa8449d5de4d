package consultations

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/record"
)

// A host gives first statements in several languages, line by line. Each reader sees theirs while
// voting and in the results. A draft may lack a language; what is published may not, and the form says which
// lines do.
func TestFirstStatementsInSeveralLanguages(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		set := settingsFor(c)
		set.Seeds = byLine(civic.Text{"kk": "Түнде жарық жансын\n\nОрындық керек", "ru": "Нужен свет ночью\nНужна велодорожка\n", "en": "Light at night"})
		id, err := c.Create(c.ctx(), officer(akimat), set)
		c.must(err)
		c.Read(func(tx *storage.Tx) error {
			cs, err := find(tx, id)
			must(t, err)
			all, err := seeds(tx, cs)
			want := []civic.Text{{"kk": "Түнде жарық жансын", "ru": "Нужен свет ночью", "en": "Light at night"}, {"ru": "Нужна велодорожка"}, {"kk": "Орындық керек"}}
			for i, words := range want {
				if len(all) != len(want) || !maps.Equal(all[i], words) {
					t.Errorf("%q, the %d. is not %q", all, i+1, words)
				}
			}
			if back := byLine(lines(all)); len(back) != 3 || !maps.Equal(back[0], want[0]) || !maps.Equal(back[1], want[1]) || !maps.Equal(back[2], want[2]) {
				t.Errorf("%q after the form", back)
			}
			return err
		})
		c.visitor("officer").Post("/ru"+deskPath(id)+"/publish", ui.SureName, "yes").Want(http.StatusUnprocessableEntity,
			`href="#f-seeds.kk"`, "Нет казахского текста в строках: 2.", `href="#f-seeds.ru"`, "Нет русского текста в строках: 3.", "Түнде жарық жансын")
		set.Seeds = byLine(civic.Text{"kk": "Түнде жарық жансын\nВелосипед жолы керек\nОрындық керек", "ru": "Нужен свет ночью\nНужна велодорожка\nНужны скамейки", "en": "Light at night"})
		c.must(c.Edit(c.ctx(), officer(akimat), id, set))
		// The page before publishing shows both languages, whichever the officer reads.
		for _, lang := range []string{"/kk", "/ru", "/en"} {
			c.visitor("officer").Post(lang+deskPath(id)+"/publish").Want(http.StatusOK, "Түнде жарық жансын", "Нужен свет ночью", "Light at night", "Қала әкімдігі", "Акимат города", "Орындық керек", "Нужны скамейки")
		}
		c.must(c.Publish(c.ctx(), officer(akimat), id))
		v := c.visitor("")
		v.Get("/ru"+Path(id)+"/results").Want(200, "Нужен свет ночью", "Нужны скамейки").Lacks("Түнде жарық")
		v.Get("/kk"+Path(id)+"/results").Want(200, "Түнде жарық жансын", "Велосипед жолы керек").Lacks("Нужен свет")
		v.Get("/en"+Path(id)+"/results").Want(200, "Light at night", `<span lang="kk">Орындық керек</span>`, "Only in Kazakh and Russian")
		v.Get("/api/v1/consultations/"+string(id)+"/statements").Want(200, `"translations":{"en":"Light at night","ru":"Нужен свет ночью"}`)
		c.Verified() // which gives every act its place
		entries, err := c.Record.List(c.ctx(), record.Filter{Kind: actStatementPublished, Limit: 10})
		c.must(err)
		found := false
		for _, e := range entries {
			found = found || e.Member("translation_ru") != "" && e.Member("translation_en") != "" && e.Member("translation_kk") == ""
		}
		if len(entries) != 3 || !found {
			t.Errorf("the record has %+v", entries)
		}
		c.must(c.Moderate(c.ctx(), moderator, id, 1, moderation.Choice{Rule: "duplicate.1", Reason: "№ 2"}))
		c.visitor("").Get("/ru" + Path(id) + "/results?show=removed").Want(200).Lacks("Нужен свет")
	})
}

// A resident's statement keeps the language it was written in. Its author, the host and moderators may say which it
// is; the host may translate it. Readers see the original and, marked as the host's, the translation; so do the tables,
// the files of Polis and the record.
func TestTheHostTranslatesWhatResidentsWrote(t *testing.T) {
	eachRecorded(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш керек")
		author, host, mod := c.visitor("resident"), c.visitor("officer"), c.visitor("moderator")
		author.Post("/kk"+Path(id)+"/add", "text", "Нужны скамейки").Want(http.StatusSeeOther)
		results := Path(id) + "/results"
		c.visitor("").Get("/kk"+results).Want(200, `<span lang="ru">Нужны скамейки</span>`, "Тек орысша")
		c.visitor("").Get("/ru"+results).Want(200, "Нужны скамейки").Lacks("Только на")

		// The author may say that it was guessed wrongly, others may not.
		author.Get("/kk"+Path(id)+"/mine").Want(200, "Қай тілде жаздыңыз?", `action="/kk`+Path(id)+`/language"`)
		author.Post("/kk"+Path(id)+"/language", "statement", "2", "lang", "kk").Want(http.StatusSeeOther)
		c.visitor("").Get("/ru"+results).Want(200, `<span lang="kk">Нужны скамейки</span>`, "Только на казахском")
		c.visitor("other").Post("/kk"+Path(id)+"/language", "statement", "2", "lang", "en").Want(http.StatusNotFound)
		author.Post("/kk"+Path(id)+"/language", "statement", "2", "lang", "tr").Want(http.StatusUnprocessableEntity)
		author.Post("/kk"+Path(id)+"/language", "statement", "1", "lang", "ru").Want(http.StatusNotFound) // the host's
		// A moderator names the language only; a translation sent along is not taken.
		form := "/ru" + translatePath(id, 2)
		mod.Get(form).Want(200, "Нужны скамейки", `name="lang"`).Lacks("translation.kk")
		mod.Post(form, "lang", "ru", "translation.kk", "Басқаша").Want(http.StatusSeeOther)
		c.visitor("").Get("/kk"+results).Want(200, "Тек орысша").Lacks("Басқаша")
		c.visitor("police").Get(form).Want(http.StatusForbidden)

		// The host translates.
		host.Get("/ru"+decisionPath(id, 2)).Want(200, form)
		host.Post(form, "lang", "ru", "translation.kk", strings.Repeat("ұ", maxTranslation+1)).Want(http.StatusUnprocessableEntity, `href="#f-translation.kk"`)
		host.Post(form, "lang", "ru", "translation.kk", "Орындықтар керек", "translation.ru", "не нужно: это язык оригинала").Want(http.StatusSeeOther)
		c.visitor("").Get("/kk"+results).Want(200, `<span lang="ru">Нужны скамейки</span>`, "<small>Ұйымдастырушының аудармасы:</small>", "Орындықтар керек").Lacks("Тек орысша")
		c.visitor("").Get("/ru"+results).Want(200, "Нужны скамейки").Lacks("Орындықтар")
		c.visitor("").Get("/en"+results).Want(200, `<span lang="ru">Нужны скамейки</span>`, "Translated by the host:", `<span lang="kk">Орындықтар керек</span>`, "Only in Kazakh")
		c.visitor("").Get("/api/v1"+Path(id)+"/statements").Want(200, `"translations":{"kk":"Орындықтар керек"},"translated_by":"host"`)
		c.visitor("").Get(results+".csv").Want(200, "2,Нужны скамейки,ru,Орындықтар керек,Нужны скамейки,,host,false,")
		c.Verified() // which gives every act its place, and holds pages against the record
		entries, err := c.Record.List(c.ctx(), record.Filter{Kind: actStatementTranslated, Limit: 10})
		c.must(err)
		if len(entries) != 3 || entries[0].Member("translation_kk") == "" || entries[1].Member("lang") != "ru" || entries[2].Member("lang") != "kk" {
			t.Errorf("the record has %+v", entries)
		}
		host.Post(form, "lang", "ru", "translation.kk", "Орындықтар керек").Want(http.StatusSeeOther) // again: nothing to record
		c.SkipActs()
		host.Post("/ru"+translatePath(id, 1), "lang", "ru").Want(http.StatusConflict) // the host's own statement

		dir := filepath.Join(t.TempDir(), "polis")
		c.must(c.ExportPolis(c.ctx(), id, dir, nil))
		file, err := os.ReadFile(filepath.Join(dir, "comment-translations.csv"))
		c.must(err)
		if want := "comment-id,lang,translated-by,comment-body\n1,kk,,Көбірек ағаш керек\n1,ru,host,Көбірек ағаш керек\n2,ru,,Нужны скамейки\n2,kk,host,Орындықтар керек\n"; string(file) != want {
			t.Errorf("%s", file)
		}
		// It comes in again with its languages.
		rep, err := c.ImportPolis(c.ctx(), os.DirFS(dir), ImportOptions{}, nil)
		c.must(err)
		c.visitor("").Get("/kk"+Path(rep.ID)+"/results").Want(200, `<span lang="ru">Нужны скамейки</span>`, "Орындықтар керек")
		c.at(start.AddDate(0, 0, 40))
		c.must(c.Advance(c.ctx()))
		author.Post("/kk"+Path(id)+"/language", "statement", "2", "lang", "en").Want(http.StatusConflict) // the voting is over
	})
}
