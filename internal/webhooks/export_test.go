package webhooks

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
)

// What tests see of the rules.
var (
	CleanAddress = cleanAddress
	WaitAfter    = waitAfter
	Sign         = sign
	BodyOf       = bodyOf
	Waits        = waits
	NewClient    = newClient
)

// Bounds, for tests.
const (
	MaxBody    = maxBody
	MostAtOnce = mostAtOnce
	MostKept   = mostKept
	MaxKinds   = maxKinds
)

// Outcome is how sending ended.
func Outcome(problem Problem, status int64) outcome { return outcome{problem: problem, status: status} }

// After is what becomes of a webhook.
var After = Hook.after

// SendWith makes the service send with a client of the test's.
func (s *Service) SendWith(client *http.Client) {
	s.post = func(ctx context.Context, address string, headers map[string]string, body []byte) outcome {
		return postWith(ctx, client, address, headers, body)
	}
}

// PostWith is what the service sends with.
func PostWith(ctx context.Context, client *http.Client, address string) (Problem, int64) {
	o := postWith(ctx, client, address, map[string]string{}, []byte("{}"))
	return o.problem, o.status
}

// PostAsEver sends the way a city does.
func PostAsEver(ctx context.Context, address string) (Problem, int64) {
	o := newPoster()(ctx, address, map[string]string{}, []byte("{}"))
	return o.problem, o.status
}

// Run sends what one webhook has not been sent, as its job does.
func (s *Service) Run(ctx context.Context, id civic.ID) error {
	raw, err := json.Marshal(payload{id})
	if err != nil {
		return err
	}
	return s.send(ctx, jobs.Job{Payload: raw})
}
