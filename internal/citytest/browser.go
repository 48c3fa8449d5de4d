package citytest

import (
	"bytes"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// Browser asks the city's pages and keeps its cookies, as a phone does.
type Browser struct {
	Address string // from where it comes: "192.0.2.7:1234"
	city    *City
	jar     http.CookieJar
}

// Browser opens one for a person, who signs in when they have no session that lasts; nil is a
// visitor.
func (c *City) Browser(p *Person) *Browser {
	c.T.Helper()
	jar, err := cookiejar.New(nil)
	c.Must(err)
	b := &Browser{Address: "192.0.2.7:1234", city: c, jar: jar}
	if p != nil {
		_, signedIn, err := c.Identity.Visit(c.Ctx(), p.Cookie)
		c.Must(err)
		if !signedIn {
			c.SignIn(p)
		}
		b.SetCookie("birge_session", p.Cookie)
	}
	return b
}

// SetCookie gives the browser a cookie.
func (b *Browser) SetCookie(name, value string) {
	u, _ := url.Parse(Origin)
	b.jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// Cookie is the value of a cookie that the browser has; "" when there is none.
func (b *Browser) Cookie(name string) string {
	u, _ := url.Parse(Origin)
	for _, k := range b.jar.Cookies(u) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

// Get asks for a page.
func (b *Browser) Get(path string) *Page {
	b.city.T.Helper()
	return b.Do(httptest.NewRequest("GET", Origin+path, nil))
}

// Post sends a form: name, value, name, value …
func (b *Browser) Post(path string, pairs ...string) *Page {
	b.city.T.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.PostForm(path, form)
}

// PostForm sends a form.
func (b *Browser) PostForm(path string, form url.Values) *Page {
	b.city.T.Helper()
	r := httptest.NewRequest("POST", Origin+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Do(r)
}

// Upload sends a form with one file in the field of that name, and more fields: name, value, …
func (b *Browser) Upload(path, field, file string, content []byte, pairs ...string) *Page {
	b.city.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		b.city.Must(form.WriteField(pairs[i], pairs[i+1]))
	}
	w, err := form.CreateFormFile(field, file)
	b.city.Must(err)
	_, err = w.Write(content)
	b.city.Must(err)
	b.city.Must(form.Close())
	r := httptest.NewRequest("POST", Origin+path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.Do(r)
}

// Do sends a request of the caller's making with the browser's cookies.
func (b *Browser) Do(r *http.Request) *Page {
	b.city.T.Helper()
	r.RemoteAddr = b.Address
	if r.UserAgent() == "" {
		r.Header.Set("User-Agent", "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0")
	}
	for _, c := range b.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.city.Handler().ServeHTTP(w, r)
	res := w.Result()
	b.jar.SetCookies(r.URL, res.Cookies())
	body, err := io.ReadAll(res.Body)
	b.city.Must(err)
	return &Page{asked: r.Method + " " + r.URL.RequestURI(), Status: res.StatusCode, Header: res.Header, Location: res.Header.Get("Location"), Body: string(body), t: b.city.T}
}

// Page is an answer of the city.
type Page struct {
	Status   int
	Header   http.Header
	Location string
	Body     string
	asked    string // what this answers: "GET /kk/desk"
	t        testing.TB
}

// Main is the page's own part, without the head and foot that all pages have: these show menus,
// and the name of whoever is signed in.
func (p *Page) Main() *Page {
	p.t.Helper()
	_, rest, found := strings.Cut(p.Body, "<main")
	if !found {
		p.t.Fatalf("no <main> in the page: %d %s %.2000s", p.Status, p.Location, p.Text())
	}
	own := *p
	own.Body, _, _ = strings.Cut("<main"+rest, "</main>")
	return &own
}

// oneSpace lets a test write a space where the page has one that does not break.
var oneSpace = strings.NewReplacer("\u00a0", " ")

func (p *Page) shown() string { return oneSpace.Replace(p.Body) }

// Want stops the test unless the page has the status and shows, or leads on to, all the parts.
func (p *Page) Want(status int, parts ...string) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s: status %d, want %d: %s %.2000s", p.asked, p.Status, status, p.Location, p.Text())
	}
	for _, part := range parts {
		if !strings.Contains(p.shown()+p.Location, oneSpace.Replace(part)) {
			p.t.Fatalf("%s: no %q in %q %.2000s", p.asked, part, p.Location, p.Text())
		}
	}
	if utf8.ValidString(p.Body) && strings.Contains(p.Body, "⟦") { // in packed bytes it stands by chance
		p.t.Fatalf("%s: a text is missing: %.2000s", p.asked, p.Text())
	}
	return p
}

var (
	shortWord = regexp.MustCompile(`^[0-9A-Za-z]{1,5}$`)
	random    = regexp.MustCompile(`[0-9A-Za-z_-]{16,}`) // identifiers, tokens, names of files by their content
)

// Lacks stops the test when the page shows one of the parts. A short one may stand in an identifier: these hold any letters, by chance.
func (p *Page) Lacks(parts ...string) *Page {
	p.t.Helper()
	for _, part := range parts {
		shown := p.shown()
		if shortWord.MatchString(part) {
			shown = random.ReplaceAllString(shown, "")
		}
		if strings.Contains(shown, oneSpace.Replace(part)) {
			p.t.Fatalf("%s: %q in %.2000s", p.asked, part, p.Text())
		}
	}
	return p
}

var (
	hiddenField = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*>`)
	nameOf      = regexp.MustCompile(`\bname="([^"]*)"`)
	valueOf     = regexp.MustCompile(`\bvalue="([^"]*)"`)
)

// Hidden is what the hidden fields of the page's own part carry along when its form is sent.
func (p *Page) Hidden() url.Values {
	p.t.Helper()
	carried := url.Values{}
	for _, field := range hiddenField.FindAllString(p.Main().Body, -1) {
		name, value := nameOf.FindStringSubmatch(field), valueOf.FindStringSubmatch(field)
		if name != nil && value != nil {
			carried.Add(name[1], html.UnescapeString(value[1]))
		}
	}
	return carried
}

var tags = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

// Text is what the page says, without its markup.
func (p *Page) Text() string {
	return strings.TrimSpace(strings.Join(strings.Fields(tags.ReplaceAllString(p.Body, " ")), " "))
}
