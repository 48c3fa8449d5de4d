package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/birge-kz/birge/internal/civic"
)

// The expected forms are those that RFC 8785 prints (3.2.2 strings, 3.2.3 sorting), and the
// Kazakh and astral ones follow from its rule that such characters stand as they are.
func TestCanonicalJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"b": 1, "a" : [true, null, "x"]}`:               `{"a":[true,null,"x"],"b":1}`,
		`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"`: `"€$\u000f\nA'B\"\\\\\"/"`,
		`"\u0008\u0009\u000c\u000d\u007f<>&\u2028"`:       "\"\\b\\t\\f\\r\u007f<>&\u2028\"",
		`{"қала":"Шымкент — 🏙️ ә ғ қ ң ө ұ ү һ і"}`:       `{"қала":"Шымкент — 🏙️ ә ғ қ ң ө ұ ү һ і"}`,
		`[9007199254740991, -9007199254740991, 0]`:        `[9007199254740991,-9007199254740991,0]`,
		`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`: "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
	} {
		got, err := Canonical(json.RawMessage(in))
		if err != nil || string(got) != want {
			t.Errorf("%s\n got %q %v\nwant %q", in, got, err, want)
		}
		if err := CheckCanonical([]byte(want)); err != nil {
			t.Errorf("%s: not taken for canonical: %v", want, err)
		}
	}
	for _, v := range []any{1.5, 9007199254740992, -9007199254740992, 1e300, map[string]any{"a": 0.1}, make(chan int)} {
		if b, err := Canonical(v); err == nil {
			t.Errorf("%v became %s", v, b)
		}
	}
	for _, s := range []string{``, ` 1`, `1 `, `01`, `-0`, `1.0`, `1e3`, `9007199254740992`, `{"b":1,"a":2}`, `{"a":1,"a":2}`, `{"a": 1}`, `[1,]`, `"\u0041"`, `"\u000a"`,
		`"\u000F"`, `"\/"`, "\"\n\"", "\"\xff\"", `"a`, `nul`, `{"😀":1,"` + "\ufb33" + `":2,"€":3}`, strings.Repeat("[", 40) + strings.Repeat("]", 40), `{}{}`, `"\`, `"\u00`} {
		if CheckCanonical([]byte(s)) == nil {
			t.Errorf("%q passes for canonical", s)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"a":["қ","😀",1,null],"b":{"":true}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if CheckCanonical(b) == nil { // then it must be what Canonical writes
			again, err := Canonical(json.RawMessage(b))
			if err != nil || !bytes.Equal(again, b) {
				t.Fatalf("%q is taken for canonical but is %q, %v", b, again, err)
			}
		}
		_, _ = ParseEntry(b)
		_, _ = ParseReceipt(b)
		_, _ = ParseCheckpoint(b)
	})
}

func entry(i int, payload string) Entry {
	return Entry{ID: civic.ID(fmt.Sprintf("%026d", i)), Kind: "test.said", Subject: civic.Ref{Kind: "test", ID: civic.ID(fmt.Sprint(i))}, Actor: "system",
		Time: time.UnixMilli(1_790_000_000_000 + int64(i)), Payload: []byte(payload)}
}

