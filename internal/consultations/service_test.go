package consultations

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func TestVotesAreCountedOnceAndCanBeChanged(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш", "Больше скамеек")
		for i, say := range []Choice{Agree, Agree, Disagree, Pass} {
			c.must(c.Vote(c.ctx(), id, voter(i), 1, say))
		}
		c.must(c.Vote(c.ctx(), id, browser(1), 1, Agree))
		c.must(c.Vote(c.ctx(), id, voter(2), 1, Agree)) // a change
		c.must(c.Vote(c.ctx(), id, voter(2), 1, Agree)) // said again
		if got := c.counts(id)[1]; got != (Count{}) {
			t.Errorf("totals change before the fold: %+v", got)
		}
		c.must(c.Fold(c.ctx()))
		if got, want := c.counts(id)[1], (Count{Agree: 4, Pass: 1}); got != want {
			t.Errorf("counts %+v, want %+v", got, want)
		}
		v, err := c.View(c.ctx(), id, voter(0), 0)
		c.must(err)
		if v.Totals.Participants != 5 || v.Totals.Votes != 5 || !v.Totals.AsOf.Equal(start) {
			t.Errorf("totals %+v", v.Totals)
		}
		if v.Progress != (Progress{1, 2}) || v.Statement == nil || v.Statement.No != 2 {
			t.Errorf("progress %+v, next %+v", v.Progress, v.Statement)
		}
		c.pass(24 * time.Hour)
		c.must(c.Vote(c.ctx(), id, voter(0), 2, Disagree)).must(c.Fold(c.ctx()))
		res, err := c.Results(c.ctx(), id, civic.Actor{}, "agreed", "shown", "")
		c.must(err)
		if want := []Day{{"2026-03-02", 5, 5}, {"2026-03-03", 1, 0}}; len(res.Days) != 2 || res.Days[0] != want[0] || res.Days[1] != want[1] {
			t.Errorf("days %+v, want %+v", res.Days, want)
		}
		if len(res.Agreed) != 2 || res.Agreed[0].No != 1 {
			t.Errorf("most agreed %+v", res.Agreed)
		}
		mine, err := c.MyVotes(c.ctx(), id, voter(2), 0)
		c.must(err)
		if len(mine.Items) != 1 || mine.Items[0].Mine != Agree {
			t.Errorf("my votes %+v", mine.Items)
		}
	})
}

