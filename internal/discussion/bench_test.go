package discussion_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// crowd is a city in which n comments stand under one consultation, every fourth a reply, every twentieth removed, and every
// tenth found useful by somebody; and in which something was said under n other things.
func crowd(b *testing.B, database string, n int) *town {
	c := newTown(citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{consultations.Capability()}}), nil)
	const day = 86_400_000
	now, body := c.Now().UnixMilli(), organisations.RefOf(c.akimat).String()
	c.Write(func(tx *storage.Tx) error {
		var threads [][]any
		threads = append(threads, []any{1, c.thing.String(), body, n, 0, now})
		for no := 2; no <= n+1; no++ {
			threads = append(threads, []any{no, organisations.RefOf(civic.ID(fmt.Sprintf("%026d", no))).String(), body, 1 + no%40, no % 3, now - int64(no%365)*day})
		}
		if err := tx.Insert("discussion_thread (no, thing, body, comments, unanswered, last_at)", threads); err != nil {
			return err
		}
		var voices [][]any
		for v := range 500 {
			voices = append(voices, []any{fmt.Sprint("voice-", v), 1, fmt.Sprint("account-", v), v + 1, []string{"for", "against"}[v%2]})
		}
		return tx.Insert("discussion_voice (id, thread, account, no, side)", voices)
	})
	for first := 1; first <= n; first += 5_000 {
		var rows [][]any
		for no := first; no < first+5_000 && no <= n; no++ {
			state, stance, parent := "shown", []string{"for", "against", "question"}[no%3], 0
			if no%4 == 0 {
				stance, parent = "", no-no%4-1-(no%8)/4
			}
			if no%20 == 7 {
				state = "removed"
			}
			useful := no % 10 / 9
			rows = append(rows, []any{no, civic.NewID(c.Now()), 1, parent, fmt.Sprint("voice-", no%500), stance, `{"kk":"Саябақта көлеңке аз, жазда отыру мүмкін емес."}`, state, now, now, now - int64(n-no)*100, 0, useful, 1 + (no*7919)%400})
		}
		c.Write(func(tx *storage.Tx) error {
			return tx.Insert("discussion_comment (no, id, thread, parent, voice, stance, words, state, said_at, shown_at, decided_at, replies, useful, bridge)", rows)
		})
	}
	if c.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		for _, table := range []string{"discussion_comment", "discussion_thread"} {
			c.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE " + table); return err })
		}
	}
	c.Write(func(tx *storage.Tx) error {
		_, err := tx.Exec("UPDATE discussion_comment SET replies = 1 WHERE no % 4 = 3")
		return err
	})
	return c
}

// A page of a thread in each order, and of the list of threads, among a thousand and among a hundred thousand.
// "ratio" is how much longer it takes; docs/scale.md promises 1.5.
func BenchmarkManyComments(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			took := map[string]float64{}
			for _, n := range []int{1_000, 100_000} {
				c := crowd(b, database(b), n)
				page := func(q discussion.Query) func() int {
					return func() int {
						q.Thing = c.thing
						v, err := c.Discussion.View(b.Context(), civic.Actor{}, q)
						c.Must(err)
						return len(v.Items)
					}
				}
				middle := func(sort discussion.Sort) string { // a cursor in the midst of a list
					v, err := c.Discussion.View(b.Context(), civic.Actor{}, discussion.Query{Thing: c.thing, Sort: sort})
					c.Must(err)
					return v.Next
				}
				for name, look := range map[string]func() int{
					"newest":         page(discussion.Query{Sort: discussion.Newest}),
					"newest, later":  page(discussion.Query{Sort: discussion.Newest, After: middle(discussion.Newest)}),
					"useful":         page(discussion.Query{Sort: discussion.MostUseful}),
					"useful, later":  page(discussion.Query{Sort: discussion.MostUseful, After: middle(discussion.MostUseful)}),
					"questions":      page(discussion.Query{Sort: discussion.Newest, Stance: discussion.Question}),
					"useful against": page(discussion.Query{Sort: discussion.MostUseful, Stance: discussion.Against}),
					"list of threads": func() int {
						_, next, err := c.Discussion.Threads(b.Context(), discussion.ThreadQuery{})
						c.Must(err)
						return len(next)
					},
				} {
					b.Run(fmt.Sprintf("%s/comments=%d", name, n), func(b *testing.B) {
						for b.Loop() {
							if look() == 0 {
								b.Fatal("nothing is listed")
							}
						}
						each := float64(b.Elapsed()) / float64(b.N) / float64(time.Microsecond)
						if n == 1_000 {
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

// One mark in a thread and what is counted anew after it, among a thousand comments and among a hundred thousand.
func BenchmarkFoldAfterAMark(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		for _, n := range []int{1_000, 100_000} {
			b.Run(fmt.Sprintf("%s/comments=%d", engine, n), func(b *testing.B) {
				c := crowd(b, database(b), n)
				c.Set("discussion.useful_per_hour", 10_000)
				v, err := c.Discussion.View(b.Context(), civic.Actor{}, discussion.Query{Thing: c.thing, Sort: discussion.Newest})
				c.Must(err)
				who := civic.Actor{Account: "account-1", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Resident}}}
				on := false
				for b.Loop() {
					on = !on
					c.Must(c.Discussion.Useful(b.Context(), who, v.Items[1].ID, on, ""))
					c.Must(c.Discussion.Fold(b.Context()))
				}
			})
		}
	}
}

// A page of the moderators' queue at its beginning and in its midst, the queue of one thing, and taking what is near its time, among a
// thousand comments that wait and among a hundred thousand. "ratio" is how much longer it takes; docs/scale.md promises 1.5.
func BenchmarkManyWaiting(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			took := map[string]float64{}
			for _, n := range []int{1_000, 100_000} {
				c := crowd(b, database(b), n)
				c.Write(func(tx *storage.Tx) error {
					_, err := tx.Exec("UPDATE discussion_comment SET decided_at = 0, state = 'shown'")
					return err
				})
				if c.DB.Engine() == storage.PostgreSQL {
					c.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE discussion_comment"); return err })
				}
				who := c.Moderator().Actor
				queue := func(of civic.Ref, after string) moderation.Queue {
					q, err := c.Moderation.Queue(b.Context(), who, of, after)
					c.Must(err)
					return q
				}
				middle := "discussion.comment=" + storage.PlaceAt(c.Now().UnixMilli(), int64(n/2)).String()
				for name, look := range map[string]func() int{
					"queue":        func() int { return len(queue(civic.Ref{}, "").Free) },
					"later":        func() int { return len(queue(civic.Ref{}, middle).Free) },
					"of one thing": func() int { return len(queue(c.thing, "").Free) },
					"take": func() int {
						n, err := c.Moderation.Take(b.Context(), who, civic.Ref{})
						c.Must(err)
						c.Must(c.Moderation.GiveBack(b.Context(), who))
						return n
					},
				} {
					b.Run(fmt.Sprintf("%s/waiting=%d", name, n), func(b *testing.B) {
						for b.Loop() {
							if look() == 0 {
								b.Fatal("nothing waits")
							}
						}
						each := float64(b.Elapsed()) / float64(b.N) / float64(time.Microsecond)
						if n == 1_000 {
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
