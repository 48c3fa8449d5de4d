package indicators

import (
	"embed"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "indicators", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Tables:  part.TablesUnproven("indicators.unproven", "indicators_value", "indicators_state", "indicators_change"),
			Belongs: part.Belongs{City: "indicators_value indicators_state indicators_change"},
			Help:    []part.Help{{Name: "indicators.numbers", Place: 92, Path: root}},
			Without: []part.Absence{
				part.No("what an indicator is changes with the program, for all cities alike", part.PointSettings),
				part.No("an indicator is no thing of the city: its page is found by its words on the page of all", part.PointKinds),
				part.No("numbers follow from public tables by formulas that anybody can run", part.PointActs, part.PointAudited),
				part.No("it keeps nothing about anybody", part.PointPersonal, part.PointMe),
				part.No("nobody takes part in a number, and nobody waits for one", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointDesk),
				part.No("the home page shows what parts count themselves, at once", part.PointNumbers),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Jobs: []jobs.Kind{{Name: computeKind, Run: s.compute}},
		Nav:  []part.Nav{{Menu: part.Check, Place: 18, Text: "indicators.nav", Lede: "indicators.nav_lede", Path: root, Also: []string{root + "-report.pdf"}, Count: countShown, Counted: "indicators.nav_counted"}},
	}
}
