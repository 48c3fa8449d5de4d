package app_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// sent is a form as a page shows it to somebody.
type sent struct {
	path   string
	fields url.Values
}

// forms walks the pages of people and finds the first form of each route, as it stands on the page.
func forms(c *citytest.City, people ...*citytest.Person) map[string]sent {
	c.T.Helper()
	routes, out := http.NewServeMux(), map[string]sent{}
	var visited []string
	for _, r := range c.Routes() {
		if r.Method == "POST" {
			routes.HandleFunc(r.Pattern, http.NotFound)
		}
	}
	for _, p := range people {
		b, seen, queue := c.Browser(p), map[string]bool{}, []string{"/en", "/en/desk", "/en/me", "/en/account", "/en/administration"}
		for len(queue) > 0 && len(seen) < 10_000 {
			at := queue[0]
			queue = queue[1:]
			path, _, _ := strings.Cut(at, "?")
			if seen[path] || strings.HasPrefix(path, "/en/record/") || strings.HasPrefix(path, "/en/trace") {
				continue
			}
			seen[path] = true
			visited = append(visited, strings.TrimPrefix(path, "/en"))
			page := b.Get(at)
			if page.Status != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
				continue
			}
			root, err := html.Parse(strings.NewReader(page.Body))
			c.Must(err)
			for n := range root.Descendants() {
				switch href := attribute(n, "href"); {
				case n.DataAtom == atom.A && strings.HasPrefix(href, "/en/"):
					queue = append(queue, href)
				case n.DataAtom == atom.Form && strings.EqualFold(attribute(n, "method"), "post"):
					action, _, _ := strings.Cut(attribute(n, "action"), "?")
					if action == "" {
						action = path
					}
					_, pattern := routes.Handler(&http.Request{Method: "POST", URL: &url.URL{Path: strings.TrimPrefix(action, "/en")}})
					if _, has := out[pattern]; !has && pattern != "" {
						out[pattern] = sent{action, fieldsOf(n)}
					}
				}
			}
		}
	}
	for _, r := range c.Routes() {
		if _, has := out[r.Pattern]; r.Method == "POST" && !has {
			if path := addressIn(visited, r.Pattern); path != "" {
				out[r.Pattern] = sent{"/en" + path, url.Values{"_sure": {"yes"}, "reason.kk": {"Себеп"}, "reason.ru": {"Причина"}}}
			}
		}
	}
	return out
}

// addressIn is an address of a pattern whose wildcards are those of a page that was visited; "" when there is none.
func addressIn(visited []string, pattern string) string {
	last := strings.LastIndex(pattern, "}") + 1
	if last == 0 {
		return ""
	}
	begin := strings.Split(pattern[:last], "/")
	for _, path := range visited {
		words := strings.Split(path, "/")
		if len(words) < len(begin) {
			continue
		}
		same := true
		for i, w := range begin {
			same = same && (w == words[i] || strings.HasPrefix(w, "{") && len(words[i]) > 20)
		}
		if same {
			return strings.Join(words[:len(begin)], "/") + pattern[last:]
		}
	}
	return ""
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// fieldsOf fills a form in: what stands in it stays, and where nothing stands something does.
func fieldsOf(form *html.Node) url.Values {
	out := url.Values{"_sure": {"yes"}}
	for n := range form.Descendants() {
		name, value := attribute(n, "name"), attribute(n, "value")
		switch {
		case name == "":
		case n.DataAtom == atom.Textarea, n.DataAtom == atom.Input && value == "" && !slices.Contains([]string{"date", "number", "file", "url", "email"}, attribute(n, "type")):
			out.Set(name, "Себеп")
		case n.DataAtom == atom.Select:
			for o := range n.Descendants() {
				if v := attribute(o, "value"); o.DataAtom == atom.Option && v != "" {
					out.Set(name, v)
				}
			}
		case n.DataAtom == atom.Input || n.DataAtom == atom.Button:
			out.Set(name, value)
		}
	}
	return out
}

// The forms that pages show to those whose matter it is, sent word for word by people whose it is not: each is refused
// to all of them and changes nothing. The forms are found by walking the pages; where a page shows none now, its address is made of
// one that was visited. A route that is reached neither way must be in notShown, and one that is for everybody in forAnyone.
func TestStrangersAreRefusedEveryForm(t *testing.T) {
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities.All(), CacheBytes: -1}) // who may is asked above the engines
	in := sceneOf(c)
	for _, s := range stories() {
		s.tell(in)
	}
	c.Jobs()
	c.Set("app.heavy_from", 1_000_000)
	c.Set("app.readers_from", 1_000_000)
	insiders := []*citytest.Person{c.Administrator(), c.Officer(in.body), c.Representative(in.ngo), c.Moderator(), c.With(c.Resident(""), civic.Grant{Role: "budgeting.expert"}), c.With(c.Resident(""), civic.Grant{Role: "rights.lawyer"}), c.Resident("")}
	found := forms(c, insiders...)
	strangers := map[string]*citytest.Person{"visitor": nil, "resident": c.Resident(""), "verified": c.Known(civic.Actor{Account: "verified", Assurance: civic.Verified}),
		"another's representative": c.Representative(c.Organisation("Бөтен қор")), "another's officer": c.Officer(c.Body("Полиция"))}
	w := &things{City: c}
	used, tried := map[string]bool{}, 0
	for _, pattern := range slices.Sorted(maps.Keys(found)) {
		if forAnyone[pattern] != "" {
			used[pattern] = true
			continue
		}
		tried++
		before := w.state()
		for _, role := range slices.Sorted(maps.Keys(strangers)) {
			// That it is not possible now, 409, is no refusal here: whoever may not is told so first, in every state.
			if status := c.Browser(strangers[role]).PostForm(found[pattern].path, found[pattern].fields).Status; !refused(status) || status == http.StatusConflict {
				t.Errorf("POST %s, as %s: %d", pattern, role, status)
			}
		}
		if !maps.Equal(before, w.state()) {
			t.Errorf("POST %s: was refused, and changed something", pattern)
		}
	}
	for _, r := range c.Routes() {
		_, has := found[r.Pattern]
		switch hidden := slices.Contains(notShown, r.Pattern); {
		case r.Method != "POST":
		case !has && !hidden && forAnyone[r.Pattern] == "":
			t.Errorf("POST %s: no page of the stories shows its form: tell more in a story, or name it in notShown", r.Pattern)
		case has && hidden && strings.HasPrefix(r.Pattern, "/desk/reading/"): // which of the panels the pages lead to depends on the order of their identifiers
		case has && hidden:
			t.Errorf("POST %s is in notShown, and a page shows its form", r.Pattern)
		}
		used[r.Pattern] = true
	}
	for _, pattern := range notShown {
		if !used[pattern] {
			t.Errorf("%s is in notShown, and there is no such route", pattern)
		}
	}
	stale(t, forAnyone, used)
	if tried < 190 {
		t.Errorf("only %d forms were tried", tried)
	}
}

