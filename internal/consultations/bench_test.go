package consultations

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
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

// Durable votes of 64 clients on 20 consultations of 100 statements, with the totals following as
// they do in the program; the time ends when the last vote is in them.
func BenchmarkVotesWithTotals(b *testing.B) {
	for name, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			c, ids := openMany(b, database(b), 20, 100)
			ctx, stop := context.WithCancel(b.Context())
			var wg, folding sync.WaitGroup
			work := make(chan int)
			for range 64 {
				wg.Go(func() {
					for i := range work {
						if err := c.Vote(ctx, ids[i/100%20], voter(i/2000), int64(1+i%100), Agree); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			before := processorTime()
			folding.Go(func() { _ = c.watch(ctx) })
			for i := range b.N {
				work <- i
			}
			close(work)
			wg.Wait()
			stop()
			folding.Wait()
			must(b, c.Fold(b.Context()))
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "votes/s")
			b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(b.N), "cpu-µs/vote")
		})
	}
}

// Fold: five thousand votes on two thousand statements, as one transaction takes them.
func BenchmarkFold(b *testing.B) {
	for name, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			c, _ := openMany(b, database(b), 20, 100)
			used := time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				must(b, c.db.Write(b.Context(), func(tx *storage.Tx) error {
					var rows [][]any
					for i := range 5000 {
						rows = append(rows, []any{2 + i%20, 1 + i/20%100, Agree, unanswered, false, storage.Millis(tx.Now())})
					}
					return tx.Insert("consultations_vote_new (consultation, statement, choice, former, newcomer, at)", rows)
				}))
				b.StartTimer()
				before := processorTime()
				must(b, c.Fold(b.Context()))
				used += processorTime() - before
			}
			b.ReportMetric(used.Seconds()*1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// openMany is a city with so many open consultations of so many statements; their numbers begin at 2.
func openMany(b *testing.B, dsn string, consultations, statements int) (c *testCity, ids []civic.ID) {
	c = newCity(b, citytest.Open(b, dsn, app.Config{Capabilities: []capability.Capability{Capability()}}))
	seeds := make([]string, statements)
	for i := range seeds {
		seeds[i] = fmt.Sprint("Саябаққа керек нәрсе, нөмірі ", i)
	}
	for range 1 + consultations {
		ids = append(ids, opened(c, nil, seeds...))
	}
	return c, ids[1:]
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
			"list":    func() error { _, err := c.List(b.Context(), Open, city.Scope{}, ""); return err },
			"search":  func() error { _, err := c.Search(b.Context(), "саябақтар", city.Scope{}); return err },
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

// What the home page and the feed ask of the consultations, in a city with a hundred and with ten
// thousand. "ratio" is how much longer it takes.
func BenchmarkManyConsultations(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			took := map[string]float64{}
			for _, n := range []int{100, 10_000} {
				c := archive(b, database(b), n)
				read := func(ask func(tx *storage.Tx) error) func() error {
					return func() error { return c.db.Read(b.Context(), ask) }
				}
				for name, ask := range map[string]func() error{
					"feed":    func() error { _, err := c.Latest(b.Context()); return err },
					"now":     read(func(tx *storage.Tx) error { _, _, err := c.now(tx, 3); return err }),
					"came":    read(func(tx *storage.Tx) error { _, err := c.came(tx, 3); return err }),
					"numbers": read(func(tx *storage.Tx) error { _, err := c.numbers(tx, tx.Now().AddDate(0, 0, -30)); return err }),
				} {
					b.Run(fmt.Sprintf("%s/consultations=%d", name, n), func(b *testing.B) {
						for b.Loop() {
							must(b, ask())
						}
						each := float64(b.Elapsed()) / float64(b.N)
						if n == 100 {
							took[name] = each
						} else {
							b.ReportMetric(each/took[name], "ratio")
						}
					})
				}
			}
		})
	}
}

