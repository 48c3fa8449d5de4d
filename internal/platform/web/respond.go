package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/platform/ui"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Immutable is the Cache-Control of an answer that is never another one under its address.
const Immutable = "public, max-age=31536000, immutable"

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
	body := compressed(w, r, buf.Bytes())
	w.WriteHeader(status)
	_, err := w.Write(body)
	return ignoreGone(r, err)
}

// Write answers with a body of some other type.
func Write(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	if compressible(contentType) {
		body = compressed(w, r, body)
	}
	_, err := w.Write(body)
	return ignoreGone(r, err)
}

// WriteCompressed is Write for a body that becomes much smaller, though its type does not say so.
func WriteCompressed(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	_, err := w.Write(compressed(w, r, body))
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
