package web

import (
	"net/http"
	"strings"
	"time"
)

// Cookies of the product. A request that carries one whose name begins with "birge_" is answered for
// that reader alone, never from the cache. No page that is kept depends on the others.
const (
	cookiePrefix   = "birge_"
	languageCookie = "lang"
	noticeCookie   = "birge_notice"

	// AddressCookie holds what opens the things done at the address that was confirmed in this browser. Only pages
	// that are never kept look at it.
	AddressCookie = "address"
)

// hostOnly is what browsers want before the name of a cookie (RFC 6265bis) to promise that it was
// set by this very host over TLS: no neighbour under the same domain can plant it.
const hostOnly = "__Host-"

// SetCookie gives the browser a cookie for the whole city that scripts cannot read, for a time.
// Over TLS its name begins with "__Host-"; Cookie reads it under the name given here.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	s := of(r).server
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(r, name), Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: s.overTLS(r), SameSite: http.SameSiteLaxMode})
}

// DropCookie takes a cookie from the browser.
func DropCookie(w http.ResponseWriter, r *http.Request, name string) {
	SetCookie(w, r, name, "", -time.Second)
}

// Cookie is the value of a cookie that SetCookie gave the browser; "" when there is none.
func Cookie(r *http.Request, name string) string { return of(r).server.cookie(r, name) }

func (s *Server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Server) cookieName(r *http.Request, name string) string {
	if s.overTLS(r) {
		return hostOnly + name
	}
	return name
}

func hasState(r *http.Request) bool {
	for _, h := range r.Header["Cookie"] {
		if strings.Contains(h, cookiePrefix) {
			return true
		}
	}
	return false
}
