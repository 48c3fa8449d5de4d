// Package cities serves many cities from one process, each by its host name. A folder has a folder for each city, with its
// settings; cities come and go with their folders, without a restart.
//
// A city is opened when somebody asks for it, or when its work in the background is due, and closed when it rests: then it
// costs what its folder's name costs. Everything that a city has is its own, down to its database, keys, caches and limits:
// no request and no job of one reaches another, because nothing of one knows of another.
//
//	         asked for, or work is due                 nobody asks and no work is due,
//	closed ───────────────────────────► opening ► open ──────────────────────────────► closing ► closed
//	   ▲                                   │             or others need its room
//	   └────── cannot be opened: said ─────┘
package cities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// City is a city as the host runs it.
type City interface {
	Handler() http.Handler
	// Start runs the background work until ctx ends. The group is waited for before Close.
	Start(ctx context.Context) *sync.WaitGroup
	// Rest tells whether no work in the background is going on or due now, and when there is some next; zero: nobody knows.
	Rest(ctx context.Context) (quiet bool, next time.Time, err error)
	// RunJobs does the work that is due, and returns when none is left; nothing of Start runs then.
	RunJobs(ctx context.Context) error
	Close() error
}

// Site is what the folder of a city says.
type Site struct {
	Host string // by which it is asked for: "city.example", with the port where its address has one
	Open func(ctx context.Context) (City, error)
}

// Options of New. Folder and Read must be set.
type Options struct {
	Folder string // has a folder for each city
	// Read reads the folder of a city. What it refuses is said in the log, and its city is not served; the others are.
	Read func(folder string) (Site, error)
	// File is the name of the settings in the folder of a city: when it changes, it is read again. A folder without it is no city.
	File string

	Most int           // cities open at once; 32 when zero. More wait for the room of those that rest.
	Idle time.Duration // how long after its last request a city is closed; 5 min when zero
	Wake time.Duration // how often a closed city is opened at least, for its work; 15 min when zero
	Wait time.Duration // how long a request waits for its city to open; 15 s when zero

	Clock civic.Clock
	Log   *slog.Logger
}

// atOnce is how many cities open or close at once: to open one takes a processor a tenth of a second.
const atOnce = 2

// again is how long a city that could not be opened is left alone.
const again = 10 * time.Second

// Host serves the cities of a folder.
type Host struct {
	opts Options
	gate chan struct{} // one for each city that opens or closes

	mu      sync.Mutex
	sites   map[string]*site // by the name of the folder
	byHost  map[string]*site
	last    map[string]*site // by the name of the folder: what was served before, and may not be closed yet
	open    int              // cities that are not closed
	changed chan struct{}    // closed, and made anew, when any city opened or closed
	working sync.WaitGroup
	ended   bool
	always  context.Context // of the cities' work: ends with the host's own
	end     context.CancelFunc
}

type state int

const (
	closed state = iota
	opening
	open
	closing
)

// site is a city and where it is between closed and open. The host's lock guards it.
type site struct {
	Site
	name  string // of its folder
	since string // the settings that were read: time and size of their file
	after *site  // the same city by other settings, which is closed first; nil: none

	state state
	city  City
	stop  func()    // ends its background work, and waits for it
	using int       // requests under way
	used  time.Time // when the last one ended; zero: it was opened for its work
	wake  time.Time // when it is opened for its work
	gone  bool      // its folder is, or other settings took its place

	problem error // why it could not be opened
	retry   time.Time
}

// New makes a Host and reads the folder. An error means that the folder itself cannot be read.
func New(opts Options) (*Host, error) {
	if opts.Most == 0 {
		opts.Most = 32
	}
	if opts.Idle == 0 {
		opts.Idle = 5 * time.Minute
	}
	if opts.Wake == 0 {
		opts.Wake = 15 * time.Minute
	}
	if opts.Wait == 0 {
		opts.Wait = 15 * time.Second
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	h := &Host{opts: opts, gate: make(chan struct{}, atOnce), sites: map[string]*site{}, byHost: map[string]*site{}, last: map[string]*site{}, changed: make(chan struct{})}
	h.always, h.end = context.WithCancel(context.Background())
	return h, h.Look()
}

// Look reads the folder: cities that came are served, those that went or changed are closed when their requests have ended.
func (h *Host) Look() error {
	entries, err := os.ReadDir(h.opts.Folder)
	if err != nil {
		return err
	}
	found := map[string]string{}
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(h.opts.Folder, e.Name(), h.opts.File))
		if err == nil && info.Mode().IsRegular() {
			found[e.Name()] = fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size())
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, s := range h.sites {
		if found[name] != s.since {
			h.forget(s)
		}
	}
	for _, e := range entries {
		since, is := found[e.Name()]
		if _, known := h.sites[e.Name()]; is && !known {
			h.add(e.Name(), since)
		}
	}
	return nil
}

