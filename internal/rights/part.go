package rights

import (
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "rights", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs: part.Belongs{Blueprint: map[string]string{"rights_version": "author reviewer why"}, City: "rights_count", Personal: "rights_kept"},
			Pieces:  []part.Piece{{Name: pieceGuides, Read: readGuides}},
			Settings: []part.Setting{
				{Key: "rights.keep_days", Default: 30, Min: 1, Max: 365, Unit: part.Days, Source: "rights.source_city", For: part.ForPeople},
				{Key: "rights.count_days", Default: 30, Min: 1, Max: 366, Unit: part.Days, Source: "rights.source_city"},
				{Key: "rights.least_shown", Default: 5, Min: 1, Max: 100, Unit: part.Count, Source: "rights.source_city"},
			},
			Roles:   []part.Role{{Name: lawyer}},
			Kinds:   []part.Kind{{Name: Kind, Titles: titles, Searched: true}},
			Acts:    acts(),
			Audited: []string{didPropose, didPublish, didDrop},
			Tables: []part.Table{
				{Name: "rights_count", Columns: []part.Columns{part.Hides("authors see it, and readers do not", "")}},
				{Name: "rights_version", Columns: []part.Columns{part.Proves("guide version state title source"), part.Hides("lawyers see it, and it ties rows together", "no why author reviewer made_at decided_at")}},
				{Name: "rights_kept", Columns: []part.Columns{part.Hides("it is sealed: only who has the code reads it", "")}},
			},
			Personal: part.Personal{Export: exportPerson, Erase: forget},
			Help:     []part.Help{{Name: "rights.find", Place: 31, Path: root}},
			Without: []part.Absence{
				part.No("what people answer is kept nowhere; what they ask to be kept is sealed with a code that only they have, and belongs to no account", part.PointMe),
				part.No("guides are there at any time, and nothing comes of one here: what is filed is an appeal", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises),
				part.No("guides come with the program: their number would say of an empty city that something happens there", part.PointNumbers),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

// lawyers write guides for the city.
var lawyers = web.Holders("rights' lawyers", lawyer)

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Takes:      []part.Take{{Piece: pieceGuides, Put: s.put}},
		Unlisted:   []string{"/embed/rights"},
		Jobs:       []jobs.Kind{{Name: sweepKind, Run: s.sweep}},
		Periodics:  []jobs.Periodic{{Kind: sweepKind, Every: 24 * time.Hour}},
		Background: []part.Background{{Name: "rights: counts and search", Run: s.watch, Settle: s.settle}},
		Desk:       waits,
		Nav: []part.Nav{
			{Menu: part.Work, Place: 60, Text: "rights.nav_desk", Lede: "rights.nav_desk_lede", Path: desk, Access: lawyers},
			{Menu: part.Learn, Place: 20, Text: "rights.nav", Lede: "rights.nav_lede", Path: root, Count: countGuides, Counted: "rights.nav_counted"},
		},
	}
}

// countGuides counts those of the program and, in the city's own transaction, those that only this city has.
func countGuides(tx *storage.Tx) (int64, error) {
	b, err := comes()
	if err != nil {
		return 0, err
	}
	own, err := allPublished(tx, maxGuides)
	n := len(b.guides)
	for _, v := range own {
		if _, known := b.find(v.Guide); !known {
			n++
		}
	}
	return int64(n), err
}
