package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/demo"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen."`
	Keep   string `placeholder:"FILE" help:"Make the city in this new SQLite file and leave it there (birge serve --database FILE goes on with it). By default it is thrown away at the end."`
}

// Run makes a demonstration city, serves it, and throws it away at the end.
func (c *demoCmd) Run(ctx context.Context, std *streams) error {
	file := c.Keep
	if file == "" {
		dir, err := os.MkdirTemp("", "birge-demo-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		file = filepath.Join(dir, "city.db")
	} else if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists already: name a new file, or go on with it by birge serve --database %s", file, file)
	}
	fmt.Fprintln(std.Err, "making a demonstration city …")
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q: give HOST:PORT", c.Listen)
	}
	logins, err := demo.Make(ctx, app.Config{Database: file, URL: &url.URL{Scheme: "http", Host: "localhost:" + port}})
	if err != nil {
		return err
	}
	flags := serverFlags{Listen: c.Listen, LogFormat: "text", LogLevel: "warn", CacheMB: 16, Dev: true}
	return flags.serve(ctx, std, app.Config{Database: file, Demo: true}, func(_ *app.App, base string) error {
		fmt.Fprintf(std.Err, "\n  A demonstration city. All of its content is made up; its mails stay at %s/kk/_mail\n  Accounts to sign in with:\n\n", base)
		for _, l := range logins {
			fmt.Fprintf(std.Err, "    %-14s %-28s %s\n", l.Role, l.Email, l.Password)
		}
		fmt.Fprintf(std.Err, "\n  Open %s in a browser; Ctrl-C ends it.\n\n", base)
		return nil
	})
}
