package ledger

import (
	"embed"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what the ledger says of itself.
func Part() part.Part {
	return part.Part{
		Name: "ledger", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{City: "ledger_account ledger_transfer ledger_entry"},
		Tables:  part.TablesUnproven("ledger.unproven", "ledger_account", "ledger_transfer", "ledger_entry"),
		Without: []part.Absence{
			part.No("whose money it is says what happened to it, in acts and on pages of its own", part.PointKinds, part.PointActs, part.PointAudited, part.PointHelp, part.PointNav,
				part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe),
			part.No("its rules are arithmetic, which no city changes", part.PointSettings),
			part.No("it names things and no people; a gift is a thing of its owner, who cuts it off from its giver", part.PointPersonal),
		},
	}
}

// Running is the ledger as it works: it is called, and does nothing by itself.
func Running() part.Running { return part.Running{} }
