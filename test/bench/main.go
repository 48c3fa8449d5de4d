// Command bench measures what the product promises about speed, as ratios within one run:
// machines are shared and noisy, so absolute times prove little.
//
//	go run ./test/bench generate FILE [-scale 1]   a city of made-up data: at scale 1, 20,000 organisations, 200 consultations, 5,000,000 votes
//	go run ./test/bench sequence FILE              gives all its acts their place in the record and makes its maps
//	go run ./test/bench pages SMALL LARGE          pages of two such cities against each other, for each kind of reader
//	go run ./test/bench idle BIRGE                 how fast the program starts in an empty folder, and its memory when idle
//	go run ./test/bench cities BIRGE [-n 200]      many small cities in one process: its start, its memory, a kept page
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	settings "github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/organisations"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say generate, sequence, pages, idle or cities")
	}
	switch args[0] {
	case "generate":
		f := flag.NewFlagSet("generate", flag.ContinueOnError)
		scale := f.Float64("scale", 1, "share of the full city")
		if len(args) < 2 {
			return fmt.Errorf("generate FILE [-scale 1]")
		}
		if err := f.Parse(args[2:]); err != nil {
			return err
		}
		return generate(ctx, args[1], *scale)
	case "sequence":
		if len(args) != 2 {
			return fmt.Errorf("sequence FILE")
		}
		return sequence(ctx, args[1])
	case "pages":
		if len(args) != 3 {
			return fmt.Errorf("pages SMALL LARGE")
		}
		return pages(ctx, args[1], args[2])
	case "idle":
		if len(args) != 2 {
			return fmt.Errorf("idle BIRGE")
		}
		return idle(ctx, args[1])
	case "cities":
		f := flag.NewFlagSet("cities", flag.ContinueOnError)
		n := f.Int("n", 200, "how many")
		if len(args) < 2 {
			return fmt.Errorf("cities BIRGE [-n 200]")
		}
		if err := f.Parse(args[2:]); err != nil {
			return err
		}
		return citiesOf(ctx, args[1], *n)
	}
	return fmt.Errorf("there is no %s", args[0])
}

