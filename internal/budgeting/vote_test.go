package budgeting_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

// voting is a town in which people vote on some projects of one cost, in tenge, each.
func voting(c *citytest.City, change func(*Campaign), costs ...int64) (*town, []civic.ID) {
	w := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік"), roads: c.Body("Жол басқармасы")}
	w.officer, w.engineer, w.checker = c.Officer(w.akimat), c.Officer(w.roads), c.Moderator()
	w.expert = c.With(c.Resident(civic.Russian), civic.Grant{Role: "budgeting.expert"})
	typed := campaign(c, w.akimat)
	typed.Areas, typed.Rules.PerPerson = typed.Areas[:1], 100
	if change != nil {
		change(&typed)
	}
	var err error
	w.campaign, err = w.DrawUp(c.Ctx(), w.officer.Actor, typed)
	c.Must(err)
	c.Must(w.Publish(c.Ctx(), w.officer.Actor, w.campaign))
	c.Pass(8 * 24 * time.Hour)
	author := c.Resident(civic.Russian)
	var ids []civic.ID
	for i, cost := range costs {
		p := w.yard(fmt.Sprint("Проект ", i+1))
		if p.Area = typed.Areas[0].Code; i == len(costs)-1 { // of the last part, when there are more
			p.Area = typed.Areas[len(typed.Areas)-1].Code
		}
		p.Estimate = []Line{{What: "Работы", Quantity: 1, Price: civic.Money(cost) * civic.Tenge}}
		id := w.shown(author, p)
		ids = append(ids, id)
		w.spoken(id, Opinion{Outcome: Feasible, Cost: civic.Money(cost) * civic.Tenge, Reason: both("Жарайды", "Годится"), Person: "Б. Инженер"})
		c.Must(w.Sign(c.Ctx(), w.expert.Actor, id, Verdict{Outcome: Feasible, Cost: civic.Money(cost) * civic.Tenge, Reason: both("Жарайды", "Годится"), Protocol: "№ 1"}))
	}
	c.Pass(42 * 24 * time.Hour)
	c.Jobs()
	return w, ids
}

func verified(c *citytest.City, i int) *citytest.Person {
	return c.Known(civic.Actor{Account: civic.ID(fmt.Sprint("voter-", i)), Assurance: civic.Verified})
}

func (w *town) cast(who *citytest.Person, ballot string) (ballots.Words, error) {
	b, _ := ballots.ParseBallot(ballot)
	words := ballots.NewWords()
	return words, w.Cast(w.Ctx(), who.Actor, w.campaign, "", ballots.Cast{Ballot: b, Words: words})
}

var choices = regexp.MustCompile(`name="choose" value="\d+"`)
var wordsField = regexp.MustCompile(`<input[^>]*name="words"[^>]*>`)
var valueOf = regexp.MustCompile(`value="([^"]*)"`)

// offered are the first words that a check page offers for a receipt.
func offered(t *testing.T, page string) string {
	t.Helper()
	m := valueOf.FindStringSubmatch(wordsField.FindString(page))
	if m == nil {
		t.Fatalf("no words are offered: %s", page)
	}
	return m[1]
}