// Many requests of the same people at the same time: one vote each, and totals that are the
// votes.
func TestParallelVotesOfOnePersonCountOnce(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір", "Екінші пікір")
		var wg sync.WaitGroup
		for i := range 16 {
			for n := range 4 {
				wg.Go(func() {
					v := voter(n)
					if n > 1 {
						v = browser(n)
					}
					say := []Choice{Agree, Disagree, Pass}[i%3]
					if err := c.Vote(c.ctx(), id, v, int64(1+i%2), say); err != nil {
						t.Error(err)
					}
					if i%5 == 0 {
						if err := c.Fold(c.ctx()); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wg.Wait()
		c.must(c.Fold(c.ctx()))
		counts := c.counts(id)
		for no := int64(1); no <= 2; no++ {
			if got, want := counts[no], c.recount(id, no); got != want || want.Total() != 4 {
				t.Errorf("statement %d: totals %+v, votes %+v", no, got, want)
			}
		}
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		if v.Totals.Participants != 4 || v.Totals.Votes != 8 {
			t.Errorf("totals %+v", v.Totals)
		}
	})
}

// recount counts the votes of a statement from the votes themselves.
func (c *testCity) recount(id civic.ID, no int64) (n Count) {
	c.t.Helper()
	c.must(c.db.Read(c.ctx(), func(tx *storage.Tx) error {
		for v, err := range storage.Each(tx, storage.Scalar[Choice], `SELECT v.choice FROM consultations_vote v
			JOIN consultations_consultation c ON c.no = v.consultation WHERE c.id = $1 AND v.statement = $2`, id, no) {
			if err != nil {
				return err
			}
			n.add(v, 1)
		}
		return nil
	}))
	return n
}

func TestPhasesChangeAtTheirMillisecond(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		opens, closes := start.Add(time.Hour), start.AddDate(0, 0, 20)
		id := opened(c, func(s *Settings) { s.OpensAt, s.ClosesAt = opens, closes }, "Пікір айтамыз")
		vote := func() error { return c.Vote(c.ctx(), id, voter(1), 1, Agree) }
		phase := func(want Phase) {
			t.Helper()
			v, err := c.View(c.ctx(), id, Voter{}, 0)
			c.must(err)
			if v.Phase != want {
				t.Errorf("phase %s, want %s", v.Phase, want)
			}
		}
		c.at(opens.Add(-time.Millisecond))
		c.must(c.Advance(c.ctx()))
		phase(Planned)
		wantCode(t, vote(), civic.Closed)
		c.at(opens)
		phase(Open) // before the job has seen it
		c.must(vote())
		c.must(c.Advance(c.ctx()))
		if l, err := c.List(c.ctx(), Open, city.Scope{}, ""); err != nil || len(l.Items) != 1 || l.Items[0].BodyName.ID != akimat {
			t.Errorf("list of the open: %+v, %v", l, err)
		}
		c.at(closes.Add(-time.Millisecond))
		c.must(c.Advance(c.ctx())).must(c.Vote(c.ctx(), id, voter(2), 1, Disagree))
		c.at(closes)
		phase(Closed)
		wantCode(t, c.Vote(c.ctx(), id, voter(3), 1, Agree), civic.Closed)
		wantCode(t, c.Extend(c.ctx(), officer(akimat), id, closes.AddDate(0, 0, 1), both("Кеш")), civic.Closed)
		c.must(c.Advance(c.ctx()))
		if got, want := c.counts(id)[1], (Count{1, 1, 0}); got != want {
			t.Errorf("final totals %+v, want %+v without a fold of their own", got, want)
		}
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		if !v.ClosedAt.Equal(closes) {
			t.Errorf("closed at %v, want %v", v.ClosedAt, closes)
		}
		before := c.db.Version(topic(id))
		c.must(c.Advance(c.ctx()))
		if c.db.Version(topic(id)) != before {
			t.Error("nothing happened and the cache was emptied")
		}
	})
}

// Votes and folds race with the closing. Every vote whose voter was told that it counts is in
// the final totals, exactly once.
func TestNoVoteSlipsPastTheClosing(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id, other := opened(c, nil, "Бір пікір бар"), opened(c, nil, "Тағы бір пікір")
		var wg sync.WaitGroup
		var mu sync.Mutex
		acknowledged := int64(0)
		for i := range 40 {
			wg.Go(func() {
				if i == 20 {
					if err := c.Close(c.ctx(), officer(akimat), id, both("Решение принято раньше")); err != nil {
						t.Error(err)
					}
					return
				}
				err := c.Vote(c.ctx(), id, voter(i), 1, Agree)
				if err != nil && civic.CodeOf(err) != civic.Closed {
					t.Error(err)
				}
				mu.Lock()
				if err == nil {
					acknowledged++
				}
				mu.Unlock()
				if err := errors.Join(c.Vote(c.ctx(), other, voter(i), 1, Agree), c.Fold(c.ctx())); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		c.must(c.Fold(c.ctx())) // what is left of the other's
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		if got := (Totals{Participants: acknowledged, Votes: acknowledged, Statements: 1, AsOf: v.Totals.AsOf}); v.Totals != got {
			t.Errorf("totals %+v, want %+v", v.Totals, got)
		}
		if got := c.counts(other)[1].Agree; got != 39 {
			t.Errorf("the other consultation counts %d of 39", got)
		}
		if got := c.counts(id)[1].Agree; got != acknowledged || c.recount(id, 1).Agree != acknowledged {
			t.Errorf("final total %d, votes %d, acknowledged %d", got, c.recount(id, 1).Agree, acknowledged)
		}
	})
}

// A closing that begins while a fold is at work waits for it, and counts the votes that the
// fold leaves.
func TestAClosingTakesWhatAFoldLeaves(t *testing.T) {
	const folded, left = 5000, 700
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бір пікір бар")
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error {
			consultation, err := find(tx, id)
			if err != nil {
				return err
			}
			var votes [][]any
			for range folded + left {
				votes = append(votes, []any{consultation.no, 1, Agree, unanswered, true, storage.Millis(tx.Now())})
			}
			return tx.Insert("consultations_vote_new (consultation, statement, choice, former, newcomer, at)", votes)
		}))
		closed := make(chan error)
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error {
			if n, err := c.fold(tx, 0, folded); err != nil || n != folded {
				return fmt.Errorf("%d votes folded: %w", n, err)
			}
			go func() {
				closed <- c.Close(c.ctx(), officer(akimat), id, both("Решение принято раньше"))
			}()
			for tx.Engine() == storage.PostgreSQL { // until the closing waits for this transaction; on SQLite it does anyway
				waits, err := storage.One(tx, storage.Scalar[bool], "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
				if err != nil || waits {
					return err
				}
			}
			return nil
		}))
		c.must(<-closed)
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		if n := c.counts(id)[1].Agree; v.Totals.Votes != folded+left || v.Totals.Participants != folded+left || n != folded+left {
			t.Errorf("%d of %d votes, totals %+v", n, folded+left, v.Totals)
		}
	})
}

