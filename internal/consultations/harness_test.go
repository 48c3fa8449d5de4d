package consultations

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/search"
)

var (
	schemas = []storage.Schema{jobs.Schema(), {Module: "consultations", Files: Schema()}, search.Schema()}
	zone    = time.FixedZone("UTC+5", 5*3600)
	start   = time.Date(2026, 3, 2, 9, 0, 0, 0, zone) // a Monday
)

const (
	akimat = civic.ID("bodyakimat")
	police = civic.ID("bodypolice")
	ngo    = civic.ID("orgngo")
)

// rules are the settings' defaults, with what a test changes.
type rules map[string]int64

func (r rules) Value(key string) int64 {
	if v, ok := r[key]; ok {
		return v
	}
	for _, s := range settings() {
		if s.Key == key {
			return s.Default
		}
	}
	panic(key)
}
func (rules) Calendar() civic.Calendar { return civic.Calendar{Zone: zone} }

type register struct{}

func (register) all() []Organisation {
	return []Organisation{
		{akimat, civic.Text{"kk": "Қала әкімдігі", "ru": "Акимат города", "en": "City administration"}, "/organisations/" + string(akimat)},
		{police, civic.Text{"kk": "Полиция департаменті", "ru": "Департамент полиции", "en": "Police department"}, ""},
		{ngo, civic.Text{"kk": "«Жасыл қала» қоры", "ru": "Фонд «Зелёный город»", "en": "Green City Foundation"}, ""},
	}
}
func (r register) StateBodies(*storage.Tx) ([]Organisation, error) { return r.all()[:2], nil }
func (r register) Named(_ *storage.Tx, ids []civic.ID) (map[civic.ID]Organisation, error) {
	out := map[civic.ID]Organisation{}
	for _, o := range r.all() {
		for _, id := range ids {
			if o.ID == id {
				out[id] = o
			}
		}
	}
	return out, nil
}

type told struct {
	account civic.ID
	message civic.Message
	path    string
}

type recorded struct {
	mu   sync.Mutex
	told []told
	acts []string
}

func (r *recorded) Notify(_ *storage.Tx, account civic.ID, m civic.Message, path string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, told{account, m, path})
	return nil
}
func (r *recorded) Log(_ *storage.Tx, a civic.Actor, act string, _ civic.Ref, _ map[string]string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acts = append(r.acts, string(a.Account)+" "+act)
	return nil
}

// city is a service on one engine with a clock that the test moves.
type city struct {
	*Service
	t     testing.TB
	db    *storage.DB
	now   *atomic.Int64
	log   *recorded
	rules rules
}

func (c *city) at(t time.Time)       { c.now.Store(t.UnixMilli()) }
func (c *city) pass(d time.Duration) { c.now.Add(d.Milliseconds()) }
func (c *city) ctx() context.Context { return c.t.Context() }
func (c *city) must(err error) *city { c.t.Helper(); must(c.t, err); return c }
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code civic.Code) {
	t.Helper()
	if civic.CodeOf(err) != code {
		t.Fatalf("error %v, want code %q", err, code)
	}
}

func each(t *testing.T, test func(t *testing.T, c *city)) {
	t.Helper()
	now := new(atomic.Int64)
	opts := storage.Options{Clock: func() time.Time { return time.UnixMilli(now.Load()) }}
	storagetest.EachWith(t, schemas, opts, func(t *testing.T, db *storage.DB) {
		now.Store(start.UnixMilli())
		test(t, newCity(t, db, now))
	})
}

func newCity(t testing.TB, db *storage.DB, now *atomic.Int64) *city {
	log, r := &recorded{}, rules{}
	index, err := search.New(db, Searched(), nil)
	must(t, err)
	return &city{New(db, Deps{Rules: r, Organisations: register{}, Notifier: log, Auditor: log, Search: index}), t, db, now, log, r}
}

func officer(body civic.ID) civic.Actor {
	return civic.Actor{Account: "officer-" + body, Name: "Officer", Assurance: civic.EmailConfirmed,
		Grants: []civic.Grant{{Role: civic.Officer, Scope: organisations.RefOf(body)}}}
}

func resident(n int) civic.Actor {
	return civic.Actor{Account: civic.ID(fmt.Sprintf("resident-%d", n)), Assurance: civic.EmailConfirmed}
}

var (
	moderator     = civic.Actor{Account: "moderator", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Moderator}}}
	administrator = civic.Actor{Account: "administrator", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
	represents    = civic.Actor{Account: "representative", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: organisations.RefOf(ngo)}}}
)

func settingsFor(c *city, seeds ...string) Settings {
	set := c.Defaults()
	set.Question = civic.Text{"kk": "Саябақта не керек?", "ru": "Что нужно парку?", "en": "What does the park need?"}
	set.Context = civic.Text{"ru": "Парк **старый**."}
	set.Host, set.Body = akimat, akimat
	set.Audience = Anyone
	set.OpensAt, set.ClosesAt = start, start.AddDate(0, 0, 30)
	set.Seeds = seeds
	return set
}

// opened makes a consultation that is open from start for 30 days.
func opened(c *city, change func(*Settings), seeds ...string) civic.ID {
	c.t.Helper()
	set := settingsFor(c, seeds...)
	if change != nil {
		change(&set)
	}
	id, err := c.Create(c.ctx(), officer(akimat), set)
	c.must(err).must(c.Publish(c.ctx(), officer(akimat), id))
	return id
}

func voter(n int) Voter { return Voter{Actor: resident(n)} }
func browser(n int) Voter {
	return Voter{Token: fmt.Sprintf("token-%d", n)}
}

func (c *city) counts(id civic.ID) map[int64]Count {
	c.t.Helper()
	out := map[int64]Count{}
	after := ""
	for {
		res, err := c.Results(c.ctx(), id, civic.Actor{}, "oldest", "shown", after)
		c.must(err)
		for _, s := range res.Items {
			out[s.No] = s.Count
		}
		if after = res.Next; after == "" {
			return out
		}
	}
}

const hostile = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>`

func contains(t testing.TB, where, page string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(page, w) {
			t.Errorf("%s does not show %q", where, w)
		}
	}
}

func lacks(t testing.TB, where, page string, unwanted ...string) {
	t.Helper()
	for _, w := range unwanted {
		if strings.Contains(page, w) {
			t.Errorf("%s shows %q", where, w)
		}
	}
}

func linesOf(r io.Reader) iter.Seq[string] {
	return func(yield func(string) bool) {
		for s := bufio.NewScanner(r); s.Scan(); {
			if !yield(s.Text()) {
				return
			}
		}
	}
}

func sscan(line string, who, no *int64, choice *int) (int, error) {
	return fmt.Sscanf(line, "voted %d %d %d", who, no, choice)
}

func itoa(n int) string { return strconv.Itoa(n) }
