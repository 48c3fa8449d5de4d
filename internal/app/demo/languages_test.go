package demo

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Whatever people and bodies wrote stands on every page in an element that says its language, or a
// screen reader reads Kazakh with a Russian voice. The city of this test has lost all its English,
// so that English pages must show every text in another language.
func TestEveryTextSaysItsLanguage(t *testing.T) {
	content := load(t)
	city := maps.Clone(content.City.Name) // which the settings ask for in every language
	eachText(reflect.ValueOf(&content), func(text civic.Text) { delete(text, civic.English) })
	content.City.Name = city
	now := time.Date(2026, 11, 20, 11, 30, 0, 0, time.FixedZone("UTC+5", 5*3600))
	cfg := app.Config{Capabilities: capabilities.All(), Database: storagetest.SQLite(t), URL: &url.URL{Scheme: "http", Host: "city.example"}, Clock: func() time.Time { return now },
		Storage: storagetest.Watched(t, storage.Options{})}
	logins, err := makeOf(t.Context(), cfg, content)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.RunJobs(t.Context()); err != nil { // which make the opinion maps
		t.Fatal(err)
	}
	w := &languages{known: knownTexts(&content), holds: map[string][]string{}, walker: newWalker(t, a), met: map[string]bool{}, wrong: map[string]bool{}}
	w.visit = w.look
	w.walk("visitor", "", []string{"/en"})
	for _, l := range logins {
		signed, err := a.Identity.SignIn(t.Context(), identity.Client{Address: "test"}, l.Email, l.Password, "")
		if err != nil {
			t.Fatal(err)
		}
		w.walk(string(l.Role), signed.Cookie, []string{"/en", "/en/me", "/en/desk", "/en/administration", "/en/account", "/en/notices", "/en/desk/consultations/new", "/en/organisations/milestones", "/en/settings"})
	}
	if len(w.met) < len(w.known)/3 {
		t.Errorf("the walk met only %d of %d texts", len(w.met), len(w.known))
	}
}

// eachText visits all multilingual texts in a value.
func eachText(v reflect.Value, visit func(civic.Text)) {
	if text, ok := v.Interface().(civic.Text); ok {
		visit(text)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			eachText(v.Field(i), visit)
		}
	}
}

// knownTexts are the lines of the content that are in one language only, by their words.
func knownTexts(c *Content) map[string]civic.Lang {
	known := map[string]civic.Lang{}
	add := func(lang civic.Lang, text string) {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-> "))
			if utf8.RuneCountInString(line) < 10 || strings.ContainsAny(line, "*[_") {
				continue
			}
			if other, there := known[line]; there && other != lang {
				lang = "" // both
			}
			known[line] = lang
		}
	}
	eachText(reflect.ValueOf(c), func(text civic.Text) {
		for lang, s := range text {
			add(lang, s)
		}
	})
	for _, q := range c.Consultations {
		for _, st := range q.Statements {
			for lang, s := range st.Words() {
				add(lang, s)
			}
		}
	}
	for line, lang := range known {
		if lang == "" {
			delete(known, line)
		}
	}
	return known
}

// languages is a walk that looks at the language of every text.
type languages struct {
	*walker
	known map[string]civic.Lang
	holds map[string][]string // of what a page says, the texts in it: menus and labels come again on each
	met   map[string]bool
	wrong map[string]bool // what was said already
}

// look looks at a page that was met in English, in all languages.
func (w *languages) look(page string, doc *html.Node, cookie string) {
	if byTag(doc, atom.Main) == nil {
		return // a file or a feed
	}
	w.lookAt(page, doc)
	for _, lang := range []string{"/kk", "/ru"} {
		path := lang + strings.TrimPrefix(page, "/en")
		_, doc := w.do("GET", path, cookie, nil)
		w.lookAt(path, doc)
	}
}

func (w *languages) lookAt(page string, doc *html.Node) {
	// No markup can stand in these; code is an entry of the record as it was hashed.
	unmarked := []atom.Atom{atom.Title, atom.Script, atom.Style, atom.Textarea, atom.Code}
	for n := range doc.Descendants() {
		if n.Type != html.TextNode || n.Parent == nil || slices.Contains(unmarked, n.Parent.DataAtom) || utf8.RuneCountInString(n.Data) < 10 {
			continue
		}
		said := nearestLang(n)
		for _, text := range w.textsIn(n.Data) {
			lang := w.known[text]
			w.met[text] = true
			route := w.route("GET", "/en"+page[len("/kk"):])
			if key := route + n.Parent.Data + string(lang); said != string(lang) && !w.wrong[key] {
				w.wrong[key] = true
				w.t.Errorf("%s (%s) has in <%s>, as %q, what is %q: %.120q", page, route, n.Parent.Data, said, lang, n.Data)
			}
		}
	}
}

func (w *languages) textsIn(words string) []string {
	texts, looked := w.holds[words]
	if !looked {
		for text := range w.known {
			if strings.Contains(words, text) {
				texts = append(texts, text)
			}
		}
		w.holds[words] = texts
	}
	return texts
}

func byTag(doc *html.Node, tag atom.Atom) *html.Node {
	for n := range doc.Descendants() {
		if n.DataAtom == tag {
			return n
		}
	}
	return nil
}

// nearestLang is the language of a node as it is marked.
func nearestLang(n *html.Node) string {
	for at := n; at != nil; at = at.Parent {
		if lang := attr(at, "lang"); lang != "" {
			return lang
		}
	}
	return ""
}
