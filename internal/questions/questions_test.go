package questions_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

func both(s string) civic.Text { return civic.Text{civic.Kazakh: s, civic.Russian: s} }

var (
	call     = civic.Ref{Kind: "test.call", ID: "one"}
	next     = civic.Ref{Kind: "test.call", ID: "two"}
	ngo      = civic.Ref{Kind: "test.organisation", ID: "ngo"}
	register = civic.Ref{Kind: "test.organisation", ID: "register"}
)

func application(id string) civic.Ref {
	return civic.Ref{Kind: "test.application", ID: civic.ID(id)}
}

func form() questions.Form {
	return questions.Form{
		{Key: "title", Sort: questions.Line, Label: both("T"), Required: true},
		{Key: "bin", Sort: questions.Line, Label: both("B"), Known: "register.bin"},
		{Key: "mission", Sort: questions.Words, Label: both("M"), Known: "pool.mission"},
		{Key: "partner", Sort: questions.YesNo, Label: both("P")},
		{Key: "whose", Sort: questions.Line, Label: both("W"), Required: true, When: []questions.Condition{{Question: "partner", Is: []string{questions.Yes}}}},
	}
}

func frozen(c *citytest.City, owner civic.Ref, f questions.Form) (k questions.Kept) {
	c.Write(func(tx *storage.Tx) (err error) {
		if _, err = questions.Put(tx, owner, "application", f); err == nil {
			k, err = questions.Freeze(tx, owner, "application")
		}
		return err
	})
	return k
}

func begin(c *citytest.City, owner, about civic.Ref, known ...questions.Given) (s questions.Sheet) {
	c.Write(func(tx *storage.Tx) (err error) {
		s, err = questions.Begin(tx, owner, "application", about, ngo, known)
		return err
	})
	return s
}

func save(c *citytest.City, about civic.Ref, key string, seen int64, typed ...string) (a questions.Answer, err error) {
	err = c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
		var failed error
		a, failed = questions.Save(tx, about, key, seen, typed)
		return failed
	})
	return a, err
}

func file(c *citytest.City, about civic.Ref) (f questions.Filing, err error) {
	err = c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
		var failed error
		f, failed = questions.File(tx, about)
		return failed
	})
	return f, err
}

func sheet(c *citytest.City, about civic.Ref) (s questions.Sheet) {
	c.Read(func(tx *storage.Tx) (err error) {
		s, err = questions.Of(tx, about)
		return err
	})
	return s
}

// Two people of an NGO answer, find each other's words, hand in, are asked once more for one thing, and find their mission again in
// the next call.
func TestAnApplicationIsAnswered(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		one := application("one")
		c.Refused(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
			_, err := questions.Begin(tx, call, "application", one, ngo, nil)
			return err
		}), civic.Closed)
		kept := frozen(c, call, form())
		s := begin(c, call, one, questions.Given{Known: "register.bin", Said: []string{" 990140000025 "}, From: register},
			questions.Given{Known: "register.bin", Said: []string{"another"}}, questions.Given{Known: "pool.age", Said: []string{"7"}})
		if a := s.Answers["bin"]; len(s.Answers) != 1 || a.From != register || a.Said[0] != "990140000025" || s.Form.Hash != kept.Hash {
			t.Errorf("%+v", s)
		}
		if again := begin(c, call, one); again.ID != s.ID || len(again.Answers) != 1 {
			t.Errorf("begun again: %+v", again)
		}

		first, err := save(c, one, "title", 0, "Жас толқын")
		c.Must(err)
		theirs, err := save(c, one, "title", 0, "Young wave") // who has not seen it
		c.Refused(err, civic.Conflict)
		if theirs.Said[0] != "Жас толқын" || theirs.Version != first.Version {
			t.Errorf("the other's words are not shown: %+v", theirs)
		}
		_, err = save(c, one, "title", 0, "Жас толқын") // the answer of a phone that lost the reply
		c.Must(err)
		_, err = save(c, one, "title", first.Version, "Young wave")
		c.Must(err)
		c.Read(func(tx *storage.Tx) error {
			all, err := questions.History(tx, one, "title", 10)
			if len(all) != 2 || all[1].Said[0] != "Жас толқын" {
				t.Errorf("a word was lost: %+v", all)
			}
			return err
		})
		_, err = save(c, one, "partner", 0, "yes")
		c.Must(err)
		_, err = save(c, one, "partner", 1, "perhaps")
		c.Refused(err, civic.Invalid)
		_, err = save(c, one, "colour", 0, "red")
		c.Refused(err, civic.NotFound)
		_, err = file(c, one)
		c.Refused(err, civic.Invalid)
		if !strings.Contains(err.Error(), "whose: questions.missing") || strings.Contains(err.Error(), "title:") {
			t.Error(err)
		}
		_, err = save(c, one, "whose", 0, "Partner")
		c.Must(err)
		_, err = save(c, one, "mission", 0, "Балаларға")
		c.Must(err)
		filing, err := file(c, one)
		c.Must(err)
		// as anybody computes it from what the receipt shows
		said := fmt.Sprintf(`{"answers":{"bin":["990140000025"],"mission":["Балаларға"],"partner":["yes"],"title":["Young wave"],"whose":["Partner"]},"at":%d,"form":"%s"}`, c.Now().UnixMilli(), kept.Hash)
		if want := fmt.Sprintf("%x", sha256.Sum256([]byte(said))); filing.Hash != want || filing.Version != 1 {
			t.Errorf("%+v, want %s", filing, want)
		}
		_, err = save(c, one, "title", 2, "Too late")
		c.Refused(err, civic.Closed)

		c.Pass(time.Hour)
		if again, err := file(c, one); err != nil || again.Hash != filing.Hash {
			t.Errorf("handed in twice: %+v %v", again, err)
		}
		c.Write(func(tx *storage.Tx) error { return questions.Reopen(tx, one, []string{"partner"}) })
		_, err = save(c, one, "title", 2, "Still too late")
		c.Refused(err, civic.Closed)
		_, err = save(c, one, "whose", 1, "Another") // depends on the partner
		c.Must(err)
		_, err = save(c, one, "partner", 1, "no")
		c.Must(err)
		second, err := file(c, one)
		c.Must(err)
		if second.Version != 2 || second.Answers["whose"] != nil || second.Hash == filing.Hash {
			t.Errorf("%+v", second)
		}
		c.Read(func(tx *storage.Tx) error {
			first, err := questions.FilingOf(tx, one, 1)
			if first.Answers["whose"][0] != "Partner" || first.Hash != filing.Hash {
				t.Errorf("who read the first version, reads %+v", first)
			}
			return err
		})

		frozen(c, next, form())
		var pool []questions.Given
		c.Read(func(tx *storage.Tx) (err error) {
			pool, err = questions.Pool(tx, ngo)
			return err
		})
		if a := begin(c, next, application("two"), pool...).Answers["mission"]; len(a.Said) != 1 || a.Said[0] != "Балаларға" || a.From != one {
			t.Errorf("the mission of the last application: %+v", a)
		}
		c.Write(func(tx *storage.Tx) error { return questions.Forget(tx, one) })
		c.Refused(c.DB.Read(c.Ctx(), func(tx *storage.Tx) error { _, err := questions.Of(tx, one); return err }), civic.NotFound)
		c.Read(func(tx *storage.Tx) (err error) {
			if pool, err = questions.Pool(tx, ngo); len(pool) != 0 {
				t.Errorf("left behind: %+v", pool)
			}
			return err
		})
	})
}

