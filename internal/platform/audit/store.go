package audit

import (
	"embed"
	"fmt"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
)

//go:embed schema
var schemaFiles embed.FS

// Schema is the table of the audit list.
func Schema() storage.Schema {
	return storage.Schema{Module: "audit", Files: embedded.Folder(schemaFiles, "schema")}
}

func insert(tx *storage.Tx, account civic.ID, roles []byte, act string, subject civic.Ref, detail []byte) error {
	_, err := tx.Exec(`INSERT INTO audit (id, at, actor_account, actor_roles, act, subject_kind, subject_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		civic.NewID(tx.Now()), storage.Millis(tx.Now()), account, string(roles), act, subject.Kind, subject.ID, string(detail))
	return err
}

var scanEntry = storage.Into(func(e *Entry) []any {
	return []any{&e.ID, storage.Instant(&e.At), &e.Account, storage.JSON(&e.Roles), &e.Act, &e.Subject.Kind, &e.Subject.ID, storage.JSON(&e.Detail)}
})

func list(tx *storage.Tx, f Filter) ([]Entry, error) {
	var where []string
	var args []any
	narrow := func(condition string, value string) {
		if value != "" {
			args = append(args, value)
			where = append(where, fmt.Sprintf("%s $%d", condition, len(args)))
		}
	}
	narrow("id <", string(f.Before))
	narrow("actor_account =", string(f.Account))
	narrow("act =", f.Act)
	narrow("subject_kind =", f.Subject.Kind)
	narrow("subject_id =", string(f.Subject.ID))
	query := "SELECT id, at, actor_account, actor_roles, act, subject_kind, subject_id, detail FROM audit"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, f.Limit)
	return storage.All(tx, scanEntry, fmt.Sprintf("%s ORDER BY id DESC LIMIT $%d", query, len(args)), args...)
}
