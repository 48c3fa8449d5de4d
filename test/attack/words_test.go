package attack_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/birge-kz/birge/internal/app/demo"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
)

// hostile are words that somebody may type or send.
var hostile = map[string]string{
	"200 letters":         strings.Repeat("Ұ", 200),
	"10,000 letters":      strings.Repeat("Щ", 10_000),
	"invisible letters":   strings.Repeat("\u200b\u2060\u00ad\ufeff", 20),
	"turned direction":    "жоба\u202efdp.exe\u2067",
	"markup":              `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}'--`,
	"combining marks":     "е" + strings.Repeat("\u0301", 500),
	"control characters":  "a\x00b\x1b[31m\r\nSet-Cookie: x=1\v",
	"broken UTF-8":        "\xff\xfe\xc3(",
	"percent and pattern": `%00%s%d_\%*(?:)`,
}

// whole takes a word back out of a page: it is markup there only when it was not escaped.
var whole = regexp.MustCompile("(?i)<script>alert|<img src=x|\u202e|\u2067|\x00|\x1b")

// typed is what a field still holds of what its reader typed.
var typed = regexp.MustCompile(`(?s) value="[^"]*"|<textarea[^>]*>[^<]*</textarea>`)

// sentForm is a form as a page holds it.
type sentForm struct {
	action, page string
	files        bool
	fields       []field
}

type field struct{ name, sort, value string }

// formsOf finds the forms of a page and where its links lead.
func formsOf(page, body string) (forms []sentForm, links []string) {
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return nil, nil
	}
	attr := func(n *html.Node, key string) string {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val
			}
		}
		return ""
	}
	for n := range root.Descendants() {
		if n.DataAtom == atom.A {
			links = append(links, attr(n, "href"))
		}
		if n.DataAtom != atom.Form || !strings.EqualFold(attr(n, "method"), "post") {
			continue
		}
		f := sentForm{action: attr(n, "action"), page: page, files: strings.HasPrefix(attr(n, "enctype"), "multipart")}
		for m := range n.Descendants() {
			name := attr(m, "name")
			switch {
			case name == "":
			case m.DataAtom == atom.Input:
				f.fields = append(f.fields, field{name, attr(m, "type"), attr(m, "value")})
			case m.DataAtom == atom.Button:
				f.fields = append(f.fields, field{name, "hidden", attr(m, "value")})
			case m.DataAtom == atom.Textarea:
				f.fields = append(f.fields, field{name, "textarea", ""})
			case m.DataAtom == atom.Select:
				value := ""
				for o := range m.Descendants() {
					if o.DataAtom == atom.Option && attr(o, "value") != "" {
						value = attr(o, "value")
					}
				}
				f.fields = append(f.fields, field{name, "select", value})
			}
		}
		forms = append(forms, f)
	}
	return forms, links
}

// filled is the form with a hostile word in its free fields, or in all of them.
func (f sentForm) filled(word string, all bool) url.Values {
	out := url.Values{"_sure": {"yes"}}
	for _, each := range f.fields {
		value := each.value
		switch each.sort {
		case "text", "search", "textarea", "":
			value = word
		case "email":
			value = fmt.Sprintf("a%d@attack.test", time.Now().UnixNano())
		case "date":
			value = time.Now().AddDate(0, 0, 20).Format(time.DateOnly)
		case "number":
			value = "3"
		case "file":
			continue
		}
		if all && each.sort != "file" && !strings.HasPrefix(each.name, "_") {
			value = word
		}
		out.Set(each.name, value)
	}
	return out
}

