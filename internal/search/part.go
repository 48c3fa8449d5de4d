package search

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
var files embed.FS

// Part is what the search says of itself.
func Part() part.Part {
	return part.Part{
		Name: "search", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Tables: part.TablesUnproven("search.unproven", "search_index"),
		Kinds: []part.Kind{
			{Name: KindQuery, Titles: titlesOfQueries, NotSearched: "it is what one searches with", Followed: true},
		},
		Help: []part.Help{
			{Name: "search.find", Place: 40, Path: "/search"},
		},
		Without: []part.Absence{
			part.No("it finds the things of the others and has none", part.PointActs, part.PointAudited, part.PointSettings,
				part.PointNav, part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointDesk, part.PointMe),
			part.No("it keeps the words of things, which go with the things; who looked for what is not kept", part.PointPersonal),
		},
	}
}

// forgetKind is the job that takes erased words out of the index's file.
const forgetKind = "search.forget"

// KindQuery is the kind of a search itself, whose id is what is looked for.
const KindQuery = "search.query"

func titlesOfQueries(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		text := string(id)
		if _, ok := parse(storage.SQLite, text); !ok || typed(text) != text {
			continue
		}
		out[id] = part.Resolved{Title: civic.Everywhere("«" + text + "»"), Path: address(text, "", "")}
	}
	return out, nil
}

// Running is the search as it works. Its page is led to from the head of every other.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Unlisted: []string{Path},
		Jobs:      []jobs.Kind{{Name: forgetKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.forget(ctx) }}},
		Periodics: []jobs.Periodic{{Kind: forgetKind, Every: 24 * time.Hour}}}
}
