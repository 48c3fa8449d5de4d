package councils

import (
	"embed"
	"math"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "councils", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Settings: settings(),
			Roles:    []part.Role{{Name: secretary, Scope: Kind}},
			Kinds:    kinds(),
			Acts:     acts(),
			Tables:   tables(),
			Audited: []string{"councils.council.found", "councils.seat.take", "councils.seat.end", "councils.meeting.convene", "councils.meeting.gather", "councils.meeting.fail",
				"councils.meeting.close", "councils.vote.hold", "councils.recommendation.send"},
			Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
			Help:     []part.Help{{Name: "councils.ask", Place: 27, Path: "/councils"}},
			Without:  []part.Absence{part.No("the answers that bodies owe to councils are counted with all others, by internal/answers", part.PointPromises)},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

// Secretaries are those who do a council's work, and administrators.
var secretaries = web.Holders("secretaries", secretary)

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Nav: []part.Nav{
			{Menu: part.Speak, Place: 40, Text: "councils.nav", Lede: "councils.nav_lede", Path: "/councils", Count: countActive, Counted: "councils.nav_counted"},
			{Menu: part.Work, Place: 50, Text: "councils.nav_desk", Lede: "councils.nav_desk_lede", Path: "/desk/councils", Access: secretaries},
		},
		Now: s.now, Week: s.week, Came: s.came, Numbers: numbers, Desk: s.waits, Me: mine,
	}
}

const byCity = "councils.source_city"

// settings are what the law or a council's own regulation fixes, and a city may have otherwise.
func settings() []part.Setting {
	const formed, sits = "councils.source_formed", "councils.source_sits"
	return []part.Setting{
		{Key: "councils.state_one_in", Default: 3, Min: 1, Max: 100, Unit: part.Count, Source: formed, For: part.ForBodies},
		{Key: "councils.one_each", Default: 1, Min: 0, Max: 1, Unit: part.YesNo, Source: formed, For: part.ForPeople},
		{Key: "councils.chair_is_free", Default: 1, Min: 0, Max: 1, Unit: part.YesNo, Source: sits, For: part.ForBodies},
		{Key: "councils.quorum_part", Default: 2, Min: 1, Max: 100, Unit: part.Count, Source: sits, For: part.ForPeople},
		{Key: "councils.quorum_whole", Default: 3, Min: 1, Max: 100, Unit: part.Count, Source: sits, For: part.ForPeople},
		{Key: "councils.ending_days", Default: 60, Min: 0, Max: 366, Unit: part.Days, Source: formed, For: part.ForBodies},
		{Key: "councils.answer_days", Default: 15, Min: 1, Max: 250, Unit: part.WorkingDays, Source: "councils.source_answer", For: part.ForBodies},
		{Key: "councils.opinion_days", Default: 10, Min: 1, Max: 250, Unit: part.WorkingDays, Source: "councils.source_answer", For: part.ForBodies},
		{Key: "councils.shown_from", Default: 3, Min: 2, Max: 50, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "councils.question_max", Default: 500, Min: 100, Max: 2000, Unit: part.Characters, Source: byCity, For: part.ForPeople},
		{Key: "councils.questions_per_day", Default: 3, Min: 1, Max: 100, Unit: part.Count, Source: byCity, For: part.ForPeople},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program alone"
	return append([]part.Table{
		{Name: "councils_council", Columns: []part.Columns{part.Proves("id form name about body law regulation size since until"), part.Hides(inner, "no")}},
		{Name: "councils_seat", Columns: []part.Columns{part.Proves("id council name post side organisation commission since until"),
			part.Leaves("councils.unproven_stated", "sex born district"), part.Hides(inner, "no")}},
		{Name: "councils_meeting", Columns: []part.Columns{part.Proves("id council state starts_at place stream present members needed"), part.Hides(inner, "no")}},
		{Name: "councils_item", Columns: []part.Columns{part.Proves("id meeting place state title origin reporter minutes next"), part.Hides(inner, "no council")}},
		{Name: "councils_question", Columns: []part.Columns{part.Proves("id council lang words asked_at item"), part.Hides("only who asks, and the secretary", "no state account reason")}},
		{Name: "councils_vote", Columns: []part.Columns{part.Proves("id item meeting at text rule members quorum needed ballots secret tellers yes nay abstain recused accepted"), part.Hides(inner, "no")}},
		{Name: "councils_recommendation", Columns: []part.Columns{part.Proves("id council meeting vote number text body opinion adopted_at sent_at"), part.Hides(inner, "no")}},
	}, part.TablesUnproven("councils.unproven_guests", "councils_guest")...)
}

// held is what councils keep about a person.
type held struct {
	Questions []heldQuestion `json:"questions,omitempty"`
	Meetings  []Guest        `json:"meetings,omitempty"`
}

type heldQuestion struct {
	Council civic.ID  `json:"council"`
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
		out.Questions = append(out.Questions, heldQuestion{q.Council, q.Words, q.AskedAt})
	}
	if out.Meetings, err = guestedBy(tx, account, math.MaxInt32); err != nil || len(out.Questions)+len(out.Meetings) == 0 {
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
	tx.Touch(topic)
	return forget(tx, account)
}

// today is when the day of an instant began in the city.
func (s *Service) today(now time.Time) time.Time {
	day := now.In(s.city.Settings.Zone())
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
}

// dated gives meetings the names of their councils.
func dated(tx *storage.Tx, from, to time.Time, most int) (all []Meeting, names map[civic.ID]civic.Text, err error) {
	if all, err = convenedBetween(tx, from, to, most); err != nil {
		return nil, nil, err
	}
	var ids []civic.ID
	for _, m := range all {
		ids = append(ids, m.Council)
	}
	found, err := titles(tx, civic.Actor{}, ids)
	names = map[civic.ID]civic.Text{}
	for id, r := range found {
		names[id] = r.Title
	}
	return all, names, err
}

// now is the meetings to which people can come.
func (s *Service) now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	from := s.today(tx.Now())
	all, names, err := dated(tx, from, from.AddDate(1, 0, 0), most)
	for _, m := range all {
		out = append(out, part.Open{Kind: KindMeeting, Title: names[m.Council], Path: m.path(), Who: "councils.who_comes", Until: m.StartsAt})
	}
	if err != nil {
		return nil, 0, err
	}
	total, err = countConvened(tx, from)
	return out, total, err
}

