package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// takeNotice reads the notice left by See. The cookie holds a key, never words, so nobody
// can put text on a page with it.
func takeNotice(w http.ResponseWriter, r *http.Request, l *i18n.Localizer) ui.Notice {
	left := Cookie(r, noticeCookie)
	if left == "" {
		return ui.Notice{}
	}
	DropCookie(w, r, noticeCookie)
	tone, key, _ := strings.Cut(left, ".")
	if !l.Has(key) {
		return ui.Notice{}
	}
	return ui.Notice{Tone: ui.Tone(tone), Text: l.T(key)}
}

// See sends the browser to another page of the city after an act (303), in the reader's
// language, and leaves a notice for it. No notice when key is "".
func See(w http.ResponseWriter, r *http.Request, path string, tone ui.Tone, key string) error {
	if key != "" {
		SetCookie(w, r, noticeCookie, string(tone)+"."+key, time.Minute)
	}
	http.Redirect(w, r, ui.Localized(L(r).Lang(), path), http.StatusSeeOther)
	return nil
}