// add serves the city of a folder. The lock is held.
func (h *Host) add(name, since string) {
	s := &site{name: name, since: since, wake: h.opts.Clock(), after: h.last[name]}
	h.sites[name] = s
	var err error
	if s.Site, err = h.opts.Read(filepath.Join(h.opts.Folder, name)); err == nil {
		s.Host = strings.ToLower(s.Host)
		if other, taken := h.byHost[s.Host]; taken {
			err = fmt.Errorf("its address %q is that of the city %q", s.Host, other.name)
		}
	}
	if err != nil {
		s.gone = true // its folder is known, so that this is said once
		h.opts.Log.Error("a city is not served", "city", name, "error", err)
		return
	}
	h.byHost[s.Host] = s
	h.opts.Log.Info("a city is served", "city", name, "host", s.Host)
}

// forget serves a city no more. The lock is held.
func (h *Host) forget(s *site) {
	delete(h.sites, s.name)
	h.last[s.name] = s
	if h.byHost[s.Host] == s {
		delete(h.byHost, s.Host)
		h.opts.Log.Info("a city is not served any more as it was", "city", s.name, "host", s.Host)
	}
	s.gone = true
	if s.state == open && s.using == 0 {
		h.close(s)
	}
}

// Hosts are the names by which cities are asked for, in order.
func (h *Host) Hosts() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]string, 0, len(h.byHost))
	for host := range h.byHost {
		out = append(out, host)
	}
	slices.Sort(out)
	return out
}

// Handler answers the requests of all cities. Who asks for none that is known is told so.
func (h *Host) Handler() http.Handler { return http.HandlerFunc(h.serve) }

func (h *Host) serve(w http.ResponseWriter, r *http.Request) {
	s := h.find(r.Host)
	if s == nil {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" { // a balancer asks by number
			say(w, http.StatusOK, "ok\n")
			return
		}
		say(w, http.StatusNotFound, "Мұндай мекенжайда қала жоқ.\nПо этому адресу города нет.\nThere is no city at this address.\n")
		return
	}
	city, leave, err := h.enter(r.Context(), s)
	if err != nil {
		w.Header().Set("Retry-After", "10")
		say(w, http.StatusServiceUnavailable, "Қала қазір ашылмай тұр. Бірер минуттан кейін қайта кіріп көріңіз.\nГород сейчас не открывается. Попробуйте через пару минут.\nThe city cannot be opened now. Please try again in a few minutes.\n")
		return
	}
	defer leave()
	city.Handler().ServeHTTP(w, r)
}

func say(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(words))
}

// find is the city of a Host header: the whole of it, else without its port, as behind a balancer.
func (h *Host) find(asked string) *site {
	asked = strings.ToLower(strings.TrimSuffix(asked, "."))
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.byHost[asked]; s != nil {
		return s
	}
	if i := strings.LastIndexByte(asked, ':'); i > 0 {
		return h.byHost[strings.TrimSuffix(asked[:i], ".")]
	}
	return nil
}

var (
	errGone = errors.New("the city went")
	errFull = errors.New("no room for the city became free")
)

// enter waits for the city to be open, and keeps it so until leave.
func (h *Host) enter(ctx context.Context, s *site) (city City, leave func(), err error) {
	late := time.NewTimer(h.opts.Wait)
	defer late.Stop()
	for {
		h.mu.Lock()
		switch {
		case h.ended || s.gone:
			err = errGone
		case s.state == open:
			s.using++
			city = s.city
		case s.state == closed && s.problem != nil && h.opts.Clock().Before(s.retry):
			err = s.problem
		case s.state == closed:
			h.makeRoom(s)
		}
		changed := h.changed
		h.mu.Unlock()
		if city != nil {
			return city, func() { h.leave(s) }, nil
		}
		if err != nil {
			return nil, nil, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-late.C:
			return nil, nil, errFull
		}
	}
}

func (h *Host) leave(s *site) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.using--
	s.used = h.opts.Clock()
	if s.using == 0 && s.gone && s.state == open {
		h.close(s)
	}
	h.tell() // others may wait for its room
}

// makeRoom opens a closed city, or closes the one that nobody has asked for longest, in whose room it can be opened. The lock is held.
func (h *Host) makeRoom(s *site) {
	if s.after != nil && s.after.state != closed {
		return // the database is open
	}
	s.after = nil
	if h.open < h.opts.Most {
		h.begin(s)
		return
	}
	var victim *site
	for _, other := range h.sites {
		if other.state == closing {
			return // its room is free in a moment
		}
		if other.state == open && other.using == 0 && (victim == nil || other.used.Before(victim.used)) {
			victim = other
		}
	}
	if victim != nil {
		h.close(victim)
	}
}

