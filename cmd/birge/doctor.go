package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/platform/storage"
)

type doctorCmd struct {
	databaseFlags
	serverFlags
	JSON bool `name:"json" help:"Print the findings as JSON."`
}

// finding is one thing the doctor looked at.
type finding struct {
	Level string `json:"level"` // "ok", "warning" or "problem"
	About string `json:"about"`
	Text  string `json:"text"`
}

// Run looks at the set-up without changing anything. It fails when there is a problem.
func (c *doctorCmd) Run(ctx context.Context, std *streams) error {
	var found []finding
	note := func(level, about, format string, args ...any) {
		found = append(found, finding{level, about, fmt.Sprintf(format, args...)})
	}
	if err := c.apply(&app.Config{}); err != nil {
		note("problem", "settings", "%v", err)
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		note("problem", "zone", "the time zone %q is not known; give an IANA name such as Asia/Almaty", c.Zone)
	}
	c.lookAtDatabase(ctx, note)
	c.lookAtAddress(note)
	c.lookAtTLS(note)
	c.lookAtMail(ctx, note)

	problems := 0
	err := printResult(std.Out, c.JSON, found, func(w io.Writer) {
		for _, f := range found {
			fmt.Fprintf(w, "%-8s %-9s %s\n", f.Level, f.About, f.Text)
		}
	})
	for _, f := range found {
		if f.Level == "problem" {
			problems++
		}
	}
	if err == nil && problems > 0 {
		err = fmt.Errorf("%d problem(s) found", problems)
	}
	return err
}

type noter func(level, about, format string, args ...any)

func (c *doctorCmd) lookAtDatabase(ctx context.Context, note noter) {
	if storage.EngineOf(c.Database) == storage.SQLite {
		dir := filepath.Dir(c.Database)
		if f, err := os.CreateTemp(dir, ".birge-doctor-*"); err != nil {
			note("problem", "database", "the folder %s cannot be written to: SQLite needs it for its journal (%v)", dir, err)
			return
		} else {
			f.Close()
			os.Remove(f.Name())
		}
		info, err := os.Stat(c.Database)
		if errors.Is(err, os.ErrNotExist) {
			note("ok", "database", "%s does not exist yet; birge serve makes it", c.Database)
			return
		} else if err != nil {
			note("problem", "database", "%v", err)
			return
		}
		if info.Mode().Perm()&0o077 != 0 {
			note("warning", "database", "%s can be read by others on this machine; chmod 600 %s keeps it to Birge", c.Database, c.Database)
		}
	} else {
		for _, tool := range []string{"pg_dump", "pg_restore"} {
			if _, err := exec.LookPath(tool); err != nil {
				note("problem", "database", "%s is not installed: backups, and so upgrades, need it (Debian: apt install postgresql-client)", tool)
			}
		}
	}
	db, err := storage.Open(ctx, c.Database, storage.Options{})
	if err != nil {
		note("problem", "database", "%v", err)
		return
	}
	defer db.Close()
	pending, err := app.PendingUpgrades(ctx, db)
	switch {
	case err != nil:
		note("problem", "database", "%v", err)
	case pending > 0:
		note("ok", "database", "answers (%s); %d schema upgrade(s) will be made at the next start, after a backup", db.Engine(), pending)
	default:
		note("ok", "database", "answers (%s) and is up to date", db.Engine())
	}
}

func (c *doctorCmd) lookAtAddress(note noter) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		note("problem", "listen", "%q is not HOST:PORT", c.Listen)
		return
	}
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		note("warning", "listen", "%s is taken or not ours (%v); fine if that is the running Birge", c.Listen, err)
	} else {
		ln.Close()
		note("ok", "listen", "%s is free", c.Listen)
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	plain := c.TLSCert == "" && len(c.ACMEDomain) == 0
	if !loopback && plain {
		note("warning", "listen", "%s can be reached from outside without TLS: put a proxy in front and listen on 127.0.0.1:%s, or give --tls-cert or --acme-domain", c.Listen, port)
	}
	switch u, err := url.Parse(c.URL); {
	case c.URL == "":
		note("warning", "url", "no --url: links in mails and passkeys will use the listening address")
	case err == nil && u.Scheme != "https":
		note("warning", "url", "%s is not https: browsers refuse passkeys and secure cookies there", c.URL)
	default:
		note("ok", "url", "%s", c.URL)
	}
	if loopback && plain && strings.HasPrefix(c.URL, "https://") && len(c.TrustedProxy) == 0 {
		note("problem", "proxy", "the city is reached by https through a proxy, but no --trusted-proxy is given: cookies would not be marked secure and every visitor would share one rate limit; give the proxy's address, such as 127.0.0.1")
	}
}