// From the ballot to the result: the check page offers words, the ballot is cast without scripts, with an account or a code from the desk, and the published file
// counted by the engine gives what the page says.
func TestVoteAndResult(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, nil, 8_000_000, 9_000_000, 12_000_000)
		page := "/ru" + CampaignPath(w.campaign)
		asel := verified(c, 0)
		c.Browser(nil).Get(page).Want(200, "Проголосовать")
		c.Browser(nil).Get("/ru").Want(200, `href="`+page+`/vote"`, "без аккаунта — по коду из приёмной")
		c.Browser(nil).Get(page+"/vote").Want(200, "Без аккаунта получите код", "Проект 1", "8\u00a0000\u00a0000")
		c.Browser(nil).Post(page+"/vote", "choose", "1").Want(422, "Введите код")
		c.Browser(c.Resident(civic.Russian)).Post(page+"/vote", "choose", "1").Want(422, "Введите код")
		voter := c.Browser(asel)
		voter.Get(page+"/vote?order=7").Want(200, "Порядок случайный, номер 7")
		orders := map[string]bool{}
		for number := range 8 { // each number shows its own order, the same for everybody
			var order string
			for _, who := range []*citytest.Person{nil, asel} {
				got := strings.Join(choices.FindAllString(c.Browser(who).Get(fmt.Sprintf("%s/vote?order=%d", page, number+1)).Body, -1), " ")
				if order != "" && got != order {
					t.Errorf("the number %d shows %q and %q", number+1, order, got)
				}
				order = got
			}
			orders[order] = true
		}
		if len(orders) < 2 {
			t.Errorf("eight numbers show %d orders", len(orders))
		}
		voter.Post(page+"/vote", "_again", "yes", "choose", "1", "choose", "2", "order", "7").Want(200, "Можно выбрать ещё: 1", "17\u00a0000\u00a0000")
		voter.Post(page+"/vote", "order", "7").Want(422)
		check := voter.Post(page+"/vote", "choose", "1", "choose", "2", "order", "7").Want(200, "Опустить бюллетень", "Проект 1")
		form := check.Hidden()
		words := offered(t, check.Body)
		form.Set("words", words)
		form.Set("_sure", "yes")
		for range 2 { // a form that is sent twice is one ballot
			voter.PostForm(page+"/vote", form).Want(200, "Бюллетень в урне", strings.Fields(words)[0])
		}
		voter.Get(page+"/vote").Want(200, "Вы проголосовали. Что вы выбрали, рядом с вашим именем нигде не записано")
		// Whoever has no account gets a code at the desk; the same person with an account is the same vote.
		desk := c.Browser(w.officer)
		desk.Post("/ru/desk/budget/"+string(w.campaign)+"/codes", "iin", "123").Want(422, "проверьте 12 цифр")
		handed := desk.Post("/ru/desk/budget/"+string(w.campaign)+"/codes", "iin", "061211600012").Want(200, "Код показан один раз").Body
		code := strings.Split(strings.Split(handed, "<code>")[1], "</code>")[0]
		visitor := c.Browser(nil)
		byCode := visitor.Post(page+"/vote", "choose", "3", "code", code).Want(200, "Опустить бюллетень")
		form = byCode.Hidden()
		form.Set("words", offered(t, byCode.Body))
		form.Set("_sure", "yes")
		visitor.PostForm(page+"/vote", form).Want(200, "Бюллетень в урне")
		for i := 1; i <= 5; i++ {
			_, err := w.cast(verified(c, i), "2")
			c.Must(err)
		}
		c.Browser(nil).Get(page + "/results").Want(404)
		c.Browser(nil).Get("/api/v1" + CampaignPath(w.campaign) + "/results").Want(404)
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get("/ru").Want(200).Lacks(page + "/vote")

		results := c.Browser(nil).Get(page+"/results").Want(200, "Проголосовали: 7. Бюллетеней в урне: 7", "Проект 2", "--rule=equal-shares")
		file := c.Browser(nil).Get(CampaignPath(w.campaign) + "/results/small.pb").Want(200).Body
		sum := sha256.Sum256([]byte(file))
		results.Want(200, hex.EncodeToString(sum[:]))
		f, e, issues, err := pabulib.Read(strings.NewReader(file), pabulib.Strict)
		if err != nil || e.Voters() != 7 {
			t.Fatalf("the file: %v, %v", err, issues)
		}
		for _, i := range f.Check(e) {
			if i.Severity == pabulib.Error {
				t.Errorf("the file: %s", i.Error())
			}
		}
		// By hand: 20 million among 7 voters, the two of most votes cost 17 and are paid by their supporters; the third does not fit.
		out, err := tally.Count(context.Background(), e, tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne, ThenGreedy: true, Ties: tally.TieRule{Break: tally.TieByCostVotes}})
		selected, known := f.Selected(e)
		if err != nil || !known || !slices.Equal(slices.Sorted(slices.Values(out.Winners())), selected) {
			t.Errorf("the engine says %v, the file %v: %v", out.Winners(), selected, err)
		}
		if got := slices.Sorted(slices.Values(out.WinnerIDs())); !slices.Equal(got, []string{"1", "2"}) {
			t.Errorf("won %v", got)
		}
		c.Browser(nil).Get("/ru"+Path(ids[1])).Want(200, "Победило", "/built/")
		c.Browser(nil).Get("/ru"+Path(ids[2])).Want(200, "Не победило")
		c.Browser(nil).Get("/ru/built").Want(200, "Проект 1", "Проект 2").Lacks("Проект 3")
		results.Want(200, "Почему так", "Как было бы по другим правилам", "Вышло на голосование", "29\u00a0000\u00a0000", "17\u00a0000\u00a0000") // three projects, and the two that won
		// By hand: of 20 million each of seven voters has 2 857 142. Project 2 costs its six supporters 1.5 million each. Project 1 has one supporter, of whose part 1.36 million are left: by equal
		// shares alone it does not win, with what is left (11 million) it does, and then 3 million are left for project 3, which costs 12.
		results.Want(200, "по 1\u00a0500\u00a0000\u00a0₸ с каждого сторонника", "При стоимости 3\u00a0000\u00a0000\u00a0₸ проект прошёл бы", "Прошло проверку", "Голоса за проекты")
		told := strings.Join(strings.Fields(results.Text()), " ")
		for _, line := range []string{"Проект 2 побеждает побеждает побеждает", "Проект 1 побеждает побеждает — побеждает", "Проект 3 — — — — — — — —", "Сделано 0",
			// Filed and signed on day 8; people vote from day 48 on, which are 39.6 days; counted on day 61.
			"Прошло проверку 3 29 000 000 ₸ 0 ", "Вышло на голосование 3 29 000 000 ₸ 40 ", "Победило 2 17 000 000 ₸ 53 "} {
			if !strings.Contains(strings.ReplaceAll(told, "\u00a0", " "), line) {
				t.Errorf("the page lacks %q", line)
			}
		}
		c.Browser(nil).Get("/api/v1"+CampaignPath(w.campaign)+"/results").Want(200, `"part":"small"`, `"voters":7`, `"spent":"17000000"`, `"winners":[2,1]`, `"sha256":"`+hex.EncodeToString(sum[:])+`"`, "/results/small.pb")
		c.Browser(nil).Upload(page+"/rehearsal", "file", "small.pb", []byte(file)).Want(200, "Проект 2", "Победили: 2")
		c.Browser(nil).Upload(page+"/rehearsal", "file", "small.pb", []byte("nonsense")).Want(422, "Файл не прочитался")
		c.Browser(nil).Get("/ru").Want(200)
		c.SkipActs()
		if report, _ := c.Verified(); report.Compared < 5 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// What the rules say of parts and money holds for every ballot, whatever is sent.
