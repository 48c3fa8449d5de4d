package main

import (
	"cmp"
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
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

type doctorCmd struct {
	databaseFlags
	serverFlags
	siteFlags
	storeFlags
	ReadFiles bool
	JSON      bool `name:"json"`
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
	note := func(level, about, text string, args ...any) {
		found = append(found, finding{level, about, std.say(text, args...)})
	}
	cfg := app.Config{}
	if err := cmp.Or(c.siteFlags.apply(&cfg, std), c.serverFlags.apply(&cfg, std)); err != nil {
		note("problem", "settings", "doctor_other", "Error", std.reason(err))
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		note("problem", "zone", "zone_unknown", "Zone", strconv.Quote(c.Zone))
	}
	c.lookAtDatabase(ctx, std, note)
	c.lookAtAddress(note)
	c.lookAtTLS(std, note)
	c.lookAtMail(ctx, note)
	c.lookAtBackups(ctx, std, note)

	problems := 0
	err := printResult(std.Out, c.JSON, found, func(w io.Writer) {
		for _, f := range found {
			fmt.Fprintf(w, "%-9s %-11s %s\n", std.say("level_"+f.Level), std.say("about_"+f.About), f.Text)
		}
	})
	for _, f := range found {
		if f.Level == "problem" {
			problems++
		}
	}
	if err == nil && problems > 0 {
		err = std.fail("doctor_problems", "Count", problems)
	}
	return err
}

// noter takes one finding. Its text is the key of a message, with the values for its
// placeholders.
type noter func(level, about, text string, args ...any)

func (c *doctorCmd) lookAtDatabase(ctx context.Context, std *streams, note noter) {
	if storage.EngineOf(c.Database) == storage.SQLite {
		dir := filepath.Dir(c.Database)
		if f, err := os.CreateTemp(dir, ".birge-doctor-*"); err != nil {
			note("problem", "database", "doctor_folder", "Folder", dir, "Error", std.reason(err))
			return
		} else {
			f.Close()
			os.Remove(f.Name())
		}
		info, err := os.Stat(c.Database)
		if errors.Is(err, os.ErrNotExist) {
			note("ok", "database", "doctor_database_new", "File", c.Database)
			return
		} else if err != nil {
			note("problem", "database", "doctor_other", "Error", std.reason(err))
			return
		}
		if info.Mode().Perm()&0o077 != 0 {
			note("warning", "database", "doctor_database_open", "File", c.Database)
		}
	} else {
		for _, tool := range []string{"pg_dump", "pg_restore"} {
			if _, err := exec.LookPath(tool); err != nil {
				note("problem", "database", "doctor_tool", "Tool", tool)
			}
		}
	}
	db, err := storage.Open(ctx, c.Database, storage.Options{})
	if err != nil {
		note("problem", "database", "doctor_other", "Error", std.reason(err))
		return
	}
	defer db.Close()
	pending, err := app.PendingUpgrades(ctx, db, capabilities.All())
	switch {
	case err != nil:
		note("problem", "database", "doctor_other", "Error", std.reason(err))
	case pending > 0:
		note("ok", "database", "doctor_upgrades", "Engine", db.Engine(), "Count", pending)
	default:
		note("ok", "database", "doctor_current", "Engine", db.Engine())
		c.lookAtFiles(ctx, std, db, note)
		c.lookAtJobs(ctx, std, db, note)
	}
}

// namedAtMost bounds how many blobs a finding names.
const namedAtMost = 5

// lookAtFiles compares the bytes of pictures and documents with what the database says of them.
func (c *doctorCmd) lookAtFiles(ctx context.Context, std *streams, db *storage.DB, note noter) {
	store, err := c.config().Store()
	var h files.Health
	if err == nil {
		h, err = files.Examine(ctx, db, store, c.ReadFiles)
	}
	if err != nil {
		note("problem", "files", "doctor_other", "Error", std.reason(err))
		return
	}
	for _, bad := range []struct {
		text string
		keys []string
	}{{"doctor_files_missing", h.Missing}, {"doctor_files_changed", h.Changed}} {
		named := bad.keys
		if len(named) > namedAtMost {
			named = append(slices.Clone(named[:namedAtMost]), "…")
		}
		if len(bad.keys) > 0 {
			note("problem", "files", bad.text, "Count", len(bad.keys), "Named", strings.Join(named, ", "))
		}
	}
	if len(h.Missing)+len(h.Changed) == 0 {
		text := "doctor_files_there"
		if c.ReadFiles {
			text = "doctor_files_read"
		}
		note("ok", "files", text, "Count", h.Files, "Versions", h.Versions)
	}
	for _, over := range []struct {
		level, text string
		count       int
	}{{"ok", "doctor_files_waiting", h.Waiting}, {"warning", "doctor_files_left", h.Left}, {"warning", "doctor_files_strange", h.Strange}} {
		if over.count > 0 {
			note(over.level, "files", over.text, "Count", over.count)
		}
	}
}

// lookAtBackups says how old the newest backup is.
func (c *doctorCmd) lookAtBackups(ctx context.Context, std *streams, note noter) {
	if c.BackupStore == "" {
		note("warning", "backup", "doctor_backup_none")
		return
	}
	store, err := c.store(std)
	var names []string
	if err == nil {
		names, err = kept(ctx, store)
	}
	if err != nil {
		note("problem", "backup", "doctor_other", "Error", std.reason(err))
		return
	}
	newest := newestBackup(names, time.Now())
	if newest == "" {
		note("problem", "backup", "doctor_backup_empty")
		return
	}
	at, _ := madeAt(newest)
	age := time.Since(at)
	args := []any{"Name", newest, "Hours", int64(age.Hours())}
	if age > backupTooOld {
		note("problem", "backup", "doctor_backup_old", args...)
		return
	}
	note("ok", "backup", "doctor_backup", args...)
}

// lookAtJobs says how much background work was given up and waits for somebody's decision.
func (c *doctorCmd) lookAtJobs(ctx context.Context, std *streams, db *storage.DB, note noter) {
	var all map[string]jobs.Counts
	if err := db.Read(ctx, func(tx *storage.Tx) (err error) { all, err = jobs.Stats(tx); return err }); err != nil {
		note("problem", "jobs", "doctor_other", "Error", std.reason(err))
		return
	}
	dead := 0
	for _, n := range all {
		dead += n.Dead
	}
	if dead > 0 {
		note("warning", "jobs", "doctor_jobs_dead", "Count", dead)
		return
	}
	note("ok", "jobs", "doctor_jobs")
}

func (c *doctorCmd) lookAtAddress(note noter) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		note("problem", "listen", "listen_wrong", "Value", strconv.Quote(c.Listen))
		return
	}
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		note("warning", "listen", "doctor_listen_taken", "Address", c.Listen, "Error", err)
	} else {
		ln.Close()
		note("ok", "listen", "doctor_listen_free", "Address", c.Listen)
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	plain := c.TLSCert == "" && len(c.ACMEDomain) == 0
	if !loopback && plain {
		note("warning", "listen", "doctor_plain", "Address", c.Listen, "Port", port)
	}
	switch u, err := url.Parse(c.URL); {
	case c.URL == "":
		note("warning", "url", "doctor_url_none")
	case err == nil && u.Scheme != "https":
		note("warning", "url", "doctor_url_plain", "Address", c.URL)
	default:
		note("ok", "url", "doctor_url", "Address", c.URL)
	}
	if loopback && plain && strings.HasPrefix(c.URL, "https://") && len(c.TrustedProxy) == 0 {
		note("problem", "proxy", "doctor_proxy_none")
	}
}

