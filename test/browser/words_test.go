package browser_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Whatever people write may be one word of 200 letters: no page that shows it is wider than its window, on the
// narrowest phone and on a desktop, to those who only read, who wrote it, and who decide about it.
func TestLongWords(t *testing.T) {
	needBrowser(t)
	c := newCity(t, storagetest.SQLite(t))
	admin := c.ready(t)
	resident := c.member(t, "resident@city.test", strings.Repeat("Ш", 80))
	long := func(names ...string) url.Values {
		form := url.Values{}
		for _, name := range names {
			form.Set(name+".kk", strings.Repeat("Ұ", 200))
			form.Set(name+".ru", strings.Repeat("Щ", 200))
		}
		return form
	}
	with := func(form url.Values, pairs ...string) url.Values {
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	city := with(url.Values{"languages": {"kk", "ru"}}, "name.kk", strings.Repeat("Ұ", 120), "name.ru", strings.Repeat("Щ", 120))
	admin.post("/kk/settings/city", city)
	admin.post("/kk/settings/districts", with(url.Values{}, "districts", strings.Repeat("Ұ", 100)+"; "+strings.Repeat("Щ", 100)+"; "+strings.Repeat("W", 100)))
	body := admin.made("/kk/settings/bodies", long("name"), "/kk/organisations?q="+url.QueryEscape(strings.Repeat("Ұ", 200)))
	group := admin.made("/kk/organisations/new", with(long("name", "mission", "address"), "kind", "ngo", "status", "active", "state", "public"), "/kk/organisations?kind=ngo")
	admin.post("/kk/organisations/"+group+"/people", with(long("post"), "person", strings.Repeat("W", 200)))
	admin.post("/kk/organisations/milestones", with(long("title"), "date", "2020"))
	now := time.Now()
	five := []string{strings.Repeat("А", 200), strings.Repeat("Б", 200), strings.Repeat("В", 200), strings.Repeat("Г", 200), strings.Repeat("Д", 200)}
	consultation := with(long("question", "context", "decision"), "host", body, "body", body, "audience", "registered", "moderation", "before",
		"statement_max", "280", "answer_days", "15", "opens_at", now.Format(time.DateOnly), "closes_at", now.AddDate(0, 0, 30).Format(time.DateOnly),
		"seeds.kk", strings.Join(five, "\n"), "seeds.ru", strings.ToLower(strings.Join(five, "\n")))
	asked := admin.made("/kk/desk/consultations/new", consultation, "/kk/desk/consultations")
	admin.post("/kk/desk/consultations/"+asked+"/publish", url.Values{"_sure": {"yes"}})
	resident.post("/kk/consultations/"+asked+"/add", with(url.Values{}, "text", strings.Repeat("Ж", 200)))
	resident.made("/kk/organisations/"+group+"/claim", with(url.Values{}, "why", strings.Repeat("Ж", 200), "contact", strings.Repeat("Ж", 200)), "/kk/claims/mine")
	admin.post("/kk/desk/people", with(url.Values{}, "email", "resident@city.test"))
	person := admin.find("/kk/desk/people", "/kk/desk/people/")
	admin.post("/kk/desk/people/"+person+"/grant", with(url.Values{}, "role", "officer", "scope", "organisations.organisation:"+body))

	// A second one is closed and answered.
	sure := url.Values{"_sure": {"yes"}}
	answered := admin.made("/kk/desk/consultations/new", consultation, "/kk/desk/consultations")
	admin.post("/kk/desk/consultations/"+answered+"/publish", sure)
	admin.post("/kk/desk/consultations/"+answered+"/close", with(long("reason"), "_sure", "yes"))
	resident.post("/kk/desk/consultations/"+answered+"/answer", with(long("text", "reason_1"), "no", "1", "outcome_1", "partly", "promised_1", now.AddDate(0, 0, 30).Format(time.DateOnly),
		"person", strings.Repeat("Ш", 100), "act", "publish", "_sure", "yes"))

	talk := newLongTalk(t, c, civic.ID(body), "resident@city.test")
	talk.discuss()
	talk.contest(civic.ID(asked))
	talk.council()
	talk.appeal()
	talk.compete()

	w := newWalker(c)
	for _, k := range []*correspondent{c.correspondent(t), resident, admin} {
		b := k.comes(phoneWidth, phoneHeight)
		for _, page := range w.walk(k, "/search?q="+url.QueryEscape(strings.Repeat("ұ", 200))) {
			for _, page := range []string{page, inRussian(page)} {
				b.visit(page)
				for _, width := range []int64{narrowWidth, phoneWidth, desktopWidth} {
					do(b, chromedp.EmulateViewport(width, phoneHeight))
					b.fits()
				}
			}
		}
	}
}

// made sends a form that makes something, and finds its identifier on the page that lists it.
func (k *correspondent) made(address string, form url.Values, list string) string {
	k.t.Helper()
	k.post(address, form)
	path, _, _ := strings.Cut(list, "?")
	return k.find(list, strings.TrimSuffix(path, "/mine")+"/")
}

// find returns the identifier of the first thing on a page that has its own page below path.
func (k *correspondent) find(page, path string) string {
	k.t.Helper()
	r, err := k.client.Get(k.c.base + page)
	if err != nil {
		k.t.Fatal(err)
	}
	defer r.Body.Close()
	root, err := html.Parse(r.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.DataAtom != atom.A {
			continue
		}
		for _, a := range n.Attr {
			if id, found := strings.CutPrefix(a.Val, path); found && thing.MatchString("/"+id) && len(id) == 26 {
				return id
			}
		}
	}
	k.t.Fatalf("%s links to nothing below %s", page, path)
	return ""
}
