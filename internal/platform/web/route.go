// Package web is the edge: it routes requests, finds out who asks and in which language,
// checks who may call a route, limits size, time and rate, turns errors into words, and
// serves cached pages. It knows no capability.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// Handler answers a request or returns why it cannot. An error of type *civic.Error is told
// to the reader in the reader's words; of any other the reader learns only that something
// broke, and the log the rest.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Access says who may call a route. Every route declares one; a route without is refused at
// start. What depends on the thing itself (an officer acts for one body) is checked again
// by the service.
type Access struct {
	Name  string // as in the test's matrix
	Allow func(civic.Actor) bool
}

var (
	Everyone       = Access{"everyone", func(civic.Actor) bool { return true }}
	SignedIn       = Access{"signed in", civic.Actor.SignedIn}
	Residents      = Access{"residents", func(a civic.Actor) bool { return a.Has(civic.Resident) }}
	Officers       = Holders("officers", civic.Officer)
	Hosts          = Holders("hosts", civic.Officer, civic.Representative, civic.Moderator)
	Moderators     = Holders("moderators", civic.Moderator)
	Administrators = Holders("administrators")
)

// Holders are those who hold one of the roles, for whatever scope, and administrators, to whom
// no page is closed.
func Holders(name string, roles ...civic.Role) Access {
	return Access{name, func(a civic.Actor) bool { return a.HasAny(roles...) || a.Has(civic.Administrator) }}
}

// Route is one thing that can be asked for.
type Route struct {
	Method  string // GET (which answers HEAD too) or POST
	Pattern string // of net/http's ServeMux, without method, host and language: "/organisations/{id}"
	Access  Access
	// Fresh marks what must not be done with a browser that was left open: the strongest acts.
	// Whoever has not shown lately that it is really they is asked for it first, and goes on then
	// with what they sent.
	Fresh   bool
	Handler Handler

	// Query names the parameters of a GET's query that the answer depends on. Others are taken out
	// before the handler sees the address, so nobody makes new answers to keep by inventing them.
	Query []string
	// Topics says that the answer may be kept for everybody who is not signed in, and names the
	// storage topics that it depends on: when one of them is touched, it is made anew. What it
	// shows must depend on nothing else but the address and the language. nil: it is never kept.
	Topics func(*http.Request) []string
	// Shared says that a kept answer is the same for everybody, signed in or not: it is made once for all of them.
	Shared bool
	// Heavy says that an answer costs much: few are made at once, and few for one network, which also
	// has only so many made in a minute, and gets ten times as many that are kept (see Config.HeavyFrom). Pages, and what
	// has Topics, share the processors set aside for them and are made whole before they are sent;
	// each other one has turns of its own.
	Heavy bool
	// Plain routes have no language in front and no page around their errors: feeds, files,
	// machine-readable data, health.
	Plain bool
	// Open files are read by pages of any site, as the interface is: open data. Every address below what stands before the first wildcard is.
	Open bool
	// API describes a route of the interface for machines. List and One make such routes: they answer
	// everybody alike, and take no parameter that they do not have.
	API *Operation
	// Page of a POST is the pattern of the page from which it is sent, with the same wildcards.
	// Whoever asks for the address with a GET (a reload, a link from an error page) is led there.
	Page string
	// MaxBody bounds the request body in bytes; 0 means 256 KiB. Timeout bounds the whole
	// request; 0 means 30 s.
	MaxBody int64
	Timeout time.Duration
}

const (
	defaultMaxBody = 256 << 10
	defaultTimeout = 30 * time.Second
)

// exchange is what the edge knows of one request.
type exchange struct {
	lang   civic.Lang
	l      *i18n.Localizer
	actor  civic.Actor
	server *Server
	log    *slog.Logger
	leave  func()    // gives back the turn of a heavy route; nil: it has none
	until  time.Time // when the answer must be written
	plain  bool
	api    bool   // the address is of the interface for machines
	route  *Route // nil before one is found
	resend ui.Resend
}

type exchangeKey struct{}

func of(r *http.Request) *exchange {
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		panic("web: the request did not come through web.Server")
	}
	return x
}

func with(r *http.Request, x *exchange) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
}

// Actor is who asks.
func Actor(r *http.Request) civic.Actor { return of(r).actor }

// L speaks the reader's language.
func L(r *http.Request) *i18n.Localizer { return of(r).l }

// AskedLang is the language that the parameter lang of an address names; Kazakh where it names none. An answer without a language in its path
// is kept by its address, so it must not follow from who asked first.
func AskedLang(r *http.Request) civic.Lang {
	if lang, known := civic.ParseLang(r.URL.Query().Get("lang")); known {
		return lang
	}
	return civic.Kazakh
}

// Log is the logger of the request: it carries the request's id, never a person's data.
func Log(r *http.Request) *slog.Logger { return of(r).log }

// NewPage starts a page with all that the shell needs. It uses up the notice that an
// earlier act left for this reader, if any.
func NewPage(w http.ResponseWriter, r *http.Request, title string) ui.Page {
	x := of(r)
	path := here(r)
	if x.route != nil && x.route.Page != "" {
		path = x.route.page(r)
	}
	p := ui.Page{L: x.l, Actor: x.actor, Path: path, Resend: &x.resend, Title: title, Now: x.server.now(), Langs: civic.Languages()}
	p.Notice = takeNotice(w, r, x.l)
	x.server.cfg.Shell(r, &p)
	return p
}

// here is the address that was asked for, without the language, as it may stand in a link.
func here(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return r.URL.EscapedPath()
	}
	return r.URL.EscapedPath() + "?" + r.URL.RawQuery
}

// page is the address of the page from which a route's form is sent.
func (rt *Route) page(r *http.Request) string { return expand(rt.Page, r) }

// expand puts the values that a request's address has for its wildcards into another pattern.
func expand(pattern string, r *http.Request) string {
	parts := strings.Split(strings.TrimSuffix(pattern, "{$}"), "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			parts[i] = url.PathEscape(r.PathValue(strings.TrimSuffix(name, "}")))
		}
	}
	return strings.Join(parts, "/")
}