// begin opens a closed city. The lock is held.
func (h *Host) begin(s *site) {
	s.state, s.problem = opening, nil
	h.open++
	h.working.Go(func() {
		h.gate <- struct{}{}
		city, err := s.Open(h.always)
		var stop func()
		if err == nil {
			ctx, cancel := context.WithCancel(h.always)
			group := city.Start(ctx)
			stop = func() { cancel(); group.Wait() }
		}
		<-h.gate
		h.mu.Lock()
		defer h.mu.Unlock()
		defer h.tell()
		if err != nil {
			h.opts.Log.Error("a city cannot be opened", "city", s.name, "error", err)
			s.state, s.problem, s.retry = closed, err, h.opts.Clock().Add(again)
			s.wake = s.retry.Add(h.opts.Wake) // who asks tries sooner
			h.open--
			return
		}
		s.state, s.city, s.stop, s.used = open, city, stop, time.Time{}
		if h.ended || s.gone {
			h.close(s)
		}
	})
}

// close closes an open city that nobody uses. The lock is held.
func (h *Host) close(s *site) {
	s.state = closing
	h.working.Go(func() {
		h.gate <- struct{}{}
		s.stop()
		ctx, cancel := context.WithTimeout(h.always, time.Minute) // what is not done by then is left for the next time
		if err := s.city.RunJobs(ctx); err != nil && h.always.Err() == nil {
			h.opts.Log.Warn("work of a city was left for later", "city", s.name, "error", err)
		}
		wake := h.opts.Clock().Add(h.opts.Wake)
		if _, next, err := s.city.Rest(ctx); err == nil && !next.IsZero() && next.Before(wake) {
			wake = next
		}
		cancel()
		if err := s.city.Close(); err != nil {
			h.opts.Log.Error("a city was not closed as it should be", "city", s.name, "error", err)
		}
		<-h.gate
		h.mu.Lock()
		defer h.mu.Unlock()
		s.state, s.city, s.stop, s.wake = closed, nil, nil, wake
		h.open--
		h.tell()
	})
}

// tell wakes all who wait for a city to open or close. The lock is held.
func (h *Host) tell() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// Round closes the cities that rest and opens those whose work is due, the longest due first: each has its turn, however much
// the others have to do.
func (h *Host) Round(ctx context.Context) {
	now := h.opts.Clock()
	h.mu.Lock()
	var idle, due []*site
	for _, s := range h.sites {
		switch {
		case s.gone:
		case s.state == open && s.using == 0 && now.Sub(s.used) >= h.opts.Idle:
			idle = append(idle, s)
		case s.state == closed && !s.wake.After(now):
			due = append(due, s)
		}
	}
	h.mu.Unlock()
	for _, s := range idle {
		h.rest(ctx, s)
	}
	slices.SortFunc(due, func(a, b *site) int { return a.wake.Compare(b.wake) })
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range due[:min(len(due), atOnce)] {
		if s.state == closed && !s.gone && !h.ended {
			h.makeRoom(s)
		}
	}
}

// rest closes a city when nothing is going on in it.
func (h *Host) rest(ctx context.Context, s *site) {
	h.mu.Lock()
	city := s.city
	here := s.state == open && s.using == 0
	if here {
		s.using++ // keeps it open while it is asked
	}
	h.mu.Unlock()
	if !here {
		return
	}
	quiet, _, err := city.Rest(ctx)
	if err != nil && ctx.Err() == nil {
		h.opts.Log.Warn("a city does not say whether it rests", "city", s.name, "error", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.using--
	if quiet && s.using == 0 && s.state == open {
		h.close(s)
	}
}

// Start looks after the cities until ctx ends: the folder every five seconds, their rest and their work every second.
func (h *Host) Start(ctx context.Context) *sync.WaitGroup {
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if n%5 == 0 {
				if err := h.Look(); err != nil {
					h.opts.Log.Error("the folder of the cities cannot be read", "error", err)
				}
			}
			h.Round(ctx)
		}
	})
	return &group
}

// Close closes all cities. Requests under way must have ended.
func (h *Host) Close() error {
	h.mu.Lock()
	h.ended = true
	for _, s := range h.sites {
		if s.state == open {
			h.close(s)
		}
	}
	h.tell()
	h.mu.Unlock()
	h.end()
	h.working.Wait()
	return nil
}
