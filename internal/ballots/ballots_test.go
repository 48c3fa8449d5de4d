package ballots_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Three people vote, one of them twice; the box is opened, and each finds their ballot.
func TestAVote(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		first, second, third, anew := ballots.NewWords(), ballots.NewWords(), ballots.NewWords(), ballots.NewWords()
		c.Must(cast(c, voter(1), "1 2", first))
		c.Must(cast(c, voter(2), "3", second))
		c.Must(cast(c, voter(3), "", third))
		c.Must(cast(c, voter(2), "1 3", anew, second))
		c.Refused(cast(c, voter(4), "1 2 3", ballots.NewWords()), civic.Invalid)
		if _, err := c.Ballots.Find(c.Ctx(), poll, first); civic.CodeOf(err) != civic.Closed {
			t.Errorf("a ballot is found before the end: %v", err)
		}
		r := end(c)
		if r.State != ballots.Counted || r.Rolled != 3 || r.Boxed != 3 || r.Unreadable != 0 || r.Root != ballots.RootOf(published(c)) {
			t.Errorf("%+v", r.Vote)
		}
		if got := tallied(c); !maps.Equal(got, map[string]int{"1 2": 1, "1 3": 1, "": 1}) {
			t.Errorf("the box holds %v", got)
		}
		for words, want := range map[ballots.Words]string{first: "1 2", anew: "1 3", third: ""} {
			if p, err := c.Ballots.Find(c.Ctx(), poll, words); err != nil || p.Ballot != want || p.Number < 1 || p.Number > 3 {
				t.Errorf("the words of %q find %+v, %v", want, p, err)
			}
		}
		if _, err := c.Ballots.Find(c.Ctx(), poll, second); civic.CodeOf(err) != civic.NotFound {
			t.Errorf("words of a ballot that another took the place of find one: %v", err)
		}
		c.Refused(cast(c, voter(5), "1", ballots.NewWords()), civic.Closed)
		c.WantActs("record.log.opened", "ballots.vote.opened", "ballots.vote.closed", "ballots.vote.counted")
		if report, _ := c.Verified(); report.Compared != 1 {
			t.Errorf("the record: %+v", report)
		}
	})
}

func TestWhoMayVote(t *testing.T) {
	v := vote()
	v.OpensAt, v.Revote = citytest.Start.Add(time.Hour), false
	each(t, v, func(t *testing.T, c *citytest.City) {
		words, other := ballots.NewWords(), ballots.NewWords()
		c.Refused(cast(c, voter(1), "1", words), civic.Closed) // not yet
		c.Pass(time.Hour)
		c.Must(cast(c, voter(1), "1", words))
		c.Must(cast(c, voter(1), "1", words))                           // the connection broke, the form is sent again
		c.Refused(cast(c, voter(1), "2", words), civic.Conflict)        // it must not say that this ballot is in
		c.Refused(cast(c, voter(1), "2", other), civic.Conflict)        // another one
		c.Refused(cast(c, voter(1), "2", other, words), civic.Conflict) // the rule has no second vote
		c.Refused(cast(c, ballots.Voter{Code: "K7QX-3FHM-2222-3333"}, "1", other), civic.Forbidden)
		c.Refused(cast(c, ballots.Voter{}, "1", other), civic.Forbidden)
		refused := errors.New("not in this district")
		b, _ := ballots.ParseBallot("1")
		if err := c.Ballots.Cast(c.Ctx(), voter(2), poll, ballots.Cast{Ballot: b, Words: other}, func(_ *storage.Tx, v ballots.Voter) error {
			if v.District != "abay" {
				t.Errorf("the owner is asked about %+v", v)
			}
			return refused
		}); !errors.Is(err, refused) {
			t.Errorf("the owner refuses: %v", err)
		}
		c.Read(func(tx *storage.Tx) error {
			st, err := c.Ballots.Standing(tx, voter(1), poll)
			if !st.Voted || !st.Hour.Equal(citytest.Start.Add(time.Hour)) || st.Channel != ballots.Account || civic.CodeOf(st.No) != civic.Conflict {
				t.Errorf("who voted stands so: %+v", st)
			}
			if err != nil {
				return err
			}
			st, err = c.Ballots.Standing(tx, voter(2), poll)
			if st.Voted || st.No != nil {
				t.Errorf("who did not vote stands so: %+v", st)
			}
			return err
		})
		if r := end(c); r.Rolled != 1 || r.Boxed != 1 || tallied(c)["1"] != 1 {
			t.Errorf("%+v, %v", r, tallied(c))
		}
	})
}

