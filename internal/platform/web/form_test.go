package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	templruntime "github.com/a-h/templ/runtime"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// body is what stands in a page of the test.
func body(parts ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, part := range parts {
			if err := part.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

func openForm(p ui.Page, path string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "<form"); err != nil {
			return err
		}
		if err := templruntime.RenderAttributes(ctx, w, w, "form", ui.Post(p, path)); err != nil {
			return err
		}
		_, err := io.WriteString(w, ">")
		return err
	})
}

// notes is a part with a form, another on the same page, a button, and a form with a check page.
type notes struct {
	name string
	done []string
}

func (n *notes) show(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if !f.Sent {
		f.Values.Set("name", n.name)
	}
	p := web.NewPage(w, r, "Notes")
	content := body(openForm(p, "/notes"), ui.ErrorSummary(p, f), ui.TextField(p, f, ui.FieldProps{Name: "name", Label: "name"}), templ.Raw("</form>"),
		openForm(p, "/notes/7/other"), templ.Raw("</form>"), openForm(p, "/notes/burn"), templ.Raw("</form>"))
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Layout(p).Render(templ.WithChildren(ctx, content), w)
	}), nil
}

func (n *notes) check(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if f.Value("name") == "draft" {
		return nil, nil
	}
	if f.Value("name") == "" {
		return nil, (&civic.Problems{{Field: "name", Message: civic.Say("web.form_invalid")}}).Err()
	}
	p := web.NewPage(w, r, "Check")
	content := ui.CheckForm(p, f, "/notes/publish", "Publish")
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Layout(p).Render(templ.WithChildren(ctx, content), w)
	}), nil
}

func (n *notes) forms() []web.Route {
	do := func(what string, err error) func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error) {
		return func(_ http.ResponseWriter, _ *http.Request, f ui.Form) (web.Next, error) {
			if err != nil {
				return web.Next{}, err
			}
			n.done = append(n.done, what+" "+f.Values.Encode())
			return web.Done("/notes", "web.form_invalid"), nil
		}
	}
	save := func(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
		var p civic.Problems
		switch f.Value("name") {
		case "":
			p.Add("name", "web.wait_minutes", "Said", "Slowly.", "Count", 21)
		case "late":
			return web.Next{}, civic.Fail(civic.Closed, "web.timeout")
		case "nowhere":
			return web.Next{}, civic.Fail(civic.NotFound, "web.not_found")
		}
		if err := p.Err(); err != nil {
			return web.Next{}, err
		}
		return do("save", nil)(w, r, f)
	}
	return web.Forms(
		web.Form{Pattern: "/notes", Access: web.Everyone, Show: n.show, Do: save, Field: "name"},
		web.Form{Pattern: "/notes/{id}/other", Page: "/notes", Access: web.Everyone, Show: n.show, Do: do("", civic.Fail(civic.Invalid, "web.form_invalid"))},
		web.Form{Pattern: "/notes/{id}/gone", Page: "/notes", Access: web.Everyone, Show: n.show, Do: do("", civic.Fail(civic.Invalid, "web.form_invalid"))},
		web.Form{Pattern: "/notes/burn", Page: "/notes", Access: web.Everyone, Do: do("burn", nil), Button: true},
		web.Form{Pattern: "/notes/lost", Page: "/notes", Access: web.Everyone, Show: n.show, Do: do("", civic.Fail(civic.Conflict, "web.form_invalid")), Button: true},
		web.Form{Pattern: "/notes/publish", Page: "/notes", Access: web.Everyone, Show: n.show, Check: n.check, Do: do("publish", nil)},
	)
}

func newNotes(t *testing.T) (*city, *notes) {
	n := &notes{name: "as stored"}
	return newCity(t, func(c *web.Config) {
		c.Routes = append(c.Routes, n.forms()...)
		c.Routes = append(c.Routes, web.Page("/notes/{id}", web.Everyone, n.show))
	}), n
}

