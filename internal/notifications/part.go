package notifications

import (
	"context"
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

const (
	digestKind = "notifications.digest"
	sweepKind  = "notifications.sweep"
)

// Part is what notices say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "notifications", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Tables:   part.TablesUnshown("what one was told is seen by nobody else", "notifications_notice", "notifications_preference"),
		Settings: settings(),
		Personal: part.Personal{Export: exportNotices, Erase: deleteAll},
		Help: []part.Help{
			{Name: "notifications.mails", Place: 80, Path: "/notices"},
		},
		Without: []part.Absence{
			part.No("a notice is one person's and nobody else's to refer to, record or list", part.PointKinds, part.PointActs, part.PointAudited),
			part.No("notices tell what others did", part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointDesk, part.PointMe),
		},
	}
}

// Running is notices as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s,
		Routes:  s.routes(),
		Jobs: []jobs.Kind{
			{Name: digestKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.SendDigests(ctx) }},
			{Name: sweepKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.Sweep(ctx) }},
		},
		Periodics: []jobs.Periodic{{Kind: digestKind, Every: time.Hour}, {Kind: sweepKind, Every: 24 * time.Hour}},
		Unlisted:  []string{"/unsubscribe"},
		Nav:       []part.Nav{{Menu: part.Own, Place: 20, Text: "notifications.nav", Lede: "notifications.nav_lede", Path: "/notices", Access: web.SignedIn}},
	}
}

// settings are the terms of notifications: the city's own choice, no law fixes them.
func settings() []part.Setting {
	return []part.Setting{
		// By six in the evening a day's business is done, and people read.
		{Key: "notifications.digest_hour", Default: 18, Min: 0, Max: 23, Unit: part.HourOfDay, Source: "Birge", For: part.ForPeople},
		{Key: "notifications.keep_days", Default: 365, Min: 30, Max: 3650, Unit: part.Days, Source: "Birge", For: part.ForPeople},
	}
}
