// Package browser_test drives the whole program in Chromium: the journeys of residents,
// officers and moderators, accessibility by axe-core, and the weight of pages. It runs when
// BIRGE_TEST_BROWSER is set, as `make test` does, and skips otherwise.
package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/emersion/go-smtp"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// eachEngine runs a journey on a fresh city on SQLite and on PostgreSQL, beside the other tests.
func eachEngine(t *testing.T, journey func(*testing.T, *city)) {
	needBrowser(t)
	storagetest.OnEach(t, func(t *testing.T, dsn string) {
		t.Parallel()
		journey(t, newCity(t, dsn))
	})
}

// needBrowser lets the test run beside the others, or skips it where no browser is wanted.
func needBrowser(t *testing.T) {
	t.Helper()
	if os.Getenv("BIRGE_TEST_BROWSER") == "" {
		t.Skip("set BIRGE_TEST_BROWSER=1 to drive Chromium (make test does)")
	}
	t.Parallel()
}

// chromium is the one browser of the run. It starts when a test first needs it and stops with
// TestMain; people have windows and cookies of their own in it.
var chromium = sync.OnceValues(func() (context.Context, error) { return startBrowser() })

// startBrowser starts a browser process.
func startBrowser(more ...chromedp.ExecAllocatorOption) (context.Context, error) {
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		// A window keeps its process from page to page: to start one for each takes longer than most pages do. (They would
		// be kept for the way back; a page's answer forbids that to whoever is signed in anyhow.)
		chromedp.Flag("disable-features", "Translate,BackForwardCache,RenderDocument,ProactivelySwapBrowsingInstance"))
	// Chromium without its own windows comes first: the same pages at half the processor time.
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			opts = append(opts, chromedp.ExecPath(path))
			break
		}
	}
	alloc, _ := chromedp.NewExecAllocator(context.Background(), append(opts, more...)...)
	ctx, _ := chromedp.NewContext(alloc)
	return ctx, chromedp.Do(ctx)
}

// scratch is a folder of all tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "birge-browser-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	if os.Getenv("BIRGE_TEST_BROWSER") != "" {
		if ctx, err := chromium(); err == nil {
			_ = chromedp.Cancel(ctx) // what is left of it dies with this process
		}
	}
	os.Exit(code)
}

// city is a running city with a real mail server beside it.
type city struct {
	*app.App
	base string
	post *postOffice
	down atomic.Bool // nobody reaches the city: also no service worker, which cutting the line of a window leaves alone
}

// newCity starts a city; settled, if any, sets it up otherwise.
func newCity(t *testing.T, dsn string, settled ...func(*app.Config)) *city {
	t.Helper()
	post := newPostOffice(t)
	srv := httptest.NewUnstartedServer(nil)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	base := &url.URL{Scheme: "http", Host: "localhost:" + port} // passkeys need a name, not an address
	cfg := app.Config{Database: dsn, Files: filesOf(t, dsn), Capabilities: capabilities.All(), URL: base, Dev: true, Mail: app.MailConfig{SMTP: "smtp://" + post.addr, From: "Birge <birge@city.test>"},
		Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))}
	for _, set := range settled {
		set(&cfg)
	}
	a, err := app.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	background := a.Start(ctx)
	c := &city{App: a, base: base.String(), post: post}
	handler := a.Handler()
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.down.Load() {
			panic(http.ErrAbortHandler)
		}
		handler.ServeHTTP(w, r)
	})
	srv.Start()
	t.Cleanup(func() {
		srv.Close()
		cancel()
		background.Wait()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// filesOf is where the bytes of files are: beside an SQLite file, where whoever made the city has put them.
func filesOf(t *testing.T, dsn string) string {
	if storage.EngineOf(dsn) == storage.SQLite {
		return app.FilesBeside(dsn)
	}
	return filepath.Join(t.TempDir(), "files")
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// postOffice is a mail server that keeps what it gets.
type postOffice struct {
	addr string
	mu   sync.Mutex
	come chan struct{}
	box  []letter
}

type letter struct{ to, subject, text string }

func newPostOffice(t *testing.T) *postOffice {
	p := &postOffice{come: make(chan struct{}, 1000)}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = ln.Addr().String()
	s := smtp.NewServer(p)
	s.Domain = "city.test"
	go s.Serve(ln)
	t.Cleanup(func() { s.Close() })
	return p
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{office: p}, nil }

type delivery struct {
	office *postOffice
	to     string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error      { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error { d.to = to; return nil }
func (d *delivery) Reset()                                    {}
func (d *delivery) Logout() error                             { return nil }
func (d *delivery) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	raw, _ := io.ReadAll(m.Body)
	text := string(raw)
	if b, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw))); err == nil {
		text = string(b)
	}
	d.office.mu.Lock()
	d.office.box = append(d.office.box, letter{d.to, subject, text})
	d.office.mu.Unlock()
	d.office.come <- struct{}{}
	return nil
}

var link = regexp.MustCompile(`https?://[^\s"<>]+`)

// waitFor returns the first letter to the address that is not yet read, and marks it read.
func (p *postOffice) waitFor(t *testing.T, to string) letter {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		p.mu.Lock()
		for i, l := range p.box {
			if l.to == to {
				p.box = append(p.box[:i:i], p.box[i+1:]...)
				p.mu.Unlock()
				return l
			}
		}
		p.mu.Unlock()
		select {
		case <-p.come:
		case <-deadline:
			t.Fatalf("no letter to %s came", to)
		}
	}
}

