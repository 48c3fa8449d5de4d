package app_test

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/minutes"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// talk is what people say: under a consultation that is announced, and in one that goes on.
type talk struct {
	author                         *citytest.Person
	announced                      civic.ID // is discussed
	comment, edited, taken, judged civic.ID // by the author
	gone, disputed                 civic.ID // removed; and contested too
	mine, contested, removed       int64    // statements of the author in the open consultation: shown; removed and contested; removed
	rule                           civic.ID
}

func (w *things) newTalk(set consultations.Settings) {
	w.T.Helper()
	service, t := app.Service[*consultations.Service](w.App), &w.talk
	admin := w.Administrator().Actor
	var err error
	set.OpensAt, set.ClosesAt = w.Now().AddDate(0, 0, 7), w.Now().AddDate(0, 0, 27)
	t.announced, err = service.Create(w.Ctx(), admin, set)
	w.Must(err)
	w.Must(service.Publish(w.Ctx(), admin, t.announced))
	t.author = w.Resident("")
	for i, id := range []*civic.ID{&t.comment, &t.edited, &t.taken, &t.judged, &t.gone, &t.disputed} {
		said, err := w.Discussion.Say(w.Ctx(), t.author.Actor, discussion.Draft{Thing: civic.Ref{Kind: consultations.Kind, ID: t.announced}, Stance: discussion.Question, Text: fmt.Sprint("Қашан басталады? ", i), Page: civic.Kazakh})
		w.Must(err)
		*id = said.ID
	}
	voter := consultations.Voter{Actor: t.author.Actor}
	first := w.Moderator().Actor // who removed a statement does not decide again
	t.rule = w.Moderation.Book().InForce(moderation.Words)[0].ID()
	for i, no := range []*int64{&t.mine, &t.contested, &t.removed} {
		added, err := service.AddStatement(w.Ctx(), w.asked, voter, fmt.Sprint("Гүл егілсе жақсы болар еді ", i), civic.Kazakh, true)
		w.Must(err)
		*no = added.No
		w.Must(service.Moderate(w.Ctx(), first, w.asked, added.No, moderation.Choice{Approve: i == 0, Rule: t.rule, Reason: "Себеп"}))
	}
	w.Must(service.Contest(w.Ctx(), w.asked, voter, t.contested, "Неге?"))
	for _, id := range []civic.ID{t.gone, t.disputed} {
		w.Must(w.Discussion.Decide(w.Ctx(), first, id, moderation.Choice{Rule: t.rule, Reason: "Себеп"}))
	}
	_, err = w.Moderation.Ask(w.Ctx(), t.author.Actor, discussion.RefOf(t.disputed), "Неге?")
	w.Must(err)
}

// newReader lets somebody without an account follow a consultation that is for anyone; then its body promises and delivers.
func (w *things) newReader(set consultations.Settings) {
	w.T.Helper()
	service := app.Service[*consultations.Service](w.App)
	admin := w.Administrator().Actor
	set.Audience = consultations.Anyone
	id, err := service.Create(w.Ctx(), admin, set)
	w.Must(err)
	w.Must(service.Publish(w.Ctx(), admin, id))
	w.Browser(nil).Post("/kk/follow/"+consultations.Kind+"/"+string(id), "email", "asks@city.test", "pace", "now").Want(200)
	w.asks = afterIn(w.Letter("asks@city.test").Text, "/following/")
	w.Browser(nil).Post("/kk/following/"+w.asks+"/confirm", "kind", consultations.Kind, "id", string(id)).Want(303)
	w.delivered = w.owe(answers.Obligation{Subject: civic.Ref{Kind: consultations.Kind, ID: id}, Owed: answers.Deed, What: bothSay("Жарық"), Term: civic.Term{Days: 15}})
	w.Must(w.Answers.Answer(w.Ctx(), w.Officer(w.akimat).Actor, w.delivered, answers.Verdict{Outcome: answers.Done, Reason: bothSay("Жасалды")}, "А. Б."))
}