func TestAFormThatFailsIsShownAgain(t *testing.T) {
	c, n := newNotes(t)
	if w := c.get("/ru/notes"); w.Code != 200 || !strings.Contains(w.Body.String(), `value="as stored"`) || strings.Contains(w.Body.String(), "<title>Ошибка") {
		t.Errorf("the page as it is: %d\n%s", w.Code, w.Body)
	}
	for _, tc := range []struct {
		path, body string
		status     int
		has        []string
	}{
		{"/notes", "name=", 422, []string{"<title>Error: Notes", `href="#f-name"`, "Try again in 21 minutes", `id="sent-form"`}},
		{"/notes", "name=late", 409, []string{"<title>Error: Notes", `href="#f-name"`, "took too long", `value="late"`}},
		{"/notes/7/other", "name=kept", 422, []string{"<title>Error: Notes", "Some fields need fixing", `value="kept"`, `formaction="/ru/notes/7/other"`}},
		{"/notes/lost", "", 409, []string{"<title>Error: Notes", `href="/ru/language?to=%2Fnotes"`}},
		{"/notes/7/gone", "name=kept", 422, []string{"<title>Error: Notes", `href="/ru/language?to=%2Fnotes"`}}, // a page without the form
		{"/notes", "name=nowhere", 404, []string{"no such page", `href="/ru/language?to=%2Fnotes"`}},
	} {
		w := c.do("POST", "/en"+tc.path, tc.body)
		if w.Code != tc.status {
			t.Errorf("%s with %q: %d, want %d", tc.path, tc.body, w.Code, tc.status)
		}
		for _, has := range tc.has {
			if !strings.Contains(w.Body.String(), has) {
				t.Errorf("%s with %q lacks %s:\n%s", tc.path, tc.body, has, w.Body)
			}
		}
	}
	if len(n.done) > 0 {
		t.Errorf("done: %v", n.done)
	}
	w := c.do("POST", "/en/notes", url.Values{"name": {"a\r\nb\x00"}}.Encode())
	if w.Code != 303 || w.Header().Get("Location") != "/en/notes" || !strings.Contains(w.Header().Get("Set-Cookie"), "good.web.form_invalid") || fmt.Sprint(n.done) != "[save name=a%0Ab]" {
		t.Errorf("sent: %d %v, done %v", w.Code, w.Header(), n.done)
	}
}

var problemField = regexp.MustCompile(`name="_problem" value="([^"]*)"`)

// carried are the problems that a page carries along in its form.
func carried(page string) url.Values {
	v := url.Values{}
	for _, m := range problemField.FindAllStringSubmatch(page, -1) {
		v.Add("_problem", strings.NewReplacer("&#34;", `"`, "&quot;", `"`, "&amp;", "&", "&#39;", "'").Replace(m[1]))
	}
	return v
}

func TestTheLanguageSwitchKeepsWhatWasTyped(t *testing.T) {
	c, n := newNotes(t)
	page := c.do("POST", "/en/notes", "name=").Body.String()
	for _, has := range []string{`formaction="/ru/notes"`, `form="sent-form"`, `name="_again" value="ru"`} {
		if !strings.Contains(page, has) {
			t.Errorf("no %s:\n%s", has, page)
		}
	}
	// The browser sends the form as it is filled in now, with what the page carries along.
	send := carried(page)
	send.Set("name", "typed since")
	send.Set("_again", "ru")
	w := c.do("POST", "/ru/notes", send.Encode())
	for _, has := range []string{"<title>Ошибка: Notes", `value="typed since"`, `href="#f-name"`, "через 21 минуту", `formaction="/kk/notes"`} {
		if !strings.Contains(w.Body.String(), has) {
			t.Errorf("in Russian it lacks %s:\n%s", has, w.Body)
		}
	}
	if w.Code != 422 || len(n.done) > 0 {
		t.Errorf("%d, done %v", w.Code, n.done)
	}
	if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, "lang=ru;") {
		t.Errorf("the language chosen last: %q", got)
	}
	// A button has nothing to keep, so choosing a language leads to its page.
	if w := c.do("POST", "/ru/notes/burn", "_again=ru"); w.Code != 303 || w.Header().Get("Location") != "/ru/notes" || len(n.done) > 0 {
		t.Errorf("a button: %d %v", w.Code, w.Header())
	}
}

