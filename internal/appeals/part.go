package appeals

import (
	"embed"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
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
			Name: "appeals", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{City: "appeals_channel appeals_template", Personal: "appeals_appeal appeals_case appeals_answer appeals_talk appeals_note appeals_join appeals_asked"},
			Settings: settings(),
			Roles:    []part.Role{{Name: registrar}},
			Kinds:    kinds(),
			Acts:     acts(),
			Tables:   shownColumns(),
			Datasets: datasets(),
			Audited:  []string{"appeals.appeal.register", "appeals.appeal.decide", "appeals.case.take", "appeals.case.forward", "appeals.case.pause", "appeals.case.answer", "appeals.case.note", "appeals.case.same", didChannels, didTemplate},
			Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
			Help:     []part.Help{{Name: "appeals.write", Place: 29, Path: "/appeals/new"}},
			Without: []part.Absence{
				part.No("one can write at any time: there is no end to hurry for", part.PointNow),
				part.No("a date by which something is answered is no hour at which something happens", part.PointWeek),
				part.No("what bodies owe to appeals is counted with all else that they owe, by internal/answers", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

// Staff are those who work on appeals: for a body, or saying whose they are.
var staff = web.Holders("appeals' staff", civic.Officer, registrar)

// Registrars say whose an appeal is.
var registrars = web.Holders("registrars", registrar)

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Jobs:      []jobs.Kind{{Name: silenceKind, Run: s.silence}},
		Periodics: []jobs.Periodic{{Kind: silenceKind, Every: time.Hour}},
		Nav: []part.Nav{
			{Menu: part.Speak, Place: 30, Text: "appeals.nav", Lede: "appeals.nav_lede", Path: "/appeals", Also: []string{"/appeals.atom"}, Count: countFiled, Counted: "appeals.nav_counted"},
			{Menu: part.Work, Place: 25, Text: "appeals.nav_desk", Lede: "appeals.nav_desk_lede", Path: "/desk/appeals", Access: staff},
		},
		Came: s.came, Numbers: numbersNow, Desk: waits, Me: mine, Here: here, Locate: locate,
	}
}

// settings are what the law fixes or a city decides.
func settings() []part.Setting {
	const byCity = "appeals.source_city"
	return []part.Setting{
		{Key: "appeals.answer_days", Default: 15, Min: 1, Max: 250, Unit: part.WorkingDays, Source: "appeals.source_answer", For: part.ForBodies},
		{Key: "appeals.information_days", Default: 15, Min: 1, Max: 250, Unit: part.Days, Source: "appeals.source_information", For: part.ForBodies},
		{Key: "appeals.contest_days", Default: 20, Min: 1, Max: 250, Unit: part.WorkingDays, Source: "appeals.source_contest", For: part.ForBodies},
		{Key: "appeals.pause_days", Default: 10, Min: 1, Max: 250, Unit: part.WorkingDays, Source: byCity, For: part.ForPeople},
		{Key: "appeals.judge_days", Default: 15, Min: 1, Max: 250, Unit: part.Days, Source: byCity, For: part.ForPeople},
		{Key: "appeals.words_max", Default: 4_000, Min: 500, Max: 20_000, Unit: part.Characters, Source: byCity, For: part.ForPeople},
		{Key: "appeals.per_day", Default: 5, Min: 1, Max: 100, Unit: part.Count, Source: byCity, For: part.ForPeople},
		// A school or an office behind one address does not reach it.
		{Key: "appeals.by_network", Default: 100, Min: 1, Max: 100_000, Unit: part.Count, Source: byCity},
		// Of who has no account: each takes up to a third of a megabyte on the disk until the address is confirmed.
		{Key: "appeals.pictures_by_network", Default: 60, Min: 1, Max: 10_000, Unit: part.Count, Source: byCity},
		// From the day on which the bodies of the city have agreed to answer here; the source is their decision with its number.
		{Key: "appeals.agreed", Default: 0, Min: 0, Max: 1, Unit: part.YesNo, Source: byCity, For: part.ForBodies},
		{Key: "appeals.draft_days", Default: 7, Min: 1, Max: 90, Unit: part.Days, Source: byCity, For: part.ForPeople},
	}
}

// shownColumns say what public pages show of each table.
func shownColumns() []part.Table {
	const inner = "it ties rows together, or is for the program, the body or the applicant alone"
	return []part.Table{
		{Name: "appeals_appeal", Columns: []part.Columns{
			part.Proves("id year serial sort open lang title words district theme point address rule reason filed_at text_state older"),
			part.Leaves("appeals.unproven_list", "state body changed_at"),
			part.Hides(inner, "no wished applicant by_mail decided_at written_at salt mark"),
		}},
		{Name: "appeals_case", Columns: []part.Columns{
			part.Proves("id appeal body what why origin state person begun_at judge_by paused_until contested_at word closed_at obligation same"),
			part.Hides(inner, "no contest words asked_same not_same"),
		}},
		{Name: "appeals_answer", Columns: []part.Columns{part.Proves("at outcome reason evidence promised_by"), part.Hides(inner, "case_no no")}},
		{Name: "appeals_join", Columns: []part.Columns{part.Leaves("appeals.unproven_joins", "")}},
		{Name: "appeals_asked", Columns: []part.Columns{part.Hides("what an address has not confirmed is nobody's business", "")}},
		{Name: "appeals_note", Columns: []part.Columns{part.Hides("it is between those who work for one body", "")}},
		{Name: "appeals_template", Columns: []part.Columns{part.Hides("it is for those who work for one body", "")}},
		{Name: "appeals_channel", Columns: []part.Columns{part.Leaves("appeals.unproven_channels", "name address"), part.Hides("it orders them", "no")}},
		{Name: "appeals_talk", Columns: []part.Columns{part.Hides("it is between the body and the applicant", "")}},
	}
}

var toneOf = map[State]ui.Tone{Draft: ui.Neutral, Filed: ui.Neutral, Registered: ui.Info, WithBody: ui.Info, Paused: ui.Neutral, Contested: ui.Warn, Answered: ui.Info, Closed: ui.Good, Forwarded: ui.Neutral}

var toneOfWord = map[Word]ui.Tone{Done: ui.Good, Partly: ui.Warn, NotDone: ui.Bad, NotNeeded: ui.Neutral, Silent: ui.Neutral}

// standing is how an appeal or a case stands, in a word: of what is closed, the word of who filed it.
func standing(state State, word Word) (civic.Message, ui.Tone) {
	if state == Closed && word != "" {
		return civic.Say("appeals.word_" + string(word)), toneOfWord[word]
	}
	return civic.Say("appeals.state_" + string(state)), toneOf[state]
}

// came is the cases that were closed last.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := latestClosed(tx, most)
	if err != nil {
		return nil, err
	}
	var ids, bodies []civic.ID
	for _, c := range all {
		ids, bodies = append(ids, c.ID), append(bodies, c.Body)
	}
	named, err := s.city.Declared.Titles(tx, civic.Actor{}, refsOf(ids))
	if err != nil {
		return nil, err
	}
	of, err := s.city.Organisations.Named(tx, bodies)
	for _, c := range all {
		said, tone := standing(c.State, c.Word)
		out = append(out, part.Result{Kind: Kind, Title: named[caseRef(c.ID)].Title, Path: named[caseRef(c.ID)].Path, At: c.ClosedAt, Body: of[c.Body].Name, Said: said, Tone: tone})
	}
	return out, err
}

