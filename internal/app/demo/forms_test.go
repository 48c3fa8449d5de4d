package demo

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
)

// Forms that cannot be filled in wrongly in this test, and why: every entry is right, or no
// page leads to them. A form of buttons alone needs no row. Every other form must be refused
// with its problems, in every language.
var notFilledIn = map[string]string{
	"POST /account/email/{token}":                                 "a button",
	"POST /account/email/confirmation":                            "a button",
	"POST /account/passkeys/remove":                               "a button",
	"POST /consultations/{id}/language":                           "one of three, of which one is chosen",
	"POST /desk/people/invitations/{id}/withdraw":                 "a button",
	"POST /invitation/{token}":                                    "the link is in a mail: a test of identity",
	"POST /administration/jobs/{id}/discard":                      "a button",
	"POST /administration/jobs/{id}/retry":                        "a button",
	"POST /desk/moderation/give-back":                             "a button",
	"POST /meetings/{id}/come":                                    "a tick that is right either way",
	"POST /desk/meetings/{id}/present":                            "ticks that are all right without one",
	"POST /desk/meetings/{id}/minutes":                            "what was said, which may be nothing",
	"POST /desk/venues/{id}/close":                                "a button",
	"POST /administration/jobs/clock":                             "a button",
	"POST /organisations/import/apply":                            "a button",
	"POST /organisations/{id}/hide":                               "a button",
	"POST /organisations/{id}/people/remove":                      "a button",
	"POST /organisations/{id}/verify":                             "ticks that are all right without one",
	"POST /passkey/ask":                                           "asked by a script",
	"POST /passkey/new":                                           "asked by a script",
	"POST /settings/finish":                                       "a button",
	"POST /unsubscribe/{token}":                                   "a button",
	"POST /ideas/{id}/unsupport":                                  "a button",
	"POST /matching/{id}/join":                                    "a button",
	"POST /webhooks/{id}/off":                                     "a button",
	"POST /matching/{id}/close":                                   "a button",
	"POST /desk/projects/{id}/finish":                             "no project has all its milestones and still goes on: a test of projects",
	"POST /appeals/{id}/join":                                     "a note that may be left out",
	"POST /appeals/{id}/asked/{asked}":                            "one comes there from the form before: a test of appeals",
	"POST /appeals/{id}/asked/{asked}/pictures":                   "one comes there from the form before: a test of appeals",
	"POST /appeals/{id}/asked/{asked}/pictures/{file}/remove":     "a button",
	"POST /appeals/{id}/joined/{token}":                           "a button",
	"POST /appeals/{id}/joined/{token}/leave":                     "a button",
	"POST /appeals/{id}/own/{token}/pictures":                     "the link is in a mail: a test of appeals",
	"POST /appeals/{id}/own/{token}/pictures/{file}/remove":       "a button",
	"POST /appeals/{id}/own/{token}":                              "the link is in a mail: a test of appeals",
	"POST /appeals/{id}/own/{token}/confirm":                      "a button",
	"POST /appeals/{id}/own/{token}/withdraw":                     "a button",
	"POST /appeals/{id}/own/{token}/contest":                      "the link is in a mail: a test of appeals",
	"POST /appeals/{id}/own/{token}/tell":                         "the link is in a mail: a test of appeals",
	"POST /appeals/{id}/own/{token}/same":                         "a button",
	"POST /initiatives/{id}/agree/{invite}":                       "the link goes to co-authors: a test of initiatives",
	"POST /initiatives/{id}/code/{signature}":                     "one comes there from the form before: a test of initiatives",
	"POST /initiatives/{id}/own/{token}":                          "the link is in a mail: a test of initiatives",
	"POST /initiatives/{id}/own/{token}/back":                     "a button",
	"POST /answers/{id}/mail/{token}":                             "the link is in a mail: a test of consultations",
	"POST /following/{token}":                                     "the link is in a mail: a test of notifications",
	"POST /following/{token}/confirm":                             "a button",
	"POST /following/{token}/stop":                                "a button",
	"POST /me/forget":                                             "a button",
	"POST /account/verification/roll":                             "there is no roll of residents: a test of identity",
	"POST /desk/consultations/{id}/map/leave-out/{key}":           "there is no burst of votes: a test of consultations",
	"POST /desk/consultations/{id}/map/count-again/{no}":          "there is no burst of votes: a test of consultations",
	"POST /desk/paper/{id}/enter":                                 "nothing is printed in the demonstration: a test of paper",
	"POST /desk/paper/{id}/packets/{no}":                          "nothing is printed in the demonstration: a test of paper",
	"POST /desk/paper/{id}/person":                                "nothing is printed in the demonstration: a test of paper",
	"POST /desk/paper/{id}/give":                                  "nothing is printed in the demonstration: a test of paper",
	"POST /desk/paper/{id}/reconcile":                             "nothing is printed in the demonstration: a test of paper",
	"POST /desk/paper/{id}/off":                                   "nothing is printed in the demonstration: a test of budgeting",
	"POST /desk/reading/{id}/again":                               "no reader of the demonstration has left: a test of grants",
	"POST /volunteering/{id}/still":                               "no shift of the demonstration is moved: a test of volunteering",
	"POST /grants/{id}/applications/{application}/decline":        "nobody of the demonstration waits in reserve: a test of grants",
	"POST /grants/{id}/applications/{application}/complain":       "the term of complaints is over in the demonstration: a test of grants",
	"POST /desk/grants/{id}/applications/{application}/complaint": "nobody of the demonstration was refused by the check: a test of grants",
	"POST /desk/grants/{id}/applications/{application}/fund":      "nothing is free in the demonstration: a test of grants",
	"POST /settings/blueprint/{id}":                               "no city is followed in the demonstration: a test of blueprint",
	"POST /settings/blueprint/{id}/unfollow":                      "no city is followed in the demonstration: a test of blueprint",
	"POST /settings/blueprint/undo":                               "nothing was taken over in the demonstration: a test of blueprint",
	"POST /desk/rights/review/{no}":                               "nothing waits for a second person in the demonstration: a test of rights",
	"POST /recover/{token}":                                       "the link is in a mail: a test of identity",
	"POST /rights/{id}/letter.docx":                               "a button",
	"POST /rights/{id}/letter.pdf":                                "a button",
	"POST /door/{kind}/{id}/scans":                                "sent by a script",
	"POST /bookings/{id}/take":                                    "a button",
	"POST /book/{kind}/{id}/by/{token}/confirm":                   "a button",
	"POST /book/{kind}/{id}/by/{token}/take":                      "a button",
	"POST /book/{kind}/{id}/by/{token}/back":                      "a button",
	"POST /book/{kind}/{id}/by/{token}/name":                      "a button",
	"POST /book/{kind}/{id}/by/{token}/say":                       "only a mail leads there",
	"POST /setup/administrator/{token}":                           "the city has its administrator: a test of identity",
	"POST /sign-up/{token}":                                       "the link is in a mail: a test of identity",
	"POST /grants/{id}/applications/{application}/answers":        "nothing must be answered before it is handed in: a test of grants",
	"POST /grants/{id}/applications/{application}/budget":         "nothing must be there before it is handed in: a test of grants",
}

