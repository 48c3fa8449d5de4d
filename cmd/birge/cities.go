package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/alecthomas/kong"
	"golang.org/x/crypto/acme/autocert"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/cities"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// siteFile is what the file of a city says in the folder of many: what of the command line is a city's own.
type siteFile struct {
	databaseFlags
	siteFlags
	storeFlags
	BackupDays int `default:"30" placeholder:"N"` // with storeFlags for birge backup, which is given in the city's folder
}

// siteName is the name of that file.
const siteName = "city.toml"

// readers is how many connections read an open city at once. Many are small, and on SQLite each connection holds the
// description of all tables, two MiB.
const readers = 2

// serveMany serves the cities of a folder, each by its host name.
func (c *serveCmd) serveMany(ctx context.Context, std *streams) error {
	if c.URL != "" || c.Database != "birge.db" || c.SMTP != "" || c.OIDCIssuer != "" {
		return std.fail("cities_own", "File", siteName)
	}
	if c.CitiesOpen < 1 || c.CitiesIdle <= 0 {
		return std.fail("cities_open", "Value", c.CitiesOpen, "Idle", c.CitiesIdle.String())
	}
	log := c.logger(std)
	shared := sharedTexts{}
	linked := sync.Map{} // cities whose first administrator was asked for
	host, err := cities.New(cities.Options{Folder: c.Cities, File: siteName, Most: c.CitiesOpen, Idle: c.CitiesIdle, Log: log, Read: func(folder string) (cities.Site, error) {
		cfg, err := c.site(std, folder)
		if err != nil {
			return cities.Site{}, err
		}
		name := filepath.Base(folder)
		cfg.Log = log.With("city", name)
		return cities.Site{Host: cfg.URL.Host, Open: func(ctx context.Context) (cities.City, error) {
			cfg := cfg
			var err error
			if cfg.Texts, err = shared.of(cfg); err != nil {
				return nil, err
			}
			a, err := openCity(ctx, cfg, std)
			if err != nil {
				return nil, err
			}
			link, err := a.SetupLink(ctx)
			if err != nil {
				return nil, errors.Join(err, a.Close())
			}
			if _, before := linked.LoadOrStore(name, true); link != "" && !before {
				fmt.Fprintf(std.Err, "\n  %s: %s\n\n    %s\n\n", name, std.say("serve_setup"), link)
			}
			return a, nil
		}}, nil
	}})
	if err != nil {
		return std.fail("cities_folder", "Folder", c.Cities, "Error", std.reason(err))
	}
	certified := func(_ context.Context, name string) error {
		if slices.Contains(host.Hosts(), name) {
			return nil
		}
		return fmt.Errorf("no city has the address %q", name)
	}
	if !slices.Equal(c.ACMEDomain, []string{"*"}) {
		certified = autocert.HostWhitelist(c.ACMEDomain...)
	}
	return c.serve(ctx, std, log, certified, func(at *url.URL) (served, string, error) { return host, at.String(), nil })
}

// site is how a city of a folder is opened. Paths in its file are seen from the folder.
func (c *serveCmd) site(std *streams, folder string) (cfg app.Config, err error) {
	file := filepath.Join(folder, siteName)
	f, err := os.Open(file)
	if err != nil {
		return cfg, err
	}
	defer f.Close()
	values, err := std.tomlFile(f)
	if err != nil {
		return cfg, err
	}
	var said siteFile
	parser, err := kong.New(&said, kong.Name(siteName), kong.Resolvers(values), kong.NoDefaultHelp(), kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
	if err != nil {
		return cfg, err
	}
	if _, err := parser.Parse(nil); err != nil {
		return cfg, errors.New(std.usageError(err))
	}
	if said.URL == "" {
		return cfg, std.fail("city_url", "File", file)
	}
	if storage.EngineOf(said.Database) == storage.SQLite && !filepath.IsAbs(said.Database) {
		said.Database = filepath.Join(folder, said.Database)
	}
	for _, path := range []*string{&said.Files, &said.BallotKeys} { // "" is beside the database; a bucket has an address
		if u, err := url.Parse(*path); *path != "" && err == nil && u.Scheme == "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	if storage.EngineOf(said.Database) == storage.PostgreSQL { // beside the database is no place
		said.Files = cmp.Or(said.Files, filepath.Join(folder, "files"))
		said.BallotKeys = cmp.Or(said.BallotKeys, filepath.Join(folder, "ballots"))
	}
	cfg = said.config()
	if err := cmp.Or(said.siteFlags.apply(&cfg, std), c.serverFlags.apply(&cfg, std)); err != nil {
		return cfg, err
	}
	cfg.BackupDir = cmp.Or(cfg.BackupDir, folder)
	cfg.Storage.MaxConns = readers
	if cfg.CacheBytes > 0 { // they share it
		cfg.CacheBytes = max(cfg.CacheBytes/int64(c.CitiesOpen), 256<<10)
	}
	return cfg, nil
}

// sharedTexts are the program's words, read once for all cities of a time zone.
type sharedTexts struct {
	mu     sync.Mutex
	byZone map[string]*i18n.Catalog
}

func (s *sharedTexts) of(cfg app.Config) (*i18n.Catalog, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.byZone[cfg.Zone]; c != nil {
		return c, nil
	}
	zone, err := app.ZoneOf(cfg.Zone)
	if err != nil {
		return nil, err
	}
	c, err := app.LoadTexts(zone, capabilities.All())
	if err == nil {
		if s.byZone == nil {
			s.byZone = map[string]*i18n.Catalog{}
		}
		s.byZone[cfg.Zone] = c
	}
	return c, err
}
