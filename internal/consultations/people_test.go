package consultations

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// What still waits when the voting ends is never shown: the host reads so before closing, authors
// are told, and no later decision adds to the final numbers.
func TestClosingDecidesWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Known(resident(1))
		id := opened(c, func(s *Settings) { s.Moderation = Before }, "Көбірек ағаш керек")
		var added [3]Added
		for i, text := range []string{"Түнде жарық жансын", "Нужны скамейки у входа", "Велосипед жолы салынсын"} {
			var err error
			added[i], err = c.AddStatement(c.ctx(), id, voter(1), text, "", false)
			c.must(err)
		}
		c.must(c.Moderate(c.ctx(), moderator, id, added[2].No, moderation.Choice{Rule: "off_topic.1", Reason: "Басқа тақырып"}))
		c.visitor("officer").Get("/ru"+deskPath(id)+"/close").Want(200, "2 мнения ждут модератора", "не покажут никогда")
		c.pass(time.Hour)
		c.must(c.Close(c.ctx(), officer(akimat), id, civic.Text{"kk": "Шешім ерте керек", "ru": "Решение нужно раньше"}))
		if told := c.told(1); told[0].Body.Key != "consultations.your_statement_lapsed" || told[1].Body.Key != "consultations.your_statement_lapsed" {
			t.Errorf("told %+v", told)
		}
		for _, a := range added { // neither those that waited, nor one that was removed before anybody saw it
			wantCode(t, c.Moderate(c.ctx(), moderator, id, a.No, moderation.Choice{Approve: true}), civic.Closed)
		}
		waiting, err := c.Unlooked(c.ctx(), moderator, id)
		c.must(err)
		res, err := c.Results(c.ctx(), id, civic.Actor{}, "oldest", "all", "")
		c.must(err)
		if waiting != 0 || res.Totals.Statements != 1 || len(res.Items) != 2 || res.Apart != (Apart{Removed: 1, Lapsed: 2}) {
			t.Errorf("waiting %d, statements %+v, apart %+v", waiting, res.Items, res.Apart)
		}
		c.visitor("").Get("/ru"+Path(id)+"/results").Want(200, "2 мнения модератор не успел посмотреть").Lacks("жарық жансын", "скамейки")
	})
}

// All votes are in the table, those on a removed statement too, and the pages name them.
func TestTheNumbersAddUp(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш керек", "Нужны скамейки")
		for n := range 3 {
			c.must(c.Vote(c.ctx(), id, voter(n), 1, Agree)).must(c.Vote(c.ctx(), id, voter(n), 2, Disagree))
		}
		c.must(c.Fold(c.ctx()))
		c.must(c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Rule: "duplicate.1", Reason: "№ 1"}))
		c.Jobs()
		sum := 0
		rows := strings.Split(strings.TrimSpace(c.visitor("").Get(Path(id)+"/results.csv").Want(200).Body), "\r\n")
		for _, row := range rows[1:] {
			for _, n := range strings.Split(row, ",")[9:12] {
				sum += int(n[0] - '0')
			}
		}
		if sum != 6 {
			t.Errorf("%d votes in the table, want 6: %q", sum, rows)
		}
		for _, page := range []string{"", "/results", "/map"} {
			c.visitor("").Get("/en"+Path(id)+page).Want(200, "1 statement was removed. The votes on it (3) are part of the total; the map leaves them out.")
		}
	})
}

// A double click, or the same text sent twice at the same moment, makes one statement. Whoever
// may add no more today is told so before anything is compared.
func TestTheSameStatementIsStoredOnce(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil)
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				added, err := c.AddStatement(c.ctx(), id, voter(i%2), "Саябаққа  ЖАРЫҚ керек", "", i%3 == 0)
				if err != nil || added.No == 0 && len(added.Alike) == 0 {
					t.Errorf("%+v, %v", added, err)
				}
			})
		}
		wg.Wait()
		if got := c.counts(id); len(got) != 1 {
			t.Errorf("%d statements", len(got))
		}
		c.Set("consultations.statements_per_day", 1)
		author := slices.IndexFunc([]Voter{voter(0), voter(1)}, func(v Voter) bool {
			_, err := c.AddStatement(c.ctx(), id, v, "Саябаққа жарық керек-ақ", "", false)
			return civic.CodeOf(err) == civic.TooMany
		})
		if author < 0 {
			t.Error("a statement is compared though no more may be added today")
		}
	})
}