func TestBallotRules(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, _ := voting(c, func(typed *Campaign) { typed.Rules.Vote, typed.Rules.Choices = Knapsack, 0 }, 8_000_000, 9_000_000, 12_000_000)
		_, err := w.cast(verified(c, 1), "1 3") // exactly the money
		c.Must(err)
		other := verified(c, 2)
		for ballot, code := range map[string]civic.Code{"2 3": civic.Invalid, "1 2 3": civic.Invalid, "": civic.Invalid, "9": civic.Invalid, "1 1": civic.Invalid} {
			_, err := w.cast(other, ballot)
			if civic.CodeOf(err) != code {
				t.Errorf("%q: %v", ballot, err)
			}
		}
		_, err = w.cast(c.Resident(civic.Russian), "1")
		c.Refused(err, civic.Forbidden)
	}, Capability())
}

// On one ballot stand as many parts as the rules say.
func TestPartsOfOneBallot(t *testing.T) {
	for reach, refused := range map[Reach]bool{OnePart: true, OneMore: false} {
		t.Run(string(reach), func(t *testing.T) {
			citytest.Each(t, func(t *testing.T, c *citytest.City) {
				w, _ := voting(c, func(typed *Campaign) {
					typed.Rules.Reach = reach
					typed.Areas = append(typed.Areas, Area{Code: "large", Name: both("Үлкен аулалар", "Большие дворы"), Money: 5_000_000 * civic.Tenge})
				}, 1_000_000, 1_000_000)
				_, err := w.cast(verified(c, 1), "1 2")
				if got := civic.CodeOf(err) == civic.Invalid; got != refused || !refused && err != nil {
					t.Errorf("a ballot of two parts: %v", err)
				}
				_, err = w.cast(verified(c, 2), "1")
				c.Must(err)
			}, Capability())
		})
	}
}

