// Package app composes the program: it opens the database, wires the capabilities to each
// other and to the edge, and runs what runs in the background. It is the only importer of
// services; the capabilities are handed to it as a list.
package app

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // the city's time zone is known on every machine

	"github.com/prometheus/client_golang/prometheus"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/blueprint"
	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/capability"
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
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/pulse"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/review"
	"github.com/birge-kz/birge/internal/search"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Config is how the program is set up. Flags, BIRGE_* environment variables and the
// configuration file all fill it; the zero value of every field but Database is useful.
type Config struct {
	Database string // path of an SQLite file, or a postgres:// address
	Zone     string // IANA name; "Asia/Almaty" when empty

	// Files is where the bytes of files are: a folder, or a bucket (blobs.Open); beside the database when empty.
	Files       string
	FilesSecret blobs.Secret // of the bucket

	// BallotKeys is where the private keys of votes are while they are under way: a folder, or a bucket with the secret of Files; beside the
	// database when empty. Whoever has both the database and these can tell who voted for what (docs/adr/0014-roll-and-box.md).
	BallotKeys string

	// Texts are the program's words when they were read before, with the same Zone: cities of one process share them. nil: they are read.
	Texts *i18n.Catalog

	// Capabilities are what people can do in this city, beside the register of organisations.
	Capabilities []capability.Capability

	URL            *url.URL // the city's public address; nil: this machine's, for commands that serve nobody
	TrustedProxies []netip.Prefix
	MetricsToken   string
	CacheBytes     int64
	BackupDir      string // where the backup before an upgrade goes; beside the SQLite file when empty
	Dev            bool   // /_styleguide
	Demo           bool   // a demonstration: its mails can be read at /_mail

	// MapTiles is the address of pictures of streets that are laid under maps (places.ParseTiles), MapCredit
	// whose they are; "": outlines serve.
	MapTiles, MapCredit string

	Witnesses []record.Witness // others' servers that cosign the public record

	Mail MailConfig
	// Provider verifies residents by OpenID Connect; nil: none.
	Provider *identity.ProviderConfig
	Password identity.PasswordCost // of hashing; the zero value is right for a city
	Clock    civic.Clock
	Log      *slog.Logger

	Storage storage.Options // of the database; tests bound it. Its clock is Clock.
}

// MailConfig is how mails leave. Without SMTP they stay in memory, for a demonstration.
type MailConfig struct {
	SMTP string // smtp://user:password@host:port or smtps://…
	From string // "Birge <no-reply@example.kz>"
}

// App is the running program.
type App struct {
	capability.City
	cfg     Config
	parts   []running // in the order in which they are composed
	server  *web.Server
	metrics *prometheus.Registry
	worker  *jobs.Worker
	outbox  *mail.Outbox // nil when mails really leave
}

// running is a part with what it handed over.
type running struct {
	part.Part
	part.Running
}

// Service is the service of a capability by its type, for those who know it: the command line,
// the demonstration, tests. It panics when no capability of the program has that type.
func Service[T any](a *App) T {
	for _, p := range a.parts {
		if s, ok := p.Service.(T); ok {
			return s
		}
	}
	panic(fmt.Sprintf("app: no capability has a service of type %T", *new(T)))
}

// Open opens the database, brings its schema up to date and wires everything. Close it.
func Open(ctx context.Context, cfg Config) (_ *App, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.URL == nil {
		cfg.URL = &url.URL{Scheme: "http", Host: "localhost"}
	}
	zone, err := ZoneOf(cfg.Zone)
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, metrics: prometheus.NewRegistry()}
	a.Log = cfg.Log
	cfg.Storage.Clock = cfg.Clock
	if a.DB, err = storage.Open(ctx, cfg.Database, cfg.Storage); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.DB.Close()
		}
	}()
	if err := a.DB.Migrate(ctx, Schemas(cfg.Capabilities), a.backupBeforeUpgrade); err != nil {
		return nil, err
	}
	if a.Catalog = cfg.Texts; a.Catalog == nil {
		if a.Catalog, err = LoadTexts(zone, cfg.Capabilities); err != nil {
			return nil, err
		}
	}
	if a.Declared, err = part.Declare(a.Catalog, Parts(cfg.Capabilities)...); err != nil {
		return nil, err
	}
	if err := a.wire(ctx, zone); err != nil {
		return nil, err
	}
	return a, nil
}

