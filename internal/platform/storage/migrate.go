package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Schema is the ordered upgrades of one module, at the root of Files: 0001_what.sql, and where
// the engines differ 0001_what.sqlite.sql and 0001_what.postgresql.sql, which come instead of
// it or after it. An upgrade that has been released is never edited: the next number mends it.
type Schema struct {
	Module string
	Files  fs.FS
}

type upgrade struct {
	module     string
	version    int
	name       string
	statements []string
	checksum   string
}

// NewerError says that the database was made by a newer program.
type NewerError struct {
	Module      string
	Have, Known int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("this database was last used by a newer Birge (%s is at version %d, this program knows %d): "+
		"run that version or a later one, or restore the backup taken before the upgrade", e.Module, e.Have, e.Known)
}

var upgradeName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)(?:\.(sqlite|postgresql))?\.sql$`)

// Migrate brings the schema up to date in one transaction. Before it changes a database
// that already holds one it calls backup, and stops if that fails. A database that is newer
// than the program is refused with a *NewerError.
func (db *DB) Migrate(ctx context.Context, schemas []Schema, backup func(context.Context) error) error {
	known, err := readUpgrades(schemas, db.engine)
	if err != nil {
		return err
	}
	pending, fresh, err := db.pending(ctx, known)
	if err != nil || len(pending) == 0 {
		return err
	}
	if !fresh && backup != nil {
		if err := backup(ctx); err != nil {
			return fmt.Errorf("no upgrade without a backup, and the backup failed: %w", err)
		}
	}
	return db.Write(ctx, func(tx *Tx) error {
		if err := tx.lockSchema(); err != nil {
			return err
		}
		for _, u := range pending {
			done, err := One(tx, Scalar[int64], "SELECT COUNT(*) FROM storage_schema WHERE module = $1 AND version = $2", u.module, u.version)
			if err != nil {
				return err
			}
			if done > 0 {
				continue // another node was faster
			}
			for _, stmt := range u.statements {
				if _, err := tx.Exec(stmt); err != nil {
					return fmt.Errorf("upgrade %s/%04d_%s: %w", u.module, u.version, u.name, err)
				}
			}
			if _, err := tx.Exec(`INSERT INTO storage_schema (module, version, name, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)`,
				u.module, u.version, u.name, u.checksum, Millis(tx.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// lockSchema waits for the upgrade that another node may be making, however long it takes: from
// here on no statement of the transaction is cut short.
func (tx *Tx) lockSchema() error {
	if tx.engine == PostgreSQL {
		if _, err := tx.Exec("SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
	}
	return tx.Lock("storage_schema")
}

// pending lists the upgrades not yet made, and whether the database is empty.
func (db *DB) pending(ctx context.Context, known []upgrade) (todo []upgrade, fresh bool, err error) {
	newest := newestOf(known)
	type applied struct {
		module   string
		version  int
		checksum string
	}
	done := map[string]string{}
	err = db.Write(ctx, func(tx *Tx) error {
		if err := tx.lockSchema(); err != nil {
			return err
		}
		if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS storage_schema (module TEXT NOT NULL, version BIGINT NOT NULL,
			name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (module, version))`); err != nil {
			return err
		}
		for a, err := range Each(tx, Into(func(a *applied) []any { return []any{&a.module, &a.version, &a.checksum} }),
			"SELECT module, version, checksum FROM storage_schema") {
			if err != nil {
				return err
			}
			if n, ok := newest[a.module]; !ok || a.version > n {
				return &NewerError{a.module, a.version, n}
			}
			done[fmt.Sprintf("%s/%d", a.module, a.version)] = a.checksum
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	for _, u := range known {
		sum, ok := done[fmt.Sprintf("%s/%d", u.module, u.version)]
		switch {
		case !ok:
			todo = append(todo, u)
		case sum != u.checksum:
			return nil, false, fmt.Errorf("upgrade %s/%04d_%s was changed after it had been applied: released upgrades are never edited", u.module, u.version, u.name)
		}
	}
	return todo, len(done) == 0, nil
}

func newestOf(known []upgrade) map[string]int {
	newest := map[string]int{}
	for _, u := range known {
		newest[u.module] = max(newest[u.module], u.version)
	}
	return newest
}

func readUpgrades(schemas []Schema, engine Engine) ([]upgrade, error) {
	var all []upgrade
	for _, s := range schemas {
		var mine []upgrade
		entries, err := fs.ReadDir(s.Files, ".")
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", s.Module, err)
		}
		// The common file of an upgrade comes before the one of the engine.
		slices.SortFunc(entries, func(a, b fs.DirEntry) int {
			return cmp.Or(strings.Count(a.Name(), ".")-strings.Count(b.Name(), "."), strings.Compare(a.Name(), b.Name()))
		})
		for _, e := range entries {
			m := upgradeName.FindStringSubmatch(e.Name())
			if m == nil {
				return nil, fmt.Errorf("schema of %s: %s is not named like 0001_what.sql", s.Module, e.Name())
			}
			if m[3] != "" && m[3] != string(engine) {
				continue
			}
			text, err := fs.ReadFile(s.Files, e.Name())
			if err != nil {
				return nil, err
			}
			n, _ := strconv.Atoi(m[1])
			at := slices.IndexFunc(mine, func(u upgrade) bool { return u.version == n && u.name == m[2] })
			if at < 0 {
				at = len(mine)
				mine = append(mine, upgrade{module: s.Module, version: n, name: m[2]})
			}
			mine[at].statements = append(mine[at].statements, statements(string(text))...)
		}
		for i, u := range mine {
			sum := sha256.Sum256([]byte(strings.Join(u.statements, ";\n")))
			mine[i].checksum = hex.EncodeToString(sum[:8])
		}
		slices.SortFunc(mine, func(a, b upgrade) int { return cmp.Compare(a.version, b.version) })
		for i, u := range mine {
			if u.version != i+1 {
				return nil, fmt.Errorf("schema of %s: version %d is missing or doubled for %s", s.Module, i+1, engine)
			}
		}
		all = append(all, mine...)
	}
	return all, nil
}

// statements splits a script at the semicolons that end a line; a statement that holds such
// a line itself (a trigger) ends at the first line that is just "END;".
func statements(script string) []string {
	var out []string
	var b strings.Builder
	inBody := false
	for line := range strings.Lines(script) {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "--") || trimmed == "" && b.Len() == 0 {
			continue
		}
		b.WriteString(line)
		if strings.HasSuffix(trimmed, "BEGIN") {
			inBody = true
		}
		if inBody && trimmed != "END;" || !strings.HasSuffix(trimmed, ";") {
			continue
		}
		inBody = false
		out = append(out, strings.TrimSuffix(strings.TrimSpace(b.String()), ";"))
		b.Reset()
	}
	if s := strings.TrimSpace(b.String()); s != "" {
		out = append(out, s)
	}
	return out
}

// Pending counts the upgrades that Migrate would make.
func (db *DB) Pending(ctx context.Context, schemas []Schema) (int, error) {
	known, err := readUpgrades(schemas, db.engine)
	if err != nil {
		return 0, err
	}
	todo, _, err := db.pending(ctx, known)
	return len(todo), err
}
