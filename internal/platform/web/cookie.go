package web

import (
	"net/http"
	"strings"
)

// Cookies of the product. All begin with "birge_": a request that carries one of those but
// the language is answered for that reader alone, never from the cache.
const (
	cookiePrefix   = "birge_"
	languageCookie = "lang"
	noticeCookie   = "birge_notice"
)

func hasState(r *http.Request) bool {
	for _, h := range r.Header["Cookie"] {
		if strings.Contains(h, cookiePrefix) {
			return true
		}
	}
	return false
}
