package blueprint

import (
	"embed"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Privileged acts.
const (
	didTake  = "blueprint.blueprint.take"
	didUndo  = "blueprint.blueprint.undo"
	didClose = "blueprint.question.close"
)

// Part is what the blueprint says of itself.
func Part() part.Part {
	return part.Part{
		Name: "blueprint", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Tables:  part.TablesUnshown("what was taken over shows on the pages of those whose things they are", "blueprint_version", "blueprint_base", "blueprint_taking", "blueprint_step", "blueprint_answered"),
		Belongs: part.Belongs{City: "blueprint_version blueprint_base blueprint_taking blueprint_step blueprint_answered"},
		Audited: []string{didTake, didUndo, didClose},
		Without: []part.Absence{
			part.No("the parts say how they are set", part.PointSettings),
			part.No("it hands on what is the other parts', and each of them says in acts of its own what became of it", part.PointKinds, part.PointActs),
			part.No("it keeps nothing about people, and cannot read it", part.PointPersonal, part.PointMe),
			part.No("it concerns those who run cities", part.PointHelp, part.PointNav, part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointDesk),
		},
	}
}

// Running is the blueprint as it works.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes()}
}