// The problems that a page carries along are kept from language to language. Nobody can put
// words of their own into a page in that way.
func TestProblemsTravelWithTheirTypes(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	said := civic.Say("web.too_large", "Limit", civic.Say("web.wait_minutes", "Said", civic.Say("web.too_many"), "Count", int64(2)), "When", at, "Name", civic.Text{"kk": "Парк", "ru": "Сад"}, "N", 5)
	c := newCity(t, func(cfg *web.Config) {
		show := func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
			p := web.NewPage(w, r, "")
			words := []templ.Component{openForm(p, "/say"), templ.Raw("</form>")}
			for _, problem := range f.Problems {
				args := problem.Message.Args
				words = append(words, ui.Plain(fmt.Sprint("said ", p.L.Say(problem.Message))))
				if len(args) > 7 {
					when, _ := args[3].(time.Time)
					text, _ := args[5].(civic.Text)
					words = append(words, ui.Plain(fmt.Sprint(when.Equal(at), text["ru"], args[7])))
				}
			}
			content := body(words...)
			return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
				return ui.Layout(p).Render(templ.WithChildren(ctx, content), w)
			}), nil
		}
		cfg.Routes = append(cfg.Routes, web.Forms(web.Form{Pattern: "/say", Access: web.Everyone, Show: show,
			Do: func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error) {
				return web.Next{}, &civic.Error{Code: civic.Invalid, Fields: []civic.FieldError{{Field: "x", Message: said}}}
			}})...)
	})
	send := carried(c.do("POST", "/en/say", "").Body.String())
	send.Set("_again", "ru")
	w := c.do("POST", "/ru/say", send.Encode())
	if s := w.Body.String(); !strings.Contains(s, "через 2 минуты") || !strings.Contains(s, "trueСад5") {
		t.Errorf("in Russian:\n%s", s)
	}
	for _, forged := range []string{`["x","Your account is closed"]`, `["x"]`, `{"x":1}`, `["x","web.wait_minutes","Count",[1]]`, `nonsense`, `["x","web.wait_minutes","Count",{"message":["no.such"]}]`} {
		w := c.do("POST", "/en/say", url.Values{"_again": {"en"}, "_problem": {forged}}.Encode())
		if w.Code != 200 || strings.Contains(w.Body.String(), "said ") {
			t.Errorf("%s: %d\n%s", forged, w.Code, w.Body)
		}
	}
}

func TestACheckPageComesBeforeTheAct(t *testing.T) {
	c, n := newNotes(t)
	typed := url.Values{"name": {`"for ever" <b>`}, "act": {"publish"}}
	w := c.do("POST", "/en/notes/publish", typed.Encode())
	for _, has := range []string{`type="hidden" name="name" value="&#34;for ever&#34; &lt;b&gt;"`, `type="hidden" name="act" value="publish"`, `name="_sure"`,
		`formaction="/ru/notes/publish"`, `name="_check" value="ru"`, "Go back and change"} {
		if !strings.Contains(w.Body.String(), has) {
			t.Errorf("the check page lacks %s:\n%s", has, w.Body)
		}
	}
	if w.Code != 200 || strings.Contains(w.Body.String(), "<title>Error") || len(n.done) > 0 {
		t.Errorf("%d, done %v", w.Code, n.done)
	}
	with := func(mark, value string) string { return typed.Encode() + "&" + mark + "=" + value }
	if w := c.do("POST", "/ru/notes/publish", with("_check", "ru")); w.Code != 200 || !strings.Contains(w.Body.String(), "Вернуться и исправить") || !strings.Contains(w.Header().Get("Set-Cookie"), "lang=ru") {
		t.Errorf("the check page in Russian: %d\n%s", w.Code, w.Body)
	}
	if w := c.do("POST", "/en/notes/publish", with("_again", "")); w.Code != 200 || !strings.Contains(w.Body.String(), `value="&#34;for ever&#34; &lt;b&gt;"`) || strings.Contains(w.Body.String(), "<title>Error") {
		t.Errorf("the way back: %d\n%s", w.Code, w.Body)
	}
	if w := c.do("POST", "/en/notes/publish", "name="); w.Code != 422 || !strings.Contains(w.Body.String(), `href="#f-name"`) {
		t.Errorf("what cannot be done needs no check page: %d\n%s", w.Code, w.Body)
	}
	if len(n.done) > 0 {
		t.Fatalf("done before anybody was sure: %v", n.done)
	}
	if w := c.do("POST", "/en/notes/publish", with("_sure", "yes")); w.Code != 303 || fmt.Sprint(n.done) != "[publish "+typed.Encode()+"]" {
		t.Errorf("sure: %d, done %v", w.Code, n.done)
	}
	if w := c.do("POST", "/en/notes/publish", "name=draft"); w.Code != 303 || len(n.done) != 2 {
		t.Errorf("what needs no check page: %d, done %v", w.Code, n.done)
	}
}