func open(ctx context.Context, file string, cacheBytes int64) (*app.App, error) {
	return app.Open(ctx, app.Config{Database: file, CacheBytes: cacheBytes, Capabilities: capabilities.All(), URL: &url.URL{Scheme: "http", Host: "bench.test"},
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
}

var themes = []string{"vulnerable", "education", "rights", "health", "family", "culture", "harmony", "children", "heritage", "environment", "other"}

// generate fills a new city. The numbers are those of the issue, times scale.
func generate(ctx context.Context, file string, scale float64) error {
	a, err := open(ctx, file, 0)
	if err != nil {
		return err
	}
	defer a.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	n := int(20_000 * scale)
	start := time.Now()
	var csv bytes.Buffer
	csv.WriteString("BIN,Атауы,Наименование,Тақырыптар,Құрылған күні,Миссия\n")
	for i := range n {
		year := 1991 + rng.IntN(34)
		fmt.Fprintf(&csv, "%s,«Үлгі %d» қоғамдық бірлестігі,Общественное объединение «Образец %d»,%s,%d-%02d-01,%s\n",
			bin(i), i, i, themes[rng.IntN(len(themes))], year, 1+rng.IntN(12), words(rng, 12))
	}
	report, err := a.Organisations.Import(ctx, bytes.NewReader(csv.Bytes()), int64(csv.Len()), organisations.Mapping{}, false, func(int, int) {})
	if err != nil {
		return err
	}
	fmt.Printf("organisations: %d made, %d rejected, %.1f s\n", report.Created, report.Rejected, time.Since(start).Seconds())

	start = time.Now()
	conversations := max(25, int(200*scale)) // a full page of a list at least
	const voters, statements, each = 500, 100, 50
	votes := 0
	for range conversations {
		dir := polis(rng, voters, statements, each)
		if _, err := app.Service[*consultations.Service](a).ImportPolis(ctx, dir, consultations.ImportOptions{}, func(int64, int64) {}); err != nil {
			return err
		}
		votes += voters * each
	}
	fmt.Printf("consultations: %d with %d votes, %.1f s\n", conversations, votes, time.Since(start).Seconds())
	return nil
}

// bin makes the i-th number, with a right check digit. Some serials have none and give way
// to a later year.
func bin(i int) string {
	for year := i / 100_000; ; year += 50 {
		s := fmt.Sprintf("%02d%02d40%05d", year%100, 1+i%12, i%100_000)
		for d := '0'; d <= '9'; d++ {
			if civic.ValidBIN(s + string(d)) {
				return s + string(d)
			}
		}
	}
}

var vocabulary = strings.Fields("қала көше мектеп саябақ балалар жарық жол су тазалық аула көлік спорт мәдениет орта кітапхана бақ парк школа улица двор свет вода дорога детская площадка")

func words(rng *rand.Rand, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = vocabulary[rng.IntN(len(vocabulary))]
	}
	return strings.Join(out, " ")
}

// polis is a made-up conversation in Polis's export format.
func polis(rng *rand.Rand, voters, statements, each int) fstest.MapFS {
	var comments, votes bytes.Buffer
	comments.WriteString("timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n")
	votes.WriteString("timestamp,datetime,comment-id,voter-id,vote\n")
	agree, disagree := make([]int, statements), make([]int, statements)
	at := int64(1_700_000_000_000)
	for v := range voters {
		for _, s := range rng.Perm(statements)[:each] {
			at += int64(rng.IntN(60_000))
			choice := rng.IntN(3) - 1
			switch choice {
			case 1:
				agree[s]++
			case -1:
				disagree[s]++
			}
			fmt.Fprintf(&votes, "%d,%s,%d,%d,%d\n", at, date(at), s, v, choice)
		}
	}
	for s := range statements {
		fmt.Fprintf(&comments, "%d,%s,%d,%d,%d,%d,1,%s\n", 1_700_000_000_000, date(1_700_000_000_000), s, s%voters, agree[s], disagree[s], words(rng, 10))
	}
	summary := fmt.Sprintf("topic,%s\nurl,https://pol.is/made-up\nviews,0\nvoters,%d\nvoters-in-conv,%d\ncommenters,%d\ncomments,%d\ngroups,0\nconversation-description,made up\n",
		words(rng, 5), voters, voters, statements, statements)
	return fstest.MapFS{"comments.csv": {Data: comments.Bytes()}, "votes.csv": {Data: votes.Bytes()}, "summary.csv": {Data: []byte(summary)}}
}

func date(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("Mon Jan 02 15:04:05 MST 2006")
}

// sequence does what the program does in the background: until then a city has a backlog.
func sequence(ctx context.Context, file string) error {
	a, err := open(ctx, file, 0)
	if err != nil {
		return err
	}
	defer a.Close()
	for n := 1; n > 0; {
		if n, err = a.Record.Sequence(ctx); err != nil {
			return err
		}
	}
	return a.RunJobs(ctx)
}

// reader is who asks for a page, and what they are promised.
type reader struct {
	name   string
	kept   bool              // pages and fragments may be kept from one answer to the next
	cookie func(city) string // "" for a visitor
	most   float64           // ms of the processor for a page at most
}

var readers = []reader{
	{"visitor, kept", true, func(city) string { return "" }, 0.1},
	{"visitor, made anew", false, func(city) string { return "" }, 0},
	{"participant", true, func(city) string { return "birge_participant=0123456789abcdef0123456789abcdef" }, 1},
	{"signed in", true, func(c city) string { return "birge_session=" + c.session }, 1},
}

// city is one of the two that are compared, with and without a cache.
type city struct {
	kept, anew http.Handler
	session    string
	one        string // a consultation's address
}

func openCity(ctx context.Context, file string) (c city, done func(), err error) {
	kept, err := open(ctx, file, 0)
	if err != nil {
		return c, nil, err
	}
	anew, err := open(ctx, file, -1)
	if err != nil {
		return c, nil, errors.Join(err, kept.Close())
	}
	done = func() { _, _ = kept.Close(), anew.Close() }
	c = city{kept: kept.Handler(), anew: anew.Handler()}
	if c.session, err = signIn(ctx, kept); err != nil {
		return c, done, err
	}
	list, err := app.Service[*consultations.Service](kept).List(ctx, consultations.Closed, settings.Scope{}, "")
	if err == nil && len(list.Items) == 0 {
		err = fmt.Errorf("%s has no consultation", file)
	}
	if err == nil {
		c.one = "/kk" + consultations.Path(list.Items[0].ID)
	}
	return c, done, err
}

// pages asks for each page of both cities in turn, as each reader, and compares the processor
// time of one answer.
func pages(ctx context.Context, small, large string) error {
	paths := []string{"/kk", "/kk/organisations", "/kk/organisations?theme=culture", "/kk/organisations?q=саябақ", "/kk/consultations", "/kk/consultations?phase=closed",
		"/kk/consultations.atom", one, one + "/results", one + "/map"}
	// Grows with how often a word stands in the city, here in every entry; nothing is promised but a bound.
	searches := []string{"/kk/search?q=саябақ", "/kk/search?q=саябақ&kind=organisations.organisation"}
	var cities [2]city
	for i, file := range []string{small, large} {
		c, done, err := openCity(ctx, file)
		if done != nil {
			defer done()
		}
		if err != nil {
			return err
		}
		cities[i] = c
	}
	fmt.Printf("%-20s %-50s %12s %12s %7s   %s\n", "reader", "page", "small", "large", "ratio", "promise")
	for _, who := range readers {
		for _, p := range slices.Concat(paths, searches) {
			took, err := compare(cities, who, p)
			if err != nil {
				return err
			}
			fmt.Printf("%-20s %-50s %9.3f ms %9.3f ms %7.2f   %s\n", who.name, p, took[0], took[1], took[1]/took[0], promise(who, took, slices.Contains(searches, p)))
		}
	}
	return nil
}

// one stands for the address of a consultation, which each city has another of.
const one = "/kk/consultations/one"

// compare is the median time of one answer in both cities, which are asked in turns so that noise meets
// both alike.
func compare(cities [2]city, who reader, page string) (took [2]float64, err error) {
	const rounds, answers = 5, 20
	var all [2][]float64
	for round := range rounds + 1 {
		for i, c := range cities {
			h := c.anew
			if who.kept {
				h = c.kept
			}
			t, err := cpu(h, strings.Replace(page, one, c.one, 1), who.cookie(c), answers)
			if err != nil {
				return took, err
			}
			if round > 0 {
				all[i] = append(all[i], t)
			}
		}
	}
	return [2]float64{median(all[0]), median(all[1])}, nil
}

// promise says what the reader is promised of a page, and whether it is kept.
func promise(who reader, took [2]float64, search bool) string {
	if search {
		return ""
	}
	said, kept := "ratio ≤ 1.5", took[1] <= 1.5*took[0] || took[1] < 0.1 // of less than that only noise is left
	if who.most > 0 {
		said, kept = fmt.Sprintf("%s, ≤ %.1f ms", said, who.most), kept && took[1] <= who.most
	}
	if !kept {
		return said + "  NOT KEPT"
	}
	return said
}

// cpu is the processor time of one answer in milliseconds, the mean of n.
func cpu(h http.Handler, p, cookie string, n int) (float64, error) {
	before := used()
	for i := range n {
		r := httptest.NewRequest("GET", "http://city.test"+(&url.URL{Path: pathOf(p), RawQuery: queryOf(p)}).String(), nil)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		r.RemoteAddr = fmt.Sprintf("198.51.100.%d:1234", i) // searches are limited for each network
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			return 0, fmt.Errorf("%s: %d", p, w.Code)
		}
	}
	return (used() - before).Seconds() * 1000 / float64(n), nil
}

