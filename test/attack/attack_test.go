package attack_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/app/demo"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Sixty-four people of all roles ask for every route of the program for a minute: with addresses that somebody is shown in a link
// or a form, where there are such, and with things that do not exist. Nobody is answered with a fault, and afterwards the
// program is well and holds no connection.
func TestEveryRouteFromSixtyFourClients(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		routes := routesOf(t)
		shown := c.shown(routes)
		clients := make([]*http.Client, 64)
		for i := range clients {
			clients[i] = c.client(100 + i)
			if n := i % (len(c.logins) + 1); n < len(c.logins) {
				c.signIn(clients[i], c.logins[n])
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var faults sync.Map
		all := c.crowd(ctx, 100, len(clients), func(n int, _ *http.Client) answer {
			rt := routes[rand.IntN(len(routes))]
			path := c.address(rt)
			if known := shown[rt.Method+" "+rt.Pattern]; len(known) > 0 && rand.IntN(3) > 0 {
				path = known[rand.IntN(len(known))]
			}
			a := answer{}
			if rt.Method == "GET" {
				a = c.get(clients[n-100], path)
			} else {
				a = c.post(clients[n-100], path, url.Values{"email": {"nobody@example.kz"}, "q": {"су"}})
			}
			if a.status == 0 || a.status >= 500 && a.status != http.StatusServiceUnavailable {
				faults.Store(rt.Method+" "+path, a)
			}
			return a
		})
		faults.Range(func(route, a any) bool {
			t.Errorf("%s: %d %.300s", route, a.(answer).status, a.(answer).body)
			return true
		})
		for _, path := range []string{"/healthz", "/readyz", "/kk"} {
			if a := c.get(c.client(9), path); a.status != http.StatusOK {
				t.Errorf("afterwards %s is %d %.200s", path, a.status, a.body)
			}
		}
		c.row("64 clients of all roles, every route, a minute", "%d answers (%s), with real addresses for %d of %d routes; afterwards well; %d MiB",
			len(all), codes(all), len(shown), len(routes), c.memory()>>20)
	})
}

// routesOf lists the routes of the program as it is built, but those that end a session or the
// city's use of a person.
func routesOf(t *testing.T) (out []web.Route) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Database: filepath.Join(t.TempDir(), "routes.db"), Capabilities: capabilities.All()})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, rt := range a.Routes() {
		if rt.Pattern != "/sign-out" && rt.Pattern != "/account/delete" {
			out = append(out, rt)
		}
	}
	return out
}

// shown are the addresses by route that a visitor and one person of each role find in links and forms of the pages that they are led to.
func (c *target) shown(routes []web.Route) map[string][]string {
	pages, plain := http.NewServeMux(), http.NewServeMux() // two, as in the program: their patterns may meet
	for _, rt := range routes {
		mux := pages
		if rt.Plain {
			mux = plain
		}
		mux.HandleFunc(rt.Method+" "+rt.Pattern, http.NotFound)
	}
	out := map[string][]string{}
	note := func(method, address string) {
		at, err := url.Parse(address)
		if err != nil || at.Host != "" || len(at.Path) == 0 {
			return
		}
		mux, asked := plain, *at
		if len(at.Path) > 3 && at.Path[3] == '/' {
			mux, asked.Path = pages, at.Path[3:] // without its language
		}
		_, pattern := mux.Handler(&http.Request{Method: method, URL: &asked})
		if pattern != "" && !slices.Contains(out[pattern], address) && len(out[pattern]) < 20 {
			out[pattern] = append(out[pattern], address)
		}
	}
	people := []demo.Login{{}}
	roles := map[civic.Role]bool{}
	for _, l := range c.logins {
		if !roles[l.Role] {
			roles[l.Role] = true
			people = append(people, l)
		}
	}
	for i, who := range people {
		client := c.client(50 + i)
		if who.Email != "" {
			c.signIn(client, who)
		}
		c.formsFor(client, func(path string, a answer) {
			forms, links := formsOf(path, a.body)
			for _, link := range links {
				note("GET", link)
			}
			for _, f := range forms {
				note("POST", f.action)
			}
		})
	}
	return out
}

