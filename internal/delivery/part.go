package delivery

import (
	"embed"
	"math"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// PictureFiles are the pictures of a milestone.
const PictureFiles = "delivery.pictures"

// Part is what delivery says of itself.
func Part() part.Part {
	return part.Part{
		Name: "delivery", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs: part.Belongs{City: "delivery_work delivery_milestone", Personal: "delivery_voice"},
		Settings: []part.Setting{
			{Key: "delivery.confirms", Default: 5, Min: 1, Max: 1000, Unit: part.Count, Source: "delivery.source_city", For: part.ForPeople},
			{Key: "delivery.disputes", Default: 3, Min: 1, Max: 1000, Unit: part.Count, Source: "delivery.source_city", For: part.ForPeople},
			{Key: "delivery.say_days", Default: 90, Min: 7, Max: 1000, Unit: part.Days, Source: "delivery.source_city", For: part.ForPeople},
		},
		Kinds: []part.Kind{
			{Name: Kind, Titles: titles, NotSearched: "the thing that promised it is found, and leads there"},
			{Name: KindMilestone, Titles: titlesOfMilestones, NotSearched: "it stands on the page of its work",
				Files: []part.Files{{Name: PictureFiles, Pictures: true, Most: 6, Rights: pictureRights, Topics: func(civic.ID) []string { return []string{topic} }}}},
		},
		Acts: acts(), Audited: []string{"delivery.work.write"},
		Tables: []part.Table{
			{Name: "delivery_work", Columns: []part.Columns{part.Proves("id of_kind of_id body state district point year cost set_aside due first_due contracts raises delays mended why round built_at opened_at"),
				part.Leaves("delivery.unproven_changed", "changed_at"), part.Hides("it orders lists", "no")}},
			{Name: "delivery_milestone", Columns: []part.Columns{part.Proves("id work name due reached_at"), part.Hides("it is for the program alone", "no")}},
			{Name: "delivery_voice", Columns: []part.Columns{part.Leaves("delivery.unproven_voice", "voice matter work round"), part.Hides("who said it is nobody's business", "account said_at")}},
		},
		Personal: part.Personal{Export: exportPerson, Erase: forgetVoices},
		Help:     []part.Help{{Name: "delivery.say", Place: 34, Path: root}},
		Without: []part.Absence{
			part.No("what was decided stands there already, and nobody decides anything new here", part.PointNow),
			part.No("a work has a day by which it is promised, which the list shows, and no hour to come to", part.PointWeek),
		},
	}
}

// Running is delivery as it works.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Nav: []part.Nav{
			{Menu: part.Check, Place: 15, Text: "delivery.nav", Lede: "delivery.nav_lede", Path: root, Count: countRunning, Counted: "delivery.nav_counted"},
			{Menu: part.Work, Place: 56, Text: "delivery.nav_desk", Lede: "delivery.nav_desk_lede", Path: deskRoot, Access: web.Officers},
		},
		Came: s.came, Promises: s.promises, Numbers: numbers, Desk: s.waits, Me: s.mine,
	}
}

var toneOf = map[State]ui.Tone{Promised: ui.Neutral, Contracted: ui.Info, Built: ui.Info, Confirmed: ui.Good, Disputed: ui.Bad, Dropped: ui.Bad}

// came is what was built last.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := latest(tx, most)
	if err != nil {
		return nil, err
	}
	items, err := s.listed(tx, all)
	var bodies []civic.Ref
	for _, w := range items {
		bodies = append(bodies, w.Body)
	}
	if err != nil {
		return nil, err
	}
	names, err := s.Declared.Titles(tx, civic.Actor{}, bodies)
	for _, w := range items {
		out = append(out, part.Result{Kind: Kind, Title: w.Title.Title, Path: Path(w.ID), At: w.ChangedAt, Body: names[w.Body].Title, Said: civic.Say("delivery.state_" + string(w.State)), Tone: toneOf[w.State]})
	}
	return out, err
}

func (s *Service) promises(tx *storage.Tx) (part.Promises, error) {
	inTime, late, overdue, err := kept(tx, s.zone(), s.today(tx))
	return part.Promises{InTime: inTime, Late: late, Overdue: overdue, Path: root}, err
}

func numbers(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := countBuilt(tx, tx.Now().Add(time.Second))
	if err != nil {
		return nil, err
	}
	before, err := countBuilt(tx, then)
	return []part.Number{{Value: n, Then: &before, Label: "delivery.number_of", Path: root}}, err
}

// waits is what officers are to do: a dispute to answer, a day that comes or has passed.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	if !a.HasAny(civic.Officer, civic.Administrator) {
		return nil, nil
	}
	all, err := s.desk(tx, a, most)
	for _, w := range all {
		item := part.Waiting{Stage: part.Prepare, Kind: Kind, Title: w.Title.Title, What: civic.Say("delivery.waits_" + string(w.State)), Path: deskPath(w.ID), Since: w.ChangedAt}
		if w.State == Disputed {
			item.Stage = part.Answer
		} else if due, err := time.ParseInLocation(time.DateOnly, w.Due, s.zone()); err == nil {
			item.Due = due.AddDate(0, 0, 1)
		}
		out = append(out, item)
	}
	return out, err
}

// mine is what the person said of works.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := voicedBy(tx, a.Account, most)
	var refs []civic.Ref
	for _, v := range all {
		refs = append(refs, v.of)
	}
	if err != nil {
		return nil, err
	}
	names, err := s.Declared.Titles(tx, a, refs)
	for _, v := range all {
		out = append(out, part.Mine{Kind: Kind, Title: names[v.of].Title, Path: Path(v.Work), At: v.At, State: civic.Say("delivery.state_" + string(v.state)), Tone: toneOf[v.state]})
	}
	return out, err
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := voicedBy(tx, account, math.MaxInt32)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all, nil
}

// titles names a work after the thing that promised it.
func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, w := range all {
		out[w.ID] = part.Resolved{Of: w.Of, Phrase: "delivery.of", Path: Path(w.ID)}
	}
	return out, err
}

// titlesOfMilestones names a milestone, on the page of its work.
func titlesOfMilestones(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := milestonesByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	works, err := worksOf(tx, all)
	out := map[civic.ID]part.Resolved{}
	for _, m := range all {
		out[m.ID] = part.Resolved{Title: m.Name, Path: Path(works[m.work].ID)}
	}
	return out, err
}

// pictureRights lets who runs a work show how far it is.
func pictureRights(tx *storage.Tx, a civic.Actor, milestone civic.ID) (part.FileRights, error) {
	all, err := milestonesByIDs(tx, []civic.ID{milestone})
	if err != nil || len(all) == 0 {
		return part.FileRights{}, err
	}
	works, err := worksOf(tx, all)
	if w := works[all[0].work]; err == nil && w.MayRun(a) {
		return part.FileRights{Role: w.role(a), Official: true}, nil
	}
	return part.FileRights{}, err
}