// What is wrong, where an empty form is not.
var wrong = map[string]url.Values{
	"POST /desk/forming/{id}/quotas":       {"sex.woman.min": {"nonsense"}},
	"POST /desk/consultations/{id}/answer": {"act": {"publish"}},
	"POST /desk/meetings/{id}/link":        {"recorded": {"nonsense"}},
	"POST /settings/days":                  {"days": {"nonsense"}},
	"POST /settings/districts":             {"districts": {"; Абайский"}},
	"POST /desk/appeals/channels":          {"channels": {"nowhere"}},
	"POST /desk/surveys/{id}/margins":      {"m.q1.o1": {"nonsense"}},
}

// Forms that answer with a file for a printer: nothing that is typed into them becomes public.
var printed = map[string]bool{"POST /desk/print/{kind}/{id}": true, "POST /desk/surveys/{id}/letters": true, "POST /desk/budget/{id}/letters": true}

// everyForm sends every form of the program empty, as somebody to whom the demonstration shows
// it. The answer must name what is missing and keep all that was typed, in another language
// too. And it sends it with junk in each field for words, which none may take.
func everyForm(t *testing.T, a *app.App, cookies map[string]string) {
	w := newWalker(t, a)
	for _, who := range slices.Sorted(maps.Keys(cookies)) {
		start := []string{"/en/answers?state=answered", "/en", "/en/desk", "/en/administration", "/en/account", "/en/account/confirm", "/en/account/security", "/en/desk/consultations/new", "/en/organisations/milestones", "/en/settings",
			"/en/rights/silence/go", "/en/rights/information/go?a=stage%3Dnot_yet"}
		if who == "administrator" {
			start = append(start, w.upload(cookies[who]), w.draft(cookies[who]), w.logo())
		}
		w.walk(who, cookies[who], start)
	}
	stale, junk := maps.Clone(notFilledIn), 0
	for _, rt := range a.Routes() {
		route := rt.Method + " " + rt.Pattern
		if rt.Method != "POST" || rt.Plain {
			continue
		}
		seen, found := w.forms[route]
		why, not := notFilledIn[route]
		delete(stale, route)
		switch {
		case not && found && !seen.filledIn:
			t.Errorf("%s needs no reason (%s): it has nothing to fill in", route, why)
		case not || found && !seen.filledIn:
		case !found:
			t.Errorf("nobody comes to the form of %s", route)
		default:
			w.fillInWrongly(route, seen)
		}
		if found && !printed[route] && w.fillInJunk(route, seen) {
			junk++
		}
		if found { // its address leads somewhere
			if code, _ := w.do("GET", seen.action, seen.cookie, nil); code == http.StatusMethodNotAllowed || code == http.StatusNotFound {
				t.Errorf("GET %s: %d", seen.action, code)
			}
		}
	}
	for _, route := range slices.Sorted(maps.Keys(stale)) {
		t.Errorf("%s is no form any more", route)
	}
	if junk < 150 {
		t.Errorf("only %d forms were sent junk", junk)
	}
}

