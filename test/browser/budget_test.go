package browser_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/budgeting"
	settings "github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// voteCode is a code as the desk shows it.
var voteCode = regexp.MustCompile(`[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){3}`)

// yards is a city with a people's budget, and the windows of those who take part in it.
type yards struct {
	*collecting
	s                              *budgeting.Service
	author, neighbour, desk, desk2 *browser
	moderator, expert              *browser
	campaign                       civic.ID
}

// stage lets the days pass until a stage of the campaign, for which one would have to wait.
func (y *yards) stage(now budgeting.Stage) {
	y.t.Helper()
	zone := y.c.Settings.Zone()
	today := y.c.DB.Now().In(zone)
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	at := slices.Index(budgeting.Stages(), now)
	plan := budgeting.Plan{Opens: day(-at - 3), Until: map[budgeting.Stage]string{}}
	for i, stage := range budgeting.Stages() {
		if plan.Until[stage] = day(i - at - 1); i >= at {
			plan.Until[stage] = day(i - at + 5)
		}
	}
	instant := func(t time.Time) int64 { return storage.Millis(t) }
	y.must(y.c.DB.Write(y.t.Context(), func(tx *storage.Tx) error {
		_, err := tx.Exec("UPDATE budgeting_campaign SET plan = $1, opens_at = $2, vote_from = $3, vote_at = $4, over_at = $5 WHERE id = $6", storage.AsJSON(plan), instant(plan.Begin(budgeting.Proposing, zone)),
			instant(plan.Begin(budgeting.Voting, zone)), instant(plan.End(budgeting.Voting, zone)), instant(plan.End(budgeting.Delivery, zone)), y.campaign)
		if err == nil && now == budgeting.Contracts {
			_, err = tx.Exec("UPDATE ballots_vote SET closes_at = $1 WHERE of_id = $2", instant(tx.Now().Add(-time.Minute)), y.campaign)
		}
		tx.Touch("budgeting")
		return err
	}))
	y.must(y.s.OpenVotes(y.t.Context()))
}

const (
	sends = `main form.form button[type=submit]`
	sures = `main form button[name=_sure]`
)

// opine says as a body and signs as the council what a proposal is.
func (y *yards) opine(lang, idea, outcome string, fills map[string]string) {
	y.t.Helper()
	y.desk.visit("/" + lang + "/desk" + idea)
	y.desk.choose("bodies", string(y.body.ID))
	y.desk.enter(`form[action$="/assign"] button[type=submit]`)
	y.desk.visit("/" + lang + "/desk/budget")
	y.desk.enter(`main a[href*="/desk/checks/"]`)
	for name, value := range fills {
		if name == "met1" {
			y.desk.choose(name, value)
			continue
		}
		y.desk.fill(name, value)
	}
	y.desk.choose("outcome", outcome)
	y.desk.fill("cost", "300000")
	y.desk.both("reason", "Құбыр бар", "Там труба")
	y.desk.fill("person", "Б. Инженер")
	y.desk.fits()
	y.desk.enter(sends)
	y.desk.enter(sures)
	y.expert.visit("/" + lang + "/desk" + idea + "/sign")
	y.expert.fill("protocol", "№ 3")
	y.expert.fits()
	y.expert.enter(sends)
	y.expert.enter(sures)
}