func TestWhoMayTakePart(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		verified := resident(9)
		verified.Assurance = civic.Verified
		unconfirmed := civic.Actor{Account: "new"}
		for _, tc := range []struct {
			audience Audience
			voter    Voter
			want     civic.Code
		}{
			{Anyone, browser(1), ""}, {Anyone, Voter{Actor: unconfirmed}, ""},
			{Registered, browser(1), civic.Unauthenticated}, {Registered, Voter{Actor: unconfirmed}, civic.Forbidden}, {Registered, voter(1), ""},
			{Verified, browser(1), civic.Unauthenticated}, {Verified, voter(1), civic.Forbidden}, {Verified, Voter{Actor: verified}, ""},
		} {
			id := opened(c, func(s *Settings) { s.Audience = tc.audience }, "Жалғыз пікір")
			wantCode(t, c.Vote(c.ctx(), id, tc.voter, 1, Agree), tc.want)
			_, err := c.AddStatement(c.ctx(), id, tc.voter, "Мектеп жанына жол керек", "kk", false)
			wantCode(t, err, tc.want)
		}
		id := opened(c, nil, "Жалғыз пікір")
		full := errors.New("full")
		if err := c.Vote(c.ctx(), id, Voter{Token: "x", Admit: func() error { return full }}, 1, Agree); !errors.Is(err, full) {
			t.Errorf("a browser that is not admitted: %v", err)
		}
		wantCode(t, c.Vote(c.ctx(), id, voter(1), 99, Agree), civic.NotFound)
		wantCode(t, c.Vote(c.ctx(), id, voter(1), 1, 2), civic.Invalid)
		wantCode(t, c.Vote(c.ctx(), "0000", voter(1), 1, Agree), civic.NotFound)
	})
}

// The votes of a browser become those of the person who signs in there, who stays one
// participant.
func TestSigningInKeepsTheBrowsersVotes(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір", "Екінші пікір")
		c.must(c.Vote(c.ctx(), id, browser(1), 1, Agree))
		both := Voter{Actor: resident(1), Token: browser(1).Token}
		c.must(c.Vote(c.ctx(), id, both, 1, Disagree)).must(c.Vote(c.ctx(), id, voter(1), 2, Pass)).must(c.Fold(c.ctx()))
		if got := c.counts(id); got[1] != (Count{Disagree: 1}) || got[2] != (Count{Pass: 1}) {
			t.Errorf("counts %+v", got)
		}
		v, err := c.View(c.ctx(), id, voter(1), 0)
		c.must(err)
		if v.Totals.Participants != 1 || v.Progress.Done != 2 {
			t.Errorf("totals %+v, progress %+v", v.Totals, v.Progress)
		}
		// The next person at the same browser is a new participant.
		c.must(c.Vote(c.ctx(), id, browser(1), 1, Agree)).must(c.Fold(c.ctx()))
		if got := c.counts(id)[1]; got != (Count{Agree: 1, Disagree: 1}) {
			t.Errorf("counts %+v", got)
		}
	})
}

