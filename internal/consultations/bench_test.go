package consultations

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Durable votes on SQLite. "alone" is one vote, one fsync: the next vote is sent when the
// one before is on disk. "clients=64" shares commits. The issue asks for at least 5 times
// as many; "ratio" reports it from one run.
func BenchmarkDurableVotes(b *testing.B) {
	rate := map[int]float64{}
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			c, id := benchCity(b)
			work := make(chan int)
			var wg sync.WaitGroup
			for range clients {
				wg.Go(func() {
					for i := range work {
						if err := c.Vote(b.Context(), id, voter(i/12), int64(1+i%12), Agree); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				work <- i
			}
			close(work)
			wg.Wait()
			b.StopTimer()
			rate[clients] = float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate[clients], "votes/s")
			if clients > 1 {
				b.ReportMetric(rate[clients]/rate[1], "ratio")
			}
		})
	}
}

func benchCity(b *testing.B) (*testCity, civic.ID) {
	c := newCity(b, citytest.Open(b, storagetest.SQLite(b), app.Config{Capabilities: []capability.Capability{Capability()}}))
	seeds := make([]string, 12)
	for i := range seeds {
		seeds[i] = fmt.Sprint("Пікір нөмірі ", i)
	}
	set := settingsFor(c, seeds...)
	set.OpensAt, set.ClosesAt = c.Now(), c.Now().AddDate(0, 1, 0)
	id, err := c.Create(b.Context(), officer(akimat), set)
	must(b, err)
	must(b, c.Publish(b.Context(), officer(akimat), id))
	return c, id
}

// Pages on a hundredth of the data and on all of it, without the cache. "ratio" is how much
// longer they take; the issue asks for at most 1.5. BIRGE_BENCH_VOTES sets the size; the
// issue's is 5000000 votes in 200 consultations, which takes some minutes to make.
func BenchmarkPagesAtScale(b *testing.B) {
	all := 500_000
	if n, err := strconv.Atoi(os.Getenv("BIRGE_BENCH_VOTES")); err == nil {
		all = n
	}
	took := map[string]float64{}
	for _, votes := range []int{all / 100, all} {
		c, id := filled(b, votes)
		v := Voter{Actor: resident(0)}
		for name, page := range map[string]func() error{
			"list":    func() error { _, err := c.List(b.Context(), Open, ""); return err },
			"search":  func() error { _, err := c.Search(b.Context(), "саябақтар"); return err },
			"one":     func() error { _, err := c.View(b.Context(), id, v, 0); return err },
			"mine":    func() error { _, err := c.MyVotes(b.Context(), id, v, -1); return err },
			"results": func() error { _, err := c.Results(b.Context(), id, civic.Actor{}, "agreed", "shown", ""); return err },
			"desk":    func() error { _, err := c.Desk(b.Context(), officer(akimat), 0); return err },
			"vote":    func() error { return c.Vote(b.Context(), id, v, 1, Choice(rand.IntN(3)-1)) },
		} {
			b.Run(fmt.Sprintf("%s/votes=%d", name, votes), func(b *testing.B) {
				for b.Loop() {
					must(b, page())
				}
				each := float64(b.Elapsed()) / float64(b.N)
				if votes < all {
					took[name] = each
				} else {
					b.ReportMetric(each/took[name], "ratio")
				}
			})
		}
	}
}

// filled is a city with so many votes: in each consultation people voted on all of 100
// statements. There are at least so many consultations that lists have a full page.
func filled(b *testing.B, votes int) (*testCity, civic.ID) {
	const statements = 100
	consultations := max(25, votes/(250*statements))
	people := votes / (consultations * statements)
	c, id := benchCity(b)
	seeds := make([]string, statements)
	for i := range seeds {
		seeds[i] = fmt.Sprint("Саябаққа керек нәрсе, нөмірі ", i)
	}
	for n := range consultations {
		set := settingsFor(c, seeds...)
		set.OpensAt, set.ClosesAt = c.Now(), c.Now().AddDate(0, 1, n%20)
		var err error
		id, err = c.Create(b.Context(), officer(akimat), set)
		must(b, err)
		must(b, c.Publish(b.Context(), officer(akimat), id))
		var rows []importVote
		for p := range int64(people) {
			for no := range int64(statements) {
				rows = append(rows, importVote{participant: p, statement: no + 1, choice: Choice((p+no)%3 - 1), at: 1, seq: -int64(len(rows))})
			}
		}
		must(b, c.db.Write(b.Context(), func(tx *storage.Tx) error {
			at, err := find(tx, id)
			if err != nil {
				return err
			}
			for p := range int64(people) {
				if _, err := tx.Exec("INSERT INTO consultations_participant (consultation, no, account, voted) VALUES ($1, $2, $3, TRUE)", at.no, p, resident(int(p)).Account); err != nil {
					return err
				}
			}
			return importVotes(tx, "consultations_vote", at.no, rows)
		}))
	}
	return c, id
}

// The list as a person who is signed in gets it, in a whole city: never from the cache. The issue allows
// 0.6 ms of CPU.
func BenchmarkSignedInList(b *testing.B) {
	c, _ := filled(b, 2500)
	r := httptest.NewRequest("GET", citytest.Origin+"/kk/consultations", nil)
	r.AddCookie(&http.Cookie{Name: "birge_session", Value: c.SignIn(c.Known(resident(1))).Cookie})
	w := httptest.NewRecorder()
	if c.Handler().ServeHTTP(w, r); strings.Count(w.Body.String(), `href="/kk/consultations/0`) < pageSize {
		b.Fatal("the list is not full", w.Code, w.Body)
	}
	for b.Loop() {
		w := httptest.NewRecorder()
		if c.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