// On a phone and without scripts, in Kazakh and in Russian: somebody proposes benches for a yard and hears no, moves them, and hears yes; two vote, one by a code from the desk and one on paper; the benches win, are
// contracted and said to be there, somebody nearby disputes it, the body answers, and somebody nearby confirms it.
func TestFromAnIdeaInAYardToAConfirmedThing(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t)
		y := &yards{collecting: newCollecting(t, c), s: app.Service[*budgeting.Service](c.App)}
		for key, value := range map[string]int64{"confirms": 1, "disputes": 1} {
			y.must(c.Settings.SetValue(t.Context(), y.boss, settings.Value{Key: "delivery." + key, From: c.DB.Now().Format(time.DateOnly), Value: value, Source: "test"}))
		}
		y.author, y.neighbour = c.member(t, "asel@city.test", "Әсел").comes(phoneWidth, phoneHeight), c.member(t, "dauren@city.test", "Дәурен").comes(phoneWidth, phoneHeight)
		y.desk2, y.desk = admin.comes(phoneWidth, phoneHeight), c.holder(t, "clerk@city.test", "Іс жүргізуші", civic.Grant{Role: civic.Officer, Scope: y.body}).comes(phoneWidth, phoneHeight)
		y.moderator, y.expert = c.holder(t, "moderator@city.test", "Модератор", civic.Grant{Role: civic.Moderator}).comes(phoneWidth, phoneHeight), c.holder(t, "expert@city.test", "Сарапшы", civic.Grant{Role: "budgeting.expert"}).comes(phoneWidth, phoneHeight)
		for _, b := range []*browser{y.author, y.neighbour, y.desk, y.desk2, y.moderator, y.expert} {
			b.withoutScripts()
		}
		for _, said := range []struct{ lang, title, what, why, receipt, returned, accepted, won, disputed, confirmed string }{
			{"kk", "Ауладағы орындықтар", "Кіреберіс алдына үш орындық қою", "Қарт адамдар отыратын жер жоқ", "Бюллетень жәшікте", "Түзетуге қайтарылды", "Дауысқа шығады", "Жеңді", "Дау бар", "Салынды, расталды"},
			{"ru", "Скамьи во дворе", "Поставить три скамьи у подъездов", "Пожилым негде сесть", "Бюллетень в урне", "Возвращено на доработку", "Выходит на голосование", "Победило", "Оспорено", "Построено и подтверждено"},
		} {
			y.journey(said.lang, said.title, said.what, said.why, said.receipt, []string{said.returned, said.accepted, said.won, said.disputed, said.confirmed})
		}
	})
}

