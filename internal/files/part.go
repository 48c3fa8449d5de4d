package files

import (
	"context"
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

const sweepKind = "files.sweep"

// Part is what files say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "files", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs:  part.Belongs{City: "files_gone", Personal: "files_file"},
		Settings: settings(),
		Kinds:    []part.Kind{{Name: Kind, Titles: titles, NotSearched: "the thing is found, and shows its files"}},
		Acts:     acts(),
		Tables: []part.Table{
			{Name: "files_file", Columns: []part.Columns{
				part.Proves("id thing sort name words lang author licence versions published created_at"),
				part.Hides("it counts for the quota", "bytes"),
				part.Hides("who sent it is nobody's business", "account"),
			}},
			{Name: "files_gone", Columns: []part.Columns{
				part.Leaves("files.unproven_gone", "id thing sort gone_at"),
				part.Hides("it says which of them a history names", "published"),
			}},
		},
		Personal: part.Personal{Export: exportPerson, Erase: forgetSender},
		Without: []part.Absence{
			part.No("the page of each thing leads to where its files are added", part.PointHelp),
			part.No("adding and removing files that everybody sees is in the record", part.PointAudited),
			part.No("files belong to things, and these are in the lists", part.PointNav, part.PointNow, part.PointCame, part.PointPromises, part.PointWeek,
				part.PointNumbers, part.PointDesk, part.PointMe),
		},
	}
}

// Running is files as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(), Unlisted: []string{"/files", deskPath},
		Jobs:      []jobs.Kind{{Name: sweepKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.Sweep(ctx) }}},
		Periodics: []jobs.Periodic{{Kind: sweepKind, Every: 24 * time.Hour}},
	}
}

// source says that the city decides by itself.
const source = "files.source_city"

// settings are what a city may want otherwise. No law fixes them; they keep a small machine within its disk and memory.
func settings() []part.Setting {
	return []part.Setting{
		// Phones take pictures of 3 to 8 MiB with 12 to 50 million pixels.
		{Key: "files.picture_mib", Default: 15, Min: 1, Max: 30, Unit: part.Count, Source: source, For: part.ForPeople},
		{Key: "files.picture_megapixels", Default: 50, Min: 1, Max: 100, Unit: part.Count, Source: source, For: part.ForPeople},
		{Key: "files.document_mib", Default: 20, Min: 1, Max: 30, Unit: part.Count, Source: source, For: part.ForPeople},
		{Key: "files.account_mib", Default: 300, Min: 1, Max: 100_000, Unit: part.Count, Source: source, For: part.ForPeople},
		{Key: "files.city_mib", Default: 20_000, Min: 1, Max: 10_000_000, Unit: part.Count, Source: source},
		// A copy of the database that is being made, or an upload on a slow line, is done long before.
		orphanHours(),
	}
}

// titles names files after their words; only those that everybody sees, for others are seen on the page of their thing alone.
func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, f := range all {
		if f.Published {
			out[f.ID] = part.Resolved{Title: f.Words, Path: pagePath(f.ID)}
		}
	}
	return out, err
}

// pagePath is the address of a file's own page, without the language.
func pagePath(id civic.ID) string { return "/files/" + string(id) }

// exportPerson lists the files that somebody sent, with the addresses at which they find them.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type sent struct {
		Of    string     `json:"of"`
		Name  string     `json:"name"`
		Words civic.Text `json:"words"`
		At    time.Time  `json:"at"`
		Paths []string   `json:"paths"`
	}
	all, err := sentBy(tx, account)
	var out []sent
	for _, f := range all {
		var paths []string
		for _, v := range f.Versions {
			paths = append(paths, f.Path(v))
		}

		out = append(out, sent{f.Thing.String(), f.Name, f.Words, f.CreatedAt, paths})
	}
	return out, err
}

// orphanHours is how long bytes of no file are left to lie.
func orphanHours() part.Setting {
	return part.Setting{Key: "files.orphan_hours", Default: 48, Min: 24, Max: 720, Unit: part.Hours, Source: source}
}
