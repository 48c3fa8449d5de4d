package discussion

import (
	"embed"
	"math"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/record"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what discussion says of itself.
func Part() part.Part {
	return part.Part{
		Name: "discussion", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs:  part.Belongs{City: "discussion_thread", Personal: "discussion_voice discussion_comment discussion_version discussion_useful discussion_change"},
		Tables:   shownTables(),
		Settings: settings(),
		Kinds:    []part.Kind{{Name: Kind, Titles: titles, Searched: true, Moderated: part.Moderated{Queue: toModerate, Find: findToModerate, Removed: removedFor}}},
		Acts:     acts(),
		Audited:  []string{"discussion.comment.decide"},
		Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
		Help:     []part.Help{{Name: "discussion.comment", Place: 25, Path: "/discussion"}},
		Without: []part.Absence{
			part.No("what is discussed is offered by its owner", part.PointNow),
			part.No("what came of it is told by its owner", part.PointCame),
			part.No("a comment has no hour of its own", part.PointWeek),
			part.No("a body that is asked in a discussion owes no answer by a date; what it owes is in internal/answers", part.PointPromises),
			part.No("how much is said is no measure of anything", part.PointNumbers),
		},
	}
}

// shownTables say what public pages show of each table, and what of it the record proves.
func shownTables() []part.Table {
	const (
		order = "discussion.unproven_order"
		inner = "it ties rows together, or is for the program alone"
	)
	return append([]part.Table{
		{Name: "discussion_thread", Columns: []part.Columns{part.Proves("no thing"), part.Leaves(order, "comments last_at"), part.Hides("it is for the desk, and for the filters of the list", "body unanswered district theme")}},
		{Name: "discussion_voice", Columns: []part.Columns{part.Proves("id no"), part.Hides("who somebody is, and where they stand, is nobody's business", "account side"), part.Hides(inner, "thread")}},
		{Name: "discussion_comment", Columns: []part.Columns{
			part.Proves("id thread parent voice stance official post words state rule reason said_at shown_at edited_at"),
			part.Leaves(order, "no replies useful of_both bridge"),
			part.Hides("the act says it", "role"),
			part.Hides("which moderator decided is for the audit list", "decided_at decided_by"),
		}},
		{Name: "discussion_version", Columns: []part.Columns{part.Proves("comment until words")}},
	}, part.TablesUnshown("who finds what useful is nobody's business; pages show how many", "discussion_useful", "discussion_change")...)
}

const byCity = "discussion.source_city"

// settings are what a city may want otherwise.
func settings() []part.Setting {
	return []part.Setting{
		{Key: "discussion.max", Default: 1500, Min: 100, Max: 10_000, Unit: part.Characters, Source: byCity},
		{Key: "discussion.per_hour", Default: 10, Min: 1, Max: 1_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "discussion.useful_per_hour", Default: 200, Min: 1, Max: 10_000, Unit: part.Count, Source: byCity},
		{Key: "discussion.edit_minutes", Default: 10, Min: 0, Max: 120, Unit: part.Minutes, Source: byCity, For: part.ForPeople},
		{Key: "discussion.quiet_from", Default: 23, Min: 0, Max: 23, Unit: part.HourOfDay, Source: "discussion.source_night", For: part.ForPeople},
		{Key: "discussion.quiet_until", Default: 7, Min: 0, Max: 23, Unit: part.HourOfDay, Source: "discussion.source_night", For: part.ForPeople},
	}
}

// Running is discussion as it works.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Background: []part.Background{{Name: "discussion: counts, and what was held over the night", Run: s.watch, Settle: s.settle}},
		Unlisted:   []string{desk},
		Nav:        []part.Nav{{Menu: part.Speak, Place: 20, Text: "discussion.nav", Lede: "discussion.nav_lede", Path: "/discussion", Count: countLately, Counted: "discussion.nav_counted"}},
		Desk:       s.waiting, Me: s.mine,
	}
}

// countLately counts threads in which something was said in the last week, as far as it matters.
func countLately(tx *storage.Tx) (int64, error) {
	const most = 1000
	return countThreads(tx, tx.Now().Add(-7*24*time.Hour), most)
}