// fillInJunk writes what a spreadsheet shows for a formula that failed into every field of a form: each is refused, and nothing of it comes further.
func (w *walker) fillInJunk(route string, f sighting) bool {
	send, fields := maps.Clone(f.empty), 0
	for name := range f.words {
		send.Set(name, "#REF!")
		fields++
	}
	if fields == 0 {
		return false
	}
	code, doc := w.do("POST", f.action, f.cookie, send)
	refused := strings.Count(text(doc), "formula error, not text")
	if code != http.StatusUnprocessableEntity || refused < fields {
		w.t.Errorf("%s: junk in %d fields is answered with %d and refused in %d places", route, fields, code, refused)
	}
	return true
}

// sighting is a form on a page that somebody came to.
type sighting struct {
	who, cookie, page, action string
	empty                     url.Values      // as a browser sends it when nothing was typed
	words                     map[string]bool // its fields for words
	filledIn                  bool            // it has something to type, choose or tick
}

// isFilledIn is false for a form of nothing but buttons, and of what travels unseen.
func isFilledIn(form *html.Node) bool {
	for n := range form.Descendants() {
		switch n.DataAtom {
		case atom.Select, atom.Textarea:
			return true
		case atom.Input:
			if kind := attr(n, "type"); kind != "hidden" && kind != "submit" {
				return true
			}
		}
	}
	return false
}

type walker struct {
	t     *testing.T
	a     *app.App
	mux   *http.ServeMux
	query map[string][]string // the declared parameters, by route
	forms map[string]sighting // by route
	visit func(page string, doc *html.Node, cookie string)
}

func newWalker(t *testing.T, a *app.App) *walker {
	w := &walker{t: t, a: a, mux: http.NewServeMux(), query: map[string][]string{}, forms: map[string]sighting{}}
	for _, rt := range a.Routes() {
		w.query[rt.Method+" "+rt.Pattern] = rt.Query
		if !rt.Plain {
			w.mux.HandleFunc(rt.Method+" "+rt.Pattern, func(http.ResponseWriter, *http.Request) {})
		}
	}
	return w
}

func (w *walker) do(method, path, cookie string, send url.Values) (int, *html.Node) {
	w.t.Helper()
	code, _, body := w.send(method, path, cookie, "application/x-www-form-urlencoded", send.Encode())
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	return code, doc
}

