package laws

import (
	"embed"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what laws say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "laws", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs:  part.Belongs{Blueprint: map[string]string{"laws_law": "", "laws_redaction": ""}, City: "laws_cite laws_task"},
		Settings: []part.Setting{{Key: "laws.review_days", Default: 10, Min: 1, Max: 60, Unit: part.WorkingDays, Source: "laws.source_city", For: part.ForBodies}},
		Kinds:    []part.Kind{{Name: Kind, Titles: titles, NotSearched: "laws are read at the state; what cites one is found itself"}},
		Acts:     acts(),
		Pieces:   []part.Piece{{Name: pieceLaws, Read: readLaws}},
		Tables: []part.Table{
			{Name: "laws_law", Columns: []part.Columns{part.Leaves("laws.unproven", "")}},
			{Name: "laws_redaction", Columns: []part.Columns{part.Proves("id law day what source"), part.Hides("the record says when it was entered", "entered_at")}},
			{Name: "laws_cite", Columns: []part.Columns{part.Leaves("laws.unproven_cited", "")}},
			{Name: "laws_task", Columns: []part.Columns{part.Hides("it is the work of those who keep things up", "")}},
		},
		Help: []part.Help{{Name: "laws.changed", Place: 34, Path: root}},
		Without: []part.Absence{
			part.No("a redaction is a public act, which the record keeps", part.PointAudited),
			part.No("it keeps nothing about people", part.PointPersonal, part.PointMe),
			part.No("a law is changed elsewhere: nobody takes part here", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers),
		},
	}
}

// Running is laws as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(), Desk: s.desk, Takes: []part.Take{{Piece: pieceLaws, Put: s.put}},
		Nav: []part.Nav{
			{Menu: part.Learn, Place: 30, Text: "laws.nav", Lede: "laws.nav_lede", Path: root},
			{Menu: part.Work, Place: 66, Text: "laws.nav_desk", Lede: "laws.nav_desk_lede", Path: deskPath, Access: web.Hosts},
		},
	}
}

func (s *Service) desk(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	all, err := s.Tasks(tx, a, most)
	if err != nil {
		return nil, err
	}
	var refs []civic.Ref
	for _, t := range all {
		refs = append(refs, t.Of)
	}
	named, err := s.declared.Titles(tx, a, refs)
	for _, t := range all {
		if n, there := named[t.Of]; there {
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: t.Of.Kind, Title: n.Title, What: civic.Say("laws.read_again", "Law", t.Law.Title), Path: deskPath, Due: t.Due, Since: t.EnteredAt})
		}
	}
	return out, err
}
