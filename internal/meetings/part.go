package meetings

import (
	"embed"
	"math"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/record"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Part is what meetings say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "meetings", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs:  part.Belongs{Personal: "meetings_meeting meetings_item meetings_question meetings_guest meetings_vote meetings_entry"},
		Settings: settings(),
		Kinds:    kinds(),
		Acts:     acts(),
		Tables:   tables(),
		Audited:  []string{"meetings.meeting.convene", "meetings.meeting.gather", "meetings.meeting.fail", "meetings.meeting.close", "meetings.meeting.move", "meetings.meeting.call_off", "meetings.vote.enter", "meetings.vote.hold"},
		Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
		Help:     []part.Help{{Name: "meetings.come", Place: 28, Path: root}},
		Without: []part.Absence{
			part.No("what came of decisions is told by whoever owns the body", part.PointCame),
			part.No("the answers that are owed to bodies are counted with all others, by internal/answers", part.PointPromises),
			part.No("how often people met is no measure of anything", part.PointNumbers),
		},
	}
}

// Running is meetings as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(), Unlisted: []string{desk}, Jobs: []jobs.Kind{{Name: beginKind, Run: s.begin}},
		Nav: []part.Nav{{Menu: part.Speak, Place: 45, Text: "meetings.nav", Lede: "meetings.nav_lede", Path: root, Also: []string{root + ".atom"}, Count: countAhead, Counted: "meetings.nav_counted"}},
		Now: s.now, Week: s.week, Desk: s.waits, Me: s.mine,
	}
}

