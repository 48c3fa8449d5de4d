package moderation

import (
	"embed"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what moderation says of itself.
func Part() part.Part {
	return part.Part{
		Name: "moderation", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs: part.Belongs{Blueprint: map[string]string{"moderation_rule": "made_by"},
			City:     "moderation_tally",
			Personal: "moderation_claim moderation_decision moderation_contest moderation_told"},
		Tables:  shownTables(),
		Pieces:  []part.Piece{{Name: pieceRules, Read: readRules}},
		Kinds:   kinds(),
		Acts:    acts(),
		Audited: []string{"moderation.rule.write", "moderation.contest.decide"},
		Help:    []part.Help{{Name: "moderation.contest", Place: 31, Path: RulesPath}},
		Settings: []part.Setting{
			{Key: "moderation.claim_minutes", Default: 15, Min: 2, Max: 240, Unit: part.Minutes, Source: "moderation.source_city"},
			{Key: "moderation.claim_most", Default: 10, Min: 1, Max: 50, Unit: part.Count, Source: "moderation.source_city"},
			{Key: "moderation.digest_hours", Default: 24, Min: 0, Max: 168, Unit: part.Hours, Source: "moderation.source_digest"},
		},
		Personal: part.Personal{Export: exportPerson, Erase: forget},
		Without: []part.Absence{
			part.No("each owner says what waits, and shows authors what became of it", part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers,
				part.PointDesk, part.PointMe),
		},
	}
}

// Running is moderation as it works.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Takes:     []part.Take{{Piece: pieceRules, Put: s.put, Remove: s.remove}},
		Jobs:      []jobs.Kind{{Name: tellKind, Run: s.tell}},
		Periodics: []jobs.Periodic{{Kind: tellKind, Every: time.Hour}},
		Nav: []part.Nav{
			{Menu: part.Work, Place: 15, Text: "moderation.nav", Lede: "moderation.nav_lede", Path: Path, Access: web.Hosts},
			{Menu: part.Check, Place: 45, Text: "moderation.nav_log", Lede: "moderation.nav_log_lede", Path: LogPath, Also: []string{feedPath}},
			{Menu: part.Administration, Place: 25, Text: "moderation.nav_book", Lede: "moderation.nav_book_lede", Path: editPath, Access: web.Administrators},
		},
	}
}

// shownTables say what public pages show of each table, and what of it the record proves.
func shownTables() []part.Table {
	return append([]part.Table{
		{Name: "moderation_rule", Columns: []part.Columns{
			part.ProvesOnceOver("moderation.unproven_book", "name version about title text in_force made_at"),
			part.Hides("who wrote it is in the audit list", "made_by"),
		}},
		{Name: "moderation_contest", Columns: []part.Columns{
			part.Proves("decision thing asked_at state answer decided_at"),
			part.Hides("who asked, why, and who decided is between them and the city", "words account path due first decided_by"),
		}},
	}, slices.Concat(
		part.TablesUnproven("moderation.unproven_log", "moderation_decision", "moderation_tally"),
		part.TablesUnshown("who looks at what, and who was told that something waits, is for moderators alone", "moderation_claim", "moderation_told"),
	)...)
}

// exportPerson lists what somebody has taken, and what they contested.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type taken struct {
		Thing string    `json:"thing"`
		Until time.Time `json:"until"`
	}
	type contested struct {
		Thing  string    `json:"thing"`
		At     time.Time `json:"asked_at"`
		Words  string    `json:"why,omitempty"`
		State  State     `json:"state"`
		Answer string    `json:"answer,omitempty"`
	}
	var out struct {
		Taken     []taken     `json:"taken,omitempty"`
		Contested []contested `json:"contested,omitempty"`
	}
	claims, err := claimsOf(tx, account, tx.Now())
	if err != nil {
		return nil, err
	}
	for _, c := range claims {
		out.Taken = append(out.Taken, taken{c.Thing.String(), c.Until})
	}
	contests, err := contestsBy(tx, account)
	for _, c := range contests {
		out.Contested = append(out.Contested, contested{c.Thing.String(), c.AskedAt, c.Words, c.State, c.Answer})
	}
	return out, err
}