func (c *doctorCmd) lookAtTLS(std *streams, note noter) {
	if c.TLSCert == "" {
		return
	}
	if _, err := c.tlsConfig(std, nil); err != nil {
		note("problem", "tls", "doctor_other", "Error", std.reason(err))
		return
	}
	text, err := os.ReadFile(c.TLSCert)
	if err != nil {
		note("problem", "tls", "doctor_other", "Error", std.reason(err))
		return
	}
	block, _ := pem.Decode(text)
	if block == nil {
		note("problem", "tls", "doctor_pem_none", "File", c.TLSCert)
		return
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		note("problem", "tls", "doctor_other", "Error", std.reason(err))
		return
	}
	left := time.Until(cert.NotAfter)
	switch {
	case left < 0:
		note("problem", "tls", "doctor_tls_ended", "Day", cert.NotAfter)
	case left < 14*24*time.Hour:
		note("warning", "tls", "doctor_tls_ends", "Day", cert.NotAfter)
	default:
		note("ok", "tls", "doctor_tls_holds", "Day", cert.NotAfter)
	}
	if u, err := url.Parse(c.URL); err == nil && u.Hostname() != "" && cert.VerifyHostname(u.Hostname()) != nil {
		note("problem", "tls", "doctor_tls_other", "Host", u.Hostname())
	}
}

func (c *doctorCmd) lookAtMail(ctx context.Context, note noter) {
	if c.SMTP == "" {
		note("warning", "mail", "doctor_mail_none")
		return
	}
	u, err := url.Parse(c.SMTP)
	if err != nil || u.Hostname() == "" {
		note("problem", "mail", "doctor_mail_wrong")
		return
	}
	if c.MailFrom == "" {
		note("problem", "mail", "mail_sender")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	}
	dial := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dial.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		note("problem", "mail", "doctor_mail_silent", "Error", err)
		return
	}
	conn.Close()
	note("ok", "mail", "doctor_mail", "Host", u.Hostname())
}

type configCmd struct {
	databaseFlags
	serverFlags
	siteFlags
	storeFlags
}

// Run prints the settings in force as a configuration file, with secrets replaced by stars.
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
		{"lang", string(std.lang())}, {"database", without(c.Database)}, {"zone", c.Zone}, {"files", c.Files}, {"files-key", c.FilesKey}, {"files-secret", secret(c.FilesSecret)}, {"ballot-keys", c.BallotKeys}, {"listen", c.Listen}, {"url", c.URL},
		{"tls-cert", c.TLSCert}, {"tls-key", c.TLSKey}, {"acme-domain", c.ACMEDomain}, {"acme-cache", c.ACMECache}, {"acme-url", c.ACMEURL},
		{"trusted-proxy", c.TrustedProxy}, {"map-tiles", c.MapTiles}, {"map-credit", c.MapCredit}, {"smtp", without(c.SMTP)}, {"mail-from", c.MailFrom},
		{"oidc-issuer", c.OIDCIssuer}, {"oidc-name", c.OIDCName}, {"oidc-private", c.OIDCPrivate}, {"oidc-client", c.OIDCClient}, {"oidc-secret", secret(c.OIDCSecret)}, {"oidc-iin-claim", c.OIDCIINClaim},
		{"witness", c.Witness}, {"witness-private", c.WitnessPrivate},
		{"metrics-token", secret(c.MetricsToken)}, {"backup-dir", c.BackupDir}, {"backup-store", c.BackupStore}, {"backup-key", c.BackupKey}, {"backup-secret", secret(c.BackupSecret)}, {"grace", c.Grace.String()}, {"cache-mb", c.CacheMB},
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