func (y *yards) journey(lang, title, what, why, receipt string, states []string) {
	t, c := y.t, y.c
	day := func(n int) string { return c.DB.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	y.announce(budgeting.Rules{PerPerson: 5, Vote: budgeting.Approval, Choices: 1, Reach: budgeting.AllParts, Revote: true, Count: budgeting.Counting{Rule: "greedy", Utility: "cost", Completion: "none", Tie: "cost-votes", MinVotes: 2}})
	campaign := "/" + lang + budgeting.CampaignPath(y.campaign)

	// The idea.
	y.author.visit(campaign)
	y.author.enter(`main a[href$="/new"]`)
	for name, value := range map[string]string{"title": title, "what": what, "why": why, "address": "Абай, 14", "other_what": "Орындық", "other_money": "250000"} {
		y.author.fill(name, value)
	}
	y.author.choose("category", "sport")
	y.author.choose("land", string(budgeting.YardLand))
	y.author.fits()
	y.author.enter(sends)
	y.author.reads(what)
	y.author.enter(sures)
	idea := strings.TrimPrefix(y.author.path(), "/"+lang)
	approve := func() {
		y.moderator.visit("/" + lang + "/desk" + idea + "/words")
		y.moderator.enter(`main [name=act][value=approve]`)
	}
	approve()

	// Refused, reworked, and good at last.
	y.opine(lang, idea, string(budgeting.NotFeasible), map[string]string{"point1.kk": "Құбырдан алыс қойыңыз", "point1.ru": "Поставьте дальше от трубы"})
	y.author.visit("/" + lang + idea)
	y.author.reads(states[0])
	y.author.enter(`main a[href$="/rework"]`)
	y.author.fill("reply1", "Жылжыттық")
	y.author.fits()
	y.author.enter(sends)
	y.author.enter(sures)
	approve()
	y.opine(lang, idea, string(budgeting.Feasible), map[string]string{"met1": "yes", "answer1.kk": "Жарайды", "answer1.ru": "Годится"})
	y.author.visit("/" + lang + idea)
	y.author.reads(states[1])

	// Two votes: by a code without an account, and on paper.
	y.stage(budgeting.Voting)
	y.desk.visit("/" + lang + "/desk/budget/" + string(y.campaign) + "/codes")
	y.desk.fill("iin", "900101300017")
	y.desk.enter(sends)
	code := voteCode.FindString(y.desk.shows())
	visitor := c.open(t, phoneWidth, phoneHeight)
	visitor.withoutScripts()
	visitor.visit(campaign)
	visitor.enter(`main a[href$="/vote"]`)
	visitor.fill("code", code)
	visitor.choose("choose", "1")
	visitor.fits()
	visitor.shot("budget-ballot-" + lang)
	visitor.enter(sends)
	visitor.reads(title)
	visitor.fits()
	visitor.enter(sures)
	visitor.reads(receipt)
	visitor.fits()
	run, _, codes, err := c.Paper.Print(t.Context(), y.boss, civic.Ref{Kind: budgeting.KindCampaign, ID: y.campaign}, paper.Ballots, 1, civic.Kazakh)
	y.must(err)
	y.must(c.Paper.Give(t.Context(), y.boss, run.ID, "1-терезе", 1))
	sheets := "/" + lang + paper.Path(run.ID)
	y.desk.visit(sheets + "/person")
	y.desk.fill("iin", "880713400400")
	y.desk.enter(sends)
	for _, b := range []*browser{y.desk, y.desk2} {
		b.visit(sheets + "/enter?sheet=" + codes[0])
		b.fill("content", "1")
		b.enter(sends)
		b.fits()
	}
	y.desk.visit(sheets + "/packets/1")
	for name, value := range map[string]string{"returned": "1", "spoilt": "0", "replaced": "0", "unused": "0"} {
		y.desk.fill(name, value)
	}
	y.desk.enter(sends)
	y.stage(budgeting.Contracts)
	y.desk.visit(sheets + "/reconcile")
	y.desk.enter(sends)
	y.won(title)
	y.author.visit("/" + lang + idea)
	y.author.reads(states[2])
	y.author.fits()

	// From the contract to the word of who lives nearby.
	y.author.enter(`main a[href*="/built/"]`)
	work := strings.TrimPrefix(y.author.path(), "/"+lang)
	y.desk.visit("/" + lang + "/desk" + work + "/contract")
	for name, value := range map[string]string{"number": "15", "with": "ЖШС «Құрылыс»", "bin": "970740000838", "sum": "290000", "signed": day(-1)} {
		y.desk.fill(name, value)
	}
	y.desk.fits()
	y.desk.enter(sends)
	y.desk.reads("290")
	y.desk.fits()
	y.desk.enter(sures)
	y.desk.visit("/" + lang + "/desk" + work)
	y.desk.enter(`form[action$="/finish"] button[type=submit]`)
	y.desk.enter(sures)
	says := func(b *browser, voice, matter, reads string) {
		b.visit("/" + lang + work + "/say")
		b.choose("voice", voice)
		b.choose("matter", matter)
		b.choose("near", "yes")
		b.fits()
		b.enter(sends)
		b.visit("/" + lang + work)
		b.reads(reads)
	}
	says(y.neighbour, "dispute", "missing", states[3])
	y.desk.visit("/" + lang + "/desk" + work + "/answer")
	y.desk.both("words", "Қойдық, қараңыз", "Поставили, посмотрите")
	y.desk.enter(sends)
	y.desk.reads("Қойдық, қараңыз", "Поставили, посмотрите")
	y.desk.enter(sures)
	says(y.author, "confirm", "", states[4])
	y.author.fits()
	y.author.shot("budget-built-" + lang)
}

// won waits until the author was told that their proposal won.
func (y *yards) won(title string) {
	y.t.Helper()
	for range 40 { // each mail once
		told := y.c.post.waitFor(y.t, "asel@city.test")
		if strings.HasSuffix(told.subject, " жеңді: "+title) {
			return
		}
	}
	y.t.Fatal("the author was not told")
}