// council is one that sits today and plans its next meeting.
type council struct {
	id, asked, refused            civic.ID // and two questions to it
	planned, convened, sits, done civic.ID // meetings
	noted, remarked, approved     civic.ID // and closed ones, by the state of their minutes
	remark                        civic.ID
	points                        []civic.ID
	seats                         []civic.ID
	adopted                       civic.ID // a recommendation
}

func (w *things) newCouncil() {
	w.T.Helper()
	service, k := app.Service[*councils.Service](w.App), &w.council
	admin := w.Administrator().Actor
	var err error
	k.id, err = service.Found(w.Ctx(), admin, councils.Council{Form: "public_council", Name: bothSay("Қала кеңесі"), About: bothSay("Тыңдайды"), Body: w.akimat, Law: "383-V", Size: 6,
		Since: w.Now().AddDate(-1, 0, 0), Until: w.Now().AddDate(2, 0, 0)})
	w.Must(err)
	for _, name := range []string{"Айгүл", "Болат", "Вера"} {
		seat, err := service.Seat(w.Ctx(), admin, councils.Seat{Council: k.id, Name: name, Post: councils.Member, Side: councils.Civil, Since: w.Now().AddDate(0, -6, 0)})
		w.Must(err)
		k.seats = append(k.seats, seat)
	}
	for _, words := range []string{"Жарық қашан болады?", "Жол қашан жөнделеді?"} {
		w.Must(w.Meetings.Ask(w.Ctx(), w.Resident("").Actor, councils.Ref(k.id), words, civic.Kazakh))
	}
	v, err := service.Show(w.Ctx(), admin, k.id)
	w.Must(err)
	k.asked, k.refused = v.Asked[0].ID, v.Asked[1].ID
	plan := func(hall, points int) (id civic.ID) {
		id, err := w.Meetings.Plan(w.Ctx(), admin, meetings.Meeting{Body: councils.Ref(k.id), StartsAt: w.Now().Add(30 * time.Minute), Place: bothSay(strconv.Itoa(hall) + "-зал")})
		w.Must(err)
		for i := range points {
			point, err := w.Meetings.AddItem(w.Ctx(), admin, meetings.Item{Meeting: id, Title: bothSay("Жарық " + strconv.Itoa(i)), Minutes: 10})
			w.Must(err)
			k.points = append(k.points, point)
		}
		return id
	}
	k.planned, k.convened, k.done = plan(1, 0), plan(2, 1), plan(3, 1)
	w.Must(w.Meetings.Convene(w.Ctx(), admin, k.convened))
	k.points = nil
	k.sits = plan(4, 3)
	for _, meeting := range []civic.ID{k.sits, k.done} {
		w.Must(w.Meetings.Convene(w.Ctx(), admin, meeting))
		w.Must(w.Meetings.SetPresent(w.Ctx(), admin, meeting, k.seats))
	}
	all := map[civic.ID]meetings.Choice{k.seats[0]: meetings.For, k.seats[1]: meetings.For, k.seats[2]: meetings.For}
	_, err = w.Meetings.Hold(w.Ctx(), admin, k.points[0], meetings.Ask{Text: bothSay("Шам қойылсын"), Rule: meetings.OfPresent, To: w.akimat, Choices: all})
	w.Must(err)
	held, err := w.Meetings.Show(w.Ctx(), admin, k.done)
	w.Must(err)
	w.Must(w.Meetings.SettleItem(w.Ctx(), admin, held.Agenda[0].ID, meetings.Discuss, time.Time{}))
	v, err = service.Show(w.Ctx(), admin, k.id)
	w.Must(err)
	k.adopted = v.Recommendations[0].ID
	w.newMinutes()
}

