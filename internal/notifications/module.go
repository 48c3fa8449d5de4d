package notifications

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
)

//go:embed schema
var schemaFiles embed.FS

//go:embed texts
var textFiles embed.FS

// Schema is the tables of notifications.
func Schema() fs.FS { sub, _ := fs.Sub(schemaFiles, "schema"); return sub }

// Texts are the messages of notifications.
func Texts() fs.FS { sub, _ := fs.Sub(textFiles, "texts"); return sub }

const (
	digestKind = "notifications.digest"
	sweepKind  = "notifications.sweep"
)

// Module is what the application composes.
func (s *Service) Module() part.Module {
	return part.Module{Name: "notifications", Schema: Schema(), Texts: Texts(), Routes: s.routes(), Settings: Settings(),
		Jobs: []jobs.Kind{
			{Name: digestKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.SendDigests(ctx) }},
			{Name: sweepKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.Sweep(ctx) }},
		},
		Periodics: []jobs.Periodic{{Kind: digestKind, Every: time.Hour}, {Kind: sweepKind, Every: 24 * time.Hour}},
	}
}

// Settings are the terms of notifications: the city's own choice, no law fixes them.
func Settings() []part.Setting {
	return []part.Setting{
		// By six in the evening a day's business is done, and people read.
		{Key: "notifications.digest_hour", Default: 18, Min: 0, Max: 23, Unit: part.Hours, Source: "Birge"},
		{Key: "notifications.keep_days", Default: 365, Min: 30, Max: 3650, Unit: part.Days, Source: "Birge"},
	}
}
