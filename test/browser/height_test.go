package browser_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// tallest is how high a page may be on a phone: beyond seven screens nobody finds anything.
const tallest = 5000

// tallestHome is how high the home page may be: four screens.
const tallestHome = 4 * phoneHeight

var homes = []string{"/kk", "/ru", "/en"}

// byChance is the reason of a page that not every thing of its kind leads to: the walk opens one of a kind.
const byChance = "which of the things the walk opens is chance, and not all lead there"

// forAWhile is the reason of a page that is shown for some minutes after something was done: a slow walk comes later.
const forAWhile = "it is shown for ten minutes after a comment was written"

// reachedOtherwise are the pages to which no link leads, with the reason.
var reachedOtherwise = map[string]string{
	"/answers/{id}/mail/{token}":                             "only a mail leads there",
	"/appeals/{id}/own/{token}":                              "only a mail leads there",
	"/book/{kind}/{id}/by/{token}":                           "only a mail leads there",
	"/appeals/{id}/asked/{asked}":                            "only who asks comes there",
	"/appeals/{id}/asked/{asked}/pictures":                   "only who writes an appeal comes there",
	"/appeals/{id}/joined/{token}":                           "only a mail leads there",
	"/appeals/{id}/own/{token}/pictures":                     "only a mail leads there",
	"/appeals/{id}/own/{token}/contest":                      "only a mail leads there",
	"/account/email/{token}":                                 "only a mail leads there",
	"/account/verification/provider":                         "no provider is set up",
	"/desk/files/{thing}/{sort}/{file}":                      byChance,
	"/following/{token}":                                     "only a mail leads there",
	"/discussion/comment/{id}/edit":                          forAWhile,
	"/discussion/comment/{id}/useful":                        "it asks once, behind a button, where somebody stands",
	"/invitation/{token}":                                    "only a mail leads there",
	"/settings/blueprint/{id}":                               "no city is followed in the demonstration",
	"/desk/paper/{id}":                                       "nothing is printed in the demonstration",
	"/desk/paper/{id}/person":                                "nothing is printed in the demonstration",
	"/desk/paper/{id}/packets/{no}":                          "nothing is printed in the demonstration",
	"/desk/paper/{id}/enter":                                 "nothing is printed in the demonstration",
	"/desk/paper/{id}/reconcile":                             "nothing is printed in the demonstration",
	"/desk/paper/{id}/off":                                   "nothing is printed in the demonstration",
	"/desk/reading/{id}/again":                               "no reader of the demonstration has left",
	"/desk/grants/{id}/applications/{application}/fund":      "nothing is free in the demonstration",
	"/desk/grants/{id}/applications/{application}/complaint": "nobody whom the check for form refused has complained in the demonstration",
	"/grants/{id}/applications/{application}/complain":       "nobody was refused by the check for form in the demonstration",
	"/credentials/{id}/by/{secret}":                          "only its holder gives the link away",
	"/initiatives/{id}/code/{signature}":                     "only who signs comes there",
	"/initiatives/{id}/own/{token}":                          "only a mail leads there",
	"/learning/{id}/result/{attempt}":                        "it answers a form",
	"/rights/{id}/letter":                                    "it answers a form",
	"/desk/rights/review/{no}":                               "nothing waits for a second person in the demonstration",
	"/embed/rights/{id}":                                     "only a frame on another site shows it",
	"/recover/{token}":                                       "only a mail leads there",
	"/setup/administrator/{token}":                           "only the first start of a city prints the link",
	"/sign-up/{token}":                                       "only a mail leads there",
	"/unsubscribe/{token}":                                   "only a mail leads there",
	"/desk/consultations/{id}/map/count-again/{no}":          "no votes of the demonstration were left out",
	"/desk/consultations/{id}/map/leave-out/{key}":           "no votes of the demonstration are alike",
}

// Every page of every role is at most seven screens of a phone, the home page four, with what a demonstration holds. What
// visitors are shown TestEveryPublicPage looks at.
func TestNoPageIsTooHigh(t *testing.T) {
	c, logins := demoCity(t)
	w := newWalker(c)
	w.walk(c.correspondent(t))
	var people []*correspondent
	for _, l := range logins {
		k := c.correspondent(t)
		k.post("/kk/sign-in", url.Values{"email": {l.Email}, "password": {l.Password}})
		if people = append(people, k); l.Role == "administrator" {
			people = append(people, c.moderator(t, k))
		}
	}
	for _, k := range people {
		b := k.comes(phoneWidth, phoneHeight)
		for _, page := range w.walk(k) {
			for _, page := range []string{page, inRussian(page)} {
				b.visit(page)
				b.low(page)
				b.fits()
			}
		}
	}
	w.unmet(t, reachedOtherwise)
}

// low fails when the page that the browser shows is too high for a phone.
func (b *browser) low(page string) {
	b.t.Helper()
	most := tallest
	if slices.Contains(homes, page) {
		most = tallestHome
	}
	if high := do(b, chromedp.Evaluate[int](`document.documentElement.scrollHeight`)); high > most {
		b.t.Errorf("%s is %d px high, more than %d", page, high, most)
	}
}

// moderator is somebody whom the administrator made a moderator.
func (c *city) moderator(t *testing.T, admin *correspondent) *correspondent {
	t.Helper()
	k := c.member(t, "moderator@city.test", "Модератор")
	admin.post("/kk/desk/people", url.Values{"email": {"moderator@city.test"}})
	person := admin.find("/kk/desk/people", "/kk/desk/people/")
	admin.post("/kk/desk/people/"+person+"/grant", url.Values{"role": {"moderator"}})
	return k
}