func refsOf(cases []civic.ID) (out []civic.Ref) {
	for _, id := range cases {
		out = append(out, caseRef(id))
	}
	return out
}

func numbersNow(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := countFiled(tx)
	if err != nil {
		return nil, err
	}
	before, err := countFiledBefore(tx, then)
	return []part.Number{{Value: n, Then: &before, Label: "appeals.number", Path: "/appeals"}}, err
}

// waits is the appeals of which nobody has said whose they are; what bodies owe is on the desk by internal/answers.
func waits(tx *storage.Tx, actor civic.Actor, most int) (out []part.Waiting, err error) {
	if !MayRegister(actor) {
		return nil, nil
	}
	all, err := unregistered(tx, most)
	for _, a := range all {
		out = append(out, part.Waiting{Stage: part.Decision, Kind: Kind, Title: civic.Text{a.Lang: a.Title}, What: civic.Say("appeals.waits_register"), Path: registerPath(a.ID), Since: a.FiledAt})
	}
	return out, err
}

// mine is what the person filed.
func mine(tx *storage.Tx, actor civic.Actor, most int) ([]part.Mine, error) {
	return doneBy(tx, actor.Account, most, Path, Path)
}

// doneBy is what an account, or a reader without one, filed and joined, the latest first, and where each reads of it.
func doneBy(tx *storage.Tx, who civic.ID, most int, filedAt, joinedAt func(civic.ID) string) (out []part.Mine, err error) {
	all, err := appealsBy(tx, who, most)
	if err != nil {
		return nil, err
	}
	joins, err := joinedBy(tx, who, most)
	if err != nil {
		return nil, err
	}
	at, ids := map[civic.ID]time.Time{}, []civic.ID{}
	for _, j := range joins {
		at[j.Appeal], ids = j.At, append(ids, j.Appeal)
	}
	joined, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	all = append(all, slices.DeleteFunc(joined, func(a Appeal) bool { return a.Text != Shown })...)
	ids = ids[:0]
	for _, a := range all {
		ids = append(ids, a.ID)
	}
	cases, err := casesOf(tx, ids)
	for _, a := range all {
		_, of := StateOf(cases[a.ID])
		state, tone := standing(a.State, of.Word)
		m := part.Mine{Kind: Kind, Title: civic.Text{a.Lang: a.Title}, Path: filedAt(a.ID), At: a.WrittenAt, State: state, Tone: tone}
		if when, yes := at[a.ID]; yes {
			m.Path, m.At = joinedAt(a.ID), when
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(x, y part.Mine) int { return y.At.Compare(x.At) })
	return out[:min(len(out), most)], err
}