func (w *walker) send(method, path, cookie, contentType, body string) (code int, header http.Header, page string) {
	r := httptest.NewRequest(method, "http://city.example"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if cookie != "" {
		r.Header.Set("Cookie", "birge_session="+cookie)
	}
	rec := httptest.NewRecorder()
	w.a.Handler().ServeHTTP(rec, r)
	return rec.Code, rec.Header(), rec.Body.String()
}

// upload is the page of a table that was sent, which asks what its columns mean.
func (w *walker) upload(cookie string) string {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	file, err := m.CreateFormFile("file", "list.csv")
	if err == nil {
		_, err = file.Write([]byte("a,b\n1,2\n"))
	}
	if err = cmp.Or(err, m.Close()); err != nil {
		w.t.Fatal(err)
	}
	code, header, page := w.send("POST", "/en/organisations/import", cookie, m.FormDataContentType(), b.String())
	if code != http.StatusSeeOther {
		w.t.Fatalf("upload: %d\n%s", code, page)
	}
	return header.Get("Location")
}

// logo is the page on which the words of a logo are changed.
func (w *walker) logo() string {
	found, err := w.a.Organisations.List(w.t.Context(), civic.Actor{}, organisations.Query{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, it := range found.Items {
		if it.Logo != nil {
			return "/en" + files.DeskPath(it.Logo.Thing, it.Logo.Sort) + "/" + string(it.Logo.ID)
		}
	}
	w.t.Fatal("nobody has a logo")
	return ""
}

// draft is the desk of a consultation in which nearly everything is still missing.
func (w *walker) draft(cookie string) string {
	_, doc := w.do("GET", "/en/desk/consultations/new", cookie, nil)
	send := url.Values{"question.kk": {"Не істейміз?"}, "audience": {"anyone"}, "moderation": {"after"}, "statement_max": {"140"}, "answer_days": {"10"}}
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Select {
			for o := range n.Descendants() {
				if o.DataAtom == atom.Option && attr(o, "value") != "" {
					send.Set(attr(n, "name"), attr(o, "value"))
				}
			}
		}
	}
	code, header, page := w.send("POST", "/en/desk/consultations/new", cookie, "application/x-www-form-urlencoded", send.Encode())
	if code != http.StatusSeeOther {
		w.t.Fatalf("draft: %d\n%s", code, page)
	}
	return header.Get("Location")
}

// route is the one that answers.
func (w *walker) route(method, path string) string {
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "/en"), "?")
	r := httptest.NewRequest(method, "http://city.example"+cmp.Or(path, "/"), nil)
	_, pattern := w.mux.Handler(r)
	return pattern
}

// wantDeclared fails when a link has a parameter that its route does not declare and therefore
// never receives.
func (w *walker) wantDeclared(page, link string) {
	u, err := url.Parse(link)
	if err != nil {
		w.t.Errorf("%s links to %q: %v", page, link, err)
		return
	}
	route := w.route("GET", link)
	for name := range u.Query() {
		if route != "" && !slices.Contains(w.query[route], name) {
			w.t.Errorf("%s links to %s with the parameter %q, which the Query of %s does not name", page, link, name, route)
		}
	}
}

// walk follows links, a few for each route, and notes the forms that it passes. A broken link
// fails the test.
func (w *walker) walk(who, cookie string, queue []string) {
	const each = 12
	seen, of, from := map[string]bool{}, map[string]int{}, map[string]string{}
	for len(queue) > 0 {
		page := queue[0]
		queue = queue[1:]
		route := w.route("GET", page)
		if seen[page] || of[route] >= each || route == "GET /language" {
			continue
		}
		seen[page] = true
		of[route]++
		code, doc := w.do("GET", page, cookie, nil)
		if code == http.StatusNotFound && from[page] != "" {
			w.t.Errorf("%s links to %s for %s, and no page is there", from[page], page, who)
		}
		if code != http.StatusOK {
			continue
		}
		if w.visit != nil {
			w.visit(page, doc, cookie)
		}
		for n := range doc.Descendants() {
			if to := attr(n, "href"); n.DataAtom == atom.A && strings.HasPrefix(to, "/en") {
				to, _, _ = strings.Cut(to, "#")
				w.wantDeclared(page, to)
				queue, from[to] = append(queue, to), cmp.Or(from[to], page)
			}
			if n.DataAtom == atom.Form && attr(n, "method") != "post" {
				w.wantDeclared(page, attr(n, "action")+"?"+emptyOf(n).Encode())
			}
			if n.DataAtom == atom.Form && attr(n, "method") == "post" {
				route := w.route("POST", attr(n, "action"))
				if _, known := w.forms[route]; !known {
					w.forms[route] = sighting{who, cookie, page, attr(n, "action"), emptyOf(n), wordsOf(n), isFilledIn(n)}
				}
			}
		}
	}
}

