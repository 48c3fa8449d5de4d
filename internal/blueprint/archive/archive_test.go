package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record/proof"
)

func rule(title string) Item {
	return Item{Piece: "moderation.rules", Key: "insult", Title: civic.Text{"ru": title}, Files: map[string]string{"rule.json": "{\n  \"title\": \"" + title + "\"\n}\n"}}
}

func guide() Item {
	return Item{Piece: "rights.guides", Key: "wages", Why: "Закон изменился", Files: map[string]string{"guide.toml": "a = 1\n", "kk.toml": "b = 2\n"}}
}

// made is an archive of two items, signed by a new key.
func made(t testing.TB, items ...Item) (raw []byte, vkey, secret string) {
	t.Helper()
	secret, vkey, err := proof.GenerateKey("city.test")
	if err != nil {
		t.Fatal(err)
	}
	return signed(t, Manifest{Origin: "city.test", Version: 3, MadeAt: "2026-11-29T00:00:00.000Z", Zone: "Asia/Almaty", Languages: []string{"kk"}}, secret, items...), vkey, secret
}

func signed(t testing.TB, m Manifest, secret string, items ...Item) []byte {
	t.Helper()
	raw, err := Write(m, items, "# Readme\n", func(text string) ([]byte, error) {
		s, err := note.NewSigner(secret)
		if err != nil {
			return nil, err
		}
		return note.Sign(&note.Note{Text: text}, s)
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	raw, vkey, secret := made(t, guide(), rule("Оскорбление"))
	b, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Items) != 2 || b.Items[0].ID() != "moderation.rules/insult" || b.Items[1].Why != "Закон изменился" || b.Items[1].Files["kk.toml"] != "b = 2\n" {
		t.Errorf("read %+v", b.Items)
	}
	if key, err := b.SignedBy([]string{vkey}); err != nil || key != vkey {
		t.Errorf("signed by %q, %v", key, err)
	}
	if again := signed(t, b.Manifest, secret, rule("Оскорбление"), guide()); !bytes.Equal(raw, again) {
		t.Error("the same items in another order make other bytes")
	}
}

func TestWhoSigned(t *testing.T) {
	raw, vkey, secret := made(t, guide())
	_, stranger, _ := made(t, guide())
	b, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range [][]string{nil, {stranger}, {"rubbish"}} {
		if key, err := b.SignedBy(known); err == nil {
			t.Errorf("with the keys %q it is signed by %q", known, key)
		}
	}
	// A key that follows from a known one signs, and the one before it no longer does.
	next, nextKey, err := proof.GenerateKey("city.test")
	if err != nil {
		t.Fatal(err)
	}
	old, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	handed, err := proof.SignRotation("city.test", nextKey, old)
	if err != nil {
		t.Fatal(err)
	}
	m := b.Manifest
	m.Keys = []Rotation{{vkey, nextKey, handed}}
	for signer, holds := range map[string]bool{next: true, secret: false} {
		b, err := Read(signed(t, m, signer, guide()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.SignedBy([]string{vkey}); (err == nil) != holds {
			t.Errorf("after a change of the key: %v", err)
		}
	}
	m.Keys[0].Signed = strings.Replace(handed, "rotation v1", "rotation v2", 1)
	if b, err := Read(signed(t, m, next, guide())); err != nil {
		t.Fatal(err)
	} else if _, err := b.SignedBy([]string{vkey}); err == nil {
		t.Error("a key follows that nobody handed over to")
	}
}

// rewritten is the archive with its files changed: change gets each name with its content, and says what the archive has instead.
func rewritten(t testing.TB, raw []byte, method uint16, change func(files map[string]string)) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	change(files)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileArchives(t *testing.T) {
	raw, vkey, _ := made(t, guide(), rule("Оскорбление"))
	const file = "rights.guides/wages/guide.toml"
	in := func(name, old, with string) func(map[string]string) {
		return func(files map[string]string) { files[name] = strings.Replace(files[name], old, with, 1) }
	}
	for name, c := range map[string]struct {
		method uint16
		change func(map[string]string)
		want   Code
	}{
		"a byte of a file":        {zip.Store, in(file, "1", "2"), Altered},
		"a file is gone":          {zip.Store, func(f map[string]string) { delete(f, file) }, Missing},
		"no note":                 {zip.Store, func(f map[string]string) { delete(f, noteName) }, Missing},
		"a file too many":         {zip.Store, func(f map[string]string) { f["rights.guides/wages/en.toml"] = "x" }, Unlisted},
		"a way out of the folder": {zip.Store, func(f map[string]string) { f["../../etc/passwd"] = "x" }, Unlisted},
		"a name that leads out":   {zip.Store, in(manifestName, `"wages"`, `"../wages"`), BadName},
		"a piece that leads out":  {zip.Store, in(manifestName, `"rights.guides"`, `"../rights"`), BadName},
		"a file that leads out":   {zip.Store, in(manifestName, `"guide.toml"`, `"../guide.toml"`), BadName},
		"a program":               {zip.Store, in(manifestName, `"guide.toml"`, `"guide.sh"`), BadName},
		"a compressed file":       {zip.Deflate, func(f map[string]string) { f[file] = strings.Repeat("a", 1<<20) }, Packed},
		"a large file":            {zip.Store, func(f map[string]string) { f[file] = strings.Repeat("a", MaxFile+1) }, TooLarge},
		"a manifest that is none": {zip.Store, func(f map[string]string) { f[manifestName] = "[]" }, BadManifest},
		"a member nobody knows":   {zip.Store, in(manifestName, `"zone"`, `"zones"`), BadManifest},
		"another format":          {zip.Store, in(manifestName, Format, "birge.blueprint/9"), OtherFormat},
		"version nought":          {zip.Store, in(manifestName, `"version": 3`, `"version": 0`), BadManifest},
		"a title that turns":      {zip.Store, in(manifestName, "Оскорбление", "Оскорб\u202eление"), BadText},
		"the same item twice":     {zip.Store, in(manifestName, "rights.guides", "moderation.rules"), Missing},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(rewritten(t, raw, c.method, c.change))
			var fault *Fault
			if !errors.As(err, &fault) || fault.Code != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := Read(bytes.Repeat([]byte("a"), MaxBytes+1)); err == nil {
		t.Error("an archive beyond the bound is read")
	}
	// Whoever changes the manifest to fit changes what was signed.
	b, err := Read(rewritten(t, raw, zip.Store, in(manifestName, `"version": 3`, `"version": 4`)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.SignedBy([]string{vkey}); err == nil {
		t.Error("a manifest that was changed is signed")
	}
}

// Whatever the bytes, reading ends, and what is read obeys the bounds.
func FuzzRead(f *testing.F) {
	raw, _, _ := made(f, guide(), rule("Оскорбление"))
	f.Add(raw)
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := Read(raw)
		if err != nil {
			var fault *Fault
			if !errors.As(err, &fault) {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, i := range b.Items {
			for name, content := range i.Files {
				if strings.Contains(i.ID()+name, "..") || len(content) > MaxFile {
					t.Fatalf("%s %s", i.ID(), name)
				}
			}
		}
	})
}

// The table of the three-way comparison: what there was at the last taking, what there is here, and there.
func TestCompare(t *testing.T) {
	state := func(json string) []Item {
		if json == "" {
			return nil
		}
		return []Item{{Piece: "a.b", Key: "c", Files: map[string]string{"x.json": json}}}
	}
	for _, c := range []struct {
		name, base, here, there string
		want                    Change
		result                  string
	}{
		{"nothing new", `{"a":1}`, `{"a":1}`, `{"a":1}`, Same, `{"a":1}`},
		{"new there", "", "", `{"a":1}`, Added, `{"a":1}`},
		{"there already", "", `{"a":1}`, `{"a":1}`, Same, `{"a":1}`},
		{"two beginnings", "", `{"a":2}`, `{"a":1}`, Conflict, `{"a":1}`},
		{"changed there", `{"a":1}`, `{"a":1}`, `{"a":2}`, Changed, `{"a":2}`},
		{"changed here", `{"a":1}`, `{"a":2}`, `{"a":1}`, Kept, ""},
		{"removed here", `{"a":1}`, "", `{"a":1}`, Kept, ""},
		{"removed here, changed there", `{"a":1}`, "", `{"a":2}`, Conflict, `{"a":2}`},
		{"removed there", `{"a":1}`, `{"a":1}`, "", Removed, ""},
		{"removed there, changed here", `{"a":1}`, `{"a":2}`, "", Conflict, ""},
		{"removed on both sides", `{"a":1}`, "", "", Same, ""},
		{"changed alike", `{"a":1}`, `{"a":2}`, `{"a":2}`, Same, `{"a":2}`},
		{"changed in two places", `{"a":1,"b":1}`, `{"a":2,"b":1}`, `{"a":1,"b":2}`, Merged, "{\n  \"a\": 2,\n  \"b\": 2\n}\n"},
		{"changed in one place", `{"a":1,"b":1}`, `{"a":2,"b":1}`, `{"a":3,"b":1}`, Conflict, `{"a":3,"b":1}`},
		{"added on both sides", `{"t":{"kk":"а"}}`, `{"t":{"kk":"а","ru":"б"}}`, `{"t":{"kk":"а","en":"c"}}`, Merged, "{\n  \"t\": {\n    \"en\": \"c\",\n    \"kk\": \"а\",\n    \"ru\": \"б\"\n  }\n}\n"},
		{"a member gone there, another changed here", `{"a":1,"b":1}`, `{"a":1,"b":2}`, `{"b":1}`, Merged, "{\n  \"b\": 2\n}\n"},
		{"lists are one", `{"a":[1]}`, `{"a":[1,2]}`, `{"a":[1,3]}`, Conflict, `{"a":[1,3]}`},
		{"no JSON", `{"a":1}`, `{`, `{"a":3}`, Conflict, `{"a":3}`},
		{"nulls", `{"a":null}`, `{"a":1}`, `{}`, Conflict, `{}`},
		{"great numbers", `{"a":90071992547409930,"b":1}`, `{"a":90071992547409931,"b":1}`, `{"a":90071992547409930,"b":2}`, Merged, "{\n  \"a\": 90071992547409931,\n  \"b\": 2\n}\n"},
	} {
		out := Compare(state(c.base), state(c.here), state(c.there))
		if len(out) != 1 {
			t.Errorf("%s: %d differences", c.name, len(out))
			continue
		}
		d := out[0]
		if d.Change != c.want || c.result != "" && d.Result["x.json"] != c.result || c.want == Removed && d.Result != nil {
			t.Errorf("%s: %s %v, want %s %q", c.name, d.Change, d.Result, c.want, c.result)
		}
		if changes := d.Changes() || d.Asks(); changes != (len(d.Fields) > 0) {
			t.Errorf("%s: %s tells of %v", c.name, d.Change, d.Fields)
		}
	}
}

// Files are merged one by one; texts that are no JSON are one value.
func TestMergeOfFiles(t *testing.T) {
	base := map[string]string{"kk.md": "а", "ru.md": "б"}
	here, there := maps.Clone(base), maps.Clone(base)
	here["kk.md"], there["ru.md"], there["en.md"] = "а2", "б2", "c"
	if merged, ok := merge(base, here, there); !ok || !maps.Equal(merged, map[string]string{"kk.md": "а2", "ru.md": "б2", "en.md": "c"}) {
		t.Errorf("%v %v", merged, ok)
	}
	there["kk.md"] = "а3"
	if merged, ok := merge(base, here, there); ok {
		t.Errorf("both changed one text: %v", merged)
	}
}
