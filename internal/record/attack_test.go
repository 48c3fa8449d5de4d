package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	signednote "golang.org/x/mod/sumdb/note"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// filled is a board with notes enough for two full tiles and a partial one.
func filled(t *testing.T, b *board) {
	t.Helper()
	for i := range 600 {
		b.say(t, fmt.Sprintf("Тақырып %d", i), fmt.Sprintf("Көше жарығы 🌃 %d", i))
	}
	b.sequence(t)
}

func TestAnHonestRecordHolds(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		filled(t, b)
		first := b.holds(t, proof.Options{})
		if first.Size != 601 || first.Compared != 600 || first.Since != -1 || len(first.Remarks) != 0 || first.Origin != host || len(first.Keys) != 1 {
			t.Errorf("%+v", first)
		}
		ref, _ := b.say(t, "Кейін", "тағы")
		b.mark(t, ref, true, "board.note.removed")
		b.sequence(t)
		second := b.holds(t, proof.Options{Seen: &first.Next, Keys: first.Keys})
		if second.Since != 601 || second.Size != 603 || second.Compared != 600 {
			t.Errorf("%+v", second)
		}
		// After the attack is undone, the page is compared again.
		b.mark(t, ref, false, "board.note.restored")
		b.sequence(t)
		if r := b.holds(t, proof.Options{Seen: &second.Next}); r.Compared != 601 {
			t.Errorf("%+v", r)
		}
	})
}

func TestAnAlteredRowIsNamed(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		filled(t, b)
		e, err := b.log.ByIndex(t.Context(), 300)
		if err != nil {
			t.Fatal(err)
		}
		altered := []byte(strings.Replace(string(e.Raw), "Тақырып 299", "Тақырып 999", 1))
		b.Tamper("UPDATE record_entry SET body = $1 WHERE idx = 300", altered)
		b.fails(t, proof.Options{}, proof.BadEntry, 300)
		// The entry's page and the receipt say so, too.
		if _, s, err := b.log.Proof(t.Context(), 300); err != nil || !s.Damaged || s.Proven {
			t.Errorf("%+v %v", s, err)
		}
		// When the tile is changed too, the signed root shows the fault.
		tile, err := b.log.Tile(t.Context(), 0, 1, 256)
		if err != nil {
			t.Fatal(err)
		}
		leaf := proof.LeafHash(altered)
		copy(tile[(300-256)*32:], leaf[:])
		b.Tamper("UPDATE record_tile SET data = $1 WHERE level = 0 AND n = 1", tile)
		b.fails(t, proof.Options{}, proof.BadTile, -1) // tile/1/000 still holds the true hash
	})
}

func TestADeletedEntryIsNamed(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		filled(t, b)
		b.Tamper("DELETE FROM record_entry WHERE idx = 17")
		b.fails(t, proof.Options{}, proof.MissingEntry, 17)
		b.Tamper("DELETE FROM record_entry WHERE idx = 600")
		b.fails(t, proof.Options{}, proof.MissingEntry, 17)
	})
}

func TestTheDatabaseRefusesChangesByMistake(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.say(t, "a", "b")
		b.sequence(t)
		for _, q := range []string{"UPDATE record_entry SET kind = 'x'", "DELETE FROM record_entry"} {
			if err := b.DB.Write(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec(q); return err }); err == nil {
				t.Errorf("%s passes", q)
			}
		}
	})
}

func TestAChangedPageIsNamed(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		filled(t, b)
		e, err := b.log.ByIndex(t.Context(), 42)
		if err != nil {
			t.Fatal(err)
		}
		set := func(column, value string) {
			b.Tamper("UPDATE board_note SET "+column+" = $2 WHERE id = $1", e.Subject.ID, value)
		}
		set("title", "Басқа тақырып")
		b.fails(t, proof.Options{}, proof.PageDiffers, 42)
		set("title", e.Member("title"))
		b.holds(t, proof.Options{})
		set("text", "Жарық керек емес")
		b.fails(t, proof.Options{}, proof.PageDiffers, 42)
		b.mark(t, e.Subject, true, "") // hidden, and no act says so
		b.fails(t, proof.Options{}, proof.PageMissing, 42)
	})
}

