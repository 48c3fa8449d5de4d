package demo

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/birge-kz/birge/internal/app"
)

// ErrNotEmpty says that there is a city already, in which nothing was changed.
var ErrNotEmpty = errors.New("this database holds a city already: the demonstration is made in a new one")

// Make makes the demonstration city in the empty database that cfg names, and closes it
// again, ready to be served. It brings a clock of its own. ErrNotEmpty when somebody has set
// the city up before.
func Make(ctx context.Context, cfg app.Config) (_ []Login, err error) {
	clock, now := &Clock{}, time.Now()
	if cfg.Clock != nil {
		now = cfg.Clock()
	}
	clock.set(now)
	cfg.Clock = clock.Now
	if cfg.URL == nil { // links in mails that are never read
		cfg.URL = &url.URL{Scheme: "http", Host: "localhost"}
	}
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if a.City.Settings().Ready {
		return nil, ErrNotEmpty
	}
	return Seed(ctx, Services{DB: a.DB, Clock: clock, Roles: a.Roles, City: a.City, Record: a.Record, Organisations: a.Organisations, Consultations: a.Consultations}, now)
}