// Words that somebody saw over a shoulder change nobody's ballot but their own, and words that were used once do nothing a second time.
func TestReceiptsOfOthersAndOldOnes(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		mine, theirs, next := ballots.NewWords(), ballots.NewWords(), ballots.NewWords()
		c.Must(cast(c, voter(1), "1", mine))
		c.Must(cast(c, voter(2), "2", theirs))
		c.Refused(cast(c, voter(2), "2", ballots.NewWords(), mine), civic.Conflict) // the ballot of another
		c.Refused(cast(c, voter(3), "2", mine), civic.Conflict)                     // the words of another
		c.Must(cast(c, voter(1), "3", next, mine))
		c.Must(cast(c, voter(1), "3", next, mine))                                  // the form sent twice
		c.Refused(cast(c, voter(1), "1", ballots.NewWords(), mine), civic.Conflict) // the old receipt
		if r := end(c); r.Rolled != 2 || r.Boxed != 2 || !maps.Equal(tallied(c), map[string]int{"2": 1, "3": 1}) {
			t.Errorf("%+v, %v", r, tallied(c))
		}
	})
}

func TestCodesFromALetter(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		var codes []string
		c.Write(func(tx *storage.Tx) (err error) {
			codes, err = c.Ballots.IssueCodes(tx, poll, ballots.Letter, []ballots.CodeFor{{District: "kala", Age: "60+"}, {}})
			return err
		})
		typed := strings.ToLower(strings.ReplaceAll(codes[0], "-", " ")) // as people type it
		words := ballots.NewWords()
		c.Must(cast(c, ballots.Voter{Code: typed}, "1", words))
		c.Refused(cast(c, ballots.Voter{Code: codes[0]}, "2", ballots.NewWords()), civic.Conflict)
		c.Must(cast(c, ballots.Voter{Code: codes[0]}, "2", ballots.NewWords(), words))
		c.Must(cast(c, ballots.Voter{Code: codes[1]}, "3", ballots.NewWords()))
		c.Read(func(tx *storage.Tx) error {
			st, err := c.Ballots.Standing(tx, ballots.Voter{Code: codes[0]}, poll)
			if !st.Voted || st.Voter.District != "kala" || st.Voter.Age != "60+" || st.Channel != ballots.Letter {
				t.Errorf("%+v", st)
			}
			return err
		})
		for _, code := range codes {
			if n := number(c, "SELECT COUNT(*) FROM ballots_code WHERE hash = $1 OR who = $2", []byte(code), code); n > 0 {
				t.Error("a code is kept as it is")
			}
		}
		if r := end(c); r.Rolled != 2 || r.Boxed != 2 || !maps.Equal(tallied(c), map[string]int{"2": 1, "3": 1}) {
			t.Errorf("%+v, %v", r, tallied(c))
		}
	})
}

// One person has one vote, though they hold an account and a letter, or leave and come back.
func TestOnePersonOneVote(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		asel := c.Resident("")
		typed, err := c.Identity.RollMark(c.Ctx(), "900101300017") // as somebody at a desk types the number
		c.Must(err)
		mark := []byte(typed)
		bound, err := hex.DecodeString(typed) // as verifying keeps it
		c.Must(err)
		c.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("INSERT INTO identity_person (mark, account, released_at) VALUES ($1, $2, 0)", bound, asel.Account)
			return err
		})
		var codes []string
		c.Write(func(tx *storage.Tx) (err error) {
			codes, err = c.Ballots.IssueCodes(tx, poll, ballots.Desk, []ballots.CodeFor{{Person: mark}})
			return err
		})
		c.Must(cast(c, ballots.Voter{Account: asel.Account}, "1", ballots.NewWords()))
		c.Refused(cast(c, ballots.Voter{Code: codes[0]}, "2", ballots.NewWords()), civic.Conflict)

		c.Browser(asel).Get("/ru/account/download").Want(200, poll.Kind).Lacks("\"ballot\"")
		c.Browser(asel).Post("/kk/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		if n := number(c, "SELECT COUNT(*) FROM ballots_roll WHERE account <> ''"); n != 0 {
			t.Error("the roll names an account that was deleted")
		}
		again := c.Resident("")
		c.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE identity_person SET account = $1, released_at = 0", again.Account)
			return err
		})
		c.Refused(cast(c, ballots.Voter{Account: again.Account}, "2", ballots.NewWords()), civic.Conflict)
		if r := end(c); r.Rolled != 1 || r.Boxed != 1 || tallied(c)["1"] != 1 {
			t.Errorf("%+v, %v", r, tallied(c))
		}
	})
}