// The same decision in two tabs counts once. A different decision made meanwhile is not
// overwritten without being shown.
func TestADecisionIsMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil)
		added, err := c.AddStatement(c.ctx(), id, voter(1), "Түнде жарық жансын", "", false)
		c.must(err)
		removal := moderation.Choice{Rule: "off_topic.1", Reason: "Басқа тақырып"}
		before := len(c.audited())
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := c.Moderate(c.ctx(), moderator, id, added.No, removal); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if acts := c.audited()[before:]; len(acts) != 1 {
			t.Errorf("one decision is logged %d times", len(acts))
		}
		seen := c.Now()
		c.pass(time.Minute)
		c.must(c.Moderate(c.ctx(), moderator, id, added.No, moderation.Choice{Approve: true}))
		stale := removal
		stale.Seen = seen
		wantCode(t, c.Moderate(c.ctx(), officer(akimat), id, added.No, stale), civic.Conflict)
		c.visitor("moderator").Post("/en"+decisionPath(id, added.No), "act", "remove", "rule", "insult.1",
			"reason", "Rude", moderation.SeenName, itoa(int(seen.UnixMilli()))).Want(http.StatusConflict, "Another moderator has decided", "Rude")
	})
}

// Nobody is asked about their own statement, and their progress does not wait for it.
func TestNobodyIsAskedAboutTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш керек")
		_, err := c.AddStatement(c.ctx(), id, voter(1), "Түнде жарық жансын", "", false)
		c.must(err).must(c.Vote(c.ctx(), id, voter(1), 1, Agree))
		mine, err := c.View(c.ctx(), id, voter(1), 0)
		c.must(err)
		if mine.Statement != nil || mine.Progress != (Progress{1, 1}) {
			t.Errorf("the author is asked %+v after %+v", mine.Statement, mine.Progress)
		}
		other, err := c.View(c.ctx(), id, voter(2), 0)
		c.must(err)
		if other.Statement == nil || other.Progress != (Progress{0, 2}) {
			t.Errorf("another is asked %+v after %+v", other.Statement, other.Progress)
		}
	})
}

// Official texts are asked for in both official languages, each beside its own field, before they
// become public; a draft may wait for one.
func TestOfficialTextsAreInBothLanguages(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		o := officer(akimat)
		set := settingsFor(c, "Көбірек ағаш керек")
		set.Question, set.Context, set.Decision = civic.Text{"ru": "Что нужно парку?"}, civic.Text{"kk": "Саябақ ескі."}, civic.Text{}
		id, err := c.Create(c.ctx(), o, set)
		c.must(err)
		wantFields := func(err error, want ...string) {
			t.Helper()
			var e *civic.Error
			if !errors.As(err, &e) {
				t.Fatalf("%v, want problems with %v", err, want)
			}
			var got []string
			for _, f := range e.Fields {
				got = append(got, f.Field)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("problems with %v, want %v", got, want)
			}
		}
		wantFields(c.Publish(c.ctx(), o, id), "context.ru", "question.kk")
		c.visitor("officer").Post("/ru"+deskPath(id)+"/publish").Want(http.StatusUnprocessableEntity, "Добавьте текст на казахском", `id="f-question.kk-error"`, `id="f-context.ru-error"`)
		set.Question, set.Context = both("Саябаққа не керек?"), civic.Text{}
		c.must(c.Edit(c.ctx(), o, id, set)).must(c.Publish(c.ctx(), o, id))
		wantFields(c.Extend(c.ctx(), o, id, set.ClosesAt.AddDate(0, 0, 5), civic.Text{"ru": "Праздники"}), "reason.kk")
		wantFields(c.Close(c.ctx(), o, id, civic.Text{"kk": "Жетеді"}), "reason.ru")
		c.must(c.Close(c.ctx(), o, id, both("Жетеді")))
		said := []AnswerItem{{Statement{No: 1}, answers.Verdict{Outcome: answers.Taken, Reason: civic.Text{"ru": "Верно"}}}}
		wantFields(c.SaveAnswer(c.ctx(), o, id, Answer{Text: both("Рақмет"), Person: "А. Б.", Items: said}, true), "reason_1.kk")
		c.must(c.SaveAnswer(c.ctx(), o, id, Answer{Text: civic.Text{"ru": "Черновик"}, Person: "А. Б."}, false))
		wantFields(c.SaveAnswer(c.ctx(), o, id, Answer{Text: civic.Text{"en": "Done"}, Person: "A. B."}, true), "text.kk", "text.ru")
	})
}