// waiting is what moderators have to look at, and questions to the bodies for which the actor acts.
func (s *Service) waiting(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	items, err := toModerate(tx, a, part.QueuePage{Most: most})
	if err != nil {
		return nil, err
	}
	if len(items) > 0 {
		out = append(out, part.Waiting{Stage: part.Moderate, Kind: Kind, Title: items[0].Text, What: civic.Say("discussion.waits_moderator", "Count", len(items)), Path: moderation.Path, Since: items[0].Since})
	}
	threads, err := unansweredFor(tx, s.bodiesOf(a), most)
	if err != nil {
		return nil, err
	}
	titles, err := s.titlesOf(tx, a, threads)
	for _, t := range threads {
		if title, seen := titles[t.Thing]; seen {
			out = append(out, part.Waiting{Stage: part.Answer, Kind: t.Thing.Kind, Title: title.Title, What: civic.Say("discussion.waits_answer", "Count", t.Unanswered), Path: ThreadPath(t.Thing), Since: t.LastAt})
		}
	}
	return out[:min(len(out), most)], err
}

// bodiesOf are the bodies for which the actor acts.
func (s *Service) bodiesOf(a civic.Actor) (out []civic.Ref) {
	for _, role := range []civic.Role{civic.Officer, civic.Representative} {
		declared, _ := s.declared.Roles().Get(role)
		for _, id := range a.Scopes(role) {
			out = append(out, civic.Ref{Kind: declared.Scope, ID: id})
		}
	}
	return out
}

func (s *Service) titlesOf(tx *storage.Tx, a civic.Actor, threads []Thread) (map[civic.Ref]part.Resolved, error) {
	var refs []civic.Ref
	for _, t := range threads {
		refs = append(refs, t.Thing)
	}
	return s.declared.Titles(tx, a, refs)
}

// mine is what the person wrote, and what became of it.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := writtenBy(tx, a.Account, most)
	for _, c := range all {
		m := part.Mine{Kind: Kind, Title: quoted(c.Words), Path: Path(c.ID), At: c.SaidAt, State: civic.Say("discussion.state_" + string(c.State)), Tone: toneOf[c.State]}
		if c.State == Removed {
			m.State = civic.Say("discussion.state_removed_why", "Rule", s.line(c).RuleTitle)
		}
		out = append(out, m)
	}
	return out, err
}

var toneOf = map[State]ui.Tone{Held: ui.Info, Waiting: ui.Warn, Shown: ui.Good, Removed: ui.Neutral}

// exportPerson returns all that a person wrote and finds useful: a download is never cut.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type wrote struct {
		Of     string     `json:"of"`
		URL    string     `json:"url"`
		Stance Stance     `json:"stance,omitempty"`
		Words  civic.Text `json:"words"`
		Post   string     `json:"post,omitempty"`
		State  State      `json:"state"`
		At     time.Time  `json:"at"`
		Before []Version  `json:"before,omitempty"`
	}
	all, err := writtenBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	var out struct {
		Comments []wrote    `json:"comments,omitempty"`
		Useful   []markedBy `json:"useful,omitempty"`
	}
	for _, c := range all {
		before, err := versions(tx, c)
		if err != nil {
			return nil, err
		}
		out.Comments = append(out.Comments, wrote{c.Thing.String(), Path(c.ID), c.Stance, c.Words, c.Post, c.State, c.SaidAt, before})
	}
	out.Useful, err = markedByAccount(tx, account)
	return out, err
}

// erasePerson cuts the link between an account and what it said: what is public stays, nobody's, and the record
// forgets the words of residents. What nobody has seen goes.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	hidden, err := unpublished(tx, account)
	if err != nil {
		return err
	}
	for _, c := range hidden {
		if err := drop(tx, c); err != nil {
			return err
		}
	}
	all, err := writtenBy(tx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Official.ID != "" {
			continue
		}
		if err := record.EraseSubject(tx, RefOf(c.ID)); err != nil {
			return err
		}
	}
	return forgetVoice(tx, account)
}
