package datasets

import (
	"context"
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

const buildKind = "datasets.build"

// Part is what datasets say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "datasets", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Kinds:   []part.Kind{{Name: Kind, Titles: titles, NotSearched: "its list is short, and on one page", Followed: true}},
		Tables:  part.TablesUnproven("datasets.unproven", "datasets_version", "datasets_piece"),
		Belongs: part.Belongs{City: "datasets_version datasets_piece"},
		Help:    []part.Help{{Name: "datasets.take", Place: 92, Path: root}},
		Without: []part.Absence{
			part.No("it gives away what others publish, by rules that are the same for every city", part.PointSettings, part.PointActs, part.PointAudited),
			part.No("nothing about a person is in a dataset", part.PointPersonal),
			part.No("nobody takes part in a table", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointDesk, part.PointMe),
			part.No("how many tables there are is no figure of the city", part.PointNumbers),
		},
	}
}

// Running is datasets as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Jobs:      []jobs.Kind{{Name: buildKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.Build(ctx) }}},
		Periodics: []jobs.Periodic{{Kind: buildKind, Every: 24 * time.Hour}},
		Nav:       []part.Nav{{Menu: part.Check, Place: 40, Text: "datasets.nav", Lede: "datasets.nav_lede", Path: root, Count: countDatasets, Counted: "datasets.nav_counted"}},
	}
}
