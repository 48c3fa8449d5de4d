package web

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// Config is what a Server needs. Catalog, Routes, Versions and Authenticate must be set.
type Config struct {
	Catalog *i18n.Catalog
	Routes  []Route
	// Versions tells how often a storage topic changed; see storage.DB.Version.
	Versions func(topic string) uint64
	// Authenticate finds who asks, by the session cookie. An unknown or ended session is a
	// visitor, not an error.
	Authenticate func(*http.Request) (civic.Actor, error)
	// Shell fills what is the same on all pages: the city's name, the navigation.
	Shell func(*http.Request, *ui.Page)
	// ShellTopics are the storage topics that Shell depends on, and so every cached page.
	ShellTopics []string
	// SignIn answers a request for a page that needs an account, from somebody without one.
	// It keeps what was typed.
	SignIn Handler
	// Fresh tells whether whoever asks has shown lately that it is really they; Prove answers who
	// has not and asks for what is marked so, and keeps what was typed. Both are needed by routes
	// with that mark.
	Fresh func(*http.Request) (bool, error)
	Prove Handler
	// Languages tells which languages the city offers, the preferred first; nil: all.
	Languages func() []civic.Lang

	Clock   civic.Clock
	Log     *slog.Logger
	Observe func(pattern, method string, status int, took time.Duration) // metrics; may be nil
	// Origin is the city's public address, "https://city.example", whatever a request calls it
	// and whatever speaks TLS for it; "http://localhost" when empty.
	Origin string
	// TrustedProxies are the addresses whose X-Forwarded-For and X-Forwarded-Proto are believed.
	TrustedProxies []netip.Prefix
	// CacheBytes bounds the memory of cached pages; 0 means 16 MiB, negative none.
	CacheBytes int64
	// HeavyFrom is how many answers of heavy routes are made for one network in a minute; it gets ten
	// times as many that are kept. nil: as many as it
	// asks for.
	HeavyFrom func(network string) int
	// ReadersFrom is how many answers of the interface for machines one network gets in a minute; nil: as
	// many as it asks for.
	ReadersFrom func(network string) int
	// Pictures is another server's origin from which pages show pictures, beside the city's own; "": none.
	Pictures string
	// BodyTimeout is how long a body is waited for where no route takes the request; 0 means 5
	// s.
	BodyTimeout time.Duration
}

// Server answers the requests of one city.
type Server struct {
	cfg     Config
	mux     *http.ServeMux
	plain   *http.ServeMux
	pages   *http.ServeMux // the addresses of forms that have their page elsewhere
	cache   *cache
	costly  costly
	sending *Gate // of large tables, which take as long as their readers do
	// readers bounds what networks read by the interface for machines; nil: there is no bound
	readers *Limiter
	cross   *http.CrossOriginProtection
	routes  []Route
	open    []string    // what addresses of open files begin with
	always  http.Header // of every answer
}

// NewServer checks the routes and makes a Server of them.
func NewServer(cfg Config) (*Server, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Shell == nil {
		cfg.Shell = func(*http.Request, *ui.Page) {}
	}
	cfg.Origin = cmp.Or(cfg.Origin, "http://localhost")
	if cfg.CacheBytes == 0 {
		cfg.CacheBytes = 16 << 20
	}
	if cfg.BodyTimeout == 0 {
		cfg.BodyTimeout = 5 * time.Second
	}
	s := &Server{cfg: cfg, mux: http.NewServeMux(), plain: http.NewServeMux(), pages: http.NewServeMux(),
		cross: http.NewCrossOriginProtection(), always: securityHeaders(cfg.Pictures)}
	s.sending = NewGate(senders)
	s.cache = newCache(cfg.CacheBytes, cfg.Versions)
	s.costly = newCostly(cfg.HeavyFrom, cfg.Clock)
	s.readers = readersOf(cfg)
	s.routes = append(slices.Clone(cfg.Routes), assetRoute(), languageRoute())
	makers := NewGate(makersOf())
	for i, rt := range s.routes {
		if err := s.check(rt); err != nil {
			return nil, err
		}
		switch {
		case !rt.Heavy:
		case rt.Topics != nil:
			s.routes[i].Handler = makers.guard(rt.Handler, true, busyPerNetwork)
		case !rt.Plain: // a page that is not kept is made before it is sent, too
			s.routes[i].Handler = makers.guard(rt.Handler, true, classPerNetwork)
		default:
			s.routes[i].Handler = NewGate(streams).guard(rt.Handler, false, busyPerNetwork)
		}
		mux := s.mux
		if rt.Plain {
			mux = s.plain
		}
		if rt.Open {
			from, _, _ := strings.Cut(rt.Pattern, "{")
			s.open = append(s.open, from)
		}
		mux.Handle(rt.Method+" "+rt.Pattern, s.serveRoute(&s.routes[i]))
		if rt.Page != "" && rt.Page != rt.Pattern {
			s.pages.Handle("GET "+rt.Pattern, toPage(rt))
		}
	}
	return s, nil
}