// The same person votes fifty times at once, and then anew fifty times at once.
func TestFiftyAtOnce(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		const many = 50
		words := make([]ballots.Words, many)
		race := func(do func(i int) error) (won int) {
			errs := make([]error, many)
			var wg sync.WaitGroup
			for i := range many {
				words[i] = ballots.NewWords()
				wg.Go(func() { errs[i] = do(i) })
			}
			wg.Wait()
			won = -1
			for i, err := range errs {
				switch {
				case err == nil && won >= 0:
					t.Fatalf("both %d and %d are in", won, i)
				case err == nil:
					won = i
				case civic.CodeOf(err) != civic.Conflict:
					t.Fatal(err)
				}
			}
			return won
		}
		won := race(func(i int) error { return cast(c, voter(1), "1", words[i]) })
		kept := words[won]
		won = race(func(i int) error { return cast(c, voter(1), "2", words[i], kept) })
		kept = words[won]
		if r := end(c); r.Rolled != 1 || r.Boxed != 1 || tallied(c)["2"] != 1 {
			t.Errorf("%+v, %v", r, tallied(c))
		}
		if p, err := c.Ballots.Find(c.Ctx(), poll, kept); err != nil || p.Ballot != "2" {
			t.Errorf("the one that was acknowledged finds %+v, %v", p, err)
		}
	})
}

// A ballot arrives at the last moment: it is in, and counted, or refused. The closing is forced between the two halves of a cast.
func TestTheLastMoment(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		b, _ := ballots.ParseBallot("1")
		inside, goOn := make(chan struct{}), make(chan struct{})
		late := make(chan error, 1)
		c.Pass(7*24*time.Hour - time.Millisecond)
		go func() {
			late <- c.Ballots.Cast(c.Ctx(), voter(1), poll, ballots.Cast{Ballot: b, Words: ballots.NewWords()}, func(*storage.Tx, ballots.Voter) error {
				close(inside) // in its transaction, at the last millisecond
				<-goOn
				return nil
			})
		}()
		<-inside
		c.Pass(time.Millisecond)
		counted, refused := make(chan error, 1), make(chan error, 1)
		go func() { refused <- cast(c, voter(2), "2", ballots.NewWords()) }() // a millisecond later
		if c.DB.Engine() == storage.PostgreSQL {
			// Before the closing asks for its lock: whoever casts after that stands behind it, and it stands behind the first ballot.
			if err := <-refused; civic.CodeOf(err) != civic.Closed {
				t.Errorf("a ballot is taken after the end: %v", err)
			}
		}
		go func() { counted <- c.RunJobs(c.Ctx()) }()
		if c.DB.Engine() == storage.PostgreSQL {
			waitForLock(c, counted) // the closing waits for the ballot that was begun
		}
		close(goOn)
		c.Must(<-late)
		c.Must(<-counted)
		if c.DB.Engine() == storage.SQLite {
			if err := <-refused; civic.CodeOf(err) != civic.Closed {
				t.Errorf("a ballot is taken after the end: %v", err)
			}
		}
		if r := result(c); r.State != ballots.Counted || r.Rolled != 1 || r.Boxed != 1 || tallied(c)["1"] != 1 {
			t.Errorf("%+v, %v", r, tallied(c))
		}
	})
}

// waitForLock returns once somebody waits for a lock that another transaction holds; nobody does any more when done is.
func waitForLock(c *citytest.City, done chan error) {
	for len(done) == 0 && number(c, "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") == 0 {
	}
}

