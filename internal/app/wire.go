package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/blueprint"
	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/datasets"
	"github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/minutes"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/pulse"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/review"
	"github.com/birge-kz/birge/internal/search"
)

// wire makes the services, each from those below it, then the capabilities from all of them,
// and gives the edge and the worker what they hand over.
func (a *App) wire(ctx context.Context, zone *time.Location) error {
	if err := a.services(ctx, zone); err != nil {
		return err
	}
	sender, err := a.mailSender()
	if err != nil {
		return err
	}
	if err := a.compose(sender); err != nil {
		return err
	}
	var routes []web.Route
	var kinds []jobs.Kind
	var periodics []jobs.Periodic
	for _, p := range a.parts {
		routes = append(routes, p.Routes...)
		kinds = append(kinds, p.Jobs...)
		periodics = append(periodics, p.Periodics...)
	}
	a.worker = jobs.New(a.DB, kinds, periodics, a.cfg.Log, jobs.WorkerOptions{Trusted: a.Clock.Trusted})
	a.server, err = web.NewServer(web.Config{
		Catalog: a.Catalog, Routes: routes, Versions: a.DB.Version,
		Authenticate: a.Identity.Authenticate, SignIn: a.Identity.SignInPage, Fresh: a.Identity.Fresh, Prove: a.Identity.ProvePage, Shell: a.shell, ShellTopics: []string{city.Topic, city.TopicDay},
		Languages: func() []civic.Lang { return a.Settings.Current().Languages },
		Clock:     a.cfg.Clock, Log: a.cfg.Log, Observe: a.measure(),
		TrustedProxies: a.cfg.TrustedProxies, Origin: a.cfg.URL.Scheme + "://" + a.cfg.URL.Host, CacheBytes: a.cfg.CacheBytes,
		HeavyFrom: a.heavyFrom, ReadersFrom: a.readersFrom, Pictures: a.Places.Tiles().Origin(),
	})
	return err
}

// heavyEach is how many large answers a minute are for one person.
const heavyEach = 20

// heavyFrom is how many large answers a network gets in a minute: at a venue, as many as the
// people there need.
func (a *App) heavyFrom(network string) int {
	usual := int(a.Settings.Value(heavyFrom))
	if v, open := a.Identity.VenueAt(network); open {
		return max(usual, heavyEach*v.People)
	}
	return usual
}

// services makes what every capability calls.
func (a *App) services(ctx context.Context, zone *time.Location) (err error) {
	a.Trail = audit.New(a.Declared.Audited)
	if a.Settings, err = city.New(ctx, a.DB, zone, a.Declared.Settings(), a.Trail); err != nil {
		return err
	}
	a.Clock = pulse.New(a.DB, func() time.Duration { return time.Duration(a.Settings.Value(gapHours)) * time.Hour })
	if a.Search, err = search.New(a.DB, a.Settings, a.Declared); err != nil {
		return err
	}
	a.Record = record.New(a.DB, record.Options{Origin: a.cfg.URL.Host, Zone: zone, Declared: a.Declared, Search: a.Search, Witnesses: a.cfg.Witnesses, Log: a.cfg.Log})
	a.Blueprint = blueprint.New(a.DB, a.Catalog, a.Settings, a.Declared, a.Record, a.Trail)
	store, err := a.cfg.Store()
	if err != nil {
		return err
	}
	a.Files = files.New(a.DB, a.Settings, a.Record, a.Declared, store)
	post := mail.Post{Catalog: a.Catalog}
	a.Identity, err = identity.New(ctx, a.DB, a.Settings, post, a.Declared, a.Trail, identity.Options{Origin: a.cfg.URL.String(), Provider: a.cfg.Provider, Password: a.cfg.Password, Begin: a.begin,
		NoMail: a.cfg.Mail.SMTP == "" && !a.cfg.Demo})
	if err != nil {
		return err
	}
	tiles, err := places.ParseTiles(a.cfg.MapTiles, a.cfg.MapCredit)
	if err != nil {
		return err
	}
	if a.Places, err = places.New(ctx, a.DB, a.Settings, a.Trail, tiles); err != nil {
		return err
	}
	a.Notifications = notifications.New(a.DB, a.Settings, a.Identity, a.Declared, a.Search, post, a.cfg.URL.String())
	a.Booking = booking.New(a.DB, a.Settings, a.Declared, a.Notifications)
	a.Laws = laws.New(a.DB, a.Settings, a.Declared, a.Record)
	a.Answers = answers.New(a.DB, a.cfg.Log, a.Settings, a.Declared, a.Record, a.Search, a.Notifications, a.Trail)
	keys, err := a.cfg.ballotKeys()
	if err != nil {
		return err
	}
	a.Ballots = ballots.New(a.DB, a.Settings, a.Declared, a.Record, a.Identity, a.Notifications, keys)
	a.Paper = paper.New(a.DB, a.Catalog, a.Declared, a.Record, a.Files, a.cfg.URL.String())
	a.Delivery = delivery.New(delivery.Services{DB: a.DB, Settings: a.Settings, Declared: a.Declared, Record: a.Record, Files: a.Files, Places: a.Places, Notifications: a.Notifications, Trail: a.Trail})
	if a.Moderation, err = moderation.New(ctx, a.DB, a.Settings, a.Declared, a.Record, a.Notifications, a.Trail); err != nil {
		return err
	}
	a.Discussion = discussion.New(a.DB, a.cfg.Log, a.Settings, a.Declared, a.Record, a.Search, a.Moderation, a.Notifications, a.Trail)
	a.Meetings = meetings.New(a.DB, a.Catalog, a.Settings, a.Declared, a.Record, a.Search, a.Files, a.Notifications, a.Trail)
	a.Minutes = minutes.New(a.DB, a.Catalog, a.Settings, a.Record, a.Meetings, a.Trail)
	a.Forming = forming.New(a.DB, a.Settings, a.Declared, a.Record, a.Search, a.Notifications, a.Trail)
	a.Review = review.New(a.DB, a.Settings, a.Declared, a.Identity, a.Record, a.Notifications, a.Trail)
	a.Contracts = contracts.New(a.DB, a.Settings, a.Declared, a.Record, a.Notifications, a.Trail)
	a.Matching = matching.New(a.DB, a.Settings, a.Declared, a.Record, a.Trail)
	a.Credentials = credentials.New(a.DB, a.Catalog, a.Settings, a.Record, a.Notifications, a.Laws, a.Trail, a.cfg.URL.String())
	a.Organisations = organisations.New(a.DB, a.Settings, a.Search, a.Record, a.Files, a.Places, a.Identity, a.Notifications, a.Moderation, a.Trail)
	a.Datasets = datasets.New(a.DB, a.Settings, a.Catalog, a.Declared, a.Notifications, a.cfg.URL.String())
	return nil
}

