package main

import (
	"bytes"
	"strings"
	"testing"
)

// looking runs birge import with the name of what is to be looked into.
func looking(t *testing.T, what string) func(args ...string) (out, messages string, code int) {
	return func(args ...string) (string, string, int) {
		var o, e bytes.Buffer
		code := run(t.Context(), append([]string{"import", what}, args...), &streams{In: strings.NewReader(""), Out: &o, Err: &e})
		return o.String(), e.String(), code
	}
}