// address fills a pattern with the open consultation or with what does not exist.
func (c *target) address(rt web.Route) string {
	id := strings.TrimPrefix(c.open, "/consultations/")
	if rand.IntN(3) == 0 {
		id = string(civic.NewID(time.Now()))
	}
	path := strings.NewReplacer("{$}", "", "{id}", id, "{claim}", id, "{token}", civic.Token(), "{no}", strconv.Itoa(rand.IntN(12)), "{index}", strconv.Itoa(rand.IntN(300)),
		"{year}", "2025", "{kind}", "consultations.consultation", "{key}", "city.name", "{format}", "csv", "{name}", "x.css", "{path...}", "entries/000", "{mode}", "production").Replace(rt.Pattern)
	if !rt.Plain {
		path = "/en" + path
	}
	return path
}

// Two hundred connections, of one network and of two hundred, ask for costly pages with addresses
// that nobody has asked for before. The home page takes half a second at most; under the attack of
// one network votes go on at half their rate at least.
func TestCostlyPagesWithNewAddresses(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		for _, networks := range []int{1, 200} {
			before := c.voting(8*time.Second, 1000, 16)
			ctx, cancel := context.WithCancel(t.Context())
			var home []time.Duration
			var wg sync.WaitGroup
			wg.Go(func() { home = c.home(ctx) })
			asked := c.send(ctx, networks)
			under := c.voting(20*time.Second, 2000, 16)
			cancel()
			wg.Wait()
			if networks == 1 && under < before/2 || quantile(home, 0.99) > 500*time.Millisecond || c.memory() > 400<<20 {
				t.Errorf("%d networks: votes %.0f/s, before %.0f/s; home p99 %v; %d MiB", networks, under, before, quantile(home, 0.99), c.memory()>>20)
			}
			c.row(fmt.Sprintf("200 connections of %d networks, costly pages, new addresses, 20 s", networks), "%s; votes %.0f/s of %.0f/s (%.0f %%); home p99 %d ms, worst %d ms; %d MiB",
				asked(), under, before, 100*under/before, quantile(home, 0.99).Milliseconds(), quantile(home, 1).Milliseconds(), c.memory()>>20)
		}
	})
}

// Sixty-four networks ask light and heavy pages for words that nobody has asked for before. What
// is kept of the answers has a bound, so the greatest memory stays near that of an idle city.
func TestJunkQueries(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		idle := c.memory()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		paths := []string{"/kk/organisations?q=", "/kk/record?before=", "/kk?x=", "/kk/consultations?after=", "/kk/search?q=", "/api/v1" + c.open + "/statements?after="}
		all := c.crowd(ctx, 6000, 64, func(n int, client *http.Client) answer {
			return c.get(client, paths[rand.IntN(len(paths))]+strconv.Itoa(rand.Int()))
		})
		if most := c.memory(); most > idle+96<<20 {
			t.Errorf("%d MiB, idle %d MiB", most>>20, idle>>20)
		}
		c.row("64 networks, words nobody asked for, 20 s", "%d answers (%s); %d MiB at most, idle %d MiB", len(all), codes(all), c.memory()>>20, idle>>20)
	})
}

// A thousand connections send a request byte by byte, or read nothing of a large answer.
func TestSlowSendersAndReaders(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		host := strings.TrimPrefix(c.base, "http://")
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				conn, err := net.Dial("tcp", host)
				if err != nil {
					return
				}
				defer conn.Close()
				request := "POST /en/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
				if i%2 == 0 {
					request = "GET /organisations/export/json HTTP/1.1\r\nHost: x\r\n\r\n"
				}
				for at := 0; at < len(request) && ctx.Err() == nil; at += 40 {
					if _, err := conn.Write([]byte(request[at:min(len(request), at+40)])); err != nil {
						return
					}
					select {
					case <-ctx.Done():
					case <-time.After(time.Second):
					}
				}
				<-ctx.Done()
			})
		}
		home := c.home(ctx)
		wg.Wait()
		if quantile(home, 0.99) > 500*time.Millisecond {
			t.Errorf("home p99 %v", quantile(home, 0.99))
		}
		c.row("1,000 slow senders and readers, 15 s", "home p99 %d ms, worst %d ms; %d MiB", quantile(home, 0.99).Milliseconds(), quantile(home, 1).Milliseconds(), c.memory()>>20)
	})
}

