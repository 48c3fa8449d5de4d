package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// hasPageOf reports whether there is a page with the pattern form.Page, and whether each of its
// wildcards is one of the form's own too, so that the page's address can be made of the form's.
func (s *Server) hasPageOf(form Route) bool {
	for part := range strings.SplitSeq(form.Page, "/") {
		if strings.HasPrefix(part, "{") && part != "{$}" && !strings.Contains(form.Pattern+"/", "/"+part+"/") {
			return false
		}
	}
	return slices.ContainsFunc(s.routes, func(rt Route) bool { return rt.Method == "GET" && !rt.Plain && rt.Pattern == form.Page })
}

// toPage answers a GET of an address that only takes what is sent, a form's: it leads on to the
// page on which the form stands.
func toPage(rt Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-store")
		http.Redirect(w, r, ui.Localized(of(r).lang, rt.page(r)), http.StatusSeeOther)
	})
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
	x.plain = x.api
	if !x.api && s.muxFor(r) != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
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

// muxFor chooses between two ServeMux, that of the pages and that of the addresses of forms. When
// both know an address, the pattern with fewer wildcards wins, as it would within one ServeMux:
// "/notices/read", where a form is sent, goes before the page "/notices/{id}".
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

// declared leaves in the address only the parameters that the route names, in one order.
func declared(r *http.Request, names []string) *http.Request {
	if r.URL.RawQuery == "" {
		return r
	}
	query := r.URL.Query()
	maps.DeleteFunc(query, func(name string, _ []string) bool { return !slices.Contains(names, name) })
	u, r := *r.URL, r.WithContext(r.Context())
	u.RawQuery = query.Encode()
	r.URL = &u
	return r
}

// stop is what answers a request in the place of its route: for want of a role, an account or a
// fresh proof, or because its network has asked for too much. It is nil when nothing is in the way.
func (s *Server) stop(rt *Route, actor civic.Actor, r *http.Request) (Handler, error) {
	switch {
	case !rt.Access.Allow(actor) && !actor.SignedIn():
		return nil, civic.Fail(civic.Unauthenticated, "web.sign_in_first")
	case !rt.Access.Allow(actor):
		return nil, civic.Fail(civic.Forbidden, "web.forbidden")
	case rt.Heavy && !s.costly.allows(ClientNetwork(r)):
		return nil, s.costly.refuse(r.Context())
	case !rt.Fresh:
		return nil, nil
	}
	if fresh, err := s.cfg.Fresh(r); fresh || err != nil {
		return nil, err
	}
	return s.cfg.Prove, nil
}

// askerOf is who asks. The interface for machines answers everybody as a visitor.
func (s *Server) askerOf(r *http.Request) (civic.Actor, error) {
	if of(r).route.API != nil {
		return civic.Actor{}, nil
	}
	return s.cfg.Authenticate(r)
}

// serveRoute is the way of a request from its route to the handler.
func (s *Server) serveRoute(rt *Route) http.Handler {
	maxBody, timeout := cmp.Or(rt.MaxBody, defaultMaxBody), cmp.Or(rt.Timeout, defaultTimeout)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec, _ := w.(*recorder)
		rec.pattern = rt.Pattern
		x := of(r)
		x.route = rt
		if err := rt.API.takes(r.URL.Query()); err != nil {
			s.fail(w, r, err)
			return
		}
		if rt.Method == http.MethodGet {
			r = declared(r, rt.Query)
		}
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		deadline := http.NewResponseController(w)
		// A client that sends or reads too slowly is cut off, and holds nobody.
		_ = deadline.SetReadDeadline(time.Now().Add(timeout))
		x.until = time.Now().Add(timeout + 30*time.Second)
		_ = deadline.SetWriteDeadline(x.until)
		actor, err := s.askerOf(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		x.actor = actor
		if stop, err := s.stop(rt, actor, r); stop != nil || err != nil {
			// The page that answers keeps what was typed, not what only those let in may send.
			r.Body = http.MaxBytesReader(w, r.Body, defaultMaxBody)
			_ = deadline.SetReadDeadline(time.Now().Add(min(timeout, defaultTimeout)))
			if err == nil {
				err = stop(w, r)
			}
			if err != nil {
				s.fail(w, r, err)
			}
			return
		}
		if rt.Topics != nil && (rt.Shared || !actor.SignedIn() && (rt.API != nil || !hasState(r))) {
			topics := rt.Topics(r)
			if !rt.Plain {
				topics = slices.Concat(topics, s.cfg.ShellTopics)
			}
			err = s.cache.fill(w, r, topics, rt.Handler)
		} else {
			w.Header().Set("Cache-Control", "private, no-store")
			err = rt.Handler(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}
