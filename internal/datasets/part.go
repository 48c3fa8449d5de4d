package datasets

import (
	"embed"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
)

//go:embed texts/*.toml
var files embed.FS

// Part is what datasets say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "datasets", Texts: embedded.Folder(files, "texts"),
		Without: []part.Absence{
			part.No("it gives away what others publish", part.PointSettings, part.PointKinds, part.PointActs, part.PointAudited, part.PointPersonal, part.PointHelp, part.PointNav),
			part.No("nobody takes part in a table", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe),
		},
	}
}

// Running is datasets as they work.
func (s *Service) Running() part.Running { return part.Running{Service: s} }
