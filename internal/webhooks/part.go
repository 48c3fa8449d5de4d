package webhooks

import (
	"context"
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

const (
	root = "/webhooks"

	lookKind = "webhooks.look"
	sendKind = "webhooks.send"

	mostSetting    = "webhooks.most"
	failingSetting = "webhooks.failing_days"
)

// Privileged acts.
const (
	didMake   = "webhooks.hook.make"
	didRotate = "webhooks.hook.rotate"
	didAgain  = "webhooks.hook.again"
	didSwitch = "webhooks.hook.switch"
	didRemove = "webhooks.hook.remove"
)

// setters are those to whom pages of webhooks are open; whose webhook it is, the service asks.
var setters = web.Holders("representatives", civic.Representative)

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "webhooks", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
			Settings: []part.Setting{
				{Key: mostSetting, Default: 3, Min: 1, Max: 20, Unit: part.Count, Source: "Birge"},
				// Standard Webhooks advises to retry for several days: a server that breaks on a Friday is mended on a Monday.
				{Key: failingSetting, Default: 5, Min: 1, Max: 30, Unit: part.Days, Source: "Birge"},
			},
			Audited: []string{didMake, didRotate, didAgain, didSwitch, didRemove},
			Tables:  part.TablesUnshown("it is the organisation's own, and shown to those who speak for it", "webhooks_hook", "webhooks_delivery"),
			Belongs: part.Belongs{City: "webhooks_hook webhooks_delivery"},
			Without: []part.Absence{
				part.No("it tells of others' acts, and is no thing that anybody refers to", part.PointKinds, part.PointActs),
				part.No("it belongs to an organisation; who set it up stands in the list of privileged acts alone", part.PointPersonal, part.PointMe),
				part.No("the page for programs tells of it", part.PointHelp),
				part.No("whoever speaks for the organisation is told when it stops", part.PointDesk),
				part.No("it concerns servers", part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Jobs: []jobs.Kind{
			{Name: lookKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.Look(ctx) }},
			{Name: sendKind, Run: s.send, AtOnce: 4}, // slow servers leave room for all other work
		},
		Periodics: []jobs.Periodic{{Kind: lookKind, Every: time.Minute}},
		Nav:       []part.Nav{{Menu: part.Own, Place: 60, Text: "webhooks.nav", Lede: "webhooks.nav_lede", Path: root, Access: setters}},
	}
}
