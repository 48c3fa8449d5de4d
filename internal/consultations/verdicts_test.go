package consultations

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/moderation"
)

// The answer to each of many statements is read without opening anything: the first on the page of the consultation, all of them on pages behind
// it, each once, those with most votes first, with the agreement in its line. Of those without an answer that is said.
func TestEveryVerdictIsInFullView(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		var seeds []string
		for no := range 18 {
			seeds = append(seeds, fmt.Sprintf("Бақта %d-орын керек", no+1))
		}
		id := opened(c, nil, seeds...)
		asel := c.Resident("ru")
		c.must(c.Vote(c.ctx(), id, Voter{Actor: asel.Actor}, 7, Agree))
		c.must(c.Vote(c.ctx(), id, Voter{Actor: c.Resident("ru").Actor}, 7, Disagree))
		c.at(start.AddDate(0, 0, 30))
		c.Jobs()
		visitor := c.Browser(nil)
		visitor.Get("/ru" + verdictsPath(id)).Want(http.StatusNotFound)
		all := Answer{Text: both("Рақмет"), Person: "А. Жауапты"}
		for no := int64(1); no <= 17; no++ { // nothing is said to the last
			v := answers.Verdict{Outcome: answers.Taken, Reason: both(fmt.Sprintf("Сделаем %d", no))}
			if no%5 == 0 {
				v = answers.Verdict{Outcome: answers.NotTaken, Reason: both(fmt.Sprintf("Нет места для %d", no))}
			}
			all.Items = append(all.Items, AnswerItem{Statement{No: no}, v})
		}
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, all, true))
		c.Jobs()

		summary := "14 мнений принято, 3 не приняты; 1 мнение осталось без ответа"
		verdicts := func(body string) (nos []string) {
			list := regexp.MustCompile(`(?s)<ul class="plain-list rows verdicts[^"]*">.*?</ul>\s*<`).FindString(body)
			if strings.Contains(list, "<details") {
				t.Error("something is folded")
			}
			for _, m := range regexp.MustCompile(`<li id="st-(\d+)">`).FindAllStringSubmatch(list, -1) {
				nos = append(nos, m[1])
			}
			return nos
		}
		page := visitor.Get("/ru"+Path(id)).Want(http.StatusOK, summary, "Сделаем 7", "№ 7 · Согласны 50 % · Не согласны 50 % · 2 голоса", `href="/ru`+verdictsPath(id)+`"`)
		if nos := verdicts(page.Body); len(nos) != verdictsFirst || nos[0] != "7" {
			t.Errorf("on the page of the consultation: %v", nos)
		}
		page = visitor.Get("/ru"+verdictsPath(id)).Want(http.StatusOK, summary, "Сделаем 7")
		first := verdicts(page.Body)
		next := regexp.MustCompile(`href="(/ru/consultations/[^"]*after=[^"]*)"`).FindStringSubmatch(page.Body)
		if next == nil || len(first) != verdictsPage {
			t.Fatalf("%v, then %v", first, next)
		}
		second := verdicts(visitor.Get(next[1]).Want(http.StatusOK, summary).Body)
		seen := map[string]bool{}
		for _, no := range append(first, second...) {
			seen[no] = true
		}
		if len(seen) != 18 || len(first)+len(second) != 18 {
			t.Errorf("%v and %v", first, second)
		}
		if n := strings.Count(visitor.Get("/api/v1"+Path(id)).Want(http.StatusOK).Body, `"verdict":"`); n != 17 {
			t.Errorf("programs read %d verdicts", n)
		}
		visitor.Get("/ru" + verdictsPath(id) + "?after=x").Want(http.StatusUnprocessableEntity)

		// What is removed later keeps what was said to it, without its words.
		c.must(c.Moderate(c.ctx(), moderator, id, 7, moderation.Choice{Rule: "unlawful.1", Reason: "Сот шешімі"}))
		visitor.Get("/kk"+verdictsPath(id)).Want(http.StatusOK, "Сделаем 7").Lacks("Бақта 7-орын")
		// One to which nothing was said leaves with its place: its page is full without it.
		c.must(c.Moderate(c.ctx(), moderator, id, 18, moderation.Choice{Rule: "unlawful.1", Reason: "Сот шешімі"}))
		page = visitor.Get("/ru" + verdictsPath(id)).Want(http.StatusOK)
		next = regexp.MustCompile(`href="(/ru/consultations/[^"]*after=[^"]*)"`).FindStringSubmatch(page.Body)
		first = verdicts(page.Body)
		if second = verdicts(visitor.Get(next[1]).Body); len(first) != verdictsPage || len(second) != 17-verdictsPage {
			t.Errorf("%v and %v", first, second)
		}
	})
}