// newMinutes closes three meetings, and brings the minutes of each as far as its name says.
func (w *things) newMinutes() {
	w.T.Helper()
	k, admin := &w.council, w.Administrator().Actor
	for hall, id := range []*civic.ID{&k.noted, &k.remarked, &k.approved} {
		var err error
		*id, err = w.Meetings.Plan(w.Ctx(), admin, meetings.Meeting{Body: councils.Ref(k.id), StartsAt: w.Now().Add(10 * time.Minute), Place: bothSay(strconv.Itoa(hall) + "-зал")})
		w.Must(err)
		point, err := w.Meetings.AddItem(w.Ctx(), admin, meetings.Item{Meeting: *id, Title: bothSay("Су"), Minutes: 10})
		w.Must(err)
		w.Must(w.Meetings.Convene(w.Ctx(), admin, *id))
		w.Must(w.Meetings.SetPresent(w.Ctx(), admin, *id, k.seats))
		w.Must(w.Meetings.SettleItem(w.Ctx(), admin, point, meetings.Discuss, time.Time{}))
		w.Must(w.Meetings.CloseMeeting(w.Ctx(), admin, *id))
		if id == &k.noted {
			continue
		}
		w.Must(w.Minutes.Circulate(w.Ctx(), admin, *id))
		if id == &k.remarked {
			w.Must(w.Minutes.RemarkOn(w.Ctx(), admin, *id, minutes.Remark{Seat: k.seats[0], Words: "Бағасы басқа", Lang: civic.Kazakh}))
			v, err := w.Minutes.Show(w.Ctx(), admin, *id)
			w.Must(err)
			k.remark = v.Remarks[0].ID
			continue
		}
		w.Write(func(tx *storage.Tx) error { // the time for remarks has passed
			_, err := tx.Exec("UPDATE minutes_minutes SET until = 1 WHERE meeting = $1", *id)
			return err
		})
	}
}

// Whoever has an account with a confirmed address, the author of what is said first.
const (
	members   = "author, resident, verified, representative, officer, moderator, administrator, of the body, of the organisation, asker, invited, secretary, another's secretary, member"
	everyone  = "visitor, newcomer, " + members
	workers   = "secretary, administrator"
	moderates = "moderator, administrator"
)

// without is a list of roles but for one.
func without(roles, one string) string {
	var out []string
	for _, role := range strings.Split(roles, ", ") {
		if role != one {
			out = append(out, role)
		}
	}
	return strings.Join(out, ", ")
}

