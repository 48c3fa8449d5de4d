package budgeting_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/places"
)

// counted lets the vote end, and is the states of the projects then.
func (w *town) counted(ids []civic.ID) (out []Standing) {
	w.Pass(11 * 24 * time.Hour)
	w.Jobs()
	for _, id := range ids {
		out = append(out, w.view(id).State)
	}
	return out
}

// Ten points are divided. By hand: the first project has 7 and 1, the second 3 and 10, the money pays for one of them, so the second wins; eleven points are no ballot.
func TestPointsAreDivided(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, func(typed *Campaign) {
			typed.Rules.Vote, typed.Rules.Choices = Points, 10
			typed.Rules.Count = Counting{Rule: "greedy", Utility: "points", Completion: "none", Tie: "order"}
		}, 12_000_000, 12_000_000)
		page := "/ru" + CampaignPath(w.campaign) + "/vote"
		much := verified(c, 0)
		c.Browser(much).Get(page).Want(200, `name="points1"`).Lacks(`name="choose"`)
		c.Browser(much).Post(page, "_again", "yes", "points1", "7").Want(200, "Осталось баллов: 3")
		_, err := w.cast(much, "1:8 2:3")
		c.Refused(err, civic.Invalid)
		for i, ballot := range []string{"1:7 2:3", "2:10", "1:1"} {
			_, err := w.cast(verified(c, i+1), ballot)
			c.Must(err)
		}
		if got := fmt.Sprint(w.counted(ids)); got != "[lost won]" {
			t.Errorf("states %s", got)
		}
		c.Browser(nil).Get(CampaignPath(w.campaign)+"/results/small.pb").Want(200, "vote_type;cumulative", "max_sum_points;10", "voter_id;vote;points")
	}, Capability())
}

// Who has fewer votes than the rules ask does not win, though there is money for it. By hand: three votes, two votes, and the least is three.
func TestTheLeastNumberOfVotes(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, func(typed *Campaign) { typed.Rules.Count.MinVotes = 3 }, 1_000_000, 1_000_000)
		for i, ballot := range []string{"1 2", "1 2", "1"} {
			_, err := w.cast(verified(c, i), ballot)
			c.Must(err)
		}
		if got := fmt.Sprint(w.counted(ids)); got != "[won lost]" {
			t.Errorf("states %s", got)
		}
		c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)+"/results").Want(200, "--min-votes=3")
	}, Capability())
}

// A tie is broken by the rule that was published: the money pays for one of two projects with two votes each. By hand: the first on the list, or the cheaper one, which is the second.
func TestTiesAreBrokenByThePublishedRule(t *testing.T) {
	for tie, want := range map[string]string{"order": "[won lost]", "cost-votes": "[lost won]"} {
		t.Run(tie, func(t *testing.T) {
			citytest.Each(t, func(t *testing.T, c *citytest.City) {
				w, ids := voting(c, func(typed *Campaign) {
					typed.Rules.Count = Counting{Rule: "greedy", Utility: "cost", Completion: "none", Tie: tie}
				}, 12_000_000, 11_000_000)
				for i := range 2 {
					_, err := w.cast(verified(c, i), "1 2")
					c.Must(err)
				}
				if got := fmt.Sprint(w.counted(ids)); got != want {
					t.Errorf("states %s, want %s", got, want)
				}
				c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)+"/results").Want(200, "--tie="+tie)
			}, Capability())
		})
	}
}

