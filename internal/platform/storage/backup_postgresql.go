package storage

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ToolError says that one of PostgreSQL's own programs is missing, or older than the server
// and so unable to read it all.
type ToolError struct {
	Tool         string // pg_dump, pg_restore or psql
	Have, Server int    // major versions; Have is 0 when the program is missing
}

func (e *ToolError) Error() string {
	if e.Have == 0 {
		return fmt.Sprintf("%s is not installed: install PostgreSQL's client programs of version %d or later (on Debian the package postgresql-client-%d)", e.Tool, e.Server, e.Server)
	}
	return fmt.Sprintf("%s is of version %d, older than the server's %d: install PostgreSQL's client programs of version %d or later (on Debian the package postgresql-client-%d)",
		e.Tool, e.Have, e.Server, e.Server, e.Server)
}

// postgreSQLTools runs PostgreSQL's programs against one database. What they need to reach it
// goes through the environment: a command line can be read by everybody on the machine.
type postgreSQLTools struct {
	env    []string
	schema string
	server int // major version
}

func newPostgreSQLTools(ctx context.Context, dsn string) (*postgreSQLTools, error) {
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return nil, &OpenError{PostgreSQL, err}
	}
	t := &postgreSQLTools{env: os.Environ()}
	set := func(name, value string) {
		if value != "" {
			t.env = append(t.env, name+"="+value) // the last of a name counts
		}
	}
	set("PGHOST", config.Host)
	set("PGPORT", strconv.Itoa(int(config.Port)))
	set("PGUSER", config.User)
	set("PGPASSWORD", config.Password)
	set("PGDATABASE", config.Database)
	set("PGAPPNAME", "birge")
	if u, err := url.Parse(dsn); err == nil {
		for _, name := range []string{"sslmode", "sslrootcert", "sslcert", "sslkey", "sslsni"} {
			set("PG"+strings.ToUpper(name), u.Query().Get(name))
		}
	}
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, &OpenError{PostgreSQL, err}
	}
	defer pool.Close()
	var number int
	var current sql.NullString
	if err := pool.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int, current_schema()").Scan(&number, &current); err != nil {
		return nil, &OpenError{PostgreSQL, err}
	}
	t.server = number / 10000
	switch path := config.RuntimeParams["search_path"]; {
	case current.Valid:
		t.schema = current.String
	case path != "": // a schema that is not there yet
		first, _, _ := strings.Cut(path, ",")
		t.schema = strings.Trim(strings.TrimSpace(first), `"`)
	default:
		t.schema = "public"
	}
	return t, nil
}

var firstNumber = regexp.MustCompile(`\d+`)

// need makes sure that a program is there and not older than the server.
func (t *postgreSQLTools) need(ctx context.Context, tool string) error {
	if _, err := exec.LookPath(tool); err != nil {
		return &ToolError{tool, 0, t.server}
	}
	var out bytes.Buffer
	if err := t.run(t.command(ctx, tool, "--version"), nil, &out); err != nil {
		return err
	}
	major, err := strconv.Atoi(firstNumber.FindString(out.String()))
	if err != nil {
		return fmt.Errorf("%s does not tell its version", tool)
	}
	if major < t.server {
		return &ToolError{tool, major, t.server}
	}
	return nil
}

func (t *postgreSQLTools) command(ctx context.Context, tool string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, tool, args...)
	c.Env = t.env
	c.WaitDelay = 5 * time.Second
	return c
}

// run runs a program; its error is what the program said.
func (t *postgreSQLTools) run(c *exec.Cmd, in io.Reader, out io.Writer) error {
	var said tail
	c.Stdin, c.Stdout, c.Stderr = in, out, &said
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s failed: %s (%w)", c.Args[0], strings.TrimSpace(string(said)), err)
	}
	return nil
}

// tail keeps the last of what is written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	if over := len(*t) - 2000; over > 0 {
		*t = (*t)[over:]
	}
	return len(p), nil
}

func (db *DB) dumpPostgreSQL(ctx context.Context, file string) error {
	t, err := newPostgreSQLTools(ctx, db.dsn)
	if err != nil {
		return err
	}
	if err := t.need(ctx, "pg_dump"); err != nil {
		return err
	}
	return t.run(t.command(ctx, "pg_dump", "--no-password", "--format=custom", "--no-owner", "--no-privileges",
		"--lock-wait-timeout=60000", "--schema="+quoteIdentifier(t.schema), "--file="+file), nil, io.Discard)
}

func quoteIdentifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
func quoteLiteral(s string) string    { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }

