package app_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Work that was given up waits for an administrator, who retries or discards it. The list of
// privileged acts shows that. The content of the work, such as a letter, is shown to nobody.
func TestDeadJobs(t *testing.T) {
	broken := true
	work := fair(part.Running{Jobs: []jobs.Kind{{Name: "fair.sweep", Run: func(context.Context, jobs.Job) error {
		if broken {
			return jobs.Permanent(errors.New("the broom is broken"))
		}
		return nil
	}}}})
	work.Texts = withText(work.Texts, `job_sweep = "Sweep the square"`)
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		broken = true
		admin, officer := c.Browser(c.Administrator()), c.Browser(c.Moderator())
		admin.Get("/en/administration/jobs").Want(200, "nothing was given up")
		die := func() {
			c.Write(func(tx *storage.Tx) error { return jobs.Enqueue(tx, "fair.sweep", "a secret letter", jobs.Options{}) })
			if err := c.RunJobs(c.Ctx()); err == nil || !strings.Contains(err.Error(), "broom") {
				t.Fatal(err)
			}
		}
		die()
		officer.Get("/en/administration/jobs").Want(403)
		officer.Get("/en/desk").Want(200).Lacks("given up")
		admin.Get("/en/desk").Want(200, "1 piece of background work was given up")
		admin.Get("/en/administration").Want(200, "Background work", "1 given up")
		page := admin.Get("/en/administration/jobs").Want(200, "Sweep the square", "the broom is broken", "1 try").Lacks("secret")
		_, id, _ := strings.Cut(page.Body, "/en/administration/jobs/")
		id, _, _ = strings.Cut(id, "/retry")

		broken = false
		officer.Post("/en/administration/jobs/" + id + "/retry").Want(403)
		admin.Post("/en/administration/jobs/"+id+"/retry").Want(303, "/en/administration/jobs")
		c.Jobs()
		admin.Get("/en/administration/jobs").Want(200, "nothing was given up").Lacks("the broom")
		admin.Post("/en/administration/jobs/"+id+"/retry").Want(409, "no longer in the list")

		broken = true
		die()
		_, id, _ = strings.Cut(admin.Get("/en/administration/jobs").Body, "/en/administration/jobs/")
		id, _, _ = strings.Cut(id, "/retry")
		discard := "/en/administration/jobs/" + id + "/discard"
		admin.Post(discard).Want(200, "It will never be done", "Sweep the square", "the broom is broken")
		admin.Get("/en/administration/jobs").Want(200, "the broom is broken") // nothing was done yet
		admin.Post(discard, "_sure", "yes").Want(303)
		admin.Get("/en/administration/jobs").Want(200, "nothing was given up")
		admin.Post(discard, "_sure", "yes").Want(409, "no longer in the list")

		var acts []string
		for _, e := range c.Audited() {
			if e.Subject.Kind == "app.job" {
				acts = append(acts, e.Act+" "+e.Detail["kind"])
			}
		}
		slices.Sort(acts) // the clock stands still
		if got := strings.Join(acts, ", "); got != "app.job.discard fair.sweep, app.job.retry fair.sweep" {
			t.Errorf("audited: %s", got)
		}
		admin.Get("/en/desk/audit").Want(200, "Dropped failed background work")
	}, work)
}

// When many people retry or discard the same work at once, one of them does it. The others are
// told that it was done, and the list of privileged acts names it once.
func TestDeadJobsAtOnce(t *testing.T) {
	work := fair(part.Running{Jobs: []jobs.Kind{{Name: "fair.sweep", Run: func(context.Context, jobs.Job) error { return jobs.Permanent(errors.New("broken")) }}}})
	work.Texts = withText(work.Texts, `job_sweep = "Sweep the square"`)
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		admin := c.Administrator().Actor
		const rounds, each = 10, 16 // in the first PostgreSQL still opens its connections
		for act, end := range map[string]func(context.Context, civic.Actor, civic.ID) error{"app.job.retry": c.RetryJob, "app.job.discard": c.DiscardJob} {
			var did atomic.Int32
			for range rounds {
				c.Write(func(tx *storage.Tx) error {
					if _, err := tx.Exec("DELETE FROM job"); err != nil {
						return err
					}
					return jobs.Enqueue(tx, "fair.sweep", nil, jobs.Options{})
				})
				if err := c.RunJobs(c.Ctx()); err == nil {
					t.Fatal("the work was done")
				}
				_, dead, err := c.App.Jobs(c.Ctx())
				c.Must(err)
				var wg sync.WaitGroup
				for range each {
					wg.Go(func() {
						switch err := end(c.Ctx(), admin, dead[0].ID); {
						case err == nil:
							did.Add(1)
						case civic.CodeOf(err) != civic.Conflict:
							t.Error(err)
						}
					})
				}
				wg.Wait()
			}
			noted := 0
			for _, e := range c.Audited() {
				if e.Act == act {
					noted++
				}
			}
			if did.Load() != rounds || noted != rounds {
				t.Errorf("%d times %s was done %d times and noted %d times", rounds, act, did.Load(), noted)
			}
		}
	}, work)
}

// The program does not start with a kind of background work that has no name for readers.
func TestBackgroundWorkHasAName(t *testing.T) {
	_, err := openWith(t, fair(part.Running{Jobs: []jobs.Kind{{Name: "fair.sweep"}}}))
	if err == nil || !strings.Contains(err.Error(), "fair.job_sweep") {
		t.Errorf("%v", err)
	}
	if _, err := openWith(t, fair(part.Running{})); err != nil {
		t.Error(err)
	}
}

// withText is texts with one more line in each language.
func withText(texts fs.FS, line string) fs.FS {
	out := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		name := string(lang) + ".toml"
		body, err := fs.ReadFile(texts, name)
		if err != nil {
			panic(err) // made by fair
		}
		out[name] = &fstest.MapFile{Data: append([]byte(line+"\n"), body...)}
	}
	return out
}

// openWith opens a city of one capability, or says why it does not start.
func openWith(t *testing.T, c capability.Capability) (*app.App, error) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Database: storagetest.SQLite(t), Capabilities: []capability.Capability{c}})
	if err == nil {
		t.Cleanup(func() { _ = a.Close() })
	}
	return a, err
}
