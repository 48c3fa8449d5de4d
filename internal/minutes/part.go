package minutes

import (
	"embed"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Part is what minutes say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "minutes", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs:  part.Belongs{City: "minutes_minutes minutes_correction", Personal: "minutes_remark"},
		Settings: []part.Setting{{Key: "minutes.remark_days", Default: 5, Min: 1, Max: 60, Unit: part.WorkingDays, Source: "minutes.source_remarks", For: part.ForPeople}},
		Kinds: []part.Kind{
			{Name: Kind, Titles: titles, NotSearched: "their meeting's points are found"},
			{Name: kindCorrection, Titles: titlesOfCorrections, NotSearched: "it stands on the page of its minutes"},
		},
		Acts:    acts(),
		Tables:  tables(),
		Audited: []string{"minutes.minutes.circulate", "minutes.minutes.approve", "minutes.minutes.correct"},
		Without: []part.Absence{
			part.No("members are known by their seats, and what was said is of the city's business", part.PointPersonal),
			part.No("one reads minutes from the page of their meeting, and whoever writes them finds them on its desk", part.PointHelp, part.PointNav, part.PointNow, part.PointWeek, part.PointDesk),
			part.No("they tell what a meeting decided, which is counted there", part.PointCame, part.PointPromises, part.PointNumbers),
		},
	}
}

// Running is minutes as they work.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Unlisted: []string{pagePattern, ownPattern, deskPattern}, Me: s.mine}
}

// mine is the minutes on which a member who was present may remark now.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	if !part.IsMember(a) {
		return nil, nil
	}
	open, err := openForRemarks(tx, 100)
	for _, n := range open {
		if err != nil || len(out) == most {
			break
		}
		var m meetings.Meeting
		if m, err = meetings.Find(tx, n.Meeting); err != nil {
			break
		}
		var seat civic.ID
		if seat, err = s.meetings.SeatIn(tx, a, m.Body); err != nil || seat == "" {
			continue
		}
		var votes []meetings.Vote
		title := civic.Text{}
		for _, lang := range civic.Languages() {
			title[lang] = s.catalog.For(lang).T("minutes.title", "Date", m.StartsAt)
		}
		if votes, err = meetings.VotesOf(tx, m.ID); err == nil && slices.Contains(meetings.Attended(m, votes), seat) {
			out = append(out, part.Mine{Kind: Kind, Title: title, Path: ownPath(m.ID), At: m.StartsAt, State: civic.Say("minutes.remarks_until", "Date", n.Until), Tone: ui.Info})
		}
	}
	return out, err
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program alone"
	return []part.Table{
		{Name: "minutes_minutes", Columns: []part.Columns{part.Proves("id meeting heard approved_at approved_in"), part.Hides(inner, "no state until circulated_at days")}},
		{Name: "minutes_remark", Columns: []part.Columns{part.Proves("seat at lang words decided reason"), part.Hides(inner, "no id minutes")}},
		{Name: "minutes_correction", Columns: []part.Columns{part.Proves("id minutes at text"), part.Hides(inner, "no")}},
	}
}

// Path is where everybody reads the approved minutes of a meeting.
func Path(meeting civic.ID) string { return meetings.Path(meeting) + "/minutes" }

// DeskPath is where they are written.
func DeskPath(meeting civic.ID) string { return meetings.DeskPath(meeting) + "/minutes" }

// ownPath is where a member who was present reads them before they are approved, and says what is wrong.
func ownPath(meeting civic.ID) string { return meetings.Path(meeting) + "/remarks" }

// publicPath is Path, or "" before the minutes are approved.
func publicPath(tx *storage.Tx, meeting civic.ID) (string, error) {
	n, begun, err := find(tx, meeting)
	if err != nil || !begun || n.State != Approved {
		return "", err
	}
	return Path(meeting), nil
}

// titles names approved minutes after their meeting's body.
func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var of []civic.ID
	for _, n := range all {
		of = append(of, n.Meeting)
	}
	held, err := meetings.Visible(tx, civic.Actor{}, of)
	out := map[civic.ID]part.Resolved{}
	for _, n := range all {
		if m, seen := held[n.Meeting]; seen && n.State == Approved {
			out[n.ID] = part.Resolved{Of: m.Body, Phrase: "minutes.minutes_of", Path: Path(n.Meeting)}
		}
	}
	return out, err
}

func titlesOfCorrections(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := correctionsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var of []civic.ID
	for _, c := range all {
		of = append(of, c.Minutes)
	}
	named, err := titles(tx, a, of)
	out := map[civic.ID]part.Resolved{}
	for _, c := range all {
		if n, seen := named[c.Minutes]; seen {
			n.Phrase = "minutes.correction_of"
			out[c.ID] = n
		}
	}
	return out, err
}