// A project that changes while people vote is frozen: no ballot names it from then on, who voted is told and votes anew; what is still frozen at the end is out.
func TestAProjectFreezes(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, func(typed *Campaign) { typed.Rules.Revote = false }, 8_000_000, 9_000_000)
		asel := verified(c, 1)
		words, err := w.cast(asel, "1 2")
		c.Must(err)
		again := ballots.Cast{Ballot: ballots.Ballot{{Option: "2"}}, Words: ballots.NewWords(), Earlier: words}
		c.Refused(w.Cast(c.Ctx(), asel.Actor, w.campaign, "", again), civic.Conflict) // the rules have no second vote
		desk := "/ru/desk/ideas/" + string(ids[0])
		c.Refused(w.Freeze(c.Ctx(), w.engineer.Actor, ids[0], both("Құбыр", "Труба")), civic.Forbidden)
		c.Browser(w.officer).Post(desk+"/freeze", "why.kk", "Құбыр").Want(422)
		c.Browser(w.officer).Post(desk+"/freeze", "why.kk", "Құбыр бар", "why.ru", "Там труба").Want(200, "Там труба", "Құбыр бар")
		c.Browser(nil).Get("/ru" + Path(ids[0])).Want(200).Lacks("Заморожено")
		c.Browser(w.officer).Post(desk+"/freeze", "_sure", "yes", "why.kk", "Құбыр бар", "why.ru", "Там труба").Want(303)
		c.Jobs()
		if len(c.Told(asel)) == 0 {
			t.Error("who voted was told nothing")
		}
		_, err = w.cast(verified(c, 2), "1")
		c.Refused(err, civic.Conflict)
		c.Must(w.Cast(c.Ctx(), asel.Actor, w.campaign, "", again))
		c.Browser(nil).Get("/ru"+Path(ids[0])).Want(200, "Заморожено")
		c.Must(w.Thaw(c.Ctx(), w.officer.Actor, ids[0]))
		c.Must(w.Freeze(c.Ctx(), w.officer.Actor, ids[0], both("Құбыр", "Труба")))
		c.Pass(20 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get("/ru"+Path(ids[0])).Want(200, "Выбыло из голосования")
		c.Browser(nil).Get("/ru"+Path(ids[1])).Want(200, "Победило")
		file := c.Browser(nil).Get(CampaignPath(w.campaign) + "/results/small.pb").Want(200).Body
		if strings.Contains(file, "Проект 1") {
			t.Error("a project that fell out is in the file")
		}
	}, Capability())
}

// Words that a moderator takes down while people vote freeze the project at once: they stand on no ballot, page or letter; it comes back when they do. Nobody adds pictures to what people
// vote on, and what is not shown when the vote begins is on no ballot.
func TestWordsTakenDownOnTheBallot(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, func(typed *Campaign) { typed.Rules.Revote = false }, 8_000_000, 9_000_000)
		page, asel := "/ru"+CampaignPath(w.campaign), verified(c, 1)
		_, err := w.cast(asel, "1")
		c.Must(err)
		c.Read(func(tx *storage.Tx) error {
			for _, k := range Capability().Kinds {
				for _, f := range k.Files {
					if rights, err := f.Rights(tx, w.officer.Actor, ids[0]); err != nil || rights.Role != "" {
						t.Errorf("who runs the campaign adds pictures while people vote: %+v, %v", rights, err)
					}
				}
			}
			return nil
		})
		box := c.Browser(nil).Get(page+"/vote").Want(200, "Проект 1").Body
		box = "/ru/ballots/" + strings.Split(strings.Split(box, `/ru/ballots/`)[1], `"`)[0]
		c.Must(w.Decide(c.Ctx(), w.checker.Actor, ids[0], moderation.Choice{Rule: "personal_data.1", Reason: "Телефон"}))
		if got := w.view(ids[0]).State; got != Frozen {
			t.Errorf("it is %s", got)
		}
		c.Jobs()
		_, err = w.cast(verified(c, 2), "1")
		c.Refused(err, civic.Conflict)
		for _, path := range []string{page + "/vote", box, "/ru" + Path(ids[0]), "/ru/budget"} {
			c.Browser(nil).Get(path).Want(200).Lacks("Проект 1")
		}
		if told := fmt.Sprint(c.Told(asel)[0].Subject); !strings.Contains(told, "told_frozen") || !strings.Contains(told, "№ 1") || strings.Contains(told, "Проект 1") {
			t.Errorf("who voted was told %s", told)
		}
		c.Refused(w.Thaw(c.Ctx(), w.officer.Actor, ids[0]), civic.Conflict)
		c.Must(w.Decide(c.Ctx(), c.Moderator().Actor, ids[0], moderation.Choice{Approve: true}))
		c.Must(w.Thaw(c.Ctx(), w.officer.Actor, ids[0]))
		c.Browser(nil).Get(page+"/vote").Want(200, "Проект 1")
		c.Must(w.Decide(c.Ctx(), w.checker.Actor, ids[1], moderation.Choice{Rule: "personal_data.1", Reason: "Телефон"})) // and stays so
		c.Pass(15 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get("/ru"+Path(ids[0])).Want(200, "Победило")
		c.Browser(nil).Get("/ru"+Path(ids[1])).Want(200, "Выбыло из голосования").Lacks("Проект 2")
		c.Browser(nil).Get(page+"/results").Want(200, "Проект 1")
		c.Must(w.Decide(c.Ctx(), c.Moderator().Actor, ids[0], moderation.Choice{Rule: "personal_data.1", Reason: "Телефон"})) // after the count too
		c.Browser(nil).Get(page+"/results").Want(200, "№ 1").Lacks("Проект 1")
		c.SkipActs()
		c.Verified()
	}, Capability())
}

