package app

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

// capabilities lists what each part keeps in the database and says in its messages, in the
// order in which it is set up.
var capabilities = []struct {
	name          string
	schema, texts func() fs.FS
}{
	{"city", func() fs.FS { return city.Schema().Files }, city.Texts},
	{"record", func() fs.FS { return record.Schema().Files }, record.Texts},
	{"search", func() fs.FS { return search.Schema().Files }, search.Texts},
	{"identity", identity.Schema, identity.Texts},
	{"notifications", notifications.Schema, notifications.Texts},
	{"organisations", func() fs.FS { return organisations.Schema().Files }, organisations.Texts},
	{"consultations", consultations.Schema, consultations.Texts},
}

// Roles is the table of roles: what every part declares.
func Roles() (roles part.Roles, err error) {
	problems := roles.Add("identity", identity.Roles()...)
	if len(problems) > 0 {
		err = fmt.Errorf("roles: %s", strings.Join(problems, "; "))
	}
	return roles, err
}

// Schemas lists the tables of every part, in the order in which they are made.
func Schemas() []storage.Schema {
	out := []storage.Schema{jobs.Schema(), audit.Schema()}
	for _, c := range capabilities {
		out = append(out, storage.Schema{Module: c.name, Files: c.schema()})
	}
	return out
}

// texts lists the message files of every part.
func texts() []i18n.Source {
	out := []i18n.Source{{Name: "web", Files: web.Texts()}, {Name: "ui", Files: ui.Texts()}, {Name: "app", Files: Texts()}}
	for _, c := range capabilities {
		out = append(out, i18n.Source{Name: c.name, Files: c.texts()})
	}
	return out
}