// ZoneOf is the time zone of an IANA name; Kazakhstan's when that is empty.
func ZoneOf(name string) (*time.Location, error) {
	name = cmp.Or(name, "Asia/Almaty")
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the time zone %q is not known: give an IANA name such as Asia/Almaty", name)
	}
	return zone, nil
}

// Close waits for the changes under way and closes the database.
func (a *App) Close() error { return a.DB.Close() }

// Handler answers the city's requests.
func (a *App) Handler() http.Handler { return a.server }

// Routes lists every route, for the test that walks them.
func (a *App) Routes() []web.Route { return a.server.Routes() }

// JobKinds lists the names of the background work that a worker of this program does, for the
// test that looks for work that is asked for and done by nobody.
func (a *App) JobKinds() (names []string) {
	for _, p := range a.parts {
		for _, k := range p.Jobs {
			names = append(names, k.Name)
		}
	}
	return names
}

func (a *App) backupBeforeUpgrade(ctx context.Context) error {
	dir := a.cfg.BackupDir
	if dir == "" {
		dir = "."
		if a.DB.Engine() == storage.SQLite {
			dir = filepath.Dir(a.cfg.Database)
		}
	}
	name := "birge"
	if a.DB.Engine() == storage.SQLite { // two cities may share a folder
		name = strings.TrimSuffix(filepath.Base(a.cfg.Database), filepath.Ext(a.cfg.Database))
	}
	file := filepath.Join(dir, name+"-before-upgrade-"+a.cfg.Clock().UTC().Format("20060102-150405")+".backup")
	a.cfg.Log.Info("backing up before the upgrade", "file", file)
	return a.DB.Backup(ctx, file, nil)
}

// Store is where the bytes of the city's files are.
func (c Config) Store() (blobs.Store, error) {
	return blobs.Open(cmp.Or(c.Files, FilesBeside(c.Database)), c.FilesSecret)
}

// ballotKeys is where the private keys of votes are.
func (c Config) ballotKeys() (blobs.Store, error) {
	return blobs.Open(cmp.Or(c.BallotKeys, beside(c.Database, ".ballots")), c.FilesSecret)
}

// FilesBeside is the folder of files that belongs to a database: "birge.files" beside "birge.db".
func FilesBeside(database string) string { return beside(database, ".files") }

func beside(database, ending string) string {
	if storage.EngineOf(database) != storage.SQLite {
		return "birge" + ending
	}
	return strings.TrimSuffix(database, filepath.Ext(database)) + ending
}

// Parts lists what every part says of itself: the services, and then the capabilities.
func Parts(capabilities []capability.Capability) []part.Part {
	parts := []part.Part{ownPart(), city.Part(), search.Part(), record.Part(), blueprint.Part(), files.Part(), places.Part(), identity.Part(), notifications.Part(), answers.Part(), ledger.Part(), questions.Part(), booking.Part(), laws.Part(), ballots.Part(), paper.Part(), delivery.Part(), moderation.Part(), discussion.Part(), meetings.Part(), minutes.Part(), forming.Part(), review.Part(), contracts.Part(), matching.Part(), credentials.Part(), organisations.Part(), datasets.Part()}
	for _, c := range capabilities {
		parts = append(parts, c.Part)
	}
	return parts
}

// Schemas lists the tables of every part, in the order in which they are made.
func Schemas(capabilities []capability.Capability) []storage.Schema {
	out := []storage.Schema{jobs.Schema(), audit.Schema(), pulse.Schema()}
	for _, p := range Parts(capabilities) {
		if p.Schema != nil {
			out = append(out, storage.Schema{Module: p.Name, Files: p.Schema})
		}
	}
	return out
}

// LoadTexts loads the messages of every part.
func LoadTexts(zone *time.Location, capabilities []capability.Capability) (*i18n.Catalog, error) {
	sources := []i18n.Source{{Name: "web", Files: web.Texts()}, {Name: "ui", Files: ui.Texts()}, {Name: "tables", Files: tables.Texts()}}
	for _, p := range Parts(capabilities) {
		sources = append(sources, i18n.Source{Name: p.Name, Files: p.Texts})
	}
	return i18n.Load(zone, sources...)
}

// PendingUpgrades counts the schema upgrades that the next start would make.
func PendingUpgrades(ctx context.Context, db *storage.DB, capabilities []capability.Capability) (int, error) {
	return db.Pending(ctx, Schemas(capabilities))
}
