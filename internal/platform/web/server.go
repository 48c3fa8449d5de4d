package web

import (
	"context"
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
	// Languages tells which languages the city offers, the preferred first; nil: all.
	Languages func() []civic.Lang

	Clock   civic.Clock
	Log     *slog.Logger
	Observe func(pattern, method string, status int, took time.Duration) // metrics; may be nil
	// Secure says that the city's public address is https, whatever speaks TLS for it.
	Secure bool
	// TrustedProxies are the addresses whose X-Forwarded-For and X-Forwarded-Proto are believed.
	TrustedProxies []netip.Prefix
	// CacheBytes bounds the memory of cached pages; 0 means 16 MiB, negative none.
	CacheBytes int64
	// BodyTimeout is how long a body is waited for that no route asks for; 0 means 5 s.
	BodyTimeout time.Duration
}

// Server answers the requests of one city.
type Server struct {
	cfg    Config
	mux    *http.ServeMux
	plain  *http.ServeMux
	pages  *http.ServeMux // the addresses of forms that have their page elsewhere
	cache  *cache
	cross  *http.CrossOriginProtection
	routes []Route
}

// NewServer checks the routes and makes a Server of them.
func NewServer(cfg Config) (*Server, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.CacheBytes == 0 {
		cfg.CacheBytes = 16 << 20
	}
	if cfg.BodyTimeout == 0 {
		cfg.BodyTimeout = 5 * time.Second
	}
	s := &Server{cfg: cfg, mux: http.NewServeMux(), plain: http.NewServeMux(), pages: http.NewServeMux(),
		cross: http.NewCrossOriginProtection()}
	s.cache = newCache(cfg.CacheBytes, cfg.Versions)
	s.routes = append(slices.Clone(cfg.Routes), assetRoute(), languageRoute())
	for i, rt := range s.routes {
		if rt.Access.Allow == nil {
			return nil, fmt.Errorf("route %s %s does not declare who may call it", rt.Method, rt.Pattern)
		}
		if rt.Handler == nil || rt.Method != "GET" && rt.Method != "POST" {
			return nil, fmt.Errorf("route %s %s: a handler and GET or POST are needed", rt.Method, rt.Pattern)
		}
		if rt.Method == "POST" && !rt.Plain && !s.holdsForm(rt) {
			return nil, fmt.Errorf("route POST %s: it is sent from %q, which is no page with the same wildcards", rt.Pattern, rt.Page)
		}
		if rt.Topics != nil && (rt.Method != "GET" || rt.Access.Name != Everyone.Name) {
			return nil, fmt.Errorf("route %s %s: only what everyone may GET is cached", rt.Method, rt.Pattern)
		}
		mux := s.mux
		if rt.Plain {
			mux = s.plain
		}
		mux.Handle(rt.Method+" "+rt.Pattern, s.serveRoute(&s.routes[i]))
		if rt.Page != "" && rt.Page != rt.Pattern {
			s.pages.Handle("GET "+rt.Pattern, toPage(rt))
		}
	}
	return s, nil
}

// holdsForm tells whether the page of a form is one, and can be found from the form's address.
func (s *Server) holdsForm(form Route) bool {
	for part := range strings.SplitSeq(form.Page, "/") {
		if strings.HasPrefix(part, "{") && part != "{$}" && !strings.Contains(form.Pattern+"/", "/"+part+"/") {
			return false
		}
	}
	return slices.ContainsFunc(s.routes, func(rt Route) bool { return rt.Method == "GET" && !rt.Plain && rt.Pattern == form.Page })
}

// toPage leads from the address of a form, which only takes what is sent, to the form's page.
func toPage(rt Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-store")
		http.Redirect(w, r, ui.Localized(of(r).lang, rt.page(r)), http.StatusSeeOther)
	})
}

// Routes lists every route, for the test that walks them.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

func (s *Server) now() time.Time { return s.cfg.Clock() }

// ServeHTTP answers one request. A cached page is looked for before anything else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.cache.serve(w, r) {
		return
	}
	start := time.Now()
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
	for k, v := range securityHeaders {
		h[k] = v
	}
	if r.TLS != nil || s.cfg.Secure {
		h["Strict-Transport-Security"] = []string{"max-age=31536000"}
	}
	x.lang = s.languageOf(r)
	x.l = s.cfg.Catalog.For(x.lang)
	if r.ContentLength != 0 { // whoever never sends it holds nobody; a route sets its own time
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.cfg.BodyTimeout))
	}
	if !wellFormed(r.URL) {
		s.fail(rec, with(r, x), civic.Fail(civic.NotFound, "web.not_found"))
		return
	}
	if err := s.cross.Check(r); err != nil {
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

// The policy of every answer. Pages need nothing but the city's own files.
var securityHeaders = http.Header{
	"Content-Security-Policy": {"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
	"X-Content-Type-Options":     {"nosniff"},
	"Referrer-Policy":            {"same-origin"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
	"Permissions-Policy":         {"camera=(), geolocation=(), microphone=(), interest-cohort=()"},
}

// dispatch strips the language from the path and finds the route. A path without a language
// is sent to the reader's own.
func (s *Server) dispatch(w *recorder, r *http.Request, x *exchange) {
	if first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); first != "" {
		if lang, ok := civic.ParseLang(first); ok {
			x.lang, x.l = lang, s.cfg.Catalog.For(lang)
			r2 := with(r, x)
			u := *r.URL
			u.Path, u.RawPath = "/"+rest, ""
			r2.URL = &u
			if mux := s.muxFor(r2); mux != nil {
				mux.ServeHTTP(w, r2)
			} else {
				s.missing(w, r2, s.mux)
			}
			return
		}
	}
	x.plain = true
	if _, pattern := s.plain.Handler(r); pattern != "" {
		s.plain.ServeHTTP(w, with(r, x))
		return
	}
	x.plain = false
	if s.muxFor(r) != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		w.Header().Set("Vary", "Accept-Language, Cookie")
		w.Header().Set("Cache-Control", "no-cache")
		// A browser reads "//host" as another site's address.
		http.Redirect(w, r, ui.Localized(x.lang, "/"+strings.TrimLeft(r.URL.RequestURI(), "/")), http.StatusFound)
		return
	}
	get := r.Clone(r.Context())
	get.Method = http.MethodGet
	if _, pattern := s.plain.Handler(get); pattern != "" {
		x.plain = true
		s.missing(w, with(r, x), s.plain)
		return
	}
	s.missing(w, with(r, x), s.mux)
}

// muxFor is the one of the two that knows a page's address: of "/notices/{id}" and the form sent
// to "/notices/read" the more exact, as within one.
func (s *Server) muxFor(r *http.Request) *http.ServeMux {
	_, route := s.mux.Handler(r)
	_, form := s.pages.Handler(r)
	switch {
	case form != "" && (route == "" || strings.Count(form, "{") < strings.Count(route, "{")):
		return s.pages
	case route != "":
		return s.mux
	}
	return nil
}

// missing tells apart "no such page" and "not with this method".
func (s *Server) missing(w *recorder, r *http.Request, mux *http.ServeMux) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "" && method != r.Method {
			w.Header().Set("Allow", method)
			s.failStatus(w, r, http.StatusMethodNotAllowed, civic.Say("web.method"))
			return
		}
	}
	s.fail(w, r, civic.Fail(civic.NotFound, "web.not_found"))
}