// A project that is frozen on the last day keeps the vote open for whoever voted: they find the page and the field for their earlier words, with an account or a code, though the rules
// have no second vote; who runs it puts the project back, and it is counted.
func TestVotingAnewPastThePlannedEnd(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, func(typed *Campaign) { typed.Rules.Revote = false }, 8_000_000, 9_000_000)
		page, asel, late := "/ru"+CampaignPath(w.campaign), verified(c, 1), verified(c, 2)
		words, err := w.cast(asel, "2")
		c.Must(err)
		code, err := w.IssueCode(c.Ctx(), w.officer.Actor, w.campaign, "061211600012", "")
		c.Must(err)
		byCode := ballots.NewWords()
		c.Must(w.Cast(c.Ctx(), civic.Actor{}, w.campaign, code, ballots.Cast{Ballot: ballots.Ballot{{Option: "2"}}, Words: byCode}))
		c.Browser(nil).Get(page + "/vote").Want(200).Lacks("Слова прошлой квитанции")
		c.Pass(6 * 24 * time.Hour) // the last day
		c.Must(w.Freeze(c.Ctx(), w.officer.Actor, ids[0], both("Құбыр", "Труба")))
		c.Pass(2 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get(page).Want(200, "Проголосовать", "проголосовать заново могут только те, кто уже голосовал").Lacks("Идёт подсчёт")
		c.Browser(w.officer).Get("/ru/desk/budget").Want(200, "Проект 1")
		c.Must(w.Thaw(c.Ctx(), w.officer.Actor, ids[0]))
		c.Browser(late).Get(page+"/vote").Want(200, "проголосовать заново могут только те, кто уже голосовал").Lacks("По правилам переголосовать нельзя")
		anew := func(b *citytest.Browser, earlier ballots.Words, typed ...string) {
			check := b.Post(page+"/vote", append(typed, "choose", "1", "earlier", earlier.String(civic.Russian))...).Want(200, "Опустить бюллетень")
			form := check.Hidden()
			form.Set("words", offered(t, check.Body))
			form.Set("_sure", "yes")
			b.PostForm(page+"/vote", form).Want(200, "Бюллетень в урне")
		}
		c.Browser(asel).Get(page+"/vote").Want(200, "Слова прошлой квитанции")
		anew(c.Browser(asel), words)
		c.Browser(nil).Get(page+"/vote").Want(200, "Слова прошлой квитанции")
		anew(c.Browser(nil), byCode, "code", code)
		c.Pass(10 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get("/ru"+Path(ids[0])).Want(200, "Победило")
		c.Browser(nil).Get(page+"/results").Want(200, "Проголосовали: 2. Бюллетеней в урне: 2")
	}, Capability())
}