// rewrite builds the record anew with one act changed, signed with the city's own key. No
// attacker is stronger.
func TestRewrittenHistoryIsCaughtByASecondCheckpoint(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		filled(t, b)
		seen := b.holds(t, proof.Options{}).Next
		rebuild(t, b, func(i int64, raw []byte) []byte {
			if i == 100 {
				return []byte(strings.Replace(string(raw), `"resident"`, `"officer"`, 1))
			}
			return raw
		})
		b.holds(t, proof.Options{}) // for somebody who never looked before, it is a correct record
		b.fails(t, proof.Options{Seen: &seen}, proof.Rewritten, -1)
		b.say(t, "one", "more")
		b.sequence(t)
		b.fails(t, proof.Options{Seen: &seen}, proof.Rewritten, -1)
		// A record that was cut short is detected as well.
		short := seen
		short.Size = 10_000
		b.fails(t, proof.Options{Seen: &short}, proof.Shrunk, -1)
	})
}

// rebuild makes tree and checkpoint of changed entries and signs with the key in the database.
func rebuild(t *testing.T, b *board, change func(int64, []byte) []byte) {
	t.Helper()
	err := b.DB.Write(context.Background(), func(tx *storage.Tx) error {
		raws, err := storage.All(tx, storage.Scalar[[]byte], "SELECT body FROM record_entry ORDER BY idx")
		if err != nil {
			return err
		}
		for _, q := range []string{"DROP TRIGGER IF EXISTS record_entry_no_update", "DROP TRIGGER IF EXISTS record_no_change ON record_entry"} {
			if strings.Contains(q, " ON ") == (tx.Engine() == storage.PostgreSQL) {
				if _, err := tx.Exec(q); err != nil {
					return err
				}
			}
		}
		var edge proof.Edge
		save := func(level int, n int64, data []byte) error {
			_, err := tx.Exec("UPDATE record_tile SET data = $3 WHERE level = $1 AND n = $2", level, n, data)
			return err
		}
		for i, raw := range raws {
			changed := change(int64(i), raw)
			if _, err := tx.Exec("UPDATE record_entry SET body = $2 WHERE idx = $1", i, changed); err != nil {
				return err
			}
			if err := edge.Append(proof.LeafHash(changed), save); err != nil {
				return err
			}
		}
		if err := edge.Partial(save); err != nil {
			return err
		}
		secret, err := storage.One(tx, storage.Scalar[string], "SELECT secret FROM record_key ORDER BY active_from DESC LIMIT 1")
		if err != nil {
			return err
		}
		signer, err := signednote.NewSigner(secret)
		if err != nil {
			return err
		}
		cp := proof.Checkpoint{Origin: host}
		cp.N, cp.Hash = edge.Size(), edge.Root()
		signed, err := cp.Sign(signer)
		if err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE record_checkpoint SET note = $1", signed)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// exported writes a small record into a directory.
func exported(t *testing.T, b *board) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if _, err := b.log.Export(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// damage changes a file of a copy and expects what the verifier says of it.
func damage(t *testing.T, dir, path string, change func([]byte) []byte, want proof.Code) {
	t.Helper()
	name := filepath.Join(dir, filepath.FromSlash(path))
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	after := change(append([]byte(nil), before...))
	if after == nil {
		err = os.Remove(name)
	} else {
		err = os.WriteFile(name, after, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = proof.Verify(t.Context(), proof.Dir(dir), proof.Options{})
	var f *proof.Finding
	if !errors.As(err, &f) || f.Code != want {
		t.Errorf("%s damaged: %v (%+v), want %s", path, err, f, want)
	}
	if err := os.WriteFile(name, before, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedCopyIsNamed(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		filled(t, b)
		dir := exported(t, b)
		if r, err := proof.Verify(t.Context(), proof.Dir(dir), proof.Options{}); err != nil || r.Size != 601 || r.Compared != 600 {
			t.Fatalf("%+v %v", r, err)
		}
		flip := func(at int) func([]byte) []byte {
			return func(b []byte) []byte { b[at] ^= 1; return b }
		}
		cut := func(b []byte) []byte { return b[:len(b)-32] }
		gone := func([]byte) []byte { return nil }
		damage(t, dir, "tile/0/000", cut, proof.TruncatedTile)
		damage(t, dir, "tile/0/000", flip(40), proof.BadTile)
		damage(t, dir, "tile/0/000", gone, proof.MissingEntry)
		damage(t, dir, "tile/1/000.p/2", flip(1), proof.BadTile)
		damage(t, dir, "tile/1/000.p/2", cut, proof.TruncatedTile)
		damage(t, dir, "tile/entries/002.p/89", cut, proof.TruncatedTile)
		damage(t, dir, "tile/entries/001", flip(60), proof.BadEntry)
		damage(t, dir, "tile/entries/001", gone, proof.MissingEntry)
		damage(t, dir, "tile/entries/001", func(b []byte) []byte { return append(b, 0, 0) }, proof.BadEntry)
		damage(t, dir, "record/pages/001", gone, proof.PageMissing)
		damage(t, dir, "record/pages/001", func(b []byte) []byte { return b[:len(b)/2] }, proof.PageMissing)
		damage(t, dir, "record/pages/000", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"payload":{`, `"payload":{"added":1,`, 1))
		}, proof.PageDiffers)
		damage(t, dir, "record/pages/000", func(b []byte) []byte { // "it was superseded by entry 7", which is about something else
			return []byte(strings.Replace(string(b), `{"index":1,`, `{"index":1,"superseded":7,`, 1))
		}, proof.PageMissing)
		damage(t, dir, "checkpoint", func(b []byte) []byte { return []byte(strings.Replace(string(b), "\n601\n", "\n600\n", 1)) }, proof.BadSignature)
		damage(t, dir, "checkpoint", func(b []byte) []byte { return b[:20] }, proof.BadCheckpoint)
	})
}

func TestAForgedSignatureIsNamed(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		filled(t, b)
		dir := exported(t, b)
		signed, cp, err := b.log.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		damage(t, dir, "checkpoint", func(b []byte) []byte { // a wrong signature under the city's own key
			at := strings.LastIndexByte(string(b), '=') - 6
			if b[at] == 'A' {
				b[at] = 'B'
			} else {
				b[at] = 'A'
			}
			return b
		}, proof.BadSignature)
		secret, vkey, err := proof.GenerateKey(host)
		if err != nil {
			t.Fatal(err)
		}
		forger, err := signednote.NewSigner(secret)
		if err != nil {
			t.Fatal(err)
		}
		forged, err := cp.Sign(forger)
		if err != nil {
			t.Fatal(err)
		}
		damage(t, dir, "checkpoint", func([]byte) []byte { return forged }, proof.UnknownKey)
		// And a whole record under another key is not taken for the city's by whoever has the key.
		if _, err := proof.Verify(t.Context(), proof.Dir(dir), proof.Options{Keys: []string{vkey}}); codeOf(err) != proof.UnknownKey {
			t.Errorf("a strange key: %v", err)
		}
		if _, err := proof.Verify(t.Context(), proof.Dir(dir), proof.Options{Seen: &proof.Seen{Origin: host, Keys: []string{vkey}}}); codeOf(err) != proof.UnknownKey {
			t.Errorf("a key seen before: %v", err)
		}
		_ = signed
	})
}

func codeOf(err error) proof.Code {
	var f *proof.Finding
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

func TestTwoNodesSequenceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		const notes = 400
		nodes := []*board{b, b.node(), b.node()}
		stop := make(chan struct{})
		var placing, saying sync.WaitGroup
		for _, n := range nodes {
			placing.Go(func() {
				for {
					if _, err := n.log.Sequence(context.Background()); err != nil && !errors.Is(err, record.ErrNotHolder) {
						t.Error(err)
					}
					b.Pass(400 * time.Millisecond) // leases end, and pass to another node
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		for i, n := range nodes {
			saying.Go(func() {
				for j := range notes / len(nodes) {
					n.say(t, fmt.Sprintf("%d-%d", i, j), "x")
				}
			})
		}
		saying.Wait()
		close(stop)
		placing.Wait()
		b.Pass(10 * time.Second)
		b.sequence(t)
		r := b.holds(t, proof.Options{})
		if r.Size != 1+notes/int64(len(nodes))*int64(len(nodes)) {
			t.Errorf("%d entries", r.Size)
		}
	})
}

func TestTheLeaseMovesFromADeadNode(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.say(t, "a", "b")
		b.sequence(t) // this node holds the lease, and dies
		other := b.node()
		other.say(t, "c", "d")
		if _, err := other.log.Sequence(t.Context()); !errors.Is(err, record.ErrNotHolder) {
			t.Errorf("two holders: %v", err)
		}
		b.Pass(1300 * time.Millisecond) // less than the two seconds in which an act is to be provable
		if n, err := other.log.Sequence(t.Context()); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		// After the clock was moved back, a lease from before must not hold for hours.
		b.Pass(-5 * time.Hour)
		b.say(t, "e", "f")
		if n, err := b.log.Sequence(t.Context()); err != nil || n != 1 {
			t.Errorf("after the clock: %d, %v", n, err)
		}
	})
}

func TestAClockMovedBackIsNamed(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.say(t, "a", "b")
		b.sequence(t)
		b.Pass(-time.Minute) // clocks of several machines may differ by that
		b.say(t, "c", "d")
		b.sequence(t)
		if r := b.holds(t, proof.Options{}); len(r.Remarks) != 0 {
			t.Errorf("%v", r.Remarks)
		}
		b.Pass(-24 * time.Hour) // to make an answer look as if it had met its deadline
		b.say(t, "e", "f")
		b.sequence(t)
		r := b.holds(t, proof.Options{})
		if len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0].Text, "entry 3,") || !strings.Contains(r.Remarks[0].Text, "clock") {
			t.Errorf("%v", r.Remarks)
		}
		if _, s, err := b.log.Proof(t.Context(), 3); err != nil || !s.Backward {
			t.Errorf("%+v %v", s, err)
		}
		if _, s, err := b.log.Proof(t.Context(), 2); err != nil || s.Backward {
			t.Errorf("%+v %v", s, err)
		}
	})
}

func TestOddPayloads(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		hostile := "Қазақша мәтін: әғқңөұүһі 🏙️👩‍👩‍👧 \u2028 </script> \"\\ \t\n \ufb33"
		ref, _ := b.say(t, hostile, hostile)
		long := strings.Repeat("ұзақ мәтін 😀 ", 40_000) // about 1 MB
		err := b.DB.Write(t.Context(), func(tx *storage.Tx) error {
			_, err := b.log.Append(tx, record.Entry{Kind: "board.note.noted", Subject: ref, Payload: map[string]any{"text": long}})
			return err
		})
		if civic.CodeOf(err) != civic.TooLarge {
			t.Errorf("1 MB: %v", err)
		}
		for _, p := range []any{1.5, "text", []int{1}, map[string]any{"x": 0.1}, nil, func() {}} {
			if err := b.DB.Write(t.Context(), func(tx *storage.Tx) error {
				_, err := b.log.Append(tx, record.Entry{Kind: "board.note.noted", Subject: ref, Payload: p})
				return err
			}); err == nil {
				t.Errorf("%v was taken", p)
			}
		}
		// Its digest is taken, and the longest that fits.
		for _, text := range []string{proof.Digest(long), strings.Repeat("Ә", 32_000)} {
			if err := b.DB.Write(t.Context(), func(tx *storage.Tx) error {
				return b.log.Record(tx, record.Entry{Kind: "board.note.noted", Subject: ref, Payload: map[string]any{"text": text}})
			}); err != nil {
				t.Error(err)
			}
		}
		b.sequence(t)
		if r := b.holds(t, proof.Options{}); r.Size != 4 || r.Compared != 1 {
			t.Errorf("%+v", r)
		}
		e, err := b.log.ByIndex(t.Context(), 1)
		if err != nil || e.Member("title") != hostile {
			t.Errorf("%q %v", e.Member("title"), err)
		}
	})
}

// What nobody declared is refused, and said by name.
func TestWhatNobodyDeclaredIsNotRecorded(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		ref, _ := b.say(t, "a", "b")
		for want, e := range map[string]record.Entry{
			`nobody declared the act "board.note.sung"`:  {Kind: "board.note.sung", Subject: ref, Payload: map[string]any{"text": "x"}},
			`nobody declared the kind "board.song"`:      {Kind: "board.note.noted", Subject: civic.Ref{Kind: "board.song", ID: ref.ID}, Payload: map[string]any{"text": "x"}},
			`has no subject`:                             {Kind: "board.note.noted", Subject: civic.Ref{Kind: ref.Kind}, Payload: map[string]any{"text": "x"}},
			`lacks the member "text"`:                    {Kind: "board.note.said", Subject: ref, Payload: map[string]any{"title": "x"}},
			`has a member "melody" that nobody declared`: {Kind: "board.note.noted", Subject: ref, Payload: map[string]any{"text": "x", "melody": "y"}},
		} {
			err := b.DB.Write(t.Context(), func(tx *storage.Tx) error { return b.log.Record(tx, e) })
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	})
}

func TestAChangedTreeStopsTheSequencer(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.say(t, "a", "b")
		b.sequence(t)
		b.Tamper("UPDATE record_tile SET data = $1", make([]byte, 64))
		b.say(t, "c", "d")
		if _, err := b.log.Sequence(t.Context()); !errors.Is(err, record.ErrDamaged) {
			t.Errorf("%v", err)
		}
	})
}

func TestErasingASaltCutsTheTieAndTheRecordHolds(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		ref, _ := b.say(t, "Тақырып", "Аты-жөні белгілі пікір")
		b.say(t, "Басқа", "пікір")
		b.sequence(t)
		if r := b.holds(t, proof.Options{}); r.Erased != 0 {
			t.Errorf("%+v", r)
		}
		if err := b.DB.Write(t.Context(), func(tx *storage.Tx) error { return record.EraseSubject(tx, ref) }); err != nil {
			t.Fatal(err)
		}
		if r := b.holds(t, proof.Options{}); r.Erased != 1 || r.Compared != 2 {
			t.Errorf("%+v", r)
		}
		var salts int64
		if err := b.DB.Read(t.Context(), func(tx *storage.Tx) (err error) {
			salts, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM record_salt")
			return err
		}); err != nil || salts != 1 {
			t.Errorf("%d salts, %v", salts, err)
		}
		dir := exported(t, b)
		for _, path := range []string{"tile/entries/000.p/3", "record/pages/000"} {
			body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
			if err != nil || strings.Contains(string(body), "белгілі") {
				t.Errorf("%s tells the erased text (%v)", path, err)
			}
		}
	})
}

func TestKeysRotate(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.say(t, "a", "b")
		b.sequence(t)
		first := b.holds(t, proof.Options{})
		if err := b.log.Rotate(t.Context(), officer); civic.CodeOf(err) != civic.Forbidden {
			t.Errorf("an officer changes the key: %v", err)
		}
		if err := b.log.Rotate(t.Context(), admin); err != nil {
			t.Fatal(err)
		}
		if err := b.log.Rotate(t.Context(), admin); civic.CodeOf(err) != civic.Conflict {
			t.Errorf("twice: %v", err)
		}
		b.sequence(t)
		second := b.holds(t, proof.Options{Seen: &first.Next, Keys: first.Keys})
		if len(second.Keys) != 2 || second.Keys[0] != first.Keys[0] {
			t.Errorf("%v", second.Keys)
		}
		b.say(t, "c", "d")
		b.sequence(t)
		b.holds(t, proof.Options{Seen: &second.Next, Keys: second.Keys[1:]})
		// A change of keys that the old key did not sign is not accepted.
		rebuild(t, b, func(i int64, raw []byte) []byte {
			if i != 2 {
				return raw
			}
			_, stranger, _ := proof.GenerateKey(host)
			return []byte(strings.Replace(string(raw), jsonText(second.Keys[1]), jsonText(stranger), 1))
		})
		b.fails(t, proof.Options{}, proof.BadRotation, 2)
	})
}

func jsonText(s string) string { b, _ := json.Marshal(s); return string(b) }

func TestReceipts(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		filled(t, b)
		_, act := b.say(t, "Менің", "Менің пікірім")
		if e, err := b.log.ByID(t.Context(), act); err != nil || e.Index != -1 {
			t.Errorf("waiting: %+v %v", e.Index, err)
		}
		b.sequence(t)
		e, err := b.log.ByID(t.Context(), act)
		if err != nil {
			t.Fatal(err)
		}
		r, s, err := b.log.Proof(t.Context(), e.Index)
		if err != nil || !s.Proven {
			t.Fatalf("%+v %v", s, err)
		}
		text, err := r.Format()
		if err != nil {
			t.Fatal(err)
		}
		keys, err := b.log.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		check := func(text string, keys ...string) (proof.Entry, error) {
			r, err := proof.ParseReceipt([]byte(text))
			if err != nil {
				return proof.Entry{}, err
			}
			e, _, _, err := r.Check(keys)
			return e, err
		}
		got, err := check(string(text), keys...)
		if err != nil || got.ID != act || r.Openings["text"].Text != "Менің пікірім" {
			t.Errorf("%+v %v", got, err)
		}
		_, strange, _ := proof.GenerateKey(host)
		if _, err := check(string(text), strange); codeOf(err) != proof.UnknownKey {
			t.Errorf("another key: %v", err)
		}
		other := r
		other.Entry = []byte(strings.Replace(string(r.Entry), "Менің", "Сенің", 1))
		otherText, _ := other.Format()
		if _, err := check(string(otherText), keys...); codeOf(err) != proof.BadProof {
			t.Errorf("another entry: %v", err)
		}
		other = r
		other.Openings = map[string]proof.Opening{"text": {Salt: r.Openings["text"].Salt, Text: "Сенің пікірің"}}
		otherText, _ = other.Format()
		if _, err := check(string(otherText), keys...); codeOf(err) != proof.PageDiffers {
			t.Errorf("another text: %v", err)
		}
		if _, err := check(strings.Replace(string(text), "\n602\n", "\n603\n", 1), keys...); codeOf(err) != proof.BadSignature {
			t.Errorf("another checkpoint: %v", err)
		}
		for _, bad := range []string{"", "x", string(text[:60]), strings.Replace(string(text), "index ", "index x", 1)} {
			if _, err := check(bad, keys...); err == nil {
				t.Errorf("taken: %q", bad)
			}
		}
	})
}

// An entry can be proven within two seconds of its act, with the sequencer running as in
// production. The bound here is generous, because the machine may be busy.
func TestRunPlacesActs(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.log.Run(ctx); close(done) }()
		_, act := b.say(t, "a", "b")
		deadline := time.Now().Add(30 * time.Second)
		for {
			e, err := b.log.ByID(ctx, act)
			if err == nil && e.Index >= 0 {
				break
			}
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("not placed: %v", err)
			}
			<-time.After(5 * time.Millisecond)
		}
		cancel()
		<-done
		b.holds(t, proof.Options{})
	})
}
