package moderation

import (
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what moderation says of itself.
func Part() part.Part {
	return part.Part{
		Name: "moderation", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Tables: part.TablesUnshown("who looks at what for some minutes is for moderators alone", "moderation_claim"),
		Settings: []part.Setting{
			{Key: "moderation.claim_minutes", Default: 15, Min: 2, Max: 240, Unit: part.Minutes, Source: "moderation.source_city"},
			{Key: "moderation.claim_most", Default: 10, Min: 1, Max: 50, Unit: part.Count, Source: "moderation.source_city"},
		},
		Personal: part.Personal{Export: exportPerson, Erase: dropClaimsOf},
		Without: []part.Absence{
			part.No("what is moderated belongs to other parts, and so does each decision, which is in the record and in the audit list", part.PointKinds, part.PointActs, part.PointAudited),
			part.No("those whose things are moderated explain it", part.PointHelp),
			part.No("each owner says what waits, and tells the authors", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers,
				part.PointDesk, part.PointMe),
		},
	}
}

// Running is moderation as it works.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Nav: []part.Nav{{Menu: part.Work, Place: 15, Text: "moderation.nav", Lede: "moderation.nav_lede", Path: Path, Access: web.Hosts}},
	}
}

// exportPerson lists what somebody has taken.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type taken struct {
		Thing string    `json:"thing"`
		Until time.Time `json:"until"`
	}
	all, err := claimsOf(tx, account, tx.Now())
	var out []taken
	for _, c := range all {
		out = append(out, taken{c.Thing.String(), c.Until})
	}
	return out, err
}