// A page of results is bounded: one part is explained at a time, twenty projects of it, and the page of a project leads to its story. A vote all of whose projects fell has results, too, and
// is counted once.
func TestResultsAreRead(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		costs := make([]int64, 23)
		for i := range costs {
			costs[i] = 1_000_000
		}
		w, ids := voting(c, func(typed *Campaign) {
			typed.Areas = append(typed.Areas, Area{Code: "large", Name: both("Үлкен аулалар", "Большие дворы"), Money: 5_000_000 * civic.Tenge})
		}, costs...)
		for i := range 3 {
			_, err := w.cast(verified(c, i), "1 2")
			c.Must(err)
		}
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		page := "/ru" + CampaignPath(w.campaign) + "/results"
		c.Browser(nil).Get(page).Want(200, "Проект 1", "Проект 2", "Большие дворы", "?part=small#part-small", "Проголосовали: 0. Победили: 1").Lacks(`id="project-`, `rel="next"`)
		got := c.Browser(nil).Get(page+"?part=small").Want(200, "Проект 1", "Проект 2", `rel="next"`)
		if n := strings.Count(got.Body, `id="project-`); n != 20 {
			t.Errorf("%d projects are explained on a page", n)
		}
		c.Browser(nil).Get("/ru"+Path(ids[21])).Want(200, "?part=small&amp;project=22#project-22")
		c.Browser(nil).Get(page+"?part=small&project=22").Want(200, `id="project-22"`, `rel="prev"`, "голос").Lacks(`id="project-1"`)
		c.Browser(nil).Get(page+"?part=small&from=-7").Want(200, `id="project-1"`)
		c.Browser(nil).Get(page+"?part=small&from=99999999").Want(200, `rel="prev"`)
	}, Capability())
}

// A vote all of whose projects fell is over, too: its page says so, and it is counted once.
func TestAllFell(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, nil, 8_000_000)
		_, err := w.cast(verified(c, 1), "1")
		c.Must(err)
		c.Must(w.Freeze(c.Ctx(), w.officer.Actor, ids[0], both("Құбыр", "Труба")))
		page := "/ru" + CampaignPath(w.campaign) + "/results"
		c.Browser(nil).Get(page).Want(404)
		c.Pass(15 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get(page).Want(200, "Выбыли из голосования", "Проект 1", "Проголосовали: 1")
		c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)).Want(200, "Результаты")
		c.Write(func(tx *storage.Tx) error { return jobs.Enqueue(tx, "budgeting.count", w.campaign, jobs.Options{}) })
		c.Jobs()
		if n := len(c.Acts("budgeting.campaign.counted")); n != 1 {
			t.Errorf("it was counted %d times", n)
		}
	}, Capability())
}

// Of two that exclude one another one wins, and the command that counts again says so.
func TestIncompatible(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, func(typed *Campaign) { typed.Rules.Incompatible = [][]int{{1, 2}} }, 3_000_000, 4_000_000, 5_000_000)
		var wait sync.WaitGroup
		for i := range 20 {
			who := verified(c, i)
			wait.Go(func() {
				if _, err := w.cast(who, []string{"1 2", "2 3"}[i%2]); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		c.Pass(11 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)+"/results").Want(200, "--exclusive=1,2", "Проголосовали: 20")
		won := 0
		for _, id := range ids[:2] {
			if w.view(id).State == Won {
				won++
			}
		}
		if won != 1 {
			t.Errorf("%d of two that exclude one another won", won)
		}
	}, Capability())
}

