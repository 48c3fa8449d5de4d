package proof

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/birge-kz/birge/internal/civic"
)

// writeRecord writes a static copy of a record of n entries, as a city's server would have
// it: every fourth entry has a public page with a text behind a commitment.
func writeRecord(tb testing.TB, dir string, n int) {
	tb.Helper()
	secret, vkey, err := GenerateKey("city.example")
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		tb.Fatal(err)
	}
	put := func(path string, data []byte) error {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		return os.WriteFile(name, data, 0o644)
	}
	save := func(level int, n int64, data []byte) error { return put(TilePath(level, n, len(data)/32), data) }
	var edge Edge
	var bundle, pages []byte
	for i := range n {
		e := entry(i, fmt.Sprintf(`{"number":%d,"title":{"kk":"Көше жарығы туралы %d","ru":"Об освещении улицы %d"}}`, i, i, i))
		e.Follows = []civic.Ref{{Kind: "consultation", ID: civic.ID(fmt.Sprintf("%026d", i/100))}}
		switch {
		case i == 0:
			e.Kind, e.Payload = KindOpened, fmt.Appendf(nil, `{"key":%q,"origin":"city.example"}`, vkey)
		case i%4 == 0:
			text := "Менің көшемде кешке қараңғы, шам жанбайды."
			c, salt := Commit(text)
			e.Page, e.Payload = Shown, fmt.Appendf(nil, `{"number":%d,"text":%q}`, i, c)
			line := PageLine{Index: int64(i), Payload: e.Payload, Texts: map[string]Opening{"text": NewOpening(salt, text)}, Superseded: -1}
			if pages, err = line.Append(pages); err != nil {
				tb.Fatal(err)
			}
		}
		raw, err := e.Encode()
		if err != nil {
			tb.Fatal(err)
		}
		bundle = AppendBundle(bundle, raw)
		if err := edge.Append(LeafHash(raw), save); err != nil {
			tb.Fatal(err)
		}
		if block := int64(i / TileWidth); i%TileWidth == TileWidth-1 || i == n-1 {
			if err := put(TilePath(Entries, block, i%TileWidth+1), bundle); err != nil {
				tb.Fatal(err)
			}
			if err := put(PagesPath(block), pages); err != nil {
				tb.Fatal(err)
			}
			bundle, pages = bundle[:0], pages[:0]
		}
	}
	if err := edge.Partial(save); err != nil {
		tb.Fatal(err)
	}
	c := Checkpoint{Origin: "city.example"}
	c.N, c.Hash = edge.Size(), edge.Root()
	signed, err := c.Sign(signer)
	if err != nil {
		tb.Fatal(err)
	}
	if err := put("checkpoint", signed); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkVerifyMillion is the promise to checkers: one million entries on one core in at
// most 15 s and 200 MiB. BIRGE_BENCH_ENTRIES makes it smaller.
//
//	go test -run - -bench VerifyMillion -benchtime 1x ./internal/record/proof
func BenchmarkVerifyMillion(b *testing.B) {
	n := 1_000_000
	if s := os.Getenv("BIRGE_BENCH_ENTRIES"); s != "" {
		if _, err := fmt.Sscan(s, &n); err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	writeRecord(b, dir, n)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	peak := uint64(0)
	for b.Loop() {
		r, err := Verify(context.Background(), Dir(dir), Options{Progress: func(done, whole int64) {
			if done%(1<<16) == 0 {
				peak = max(peak, memory())
			}
		}})
		if err != nil || r.Size != int64(n) || r.Compared != int64((n-1)/4) {
			b.Fatalf("%+v %v", r, err)
		}
	}
	b.ReportMetric(float64(peak)/(1<<20), "MiB-of-memory-at-most")
}

// memory is what the process holds from the system, less what it has given back.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}
