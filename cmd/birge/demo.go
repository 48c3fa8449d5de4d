package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/app/demo"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Keep   string `placeholder:"FILE"`
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
		return std.fail("demo_exists", "File", file)
	}
	std.tell("demo_making")
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return std.fail("listen_wrong", "Value", strconv.Quote(c.Listen))
	}
	logins, err := demo.Make(ctx, app.Config{Database: file, URL: &url.URL{Scheme: "http", Host: "localhost:" + port}})
	if err != nil {
		return err
	}
	flags := serverFlags{Listen: c.Listen, LogFormat: "text", LogLevel: "warn", CacheMB: 16, Dev: true}
	return flags.serveOne(ctx, std, app.Config{Database: file, Demo: true, Capabilities: capabilities.All()}, func(a *app.App, base string) error {
		fmt.Fprintf(std.Err, "\n  %s\n  %s\n  %s\n\n", std.say("demo_ready"),
			std.say("demo_mails", "Address", base+"/"+string(std.lang())+"/_mail"), std.say("demo_accounts"))
		for _, l := range logins {
			role := a.Catalog.For(std.lang()).T(a.Declared.Roles().NameKey(l.Role))
			fmt.Fprintf(std.Err, "    %-32s %-28s %s\n", role, l.Email, l.Password)
		}
		fmt.Fprintf(std.Err, "\n  %s\n\n", std.say("demo_open", "Address", base))
		return nil
	})
}