func (w *walker) fillInWrongly(route string, f sighting) {
	what := fmt.Sprintf("%s as %s on %s", route, f.who, f.page)
	send := maps.Clone(f.empty)
	maps.Copy(send, wrong[route])
	code, doc := w.do("POST", f.action, f.cookie, send)
	links, broken := summary(doc)
	if code/100 != 4 || len(links) == 0 || len(broken) > 0 || !strings.HasPrefix(title(doc), "Error: ") {
		w.t.Errorf("%s: %d, title %q, problems %q, of which these lead nowhere: %q", what, code, title(doc), links, broken)
		return
	}
	// The language switch sends the form as it is by now.
	form := byID(doc, "sent-form")
	var button *html.Node
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Button && attr(n, "form") == "sent-form" && attr(n, "lang") == "ru" {
			button = n
		}
	}
	if form == nil || button == nil {
		w.t.Errorf("%s: no language switch that keeps what was typed", what)
		return
	}
	send = hiddenIn(form)
	if send["_problem"] = hiddenIn(doc)["_problem"]; len(send["_problem"]) != len(links) {
		w.t.Errorf("%s: %d problems are carried along, of %d", what, len(send["_problem"]), len(links))
	}
	send.Set(attr(button, "name"), attr(button, "value"))
	const typed = "typed since"
	fields := 0
	for n := range form.Descendants() {
		if isText(n) && attr(n, "name") != "iin" { // a personal number is never written back
			send.Set(attr(n, "name"), typed)
			fields++
		}
	}
	code2, doc := w.do("POST", attr(button, "formaction"), f.cookie, send)
	translated, broken := summary(doc)
	if code2 != http.StatusUnprocessableEntity || len(translated) != len(links) || len(broken) > 0 || !strings.HasPrefix(title(doc), "Ошибка: ") {
		w.t.Errorf("%s in Russian: %d, title %q, problems %q, of which these lead nowhere: %q", what, code2, title(doc), translated, broken)
	}
	if form = byID(doc, "sent-form"); form == nil {
		w.t.Errorf("%s: no form in Russian", what)
		return
	}
	kept := 0
	for n := range form.Descendants() {
		if n.DataAtom == atom.Textarea && n.FirstChild != nil && strings.TrimPrefix(n.FirstChild.Data, "\n") == typed || n.DataAtom == atom.Input && attr(n, "value") == typed && attr(n, "type") != "hidden" {
			kept++
		}
	}
	if kept != fields {
		w.t.Errorf("%s: %d of %d fields keep what was typed when the language changes", what, kept, fields)
	}
}

// summary are the problems that a page lists, and those of its links that lead to no field.
func summary(doc *html.Node) (problems, broken []string) {
	for n := range doc.Descendants() {
		if attr(n, "class") != "error-summary" {
			continue
		}
		for item := range n.Descendants() {
			if item.DataAtom == atom.Li {
				problems = append(problems, text(item))
			}
			if to := attr(item, "href"); item.DataAtom == atom.A && byID(doc, strings.TrimPrefix(to, "#")) == nil {
				broken = append(broken, to)
			}
		}
	}
	return problems, broken
}

func title(doc *html.Node) string {
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Title {
			return text(n)
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func byID(doc *html.Node, id string) *html.Node {
	for n := range doc.Descendants() {
		if id != "" && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

func isText(n *html.Node) bool {
	return n.DataAtom == atom.Textarea || n.DataAtom == atom.Input && slices.Contains([]string{"text", "email", "date", "tel", "url"}, attr(n, "type"))
}

func emptyOf(form *html.Node) url.Values {
	v := hiddenIn(form)
	for n := range form.Descendants() {
		if isText(n) {
			v.Set(attr(n, "name"), "")
		}
	}
	return v
}

// wordsOf are the names of a form's fields for words.
func wordsOf(form *html.Node) map[string]bool {
	out := map[string]bool{}
	for n := range form.Descendants() {
		if isText(n) {
			out[attr(n, "name")] = true
		}
	}
	return out
}

func hiddenIn(n *html.Node) url.Values {
	v := url.Values{}
	for d := range n.Descendants() {
		if d.DataAtom == atom.Input && attr(d, "type") == "hidden" {
			v.Add(attr(d, "name"), attr(d, "value"))
		}
	}
	return v
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
