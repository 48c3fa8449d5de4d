package app_test

import (
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// filed are appeals of the author of what is said, and their cases with the akimat.
type filed struct {
	words, removed, unknown      civic.ID // wait for a moderator; are removed; nobody knows whose it is
	waits, answered, paused, own civic.ID
	taking, forwarding           civic.ID // cases: to be taken and paused, and forwarded
	answering, asked, judged     civic.ID // to be answered, told something, judged
	template                     civic.ID // of the akimat's answers
	alike, known, sameness       civic.ID // about which its applicant is asked if it is the same as another; its case; a case of which they can be asked
}

func (w *things) newAppeals() {
	w.T.Helper()
	s, f, officer := app.Service[*appeals.Service](w.App), &w.filed, w.Officer(w.akimat).Actor
	w.Set("appeals.per_day", 50)
	file := func(open bool, body civic.ID) civic.ID {
		a, err := s.File(w.Ctx(), w.talk.author.Actor, appeals.Appeal{Sort: appeals.Complaint, Open: open, Title: "Шұңқыр", Words: "Көшеде терең шұңқыр бар", Wished: body}, "", civic.Kazakh)
		w.Must(err)
		return a.ID
	}
	caseOf := func(id civic.ID) civic.ID {
		v, err := s.Show(w.Ctx(), appeals.Who{Actor: w.talk.author.Actor}, id)
		w.Must(err)
		return v.Cases[0].ID
	}
	f.words, f.removed, f.unknown, f.own = file(true, w.akimat), file(true, w.akimat), file(false, ""), file(false, "")
	w.Must(s.Decide(w.Ctx(), w.Moderator().Actor, f.removed, moderation.Choice{Rule: w.talk.rule, Reason: "Себеп"}))
	f.taking, f.forwarding = caseOf(f.words), caseOf(f.removed)
	f.waits, f.answered, f.paused = file(false, w.akimat), file(false, w.akimat), file(false, w.akimat)
	f.answering, f.judged, f.asked = caseOf(f.waits), caseOf(f.answered), caseOf(f.paused)
	w.Must(s.Reply(w.Ctx(), officer, f.judged, answers.Verdict{Outcome: answers.NotTaken, Reason: bothSay("Жоспарда жоқ")}, "А. Б."))
	w.Must(s.Take(w.Ctx(), officer, f.asked, "А. Б."))
	w.Must(s.Ask(w.Ctx(), officer, f.asked, "Қай үй?"))
	known, open := file(true, w.akimat), file(true, w.akimat)
	w.Must(s.Decide(w.Ctx(), w.Moderator().Actor, open, moderation.Choice{Approve: true}))
	f.alike, f.known, f.sameness = known, caseOf(known), caseOf(open)
	w.Must(s.AskSame(w.Ctx(), officer, f.known, f.sameness))
	var err error
	f.template, err = s.KeepTemplate(w.Ctx(), officer, appeals.Template{Body: w.akimat, Name: "Шұңқыр", Words: bothSay("Бітейміз")})
	w.Must(err)
}

func (w *things) appealActs() []act {
	f := w.filed
	of := func(id civic.ID) string { return "/kk" + appeals.Path(id) }
	work := func(id civic.ID) string { return "/kk/desk/appeals/cases/" + string(id) }
	token, asked := "/own/"+civic.Token(), "/asked/"+civic.Token()
	verdict := []string{"outcome", "taken", "reason.kk", "Жасаймыз", "reason.ru", "Сделаем", "person", "А. Б.", "_sure", "yes"}
	return []act{
		{what: "say where appeals have legal force", may: "administrator", path: "/kk/desk/appeals/channels", form: []string{"channels", "https://city.example; Кеңсе; Канцелярия"}},
		{what: "see whose an appeal may be", may: "administrator", path: "/kk/desk/appeals/register/" + string(f.unknown)},
		{what: "say whose it is", may: "administrator", path: "/kk/desk/appeals/register/" + string(f.unknown), form: []string{"body", string(w.akimat)}},
		{what: "see the work on a case", may: "of the body", path: work(f.taking)},
		{what: "take a case", may: "of the body", path: work(f.taking) + "/take", form: []string{"person", "А. Б."}},
		{what: "note on a case", may: "of the body", path: work(f.taking) + "/note", form: []string{"note", "Звонили"}},
		{what: "ask whether it is about the same", may: "of the body", path: work(f.forwarding) + "/same", form: []string{"with", string(f.sameness)}},
		{what: "ask the applicant", may: "of the body", path: work(f.taking) + "/ask", form: []string{"question", "Қай үй?"}},
		{what: "pass a case on", may: "of the body", path: work(f.forwarding) + "/forward", form: []string{"whose", string(w.police), "reason.kk", "Жол полициясы", "reason.ru", "Дорожная полиция"}},
		{what: "answer a case", may: "of the body", path: work(f.answering) + "/answer", form: verdict},
		{what: "begin a template of answers", may: "of the body", path: "/kk/desk/appeals/templates", form: []string{"body", string(w.akimat), "name", "Жол", "words.kk", "Бітейміз", "words.ru", "Заделаем"}},
		{what: "see a template of answers", may: "of the body", path: "/kk/desk/appeals/templates/" + string(f.template)},
		{what: "change a template of answers", may: "of the body", path: "/kk/desk/appeals/templates/" + string(f.template), form: []string{"name", "Шұңқыр", "words.kk", "Бітейміз", "words.ru", "Заделаем"}},
		{what: "delete a template of answers", may: "of the body", path: "/kk/desk/appeals/templates/" + string(f.template) + "/delete", form: []string{}},
		{what: "decide on the words of an appeal", may: moderates, path: "/kk/desk/appeals/words/" + string(f.words), form: []string{"act", "approve"}},
		{what: "tell the body what it asked another", may: "author", path: of(f.paused) + "/tell", form: []string{"case", string(f.asked), "words", "14-үй"}},
		{what: "say that another's is about the same", may: "author", path: of(f.alike) + "/same", form: []string{"case", string(f.known), "agree", "yes"}},
		{what: "say so by a token that is made up", path: of(f.alike) + token + "/same", form: []string{"case", string(f.known), "agree", "yes"}},
		{what: "judge the answer to another", may: "author", path: of(f.answered) + "/word", form: []string{"case", string(f.judged), "word", "done"}},
		{what: "withdraw another's appeal", may: "author", path: of(f.own) + "/withdraw", form: []string{"_sure", "yes"}},
		{what: "contest that another's words were removed", may: "author", path: of(f.removed) + "/contest", form: []string{moderation.WordsName, "Неге?"}},
		{what: "see an appeal by a token that is made up", path: of(f.own) + token},
		{what: "judge by it", path: of(f.answered) + token, form: []string{"case", string(f.judged), "word", "done"}},
		{what: "confirm by it", path: of(f.own) + token + "/confirm", form: []string{}},
		{what: "withdraw by it", path: of(f.own) + token + "/withdraw", form: []string{"_sure", "yes"}},
		{what: "tell by it", path: of(f.paused) + token + "/tell", form: []string{"case", string(f.asked), "words", "14-үй"}},
		{what: "contest by it", path: of(f.removed) + token + "/contest", form: []string{moderation.WordsName, "Неге?"}},
		{what: "add a picture by it", path: of(f.words) + token + "/pictures", form: []string{"words", "Шұңқыр"}, file: picture()},
		{what: "remove a picture by it", path: of(f.words) + token + "/pictures/" + string(w.logo.ID) + "/remove", form: []string{}},
		{what: "type digits where nothing waits", path: of(f.own) + asked, form: []string{"code", "123456"}},
		{what: "add a picture to what one did not write", path: of(f.words) + asked + "/pictures", form: []string{"words", "Шұңқыр"}, file: picture()},
		{what: "remove one of it", path: of(f.words) + asked + "/pictures/" + string(w.logo.ID) + "/remove", form: []string{}},
		{what: "join by a token that is made up", path: of(f.words) + "/joined/" + civic.Token(), form: []string{}},
		{what: "take another's voice back by it", path: of(f.words) + "/joined/" + civic.Token() + "/leave", form: []string{}},
		{what: "join an appeal that is not open", path: of(f.own) + "/join", form: []string{"note", "Менде де"}},
		{what: "leave one", may: members, path: of(f.words) + "/leave", form: []string{}},
		{what: "file one", may: everyone, path: "/kk/appeals/new", form: []string{"sort", "complaint", "title", "Шұңқыр", "words", "Көшеде терең шұңқыр бар", "email", "files@city.test", "_sure", "yes"}},
	}
}

// competitions are for seats of councils, each of another one; that of the secretary's council is a draft.
type competitions struct {
	draft, open, checking, voting, voted, empty, lot civic.ID
	new                                              civic.ID // a council that has none
	candidacy, unchecked, admitted, elected          civic.ID // of the author, and of others
}

func (w *things) newCompetitions() {
	w.T.Helper()
	admin, k := w.Administrator().Actor, &w.competitions
	founded := 0
	council := func() civic.ID {
		founded++ // a body does not found two councils of one name on one day
		id, err := app.Service[*councils.Service](w.App).Found(w.Ctx(), admin, councils.Council{Form: "commission", Name: bothSay("Комиссия"), About: bothSay("Қарайды"), Body: w.akimat, Law: "383-V", Size: 3, Since: w.Now().AddDate(0, -1, -founded), Until: w.Now().AddDate(2, 0, 0)})
		w.Must(err)
		return id
	}
	draw := func(of civic.ID, by forming.Method, seats int) civic.ID {
		id, err := w.Forming.DrawUp(w.Ctx(), admin, forming.Competition{Body: councils.Ref(of), Method: by, Seats: seats, Group: []string{"А", "Б", "В"}, Terms: bothSay("Қала тұрғыны"), Until: w.Now().AddDate(0, 0, 30)})
		w.Must(err)
		return id
	}
	announce := func(stand bool) (id, candidacy civic.ID) {
		id = draw(council(), forming.ByVote, 2)
		w.Must(w.Forming.Announce(w.Ctx(), admin, id))
		if stand {
			var err error
			candidacy, err = w.Forming.Stand(w.Ctx(), w.talk.author.Actor, forming.Candidacy{Competition: id, Name: "Дина", About: "Тәжірибем бар", Sex: forming.Woman, Born: 1980}, civic.Kazakh)
			w.Must(err)
		}
		return id, candidacy
	}
	k.new, k.draft, k.lot = council(), draw(w.council.id, forming.ByVote, 1), draw(council(), forming.ByLot, 2)
	k.open, k.candidacy = announce(true)
	k.checking, k.unchecked = announce(true)
	k.voting, k.admitted = announce(true)
	k.voted, k.elected = announce(true)
	k.empty, _ = announce(false)
	w.Write(func(tx *storage.Tx) error { // the time for standing has passed
		_, err := tx.Exec("UPDATE forming_competition SET until = 1 WHERE id IN ($1, $2, $3, $4)", k.checking, k.voting, k.voted, k.empty)
		return err
	})
	w.Must(w.Forming.Check(w.Ctx(), admin, k.voting, k.admitted, true, nil))
	w.Must(w.Forming.Check(w.Ctx(), admin, k.voted, k.elected, true, nil))
	w.Must(w.Forming.EnterVotes(w.Ctx(), admin, k.voted, map[civic.ID][]int{k.elected: {0, 1, 2}}))
}

func (w *things) competitionActs() []act {
	k := w.competitions
	of := func(id civic.ID) string { return "/kk" + forming.Path(id) }
	work := func(id civic.ID) string { return "/kk/desk" + forming.Path(id) }
	reasons := []string{"reasons.kk", "Тәжірибесі мол", "reasons.ru", "Большой опыт", "_sure", "yes"}
	draft := []string{"method", "vote", "seats", "1", "group", "А\nБ\nВ", "terms.kk", "Қала тұрғыны", "terms.ru", "Житель города", "until", w.Now().AddDate(0, 0, 40).Format(time.DateOnly)}
	lot := work(k.lot) + "/draws/" + string(k.lot)
	return []act{
		{what: "draw up a competition", may: "administrator", path: "/kk" + forming.NewPath(councils.Ref(k.new)), form: append([]string{"method", "vote", "seats", "2"}, draft[4:]...)},
		{what: "see a competition that is not announced", path: of(k.draft)},
		{what: "see the work on it", may: workers, path: work(k.draft)},
		{what: "change it", may: workers, path: work(k.draft) + "/edit", form: draft},
		{what: "stand before it is announced", path: of(k.draft) + "/stand", form: []string{"name", "Дина", "about", "Мен", "agrees", "yes", "_sure", "yes"}},
		{what: "announce it", may: workers, path: work(k.draft) + "/announce", form: []string{"_sure", "yes"}},
		{what: "see another's candidacy", may: "author, administrator", path: of(k.open) + "/candidacies/" + string(k.candidacy)},
		{what: "withdraw another's candidacy", may: "author", path: of(k.open) + "/candidacies/" + string(k.candidacy) + "/withdraw", form: []string{"_sure", "yes"}},
		{what: "decide on a candidacy", may: "administrator", path: work(k.checking) + "/candidacies/" + string(k.unchecked), form: []string{"decision", "admit"}},
		{what: "enter votes", may: "administrator", path: work(k.voting) + "/votes", form: []string{"for." + string(k.admitted), "0", "for." + string(k.admitted), "1", "_sure", "yes"}},
		{what: "publish a composition", may: "administrator", path: work(k.voted) + "/publish", form: reasons},
		{what: "end a competition without a result", may: "administrator", path: work(k.empty) + "/fail", form: reasons},
		{what: "set quotas", may: "administrator", path: work(k.lot) + "/quotas", form: []string{}},
		{what: "prepare a lot before its time", path: work(k.lot) + "/prepare", form: []string{"purpose", "seats"}},
		{what: "list the panels of a lot that is not there", path: lot + "/announce", form: []string{"source", "dice", "_sure", "yes"}},
		{what: "enter its number", path: lot + "/number", form: []string{"number", "7", "_sure", "yes"}},
		{what: "annul it", path: lot + "/annul", form: append([]string{"why.kk", "Себеп", "why.ru", "Причина"}, "_sure", "yes")},
	}
}
