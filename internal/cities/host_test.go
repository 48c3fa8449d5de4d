package cities

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// town is a city made up for the tests: it answers with its name.
type town struct {
	name  string
	of    *country
	next  time.Time // when its work is due
	busy  bool
	ended chan struct{}
}

func (c *town) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hold := c.of.hold; hold != nil && r.URL.Path == "/hold" {
			hold <- struct{}{}
			<-hold
		}
		fmt.Fprint(w, c.name)
	})
}

func (c *town) Start(ctx context.Context) *sync.WaitGroup {
	var wg sync.WaitGroup
	wg.Go(func() { <-ctx.Done(); close(c.ended) })
	return &wg
}

func (c *town) Rest(context.Context) (bool, time.Time, error) { return !c.busy, c.next, nil }

func (c *town) RunJobs(context.Context) error {
	c.of.note(c.name)
	return nil
}

func (c *town) Close() error {
	select {
	case <-c.ended:
	default:
		c.of.t.Errorf("%s is closed while its background work runs", c.name)
	}
	c.of.open.Add(-1)
	return nil
}

// country is a folder of towns and a clock that the test moves.
type country struct {
	t      *testing.T
	folder string
	now    atomic.Int64
	open   atomic.Int64
	most   atomic.Int64
	hold   chan struct{}
	log    bytes.Buffer

	mu     sync.Mutex
	towns  map[string]*town
	broken map[string]error
	worked []string // in the order in which their jobs were run
}

func (c *country) note(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.worked = append(c.worked, name)
}

// found makes the folder of a town whose address is host.
func (c *country) found(name, host string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Join(c.folder, name), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.folder, name, "city.toml"), []byte(host), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *country) read(folder string) (Site, error) {
	host, err := os.ReadFile(filepath.Join(folder, "city.toml"))
	name := filepath.Base(folder)
	if string(host) == "" {
		return Site{}, errors.New("no address")
	}
	return Site{Host: string(host), Open: func(context.Context) (City, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if err := c.broken[name]; err != nil {
			return nil, err
		}
		if n := c.open.Add(1); n > c.most.Load() {
			c.most.Store(n)
		}
		t := &town{name: name, of: c, ended: make(chan struct{})}
		if before := c.towns[name]; before != nil {
			t.next, t.busy = before.next, before.busy
		}
		c.towns[name] = t
		return t, nil
	}}, err
}