// Two hundred wrong passwords at once from one network: somebody elsewhere still gets in at once,
// and the person who is attacked too, though from an unknown network they may have to wait.
func TestAFloodOfSignIns(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var flood []answer
		victim := c.logins[0]
		one := c.client(77)
		one.Transport.(*http.Transport).MaxIdleConnsPerHost = 200
		wg.Go(func() {
			flood = c.crowd(ctx, 77, 200, func(int, *http.Client) answer {
				return c.post(one, "/en/sign-in", url.Values{"email": {victim.Email}, "password": {"wrong " + strconv.Itoa(rand.Int())}})
			})
		})
		var took []time.Duration
		var waited time.Duration // of the one who is attacked, from a network that nobody knows
		for i := range 8 {
			who := c.logins[i%len(c.logins)]
			client := c.client(3000 + i)
			start := time.Now()
			a := c.signIn(client, who)
			for who == victim && a.status == http.StatusTooManyRequests && time.Since(start) < 3*time.Minute {
				time.Sleep(10 * time.Second) // their network keeps its place in the line
				a = c.signIn(client, who)
			}
			if a.status != http.StatusSeeOther {
				t.Errorf("%s is answered %d", who.Role, a.status)
			}
			if who == victim {
				waited = max(waited, time.Since(start))
			} else {
				took = append(took, a.took)
			}
		}
		cancel()
		wg.Wait()
		if worst := quantile(took, 1); worst > 3*time.Second {
			t.Errorf("a sign-in took %v", worst)
		}
		c.row("200 wrong sign-ins at once from one network", "%d tries (%s); all others got in, in %d ms at most, and the one attacked, from an unknown network, in %.0f s; %d MiB", len(flood), codes(flood), quantile(took, 1).Milliseconds(), waited.Seconds(), c.memory()>>20)
	})
}

// The program is killed ten times while people vote. Every vote that was acknowledged is there.
func TestKilledWhilePeopleVote(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		var acknowledged []*http.Client // of each vote, the browser that sent it
		var mu sync.Mutex
		for round := range 10 {
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				people := atomic.Int64{}
				c.crowd(ctx, 0, 32, func(int, *http.Client) answer {
					client := c.client(10_000*(1+round) + int(people.Add(1)))
					a := c.post(client, "/en"+c.open+"/vote", url.Values{"statement": {c.no}, "vote": {"agree"}})
					if a.status == http.StatusSeeOther {
						mu.Lock()
						acknowledged = append(acknowledged, client)
						mu.Unlock()
					}
					return a
				})
			})
			time.Sleep(time.Duration(300+rand.IntN(700)) * time.Millisecond)
			_ = c.process.Process.Kill()
			_ = c.process.Wait()
			cancel()
			wg.Wait()
			c.start() // elsewhere, but cookies belong to a host whatever its port
		}
		lost := 0
		for _, client := range acknowledged {
			if a := c.get(client, "/en"+c.open+"/mine"); a.status != http.StatusOK || !strings.Contains(a.body, c.open+"/vote") {
				t.Logf("lost: %d after %v %.300s", a.status, a.took, a.body)
				lost++
			}
			client.CloseIdleConnections() // thousands of them would be more than this process may open
		}
		if lost > 0 || len(acknowledged) == 0 {
			t.Errorf("%d of %d acknowledged votes are lost", lost, len(acknowledged))
		}
		c.row("10 × kill -9 while 32 people vote", "%d votes acknowledged, %d lost", len(acknowledged), lost)
	})
}