// The clock of a node that is behind begins a cast in time, and meets the closing only when it holds the lock: refused whole.
func TestTheLastMomentTheOtherWay(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		c.Must(cast(c, voter(1), "1", ballots.NewWords()))
		c.Pass(7 * 24 * time.Hour)
		c.Jobs()
		c.Pass(-time.Hour)
		c.Refused(cast(c, voter(2), "2", ballots.NewWords()), civic.Closed)
		if r := result(c); r.Rolled != 1 || r.Boxed != 1 || number(c, "SELECT COUNT(*) FROM ballots_roll") != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// An option falls during the vote: it cannot be chosen any more, whoever voted is told, and may vote anew for some days, even where the rule
// has no second vote.
func TestAnOptionIsFrozen(t *testing.T) {
	v := vote()
	v.Revote = false
	each(t, v, func(t *testing.T, c *citytest.City) {
		asel, dauren := c.Resident(civic.Russian), c.Resident(civic.Kazakh)
		first := ballots.NewWords()
		c.Must(cast(c, ballots.Voter{Account: asel.Account}, "1", first))
		why := civic.Text{"kk": "Жер дауы шықты.", "ru": "Появился спор о земле."}
		freeze := func(option string, until time.Time) error {
			return c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
				_, err := c.Ballots.Freeze(tx, civic.Officer, poll, option, why, until)
				return err
			})
		}
		c.Refused(cast(c, ballots.Voter{Account: asel.Account}, "2", ballots.NewWords(), first), civic.Conflict)
		c.Pass(6 * 24 * time.Hour)
		c.Refused(freeze("9", time.Time{}), civic.NotFound)
		c.Refused(freeze("1", c.Now().AddDate(0, 1, 0)), civic.Invalid)
		c.Must(freeze("1", time.Time{}))
		c.Refused(freeze("1", time.Time{}), civic.Conflict)
		for range 2 {
			c.Jobs()
		}
		if told := c.Told(asel); len(told) != 1 || told[0].Subject.Key != "ballots.told_frozen" || told[0].Path != "/polls/7" {
			t.Errorf("who voted is told %+v", told)
		}
		if told := c.Told(dauren); len(told) != 0 {
			t.Errorf("who did not vote is told %+v", told)
		}
		if mail := c.Letter(asel.Email); !strings.Contains(mail.Text, "Появился спор о земле.") || !strings.Contains(mail.Text, "до конца дня 11") || !strings.Contains(mail.Subject, "Скамейка") {
			t.Errorf("the mail says %s: %s", mail.Subject, mail.Text)
		}
		c.Refused(cast(c, ballots.Voter{Account: dauren.Account}, "1 2", ballots.NewWords()), civic.Conflict)

		c.Pass(2 * 24 * time.Hour) // the vote is over, the window is not
		c.Jobs()
		c.Refused(cast(c, ballots.Voter{Account: dauren.Account}, "2", ballots.NewWords()), civic.Closed)
		second := ballots.NewWords()
		c.Must(cast(c, ballots.Voter{Account: asel.Account}, "2", second, first))
		if r := result(c); r.State != ballots.Open {
			t.Errorf("counted while people may change their ballots: %+v", r)
		}
		c.Pass(38*time.Hour + 59*time.Minute) // a minute before midnight
		c.Jobs()
		third := ballots.NewWords()
		c.Must(cast(c, ballots.Voter{Account: asel.Account}, "2", third, second))
		c.Pass(time.Minute)
		c.Jobs()
		c.Refused(cast(c, ballots.Voter{Account: asel.Account}, "3", ballots.NewWords(), third), civic.Closed)
		c.Refused(freeze("2", time.Time{}), civic.Closed)
		if r := result(c); r.State != ballots.Counted || r.Rolled != 1 || r.Boxed != 1 || tallied(c)["2"] != 1 {
			t.Errorf("%+v, %v", r, tallied(c))
		}
		c.WantActs("record.log.opened", "ballots.vote.opened", "ballots.vote.frozen", "ballots.vote.closed", "ballots.vote.counted")
	})
}

func TestAnOptionComesBack(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		thaw := func() error {
			return c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { _, err := c.Ballots.Thaw(tx, civic.Officer, poll, "1"); return err })
		}
		c.Refused(thaw(), civic.Conflict)
		c.Write(func(tx *storage.Tx) error {
			_, err := c.Ballots.Freeze(tx, civic.Officer, poll, "1", civic.Text{"kk": "Тексеру.", "ru": "Проверка."}, time.Time{})
			return err
		})
		c.Refused(cast(c, voter(1), "1", ballots.NewWords()), civic.Conflict)
		c.Must(thaw())
		c.Must(cast(c, voter(1), "1", ballots.NewWords()))
		c.WantActs("record.log.opened", "ballots.vote.opened", "ballots.vote.frozen", "ballots.vote.released")
		if report, _ := c.Verified(); report.Compared != 1 {
			t.Errorf("the record: %+v", report)
		}
	})
}

