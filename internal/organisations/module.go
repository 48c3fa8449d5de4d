package organisations

import (
	"embed"
	"io/fs"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

//go:embed texts/*.toml
var textFiles embed.FS

// Schema is the register's part of the database.
func Schema() storage.Schema {
	sub, _ := fs.Sub(schemaFiles, "schema")
	return storage.Schema{Module: "organisations", Files: sub}
}

// Texts are the register's messages.
func Texts() fs.FS { sub, _ := fs.Sub(textFiles, "texts"); return sub }

// Searched is what the city-wide search finds of the register.
func Searched() []search.Kind { return []search.Kind{{Name: RefKind, Found: "organisations.found"}} }

// Module is the register as the application composes it.
func (s *Service) Module() part.Module {
	return part.Module{
		Name:      "organisations",
		Schema:    Schema().Files,
		Texts:     Texts(),
		Routes:    s.Routes(),
		Settings:  Settings(),
		Resolvers: map[string]part.Resolver{RefKind: s.Resolve},
	}
}