// archive is a city with so many consultations, most of them answered long ago; ten are open.
func archive(b *testing.B, dsn string, n int) *testCity {
	c := newCity(b, citytest.Open(b, dsn, app.Config{Capabilities: []capability.Capability{Capability()}}))
	must(b, c.db.Write(b.Context(), func(tx *storage.Tx) error {
		for i := range n {
			began := tx.Now().AddDate(0, 0, -90-i/10)
			one := Consultation{no: int64(i + 1), ID: civic.ID(fmt.Sprintf("%026d", i)), Phase: Answered, Question: civic.Text{"kk": "Саябаққа не керек?"},
				Host: akimat, Body: akimat, Audience: Anyone, AnswerDays: 15, CreatedAt: began, PublishedAt: began, OpensAt: began,
				ClosesAt: began.AddDate(0, 0, 30), ClosedAt: began.AddDate(0, 0, 30), AnsweredAt: began.AddDate(0, 0, 40)}
			if i < 10 {
				one.Phase, one.ClosesAt, one.ClosedAt, one.AnsweredAt = Open, tx.Now().AddDate(0, 0, 30), time.Time{}, time.Time{}
			}
			if err := errors.Join(insert(tx, one, civic.Text{}), update(tx, one), addToTotals(tx, one.no, 5000, 100)); err != nil {
				return err
			}
			if one.Phase == Answered {
				if err := addToCity(tx, one.AnsweredAt.Format(time.DateOnly), Numbers{Answered: 1}); err != nil {
					return err
				}
			}
			for d := range 5 {
				if err := addToDay(tx, one.no, began.AddDate(0, 0, d).Format(time.DateOnly), 1000, 20); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	must(b, c.db.Write(b.Context(), func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE consultations_consultation"); return err }))
	return c
}

// The pages of a large consultation, with a map of 1,000 statements, as a browser gets them that holds a
// cookie: somebody who takes part, and somebody who is signed in.
func BenchmarkPagesOfOne(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			c, id := talkedAbout(b, database(b), 1000, 2000, 100)
			const token = "0123456789abcdef0123456789abcdef"
			must(b, c.Vote(b.Context(), id, Voter{Token: token}, 7, Agree))
			must(b, c.Fold(b.Context()))
			session := c.SignIn(c.Known(resident(1))).Cookie
			for _, path := range []string{"", "/results", "/map"} {
				for _, cookie := range []*http.Cookie{{Name: participantCookie, Value: token}, {Name: "birge_session", Value: session}} {
					b.Run(cmp.Or(path, "/")+"/"+cookie.Name, func(b *testing.B) {
						r := httptest.NewRequest("GET", citytest.Origin+"/kk"+Path(id)+path, nil)
						r.Header.Set("Accept-Encoding", "gzip")
						r.AddCookie(cookie)
						bytes, before := 0, processorTime()
						for b.Loop() {
							w := httptest.NewRecorder()
							if c.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
								b.Fatal(w.Code)
							}
							bytes = w.Body.Len()
						}
						b.ReportMetric((processorTime()-before).Seconds()*1000/float64(b.N), "cpu-ms/op")
						b.ReportMetric(float64(bytes)/1000, "kB")
					})
				}
			}
		})
	}
}

// talkedAbout is a city with one open consultation on which so many people in two camps voted, and its map.
func talkedAbout(b *testing.B, dsn string, statements, people, each int) (*testCity, civic.ID) {
	c, ids := openMany(b, dsn, 1, 10)
	rng := rand.New(rand.NewPCG(1, 2))
	must(b, c.db.Write(b.Context(), func(tx *storage.Tx) error {
		at, err := find(tx, ids[0])
		if err != nil {
			return err
		}
		for i := 10; i < statements; i++ {
			if _, err := insertStatement(tx, at, Statement{Text: fmt.Sprint("Саябаққа тағы не керек, нөмірі ", i), State: Shown, author: noAuthor, DecidedAt: tx.Now()}); err != nil {
				return err
			}
		}
		counts := make([]Count, statements+1)
		var rows []importVote
		var who []importParticipant
		for p := range int64(people) {
			who = append(who, importParticipant{no: p, voted: true})
			for _, no := range rng.Perm(statements)[:each] {
				choice := Agree
				if rng.IntN(5) == 0 || (int64(no)+p)%2 == 0 && rng.IntN(3) > 0 {
					choice = Disagree
				}
				counts[no+1].add(choice, 1)
				rows = append(rows, importVote{participant: p, statement: int64(no + 1), choice: choice, at: storage.Millis(tx.Now()), seq: -int64(len(rows))})
			}
		}
		for no, n := range counts[1:] {
			if err := addToStatement(tx, at.no, int64(no+1), n); err != nil {
				return err
			}
		}
		return errors.Join(countStatements(tx, at), importParticipants(tx, at.no, who), importVotes(tx, "consultations_vote", at.no, rows),
			addToTotals(tx, at.no, int64(len(rows)), int64(people)))
	}))
	must(b, c.makeMap(b.Context(), ids[0], true))
	return c, ids[0]
}

// The job that makes a map, of a million votes unless BIRGE_BENCH_VOTES says otherwise.
func BenchmarkMapJob(b *testing.B) {
	votes := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("BIRGE_BENCH_VOTES")); err == nil {
		votes = n
	}
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			c, id := talkedAbout(b, database(b), 1000, votes/100, 100)
			b.ResetTimer()
			before := processorTime()
			for b.Loop() {
				c.pass(time.Second)
				must(b, c.makeMap(b.Context(), id, true))
			}
			b.ReportMetric((processorTime()-before).Seconds()/float64(b.N), "cpu-s/op")
		})
	}
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
