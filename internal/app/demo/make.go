package demo

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
)

// ErrNotEmpty says that there is a city already, in which nothing was changed.
var ErrNotEmpty = errors.New("this database holds a city already: the demonstration is made in a new one")

// Make makes the demonstration city in the empty database that cfg names, and closes it
// again, ready to be served. It brings a clock of its own. ErrNotEmpty when somebody has set
// the city up before.
func Make(ctx context.Context, cfg app.Config) ([]Login, error) {
	content, err := Load()
	if err != nil {
		return nil, err
	}
	return makeOf(ctx, cfg, content)
}

func makeOf(ctx context.Context, cfg app.Config, content Content) (_ []Login, err error) {
	clock, now := &Clock{}, time.Now()
	if cfg.Clock != nil {
		now = cfg.Clock()
	}
	clock.set(now)
	cfg.Clock, cfg.Capabilities, cfg.Demo = clock.Now, capabilities.All(), true
	if cfg.URL == nil { // links in mails that are never read
		cfg.URL = &url.URL{Scheme: "http", Host: "localhost"}
	}
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if a.Settings.Current().Ready {
		return nil, ErrNotEmpty
	}
	return Seed(ctx, content, Services{App: a, Clock: clock,
		Letter: func(ctx context.Context, to string) (string, error) {
			err := a.RunJobs(ctx)
			for _, m := range a.Outbox() {
				if m.To == to {
					return m.Text, err
				}
			}
			return "", errors.Join(err, errors.New("no letter to "+to))
		}}, now)
}
