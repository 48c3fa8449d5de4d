package review

import (
	"embed"
	"errors"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Part is what reading says of itself.
func Part() part.Part {
	const inner, private, reading = "it ties rows together, or is for the program alone", "only readers and those who run the panel see it", "it is seen in digests of the whole decision"
	const byCity = "review.source_city"
	return part.Part{
		Name: "review", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs: part.Belongs{Personal: "review_panel review_reader review_entry review_conflict review_lifted review_mark review_change review_complaint"},
		Settings: []part.Setting{
			{Key: "review.look_back", Default: 730, Min: 0, Max: 3660, Unit: part.Days, Source: byCity, For: part.ForPeople},
			{Key: "review.quorum", Default: 60, Min: 1, Max: 100, Unit: part.Percent, Source: byCity, For: part.ForBodies},
			{Key: "review.remind_days", Default: 3, Min: 1, Max: 30, Unit: part.Days, Source: byCity, For: part.ForPeople},
			{Key: "review.complain_days", Default: 10, Min: 1, Max: 60, Unit: part.WorkingDays, Source: byCity, For: part.ForPeople},
			{Key: "review.answer_days", Default: 15, Min: 1, Max: 60, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
		},
		Kinds:   []part.Kind{{Name: Kind, Titles: titles, NotSearched: "what it reads for is found, and leads to its decision"}},
		Acts:    acts(),
		Audited: []string{"review.reader.add", "review.reader.drop", "review.conflict.lift", "review.panel.begin", "review.panel.again", "review.panel.meet", "review.panel.publish", "review.complaint.answer"},
		Tables: []part.Table{
			{Name: "review_panel", Columns: []part.Columns{part.Proves("id of stage rubric money meets_at place minutes decided_at present"), part.Hides(private, "load read_by anonymous opened_at"), part.Hides(inner, "no")}},
			{Name: "review_reader", Columns: []part.Columns{part.Leaves("review.unproven_name", "name"), part.Proves("panel"), part.Hides(private, "id account belongs langs declared_at out_at"), part.Hides(inner, "no")}},
			{Name: "review_entry", Columns: []part.Columns{part.Proves("id panel thing title lang ask votes verdict award why talk"), part.Hides(private, "tick who version feedback checked"), part.Hides(inner, "no")}},
			{Name: "review_conflict", Columns: []part.Columns{part.Proves("panel entry reader"), part.Hides(private, "why own at")}},
			{Name: "review_lifted", Columns: []part.Columns{part.Hides(private, "")}},
			{Name: "review_mark", Columns: []part.Columns{part.Proves("panel entry reader marks"), part.Hides("whether marks are in decides what counts; at what time is for nobody", "in_at"), part.Hides(private, "version reasons comment"), part.Hides(inner, "no")}},
			{Name: "review_change", Columns: []part.Columns{part.Hides(private, "")}},
			{Name: "review_complaint", Columns: []part.Columns{part.Hides("only the applicant and those who run the panel see it", "")}},
		},
		Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
		Without: []part.Absence{
			part.No("its owner leads to it, and says what came of it", part.PointHelp, part.PointNav, part.PointNow, part.PointCame, part.PointNumbers),
			part.No("nothing of it happens at an hour to which people come; where a meeting is streamed, its owner says", part.PointWeek),
			part.No("nobody owes the public an answer by a date in it", part.PointPromises),
		},
	}
}

// Running is reading as the application composes it.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Jobs: []jobs.Kind{{Name: remindKind, Run: s.remind}}, Unlisted: []string{root, desk}, Desk: s.waits, Me: s.mine}
}

// held is what is kept of somebody who reads.
type held struct {
	Panel civic.ID `json:"panel"`
	Name  string   `json:"name"`
	Said  []said   `json:"said"`
}

type said struct {
	Entry   civic.ID `json:"entry"`
	Marks   []int64  `json:"marks"`
	Reasons []string `json:"reasons"`
	Comment string   `json:"comment"`
}

const mostRead = 1_000 // panels of one reader

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := readingsOf(tx, account, mostRead)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var out []held
	for _, r := range all {
		mine, err := marksBy(tx, r.ID)
		if err != nil {
			return nil, err
		}
		h := held{Panel: r.Panel, Name: r.Name}
		for _, m := range mine {
			if m.In() {
				h.Said = append(h.Said, said{m.Entry, m.Marks, m.Reasons, m.Comment})
			}
		}
		out = append(out, h)
	}
	return out, nil
}

func erasePerson(tx *storage.Tx, account civic.ID) error {
	tx.Touch(Topic)
	all, err := undecided(tx, account)
	for _, r := range all {
		err = errors.Join(err, goes(tx, r))
	}
	return errors.Join(err, nameless(tx, account))
}

// goes takes somebody who leaves the city out of a panel that has not decided yet: what they had not read is nobody's again, and whoever had not declared is no reader.
func goes(tx *storage.Tx, r Reader) error {
	if err := tx.Lock("review:" + string(r.Panel)); err != nil { // a decision is published before, or without them
		return err
	}
	p, err := find(tx, r.Panel)
	if err != nil || p.Stage == Decided || p.Stage == Ended {
		return err
	}
	if r.DeclaredAt.IsZero() {
		return deleteReader(tx, r)
	}
	return errors.Join(deleteOpenMarks(tx, r.ID), leave(tx, r), standUp(tx, p, r.ID))
}

// waits is nothing yet of those who run panels: their owners say what waits. It is complaints, which have a clock.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	all, err := unanswered(tx, most)
	for _, c := range all {
		if err != nil {
			return nil, err
		}
		var p Panel
		if p, err = find(tx, c.Panel); err != nil {
			return nil, err
		}
		of, err := s.of(tx, p)
		if err != nil {
			return nil, err
		}
		if of.Runs(a) {
			out = append(out, part.Waiting{Stage: part.Answer, Kind: Kind, Title: of.Title, What: civic.Say("review.waits_complaint"), Path: DeskPath(p.ID) + "/complaints/" + string(c.ID), Due: c.Due, Since: c.MadeAt})
		}
	}
	return out, err
}

// mine is the panels in which the person reads.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := s.tasks(tx, a, most)
	for _, t := range all {
		one := part.Mine{Kind: Kind, Title: t.Of.Title, Path: Path(t.Panel.ID), At: t.OpenedAt, State: civic.Say("review.stage_" + string(t.Stage)), Tone: ui.Neutral}
		switch {
		case t.Declare:
			one.State, one.Tone = civic.Say("review.to_declare"), ui.Warn
		case t.Left > 0:
			one.State, one.Tone = civic.Say("review.to_read", "Count", t.Left), ui.Warn
		}
		out = append(out, one)
	}
	return out, err
}