func TestStatementsAreComparedLimitedAndModerated(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Known(resident(1))
		c.Set("consultations.statements_per_day", 2)
		id := opened(c, func(s *Settings) { s.Moderation = Before; s.StatementMax = 60 }, "Орталық саябаққа көбірек ағаш отырғызу керек")
		add := func(text string, insist bool) (Added, error) {
			return c.AddStatement(c.ctx(), id, voter(1), text, "kk", insist)
		}

		a, err := add("Орталық саябақта көбірек ағаштар отырғызылсын", false)
		c.must(err)
		if a.No != 0 || len(a.Alike) != 1 || a.Alike[0].No != 1 {
			t.Errorf("no duplicate shown: %+v", a)
		}
		if a, err = add("ОРТАЛЫҚ саябаққа көбірек  ағаш отырғызу керек", true); err != nil || a.No != 0 || len(a.Alike) != 1 {
			t.Errorf("the very same words were taken: %+v, %v", a, err)
		}
		a, err = add("Орталық саябақта көбірек ағаштар отырғызылсын", true)
		c.must(err)
		if a.No != 2 || a.State != Waiting {
			t.Errorf("added %+v", a)
		}
		if _, err := add("Түнде жарық қосылсын", false); err != nil {
			t.Error(err)
		}
		_, err = add("Велосипед жолы салынсын", false)
		wantCode(t, err, civic.TooMany)
		for _, text := range []string{"", "  ", "?!", "1234", string(make([]rune, 0)) + "ұзақ ұзақ ұзақ ұзақ ұзақ ұзақ ұзақ ұзақ ұзақ ұзақ ұзақ ұзақ ұзақ"} {
			_, err := c.AddStatement(c.ctx(), id, voter(2), text, "kk", false)
			wantCode(t, err, civic.Invalid)
		}

		// A statement that waits cannot be voted on and cannot be read anywhere.
		wantCode(t, c.Vote(c.ctx(), id, voter(2), 2, Agree), civic.NotFound)
		if got := c.counts(id); len(got) != 1 {
			t.Errorf("waiting statements are public: %v", got)
		}
		waiting, err := c.Unlooked(c.ctx(), moderator, id)
		c.must(err)
		if waiting != 2 {
			t.Errorf("%d wait", waiting)
		}
		wantCode(t, c.Moderate(c.ctx(), voter(1).Actor, id, 2, moderation.Choice{Approve: true}), civic.Forbidden)
		wantCode(t, c.Moderate(c.ctx(), officer(police), id, 2, moderation.Choice{Approve: true}), civic.Forbidden)
		wantCode(t, c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Rule: "because", Reason: "x"}), civic.Invalid)
		wantCode(t, c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Rule: "insult.1", Reason: " "}), civic.Invalid)
		c.must(c.Moderate(c.ctx(), officer(akimat), id, 2, moderation.Choice{Approve: true}))
		c.pass(time.Second)
		c.must(c.Moderate(c.ctx(), moderator, id, 3, moderation.Choice{Rule: "off_topic.1", Reason: "Саябақ туралы емес"}))
		if told := c.told(1); len(told) != 2 || told[0].Body.Key != "consultations.your_statement_removed" || told[0].Subject.Key != "consultations.told_statement_removed" {
			t.Errorf("told %+v", told)
		}
		res, err := c.Results(c.ctx(), id, civic.Actor{}, "oldest", "removed", "")
		c.must(err)
		if len(res.Items) != 1 || res.Items[0].Text != "" || res.Items[0].Rule != "off_topic.1" || res.Items[0].Reason != "Саябақ туралы емес" {
			t.Errorf("removed: %+v", res.Items)
		}
		c.must(c.Vote(c.ctx(), id, voter(2), 2, Agree))
		c.must(c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Rule: "duplicate.1", Reason: "№ 1"})) // taken out after votes
		c.must(c.Fold(c.ctx()))
		if mine, err := c.MyVotes(c.ctx(), id, voter(2), 0); err != nil || len(mine.Items) != 1 || mine.Items[0].Text != "" {
			t.Errorf("the text of a removed statement is shown to its voters: %+v %v", mine.Items, err)
		}
		c.must(c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Approve: true})) // brought back
		if got := c.counts(id)[2]; got.Agree != 1 {
			t.Errorf("votes of a statement brought back: %+v", got)
		}
	})
}

func TestTheAnswer(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Көбірек ағаш", "Больше скамеек", "Велодорожка")
		c.must(c.Vote(c.ctx(), id, voter(1), 2, Agree))
		o := officer(akimat)
		_, err := c.AnswerDraft(c.ctx(), o, id, "")
		wantCode(t, err, civic.Closed)
		c.at(start.AddDate(0, 0, 30))
		c.must(c.Advance(c.ctx()))
		for _, a := range []civic.Actor{administrator, moderator, officer(police), resident(1), {}} {
			_, err := c.AnswerDraft(c.ctx(), a, id, "")
			wantCode(t, err, civic.Forbidden)
			wantCode(t, c.SaveAnswer(c.ctx(), a, id, Answer{Text: both("x"), Person: "y"}, true), civic.Forbidden)
		}
		d, err := c.AnswerDraft(c.ctx(), o, id, "")
		c.must(err)
		if len(d.Asked) != 3 || d.Asked[0].Statement.No != 2 {
			t.Errorf("statements %+v", d.Asked)
		}
		// Closed on Wednesday 1 April; 15 working days are Wednesday 22 April.
		if want := time.Date(2026, 4, 22, 23, 59, 59, 0, zone); !d.Owed.Due.Equal(want) {
			t.Errorf("due %v, want %v", d.Owed.Due, want)
		}
		c.must(c.saveItem(o, id, 2, answers.Verdict{Outcome: answers.Taken})) // a draft may be incomplete
		wantCode(t, c.SaveAnswer(c.ctx(), o, id, Answer{Text: both("x"), Person: "y"}, true), civic.Invalid)
		c.must(c.saveItem(o, id, 2, answers.Verdict{Outcome: answers.Taken, Reason: both("Поставим 20")}))
		c.must(c.saveItem(o, id, 3, answers.Verdict{Outcome: answers.NotTaken, Reason: both("Нет места")}))
		c.must(c.saveItem(o, id, 3, answers.Verdict{})) // taken out again
		wantCode(t, c.SaveAnswer(c.ctx(), o, id, Answer{Text: civic.Text{}, Person: ""}, true), civic.Invalid)
		c.must(c.SaveAnswer(c.ctx(), o, id, Answer{Text: both("Черновик"), Person: ""}, false))
		if v, _ := c.View(c.ctx(), id, Voter{}, 0); v.Answer != nil || v.Phase != Closed {
			t.Error("a draft is public")
		}
		c.at(time.Date(2026, 4, 24, 12, 0, 0, 0, zone))
		if v, _ := c.View(c.ctx(), id, Voter{}, 0); lateBy(c, v) != 2 {
			t.Errorf("overdue by %d, want 2", lateBy(c, v))
		}
		c.must(c.SaveAnswer(c.ctx(), o, id, Answer{Text: both("Будет **сделано**"), Person: "А. Б., глава отдела"}, true))
		c.pass(240 * time.Hour)
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		if v.Phase != Answered || lateBy(c, v) != 2 || v.Answer == nil || len(v.Answer.Items) != 1 || v.Answer.Items[0].Statement.No != 2 {
			t.Fatalf("answered: %+v", v)
		}
		contains(t, "answer", v.Answer.HTML()["ru"], "<strong>сделано</strong>")
		wantCode(t, c.SaveAnswer(c.ctx(), o, id, Answer{Text: both("Иначе"), Person: "x"}, true), civic.Closed)
		// A statement that is removed later keeps its answer, not its text.
		c.must(c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Rule: "unlawful.1", Reason: "Сот шешімі"}))
		if v, _ := c.View(c.ctx(), id, Voter{}, 0); v.Answer.Items[0].Statement.Text != "" || v.Answer.Items[0].Reason["ru"] == "" {
			t.Errorf("answer to a removed statement: %+v", v.Answer.Items[0])
		}
	})
}

