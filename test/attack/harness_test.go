// Package attack_test attacks the built program over the loopback network, on both engines:
// `make attack`. Each test is one kind of attack with what must hold meanwhile; its figures are
// printed, and docs/security.md has the table of them. It runs when BIRGE_TEST_ATTACK is set, for
// it takes minutes and the whole machine.
package attack_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/demo"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// program is the built binary.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "birge-attack-*")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "birge")
	build := exec.Command("go", "build", "-o", file, "../../cmd/birge")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	if orders := os.Getenv("BIRGE_ATTACK_CROWD"); orders != "" {
		attackers(orders)
		return
	}
	code := m.Run()
	if os.Getenv("BIRGE_TEST_ATTACK") != "" {
		if file, err := program(); err == nil {
			os.RemoveAll(filepath.Dir(file))
		}
	}
	os.Exit(code)
}

// target is a running city that is attacked.
type target struct {
	t       *testing.T
	dsn     string
	files   string // the folder of pictures and documents,
	keys    string // and that of the keys of votes
	base    string
	logins  []demo.Login
	open    string // the path of an open consultation in which everybody may vote,
	no      string // and the number of one of its statements
	process *exec.Cmd
	errors  *bytes.Buffer
}

func onlyIfAsked(t *testing.T) {
	t.Helper()
	if os.Getenv("BIRGE_TEST_ATTACK") == "" {
		t.Skip("set BIRGE_TEST_ATTACK=1 to attack the program (make attack does)")
	}
}

// each attacks a demonstration city of its own on each engine, one after the other.
func each(t *testing.T, attack func(t *testing.T, c *target)) {
	t.Helper()
	onlyIfAsked(t)
	for engine, dsn := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		t.Run(engine, func(t *testing.T) { attack(t, newTarget(t, dsn(t))) })
	}
}

func newTarget(t *testing.T, dsn string, flags ...string) *target {
	t.Helper()
	c := &target{t: t, dsn: dsn, files: t.TempDir(), keys: t.TempDir()}
	var err error
	c.logins, err = demo.Make(t.Context(), app.Config{Database: dsn, Files: c.files, BallotKeys: c.keys, URL: &url.URL{Scheme: "http", Host: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	c.start(flags...)
	t.Cleanup(func() {
		c.stop()
		if t.Failed() {
			t.Logf("the program said:\n%.4000s", c.errors.String())
		}
	})
	if strings.HasPrefix(c.base, "http://") {
		c.lookAround()
	}
	return c
}

// lookAround finds where everybody may vote.
func (c *target) lookAround() {
	c.t.Helper()
	visitor := c.client(1)
	for _, m := range regexp.MustCompile(`href="/en(/consultations/[0-9a-z]{26})"`).FindAllStringSubmatch(c.get(visitor, "/en/consultations").body, -1) {
		page := c.get(visitor, "/en"+m[1])
		if strings.Contains(page.body, m[1]+"/vote") {
			c.open, c.no = m[1], c.find(page, `name="statement" value="(\d+)"`)
			return
		}
	}
	c.t.Fatal("nobody may vote without an account")
}

// listens is where the program listens: where it did before, for a session is of one address.
func (c *target) listens() string {
	if at, err := url.Parse(c.base); err == nil && at.Port() != "" {
		return "127.0.0.1:" + at.Port()
	}
	return "127.0.0.1:0"
}

// start runs the program on the city's database and waits until it says where it listens.
func (c *target) start(flags ...string) {
	c.t.Helper()
	file, err := program()
	if err != nil {
		c.t.Fatal(err)
	}
	c.process = exec.Command(file, append([]string{"serve", "--database", c.dsn, "--files", c.files, "--ballot-keys", c.keys, "--listen", c.listens(), "--log-level", "warn"}, flags...)...)
	c.errors = new(bytes.Buffer)
	c.process.Stderr = c.errors
	out, err := c.process.StdoutPipe()
	if err == nil {
		err = c.process.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		c.t.Fatalf("%v\n%s", err, c.errors)
	}
	c.base = strings.Replace(strings.TrimSpace(line), "localhost", "127.0.0.1", 1)
	go io.Copy(io.Discard, out)
}

// stop ends the program as an operator does, and fails when it does not end.
func (c *target) stop() {
	c.t.Helper()
	_ = c.process.Process.Signal(syscall.SIGTERM)
	done := make(chan error, 1)
	go func() { done <- c.process.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			c.t.Errorf("the program ended with %v", err)
		}
	case <-time.After(45 * time.Second):
		c.t.Error("the program does not end")
		_ = c.process.Process.Kill()
	}
}

// client asks from a network of its own: the loopback has sixteen million addresses.
func (c *target) client(n int) *http.Client {
	jar, _ := cookiejar.New(nil)
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, byte(1+n>>16), byte(n>>8), byte(1+n%250))}, Timeout: 30 * time.Second}
	return &http.Client{Jar: jar, Timeout: 60 * time.Second,
		Transport:     &http.Transport{DialContext: from.DialContext, MaxIdleConnsPerHost: 4, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is what came back; status 0 when nothing did.
type answer struct {
	status int
	body   string
	took   time.Duration
}

func (c *target) get(client *http.Client, path string) answer {
	start := time.Now()
	res, err := client.Get(c.base + path)
	return read(res, err, start)
}

func (c *target) post(client *http.Client, path string, form url.Values) answer {
	start := time.Now()
	res, err := client.PostForm(c.base+path, form)
	return read(res, err, start)
}

func read(res *http.Response, err error, start time.Time) answer {
	if err != nil {
		return answer{0, err.Error(), time.Since(start)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return answer{0, err.Error(), time.Since(start)}
	}
	return answer{res.StatusCode, string(body), time.Since(start)}
}

func (c *target) find(a answer, pattern string) string {
	c.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(a.body)
	if m == nil {
		c.t.Fatalf("no %s in %d %.300s", pattern, a.status, a.body)
	}
	return m[1]
}

// signIn returns a client with the session of the n-th login.
func (c *target) signIn(client *http.Client, l demo.Login) answer {
	return c.post(client, "/en/sign-in", url.Values{"email": {l.Email}, "password": {l.Password}})
}

// memory is the greatest resident memory of the program so far, in bytes.
func (c *target) memory() int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.process.Process.Pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, _ := strconv.ParseInt(strings.Fields(rest + " 0")[0], 10, 64)
	return kib << 10
}

// crowd runs work on so many clients at once, each with a network of its own, until the time is
// over, and returns all answers.
func (c *target) crowd(ctx context.Context, first, clients int, work func(n int, client *http.Client) answer) []answer {
	var mu sync.Mutex
	var all []answer
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			client := c.client(first + i)
			for ctx.Err() == nil {
				a := work(first+i, client)
				mu.Lock()
				all = append(all, a)
				mu.Unlock()
			}
			client.CloseIdleConnections()
		})
	}
	wg.Wait()
	return all
}

