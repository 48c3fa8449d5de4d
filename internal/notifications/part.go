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
	tellKind   = "notifications.tell"
)

// Part is what notices say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "notifications", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs:  part.Belongs{Personal: "notifications_notice notifications_reader notifications_follow"},
		Tables:   part.TablesUnshown("what one follows and was told is seen by nobody else", "notifications_notice", "notifications_reader", "notifications_follow"),
		Settings: settings(),
		Personal: part.Personal{Export: exportPerson, Erase: deleteReader},
		Help: []part.Help{
			{Name: "notifications.follow", Place: 85},
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
		Routes:  append(s.routes(), s.followRoutes()...),
		Jobs: []jobs.Kind{
			{Name: digestKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.SendDigests(ctx) }},
			{Name: tellKind, Run: s.tell},
			{Name: sweepKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.Sweep(ctx) }},
		},
		Periodics: []jobs.Periodic{{Kind: digestKind, Every: time.Hour}, {Kind: sweepKind, Every: 24 * time.Hour}},
		Unlisted:  []string{"/unsubscribe", "/follow"},
		Here:      s.here,
		Nav:       []part.Nav{{Menu: part.Own, Place: 20, Text: "notifications.nav", Lede: "notifications.nav_lede", Path: "/notices", Also: []string{"/following"}, Access: web.SignedIn}},
	}
}

// settings are the terms of notifications: the city's own choice, no law fixes them.
func settings() []part.Setting {
	return []part.Setting{
		// By six in the evening a day's business is done, and people read.
		{Key: "notifications.digest_hour", Default: 18, Min: 0, Max: 23, Unit: part.HourOfDay, Source: "Birge", For: part.ForPeople},
		// Friday: what can be visited at the weekend is still ahead.
		{Key: "notifications.digest_weekday", Default: 5, Min: 1, Max: 7, Unit: part.Count, Source: "Birge", For: part.ForPeople},
		{Key: "notifications.confirm_days", Default: 7, Min: 1, Max: 90, Unit: part.Days, Source: "Birge", For: part.ForPeople},
		// Enough for somebody who follows several things, too little to annoy a stranger.
		{Key: "notifications.asked_by_address", Default: 5, Min: 1, Max: 100, Unit: part.Count, Source: "Birge"},
		{Key: "notifications.asked_by_network", Default: 100, Min: 1, Max: 100_000, Unit: part.Count, Source: "Birge"},
		{Key: "notifications.keep_days", Default: 365, Min: 30, Max: 3650, Unit: part.Days, Source: "Birge", For: part.ForPeople},
	}
}
