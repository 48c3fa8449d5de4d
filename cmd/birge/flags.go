package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/record"
)

// databaseFlags are what every command that touches the city's data needs.
type databaseFlags struct {
	Database string `default:"birge.db" placeholder:"DSN" help:"The city's data: the path of an SQLite file (made when missing), or a PostgreSQL address (postgres://user@host/name)."`
	Zone     string `default:"Asia/Almaty" help:"The city's time zone."`
}

func (f databaseFlags) config() app.Config {
	return app.Config{Database: f.Database, Zone: f.Zone}
}

// open opens the city for a command that does its work and ends. Its messages go to std.Err.
func (f databaseFlags) open(ctx context.Context, std *streams) (*app.App, error) {
	cfg := f.config()
	cfg.Log = slog.New(slog.NewTextHandler(std.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return app.Open(ctx, cfg)
}

// serverFlags are how the city is reached and how it reaches others.
type serverFlags struct {
	Listen       string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen."`
	URL          string   `name:"url" placeholder:"URL" help:"The city's public address, such as https://birge.example: links in mails and passkeys depend on it. Without it, where it listens."`
	TLSCert      string   `name:"tls-cert" placeholder:"FILE" help:"Certificate chain (PEM), to speak TLS without a proxy in front."`
	TLSKey       string   `name:"tls-key" placeholder:"FILE" help:"The certificate's private key (PEM)."`
	ACMEDomain   []string `name:"acme-domain" placeholder:"NAME" help:"Get certificates for these names by ACME (Let's Encrypt). Listen on :443 then, and port 443 must be reachable from outside."`
	ACMECache    string   `name:"acme-cache" default:"acme" placeholder:"DIR" help:"Where certificates from ACME are kept."`
	ACMEURL      string   `name:"acme-url" placeholder:"URL" help:"Another ACME directory than Let's Encrypt's."`
	TrustedProxy []string `placeholder:"CIDR" help:"Addresses of the proxies in front, whose X-Forwarded-For and X-Forwarded-Proto are believed."`

	SMTP     string `name:"smtp" placeholder:"URL" help:"Mail server: smtp://user:password@host:587 (STARTTLS) or smtps://…:465. Without it no mail leaves, and people cannot confirm addresses."`
	MailFrom string `placeholder:"ADDRESS" help:"Sender of the city's mails, such as 'Birge <birge@birge.example>'."`

	OIDCIssuer   string `name:"oidc-issuer" placeholder:"URL" help:"OpenID Connect provider that verifies residents."`
	OIDCName     string `name:"oidc-name" default:"eGov" placeholder:"NAME" help:"What the button calls the provider."`
	OIDCPrivate  bool   `name:"oidc-private" help:"The provider is on the city's own network: private addresses are allowed."`
	OIDCClient   string `name:"oidc-client" placeholder:"ID" help:"The client id registered there."`
	OIDCSecret   string `name:"oidc-secret" placeholder:"SECRET" help:"The client secret. Better given as BIRGE_OIDC_SECRET."`
	OIDCIINClaim string `name:"oidc-iin-claim" default:"iin" placeholder:"NAME" help:"The claim that carries the IIN; only its keyed hash is kept."`

	Witness        []string `sep:"," placeholder:"KEY URL" help:"A witness of the public record: its public key, a space and its address. It cosigns each state of the record and refuses one that was rewritten."`
	WitnessPrivate bool     `help:"The witnesses are on the city's own network: private addresses are allowed."`

	MetricsToken string `placeholder:"TOKEN" help:"Bearer token for /metrics. Without it only this machine may read them."`
	BackupDir    string `placeholder:"DIR" help:"Where the backup before an upgrade goes. Default: beside the SQLite file, else the working directory."`
	CacheMB      int64  `name:"cache-mb" default:"16" help:"Memory for cached pages, in MiB."`
	LogFormat    string `enum:"text,json" default:"text" help:"Form of the log: text or json."`
	LogLevel     string `enum:"debug,info,warn,error" default:"info" help:"What is logged: debug, info, warn, error."`
	Dev          bool   `help:"Development: shows /_styleguide."`
}

// logger writes the log to std.Err.
func (f serverFlags) logger(std *streams) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(f.LogLevel)) // the flag's enum lets nothing else through
	opts := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(std.Err, opts))
	}
	return slog.New(slog.NewTextHandler(std.Err, opts))
}

func (f serverFlags) apply(cfg *app.Config) error {
	if f.URL != "" {
		u, err := url.Parse(f.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("--url %q: give the address of the city alone, such as https://birge.example", f.URL)
		}
		if net.ParseIP(u.Hostname()) != nil {
			return fmt.Errorf("--url %q: passkeys need a name, not a number: give the city's host name, or localhost", f.URL)
		}
		cfg.URL = &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	for _, s := range f.TrustedProxy {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			addr, err2 := netip.ParseAddr(s)
			if err2 != nil {
				return fmt.Errorf("--trusted-proxy %q: give an address or a range such as 10.0.0.0/8", s)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		cfg.TrustedProxies = append(cfg.TrustedProxies, prefix)
	}
	if (f.TLSCert == "") != (f.TLSKey == "") {
		return fmt.Errorf("--tls-cert and --tls-key belong together: give both or none")
	}
	if f.TLSCert != "" && len(f.ACMEDomain) > 0 {
		return fmt.Errorf("--tls-cert and --acme-domain exclude each other: give one")
	}
	if f.SMTP != "" && f.MailFrom == "" {
		return fmt.Errorf("--smtp needs --mail-from: mail servers refuse letters without a sender")
	}
	if f.SMTP != "" {
		cfg.Mail = app.MailConfig{SMTP: f.SMTP, From: f.MailFrom}
	}
	if f.OIDCIssuer != "" {
		if f.OIDCClient == "" {
			return fmt.Errorf("--oidc-issuer needs --oidc-client: the id under which the city is registered there")
		}
		cfg.Provider = &identity.ProviderConfig{
			Name: civic.Text{civic.English: f.OIDCName}, Issuer: f.OIDCIssuer, ClientID: f.OIDCClient, ClientSecret: f.OIDCSecret,
			IINClaim: f.OIDCIINClaim, AllowPrivate: f.OIDCPrivate,
		}
	}
	for _, s := range f.Witness {
		w, err := record.ParseWitness(s)
		if err != nil {
			return fmt.Errorf("--witness: %w", err)
		}
		w.AllowPrivate = f.WitnessPrivate
		cfg.Witnesses = append(cfg.Witnesses, w)
	}
	cfg.MetricsToken, cfg.BackupDir, cfg.Dev, cfg.CacheBytes = f.MetricsToken, f.BackupDir, f.Dev, f.CacheMB<<20
	if f.CacheMB == 0 {
		cfg.CacheBytes = -1
	}
	return nil
}
