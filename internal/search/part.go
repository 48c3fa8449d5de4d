package search

import (
	"context"
	"embed"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/lexis"
	"github.com/birge-kz/birge/internal/platform/storage"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what the search says of itself.
func Part() part.Part {
	return part.Part{
		Name: "search", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{Personal: "search_index"},
		Tables:  part.TablesUnproven("search.unproven", "search_index"),
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

// KindQuery is the kind of a search itself, whose id is what is looked for: district:theme:words.
const KindQuery = "search.query"

// QueryRef is a search as a thing that people follow, for a text as it was typed.
func QueryRef(text string, about city.Scope) civic.Ref {
	return civic.Ref{Kind: KindQuery, ID: civic.ID(about.District + ":" + about.Theme + ":" + Typed(text))}
}

// Worded reports whether a text has a word to look for.
func Worded(text string) bool {
	_, ok := lexis.ParseQuery(Typed(text))
	return ok
}

// readQuery reads the id of a search. It reports false for one that the page would not have made.
func readQuery(id civic.ID) (text string, about city.Scope, ok bool) {
	district, rest, _ := strings.Cut(string(id), ":")
	theme, text, _ := strings.Cut(rest, ":")
	about = city.Scope{District: district, Theme: theme}
	_, ok = parse(storage.SQLite, text, about)
	return text, about, ok && QueryRef(text, about).ID == id
}

func titlesOfQueries(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		text, about, ok := readQuery(id)
		if !ok {
			continue
		}
		names, known, err := about.Names(tx)
		if err != nil {
			return nil, err
		}
		if known {
			out[id] = part.Resolved{Title: called(text, names), Path: address(Query{Text: text, About: about})}
		}
	}
	return out, nil
}

// called is what a search is called: its words and what it is filtered by.
func called(text string, names []civic.Text) civic.Text {
	out := civic.Text{}
	for _, lang := range civic.Languages() {
		var pieces []string
		if text != "" {
			pieces = append(pieces, "«"+text+"»")
		}
		for _, n := range names {
			name, _ := n.In(lang)
			pieces = append(pieces, name)
		}
		out[lang] = strings.Join(pieces, " · ")
	}
	return out
}

// Running is the search as it works. Its page is led to from the head of every other.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Unlisted: []string{Path},
		Jobs:      []jobs.Kind{{Name: forgetKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.forget(ctx) }}},
		Periodics: []jobs.Periodic{{Kind: forgetKind, Every: 24 * time.Hour}}}
}