// What a frozen option has to do with a ballot that is being cast: whoever comes first, the other meets it.
func TestFreezingMeetsCasting(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		const many = 20
		var wg sync.WaitGroup
		in := make([]bool, many)
		start := make(chan struct{})
		for i := range many {
			wg.Go(func() {
				<-start
				err := cast(c, voter(i), "1", ballots.NewWords())
				in[i] = err == nil
				if err != nil && civic.CodeOf(err) != civic.Conflict {
					t.Error(err)
				}
			})
		}
		var at int64
		wg.Go(func() {
			<-start
			c.Write(func(tx *storage.Tx) error {
				v, err := c.Ballots.Freeze(tx, civic.Officer, poll, "1", civic.Text{"kk": "Тексеру.", "ru": "Проверка."}, time.Time{})
				if err != nil {
					return err
				}
				_ = v
				at, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM ballots_roll")
				return err
			})
		})
		close(start)
		wg.Wait()
		n := int64(0)
		for _, ok := range in {
			if ok {
				n++
			}
		}
		if n != at {
			t.Errorf("%d ballots were acknowledged, %d of them before the option was frozen", n, at)
		}
	})
}

// A count that is cut short anywhere is done again, and once.
func TestACountThatWasCutShort(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		for i := range 5 {
			c.Must(cast(c, voter(i), "1", ballots.NewWords()))
		}
		c.Pass(7 * 24 * time.Hour)
		c.Write(func(tx *storage.Tx) error { // what a killed worker left
			_, err := tx.Exec("INSERT INTO ballots_published (vote, number, code, ballot) VALUES (1, 1, 'X', '2'), (1, 2, 'Y', '2')")
			return err
		})
		c.Jobs()
		c.Jobs()
		if r := result(c); r.State != ballots.Counted || r.Boxed != 5 || tallied(c)["1"] != 5 || len(published(c)) != 5 {
			t.Errorf("%+v, %v", r, tallied(c))
		}
		c.WantActs("record.log.opened", "ballots.vote.opened", "ballots.vote.closed", "ballots.vote.counted")
	})
}

func TestTheOwnerIsCalledOnce(t *testing.T) {
	citytest.EachWith(t, config(), func(t *testing.T, c *citytest.City) {
		called := 0
		c.Ballots.Own(poll.Kind, func(_ *storage.Tx, of civic.Ref) error {
			if of != poll {
				t.Errorf("called for %v", of)
			}
			called++
			return nil
		})
		begin(c, vote())
		c.Refused(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { _, err := c.Ballots.Open(tx, civic.Administrator, vote()); return err }), civic.Conflict)
		c.Must(cast(c, voter(1), "1", ballots.NewWords()))
		end(c)
		c.Jobs()
		if called != 1 {
			t.Errorf("called %d times", called)
		}
	})
}

func TestTurnoutIsTold(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		for i := range 8 {
			v := voter(i)
			if i == 7 {
				v.District = "kala" // one alone
			}
			if i == 6 {
				c.Pass(time.Hour)
			}
			c.Must(cast(c, v, "1", ballots.NewWords()))
		}
		r := result(c)
		if len(r.ByDistrict) != 1 || r.ByDistrict[0] != (ballots.Group{Code: "", Count: 8}) && r.ByDistrict[0] != (ballots.Group{Code: "abay", Count: 7}) {
			t.Errorf("by district: %+v", r.ByDistrict)
		}
		if len(r.ByAge) != 1 || r.ByAge[0] != (ballots.Group{Code: "30-44", Count: 8}) {
			t.Errorf("by age: %+v", r.ByAge)
		}
		if len(r.ByHour) != 2 || r.ByHour[citytest.Start.UTC()] != 6 {
			t.Errorf("by hour: %v", r.ByHour)
		}
	})
}

