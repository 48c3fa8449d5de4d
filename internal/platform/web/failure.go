package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
)

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
	var fields []civic.FieldError
	if errors.As(err, &known) {
		message, fields = known.Message, known.Fields
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
	if wait := waitOf(status, err); wait > 0 {
		message = askToWait(w, message, wait)
	}
	s.failStatus(w, r, status, message, fields...)
}

// usualWait is asked for where nobody knows how long it takes.
const usualWait = 30 * time.Second

// waitOf is after how long to try again what was answered with a status; 0 when waiting does not help.
func waitOf(status int, err error) time.Duration {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return 0
	}
	var known *civic.Error
	if errors.As(err, &known) && known.Wait > 0 {
		return known.Wait
	}
	return usualWait
}

// askToWait tells programs in the header, and people in a sentence after the message, when to
// try again. No message says a time itself, so no answer of 429 or 503 goes without one.
func askToWait(w http.ResponseWriter, message civic.Message, wait time.Duration) civic.Message {
	up := func(unit time.Duration) int { return int((wait + unit - 1) / unit) }
	w.Header().Set("Retry-After", strconv.Itoa(up(time.Second)))
	switch {
	case wait <= time.Minute:
		return civic.Say("web.wait_seconds", "Said", message, "Count", up(time.Second))
	case wait <= 90*time.Minute:
		return civic.Say("web.wait_minutes", "Said", message, "Count", up(time.Minute))
	}
	return civic.Say("web.wait_hours", "Said", message, "Count", up(time.Hour))
}

func (s *Server) failStatus(w http.ResponseWriter, r *http.Request, status int, message civic.Message, fields ...civic.FieldError) {
	x := of(r)
	// The request's own time may be over, and the page of the error is to be made all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 5*time.Second)
	defer cancel()
	r = r.WithContext(ctx)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("ETag")
	if x.api {
		s.apiFail(w, r, status, message, fields)
		return
	}
	if x.plain {
		w.Header().Set("Content-Type", "application/problem+json") // RFC 9457
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": x.l.Say(message)})
		return
	}
	s.recognise(r)
	p := NewPage(w, r, x.l.T(fmt.Sprintf("web.status_%d", status)))
	p.NoIndex = true
	if err := Render(w, r, status, ui.ErrorPage(p, x.l.Say(message))); err != nil {
		x.log.Error("error page failed", "error", err)
		http.Error(w, x.l.Say(message), status)
	}
}

// recognise finds out who asks, where a request failed before a route did: the page of the error
// has the head of every page, with the reader's own menu. Where the session cannot be read, it
// is a visitor's.
func (s *Server) recognise(r *http.Request) {
	x := of(r)
	if x.route != nil {
		return
	}
	actor, err := s.cfg.Authenticate(r)
	if err != nil {
		x.log.Warn("who asks cannot be found out for the page of an error", "error", err)
		return
	}
	x.actor = actor
}
