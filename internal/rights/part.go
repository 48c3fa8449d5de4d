package rights

import (
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "rights", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Settings: []part.Setting{{Key: "rights.keep_days", Default: 30, Min: 1, Max: 365, Unit: part.Days, Source: "rights.source_city", For: part.ForPeople}},
			Kinds:    []part.Kind{{Name: Kind, Titles: titles, Searched: true}},
			Tables: []part.Table{
				{Name: "rights_count", Columns: []part.Columns{part.Hides("authors see it, and readers do not", "")}},
				{Name: "rights_kept", Columns: []part.Columns{part.Hides("it is sealed: only who has the code reads it", "")}},
			},
			Help: []part.Help{{Name: "rights.find", Place: 31, Path: root}},
			Without: []part.Absence{
				part.No("what people answer is kept nowhere; what they ask to be kept is sealed with a code that only they have, and belongs to no account", part.PointPersonal, part.PointMe),
				part.No("a guide comes with the program and is public with its source: nobody announces it", part.PointActs, part.PointAudited),
				part.No("guides are there at any time, and nothing comes of one here: what is filed is an appeal", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises),
				part.No("nobody's work waits for anything in it", part.PointDesk),
				part.No("guides come with the program: their number would say of an empty city that something happens there", part.PointNumbers),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Jobs:       []jobs.Kind{{Name: sweepKind, Run: s.sweep}},
		Periodics:  []jobs.Periodic{{Kind: sweepKind, Every: 24 * time.Hour}},
		Background: []part.Background{{Name: "rights: counts and search", Run: s.watch, Settle: s.settle}},
		Nav:        []part.Nav{{Menu: part.Learn, Place: 20, Text: "rights.nav", Lede: "rights.nav_lede", Path: root, Count: s.countGuides, Counted: "rights.nav_counted"}},
	}
}

func (s *Service) countGuides(*storage.Tx) (int64, error) {
	b, err := s.book()
	if err != nil {
		return 0, err
	}
	return int64(len(b.guides)), nil
}
