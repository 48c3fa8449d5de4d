package storage

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Fault is what is wrong with a database, for whoever tells an operator in words.
type Fault string

const (
	DiskFull    Fault = "full"        // no space is left for it
	NotWritable Fault = "readonly"    // it may be read and not changed
	DiskFailed  Fault = "disk"        // the disk gave an error
	CannotOpen  Fault = "cannot_open" // the file or its folder is not there, or is closed to the program
	NotDatabase Fault = "foreign"     // the file is no database
	FileDamaged Fault = "damaged"     // the file was one
	Held        Fault = "held"        // another program holds it
	NoMemory    Fault = "memory"
	Unreached   Fault = "unreached" // no server answers
	Refused     Fault = "refused"   // the server knows no such user, password or database
)

// faultsSQLite and faultsPostgreSQL know faults by the codes of the engines; see sqliteTrouble.
var (
	faultsSQLite = map[int]Fault{sqlite3.SQLITE_FULL: DiskFull, sqlite3.SQLITE_READONLY: NotWritable, sqlite3.SQLITE_IOERR: DiskFailed, sqlite3.SQLITE_CANTOPEN: CannotOpen,
		sqlite3.SQLITE_NOTADB: NotDatabase, sqlite3.SQLITE_CORRUPT: FileDamaged, sqlite3.SQLITE_BUSY: Held, sqlite3.SQLITE_LOCKED: Held, sqlite3.SQLITE_NOMEM: NoMemory,
		sqlite3.SQLITE_PERM: CannotOpen}
	faultsPostgreSQL = map[string]Fault{"53100": DiskFull, "53200": NoMemory, readOnly: NotWritable, "58030": DiskFailed, "28000": Refused, "28P01": Refused, "3D000": Refused}
)

// FaultOf finds out what is wrong with a database from an error of it, with the words of the engine
// that say so; false when it is about something else.
func FaultOf(err error) (fault Fault, words string, known bool) {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var connecting *pgconn.ConnectError
	switch {
	case errors.As(err, &lite):
		fault, known = faultsSQLite[lite.Code()&0xff]
		return fault, lite.Error(), known
	case errors.As(err, &pg):
		fault, known = faultsPostgreSQL[pg.Code]
		return fault, pg.Error(), known
	case errors.As(err, &connecting):
		return Unreached, connecting.Error(), true
	}
	return "", "", false
}