func TestOnlyHostsPrepare(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		o := officer(akimat)
		set := settingsFor(c, "Бірінші пікір")
		for _, a := range []civic.Actor{{}, resident(1), moderator, represents} {
			_, err := c.Create(c.ctx(), a, set)
			wantCode(t, err, civic.Forbidden)
		}
		_, err := c.Create(c.ctx(), officer(police), set)
		wantCode(t, err, civic.Invalid) // in the name of another body
		set.Body = police
		_, err = c.Create(c.ctx(), o, set)
		wantCode(t, err, civic.Invalid) // a question to another body
		set.Body = akimat
		id, err := c.Create(c.ctx(), o, set)
		c.must(err)
		for _, a := range []civic.Actor{{}, resident(1), moderator, officer(police)} {
			_, err := c.View(c.ctx(), id, Voter{Actor: a}, 0)
			wantCode(t, err, civic.NotFound)
			_, _, err = c.SettingsOf(c.ctx(), a, id)
			wantCode(t, err, civic.NotFound)
			for _, act := range []func() error{
				func() error { return c.Edit(c.ctx(), a, id, set) }, func() error { return c.Publish(c.ctx(), a, id) },
				func() error { return c.Withdraw(c.ctx(), a, id) }, func() error { return c.Close(c.ctx(), a, id, both("x")) },
				func() error { return c.Extend(c.ctx(), a, id, start.AddDate(1, 0, 0), both("x")) },
			} {
				wantCode(t, act(), civic.NotFound)
			}
		}
		set.ClosesAt = set.OpensAt.AddDate(0, 0, 7)
		c.must(c.Edit(c.ctx(), o, id, set))
		wantCode(t, c.Publish(c.ctx(), o, id), civic.Invalid) // five working days are too few
		set.OpensAt, set.ClosesAt = start.AddDate(0, 0, 1), start.AddDate(0, 0, 16)
		c.must(c.Edit(c.ctx(), o, id, set)).must(c.Publish(c.ctx(), o, id))
		wantCode(t, c.Publish(c.ctx(), o, id), civic.Closed)
		c.must(c.Withdraw(c.ctx(), o, id)).must(c.Publish(c.ctx(), o, id))
		c.at(set.OpensAt)
		wantCode(t, c.Edit(c.ctx(), o, id, set), civic.Closed)
		wantCode(t, c.Withdraw(c.ctx(), o, id), civic.Closed)
		wantCode(t, c.Extend(c.ctx(), resident(1), id, set.ClosesAt.AddDate(0, 0, 1), both("x")), civic.Forbidden)
		wantCode(t, c.Extend(c.ctx(), o, id, set.ClosesAt, both("x")), civic.Invalid)
		wantCode(t, c.Extend(c.ctx(), o, id, set.ClosesAt.AddDate(0, 0, 1), civic.Text{}), civic.Invalid)
		c.must(c.Extend(c.ctx(), o, id, set.ClosesAt.AddDate(0, 0, 1), both("Мереке күндері")))
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		if len(v.Rescheduled) != 1 || v.Rescheduled[0].By != Extend || v.Rescheduled[0].Reason["kk"] != "Мереке күндері" || !v.ClosesAt.Equal(set.ClosesAt.AddDate(0, 0, 1)) {
			t.Errorf("changes %+v", v.Rescheduled)
		}

		c.Set("consultations.organisations_may_open", 1)
		set = settingsFor(c)
		set.Host = ngo
		if id, err = c.Create(c.ctx(), represents, set); err != nil {
			t.Fatal(err)
		}
		c.must(c.Publish(c.ctx(), represents, id))
		wantCode(t, c.SaveAnswer(c.ctx(), represents, id, Answer{Text: both("x"), Person: "y"}, true), civic.Forbidden)
		set.OpensAt = start.AddDate(0, 0, 10) // the body's officer may correct it, and it keeps its host
		set.ClosesAt = set.OpensAt.AddDate(0, 0, 30)
		mended, err := c.Create(c.ctx(), represents, set)
		c.must(err).must(c.Edit(c.ctx(), o, mended, set)).must(c.Publish(c.ctx(), o, mended)).must(c.Withdraw(c.ctx(), represents, mended))
		if ch, err := c.ChoicesFor(c.ctx(), o, mended); err != nil || len(ch.Hosts) != 2 {
			t.Errorf("hosts %+v, %v", ch.Hosts, err)
		}
		if d, err := c.Desk(c.ctx(), represents, 0); err != nil || len(d.Items) != 2 || !d.MayOpen {
			t.Errorf("desk of the representative: %+v %v", d, err)
		}
		if d, err := c.Desk(c.ctx(), moderator, 0); err != nil || len(d.Items) != 2 || d.MayOpen {
			t.Errorf("desk of the moderator: %+v %v", d, err)
		}
	})
}

