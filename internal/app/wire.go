package app

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Texts are the messages of the home page and the navigation.
func Texts() fs.FS { sub, _ := fs.Sub(textFiles, "texts"); return sub }

// wire makes the services, gives each what it needs of the others, and the edge their routes.
func (a *App) wire(ctx context.Context, zone *time.Location) error {
	sender, err := a.mailSender()
	if err != nil {
		return err
	}
	if a.Roles, err = Roles(); err != nil {
		return err
	}
	if a.City, err = city.New(ctx, a.DB, zone, audit.Log); err != nil {
		return err
	}
	resolvers := map[string]part.Resolver{}
	a.Search, err = search.New(a.DB, slices.Concat(organisations.Searched(), consultations.Searched()),
		titles(resolvers))
	if err != nil {
		return err
	}
	a.Record = record.New(a.DB, record.Options{Origin: a.cfg.URL.Host, Zone: zone, Roles: a.Roles, Search: a.Search, Witnesses: a.cfg.Witnesses, Log: a.cfg.Log})
	post := notifications.Post{Catalog: a.Catalog}
	scopes := &bodies{db: a.DB}
	a.Identity, err = identity.New(a.DB, a.City, post, identity.Options{
		Origin: a.cfg.URL.String(), City: func() civic.Text { return a.City.Settings().Name },
		Provider: a.cfg.Provider, Roles: a.Roles, Scopes: scopes, Resolvers: func() map[string]part.Resolver { return resolvers },
	})
	if err != nil {
		return err
	}
	a.Notifications = notifications.New(a.DB, a.City, a.Identity, post,
		notifications.Options{Origin: a.cfg.URL.String(), City: func() civic.Text { return a.City.Settings().Name }})
	a.Organisations = organisations.New(a.DB, organisations.Deps{
		Rules: a.City, Districts: a.districts, Grants: grants{a.Identity}, Notify: registerNotices{a.Notifications}, Audit: audit.Log, Record: a.Record, Search: a.Search,
	})
	scopes.register, a.City.Bodies = a.Organisations, scopes
	a.Consultations = consultations.New(a.DB, consultations.Deps{
		Rules: a.City, Organisations: scopes, Notifier: consultationNotices{a.Notifications}, Auditor: auditor{},
		Record: a.Record, Search: a.Search, Say: func(lang civic.Lang, key string, args ...any) string { return a.Catalog.For(lang).T(key, args...) },
	})
	a.Record.Declare(a.Organisations.Kinds()...)
	a.Record.Declare(a.Consultations.Kinds()...)
	a.Identity.Hold(a.Notifications, registerHolder{a.Organisations}, a.Consultations)

	modules := []part.Module{
		a.City.Module(),
		a.Record.Module(),
		a.Search.Module(),
		a.Consultations.Module(),
		a.Organisations.Module(),
		a.Notifications.Module(),
		a.Identity.Module(),
	}
	routes := append(a.operateRoutes(), a.ownRoutes()...)
	kinds := []jobs.Kind{mail.Kind(sender)}
	var periodics []jobs.Periodic
	for _, m := range modules {
		routes = append(routes, m.Routes...)
		kinds = append(kinds, m.Jobs...)
		periodics = append(periodics, m.Periodics...)
		a.City.Declare(m.Settings...)
		maps.Copy(resolvers, m.Resolvers)
		a.Record.Resolve(m.Resolvers)
	}
	a.worker = jobs.New(a.DB, kinds, periodics, a.cfg.Log, jobs.WorkerOptions{})
	a.server, err = web.NewServer(web.Config{
		Catalog: a.Catalog, Routes: routes, Versions: a.DB.Version,
		Authenticate: a.Identity.Authenticate, SignIn: a.Identity.SignInPage, Shell: a.shell, ShellTopics: []string{city.Topic, consultations.DayTopic},
		Languages: func() []civic.Lang { return a.City.Settings().Languages },
		Clock:     a.cfg.Clock, Log: a.cfg.Log, Observe: a.measure(),
		TrustedProxies: a.cfg.TrustedProxies, Secure: a.cfg.URL.Scheme == "https", CacheBytes: a.cfg.CacheBytes,
	})
	return err
}

// Start runs the background work until ctx ends: jobs, the totals and phases of consultations,
// the record's sequencer, and the watch for changes made by other processes. Wait for the group
// before closing.
func (a *App) Start(ctx context.Context) *sync.WaitGroup {
	var wg sync.WaitGroup
	wg.Go(func() { a.worker.Run(ctx) })
	wg.Go(func() { a.Record.Run(ctx) })
	wg.Go(func() {
		a.DB.WatchVersions(ctx, time.Second, func(err error) { a.cfg.Log.Warn("cannot look for changes of other processes", "error", err) })
	})
	wg.Go(func() {
		if err := a.Organisations.Resume(ctx); err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("an interrupted import is not finished", "error", err)
		}
	})
	wg.Go(func() {
		fail := func(err error) { a.cfg.Log.Warn("consultations: totals and phases are late", "error", err) }
		if err := a.Consultations.CleanImports(ctx); err != nil {
			fail(err)
		}
		a.Consultations.Watch(ctx, time.Second, fail)
	})
	return &wg
}

// RunJobs does all the background work that is due, and returns when none is left. It is for
// tests and for commands that serve nobody.
func (a *App) RunJobs(ctx context.Context) error {
	return errors.Join(a.Consultations.Fold(ctx), a.Consultations.Advance(ctx), a.worker.Drain(ctx))
}

// Outbox are the last mails of a demonstration, the newest last.
func (a *App) Outbox() []mail.Message {
	if a.outbox == nil {
		return nil
	}
	return a.outbox.Outbox()
}

// mailSender sends through the configured server, or keeps the last mails in memory.
func (a *App) mailSender() (mail.Sender, error) {
	if a.cfg.Mail.SMTP == "" {
		keep := 0
		if a.cfg.Demo {
			keep = 50
		}
		a.outbox = mail.NewLog(a.cfg.Log, keep)
		return a.outbox, nil
	}
	return mail.NewSMTP(mail.Config{Server: a.cfg.Mail.SMTP, From: a.cfg.Mail.From})
}

// SetupLink returns the one-time link with which the first administrator is made, or "" when
// there is one already.
func (a *App) SetupLink(ctx context.Context) (string, error) {
	return a.Identity.SetupLink(ctx, a.City.Settings().Languages[0])
}

func (a *App) districts() []organisations.District {
	var out []organisations.District
	for _, d := range a.City.Settings().Districts {
		out = append(out, organisations.District{Code: d.Code, Name: d.Name})
	}
	return out
}
