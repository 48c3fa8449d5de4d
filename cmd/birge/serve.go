package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/birge-kz/birge/internal/app"
)

type serveCmd struct {
	Cities     string        `placeholder:"DIR"`
	CitiesOpen int           `default:"32" placeholder:"N"`
	CitiesIdle time.Duration `default:"5m" placeholder:"DURATION"`

	databaseFlags
	serverFlags
	siteFlags
}

// Run serves the city, or those of a folder, until it is told to stop.
func (c *serveCmd) Run(ctx context.Context, std *streams) error {
	if c.Cities != "" {
		return c.serveMany(ctx, std)
	}
	cfg := c.config()
	if err := c.siteFlags.apply(&cfg, std); err != nil {
		return err
	}
	return c.serveOne(ctx, std, cfg, func(a *app.App, base string) error {
		link, err := a.SetupLink(ctx)
		if err == nil && link != "" {
			fmt.Fprintf(std.Err, "\n  %s\n\n    %s\n\n", std.say("serve_setup"), link)
		}
		return err
	})
}

// served is what the program serves: a city, or many.
type served interface {
	Handler() http.Handler
	Start(ctx context.Context) *sync.WaitGroup
	Close() error
}

// serveOne serves a city. ready is called once it is open, before the first request.
func (f serverFlags) serveOne(ctx context.Context, std *streams, cfg app.Config, ready func(a *app.App, base string) error) error {
	if err := f.apply(&cfg, std); err != nil {
		return err
	}
	cfg.Log = f.logger(std)
	return f.serve(ctx, std, cfg.Log, autocert.HostWhitelist(f.ACMEDomain...), func(at *url.URL) (served, string, error) {
		cfg.URL = cmp.Or(cfg.URL, at)
		a, err := openCity(ctx, cfg, std)
		if err != nil {
			return nil, "", err
		}
		if err := ready(a, cfg.URL.String()); err != nil {
			return nil, "", errors.Join(err, a.Close())
		}
		return a, cfg.URL.String(), nil
	})
}

// serve listens, opens what is served, runs the background work and answers requests until ctx
// ends; then it stops taking new requests, lets those under way finish, and returns. For what
// certified lets through a certificate is fetched, where ACME is asked for. open is given the
// address at which it listens, and returns the one that is shown.
func (f serverFlags) serve(ctx context.Context, std *streams, log *slog.Logger, certified autocert.HostPolicy, open func(at *url.URL) (served, string, error)) error {
	tlsConfig, err := f.tlsConfig(std, certified)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", f.Listen)
	if err != nil {
		return std.fail("listen_taken", "Address", f.Listen, "Error", err)
	}
	defer ln.Close()
	at := &url.URL{Scheme: "http", Host: readable(ln.Addr())}
	if tlsConfig != nil {
		at.Scheme = "https"
	}
	a, base, err := open(at)
	if err != nil {
		return err
	}
	defer within(10*time.Second, log, "the database", func() { _ = a.Close() })
	srv := newServer(a.Handler(), log)
	if tlsConfig != nil {
		ln = tls.NewListener(ln, tlsConfig)
		srv.Protocols = new(http.Protocols)
		srv.Protocols.SetHTTP1(true)
		srv.Protocols.SetHTTP2(true)
	}
	background := a.Start(ctx)
	fmt.Fprintln(std.Out, base)
	log.Info("serving", "url", base)

	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		log.Info("stopping: requests under way may finish")
		grace, cancel := context.WithTimeout(context.Background(), f.Grace)
		err = srv.Shutdown(grace)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) { // a client sends or reads too slowly
			err = srv.Close()
		}
		within(10*time.Second, log, "the background work", background.Wait)
	}
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// within runs f, but waits for it no longer than d. The program was told to stop, so it ends
// even when something hangs.
func within(d time.Duration, log *slog.Logger, what string, f func()) {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(d):
		log.Warn("stopping without waiting longer", "for", what)
	}
}

// newServer bounds what one connection may cost.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      90 * time.Second, // until a route sets a deadline of its own; only a large table has a later one, by its size
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func (f serverFlags) tlsConfig(std *streams, certified autocert.HostPolicy) (*tls.Config, error) {
	switch {
	case len(f.ACMEDomain) > 0:
		m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: certified, Cache: autocert.DirCache(f.ACMECache)}
		if f.ACMEURL != "" {
			m.Client = &acme.Client{DirectoryURL: f.ACMEURL}
		}
		return m.TLSConfig(), nil
	case f.TLSCert != "":
		cert, err := tls.LoadX509KeyPair(f.TLSCert, f.TLSKey)
		if err != nil {
			return nil, std.fail("tls_broken", "Error", std.reason(err))
		}
		return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}, nil
	}
	return nil, nil
}

// readable is a listening address in a form that one can type into a browser.
func readable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && (tcp.IP.IsUnspecified() || tcp.IP.IsLoopback()) {
		return fmt.Sprintf("localhost:%d", tcp.Port) // passkeys need a name
	}
	return addr.String()
}