// send lets a crowd of two hundred ask for costly pages until ctx ends. It is a process of its own
// that yields to all others: what it costs to attack is not what is measured. The result waits for
// its end and counts its answers.
func (c *target) send(ctx context.Context, networks int) (answers func() string) {
	c.t.Helper()
	crowd := exec.CommandContext(ctx, "nice", "-n", "19", os.Args[0])
	crowd.Env = append(os.Environ(), fmt.Sprintf("BIRGE_ATTACK_CROWD=%s %s %d", c.base, c.open, networks))
	crowd.Cancel = func() error { return crowd.Process.Signal(syscall.SIGTERM) }
	var out bytes.Buffer
	crowd.Stdout = &out
	if err := crowd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return func() string {
		if err := crowd.Wait(); err != nil && ctx.Err() == nil {
			c.t.Error(err)
		}
		return strings.TrimSpace(out.String())
	}
}

// attackers are the crowd of send.
func attackers(orders string) {
	c := &target{}
	networks := 0
	if _, err := fmt.Sscan(orders, &c.base, &c.open, &networks); err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	paths := []string{c.open + "/report.pdf?lang=kk&z=", "/en" + c.open + "/map?z=", "/en" + c.open + "/results?after=", "/en/record?before=", "/en/search?q=", "/en/organisations?q=",
		"/organisations/export/json?q=", "/api/v1" + c.open + "/map?z=", "/en/record/{no}?z="}
	clients := make([]*http.Client, 200)
	for i := range clients {
		clients[i] = c.client(5000 + i%networks)
	}
	all := c.crowd(ctx, 0, len(clients), func(n int, _ *http.Client) answer {
		return c.get(clients[n], strings.Replace(paths[n%len(paths)], "{no}", strconv.Itoa(rand.IntN(500)), 1)+strconv.Itoa(rand.Int()))
	})
	fmt.Printf("%d answers (%s)", len(all), codes(all))
}

// voting votes with so many people for a time and returns the accepted votes of a second.
func (c *target) voting(d time.Duration, first, people int) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	start := time.Now()
	var ok int
	for _, a := range c.crowd(ctx, first, people, func(n int, client *http.Client) answer {
		return c.post(client, "/en"+c.open+"/vote", url.Values{"statement": {c.no}, "vote": {[]string{"agree", "disagree", "pass"}[n%3]}})
	}) {
		if a.status == http.StatusSeeOther {
			ok++
		}
	}
	return float64(ok) / time.Since(start).Seconds()
}

// home asks for the home page twenty times a second until ctx ends and returns how long it took.
func (c *target) home(ctx context.Context) (took []time.Duration) {
	client := c.client(9)
	for ctx.Err() == nil {
		a := c.get(client, "/kk")
		if a.status != http.StatusOK {
			c.t.Errorf("home: %d %.200s", a.status, a.body)
			return append(took, time.Hour)
		}
		took = append(took, a.took)
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	return took
}

// quantile returns the q-th of the durations.
func quantile(took []time.Duration, q float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	took = slices.Sorted(slices.Values(took))
	return took[min(len(took)-1, int(q*float64(len(took))))]
}

// codes counts answers by status.
func codes(all []answer) string {
	n := map[int]int{}
	for _, a := range all {
		n[a.status]++
	}
	var words []string
	for _, code := range slices.Sorted(maps.Keys(n)) {
		words = append(words, fmt.Sprintf("%d × %d", n[code], code))
	}
	return strings.Join(words, ", ")
}

// row prints one line of the table in docs/security.md.
func (c *target) row(attack, held string, args ...any) {
	c.t.Helper()
	engine := "SQLite"
	if strings.HasPrefix(c.dsn, "postgres") {
		engine = "PostgreSQL"
	}
	fmt.Printf("| %s | %s | %s |\n", attack, engine, fmt.Sprintf(held, args...))
}