// serveRoute is the way of a request from its route to the handler.
func (s *Server) serveRoute(rt *Route) http.Handler {
	maxBody, timeout := rt.MaxBody, rt.Timeout
	if maxBody == 0 {
		maxBody = defaultMaxBody
	}
	if timeout == 0 {
		timeout = defaultTimeout
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec, _ := w.(*recorder)
		rec.pattern = rt.Pattern
		x := of(r)
		x.route = rt
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		deadline := http.NewResponseController(w)
		// A client that sends or reads too slowly is cut off, and holds nobody.
		_ = deadline.SetReadDeadline(time.Now().Add(timeout))
		_ = deadline.SetWriteDeadline(time.Now().Add(timeout + 30*time.Second))
		actor, err := s.cfg.Authenticate(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		x.actor = actor
		if !rt.Access.Allow(actor) {
			// The sign-in page keeps what was typed, not what only those let in may send.
			r.Body = http.MaxBytesReader(w, r.Body, defaultMaxBody)
			_ = deadline.SetReadDeadline(time.Now().Add(min(timeout, defaultTimeout)))
			if !actor.SignedIn() {
				s.fail(w, r, civic.Fail(civic.Unauthenticated, "web.sign_in_first"))
			} else {
				s.fail(w, r, civic.Fail(civic.Forbidden, "web.forbidden"))
			}
			return
		}
		if rt.Topics != nil && !actor.SignedIn() && !hasState(r) {
			topics := rt.Topics(r)
			if !rt.Plain {
				topics = slices.Concat(topics, s.cfg.ShellTopics)
			}
			err = s.cache.fill(w, r, topics, rt.Handler)
		} else {
			if rt.Topics == nil || actor.SignedIn() || hasState(r) {
				w.Header().Set("Cache-Control", "private, no-store")
			}
			err = rt.Handler(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// languageOf chooses for a request without a language in its path: the one chosen last,
// else the first of the browser's that the city offers, else the city's first.
func (s *Server) languageOf(r *http.Request) civic.Lang {
	offered := civic.Languages()
	if s.cfg.Languages != nil {
		if l := s.cfg.Languages(); len(l) > 0 {
			offered = l
		}
	}
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(offered, civic.Lang(c.Value)) {
		return civic.Lang(c.Value)
	}
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		tag, _, _ = strings.Cut(tag, "-")
		if slices.Contains(offered, civic.Lang(strings.ToLower(tag))) {
			return civic.Lang(strings.ToLower(tag))
		}
	}
	return offered[0]
}

// ClientIP is the address of whoever asks, as far as the trusted proxies tell.
func (s *Server) clientIP(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := ap.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(ip); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = next.Unmap()
	}
	return ip
}

func (s *Server) trusts(ip netip.Addr) bool {
	return slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// ClientIP is the network address that a request came from, behind trusted proxies.
func ClientIP(r *http.Request) netip.Addr { return of(r).server.clientIP(r) }

// ClientNetwork is what limits per address count by: the address, or for IPv6 the /64, for
// that is what one subscriber has.
func ClientNetwork(r *http.Request) string {
	ip := ClientIP(r)
	if !ip.IsValid() {
		return ""
	}
	if p, err := ip.WithZone("").Prefix(64); ip.Is6() && err == nil {
		return p.String()
	}
	return ip.String()
}

// Secure reports whether the reader's browser speaks TLS with the city, here or at a
// trusted proxy.
func Secure(r *http.Request) bool {
	if r.TLS != nil || of(r).server.cfg.Secure {
		return true
	}
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && of(r).server.trusts(ap.Addr().Unmap()) && r.Header.Get("X-Forwarded-Proto") == "https"
}

// Origin is the address of the city as the reader's browser has it: "https://host".
func Origin(r *http.Request) string {
	if Secure(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// recorder remembers what was answered, for metrics and to know whether it is too late for
// an error page.
type recorder struct {
	http.ResponseWriter
	status  int
	pattern string
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