// Whoever votes again with the words of their first ballot has one ballot, the last. Without the words, or with those of somebody else, nothing changes.
func TestVotingAgain(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w, ids := voting(c, nil, 12_000_000, 12_000_000)
		page, asel := "/ru"+CampaignPath(w.campaign)+"/vote", verified(c, 1)
		first, err := w.cast(asel, "1")
		c.Must(err)
		others, err := w.cast(verified(c, 2), "1")
		c.Must(err)
		_, err = w.cast(verified(c, 3), "2")
		c.Must(err)
		b := c.Browser(asel)
		b.Get(page).Want(200, "Вы проголосовали", `name="earlier"`)
		b.Post(page, "choose", "2", "earlier", "нет таких слов").Want(422)
		again := func(earlier string) *citytest.Page {
			check := b.Post(page, "choose", "2", "earlier", earlier).Want(200)
			form := check.Hidden()
			form.Set("words", offered(t, check.Body))
			form.Set("_sure", "yes")
			return b.PostForm(page, form)
		}
		again(others.String(civic.Russian)).Want(409)
		again(first.String(civic.Russian)).Want(200, "Бюллетень в урне")
		if got := fmt.Sprint(w.counted(ids)); got != "[lost won]" {
			t.Errorf("states %s", got)
		}
		c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)+"/results").Want(200, "Проголосовали: 3. Бюллетеней в урне: 3")
		_, err = c.Ballots.Find(c.Ctx(), civic.Ref{Kind: KindCampaign, ID: w.campaign}, first)
		c.Refused(err, civic.NotFound)
	}, Capability())
}

// What has a place is on the map of the list, of its own page and of the ballot; its author's picture is beside it. What waits for a moderator shows neither.
func TestMapAndPictures(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		author := c.Resident(civic.Russian)
		p := w.yard("Скамьи у дома")
		p.Point = places.Point{Lat: 42.34, Lon: 69.59}
		filed, err := w.Propose(c.Ctx(), author.Actor, p, civic.Russian)
		c.Must(err)
		list, own := "/ru"+CampaignPath(w.campaign)+"/ideas", "/ru"+Path(filed.ID)
		var b bytes.Buffer
		c.Must(png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 30))))
		add := "/ru" + files.DeskPath(Ref(filed.ID), PictureFiles)
		c.Browser(author).Get(own).Want(200, add)
		c.Browser(author).Upload(add, "file", "a.png", b.Bytes(), "words.ru", "Двор без скамей", "words.kk", "Орындықсыз аула").Want(303)
		c.Browser(nil).Get(list).Want(200).Lacks("42.34")
		c.Must(w.Decide(c.Ctx(), w.checker.Actor, filed.ID, moderation.Choice{Approve: true}))
		c.Jobs()
		for _, page := range []string{list, own} {
			c.Browser(nil).Get(page).Want(200, "На карте", `alt="Двор без скамей"`)
		}
		yes := both("Жарайды", "Годится")
		w.spoken(filed.ID, Opinion{Outcome: Feasible, Cost: 255_000 * civic.Tenge, Reason: yes, Person: "Б. Инженер"})
		c.Must(w.Sign(c.Ctx(), w.expert.Actor, filed.ID, Verdict{Outcome: Feasible, Cost: 255_000 * civic.Tenge, Reason: yes, Protocol: "№ 1"}))
		c.Pass(42 * 24 * time.Hour)
		c.Jobs()
		c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)+"/vote").Want(200, "На карте", "Скамьи у дома")
	}, Capability())
}

// A rehearsal counts somebody's file by the rules of the campaign and keeps nothing of it: by hand, of ten million the lights (4 million, four of five want them), the benches (5, three) and the bins (1, one, by what is left) are taken.
func TestRehearsal(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		page := "/ru" + CampaignPath(w.campaign) + "/rehearsal"
		c.Browser(nil).Get("/ru"+CampaignPath(w.campaign)).Want(200, page)
		c.Browser(nil).Upload(page, "file", "a.pb", []byte(pastFile(""))).Want(200, "Фонари", "Скамьи", "Победили: 3")
		c.Browser(nil).Upload(page, "file", "a.pb", bytes.Repeat([]byte("x"), 5<<20)).Want(413)
		c.Browser(nil).Get(page).Want(200).Lacks("Фонари")
	}, Capability())
}