// Whatever cannot be undone is first shown as everybody will see it, in each language. Only the
// next click does it.
func TestWhatCannotBeTakenBackIsShownFirst(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		o := c.visitor("officer")
		set := settingsFor(c, "Көбірек ағаш керек", "Нужны скамейки")
		id, err := c.Create(c.ctx(), officer(akimat), set)
		c.must(err)
		desk := "/en" + deskPath(id)
		phase := func(want Phase) {
			t.Helper()
			v, err := c.View(c.ctx(), id, Voter{Actor: officer(akimat)}, 0)
			c.must(err)
			if v.Phase != want {
				t.Fatalf("phase %s, want %s", v.Phase, want)
			}
		}
		o.Post(desk+"/publish").Want(http.StatusOK, "Check before publishing", "opens at once", "Саябақта не керек?", "Что нужно парку?", "Көбірек ағаш", "скамейки")
		phase(Draft)
		o.Post(desk+"/publish", ui.SureName, "yes").Want(http.StatusSeeOther)
		phase(Open)

		no, err := c.AddStatement(c.ctx(), id, voter(1), "Мен ұнатпайтын сөз", "", false)
		c.must(err)
		removal := []string{"act", "remove", "rule", "insult.1", "reason", "Қорлау", "back", "moderation"}
		address := "/en" + decisionPath(id, no.No)
		o.Post(address, removal...).Want(http.StatusOK, "Remove the statement?", "Мен ұнатпайтын сөз", "Insult", "Қорлау")
		if f, err := c.StatementFor(c.ctx(), moderator, id, no.No); err != nil || f.Statement.State != Shown {
			t.Fatalf("%+v %v", f, err)
		}
		o.Post(address, append(removal, ui.SureName, "yes")...).Want(http.StatusSeeOther)
		o.Post(address, "act", "approve", "back", "moderation").Want(http.StatusSeeOther) // can be taken back

		end := []string{"reason.kk", "Жетеді", "reason.ru", "Достаточно"}
		o.Post(desk+"/extend", append(end, "closes_at", "2026-05-01")...).Want(http.StatusOK, "Check the new end", "Жетеді", "Достаточно")
		o.Post(desk+"/close", end...).Want(http.StatusOK, "Close the consultation now?", "Достаточно")
		phase(Open)
		o.Post(desk+"/close", append(end, ui.SureName, "yes")...).Want(http.StatusSeeOther)
		phase(Closed)

		c.must(c.saveItem(officer(akimat), id, 1, answers.Verdict{Outcome: answers.Taken, Reason: civic.Text{"kk": "Отырғызамыз", "ru": "Посадим"}}))
		answer := []string{"act", "publish", "text.kk", "**Рақмет**", "text.ru", "Спасибо", "person", "А. Жауапты"}
		o.Post(desk+"/answer", answer...).Want(http.StatusOK, "Statements answered: 1 of 3", "<strong>Рақмет</strong>", "Спасибо", "Отырғызамыз", "Посадим", "А. Жауапты")
		phase(Closed)
		o.Post(desk+"/answer", append(answer, ui.AgainName, "")...).Want(http.StatusOK, "**Рақмет**") // back to the form, nothing lost
		o.Post(desk+"/answer", append(answer, ui.SureName, "yes")...).Want(http.StatusSeeOther)
		phase(Answered)

		set.OpensAt, set.ClosesAt = c.Now().AddDate(0, 0, 3), c.Now().AddDate(0, 0, 40)
		id, err = c.Create(c.ctx(), officer(akimat), set)
		c.must(err).must(c.Publish(c.ctx(), officer(akimat), id))
		o.Post("/en"+deskPath(id)+"/withdraw").Want(http.StatusOK, "Make the consultation a draft again?")
		phase(Planned)
		o.Post("/en"+deskPath(id)+"/withdraw", ui.SureName, "yes").Want(http.StatusSeeOther)
		phase(Draft)
	})
}