func (s *Service) week(tx *storage.Tx, from, to time.Time, most int) (out []part.Dated, err error) {
	all, names, err := dated(tx, from, to, most)
	for _, m := range all {
		out = append(out, part.Dated{Kind: KindMeeting, Title: names[m.Council], Path: m.path(), At: m.StartsAt, Place: m.Place})
	}
	return out, err
}

var toneOf = map[Fate]ui.Tone{Adopted: ui.Neutral, Due: ui.Info, Late: ui.Warn, Answered: ui.Info, Promised: ui.Info, Delivered: ui.Good, NotDelivered: ui.Warn, Confirmed: ui.Good, Contested: ui.Warn}

// came is the recommendations that were answered, the latest sent first.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := latestSent(tx, 5*most)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(tx, all)
	for _, r := range listed {
		if answer := r.answer(); !answer.GivenAt.IsZero() && len(out) < most {
			out = append(out, part.Result{Kind: KindRecommendation, Title: r.Text, Path: r.path(), At: answer.GivenAt, Body: r.BodyName, Said: civic.Say("councils.fate_" + string(r.Fate)), Tone: toneOf[r.Fate]})
		}
	}
	return out, err
}

// answer is the first obligation: to answer.
func (r Listed) answer() answers.Obligation {
	if len(r.Owed) == 0 {
		return answers.Obligation{}
	}
	return r.Owed[0]
}

func numbers(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := countRecommendations(tx)
	if err != nil {
		return nil, err
	}
	before, err := countRecommendationsBefore(tx, then)
	return []part.Number{{Value: n, Then: &before, Label: "councils.number", Path: "/councils"}}, err
}

// waits is the questions on which the actor is to decide, and recommendations that are not sent.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	all, err := s.worked(tx, a)
	for _, c := range all {
		if err != nil {
			return nil, err
		}
		var asked []Question
		if asked, err = waitingQuestions(tx, c.ID, most); err != nil {
			return nil, err
		}
		for _, q := range asked {
			out = append(out, part.Waiting{Stage: part.Decision, Kind: KindQuestion, Title: civic.Text{q.Lang: q.Words}, What: civic.Say("councils.waits_question"), Path: questionDesk(q), Since: q.AskedAt})
		}
		var adopted []Recommendation
		adopted, err = recommendations(tx, c.ID)
		for _, r := range adopted {
			if r.SentAt.IsZero() {
				out = append(out, part.Waiting{Stage: part.Decision, Kind: KindRecommendation, Title: r.Text, What: civic.Say("councils.waits_send"), Path: sendPath(r), Since: r.AdoptedAt})
			}
		}
	}
	return out[:min(len(out), most)], err
}

// worked are the councils whose work the actor does.
func (s *Service) worked(tx *storage.Tx, a civic.Actor) ([]Council, error) {
	if a.Has(civic.Administrator) {
		return list(tx, 100)
	}
	return byIDs(tx, a.Scopes(secretary))
}

// mine is what the person asked, and the meetings to which they come.
func mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	asked, err := questionsBy(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	tones := map[QuestionState]ui.Tone{Waiting: ui.Info, Taken: ui.Good, Refused: ui.Neutral}
	for _, q := range asked {
		out = append(out, part.Mine{Kind: KindQuestion, Title: civic.Text{q.Lang: "«" + q.Words + "»"}, Path: Path(q.Council), At: q.AskedAt, State: civic.Say("councils.mine_" + string(q.State)), Tone: tones[q.State]})
	}
	comes, err := guestedBy(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	var ids []civic.ID
	for _, g := range comes {
		ids = append(ids, g.Meeting)
	}
	of, err := meetingsByIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	var councils []civic.ID
	for _, m := range of {
		councils = append(councils, m.Council)
	}
	names, err := titles(tx, a, councils)
	for _, m := range of {
		out = append(out, part.Mine{Kind: KindMeeting, Title: names[m.Council].Title, Path: m.path(), At: m.StartsAt, State: civic.Say("councils.mine_comes"), Tone: ui.Info})
	}
	return out, err
}