func newCountry(t *testing.T, most int, towns ...string) (*country, *Host) {
	c := &country{t: t, folder: t.TempDir(), towns: map[string]*town{}, broken: map[string]error{}}
	c.now.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMilli())
	for _, name := range towns {
		c.found(name, name+".test")
	}
	h, err := New(Options{Folder: c.folder, File: "city.toml", Read: c.read, Most: most, Clock: func() time.Time { return time.UnixMilli(c.now.Load()) },
		Log: slog.New(slog.NewTextHandler(&c.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = h.Close()
		if n := c.open.Load(); n != 0 {
			t.Errorf("%d towns stay open", n)
		}
	})
	return c, h
}

func (c *country) pass(d time.Duration) { c.now.Add(d.Milliseconds()) }

// until waits for the towns to be as the test wants them.
func (h *Host) until(want func() bool) {
	for {
		h.mu.Lock()
		reached, changed := want(), h.changed
		h.mu.Unlock()
		if reached {
			return
		}
		<-changed
	}
}

func (h *Host) stateOf(name string) state { return h.sites[name].state }

func ask(h *Host, host, path string) (int, string) {
	r := httptest.NewRequest("GET", "http://"+host+path, nil)
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func want(t *testing.T, h *Host, host string, status int, body string) {
	t.Helper()
	if s, b := ask(h, host, "/"); s != status || !strings.Contains(b, body) {
		t.Fatalf("%s: %d %q, want %d %q", host, s, b, status, body)
	}
}

func TestCitiesComeAndGoWithTheirFolders(t *testing.T) {
	c, h := newCountry(t, 4, "turkistan")
	look := func() {
		t.Helper()
		if err := h.Look(); err != nil {
			t.Fatal(err)
		}
	}
	want(t, h, "turkistan.test", 200, "turkistan")
	want(t, h, "TURKISTAN.test.", 200, "turkistan")
	want(t, h, "turkistan.test:8443", 200, "turkistan")
	want(t, h, "taraz.test", 404, "There is no city at this address")
	if s, _ := ask(h, "192.0.2.1", "/healthz"); s != 200 {
		t.Errorf("a balancer gets %d", s)
	}
	if err := os.Mkdir(filepath.Join(c.folder, "no-city"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.found("taraz", "taraz.test:8443")
	c.found("twin", "turkistan.test")
	c.found("empty", "")
	look()
	want(t, h, "taraz.test:8443", 200, "taraz")
	want(t, h, "turkistan.test", 200, "turkistan")
	if log := c.log.String(); !strings.Contains(log, `that of the city \"turkistan\"`) || !strings.Contains(log, "no address") || strings.Contains(log, "no-city") {
		t.Errorf("the log says %s", log)
	}
	said := strings.Count(c.log.String(), "is not served")
	look()
	if now := strings.Count(c.log.String(), "is not served"); now != said {
		t.Errorf("what is not served is said again: %d times, then %d", said, now)
	}

	c.found("taraz", "new-taraz.test") // the size of the file differs
	if err := os.RemoveAll(filepath.Join(c.folder, "turkistan")); err != nil {
		t.Fatal(err)
	}
	look()
	want(t, h, "taraz.test:8443", 404, "")
	want(t, h, "new-taraz.test", 200, "taraz")
	want(t, h, "turkistan.test", 404, "")
	h.until(func() bool { return c.open.Load() == 1 })
}

// A city that is asked for while its settings change ends the request by the old ones, and opens by the new ones only once the
// old are closed: two would have one database.
func TestSettingsChangeUnderARequest(t *testing.T) {
	c, h := newCountry(t, 4, "taraz")
	c.hold = make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		if s, b := ask(h, "taraz.test", "/hold"); s != 200 || b != "taraz" {
			t.Errorf("%d %s", s, b)
		}
	})
	<-c.hold
	c.found("taraz", "other-taraz.test")
	if err := h.Look(); err != nil {
		t.Fatal(err)
	}
	group.Go(func() { want(t, h, "other-taraz.test", 200, "taraz") })
	if n := c.open.Load(); n != 1 {
		t.Errorf("%d are open", n)
	}
	c.hold <- struct{}{}
	group.Wait()
	if n := c.most.Load(); n != 1 {
		t.Errorf("%d were open at once", n)
	}
}

func TestACityRestsAndIsWokenForItsWork(t *testing.T) {
	c, h := newCountry(t, 4, "taraz")
	ctx := t.Context()
	want(t, h, "taraz.test", 200, "taraz")
	c.pass(4 * time.Minute)
	h.Round(ctx)
	if h.stateOf("taraz") != open {
		t.Fatal("closed too early")
	}
	c.towns["taraz"].busy = true
	c.pass(2 * time.Minute)
	h.Round(ctx)
	if h.stateOf("taraz") != open {
		t.Fatal("closed while it works")
	}
	c.towns["taraz"].busy = false
	c.towns["taraz"].next = time.UnixMilli(c.now.Load()).Add(3 * time.Minute)
	h.Round(ctx)
	h.until(func() bool { return h.stateOf("taraz") == closed })

	c.pass(2 * time.Minute)
	h.Round(ctx)
	if h.stateOf("taraz") != closed {
		t.Fatal("opened before its work is due")
	}
	c.pass(2 * time.Minute)
	c.towns["taraz"].next = time.Time{}
	h.Round(ctx)
	h.until(func() bool { return h.stateOf("taraz") == open })
	h.Round(ctx) // nobody asked for it: it rests at once
	h.until(func() bool { return h.stateOf("taraz") == closed })
	if n := len(c.worked); n != 2 {
		t.Errorf("its jobs were run %d times", n)
	}
	c.pass(14 * time.Minute)
	h.Round(ctx)
	if h.stateOf("taraz") != closed {
		t.Fatal("opened though nothing is due")
	}
	c.pass(time.Minute) // what comes again by its period has waited long enough
	h.Round(ctx)
	h.until(func() bool { return h.stateOf("taraz") == open })
}

// However many wait for their work, each has its turn.
func TestEveryCityHasItsTurn(t *testing.T) {
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("c%02d", i))
	}
	c, h := newCountry(t, 3, names...)
	for range 200 {
		c.mu.Lock()
		done := len(c.worked)
		c.mu.Unlock()
		if done >= 30 {
			break
		}
		h.Round(t.Context())
		h.until(func() bool {
			for _, s := range h.sites {
				if s.state == opening || s.state == closing {
					return false
				}
			}
			return true
		})
	}
	seen := map[string]bool{}
	for _, name := range c.worked {
		seen[name] = true
	}
	if len(seen) != 30 || c.most.Load() > 3 {
		t.Errorf("%d cities had their turn, %d were open at once", len(seen), c.most.Load())
	}
}

// Many ask for more cities than there is room for: each is answered by its own, and no more are open than there is room.
func TestManyAskForMoreCitiesThanThereIsRoom(t *testing.T) {
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprintf("c%02d", i))
	}
	c, h := newCountry(t, 3, names...)
	var group sync.WaitGroup
	for client := range 16 {
		group.Go(func() {
			for i := range 20 {
				name := names[(client*7+i*5)%len(names)]
				if s, b := ask(h, name+".test", "/"); s != 200 || b != name {
					t.Errorf("%s: %d %s", name, s, b)
				}
			}
		})
	}
	group.Wait()
	if c.most.Load() > 3 {
		t.Errorf("%d were open at once", c.most.Load())
	}
}

func TestACityThatCannotBeOpened(t *testing.T) {
	c, h := newCountry(t, 2, "taraz", "turkistan")
	c.broken["taraz"] = errors.New("the disk is full")
	want(t, h, "taraz.test", 503, "Попробуйте через пару минут")
	want(t, h, "turkistan.test", 200, "turkistan")
	c.mu.Lock()
	c.broken = nil
	c.mu.Unlock()
	want(t, h, "taraz.test", 503, "") // it is left alone for a while
	c.pass(again)
	want(t, h, "taraz.test", 200, "taraz")
	if log := c.log.String(); strings.Count(log, "the disk is full") != 1 {
		t.Errorf("the log says %s", log)
	}
}
