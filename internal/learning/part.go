package learning

import (
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "learning", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{Blueprint: map[string]string{"learning_course": "draft", "learning_version": ""}, Personal: "learning_attempt learning_passed"},
			Pieces:   []part.Piece{{Name: pieceCourses, Read: readCourses}},
			Settings: settings(),
			Kinds:    []part.Kind{{Name: Kind, Titles: titles, Searched: true}},
			Acts:     acts(),
			Datasets: datasets(),
			Tables: []part.Table{
				{Name: "learning_course", Columns: []part.Columns{part.Proves("id organisation version title summary theme minutes source"), part.Leaves("learning.unproven", "withdrawn published_at"), part.Hides("a draft is its author's until somebody else publishes it", "no draft draft_state")}},
				{Name: "learning_version", Columns: []part.Columns{part.Hides("former versions are shown only to who has begun one", "")}},
				{Name: "learning_attempt", Columns: []part.Columns{part.Hides("what somebody answered is theirs", "")}},
				{Name: "learning_passed", Columns: []part.Columns{part.Leaves("learning.unproven_passed", "")}},
			},
			Personal: part.Personal{Export: exportPerson, Erase: forget},
			Help:     []part.Help{{Name: "learning.learn", Place: 32, Path: root}, {Name: "learning.offline", Place: 33}},
			Without: []part.Absence{
				part.No("an organisation's acts are public acts, which the record keeps", part.PointAudited),
				part.No("a course is there at any time", part.PointNow, part.PointWeek),
				part.No("what comes of a course is its reader's certificate", part.PointCame),
				part.No("nobody owes a course by a date", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func settings() []part.Setting {
	const byCity = "learning.source_city"
	return []part.Setting{
		{Key: "learning.asked", Default: 5, Min: 1, Max: 20, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "learning.certificate_months", Default: 36, Min: 1, Max: 120, Unit: part.Months, Source: byCity, For: part.ForPeople},
		{Key: "learning.few", Default: 10, Min: 5, Max: 100, Unit: part.Count, Source: byCity},
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(), Takes: []part.Take{{Piece: pieceCourses, Put: s.put, Remove: s.removePiece}},
		Nav: []part.Nav{
			{Menu: part.Learn, Place: 10, Text: "learning.nav", Lede: "learning.nav_lede", Path: root, Count: countOpen, Counted: "learning.nav_counted"},
			{Menu: part.Work, Place: 64, Text: "learning.nav_desk", Lede: "learning.nav_desk_lede", Path: deskPath, Access: web.Hosts},
		},
		Numbers: numbers, Me: mine, Desk: desk,
	}
}

func numbers(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	now, err := countPassed(tx, tx.Now())
	if err != nil {
		return nil, err
	}
	before, err := countPassed(tx, then)
	return []part.Number{{Value: now, Then: new(before), Label: "learning.number", Path: root}}, err
}

func mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := triedBy(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		taken, inForce, _, err := held(tx, t.Course, a.Account)
		if err != nil {
			return nil, err
		}
		state, tone := "learning.mine_tried", ui.Info
		switch {
		case inForce:
			state, tone = "learning.mine_certified", ui.Good
		case taken.nth > 0:
			state = "learning.mine_ended"
		}
		out = append(out, part.Mine{Kind: Kind, Title: t.Title, Path: Path(t.ID), At: t.at, State: civic.Say(state), Tone: tone})
	}
	return out, nil
}

// desk tells of drafts that wait for somebody who did not write them.
func desk(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	all, err := asked(tx, most)
	for _, c := range all {
		if MayReview(a, *c.Draft) {
			out = append(out, part.Waiting{Stage: part.Verify, Kind: Kind, Title: c.Title, What: civic.Say("learning.waits"), Path: deskOne(c.ID)})
		}
	}
	return out, err
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type answered struct {
		Course  civic.ID   `json:"course"`
		Title   civic.Text `json:"title"`
		At      time.Time  `json:"at"`
		Version int64      `json:"version"`
		Asked   []int      `json:"asked"`
		Answers [][]string `json:"answers"`
		Right   []bool     `json:"right"`
	}
	all, err := attemptsBy(tx, account)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	courses := map[int64]tried{}
	of, err := triedBy(tx, account, len(all))
	for _, t := range of {
		courses[t.no] = t
	}
	var out []answered
	for _, a := range all {
		c := courses[a.course]
		out = append(out, answered{c.ID, c.Title, a.At, a.Version, a.Asked, a.Answers, a.Right})
	}
	return out, err
}