// check says what is wrong with a route.
func (s *Server) check(rt Route) error {
	if rt.Access.Allow == nil {
		return fmt.Errorf("route %s %s does not declare who may call it", rt.Method, rt.Pattern)
	}
	if rt.Handler == nil || rt.Method != "GET" && rt.Method != "POST" {
		return fmt.Errorf("route %s %s: its method must be GET or POST, and it needs a handler (a web.Form needs Show, or the Page on which it stands)", rt.Method, rt.Pattern)
	}
	if err := rt.checkAPI(); err != nil {
		return err
	}
	if rt.Open && (!rt.Plain || rt.Method != "GET" || rt.Access.Name != Everyone.Name) {
		return fmt.Errorf("route %s %s: only files that everyone may GET are open", rt.Method, rt.Pattern)
	}
	if rt.Fresh && (s.cfg.Fresh == nil || s.cfg.Prove == nil || rt.Plain || rt.Topics != nil) {
		return fmt.Errorf("route %s %s: nobody can be asked for proof there", rt.Method, rt.Pattern)
	}
	if rt.Method == "POST" && !rt.Plain && !s.hasPageOf(rt) {
		return fmt.Errorf("route POST %s: it is sent from %q, which is no page with the same wildcards", rt.Pattern, rt.Page)
	}
	if rt.Topics != nil && (rt.Method != "GET" || rt.Access.Name != Everyone.Name) {
		return fmt.Errorf("route %s %s: only what everyone may GET is cached", rt.Method, rt.Pattern)
	}
	return nil
}

// readersOf bounds what networks read by the interface; nil: nothing does.
func readersOf(cfg Config) *Limiter {
	if cfg.ReadersFrom == nil {
		return nil
	}
	return &Limiter{Burst: cfg.ReadersFrom, Per: time.Minute, Clock: cfg.Clock}
}

// Routes lists every route, for the test that walks them.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

func (s *Server) now() time.Time { return s.cfg.Clock() }

// mayHaveHeavy reports whether the network that asks may have another kept answer of a heavy route.
func (s *Server) mayHaveHeavy(r *http.Request) bool { return s.costly.allowsKept(s.clientNetwork(r)) }

// secure reports whether the city's public address is https.
func (s *Server) secure() bool { return strings.HasPrefix(s.cfg.Origin, "https://") }

// ServeHTTP answers one request. A cached page is looked for before anything else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	var refused error
	if isAPI(r.URL.Path) {
		var answered bool
		if answered, refused = s.openAPI(w, r); answered {
			return
		}
	}
	if slices.ContainsFunc(s.open, func(from string) bool { return strings.HasPrefix(r.URL.Path, from) }) {
		w.Header().Set("Access-Control-Allow-Origin", "*") // what has a cookie is answered like what has none
	}
	if refused == nil && s.cache.serve(w, r, s.mayHaveHeavy) {
		return
	}
	rec := &recorder{ResponseWriter: w}
	x := &exchange{server: s, log: s.cfg.Log}
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler {
			x.log.Error("panic", "error", fmt.Sprint(p), "stack", string(debug.Stack()))
			if rec.status == 0 {
				s.fail(rec, with(r, x), errors.New("panic"))
				p = nil
			}
		}
		if s.cfg.Observe != nil {
			s.cfg.Observe(rec.pattern, r.Method, rec.status, time.Since(start))
		}
		if p != nil { // part of an answer has left: cut it, or the reader takes it for the whole
			panic(http.ErrAbortHandler)
		}
	}()
	h := rec.Header()
	for k, v := range s.always {
		h[k] = v
	}
	if r.TLS != nil || s.secure() {
		h["Strict-Transport-Security"] = []string{"max-age=31536000"}
	}
	x.lang = s.languageOf(r)
	x.l = s.cfg.Catalog.For(x.lang)
	if r.ContentLength != 0 { // whoever never sends it holds nobody; a route sets its own time
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.cfg.BodyTimeout))
	}
	x.api = isAPI(r.URL.Path)
	if refused != nil {
		s.fail(rec, with(r, x), refused)
		return
	}
	if !wellFormed(r.URL) {
		s.fail(rec, with(r, x), civic.Fail(civic.NotFound, "web.not_found"))
		return
	}
	if err := s.cross.Check(r); err != nil && !x.api { // which takes nothing that is sent
		s.fail(rec, with(r, x), civic.Fail(civic.Forbidden, "web.cross_origin").Because(err))
		return
	}
	s.dispatch(rec, r, x)
}

// wellFormed refuses addresses that no page links to and no database stores: with NUL, or
// with what is not UTF-8.
func wellFormed(u *url.URL) bool {
	text := func(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
	if !text(u.Path) {
		return false
	}
	if !strings.Contains(u.RawQuery, "%") {
		return text(u.RawQuery)
	}
	for name, values := range u.Query() {
		if !text(name) || slices.ContainsFunc(values, func(v string) bool { return !text(v) }) {
			return false
		}
	}
	return true
}

// securityHeaders are the policy of every answer. Pages need nothing but the city's own files, and where a city
// has its maps elsewhere, the pictures of that server. Where the reader is, maps ask their browser and
// tell nobody.
func securityHeaders(pictures string) http.Header {
	return http.Header{
		"Content-Security-Policy": {"default-src 'none'; style-src 'self'; script-src 'self'; img-src " + strings.TrimSpace("'self' data: "+pictures) + "; font-src 'self'; " +
			"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		"X-Content-Type-Options":     {"nosniff"},
		"Referrer-Policy":            {"same-origin"},
		"Cross-Origin-Opener-Policy": {"same-origin"},
		"Permissions-Policy":         {"camera=(), geolocation=(self), microphone=(), interest-cohort=()"},
	}
}
