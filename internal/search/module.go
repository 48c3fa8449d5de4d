package search

import (
	"embed"
	"io/fs"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

//go:embed texts/*.toml
var textFiles embed.FS

// Schema is the index in the database.
func Schema() storage.Schema {
	sub, _ := fs.Sub(schemaFiles, "schema")
	return storage.Schema{Module: "search", Files: sub}
}

// Texts are the messages of the page.
func Texts() fs.FS { sub, _ := fs.Sub(textFiles, "texts"); return sub }

// Module is the search as the application composes it.
func (s *Service) Module() part.Module {
	return part.Module{Name: "search", Schema: Schema().Files, Texts: Texts(), Routes: s.routes()}
}