func TestEntriesComeBackAndHaveOneForm(t *testing.T) {
	e := entry(7, `{"text":"Көше\n\"жарық\" 🌃"}`)
	e.Follows, e.Page = []civic.Ref{{Kind: "a", ID: "1"}, {Kind: "b", ID: "2"}}, Shown
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"actor":"system","follows":[{"id":"1","kind":"a"},{"id":"2","kind":"b"}],"id":"00000000000000000000000007","kind":"test.said","page":"shown",` +
		`"payload":{"text":"Көше\n\"жарық\" 🌃"},"subject":{"id":"7","kind":"test"},"time":"2026-09-21T14:13:20.007Z","v":1}`; string(b) != want {
		t.Errorf("\n got %s\nwant %s", b, want)
	}
	back, err := ParseEntry(b)
	if err != nil || back.ID != e.ID || back.Page != Shown || len(back.Follows) != 2 || back.Follows[1] != e.Follows[1] || !back.Time.Equal(e.Time) ||
		back.Member("text") != "Көше\n\"жарық\" 🌃" || string(back.Payload) != string(e.Payload) {
		t.Errorf("%+v, %v", back, err)
	}
	for _, bad := range []string{strings.Replace(string(b), `,"v":1`, `,"v":2`, 1), strings.Replace(string(b), `"v":1`, `"v":1,"w":1`, 1), string(b) + " ",
		strings.Replace(string(b), `"kind":"test.said",`, "", 1), strings.Replace(string(b), `"shown"`, `"hidden"`, 1), strings.Replace(string(b), "14:13", "25:13", 1)} {
		if _, err := ParseEntry([]byte(bad)); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
	// A payload of 1 MB is refused with words; what just fits is taken.
	for size, fits := range map[int]bool{1 << 20: false, MaxEntry: false, MaxEntry - 300: true} {
		e.Payload = []byte(`{"text":"` + strings.Repeat("x", size) + `"}`)
		if _, err := e.Encode(); (err == nil) != fits {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// tlog computes the expected roots and tiles in another way: from the stored hashes.
func TestTheTreeIsThatOfRFC6962(t *testing.T) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range at {
			out = append(out, stored[i])
		}
		return out, nil
	})
	tiles := map[string][]byte{}
	var e Edge
	if got := e.Root(); got != sha256.Sum256(nil) {
		t.Errorf("empty root %v", got)
	}
	const n = 70_000
	for i := range int64(n) {
		leaf := LeafHash(fmt.Appendf(nil, "entry %d", i))
		hs, err := tlog.StoredHashesForRecordHash(i, leaf, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hs...)
		if err := e.Append(leaf, func(level int, n int64, data []byte) error {
			tiles[TilePath(level, n, 0)] = bytes.Clone(data)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if i < 600 || i%997 == 0 || i > n-3 {
			want, err := tlog.TreeHash(i+1, reader)
			if err != nil || e.Root() != want || e.Size() != i+1 {
				t.Fatalf("size %d: root differs (%v)", i+1, err)
			}
		}
	}
	if err := e.Partial(func(level int, n int64, data []byte) error {
		tiles[TilePath(level, n, len(data)/32)] = data
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// The specification's own example: 273 full level 0 tiles, one partial of width 112, one full
	// level 1 tile, one partial of width 17, one partial level 2 tile of width 1.
	if len(tiles) != 273+1+1+1+1 {
		t.Errorf("%d tiles", len(tiles))
	}
	for _, path := range []string{"tile/0/000", "tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} {
		if tiles[path] == nil {
			t.Errorf("no %s", path)
		}
	}
	for _, tile := range []tlog.Tile{{H: 8, L: 0, N: 5, W: 256}, {H: 8, L: 0, N: 273, W: 112}, {H: 8, L: 1, N: 1, W: 17}, {H: 8, L: 2, N: 0, W: 1}} {
		want, err := tlog.ReadTileData(tile, reader)
		if err != nil || !bytes.Equal(tiles[TilePath(tile.L, tile.N, tile.W)], want) {
			t.Errorf("tile %v differs (%v)", tile, err)
		}
	}
	again, err := LoadEdge(n, func(level int, n int64) ([]byte, error) {
		for path, data := range tiles {
			if l, at, _, ok := ParseTilePath(strings.TrimPrefix(path, "tile/")); ok && l == level && at == n {
				return data, nil
			}
		}
		return nil, fmt.Errorf("no tile %d/%d", level, n)
	})
	if err != nil || again.Root() != e.Root() {
		t.Errorf("loaded edge: %v", err)
	}
}

func TestPaths(t *testing.T) {
	for _, tc := range []struct {
		level int
		n     int64
		width int
		path  string
	}{{0, 1234067, 0, "tile/0/x001/x234/067"}, {Entries, 0, 112, "tile/entries/000.p/112"}, {3, 1000, 256, "tile/3/x001/000"}} {
		if got := TilePath(tc.level, tc.n, tc.width); got != tc.path {
			t.Errorf("%s, want %s", got, tc.path)
		}
		l, n, w, ok := ParseTilePath(strings.TrimPrefix(tc.path, "tile/"))
		if !ok || l != tc.level || n != tc.n || w != tc.width && tc.width != 0 {
			t.Errorf("%s: %d %d %d %v", tc.path, l, n, w, ok)
		}
	}
	for _, bad := range []string{"", "0", "0/", "0/1", "0/01", "00/001", "64/001", "-1/001", "0/x1/001", "0/001/002", "0/x000/001", "0/001.p/0", "0/001.p/256", "0/001.p/01", "0/001.p/",
		"entries/../001", "0/x999/x999/x999/x999/x999/x999/999", "0/+01", "data/001"} {
		if _, _, _, ok := ParseTilePath(bad); ok {
			t.Errorf("%q is taken for a tile", bad)
		}
	}
}

func TestCheckpointsAndCosignatures(t *testing.T) {
	secret, vkey, err := GenerateKey("city.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	c := Checkpoint{Origin: "city.example"}
	c.N = 20852163
	copy(c.Hash[:], bytes.Repeat([]byte{7}, 32))
	witness, wkey := NewWitness("witness.example/w1", func() time.Time { return time.Unix(1679315147, 0) })
	signed, err := c.Sign(signer, witness)
	if err != nil {
		t.Fatal(err)
	}
	if want := "city.example\n20852163\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— city.example "; !strings.HasPrefix(string(signed), want) {
		t.Errorf("%s", signed)
	}
	if back, err := ParseCheckpoint(signed); err != nil || back != c {
		t.Errorf("%+v, %v", back, err)
	}
	if by, err := SignedBy(signed, []string{vkey, wkey}); err != nil || len(by) != 2 {
		t.Errorf("signed by %v, %v", by, err)
	}
	_, other, _ := GenerateKey("city.example")
	if by, err := SignedBy(signed, []string{other}); err != nil || len(by) != 0 {
		t.Errorf("another key: %v, %v", by, err)
	}
	forged := strings.Replace(string(signed), "20852163", "20852164", 1)
	for _, key := range []string{vkey, wkey} {
		if _, err := SignedBy([]byte(forged), []string{key}); err == nil {
			t.Errorf("a changed checkpoint passes under %s", key)
		}
	}
	next := other
	rotation, err := SignRotation("city.example", next, signer)
	if err != nil || CheckRotation("city.example", vkey, next, rotation) != nil {
		t.Errorf("rotation: %v", err)
	}
	if CheckRotation("city.example", other, next, rotation) == nil || CheckRotation("city.example", vkey, vkey, rotation) == nil || CheckRotation("else.example", vkey, next, rotation) == nil {
		t.Error("a rotation passes for other keys")
	}
	for _, bad := range []string{"", "x", vkey[:len(vkey)-4], wkey[:len(wkey)-8] + "AAAAAAA=", "name+00000000+" + wkey[strings.LastIndexByte(wkey, '+')+1:]} {
		if CheckVKey(bad) == nil {
			t.Errorf("%q passes for a key", bad)
		}
	}
	for _, bad := range []string{"", "a\n1\n", "a\n01\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n", "a\n-1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n", "a\n1\nBwcH\n\n", "\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n"} {
		if _, err := ParseCheckpoint([]byte(bad)); err == nil {
			t.Errorf("%q passes for a checkpoint", bad)
		}
	}
}

func TestCommitmentsOpenOnlyWithTheirSalt(t *testing.T) {
	c, salt := Commit("Менің пікірім")
	if !c.Opens(salt, "Менің пікірім") || c.Opens(salt, "Менің пікірім.") || c.Opens(make([]byte, SaltSize), "Менің пікірім") || c.Opens(append(salt, 'x'), "Менің пікірім") {
		t.Error("a commitment opens wrongly")
	}
	if again, _ := Commit("Менің пікірім"); again == c {
		t.Error("the same text has the same commitment twice: it could be guessed")
	}
	if !IsCommitment(string(c)) || strings.Contains(string(c), "пікір") {
		t.Error(c)
	}
}