// forAnyone are the forms that strangers may send, and why that changes nothing of others.
var forAnyone = map[string]string{
	"/account":                              own,
	"/account/delete":                       own,
	"/account/email":                        own,
	"/account/password":                     own,
	"/account/verification/code":            own,
	"/notices":                              own,
	"/sign-out":                             own,
	"/rights/find":                          own,
	"/rights/resume":                        own,
	"/rights/{id}/go":                       own,
	"/desk/moderation/take":                 own,
	"/appeals/new":                          begins,
	"/desk/appeals/templates":               begins,
	"/initiatives/new":                      begins,
	"/grants/{id}/apply":                    begins,
	"/organisations/{id}/claim":             begins,
	"/desk/budget/new":                      begins,
	"/desk/past-budgets":                    begins,
	"/desk/consultations/new":               begins,
	"/desk/drafts/new":                      begins,
	"/desk/grants/new":                      begins,
	"/desk/volunteering/new":                begins,
	"/desk/venues":                          begins,
	"/desk/verification":                    begins,
	"/answers/{id}/reply":                   says,
	"/appeals/{id}/join":                    says,
	"/appeals/{id}/leave":                   says,
	"/budget/{id}/vote":                     says,
	"/consultations/{id}/language":          says,
	"/consultations/{id}/add":               says,
	"/consultations/{id}/vote":              says,
	"/discussion/{kind}/{id}/say":           says,
	"/meetings/of/{kind}/{id}/ask":          says,
	"/initiatives/{id}/sign":                says,
	"/volunteering/{id}/come":               says,
	"/follow/{kind}/{id}":                   says,
	"/built/{id}/say":                       says,
	"/milestones/{id}/say":                  says,
	"/book/{kind}/{id}":                     says,
	"/campaigns/{id}/give":                  says,
	"/learning/{id}/quiz":                   says,
	"/surveys/{id}/answer":                  says,
	"/desk/campaigns/new":                   begins,
	"/desk/events/new":                      begins,
	"/desk/learning/new":                    begins,
	"/desk/projects/new":                    begins,
	"/desk/surveys/new":                     begins,
	"/events/suggest":                       begins,
	"/matching/new":                         begins,
	"/desk/learning/{id}/publish":           "staff of any organisation look at what another wrote",
	"/account/passkeys":                     own,
	"/budget/{id}/new":                      begins,
	"/forming/{id}/stand":                   begins,
	"/discussion/comment/{id}/reply":        says,
	"/discussion/comment/{id}/useful":       says,
	"/drafts/{id}/remarks/{remark}/support": says,
	"/ideas/{id}/support":                   says,
	"/ideas/{id}/unsupport":                 says,
	"/learning/{id}/certificate":            own,
	"/meetings/{id}/come":                   says,
	"/ballots/{id}/find":                    "it finds a ballot by the words that only its voter has",
	"/budget/{id}/rehearsal":                "nothing of a rehearsal is kept",
	"/credentials":                          "it checks what somebody brings along",
}

