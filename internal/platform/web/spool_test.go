package web_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/web"
)

// table is a route at which a table of so many rows of so many letters is taken away.
func table(rows, wide int) web.Route {
	letters := make([]string, 100_000/wide) // together more than a compressor remembers; made once, for the race detector makes each letter dear
	random := rand.New(rand.NewPCG(1, 2))
	for i := range letters {
		line := make([]byte, wide)
		for j := range line {
			line[j] = byte('a' + random.IntN(26))
		}
		letters[i] = string(line)
	}
	return web.Tables(web.Route{Pattern: "/rows", Access: web.Everyone}, func(form web.TableForm) web.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			return web.WriteTable(w, r, web.Table{Form: form, Name: "rows", Head: []string{"no", "letters"}, Rows: func(write func([]string) error) error {
				for i := range rows {
					if err := write([]string{fmt.Sprint(i), letters[i%len(letters)]}); err != nil {
						return err
					}
				}
				return nil
			}})
		}
	})[0]
}

// A table that is larger than what stays in memory comes whole, compressed or not, and leaves no file behind.
func TestALargeTableComesWhole(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const rows = 30_000 // three megabytes
	for _, encoding := range []string{"", "gzip"} {
		c := newCity(t, func(cfg *web.Config) { cfg.Routes = append(cfg.Routes, table(rows, 100)) })
		r := httptest.NewRequest("GET", "http://city.test/rows.csv", nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		var body io.Reader = w.Body
		if w.Header().Get("Content-Encoding") != encoding || w.Code != 200 {
			t.Fatalf("%d, encoded as %q", w.Code, w.Header().Get("Content-Encoding"))
		}
		if encoding != "" {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		} else if want := fmt.Sprint(w.Body.Len()); w.Header().Get("Content-Length") != want {
			t.Errorf("length %s of %s", w.Header().Get("Content-Length"), want)
		}
		all, err := io.ReadAll(body)
		lines := strings.Split(strings.TrimSuffix(string(all), "\r\n"), "\r\n")
		if err != nil || len(lines) != rows+1 || !strings.HasPrefix(lines[rows], fmt.Sprint(rows-1)+",") {
			t.Errorf("%q: %d lines, %v", encoding, len(lines), err)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A large table that is kept is the same for all readers, whoever asks first.
func TestALargeTableThatIsKeptIsTheSameForAll(t *testing.T) {
	const rows = 12_000 // more than stays in memory while it is made, less than is too much to keep
	for _, order := range [][]string{{"gzip", "", "gzip"}, {"", "gzip", ""}} {
		asked := 0
		rt := table(rows, 100)
		rt.Topics = func(*http.Request) []string { return []string{"rows"} }
		make := rt.Handler
		rt.Handler = func(w http.ResponseWriter, r *http.Request) error { asked++; return make(w, r) }
		c := newCity(t, func(cfg *web.Config) { cfg.Routes = append(cfg.Routes, rt) })
		var first []byte
		for _, encoding := range order {
			r := httptest.NewRequest("GET", "http://city.test/rows.csv", nil)
			r.Header.Set("Accept-Encoding", encoding)
			w := httptest.NewRecorder()
			c.ServeHTTP(w, r)
			if got := w.Header().Get("Content-Encoding"); got != encoding || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
				t.Fatalf("%q of %v: encoded as %q, length %s of %d", encoding, order, got, w.Header().Get("Content-Length"), w.Body.Len())
			}
			var body io.Reader = w.Body
			if encoding != "" {
				z, err := gzip.NewReader(body)
				if err != nil {
					t.Fatal(err)
				}
				body = z
			}
			all, err := io.ReadAll(body)
			if err != nil || strings.Count(string(all), "\r\n") != rows+1 {
				t.Fatalf("%q of %v: %d bytes, which begin %q, %v", encoding, order, len(all), all[:min(len(all), 20)], err)
			}
			if first == nil {
				first = all
			}
			if string(first) != string(all) {
				t.Errorf("%q of %v: other bytes than the first reader's", encoding, order)
			}
		}
		if asked != 1 {
			t.Errorf("made %d times: it is not kept", asked)
		}
	}
}

// Readers who take nothing do not keep others from a table, though they are more than are served at once.
func TestSlowReadersOfATableHoldNobody(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) { cfg.Routes = append(cfg.Routes, table(1_200, 10_000)) }) // more than buffers between the two take
	srv := httptest.NewServer(c)
	defer srv.Close()
	for range web.Streams + 1 {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /rows.csv HTTP/1.1\r\nHost: city.test\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != nil { // the table is made, and being sent
			t.Fatal(err)
		}
	}
	res, err := srv.Client().Get(srv.URL + "/rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if n, err := io.Copy(io.Discard, res.Body); res.StatusCode != 200 || err != nil || n < 10<<20 {
		t.Errorf("%d, %d bytes, %v", res.StatusCode, n, err)
	}
}

// However many of one network ask for large tables and take nothing, so many are sent and their files kept; the next is told when to come.
func TestSoManyLargeTablesAreSentAtOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c := newCity(t, func(cfg *web.Config) { cfg.Routes = append(cfg.Routes, table(1_200, 10_000)) })
	srv := httptest.NewServer(c)
	defer srv.Close()
	for range web.BusyPerNetwork {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /rows.csv HTTP/1.1\r\nHost: city.test\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	res, err := srv.Client().Get(srv.URL + "/rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || res.Header.Get("Content-Disposition") != "" {
		t.Errorf("%d, %v", res.StatusCode, res.Header)
	}
	if files, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(files) > web.BusyPerNetwork {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// clocked notes how much is written under which deadline.
type clocked struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
	largest   int
}

func (c *clocked) SetWriteDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	return nil
}

func (c *clocked) Write(b []byte) (int, error) {
	c.largest = max(c.largest, len(b))
	return c.ResponseRecorder.Write(b)
}

// A reader who takes nothing for half a minute is cut off, and whoever takes a little at a time when the time of the whole answer is over.
func TestEachPieceHasItsTime(t *testing.T) {
	w := &clocked{ResponseRecorder: httptest.NewRecorder()}
	whole := time.Now().Add(time.Hour)
	if n, err := web.Paced(w, whole).Write(make([]byte, 1<<20)); n != 1<<20 || err != nil || w.Body.Len() != 1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if len(w.deadlines) != 32 || w.largest != 32<<10 {
		t.Errorf("%d deadlines, pieces of up to %d bytes", len(w.deadlines), w.largest)
	}
	for _, by := range w.deadlines {
		if by.After(time.Now().Add(30 * time.Second)) {
			t.Errorf("a piece has until %s", by)
		}
	}
	soon := time.Now().Add(time.Second)
	if _, err := web.Paced(w, soon).Write([]byte("a")); err != nil || !w.deadlines[len(w.deadlines)-1].Equal(soon) {
		t.Errorf("beyond the time of the whole answer: %s, %v", w.deadlines[len(w.deadlines)-1], err)
	}
}