func (c *doctorCmd) lookAtTLS(note noter) {
	if c.TLSCert == "" {
		return
	}
	if _, err := c.tlsConfig(); err != nil {
		note("problem", "tls", "%v", err)
		return
	}
	text, err := os.ReadFile(c.TLSCert)
	if err != nil {
		note("problem", "tls", "%v", err)
		return
	}
	block, _ := pem.Decode(text)
	if block == nil {
		note("problem", "tls", "%s holds no PEM certificate", c.TLSCert)
		return
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		note("problem", "tls", "%v", err)
		return
	}
	left := time.Until(cert.NotAfter)
	switch {
	case left < 0:
		note("problem", "tls", "the certificate ended on %s: renew it", cert.NotAfter.Format(time.DateOnly))
	case left < 14*24*time.Hour:
		note("warning", "tls", "the certificate ends on %s: renew it soon", cert.NotAfter.Format(time.DateOnly))
	default:
		note("ok", "tls", "the certificate holds until %s", cert.NotAfter.Format(time.DateOnly))
	}
	if u, err := url.Parse(c.URL); err == nil && u.Hostname() != "" && cert.VerifyHostname(u.Hostname()) != nil {
		note("problem", "tls", "the certificate is not for %s", u.Hostname())
	}
}

func (c *doctorCmd) lookAtMail(ctx context.Context, note noter) {
	if c.SMTP == "" {
		note("warning", "mail", "no --smtp: no mail leaves, so nobody can sign up or recover access")
		return
	}
	u, err := url.Parse(c.SMTP)
	if err != nil || u.Hostname() == "" {
		note("problem", "mail", "--smtp is not like smtp://user:password@host:587")
		return
	}
	if c.MailFrom == "" {
		note("problem", "mail", "--mail-from is missing: mail servers refuse letters without a sender")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	}
	dial := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dial.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		note("problem", "mail", "the mail server does not answer (%v)", err)
		return
	}
	conn.Close()
	note("ok", "mail", "the mail server at %s answers", u.Hostname())
}

type configCmd struct {
	databaseFlags
	serverFlags
}

// Run prints the settings in force as a configuration file; secrets are starred out.
func (c *configCmd) Run(std *streams) error {
	secret := func(s string) string {
		if s == "" {
			return ""
		}
		return "***"
	}
	without := func(address string) string {
		if u, err := url.Parse(address); err == nil && u.User != nil {
			return u.Redacted()
		}
		return address
	}
	for _, kv := range []struct {
		key   string
		value any
	}{
		{"database", without(c.Database)}, {"zone", c.Zone}, {"listen", c.Listen}, {"url", c.URL},
		{"tls-cert", c.TLSCert}, {"tls-key", c.TLSKey}, {"acme-domain", c.ACMEDomain}, {"acme-cache", c.ACMECache}, {"acme-url", c.ACMEURL},
		{"trusted-proxy", c.TrustedProxy}, {"smtp", without(c.SMTP)}, {"mail-from", c.MailFrom},
		{"oidc-issuer", c.OIDCIssuer}, {"oidc-name", c.OIDCName}, {"oidc-private", c.OIDCPrivate}, {"oidc-client", c.OIDCClient}, {"oidc-secret", secret(c.OIDCSecret)}, {"oidc-iin-claim", c.OIDCIINClaim},
		{"metrics-token", secret(c.MetricsToken)}, {"backup-dir", c.BackupDir}, {"cache-mb", c.CacheMB},
		{"log-format", c.LogFormat}, {"log-level", c.LogLevel}, {"dev", c.Dev},
	} {
		switch v := kv.value.(type) {
		case string:
			fmt.Fprintf(std.Out, "%s = %q\n", kv.key, v)
		case []string:
			var quoted []string
			for _, s := range v {
				quoted = append(quoted, fmt.Sprintf("%q", s))
			}
			fmt.Fprintf(std.Out, "%s = [%s]\n", kv.key, strings.Join(quoted, ", "))
		default:
			fmt.Fprintf(std.Out, "%s = %v\n", kv.key, v)
		}
	}
	return nil
}
