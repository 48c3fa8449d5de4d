package questions

import (
	"embed"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what questions say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "questions", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{Blueprint: map[string]string{"questions_form": ""}, Personal: "questions_sheet questions_answer questions_filing"},
		Pieces:  []part.Piece{{Name: pieceForms, Read: readForms, Shown: true}},
		Tables: append(part.TablesUnshown("what of the answers is public is shown, and proven, by who asks", "questions_sheet", "questions_answer", "questions_filing"),
			part.Table{Name: "questions_form", Columns: []part.Columns{part.Proves("questions"), part.Hides("it ties a form to who asks, or is for the program", "no owner name version hash frozen_at")}}),
		Without: []part.Absence{
			part.No("who asks has the pages, and says in acts of its own what was asked and handed in, by their hashes", part.PointKinds, part.PointActs, part.PointAudited, part.PointHelp,
				part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe),
			part.No("until when, and how often, is a rule of who asks", part.PointSettings),
			part.No("answers belong to a thing, and say nothing of who typed them; its owner downloads them with it, and removes them by Forget", part.PointPersonal),
		},
	}
}

// Running is questions as they work: they are called, and do nothing by themselves.
func Running() part.Running { return part.Running{} }
