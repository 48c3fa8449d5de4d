package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render writes a page. It is made whole before the first byte leaves, so an error in the
// middle still becomes an error page.
func Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() < 1<<20 {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	if err := page.Render(r.Context(), buf); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	if x := of(r); x.resend.Path != "" && !bytes.Contains(buf.Bytes(), []byte(`id="`+ui.ResendID+`"`)) {
		x.resend.Path = "" // the page does not offer the form any more: its switch is made of links
		buf.Reset()
		if err := page.Render(r.Context(), buf); err != nil {
			return fmt.Errorf("render: %w", err)
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(L(r).Lang()))
	w.WriteHeader(status)
	_, err := w.Write(buf.Bytes())
	return ignoreGone(r, err)
}

// Write answers with a body of some other type.
func Write(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	_, err := w.Write(body)
	return ignoreGone(r, err)
}

// JSON answers with v as JSON.
func JSON(w http.ResponseWriter, r *http.Request, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return Write(w, r, "application/json", append(b, '\n'))
}

// ignoreGone drops the error of a reader who went away: there is nobody to tell.
func ignoreGone(r *http.Request, err error) error {
	if err != nil {
		Log(r).Debug("the reader went away", "error", err)
	}
	return nil
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

// Cookies of the product. All begin with "birge_": a request that carries one of those but
// the language is answered for that reader alone, never from the cache.
const (
	cookiePrefix   = "birge_"
	languageCookie = "lang"
	noticeCookie   = "birge_notice"
)

// setLanguage remembers the language of the page for addresses without one.
func setLanguage(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: string(L(r).Lang()), Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: Secure(r), SameSite: http.SameSiteLaxMode})
}

func hasState(r *http.Request) bool {
	for _, h := range r.Header["Cookie"] {
		if strings.Contains(h, cookiePrefix) {
			return true
		}
	}
	return false
}

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

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		limit := fmt.Sprintf("%d KiB", tooLarge.Limit>>10)
		if tooLarge.Limit >= 1<<20 {
			limit = fmt.Sprintf("%d MiB", tooLarge.Limit>>20)
		}
		return civic.Fail(civic.TooLarge, "web.too_large", "Limit", limit).Because(err)
	}
	return civic.Fail(civic.Invalid, "web.malformed").Because(err)
}

var statuses = map[civic.Code]int{
	civic.Invalid: http.StatusUnprocessableEntity, civic.NotFound: http.StatusNotFound,
	civic.Unauthenticated: http.StatusUnauthorized, civic.Forbidden: http.StatusForbidden,
	civic.Conflict: http.StatusConflict, civic.Closed: http.StatusConflict,
	civic.TooMany: http.StatusTooManyRequests, civic.TooLarge: http.StatusRequestEntityTooLarge,
	civic.Unavailable: http.StatusServiceUnavailable,
}

// Status is the HTTP status of an error's code; 500 for an error without one.
func Status(err error) int {
	if s, ok := statuses[civic.CodeOf(err)]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// fail answers with an error. It is the one place where codes become statuses and words.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	x := of(r)
	status := Status(err)
	message := civic.Say("web.broken")
	var known *civic.Error
	if errors.As(err, &known) {
		message = known.Message
	}
	switch {
	case r.Context().Err() != nil && status == http.StatusInternalServerError:
		status, message = http.StatusServiceUnavailable, civic.Say("web.timeout")
		x.log.Warn("request ended early", "error", err)
	case status == http.StatusInternalServerError:
		x.log.Error("request failed", "error", err)
	case status == http.StatusUnauthorized && !x.plain && s.cfg.SignIn != nil:
		if err := s.cfg.SignIn(w, r); err != nil {
			x.log.Error("sign-in page failed", "error", err)
		}
		return
	}
	if rec, ok := w.(*recorder); ok && rec.status != 0 {
		panic(http.ErrAbortHandler) // too late: part of an answer has left
	}
	s.failStatus(w, r, status, message)
}

func (s *Server) failStatus(w http.ResponseWriter, r *http.Request, status int, message civic.Message) {
	x := of(r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("ETag")
	if x.plain {
		w.Header().Set("Content-Type", "application/problem+json") // RFC 9457
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": x.l.Say(message)})
		return
	}
	p := NewPage(w, r, x.l.T(fmt.Sprintf("web.status_%d", status)))
	p.NoIndex = true
	if err := Render(w, r, status, ui.ErrorPage(p, x.l.Say(message))); err != nil {
		x.log.Error("error page failed", "error", err)
		http.Error(w, x.l.Say(message), status)
	}
}

// languageRoute is where the language switch of a page leads: it remembers the language and
// goes back to the page. The pages themselves stay the same for everybody, and cached.
func languageRoute() Route {
	return Route{Method: "GET", Pattern: ui.SwitchPath, Access: Everyone, Handler: func(w http.ResponseWriter, r *http.Request) error {
		to := r.URL.Query().Get("to")
		if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") { // another site's
			to = "/"
		}
		setLanguage(w, r)
		return See(w, r, to, "", "")
	}}
}

func assetRoute() Route {
	byPath := map[string]ui.Asset{}
	for _, a := range ui.Assets() {
		byPath[strings.TrimPrefix(a.Path, "/assets/")] = a
	}
	return Route{Method: "GET", Pattern: "/assets/{name}", Access: Everyone, Plain: true,
		Topics: func(*http.Request) []string { return nil },
		Handler: func(w http.ResponseWriter, r *http.Request) error {
			a, ok := byPath[r.PathValue("name")]
			if !ok {
				return civic.Fail(civic.NotFound, "web.not_found")
			}
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			return Write(w, r, contentType(a.Path), a.Body)
		}}
}

func contentType(name string) string {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "css":
		return "text/css; charset=utf-8"
	case "js":
		return "text/javascript; charset=utf-8"
	case "svg":
		return "image/svg+xml"
	case "png":
		return "image/png"
	case "webmanifest":
		return "application/manifest+json"
	}
	return "application/octet-stream"
}
