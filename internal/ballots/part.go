package ballots

import (
	"embed"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what ballots say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "ballots", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{City: "ballots_vote ballots_option ballots_published", Personal: "ballots_roll ballots_box ballots_code"},
		Settings: []part.Setting{
			{Key: "ballots.window_days", Default: 3, Min: 1, Max: 14, Unit: part.Days, Source: "ballots.source_city", For: part.ForPeople},
			{Key: "ballots.least_group", Default: 5, Min: 2, Max: 100, Unit: part.Count, Source: "ballots.source_city"},
		},
		Kinds:    []part.Kind{{Name: KindVote, Titles: titles, NotSearched: "the thing that is voted on is found, and leads there"}},
		Acts:     acts(),
		Tables:   tables(),
		Personal: part.Personal{Export: exportPerson, Erase: forget},
		Help:     []part.Help{{Name: "ballots.secret", Place: 95}},
		Without: []part.Absence{
			part.No("who may open, freeze or hand out codes is a rule of the owner, which notes it", part.PointAudited),
			part.No("the thing that is voted on stands in the navigation and on the home page, by its owner", part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers,
				part.PointDesk, part.PointMe),
		},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner, roll = "it ties rows together, or is for the program alone", "who voted is nobody's business; pages show how many"
	return append([]part.Table{
		{Name: "ballots_vote", Columns: []part.Columns{part.Proves("id of_kind of_id state opens_at closes_at window_at revote paper absent rule public_key rolled boxed unreadable root"),
			part.Leaves("ballots.unproven_counted_at", "counted_at"), part.Hides(inner, "no longest paper_in")}},
		{Name: "ballots_option", Columns: []part.Columns{part.Proves("code title cost frozen"), part.Leaves("ballots.unproven_why", "why"), part.Hides("it orders them", "place"), part.Hides(inner, "vote")}},
		{Name: "ballots_published", Columns: []part.Columns{part.Proves("number code ballot"), part.Hides(inner, "vote")}},
		{Name: "ballots_roll", Columns: []part.Columns{part.Leaves("ballots.unproven_turnout", "channel district age hour"), part.Hides(roll, "vote who account")}},
	}, part.TablesUnshown("nobody sees it before it is opened and shuffled", "ballots_box", "ballots_code")...)
}

// Running is ballots as they work.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Unlisted: []string{"/ballots"}, Jobs: []jobs.Kind{{Name: countKind, Run: s.count, AtOnce: 1}, {Name: tellKind, Run: s.tell}}}
}

// exportPerson is that the person voted, and never what.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	held, err := rolledOf(tx, account)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	return held, nil
}