func TestAnAddressOfAFormLeadsToItsPage(t *testing.T) {
	c, _ := newNotes(t)
	for path, to := range map[string]string{"/en/notes/7/other": "/en/notes", "/kk/notes/burn?x=1": "/kk/notes", "/notes/burn": "/kk/notes/burn"} {
		if w := c.get(path); w.Code/100 != 3 || w.Header().Get("Location") != to {
			t.Errorf("%s: %d %s, want %s", path, w.Code, w.Header().Get("Location"), to)
		}
	}
	if w := c.do("HEAD", "/en/notes/burn", ""); w.Code != 303 {
		t.Errorf("HEAD: %d", w.Code)
	}
}

func TestTheLanguageChosenLastIsRemembered(t *testing.T) {
	c := newCity(t, nil)
	page := c.get("/kk/thing/a?q=%26x").Body.String()
	if !strings.Contains(page, `href="/ru/language?to=%2Fthing%2Fa%3Fq%3D%2526x"`) || !strings.Contains(page, `hreflang="ru" href="/ru/thing/a?q=%26x"`) {
		t.Errorf("the switch of a page:\n%s", page)
	}
	w := c.get("/ru/language?to=%2Fthing%2Fa%3Fq%3D%2526x")
	if w.Code != 303 || w.Header().Get("Location") != "/ru/thing/a?q=%26x" || !strings.HasPrefix(w.Header().Get("Set-Cookie"), "lang=ru;") || !strings.Contains(w.Header().Get("Cache-Control"), "no-store") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := c.get("/", "Cookie", "lang=ru", "Accept-Language", "en"); w.Header().Get("Location") != "/ru" {
		t.Errorf("an address without a language: %v", w.Header())
	}
	calls := c.calls.Load()
	if w := c.get("/kk/thing/a?q=%26x", "Cookie", "lang=ru"); w.Header().Get("ETag") == "" || c.calls.Load() != calls {
		t.Error("who has chosen a language does not get the cached page")
	}
	for _, to := range []string{"https://evil.test", "//evil.test", `/\evil.test`, "/%5Cevil.test", "evil", "", "/kk/../..//evil.test"} {
		w := c.get("/ru/language?" + url.Values{"to": {to}}.Encode())
		if at := w.Header().Get("Location"); w.Code != 303 || !strings.HasPrefix(at, "/") || strings.HasPrefix(at, "//") || strings.HasPrefix(at, `/\`) {
			t.Errorf("to %q: %d %q", to, w.Code, at)
		}
	}
}

// A form with a file is read like any other.
func TestAFormWithAFile(t *testing.T) {
	var got string
	c := newCity(t, func(cfg *web.Config) {
		cfg.Routes = append(cfg.Routes, web.Forms(web.Form{Pattern: "/file", Page: "/{$}", Access: web.Everyone, MaxBody: 10_000,
			Do: func(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
				_, h, err := r.FormFile("file")
				if err != nil {
					return web.Next{}, err
				}
				got = fmt.Sprint(h.Filename, h.Size, f.Value("kind"))
				return web.On("/"), nil
			}})...)
	})
	send := func(size int) *httptest.ResponseRecorder {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		part, err := m.CreateFormFile("file", "a.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(bytes.Repeat([]byte("x"), size)); err != nil {
			t.Fatal(err)
		}
		if err := m.WriteField("kind", "ngo\x00"); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		return c.do("POST", "/en/file", b.String(), "Content-Type", m.FormDataContentType())
	}
	if w := send(3); w.Code != 303 || got != "a.csv3ngo" {
		t.Errorf("%d, read %q", w.Code, got)
	}
	if w := send(20_000); w.Code != 413 {
		t.Errorf("a large file: %d", w.Code)
	}
	if w := c.get("/en/file"); w.Code != 303 || w.Header().Get("Location") != "/en" {
		t.Errorf("its address: %d %v", w.Code, w.Header())
	}
}