// encode writes the form as browsers do; one that takes files has a file with a hostile name in it.
func (f sentForm) encode(values url.Values, word string) (kind string, body *bytes.Buffer) {
	if !f.files {
		return "application/x-www-form-urlencoded", bytes.NewBufferString(values.Encode())
	}
	var files []upload
	for _, each := range f.fields {
		if each.sort == "file" {
			name := strings.NewReplacer("\r", "", "\n", "").Replace(word)
			files = append(files, upload{each.name, name + ".pdf", []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")})
		}
	}
	return inParts(values, files...)
}

// ends are forms that would end the walk.
var ends = regexp.MustCompile(`/sign-out|/account/(delete|password|email|sessions|passkeys)|/people/[0-9a-v]{26}/|/settings/(finish|city|rules)|/language|/(publish|withdraw|close|hide|double|state)$`)

// Somebody of every role types hostile words into every field of every form that they are shown,
// alone and with sensible values in the fields that want them, and into every address. Each is taken
// or refused; none is a fault, and no page shows one as markup or lets it turn the reading.
func TestHostileWordsInEveryField(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		w := newTown(c)
		people := []demo.Login{{}, w.resident, w.representative, w.officers[0], w.moderators[0], login(t, c, civic.Administrator)}
		tally := map[int]int{}
		wrong := map[string]bool{}
		look := func(what string, a answer) {
			tally[a.status]++
			found := ""
			if strings.HasPrefix(a.body, "<") { // sheets, PDF and calendars have no markup
				found = whole.FindString(typed.ReplaceAllString(a.body, ""))
			}
			if a.status == 0 || a.status >= 500 && a.status != http.StatusServiceUnavailable || found != "" {
				if key := regexp.MustCompile(`[0-9a-v]{26}|\d+`).ReplaceAllString(what, "…"); !wrong[key] {
					wrong[key] = true
					t.Errorf("%s: %d %q %.200s", what, a.status, found, a.body)
				}
			}
		}
		forms := 0
		for round := range 2 { // the second sees what the first has left
			for i, who := range people {
				client := c.client(90 + i + 10*round)
				if who.Email != "" {
					c.signIn(client, who)
				}
				for _, f := range c.formsFor(client, look) {
					if round == 1 {
						continue
					}
					forms++
					for name, word := range hostile {
						for _, all := range []bool{false, true} {
							kind, body := f.encode(f.filled(word, all), word)
							start := time.Now()
							res, err := client.Post(c.base+f.action, kind, body)
							look(fmt.Sprintf("%s in POST %s", name, f.action), read(res, err, start))
						}
					}
				}
			}
		}
		c.askAddresses(routesOf(t), look)
		c.row(fmt.Sprintf("%d hostile words in every field of %d forms of six people, and in every address", len(hostile), forms), "%v; no fault, nothing shown as markup", tally)
	})
}

// formsFor walks the pages that somebody is shown, two of each kind, and returns one form of each kind.
func (c *target) formsFor(client *http.Client, look func(string, answer)) (out []sentForm) {
	seen, forms, asked := map[string]int{}, map[string]bool{}, map[string]bool{}
	queue := []string{"/kk", "/kk/desk/people/invitations", "/kk/settings/days", "/kk/settings/outlines", "/kk/desk/moderation", "/kk/consultations/mine", "/kk/following", "/kk/search?q=a"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if asked[path] || seen[kindOf(path)] >= 3 || !strings.HasPrefix(path, "/kk") {
			continue
		}
		asked[path] = true
		seen[kindOf(path)]++
		a := c.get(client, path)
		look("GET "+path, a)
		if a.status != http.StatusOK || !strings.Contains(a.body[:min(200, len(a.body))], "<html") {
			continue
		}
		found, links := formsOf(path, a.body)
		queue = append(queue, links...)
		for _, f := range found {
			if key := kindOf(f.action); !forms[key] && !ends.MatchString(f.action) && f.action != "" {
				forms[key] = true
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, func(a, b sentForm) int { return strings.Compare(a.action, b.action) })
	return out
}

// askAddresses puts the words into every part of every address and into the queries that pages know.
func (c *target) askAddresses(routes []web.Route, look func(string, answer)) {
	admin := c.client(140)
	c.signIn(admin, login(c.t, c, civic.Administrator))
	for _, rt := range routes {
		for name, word := range hostile {
			if len(word) > 2000 {
				word = word[:2000]
			}
			path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllStringFunc(rt.Pattern, func(part string) string {
				if part == "{$}" {
					return ""
				}
				return url.PathEscape(word)
			})
			if !rt.Plain {
				path = "/ru" + path
			}
			if rt.Method == "GET" {
				query := url.Values{}
				for _, q := range []string{"q", "state", "body", "district", "after", "before", "year", "at", "kind", "id", "back", "sort", "show", "phase"} {
					query.Set(q, word)
				}
				look(name+" in GET "+rt.Pattern, c.get(admin, path+"?"+query.Encode()))
			} else if !ends.MatchString(rt.Pattern) {
				look(name+" in POST "+rt.Pattern, c.post(admin, path, nil))
			}
		}
	}
}
