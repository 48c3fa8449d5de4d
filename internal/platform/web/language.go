package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// languageOf chooses for a request without a language in its path: the one chosen last,
// else the first of the browser's that the city offers, else the city's first.
func (s *Server) languageOf(r *http.Request) civic.Lang {
	offered := civic.Languages()
	if s.cfg.Languages != nil {
		if l := s.cfg.Languages(); len(l) > 0 {
			offered = l
		}
	}
	if chosen := civic.Lang(s.cookie(r, languageCookie)); slices.Contains(offered, chosen) {
		return chosen
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

// setLanguage remembers the language of the page for addresses without one.
func setLanguage(w http.ResponseWriter, r *http.Request) {
	SetCookie(w, r, languageCookie, string(L(r).Lang()), 365*24*time.Hour)
}

// languageRoute is where the language switch of a page leads: it remembers the language and
// goes back to the page. The pages themselves stay the same for everybody, and cached.
func languageRoute() Route {
	return Route{Method: "GET", Pattern: ui.SwitchPath, Query: []string{"to"}, Access: Everyone, Handler: func(w http.ResponseWriter, r *http.Request) error {
		to := r.URL.Query().Get("to")
		if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") { // another site's
			to = "/"
		}
		setLanguage(w, r)
		return See(w, r, to, "", "")
	}}
}
