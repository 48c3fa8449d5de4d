package browser_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/demo"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// demoCity is the demonstration city, which has one of everything.
func demoCity(t *testing.T) *city {
	needBrowser(t)
	dsn := storagetest.SQLite(t)
	if _, err := demo.Make(t.Context(), app.Config{Database: dsn}); err != nil {
		t.Fatal(err)
	}
	return newCity(t, dsn)
}

// key is the name of a text, which nobody should read.
var key = regexp.MustCompile(`\b(app|city|consultations|identity|notifications|organisations|record|ui|web)\.[a-z]+_[a-z_]+\b`)

var thing = regexp.MustCompile(`/[0-9a-v]{26}`)

// publicPages walks from the home page and returns the address of every public page, one for
// each kind of page where there are many alike.
func publicPages(b *browser) []string {
	kinds, queue, out := map[string]bool{}, []string{"/kk", "/kk/sign-in", "/kk/sign-up", "/kk/recover", "/kk/nowhere"}, []string(nil)
	for len(queue) > 0 {
		page := queue[0]
		queue = queue[1:]
		path, query, _ := strings.Cut(page, "?")
		kind := thing.ReplaceAllString(path, "/*")
		kind = regexp.MustCompile(`/\d+`).ReplaceAllString(kind, "/*")
		for pair := range strings.SplitSeq(query, "&") {
			kind += "?" + strings.SplitN(pair, "=", 2)[0]
		}
		if kinds[kind] || strings.Count(query, "&") > 0 {
			continue
		}
		kinds[kind] = true
		out = append(out, page)
		b.visit(page)
		queue = append(queue, do(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a[href]")].map(a => new URL(a.getAttribute("href"), location))
			.filter(u => u.origin == location.origin && u.pathname.startsWith("/kk") && !/\/(export|feed)|\.(csv|atom|pdf|json)/.test(u.pathname))
			.map(u => u.pathname + u.search)`))...)
	}
	slices.Sort(out)
	return out
}

// Every public page: nothing for axe to find, no sideways scroll on a phone, no text
// missing, in Kazakh by day and in Russian by night; and its first view within the promised weight.
func TestEveryPublicPage(t *testing.T) {
	c := demoCity(t)
	b := c.open(t, phoneWidth, phoneHeight)
	pages := publicPages(b)
	if len(pages) < 20 {
		t.Errorf("only %d kinds of pages found: %v", len(pages), pages)
	}
	for _, page := range pages {
		for lang, scheme := range map[string]string{"/kk": "light", "/ru": "dark"} {
			b.prefers(scheme)
			b.visit(lang + strings.TrimPrefix(page, "/kk"))
			b.accessible()
			b.fits()
			shown := b.shows()
			if strings.Contains(shown, "⟦") {
				t.Errorf("%s%s lacks a text", lang, page)
			}
			if rows := do(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".sub, .tabs, .crumbs")].filter(n => n.offsetHeight > 60).map(n => n.className)`)); len(rows) > 0 {
				t.Errorf("%s%s: %v take more than one row", lang, page, rows)
			}
			if k := key.FindString(shown); k != "" {
				t.Errorf("%s%s shows %s, the name of a text", lang, page, k)
			}
		}
	}
	scale := c.scale(t)
	for _, page := range pages {
		requests, bytes := scale.weigh(page)
		t.Logf("%-60s %d requests, %5.1f kB", page, requests, float64(bytes)/1000)
		if requests > 4 || bytes > 60_000 {
			t.Errorf("%s: %d requests and %d bytes; at most 4 and 60,000 are promised", page, requests, bytes)
		}
	}
}

// scale is a browser that keeps nothing and counts what crosses the wire.
type scale struct {
	*browser
	mu       sync.Mutex
	requests int
	bytes    int64
}

func (c *city) scale(t *testing.T) *scale {
	t.Helper()
	s := &scale{browser: c.open(t, phoneWidth, phoneHeight)}
	err := chromedp.Listen(s.ctx, func(ev any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(ev.Request.URL, "data:") {
				s.requests++
			}
		case *network.EventLoadingFinished:
			s.bytes += int64(ev.EncodedDataLength)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(s.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(s.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	return s
}

// weigh opens a page as for the first time.
func (s *scale) weigh(page string) (requests int, bytes int64) {
	s.t.Helper()
	s.visit("about:blank")
	s.mu.Lock()
	s.requests, s.bytes = 0, 0
	s.mu.Unlock()
	s.visit(page)
	do(s.browser, chromedp.Evaluate[bool](`new Promise(done => document.readyState == "complete" ? done(true) : addEventListener("load", () => done(true)))`, chromedp.EvalAwaitPromise))
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests, s.bytes
}

// Without scripts a visitor reads, and a resident signs in, votes and signs out.
func TestWithoutScripts(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.setUp(t)
		b := c.signUp(t, "resident@city.test", "Тұрғын", phoneWidth, phoneHeight)
		b.press(`form[action$="/sign-out"] button`)
		plain := c.open(t, phoneWidth, phoneHeight)
		do(plain, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return chromedp.Void{}, err
		})
		plain.visit("/kk/sign-in")
		for name, text := range map[string]string{"email": "resident@city.test", "password": password} {
			do(plain, chromedp.SendKeys(fmt.Sprintf(`form[action$="/sign-in"] [name=%q]`, name), text))
		}
		plain.click(`form[action$="/sign-in"] button[type=submit]`)
		plain.visit("/kk/account")
		if got := do(plain, chromedp.Text(`main`)); !strings.Contains(got, "resident@city.test") {
			t.Errorf("not signed in:\n%s", got)
		}
	})
}