func restorePostgreSQL(ctx context.Context, dsn, file string, newest map[string]int) error {
	t, err := newPostgreSQLTools(ctx, dsn)
	if err != nil {
		return err
	}
	for _, tool := range []string{"pg_restore", "psql"} {
		if err := t.need(ctx, tool); err != nil {
			return err
		}
	}
	if err := t.checkDump(ctx, file, newest); err != nil {
		return err
	}

	// pg_restore turns the dump into SQL, which psql runs. It could do so by itself, but then
	// tables that are younger than the backup would stay, and be in the way of the next upgrade.
	from := t.command(ctx, "pg_restore", "--no-owner", "--no-privileges", "--schema="+t.schema, "--file=-", file)
	to := t.command(ctx, "psql", "--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose", "--file=-")
	into, err := to.StdinPipe()
	if err != nil {
		return err
	}
	var said tail
	to.Stderr = &said
	if err := to.Start(); err != nil {
		return err
	}
	_, err = io.WriteString(into, "BEGIN;\nSET LOCAL lock_timeout = '10s';\n"+emptySchema(t.schema))
	if err == nil {
		err = t.run(from, nil, into)
	}
	if err == nil {
		_, err = io.WriteString(into, "\nCOMMIT;\n")
	}
	err = errors.Join(err, into.Close()) // without a COMMIT the server undoes all
	if waitErr := to.Wait(); waitErr != nil || err != nil {
		if strings.Contains(string(said), "55P03") { // lock_not_available
			return ErrInUse
		}
		return fmt.Errorf("nothing was restored: %w: %s", errors.Join(waitErr, err), strings.TrimSpace(string(said)))
	}
	return nil
}

// checkDump reads the whole dump once, which finds it damaged before anything is changed.
func (t *postgreSQLTools) checkDump(ctx context.Context, file string, newest map[string]int) error {
	var list, versions bytes.Buffer
	if err := t.run(t.command(ctx, "pg_restore", "--list", file), nil, &list); err != nil {
		return damaged(ctx, file, err)
	}
	if !strings.Contains(list.String(), " TABLE "+t.schema+" storage_schema ") {
		if strings.Contains(list.String(), " storage_schema ") {
			return &BackupFileError{file, OtherSchema, t.schema}
		}
		return &BackupFileError{file, NotOfBirge, ""}
	}
	if err := t.run(t.command(ctx, "pg_restore", "--file=-", file), nil, io.Discard); err != nil {
		return damaged(ctx, file, err)
	}
	if err := t.run(t.command(ctx, "pg_restore", "--data-only", "--schema="+t.schema, "--table=storage_schema", "--file=-", file), nil, &versions); err != nil {
		return damaged(ctx, file, err)
	}
	have := map[string]int{}
	copying := false
	for lines := bufio.NewScanner(&versions); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "COPY "):
			copying = true
		case line == `\.`:
			copying = false
		case copying:
			fields := strings.Split(line, "\t") // module, version, …
			version, err := strconv.Atoi(fields[min(1, len(fields)-1)])
			if err != nil {
				return &BackupFileError{file, Damaged, "its versions cannot be read"}
			}
			have[fields[0]] = max(have[fields[0]], version)
		}
	}
	return notNewer(have, newest)
}

func damaged(ctx context.Context, file string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &BackupFileError{file, Damaged, err.Error()}
}

// emptySchema is SQL that removes all in the schema but what belongs to extensions. The
// schema itself stays, for a city may use it without owning it.
func emptySchema(schema string) string {
	return strings.ReplaceAll(`DO $birge$
DECLARE gone record;
BEGIN
	FOR gone IN SELECT format('%I.%I', n.nspname, c.relname) AS name, CASE c.relkind
			WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS kind
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $schema AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
			WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'a', 'i'))
	LOOP EXECUTE format('DROP %s IF EXISTS %s CASCADE', gone.kind, gone.name); END LOOP;
	FOR gone IN SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS name
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname = $schema AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
			WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
	LOOP EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', gone.name); END LOOP;
	IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $schema) THEN
		EXECUTE format('CREATE SCHEMA %I', $schema);
	END IF;
END $birge$;
`, "$schema", quoteLiteral(schema))
}

// ForDrills reports whether an address is of a PostgreSQL database that is there to restore backups into as a rehearsal: its name ends with "_drill".
func ForDrills(dsn string) bool {
	config, err := pgconn.ParseConfig(dsn)
	return EngineOf(dsn) == PostgreSQL && err == nil && strings.HasSuffix(config.Database, "_drill")
}

// ClearDrill removes all that was restored into a database for drills; it refuses any other.
func ClearDrill(ctx context.Context, dsn string) error {
	if !ForDrills(dsn) {
		return errors.New("storage: the name of a database for drills ends with _drill")
	}
	t, err := newPostgreSQLTools(ctx, dsn)
	if err != nil {
		return err
	}
	return t.run(t.command(ctx, "psql", "--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"), strings.NewReader(emptySchema(t.schema)), io.Discard)
}