// Whoever has answered everything is led on: to the results, to what happens next, and to another
// consultation that they may take part in and have not begun.
func TestAfterTheLastVoteOneIsLedOn(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш керек")
		opened(c, func(s *Settings) { s.Question, s.Audience = both("Расталғандарға сұрақ"), Verified }, "Бір пікір")
		opened(c, func(s *Settings) {
			s.Question, s.ClosesAt = both("Келесі сұрақ"), s.ClosesAt.AddDate(0, 0, 5)
		}, "Басқа пікір")
		v := c.visitor("resident")
		v.Get("/en" + Path(id)).Want(http.StatusOK).Lacks("Another open consultation")
		v.Post("/en"+Path(id)+"/vote", "statement", "1", "vote", "agree").Want(http.StatusSeeOther)
		v.Get("/en"+Path(id)).Want(http.StatusOK, "You have answered every statement", `href="/en`+Path(id)+`/results"`, "We will tell you when the answer comes",
			"Another open consultation", "Келесі сұрақ").Lacks("Расталғандарға сұрақ")
	})
}

// That only verified residents take part is said before anything is asked of somebody, with the way
// to be verified.
func TestWhoMayTakePartIsSaidFirst(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, func(s *Settings) { s.Audience = Verified }, "Көбірек ағаш керек")
		c.visitor("").Get("/en/consultations").Want(http.StatusOK, "Verified residents")
		c.visitor("").Get("/en"+Path(id)).Want(http.StatusOK, "Only verified residents take part", "/en/sign-in?next=").Lacks("/vote")
		c.visitor("resident").Get("/en"+Path(id)).Want(http.StatusOK, "Only verified residents take part", `href="/en/account/verification"`).Lacks("/vote")
		// People vote at weekends: all days count.
		c.visitor("").Get("/en/consultations").Want(http.StatusOK, "30 days left").Lacks("working day")
	})
}

// One's own statements are found under one's answers, whatever became of them.
func TestOnesOwnStatementsAreFound(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, func(s *Settings) { s.Moderation = Before }, "Көбірек ағаш керек")
		v := c.visitor("resident")
		v.Post("/ru"+Path(id)+"/add", "text", "Нужны скамейки у входа").Want(http.StatusSeeOther)
		v.Get("/en"+Path(id)+"/mine").Want(http.StatusOK, "My statements", "Waiting", `<span lang="ru">Нужны скамейки у входа</span>`)
		c.visitor("other").Get("/en" + Path(id) + "/mine").Want(http.StatusOK).Lacks("Нужны скамейки")
	})
}

// The results can be taken away as every spreadsheet program likes them; feeds say of which city.
func TestTablesAndFeedsForEverybody(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш керек", "Нужны скамейки")
		if body := c.visitor("").Get(Path(id) + "/results-excel.csv").Want(http.StatusOK).Body; !strings.HasPrefix(body, "\ufeffno;text;language;") || !strings.Contains(body, "2;Нужны скамейки;kk;Нужны скамейки;Нужны скамейки;;;true;") {
			t.Errorf("%q", body)
		}
		book := c.visitor("").Get(Path(id) + "/results.xlsx").Want(http.StatusOK).Body
		rows, err := sheet.Open(strings.NewReader(book), int64(len(book)), sheet.Options{})
		c.must(err)
		c.must(rows.Close())
		c.must(c.Settings.Describe(c.ctx(), c.Administrator().Actor, civic.Text{"kk": "Үлгі қала", "ru": "Образцовск", "en": "Sample"}, civic.Languages()))
		for _, feed := range []string{"/ru/consultations.atom", "/ru/organisations/feed", "/ru/record/feed.atom"} {
			c.visitor("").Get(feed).Want(http.StatusOK, " · Образцовск</title>")
		}
	})
}