// Everybody who took part with an account hears of the answer once, however often the job
// runs; browsers and people who left hear nothing.
func TestParticipantsHearOfTheAnswerOnce(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір")
		for n := range 450 {
			c.Known(resident(n))
			c.must(c.Vote(c.ctx(), id, voter(n), 1, Agree))
		}
		c.must(c.Vote(c.ctx(), id, browser(1), 1, Agree))
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error { return erasePerson(tx, "resident-7") }))
		o := officer(akimat)
		c.must(c.Close(c.ctx(), o, id, both("Жетеді"))).must(c.SaveAnswer(c.ctx(), o, id, Answer{Text: both("Жауап"), Person: "А. Б."}, true))
		if told := c.told(1); len(told) != 0 {
			t.Error("told within the request")
		}
		c.Jobs()
		c.must(c.tell(c.ctx(), jobs.Job{Payload: []byte(strconv.Quote(string(id)))})) // run again
		people := 0
		for n := range 450 {
			told := c.told(n)
			if len(told) > 1 || len(told) == 1 && (told[0].Body.Key != "consultations.was_answered" || told[0].Path != answerAt(id)) {
				t.Errorf("told %+v", told)
			}
			people += len(told)
		}
		if people != 449 || len(c.told(7)) != 0 {
			t.Errorf("%d people were told, want 449", people)
		}
	})
}

// The rule of who sees what, wherever the service gives something out. Pages ask the same
// methods.
func TestDraftsAndImportsAreNowhere(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		shown := opened(c, nil, "Бірінші пікір")
		set := settingsFor(c, "Құпия пікір")
		set.Question = both("Құпия сұрақ")
		draft, err := c.Create(c.ctx(), officer(akimat), set)
		c.must(err)
		half, err := c.Create(c.ctx(), officer(akimat), set)
		c.must(err).must(c.db.Write(c.ctx(), func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE consultations_consultation SET phase = 'importing' WHERE id = $1", half)
			return err
		}))
		only := func(where string, items []Listed, err error) {
			t.Helper()
			for _, l := range items {
				if err != nil || l.ID != shown {
					t.Errorf("%s shows %v (%v)", where, l.ID, err)
				}
			}
		}
		for _, p := range []Phase{Open, Planned, Closed, Answered} {
			l, err := c.List(c.ctx(), p, city.Scope{}, "")
			only("list", l.Items, err)
		}
		_, err = c.List(c.ctx(), Draft, city.Scope{}, "")
		wantCode(t, err, civic.NotFound)
		items, err := c.Latest(c.ctx())
		only("feed", items, err)
		items, err = c.Search(c.ctx(), "құпия", city.Scope{})
		only("search", items, err)
		if items, err = c.Search(c.ctx(), "саябақтар", city.Scope{}); err != nil || len(items) != 1 {
			t.Errorf("search finds %v, %v", items, err)
		}
		for _, a := range []civic.Actor{{}, resident(1), moderator} {
			for _, id := range []civic.ID{draft, half} {
				_, err = c.View(c.ctx(), id, Voter{Actor: a}, 0)
				wantCode(t, err, civic.NotFound)
				_, err = c.Results(c.ctx(), id, a, "agreed", "shown", "")
				wantCode(t, err, civic.NotFound)
				_, err = c.MyVotes(c.ctx(), id, Voter{Actor: a}, 0)
				wantCode(t, err, civic.NotFound)
				wantCode(t, c.Vote(c.ctx(), id, Voter{Actor: a, Token: "x"}, 1, Agree), civic.NotFound)
			}
		}
		for _, a := range []civic.Actor{officer(akimat), administrator} {
			if _, err := c.View(c.ctx(), draft, Voter{Actor: a}, 0); err != nil {
				t.Errorf("hosts do not see their draft: %v", err)
			}
			_, err = c.View(c.ctx(), half, Voter{Actor: a}, 0)
			wantCode(t, err, civic.NotFound)
			d, err := c.Desk(c.ctx(), a, 0)
			c.must(err)
			if len(d.Items) != 2 {
				t.Errorf("desk shows %d", len(d.Items))
			}
		}
		must(t, c.db.Read(c.ctx(), func(tx *storage.Tx) error {
			got, err := c.Declared.Titles(tx, civic.Actor{}, []civic.Ref{{Kind: Kind, ID: shown}, {Kind: Kind, ID: draft}, {Kind: Kind, ID: half}, {Kind: Kind, ID: "nothing"}})
			if len(got) != 1 || got[civic.Ref{Kind: Kind, ID: shown}].Path != Path(shown) {
				t.Errorf("resolver: %v", got)
			}
			return err
		}))
	})
}

