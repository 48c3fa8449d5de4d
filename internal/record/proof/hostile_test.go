package proof

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// hostileServer answers with a signed head of n entries, and with the given answer to
// everything else.
func hostileServer(t *testing.T, n int64, rest http.HandlerFunc) (*Site, *atomic.Int64) {
	t.Helper()
	secret, key, err := GenerateKey("city.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	c := Checkpoint{Origin: "city.example", Tree: tlog.Tree{N: n}}
	signed, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	asked := new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/checkpoint":
			w.Write(signed)
		case "/record/key.txt":
			w.Write([]byte(key))
		default:
			rest(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	site, err := NewSite(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return site, asked
}

// A server may claim any number of entries: nothing beyond the bound is read.
func TestARecordWithoutEndIsRefused(t *testing.T) {
	site, asked := hostileServer(t, 1_000_000_000, func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, TileBytes)) })
	_, err := Verify(t.Context(), site, Options{})
	if many := new(TooManyError); !errors.As(err, &many) || many.Claimed != 1_000_000_000 || asked.Load() != 1 {
		t.Errorf("%v, after %d requests", err, asked.Load())
	}
}

// Endless answers, as they are and zipped, take no more memory than the bounds allow.
func TestEndlessAnswersTakeLittleMemory(t *testing.T) {
	var mebibyte bytes.Buffer
	z := gzip.NewWriter(&mebibyte)
	z.Write(make([]byte, 1<<20))
	z.Close()
	zipped := bytes.Repeat(mebibyte.Bytes(), 1<<10) // a gibibyte of zeros in a mebibyte: what is zipped may follow what is zipped
	for name, rest := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		},
		"zipped": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(zipped)
		},
	} {
		site, _ := hostileServer(t, 1_000_000, rest)
		runtime.GC()
		before, peak := memory(), atomic.Uint64{}
		watched := &watch{Site: site, peak: &peak}
		_, err := Verify(t.Context(), watched, Options{})
		var f *Finding
		if !errors.As(err, &f) || f.Code != BadTile {
			t.Errorf("%s: %v", name, err)
		}
		if grew := int64(peak.Load()) - int64(before); grew > 256<<20 {
			t.Errorf("%s: %d MiB of memory", name, grew>>20)
		} else {
			t.Logf("%s: %d MiB of memory at most", name, grew>>20)
		}
	}
}

// watch notes the memory after each answer.
type watch struct {
	*Site
	peak *atomic.Uint64
}

func (w *watch) Get(ctx context.Context, path string, most int64) ([]byte, error) {
	b, err := w.Site.Get(ctx, path, most)
	for now := memory(); ; {
		old := w.peak.Load()
		if now <= old || w.peak.CompareAndSwap(old, now) {
			return b, err
		}
	}
}

// A server that leads to another host is not followed, not even to its own other port.
func TestRedirectsToOtherHostsAreNotFollowed(t *testing.T) {
	met := new(atomic.Int64)
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { met.Add(1) }))
	defer inner.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			w.Write([]byte("here"))
			return
		}
		http.Redirect(w, r, map[bool]string{true: "/moved", false: inner.URL}[r.URL.Path == "/stays"], http.StatusFound)
	}))
	defer srv.Close()
	site, err := NewSite(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := site.Get(t.Context(), "checkpoint", 100); !errors.Is(err, errElsewhere) || met.Load() != 0 {
		t.Errorf("%v, met %d times", err, met.Load())
	}
	if b, err := site.Get(t.Context(), "stays", 100); err != nil || string(b) != "here" {
		t.Errorf("on the same host: %q, %v", b, err)
	}
}

// A lying witness proves nothing: a cosignature of another head, one by another key under its
// name, or one that is cut short.
func TestWitnessesThatLie(t *testing.T) {
	dir := t.TempDir()
	writeRecord(t, dir, 3)
	signed, err := Dir(dir).Get(t.Context(), "checkpoint", 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	honest, key := NewWitness("witness.example", time.Now)
	stranger, _ := NewWitness("witness.example", time.Now)
	head, err := ParseCheckpoint(signed)
	if err != nil {
		t.Fatal(err)
	}
	line := func(w *Witness, c Checkpoint) string {
		b, err := c.Sign(w)
		if err != nil {
			t.Fatal(err)
		}
		_, sig, _ := strings.Cut(string(b), "\n\n")
		return sig
	}
	other := head
	other.N++
	good := line(honest, head)
	raw, err := base64.StdEncoding.DecodeString(strings.Fields(good)[2])
	if err != nil {
		t.Fatal(err)
	}
	raw[5]++ // the time that it says
	for name, c := range map[string]struct {
		line     string
		cosigned int
		code     Code
	}{
		"honest":          {good, 1, ""},
		"silent":          {"", 0, ""},
		"another head":    {line(honest, other), 0, BadSignature},
		"another key":     {line(stranger, head), 0, ""},
		"another time":    {fmt.Sprintf("— witness.example %s\n", base64.StdEncoding.EncodeToString(raw)), 0, BadSignature},
		"cut":             {good[:len(good)-20] + "\n", 0, BadSignature},
		"twice, the same": {good + good, 1, ""},
	} {
		r, err := Verify(t.Context(), headed{Dir(dir), append(bytes.Clone(signed), c.line...)}, Options{Witnesses: []string{key}})
		var f *Finding
		switch {
		case c.code == "" && (err != nil || len(r.Cosigned) != c.cosigned || len(r.Remarks) != 1-c.cosigned):
			t.Errorf("%s: %+v, %v", name, r, err)
		case c.code != "" && (!errors.As(err, &f) || f.Code != c.code && f.Code != BadCheckpoint):
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// headed is a record with another checkpoint.
type headed struct {
	Dir
	head []byte
}

func (h headed) Get(ctx context.Context, path string, most int64) ([]byte, error) {
	if path == "checkpoint" {
		return h.head, nil
	}
	return h.Dir.Get(ctx, path, most)
}

// A server that answers with its head and then says nothing is given up when the time is over, and that is no finding against it.
func TestASilentServerIsGivenUp(t *testing.T) {
	site, _ := hostileServer(t, 3, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	_, err := Verify(ctx, site, Options{})
	if finding := new(*Finding); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, finding) {
		t.Errorf("%v", err)
	}
}
