package consultations

import (
	"embed"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "consultations", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs: part.Belongs{City: "consultations_consultation consultations_day consultations_city consultations_city_day consultations_rescheduling consultations_answer_item consultations_import",
				Personal: "consultations_vote consultations_vote_former consultations_vote_new consultations_participant consultations_statement consultations_answer consultations_map consultations_exclusion consultations_exclusion_member"},
			Tables:   shownTables(),
			Datasets: datasets(),
			Settings: settings(),
			Kinds:    kinds(),
			Acts:     acts(),
			Audited: []string{"consultations.consultation.publish", "consultations.consultation.withdraw", "consultations.consultation.extend",
				"consultations.consultation.close", "consultations.statement.decide", "consultations.statement.translate", "consultations.answer.publish",
				"consultations.exclusion.leave_out", "consultations.exclusion.count_again"},
			Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
			Help: []part.Help{
				{Name: "consultations.take_part", Place: 10, Path: "/consultations"},
				{Name: "consultations.map", Place: 20},
				{Name: "consultations.moderation", Place: 30},
			},
			Without: []part.Absence{
				part.No("a consultation goes on for days and has no hour of its own", part.PointWeek),
				part.No("the answer that a body owes is counted with all others, by internal/answers", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service:   s,
		Routes:    append(s.routes(), s.mapRoutes()...),
		Jobs:      append(mapJobs(s), jobs.Kind{Name: tellKind, Run: s.tell}),
		Periodics: mapPeriodics(),
		Background: []part.Background{
			{Name: "consultations: totals and phases", Run: s.watch, Settle: s.settleVotes},
			{Name: "consultations: imports that died", Run: s.CleanImports},
		},
		Nav: []part.Nav{
			{Menu: part.Speak, Place: 10, Text: "consultations.nav", Lede: "consultations.nav_lede", Path: "/consultations", Also: []string{"/consultations.atom"}, Count: countOpen, Counted: "consultations.nav_counted"},
			{Menu: part.Own, Place: 10, Text: "consultations.own_title", Lede: "consultations.own_lede", Path: ownPath, Access: web.SignedIn},
			{Menu: part.Work, Place: 10, Text: "consultations.nav_desk", Lede: "consultations.nav_desk_lede", Path: "/desk/consultations", Access: web.Hosts},
		},
		Now: s.now, Came: s.came, Numbers: s.numbers, Desk: s.waiting, Me: mine, Here: s.here,
	}
}

// exportPerson returns all that consultations hold on a person: their votes and statements.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) { return heldOn(tx, account) }

// erasePerson cuts the link between an account and what it said: votes and statements stay,
// nobody's, and the record forgets the words of the statements.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	if err := eraseTexts(tx, account); err != nil { // while it is known whose they are
		return err
	}
	if err := forgetNumbers(tx, account); err != nil {
		return err
	}
	return forget(tx, account)
}

// cityDecision and the other sources of the thresholds are messages.
const cityDecision = "consultations.source_city"

// settings are the thresholds that a city may change.
func settings() []part.Setting {
	return append([]part.Setting{
		{Key: "consultations.organisations_may_open", Default: 0, Min: 0, Max: 1, Unit: part.YesNo, Source: cityDecision, For: part.ForBodies},
		{Key: "consultations.statement_max", Default: 280, Min: 40, Max: 2000, Unit: part.Characters, Source: cityDecision, For: part.ForPeople},
		{Key: "consultations.statements_per_day", Default: 10, Min: 1, Max: 1000, Unit: part.Count, Source: cityDecision, For: part.ForPeople},
		{Key: "consultations.duplicate_percent", Default: 60, Min: 20, Max: 100, Unit: part.Percent, Source: cityDecision},
		{Key: "consultations.open_days", Default: 10, Min: 0, Max: 250, Unit: part.WorkingDays,
			Source: "consultations.source_open_days", For: part.ForPeople},
		{Key: "consultations.answer_days", Default: 15, Min: 1, Max: 250, Unit: part.WorkingDays,
			Source: "consultations.source_answer_days", For: part.ForBodies},
		{Key: "consultations.newcomers_per_hour", Default: 60, Min: 1, Max: 100_000, Unit: part.Count, Source: cityDecision},
	}, mapSettings()...)
}
