package web

import (
	"net/http"
)

// recorder remembers what was answered, for metrics and to know whether it is too late for
// an error page.
type recorder struct {
	http.ResponseWriter
	status  int
	pattern string
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