// Who was given a ballot on paper has voted; the box is opened only when the paper is in it, and counts it like any other.
func TestBallotsOnPaper(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		do := func(f func(tx *storage.Tx) error) error { return c.DB.Write(c.Ctx(), f) }
		give := func(person string) error {
			return do(func(tx *storage.Tx) error {
				return c.Ballots.GivePaper(tx, poll, ballots.CodeFor{Person: []byte(person), District: "abay"})
			})
		}
		add := func(absent int64, last bool, all ...string) error {
			return do(func(tx *storage.Tx) error {
				var list []ballots.Ballot
				for _, s := range all {
					b, _ := ballots.ParseBallot(s)
					list = append(list, b)
				}
				return c.Ballots.AddPaper(tx, poll, list, absent, last)
			})
		}
		c.Must(cast(c, voter(1), "3", ballots.NewWords()))
		c.Refused(give("a"), civic.Conflict) // there is no paper yet
		for range 2 {
			c.Must(do(func(tx *storage.Tx) error { return c.Ballots.OfferPaper(tx, civic.Officer, poll) }))
		}
		c.Must(give("a"))
		c.Must(give("b"))
		c.Must(give("c"))
		c.Refused(give("a"), civic.Conflict)
		var codes []string
		c.Write(func(tx *storage.Tx) (err error) {
			codes, err = c.Ballots.IssueCodes(tx, poll, ballots.Letter, []ballots.CodeFor{{Person: []byte("a")}})
			return err
		})
		c.Refused(cast(c, ballots.Voter{Code: codes[0]}, "1", ballots.NewWords()), civic.Conflict)
		c.Refused(add(1, true, "1", "1 2"), civic.Conflict) // before the end
		if r := end(c); r.State != ballots.Open {
			t.Errorf("the box is opened without the paper: %+v", r)
		}
		c.Refused(add(1, true, "1", "9"), civic.Invalid)
		c.Must(add(0, false, "1"))
		c.Jobs()
		if r := result(c); r.State != ballots.Open {
			t.Errorf("the box is opened before the last paper: %+v", r)
		}
		c.Must(add(1, true, "1 2"))
		c.Refused(add(1, true, "1", "1 2"), civic.Conflict)
		c.Jobs()
		if r := result(c); r.State != ballots.Counted || r.Rolled != 4 || r.Boxed != 3 || r.Absent != 1 || !maps.Equal(tallied(c), map[string]int{"1": 1, "1 2": 1, "3": 1}) {
			t.Errorf("%+v, %v", r, tallied(c))
		}
		c.Browser(nil).Get("/ru"+ballots.Path(result(c).ID)).Want(200, "1 бумажный бюллетень").Main().Lacks("расходятся")
		c.SkipActs()
		votes := ballots.Claims{}
		for _, a := range c.Acts("ballots.vote.counted") {
			votes.Add(a.Index, a.Entry)
		}
		if err := votes.Check(c.Ctx(), served{c}); err != nil || len(votes) != 1 {
			t.Errorf("birge verify: %v", err)
		}
	})
}

// The page of the box, as a visitor sees it.
func TestPageOfTheBox(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		words := ballots.NewWords()
		c.Must(cast(c, voter(1), "1 3", words))
		visitor := c.Browser(nil)
		path := "/ru" + ballots.Path(result(c).ID)
		visitor.Get(path).Want(200, "Парк", "человек проголосовал").Main().Lacks("Все бюллетени")
		visitor.Post(path+"/find", "words", words.String(civic.Russian)).Want(409)
		end(c)
		visitor.Get(path).Want(200, "Все бюллетени", "1 3", "sha256:")
		visitor.Get(path[3:]+"/list.csv").Want(200, "number,code,ballot", "1,", ",1 3")
		visitor.Post(path+"/find", "words", words.String(civic.Kazakh)).Want(200, "Вот ваш бюллетень", "Скамейка", "Фонтан")
		visitor.Post(path+"/find", "words", "akk "+words.String(civic.Kazakh)).Want(422, "8 слов", words.String(civic.Kazakh))
		visitor.Post(path+"/find", "words", ballots.NewWords().String(civic.English)).Want(404)
		visitor.Get("/ru/ballots/none").Want(404)
	})
}

// A box that is too large to be held at once is read for a part of its ballots, in the order that was drawn. By hand: of 64 MiB each of 200 bytes beside its own length has its share, and at least a thousand are held.
func TestPartsOfABox(t *testing.T) {
	each(t, vote(), func(t *testing.T, c *citytest.City) {
		for i := range 9 {
			c.Must(cast(c, voter(i), "1", ballots.NewWords()))
		}
		c.Read(func(tx *storage.Tx) error {
			ids, err := storage.All(tx, storage.Scalar[[]byte], "SELECT id FROM ballots_box ORDER BY id")
			c.Must(err)
			v, err := c.Ballots.ByRef(tx, poll)
			c.Must(err)
			want := [][]byte{ids[7], ids[2], ids[4]}
			if got, err := ballots.InOrder(tx, v, want); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("read %x, want %x: %v", got, want, err)
			}
			return nil
		})
	})
	for longest, want := range map[int]int{0: 335_544, 824: 65_536, 1 << 20: 1_000} {
		if got := (ballots.Vote{}).Windowed(longest); got != want {
			t.Errorf("of ballots of %d bytes %d are held, want %d", longest, got, want)
		}
	}
}