func (w *things) councilActs() []act {
	k := w.council
	ref := councils.Ref(k.id)
	desk, work := "/kk/desk"+councils.Path(k.id), "/kk/desk/meetings/of/"+ref.Kind+"/"+string(ref.ID)
	meet := func(id civic.ID) string { return "/kk" + meetings.Path(id) }
	sits, plans := "/kk/desk"+meetings.Path(k.sits), "/kk/desk"+meetings.Path(k.planned)
	papers := "/kk/desk/files/" + meetings.RefOf(k.planned).String() + "/" + meetings.Papers
	written := func(id civic.ID) string { return "/kk" + minutes.DeskPath(id) }
	noted, remarked, approved := written(k.noted), written(k.remarked), written(k.approved)
	point := []string{"title.kk", "Жол", "title.ru", "Дорога", "minutes", "15"}
	day := w.Now().AddDate(0, 0, 9).Format(time.DateOnly)
	vote := []string{"text.kk", "Шам", "text.ru", "Фонари", "rule", "of_present", "to", string(w.akimat), "_sure", "yes"}
	present := []string{}
	for _, seat := range k.seats {
		vote, present = append(vote, "choice."+string(seat), "for"), append(present, "present", string(seat))
	}
	return []act{
		{what: "ask a council", may: members, path: "/kk" + meetings.AskPath(ref), form: []string{"words", "Көлік қашан жүреді?"}},
		{what: "come to a meeting", may: members, path: meet(k.convened) + "/come", form: []string{"speaks", "yes"}},
		{what: "come to a meeting that is only planned", path: meet(k.planned) + "/come", form: []string{}},
		{what: "see a meeting that is only planned", path: meet(k.planned)},
		{what: "see a council's desk", may: workers, path: desk},
		{what: "see the work on a meeting", may: workers, path: sits},
		{what: "found a council", may: "administrator", path: "/kk/desk/councils/new", form: []string{"form", "commission", "name.kk", "Комиссия", "name.ru", "Комиссия", "about.kk", "Қарайды", "about.ru", "Смотрит", "body", string(w.akimat), "law", "383-V", "size", "5",
			"since", day, "until", w.Now().AddDate(2, 0, 0).Format(time.DateOnly), "_sure", "yes"}},
		{what: "add a kind of councils", may: "administrator", path: "/kk/desk/councils/kinds", form: []string{"name.kk", "Кеңесші топ", "name.ru", "Группа советников"}},
		{what: "rename a kind of councils", may: "administrator", path: "/kk/desk/councils/kinds/commission", form: []string{"name.kk", "Тексеру комиссиясы", "name.ru", "Комиссия по проверке"}},
		{what: "give a seat", may: workers, path: desk + "/seats/new", form: []string{"name", "Дина", "post", "member", "side", "civil", "since", day, "_sure", "yes"}},
		{what: "end a seat", may: workers, path: desk + "/seats/" + string(k.seats[2]), form: []string{"until", day}},
		{what: "plan a meeting", may: workers, path: work + "/meetings/new", form: []string{"day", day, "time", "15:00", "place.kk", "Зал", "place.ru", "Зал"}},
		{what: "add a paper to a meeting", may: workers, path: papers, form: []string{"words.kk", "Қаулы", "words.ru", "Постановление", "lang", string(files.Several)}, file: []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")},
		{what: "make a question a point", may: workers, path: work + "/questions/" + string(k.asked), form: append([]string{"decision", "take", "meeting", string(k.planned)}, point...)},
		{what: "turn a question down", may: workers, path: work + "/questions/" + string(k.refused), form: []string{"decision", "refuse", "reason.kk", "Себеп", "reason.ru", "Причина"}},
		{what: "add a point", may: workers, path: plans + "/items/new", form: point},
		{what: "convene a meeting", may: workers, path: plans + "/convene", form: []string{"_sure", "yes"}},
		{what: "count who is present", may: workers, path: sits + "/present", form: present},
		{what: "postpone a point", may: workers, path: sits + "/items/" + string(k.points[1]), form: []string{"what", "postpone", "next", day}},
		{what: "enter a vote", may: workers, path: sits + "/items/" + string(k.points[2]) + "/vote", form: vote},
		{what: "close a meeting", may: workers, path: "/kk/desk" + meetings.Path(k.done) + "/close", form: []string{"_sure", "yes"}},
		{what: "see minutes that are not approved", path: meet(k.remarked) + "/minutes"},
		{what: "take away minutes that are not approved", path: minutes.Path(k.remarked) + ".pdf"},
		{what: "see minutes that are being written", may: workers, path: noted},
		{what: "take away minutes that are being written", may: workers, path: minutes.DeskPath(k.noted) + ".pdf"},
		{what: "link to the recording", may: workers, path: "/kk/desk" + meetings.Path(k.done) + "/link", form: []string{"recorded", "https://example.kz/v"}},
		{what: "write minutes", may: workers, path: noted, form: []string{}},
		{what: "hand out minutes", may: workers, path: noted + "/circulate", form: []string{"_sure", "yes"}},
		{what: "remark on minutes", may: workers, path: remarked + "/remark", form: []string{"seat", string(k.seats[1]), "words", "Уақыты басқа"}},
		{what: "remark on minutes by themselves", may: "member", path: "/kk" + meetings.Path(k.remarked) + "/remarks", form: []string{"words", "Уақыты басқа еді"}},
		{what: "decide on a remark", may: workers, path: remarked + "/remarks/" + string(k.remark), form: []string{"decided", "taken"}},
		{what: "approve minutes", may: workers, path: approved + "/approve", form: []string{"in", string(k.sits), "_sure", "yes"}},
		{what: "correct minutes", may: workers, path: approved + "/correct", form: []string{"text.kk", "Шам 34", "text.ru", "Фонарей 34", "_sure", "yes"}},
		{what: "move a meeting", may: workers, path: "/kk/desk" + meetings.Path(k.convened) + "/move", form: []string{"day", day, "time", "16:00", "place.kk", "Зал", "place.ru", "Зал", "reason.kk", "Жөндеу", "reason.ru", "Ремонт", "_sure", "yes"}},
		{what: "call off a meeting", may: workers, path: "/kk/desk" + meetings.Path(k.convened) + "/call-off", form: []string{"reason.kk", "Жөндеу", "reason.ru", "Ремонт", "next", day, "_sure", "yes"}},
		{what: "send a recommendation", may: workers, path: desk + "/recommendations/" + string(k.adopted) + "/send", form: []string{"_sure", "yes"}},
	}
}

func (w *things) talkActs() []act {
	t := w.talk
	thread := discussion.ThreadPath(civic.Ref{Kind: consultations.Kind, ID: t.announced})
	of := func(id civic.ID) string { return "/kk" + discussion.Path(id) }
	statement := func(path string, no int64) string {
		return fmt.Sprintf("/kk%s%s/statements/%d", path, consultations.Path(w.asked), no)
	}
	words := []string{"stance", "question", "text", "Ал кім төлейді?", "lang", "kk"}
	official := []string{"words.kk", "Қала төлейді", "words.ru", "Платит город", "post", "Бөлім басшысы"}
	rule := []string{"name", "fairness", "about", "words", "title.kk", "Әділдік", "title.ru", "Честность", "text.kk", "Әділ бол", "text.ru", "Будь честен", "in_force", "yes", "_sure", "yes"}
	named, _, _ := strings.Cut(string(t.rule), ".")
	return []act{
		{what: "comment", may: members, path: "/kk" + thread + "/say", form: append(words, official...)},
		{what: "comment on a draft", path: "/kk" + discussion.ThreadPath(civic.Ref{Kind: consultations.Kind, ID: w.draft}) + "/say", form: words},
		{what: "see what is said of a draft", path: "/kk" + discussion.ThreadPath(civic.Ref{Kind: consultations.Kind, ID: w.draft})},
		{what: "reply", may: members, path: of(t.comment) + "/reply", form: []string{"text", "Меніңше, қала", "lang", "kk", "words.kk", "Қала", "words.ru", "Город", "post", "Басшы"}},
		{what: "find another's comment useful", may: without(without("resident, "+members, "author"), "of the body"), path: of(t.comment) + "/useful", form: []string{"useful", "true", "side", "for"}},
		{what: "change another's comment", may: "author", path: of(t.edited) + "/edit", form: []string{"text", "Кім төлейді екен?", "lang", "kk"}},
		{what: "take back another's comment", may: "author", path: of(t.taken) + "/take-back", form: []string{}},
		{what: "see what a moderator sees of a comment", may: moderates, path: "/kk/desk/discussion/" + string(t.judged)},
		{what: "remove a comment", may: moderates, path: "/kk/desk/discussion/" + string(t.judged), form: []string{"act", "remove", "rule", string(t.rule), "reason", "Себеп"}},
		{what: "see what of another's comment was removed", may: "author", path: "/kk" + moderation.ContestPath(discussion.RefOf(t.gone))},
		{what: "contest the removal of another's comment", may: "author", path: "/kk" + moderation.ContestPath(discussion.RefOf(t.gone)), form: []string{"words", "Неге?"}},
		{what: "contest the removal of a comment twice", path: "/kk" + moderation.ContestPath(discussion.RefOf(t.disputed)), form: []string{"words", "Неге?"}},
		{what: "uphold the removal of a comment", may: moderates, path: "/kk/desk/discussion/" + string(t.disputed), form: []string{"act", "uphold", "reason", "Ереже солай"}},
		{what: "contest the removal of another's statement", may: "author", path: statement("", t.removed) + "/contest", form: []string{"words", "Неге?"}},
		{what: "contest a removal twice", path: statement("", t.contested) + "/contest", form: []string{"words", "Неге?"}},
		{what: "uphold a contested removal", may: moderates + ", of the body", path: statement("/desk", t.contested), form: []string{"act", "uphold", "reason", "Ереже солай"}},
		{what: "restore what is not contested any more", may: moderates + ", of the body", path: statement("/desk", t.removed), form: []string{"act", "approve", "reason", "Қате болды"}},
		{what: "translate a statement", may: "of the body, administrator, moderator", path: statement("/desk", t.mine) + "/translate", form: []string{"lang", "kk", "translation.ru", "Посадить бы цветы"}},
		{what: "name the language of another's statement", may: "author", path: "/kk" + consultations.Path(w.asked) + "/language", form: []string{"statement", fmt.Sprint(t.mine), "lang", "kk"}},
		{what: "give back what others took from the queue", may: "moderator, administrator, officer, representative, of the body, of the organisation", path: "/kk/desk/moderation/give-back", form: []string{}},
		{what: "write a rule", may: "administrator", path: "/kk/administration/moderation/new", form: rule},
		{what: "change a rule", may: "administrator", path: "/kk/administration/moderation/" + named, form: append([]string{"version", "1"}, rule[4:]...)},
		{what: "see where rules are changed", may: "administrator", path: "/kk/administration/moderation"},
		{what: "reply to a promise by a made-up link", path: "/kk/answers/" + string(w.delivered) + "/mail/" + civic.Token(), form: []string{"act", "confirm"}},
		{what: "reply to it by another reader's link", path: "/kk/answers/" + string(w.delivered) + "/mail/" + w.token, form: []string{"act", "contest", "words", "Жоқ"}},
		{what: "reply by one's link to what others asked", path: "/kk/answers/" + string(w.promised) + "/mail/" + w.asks, form: []string{"act", "confirm"}},
		{what: "reply by the link of one's own mail", may: everyone, path: "/kk/answers/" + string(w.delivered) + "/mail/" + w.asks, form: []string{"act", "confirm"}},
	}
}

// unacted are the forms of councils, discussion and moderation that no act sends: each is to be tried by whoever must not.
func (w *things) unacted(acts []act) (out []string) {
	sent := http.NewServeMux()
	tried := map[string]bool{}
	for _, route := range w.Routes() {
		for _, of := range []string{"/councils", "/desk/councils", "/meetings", "/desk/meetings", "/appeals", "/desk/appeals", "/forming", "/desk/forming", "/discussion", "/desk/discussion", "/desk/moderation", "/administration/moderation", "/events", "/desk/events", "/book", "/door"} {
			if route.Method == "POST" && strings.HasPrefix(route.Pattern, of) {
				sent.HandleFunc(route.Pattern, http.NotFound)
				tried[route.Pattern] = false
			}
		}
	}
	for _, a := range acts {
		if _, pattern := sent.Handler(&http.Request{Method: "POST", URL: &url.URL{Path: strings.TrimPrefix(a.path, "/kk")}}); a.form != nil && pattern != "" {
			tried[pattern] = true
		}
	}
	for pattern, sent := range tried {
		if !sent {
			out = append(out, pattern)
		}
	}
	return out
}

// state sums up all that the database keeps but sessions and limits: it is the same as long as nobody did anything.
func (w *things) state() map[string]uint64 {
	w.T.Helper()
	out := map[string]uint64{}
	for _, tb := range tablesOf(w.City) {
		if strings.HasPrefix(tb.name, "identity_") || strings.HasPrefix(tb.name, "sqlite_") {
			continue
		}
		var columns []string
		for _, column := range tb.columns {
			columns = append(columns, "COALESCE(CAST("+column+" AS TEXT), '')")
		}
		w.Read(func(tx *storage.Tx) error {
			for row, err := range storage.Each(tx, storage.Scalar[string], "SELECT "+strings.Join(columns, " || '|' || ")+" FROM "+tb.name) {
				if err != nil {
					return err
				}
				sum := fnv.New64a()
				_, _ = sum.Write([]byte(row))
				out[tb.name] += sum.Sum64() // in whatever order the rows come
			}
			return nil
		})
	}
	return out
}
