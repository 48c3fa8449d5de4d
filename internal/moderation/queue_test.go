package moderation_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Things of two kinds stand in one order, what is near its time first, and page by page each once.
func TestTheQueueIsReadPageByPage(t *testing.T) {
	each(t, func(t *testing.T, w *wall) {
		w.wait(notes, 20, 0)
		w.wait(pictures, 15, time.Hour)
		var got []string
		pages := 0
		for after, more := "", true; more && pages < 10; pages++ {
			q, err := w.Moderation.Queue(w.Ctx(), moderator(1), civic.Ref{}, after)
			w.Must(err)
			got = append(got, words(q.Free)...)
			after, more = q.Next, q.Next != ""
		}
		want := slices.Concat(names(pictures, 15), names(notes, 20))
		if !slices.Equal(got, want) || pages < 3 {
			t.Errorf("%d pages: %v", pages, got)
		}
	})
}

// What a moderator has stands before them whatever came in front meanwhile, and stays theirs when
// they take more.
func TestOnesOwnStaysOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, w *wall) {
		w.Set("moderation.claim_most", 3)
		w.wait(notes, 5, 0)
		take := func() int {
			n, err := w.Moderation.Take(w.Ctx(), moderator(1), civic.Ref{})
			w.Must(err)
			return n
		}
		take()
		w.wait(pictures, 30, time.Hour)
		q, err := w.Moderation.Queue(w.Ctx(), moderator(1), civic.Ref{}, "")
		w.Must(err)
		if n := take(); n != 3 || !slices.Equal(words(q.Mine), names(notes, 3)) {
			t.Errorf("%d taken, %v", n, words(q.Mine))
		}
		w.things[notes][1].Waits = false // somebody's thing was withdrawn: there is room for another
		take()
		q, err = w.Moderation.Queue(w.Ctx(), moderator(1), civic.Ref{}, "")
		w.Must(err)
		if got := words(q.Mine); !slices.Equal(got, []string{pictures + "1", notes + "1", notes + "3"}) {
			t.Errorf("%v", got)
		}
	})
}

// Two moderators who take at once have nothing in common: one chooses after the other. Whoever comes
// first into the choosing stays there until the other waits for its turn, or has come in too, so
// that without the lock this test fails on PostgreSQL every time; SQLite has one writer.
func TestTakingTakesTurns(t *testing.T) {
	each(t, func(t *testing.T, w *wall) {
		w.Set("moderation.claim_most", 3)
		w.wait(notes, 5, 0)
		var first, together atomic.Bool
		var inside atomic.Int32
		w.inside = func(tx *storage.Tx) {
			defer inside.Add(-1)
			if inside.Add(1) > 1 {
				together.Store(true)
			}
			if tx.Engine() == storage.PostgreSQL && first.CompareAndSwap(false, true) {
				for !together.Load() && lockWaits(tx) == 0 {
				}
			}
		}
		var wg sync.WaitGroup
		for n := range 2 {
			wg.Go(func() {
				if _, err := w.Moderation.Take(w.Ctx(), moderator(n), civic.Ref{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.inside = nil
		var taken []string
		for n := range 2 {
			q, err := w.Moderation.Queue(w.Ctx(), moderator(n), civic.Ref{}, "")
			w.Must(err)
			taken = append(taken, words(q.Mine)...)
		}
		slices.Sort(taken)
		if together.Load() || !slices.Equal(taken, names(notes, 5)) {
			t.Errorf("both chose at once: %t; taken: %v", together.Load(), taken)
		}
	})
}

// Moderators are told once in a while what waits, each by one mail; others, and when nothing waits,
// nobody.
func TestModeratorsAreToldWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, w *wall) {
		first, second, officer := w.With(w.Resident(civic.English), civic.Grant{Role: civic.Moderator}), w.Moderator(), w.Officer(w.Body("Әкімдік"))
		w.Jobs()
		before := len(w.Letters())
		w.wait(notes, 3, 0)
		w.Pass(time.Hour)
		w.Jobs()
		if n := len(w.Letters()) - before; n != 2 || len(w.Told(first)) != 1 || len(w.Told(second)) != 1 || len(w.Told(officer)) != 0 {
			t.Errorf("%d mails, told %v", n, w.Told(first))
		}
		if letter := w.Letter(first.Email); !strings.Contains(letter.Subject, "3 things wait for a moderator") || !strings.Contains(letter.Text, "/en/desk/moderation") {
			t.Errorf("%+v", letter)
		}
		w.Pass(20 * time.Hour)
		w.Jobs()
		if n := len(w.Told(first)); n != 1 {
			t.Errorf("told %d times within a day", n)
		}
		w.Pass(4 * time.Hour)
		w.Jobs()
		if n := len(w.Told(first)); n != 2 {
			t.Errorf("told %d times in two days", n)
		}
		w.things[notes] = nil
		w.Pass(48 * time.Hour)
		w.Jobs()
		w.Set("moderation.digest_hours", 0)
		w.wait(notes, 1, 0)
		w.Pass(48 * time.Hour)
		w.Jobs()
		if n := len(w.Told(first)); n != 2 {
			t.Errorf("told %d times, though nothing waited or nobody is to be told", n)
		}
	})
}