// What is not through the check when people vote is refused with the cause, and its people are told; bodies owe nothing for it any more. A first verdict that comes when
// nobody reworks any more refuses, instead of being unsignable.
func TestWhatIsLateIsRefused(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		author := c.Resident(civic.Russian)
		typed := campaign(c, w.akimat)
		typed.Rules.PerPerson, typed.Plan.Opens, typed.Rules.Supports = 100, c.Now().AddDate(0, 0, 1).Format(time.DateOnly), 1
		id, err := w.DrawUp(c.Ctx(), w.officer.Actor, typed)
		c.Must(err)
		c.Must(w.Publish(c.Ctx(), w.officer.Actor, id))
		w.campaign = id
		c.Pass(24 * time.Hour)
		supported := func(title string) civic.ID {
			id := w.shown(author, w.yard(title))
			c.Must(w.Support(c.Ctx(), c.Resident(civic.Russian).Actor, id))
			return id
		}
		good := Opinion{Outcome: Feasible, Cost: 300_000 * civic.Tenge, Reason: both("Жарайды", "Годится"), Person: "Б. Инженер"}
		sign := func(id civic.ID, outcome Outcome) {
			c.Must(w.Sign(c.Ctx(), w.expert.Actor, id, Verdict{Outcome: outcome, Cost: 300_000 * civic.Tenge, Reason: both("Қорытынды", "Заключение"), Protocol: "№ 1"}))
		}
		passed, lonely := supported("Прошло проверку"), w.shown(author, w.yard("Без поддержки"))
		w.spoken(passed, good)
		sign(passed, Feasible)
		hidden, err := w.Propose(c.Ctx(), author.Actor, w.yard("Не открыто"), civic.Russian)
		c.Must(err)
		removed, err := w.Propose(c.Ctx(), author.Actor, w.yard("Звоните 8 777"), civic.Russian)
		c.Must(err)
		c.Must(w.Decide(c.Ctx(), w.checker.Actor, removed.ID, moderation.Choice{Rule: "personal_data.1", Reason: "Телефон"}))
		checked, spoken, returned, late := supported("Орган молчит"), supported("Совет не подписал"), supported("Не доработано"), supported("Поздний ответ")
		c.Must(w.Assign(c.Ctx(), w.officer.Actor, checked, []civic.ID{w.roads}))
		w.spoken(spoken, good)
		w.spoken(returned, changes)
		sign(returned, WithChanges)
		c.Pass(40 * 24 * time.Hour) // the second check
		w.spoken(late, changes)
		desk := c.Browser(w.expert)
		desk.Post("/ru/desk/ideas/"+string(late)+"/sign", "outcome", "changes", "cost", "300000", "reason.kk", "Кабель", "reason.ru", "Кабель", "protocol", "№ 2").Want(200, "после подписи предложение будет отклонено")
		sign(late, WithChanges)
		c.Browser(nil).Get("/ru"+Path(late)).Want(200, "Отклонено", "доработать было уже нельзя", "Сдвинуть скамьи")
		c.Pass(8 * 24 * time.Hour)
		c.Jobs()
		for id, cause := range map[civic.ID]string{lonely: "не набрало нужной поддержки", checked: "Проверку не закончили в срок", spoken: "Проверку не закончили в срок", returned: "не доработал предложение в срок"} {
			c.Browser(nil).Get("/ru"+Path(id)).Want(200, "Отклонено", cause)
		}
		c.Browser(author).Get("/ru"+Path(hidden.ID)).Want(200, "Отклонено", "Текст не был открыт всем")
		if got := w.view(passed).State; got != OnBallot {
			t.Errorf("what passed is %s", got)
		}
		told := 0
		for _, n := range c.Told(author) {
			if n.Subject.Key == "budgeting.told_late" {
				told++
			}
		}
		if told != 7 { // the six, and the late verdict
			t.Errorf("the author was told %d times", told)
		}
		c.Browser(w.engineer).Get("/ru/desk").Want(200).Lacks("Орган молчит")
		c.Browser(nil).Get("/ru/answers").Want(200).Lacks("Проверка: Орган молчит")
		c.Jobs()
		if n := len(c.Acts("budgeting.proposal.refused")); n != 6 {
			t.Errorf("%d acts of refusal, want one for each of six", n)
		}
		c.Verified()
	}, Capability())
}

// When nothing passed the check, the campaign says so, once, instead of preparing a ballot for ever.
func TestNothingPassed(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id := w.shown(c.Resident(civic.Russian), w.yard("Скамьи"))
		c.Pass(43 * 24 * time.Hour)
		c.SkipActs()
		c.Jobs()
		page := "/ru" + CampaignPath(w.campaign)
		c.Browser(nil).Get(page).Want(200, "ни одно предложение не прошло проверку").Lacks("Бюллетень готовится", "сейчас")
		c.Browser(nil).Get("/ru"+Path(id)).Want(200, "Отклонено")
		c.WantActs("budgeting.proposal.refused", "budgeting.campaign.none_passed")
		c.Jobs()
		if len(c.Acts("budgeting.campaign.none_passed")) != 1 {
			t.Error("it was said twice")
		}
		c.Verified()
	}, Capability())
}
