package blueprint

import (
	"embed"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Privileged acts.
const (
	didTake     = "blueprint.blueprint.take"
	didUndo     = "blueprint.blueprint.undo"
	didFollow   = "blueprint.city.follow"
	didUnfollow = "blueprint.city.unfollow"
	didClose    = "blueprint.question.close"
)

// Part is what the blueprint says of itself.
func Part() part.Part {
	return part.Part{
		Name: "blueprint", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Tables: append(part.TablesUnproven("blueprint.unproven", "blueprint_version", "blueprint_followed"),
			part.TablesUnshown("what was taken over shows on the pages of those whose things they are", "blueprint_base", "blueprint_taking", "blueprint_step", "blueprint_answered")...),
		Belongs: part.Belongs{City: "blueprint_version blueprint_base blueprint_taking blueprint_step blueprint_answered blueprint_followed"},
		Audited: []string{didTake, didUndo, didClose, didFollow, didUnfollow},
		Without: []part.Absence{
			part.No("the parts say how they are set", part.PointSettings),
			part.No("it hands on what is the other parts', and each of them says in acts of its own what became of it", part.PointKinds, part.PointActs),
			part.No("it keeps nothing about people, and cannot read it", part.PointPersonal, part.PointMe),
			part.No("it concerns those who run cities", part.PointHelp, part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers),
		},
	}
}

// Running is the blueprint as it works.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(), Desk: s.desk,
		Jobs:      []jobs.Kind{{Name: lookKind, Run: s.look, Timeout: lookMost}},
		Periodics: []jobs.Periodic{{Kind: lookKind, Every: lookEvery}},
		Nav: []part.Nav{
			{Menu: part.Foot, Place: 30, Text: "blueprint.cities_title", Path: citiesPath},
			{Menu: part.Administration, Place: 12, Text: "blueprint.open_title", Lede: "blueprint.open_lede", Path: openPath, Access: web.Administrators},
			{Menu: part.Administration, Place: 50, Text: "blueprint.desk_title", Lede: "blueprint.desk_lede", Path: deskPath, Access: web.Administrators},
		},
	}
}