// A frozen form stays as it is: a change is the next version, and who answers the one before goes on with it.
func TestAFrozenFormStays(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		var draft questions.Kept
		c.Write(func(tx *storage.Tx) (err error) {
			draft, err = questions.Put(tx, call, "application", questions.Form{{Key: "title"}})
			return err
		})
		c.Refused(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { _, err := questions.Freeze(tx, call, "application"); return err }), civic.Invalid)
		first := frozen(c, call, form())
		if draft.Version != 1 || first.Version != 1 || draft.Frozen() || !first.Frozen() {
			t.Errorf("%+v\n%+v", draft, first)
		}
		begin(c, call, application("one"))
		c.Pass(time.Hour)
		var again questions.Kept
		c.Write(func(tx *storage.Tx) (err error) {
			again, err = questions.Freeze(tx, call, "application")
			return err
		})
		if again.Hash != first.Hash || !again.FrozenAt.Equal(first.FrozenAt) {
			t.Errorf("frozen again: %+v", again)
		}
		second := frozen(c, call, form()[:2])
		if second.Version != 2 || second.Hash == first.Hash {
			t.Errorf("%+v", second)
		}
		if s := sheet(c, application("one")); s.Form.Version != 1 || len(s.Form.Form) != 5 {
			t.Errorf("the questions changed under who answers them: %+v", s.Form)
		}
		if s := begin(c, call, application("two")); s.Form.Version != 2 {
			t.Errorf("%+v", s.Form)
		}
	})
}

// Many write at once: of one question one answer is taken and the others are told of it; answers to different questions do not
// touch one another; and the sheet is handed in once.
func TestManyAnswerAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		one := application("one")
		f := form()
		for i := range 20 {
			f = append(f, questions.Question{Key: fmt.Sprintf("q%d", i), Sort: questions.Line, Label: both("Q")})
		}
		frozen(c, call, f)
		begin(c, call, one)
		var taken, told atomic.Int64
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				a, err := save(c, one, "title", 0, fmt.Sprint("mine ", i))
				switch {
				case err == nil:
					taken.Add(1)
				case civic.CodeOf(err) == civic.Conflict && a.Version == 1 && len(a.Said) == 1:
					told.Add(1)
				default:
					t.Error(a, err)
				}
			})
			wg.Go(func() {
				if _, err := save(c, one, fmt.Sprintf("q%d", i), 0, "x"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if said := sheet(c, one).Said(); taken.Load() != 1 || told.Load() != 19 || len(said) != 21 {
			t.Errorf("taken %d, told %d, %d answers", taken.Load(), told.Load(), len(said))
		}
		hashes := make([]string, 10)
		for i := range hashes {
			wg.Go(func() {
				filing, err := file(c, one)
				if err != nil {
					t.Error(err)
				}
				hashes[i] = filing.Hash
			})
		}
		wg.Wait()
		if slices.Sort(hashes); hashes[0] != hashes[9] || sheet(c, one).Filings != 1 {
			t.Errorf("handed in as %v", slices.Compact(hashes))
		}
	})
}