// compose starts the capabilities and checks what every part hands over.
func (a *App) compose(sender mail.Sender) error {
	handed := []part.Running{a.own(sender), a.Settings.Running(), a.Search.Running(), a.Record.Running(), a.Blueprint.Running(), a.Files.Running(), a.Places.Running(), a.Identity.Running(), a.Notifications.Running(), a.Answers.Running(), ledger.Running(), questions.Running(), a.Booking.Running(), a.Laws.Running(), a.Ballots.Running(), a.Paper.Running(), a.Delivery.Running(), a.Moderation.Running(), a.Discussion.Running(), a.Meetings.Running(), a.Minutes.Running(), a.Forming.Running(), a.Review.Running(), a.Contracts.Running(), a.Matching.Running(), a.Credentials.Running(), a.Organisations.Running(), a.Datasets.Running()}
	for _, c := range a.cfg.Capabilities {
		handed = append(handed, c.New(a.City))
	}
	var errs []error
	var takes []part.Take
	var unknown []part.Unknown
	var locate []part.Locate
	for i, p := range a.Declared.Parts() {
		errs = append(errs, p.Check(handed[i], a.Declared))
		a.parts = append(a.parts, running{p, handed[i]})
		takes, unknown = append(takes, handed[i].Takes...), append(unknown, handed[i].Unknown...)
		if handed[i].Locate != nil {
			locate = append(locate, handed[i].Locate)
		}
	}
	a.Blueprint.Serve(takes, unknown)
	a.Places.Serve(locate)
	return errors.Join(errs...)
}

// Start runs the background work until ctx ends: jobs, what the parts have going on, and the
// watch for changes made by other processes. Wait for the group before closing.
func (a *App) Start(ctx context.Context) *sync.WaitGroup {
	var wg sync.WaitGroup
	a.beat(ctx) // before anything that time decides
	wg.Go(func() { a.keepBeating(ctx) })
	wg.Go(func() { a.worker.Run(ctx) })
	wg.Go(func() {
		a.DB.WatchVersions(ctx, time.Second, func(err error) { a.cfg.Log.Warn("cannot look for changes of other processes", "error", err) })
	})
	for _, p := range a.parts {
		for _, b := range p.Background {
			wg.Go(func() {
				if err := b.Run(ctx); err != nil && ctx.Err() == nil {
					a.cfg.Log.Warn("work in the background has ended", "work", b.Name, "error", err)
				}
			})
		}
	}
	return &wg
}

// RunJobs does all the background work that is due, and returns when none is left. It is for
// tests and for commands that serve nobody.
func (a *App) RunJobs(ctx context.Context) error {
	var errs []error
	for _, p := range a.parts {
		for _, b := range p.Background {
			if b.Settle != nil {
				errs = append(errs, b.Settle(ctx))
			}
		}
	}
	return errors.Join(append(errs, a.worker.Drain(ctx))...)
}

// Rest tells whether no job is due or running, and when the first that waits is due; zero: none waits.
func (a *App) Rest(ctx context.Context) (quiet bool, next time.Time, err error) {
	return a.worker.Rest(ctx)
}

// Outbox are the last mails of a demonstration, the newest first.
func (a *App) Outbox() []mail.Message {
	if a.outbox == nil {
		return nil
	}
	return a.outbox.Messages()
}

// mailSender sends through the configured server, or keeps the last mails in memory.
func (a *App) mailSender() (mail.Sender, error) {
	if a.cfg.Mail.SMTP == "" {
		keep := 0
		if a.cfg.Demo {
			keep = 1_000 // a day of the demonstration's making may send hundreds, and answers to the first are looked for after the last
		}
		a.outbox = mail.NewOutbox(a.cfg.Log, keep)
		return a.outbox, nil
	}
	return mail.NewSMTP(mail.Config{Server: a.cfg.Mail.SMTP, From: a.cfg.Mail.From})
}

// SetupLink returns the one-time link with which the first administrator is made, or "" when
// there is one already.
func (a *App) SetupLink(ctx context.Context) (string, error) {
	return a.Identity.SetupLink(ctx, a.Settings.Current().Languages[0])
}