func pathOf(p string) string { s, _, _ := strings.Cut(p, "?"); return s }

func queryOf(p string) string {
	_, q, _ := strings.Cut(p, "?")
	values, _ := url.ParseQuery(q)
	return values.Encode()
}

func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// idle starts the program on an empty folder, asks for a page, waits, and reads how much
// memory it holds.
func idle(ctx context.Context, program string) error {
	dir, err := os.MkdirTemp("", "birge-idle-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	start := time.Now()
	cmd := exec.CommandContext(ctx, program, "serve", "--listen", "127.0.0.1:0", "--database", path.Join(dir, "city.db"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return err
	}
	res, err := http.Get(strings.TrimSpace(line) + "/kk")
	if err != nil {
		return err
	}
	res.Body.Close()
	fmt.Printf("first page %.2f s after the start of the program\n", time.Since(start).Seconds())
	time.Sleep(10 * time.Second)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		return err
	}
	for l := range strings.Lines(string(status)) {
		if strings.HasPrefix(l, "VmRSS") || strings.HasPrefix(l, "RssAnon") {
			fmt.Print(l)
		}
	}
	return nil
}

// signIn makes an administrator in a city that has none and returns the session's cookie.
func signIn(ctx context.Context, a *app.App) (string, error) {
	link, err := a.SetupLink(ctx)
	if err != nil {
		return "", err
	}
	const email, password = "bench@city.test", "benchmark of the city 2026"
	from := identity.Client{Address: "127.0.0.1"}
	if link == "" {
		in, err := a.Identity.SignIn(ctx, from, email, password, "")
		return in.Cookie, err
	}
	in, err := a.Identity.SetUp(ctx, from, path.Base(link), email, civic.Kazakh, identity.NewAccount{Name: "Bench", Password: password})
	if err != nil {
		return "", err
	}
	return in.Cookie, a.Settings.MarkDemo(ctx)
}
