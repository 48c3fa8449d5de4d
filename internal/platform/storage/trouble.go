package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/birge-kz/birge/internal/civic"
)

// Primary result codes with which SQLite says that its file, disk or memory fails it, or that
// another process holds the file: https://www.sqlite.org/rescode.html.
var sqliteTrouble = []int{sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
	sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL}

// Classes of PostgreSQL's codes that say the same of the server: connection exception,
// insufficient resources, operator intervention, system error:
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
var postgresTrouble = []string{"08", "53", "57", "58"}

// readOnly is PostgreSQL's code on a standby, and on a server whose operator allows no changes.
const readOnly = "25006"

// unavailable gives the error of a database that is in trouble the code civic.Unavailable:
// nothing is wrong with what was asked, and it may be asked again.
func unavailable(err error) error {
	if err == nil || civic.CodeOf(err) != "" || !inTrouble(err) {
		return err
	}
	return civic.Fail(civic.Unavailable, "web.storage_down").Because(err)
}

func inTrouble(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var connecting *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &lite):
		return slices.Contains(sqliteTrouble, lite.Code()&0xff)
	case errors.As(err, &pg):
		return slices.Contains(postgresTrouble, pg.Code[:2]) && pg.Code != "57014" || pg.Code == readOnly // 57014: a statement that took too long
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false // the request's own
	case errors.As(err, &connecting), errors.As(err, &network):
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrClosed)
}

// Check reports whether the database can be read and written now.
func (db *DB) Check(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- db.Write(ctx, func(tx *Tx) error { tx.Touch("storage.check"); return nil }) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("storage: a change was not written: %w", ctx.Err())
	}
}

// stuckFor is how long a change may keep all others waiting: longer than the greatest import.
const stuckFor = 10 * time.Minute

// Stuck says whether this program hangs on its own transactions, which only a new start mends:
// all connections are taken and none becomes free until ctx ends, or one change keeps the others
// waiting for more than ten minutes. A database that does not answer is another matter: see Check.
func (db *DB) Stuck(ctx context.Context) error {
	if since := db.changing.Load(); since != 0 && time.Since(time.UnixMilli(since)) > stuckFor {
		return fmt.Errorf("storage: one change has been under way since %s", time.UnixMilli(since).UTC().Format(time.RFC3339))
	}
	conn, err := db.readers.Conn(ctx)
	if err == nil {
		return conn.Close()
	}
	if s := db.readers.Stats(); s.InUse >= s.MaxOpenConnections {
		return fmt.Errorf("storage: all %d connections are taken: %w", s.InUse, err)
	}
	return nil
}
