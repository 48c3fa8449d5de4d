package main

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/record"
)

// databaseFlags are what every command that touches the city's data needs.
type databaseFlags struct {
	Database string `default:"birge.db" placeholder:"DSN"`
	Zone     string `default:"Asia/Almaty"`

	Files       string `placeholder:"ADDRESS"`
	FilesKey    string `placeholder:"KEY"`
	FilesSecret string `placeholder:"SECRET"`
	BallotKeys  string `placeholder:"ADDRESS"`
}

func (f databaseFlags) config() app.Config {
	return app.Config{Database: f.Database, Zone: f.Zone, Files: f.Files, FilesSecret: blobs.Secret{ID: f.FilesKey, Key: f.FilesSecret}, BallotKeys: f.BallotKeys, Capabilities: capabilities.All()}
}

// open opens the city for a command that does its work and ends. Messages go to std.Err.
func (f databaseFlags) open(ctx context.Context, std *streams) (*app.App, error) {
	cfg := f.config()
	cfg.Log = slog.New(slog.NewTextHandler(std.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return openCity(ctx, cfg, std)
}

// openCity opens the city, or says why it cannot be opened.
func openCity(ctx context.Context, cfg app.Config, std *streams) (*app.App, error) {
	if _, err := time.LoadLocation(cfg.Zone); err != nil {
		return nil, std.fail("zone_unknown", "Zone", strconv.Quote(cfg.Zone))
	}
	return app.Open(ctx, cfg)
}

// serverFlags say how the program serves.
type serverFlags struct {
	Listen       string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	TLSCert      string   `name:"tls-cert" placeholder:"FILE"`
	TLSKey       string   `name:"tls-key" placeholder:"FILE"`
	ACMEDomain   []string `name:"acme-domain" placeholder:"NAME"`
	ACMECache    string   `name:"acme-cache" default:"acme" placeholder:"DIR"`
	ACMEURL      string   `name:"acme-url" placeholder:"URL"`
	TrustedProxy []string `placeholder:"CIDR"`

	Grace     time.Duration `default:"20s" placeholder:"DURATION"`
	CacheMB   int64         `name:"cache-mb" default:"16"`
	LogFormat string        `enum:"text,json" default:"text"`
	LogLevel  string        `enum:"debug,info,warn,error" default:"info"`
	Dev       bool
}

// siteFlags say at which address a city is reached, and how it reaches other servers.
type siteFlags struct {
	URL string `name:"url" placeholder:"URL"`

	MapTiles  string `placeholder:"ADDRESS"`
	MapCredit string `placeholder:"TEXT"`

	SMTP     string `name:"smtp" placeholder:"URL"`
	MailFrom string `placeholder:"ADDRESS"`

	OIDCIssuer   string `name:"oidc-issuer" placeholder:"URL"`
	OIDCName     string `name:"oidc-name" default:"eGov" placeholder:"NAME"`
	OIDCPrivate  bool   `name:"oidc-private"`
	OIDCClient   string `name:"oidc-client" placeholder:"CLIENT"`
	OIDCSecret   string `name:"oidc-secret" placeholder:"SECRET"`
	OIDCIINClaim string `name:"oidc-iin-claim" default:"iin" placeholder:"NAME"`

	Witness        []string `sep:"," placeholder:"KEY URL"`
	WitnessPrivate bool

	MetricsToken string `placeholder:"TOKEN"`
	BackupDir    string `placeholder:"DIR"`
}

// logger writes the log to std.Err.
func (f serverFlags) logger(std *streams) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(f.LogLevel)) // the flag's enum lets nothing else through
	opts := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(newCalm(slog.NewJSONHandler(std.Err, opts)))
	}
	return slog.New(newCalm(slog.NewTextHandler(std.Err, opts)))
}

func (f siteFlags) apply(cfg *app.Config, std *streams) error {
	if f.URL != "" {
		u, err := url.Parse(f.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
			return std.fail("url_wrong", "Value", strconv.Quote(f.URL))
		}
		if net.ParseIP(u.Hostname()) != nil {
			return std.fail("url_number", "Value", strconv.Quote(f.URL))
		}
		cfg.URL = &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	if f.SMTP != "" && f.MailFrom == "" {
		return std.fail("mail_sender")
	}
	if f.SMTP != "" {
		cfg.Mail = app.MailConfig{SMTP: f.SMTP, From: f.MailFrom}
	}
	if f.OIDCIssuer != "" {
		if f.OIDCClient == "" {
			return std.fail("oidc_client")
		}
		cfg.Provider = &identity.ProviderConfig{
			Name: civic.Text{civic.English: f.OIDCName}, Issuer: f.OIDCIssuer, ClientID: f.OIDCClient, ClientSecret: f.OIDCSecret,
			IINClaim: f.OIDCIINClaim, AllowPrivate: f.OIDCPrivate,
		}
	}
	for _, s := range f.Witness {
		w, err := record.ParseWitness(s)
		if err != nil {
			return std.fail("witness_wrong", "Value", strconv.Quote(s))
		}
		w.AllowPrivate = f.WitnessPrivate
		cfg.Witnesses = append(cfg.Witnesses, w)
	}
	cfg.MapTiles, cfg.MapCredit = f.MapTiles, f.MapCredit
	cfg.MetricsToken, cfg.BackupDir = f.MetricsToken, f.BackupDir
	return nil
}

func (f serverFlags) apply(cfg *app.Config, std *streams) error {
	for _, s := range f.TrustedProxy {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			addr, err2 := netip.ParseAddr(s)
			if err2 != nil {
				return std.fail("proxy_wrong", "Value", strconv.Quote(s))
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		cfg.TrustedProxies = append(cfg.TrustedProxies, prefix)
	}
	if (f.TLSCert == "") != (f.TLSKey == "") {
		return std.fail("tls_pair")
	}
	if f.TLSCert != "" && len(f.ACMEDomain) > 0 {
		return std.fail("tls_or_acme")
	}
	cfg.Dev, cfg.CacheBytes = f.Dev, f.CacheMB<<20
	if f.CacheMB == 0 {
		cfg.CacheBytes = -1
	}
	return nil
}
