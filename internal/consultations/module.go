package consultations

import (
	"embed"
	"io/fs"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// Schema is the capability's upgrades.
func Schema() fs.FS { sub, _ := fs.Sub(schemaFiles, "schema"); return sub }

//go:embed texts/*.toml
var textFiles embed.FS

// Texts are the messages of the pages.
func Texts() fs.FS { sub, _ := fs.Sub(textFiles, "texts"); return sub }

// Module is what the application composes. Besides, it runs Watch, calls CleanImports at the
// start, and gives the service to identity as a Holder.
func (s *Service) Module() part.Module {
	return part.Module{Name: "consultations", Schema: Schema(), Texts: Texts(), Routes: append(s.routes(), s.mapRoutes()...),
		Settings: settings(), Jobs: append(mapJobs(s), jobs.Kind{Name: tellKind, Run: s.tell}), Periodics: mapPeriodics(),
		Resolvers: map[string]part.Resolver{"consultation": s.Resolve, "results": s.resolveResults, "answer": s.resolveAnswers, "statement": s.resolveStatements, "exclusion": s.resolveExclusions}}
}

// cityDecision and the other sources of the thresholds are messages.
const cityDecision = "consultations.source_city"

// settings are the thresholds that a city may change.
func settings() []part.Setting {
	return append([]part.Setting{
		{Key: "consultations.organisations_may_open", Default: 0, Min: 0, Max: 1, Unit: part.YesNo, Source: cityDecision},
		{Key: "consultations.statement_max", Default: 280, Min: 40, Max: 2000, Unit: part.Characters, Source: cityDecision},
		{Key: "consultations.statements_per_day", Default: 10, Min: 1, Max: 1000, Unit: part.Count, Source: cityDecision},
		{Key: "consultations.duplicate_percent", Default: 60, Min: 20, Max: 100, Unit: part.Percent, Source: cityDecision},
		{Key: "consultations.open_days", Default: 10, Min: 0, Max: 250, Unit: part.WorkingDays,
			Source: "consultations.source_open_days"},
		{Key: "consultations.answer_days", Default: 15, Min: 1, Max: 250, Unit: part.WorkingDays,
			Source: "consultations.source_answer_days"},
		{Key: "consultations.newcomers_per_hour", Default: 60, Min: 1, Max: 100_000, Unit: part.Count, Source: cityDecision},
	}, mapSettings()...)
}