func TestAPersonsDataCanBeTakenAndForgotten(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір")
		c.must(c.Vote(c.ctx(), id, voter(1), 1, Agree))
		_, err := c.AddStatement(c.ctx(), id, voter(1), "Түнде жарық қосылсын", "kk", false)
		c.must(err)
		data := func() (p []Held) {
			must(t, c.db.Read(c.ctx(), func(tx *storage.Tx) error {
				all, err := exportPerson(tx, "resident-1")
				p, _ = all.([]Held)
				return err
			}))
			return p
		}
		if p := data(); len(p) != 1 || len(p[0].Votes) != 1 || p[0].Votes[0].Choice != "agree" || len(p[0].Statements) != 1 {
			t.Errorf("data %+v", p)
		}
		c.must(c.db.Write(c.ctx(), func(tx *storage.Tx) error { return erasePerson(tx, "resident-1") })).must(c.Fold(c.ctx()))
		if p := data(); len(p) != 0 {
			t.Errorf("after forgetting: %+v", p)
		}
		if got := c.counts(id); got[1].Agree != 1 || len(got) != 2 {
			t.Errorf("contributions are gone: %+v", got)
		}
		c.must(c.Moderate(c.ctx(), moderator, id, 2, moderation.Choice{Rule: "insult.1", Reason: "x"}))
		if told := c.told(1); len(told) != 0 {
			t.Error("somebody without an account was told")
		}
	})
}

// Words that were removed are not in the download of those who voted on them. Their author's
// download has them.
func TestRemovedWordsLeaveWithTheirAuthorOnly(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Бірінші пікір")
		const insult = "Тыйым салынған сөз"
		added, err := c.AddStatement(c.ctx(), id, voter(1), insult, "kk", false)
		c.must(err)
		for n := 1; n <= 2; n++ {
			c.must(c.Vote(c.ctx(), id, voter(n), 1, Agree))
			c.must(c.Vote(c.ctx(), id, voter(n), added.No, Disagree))
		}
		c.must(c.Moderate(c.ctx(), moderator, id, added.No, moderation.Choice{Rule: "insult.1", Reason: "x"}))
		for n, itsWords := range map[int]bool{1: true, 2: false} {
			must(t, c.db.Read(c.ctx(), func(tx *storage.Tx) error {
				all, err := exportPerson(tx, civic.ID(fmt.Sprint("resident-", n)))
				if err != nil {
					return err
				}
				b, err := json.Marshal(all)
				if strings.Contains(string(b), insult) != itsWords || !strings.Contains(string(b), "Бірінші пікір") || !strings.Contains(string(b), `"removed":true,"choice":"disagree"`) {
					t.Errorf("the download of %d: %s", n, b)
				}
				return err
			}))
		}
	})
}

