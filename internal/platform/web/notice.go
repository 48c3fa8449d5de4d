package web

import (
	"net/http"
	"strings"

	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// takeNotice reads the notice left by See. The cookie holds a key, never words, so nobody
// can put text on a page with it.
func takeNotice(w http.ResponseWriter, r *http.Request, l *i18n.Localizer) ui.Notice {
	c, err := r.Cookie(noticeCookie)
	if err != nil {
		return ui.Notice{}
	}
	http.SetCookie(w, &http.Cookie{Name: noticeCookie, Path: "/", MaxAge: -1})
	tone, key, _ := strings.Cut(c.Value, ".")
	if !l.Has(key) {
		return ui.Notice{}
	}
	return ui.Notice{Tone: ui.Tone(tone), Text: l.T(key)}
}

// See sends the browser to another page of the city after an act (303), in the reader's
// language, and leaves a notice for it. No notice when key is "".
func See(w http.ResponseWriter, r *http.Request, path string, tone ui.Tone, key string) error {
	if key != "" {
		http.SetCookie(w, &http.Cookie{Name: noticeCookie, Value: string(tone) + "." + key, Path: "/", MaxAge: 60,
			HttpOnly: true, Secure: Secure(r), SameSite: http.SameSiteLaxMode})
	}
	http.Redirect(w, r, ui.Localized(L(r).Lang(), path), http.StatusSeeOther)
	return nil
}