func (l letter) link(t *testing.T) string {
	t.Helper()
	m := link.FindString(l.text)
	if m == "" {
		t.Fatalf("no link in the letter %q:\n%s", l.subject, l.text)
	}
	return m
}

// browser is one person's window, with cookies of its own.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// open opens a window for one person, of the given size.
func (c *city) open(t *testing.T, width, height int64) *browser {
	t.Helper()
	return openBrowser(t, c.base, width, height)
}

// openBrowser opens a window for addresses below base.
func openBrowser(t *testing.T, base string, width, height int64) *browser {
	t.Helper()
	shared, err := chromium()
	if err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return windowOf(t, shared, base, width, height)
}

// windowOf opens a window of a browser process.
func windowOf(t *testing.T, process context.Context, base string, width, height int64) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(process, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, base: base}
	do(b, chromedp.EmulateViewport(width, height))
	b.prefers("light")
	return b
}

// do carries out one step and returns what it gives. A page that never comes fails the test
// with what the browser shows.
func do[T any](b *browser, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx := b.ctx
	if chromedp.FromContext(ctx) != nil && chromedp.FromContext(ctx).Target != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
	}
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText.slice(0, 1500) : ""`))
		b.t.Fatalf("%v\nat %s:\n%s\n%s", err, where, text, debug.Stack())
	}
	return v
}

// visit opens a path of the city, or a whole address.
func (b *browser) visit(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.base + path
	}
	do(b, chromedp.Navigate(path))
}

// fill sets a field by its name.
func (b *browser) fill(name, value string) {
	b.t.Helper()
	set := fmt.Sprintf(`(() => { const f = document.querySelector('[name=%q]'); f.value = %s;
		f.dispatchEvent(new Event("input", {bubbles: true})); f.dispatchEvent(new Event("change", {bubbles: true})); return true })()`, name, strconv.QuoteToASCII(value))
	if !do(b, chromedp.Evaluate[bool](set)) {
		b.t.Fatalf("no field %s", name)
	}
}

// press clicks and waits until the next page is there.
func (b *browser) press(selector string) {
	b.t.Helper()
	do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		// By script: a page that is still settling moves its buttons from under the pointer.
		_, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).click()`, selector)))
		return chromedp.Void{}, err
	})
}

// click is press with the pointer itself, for a browser without scripts.
func (b *browser) click(selector string) {
	b.t.Helper()
	do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.RunResponse(ctx, chromedp.Click(selector))
		return chromedp.Void{}, err
	})
}

// shows is the text that the page shows, with plain spaces.
func (b *browser) shows() string {
	b.t.Helper()
	return strings.ReplaceAll(do(b, chromedp.Evaluate[string](`document.body.innerText`)), "\u00a0", " ")
}

// sees fails unless the page shows the text.
func (b *browser) sees(text string) {
	b.t.Helper()
	if shown := b.shows(); !strings.Contains(shown, text) {
		b.t.Fatalf("%s does not show %q:\n%.2500s", b.path(), text, shown)
	}
}

// path is where the browser is, without the host.
func (b *browser) path() string {
	b.t.Helper()
	u, err := url.Parse(do(b, chromedp.Location()))
	if err != nil {
		b.t.Fatal(err)
	}
	return u.RequestURI()
}

// shot keeps a picture of the whole page when BIRGE_TEST_SHOTS names a folder.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("BIRGE_TEST_SHOTS")
	if dir == "" {
		return
	}
	png := do(b, chromedp.FullScreenshot(100))
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)); err != nil {
		b.t.Error(err)
	}
}

// prefers sets what the person has asked the system for: "light" or "dark", and little motion in any case. While one page
// passes into the next, a click meets neither of them.
func (b *browser) prefers(scheme string) {
	b.t.Helper()
	do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return chromedp.Void{}, err
	})
}

// axe is the source of axe-core, half a megabyte that is read once.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	return string(source), err
})

// byLook are the rules of axe-core that depend on colours and on how wide words are: all that can differ in another
// scheme or language.
var byLook = []string{"color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"}

// accessible fails on anything axe-core finds on the page, WCAG 2.2 AA and best practice; by some of its rules, if named.
func (b *browser) accessible(rules ...string) {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		b.t.Fatal("axe-core is missing: run npm ci in test/browser")
	}
	if !do(b, chromedp.Evaluate[bool](`"axe" in window`)) { // once per page: to compile it takes as long as to look at a small page
		do(b, chromedp.Evaluate[chromedp.Void](source+";0"))
	}
	options := map[string]any{"resultTypes": []string{"violations"}, "rules": map[string]any{"target-size": map[string]bool{"enabled": true}}} // WCAG 2.2's, which axe leaves out unless asked
	if len(rules) > 0 {
		options["runOnly"] = rules
	}
	said, err := json.Marshal(options)
	if err != nil {
		b.t.Fatal(err)
	}
	found := do(b, chromedp.Evaluate[[]violation](`axe.run(document, `+string(said)+`).then(r =>
		r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + n.failureSummary)})))`,
		chromedp.EvalAwaitPromise))
	for _, v := range found {
		b.t.Errorf("%s: axe: %s (%s)\n%s", b.path(), v.ID, v.Help, strings.Join(v.Nodes, "\n"))
	}
}

type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// fits fails when the page scrolls sideways.
func (b *browser) fits() {
	b.t.Helper()
	if size := do(b, chromedp.Evaluate[[]int](`[document.documentElement.scrollWidth, document.documentElement.clientWidth]`)); size[0] > size[1] {
		b.t.Errorf("%s is %d px wide in a window of %d", b.path(), size[0], size[1])
	}
}