func TestListsPageByKey(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		seeds := make([]string, 47)
		for i := range seeds {
			seeds[i] = "Пікір нөмірі " + strconv.Itoa(i)
		}
		id := opened(c, nil, seeds...)
		for no := int64(1); no <= 47; no += 2 {
			c.must(c.Vote(c.ctx(), id, voter(int(no%5)), no, []Choice{Agree, Disagree, Pass}[no%3]))
		}
		c.must(c.Fold(c.ctx()))
		for _, sort := range Sorts() {
			seen, after := map[int64]bool{}, ""
			for pages := 0; pages < 10; pages++ {
				res, err := c.Results(c.ctx(), id, civic.Actor{}, sort, "shown", after)
				c.must(err)
				for _, s := range res.Items {
					if seen[s.No] {
						t.Errorf("%s: statement %d twice", sort, s.No)
					}
					seen[s.No] = true
				}
				if after = res.Next; after == "" {
					break
				}
			}
			if len(seen) != 47 {
				t.Errorf("%s: %d statements, want 47", sort, len(seen))
			}
		}
		for i := range 22 {
			opened(c, func(s *Settings) { s.ClosesAt = s.ClosesAt.AddDate(0, 0, i%7) })
		}
		l, err := c.List(c.ctx(), Open, city.Scope{}, "")
		c.must(err)
		next, err := c.List(c.ctx(), Open, city.Scope{}, l.Next)
		c.must(err)
		if len(l.Items) != 20 || len(next.Items) != 3 || next.Next != "" || l.Counts[Open] != 23 {
			t.Errorf("pages of %d and %d, counts %v", len(l.Items), len(next.Items), l.Counts)
		}
		all := append(l.Items, next.Items...)
		for i := 1; i < len(all); i++ {
			if all[i].ClosesAt.Before(all[i-1].ClosesAt) {
				t.Error("not in the order of closing")
			}
		}
		for _, bad := range []string{"x", "1", "1.", "99999999999999999999999999.1", "1.1; DROP TABLE x"} {
			if _, err := c.List(c.ctx(), Open, city.Scope{}, bad); err != nil {
				wantCode(t, err, civic.Invalid)
			}
		}
	})
}

// A child process votes as fast as it can and reports each acknowledged vote. It is killed in
// the middle (SIGKILL). After reopening, every vote that it reported is there.
func TestKilledProcessLosesNoAcknowledgedVote(t *testing.T) {
	said := map[[2]int64]Choice{}
	path := citytest.Killed(t, 500, func(path string) { voteForEver(t, path) }, func(line string) bool {
		var who, no int64
		var choice int
		n, _ := fmt.Sscanf(line, "voted %d %d %d", &who, &no, &choice)
		if n == 3 {
			said[[2]int64{who, no}] = Choice(choice)
		}
		return n == 3
	})
	db, err := storage.Open(t.Context(), path, storage.Options{})
	must(t, err)
	defer db.Close()
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		for k, choice := range said {
			got, err := storage.One(tx, storage.Scalar[Choice], `SELECT v.choice FROM consultations_vote v JOIN consultations_participant p
				ON p.consultation = v.consultation AND p.no = v.participant WHERE p.account = $1 AND v.statement = $2`,
				"resident-"+strconv.FormatInt(k[0], 10), k[1])
			if err != nil || got != choice {
				t.Errorf("vote %v: %v, %v, want %v", k, got, err, choice)
			}
		}
		return nil
	}))
	t.Logf("%d acknowledged votes, all there", len(said))
}

// Every account votes once on each statement, so that "acknowledged" is also "last".
func voteForEver(t *testing.T, path string) {
	c := newCity(t, citytest.Open(t, path, app.Config{Capabilities: []capability.Capability{Capability()}}))
	set := settingsFor(c, "Бірінші пікір", "Екінші пікір", "Үшінші пікір")
	id, err := c.Create(c.ctx(), officer(akimat), set)
	must(t, err)
	must(t, c.Publish(c.ctx(), officer(akimat), id))
	var wg sync.WaitGroup
	var mu sync.Mutex
	for w := range 32 {
		wg.Go(func() {
			for i := range 100_000 {
				who, no := w+32*(i/3), int64(1+i%3)
				choice := []Choice{Agree, Disagree, Pass}[rand.IntN(3)]
				if err := c.Vote(c.ctx(), id, voter(who), no, choice); err != nil {
					panic(err)
				}
				mu.Lock()
				os.Stdout.WriteString("voted " + strconv.Itoa(who) + " " + strconv.FormatInt(no, 10) + " " + strconv.Itoa(int(choice)) + "\n")
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// lateBy is by how many working days the answer is late now.
func lateBy(c *testCity, v View) int { return v.LateBy(c.Settings.Calendar(), c.Now()) }

// saveItem saves what the draft of the answer says to one statement, and leaves the rest as it is.
func (c *testCity) saveItem(a civic.Actor, id civic.ID, no int64, v answers.Verdict) error {
	d, err := c.AnswerDraft(c.ctx(), a, id, "")
	if err != nil {
		return err
	}
	d.Answer.Items = []AnswerItem{{Statement{No: no}, v}}
	return c.SaveAnswer(c.ctx(), a, id, d.Answer, false)
}
