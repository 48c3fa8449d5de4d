package app

import (
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// jobRef is the kind of a piece of background work in a civic.Ref.
const jobRef = "app.job"

// What a city may want otherwise: on the home page, when the end of something is near enough to
// be said, and how far back the numbers are compared; and how long the program may be off before
// the clock is doubted.
const (
	soonDays  = "app.soon_days"
	trendDays = "app.trend_days"
	gapHours  = "app.clock_gap_hours"
	// heavyFrom is how many large answers one network gets in a minute.
	heavyFrom = "app.heavy_from"
	// readersFrom is how many answers of the interface for machines one network gets in a minute.
	readersFrom = "app.readers_from"
)

// ownPart is what the application says of itself: it is a part like the others where it has
// something of its own, the pages that belong to nobody and the care for background work.
func ownPart() part.Part {
	return part.Part{
		Name: "app", Texts: embedded.Folder(textFiles, "texts"),
		Kinds: []part.Kind{{Name: jobRef, Titles: jobTitles, NotSearched: "background work concerns administrators alone"},
			{Name: clockRef, Titles: clockTitles, NotSearched: "the clock concerns administrators alone"}},
		Audited: []string{"app.job.retry", "app.job.discard", "app.clock.confirm"},
		// By a week people plan, and by a month they compare; a weekend without power is no jump.
		Settings: []part.Setting{
			{Key: soonDays, Default: 7, Min: 1, Max: 60, Unit: part.Days, Source: "app.source_city"},
			{Key: trendDays, Default: 30, Min: 7, Max: 366, Unit: part.Days, Source: "app.source_city"},
			{Key: gapHours, Default: 48, Min: 1, Max: 720, Unit: part.Hours, Source: "app.source_city"},
			// Sixty people behind one address, each of whom asks every three seconds.
			{Key: heavyFrom, Default: 60 * heavyEach, Min: 60, Max: 1_000_000, Unit: part.Count, Source: "app.source_city"},
			// Ten a second: enough for a page of somebody else's that asks at every click, and for a program that looks every minute.
			{Key: readersFrom, Default: 10 * readersEach, Min: 60, Max: 1_000_000, Unit: part.Count, Source: "app.source_city"},
		},
		Without: []part.Absence{
			part.No("the parts help with what is theirs", part.PointHelp),
			part.No("what a mail or a job holds is gone when it is done", part.PointPersonal),
			part.No("what it does is the others' doing", part.PointActs, part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointMe),
		},
	}
}

// jobTitles leads administrators to the list of background work; a job has no page of its own.
func jobTitles(_ *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	return forAdministrators(actor, ids, "app.jobs_title"), nil
}

// forAdministrators leads them to the page of background work, whatever of it the things are.
func forAdministrators(actor civic.Actor, ids []civic.ID, phrase string) map[civic.ID]part.Resolved {
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		if actor.Has(civic.Administrator) {
			out[id] = part.Resolved{Phrase: phrase, Path: jobsPath}
		}
	}
	return out
}

// own is the application as a running part.
func (a *App) own(sender mail.Sender) part.Running {
	unlisted := []string{"/{$}", "/me", "/desk", "/administration"}
	for _, verb := range part.Verbs() {
		unlisted = append(unlisted, "/"+string(verb))
	}
	for _, rt := range a.lookedAt() {
		unlisted = append(unlisted, rt.Pattern)
	}
	return part.Running{
		Routes:   slices.Concat(a.operateRoutes(), a.ownRoutes(), a.apiRoutes()),
		Jobs:     []jobs.Kind{mail.Kind(sender)},
		Unlisted: unlisted,
		Nav: []part.Nav{
			{Menu: part.Foot, Place: 5, Text: "app.help_title", Path: "/help"},
			{Menu: part.Foot, Place: 30, Text: "app.api_nav", Path: "/api"},
			{Menu: part.Administration, Place: 60, Text: "app.nav_jobs", Lede: "app.nav_jobs_lede", Path: jobsPath, Access: web.Administrators,
				Count: countDead, Counted: "app.nav_jobs_counted"},
		},
		Desk: a.waiting,
	}
}

// waiting is what waits for administrators.
func (a *App) waiting(tx *storage.Tx, actor civic.Actor, most int) ([]part.Waiting, error) {
	clock, err := a.waitingClock(tx, actor)
	if err != nil {
		return nil, err
	}
	dead, err := deadJobs(tx, actor, most)
	return append(clock, dead...), err
}

// deadJobs tells administrators of work that was given up.
func deadJobs(tx *storage.Tx, actor civic.Actor, _ int) ([]part.Waiting, error) {
	if !actor.Has(civic.Administrator) {
		return nil, nil
	}
	n, err := countDead(tx)
	if n == 0 || err != nil {
		return nil, err
	}
	return []part.Waiting{{Stage: part.Decision, Kind: jobRef, What: civic.Say("app.desk_jobs", "Count", n), Path: jobsPath}}, nil
}

func countDead(tx *storage.Tx) (n int64, err error) {
	counts, err := jobs.Stats(tx)
	for _, c := range counts {
		n += int64(c.Dead)
	}
	return n, err
}