// settings are what a city may have otherwise.
func settings() []part.Setting {
	const byCity = "meetings.source_city"
	return []part.Setting{
		{Key: "meetings.question_max", Default: 500, Min: 100, Max: 2000, Unit: part.Characters, Source: byCity, For: part.ForPeople},
		{Key: "meetings.questions_per_day", Default: 3, Min: 1, Max: 100, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "meetings.opinion_days", Default: 10, Min: 1, Max: 250, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program alone"
	return slices.Concat([]part.Table{
		{Name: "meetings_meeting", Columns: []part.Columns{part.Proves("id body state starts_at place stream recorded present members needed sequence reason"), part.Leaves("meetings.unproven_changed", "changed_at"), part.Hides(inner, "no")}},
		{Name: "meetings_item", Columns: []part.Columns{part.Proves("id meeting place state title origin reporter minutes report next received days due"), part.Hides(inner, "no")}},
		{Name: "meetings_question", Columns: []part.Columns{part.Proves("id body lang words asked_at item"), part.Hides("only who asks, and the secretary", "no state account reason")}},
		{Name: "meetings_vote", Columns: []part.Columns{part.Proves("id item meeting at text rule members quorum needed ballots secret tellers yes nay abstain recused accepted entries"), part.Hides(inner, "no")}},
	}, part.TablesUnproven("meetings.unproven_guests", "meetings_guest"), part.TablesUnshown("nobody sees what one of two people read off papers before the other did", "meetings_entry"))
}

// held is what is kept about a person.
type held struct {
	Questions []heldQuestion `json:"questions,omitempty"`
	Meetings  []Guest        `json:"meetings,omitempty"`
	Entered   []civic.ID     `json:"entered,omitempty"` // points whose papers they read, until both agree
}

type heldQuestion struct {
	Body    string    `json:"body"`
	Words   string    `json:"words"`
	AskedAt time.Time `json:"asked_at"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	asked, err := questionsBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	var out held
	for _, q := range asked {
		out.Questions = append(out.Questions, heldQuestion{q.Body.String(), q.Words, q.AskedAt})
	}
	if out.Entered, err = enteredItems(tx, account); err != nil {
		return nil, err
	}
	if out.Meetings, err = guestedBy(tx, account, math.MaxInt32); err != nil || len(out.Questions)+len(out.Meetings)+len(out.Entered) == 0 {
		return nil, err
	}
	return out, nil
}

// erasePerson takes the words of their questions out of the record too, so that nobody can tell what they were.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	asked, err := questionsBy(tx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, q := range asked {
		if err := record.EraseSubject(tx, questionRef(q.ID)); err != nil {
			return err
		}
	}
	tx.Touch(Topic)
	return forget(tx, account)
}

// dated gives meetings the names of their bodies.
func (s *Service) dated(tx *storage.Tx, from, to time.Time, most int) (all []Meeting, names map[civic.Ref]part.Resolved, err error) {
	if all, err = convenedBetween(tx, from, to, most); err != nil {
		return nil, nil, err
	}
	names, err = s.bodiesOf(tx, civic.Actor{}, all)
	return all, names, err
}

// bodiesOf names the bodies of meetings.
func (s *Service) bodiesOf(tx *storage.Tx, a civic.Actor, all []Meeting) (map[civic.Ref]part.Resolved, error) {
	var refs []civic.Ref
	for _, m := range all {
		refs = append(refs, m.Body)
	}
	return s.declared.Titles(tx, a, refs)
}

// countAhead counts the meetings to which people can come.
func countAhead(tx *storage.Tx) (int64, error) { return countConvened(tx, tx.Now()) }

// now is the meetings to which people can come.
func (s *Service) now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	from := dayOf(tx.Now().In(s.city.Zone()))
	all, names, err := s.dated(tx, from, from.AddDate(1, 0, 0), most)
	for _, m := range all {
		out = append(out, part.Open{Kind: Kind, Title: names[m.Body].Title, Path: Path(m.ID), Who: "meetings.who_comes", Until: m.StartsAt})
	}
	if err != nil {
		return nil, 0, err
	}
	total, err = countConvened(tx, from)
	return out, total, err
}

func (s *Service) week(tx *storage.Tx, from, to time.Time, most int) (out []part.Dated, err error) {
	all, names, err := s.dated(tx, from, to, most)
	for _, m := range all {
		out = append(out, part.Dated{Kind: Kind, Title: names[m.Body].Title, Path: Path(m.ID), At: m.StartsAt, Place: m.Place})
	}
	return out, err
}

// waits is the questions on which the actor is to decide, and papers that wait for a second person.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	all, err := waitingFor(tx, a, most)
	for _, q := range all {
		out = append(out, part.Waiting{Stage: part.Decision, Kind: KindQuestion, Title: civic.Text{q.Lang: q.Words}, What: civic.Say("meetings.waits_question"), Path: q.desk(), Since: q.AskedAt})
	}
	if err != nil {
		return nil, err
	}
	opinions, err := opinionsFor(tx, a, most)
	if err != nil {
		return nil, err
	}
	for _, i := range opinions {
		out = append(out, part.Waiting{Stage: part.Decision, Kind: KindItem, Title: i.Title, What: civic.Say("meetings.waits_opinion"), Path: DeskPath(i.Meeting), Due: i.Due, Since: i.Received})
	}
	papers, err := s.papersFor(tx, a, most)
	return append(out, papers...)[:min(len(out)+len(papers), most)], err
}

// opinionsFor lists the draft acts on which bodies whose work the actor does owe an opinion.
func opinionsFor(tx *storage.Tx, a civic.Actor, most int) (out []Item, err error) {
	return forWorker(tx, a, most, opinionsDue)
}

// papersFor is the votes on paper that another has entered, and the actor may enter as the second.
func (s *Service) papersFor(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	if !part.IsSecretary(a) {
		return nil, nil
	}
	half, err := halfEntered(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	for _, e := range half {
		i, err := findItem(tx, e.Item)
		if err != nil {
			return nil, err
		}
		m, err := Find(tx, i.Meeting)
		if err != nil {
			return nil, err
		}
		if part.MayWork(a, m.Body) {
			out = append(out, part.Waiting{Stage: part.Decision, Kind: KindItem, Title: i.Title, What: civic.Say("meetings.waits_second"), Path: i.desk() + "/vote", Since: e.At})
		}
	}
	return out, nil
}

// waitingFor lists the questions on which the actor may decide.
func waitingFor(tx *storage.Tx, a civic.Actor, most int) (out []Question, err error) {
	return forWorker(tx, a, most, func(tx *storage.Tx, body civic.Ref, most int) ([]Question, error) {
		if body == (civic.Ref{}) {
			return waitingAll(tx, most)
		}
		return waiting(tx, body, most)
	})
}

// forWorker lists what waits in the bodies whose work the actor does; administrators do that of all: the zero Ref.
func forWorker[T any](tx *storage.Tx, a civic.Actor, most int, of func(tx *storage.Tx, body civic.Ref, most int) ([]T, error)) (out []T, err error) {
	if a.Has(civic.Administrator) {
		return of(tx, civic.Ref{}, most)
	}
	for _, g := range a.Grants {
		if g.Role != part.Secretary(g.Scope) {
			continue
		}
		some, err := of(tx, g.Scope, most)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out[:min(len(out), most)], nil
}

// sits is the meetings of bodies in which a person has a seat: those that come, and those of today.
func (s *Service) sits(tx *storage.Tx, a civic.Actor, most int) (out []Meeting, err error) {
	for kind, owner := range s.owners {
		if owner.Seats == nil {
			continue
		}
		seats, err := owner.Seats(tx, a)
		if err != nil {
			return nil, err
		}
		for _, body := range seats {
			coming, err := comingOf(tx, civic.Ref{Kind: kind, ID: body}, dayOf(tx.Now().In(s.city.Zone())), most)
			if err != nil {
				return nil, err
			}
			out = append(out, coming...)
		}
	}
	return out, nil
}

// mine is what the person asked, the meetings to which they come, and those of bodies in which they sit.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	asked, err := questionsBy(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	tones := map[QuestionState]ui.Tone{Waiting: ui.Info, Taken: ui.Good, Refused: ui.Neutral}
	for _, q := range asked {
		out = append(out, part.Mine{Kind: KindQuestion, Title: civic.Text{q.Lang: "«" + q.Words + "»"}, Path: AskPath(q.Body), At: q.AskedAt, State: civic.Say("meetings.mine_" + string(q.State)), Tone: tones[q.State]})
	}
	comes, err := guestedBy(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	var ids []civic.ID
	for _, g := range comes {
		ids = append(ids, g.Meeting)
	}
	all, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	member, err := s.sits(tx, a, most)
	if err != nil {
		return nil, err
	}
	names, err := s.bodiesOf(tx, a, append(slices.Clone(all), member...))
	for _, m := range member {
		out = append(out, part.Mine{Kind: Kind, Title: names[m.Body].Title, Path: Path(m.ID), At: m.StartsAt, State: civic.Say("meetings.mine_sits"), Tone: ui.Info})
	}
	for _, m := range all {
		state, tone := "meetings.mine_comes", ui.Info
		if m.State == CalledOff {
			state, tone = "meetings.state_called_off", ui.Warn
		}
		out = append(out, part.Mine{Kind: Kind, Title: names[m.Body].Title, Path: Path(m.ID), At: m.StartsAt, State: civic.Say(state), Tone: tone})
	}
	return out, err
}
