package record_test

import (
	"net/http"

	"github.com/birge-kz/birge/internal/civic"
)

func authenticateAs(a civic.Actor) func(*http.Request) (civic.Actor, error) {
	return func(*http.Request) (civic.Actor, error) { return a, nil }
}
