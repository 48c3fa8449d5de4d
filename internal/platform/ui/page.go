// Package ui holds the components of every page, each once, and the style sheet and scripts
// that go with them. /_styleguide shows them all in development. A component takes a [Page]
// for its language and plain values; it knows no capability.
package ui

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
)

// Page is what every page has. Capabilities embed it in the struct of a page of theirs.
type Page struct {
	L     *i18n.Localizer
	Actor civic.Actor
	City  civic.Text // the name of the city
	Demo  bool       // a demonstration city says so on every page
	Now   time.Time

	Path     string  // of this page, without the language: "/organisations?q=…"
	Resend   *Resend // set on a page that answers a sent form
	Search   string  // where the search box in the head leads; "" leaves it out, as on the page of the search itself
	Verbs    []Verb  // the navigation
	Account  []Link  // what the signed-in person can open: their desk, their account, …; for a visitor: sign in
	SignOut  string  // where a POST ends the session; "" leaves the button out of the menu
	Unread   int     // notices not yet seen
	Langs    []civic.Lang
	Title    string
	Heading  civic.Message // Title, where the page shows which of its words are in another language
	Lede     string        // one sentence under the title, also the page's description
	Leading  civic.Message // likewise Lede
	Section  string        // the key of the verb to mark in the navigation: the shell knows it by the path
	Crumbs   []Link
	Notice   Notice // shown once, after an act: "Your vote is counted"
	Feed     Link   // the Atom feed of this page; its path is without a language and stays so
	Footer   []Link // data, accessibility, the record, …
	JSONLD   string // schema.org data, JSON made by encoding/json (which escapes < > &)
	NoIndex  bool
	Wide     bool // desks and tables may use the whole width
	HideHead bool // the page draws its own h1
}

// Verb is one entry of the navigation: what a person can do.
type Verb struct {
	Key   string // the message key of its name; also its identity for Page.Section
	Path  string // where it leads, without the language
	Items []Link // what is under it
}

// Link is a title and an address. A path that begins with a single "/" is within the city
// and gets the page's language in front.
type Link struct {
	Text string
	Path string
	Lang civic.Lang // of the text, where it is not the page's
}

// Tone says what a notice or a status means; it chooses colour and shape, never alone.
type Tone string

const (
	Neutral Tone = "neutral"
	Info    Tone = "info"
	Good    Tone = "good"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// Notice is a short message on top of a page.
type Notice struct {
	Tone Tone
	Text string
}

// URL is the address of a path within the city in the page's language.
func (p Page) URL(path string) string { return Localized(p.L.Lang(), path) }

// In is the address of this very page in another language.
func (p Page) In(lang civic.Lang) string { return Localized(lang, p.Path) }

// SwitchPath is the address, under the language to be read from now on, that remembers that
// language and leads back to a page.
const SwitchPath = "/language"

// switchTo is the address of the switch to a language on this page.
func (p Page) switchTo(lang civic.Lang) string {
	return Localized(lang, SwitchPath+"?"+url.Values{"to": {p.Path}}.Encode())
}

// Localized puts the language in front of a path within the city. Other addresses stay as
// they are.
func Localized(lang civic.Lang, path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return path
	}
	return "/" + string(lang) + strings.TrimSuffix(path, "/")
}

// Words is a text in the page's language or, where it has none, in another, which is then told.
// Whoever shows the words marks that language; see Speaks.
func (p Page) Words(t civic.Text) (words string, lang civic.Lang) {
	if words, lang = t.In(p.L.Lang()); lang == p.L.Lang() {
		lang = ""
	}
	return words, lang
}

// LinkTo is a link that has a text of the city as its words.
func (p Page) LinkTo(path string, t civic.Text) Link {
	words, lang := p.Words(t)
	return Link{Text: words, Path: path, Lang: lang}
}

// SetTitle gives the page a title. Texts among the arguments of the message may be in another
// language than the page; the heading marks them.
func (p *Page) SetTitle(key string, args ...any) {
	p.Title, p.Heading = p.T(key, args...), civic.Say(key, args...)
}

// SetName gives the page the name of a thing as its title.
func (p *Page) SetName(t civic.Text) { p.SetTitle("ui.named", "Name", t) }

// SetLede gives the page its sentence under the title, as SetTitle the title.
func (p *Page) SetLede(key string, args ...any) {
	p.Lede, p.Leading = p.T(key, args...), civic.Say(key, args...)
}

// SetLedeName puts the name of a thing under the title.
func (p *Page) SetLedeName(t civic.Text) { p.SetLede("ui.named", "Name", t) }

// Why is what is wrong, in the reader's language; "" for nil, and for an error that is not for readers.
func Why(p Page, err error) string {
	var wrong *civic.Error
	if errors.As(err, &wrong) {
		return p.L.Say(wrong.Message)
	}
	return ""
}

// T is short for p.L.T.
func (p Page) T(key string, args ...any) string { return p.L.T(key, args...) }

// With returns the page's own address with query parameters changed; an empty value removes
// one. The language is not in front: give the result to URL or to a Link.
func (p Page) With(pairs ...string) string {
	u, err := url.Parse(p.Path)
	if err != nil {
		return p.Path
	}
	q := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}