const (
	own    = "everybody's own account, session, notices, guide or turn"
	begins = "it begins something of one's own; TestRoleByRoute says who may"
	says   = "it is where people take part"
)

// notShown are the routes to whose form no page of the stories leads, so that this test does not send it. TestRoleByRoute holds the
// roles of all of them, TestNobodyActsOnWhatIsOthers sends some, and the tests of their parts others.
var notShown = strings.Fields(`
	/account/confirm
	/account/email/confirmation
	/account/email/{token}
	/account/passkeys/remove
	/account/verification/roll
	/administration/jobs/clock
	/administration/jobs/{id}/discard
	/administration/jobs/{id}/retry
	/answers/{id}/mail/{token}
	/appeals/{id}/asked/{asked}
	/appeals/{id}/asked/{asked}/pictures
	/appeals/{id}/asked/{asked}/pictures/{file}/remove
	/appeals/{id}/joined/{token}
	/appeals/{id}/joined/{token}/leave
	/appeals/{id}/own/{token}
	/appeals/{id}/own/{token}/confirm
	/appeals/{id}/own/{token}/contest
	/appeals/{id}/own/{token}/pictures
	/appeals/{id}/own/{token}/pictures/{file}/remove
	/appeals/{id}/own/{token}/same
	/appeals/{id}/own/{token}/tell
	/appeals/{id}/own/{token}/withdraw
	/book/{kind}/{id}/by/{token}/back
	/book/{kind}/{id}/by/{token}/confirm
	/book/{kind}/{id}/by/{token}/name
	/book/{kind}/{id}/by/{token}/say
	/book/{kind}/{id}/by/{token}/take
	/bookings/{id}/back
	/bookings/{id}/name
	/bookings/{id}/say
	/bookings/{id}/take
	/consultations/{id}/statements/{no}/contest
	/desk/appeals/words/{id}
	/desk/consultations/{id}/map/leave-out/{key}
	/desk/councils/{id}/recommendations/{recommendation}/send
	/desk/events/{id}/hosts/{host}/agree
	/desk/events/{id}/hosts/{host}/decline
	/desk/events/{id}/hosts/{host}/leave
	/desk/events/{id}/programme/{item}
	/desk/events/{id}/programme/{item}/off
	/desk/forming/{id}/draws/{draw}/announce
	/desk/forming/{id}/draws/{draw}/annul
	/desk/forming/{id}/draws/{draw}/number
	/desk/initiatives/reverse/{invalidation}
	/desk/initiatives/words/{id}
	/desk/meetings/of/{kind}/{id}/questions/{question}
	/desk/meetings/{id}/minutes/remarks/{remark}
	/desk/moderation/give-back
	/desk/paper/{id}/packets/{no}
	/desk/people/invitations/{id}/withdraw
	/desk/project-words/{id}
	/desk/reading/{id}/readers
	/desk/reading/{id}/readers/drop
	/desk/reading/{id}/readers/{reader}/lift/{entry}
	/desk/reading/{id}/begin
	/desk/reading/{id}/again
	/desk/reading/{id}/meet
	/desk/reading/{id}/sit
	/desk/reading/{id}/publish
	/desk/reading/{id}/complaints/{complaint}
	/desk/reading/{id}/entries/{entry}
	/desk/rights/review/{no}
	/desk/surveys/{id}/coding/{question}
	/desk/venues/{id}/close
	/door/{kind}/{id}/scans
	/drafts/{id}/p/{place}/say
	/events/{id}/dates/{date}/certificate
	/following/stop
	/following/{token}
	/following/{token}/confirm
	/following/{token}/stop
	/forming/{id}/candidacies/{candidacy}/withdraw
	/initiatives/{id}/agree/{invite}
	/initiatives/{id}/code/{signature}
	/initiatives/{id}/own/{token}
	/initiatives/{id}/own/{token}/back
	/invitation/{token}
	/my/gifts/{gift}/announce
	/my/gifts/{gift}/withdraw
	/me/forget
	/my/volunteering
	/my/volunteering/certificate
	/notices/read
	/open311/v2/requests.json
	/open311/v2/requests.xml
	/organisations/import/apply
	/organisations/import/check
	/organisations/milestones/remove
	/passkey/ask
	/passkey/new
	/reading/{id}/{entry}
	/reading/{id}/{entry}/recuse
	/record/key
	/record/link
	/recover
	/recover/{token}
	/rights/{id}/dates.ics
	/rights/{id}/judge
	/rights/{id}/keep
	/rights/{id}/letter
	/rights/{id}/letter.docx
	/rights/{id}/letter.pdf
	/settings/blueprint/undo
	/settings/blueprint/{id}
	/settings/blueprint/{id}/unfollow
	/setup/administrator/{token}
	/sign-in
	/sign-up
	/sign-up/{token}
	/unsubscribe/{token}
	/webhooks/{id}/again
	/webhooks/{id}/off
	/webhooks/{id}/on
	/webhooks/{id}/remove
	/webhooks/{id}/rotate
`)