// A backup is made while people vote, and from SQLite it is restored and opened. That it is one instant of the city is shown by
// TestABackupIsOneInstantOfARunningDatabase, and that its record holds by TestBackupsAreKeptRehearsedAndRestored.
func TestABackupWhilePeopleVote(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		file := filepath.Join(t.TempDir(), "city.backup")
		var rate float64
		var wg sync.WaitGroup
		wg.Go(func() { rate = c.voting(6*time.Second, 4000, 16) })
		time.Sleep(time.Second)
		start := time.Now()
		birge(t, "backup", "--database", c.dsn, file)
		took := time.Since(start)
		wg.Wait()
		restored := filepath.Join(t.TempDir(), "restored.db")
		if strings.HasPrefix(c.dsn, "postgres") {
			c.row("a backup while 16 people vote", "%.0f votes/s meanwhile, made in %.1f s", rate, took.Seconds())
			return // where it is restored from is an operator's database: see docs/operate.md
		}
		birge(t, "restore", "--database", restored, file)
		out := birge(t, "config", "--database", restored)
		if len(out) == 0 {
			t.Error("the restored city cannot be opened")
		}
		c.row("a backup while 16 people vote", "%.0f votes/s meanwhile, made in %.1f s, restored and opened", rate, took.Seconds())
	})
}

func birge(t *testing.T, args ...string) string {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(file, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("birge %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// Files that are small and become large when read: an XLSX of many empty strings, one of many
// empty cells, a CSV of one long line.
func TestFilesThatGrow(t *testing.T) {
	each(t, func(t *testing.T, c *target) {
		administrator := c.client(50)
		c.signIn(administrator, login(t, c, civic.Administrator))
		worst := time.Duration(0)
		files := map[string][]byte{"strings.xlsx": bomb(t, true), "cells.xlsx": bomb(t, false), "line.csv": bytes.Repeat([]byte("a;"), 2<<20), "quote.csv": append([]byte(`"`), bytes.Repeat([]byte("a,\n"), 1<<20)...)}
		for name, body := range files {
			var b bytes.Buffer
			m := multipart.NewWriter(&b)
			part, _ := m.CreateFormFile("file", name)
			_, _ = part.Write(body)
			_ = m.Close()
			start := time.Now()
			res, err := administrator.Post(c.base+"/en/organisations/import", m.FormDataContentType(), &b)
			a := read(res, err, start)
			worst = max(worst, a.took)
			if a.status != http.StatusUnprocessableEntity && a.status != http.StatusRequestEntityTooLarge && a.status != http.StatusSeeOther {
				t.Errorf("%s: %d %.300s", name, a.status, a.body)
			}
		}
		if c.memory() > 300<<20 || worst > 20*time.Second {
			t.Errorf("%d MiB, %v", c.memory()>>20, worst)
		}
		c.row("small files that grow when read (4 kinds)", "answered in %.1f s at most; %d MiB", worst.Seconds(), c.memory()>>20)
	})
}

func login(t *testing.T, c *target, role civic.Role) demo.Login {
	t.Helper()
	for _, l := range c.logins {
		if l.Role == role {
			return l
		}
	}
	t.Fatalf("the demonstration has no %s", role)
	return demo.Login{}
}

// bomb is a workbook whose shared strings, or whose cells, are empty and very many.
func bomb(t *testing.T, strs bool) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	write := func(name, head, unit, tail string, n int) {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte(head))
		block := bytes.Repeat([]byte(unit), 10_000)
		for range n / 10_000 {
			_, _ = f.Write(block)
		}
		_, _ = f.Write([]byte(tail))
	}
	const types = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`
	write("[Content_Types].xml", types, "", "", 0)
	write("_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`, "", "", 0)
	write("xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>`, "", "", 0)
	write("xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`, "", "", 0)
	many, few := 40_000_000, 10_000
	if !strs {
		many, few = few, many/2
	}
	write("xl/sharedStrings.xml", `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`, "<si/>", "</sst>", many)
	write("xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>`, `<c t="s"><v>0</v></c>`, "</row></sheetData></worksheet>", few)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
