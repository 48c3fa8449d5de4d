package organisations

import (
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// MilestoneKind is the kind of a milestone of the sector in a civic.Ref.
const MilestoneKind = "organisations.milestone"

// Part is what the register says of itself.
func Part() part.Part {
	return part.Part{
		Name: "organisations", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs: part.Belongs{City: "organisation_listing organisation_count organisation_milestone organisation_double",
			Personal: "organisation organisation_key organisation_revision organisation_membership organisation_claim organisation_filing organisation_upload organisation_import organisation_import_row"},
		Tables:   shownTables(),
		Datasets: datasets(),
		Settings: settings(),
		Kinds: []part.Kind{
			{Name: Kind, Titles: titles, Searched: true, Choices: publicBodies, Followed: true, Files: fileSorts()},
			{Name: MilestoneKind, Titles: milestoneTitles, NotSearched: "milestones are few and stand on one page"},
		},
		Acts: acts(),
		Audited: []string{"organisations.entry.create", "organisations.entry.verify", "organisations.entry.state", "organisations.entry.unite", "organisations.revision.hide",
			"organisations.claim.approve", "organisations.claim.reject", "organisations.milestone.add", "organisations.milestone.remove", "organisations.table.import"},
		Personal: part.Personal{Export: personalData, Erase: erasePerson},
		Help: []part.Help{
			{Name: "organisations.reach", Place: 50, Path: "/organisations?kind=state"},
		},
		Without: []part.Absence{
			part.No("the register has nothing that is open for a while and then over", part.PointNow, part.PointCame, part.PointPromises, part.PointWeek),
		},
	}
}

// Running is the register as it works.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s,
		Routes:  s.routes(),
		Unknown: []part.Unknown{{Name: "organisations.bodies", Place: 30, Path: "/settings/bodies", Answered: func(tx *storage.Tx) (bool, error) {
			all, err := publicBodies(tx)
			return len(all) > 0, err
		}}},
		Background: []part.Background{{Name: "organisations: an interrupted import", Run: s.Resume}},
		Nav: []part.Nav{
			{Menu: part.Check, Place: 30, Text: "organisations.nav", Lede: "organisations.nav_lede", Path: "/organisations",
				Count: countPublic, Counted: "organisations.nav_counted"},
			{Menu: part.Check, Place: 31, Text: "organisations.nav_filings", Lede: "organisations.nav_filings_lede", Path: "/organisations/filings"},
			{Menu: part.Check, Place: 32, Text: "organisations.nav_sector", Lede: "organisations.nav_sector_lede", Path: "/organisations/sector"},
			{Menu: part.Own, Place: 40, Text: "organisations.nav_mine", Lede: "organisations.nav_mine_lede", Path: "/claims/mine", Access: web.SignedIn},
			{Menu: part.Work, Place: 30, Text: "organisations.nav_claims", Lede: "organisations.nav_claims_lede", Path: "/claims", Access: web.Moderators},
			{Menu: part.Work, Place: 31, Text: "organisations.nav_desk", Lede: "organisations.nav_desk_lede", Path: "/organisations/desk", Access: web.Moderators},
			{Menu: part.Administration, Place: 40, Text: "organisations.nav_import", Lede: "organisations.nav_import_lede", Path: "/organisations/import", Access: web.Moderators},
			{Menu: part.Administration, Place: 41, Text: "organisations.nav_milestones", Lede: "organisations.nav_milestones_lede", Path: "/organisations/milestones", Access: web.Administrators},
			{Menu: part.Administration, Place: 42, Text: "city.bodies_title", Lede: "organisations.nav_bodies_lede", Path: "/settings/bodies", Access: web.Administrators},
		},
		// How many entries were public on an earlier day is not kept.
		Numbers: func(tx *storage.Tx, _ time.Time) ([]part.Number, error) {
			n, err := countPublic(tx)
			return []part.Number{{Value: n, Label: "organisations.number", Path: "/organisations"}}, err
		},
		Desk: waiting,
		Me:   mine, Locate: locate,
	}
}

// waiting is the claims that wait for a moderator, and, in a city that has none yet, the state
// bodies.
func waiting(tx *storage.Tx, actor civic.Actor, most int) ([]part.Waiting, error) {
	if !Moderates(actor) {
		return nil, nil
	}
	var out []part.Waiting
	if actor.Has(civic.Administrator) {
		bodies, err := publicBodies(tx)
		if err != nil {
			return nil, err
		}
		if len(bodies) == 0 {
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: Kind, What: civic.Say("organisations.desk_bodies"), Path: "/settings/bodies"})
		}
	}
	claims, err := pendingClaims(tx, "", most)
	for _, c := range claims {
		out = append(out, part.Waiting{Stage: part.Verify, Kind: Kind, Title: c.Name, What: civic.Say("organisations.desk_claim"), Path: "/claims/" + string(c.ID),
			Since: storage.Time(c.CreatedAt)})
	}
	return out, err
}

// mine is the person's claims and what became of them.
func mine(tx *storage.Tx, actor civic.Actor, most int) ([]part.Mine, error) {
	claims, err := claimsBy(tx, actor.Account, most)
	var out []part.Mine
	for _, c := range claims {
		out = append(out, part.Mine{Kind: Kind, Title: c.Name, Path: "/claims/" + string(c.ID), At: storage.Time(c.CreatedAt),
			State: claimSaid(c.State), Tone: claimTone(c.State)})
	}
	return out, err
}
