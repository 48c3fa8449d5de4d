package record_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// witness is a small witness that follows C2SP tlog-witness.
type witness struct {
	mu     sync.Mutex
	signer *proof.Witness
	seen   tlog.Tree
	status []int
}

func (w *witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	status, body := w.answer(r)
	w.status = append(w.status, status)
	if status == http.StatusConflict {
		rw.Header().Set("Content-Type", "text/x.tlog.size")
	}
	rw.WriteHeader(status)
	io.WriteString(rw, body)
}

func (w *witness) answer(r *http.Request) (int, string) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != "POST" || r.URL.Path != "/sub/add-checkpoint" {
		return http.StatusNotFound, ""
	}
	head, signed, _ := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	var old int64
	if _, err := fmt.Sscanf(lines[0], "old %d", &old); err != nil {
		return http.StatusBadRequest, ""
	}
	var p tlog.TreeProof
	for _, line := range lines[1:] {
		b, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(b) != 32 {
			return http.StatusBadRequest, ""
		}
		p = append(p, tlog.Hash(b))
	}
	c, err := proof.ParseCheckpoint([]byte(signed))
	if err != nil || c.Origin != host {
		return http.StatusNotFound, ""
	}
	if old != w.seen.N {
		return http.StatusConflict, fmt.Sprintf("%d\n", w.seen.N)
	}
	if old > 0 && old < c.N && tlog.CheckTree(p, c.N, c.Hash, old, w.seen.Hash) != nil || old == 0 && len(p) > 0 {
		return http.StatusUnprocessableEntity, ""
	}
	cosigned, err := c.Sign(w.signer)
	if err != nil {
		return http.StatusInternalServerError, ""
	}
	w.seen = c.Tree
	_, line, _ := strings.Cut(string(cosigned), "\n\n")
	return http.StatusOK, line
}

func TestWitnessesCosign(t *testing.T) {
	now := func() time.Time { return evening }
	signer, key := proof.NewWitness("witness.example/w1", now)
	w := &witness{signer: signer}
	srv := httptest.NewServer(w)
	defer srv.Close()
	_, silentKey := proof.NewWitness("silent.example", now)
	refuses := httptest.NewServer(http.NotFoundHandler())
	defer refuses.Close()
	witnesses := []record.Witness{{URL: srv.URL + "/sub", Key: key, AllowPrivate: true}, {URL: refuses.URL, Key: silentKey, AllowPrivate: true}}
	eachWith(t, app.Config{Witnesses: witnesses}, func(t *testing.T, b *board) {
		w.seen, w.status = tlog.Tree{}, nil
		b.say(t, "a", "b")
		b.sequence(t)
		ask := func(sizes map[string]int64) {
			t.Helper()
			if err := b.log.AskWitnesses(t.Context(), sizes); err != nil {
				t.Fatal(err)
			}
		}
		sizes := map[string]int64{}
		ask(sizes)
		r := b.holds(t, proof.Options{Witnesses: []string{key, silentKey}})
		if len(r.Cosigned) != 1 || r.Cosigned[0] != "witness.example/w1" || len(r.Remarks) != 1 {
			t.Errorf("%+v", r)
		}
		for i := range 300 {
			b.say(t, fmt.Sprint(i), "x")
		}
		b.sequence(t)
		// A head is not published before the witness was asked about it.
		if _, c, err := b.log.Head(t.Context()); err != nil || c.N != 2 {
			t.Errorf("%d, %v", c.N, err)
		}
		ask(sizes)
		if _, c, err := b.log.Head(t.Context()); err != nil || c.N != 302 {
			t.Errorf("%d, %v", c.N, err)
		}
		// Another node does not know what the witness saw: the witness tells it.
		b.say(t, "again", "x")
		b.sequence(t)
		ask(map[string]int64{})
		if r := b.holds(t, proof.Options{Witnesses: []string{key}}); len(r.Cosigned) != 1 {
			t.Errorf("%+v", r)
		}
		if _, s, err := b.log.Proof(t.Context(), 5); err != nil || len(s.Cosigned) != 1 {
			t.Errorf("%+v %v", s, err)
		}
		// The witness refuses a rewritten history; the head is published without it.
		rebuild(t, b, func(i int64, raw []byte) []byte {
			return []byte(strings.Replace(string(raw), `"resident"`, `"officer"`, 1))
		})
		b.say(t, "more", "x")
		b.sequence(t)
		ask(sizes)
		if r := b.holds(t, proof.Options{Witnesses: []string{key}}); len(r.Cosigned) != 0 || len(r.Remarks) != 1 {
			t.Errorf("%+v", r)
		}
		if got := fmt.Sprint(w.status); got != "[200 200 409 200 409 422]" {
			t.Errorf("the witness answered %s", got)
		}
	})
}

func TestWitnessesInPrivateNetworksAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		asked := false
		srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
		defer srv.Close()
		_, key := proof.NewWitness("witness.example", time.Now)
		b = b.node(record.Witness{URL: srv.URL, Key: key})
		b.sequence(t)
		if err := b.log.AskWitnesses(context.Background(), map[string]int64{}); err != nil || asked {
			t.Errorf("asked %v, %v", asked, err)
		}
		if _, c, err := b.log.Head(t.Context()); err != nil || c.N != 1 {
			t.Errorf("published %d, %v", c.N, err)
		}
	})
}

func TestWitnessesAreConfiguredInOneLine(t *testing.T) {
	_, key := proof.NewWitness("witness.example", time.Now)
	if w, err := record.ParseWitness(key + "  https://witness.example/sub/ "); err != nil || w.Key != key || w.URL != "https://witness.example/sub" {
		t.Errorf("%+v %v", w, err)
	}
	for _, bad := range []string{"", key, key + " ftp://x", "x https://x"} {
		if _, err := record.ParseWitness(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
