package places

import (
	"embed"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what places say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "places", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{Blueprint: map[string]string{"places_outline": ""}},
		Tables:  part.TablesUnproven("places.unproven", "places_outline"),
		Audited: []string{"places.outlines.set"},
		Pieces:  []part.Piece{{Name: pieceOutlines, Read: readPieces, Place: true}},
		Without: []part.Absence{
			part.No("whatever is at a place keeps its point; nothing of people is kept here", part.PointPersonal, part.PointKinds, part.PointActs),
			part.No("the bounds of files are technical", part.PointSettings),
			part.No("maps stand on the pages of those whose things they show", part.PointHelp, part.PointNow, part.PointCame, part.PointPromises, part.PointWeek,
				part.PointNumbers, part.PointDesk, part.PointMe),
		},
	}
}

// Running is places as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(), Unlisted: []string{"/places"}, Takes: []part.Take{{Piece: pieceOutlines, Put: s.put}},
		Unknown: []part.Unknown{{Name: "places.outlines", Place: 25, Path: "/settings/outlines", Answered: func(tx *storage.Tx) (bool, error) { all, err := loadOutlines(tx); return len(all) > 0, err }}},
		Nav:     []part.Nav{{Menu: part.Administration, Place: 15, Text: "places.outlines_title", Lede: "places.outlines_lede", Path: outlinesPath, Access: web.Administrators}},
	}
}
